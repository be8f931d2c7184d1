"""What a reader of a foreign format hands on: a text and the mentions that a file claims in it."""

from dataclasses import dataclass, field

from pactwire.convert.omissions import Omissions
from pactwire.convert.span_resolution import RawSpan
from pactwire.model.issues import Issue


@dataclass(frozen=True)
class ImportedMention:
    """A claimed mention: its own id ("" where it has none), its line, and attributes that mean what ours do.

    ``repair`` says what was wrong with its line and mended in reading it, or nothing. ``declined`` is the decision,
    as name and value, by which nobody accepted the mention, or nothing.
    """

    id: str
    line: int
    span: RawSpan
    attributes: dict[str, str | None] = field(default_factory=dict)
    repair: str = ""
    rejected_by: str = ""


@dataclass
class ImportedDocument:
    """An article of a foreign corpus.

    ``name`` is its name there, ``raw`` its text as decoded (with BOM and CRs), ``file`` the file of its mentions,
    ``mentions`` None where nobody annotated it, ``changed`` the time of its annotation (UTC, ISO 8601).
    ``left`` counts what we have no place for. ``issues`` are what could not be read: an article that has any is not
    taken. ``as_it_stands`` says that offsets count every character of ``raw``. ``declined`` is the decision, as name
    and value, by which nobody accepted the article's labels, or nothing.
    """

    name: str
    file: str
    raw: str
    mentions: list[ImportedMention] | None
    modified: str
    omitted: Omissions = field(default_factory=Omissions)
    issues: list[Issue] = field(default_factory=list)
    offsets_count_decoded: bool = False
    rejected_by: str = ""
