"""A document to W3C Web Annotation (https://www.w3.org/TR/annotation-model/) as JSON-LD, and back, whole.

One ``AnnotationPage`` for each document, an item for each label. A target names the text by its SHA-256 and
selects by position (code points, half-open, as the model has it) and by quotation with the words around it.
Bodies say what any reader of the model understands: the type as a tag, the link as an identifying resource.
What the model has no words for stands under ``pactwire:label`` and ``pactwire:document``, as JSON literals. What a
document needs around it stands beside them: ``pactwire:article`` what is known of the article, ``pactwire:tables``
the links and topics that the labels name, and items of the layer ``article`` the zones that came with the article.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from pactwire.convert import span_resolution
from pactwire.convert.span_resolution import RawSpan, ResolvedSpan
from pactwire.corpus import tables
from pactwire.corpus.corpus import FINAL
from pactwire.corpus.tables import LinkRow
from pactwire.model import escapes, schema
from pactwire.model.dates import date_flaw
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.model.records import LAYERS, AnnotatorKind, Document, Topic, Zone, labels_of
from pactwire.storage import files

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
"""How many code points of the text a quotation has before and after it."""

WIKIDATA_PREFIX: Final = "http://www.wikidata.org/entity/"
_ARTICLE_LAYER: Final = "article"
"""The layer of items that are zones of the article, and not of the document."""
_ARTICLE_FIELDS: Final = ("source_id", "section", "published", "url", "license", "zones_by")
"""What is known of an article besides its text and its zones."""
_TAG_FIELDS: Final = {
    _ARTICLE_LAYER: "kind",
    "zones": "kind",
    "entities": "type",
    "claims": "type",
    "stances": "polarity",
}
"""Layer to the field whose label is its annotations' tag."""
_PAGE_KEYS: Final = frozenset(
    ("@context", "id", "type", "pactwire:document", "pactwire:article", "pactwire:tables", "items")
)  # fmt: skip


@dataclass
class PageContext:
    """What a document needs around it: what is known of its article, zones that came with it, links and topics."""

    article: dict[str, Any] = field(default_factory=dict)
    zones: list[Zone] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)


@dataclass
class AnnotationPage:
    """What a page holds: a document, its annotator's folder, and what is around it; ``document`` is None where a page
    is not one of ours. A repair is a label's id and what was done."""

    document: Document | None = None
    folder: str = ""
    context: PageContext = field(default_factory=PageContext)
    repairs: list[tuple[str, str]] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def build_page(document: Document, text: str, annotator: str, around: PageContext) -> dict[str, Any]:
    """Return the AnnotationPage of a document over its source text, labels in the document's order."""
    name = f"urn:pactwire:{document['article']}:{annotator}"
    header = {key: value for key, value in document.items() if key not in LAYERS}
    items = [
        _build_item(name, layer, label, text, document) for layer in LAYERS for label in labels_of(document, layer)
    ]
    return {
        "@context": JSON_LD_CONTEXT,
        "id": name,
        "type": "AnnotationPage",
        "pactwire:document": {**header, "layers": [layer for layer in LAYERS if layer in document], "of": annotator},
        "pactwire:article": {key: around.article[key] for key in _ARTICLE_FIELDS if key in around.article},
        "pactwire:tables": {"links": [list(link) for link in around.links], "topics": around.topics},
        "items": [*items, *(_build_item(name, _ARTICLE_LAYER, zone, text, document) for zone in around.zones)],
    }


def _build_item(name: str, layer: str, label: Mapping[str, Any], text: str, document: Document) -> dict[str, Any]:
    places = ("start", "end", "text")
    return {
        **_model_fields(name, layer, label, document),
        "target": {
            "source": f"urn:sha256:{document['text_sha256']}",
            "selector": _selectors(text, label["start"], label["end"]),
        },
        "pactwire:label": {"layer": layer, **{key: value for key, value in label.items() if key not in places}},
    }


