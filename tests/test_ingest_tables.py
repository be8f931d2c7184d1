"""Tables, JSON, feeds and archives: written as a form, the articles are read back the same; what is broken is named."""

import csv
import gzip
import io
import json
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape

import brotli
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner
from warcio.statusandheaders import StatusAndHeaders

from pactwire.cli import ingest
from pactwire.ingest import content_encodings, delimited, encodings, forms, input_reader, json_values
from pactwire.ingest.input_records import IngestSettings, InputArticle, InputRecord, Skipped
from pactwire.model.issues import Issue
from support.examples import examples
from support.mentions import with_schema
from test_ingest_forms import Writer

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<\ufeff"), min_size=1, max_size=40)
WORDS = LINES.filter(lambda text: bool(text.strip()))
BODIES = st.lists(WORDS, min_size=1, max_size=4).map("\n".join)
ROWS = st.lists(st.fixed_dictionaries({"text": BODIES, "title": WORDS.map(str.strip)}), min_size=1, max_size=5)
PROSE = "The river rose by two metres and closed the road to town."


def read(*paths: Path | str, **settings: Any) -> list[InputRecord]:
    """All records of some inputs."""
    return list(input_reader.read_inputs(map(str, paths), IngestSettings(**settings)))


def read_bytes(data: bytes, name: str, **settings: Any) -> list[InputRecord]:
    """All records of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        return read(path, **settings)


def rows_of(found: list[InputRecord]) -> list[dict[str, str]]:
    """Text and title of records, which must be articles."""
    assert all(isinstance(each, InputArticle) for each in found), found
    made = []
    for each in found:
        assert isinstance(each, InputArticle)
        titles = [entry["value"] for entry in each.properties.get("metadata", []) if entry["name"] == "title"]
        made.append({"text": each.properties["text"], "title": titles[0]})
    return made


def issues_of(found: list[InputRecord]) -> list[str]:
    """Lines, codes and messages of the issues of records."""
    return [f"{each.line}: {each.code}: {each.message}" for each in found if isinstance(each, Issue)]


def texts_of(found: list[InputRecord]) -> list[str]:
    """The texts of the articles of records."""
    return [each.properties["text"] for each in found if isinstance(each, InputArticle)]


# --- written as a form, read back the same


def as_csv(rows: list[dict[str, str]], delimiter: str = ",", **dialect: Any) -> str:
    """Rows as CSV with a header."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, ["title", "text"], delimiter=delimiter, **dialect)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def as_rss(rows: list[dict[str, str]]) -> str:
    """Rows as RSS 2.0, the text escaped as most feeds have it."""
    items = "".join(
        f"<item><title>{escape(escape(row['title']))}</title>"
        f"<content:encoded>{escape(as_paragraphs(row['text']))}</content:encoded></item>"
        for row in rows
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>Wire</title>{items}</channel></rss>"
    )


def as_atom(rows: list[dict[str, str]]) -> str:
    """Rows as Atom, the text as XHTML."""
    entries = "".join(
        f"<entry><title type='text'>{escape(row['title'])}</title><content type='xhtml'>"
        f"<div xmlns='http://www.w3.org/1999/xhtml'>{as_paragraphs(row['text'])}</div></content></entry>"
        for row in rows
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Wire</title>{entries}</feed>"


def as_paragraphs(text: str) -> str:
    """A text as HTML, its lines as paragraphs."""
    return "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))


def as_lines_shown(text: str) -> str:
    """A text as a page shows its lines: white space collapses, and blank lines are between paragraphs."""
    lines = [" ".join(line.split(" ")).strip(" ") for line in text.split("\n")]
    return "\n\n".join(line for line in lines if line)


TABLES: dict[str, Callable[[list[dict[str, str]]], str]] = {
    "x.csv": as_csv,
    "semicolons.csv": lambda rows: as_csv(rows, ";", quoting=csv.QUOTE_ALL),
    "unix.csv": lambda rows: as_csv(rows, lineterminator="\n"),
    "x.tsv": lambda rows: as_csv(rows, "\t"),
    "array.json": lambda rows: json.dumps(rows),
    "indented.json": lambda rows: json.dumps(rows, indent=2, ensure_ascii=False),
    "indented.jsonl": lambda rows: json.dumps(rows, indent=1),
    "lines.json": lambda rows: "".join(json.dumps(row) + "\n" for row in rows),
    "glued.json": lambda rows: json.dumps(rows[0]) + "".join(json.dumps(row) + "\n" for row in rows[1:]),
    "several.json": lambda rows: "\n".join(json.dumps(row, indent=4) for row in rows),
    "wrapped.json": lambda rows: json.dumps({"status": "ok", "articles": rows}),
}


@pytest.mark.parametrize("name", TABLES)
@examples(30)
@given(rows=ROWS, packed=st.booleans(), mark=st.booleans())
@example(rows=[{"text": 'A "quote", and\n\n"more', "title": "x,y;z|"}], packed=False, mark=True)
@example(rows=[{"text": "]}[{,\\", "title": '"'}], packed=True, mark=False)
def test_tables_are_read_back(name: str, rows: list[dict[str, str]], packed: bool, mark: bool) -> None:
    """CSV, TSV and every shape of JSON give the same texts and titles, with a BOM and compressed, too."""
    data = ("\ufeff" * mark + TABLES[name](rows)).encode()
    found = read_bytes(gzip.compress(data) if packed else data, name + ".gz" * packed)
    assert rows_of(found) == rows


@pytest.mark.parametrize(("name", "write"), [("x.xml", as_rss), ("x.atom", as_atom), ("noname", as_rss)])
@examples(30)
@given(rows=ROWS)
@example(rows=[{"text": "x", "title": "&lt &amp;"}])
def test_feeds_are_read_back(
    name: str, write: Callable[[list[dict[str, str]]], str], rows: list[dict[str, str]]
) -> None:
    """RSS with escaped HTML and Atom with XHTML give the lines that were put in."""
    rows = [row for row in rows if as_lines_shown(row["text"])]
    found = rows_of(read_bytes(write(rows).encode(), name)) if rows else []
    assert [each["title"] for each in found] == [" ".join(row["title"].split()) for row in rows]
    assert [squeezed(each["text"]) for each in found] == [squeezed(row["text"]) for row in rows]


def squeezed(text: str) -> str:
    """A text without white space, which pages collapse."""
    return "".join(text.split())


@examples(60)
@given(
    st.lists(st.one_of(WORDS, st.integers(), st.none(), st.lists(WORDS, max_size=2)), max_size=6), st.integers(1, 40)
)
def test_splits_json_into_its_values(values: list[Any], piece: int) -> None:
    """Each value of an array comes once, whatever its kind, and however the bytes arrive."""

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(piece, size) if size and size > 0 else piece)

    split = list(json_values.split_values(Slow(json.dumps(values, indent=1).encode())))
    assert [json.loads(each.data) for each in split] == values
    assert [each.line for each in split] == sorted(each.line for each in split)


