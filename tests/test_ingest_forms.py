"""Input forms: text, JSONL, Parquet and archives give exactly the text that was put in."""

import gzip
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pactwire.corpus import corpus, publication_dates
from pactwire.ingest import input_reader, known_hashes
from pactwire.ingest.input_records import IngestSettings, InputArticle, InputRecord, Skipped
from pactwire.ingest.raw_store import RawStore
from pactwire.model import digests
from pactwire.model.json_schemas import tool_validator
from pactwire.storage import files
from support.examples import examples
from support.mentions import with_schema

ANY = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t\r"), min_size=1)
TEXTS = st.lists(ANY.filter(lambda text: bool(files.normalize_newlines(text).strip())), min_size=1, max_size=5)
PROSE = "Le ministre a dit hier que l’accord serait signé avant la fin du mois. "
FINEWEB = {
    "text": "Північна Корея відправила військових.", "id": "<urn:uuid:0b0a>", "dump": "CC-MAIN-2024-10",
    "url": "https://example.org/a", "date": "2024-02-21T10:00:00Z", "file_path": "s3://x", "language": "uk",
    "language_score": 0.98, "token_count": 9,
}  # fmt: skip


def read(*paths: Path | str, **settings: Any) -> list[InputRecord]:
    """All records of some inputs."""
    return list(input_reader.read_inputs(map(str, paths), IngestSettings(**settings)))


def articles(found: list[InputRecord]) -> list[Any]:
    """The articles of records, which must be nothing else."""
    assert all(isinstance(each, InputArticle) for each in found), found
    taken = [each.properties for each in found if isinstance(each, InputArticle)]
    assert all(tool_validator("article.schema", "article").is_valid(article) for article in taken)
    return taken


def texts(found: list[InputRecord]) -> list[str]:
    """The source texts of records, which must be articles."""
    return [files.normalize_newlines(article["text"]) for article in articles(found)]


def page(title: str, *paragraphs: str, head: str = "") -> bytes:
    """A small page."""
    body = "".join(f"<p>{each}</p>" for each in paragraphs)
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>{title}</h1>{body}</article><footer>All rights reserved</footer></body></html>"
    ).encode()


class Writer(WARCWriter):  # type: ignore[misc]
    """Writes archives; warcio's own writer leaves temporary files open."""

    _create_temp_file = staticmethod(io.BytesIO)


def archive(records: list[tuple[str, str, bytes, str]], packed: bool) -> bytes:
    """A WARC of responses (address, content type, body and status) after a warcinfo record."""
    stream = io.BytesIO()
    writer = Writer(stream, gzip=packed)
    writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "test"}))
    for url, kind, body, status in records:
        http = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                url,
                "response",
                payload=io.BytesIO(body),
                http_headers=http,
                warc_headers_dict={"WARC-Date": "2024-03-01T00:00:00Z"},
            )
        )
    return stream.getvalue()


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def jsonl_of(found: list[str]) -> bytes:
    """Texts as JSONL."""
    return "".join(json.dumps({"text": text}, ensure_ascii=len(text) % 2 == 0) + "\n" for text in found).encode()


def parquet_of(rows: list[dict[str, Any]]) -> bytes:
    """Rows as Parquet."""
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), stream, row_group_size=2)
    return stream.getvalue()


@examples(40)
@given(TEXTS, st.sampled_from(["", ".gz", ".zst"]))
@example(["\ufeff\ufeffTwo marks", "\ufeffone mark"], "")
def test_reads_any_unicode_unchanged(put: list[str], packing: str) -> None:
    """JSONL, Parquet and text, compressed or not, give the same text, with normalized BOM and line ends."""
    pack: Callable[[bytes], bytes] = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[packing]  # type: ignore[assignment]
    expected = [files.normalize_newlines(text) for text in put]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"a.jsonl{packing}").write_bytes(pack(jsonl_of(put)))
        (folder / f"b.parquet{packing}").write_bytes(pack(parquet_of([{"text": text} for text in put])))
        (folder / f"c.txt{packing}").write_bytes(pack(put[0].encode()))
        assert texts(read(folder)) == [*expected, *expected, expected[0]]


