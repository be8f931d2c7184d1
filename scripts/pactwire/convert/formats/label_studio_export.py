"""Label Studio exports, JSON and JSON-MIN, of any project (https://labelstud.io/guide/export).

A task has a text in its data. Mentions are the results of type ``labels``: ``start`` and ``end`` are half-open code
points, and each of its labels is a mention. Results about a region are its attributes, relations those of mentions,
and results about the task properties of the article, each by the name of its control.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pactwire.convert.formats import label_studio_tasks
from pactwire.convert.formats.label_studio_tasks import LABELS_RESULT, ExportedTask, TaskAnnotation
from pactwire.convert.imported_document import (
    UNTYPED_SPAN,
    AttributeValue,
    ImportedDocument,
    ImportedMention,
    ImportedRelation,
    RawSpan,
    SourceFile,
    field_values,
)
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError

_RELATION: Final = "relation"
_TEXT_AREA: Final = "textarea"


def read_documents(
    records: Iterable[tuple[int, Any] | DataError], source: SourceFile, fields: Mapping[str, str], person: str | None
) -> Iterator[ImportedDocument | DataError]:
    """Yield the documents of an export with one person's annotations, and a DataError for each unreadable record.

    Args:
        records: (line, record) pairs in order, or errors, which are passed on.
        source: The file's name in issues, and its time.
        fields: May name the field of a task's data with the text (``text``).
        person: Whose annotations to read; None if only one person annotated.

    Raises:
        DataError: Several people annotated and none is named (convert-person); several fields may be the text
            (convert-record).
    """
    parsed: list[tuple[int, Any]] = []
    for record in records:
        if isinstance(record, DataError):
            yield record
        else:
            parsed.append(record)
    tasks, errors = label_studio_tasks.parse_tasks(parsed, source)
    yield from errors
    person = label_studio_tasks.choose_person(tasks, source, person)
    text_field = fields.get("text") or _text_field(tasks, source)
    for task in tasks:
        if isinstance(task.data.get(text_field), str):
            yield _task_document(task, text_field, person, source)
        else:
            message = f"the task {task.id} has no {text_field} that is a string"
            yield source.unreadable(task.line, "convert-record", message)


# --- the text


def _text_field(tasks: Sequence[ExportedTask], source: SourceFile) -> str:
    """Return the field with the text: the one that results name, or that contains all their words, or the only one.

    An export does not contain the labeling configuration, which names it.
    """
    counts = Counter(name for task in tasks for name, value in task.data.items() if isinstance(value, str))
    fields = [name for name, count in counts.items() if count == len(tasks)] or list(counts)
    labeled = [
        (task.data, result)
        for task in tasks
        for annotation in task.annotations
        for result in annotation.results
        if isinstance(result, dict) and result.get("type") == LABELS_RESULT
    ]
    named = {str(result.get("to_name")) for _, result in labeled} & set(fields)
    matching = [
        name for name in fields if labeled and all(_words_match(data.get(name), result) for data, result in labeled)
    ]
    for choice in (named, matching, fields, {"text"} & set(fields)):
        if len(choice) == 1:
            return next(iter(choice))
    message = f"the text may be in {', '.join(fields)}" if fields else "no task has a text"
    raise source.error("convert-record", message)


def _words_match(text: Any, result: dict[str, Any]) -> bool:
    value = result.get("value")
    if not isinstance(text, str) or not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return False
    start, end = value.get("start"), value.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        return False
    return _region_words(value["text"], text[start:end]) == text[start:end]


def _region_words(stated: str, covered: str) -> str:
    """Return the words of a region: those that it covers if it differs only in white space, else those it states.

    Label Studio writes a line end as two characters, a backslash and an n.
    """
    plain = stated.replace("\\n", "\n")
    return covered if stated == covered or plain.split() == covered.split() else plain


# --- documents


def _task_document(task: ExportedTask, text_field: str, person: str, source: SourceFile) -> ImportedDocument:
    """Return a task's document; several annotations by the person, or a shared one, are an issue."""
    document = source.document(task.id, task.data[text_field])
    document.omitted = task.omitted
    others = {name: value for name, value in task.data.items() if name != text_field}
    for name, value in document.stated.take_fields(others, document.omitted).items():
        document.add_property(name, value)
    for annotation in task.annotations:
        if annotation.shared:
            document.add_issue(task.line, "annotation-shared", f"the task {task.id}: {annotation.shared}")
    own = [annotation for annotation in task.annotations if annotation.person == person]
    document.omitted.add("annotations by other people", count=len(task.annotations) - len(own))
    gold = [annotation for annotation in own if annotation.is_gold]
    if len(own) > 1 and len(gold) != 1:
        numbers = ", ".join(annotation.id for annotation in own)
        message = f"{person} made several annotations of the task {task.id}: {numbers}"
        document.add_issue(task.line, "convert-person", message)
    elif own:
        (chosen,) = gold or own
        document.omitted.add("annotations beside one that is ground truth", count=len(own) - 1)
        document.modified = chosen.modified or document.modified
        document.mentions = list(_mentions(chosen, task, document))
    return document


