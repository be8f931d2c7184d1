"""Label Studio's own exports, JSON and JSON-MIN, of any project (https://labelstud.io/guide/export) to articles.

A task has a text among its data. Mentions are the results of the type ``labels``: ``start`` and ``end`` in code points,
half-open, and one label or more, each of which is a mention. All other results are counted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pactwire.convert import label_studio_tasks
from pactwire.convert.imported_document import Foreign, Mention
from pactwire.convert.label_studio_tasks import LABELS, Annotation, Task
from pactwire.convert.losses import Losses
from pactwire.convert.offset_table import UNTYPED
from pactwire.convert.span_resolution import Claimed
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue


def read(
    records: Iterable[tuple[int, Any] | DataError],
    file: str,
    fields: Mapping[str, str],
    person: str | None,
    changed: str,
) -> Iterator[Foreign | DataError]:
    """Yield the articles of an export's (place, record), with what ``person`` said, or the only one who said anything.

    ``fields`` may name the data's field with the text. Raises DataError (convert-person) where several people
    labeled and none is named, and (convert-record) where the text may stand in several fields.
    """
    every = list(records)
    yield from (each for each in every if isinstance(each, DataError))
    tasks, strange = label_studio_tasks.tasks([each for each in every if not isinstance(each, DataError)], file)
    yield from (DataError([issue]) for issue in strange)
    who = label_studio_tasks.chosen(tasks, file, person)
    key = fields.get("text") or _text_field(tasks, file)
    for task in tasks:
        if isinstance(task.data.get(key), str):
            yield _article(task, key, who, file, changed)
        else:
            message = f"the task {task.id} has no {key} that is a string"
            yield DataError([Issue(file, task.line, "convert-record", message)])


# --- the text


def _text_field(tasks: Sequence[Task], file: str) -> str:
    """Return the field that holds the text: the one that results name, or in which all their words stand, or the only.

    The labeling configuration, which says it, is no part of an export.
    """
    held = Counter(key for task in tasks for key, value in task.data.items() if isinstance(value, str))
    fields = [key for key, count in held.items() if count == len(tasks)] or list(held)
    labeled = [
        (task.data, result)
        for task in tasks
        for each in task.annotations
        for result in each.results
        if isinstance(result, dict) and result.get("type") == LABELS
    ]
    named = {str(result.get("to_name")) for _, result in labeled} & set(fields)
    fitting = [key for key in fields if labeled and all(_fits(data.get(key), result) for data, result in labeled)]
    for choice in (named, fitting, fields, {"text"} & set(fields)):
        if len(choice) == 1:
            return next(iter(choice))
    message = f"the text may stand in {', '.join(fields)}" if fields else "no task has a text"
    raise DataError([Issue(file, 1, "convert-record", message)])


def _fits(text: Any, result: dict[str, Any]) -> bool:
    value = result.get("value")
    if not isinstance(text, str) or not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return False
    start, end = value.get("start"), value.get("end")
    return isinstance(start, int) and isinstance(end, int) and _words(value["text"], text[start:end]) == text[start:end]


def _words(said: str, found: str) -> str:
    """Return the words of a region; those that differ from the text in white space alone, as on the page, are its.

    A line end is two characters there, a backslash and an n.
    """
    plain = said.replace("\\n", "\n")
    return found if said == found or plain.split() == found.split() else plain


# --- articles


def _article(task: Task, key: str, who: str, file: str, changed: str) -> Foreign:
    """Return a task's article with what a person said; more than one thing, or one that two made, is an issue."""
    found = Foreign(f"{file}#{task.id}", file, task.data[key], None, changed, task.left, as_it_stands=True)
    for name, value in task.data.items():
        if name != key:
            found.left.field(name, value, " of tasks")
    for each in task.annotations:
        if each.shared:
            found.issues.append(Issue(file, task.line, "annotation-shared", f"the task {task.id}: {each.shared}"))
    mine = [each for each in task.annotations if each.person == who]
    others = len(task.annotations) - len(mine)
    found.left["annotations by other people"] += others
    gold = [each for each in mine if each.is_gold]
    if len(mine) > 1 and len(gold) != 1:
        numbers = ", ".join(each.id for each in mine)
        message = f"{who} made several annotations of the task {task.id}: {numbers}"
        found.issues.append(Issue(file, task.line, "convert-person", message))
    elif mine:
        (annotation,) = gold or mine
        found.left["annotations beside one that is ground truth"] += len(mine) - 1
        found.changed = annotation.changed or changed
        found.mentions = list(_mentions(annotation, task, found))
    return found


def _mentions(annotation: Annotation, task: Task, found: Foreign) -> Iterator[Mention]:
    """Yield the mentions of an annotation; results of other types are counted by type and control."""
    objects = {result.get("to_name") for result in annotation.results if _is_span(result)}
    if len(objects) > 1:
        names = ", ".join(sorted(map(str, objects)))
        message = f"the task {task.id} has regions on several texts: {names}"
        found.issues.append(Issue(found.file, task.line, "convert-record", message))
    for result in annotation.results:
        if _is_span(result):
            yield from _region(result, task, found)
        else:
            _count(result, found.left)


def _is_span(result: Any) -> bool:
    return isinstance(result, dict) and str(result.get("type")).endswith(LABELS)


def _region(result: dict[str, Any], task: Task, found: Foreign) -> Iterator[Mention]:
    """Yield a mention for each label of a region; one whose offsets are none of a text's is an issue."""
    value, name = result.get("value"), str(result.get("id") or "")
    kind = str(result.get("type"))
    start, end = (value.get(key) if isinstance(value, dict) else None for key in ("start", "end"))
    if kind != LABELS or not isinstance(value, dict) or type(start) is not int or type(end) is not int:
        message = f"the region {name or str(value)[:60]} of the task {task.id} is of the type {kind}, without offsets"
        found.issues.append(Issue(found.file, task.line, "convert-record", f"{message} in a text"))
        return
    said = value.get("text")
    words = _words(said, found.raw[start:end]) if isinstance(said, str) and said else None
    labels = value.get(LABELS)
    for index, label in enumerate(labels if isinstance(labels, list) and labels else [UNTYPED]):
        claimed = Claimed(str(label), ((start, end),), words)
        yield Mention(name if index == 0 else "", task.line, claimed)
    if str(result.get("origin", "")).startswith("prediction"):
        found.left.note(f"origins of mentions: {result['origin']}", words or "")
    for key in ("meta", "score"):
        found.left.field(key, result.get(key), " of regions")


def _count(result: Any, left: Losses) -> None:
    """Count a result that is no mention: by its type, its control, and whether it is about a mention."""
    if not isinstance(result, dict):
        left.note("results that are no objects", result)
        return
    kind, value = str(result.get("type")), result.get("value")
    if kind == "relation":
        left.note("relations", " ".join(map(str, result.get("labels") or [])))
        return
    about = " of mentions" if isinstance(value, dict) and "start" in value else ""
    said = value.get(kind) if isinstance(value, dict) else None
    left.note(f"{kind}{about} in {quote(str(result.get('from_name')))}", re.sub(r"[\[\]']", "", str(said or "")))
