"""Leave-one-out evaluation of drafts: how the mentions of each draft compare with those of the final document.

Each article is drafted as if it were new: its own final document is not among those that names are known from.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pactwire.corpus.corpus import Corpus
from pactwire.model.records import Document, Entity
from pactwire.suggest.draft_writer import draft_article
from pactwire.suggest.drafts import corpus_suggester, labeled_finals
from pactwire.suggest.models import Model
from pactwire.suggest.name_labels import name_labels
from pactwire.text.normalization import fold

MENTION_COLUMNS: Final = (
    "expected", "suggested", "same span", "same type", "same form", "same link", "no link", "other link",
    "same metonym", "missed", "other span", "extra",
)  # fmt: skip
"""Counts of mentions, in the order in which they are printed."""

NAME_COLUMNS: Final = ("names", "names found", "names missed", "names extra")


class ArticleCounts(NamedTuple):
    """The counts of an article's draft, and the main language of the article; in the total both are empty."""

    article: str
    language: str
    counts: Counter[str]


def evaluate_drafts(data: Corpus, model: Model | None) -> Iterator[ArticleCounts]:
    """Yield the counts of every article whose final document has entities, and finally their total.

    Raises DataError (layers-unsupported) if the schema has no such layer.
    """
    name_labels(data.schema)
    total: Counter[str] = Counter()
    for article, final in labeled_finals(data):
        draft = draft_article(article, data, corpus_suggester(data, article["id"]), model, Counter())
        counts = compare_entities(final["entities"], draft["entities"])
        total += counts
        yield ArticleCounts(article["id"], _main_language(final), counts)
    yield ArticleCounts("", "", total)


def _main_language(final: Document) -> str:
    sizes: Counter[str] = Counter()
    for zone in final.get("zones", []):
        sizes[zone["language"]] += zone["end"] - zone["start"]
    return max(sizes, key=lambda language: (sizes[language], language), default="")


def compare_entities(expected: Sequence[Entity], suggested: Sequence[Entity]) -> Counter[str]:
    """Return the counts of MENTION_COLUMNS and NAME_COLUMNS.

    ``same …`` counts suggestions with the span of an expected mention by what else is equal; ``no link`` those without
    a link although the mention has one; ``missed`` expected mentions whose span was not suggested; ``other span``
    suggestions that overlap an expected mention but have another span; ``extra`` those that overlap none. A name is
    all mentions with the same folded spelling; it is found if one of its mentions is.
    """
    by_span = {(entity["start"], entity["end"]): entity for entity in expected}
    pairs, others = [], []
    for entity in suggested:
        match = by_span.get((entity["start"], entity["end"]))
        if match is None:
            others.append(entity)
        else:
            pairs.append((entity, match))
    overlapping = sum(
        any(other["start"] < entity["end"] and entity["start"] < other["end"] for entity in expected)
        for other in others
    )
    names, found = _folded_names(expected), _folded_names([match for _, match in pairs])
    return Counter({
        "expected": len(expected),
        "suggested": len(suggested),
        "same span": len(pairs),
        "same type": sum(entity["type"] == match["type"] for entity, match in pairs),
        "same form": sum(entity["form"] == match["form"] for entity, match in pairs),
        "same link": sum(entity["link"] == match["link"] for entity, match in pairs),
        "no link": sum(entity["link"] is None and match["link"] is not None for entity, match in pairs),
        "other link": sum(entity["link"] not in (None, match["link"]) for entity, match in pairs),
        "same metonym": sum(entity["metonym_of"] == match["metonym_of"] for entity, match in pairs),
        "missed": len(expected) - len(pairs),
        "other span": overlapping,
        "extra": len(others) - overlapping,
        "names": len(names),
        "names found": len(found),
        "names missed": len(names - found),
        "names extra": len(_folded_names(others) - names),
    })  # fmt: skip


def _folded_names(entities: Sequence[Entity]) -> set[str]:
    return {fold(entity["text"]) for entity in entities}
