"""Integrity checks of a document: what no schema can express about its header, ids, references and spans.

A flaw is (issue code, path in the document, message); `pactwire.validation.validate` turns paths into lines.
"""

from collections.abc import Container, Iterator, Sequence
from typing import Any

from pactwire.model import dates
from pactwire.model.escapes import quote
from pactwire.model.records import (
    LAYERS,
    PARTIES,
    SPAN_LAYERS,
    AnnotatorKind,
    Article,
    Document,
    Status,
    Zone,
    labels_of,
    links_of,
)
from pactwire.model.strict_json import JsonPath
from pactwire.text import offset_checks, offsets
from pactwire.text.offset_checks import Flaw


def check_document(
    document: Document, article: Article, zones: Sequence[Zone], links: Container[str], topics: Container[str]
) -> list[Flaw]:
    """Return all flaws of a document that matches the schema.

    Offsets are not checked if ``text_sha256`` is that of another text, since all of them would be wrong.

    Args:
        document: The document.
        article: Its article.
        zones: The zones of the article, used if the document has none.
        links: All links of links.tsv.
        topics: The ids of all topics.
    """
    flaws = [*_check_header(document), *_check_ids(document), *_check_references(document, links, topics)]
    if document["text_sha256"] != article["source_sha256"]:
        message = f"text_sha256 is not that of the article's source text, {article['source_sha256']}"
        return [*flaws, ("text-hash", ("text_sha256",), message)]
    source = article["source_text"]
    # most documents have no flaw: paths and messages are built only for those that have
    if not all(offset_checks.are_sound(source, _layer_spans(document, layer)) for layer in LAYERS):
        flaws += [
            flaw for path, span in labeled_spans(document) for flaw in offset_checks.span_flaws(source, path, span)
        ]
    if "zones" in document and not any(path[0] == "zones" for _, path, _ in flaws):
        flaws += offset_checks.tiling_flaws(source, document["zones"])
    if not any(path[0] == "zones" for _, path, _ in flaws):
        flaws += _check_furniture(document, source, zones)
    return flaws


def labeled_spans(document: Document) -> Iterator[tuple[JsonPath, Any]]:
    """Yield (path, span) for every zone, entity, claim, cue and stance."""
    for layer in LAYERS:
        for index, label in enumerate(labels_of(document, layer)):
            yield (layer, index), label
            if label.get("cue"):
                yield (layer, index, "cue"), label["cue"]


def _layer_spans(document: Document, layer: str) -> list[Any]:
    """Return the labels of a layer and their cues."""
    labels = labels_of(document, layer)
    return [*labels, *(label["cue"] for label in labels if label["cue"])] if layer == "claims" else labels


def _check_header(document: Document) -> Iterator[Flaw]:
    for key in ("created", "updated"):
        if flaw := dates.date_flaw(document[key]):
            yield "date", (key,), flaw
    present = {layer for layer in LAYERS if layer in document}
    for layer in sorted(set(document["status"]) ^ present):
        where = "status but not in the document" if layer not in present else "the document but not in status"
        yield "status-layers", ("status",), f"{layer!r} is in {where}"
    if Status.REVIEWED in document["status"].values() and not any(
        a["kind"] == AnnotatorKind.HUMAN for a in document["annotators"]
    ):
        yield "reviewed-without-human", ("status",), "a layer is reviewed, but no annotator is human"


def _check_ids(document: Document) -> Iterator[Flaw]:
    labels = [label for layer in LAYERS for label in labels_of(document, layer)]
    annotators = {annotator["id"] for annotator in document["annotators"]}
    named = {name for label in labels for name in label["by"]}
    are_unique = len({label["id"] for label in labels}) == len(labels) and len(annotators) == len(
        document["annotators"]
    )
    return iter(()) if are_unique and named <= annotators else _id_flaws(document)


def _id_flaws(document: Document) -> Iterator[Flaw]:
    annotators: set[str] = set()
    for index, annotator in enumerate(document["annotators"]):
        if annotator["id"] in annotators:
            message = f"the annotator {annotator['id']!r} is listed twice"
            yield "duplicate-id", ("annotators", index, "id"), message
        annotators.add(annotator["id"])
    first_uses: dict[str, str] = {}
    for layer in LAYERS:
        for index, label in enumerate(labels_of(document, layer)):
            here = f"{layer}[{index}]"
            first = first_uses.setdefault(label["id"], here)
            if first != here:
                yield "duplicate-id", (layer, index, "id"), f"{label['id']!r} is also the id of {first}"
            for position, name in enumerate(label["by"]):
                if name not in annotators:
                    yield "unknown-annotator", (layer, index, "by", position), f"{name!r} is not among the annotators"


def _check_references(document: Document, links: Container[str], topics: Container[str]) -> Iterator[Flaw]:
    mentions, claims = document.get("entities", []), document.get("claims", [])
    entities = {entity["id"] for entity in mentions}
    parties = {*entities, *PARTIES}
    targets = {*entities, *(claim["id"] for claim in claims)}
    unknown_links = {link for link in links_of(document) if link not in links}
    for index, entity in enumerate(mentions) if unknown_links else ():
        for key, link in (("link", entity["link"]), ("metonym_of", entity["metonym_of"])):
            if link in unknown_links:
                yield "unknown-link", ("entities", index, key), f"{link} is not in links.tsv"
    for index, claim in enumerate(claims):
        for position, party in enumerate(claim["claimants"]):
            if party not in parties:
                message = f"the claimant {party!r} is not an entity of this document"
                yield "unknown-entity", ("claims", index, "claimants", position), message
    for index, stance in enumerate(document.get("stances", [])):
        if stance["holder"] not in parties:
            message = f"the holder {stance['holder']!r} is not an entity of this document"
            yield "unknown-entity", ("stances", index, "holder"), message
        path, target = ("stances", index, "target"), stance["target"]
        if target.startswith("topic:"):
            if target not in topics:
                yield "unknown-topic", path, f"{target} is not in topics.json"
        elif target not in targets:
            message = f"the target {target!r} is neither an entity nor a claim of this document"
            yield "unknown-target", path, message


def _check_furniture(document: Document, source: str, zones: Sequence[Zone]) -> Iterator[Flaw]:
    _, segments = offsets.content_text(source, document.get("zones", zones))
    if all(offsets.are_in_content(segments, _layer_spans(document, layer)) for layer in SPAN_LAYERS):
        return
    for path, span in labeled_spans(document):
        start, end = span["start"], span["end"]
        if path[0] != "zones" and start < end <= len(source) and offsets.to_content(segments, start, end) is None:
            message = f"{quote(source[start:end])} at {start}:{end} lies on or across furniture"
            yield "on-furniture", (*path, "start"), message
