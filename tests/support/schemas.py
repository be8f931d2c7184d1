"""Hypothesis strategies: schemas of any layers, and documents that are valid under a drawn schema.

Use `declarations` for schemas alone, and `drawn` for a schema with an article and a document of it that passes every
check; its documents use LINKS and TOPICS of `support.strategies`, which `integrity.check_document` needs.
"""

import copy
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from hypothesis import assume
from hypothesis import strategies as st

from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import strict_json
from pactwire.model.labels import document_labels, value_list
from pactwire.model.layers import TOPICS as TOPIC_TABLE
from pactwire.model.layers import Attribute, AttributeKind, Layer
from pactwire.model.records import Article, Document, Zone
from pactwire.model.schema import AnnotationSchema, annotation_schema
from pactwire.model.schema_composition import resolve
from pactwire.text import offsets, zones
from support.schema_drawing import AMBIGUOUS_PATTERNS, declarations
from support.strategies import ANNOTATORS, BY, LANGUAGES, LINKS, RARELY, TEXTS, TOPICS, Spans, article, time

__all__ = ["AMBIGUOUS_PATTERNS", "Drawn", "assume_content", "declarations", "drawn", "vary_values", "write_drawn"]

_TEXT_VALUES: Final = ("abc", "a1", "A 7 б", "x\u0663", "abc\n", "a\u00a0b", "")
_NUMBERS: Final = (0, 1, 2, 4, 6, 7, -3, 2.5)


class Drawn(NamedTuple):
    """A schema, an article, its zones, and a document of it that passes every check."""

    schema: AnnotationSchema
    article: Article
    zones: list[Zone]
    document: Document


@st.composite
def drawn(draw: st.DrawFn, schemas: st.SearchStrategy[Any] | None = None) -> Drawn:
    """Draw a schema (from ``schemas``, if given), an article, its zones, and a document that passes every check.

    The document has any of the layers, nearly always with labels; spans nest and cross, and parts are shared.
    """
    schema = annotation_schema(strict_json.compact(draw(declarations() if schemas is None else schemas)))
    text = draw(TEXTS) + ("" if draw(RARELY) else draw(st.sampled_from("x\U0001d538й"))) + draw(TEXTS)
    about = article(text)
    own_zones = _zones(draw, schema, text)
    spans = Spans(text, own_zones, schema.content_kinds)
    layers: dict[str, Any] = {"zones": own_zones} if draw(st.booleans()) else {}
    present = [layer for layer in schema.layers.values() if not draw(RARELY)]
    for layer in present:
        if layer.is_span:
            count = draw(st.integers(0, 3)) if spans.visible else 0
            names = [f"{layer.prefix}{number}" for number in range(1, count + 1)]
            layers[layer.name] = [{"id": each, **spans.draw(draw), "by": draw(BY)} for each in names]
        elif not layer.parts or spans.visible:
            layers[layer.name] = {"by": draw(BY)}
    ids = {name: [label["id"] for label in own] for name, own in layers.items() if isinstance(own, list)}
    values = _Values(draw, schema, spans, ids)
    for layer in present:
        if layer.name in layers:
            own = layers[layer.name]
            layers[layer.name] = (
                [values.label(layer, label) for label in own] if layer.is_span else values.label(layer, own)
            )
    statuses = [label.name for label in schema.envelope_labels("status")]
    document = {
        "schema_version": "1", "article": about["id"], "text_sha256": about["source_sha256"], "guidelines": "1.0",
        "annotators": [{"id": name, "kind": "human", "name": None, "version": None} for name in ANNOTATORS],
        "status": {layer: draw(st.sampled_from(statuses)) for layer in layers},
        "created": time(draw), "updated": time(draw), "derived_from": [], **layers,
    }  # fmt: skip
    return Drawn(schema, about, own_zones, cast("Document", document))


def _zones(draw: st.DrawFn, schema: AnnotationSchema, text: str) -> list[Zone]:
    """Draw zones of all kinds for a text, most of them content."""
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=4))})
    content = sorted(schema.content_kinds)
    kinds = [kind.name for kind in schema.zone_kinds]
    found: list[Zone] = []
    for start, end in pairwise(cuts):
        piece = text[start:end]
        if piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            kind = draw(st.sampled_from(kinds if draw(RARELY) else content))
            found.append(
                Zone(
                    id=f"z{len(found) + 1}",
                    start=first,
                    end=first + len(piece.strip()),
                    kind=cast("Any", kind),
                    language=draw(LANGUAGES),
                    origin=cast("Any", draw(st.sampled_from([each.name for each in schema.envelope_labels("origin")]))),
                    by=draw(BY),
                )
            )
    return found


