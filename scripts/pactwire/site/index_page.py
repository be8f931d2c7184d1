"""A collection to the values of the index: counts, provenance, agreement, and rows to search, in shards.

A shard is a script that only assigns data, since a page from disk may load scripts and nothing else.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pactwire.agreement import agreement_report, comparable_articles
from pactwire.agreement.agreement_report import Report
from pactwire.build import manifest
from pactwire.build.config_rows import Entry
from pactwire.card import card
from pactwire.card.plots import Plot
from pactwire.corpus.corpus import FINAL
from pactwire.corpus.splits import OUTSIDE, SPLITS
from pactwire.model import schema
from pactwire.model.issues import DataError
from pactwire.model.records import LAYERS, SPANS, labels_of, progress
from pactwire.site.collection import Collection, Head, summary

SHARD: Final = 1000
"""Articles in a shard."""

MEASURED: Final = 500
"""Articles up to which agreement is computed for the index; `pactwire agreement` has no limit."""

SHOWN_STORIES: Final = 20


class Unmeasured(NamedTuple):
    """Why the index holds no agreement, and what command prints it."""

    why: str
    command: str = ""


def page(
    collection: Collection, shards: list[str], measured: Report | Unmeasured, plots: dict[str, Plot]
) -> dict[str, Any]:
    """Return all that the template of the index needs; ``shards`` are the scripts' file names."""
    heads = list(collection.heads.values())
    outside = Counter(row.split for _, row in collection.data.splits if row.split in OUTSIDE)
    told = [members for members in collection.stories.values() if len(members) > 1]
    return {
        "version": collection.data.version,
        "summary": summary(collection.entries.values()),
        "articles": len(heads),
        "languages": languages(heads),
        "splits": SPLITS,
        "outside": dict(outside),
        "stories": len(collection.stories),
        "told": sorted(told, key=len, reverse=True)[:SHOWN_STORIES],
        "told_total": len(told),
        "labels": {layer: _count(collection, layer) for layer in SPANS},
        "clusters": len(collection.data.clusters),
        "statuses": _status_names(collection),
        "status_counts": _status_counts(collection),
        "annotators": manifest.annotators(collection.data),
        "unmeasured": measured if isinstance(measured, Unmeasured) else None,
        "figures": [] if isinstance(measured, Unmeasured) else card.agreement_figures(measured),
        "plots": plots,
        "shards": shards,
    }


def languages(heads: list[Head]) -> dict[str, Counter[str]]:
    """Return, for each language, the articles of each split."""
    found: dict[str, Counter[str]] = {}
    for head in heads:
        found.setdefault(head.language, Counter())[head.split] += 1
    return dict(sorted(found.items(), key=lambda item: (-item[1].total(), item[0])))


def _count(collection: Collection, layer: str) -> int:
    return sum(len(labels_of(entry.final, layer)) for entry in collection.entries.values())


def status(entry: Entry) -> str:
    """Return the status that all layers of an article have reached, or ``not annotated``."""
    found = entry.final["status"].values() if entry.final else ()
    return min(found, key=progress, default="not annotated")


def _status_names(collection: Collection) -> list[str]:
    found = {status(entry) for entry in collection.entries.values()}
    return [name for name in ("not annotated", *schema.names("status")) if name in found]


def _status_counts(collection: Collection) -> dict[str, Counter[str]]:
    """Return, for each layer, how many articles have reached each status."""
    return {
        layer: Counter(
            entry.final["status"].get(layer, "not annotated") if entry.final else "not annotated"
            for entry in collection.entries.values()
        )
        for layer in LAYERS
    }


def measured(collection: Collection) -> Report | Unmeasured:
    """Return the agreement of all annotators but ``final``, or why the index holds none."""
    data = collection.data
    annotators = sorted({placed.annotator for placed in data.documents} - {FINAL})
    if len(annotators) < 2:
        return Unmeasured("There are no two annotators to compare.")
    command = f"pactwire agreement {' '.join(annotators)}"
    cases = comparable_articles.cases(data, annotators)
    if len(cases) > MEASURED:
        why = f"{len(cases):,} articles have several annotators; with more than {MEASURED:,} the figures are left out"
        return Unmeasured(f"{why} here, since their intervals take long to draw.", command)
    try:
        return agreement_report.report_of_all(data) or Unmeasured("There are no two annotators that can be compared.")
    except DataError:
        return Unmeasured("The annotators' documents have issues, which `pactwire validate` names.")


# --- shards


def shards(collection: Collection) -> Iterator[str]:
    """Yield the scripts that hold the rows of SHARD articles each."""
    entries = list(collection.entries.values())
    for start in range(0, len(entries), SHARD):
        rows = [row(collection, entry) for entry in entries[start : start + SHARD]]
        lines = ",\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in rows)
        yield f"(globalThis.pactwire ??= []).push([\n{lines}\n]);\n"


def row(collection: Collection, entry: Entry) -> list[Any]:
    """Return an article's row: id, title, language, split, story, its articles, labels by layer, status, words."""
    head = collection.heads[entry.article["id"]]
    counts = [len(labels_of(entry.final, layer)) if entry.final and layer in entry.final else None for layer in SPANS]
    return [
        head.id, head.title, head.language, head.split, head.story, len(collection.stories[head.story]),
        *counts, status(entry), words(collection, entry),
    ]  # fmt: skip


def words(collection: Collection, entry: Entry) -> str:
    """Return what a search for the article looks in, folded: ids, title, source, names and their words."""
    head, article = collection.heads[entry.article["id"]], entry.article
    source = collection.data.sources.get(head.id)
    about = [head.id, head.title, article["section"], source and source["outlet"], article["url"]]
    named = {party.name: None for e in labels_of(entry.final, "entities") for party in [collection.entity(e)]}
    spoken = {entity["text"]: None for entity in labels_of(entry.final, "entities")}
    return "\n".join(dict.fromkeys(fold(word) for word in [*about, *named, *spoken] if word))


def fold(text: str) -> str:
    """Return text in lower case without accents, as `static/index.js` folds what is searched for."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if unicodedata.category(each)[0] != "M")
    return re.sub(r"\s+", " ", bare.lower())
