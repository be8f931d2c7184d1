"""Mapping between a dataset's schema and Label Studio: projects, region labels, controls and relations.

A control is the name of a tag in the labeling config, and the ``from_name`` of its results. Controls and relations have
the names of attributes, unless the schema names them with ``control`` and ``relation``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Final

from pactwire.labelstudio.attribute_controls import (
    CHOICES,
    TEXTAREA,
    AttributeControl,
    ControlNames,
    PartRegions,
    ReferenceControls,
    part_regions,
    region_name,
    unique_name,
)
from pactwire.labelstudio.relation_meanings import RelationMeaning, RelationMeanings, relation_meaning
from pactwire.model.layers import AttributeKind, Layer
from pactwire.model.schema import AnnotationSchema

PROJECTS: Final = ("labels", "zones")
"""The projects of a dataset: one for the layers of its schema, one for zones.

Where each layer has a project of its own, these take the place of the first, and have the names of their layers.
"""

TEXT: Final = "text"
LABEL: Final = "label"
FINISHED: Final = "finished"
FLAGS: Final = "flags"

FLAG_NAMES: Final = ("needs discussion", "text unusable")


@dataclass(frozen=True)
class ProjectMapping:
    """What a project shows, and how: its layers, in the schema's order, and their controls and relations.

    ``layers`` are those of spans, ``article_layers`` those with one label for the whole article, whose controls belong
    to the task rather than to a region. ``labels`` are the layer and class of each region label of a layer. ``given``
    are layers of spans whose labels can be referred to and are not annotated there, in the project of another layer.
    """

    schema: AnnotationSchema
    layers: tuple[str, ...]
    article_layers: tuple[str, ...]
    labels: Mapping[str, tuple[str, str]]
    attributes: tuple[AttributeControl, ...]
    references: tuple[ReferenceControls, ...]
    parts: tuple[PartRegions, ...]
    given: tuple[str, ...] = ()

    @cached_property
    def all_layers(self) -> tuple[str, ...]:
        """The names of the layers that are annotated there, in the schema's order."""
        return tuple(name for name in self.schema.layer_names if name in (*self.layers, *self.article_layers))

    @cached_property
    def region_labels(self) -> Mapping[str, str]:
        """The layer of each region label, or the name of its parts, in the order of the palette."""
        layers: dict[str, str] = {}
        for name in (*self.given, *self.layers, *self.article_layers):
            layers |= {label: layer for label, (layer, _) in self.labels.items() if layer == name}
            layers |= {part.label: part.name for part in self.parts if part.owners[0][0] == name}
        return layers

    def region_label(self, layer: str, label: Mapping[str, Any]) -> str:
        """Return the region label of a layer's label: that of its class, if it has one and the layer has several."""
        key = self.class_key(layer)
        return self._labels_by_class[layer, (label.get(key) or "") if key else ""]

    def region_class(self, region_label: str) -> str:
        """Return the class that a region label stands for; empty if it stands for none."""
        return self.labels[region_label][1]

    @cached_property
    def _labels_by_class(self) -> Mapping[tuple[str, str], str]:
        return {layer_and_class: label for label, layer_and_class in self.labels.items()}

    def class_key(self, layer: str) -> str | None:
        """Return the key that the region label fills; None if the layer has one region label."""
        if layer == "zones":
            return "kind"
        declared = self.schema.layers[layer]
        return declared.class_attribute.name if declared.class_attribute and _has_classes(declared) else None

    def attributes_of(self, layer: str) -> tuple[AttributeControl, ...]:
        """Return the controls of a layer's attributes."""
        return self._attributes_by_layer.get(layer, ())

    @cached_property
    def _attributes_by_layer(self) -> Mapping[str, tuple[AttributeControl, ...]]:
        layers = dict.fromkeys(control.layer for control in self.attributes)
        return {layer: tuple(control for control in self.attributes if control.layer == layer) for layer in layers}

    def references_of(self, layer: str) -> tuple[ReferenceControls, ...]:
        """Return the controls of a layer's references."""
        return self._references_by_layer.get(layer, ())

    @cached_property
    def _references_by_layer(self) -> Mapping[str, tuple[ReferenceControls, ...]]:
        layers = dict.fromkeys(each.layer for each in self.references)
        return {layer: tuple(each for each in self.references if each.layer == layer) for layer in layers}

    def parts_of(self, layer: str) -> Sequence[tuple[str, str, PartRegions]]:
        """Return (attribute, relation, regions) for the parts of a layer's labels."""
        return self._parts_by_layer.get(layer, ())

    @cached_property
    def _parts_by_layer(self) -> Mapping[str, list[tuple[str, str, PartRegions]]]:
        found: dict[str, list[tuple[str, str, PartRegions]]] = {}
        for part in self.parts:
            for owner, attribute, relation in part.owners:
                found.setdefault(owner, []).append((attribute, relation, part))
        return found

    @cached_property
    def part_owners(self) -> Mapping[str, tuple[str, ...]]:
        """The layers whose labels have the parts of a name."""
        return {part.name: tuple(owner for owner, _, _ in part.owners) for part in self.parts}

    @property
    def relations(self) -> Mapping[str, Sequence[RelationMeaning]]:
        """The possible meanings of each relation, by name."""
        return self.meanings.by_name

    @cached_property
    def meanings(self) -> RelationMeanings:
        """What relations mean."""
        found = RelationMeanings()
        parts = {(owner, key): (relation, part) for part in self.parts for owner, key, relation in part.owners}
        relations = {(each.layer, each.attribute.name): each.relation for each in self.references}
        for layer in self.layers if self.layers != ("zones",) else ():
            for each in self.schema.layers[layer].attributes:
                if relation := relations.get((layer, each.name)):
                    found.add(relation_meaning(layer, each.name, relation, each.target_layers, each.is_drawn_in))
                elif (layer, each.name) in parts:
                    relation, part = parts[layer, each.name]
                    found.add(relation_meaning(layer, each.name, relation, [part.name]))
        return found

    @cached_property
    def per_region_controls(self) -> Mapping[str, tuple[str, str]]:
        """The (layer, kind) of each control of a region, apart from the marks."""
        return self._controls(self.layers)

    @cached_property
    def per_task_controls(self) -> Mapping[str, tuple[str, str]]:
        """The (layer, kind) of each control of the whole task that fills the label of an article."""
        return self._controls(self.article_layers)

    @cached_property
    def marks(self) -> Mapping[str, ReferenceControls]:
        """The references of labels of articles by the control, a choice, of the regions that they refer to."""
        return {reference.mark_control: reference for reference in self.references if reference.mark_control}

    def _controls(self, layers: tuple[str, ...]) -> dict[str, tuple[str, str]]:
        fields = [field for field in self.attributes if field.layer in layers]
        kinds = {field.control: (field.layer, field.kind) for field in fields}
        kinds |= {field.typed_control: (field.layer, TEXTAREA) for field in fields if field.typed_control}
        return kinds | {
            control: (reference.layer, kind)
            for reference in self.references
            if reference.layer in layers
            for control, kind in reference.controls.items()
        }


