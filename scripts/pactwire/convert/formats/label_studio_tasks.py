"""Tasks of Label Studio exports, JSON or JSON-MIN, and the author of each annotation.

A JSON export has a task with everyone's annotations, JSON-MIN a flat record for each annotation. Annotations that were
skipped or rejected, drafts and predictions are counted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from pactwire.convert import acceptance
from pactwire.convert.imported_document import SourceFile
from pactwire.convert.omissions import Omissions
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError

LABELS_RESULT: Final = "labels"
"""The type of a result that labels part of a Text object."""
UNKNOWN_PERSON: Final = "unknown"
"""The name of a person whom the export does not name."""
_JSON_MIN_KEYS: Final = ("annotation_id", "annotator")
_JSON_MIN_METADATA: Final = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time")
_ANNOTATION_KEYS: Final = ("annotations", "completions")
"""The field with a task's annotations, since version 1.0 and before."""


class TaskAnnotation(NamedTuple):
    """One person's annotation of a task.

    ``shared`` says how a second person worked on it, empty if nobody did; ``modified`` is the time of the last change
    (UTC, ISO 8601), empty if unknown.
    """

    id: str
    person: str
    shared: str
    modified: str
    is_gold: bool
    results: list[Any]


@dataclass
class ExportedTask:
    """A task of either format: its data, and the annotations that were submitted and accepted."""

    id: str
    line: int
    data: dict[str, Any]
    annotations: list[TaskAnnotation] = field(default_factory=list)
    omitted: Omissions = field(default_factory=Omissions)


def is_task(record: Mapping[str, Any]) -> bool:
    """Return whether a record is a task of a JSON export."""
    return isinstance(record.get("data"), dict) and any(isinstance(record.get(key), list) for key in _ANNOTATION_KEYS)


def is_json_min(record: Mapping[str, Any]) -> bool:
    """Return whether a record is from a JSON-MIN export."""
    return all(key in record for key in _JSON_MIN_KEYS)


def parse_tasks(records: Sequence[tuple[int, Any]], source: SourceFile) -> tuple[list[ExportedTask], list[DataError]]:
    """Return the tasks of either format, and an error for each record that is none or is from a Pactwire project."""
    tasks: dict[str, ExportedTask] = {}
    errors: list[DataError] = []
    names = _email_by_id(record for _, record in records)
    for line, record in records:
        if not isinstance(record, dict) or not (is_task(record) or is_json_min(record)):
            errors.append(source.unreadable(line, "convert-record", "it is not a Label Studio task"))
        elif {"project", "article", "segments"} <= set(record.get("data", record)):
            message = "it is a task of Pactwire, whose offsets count zones"
            errors.append(source.unreadable(line, "convert-ours", message))
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
    return list(tasks.values()), errors


def _add_annotations(task: ExportedTask, record: dict[str, Any], names: Mapping[str, str]) -> None:
    """Add the annotations of a task; those that were skipped or rejected, drafts and predictions are counted."""
    for annotation in _annotations_of(record):
        if not isinstance(annotation, dict):
            continue
        drafts = annotation.get("drafts") or annotation.get("draft")
        count = len(drafts) if isinstance(drafts, list) else int(bool(drafts))
        task.omitted.add("drafts, which nobody submitted", count=count)
        person = _person_name(annotation.get("completed_by"), names)
        if annotation.get("was_cancelled") or annotation.get("skipped"):
            task.omitted.add("annotations that were skipped (was_cancelled)", f"{person}, task {task.id}")
            continue
        rejected_by, unclear = acceptance.find_rejection(_decision_fields(annotation))
        if rejected_by or unclear:
            task.omitted.add(f"annotations with {rejected_by or unclear}", f"{person}, task {task.id}")
            continue
        results = annotation.get("result")
        task.annotations.append(
            TaskAnnotation(
                str(annotation.get("id", "")), person, _shared_authorship(annotation, record, person, names),
                _utc_time(annotation.get("updated_at")), annotation.get("ground_truth") is True,
                results if isinstance(results, list) else [],
            )
        )  # fmt: skip
    for key, name in (
        ("predictions", "predictions, which no person made"),
        ("drafts", "drafts, which nobody submitted"),
    ):
        items = record.get(key)
        for item in items if isinstance(items, list) else ():
            task.omitted.add(name, item.get("model_version", "") if isinstance(item, dict) else item)
    for key in ("meta", "comment_authors"):
        task.omitted.add_field(key, record.get(key), " of tasks")


