"""Settings of a dataset: what ``pactwire.toml`` in its root says of the dataset as a whole.

The file is committed, so all clones of a dataset share its settings and its id. Nothing of a dataset stands in
``pyproject.toml``: a version there is that of a program. Options of commands come before settings.
"""

import difflib
import re
import tomllib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pactwire.model.escapes import CONTROL_CHARACTER_IN_LINE
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

SETTINGS_FILE: Final = "pactwire.toml"
PROJECT_FILE: Final = "pyproject.toml"
"""The file that held a dataset's version before 2.0."""
DEFAULT_VERSION: Final = "0.0.0"

SPLIT_SHARES: Final = {"train": 0.8, "validation": 0.1, "test": 0.1}
"""The shares of new articles that get each split, where a dataset sets no others."""
DEFAULT_FOLDS: Final = 5
MOST_FOLDS: Final = 100

MOST_CAUTION: Final = 0.9
"""With more, nearly all that is on one subject would be one group."""

Values = Mapping[str, Mapping[str, Any]]
"""Settings by table and key, as they stand in the file."""

_ROUNDING: Final = 1e-6
_MAX_NAME: Final = 100
_MAX_REPOSITORY: Final = 96
_VERSION: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}")
_REPOSITORY: Final = re.compile(r"(?!.*(?:--|\.\.))(?!.*\.git\Z){0}/{0}".replace("{0}", r"\w(?:[\w.-]*\w)?"), re.ASCII)
_SERVER: Final = re.compile(r"https?://[^\s/?#@\\]+(?:/[^\s?#@\\]*)?")
_TEMPLATE: Final = "# Settings of this dataset; docs/settings.md explains them. The id tells it from all others.\n"


@dataclass(frozen=True)
class Settings:
    """The settings of a dataset, with defaults for those that ``pactwire.toml`` leaves out.

    ``repository`` is the dataset's name on the Hub, OWNER/NAME, and ``id`` a UUID; both are empty until they are known.
    ``shares`` are those of new articles by split, and add up to 1. ``caution`` says how far from a story two stories
    may be that are never split, and ``join_clusters`` whether the articles of a cluster are never split. ``url`` is the
    address of the Label Studio server on which people label the dataset, or empty, and ``annotators_per_task`` says how
    many of them get each task there. ``project_per_layer`` says whether they label one layer at a time, each in a
    project of its own.
    """

    name: str = ""
    version: str = DEFAULT_VERSION
    repository: str = ""
    id: str = ""
    shares: Mapping[str, float] = field(default_factory=lambda: SPLIT_SHARES)
    folds: int = DEFAULT_FOLDS
    caution: float = 0.8
    join_clusters: bool = False
    url: str = ""
    annotators_per_task: int = 2
    project_per_layer: bool = False


def read_settings(root: Path) -> Settings:
    """Return the settings of a dataset; defaults where there is no file.

    Raises DataError (not-utf8, not-toml; settings, version-moved) with every issue.
    """
    path = root / SETTINGS_FILE
    document = files.read_toml(path, SETTINGS_FILE) if path.is_file() else {}
    flaws = [*_flaws(document), *_version_flaws(root, document)]
    if flaws:
        raise _settings_error(flaws, files.read_text(path, SETTINGS_FILE))
    splits = dict(document.get("splits", {}))
    shares = {split: splits.pop(split, share) for split, share in SPLIT_SHARES.items()}
    return Settings(shares=shares, **splits, **document.get("dataset", {}), **document.get("labelstudio", {}))


def recorded_version(root: Path) -> str:
    """Return the version of a dataset of any release, unchecked; 0.0.0 if it has none.

    Before 2.0 it stood in ``pyproject.toml``, and such a release stays readable: its folder and its tag never change.
    """
    for file, table in ((SETTINGS_FILE, "dataset"), (PROJECT_FILE, "project")):
        entries = files.read_toml(root / file, file).get(table) if (root / file).is_file() else None
        version = entries.get("version") if isinstance(entries, dict) else None
        if isinstance(version, str):
            return version
    return DEFAULT_VERSION


