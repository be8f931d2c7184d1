"""Suggested mentions and those of the final document to counts of what was right, article by article.

Each article is drafted as if it were new: its own final document is left out of what is known.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pactwire.corpus.corpus import Corpus
from pactwire.model.records import Document, Entity
from pactwire.suggest.draft_writer import draft_article
from pactwire.suggest.drafts import corpus_suggester, labeled_finals
from pactwire.suggest.models import Model
from pactwire.text.normalization import fold

MENTION_COLUMNS: Final = (
    "expected", "suggested", "same span", "same type", "same form", "same link", "no link", "other link",
    "same metonym", "missed", "other span", "extra",
)  # fmt: skip
"""Counts of mentions, in the order in which they are shown."""

NAME_COLUMNS: Final = ("names", "names found", "names missed", "names extra")


class ArticleCounts(NamedTuple):
    """An article, the languages of its content, and the counts of its draft; the sum has no article."""

    article: str
    language: str
    counts: Counter[str]


def evaluate_drafts(data: Corpus, model: Model | None) -> Iterator[ArticleCounts]:
    """Yield the counts of every article whose final document has entities, and at the end their sum."""
    total: Counter[str] = Counter()
    for article, final in labeled_finals(data):
        made = draft_article(article, data, corpus_suggester(data, article["id"]), model, Counter())
        counts = compare_entities(final["entities"], made["entities"])
        total += counts
        yield ArticleCounts(article["id"], _main_language(final), counts)
    yield ArticleCounts("", "", total)


def _main_language(final: Document) -> str:
    sizes: Counter[str] = Counter()
    for zone in final.get("zones", []):
        sizes[zone["language"]] += zone["end"] - zone["start"]
    return max(sizes, key=lambda each: (sizes[each], each), default="")


def compare_entities(expected: Sequence[Entity], suggested: Sequence[Entity]) -> Counter[str]:
    """Count mentions by span, of those with the same span what else is the same, and names: mentions spelled alike.

    ``no link`` is undecided where the document decided; ``missed`` is an expected mention whose span nothing has;
    ``other span`` overlaps an expected mention and has not its span, ``extra`` overlaps none. A name is found where
    one of its mentions is.
    """
    spans = {(each["start"], each["end"]): each for each in expected}
    same = [(each, spans[span]) for each in suggested if (span := (each["start"], each["end"])) in spans]
    others = [each for each in suggested if (each["start"], each["end"]) not in spans]
    touching = sum(
        any(each["start"] < one["end"] and one["start"] < each["end"] for one in expected) for each in others
    )
    names, found = _folded_names(expected), _folded_names([true for _, true in same])
    return Counter({
        "expected": len(expected),
        "suggested": len(suggested),
        "same span": len(same),
        "same type": sum(each["type"] == true["type"] for each, true in same),
        "same form": sum(each["form"] == true["form"] for each, true in same),
        "same link": sum(each["link"] == true["link"] for each, true in same),
        "no link": sum(each["link"] is None and true["link"] is not None for each, true in same),
        "other link": sum(each["link"] not in (None, true["link"]) for each, true in same),
        "same metonym": sum(each["metonym_of"] == true["metonym_of"] for each, true in same),
        "missed": len(expected) - len(same),
        "other span": touching,
        "extra": len(others) - touching,
        "names": len(names),
        "names found": len(found),
        "names missed": len(names - found),
        "names extra": len(_folded_names(others) - names),
    })  # fmt: skip


def _folded_names(labels: Sequence[Entity]) -> set[str]:
    return {fold(each["text"]) for each in labels}
