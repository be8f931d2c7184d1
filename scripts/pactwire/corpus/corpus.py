"""The corpus: the articles, documents and tables in the folders of a dataset.

`load_corpus` looks at every file once and keeps the locations of its records, not the records: an article or a
document is read when it is asked for, so that there can be millions. `load_corpus` collects the issues of files and
tables; `pactwire.validation.validate` finds those of records and between records.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pactwire.corpus import articles, documents, schema_file, splits, tables, withdrawn
from pactwire.corpus.articles import Articles
from pactwire.corpus.detected_zones import DetectedZones
from pactwire.corpus.documents import Documents, StoredDocument
from pactwire.corpus.rounds import FINAL as FINAL
from pactwire.corpus.settings import Settings, read_settings
from pactwire.corpus.splits import SplitTable
from pactwire.corpus.tables import LinkRow
from pactwire.corpus.withdrawn import Tombstones
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article, Cluster, Document, Source, Topic, Zone
from pactwire.model.schema import AnnotationSchema
from pactwire.text.content import Content


@dataclass
class Corpus:
    """The contents of a dataset's folders; articles are in the order of the raw files.

    ``schema`` declares its layers. Clusters are by the name of the layer whose labels they group, each with its line.
    """

    root: Path
    schema: AnnotationSchema
    articles: Articles
    documents: Documents
    sources: dict[str, Source] = field(default_factory=dict)
    links: dict[str, LinkRow] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    clusters: dict[str, list[tuple[int, Cluster]]] = field(default_factory=dict)
    splits: SplitTable = field(default_factory=lambda: SplitTable([]))
    withdrawn: Tombstones = field(default_factory=Tombstones)
    settings: Settings = field(default_factory=Settings)
    issues: list[Issue] = field(default_factory=list)

    def documents_of(self, article: str) -> list[StoredDocument]:
        """Return the documents of an article that match the schema."""
        return self.documents.of_article(article)

    def final_document(self, article: str) -> Document | None:
        """Return the document of an article in annotations/final, if there is one."""
        return next((stored.document for stored in self.documents_of(article) if stored.annotator == FINAL), None)

    def zones(self, article: Article) -> list[Zone]:
        """Return the zones of an article: those of its final document, else those it came with, else those by rule."""
        document = self.final_document(article["id"])
        if document is not None and "zones" in document:
            return document["zones"]
        return article["zones"] if "zones" in article else self._detected_zones.find(article)

    @cached_property
    def _detected_zones(self) -> DetectedZones:
        return DetectedZones(self.root)

    def content(self, article: Article, document: Document | None = None) -> Content:
        """Return the content of an article by its zones, with the labels of a document, if one is given."""
        return Content(article, self.zones(article), document, self.schema.content_kinds)

    def iter_clusters(self) -> Iterator[tuple[int, Cluster]]:
        """Yield the clusters of all layers with their lines."""
        for clusters in self.clusters.values():
            yield from clusters

    def subset(self, ids: Sequence[str]) -> "Corpus":
        """Return the corpus of some articles, without splits, small enough to be sent to another process."""
        wanted = set(ids)
        clusters = {
            layer: [each for each in of_layer if any(member[:16] in wanted for member in each[1]["members"])]
            for layer, of_layer in self.clusters.items()
        }
        articles, documents = self.articles.subset(ids), self.documents.subset(ids)
        return Corpus(
            self.root, self.schema, articles, documents, links=self.links, topics=self.topics, clusters=clusters,
            withdrawn=self.withdrawn,
        )  # fmt: skip


def load_corpus(root: Path, others: Sequence[Path] = ()) -> Corpus:
    """Index the dataset in the folder ``root``; the issues of files and tables are in ``Corpus.issues``.

    Issues name files relative to ``root``. ``others`` are files of documents outside of it. Raises DataError with the
    issues of the schema, without which nothing else can be judged.
    """
    issues: list[Issue] = []
    schema = schema_file.read_schema(root)
    indexed = articles.load_articles(root, schema, issues)
    settings = _settings_or_defaults(root, issues)
    return Corpus(
        root=root,
        schema=schema,
        articles=indexed,
        documents=documents.load_documents(root, others, schema, issues),
        sources=dict(indexed.sources),
        links=tables.read_links(root, schema, issues),
        topics=tables.read_topics(root, issues),
        clusters=tables.read_clusters(root, schema, issues),
        splits=splits.load_splits(root, issues, settings.folds),
        withdrawn=withdrawn.read_tombstones(root, issues),
        settings=settings,
        issues=issues,
    )


def _settings_or_defaults(root: Path, issues: list[Issue]) -> Settings:
    try:
        return read_settings(root)
    except DataError as error:
        issues += error.issues
        return Settings()
