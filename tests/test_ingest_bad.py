"""Bad input: each is rejected with its place and reason, and the good input next to it is read."""

import base64
import gzip
import io
import json
import resource
import sys
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pactwire.ingest import compression, input_reader, page_metadata, pages
from pactwire.ingest.input_records import IngestSettings, InputArticle
from pactwire.ingest.page_reading import PageReader, UnreadPage
from pactwire.model import digests, issues
from pactwire.model.issues import Issue

GOOD = b'{"text": "a good article"}\n'


def read(*paths: Path, **settings: Any) -> tuple[int, list[str]]:
    """The number of articles in some inputs, and the issues as they are shown, without folders."""
    taken, shown = 0, []
    for record in input_reader.read_inputs(map(str, paths), IngestSettings(**settings)):
        taken += isinstance(record, InputArticle)
        if isinstance(record, Issue):
            shown.append(f"{Path(record.file).name}:{record.line}: {record.code}: {record.message}")
    return taken, shown


def html(body: str, head: str = "") -> str:
    """A page."""
    return f"<html><head>{head}</head><body>{body}</body></html>"


def archive(count: int, packed: bool) -> bytes:
    """A WARC of ``count`` texts of 2,000 bytes each."""

    class Writer(WARCWriter):  # type: ignore[misc]
        _create_temp_file = staticmethod(io.BytesIO)

    stream = io.BytesIO()
    writer = Writer(stream, gzip=packed)
    for number in range(count):
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/plain")], protocol="HTTP/1.1")
        body = b"".join(b"%d says %d\n" % (number, line) for line in range(200))
        writer.write_record(
            writer.create_warc_record(f"http://x.org/{number}", "response", io.BytesIO(body), http_headers=http)
        )
    return stream.getvalue()


