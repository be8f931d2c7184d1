"""Labeling config: the XML of a Label Studio project, built from the labels of the schema.

Region labels are in a bar above the text, the attributes of the selected region beside it; both stay visible while the
text scrolls. The XML is indented, and the same schema gives the same XML.
"""

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as Xml

from pactwire.card import palette
from pactwire.corpus.tables import LinkRow
from pactwire.labelstudio import attribute_controls, schema_mapping
from pactwire.labelstudio.attribute_controls import AttributeControl, ReferenceControls
from pactwire.labelstudio.control_values import FLAG_LABELS
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model import escapes
from pactwire.model.layers import TOPIC_PREFIX, AttributeKind, Label, RowKind
from pactwire.model.records import Topic
from pactwire.model.schema import AnnotationSchema

_COLORS: Final = {
    "classes": ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#8C510A"),
    "sentences": ("#BBBBBB",),
    "parts": ("#F0E442",),
    "spans": ("#CC79A7",),
    "zones": (
        "#0072B2", "#56B4E9", "#009E73", "#CCDDAA", "#E69F00", "#D55E00", "#CC79A7",
        "#8C510A", "#F0E442", "#7B3294", "#AA4466", "#333333", "#BBBBBB", "#777777",
    ),
}  # fmt: skip
"""Colors of region labels by what they mark, in order, starting with those of Okabe and Ito for color-blind people.

A layer whose rows are sentences is gray, since it covers most of a text and names must stand out on it. Further labels
get generated colors.
"""
_LUMINANCES: Final = (0.3, 0.14, 0.55)

_STYLE: Final = """
[class*="htx-richtext"] { white-space: pre-wrap; font-size: 16px; line-height: 2; }
[class*="htx-highlight"] area { display: inline; }
[class*="relationItem"] { opacity: .2; }
[class*="relationItem"][class*="_highlighted"] { opacity: 1 !important; }
.pw-bar { position: sticky; top: 0; z-index: 200; background: var(--color-neutral-background, #fff); }
.pw-page { display: flex; gap: 16px; align-items: flex-start; }
.pw-text { flex: 1 1 auto; min-width: 0; max-width: 92ch; padding-top: 12px; }
.pw-side { flex: 0 0 260px; position: sticky; top: 60px; max-height: 85vh; overflow-y: auto; font-size: 13px; }
.pw-told { flex: 0 0 300px; position: sticky; top: 60px; max-height: 85vh; overflow-y: auto; }
.pw-page .pw-told * { white-space: pre-wrap; font-weight: normal; }
.pw-page h1, .pw-page h2, .pw-page h3, .pw-page h4, .pw-page h5, .pw-page h6 {
  font-size: 12px; line-height: 16px; margin: 6px 0 0; color: var(--color-neutral-content-subtler, #666); }
.pw-side [class*="choices"], .pw-side [class*="choice_"] { margin: 0 8px 0 0; line-height: 20px; }
"""

_PLACEHOLDERS: Final = {
    "new_link": "or type Q7184, NIL:john-kirby, then Enter",
    "new_metonym_of": "or type Q159, then Enter",
    "normalized": "One English sentence that stands by itself, then Shift+Enter",
    "language": "fr, uk, bg … or und, then Enter",
}
MAX_LISTED: Final = 2000
"""The number of entries in a searchable list; with more, the page gets slow."""

_PARTY_HINTS: Final = {"AUTHOR": "The article's own voice.", "UNNAMED": "Somebody the text does not name."}
"""Hints of the parties of the template ``news``; a schema names parties without a definition."""


