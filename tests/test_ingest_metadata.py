"""What pages and tables state of an article reaches its row, each value with its origin, and dates are never wrong."""

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from pactwire.build import input_rows
from pactwire.corpus.publication_dates import AMBIGUOUS, UNREADABLE, parse_date
from pactwire.ingest import html_parsing, ingest_report, input_reader, page_metadata, page_reading, record_columns
from pactwire.ingest.input_records import IngestSettings, InputArticle
from pactwire.storage import fingerprint
from support.examples import examples

TITLE = "Council votes for a new bridge"
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2050, 12, 30)).map(lambda value: value.replace(microsecond=0))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def metadata(head: str = "", body: str = f"<h1>{TITLE}</h1>", attributes: str = "") -> page_metadata.PageMetadata:
    """What a page with this head and body states."""
    html = f"<html {attributes}><head>{head}</head><body>{body}</body></html>"
    return page_metadata.read_metadata(document_fromstring(html))


def ld(value: Any, kind: str = "application/ld+json") -> str:
    """A block of JSON-LD."""
    return f'<script type="{kind}">{value if isinstance(value, str) else json.dumps(value)}</script>'


def meta(name: str, value: str) -> str:
    """A meta element."""
    return f'<meta property="{name}" content="{value}">'


def origins(found: page_metadata.PageMetadata) -> dict[str, tuple[str, str]]:
    """Value and origin of each name, the first one."""
    return {each["name"]: (each["value"], each["origin"]) for each in reversed(found.entries)}


# --- titles


@pytest.mark.parametrize("separator", [" | ", " - ", " – ", " — ", " » ", " :: "])
@pytest.mark.parametrize("site", ["Parish News", "The Daily Örtliche", "例報"])
def test_title_is_without_the_name_of_the_site(separator: str, site: str) -> None:
    """Whether the site says its name, or only the heading and JSON-LD repeat the rest."""
    whole = f"{TITLE}{separator}{site}"
    head = meta("og:title", whole) + f"<title>{whole}</title>"
    for known in (meta("og:site_name", site), ld({"@type": "NewsArticle", "headline": TITLE})):
        assert origins(metadata(head + known))["title"][0] == TITLE
    assert origins(metadata(head + meta("og:site_name", site), ""))["title"] == (TITLE, "meta og:title")


@pytest.mark.parametrize(
    ("head", "body", "expected", "origin"),
    [
        ("", f"<h1>{TITLE}</h1>", TITLE, "h1"),
        ("", f"<h1>Sport</h1><p itemprop='headline'>{TITLE}</p><title>x</title>", TITLE, "itemprop headline"),
        (ld({"@type": "Report", "headline": f"{TITLE} &amp; more"}), "", f"{TITLE} & more", "JSON-LD headline"),
        (f"<title>{TITLE}</title>", "<h1>Daily</h1><h1>Council votes<br>for a new bridge</h1>", TITLE, "h1"),
        (meta("og:title", "A bridge, at last: council votes for it"), f"<h1>{TITLE}</h1>",
         "A bridge, at last: council votes for it", "meta og:title"),
        (ld({"@type": "NewsArticle", "headline": f"A - {TITLE}"}) + meta("application-name", f"A - {TITLE}"), "",
         f"A - {TITLE}", "JSON-LD headline"),
        (meta("og:title", f"{TITLE}, say engineers") + ld({"@type": "NewsArticle", "headline": TITLE})
         + f"<title>{TITLE} | x</title><meta name='title' content='{TITLE}'>", "<h1>Live: all news</h1>", TITLE,
         "JSON-LD headline"),
        (ld({"@type": "NewsArticle", "headline": "Floods: A bridge"}),
         "<h1><span>Floods:</span><span>A bridge</span></h1>",
         "Floods: A bridge", "JSON-LD headline"),
        ("", "<h1><div>Floods:</div><div>A <i>b</i>ridge</div></h1>", "Floods: A bridge", "h1"),
        (meta("og:title", "Wetterbericht"), f"<h1>{TITLE}</h1><title>{TITLE}</title>", TITLE, "h1"),
        (meta("og:title", "Council votes for…"), f"<h1>{TITLE}</h1>", TITLE, "h1"),
    ],
)  # fmt: skip
def test_title_is_what_the_page_states(head: str, body: str, expected: str, origin: str) -> None:
    """The title for links comes first, unless it is cut or another thing; then the heading that is repeated."""
    assert origins(metadata(head, body))["title"] == (expected, origin)


