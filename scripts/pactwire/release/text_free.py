"""Releases without texts: zones, labels, offsets and hashes, with all texts of the sources null.

`pactwire.release.hydrate` restores the full release. Free text of annotators stays: it is in their own words and could
not be restored from the texts. So that it, the card and the schema do not disclose any text either, nothing that
repeats EXTRACT_WORDS words of a source in a row is released.
"""

import operator
from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from functools import partial, reduce
from itertools import product
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features

from pactwire.build import features
from pactwire.build.parquet_writer import DataFile, ShardWriter
from pactwire.build.record_batches import Row
from pactwire.build.referents import TOPIC_KIND
from pactwire.card import card, copied_files, dataset_folder
from pactwire.corpus import corpus
from pactwire.corpus.article_fields import stated_value
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import SPLITS
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import document_labels, is_topic, value_list
from pactwire.model.layers import TOPICS, Attribute, AttributeKind, Layer, RowKind
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_names import listed_column
from pactwire.storage import files
from pactwire.text import tokens

EXTRACT_WORDS: Final = 11
"""Words in a row that may be a protected extract (Court of Justice of the EU, C-5/08, Infopaq)."""

SOURCE_TEXT_KEYS: Final = frozenset(("title", "section", "text", "source_text", "tokens", "a_text", "b_text"))
"""Keys, at any depth of a row of any config, whose values are texts of a source."""

BATCH_ROWS: Final = 1000


def strip_text(schema: AnnotationSchema, titles: Collection[str], config: str, row: Row) -> Row:
    """Return a row of a config with all texts of the sources null; offsets, labels, links, topics and parties stay.

    ``titles`` are those of all topics.
    """
    layer = features.configs(schema).get(config)
    if layer is None:
        own = {each.name: _bare_labels(each, row[each.name]) for each in schema.layers.values() if each.name in row}
        return {**_without_keys(row, SOURCE_TEXT_KEYS), **own}
    stripped: Row = _without_keys(row, SOURCE_TEXT_KEYS)
    if layer.candidates and config == layer.candidates.config:
        return stripped | dict.fromkeys(layer.candidates.pair)
    if config == layer.config:
        match layer.rows:
            case RowKind.TOKENS:
                stripped["spans"] = _bare_labels(layer, row["spans"])
            case RowKind.SENTENCES:
                stripped[layer.name] = [
                    _bare_labels(layer, label) | _topic_names(layer, label) for label in row[layer.name]
                ]
            case _:
                stripped |= _own_values(layer, row)
                stripped |= {each.name: _without_mentions(each, row) for each in layer.references}
        for derived in layer.derived:
            taken, values = schema.layers[derived.source].attribute(derived.take), row[derived.column]
            public = {*taken.parties, derived.otherwise, *titles} if taken.is_reference else {*(values or ())}
            stripped[derived.column] = values and [value if value in public else None for value in values]
    return stripped


def _bare_labels(layer: Layer, labels: Any) -> Any:
    """Return a label, a list of labels or None without the texts of spans; what annotators said stays."""
    if isinstance(labels, list):
        return [_bare_labels(layer, label) for label in labels]
    return labels and {**_without_keys(labels, SOURCE_TEXT_KEYS), **_own_values(layer, labels)}


def _own_values(layer: Layer, values: Row) -> Row:
    """Return the attributes other than parts, which are no words of a source, whatever they are called."""
    kept = (each.name for each in layer.attributes if each.kind != AttributeKind.PART)
    return {name: values[name] for name in kept if name in values}


def _topic_names(layer: Layer, label: Any) -> Row:
    """Return the names columns of a label in rows of sentences: the titles of topics, null for all others."""
    names: Row = {}
    for each in layer.references:
        column = listed_column(each.name, "")
        pairs = zip(value_list(each, label), label[column], strict=True) if TOPICS in each.to else None
        names[column] = pairs and [name if is_topic(reference) else None for reference, name in pairs]
    return names


def _without_mentions(attribute: Attribute, row: Row) -> Any:
    """Return the texts of what a row refers to, null for each label; those of topics and parties stay."""
    texts, kinds = row[attribute.name], row.get(f"{attribute.name}_kind")
    if attribute.kind == AttributeKind.REFERENCES:
        pairs = zip(texts, kinds or [None] * len(texts), strict=True)
        return [text if _is_public(attribute, text, kind) else None for text, kind in pairs]
    return texts if _is_public(attribute, texts, kinds) else None


def _is_public(attribute: Attribute, text: str, kind: str | None) -> bool:
    """Tell whether the text of a reference is of a topic or a party, neither of which comes from a source."""
    return text in attribute.parties or kind == TOPIC_KIND or attribute.to == (TOPICS,)


def _without_keys(value: Any, keys: AbstractSet[str]) -> Any:
    if isinstance(value, list):
        return [_without_keys(each, keys) for each in value]
    if isinstance(value, dict):
        return {key: None if key in keys else _without_keys(each, keys) for key, each in value.items()}
    return value