@examples(25)
@given(TEXTS, TEXTS)
@example(["\ufeff\ufeffTwo marks"], ["\ufeff\ufeffand two"])
def test_corpus_has_all_ingested_texts(bulk: list[str], single: list[str]) -> None:
    """Texts from JSONL and text files are in the corpus, each once, under the id of its hash."""
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name) / "in", Path(name) / "root"
        folder.mkdir()
        with_schema(root)
        (folder / "bulk.jsonl").write_bytes(jsonl_of(bulk))
        for number, text in enumerate(single):
            (folder / f"{number}.txt").write_bytes(text.encode())
        store = RawStore(root, known_hashes.collect_known_hashes(root))
        for record in read(folder):
            assert isinstance(record, InputArticle)
            store.add(record)
        store.commit()
        data = corpus.load_corpus(root)
        assert data.issues == []
        expected = {files.normalize_newlines(text) for text in bulk + single}
        assert sorted(article["source_text"] for article in data.articles.values()) == sorted(expected)
        assert all(digests.sha256(data.articles[each]["source_text"])[:16] == each for each in data.articles)


def test_reads_fineweb_columns(folder: Path) -> None:
    """FineWeb's columns give text and address; its date, that of the crawl, does not become published."""
    (folder / "000_00000.parquet").write_bytes(parquet_of([FINEWEB]))
    (article,) = articles(read(folder))
    assert article == {
        "text": FINEWEB["text"], "license": "unknown", "url": FINEWEB["url"], "source_id": FINEWEB["id"],
        "metadata": [
            {"name": "date", "value": "2024-02-21T10:00:00Z", "origin": "column date"},
            {"name": "language", "value": "uk", "origin": "column language"},
            {"name": "url", "value": FINEWEB["url"], "origin": "column url"},
        ],
    }  # fmt: skip


def test_reads_news_columns(folder: Path) -> None:
    """The columns of Common Crawl news on the Hub are recognized."""
    row = {
        "plain_text": PROSE, "title": "Accord", "published_date": "2023-05-06", "sitename": "Le Quotidien",
        "requested_url": "https://example.org/b", "author": ["A. B."], "language": "fr",
    }  # fmt: skip
    (folder / "news.jsonl").write_text(json.dumps(row))
    (article,) = articles(read(folder))
    assert (article["text"], article["published"], article["outlet"], article["url"]) == (
        PROSE, "2023-05-06", "Le Quotidien", "https://example.org/b",
    )  # fmt: skip
    assert {"name": "author", "value": "A. B.", "origin": "column author"} in article["metadata"]


def test_prefers_columns_that_the_user_names(folder: Path) -> None:
    """Columns in the settings win over known names."""
    (folder / "x.jsonl").write_text(json.dumps({"text": "no", "corps": "oui", "jour": "2020-01-02T23:30:00+00:00"}))
    (article,) = articles(read(folder, columns={"text": "corps", "published": "jour"}))
    assert (article["text"], article["published"]) == ("oui", "2020-01-02T23:30:00Z")


@pytest.mark.parametrize("packed", [False, True])
def test_reads_pages_of_archives(folder: Path, packed: bool) -> None:
    """Pages and texts with status 200 are read; the other records of a WARC are counted by kind."""
    records = [
        ("https://example.org/1", "text/html; charset=utf-8", page("Un", PROSE * 3), "200 OK"),
        (
            "https://example.org/2",
            "text/html",
            page("Deux", PROSE * 2).replace(b"<title>", b"<meta charset=utf-8><title>"),
            "200 OK",
        ),
        ("https://example.org/3", "text/html", page("Gone", "x"), "404 Not Found"),
        ("https://example.org/4", "image/png", b"\x89PNG", "200 OK"),
        ("https://example.org/5", "text/plain; charset=windows-1251", "Північ".encode("cp1251"), "200 OK"),
    ]
    (folder / f"x.warc{'.gz' if packed else ''}").write_bytes(archive(records, packed))
    found = read(folder)
    assert [each.kind for each in found if isinstance(each, Skipped)] == [
        "records of the kind warcinfo", "answers with the status 404", "answers of the type image/png",
    ]  # fmt: skip
    taken = [each.properties for each in found if isinstance(each, InputArticle)]
    assert [article["url"] for article in taken] == [f"https://example.org/{n}" for n in (1, 2, 5)]
    assert taken[2]["text"] == "Північ"
    assert taken[0]["metadata"][:2] == [
        {"name": "url", "value": "https://example.org/1", "origin": "WARC-Target-URI"},
        {"name": "fetched", "value": "2024-03-01T00:00:00Z", "origin": "WARC-Date"},
    ]


