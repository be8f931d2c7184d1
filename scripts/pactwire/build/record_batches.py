"""Rows of a config as Arrow record batches, and the articles whose rows are built together.

A row is a dict of plain values. Columns of labels are built for many articles at once, since most of what a dataset
holds is in them. The rows of each config are in a module of their own: `pactwire.build.articles_rows`,
`annotations_rows`, `token_rows`, `sentence_rows`, `label_rows`, `article_label_rows`, `candidate_rows` and
`cluster_pairs`.

Offsets are code points, half-open. In every row ``text[start:end]`` is the text of a span; ``start`` and ``end`` of
the row itself are offsets into the ``text`` of config ``articles``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import pyarrow as pa

from pactwire.build import features
from pactwire.build.article_context import ArticleContext
from pactwire.build.referents import Referents
from pactwire.build.span_columns import SpanColumns, TextPositions, text_positions
from pactwire.model.layers import Layer
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema
from pactwire.text.content import Content, ContentLine

Row = dict[str, Any]


class ArticleBatch:
    """Some articles, in order, with their content texts and the columns of their final documents' labels."""

    def __init__(self, schema: AnnotationSchema, contexts: Sequence[ArticleContext]) -> None:
        self.schema = schema
        self.contexts = contexts
        self.contents = [
            Content(context.article, context.zones, context.final, schema.content_kinds) for context in contexts
        ]
        self.spans = span_columns_by_layer(schema, self.contents)
        self._referents: dict[int, Referents] = {}

    def referents(self, number: int) -> Referents:
        """Return what references in the final document of an article mean; ``number`` is its place in the batch."""
        if number not in self._referents:
            self._referents[number] = Referents(self.schema, self.contexts[number], self.spans, number)
        return self._referents[number]

    def annotated(self, layer: str) -> Iterator[tuple[int, ArticleContext, Content, Document]]:
        """Yield (number in the batch, context, content, final document) of each article with this layer."""
        for number, (context, content) in enumerate(zip(self.contexts, self.contents, strict=True)):
            if context.final is not None and layer in context.final:
                yield number, context, content, context.final


def span_columns_by_layer(schema: AnnotationSchema, contents: Sequence[Content]) -> dict[str, SpanColumns]:
    """Return the labels of the contents' documents as columns, by the name of their layer of spans."""
    columns = features.arrow_schema(schema, features.ARTICLES)
    return {
        layer.name: SpanColumns(layer, contents, columns.field(layer.name).type.value_type)
        for layer in schema.span_layers
    }


def label_columns(
    schema: AnnotationSchema, contents: Sequence[Content], spans: Mapping[str, SpanColumns]
) -> dict[str, pa.Array]:
    """Return a column for each layer with the labels of each document, null where the layer was not annotated."""
    columns = features.arrow_schema(schema, features.ARTICLES)
    lists = {layer.name: spans[layer.name].document_lists() for layer in schema.span_layers}
    singles = {
        layer.name: pa.array([article_label(content, layer) for content in contents], columns.field(layer.name).type)
        for layer in schema.article_layers
    }
    return lists | singles


def article_label(content: Content, layer: Layer) -> Any:
    """Return the label of a layer of whole articles, its parts in offsets of the content text; None without one."""
    label: Any = content.document and content.document.get(layer.name)
    if not label:
        return None
    parts = {part.name: content.map_span(label[part.name]) for part in layer.parts if label.get(part.name)}
    return {**label, **parts}


def rows_to_batch(
    schema: AnnotationSchema, config: str, rows: Sequence[Row], columns: Mapping[str, pa.Array] | None = None
) -> pa.RecordBatch:
    """Return rows as a record batch with the config's Arrow schema.

    Args:
        schema: The dataset's schema.
        config: The name of the config.
        rows: Its rows; class labels are given by name.
        columns: Columns that are not in the rows, by name.
    """
    fields = features.arrow_schema(schema, config)
    class_labels = features.class_labels(schema, config)
    arrays = []
    for field in fields:
        if columns and field.name in columns:
            arrays.append(columns[field.name].cast(field.type))
            continue
        values: list[Any] = list(map(itemgetter(field.name), rows))
        if numbers := class_labels.get(field.name):
            values = [numbers[value] if value is not None else None for value in values]
        arrays.append(pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=fields)


def text_rows(
    context: ArticleContext, content: Content, spans: Iterable[ContentLine], provenance: Mapping[str, Any]
) -> Iterator[Row]:
    """Yield a row for each line or sentence of an article's content text, with the columns of ``provenance``."""
    article = context.article["id"]
    for number, (start, end, language) in enumerate(spans):
        yield {
            "id": f"{article}:{number}",
            "article_id": article,
            "language": language,
            "start": start,
            "end": end,
            "text": content.text[start:end],
            **provenance,
        }


def row_positions(numbers: Sequence[int], rows: Sequence[Row]) -> tuple[TextPositions, TextPositions]:
    """Return where rows start and end in the texts of a batch; ``numbers`` are those of the rows' articles."""
    starts, ends = (text_positions(numbers, [row[edge] for row in rows]) for edge in ("start", "end"))
    return starts, ends
