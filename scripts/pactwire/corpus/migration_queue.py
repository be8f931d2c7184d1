"""The queue of a migration: the labels that people decide on, in ``annotations/queue-NNNN-name.jsonl``.

The first line says whose labels they become, and of which migration. Each other line is one place::

    {"people": [{"id": "ana", "kind": "human", "name": null, "version": null}], "migration": "0002-split-places"}
    {"id": "q8f2c…", "article": "…", "layer": "entities", "attribute": "type", "start": 10, "end": 14,
     "text": "words before [the label] words after", "from": "PLACE", "options": ["CITY", "COUNTRY"],
     "label": null | one of options, "by": null | the id of one of people, "decided": null | "2026-01-31T12:00:00Z",
     "applied": null | the label that documents got}

Offsets are code points of the source text, half-open, null for a label of the whole article. People fill in ``label``,
``by`` and, if they like, ``decided``; `pactwire migrate` writes ``applied``.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from pactwire.corpus import tables
from pactwire.model import digests, strict_json
from pactwire.model.dates import date_flaw
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import tool_validator
from pactwire.model.label_migration import Answer, QueuedLabel
from pactwire.model.records import Annotator
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import jsonl

_SCHEMA: Final = "migration.schema"


@dataclass
class QueueLine:
    """A place at which people decide, and their answer; ``origin`` is the label that is split."""

    article: str
    layer: str
    attribute: str
    start: int | None
    end: int | None
    text: str | None
    origin: str
    options: list[str]
    label: str | None = None
    by: str | None = None
    decided: str | None = None
    applied: str | None = None

    @property
    def key(self) -> QueuedLabel:
        """What is decided on."""
        return QueuedLabel(self.article, self.layer, self.attribute, self.start, self.end, self.origin)

    @property
    def id(self) -> str:
        """Its id, a hash of what is decided on."""
        return "q" + digests.short_sha256(strict_json.compact(list(self.key)), 12)

    @property
    def is_open(self) -> bool:
        """Whether it has no answer."""
        return self.label is None

    def to_record(self) -> dict[str, Any]:
        """Return the line of the file."""
        record = {"from" if key == "origin" else key: value for key, value in asdict(self).items()}
        return {"id": self.id, **record}


@dataclass
class QueueFile:
    """The queue of a migration: who decides, and the places, in the order of the file."""

    migration: str
    people: list[Annotator] = field(default_factory=list)
    lines: list[QueueLine] = field(default_factory=list)

    def text(self) -> str:
        """Return the file's text."""
        records = [{"people": self.people, "migration": self.migration}, *(line.to_record() for line in self.lines)]
        return "".join(f"{strict_json.compact(record)}\n" for record in records)

    def add_person(self, person: Annotator) -> None:
        """List a person among those who decide, unless the id is already there."""
        if all(person["id"] != each["id"] for each in self.people):
            self.people.append(person)

    def answers(self) -> dict[QueuedLabel, Answer]:
        """Return the answers by what is decided on."""
        people = {each["id"]: each for each in self.people}
        return {line.key: Answer(line.label, people[str(line.by)]) for line in self.lines if line.label is not None}


def queue_file(migration_id: str) -> str:
    """Return the name of the file of a queue, relative to the dataset's root."""
    return f"{tables.ANNOTATIONS}/queue-{migration_id}.jsonl"


def read_queue(root: Path, migration_id: str, schema: AnnotationSchema) -> QueueFile:
    """Return the queue of a migration; without places if there is no file.

    Raises DataError with everything that is wrong with it (queue-record, and the codes of invalid JSONL).
    """
    name = queue_file(migration_id)
    queue, issues = QueueFile(migration_id), list[Issue]()
    entries = jsonl.read_values(root / name, name) if (root / name).is_file() else ()
    for entry in entries:
        if isinstance(entry, DataError):
            issues += entry.issues
            continue
        line, record = entry
        messages = list(_header_problems(record, queue) if line == 1 else _line_problems(record, queue, schema))
        identity = str(record.get("id", "")) if isinstance(record, dict) else ""
        issues += [Issue(name, line, "queue-record", message, identity) for message in messages]
    if issues:
        raise DataError(issues)
    return queue


def read_answers(root: Path, migration_id: str, schema: AnnotationSchema) -> dict[QueuedLabel, Answer]:
    """Return the answers in the queue of a migration by what is decided on; none if it has no queue."""
    return read_queue(root, migration_id, schema).answers()


def _header_problems(record: Any, queue: QueueFile) -> Iterator[str]:
    """Yield what is wrong with the first line, and keep its people."""
    yield from _form_problems(record, "queue_header")
    if isinstance(record, dict) and record.get("migration", queue.migration) != queue.migration:
        yield f"migration is {record['migration']!r}, but the file is that of {queue.migration}"
    people = record.get("people") if isinstance(record, dict) else None
    known = [each for each in people if isinstance(each, dict)] if isinstance(people, list) else []
    queue.people = cast("list[Annotator]", known)
    ids = [str(each.get("id")) for each in queue.people]
    if len(set(ids)) < len(ids):
        yield "a person is listed twice"


def _line_problems(record: Any, queue: QueueFile, schema: AnnotationSchema) -> Iterator[str]:
    """Yield what is wrong with a line, and keep it if there is nothing."""
    problems = list(_form_problems(record, "queue_line"))
    yield from problems
    if problems:
        return
    line = QueueLine(**{"origin" if key == "from" else key: value for key, value in record.items() if key != "id"})
    problems = list(_answer_problems(line, queue, schema))
    if record["id"] != line.id:
        problems.append(f"{record['id']!r} is not the id of this place, which is {line.id}")
    if any(line.key == other.key for other in queue.lines):
        problems.append("the place is listed twice")
    yield from problems
    if not problems:
        queue.lines.append(line)


def _form_problems(record: Any, definition: str) -> Iterator[str]:
    for _, path, message in tool_validator(_SCHEMA, definition).explain(record):
        place = tables.format_path(path)
        yield f"{place}: {message}" if place else message


def _answer_problems(line: QueueLine, queue: QueueFile, schema: AnnotationSchema) -> Iterator[str]:
    if line.label is not None and line.label not in line.options:
        yield f"{line.label!r} is not one of the options: {', '.join(line.options)}"
    if line.applied not in (None, line.label):
        yield (
            f"its answer was {line.applied!r}, and was applied; restore it here, and change the label in the documents"
        )
    if line.origin in line.options:
        yield f"{line.origin!r} is what is split, and can't be one of the options"
    people = [each.get("id") for each in queue.people]
    if line.label is not None and line.by not in people:
        yield f"by is {strict_json.compact(line.by)}, which is not one of the people of the first line"
    if line.decided is not None and (not schema.is_valid(line.decided, "time") or date_flaw(line.decided)):
        yield f"{line.decided!r} is not a time in UTC, such as 2026-01-31T12:00:00Z"
