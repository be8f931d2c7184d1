"""The folders of a Pactwire dataset to the articles, documents and tables that they hold.

`load_corpus` looks at every file once and keeps where its records stand, not the records: an article or a
document is read when it is asked for, so that millions fit. What is wrong with records, and between
them, is found by `pactwire.validation.validate`; `load_corpus` collects the issues of files and tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from pactwire.corpus import articles, documents, settings, splits, tables
from pactwire.corpus.articles import CACHE_SIZE, Articles
from pactwire.corpus.documents import Documents, StoredDocument
from pactwire.corpus.splits import SplitTable
from pactwire.corpus.tables import LinkRow
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article, Cluster, Document, Source, Topic, Zone
from pactwire.storage import files

FINAL: Final = "final"
PROJECT_FILE: Final = "pyproject.toml"
DEFAULT_VERSION: Final = "0.0.0"


@dataclass
class Corpus:
    """All that a dataset's folders hold, articles by id in the order of the raw files.

    ``id`` tells it from other datasets, and is empty until one was drawn (`pactwire.corpus.settings`).
    """

    root: Path
    articles: Articles
    documents: Documents
    sources: dict[str, Source] = field(default_factory=dict)
    links: dict[str, LinkRow] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    clusters: list[tuple[int, Cluster]] = field(default_factory=list)
    splits: SplitTable = field(default_factory=lambda: SplitTable([]))
    version: str = DEFAULT_VERSION
    issues: list[Issue] = field(default_factory=list)
    id: str = ""

    def documents_of(self, article: str) -> list[StoredDocument]:
        """Return an article's documents that hold to the schema."""
        return self.documents.of_article(article)

    def final_document(self, article: str) -> Document | None:
        """Return an article's document in annotations/final."""
        return next((placed.document for placed in self.documents_of(article) if placed.annotator == FINAL), None)

    def zones(self, article: Article) -> list[Zone]:
        """Return an article's zones: those of its final document, else those it came with, else those found by rule."""
        document = self.final_document(article["id"])
        if document is not None and "zones" in document:
            return document["zones"]
        return article["zones"] if "zones" in article else _detected_zones(article["source_text"])

    def subset(self, ids: Sequence[str]) -> "Corpus":
        """Return what is known of some articles, small enough to be sent to another process; no splits."""
        wanted = set(ids)
        clusters = [
            (line, each) for line, each in self.clusters if any(member[:16] in wanted for member in each["members"])
        ]
        articles, documents = self.articles.subset(ids), self.documents.subset(ids)
        return Corpus(self.root, articles, documents, links=self.links, topics=self.topics, clusters=clusters)


@lru_cache(maxsize=CACHE_SIZE)
def _detected_zones(text: str) -> list[Zone]:
    from pactwire.text import zones  # what tells languages apart takes long to load, and most articles have their zones

    return zones.detect_zones(text)


def load_corpus(root: Path, others: Sequence[Path] = ()) -> Corpus:
    """Index the dataset whose folders stand in ``root``; the issues of files and tables are in ``Corpus.issues``.

    Files are named relative to ``root``. ``others`` are files of documents that lie elsewhere.
    """
    issues: list[Issue] = []
    found = articles.load_articles(root, issues)
    return Corpus(
        root, found, documents.load_documents(root, others, issues), dict(found.sources),
        tables.read_links(root, issues),
        tables.read_topics(root, issues), tables.read_clusters(root, issues), splits.load_splits(root, issues),
        _version_or_default(root, issues), issues, "".join(tables.collect(lambda: [settings.dataset_id(root)], issues)),
    )  # fmt: skip


def read_version(root: Path) -> str:
    """Return the version that pyproject.toml gives; 0.0.0 where there is none, or none in it.

    Raises DataError (not-utf8, not-toml).
    """
    path = root / PROJECT_FILE
    project = files.read_toml(path, PROJECT_FILE).get("project") if path.is_file() else None
    found = project.get("version") if isinstance(project, dict) else None
    return found if isinstance(found, str) else DEFAULT_VERSION


def _version_or_default(root: Path, issues: list[Issue]) -> str:
    try:
        return read_version(root)
    except DataError as error:
        issues += error.issues
        return DEFAULT_VERSION
