"""Layers of UIMA documents: which one has the mentions, and what its annotations say.

A file has several layers, and each team adds its own. The same names are used in UIMA CAS and in WebAnno TSV.
"""

from collections.abc import Iterable
from typing import Any, Final

from pactwire.convert.entity_links import stated_identifier
from pactwire.convert.imported_document import (
    UNTYPED_SPAN,
    ImportedMention,
    RawSpan,
    SourceFile,
    field_values,
)

DEFAULT_LAYER: Final = "NamedEntity"
"""The mention layer of WebAnno, INCEpTION and DKPro."""
CUSTOM_NAMESPACE: Final = "custom"
"""Part of the name of every layer that a team added."""
TYPE_FEATURE: Final = "value"
_LINK_FEATURE: Final = "identifier"


def choose_layer(names: Iterable[str], asked: str | None, source: SourceFile) -> str:
    """Return the name of the mention layer: the requested one, the default one, or the only custom one.

    Raises:
        DataError: No layer matches, or several do (convert-layer).
    """
    layers = sorted(set(names))
    if asked:
        matching = [name for name in layers if asked in (name, short_name(name))]
    else:
        default = [name for name in layers if short_name(name) == DEFAULT_LAYER]
        matching = default or [name for name in layers if CUSTOM_NAMESPACE in name.split(".")]
    if len(matching) == 1:
        return matching[0]
    wanted = f"is called {asked!r}" if asked else f"is called {DEFAULT_LAYER} or is the only one that a team added"
    present = ", ".join(map(short_name, layers)) or "none"
    raise source.error("convert-layer", f"no single layer {wanted}; the file has {present}")


def short_name(name: str) -> str:
    """Return the last part of a layer's name."""
    return name.rpartition(".")[2]


def layer_mention(
    features: dict[str, Any],
    type_feature: str,
    span: tuple[int, int],
    words: str,
    line: int,
) -> ImportedMention:
    """Return the mention of an annotation, with its other features as attributes.

    Args:
        features: The annotation's features by name; a blank one is None or missing.
        type_feature: The feature with the mention's type.
        span: Its half-open span, in code points of the document's text.
        words: Its text.
        line: Its line in the file.
    """
    mention_type = features.pop(type_feature, None)
    link = stated_identifier(str(features.pop(_LINK_FEATURE, None) or ""))
    attributes = {key: each for name, value in features.items() for key, each in field_values(name, value).items()}
    raw_span = RawSpan(str(mention_type or UNTYPED_SPAN), (span,), words or None)
    return ImportedMention("", line, raw_span, link, attributes=attributes)
