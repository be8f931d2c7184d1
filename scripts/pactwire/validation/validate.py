"""A dataset's folders to every issue in them: what each record says, and what records say of each other."""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from pactwire.corpus import corpus, tables
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.documents import StoredDocument
from pactwire.corpus.splits import SPLITS, SPLITS_FILE, UNPUBLISHED, WITHDRAWN
from pactwire.corpus.statistics import CorpusStatistics
from pactwire.model import strict_json
from pactwire.model.issues import Issue
from pactwire.model.records import Document, labels_of
from pactwire.storage import executors, front_matter, input_files, record_index
from pactwire.stories import leak_check as copies
from pactwire.stories.leak_check import SignatureStore
from pactwire.text.span_checks import Flaw
from pactwire.validation import integrity, partial

CHUNK_ARTICLES: Final = 1024
"""Articles checked at a time."""


def validate_dataset(root: Path, paths: Sequence[Path] = (), workers: int = 1) -> list[Issue]:
    """Return all issues of the dataset in ``root``, sorted by file and line.

    With ``paths``, only those of files in them; documents outside ``root`` are read from there and
    checked against the articles of ``root``.
    """
    inside = tuple(record_index.name_in_issues(root, path.resolve()) for path in paths)
    found = corpus.load_corpus(root, [path for path in paths if not path.resolve().is_relative_to(root)])
    return [issue for issue in check_corpus(found, workers) if not paths or _lies_in(issue.file, inside)]


def _lies_in(file: str, places: Iterable[str]) -> bool:
    return any(place in (".", file) or file.startswith(place + "/") for place in places)


def check_corpus(data: Corpus, workers: int = 1) -> list[Issue]:
    """Return the issues of reading and all others of a corpus, sorted by file and line."""
    tally = CorpusStatistics()
    issues = list(data.issues)
    with closing(SignatureStore()) as signed:
        with executors.open_executor(workers) as run:
            for found, counted in run(check_records, corpus_chunks(data, all_article_ids(data))):
                signed.take_records(counted.signatures)
                issues += found
                tally += counted
        return sorted({*issues, *check_across_articles(data, tally, signed)})


def all_article_ids(data: Corpus) -> Iterator[str]:
    """Yield the id of each article once, then of each article that there are only documents of."""
    yield from data.articles
    known = data.documents.index.locations["id"]
    yield from map(record_index.number_to_id, np.unique(known[~data.articles.index.contains(known)]).tolist())


def corpus_chunks(data: Corpus, articles: Iterator[str]) -> Iterator[Corpus]:
    """Yield the corpus in parts of PART articles."""
    while chunk := list(islice(articles, CHUNK_ARTICLES)):
        yield data.subset(chunk)


def check_across_articles(data: Corpus, tally: CorpusStatistics, signed: SignatureStore) -> Iterator[Issue]:
    """Yield the issues that no article has alone: of what can't be told apart, of clusters, splits, copies, the card.

    ``tally`` is of all articles and documents, and so are the signatures.
    """
    found, written = data.articles, data.documents
    yield from (issue for issues in found.unidentified() for issue in issues)
    for placed, issues in written.unidentified():
        yield from issues
        yield from _check_invalid_document(data, placed) if placed else ()
    yield from _duplicate_documents(written.index)
    yield from _cluster_issues(data, tally.annotators)
    yield from _split_issues(data)
    yield from copies.near_duplicates_across_splits(data, signed)
    yield from _card_issues(data.root)


def _card_issues(root: Path) -> list[Issue]:
    issues: list[Issue] = []
    tables.collect(lambda: front_matter.owner_fields(front_matter.read_card(root)), issues)
    folder = root / "plots"
    name_of = functools.partial(record_index.name_in_issues, root)
    found = input_files.list_entries(folder, name_of, [root]) if folder.is_dir() else ()
    issues += (each for each in found if isinstance(each, Issue))
    return issues


def _duplicate_documents(places: record_index.RecordIndex) -> Iterator[Issue]:
    for first, later in places.duplicates():
        file, known = places.files[later["file"]], places.files[first["file"]]
        article = record_index.number_to_id(int(later["id"]))
        message = f"{file.annotator} already annotated the article {article} in {known.name}"
        yield Issue(file.name, max(int(later["line"]), 1), "article-twice", message, article)


# --- records


def check_records(part: Corpus, articles: Iterable[str] | None = None) -> tuple[list[Issue], CorpusStatistics]:
    """Return the issues of articles and their documents, each looked at alone, and the counts of the documents.

    All articles of the part are looked at where none are named.
    """
    issues: list[Issue] = []
    tally = CorpusStatistics()
    contents: dict[str, str] = {}
    found, written = part.articles, part.documents
    for article in all_article_ids(part) if articles is None else articles:
        read, flaws = found.read_with_issues(article)
        issues += flaws
        for placed, flaws in written.read_with_issues(article):
            issues += flaws
            if placed and placed.invalid_paths:
                issues += _check_invalid_document(part, placed)
            elif placed:
                issues += _check_valid_document(part, placed)
                tally.add(placed, FINAL)
        if read:
            contents[article] = copies.content_text(part, read)
    tally.signatures.append(copies.signature_records(contents))
    return issues, tally


def _check_valid_document(data: Corpus, placed: StoredDocument) -> Iterator[Issue]:
    yield from _placement_issues(placed)
    yield from _to_issues(data, placed, _document_flaws(data, placed.document))


def _check_invalid_document(data: Corpus, placed: StoredDocument) -> Iterator[Issue]:
    yield from _to_issues(
        data,
        placed,
        partial.check_valid_labels(placed.document, placed.invalid_paths, functools.partial(_document_flaws, data)),
    )


