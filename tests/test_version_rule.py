"""The number of a version that each change raises, told from the change alone."""

import pytest

from pactwire.release import version_rule
from pactwire.release.changes import ADDED, REMOVED, RENAMED, Change
from pactwire.release.version_rule import Level

CHANGED = "changed"
WORKS_OF_OTHERS = ("labels", "topics", "articles", "documents", "layers")


def change(item: str, action: str) -> Change:
    """Return a change of an item."""
    return Change(item, action, "x", {})


@pytest.mark.parametrize("item", WORKS_OF_OTHERS)
def test_removals_are_major_and_additions_minor(item: str) -> None:
    """Names that others use must not be removed or renamed; a new one does not affect them."""
    assert version_rule.change_level(change(item, REMOVED)) is Level.MAJOR
    assert version_rule.change_level(change(item, RENAMED)) is Level.MAJOR
    assert version_rule.change_level(change(item, ADDED)) is Level.MINOR
    assert version_rule.change_level(change(item, CHANGED)) is Level.PATCH


@pytest.mark.parametrize("action", [ADDED, REMOVED, CHANGED])
def test_changed_text_or_split_is_major(action: str) -> None:
    """Earlier results cannot be compared with later ones."""
    assert version_rule.change_level(change("texts", action)) is Level.MAJOR
    assert version_rule.change_level(change("splits", action)) is Level.MAJOR


@pytest.mark.parametrize("item", ["entities", "claims", "stances", "zones", "links", "clusters", "stories"])
@pytest.mark.parametrize("action", [ADDED, REMOVED, CHANGED])
def test_corrections_are_patches(item: str, action: str) -> None:
    """A label that is added, removed or changed corrects the data."""
    assert version_rule.change_level(change(item, action)) is Level.PATCH


def test_changes_require_the_highest_level() -> None:
    """The first change of the highest level is reported, and those of that level are counted."""
    patch, minor, major = change("entities", CHANGED), change("labels", ADDED), change("splits", CHANGED)
    assert version_rule.required_level([]) == (Level.PATCH, None, 0)
    assert version_rule.required_level([patch, patch]) == (Level.PATCH, patch, 2)
    assert version_rule.required_level([patch, minor, patch]) == (Level.MINOR, minor, 1)
    assert version_rule.required_level([minor, major, patch, major._replace(name="y")]) == (Level.MAJOR, major, 2)
    assert version_rule.required_level([major, minor]) == (Level.MAJOR, major, 1)
