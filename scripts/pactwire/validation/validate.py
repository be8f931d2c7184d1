"""Validation of a whole dataset: every issue of its files, in its records, and between records."""

import functools
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from pactwire.corpus import corpus, migration_files, reviews, tables
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.splits import SPLITS, SPLITS_FILE, UNPUBLISHED, WITHDRAWN
from pactwire.corpus.statistics import CorpusStatistics
from pactwire.model import article_ids
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import document_labels
from pactwire.model.layers import Layer
from pactwire.model.records import Article, Cluster
from pactwire.storage import executors, front_matter, input_files
from pactwire.stories import leak_check
from pactwire.stories.leak_check import SignatureStore
from pactwire.validation import document_checks

CHUNK_ARTICLES: Final = 1024
"""Articles checked at a time."""


def validate_dataset(root: Path, paths: Sequence[Path] = (), workers: int = 1) -> list[Issue]:
    """Return all issues of the dataset in ``root``, sorted by file and line.

    With ``paths``, only the issues of files in them. Documents outside of ``root`` are read from there and checked
    against the articles of ``root``.
    """
    names = tuple(input_files.name_in_issues(root, path.resolve()) for path in paths)
    try:
        data = corpus.load_corpus(root, [path for path in paths if not path.resolve().is_relative_to(root)])
    except DataError as error:  # the schema, without which nothing else can be judged
        return sorted(error.issues)
    return [issue for issue in check_corpus(data, workers) if not paths or _lies_in(issue.file, names)]


def _lies_in(file: str, names: Iterable[str]) -> bool:
    """Tell whether a file is one of some files or in one of some folders."""
    return any(name in (".", file) or file.startswith(name + "/") for name in names)


def check_corpus(data: Corpus, workers: int = 1) -> list[Issue]:
    """Return all issues of a corpus, sorted by file and line, including those of loading it."""
    statistics = CorpusStatistics()
    issues = list(data.issues)
    with closing(SignatureStore()) as signatures:
        with executors.open_executor(workers) as run:
            for issues_of_chunk, statistics_of_chunk in run(check_records, corpus_chunks(data, all_article_ids(data))):
                signatures.take_records(statistics_of_chunk.signatures)
                issues += issues_of_chunk
                statistics += statistics_of_chunk
        return sorted({*issues, *check_across_articles(data, statistics, signatures)})


def all_article_ids(data: Corpus) -> Iterator[str]:
    """Yield the id of each article once, then of each missing article that has documents."""
    yield from data.articles
    annotated = data.documents.index.locations["id"]
    missing = np.unique(annotated[~data.articles.index.contains(annotated)])
    yield from map(article_ids.number_to_id, missing.tolist())


def corpus_chunks(data: Corpus, articles: Iterator[str]) -> Iterator[Corpus]:
    """Yield the corpus in parts of CHUNK_ARTICLES articles."""
    while chunk := list(islice(articles, CHUNK_ARTICLES)):
        yield data.subset(chunk)


def check_across_articles(data: Corpus, statistics: CorpusStatistics, signatures: SignatureStore) -> Iterator[Issue]:
    """Yield the issues that are not of a single article: unidentified records, closed rounds, clusters, splits, copies.

    ``statistics`` and ``signatures`` are those of all articles and documents.
    """
    yield from (issue for issues in data.articles.unidentified() for issue in issues)
    for stored, issues in data.documents.unidentified():
        yield from issues
        yield from document_checks.check_document(data, stored) if stored else ()
    yield from document_checks.duplicate_documents(data.documents)
    yield from document_checks.earlier_round_issues(data)
    yield from reviews.review_issues(data)
    yield from migration_files.migration_issues(data.root, data.schema)
    yield from _cluster_issues(data, {each["id"] for each in statistics.annotators.values()})
    yield from _split_issues(data)
    yield from leak_check.near_duplicates_across_splits(data, signatures)
    yield from _card_issues(data.root)


