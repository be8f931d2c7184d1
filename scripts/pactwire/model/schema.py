"""The labels of a dataset: the layers, attributes and labels that its ``schema/annotation.schema.json`` declares.

The schema is an ordinary JSON Schema of annotation documents. Standard keywords say what is valid; ``x-layer`` on a
property of the document and ``x-attribute`` on a property of a label say what it means. `AnnotationSchema` assumes a
schema without flaws (`pactwire.model.schema_flaws`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, Final

from pactwire.model import strict_json
from pactwire.model.json_schemas import Flaw, Validator, matches, tool_schema
from pactwire.model.schema_composition import LABEL_ID, compose, resolve, value_node

TOPICS: Final = "topics"
"""In ``to`` of a reference: the rows of topics.json rather than the labels of a layer."""
TOPIC_PREFIX: Final = "topic:"


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
    """A property of a label: its kind, and what else its declaration says."""

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

    @cached_property
    def label_names(self) -> tuple[str, ...]:
        """The names of the labels of a choice, in the schema's order, which is append-only."""
        return tuple(label.name for label in self.labels)

    def allows_link(self, link: str) -> bool:
        """Say whether an id matches ``only``, which is a pattern as JSON Schema has them."""
        return self.only is None or matches(self.only, link)

    @cached_property
    def is_reference(self) -> bool:
        """Whether it holds one or several references."""
        return self.kind in (AttributeKind.REFERENCE, AttributeKind.REFERENCES)

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

    def referent_link(self, label: Mapping[str, Any]) -> str | None:
        """Return the link of what a label means: of its link attributes in the order of ``meaning``, the first set."""
        for name in self._referent_links:
            if (link := label.get(name)) is not None:
                return str(link)
        return None

    @cached_property
    def _referent_links(self) -> tuple[str, ...]:
        names = tuple(attribute.name for attribute in self.links)
        return tuple(name for name in self.meaning if name in names) or names[:1]


