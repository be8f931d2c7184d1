"""CoNLL-2012 reader, for the columns of OntoNotes (https://conll.cemantix.org/2012/data.html).

``#begin document (NAME); part N`` begins a document. Words are in column 4; names are in column 11 as brackets,
``(PERSON*`` to ``*)``, which may be nested. The values of all other columns are counted.
"""

import re
from collections.abc import Iterator
from typing import Final

from pactwire.convert.imported_document import ImportedDocument, SourceFile
from pactwire.convert.tagged_tokens import TaggedTextBuilder
from pactwire.model.escapes import quote
from pactwire.storage import files

BEGIN_DOCUMENT: Final = re.compile(r"#begin document \(?(?P<name>.*?)\)?;?(?:\s*part\s*(?P<part>\d+))?\s*")
_NAME_BRACKETS: Final = re.compile(r"(?P<opens>(?:\([^()*\s]+)*)\*?(?P<closes>\)*)|-")
_MASKED_WORD: Final = "[WORD]"
"""Placeholder for a word in files whose words are licensed separately."""
_NUMBER_COLUMN: Final = 2
_WORD_COLUMN: Final = 3
_NAME_COLUMN: Final = 10
_COLUMN_NAMES: Final = (
    "document", "part", "number", "word", "part of speech", "parse", "lemma", "frameset", "word sense", "speaker",
)  # fmt: skip
_READ_COLUMNS: Final = (*_COLUMN_NAMES[:4], "names")
_COREFERENCE: Final = "coreference chains of mentions"
_MIN_COLUMNS: Final = 12


def read_documents(content: str, source: SourceFile, takes_tokens: bool = False) -> Iterator[ImportedDocument]:
    """Yield the documents of a file in order; a line that cannot be read is an issue of its document.

    Args:
        content: The file's content.
        source: Its name in issues, and its time.
        takes_tokens: Whether words are labels of a layer of their own, with all columns, rather than counted.
    """
    reader: _Reader | None = None
    for number, line in enumerate(files.normalize_newlines(content).split("\n"), 1):
        if begins := BEGIN_DOCUMENT.fullmatch(line):
            if reader:
                yield reader.end_document(number)
            reader = _Reader("/".join(filter(None, (begins["name"], begins["part"]))), source, takes_tokens)
        elif line.startswith("#end document"):
            if reader:
                yield reader.end_document(number)
            reader = None
        elif line.strip():
            if reader is None:
                reader = _Reader(str(number), source, takes_tokens)
                reader.add_issue(number, f"{quote(line)} comes before #begin document")
            reader.read_token(re.split(r"[ \t]+", line.strip(" \t")), number)
        elif reader:
            reader.end_sentence(number)
    if reader:
        yield reader.end_document(number)


class _Reader:
    """Reads a document token by token; ``words`` counts those of the current sentence."""

    def __init__(self, name: str, source: SourceFile, takes_tokens: bool) -> None:
        self.takes_tokens = takes_tokens
        self.builder = TaggedTextBuilder(f"{source.name}#{name}", source)
        self.words = 0

    def add_issue(self, line: int, message: str) -> None:
        self.builder.document.add_issue(line, "convert-tag", message)

    def read_token(self, fields: list[str], number: int) -> None:
        """Read a line: the word, the brackets of names, and the values to count."""
        names = _NAME_BRACKETS.fullmatch(fields[_NAME_COLUMN]) if len(fields) >= _MIN_COLUMNS else None
        if names is None:
            flaw = f"has {len(fields)} columns, and no brackets of names in column {_NAME_COLUMN + 1}"
        elif fields[_WORD_COLUMN] == _MASKED_WORD:
            flaw = f"has {_MASKED_WORD} for its word; the words come from the Linguistic Data Consortium"
        else:
            self._add_word(fields, names, number)
            return
        self.add_issue(number, f"{quote(' '.join(fields))} {flaw}")

    def _add_word(self, fields: list[str], names: re.Match[str], number: int) -> None:
        if fields[_NUMBER_COLUMN] != str(self.words):
            self.add_issue(number, f"the word {fields[_NUMBER_COLUMN]} is where {self.words} belongs")
        self.words += 1
        start, end = self.builder.add_token(fields[_WORD_COLUMN], glued=False)
        brackets, omitted = self.builder.brackets, self.builder.document.omitted
        brackets.is_annotated = True
        for entity_type in (names["opens"] or "").split("(")[1:]:
            brackets.open_mention("", entity_type, start, number)
        for _ in names["closes"] or "":
            if not brackets.close_mention(end):
                self.add_issue(number, f"{fields[_NAME_COLUMN]} closes a name that is not open")
        if self.takes_tokens:
            columns = (*_COLUMN_NAMES, "names", *(f"arguments {at}" for at in range(1, len(fields) - _MIN_COLUMNS + 1)))
            values = dict(zip((*columns, "coreference"), fields, strict=True))
            kept = (name for name in values if name not in _READ_COLUMNS and values[name] != "*")
            self.builder.add_label((start, end), number, {name: values[name] for name in kept})
            return
        for name, value in list(zip(_COLUMN_NAMES, fields, strict=False))[4:]:
            if value not in ("-", "*"):
                omitted.add(f"values of {name}", value)
        omitted.add(_COREFERENCE, count=fields[-1].count("("))
        arguments = sum("(" in value and "V" not in value for value in fields[_NAME_COLUMN + 1 : -1])
        omitted.add("arguments of predicates", count=arguments)

    def end_sentence(self, number: int) -> None:
        """End a sentence; names do not continue after it."""
        self.words = 0
        self.builder.end_sentence(number)

    def end_document(self, number: int) -> ImportedDocument:
        """Return the document."""
        self.end_sentence(number)
        return self.builder.finish()
