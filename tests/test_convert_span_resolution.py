"""Spans as foreign files count them, placed in a text: every way of counting, and single defects."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.convert import offset_conventions
from pactwire.convert.imported_document import RawSpan
from pactwire.convert.span_resolution import ResolvedSpan, UnresolvedSpan, resolve_spans
from pactwire.storage import files

UNITS: dict[str, Callable[[str], int]] = {
    "points": len,
    "utf-16": lambda text: len(text.encode("utf-16-le")) // 2,
    "bytes": lambda text: len(text.encode()),
}
SEPARATORS = [" ", "\n", "\r\n", " \U0001f1fa\U0001f1e6 ", "\u2014 ", "\n\n", "\u00a0", "\U0001f600"]


def claim(start: int, end: int, text: str | None, kind: str = "PER") -> RawSpan:
    """A mention of one fragment."""
    return RawSpan(kind, ((start, end),), text)


@st.composite
def counted(draw: st.DrawFn) -> tuple[str, list[RawSpan], list[tuple[int, int]], bool]:
    """Draw a text of words that stand once each, mentions as some tool counts them, their places, and if it is ours."""
    raw = draw(st.sampled_from(["", "\ufeff"]))
    for index in range(draw(st.integers(2, 12))):
        raw += f"мова{index}x" + draw(st.sampled_from(SEPARATORS))
    changed = draw(st.booleans())  # whether the text's line ends were CRLF when it was annotated, and are no more
    raw = raw.replace("\r\n", "\n").replace("\n", "\r\n") if changed else raw
    spans = [(match.start(), match.end()) for match in re.finditer(r"мова\d+x", raw)]
    unit = draw(st.sampled_from(sorted(UNITS)))
    bom, crlf = draw(st.booleans()), draw(st.booleans())
    first, last = draw(st.sampled_from([(0, 0), (0, -1), (1, 0), (1, 1)]))

    def theirs(place: int) -> int:
        before = raw[:place] if bom else raw[:place].removeprefix("\ufeff")
        return UNITS[unit](before if crlf else before.replace("\r\n", "\n"))

    def ours(place: int) -> int:
        return len(files.normalize_newlines(raw[:place]))

    claims = [claim(theirs(start) + first, theirs(end) + last, raw[start:end]) for start, end in spans]
    places = [(ours(start), ours(end)) for start, end in spans]
    raw = raw.replace("\r\n", "\n") if changed else raw
    return raw, claims, places, places == [each.fragments[0] for each in claims]


@given(counted())
def test_every_way_of_counting_is_understood(drawn: tuple[str, list[RawSpan], list[tuple[int, int]], bool]) -> None:
    """UTF-16, bytes, BOM and CRLF counted or not, ends inclusive, from 1: all mentions come to their places."""
    raw, claims, places, plain = drawn
    found = resolve_spans(raw, claims)
    assert [anchor[:2] for anchor in found] == places
    assert plain == (not any(isinstance(anchor, ResolvedSpan) and anchor.repair for anchor in found))


@given(st.text(st.sampled_from("аб \n\U0001f600\r"), max_size=30), st.data())
def test_a_mention_never_comes_to_other_words(raw: str, data: st.DataObject) -> None:
    """In texts that repeat themselves, whatever is claimed, a mention stands on its own words or nowhere."""
    text = files.normalize_newlines(raw)
    offsets = st.integers(0, len(raw) + 2)
    claims = [claim(data.draw(offsets), data.draw(offsets), data.draw(st.text("аб \n", max_size=4))) for _ in range(4)]
    for each, anchor in zip(claims, resolve_spans(raw, claims), strict=True):
        if isinstance(anchor, ResolvedSpan):
            assert text[anchor.start : anchor.end].split() == (each.text or "").split()
            assert text[anchor.start : anchor.end] == text[anchor.start : anchor.end].strip() != ""


def test_one_number_of_characters_explains_a_file_or_nothing_moves() -> None:
    """A file that is off by seven everywhere is moved; if one mention does not fit, the ambiguous ones are refused."""
    text = "preface Kim met Putin. Later Kim and Putin left."
    claims = [
        claim(text.index(w, s) - 7, text.index(w, s) - 7 + len(w), w)
        for w, s in (("Kim", 0), ("Putin", 0), ("Kim", 20))
    ]
    assert [anchor[:2] for anchor in resolve_spans(text, claims)] == [(8, 11), (16, 21), (29, 32)]
    assert {anchor[2] for anchor in resolve_spans(text, claims) if isinstance(anchor, ResolvedSpan)} == {
        "offsets 7 too small"
    }
    odd = [*claims, claim(0, 3, "Xi!")]
    assert [anchor[0] for anchor in resolve_spans(text, odd)] == ["convert-text"] * 4


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (claim(8, 13, "Putin"), (8, 13)),
        (claim(8, 12, "Putin"), (8, 13)),
        (claim(9, 14, "Putin"), (8, 13)),
        (claim(6, 11, "Putin"), (8, 13)),
        (claim(0, 3, "Xi Jinping"), None),
        (claim(40, 43, "Kim"), None),
        (claim(0, 8, "Beijing"), (34, 41)),
        (claim(0, 4, "Beij"), None),
        (claim(7, 13, "Putin"), (8, 13)),
        (claim(8, 18, "Putin"), None),
        (claim(28, 29, "ee"), None),
        (claim(8, 14, "Putin "), (8, 13)),
    ],
)
def test_one_mention_is_moved_only_where_one_place_is_certain(wrong: RawSpan, right: tuple[int, int] | None) -> None:
    """In a file that is right otherwise: the words once near by, or once in the text and whole; else refused."""
    text = "Kim and Putin met. Putin fleee to Beijing with Kim."
    good = [claim(0, 3, "Kim", "P"), claim(8, 13, "Putin", "P"), claim(47, 50, "Kim", "P")]
    anchor = resolve_spans(text, [*good, wrong])[-1]
    assert (anchor[:2] if isinstance(anchor, ResolvedSpan) else None) == right


@pytest.mark.parametrize(
    ("claimed", "code", "message"),
    [
        (claim(3, 3, ""), "convert-span", "the span 3:3 is empty"),
        (claim(4, 3, "x"), "convert-span", "the span 4:3 is reversed"),
        (claim(3, 4, " "), "convert-span", "the span 3:4 holds only white space"),
        (claim(90, 93, "Xi!"), "convert-span", "90:93, given as 'Xi!', is outside the text's 50 code points"),
        (
            claim(4, 7, "und"), "convert-text",
            "4:7 is 'and' in the text, not 'und', and no other place is certain",
        ),
        (
            RawSpan("PER", ((0, 3), (8, 13)), "Kim Putin"), "convert-discontinuous",
            "'Kim Putin' at 0:3;8:13 is discontinuous",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_mended_is_refused_with_its_reason(claimed: RawSpan, code: str, message: str) -> None:
    """Each defect has a code and a message of its own."""
    text = "Kim and Putin met. Putin flew to Beijing with Kim."
    assert resolve_spans(text, [claim(0, 3, "Kim", "P"), claimed])[-1] == UnresolvedSpan(code, message)


def test_a_file_is_not_read_in_the_way_of_its_few() -> None:
    """One mention with an inclusive end among four wrong ones moves alone, and the file is read as it stands."""
    wrong = [claim(0, 3, word) for word in ("Xi!", "und", "???", "Lee")]
    assert resolve_spans("Kim met Putin.", [*wrong, claim(8, 12, "Putin")])[-1] == ResolvedSpan(
        8, 13, "moved from 8:12 to 8:13, where 'Putin' is"
    )


def test_two_readings_of_one_file_are_not_guessed_between() -> None:
    """Where CRLF counted and not counted both fit, and mean different places, the mention is refused."""
    raw = "\r\n\r\nаааа и Ким"
    both = [claim(4, 5, "а"), claim(11, 14, "Ким")]
    assert [anchor[0] for anchor in resolve_spans(raw, both)] == [2, 9]
    assert resolve_spans(raw, both[:1])[0] == UnresolvedSpan(
        "convert-text",
        "'а' is at two places that 4:5 can mean: offsets as they are or CRLF counted as two characters",
    )


def test_without_words_an_offset_that_can_mean_two_places_is_refused() -> None:
    """Where nobody knows whether CRLF was counted; a record that holds its text says it."""
    raw = "Кім\r\nі Путін каже"
    claims = [claim(0, 3, None), claim(7, 12, None)]
    found = resolve_spans(raw, claims)
    assert found[0] == ResolvedSpan(0, 3)
    assert found[1] == UnresolvedSpan(
        "convert-text",
        "it is at two places that 7:12 can mean: offsets as they are or CRLF counted as two characters",
    )
    assert resolve_spans(raw, claims, offsets_count_decoded=True)[1][:2] == (6, 11)


def test_fragments_are_joined_over_white_space_only() -> None:
    """brat cuts mentions at line ends; that comes together again, is said, and nothing else is covered."""
    text = "in North \n Korea today"
    joined = resolve_spans(text, [RawSpan("GPE", ((3, 8), (11, 16)), "North Korea")])[0]
    assert joined == ResolvedSpan(3, 16, "fragments joined, with only white space between them")


def test_a_moved_mention_is_not_doubled() -> None:
    """A mention whose words stand once, where its twin stands already, is refused."""
    found = resolve_spans("Kim left Seoul.", [claim(0, 3, "Kim"), claim(9, 14, "Seoul"), claim(6, 9, "Kim")])
    assert found[0] == ResolvedSpan(0, 3)
    assert found[2][0] == "convert-text"


def test_words_in_another_normal_form_are_the_same_words() -> None:
    """An .ann in NFC beside a text in NFD is no defect."""
    assert resolve_spans("Kore\u0301e", [claim(0, 6, "Kor\u00e9e")]) == [ResolvedSpan(0, 6)]


@pytest.mark.parametrize("surplus", [0, 400], ids=["as many names as mentions", "many places fit"])
def test_one_name_shifted_many_times_is_not_tried_everywhere(monkeypatch: pytest.MonkeyPatch, surplus: int) -> None:
    """400 mentions of a name at equal distances, all 7 too small, are looked at some dozen times each, not 400."""
    looked, fits = 0, offset_conventions._match_quality

    def counting(*args: Any) -> bool | None:
        nonlocal looked
        looked += 1
        return fits(*args)

    monkeypatch.setattr(offset_conventions, "_match_quality", counting)
    text = "Today: " + "Anna met him. " * (400 + surplus)
    found = resolve_spans(text, [claim(14 * at, 14 * at + 4, "Anna") for at in range(400)])
    assert sum(isinstance(each, ResolvedSpan) for each in found) == (0 if surplus else 400)
    assert looked < 40 * 400


def test_words_around_a_mention_tell_which_of_many_it_is() -> None:
    """Of a name that recurs, the occurrence between the stated words is meant, wherever the offsets point."""
    text = "Anna came. Anna left. Anna slept. Anna came back."
    told = RawSpan("PER", ((40, 44),), "Anna", "left. ", " slept")
    assert resolve_spans(text, [told])[0][:2] == (22, 26)
