"""Tags of the labeling config for the attributes of labels: titles, hints, and the controls that fill them."""

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as Xml

from pactwire.corpus.tables import LinkRow
from pactwire.labelstudio import attribute_controls, schema_mapping
from pactwire.labelstudio.attribute_controls import AttributeControl, ReferenceControls
from pactwire.labelstudio.control_values import FLAG_LABELS
from pactwire.labelstudio.hotkeys import Hotkeys
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model.layers import TOPIC_PREFIX, Attribute, AttributeKind, Label
from pactwire.model.records import Topic

MAX_LISTED: Final = 2000
"""The number of entries in a searchable list; with more, the page gets slow."""

RELATIONS_TITLE: Final = "Relations: Alt+R, then click the other region"

_DESCRIBED: Final = (AttributeKind.LINK, AttributeKind.FLAG, AttributeKind.NUMBER)
"""Kinds of attributes whose description stands below their title; labels and fields of text have theirs as hints."""
_LIMITS: Final = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
    "multipleOf": "a multiple of",
}


class AttributeTags:
    """Adds the controls of layers to an element, each layer's visible only while they can be used."""

    def __init__(
        self,
        side: Xml.Element,
        mapping: ProjectMapping,
        keys: Hotkeys,
        topics: Sequence[Topic],
        links: Sequence[LinkRow],
    ) -> None:
        self._side = side
        self._mapping = mapping
        self._keys = keys
        self._topics = [(topic["id"], topic["title"], topic["definition"]) for topic in topics]
        self._links = links

    def add_layer(self, layer: str) -> None:
        """Add the controls of a layer's labels: of the selected region, or of the article while none is selected.

        What is drawn comes first, since people draw before they judge; the attributes choose their keys first.
        """
        where = self._region_condition((layer,)) if layer in self._mapping.layers else {}
        if not where:
            title = Xml.SubElement(self._block(where), "View", className="pw-layer")
            _add_header(title, self._mapping.schema.layers[layer].title)
        start = len(self._side)
        for control in self._mapping.attributes_of(layer):
            self._add_attribute(control, where)
        end = len(self._side)
        self.add_relations(layer)
        for reference in self._mapping.references_of(layer):
            self._add_reference(reference, where)
        self._side[start:] = [*self._side[end:], *self._side[start:end]]

    def add_relations(self, layer: str) -> None:
        """Say how relations are drawn from and to the regions of a layer, or of parts."""
        if hints := relation_hints(self._mapping, layer):
            block = self._titled_block(RELATIONS_TITLE, self._region_condition((layer,)))
            _add_hint(block, "; ".join(hints))

    def add_marks(self) -> None:
        """Add the marks of regions that labels of articles refer to."""
        for control, reference in self._mapping.marks.items():
            where = self._region_condition(reference.attribute.target_layers)
            block = self._titled_block(self._mapping.schema.layers[reference.layer].title, where)
            mark = Label(reference.name, reference.attribute.title, reference.attribute.description)
            self._add_choices(block, {"name": control, "toName": schema_mapping.TEXT, **where}, [mark], True)

    def _region_condition(self, layers: Sequence[str]) -> dict[str, str]:
        """Return the settings of a control of regions of some layers."""
        labels = [label for label, layer in self._mapping.region_labels.items() if layer in layers]
        return {"perRegion": "true", "whenLabelValue": ",".join(labels)}

    def _block(self, where: dict[str, str]) -> Xml.Element:
        """Add a block that is visible while such a region is selected, or none where it is of the article."""
        condition = {"visibleWhen": "no-region-selected"}
        if where:
            condition = {
                "visibleWhen": "region-selected",
                "whenTagName": schema_mapping.LABEL,
                "whenLabelValue": where["whenLabelValue"],
            }
        return Xml.SubElement(self._side, "View", condition)

    def _titled_block(self, title: str, where: dict[str, str]) -> Xml.Element:
        block = self._block(where)
        _add_header(block, title)
        return block

    def _add_attribute(self, control: AttributeControl, where: dict[str, str]) -> None:
        settings = {"name": control.control, "toName": schema_mapping.TEXT, **where}
        if where and not control.is_optional:  # a label of an article need not be there: its layer is finished or not
            settings["required"] = "true"
        title = f"{control.title} (default: {control.default})" if control.default is not None else control.title
        block = self._titled_block(title, where)
        if control.value in _DESCRIBED and control.description:
            _add_hint(block, control.description)
        if control.kind == attribute_controls.CHOICES:
            labels = FLAG_LABELS if control.value == AttributeKind.FLAG else control.labels
            self._add_choices(block, settings, labels, control.value == AttributeKind.CHOICES)
        elif control.kind == attribute_controls.TAXONOMY:
            self._add_links(block, control, settings)
        else:
            _add_text_area(block, settings, *_text_hint(control))

    def _add_links(self, block: Xml.Element, control: AttributeControl, settings: dict[str, str]) -> None:
        attribute = control.attribute
        assert attribute
        listed = [
            (row.link, row.name, attribute.link_address(row.link))
            for row in self._links
            if attribute.allows_link(row.link)
        ]
        _add_taxonomy(block, settings, listed, False)
        examples = ", ".join(map(str, attribute.examples)) or "an id"
        typed = {key: value for key, value in settings.items() if key != "required"}
        _add_text_area(block, typed | {"name": control.typed_control}, f"or type {examples}, Enter")

    def _add_reference(self, reference: ReferenceControls, where: dict[str, str]) -> None:
        """Add the controls for parties and topics, which no region stands for."""
        attribute = reference.attribute
        is_related = reference.relation or reference.mark_control
        title = f"{attribute.title}, where no region is related" if is_related else attribute.title
        settings = {"toName": schema_mapping.TEXT, **where}
        several = attribute.kind == AttributeKind.REFERENCES
        if reference.party_control:
            parties = [Label(each, each, attribute.value_description) for each in attribute.parties]
            block = self._titled_block(title, where)
            self._add_choices(block, settings | {"name": reference.party_control}, parties, several)
        if reference.topic_control and self._topics:
            block = self._titled_block(f"{attribute.title}: a topic", where)
            _add_taxonomy(block, settings | {"name": reference.topic_control}, self._topics, several)

    def _add_choices(
        self, block: Xml.Element, settings: dict[str, str], labels: Sequence[Label], several: bool
    ) -> None:
        choice = "multiple" if several else "single"
        tag = Xml.SubElement(block, "Choices", settings, choice=choice, layout="inline")
        for label in labels:
            about = {"value": label.name, **({"hint": label.definition} if label.definition else {})}
            if (shown := attribute_controls.plain_dollars(label.name)) != label.name:
                about |= {"value": shown, "alias": label.name}
            Xml.SubElement(tag, "Choice", {**about, **self._keys.key_for(label.name)})


