"""Migrating documents, against reading, validating and writing the same documents."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import corpora
from figures import Benchmark, Figure, Setting, as_command, race, ratios
from pactwire.corpus import schema_file
from pactwire.labelstudio import encoder
from pactwire.release import migrate
from pactwire.storage import files
from pactwire.storage.staging import Staging

DOCUMENTS: Final = 20_000
TIMES: Final = 3
MOST: Final = 1.5
STEPS: Final = [
    {"action": "rename", "layer": "entities", "attribute": "type", "label": "PER", "to": "PERSON"},
    {"action": "merge", "layer": "stances", "attribute": "channel", "labels": ["authorial"], "to": "direct_quote"},
    {"action": "rename", "layer": "claims", "attribute": "normalized", "to": "statement"},
]


def _documents(folder: Path, number: int) -> Path:
    """Make a dataset whose documents have a file each, and a migration of it that is to come."""
    root = corpora.dataset(folder, number)
    final = root / "annotations" / "final"
    (final / "many.jsonl").unlink()
    for made in corpora.make(number):
        (final / f"{made.document['article']}.json").write_bytes(encoder.document_bytes(made.document))  # type: ignore[arg-type]
    migration = json.dumps({"description": "Other names.", "steps": STEPS})
    files.write_file(root / "schema/migrations/0001-names.json", migration)
    return root


def _rewrite(root: Path) -> None:
    """Read, validate and write all documents, with another time in each."""
    schema = schema_file.read_schema(root)
    with Staging(root) as staging:
        for path in sorted((root / "annotations" / "final").iterdir()):
            document: Any = files.read_json(path, path.name)
            assert schema.is_valid(document)
            document["updated"] = "2026-01-01T00:00:00Z"
            staging.add(path, encoder.document_bytes(document))
        staging.publish()


def migrations(setting: Setting) -> Iterator[Figure]:
    """Yield how much longer a migration takes than a program that only rewrites the same documents."""
    folder, number = setting.fresh("migrating"), setting.scaled(DOCUMENTS, 200)
    root, copy = _documents(folder / "documents", number), folder / "copy"

    def before() -> None:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(root, copy)

    with as_command():
        ours, theirs = race(lambda: migrate.migrate(copy), lambda: _rewrite(copy), TIMES, before)
    found = ratios(ours.processor, theirs.processor)
    value = sorted(found)[len(found) // 2]
    detail = f"{number:,} documents: {ours.text()}, against {theirs.text()}"
    aim = f"at most {MOST} times reading, validating and writing them"
    yield Figure("migrating documents", value, "times", aim, value <= MOST, detail, found)


BENCHMARKS: Final[dict[str, Benchmark]] = {"migrations": migrations}
