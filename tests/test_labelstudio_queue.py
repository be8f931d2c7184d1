"""The config, tasks and answers of a queue, without a server."""

from typing import Any, cast
from xml.etree import ElementTree as Xml

import pytest

from pactwire.corpus.migration_queue import QueueLine
from pactwire.labelstudio import labeling_config, queue_push, queue_tasks
from pactwire.labelstudio.projects import Project
from pactwire.model.layers import Label

NAMES = ["old, $one", "A,B", "A;B", "$x", "plain"]
TASK = {"article": "a", "text": "Rome", "segments": [{"content": 0, "source": 0, "length": 4}]}


@pytest.mark.parametrize("answer", NAMES[1:])
@pytest.mark.parametrize("is_article", [False, True])
def test_labels_with_signs_of_their_own_come_back(answer: str, is_article: bool) -> None:
    """The page shows no comma in a region label and no dollar sign; the answer is the label of the schema."""
    start, end = (None, None) if is_article else (0, 4)
    line = QueueLine("a", "places", "type", start, end, None, NAMES[0], NAMES[1:])
    config = Xml.fromstring(labeling_config.queue_config([Label(name, name, "") for name in NAMES], "article_label"))
    tags = list(config.iter("Choice" if is_article else "Label"))
    assert not [tag for tag in tags if "$" in tag.attrib["value"]]
    given = [tag.get("alias", tag.attrib["value"]) for tag in tags]
    assert len(set(given)) == len(NAMES)
    assert is_article or "," not in "".join(given)
    [result], issues = queue_tasks.encode_lines([line], TASK)
    assert issues == []
    key = "choices" if is_article else "labels"
    assert result["value"][key] == [given[0]]
    assert queue_tasks.decode_answers([result], [line], TASK) == ({}, [])
    result["value"][key] = [given[NAMES.index(answer)]]
    assert queue_tasks.decode_answers([result], [line], TASK) == ({line.id: answer}, [])


class _Server:
    """Stands in for a server with two tasks: one of pactwire, whose lines were all answered, and one of a person."""

    def __init__(self) -> None:
        self.changed: list[tuple[str, Any]] = []

    def tasks(self, project: int, fields: list[str]) -> list[list[Any]]:
        """Return the tasks in pages."""
        own = {"id": 1, "data": TASK, "meta": {"pactwire": {"lines": ["q1"]}}, "predictions": [{"id": 7}]}
        return [[own, {"id": 2, "data": {}, "meta": {}, "predictions": []}]]

    def change(self, path: str, body: Any) -> None:
        """Remember a change."""
        self.changed.append((path, body))


def test_a_task_without_open_lines_shows_none() -> None:
    """What was answered is no longer shown, even if nothing else of the article is open; other tasks are left alone."""
    server, result = _Server(), queue_push.QueuePushResult()
    nothing, project = cast(Any, None), Project(3, "queue", "", "", "", "")
    queue_push._push_tasks(nothing, cast(Any, server), project, {}, "1.0", result, nothing)
    assert (result.there, result.renewed) == (2, 1)
    assert server.changed == [
        ("api/predictions/7/", {"result": []}),
        ("api/tasks/1/", {"meta": {"pactwire": {"lines": []}}}),
    ]
