"""The migrations of a dataset: those that were applied, those that are to come, and what is wrong with their files.

``schema/migrations`` holds a file ``NNNN-name.json`` for each, and for one that was applied ``NNNN-name.schema.json``,
the schema before it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from pactwire.corpus import migration_queue, schema_file, tables
from pactwire.corpus.migration_ledger import LEDGER, MIGRATIONS, OPEN, LedgerEntry, read_ledger
from pactwire.model import envelope, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import Flaw
from pactwire.model.label_migration import Answer, LabelMigration, QueuedLabel
from pactwire.model.migrations import MIGRATION_ID, Migration, migration_flaws, parse_migration
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_migration import SchemaMigration
from pactwire.model.split_rules import with_deprecated
from pactwire.storage import files

_BEFORE: Final = ".schema.json"
_FILE: Final = re.compile(rf"({MIGRATION_ID.pattern})\.json")


def migration_file(migration_id: str) -> str:
    """Return the name of a migration's file, relative to the dataset's root."""
    return f"{MIGRATIONS}/{migration_id}.json"


def schema_before(migration_id: str) -> str:
    """Return the name of the file with the schema before a migration, relative to the dataset's root."""
    return f"{MIGRATIONS}/{migration_id}{_BEFORE}"


def read_migration(root: Path, migration_id: str) -> Migration:
    """Return a migration; raises DataError with everything that is wrong with its form (migration-form)."""
    name = migration_file(migration_id)
    value = files.read_json(root / name, name)
    if flaws := list(migration_flaws(value)):
        raise DataError(_issues(root, name, flaws))
    return parse_migration(migration_id, value)


def _issues(root: Path, name: str, flaws: Sequence[Flaw]) -> list[Issue]:
    lines = strict_json.value_lines(files.read_text(root / name, name))
    return [
        Issue(name, tables.line_of_path(lines, path), code, message, tables.format_path(path))
        for code, path, message in flaws
    ]


def applied_migrations(root: Path) -> list[LabelMigration]:
    """Return the migrations that were applied, in order, each with the schema before it and the answers in its queue.

    Raises DataError if the ledger, or one of their files, can't be read.
    """
    found: list[LabelMigration] = []
    for entry in read_ledger(root):
        name = schema_before(entry.id)
        declaration = envelope.renewed(files.read_json(root / name, name))
        earlier = tuple(each.id for each in found)
        old = schema_file.parse_schema(declaration, file=name, migrations=earlier)
        answers = migration_queue.read_answers(root, entry.id, old)
        found.append(_applied(migration_file(entry.id), old, read_migration(root, entry.id), answers))
    return found


def _applied(
    file: str, old: AnnotationSchema, migration: Migration, answers: Mapping[QueuedLabel, Answer]
) -> LabelMigration:
    """Return a migration that was applied; raises DataError if ``file`` was edited so that they differ."""
    if flaws := SchemaMigration(old.declaration, migration.steps).flaws:
        message = f"it was edited, so that {migration.id} and the schema do not fit together"
        raise DataError(
            [Issue(file, 1, "migration-edited", f"{message}: {text}", migration.id) for _, _, text in flaws]
        )
    return LabelMigration(old, migration, answers)


def pending_migrations(root: Path, schema: AnnotationSchema) -> list[LabelMigration]:
    """Return the migrations that are to come, in order; ``schema`` is the root's.

    Raises DataError with everything that is wrong with the ledger and with the files of all migrations.
    """
    migrations, issues = _read_pending(root, schema)
    if issues := [*file_issues(root), *issues]:
        raise DataError(sorted(set(issues)))
    return migrations


def migration_issues(root: Path, schema: AnnotationSchema) -> list[Issue]:
    """Return everything that is wrong with the files of migrations, applied or to come, and with their queues."""
    issues = [*file_issues(root), *_read_pending(root, schema)[1]]
    for entry in read_ledger(root):
        try:
            if entry.queue == OPEN:
                answer_migration(root, schema, entry.id)
            elif entry.queue:
                migration_queue.read_answers(root, entry.id, schema)
        except DataError as error:
            issues += error.issues
    return issues


