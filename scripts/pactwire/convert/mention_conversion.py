"""Conversion of imported mentions to labels at their places in the source text.

Every mention becomes a label, or is counted as omitted or refused, with an issue that says why.
"""

import re
from collections import Counter
from functools import partial
from typing import Any, Final

from pactwire.convert import span_resolution
from pactwire.convert.entity_links import fitting_link
from pactwire.convert.import_log import ImportLog, Repair
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.mention_layer import MentionLayer
from pactwire.convert.span_resolution import ResolvedSpan, UnresolvedSpan
from pactwire.convert.type_mapping import TypeMapping
from pactwire.corpus.tables import LinkRow
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.model.records import Segment, Span
from pactwire.text import offsets

_ASTRAL_CHARACTER: Final = re.compile("[^\x00-\uffff]")
"""A character that counts as two UTF-16 units, such as an emoji."""


def convert_mentions(
    document: ImportedDocument, text: str, segments: list[Segment], annotator: str, types: TypeMapping, log: ImportLog
) -> list[dict[str, Any]]:
    """Return the labels of a document's mentions, sorted by place.

    Args:
        document: The imported document.
        text: Its source text.
        segments: The segments of its content text; a mention on furniture is refused.
        annotator: The id of the annotator of the labels.
        types: The mapping of types to those of the dataset.
        log: Receives counts, corrections, omissions, links and issues.
    """
    mentions = document.mentions or []
    log.counts["mentions"] += len(mentions)
    spans = [mention.span for mention in mentions]
    resolved_spans = span_resolution.resolve_spans(
        document.raw, spans, offsets_count_decoded=document.offsets_count_decoded
    )
    first_astral = _ASTRAL_CHARACTER.search(text)
    layer, labels = types.layer, list[dict[str, Any]]()
    for mention, resolved in zip(mentions, resolved_spans, strict=True):
        if mention.rejected_by:
            words = text[resolved.start : resolved.end] if isinstance(resolved, ResolvedSpan) else mention.span.text
            log.omitted.add(f"mentions with {mention.rejected_by}", words)
            log.counts["mentions that nobody accepted"] += 1
            continue
        placed = _refuse_furniture(resolved, text, segments)
        if isinstance(placed, UnresolvedSpan):
            log.issues.append(Issue(document.file, mention.line, *placed, mention.id))
            log.counts["mentions refused"] += 1
            continue
        for repair in filter(None, (mention.repair, placed.repair)):
            log.repairs.append(Repair(document.file, mention.line, mention.id, repair))
        mapped = types.map_type(mention.span.type, document.file, mention.line)
        if mapped is None:
            continue
        if mention.span.text is None:
            is_after_astral = first_astral is not None and first_astral.start() < placed.end
            log.counts["of them without words to check"] += 1
            log.counts["of these behind an emoji or the like, read as code points"] += is_after_astral
        values = {**mapped, **mention.attributes, **_links(mention, layer, log)}
        span = Span(start=placed.start, end=placed.end, text=text[placed.start : placed.end])
        labels.append(layer.label(span, mention.id, values, annotator))
        _record_links(labels[-1], layer, document, log)
    log.counts["mentions taken"] += len(labels)
    places = Counter((label["start"], label["end"], layer.type_of(label)) for label in labels)
    log.counts["of them at the place of another of their type"] += places.total() - len(places)
    return _with_unique_ids(sorted(labels, key=lambda label: (label["start"], label["end"])), layer)


def _refuse_furniture(
    resolved: ResolvedSpan | UnresolvedSpan, text: str, segments: list[Segment]
) -> ResolvedSpan | UnresolvedSpan:
    """Return a resolved span, or the reason why it has no place in the content."""
    if isinstance(resolved, UnresolvedSpan):
        return resolved
    start, end = resolved.start, resolved.end
    if offsets.to_content(segments, start, end) is not None:
        return resolved
    return UnresolvedSpan("on-furniture", f"{quote(text[start:end])} at {start}:{end} is on or across furniture")


def _links(mention: ImportedMention, layer: MentionLayer, log: ImportLog) -> dict[str, str]:
    """Return the links of a mention by their attributes: its own to the first, that of its metonym to the second."""
    found: dict[str, str] = {}
    for place, identifier in enumerate((mention.link, mention.metonym)):
        if identifier and place >= len(layer.layer.links):
            log.omitted.add("links without an attribute for them", identifier)
        elif identifier:
            attribute = layer.layer.links[place]
            link = fitting_link(identifier, partial(layer.allows, attribute))
            if link is None:
                log.omitted.add(f"links that the attribute {attribute.name} doesn't allow", identifier)
            else:
                found[attribute.name] = link
    return found


def _record_links(label: dict[str, Any], layer: MentionLayer, document: ImportedDocument, log: ImportLog) -> None:
    """Add a row of links.tsv for each link; what a metonym stands for has no name here, so its id is the name."""
    names = {label.get(each.name): label.get(each.name) for each in layer.layer.links[1:]}
    names[layer.link_of(label)] = " ".join(label["text"].split())
    type_name = layer.type_of(label) if layer.layer.has_names else ""
    for link, name in names.items():
        if link and name:
            row = LinkRow(link, name, type_name, f"as linked in {document.name}")
            if link not in log.links or log.links[link].name == link:
                log.links[link] = row


def _with_unique_ids(labels: list[dict[str, Any]], layer: MentionLayer) -> list[dict[str, Any]]:
    """Keep the ids that are valid and unique, and replace the others."""
    taken = {label["id"] for label in labels}
    names = (f"{layer.layer.prefix}{number}" for number in range(1, 2 * len(labels) + 2))
    free = (name for name in names if name not in taken)
    used: set[str] = {"zone"}
    for label in labels:
        if label["id"] in used or not layer.schema.is_label_id(label["id"]):
            label["id"] = next(free)
        used.add(label["id"])
    return labels
