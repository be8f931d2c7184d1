"""Articles and annotation documents to Label Studio tasks with predictions, and their results back to layers.

There are two projects (``fields.PROJECTS``): ``labels`` holds entities, claims and stances over the
content text, ``zones`` holds zones over the whole source text. All is keyed so that a pull needs
nothing but what the server gives back, and so that pressing Submit in the page loses nothing.

A task::

    {"data": {"project": "labels" | "zones", "article": id, "source_id": name of the raw file,
              "text": what is labeled, "text_sha256": of the SOURCE text,
              "segments": [{"content", "source", "length"}, ...] from text to source text,
              "guidelines": version},
     "predictions": [{"model_version": "annotator@sha256 of the document", "result": [...]}, ...]}

``model_version`` is the document's revision, word for word an entry of ``derived_from``.

A result holds, all ids being label ids:

- a region for each label, named by the control ``label``: an entity's type, a zone's kind, CLAIM, STANCE;
- a CUE region ``cue-START-END`` (offsets of the content text) for each distinct cue span;
- a per-region result for each attribute (``fields.FIELDS``); none stands for null;
- relations: claimant (claim to entity), cue (claim to CUE), holder (stance to entity), target (stance to
  entity or claim); one relation with two labels where holder and target are the same mention;
- ``finished``, a choice of the whole document: the layers that a person annotated. A layer that is not
  named there is missing, and one named there without labels is empty. A draft ticks none, since a tick is
  the person's: the layers that it holds stand in ``meta["pactwire"]["layers"]``;
- ``flags``, another: what people want to tell the team; it is no label and is handed back as a remark.

A region's ``meta["pactwire"]`` is ``{"id", "by", "digest"}`` of the label as drafted, and ``claimants``
where their order is not that of the text. `pactwire.labelstudio.prediction_provenance` adds ``draft``, the beginning
of the draft's SHA-256. A label is *accepted* if its digest still holds, *edited* if
not, *new* without such meta or where the id is another's (a copied region).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from pactwire.labelstudio import schema_mapping
from pactwire.labelstudio.canonical_labels import canonical_layers, label_digest, order_claimants, sort_key
from pactwire.labelstudio.decoder import DecodedResults, decode_results
from pactwire.labelstudio.result_parser import ResultProblem
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article, Document, Segment, Zone, labels_of
from pactwire.storage.files import sha256
from pactwire.text import offsets

__all__ = [
    "DecodedResults",
    "ResultProblem",
    "canonical_layers",
    "decode_results",
    "document_bytes",
    "encode_results",
    "encode_task",
    "revision",
]

Result = dict[str, Any]


def document_bytes(document: Document) -> bytes:
    """Return what a document's file holds: the canonical form of `jsontext.pretty`, made ten times as fast.

    The two agree on all but fractions, which no document holds.
    """
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def revision(annotator: str, document: Document) -> str:
    """Return ``annotator@sha256``: what a document is called in ``derived_from`` and as ``model_version``."""
    return f"{annotator}@{sha256(document_bytes(document))}"


def encode_task(
    article: Article,
    zones: Sequence[Zone],
    project: str,
    documents: Iterable[tuple[str, Document]] = (),
    *,
    guidelines: str,
) -> dict[str, Any]:
    """Return an article's task with a prediction for each (annotator, document).

    ``zones`` make the content text. Raises DataError (on-furniture) where a document's label lies outside it.
    """
    source = article["source_text"]
    if project == "zones":
        text, segments = source, [Segment(content=0, source=0, length=len(source))]
    else:
        text, segments = offsets.content_text(source, zones)
    data = {
        "project": project,
        "article": article["id"],
        "source_id": article["source_id"],
        "text": text,
        "text_sha256": article["source_sha256"],
        "segments": segments,
        "guidelines": guidelines,
    }
    predictions = [
        {"model_version": revision(annotator, document), "result": encode_results(document, segments, text, project)}
        for annotator, document in documents
    ]
    return {"data": data, "predictions": predictions}


def encode_results(document: Document, segments: Sequence[Segment], text: str, project: str) -> list[Result]:
    """Return the results that show a document's layers of a project over ``text``, regions first, by position.

    Raises DataError (on-furniture) for every label and cue that no segment holds whole.
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
    """Writes one document's results; ``places`` maps source spans into the text."""

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
            if schema_mapping.is_choice(name):
                chosen.setdefault(control, []).append(name)
        for control, names in chosen.items():
            yield _control_result(label["id"], control, schema_mapping.REFERENCE_CONTROLS[control][1], span, names)

    def _relations(self, label: Any) -> Iterator[Result]:
        ends: dict[str, list[str]] = {}
        for relation, _, name in schema_mapping.references(label):
            if not schema_mapping.is_choice(name):
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
