"""Grounding: quotes of a language model stand where they say, or are refused; over any Unicode."""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from pactwire.suggest.grounding import ContentPiece, Grounding, LeveledLine, PlaceFlaw, content_pieces, level
from pactwire.text.content import Content
from support import strategies
from support.news import SCHEMA

MARKS = "\"'«»‘’‚‛“”„‟‹›「」『』〝〞＂＇"
SCRIPTS = (
    "قال كيم، إنّ روسيا حليف",
    "שָׁלוֹם עולם",
    "กิมจองอึนพบปูติน",
    "नमस्ते उत्तर कोरिया",
    unicodedata.normalize("NFD", "북한과 러시아"),
    "金正恩会见普京，金正恩",
    "Ки́їв і Москва, Київ",
    "👨‍👩‍👧 met 👨‍👩‍👧 in 🇰🇵🇷🇺",
    "e\u0301te\u0301 été",
    "«Так», — сказав “він”",
    "ಕನ್ನಡ ತಮಿಳ் မြန်မာ",
    "x\u0302y\u0323\u0307",
    "\u1e9b\u0323 \u212b \u2126",
    "می\u200cروم به کره",
    "aaaa",
    "ᄀᄀᆨ각",
    "a \u0308b",
    "\u0600٣ ꦏꦺ",
    "পুতিনের সাথে পুতিন",
    "روسیه\u200cای روسیه محمدٌ",
    "போர் புடினின், తెలుగు\u200cలో രഷ്യയുടെ",
    "ទីក្រុង ភ្នំពេញ བོད་སྐད ᠮᠣᠩᠭᠣᠯ\u180bᠤᠨ",
)
TEXTS = st.lists(
    st.sampled_from(SCRIPTS)
    | strategies.TEXTS
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
    | st.text(st.sampled_from("aab \u0301\u0323\u00a0" + MARKS), max_size=10),
    min_size=1,
    max_size=4,
).map("\n".join)


def place(line: int, quote: str, occurrence: int = 1) -> dict[str, Any]:
    """Return a place as a model gives it."""
    return {"line": line, "quote": quote, "occurrence": occurrence}


def grounding(text: str) -> Grounding:
    """Return the grounding of a text that is content as a whole."""
    return Grounding(text, pieces_of(text))


def pieces_of(text: str) -> list[ContentPiece]:
    """Return the lines of a text that is content as a whole."""
    zones = strategies.body_zone(text, "und") if text.strip() else []
    return content_pieces(Content(strategies.article(text), zones, None, SCHEMA.content_kinds))


def borders(line: str) -> set[int]:
    """Return where NFC leaves both parts of a line as they are; nowhere in emoji, or in marks on white space."""
    whole = unicodedata.normalize("NFC", line)
    stable = {
        at
        for at in range(len(line) + 1)
        if unicodedata.normalize("NFC", line[:at]) + unicodedata.normalize("NFC", line[at:]) == whole
    }
    clusters = [match for match in regex.finditer(r"\X", line) if regex.search(r"\p{Emoji}|^\s", match[0])]
    return stable - {at for match in clusters for at in range(match.start() + 1, match.end())}


@st.composite
def true_quotes(draw: st.DrawFn) -> tuple[str, int, int, int, str]:
    """Draw a text, a line number and a span in the source text between borders, and its words leveled otherwise."""
    text = draw(TEXTS.filter(lambda each: bool(each.strip())))
    pieces = pieces_of(text)
    number = draw(st.integers(0, len(pieces) - 1))
    start, end = pieces[number]
    line = text[start:end]
    visible = [(a, b) for a, b in pairwise(sorted(borders(line))) if not line[a].isspace()]
    first, last = sorted((draw(st.sampled_from(visible)), draw(st.sampled_from(visible))))
    quote = line[first[0] : last[1]]
    return text, number + 1, start + first[0], start + last[1], draw(_releveled(quote))


@st.composite
def _releveled(draw: st.DrawFn, quote: str) -> str:
    """Draw a quote with other quotation marks, white space and normalization."""
    form = draw(st.sampled_from(["NFC", "NFD", ""]))
    quote = unicodedata.normalize(form, quote) if form else quote  # type: ignore[arg-type]
    changed = "".join(draw(st.sampled_from(MARKS)) if regex.match(r"\p{Quotation_Mark}", each) else each
                      for each in quote)  # fmt: skip
    spaces = st.sampled_from([" ", "\u00a0", "  ", "\t", "\u3000", "\r\n"])
    changed = "".join(draw(spaces) if each.isspace() else each for each in changed)
    return draw(st.sampled_from(["", " ", "\n"])) + changed + draw(st.sampled_from(["", " "]))


