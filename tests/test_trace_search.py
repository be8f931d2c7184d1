"""The search for traces of withdrawn articles: words in any form and packing, and ids where records have them."""

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pactwire.release import trace_search
from pactwire.release.trace_search import TraceSearch
from test_withdrawn import TEXT, WORDS, tombstone

AA, BB = "00000000000000aa", "00000000000000bb"
RECORD = tombstone()._replace(article=AA)


def packed_tar(data: bytes) -> bytes:
    """Return a tar file with one file."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo("in.txt")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def packed_zip(data: bytes) -> bytes:
    """Return a zip file with one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in.txt", data)
    return stream.getvalue()


def parquet(column: pa.Array) -> bytes:
    """Return a Parquet file of a column."""
    stream = io.BytesIO()
    pq.write_table(pa.table({"x": column}), stream)
    return stream.getvalue()


def arrow(column: pa.Array) -> bytes:
    """Return an Arrow stream of a column."""
    stream = io.BytesIO()
    table = pa.table({"x": column})
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    return stream.getvalue()


PACKED: list[Callable[[bytes], bytes]] = [
    gzip.compress, bz2.compress, lzma.compress, zstandard.compress, packed_tar, packed_zip,
    lambda data: zstandard.compress(data[: len(data) // 2]) + zstandard.compress(data[len(data) // 2 :]),
]  # fmt: skip
WRITTEN: dict[str, Callable[[str], bytes]] = {
    "text": str.encode,
    "UTF-16": lambda text: text.encode("utf-16"),
    "JSON": lambda text: json.dumps({"text": text}).encode(),
    "markup": lambda text: "".join(f"<i>{word}</i>&nbsp;" for word in text.split()).encode(),
    "blocks": lambda text: "".join(f"<td>{word[0]}<b>{word[1:]}</b></td><br>" for word in text.split()).encode(),
    "Parquet": lambda text: parquet(pa.array([text])),
    "tokens": lambda text: parquet(pa.array([[{"a": text.split()}]])),
    "dictionary": lambda text: parquet(pa.array([text, text]).dictionary_encode()),
    "Arrow": lambda text: arrow(pa.array([text], pa.large_string())),
    "bytes": lambda text: b"\x00\xff\x80" + text.encode() + b"\xfe\x00",
}


@given(st.sampled_from([*WRITTEN]), st.lists(st.sampled_from(range(len(PACKED))), max_size=3), st.integers(0, 30))
def test_finds_words_in_any_form(form: str, packing: list[int], start: int) -> None:
    """However a text is written and packed, a part of it is found, and another text is not."""
    for words, expected in ((WORDS[start : start + 23], True), (WORDS[::-1], False)):
        data = WRITTEN[form](f"Über: {' '.join(words)}")
        for each in packing:
            data = PACKED[each](data)
        assert bool(TraceSearch([RECORD]).search("x", data)) is expected


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.jsonl", b'{"article":"%s"}' % AA.encode(), True),
        ("dataset/splits.csv", b"%s,%s,withdrawn" % (BB.encode(), AA.encode()), False),
        ("dataset/withdrawn.jsonl", RECORD.line().encode(), False),
        ("CHANGELOG.md", b"Removed %s" % AA.encode(), False),
        (f"annotations/x/{AA}.json", b"{}", True),
        ("x", parquet(pa.array([AA])), True),
        ("raw.txt", TEXT.encode(), True),
        ("raw.txt", TEXT[:60].encode(), False),
    ],
)
def test_an_id_counts_where_a_record_has_it(name: str, data: bytes, expected: bool) -> None:
    """Not in the table of splits, in which stories are named for articles, nor in prose."""
    assert [each.is_named for each in TraceSearch([RECORD]).search(name, data)] == [True] * expected


def test_stories_named_for_an_article_are_no_traces() -> None:
    """Other articles of its story have its id in their rows."""
    stream = io.BytesIO()
    pq.write_table(pa.table({"id": [BB], "story": [AA], "a_split_group": [AA]}), stream)
    assert TraceSearch([RECORD]).search("x", stream.getvalue()) == []


def test_broken_files_are_read_as_they_are() -> None:
    """What only looks packed, or like a table, is searched as it is; a bomb of files in files is not unpacked."""
    for start in (
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ",
        b"\x28\xb5\x2f\xfd",
        b"PK\x03\x04",
        b"PAR1",
        b"ARROW1",
        b"\xff" * 4,
    ):
        assert TraceSearch([RECORD]).search("x", start + b" " + TEXT.encode())
    data = b"x"
    for _ in range(trace_search.MAX_DEPTH + 2):
        data = gzip.compress(data)
    [(_, left)] = trace_search.unpack("x", data)
    assert left != b"x"


def test_reads_what_it_can_of_damaged_files() -> None:
    """A file that is cut off, damaged within, encrypted, or packed in an unknown way ends no search."""
    noise = random.Random(1).randbytes(1 << 17)
    damaged = bytearray(gzip.compress(TEXT.encode() + noise))
    damaged[-(1 << 12) : -8] = b"\xff" * ((1 << 12) - 8)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("first", "second"):
            archive.writestr(name, TEXT)
    packed = stream.getvalue()
    directory = packed.index(b"PK\x01\x02")
    for data, expected in (
        (gzip.compress(TEXT.encode() + noise)[: 1 << 16], 5),
        (bytes(damaged), 5),
        (_changed(packed, {6: 1, directory + 8: 1}), 5),  # the first file is encrypted
        (_changed(packed, {8: 99, directory + 10: 99}), 5),  # it is packed in an unknown way
        (_changed(packed, dict.fromkeys(range(40, 50), 0xFF)), 5),
        (gzip.compress(b"x" * 100)[:-20] + b"\xff" * 20, 0),
    ):
        assert sum(trace.passages for trace in TraceSearch([RECORD]).search("x", data)) == expected


def _changed(data: bytes, changes: dict[int, int]) -> bytes:
    """Return bytes with others at some offsets."""
    return bytes(changes.get(at, byte) for at, byte in enumerate(data))
