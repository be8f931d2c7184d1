"""Which of a format's layers holds the mentions, where a file has several and each team its own."""

from collections.abc import Iterable
from typing import Final

from pactwire.model.issues import DataError, Issue

DEFAULT_LAYER: Final = "NamedEntity"
"""What WebAnno, INCEpTION and DKPro call the layer of mentions."""
CUSTOM_NAMESPACE: Final = "custom"
"""What stands in the name of a layer that a team added."""


def choose_layer(names: Iterable[str], asked: str | None, file: str) -> str:
    """Return the name of the layer with the mentions: the one asked for, the usual one, or the only added one.

    Raises DataError (convert-layer) where no layer is called so, or several may be meant.
    """
    layers = sorted(set(names))
    if asked:
        found = [name for name in layers if asked in (name, short_name(name))]
    else:
        usual = [name for name in layers if short_name(name) == DEFAULT_LAYER]
        found = usual or [name for name in layers if CUSTOM_NAMESPACE in name.split(".")]
    if len(found) == 1:
        return found[0]
    meant = f"is called {asked!r}" if asked else f"is called {DEFAULT_LAYER} or is the only one that a team added"
    has = ", ".join(map(short_name, layers)) or "none"
    raise DataError([Issue(file, 1, "convert-layer", f"no one layer {meant}; the file has {has}")])


def short_name(name: str) -> str:
    """Return the last part of a layer's name."""
    return name.rpartition(".")[2]