def labeling_config(
    schema: AnnotationSchema,
    project: str,
    topics: Sequence[Topic] = (),
    links: Sequence[LinkRow] = (),
    adjudication: bool = False,
) -> str:
    """Return the labeling config of a project.

    Args:
        schema: The schema of the dataset.
        project: One of schema_mapping.PROJECTS.
        topics: Topics that references may name.
        links: Possible links.
        adjudication: Whether the page shows what annotators disagree on.
    """
    mapping = schema_mapping.project_mapping(schema, project)
    keys = _Hotkeys()
    view = Xml.Element("View")
    Xml.SubElement(view, "Style").text = _STYLE
    bar = Xml.SubElement(view, "View", className="pw-bar")
    labels = Xml.SubElement(bar, "Labels", name=schema_mapping.LABEL, toName=schema_mapping.TEXT, choice="single")
    _add_region_labels(labels, mapping, keys)
    page = Xml.SubElement(view, "View", className="pw-page")
    text = Xml.SubElement(page, "View", className="pw-text")
    Xml.SubElement(text, "Header", value="$source_id", size="5")
    Xml.SubElement(text, "Text", name=schema_mapping.TEXT, value=f"${schema_mapping.TEXT}", granularity="symbol")
    if adjudication:
        told = Xml.SubElement(page, "View", className="pw-told")
        Xml.SubElement(told, "Header", value="$differences", size="6")
    side = Xml.SubElement(page, "View", className="pw-side")
    for layer in mapping.layers:
        _add_layer_controls(side, mapping, layer, keys, topics, links)
    finished = _add_task_choices(side, schema_mapping.FINISHED, "Layers you have finished", mapping.layers, keys)
    finished.set("required", "true")  # so that nobody can submit a page before the draft has appeared on it
    _add_task_choices(side, schema_mapping.FLAGS, "Tell the team", schema_mapping.FLAG_NAMES, keys)
    if mapping.relations:
        tag = Xml.SubElement(view, "Relations", choice="multiple")
        for name in mapping.relations:
            Xml.SubElement(tag, "Relation", value=name)
    Xml.indent(view)
    config: str = Xml.tostring(view, encoding="unicode")
    return config + "\n"


class _Hotkeys:
    """Assigns hotkeys, each once: to region labels in turn, to choices by the letters of their names.

    When no plain key is left, keys with Shift are assigned, then none.
    """

    def __init__(self) -> None:
        # All keys that the page assigns to choices by itself, except u, r and h, which have other uses there.
        self.free = list("1234567890qwetasdfgzxcvbyiopjklnm")
        self.shifted = [f"shift+{key}" for key in self.free]

    def label(self) -> dict[str, str]:
        return {"hotkey": self.free.pop(0)} if self.free else self.whole()

    def choice(self, name: str) -> dict[str, str]:
        for key in list(name.lower()) + self.free:
            if key in self.free:
                self.free.remove(key)
                return {"hotkey": key}
        return self.whole()

    def whole(self) -> dict[str, str]:
        """Return a key with Shift, which nobody presses by accident."""
        return {"hotkey": self.shifted.pop(0)} if self.shifted else {}


def _add_region_labels(labels: Xml.Element, mapping: ProjectMapping, keys: _Hotkeys) -> None:
    hues = {use: iter(colors) for use, colors in _COLORS.items()}
    more = palette.generate_colors([color for colors in _COLORS.values() for color in colors], _LUMINANCES)
    for name, layer in mapping.region_labels.items():
        hint, use = _region_hint(mapping, name, layer), _color_use(mapping, layer)
        color = next(hues[use], None) or next(more)
        Xml.SubElement(labels, "Label", {"value": name, "background": color, "hint": hint, **keys.label()})


def _region_hint(mapping: ProjectMapping, name: str, layer: str) -> str:
    """Return the definition of a region label: that of a class or kind, of a part, or of the labels of a layer."""
    schema = mapping.schema
    if layer in mapping.part_owners:
        owner, attribute, _ = next(part.owners[0] for part in mapping.parts if part.name == layer)
        return schema.layers[owner].attribute(attribute).description
    if key := mapping.class_key(layer):
        label = next(each for each in schema.labels(layer, key) if each.name == name)
        return f"{label.title}: {label.definition}"
    return schema.label_description(layer)


def _color_use(mapping: ProjectMapping, layer: str) -> str:
    """Return a key of _COLORS."""
    if layer in mapping.part_owners or layer == "zones":
        return "zones" if layer == "zones" else "parts"
    if mapping.class_key(layer):
        return "classes"
    return "sentences" if mapping.schema.layers[layer].rows == RowKind.SENTENCES else "spans"


def _add_layer_controls(
    side: Xml.Element,
    mapping: ProjectMapping,
    layer: str,
    keys: _Hotkeys,
    topics: Sequence[Topic],
    links: Sequence[LinkRow],
) -> None:
    """Add the controls of a layer's labels; the page shows them while such a region is selected."""
    regions = ",".join(label for label, home in mapping.region_labels.items() if home == layer)
    for attribute in mapping.attributes_of(layer):
        _add_attribute_control(side, attribute, regions, keys, links)
    for reference in mapping.references:
        if reference.layer == layer:
            _add_reference_controls(side, reference, regions, keys, topics)


