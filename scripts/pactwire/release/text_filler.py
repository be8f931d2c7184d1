"""Rows of a release without texts to rows of the full release: each text is cut from the source by its offsets."""

from collections.abc import Iterable, Mapping
from typing import Any

from pactwire.build import features
from pactwire.build.derived_columns import row_span
from pactwire.build.record_batches import Row
from pactwire.corpus.article_fields import zone_title
from pactwire.model.labels import is_topic, value_list
from pactwire.model.layers import Attribute, AttributeKind, Derived, Layer, RowKind
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_names import listed_column
from pactwire.release.provided_texts import ProvidedText
from pactwire.text import offsets


def fill_article(schema: AnnotationSchema, row: Row, text: ProvidedText, about: Mapping[str, Any]) -> Row:
    """Return a row of config articles with its texts; ``about`` is the manifest of the release."""
    source = text.source_text
    content = offsets.text_of_segments(source, row["segments"])
    return {
        **row,
        "title": _value(about, "titles", row, text, text.title) or zone_title(source, row["zones"]),
        "section": _value(about, "sections", row, text, text.section),
        "text": content,
        "source_text": source,
        **_filled_layers(schema, row, content),
    }


def _value(about: Mapping[str, Any], kind: str, row: Row, text: ProvidedText, provided: str | None) -> str | None:
    """Return a value that the manifest has the span of, or that must be provided where it has none; or None."""
    span = about.get(kind, {}).get(row["id"], [0, 0])
    return (text.source_text[span[0] : span[1]] if span else provided) or None


def fill_row(schema: AnnotationSchema, articles: Mapping[str, Row], config: str, row: Row) -> Row:
    """Return a row of any config with its texts; ``articles`` are the filled rows of config articles, by id."""
    if config == features.ARTICLES:
        return articles[row["id"]]
    layer = features.configs(schema)[config]
    if layer and layer.clusters and config == layer.clusters.config:
        sides = {side: articles[row[f"{side}_article_id"]] for side in "ab"}
        return row | {
            f"{side}_text": _texts_by_id([layer], article)[row[f"{side}_id"].partition("/")[2]]
            for side, article in sides.items()
        }
    article = articles[row["article_id"]]
    if layer is None:
        text = offsets.text_of_segments(article["source_text"], row["segments"])
        return row | {"text": text} | _filled_layers(schema, row, text)
    filled = row | {"text": article["text"][row["start"] : row["end"]]}
    if config != layer.config:
        assert layer.candidates
        names = layer.candidates.pair
        return filled | {name: filled["text"][row[f"{name}_start"] : row[f"{name}_end"]] for name in names}
    filled |= _layer_row(schema, layer, filled, article)
    return filled | {each.column: _derived_values(schema, each, filled, article) for each in layer.derived}


def _layer_row(schema: AnnotationSchema, layer: Layer, row: Row, article: Row) -> Row:
    """Return the columns of a row of a layer's config that have texts."""
    text = row["text"]
    match layer.rows:
        case RowKind.TOKENS:
            tokens = [text[token["start"] : token["end"]] for token in row["token_offsets"]]
            return {"tokens": tokens, "spans": [_row_label(layer, label, row, article) for label in row["spans"]]}
        case RowKind.SENTENCES:
            labels = [_row_label(layer, label, row, article) for label in row[layer.name]]
            return {layer.name: [label | _names(schema, layer, label, article) for label in labels]}
        case RowKind.LABELS:
            label = next(label for label in article[layer.name] if label["id"] == row["id"].partition(":")[2])
        case _:
            label = article[layer.name]
    parts = _row_parts(layer, row, row["start"], article)
    texts = {each.name: _reference_texts(schema, each, label, article) for each in layer.references}
    public = {each.name: _with_public(each, row[each.name], texts[each.name]) for each in layer.references}
    return parts | public


def _with_public(attribute: Attribute, released: Any, texts: list[str | None]) -> Any:
    """Return the texts of a row's references; those of topics and parties are in the release."""
    if attribute.kind == AttributeKind.REFERENCES:
        return [text if text is not None else public for text, public in zip(texts, released, strict=True)]
    return next((text for text in texts if text is not None), released)


def _filled_layers(schema: AnnotationSchema, row: Row, text: str) -> Row:
    """Return the layers of a row with the texts of their spans; None stays None."""
    spans = {layer.name: _filled_labels(layer, row[layer.name], text) for layer in schema.span_layers}
    wholes = {
        layer.name: row[layer.name] and _with_parts(layer, row[layer.name], text) for layer in schema.article_layers
    }
    return spans | wholes


def _filled_labels(layer: Layer, labels: list[Any] | None, text: str) -> list[Any] | None:
    """Return labels with the texts of their spans and parts; None stays None."""
    return None if labels is None else [_with_parts(layer, _filled_span(label, text), text) for label in labels]


def _with_parts(layer: Layer, label: Any, text: str) -> Any:
    return label | {part.name: _filled_span(label[part.name], text) for part in layer.parts if label[part.name]}


def _filled_span(span: Any, text: str) -> Any:
    return {**span, "text": text[span["start"] : span["end"]]}


def _row_label(layer: Layer, label: Any, row: Row, article: Row) -> Any:
    """Return a label in a row of lines or sentences, with its text and those of its parts."""
    return _filled_span(label, row["text"]) | _row_parts(layer, label, row["start"], article)


def _row_parts(layer: Layer, label: Any, start: int, article: Row) -> Row:
    """Return the parts of a row's label; their offsets count from the row's start, and they may lie outside of it."""
    parts = {part.name: label[part.name] for part in layer.parts if label[part.name]}
    return {
        name: {**part, "text": article["text"][start + part["start"] : start + part["end"]]}
        for name, part in parts.items()
    }


def _names(schema: AnnotationSchema, layer: Layer, label: Any, article: Row) -> Row:
    """Return the texts of what a label refers to, by the names of their columns; the release has those of topics."""
    names: Row = {}
    for each in layer.references:
        column, own = listed_column(each.name, ""), value_list(each, label)
        texts = _reference_texts(schema, each, label, article)
        public = label[column] or [None] * len(own)
        names[column] = [
            next(name for name in found if name is not None) for found in zip(texts, public, own, strict=True)
        ]
    return names


def _reference_texts(schema: AnnotationSchema, attribute: Attribute, label: Any, article: Row) -> list[str | None]:
    """Return the text of each label that an attribute refers to, None for a topic or a party."""
    texts = _texts_by_id([schema.layers[name] for name in attribute.target_layers], article)
    return [None if is_topic(each) else texts.get(each) for each in value_list(attribute, label)]


def _texts_by_id(layers: Iterable[Layer], article: Row) -> dict[str, str]:
    return {label["id"]: label["text"] for layer in layers for label in article[layer.name] or ()}


def _derived_values(schema: AnnotationSchema, derived: Derived, row: Row, article: Row) -> Any:
    """Return what `pactwire.build.derived_columns` gives; topics and parties are in the release."""
    released = row[derived.column]
    if released is None or None not in released:
        return released
    attribute = schema.layers[derived.source].attribute(derived.take)
    start, end = row_span(row)
    found = [
        text
        for label in article[derived.source]
        if label["start"] <= start and end <= label["end"]
        for text in _reference_texts(schema, attribute, label, article)
        if text is not None and text not in released
    ]
    missing = iter(dict.fromkeys(found))
    return [next(missing, None) if value is None else value for value in released]