def _model_fields(name: str, layer: str, label: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """Return what an item says of its label in the words of the model."""
    return {
        "id": f"{name}:{layer}:{label['id']}" if layer == _ARTICLE_LAYER else f"{name}:{label['id']}",
        "type": "Annotation",
        "created": document["created"],
        "modified": document["updated"],
        "creator": [{"id": f"urn:pactwire:annotator:{by}", "type": _agent_type(by, document)} for by in label["by"]],
        "body": list(_bodies(layer, label)),
    }


def _agent_type(by: str, document: Document) -> str:
    kinds = {annotator["id"]: annotator["kind"] for annotator in document["annotators"]}
    return "Person" if kinds.get(by) == AnnotatorKind.HUMAN else "Software"


def _bodies(layer: str, label: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "TextualBody", "purpose": "tagging", "value": label[_TAG_FIELDS[layer]]}
    if (link := label.get("link")) and link.startswith("Q"):
        yield {"type": "SpecificResource", "purpose": "identifying", "source": WIKIDATA_PREFIX + link}
    if normalized := label.get("normalized"):
        yield {"type": "TextualBody", "purpose": "describing", "value": normalized, "language": "en"}


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


# --- reading


def read_page(page: Any, raw: str, file: str) -> AnnotationPage:
    """Return what a page of ours holds over its text, with repairs and issues.

    ``raw`` is the text as decoded. Positions are proven by the quotations; where they differ, a label is moved to
    the one place that its quotation and the words around it allow, or refused. There is no document where the page
    is not one of ours, or says in the words of the model something else than in ours.
    """
    text = files.normalize_newlines(raw)
    header = page.get("pactwire:document") if isinstance(page, dict) else None
    items = page.get("items") if isinstance(page, dict) else None
    if not isinstance(header, dict) or not isinstance(items, list) or not all(map(_is_own_item, items)):
        message = "it is no AnnotationPage with the pactwire:document and pactwire:label of each label"
        return AnnotationPage(issues=[Issue(file, 1, "convert-page", message)])
    layers: dict[str, Any] = {layer: [] for layer in LAYERS if layer in _list_or_empty(header.get("layers"))}
    claims = [_raw_span(item) for item in items]
    found, taken = AnnotationPage(), list[tuple[Any, dict[str, Any]]]()
    for item, claim, anchor in zip(items, claims, span_resolution.resolve_spans(raw, claims), strict=True):
        label = dict(item["pactwire:label"])
        layer, name = label.pop("layer"), str(label.get("id"))
        if not isinstance(anchor, ResolvedSpan):
            found.issues.append(Issue(file, 1, *anchor, name))
            continue
        if anchor.repair:
            found.repairs.append((name, anchor.repair))
        taken.append((item, _placed_label(label, layer, anchor, claim, text)))
        layers.setdefault(layer, []).append(taken[-1][1])
    found.context.zones = layers.pop(_ARTICLE_LAYER, [])
    about = {key: value for key, value in header.items() if key not in ("layers", "of")}
    document = cast("Document", {**about, **{layer: layers[layer] for layer in LAYERS if layer in layers}})
    folder = header.get("of")
    flaws = [*_document_flaws(document, folder, found.context.zones), *_read_context(page, found.context)]
    if flaws := flaws or list(_contradictions(page, document, str(folder), taken)):
        found.issues += [Issue(file, 1, code, message, where) for code, message, where in flaws]
        return found
    if document["text_sha256"] != files.sha256(text):
        document["text_sha256"] = files.sha256(text)
        found.repairs.append(("", "made for another text; every label's words stand in this one"))
    found.document, found.folder = document, str(folder)
    return found


def _document_flaws(document: Any, folder: Any, zones: list[Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the code, the message and the place of what is wrong with a page's document and the article's zones."""
    for code, path, message in schema.explain(document, "annotation"):
        yield code, message, ".".join(map(str, path))
    for zone in zones:
        for code, _, message in schema.explain(zone, "annotation", "zone"):
            yield code, message, str(zone["id"])
    annotators = _list_or_empty(document.get("annotators"))
    if folder not in (FINAL, *(each.get("id") for each in annotators if isinstance(each, dict))):
        yield "convert-page", f"{folder!r} is not among its annotators", ""


def _read_context(page: Any, around: PageContext) -> Iterator[tuple[str, str, str]]:
    """Read what a page says of the article, of links and of topics; yield what is wrong with it."""
    article, rows = page.get("pactwire:article", {}), page.get("pactwire:tables", {})
    bulk = {"text": "-", "license": "-", **article} if isinstance(article, dict) else article
    if (
        not schema.is_valid(bulk, "article", "article")
        or not set(article) <= set(_ARTICLE_FIELDS)
        or _has_wrong_date(article)
    ):
        yield "convert-page", "its pactwire:article is not what we write there", ""
    else:
        around.article = article
    links = _list_or_empty(rows.get("links", [])) if isinstance(rows, dict) else [rows]
    topics = rows.get("topics", []) if isinstance(rows, dict) else []
    if not schema.is_valid({"topics": topics}, "annotation", "topics") or not all(map(_is_link_row, links)):
        yield "convert-page", "its pactwire:tables are not what we write there", ""
    else:
        around.links, around.topics = [LinkRow(*row) for row in links], topics


def _has_wrong_date(article: Mapping[str, Any]) -> bool:
    return bool(article.get("published") and date_flaw(article["published"]))


def _is_link_row(row: Any) -> bool:
    strings = isinstance(row, list) and len(row) == len(LinkRow._fields) and all(isinstance(each, str) for each in row)
    return (
        strings
        and not tables.link_flaw(LinkRow(*row))
        and not any(escapes.control_character_messages(each, one_line=True) for each in row)
    )


def _contradictions(
    page: Any, document: Document, folder: str, taken: list[tuple[Any, dict[str, Any]]]
) -> Iterator[tuple[str, str, str]]:
    """Yield where a page says something that we do not write, or in the words of the model something else than in ours.

    So it is where another program edited the tag or the creator of an annotation, or cut the page in two.
    """
    if others := sorted(set(page) - _PAGE_KEYS):
        yield "convert-page", f"it has keys that we do not write: {', '.join(map(quote, others))}", ""
    name = f"urn:pactwire:{document['article']}:{folder}"
    for item, label in taken:
        said = {key: value for key, value in item.items() if key not in ("target", "pactwire:label")}
        ours = _model_fields(name, item["pactwire:label"]["layer"], label, document)
        if others := [key for key in sorted({*said, *ours}) if said.get(key) != ours.get(key)]:
            yield (
                "convert-page",
                f"its {', '.join(map(quote, others))} say otherwise than its pactwire:label",
                str(label["id"]),
            )


def _list_or_empty(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_own_item(item: Any) -> bool:
    label = item.get("pactwire:label") if isinstance(item, dict) else None
    if not isinstance(label, dict) or not isinstance(layer := label.get("layer"), str):
        return False
    return layer in _TAG_FIELDS and _selector_values(item) is not None


def _selector_values(item: Any) -> dict[str, Any] | None:
    """Return the position and the quotation of an item's target in one dict; None where either is missing."""
    target = item.get("target")
    selectors = target.get("selector") if isinstance(target, dict) else None
    found: dict[str, Any] = {}
    for selector in _list_or_empty(selectors):
        if isinstance(selector, dict):
            found |= selector
    numbers = all(isinstance(found.get(key), int) for key in ("start", "end"))
    words = all(isinstance(found.get(key, ""), str) for key in ("exact", "prefix", "suffix"))
    return found if numbers and words and "exact" in found else None


def _raw_span(item: Any) -> RawSpan:
    found = _selector_values(item) or {}
    return RawSpan(
        item["pactwire:label"]["layer"] + str(item["pactwire:label"].get("id")),
        ((found["start"], found["end"]),), found["exact"], found.get("prefix", ""), found.get("suffix", ""),
    )  # fmt: skip


def _placed_label(label: dict[str, Any], layer: str, anchor: ResolvedSpan, claim: RawSpan, text: str) -> dict[str, Any]:
    """Return a label with its place after its id, as the schema orders them; a cue moves as far as its claim."""
    by = anchor.start - claim.fragments[0][0]
    words = {} if layer in ("zones", _ARTICLE_LAYER) else {"text": text[anchor.start : anchor.end]}
    cue = label.get("cue")
    if by and isinstance(cue, dict) and all(isinstance(cue.get(key), int) for key in ("start", "end")):
        label["cue"] = {**cue, "start": cue["start"] + by, "end": cue["end"] + by}
    return {"id": label.pop("id", None), "start": anchor.start, "end": anchor.end, **words, **label}
