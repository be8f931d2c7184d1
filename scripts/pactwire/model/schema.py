"""The labels of a dataset: the layers, attributes and labels that its ``schema/annotation.schema.json`` declares.

The schema is an ordinary JSON Schema of annotation documents. Standard keywords say what is valid; ``x-layer`` on a
property of the document and ``x-attribute`` on a property of a label say what it means. `AnnotationSchema` assumes a
schema without flaws (`pactwire.model.schema_flaws`).
"""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from pactwire.model import strict_json
from pactwire.model.json_schemas import Flaw, Validator, tool_schema
from pactwire.model.layer_reader import label_properties, read_labels, read_layer
from pactwire.model.layers import Attribute, AttributeKind, Label, Layer
from pactwire.model.schema_composition import LABEL_ID, compose, resolve


class AnnotationSchema:
    """What the schema of a dataset declares, and validation against it. Equal schemas are equal and hash alike.

    ``migrations`` are the ids of those that the dataset's labels went through, in order.
    """

    def __init__(self, declaration: Any, migrations: tuple[str, ...] = ()) -> None:
        """Read a declaration without flaws."""
        self.declaration = declaration
        self.migrations = migrations
        self.text = strict_json.compact(declaration)
        properties = declaration.get("properties", {})
        self.layers = {name: read_layer(declaration, name, node) for name, node in properties.items()}
        self.composed = compose(declaration, self.parties)

    def __reduce__(self) -> Any:
        return annotation_schema, (self.text, self.migrations)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnnotationSchema) and (self.text, self.migrations) == (other.text, other.migrations)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.text, self.migrations))

    @property
    def migration(self) -> str | None:
        """The id of the last migration, which new documents name."""
        return self.migrations[-1] if self.migrations else None

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

    def allows_value(self, layer: str, attribute: Attribute, value: Any) -> bool:
        """Say whether an attribute of a layer's labels may have a value."""
        if isinstance(value, str) and not attribute.allows_link(value):
            return False
        return self.attribute_validator(layer, attribute.name).is_valid(value)

    def blank_values(self, layer: str) -> Mapping[str, Any]:
        """Return what the attributes that every label of a layer has are if nothing is known of them.

        That is the first that is allowed of the default, null, no values, false and, for a text, the empty text. An
        attribute that allows none of them is left out.
        """
        if layer not in self._blank_values:
            self._blank_values[layer] = self._find_blank_values(layer)
        return self._blank_values[layer]

    @cached_property
    def _blank_values(self) -> dict[str, Mapping[str, Any]]:
        return {}

    def _find_blank_values(self, layer: str) -> Mapping[str, Any]:
        found = {}
        for attribute in self.layers[layer].attributes:
            blanks: list[Any] = [
                attribute.default,
                None,
                [],
                False,
                *([""] if attribute.kind == AttributeKind.TEXT else []),
            ]
            allowed = [value for value in blanks if self.allows_value(layer, attribute, value)]
            if allowed and attribute.name in self.required_keys(layer):
                found[attribute.name] = allowed[0]
        return found

    def filled_values(self, layer: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return some attributes of a label and the blank values of the others, in the schema's order."""
        filled = {**self.blank_values(layer), **values}
        return {each.name: filled[each.name] for each in self.layers[layer].attributes if each.name in filled}

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
    def span_layer_names(self) -> tuple[str, ...]:
        """The names of the layers whose labels are spans: the zones, then those declared."""
        return ("zones", *(layer.name for layer in self.span_layers))

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


def annotation_schema(text: str, migrations: tuple[str, ...] = ()) -> AnnotationSchema:
    """Return the schema with this canonical JSON text after some migrations; the same object for the same two."""
    return _parsed_schema(text, migrations)


@cache
def _parsed_schema(text: str, migrations: tuple[str, ...]) -> AnnotationSchema:
    return AnnotationSchema(strict_json.parse(text), migrations)


@cache
def bare_schema() -> AnnotationSchema:
    """Return the schema of documents without any layer but the zones."""
    envelope = tool_schema("envelope")
    head = {"$schema": envelope["$schema"], "$ref": "#/$defs/envelope", "unevaluatedProperties": False}
    return AnnotationSchema({**head, "$defs": envelope["$defs"]})