def test_reads_texts_of_wet_archives(folder: Path) -> None:
    """Conversion records, as in Common Crawl's WET files, are texts."""
    stream = io.BytesIO()
    writer = Writer(stream, gzip=True)
    record = writer.create_warc_record(
        "https://example.org/x", "conversion", payload=io.BytesIO("Текст".encode()), warc_content_type="text/plain"
    )
    writer.write_record(record)
    (folder / "x.warc.wet.gz").write_bytes(stream.getvalue())
    assert texts(read(folder)) == ["Текст"]


@pytest.mark.parametrize(
    ("data", "encoding", "origin"),
    [
        ("Київ".encode("utf-16"), "utf-16-le", "BOM"),
        ("Київ".encode("utf-8-sig"), "utf-8", "BOM"),
        ("Київ".encode(), "utf-8", "UTF-8"),
    ],
)
def test_detects_unicode_encodings(folder: Path, data: bytes, encoding: str, origin: str) -> None:
    """Byte order marks decide, then UTF-8; a page keeps the origin of its encoding."""
    (folder / "x.txt").write_bytes(data)
    assert texts(read(folder)) == ["Київ"]
    html = data.decode(encoding if origin != "BOM" else {"utf-16-le": "utf-16", "utf-8": "utf-8-sig"}[encoding])
    mark = {"utf-16-le": b"\xff\xfe", "utf-8": b"\xef\xbb\xbf"}[encoding] if origin == "BOM" else b""
    (folder / "x.txt").unlink()
    (folder / "x.html").write_bytes(mark + f"<html><body><p>{html}</p></body></html>".encode(encoding))
    (article,) = articles(read(folder))
    assert (article["text"], article["rendered"]["encoding"], article["rendered"]["encoding_origin"]) == (
        "Київ", encoding, origin,
    )  # fmt: skip


def test_uses_the_encoding_of_the_settings(folder: Path) -> None:
    """A text in windows-1251 is read with the encoding in the settings, and stored as UTF-8."""
    (folder / "x.txt").write_bytes("Съюз и армия".encode("cp1251"))
    (found,) = read(folder, encoding="cp1251")
    assert isinstance(found, InputArticle)
    assert (found.properties["text"], found.data) == ("Съюз и армия", "Съюз и армия".encode())


def test_reads_folders_and_globs(folder: Path) -> None:
    """A folder is read with its subfolders, sorted; other files are counted; a glob reads its matches."""
    (folder / "b" / "c").mkdir(parents=True)
    (folder / "b" / "c" / "2.txt").write_text("two")
    (folder / "a.txt").write_text("one")
    (folder / "b" / "style.css").write_text("x")
    (folder / ".hidden.txt").write_text("x")
    found = read(folder)
    assert [each.properties["text"] for each in found if isinstance(each, InputArticle)] == ["one", "two"]
    assert [each.kind for each in found if isinstance(each, Skipped)] == [
        "files of a folder with a hidden name", "files of a folder with the ending '.css'",
    ]  # fmt: skip
    assert texts(read(f"{folder}/**/*.txt")) == ["one", "two"]


def test_prefers_an_existing_file_over_a_glob(folder: Path) -> None:
    """A file that exists is read even if its name could be a glob."""
    (folder / "a[1].txt").write_text("one")
    assert texts(read(folder / "a[1].txt")) == ["one"]


def test_detects_forms_by_content(folder: Path) -> None:
    """Without a known suffix the first bytes decide: Parquet, archive, page or JSONL; nothing is text by default."""
    contents = [
        parquet_of([{"text": "one"}]), jsonl_of(["two"]), page("Three", PROSE), b"four",
        archive([("https://example.org", "text/plain", b"five", "200 OK")], False),
    ]  # fmt: skip
    names = []
    for number, content in enumerate(contents):
        names.append(folder / f"x{number}")
        names[-1].write_bytes(content)
    found = [each.properties["text"] for each in read(*names) if isinstance(each, InputArticle)]
    assert [text.split("\n")[0] for text in found] == ["one", "two", "Home", "five"]
    assert texts(read(names[3], form="text")) == ["four"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-05-06", "2024-05-06"),
        ("2024-05-06T23:30:00-02:00", "2024-05-07T01:30:00Z"),
        ("2024-05-06 10:00:00", "2024-05-06"),
        ("0999-01-02T00:00:00Z", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("2024-02-30", None),
        ("6 mai 2024", None),
        (20240506, None),
        (None, None),
    ],
)
def test_parses_publication_times(value: Any, expected: str | None) -> None:
    """A time with a zone becomes UTC, one without becomes its date; anything but ISO 8601 is unknown."""
    assert (publication_dates.parse_date(value).value or None) == expected
