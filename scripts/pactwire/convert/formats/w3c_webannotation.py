"""W3C Web Annotation (https://www.w3.org/TR/annotation-model/) as JSON-LD: complete documents, written and read.

Each document is an ``AnnotationPage``, each zone and each label of a span an item. A target names the text by its
SHA-256 and selects by position (half-open code points, as in the model) and by quotation with the text around it.
Bodies use the model's own vocabulary: the first choice of the layer as a tag, a Wikidata id as an identifying resource,
the text that says what a label means as a description. Everything else is under ``pactwire:label`` and
``pactwire:document`` as JSON literals; the latter holds the labels of whole articles. ``pactwire:article`` has what is
known of the article, ``pactwire:tables`` the links and topics that the labels name, and items of the layer ``article``
are the zones that came with the article.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pactwire.corpus.tables import LinkRow
from pactwire.model.issues import Issue
from pactwire.model.labels import document_labels
from pactwire.model.layers import AttributeKind
from pactwire.model.records import AnnotatorKind, Document, Topic, Zone
from pactwire.model.schema import AnnotationSchema

JSON_LD_CONTEXT: Final = [
    "http://www.w3.org/ns/anno.jsonld",
    {
        "pactwire": "urn:pactwire:annotation:1#",
        "pactwire:label": {"@type": "@json"},
        "pactwire:document": {"@type": "@json"},
        "pactwire:article": {"@type": "@json"},
        "pactwire:tables": {"@type": "@json"},
    },
]
QUOTE_CONTEXT: Final = 32
"""How many code points of text a quotation has as prefix and suffix."""

WIKIDATA_ID: Final = re.compile("Q[1-9][0-9]*")
WIKIDATA_PREFIX: Final = "http://www.wikidata.org/entity/"
ARTICLE_LAYER: Final = "article"
"""The layer of items that are zones of the article, not of the document."""
ARTICLE_FIELDS: Final = ("source_id", "section", "published", "url", "license", "outlet", "metadata", "zones_by")
"""Fields of an article besides its text and its zones."""
ZONE_LAYERS: Final = ("zones", ARTICLE_LAYER)
PAGE_KEYS: Final = frozenset(
    ("@context", "id", "type", "pactwire:document", "pactwire:article", "pactwire:tables", "items")
)  # fmt: skip


@dataclass
class PageContext:
    """What a document depends on: fields of its article, the article's own zones, links and topics."""

    article: dict[str, Any] = field(default_factory=dict)
    zones: list[Zone] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)


@dataclass
class AnnotationPage:
    """The content of a page: a document, its annotator's folder, and its context.

    ``document`` is None if the page is not one of ours. A repair is a label's id and what was corrected.
    """

    document: Document | None = None
    folder: str = ""
    context: PageContext = field(default_factory=PageContext)
    repairs: list[tuple[str, str]] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def item_layers(schema: AnnotationSchema) -> list[str]:
    """Return the layers of a document whose labels are items."""
    return list(schema.span_layer_names)


def build_page(
    document: Document, text: str, annotator: str, context: PageContext, schema: AnnotationSchema
) -> dict[str, Any]:
    """Return the AnnotationPage of a document over its source text, with labels in the document's order."""
    name = f"urn:pactwire:{document['article']}:{annotator}"
    layers = [layer for layer in item_layers(schema) if layer in document]
    header = {key: value for key, value in document.items() if key not in layers}
    placed = [(layer, label) for layer in layers for label in document_labels(document, layer)]
    placed += [(ARTICLE_LAYER, zone) for zone in context.zones]
    return {
        "@context": JSON_LD_CONTEXT,
        "id": name,
        "type": "AnnotationPage",
        "pactwire:document": {**header, "layers": layers, "of": annotator},
        "pactwire:article": {key: context.article[key] for key in ARTICLE_FIELDS if key in context.article},
        "pactwire:tables": {"links": [list(link) for link in context.links], "topics": context.topics},
        "items": [_build_item(name, layer, label, text, document, schema) for layer, label in placed],
    }


def _build_item(
    name: str, layer: str, label: Mapping[str, Any], text: str, document: Document, schema: AnnotationSchema
) -> dict[str, Any]:
    places = ("start", "end", "text")
    return {
        **model_fields(name, layer, label, document, schema),
        "target": {
            "source": f"urn:sha256:{document['text_sha256']}",
            "selector": _selectors(text, label["start"], label["end"]),
        },
        "pactwire:label": {"layer": layer, **{key: value for key, value in label.items() if key not in places}},
    }


def model_fields(
    name: str, layer: str, label: Mapping[str, Any], document: Document, schema: AnnotationSchema
) -> dict[str, Any]:
    """Return the fields of an item that belong to the W3C model."""
    return {
        "id": f"{name}:{layer}:{label['id']}" if layer == ARTICLE_LAYER else f"{name}:{label['id']}",
        "type": "Annotation",
        "created": document["created"],
        "modified": document["updated"],
        "creator": [{"id": f"urn:pactwire:annotator:{by}", "type": _agent_type(by, document)} for by in label["by"]],
        "body": list(_bodies(layer, label, schema)),
    }


def _agent_type(by: str, document: Document) -> str:
    kinds = {annotator["id"]: annotator["kind"] for annotator in document["annotators"]}
    return "Person" if kinds.get(by) == AnnotatorKind.HUMAN else "Software"


def _bodies(layer: str, label: Mapping[str, Any], schema: AnnotationSchema) -> Iterator[dict[str, Any]]:
    if layer in ZONE_LAYERS:
        yield {"type": "TextualBody", "purpose": "tagging", "value": label["kind"]}
        return
    declared = schema.layers[layer]
    for choice in declared.of_kind(AttributeKind.CHOICE)[:1]:
        if tag := label.get(choice.name):
            yield {"type": "TextualBody", "purpose": "tagging", "value": tag}
    for attribute in declared.links[:1]:
        if (link := label.get(attribute.name)) and WIKIDATA_ID.fullmatch(link):
            yield {"type": "SpecificResource", "purpose": "identifying", "source": WIKIDATA_PREFIX + link}
    for attribute in declared.of_kind(AttributeKind.TEXT):
        if attribute.name in declared.meaning and (words := label.get(attribute.name)):
            yield {"type": "TextualBody", "purpose": "describing", "value": words}


def _selectors(text: str, start: int, end: int) -> list[dict[str, Any]]:
    return [
        {"type": "TextPositionSelector", "start": start, "end": end},
        {
            "type": "TextQuoteSelector",
            "exact": text[start:end],
            "prefix": text[max(0, start - QUOTE_CONTEXT) : start],
            "suffix": text[end : end + QUOTE_CONTEXT],
        },
    ]
