"""Decode the content encodings of HTTP answers: gzip, deflate, Brotli and zstd, one after another where several are.

Crawlers often decode an answer and keep its header. So content that is no such stream but begins like markup is taken
as it is.
"""

import io
import zlib
from collections.abc import Callable
from typing import Final

import zstandard

from pactwire.model.escapes import quote

_GZIP_MAGIC: Final = b"\x1f\x8b"
_PIECE_BYTES: Final = 1 << 14


class ContentEncodingError(ValueError):
    """The content is in an unknown encoding, is damaged, or ends early."""


def decode_content(data: bytes, header: str, size: int) -> bytes:
    """Return up to ``size`` bytes of an answer's content, as a browser reads it.

    Args:
        data: The content as it was sent.
        header: The answer's Content-Encoding, which lists encodings in the order in which they were applied.
        size: The most bytes that are decoded, so that a small answer does not fill memory.

    Raises:
        ContentEncodingError: with the encoding.
    """
    names = [name for each in header.lower().split(",") if (name := each.strip()) not in ("", "identity", "none")]
    for name in reversed(names):
        decoder = _DECODERS.get(name)
        if decoder is None:
            raise ContentEncodingError(f"the content encoding {quote(name[:40])} is not known")
        try:
            data = decoder(data, size)
        except _UndecodedError as error:
            if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
                raise ContentEncodingError(f"the content is not {name} as its header says: {error}") from None
    return data


class _UndecodedError(ValueError):
    """A stream that is no such stream, or not a whole one."""


def _inflate(data: bytes, size: int) -> bytes:
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # with a header of gzip or zlib, and without one
        try:
            return _inflate_members(data, size, window)
        except zlib.error as error:
            reason = str(error)
    raise _UndecodedError(reason)


def _inflate_members(data: bytes, size: int, window: int) -> bytes:
    """Decode a stream, of gzip all its members; anything else that comes after it is ignored."""
    stream = zlib.decompressobj(window)
    output = bytearray()
    for start in range(0, len(data), _PIECE_BYTES):  # in pieces, since each member copies what comes after it
        piece = data[start : start + _PIECE_BYTES]
        while piece and len(output) < size:
            if stream.eof:
                if not data.startswith(_GZIP_MAGIC, min(start + _PIECE_BYTES, len(data)) - len(piece)):
                    return bytes(output)
                stream = zlib.decompressobj(window)
            output += stream.decompress(piece, size - len(output))
            piece = stream.unused_data
    if not stream.eof and len(output) < size:
        raise _UndecodedError("it ends early")
    return bytes(output)


def _decode_brotli(data: bytes, size: int) -> bytes:
    import brotli

    stream = brotli.Decompressor()
    try:
        output: bytes = stream.process(data, output_buffer_limit=size)
    except brotli.error as error:
        raise _UndecodedError(str(error)) from None
    if not stream.is_finished() and len(output) < size:
        raise _UndecodedError("it ends early")
    return output[:size]


def _decode_zstd(data: bytes, size: int) -> bytes:
    try:
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True) as stream:
            output = stream.read(size)
        if len(output) < size and not _has_whole_frames(data):
            raise _UndecodedError("it ends early")
    except zstandard.ZstdError as error:
        raise _UndecodedError(str(error)) from None
    return output


def _has_whole_frames(data: bytes) -> bool:
    """Return whether the last frame of zstd ends; a reader of streams takes the end of the data for it."""
    decompressor = zstandard.ZstdDecompressor()
    stream = decompressor.decompressobj()
    for start in range(0, len(data), _PIECE_BYTES):
        piece = data[start : start + _PIECE_BYTES]
        while piece:
            stream = decompressor.decompressobj() if stream.eof else stream
            stream.decompress(piece)
            piece = stream.unused_data
    return stream.eof


_DECODERS: Final[dict[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _inflate, "x-gzip": _inflate, "deflate": _inflate, "br": _decode_brotli, "zstd": _decode_zstd,
}  # fmt: skip
