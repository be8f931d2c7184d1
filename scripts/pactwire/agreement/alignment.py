"""Groups of labels that belong together, across the documents of one article by several annotators.

A group holds at most one label of each annotator; for zones it holds the zones of a stretch of text.
Annotators are named by letters, in their order.
"""

import functools
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Final

from pactwire.agreement import references
from pactwire.agreement.document_pairs import ComparableArticle
from pactwire.agreement.label_content import label_content, label_fields
from pactwire.agreement.matching import label_meaning, match_spans, same_span
from pactwire.model import digests, labels, strict_json
from pactwire.model.labels import document_labels
from pactwire.model.layers import Attribute, Layer
from pactwire.model.records import Document

CONTEXT_LENGTH: Final = 40
"""Code points shown before and after the words of a decision."""


class LabelGroup:
    """Labels that belong together: ``members`` as in the documents, ``options`` as decisions show them.

    Both are by letter; where an annotator has no label, the member is missing and the option is None.
    For zones, members and options are lists. ``differing_fields`` lists what the options differ in, ``span``
    first; ``start`` and ``end`` cover all options. Labels of whole articles have no span; theirs are 0.
    """

    def __init__(
        self,
        article: str,
        layer: str,
        members: Mapping[str, Any],
        options: Mapping[str, Any],
        differing_fields: Sequence[str] = (),
    ) -> None:
        self.article = article
        self.layer = layer
        self.members = members
        self.options = options
        self.differing_fields = list(differing_fields)
        self.id = decision_id(article, layer, options)
        shown = [label for option in options.values() for label in option_labels(option)]
        self.has_span = "start" in shown[0]
        self.start = min(label["start"] for label in shown) if self.has_span else 0
        self.end = max(label["end"] for label in shown) if self.has_span else 0

    @property
    def agreed(self) -> bool:
        """Whether all annotators have the same."""
        return not self.differing_fields


def option_labels(option: Any) -> list[Any]:
    """Return the labels of an option: the zones of a list, the one label, or nothing for None."""
    return option if isinstance(option, list) else [] if option is None else [option]


def decision_id(article: str, layer: str, options: Any) -> str:
    """Return the id of a decision: a hash of its article, its layer and its options.

    The options of an added label are that label under an empty letter.
    """
    return "d" + digests.short_sha256(strict_json.compact([article, layer, options]), 12)