def answer(url: str, body: bytes, encoding: str | None, chunked: bool = False) -> Any:
    """A response of an archive, with a content encoding."""
    headers = [("Content-Type", "text/html; charset=utf-8")]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    if chunked:
        headers.append(("Transfer-Encoding", "chunked"))
        body = b"".join(
            b"%x\r\n%s\r\n" % (len(body[at : at + 50]), body[at : at + 50]) for at in range(0, len(body), 50)
        )
        body += b"0\r\n\r\n"
    http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
    return lambda writer: writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=http)


def page_of(text: str) -> bytes:
    """A page with a paragraph."""
    return f"<!doctype html><html><body><p>{escape(text)}</p></body></html>".encode()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.compress, "gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress,
    "Deflate": lambda data: raw_deflate(data),
    "zstd": zstandard.compress, "gzip, br": lambda data: brotli.compress(gzip.compress(data)), "identity": bytes,
    "none": bytes,
}  # fmt: skip


def raw_deflate(data: bytes) -> bytes:
    """Deflate without the header of zlib, as some servers send it."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@examples(30)
@given(st.text("abc é.", max_size=30).map(f"{PROSE}{{}}".format), st.sampled_from(sorted(ENCODERS)), st.booleans())
def test_answers_are_decoded(text: str, encoding: str, chunked: bool) -> None:
    """Every content encoding of browsers, also several and chunked; an answer that is decoded already is as it is."""
    body = page_of(text)
    stream = io.BytesIO()
    writer = Writer(stream, gzip=True)
    for number, sent in enumerate((ENCODERS[encoding](body), body)):
        writer.write_record(answer(f"https://example.org/{number}", sent, encoding, chunked)(writer))
    assert [squeezed(each) for each in texts_of(read_bytes(stream.getvalue(), "x.warc.gz"))] == [squeezed(text)] * 2


@pytest.mark.parametrize("packed", [False, True])
def test_reads_arc(packed: bool) -> None:
    """ARC, the older form of archives, also compressed record by record."""
    version = b"1 0 Archive\nURL IP-address Archive-date Content-type Archive-length\n"
    parts = [b"filedesc://x.arc 0.0.0.0 20080430204825 text/plain %d\n" % len(version) + version + b"\n"]
    for number in range(2):
        body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page_of(f"{PROSE} {number}")
        parts.append(
            b"http://example.org/%d 127.0.0.1 20080430204826 text/html %d\n" % (number, len(body)) + body + b"\n"
        )
    data = b"".join(gzip.compress(part) for part in parts) if packed else b"".join(parts)
    found = read_bytes(data, "x.arc.gz" if packed else "x.arc")
    assert texts_of(found) == [f"{PROSE} 0", f"{PROSE} 1"]
    assert [each.properties["url"] for each in found if isinstance(each, InputArticle)] == [
        "http://example.org/0", "http://example.org/1",
    ]  # fmt: skip


def test_reads_pages_of_the_web_alone() -> None:
    """What a crawler says of itself, answers of name servers, and rules for crawlers are counted by kind."""
    stream = io.BytesIO()
    writer = Writer(stream, gzip=False)
    texts = {
        "metadata://gnu.org/software/wget/warc/MANIFEST.txt": "resource", "urn:X-wpull:log": "resource",
        "dns:example.org": "response", "https://example.org/robots.txt?x=1": "conversion",
        "https://example.org/Ads.txt": "conversion", "https://example.org/robots.txt/news": "conversion",
        "https://example.org/a?about=/robots.txt": "conversion", "<ftp://example.org/b>": "resource", "": "resource",
    }  # fmt: skip
    for url, kind in texts.items():
        record = writer.create_warc_record(
            url, kind, payload=io.BytesIO(f"{PROSE}: {url}".encode()), warc_content_type="text/plain"
        )
        writer.write_record(record)
    found = read_bytes(stream.getvalue(), "x.warc")
    assert [each.kind for each in found if isinstance(each, Skipped)] == [
        "records of addresses with metadata:", "records of addresses with urn:", "records of addresses with dns:",
        "texts named robots.txt", "texts named ads.txt",
    ]  # fmt: skip
    assert texts_of(found) == [f"{PROSE}: {url}" for url in list(texts)[5:]]


def test_counts_the_name_servers_of_arc() -> None:
    """An ARC has the answers of name servers beside those of the web."""
    version = b"1 0 Archive\nURL IP-address Archive-date Content-type Archive-length\n"
    data = b"filedesc://x.arc 0.0.0.0 20080430204825 text/plain %d\n" % len(version) + version + b"\n"
    answer = b"20080430204825\nexample.org. 3600 IN A 192.0.2.1\n"
    data += b"dns:example.org 192.0.2.1 20080430204825 text/dns %d\n" % len(answer) + answer + b"\n"
    rules = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nUser-agent: *\n"
    data += b"http://example.org/robots.txt 192.0.2.1 20080430204825 text/plain %d\n" % len(rules) + rules + b"\n"
    assert read_bytes(data, "x.arc") == [
        Skipped("records of the kind warcinfo"), Skipped("records of addresses with dns:"),
        Skipped("texts named robots.txt"),
    ]  # fmt: skip


# --- HTML in columns


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"<p>{PROSE}</p><p>Second &amp; last.</p>", f"{PROSE}\n\nSecond & last."),
        (f"{PROSE}\n\nSee <a href='x'>more</a>.", f"{PROSE}\n\nSee more."),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("if a < b and b > c, then <p> is a tag", "if a < b and b > c, then <p> is a tag"),
        ("5 < 6 &amp; more", "5 < 6 &amp; more"),
        (f"<!doctype html><html><body><p>{PROSE}</p></body></html>", PROSE),
        ("<script>let a</script><p>shown</p>", "shown"),
    ],
)
def test_rows_of_html_are_read_as_html(value: str, expected: str) -> None:
    """In one column, rows of HTML give what they show and rows of plain text stay as they are."""
    rows = json.dumps({"text": value}) + "\n" + json.dumps({"text": PROSE}) + "\n"
    html, plain = read_bytes(rows.encode(), "x.jsonl")
    assert isinstance(html, InputArticle) and isinstance(plain, InputArticle)
    assert (html.properties["text"].strip(), plain.properties["text"]) == (expected, PROSE)
    assert ("rendered" in html.properties) is (value != expected)
    assert "rendered" not in plain.properties


# --- what is broken is named, and nothing else is lost


@pytest.mark.parametrize(
    ("data", "name", "taken", "issues"),
    [
        (f'title,text\nA,{PROSE}\nB,"{PROSE}\nC,{PROSE}\nD,{PROSE}\n', "x.csv", 1,
         ["3: ingest-quote: the record that begins here has a quote that is not closed as it should be (unexpected end "
          "of data); it and the rest of the file are not read"]),
        (f'title,text\nA,{PROSE}\nB,"{PROSE}" he said\nC,{PROSE}\n', "x.csv", 1,
         ["3: ingest-quote: the record that begins here has a quote that is not closed as it should be (',' expected "
          "after '\"'); it and the rest of the file are not read"]),
        (f"title,text\nA,{PROSE}\nB\nC,a,b,c\n\nD,{PROSE}", "x.csv", 2,
         ["3: ingest-value: the record has 1 fields, the header has 2",
          "4: ingest-value: the record has 4 fields, the header has 2"]),
        (f"text,text\n{PROSE},{PROSE}\n", "x.csv", 0, ["1: duplicate-key: the column 'text' is there more than once"]),
        ("a,b\n1,2\n", "x.csv", 0, ["1: ingest-columns: no column has the text; the columns are: a, b"]),
        ("", "x.tsv", 0, ["1: ingest-empty: the file has no header"]),
        ('[{"text": "one"}, {"text": "two"}, {"text": ', "x.json", 2,
         ["1: not-json: the value that begins here is never closed; what comes after it is not read"]),
        ('[\n{"text": "one"}\n', "x.json", 1,
         ["1: not-json: the array that begins here is never closed; what comes after it is not read"]),
        ('[\n{"text": "one"},\n7,\n{"text": "a", "text": "b"},\n{"text" "c"},\n{"text": "two"}]', "x.json", 2,
         ["2: ingest-value: the line is not an object but int",
          "4: duplicate-key: the key 'text' is duplicated in one object", "5: not-json: Expecting ':' delimiter"]),
        ('{"articles": [{"body": "one"}, {"nothing": 1}]}', "x.json", 1,
         ["1: ingest-columns: no column has the text; the columns are: nothing"]),
        ("<rss><channel><item><description>one</description></item><item><description>two</item></channel></rss>",
         "x.rss", 1, ["1: ingest-broken: the XML is broken: Opening and ending tag mismatch: description line 1 and "
                      "item, line 1, column 87; the 1 entries before were read"]),
        ('<!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><channel><item><description>&a;</description></item></channel></rss>',
         "x.rss", 0, ["1: ingest-broken: the feed declares entities of its own"]),
        ("<rss><channel><item><title>x</title></item></channel></rss>", "x.rss", 0,
         ["1: ingest-empty: there is no text"]),
    ],
)  # fmt: skip
def test_names_what_is_broken(data: str, name: str, taken: int, issues: list[str]) -> None:
    """A quote that never ends, records that do not fit, JSON and XML that break off: each has its line."""
    found = read_bytes(data.encode(), name)
    assert (len(texts_of(found)), issues_of(found)) == (taken, issues)


def test_reads_broken_entities_of_feeds() -> None:
    """Entities of HTML are characters, ampersands that begin none stay, unknown ones too; CDATA is left alone."""
    title = "<title>AT&T &eacute;t&eacute; &nbsp;&foo;</title>"
    item = f"<item>{title}<description>caf&eacute; &amp;amp; R&D; <![CDATA[<p>a &amp; b</p>]]></description></item>"
    (article,) = read_bytes(f"<rss><channel>{item}</channel></rss>".encode(), "x.rss")
    assert isinstance(article, InputArticle)
    assert article.properties["metadata"][0]["value"] == "AT&T été &foo;"
    assert article.properties["text"].split() == ["café", "&", "R&D;", "a", "&", "b"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1251"])
@pytest.mark.parametrize("declares", [True, False])
def test_feeds_are_read_in_any_encoding(encoding: str, declares: bool) -> None:
    """A byte order mark, the XML declaration or the user says the encoding; references are read in all of them."""
    label = {"cp1251": "windows-1251", "utf-8-sig": "utf-8", "utf-16-be": "utf-16"}.get(encoding, encoding)
    text = f'<?xml version="1.0" encoding="{label}"?>\n' if declares else ""
    item = "<title>A &amp; Б &mdash;</title><description>Съюз &amp; R&D</description>"
    text += f"<rss><channel><item>{item}</item></channel></rss>"
    data = (b"\xfe\xff" if encoding == "utf-16-be" else b"") + text.encode(encoding)
    settings = {"encoding": "windows-1251"} if encoding == "cp1251" and not declares else {}
    found = read_bytes(data, "x.xml", **settings)
    assert texts_of(found) == ["Съюз & R&D"]
    assert isinstance(found[0], InputArticle)
    assert found[0].properties["metadata"][0]["value"] == "A & Б —"
    if settings:
        (issue,) = issues_of(read_bytes(data, "x.xml"))
        assert issue.startswith("1: ingest-encoding: byte 0xC1 at offset 35 is not UTF-8, and no other encoding")


def test_reads_the_entries_before_bytes_of_another_encoding() -> None:
    """A feed that ends inside a character, or has one stray byte, loses no entry before it."""
    item = "<item><description>été {}</description></item>"
    data = f"<rss><channel>{item.format(1)}{item.format(2)}<item><description>é".encode()
    for broken in (data[:-1], data + b"\xff</description></item></channel></rss>"):
        found = read_bytes(broken, "x.rss")
        assert texts_of(found) == ["été 1", "été 2"]
        (issue,) = issues_of(found)
        assert issue.startswith("1: ingest-encoding: byte 0x")
        assert issue.endswith("; the 2 entries before were read")


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("<description><![CDATA[It&#8217;s Tom &amp; Jerry [&#8230;]]]></description>", "It’s Tom & Jerry […]"),
        ("<description><![CDATA[Tom &amp; Jerry\n\na <b>]]></description>", "Tom & Jerry\n\na <b>"),
        ("<description>It&amp;rsquo;s &amp;lt; this</description>", "It’s < this"),
        ("<description>R&amp;D; and &amp;copy=1</description>", "R&D; and &copy=1"),
        ("<description><p>One <b>two</b> x.</p><p>Four &lt; five.</p></description>", "One two x.\n\nFour < five."),
        ("<description>a &lt; b <i>c</i> d<br/>e</description>", "a < b c d\ne"),
        ("<description>with <!-- a comment --> <?x y?>inside</description>", "with  inside"),
        ("<summary type='text'>It&amp;rsquo;s</summary>", "It&rsquo;s"),
    ],
)  # fmt: skip
def test_texts_of_feeds_are_html(element: str, expected: str) -> None:
    """References and elements of HTML are shown as a page shows them; Atom may say that a text is plain."""
    assert texts_of(read_bytes(f"<rss><channel><item>{element}</item></channel></rss>".encode(), "x.rss")) == [expected]


def test_reads_elements_of_feeds() -> None:
    """Date, authors, section, language, outlet, address and license are taken; what is not is counted by name."""
    item = (
        "<item><title>A</title><link>https://a.example/1</link><guid>tag:1</guid><pubDate>Sat, 01 Mar 2025 09:00:00 GMT"
        "</pubDate><dc:creator>B. C.</dc:creator><dc:creator>D. E.</dc:creator><category>Town</category>"
        f"<category>River</category><description>{PROSE}</description><media:thumbnail url='x'/>"
        "<dc:rights>CC0</dc:rights></item>"
    )
    feed = (
        "<rss xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/'><channel>"
        f"<title>A&amp;amp;B</title><language>en-gb</language><image><title>no</title></image>{item}</channel></rss>"
    )
    (article,) = read_bytes(feed.encode(), "x.rss")
    assert isinstance(article, InputArticle)
    about = {key: value for key, value in article.properties.items() if key not in ("metadata", "text")}
    assert about == {
        "license": "CC0", "url": "https://a.example/1", "outlet": "A&B", "section": "Town", "source_id": "tag:1",
        "published": "2025-03-01T09:00:00Z",
    }  # fmt: skip
    stated = {each["name"]: (each["value"], each["origin"]) for each in article.properties["metadata"]}
    assert stated["author"] == ("B. C.; D. E.", "element dc:creator")
    assert stated["language"] == ("en-gb", "element language of the feed")
    assert dict(article.unread) == {"element category": "", "element media:thumbnail": ""}


def test_reads_rss_of_rdf() -> None:
    """In RSS 1.0 the entries stand beside the channel, whose title is their outlet all the same."""
    feed = (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>Wire</title><dc:language>cy</dc:language></channel>"
        f"<item><title>A</title><description>{PROSE}</description><dc:date>2025-03-01T09:00+01:00</dc:date></item></rdf:RDF>"
    )
    (article,) = read_bytes(feed.encode(), "x.rdf")
    assert isinstance(article, InputArticle)
    assert (article.properties["outlet"], article.properties["published"]) == ("Wire", "2025-03-01T08:00:00Z")
    assert {"name": "language", "value": "cy", "origin": "element dc:language of the feed"} in article.properties[
        "metadata"
    ]


@pytest.mark.parametrize(
    ("encoding", "body", "message"),
    [
        ("br", b"\xff\xfenothing", "the content is not br as its header says"),
        (
            "gzip",
            gzip.compress(page_of(PROSE), mtime=0)[:-12],
            "the content is not gzip as its header says: it ends early",
        ),
        ("compress", page_of(PROSE), "the content encoding 'compress' is not known"),
    ],
)
def test_answers_that_can_t_be_decoded_are_named(encoding: str, body: bytes, message: str) -> None:
    """Only the one answer is lost: those after it are read."""
    stream = io.BytesIO()
    writer = Writer(stream, gzip=True)
    for sent, header in ((body, encoding), (page_of(PROSE), None)):
        writer.write_record(answer("https://example.org/", sent, header)(writer))
    found = read_bytes(stream.getvalue(), "x.warc.gz")
    assert texts_of(found) == [PROSE]
    (issue,) = issues_of(found)
    assert issue.startswith("1: ingest-content: ") and message in issue


@pytest.mark.parametrize("name", sorted({*ENCODERS} - {"identity", "none"}))
def test_content_that_ends_early_is_named(name: str) -> None:
    """However little is missing, and however many frames came before."""
    data = Random(1).randbytes(200_000)
    for whole in (ENCODERS[name](data), ENCODERS[name](PROSE.encode())):
        for cut in (1, 3, len(whole) // 2):
            with pytest.raises(content_encodings.ContentEncodingError, match="early"):
                content_encodings.decode_content(whole[:-cut], name, 10_000_000)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
@pytest.mark.parametrize("count", [2, 5_000])
def test_all_members_of_content_are_decoded(name: str, count: int) -> None:
    """A crawler may have joined them; the last one must be whole, and the size is that of all."""
    one = ENCODERS[name](PROSE.encode())
    expected = PROSE.encode() * count
    assert content_encodings.decode_content(one * count, name, 10_000_000) == expected
    assert content_encodings.decode_content(one * count, name, 70) == expected[:70]
    with pytest.raises(content_encodings.ContentEncodingError, match="early"):
        content_encodings.decode_content(one * count + one[:-5], name, 10_000_000)


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_what_comes_after_content_is_ignored(name: str) -> None:
    """Browsers do so, too."""
    assert content_encodings.decode_content(ENCODERS[name](b"one") + b"\0rest", name, 100) == b"one"


def test_content_is_decoded_up_to_a_size() -> None:
    """A small answer that would fill memory is cut at the size that is asked for."""
    for name in ("br", "gzip", "zstd"):
        assert content_encodings.decode_content(ENCODERS[name](bytes(10_000_000)), name, 1_000) == bytes(1_000)


# --- no file is an article by default


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("notes", PROSE.encode(), f"its name has no ending, and it starts like plain text, '{PROSE[:40]}'"),
        ("a.docx", b"PK\x03\x04\x14", "its name has the ending '.docx', and it starts like a ZIP archive"),
        ("a.pdf", b"%PDF-1.7", "its name has the ending '.pdf', and it starts like a PDF file"),
        ("a.xml", b"<?xml version='1.0'?><urlset/>",
         "its name has the ending '.xml', and it starts like XML with the root 'urlset'"),
        ("a.txt", b"<!DOCTYPE html><p>x",
         "its name has the ending '.txt', and it starts like an HTML page, '<!DOCTYPE html><p>x'"),
        ("a.csv", b"<html><p>Error 404</p>", "its name has the ending '.csv', and it starts like an HTML page, "
         "'<html><p>Error 404</p>'"),
        ("a", b"a\0b", "its name has no ending, and it starts like binary data"),
        ("a.gz", gzip.compress(b"", mtime=0), "its name has no ending, and it starts like nothing"),
    ],
)  # fmt: skip
def test_unknown_forms_are_refused(name: str, data: bytes, message: str) -> None:
    """Each with its ending and what was seen; the option says what it is."""
    assert issues_of(read_bytes(data, name)) == [f"1: ingest-form: {message}"]
    if data.decode("latin-1").isprintable():
        assert isinstance(read_bytes(data, name, form="text")[0], InputArticle)


def test_bytes_of_zero_are_left_to_the_reader() -> None:
    """A page may have one, which browsers read over; in a text it is named with its place."""
    assert texts_of(read_bytes(page_of(PROSE).replace(b"<body>", b"<body>\0"), "x.html")) == [PROSE]
    assert issues_of(read_bytes(b"a\0b", "x.txt"))[0].startswith("1: control-character: ")


def test_every_form_has_a_reader_and_an_option() -> None:
    """The forms of the option, of endings and of readers are the same."""
    from pactwire.ingest import inputs

    assert tuple(ingest.InputForm) == forms.FORMS
    assert set(inputs.FORMS_BY_SUFFIX.values()) == set(forms.FORMS)
    for form in forms.FORMS:
        assert "ingest-form" not in [each.code for each in read_bytes(b"x", "x", form=form) if isinstance(each, Issue)]


# --- names and encodings


def test_subfolders_stay_in_names(tmp_path: Path) -> None:
    """Files of one name in several folders keep their folders, in the ids at the source and in dataset/raw."""
    for name in ("a/1.html.gz", "b/1.html.gz", "a/2.txt", "b/c/2.txt"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = page_of(name) if "html" in name else name.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    for named in (tmp_path / "in", f"{tmp_path / 'in'}/**/*.*"):
        found = [each for each in read(named) if isinstance(each, InputArticle)]
        shown = sorted(each.file or str(each.properties.get("source_id")) for each in found)
        assert shown == ["a/1.html", "a_2.txt", "b/1.html", "b_c_2.txt"]
    done = CliRunner().invoke(
        ingest.app, ["ingest", str(tmp_path / "in"), "--root", str(with_schema(tmp_path / "root"))]
    )
    assert done.exit_code == 0
    assert {path.name for path in (tmp_path / "root/dataset/raw").iterdir()} >= {"a_2.txt", "b_c_2.txt"}


@pytest.mark.parametrize("name", ["x.txt", "x.csv", "x.jsonl", "x.json", "x.html"])
def test_each_input_has_its_encoding(tmp_path: Path, name: str) -> None:
    """In a folder of mixed encodings, patterns say which file is in which; the others are named."""
    write: dict[str, Callable[[str], str]] = {
        "x.txt": str, "x.csv": lambda text: f"text\n{text}\n", "x.jsonl": lambda text: f'{{"text": "{text}"}}\n',
        "x.json": lambda text: f'[\n{{"text": "{text}"}}]',
        "x.html": lambda text: f"<html><body><p>{text}</p></body></html>",
    }  # fmt: skip
    put = {"old": ("Съюз и армия", "cp1251"), "older": ("Союз и армия", "koi8-r"), "new": ("Союз та армія", "utf-8")}
    for folder, (text, encoding) in put.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(write[name](text).encode(encoding))
    options = {"*old/*": "cp1251", "*older/*": "koi8-r"}
    assert sorted(texts_of(read(tmp_path, encodings=options))) == sorted(text for text, _ in put.values())
    found = read(tmp_path)
    assert texts_of(found) == ["Союз та армія"]
    assert [each.code for each in found if isinstance(each, Issue)] in (["ingest-encoding"] * 2, ["not-utf8"] * 2)


def test_a_byte_of_another_encoding_costs_one_record() -> None:
    """The other records of CSV are read."""
    data = b"title,text\nA,one\nB,ca\xf1on\nC,three\n"
    found = read_bytes(data, "x.csv")
    assert texts_of(found) == ["one", "three"]
    assert issues_of(found) == [
        "3: not-utf8: the record has bytes that are not UTF-8, and no encoding is named that fits",
    ]  # fmt: skip


@pytest.mark.parametrize("bad", [b"\x00\xd8", b"\x00\xdc", b"\xff\xdb"])
def test_a_unit_that_is_not_utf16_costs_one_record(bad: bytes) -> None:
    """Half a pair is named with its record, and so is an odd byte at the end; the other records are read."""
    lines = [each.encode("utf-16-le") for each in ("\ufefftitle,text\r\n", "A,one\r\n", "B,ca")]
    rest = ["n\r\n".encode("utf-16-le"), "C,three\r\n".encode("utf-16-le")]
    says = "not-utf8: the record has bytes that are not UTF-8, and no encoding is named that fits"
    found = read_bytes(b"".join([*lines, bad, *rest]), "x.csv")
    assert (texts_of(found), issues_of(found)) == (["one", "three"], [f"3: {says}"])
    found = read_bytes(b"".join([*lines, *rest, b"\n"]), "x.csv")
    assert (texts_of(found), issues_of(found)) == (["one", "can", "three"], [f"5: {says}"])


LINE_ENDS = "\n" * 300


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("long", [
    f"B,{'x' * 300}\n", f'"B",{"x" * 300}', f'B,"{"x" * 300}"\n', f'B,"x{LINE_ENDS}x"\n', f'{"x" * 300},"\n\n"\n',
    f'B,"{"x, y " * 20}\n{"x" * 300}"\n', f'B,"x\n{"x" * 300}""\n"""\n', f'"B\n{"x" * 300}","x\ny"\n',
])  # fmt: skip
def test_a_record_that_is_too_long_costs_itself(monkeypatch: pytest.MonkeyPatch, long: str, mark: str) -> None:
    """In one line or in many, with quotes or without them: the records after it are read, from their own lines."""
    monkeypatch.setattr(delimited, "_MAX_RECORD", 200)
    limit = csv.field_size_limit()
    long = long.removesuffix("\n") + "\n"
    text = f"{mark}title,text\nA,one\n{long}C,three\nD\n"
    found = read_bytes(text.encode("utf-16-le" if mark else "utf-8"), "x.csv")
    assert texts_of(found) == ["one", "three"]
    assert issues_of(found) == [
        "3: too-large: the record has more than the 200 characters allowed",
        f"{4 + long.count(chr(10))}: ingest-value: the record has 1 fields, the header has 2",
    ]
    assert csv.field_size_limit() == limit