@pytest.mark.parametrize("address", ["http://[x/", "http://[::1/", "http://a]b/", "//[", "https://ex\u2100mple.org/"])
def test_an_address_that_is_none_names_no_site(address: str) -> None:
    """It stays as the page states it, and the page is read."""
    found = metadata(f'<link rel="canonical" href="{address}"><title>{TITLE}</title>')
    assert origins(found)["title"] == (TITLE, "h1")


def test_a_heading_has_hidden_elements_of_any_depth() -> None:
    """Its words are those outside of them, and inside of them as well, with blanks around blocks alone."""
    deep = "<span hidden>" + "<span>" * 1_500 + "deep" + "</span>" * 1_500 + "</span>"
    root = html_parsing.parse_html(
        f"<h1>Cou<b>nc</b>il <i>votes </i>for<script>x</script> a<div>new</div>bridge {deep}</h1>"
    )
    assert root is not None
    found = page_metadata.read_metadata(root)
    assert origins(found)["title"] == (f"{TITLE} deep", "h1")


def test_title_that_differs_from_the_heading_keeps_both() -> None:
    """The row has the stated title; the one that the page shows becomes the title zone and stays in the metadata."""
    found = metadata(meta("og:title", "Bridge: what the council votes for") + f"<title>{TITLE}</title>")
    assert [each["value"] for each in found.entries if each["name"] == "title"] == [
        "Bridge: what the council votes for", TITLE,
    ]  # fmt: skip
    assert found.shown_title == TITLE


# --- JSON-LD

ARTICLE = {
    "@type": "NewsArticle", "headline": TITLE, "datePublished": "2015-11-28T05:36:00Z",
    "author": [{"name": "A. B."}, "C. D."],
    "publisher": {"@type": "Organization", "name": "Parish News"}, "articleSection": "Town", "inLanguage": "en",
    "license": {"@id": "https://creativecommons.org/licenses/by/4.0/"},
}  # fmt: skip
NESTINGS: st.SearchStrategy[Any] = st.recursive(
    st.just(ARTICLE),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=1),
        inner.map(lambda value: {"@graph": [{"@type": "WebSite", "datePublished": "2001-01-01"}, value]}),
        inner.map(lambda value: {"@type": "WebPage", "mainEntity": value}),
        inner.map(lambda value: {"@type": ["WebPage"], "mainEntityOfPage": [[value]]}),
    ),
    max_leaves=6,
)


@examples(40)
@given(NESTINGS, st.sampled_from(["application/ld+json", "application/ld+json; charset=utf-8", "Application/LD+JSON "]))
def test_reads_json_ld_in_any_nesting(value: Any, kind: str) -> None:
    """All values of the article are found, whatever they are in, and with parameters in the type."""
    found = metadata(ld(value, kind), "")
    assert found.fields == {
        "outlet": "Parish News", "section": "Town", "license": "https://creativecommons.org/licenses/by/4.0/",
        "published": "2015-11-28T05:36:00Z",
    }  # fmt: skip
    assert origins(found)["author"] == ("A. B.; C. D.", "JSON-LD author")
    assert origins(found)["language"] == ("en", "JSON-LD inLanguage")


@pytest.mark.parametrize(
    "block",
    ["<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/{}/*]]>*/", "{};", "\ufeff {}"],
)
def test_reads_json_ld_as_pages_have_it(block: str) -> None:
    """Comments around it, a last comma and line ends in strings are read over."""
    text = (
        '{"@type": "http://schema.org/Article", "headline": "Council votes for\n a new bridge", "keywords": ["a,]",],}'
    )
    assert origins(metadata(ld(block.replace("{}", text)), ""))["title"][0] == "Council votes for  a new bridge"


