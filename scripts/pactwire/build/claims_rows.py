"""Rows of config ``claims``: a sentence of an article's content, with its claims and the highest check-worthiness.

Sentences that one claim or its cue runs over are joined into one row, so that no span is cut.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pactwire.build.provenance import layer_provenance
from pactwire.build.record_batches import ArticleBatch, Row, row_positions, rows_to_batch, text_rows
from pactwire.model import schema
from pactwire.text.content import Content, ContentLine
from pactwire.text.sentences import sentence_spans


def claims_batch(articles: ArticleBatch) -> pa.RecordBatch:
    """Return a row for each sentence of the articles whose claims were annotated."""
    claims = articles.spans["claims"]
    rows: list[Row] = []
    numbers: list[int] = []
    names: list[list[str]] = []
    for number, context, content, final in articles.annotated("claims"):
        sentences = joined_sentences(content, claims.extents_with_cues(number))
        rows += text_rows(context, content, sentences, layer_provenance(final, "claims"))
        numbers += [number] * (len(rows) - len(numbers))
        names += _claimant_names(content, claims.of_document(number))
    spans = claims.lists_within(*row_positions(numbers, rows), claimant_names=pa.array(names, pa.list_(pa.string())))
    return rows_to_batch("claims", rows, {"claims": spans, "label": _highest_checkworthy(spans)})


def joined_sentences(content: Content, unbroken: Iterable[tuple[int, int]]) -> Iterator[ContentLine]:
    """Yield the sentences of the content text, joined where one of the ``unbroken`` spans runs over their border."""
    spans = sorted(unbroken)
    starts = [start for start, _ in spans]
    furthest_ends = list(accumulate((end for _, end in spans), max, initial=0))
    joined: list[tuple[int, int]] = []
    for line_start, line_end, language in content.lines:
        for left, right in sentence_spans(content.text[line_start:line_end], language):
            start, end = line_start + left, line_start + right
            if joined and furthest_ends[bisect_left(starts, joined[-1][1])] > start:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
    return (ContentLine(start, end, content.language(start, end)) for start, end in joined)


def _claimant_names(content: Content, claims: Iterable[tuple[Any, int, int]]) -> list[list[str]]:
    """Return the names of the claimants of each claim: the text of a mention, else AUTHOR or UNNAMED."""
    mentions = content.mentions
    return [
        [mentions[party]["text"] if party in mentions else party for party in claim["claimants"]]
        for claim, _, _ in claims
    ]


def _highest_checkworthy(claims: pa.ListArray) -> pa.Array:
    """Return the highest check-worthiness in each list of claims, as the label's number; 0, the lowest, for none."""
    ranks = pc.index_in(claims.values.field("checkworthy"), pa.array(schema.label_names("checkworthy")))
    highest = np.zeros(len(claims), np.int64)
    np.maximum.at(highest, np.repeat(np.arange(len(claims)), np.asarray(claims.value_lengths())), np.asarray(ranks))
    return pa.array(highest)
