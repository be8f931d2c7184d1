"""The version rule: which number of a version the changes of the data must raise.

A major version if users lose something, a text changes or a class number shifts, a minor one if something is added, a
patch for corrections.
docs/releasing.md explains it.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

from pactwire.release.changes import ADDED, REMOVED, RENAMED, Change

Version = tuple[int, int, int]

FIRST_VERSION: Final = (0, 1, 0)


class Level(IntEnum):
    """Which number of a version a change raises."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2


class RequiredLevel(NamedTuple):
    """The level that a set of changes requires, the first change that requires it, and how many of them do."""

    level: Level
    first: Change | None
    total: int


def change_level(change: Change) -> Level:
    """Return the level that one change requires."""
    if change.item == "migrations":  # what is added takes nothing away
        return Level.MINOR if "add" in change.attributes["action"] else Level.MAJOR
    if change.item in ("labels", "configs", "columns", "topics", "articles", "documents", "layers"):
        if change.action in (REMOVED, RENAMED):
            return Level.MAJOR
        if change.action == ADDED:
            return Level.MINOR
    if change.item == "labels" and "deprecated" in change.attributes:  # in documents, it is as if it was removed
        return Level.MAJOR if change.attributes["deprecated"][1] else Level.MINOR
    if change.item == "columns":
        return Level.MINOR if _appends_classes(change) else Level.MAJOR
    return Level.MAJOR if change.item in ("texts", "splits") else Level.PATCH


def _appends_classes(change: Change) -> bool:
    """Say whether all that changes in a column are classes after those that it had, so that no class number shifts."""
    old, new = change.attributes.get("classes", (None, None))
    return change.attributes.keys() == {"classes"} and old == new[: len(old)]


def required_level(changes: Iterable[Change]) -> RequiredLevel:
    """Return the level that changes require together."""
    required = RequiredLevel(Level.PATCH, None, 0)
    for change in changes:
        level = change_level(change)
        if required.first is None or level > required.level:
            required = RequiredLevel(level, change, 1)
        elif level == required.level:
            required = required._replace(total=required.total + 1)
    return required


def smallest_version(base: Version, level: Level) -> Version:
    """Return the smallest version after ``base`` that raises the number of a level."""
    major, minor, patch = base
    return {
        Level.MAJOR: (major + 1, 0, 0),
        Level.MINOR: (major, minor + 1, 0),
        Level.PATCH: (major, minor, patch + 1),
    }[level]