class AnnotationSchema:
    """What the schema of a dataset declares, and validation against it. Equal schemas are equal and hash alike."""

    def __init__(self, declaration: Any) -> None:
        """Read a declaration without flaws."""
        self.declaration = declaration
        self.text = strict_json.compact(declaration)
        properties = declaration.get("properties", {})
        self.layers = {name: _read_layer(declaration, name, node) for name, node in properties.items()}
        self.composed = compose(declaration, self.parties)

    def __reduce__(self) -> Any:
        return annotation_schema, (self.text,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnnotationSchema) and self.text == other.text

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.text)

    @cached_property
    def _validators(self) -> dict[tuple[str, ...], Validator]:
        return {}

    def _validator(self, key: tuple[str, ...], node: Any) -> Validator:
        """Return the validator of a node of the composed schema, built once for each key."""
        if key not in self._validators:
            head = {"$schema": self.composed["$schema"], "$defs": self.composed["$defs"]}
            self._validators[key] = Validator({**head, **node})
        return self._validators[key]

    def validator(self, definition: str = "") -> Validator:
        """Return the validator of documents, or of one definition of the schema."""
        return self._validator(("", definition), {"$ref": f"#/$defs/{definition}"} if definition else self.composed)

    def label_validator(self, layer: str) -> Validator:
        """Return the validator of one label of a layer, or of one zone."""
        node = self.composed["properties"][layer]
        is_list = layer == "zones" or self.layers[layer].is_span
        return self._validator(("label", layer), resolve(self.composed, node)["items"] if is_list else node)

    def required_keys(self, layer: str) -> frozenset[str]:
        """Return the keys that every label of a layer, or every zone, has."""
        if layer not in self._required_keys:
            node = resolve(self.composed, self.label_validator(layer).schema)
            self._required_keys[layer] = frozenset(node.get("required", ()))
        return self._required_keys[layer]

    @cached_property
    def _required_keys(self) -> dict[str, frozenset[str]]:
        return {}

    def attribute_validator(self, layer: str, attribute: str) -> Validator:
        """Return the validator of the values of one attribute of a layer's labels."""
        properties = dict(label_properties(self.composed, self.composed["properties"][layer]))
        return self._validator(("attribute", layer, attribute), properties[attribute])

    def cluster_validator(self, layer: Layer) -> Validator:
        """Return the validator of a cluster of a layer's labels: a line of its file."""
        assert layer.clusters
        base = tool_schema("tables.schema")["$defs"]["cluster"]
        text = dict(label_properties(self.composed, self.composed["properties"][layer.name]))[layer.clusters.text]
        properties = {"id": base["properties"]["id"], layer.clusters.text: text, **base["properties"]}
        required = ["id", layer.clusters.text, "members", "by"]
        node = {**base, "additionalProperties": False, "required": required, "properties": properties}
        return self._validator(("cluster", layer.name), node)

    def is_link(self, link: str) -> bool:
        """Say whether an id may stand in links.tsv: some link attribute allows it, or there is no such attribute."""
        found = [(layer.name, each.name) for layer in self.layers.values() for each in layer.links]
        return not found or any(self.attribute_validator(*names).is_valid(link) for names in found)

    def is_valid(self, value: Any, definition: str = "") -> bool:
        """Say whether a value conforms to the schema, or to one of its definitions."""
        return self.validator(definition).is_valid(value)

    def is_label_id(self, name: Any) -> bool:
        """Say whether a label may have this id: it is in the form of ids, and not the name of a party."""
        return self.is_valid(name, LABEL_ID)

    def explain(self, value: Any, definition: str = "") -> list[Flaw]:
        """Return everything that is wrong with a value (`Validator.explain`)."""
        return self.validator(definition).explain(value)

    @cached_property
    def layer_names(self) -> tuple[str, ...]:
        """The names of all layers: the zones, then those declared, in the schema's order."""
        return ("zones", *self.layers)

    @cached_property
    def span_layers(self) -> tuple[Layer, ...]:
        """The declared layers whose labels are spans."""
        return tuple(layer for layer in self.layers.values() if layer.is_span)

    @cached_property
    def article_layers(self) -> tuple[Layer, ...]:
        """The declared layers with one label for the whole article."""
        return tuple(layer for layer in self.layers.values() if not layer.is_span)

    @cached_property
    def names_layer(self) -> Layer | None:
        """The first layer whose labels are names, if there is one."""
        return next((layer for layer in self.layers.values() if layer.has_names), None)

    @cached_property
    def target_layers(self) -> tuple[str, ...]:
        """The names of the layers whose labels any reference may refer to, each once."""
        found = (name for layer in self.layers.values() for each in layer.references for name in each.target_layers)
        return tuple(dict.fromkeys(found))

    @cached_property
    def cluster_layers(self) -> tuple[Layer, ...]:
        """The layers whose labels are clustered."""
        return tuple(layer for layer in self.layers.values() if layer.clusters)

    @cached_property
    def parties(self) -> tuple[str, ...]:
        """The parties that any reference allows, each once."""
        found = (
            party
            for node in self.declaration.get("properties", {}).values()
            for _, attribute in label_properties(self.declaration, node)
            for party in attribute.get("x-attribute", {}).get("parties", ())
        )
        return tuple(dict.fromkeys(found))

    @cached_property
    def zone_kinds(self) -> tuple[Label, ...]:
        """The kinds of zones."""
        return read_labels(self.declaration["$defs"]["zone_kind"])

    @cached_property
    def content_kinds(self) -> frozenset[str]:
        """The kinds of zones that are content."""
        return frozenset(kind.name for kind in self.zone_kinds if kind.is_content)

    def label_sets(self) -> Iterator[tuple[str, str, tuple[Label, ...]]]:
        """Yield (layer, attribute, labels) for each choice: of the zones, then of the layers, in the schema's order."""
        yield "zones", "kind", self.zone_kinds
        yield "zones", "origin", self.envelope_labels("origin")
        for layer in self.layers.values():
            for attribute in layer.of_kind(AttributeKind.CHOICE, AttributeKind.CHOICES):
                yield layer.name, attribute.name, attribute.labels

    def labels(self, layer: str, attribute: str) -> tuple[Label, ...]:
        """Return the labels of a choice, in the schema's order."""
        return next(labels for name, key, labels in self.label_sets() if (name, key) == (layer, attribute))

    def label_title(self, layer: str) -> str:
        """Return the title of one label of a declared layer; what the schema calls it if it has none."""
        return str(self._label_node(layer).get("title", self.layers[layer].label))

    def label_description(self, layer: str) -> str:
        """Return the description of one label of a declared layer; empty if it has none."""
        return str(self._label_node(layer).get("description", ""))

    def _label_node(self, layer: str) -> Any:
        node = resolve(self.declaration, self.declaration["properties"][layer])
        return resolve(self.declaration, node["items"]) if self.layers[layer].is_span else node

    def envelope_labels(self, definition: str) -> tuple[Label, ...]:
        """Return the labels of ``status``, ``origin`` or ``annotator_kind``, which are the same in every dataset."""
        definitions = self.declaration["$defs"]
        node = (
            definitions["annotator"]["properties"]["kind"]
            if definition == "annotator_kind"
            else definitions[definition]
        )
        return read_labels(node)