def noise(lines: int) -> bytes:
    """JSONL that does not compress well."""
    return b"".join(b'{"text": "%s"}\n' % digests.sha256(str(number)).encode() for number in range(lines))


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_reads_whole_lines_of_a_truncated_stream(tmp_path: Path, form: str) -> None:
    """The lines before the end of a truncated gzip or zstd stream are read, and the issue gives their number."""
    whole = noise(20_000)
    packed = gzip.compress(whole) if form == "gzip" else zstandard.compress(whole)
    path = tmp_path / f"x.jsonl.{'gz' if form == 'gzip' else 'zst'}"
    path.write_bytes(packed[: len(packed) // 2])
    taken, shown = read(path)
    assert 8_000 < taken < 12_000
    assert shown == [
        f"{path.name}:1: ingest-cut: the {form} stream ends in the middle; the {taken:,} articles before were read"
    ]


def test_rejects_a_truncated_text(tmp_path: Path) -> None:
    """Half a text is not an article."""
    (tmp_path / "x.txt.gz").write_bytes(gzip.compress(noise(50))[:-20])
    assert read(tmp_path) == (0, ["x.txt.gz:1: ingest-cut: the gzip stream ends in the middle"])


def test_rejects_damaged_compression(tmp_path: Path) -> None:
    """A flipped bit is detected, and other files are still read."""
    packed = bytearray(gzip.compress(b"some words\n"))
    packed[-6] ^= 1
    (tmp_path / "a.txt.gz").write_bytes(packed)
    (tmp_path / "b.txt").write_text("good")
    taken, (shown,) = read(tmp_path)
    assert (taken, shown) == (1, "a.txt.gz:1: ingest-broken: the gzip stream is damaged: incorrect data check")


@pytest.mark.parametrize("packed", [False, True])
def test_reads_whole_records_of_a_truncated_archive(tmp_path: Path, packed: bool) -> None:
    """If the third of three records is truncated anywhere, two are read and one issue says where the archive ends."""
    whole = archive(3, packed)
    third = len(archive(2, packed))
    for number, cut in enumerate(range(third + 15, len(whole) - 50, 97)):
        path = tmp_path / f"{number}.warc{'.gz' if packed else ''}"
        path.write_bytes(whole[:cut])
        says = "the gzip stream ends in the middle" if packed else "the archive ends in the middle of record 3"
        assert read(path) == (2, [f"{path.name}:1: ingest-cut: {says}; the 2 articles before were read"])


def test_rejects_a_file_that_is_not_an_archive(tmp_path: Path) -> None:
    """A file with the suffix of an archive but other content is rejected."""
    (tmp_path / "x.warc").write_bytes(b"hello world")
    assert read(tmp_path) == (0, ["x.warc:1: ingest-broken: it does not start like an archive"])


def test_rejects_a_page_of_100_megabytes(tmp_path: Path) -> None:
    """It is rejected before all of it is read, so memory does not grow with it; compressed or not."""
    page = b"<html><body>" + b"<p>words and words</p>" * 4_800_000
    (tmp_path / "a.html").write_bytes(page)
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(page, 1))
    del page
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    says = "too-large: the page has more than the 5,000,000 bytes allowed"
    assert read(tmp_path) == (0, [f"a.html:1: {says}", f"b.html.gz:1: {says}"])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


@pytest.mark.parametrize("tag", ["div", "b", "table", "ul"])
def test_rejects_deep_nesting(tmp_path: Path, tag: str) -> None:
    """A page of a hundred thousand nested elements is rejected and does not crash."""
    (tmp_path / "x.html").write_text(f"<{tag}>" * 100_000 + "words")
    assert read(tmp_path) == (0, ["x.html:1: ingest-deep: its elements nest deeper than 500"])


def test_reads_the_deepest_allowed_page(tmp_path: Path) -> None:
    """A page just below the limit passes all later steps."""
    (tmp_path / "x.html").write_text("<div>" * 490 + "<p>Some words of an article.</p>")
    assert read(tmp_path) == (1, [])


@pytest.mark.slow
def test_rejects_pages_that_would_take_hours(tmp_path: Path) -> None:
    """A tag with ten thousand attributes and a page with 100,000 lines are rejected before they are processed."""
    (tmp_path / "a.html").write_text("<p " + " ".join(f"a{n}='x y'" for n in range(10_000)) + ">words")
    (tmp_path / "b.html").write_text("<p>a" * 100_000)
    assert read(tmp_path) == (0, [
        "a.html:1: ingest-deep: one of its tags has more than 2,000 attributes",
        "b.html:1: too-large: the page shows 100,000 lines, 20,000 are allowed",
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            html("<p>Съюз</p>", "<meta charset=utf-8>").encode("cp1251"),
            "byte 0xD1 at offset 48 is not UTF-8, which meta declares",
        ),
        (
            html("<p>Съюз</p>").encode("cp1251"),
            "byte 0xD1 at offset 28 is not UTF-8, and no other encoding is declared",
        ),
        (
            html("<p>Съюз на силите</p>", "<meta charset=windows-1251>").encode("cp1251")
            + "<p>Съюз на силите</p>".encode(),
            "cp1251 is declared (meta), but the bytes at offset 90 are UTF-8: a mixture",
        ),
        (
            html("<p>x</p>", "<meta charset=shift_jis>").encode() + b"\x81",
            "meta says cp932, but byte 0x81 at offset 71 does not fit",
        ),
    ],
)  # fmt: skip
def test_rejects_wrong_and_mixed_encodings(tmp_path: Path, data: bytes, says: str) -> None:
    """Bytes that fit no declared encoding, or are in two, are rejected with their offset; nothing is guessed."""
    (tmp_path / "x.html").write_bytes(data)
    taken, (shown,) = read(tmp_path)
    assert taken == 0
    assert shown.partition("; it looks like")[0] == f"x.html:1: ingest-encoding: {says}"


def test_reads_utf8_that_is_declared_as_another_encoding(tmp_path: Path) -> None:
    """A UTF-8 page with another declared encoding is read as UTF-8."""
    (tmp_path / "x.html").write_bytes(html("<p>Съюз</p>", "<meta charset=iso-8859-1>").encode())
    assert read(tmp_path) == (1, [])


def test_lists_the_columns_of_a_table_without_text(tmp_path: Path) -> None:
    """Parquet without a text column gives one issue with its columns; the user can name the column."""
    pq.write_table(pa.table({"body_html": ["x"], "url": ["y"]}), tmp_path / "x.parquet")
    assert read(tmp_path) == (
        0,
        ["x.parquet:1: ingest-columns: no column has the text; the columns are: body_html, url"],
    )
    assert read(tmp_path, columns={"text": "body_html"})[0] == 1


