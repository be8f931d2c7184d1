"""Controls of attributes in Label Studio: their names, and those of relations and of the regions of parts."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from pactwire.model.layers import TOPICS, Attribute, AttributeKind, Label, Layer

CHOICES: Final = "choices"
TEXTAREA: Final = "textarea"
TAXONOMY: Final = "taxonomy"
"""A searchable list of names and ids; its value is the id."""
TOPIC: Final = "topic"

_CONTROL_KINDS: Final[Mapping[AttributeKind, str]] = {
    AttributeKind.CHOICE: CHOICES,
    AttributeKind.CHOICES: CHOICES,
    AttributeKind.FLAG: CHOICES,
    AttributeKind.NUMBER: TEXTAREA,
    AttributeKind.LINK: TAXONOMY,
    AttributeKind.TEXT: TEXTAREA,
}
"""Kinds of controls. A number is typed as text: a field of the page for numbers turns nothing into 0."""


class AttributeControl(NamedTuple):
    """The control of a label's attribute: the layer and key that it fills, its kind, title, labels and sort of value.

    An optional one may be left unset, which means ``default``. ``typed_control`` is another control for the same key,
    to type values that the list does not have. ``attribute`` is what the schema declares; None for zones.
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
    description: str = ""
    attribute: Attribute | None = None


class ReferenceControls(NamedTuple):
    """How a reference is made: by a relation to a label, or by a control for parties or topics (empty if none).

    No relation starts from a label of a whole article: a region that it refers to has ``mark_control`` set, a choice
    with the one label ``name``.
    """

    layer: str
    attribute: Attribute
    relation: str
    party_control: str
    topic_control: str
    mark_control: str = ""

    @property
    def name(self) -> str:
        """What the page and messages call it: its relation, or the attribute if none can be drawn."""
        return self.relation or self.attribute.name

    @property
    def controls(self) -> dict[str, str]:
        """The kinds of its controls for parties and topics, by name."""
        kinds = {self.party_control: CHOICES, self.topic_control: TAXONOMY}
        return {control: kind for control, kind in kinds.items() if control}


class PartRegions(NamedTuple):
    """The regions of one label that are parts of other labels; ``owners`` are (layer, attribute, relation).

    The relation of a part of a whole article's label is empty: the one region with the label is the part.
    """

    name: str
    label: str
    owners: tuple[tuple[str, str, str], ...]


class ControlNames:
    """Names controls, each once: an attribute that several layers have gets the name of the layer's label before it."""

    def __init__(self, layers: Sequence[Layer], reserved: Sequence[str]) -> None:
        self._counts = Counter(reserved)
        self._counts.update(attribute.name for layer in layers for attribute in layer.attributes)
        self._counts.update(
            _relation_name(each) for layer in layers for each in layer.references if _relation_name(each) != each.name
        )
        self._taken = {*reserved}
        self._relations = relation_names(layers)
        self._topics = sum(TOPICS in each.to for layer in layers for each in layer.references)

    def attribute_controls(
        self, layer: Layer, required: Collection[str], fills_class: bool
    ) -> Iterator[AttributeControl]:
        """Yield the controls of a layer's attributes other than references and parts.

        Args:
            layer: The layer.
            required: The keys that every label has.
            fills_class: Whether the region label fills the class, which then has no control.
        """
        for attribute in layer.of_kind(*_CONTROL_KINDS):
            if fills_class and attribute == layer.class_attribute:
                continue
            control = self._name(layer, attribute, attribute.name)
            may_be_missing = attribute.name not in required or attribute.is_nullable or attribute.default is not None
            yield AttributeControl(
                control,
                layer.name,
                attribute.name,
                _CONTROL_KINDS[attribute.kind],
                attribute.title,
                tuple(label for label in attribute.labels if not label.is_deprecated),
                attribute.kind,
                attribute.default,
                may_be_missing or attribute.kind == AttributeKind.CHOICES,
                self._claim(f"new_{control}", layer) if attribute.kind == AttributeKind.LINK else "",
                attribute.description,
                attribute,
            )

    def reference_controls(self, layer: Layer) -> Iterator[ReferenceControls]:
        """Yield the controls of a layer's references."""
        for attribute in layer.references:
            name = self._relations[layer.name, attribute.name]
            control = self._name(layer, attribute, name)
            relation = name if attribute.target_layers and layer.is_span else ""
            yield ReferenceControls(
                layer.name,
                attribute,
                relation,
                control if attribute.parties else "",
                self._topic_control(layer, attribute, control) if TOPICS in attribute.to else "",
                self._mark_control(layer, attribute, control) if attribute.target_layers and not layer.is_span else "",
            )

    def _name(self, layer: Layer, attribute: Attribute, default: str) -> str:
        """Return the name of an attribute's control: that in the schema, else ``default``."""
        name = attribute.control or (default if self._counts[default] < 2 else f"{layer.label}_{default}")
        return self._claim(name, layer)

    def _claim(self, name: str, layer: Layer) -> str:
        """Return a name that nothing has yet."""
        name = name if _is_read_as_text(name) else f"{name}_"
        name = unique_name(name, f"{layer.label}_{name}", self._taken)
        self._taken.add(name)
        return name

    def _topic_control(self, layer: Layer, attribute: Attribute, control: str) -> str:
        if attribute.control and not attribute.parties:
            return control
        return self._claim(TOPIC if self._topics == 1 else f"{control}_{TOPIC}", layer)

    def _mark_control(self, layer: Layer, attribute: Attribute, control: str) -> str:
        is_free = not attribute.parties and TOPICS not in attribute.to
        return control if is_free else self._claim(f"{control}_mention", layer)


