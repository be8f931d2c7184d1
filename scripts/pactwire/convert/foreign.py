"""What a reader of a foreign format hands on: a text and the mentions that a file claims in it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from pactwire import schemas
from pactwire.convert.anchors import BOM, Claimed
from pactwire.issues import Issue


@dataclass(frozen=True)
class Mention:
    """A claimed mention: its own id ("" where it has none), its line, and attributes that mean what ours do.

    ``repair`` says what was wrong with its line and mended in reading it, or nothing.
    """

    id: str
    line: int
    claimed: Claimed
    attributes: dict[str, str | None] = field(default_factory=dict)
    repair: str = ""


@dataclass
class Foreign:
    """An article of a foreign corpus.

    ``name`` is its name there, ``raw`` its text as decoded (with BOM and CRs), ``file`` the file of its mentions,
    ``mentions`` None where nobody annotated it, ``changed`` the time of its annotation (UTC, ISO 8601).
    ``left`` counts what we have no place for, ``issues`` are what could not be read. ``as_it_stands`` says that
    offsets count every character of ``raw``.
    """

    name: str
    file: str
    raw: str
    mentions: list[Mention] | None
    changed: str
    left: Counter[str] = field(default_factory=Counter)
    issues: list[Issue] = field(default_factory=list)
    as_it_stands: bool = False


def raw(text: str) -> str:
    """Return a source text as it must be written: a BOM of its own needs another before it, which reading takes."""
    return BOM + text if text.startswith(BOM) else text


_NO_LINK: Final = ("", "_", "-", "O", "NIL", "null", "None")


def link(value: str, left: Counter[str]) -> dict[str, str | None]:
    """Return the attribute that a foreign identifier becomes: a Wikidata id, or ``NIL:`` and it in small letters.

    Nothing where the value says that there is none; one that no link of ours can hold is counted in ``left``.
    """
    if value in _NO_LINK:
        return {}
    for ours in (value, f"NIL:{value.lower()}"):
        if schemas.is_valid(ours, "annotation", "link"):
            return {"link": ours}
    left["identifiers that no link can hold"] += 1
    return {}
