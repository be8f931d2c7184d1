"""What a corpus in another format holds: its types, attributes, relations and properties of articles, counted.

A schema is drafted from it (`pactwire.convert.schema_draft`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pactwire.convert import draft_names
from pactwire.convert.attribute_values import all_attributes
from pactwire.convert.entity_links import single_identifier
from pactwire.convert.imported_document import AttributeValue, ImportedDocument, ImportedMention
from pactwire.convert.omissions import Omissions
from pactwire.model import strict_json
from pactwire.model.escapes import CONTROL_CHARACTER_IN_LINE
from pactwire.model.schema_composition import MAX_NUMBER

MAX_LABELS: Final = 500
"""The most values that are labels of a choice: what has more is an id or a text."""


@dataclass
class Sightings:
    """How often something was seen, with the words, the file and the line of the first time."""

    count: int = 0
    words: str = ""
    file: str = ""
    line: int = 0

    def add(self, words: str, file: str, line: int) -> None:
        """Count one more."""
        if not self.count:
            self.words, self.file, self.line = words, file, line
        self.count += 1


@dataclass
class ValueProfile:
    """The values that an attribute has in a corpus.

    Attributes:
        sightings: Of what has the attribute.
        values: How often each value was seen, in the order of their first time.
        has_more: Whether there are more than `MAX_LABELS`, of which the others are missing in ``values``.
        most: The most values of one label.
        are_flags: Whether all values are true or false.
        are_numbers: Whether all values are numbers that a document can hold.
        are_integers: Whether these are whole.
        are_truths: Whether all values are true, so that one that is missing is false.
        are_lines: Whether all values are text on one line.
        are_labels: Whether all values can be labels as they are.
        are_links: Whether all values are identifiers, each of one thing.
    """

    sightings: Sightings = field(default_factory=Sightings)
    values: Counter[str] = field(default_factory=Counter[str])
    has_more: bool = False
    most: int = 0
    are_flags: bool = True
    are_truths: bool = True
    are_numbers: bool = True
    are_integers: bool = True
    are_lines: bool = True
    are_labels: bool = True
    are_links: bool = True

    def add(self, values: Sequence[AttributeValue], words: str, file: str, line: int) -> None:
        """Count the values that one label or article has."""
        self.sightings.add(words, file, line)
        self.most = max(self.most, len(set(map(str, values))))
        for value in values:
            text = str(value)
            is_flag = isinstance(value, bool) or text in ("true", "false")
            number = None if is_flag else as_number(text)
            self.are_flags &= is_flag
            self.are_truths &= text in ("True", "true")
            self.are_numbers &= number is not None
            self.are_integers &= isinstance(number, int)
            self.are_lines &= not CONTROL_CHARACTER_IN_LINE.search(text)
            self.are_links &= single_identifier(text, Omissions()) != ""
            self.are_labels &= draft_names.is_label(text)
            if text in self.values or len(self.values) < MAX_LABELS:
                self.values[text] += 1
            else:
                self.has_more = True


def as_number(text: str) -> int | float | None:
    """Return the number that a text is as a document writes it; None if it is none, or too great."""
    try:
        value = strict_json.parse(text)
    except ValueError:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and strict_json.compact(value) == text and abs(value) <= MAX_NUMBER else None


@dataclass
class RelationProfile:
    """The relations of one name from the mentions of one layer.

    Attributes:
        sightings: How often they were seen.
        targets: The layers of what they lead to.
        most: The most targets of one mention.
    """

    sightings: Sightings = field(default_factory=Sightings)
    targets: dict[str, None] = field(default_factory=dict)
    most: int = 0


@dataclass
class LayerProfile:
    """The mentions of one layer: their types in the order of their first time, attributes and relations by name."""

    types: dict[str, Sightings] = field(default_factory=dict)
    attributes: dict[str, ValueProfile] = field(default_factory=dict)
    relations: dict[str, RelationProfile] = field(default_factory=dict)


@dataclass
class CorpusProfile:
    """What the documents of a corpus hold.

    Attributes:
        documents: How many were read, without those that are refused or that nobody accepted.
        layers: The layers by their names in the source; "" is that of mentions.
        properties: What is said of whole articles, by name.
    """

    documents: int = 0
    layers: dict[str, LayerProfile] = field(default_factory=dict)
    properties: dict[str, ValueProfile] = field(default_factory=dict)

    def add(self, document: ImportedDocument) -> None:
        """Count what a document holds; one that is not imported counts for nothing."""
        if document.issues or document.rejected_by:
            return
        self.documents += 1
        accepted = [mention for mention in document.mentions or () if not mention.rejected_by]
        for mention in accepted:
            self._add_mention(mention, document)
        self._add_relations(document, {mention.id: mention for mention in reversed(accepted)})
        for name, values in document.properties.items():
            self.properties.setdefault(name, ValueProfile()).add(values, "", document.file, 1)

    def _add_mention(self, mention: ImportedMention, document: ImportedDocument) -> None:
        place = _words(mention, document), document.file, mention.line
        layer = self.layers.setdefault(mention.layer, LayerProfile())
        layer.types.setdefault(mention.span.type, Sightings()).add(*place)
        for name, values in all_attributes(mention).items():
            layer.attributes.setdefault(name, ValueProfile()).add(values, *place)

    def _add_relations(self, document: ImportedDocument, mentions: dict[str, ImportedMention]) -> None:
        """Count the relations between mentions; one that leads to nothing is counted by the import."""
        ends = {(each.name, each.source, each.target) for each in document.relations}
        targets = Counter((name, source) for name, source, target in ends if target in mentions)
        for each in document.relations:
            source, target = mentions.get(each.source), mentions.get(each.target)
            if source and target:
                profile = self.layers[source.layer].relations.setdefault(each.name, RelationProfile())
                words = f"{_words(source, document)} → {_words(target, document)}"
                profile.sightings.add(words, document.file, each.line)
                profile.targets[target.layer] = None
                profile.most = max(profile.most, targets[each.name, each.source])


def _words(mention: ImportedMention, document: ImportedDocument) -> str:
    """Return the words of a mention, from its file's offsets if the file does not give them."""
    fragments = mention.span.fragments
    return mention.span.text or document.raw[fragments[0][0] : fragments[-1][1]]
