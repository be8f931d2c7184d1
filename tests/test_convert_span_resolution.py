"""Resolution of spans: every offset convention, and single errors."""

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
    """Return a span with one fragment."""
    return RawSpan(kind, ((start, end),), text)


@st.composite
def counted(draw: st.DrawFn) -> tuple[str, list[RawSpan], list[tuple[int, int]], bool]:
    """Draw a text of unique words, spans in some convention, their places, and whether the two are equal."""
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
def test_recognizes_every_offset_convention(drawn: tuple[str, list[RawSpan], list[tuple[int, int]], bool]) -> None:
    """UTF-16, bytes, BOM and CRLF counted or not, inclusive ends and starts from 1 are all recognized."""
    raw, claims, places, plain = drawn
    results = resolve_spans(raw, claims)
    assert [resolved[:2] for resolved in results] == places
    assert plain == (not any(isinstance(resolved, ResolvedSpan) and resolved.repair for resolved in results))


@given(st.text(st.sampled_from("аб \n\U0001f600\r"), max_size=30), st.data())
def test_never_resolves_to_other_words(raw: str, data: st.DataObject) -> None:
    """In repetitive texts, a mention is resolved to its own words or not at all."""
    text = files.normalize_newlines(raw)
    offsets = st.integers(0, len(raw) + 2)
    claims = [claim(data.draw(offsets), data.draw(offsets), data.draw(st.text("аб \n", max_size=4))) for _ in range(4)]
    for each, resolved in zip(claims, resolve_spans(raw, claims), strict=True):
        if isinstance(resolved, ResolvedSpan):
            assert text[resolved.start : resolved.end].split() == (each.text or "").split()
            assert text[resolved.start : resolved.end] == text[resolved.start : resolved.end].strip() != ""


def test_constant_shift_must_fit_the_whole_file() -> None:
    """A file that is off by seven is corrected; if one mention does not fit, ambiguous ones are refused."""
    text = "preface Kim met Putin. Later Kim and Putin left."
    claims = [
        claim(text.index(w, s) - 7, text.index(w, s) - 7 + len(w), w)
        for w, s in (("Kim", 0), ("Putin", 0), ("Kim", 20))
    ]
    assert [resolved[:2] for resolved in resolve_spans(text, claims)] == [(8, 11), (16, 21), (29, 32)]
    assert {resolved[2] for resolved in resolve_spans(text, claims) if isinstance(resolved, ResolvedSpan)} == {
        "offsets 7 too small"
    }
    odd = [*claims, claim(0, 3, "Xi!")]
    assert [resolved[0] for resolved in resolve_spans(text, odd)] == ["convert-text"] * 4


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
def test_moves_a_mention_only_to_a_certain_place(wrong: RawSpan, right: tuple[int, int] | None) -> None:
    """Its words must occur once nearby, or once in the text and as whole words."""
    text = "Kim and Putin met. Putin fleee to Beijing with Kim."
    good = [claim(0, 3, "Kim", "P"), claim(8, 13, "Putin", "P"), claim(47, 50, "Kim", "P")]
    resolved = resolve_spans(text, [*good, wrong])[-1]
    assert (resolved[:2] if isinstance(resolved, ResolvedSpan) else None) == right


