"""Labeling config: the XML of a Label Studio project, built from the labels of the schema.

Region labels are in a bar above the text, the attributes of the selected region beside both; the bar and they stay
visible while the text scrolls. The XML is indented, and the same schema gives the same XML.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from pactwire.corpus.tables import LinkRow
from pactwire.labelstudio import attribute_controls, region_colors, schema_mapping
from pactwire.labelstudio.attribute_tags import AttributeTags
from pactwire.labelstudio.hotkeys import Hotkeys
from pactwire.labelstudio.page_style import page_style
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model import escapes
from pactwire.model.layers import Label, RowKind
from pactwire.model.records import Topic
from pactwire.model.schema import AnnotationSchema


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
        project: One of schema_mapping.labeling_projects.
        topics: Topics that references may name.
        links: Possible links.
        adjudication: Whether the page shows what annotators disagree on.
    """
    mapping = schema_mapping.project_mapping(schema, project)
    keys = Hotkeys()
    view = Xml.Element("View")
    Xml.SubElement(view, "Style").text = page_style(mapping.relations)
    page = Xml.SubElement(view, "View", className="pw-page")
    column = Xml.SubElement(page, "View", className="pw-text")
    if mapping.region_labels:  # a server refuses none
        _add_region_labels(_add_bar(column), mapping, keys)
    _add_text(column, has_many_labels=len(mapping.region_labels) > region_colors.MAX_DISTINCT)
    if adjudication:
        told = Xml.SubElement(page, "View", className="pw-told")
        Xml.SubElement(told, "Header", value="$differences", size="6")
    side = Xml.SubElement(page, "View", className="pw-side")
    tags = AttributeTags(side, mapping, keys, topics, links)
    for layer in mapping.layers:
        tags.add_layer(layer)
    for part in mapping.parts:
        tags.add_relations(part.name)
    tags.add_marks()
    layers = (*mapping.layers, *mapping.article_layers)
    finished = _add_task_choices(side, schema_mapping.FINISHED, "Layers you have finished", layers, keys)
    finished.set("required", "true")  # so that nobody can submit a page before the draft has appeared on it
    _add_task_choices(side, schema_mapping.FLAGS, "Tell the team", schema_mapping.FLAG_NAMES, keys)
    for layer in mapping.article_layers:
        tags.add_layer(layer)
    _add_relations(view, mapping)
    return _serialize(view)


def queue_config(labels: Sequence[Label], article_control: str) -> str:
    """Return the labeling config of a project where people choose among labels, which have region labels.

    For labels of whole articles, a choice has the name ``article_control``; there is none if that is empty.
    """
    keys = Hotkeys()
    view = Xml.Element("View")
    Xml.SubElement(view, "Style").text = page_style(())
    page = Xml.SubElement(view, "View", className="pw-page")
    column = Xml.SubElement(page, "View", className="pw-text")
    tag = _add_bar(column)
    shown = attribute_controls.region_names([label.name for label in labels])
    for label, color in zip(labels, region_colors.region_colors(["classes"] * len(labels)), strict=True):
        hint = f"{label.title}: {label.definition}"
        Xml.SubElement(tag, "Label", {"value": shown[label.name], "background": color, "hint": hint, **keys.next_key()})
    _add_text(column, has_many_labels=True)
    if article_control:
        side = Xml.SubElement(page, "View", className="pw-side")
        about = {"name": article_control, "toName": schema_mapping.TEXT, "choice": "single"}
        tag = Xml.SubElement(side, "Choices", about)
        for label in labels:
            hint, value = f"{label.title}: {label.definition}", attribute_controls.plain_dollars(label.name)
            Xml.SubElement(tag, "Choice", {"value": value, "hint": hint} | _alias(label.name, value))
    return _serialize(view)


def _alias(name: str, shown: str) -> dict[str, str]:
    """Return what makes results of a choice hold the name of its label, where another is shown."""
    return {"alias": name} if name != shown else {}


def _serialize(view: Xml.Element) -> str:
    for element in view.iter():
        element.attrib = {name: escapes.xml_text(value) for name, value in element.attrib.items()}
    Xml.indent(view)
    config: str = Xml.tostring(view, encoding="unicode")
    return config + "\n"


def _add_bar(column: Xml.Element) -> Xml.Element:
    """Add the bar of region labels, and return their tag."""
    bar = Xml.SubElement(column, "View", className="pw-bar")
    return Xml.SubElement(bar, "Labels", name=schema_mapping.LABEL, toName=schema_mapping.TEXT, choice="single")


def _add_text(column: Xml.Element, has_many_labels: bool) -> None:
    """Add the text; where colors can't tell all labels apart, each region shows its label's name."""
    Xml.SubElement(column, "Header", value="$source_id", size="5", style="margin: 10px 8px")
    about = {"name": schema_mapping.TEXT, "value": f"${schema_mapping.TEXT}", "granularity": "symbol"}
    Xml.SubElement(column, "Text", about | ({"showLabels": "true"} if has_many_labels else {}))


def _add_relations(view: Xml.Element, mapping: ProjectMapping) -> None:
    if mapping.relations:
        tag = Xml.SubElement(view, "Relations", choice="multiple")
        for name in mapping.relations:
            Xml.SubElement(tag, "Relation", value=name)


def _add_region_labels(labels: Xml.Element, mapping: ProjectMapping, keys: Hotkeys) -> None:
    """Add the region labels; those of layers that are given are in no view, so that nobody can draw such a region."""
    regions = mapping.region_labels.items()
    colors = region_colors.region_colors([_color_use(mapping, layer) for _, layer in regions])
    hidden = Xml.SubElement(labels, "View", style="display: none") if mapping.given else labels
    for (name, layer), color in zip(regions, colors, strict=True):
        is_given = layer in mapping.given
        about = {"value": name, "background": color, "hint": _region_hint(mapping, name, layer)}
        Xml.SubElement(hidden if is_given else labels, "Label", about | ({} if is_given else keys.next_key()))


def _region_hint(mapping: ProjectMapping, name: str, layer: str) -> str:
    """Return the definition of a region label: that of a class or kind, of a part, or of the labels of a layer."""
    schema = mapping.schema
    if layer in mapping.part_owners:
        owner, attribute, _ = next(part.owners[0] for part in mapping.parts if part.name == layer)
        return schema.layers[owner].attribute(attribute).description
    key, of_class = mapping.class_key(layer), mapping.region_class(name)
    if key and of_class:
        label = next(each for each in schema.labels(layer, key) if each.name == of_class)
        return f"{label.title}: {label.definition}"
    return schema.label_description(layer)


def _color_use(mapping: ProjectMapping, layer: str) -> str:
    """Return what a region label marks, for its color."""
    if layer in mapping.part_owners or layer == "zones":
        return "zones" if layer == "zones" else "parts"
    if mapping.class_key(layer):
        return "classes"
    return "sentences" if mapping.schema.layers[layer].rows == RowKind.SENTENCES else "spans"


def _add_task_choices(side: Xml.Element, control: str, title: str, values: Sequence[str], keys: Hotkeys) -> Xml.Element:
    """Add a choice for the whole task."""
    Xml.SubElement(side, "Header", value=title, size="6")
    tag = Xml.SubElement(side, "Choices", name=control, toName=schema_mapping.TEXT, choice="multiple", layout="inline")
    for value in values:
        Xml.SubElement(tag, "Choice", {"value": value, **keys.next_shifted()})
    return tag
