"""What a source states of an article besides its labels: its split, language, date, title and the like.

Only what the source says is taken, never what it resembles: a split from a field, a folder or the name of a file, all
else from fields with the names that `pactwire ingest` knows (`pactwire.corpus.article_fields`). The words also stay in
the article's metadata as they are, with what says so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from typing import Any, Final

from pactwire.convert.omissions import BLANK_VALUES, Omissions
from pactwire.corpus.article_fields import BULK_FIELDS, COLUMN_NAMES, METADATA_NAMES, as_text
from pactwire.corpus.publication_dates import parse_date
from pactwire.corpus.settings import SPLIT_SHARES
from pactwire.model.escapes import CONTROL_CHARACTER_IN_LINE, quote
from pactwire.model.language_codes import ISO_639_1
from pactwire.model.records import MetadataStatement

SPLIT_FIELDS: Final = ("split", "subset", "partition")
"""Fields that may hold the name of a split."""
_META_FIELDS: Final = ("meta", "metadata")
"""Fields that may hold an object with such fields."""
_TRAIN, _VALIDATION, _TEST = SPLIT_SHARES
_SPLIT_WORDS: Final = {
    **dict.fromkeys(("train", "training"), _TRAIN),
    **dict.fromkeys(("dev", "devel", "development", "val", "valid", "validation", "testa"), _VALIDATION),
    **dict.fromkeys(("test", "testing", "testb"), _TEST),
}
"""Names of splits in lowercase; those of CoNLL-2003 end in testa and testb."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_LANGUAGE: Final = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z0-9-]+)?")
"""A code of ISO 639-1, perhaps with a region or a script, as in pt-BR."""
_NOT_STATED: Final = ("text", "id")
"""Names of `COLUMN_NAMES` that every reader reads itself."""


@dataclass
class StatedMetadata:
    """What a source states of one article.

    Attributes:
        splits: The split, as splits.csv names it, with what states it; several contradict each other.
        language: The language of the text (ISO 639-1), empty if none is stated.
        properties: Properties of a bulk line: outlet, section, published, url, license.
        statements: Everything that is stated, in the source's own words.
    """

    splits: dict[str, str] = field(default_factory=dict)
    language: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    statements: list[MetadataStatement] = field(default_factory=list)

    def take_fields(self, fields: Mapping[str, Any], omitted: Omissions, what: str = "field") -> dict[str, Any]:
        """Take what the fields of a record state, and return the other fields.

        Args:
            fields: The record's fields that are not read otherwise.
            omitted: Receives the values that cannot be read: languages without a code, days that do not exist.
            what: What such a field is called in the article's metadata, such as "field" or "comment".
        """
        remaining = dict(fields)
        for name in _META_FIELDS:
            if isinstance(inner := remaining.get(name), dict):
                remaining[name] = self.take_fields(inner, omitted, f"{what} {name}")
        for name in SPLIT_FIELDS:
            if (split := _split_word(remaining.get(name))) is not None:
                self.splits.setdefault(split, f"the {what} {quote(name)}")
                del remaining[name]
        for name, names in COLUMN_NAMES.items():
            column = next((each for each in names if each in remaining), "")
            if name not in _NOT_STATED and column and _is_statement(name, remaining[column]):
                self._take(name, remaining.pop(column), f"{what} {column}", omitted)
        return remaining

    def _take(self, name: str, value: Any, origin: str, omitted: Omissions) -> None:
        words = as_text(value)
        statement = MetadataStatement(name=name, value=words, origin=origin)
        if name in METADATA_NAMES and statement not in self.statements:
            self.statements.append(statement)
        if name == "language":
            self.take_language(words, omitted)
        elif name in (*BULK_FIELDS, "published"):
            known = parse_date(value).value if name == "published" else words
            if not known:
                omitted.add("days of publication that can't be read", words)
            elif self.properties.setdefault(name, known) != known:
                omitted.add(f"values of {name} beside another one", words)

    def take_language(self, words: str, omitted: Omissions) -> None:
        """Take the language that a source states, if it is a code of ISO 639-1, perhaps with a region."""
        code = _LANGUAGE.fullmatch(words)
        if not code or code[1].lower() not in ISO_639_1:
            omitted.add("languages that are no code of ISO 639-1", words)
        elif self.language in ("", code[1].lower()):
            self.language = code[1].lower()
        else:
            omitted.add("languages beside another one", words)

    def take_path(self, name: str, omitted: Omissions) -> None:
        """Take the split that a file's folders state, or else its name; several in one name state none.

        Args:
            name: The file's place in the folder that was named, with its name.
            omitted: Receives the names that give several splits.
        """
        *folders, file = PurePosixPath(name).parts
        stated = {split for folder in folders if (split := _split_word(folder)) is not None}
        stated = stated or {_SPLIT_WORDS[word] for word in _WORD.findall(file.lower()) if word in _SPLIT_WORDS}
        if len(stated) > 1:
            omitted.add("names of files that give several splits, of which none is taken", name)
        for split in stated if len(stated) == 1 else ():
            self.splits.setdefault(split, f"its place {quote(name)}")

    @property
    def split(self) -> str:
        """The split that is stated; empty if there is none."""
        return next(iter(self.splits), "")

    def conflicts(self) -> Iterator[str]:
        """Yield why the article's split is unknown, if the source states several."""
        if len(self.splits) > 1:
            yield " and ".join(f"{origin} says {split}" for split, origin in self.splits.items())


def _split_word(value: Any) -> str | None:
    return _SPLIT_WORDS.get(value.strip().lower()) if isinstance(value, str) else None


def _is_statement(name: str, value: Any) -> bool:
    """Return whether a value can be a statement: text on one line, a day, or several authors."""
    if name == "author" and isinstance(value, list):
        return bool(value) and all(_is_statement(name, each) for each in value)
    if isinstance(value, date):
        return name in ("published", "date")
    is_line = isinstance(value, str) and value not in BLANK_VALUES and not CONTROL_CHARACTER_IN_LINE.search(value)
    return is_line and (name != "url" or "://" in value)
