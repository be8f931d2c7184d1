"""Reader of Label Studio exports: finds tasks by article and reads them one at a time, however large the files are."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from pactwire.labelstudio import schema_mapping, wire_types
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, input_files

WINDOW_BYTES: Final = 1 << 20
"""Bytes of an export that are scanned together: few enough for the intermediate arrays to fit a CPU cache."""

_QUOTE, _BACKSLASH, _OPENS, _CLOSES = b'"\\{}'
_LOWER: Final = 0x20
"""The bit in which a curly bracket differs from a square one."""


class TaskLocation(NamedTuple):
    """The location of a task: its file, first byte and length in bytes, and its number in issues."""

    path: Path
    start: int
    length: int
    project: str
    number: int


def index_tasks(
    paths: Iterable[Path], projects: Collection[str] = schema_mapping.PROJECTS
) -> Mapping[str, list[TaskLocation]]:
    """Return the locations of the tasks of ``projects`` in exports, by article.

    Raises DataError for everything that is not an export (not-utf8, not-json, lone-surrogate, export-form,
    task-foreign).
    """
    locations: dict[str, list[TaskLocation]] = {}
    issues: list[Issue] = []
    for path in paths:
        if flaw := input_files.named_path_issue(path, path.as_posix()):
            issues.append(flaw)
            continue
        try:
            for number, (start, data) in enumerate(_array_elements(path)):
                heading = _decode_heading(path, number, data)
                if heading.data.project not in [*projects]:  # it may be of any type
                    message = f"the entry {number} is not a task of Pactwire"
                    issues.append(Issue(path.as_posix(), 1, "task-foreign", message))
                    continue
                number = heading.id if isinstance(heading.id, int) else number
                place = TaskLocation(path, start, len(data), heading.data.project, number)
                locations.setdefault(heading.article, []).append(place)
        except DataError as error:
            issues += error.issues
    if issues:
        raise DataError(issues)
    return locations


def read_task(place: TaskLocation) -> SourceTask:
    """Read a task; raises DataError (export-form) if its parts do not have the expected types."""
    with place.path.open("rb") as stream:
        stream.seek(place.start)
        data = stream.read(place.length)
    file = place.path.as_posix()
    try:
        return SourceTask(place.project, wire_types.decode_task(data), f"{file}#{place.number}")
    except wire_types.MALFORMED_ERRORS as error:
        raise DataError([_entry_flaw(place.path, place.number, data, error)]) from None


def _decode_heading(path: Path, number: int, data: bytes) -> wire_types.TaskHeading:
    try:
        return wire_types.decode_heading(data)
    except wire_types.MALFORMED_ERRORS as error:
        raise DataError([_entry_flaw(path, number, data, error)]) from None


def _entry_flaw(path: Path, number: int, data: bytes, error: Exception) -> Issue:
    """Return the issue of an entry that can't be read as a task."""
    file = path.as_posix()
    if isinstance(error, msgspec.ValidationError):
        return Issue(file, 1, "export-form", f"the entry {number} is not a task with data and annotations: {error}")
    try:
        files.parse_json(files.decode_utf8(data, file), file)
    except DataError as known:
        issue = next((issue for issue in known.issues if issue.code != "number-form"), None)
        if issue:
            return Issue(file, 1, issue.code, f"the entry {number}: {issue.message}")
    return Issue(file, 1, "not-json", f"the entry {number}: {error}")


def _array_elements(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield (first byte, bytes) of the elements of a JSON array of objects, without decoding them.

    Raises DataError (export-form, not-json) if there is no array, if it holds something else, or if it has no end.
    """
    number = 0
    with path.open("rb") as stream:
        window = stream.read(WINDOW_BYTES)
        place = len(window) - len(window.lstrip())
        if window[place : place + 1] != b"[":
            raise DataError([Issue(path.as_posix(), 1, "export-form", "an export is a list of tasks")])
        place, window = place + 1, window[place + 1 :]
        while True:
            done = 0
            for end in _element_ends(window):
                data = window[done:end].strip()
                if data == b"]":
                    if (window[end:] + stream.read()).strip():
                        raise DataError([Issue(path.as_posix(), 1, "not-json", "there is something after the list")])
                    return
                if number:
                    data = data[1:].lstrip() if data.startswith(b",") else b""
                if not data.startswith(b"{"):
                    message = f"the entry {number} is not a task with data and annotations"
                    raise DataError([Issue(path.as_posix(), 1, "export-form", message)])
                yield place + end - len(data), data
                number += 1
                done = end
            more = stream.read(max(WINDOW_BYTES, len(window) - done))
            if not more:
                message = f"the file ends before the list does, at the entry {number}"
                raise DataError([Issue(path.as_posix(), 1, "not-json", message)])
            place, window = place + done, window[done:] + more


def _element_ends(window: bytes) -> Iterator[int]:
    """Yield the end of each array and object that begins here, and finally that of the array around them.

    Only brackets outside strings count; a quotation mark after an odd number of backslashes is inside a string.
    """
    data = np.frombuffer(window, np.uint8)
    quotes = data == _QUOTE
    curly = data | _LOWER
    opens, closes = curly == _OPENS, curly == _CLOSES
    brackets = opens | closes
    slashes = np.flatnonzero(data == _BACKSLASH)
    runs = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    lasts = np.append(runs[1:], len(slashes))[: len(runs)] - 1
    escaped = slashes[lasts[(lasts - runs) % 2 == 0]] + 1
    escaped = escaped[escaped < len(data)]
    quotes[escaped] = brackets[escaped] = False
    places = np.flatnonzero(brackets & ~_inside_strings(quotes))
    ends = closes[places]
    depth = np.cumsum(np.where(ends, -1, 1))
    for place in np.flatnonzero(ends & (depth <= 0)):
        yield int(places[place]) + 1
        if depth[place] < 0:
            return


def _inside_strings(quotes: Any) -> Any:
    """Return for each byte whether it is inside a string: whether an odd number of quotation marks precedes it."""
    words = np.zeros(-(-len(quotes) // 64), "<u8")
    packed = np.packbits(quotes, bitorder="little")
    words.view(np.uint8)[: len(packed)] = packed
    for shift in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(shift)
    odd = np.bitwise_xor.accumulate(words >> np.uint64(63))
    words[1:] ^= -odd[:-1]
    return np.unpackbits(words.view(np.uint8), bitorder="little", count=len(quotes)).view(np.bool_)
