"""A digest of the rows of a table that depends on their values only, not on the reader or the batches.

The values are hashed by column, with each nested field as a column of its own, so the cost is that of SHA-256 and not
of creating Python objects. A field has three streams: for each value whether it is present (one byte, 0 or 1); for
lists and strings the length (eight bytes, little-endian; nothing for a missing one); and the values themselves (UTF-8;
eight bytes, little-endian, signed for integers and IEEE 754 for floats; one byte, 0 or 1, for flags). The digest is the
SHA-256 of all fields, in the schema's order, each as its path, LF, and the three digests.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class RowDigest:
    """SHA-256 over rows in order, however they are divided into batches."""

    def __init__(self) -> None:
        self._streams: dict[str, tuple[Any, Any, Any]] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows; raises TypeError for a type that no config has."""
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            for path, *contents in _column_streams(name, column):
                streams = self._streams.setdefault(path, (hashlib.sha256(), hashlib.sha256(), hashlib.sha256()))
                for stream, data in zip(streams, contents, strict=True):
                    stream.update(data)

    def hexdigest(self) -> str:
        """Return the digest of the rows so far."""
        digest = hashlib.sha256()
        for path, streams in self._streams.items():
            digest.update(path.encode() + b"\n" + b"".join(stream.digest() for stream in streams))
        return digest.hexdigest()


def _column_streams(path: str, array: pa.Array) -> Iterator[tuple[str, Any, Any, Any]]:
    """Yield (path, presence, lengths, values) of a column and of each field in it."""
    presence = array.is_valid().to_numpy(zero_copy_only=False).astype("u1")
    values = array.drop_null()
    kind = array.type
    if pa.types.is_struct(kind):
        yield path, presence, b"", b""
        for field, inner in zip(kind, values.flatten(), strict=True):
            yield from _column_streams(f"{path}.{field.name}", inner)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield path, presence, _int64_values(pc.list_value_length(values)), b""
        yield from _column_streams(f"{path}[]", values.flatten())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield path, presence, _int64_values(pc.binary_length(values)), _utf8_bytes(values)
    elif pa.types.is_integer(kind):
        yield path, presence, b"", _int64_values(values)
    elif pa.types.is_floating(kind):
        yield path, presence, b"", values.to_numpy(zero_copy_only=False).astype("<f8")
    elif pa.types.is_boolean(kind):
        yield path, presence, b"", values.to_numpy(zero_copy_only=False).astype("u1")
    else:
        raise TypeError(f"{path}: a column of {kind} has no digest")


def _int64_values(numbers: pa.Array) -> Any:
    return numbers.to_numpy(zero_copy_only=False).astype("<i8")


def _utf8_bytes(strings: pa.Array) -> Any:
    data = strings.cast(pa.large_string())
    _, offsets, content = data.buffers()
    if content is None:
        return b""
    ends = np.frombuffer(offsets, "<i8")[data.offset : data.offset + len(data) + 1]
    return memoryview(content)[ends[0] : ends[-1]] if len(data) else b""
