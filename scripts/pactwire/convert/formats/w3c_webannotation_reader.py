"""Reader of W3C Web Annotation pages that we wrote (`pactwire.convert.formats.w3c_webannotation`)."""

from collections.abc import Iterator
from typing import Any, cast

from pactwire.convert import span_resolution
from pactwire.convert.formats.w3c_webannotation import (
    ARTICLE_FIELDS,
    ARTICLE_LAYER,
    PAGE_KEYS,
    ZONE_LAYERS,
    AnnotationPage,
    PageContext,
    model_fields,
)
from pactwire.convert.imported_document import RawSpan
from pactwire.convert.span_resolution import ResolvedSpan
from pactwire.corpus import tables
from pactwire.corpus.corpus import FINAL
from pactwire.corpus.tables import LinkRow
from pactwire.model import digests, escapes
from pactwire.model.dates import date_flaw
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.model.json_schemas import tool_validator
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files


def read_page(page: Any, raw: str, file: str, schema: AnnotationSchema) -> AnnotationPage:
    """Return the content of one of our pages, with repairs and issues.

    Quotations prove the positions. If they disagree, a label is moved to the one place that its quotation, prefix and
    suffix allow, or is refused. There is no document if the page is not one of ours, or if its W3C fields contradict
    our own.

    Args:
        page: The JSON value of the page.
        raw: The text as decoded.
        file: The page's name in issues.
        schema: That of the dataset that it is read for.
    """
    header = page.get("pactwire:document") if isinstance(page, dict) else None
    items = page.get("items") if isinstance(page, dict) else None
    if not isinstance(header, dict) or not isinstance(items, list) or not all(map(_is_own_item, items)):
        message = "it is not an AnnotationPage with the pactwire:document and pactwire:label of each label"
        return AnnotationPage(issues=[Issue(file, 1, "convert-page", message)])
    content, text = AnnotationPage(), files.normalize_newlines(raw)
    labels = _read_labels(items, raw, text, content, file, schema)
    document = _build_document(header, labels, content.context, schema)
    folder = header.get("of")
    flaws = list(_document_flaws(document, folder, content.context.zones, schema))
    flaws += _read_context(page, content.context, schema)
    if flaws := flaws or list(_contradictions(page, document, str(folder), labels, schema)):
        content.issues += [Issue(file, 1, code, message, record) for code, message, record in flaws]
        return content
    if document["text_sha256"] != digests.sha256(text):
        document["text_sha256"] = digests.sha256(text)
        content.repairs.append(("", "created for another text; the words of every label are in this one"))
    content.document, content.folder = document, str(folder)
    return content


_PlacedItem = tuple[dict[str, Any], str, dict[str, Any]]
"""An item of a page, the layer of its label, and the label at its place in the text."""


def _read_labels(
    items: list[Any], raw: str, text: str, content: AnnotationPage, file: str, schema: AnnotationSchema
) -> list[_PlacedItem]:
    """Return the items whose labels have a place in the text; add repairs, and an issue for each of the others."""
    labels: list[_PlacedItem] = []
    spans = [_raw_span(item) for item in items]
    for item, span, resolved in zip(items, spans, span_resolution.resolve_spans(raw, spans), strict=True):
        label = dict(item["pactwire:label"])
        layer, label_id = label.pop("layer"), str(label.get("id"))
        if not isinstance(resolved, ResolvedSpan):
            content.issues.append(Issue(file, 1, *resolved, label_id))
            continue
        if resolved.repair:
            content.repairs.append((label_id, resolved.repair))
        words = {} if layer in ZONE_LAYERS else {"text": text[resolved.start : resolved.end]}
        labels.append((item, layer, _placed_label(label, _part_names(layer, schema), resolved, span, words)))
    return labels


def _build_document(
    header: dict[str, Any], labels: list[_PlacedItem], context: PageContext, schema: AnnotationSchema
) -> Document:
    """Return the document of a header and labels, not validated yet; the article's own zones go to the context."""
    layers: dict[str, Any] = {layer: [] for layer in _list_or_empty(header.get("layers")) if isinstance(layer, str)}
    for _, layer, label in labels:
        layers.setdefault(layer, []).append(label)
    context.zones = layers.pop(ARTICLE_LAYER, [])
    fields = {key: value for key, value in header.items() if key not in ("layers", "of")}
    values = {**fields, **layers}
    ordered = [*(key for key in values if key not in schema.layer_names), *schema.layer_names]
    return cast("Document", {key: values[key] for key in ordered if key in values})


def _document_flaws(
    document: Any, folder: Any, zones: list[Any], schema: AnnotationSchema
) -> Iterator[tuple[str, str, str]]:
    """Yield (code, message, place) for what is wrong with a page's document and the article's own zones."""
    for code, path, message in schema.explain(document):
        yield code, message, ".".join(map(str, path))
    for zone in zones:
        for code, _, message in schema.explain(zone, "zone"):
            yield code, message, str(zone["id"])
    annotators = _list_or_empty(document.get("annotators"))
    ids = (annotator.get("id") for annotator in annotators if isinstance(annotator, dict))
    if folder not in (FINAL, *ids):
        yield "convert-page", f"{folder!r} is not among its annotators", ""


