"""Pages: all visible text is rendered once, the article becomes zones, and the head metadata."""

import json
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from pactwire.ingest import extraction_match, html_zones, pages, rendering
from pactwire.ingest.input_records import IngestSettings, InputArticle
from pactwire.ingest.page_text import PageText
from pactwire.model import digests, escapes
from pactwire.model.issues import Issue
from pactwire.model.json_schemas import tool_validator
from pactwire.storage import files
from pactwire.text import offset_checks, offsets
from support.examples import examples
from support.news import SCHEMA

SENTENCES = {
    "uk": "Міністерство оборони повідомило у вівторок, що підрозділ прибув до навчального центру на сході країни.",
    "ru": "Представитель ведомства заявил журналистам, что переговоры продолжатся на следующей неделе в столице.",
    "bg": "Според източници от разузнаването доставките на боеприпаси са се увеличили през последните месеци.",
    "fr": "Le porte-parole du gouvernement a précisé que les livraisons d’armes se poursuivraient jusqu’à la fin.",
    "ar": "وقال المتحدث باسم الوزارة إن القوات ستصل إلى مركز التدريب في شرق البلاد خلال الأسابيع القليلة المقبلة.",
    "ka": "თავდაცვის სამინისტრომ განაცხადა, რომ ახალი სასწავლო ცენტრში მომავალ კვირას ჩავა და წვრთნას დაიწყებს.",
    "zh": "国防部发言人星期二表示，新的部队已经抵达该国东部的训练中心，并将在未来几周内开始训练。",
    "ko": "국방부 대변인은 화요일 새로운 부대가 동부 훈련소에 도착했으며 훈련을 시작할 것이라고 밝혔다.",
}


def page(language: str) -> tuple[str, list[str]]:
    """A page with menus, teasers, share links and comments around an article, and the article's lines."""
    sentence = SENTENCES[language]
    words = sentence.split()
    title = (" ".join(words[:7]) if len(words) > 7 else sentence[:16]).rstrip(".,")
    body = [
        f"{number}. {sentence} {sentence[::-1] if language == 'zh' else sentence.lower()}" for number in range(1, 9)
    ]
    menu = "".join(f"<li><a href='/{n}'>{word}</a></li>" for n, word in enumerate((words * 3)[:12]))
    teasers = "".join(f"<div class='teaser'><a href='/t{n}'>{sentence[: 30 + n]}</a></div>" for n in range(6))
    comments = "".join(f"<li class='comment'><p>{sentence[n:50]}!</p></li>" for n in range(4))
    html = f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title} | Daily</title>
      <meta property="og:title" content="{title}"><meta property="og:site_name" content="Daily">
      <meta property="article:published_time" content="2024-05-06T07:08:09+03:00">
      <style>p {{color: red}}</style><script>var hidden = "no text";</script></head><body>
      <header><nav><ul>{menu}</ul></nav></header><main><article><h1>{title}</h1>
      <div class="share"><a href="#">Facebook</a> <a href="#">Telegram</a></div>
      {"".join(f"<p>{each}</p>" for each in body)}</article>
      <aside><h2>{words[0]}</h2>{teasers}</aside>
      <section id="comments"><h2>{words[-1]}</h2><ol>{comments}</ol></section></main>
      <footer><p>© 2024 Daily. <a href="/imprint">{words[0]}</a></p></footer></body></html>"""
    return html, [title, *body]


def read(html: str | bytes, **about: Any) -> Any:
    """The article of a page."""
    found = pages.read_page(
        "x.html", 1, html if isinstance(html, bytes) else html.encode(), [], about, IngestSettings()
    )
    assert isinstance(found, InputArticle), found
    assert tool_validator("article.schema", "article").explain(found.properties) == []
    return found.properties


def shingles(text: str) -> Counter[Any]:
    """Word 4-grams; in text without spaces, character 4-grams."""
    words = re.findall(r"\w+", text) if " " in text else list(text)
    return Counter(zip(*(words[at:] for at in range(4)), strict=False))


@pytest.mark.parametrize("language", SENTENCES)
def test_article_of_a_page_is_content(language: str) -> None:
    """Title and paragraphs are content and everything around them is not: F1 of 4-grams is at least 0.95."""
    html, wanted = page(language)
    article = read(html)
    content, _ = offsets.content_text(article["text"], article["zones"], SCHEMA.content_kinds)
    found, gold = shingles(content), shingles("\n".join(wanted))
    same = (found & gold).total()
    precision, recall = same / found.total(), same / gold.total()
    assert 2 * precision * recall / (precision + recall) >= 0.95
    first = article["zones"][next(n for n, zone in enumerate(article["zones"]) if zone["kind"] == "title")]
    assert article["text"][first["start"] : first["end"]] == wanted[0]


def test_zone_kinds_follow_elements() -> None:
    """Text in nav is menu, in a comments section comments, in aside related."""
    html, _ = page("fr")
    article = read(html)
    kinds = {article["text"][zone["start"] : zone["end"]]: zone["kind"] for zone in article["zones"]}
    assert kinds["porte-parole"] == "menu"
    assert kinds["e porte-parole du gouvernement a précisé que les !"] == "comments"
    assert kinds["Le porte-parole du gouvernement"] == "related"


def test_records_renderer_and_original() -> None:
    """The article has renderer, version and the original's SHA-256, and its zones their annotator."""
    html, _ = page("uk")
    article = read(html)
    assert article["rendered"] == {
        "name": "pactwire rendering", "version": "2", "original": digests.sha256(html), "encoding": "utf-8",
        "encoding_origin": "UTF-8",
    }  # fmt: skip
    assert article["zones_by"]["id"] == "html-zones"
    assert {tuple(zone["by"]) for zone in article["zones"]} == {("html-zones",)}


