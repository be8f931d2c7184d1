"""The committed folders of a dataset of any version, record by record: articles, documents and tables.

Documents and tables are validated against the schema of the same version, so that a dataset from before a label was
renamed can be read. A dataset whose schema declares no layers, or that has none, is one of 1.0.0
(`pactwire.release.first_format`). `pactwire.corpus` checks more, and takes no other schema than the root's own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pactwire.build.articles_rows import stated_columns
from pactwire.corpus import migration_ledger, rounds, schema_file, splits, tables
from pactwire.corpus.article_fields import stated_value
from pactwire.corpus.articles import RAW_FOLDER
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.corpus.splits import SplitRow
from pactwire.corpus.tables import folder_entries
from pactwire.model import digests, envelope
from pactwire.model.article_ids import id_from_text
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import Validator, tool_validator
from pactwire.model.schema import AnnotationSchema
from pactwire.release import first_format
from pactwire.storage import files, jsonl
from pactwire.storage.input_files import name_in_issues


class SourceRecord(NamedTuple):
    """A record with its file and line; ``key`` is the id of an article, link, topic or cluster, or an annotator."""

    file: str
    line: int
    key: str
    value: Any

    def issue(self, code: str, message: str) -> Issue:
        """Return an issue of the record."""
        return Issue(self.file, self.line, code, message)


class SourceTree:
    """A dataset root; reading it appends to ``issues``, whose files are named relative to the root.

    ``declares_layers`` is False for a dataset of 1.0.0; ``schema`` is then what its labels meant.
    """

    def __init__(self, root: Path) -> None:
        """Raises DataError if the schema cannot be read."""
        self.root = root
        self.issues: list[Issue] = []
        self.schema, self.declares_layers = read_any_schema(root)

    def splits(self) -> dict[str, SplitRow]:
        """Return the rows of splits.csv by article."""
        return {row.article: row for _, row in splits.load_splits(self.root, self.issues)}

    def articles(self) -> Iterator[SourceRecord]:
        """Yield the articles by id; a value has ``attributes``, ``sha256``, ``text`` and the ``zones`` it came with."""
        listed = tables.read_valid_records(
            self.root / tables.SOURCES, tables.SOURCES, tool_validator("article.schema", "source"), self.issues
        )
        sources = {source["file"]: source for _, source in listed}
        for path in folder_entries(self.root, self.root / RAW_FOLDER, self.issues):
            name = name_in_issues(self.root, path)
            if path.name.endswith(jsonl.SUFFIXES):
                validator = tool_validator("article.schema", "article")
                for line, value in tables.read_valid_records(path, name, validator, self.issues):
                    yield self._bulk_article(name, line, value)
            elif source := sources.get(path.name):
                yield from self._raw_article(path, name, source)
            else:
                self.issues.append(Issue(name, 1, "file-unlisted", "dataset/sources.jsonl does not list the file"))

    def _bulk_article(self, file: str, line: int, value: Any) -> SourceRecord:
        text = files.normalize_newlines(value["text"])
        identity = value.get("id") or id_from_text(text)
        article = SourceRecord(file, line, identity, _article_value(value.get("source_id") or identity, text, value))
        validator = self.schema.label_validator("zones")
        flaws = (flaw for zone in value.get("zones", ()) if (flaw := _flaw(zone, validator)))
        self.issues += (article.issue("schema", flaw) for flaw in (next(flaws, None),) if flaw)
        return article

    def _raw_article(self, path: Path, file: str, source: Any) -> Iterator[SourceRecord]:
        try:
            text = files.decode_source_text(path.read_bytes(), file)
        except DataError as error:
            self.issues += error.issues
        else:
            yield SourceRecord(file, 1, source["id"], _article_value(path.name, text, source))

    def documents(self) -> Iterator[SourceRecord]:
        """Yield the valid annotation documents of the current round by annotator."""
        for annotator, folder in rounds.annotator_folders(self.root, self.issues):
            for path in folder_entries(self.root, folder, self.issues):
                if path.name.endswith((".json", *jsonl.SUFFIXES)):
                    for record in self._valid_records(path, self.schema.validator()):
                        yield record._replace(key=annotator)

    def links(self) -> Iterator[SourceRecord]:
        """Yield the rows of links.tsv by link."""
        for line, (link, *cells) in tables.read_rows(self.root, tables.LINKS, tables.LINK_COLUMNS, "\t", self.issues):
            value = dict(zip(tables.LINK_COLUMNS[1:], cells, strict=True))
            yield SourceRecord(tables.LINKS, line, link, value)

    def topics(self) -> Iterator[SourceRecord]:
        """Yield the topics of topics.json by id."""
        for record in self._valid_records(self.root / tables.TOPICS, tool_validator("tables.schema", "topics")):
            for topic in record.value["topics"]:
                yield record._replace(key=topic.pop("id"), value=topic)

    def clusters(self) -> Iterator[SourceRecord]:
        """Yield the clusters of all layers by layer and id."""
        for layer in self.schema.cluster_layers:
            path = self.root / tables.clusters_file(layer)
            for record in self._valid_records(path, self.schema.cluster_validator(layer)):
                yield record._replace(key=f"{layer.name}.{record.value.pop('id')}")

    def _valid_records(self, path: Path, validator: Validator) -> Iterator[SourceRecord]:
        """Yield the valid records of a JSON or JSONL file; the others are issues."""
        file = name_in_issues(self.root, path)
        for line, value in tables.read_records(path, file, self.issues):
            record = SourceRecord(file, line, "", value)
            if flaw := _flaw(value, validator):
                self.issues.append(record.issue("schema", flaw))
            else:
                yield record


def read_any_schema(folder: Path) -> tuple[AnnotationSchema, bool]:
    """Return the schema of a dataset's root or of a published folder, and whether it declares layers itself.

    If it does not, it is one of 1.0.0. The tool's definitions are those of today, whatever they were then. Raises
    DataError if it cannot be read.
    """
    path = folder / SCHEMA_FILE
    if not path.is_file():
        return first_format.annotation_schema(), False
    text = files.read_text(path, SCHEMA_FILE)
    declaration = files.parse_json(text, SCHEMA_FILE)
    if first_format.is_first_form(declaration):
        return schema_file.parse_schema(first_format.declaration(declaration)), False
    migrations = migration_ledger.applied_ids(folder)
    return schema_file.parse_schema(envelope.renewed(declaration), text, migrations=migrations), True


def _flaw(value: Any, validator: Validator) -> str | None:
    """Return the first flaw of a value; None if it is valid."""
    return None if validator.is_valid(value) else validator.explain(value)[0][2]


def _article_value(source_id: str, text: str, about: Any) -> dict[str, Any]:
    known = {key: about.get(key) for key in ("section", "published", "url", "date_line")}
    known |= {"stated_title": stated_value(about, "title"), **stated_columns(about)}
    if "sha256" in about:
        known["file_sha256"] = about["sha256"]
    attributes = {"source_id": source_id, **known}
    return {"attributes": attributes, "sha256": digests.sha256(text), "text": text, "zones": about.get("zones")}
