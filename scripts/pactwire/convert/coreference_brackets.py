"""Mentions that brackets open at one token and close at another, nested and crossing, as in CoNLL-2012 and CorefUD."""

from dataclasses import dataclass, field

from pactwire.convert.entity_links import link_attribute
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.span_resolution import RawSpan
from pactwire.storage import files


@dataclass
class _BracketSpan:
    """A mention: what it is called over there, its type and link, the line of its first token, and its fragments."""

    name: str
    type: str
    link: str
    line: int
    fragments: list[tuple[int, int]] = field(default_factory=list)


class BracketParser:
    """The mentions of an article while its tokens come in."""

    def __init__(self) -> None:
        self.is_annotated = False
        self._open: list[tuple[str, _BracketSpan, int]] = []
        self._parts: dict[str, _BracketSpan] = {}
        self._done: list[_BracketSpan] = []

    def open_mention(self, key: str, type: str, start: int, line: int, link: str = "", part: str = "") -> None:
        """Open a mention; ``part`` is the name that further stretches of the same mention have, or nothing."""
        span = self._parts.get(part) if part else None
        if span is None:
            span = _BracketSpan(key, type, link, line)
            self._done.append(span)
            if part:
                self._parts[part] = span
        self._open.append((key, span, start))

    def close_mention(self, end: int, key: str | None = None) -> bool:
        """Close the mention of a key, or the last that was opened; say whether there was one."""
        for index in range(len(self._open) - 1, -1, -1):
            if key is None or self._open[index][0] == key:
                _, span, start = self._open.pop(index)
                span.fragments.append((start, end))
                return True
        return False

    def end_sentence(self) -> list[str]:
        """Forget what is still open, and return the names or types of these mentions."""
        found = [key or span.type for key, span, _ in self._open]
        self._open = []
        self._parts = {}
        return found

    def add_mentions_to(self, foreign: ImportedDocument) -> ImportedDocument:
        """Give an article its mentions, or None where its source says nothing of any."""
        text = files.normalize_newlines(foreign.raw)
        mentions = []
        for span in self._done:
            words = " ".join(text[start:end] for start, end in span.fragments)
            claimed = RawSpan(span.type, tuple(span.fragments), words or None)
            if span.fragments:
                mentions.append(
                    ImportedMention("", span.line, claimed, link_attribute(span.link, foreign.omitted, words))
                )
        foreign.mentions = [*(foreign.mentions or []), *mentions] if self.is_annotated or mentions else foreign.mentions
        return foreign
