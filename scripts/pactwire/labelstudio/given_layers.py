"""Given layers: labels that the project of another layer shows, to be referred to, and not annotated there.

A draft shows each of them as a region, and holds them whole in ``meta["pactwire"]["given"]`` of its ``finished``
result::

    {"entities": {"status": "adjudicated", "labels": [...]}, ...}

They are no person's work. An annotation refers to those that it was made from, whatever has become of them since; the
document of a person who annotated such a layer refers to that person's labels instead, and any other document gets the
layer as it was given, with its authors. Nothing is read or written here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from pactwire.agreement import references
from pactwire.labelstudio.canonical_labels import sort_key
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model.labels import document_labels
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema

GIVEN: Final = "given"
STATUS: Final = "status"
LABELS: Final = "labels"

Layers = dict[str, list[Any]]
"""Labels by layer of spans."""


def given_labels(document: Document, mapping: ProjectMapping) -> Layers:
    """Return the labels of a document that a project gives, by layer, in their order in the text."""
    return {
        layer: sorted(document_labels(document, layer), key=sort_key) for layer in mapping.given if layer in document
    }


def notes(document: Document, given: Layers) -> dict[str, Any]:
    """Return what a draft notes about the labels of a document that it gives."""
    return {layer: {STATUS: document["status"][layer], LABELS: labels} for layer, labels in given.items()}


def read_notes(noted: Mapping[str, Any], mapping: ProjectMapping) -> dict[str, Any]:
    """Return what a draft noted about the labels that a project gives, by layer; what is not valid is left out."""
    return {layer: noted[layer] for layer in mapping.given if _is_note(noted.get(layer), mapping.schema, layer)}


def _is_note(value: Any, schema: AnnotationSchema, layer: str) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get(STATUS), str) or not isinstance(value.get(LABELS), list):
        return False
    return all(map(schema.label_validator(layer).is_valid, value[LABELS]))


class Annotated(NamedTuple):
    """What a person annotated in a project: labels by layer, and what was given there, as `notes`."""

    layers: Mapping[str, Any]
    given: Mapping[str, Any]


class MissingReferent(NamedTuple):
    """A reference to a given label that a person's own layer lacks, by the part of the work and the label's layer."""

    part: int
    layer: str
    label: Mapping[str, Any]
    referent_layer: str
    referent: Mapping[str, Any]


class MergedLayers(NamedTuple):
    """The layers of a person's document, the status of those that were given, and the references that lead nowhere."""

    layers: dict[str, Any]
    given_status: dict[str, str]
    missing: list[MissingReferent]


def merge_layers(schema: AnnotationSchema, parts: Sequence[Annotated]) -> MergedLayers:
    """Return the layers that a person annotated in several projects, with those that were given and that they did not.

    A given label that is one of the person's own (`same_label`) is referred to by the id of the latter. Of a layer that
    was given in several projects, the labels are those of the first.
    """
    layers = {name: labels for part in parts for name, labels in part.layers.items()}
    takers = {name: part for part in reversed(parts) for name in part.given if name not in layers}
    given = {name: part.given[name][LABELS] for name, part in takers.items()}
    targets, missing = {**layers, **given}, []
    for number, part in enumerate(parts):
        ids: dict[str, str] = {}
        absent: dict[str, tuple[str, Any]] = {}
        for name, note in part.given.items():
            for label in note[LABELS]:
                if same := same_label(schema, name, label, targets[name]):
                    ids[label["id"]] = same["id"]
                else:
                    absent[label["id"]] = name, label
        own = {**part.layers, **{name: given[name] for name, taker in takers.items() if taker is part}}
        for name in own:
            for label in document_labels(own, name):
                named = references.references_in(schema, name, label)
                missing += [MissingReferent(number, name, label, *absent[each]) for each in named if each in absent]
        layers |= {name: _with_references(schema, name, labels, ids) for name, labels in own.items()}
    return MergedLayers(layers, {name: part.given[name][STATUS] for name, part in takers.items()}, missing)


def _with_references(schema: AnnotationSchema, layer: str, labels: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(labels, dict):
        return references.replace_references(schema, layer, labels, ids)
    return [references.replace_references(schema, layer, label, ids) for label in labels]


def same_label(schema: AnnotationSchema, layer: str, label: Mapping[str, Any], others: Sequence[Any]) -> Any:
    """Return which of other labels of its layer a label is; None if it is none of them.

    It is the one with the same span: of several the one with the same id, else the only one with the same class. If
    there is none, it is the one with the same id if that overlaps it.
    """
    start, end, key = label["start"], label["end"], schema.layers[layer].class_attribute
    namesake = next((each for each in others if each["id"] == label["id"]), None)
    found = [each for each in others if (each["start"], each["end"]) == (start, end)]
    if not found:
        return namesake if namesake and namesake["start"] < end and start < namesake["end"] else None
    if namesake in found:
        return namesake
    if len(found) > 1 and key:
        found = [each for each in found if each.get(key.name) == label.get(key.name)]
    return found[0] if len(found) == 1 else None
