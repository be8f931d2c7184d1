"""The values of the index: counts, provenance, agreement, and rows to search, in shards.

A shard is a script that only assigns data, since a page that is opened from disk can load nothing but scripts.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from pactwire.agreement import agreement_report, comparable_articles
from pactwire.agreement.agreement_report import Report
from pactwire.build import manifest
from pactwire.build.article_context import ArticleContext
from pactwire.card import card
from pactwire.card.plot_parts import Plot
from pactwire.corpus.corpus import FINAL
from pactwire.corpus.splits import SPLITS, UNPUBLISHED
from pactwire.model.issues import DataError
from pactwire.model.labels import document_labels
from pactwire.model.records import status_rank
from pactwire.site.collection import ArticleHead, Collection
from pactwire.site.layer_styles import LayerStyle
from pactwire.site.provenance import provenance_summary

SHARD_SIZE: Final = 1000
"""Articles per shard."""

AGREEMENT_LIMIT: Final = 500
"""The index shows agreement for up to this many articles; `pactwire agreement` has no limit."""

SHOWN_STORIES: Final = 20


class NoAgreement(NamedTuple):
    """Why the index shows no agreement, and the command that prints it."""

    why: str
    command: str = ""


def page_values(
    collection: Collection, shards: list[str], measured: Report | NoAgreement, plots: dict[str, Plot]
) -> dict[str, Any]:
    """Return all values for the template of the index; ``shards`` are the file names of the scripts."""
    heads, schema = list(collection.heads.values()), collection.data.schema
    outside = Counter(row.split for _, row in collection.data.splits if row.split in UNPUBLISHED)
    shared = [members for members in collection.stories.values() if len(members) > 1]
    return {
        "version": collection.data.settings.version,
        "summary": provenance_summary(schema, collection.entries.values()),
        "articles": len(heads),
        "languages": language_counts(heads),
        "splits": SPLITS,
        "outside": dict(outside),
        "stories": len(collection.stories),
        "shared_stories": sorted(shared, key=len, reverse=True)[:SHOWN_STORIES],
        "shared_story_count": len(shared),
        "columns_of_splits": [(split, "n") for split in SPLITS],
        "labels": [(style, _count_labels(collection, name)) for name, style in collection.styles.items()],
        "columns": [(style.layer.title, "n" if style.layer.is_span else "") for style in collection.styles.values()],
        "cluster_counts": {
            layer.name: len(collection.data.clusters.get(layer.name, ())) for layer in schema.cluster_layers
        },
        "statuses": _status_names(collection),
        "status_counts": _status_counts(collection),
        "annotators": manifest.annotators(collection.data),
        "unmeasured": measured if isinstance(measured, NoAgreement) else None,
        "figures": [] if isinstance(measured, NoAgreement) else card.agreement_figures(schema, measured),
        "plots": plots,
        "matrices": [(matrix.layer.title, plots[name]) for name, matrix in card.matrix_plots(schema).items()],
        "shards": shards,
    }


def language_counts(heads: list[ArticleHead]) -> dict[str, Counter[str]]:
    """Return the number of articles by language and split."""
    found: dict[str, Counter[str]] = {}
    for head in heads:
        found.setdefault(head.language, Counter())[head.split] += 1
    return dict(sorted(found.items(), key=lambda item: (-item[1].total(), item[0])))


def _count_labels(collection: Collection, layer: str) -> int:
    return sum(len(document_labels(entry.final, layer)) for entry in collection.entries.values())


def article_status(entry: ArticleContext) -> str:
    """Return the lowest status of an article's layers, or ``not annotated``."""
    found = entry.final["status"].values() if entry.final else ()
    return min(found, key=status_rank, default="not annotated")


def _status_names(collection: Collection) -> list[str]:
    found = {article_status(entry) for entry in collection.entries.values()}
    statuses = (label.name for label in collection.data.schema.envelope_labels("status"))
    return [name for name in ("not annotated", *statuses) if name in found]


def _status_counts(collection: Collection) -> dict[str, Counter[str]]:
    """Return the number of articles by layer and status."""
    return {
        layer: Counter(
            entry.final["status"].get(layer, "not annotated") if entry.final else "not annotated"
            for entry in collection.entries.values()
        )
        for layer in collection.data.schema.layer_names
    }


def measure_agreement(collection: Collection) -> Report | NoAgreement:
    """Return the agreement of all annotators except ``final``, or why the index shows none."""
    data = collection.data
    annotators = sorted({placed.annotator for placed in data.documents} - {FINAL})
    if len(annotators) < 2:
        return NoAgreement("There are no two annotators to compare.")
    command = f"pactwire agreement {' '.join(annotators)}"
    cases = comparable_articles.shared_articles(data, annotators)
    if len(cases) > AGREEMENT_LIMIT:
        why = f"{len(cases):,} articles have several annotators; with more than {AGREEMENT_LIMIT:,} the figures are"
        return NoAgreement(f"{why} left out here, since their intervals take long to compute.", command)
    try:
        return agreement_report.measure_corpus(data) or NoAgreement("No two annotators can be compared.")
    except DataError:
        return NoAgreement("The annotators' documents have issues, which `pactwire validate` names.")


# --- shards


def shard_scripts(collection: Collection, differences: Mapping[str, int]) -> Iterator[str]:
    """Yield the scripts, each with the rows of up to SHARD_SIZE articles; ``differences`` are counted by article."""
    entries = list(collection.entries.values())
    for start in range(0, len(entries), SHARD_SIZE):
        rows = [search_row(collection, entry, differences) for entry in entries[start : start + SHARD_SIZE]]
        lines = ",\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in rows)
        yield f"(globalThis.pactwire ??= []).push([\n{lines}\n]);\n"


def search_row(collection: Collection, entry: ArticleContext, differences: Mapping[str, int]) -> list[Any]:
    """Return an article's row: id, title, language, split, story and its size, layers, differences, status, words."""
    head = collection.heads[entry.article["id"]]
    layers = [_layer_cell(style, entry) for style in collection.styles.values()]
    return [
        head.id, head.title, head.language, head.split, head.story, len(collection.stories[head.story]),
        layers, differences.get(head.id, 0), article_status(entry), search_text(collection, entry),
    ]  # fmt: skip


def _layer_cell(style: LayerStyle, entry: ArticleContext) -> int | str | None:
    """Return how many labels of a layer an article has, or the class of its one label; None if not annotated."""
    if entry.final is None or style.layer.name not in entry.final:
        return None
    labels = document_labels(entry.final, style.layer.name)
    if style.layer.is_span:
        return len(labels)
    kind, _ = style.class_of(labels[0])
    return kind.title if kind else "yes"


def search_text(collection: Collection, entry: ArticleContext) -> str:
    """Return the folded text in which a search finds the article: id, title, source, names and mentions."""
    head, article = collection.heads[entry.article["id"]], entry.article
    source = collection.data.sources.get(head.id)
    about = [head.id, head.title, article["section"], source and source["outlet"], article["url"]]
    named: dict[str, None] = {}
    spoken: dict[str, None] = {}
    for name, style in collection.styles.items():
        for label in document_labels(entry.final, name) if style.is_inline else ():
            named[collection.referent(style.layer, label).name] = spoken[label["text"]] = None
    return "\n".join(dict.fromkeys(fold_text(word) for word in [*about, *named, *spoken] if word))


def fold_text(text: str) -> str:
    """Return text in lower case without accents, as `static/site.js` folds the query."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if unicodedata.category(each)[0] != "M")
    return re.sub(r"\s+", " ", bare.lower())