def test_metadata_has_origins() -> None:
    """Each entry has the statement that supports it; published is one of them, in UTC."""
    html, (title, *_) = page("bg")
    html = html.replace("<style>", '<link rel="canonical" href="https://daily.example/2024/05/a.html"><style>')
    article = read(html)
    assert article["published"] == "2024-05-06T04:08:09Z"
    assert (article["outlet"], article["url"]) == ("Daily", "https://daily.example/2024/05/a.html")
    assert {(each["name"], each["value"], each["origin"]) for each in article["metadata"]} == {
        ("title", title, "meta og:title"),
        ("published", "2024-05-06T07:08:09+03:00", "meta article:published_time"),
        ("outlet", "Daily", "meta og:site_name"),
        ("language", "bg", "html lang"),
        ("canonical_url", "https://daily.example/2024/05/a.html", "link canonical"),
    }


def test_metadata_is_on_one_line() -> None:
    """Line ends in a page's head become blanks, as in browsers, and control characters are removed."""
    html, (title, *_) = page("bg")
    json_ld = '{"@type": "NewsArticle", "articleSection": "World \\u001b\\n news"}'
    script = f'<script type="application/ld+json">{json_ld}</script>'
    article = read(html.replace("<style>", f"{script}<style>").replace(f'"{title}"', f'"\n\t{title}"'))
    assert article["section"] == "World   news"
    values = [each["value"] for each in article["metadata"]]
    assert not [value for value in values if escapes.control_character_messages(value, one_line=True)]
    assert len(values) >= 4


def test_inferred_dates_are_not_published() -> None:
    """A date that trafilatura infers has it as its origin, and published stays unknown."""
    html, _ = page("fr")
    html = re.sub("<meta property=.article:published_time.*?>", "", html).replace("<h1>", "<p>6 mai 2024</p><h1>")
    article = read(html, url="https://daily.example/2024/05/06/a.html")
    assert "published" not in article
    (date,) = [each for each in article["metadata"] if each["name"] == "date"]
    assert date["value"] == "2024-05-06"
    assert date["origin"].startswith("trafilatura ")


