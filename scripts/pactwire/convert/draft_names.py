"""Names and labels of a drafted schema, made of a source's own names.

A name of the source that is no valid name is changed, and stands as it is in the title. So a title leads back to it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from pactwire.model.escapes import CONTROL_CHARACTER_IN_LINE
from pactwire.model.json_schemas import tool_schema
from pactwire.model.schema_names import MECHANICS, ROW_COLUMNS, TOKEN_COLUMNS

MAX_TITLE: Final = 200
_MAX_LABEL: Final = 60
_LABEL: Final = re.compile(tool_schema("declaration.schema")["$defs"]["label"]["properties"]["const"]["pattern"])
_NO_LABELS: Final = ("*",)
"""Labels that mean something else in a mapping."""
_MAX_NAME: Final = 40
_RESERVED: Final = frozenset((*MECHANICS, *ROW_COLUMNS, *TOKEN_COLUMNS))
"""Names that no attribute has, or that the rows of a layer have as columns."""


def attribute_names(names: Iterable[str], fallback: str, taken: Collection[str] = ()) -> list[str]:
    """Return a valid name for each of some names, in their order; names that would be alike are numbered.

    Names are alike if they differ by case, underscores or what else no name can hold: other formats write such names
    in ways of their own, so that only a number tells them apart.

    Args:
        names: The source's names; one may occur several times.
        fallback: The name of one that holds nothing that a name can hold.
        taken: Names that are not given.
    """
    given = [_valid_name(name) or fallback for name in names]
    keys = [_key(name) for name in given]
    used = {_key(name) for name in (*_RESERVED, *taken)}
    free = {key for key in keys if keys.count(key) == 1} - used
    found: list[str] = []
    for name, key in zip(given, keys, strict=True):
        chosen = name if key in free else next(each for each in _numbered(name) if _key(each) not in used | free)
        used.add(_key(chosen))
        found.append(chosen)
    return found


def free_name(names: Sequence[str], taken: Iterable[str]) -> str:
    """Return the first of some names that is like none of those taken, or the last with a number."""
    used = {*map(_key, taken)}
    return next(name for name in chain(names, _numbered(names[-1])) if _key(name) not in used)


def _numbered(name: str) -> Iterator[str]:
    number = 1
    while True:
        suffix = f"_{number}"
        yield name[: _MAX_NAME - len(suffix)].rstrip("_") + suffix
        number += 1


def _key(name: str) -> str:
    return name.replace("_", "")


def _valid_name(name: str) -> str:
    """Return what a name can hold of another: ``MetonymOf`` as ``metonym_of``; empty if it can hold nothing."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain)
    return re.sub("[^a-z0-9]+", "_", words.lower()).lstrip("_0123456789")[:_MAX_NAME].strip("_")


def label_names(names: Iterable[str]) -> list[str]:
    """Return a valid label for each of some names that differ, in their order: the name itself where it is valid."""
    names = list(names)
    valid = {name for name in names if is_label(name)}
    found: list[str] = []
    for name in names:
        label = name if name in valid else _label(name, valid)
        valid.add(label)
        found.append(label)
    return found


def is_label(name: str) -> bool:
    """Return whether a name can be a label as it is."""
    return name not in _NO_LABELS and _LABEL.search(name) is not None


def is_title(name: str) -> bool:
    """Return whether a name can be a title as it is."""
    return 0 < len(name) <= MAX_TITLE and not CONTROL_CHARACTER_IN_LINE.search(name)


def _label(name: str, taken: Collection[str]) -> str:
    plain = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    plain = plain if plain not in ("", *_NO_LABELS) else "label"
    candidates = (plain[: _MAX_LABEL - len(suffix)].strip() + suffix for suffix in _suffixes())
    return next(each for each in candidates if each not in taken)


def _suffixes() -> Iterator[str]:
    yield ""
    number = 1
    while True:
        number += 1
        yield f" {number}"
