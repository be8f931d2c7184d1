"""Encoder of documents: turns the layers of an annotation document into Label Studio results.

There are two projects (``schema_mapping.PROJECT_LAYERS``): ``labels`` holds entities, claims and stances over the
content text, ``zones`` holds zones over the whole source text. Everything has a key, so that pressing Submit in the
page loses nothing. Tasks are described in `pactwire.labelstudio.task_builder`.

The results hold the following, all ids being label ids:

- a region for each label, with the control ``label``: an entity's type, a zone's kind, CLAIM, STANCE;
- a CUE region ``cue-START-END`` (offsets of the content text) for each distinct cue span;
- a per-region result for each attribute (``schema_mapping.ATTRIBUTE_CONTROLS``); a missing one stands for null;
- relations: claimant (claim to entity), cue (claim to CUE), holder (stance to entity), target (stance to
  entity or claim); one relation with two labels where holder and target are the same mention;
- ``finished``, a choice for the whole task: the layers that a person annotated. A layer that is not
  ticked is missing, and one that is ticked without having labels is empty. A draft ticks none, since ticking is up to
  the person: the layers that it holds are in ``meta["pactwire"]["layers"]``;
- ``flags``, another such choice: messages to the team. It is not a label and is returned as a remark.

A region's ``meta["pactwire"]`` is ``{"id", "by", "digest"}`` of the label as drafted, and ``claimants``
where their order is not that of the text. `pactwire.labelstudio.prediction_provenance` adds ``draft``, the beginning
of the draft's SHA-256. A label is *accepted* if its digest is unchanged, *edited* if
not, *new* without such meta or where the id is that of another (a copied region).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pactwire.labelstudio import schema_mapping
from pactwire.labelstudio.canonical_labels import label_digest, order_claimants, sort_key
from pactwire.model import digests
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Document, Segment, is_fixed_reference, labels_of
from pactwire.text import offsets

Result = dict[str, Any]


def document_bytes(document: Document) -> bytes:
    """Return the content of a document's file: the canonical form of `strict_json.pretty`, in a tenth of the time.

    The two differ only for fractions, which no document holds.
    """
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def revision(annotator: str, document: Document) -> str:
    """Return ``annotator@sha256``: the name of a version of a document, as ``derived_from`` lists it."""
    return f"{annotator}@{digests.sha256(document_bytes(document))}"


def encode_results(document: Document, segments: Sequence[Segment], text: str, project: str) -> list[Result]:
    """Return the results that show a document's layers of a project over ``text``, regions first, by position.

    Args:
        document: Its spans are code points of the source text, half-open.
        segments: The mapping between ``text`` and the source text.
        text: The text of the task.
        project: A key of schema_mapping.PROJECT_LAYERS.

    Raises:
        DataError: (on-furniture) for every label and cue that does not lie within one segment.
    """
    outside: list[Issue] = []
    places: dict[tuple[int, int], tuple[int, int]] = {}
    for layer in schema_mapping.PROJECT_LAYERS[project]:
        for label in labels_of(document, layer):
            for span in filter(None, (label, label.get("cue"))):
                place = offsets.to_content(segments, span["start"], span["end"])
                if place is None:
                    words = f"{span['start']}:{span['end']} lies outside the text that is labeled"
                    outside.append(Issue(document["article"], 1, "on-furniture", words, label["id"]))
                else:
                    places[span["start"], span["end"]] = place
    if outside:
        raise DataError(outside)
    return list(_ResultEncoder(document, project, text, places).results())


class _ResultEncoder:
    """Encodes one document; ``places`` maps spans of the source text to spans of the task's text."""

    def __init__(
        self, document: Document, project: str, text: str, places: dict[tuple[int, int], tuple[int, int]]
    ) -> None:
        self.document = document
        self.project = project
        self.text = text
        self.places = places
        self.labels = {
            label["id"]: label
            for layer in schema_mapping.PROJECT_LAYERS[project]
            for label in labels_of(document, layer)
        }
        self.cues: dict[tuple[int, int], str] = {}
        for label in sorted(self.labels.values(), key=sort_key):
            if cue := label.get("cue"):
                self.cues.setdefault(self._place(cue), self._cue_id(cue))

    def results(self) -> Iterator[Result]:
        present = [layer for layer in schema_mapping.PROJECT_LAYERS[self.project] if layer in self.document]
        if present:
            ticks = _control_result(
                "_" + schema_mapping.FINISHED, schema_mapping.FINISHED, schema_mapping.CHOICES, {}, []
            )
            yield ticks | {"meta": {"pactwire": {"layers": present}}}
        for layer in present:
            for label in sorted(labels_of(self.document, layer), key=sort_key):
                yield from self._region(layer, label)
        for (start, end), name in self.cues.items():
            span = {"start": start, "end": end}
            yield _label_result(
                name, span, self.text[start:end], schema_mapping.region_label(schema_mapping.CUES, {}), {}
            )
        for layer in present:
            for label in sorted(labels_of(self.document, layer), key=sort_key):
                yield from self._relations(label)

    def _place(self, span: Any) -> tuple[int, int]:
        return self.places[span["start"], span["end"]]

    def _cue_id(self, cue: Any) -> str:
        start, end = self._place(cue)
        name = f"cue-{start}-{end}"
        while name in self.labels:
            name += "_"
        return name

    def _region(self, layer: str, label: Any) -> Iterator[Result]:
        start, end = self._place(label)
        span = {"start": start, "end": end}
        meta = {"id": label["id"], "by": label["by"], "digest": label_digest(label)}
        if "claimants" in label and label["claimants"] != order_claimants(label["claimants"], self.labels):
            meta["claimants"] = label["claimants"]
        yield _label_result(
            label["id"], span, self.text[start:end], schema_mapping.region_label(layer, label), {"pactwire": meta}
        )
        for field in schema_mapping.ATTRIBUTE_CONTROLS:
            if field.layer == layer and label[field.key] is not None:
                yield _control_result(label["id"], field.control, field.kind, span, [label[field.key]])
        chosen: dict[str, list[str]] = {}
        for _, control, name in schema_mapping.references(label):
            if is_fixed_reference(name):
                chosen.setdefault(control, []).append(name)
        for control, names in chosen.items():
            yield _control_result(label["id"], control, schema_mapping.REFERENCE_CONTROLS[control][1], span, names)

    def _relations(self, label: Any) -> Iterator[Result]:
        ends: dict[str, list[str]] = {}
        for relation, _, name in schema_mapping.references(label):
            if not is_fixed_reference(name):
                ends.setdefault(name, []).append(relation)
        if label.get("cue"):
            ends[self.cues[self._place(label["cue"])]] = [schema_mapping.CUE]
        for name, labels in ends.items():
            yield {"type": "relation", "from_id": label["id"], "to_id": name, "direction": "right", "labels": labels}


def _label_result(name: str, span: dict[str, int], words: str, label: str, meta: dict[str, Any]) -> Result:
    result = _control_result(name, schema_mapping.LABEL, "labels", span, [label])
    result["value"]["text"] = words
    return result | {"meta": meta} if meta else result


def _control_result(name: str, control: str, kind: str, span: dict[str, int], values: Sequence[str]) -> Result:
    key = "text" if kind == schema_mapping.TEXTAREA else kind
    return {
        "id": name,
        "from_name": control,
        "to_name": schema_mapping.TEXT,
        "type": kind,
        "value": {**span, key: [[value] for value in values] if kind == schema_mapping.TAXONOMY else list(values)},
        "origin": "prediction",
    }
