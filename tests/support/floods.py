"""Copies of the dataset about floods, whose layers are not those of this repository's dataset."""

import shutil
from pathlib import Path

from conftest import CHECKOUT

FLOODS = CHECKOUT / "examples" / "floods"


def copy_floods(root: Path) -> Path:
    """Copy what is committed of the dataset into a new folder."""
    for name in ("annotations", "schema", "plots", "dataset/raw"):
        shutil.copytree(FLOODS / name, root / name)
    for name in ("dataset/sources.jsonl", "dataset/splits.csv", "pactwire.toml", "DATASET_CARD.md", "CHANGELOG.md"):
        shutil.copy(FLOODS / name, root / name)
    return root
