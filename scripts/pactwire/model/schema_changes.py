"""Changes of a dataset's labels that would shift class numbers, or take a label from those who have a release.

The labels of a choice are append-only: each keeps its place, which is its class number. One that is gone stays, with
``x-deprecated``; one with another name says the old one in ``x-formerly``.
"""

from collections.abc import Iterator, Mapping, Sequence

from pactwire.model.json_schemas import Flaw
from pactwire.model.layers import Label
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_keywords import ZONE_KINDS
from pactwire.model.schema_reader import read_layers
from pactwire.model.strict_json import JsonPath


def schema_changes(old: AnnotationSchema, new: AnnotationSchema, release: str) -> list[Flaw]:
    """Return the labels that are gone since an earlier schema, and the first of each choice that is elsewhere.

    Choices that only one of them has are not compared: a layer or an attribute that is gone is a change of columns.

    Args:
        old: The schema of a release.
        new: The schema that is to be released.
        release: What the release is called in messages.

    Returns: (issue code, path in the new schema, message), by layer and attribute in its order.
    """
    paths = _label_paths(new)
    before = {(layer, attribute): [label.name for label in labels] for layer, attribute, labels in old.label_sets()}
    return [
        ("release-labels", (*paths[layer, attribute], *steps), f"{message} of {layer}.{attribute}{rest} in {release}")
        for layer, attribute, labels in new.label_sets()
        if (layer, attribute) in before and (layer, attribute) in paths
        for steps, message, rest in _label_changes(before[layer, attribute], labels)
    ]


def _label_paths(schema: AnnotationSchema) -> Mapping[tuple[str, str], JsonPath]:
    """Return the path of the labels of each choice that is the owner's, by layer and attribute."""
    layers, _ = read_layers(schema.declaration)
    own = {(layer.name, each.name): each.labels[0] for layer in layers for each in layer.attributes.values()}
    return {("zones", "kind"): (*ZONE_KINDS, "oneOf"), **own}


def _label_changes(old: Sequence[str], new: Sequence[Label]) -> Iterator[tuple[JsonPath, str, str]]:
    """Yield the steps from the choice to what is told, and the message around the choice's name."""
    known = [label.formerly if label.formerly and label.name not in old else label.name for label in new]
    for place, name in enumerate(old):
        if name not in known:
            keep = "keep it with x-deprecated, or name it in x-formerly"
            yield (), f"{name} is no label", f" ({keep}), and was label {place + 1}"
    for place, name in enumerate(known):
        if name in old and old.index(name) != place:
            moved = f"{new[place].name} is label {place + 1}", f", and was label {old.index(name) + 1}"
            yield (place, "const"), *moved
            break
