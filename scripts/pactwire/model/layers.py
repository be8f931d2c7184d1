"""What a dataset's schema declares: layers, the attributes of their labels, and the labels of choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from pactwire.model import escapes
from pactwire.model.json_schemas import matches

TOPICS: Final = "topics"
"""In ``to`` of a reference: the rows of topics.json rather than the labels of a layer."""
TOPIC_PREFIX: Final = "topic:"
LOCAL_PREFIX: Final = "NIL:"
"""How links begin that are names of the dataset's own, for what has no id elsewhere."""


class LayerScope(StrEnum):
    """What the labels of a layer are about."""

    SPAN = "span"
    ARTICLE = "article"


class RowKind(StrEnum):
    """What a row of a layer's config is."""

    TOKENS = "tokens"
    SENTENCES = "sentences"
    LABELS = "labels"
    ARTICLES = "articles"


class AttributeKind(StrEnum):
    """What an attribute of a label holds."""

    CHOICE = "choice"
    CHOICES = "choices"
    LINK = "link"
    REFERENCE = "reference"
    REFERENCES = "references"
    PART = "part"
    TEXT = "text"
    FLAG = "flag"
    NUMBER = "number"

    @property
    def is_choice(self) -> bool:
        """Whether it holds one or several labels of the schema."""
        return self in (AttributeKind.CHOICE, AttributeKind.CHOICES)

    @property
    def is_list(self) -> bool:
        """Whether it holds several values."""
        return self in (AttributeKind.CHOICES, AttributeKind.REFERENCES)


@dataclass(frozen=True)
class Label:
    """A label: its name in data, its title and its definition; ``symbol`` is its short form where space is scarce.

    ``formerly`` is the name it had before, if it was renamed. A deprecated label keeps its class number and may not be
    in a document. ``names`` and ``models`` say what suggestions may draft it from.
    """

    name: str
    title: str
    definition: str
    symbol: str = ""
    formerly: str | None = None
    is_deprecated: bool = False
    is_content: bool = False
    names: str | None = None
    models: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, eq=False)
class Attribute:
    """A property of a label: its kind, and what else its declaration says.

    ``value_description`` is that of the definition of a value, or of one of several; ``limits`` are a number's bounds,
    by keyword.
    """

    name: str
    kind: AttributeKind
    title: str
    description: str
    is_nullable: bool
    is_integer: bool = False
    labels: tuple[Label, ...] = ()
    default: str | None = None
    only: str | None = None
    base: str | None = None
    to: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    draw: str | None = None
    is_ordered: bool = False
    relation: str | None = None
    region: str | None = None
    joins_sentences: bool = False
    is_compared: bool = False
    control: str | None = None
    value_description: str = ""
    examples: tuple[Any, ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def label_names(self) -> tuple[str, ...]:
        """The names of the labels of a choice, in the schema's order, which is append-only."""
        return tuple(label.name for label in self.labels)

    def allows_link(self, link: str) -> bool:
        """Say whether an id matches ``only``, which is a pattern as JSON Schema has them."""
        return self.only is None or matches(self.only, link)

    def link_address(self, link: str) -> str:
        """Return the http or https address of an id; empty without ``base``, and for local names."""
        if not self.base or link.startswith(LOCAL_PREFIX):
            return ""
        return escapes.web_address(self.base + quote(link, safe=""))

    @cached_property
    def is_reference(self) -> bool:
        """Whether it holds one or several references."""
        return self.kind in (AttributeKind.REFERENCE, AttributeKind.REFERENCES)

    @property
    def is_drawn_in(self) -> bool:
        """Whether its relation is drawn from the other region to the label, rather than from the label."""
        return self.draw == "in"

    @cached_property
    def target_layers(self) -> tuple[str, ...]:
        """The layers whose labels it may refer to."""
        return tuple(name for name in self.to if name != TOPICS)


@dataclass(frozen=True)
class Clusters:
    """Groups of labels of several articles that say the same: their file, the config of pairs, and their text."""

    file: str
    config: str
    text: str


@dataclass(frozen=True)
class Candidates:
    """A config of pairs of labels in one sentence: its name, the two reference attributes, and the class of others."""

    config: str
    pair: tuple[str, str]
    none: str


@dataclass(frozen=True)
class Derived:
    """A column that follows from another layer: ``take`` of its labels that hold the row's span, or ``otherwise``."""

    column: str
    source: str
    take: str
    otherwise: str | None


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer of labels; ``config`` and ``rows`` are None if it makes no config of its own."""

    name: str
    title: str
    description: str
    label: str
    scope: LayerScope
    prefix: str
    config: str | None
    rows: RowKind | None
    class_attribute: Attribute | None
    meaning: tuple[str, ...]
    identity: tuple[str, ...]
    clusters: Clusters | None
    candidates: Candidates | None
    has_names: bool
    palette: str
    derived: tuple[Derived, ...]
    attributes: tuple[Attribute, ...]

    @property
    def is_span(self) -> bool:
        """Whether its labels are spans of the text, rather than one label for the article."""
        return self.scope == LayerScope.SPAN

    def attribute(self, name: str) -> Attribute:
        """Return an attribute; raises KeyError if there is none of that name."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        raise KeyError(name)

    def of_kind(self, *kinds: AttributeKind) -> tuple[Attribute, ...]:
        """Return the attributes of some kinds, in the schema's order."""
        return tuple(attribute for attribute in self.attributes if attribute.kind in kinds)

    @cached_property
    def references(self) -> tuple[Attribute, ...]:
        """The attributes that refer to labels, topics or parties."""
        return self.of_kind(AttributeKind.REFERENCE, AttributeKind.REFERENCES)

    @cached_property
    def parts(self) -> tuple[Attribute, ...]:
        """The attributes that are spans of their own."""
        return self.of_kind(AttributeKind.PART)

    @cached_property
    def links(self) -> tuple[Attribute, ...]:
        """The attributes that hold ids of links.tsv; the first is the label's identity."""
        return self.of_kind(AttributeKind.LINK)

    @cached_property
    def pair(self) -> tuple[Attribute, Attribute] | None:
        """The two references that each label lies between: those of ``candidates``, or of ``identity``, if it is so."""
        names = self.candidates.pair if self.candidates else self.identity
        sides = [attribute for name in names for attribute in self.references if attribute.name == name]
        return (sides[0], sides[1]) if len(sides) == 2 else None

    def referent_link(self, label: Mapping[str, Any]) -> str | None:
        """Return the link of what a label means: of its link attributes in the order of ``meaning``, the first set."""
        attribute = self.referent_attribute(label)
        return str(label[attribute.name]) if attribute else None

    def referent_attribute(self, label: Mapping[str, Any]) -> Attribute | None:
        """Return the attribute that has the link of what a label means."""
        return next((each for each in self._referent_links if label.get(each.name) is not None), None)

    @cached_property
    def _referent_links(self) -> tuple[Attribute, ...]:
        found = {attribute.name: attribute for attribute in self.links}
        return tuple(found[name] for name in self.meaning if name in found) or self.links[:1]