def test_a_quote_that_never_ends_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named as such, however much comes after it; a header that is too long ends the file."""
    monkeypatch.setattr(delimited, "_MAX_RECORD", 200)
    found = read_bytes(f'title,text\nA,one\nB,"{"x" * 99}\n'.encode() + b"C,x\n" * 999, "x.csv")
    assert (texts_of(found), issues_of(found)[0][:15]) == (["one"], "3: ingest-quote")
    assert [each[:12] for each in issues_of(read_bytes(b"text," * 99 + b"\nA,one\n", "x.csv"))] == ["1: too-large"]


def test_a_text_over_the_limit_of_a_table_costs_one_record() -> None:
    """Its size is that of an article, and the records after it are read."""
    found = read_bytes(b"text\n" + b"x" * 10_100_000 + b'\n"' + b"x" * 10_100_000 + b'"\nlast\n', "x.csv")
    assert texts_of(found) == ["last"]
    assert [each[:12] for each in issues_of(found)] == ["2: too-large", "3: too-large"]


def test_hints_only_where_detectors_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint has the words that it would give; where the detectors differ there is none."""
    spanish = "Muñoz pidió más compañías para Ávila. ¿Quién pagará? El señor Peñalver no respondió al teléfono."
    (issue,) = issues_of(read_bytes(spanish.encode("latin-1"), "x.txt"))
    assert "it may be cp1252, which gives Muñoz, pidió, más, compañías, Ávila" in issue
    monkeypatch.setattr("chardet.detect", lambda data: {"encoding": "cp1250"})
    (issue,) = issues_of(read_bytes(spanish.encode("latin-1"), "x.txt"))
    assert issue == "1: ingest-encoding: byte 0xF1 at offset 2 is not UTF-8, and no other encoding is declared"