class _Values:
    """Draws the values of the attributes of labels."""

    def __init__(self, draw: st.DrawFn, schema: AnnotationSchema, spans: Spans, ids: dict[str, list[str]]) -> None:
        self.draw, self.schema, self.ids = draw, schema, ids
        self.parts = [spans.draw(draw) for _ in range(2)] if spans.visible else []

    def label(self, layer: Layer, label: dict[str, Any]) -> dict[str, Any]:
        """Return a label with a value for each attribute that has one; some that may be missing are."""
        node = self.schema.composed["properties"][layer.name]
        required = resolve(self.schema.composed, node["items"] if layer.is_span else node)["required"]
        values: dict[str, Any] = {}
        for attribute in layer.attributes:
            possible = self._possible(layer, attribute)
            if attribute.is_nullable and (possible is None or self.draw(st.integers(0, 3)) == 3):
                values[attribute.name] = None
            elif attribute.name in required or (possible is not None and self.draw(st.booleans())):
                assert possible is not None
                values[attribute.name] = self.draw(possible)
        return {**{key: value for key, value in label.items() if key != "by"}, **values, "by": label["by"]}

    def _possible(self, layer: Layer, attribute: Attribute) -> st.SearchStrategy[Any] | None:
        """Return the values of an attribute other than null; None if there are none."""
        is_valid = self.schema.attribute_validator(layer.name, attribute.name).is_valid
        match attribute.kind:
            case AttributeKind.CHOICE | AttributeKind.CHOICES:
                values: Any = st.sampled_from([label.name for label in attribute.labels if not label.is_deprecated])
            case AttributeKind.REFERENCE | AttributeKind.REFERENCES:
                ids = [name for target in attribute.target_layers for name in self.ids.get(target, [])]
                found = [*ids, *attribute.parties, *(TOPICS if TOPIC_TABLE in attribute.to else ())]
                values = st.sampled_from(found) if found else None
            case AttributeKind.LINK:
                values = st.sampled_from([link for link in LINKS if re.search(attribute.only or "", link)])
            case AttributeKind.PART:
                values = st.sampled_from(self.parts) if self.parts else None
            case AttributeKind.TEXT:
                values = (st.sampled_from(_TEXT_VALUES) | st.text(max_size=12)).filter(is_valid)
            case AttributeKind.FLAG:
                values = st.booleans()
            case AttributeKind.NUMBER:
                values = st.sampled_from([value for value in _NUMBERS if is_valid(value)])
        if attribute.kind in (AttributeKind.CHOICES, AttributeKind.REFERENCES):
            lists = st.lists(values, max_size=3, unique=True) if values is not None else st.just([])
            return lists.filter(is_valid)
        return cast("st.SearchStrategy[Any] | None", values)


def assume_content(each: Drawn, document: Any) -> None:
    """Reject a document of a drawn article that has no zones, if those by rule take its labels for furniture."""
    if "zones" in document:
        return
    source = each.article["source_text"]
    _, segments = offsets.content_text(source, zones.detect_zones(source), each.schema.content_kinds)
    assume(offsets.are_in_content(segments, _spans(each.schema, document)))


def _spans(schema: AnnotationSchema, document: Any) -> Iterator[Any]:
    """Yield the spans of all labels and their parts."""
    for layer in schema.layers.values():
        for label in document_labels(document, layer.name):
            parts = (label.get(attribute.name) for attribute in layer.parts)
            yield from filter(None, [label if layer.is_span else None, *parts])


def vary_values(draw: Callable[[st.SearchStrategy[Any]], Any], schema: AnnotationSchema, document: Any) -> None:
    """Give some labels of a document the values of others, some choices another label, and remove some labels."""
    needed = {
        each
        for layer in schema.layers.values()
        for label in document_labels(document, layer.name)
        for attribute in layer.references
        for each in value_list(attribute, label)
    }
    for layer in schema.layers.values():
        labels = document_labels(document, layer.name)
        for label in [*labels]:
            if layer.is_span and label["id"] not in needed and draw(st.booleans()):
                labels.remove(label)
                continue
            other = draw(st.sampled_from(labels))
            for attribute in layer.attributes:
                if attribute.name in other and draw(st.booleans()):
                    label[attribute.name] = other[attribute.name]
                elif attribute.kind == AttributeKind.CHOICE and draw(st.booleans()):
                    names = [each.name for each in attribute.labels if not each.is_deprecated]
                    label[attribute.name] = draw(st.sampled_from(names))


def write_drawn(root: Path, each: Drawn, annotator: str) -> None:
    """Write a dataset of a drawn article, its schema, and its document as a model's."""
    about = each.article
    assume_content(each, each.document)
    document: Any = copy.deepcopy(each.document)
    for known in document["annotators"]:
        if known["id"] == annotator:
            known |= {"kind": "model", "name": "Test", "version": "1"}
    source = {
        "id": about["id"], "file": about["source_id"], "sha256": about["source_sha256"], "outlet": None,
        "date_line": None, "section": None, "published": None, "url": None, "license": "Made for a test.",
    }  # fmt: skip
    topics = [{"id": name, "title": name, "definition": "A topic."} for name in TOPICS]
    contents = {
        SCHEMA_FILE: strict_json.pretty(each.schema.declaration),
        f"dataset/raw/{about['source_id']}": about["source_text"],
        "dataset/sources.jsonl": strict_json.compact(source) + "\n",
        "annotations/GUIDELINES.md": "# Guidelines\n\nVersion 1.0\n",
        "annotations/links.tsv": "link\tname\ttype\tsource\n" + "".join(f"{link}\tN\t\ttest\n" for link in LINKS),
        "annotations/topics.json": strict_json.pretty({"topics": topics}),
        f"annotations/{annotator}/{about['id']}.json": strict_json.pretty(document),
    }
    for name, text in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
