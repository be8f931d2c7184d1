"""The articles on which annotators can be compared, and the reasons why they cannot be compared on others.

Two annotators can be compared where both annotated the same text, under the same guidelines, independently.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from pactwire.agreement.document_pairs import ComparableArticle
from pactwire.agreement.given import is_given
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.documents import StoredDocument
from pactwire.model.issues import Issue
from pactwire.model.labels import document_labels
from pactwire.model.records import Document
from pactwire.validation import validate

REASONS: Final = {
    "agreement-text": "different texts",
    "agreement-guidelines": "different guidelines",
    "agreement-self": "one built on the labels of the other",
}
"""Why two annotators cannot be compared on an article, by issue code."""

PairOnArticle = tuple[str, str, str]
"""Two annotators, in the order in which they are named, and an article on which they are not compared."""


def document_issues(data: Corpus, annotators: Sequence[str]) -> list[Issue]:
    """Return the validation issues of the documents of annotators."""
    folders = tuple(f"annotations/{name}/" for name in annotators)
    return [issue for issue in validate.check_corpus(data) if issue.file.startswith(folders)]


def comparison_issues(data: Corpus, annotators: Sequence[str]) -> list[Issue]:
    """Return why annotators cannot be compared, sorted: invalid documents, and other texts, guidelines or makers."""
    issues = document_issues(data, annotators)
    articles = _articles_by_annotator(data, annotators)
    for name in annotators:
        if annotators.count(name) > 1:
            message = f"{name!r} is named twice; compare two different annotators"
            issues.append(Issue(f"annotations/{name}", 1, "agreement-self", message))
        if not articles[name]:
            issues.append(Issue(f"annotations/{name}", 1, "agreement-missing", f"{name!r} has no documents there"))
    for name, own in articles.items():
        others = {other: theirs for other, theirs in articles.items() if other != name and theirs}
        if own and others and not any(own & theirs for theirs in others.values()):
            message = f"{name!r} has no article in common with {' or '.join(map(repr, others))}"
            issues.append(Issue(f"annotations/{name}", 1, "agreement-missing", message))
    issues += [issue for _, issue in incomparable_articles(data, annotators)]
    return sorted(set(issues))


def _articles_by_annotator(data: Corpus, annotators: Sequence[str]) -> dict[str, set[str]]:
    articles: dict[str, set[str]] = {name: set() for name in annotators}
    for placed in data.documents:
        if placed.annotator in articles:
            articles[placed.annotator].add(placed.document["article"])
    return articles


def incomparable_articles(data: Corpus, annotators: Sequence[str]) -> Iterator[tuple[PairOnArticle, Issue]]:
    """Yield the articles on which two annotators cannot be compared, with the issue that says why."""
    for a, b in combinations(dict.fromkeys(annotators), 2):
        for issue in _pair_issues(data, a, b):
            yield (a, b, issue.record), issue


def skipped_articles(data: Corpus, annotators: Sequence[str]) -> dict[PairOnArticle, str]:
    """Return the articles on which two annotators cannot be compared, with the reason in words."""
    return {key: REASONS[issue.code] for key, issue in incomparable_articles(data, annotators)}


def _pair_issues(data: Corpus, a: str, b: str) -> Iterator[Issue]:
    ours = {placed.document["article"]: placed for placed in data.documents if placed.annotator == a}
    theirs = {placed.document["article"]: placed for placed in data.documents if placed.annotator == b}
    for article in sorted(set(ours) & set(theirs)):
        one, other = ours[article], theirs[article]
        place = other.file, max(other.line, 1)
        if one.document["text_sha256"] != other.document["text_sha256"]:
            message = f"{a!r} and {b!r} annotated different texts of the article {article}"
            yield Issue(*place, "agreement-text", message, article)
        if one.document["guidelines"] != other.document["guidelines"]:
            versions = f"{one.document['guidelines']} and {other.document['guidelines']}"
            message = f"{a!r} and {b!r} worked under different guidelines, {versions}"
            yield Issue(*place, "agreement-guidelines", message, article)
        for placed, name in ((one, b), (other, a)):
            if placed.annotator != FINAL and name in _makers(data, placed):
                message = f"{placed.annotator!r} built on the labels of {name!r}; the two are not independent"
                yield Issue(placed.file, max(placed.line, 1), "agreement-self", message, article)


def _makers(data: Corpus, placed: StoredDocument) -> set[str]:
    """Return who made a document, apart from those of whom it only has labels that were given."""
    document = placed.document
    given = {layer for layer in data.schema.layer_names if is_given(document, layer, placed.annotator)}
    others, own = (
        {maker for layer in layers for label in document_labels(document, layer) for maker in label["by"]}
        for layers in (given, {*data.schema.layer_names} - given)
    )
    return {maker["id"] for maker in document["annotators"]} - (others - own)


def shared_articles(data: Corpus, annotators: Sequence[str]) -> list[ComparableArticle]:
    """Return the articles that two or more of the annotators annotated, in the order of the raw files.

    Where only one annotator is named, these are the articles of this one. Call it only where `comparison_issues` finds
    none.
    """
    least = min(2, len(annotators))
    documents: dict[str, dict[str, Document]] = {article_id: {} for article_id in data.articles}
    for name in annotators:
        for placed in data.documents:
            if placed.annotator == name:
                documents[placed.document["article"]][name] = placed.document
    return [
        ComparableArticle(data.schema, article, data.zones(article), documents[article_id])
        for article_id, article in data.articles.items()
        if len(documents[article_id]) >= least
    ]