@examples(40)
@given(st.lists(st.sampled_from("กขคงจชดตถทธนบปผพฟมยรลวสหอะาำิีึืุูเแโใไ็่้๊๋์ัๆ"), min_size=20).map("".join))
@example("รัฐบาลสนับสนุนข้อเสนอ")
def test_thai_is_no_mixture(words: str) -> None:
    """Words in cp874 that have bytes of four characters in UTF-8 are read; a page that has both is rejected."""
    thai = words + "ฯะเ"  # no UTF-8 as a whole
    assert encodings.decode(thai.encode("cp874"), [("tis-620", "meta")]).text == thai
    with pytest.raises(encodings.UndecodableError, match="a mixture"):
        encodings.decode(thai.encode("cp874") + " ข้อเสนอ".encode(), [("tis-620", "meta")])


def test_the_encoding_of_the_user_is_never_contradicted() -> None:
    """What would be a mixture is read where the user names the encoding, whatever else declares it too."""
    both = "Съюз".encode("cp1251") + "Съюз".encode()
    with pytest.raises(encodings.UndecodableError, match="a mixture"):
        encodings.decode(both, [("cp1251", "meta")])
    for declared in ([], [("windows-1251", "meta")]):
        assert encodings.decode(both, [*declared, ("cp1251", "--encoding")]).text == both.decode("cp1251")


