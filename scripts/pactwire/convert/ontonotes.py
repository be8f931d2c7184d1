"""CoNLL-2012, the columns of OntoNotes (https://conll.cemantix.org/2012/data.html), to articles.

``#begin document (NAME); part N`` begins an article. The words stand in column 4, the names in column 11 as brackets,
``(PERSON*`` to ``*)``, nested ones too. Of all other columns the values are counted.
"""

import re
from collections.abc import Iterator
from typing import Final

from pactwire.convert.coreference_brackets import Brackets
from pactwire.convert.imported_document import Foreign
from pactwire.convert.tagged_tokens import Tokenized
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.storage import files

BEGIN: Final = re.compile(r"#begin document \(?(?P<name>.*?)\)?;?(?:\s*part\s*(?P<part>\d+))?\s*")
_NAMES: Final = re.compile(r"(?P<opens>(?:\([^()*\s]+)*)\*?(?P<closes>\)*)|-")
_MASKED: Final = "[WORD]"
"""What stands for each word where the words are licensed apart."""
_NUMBER: Final = 2
_WORD: Final = 3
_NAME: Final = 10
_COLUMNS: Final = (
    "document", "part", "number", "word", "part of speech", "parse", "lemma", "frameset", "word sense", "speaker",
)  # fmt: skip
_COREFERENCE: Final = "coreference chains of mentions"
_FEWEST: Final = 12


def read(text: str, file: str, changed: str) -> Iterator[Foreign]:
    """Yield the articles of a file in order; one with a line that can't be read has an issue."""
    reader: _Reader | None = None
    for number, line in enumerate(files.normalize(text).split("\n"), 1):
        if begins := BEGIN.fullmatch(line):
            if reader:
                yield reader.end(number)
            name = "/".join(filter(None, (begins["name"], begins["part"])))
            reader = _Reader(f"{file}#{name}", file, changed)
        elif line.startswith("#end document"):
            if reader:
                yield reader.end(number)
            reader = None
        elif line.strip():
            if reader is None:
                reader = _Reader(f"{file}#{number}", file, changed)
                reader.issue(number, f"{quote(line)} stands before #begin document")
            reader.token(re.split(r"[ \t]+", line.strip(" \t")), number)
        elif reader:
            reader.sentence(number)
    if reader:
        yield reader.end(number)


class _Reader:
    """Reads an article token by token."""

    def __init__(self, name: str, file: str, changed: str) -> None:
        self.file, self.changed = file, changed
        self.article = Tokenized(name)
        self.brackets = Brackets()
        self.words = 0

    def issue(self, line: int, message: str) -> None:
        self.article.issues.append(Issue(self.file, line, "convert-tag", message))

    def token(self, fields: list[str], number: int) -> None:
        """Read a line: the word, the brackets of names, and what is counted."""
        names = _NAMES.fullmatch(fields[_NAME]) if len(fields) >= _FEWEST else None
        if names is None or fields[_WORD] == _MASKED:
            why = f"has {len(fields)} columns, and no brackets of names in column {_NAME + 1}"
            if names is not None:
                why = f"has {_MASKED} for its word; the words come from the Linguistic Data Consortium"
            self.issue(number, f"{quote(' '.join(fields))} {why}")
            return
        if fields[_NUMBER] != str(self.words):
            self.issue(number, f"the word {fields[_NUMBER]} stands where {self.words} belongs")
        self.words += 1
        start, end = self.article.add(fields[_WORD], glued=False)
        self.brackets.is_annotated = True
        for kind in (names["opens"] or "").split("(")[1:]:
            self.brackets.open("", kind, start, number)
        for _ in names["closes"] or "":
            if not self.brackets.close(end):
                self.issue(number, f"{fields[_NAME]} closes a name that is not open")
        for name, value in list(zip(_COLUMNS, fields, strict=False))[4:]:
            if value not in ("-", "*"):
                self.article.left.note(f"values of {name}", value)
        self.article.left[_COREFERENCE] += fields[-1].count("(")
        self.article.left["arguments of predicates"] += sum(
            "(" in each and "V" not in each for each in fields[_NAME + 1 : -1]
        )

    def sentence(self, number: int) -> None:
        """End a sentence; names do not go on after it."""
        self.words = 0
        for kind in self.brackets.end_sentence():
            self.issue(number, f"the name of the type {kind} is never closed")
        if not self.article.is_empty:
            self.article.gap = "\n"

    def end(self, number: int) -> Foreign:
        self.sentence(number)
        found = self.article.article(self.file, self.changed)
        return self.brackets.into(found)
