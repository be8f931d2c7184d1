"""`pactwire migrate` knows no name of the schema: other names change nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from pactwire.corpus import migration_queue, schema_file
from support.migrations import write_migration
from support.renaming import without_digests
from test_renaming import pair

MENTIONS, NUMBERS = {"layer": "mentions", "attribute": "category"}, {"layer": "numbers", "attribute": "measure"}
STEPS: dict[str, list[Any]] = {
    "names": [
        {"action": "rename", **MENTIONS, "label": "WATER", "to": "WETTER"},
        {"action": "rename", "layer": "figures", "to": "numbers"},
        {"action": "rename", "party": "WITNESS", "to": "BYSTANDER"},
        {"action": "rename", "layer": "quotes", "attribute": "manner", "to": "wording"},
    ],
    "less": [
        {"action": "merge", **NUMBERS, "layer": "figures", "labels": ["level"], "to": "discharge"},
        {"action": "drop", **NUMBERS, "layer": "figures", "label": "cost", "then": "remove"},
        {"action": "drop", "layer": "subject"},
    ],
    "queue": [
        {"action": "split", **MENTIONS, "label": "WATER", "into": ["PLACE", "AGENCY"], "otherwise": "queue",
         "rules": [{"when": {"properties": {"text": {"pattern": "^R"}, "flooded": {"const": True}}}, "to": "PLACE"}]},
    ],
}  # fmt: skip


def migrated(root: Path, steps: list[Any], run: Run) -> str:
    """Return what a migration prints, with the answers to its queue, and all files that it leaves."""
    write_migration(root, "0001-step", *steps)
    printed = [run("migrate", *more, "--root", root).stdout for more in ([], ["--execute"])]
    assert "documents: 18 written" in printed[1], printed
    path = root / migration_queue.queue_file("0001-step")
    if path.is_file():
        queue = migration_queue.read_queue(root, "0001-step", schema_file.read_schema(root))
        queue.add_person({"id": "eva", "kind": "human", "name": None, "version": None})
        for line in queue.lines:
            line.label, line.by = line.options[line.start % 2 if line.start else 0], "eva"
        path.write_text(queue.text(), "utf-8")
        printed.append(run("migrate", "--execute", "--root", root).stdout)
        queue.lines.sort(key=lambda line: line.key)
        path.write_text(queue.text(), "utf-8")
    names = ("annotations/*/*.json", "annotations/*.*")
    files = [file.read_text("utf-8") for name in names for file in sorted(root.glob(name))]
    return re.sub('"id":"q[0-9a-f]+"', "", "\n".join([*printed, *files]))


@pytest.mark.parametrize("name", STEPS)
def test_migrating_is_the_same_up_to_names(name: str, tmp_path: Path, run: Run) -> None:
    """What is printed, and every file."""
    old, new, renaming = pair("floods", tmp_path)
    before = migrated(old, STEPS[name], run)
    after = migrated(new, renaming.step(json.loads(json.dumps(STEPS[name]))), run)
    assert len(before) > 100_000
    assert [*map(str.split, renaming.translated_back(after).splitlines())] == [
        *map(str.split, without_digests(before).splitlines())
    ]