@pytest.mark.parametrize(
    ("label", "text", "codec"),
    [
        ("windows-874", "ข้อเสนอ", "cp874"), ("dos-874", "ข้อเสนอ", "cp874"), ("windows-31j", "髙①", "cp932"),
        ("x-sjis", "髙①", "cp932"), ("x-euc-jp", "首相", "euc_jp"), ("iso-8859-8-i", "שלום", "iso8859-8"),
        ("x-gbk", "总理", "gb18030"), ("csgb2312", "总理", "gb18030"), ("gb_2312-80", "总理", "gb18030"),
        ("cn-big5", "總理", "big5hkscs"), ("x-x-big5", "總理", "big5hkscs"), ("windows-949", "총리", "cp949"),
        ("cseuckr", "총리", "cp949"), ("x-cp1250", "šéf", "cp1250"), ("x-cp1251", "Съюз", "cp1251"),
        ("x-mac-cyrillic", "Съюз", "mac-cyrillic"), ("koi8-ru", "Київ", "koi8-u"), ("koi8", "Союз", "koi8-r"),
        ("latin-1", "café “x”", "cp1252"), ("ISO_8859-9", "ğış", "cp1254"), ("x-user-defined", "café", "cp1252"),
        ("cp437", "café", "cp437"), ("hz", "总理", "hz"), ("iso-2022-jp", "首相", "iso2022_jp"),
    ],
)  # fmt: skip
def test_labels_are_read_as_browsers_read_them(label: str, text: str, codec: str) -> None:
    """The labels of the Encoding standard come first, then Python's names."""
    found = encodings.decode(text.encode(codec), [(label, "meta")])
    assert (found.text, found.encoding) == (text, codec)


