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
from pactwire.convert.losses import Losses
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue

LABELS: Final = "labels"
"""The type of a result that labels a stretch of a Text object."""
UNKNOWN: Final = "unknown"
"""What a person is called whom the export does not name."""
_MINIMAL: Final = ("annotation_id", "annotator")
_BOOKKEEPING: Final = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time")
_ANNOTATIONS: Final = ("annotations", "completions")
"""Where a task has its annotations: since version 1.0, and before."""


class Annotation(NamedTuple):
    """What one person said of a task: the results.

    ``shared`` says how a second person had a hand in it, or nothing; ``changed`` is the time of the last change.
    """

    id: str
    person: str
    shared: str
    changed: str
    is_gold: bool
    results: list[Any]


@dataclass
class Task:
    """A task of either form: its data, and the annotations that count."""

    id: str
    line: int
    data: dict[str, Any]
    annotations: list[Annotation] = field(default_factory=list)
    left: Losses = field(default_factory=Losses)


def is_task(record: Mapping[str, Any]) -> bool:
    """Say whether a record is a task of the full export."""
    return isinstance(record.get("data"), dict) and any(isinstance(record.get(key), list) for key in _ANNOTATIONS)


def is_minimal(record: Mapping[str, Any]) -> bool:
    """Say whether a record is one of JSON-MIN."""
    return all(key in record for key in _MINIMAL)


def tasks(records: Sequence[tuple[int, Any]], file: str) -> tuple[list[Task], list[Issue]]:
    """Return the tasks of either form, and an issue for each record that is none or belongs to Pactwire's projects."""
    tasks: dict[str, Task] = {}
    issues: list[Issue] = []
    names = _names(record for _, record in records)
    for line, record in records:
        if not isinstance(record, dict) or not (is_task(record) or is_minimal(record)):
            issues.append(Issue(file, line, "convert-record", "it is no task of Label Studio"))
        elif {"project", "article", "segments"} <= set(record.get("data", record)):
            issues.append(Issue(file, line, "convert-ours", "it is a task of Pactwire, whose offsets count zones"))
        elif is_task(record):
            task = Task(str(record.get("id", line)), line, record["data"])
            tasks[f"{task.id}#{line}"] = task
            _full(task, record, names)
        else:
            identity = str(record.get("id", line))
            data = {key: value for key, value in record.items() if key not in _BOOKKEEPING}
            task = tasks.setdefault(identity, Task(identity, line, {}))
            task.data = {key: value for key, value in data.items() if isinstance(value, str)} | task.data
            task.annotations.append(_flat(record, data, task, names))
    return list(tasks.values()), issues


def _full(task: Task, record: dict[str, Any], names: Mapping[str, str]) -> None:
    """Take the annotations of a task that count; count those that were skipped, drafts and predictions."""
    for annotation in _listed(record):
        if not isinstance(annotation, dict):
            continue
        drafts = annotation.get("drafts") or annotation.get("draft")
        task.left["drafts, which nobody submitted"] += len(drafts) if isinstance(drafts, list) else bool(drafts)
        person = _called(annotation.get("completed_by"), names)
        if annotation.get("was_cancelled") or annotation.get("skipped"):
            task.left.note("annotations that were skipped (was_cancelled)", f"{person}, task {task.id}")
            continue
        declined, unknown = acceptance.against(_decisions(annotation))
        if declined or unknown:
            task.left.note(f"annotations with {declined or unknown}", f"{person}, task {task.id}")
            continue
        results = annotation.get("result")
        task.annotations.append(
            Annotation(
                str(annotation.get("id", "")), person, _shared(annotation, record, person, names),
                _time(annotation.get("updated_at")), annotation.get("ground_truth") is True,
                results if isinstance(results, list) else [],
            )
        )  # fmt: skip
    for key, what in (
        ("predictions", "predictions, which no person made"),
        ("drafts", "drafts, which nobody submitted"),
    ):
        found = record.get(key)
        for each in found if isinstance(found, list) else ():
            task.left.note(what, each.get("model_version", "") if isinstance(each, dict) else each)
    for key in ("meta", "comment_authors"):
        task.left.field(key, record.get(key), " of tasks")


