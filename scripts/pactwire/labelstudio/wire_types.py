"""Bytes of tasks as Label Studio gives them back to records of what is read of them, and of nothing else.

A task of an export is mostly a copy of what people started from. Of that only the signature is read (`decode_marks`),
so that a task costs a third of the time and memory of its whole JSON. Of a key that stands twice the last counts, as
in Label Studio itself; what is read is checked as a whole later, so that nobody gains anything by a second one.
"""

from typing import Any, Final, Generic, NotRequired, Required, TypedDict, TypeVar

import msgspec

Task = dict[str, Any]
R = TypeVar("R")

MALFORMED_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises; the first where the JSON is well-formed, but not of the wanted form: ValidationError."""


class RawValue(msgspec.Struct, gc=False):
    """The value of a result, as far as it is read; None where a key is missing."""

    start: Any = None
    end: Any = None
    text: Any = None
    labels: Any = None
    choices: Any = None
    taxonomy: Any = None


class RawResult(msgspec.Struct, gc=False):
    """A result of any form, as far as it is read; None where a key is missing, or where the value is no object.

    It is made in half the time of a dict, and what is asked of it is there at once.
    """

    id: Any = None
    type: Any = None
    from_name: Any = None
    to_name: Any = None
    value: RawValue | None = None
    meta: Any = None
    origin: Any = None
    from_id: Any = None
    to_id: Any = None
    labels: Any = None
    direction: Any = "right"


class _ResultMark(TypedDict, total=False):
    """Of a prediction's result: enough to tell what the prediction shows."""

    from_name: Any
    meta: Any


class _Prediction(TypedDict, total=False):
    id: Any
    model_version: Any
    result: msgspec.Raw


class _Annotation(TypedDict, Generic[R], total=False):
    id: Any
    completed_by: Any
    updated_by: Any
    was_cancelled: Any
    created_at: Any
    updated_at: Any
    parent_prediction: Any
    parent_annotation: Any
    prediction: _Prediction | int | None
    result: Required[list[R]]


class _Task(TypedDict, Generic[R]):
    id: NotRequired[Any]
    data: dict[str, Any]
    annotations: list[_Annotation[R]]
    predictions: NotRequired[list[_Prediction | int]]
    drafts: NotRequired[list[Any] | None]


class _HeadingData(msgspec.Struct):
    article: Any = None
    project: Any = None


class TaskHeading(msgspec.Struct):
    """Which task it is, and of what: its number, and the article and the project that its data name."""

    data: _HeadingData
    id: Any = None

    @property
    def article(self) -> str:
        """Return the article's id, as far as the task has one."""
        return str(self.data.article or "")


class _Page(msgspec.Struct):
    tasks: list[msgspec.Raw]


_TASK: Final = msgspec.json.Decoder(_Task[RawResult])
_ODD_TASK: Final = msgspec.json.Decoder(_Task[Any])
_MARKS: Final = msgspec.json.Decoder(list[_ResultMark])
_HEADING: Final = msgspec.json.Decoder(TaskHeading)
_PAGE: Final = msgspec.json.Decoder(_Page)


def decode_task(data: bytes | msgspec.Raw) -> Task:
    """Return a task with ``data``, annotations, and predictions whose results are bytes; raises MALFORMED.

    An annotation's results are Result, or as they stand there where one of the task's is of no such form.
    """
    try:
        return _TASK.decode(data)  # type: ignore[return-value]
    except msgspec.ValidationError:
        return _ODD_TASK.decode(data)  # type: ignore[return-value]


def convert_result(value: Any) -> RawResult | None:
    """Return a result that was not read as one; None where it is no object."""
    if not isinstance(value, dict):
        return None
    inner = value.get("value")
    return msgspec.convert({**value, "value": inner if isinstance(inner, dict) else None}, RawResult)


def decode_marks(results: Any) -> list[Any]:
    """Return results as they are there; of a prediction that `decode_task` left undecoded, what identifies it."""
    if isinstance(results, msgspec.Raw):
        try:
            return _MARKS.decode(results)
        except MALFORMED_ERRORS:
            return []
    return results if isinstance(results, list) else []


def control_and_meta(result: Any) -> tuple[Any, Any]:
    """Return the control that a result of any form names, and its meta."""
    if isinstance(result, RawResult):
        return result.from_name, result.meta
    return (result.get("from_name"), result.get("meta")) if isinstance(result, dict) else (None, None)


def decode_heading(data: bytes | msgspec.Raw) -> TaskHeading:
    """Return which task it is; raises MALFORMED."""
    return _HEADING.decode(data)


def decode_page(data: bytes) -> list[msgspec.Raw]:
    """Return the tasks of an answer of the server, each as it stands there; raises MALFORMED."""
    return _PAGE.decode(data).tasks