def _mentions(annotation: TaskAnnotation, task: ExportedTask, document: ImportedDocument) -> Iterator[ImportedMention]:
    """Yield the mentions of an annotation; other results are counted by type and control."""
    objects = {str(result.get("to_name")) for result in annotation.results if _is_region(result)}
    if len(objects) > 1:
        message = f"the task {task.id} has regions on several texts: {', '.join(sorted(objects))}"
        document.add_issue(task.line, "convert-record", message)
    regions = [result for result in annotation.results if _is_region(result)]
    attributes: dict[str, dict[str, tuple[AttributeValue, ...]]] = {str(each.get("id")): {} for each in regions}
    for result in annotation.results:
        if not _is_region(result):
            _read_result(result, attributes, document, task.line)
    for region in regions:
        yield from _region_mentions(region, attributes[str(region.get("id"))], task, document)


def _is_region(result: Any) -> bool:
    return isinstance(result, dict) and str(result.get("type")).endswith(LABELS_RESULT)


def _region_mentions(
    result: dict[str, Any],
    attributes: dict[str, tuple[AttributeValue, ...]],
    task: ExportedTask,
    document: ImportedDocument,
) -> Iterator[ImportedMention]:
    """Yield a mention for each label of a region; a region without offsets in a text is an issue."""
    value, region_id, result_type = result.get("value"), str(result.get("id") or ""), str(result.get("type"))
    start, end = (value.get(key) if isinstance(value, dict) else None for key in ("start", "end"))
    if result_type != LABELS_RESULT or not isinstance(value, dict) or type(start) is not int or type(end) is not int:
        region = f"the region {region_id or str(value)[:60]} of the task {task.id}"
        message = f"{region} has the type {result_type}, without offsets in a text"
        document.add_issue(task.line, "convert-record", message)
        return
    stated = value.get("text")
    words = _region_words(stated, document.raw[start:end]) if isinstance(stated, str) and stated else None
    origin = result.get("origin") if str(result.get("origin", "")).startswith("prediction") else None
    for name, own in (("meta", result.get("meta")), ("score", result.get("score")), ("origin", origin)):
        attributes = {**attributes, **field_values(name, own)}
    for index, label in enumerate(_labels(value.get(LABELS_RESULT), UNTYPED_SPAN)):
        span = RawSpan(label, ((start, end),), words)
        yield ImportedMention(region_id if index == 0 else "", task.line, span, attributes=attributes)


def _read_result(
    result: Any,
    attributes: dict[str, dict[str, tuple[AttributeValue, ...]]],
    document: ImportedDocument,
    line: int,
) -> None:
    """Read a result that is no region: a relation, an attribute of a region, or one of the task, by its control.

    Args:
        result: The result.
        attributes: Those of each region by its id; receives the result's values.
        document: The task's document; receives relations and properties, and counts what is none of these.
        line: The line of the task.
    """
    value = result.get("value") if isinstance(result, dict) else None
    if isinstance(result, dict) and result.get("type") == _RELATION:
        document.relations += _relations(result, line)
    elif not isinstance(result, dict) or not isinstance(value, dict):
        document.omitted.add("results without a value", str(result)[:60])
    else:
        chosen = value.get("text" if result.get("type") == _TEXT_AREA else str(result.get("type")))
        name = str(result.get("from_name"))
        if str(result.get("id")) in attributes:
            attributes[str(result.get("id"))].update(field_values(name, chosen))
        elif "start" in value:
            document.omitted.add(f"values of {quote(name)} about no region", str(chosen))
        else:
            document.add_property(name, chosen)


def _relations(result: dict[str, Any], line: int) -> Iterator[ImportedRelation]:
    """Yield a relation for each label of a relation, one without labels by its type; two if it has no direction."""
    source, target = str(result.get("from_id")), str(result.get("to_id"))
    ends = {"left": [(target, source)], "bi": [(source, target), (target, source)]}
    for name in _labels(result.get("labels"), _RELATION):
        for each in ends.get(str(result.get("direction")), [(source, target)]):
            yield ImportedRelation(name, *each, line)


def _labels(value: Any, default: str) -> list[str]:
    """Return the labels of a result: those in a list, or one by itself, or the default where it has none."""
    labels = value if isinstance(value, list) else [value]
    return [str(label) for label in labels if label is not None] or [default]
