"""Rows of a config as Arrow record batches, and the articles whose rows are built together.

A row is a dict of plain values. Columns of labels are built for many articles at once, since most of what a dataset
holds is in them. The rows of each config are in a module of their own: `pactwire.build.articles_rows`,
`entities_rows`, `claims_rows`, `stance_rows`, `claim_pairs` and `annotations_rows`.

Offsets are code points, half-open. In every row ``text[start:end]`` is the text of a span; ``start`` and ``end`` of
the row itself are offsets into the ``text`` of config ``articles``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import pyarrow as pa

from pactwire.build import features
from pactwire.build.article_context import ArticleContext
from pactwire.build.span_columns import SpanColumns, TextPositions, text_positions
from pactwire.model.records import SPAN_LAYERS, Document, Layer
from pactwire.text.content import Content, ContentLine

Row = dict[str, Any]


class ArticleBatch:
    """Some articles, in order, with their content texts and the columns of their final documents' labels."""

    def __init__(self, contexts: Sequence[ArticleContext]) -> None:
        self.contexts = contexts
        self.contents = [Content(context.article, context.zones, context.final) for context in contexts]
        self.spans = span_columns_by_layer(self.contents)

    def annotated(self, layer: Layer) -> Iterator[tuple[int, ArticleContext, Content, Document]]:
        """Yield (number in the batch, context, content, final document) of each article with this layer."""
        for number, (context, content) in enumerate(zip(self.contexts, self.contents, strict=True)):
            if context.final is not None and layer in context.final:
                yield number, context, content, context.final


def span_columns_by_layer(contents: Sequence[Content]) -> dict[Layer, SpanColumns]:
    """Return the labels of the contents' documents as columns, by layer."""
    schema = features.arrow_schema("articles")
    return {layer: SpanColumns(layer, contents, schema.field(layer).type.value_type) for layer in SPAN_LAYERS}


def rows_to_batch(config: str, rows: Sequence[Row], columns: Mapping[str, pa.Array] | None = None) -> pa.RecordBatch:
    """Return rows as a record batch with the config's Arrow schema.

    Args:
        config: The name of the config.
        rows: Its rows; class labels are given by name.
        columns: Columns that are not in the rows, by name.
    """
    schema = features.arrow_schema(config)
    class_labels = features.class_labels(config)
    arrays = []
    for field in schema:
        if columns and field.name in columns:
            arrays.append(columns[field.name].cast(field.type))
            continue
        values: list[Any] = list(map(itemgetter(field.name), rows))
        if numbers := class_labels.get(field.name):
            values = [numbers[value] for value in values]
        arrays.append(pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


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