@pytest.mark.parametrize("key", ["itemListElement", "hasPart", "citation", "liveBlogUpdate", "isPartOf"])
def test_other_works_are_not_the_article(key: str) -> None:
    """What the article lists, cites or consists of has dates of its own."""
    other = {"@type": "NewsArticle", "headline": "Other", "datePublished": "2001-01-01"}
    found = metadata(ld({**ARTICLE, key: [other]}))
    assert found.fields["published"] == "2015-11-28T05:36:00Z"
    assert metadata(ld({"@type": "ItemList", key: [{"item": other}]})).fields == {}


def test_article_with_the_address_of_the_page_wins() -> None:
    """Of several articles in JSON-LD, the one with the canonical address is the page's."""
    own = {"@type": "NewsArticle", "url": "https://a.example/1/", "datePublished": "2020-01-02"}
    other = {"@type": "NewsArticle", "url": "https://a.example/2", "datePublished": "2021-01-02"}
    link = '<link rel="canonical" href="https://a.example/1">'
    assert metadata(ld([other, own]) + link).fields["published"] == "2020-01-02"
    assert "published" not in metadata(ld([other, own])).fields


# --- other statements


def test_values_have_the_origin_that_states_them() -> None:
    """Canonical address, language, license, section, author and outlet, each with its origin."""
    found = metadata(
        '<link rel="canonical" href="https://a.example/x"><link rel="license" href="https://l.example/by">'
        + meta("og:site_name", "Parish News") + meta("article:section", "Town")
        + '<meta name="Author" content="A. B.">',
        attributes="lang='cy'",
    )  # fmt: skip
    assert origins(found) == {
        "title": (TITLE, "h1"), "author": ("A. B.", "meta author"), "outlet": ("Parish News", "meta og:site_name"),
        "language": ("cy", "html lang"), "section": ("Town", "meta article:section"),
        "canonical_url": ("https://a.example/x", "link canonical"), "license": ("https://l.example/by", "link license"),
    }  # fmt: skip
    assert found.fields["url"] == "https://a.example/x"


def test_license_of_an_image_is_not_the_article_s() -> None:
    """A license link in a figure says nothing of the text; two licenses are none."""
    link = "<a rel='license' href='https://l.example/{}'>x</a>"
    assert "license" not in metadata(body=f"<figure>{link.format(1)}</figure>").fields
    assert metadata(body=link.format(1)).fields["license"] == "https://l.example/1"
    assert "license" not in metadata(body=link.format(1) + link.format(2)).fields


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<header><h1>x</h1><time datetime='2024-05-06'>6 May</time></header><time datetime='2020-01-01'></time>",
         "2024-05-06"),
        ("<header><h1>x</h1><p class='updated'><time datetime='2024-05-06'>6 May</time></p></header>", None),
        ("<header><h1>x</h1><time datetime='2024-05-06'></time><time datetime='2024-05-09'></time></header>", None),
        ("<h1>x</h1><time datetime='2024-05-06'></time>", None),
        ("<h1>x</h1><p><time itemprop='datePublished' datetime='2023-08-30T16:45+0100'></p>", "2023-08-30T15:45:00Z"),
        ("<div itemscope itemtype='http://schema.org/VideoObject'><meta itemprop='datePublished' content='2001-01-01'>"
         "</div><div itemscope itemtype='http://schema.org/NewsArticle'><meta itemprop='datePublished' "
         "content='2024-05-06'></div>", "2024-05-06"),
    ],
)  # fmt: skip
def test_times_of_elements(body: str, expected: str | None) -> None:
    """A time next to the heading is taken, and microdata of an article; changes, lists and videos are not."""
    assert metadata(body=body).fields.get("published") == expected


def test_page_names_a_date_that_can_t_be_told() -> None:
    """It stays unknown, and the report has its origin and the words."""
    found = metadata(meta("article:published_time", "03/05/2025"))
    assert "published" not in found.fields
    assert found.unread == {f"dates of the origin meta article:published_time, {AMBIGUOUS}": "03/05/2025"}


