"""Conversion of imported mentions to entities at their places in the source text.

Every mention becomes an entity, or is counted as omitted or refused, with an issue that says why.
"""

import re
from collections import Counter
from typing import Final

from pactwire.convert import span_resolution
from pactwire.convert.import_log import ImportLog, Repair
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.span_resolution import ResolvedSpan, UnresolvedSpan
from pactwire.convert.type_mapping import MappedType, TypeMapping
from pactwire.corpus.tables import LinkRow
from pactwire.model import schema
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.model.records import Entity, Segment
from pactwire.text import offsets

_ASTRAL_CHARACTER: Final = re.compile("[^\x00-\uffff]")
"""A character that counts as two UTF-16 units, such as an emoji."""


def convert_mentions(
    document: ImportedDocument, text: str, segments: list[Segment], annotator: str, types: TypeMapping, log: ImportLog
) -> list[Entity]:
    """Return the entities of a document's mentions, sorted by place.

    Args:
        document: The imported document.
        text: Its source text.
        segments: The segments of its content text; a mention on furniture is refused.
        annotator: The id of the annotator of the entities.
        types: The mapping of types.
        log: Receives counts, corrections, omissions, links and issues.
    """
    mentions = document.mentions or []
    log.counts["mentions"] += len(mentions)
    spans = [mention.span for mention in mentions]
    resolved_spans = span_resolution.resolve_spans(
        document.raw, spans, offsets_count_decoded=document.offsets_count_decoded
    )
    first_astral = _ASTRAL_CHARACTER.search(text)
    entities: list[Entity] = []
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
        entities.append(_entity(mention, placed, text, mapped, annotator))
        _record_links(entities[-1], document, log)
    log.counts["mentions taken"] += len(entities)
    places = Counter((entity["start"], entity["end"], entity["type"]) for entity in entities)
    log.counts["of them at the place of another of their type"] += places.total() - len(places)
    return _with_unique_ids(sorted(entities, key=lambda entity: (entity["start"], entity["end"])))


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


def _entity(mention: ImportedMention, resolved: ResolvedSpan, text: str, mapped: MappedType, annotator: str) -> Entity:
    attributes = mention.attributes
    return Entity(
        id=mention.id, start=resolved.start, end=resolved.end, text=text[resolved.start : resolved.end],
        type=mapped.type, form=attributes.get("form") or mapped.form, link=attributes.get("link"),
        metonym_of=attributes.get("metonym_of"), by=[annotator],
    )  # fmt: skip


def _record_links(entity: Entity, document: ImportedDocument, log: ImportLog) -> None:
    """Add a row of links.tsv for each link; a metonym's target has no name of its own, so its id is the name."""
    names = {entity["metonym_of"]: entity["metonym_of"], entity["link"]: " ".join(entity["text"].split())}
    for link, name in names.items():
        if link and name:
            row = LinkRow(link, name, entity["type"], f"as linked in {document.name}")
            if link not in log.links or log.links[link].name == link:
                log.links[link] = row


def _with_unique_ids(entities: list[Entity]) -> list[Entity]:
    """Keep the ids that are valid and unique, and replace the others."""
    taken = {entity["id"] for entity in entities}
    free = (name for number in range(1, 2 * len(entities) + 2) if (name := f"e{number}") not in taken)
    used: set[str] = {"zone"}
    for entity in entities:
        if entity["id"] in used or not schema.is_valid(entity["id"], "annotation", "id"):
            entity["id"] = next(free)
        used.add(entity["id"])
    return entities
