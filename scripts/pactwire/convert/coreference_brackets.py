"""Mentions in bracket notation, as in CoNLL-2012 and CorefUD: opened at one token, closed at another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pactwire.convert.entity_links import stated_identifier
from pactwire.convert.imported_document import AttributeValue, ImportedMention, RawSpan


@dataclass
class _BracketSpan:
    """A mention: its key in the file, its type, link and attributes, the line of its first token, its fragments."""

    key: str
    type: str
    link: str
    line: int
    attributes: Mapping[str, tuple[AttributeValue, ...]]
    fragments: list[tuple[int, int]] = field(default_factory=list)


class BracketParser:
    """Collects the mentions of a document while its tokens are read; offsets count code points of its text.

    ``is_annotated`` says that the file has brackets, even if none was opened.
    """

    def __init__(self) -> None:
        self.is_annotated = False
        self._open: list[tuple[str, _BracketSpan, int]] = []
        self._parts: dict[str, _BracketSpan] = {}
        self._spans: list[_BracketSpan] = []

    def open_mention(
        self,
        key: str,
        type: str,
        start: int,
        line: int,
        link: str = "",
        part: str = "",
        attributes: Mapping[str, tuple[AttributeValue, ...]] | None = None,
    ) -> None:
        """Open a mention; ``part`` is the name that all parts of one discontinuous mention share, empty otherwise."""
        span = self._parts.get(part) if part else None
        if span is None:
            span = _BracketSpan(key, type, link, line, attributes or {})
            self._spans.append(span)
            if part:
                self._parts[part] = span
        self._open.append((key, span, start))

    def close_mention(self, end: int, key: str | None = None) -> bool:
        """Close the mention with a key, or the last one opened; return False if there is none."""
        for index in range(len(self._open) - 1, -1, -1):
            if key is None or self._open[index][0] == key:
                _, span, start = self._open.pop(index)
                span.fragments.append((start, end))
                return True
        return False

    def end_sentence(self) -> list[str]:
        """Drop the mentions that are still open, and return their keys or types."""
        unclosed = [key or span.type for key, span, _ in self._open]
        self._open = []
        self._parts = {}
        return unclosed

    def mentions(self, text: str) -> Iterator[ImportedMention]:
        """Yield the closed mentions over the document's text, in the order in which they were opened."""
        for span in self._spans:
            if span.fragments:
                words = " ".join(text[start:end] for start, end in span.fragments)
                raw_span = RawSpan(span.type, tuple(span.fragments), words or None)
                link = stated_identifier(span.link)
                yield ImportedMention("", span.line, raw_span, link, attributes=dict(span.attributes))
