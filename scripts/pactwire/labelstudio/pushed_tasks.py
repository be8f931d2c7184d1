"""Pushed tasks: what an index keeps of a task for a push, which has to know what each task shows."""

from collections.abc import Collection
from typing import Any, Final

import msgspec

from pactwire.labelstudio.client import ProjectChange, Task
from pactwire.labelstudio.task_index import IndexForm


class PushedTask(msgspec.Struct):
    """What a task shows: an article, its source text, and in ``meta`` the draft that was pushed last.

    ``is_begun`` says whether it has annotations, also skipped ones.
    """

    article: str
    text_sha256: str
    meta: Any
    is_begun: bool


def _summarize(task: Task) -> PushedTask:
    data = task["data"]
    is_begun = bool(task["total_annotations"] or task["cancelled_annotations"])
    return PushedTask(str(data.get("article", "")), str(data.get("text_sha256", "")), task["meta"], is_begun)


def _is_whole(tasks: Collection[PushedTask], change: ProjectChange) -> bool:
    return len(tasks) == change.tasks


PUSHED_TASKS: Final = IndexForm(
    "pushed", ("data", "meta", "total_annotations", "cancelled_annotations"), PushedTask, _summarize, _is_whole
)
