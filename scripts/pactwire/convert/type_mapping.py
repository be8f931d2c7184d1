"""Mapping of external types to the labels of a dataset, from a file; and a proposed mapping to edit."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pactwire.convert.mention_layer import MentionLayer
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

MappedType = dict[str, str]
"""The attributes that an external type implies: the type of the dataset, and labels of its other choices."""
ALL_OTHER_TYPES: Final = "*"
"""The entry of a mapping for every type without an entry of its own."""


class TypeMapping:
    """The mapping of external types to those of a dataset's mentions; its own names map to themselves.

    The file is a JSON object, ``{"PERS": "PER", "NATIONALITY": {"type": "GPE", "form": "adjective"}, "MONEY": null}``;
    null leaves a type out, and the entry ``"*"`` is for all types without one. An object names a label for each choice;
    a type alone is enough where the other choices have a default. ``excluded`` counts the mentions of types that are
    left out, ``unknown`` those of types without an entry.
    """

    def __init__(self, layer: MentionLayer, path: Path | None = None) -> None:
        self.layer = layer
        own = {name: _parse_entry(name, layer) for name in layer.type_attribute.label_names}
        self.types: dict[str, MappedType | None] = {name: mapped for name, mapped in own.items() if mapped}
        self.excluded: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self._first: dict[str, tuple[str, int]] = {}
        if path is not None:
            self.types |= _read_mapping(path, layer)

    def map_type(self, name: str, file: str, line: int) -> MappedType | None:
        """Return our type for an external one; count it, with its first place, if there is none."""
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
        """Return an issue for each type without an entry, at its first place."""
        return [
            Issue(*self._first[name], "convert-type", f"the type {name!r} of {count:,} mentions is not one of ours")
            for name, count in sorted(self.unknown.items())
        ]


def propose_mapping(names: Iterable[str], layer: MentionLayer) -> dict[str, str | None]:
    """Return a mapping to edit: types with the name or the title of one of ours, and null for the others.

    ``pers`` and ``PERSON`` begin the title Person; ``Organization`` is another spelling of Organisation.
    """
    known = [label for label in layer.type_attribute.labels if not label.is_deprecated]
    labels = {label.name.lower(): label.name for label in known}
    titles = {label.title.lower(): label.name for label in known}

    def similar(name: str) -> str | None:
        spelling = name.lower().replace("z", "s")
        begun = [label for title, label in titles.items() if len(spelling) > 2 and title.startswith(spelling)]
        return labels.get(name.lower()) or (begun[0] if len(begun) == 1 else None)

    return {name: similar(name) for name in sorted(names)}


def _read_mapping(path: Path, layer: MentionLayer) -> dict[str, MappedType | None]:
    value = files.read_json(path, path.as_posix())
    if not isinstance(value, dict):
        raise DataError([Issue(path.as_posix(), 1, "convert-mapping", "it is not a JSON object")])
    mapping = {name: None if entry is None else _parse_entry(entry, layer) for name, entry in value.items()}
    issues = [
        Issue(
            path.as_posix(),
            1,
            "convert-mapping",
            f"{name!r} is mapped to {value[name]!r}, which is not one of our types",
        )
        for name, entry in mapping.items()
        if entry is None and value[name] is not None
    ]
    if issues:
        raise DataError(issues)
    return mapping


def _parse_entry(entry: Any, layer: MentionLayer) -> MappedType | None:
    """Return what an entry maps to; None if the entry is invalid."""
    choices = {each.name: each for each in (layer.type_attribute, *layer.other_choices)}
    if isinstance(entry, str) and not layer.undecided_choices:
        entry = {layer.type_attribute.name: entry}
    elif not (isinstance(entry, dict) and set(entry) == set(choices)):
        return None
    return entry if all(layer.allows(choices[name], value) for name, value in entry.items()) else None
