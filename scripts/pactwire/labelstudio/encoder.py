"""Encoder of documents: turns the layers of an annotation document into Label Studio results.

There are two projects (``schema_mapping.PROJECTS``): ``labels`` holds the layers of the schema over the content text,
``zones`` holds zones over the whole source text. Everything has a key, so that pressing Submit in the page loses
nothing. Tasks are described in `pactwire.labelstudio.task_builder`.

The results hold the following, all ids being label ids:

- a region for each label, with the control ``label``: its class, a zone's kind, or the name of the layer's labels in
  capitals, as the schema's ``palette`` says;
- a region such as ``cue-START-END`` (offsets of the content text) for each distinct span of a part;
- a per-region result for each attribute (``ProjectMapping.attributes``), and for parties and topics; a missing one
  stands for null;
- relations from a label to its parts and to the labels that it refers to; one relation with two labels where two
  attributes refer to the same label;
- ``finished``, a choice for the whole task: the layers that a person annotated. A layer that is not
  ticked is missing, and one that is ticked without having labels is empty. A draft ticks none, since ticking is up to
  the person: the layers that it holds are in ``meta["pactwire"]["layers"]``;
- ``flags``, another such choice: messages to the team. It is not a label and is returned as a remark.

A region's ``meta["pactwire"]`` is ``{"id", "by", "digest"}`` of the label as drafted, and the references of an
attribute where their order is not that of the text. `pactwire.labelstudio.prediction_provenance` adds ``draft``, the
beginning of the draft's SHA-256. A label is *accepted* if its digest is unchanged, *edited* if not, *new* without such
meta or where the id is that of another (a copied region).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from pactwire.labelstudio import attribute_controls, schema_mapping
from pactwire.labelstudio.attribute_controls import PartRegions
from pactwire.labelstudio.canonical_labels import label_digest, order_references, sort_key
from pactwire.labelstudio.control_values import control_texts
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import document_labels, is_fixed_reference, is_topic
from pactwire.model.records import Document, Segment
from pactwire.model.schema import AnnotationSchema
from pactwire.text import offsets

Result = dict[str, Any]

_EXPONENT: Final = re.compile(rb"[:,\[]-?[0-9.]+e")
"""A number with an exponent; some words match it too, which does no harm."""


def document_bytes(document: Document) -> bytes:
    """Return the content of a document's file: the canonical form of `strict_json.pretty`, in a tenth of the time.

    The two differ only for numbers with an exponent.
    """
    data = msgspec.json.encode(document)
    if _EXPONENT.search(data):
        return strict_json.pretty(document).encode()
    return msgspec.json.format(data, indent=2) + b"\n"


def revision(annotator: str, document: Document) -> str:
    """Return ``annotator@sha256``: the name of a version of a document, as ``derived_from`` lists it."""
    return f"{annotator}@{digests.sha256(document_bytes(document))}"


def encode_results(
    schema: AnnotationSchema, document: Document, segments: Sequence[Segment], text: str, project: str
) -> list[Result]:
    """Return the results that show a document's layers of a project over ``text``, regions first, by position.

    Args:
        schema: The schema of the dataset.
        document: Its spans are code points of the source text, half-open.
        segments: The mapping between ``text`` and the source text.
        text: The text of the task.
        project: One of schema_mapping.PROJECTS.

    Raises:
        DataError: (on-furniture) for every label and part that does not lie within one segment.
    """
    mapping = schema_mapping.project_mapping(schema, project)
    outside: list[Issue] = []
    places: dict[tuple[int, int], tuple[int, int]] = {}
    for layer in mapping.layers:
        for label in document_labels(document, layer):
            for span in (label, *(label[key] for key, _, _ in mapping.parts_of(layer) if label.get(key))):
                place = offsets.to_content(segments, span["start"], span["end"])
                if place is None:
                    words = f"{span['start']}:{span['end']} lies outside the text that is labeled"
                    outside.append(Issue(document["article"], 1, "on-furniture", words, label["id"]))
                else:
                    places[span["start"], span["end"]] = place
    if outside:
        raise DataError(outside)
    return list(_ResultEncoder(document, mapping, text, places).results())


class _ResultEncoder:
    """Encodes one document; ``places`` maps spans of the source text to spans of the task's text."""

    def __init__(
        self, document: Document, mapping: ProjectMapping, text: str, places: dict[tuple[int, int], tuple[int, int]]
    ) -> None:
        self.document = document
        self.mapping = mapping
        self.text = text
        self.places = places
        self.labels = {label["id"]: label for layer in mapping.layers for label in document_labels(document, layer)}
        self.parts: dict[tuple[str, tuple[int, int]], str] = {}
        owned = [
            (label, part)
            for layer in mapping.layers
            for label in document_labels(document, layer)
            for part in mapping.parts_of(layer)
        ]
        for label, (key, _, part) in sorted(owned, key=lambda each: sort_key(each[0])):
            if span := label.get(key):
                self.parts.setdefault((part.label, self._place(span)), self._part_id(part, span))

    def results(self) -> Iterator[Result]:
        present = [layer for layer in self.mapping.layers if layer in self.document]
        if present:
            ticks = _control_result(
                "_" + schema_mapping.FINISHED, schema_mapping.FINISHED, attribute_controls.CHOICES, {}, []
            )
            yield ticks | {"meta": {"pactwire": {"layers": present}}}
        for layer in present:
            for label in sorted(document_labels(self.document, layer), key=sort_key):
                yield from self._region(layer, label)
        for (region, (start, end)), name in self.parts.items():
            yield _label_result(name, {"start": start, "end": end}, self.text[start:end], region, {})
        for layer in present:
            for label in sorted(document_labels(self.document, layer), key=sort_key):
                yield from self._relations(layer, label)

    def _place(self, span: Any) -> tuple[int, int]:
        return self.places[span["start"], span["end"]]

    def _part_id(self, part: PartRegions, span: Any) -> str:
        start, end = self._place(span)
        name = f"{part.label.lower()}-{start}-{end}"
        while name in self.labels:
            name += "_"
        return name

    def _region(self, layer: str, label: Any) -> Iterator[Result]:
        start, end = self._place(label)
        span = {"start": start, "end": end}
        meta = {"id": label["id"], "by": label["by"], "digest": label_digest(label)}
        for reference in self.mapping.references:
            known = label.get(reference.attribute.name) if reference.layer == layer else None
            if isinstance(known, list) and known != order_references(reference.attribute, known, self.labels):
                meta[reference.attribute.name] = known
        region = self.mapping.region_label(layer, label)
        yield _label_result(label["id"], span, self.text[start:end], region, {"pactwire": meta})
        for field in self.mapping.attributes_of(layer):
            if texts := control_texts(label.get(field.key)):
                yield _control_result(label["id"], field.control, field.kind, span, texts)
        chosen: dict[tuple[str, str], list[str]] = {}
        for reference, name in self.mapping.references_in(layer, label):
            if is_topic(name):
                chosen.setdefault((reference.topic_control, attribute_controls.TAXONOMY), []).append(name)
            elif name in reference.attribute.parties:
                chosen.setdefault((reference.party_control, attribute_controls.CHOICES), []).append(name)
        for (control, kind), names in chosen.items():
            yield _control_result(label["id"], control, kind, span, names)

    def _relations(self, layer: str, label: Any) -> Iterator[Result]:
        ends: dict[str, list[str]] = {}
        for reference, name in self.mapping.references_in(layer, label):
            if not is_fixed_reference(self.mapping.schema, name):
                ends.setdefault(name, []).append(reference.relation)
        for key, relation, part in self.mapping.parts_of(layer):
            if label.get(key):
                ends.setdefault(self.parts[part.label, self._place(label[key])], []).append(relation)
        for name, labels in ends.items():
            yield {"type": "relation", "from_id": label["id"], "to_id": name, "direction": "right", "labels": labels}


def _label_result(name: str, span: dict[str, int], words: str, label: str, meta: dict[str, Any]) -> Result:
    result = _control_result(name, schema_mapping.LABEL, "labels", span, [label])
    result["value"]["text"] = words
    return result | {"meta": meta} if meta else result


def _control_result(name: str, control: str, kind: str, span: dict[str, int], values: Sequence[str]) -> Result:
    key = "text" if kind == attribute_controls.TEXTAREA else kind
    return {
        "id": name,
        "from_name": control,
        "to_name": schema_mapping.TEXT,
        "type": kind,
        "value": {**span, key: [[value] for value in values] if kind == attribute_controls.TAXONOMY else list(values)},
        "origin": "prediction",
    }
