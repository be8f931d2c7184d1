"""Migrations between two versions: in `pactwire diff`, the changelog, the version rule and the order of labels."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conftest import CHECKOUT
from pactwire.card import dataset_folder
from pactwire.release import changelog, diff, migrate, migration_changes, snapshots, version_rule
from pactwire.release.changes import Change
from pactwire.release.label_order import order_issues
from pactwire.release.version_rule import Level
from support.migrations import write_migration

CATEGORY = {"layer": "mentions", "attribute": "category"}
NEW = {"const": "RIVER", "title": "River", "description": "A river."}
STEPS: dict[str, tuple[Any, Level, int]] = {
    "rename": ({"action": "rename", **CATEGORY, "label": "WATER", "to": "WATERS"}, Level.MAJOR, 28),
    "rename an attribute": ({"action": "rename", **CATEGORY, "to": "sort"}, Level.MAJOR, 177),
    "rename a layer": ({"action": "rename", "layer": "figures", "to": "numbers"}, Level.MAJOR, 83),
    "merge": ({"action": "merge", **CATEGORY, "labels": ["WATER"], "to": "PLACE"}, Level.MAJOR, 28),
    "drop": ({"action": "drop", "layer": "quotes", "attribute": "manner"}, Level.MAJOR, 97),
    "add": ({"action": "add", **CATEGORY, "label": NEW}, Level.MINOR, 0),
    "split": ({"action": "split", **CATEGORY, "label": "WATER", "into": [NEW], "otherwise": "RIVER"}, Level.MAJOR, 28),
}


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """The dataset about floods, and a copy to be migrated."""
    old = shutil.copytree(CHECKOUT / "examples/floods", tmp_path / "old")
    return Path(old), Path(shutil.copytree(old, tmp_path / "new"))


def changes(old: Path, new: Path) -> list[Change]:
    """Return the changes from one folder to another."""
    with snapshots.open_folder(old, "old") as before, snapshots.open_folder(new, "new") as after:
        return list(diff.compare(before, after))


@pytest.mark.parametrize("name", STEPS)
def test_each_step_is_told_once(name: str, sides: tuple[Path, Path]) -> None:
    """With the number of final labels that it changed; no label of a document counts as changed by a person."""
    old, new = sides
    step, level, count = STEPS[name]
    write_migration(new, "0001-step", step)
    [plan] = migrate.migrate(new)
    found = changes(old, new)
    [told] = [each for each in found if each.item == "migrations"]
    assert (told.name, told.attributes["action"], told.attributes["labels"]) == (
        "0001-step#1",
        (None, step["action"]),
        (None, count),
    )
    assert plan.step_rows()[0][2][-2] == ("final", [*plan.step_rows()[0][2][-2][1][:1], count, 0, 0])
    assert {each.item for each in found} <= {"migrations", "labels", "configs", "columns", "links"}
    assert version_rule.required_level(found).level == level
    assert version_rule.change_level(told) == level


def test_what_people_changed_is_told_beside_it(sides: tuple[Path, Path]) -> None:
    """A label that moved is one change, with the new names."""
    old, new = sides
    write_migration(
        new,
        "0001-sort",
        STEPS["rename an attribute"][0],
        {**CATEGORY, "action": "rename", "attribute": "sort", "label": "WATER", "to": "WATERS"},
    )
    migrate.migrate(new)
    path = next(
        path
        for path in sorted((new / "annotations/final").glob("*.json"))
        if '"sort": "PERSON"' in path.read_text("utf-8")
    )
    path.write_text(path.read_text("utf-8").replace('"sort": "PERSON"', '"sort": "AGENCY"', 1), "utf-8")
    found = changes(old, new)
    [label] = [each for each in found if each.item == "mentions"]
    assert label.attributes == {"sort": ("PERSON", "AGENCY")}
    [renamed] = [each for each in found if each.action == "renamed"]
    assert (renamed.name, renamed.attributes) == ("mentions.sort.WATERS", {"name": ("WATER", "WATERS")})


@pytest.mark.parametrize("is_released", [False, True])
def test_a_label_that_was_renamed_and_then_merged_is_gone(sides: tuple[Path, Path], is_released: bool) -> None:
    """The new label is added, not renamed; also if the first of its names was released in between."""
    old, new = sides
    rename = STEPS["rename"][0]
    write_migration(new, "0001-waters", rename)
    if is_released:
        migrate.migrate(new)
        shutil.copytree(new, old, dirs_exist_ok=True)
    write_migration(new, "0002-wet", {**rename, "label": "WATERS", "to": "WET"})
    merge = {**CATEGORY, "action": "merge", "labels": ["PLACE", "WET"], "to": {**NEW, "const": "SITE"}}
    write_migration(new, "0003-site", merge)
    migrate.migrate(new)
    found = {(each.name, each.action): each.attributes for each in changes(old, new) if each.item == "labels"}
    deprecated = {"deprecated": (False, True)}
    assert found["mentions.category.PLACE", "changed"] == deprecated
    assert found["mentions.category.WET", "changed"].items() >= deprecated.items()
    assert ("mentions.category.SITE", "added") in found
    before = "WATERS" if is_released else "WATER"
    renamed = {key: value for key, value in found.items() if key[1] == "renamed"}
    assert renamed == {("mentions.category.WET", "renamed"): {"name": (before, "WET")}}


def test_order_of_labels_is_that_after_the_migrations(sides: tuple[Path, Path]) -> None:
    """A label that was renamed twice is in its place; without the migrations it would be gone."""
    old, new = sides
    rename = STEPS["rename"][0]
    write_migration(new, "0001-water", rename)
    write_migration(new, "0002-again", {**rename, "label": "WATERS", "to": "WET"})
    migrate.migrate(new)
    with snapshots.open_folder(old, "old") as before, snapshots.open_folder(new, "new") as after:
        schema = migration_changes.migrations_between(before, after).schema(before.schema)
        assert list(order_issues(new, "v1", schema, after.schema)) == []
    one = new.with_name("one")
    shutil.copytree(old, one)
    write_migration(one, "0001-water", rename)
    migrate.migrate(one)
    with snapshots.open_folder(one, "one") as before, snapshots.open_folder(new, "new") as after:
        assert len(list(order_issues(new, "v1", before.schema, after.schema))) == 1
        schema = migration_changes.migrations_between(before, after).schema(before.schema)
        assert list(order_issues(new, "v1", schema, after.schema)) == []
    found = changes(one, new)
    assert {each.item for each in found} == {"migrations", "labels", "columns", "links"}
    [renamed] = [each for each in found if each.action == "renamed"]
    assert renamed.attributes == {"name": ("WATERS", "WET")}


def test_a_built_dataset_has_its_migrations(sides: tuple[Path, Path]) -> None:
    """Compared as published, the same steps are told, and no label of a document."""
    old, new = sides
    dataset_folder.build(old)
    write_migration(new, "0001-step", STEPS["merge"][0])
    migrate.migrate(new)
    dataset_folder.build(new)
    assert (new / "dataset/schema/migrations/0001-step.schema.json").is_file()
    found = changes(old / "dataset", new / "dataset")
    assert Counter(each.item for each in found) == {"migrations": 1, "labels": 1}
    assert [each.attributes["labels"] for each in found if each.item == "migrations"] == [(None, 28)]


def test_the_changelog_names_steps(sides: tuple[Path, Path]) -> None:
    """In words, with their counts."""
    old, new = sides
    write_migration(new, "0001-step", STEPS["merge"][0])
    migrate.migrate(new)
    found = changes(old, new)
    lines = list(changelog._listed_changes(found, diff.summarize(found, ())))
    assert (
        lines[0]
        == "- migrations added: `0001-step#1` (merge WATER of mentions.category into PLACE; labels changed: 28)"
    )


def test_the_changelog_names_a_former_name(sides: tuple[Path, Path]) -> None:
    """Of a label that was renamed; a label that has none has no value to show."""
    old, new = sides
    write_migration(new, "0001-step", STEPS["rename"][0])
    migrate.migrate(new)
    found = changes(old, new)
    lines = changelog._listed_changes(found, diff.summarize(found, ()))
    assert "- labels changed: `mentions.category.WATERS` (formerly WATER)" in lines
    gone = Change("labels", "changed", "mentions.category.WATERS", {"formerly": ("WATER", None)})
    assert changelog._format_change(gone) == "`mentions.category.WATERS` (no longer formerly WATER)"