def _read_context(page: Any, context: PageContext, schema: AnnotationSchema) -> Iterator[tuple[str, str, str]]:
    """Read a page's article, links and topics into its context; yield (code, message, place) for what is wrong."""
    article, rows = page.get("pactwire:article", {}), page.get("pactwire:tables", {})
    bulk = {"text": "-", "license": "-", **article} if isinstance(article, dict) else article
    is_article = tool_validator("article.schema", "article").is_valid(bulk) and set(article) <= set(ARTICLE_FIELDS)
    if is_article and not (article.get("published") and date_flaw(article["published"])):
        context.article = article
    else:
        yield "convert-page", "its pactwire:article is not what we write there", ""
    links = _list_or_empty(rows.get("links", [])) if isinstance(rows, dict) else [rows]
    topics = rows.get("topics", []) if isinstance(rows, dict) else []
    are_topics = tool_validator("tables.schema", "topics").is_valid({"topics": topics})
    if are_topics and all(_is_link_row(row, schema) for row in links):
        context.links, context.topics = [LinkRow(*row) for row in links], topics
    else:
        yield "convert-page", "its pactwire:tables are not what we write there", ""


def _is_link_row(row: Any, schema: AnnotationSchema) -> bool:
    if not (isinstance(row, list) and len(row) == len(LinkRow._fields) and all(isinstance(cell, str) for cell in row)):
        return False
    has_controls = any(escapes.control_character_messages(cell, one_line=True) for cell in row)
    return not tables.link_flaw(LinkRow(*row), schema) and not has_controls


def _contradictions(
    page: Any, document: Document, folder: str, labels: list[_PlacedItem], schema: AnnotationSchema
) -> Iterator[tuple[str, str, str]]:
    """Yield (code, message, place) where a page has more than we write, or its W3C fields contradict our own.

    This happens if another program edited the tag or the creator of an annotation, or split the page.
    """
    if others := sorted(set(page) - PAGE_KEYS):
        yield "convert-page", f"it has keys that we do not write: {', '.join(map(quote, others))}", ""
    name = f"urn:pactwire:{document['article']}:{folder}"
    for item, layer, label in labels:
        given = {key: value for key, value in item.items() if key not in ("target", "pactwire:label")}
        given["body"] = [_without_language(body) for body in _list_or_empty(item.get("body"))]
        expected = model_fields(name, layer, label, document, schema)
        if others := [key for key in sorted({*given, *expected}) if given.get(key) != expected.get(key)]:
            message = f"its pactwire:label contradicts its {', '.join(map(quote, others))}"
            yield "convert-page", message, str(label["id"])


def _without_language(body: Any) -> Any:
    """Return a body without the language of a description, which version 1 wrote."""
    return {key: value for key, value in body.items() if key != "language"} if isinstance(body, dict) else body


def _list_or_empty(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_own_item(item: Any) -> bool:
    label = item.get("pactwire:label") if isinstance(item, dict) else None
    layer = label.get("layer") if isinstance(label, dict) else None
    return isinstance(layer, str) and _selector_values(item) is not None


def _selector_values(item: Any) -> dict[str, Any] | None:
    """Return the position and the quotation of an item's target in one dict; None if either is missing."""
    target = item.get("target")
    selectors = target.get("selector") if isinstance(target, dict) else None
    values: dict[str, Any] = {}
    for selector in _list_or_empty(selectors):
        if isinstance(selector, dict):
            values |= selector
    has_position = all(isinstance(values.get(key), int) for key in ("start", "end"))
    has_quotation = all(isinstance(values.get(key, ""), str) for key in ("exact", "prefix", "suffix"))
    return values if has_position and has_quotation and "exact" in values else None


def _raw_span(item: Any) -> RawSpan:
    values = _selector_values(item) or {}
    return RawSpan(
        item["pactwire:label"]["layer"] + str(item["pactwire:label"].get("id")),
        ((values["start"], values["end"]),), values["exact"], values.get("prefix", ""), values.get("suffix", ""),
    )  # fmt: skip


def _part_names(layer: str, schema: AnnotationSchema) -> list[str]:
    return [part.name for part in schema.layers[layer].parts] if layer in schema.layers else []


def _placed_label(
    label: dict[str, Any], parts: list[str], resolved: ResolvedSpan, span: RawSpan, words: dict[str, str]
) -> dict[str, Any]:
    """Return a label with its place and its ``words`` after its id, as in the schema; its parts move with it."""
    shift = resolved.start - span.fragments[0][0]
    for name in parts if shift else ():
        part = label.get(name)
        if isinstance(part, dict) and all(isinstance(part.get(key), int) for key in ("start", "end")):
            label[name] = {**part, "start": part["start"] + shift, "end": part["end"] + shift}
    return {"id": label.pop("id", None), "start": resolved.start, "end": resolved.end, **words, **label}
