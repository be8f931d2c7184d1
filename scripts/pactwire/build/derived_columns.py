"""Columns that follow from the labels of another layer, and are never labeled."""

from bisect import bisect_right
from collections.abc import Sequence

from pactwire.build.record_batches import ArticleBatch, Row
from pactwire.model.labels import value_list
from pactwire.model.layers import Derived, Layer


def derived_columns(articles: ArticleBatch, layer: Layer, number: int, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of an article with the columns that are derived.

    Such a column is a list: what the attribute ``take`` holds, as text, of every label of the layer ``from`` that
    contains the row's span, in the order of the text and each once. Where none does, it is ``else``; where the layer
    was not annotated, null. The span of a row is its ``start`` and ``end``, or those of its evidence.

    Args:
        articles: The batch.
        layer: The layer of the rows.
        number: The number of the article in the batch.
        rows: Its rows, which are not changed.
    """
    if not layer.derived:
        return list(rows)
    result = [dict(row) for row in rows]
    for derived in layer.derived:
        values = _derived_values(articles, derived, number, [row_span(row) for row in rows])
        for row, value in zip(result, values, strict=True):
            row[derived.column] = value
    return result


def row_span(row: Row) -> tuple[int, int]:
    """Return the span of a row in the content text."""
    if "evidence_start" not in row:
        return row["start"], row["end"]
    return row["start"] + row["evidence_start"], row["start"] + row["evidence_end"]


def _derived_values(
    articles: ArticleBatch, derived: Derived, number: int, spans: Sequence[tuple[int, int]]
) -> list[list[str] | None]:
    context = articles.contexts[number]
    if context.final is None or derived.source not in context.final:
        return [None] * len(spans)
    attribute = articles.schema.layers[derived.source].attribute(derived.take)
    referents = articles.referents(number)
    labels = [
        (
            start,
            end,
            [referents.text(each) if attribute.is_reference else str(each) for each in value_list(attribute, label)],
        )
        for label, start, end in articles.spans[derived.source].of_document(number)
    ]
    starts = [start for start, _, _ in labels]
    otherwise = [derived.otherwise] if derived.otherwise is not None else []
    values: list[list[str] | None] = []
    for start, end in spans:
        held = [
            text for _, label_end, texts in labels[: bisect_right(starts, start)] if label_end >= end for text in texts
        ]
        values.append(list(dict.fromkeys(held)) or list(otherwise))
    return values
