"""JSONL files, plain or ``.zst``: their lines in order, and single lines by their location.

A location is (frame, offset, length) in bytes: where the compressed frame begins in which the line starts, where in
that frame's content the line starts, and how long it is; a plain file is one frame at 0. In files of many small
frames, as `pactwire ingest` writes them, any line can be read without what precedes it; in a file of one frame, lines
read in order cost one pass.
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
"""Bytes of a compressed file read at once: few, since each may expand to thirty thousand others."""
SUFFIXES: Final = (".jsonl", ".jsonl.zst")


class JsonlLine(NamedTuple):
    """A line without its end; ``data`` is None if it is longer than MAX_TEXT_BYTES. ``number`` counts from 1."""

    number: int
    frame: int
    offset: int
    length: int
    data: bytes | None


def read_lines(path: Path, file: str) -> Iterator[JsonlLine]:
    """Yield the lines of a file in order, also blank ones; raises DataError (not-zstd) where its compression breaks."""
    number, length, start_of_line = 1, 0, (0, 0)
    parts: list[bytes] = []
    for frame, offset, chunk in _read_chunks(path, file):
        start = 0
        while start < len(chunk):
            end = chunk.find(b"\n", start)
            part = chunk[start : end if end >= 0 else None]
            if not length and not parts:
                start_of_line = frame, offset + start
            length += len(part)
            parts = [*parts, part] if length <= MAX_TEXT_BYTES else [b""]
            if end < 0:
                break
            yield JsonlLine(number, *start_of_line, length, b"".join(parts) if length <= MAX_TEXT_BYTES else None)
            number, length, parts, start = number + 1, 0, [], end + 1
    if length:
        yield JsonlLine(number, *start_of_line, length, b"".join(parts) if length <= MAX_TEXT_BYTES else None)


def _read_chunks(path: Path, file: str) -> Iterator[tuple[int, int, bytes]]:
    """Yield (frame, offset in the frame's content, bytes) of a file's content."""
    with remote.open_for_reading(path) as stream:
        if path.suffix != ".zst":
            offset = 0
            while chunk := stream.read(CHUNK_BYTES):
                yield 0, offset, chunk
                offset += len(chunk)
            return
        yield from _read_frames(stream, file)


def _read_frames(stream: BinaryIO, file: str) -> Iterator[tuple[int, int, bytes]]:
    frame, offset, consumed = 0, 0, 0
    decompressor = zstandard.ZstdDecompressor().decompressobj()
    pending = b""
    in_frame = False
    while pending or (pending := stream.read(COMPRESSED_CHUNK_BYTES)):
        if not in_frame:
            frame, offset = consumed, 0
        in_frame = True
        try:
            chunk = decompressor.decompress(pending)
        except zstandard.ZstdError:
            raise DataError([_broken_frame(file, frame)]) from None
        rest = decompressor.unused_data if decompressor.eof else b""
        consumed += len(pending) - len(rest)
        if chunk:
            yield frame, offset, chunk
            offset += len(chunk)
        if decompressor.eof:
            decompressor, in_frame = zstandard.ZstdDecompressor().decompressobj(), False
        pending = rest
    if in_frame:
        raise DataError([_broken_frame(file, frame)])


def _broken_frame(file: str, frame: int) -> Issue:
    return Issue(file, 1, "not-zstd", f"the compressed frame that begins at byte {frame:,} is broken or cut short")


class LineReader:
    """Reads the lines of one file by their locations; lines of a frame in order are decompressed once."""

    def __init__(self, path: Path, file: str) -> None:
        self._file = file  # its name in issues
        self._raw = remote.open_for_reading(path)
        self._compressed = path.suffix == ".zst"
        self._frame, self._position = -1, 0
        self._stream: Any = None

    def read_line(self, frame: int, offset: int, length: int) -> bytes:
        """Return the bytes of a line at its location; raises DataError (not-zstd) if the file has changed."""
        if not self._compressed:
            self._raw.seek(offset)
            return self._raw.read(length)
        if frame != self._frame or offset < self._position:
            self._raw.seek(frame)
            self._stream = zstandard.ZstdDecompressor().stream_reader(
                self._raw, read_size=CHUNK_BYTES // 8, read_across_frames=True, closefd=False
            )
            self._frame, self._position = frame, 0
        while self._position < offset:
            self._read_some(min(offset - self._position, CHUNK_BYTES))
        data = b""
        while len(data) < length:
            data += self._read_some(length - len(data))
        return data

    def _read_some(self, most: int) -> bytes:
        """Return the next bytes of the frames, at most ``most``; raises DataError (not-zstd) if there are none."""
        try:
            data: bytes = self._stream.read(most)
        except zstandard.ZstdError:
            data = b""
        if not data:
            raise DataError([_broken_frame(self._file, self._frame)])
        self._position += len(data)
        return data

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


def read_values(path: Path, file: str) -> Iterator[tuple[int, Any] | DataError]:
    """Yield (line, value) for each line that is not blank.

    A line that can't be read is yielded as the DataError that says why, and the next lines are still read.
    """
    try:
        for line in read_lines(path, file):
            yield from parse_line(line, file)
    except DataError as error:
        yield error


def parse_line(line: JsonlLine, file: str) -> Iterator[tuple[int, Any] | DataError]:
    """Yield (line, value) or a DataError for a line, as `read_values` does; nothing if it is blank."""
    try:
        if line.data is None:
            message = f"a line of {line.length:,} bytes is more than the {MAX_TEXT_BYTES:,} allowed"
            raise DataError([Issue(file, line.number, "too-large", message)])
        text = files.decode_utf8(line.data, file, line.number)
        if text.strip():
            yield line.number, files.parse_json(text, file, line.number)
    except DataError as error:
        yield error
