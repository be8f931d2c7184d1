"""Encoder of documents: turns the layers of an annotation document into Label Studio results.

There are two projects (``schema_mapping.PROJECTS``): ``labels`` holds the layers of the schema over the content text,
``zones`` holds zones over the whole source text. The project of one layer holds that layer, and regions of those that
it refers to (`pactwire.labelstudio.given_layers`). Everything has a key, so that pressing Submit in the page loses
nothing. Tasks are described in `pactwire.labelstudio.task_builder`.

The results hold the following, all ids being label ids:

- a region for each label, with the control ``label``: its class, a zone's kind, or the name of the layer's labels in
  capitals, as the schema's ``palette`` says;
- a region such as ``cue-START-END`` (offsets of the content text) for each distinct span of a part;
- a per-region result for each attribute (``ProjectMapping.attributes``), and for parties and topics; a missing one
  stands for null;
- a relation between a label and each of its parts and of the labels that it refers to, in the direction that the
  attribute's ``draw`` says; one relation with two labels where two attributes refer to the same label;
- for the label of a whole article, a result for each attribute, party and topic without a region, and a mark on each
  region that it refers to (``ProjectMapping.marks``); the one region of a label is its part;
- ``finished``, a choice for the whole task: the layers that a person annotated. A layer that is not
  ticked is missing, and one that is ticked without having labels is empty. A draft ticks none, since ticking is up to
  the person: the layers that it holds are in ``meta["pactwire"]["layers"]``;
- ``flags``, another such choice: messages to the team. It is not a label and is returned as a remark.

A region's ``meta["pactwire"]`` is ``{"id", "by", "digest"}`` of the label as drafted, and the notes of
`pactwire.labelstudio.drafted_values`; `pactwire.labelstudio.prediction_provenance` adds ``draft``, the beginning of the
draft's SHA-256. What is said of an article's label is in ``meta["pactwire"]["articles"]`` of ``finished``, by layer. A
label is *accepted* if its digest is unchanged, *edited* if not, *new* without such meta or where the id is that of
another (a copied region).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from pactwire.labelstudio import attribute_controls, given_layers, schema_mapping
from pactwire.labelstudio.attribute_controls import PartRegions, ReferenceControls
from pactwire.labelstudio.canonical_labels import label_digest, label_key, sort_key
from pactwire.labelstudio.control_values import control_texts
from pactwire.labelstudio.drafted_values import draft_notes
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import document_labels, is_fixed_reference, is_topic, value_list
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
        project: One of schema_mapping.labeling_projects.

    Raises:
        DataError: (on-furniture) for every label and part that does not lie within one segment.
    """
    mapping = schema_mapping.project_mapping(schema, project)
    outside: list[Issue] = []
    places: dict[tuple[int, int], tuple[int, int]] = {}
    for layer in (*mapping.given, *mapping.all_layers):
        for label in document_labels(document, layer):
            own = [] if layer in mapping.article_layers else [label]
            for span in (*own, *(label[key] for key, _, _ in mapping.parts_of(layer) if label.get(key))):
                place = offsets.to_content(segments, span["start"], span["end"])
                if place is None:
                    words = f"{span['start']}:{span['end']} lies outside the text that is labeled"
                    outside.append(Issue(document["article"], 1, "on-furniture", words, label_key(layer, label)))
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
        self.article_layers = [layer for layer in mapping.article_layers if layer in document]
        self.span_layers = [layer for layer in mapping.layers if layer in document]
        self.sorted = {layer: sorted(document_labels(document, layer), key=sort_key) for layer in self.span_layers}
        self.given = given_layers.given_labels(document, mapping)
        labels = (*self.given.values(), *self.sorted.values())
        self.labels = {label["id"]: label for of_layer in labels for label in of_layer}
        self.parts: dict[tuple[str, tuple[int, int]], str] = {}
        owned = [
            (label, part)
            for layer in self.span_layers
            for label in self.sorted[layer]
            for part in mapping.parts_of(layer)
        ]
        owned.sort(key=lambda each: sort_key(each[0]))
        owned += [(document[layer], part) for layer in self.article_layers for part in mapping.parts_of(layer)]  # type: ignore[literal-required]
        for label, (key, _, part) in owned:
            if span := label.get(key):
                place = self._place(span)
                if (part.label, place) not in self.parts:
                    self.parts[part.label, place] = self._part_id(part, place)

    def results(self) -> Iterator[Result]:
        present = [layer for layer in self.mapping.all_layers if layer in self.document]
        if present or self.given:
            articles = {layer: self._meta(layer, self.document[layer]) for layer in self.article_layers}  # type: ignore[literal-required]
            meta = {"layers": present, **({"articles": articles} if articles else {})}
            meta |= {given_layers.GIVEN: given} if (given := given_layers.notes(self.document, self.given)) else {}
            ticks = control_result(
                "_" + schema_mapping.FINISHED, schema_mapping.FINISHED, attribute_controls.CHOICES, {}, []
            )
            yield ticks | {"meta": {"pactwire": meta}}
        for layer in self.article_layers:
            label = self.document[layer]  # type: ignore[literal-required]
            for control, kind, texts in control_values(self.mapping, layer, label):
                yield control_result(f"_{control}", control, kind, {}, texts)
        for layer, labels in self.given.items():
            for label in labels:
                yield self._given_region(layer, label)
        for layer, labels in self.sorted.items():
            for label in labels:
                yield from self._region(layer, label)
        for (region, (start, end)), name in self.parts.items():
            yield _label_result(name, {"start": start, "end": end}, self.text[start:end], region, {})
        for layer in self.article_layers:
            yield from self._marks(layer, self.document[layer])  # type: ignore[literal-required]
        for layer, labels in self.sorted.items():
            for label in labels:
                yield from self._relations(layer, label)

    def _place(self, span: Any) -> tuple[int, int]:
        return self.places[span["start"], span["end"]]

    def _part_id(self, part: PartRegions, place: tuple[int, int]) -> str:
        name = f"{part.label.lower()}-{place[0]}-{place[1]}"
        while name in self.labels or name in self.parts.values():
            name += "_"
        return name

    def _meta(self, layer: str, label: Any) -> dict[str, Any]:
        """Return the meta of a label as drafted, without its id."""
        meta = {"by": label["by"], "digest": label_digest(label)}
        return meta if layer == "zones" else meta | draft_notes(self.mapping.schema, layer, label, self.labels)

    def _region(self, layer: str, label: Any) -> Iterator[Result]:
        start, end = self._place(label)
        span = {"start": start, "end": end}
        region = self.mapping.region_label(layer, label)
        meta = {"id": label["id"], **self._meta(layer, label)}
        yield _label_result(label["id"], span, self.text[start:end], region, {"pactwire": meta})
        for control, kind, texts in control_values(self.mapping, layer, label):
            yield control_result(label["id"], control, kind, span, texts)

    def _given_region(self, layer: str, label: Any) -> Result:
        start, end = self._place(label)
        span, region = {"start": start, "end": end}, self.mapping.region_label(layer, label)
        return _label_result(label["id"], span, self.text[start:end], region, {})

    def _relations(self, layer: str, label: Any) -> Iterator[Result]:
        related = [
            (reference.attribute.name, name)
            for reference in self.mapping.references_of(layer)
            for name in self._referents(reference, label)
        ]
        for key, _, part in self.mapping.parts_of(layer):
            if label.get(key):
                related.append((key, self.parts[part.label, self._place(label[key])]))
        drawn: dict[tuple[str, str], list[str]] = {}
        for key, other in related:
            meaning = self.mapping.meanings.of_attribute(layer, key)
            ends = (other, label["id"]) if meaning.is_inward else (label["id"], other)
            drawn.setdefault(ends, []).append(meaning.relation)
        for (start, end), labels in drawn.items():
            yield {"type": "relation", "from_id": start, "to_id": end, "direction": "right", "labels": labels}

    def _marks(self, layer: str, label: Any) -> Iterator[Result]:
        for reference in self.mapping.references_of(layer):
            for name in self._referents(reference, label):
                start, end = self._place(self.labels[name])
                span, values = {"start": start, "end": end}, [reference.name]
                yield control_result(name, reference.mark_control, attribute_controls.CHOICES, span, values)

    def _referents(self, reference: ReferenceControls, label: Any) -> Iterator[str]:
        """Yield the ids of the labels that a label refers to by an attribute, each once."""
        for name in dict.fromkeys(value_list(reference.attribute, label)):
            if not is_fixed_reference(self.mapping.schema, name):
                yield name


