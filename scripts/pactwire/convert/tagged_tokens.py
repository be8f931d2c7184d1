"""An article whose text is made of tokens with tags: IOB1, IOB2, IOBES, BILOU and BMES are all read alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pactwire.convert.entity_links import link
from pactwire.convert.imported_document import Foreign, Mention
from pactwire.convert.losses import UNSAID, Losses
from pactwire.convert.span_resolution import Claimed
from pactwire.model import schema
from pactwire.model.issues import Issue
from pactwire.storage import files

TAG: Final = re.compile(r"[BIESLUM][-_](?P<type>[^\s]+)", re.IGNORECASE)
_FIRST: Final = "BSU"
"""How the tag of a mention's first token begins, except where it follows another mention or nothing (IOB1)."""
_LAST: Final = "ELSU"
LINK: Final = "link"
METONYM: Final = "metonym_of"


@dataclass
class _Run:
    """A mention that the next token may continue; ``about`` is what its tokens say of it, each value once."""

    kind: str
    start: int
    end: int
    line: int
    about: dict[str, dict[str, None]] = field(default_factory=lambda: {LINK: {}, METONYM: {}})

    def attributes(self, words: str, left: Losses) -> dict[str, str | None]:
        """Return the attributes that the tokens of a mention give together."""
        found = {what: link("|".join(values), left, words).get("link") for what, values in self.about.items()}
        meant = found[METONYM]
        if meant is not None and not schema.is_valid(meant, "annotation", "qid"):
            left.note("metonyms that are no Wikidata id", meant)
            del found[METONYM]
        return {what: value for what, value in found.items() if value}


@dataclass
class Tokenized:
    """An article being read: its text so far, and by column of tags the mention that the next token may continue."""

    name: str
    left: Losses = field(default_factory=Losses)
    issues: list[Issue] = field(default_factory=list)
    declined: str = ""
    is_begun: bool = False
    gap: str = ""
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _mentions: list[Mention] = field(default_factory=list)
    _runs: dict[int, _Run] = field(default_factory=dict)
    _is_annotated: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it has no token yet."""
        return not self._parts

    def add(self, token: str, glued: bool) -> tuple[int, int]:
        """Append a token, after the gap that the last one left, and return its span; nothing follows a glued one."""
        start = self._length + len(self.gap)
        self._parts += [self.gap, token]
        self._length = start + len(token)
        self.gap = "" if glued else " "
        return start, self._length

    def tag(self, column: int, tag: str, span: tuple[int, int], line: int, about: Mapping[str, str]) -> None:
        """Begin, continue or end a mention by the tag of a token; ``about`` is what the token says of its mention."""
        match, run = TAG.fullmatch(tag), self._runs.get(column)
        self._is_annotated = self._is_annotated or tag not in ("", "_")
        if match is None:
            self.close(column)
            for what, value in about.items():
                if value not in UNSAID:
                    self.left.note(f"values of {what} outside of mentions", value)
            return
        prefix, kind = tag[0].upper(), match["type"]
        if prefix in _FIRST or not run or run.kind != kind:
            self.close(column)
            run = self._runs[column] = _Run(kind, *span, line)
        run.end = span[1]
        for what, value in about.items():
            run.about[what][value] = None
        if prefix in _LAST:
            self.close(column)

    def close(self, *columns: int) -> None:
        """End the open mentions of some columns, without any of all."""
        for column in columns or tuple(self._runs):
            if run := self._runs.pop(column, None):
                words = self._words(run.start, run.end)
                claimed = Claimed(run.kind, ((run.start, run.end),), words)
                self._mentions.append(Mention("", run.line, claimed, run.attributes(words, self.left)))

    def _words(self, start: int, end: int) -> str:
        """Return a span near the end of the text without joining all of it."""
        tail: list[str] = []
        length = 0
        for part in reversed(self._parts):
            tail.append(part)
            length += len(part)
            if length >= self._length - start:
                break
        return "".join(reversed(tail))[length - self._length + start : length - self._length + end]

    def article(self, file: str, changed: str) -> Foreign:
        """Return the article; one without a single tag was not annotated."""
        self.close()
        mentions = self._mentions if self._is_annotated or self.is_empty else None
        text = files.protect_bom("".join(self._parts))
        return Foreign(
            self.name, file, text, mentions, changed, self.left, self.issues, declined=self.declined
        )  # fmt: skip
