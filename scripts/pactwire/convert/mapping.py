"""The mapping of types, attributes and relations of another format to a dataset's layers, attributes and labels.

It is read in both directions: on import a name of the other format leads to ours, on export ours to the first name
that has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from pactwire.model.layers import Attribute, Layer, RowKind
from pactwire.model.schema import AnnotationSchema

ALL_OTHER_TYPES: Final = "*"
"""The entry for every type without an entry of its own."""
LINK: Final = "link"
"""The name of the link that a format has a place of its own for, such as brat's references and spaCy's kb_id."""
METONYM: Final = "metonym"
"""The name of the link to what a metonym stands for, which HIPE has a column for."""


@dataclass(frozen=True)
class MappedType:
    """What a span of a type is: a label of a layer, with labels of some of its choices."""

    layer: Layer
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MappedAttribute:
    """What an attribute is: one of a layer.

    ``value`` is the one label or party that it stands for, so that it has no value of its own; None for any.
    ``labels`` are labels of the dataset by values of the other format, where the two differ.
    """

    layer: Layer
    attribute: Attribute
    value: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _values(self) -> dict[str, str]:
        return {label: value for value, label in reversed([*self.labels.items()])}

    def external_value(self, label: str) -> str:
        """Return the other format's value for a label."""
        return self._values.get(label, label)


@dataclass(frozen=True)
class MappedRelation:
    """What a relation is: a reference or a part of a layer's labels.

    ``starts_at_label`` says that it leads from the label that has it, rather than from what the label refers to.
    """

    layer: Layer
    attribute: Attribute
    starts_at_label: bool = True


@dataclass(frozen=True)
class LabelMapping:
    """What types, attributes and relations of another format are in a dataset, each by its name there.

    Attributes:
        schema: That of the dataset.
        types: Types of spans that are labels; None leaves a type out, and the entry ``*`` is for all types without one.
        parts: Types of spans that are parts of labels, with the attributes that they may be.
        attributes: Attributes of spans, also links and notes; an attribute may be one of several layers.
        relations: Relations between spans; one may be a reference or a part of several layers.
        annotated: The layers that every annotated article was annotated for: empty where it has no label of them.
    """

    schema: AnnotationSchema
    types: Mapping[str, MappedType | None]
    parts: Mapping[str, tuple[MappedAttribute, ...]]
    attributes: Mapping[str, tuple[MappedAttribute, ...]]
    relations: Mapping[str, tuple[MappedRelation, ...]]
    annotated: tuple[str, ...]

    def find_type(self, name: str) -> MappedType | None:
        """Return what a type is, None if it is left out; raises KeyError if the mapping does not say."""
        return self.types[name if name in self.types else ALL_OTHER_TYPES]

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that types are mapped to, in the schema's order."""
        named = {mapped.layer.name for mapped in self.types.values() if mapped}
        return tuple(layer for layer in self.schema.span_layers if layer.name in named)

    @property
    def layer_types(self) -> frozenset[str]:
        """The types that are all labels of a layer, whatever its class: those of a layer of the other format."""
        return frozenset(name for name, mapped in self.types.items() if mapped and not mapped.values)

    @cached_property
    def _type_names(self) -> dict[str, dict[tuple[str, ...], dict[tuple[Any, ...], str]]]:
        """The first type with each combination of values, by layer and by the attributes that it has values of."""
        found: dict[str, dict[tuple[str, ...], dict[tuple[Any, ...], str]]] = {}
        for name, mapped in self.types.items():
            if mapped is not None and name != ALL_OTHER_TYPES:
                by_keys = found.setdefault(mapped.layer.name, {})
                keys = tuple(sorted(mapped.values))
                by_keys.setdefault(keys, {}).setdefault(tuple(mapped.values[key] for key in keys), name)
        return {
            layer: dict(sorted(by_keys.items(), key=lambda item: -len(item[0]))) for layer, by_keys in found.items()
        }

    def type_name(self, layer: str, label: Mapping[str, Any]) -> str | None:
        """Return the type that says most of a label, of several the first; None if none has it."""
        for keys, names in self._type_names.get(layer, {}).items():
            if name := names.get(tuple(map(label.get, keys))):
                return name
        return None

    @cached_property
    def _attribute_names(self) -> dict[tuple[str, str], list[tuple[str, MappedAttribute]]]:
        found: dict[tuple[str, str], list[tuple[str, MappedAttribute]]] = {}
        for name, entries in self.attributes.items():
            for entry in entries:
                found.setdefault((entry.layer.name, entry.attribute.name), []).append((name, entry))
        return found

    def attribute_names(self, layer: str, attribute: str) -> list[tuple[str, MappedAttribute]]:
        """Return the attributes that an attribute of a layer has in the other format, each with its entry, in order."""
        return self._attribute_names.get((layer, attribute), [])

    @cached_property
    def _relation_names(self) -> dict[tuple[str, str], tuple[str, MappedRelation]]:
        found: dict[tuple[str, str], tuple[str, MappedRelation]] = {}
        for name, entries in self.relations.items():
            for entry in entries:
                found.setdefault((entry.layer.name, entry.attribute.name), (name, entry))
        return found

    def relation_name(self, layer: str, attribute: str) -> tuple[str, MappedRelation] | None:
        """Return the relation that a reference or a part is in the other format, None if there is none."""
        return self._relation_names.get((layer, attribute))

    def part_name(self, layer: str, attribute: str) -> str | None:
        """Return the type of the spans that a part is in the other format, None if there is none."""
        return self._part_names.get((layer, attribute))

    @cached_property
    def _part_names(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for name, entries in self.parts.items():
            for entry in entries:
                found.setdefault((entry.layer.name, entry.attribute.name), name)
        return found


def mention_layer(schema: AnnotationSchema) -> Layer | None:
    """Return the layer that formats of mentions alone hold: that of names, or the first with rows of tokens."""
    return next(token_layers(schema), None)


def token_layers(schema: AnnotationSchema) -> Iterator[Layer]:
    """Yield the layers whose labels are mentions, typed by a class: that of names, then those with rows of tokens."""
    names = schema.names_layer
    if names is not None:
        yield names
    for layer in schema.span_layers:
        if layer is not names and layer.rows == RowKind.TOKENS:
            yield layer
