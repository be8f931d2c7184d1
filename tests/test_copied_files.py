"""The schema of a dataset and its migrations are published byte for byte, and only they."""

import json
from pathlib import Path

import pytest

from conftest import contents
from pactwire.build import manifest, stale_files
from pactwire.card import dataset_folder
from pactwire.model import digests
from pactwire.model.issues import DataError
from pactwire.release import hydrate, release_files, text_free
from pactwire.storage import files
from pactwire.validation import validate

SCHEMA, STEP, LEDGER = (
    "schema/annotation.schema.json",
    "schema/migrations/0001-rename.json",
    "schema/migrations/ledger.json",
)


@pytest.fixture
def root(golden: Path) -> Path:
    """The golden base with a schema and a migration; other files lie beside them."""
    step = {"action": "rename", "layer": "entities", "attribute": "type", "label": "PER", "to": "PERSON"}
    migration = json.dumps({"description": "Not yet applied.", "steps": [step]})
    for name, data in ((STEP, migration), (LEDGER, '{"migrations": []}\n'), ("schema/notes.json", "{}")):
        files.write_file(golden / name, data)
    files.write_file(golden / "schema/migrations/README.md", "How to migrate.")
    return golden


def published(folder: Path) -> dict[str, bytes]:
    """Return the files of schema/ in a folder, by name."""
    return {name: data for name, data in contents(folder).items() if name.startswith("schema/")}


def sources(root: Path) -> dict[str, bytes]:
    """Return what a dataset is to publish of its schema/."""
    return {name: (root / name).read_bytes() for name in (SCHEMA, STEP, LEDGER) if (root / name).is_file()}


def test_build_publishes_schema_and_migrations(root: Path) -> None:
    """They are copied byte for byte, and the manifest has the SHA-256 of each; other files are not published."""
    dataset_folder.build(root)
    assert published(root / "dataset") == sources(root)
    about = json.loads((root / "dataset/manifest.json").read_text(encoding="utf-8"))
    assert about["schema"] == {name: digests.sha256(data) for name, data in sources(root).items()}
    assert {name for name in release_files.read_release(root / "dataset").files if "schema" in name} == set(
        sources(root)
    )
    assert stale_files.unknown_files(root / "dataset") == []


def test_build_renews_and_removes_copies(root: Path) -> None:
    """A changed schema replaces the old one, a migration that is gone is removed, and files of others are kept."""
    dataset_folder.build(root)
    (root / SCHEMA).write_text((root / SCHEMA).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    (root / STEP).unlink()
    files.write_file(root / "dataset/schema/mine.json", "{}")
    dataset_folder.build(root)
    assert published(root / "dataset") == {**sources(root), "schema/mine.json": b"{}"}
    assert stale_files.unknown_files(root / "dataset") == ["schema/mine.json"]
    assert "schema/mine.json" not in release_files.read_release(root / "dataset").files


def test_changed_schema_outdates_the_build(root: Path, tmp_path: Path) -> None:
    """What was built with another schema is not released."""
    dataset_folder.build(root)
    (root / SCHEMA).write_text((root / SCHEMA).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        release_files.build_release(root, tmp_path / "work")
    assert [issue.file for issue in caught.value.issues if issue.code == "publish-build"] == [
        "dataset/manifest.json",
        f"dataset/{SCHEMA}",
    ]


def test_text_free_release_has_the_schema(root: Path, tmp_path: Path) -> None:
    """A release without texts holds the same files, and the full release restored from it as well."""
    dataset_folder.build(root)
    bare, full = tmp_path / "bare", tmp_path / "full"
    text_free.write_text_free(root, bare)
    assert hydrate.hydrate(bare, [root / "dataset/raw"], full).identical
    assert published(bare) == published(full) == sources(root)
    (bare / STEP).write_text("[]\n")
    with pytest.raises(DataError, match=rf"{STEP}:1: hydrate-release: the file is missing, or differs"):
        hydrate.hydrate(bare, [root / "dataset/raw"], tmp_path / "other")


def test_text_free_release_refuses_a_schema_that_repeats_a_source(root: Path, tmp_path: Path) -> None:
    """Eleven words of an article in a definition are an issue with their line; ten are none."""
    ten = "Moscow thanks Pyongyang Russia thanked North Korea an official said"
    dataset_folder.build(root)
    schema = json.loads((root / SCHEMA).read_text(encoding="utf-8"))
    schema["description"] = f"{ten}!"
    (root / SCHEMA).write_text(json.dumps(schema, indent=2), encoding="utf-8")
    assert text_free.write_text_free(root, tmp_path / "bare")["standoff"]
    schema["description"] = f"{ten}, on Tuesday"
    text = json.dumps(schema, indent=2)
    (root / SCHEMA).write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        text_free.write_text_free(root, tmp_path / "other")
    line = text.split("on Tuesday")[0].count("\n") + 1
    assert [(issue.file, issue.line, issue.code) for issue in caught.value.issues] == [
        (SCHEMA, line, "standoff-repeats")
    ]


def test_removes_only_copies_in_their_folders(root: Path) -> None:
    """A manifest cannot name a file elsewhere for removal."""
    dataset_folder.build(root)
    path = root / "dataset/manifest.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    outside = root / "dataset/splits.csv"
    about["schema"]["schema/../splits.csv"] = about["schema"]["splits.csv"] = digests.sha256(outside.read_bytes())
    path.write_text(json.dumps(about), encoding="utf-8")
    assert set(manifest.copied_digests(root / "dataset")) == set(sources(root))
    dataset_folder.build(root)
    assert outside.is_file()


def test_links_in_the_schema_folder_are_issues(root: Path) -> None:
    """A link that leads out of the dataset is an issue, and its target is not published."""
    (root / STEP).unlink()
    (root / STEP).symlink_to("/etc/hostname")
    assert [(issue.file, issue.code) for issue in validate.validate_dataset(root)] == [(STEP, "file-link")]
    with pytest.raises(DataError, match="file-link"):
        dataset_folder.build(root)