def _decision_fields(annotation: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that may decide on an annotation, with the last review; ``ground_truth`` rejects nothing."""
    fields = {key: value for key, value in annotation.items() if key != "ground_truth"}
    reviews = annotation.get("reviews")
    last = reviews[-1] if isinstance(reviews, list) and reviews else None
    return fields | ({"review.accepted": last.get("accepted")} if isinstance(last, dict) else {})


def _shared_authorship(
    annotation: dict[str, Any], record: dict[str, Any], person: str, names: Mapping[str, str]
) -> str:
    """Return how a second person worked on an annotation: saved it last, or made its original; empty if nobody did."""
    number, editor = annotation.get("id"), annotation.get("updated_by")
    if editor is not None and _person_name(editor, names) != person:
        return f"the annotation {number} is by {person}, but {_person_name(editor, names)} saved it last"
    annotations = [other for other in _annotations_of(record) if isinstance(other, dict)]
    for parent, original in duplicate_origins(annotation, annotations):
        if not original or _person_name(original.get("completed_by"), names) != person:
            return f"the annotation {number} by {person} is a duplicate of the annotation {parent}"
    return ""


def _json_min_annotation(
    record: dict[str, Any], data: dict[str, Any], task: ExportedTask, names: Mapping[str, str]
) -> TaskAnnotation:
    """Return the annotation of a JSON-MIN record; its regions are lists of objects with a start or labels."""
    results: list[Any] = []
    for key, value in data.items():
        regions = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
        if any(LABELS_RESULT in region or "start" in region for region in regions):
            results += [{"type": LABELS_RESULT, "value": region, "to_name": ""} for region in regions]
        elif not isinstance(value, str):
            task.omitted.add_field(key, value, " of tasks")
    person = _person_name(record["annotator"], names)
    task.omitted.add("annotations of which JSON-MIN does not say who saved them last", person)
    return TaskAnnotation(str(record["annotation_id"]), person, "", _utc_time(record.get("updated_at")), False, results)


def _annotations_of(record: Any) -> list[Any]:
    """Return a task's annotations as they are in the export."""
    values = (record.get(key) for key in _ANNOTATION_KEYS) if isinstance(record, dict) else ()
    return next((value for value in values if isinstance(value, list)), [])


def _email_by_id(records: Iterator[Any]) -> dict[str, str]:
    """Return people's e-mail addresses by their numbers, where an export has both."""
    emails: dict[str, str] = {}
    for record in records:
        for annotation in _annotations_of(record):
            person = annotation.get("completed_by") if isinstance(annotation, dict) else None
            if isinstance(person, dict) and person.get("id") is not None and isinstance(person.get("email"), str):
                emails[str(person["id"])] = person["email"]
    return emails


def _person_name(person: Any, names: Mapping[str, str]) -> str:
    """Return a person's e-mail address, else their number."""
    if isinstance(person, dict):
        person = person.get("email") or person.get("id")
    return names.get(str(person), str(person)) if person not in (None, "") else UNKNOWN_PERSON


def choose_person(tasks: Sequence[ExportedTask], source: SourceFile, person: str | None) -> str:
    """Return the requested person, or the only one who annotated; raises DataError (convert-person) otherwise."""
    counts = Counter(annotation.person for task in tasks for annotation in task.annotations)
    people = ", ".join(f"{name} ({count:,})" for name, count in sorted(counts.items()))
    if person is not None and person not in counts:
        raise source.error("convert-person", f"nobody called {quote(person)} annotated; but {people} did")
    if person is None and len(counts) > 1:
        raise source.error("convert-person", f"{len(counts)} people annotated: {people}")
    return person or next(iter(counts), UNKNOWN_PERSON)


def _utc_time(value: Any) -> str:
    """Return a time in UTC, as we write it; empty if it is no time."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError):
        return ""


def duplicate_origins(
    annotation: dict[str, Any], annotations: Sequence[dict[str, Any]]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the number and content of the annotation that one was duplicated from, then of its origin, and so on.

    The content is empty if the annotation is no longer there.
    """
    for _ in annotations:  # ends even if a file has two duplicates of each other
        parent = annotation.get("parent_annotation")
        if parent is None:
            return
        annotation = next((each for each in annotations if each.get("id") == parent), {})
        yield parent, annotation
