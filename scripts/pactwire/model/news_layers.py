"""The layers entities, claims and stances, as the template ``news`` declares them: some commands know no others."""

from collections.abc import Iterable, Mapping
from typing import Final

from pactwire.model.issues import DataError, Issue
from pactwire.model.layers import AttributeKind
from pactwire.model.schema import AnnotationSchema

NEWS_LAYERS: Final[Mapping[str, Mapping[str, AttributeKind]]] = {
    "entities": {
        "type": AttributeKind.CHOICE,
        "form": AttributeKind.CHOICE,
        "link": AttributeKind.LINK,
        "metonym_of": AttributeKind.LINK,
    },
    "claims": {
        "claimants": AttributeKind.REFERENCES,
        "cue": AttributeKind.PART,
        "type": AttributeKind.CHOICE,
        "commitment": AttributeKind.CHOICE,
        "checkworthy": AttributeKind.CHOICE,
        "normalized": AttributeKind.TEXT,
    },
    "stances": {
        "holder": AttributeKind.REFERENCE,
        "target": AttributeKind.REFERENCE,
        "polarity": AttributeKind.CHOICE,
        "channel": AttributeKind.CHOICE,
    },
}
"""The attributes of each layer, with their kinds."""


def require_layers(schema: AnnotationSchema, needed: Iterable[str], file: str, what: str) -> None:
    """Raise DataError (layers-unsupported) unless a schema declares the needed layers as the template does.

    Args:
        schema: the schema.
        needed: names of NEWS_LAYERS.
        file: the schema's file, for the issue.
        what: what needs the layers; it begins a sentence.
    """
    missing = [name for name in needed if not _is_declared(schema, name)]
    if missing:
        message = f"{what} needs layers as the template news declares them, and lacks {', '.join(missing)}"
        raise DataError([Issue(file, 1, "layers-unsupported", message)])


def _is_declared(schema: AnnotationSchema, name: str) -> bool:
    layer = schema.layers.get(name)
    if layer is None or not layer.is_span:
        return False
    known = all(target in NEWS_LAYERS for each in layer.references for target in each.target_layers)
    return known and {attribute.name: attribute.kind for attribute in layer.attributes} == NEWS_LAYERS[name]
