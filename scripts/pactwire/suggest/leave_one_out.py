"""Leave-one-out evaluation of drafts: how the mentions of each draft compare with those of the final document.

Each article is drafted as if it were new: its own final document is not among those that names are known from.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pactwire.corpus.corpus import Corpus
from pactwire.model.labels import document_labels
from pactwire.model.records import Document
from pactwire.suggest import models
from pactwire.suggest.draft_writer import DraftReport, draft_article
from pactwire.suggest.drafts import corpus_suggester, labeled_finals
from pactwire.suggest.models import Model
from pactwire.suggest.name_layer import NameLayer, drafted_layer
from pactwire.text.normalization import fold

NAME_COLUMNS: Final = ("names", "names found", "names missed", "names extra")


def mention_columns(layer: NameLayer) -> tuple[str, ...]:
    """Return the counts of mentions, in the order in which they are printed."""
    compared: list[str] = []
    for name in layer.compared:
        compared.append(f"same {name}")
        compared += [f"no {name}", f"other {name}"] if layer.link and name == layer.link.name else []
    return ("expected", "suggested", "exact", *compared, "missed", "overlapping", "extra")


class ArticleCounts(NamedTuple):
    """The counts of an article's draft, and the main language of the article; in the total both are empty."""

    article: str
    language: str
    counts: Counter[str]


def evaluate_drafts(data: Corpus, model: Model | None) -> Iterator[ArticleCounts]:
    """Yield the counts of every article whose final document has the layer of names, and finally their total.

    Raises DataError as `pactwire.suggest.draft_writer.write_drafts` does.
    """
    layer = drafted_layer(data)
    if model is not None:
        models.check_model(model, layer)
    total: Counter[str] = Counter()
    for article, final in labeled_finals(data, layer):
        suggester = corpus_suggester(data, article["id"])
        draft = draft_article(article, data, suggester, model, DraftReport(suggester.annotator))
        counts = compare_labels(document_labels(final, layer.name), document_labels(draft, layer.name), layer)
        total += counts
        yield ArticleCounts(article["id"], _main_language(final), counts)
    yield ArticleCounts("", "", total)


def _main_language(final: Document) -> str:
    sizes: Counter[str] = Counter()
    for zone in final.get("zones", []):
        sizes[zone["language"]] += zone["end"] - zone["start"]
    return max(sizes, key=lambda language: (sizes[language], language), default="")


def compare_labels(
    expected: Sequence[Mapping[str, Any]], suggested: Sequence[Mapping[str, Any]], layer: NameLayer
) -> Counter[str]:
    """Return the counts of `mention_columns` and NAME_COLUMNS.

    ``exact`` counts suggestions with the span of an expected mention; ``same …`` those of them with the same value of
    an attribute; ``no …`` those without a link although the mention has one; ``missed`` expected mentions whose span
    was not suggested; ``overlapping`` suggestions that overlap an expected mention but have another span; ``extra``
    those that overlap none. A name is all mentions with the same folded spelling; it is found if one of its mentions
    is.
    """
    by_span = {(label["start"], label["end"]): label for label in expected}
    pairs, others = [], []
    for label in suggested:
        match = by_span.get((label["start"], label["end"]))
        if match is None:
            others.append(label)
        else:
            pairs.append((label, match))
    overlapping = sum(
        any(other["start"] < label["end"] and label["start"] < other["end"] for label in expected) for other in others
    )
    names, found = _folded_names(expected), _folded_names([match for _, match in pairs])
    return Counter({
        "expected": len(expected),
        "suggested": len(suggested),
        "exact": len(pairs),
        **{f"same {key}": sum(ours.get(key) == theirs.get(key) for ours, theirs in pairs) for key in layer.compared},
        **_link_counts([(layer.link_of(ours), layer.link_of(theirs)) for ours, theirs in pairs], layer),
        "missed": len(expected) - len(pairs),
        "overlapping": overlapping,
        "extra": len(others) - overlapping,
        "names": len(names),
        "names found": len(found),
        "names missed": len(names - found),
        "names extra": len(_folded_names(others) - names),
    })  # fmt: skip


def _link_counts(links: Sequence[tuple[str | None, str | None]], layer: NameLayer) -> dict[str, int]:
    """Return how many suggestions lack the link of the mention, and how many have another."""
    if layer.link is None:
        return {}
    return {
        f"no {layer.link.name}": sum(ours is None and theirs is not None for ours, theirs in links),
        f"other {layer.link.name}": sum(ours not in (None, theirs) for ours, theirs in links),
    }


def _folded_names(labels: Sequence[Mapping[str, Any]]) -> set[str]:
    return {fold(label["text"]) for label in labels}