@given(true_quotes())
@example(("«Так»  e\u0301", 1, 0, 9, "“Так” \u00e9"))
def test_every_true_quote_is_taken_at_its_place(drawn: tuple[str, int, int, int, str]) -> None:
    """Some occurrence of a quote that stands in the line is its span, however marks, spaces and NFC differ."""
    text, line, start, end, quote = drawn
    found = grounding(text)
    spans: list[Any] = []
    while isinstance(span := found.find(place(line, quote, len(spans) + 1)), dict):
        spans.append(span)
    assert span == PlaceFlaw.OCCURRENCE
    assert {"start": start, "end": end, "text": text[start:end]} in spans
    assert spans == sorted(spans, key=lambda each: each["start"])


@given(TEXTS, st.data())
def test_a_label_stands_only_where_the_quote_stands(text: str, data: st.DataObject) -> None:
    """Whatever a model says, a span is words of the line it names, equal to the quote once both are leveled."""
    pieces = pieces_of(text)
    pool = st.text(st.sampled_from(text + " \u0301'\""), max_size=5) | st.text(max_size=3)
    quote = data.draw(pool | TEXTS)
    line, occurrence = data.draw(st.integers(-1, len(pieces) + 1)), data.draw(st.integers(-1, 3))
    span = Grounding(text, pieces).find(place(line, quote, occurrence))
    if isinstance(span, PlaceFlaw):
        return
    piece = pieces[line - 1]
    words = text[span["start"] : span["end"]]
    assert span["text"] == words == words.strip() != ""
    assert level(words) == level(quote)
    assert piece.start <= span["start"] < span["end"] <= piece.end
    assert {span["start"] - piece.start, span["end"] - piece.start} <= borders(text[piece.start : piece.end])


@given(TEXTS, st.data())
def test_a_refused_quote_does_not_stand_that_often(text: str, data: st.DataObject) -> None:
    """A place is refused only if counting all spans between borders of the line finds fewer occurrences."""
    for number, (start, end) in enumerate(pieces_of(text)[:2], 1):
        line = text[start:end]
        quote = data.draw(st.text(st.sampled_from(line + "'\u0301 "), min_size=1, max_size=4))
        own = sorted(borders(line))[:60]
        expected = [
            (a, b) for a in own for b in own
            if a < b and level(line[a:b]) == level(quote) and line[a:b] == line[a:b].strip()
        ]  # fmt: skip
        if len(line) == own[-1] and level(quote):
            found = grounding(text)
            spans = [found.find(place(number, quote, k)) for k in range(1, len(expected) + 2)]
            assert [(s["start"] - start, s["end"] - start) for s in spans if isinstance(s, dict)] == expected


@given(st.lists(st.sampled_from(SCRIPTS) | strategies.TEXTS, max_size=3).map(" ".join))
def test_a_line_levels_like_a_quote(text: str) -> None:
    """Leveling a line character by character gives the same as leveling it as a whole."""
    assert LeveledLine(" ".join(text.split())).text == level(text)


@given(strategies.annotated())
def test_no_line_has_furniture(drawn: strategies.Annotated) -> None:
    """The lines are the content, in order, and each lies in one segment."""
    text = drawn.article["source_text"]
    content = Content(drawn.article, drawn.zones, None, SCHEMA.content_kinds)
    pieces = content_pieces(content)
    assert "".join(text[a:b] for a, b in pieces).split() == "".join(content.text.split("\n")).split() or (
        "".join("".join(text[a:b].split()) for a, b in pieces) == "".join(content.text.split())
    )
    for start, end in pieces:
        assert content.map_span({"start": start, "end": end, "text": ""})
        assert "\n" not in text[start:end] == text[start:end].strip()


