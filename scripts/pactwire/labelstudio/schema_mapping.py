"""Mapping between a dataset's schema and Label Studio: projects, region labels, controls and relations.

A control is the name of a tag in the labeling config, and the ``from_name`` of its results. Controls and relations have
the names of attributes, unless the schema names them with ``control`` and ``relation``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, NamedTuple

from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.labelstudio.control_names import ControlNames, relation_name
from pactwire.model.issues import Issue
from pactwire.model.labels import references as references_of
from pactwire.model.layers import TOPICS, Attribute, AttributeKind, Label, Layer
from pactwire.model.schema import AnnotationSchema

PROJECTS: Final = ("labels", "zones")
"""The projects of a dataset: one for the layers of its schema, one for zones."""

TEXT: Final = "text"
LABEL: Final = "label"
FINISHED: Final = "finished"
FLAGS: Final = "flags"
TOPIC: Final = "topic"

CHOICES: Final = "choices"
TEXTAREA: Final = "textarea"
TAXONOMY: Final = "taxonomy"
"""A searchable list of names and ids; its value is the id."""

FLAG_NAMES: Final = ("needs discussion", "text unusable")

_CONTROL_KINDS: Final[Mapping[AttributeKind, str]] = {
    AttributeKind.CHOICE: CHOICES,
    AttributeKind.CHOICES: CHOICES,
    AttributeKind.FLAG: CHOICES,
    AttributeKind.NUMBER: TEXTAREA,
    AttributeKind.LINK: TAXONOMY,
    AttributeKind.TEXT: TEXTAREA,
}


class AttributeControl(NamedTuple):
    """The control of a label's attribute: the layer and key that it fills, its kind, title, labels and sort of value.

    An optional one may be left unset, which means ``default``. ``typed_control`` is another control for the same key,
    to type values that the list does not have.
    """

    control: str
    layer: str
    key: str
    kind: str
    title: str
    labels: tuple[Label, ...] = ()
    value: AttributeKind = AttributeKind.TEXT
    default: str | None = None
    is_optional: bool = False
    typed_control: str = ""


class ReferenceControls(NamedTuple):
    """How a reference is made: by a relation to a label, or by a control for parties or topics (empty if none)."""

    layer: str
    attribute: Attribute
    relation: str
    party_control: str
    topic_control: str

    @property
    def name(self) -> str:
        """What the page and messages call it: its relation, or the attribute if none can be drawn."""
        return self.relation or self.attribute.name

    @property
    def controls(self) -> dict[str, str]:
        """The kinds of its controls, by name."""
        kinds = {self.party_control: CHOICES, self.topic_control: TAXONOMY}
        return {control: kind for control, kind in kinds.items() if control}


class PartRegions(NamedTuple):
    """The regions of one label that are parts of other labels; ``owners`` are (layer, attribute, relation)."""

    name: str
    label: str
    owners: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class ProjectMapping:
    """What a project shows, and how: its layers, in the schema's order, and their controls and relations."""

    schema: AnnotationSchema
    layers: tuple[str, ...]
    attributes: tuple[AttributeControl, ...]
    references: tuple[ReferenceControls, ...]
    parts: tuple[PartRegions, ...]

    @cached_property
    def region_labels(self) -> Mapping[str, str]:
        """The layer of each region label, or the name of its parts, in the order of the palette."""
        layers: dict[str, str] = {}
        for name in self.layers:
            layers |= dict.fromkeys(_palette(self.schema, name), name)
            layers |= {part.label: part.name for part in self.parts if part.owners[0][0] == name}
        return layers

    def region_label(self, layer: str, label: Mapping[str, Any]) -> str:
        """Return the region label of a layer's label: its class if the layer has several region labels."""
        key = self.class_key(layer)
        return str(label[key]) if key else _single_label(self.schema.layers[layer])

    def class_key(self, layer: str) -> str | None:
        """Return the key that the region label fills; None if the layer has one region label."""
        if layer == "zones":
            return "kind"
        declared = self.schema.layers[layer]
        return declared.class_attribute.name if declared.class_attribute and _has_classes(declared) else None

    def attributes_of(self, layer: str) -> tuple[AttributeControl, ...]:
        """Return the controls of a layer's attributes."""
        return tuple(control for control in self.attributes if control.layer == layer)

    def references_in(self, layer: str, label: Mapping[str, Any]) -> Iterator[tuple[ReferenceControls, str]]:
        """Yield the references of a label, each with how it is made."""
        for reference in self.references:
            if reference.layer == layer:
                yield from ((reference, each) for each in references_of(reference.attribute, label))

    def parts_of(self, layer: str) -> list[tuple[str, str, PartRegions]]:
        """Return (attribute, relation, regions) for the parts of a layer's labels."""
        return [
            (attribute, relation, part)
            for part in self.parts
            for owner, attribute, relation in part.owners
            if owner == layer
        ]

    @cached_property
    def part_owners(self) -> Mapping[str, tuple[str, ...]]:
        """The layers whose labels have the parts of a name."""
        return {part.name: tuple(owner for owner, _, _ in part.owners) for part in self.parts}

    @cached_property
    def relations(self) -> Mapping[str, list[tuple[str, tuple[str, ...]]]]:
        """The layers that each relation starts from, each with the layers, or parts, that it may lead to."""
        found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for layer in self.layers:
            for attribute in self.schema.layers[layer].attributes if layer != "zones" else ():
                for relation, targets in self._relation_of(layer, attribute):
                    found.setdefault(relation, []).append((layer, targets))
        return found

    def _relation_of(self, layer: str, attribute: Attribute) -> Iterator[tuple[str, tuple[str, ...]]]:
        for reference in self.references:
            if reference.relation and (reference.layer, reference.attribute.name) == (layer, attribute.name):
                yield reference.relation, attribute.target_layers
        for name, relation, part in self.parts_of(layer):
            if name == attribute.name:
                yield relation, (part.name,)

    @cached_property
    def per_region_controls(self) -> Mapping[str, tuple[str, str]]:
        """The (layer, kind) of each per-region control."""
        fields = {field.control: (field.layer, field.kind) for field in self.attributes}
        fields |= {field.typed_control: (field.layer, TEXTAREA) for field in self.attributes if field.typed_control}
        return fields | {
            control: (reference.layer, kind)
            for reference in self.references
            for control, kind in reference.controls.items()
        }


