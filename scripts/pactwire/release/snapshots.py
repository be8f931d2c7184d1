"""Snapshots: the articles, tables and labels of a dataset folder, a git revision or a published dataset.

A snapshot holds what a release holds: the articles in a split, with the documents of all annotators and offsets in the
source text. It is kept in a temporary database, so that large datasets need little memory.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Self

from pactwire.build import manifest
from pactwire.build.features import config_features, configs
from pactwire.corpus import migration_files, settings
from pactwire.corpus.corpus import FINAL
from pactwire.corpus.splits import SPLITS
from pactwire.model.issues import DataError, Issue
from pactwire.model.label_migration import LabelMigration
from pactwire.model.schema import AnnotationSchema
from pactwire.release import first_format, git, hub_download, published_rows, versions
from pactwire.release.hub_download import HubAddress
from pactwire.release.source_tree import SourceTree, read_any_schema
from pactwire.release.versions import VersionPlace
from pactwire.storage import files

TABLES: Final = ("links", "topics", "clusters")
PUBLISHED_FILES: Final = ("manifest.json", "schema/*", "data/articles/*", "data/annotations/*")
"""The files of a published dataset that a snapshot is read from."""

Values = dict[str, Any]


@dataclass(frozen=True)
class ArticleState:
    """An article in a snapshot.

    ``attributes`` are its story, split and metadata; ``text`` is its source text, or None in a release without texts.
    ``documents`` are by annotator, including ``final``. ``zones`` are those that the article came with, or those
    published for an article whose final document has none; otherwise None.
    """

    id: str
    attributes: Values
    sha256: str
    text: str | None
    documents: dict[str, Values]
    zones: list[Any] | None = None


class Snapshot:
    """A dataset at one time; close it, or use it in a ``with`` block.

    ``schema`` declares its layers; ``features`` has those of each config, as `datasets.Features.to_dict` gives them. A
    published snapshot has no tables. ``migrations`` are those that its labels went through.
    """

    def __init__(
        self, name: str, version: str, schema: AnnotationSchema, features: Mapping[str, Any], published: bool
    ) -> None:
        self.name, self.version, self.schema, self.features, self.published = name, version, schema, features, published
        self.migrations: list[LabelMigration] = []
        self._database = sqlite3.connect("")  # in memory, and in a temporary file once it grows
        self._database.execute(
            "CREATE TABLE records (kind, key, part, value, PRIMARY KEY (kind, key, part)) WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the temporary database."""
        self._database.close()

    def add(self, kind: str, key: str, value: Any, part: str = "") -> bool:
        """Add a value of a kind ("articles", "documents" or the name of a table); return False if the key exists."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        done = self._database.execute("INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?)", (kind, key, part, text))
        return done.rowcount == 1

    def table(self, name: str) -> Iterator[tuple[str, Values]]:
        """Yield (id, record) of one of TABLES, sorted by id."""
        rows = self._database.execute("SELECT key, value FROM records WHERE kind = ? ORDER BY key", (name,))
        return ((key, json.loads(value)) for key, value in rows)

    def articles(self) -> Iterator[ArticleState]:
        """Yield the articles sorted by id."""
        rows = self._database.execute(
            "SELECT a.key, a.value, d.part, d.value FROM records a"
            " LEFT JOIN records d ON d.kind = 'documents' AND d.key = a.key"
            " WHERE a.kind = 'articles' ORDER BY a.key, d.part"
        )
        for identity, group in groupby(rows, key=lambda row: row[0]):
            joined = list(group)
            documents = {part: json.loads(value) for _, _, part, value in joined if part is not None}
            yield ArticleState(identity, documents=documents, **json.loads(joined[0][1]))


def open_snapshot(side: str, repository: Path | HubAddress) -> Snapshot:
    """Return the snapshot of a version.

    Args:
        side: The name of the version (`versions.resolve_version`).
        repository: Where tags and revisions are looked for.

    Raises:
        DataError: (unknown-version, and those of reading) There is no such version, or it cannot be read.
    """
    version = versions.resolve_version(side, repository)
    with tempfile.TemporaryDirectory() as work:
        folder = fetch_version(version, Path(work))
        return open_folder(folder, f"{side}:" if version.commit else version.name)


def fetch_version(version: VersionPlace, work: Path) -> Path:
    """Return a folder with what a snapshot is read from: its own, a download, or one for a commit, in an empty one."""
    if version.hub:
        return hub_download.download(version.hub, PUBLISHED_FILES)
    assert version.folder
    if version.commit is None:
        return version.folder
    names = (settings.SETTINGS_FILE, settings.PROJECT_FILE, "schema", "dataset", "annotations")
    git.extract_files(version.folder, version.commit, names, work)
    return work


def open_folder(path: Path, name: str) -> Snapshot:
    """Return the snapshot of a dataset root, or of a published folder.

    Raises DataError (snapshot-form and reading errors); its issues name files after ``name``.
    """
    if (path / "dataset" / "raw").is_dir():
        return _open_source(path, name)
    if (path / "manifest.json").is_file():
        return _open_published(path, name)
    message = "it holds neither dataset/raw nor manifest.json"
    raise DataError([Issue(name, 1, "snapshot-form", message)])


# --- a dataset root


def _open_source(path: Path, name: str) -> Snapshot:
    with _issues_of(name):
        tree = SourceTree(path)
        features = _declared_features(tree.schema) if tree.declares_layers else first_format.features()
        version = settings.recorded_version(path)
        snapshot = Snapshot(name.removesuffix(":"), version, tree.schema, features, published=False)
        try:
            snapshot.migrations = migration_files.applied_migrations(path)
            _load_source(snapshot, tree)
        except BaseException:
            snapshot.close()
            raise
    return snapshot


@contextmanager
def _issues_of(snapshot: str) -> Iterator[None]:
    """Name the files of issues after the snapshot that they are in."""
    try:
        yield
    except DataError as error:
        raise DataError([replace(issue, file=_file_name(snapshot, issue.file)) for issue in error.issues]) from None


def _file_name(snapshot: str, file: str) -> str:
    return snapshot + file if snapshot.endswith(":") else (Path(snapshot) / file).as_posix()


def _load_source(snapshot: Snapshot, tree: SourceTree) -> None:
    splits = tree.splits()
    for article in tree.articles():
        row = splits.get(article.key)
        if row is None:
            tree.issues.append(article.issue("split-missing", f"the article {article.key} has no row"))
        elif row.split in SPLITS:
            attributes = {"story": row.story, "split": row.split, **article.value["attributes"]}
            if not snapshot.add("articles", article.key, {**article.value, "attributes": attributes}):
                tree.issues.append(article.issue("duplicate-article", f"the article {article.key} is already there"))
    for document in tree.documents():
        name, annotator = document.value["article"], document.key
        if name not in splits:
            message = f"there is no article {name} in dataset/splits.csv"
            tree.issues.append(document.issue("unknown-article", message))
        elif not snapshot.add("documents", name, document.value, annotator):
            tree.issues.append(document.issue("article-twice", f"{annotator} already annotated the article {name}"))
    for table, records in zip(TABLES, (tree.links(), tree.topics(), tree.clusters()), strict=True):
        for record in records:
            if not snapshot.add(table, record.key, record.value):
                tree.issues.append(record.issue("duplicate-id", f"{record.key} is listed a second time"))
    if tree.issues:
        raise DataError(sorted(set(tree.issues)))


def _declared_features(schema: AnnotationSchema) -> dict[str, Any]:
    return {config: config_features(schema, config).to_dict() for config in configs(schema)}


# --- a published dataset


def _open_published(path: Path, name: str) -> Snapshot:
    about = files.read_json(path / "manifest.json", f"{name}/manifest.json")
    with _issues_of(name):
        schema, declares_layers = read_any_schema(path)
    if not declares_layers and "label_sets" not in about:
        message = "it does not list the labels of the schema; build it with pactwire 1.0.0 or later"
        raise DataError([Issue(f"{name}/manifest.json", 1, "snapshot-form", message)])
    features = about.get("features") or first_format.features()
    snapshot = Snapshot(name, about["version"], schema, features, published=True)
    try:
        snapshot.migrations = migration_files.applied_migrations(path)
        for config, split, each in manifest.iter_data_files(about):
            for row in published_rows.read_rows(path / each["path"]) if config in ("articles", "annotations") else ():
                if config == "articles":
                    _add_article(snapshot, split, row)
                else:
                    document = published_rows.row_document(row, row["article_id"], row["status"])
                    snapshot.add("documents", row["article_id"], document, row["annotator"])
    except (KeyError, TypeError, ValueError) as error:  # Arrow's errors are ValueErrors
        snapshot.close()
        message = f"it is not what `pactwire build` writes: {type(error).__name__}: {error}"
        raise DataError([Issue(name, 1, "snapshot-form", message)]) from error
    except BaseException:
        snapshot.close()
        raise
    return snapshot


_STATED_COLUMNS: Final = ("author", "outlet", "canonical_url", "stated_language", "license", "origins")
"""Columns of articles that releases before 2.0.0 do not have."""


def _add_article(snapshot: Snapshot, split: str, row: Values) -> None:
    text = row["source_text"]
    known: Values = {
        key: row[key] for key in ("source_id", "section", "published", "url", *_STATED_COLUMNS) if key in row
    }
    if "origins" in row:
        known["stated_title"] = row["title"] if "title" in {each["column"] for each in row["origins"]} else None
    if text is None:  # a release without texts
        del known["section"]
        known.pop("stated_title", None)
    status = row["status"] if "status" in row else row["annotation_status"]  # as 1.0.0 called it
    zones = None if status["zones"] else row["zones"]
    attributes = {"story": row["story"], "split": split, **known}
    value = {"attributes": attributes, "sha256": row["source_sha256"], "text": text, "zones": zones}
    snapshot.add("articles", row["id"], value)
    if row["annotation"]:
        snapshot.add("documents", row["id"], published_rows.row_document(row, row["id"], status), FINAL)