def relation_hints(mapping: ProjectMapping, layer: str) -> list[str]:
    """Return how the relations of a layer's regions, or of parts, are drawn: to or from which others."""
    names = {each.name: each.label for each in mapping.schema.layers.values()}
    names |= {part.name: part.label for part in mapping.parts}
    hints = []
    for meaning in (each for named in mapping.relations.values() for each in named):
        if layer in meaning.starts or layer in meaning.ends:
            way, others = ("to", meaning.ends) if layer in meaning.starts else ("from", meaning.starts)
            pairs = [(layer, other) if way == "to" else (other, layer) for other in others]
            is_told = all(mapping.meanings.unlabeled(*pair) for pair in pairs)
            if is_told and not any(mapping.meanings.drawn(end, start) for start, end in pairs):
                way = "to or from"
            label = "" if is_told else ", with its label"
            hints.append(f"{meaning.relation}: {way} {' or '.join(names[other] for other in others)}{label}")
    return hints


def _add_header(block: Xml.Element, title: str) -> None:
    Xml.SubElement(block, "Header", value=attribute_controls.plain_dollars(title), size="6")


def _add_hint(block: Xml.Element, text: str) -> None:
    """Add a line below a title."""
    _add_header(Xml.SubElement(block, "View", className="pw-hint"), text)


def _text_hint(control: AttributeControl) -> tuple[str, int]:
    """Return what to type into a field, and its number of rows."""
    if control.value == AttributeKind.NUMBER:
        assert control.attribute
        return f"{_number_hint(control.attribute)}, then Enter", 1
    words = control.description.rstrip(".") or "The text"
    return (f"{words}, then Enter", 1) if control.layer == "zones" else (f"{words}; kept when you go on", 3)


def _number_hint(attribute: Attribute) -> str:
    """Return which numbers an attribute may have."""
    what = "A whole number" if attribute.is_integer else "A number"
    limits = [f"{_LIMITS[key]} {limit:g}" for key, limit in attribute.limits.items()]
    return ", ".join([what, *limits])


def _add_text_area(block: Xml.Element, settings: dict[str, str], placeholder: str, rows: int = 1) -> None:
    """Add a field without a button: the page keeps what is typed when the region is left, and before a Submit."""
    look = {"rows": str(rows), "placeholder": placeholder, "showSubmitButton": "false"}
    Xml.SubElement(block, "TextArea", settings | look, maxSubmissions="1", editable="true")


def _add_taxonomy(
    block: Xml.Element, settings: dict[str, str], offered: Sequence[tuple[str, str, str]], several: bool
) -> None:
    """Add a searchable list of (id, name, hint), unless it is empty: a server refuses an empty one."""
    if not offered:
        return
    look = {"placeholder": "Choose by name", "minWidth": "200px", "dropdownWidth": "420"}
    tag = Xml.SubElement(block, "Taxonomy", settings | look | ({} if several else {"maxUsages": "1"}))
    for identity, name, hint in offered[:MAX_LISTED]:
        # The page omits the second of two equal names, so each includes its id.
        value = f"{name} · {identity.removeprefix(TOPIC_PREFIX)}"
        Xml.SubElement(tag, "Choice", {"hint": hint} if hint else {}, value=value, alias=identity)
