"""The annotation documents of a root as they stand in their files, whatever schema they follow."""

from collections.abc import Iterator, Sequence
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pactwire.corpus import rounds, tables
from pactwire.labelstudio import encoder
from pactwire.model import digests
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, jsonl
from pactwire.storage.input_files import name_in_issues


class DocumentRecord(NamedTuple):
    """A document in a file: whose it is, its line, 0 if it has the file for itself, and what its header says.

    ``annotator`` is the annotator's name in the current round, ``rounds/N/ANNOTATOR`` in a closed one.
    ``digest`` is the SHA-256 of a file of its own, else empty. ``revision`` is ``annotator@sha256`` if another document
    is derived from it, else empty.
    """

    path: Path
    file: str
    annotator: str
    line: int
    labels: str | None
    derived_from: tuple[str, ...]
    digest: str
    revision: str


class _Header(msgspec.Struct):
    labels: str | None = None
    derived_from: tuple[str, ...] = ()


_header_decoder = msgspec.json.Decoder(_Header)


def document_records(root: Path, issues: list[Issue]) -> list[DocumentRecord]:
    """Return the documents of all annotators and rounds, in the order of their files and lines."""
    records = list(_scanned(root, issues))
    sources = {source for record in records for source in record.derived_from}
    annotators = {source.partition("@")[0] for source in sources}
    return [
        record._replace(revision=_revision(record, sources))
        if rounds.annotator_of(record.annotator) in annotators
        else record
        for record in records
    ]


def _scanned(root: Path, issues: list[Issue]) -> Iterator[DocumentRecord]:
    """Yield the documents, all without revisions."""
    for annotator, folder in (*rounds.annotator_folders(root, issues), *rounds.earlier_folders(root, issues)):
        for path in tables.folder_entries(root, folder, issues):
            name = name_in_issues(root, path)
            if path.name.endswith(jsonl.SUFFIXES):
                for line in tables.collect(partial(jsonl.read_lines, path, name), issues):
                    if line.data and line.data.strip():
                        yield DocumentRecord(path, name, annotator, line.number, *_header(line.data), "", "")
            elif path.suffix == ".json":
                data = path.read_bytes()
                yield DocumentRecord(path, name, annotator, 0, *_header(data), digests.sha256(data), "")


def _header(data: bytes) -> tuple[str | None, tuple[str, ...]]:
    """Return what a document says of its labels and its sources; a broken one is told when it is read."""
    try:
        header = _header_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, ()
    return header.labels, header.derived_from


def _revision(record: DocumentRecord, sources: set[str]) -> str:
    """Return the revision of a document if it is one of some; empty if not, or if the document can't be read.

    It is the digest of the document as the tool writes it, which most files are.
    """
    if (revision := f"{rounds.annotator_of(record.annotator)}@{record.digest}") in sources:
        return revision
    try:
        revision = encoder.revision(rounds.annotator_of(record.annotator), read_document(record))
    except (DataError, TypeError):
        return ""
    return revision if revision in sources else ""


def read_document(record: DocumentRecord) -> Any:
    """Return the value of a document; raises DataError if it can't be read."""
    if not record.line:
        return files.read_json(record.path, record.file)
    for line in jsonl.read_lines(record.path, record.file):
        if line.number == record.line:
            return line_value(record, line)
    raise AssertionError(record)


def line_value(record: DocumentRecord, line: jsonl.JsonlLine) -> Any:
    """Return the value of a document that is a line; raises DataError if it can't be read."""
    for entry in jsonl.parse_line(line, record.file):
        if isinstance(entry, DataError):
            raise entry
        return entry[1]
    raise AssertionError(record)


def sources_first(records: Sequence[DocumentRecord]) -> list[DocumentRecord]:
    """Return the documents that others are derived from, each after those that it is derived from itself."""
    by_revision = {record.revision: record for record in records if record.revision}
    used = {source for record in records for source in record.derived_from if source in by_revision}
    order = TopologicalSorter({name: [s for s in by_revision[name].derived_from if s in used] for name in used})
    return [by_revision[name] for name in order.static_order()]
