"""CoNLL-2003 (https://aclanthology.org/W03-0419) and similar formats, read and written.

Each line is a token, with columns separated by tabs or spaces and tags in one of them. Blank lines end sentences;
``-DOCSTART-`` (or a comment such as ``# newdoc id = x``) begins an article. The text is built from the tokens: joined
by spaces, except after ``SpaceAfter=No`` or ``NoSpaceAfter`` in any column, with one line per sentence (HIPE marks its
last token with ``EndOfSentence``). The file has no other copy of the text, so an article with a line that cannot be
read is not imported. Our own files have ``SpaceAfter=No`` in the third column, so the text is preserved except for the
kind of white space.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pactwire.convert import acceptance
from pactwire.convert.imported_document import ImportedDocument, SourceFile
from pactwire.convert.mention_tokens import TokenizedLine
from pactwire.convert.omissions import BLANK_VALUES
from pactwire.convert.tagged_tokens import LINK, METONYM, TAG, TaggedTextBuilder
from pactwire.model.escapes import quote
from pactwire.storage import files
from pactwire.text.bio_tags import OUTSIDE

DOCSTART: Final = "-DOCSTART-"
_DOCUMENT_COMMENT: Final = re.compile(r"#\s*(?:newdoc(?:\s+id)?|[\w:]*document_id|id)\b\s*=?\s*(?P<name>.*)")
_VALUE_COMMENT: Final = re.compile(r"#\s*(?P<key>[\w:. -]*?)\s*=\s*(?P<value>.*)")
_HEADER_WORDS: Final = ("TOKEN", "TOKENS", "WORD", "WORDS", "FORM", "TEXT")
"""Names of the first column in a header."""
_BLANK: Final = "_"
_NO_SPACE_AFTER: Final = frozenset(("SpaceAfter=No", "NoSpaceAfter"))
_END_OF_SENTENCE: Final = "EndOfSentence"


@dataclass(frozen=True)
class ConllColumns:
    """The columns to read, by number from 1 or by header name, and the size of articles.

    Attributes:
        tags: Columns of tags, by default the last. Each column has mentions of its own, so nested mentions can be in a
            second one.
        token: The column of tokens, by default the first.
        link: The column with the links of mentions in the first column of tags.
        sentences: Sentences per article, for files that do not mark where articles begin; by default the whole file is
            one article.
        metonym: The column with the links of what those mentions stand for.
    """

    tags: tuple[str, ...] = ()
    token: str | None = None
    link: str | None = None
    sentences: int | None = None
    metonym: str | None = None


def read_documents(
    data: bytes, source: SourceFile, columns: ConllColumns, takes_tokens: bool = False
) -> Iterator[ImportedDocument]:
    """Yield the documents of a file in order; a line that cannot be read is an issue of its document.

    Args:
        data: The file's content.
        source: Its name in issues, and its time.
        columns: The columns with a meaning of their own.
        takes_tokens: Whether tokens with other columns are labels of a layer of their own, rather than counted.

    Raises:
        DataError: The file is not UTF-8 (not-utf8); the header does not name a requested column, or only the caller
            can choose one (convert-tag).
    """
    text = files.decode_utf8(data, source.name, most=len(data))
    lines = files.normalize_newlines(text).split("\n")
    reader = _Reader(source, columns, _usual_width(lines), takes_tokens)
    for number, line in enumerate(lines, 1):
        yield from reader.read_line(number, line)
    yield from reader.end_document()


def _split_columns(line: str) -> list[str]:
    return [column.strip(" ") for column in (line.split("\t") if "\t" in line else re.split(" +", line.strip(" ")))]


def _usual_width(lines: Sequence[str]) -> int:
    """Return how many columns most lines of a file have."""
    tokens = (line for line in lines if line.strip() and not line.startswith(("#", DOCSTART)))
    counts = Counter(len(_split_columns(line)) for line in tokens)
    return max(counts, key=lambda width: counts[width], default=0)


class _Reader:
    """Reads a file line by line, and yields a document when one ends."""

    def __init__(self, source: SourceFile, columns: ConllColumns, width: int, takes_tokens: bool) -> None:
        self.source, self.columns, self.width, self.takes_tokens = source, columns, width, takes_tokens
        self.header: list[str] = []
        named = (*columns.tags, columns.token, columns.link, columns.metonym)
        self.needs_header = any(column and not column.isdigit() for column in named)
        self.tags, self.token, self.attributes, self.read = [-1], 0, dict[str, int](), set[int]()
        if not self.needs_header:
            self._choose_columns([], 0)
        self.number = 0
        self.builder = self._new_builder()
        self.is_begun = False
        self.may_be_header = True
        self.first_tokens: list[str] = []
        self.sentences: int | None = 0

    def read_line(self, number: int, line: str) -> Iterator[ImportedDocument]:
        """Read a line; yield the document that it ends."""
        if not line.strip():
            yield from self._read_blank_line(number)
            return
        fields = _split_columns(line)
        while len(fields) > self.width and not fields[-1]:  # tabs at the end of a line separate nothing
            fields.pop()
        if fields[0] == DOCSTART:
            yield from self._begin_document("")
            return
        tags = [fields[index] if -len(fields) <= index < len(fields) else "" for index in self.tags]
        are_tags = all(tag in (OUTSIDE, _BLANK) or TAG.fullmatch(tag) for tag in tags)
        is_row = len(fields) == self.width and len(fields) > 1
        if self.may_be_header and not line.startswith("#") and self._is_header(fields, are_tags):
            self._read_header(fields, number)
        elif line.startswith("#") and not (is_row and (are_tags or line.startswith("#\t"))):
            yield from self._read_comment(line)
        elif flaws := list(self._flaws(fields, is_row, are_tags)):
            for code, message in flaws:
                self.builder.document.add_issue(number, code, message)
        else:
            self.may_be_header = False
            self._add_token(fields, tags, number)

    def _read_blank_line(self, number: int) -> Iterator[ImportedDocument]:
        """End the sentence; in a file that does not mark documents, end the document after enough sentences."""
        self.first_tokens = self.first_tokens if len(self.first_tokens) > 1 else []
        ends_sentence = not self.builder.is_empty and self.builder.gap != "\n"
        self.builder.end_sentence(number)
        if ends_sentence and self.sentences is not None and self.columns.sentences:
            self.sentences = (self.sentences + 1) % self.columns.sentences
            if not self.sentences:
                yield from self.end_document()

    def _flaws(self, fields: list[str], is_row: bool, are_tags: bool) -> Iterator[tuple[str, str]]:
        """Yield why a line is not a token with its tags."""
        line = quote(" ".join(fields))
        if len(fields) not in (1, self.width):
            yield "convert-tag", f"{line} has {len(fields)} columns, and most lines have {self.width}"
        elif not (is_row and are_tags and fields[self.token : self.token + 1] not in ([], [""])):
            yield "convert-tag", f"{line} is not a token with a tag"
        else:
            yield from (("control-character", message) for _, message in files.control_characters(fields[self.token]))

    def _is_header(self, fields: list[str], are_tags: bool) -> bool:
        return self.needs_header or (not are_tags and fields[0].upper() in _HEADER_WORDS)

    def _read_header(self, fields: list[str], number: int) -> None:
        self.may_be_header, self.header = False, fields
        if not self.columns.tags and len(fields) > 2:
            message = f"the header names the columns {', '.join(fields)}, and only you know which of them have the tags"
            raise self.source.error("convert-tag", message, number)
        self._choose_columns(fields, number)

    def _choose_columns(self, header: list[str], number: int) -> None:
        """Find the indices of the columns to read."""

        def index(column: str) -> int:
            if column.isdigit():
                return int(column) - 1
            if column not in header:
                message = f"the header names no column {column!r}; it names {', '.join(header)}"
                raise self.source.error("convert-tag", message, number)
            return header.index(column)

        self.tags = [index(column) for column in self.columns.tags] or [-1]
        self.token = index(self.columns.token) if self.columns.token else 0
        columns = {LINK: self.columns.link, METONYM: self.columns.metonym}
        self.attributes = {name: index(column) for name, column in columns.items() if column}
        self.read = {index % max(1, self.width) for index in (*self.tags, *self.attributes.values(), self.token)}

    def _begin_document(self, name: str) -> Iterator[ImportedDocument]:
        """End the current document and begin one that the file marks and perhaps names."""
        self.sentences = None
        yield from self.end_document()
        self.is_begun = True
        if name:
            self.builder.document.name = f"{self.source.name}#{name}"

    def _read_comment(self, line: str) -> Iterator[ImportedDocument]:
        if match := _DOCUMENT_COMMENT.match(line):
            yield from self._begin_document(match["name"].strip())
            return
        document = self.builder.document
        if match := _VALUE_COMMENT.fullmatch(line):
            key = match["key"].rpartition(":")[2].strip()
            if document.stated.take_fields({key: match["value"]}, document.omitted, "comment"):
                document.add_property(match["key"], match["value"])
            document.rejected_by = document.rejected_by or acceptance.find_rejection({key: match["value"]})[0]
        else:
            document.add_property("comments", line.lstrip("# "))

    def _add_token(self, fields: list[str], tags: list[str], number: int) -> None:
        token = fields[self.token]
        self._check_token_numbers(token, number)
        # most columns of most tokens are blank, and most of the time is spent here
        unread = {
            index: value.split("|")
            for index, value in enumerate(fields)
            if value not in BLANK_VALUES and index not in self.read
        }
        notes = {part for parts in unread.values() for part in parts}
        span = self.builder.add_token(token, glued=not _NO_SPACE_AFTER.isdisjoint(notes))
        if _END_OF_SENTENCE in notes:
            self.builder.gap = "\n"
        attributes = {name: fields[index] for name, index in self.attributes.items() if index < len(fields)}
        for column, tag in enumerate(tags):
            self.builder.apply_tag(tag, span, number, column, {} if column else attributes)
        self._read_others(fields, unread, span, number)

    def _read_others(
        self, fields: list[str], unread: Mapping[int, Sequence[str]], span: tuple[int, int], number: int
    ) -> None:
        """Label a token with its values in other columns, or count these."""
        omitted = self.builder.document.omitted
        if self.takes_tokens:
            values = {
                self.header[index] if index < len(self.header) else f"column {index + 1}": "|".join(_kept(parts))
                for index, parts in unread.items()
            }
            self.builder.add_label(span, number, values)
            return
        for index, parts in unread.items():
            column = self.header[index] if index < len(self.header) else index + 1
            if TAG.fullmatch(fields[index]):
                omitted.add(f"tags in column {column if isinstance(column, int) else quote(column)}", fields[index])
            else:
                omitted.add_column(column, "|".join(_kept(parts)))

    def _check_token_numbers(self, token: str, number: int) -> None:
        """Refuse a file whose first column numbers the tokens, unless the caller named the column of tokens."""
        if len(self.first_tokens) < 2 and self.columns.token is None:
            self.first_tokens.append(token)
            if self.first_tokens == ["1", "2"]:
                message = "the first column numbers the tokens, and only you know which one has them"
                raise self.source.error("convert-tag", message, number)

    def end_document(self) -> Iterator[ImportedDocument]:
        """Yield the current document, unless nothing was read of it, and begin the next."""
        if self.is_begun or self.builder.document.issues or not self.builder.is_empty:
            yield self.builder.finish()
            self.number += 1
        self.builder, self.is_begun = self._new_builder(), False

    def _new_builder(self) -> TaggedTextBuilder:
        return TaggedTextBuilder(f"{self.source.name}#{self.number + 1}", self.source)


def _kept(parts: Sequence[str]) -> Iterator[str]:
    """Yield the values of a column that say something else than how tokens are joined."""
    return (part for part in parts if part not in _NO_SPACE_AFTER and part != _END_OF_SENTENCE)


# --- writing


def round_trip_text(lines: Sequence[TokenizedLine]) -> str:
    """Return the text that a reader gets from an article's lines."""
    glued = (zip(line.tokens, line.joins_next(), strict=True) for line in lines)
    return "\n".join(
        "".join(token["text"] + ("" if is_glued else " ") for token, is_glued in line).rstrip(" ") for line in glued
    )


def format_documents(articles: Sequence[Sequence[TokenizedLine]], layers: Sequence[str]) -> str:
    """Return articles, each given by its lines, in the columns of CoNLL-2003; each layer has a column of IOB2 tags."""
    blocks = []
    for lines in articles:
        blocks.append(f"{DOCSTART} -X- -X- {' '.join(OUTSIDE for _ in layers)}\n\n")
        for line in lines:
            columns = zip(*(line.iob2_tags(layer) for layer in layers), strict=True)
            for token, is_glued, tags in zip(line.tokens, line.joins_next(), columns, strict=True):
                blocks.append(f"{token['text']} _ {'SpaceAfter=No' if is_glued else '_'} {' '.join(tags)}\n")
            blocks.append("\n")
    return "".join(blocks)
