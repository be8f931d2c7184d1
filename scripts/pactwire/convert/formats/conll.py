"""CoNLL-2003 and its kin (https://aclanthology.org/W03-0419): token lines to texts and mentions, and back.

A token a line, its columns apart by tabs or blanks, its tag in one of them; blank lines end sentences and
``-DOCSTART-`` (or a comment such as ``# newdoc id = x``) begins an article. The text is made of the tokens: blanks
between them except where a column says ``SpaceAfter=No`` or ``NoSpaceAfter``, and a line for each sentence (HIPE
ends its own with ``EndOfSentence``). Since the words stand nowhere else, an article of which one line can't be read
is not taken. Ours are written with ``SpaceAfter=No`` in the third column, so that the words come back as they were,
but for the kind of white space between them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pactwire.convert import acceptance
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.mention_tokens import TokenizedLine
from pactwire.convert.omissions import BLANK_VALUES
from pactwire.convert.tagged_tokens import LINK_ATTRIBUTE, METONYM_ATTRIBUTE, TAG, TaggedTextBuilder
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files
from pactwire.text.bio_tags import OUTSIDE

DOCSTART: Final = "-DOCSTART-"
_DOCUMENT_COMMENT: Final = re.compile(r"#\s*(?:newdoc(?:\s+id)?|[\w:]*document_id|id)\b\s*=?\s*(?P<name>.*)")
_VALUE_COMMENT: Final = re.compile(r"#\s*(?P<key>[\w:. -]*?)\s*=\s*(?P<value>.*)")
"""A comment that gives something a value."""
_HEADER_WORDS: Final = ("TOKEN", "TOKENS", "WORD", "WORDS", "FORM", "TEXT")
"""What the first column of a header is called."""
_BLANK: Final = "_"
_NO_SPACE_AFTER: Final = frozenset(("SpaceAfter=No", "NoSpaceAfter"))
_END_OF_SENTENCE: Final = "EndOfSentence"


@dataclass(frozen=True)
class ConllColumns:
    """The columns to read, by number from 1 or by the header's name; tags default to the last, the token to the first.

    Each column of tags holds mentions of its own, so that nested ones may stand in a second. ``link`` is the one
    with the links of mentions in the first, ``metonym`` the one with the links of what these stand for.
    ``sentences`` is how many an article has where a file does not say where one begins; without, the whole file is
    one.
    """

    tags: tuple[str, ...] = ()
    token: str | None = None
    link: str | None = None
    sentences: int | None = None
    metonym: str | None = None


def read_documents(data: bytes, file: str, columns: ConllColumns, changed: str) -> Iterator[ImportedDocument]:
    """Yield the articles of a file in order.

    Raises DataError: not-utf8; convert-tag for columns that the header does not name, or among which only the
    caller can choose. A line that can't be read is an issue of its article.
    """
    lines = files.normalize_newlines(_decode(data, file)).split("\n")
    reader = _Reader(file, columns, changed, _usual_width(lines))
    for number, line in enumerate(lines, 1):
        yield from reader.read_line(number, line)
    yield from reader.end_document()


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{data[error.start]:02X} at offset {error.start} is not UTF-8"
        raise DataError([Issue(file, line, "not-utf8", message)]) from None


def _split_columns(line: str) -> list[str]:
    return [each.strip(" ") for each in (line.split("\t") if "\t" in line else re.split(" +", line.strip(" ")))]


def _usual_width(lines: Sequence[str]) -> int:
    """Return how many columns most lines of a file have."""
    counts = Counter(
        len(_split_columns(line)) for line in lines if line.strip() and not line.startswith(("#", DOCSTART))
    )
    return max(counts, key=lambda width: counts[width], default=0)


class _Reader:
    """Reads line by line, and yields an article whenever one ends."""

    def __init__(self, file: str, columns: ConllColumns, changed: str, width: int) -> None:
        self.file, self.changed, self.columns, self.width = file, changed, columns, width
        self.header: list[str] = []
        named = (*columns.tags, columns.token, columns.link, columns.metonym)
        self.needs_header = any(each and not each.isdigit() for each in named)
        self.tags, self.token, self.about, self.read = [-1], 0, dict[str, int](), set[int]()
        if not self.needs_header:
            self._choose_columns([], 0)
        self.number = 0
        self.open = TaggedTextBuilder(self._default_name())
        self.is_first = True
        self.counting: list[str] = []
        self.sentences: int | None = 0

    def read_line(self, number: int, line: str) -> Iterator[ImportedDocument]:
        """Read a line; yield the article that it ends."""
        if not line.strip():
            self.open.close_mentions()
            self.counting = self.counting if len(self.counting) > 1 else []
            if not self.open.is_empty and self.open.gap != "\n":
                self.open.gap = "\n"
                yield from self._end_sentence()
            return
        fields = _split_columns(line)
        while len(fields) > self.width and not fields[-1]:  # tabs at a line's end part nothing
            fields.pop()
        if fields[0] == DOCSTART:
            yield from self._begin_document("")
            return
        tags = [fields[index] if -len(fields) <= index < len(fields) else "" for index in self.tags]
        are_tags = all(tag in (OUTSIDE, _BLANK) or TAG.fullmatch(tag) for tag in tags)
        is_row = len(fields) == self.width and len(fields) > 1
        if self.is_first and not line.startswith("#") and self._is_header(fields, are_tags):
            self._read_header(fields, number)
        elif line.startswith("#") and not (is_row and (are_tags or line.startswith("#\t"))):
            yield from self._read_comment(line)
        elif flaws := list(self._flaws(fields, is_row, are_tags)):
            self.open.issues += [Issue(self.file, number, code, message) for code, message in flaws]
        else:
            self.is_first = False
            self._add_token(fields, tags, number)

    def _flaws(self, fields: list[str], is_row: bool, are_tags: bool) -> Iterator[tuple[str, str]]:
        """Yield why a line is no token with its tags."""
        line = quote(" ".join(fields))
        if len(fields) not in (1, self.width):
            yield "convert-tag", f"{line} has {len(fields)} columns, and most lines have {self.width}"
        elif not (is_row and are_tags and fields[self.token : self.token + 1] not in ([], [""])):
            yield "convert-tag", f"{line} is no token with a tag"
        else:
            yield from (("control-character", message) for _, message in files.control_characters(fields[self.token]))

    def _end_sentence(self) -> Iterator[ImportedDocument]:
        """End the article after so many sentences, in a file that does not say where one begins."""
        if self.sentences is not None and self.columns.sentences:
            self.sentences = (self.sentences + 1) % self.columns.sentences
            if not self.sentences:
                yield from self.end_document()

    def _is_header(self, fields: list[str], are_tags: bool) -> bool:
        return self.needs_header or (not are_tags and fields[0].upper() in _HEADER_WORDS)

    def _read_header(self, fields: list[str], number: int) -> None:
        self.is_first, self.header = False, fields
        if not self.columns.tags and len(fields) > 2:
            message = f"the header names the columns {', '.join(fields)}, and only you know which of them hold the tags"
            raise DataError([Issue(self.file, number, "convert-tag", message)])
        self._choose_columns(fields, number)

    def _choose_columns(self, header: list[str], number: int) -> None:
        """Find the places of the columns to read."""

        def index(column: str) -> int:
            if column.isdigit():
                return int(column) - 1
            if column not in header:
                message = f"the header names no column {column!r}; it names {', '.join(header)}"
                raise DataError([Issue(self.file, number, "convert-tag", message)])
            return header.index(column)

        self.tags = [index(column) for column in self.columns.tags] or [-1]
        self.token = index(self.columns.token) if self.columns.token else 0
        about = {LINK_ATTRIBUTE: self.columns.link, METONYM_ATTRIBUTE: self.columns.metonym}
        self.about = {what: index(column) for what, column in about.items() if column}
        self.read = {index % max(1, self.width) for index in (*self.tags, *self.about.values(), self.token)}

    def _begin_document(self, name: str) -> Iterator[ImportedDocument]:
        """End the open article and begin one that the file itself begins, and perhaps names."""
        self.sentences = None
        yield from self.end_document()
        self.open.is_begun = True
        self.open.name = f"{self.file}#{name}" if name else self.open.name

    def _read_comment(self, line: str) -> Iterator[ImportedDocument]:
        if match := _DOCUMENT_COMMENT.match(line):
            yield from self._begin_document(match["name"].strip())
        elif match := _VALUE_COMMENT.fullmatch(line):
            self.open.omitted.add(f"comments that give {quote(match['key'])}", match["value"])
            key = match["key"].rpartition(":")[2].strip()
            self.open.rejected_by = self.open.rejected_by or acceptance.find_rejection({key: match["value"]})[0]
        else:
            self.open.omitted.add("comments", line)

    def _add_token(self, fields: list[str], tags: list[str], number: int) -> None:
        token = fields[self.token]
        self._check_token_numbers(token, number)
        # most columns of most tokens say nothing, and this is where the time goes
        others = {
            index: value.split("|")
            for index, value in enumerate(fields)
            if value not in BLANK_VALUES and index not in self.read
        }
        said = {part for parts in others.values() for part in parts}
        span = self.open.add_token(token, glued=not _NO_SPACE_AFTER.isdisjoint(said))
        if _END_OF_SENTENCE in said:
            self.open.gap = "\n"
        about = {what: fields[index] for what, index in self.about.items() if index < len(fields)}
        for column, tag in enumerate(tags):
            self.open.apply_tag(column, tag, span, number, {} if column else about)
        for index, parts in others.items():
            self._count_unread(
                index,
                fields[index],
                [part for part in parts if part not in _NO_SPACE_AFTER and part != _END_OF_SENTENCE],
            )

    def _count_unread(self, index: int, value: str, parts: Sequence[str]) -> None:
        """Count what a token says in a column that is not read."""
        column = self.header[index] if index < len(self.header) else index + 1
        if TAG.fullmatch(value):
            self.open.omitted.add(f"tags in column {column if isinstance(column, int) else quote(column)}", value)
        else:
            self.open.omitted.add_column(column, "|".join(parts))

    def _check_token_numbers(self, token: str, number: int) -> None:
        """Refuse a file whose first sentence says that the tokens are not in the first column, but counted there."""
        if len(self.counting) < 2 and self.columns.token is None:
            self.counting.append(token)
            if self.counting == ["1", "2"]:
                message = "the first column counts the tokens, and only you know which one holds them"
                raise DataError([Issue(self.file, number, "convert-tag", message)])

    def end_document(self) -> Iterator[ImportedDocument]:
        """Yield the open article, unless nothing began it, and begin the next."""
        if self.open.is_begun or self.open.issues or not self.open.is_empty:
            yield self.open.to_document(self.file, self.changed)
            self.number += 1
        self.open = TaggedTextBuilder(self._default_name())

    def _default_name(self) -> str:
        return f"{self.file}#{self.number + 1}"


def round_trip_text(lines: Sequence[TokenizedLine]) -> str:
    """Return the text that comes back of an article's lines."""
    glued = (zip(line.tokens, line.joins_next(), strict=True) for line in lines)
    return "\n".join(
        "".join(token["text"] + ("" if last else " ") for token, last in line).rstrip(" ") for line in glued
    )


def format_documents(articles: Sequence[tuple[str, Sequence[TokenizedLine]]]) -> str:
    """Return articles, each an id and its lines, in the four columns of CoNLL-2003 with IOB2 tags."""
    blocks = []
    for _, lines in articles:
        blocks.append(f"{DOCSTART} -X- -X- {OUTSIDE}\n\n")
        for line in lines:
            for token, glued, tag in zip(line.tokens, line.joins_next(), line.iob2_tags(), strict=True):
                blocks.append(f"{token['text']} _ {'SpaceAfter=No' if glued else '_'} {tag}\n")
            blocks.append("\n")
    return "".join(blocks)
