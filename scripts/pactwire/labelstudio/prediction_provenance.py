"""Provenance of predictions: who made them, a document of the dataset or a model that another program ran.

Predictions that a push sends are signed, in their ``finished`` result, which ticks no layer, and in the ``meta`` of
their regions. Those without a signature are a model's. Nothing is read or written here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from pactwire.labelstudio import schema_mapping
from pactwire.labelstudio.canonical_labels import article_key, content_digest, label_key
from pactwire.labelstudio.decoder import ACCEPTED, EDITED, DecodedResults, decode_results
from pactwire.labelstudio.migration_marks import LABELS, MODEL_DIGEST, finished_meta
from pactwire.labelstudio.result_parser import ORIGIN_CHANGED, ORIGIN_PREDICTION, Region
from pactwire.labelstudio.wire_types import control_and_meta, decode_marks
from pactwire.model import digests
from pactwire.model.json_schemas import tool_validator
from pactwire.model.labels import document_labels
from pactwire.model.records import Annotator, AnnotatorKind, Document
from pactwire.model.schema import AnnotationSchema

CURRENT_VERSION: Final = "pactwire"
"""``model_version`` of the predictions that people start from.

The page that hands out tasks shows predictions of one version only, that of the project. So the version can't be the
document's revision, which is in the results instead.
"""

EARLIER_VERSION: Final = "pactwire (earlier)"
"""``model_version`` of predictions that a later revision replaced; they stay, since annotations refer to them."""

UNNAMED_MODEL: Final = Annotator(id="unnamed-model", kind=AnnotatorKind.MODEL, name=None, version=None)
"""The annotator for a model that the server does not name, or whose prediction is gone."""

NAMELESS_VERSIONS: Final = ("", "undefined", CURRENT_VERSION, EARLIER_VERSION)
"""Versions that name no model; a push of version 1.0.0 overwrote names with the last two."""

SOURCES: Final = "sources"
"""Key of a signature: the revisions of the documents that a draft was put together from."""

EARLIER_SUFFIX: Final = " (earlier)"
"""The suffix of the version of a prediction whose document has been replaced."""

SUGGESTER: Final = "suggester"
"""The key, in the ``meta`` of a region, of the annotator that suggested it while a person was labeling."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ORDERED: Final = msgspec.json.Encoder(order="sorted")


def sign_prediction(
    result: list[Any],
    shown: Document,
    revision: str,
    version: str = CURRENT_VERSION,
    sources: Sequence[str] = (),
) -> dict[str, Any]:
    """Return a prediction with a signature: the document that it shows, its annotators, and its last migration.

    ``sources`` are the revisions of the documents that this was put together from, if there are several.
    """
    document: Any = shown
    labels = {LABELS: document[LABELS]} if LABELS in document else {}
    signature = {"revision": revision, "annotators": document["annotators"], **labels}
    signature |= {SOURCES: [*sources]} if sources else {}
    signed = []
    for item in result:
        if known := item.get("meta", {}).get("pactwire"):
            more = signature if item["from_name"] == schema_mapping.FINISHED else {"draft": _short_digest(revision)}
            item = {**item, "meta": {"pactwire": {**known, **more}}}
        signed.append(item)
    return {"model_version": version, "result": signed}


def sign_suggestions(results: Sequence[Any], suggester: Annotator) -> list[Any]:
    """Return the regions of results with the annotator that suggested them, for a person who is labeling."""
    return [
        {**item, "meta": {"pactwire": {**item["meta"]["pactwire"], SUGGESTER: suggester}}} if "meta" in item else item
        for item in results
        if item["from_name"] != schema_mapping.FINISHED
    ]


def renew_revisions(results: Sequence[Any], revisions: Mapping[str, str]) -> list[Any]:
    """Return results that name the documents they come from by the revisions that these have after a migration."""
    shorts = {_short_digest(old): _short_digest(new) for old, new in revisions.items()}
    renewed = []
    for item in results:
        meta = (item.get("meta") if isinstance(item, dict) else None) or {}
        known = meta.get("pactwire") if isinstance(meta, dict) else None
        if isinstance(known, dict):
            more = {"revision": revisions} if "revision" in known else {"draft": shorts} if "draft" in known else {}
            known = {**known, **{key: new.get(str(known[key]), known[key]) for key, new in more.items()}}
            if isinstance(known.get(SOURCES), list):
                known[SOURCES] = [revisions.get(str(each), each) for each in known[SOURCES]]
            item = {**item, "meta": {**meta, "pactwire": known}}
        renewed.append(item)
    return renewed


def _short_digest(revision: str) -> str:
    return revision.partition("@")[2][:12]


