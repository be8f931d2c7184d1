"""CoNLL-2003 and its kin (https://aclanthology.org/W03-0419): token lines to texts and mentions, and back.

A token a line, its columns apart by tabs or blanks, its tag in one of them; blank lines end sentences and
``-DOCSTART-`` (or a comment such as ``# newdoc id = x``) begins an article. IOB1, IOB2, IOBES and BILOU tags are
all read alike. The text is made of the tokens: blanks between them except where a column says
``SpaceAfter=No`` or ``NoSpaceAfter``, and a line for each sentence (HIPE ends its own with ``EndOfSentence``).
Ours are written with ``SpaceAfter=No`` in the third column, so that the words come back as they were, but for the
kind of white space between them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pactwire import files
from pactwire.convert import foreign
from pactwire.convert.anchors import Claimed
from pactwire.convert.foreign import Foreign, Mention
from pactwire.convert.tokens import Line
from pactwire.issues import DataError, Issue
from pactwire.tagging import OUTSIDE

DOCSTART: Final = "-DOCSTART-"
_TAG: Final = re.compile(r"[BIESLUM][-_](?P<type>[^\s]+)", re.IGNORECASE)
_FIRST: Final = "BSU"
_LAST: Final = "ELSU"
_GLUED: Final = re.compile(r"(?:^|\|)(?:SpaceAfter=No|NoSpaceAfter)(?:$|\|)")
_NAMED: Final = re.compile(r"#\s*(?:newdoc(?:\s+id)?|[\w:]*document_id|id)\b\s*=?\s*(?P<name>.*)")
_HEADS: Final = ("TOKEN", "TOKENS", "WORD", "WORDS", "FORM", "TEXT")
"""What the first column of a header is called."""
_UNSAID: Final = "_"
_SENTENCE: Final = re.compile(r"(?:^|\|)EndOfSentence(?:$|\|)")


@dataclass(frozen=True)
class Columns:
    """The columns to read, by number from 1 or by the header's name; tags default to the last, the token to the first.

    Each column of tags holds mentions of its own, so that nested ones may stand in a second. ``link`` is the one
    with the links of mentions in the first. ``sentences`` is how many an article has where a file does not say
    where one begins; without, the whole file is one.
    """

    tags: tuple[str, ...] = ()
    token: str | None = None
    link: str | None = None
    sentences: int | None = None


@dataclass
class _Open:
    """An article being read: its text so far, and by column the mention that the next token may continue."""

    name: str
    parts: list[str] = field(default_factory=list)
    length: int = 0
    gap: str = ""
    mentions: list[Mention] = field(default_factory=list)
    current: dict[int, tuple[str, int, int, int, str]] = field(default_factory=dict)

    def add(self, token: str, glued: bool) -> tuple[int, int]:
        """Append a token and return its span."""
        start = self.length + len(self.gap)
        self.parts += [self.gap, token]
        self.length = start + len(token)
        self.gap = "" if glued else " "
        return start, self.length

    def close(self, left: Counter[str], *columns: int) -> None:
        """End the open mentions of some columns, without any of all."""
        for column in columns or tuple(self.current):
            if column in self.current:
                kind, start, end, line, link = self.current.pop(column)
                text = "".join(self.parts)[start:end] if len(self.parts) < 64 else self._words(start, end)
                claimed = Claimed(kind, ((start, end),), text)
                self.mentions.append(Mention("", line, claimed, foreign.link(link, left)))

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


def read(data: bytes, file: str, columns: Columns, changed: str) -> Iterator[Foreign]:
    """Yield the articles of a file in order.

    Raises DataError: not-utf8; convert-tag for columns that the header does not name, or among which only the
    caller can choose. A line that can't be read is an issue of its article.
    """
    reader = _Reader(file, columns, changed)
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

    def __init__(self, file: str, columns: Columns, changed: str) -> None:
        self.file, self.changed, self.columns = file, changed, columns
        self.header: list[str] = []
        named = [each for each in (*columns.tags, columns.token, columns.link) if each and not each.isdigit()]
        self.needs_header = bool(named)
        self.tags, self.token, self.link = ([-1], 0, None) if named else self._indexes([], 0)
        self.number = 0
        self.open = _Open(self._default())
        self.issues: list[Issue] = []
        self.left: Counter[str] = Counter()
        self.is_first = True
        self.counting: list[str] = []
        self.sentences: int | None = 0

    def line(self, number: int, line: str) -> Iterator[Foreign]:
        """Read a line; yield the article that it ends."""
        if not line.strip():
            self.open.close(self.left)
            self.counting = self.counting if len(self.counting) > 1 else []
            if self.open.parts and self.open.gap != "\n":
                self.open.gap = "\n"
                yield from self._sentence()
            return
        fields = [each.strip() for each in (line.split("\t") if "\t" in line else re.split(" +", line.strip(" ")))]
        if fields[0] == DOCSTART:
            self.sentences = None
            yield from self.end()
            return
        tags = [fields[index] if -len(fields) <= index < len(fields) else "" for index in self.tags]
        are_tags = all(tag in (OUTSIDE, _UNSAID) or _TAG.fullmatch(tag) for tag in tags)
        if self.is_first and not line.startswith("#") and self._is_header(fields, are_tags):
            self._header(fields, number)
        elif line.startswith("#") and not (are_tags and len(fields) > 1):
            yield from self._comment(line)
        elif not are_tags or len(fields) < 2 or not (token := self._at(fields, self.token)):
            self.issues.append(Issue(self.file, number, "convert-tag", f"{line[:60]!r} is no token with a tag"))
        elif flaws := list(files.controls(token)):
            self.issues += [Issue(self.file, number, "control-character", message) for _, message in flaws]
        else:
            self.is_first = False
            self._token(token, fields, tags, number)

    def _sentence(self) -> Iterator[Foreign]:
        """End the article after so many sentences, in a file that does not say where one begins."""
        if self.sentences is not None and self.columns.sentences:
            self.sentences = (self.sentences + 1) % self.columns.sentences
            if not self.sentences:
                yield from self.end()

    def _is_header(self, fields: list[str], are_tags: bool) -> bool:
        return self.needs_header or (not are_tags and fields[0].upper() in _HEADS)

    def _header(self, fields: list[str], number: int) -> None:
        self.is_first, self.header = False, fields
        if not self.columns.tags and len(fields) > 2:
            message = f"the header names the columns {', '.join(fields)}, and only you know which of them hold the tags"
            raise DataError([Issue(self.file, number, "convert-tag", message)])
        self.tags, self.token, self.link = self._indexes(fields, number)

    def _indexes(self, header: list[str], number: int) -> tuple[list[int], int, int | None]:
        """Return the places of the columns of tags, of the token and of the links."""

        def index(column: str) -> int:
            if column.isdigit():
                return int(column) - 1
            if column not in header:
                message = f"the header names no column {column!r}; it names {', '.join(header)}"
                raise DataError([Issue(self.file, number, "convert-tag", message)])
            return header.index(column)

        tags = [index(column) for column in self.columns.tags] or [-1]
        token = index(self.columns.token) if self.columns.token else 0
        return tags, token, index(self.columns.link) if self.columns.link else None

    @staticmethod
    def _at(fields: list[str], index: int | None) -> str:
        return fields[index] if index is not None and index < len(fields) else ""

    def _comment(self, line: str) -> Iterator[Foreign]:
        if match := _NAMED.match(line):
            self.sentences = None
            yield from self.end()
            self.open.name = f"{self.file}#{match['name'].strip()}" if match["name"].strip() else self.open.name
        else:
            self.left["comments"] += 1

    def _token(self, token: str, fields: list[str], tags: list[str], number: int) -> None:
        self._count(token, number)
        others = fields[:]
        others[self.token] = ""
        start, end = self.open.add(token, any(map(_GLUED.search, others)))
        if any(map(_SENTENCE.search, others)):
            self.open.gap = "\n"
        for column, tag in enumerate(tags):
            self._tag(column, tag, start, end, number, self._at(fields, self.link) if column == 0 else "")
        read = {index % len(fields) for index in (*self.tags, self.token)}
        for index, name in enumerate(self.header[: len(fields)]):
            if index not in read and _TAG.fullmatch(fields[index]) and fields[index][0].upper() in _FIRST:
                self.left[f"mentions in the column {name}"] += 1

    def _count(self, token: str, number: int) -> None:
        """Refuse a file whose first sentence says that the tokens are not in the first column, but counted there."""
        if len(self.counting) < 2 and self.columns.token is None:
            self.counting.append(token)
            if self.counting == ["1", "2"]:
                message = "the first column counts the tokens, and only you know which one holds them"
                raise DataError([Issue(self.file, number, "convert-tag", message)])

    def _tag(self, column: int, tag: str, start: int, end: int, number: int, link: str) -> None:
        match, current = _TAG.fullmatch(tag), self.open.current.get(column)
        if match is None:
            self.open.close(self.left, column)
            return
        prefix, kind = tag[0].upper(), match["type"]
        if prefix in _FIRST or not current or current[0] != kind:
            self.open.close(self.left, column)
            self.open.current[column] = kind, start, end, number, link
        else:
            self.open.current[column] = kind, current[1], end, *current[3:]
        if prefix in _LAST:
            self.open.close(self.left, column)

    def end(self) -> Iterator[Foreign]:
        """Yield the open article, unless nothing was read of it, and begin the next."""
        self.open.close(self.left)
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
