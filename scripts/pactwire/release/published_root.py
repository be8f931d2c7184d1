"""The dataset root behind a published folder: its articles, documents and splits, as files that every room reads.

A published folder is what `pactwire build` writes, here or on the Hub. Its rows hold the source texts with their zones,
all documents of the current round, and the splits, so that what takes a root takes a published folder too. Tables are
not published: links and topics are restored as far as rows name them, and clusters, decisions, closed rounds and
guidelines are missing.
"""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final

from pactwire.build import features, manifest
from pactwire.build.record_batches import Row
from pactwire.corpus import settings, splits, tables
from pactwire.corpus.articles import RAW_FOLDER
from pactwire.corpus.corpus import FINAL
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import tool_validator
from pactwire.model.labels import document_labels, is_topic, value_list
from pactwire.model.layers import TOPIC_PREFIX, TOPICS, Layer
from pactwire.model.schema import AnnotationSchema
from pactwire.release import published_rows
from pactwire.release.source_tree import read_any_schema
from pactwire.storage import files

DESCRIPTIONS: Final = ("manifest.json", "schema/*")
"""The files of a published folder that describe its data files."""
_RESTORED: Final = "rows of the published dataset"
"""The source of links and the definition of topics, which no row tells."""
_STATEMENTS: Final = {
    "title": "title", "section": "section", "published": "published", "url": "url", "author": "author",
    "outlet": "outlet", "canonical_url": "canonical_url", "stated_language": "language", "license": "license",
}  # fmt: skip
"""The name of the statement behind each column of articles that may have an origin."""


def needed_configs(folder: Path) -> list[str]:
    """Return the configs whose rows `write_root` reads, of a published folder with its DESCRIPTIONS."""
    schema, _ = read_any_schema(folder)
    return [features.ARTICLES, features.ANNOTATIONS, *(layer.config for layer in _topic_layers(schema) if layer.config)]


def _topic_layers(schema: AnnotationSchema) -> list[Layer]:
    """Return the layers whose labels may refer to topics; the rows of their configs hold the titles of these."""
    return [layer for layer in schema.layers.values() if any(TOPICS in each.to for each in layer.references)]


def write_root(folder: Path, target: Path, name: str) -> None:
    """Write the root behind a published folder into an empty folder.

    Args:
        folder: The published folder, with DESCRIPTIONS and the files of `needed_configs`.
        target: Where the root is written.
        name: What issues call the published folder.

    Raises:
        DataError: (snapshot-form, texts-missing) It is not what a build writes, or a release without texts; and the
            issues of reading its schema.
    """
    about = files.read_json(folder / "manifest.json", f"{name}/manifest.json")
    schema, _ = read_any_schema(folder)
    try:
        _RootWriter(folder, target, schema, about, name).write()
    except (KeyError, TypeError, ValueError) as error:  # Arrow's errors are ValueErrors
        message = f"it is not what `pactwire build` writes: {type(error).__name__}: {error}"
        raise DataError([Issue(name, 1, "snapshot-form", message)]) from error


