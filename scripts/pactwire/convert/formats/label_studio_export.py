"""Label Studio's own exports, JSON and JSON-MIN, of any project (https://labelstud.io/guide/export) to articles.

A task has a text among its data. Mentions are the results of the type ``labels``: ``start`` and ``end`` in code points,
half-open, and one label or more, each of which is a mention. All other results are counted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pactwire.convert.formats import label_studio_tasks
from pactwire.convert.formats.label_studio_tasks import LABELS_RESULT, ExportedTask, TaskAnnotation
from pactwire.convert.formats.offset_table import UNTYPED_SPAN
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.omissions import Omissions
from pactwire.convert.span_resolution import RawSpan
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue


def read_documents(
    records: Iterable[tuple[int, Any] | DataError],
    file: str,
    fields: Mapping[str, str],
    person: str | None,
    changed: str,
) -> Iterator[ImportedDocument | DataError]:
    """Yield the articles of an export's (place, record), with what ``person`` said, or the only one who said anything.

    ``fields`` may name the data's field with the text. Raises DataError (convert-person) where several people
    labeled and none is named, and (convert-record) where the text may stand in several fields.
    """
    every = list(records)
    yield from (each for each in every if isinstance(each, DataError))
    tasks, strange = label_studio_tasks.parse_tasks([each for each in every if not isinstance(each, DataError)], file)
    yield from (DataError([issue]) for issue in strange)
    who = label_studio_tasks.choose_person(tasks, file, person)
    key = fields.get("text") or _text_field(tasks, file)
    for task in tasks:
        if isinstance(task.data.get(key), str):
            yield _task_document(task, key, who, file, changed)
        else:
            message = f"the task {task.id} has no {key} that is a string"
            yield DataError([Issue(file, task.line, "convert-record", message)])


# --- the text


def _text_field(tasks: Sequence[ExportedTask], file: str) -> str:
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
        if isinstance(result, dict) and result.get("type") == LABELS_RESULT
    ]
    named = {str(result.get("to_name")) for _, result in labeled} & set(fields)
    fitting = [
        key for key in fields if labeled and all(_words_match(data.get(key), result) for data, result in labeled)
    ]
    for choice in (named, fitting, fields, {"text"} & set(fields)):
        if len(choice) == 1:
            return next(iter(choice))
    message = f"the text may stand in {', '.join(fields)}" if fields else "no task has a text"
    raise DataError([Issue(file, 1, "convert-record", message)])


def _words_match(text: Any, result: dict[str, Any]) -> bool:
    value = result.get("value")
    if not isinstance(text, str) or not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return False
    start, end = value.get("start"), value.get("end")
    return (
        isinstance(start, int)
        and isinstance(end, int)
        and _region_words(value["text"], text[start:end]) == text[start:end]
    )


def _region_words(said: str, found: str) -> str:
    """Return the words of a region; those that differ from the text in white space alone, as on the page, are its.

    A line end is two characters there, a backslash and an n.
    """
    plain = said.replace("\\n", "\n")
    return found if said == found or plain.split() == found.split() else plain


# --- articles


def _task_document(task: ExportedTask, key: str, who: str, file: str, changed: str) -> ImportedDocument:
    """Return a task's article with what a person said; more than one thing, or one that two made, is an issue."""
    found = ImportedDocument(
        f"{file}#{task.id}", file, task.data[key], None, changed, task.omitted, offsets_count_decoded=True
    )
    for name, value in task.data.items():
        if name != key:
            found.omitted.add_field(name, value, " of tasks")
    for each in task.annotations:
        if each.shared:
            found.issues.append(Issue(file, task.line, "annotation-shared", f"the task {task.id}: {each.shared}"))
    mine = [each for each in task.annotations if each.person == who]
    others = len(task.annotations) - len(mine)
    found.omitted["annotations by other people"] += others
    gold = [each for each in mine if each.is_gold]
    if len(mine) > 1 and len(gold) != 1:
        numbers = ", ".join(each.id for each in mine)
        message = f"{who} made several annotations of the task {task.id}: {numbers}"
        found.issues.append(Issue(file, task.line, "convert-person", message))
    elif mine:
        (annotation,) = gold or mine
        found.omitted["annotations beside one that is ground truth"] += len(mine) - 1
        found.modified = annotation.modified or changed
        found.mentions = list(_mentions(annotation, task, found))
    return found


def _mentions(annotation: TaskAnnotation, task: ExportedTask, found: ImportedDocument) -> Iterator[ImportedMention]:
    """Yield the mentions of an annotation; results of other types are counted by type and control."""
    objects = {result.get("to_name") for result in annotation.results if _is_region(result)}
    if len(objects) > 1:
        names = ", ".join(sorted(map(str, objects)))
        message = f"the task {task.id} has regions on several texts: {names}"
        found.issues.append(Issue(found.file, task.line, "convert-record", message))
    for result in annotation.results:
        if _is_region(result):
            yield from _region_mentions(result, task, found)
        else:
            _count_result(result, found.omitted)


def _is_region(result: Any) -> bool:
    return isinstance(result, dict) and str(result.get("type")).endswith(LABELS_RESULT)


def _region_mentions(result: dict[str, Any], task: ExportedTask, found: ImportedDocument) -> Iterator[ImportedMention]:
    """Yield a mention for each label of a region; one whose offsets are none of a text's is an issue."""
    value, name = result.get("value"), str(result.get("id") or "")
    kind = str(result.get("type"))
    start, end = (value.get(key) if isinstance(value, dict) else None for key in ("start", "end"))
    if kind != LABELS_RESULT or not isinstance(value, dict) or type(start) is not int or type(end) is not int:
        message = f"the region {name or str(value)[:60]} of the task {task.id} is of the type {kind}, without offsets"
        found.issues.append(Issue(found.file, task.line, "convert-record", f"{message} in a text"))
        return
    said = value.get("text")
    words = _region_words(said, found.raw[start:end]) if isinstance(said, str) and said else None
    labels = value.get(LABELS_RESULT)
    for index, label in enumerate(labels if isinstance(labels, list) and labels else [UNTYPED_SPAN]):
        claimed = RawSpan(str(label), ((start, end),), words)
        yield ImportedMention(name if index == 0 else "", task.line, claimed)
    if str(result.get("origin", "")).startswith("prediction"):
        found.omitted.add(f"origins of mentions: {result['origin']}", words or "")
    for key in ("meta", "score"):
        found.omitted.add_field(key, result.get(key), " of regions")


def _count_result(result: Any, left: Omissions) -> None:
    """Count a result that is no mention: by its type, its control, and whether it is about a mention."""
    if not isinstance(result, dict):
        left.add("results that are no objects", result)
        return
    kind, value = str(result.get("type")), result.get("value")
    if kind == "relation":
        left.add("relations", " ".join(map(str, result.get("labels") or [])))
        return
    about = " of mentions" if isinstance(value, dict) and "start" in value else ""
    said = value.get(kind) if isinstance(value, dict) else None
    left.add(f"{kind}{about} in {quote(str(result.get('from_name')))}", re.sub(r"[\[\]']", "", str(said or "")))
