"""A mapping file and the types of foreign mentions to types of ours and what no entry says; and a mapping to edit."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.model import schema
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files


class Ours(NamedTuple):
    """An entity type of ours, and the form that the foreign type implies."""

    type: str
    form: str


OTHERS: Final = "*"
"""The entry of a mapping that stands for every type that it does not name."""


class Types:
    """The mapping of foreign types: what a file says, and our own names for themselves.

    The file is a JSON object, ``{"PERS": "PER", "NATIONALITY": {"type": "GPE", "form": "adjective"}, "MONEY": null}``;
    null leaves a type out on purpose, and the entry ``"*"`` is for all types that have none. ``left`` counts the
    mentions of types that are left out, ``unknown`` those of types that nothing is said of.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.table: dict[str, Ours | None] = {name: _ours(name) for name in schema.names("entity_type")}
        self.left: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self._first: dict[str, tuple[str, int]] = {}
        if path is not None:
            self.table |= _read(path)

    def map(self, name: str, file: str, line: int) -> Ours | None:
        """Return our type for a foreign one; count it, with its first place, where there is none."""
        if name not in self.table and OTHERS in self.table:
            self.table[name] = self.table[OTHERS]
        if name not in self.table:
            self.unknown[name] += 1
            self._first.setdefault(name, (file, line))
            return None
        if self.table[name] is None:
            self.left[name] += 1
        return self.table[name]

    def issues(self) -> list[Issue]:
        """Return an issue for each type that nothing is said of, at its first place."""
        return [
            Issue(*self._first[name], "convert-type", f"the type {name!r} of {count:,} mentions is none of ours")
            for name, count in sorted(self.unknown.items())
        ]


def proposal(names: Iterable[str]) -> dict[str, str | None]:
    """Return a mapping to edit: types that are called like ours, or like ours' titles, and null for the others.

    ``pers`` and ``PERSON`` begin the title Person, ``Organization`` is Organisation in another spelling.
    """
    ours = {label.name.lower(): label.name for label in schema.labels("entity_type")}
    titles = {label.title.lower(): label.name for label in schema.labels("entity_type")}

    def alike(name: str) -> str | None:
        plain = name.lower().replace("z", "s")
        begun = [ours for title, ours in titles.items() if len(plain) > 2 and title.startswith(plain)]
        return ours.get(name.lower()) or (begun[0] if len(begun) == 1 else None)

    return {name: alike(name) for name in sorted(names)}


def _read(path: Path) -> dict[str, Ours | None]:
    value = files.read_json(path, path.as_posix())
    if not isinstance(value, dict):
        raise DataError([Issue(path.as_posix(), 1, "convert-mapping", "it is no JSON object")])
    found = {name: None if entry is None else _entry(entry) for name, entry in value.items()}
    issues = [
        Issue(path.as_posix(), 1, "convert-mapping", f"{name!r} is mapped to {value[name]!r}, which is no type of ours")
        for name, entry in found.items()
        if entry is None and value[name] is not None
    ]
    if issues:
        raise DataError(issues)
    return found


def _entry(entry: Any) -> Ours | None:
    """Return what an entry of the mapping says; None where it is wrong."""
    ours = _ours(entry) if isinstance(entry, str) else None
    if isinstance(entry, dict) and set(entry) == {"type", "form"}:
        ours = Ours(entry["type"], entry["form"])
    if ours and ours.type in schema.names("entity_type") and ours.form in schema.names("form"):
        return ours
    return None


def _ours(name: str) -> Ours:
    return Ours(name, schema.default("form"))
