"""The number of a version that each change raises, told from the change alone."""

import copy
from typing import Any

import pytest

from pactwire.release import first_format, version_rule
from pactwire.release.changes import ADDED, REMOVED, RENAMED, Change
from pactwire.release.column_changes import column_changes
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


# --- configs and columns

TEXT: dict[str, Any] = {"dtype": "string", "_type": "Value"}
STRUCT = {"x": TEXT}


def class_label(*names: str) -> dict[str, Any]:
    """Return the feature of a class label."""
    return {"names": list(names), "_type": "ClassLabel"}


def listed(feature: Any) -> dict[str, Any]:
    """Return the feature of a list."""
    return {"feature": feature, "_type": "List"}


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        (class_label("a", "b"), class_label("a", "b", "c"), Level.MINOR),
        (class_label("a", "b"), class_label("c", "a", "b"), Level.MAJOR),
        (class_label("a", "b"), class_label("a", "c", "b"), Level.MAJOR),
        (class_label("a", "b"), class_label("b", "a"), Level.MAJOR),
        (class_label("a", "b"), class_label("a"), Level.MAJOR),
        (class_label("a", "b"), class_label("a", "c"), Level.MAJOR),
        (class_label("a"), TEXT, Level.MAJOR),
        (TEXT, class_label("a"), Level.MAJOR),
        (TEXT, {**TEXT, "dtype": "large_string"}, Level.MAJOR),
        (TEXT, listed(TEXT), Level.MAJOR),
        (listed(TEXT), listed(listed(TEXT)), Level.MAJOR),
        (listed(class_label("a")), listed(class_label("a", "b")), Level.MINOR),
        (listed(class_label("a", "b")), listed(class_label("b", "a")), Level.MAJOR),
        (listed(class_label("a")), class_label("a", "b"), Level.MAJOR),
        (STRUCT, TEXT, Level.MAJOR),
        (STRUCT, listed(STRUCT), Level.MAJOR),
        (listed(STRUCT), {"_type": TEXT}, Level.MAJOR),
    ],
)
def test_changed_column_is_major_except_for_appended_classes(old: Any, new: Any, level: Level) -> None:
    """Code that reads the column, or a model that predicts its class numbers, must not fail silently."""
    [found] = column_changes({"c": {"a": TEXT, "x": old}}, {"c": {"x": new, "a": TEXT}})
    assert (found.item, found.name, found.action) == ("columns", "c.x", CHANGED)
    assert version_rule.change_level(found) is level


def feature_paths(features: Any) -> list[tuple[str, ...]]:
    """Return the keys that lead to every column and field among features, through the items of lists."""
    inner = [(key, *path) for key, each in features.items() if isinstance(each, dict) for path in feature_paths(each)]
    return [(key,) for key, each in features.items() if isinstance(each, dict) and key != "feature"] + inner


COLUMNS = [(config, *path) for config, each in first_format.features().items() for path in feature_paths(each)]


@pytest.mark.parametrize("path", COLUMNS, ids="/".join)
def test_every_column_and_field_counts(path: tuple[str, ...]) -> None:
    """Without it a release is major, with it minor, with another type major; only it is reported."""
    full = first_format.features()
    less, other = copy.deepcopy(full), copy.deepcopy(full)
    for features in (less, other):
        place = features
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]
        if features is other:
            place[path[-1]] = {**TEXT, "dtype": "bool"}
    for old, new, action, level in (
        (full, less, REMOVED, Level.MAJOR), (less, full, ADDED, Level.MINOR), (full, other, CHANGED, Level.MAJOR),
    ):  # fmt: skip
        [found] = column_changes(old, new)
        assert found[:3] == ("columns", action, ".".join(step for step in path if step != "feature"))
        assert version_rule.change_level(found) is level


def test_configs_count() -> None:
    """A removed config is major, a new one minor; their columns are not listed, and order has no meaning."""
    one, two = {"a": {"x": TEXT}}, {"b": {"y": TEXT}, "a": {"x": TEXT}}
    [added], [removed] = column_changes(one, two), column_changes(two, one)
    assert (added[:3], version_rule.change_level(added)) == (("configs", ADDED, "b"), Level.MINOR)
    assert (removed[:3], version_rule.change_level(removed)) == (("configs", REMOVED, "b"), Level.MAJOR)
    assert list(column_changes(two, {"a": {"x": TEXT}, "b": {"y": TEXT}})) == []
