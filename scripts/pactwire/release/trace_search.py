"""Traces of withdrawn articles: their passages and ids in files of any form, packed ones included.

Files are read as text, JSON without its escapes, markup without its tags, and Parquet and Arrow column by column; gzip,
zstd, bzip2, xz, zip and tar are unpacked, of damaged ones what can be read. An id counts where a record or a name has
it, but not in a table of splits, in whose rows stories are named for articles.
"""

import bz2
import gzip
import html
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import zstandard

from pactwire.corpus.splits import SPLITS_FILE
from pactwire.corpus.withdrawn import WITHDRAWN_FILE, Tombstone, Tombstones
from pactwire.model import digests
from pactwire.storage.output_ledger import LEDGER_FILE

MAX_DEPTH: Final = 4
"""How often a file in a file is unpacked."""
_CHUNK_BYTES: Final = 1 << 20
_RECORDS: Final = (".json", ".jsonl", ".csv", ".tsv")
_WITHOUT_RECORDS: Final = (PurePosixPath(SPLITS_FILE).name, PurePosixPath(WITHDRAWN_FILE).name, LEDGER_FILE)
_STORY_COLUMNS: Final = re.compile(r"(?:.*_)?(?:story|group|split_group)")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_TAG: Final = re.compile(r"<[a-zA-Z/!][^>]*>")
_TAG_IN_WORD: Final = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|del|em|font|i|ins|mark|q|s|small|span|strong|sub|sup|u|wbr)(?:\s[^>]*|/)?>", re.I
)
"""Tags that may stand within a word; any other may stand between two words without white space."""
_STREAMS: Final[dict[bytes, Any]] = {
    b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open,
    b"\x28\xb5\x2f\xfd": lambda stream: zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True),
}  # fmt: skip
_BROKEN: Final = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # of an encrypted file, or one packed in an unknown way
    lzma.LZMAError,
    zlib.error,
    zstandard.ZstdError,
    zipfile.BadZipFile,
    tarfile.TarError,
)


class Trace(NamedTuple):
    """What a file holds of a withdrawn article: so many of its passages, and whether it has its id."""

    tombstone: Tombstone
    passages: int
    is_named: bool

    def describe(self) -> str:
        """Return the trace in words."""
        total = len(self.tombstone.passages)
        words = f"{self.passages:,} of {total:,} passages" if self.passages else ""
        return " and ".join(filter(None, (words, "records" if self.is_named else ""))) + (
            f" of the article {self.tombstone.article}"
        )


class TraceSearch:
    """Searches files for the traces of withdrawn articles."""

    def __init__(self, tombstones: Iterable[Tombstone]) -> None:
        self._tombstones = Tombstones(tombstones)

    def search(self, name: str, data: bytes) -> list[Trace]:
        """Return the traces in a file, at most one for each article."""
        passages: dict[Tombstone, set[str]] = {}
        named = {each for each in self._tombstones if each.article in name}
        for path, content in unpack(name, data):
            named |= {each for each in self._tombstones if each.article in path}
            if same := self._tombstones.with_text(digests.sha256(content)):
                passages.setdefault(same, set()).update(same.passages)
                named.add(same)
            for text, is_record in texts(path, content):
                for tombstone, found in self._tombstones.passages_in(text).items():
                    passages.setdefault(tombstone, set()).update(found)
                named |= {each for each in self._tombstones if is_record and each.article in text}
        return [
            Trace(each, len(passages.get(each, ())), each in named)
            for each in self._tombstones
            if each in named or each in passages
        ]


# --- what a file holds


def unpack(name: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of a file that is not packed, or of the files in it; a broken one as it is, too."""
    is_whole = False
    try:
        for path, content in _members(name, data) if depth < MAX_DEPTH else ():
            is_whole = True
            yield from unpack(path, content, depth + 1)
    except _BROKEN:
        is_whole = False
    if not is_whole:
        yield name, data


def _members(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    for start, read in _STREAMS.items():
        if data.startswith(start):
            content, error = _readable(partial(read, io.BytesIO(data)))
            yield name.rpartition(".")[0] or name, content
            if error:
                raise error
            return
    if data.startswith(b"PK\x03\x04"):
        yield from _zip_members(name, data)
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as files:
            for member in files:
                if stream := files.extractfile(member):
                    yield f"{name}/{member.name}", stream.read()


def _zip_members(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    errors = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for each in archive.infolist():
            content, error = _readable(partial(archive.open, each))
            yield f"{name}/{each.filename}", content
            errors += [error] if error else []
    if errors:
        raise errors[0]


def _readable(open_stream: Callable[[], Any]) -> tuple[bytes, Exception | None]:
    """Return what can be read of a stream, and the error that ended it."""
    parts: list[bytes] = []
    try:
        with open_stream() as stream:
            while part := stream.read1(_CHUNK_BYTES):
                parts.append(part)
    except _BROKEN as error:
        return b"".join(parts), error
    return b"".join(parts), None


def texts(name: str, data: bytes) -> Iterator[tuple[str, bool]]:
    """Yield the texts of a file that is not packed, and whether an id in each is that of a record."""
    try:
        tables = list(_tables(data))
    except (pa.ArrowException, OSError):
        tables = []
    for table in tables:
        for column, strings in _string_columns(table):
            yield "\n".join(strings), not _STORY_COLUMNS.fullmatch(column)
    if tables:
        return
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    text = data.decode(encoding, "replace")
    is_record = name.endswith(_RECORDS) and PurePosixPath(name).name not in _WITHOUT_RECORDS
    yield _ESCAPE.sub(_unescape, text) if "\\" in text else text, is_record
    if _TAG.search(text):
        for within in (_TAG_IN_WORD, _TAG):
            yield html.unescape(_TAG.sub(" ", within.sub("", text))), False


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return " " if match[2] in "nrtbf" else match[2]


def _tables(data: bytes) -> Iterator[pa.Table]:
    if data.startswith(b"PAR1"):
        file = pq.ParquetFile(io.BytesIO(data))
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)
    elif data.startswith(b"ARROW1"):
        yield pa.ipc.open_file(io.BytesIO(data)).read_all()
    elif data.startswith(b"\xff\xff\xff\xff"):
        yield pa.ipc.open_stream(io.BytesIO(data)).read_all()


def _string_columns(table: pa.Table) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the strings of each column, those within lists and structs included, in order."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        for chunk in column.chunks:
            yield from _strings(name, chunk)


def _strings(name: str, array: pa.Array) -> Iterator[tuple[str, list[str]]]:
    kind = array.type
    if pa.types.is_dictionary(kind):
        yield from _strings(name, array.dictionary)
    elif pa.types.is_struct(kind):
        for index in range(kind.num_fields):
            yield from _strings(kind.field(index).name, array.field(index))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _strings(name, array.flatten())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield name, pc.drop_null(array).to_pylist()
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        yield name, [each.decode("utf-8", "replace") for each in pc.drop_null(array).to_pylist()]
