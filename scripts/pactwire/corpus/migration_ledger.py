"""The ledger of a dataset: which migrations its labels went through, in ``schema/migrations/ledger.json``."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.corpus import tables
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import Flaw, tool_validator
from pactwire.storage import files

MIGRATIONS: Final = "schema/migrations"
LEDGER: Final = f"{MIGRATIONS}/ledger.json"
OPEN: Final = "open"
DONE: Final = "done"


class LedgerEntry(NamedTuple):
    """A migration that was applied: the SHA-256 of its file, and of the schema before it; ``queue`` is open or done.

    ``queue`` is None for a migration that leaves nothing to people.
    """

    id: str
    sha256: str
    schema: str
    queue: str | None


def read_ledger(root: Path) -> list[LedgerEntry]:
    """Return the migrations that were applied, in order; none where there is no ledger.

    Raises DataError (ledger, and the codes of invalid JSON).
    """
    path = root / LEDGER
    if not path.is_file():
        return []
    value = files.read_json(path, LEDGER)
    flaws = tool_validator("migration.schema", "ledger").explain(value) or list(_order_flaws(value["migrations"]))
    if flaws:
        lines = strict_json.value_lines(files.read_text(path, LEDGER))
        raise DataError(
            [Issue(LEDGER, tables.line_of_path(lines, where), "ledger", message) for _, where, message in flaws]
        )
    return [LedgerEntry(**each) for each in value["migrations"]]


def _order_flaws(entries: Sequence[Any]) -> Iterator[Flaw]:
    """Yield entries that are out of order, and queues that are open though others came later."""
    for index, entry in enumerate(entries):
        if (number := entry["id"].partition("-")[0]) != f"{index + 1:04}":
            yield "ledger", ("migrations", index, "id"), f"its number is {number}, and should be {index + 1:04}"
        if entry["queue"] == OPEN and index < len(entries) - 1:
            message = f"its queue is open, though {entries[index + 1]['id']} was applied after it"
            yield "ledger", ("migrations", index, "queue"), message


def ledger_text(entries: Sequence[LedgerEntry]) -> str:
    """Return the text of a ledger's file."""
    return strict_json.pretty({"migrations": [entry._asdict() for entry in entries]})


def applied_ids(root: Path) -> tuple[str, ...]:
    """Return the ids of the migrations that were applied, in order; raises DataError as `read_ledger` does."""
    return tuple(entry.id for entry in read_ledger(root))


def last_migration(root: Path) -> str | None:
    """Return the id of the last migration that was applied; raises DataError as `read_ledger` does."""
    return next(reversed(applied_ids(root)), None)


def open_queue(root: Path) -> str | None:
    """Return the id of the migration whose queue is open, if there is one."""
    return next((entry.id for entry in read_ledger(root) if entry.queue == OPEN), None)
