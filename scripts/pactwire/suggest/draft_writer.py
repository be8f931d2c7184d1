"""A dataset's articles without labels to drafts in ``annotations/ANNOTATOR/``, and what was done, in counts."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.documents import StoredDocument
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Annotator, AnnotatorKind, Article, Document, Status
from pactwire.storage.staging import Staging
from pactwire.suggest import models
from pactwire.suggest.drafts import Suggester, corpus_suggester, draft_document, rule_entities
from pactwire.suggest.models import Model

AdvanceProgress = Callable[[], None]
"""Told after each article."""


@dataclass
class DraftReport:
    """What became of each article asked for, and of what the model saw; ``kept`` and ``renewed`` are files."""

    annotator: Annotator
    articles: Counter[str] = field(default_factory=Counter)
    mentions: Counter[str] = field(default_factory=Counter)
    model: Counter[str] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON."""
        return {
            "annotator": self.annotator,
            "articles": dict(self.articles),
            "mentions": dict(self.mentions),
            "model": dict(sorted(self.model.items())),
            "kept": self.kept,
            "renewed": self.renewed,
        }


def draft_article(
    article: Article, data: Corpus, suggester: Suggester, model: Model | None, counts: Counter[str]
) -> Document:
    """Return the draft of an article; what becomes of the names that a model sees is counted."""
    found, text = data.zones(article), article["source_text"]
    mentions = suggester.find_mentions(article, found)
    labels = rule_entities(text, mentions)
    if model is not None:
        labels = models.add_entities(model, text, found, labels, counts)
    sources = [name.source for each in mentions for name in each.names if name.source]
    return draft_document(article, found, suggester, labels, sources, model.annotator if model else None)


def write_drafts(
    data: Corpus, wanted: Iterable[str], model: Model | None, renew: bool, advance: AdvanceProgress
) -> DraftReport:
    """Write a draft for each article wanted that has no labels.

    A file that is there and differs is kept, and named, unless ``renew``; one that a person had a hand in is always
    kept. Raises DataError (unknown-article) before anything is written.
    """
    ids = list(wanted)
    if missing := [each for each in ids if each not in data.articles]:
        raise DataError([Issue("dataset/raw", 1, "unknown-article", f"there is no article {each}") for each in missing])
    suggester = corpus_suggester(data)
    done, staging = DraftReport(model.annotator if model else suggester.annotator), Staging(data.root)
    try:
        for each in ids:
            placed = data.documents_of(each)
            if _is_labeled(placed, done.annotator["id"]):
                done.articles["labeled"] += 1
            else:
                made = draft_article(data.articles[each], data, suggester, model, done.model)
                _stage_draft(data, made, placed, renew, done, staging)
            advance()
        staging.publish()
    finally:
        staging.discard()
    return done


def _is_labeled(placed: Iterable[StoredDocument], drafter: str) -> bool:
    """Say whether an article has entities from anybody but drafters."""
    return any(
        each.annotator != drafter
        and "entities" in each.document
        and (each.annotator == FINAL or each.document["status"]["entities"] != Status.DRAFT)
        for each in placed
    )


def _stage_draft(
    data: Corpus, made: Document, placed: Iterable[StoredDocument], renew: bool, done: DraftReport, staging: Staging
) -> None:
    name = f"annotations/{done.annotator['id']}/{made['article']}.json"
    path = data.root / name
    own = next((each for each in placed if each.annotator == done.annotator["id"]), None)
    text = strict_json.pretty(made)
    done.mentions["drafted"] += len(made["entities"])
    done.mentions["with link"] += sum(each["link"] is not None for each in made["entities"])
    done.mentions["without link"] += sum(each["link"] is None for each in made["entities"])
    if own is not None and own.document == made:
        done.articles["same"] += 1
    elif own is None and not path.exists():
        staging.add(path, text)
        done.articles["drafted"] += 1
    elif renew and own is not None and own.file == name and not _has_human_annotator(own.document):
        staging.add(path, text)
        done.renewed.append(name)
        done.articles["renewed"] += 1
    else:
        done.kept.append(own.file if own else name)
        done.articles["kept"] += 1


def _has_human_annotator(made: Document) -> bool:
    return any(each["kind"] == AnnotatorKind.HUMAN for each in made["annotators"])