class _RootWriter:
    """Writes one root; rows are read and written one after another."""

    def __init__(self, folder: Path, target: Path, schema: AnnotationSchema, about: Any, name: str) -> None:
        self.folder, self.target, self.schema, self.about, self.name = folder, target, schema, about, name
        self.tables = _Tables(schema)
        self.hashes: dict[str, str] = {}
        self.splits: list[splits.SplitRow] = []

    def write(self) -> None:
        for each in (RAW_FOLDER, f"{tables.ANNOTATIONS}/{FINAL}"):
            (self.target / each).mkdir(parents=True)
        if (migrations := self.folder / manifest.MIGRATIONS).is_dir():
            shutil.copytree(migrations, self.target / manifest.MIGRATIONS)
        self._write(SCHEMA_FILE, strict_json.pretty(self.schema.declaration))
        with ExitStack() as stack:
            self._write_articles(stack)
            self._write_documents(stack)
        for layer in _topic_layers(self.schema):
            for _, row in self._rows(layer.config or ""):
                self.tables.note_row(layer, row)
        for name, text in self.tables.files():
            self._write(name, text)
        columns = splits.SPLIT_COLUMNS if self.splits and self.splits[0].fold else splits.FIRST_COLUMNS
        rows = [columns, *(row[: len(columns)] for row in self.splits)]
        self._write(splits.SPLITS_FILE, files.render_table(rows, ","))
        written = f"[dataset]\nversion = {strict_json.compact(self.about['version'])}\n"
        self._write(settings.SETTINGS_FILE, written)

    def _write(self, name: str, text: str) -> None:
        path = self.target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _rows(self, config: str) -> Iterator[tuple[str, Row]]:
        """Yield (split, row) of a config; nothing for one without rows."""
        for each, split, file in manifest.iter_data_files(self.about):
            if each == config:
                yield from ((split, row) for row in published_rows.read_rows(self.folder / file["path"]))

    # --- articles and documents

    def _write_articles(self, stack: ExitStack) -> None:
        articles = stack.enter_context(_lines_file(self.target / RAW_FOLDER / "articles.jsonl"))
        finals = stack.enter_context(_lines_file(self.target / tables.ANNOTATIONS / FINAL / "documents.jsonl"))
        for split, row in self._rows(features.ARTICLES):
            if row["source_text"] is None:
                message = "the dataset was published without texts"
                raise DataError([Issue(self.name, 1, "texts-missing", message, row["id"])])
            status = row["status"] if "status" in row else row["annotation_status"]  # as 1.0.0 called it
            self.hashes[row["id"]] = row["source_sha256"]
            articles.write(strict_json.compact(self._article(row, has_own_zones=not status["zones"])) + "\n")
            if row["annotation"]:
                finals.write(self._document_line(row, row["id"], status))
            fold = row.get("fold")
            group = row["story"] if fold is not None else ""
            self.splits.append(
                splits.SplitRow(row["id"], row["story"], split, group, "" if fold is None else str(fold))
            )

    def _article(self, row: Row, has_own_zones: bool) -> dict[str, Any]:
        names = ("id", "source_id", "outlet", "section", "published", "url")
        article = {"text": row["source_text"], **{key: row.get(key) for key in names}}
        article["license"] = row.get("license") or "unknown"  # 1.0.0 published none
        if has_own_zones and row["zones"]:
            article["zones"] = row["zones"]
        stated = [
            {"name": _STATEMENTS[each["column"]], "value": row[each["column"]], "origin": each["origin"]}
            for each in row.get("origins") or ()
            if row[each["column"]]
        ]
        return {**article, "metadata": stated} if stated else article

    def _write_documents(self, stack: ExitStack) -> None:
        opened: dict[str, IO[str]] = {}
        for _, row in self._rows(features.ANNOTATIONS):
            annotator = row["annotator"]
            if annotator not in opened:
                if not tool_validator("envelope", "annotator_id").is_valid(annotator):  # it becomes a folder's name
                    raise ValueError(f"{annotator!r} is no annotator")
                path = self.target / tables.ANNOTATIONS / annotator / "documents.jsonl"
                path.parent.mkdir()
                opened[annotator] = stack.enter_context(_lines_file(path))
            opened[annotator].write(self._document_line(row, row["article_id"], row["status"]))

    def _document_line(self, row: Row, article: str, status: Row) -> str:
        """Return the document behind a row as a line, and take note of the links and topics that it names."""
        document = published_rows.row_document(row, article, status)
        document["text_sha256"] = self.hashes[article]
        if self.schema.migration:
            document["labels"] = self.schema.migration
        for layer in self.schema.layers.values():
            for label in document_labels(document, layer.name):
                _remove_fillers(layer, label)
                self.tables.note(layer, label)
        return strict_json.compact(document) + "\n"


def _lines_file(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", newline="\n")


def _remove_fillers(layer: Layer, label: dict[str, Any]) -> None:
    """Remove what a column holds for an attribute that is not there, and write whole numbers as documents do."""
    for attribute in layer.attributes:
        value = label.get(attribute.name)
        if value is None and not attribute.is_nullable:
            label.pop(attribute.name, None)
        elif isinstance(value, float) and value.is_integer():
            label[attribute.name] = int(value)


class _Tables:
    """The links and topics that labels name, with what rows say of them."""

    def __init__(self, schema: AnnotationSchema) -> None:
        self.schema = schema
        self.links: dict[str, Counter[tuple[str, str]]] = {}
        self.topics: dict[str, str] = {}

    def note(self, layer: Layer, label: Mapping[str, Any]) -> None:
        """Take note of what a label names."""
        is_name = layer is self.schema.names_layer and layer.class_attribute is not None
        kind = str(label[layer.class_attribute.name]) if is_name and layer.class_attribute else ""
        for attribute in layer.links:
            if (link := label.get(attribute.name)) is not None:
                self.links.setdefault(link, Counter())[_on_one_line(label.get("text") or link), kind] += 1
        for attribute in layer.references:
            for reference in value_list(attribute, label):
                if is_topic(reference):
                    self.topics.setdefault(reference, reference.removeprefix(TOPIC_PREFIX).replace("-", " "))

    def note_row(self, layer: Layer, row: Row) -> None:
        """Take the titles of topics from a row of a layer's config, in which they are the text of the referent."""
        for attribute in layer.references:
            reference = row.get(f"{attribute.name}_id")
            if isinstance(reference, str) and reference in self.topics:
                self.topics[reference] = row[attribute.name]

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the content of each table."""
        rows: list[Sequence[str]] = [tables.LINK_COLUMNS]
        for link, counts in sorted(self.links.items()):
            (name, kind), _ = min(counts.items(), key=lambda item: (-item[1], item[0]))
            rows.append((link, name, kind, _RESTORED))
        yield tables.LINKS, files.render_table(rows, "\t")
        topics = [
            {"id": topic, "title": title, "definition": f"{title} ({_RESTORED})"}
            for topic, title in sorted(self.topics.items())
        ]
        yield tables.TOPICS, strict_json.pretty({"topics": topics})


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
