"""A document and its article to what is wrong with its labels: the checks that no schema can express.

Each flaw is (code, path in the document, message); `pactwire.validation.validate` turns paths into lines.
"""

from collections.abc import Container, Iterator, Sequence
from typing import Any, Final

from pactwire.model import dates
from pactwire.model.escapes import quote
from pactwire.model.records import (
    AUTHOR,
    LAYERS,
    SPAN_LAYERS,
    UNNAMED,
    AnnotatorKind,
    Article,
    Document,
    Status,
    Zone,
    labels_of,
    links_of,
)
from pactwire.model.strict_json import JsonPath
from pactwire.text import offsets, span_checks
from pactwire.text.span_checks import Flaw

_PARTIES: Final = (AUTHOR, UNNAMED)


def check_document(
    document: Document, article: Article, zones: Sequence[Zone], links: Container[str], topics: Container[str]
) -> list[Flaw]:
    """Return every flaw of a document that holds to the schema.

    ``zones`` are the article's own, used where the document has none. Offsets are not looked at
    when ``text_sha256`` names another text, since they would all be wrong for that one reason.
    """
    flaws = [*_check_header(document), *_check_ids(document), *_check_references(document, links, topics)]
    if document["text_sha256"] != article["source_sha256"]:
        message = f"text_sha256 is not that of the article's source text, {article['source_sha256']}"
        return [*flaws, ("text-hash", ("text_sha256",), message)]
    source = article["source_text"]
    # most documents are sound: paths, and words, are made only for those that are not
    if not all(span_checks.are_sound(source, _layer_spans(document, layer)) for layer in LAYERS):
        flaws += [flaw for path, span in labeled_spans(document) for flaw in span_checks.span_flaws(source, path, span)]
    if "zones" in document and not any(path[0] == "zones" for _, path, _ in flaws):
        flaws += span_checks.tiling_flaws(source, document["zones"])
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
        yield "status-layers", ("status",), f"{layer!r} stands in {where}"
    if Status.REVIEWED in document["status"].values() and not any(
        a["kind"] == AnnotatorKind.HUMAN for a in document["annotators"]
    ):
        yield "reviewed-without-human", ("status",), "a layer is reviewed, but no annotator is human"


def _check_ids(document: Document) -> Iterator[Flaw]:
    labels = [label for layer in LAYERS for label in labels_of(document, layer)]
    known = {annotator["id"] for annotator in document["annotators"]}
    named = {name for label in labels for name in label["by"]}
    once = len({label["id"] for label in labels}) == len(labels) and len(known) == len(document["annotators"])
    return iter(()) if once and named <= known else _id_flaws(document)


def _id_flaws(document: Document) -> Iterator[Flaw]:
    seen: set[str] = set()
    for index, annotator in enumerate(document["annotators"]):
        if annotator["id"] in seen:
            yield (
                "duplicate-id",
                ("annotators", index, "id"),
                f"the annotator {annotator['id']!r} stands twice",
            )
        seen.add(annotator["id"])
    ids: dict[str, str] = {}
    for layer in LAYERS:
        for index, label in enumerate(labels_of(document, layer)):
            here = f"{layer}[{index}]"
            first = ids.setdefault(label["id"], here)
            if first != here:
                yield "duplicate-id", (layer, index, "id"), f"{label['id']!r} is also the id of {first}"
            for position, name in enumerate(label["by"]):
                if name not in seen:
                    yield (
                        "unknown-annotator",
                        (layer, index, "by", position),
                        f"{name!r} is not among the annotators",
                    )


def _check_references(document: Document, links: Container[str], topics: Container[str]) -> Iterator[Flaw]:
    entities = {entity["id"] for entity in document.get("entities", [])}
    targets = entities | {claim["id"] for claim in document.get("claims", [])}
    labels = document.get("entities", [])
    unknown = {link for link in links_of(document) if link not in links}
    for index, entity in enumerate(labels) if unknown else ():
        for key, value in (("link", entity["link"]), ("metonym_of", entity["metonym_of"])):
            if value in unknown:
                yield "unknown-link", ("entities", index, key), f"{value} is not in links.tsv"
    for index, claim in enumerate(document.get("claims", [])):
        for position, party in enumerate(claim["claimants"]):
            if party not in _PARTIES and party not in entities:
                place: JsonPath = ("claims", index, "claimants", position)
                yield "unknown-entity", place, f"the claimant {party!r} is no entity of this document"
    for index, stance in enumerate(document.get("stances", [])):
        if stance["holder"] not in _PARTIES and stance["holder"] not in entities:
            yield (
                "unknown-entity",
                ("stances", index, "holder"),
                f"the holder {stance['holder']!r} is no entity of this document",
            )
        place, target = ("stances", index, "target"), stance["target"]
        if target.startswith("topic:"):
            if target not in topics:
                yield "unknown-topic", place, f"{target} is not in topics.json"
        elif target not in targets:
            yield "unknown-target", place, f"the target {target!r} is no entity and no claim of this document"


def _check_furniture(document: Document, source: str, zones: Sequence[Zone]) -> Iterator[Flaw]:
    _, segments = offsets.content_text(source, document.get("zones", zones))
    if all(offsets.are_in_content(segments, _layer_spans(document, layer)) for layer in SPAN_LAYERS):
        return
    for path, span in labeled_spans(document):
        whole = span["start"] < span["end"] <= len(source)
        if path[0] != "zones" and whole and offsets.to_content(segments, span["start"], span["end"]) is None:
            words = quote(source[span["start"] : span["end"]])
            yield (
                "on-furniture",
                (*path, "start"),
                f"{words} at {span['start']}:{span['end']} lies on or across furniture",
            )
