"""Which of a format's layers holds the mentions, where a file has several and each team its own."""

from collections.abc import Iterable
from typing import Final

from pactwire.model.issues import DataError, Issue

USUAL: Final = "NamedEntity"
"""What WebAnno, INCEpTION and DKPro call the layer of mentions."""
CUSTOM: Final = "custom"
"""What stands in the name of a layer that a team added."""


def choose(names: Iterable[str], asked: str | None, file: str) -> str:
    """Return the name of the layer with the mentions: the one asked for, the usual one, or the only added one.

    Raises DataError (convert-layer) where no layer is called so, or several may be meant.
    """
    layers = sorted(set(names))
    if asked:
        found = [name for name in layers if asked in (name, short(name))]
    else:
        usual = [name for name in layers if short(name) == USUAL]
        found = usual or [name for name in layers if CUSTOM in name.split(".")]
    if len(found) == 1:
        return found[0]
    meant = f"is called {asked!r}" if asked else f"is called {USUAL} or is the only one that a team added"
    has = ", ".join(map(short, layers)) or "none"
    raise DataError([Issue(file, 1, "convert-layer", f"no one layer {meant}; the file has {has}")])


def short(name: str) -> str:
    """Return the last part of a layer's name."""
    return name.rpartition(".")[2]
