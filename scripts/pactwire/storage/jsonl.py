"""JSONL files, plain or ``.zst``, to their lines, each with the place where it can be read again.

A place is (block, inner, length) in bytes: the compressed frame that the line begins in, and where in its
content. Files of many small frames, as `pactwire ingest` writes them, are read at any line without what
stands before it; of a file in one frame, lines in order cost one pass.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import zstandard

from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, remote
from pactwire.storage.files import MAX_TEXT_BYTES

CHUNK_BYTES: Final = 1 << 20
COMPRESSED_CHUNK_BYTES: Final = 1 << 12
"""Bytes of a compressed file taken at once: few, since each may stand for thirty thousand others."""
SUFFIXES: Final = (".jsonl", ".jsonl.zst")


class JsonlLine(NamedTuple):
    """A line without its end; ``data`` is None where it is longer than MAX_TEXT. ``number`` counts from 1."""

    number: int
    frame: int
    offset: int
    length: int
    data: bytes | None


def read_lines(path: Path, file: str) -> Iterator[JsonlLine]:
    """Yield the lines of a file in order, blank ones too; raises DataError (not-zstd) where its compression breaks."""
    number, length, at = 1, 0, (0, 0)
    parts: list[bytes] = []
    for block, inner, piece in _read_chunks(path, file):
        start = 0
        while start < len(piece):
            end = piece.find(b"\n", start)
            part = piece[start : end if end >= 0 else None]
            if not length and not parts:
                at = block, inner + start
            length += len(part)
            parts = [*parts, part] if length <= MAX_TEXT_BYTES else [b""]
            if end < 0:
                break
            yield JsonlLine(number, *at, length, b"".join(parts) if length <= MAX_TEXT_BYTES else None)
            number, length, parts, start = number + 1, 0, [], end + 1
    if length:
        yield JsonlLine(number, *at, length, b"".join(parts) if length <= MAX_TEXT_BYTES else None)


def _read_chunks(path: Path, file: str) -> Iterator[tuple[int, int, bytes]]:
    """Yield (block, place in the block's content, bytes) of a file's content."""
    with remote.open_for_reading(path) as stream:
        if path.suffix != ".zst":
            inner = 0
            while piece := stream.read(CHUNK_BYTES):
                yield 0, inner, piece
                inner += len(piece)
            return
        yield from _read_frames(stream, file)


def _read_frames(stream: BinaryIO, file: str) -> Iterator[tuple[int, int, bytes]]:
    block, inner, read = 0, 0, 0
    frame = zstandard.ZstdDecompressor().decompressobj()
    waiting = b""
    begun = False
    while waiting or (waiting := stream.read(COMPRESSED_CHUNK_BYTES)):
        if not begun:
            block, inner = read, 0
        begun = True
        try:
            piece = frame.decompress(waiting)
        except zstandard.ZstdError:
            raise DataError([_broken_frame(file, block)]) from None
        rest = frame.unused_data if frame.eof else b""
        read += len(waiting) - len(rest)
        if piece:
            yield block, inner, piece
            inner += len(piece)
        if frame.eof:
            frame, begun = zstandard.ZstdDecompressor().decompressobj(), False
        waiting = rest
    if begun:
        raise DataError([_broken_frame(file, block)])


def _broken_frame(file: str, block: int) -> Issue:
    return Issue(file, 1, "not-zstd", f"the compressed frame that begins at byte {block:,} is broken or cut short")


class LineReader:
    """Reads the lines of one file by their places; those of a frame in order are decompressed once."""

    def __init__(self, path: Path, file: str) -> None:
        self._file = file  # its name in issues
        self._raw = remote.open_for_reading(path)
        self._compressed = path.suffix == ".zst"
        self._block, self._at = -1, 0
        self._stream: Any = None

    def read_line(self, block: int, inner: int, length: int) -> bytes:
        """Return the bytes of a line of `read_lines`; raises DataError (not-zstd) where the file has changed."""
        if not self._compressed:
            self._raw.seek(inner)
            return self._raw.read(length)
        if block != self._block or inner < self._at:
            self._raw.seek(block)
            self._stream = zstandard.ZstdDecompressor().stream_reader(
                self._raw, read_size=CHUNK_BYTES // 8, read_across_frames=True, closefd=False
            )
            self._block, self._at = block, 0
        while self._at < inner:
            self._read_some(min(inner - self._at, CHUNK_BYTES))
        data = b""
        while len(data) < length:
            data += self._read_some(length - len(data))
        return data

    def _read_some(self, length: int) -> bytes:
        """Return the next bytes of the frames, at most so many; raises DataError (not-zstd) where there are none."""
        try:
            data: bytes = self._stream.read(length)
        except zstandard.ZstdError:
            data = b""
        if not data:
            raise DataError([_broken_frame(self._file, self._block)])
        self._at += len(data)
        return data

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


def read_values(path: Path, file: str) -> Iterator[tuple[int, Any] | DataError]:
    """Yield (line, value) for each line that is not blank.

    A line that can't be read is yielded as the DataError that says why, so that the others are read.
    """
    try:
        for line in read_lines(path, file):
            yield from parse_line(line, file)
    except DataError as error:
        yield error


def parse_line(line: JsonlLine, file: str) -> Iterator[tuple[int, Any] | DataError]:
    """Yield the value of a line as `read_values` does; nothing where it is blank."""
    try:
        if line.data is None:
            message = f"a line of {line.length:,} bytes is more than the {MAX_TEXT_BYTES:,} allowed"
            raise DataError([Issue(file, line.number, "too-large", message)])
        text = files.decode_utf8(line.data, file, line.number)
        if text.strip():
            yield line.number, files.parse_json(text, file, line.number)
    except DataError as error:
        yield error
