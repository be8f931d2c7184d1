"""A stream of bytes, gzip or zstd by its first bytes, to a stream of what is in it, cut or broken ones found out.

Memory holds a piece at a time. Content that grows past RATIO times its compressed size, once it is more than FREE
bytes, is taken for a bomb.
"""

import io
import zlib
from typing import Any, BinaryIO, Final, cast

import zstandard

PIECE_BYTES: Final = 1 << 10
"""Compressed bytes taken at once: few, since zstd makes up to 32,000 of one."""
UNCHECKED_BYTES: Final = 100_000_000
MAX_RATIO: Final = 100

MAGIC_BYTES: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


class Cut(Exception):
    """The stream ends in the middle."""


class Broken(Exception):
    """The stream's compression is damaged."""


class Bomb(Exception):
    """The content is out of all proportion to its compressed size."""


def decompressed(stream: BinaryIO) -> io.BufferedReader:
    """Return a buffered reader of a stream's content, decompressed where it begins as gzip or zstd.

    One layer is undone. Reading raises Cut, Broken or Bomb after all that stands before the fault.
    """
    buffered: io.BufferedReader = io.BufferedReader(cast("io.RawIOBase", stream), 1 << 16)
    head = buffered.peek(4)[:4]
    for magic, form in MAGIC_BYTES.items():
        if head.startswith(magic):
            return io.BufferedReader(_DecompressedStream(buffered, form), 1 << 16)
    return buffered


class _DecompressedStream(io.RawIOBase):
    def __init__(self, packed: BinaryIO, form: str) -> None:
        self._packed = packed
        self._form = form
        self._unit: Any = None
        self._waiting = b""
        self._ready = memoryview(b"")
        self._read = self._made = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            if not self._waiting:
                self._waiting = self._packed.read(PIECE_BYTES)
                self._read += len(self._waiting)
            if not self._waiting:
                if self._unit is not None:
                    raise Cut(f"the {self._form} stream ends in the middle")
                return 0
            self._ready = memoryview(self._next())
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _next(self) -> bytes:
        """Decompress what is waiting, up to the end of its member or frame."""
        if self._unit is None:
            if self._form == "gzip" and not self._waiting.strip(b"\0"):  # padding, as tapes have it
                self._waiting = b""
                return b""
            self._unit = (
                zlib.decompressobj(31) if self._form == "gzip" else zstandard.ZstdDecompressor().decompressobj()
            )
        try:
            made: bytes = self._unit.decompress(self._waiting)
        except (zlib.error, zstandard.ZstdError) as error:
            raise Broken(f"the {self._form} stream is damaged: {str(error).rpartition(': ')[2]}") from None
        self._waiting = self._unit.unused_data if self._unit.eof else b""
        if self._unit.eof:
            self._unit = None
        self._made += len(made)
        if self._made > UNCHECKED_BYTES and self._made > MAX_RATIO * self._read:
            raise Bomb(f"{self._read:,} compressed bytes hold more than {self._made:,}")
        return made
