"""``pactwire migrate``: applies the migrations of ``schema/migrations`` to a dataset, and the answers in their queues.

One run applies what is to come up to the first migration that leaves labels to people, or the answers that they gave
since; and it brings documents up that are behind. All of it is published at once, or nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pactwire.agreement.alignment import quote_in_context
from pactwire.corpus import migration_files, migration_ledger, migration_queue, rounds, schema_file
from pactwire.corpus.articles import load_articles
from pactwire.corpus.migration_ledger import DONE, LEDGER, OPEN, LedgerEntry
from pactwire.corpus.migration_queue import QueueFile, QueueLine
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.labelstudio import local_server
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError
from pactwire.model.label_migration import LabelMigration, QueuedLabel
from pactwire.model.schema import AnnotationSchema
from pactwire.model.split_rules import with_deprecated
from pactwire.release.document_migration import DocumentMigration
from pactwire.release.migration_plan import MigrationPlan
from pactwire.release.table_migration import TableMigration
from pactwire.storage import files
from pactwire.storage.staging import Staging


def plan_migration(root: Path) -> MigrationPlan:
    """Return what the next run does, and everything that is wrong; changes nothing.

    Raises DataError with the issues of the schema, the ledger and the migrations, without which nothing can be planned.
    """
    return _Run(root).plan(None)


def migrate(root: Path) -> list[MigrationPlan]:
    """Apply the migrations that are to come, and answers of people, until there is nothing to do; return what was done.

    Each run is published at once. Raises DataError, with nothing changed by that run, for everything that is wrong.
    """
    done: list[MigrationPlan] = []
    while True:
        with Staging(root) as staging:
            plan = _Run(root).plan(staging)
            if plan.issues:
                raise DataError(plan.issues)
            if not staging.publish():
                return [*done, *([plan] if not done and not plan.is_empty else [])]
        done.append(plan)
        if not plan.waiting:
            return done


class _Run:
    """One run: the state of a root, and what each of its files becomes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.schema = schema_file.read_schema(root)
        self.entries = migration_ledger.read_ledger(root)
        pending = migration_files.pending_migrations(root, self.schema)
        self.applied = migration_files.applied_migrations(root)
        self.chain, self.waiting = self._next(pending)
        last = (*self.applied, *self.chain)[-1:]
        self.queue = last[0] if last and last[0].migration.queue_step else None
        self.target = self._target()

    def _next(self, pending: Sequence[LabelMigration]) -> tuple[list[LabelMigration], list[str]]:
        """Return the migrations of this run, and the ids of those that wait for a queue."""
        if name := self._open_queue():
            answers = migration_files.answer_migration(self.root, self.schema, name)
            return [answers], [each.id for each in pending]
        at = next((place for place, each in enumerate(pending, 1) if each.migration.queue_step), len(pending))
        return list(pending[:at]), [each.id for each in pending[at:]]

    def _open_queue(self) -> str | None:
        """Return the id of the migration whose queue is open, or done until a merge added lines or answers."""
        if self.applied and self.applied[-1].migration.queue_step and self.entries[-1].queue != OPEN:
            last = migration_queue.read_queue(self.root, self.entries[-1].id, self.schema)
            return last.migration if any(line.applied is None for line in last.lines) else None
        return migration_ledger.open_queue(self.root)

    @property
    def new(self) -> list[LabelMigration]:
        """The migrations of this run that are not in the ledger yet."""
        return [each for each in self.chain if each.id not in self.schema.migrations]

    def _target(self) -> AnnotationSchema:
        """Return the schema that documents follow after the run; what people decide on is in use in it."""
        schema = self.chain[-1].schema if self.chain else self.schema
        if self.queue is None:
            return schema
        declaration = with_deprecated(schema.declaration, self.queue.migration.steps[-1], is_deprecated=False)
        return AnnotationSchema(declaration, schema.migrations)

    def plan(self, staging: Staging | None) -> MigrationPlan:
        """Return what the run does; stage it, unless ``staging`` is None."""
        documents = DocumentMigration(self.root, self.target, self.applied, self.chain)
        documents.run(staging)
        queue = self._queue_file(documents.queued)
        gone = self.queue.queue.name if self.queue and self.queue.queue and queue and not _open(queue) else None
        others = TableMigration(self.root, self.target, self.applied, self.chain, gone, documents.link_types)
        contents = {**others.files(), **self._own_files(queue), **_queue_text(queue), **self._state(documents)}
        issues = [*documents.issues, *others.issues, *others.member_issues(documents.removed)]
        plan = MigrationPlan(
            migrations=self.new or self.chain,
            annotators=_annotators(self.root),
            waiting=self.waiting,
            documents=documents.documents,
            behind=documents.behind,
            files=sorted(name for name, text in contents.items() if _changes(self.root / name, text)),
            counts=documents.counts,
            tables=others.counts,
            queue=self.queue.id if queue and self.queue else None,
            queue_open=_open(queue) if queue else 0,
            queue_answered=len(queue.lines) - _open(queue) if queue else 0,
            issues=sorted(set(issues)),
        )
        if staging and not issues:
            _stage(self.root, staging, contents)
        return plan

    # --- the queue

    def _queue_file(self, queued: Mapping[QueuedLabel, None]) -> QueueFile | None:
        """Return the queue after the run: the answers that were given, and each place that still has no answer."""
        if self.queue is None or self.queue.queue is None:
            return None
        present = migration_queue.read_queue(self.root, self.queue.id, self.target)
        lines = {line.key: line for line in present.lines if not line.is_open or line.key in queued}
        if missing := [key for key in queued if key not in lines]:
            lines |= {line.key: line for line in self._new_lines(missing)}
        for line in lines.values():
            line.applied = line.label
        present.lines = sorted(lines.values(), key=lambda line: (line.article, line.start or 0, line.end or 0, line.id))
        return present

    def _new_lines(self, keys: Sequence[QueuedLabel]) -> Iterator[QueueLine]:
        assert self.queue
        step = self.queue.migration.queue_only().steps[0]
        articles = load_articles(self.root, self.target, [])
        for key in keys:
            article = articles.get(key.article)
            text = None
            if article and key.start is not None and key.end is not None:
                text = quote_in_context(article["source_text"], key.start, key.end)
            yield QueueLine(*key[:5], text, key.label, list(step.value["into"]))

    # --- schema, ledger, and what pulls remember

    def _own_files(self, queue: QueueFile | None) -> dict[str, str | None]:
        """Return the schema, the ledger, and the schema before each migration, where they change."""
        target = self.target.declaration
        if queue and self.queue and not _open(queue):
            target = with_deprecated(target, self.queue.migration.steps[-1], is_deprecated=True)
        present = files.read_text(self.root / SCHEMA_FILE, SCHEMA_FILE)
        found: dict[str, str | None] = (
            {} if target == self.schema.declaration else {SCHEMA_FILE: strict_json.pretty(target)}
        )
        entries = list(self.entries)
        for migration in self.new:
            name = migration_files.migration_file(migration.id)
            is_first = migration is self.new[0]
            before = present if is_first else strict_json.pretty(migration.old.declaration)
            found[migration_files.schema_before(migration.id)] = before
            sha256 = files.file_sha256(self.root / name)
            entries.append(LedgerEntry(migration.id, sha256, digests.sha256(before), None))
        if queue and self.queue and entries:
            entries[-1] = entries[-1]._replace(queue=OPEN if _open(queue) else DONE)
        if entries != self.entries:
            found[LEDGER] = migration_ledger.ledger_text(entries)
        return found

    def _state(self, documents: DocumentMigration) -> dict[str, str | None]:
        """Return the record of pulls with the new digests of the documents that were pulled."""
        path = local_server.state_folder(self.root) / "pulled.json"
        if not path.is_file() or not documents.digests:
            return {}
        name = path.relative_to(self.root).as_posix()
        state = files.read_json(path, name)
        for place in state.values():
            pulled = place.get("documents", {}) if isinstance(place, dict) else {}
            for key, known in pulled.items():
                pulled[key] = [documents.digests.get(digest, digest) for digest in known]
        return {name: strict_json.pretty(state)}


def _queue_text(queue: QueueFile | None) -> dict[str, str | None]:
    return {migration_queue.queue_file(queue.migration): queue.text()} if queue else {}


def _open(queue: QueueFile) -> int:
    return sum(line.is_open for line in queue.lines)


def _annotators(root: Path) -> list[str]:
    """Return the annotators of a root, in the order of their folders; those of closed rounds come last."""
    return [name for name, _ in (*rounds.annotator_folders(root, []), *rounds.earlier_folders(root, []))]


def _changes(path: Path, text: str | None) -> bool:
    """Say whether a file gets another content than it has; None is that of no file."""
    return (path.read_bytes() if path.is_file() else None) != (None if text is None else text.encode())


def _stage(root: Path, staging: Staging, contents: Mapping[str, str | None]) -> None:
    for name, text in contents.items():
        if text is None:
            staging.remove(root / name)
        else:
            staging.add(root / name, text)
