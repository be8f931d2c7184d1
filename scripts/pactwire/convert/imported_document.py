"""What a reader of an external format returns: a text and the mentions that a file has for it.

The values are still the file's own: its types, its offsets, its ids. `pactwire.convert.import_conversion` turns them
into articles and annotation documents.
"""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pactwire.convert.omissions import Omissions
from pactwire.convert.stated_metadata import StatedMetadata
from pactwire.corpus.article_fields import as_text
from pactwire.model.issues import DataError, Issue

UNTYPED_SPAN: Final = "span"
"""The type of a mention if its file gives none."""

TOKENS: Final = "token"
"""The layer, and the type, of the tokens of a file, whose attributes are its columns."""

Fragment = tuple[int, int]
AttributeValue = str | bool | int | float
"""A value of an attribute as a file gives it; a number may also be a string."""


@dataclass(frozen=True)
class RawSpan:
    """A span as a file gives it: its type, its fragments in the file's own offsets, and its text.

    ``text`` is None if the file gives none; ``prefix`` and ``suffix`` are the text around it, if the file gives it.
    """

    type: str
    fragments: tuple[Fragment, ...]
    text: str | None
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class ImportedMention:
    """A mention as a file gives it.

    ``id`` is empty if it has none. ``link`` is the identifier of what it names, ``metonym`` that of what it stands for;
    ``attributes`` are the values of its other attributes by their names there, true for one that is merely there.
    ``repair`` says what was wrong with its line and was corrected by the reader. ``rejected_by`` is the decision, as
    name and value, because of which the mention was not accepted. Texts are empty if there is nothing to say.
    """

    id: str
    line: int
    span: RawSpan
    link: str = ""
    metonym: str = ""
    attributes: dict[str, tuple[AttributeValue, ...]] = field(default_factory=dict)
    repair: str = ""
    rejected_by: str = ""
    layer: str = ""


class ImportedRelation(NamedTuple):
    """A relation between two mentions, given by their ids, as a file gives it."""

    name: str
    source: str
    target: str
    line: int


@dataclass
class ImportedDocument:
    """An article of an external corpus.

    ``name`` is its name there, ``raw`` its text as decoded (with BOM and CRs), ``file`` the file of its mentions,
    ``mentions`` None if it was not annotated, ``relations`` those between mentions, ``modified`` the time of its
    annotation (UTC, ISO 8601). ``omitted`` counts what has no place in our model. An article with ``issues`` is not
    imported. ``offsets_count_decoded`` says that offsets count every character of ``raw``. ``stated`` is what the
    source says of the article that we know, ``properties`` everything else that it says of it. ``rejected_by`` is the
    decision, as name and value, because of which the article's labels were not accepted, empty if there is none.
    """

    name: str
    file: str
    raw: str
    mentions: list[ImportedMention] | None
    modified: str
    omitted: Omissions = field(default_factory=Omissions)
    issues: list[Issue] = field(default_factory=list)
    offsets_count_decoded: bool = False
    stated: StatedMetadata = field(default_factory=StatedMetadata)
    properties: dict[str, tuple[AttributeValue, ...]] = field(default_factory=dict)
    rejected_by: str = ""
    relations: list[ImportedRelation] = field(default_factory=list)

    def add_property(self, name: str, value: Any) -> None:
        """Add what the source says of the whole article under a name; several values add up."""
        for key, values in field_values(name, value).items():
            self.properties[key] = (*self.properties.get(key, ()), *values)

    def add_issue(self, line: int, code: str, message: str) -> None:
        """Add an issue about a line or record of the document's file."""
        self.issues.append(Issue(self.file, line, code, message))


def field_values(name: str, value: Any) -> dict[str, tuple[AttributeValue, ...]]:
    """Return the values of a field by name: those of an object have names of their own, such as ``meta.page``.

    Args:
        name: The field's name.
        value: A value of JSON, or a day; an empty one has no values.
    """
    if isinstance(value, dict):
        inner = (field_values(f"{name}.{key}", each) for key, each in value.items())
        return {key: values for fields in inner for key, values in fields.items()}
    given = value if isinstance(value, list | tuple) else [value]
    stated = [each for each in given if each not in (None, "", [], {})]
    values = tuple(each if isinstance(each, str | bool | int | float) else as_text(each) for each in stated)
    return {name: values} if values else {}


class UnreadableRecord(DataError):
    """A record that cannot be read; the other records of its file still can."""


@dataclass(frozen=True)
class SourceFile:
    """A file of an external corpus: its name in issues, and when it was last changed (UTC, ISO 8601)."""

    name: str
    modified: str

    def document(self, key: object, raw: str) -> ImportedDocument:
        """Return a document of a record that holds both text and offsets, not annotated yet."""
        name = f"{self.name}#{key}"
        return ImportedDocument(name, self.name, raw, None, self.modified, offsets_count_decoded=True)

    def error(self, code: str, message: str, line: int = 1) -> DataError:
        """Return the error of a file that cannot be read."""
        return DataError([Issue(self.name, line, code, message)])

    def unreadable(self, line: int, code: str, message: str) -> UnreadableRecord:
        """Return the error of one record that cannot be read."""
        return UnreadableRecord([Issue(self.name, line, code, message)])
