"""Tasks of a queue: one for each article with labels that people decide on, which are its regions.

A region has the id of its line in the queue, and the label that is split; people give it one of the others. For the
label of a whole article there is a choice beside the text. Nothing is read or written here.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.migration_queue import QueueFile, QueueLine
from pactwire.labelstudio import labeling_config
from pactwire.labelstudio.attribute_controls import CHOICES, region_names
from pactwire.labelstudio.encoder import control_result
from pactwire.labelstudio.prediction_provenance import CURRENT_VERSION
from pactwire.labelstudio.queue_project import QUEUE
from pactwire.labelstudio.schema_mapping import LABEL, TEXT
from pactwire.labelstudio.task_builder import Task, encode_task
from pactwire.model.issues import Issue
from pactwire.model.layers import Label
from pactwire.text import offsets

ARTICLE: Final = "article_label"
"""The control of a line about the label of a whole article."""


def queue_config(data: Corpus, queue: QueueFile) -> str:
    """Return the labeling config of a queue that has lines, in the form that the server keeps."""
    first = queue.lines[0]
    declared = {label.name: label for label in data.schema.labels(first.layer, first.attribute)}
    labels = [declared.get(name, Label(name, name, "")) for name in _names(first)]
    has_articles = any(line.start is None for line in queue.lines)
    return labeling_config.queue_config(labels, ARTICLE if has_articles else "").strip()


def _names(line: QueueLine) -> list[str]:
    return list(dict.fromkeys([line.origin, *line.options]))


def build_task(data: Corpus, article: str, lines: Sequence[QueueLine], guidelines: str) -> tuple[Task, list[Issue]]:
    """Return the task of an article with its open lines, and an issue for each that does not lie in the text shown."""
    about, final = data.articles[article], data.final_document(article)
    zones = (final.get("zones") if final else None) or data.zones(about)
    task = encode_task(data.schema, about, zones, "labels", guidelines=guidelines)
    task["data"]["project"] = QUEUE
    results, issues = encode_lines(lines, task["data"])
    prediction = {"model_version": CURRENT_VERSION, "result": results}
    return {"data": task["data"], "predictions": [prediction], "meta": task_meta(lines)}, issues


def task_meta(lines: Sequence[QueueLine]) -> dict[str, Any]:
    """Return the ``meta`` of a task, which tells a later push which lines it shows."""
    return {"pactwire": {"lines": sorted(line.id for line in lines)}}


def encode_lines(lines: Sequence[QueueLine], data: Any) -> tuple[list[dict[str, Any]], list[Issue]]:
    """Return the results that show open lines over the text of a task, and an issue for each that can't be shown."""
    results: list[dict[str, Any]] = []
    issues = []
    for line in lines:
        if line.start is None or line.end is None:
            results.append(control_result(line.id, ARTICLE, CHOICES, {}, [line.origin]))
            continue
        place = offsets.to_content(data["segments"], line.start, line.end)
        if place is None:
            message = f"{line.start}:{line.end} lies outside the text that is labeled; answer it in the file"
            issues.append(Issue(data["article"], 1, "on-furniture", message, line.id))
            continue
        span = {"start": place[0], "end": place[1]}
        result = control_result(line.id, LABEL, "labels", span, [region_names(_names(line))[line.origin]])
        result["value"]["text"] = data["text"][place[0] : place[1]]
        results.append(result)
    return results, issues


def decode_answers(results: Sequence[Any], lines: Sequence[QueueLine], data: Any) -> tuple[dict[str, str], list[str]]:
    """Return the labels that people chose, by line, and what is wrong with the results, in words.

    A line whose region still has the label that is split has no answer.
    """
    chosen: dict[str, str] = {}
    flaws: list[str] = []
    known = {line.id: line for line in lines}
    places = {each["id"]: each["value"] for each in encode_lines(lines, data)[0]}
    for name, labels, value in _choices(results):
        line = known.get(name) or next((each for each in lines if value is None and each.start is None), None)
        if line is None:
            flaws.append(f"the region {name} is no place of the queue: {', '.join(labels)}")
            continue
        if value is not None:
            names = {shown: label for label, shown in region_names(_names(line)).items()}
            labels = [names.get(label, label) for label in labels]
        if len(labels) != 1 or labels[0] not in _names(line):
            flaws.append(f"{line.id} has {', '.join(labels) or 'no label'}; allowed are: {', '.join(_names(line))}")
        elif value and any(value.get(key) != places.get(line.id, {}).get(key) for key in ("start", "end")):
            flaws.append(f"the boundaries of {line.id} were moved")
        elif labels[0] in line.options:
            chosen[line.id] = labels[0]
    return chosen, flaws


def _choices(results: Sequence[Any]) -> Iterator[tuple[str, list[str], dict[str, Any] | None]]:
    """Yield (id, labels, place) of what has a label; without a place for the label of the whole article."""
    for result in results:
        value = result.get("value") or {}
        if result.get("from_name") == LABEL:
            yield str(result.get("id")), [str(label) for label in value.get("labels") or ()], value
        elif result.get("from_name") == ARTICLE and result.get("to_name") == TEXT:
            yield str(result.get("id")), [str(label) for label in value.get("choices") or ()], None