def test_page_that_was_kept_names_it_again(tmp_path: Path) -> None:
    """A page that a killed ingest had read gives the same article and the same counts."""
    html = f"<html><head>{meta('article:published_time', '03/05/2025')}</head><body><p>One.</p></body></html>"
    page = page_reading.UnreadPage("x.html", 1, html.encode(), [], {})
    first, again = (page_reading.PageReader(IngestSettings(), tmp_path)([page]) for _ in range(2))
    assert first == again
    assert isinstance(again[0], InputArticle)
    assert list(again[0].unread.values()) == ["03/05/2025"]


def test_a_date_with_half_a_character_is_kept_and_named(tmp_path: Path) -> None:
    """A lone surrogate in JSON-LD does not keep a page from being read, with a folder for pages or without one."""
    block = ld({"@type": "NewsArticle", "datePublished": "soon \ud800"})
    html = f"<html><head>{block}</head><body><p>{TITLE}. {TITLE}.</p></body></html>"
    page = page_reading.UnreadPage("x.html", 1, html.encode(), [], {})
    for root in (None, tmp_path):
        (article,) = page_reading.PageReader(IngestSettings(), root)([page])
        assert isinstance(article, InputArticle)
        assert article.unread == {f"dates of the origin JSON-LD datePublished, {UNREADABLE}": "soon ?"}


# --- dates


@examples(200)
@given(MOMENTS, ZONES)
def test_dates_with_a_zone_are_that_moment(moment: datetime, zone: timezone) -> None:
    """In ISO 8601 and its variants, in RFC 5322, as numbers: always the same moment in UTC."""
    local = moment.replace(tzinfo=zone)
    expected = f"{local.astimezone(UTC).isoformat()[:19]}Z"
    iso = local.isoformat()
    written = [
        iso,
        iso.replace("T", " "),
        f"{iso[:19]}.123456789{iso[19:]}",
        iso[:22] + iso[23:],
        f"{iso[:19]} {iso[19:]}",
    ]
    for text in [*written, format_datetime(local), local]:
        assert parse_date(text) == (expected, "")
    if (seconds := int(local.timestamp())) in range(10**9, 2 * 10**9):
        assert parse_date(seconds) == parse_date(str(seconds * 1000)) == parse_date(float(seconds)) == (expected, "")


