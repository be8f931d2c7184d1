"""Tasks of Label Studio's exports, JSON or JSON-MIN, and whose work each of their annotations is.

JSON has a task with the annotations of all people, JSON-MIN a flat record for each annotation. Annotations that were
skipped, drafts and predictions are counted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from pactwire.convert import acceptance
from pactwire.convert.omissions import Omissions
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue

LABELS_RESULT: Final = "labels"
"""The type of a result that labels a stretch of a Text object."""
UNKNOWN_PERSON: Final = "unknown"
"""What a person is called whom the export does not name."""
_JSON_MIN_KEYS: Final = ("annotation_id", "annotator")
_JSON_MIN_METADATA: Final = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time")
_ANNOTATION_KEYS: Final = ("annotations", "completions")
"""Where a task has its annotations: since version 1.0, and before."""


class TaskAnnotation(NamedTuple):
    """What one person said of a task: the results.

    ``shared`` says how a second person had a hand in it, or nothing; ``changed`` is the time of the last change.
    """

    id: str
    person: str
    shared: str
    modified: str
    is_gold: bool
    results: list[Any]


@dataclass
class ExportedTask:
    """A task of either form: its data, and the annotations that count."""

    id: str
    line: int
    data: dict[str, Any]
    annotations: list[TaskAnnotation] = field(default_factory=list)
    omitted: Omissions = field(default_factory=Omissions)


def is_task(record: Mapping[str, Any]) -> bool:
    """Say whether a record is a task of the full export."""
    return isinstance(record.get("data"), dict) and any(isinstance(record.get(key), list) for key in _ANNOTATION_KEYS)


def is_json_min(record: Mapping[str, Any]) -> bool:
    """Say whether a record is one of JSON-MIN."""
    return all(key in record for key in _JSON_MIN_KEYS)


def parse_tasks(records: Sequence[tuple[int, Any]], file: str) -> tuple[list[ExportedTask], list[Issue]]:
    """Return the tasks of either form, and an issue for each record that is none or belongs to Pactwire's projects."""
    tasks: dict[str, ExportedTask] = {}
    issues: list[Issue] = []
    names = _email_by_id(record for _, record in records)
    for line, record in records:
        if not isinstance(record, dict) or not (is_task(record) or is_json_min(record)):
            issues.append(Issue(file, line, "convert-record", "it is no task of Label Studio"))
        elif {"project", "article", "segments"} <= set(record.get("data", record)):
            issues.append(Issue(file, line, "convert-ours", "it is a task of Pactwire, whose offsets count zones"))
        elif is_task(record):
            task = ExportedTask(str(record.get("id", line)), line, record["data"])
            tasks[f"{task.id}#{line}"] = task
            _add_annotations(task, record, names)
        else:
            identity = str(record.get("id", line))
            data = {key: value for key, value in record.items() if key not in _JSON_MIN_METADATA}
            task = tasks.setdefault(identity, ExportedTask(identity, line, {}))
            task.data = {key: value for key, value in data.items() if isinstance(value, str)} | task.data
            task.annotations.append(_json_min_annotation(record, data, task, names))
    return list(tasks.values()), issues


def _add_annotations(task: ExportedTask, record: dict[str, Any], names: Mapping[str, str]) -> None:
    """Take the annotations of a task that count; count those that were skipped, drafts and predictions."""
    for annotation in _annotations_of(record):
        if not isinstance(annotation, dict):
            continue
        drafts = annotation.get("drafts") or annotation.get("draft")
        task.omitted["drafts, which nobody submitted"] += len(drafts) if isinstance(drafts, list) else bool(drafts)
        person = _person_name(annotation.get("completed_by"), names)
        if annotation.get("was_cancelled") or annotation.get("skipped"):
            task.omitted.add("annotations that were skipped (was_cancelled)", f"{person}, task {task.id}")
            continue
        declined, unknown = acceptance.find_rejection(_decision_fields(annotation))
        if declined or unknown:
            task.omitted.add(f"annotations with {declined or unknown}", f"{person}, task {task.id}")
            continue
        results = annotation.get("result")
        task.annotations.append(
            TaskAnnotation(
                str(annotation.get("id", "")), person, _shared_authorship(annotation, record, person, names),
                _utc_time(annotation.get("updated_at")), annotation.get("ground_truth") is True,
                results if isinstance(results, list) else [],
            )
        )  # fmt: skip
    for key, what in (
        ("predictions", "predictions, which no person made"),
        ("drafts", "drafts, which nobody submitted"),
    ):
        found = record.get(key)
        for each in found if isinstance(found, list) else ():
            task.omitted.add(what, each.get("model_version", "") if isinstance(each, dict) else each)
    for key in ("meta", "comment_authors"):
        task.omitted.add_field(key, record.get(key), " of tasks")


