"""The layers that some commands are written for: entities, claims and stances, as the template ``news`` declares them.

Validation, builds, generated parts and comparisons take the layers of any schema.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from pactwire.model.issues import Issue
from pactwire.model.schema import AnnotationSchema, AttributeKind, Layer

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


@cache
def supported_layers(schema: AnnotationSchema) -> tuple[str, ...]:
    """Return those of the layers that a schema declares, with the same attributes, in its order.

    A layer that refers to another needs that one too.
    """
    found = [layer for layer in schema.span_layers if _has_known_attributes(layer)]
    while unresolved := [layer for layer in found if not _targets(layer) <= {each.name for each in found}]:
        found = [layer for layer in found if layer not in unresolved]
    return tuple(layer.name for layer in found)


def _has_known_attributes(layer: Layer) -> bool:
    return {each.name: each.kind for each in layer.attributes} == NEWS_LAYERS.get(layer.name)


def _targets(layer: Layer) -> set[str]:
    return {target for reference in layer.references for target in reference.target_layers}


def unsupported_layers(schema: AnnotationSchema) -> list[str]:
    """Return the other layers that a schema declares, in its order."""
    return [name for name in schema.layers if name not in supported_layers(schema)]


def unsupported_issue(what: str, layers: Sequence[str], place: str) -> Issue:
    """Return the issue that something can't be done for layers; ``what`` begins a sentence, ``place`` is a file."""
    known = ", ".join(("zones", *NEWS_LAYERS))
    message = f"{what} works with the layers {known}, as the template news declares them; not with {', '.join(layers)}"
    return Issue(place, 1, "layers-unsupported", message)
