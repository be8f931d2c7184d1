"""A dataset's committed folders, of any version, to their records one by one: articles, documents, tables.

Documents are held to the schema of the same version (`pactwire.corpus.corpus` holds them to the package's), so
that a dataset from before a label was renamed can be read. Only the table of splits is held in memory.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pactwire.corpus.splits import SPLIT_COLUMNS, SplitRow
from pactwire.corpus.tables import LINK_COLUMNS
from pactwire.model import schema
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, input_files, jsonl


class SourceRecord(NamedTuple):
    """A record and where it stands; ``key`` is the id of an article, link, topic or cluster, or an annotator."""

    file: str
    line: int
    key: str
    value: Any


class SourceTree:
    """A dataset's root; the issues of reading it are collected in ``issues``, with files named after ``name``."""

    def __init__(self, root: Path, name: str) -> None:
        self.root, self.name = root, name
        self.issues: list[Issue] = []
        own = root / "schema" / "annotation.schema.json"
        self.schema: Any = files.read_json(own, self._name(own)) if own.is_file() else schema.load_schema("annotation")
        self._deciders: dict[tuple[str, str], Any] = {}

    def issue(self, record: SourceRecord, code: str, message: str) -> None:
        """Note an issue of a record."""
        self.issues.append(Issue(record.file, record.line, code, message))

    def splits(self) -> list[SplitRow]:
        """Return the rows of splits.csv."""
        return [SplitRow(*each.value) for each in self._rows("dataset/splits.csv", SPLIT_COLUMNS, ",")]

    def articles(self) -> Iterator[SourceRecord]:
        """Yield the articles by id; a value has ``attributes``, ``sha256``, ``text`` and the ``zones`` it came with."""
        listed = self._values(self.root / "dataset" / "sources.jsonl", schema.load_schema("article"), "source")
        sources = {each.value["file"]: each.value for each in listed}
        for path in self._entries("dataset/raw"):
            if path.name.endswith((".jsonl", ".jsonl.zst")):
                for each in self._values(path, schema.load_schema("article"), "article"):
                    self._zones(each)
                    text = files.normalize_newlines(each.value["text"])
                    identity = each.value.get("id") or files.sha256(text)[:16]
                    source_id = each.value.get("source_id") or identity
                    yield each._replace(key=identity, value=_article_value(source_id, text, each.value))
            elif source := sources.get(path.name):
                yield from self._raw(path, source)
            else:
                here = SourceRecord(self._name(path), 1, "", None)
                self.issue(here, "file-unlisted", "dataset/sources.jsonl does not list the file")

    def _raw(self, path: Path, source: Any) -> Iterator[SourceRecord]:
        try:
            text = files.decode_source_text(path.read_bytes(), self._name(path))
        except DataError as error:
            self.issues += error.issues
            return
        yield SourceRecord(self._name(path), 1, source["id"], _article_value(path.name, text, source))

    def _zones(self, article: SourceRecord) -> None:
        """Note the first zone of a bulk article that does not hold to the schema: that of articles leaves it open."""
        if zones := article.value.get("zones"):
            decider = self._decider(self.schema, "zone")
            if flaw := next((error for zone in zones for error in decider.iter_errors(zone)), None):
                self.issue(article, "schema", flaw.message)

    def documents(self) -> Iterator[SourceRecord]:
        """Yield the annotation documents that hold to their schema, by annotator."""
        found = [each.name for each in self._entries("annotations") if each.is_dir()]
        for path in (path for name in found for path in self._entries(f"annotations/{name}")):
            if path.name.endswith((".json", ".jsonl", ".jsonl.zst")):
                for each in self._values(path, self.schema):
                    yield each._replace(key=path.parent.name)

    def table(self, name: str) -> Iterator[SourceRecord]:
        """Yield the records of the table ``links``, ``topics`` or ``clusters`` by their ids."""
        folder = self.root / "annotations"
        if name == "links":
            for each in self._rows("annotations/links.tsv", LINK_COLUMNS, "\t"):
                values = dict(zip(LINK_COLUMNS, each.value, strict=True))
                yield each._replace(key=values.pop("link"), value=values)
        elif name == "clusters":
            for each in self._values(folder / "clusters.jsonl", self.schema, "cluster"):
                yield each._replace(key=each.value.pop("id"))
        else:
            for each in self._values(folder / "topics.json", self.schema, "topics"):
                for topic in each.value["topics"]:
                    yield each._replace(key=topic.pop("id"), value=topic)

    def _entries(self, name: str) -> Iterator[Path]:
        """Yield what a folder of the tree holds; the issues of what can't be read are kept."""
        folder = self.root / name
        for each in input_files.list_entries(folder, self._name, [self.root]) if folder.is_dir() else ():
            if isinstance(each, Issue):
                self.issues.append(each)
            else:
                yield each

    def _name(self, path: Path) -> str:
        within = path.relative_to(self.root).as_posix()
        return self.name + within if self.name.endswith(":") else (Path(self.name) / within).as_posix()

    def _rows(self, file: str, columns: tuple[str, ...], delimiter: str) -> Iterator[SourceRecord]:
        path = self.root / file
        try:
            rows = files.read_table(path, self._name(path), columns, delimiter) if path.is_file() else []
        except DataError as error:
            self.issues += error.issues
            return
        for line, values in rows:
            yield SourceRecord(self._name(path), line, "", values)

    def _values(self, path: Path, schema: Any, definition: str = "") -> Iterator[SourceRecord]:
        """Yield the values of a JSON or JSONL file that hold to a schema; nothing where there is no such file."""
        decider = self._decider(schema, definition)
        for line, value in self._read(path) if path.is_file() else ():
            here = SourceRecord(self._name(path), line, "", value)
            if decider.is_valid(value):
                yield here
            else:
                self.issue(here, "schema", next(decider.iter_errors(value)).message)

    def _decider(self, declaration: Any, definition: str) -> Any:
        import jsonschema_rs

        key = declaration["$id"], definition
        if key not in self._deciders:
            self._deciders[key] = jsonschema_rs.Draft202012Validator(schema.subschema(declaration, definition))
        return self._deciders[key]

    def _read(self, path: Path) -> Iterator[tuple[int, Any]]:
        """Yield (line, value) of a JSON or JSONL file; the issues of what can't be read are kept."""
        if path.suffix == ".json":
            try:
                yield 1, files.read_json(path, self._name(path))
            except DataError as error:
                self.issues += error.issues
            return
        for entry in jsonl.read_values(path, self._name(path)):
            if isinstance(entry, DataError):
                self.issues += entry.issues
            else:
                yield entry


def _article_value(source_id: str, text: str, about: Any) -> dict[str, Any]:
    known = {key: about.get(key) for key in ("section", "published", "url", "outlet", "date_line", "license")}
    if "sha256" in about:
        known["file_sha256"] = about["sha256"]
    attributes = {"source_id": source_id, **known}
    return {"attributes": attributes, "sha256": files.sha256(text), "text": text, "zones": about.get("zones")}