def _card_issues(root: Path) -> list[Issue]:
    issues: list[Issue] = []
    tables.collect(lambda: front_matter.owner_fields(front_matter.read_card(root)), issues)
    for folder in ("plots", "schema", "schema/migrations"):
        list(tables.folder_entries(root, root / folder, issues))  # appends the issues of entries that cannot be read
    return issues


# --- records


def check_records(part: Corpus, articles: Iterable[str] | None = None) -> tuple[list[Issue], CorpusStatistics]:
    """Return the issues of articles and their documents, each checked by itself, and the statistics of the documents.

    All articles of the part are checked if none are given.
    """
    issues: list[Issue] = []
    statistics = CorpusStatistics()
    texts: dict[str, str] = {}
    for identity in all_article_ids(part) if articles is None else articles:
        article, article_issues = part.articles.read_with_issues(identity)
        issues += article_issues
        for stored, document_issues in part.documents.read_with_issues(identity):
            issues += document_issues
            if stored:
                issues += document_checks.check_document(part, stored)
            if stored and not stored.invalid_paths:
                statistics.add(stored, FINAL, part.schema)
        if article:
            texts[identity] = part.content(article).text
            issues += _withdrawn_issues(part, article)
    statistics.signatures.append(leak_check.signature_records(texts))
    return issues, statistics


def _withdrawn_issues(part: Corpus, article: Article) -> Iterator[Issue]:
    """Yield an issue for an article that was withdrawn, under its own id or another."""
    identity = article["id"]
    tombstone = part.withdrawn.by_article.get(identity) or part.withdrawn.with_text(article["source_sha256"])
    if tombstone:
        location = part.articles.index.locate(identity)[0]
        file = part.articles.index.files[location["file"]].name
        message = f"the article {tombstone.article} was withdrawn on {tombstone.withdrawn}"
        yield Issue(file, max(int(location["line"]), 1), "withdrawn-article", message, identity)


# --- clusters


def _cluster_issues(data: Corpus, annotators: Collection[str]) -> Iterator[Issue]:
    for layer in data.schema.cluster_layers:
        yield from _cluster_issues_of_layer(data, layer, data.clusters[layer.name], annotators)


def _cluster_issues_of_layer(
    data: Corpus, layer: Layer, clusters: Sequence[tuple[int, Cluster]], annotators: Collection[str]
) -> Iterator[Issue]:
    file = tables.clusters_file(layer)
    labels = _clustered_labels(data, layer, clusters)
    ids: set[str] = set()
    cluster_of: dict[str, str] = {}
    for line, cluster in clusters:
        issue = functools.partial(Issue, file, line, record=cluster["id"])
        if cluster["id"] in ids:
            yield Issue(file, line, "duplicate-id", f"the cluster {cluster['id']!r} is listed twice")
        ids.add(cluster["id"])
        for member in cluster["members"]:
            if (known := labels[_article_of(member)]) is not None and member not in known:
                yield issue("unknown-member", f"{member} is no {layer.label}")
            if cluster_of.setdefault(member, cluster["id"]) != cluster["id"]:
                yield issue("member-twice", f"{member} is already in the cluster {cluster_of[member]!r}")
        if len(set(map(_article_of, cluster["members"]))) == 1:
            yield issue("member-twice", f"all members of the cluster {cluster['id']!r} are in one article")
        for name in cluster["by"]:
            if name not in annotators:
                yield issue("unknown-annotator", f"no document names the annotator {name!r}")


def _article_of(member: str) -> str:
    """Return the article of a cluster's member, which is ``article/label``."""
    return member.partition("/")[0]


def _clustered_labels(
    data: Corpus, layer: Layer, clusters: Sequence[tuple[int, Cluster]]
) -> dict[str, set[str] | None]:
    """Return the labels of each article in a cluster as ``article/label``; None if its final document is broken."""
    labels: dict[str, set[str] | None] = {}
    for article in sorted({_article_of(member) for _, cluster in clusters for member in cluster["members"]}):
        stored = [document for document, _ in data.documents.read_with_issues(article)]
        finals = [document for document in stored if document is None or document.annotator == FINAL]
        if any(document is None or document.invalid_paths for document in finals):
            labels[article] = None
        else:
            own = [label for each in finals if each for label in document_labels(each.document, layer.name)]
            labels[article] = {f"{article}/{label['id']}" for label in own}
    return labels