def control_values(
    mapping: ProjectMapping, layer: str, label: Mapping[str, Any]
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (control, kind, values) for the attributes of a label, and for the parties and topics it refers to."""
    for field in mapping.attributes_of(layer):
        if texts := control_texts(label.get(field.key)):
            yield field.control, field.kind, texts
    chosen: dict[tuple[str, str], list[str]] = {}
    for reference in mapping.references_of(layer):
        for name in value_list(reference.attribute, label):
            if is_topic(name):
                chosen.setdefault((reference.topic_control, attribute_controls.TAXONOMY), []).append(name)
            elif name in reference.attribute.parties:
                chosen.setdefault((reference.party_control, attribute_controls.CHOICES), []).append(name)
    for (control, kind), names in chosen.items():
        yield control, kind, names


def _label_result(name: str, span: dict[str, int], words: str, label: str, meta: dict[str, Any]) -> Result:
    result = control_result(name, schema_mapping.LABEL, "labels", span, [label])
    result["value"]["text"] = words
    return result | {"meta": meta} if meta else result


def control_result(name: str, control: str, kind: str, span: dict[str, int], values: Sequence[str]) -> Result:
    """Return the result of a control: of a region if ``span`` has its start and end, else of the whole task."""
    key = "text" if kind == attribute_controls.TEXTAREA else kind
    return {
        "id": name,
        "from_name": control,
        "to_name": schema_mapping.TEXT,
        "type": kind,
        "value": {**span, key: [[value] for value in values] if kind == attribute_controls.TAXONOMY else list(values)},
        "origin": "prediction",
    }
