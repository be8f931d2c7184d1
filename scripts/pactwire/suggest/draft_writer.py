"""Writes drafts of a dataset's unlabeled articles to ``annotations/ANNOTATOR/``, and counts what became of them."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pactwire.corpus import tables
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.documents import StoredDocument
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Annotator, AnnotatorKind, Article, Document, Status
from pactwire.storage.staging import Staging
from pactwire.suggest import models
from pactwire.suggest.drafts import Suggester, corpus_suggester, draft_document, rule_labels
from pactwire.suggest.models import Model

AdvanceProgress = Callable[[], None]
"""Called after each article."""


@dataclass
class DraftReport:
    """Counts of articles, drafted mentions and names from the model; ``kept`` and ``renewed`` are files.

    ``issues`` are those of drafts that were not written, because the schema does not allow them.
    """

    annotator: Annotator
    articles: Counter[str] = field(default_factory=Counter)
    mentions: Counter[str] = field(default_factory=Counter)
    model: Counter[str] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "annotator": self.annotator,
            "articles": dict(self.articles),
            "mentions": dict(self.mentions),
            "model": dict(sorted(self.model.items())),
            "kept": self.kept,
            "renewed": self.renewed,
        }


def draft_article(
    article: Article, data: Corpus, suggester: Suggester, model: Model | None, report: DraftReport
) -> Document:
    """Return the draft of an article; ``report`` is updated with the mentions that were found, and those of the model.

    A label that the schema does not allow, such as one without a link where a link can't be null, is left out.
    """
    zones, text, layer = data.zones(article), article["source_text"], suggester.lexicon.layer
    mentions = suggester.find_mentions(article, zones)
    labels = rule_labels(text, mentions, layer)
    if model is not None:
        labels = models.add_labels(model, text, zones, labels, layer, report.model)
    allowed = [label for label in labels if layer.allows(label)]
    if left_out := len(labels) - len(allowed):
        report.mentions["left out"] += left_out
    report.mentions["drafted"] += len(allowed)
    if layer.link:
        linked = sum(layer.link_of(label) is not None for label in allowed)
        report.mentions["with link"] += linked
        report.mentions["without link"] += len(allowed) - linked
    sources = [name.source for mention in mentions for name in mention.names if name.source]
    return draft_document(article, zones, suggester, allowed, sources, model.annotator if model else None)


def write_drafts(
    data: Corpus, wanted: Iterable[str], model: Model | None, renew: bool, advance: AdvanceProgress
) -> DraftReport:
    """Write a draft of each requested article that is not labeled.

    An existing draft that differs is kept, and named in the report, unless ``renew`` is set; one that a person worked
    on is always kept.

    Args:
        data: The corpus.
        wanted: The ids of the requested articles.
        model: A model that adds names.
        renew: Replace drafts that differ.
        advance: Called after each article.

    Raises:
        DataError: An id is unknown (unknown-article), the schema has no layer of names (suggest-layer) or one that
            drafts can't fill in (suggest-attribute), it names no label of the model (suggest-labels), or the folder of
            the drafts is another annotator's (suggest-folder); nothing is written.
    """
    ids = list(wanted)
    if missing := [article_id for article_id in ids if article_id not in data.articles]:
        raise DataError([Issue("dataset/raw", 1, "unknown-article", f"there is no article {each}") for each in missing])
    suggester = corpus_suggester(data)
    layer = suggester.lexicon.layer
    if model is not None:
        models.check_model(model, layer)
    report = DraftReport(model.annotator if model else suggester.annotator)
    check_folder(data, report.annotator)
    with Staging(data.root) as staging:
        for article_id in ids:
            documents = data.documents_of(article_id)
            if _is_labeled(documents, layer.name, report.annotator["id"]):
                report.articles["labeled"] += 1
            else:
                draft = draft_article(data.articles[article_id], data, suggester, model, report)
                stage_draft(data, draft, documents, renew, report, staging)
            advance()
        staging.publish()
    return report


def check_folder(data: Corpus, drafter: Annotator) -> None:
    """Raise DataError (suggest-folder) if the folder of a drafter has documents of another one, or of a person."""
    for stored in data.documents.of_annotator(drafter["id"]):
        own = {each["id"]: (each["kind"], each["name"]) for each in stored.document["annotators"]}
        if own.get(drafter["id"]) != (drafter["kind"], drafter["name"]):
            kind, name = own.get(drafter["id"], ("", None))
            maker = f"the {kind} {name or drafter['id']!r}" if kind else "somebody else"
            message = (
                f"it is by {maker}, so that drafts by the {drafter['kind']} {drafter['name']!r} have no place there"
            )
            raise DataError([Issue(stored.file, max(stored.line, 1), "suggest-folder", message)])


def _is_labeled(documents: Iterable[StoredDocument], layer: str, drafter: str) -> bool:
    """Return whether an article has names that are more than a draft, from anyone but the drafter."""
    return any(stored.annotator != drafter and is_more_than_draft(stored, layer) for stored in documents)


def is_more_than_draft(stored: StoredDocument, layer: str) -> bool:
    """Return whether a document has a layer that is final, or that somebody worked on."""
    document = stored.document
    return layer in document and (stored.annotator == FINAL or document["status"][layer] != Status.DRAFT)


def stage_draft(
    data: Corpus,
    draft: Document,
    documents: Iterable[StoredDocument],
    renew: bool,
    report: DraftReport,
    staging: Staging,
) -> None:
    """Stage a draft of an article by the annotator of a report, unless a file that may not be replaced is there."""
    drafter = report.annotator["id"]
    name = f"annotations/{drafter}/{draft['article']}.json"
    path = data.root / name
    existing = next((stored for stored in documents if stored.annotator == drafter), None)
    if not data.schema.is_valid(draft):
        report.issues += tables.schema_issues(data.schema.explain(draft), name, None, 1)
        report.articles["not allowed"] += 1
    elif existing is not None and existing.document == draft:
        report.articles["same"] += 1
    elif existing is None and not path.exists():
        staging.add(path, strict_json.pretty(draft))
        report.articles["drafted"] += 1
    elif renew and existing is not None and existing.file == name and not _has_human_annotator(existing.document):
        staging.add(path, strict_json.pretty(draft))
        report.renewed.append(name)
        report.articles["renewed"] += 1
    else:
        report.kept.append(existing.file if existing else name)
        report.articles["kept"] += 1


def _has_human_annotator(document: Document) -> bool:
    return any(annotator["kind"] == AnnotatorKind.HUMAN for annotator in document["annotators"])