# --- splits


def _split_issues(data: Corpus) -> Iterator[Issue]:
    yield from _split_row_issues(data)
    yield from _story_issues(data)
    if any(issue.file == SPLITS_FILE for issue in data.issues):
        return  # the file could not be read, so its rows are unknown
    listed = data.splits.articles[data.splits.well_formed]
    for identity in map(article_ids.number_to_id, np.setdiff1d(data.articles.index.locations["id"], listed).tolist()):
        article = data.articles.get(identity)
        message = f"the article {identity} ({article['source_id'] if article else 'unreadable'}) has no row"
        yield Issue(SPLITS_FILE, 1, "split-missing", message, identity)


def _split_row_issues(data: Corpus) -> Iterator[Issue]:
    """Yield the issues of single rows; only rows with an issue become Python values."""
    table = data.splits
    has_article = table.well_formed & data.articles.index.contains(table.articles)
    named = np.flatnonzero(table.well_formed)
    order = named[np.argsort(table.articles[named], kind="stable")]
    is_repeated = np.zeros(len(table), bool)
    is_repeated[order[1:][np.diff(table.articles[order]) == 0]] = True
    is_allowed = table.codes >= 0
    has_issue = ~(has_article & is_allowed) | is_repeated
    has_issue[table.without_story()] = True
    without_group = table.without_group()
    has_issue |= without_group
    for at in np.flatnonzero(has_issue).tolist():
        line, row = table[at]
        issue = functools.partial(Issue, SPLITS_FILE, line, record=row.article)
        if not is_allowed[at]:
            yield issue("table", f"{row.split!r} is not a split; allowed are: {', '.join(SPLITS + UNPUBLISHED)}")
        if not row.story:
            message = "has no story; an article that shares its story with no other has one of its own"
            yield issue("table", f"the article {row.article} {message}")
        if without_group[at]:
            message = "; an article in a split has a group, which may be its story, and the number of a fold, from 0"
            yield issue("table", f"the article {row.article} has group {row.group!r} and fold {row.fold!r}{message}")
        if is_repeated[at]:
            yield issue("duplicate-article", f"the article {row.article} is listed a second time")
        if not has_article[at] and row.split != WITHDRAWN:
            yield issue("unknown-article", f"there is no article {row.article} in dataset/raw")


def _story_issues(data: Corpus) -> Iterator[Issue]:
    """Yield the issues of stories in two splits or groups, and of groups in two splits or folds, one for each row."""
    table = data.splits
    published = np.flatnonzero(table.in_published_split())
    stories = table.story_numbers()
    found = {at: ("story", "split", first) for at, first in _conflicts(stories, table.codes, published)}
    if table.has_groups:
        groups = table.group_numbers()
        grouped = published[~table.without_group()[published]]
        found = {
            **{at: ("group", "fold", first) for at, first in _conflicts(groups, table.folds, grouped)},
            **{at: ("group", "split", first) for at, first in _conflicts(groups, table.codes, grouped)},
            **{at: ("story", "group", first) for at, first in _conflicts(stories, groups, grouped)},
            **found,
        }
    for at, (whole, part, first_at) in sorted(found.items()):
        (line, row), (_, first) = table[at], table[first_at]
        message = f"the {whole} {getattr(row, whole)} is in {part} {getattr(first, part)} and in {getattr(row, part)}"
        yield Issue(SPLITS_FILE, line, "split-conflict", message, row.article)


def _conflicts(wholes: Any, parts: Any, rows: Any) -> Iterator[tuple[int, int]]:
    """Yield each of some rows whose part is not that of the first row of its whole, and that first row."""
    _, first_rows, whole_of_row = np.unique(wholes[rows], return_index=True, return_inverse=True)
    expected = rows[first_rows][whole_of_row]
    is_other = parts[rows] != parts[expected]
    yield from zip(rows[is_other].tolist(), expected[is_other].tolist(), strict=True)
