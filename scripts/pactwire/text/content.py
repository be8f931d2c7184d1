"""An article with its zones and a document to its content: the text, and the labels moved into its offsets.

Offsets are code points, half-open.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from pactwire.model.records import CONTENT_KINDS, Article, Document, Entity, Layer, Zone
from pactwire.text import offsets


class ContentLine(NamedTuple):
    """A line of a content text, and the language that most of it is in."""

    start: int
    end: int
    language: str


class Content:
    """An article's content text, and its annotation moved into content offsets."""

    def __init__(self, article: Article, zones: Sequence[Zone], document: Document | None) -> None:
        self.text, self.segments = offsets.content_text(article["source_text"], zones)
        self.zones = sorted(zones, key=itemgetter("start"))
        self.document = document
        self._language_spans = list(self._zone_languages())
        self._language_ends = [end for _, end, _ in self._language_spans]

    def _zone_languages(self) -> Iterator[tuple[int, int, str]]:
        """Yield where in the content text each content zone stands, in order, and its language."""
        segments = iter(self.segments)
        shift = end = -1
        for zone in self.zones:
            if zone["kind"] in CONTENT_KINDS:
                if zone["start"] >= end:
                    segment = next(segments)
                    shift, end = segment["content"] - segment["source"], segment["source"] + segment["length"]
                yield zone["start"] + shift, zone["end"] + shift, zone["language"]

    def layer(self, layer: Layer) -> list[Any] | None:
        """Return the labels of a layer as they stand in the document, None where it was not annotated."""
        return None if self.document is None else self.document.get(layer)

    @cached_property
    def entities(self) -> list[Any] | None:
        """The mentions by start and end, in offsets of the content text; None where they were not annotated."""
        if (labels := self.layer("entities")) is None:
            return None
        return [self._to_content(label) for label in sorted(labels, key=lambda label: (label["start"], label["end"]))]

    @cached_property
    def mentions(self) -> dict[str, Entity]:
        """The mentions by their ids, as they stand in the document; empty where they were not annotated."""
        return {label["id"]: label for label in self.layer("entities") or ()}

    def _to_content(self, label: Any) -> Any:
        span = offsets.to_content(self.segments, label["start"], label["end"])
        if span is None:  # the checks refuse such a document before it comes here
            raise ValueError(f"{label['start']}:{label['end']} does not lie in the content text")
        return {**label, "start": span[0], "end": span[1]}

    def language(self, start: int, end: int) -> str:
        """Return the language that most code points of a span of the content text are in."""
        first = bisect_right(self._language_ends, start)
        if first < len(self._language_ends) and end <= self._language_ends[first]:
            left, _, language = self._language_spans[first]
            return language if left < end else "und"
        counts: dict[str, int] = {}
        for left, right, language in self._language_spans[first:]:
            if left >= end:
                break
            counts[language] = counts.get(language, 0) + min(end, right) - max(start, left)
        return max(counts, key=lambda language: counts[language], default="und")

    @cached_property
    def lines(self) -> list[ContentLine]:
        """The lines of the content text, blank ones left out, without white space at their edges."""
        found = []
        start = 0
        for line in self.text.split("\n"):
            if line.strip():
                span = start + len(line) - len(line.lstrip()), start + len(line.rstrip())
                found.append(ContentLine(*span, self.language(*span)))
            start += len(line) + 1
        return found
