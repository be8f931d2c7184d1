"""Content text and segments: content is kept, and spans map to the content text and back."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.model import records
from pactwire.model.records import Zone
from pactwire.text import offsets
from pactwire.text.segment_index import SegmentIndex
from support.news import SCHEMA

PIECE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=6)
GAP = st.sampled_from(["", " ", "\n", "\n\n", "\t", "\u00a0", " \n "])


def zone(start: int, end: int, kind: str) -> Zone:
    """Return a zone of a kind."""
    return Zone(id=f"z{start}", start=start, end=end, kind=kind, language="und", origin="unknown", by=["x"])


@st.composite
def zoned(draw: st.DrawFn) -> tuple[str, list[Zone]]:
    """Draw a source text and its zones, which cover everything but white space."""
    text, zones = draw(GAP), []
    for piece in draw(st.lists(PIECE, max_size=8)):
        if piece.strip():
            start = len(text) + len(piece) - len(piece.lstrip())
            kind = draw(st.sampled_from(records.CONTENT_KINDS + records.FURNITURE_KINDS))
            zones.append(zone(start, start + len(piece.strip()), kind))
        text += piece + draw(GAP)
    return text, zones


@given(zoned(), st.data())
def test_source_spans_map_to_content_and_back(case: tuple[str, list[Zone]], data: st.DataObject) -> None:
    """A source span that maps has the same text in the content text and maps back to itself."""
    source, zones = case
    text, segments = offsets.content_text(source, zones, SCHEMA.content_kinds)
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    if (mapped := offsets.to_content(segments, start, end)) is not None:
        assert text[slice(*mapped)] == source[start:end]
        assert offsets.to_source(segments, *mapped) == (start, end)


@given(zoned(), st.data())
def test_content_spans_map_to_source_and_back(case: tuple[str, list[Zone]], data: st.DataObject) -> None:
    """A content span that maps has the same text in the source text and maps back to itself."""
    source, zones = case
    text, segments = offsets.content_text(source, zones, SCHEMA.content_kinds)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    if (mapped := offsets.to_source(segments, start, end)) is not None:
        assert source[slice(*mapped)] == text[start:end]
        assert offsets.to_content(segments, *mapped) == (start, end)


@given(zoned())
def test_keeps_content_zones_and_drops_furniture(case: tuple[str, list[Zone]]) -> None:
    """Each content zone maps, in order, up to the end of the content text; no furniture zone maps."""
    source, zones = case
    text, segments = offsets.content_text(source, zones, SCHEMA.content_kinds)
    position = 0
    for own in zones:
        mapped = offsets.to_content(segments, own["start"], own["end"])
        if own["kind"] in records.CONTENT_KINDS:
            assert mapped is not None
            assert mapped[0] >= position
            position = mapped[1]
        else:
            assert mapped is None
    assert position == len(text)


@given(zoned())
def test_keeps_white_space_between_neighboring_content_zones(case: tuple[str, list[Zone]]) -> None:
    """The source text from the first of neighboring content zones to the last is in one segment."""
    source, zones = case
    text, segments = offsets.content_text(source, zones, SCHEMA.content_kinds)
    for left, right in pairwise(zones):
        if {left["kind"], right["kind"]} <= set(records.CONTENT_KINDS):
            assert offsets.to_content(segments, left["start"], right["end"]) is not None
    assert sum(segment["length"] for segment in segments) <= len(text)


def test_cuts_leave_a_blank_line_or_a_space() -> None:
    """Furniture between lines leaves a blank line, furniture inside a line leaves one space."""
    source = "A b c\nmenu\nD"
    zones = [zone(0, 1, "body"), zone(2, 3, "menu"), zone(4, 5, "body"), zone(6, 10, "menu"), zone(11, 12, "body")]
    text, segments = offsets.content_text(source, zones, SCHEMA.content_kinds)
    assert text == "A c\n\nD"
    assert [(s["content"], s["source"], s["length"]) for s in segments] == [(0, 0, 1), (2, 4, 1), (5, 11, 1)]
    assert offsets.to_content(segments, 0, 5) is None
    assert offsets.to_source(segments, 1, 2) is None


@given(zoned())
def test_segments_alone_give_the_content_text(case: tuple[str, list[Zone]]) -> None:
    """The source text and the segments are enough to rebuild the content text."""
    source, zones = case
    text, segments = offsets.content_text(source, zones, SCHEMA.content_kinds)
    assert offsets.text_of_segments(source, segments) == text


def test_rejects_segments_with_an_unknown_gap() -> None:
    """A gap that no cut leaves is an error."""
    with pytest.raises(KeyError):
        offsets.text_of_segments("abcdef", [{"content": 3, "source": 0, "length": 2}])


@given(zoned())
def test_builds_the_content_text_of_an_article_once(case: tuple[str, list[Zone]]) -> None:
    """The text is cached, and changing the returned segments does not change those of the next call."""
    source, zones = case
    text, segments = offsets.content_text(source, zones, SCHEMA.content_kinds)
    expected = [segment.copy() for segment in segments]
    for segment in segments:
        segment["source"] = -1
    again = offsets.content_text(source, [own.copy() for own in reversed(zones)], SCHEMA.content_kinds)
    assert again == (text, expected) and again[0] is text


@given(st.lists(zoned(), min_size=1, max_size=4), st.data())
def test_many_spans_map_as_one_span_does(cases: list[tuple[str, list[Zone]]], data: st.DataObject) -> None:
    """On spans of several articles, SegmentIndex and are_in_content agree with to_content."""
    articles = [offsets.content_text(*case, SCHEMA.content_kinds)[1] for case in cases]
    drawn = []
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, len(cases) - 1))
        start = data.draw(st.integers(0, len(cases[number][0])))
        drawn.append((number, start, data.draw(st.integers(start, len(cases[number][0])))))
    spans = [span for span in drawn if span[1] < span[2]]
    mapped = [offsets.to_content(articles[number], start, end) for number, start, end in spans]
    for (number, start, end), own in zip(spans, mapped, strict=True):
        assert offsets.are_in_content(articles[number], [{"start": start, "end": end}]) == (own is not None)
    index = SegmentIndex(articles)
    held = [(span, own) for span, own in zip(spans, mapped, strict=True) if own is not None]
    numbers, starts, ends = np.array([span for span, _ in held], np.int64).reshape(-1, 3).T
    shifts = index.content_shifts(numbers, starts, ends)
    assert list(zip(starts + shifts, ends + shifts, strict=True)) == [own for _, own in held]
    for span, own in zip(spans, mapped, strict=True):
        if own is None:
            with pytest.raises(ValueError, match=rf"^{span[1]}:{span[2]} does not lie in the content text$"):
                index.content_shifts(*(np.array([value]) for value in span))
