"""Integrity checks of a document: what no schema can express about its header, ids, references and spans.

A flaw is (issue code, path in the document, message); `pactwire.validation.validate` turns paths into lines.
"""

from collections.abc import Container, Iterator, Sequence

from pactwire.model import dates
from pactwire.model.escapes import quote
from pactwire.model.labels import (
    document_labels,
    document_spans,
    is_topic,
    label_path,
    located_spans,
    value_list,
)
from pactwire.model.layers import TOPICS, Attribute, AttributeKind
from pactwire.model.records import AnnotatorKind, Article, Document, Status, Zone
from pactwire.model.schema import AnnotationSchema
from pactwire.model.strict_json import JsonPath
from pactwire.text import offset_checks, offsets
from pactwire.text.offset_checks import Flaw


def check_document(
    document: Document,
    article: Article,
    zones: Sequence[Zone],
    schema: AnnotationSchema,
    links: Container[str],
    topics: Container[str],
) -> list[Flaw]:
    """Return all flaws of a document that matches the schema.

    Offsets are not checked if ``text_sha256`` is that of another text, since all of them would be wrong.

    Args:
        document: The document.
        article: Its article.
        zones: The zones of the article, used if the document has none.
        schema: The dataset's schema.
        links: All links of links.tsv.
        topics: The ids of all topics.
    """
    flaws = [
        *_check_header(document, schema),
        *_check_ids(document, schema),
        *_check_links(document, schema, links),
        *_check_references(document, schema, topics),
    ]
    if document["text_sha256"] != article["source_sha256"]:
        message = f"text_sha256 is not that of the article's source text, {article['source_sha256']}"
        return [*flaws, ("text-hash", ("text_sha256",), message)]
    source = article["source_text"]
    # most documents have no flaw: paths and messages are built only for those that have
    if not all(
        offset_checks.are_sound(source, document_spans(schema, document, layer)) for layer in schema.layer_names
    ):
        flaws += [
            flaw
            for path, span in located_spans(schema, document)
            for flaw in offset_checks.span_flaws(source, path, span)
        ]
    if "zones" in document and not any(path[0] == "zones" for _, path, _ in flaws):
        flaws += offset_checks.tiling_flaws(source, document["zones"])
    if not any(path[0] == "zones" for _, path, _ in flaws):
        flaws += _check_furniture(document, source, zones, schema)
    return flaws


def _check_header(document: Document, schema: AnnotationSchema) -> Iterator[Flaw]:
    for key in ("created", "updated"):
        if flaw := dates.date_flaw(document[key]):
            yield "date", (key,), flaw
    present = {layer for layer in schema.layer_names if layer in document}
    for layer in sorted(set(document["status"]) ^ present):
        where = "status but not in the document" if layer not in present else "the document but not in status"
        yield "status-layers", ("status",), f"{layer!r} is in {where}"
    if Status.REVIEWED in document["status"].values() and not any(
        a["kind"] == AnnotatorKind.HUMAN for a in document["annotators"]
    ):
        yield "reviewed-without-human", ("status",), "a layer is reviewed, but no annotator is human"


def _check_ids(document: Document, schema: AnnotationSchema) -> Iterator[Flaw]:
    labels = [label for layer in schema.layer_names for label in document_labels(document, layer)]
    annotators = {annotator["id"] for annotator in document["annotators"]}
    named = {name for label in labels for name in label["by"]}
    ids = [label["id"] for label in labels if "id" in label]
    are_unique = len(set(ids)) == len(ids) and len(annotators) == len(document["annotators"])
    return iter(()) if are_unique and named <= annotators else _id_flaws(document, schema)


