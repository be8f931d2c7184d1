"""Rows of any schema: spans stand in the text of their row, and every label is in a row or counted."""

from collections import Counter
from itertools import combinations
from typing import Any

from datasets import ClassLabel, List
from hypothesis import given

from pactwire.build import config_batches, features
from pactwire.build.article_context import ArticleContext
from pactwire.build.cluster_pairs import cluster_pair_rows
from pactwire.model.labels import document_labels, value_list
from pactwire.model.layers import Attribute, AttributeKind, Layer, RowKind
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_names import ANNOTATION_COLUMNS, ARTICLE_COLUMNS, ROW_COLUMNS
from pactwire.release import text_filler, text_free
from pactwire.release.provided_texts import ProvidedText
from pactwire.text import offsets
from pactwire.text.content import Content
from support import schemas
from support.examples import examples
from support.schemas import Drawn
from support.strategies import TOPICS

ALL_TITLES = [f"About {topic}" for topic in TOPICS]
TITLES: Any = {topic: {"id": topic, "title": f"About {topic}", "definition": "x"} for topic in TOPICS}


def rows_of(drawn: Drawn, losses: Counter[str]) -> dict[str, list[Any]]:
    """Return the rows of every config of a drawn article; the document is the final one, and that of an annotator."""
    name = drawn.document["annotators"][0]["id"]
    context = ArticleContext(
        drawn.article, "story", "train", 0, drawn.zones, drawn.document, [(name, drawn.document)], topics=TITLES
    )
    batches = config_batches.article_batches(drawn.schema, [context], losses)
    for config, batch in batches.items():
        assert batch.schema == features.arrow_schema(drawn.schema, config)
    rows = {config: batch.to_pylist() for config, batch in batches.items()}
    for layer in drawn.schema.cluster_layers:
        assert layer.clusters
        rows[layer.clusters.config] = list(cluster_pair_rows(drawn.schema, layer, [context], []))
    return rows


FIXED = {*ROW_COLUMNS, *ARTICLE_COLUMNS, *ANNOTATION_COLUMNS}
WHOLE = (features.ARTICLES, features.ANNOTATIONS)


def own_columns(schema: AnnotationSchema, config: str) -> set[str]:
    """Return the columns of a config that are in every dataset, and those of layers."""
    layer = features.configs(schema)[config]
    lists = layer and layer.config == config and layer.rows == RowKind.SENTENCES
    layers = {*schema.layers} if layer is None else {layer.name} if lists else set()
    return FIXED & {*features.config_features(schema, config)} | layers


def are_alike(left: Any, right: Any) -> bool:
    """Say whether two features are the same, but for the classes of labels and fields at the end of a struct."""
    if isinstance(left, dict):
        return all(a == b and are_alike(left[a], right[b]) for a, b in zip(left, right, strict=False))
    if isinstance(left, List):
        return isinstance(right, List) and are_alike(left.feature, right.feature)
    return left == right or (isinstance(left, ClassLabel) and isinstance(right, ClassLabel))


@examples(100)
@given(schemas.drawn())
def test_columns_of_one_name_are_alike_in_all_configs(drawn: Drawn) -> None:
    """They have one type and one order: fixed ones, layers, and within a layer's configs all; the last are the same.

    In rows of candidates, a list of references is one of them.
    """
    schema = drawn.schema
    plural = tuple(
        each.name
        for layer in schema.layers.values()
        for each in layer.of_kind(AttributeKind.REFERENCES)
        if layer.candidates and each.name in layer.candidates.pair
    )
    columns = {config: dict(features.config_features(schema, config)) for config in features.configs(schema)}
    for left, right in combinations(columns, 2):
        shared = own_columns(schema, left) & own_columns(schema, right)
        if features.configs(schema)[left] == features.configs(schema)[right]:
            shared = {name for name in columns[left] if name in columns[right] and not name.startswith(plural)}
        assert [name for name in columns[left] if name in shared] == [name for name in columns[right] if name in shared]
        assert [name for name in shared if not are_alike(columns[left][name], columns[right][name])] == []
    for config, found in columns.items():
        kinds = "annotator_kinds" if config == features.ARTICLES else "annotator_kind"
        folds = ["a_fold", "b_fold"] if "a_fold" in found else ["fold"]
        first = ["annotation", "status"] if config in WHOLE else ["label", "annotation_status"]
        end = [name for name in (*first, kinds, *folds) if name in found]
        assert ([*found][-len(end) :], "annotation_status" in end) == (end, config not in WHOLE)


def spans_of(layer: Layer, label: Any) -> list[Any]:
    """Return a label and its parts."""
    return [*([label] if layer.is_span else []), *(label[part.name] for part in layer.parts if label[part.name])]


