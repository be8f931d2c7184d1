"""CoNLL-2012, the columns of OntoNotes (https://conll.cemantix.org/2012/data.html), to articles.

``#begin document (NAME); part N`` begins an article. The words stand in column 4, the names in column 11 as brackets,
``(PERSON*`` to ``*)``, nested ones too. Of all other columns the values are counted.
"""

import re
from collections.abc import Iterator
from typing import Final

from pactwire.convert.coreference_brackets import BracketParser
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.tagged_tokens import TaggedTextBuilder
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.storage import files

BEGIN_DOCUMENT: Final = re.compile(r"#begin document \(?(?P<name>.*?)\)?;?(?:\s*part\s*(?P<part>\d+))?\s*")
_NAME_BRACKETS: Final = re.compile(r"(?P<opens>(?:\([^()*\s]+)*)\*?(?P<closes>\)*)|-")
_MASKED_WORD: Final = "[WORD]"
"""What stands for each word where the words are licensed apart."""
_NUMBER_COLUMN: Final = 2
_WORD_COLUMN: Final = 3
_NAME_COLUMN: Final = 10
_COLUMN_NAMES: Final = (
    "document", "part", "number", "word", "part of speech", "parse", "lemma", "frameset", "word sense", "speaker",
)  # fmt: skip
_COREFERENCE: Final = "coreference chains of mentions"
_MIN_COLUMNS: Final = 12


def read_documents(text: str, file: str, changed: str) -> Iterator[ImportedDocument]:
    """Yield the articles of a file in order; one with a line that can't be read has an issue."""
    reader: _Reader | None = None
    for number, line in enumerate(files.normalize_newlines(text).split("\n"), 1):
        if begins := BEGIN_DOCUMENT.fullmatch(line):
            if reader:
                yield reader.end_document(number)
            name = "/".join(filter(None, (begins["name"], begins["part"])))
            reader = _Reader(f"{file}#{name}", file, changed)
        elif line.startswith("#end document"):
            if reader:
                yield reader.end_document(number)
            reader = None
        elif line.strip():
            if reader is None:
                reader = _Reader(f"{file}#{number}", file, changed)
                reader.add_issue(number, f"{quote(line)} stands before #begin document")
            reader.read_token(re.split(r"[ \t]+", line.strip(" \t")), number)
        elif reader:
            reader.end_sentence(number)
    if reader:
        yield reader.end_document(number)


class _Reader:
    """Reads an article token by token."""

    def __init__(self, name: str, file: str, changed: str) -> None:
        self.file, self.changed = file, changed
        self.article = TaggedTextBuilder(name)
        self.brackets = BracketParser()
        self.words = 0

    def add_issue(self, line: int, message: str) -> None:
        self.article.issues.append(Issue(self.file, line, "convert-tag", message))

    def read_token(self, fields: list[str], number: int) -> None:
        """Read a line: the word, the brackets of names, and what is counted."""
        names = _NAME_BRACKETS.fullmatch(fields[_NAME_COLUMN]) if len(fields) >= _MIN_COLUMNS else None
        if names is None or fields[_WORD_COLUMN] == _MASKED_WORD:
            why = f"has {len(fields)} columns, and no brackets of names in column {_NAME_COLUMN + 1}"
            if names is not None:
                why = f"has {_MASKED_WORD} for its word; the words come from the Linguistic Data Consortium"
            self.add_issue(number, f"{quote(' '.join(fields))} {why}")
            return
        if fields[_NUMBER_COLUMN] != str(self.words):
            self.add_issue(number, f"the word {fields[_NUMBER_COLUMN]} stands where {self.words} belongs")
        self.words += 1
        start, end = self.article.add_token(fields[_WORD_COLUMN], glued=False)
        self.brackets.is_annotated = True
        for kind in (names["opens"] or "").split("(")[1:]:
            self.brackets.open_mention("", kind, start, number)
        for _ in names["closes"] or "":
            if not self.brackets.close_mention(end):
                self.add_issue(number, f"{fields[_NAME_COLUMN]} closes a name that is not open")
        for name, value in list(zip(_COLUMN_NAMES, fields, strict=False))[4:]:
            if value not in ("-", "*"):
                self.article.omitted.add(f"values of {name}", value)
        self.article.omitted[_COREFERENCE] += fields[-1].count("(")
        self.article.omitted["arguments of predicates"] += sum(
            "(" in each and "V" not in each for each in fields[_NAME_COLUMN + 1 : -1]
        )

    def end_sentence(self, number: int) -> None:
        """End a sentence; names do not go on after it."""
        self.words = 0
        for kind in self.brackets.end_sentence():
            self.add_issue(number, f"the name of the type {kind} is never closed")
        if not self.article.is_empty:
            self.article.gap = "\n"

    def end_document(self, number: int) -> ImportedDocument:
        self.end_sentence(number)
        found = self.article.to_document(self.file, self.changed)
        return self.brackets.add_mentions_to(found)