def signature(prediction: Any) -> dict[str, Any]:
    """Return the signature of a prediction, or of an annotation made from it; empty if there is none."""
    return _result_signature(decode_marks(prediction.get("result")))


def _result_signature(results: list[Any]) -> dict[str, Any]:
    for control, meta in map(control_and_meta, results):
        signed = meta.get("pactwire") if control == schema_mapping.FINISHED and isinstance(meta, dict) else None
        if isinstance(signed, dict) and isinstance(signed.get("revision"), str):
            return signed
    return {}


def prediction_revision(prediction: Any) -> str | None:
    """Return the revision of the document that a prediction shows; None where it is not signed."""
    return signature(prediction).get("revision")


def _sources(signed: dict[str, Any]) -> set[str]:
    """Return the revisions of the documents that a signed prediction shows."""
    sources = signed.get(SOURCES)
    return {str(each) for each in sources} if isinstance(sources, list) and sources else {signed["revision"]}


def is_signed(prediction: Any) -> bool:
    """Say whether a push made a prediction; a copy under the name of another model belongs to that model."""
    return _is_signed(prediction, signature(prediction))


def _is_signed(prediction: Any, signed: dict[str, Any]) -> bool:
    version = str(prediction.get("model_version")).removesuffix(EARLIER_SUFFIX)
    return bool(signed) and version in (CURRENT_VERSION, signed["revision"].partition("@")[0])


def model_annotator(version: Any) -> Annotator:
    """Return the annotator that a ``model_version`` of the server names.

    ``NAME@VERSION``, ``NAME:1.0`` and ``NAME 1.0`` hold a name and a version; anything else is used for both. A model
    has the same id wherever it occurs, and no other model has it.
    """
    text = " ".join(_CONTROL.sub(" ", str(version or "")).split())
    if text in NAMELESS_VERSIONS:
        return UNNAMED_MODEL
    parts = re.fullmatch(r"(.*\S) ?(?:@|[ :](?=v?\d)) ?(\S+)", text)
    name, number = parts.groups() if parts else (text, text)
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50].strip("-")
    identity = f"{slug or 'model'}-{digests.short_sha256(text, 8)}"
    return Annotator(id=identity, kind=AnnotatorKind.MODEL, name=name, version=number)


def model_digest(results: Any) -> str:
    """Return the SHA-256 of a model's results; of those that it sent, if a migration changed them since."""
    return str(finished_meta(results).get(MODEL_DIGEST) or digests.sha256(_ORDERED.encode(results)))


class _ModelPrediction:
    """A prediction that no push made: its annotator, and digests of its labels by region."""

    def __init__(self, schema: AnnotationSchema, prediction: Any, data: Any, project: str) -> None:
        self.annotator = model_annotator(prediction.get("model_version"))
        result = prediction.get("result")
        result = msgspec.json.decode(result) if isinstance(result, msgspec.Raw) else result
        self.revision = f"{self.annotator['id']}@{model_digest(result)}"
        regions = [item for item in result if isinstance(item, dict)] if isinstance(result, list) else []
        self.ids = {str(item["id"]) for item in regions if item.get("id")}
        self.without_ids = any(not item.get("id") for item in regions if item.get("type") != "relation")
        named = [{"id": f"r{number}", **item} for number, item in enumerate(regions)]
        mapping = schema_mapping.project_mapping(schema, project)
        controls = {item.get("from_name") for item in regions}
        self.ids |= {
            article_key(mapping.per_task_controls[name][0]) for name in mapping.per_task_controls if name in controls
        }
        answer = decode_results(schema, named, data, project, mapping.all_layers)
        self.label_digests = {
            label_key(layer, label): _label_digest(label)
            for layer in answer.layers
            for label in document_labels(answer.layers, layer)
        }

    def contains(self, region: Region) -> bool:
        """Say whether a region of an annotation made from this prediction came with it."""
        return region.id in self.ids or (self.without_ids and region.origin in (ORIGIN_PREDICTION, ORIGIN_CHANGED))

    def label_state(self, region: Region, key: str, label: Any) -> str:
        """Say whether a person accepted or edited a label."""
        known = (
            self.label_digests.values()
            if self.without_ids and region.id not in self.ids
            else [self.label_digests.get(key)]
        )
        return ACCEPTED if _label_digest(label) in known else EDITED


def _label_digest(label: Any) -> str:
    return content_digest({key: value for key, value in label.items() if key not in ("id", "by")})


def _is_annotator(value: Any) -> bool:
    return tool_validator("envelope", "annotator").is_valid(value)


def _parent_prediction(annotation: dict[str, Any]) -> int | None:
    parent = annotation.get("parent_prediction")
    return parent if isinstance(parent, int) else None