def _read_pending(root: Path, schema: AnnotationSchema) -> tuple[list[LabelMigration], list[Issue]]:
    """Return the migrations to come, up to the first that has flaws, and its flaws."""
    found: list[LabelMigration] = []
    for migration_id in _listed_ids(root):
        if migration_id in schema.migrations:
            continue
        try:
            migration = read_migration(root, migration_id)
        except DataError as error:
            return found, error.issues
        if flaws := SchemaMigration(schema.declaration, migration.steps).flaws:
            return found, _issues(root, migration_file(migration_id), flaws)
        found.append(LabelMigration(schema, migration))
        schema = found[-1].schema
    return found, []


def _listed_ids(root: Path) -> list[str]:
    """Return the ids of the migrations that have a file, in order."""
    return sorted(match[1] for name in _file_names(root, []) if (match := _FILE.fullmatch(name)))


def _file_names(root: Path, issues: list[Issue]) -> list[str]:
    """Return the names of the JSON files of migrations; appends the issues of those that can't be read."""
    entries = tables.folder_entries(root, root / MIGRATIONS, issues)
    return [path.name for path in entries if path.suffix == ".json"]


def file_issues(root: Path) -> list[Issue]:
    """Return what is wrong with the files themselves: names, numbers, and applied ones that were edited or are gone.

    Raises DataError if the ledger can't be read.
    """
    entries, issues = read_ledger(root), list[Issue]()
    names = _file_names(root, issues)
    return [*issues, *_applied_issues(root, entries), *_name_issues(root, entries, names)]


def _applied_issues(root: Path, entries: Sequence[LedgerEntry]) -> Iterator[Issue]:
    for entry in entries:
        for name, digest in ((migration_file(entry.id), entry.sha256), (schema_before(entry.id), entry.schema)):
            if not (root / name).is_file():
                yield Issue(LEDGER, 1, "migration-edited", f"{name} is gone, though {entry.id} was applied", entry.id)
            elif files.file_sha256(root / name) != digest:
                message = f"the file is not the one with which {entry.id} was applied"
                yield Issue(name, 1, "migration-edited", message, entry.id)
        queue = migration_queue.queue_file(entry.id)
        if entry.queue and not (root / queue).is_file() and _has_queue(root, entry.id):
            message = f"{queue} is gone, though {entry.id} left labels to people"
            yield Issue(LEDGER, 1, "migration-edited", message, entry.id)


def _has_queue(root: Path, migration_id: str) -> bool:
    """Say whether a migration leaves labels to people; False if its file is gone or can't be read."""
    try:
        found = (root / migration_file(migration_id)).is_file() and read_migration(root, migration_id).queue_step
    except DataError:
        return False
    return bool(found)


def _name_issues(root: Path, entries: Sequence[LedgerEntry], names: Sequence[str]) -> Iterator[Issue]:
    applied = {entry.id for entry in entries}
    known = {Path(LEDGER).name, *(Path(schema_before(each)).name for each in applied)}
    ids = _listed_ids(root)
    for name in names:
        if name not in known and not _FILE.fullmatch(name):
            message = "its name is not that of a migration, such as 0001-merge-places.json"
            yield Issue(f"{MIGRATIONS}/{name}", 1, "migration-number", message)
    numbers = {int(each[:4]) for each in applied}
    for each in ids:
        if each in applied:
            continue
        if int(each[:4]) != (expected := max(numbers, default=0) + 1):
            message = f"its number is {each[:4]}, and should be {expected:04}"
            yield Issue(migration_file(each), 1, "migration-number", message)
        numbers.add(int(each[:4]))


def answer_migration(root: Path, schema: AnnotationSchema, migration_id: str) -> LabelMigration:
    """Return what the answers in a queue, and the rules of its split, do to labels of the schema as it is now.

    The label that is split is in use in it, whether the queue is open or done. The migration is the last in the ledger.
    Raises DataError if the ledger says of another migration that it has a queue, if the queue can't be read, or if the
    schema was edited so that it lacks what is split.
    """
    migration = read_migration(root, migration_id)
    if migration.queue_step is None:
        raise DataError([Issue(LEDGER, 1, "ledger", f"{migration_id} has no queue that could be open", migration_id)])
    migration = migration.queue_only()
    declaration = with_deprecated(schema.declaration, migration.steps[0], is_deprecated=False)
    old = AnnotationSchema(declaration, schema.migrations)
    return _applied(schema_file.SCHEMA_FILE, old, migration, migration_queue.read_answers(root, migration_id, old))
