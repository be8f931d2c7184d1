"""A mapping file and the types of foreign mentions to types of ours and what no entry says; and a mapping to edit."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.model import schema
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files


class MappedType(NamedTuple):
    """An entity type of ours, and the form that the foreign type implies."""

    type: str
    form: str


ALL_OTHER_TYPES: Final = "*"
"""The entry of a mapping that stands for every type that it does not name."""


class TypeMapping:
    """The mapping of foreign types: what a file says, and our own names for themselves.

    The file is a JSON object, ``{"PERS": "PER", "NATIONALITY": {"type": "GPE", "form": "adjective"}, "MONEY": null}``;
    null leaves a type out on purpose, and the entry ``"*"`` is for all types that have none. ``left`` counts the
    mentions of types that are left out, ``unknown`` those of types that nothing is said of.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.types: dict[str, MappedType | None] = {
            name: _mapped_type(name) for name in schema.label_names("entity_type")
        }
        self.excluded: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self._first: dict[str, tuple[str, int]] = {}
        if path is not None:
            self.types |= _read_mapping(path)

    def map_type(self, name: str, file: str, line: int) -> MappedType | None:
        """Return our type for a foreign one; count it, with its first place, where there is none."""
        if name not in self.types and ALL_OTHER_TYPES in self.types:
            self.types[name] = self.types[ALL_OTHER_TYPES]
        if name not in self.types:
            self.unknown[name] += 1
            self._first.setdefault(name, (file, line))
            return None
        if self.types[name] is None:
            self.excluded[name] += 1
        return self.types[name]

    def issues(self) -> list[Issue]:
        """Return an issue for each type that nothing is said of, at its first place."""
        return [
            Issue(*self._first[name], "convert-type", f"the type {name!r} of {count:,} mentions is none of ours")
            for name, count in sorted(self.unknown.items())
        ]


def propose_mapping(names: Iterable[str]) -> dict[str, str | None]:
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


def _read_mapping(path: Path) -> dict[str, MappedType | None]:
    value = files.read_json(path, path.as_posix())
    if not isinstance(value, dict):
        raise DataError([Issue(path.as_posix(), 1, "convert-mapping", "it is no JSON object")])
    found = {name: None if entry is None else _parse_entry(entry) for name, entry in value.items()}
    issues = [
        Issue(path.as_posix(), 1, "convert-mapping", f"{name!r} is mapped to {value[name]!r}, which is no type of ours")
        for name, entry in found.items()
        if entry is None and value[name] is not None
    ]
    if issues:
        raise DataError(issues)
    return found


def _parse_entry(entry: Any) -> MappedType | None:
    """Return what an entry of the mapping says; None where it is wrong."""
    ours = _mapped_type(entry) if isinstance(entry, str) else None
    if isinstance(entry, dict) and set(entry) == {"type", "form"}:
        ours = MappedType(entry["type"], entry["form"])
    if ours and ours.type in schema.label_names("entity_type") and ours.form in schema.label_names("form"):
        return ours
    return None


def _mapped_type(name: str) -> MappedType:
    return MappedType(name, schema.default_label("form"))