def write_text_free(root: Path, target: Path) -> dict[str, Any]:
    """Write a built dataset as a release without texts; return its manifest.

    The manifest is marked ``standoff``. Its ``full`` lists the files of the full release. ``sections`` and ``titles``
    have the span of each article's section and stated title in the source text (code points, half-open), or null if it
    is only in the article's record.

    Args:
        root: The root of a built dataset.
        target: The output folder.

    Raises:
        DataError: standoff-repeats, before anything is written.
    """
    data = corpus.load_corpus(root)
    if issues := find_repeats(data):
        raise DataError(issues)
    full = files.read_json(root / "dataset" / "manifest.json", "dataset/manifest.json")
    titles = {topic["title"] for topic in data.topics.values()}
    configs = rewrite_files(root / "dataset", full["configs"], target, partial(strip_text, data.schema, titles))
    about = {**full, "configs": configs, "standoff": True, "full": full["configs"], **_value_spans(data)}
    dataset_folder.write_descriptions(data, about, target)
    return about


def rewrite_files(
    source: Path, configs: dict[str, Any], target: Path, change: Callable[[str, Row], Row]
) -> dict[str, dict[str, list[Any]]]:
    """Write all data files of a dataset with changed rows; return the manifest entries of the new files."""
    return {
        config: {
            split: [
                _rewrite_file(source / each["path"], (target / "data", config, split, number), partial(change, config))
                for number, each in enumerate(written)
            ]
            for split, written in splits.items()
        }
        for config, splits in configs.items()
    }


def _rewrite_file(source: Path, place: tuple[Path, str, str, int], change: Callable[[Row], Row]) -> dict[str, Any]:
    # not the schema of the file itself: Parquet renames the items of lists, and the bytes would differ
    schema = Features.from_arrow_schema(pq.read_schema(source)).arrow_schema
    writer = ShardWriter(*place, schema)
    try:
        for rows in read_row_batches(source):
            writer.add(pa.RecordBatch.from_pylist([change(row) for row in rows], schema=schema))
        written: DataFile = writer.close()
    except BaseException:
        writer.discard()
        raise
    return written._asdict()


def read_row_batches(path: Path) -> Iterator[list[Row]]:
    """Yield the rows of a data file in order, in batches."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            yield batch.to_pylist()


def _value_spans(data: Corpus) -> dict[str, dict[str, list[int] | None]]:
    """Return the spans of sections and stated titles in the source texts, by article; None if it is not in the text."""
    spans: dict[str, dict[str, list[int] | None]] = {"sections": {}, "titles": {}}
    for _, row in data.splits:
        if row.split in SPLITS:
            article = data.articles[row.article]
            for kind, value in (("sections", article["section"]), ("titles", stated_value(article, "title"))):
                if value:
                    start = article["source_text"].find(value)
                    spans[kind][article["id"]] = [start, start + len(value)] if start >= 0 else None
    return spans


# --- extracts in our own texts


def find_repeats(data: Corpus) -> list[Issue]:
    """Return an issue for each of our own texts that repeats EXTRACT_WORDS words of a source in a row."""
    ours: dict[tuple[str, ...], tuple[str, int, str]] = {}
    ours |= dict.fromkeys(_word_runs(card.read_source(data.root)), ("DATASET_CARD.md", 1, "the card"))
    for name, path in copied_files.schema_files(data.root).items():
        for line, text in _strings_by_line(files.read_text(path, name)):
            ours |= dict.fromkeys(_word_runs(text), (name, line, "the schema"))
    for placed in data.documents:
        for layer in data.schema.layers.values():
            for attribute, label in product(
                layer.of_kind(AttributeKind.TEXT), document_labels(placed.document, layer.name)
            ):
                name = f"{attribute.name} of the {layer.label} {label.get('id', '')}".rstrip()
                place = (placed.file, placed.line or 1, name)
                ours |= dict.fromkeys(_word_runs(label.get(attribute.name) or ""), place)
    found: dict[tuple[str, str], Issue] = {}
    for article in data.articles.values() if ours else ():
        for run in _word_runs(article["source_text"]):
            if run in ours:
                file, line, what = ours[run]
                message = f"{what} repeats {EXTRACT_WORDS} words of the article {article['id']}: “{' '.join(run)}”"
                found.setdefault((file, what), Issue(file, line, "standoff-repeats", message, article["id"]))
    return sorted(found.values())


def _strings_by_line(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, value) of every string in JSON."""
    whole = strict_json.parse(text)
    for path, line in strict_json.value_lines(text).items():
        value = reduce(operator.getitem, path, whole)
        if isinstance(value, str):
            yield line, value


def _word_runs(text: str) -> Iterator[tuple[str, ...]]:
    """Yield every EXTRACT_WORDS words in a row, in lower case, without punctuation."""
    found = [token["text"].casefold() for token in tokens.tokenize(text) if token["text"][0].isalnum()]
    for start in range(len(found) - EXTRACT_WORDS + 1):
        yield tuple(found[start : start + EXTRACT_WORDS])