def _decision_fields(annotation: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an annotation that decide on it, and the last review; not being ground truth is none."""
    said = {key: value for key, value in annotation.items() if key != "ground_truth"}
    reviews = annotation.get("reviews")
    last = reviews[-1] if isinstance(reviews, list) and reviews else None
    return said | ({"review.accepted": last.get("accepted")} if isinstance(last, dict) else {})


def _shared_authorship(
    annotation: dict[str, Any], record: dict[str, Any], person: str, names: Mapping[str, str]
) -> str:
    """Say whose work an annotation is besides its owner's: who saved it last, or whose it was duplicated from."""
    number, editor = annotation.get("id"), annotation.get("updated_by")
    if editor is not None and _person_name(editor, names) != person:
        return f"the annotation {number} is by {person}, but {_person_name(editor, names)} saved it last"
    every = [each for each in _annotations_of(record) if isinstance(each, dict)]
    for parent, original in duplicate_origins(annotation, every):
        if not original or _person_name(original.get("completed_by"), names) != person:
            return f"the annotation {number} by {person} is a duplicate of the annotation {parent}"
    return ""


def _json_min_annotation(
    record: dict[str, Any], data: dict[str, Any], task: ExportedTask, names: Mapping[str, str]
) -> TaskAnnotation:
    """Return the annotation that a record of JSON-MIN is: its regions are lists of objects with start and labels."""
    results: list[Any] = []
    for key, value in data.items():
        regions = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
        if any(LABELS_RESULT in each or "start" in each for each in regions):
            results += [{"type": LABELS_RESULT, "value": each, "to_name": ""} for each in regions]
        elif not isinstance(value, str):
            task.omitted.add_field(key, value, " of tasks")
    person = _person_name(record["annotator"], names)
    task.omitted.add("annotations of which JSON-MIN does not say who saved them last", person)
    return TaskAnnotation(str(record["annotation_id"]), person, "", _utc_time(record.get("updated_at")), False, results)


def _annotations_of(record: Any) -> list[Any]:
    """Return a task's annotations as they stand in the export."""
    found = (record.get(key) for key in _ANNOTATION_KEYS) if isinstance(record, dict) else ()
    return next((each for each in found if isinstance(each, list)), [])


def _email_by_id(records: Iterator[Any]) -> dict[str, str]:
    """Return the e-mail addresses of people by their numbers, as far as an export says both."""
    found: dict[str, str] = {}
    for record in records:
        for each in _annotations_of(record):
            who = each.get("completed_by") if isinstance(each, dict) else None
            if isinstance(who, dict) and who.get("id") is not None and isinstance(who.get("email"), str):
                found[str(who["id"])] = who["email"]
    return found


def _person_name(who: Any, names: Mapping[str, str]) -> str:
    """Return what a person is called: an e-mail address, or else a number."""
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return names.get(str(who), str(who)) if who not in (None, "") else UNKNOWN_PERSON


def choose_person(tasks: Sequence[ExportedTask], file: str, person: str | None) -> str:
    """Return whose annotations are taken."""
    counts = Counter(each.person for task in tasks for each in task.annotations)
    people = ", ".join(f"{name} ({count:,})" for name, count in sorted(counts.items()))
    if person is not None and person not in counts:
        raise DataError(
            [Issue(file, 1, "convert-person", f"nobody called {quote(person)} annotated; but {people} did")]
        )
    if person is None and len(counts) > 1:
        raise DataError([Issue(file, 1, "convert-person", f"{len(counts)} people annotated: {people}")])
    return person or next(iter(counts), UNKNOWN_PERSON)


def _utc_time(value: Any) -> str:
    """Return a time of theirs as one of ours, or nothing."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError):
        return ""


def duplicate_origins(
    annotation: dict[str, Any], annotations: Sequence[dict[str, Any]]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield what an annotation was duplicated from, what that was, and so on: number and annotation, empty if gone."""
    for _ in annotations:  # an end also where a file says that two are duplicates of each other
        parent = annotation.get("parent_annotation")
        if parent is None:
            return
        annotation = next((each for each in annotations if each.get("id") == parent), {})
        yield parent, annotation
