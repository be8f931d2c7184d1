"""Migration of a task: the requests that bring its annotations, predictions and unsent edits through migrations.

Nothing is sent here. Requests are in an order in which each may be the last: a later run finds what is left, and ends
in the same state. An annotation that is saved loses the unsent edits that hang on it, so these are detached before, and
attached again afterwards. Predictions come last, since annotations are migrated by them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import encoder, migration_marks, prediction_provenance, schema_mapping
from pactwire.labelstudio.client import Task
from pactwire.labelstudio.project_marks import OPEN
from pactwire.labelstudio.projects import Project
from pactwire.labelstudio.result_migration import ResultMigration
from pactwire.model.issues import DataError
from pactwire.model.label_migration import LabelMigration
from pactwire.model.records import Document

ATTACHED: Final = "attached"
"""The mark of unsent edits that are detached: the number of their annotation."""

_SIGNED: Final = ("revision", "annotators", "draft", prediction_provenance.SOURCES, migration_marks.LABELS)
"""Keys of a signature, which do not belong to what a prediction shows."""

_ORDERED: Final = msgspec.json.Encoder(order="sorted")


class Request(NamedTuple):
    """A request that changes fields of a record."""

    path: str
    body: dict[str, Any]


class TaskMigration(NamedTuple):
    """The requests for a task, and the numbers of annotations, predictions, drafts, and labels (`result_migration`)."""

    requests: list[Request]
    counts: Counter[str]


def project_names(migrations: Sequence[LabelMigration], name: str, number: int) -> list[str]:
    """Return the name of a project before each migration, and after the last: that of one layer is called as the layer.

    ``name`` is that before the migration ``number``. What it is called where the layer does not exist is
    schema_mapping.PROJECTS[0] before, and empty after it is dropped.
    """
    names = [name]
    for migration in migrations[number:]:
        names.append(_renamed(migration, names[-1]) if names[-1] else "")
    for migration in reversed(migrations[:number]):
        known = (*schema_mapping.PROJECTS, *migration.old.layers)
        names.insert(
            0, next((old for old in known if _renamed(migration, old) == names[0]), schema_mapping.PROJECTS[0])
        )
    return names


def _renamed(migration: LabelMigration, name: str) -> str:
    return name if name in schema_mapping.PROJECTS else migration.layer_name(name) or ""


class TaskMigrator:
    """Migrates the tasks of a project.

    Args:
        data: The dataset after the migrations, whose documents predictions are compared with.
        project: The project.
        migrations: All migrations of the dataset, in order.
        user: The number of the user who migrates.
        answers: What people decided in the queue of the last of them, for labels that are after all migrations.
    """

    def __init__(
        self,
        data: Corpus,
        project: Project,
        migrations: Sequence[LabelMigration],
        user: int,
        answers: LabelMigration | None = None,
    ) -> None:
        self.data = data
        self.project = project
        self.user = user
        self.ids = [None, *(migration.id for migration in migrations)]
        self.labels = project.labels.removesuffix(OPEN) if project.labels else None
        self.names = project_names(migrations, project.name, self.ids.index(self.labels))
        self.steps = [
            ResultMigration(migration, old, new)
            for migration, old, new in zip(migrations, self.names, self.names[1:], strict=False)
        ]
        self.answers = ResultMigration(answers, self.names[-1]) if answers else None

    def migrate(self, task: Task, drafts: Sequence[Any]) -> TaskMigration:
        """Return the requests for a task, given the unsent edits of all people; those of no migration are left."""
        run = _TaskRun(self, task)
        predictions = list(run.predictions())
        annotations = list(run.annotations())
        detached, attached = run.drafts(drafts, {request.path for request in annotations})
        return TaskMigration(
            [*detached, *annotations, *attached, *predictions, *(run.meta() if predictions else ()), *run.renaming()],
            run.counts,
        )

    def remaining(self, results: Any) -> int | None:
        """Return the number of the first migration that results have not gone through; None if there is none."""
        last = migration_marks.last_migration(results, self.labels)
        place = self.ids.index(last) if last in self.ids else len(self.steps)
        return place if isinstance(results, list) and place < len(self.steps) else None


class _TaskRun:
    """One task: what its predictions tell about its annotations, and counts."""

    def __init__(self, about: TaskMigrator, task: Task) -> None:
        self.about = about
        self.task = task
        self.data = task["data"]
        self.counts: Counter[str] = Counter()
        self.digests: list[dict[str, str]] = [{} for _ in about.steps]
        self.answer_digests: dict[str, str] = {}
        self.revisions: dict[str, str] = {}

    def predictions(self) -> Iterator[Request]:
        """Yield requests for predictions that are behind."""
        for prediction in self.task["predictions"]:
            is_signed = prediction_provenance.is_signed(prediction)
            if (migrated := self._migrated(prediction["result"], is_draft=is_signed)) is None:
                continue
            if not is_signed:
                digest = prediction_provenance.model_digest(prediction["result"])
                migrated = migration_marks.mark_results(migrated, **{migration_marks.MODEL_DIGEST: digest})
            elif shown := self._shown_document(migrated):
                migrated = migration_marks.mark_results(migrated, annotators=shown["annotators"])
            self.counts["predictions"] += 1
            results = prediction_provenance.renew_revisions(migrated, self.revisions)
            yield Request(f"api/predictions/{prediction['id']}/", {"result": results})

    def annotations(self) -> Iterator[Request]:
        """Yield requests for annotations that are behind; each is signed."""
        for annotation in self.task["annotations"]:
            if (migrated := self._migrated(annotation["result"])) is not None:
                renewed = prediction_provenance.renew_revisions(migrated, self.revisions)
                self.counts["annotations"] += 1
                signed = migration_marks.sign_results(renewed, annotation, self.about.user)
                yield Request(_annotation_path(annotation["id"]), {"result": signed})

    def drafts(self, drafts: Sequence[Any], saved: set[str]) -> tuple[list[Request], list[Request]]:
        """Return requests for unsent edits, before and after the annotations ``saved``."""
        before, after = [], []
        known = {annotation["id"] for annotation in self.task["annotations"]}
        for draft in drafts:
            path = f"api/drafts/{draft['id']}/"
            mark = migration_marks.finished_meta(draft["result"]).get(ATTACHED)
            parent = draft["annotation"] or mark
            migrated = self._migrated(draft["result"])
            is_saved = draft["annotation"] is not None and _annotation_path(draft["annotation"]) in saved
            if migrated is None and mark is None and not is_saved:
                continue
            self.counts["drafts"] += 1
            results = draft["result"] if migrated is None else migrated
            results = prediction_provenance.renew_revisions(results, self.revisions)
            if is_saved:
                marked = migration_marks.mark_results(results, **{ATTACHED: parent})
                before.append(Request(path, {"annotation": None, "result": marked}))
            unmarked = migration_marks.mark_results(results, **{ATTACHED: None})
            after.append(Request(path, {"result": unmarked} | ({"annotation": parent} if parent in known else {})))
        return before, after

    def meta(self) -> Iterator[Request]:
        """Yield a request for the revision that a task shows, unless it is for adjudication, which a push renews."""
        known = (self.task.get("meta") or {}).get("pactwire") or {}
        if (revision := known.get("revision")) in self.revisions:
            meta = {**self.task["meta"], "pactwire": {**known, "revision": self.revisions[revision]}}
            yield Request(f"api/tasks/{self.task['id']}/", {"meta": meta})

    def renaming(self) -> Iterator[Request]:
        """Yield a request for the name of the project in the data of a task, if a migration renames its layer."""
        if (named := self.data.get("project")) in self.about.names and named != self.about.names[-1]:
            data = {**self.data, "project": self.about.names[-1]}
            yield Request(f"api/tasks/{self.task['id']}/", {"data": data})

    def _migrated(self, results: Any, is_draft: bool = False) -> list[Any] | None:
        """Return results after all migrations, with the mark of the last; None if nothing is left to do."""
        first = self.about.remaining(results)
        if first is None:
            return self._answered(results, is_draft)
        for step, digests in list(zip(self.about.steps, self.digests, strict=True))[first:]:
            results, counts = step.migrate(results, self.data, digests, is_draft)
            self.counts += counts
        return migration_marks.mark_results(results, **{migration_marks.LABELS: self.about.ids[-1]})

    def _answered(self, results: Any, is_draft: bool) -> list[Any] | None:
        """Return results with the answers of people; None if nothing is left to do."""
        if self.about.answers is None or not isinstance(results, list):
            return None
        answered, counts = self.about.answers.migrate(results, self.data, self.answer_digests, is_draft)
        if answered == results:
            return None
        self.counts += counts
        return answered

    def _shown_document(self, results: list[Any]) -> Document | None:
        """Return the document that a prediction shows, and note its revision; None if it is another by now."""
        signed = migration_marks.finished_meta(results)
        revision, data = str(signed["revision"]), self.data
        annotator = revision.partition("@")[0]
        for stored in self.about.data.documents_of(str(data.get("article"))):
            if stored.annotator != annotator:
                continue
            document: Any = stored.document
            if self.about.project.annotators:  # only what all annotators have is shown
                hidden = {*self.about.data.schema.layer_names} - {*signed.get("layers", ())}
                document = {key: value for key, value in document.items() if key not in hidden}
            try:
                shown = encoder.encode_results(
                    self.about.data.schema, document, data["segments"], data["text"], self.about.names[-1]
                )
            except (DataError, KeyError):
                continue
            if _content(shown) == _content(results):
                self.revisions[revision] = encoder.revision(annotator, stored.document)
                return stored.document
        return None


def _annotation_path(number: int) -> str:
    return f"api/annotations/{number}/"


def _content(results: Sequence[Any]) -> list[bytes]:
    """Return what results show, whatever their order, without what a signature says."""
    return sorted(_ORDERED.encode(_without_signature(result)) for result in results)


def _without_signature(result: Any) -> Any:
    meta = result.get("meta") or {}
    if not isinstance(known := meta.get("pactwire"), Mapping):
        return result
    kept = {key: value for key, value in known.items() if key not in _SIGNED}
    return {**result, "meta": {**meta, "pactwire": kept}}