def _id_flaws(document: Document, schema: AnnotationSchema) -> Iterator[Flaw]:
    annotators: set[str] = set()
    for index, annotator in enumerate(document["annotators"]):
        if annotator["id"] in annotators:
            message = f"the annotator {annotator['id']!r} is listed twice"
            yield "duplicate-id", ("annotators", index, "id"), message
        annotators.add(annotator["id"])
    first_uses: dict[str, str] = {}
    for layer in schema.layer_names:
        for index, label in enumerate(document_labels(document, layer)):
            path = label_path(schema.layers.get(layer), layer, index)
            here = f"{layer}[{index}]"
            if "id" in label and (first := first_uses.setdefault(label["id"], here)) != here:
                yield "duplicate-id", (*path, "id"), f"{label['id']!r} is also the id of {first}"
            for position, name in enumerate(label["by"]):
                if name not in annotators:
                    yield "unknown-annotator", (*path, "by", position), f"{name!r} is not among the annotators"


def _check_links(document: Document, schema: AnnotationSchema, links: Container[str]) -> Iterator[Flaw]:
    for layer in schema.layers.values():
        labels = document_labels(document, layer.name)
        for attribute in layer.links:
            used = {label.get(attribute.name) for label in labels} - {None}
            flaws = {link: flaw for link in used if (flaw := _link_flaw(attribute, link, links))}
            for index, label in enumerate(labels) if flaws else ():
                if flaw := flaws.get(label.get(attribute.name)):
                    code, message = flaw
                    yield code, (*label_path(layer, layer.name, index), attribute.name), message


def _link_flaw(attribute: Attribute, link: str, links: Container[str]) -> tuple[str, str] | None:
    if not attribute.allows_link(link):
        return "schema", f"{link!r} does not match {attribute.only}"
    return None if link in links else ("unknown-link", f"{link} is not in links.tsv")


def _check_references(document: Document, schema: AnnotationSchema, topics: Container[str]) -> Iterator[Flaw]:
    """Yield the references to nothing that the schema allows."""
    ids = {name: {label["id"] for label in document_labels(document, name)} for name in schema.target_layers}
    for layer in schema.layers.values():
        labels = document_labels(document, layer.name)
        for attribute in layer.references:
            allowed = set(attribute.parties).union(*(ids[name] for name in attribute.target_layers))
            used = {reference for label in labels for reference in value_list(attribute, label)}
            unknown = {each for each in used - allowed if not _is_known_topic(attribute, each, topics)}
            for index, label in enumerate(labels) if unknown else ():
                for position, reference in enumerate(value_list(attribute, label)):
                    if reference in unknown:
                        path = (*label_path(layer, layer.name, index), attribute.name)
                        path = (*path, position) if attribute.kind == AttributeKind.REFERENCES else path
                        yield _unknown_reference(schema, attribute, path, reference)


def _is_known_topic(attribute: Attribute, reference: str, topics: Container[str]) -> bool:
    return TOPICS in attribute.to and is_topic(reference) and reference in topics


def _unknown_reference(schema: AnnotationSchema, attribute: Attribute, path: JsonPath, reference: str) -> Flaw:
    if is_topic(reference) and TOPICS in attribute.to:
        return "unknown-topic", path, f"{reference} is not in topics.json"
    labels = " or ".join(schema.layers[name].label for name in attribute.target_layers)
    message = (
        f"{attribute.name}: {reference!r} is no {labels} of this document" if labels else f"{reference!r} is unknown"
    )
    message += ", no topic of topics.json" if TOPICS in attribute.to else ""
    return (
        "unknown-target",
        path,
        message + (f", and not {' or '.join(attribute.parties)}" if attribute.parties else ""),
    )


def _check_furniture(
    document: Document, source: str, zones: Sequence[Zone], schema: AnnotationSchema
) -> Iterator[Flaw]:
    _, segments = offsets.content_text(source, document.get("zones", zones), schema.content_kinds)
    if all(offsets.are_in_content(segments, document_spans(schema, document, layer)) for layer in schema.layers):
        return
    for path, span in located_spans(schema, document):
        start, end = span["start"], span["end"]
        if path[0] != "zones" and start < end <= len(source) and offsets.to_content(segments, start, end) is None:
            message = f"{quote(source[start:end])} at {start}:{end} lies on or across furniture"
            yield "on-furniture", (*path, "start"), message