@cache
def project_mapping(schema: AnnotationSchema, project: str) -> ProjectMapping:
    """Return the mapping of one of PROJECTS."""
    if project == "zones":
        origin = AttributeControl(
            "origin", "zones", "origin", CHOICES, "Origin", schema.envelope_labels("origin"), AttributeKind.CHOICE
        )
        language = AttributeControl("language", "zones", "language", TEXTAREA, "Language")
        return ProjectMapping(schema, ("zones",), (origin, language), (), ())
    layers = [schema.layers[name] for name in labeled_layers(schema)]
    names = ControlNames(layers, (TEXT, LABEL, FINISHED, FLAGS))
    return ProjectMapping(
        schema,
        tuple(layer.name for layer in layers),
        tuple(control for layer in layers for control in _attribute_controls(layer, names)),
        tuple(_reference_controls(layer, each, names) for layer in layers for each in layer.references),
        tuple(_part_regions(schema, layers)),
    )


@cache
def labeled_layers(schema: AnnotationSchema) -> tuple[str, ...]:
    """Return the layers that a project can show: those of spans. Labels of whole articles have no controls.

    A layer that refers to another needs that one too, and its region labels must not be those of an earlier one.
    """
    taken: set[str] = set()
    found = []
    for layer in schema.span_layers:
        labels = set(_palette(schema, layer.name))
        if not labels & taken:
            found.append(layer)
            taken |= labels | {str(part.region) for part in layer.parts}
    while unresolved := [layer for layer in found if not _targets(layer) <= {each.name for each in found}]:
        found = [layer for layer in found if layer not in unresolved]
    return tuple(layer.name for layer in found)


def offered_projects(schema: AnnotationSchema) -> tuple[str, ...]:
    """Return those of PROJECTS that have layers to show."""
    return tuple(name for name in PROJECTS if project_mapping(schema, name).layers)


def unsupported_issues(schema: AnnotationSchema) -> list[Issue]:
    """Return an issue if a schema has layers that no project can show."""
    names = [name for name in schema.layers if name not in labeled_layers(schema)]
    if not names:
        return []
    message = f"Label Studio shows layers of spans with region labels of their own; it does not show {', '.join(names)}"
    return [Issue(SCHEMA_FILE, 1, "layers-unsupported", message)]


def _targets(layer: Layer) -> set[str]:
    return {target for reference in layer.references for target in reference.target_layers}


def _has_classes(layer: Layer) -> bool:
    return layer.palette == "class" and layer.class_attribute is not None


def _single_label(layer: Layer) -> str:
    return layer.label.upper()


def _palette(schema: AnnotationSchema, name: str) -> list[str]:
    """Return the region labels of a layer without those of its parts."""
    if name == "zones":
        return [kind.name for kind in schema.zone_kinds]
    layer = schema.layers[name]
    if layer.class_attribute and _has_classes(layer):
        return [label.name for label in layer.class_attribute.labels if not label.is_deprecated]
    return [_single_label(layer)]


def _attribute_controls(layer: Layer, names: ControlNames) -> Iterator[AttributeControl]:
    for attribute in layer.of_kind(*_CONTROL_KINDS):
        if _has_classes(layer) and attribute == layer.class_attribute:
            continue
        control = names.name(layer, attribute, attribute.name)
        yield AttributeControl(
            control,
            layer.name,
            attribute.name,
            _CONTROL_KINDS[attribute.kind],
            attribute.title,
            tuple(label for label in attribute.labels if not label.is_deprecated),
            attribute.kind,
            attribute.default,
            attribute.is_nullable or attribute.default is not None or attribute.kind == AttributeKind.CHOICES,
            f"new_{control}" if attribute.kind == AttributeKind.LINK else "",
        )


def _reference_controls(layer: Layer, attribute: Attribute, names: ControlNames) -> ReferenceControls:
    relation = relation_name(attribute)
    control = names.name(layer, attribute, relation)
    topic = ""
    if TOPICS in attribute.to:
        named = attribute.control if attribute.control and not attribute.parties else None
        topic = named or (TOPIC if names.topics == 1 else f"{control}_{TOPIC}")
    return ReferenceControls(
        layer.name,
        attribute,
        relation if attribute.target_layers else "",
        control if attribute.parties else "",
        topic,
    )


def _part_regions(schema: AnnotationSchema, layers: Sequence[Layer]) -> Iterator[PartRegions]:
    """Yield the regions of parts by their label; parts of several layers may have one."""
    owners: dict[str, list[tuple[str, str, str]]] = {}
    for layer in layers:
        for part in layer.parts:
            region = part.region or part.name.upper()
            owners.setdefault(region, []).append((layer.name, part.name, part.relation or part.name))
    for region, found in owners.items():
        name = f"{region.lower()}s"
        while name in schema.layers:
            name += "_"
        yield PartRegions(name, region, tuple(found))