def _add_attribute_control(
    side: Xml.Element, attribute: AttributeControl, regions: str, keys: _Hotkeys, links: Sequence[LinkRow]
) -> None:
    when = _region_condition(attribute.control, regions)
    if not attribute.is_optional:
        when["required"] = "true"
    block = _add_block(side, attribute.title, regions)
    if attribute.kind == attribute_controls.CHOICES:
        labels = FLAG_LABELS if attribute.value == AttributeKind.FLAG else attribute.labels
        choice = "multiple" if attribute.value == AttributeKind.CHOICES else "single"
        _add_choices(block, when, labels, keys, choice)
    elif attribute.kind == attribute_controls.TAXONOMY:
        _add_taxonomy(block, when, [(row.link, row.name, "") for row in links])
        _add_text_area(block, attribute.typed_control, when, "or type an id, then Enter")
    elif attribute.layer == "zones" or attribute.value == AttributeKind.NUMBER:
        _add_text_area(block, attribute.control, when, "A number, then Enter")
    else:
        _add_text_area(block, attribute.control, when, "Type the text, then Shift+Enter", rows=3)


def _add_reference_controls(
    side: Xml.Element, reference: ReferenceControls, regions: str, keys: _Hotkeys, topics: Sequence[Topic]
) -> None:
    """Add the controls for parties and topics, which no region stands for."""
    name = reference.name.replace("_", " ").capitalize()
    if reference.party_control:
        parties = [Label(each, each.capitalize(), _PARTY_HINTS.get(each, "")) for each in reference.attribute.parties]
        block = _add_block(side, f"{name}, where no mention is related", regions)
        choice = "multiple" if reference.attribute.kind == AttributeKind.REFERENCES else "single"
        _add_choices(block, _region_condition(reference.party_control, regions), parties, keys, choice)
    if reference.topic_control:
        block = _add_block(side, f"{name} topic, where no region is related", regions)
        offered = [(topic["id"], topic["title"], topic["definition"]) for topic in topics]
        _add_taxonomy(block, _region_condition(reference.topic_control, regions), offered)


def _region_condition(control: str, regions: str) -> dict[str, str]:
    return {"name": control, "toName": schema_mapping.TEXT, "perRegion": "true", "whenLabelValue": regions}


def _add_block(side: Xml.Element, title: str, regions: str) -> Xml.Element:
    """Add a titled block that is visible while a region with one of some labels is selected."""
    block = Xml.SubElement(
        side,
        "View",
        visibleWhen="region-selected",
        whenTagName=schema_mapping.LABEL,
        whenLabelValue=regions,
    )
    Xml.SubElement(block, "Header", value=title, size="6")
    return block


def _add_choices(
    block: Xml.Element, when: dict[str, str], labels: Sequence[Label], keys: _Hotkeys, choice: str = "single"
) -> None:
    tag = Xml.SubElement(block, "Choices", when, choice=choice, layout="inline")
    for label in labels:
        about = {"value": label.name, **({"hint": label.definition} if label.definition else {})}
        Xml.SubElement(tag, "Choice", {**about, **keys.choice(label.name)})


def _add_taxonomy(block: Xml.Element, when: dict[str, str], offered: Sequence[tuple[str, str, str]]) -> None:
    """Add a searchable list of (id, name, hint), unless it is empty: a server refuses an empty one."""
    if not offered:
        return
    tag = Xml.SubElement(
        block, "Taxonomy", when, maxUsages="1", placeholder="Choose by name", minWidth="200px", dropdownWidth="420",
    )  # fmt: skip
    for identity, name, hint in offered[:MAX_LISTED]:
        # The page omits the second of two equal names, so each includes its id.
        more = {"hint": escapes.xml_text(hint)} if hint else {}
        Xml.SubElement(
            tag,
            "Choice",
            more,
            value=escapes.xml_text(f"{name} · {identity.removeprefix(TOPIC_PREFIX)}"),
            alias=identity,
        )


def _add_text_area(
    block: Xml.Element, control: str, when: dict[str, str], placeholder: str = "", rows: int = 1
) -> None:
    Xml.SubElement(
        block, "TextArea", when | {"name": control}, maxSubmissions="1", editable="true",
        rows=str(rows), placeholder=_PLACEHOLDERS.get(control, placeholder),
    )  # fmt: skip


def _add_task_choices(
    side: Xml.Element, control: str, title: str, values: Sequence[str], keys: _Hotkeys
) -> Xml.Element:
    """Add a choice for the whole task."""
    Xml.SubElement(side, "Header", value=title, size="6")
    tag = Xml.SubElement(side, "Choices", name=control, toName=schema_mapping.TEXT, choice="multiple", layout="inline")
    for value in values:
        Xml.SubElement(tag, "Choice", {"value": value, **keys.whole()})
    return tag
