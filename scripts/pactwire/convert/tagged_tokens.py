"""Documents built from tokens: their text, and mentions from tags (IOB1, IOB2, IOBES, BILOU, BMES) or brackets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pactwire.convert.coreference_brackets import BracketParser
from pactwire.convert.entity_links import stated_identifier
from pactwire.convert.imported_document import (
    TOKENS,
    AttributeValue,
    ImportedDocument,
    ImportedMention,
    RawSpan,
    SourceFile,
)
from pactwire.convert.omissions import BLANK_VALUES
from pactwire.storage import files

TAG: Final = re.compile(r"[BIESLUM][-_](?P<type>[^\s]+)", re.IGNORECASE)
_BEGIN_PREFIXES: Final = "BSU"
"""Prefixes of a mention's first token; any other prefix begins one if no mention of its type is open (IOB1)."""
_END_PREFIXES: Final = "ELSU"
LINK: Final = "link"
METONYM: Final = "metonym"


@dataclass
class _OpenMention:
    """A mention that the next token may continue; ``values`` are its tokens' links and metonyms, each value once."""

    kind: str
    start: int
    end: int
    line: int
    values: dict[str, dict[str, None]] = field(default_factory=lambda: {LINK: {}, METONYM: {}})

    def identifier(self, name: str) -> str:
        """Return the link or the metonym that the tokens of a mention give together; empty if there is none."""
        return stated_identifier("|".join(self.values[name]))


class TaggedTextBuilder:
    """Builds a document token by token.

    ``document`` collects issues and omissions meanwhile, ``brackets`` the mentions that brackets open and close;
    ``gap`` is the white space before the next token. Offsets count code points of the text so far.
    """

    def __init__(self, name: str, source: SourceFile) -> None:
        self.document = ImportedDocument(name, source.name, "", None, source.modified)
        self.brackets = BracketParser()
        self.gap = ""
        self._parts: list[str] = []
        self._length = 0
        self._mentions: list[ImportedMention] = []
        self._labels: list[ImportedMention] = []
        self._open_mentions: dict[int, _OpenMention] = {}
        self._is_annotated = False

    @property
    def is_empty(self) -> bool:
        """Whether it has no token yet."""
        return not self._parts

    def add_token(self, token: str, glued: bool) -> tuple[int, int]:
        """Append a token after the current gap and return its span; ``glued`` means no space before the next token."""
        start = self._length + len(self.gap)
        self._parts += [self.gap, token]
        self._length = start + len(token)
        self.gap = "" if glued else " "
        return start, self._length

    def apply_tag(
        self, tag: str, span: tuple[int, int], line: int, column: int = 0, values: Mapping[str, str] | None = None
    ) -> None:
        """Begin, continue or end a mention according to a token's tag.

        Args:
            tag: The tag; an empty one or "_" means that the token was not annotated.
            span: The token's span, as `add_token` returned it.
            line: The token's line in its file.
            column: Which column of tags it is from; each column has mentions of its own.
            values: The token's link and metonym.
        """
        match, mention = TAG.fullmatch(tag), self._open_mentions.get(column)
        self._is_annotated = self._is_annotated or tag not in ("", "_")
        values = values or {}
        if match is None:
            self._close_mention(column)
            for name, value in values.items():
                if value not in BLANK_VALUES:
                    self.document.omitted.add(f"values of {name} outside of mentions", value)
            return
        prefix, kind = tag[0].upper(), match["type"]
        if prefix in _BEGIN_PREFIXES or not mention or mention.kind != kind:
            self._close_mention(column)
            mention = self._open_mentions[column] = _OpenMention(kind, *span, line)
        mention.end = span[1]
        for name, value in values.items():
            mention.values[name][value] = None
        if prefix in _END_PREFIXES:
            self._close_mention(column)

    def _close_mention(self, column: int) -> None:
        if mention := self._open_mentions.pop(column, None):
            words = self._text_between(mention.start, mention.end)
            span = RawSpan(mention.kind, ((mention.start, mention.end),), words)
            link, metonym = map(mention.identifier, (LINK, METONYM))
            self._mentions.append(ImportedMention("", mention.line, span, link, metonym))

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

    def add_label(self, span: tuple[int, int], line: int, values: Mapping[str, str], label_id: str = "") -> None:
        """Add a label of the layer of tokens, with the values of its columns that are not blank, if it has any.

        Args:
            span: The token's span, as `add_token` returned it.
            line: Its line in the file.
            values: Its columns by name.
            label_id: Its id, by which relations name it.
        """
        attributes: dict[str, tuple[AttributeValue, ...]] = {
            name: (value,) for name, value in values.items() if value not in BLANK_VALUES
        }
        if not attributes and not label_id:
            return
        raw_span = RawSpan(TOKENS, (span,), self._text_between(*span))
        self._labels.append(ImportedMention(label_id, line, raw_span, attributes=attributes, layer=TOKENS))

    def end_sentence(self, line: int) -> None:
        """End all open mentions, and begin a new line of text; a bracket that is still open is an issue at ``line``."""
        for name in self.brackets.end_sentence():
            self.document.add_issue(line, "convert-tag", f"the mention {name} is never closed")
        for column in tuple(self._open_mentions):
            self._close_mention(column)
        if not self.is_empty:
            self.gap = "\n"

    def finish(self) -> ImportedDocument:
        """Return the document; if it has tokens but no tag and no bracket, it was not annotated."""
        for column in tuple(self._open_mentions):
            self._close_mention(column)
        text = "".join(self._parts)
        mentions = [*self._labels, *self._mentions, *self.brackets.mentions(text)]
        is_annotated = self._is_annotated or self.brackets.is_annotated or bool(mentions) or self.is_empty
        self.document.raw = files.protect_bom(text)
        self.document.mentions = mentions if is_annotated else None
        return self.document