def _decisions(annotation: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an annotation that decide on it, and the last review; not being ground truth is none."""
    said = {key: value for key, value in annotation.items() if key != "ground_truth"}
    reviews = annotation.get("reviews")
    last = reviews[-1] if isinstance(reviews, list) and reviews else None
    return said | ({"review.accepted": last.get("accepted")} if isinstance(last, dict) else {})


def _shared(annotation: dict[str, Any], record: dict[str, Any], person: str, names: Mapping[str, str]) -> str:
    """Say whose work an annotation is besides its owner's: who saved it last, or whose it was duplicated from."""
    number, editor = annotation.get("id"), annotation.get("updated_by")
    if editor is not None and _called(editor, names) != person:
        return f"the annotation {number} is by {person}, but {_called(editor, names)} saved it last"
    every = [each for each in _listed(record) if isinstance(each, dict)]
    for parent, original in origins(annotation, every):
        if not original or _called(original.get("completed_by"), names) != person:
            return f"the annotation {number} by {person} is a duplicate of the annotation {parent}"
    return ""


def _flat(record: dict[str, Any], data: dict[str, Any], task: Task, names: Mapping[str, str]) -> Annotation:
    """Return the annotation that a record of JSON-MIN is: its regions are lists of objects with start and labels."""
    results: list[Any] = []
    for key, value in data.items():
        regions = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
        if any(LABELS in each or "start" in each for each in regions):
            results += [{"type": LABELS, "value": each, "to_name": ""} for each in regions]
        elif not isinstance(value, str):
            task.left.field(key, value, " of tasks")
    person = _called(record["annotator"], names)
    task.left.note("annotations of which JSON-MIN does not say who saved them last", person)
    return Annotation(str(record["annotation_id"]), person, "", _time(record.get("updated_at")), False, results)


def _listed(record: Any) -> list[Any]:
    """Return a task's annotations as they stand in the export."""
    found = (record.get(key) for key in _ANNOTATIONS) if isinstance(record, dict) else ()
    return next((each for each in found if isinstance(each, list)), [])


def _names(records: Iterator[Any]) -> dict[str, str]:
    """Return the e-mail addresses of people by their numbers, as far as an export says both."""
    found: dict[str, str] = {}
    for record in records:
        for each in _listed(record):
            who = each.get("completed_by") if isinstance(each, dict) else None
            if isinstance(who, dict) and who.get("id") is not None and isinstance(who.get("email"), str):
                found[str(who["id"])] = who["email"]
    return found


def _called(who: Any, names: Mapping[str, str]) -> str:
    """Return what a person is called: an e-mail address, or else a number."""
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return names.get(str(who), str(who)) if who not in (None, "") else UNKNOWN


def chosen(tasks: Sequence[Task], file: str, person: str | None) -> str:
    """Return whose annotations are taken."""
    counts = Counter(each.person for task in tasks for each in task.annotations)
    people = ", ".join(f"{name} ({count:,})" for name, count in sorted(counts.items()))
    if person is not None and person not in counts:
        raise DataError(
            [Issue(file, 1, "convert-person", f"nobody called {quote(person)} annotated; but {people} did")]
        )
    if person is None and len(counts) > 1:
        raise DataError([Issue(file, 1, "convert-person", f"{len(counts)} people annotated: {people}")])
    return person or next(iter(counts), UNKNOWN)


def _time(value: Any) -> str:
    """Return a time of theirs as one of ours, or nothing."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError):
        return ""


def origins(annotation: dict[str, Any], annotations: Sequence[dict[str, Any]]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield what an annotation was duplicated from, what that was, and so on: number and annotation, empty if gone."""
    for _ in annotations:  # an end also where a file says that two are duplicates of each other
        parent = annotation.get("parent_annotation")
        if parent is None:
            return
        annotation = next((each for each in annotations if each.get("id") == parent), {})
        yield parent, annotation
