"""What a reader of a foreign format hands on: a text and the mentions that a file claims in it."""

from collections import Counter
from dataclasses import dataclass, field

from pactwire.convert.anchors import BOM, Claimed
from pactwire.issues import Issue


@dataclass(frozen=True)
class Mention:
    """A claimed mention: its own id ("" where it has none), its line, and attributes that mean what ours do."""

    id: str
    line: int
    claimed: Claimed
    attributes: dict[str, str | None] = field(default_factory=dict)


@dataclass
class Foreign:
    """An article of a foreign corpus.

    ``name`` is its name there, ``raw`` its text as decoded (with BOM and CRs), ``file`` the file of its mentions,
    ``mentions`` None where nobody annotated it, ``changed`` the time of its annotation (UTC, ISO 8601).
    ``left`` counts what we have no place for, ``issues`` are what could not be read.
    """

    name: str
    file: str
    raw: str
    mentions: list[Mention] | None
    changed: str
    left: Counter[str] = field(default_factory=Counter)
    issues: list[Issue] = field(default_factory=list)


def raw(text: str) -> str:
    """Return a source text as it must be written: a BOM of its own needs another before it, which reading takes."""
    return BOM + text if text.startswith(BOM) else text
