"""An article whose text is made of tokens with tags: IOB1, IOB2, IOBES, BILOU and BMES are all read alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pactwire.convert.entity_links import link_attribute
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.omissions import BLANK_VALUES, Omissions
from pactwire.convert.span_resolution import RawSpan
from pactwire.model import schema
from pactwire.model.issues import Issue
from pactwire.storage import files

TAG: Final = re.compile(r"[BIESLUM][-_](?P<type>[^\s]+)", re.IGNORECASE)
_BEGIN_PREFIXES: Final = "BSU"
"""How the tag of a mention's first token begins, except where it follows another mention or nothing (IOB1)."""
_END_PREFIXES: Final = "ELSU"
LINK_ATTRIBUTE: Final = "link"
METONYM_ATTRIBUTE: Final = "metonym_of"


@dataclass
class _OpenMention:
    """A mention that the next token may continue; ``about`` is what its tokens say of it, each value once."""

    kind: str
    start: int
    end: int
    line: int
    values: dict[str, dict[str, None]] = field(default_factory=lambda: {LINK_ATTRIBUTE: {}, METONYM_ATTRIBUTE: {}})

    def attributes(self, words: str, left: Omissions) -> dict[str, str | None]:
        """Return the attributes that the tokens of a mention give together."""
        found = {
            what: link_attribute("|".join(values), left, words).get("link") for what, values in self.values.items()
        }
        meant = found[METONYM_ATTRIBUTE]
        if meant is not None and not schema.is_valid(meant, "annotation", "qid"):
            left.add("metonyms that are no Wikidata id", meant)
            del found[METONYM_ATTRIBUTE]
        return {what: value for what, value in found.items() if value}


@dataclass
class TaggedTextBuilder:
    """An article being read: its text so far, and by column of tags the mention that the next token may continue."""

    name: str
    omitted: Omissions = field(default_factory=Omissions)
    issues: list[Issue] = field(default_factory=list)
    rejected_by: str = ""
    is_begun: bool = False
    gap: str = ""
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _mentions: list[ImportedMention] = field(default_factory=list)
    _open_mentions: dict[int, _OpenMention] = field(default_factory=dict)
    _is_annotated: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it has no token yet."""
        return not self._parts

    def add_token(self, token: str, glued: bool) -> tuple[int, int]:
        """Append a token, after the gap that the last one left, and return its span; nothing follows a glued one."""
        start = self._length + len(self.gap)
        self._parts += [self.gap, token]
        self._length = start + len(token)
        self.gap = "" if glued else " "
        return start, self._length

    def apply_tag(self, column: int, tag: str, span: tuple[int, int], line: int, about: Mapping[str, str]) -> None:
        """Begin, continue or end a mention by the tag of a token; ``about`` is what the token says of its mention."""
        match, run = TAG.fullmatch(tag), self._open_mentions.get(column)
        self._is_annotated = self._is_annotated or tag not in ("", "_")
        if match is None:
            self.close_mentions(column)
            for what, value in about.items():
                if value not in BLANK_VALUES:
                    self.omitted.add(f"values of {what} outside of mentions", value)
            return
        prefix, kind = tag[0].upper(), match["type"]
        if prefix in _BEGIN_PREFIXES or not run or run.kind != kind:
            self.close_mentions(column)
            run = self._open_mentions[column] = _OpenMention(kind, *span, line)
        run.end = span[1]
        for what, value in about.items():
            run.values[what][value] = None
        if prefix in _END_PREFIXES:
            self.close_mentions(column)

    def close_mentions(self, *columns: int) -> None:
        """End the open mentions of some columns, without any of all."""
        for column in columns or tuple(self._open_mentions):
            if run := self._open_mentions.pop(column, None):
                words = self._text_between(run.start, run.end)
                claimed = RawSpan(run.kind, ((run.start, run.end),), words)
                self._mentions.append(ImportedMention("", run.line, claimed, run.attributes(words, self.omitted)))

    def _text_between(self, start: int, end: int) -> str:
        """Return a span near the end of the text without joining all of it."""
        tail: list[str] = []
        length = 0
        for part in reversed(self._parts):
            tail.append(part)
            length += len(part)
            if length >= self._length - start:
                break
        return "".join(reversed(tail))[length - self._length + start : length - self._length + end]

    def to_document(self, file: str, changed: str) -> ImportedDocument:
        """Return the article; one without a single tag was not annotated."""
        self.close_mentions()
        mentions = self._mentions if self._is_annotated or self.is_empty else None
        text = files.protect_bom("".join(self._parts))
        return ImportedDocument(
            self.name, file, text, mentions, changed, self.omitted, self.issues, rejected_by=self.rejected_by
        )  # fmt: skip