@examples(200)
@given(
    MOMENTS, st.sampled_from(["en", "fr", "de", "es", "ru", "uk", "pl", "it", "pt", "nl", "sv", "ko", "ja", "zh", ""])
)
def test_days_are_that_day_or_none(moment: datetime, language: str) -> None:
    """A day in figures or in the words of its language is that day, or not told; never another one."""
    day = moment.date()
    figures: list[Any] = [f"{day:{form}}" for form in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y")]
    words = [format_date(day, style, locale=language or "en") for style in ("long", "full", "medium")]
    for text in [*figures[:1], *figures[2:], *words]:
        assert parse_date(text, language).value in ("", day.isoformat())
    assert parse_date(figures[1], language).value in ("", day.isoformat())
    if day.day > 12 or day.day == day.month:
        assert all(parse_date(text, language).value == day.isoformat() for text in figures)
    else:
        assert parse_date(figures[0], language).flaw == AMBIGUOUS
    for value in (
        f"{day:%Y/%m/%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        f"{moment.isoformat()}",
        day,
    ):
        assert parse_date(value, language) == (day.isoformat(), "")


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        ("6 mai 2024", "fr", "2024-05-06"), ("6 mai 2024", "", ""), ("6 травня 2024 р.", "uk", "2024-05-06"),
        ("6 de mayo de 2024", "es-MX", "2024-05-06"), ("6 listopada 2024", "pl", "2024-11-06"),
        ("6 listopada 2024", "hr", "2024-10-06"), ("6 listopada 2024", "", ""), ("03.05.2025", "de", "2025-05-03"),
        ("03.05.2025", "en", ""), ("03/05/2025", "fr", ""), ("May 6th, 2024 at 10:00 PM", "", "2024-05-06"),
        ("Tue, 06 May 2024 10:00:00 EST", "", "2024-05-06"), ("2567-05-06", "th", ""), ("2024-02-30", "", ""),
        ("2024-05", "", ""), ("yesterday", "en", ""), (True, "", ""), (20240506, "", ""), ("2025030512", "", ""),
        (float("nan"), "", ""), (float("inf"), "", ""), (10**400, "", ""), ("1714989600", "", "2024-05-06T10:00:00Z"),
        (1714989600000, "", "2024-05-06T10:00:00Z"), (202503051200, "", ""), ("1403/12/15", "fa", ""),
        ("Monday, 6 May 2024", "", "2024-05-06"), ("lundi 6 mai 2024", "fr", "2024-05-06"),
        ("Updated 6 May 2024", "en", ""), ("until 6 May 2024", "en", ""),
        (date(2024, 5, 6), "", "2024-05-06"),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(value: Any, language: str, expected: str) -> None:
    """What can't be told is not told: a foreign name of a month, another calendar, no day."""
    found = parse_date(value, language)
    assert found.value == expected
    assert bool(found.flaw) == (not expected)
    assert found.flaw in ("", AMBIGUOUS, UNREADABLE)


def test_row_and_its_page_are_both_named() -> None:
    """What is not taken of a column that holds a page is counted beside the other columns."""
    html = f"<html><head>{meta('date', '03/05/2025')}</head><body><p>The river rose.</p></body></html>"
    columns = {"text": "html"}
    found = record_columns.row_article("x", 1, {"text": html}, columns, ["topic"], IngestSettings())
    assert isinstance(found, InputArticle)
    assert found.unread == {f"dates of the origin meta date, {AMBIGUOUS}": "03/05/2025", "column topic": ""}


def test_pages_depend_on_all_rooms_that_ingest_imports() -> None:
    """Another code of any of them reads the pages again, and so does another version of the months' names."""
    package = Path(page_reading.__file__).parents[1]
    found = set()
    for path in (package / "ingest").glob("*.py"):
        found |= set(re.findall(r"from pactwire\.?(\w+)", path.read_text(encoding="utf-8")))
    assert "corpus" in found
    assert found <= set(page_reading._CODE)
    assert "babel" in fingerprint.LIBRARIES


# --- columns

# --- columns


def test_columns_reach_the_row(tmp_path: Path) -> None:
    """Title, author, outlet, language, section and license are in the row with their columns; the rest is counted."""
    row = {
        "text": "The river rose by two metres.", "title": "River closes road", "section": "floods",
        "authors": ["A. W.", "B. C."],
        "Site_Name": "Local Wire", "language": "en", "license": "CC0", "topic": "floods",
        "published": "03/05/2025", "empty": "",
    }  # fmt: skip
    (tmp_path / "x.jsonl").write_text(json.dumps(row))
    (article,) = input_reader.read_inputs([str(tmp_path / "x.jsonl")], IngestSettings())
    assert isinstance(article, InputArticle)
    made = input_rows.input_row(article)
    shown = ("title", "author", "outlet", "stated_language", "section", "license", "published")
    assert [made[name] for name in shown] == [
        "River closes road", "A. W.; B. C.", "Local Wire", "en", "floods", "CC0", None,
    ]  # fmt: skip
    assert {each["column"]: each["origin"] for each in made["origins"]} == {
        "title": "column title", "section": "column section", "published": "column published",
        "author": "column authors",
        "outlet": "column Site_Name", "stated_language": "column language", "license": "column license",
    }  # fmt: skip
    report = ingest_report.IngestReport()
    report.count_article(article)
    assert report.lines()[1:] == [
        "not taken 1: column topic",
        f"not taken 1: dates of the column published, {AMBIGUOUS}, such as '03/05/2025'",
    ]
    assert report.json()["unread"] == {
        "column topic": 1, f"dates of the column published, {AMBIGUOUS}": 1,
    }  # fmt: skip
    report.uncount_article(article)
    assert report.json()["unread"] == {}