@cache
def annotation_schema(text: str) -> AnnotationSchema:
    """Return the schema with this canonical JSON text; the same object for the same text."""
    return AnnotationSchema(strict_json.parse(text))


@cache
def bare_schema() -> AnnotationSchema:
    """Return the schema of documents without any layer but the zones."""
    envelope = tool_schema("envelope")
    head = {"$schema": envelope["$schema"], "$ref": "#/$defs/envelope", "unevaluatedProperties": False}
    return AnnotationSchema({**head, "$defs": envelope["$defs"]})


def label_properties(declaration: Any, layer_node: Any) -> list[tuple[str, Any]]:
    """Return the name and node of each attribute of a layer."""
    node = resolve(declaration, layer_node)
    label = resolve(declaration, node.get("items", {})) if node.get("type") == "array" else node
    return list(label.get("properties", {}).items())


def read_labels(node: Any) -> tuple[Label, ...]:
    """Return the labels of a ``oneOf``, in its order."""
    return tuple(
        Label(
            row["const"],
            row.get("title", row["const"]),
            row.get("description", ""),
            row.get("x-sign", ""),
            row.get("x-formerly"),
            row.get("x-deprecated", False),
            row.get("x-content", False),
            row.get("x-names"),
            {kind: tuple(names) for kind, names in row["x-models"].items()} if "x-models" in row else None,
        )
        for row in node.get("oneOf", [])
    )


def _read_attribute(declaration: Any, name: str, node: Any) -> Attribute:
    keys = node["x-attribute"]
    kind = AttributeKind(keys["kind"])
    value, is_nullable = value_node(declaration, node)
    choices, _ = value_node(declaration, value["items"]) if kind == AttributeKind.CHOICES else (value, False)
    return Attribute(
        name=name,
        kind=kind,
        title=node.get("title", value.get("title", name.replace("_", " ").capitalize())),
        description=node.get("description", value.get("description", "")),
        is_nullable=is_nullable,
        is_integer=value.get("type") == "integer",
        labels=read_labels(choices) if kind in (AttributeKind.CHOICE, AttributeKind.CHOICES) else (),
        default=keys.get("default"),
        only=keys.get("only"),
        base=keys.get("base"),
        to=tuple(keys.get("to", ())),
        parties=tuple(keys.get("parties", ())),
        draw=keys.get("draw"),
        is_ordered=keys.get("ordered", False),
        relation=keys.get("relation"),
        region=keys.get("region"),
        joins_sentences=keys.get("join", False),
        is_compared=keys.get("compare", False),
        control=keys.get("control"),
    )


def _read_layer(declaration: Any, name: str, node: Any) -> Layer:
    keys = node["x-layer"]
    scope = LayerScope(keys.get("of", LayerScope.SPAN))
    attributes = tuple(
        _read_attribute(declaration, key, attribute)
        for key, attribute in label_properties(declaration, node)
        if "x-attribute" in attribute
    )
    rows = RowKind(keys["rows"]) if "rows" in keys else None
    class_name, clusters, candidates = keys.get("class"), keys.get("clusters"), keys.get("candidates")
    return Layer(
        name=name,
        title=node.get("title", name.replace("_", " ").capitalize()),
        description=node.get("description", ""),
        label=keys["label"],
        scope=scope,
        prefix=keys.get("prefix", ""),
        config=keys.get("config", name) if rows else None,
        rows=rows,
        class_attribute=next((attribute for attribute in attributes if attribute.name == class_name), None),
        meaning=tuple(keys.get("meaning", ("text",))),
        identity=tuple(keys.get("identity", (class_name,) if class_name else ())),
        clusters=Clusters(clusters["file"], clusters["config"], clusters["text"]) if clusters else None,
        candidates=(
            Candidates(candidates["config"], (candidates["pair"][0], candidates["pair"][1]), candidates["none"])
            if candidates
            else None
        ),
        has_names=keys.get("names", False),
        palette=keys.get("palette", "class" if rows == RowKind.TOKENS else "layer"),
        derived=tuple(
            Derived(column, each["from"], each["take"], each.get("else"))
            for column, each in keys.get("derived", {}).items()
        ),
        attributes=attributes,
    )
