"""Copies of the dataset about floods, whose layers are not those of this repository's dataset."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from conftest import CHECKOUT
from pactwire.model import digests, strict_json
from pactwire.storage import files

FLOODS = CHECKOUT / "examples" / "floods"


NEW_TEXT: Final = """Water leaves the Ebbing at Saltbridge

SALTBRIDGE – The Ebbing left its bed on Monday night and stood 2 metres deep in the market.

"Stay out of your cellars until the pumps have stopped," said Agnes Durrow on Tuesday morning.
"""


def new_article(root: Path, annotators: Mapping[str, str]) -> str:
    """Make a dataset of one new article without any label, under the schema of the one about floods; return its id."""
    identity = digests.sha256(NEW_TEXT)[:16]
    for name in ("schema/annotation.schema.json", "annotations/links.tsv", "annotations/GUIDELINES.md"):
        files.write_file(root / name, (FLOODS / name).read_text("utf-8"))
    about: dict[str, str | None] = {"id": identity, "file": "new.txt", "sha256": digests.sha256(NEW_TEXT)}
    about |= dict.fromkeys(("outlet", "date_line", "section", "published", "url")) | {"license": "none"}
    files.write_file(root / "dataset/raw/new.txt", NEW_TEXT)
    files.write_file(root / "dataset/sources.jsonl", strict_json.compact(about) + "\n")
    files.write_file(root / ".pactwire/annotators.json", strict_json.compact(annotators))
    return identity


def copy_floods(root: Path) -> Path:
    """Copy what is committed of the dataset into a new folder."""
    for name in ("annotations", "schema", "plots", "dataset/raw"):
        shutil.copytree(FLOODS / name, root / name)
    for name in ("dataset/sources.jsonl", "dataset/splits.csv", "pactwire.toml", "DATASET_CARD.md", "CHANGELOG.md"):
        shutil.copy(FLOODS / name, root / name)
    return root
