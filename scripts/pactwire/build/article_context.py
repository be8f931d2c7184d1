"""What an article's rows are built from: the article, its place in the splits, its zones and its documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.splits import FOLDS, SPLITS, SplitRow
from pactwire.model.records import Article, Document, Topic, Zone


@dataclass(frozen=True)
class ArticleContext:
    """An article with all that its rows need; ``final`` and ``documents`` pass all integrity checks.

    ``documents`` are those of other annotators, sorted by annotator; ``clusters`` gives the cluster of each
    clustered label, by ``article/label``.
    """

    article: Article
    story: str
    split: str
    fold: int | None
    zones: list[Zone]
    final: Document | None
    documents: list[tuple[str, Document]]
    topics: Mapping[str, Topic] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)


def article_contexts(data: Corpus) -> Iterator[ArticleContext]:
    """Yield the context of each article that is in a split, in the order of ``splits.csv``."""
    clusters = label_clusters(data)
    return (article_context(data, row, clusters) for _, row in data.splits if row.split in SPLITS)


def article_context(data: Corpus, row: SplitRow, clusters: Mapping[str, Mapping[str, str]]) -> ArticleContext:
    """Return the context of one article; ``clusters`` comes from `label_clusters`."""
    article = data.articles[row.article]
    return ArticleContext(
        article=article,
        story=row.story,
        split=row.split,
        fold=FOLDS.get(row.fold),
        zones=data.zones(article),
        final=data.final_document(row.article),
        documents=sorted(
            (
                (placed.annotator, placed.document)
                for placed in data.documents_of(row.article)
                if placed.annotator != FINAL
            ),
            key=lambda item: item[0],
        ),
        topics=data.topics,
        clusters=clusters.get(row.article, {}),
    )


def label_clusters(data: Corpus) -> dict[str, dict[str, str]]:
    """Return, for each article, the cluster id of each of its clustered labels, by ``article/label``."""
    clusters: dict[str, dict[str, str]] = {}
    for _, cluster in data.iter_clusters():
        for member in cluster["members"]:
            clusters.setdefault(member.partition("/")[0], {})[member] = cluster["id"]
    return clusters
