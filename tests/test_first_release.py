"""Releases of 1.0.0, frozen in golden/releases: this dataset keeps their rows, and `diff` still reads them.

``1.0.0/manifest.json`` is the manifest of this dataset, ``1.0.0/annotation.schema.json`` its schema, and ``1.0.0/base``
the golden base with a second annotator, all as version 1.0.0 built them.
"""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import Features

from conftest import CHECKOUT
from pactwire.build import manifest
from pactwire.card import dataset_folder
from pactwire.release import diff, first_format, snapshots
from pactwire.release.changes import Change
from pactwire.storage import files

FROZEN = CHECKOUT / "tests/golden/releases/1.0.0"
FIRST, FINAL = "00000000000000aa", "annotations/final/00000000000000aa.json"


def row_digests(about: dict[str, Any]) -> dict[tuple[str, str, int], str]:
    """Return the digest of each data file by config, split and number of rows."""
    return {(config, split, each["rows"]): each["digest"] for config, split, each in manifest.iter_data_files(about)}


def test_this_dataset_keeps_the_rows_of_1_0_0(copy: Path) -> None:
    """The same articles and labels give the same rows, in the same columns."""
    dataset_folder.build(copy)
    built, frozen = (
        files.read_json(folder / "manifest.json", "manifest.json") for folder in (copy / "dataset", FROZEN)
    )
    assert row_digests(built) == row_digests(frozen)
    assert built["features"] == first_format.features()


def test_frozen_features_are_those_of_1_0_0() -> None:
    """Every file of the frozen release has the columns of its config, in their order."""
    paths = sorted((FROZEN / "base/data").rglob("*.parquet"))
    for path in paths:
        features = Features.from_dict(first_format.features()[path.parent.name])
        assert Features.from_arrow_schema(pq.read_schema(path)).to_dict() == features.to_dict()
        assert list(features) == pq.read_schema(path).names
    assert {path.parent.name for path in paths} == first_format.features().keys()


@pytest.fixture
def root(golden: Path) -> Path:
    """The sources of the frozen release of the golden base."""
    document = json.loads((golden / FINAL).read_text(encoding="utf-8"))
    document["annotators"].append({"id": "rival", "kind": "human", "name": None, "version": None})
    files.write_file(golden / "annotations/rival/00000000000000aa.json", json.dumps(document))
    files.write_file(golden / "pactwire.toml", '[dataset]\nname = "golden"\nversion = "1.0.0"\n')
    return golden


def changes(old: Path, new: Path) -> list[Change]:
    """Return the changes from one folder to another."""
    with snapshots.open_folder(old, "old") as before, snapshots.open_folder(new, "new") as after:
        return list(diff.compare(before, after))


def test_release_of_1_0_0_equals_its_sources(root: Path) -> None:
    """A published folder that has no schema is read with all its labels, and compared both ways."""
    assert changes(FROZEN / "base", root) == changes(root, FROZEN / "base") == []
    text = (root / FINAL).read_text(encoding="utf-8")
    files.write_file(root / FINAL, text.replace('"type": "ORG"', '"type": "PER"'))
    [change] = changes(FROZEN / "base", root)
    assert (change.item, change.name, change.attributes) == ("entities", "e5", {"type": ("ORG", "PER")})


def test_columns_of_1_0_0_are_compared_with_those_of_a_build(root: Path) -> None:
    """A manifest has the columns of every config; the release that has none of them had those of 1.0.0."""
    dataset_folder.build(root)
    path = root / "dataset/manifest.json"
    about = files.read_json(path, path.name)
    (root / "dataset/raw").rename(root / "raw")
    del about["features"]["stance"]["holder_link"], about["features"]["claim_pairs"]
    about["features"]["claims"]["label"]["names"] += ["OTHER"]
    files.write_file(path, json.dumps(about))
    old, new = ["NFS", "UFS", "CFS"], ["NFS", "UFS", "CFS", "OTHER"]
    assert [change[:4] for change in changes(FROZEN / "base", root / "dataset")] == [
        ("columns", "removed", "stance.holder_link", {"type": ("string", None)}),
        ("columns", "changed", "claims.label", {"classes": (old, new)}),
        ("configs", "removed", "claim_pairs", {}),
    ]