def part_regions(layers: Sequence[Layer], taken: Collection[str]) -> Iterator[PartRegions]:
    """Yield the regions of parts by their label; parts of several layers of spans may have one.

    Args:
        layers: The layers.
        taken: The region labels of labels.
    """
    owners: dict[str, list[tuple[str, str, str]]] = {}
    relations = relation_names(layers)
    for layer in sorted(layers, key=lambda layer: not layer.is_span):
        for part in layer.parts:
            region = region_name(part.region or part.name.upper())
            used = taken if layer.is_span else {*taken, *owners}
            region = unique_name(region, region_name(f"{layer.label.upper()} {region}"), used)
            relation = relations[layer.name, part.name] if layer.is_span else ""
            owners.setdefault(region, []).append((layer.name, part.name, relation))
    names = {layer.name for layer in layers}
    for region, found in owners.items():
        name = f"{region.lower()}s"
        while name in names:
            name += "_"
        names.add(name)
        yield PartRegions(name, region, tuple(found))


def relation_names(layers: Sequence[Layer]) -> dict[tuple[str, str], str]:
    """Return the name of each relation, by the layer and the attribute that it fills.

    A layer has each name once, and so has each direction between two layers.
    """
    names: dict[tuple[str, str], str] = {}
    between: dict[tuple[str, str], set[str]] = {}
    for layer in layers:
        own: set[str] = set()
        for attribute in layer.of_kind(AttributeKind.REFERENCE, AttributeKind.REFERENCES, AttributeKind.PART):
            others = [(layer.name, target) for target in attribute.target_layers]
            places = [place[::-1] for place in others] if attribute.is_drawn_in else others
            wanted, taken = _relation_name(attribute), own.union(*(between.get(place, set()) for place in places))
            longer = attribute.name if attribute.name != wanted else f"{layer.label}_{wanted}"
            name = names[layer.name, attribute.name] = unique_name(wanted, longer, taken)
            own.add(name)
            for place in places:
                between.setdefault(place, set()).add(name)
    return names


def _is_read_as_text(name: str) -> bool:
    """Say whether a server reads a name in a labeling config as text, not as a number or as true or false."""
    try:
        float(name)
    except ValueError:
        return name.lower() not in ("true", "false")
    return False


def _relation_name(attribute: Attribute) -> str:
    """Return the name of a relation: that in the schema, else the attribute's, in the singular."""
    is_plural = attribute.kind == AttributeKind.REFERENCES
    return attribute.relation or (attribute.name.removesuffix("s") if is_plural else attribute.name)


def unique_name(name: str, longer: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: the name itself, a longer one, or that with a number."""
    number, candidate = 1, name
    while candidate in taken:
        candidate = longer if number == 1 else f"{longer} {number}"
        number += 1
    return candidate


def region_name(text: str) -> str:
    """Return a region label for a text: a comma would divide it in the labeling config."""
    return plain_dollars(text).replace(",", ";")


def region_names(names: Sequence[str]) -> dict[str, str]:
    """Return the region label of each name, in their order; no two are the same."""
    found: dict[str, str] = {}
    for name in names:
        found[name] = unique_name(region_name(name), region_name(name), found.values())
    return found


def plain_dollars(text: str) -> str:
    """Replace dollar signs by wide ones, since the page shows a field of the task in place of ``$name``."""
    return text.replace("$", "\uff04")
