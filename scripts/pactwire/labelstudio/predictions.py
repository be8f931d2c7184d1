"""Predictions of a task to who made them: a document of the dataset, or a model that another program ran.

What a push sends is signed: in its ``finished`` result, which ticks no layer, and in the ``meta`` of its regions. What
is not signed is a model's. Nothing is read or written here.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pactwire.corpus.documents import Placed
from pactwire.labelstudio import fields, projects
from pactwire.labelstudio.canonical_labels import digest_of
from pactwire.labelstudio.decoder import ACCEPTED, EDITED, Answer, layers
from pactwire.labelstudio.result_reader import CHANGED, PREDICTION, Region
from pactwire.labelstudio.wire_types import mark, marks
from pactwire.model import schema
from pactwire.model.records import Annotator, AnnotatorKind
from pactwire.storage.files import sha256

UNNAMED: Final = Annotator(id="unnamed-model", kind=AnnotatorKind.MODEL, name=None, version=None)
"""A model that the server does not name, or whose prediction is gone."""

NAMELESS: Final = ("", "undefined", projects.CURRENT, projects.EARLIER)
"""What stands for a model's name where it has none: the last two a push of 1.0.0 wrote over it."""

EARLIER: Final = " (earlier)"
"""Stands behind the version of a prediction whose document was replaced."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ORDERED: Final = msgspec.json.Encoder(order="sorted")


def sign(result: list[Any], shown: Placed, revision: str, version: str = projects.CURRENT) -> dict[str, Any]:
    """Return a prediction that tells which document it shows, and who made that."""
    signature = {"revision": revision, "annotators": shown.document["annotators"]}
    signed = []
    for each in result:
        if known := each.get("meta", {}).get("pactwire"):
            more = signature if each["from_name"] == fields.FINISHED else {"draft": _short(revision)}
            each = {**each, "meta": {"pactwire": {**known, **more}}}
        signed.append(each)
    return {"model_version": version, "result": signed}


def _short(revision: str) -> str:
    return revision.partition("@")[2][:12]


def signature(made: Any) -> dict[str, Any]:
    """Return what `sign` wrote into a prediction, or into an annotation made from it; nothing where there is none."""
    return _signature(marks(made.get("result")))


def _signature(results: list[Any]) -> dict[str, Any]:
    for control, meta in map(mark, results):
        signed = meta.get("pactwire") if control == fields.FINISHED and isinstance(meta, dict) else None
        if isinstance(signed, dict) and isinstance(signed.get("revision"), str):
            return signed
    return {}


def is_signed(prediction: Any) -> bool:
    """Say whether a push made a prediction: one that was copied under another model's name is that model's."""
    return _is_signed(prediction, signature(prediction))


def _is_signed(prediction: Any, signed: dict[str, Any]) -> bool:
    version = str(prediction.get("model_version")).removesuffix(EARLIER)
    return bool(signed) and version in (projects.CURRENT, signed["revision"].partition("@")[0])


def model(version: Any) -> Annotator:
    """Return the annotator that a ``model_version`` of the server names.

    ``NAME@VERSION``, ``NAME:1.0`` and ``NAME 1.0`` hold a name and a version; anything else stands for both. The id
    is the same wherever the same model is met, and no one else's.
    """
    text = " ".join(_CONTROL.sub(" ", str(version or "")).split())
    if text in NAMELESS:
        return UNNAMED
    parts = re.fullmatch(r"(.*\S) ?(?:@|[ :](?=v?\d)) ?(\S+)", text)
    name, number = parts.groups() if parts else (text, text)
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50].strip("-")
    identity = f"{slug or 'model'}-{sha256(text)[:8]}"
    return Annotator(id=identity, kind=AnnotatorKind.MODEL, name=name, version=number)


class _Model:
    """A prediction that no push made: whose it is, and what it says by region (without ids: of any region)."""

    def __init__(self, prediction: Any, data: Any, project: str) -> None:
        self.annotator = model(prediction.get("model_version"))
        result = prediction.get("result")
        result = msgspec.json.decode(result) if isinstance(result, msgspec.Raw) else result
        self.revision = f"{self.annotator['id']}@{sha256(_ORDERED.encode(result))}"
        regions = [each for each in result if isinstance(each, dict)] if isinstance(result, list) else []
        self.ids = {str(each["id"]) for each in regions if each.get("id")}
        self.nameless = any(not each.get("id") for each in regions if each.get("type") != "relation")
        named = [{"id": f"r{number}", **each} for number, each in enumerate(regions)]
        answer = layers(named, data, project, fields.PROJECTS[project])
        self.said = {label["id"]: _said(label) for labels in answer.layers.values() for label in labels}

    def holds(self, region: Region) -> bool:
        """Say whether a region of an annotation that was made from this prediction is its own."""
        return region.id in self.ids or (self.nameless and region.origin in (PREDICTION, CHANGED))

    def state(self, region: Region, label: Any) -> str:
        """Say whether a person left a label as it was."""
        known = self.said.values() if self.nameless and region.id not in self.ids else [self.said.get(label["id"])]
        return ACCEPTED if _said(label) in known else EDITED


def _said(label: Any) -> str:
    return digest_of({key: value for key, value in label.items() if key not in ("id", "by")})


def _is_annotator(value: Any) -> bool:
    return schema.is_valid(value, "annotation", "annotator")


def _parent(annotation: dict[str, Any]) -> int | None:
    parent = annotation.get("parent_prediction")
    return parent if isinstance(parent, int) else None


def _mark(region: Region) -> dict[str, Any]:
    known = region.meta.get("pactwire")
    return known if isinstance(known, dict) else {}


class Drafts:
    """The predictions of a task: signed ones by number, with what is signed, and those of models."""

    def __init__(self, task: dict[str, Any], project: str) -> None:
        self.signed: dict[Any, dict[str, Any]] = {}
        self.models: dict[Any, _Model] = {}
        self.annotators: dict[str, Annotator] = {UNNAMED["id"]: UNNAMED}
        self.filled = False
        for each in _all(task):
            number = each.get("id") if isinstance(each.get("id"), int) else f"without number {len(self.models)}"
            results = marks(each.get("result"))
            self.filled |= any(mark(result)[0] == fields.LABEL for result in results)
            if _is_signed(each, signed := _signature(results)):
                self.signed[number] = signed
            elif number not in self.models:
                self.models[number] = _Model(each, task["data"], project)
        for signed in [*self.signed.values(), *map(signature, task.get("annotations") or [])]:
            self.annotators |= {each["id"]: each for each in signed.get("annotators", ()) if _is_annotator(each)}
        self.annotators |= {each.annotator["id"]: each.annotator for each in self.models.values()}

    def revisions(self, annotation: dict[str, Any], answer: Answer) -> set[str]:
        """Return the revisions of the drafts that an annotation was made from.

        A draft that was saved by itself and resumed has lost ``parent_prediction``; then the regions tell.
        """
        parent = _parent(annotation)
        if parent in self.models:
            return {self.models[parent].revision}
        if parent in self.signed:
            return {self.signed[parent]["revision"]}
        if revision := signature(annotation).get("revision"):
            return {revision}
        shorts = {_mark(region).get("draft") for region in answer.regions.values()}
        return {each["revision"] for each in self.signed.values() if _short(each["revision"]) in shorts}

    def attribute(self, annotation: dict[str, Any], answer: Answer) -> dict[str, _Model | None]:
        """Give labels that models made their maker and their state; returns the models by label, None if unnamed."""
        found: dict[str, _Model | None] = {}
        for label in (label for labels in answer.layers.values() for label in labels):
            region = answer.regions[label["id"]]
            maker, is_model = self._maker(_parent(annotation), region, label)
            if is_model:
                found[label["id"]] = maker
                label["by"] = [maker.annotator["id"] if maker else UNNAMED["id"]]
                whole = maker.state(region, label) if maker else ACCEPTED if region.origin == PREDICTION else EDITED
                answer.states[label["id"]] = whole
        return found

    def _maker(self, parent: Any, region: Region, label: Any) -> tuple[_Model | None, bool]:
        """Return the model that made a region, None where it can't be told, and whether a model made it at all."""
        if parent in self.models and self.models[parent].holds(region):
            return self.models[parent], True
        drafted = region.origin in (PREDICTION, CHANGED) and not _mark(region)
        if not drafted:
            return None, False
        named = [each for each in self.models.values() if region.id in each.ids]
        named = named or [each for each in self.models.values() if _said(label) in each.said.values()]
        if len({each.annotator["id"] for each in named}) == 1:
            return named[0], True
        # of a prediction that is known, this can only be a copy that a person made and changed
        known = parent in self.models or parent in self.signed
        return None, bool(named) or not known


def _all(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the predictions of a task; exports keep the first one of a task in each annotation too."""
    copies = [annotation.get("prediction") for annotation in task.get("annotations") or []]
    for each in [*(task.get("predictions") or []), *copies]:
        if isinstance(each, dict):
            yield each