@pytest.mark.parametrize("label", ["hz-gb-2312", "iso-2022-kr", "iso-2022-cn"])
def test_labels_that_browsers_refuse(label: str) -> None:
    """Text in them would be read as junk in ASCII, so it is refused by name; an encoding of the user is tried."""
    data = "A 总理".encode("hz")
    with pytest.raises(encodings.UndecodableError, match=f"meta says {label}, which browsers do not decode"):
        encodings.decode(data, [("unknown", "HTTP"), (label, "meta")])
    assert encodings.decode(data, [(label, "meta"), ("hz", "--encoding")]).text == "A 总理"
    assert encodings.decode("总理".encode(), [(label, "meta")]).text == "总理"
    assert encodings.decode(data, [("utf-8", "HTTP"), (label, "meta")]).encoding == "utf-8"


@pytest.mark.parametrize("label", ["undefined", "base64", "utf-7", "idna", "a\0b", "\udcff", "klingon"])
def test_labels_that_are_no_encoding(label: str) -> None:
    """A page may declare anything, also what Python has and what is no encoding of text."""
    assert encodings.codec(label) == ""
    with pytest.raises(encodings.UndecodableError, match="no other encoding is declared"):
        encodings.decode(b"\xff", [(label, "meta")])


@examples(40)
@given(st.binary(min_size=1, max_size=60))
def test_hints_never_fail(data: bytes) -> None:
    """Any bytes are decoded or refused, with or without a hint."""
    try:
        encodings.decode(data, [])
    except encodings.UndecodableError as error:
        assert str(error)