def setting_line(root: Path, table: str, key: str) -> int:
    """Return the line of ``pactwire.toml`` that a setting is on or, if it is missing, the line of its table, or 1."""
    return _line(_key_lines(files.read_text(root / SETTINGS_FILE, SETTINGS_FILE)), (table, key))


def write_settings(root: Path, values: Values) -> None:
    """Set values in ``pactwire.toml``, in one step, as `set_values` does.

    Raises DataError (not-utf8, not-toml, settings) and writes nothing, if the file would have an issue.
    """
    path = root / SETTINGS_FILE
    if path.is_file():
        files.read_toml(path, SETTINGS_FILE)  # with the place of what is wrong, which tomlkit does not tell
    files.write_file(path, set_values(path.read_bytes().decode() if path.is_file() else _TEMPLATE, values))


def set_values(text: str, values: Values) -> str:
    """Return the text of ``pactwire.toml``, valid TOML, with values set; comments, other values and their order stay.

    Raises DataError (settings) if the text would have an issue.
    """
    import tomlkit

    document = tomlkit.parse(text)
    for table, entries in values.items():
        present = document.setdefault(table, tomlkit.table())
        for key, value in entries.items() if isinstance(present, dict) else ():
            present[key] = value
    changed = tomlkit.dumps(document).rstrip("\n") + "\n"
    if flaws := list(_flaws(document.unwrap())):
        raise _settings_error(flaws, changed)
    return changed


def setting_flaw(table: str, key: str, value: object) -> str:
    """Return what is wrong with the value of a setting, or the empty string."""
    return _CHECKS[table][key](value)


def draw_id(root: Path) -> str:
    """Draw a new id, write it into ``pactwire.toml`` as `write_settings` does, and return it."""
    new_id = str(uuid.uuid4())
    write_settings(root, {"dataset": {"id": new_id}})
    return new_id


# --- what is allowed

Place = tuple[str, ...]
"""A table, or a table and a key."""
Flaw = tuple[Place, str, str]
"""The place of a wrong setting, the code of its issue, and the message."""


def _name_flaw(value: Any) -> str:
    if (
        isinstance(value, str)
        and value.strip()
        and len(value) <= _MAX_NAME
        and not CONTROL_CHARACTER_IN_LINE.search(value)
    ):
        return ""
    return f"{value!r} is not a name; write one line of up to {_MAX_NAME} characters"


def _version_flaw(value: Any) -> str:
    if isinstance(value, str) and _VERSION.fullmatch(value):
        return ""
    return f'{value!r} is not a version; write "MAJOR.MINOR.PATCH", as in "1.0.0"'


def _repository_flaw(value: Any) -> str:
    if isinstance(value, str) and len(value) <= _MAX_REPOSITORY and _REPOSITORY.fullmatch(value):
        return ""
    return f'{value!r} is not a repository on the Hub; write "OWNER/NAME"'


def _id_flaw(value: Any) -> str:
    try:
        is_uuid = str(uuid.UUID(value)) == value
    except (ValueError, TypeError, AttributeError):
        is_uuid = False
    return "" if is_uuid else f"{value!r} is not a dataset id; Pactwire draws UUIDs"


