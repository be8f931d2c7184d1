"""Integrity checks of a document, which no schema can express: spans, zones and references, to the character."""

import copy
from typing import Any

import pytest

from pactwire.text import offset_checks
from pactwire.validation import integrity
from support.news import SCHEMA
from support.strategies import article

SOURCE = "abc(de)fgh ij\n"
ZONES: Any = [
    {"id": f"z{start}", "start": start, "end": end, "kind": kind, "language": "en", "origin": "original", "by": ["a"]}
    for start, end, kind in ((0, 3, "body"), (3, 7, "other"), (7, 13, "body"))
]


def document(**layers: Any) -> Any:
    """Return a document with some layers."""
    about = article(SOURCE)
    return {
        "article": about["id"], "text_sha256": about["source_sha256"],
        "annotators": [{"id": "a", "kind": "rule", "name": None, "version": None}],
        "status": dict.fromkeys(layers, "draft"), "created": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z", **layers,
    }  # fmt: skip


def span(start: int, end: int) -> dict[str, Any]:
    """Return a span of SOURCE."""
    return {"start": start, "end": end, "text": SOURCE[start:end]}


def entity(start: int, end: int) -> dict[str, Any]:
    """Return a mention of SOURCE."""
    return {"id": "e", **span(start, end), "link": None, "metonym_of": None, "by": ["a"]}


def codes(found: Any) -> list[tuple[str, Any]]:
    """Return the codes and paths of a document's flaws."""
    return [(code, path) for code, path, _ in integrity.check_document(found, article(SOURCE), ZONES, SCHEMA, (), ())]


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        (0, 3, True),
        (0, 4, False),
        (2, 3, True),
        (2, 4, False),
        (3, 7, False),
        (6, 8, False),
        (7, 10, True),
        (7, 13, True),
    ],
)
def test_rejects_labels_on_furniture(start: int, end: int, inside: bool) -> None:
    """A label may not cover a single character of furniture, by the document's own zones or the article's."""
    wanted = [] if inside else [("on-furniture", ("entities", 0, "start"))]
    assert codes(document(entities=[entity(start, end)])) == wanted
    assert codes(document(entities=[entity(start, end)], zones=copy.deepcopy(ZONES))) == wanted


@pytest.mark.parametrize("cue", [(2, 4), (3, 4)])
def test_checks_cues_like_labels(cue: tuple[int, int]) -> None:
    """A cue may not be on furniture, and its text must be that of its span."""
    claim = {"id": "c", **span(0, 3), "claimants": ["AUTHOR"], "by": ["a"]}
    assert codes(document(claims=[{**claim, "cue": span(*cue)}])) == [("on-furniture", ("claims", 0, "cue", "start"))]
    wrong = {**span(7, 10), "text": "fgi"}
    assert codes(document(claims=[{**claim, "cue": wrong}])) == [("span-text", ("claims", 0, "cue", "text"))]
    assert codes(document(claims=[{**claim, "cue": None}])) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [("de", ", which is only at 4:6"), ("ij", ", which is only at 10:12"), ("aa", ""), ("gh", "")],
)
def test_says_where_a_text_is_that_is_there_once(text: str, place: str) -> None:
    """The message has the offsets of a text that occurs once, and none where it occurs again, if only overlapping."""
    [(code, _, message)] = offset_checks.span_flaws("abc de fg ijaaa", (), {"start": 0, "end": 3, "text": text})
    assert (code, message) == ("span-text", f"0:3 is 'abc' in the text, not '{text}'{place}")


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (7, 14, "span-edge"),
        (10, 13, "span-edge"),
        (7, 15, "offset-range"),
        (14, 15, "offset-range"),
        (7, 7, "span-order"),
    ],
)
def test_rejects_invalid_span_edges(start: int, end: int, code: str) -> None:
    """White space at an edge, an end past the text, and an empty span each have a code of their own."""
    assert [each for each, _ in codes(document(entities=[entity(start, end)]))][:1] == [code]


def zoned(*edges: tuple[int, int]) -> list[str]:
    """Return the codes of the flaws of zones with some starts and ends."""
    zones: list[Any] = [{**ZONES[0], "start": start, "end": end} for start, end in edges]
    return [code for code, _, _ in offset_checks.zone_flaws(SOURCE, zones)]


def test_rejects_zones_that_overlap_or_leave_gaps() -> None:
    """Zones tile the text in any order; one character too few or too many is a gap or an overlap."""
    assert zoned((0, 3), (3, 7), (7, 13)) == zoned((7, 13), (0, 7)) == zoned((0, 10), (11, 13)) == []
    assert zoned((0, 7), (6, 13)) == ["zone-overlap"]
    assert zoned((0, 13), (3, 7)) == ["zone-overlap"]
    assert zoned((0, 13), (0, 3), (7, 10)) == ["zone-overlap", "zone-overlap"]
    assert zoned((0, 6), (7, 13)) == zoned((1, 13)) == zoned((0, 12)) == zoned((0, 10)) == ["zone-gap"]