def test_rejects_damaged_parquet(tmp_path: Path) -> None:
    """A truncated Parquet file is rejected as a whole, since its index is at its end."""
    pq.write_table(pa.table({"text": ["x"] * 1000}), tmp_path / "x.parquet")
    (tmp_path / "x.parquet").write_bytes((tmp_path / "x.parquet").read_bytes()[:-20])
    taken, (shown,) = read(tmp_path)
    assert taken == 0
    assert shown.startswith(
        "x.parquet:1: ingest-broken: Parquet can't be read: Parquet magic bytes not found in footer."
    )


def test_rejects_parquet_rows_without_text(tmp_path: Path) -> None:
    """Rows with null, empty and numeric texts are rejected, and no other row."""
    pq.write_table(pa.table({"text": ["good", None, "", "\n \t"]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": [1, 2]}), tmp_path / "b.parquet")
    assert read(tmp_path) == (1, [
        "a.parquet:2: ingest-empty: there is no text", "a.parquet:3: ingest-empty: there is no text",
        "a.parquet:4: ingest-empty: there is no text",
        "b.parquet:1: ingest-value: the text is not a string but int",
        "b.parquet:2: ingest-value: the text is not a string but int",
    ])  # fmt: skip


BAD_LINES = [
    (b'{"text": "x", "n": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not-json: nested too deeply"),
    (
        b'{"text": "x", "n": ' + b"9" * 5_000 + b"}",
        "not-json: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits",
    ),
    (b'{"text": "x", "text": "y"}', "duplicate-key: the key 'text' is duplicated in one object"),
    (b'{"text": "x"', "not-json: Expecting ',' delimiter"),
    (b'["x"]', "ingest-value: the line is not an object but list"),
    (b'{"title": "x"}', "ingest-columns: no column has the text; the columns are: title"),
    (b'{"text": "\\u0000"}', "control-character: U+0000 at code point 0 is a control character"),
    (
        b'{"text": "a\\u0007b\\u0085"}',
        "control-character: U+0007 at code point 1 is a control character, and so are 1 more",
    ),
    (b'{"text": "a\\ud800"}', "lone-surrogate: the text has the lone surrogate U+D800"),
    (b'{"text": "x", "url": "\\udfff"}', "lone-surrogate: url has a lone surrogate"),
    (b'{"text": "\xff"}', "not-utf8: byte 0xFF at offset 10 is not UTF-8"),
    (b'{"text": ""}', "ingest-empty: there is no text"),
    (b'{"text": "\\u2003"}', "ingest-empty: the text is only white space"),
    (b'{"text": {"a": 1}}', "ingest-value: the text is not a string but dict"),
    (b'{"text": "x", "id": "../../x"}', "ingest-id: the id '../../x' is a path"),
    (b'{"text": "x", "id": "/etc/passwd"}', "ingest-id: the id '/etc/passwd' is a path"),
    (b'{"text": "x", "id": "C:\\\\x"}', "ingest-id: the id 'C:\\\\x' is a path"),
    (
        b'{"text": "' + b"x" * 10_000_000 + b'"}',
        "too-large: a line of 10,000,013 bytes is more than the 10,000,000 allowed",
    ),
]  # fmt: skip


def test_rejects_each_bad_line_and_reads_the_good_ones(tmp_path: Path) -> None:
    """Deep nesting, huge integers, broken JSON, control characters and paths as ids give one issue each."""
    lines = [GOOD.replace(b"good", b"good %d" % number) + bad + b"\n" for number, (bad, _) in enumerate(BAD_LINES)]
    (tmp_path / "x.jsonl").write_bytes(b"".join(lines))
    taken, shown = read(tmp_path)
    assert taken == len(BAD_LINES)
    assert shown == [f"x.jsonl:{2 * number}: {says}" for number, (_, says) in enumerate(BAD_LINES, 1)]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["gz", "zst"])
def test_stops_at_a_decompression_bomb(tmp_path: Path, form: str) -> None:
    """Three hundred megabytes from a tiny file are rejected at one hundred; the articles before are read."""
    content = GOOD + b" " * 300_000_000
    path = tmp_path / f"x.jsonl.{form}"
    path.write_bytes(gzip.compress(content, 1) if form == "gz" else zstandard.compress(content))
    del content
    taken, (shown,) = read(path)
    assert taken == 1
    assert "ingest-bomb: " in shown
    assert int(shown.split("more than ")[1].split(";")[0].replace(",", "")) < compression.UNCHECKED_BYTES + 40_000_000


@pytest.mark.parametrize("form", ["gz", "zst"])
@pytest.mark.parametrize(("noise", "refused"), [(1_000, True), (2_000, False)])
def test_limits_content_to_a_hundred_times_its_compressed_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, noise: int, refused: bool
) -> None:
    """The limit applies above UNCHECKED_BYTES; content of 80 times its compressed size is read."""
    monkeypatch.setattr(compression, "UNCHECKED_BYTES", 10_000)
    line = json.dumps({"text": base64.b64encode(Random(1).randbytes(noise)).decode()}).encode()
    content = line + b" " * 160 * 1024
    packed = gzip.compress(content) if form == "gz" else zstandard.compress(content)
    assert (len(content) > 100 * len(packed)) == refused
    (tmp_path / f"x.jsonl.{form}").write_bytes(packed)
    taken, shown = read(tmp_path / f"x.jsonl.{form}")
    assert (taken, ["ingest-bomb" in each for each in shown]) == ((0, [True]) if refused else (1, []))


def test_reports_other_files_and_missing_ones(tmp_path: Path) -> None:
    """A picture and a missing file are issues; the article next to them is read."""
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    (tmp_path / "x.txt").write_text("good")
    taken, shown = read(tmp_path / "x.png", tmp_path / "x.txt", tmp_path / "nowhere.txt")
    assert (taken, shown) == (1, [
        "x.png:1: ingest-form: its name has the ending '.png', and it starts like an image",
        "nowhere.txt:1: ingest-input: there is no such file, and no file matches",
    ])  # fmt: skip


def test_rejects_a_page_without_words(tmp_path: Path) -> None:
    """Scripts, styles and comments are not text; with a script, the page is another kind of empty."""
    (tmp_path / "x.html").write_text(html("<style>p {}</style>"))
    (tmp_path / "y.html").write_text("<!-- nothing -->")
    (tmp_path / "z.html").write_text(html("<script>let a</script><style>p {}</style>"))
    assert read(tmp_path) == (0, [
        "x.html:1: ingest-empty: the page shows no text", "y.html:1: ingest-empty: the page shows no text",
        "z.html:1: ingest-script: the page shows no article, its script may write it",
    ])  # fmt: skip


def test_a_page_that_fails_costs_no_other_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that no rule foresees is named with its page, in a file of its own and in a row."""
    whole = {name: html(f"<p>The page {name}.</p>") for name in "abc"}
    for name, text in whole.items():
        (tmp_path / f"{name}.html").write_text(text)
    (tmp_path / "d.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in whole.values()))
    read_metadata = page_metadata.read_metadata

    def failing(root: Any) -> Any:
        if "page b" in root.text_content():
            raise LookupError("no \ud800")
        return read_metadata(root)

    monkeypatch.setattr(page_metadata, "read_metadata", failing)
    says = "ingest-failed: reading the page failed: LookupError: no ?"
    assert read(tmp_path) == (4, [f"b.html:1: {says}", f"d.jsonl:2: {says}"])
    page = UnreadPage("b.html", 1, whole["b"].encode(), [], {})
    for _ in range(2):
        (issue,) = PageReader(IngestSettings(), tmp_path)([page])
        assert isinstance(issue, Issue) and issue.code == "ingest-failed"


def test_every_ingest_code_is_tested() -> None:
    """Each issue code of reading and ingesting is in one of these test files, or in that of withdrawn articles."""
    folder = Path(__file__).parent
    files = [*folder.glob("test_ingest*.py"), folder / "test_withdrawn.py"]
    here = "".join(path.read_text(encoding="utf-8") for path in files)
    codes = [code for code in issues.COMMAND_CODES if code.startswith("ingest-")]
    assert len(codes) > 10
    assert [code for code in codes if f"{code}:" not in here and f'"{code}"' not in here] == []


def test_python_has_the_tested_limits() -> None:
    """Python's limits are those in the messages above."""
    assert sys.get_int_max_str_digits() == 4300
    assert json.loads("1" * 4300) > 0
    assert pages.MAX_PAGE_BYTES == 5_000_000