def _share_flaw(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return ""
    return f"{value!r} is not a share; write a number from 0 to 1, as in 0.8"


def _count_flaw(least: int, most: int) -> Callable[[Any], str]:
    """Return the check of a whole number in a range."""

    def flaw(value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return ""
        return f"{value!r} is not a whole number from {least} to {most}"

    return flaw


def _caution_flaw(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST_CAUTION:
        return ""
    return f"{value!r} is not a number from 0 to {MOST_CAUTION}, as in 0.8"


def _bool_flaw(value: Any) -> str:
    return "" if isinstance(value, bool) else f"{value!r} is neither true nor false"


def _url_flaw(value: Any) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        if parts and parts.port != 0 and _SERVER.fullmatch(value):
            return ""
    except ValueError:  # a port that is none
        pass
    return "it is not the address of a server; write http:// or https:// and its name, without a login or a token"


_CHECKS: Final[Mapping[str, Mapping[str, Callable[[Any], str]]]] = {
    "dataset": {"name": _name_flaw, "version": _version_flaw, "repository": _repository_flaw, "id": _id_flaw},
    "splits": {
        **dict.fromkeys(SPLIT_SHARES, _share_flaw),
        "folds": _count_flaw(2, MOST_FOLDS),
        "caution": _caution_flaw,
        "join_clusters": _bool_flaw,
    },
    "labelstudio": {
        "url": _url_flaw,
        "annotators_per_task": _count_flaw(1, 100),
        "project_per_layer": _bool_flaw,
    },
}
"""The check of each setting, which returns what is wrong with a value, or the empty string."""


def _flaws(document: Mapping[str, Any]) -> Iterator[Flaw]:
    """Yield the flaws of a whole file; tables that are not Pactwire's are left alone, unless they look like a typo."""
    for table in document.keys() - _CHECKS.keys():
        if similar := difflib.get_close_matches(table, _CHECKS, 1, 0.8):
            yield (table,), "settings", f"{table!r} is not a table of settings; the nearest is {similar[0]!r}"
    for table, checks in _CHECKS.items():
        entries = document.get(table, {})
        if not isinstance(entries, dict):
            yield (table,), "settings", f"{table} is not a table"
            continue
        for key, value in entries.items():
            if key not in checks:
                yield (table, key), "settings", _unknown_key(table, key)
            elif flaw := checks[key](value):
                yield (table, key), "settings", f"{table}.{key}: {flaw}"
    yield from _sum_flaws(document.get("splits"))


def _sum_flaws(entries: Any) -> Iterator[Flaw]:
    """Yield a flaw if the shares of splits, each of them right, do not add up to 1."""
    given = entries if isinstance(entries, dict) else {}
    shares = {split: given.get(split, share) for split, share in SPLIT_SHARES.items()}
    if not any(map(_share_flaw, shares.values())) and abs(sum(shares.values()) - 1) > _ROUNDING:
        listed = ", ".join(f"{split} {share:g}" for split, share in shares.items())
        yield ("splits",), "settings", f"the shares ({listed}) add up to {sum(shares.values()):g}, not to 1"


def _unknown_key(table: str, key: str) -> str:
    known = list(_CHECKS[table])
    nearest = difflib.get_close_matches(key, known, 1, 0.0)[0]
    return f"[{table}] has no setting {key!r}; the nearest is {nearest!r} (of {', '.join(known)})"


def _version_flaws(root: Path, document: Mapping[str, Any]) -> Iterator[Flaw]:
    """Yield a flaw if the dataset's version still stands where it stood before 2.0."""
    entries = document.get("dataset", {})
    if not isinstance(entries, dict) or "version" in entries:
        return
    try:
        version = recorded_version(root)
    except DataError:
        return  # what else stands in pyproject.toml is not the dataset's
    if version != DEFAULT_VERSION:
        message = f"the data has no version here; {PROJECT_FILE} has {version!r}, which is that of a program"
        yield ("dataset",), "version-moved", message


# --- lines


def _settings_error(flaws: Iterable[Flaw], text: str) -> DataError:
    lines = _key_lines(text)
    return DataError(sorted(Issue(SETTINGS_FILE, _line(lines, place), code, message) for place, code, message in flaws))


def _line(lines: Mapping[Place, int], place: Place) -> int:
    """Return the line of a place, or of the table that it is missing from, or 1."""
    return lines.get(place) or lines.get(place[:1], 1)


def _key_lines(text: str) -> dict[Place, int]:
    """Return the line on which each table and each key of a valid TOML file begins, by table and key."""
    found: dict[Place, int] = {}
    lines = files.normalize_newlines(text).split("\n")
    table: Place = ()
    begin = 0
    for end in range(1, len(lines) + 1):
        try:
            statement = tomllib.loads("\n".join(lines[begin:end]))
        except tomllib.TOMLDecodeError:
            continue  # a value of several lines
        is_header = lines[begin].lstrip().startswith("[")
        places = [place if is_header else (*table, *place) for place in _places(statement)]
        for place in places:
            found.setdefault(place, begin + 1)
        if is_header:
            table = places[-1]
        begin = end
    return found


def _places(entries: Mapping[str, Any]) -> Iterator[Place]:
    """Yield the place of each key, those of tables before those of their keys."""
    for key, value in entries.items():
        yield (key,)
        for place in _places(value) if isinstance(value, dict) else ():
            yield (key, *place)