class ArticleAlignment:
    """All groups of an article, over the layers that every annotator annotated."""

    def __init__(self, comparable: ComparableArticle, annotators: Sequence[str]) -> None:
        self.comparable = comparable
        self.schema = comparable.schema
        self.article = comparable.id
        self.inputs = dict(zip(ascii_uppercase, annotators, strict=False))
        self.annotators = list(self.inputs.values())
        self.documents: dict[str, Document] = {
            letter: comparable.documents[name] for letter, name in self.inputs.items()
        }
        documents = self.documents.values()
        self.layers = [name for name in self.schema.layer_names if all(name in document for document in documents)]
        self._group_by_reference: dict[tuple[str, str], LabelGroup] = {}
        self._span_references = {
            letter: references.span_references(self.schema, document) for letter, document in self.documents.items()
        }
        self._meanings = {
            (letter, label["id"]): (layer.name, label_meaning(layer, label))
            for letter, document in self.documents.items()
            for layer in self.schema.span_layers
            if layer.clusters is None
            for label in document_labels(document, layer.name)
        }
        self.groups: list[LabelGroup] = []
        for layer in self.layers:
            self.groups += self._align_zones() if layer == "zones" else self._align_layer(self.schema.layers[layer])
        self._sort_and_number()

    def _sort_and_number(self) -> None:
        """Sort groups by layer and place, and number those that would share an id since their options are equal."""
        self.groups.sort(key=lambda group: (self.layers.index(group.layer), group.start, group.end, group.id))
        counts: dict[str, int] = {}
        for group in self.groups:
            count = counts[group.id] = counts.get(group.id, 0) + 1
            group.id += f"-{count}" if count > 1 else ""

    def group_of(self, letter: str, reference: str) -> LabelGroup | None:
        """Return the group of the label that a reference in an annotator's document points to."""
        return self._group_by_reference.get((letter, reference))

    def span_reference(self, letter: str, reference: str) -> str:
        """Return a reference in an annotator's document as a reference by span."""
        return self._span_references[letter].get(reference, reference)

    def same_referent(self, letter: str, reference: str, other_letter: str, other_reference: str) -> bool:
        """Tell whether references of two annotators mean the same: one group, one meaning, or the same text.

        A label of a layer with clusters is compared by its group alone.
        """
        meaning = self._meanings.get((letter, reference))
        if meaning is not None and meaning == self._meanings.get((other_letter, other_reference)):
            return True
        group, other_group = self.group_of(letter, reference), self.group_of(other_letter, other_reference)
        return group is other_group and (group is not None or reference == other_reference)

    # --- labels

    def _align_layer(self, layer: Layer) -> list[LabelGroup]:
        if layer.is_span:
            return self._align_labels(layer)
        members = {letter: document_labels(document, layer.name)[0] for letter, document in self.documents.items()}
        return [self._label_group(layer, members)]

    def _align_labels(self, layer: Layer) -> list[LabelGroup]:
        """Return the groups of a layer: labels are matched by span with the first member of each group, one to one."""
        groups: list[dict[str, Any]] = []
        for letter, document in self.documents.items():
            own = sorted(document_labels(document, layer.name), key=lambda label: (label["start"], label["end"]))
            firsts = [next(iter(members.items())) for members in groups]
            others = [(letter, label) for label in own]
            matched = match_spans(
                [self.to_option(name, layer.name, label) for name, label in firsts],
                [self.to_option(letter, layer.name, label) for label in own],
                functools.partial(self._can_match, layer, firsts, others),
            )
            group_of_label = {right: groups[left] for left, right in matched}
            for index, label in enumerate(own):
                if index in group_of_label:
                    group_of_label[index][letter] = label
                else:
                    groups.append({letter: label})
        return [self._label_group(layer, members) for members in groups]

    def _can_match(
        self, layer: Layer, firsts: list[tuple[str, Any]], others: list[tuple[str, Any]], left: int, right: int
    ) -> bool:
        """Tell whether two overlapping labels, given by index, can be one decision: by the layer's identity.

        Two labels with the same span may differ in choices, but not in references: a span may show several stances.
        """
        one, other = firsts[left], others[right]
        identity = [layer.attribute(name) for name in layer.identity]
        if same_span(one[1], other[1]):
            identity = [attribute for attribute in identity if attribute.is_reference]
        return all(self._same_value(attribute, one, other) for attribute in identity)

    def _label_group(self, layer: Layer, members: Mapping[str, Any]) -> LabelGroup:
        options = {
            letter: self.to_option(letter, layer.name, members[letter]) if letter in members else None
            for letter in self.documents
        }
        group = LabelGroup(self.article, layer.name, members, options, self._differing_fields(layer, members))
        for letter, label in members.items() if layer.is_span else ():
            self._group_by_reference[letter, label["id"]] = group
        return group

    def to_option(self, letter: str, layer: str, label: Any) -> dict[str, Any]:
        """Return a label as decisions show it: its content, with references by span."""
        replaced = references.replace_references(self.schema, layer, label, self._span_references[letter])
        return label_content(self.schema, layer, replaced)

    def _differing_fields(self, layer: Layer, members: Mapping[str, Any]) -> list[str]:
        """Return the fields in which the labels of a group differ, ``span`` first; ``span`` alone where one lacks."""
        if len(members) < len(self.documents):
            return ["span"]
        first, *others = members.items()
        is_same = not layer.is_span or all(same_span(first[1], other) for _, other in others)
        differing = [] if is_same else ["span"]
        return differing + [
            attribute.name
            for attribute in layer.attributes
            if not all(self._same_value(attribute, first, other) for other in others)
        ]

    def _same_value(self, attribute: Attribute, one: tuple[str, Any], other: tuple[str, Any]) -> bool:
        """Tell whether two labels, each with its annotator's letter, agree in an attribute; references in any order."""
        (letter, mine), (other_letter, theirs) = one, other
        if not attribute.is_reference:
            return bool(mine.get(attribute.name) == theirs.get(attribute.name))
        found, wanted = labels.value_list(attribute, mine), labels.value_list(attribute, theirs)
        return all(
            any(self.same_referent(letter, each, other_letter, another) for another in wanted) for each in found
        ) and all(any(self.same_referent(letter, each, other_letter, another) for each in found) for another in wanted)

    # --- zones

    def _align_zones(self) -> list[LabelGroup]:
        """Return a group for each stretch of zones that overlap, across annotators."""
        placed = [
            (zone["start"], zone["end"], letter, zone)
            for letter, document in self.documents.items()
            for zone in document_labels(document, "zones")
        ]
        stretches: list[dict[str, list[Any]]] = []
        stretch_end = 0
        for start, end, letter, zone in sorted(placed, key=lambda row: row[:3]):
            if not stretches or start >= stretch_end:
                stretches.append({name: [] for name in self.documents})
            stretches[-1][letter].append(zone)
            stretch_end = max(stretch_end, end)
        groups = []
        for members in stretches:
            options = {
                letter: [label_content(self.schema, "zones", zone) for zone in zones]
                for letter, zones in members.items()
            }
            differing = self._differing_zone_fields([*options.values()])
            groups.append(LabelGroup(self.article, "zones", members, options, differing))
        return groups

    def _differing_zone_fields(self, options: list[list[dict[str, Any]]]) -> list[str]:
        """Return the fields in which lists of zones differ; ``span`` alone where their spans do."""
        first, *others = options
        spans = [[(zone["start"], zone["end"]) for zone in option] for option in options]
        if any(each != spans[0] for each in spans):
            return ["span"]
        return [
            field
            for field in label_fields(self.schema, "zones")
            if any([zone[field] for zone in other] != [zone[field] for zone in first] for other in others)
        ]


def quote_in_context(text: str, start: int, end: int) -> str:
    """Return the words of a span in square brackets, between the words before and after them on their lines."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    line_end = text.find("\n", end)
    after = text[end : line_end if line_end >= 0 else len(text)]
    left = before if len(before) <= CONTEXT_LENGTH else "…" + before[-CONTEXT_LENGTH:]
    right = after if len(after) <= CONTEXT_LENGTH else after[:CONTEXT_LENGTH] + "…"
    return f"{left}[{text[start:end]}]{right}"