def _draft_meta(region: Region) -> dict[str, Any]:
    known = region.meta.get("pactwire")
    return known if isinstance(known, dict) else {}


def _suggester(region: Region) -> Annotator | None:
    """Return the annotator that suggested a region while a person was labeling, which is no person."""
    known: Any = _draft_meta(region).get(SUGGESTER)
    return known if _is_annotator(known) and known["kind"] != AnnotatorKind.HUMAN else None


class TaskPredictions:
    """The predictions of a task by number: the signatures of signed ones, and those of models."""

    def __init__(self, schema: AnnotationSchema, task: dict[str, Any], project: str) -> None:
        self.signed: dict[Any, dict[str, Any]] = {}
        self.models: dict[Any, _ModelPrediction] = {}
        self.annotators: dict[str, Annotator] = {UNNAMED_MODEL["id"]: UNNAMED_MODEL}
        self.has_labels = False
        for item in _all_predictions(task):
            number = item.get("id") if isinstance(item.get("id"), int) else f"without number {len(self.models)}"
            results = decode_marks(item.get("result"))
            self.has_labels |= any(control_and_meta(result)[0] != schema_mapping.FINISHED for result in results)
            if _is_signed(item, signed := _result_signature(results)):
                self.signed.setdefault(number, signed)  # a copy in an annotation may be older than the prediction
            elif number not in self.models:
                self.models[number] = _ModelPrediction(schema, item, task["data"], project)
        for signed in [*self.signed.values(), *map(signature, task.get("annotations") or [])]:
            annotators = signed.get("annotators")
            known = annotators if isinstance(annotators, list) else []
            self.annotators |= {item["id"]: item for item in known if _is_annotator(item)}
        self.annotators |= {item.annotator["id"]: item.annotator for item in self.models.values()}

    def revisions(self, annotation: dict[str, Any], answer: DecodedResults) -> set[str]:
        """Return the revisions of the drafts that an annotation was made from.

        An annotation that was saved as a draft and resumed later has no ``parent_prediction``; then its regions decide.
        """
        parent = _parent_prediction(annotation)
        if parent in self.models:
            return {self.models[parent].revision}
        if parent in self.signed:
            return _sources(self.signed[parent])
        if signed := signature(annotation):
            return _sources(signed)
        shorts = [_draft_meta(region).get("draft") for region in answer.regions.values()]
        shown = [signed for signed in self.signed.values() if _short_digest(signed["revision"]) in shorts]
        return {revision for signed in shown for revision in _sources(signed)}

    def attribute_labels(
        self, annotation: dict[str, Any], answer: DecodedResults
    ) -> dict[str, _ModelPrediction | None]:
        """Set ``by`` and the state of labels that models made; return the models by label id, None for unnamed ones.

        The annotators of suggestions, which the regions hold, become known.
        """
        models: dict[str, _ModelPrediction | None] = {}
        labels = ((layer, label) for layer in answer.layers for label in document_labels(answer.layers, layer))
        for key, label in ((label_key(layer, label), label) for layer, label in labels):
            region = answer.regions[key]
            if suggester := _suggester(region):  # the region itself says what the draft said of others
                self.annotators[suggester["id"]] = suggester
                continue
            maker, is_model = self._label_maker(_parent_prediction(annotation), region, label)
            if is_model:
                models[key] = maker
                label["by"] = [maker.annotator["id"] if maker else UNNAMED_MODEL["id"]]
                whole = (
                    maker.label_state(region, key, label)
                    if maker
                    else ACCEPTED
                    if region.origin == ORIGIN_PREDICTION
                    else EDITED
                )
                answer.states[key] = whole
        return models

    def _label_maker(self, parent: Any, region: Region, label: Any) -> tuple[_ModelPrediction | None, bool]:
        """Return the model that made a region (None if unknown), and whether a model made it at all."""
        if parent in self.models and self.models[parent].contains(region):
            return self.models[parent], True
        drafted = region.origin in (ORIGIN_PREDICTION, ORIGIN_CHANGED) and not _draft_meta(region)
        if not drafted:
            return None, False
        named = [model for model in self.models.values() if region.id in model.ids]
        named = named or [
            model for model in self.models.values() if _label_digest(label) in model.label_digests.values()
        ]
        if len({model.annotator["id"] for model in named}) == 1:
            return named[0], True
        # If the prediction is known, this can only be a copy that a person made and changed.
        known = parent in self.models or parent in self.signed
        return None, bool(named) or not known


def _all_predictions(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the predictions of a task; exports also keep a task's first one in each annotation."""
    copies = [annotation.get("prediction") for annotation in task.get("annotations") or []]
    for prediction in [*(task.get("predictions") or []), *copies]:
        if isinstance(prediction, dict):
            yield prediction
