"""Decompress gzip and zstd streams, which are recognized by their first bytes; truncated and damaged ones are errors.

Only a small piece is in memory at a time. Content that is larger than UNCHECKED_BYTES and than MAX_RATIO times its
compressed size is rejected as a decompression bomb.
"""

import io
import zlib
from typing import Any, BinaryIO, Final, cast

import zstandard

PIECE_BYTES: Final = 1 << 10
"""Compressed bytes read at once: few, since zstd can expand one byte to 32,000."""
UNCHECKED_BYTES: Final = 100_000_000
MAX_RATIO: Final = 100

MAGIC_BYTES: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


class UnreadableStreamError(Exception):
    """A stream can't be read further; ``code`` is that of the issue."""

    code = ""


class TruncatedStreamError(UnreadableStreamError):
    """The stream ends before its content does."""

    code = "ingest-cut"


class DamagedStreamError(UnreadableStreamError):
    """The stream is damaged, or not of the format it claims."""

    code = "ingest-broken"


class DecompressionBombError(UnreadableStreamError):
    """The content is far too large for its compressed size."""

    code = "ingest-bomb"


def decompressed(stream: BinaryIO) -> io.BufferedReader:
    """Return a buffered reader of a stream's content, decompressed if it starts as gzip or zstd; one layer only.

    Reading raises UnreadableStreamError, after the content before the fault was returned.
    """
    buffered: io.BufferedReader = io.BufferedReader(cast("io.RawIOBase", stream), 1 << 16)
    head = buffered.peek(4)[:4]
    for magic, form in MAGIC_BYTES.items():
        if head.startswith(magic):
            return io.BufferedReader(_DecompressedStream(buffered, form), 1 << 16)
    return buffered


class _DecompressedStream(io.RawIOBase):
    """The decompressed content of a stream."""

    def __init__(self, compressed: BinaryIO, form: str) -> None:
        self._compressed = compressed
        self._form = form
        self._decompressor: Any = None
        self._pending = b""
        self._output = memoryview(b"")
        self._bytes_in = self._bytes_out = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._output:
            if not self._pending:
                self._pending = self._compressed.read(PIECE_BYTES)
                self._bytes_in += len(self._pending)
            if not self._pending:
                if self._decompressor is not None:
                    raise TruncatedStreamError(f"the {self._form} stream ends in the middle")
                return 0
            self._output = memoryview(self._decompress_pending())
        size = min(len(buffer), len(self._output))
        buffer[:size] = self._output[:size]
        self._output = self._output[size:]
        return size

    def _decompress_pending(self) -> bytes:
        """Decompress the pending bytes, up to the end of their gzip member or zstd frame."""
        if self._decompressor is None:
            if self._form == "gzip" and not self._pending.strip(b"\0"):  # zero padding, as on tapes
                self._pending = b""
                return b""
            self._decompressor = (
                zlib.decompressobj(31) if self._form == "gzip" else zstandard.ZstdDecompressor().decompressobj()
            )
        try:
            output: bytes = self._decompressor.decompress(self._pending)
        except (zlib.error, zstandard.ZstdError) as error:
            raise DamagedStreamError(f"the {self._form} stream is damaged: {str(error).rpartition(': ')[2]}") from None
        self._pending = self._decompressor.unused_data if self._decompressor.eof else b""
        if self._decompressor.eof:
            self._decompressor = None
        self._bytes_out += len(output)
        if self._bytes_out > UNCHECKED_BYTES and self._bytes_out > MAX_RATIO * self._bytes_in:
            raise DecompressionBombError(f"{self._bytes_in:,} compressed bytes hold more than {self._bytes_out:,}")
        return output
