"""Content text and segments: what is content stays, and spans map there and back."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pactwire.model import records
from pactwire.model.records import Zone
from pactwire.text import offsets

PIECE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=6)
GAP = st.sampled_from(["", " ", "\n", "\n\n", "\t", "\u00a0", " \n "])


def zone(start: int, end: int, kind: str) -> Zone:
    """A zone of a kind."""
    return Zone(id=f"z{start}", start=start, end=end, kind=kind, language="und", origin="unknown", by=["x"])


@st.composite
def zoned(draw: st.DrawFn) -> tuple[str, list[Zone]]:
    """A source text cut into zones as the design wants them: all but white space is covered."""
    text, zones = draw(GAP), []
    for piece in draw(st.lists(PIECE, max_size=8)):
        if piece.strip():
            start = len(text) + len(piece) - len(piece.lstrip())
            kind = draw(st.sampled_from(records.CONTENT_KINDS + records.FURNITURE_KINDS))
            zones.append(zone(start, start + len(piece.strip()), kind))
        text += piece + draw(GAP)
    return text, zones


@given(zoned(), st.data())
def test_spans_map_there_and_back(case: tuple[str, list[Zone]], data: st.DataObject) -> None:
    """A span that maps has the same text on both sides and maps back to itself."""
    source, zones = case
    text, segments = offsets.content_text(source, zones)
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    if (there := offsets.to_content(segments, start, end)) is not None:
        assert text[slice(*there)] == source[start:end]
        assert offsets.to_source(segments, *there) == (start, end)


@given(zoned(), st.data())
def test_content_spans_map_there_and_back(case: tuple[str, list[Zone]], data: st.DataObject) -> None:
    """The same from the content text's side; only spans across a cut do not map."""
    source, zones = case
    text, segments = offsets.content_text(source, zones)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    if (there := offsets.to_source(segments, start, end)) is not None:
        assert source[slice(*there)] == text[start:end]
        assert offsets.to_content(segments, *there) == (start, end)


@given(zoned())
def test_content_zones_stand_whole_and_furniture_is_gone(case: tuple[str, list[Zone]]) -> None:
    """Each content zone maps to its own text, in order; no piece of furniture maps."""
    source, zones = case
    text, segments = offsets.content_text(source, zones)
    position = 0
    for each in zones:
        there = offsets.to_content(segments, each["start"], each["end"])
        if each["kind"] in records.CONTENT_KINDS:
            assert there is not None
            assert there[0] >= position
            position = there[1]
        else:
            assert there is None
    assert position == len(text)


@given(zoned())
def test_neighbours_keep_the_white_space_between_them(case: tuple[str, list[Zone]]) -> None:
    """What lies from the first of neighbouring content zones to the last is one unbroken stretch of the source."""
    source, zones = case
    text, segments = offsets.content_text(source, zones)
    for left, right in pairwise(zones):
        if {left["kind"], right["kind"]} <= set(records.CONTENT_KINDS):
            assert offsets.to_content(segments, left["start"], right["end"]) is not None
    assert sum(each["length"] for each in segments) <= len(text)


def test_cuts_leave_a_blank_line_or_one_space() -> None:
    """Furniture between lines leaves a blank line, furniture inside a line one space."""
    source = "A b c\nmenu\nD"
    zones = [zone(0, 1, "body"), zone(2, 3, "menu"), zone(4, 5, "body"), zone(6, 10, "menu"), zone(11, 12, "body")]
    text, segments = offsets.content_text(source, zones)
    assert text == "A c\n\nD"
    assert [(s["content"], s["source"], s["length"]) for s in segments] == [(0, 0, 1), (2, 4, 1), (5, 11, 1)]
    assert offsets.to_content(segments, 0, 5) is None
    assert offsets.to_source(segments, 1, 2) is None
