"""Migrations for tests: their files, and what a dataset holds apart from its history."""

import json
from pathlib import Path
from typing import Any

from pactwire.corpus import migration_files, migration_ledger
from pactwire.labelstudio import encoder


def write_migration(root: Path, migration_id: str, *steps: Any) -> None:
    """Write the file of a migration."""
    path = root / migration_files.migration_file(migration_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"description": "why", "steps": steps}, indent=2), encoding="utf-8")


def next_migration(root: Path, name: str) -> str:
    """Return the id of a migration that comes after all that a dataset went through."""
    return f"{len(migration_ledger.applied_ids(root)) + 1:04}-{name}"


def documents(root: Path) -> dict[str, Any]:
    """Return the documents with a file of their own, by annotator and article, with the round if that is closed."""
    folder = root / "annotations"
    paths = sorted([*folder.glob("*/*.json"), *folder.glob("rounds/*/*/*.json")])
    names = {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in names.items()}


def revisions(root: Path) -> set[str]:
    """Return ``annotator@sha256`` of each document as it is now."""
    return {encoder.revision(name.split("/")[-2], document) for name, document in documents(root).items()}


def without_history(root: Path) -> dict[str, Any]:
    """Return the files of annotations/ and the schema, without what only says which migrations they went through."""
    found: dict[str, Any] = {}
    for name, document in documents(root).items():
        sources = [source.partition("@")[0] for source in document["derived_from"]]
        found[name] = {**{key: value for key, value in document.items() if key != "labels"}, "derived_from": sources}
    for path in (*sorted((root / "annotations").glob("*.*")), root / "schema/annotation.schema.json"):
        found[path.name] = path.read_text(encoding="utf-8")
    for path in sorted((root / "annotations").glob("decisions/*.jsonl")):
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        kept = {key: value for key, value in json.loads(header).items() if key != "labels"}
        found[f"decisions/{path.name}"] = [kept, *map(json.loads, lines)]
    return found
