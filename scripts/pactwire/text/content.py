"""The content of an article: its content text, lines and languages, and the labels of a document in its offsets.

Offsets are code points, half-open.
"""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from pactwire.model.records import Article, Document, Zone
from pactwire.text import offsets


class ContentLine(NamedTuple):
    """A line of a content text and the language of most of it."""

    start: int
    end: int
    language: str


class Content:
    """The content text of an article, cut out by its zones, and the annotation of a document, if there is one."""

    def __init__(
        self, article: Article, zones: Sequence[Zone], document: Document | None, content_kinds: Collection[str]
    ) -> None:
        self.text, self.segments = offsets.content_text(article["source_text"], zones, content_kinds)
        self._content_kinds = content_kinds
        self.zones = sorted(zones, key=itemgetter("start"))
        self.document = document

    @cached_property
    def _language_spans(self) -> list[tuple[int, int, str]]:
        """The span of each content zone in the content text, in order, and its language."""
        return [
            (*self._map_to_content(zone), zone["language"])
            for zone in self.zones
            if zone["kind"] in self._content_kinds
        ]

    @cached_property
    def _language_ends(self) -> list[int]:
        return [end for _, end, _ in self._language_spans]

    def map_span(self, span: Any) -> dict[str, Any]:
        """Return a span of the source text as one of the content text; raises ValueError unless it is all content."""
        start, end = self._map_to_content(span)
        return {"start": start, "end": end, "text": span["text"]}

    def layer(self, layer: str) -> list[Any] | None:
        """Return the labels of a layer, in offsets of the source text; None if it was not annotated."""
        return None if self.document is None else self.document.get(layer)  # type: ignore[return-value]

    def _map_to_content(self, span: Any) -> tuple[int, int]:
        """Return a span of the source text as one of the content text; raises ValueError unless it is all content."""
        mapped = offsets.to_content(self.segments, span["start"], span["end"])
        if mapped is None:  # validation rejects such a document before it gets here
            raise ValueError(f"{span['start']}:{span['end']} does not lie in the content text")
        return mapped

    def language(self, start: int, end: int) -> str:
        """Return the language of most code points of a span of the content text; ``und`` if no zone is in it."""
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
    def main_language(self) -> str:
        """The language of most of the content text."""
        return self.language(0, len(self.text))

    @cached_property
    def lines(self) -> list[ContentLine]:
        """The lines of the content text that are not blank, without white space at their edges."""
        lines = []
        start = 0
        for line in self.text.split("\n"):
            if line.strip():
                span = start + len(line) - len(line.lstrip()), start + len(line.rstrip())
                lines.append(ContentLine(*span, self.language(*span)))
            start += len(line) + 1
        return lines
