"""A dataset folder, a git revision or a published dataset to a snapshot: its articles by id, its tables, its labels.

A snapshot holds what a release holds: articles in a split, with every annotator's document, offsets in
the source text. It lies in a temporary database, so that of large datasets little is in memory.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import unquote

from pactwire.build import manifest
from pactwire.corpus import corpus
from pactwire.corpus.corpus import FINAL
from pactwire.corpus.splits import SPLITS
from pactwire.model import schema
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Segment
from pactwire.release import git
from pactwire.release.source_tree import SourceTree
from pactwire.storage import files
from pactwire.text import offsets

TABLES: Final = ("links", "topics", "clusters")
HUB_PREFIX: Final = "hf://datasets/"

Values = dict[str, Any]


class UnknownSnapshot(ValueError):
    """What was asked for is no dataset folder, no revision and no address on the Hub."""


@dataclass(frozen=True)
class ArticleState:
    """An article in a snapshot.

    ``attributes`` are its story, split and what is known of it; ``text`` is its source text, None where
    the release does not hold it. ``documents`` are by annotator, ``final`` among them. ``zones`` are those
    that an article came with, and those published of one whose final document has none; else they are None.
    """

    id: str
    attributes: Values
    sha256: str
    text: str | None
    documents: dict[str, Values]
    zones: list[Any] | None = None


class Snapshot:
    """A dataset at one time; close it, or use it in a ``with``.

    ``labels`` gives what the schema says of each label, by label set and name, in the schema's order.
    Of a published snapshot the tables are not known.
    """

    def __init__(self, name: str, version: str, labels: Mapping[str, Mapping[str, Values]], published: bool) -> None:
        self.name, self.version, self.labels, self.published = name, version, labels, published
        self._shelf = sqlite3.connect("")  # a temporary file, which SQLite makes when memory is not enough
        self._shelf.execute("CREATE TABLE shelf (kind, key, part, value, PRIMARY KEY (kind, key, part)) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the temporary database."""
        self._shelf.close()

    def add(self, kind: str, key: str, value: Any, part: str = "") -> bool:
        """Take a value under a kind ("articles", "documents" or a table's name); return False if the key is taken."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        done = self._shelf.execute("INSERT OR IGNORE INTO shelf VALUES (?, ?, ?, ?)", (kind, key, part, text))
        return done.rowcount == 1

    def table(self, name: str) -> Iterator[tuple[str, Values]]:
        """Yield (id, record) of one of TABLES, sorted by id."""
        found = self._shelf.execute("SELECT key, value FROM shelf WHERE kind = ? ORDER BY key", (name,))
        return ((key, json.loads(value)) for key, value in found)

    def articles(self) -> Iterator[ArticleState]:
        """Yield the articles sorted by id."""
        rows = self._shelf.execute(
            "SELECT a.key, a.value, d.part, d.value FROM shelf a"
            " LEFT JOIN shelf d ON d.kind = 'documents' AND d.key = a.key"
            " WHERE a.kind = 'articles' ORDER BY a.key, d.part"
        )
        for identity, group in groupby(rows, key=lambda row: row[0]):
            found = list(group)
            documents = {part: json.loads(value) for _, _, part, value in found if part is not None}
            yield ArticleState(identity, documents=documents, **json.loads(found[0][1]))


def open_snapshot(side: str, root: Path) -> Snapshot:
    """Return the snapshot that ``side`` names.

    A folder that exists is read; ``hf://datasets/ORG/NAME@REVISION`` is downloaded; anything else is a
    revision of the repository that ``root`` lies in (to name a branch that is called like a folder, write
    ``refs/heads/NAME``). Raises UnknownSide where it is none of these, DataError for what can't be read.
    """
    if Path(side).is_dir():
        return open_folder(Path(side), side)
    if side.startswith(HUB_PREFIX):
        return _open_hub(side)
    if (commit := git.resolve_commit(root, side)) is None:
        raise UnknownSnapshot(
            f"{side!r} is neither a folder nor a git revision of {root}, and does not start with {HUB_PREFIX}"
        )
    with tempfile.TemporaryDirectory() as target:
        git.extract_files(root, commit, ("pyproject.toml", "schema", "dataset", "annotations"), Path(target))
        return open_folder(Path(target), f"{side}:")


def open_folder(path: Path, name: str) -> Snapshot:
    """Return the snapshot of a dataset's root, or of a folder as it is published.

    Issues name files after ``name``. Raises DataError (snapshot-form and those of reading).
    """
    if (path / "dataset" / "raw").is_dir():
        return _open_source(path, name)
    if (path / "manifest.json").is_file():
        return _open_published(path, name)
    message = "it holds neither dataset/raw nor manifest.json"
    raise DataError([Issue(name, 1, "snapshot-form", message)])


# --- the committed folders


def _open_source(path: Path, name: str) -> Snapshot:
    tree = SourceTree(path, name)
    snapshot = Snapshot(name.removesuffix(":"), corpus.read_version(path), _schema_labels(tree.schema), published=False)
    try:
        _load_source(snapshot, tree)
    except BaseException:
        snapshot.close()
        raise
    return snapshot


def _load_source(snapshot: Snapshot, tree: SourceTree) -> None:
    splits = {row.article: row for row in tree.splits()}
    for each in tree.articles():
        row = splits.get(each.key)
        if row is None:
            tree.issue(each, "split-missing", f"the article {each.key} has no row")
        elif row.split in SPLITS:
            attributes = {"story": row.story, "split": row.split, **each.value["attributes"]}
            if not snapshot.add("articles", each.key, {**each.value, "attributes": attributes}):
                tree.issue(each, "duplicate-article", f"the article {each.key} is already there")
    for each in tree.documents():
        article = each.value["article"]
        if article not in splits:
            tree.issue(each, "unknown-article", f"there is no article {article} in dataset/splits.csv")
        elif not snapshot.add("documents", article, each.value, each.key):
            tree.issue(each, "article-twice", f"{each.key} already annotated the article {article}")
    for table in TABLES:
        for each in tree.table(table):
            if not snapshot.add(table, each.key, each.value):
                tree.issue(each, "duplicate-id", f"{each.key} is listed a second time")
    if tree.issues:
        raise DataError(sorted(set(tree.issues)))


def _schema_labels(declaration: Any) -> dict[str, dict[str, Values]]:
    return {
        name: {row["const"]: {key: row.get(key) for key in ("title", "description", "formerly")} for row in rows}
        for name in schema.LABEL_SETS
        if (rows := schema.declared_labels(declaration, name))
    }


# --- what is published


def _open_hub(side: str) -> Snapshot:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repo, _, revision = side.removeprefix(HUB_PREFIX).partition("@")
    wanted = ["manifest.json", "data/articles/*", "data/annotations/*"]
    try:
        path = snapshot_download(
            repo, repo_type="dataset", revision=unquote(revision) or None, allow_patterns=wanted
        )  # fmt: skip
    except HFValidationError as error:
        raise UnknownSnapshot(f"{side!r} is no address on the Hub: {error}") from None
    except (HfHubHTTPError, LocalEntryNotFoundError) as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError([Issue(side, 1, "snapshot-hub", f"the Hub does not give it: {reason}")]) from None
    return open_folder(Path(path), side)


def _open_published(path: Path, name: str) -> Snapshot:
    about = files.read_json(path / "manifest.json", f"{name}/manifest.json")
    if "label_sets" not in about:
        message = "it does not say which labels the schema had; build it with pactwire 1.0.0 or later"
        raise DataError([Issue(f"{name}/manifest.json", 1, "snapshot-form", message)])
    snapshot = Snapshot(name, about["version"], about["label_sets"], published=True)
    try:
        for config, split, each in manifest.iter_data_files(about):
            for row in _parquet_rows(path / each["path"]) if config in ("articles", "annotations") else ():
                if config == "articles":
                    _add_article(snapshot, split, row)
                else:
                    document = _row_document(row, row["article_id"], row["status"])
                    snapshot.add("documents", row["article_id"], document, row["annotator"])
    except (KeyError, TypeError, ValueError) as error:  # Arrow's errors are ValueErrors
        snapshot.close()
        message = f"it does not hold what `pactwire build` writes: {type(error).__name__}: {error}"
        raise DataError([Issue(name, 1, "snapshot-form", message)]) from error
    except BaseException:
        snapshot.close()
        raise
    return snapshot


def _parquet_rows(path: Path) -> Iterator[Values]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        columns = [column for column in file.schema_arrow.names if column not in ("title", "language")]
        for batch in file.iter_batches(batch_size=64, columns=columns):
            yield from batch.to_pylist()


def _add_article(snapshot: Snapshot, split: str, row: Values) -> None:
    text = row["source_text"]
    known = {key: row[key] for key in ("source_id", "section", "published", "url")}
    if text is None:  # a release without the text
        del known["section"]
    zones = None if row["annotation_status"]["zones"] else row["zones"]
    attributes = {"story": row["story"], "split": split, **known}
    value = {"attributes": attributes, "sha256": row["source_sha256"], "text": text, "zones": zones}
    snapshot.add("articles", row["id"], value)
    if row["annotation"]:
        snapshot.add("documents", row["id"], _row_document(row, row["id"], row["annotation_status"]), FINAL)


def _row_document(row: Values, article: str, status: Values) -> Values:
    """Return the annotation document that a published row was made from, spans moved back into the source text."""
    present = {layer: state for layer, state in status.items() if state is not None}
    layers = {
        layer: row[layer] if layer == "zones" else [_label_in_source(row["segments"], label) for label in row[layer]]
        for layer in present
    }
    return {**row["annotation"], "article": article, "status": present, **layers}


def _label_in_source(segments: list[Segment], label: Values) -> Values:
    """Move a label and its cue into the source text; what a release without the text leaves out is left out."""
    moved = offsets.to_source(segments, label["start"], label["end"])
    if moved is None:
        raise ValueError(f"{label['start']}:{label['end']} does not lie in the content text")
    back = {key: value for key, value in label.items() if key != "text" or value is not None}
    if label.get("cue"):
        back["cue"] = _label_in_source(segments, label["cue"])
    return {**back, "start": moved[0], "end": moved[1]}