@cache
def project_mapping(schema: AnnotationSchema, project: str) -> ProjectMapping:
    """Return the mapping of one of PROJECTS."""
    if project == "zones":
        origin = AttributeControl(
            "origin", "zones", "origin", CHOICES, "Origin", schema.envelope_labels("origin"), AttributeKind.CHOICE
        )
        about = str(schema.declaration["$defs"]["language"]["description"])
        language = AttributeControl("language", "zones", "language", TEXTAREA, "Language", description=about)
        kinds: dict[str, tuple[str, str]] = {}
        for kind in schema.zone_kinds:
            shown = region_name(kind.name)
            kinds[unique_name(shown, f"zone {shown}", kinds)] = ("zones", kind.name)
        return ProjectMapping(schema, ("zones",), (), kinds, (origin, language), (), ())
    layers = tuple(schema.layers.values())
    labels = _region_labels(schema)
    names = ControlNames(layers, (TEXT, LABEL, FINISHED, FLAGS))
    mapping = ProjectMapping(
        schema,
        tuple(layer.name for layer in schema.span_layers),
        tuple(layer.name for layer in schema.article_layers),
        labels,
        tuple(
            control
            for layer in layers
            for control in names.attribute_controls(layer, schema.required_keys(layer.name), _has_classes(layer))
        ),
        tuple(each for layer in layers for each in names.reference_controls(layer)),
        tuple(part_regions(layers, labels)),
    )
    return mapping if project == PROJECTS[0] else _of_layer(mapping, project)


def _of_layer(mapping: ProjectMapping, layer: str) -> ProjectMapping:
    """Return what the project of one layer shows: that layer under the same names, and the layers it refers to."""
    given = given_layers(mapping.schema, layer)
    parts = (part._replace(owners=tuple(owner for owner in part.owners if owner[0] == layer)) for part in mapping.parts)
    return replace(
        mapping,
        layers=tuple(name for name in mapping.layers if name == layer),
        article_layers=tuple(name for name in mapping.article_layers if name == layer),
        labels={label: held for label, held in mapping.labels.items() if held[0] in (layer, *given)},
        attributes=tuple(each for each in mapping.attributes if each.layer == layer),
        references=tuple(each for each in mapping.references if each.layer == layer),
        parts=tuple(part for part in parts if part.owners),
        given=given,
    )


def given_layers(schema: AnnotationSchema, layer: str) -> tuple[str, ...]:
    """Return the layers that the labels of a layer refer to, and that these refer to, in the schema's order."""
    found: set[str] = set()
    ahead = [layer]
    while ahead:
        targets = {target for each in schema.layers[ahead.pop()].references for target in each.target_layers}
        ahead += targets - found
        found |= targets
    return tuple(name for name in schema.layers if name in found - {layer})


def offered_projects(schema: AnnotationSchema, is_layered: bool = False) -> tuple[str, ...]:
    """Return the projects that have layers to show: those of PROJECTS, or that for zones and one for each layer."""
    if is_layered:
        return (*schema.layers, PROJECTS[1])
    return tuple(name for name in PROJECTS if project_mapping(schema, name).all_layers)


def labeling_projects(schema: AnnotationSchema) -> tuple[str, ...]:
    """Return all projects for labeling that a dataset may have, whether each layer has one of its own or not."""
    return (*PROJECTS, *schema.layers)


def _has_classes(layer: Layer) -> bool:
    return layer.is_span and layer.palette == "class" and layer.class_attribute is not None


def _region_labels(schema: AnnotationSchema) -> dict[str, tuple[str, str]]:
    """Return the layer and class of each region label of the layers of spans, in their order.

    A label that is another layer's too has the name of the layer's labels before it.
    """
    labels: dict[str, tuple[str, str]] = {}
    for layer in schema.span_layers:
        for name in _palette_classes(schema, layer):
            shown = region_name(name or layer.label.upper())
            labels[unique_name(shown, region_name(f"{layer.label} {shown}"), labels)] = (layer.name, name)
    return labels


def _palette_classes(schema: AnnotationSchema, layer: Layer) -> Iterator[str]:
    """Yield the classes that have region labels; empty for labels of any class, or for those that may have none."""
    attribute = layer.class_attribute
    if attribute is None or not _has_classes(layer):
        yield ""
        return
    yield from (label.name for label in attribute.labels if not label.is_deprecated)
    if attribute.is_nullable or attribute.name not in schema.required_keys(layer.name):
        yield ""