def test_uses_json_ld_of_the_article_only() -> None:
    """JSON-LD of an article gives the date; two articles that disagree leave it unknown."""
    html, _ = page("fr")
    site = {"@type": "WebSite", "datePublished": "2001-01-01"}
    news = {"@type": "NewsArticle", "datePublished": "2024-01-02"}
    data = json.dumps({"@graph": [site, news]})
    one = html.replace("<style>", f'<script type="application/ld+json">{data}</script><style>')
    assert read(one)["published"] == "2024-01-02"
    two = one.replace(
        "<style>",
        '<script type="application/ld+json">{"@type": "Article", "datePublished": "2020-01-01"}</script><style>',
    )
    two = re.sub("<meta property=.article:published_time.*?>", "", two)
    assert "published" not in read(two)


def test_renders_visible_text() -> None:
    """Blocks are lines, cells are separated, white space collapses, and hidden elements are omitted."""
    html = """<html><head><title>no</title></head><body><p>One  <b>two</b>\n three<br>four</p>
      <div>a<div>b</div>c</div><table><tr><td>x</td><td>y</td></tr><tr><td>z</td></tr></table>
      <p hidden>no</p><p style="display: none">no</p><noscript>no</noscript><select><option>no</select>
      <pre>  keep\n   this</pre><p>a&nbsp;b &#150; c&#7;</p><!-- no --><svg><text>no</text></svg></body></html>"""
    text, lines = rendering.render(document_fromstring(html))
    assert text == "One two three\nfour\n\na\nb\nc\n\nx\ty\nz\n\nkeep\nthis\n\na\u00a0b – c"
    assert [text[line.start : line.end] for line in lines] == [each for each in text.split("\n") if each]


TAGS = st.sampled_from(
    ["p", "div", "b", "li", "td", "tr", "table", "h1", "nav", "pre", "a", "figcaption", "aside", "span"]
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TREES: st.SearchStrategy[str] = st.recursive(
    WORDS.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=5)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}> "
    ),
    max_leaves=25,
)  # fmt: skip


