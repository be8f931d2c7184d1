"""Grounding: where the words that a language model quotes stand in an article, or why they stand nowhere.

A place is a line of the content, the words quoted from it, and which of their occurrences in that line is meant. Words
are compared after nothing but white space, quotation marks and canonical composition (NFC) were leveled; there is no
fuzzy matching, and a quote that does not stand where the model says is refused.

An occurrence may begin or end inside a word: in many scripts words have no borders, and in Bengali, Persian or Arabic a
name and its ending share a character as readers see it (an extended grapheme cluster, Unicode UAX #29). It never cuts
what is one letter in NFC, nor an emoji or a flag.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, NamedTuple

import regex

from pactwire.model.records import Segment, Span
from pactwire.text.content import Content

_CLUSTER: Final = regex.compile(r"\X")
_EMOJI: Final = regex.compile(r"\p{Emoji}")
_MOST_MARKS: Final = 30
"""The most marks on a letter in text that follows the Stream-Safe Text Format (UAX #15); more are not taken apart."""
_QUOTATION_MARK: Final = regex.compile(r"\p{Quotation_Mark}")
_LEVEL_MARK: Final = '"'


class PlaceFlaw(StrEnum):
    """Why a place is refused."""

    FORM = "the place is no line, quote and occurrence"
    LINE = "there is no such line"
    EMPTY = "the quote is empty"
    OCCURRENCE = "the quote stands fewer times in that line"
    SPLIT = "the quote cuts a character"
    ELSEWHERE = "the quote stands in other lines only"
    ABSENT = "the quote does not stand in the text"


class Place(NamedTuple):
    """A place as a model names it: line and occurrence count from 1."""

    line: int
    quote: str
    occurrence: int


class ContentPiece(NamedTuple):
    """A line of the content, or a piece of one that furniture cuts: a half-open span of the source text."""

    start: int
    end: int


def level(text: str) -> str:
    """Return a text with all quotation marks alike, in NFC, with single spaces for white space and none at the ends."""
    return " ".join(_nfc(_QUOTATION_MARK.sub(_LEVEL_MARK, text)).split())


def content_pieces(content: Content) -> list[ContentPiece]:
    """Return the lines that a model is shown, in order: not blank, without white space at their edges.

    Furniture that was cut out inside a line makes two of it, so that no quote can lie across furniture.
    """
    return [piece for segment in content.segments for piece in _pieces_of_segment(content.text, segment)]


def _pieces_of_segment(text: str, segment: Segment) -> list[ContentPiece]:
    shift = segment["source"] - segment["content"]
    start = segment["content"]
    pieces = []
    for line in text[start : start + segment["length"]].split("\n"):
        if line.strip():
            first, end = start + len(line) - len(line.lstrip()), start + len(line.rstrip())
            pieces.append(ContentPiece(first + shift, end + shift))
        start += len(line) + 1
    return pieces


class LeveledLine:
    """A line, leveled, and the offsets in the line itself of every border between two of its characters."""

    def __init__(self, line: str) -> None:
        """Level a line without white space at its edges."""
        starts = _unit_starts(line)
        leveled = [_level_unit(line[start:end]) for start, end in pairwise([*starts, len(line)])]
        self.text = "".join(leveled)
        self._offsets = [*starts, len(line)]
        self._borders = [0]
        for unit in leveled:
            self._borders.append(self._borders[-1] + len(unit))

    def find(self, quote: str) -> list[tuple[int, int]]:
        """Return every occurrence of a leveled quote, in order; they may overlap. Offsets are those of the line."""
        found = []
        at = self.text.find(quote)
        while at != -1:
            start, end = self._offset(at), self._offset(at + len(quote))
            if start is not None and end is not None:
                found.append((start, end))
            at = self.text.find(quote, at + 1)
        return found

    def _offset(self, border: int) -> int | None:
        at = bisect_left(self._borders, border)
        return self._offsets[at] if at < len(self._borders) and self._borders[at] == border else None


def _unit_starts(line: str) -> list[int]:
    """Return where each unit of a line starts; white space in a row is one, with the marks on the last of it."""
    starts: list[int] = []
    is_after_space = False
    for cluster in _CLUSTER.finditer(line):
        if not (is_after_space and cluster[0][0].isspace()):
            starts += (cluster.start() + at for at in _letter_starts(cluster[0]))
        is_after_space = cluster[0].isspace()
    return starts


def _letter_starts(cluster: str) -> list[int]:
    """Return where the letters of a cluster start that stay apart in NFC; white space and emoji are never cut."""
    starts = [0]
    if 1 < len(cluster) <= 1 + _MOST_MARKS and not cluster[0].isspace() and not _EMOJI.search(cluster):
        for border in range(1, len(cluster)):
            before, after = cluster[starts[-1] : border], cluster[border:]
            if _nfc(before) + _nfc(after) == _nfc(before + after):
                starts.append(border)
    return starts


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _level_unit(unit: str) -> str:
    rest = unit.lstrip()
    marked = _nfc(_QUOTATION_MARK.sub(_LEVEL_MARK, rest))
    return " " + marked if len(rest) < len(unit) else marked


class Grounding:
    """The lines of an article, in which the places that a model names are found."""

    def __init__(self, source: str, pieces: Sequence[ContentPiece]) -> None:
        self._source = source
        self._pieces = pieces
        self._lines = [LeveledLine(source[piece.start : piece.end]) for piece in pieces]

    def prompt_lines(self) -> list[str]:
        """Return the lines with their numbers, as a model is shown them; white space in them is leveled."""
        texts = (" ".join(self._source[piece.start : piece.end].split()) for piece in self._pieces)
        return [f"{number}: {text}" for number, text in enumerate(texts, 1)]

    def find(self, place: Any) -> Span | PlaceFlaw:
        """Return the span of the source text that stands at a place; else why the place is refused."""
        given = _read_place(place)
        if isinstance(given, PlaceFlaw):
            return given
        if not 1 <= given.line <= len(self._lines):
            return PlaceFlaw.LINE
        quote = level(given.quote)
        if not quote:
            return PlaceFlaw.EMPTY
        found = self._lines[given.line - 1].find(quote)
        if 1 <= given.occurrence <= len(found):
            start, end = found[given.occurrence - 1]
            first = self._pieces[given.line - 1].start
            return Span(start=first + start, end=first + end, text=self._source[first + start : first + end])
        return PlaceFlaw.OCCURRENCE if found else self._flaw_of_missing(given.line, quote)

    def _flaw_of_missing(self, line: int, quote: str) -> PlaceFlaw:
        if quote in self._lines[line - 1].text:
            return PlaceFlaw.SPLIT
        return PlaceFlaw.ELSEWHERE if any(each.find(quote) for each in self._lines) else PlaceFlaw.ABSENT

    def place_of(self, start: int, end: int) -> Place | None:
        """Return the place of a span of the source text; None if it is in no single line, or cuts a character."""
        at = bisect_left(self._pieces, start + 1, key=lambda piece: piece.start) - 1
        if at < 0 or end > self._pieces[at].end:
            return None
        first = self._pieces[at].start
        quote = self._source[start:end]
        found = self._lines[at].find(level(quote))
        span = (start - first, end - first)
        return Place(at + 1, quote, found.index(span) + 1) if span in found else None


def _read_place(place: Any) -> Place | PlaceFlaw:
    if not isinstance(place, dict) or set(place) != set(Place._fields):
        return PlaceFlaw.FORM
    line, quote, occurrence = (place[name] for name in Place._fields)
    if type(line) is not int or type(occurrence) is not int or not isinstance(quote, str):
        return PlaceFlaw.FORM
    return Place(line, quote, occurrence)
