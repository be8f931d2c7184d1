"""Typed records of Label Studio's JSON; only the parts that are used are decoded.

A task in an export is mostly a copy of the draft. Only the draft's signature is decoded (`decode_marks`), so that a
task costs a third of the time and memory of its whole JSON. Of a duplicated key the last one counts, as in Label Studio
itself; everything that is decoded is checked later.
"""

from typing import Any, Final, Generic, NotRequired, Required, TypedDict, TypeVar

import msgspec

Task = dict[str, Any]
R = TypeVar("R")

MALFORMED_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises; ValidationError, a subclass of the first, for JSON that is well-formed but of another type."""


class RawValue(msgspec.Struct, gc=False):
    """The value of a result, as far as it is used; None where a key is missing."""

    start: Any = None
    end: Any = None
    text: Any = None
    labels: Any = None
    choices: Any = None
    taxonomy: Any = None


class RawResult(msgspec.Struct, gc=False):
    """A result of any form, as far as it is used; None where a key is missing or where the value is not an object.

    It is decoded in half the time of a dict.
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
    """The part of a prediction's result that identifies what the prediction shows."""

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
    """The identity of a task: its number, and the article and the project in its data."""

    data: _HeadingData
    id: Any = None

    @property
    def article(self) -> str:
        """Return the article's id; empty if the task has none."""
        return str(self.data.article or "")


class TaskList(msgspec.Struct):
    """A response of the server that lists tasks.

    The totals are of all tasks that meet the filters; 0 if the server does not say them.
    """

    tasks: list[msgspec.Raw]
    total: int = 0
    total_annotations: int = 0
    total_predictions: int = 0


_TASK: Final = msgspec.json.Decoder(_Task[RawResult])
_ODD_TASK: Final = msgspec.json.Decoder(_Task[Any])
_MARKS: Final = msgspec.json.Decoder(list[_ResultMark])
_HEADING: Final = msgspec.json.Decoder(TaskHeading)
_PAGE: Final = msgspec.json.Decoder(TaskList)


def decode_task(data: bytes | msgspec.Raw) -> Task:
    """Decode a task with its data, annotations and predictions; raises MALFORMED_ERRORS.

    Results of predictions stay bytes. Results of annotations are RawResult, or plain JSON if one of them does not fit.
    """
    try:
        return _TASK.decode(data)  # type: ignore[return-value]
    except msgspec.ValidationError:
        return _ODD_TASK.decode(data)  # type: ignore[return-value]


def convert_result(value: Any) -> RawResult | None:
    """Convert plain JSON to a result; None if it is not an object."""
    if not isinstance(value, dict):
        return None
    inner = value.get("value")
    return msgspec.convert({**value, "value": inner if isinstance(inner, dict) else None}, RawResult)


def decode_marks(results: Any) -> list[Any]:
    """Return results; of a prediction that `decode_task` left undecoded, only the parts that identify what it shows."""
    if isinstance(results, msgspec.Raw):
        try:
            return _MARKS.decode(results)
        except MALFORMED_ERRORS:
            return []
    return results if isinstance(results, list) else []


def control_and_meta(result: Any) -> tuple[Any, Any]:
    """Return the control and the meta of a result of any form."""
    if isinstance(result, RawResult):
        return result.from_name, result.meta
    return (result.get("from_name"), result.get("meta")) if isinstance(result, dict) else (None, None)


def decode_heading(data: bytes | msgspec.Raw) -> TaskHeading:
    """Decode the identity of a task; raises MALFORMED_ERRORS."""
    return _HEADING.decode(data)


def decode_page(data: bytes) -> TaskList:
    """Return a response of the server, its tasks undecoded; raises MALFORMED_ERRORS."""
    return _PAGE.decode(data)
