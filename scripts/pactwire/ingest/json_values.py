"""Split JSON that is not one object a line: an array of objects, indented objects, or several one after another."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

MAX_VALUE_BYTES: Final = 100_000_000
"""The size limit of one value: an object that wraps all articles is read as a whole."""
_PIECE_BYTES: Final = 1 << 16
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+("?)|[{}\[\]]', re.DOTALL)
_BOM: Final = b"\xef\xbb\xbf"


class JsonValue(NamedTuple):
    """A value and the line that it starts on."""

    line: int
    data: bytes


class UnfinishedValueError(ValueError):
    """A value is not closed before the end, or within the size limit; ``line`` is the one that it starts on."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def split_values(stream: BinaryIO) -> Iterator[JsonValue]:
    """Yield the values at the outermost level, or those in arrays at that level; raises UnfinishedValueError."""
    line = start_line = 1
    array_line = depth = size = 0
    pieces: list[bytes] = []
    for between, token in _tokens(stream):
        if depth == 0:
            yield from (JsonValue(line, each.strip()) for each in between.split(b",") if each.strip())
            pieces, size, start_line = [], 0, line + between.count(b"\n")
            if token == b"[" and not array_line:
                array_line = start_line
            elif token == b"]" and array_line:
                array_line = 0
            elif token in (b"{", b"["):
                pieces, depth = [token], 1
            elif token:
                yield JsonValue(start_line, token)
        else:
            pieces += between, token
            size += len(between) + len(token)
            depth += (token in (b"{", b"[")) - (token in (b"}", b"]"))
            if not token or size > MAX_VALUE_BYTES:
                reason = f"is longer than the {MAX_VALUE_BYTES:,} bytes allowed" if token else "is never closed"
                raise UnfinishedValueError(start_line, f"the value that begins here {reason}")
            if depth == 0:
                yield JsonValue(start_line, b"".join(pieces))
        line += between.count(b"\n") + token.count(b"\n")
    if array_line:
        raise UnfinishedValueError(array_line, "the array that begins here is never closed")


def _tokens(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield brackets and strings, each with the bytes before it; last what is left, with an empty token."""
    text = stream.read(_PIECE_BYTES).removeprefix(_BOM)
    position = 0
    while True:
        token = _TOKEN.search(text, position)
        if token and (token[0][:1] != b'"' or token[1]):
            yield text[position : token.start()], token[0]
            position = token.end()
            continue
        more = stream.read(max(_PIECE_BYTES, len(text) - position))
        text, position = text[position:] + more, 0
        if not more:
            yield text, b""
            return