def test_options_of_the_command(tmp_path: Path) -> None:
    """Encodings by pattern and the form reach the reader; wrong ones are usage errors."""
    (tmp_path / "x.old").write_bytes("Съюз".encode("cp1251"))
    call = ["read", str(tmp_path / "x.old"), "--form", "text", "--encoding", "*.old=cp1251", "--encoding", "latin-1"]
    done = CliRunner().invoke(ingest.app, call)
    assert json.loads(done.stdout)["source_text"] == "Съюз"
    for right in ("windows-31j", "hz", "cp437"):
        assert CliRunner().invoke(ingest.app, [*call, "--encoding", f"*.x={right}"]).exit_code == 0
    for wrong in ("nothing", "hz-gb-2312"):
        assert CliRunner().invoke(ingest.app, [*call[:-1], f"*.x={wrong}"]).exit_code == 2
    assert CliRunner().invoke(ingest.app, [*call[:3], "docx"]).exit_code == 2


def test_skipped_files_are_counted_by_ending(tmp_path: Path) -> None:
    """Files of a folder that nothing reads."""
    for name in ("a.css", "b.css", "noend", ".hidden.txt"):
        (tmp_path / name).write_text("x")
    assert sorted(each.kind for each in read(tmp_path) if isinstance(each, Skipped)) == [
        "files of a folder with a hidden name", "files of a folder with no ending",
        "files of a folder with the ending '.css'", "files of a folder with the ending '.css'",
    ]  # fmt: skip
