"""Bytes of tasks as Label Studio gives them back to records of what is read of them, and of nothing else.

A task of an export is mostly a copy of what people started from. Of that only the signature is kept, so that a
task costs a third of the time and memory of its whole JSON. Of a key that stands twice the last counts, as in
Label Studio itself; what is read is checked as a whole later, so that nobody gains anything by a second one.
"""

from typing import Any, Final, NotRequired, Required, TypedDict

import msgspec

Task = dict[str, Any]

MALFORMED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises; the first where the JSON is well-formed, but not of the wanted form: ValidationError."""


class _Mark(TypedDict, total=False):
    """Of a prediction's result: enough to tell what the prediction shows."""

    from_name: Any
    meta: Any


class _Prediction(TypedDict, total=False):
    id: Any
    model_version: Any
    result: list[_Mark] | None


class _Annotation(TypedDict, total=False):
    id: Any
    completed_by: Any
    was_cancelled: Any
    created_at: Any
    updated_at: Any
    parent_prediction: Any
    prediction: _Prediction | int | None
    result: Required[list[Any]]


class _Task(TypedDict):
    id: NotRequired[Any]
    data: dict[str, Any]
    annotations: list[_Annotation]
    predictions: NotRequired[list[_Prediction | int]]
    drafts: NotRequired[list[Any] | None]


class _Of(msgspec.Struct):
    article: Any = None
    project: Any = None


class Heading(msgspec.Struct):
    """Which task it is, and of what: its number, and the article and the project that its data name."""

    data: _Of
    id: Any = None

    @property
    def article(self) -> str:
        """Return the article's id, as far as the task has one."""
        return str(self.data.article or "")


class _Page(msgspec.Struct):
    tasks: list[msgspec.Raw]


_TASK: Final = msgspec.json.Decoder(_Task)
_HEADING: Final = msgspec.json.Decoder(Heading)
_PAGE: Final = msgspec.json.Decoder(_Page)


def task(data: bytes | msgspec.Raw) -> Task:
    """Return a task with ``data``, annotations, and of its predictions the signatures; raises MALFORMED."""
    return _TASK.decode(data)  # type: ignore[return-value]


def heading(data: bytes | msgspec.Raw) -> Heading:
    """Return which task it is; raises MALFORMED."""
    return _HEADING.decode(data)


def page(data: bytes) -> list[msgspec.Raw]:
    """Return the tasks of an answer of the server, each as it stands there; raises MALFORMED."""
    return _PAGE.decode(data).tasks