@examples(60)
@given(TREES)
def test_zones_of_any_page_are_valid(tree: str) -> None:
    """For any page, the text has no control characters and the zones pass all checks."""
    root = document_fromstring(f"<html><body><p>x</p>{tree}</body></html>".replace("\0", "").encode(), parser=None)
    text, lines = rendering.render(root)
    assert list(files.control_characters(text)) == []
    assert files.normalize_newlines(files.protect_bom(text)) == text
    extracted = [number < len(lines) // 2 for number in range(len(lines))]
    zones = html_zones.page_zones(PageText(text, lines, extracted), "x", [text[:60]])
    assert offset_checks.zone_flaws(text, zones) == []


def test_matches_lines_in_order() -> None:
    """A teaser that repeats a line of the article does not match, and a line that was cut does."""
    lines = [
        "Menu",
        "A headline here",
        "Related",
        "A headline here",
        "First words of the body of it.",
        "Then 5 more people came. Share",
        "End",
    ]
    wanted = ["A headline here", "First words of the body of it.", "Then 5 more people came.", "End"]
    match = extraction_match.match_lines(lines, wanted)
    assert match == ([False, False, False, True, True, True, True], 0)
    assert extraction_match.match_lines(lines[:4], wanted).missing_share > 0.5


def test_matches_lines_that_were_joined_or_moved() -> None:
    """A line is found in a longer one, also without spaces between words, and in another place if it is long."""
    joined = ["今日は朝から晴れです。明日は雨が降るでしょう。"]
    match = extraction_match.match_lines(["天気", "今日は朝から晴れです。", "明日は雨が降るでしょう。"], joined)
    assert match.is_matched == [False, True, True] and match.missing_share < 0.2
    moved = f"{SENTENCES['fr']} {SENTENCES['uk']}"
    assert extraction_match.match_lines([moved, "Menu", "A", "B"], ["A", "B", moved[1:]]).is_matched == [
        True, False, True, True,
    ]  # fmt: skip


def test_reads_a_page_on_which_trafilatura_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its zones come from the rules, and its text is the same."""
    html, _ = page("fr")
    whole = read(html)["text"]

    def fail(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("trafilatura.bare_extraction", fail)
    article = read(html)
    assert article["text"] == whole
    assert "zones" not in article
    assert article["published"] == "2024-05-06T04:08:09Z"


def test_keeps_a_leading_bom_character_of_a_page() -> None:
    """A page whose visible text starts with U+FEFF keeps it, and its zones have the right offsets."""
    article = read("<html><body><p>\ufeffHome</p><article><p>" + SENTENCES["fr"] * 4 + "</p></article></body></html>")
    text = files.normalize_newlines(article["text"])
    assert text.startswith("\ufeffHome\n\nLe porte-parole")
    assert offset_checks.zone_flaws(text, article["zones"]) == []


def article_page(inside: str, head: str = "", around: str = "") -> str:
    """A page with a title, a menu and these elements in its article."""
    return (
        f"<html><head><title>The bridge of the town is open</title>{head}</head><body><p>Home</p>{around}"
        f"<article><h1>The bridge of the town is open</h1>{inside}</article></body></html>"
    )


def content_of(article: Any) -> str:
    """The content text of an article."""
    return offsets.content_text(article["text"], article["zones"], SCHEMA.content_kinds)[0]


PARAGRAPHS = [
    f"{name} voted on Tuesday to build a new bridge over the river, after a debate of {number} hours."
    for number, name in enumerate(["The council", "The parish", "The senate", "The board", "The county", "The crew"])
]


def paragraphs() -> str:
    """The paragraphs as elements."""
    return "".join(f"<p>{each}</p>" for each in PARAGRAPHS)


def test_a_question_that_recurs_is_content_and_a_title_is_not() -> None:
    """A question to each of several people stays in the article; a title that its text repeats does not."""
    question = "<p>Which dishes do you like best, and which ones do you avoid?</p>"
    inside = "<p>The bridge of the town is open</p>" + "".join(f"{question}<p>{each}</p>" for each in PARAGRAPHS)
    article = read(article_page(inside))
    assert content_of(article).count("Which dishes") == len(PARAGRAPHS)
    assert content_of(article).count("The bridge of the town is open") == 1


@pytest.mark.parametrize(
    "html",
    [
        f"<div hidden id=S:0>{paragraphs()}</div><script>show('S:0')</script>",
        f"<p>{PARAGRAPHS[0]}</p><div style='display:none' class=paid>{paragraphs()}</div>",
        f"<table><tr><td>{paragraphs()}</td></tr></table>",
        f"<table><tr><td>{'<br><br>'.join(PARAGRAPHS)}</td></tr></table>",
    ],
    ids=["shown by a script", "behind a wall", "a table", "a table with line ends"],
)
def test_what_was_extracted_is_in_the_article(html: str) -> None:
    """Content hidden until a script shows it, behind a wall that readers pay at, and in a table is content."""
    article = read(article_page(html, around="<div hidden><p>Sign in to read more of this site, please.</p></div>"))
    assert article["rendered"]["name"] == "pactwire rendering"
    assert all(each in content_of(article) for each in PARAGRAPHS)
    assert "Sign in" not in article["text"]


@pytest.mark.parametrize("rest", ["<div style='display:none'>{}</div>", "<div class=full>{}</div>"])
@pytest.mark.parametrize("first", ["<p>{}</p>", "<div class=teaser><p>{}</p></div>", "<header><p>{}</p></header>"])
@pytest.mark.parametrize(
    "paragraph",
    [
        "The city council approved on Monday a plan to build a new <a href='/r'>bridge</a> over the river.",
        "Քաղաքային խորհուրդը երկուշաբթի հաստատեց գետի վրա նոր կամուրջ կառուցելու ծրագիրը։",
        "สภาเมืองลงมติเมื่อวันจันทร์อนุมัติแผนสร้างสะพานใหม่ข้ามแม่น้ำ",
    ],
    ids=["en", "hy", "th"],
)
def test_the_paragraph_above_a_wall_is_content(
    monkeypatch: pytest.MonkeyPatch, paragraph: str, first: str, rest: str
) -> None:
    """A paragraph below the title is content although only the other blocks were extracted; no other line is."""
    extracted = type("Extracted", (), {"text": "\n".join(PARAGRAPHS), "title": ""})
    monkeypatch.setattr("trafilatura.bare_extraction", lambda *_, **__: extracted)
    above = (
        "<div>The old bridge over the river, as it was on the day of the vote.</div><p>Photo: Ann Poe</p><p>Monday</p>"
    )
    below = rest.format(f"<p>{PARAGRAPHS[0]}</p>{paragraphs()}")
    content = content_of(read(article_page(f"{first.format(paragraph)}{above}{below}")))
    assert re.sub("<.*?>", "", paragraph) in content
    assert not any(each in content for each in ("old bridge", "Ann Poe", "Monday a day", "\nMonday"))


def test_paragraphs_below_another_heading_are_not_of_the_article(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is one in a menu, an aside or a form, nor a link; a repeated one is no second time."""
    extracted = type("Extracted", (), {"text": "\n".join(PARAGRAPHS), "title": ""})
    monkeypatch.setattr("trafilatura.bare_extraction", lambda *_, **__: extracted)
    other = "<p>The lake was drained for the works last year, as a long report of the council says.</p>"
    link = f"<p><a href='/x'>{other[3:-4]}</a></p>"
    for between in (
        f"<h2>More</h2>{other}",
        f"<aside>{other}</aside>",
        f"<nav>{other}</nav>",
        f"<form>{other}</form>",
        link,
    ):
        assert "lake" not in content_of(read(article_page(f"{between}<div class=full>{paragraphs()}</div>")))
    repeated = f"<div class=teaser><p>{PARAGRAPHS[3]}</p></div><div class=full>{paragraphs()}</div>"
    assert content_of(read(article_page(repeated))).count(PARAGRAPHS[3]) == 1


def test_an_article_that_only_the_head_has_is_the_text() -> None:
    """Where the page shows no article but its JSON-LD has it, the text is what trafilatura extracts."""
    data = json.dumps({"@type": "NewsArticle", "articleBody": " ".join(PARAGRAPHS)})
    head = f'<title>The bridge</title><script type="application/ld+json">{data}</script>'
    article = read(f"<html><head>{head}</head><body><div id=root></div></body></html>")
    assert article["rendered"]["name"] == "trafilatura"
    assert all(each in content_of(article) for each in PARAGRAPHS)


def test_readings_of_ruby_are_in_parentheses() -> None:
    """With the page's parentheses or others, and a line with many of them is found in the extracted text."""
    bare, marked = "<ruby>首相<rt>しゅしょう</rt></ruby>", "<ruby>首相<rp>(</rp><rt>しゅしょう</rt><rp>)</rp></ruby>"
    sentences = [
        f"{each}は火曜日に{each}官邸で{each}会見し、{n}回目の計画を発表した。"
        for n, each in enumerate([bare, marked] * 4)
    ]
    article = read(article_page("".join(f"<p>{each}</p>" for each in sentences)))
    assert "首相（しゅしょう）は火曜日に首相（しゅしょう）官邸" in content_of(article)
    assert "首相(しゅしょう)は火曜日に首相(しゅしょう)官邸" in content_of(article)
    plain = ["首相は火曜日に首相官邸で首相会見し、二回目の計画を発表した。"]
    shown = ["首相（しゅしょう）は火曜日に首相（しゅしょう）官邸で首相（しゅしょう）会見し、二回目の計画を発表した。"]
    assert extraction_match.match_lines(["今日", *shown], plain).is_matched == [False, True]


def test_paragraphs_like_those_of_the_article_are_content(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of the same blocks as three extracted ones is content, not one of the next article or below a heading."""
    lines = [f"<p class=text>{each}</p>" for each in PARAGRAPHS]
    html = article_page("".join(lines), around="<div class=text><p>The river rose on Monday, said the mayor.</p></div>")
    html = html.replace("</body>", f"<article>{''.join(lines).replace('river', 'lake')}</article></body>")
    extracted = type("Extracted", (), {"text": "\n".join(PARAGRAPHS[:2] + PARAGRAPHS[3:5]), "title": ""})
    monkeypatch.setattr("trafilatura.bare_extraction", lambda *_, **__: extracted)
    below = "<h2>More</h2><p class=text>The ferry stays open until the end of the year, said the crew of it.</p>"
    html = html.replace("</article>", f"{lines[0]}{below}</article>", 1)
    content = content_of(read(html))
    assert [content.count(each) for each in PARAGRAPHS] == [1] * len(PARAGRAPHS)
    assert "lake" not in content and "mayor" not in content and "ferry" not in content


def test_links_and_labels_inside_the_article_are_furniture() -> None:
    """A line that is one link, and a label such as "Read also", are no content; a link in a sentence is."""
    link = '<p><a href="/x">The lake was drained for the works last year, as a report says</a></p>'
    sentence = '<p>The <a href="/y">report of the council</a> says that the works will take another year.</p>'
    first, *others = (f"<p>{each}</p>" for each in PARAGRAPHS)
    content = content_of(read(article_page(first + link + "<p>Read also: The ferry</p>" + sentence + "".join(others))))
    assert "The lake" not in content and "The ferry" not in content
    assert "The report of the council says" in content
    links = "".join(f'<p><a href="/{n}">{each}</a></p>' for n, each in enumerate(PARAGRAPHS))
    assert all(each in content_of(read(article_page(links))) for each in PARAGRAPHS)


def test_the_description_of_a_page_is_its_lead() -> None:
    """A line above the article that the page's description repeats, even cut, is the lead."""
    summary = "Lorries will reach the harbour ten minutes earlier from May on, and the old ferry stays as it is"
    head = f'<meta name="description" content="{summary[:80]}…">'
    article = read(
        article_page(paragraphs(), head).replace("</h1>", f"</h1><div class=byline><span>{summary}</span></div>")
    )
    assert [article["text"][z["start"] : z["end"]] for z in article["zones"] if z["kind"] == "lead"] == [summary]


SHELL = "<html><head><title>The bridge of the town is open</title></head><body>{}</body></html>"


@pytest.mark.parametrize(
    "body",
    [
        "<div id=root></div><script src=app.js></script>",
        "<nav>Home News</nav><div id=root>Loading…</div><script src=app.js></script><footer>Contact</footer>",
        "<noscript>Please enable JavaScript, since this page is made by it.</noscript><script>run()</script>",
        "<p>We and our partners store data on your device to measure how you read our pages.</p><script>run()</script>",
    ],
    ids=["nothing", "a frame", "a note", "a notice"],
)
def test_a_page_whose_script_writes_the_article_is_named(body: str) -> None:
    """What such a page shows is no article; the page is rejected with a word of it."""
    found = pages.read_page("x.html", 1, SHELL.format(body).encode(), [], {}, IngestSettings())
    assert isinstance(found, Issue)
    assert (found.code, found.message) == ("ingest-script", "the page shows no article, its script may write it")
    short = "<h1>The bridge of the town is open</h1><p>It was opened on Monday by the mayor, the council says.</p>"
    assert content_of(read(SHELL.format(f"{short}<script>run()</script>"))).count("mayor") == 1


@pytest.mark.parametrize("around", ["<script>{}</script>", "<!-- {} -->", "<style>{}</style>"])
def test_what_is_no_tag_has_no_attributes(around: str) -> None:
    """A script in which ``i<n`` stands before two thousand words has no tag, as for the parser."""
    code = "for(i=0;i<n ;i++) " + " ".join(f"x{n}=1;" for n in range(3_000))
    assert "The council" in read(article_page(paragraphs(), around.format(code)))["text"]
