"""What labels can be filtered by: each label of a choice, and each flag, with the CSS classes by which it is shown."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pactwire.model.labels import value_list
from pactwire.model.layers import Attribute, AttributeKind
from pactwire.site.layer_styles import TYPE, LayerStyle

FilterKey = tuple[str, str, str]
"""The names of a layer, of an attribute and of a label; that of a flag is empty."""


class FilterValue(NamedTuple):
    """A value by which labels can be filtered: its heading, its title, and its CSS classes.

    A value is ``usual`` if it is the attribute's default.
    """

    heading: str
    title: str
    css: str
    usual: bool = False


def filter_values(styles: Mapping[str, LayerStyle]) -> dict[FilterKey, FilterValue]:
    """Return the values of all layers, in the order of the schema; the class of a layer comes first."""
    return {key: value for style in styles.values() for key, value in _layer_values(style)}


def label_values(style: LayerStyle, label: Mapping[str, Any]) -> Iterator[FilterKey]:
    """Yield the values that a label has; its class comes first."""
    for attribute in _attributes(style):
        if attribute.kind == AttributeKind.FLAG:
            if label.get(attribute.name):
                yield style.layer.name, attribute.name, ""
        else:
            yield from ((style.layer.name, attribute.name, each) for each in value_list(attribute, label))


def _layer_values(style: LayerStyle) -> Iterator[tuple[FilterKey, FilterValue]]:
    layer = style.layer
    for attribute in _attributes(style):
        heading = f"{layer.title}: {attribute.title}"
        if attribute.kind == AttributeKind.FLAG:
            yield (layer.name, attribute.name, ""), FilterValue(heading, attribute.title, "chip")
        for place, label in enumerate(attribute.labels):
            css = "chip"
            if attribute is layer.class_attribute and style.class_labels:
                color = style.class_color(place)
                css = f"mention {color} starts ends" if style.colors == TYPE else f"tone {color}"
            yield (
                (layer.name, attribute.name, label.name),
                FilterValue(heading, label.title, css, label.name == attribute.default),
            )


def _attributes(style: LayerStyle) -> list[Attribute]:
    layer = style.layer
    found = [each for each in layer.attributes if each.labels or each.kind == AttributeKind.FLAG]
    return sorted(found, key=lambda each: each is not layer.class_attribute)
