"""CoNLL-2003 and its kin (https://aclanthology.org/W03-0419): token lines to texts and mentions, and back.

A token a line, its columns apart by tabs or blanks, its tag in one of them; blank lines end sentences and
``-DOCSTART-`` (or a comment such as ``# newdoc id = x``) begins an article. IOB1, IOB2, IOBES and BILOU tags are
all read alike. The text is made of the tokens: blanks between them except where a column says
``SpaceAfter=No`` or ``NoSpaceAfter``, and a line for each sentence. Ours are written with ``SpaceAfter=No`` in the
third column, so that the words come back as they were, but for the kind of white space between them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pactwire import files
from pactwire.convert.anchors import Claimed
from pactwire.convert.foreign import Foreign, Mention
from pactwire.convert.tokens import Line
from pactwire.issues import DataError, Issue
from pactwire.views import OUTSIDE

DOCSTART: Final = "-DOCSTART-"
_TAG: Final = re.compile(r"[BIESLUM][-_](?P<type>[^\s]+)", re.IGNORECASE)
_FIRST: Final = "BSU"
_LAST: Final = "ELSU"
_GLUED: Final = re.compile(r"(?:^|\|)(?:SpaceAfter=No|NoSpaceAfter)(?:$|\|)")
_NAMED: Final = re.compile(r"#\s*(?:newdoc(?:\s+id)?|[\w:]*document_id|id)\b\s*=?\s*(?P<name>.*)")


@dataclass
class _Open:
    """An article being read: its text so far, and the mention that the next token may continue."""

    name: str
    parts: list[str] = field(default_factory=list)
    length: int = 0
    gap: str = ""
    mentions: list[Mention] = field(default_factory=list)
    current: tuple[str, int, int, int] | None = None

    def add(self, token: str, glued: bool) -> tuple[int, int]:
        """Append a token and return its span."""
        start = self.length + len(self.gap)
        self.parts += [self.gap, token]
        self.length = start + len(token)
        self.gap = "" if glued else " "
        return start, self.length

    def close(self) -> None:
        """End the open mention."""
        if self.current:
            kind, start, end, line = self.current
            text = "".join(self.parts)[start:end] if len(self.parts) < 64 else self._words(start, end)
            self.mentions.append(Mention("", line, Claimed(kind, ((start, end),), text)))
        self.current = None

    def _words(self, start: int, end: int) -> str:
        """Return a span near the end of the text without joining all of it."""
        tail: list[str] = []
        length = 0
        for part in reversed(self.parts):
            tail.append(part)
            length += len(part)
            if length >= self.length - start:
                break
        return "".join(reversed(tail))[length - self.length + start : length - self.length + end]


def read(data: bytes, file: str, column: str | None, changed: str) -> Iterator[Foreign]:
    """Yield the articles of a file in order; ``column`` is the tag's, from 1 or by the header's name, else the last.

    Raises DataError (not-utf8, convert-tag for a column that the header does not name). A line that can't be
    read is an issue of its article.
    """
    reader = _Reader(file, column, changed)
    for number, line in enumerate(files.normalize(_decode(data, file)).split("\n"), 1):
        yield from reader.line(number, line)
    yield from reader.end()


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{data[error.start]:02X} at offset {error.start} is not UTF-8"
        raise DataError([Issue(file, line, "not-utf8", message)]) from None


class _Reader:
    """Reads line by line, and yields an article whenever one ends."""

    def __init__(self, file: str, column: str | None, changed: str) -> None:
        self.file, self.changed = file, changed
        self.name: str | None = column if column and not column.isdigit() else None
        self.index = int(column) - 1 if column and column.isdigit() else -1
        self.number = 0
        self.open = _Open(self._default())
        self.issues: list[Issue] = []
        self.left: Counter[str] = Counter()
        self.is_first = True

    def line(self, number: int, line: str) -> Iterator[Foreign]:
        """Read a line; yield the article that it ends."""
        if not line.strip():
            self.open.close()
            if self.open.parts:
                self.open.gap = "\n"
            return
        fields = [each.strip() for each in (line.split("\t") if "\t" in line else re.split(" +", line.strip(" ")))]
        if fields[0] == DOCSTART:
            yield from self.end()
            return
        tag = fields[self.index] if -1 <= self.index < len(fields) else ""
        is_tag = tag in (OUTSIDE, "_") or _TAG.fullmatch(tag) is not None
        if self.is_first and (self.name or not is_tag) and not line.startswith("#"):
            self._header(fields, number)
        elif line.startswith("#") and not (is_tag and len(fields) > 1):
            yield from self._comment(line)
        elif not is_tag or len(fields) < 2 or not fields[0]:
            self.issues.append(Issue(self.file, number, "convert-tag", f"{line[:60]!r} is no token with a tag"))
        elif flaws := list(files.controls(fields[0])):
            self.issues += [Issue(self.file, number, "control-character", message) for _, message in flaws]
        else:
            self.is_first = False
            self._token(fields, tag, number)

    def _header(self, fields: list[str], number: int) -> None:
        self.is_first = False
        if self.name and self.name not in fields:
            message = f"the header names no column {self.name!r}; it names {', '.join(fields)}"
            raise DataError([Issue(self.file, number, "convert-tag", message)])
        self.index = fields.index(self.name) if self.name else self.index

    def _comment(self, line: str) -> Iterator[Foreign]:
        if match := _NAMED.match(line):
            yield from self.end()
            self.open.name = f"{self.file}#{match['name'].strip()}" if match["name"].strip() else self.open.name
        else:
            self.left["comments"] += 1

    def _token(self, fields: list[str], tag: str, number: int) -> None:
        start, end = self.open.add(fields[0], any(map(_GLUED.search, fields[1:])))
        match = _TAG.fullmatch(tag)
        if match is None:
            self.open.close()
            return
        prefix, kind = tag[0].upper(), match["type"]
        if prefix in _FIRST or not self.open.current or self.open.current[0] != kind:
            self.open.close()
            self.open.current = kind, start, end, number
        else:
            self.open.current = kind, self.open.current[1], end, self.open.current[3]
        if prefix in _LAST:
            self.open.close()

    def end(self) -> Iterator[Foreign]:
        """Yield the open article, unless nothing was read of it, and begin the next."""
        self.open.close()
        if self.open.parts or self.issues:
            text = "".join(self.open.parts)
            yield Foreign(
                self.open.name, self.file, text, self.open.mentions, self.changed, self.left, self.issues
            )  # fmt: skip
            self.number += 1
        self.open, self.issues, self.left = _Open(self._default()), [], Counter()

    def _default(self) -> str:
        return f"{self.file}#{self.number + 1}"


def write(articles: Sequence[tuple[str, Sequence[Line]]]) -> str:
    """Return articles, each an id and its lines, in the four columns of CoNLL-2003 with IOB2 tags."""
    blocks = []
    for _, lines in articles:
        blocks.append(f"{DOCSTART} -X- -X- {OUTSIDE}\n\n")
        for line in lines:
            for token, glued, tag in zip(line.tokens, line.glued(), line.tags(), strict=True):
                blocks.append(f"{token['text']} _ {'SpaceAfter=No' if glued else '_'} {tag}\n")
            blocks.append("\n")
    return "".join(blocks)
