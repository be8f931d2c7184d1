"""Labels as Arrow arrays: each is moved by its own segment, whatever other documents are in the batch."""

import copy
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.build import features
from pactwire.build.span_columns import SpanColumns, text_positions
from pactwire.model.schema import AnnotationSchema
from pactwire.text import offsets
from pactwire.text.content import Content
from support.examples import examples
from support.news import SCHEMA as NEWS
from support.strategies import Annotated, annotated

MANY = st.lists(st.tuples(annotated(), st.booleans()), min_size=1, max_size=4)
"""Articles, each with whether its document is included."""

_DECLARED = copy.deepcopy(NEWS.declaration)
_DECLARED["$defs"]["claim"]["properties"]["cue"]["x-attribute"]["join"] = True
SCHEMA = AnnotationSchema(_DECLARED)
"""The schema of the news, but for cues that join the sentences between them and their claims."""


def contents_of(drawn: list[tuple[Annotated, bool]]) -> list[Content]:
    """The contents of drawn articles."""
    return [
        Content(each.article, each.zones, each.document if there else None, SCHEMA.content_kinds)
        for each, there in drawn
    ]


def span_columns(layer: str, contents: list[Content]) -> SpanColumns:
    """The labels of a layer."""
    return SpanColumns(
        SCHEMA.layers[layer], contents, features.arrow_schema(SCHEMA, "articles").field(layer).type.value_type
    )


def moved(content: Content, label: Any) -> Any:
    """A label with content offsets, computed one by one."""
    start, end = offsets.to_content(content.segments, label["start"], label["end"]) or (-1, -1)
    cue = {"cue": moved(content, label["cue"]) if label["cue"] else None} if "cue" in label else {}
    return {**label, "start": start, "end": end, **cue}


@given(MANY)
@examples(50)
def test_lists_have_the_labels_of_each_document(drawn: list[tuple[Annotated, bool]]) -> None:
    """Each document has its own labels, sorted, with content offsets; null if the layer is missing."""
    contents = contents_of(drawn)
    for layer in SCHEMA.layers:
        labels = span_columns(layer, contents)
        for number, (content, row) in enumerate(zip(contents, labels.document_lists().to_pylist(), strict=True)):
            own = content.layer(layer)
            if own is None:
                assert row is None
                continue
            expected = sorted(
                (moved(content, label) for label in own), key=lambda label: (label["start"], label["end"])
            )
            assert row == expected
            assert [span for _, *span in labels.of_document(number)] == [
                [each["start"], each["end"]] for each in expected
            ]
            for label in row:
                assert content.text[label["start"] : label["end"]] == label["text"]
                if label.get("cue"):
                    assert content.text[label["cue"]["start"] : label["cue"]["end"]] == label["cue"]["text"]


@given(MANY)
@examples(50)
def test_labels_within_lines_are_relative_to_the_line(drawn: list[tuple[Annotated, bool]]) -> None:
    """A line has the mentions that are entirely within it, with their extra columns, and no others."""
    contents = contents_of(drawn)
    labels = span_columns("entities", contents)
    lines = [(number, line) for number, content in enumerate(contents) for line in content.lines]
    bounds = (text_positions([number for number, _ in lines], [line[edge] for _, line in lines]) for edge in (0, 1))
    found = labels.lists_within(*bounds, place=pa.array(range(len(labels.labels)), pa.int32()))
    for (number, line), row in zip(lines, found.to_pylist(), strict=True):
        mentions = span_columns("entities", [contents[number]]).document_lists().to_pylist()[0] or []
        whole = [each for each in mentions if line.start <= each["start"] and each["end"] <= line.end]
        assert [labels.labels[each["place"]]["id"] for each in row] == [each["id"] for each in whole]
        for each in row:
            assert contents[number].text[line.start + each["start"] : line.start + each["end"]] == each["text"]


@given(annotated())
@examples(50)
def test_extents_include_cues(drawn: Annotated) -> None:
    """The extent of a claim and its cue goes from the first start to the last end."""
    content = Content(drawn.article, drawn.zones, drawn.document, SCHEMA.content_kinds)
    labels = span_columns("claims", [content])
    for (start, end), claim in zip(labels.extents(0), labels.document_lists().to_pylist()[0] or [], strict=True):
        parts = [part for part in (claim, claim["cue"]) if part]
        assert (start, end) == (min(part["start"] for part in parts), max(part["end"] for part in parts))


SOURCE = "Menu\nPutin said\nShare\nKim Jong\nUn met"
ARTICLE: Any = {"source_text": SOURCE}
ZONES: Any = [
    {"start": start, "end": end, "kind": kind, "language": "en"}
    for start, end, kind in ((0, 4, "menu"), (5, 15, "body"), (16, 21, "share"), (22, 37, "body"))
]


def span(text: str, **more: Any) -> Any:
    """A label for some words of SOURCE."""
    start = SOURCE.index(text)
    return {"id": text, "start": start, "end": start + len(text), "text": text, "by": [], **more}


def test_sorts_labels_and_moves_cues_by_their_own_segments() -> None:
    """The shorter label is first; one across a line end is in no line; cues move by their own segment."""
    cue = {key: value for key, value in span("said").items() if key in ("start", "end", "text")}
    document: Any = {
        "entities": [span("Kim Jong\nUn"), span("Kim"), span("Un")],
        "claims": [span("Un met", cue=cue), span("Putin", cue=None)],
    }
    content = Content(ARTICLE, ZONES, document, SCHEMA.content_kinds)
    assert content.text == "Putin said\n\nKim Jong\nUn met"
    entities, claims = span_columns("entities", [content]), span_columns("claims", [content])
    assert [(each["id"], start, end) for each, start, end in entities.of_document(0)] == [
        ("Kim", 12, 15), ("Kim Jong\nUn", 12, 23), ("Un", 21, 23),
    ]  # fmt: skip
    lines = (text_positions([0, 0, 0], [line[edge] for line in content.lines]) for edge in (0, 1))
    assert [[(each["id"], each["start"]) for each in row] for row in entities.lists_within(*lines).to_pylist()] == [
        [], [("Kim", 0)], [("Un", 0)],
    ]  # fmt: skip
    assert claims.extents(0) == [(0, 5), (6, 27)]
    [[row]] = claims.lists_within(text_positions([0], [6]), text_positions([0], [27])).to_pylist()
    assert (row["start"], row["end"], row["cue"]["start"], row["cue"]["end"]) == (15, 21, 0, 4)


@pytest.mark.parametrize("text", ["Menu", "Share\nKim", "said\nShare", "said\n", "\nKim"])
def test_rejects_labels_outside_the_content(text: str) -> None:
    """A label in furniture, or one that reaches into it by one character, is an error."""
    with pytest.raises(ValueError, match=r"^\d+:\d+ does not lie in the content text$"):
        span_columns("entities", [Content(ARTICLE, ZONES, {"entities": [span(text)]}, SCHEMA.content_kinds)])  # type: ignore[arg-type]


def test_labels_at_the_edges_of_a_line_are_within_it() -> None:
    """A label that starts before or ends after a line by one character is not in it."""
    entities = span_columns("entities", [Content(ARTICLE, ZONES, {"entities": [span("Kim")]}, SCHEMA.content_kinds)])  # type: ignore[arg-type]
    for start, end, held in ((12, 15, 1), (12, 14, 0), (13, 15, 0), (11, 16, 1)):
        [row] = entities.lists_within(text_positions([0], [start]), text_positions([0], [end])).to_pylist()
        assert len(row) == held