def _document_flaws(data: Corpus, document: Document) -> list[Flaw]:
    article = data.articles.get(document["article"])
    if article is None:
        return [("unknown-article", ("article",), f"there is no article {document['article']} in dataset/raw")]
    zones = [] if "zones" in document else data.zones(article)
    return integrity.check_document(document, article, zones, data.links, data.topics)


def _placement_issues(placed: StoredDocument) -> Iterator[Issue]:
    """Yield an issue for a document in another annotator's folder, or under another article's name."""
    document, annotator = placed.document, placed.annotator
    if annotator != FINAL and annotator not in {each["id"] for each in document["annotators"]}:
        message = f"it lies in the folder {annotator!r}, who is not among its annotators"
        yield Issue(placed.file, max(placed.line, 1), "document-place", message, document["article"])
    if not placed.line and (stem := Path(placed.file).stem) != document["article"]:
        message = f"the file is named {stem!r}, but the article is {document['article']}"
        yield Issue(placed.file, 1, "document-place", message, document["article"])


def _to_issues(data: Corpus, placed: StoredDocument, flaws: list[Flaw]) -> Iterator[Issue]:
    if flaws:
        places = {} if placed.line else strict_json.value_lines((data.root / placed.file).read_text(encoding="utf-8"))
        for code, path, message in flaws:
            line = placed.line or tables.line_of_path(places, path)
            yield Issue(placed.file, line, code, message, tables.format_path(path))


# --- clusters


def _cluster_issues(data: Corpus, annotators: Mapping[str, Any]) -> Iterator[Issue]:
    claims = _cluster_claims(data)
    ids: set[str] = set()
    taken: dict[str, str] = {}
    for line, cluster in data.clusters:
        issue = functools.partial(Issue, tables.CLUSTERS, line, record=cluster["id"])
        if cluster["id"] in ids:
            yield Issue(tables.CLUSTERS, line, "duplicate-id", f"the cluster {cluster['id']!r} stands twice")
        ids.add(cluster["id"])
        for member in cluster["members"]:
            if (known := claims[member.partition("/")[0]]) is not None and member not in known:
                yield issue("unknown-member", f"{member} is no claim")
            if taken.setdefault(member, cluster["id"]) != cluster["id"]:
                yield issue("member-twice", f"{member} is already in the cluster {taken[member]!r}")
        if len({member.partition("/")[0] for member in cluster["members"]}) == 1:
            yield issue("member-twice", f"all members of the cluster {cluster['id']!r} are of one article")
        for name in cluster["by"]:
            if name not in annotators:
                yield issue("unknown-annotator", f"no document names the annotator {name!r}")


def _cluster_claims(data: Corpus) -> dict[str, set[str] | None]:
    """Return the claims of each article in a cluster as ``article/claim``; None where its final document is broken."""
    found: dict[str, set[str] | None] = {}
    for article in sorted({member.partition("/")[0] for _, each in data.clusters for member in each["members"]}):
        finals = [
            placed
            for placed, _ in data.documents.read_with_issues(article)
            if placed is None or placed.annotator == FINAL
        ]
        if any(placed is None or placed.invalid_paths for placed in finals):
            found[article] = None
        else:
            labels = [label for placed in finals if placed for label in labels_of(placed.document, "claims")]
            found[article] = {f"{article}/{label['id']}" for label in labels}
    return found


# --- splits


def _split_issues(data: Corpus) -> Iterator[Issue]:
    yield from _split_row_issues(data)
    yield from _story_issues(data)
    if any(issue.file == SPLITS_FILE for issue in data.issues):
        return  # it could not be read, so that no row is known
    listed = data.splits.articles[data.splits.well_formed]
    for identity in map(record_index.number_to_id, np.setdiff1d(data.articles.index.locations["id"], listed).tolist()):
        article = data.articles.get(identity)
        message = f"the article {identity} ({article['source_id'] if article else 'unreadable'}) has no row"
        yield Issue(SPLITS_FILE, 1, "split-missing", message, identity)


def _split_row_issues(data: Corpus) -> Iterator[Issue]:
    """Yield what is wrong with single rows; only of those that look wrong values are made."""
    known = data.splits
    there = known.well_formed & data.articles.index.contains(known.articles)
    named = np.flatnonzero(known.well_formed)
    order = named[np.argsort(known.articles[named], kind="stable")]
    again = np.zeros(len(known), bool)
    again[order[1:][np.diff(known.articles[order]) == 0]] = True
    allowed = known.codes >= 0
    flawed = ~(there & allowed) | again
    flawed[known.without_story()] = True
    for at in np.flatnonzero(flawed).tolist():
        line, row = data.splits[at]
        issue = functools.partial(Issue, SPLITS_FILE, line, record=row.article)
        if not allowed[at]:
            yield issue("table", f"{row.split!r} is no split; allowed are: {', '.join(SPLITS + UNPUBLISHED)}")
        if not row.story:
            yield issue(
                "table", f"the article {row.article} has no story; one that stands alone has a story of its own"
            )
        if again[at]:
            yield issue("duplicate-article", f"the article {row.article} is listed a second time")
        if not there[at] and row.split != WITHDRAWN:
            yield issue("unknown-article", f"there is no article {row.article} in dataset/raw")


def _story_issues(data: Corpus) -> Iterator[Issue]:
    splits = data.splits.codes
    inside = np.flatnonzero(data.splits.in_published_split())
    _, firsts, which = np.unique(data.splits.story_numbers()[inside], return_index=True, return_inverse=True)
    expected = splits[inside][firsts][which]
    for at in np.flatnonzero(splits[inside] != expected).tolist():
        line, row = data.splits[int(inside[at])]
        message = f"the story {row.story} is in {SPLITS[expected[at]]} and in {row.split}"
        yield Issue(SPLITS_FILE, line, "split-conflict", message, row.article)