@pytest.mark.parametrize(
    ("claimed", "code", "message"),
    [
        (claim(3, 3, ""), "convert-span", "the span 3:3 is empty"),
        (claim(4, 3, "x"), "convert-span", "the span 4:3 is reversed"),
        (claim(3, 4, " "), "convert-span", "the span 3:4 contains only white space"),
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
def test_refuses_unresolvable_spans(claimed: RawSpan, code: str, message: str) -> None:
    """Each error has its own code and message."""
    text = "Kim and Putin met. Putin flew to Beijing with Kim."
    assert resolve_spans(text, [claim(0, 3, "Kim", "P"), claimed])[-1] == UnresolvedSpan(code, message)


def test_convention_needs_a_majority() -> None:
    """One mention with an inclusive end among four wrong ones is moved by itself."""
    wrong = [claim(0, 3, word) for word in ("Xi!", "und", "???", "Lee")]
    assert resolve_spans("Kim met Putin.", [*wrong, claim(8, 12, "Putin")])[-1] == ResolvedSpan(
        8, 13, "moved from 8:12 to 8:13, where 'Putin' is"
    )


def test_refuses_ambiguous_conventions() -> None:
    """If CRLF counted and not counted both fit, and lead to different places, the mention is refused."""
    raw = "\r\n\r\nаааа и Ким"
    both = [claim(4, 5, "а"), claim(11, 14, "Ким")]
    assert [resolved[0] for resolved in resolve_spans(raw, both)] == [2, 9]
    assert resolve_spans(raw, both[:1])[0] == UnresolvedSpan(
        "convert-text",
        "'а' is at two places that 4:5 can mean: offsets as they are or CRLF counted as two characters",
    )


def test_refuses_ambiguous_offsets_without_words() -> None:
    """It is unknown whether CRLF was counted, unless the record itself has the text."""
    raw = "Кім\r\nі Путін каже"
    claims = [claim(0, 3, None), claim(7, 12, None)]
    results = resolve_spans(raw, claims)
    assert results[0] == ResolvedSpan(0, 3)
    assert results[1] == UnresolvedSpan(
        "convert-text",
        "it is at two places that 7:12 can mean: offsets as they are or CRLF counted as two characters",
    )
    assert resolve_spans(raw, claims, offsets_count_decoded=True)[1][:2] == (6, 11)


def test_joins_fragments_over_white_space() -> None:
    """brat splits mentions at line ends; joining them is reported and covers nothing else."""
    text = "in North \n Korea today"
    joined = resolve_spans(text, [RawSpan("GPE", ((3, 8), (11, 16)), "North Korea")])[0]
    assert joined == ResolvedSpan(3, 16, "fragments joined, with only white space between them")


def test_does_not_move_onto_another_mention() -> None:
    """A mention is refused if the only place for it is taken by another of its type."""
    results = resolve_spans("Kim left Seoul.", [claim(0, 3, "Kim"), claim(9, 14, "Seoul"), claim(6, 9, "Kim")])
    assert results[0] == ResolvedSpan(0, 3)
    assert results[2][0] == "convert-text"


def test_accepts_another_normal_form() -> None:
    """An .ann in NFC matches a text in NFD."""
    assert resolve_spans("Kore\u0301e", [claim(0, 6, "Kor\u00e9e")]) == [ResolvedSpan(0, 6)]


@pytest.mark.parametrize("surplus", [0, 400], ids=["as many names as mentions", "many places fit"])
def test_constant_shift_is_found_quickly(monkeypatch: pytest.MonkeyPatch, surplus: int) -> None:
    """With 400 equal names at equal distances, each is compared some dozen times, not 400."""
    comparisons, original = 0, offset_conventions._match_quality

    def counting(*args: Any) -> bool | None:
        nonlocal comparisons
        comparisons += 1
        return original(*args)

    monkeypatch.setattr(offset_conventions, "_match_quality", counting)
    text = "Today: " + "Anna met him. " * (400 + surplus)
    results = resolve_spans(text, [claim(14 * at, 14 * at + 4, "Anna") for at in range(400)])
    assert sum(isinstance(each, ResolvedSpan) for each in results) == (0 if surplus else 400)
    assert comparisons < 40 * 400


def test_prefix_and_suffix_select_an_occurrence() -> None:
    """Of a recurring name, the occurrence between them is used, wherever the offsets point."""
    text = "Anna came. Anna left. Anna slept. Anna came back."
    span = RawSpan("PER", ((40, 44),), "Anna", "left. ", " slept")
    assert resolve_spans(text, [span])[0][:2] == (22, 26)