@examples(150)
@given(schemas.drawn())
def test_spans_stand_in_the_text_of_their_row(drawn: Drawn) -> None:
    """In every config, the text between the offsets of a label, part, token or side is its text."""
    rows = rows_of(drawn, Counter())
    [article] = rows["articles"]
    for layer in drawn.schema.layers.values():
        for row in (article, *rows["annotations"]):
            labels = row[layer.name] if layer.is_span else [row[layer.name]] if row[layer.name] else []
            assert (row[layer.name] is None) == (layer.name not in drawn.document)
            for span in (span for label in labels or () for span in spans_of(layer, label)):
                assert row["text"][span["start"] : span["end"]] == span["text"]
        for row in rows.get(layer.config or "", ()):
            assert article["text"][row["start"] : row["end"]] == row["text"]
            listed = {RowKind.TOKENS: "spans", RowKind.SENTENCES: layer.name}.get(layer.rows or RowKind.LABELS)
            for label in row[listed] if listed else ():
                assert row["text"][label["start"] : label["end"]] == label["text"]
                assert_places(layer, drawn, row, label, "{}_{}s")
            if not listed:
                assert_places(layer, drawn, row, row, "{}_{}")
            for part in layer.parts if not listed else ():
                if place := row[part.name]:
                    start = row["start"]
                    assert article["text"][start + place["start"] : start + place["end"]] == place["text"]
        if layer.candidates:
            for row in rows.get(layer.candidates.config, ()):
                for side in layer.candidates.pair:
                    assert row["text"][row[f"{side}_start"] : row[f"{side}_end"]] == row[side]


def assert_places(layer: Layer, drawn: Drawn, row: Any, values: Any, column: str) -> None:
    """Assert that what a row refers to stands where the row says, and that only what is outside has no place."""
    lists = column.endswith("s")
    for each in layer.references if layer.rows != RowKind.TOKENS else ():  # rows of tokens have no columns for them
        stem = each.name.removesuffix("s") if lists else each.name
        names = ["name", "start", "end"] if lists else ["start", "end"]
        found = [values[column.format(stem, name)] for name in names]
        texts, starts, ends = found if lists else [values[each.name], *found]
        if not isinstance(texts, list):
            texts, starts, ends = [texts], [starts], [ends]
        for text, start, end in zip(texts, starts, ends, strict=True):
            if start is not None:
                assert start >= 0 and row["text"][start:end] == text
            elif end is None and text is not None and text not in each.parties and text not in ALL_TITLES:
                assert is_outside(each, drawn, row, text)


def is_outside(attribute: Attribute, drawn: Drawn, row: Any, text: str) -> bool:
    """Say whether a label with this text, to which an attribute may refer, is not all in a row's text."""
    content = Content(drawn.article, drawn.zones, drawn.document, drawn.schema.content_kinds)
    places = [
        offsets.to_content(content.segments, label["start"], label["end"])
        for name in attribute.target_layers
        for label in document_labels(drawn.document, name)
        if label["text"] == text
    ]
    return any(place and not (row["start"] <= place[0] and place[1] <= row["end"]) for place in places)


@examples(150)
@given(schemas.drawn())
def test_every_label_is_in_a_row_or_counted(drawn: Drawn) -> None:
    """Rows of labels and of sentences have all labels, those of lines all but those that are counted."""
    losses: Counter[str] = Counter()
    rows = rows_of(drawn, losses)
    across = 0
    for layer in drawn.schema.layers.values():
        labels = {label.get("id", ""): label for label in document_labels(drawn.document, layer.name)}
        own = rows.get(layer.config or "", [])
        match layer.rows:
            case RowKind.TOKENS:
                found = Counter(span["id"] for row in own for span in row["spans"])
                assert set(found) <= set(labels) and set(found.values()) <= {1}
                across += len(labels) - len(found)
            case RowKind.SENTENCES:
                found = Counter(label["id"] for row in own for label in row[layer.name])
                assert found == Counter(labels.keys())
            case RowKind.LABELS:
                assert Counter(row["id"].partition(":")[2] for row in own) == Counter(labels.keys())
                for row in own:
                    assert_attributes(layer, row, labels[row["id"].partition(":")[2]])
            case RowKind.ARTICLES:
                assert len(own) == len(labels)
                for row, label in zip(own, labels.values(), strict=True):
                    assert_attributes(layer, row, label)
            case None:
                assert layer.config is None
    assert losses["mentions_across_lines"] == across


def assert_attributes(layer: Layer, row: Any, label: Any) -> None:
    """Assert that a row has every attribute of a label, its class as a number in the schema's order."""
    for attribute in layer.attributes:
        value = label.get(attribute.name)
        if attribute is layer.class_attribute:
            assert row["label"] == (None if value is None else attribute.label_names.index(value))
        elif attribute.is_reference:
            several = isinstance(row[attribute.name], list)
            assert len(row[attribute.name] if several else [value] if value else []) == len(
                value_list(attribute, label)
            )
        elif attribute not in layer.parts:
            assert row[attribute.name] == value


@examples(100)
@given(schemas.drawn())
def test_texts_of_any_row_are_restored(drawn: Drawn) -> None:
    """A row without the texts of its source is filled from the source alone."""
    rows = rows_of(drawn, Counter())
    [article] = rows["articles"]
    text = ProvidedText("texts", 1, article["id"], drawn.article["source_text"], None)
    bare = text_free.strip_text(drawn.schema, ALL_TITLES, "articles", article)
    filled = {article["id"]: text_filler.fill_article(drawn.schema, bare, text, {})}
    assert filled[article["id"]] == article
    for config, found in rows.items():
        stripped = [text_free.strip_text(drawn.schema, ALL_TITLES, config, row) for row in found]
        assert [text_filler.fill_row(drawn.schema, filled, config, row) for row in stripped] == found