@given(true_quotes())
def test_the_place_of_a_span_leads_back_to_it(drawn: tuple[str, int, int, int, str]) -> None:
    """A span between borders of one line has a place, at which it is found."""
    text, line, start, end, _ = drawn
    found = grounding(text)
    named = found.place_of(start, end)
    assert named is not None and named.line == line
    assert found.find(named._asdict()) == {"start": start, "end": end, "text": text[start:end]}


REFUSED = [
    ("Kim met Kim.", place(1, "Kim", 3), PlaceFlaw.OCCURRENCE),
    ("Kim met Kim.", place(1, "Kim", 0), PlaceFlaw.OCCURRENCE),
    ("Kim met Kim.", place(1, "kim"), PlaceFlaw.ABSENT),
    ("Kim met Kim.", place(1, "Kim  meets"), PlaceFlaw.ABSENT),
    ("Kim\nPutin", place(1, "Putin"), PlaceFlaw.ELSEWHERE),
    ("Kim\nPutin", place(1, "Kim\nPutin"), PlaceFlaw.ABSENT),
    ("Kim", place(2, "Kim"), PlaceFlaw.LINE),
    ("Kim", place(0, "Kim"), PlaceFlaw.LINE),
    ("Kim", place(-1, "Kim"), PlaceFlaw.LINE),
    ("Kim", place(1, " \u00a0\n"), PlaceFlaw.EMPTY),
    ("e\u0301te\u0301", place(1, "e"), PlaceFlaw.ABSENT),
    ("ko\u0323\u0302", place(1, "k\u1ecd"), PlaceFlaw.ABSENT),
    ("👍🏽", place(1, "👍"), PlaceFlaw.SPLIT),
    ("1️⃣", place(1, "1"), PlaceFlaw.SPLIT),
    ("🇰🇵🇷🇺", place(1, "🇵🇷"), PlaceFlaw.SPLIT),
    ("👨‍👩‍👧", place(1, "👩"), PlaceFlaw.SPLIT),
    (unicodedata.normalize("NFD", "각"), place(1, "가"), PlaceFlaw.ABSENT),
    ("Kim", {"line": "1", "quote": "Kim", "occurrence": 1}, PlaceFlaw.FORM),
    ("Kim", {"line": True, "quote": "Kim", "occurrence": 1}, PlaceFlaw.FORM),
    ("Kim", {"line": 1, "quote": None, "occurrence": 1}, PlaceFlaw.FORM),
    ("Kim", {"line": 1, "quote": "Kim"}, PlaceFlaw.FORM),
    ("Kim", {**place(1, "Kim"), "start": 0}, PlaceFlaw.FORM),
    ("Kim", "Kim", PlaceFlaw.FORM),
]


@pytest.mark.parametrize(("text", "given_place", "flaw"), REFUSED)
def test_refuses_what_does_not_stand_there(text: str, given_place: Any, flaw: PlaceFlaw) -> None:
    """Each lie is refused for its own reason."""
    assert grounding(text).find(given_place) == flaw


TAKEN: Sequence[tuple[str, dict[str, Any], tuple[int, int]]] = [
    ("Kim met Kim.", place(1, "Kim", 2), (8, 11)),
    ("Kim met Kim.", place(1, " Kim\tmet "), (0, 7)),
    ("aaa", place(1, "aa", 2), (1, 3)),
    ("Northern", place(1, "North"), (0, 5)),
    ("\U0001f600 «Київ» e\u0301", place(1, '"Київ" \u00e9'), (2, 11)),
    ("\n  Kim’s\n\n\tPutin", place(2, "Putin"), (11, 16)),
    (unicodedata.normalize("NFD", "각각"), place(1, "각", 2), (3, 6)),
    ("金正恩会见金正恩", place(1, "金正恩", 2), (5, 8)),
    ("পুতিনের সাথে পুতিন", place(1, "পুতিন"), (0, 5)),
    ("পুতিনের সাথে পুতিন", place(1, "পুতিন", 2), (13, 18)),
    ("روسیه\u200cای", place(1, "روسیه"), (0, 5)),
    ("محمدٌ", place(1, "محمد"), (0, 4)),
]


@pytest.mark.parametrize(("text", "given_place", "span"), TAKEN)
def test_takes_what_stands_there(text: str, given_place: Any, span: tuple[int, int]) -> None:
    """The offsets are those of the untouched text, in code points."""
    start, end = span
    assert grounding(text).find(given_place) == {"start": start, "end": end, "text": text[start:end]}
