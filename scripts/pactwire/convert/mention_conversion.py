"""Conversion of imported mentions to labels of a dataset's layers at their places in the source text.

Every mention becomes a label, or a part of one, or is counted as omitted or refused, with an issue that says why.
"""

import re
from collections import Counter
from typing import Any, Final, NamedTuple

from pactwire.convert import span_resolution
from pactwire.convert.attribute_values import AttributeConverter, count_attributes
from pactwire.convert.import_log import ImportLog, Repair
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.label_layer import LabelLayer
from pactwire.convert.mapping import LabelMapping
from pactwire.convert.relation_conversion import LabelReferences, PlacedLabel
from pactwire.convert.span_resolution import ResolvedSpan, UnresolvedSpan
from pactwire.corpus.tables import LinkRow
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.model.layers import Layer
from pactwire.model.records import Segment, Span
from pactwire.text import offsets

_ASTRAL_CHARACTER: Final = re.compile("[^\x00-\uffff]")
"""A character that counts as two UTF-16 units, such as an emoji."""
_RESERVED_ID: Final = "zone"
"""The id of the one zone of a new text."""


class _Gap(NamedTuple):
    """What is missing in a mapping or in a file, with the file and line of its first mention."""

    file: str
    line: int
    mentions: int


class MentionConverter:
    """Converts the mentions of one document after another; `finish` adds what they showed together."""

    def __init__(self, mapping: LabelMapping, annotator: str, log: ImportLog) -> None:
        self.mapping, self.annotator, self.log = mapping, annotator, log
        self.layers = {layer.name: LabelLayer(mapping.schema, layer) for layer in mapping.layers}
        self._attributes = {
            name: AttributeConverter(layer, mapping, log.omitted) for name, layer in self.layers.items()
        }
        self._unknown_types: dict[str, _Gap] = {}
        self._missing_values: dict[tuple[str, str], _Gap] = {}
        self._excluded_types: Counter[str] = Counter()

    def convert(self, document: ImportedDocument, text: str, segments: list[Segment]) -> dict[str, list[Any]]:
        """Return the labels of a document by layer, sorted by place; also empty lists of layers that it is sure of.

        Args:
            document: The imported document.
            text: Its source text.
            segments: The segments of its content text; a mention on furniture is refused.
        """
        self.log.counts["mentions"] += len(document.mentions or [])
        labels: list[PlacedLabel] = []
        parts: dict[str, tuple[str, Span]] = {}
        for mention, placed in self._placed_mentions(document, text, segments):
            span = Span(start=placed.start, end=placed.end, text=text[placed.start : placed.end])
            if mention.span.type in self.mapping.parts:
                parts[mention.id or f"line {mention.line}"] = (mention.span.type, span)
                count_attributes(mention, self.log.omitted)
            elif label := self._label(mention, span, document):
                labels.append(label)
        references = LabelReferences(labels, parts, self.mapping, self.log)
        for relation in document.relations:
            references.add(relation)
        kept = self._complete_labels(labels, references, document)
        return self._by_layer(kept, document)

    def _placed_mentions(
        self, document: ImportedDocument, text: str, segments: list[Segment]
    ) -> list[tuple[ImportedMention, ResolvedSpan]]:
        """Return the accepted mentions that have a place in the content; count and report the others."""
        mentions, log = document.mentions or [], self.log
        spans = [mention.span for mention in mentions]
        resolved_spans = span_resolution.resolve_spans(
            document.raw, spans, offsets_count_decoded=document.offsets_count_decoded
        )
        first_astral = _ASTRAL_CHARACTER.search(text)
        found: list[tuple[ImportedMention, ResolvedSpan]] = []
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
                count_attributes(mention, log.omitted)
                continue
            for repair in filter(None, (mention.repair, placed.repair)):
                log.repairs.append(Repair(document.file, mention.line, mention.id, repair))
            if mention.span.text is None:
                is_after_astral = first_astral is not None and first_astral.start() < placed.end
                log.counts["of them without words to check"] += 1
                log.counts["of these behind an emoji or the like, read as code points"] += is_after_astral
            found.append((mention, placed))
        return found

    def _label(self, mention: ImportedMention, span: Span, document: ImportedDocument) -> PlacedLabel | None:
        """Return the label of a mention; None if the mapping leaves its type out or does not name it, counted."""
        name = mention.span.type
        try:
            mapped = self.mapping.find_type(name)
        except KeyError:
            _add_gap(self._unknown_types, name, document, mention)
            count_attributes(mention, self.log.omitted)
            return None
        if mapped is None:
            self._excluded_types[name] += 1
            count_attributes(mention, self.log.omitted)
            return None
        values = self._attributes[mapped.layer.name].mention_values(mention, mapped.values)
        return PlacedLabel(mention, mapped.layer, span, values)

    def _complete_labels(
        self, labels: list[PlacedLabel], references: LabelReferences, document: ImportedDocument
    ) -> list[PlacedLabel]:
        """Return the labels that have what they must; count the others, and what refers to them."""
        kept, refused = labels, labels
        while refused:
            missing = [
                (label, self.layers[label.layer.name].missing({**label.values, **label.targets})) for label in kept
            ]
            refused = [label for label, names in missing if names]
            kept = [label for label, names in missing if not names]
            for label, names in missing:
                for name in names:
                    _add_gap(self._missing_values, (label.layer.name, name), document, label.mention)
            for label in refused:
                references.remove(label)
            self.log.counts["mentions refused"] += len(refused)
        references.finish()
        return kept

    def _by_layer(self, labels: list[PlacedLabel], document: ImportedDocument) -> dict[str, list[Any]]:
        self.log.counts["mentions taken"] += len(labels)
        places = Counter((label.span["start"], label.span["end"], label.mention.span.type) for label in labels)
        self.log.counts["of them at the place of another of their type"] += places.total() - len(places)
        named = {*self.mapping.annotated, *(label.layer.name for label in labels)}
        found: dict[str, list[Any]] = {name: [] for name in self.mapping.schema.layers if name in named}
        labels.sort(key=lambda label: (label.span["start"], label.span["end"]))
        self._assign_ids(labels)
        for label in labels:
            layer = self.layers[label.layer.name]
            value = layer.label(label.span, label.id, label.final_values(), self.annotator)
            found[label.layer.name].append(value)
            self._record_links(value, label.layer, document)
        return found

    def _assign_ids(self, labels: list[PlacedLabel]) -> None:
        """Keep the ids that are valid and unique in the document, and replace the others."""
        taken = {label.mention.id for label in labels}
        next_number: Counter[str] = Counter()
        used: set[str] = {_RESERVED_ID}
        for label in labels:
            label_id = label.mention.id
            if label_id in used or not self.mapping.schema.is_label_id(label_id):
                prefix = label.layer.prefix
                while (label_id := f"{prefix}{next_number[prefix] + 1}") in taken | used:
                    next_number[prefix] += 1
                next_number[prefix] += 1
            label.id = label_id
            used.add(label_id)

    def _record_links(self, label: dict[str, Any], layer: Layer, document: ImportedDocument) -> None:
        """Add a row of links.tsv for each link: its name is the label's text, or the link if it is not the first."""
        attribute = layer.class_attribute
        type_name = str(label[attribute.name]) if layer.has_names and attribute else ""
        for index, each in enumerate(layer.links):
            if link := label.get(each.name):
                name = link if index else " ".join(label["text"].split())
                row = LinkRow(link, name, type_name, f"as linked in {document.name}")
                if link not in self.log.links or self.log.links[link].name == link:
                    self.log.links[link] = row

    def finish(self) -> None:
        """Add an issue for each type without an entry and each missing value, and the counts of left out types."""
        log, excluded = self.log, self._excluded_types
        for name, (file, line, count) in sorted(self._unknown_types.items()):
            message = f"the type {name!r} of {count:,} mentions is not one of ours"
            log.issues.append(Issue(file, line, "convert-type", message))
        for (layer, name), (file, line, count) in sorted(self._missing_values.items()):
            message = f"{count:,} labels of {layer} have no {name}, which they must have"
            log.issues.append(Issue(file, line, "convert-value", message))
        log.counts["mentions of types that no mapping names"] += sum(
            gap.mentions for gap in self._unknown_types.values()
        )
        log.counts["mentions of types that the mapping leaves out"] += excluded.total()
        for name, count in excluded.items():
            log.omitted.add(f"mentions of the type {name}", count=count)


def _add_gap(gaps: dict[Any, _Gap], key: Any, document: ImportedDocument, mention: ImportedMention) -> None:
    first = gaps.get(key, _Gap(document.file, mention.line, 0))
    gaps[key] = first._replace(mentions=first.mentions + 1)


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
