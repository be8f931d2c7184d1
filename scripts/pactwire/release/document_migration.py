"""The migration of all annotation documents of a root: each through the migrations that it has not been through."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final, cast

import zstandard

from pactwire.corpus import rounds, tables
from pactwire.corpus.corpus import FINAL
from pactwire.corpus.migration_ledger import LEDGER
from pactwire.labelstudio import encoder
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import Flaw
from pactwire.model.label_migration import LabelMigration, QueuedLabel, Tally
from pactwire.model.labels import document_labels
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema
from pactwire.release import document_records
from pactwire.release.document_records import DocumentRecord
from pactwire.storage import jsonl
from pactwire.storage.staging import Staging

Counts = Counter[tuple[str, str, str]]
"""Numbers by migration and step, as ``id#index``, by annotator, and by what is counted."""
DOCUMENTS: Final = "documents"


def migrations_after(applied: Sequence[LabelMigration], last: str | None) -> Sequence[LabelMigration] | None:
    """Return the migrations that were applied after one, or all if ``last`` is None; None if it is none of them."""
    ids = [each.id for each in applied]
    if last is not None and last not in ids:
        return None
    return applied[ids.index(last) + 1 if last is not None else 0 :]


@dataclass
class DocumentMigration:
    """What becomes of documents: their counts, what people have to decide on, and what is wrong.

    ``applied`` are the migrations in the ledger, in order, and ``chain`` those that every document goes through now.
    ``removed`` has the labels of final documents that are removed, as ``article/label``; ``digests`` the new SHA-256 of
    each file by the old one; ``link_types`` the classes of each link's labels.
    """

    root: Path
    target: AnnotationSchema
    applied: Sequence[LabelMigration]
    chain: Sequence[LabelMigration]
    counts: Counts = field(default_factory=Counter)
    documents: int = 0
    behind: int = 0
    queued: dict[QueuedLabel, None] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    digests: dict[str, str] = field(default_factory=dict)
    link_types: dict[str, set[str]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    _revisions: dict[str, str] = field(default_factory=dict)

    def run(self, staging: Staging | None) -> None:
        """Migrate all documents; stage the files that change, unless ``staging`` is None."""
        records = document_records.document_records(self.root, self.issues)
        done: set[Path] = set()
        for record in document_records.sources_first(records):
            document = self._migrated(record, is_counted=not record.line)
            if document is not None:
                self._revisions[record.revision] = encoder.revision(rounds.annotator_of(record.annotator), document)
            if not record.line:
                done.add(record.path)
                self._stage(record, document, staging)
        for path, group in groupby(records, key=lambda record: record.path):
            own = list(group)
            if own[0].line:
                self._migrate_lines(path, own, staging)
            elif path not in done:
                self._stage(own[0], self._migrated(own[0]), staging)

    def _stage(self, record: DocumentRecord, document: Document | None, staging: Staging | None) -> None:
        if document is None:
            return
        data = encoder.document_bytes(document)
        self.documents += 1
        self.digests[record.digest] = digests.sha256(data)
        if staging:
            staging.add(record.path, data)

    def _migrate_lines(self, path: Path, records: Sequence[DocumentRecord], staging: Staging | None) -> None:
        """Migrate the documents in the lines of a file."""
        if staging is None:
            for _ in self._lines(path, records):
                pass
            return
        before = self.documents
        with staging.open(path) as stream:
            if path.suffix == ".zst":
                with zstandard.ZstdCompressor().stream_writer(stream, closefd=False) as packed:
                    for line in self._lines(path, records):
                        packed.write(line)
            else:
                stream.writelines(self._lines(path, records))
        if self.documents == before:
            staging.unstage(path)

    def _lines(self, path: Path, records: Sequence[DocumentRecord]) -> Iterator[bytes]:
        by_line = {record.line: record for record in records}
        for line in jsonl.read_lines(path, records[0].file):
            record = by_line.get(line.number)
            document = self._migrated(record, line) if record else None
            self.documents += document is not None
            if document is not None:
                yield strict_json.compact(document).encode() + b"\n"
            elif line.data is not None:
                yield line.data + b"\n"

    # --- one document

    def _migrated(
        self, record: DocumentRecord, line: jsonl.JsonlLine | None = None, is_counted: bool = True
    ) -> Document | None:
        """Return a document after the migration; None if it stays as it is, or has issues."""
        chain = self._chain(record)
        renewed = [self._revisions.get(source, source) for source in record.derived_from]
        if chain is None or (not chain and renewed == list(record.derived_from)):
            return None
        try:
            value = document_records.line_value(record, line) if line else document_records.read_document(record)
        except DataError as error:
            self.issues += error.issues
            return None
        first = chain[0].old if chain else self.target
        if not first.is_valid(value):
            self._tell(record, first.explain(value))
            return None
        migrated = self._through(record, value, chain, is_counted)
        new = None if migrated is None else {**migrated, "derived_from": renewed}
        return None if new is None or new == value else cast("Document", new)

    def _chain(self, record: DocumentRecord) -> list[LabelMigration] | None:
        """Return the migrations that a document is to go through; None, with an issue, if its state is unknown."""
        since = migrations_after(self.applied, record.labels)
        if since is None:
            message = f"its labels went through {record.labels!r}, which {LEDGER} does not list"
            self.issues.append(Issue(record.file, max(record.line, 1), "document-ahead", message))
            return None
        return [*since, *self.chain]

    def _through(
        self, record: DocumentRecord, value: Any, chain: Sequence[LabelMigration], is_counted: bool
    ) -> Any | None:
        """Return a document after a chain of migrations; None, with issues, if it can't go through."""
        article = value["article"]
        for migration in chain:
            flaws = list(migration.removal_flaws(value))
            if flaws:
                self._tell(record, flaws)
                return None
            if record.annotator == FINAL:
                self.removed |= {f"{article}/{name}" for name in migration.removed_labels(value)}
            tally: Tally = Counter()
            if migration.queue and migration is chain[-1]:
                self._collect(migration, value)
            value = migration.migrate_document(value, tally)
            if is_counted:
                self._count(record, migration, tally)
        if not self.target.is_valid(value):
            flaws = self.target.explain(value)
            self._tell(record, [("migration-document", path, f"after it, {message}") for _, path, message in flaws])
            return None
        if chain and chain[-1].queue:
            self._collect_link_types(value)
        self.behind += is_counted and len(chain) > len(self.chain)
        return value

    def _collect(self, migration: LabelMigration, document: Mapping[str, Any]) -> None:
        """Keep what people decide on, whether they have or not."""
        for layer in migration.old.layers:
            for label in document_labels(document, layer):
                if queued := migration.queued(layer, label, document["article"]):
                    self.queued[queued] = None

    def _collect_link_types(self, document: Mapping[str, Any]) -> None:
        """Keep the classes of the labels of each link, for rows of links.tsv whose type people decided on."""
        layer = self.target.names_layer
        if layer is None or layer.class_attribute is None or not layer.links:
            return
        for label in document_labels(document, layer.name):
            if link := label.get(layer.links[0].name):
                self.link_types.setdefault(link, set()).add(str(label.get(layer.class_attribute.name)))

    def _count(self, record: DocumentRecord, migration: LabelMigration, tally: Tally) -> None:
        for (index, what), count in tally.items():
            self.counts[f"{migration.id}#{index}", record.annotator, what] += count
        for index in {index for index, _ in tally}:
            self.counts[f"{migration.id}#{index}", record.annotator, DOCUMENTS] += 1

    def _tell(self, record: DocumentRecord, flaws: Sequence[Flaw]) -> None:
        path = None if record.line else record.path
        self.issues += tables.schema_issues(flaws, record.file, path, record.line)
