"""The files annotation.conf and visual.conf, with which brat shows and edits what `brat.BratWriter` writes."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pactwire.convert.mapping import LabelMapping, MappedAttribute
from pactwire.model.layers import AttributeKind

_NOTE_KINDS: Final = (AttributeKind.TEXT, AttributeKind.LINK)
"""Attributes that are lines of other kinds, which need no configuration."""
_OVERLAP: Final = "<OVERLAP> Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>"
"""In brat's words, that spans may nest and cross."""
_MARKUP: Final = re.compile(r"[^\w ()./-]")
"""What may mean something else than itself in a title in brat's configuration."""
_DRAWING: Final = (
    "SPAN_DEFAULT fgColor:black, bgColor:lightgreen, borderColor:darken",
    "ARC_DEFAULT color:black, arrowHead:triangle-5",
)


def annotation_configuration(mapping: LabelMapping, values: Mapping[str, Iterable[str]]) -> str:
    """Return annotation.conf: types, relations between them, and attributes.

    Args:
        mapping: What is written.
        values: The values of each attribute that occur, for those without labels of their own, such as numbers.
    """
    types = _types_by_layer(mapping)
    parts = dict.fromkeys(
        name for layer in mapping.layers for each in layer.parts if (name := mapping.part_name(layer.name, each.name))
    )
    sections = {
        "entities": [*dict.fromkeys(name for names in types.values() for name in names), *parts],
        "relations": [*_relations(mapping, types), _OVERLAP],
        "events": [],
        "attributes": list(_attributes(mapping, types, values)),
    }
    return _format_sections(sections)


def visual_configuration(mapping: LabelMapping) -> str:
    """Return visual.conf: the titles of types, and how spans and arcs are drawn."""
    titles: dict[str, str] = {}
    for name in dict.fromkeys(each for names in _types_by_layer(mapping).values() for each in names):
        mapped = mapping.types[name]
        assert mapped
        attribute = mapped.layer.class_attribute
        labels = {each.name: each.title for each in attribute.labels} if attribute else {}
        title = labels.get(mapped.values.get(attribute.name, "")) if attribute else None
        titles[name] = title or mapping.schema.label_title(mapped.layer.name)
    lines = [f"{name} | {_MARKUP.sub(' ', title).strip() or name}" for name, title in titles.items()]
    return _format_sections({"labels": lines, "drawing": _DRAWING})


def _format_sections(sections: Mapping[str, Iterable[str]]) -> str:
    return "\n".join("".join(f"{line}\n" for line in [f"[{name}]", *lines]) for name, lines in sections.items())


def _types_by_layer(mapping: LabelMapping) -> dict[str, list[str]]:
    """Return the types that are written for each layer."""
    found: dict[str, list[str]] = {layer.name: [] for layer in mapping.layers}
    for name, mapped in mapping.types.items():
        if mapped and mapping.type_name(mapped.layer.name, mapped.values) == name:
            found[mapped.layer.name].append(name)
    return found


def _relations(mapping: LabelMapping, types: Mapping[str, list[str]]) -> Iterable[str]:
    """Return a line for each relation, with the types at its two ends."""
    ends: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for layer in mapping.layers:
        for attribute in (*layer.references, *layer.parts):
            if relation := mapping.relation_name(layer.name, attribute.name):
                name, entry = relation
                part = mapping.part_name(layer.name, attribute.name)
                targets = [each for target in attribute.target_layers for each in types.get(target, ())]
                sides = (types[layer.name], [part] if part else targets)
                first, second = ends.setdefault(name, ({}, {}))
                first.update(dict.fromkeys(sides[0 if entry.starts_at_label else 1]))
                second.update(dict.fromkeys(sides[1 if entry.starts_at_label else 0]))
    return [f"{name} Arg1:{'|'.join(one)}, Arg2:{'|'.join(two)}" for name, (one, two) in ends.items() if one and two]


def _attributes(
    mapping: LabelMapping, types: Mapping[str, list[str]], values: Mapping[str, Iterable[str]]
) -> Iterable[str]:
    """Yield a line for each attribute that is written, with the types that have it and its values."""
    owners: dict[str, dict[str, None]] = {}
    known: dict[str, dict[str, None]] = {}
    for layer in mapping.layers:
        for attribute in layer.attributes:
            own = [each for each in types[layer.name] if attribute.name not in _implied_values(mapping, each)]
            for name, entry in _written(mapping.attribute_names(layer.name, attribute.name)) if own else ():
                if attribute.kind not in _NOTE_KINDS and (attribute.parties or not attribute.is_reference):
                    owners.setdefault(name, {}).update(dict.fromkeys(own))
                    known.setdefault(name, {}).update(dict.fromkeys(_known_values(entry)))
    for name, own_types in owners.items():
        possible = dict.fromkeys([*known[name], *sorted(values.get(name, ()), key=lambda value: (len(value), value))])
        listed = "|".join(filter(None, possible))
        yield f"{name} Arg:{'|'.join(own_types)}" + (f", Value:{listed}" if listed else "")


def _implied_values(mapping: LabelMapping, type_name: str) -> Mapping[str, str]:
    mapped = mapping.types[type_name]
    return mapped.values if mapped else {}


def _written(names: list[tuple[str, MappedAttribute]]) -> list[tuple[str, MappedAttribute]]:
    """Return the attributes that values are written as: one for each value, or the first for any."""
    flags = [(name, entry) for name, entry in names if entry.value is not None]
    return flags or names[:1]


def _known_values(entry: MappedAttribute) -> list[str]:
    if entry.value is not None:
        return []
    labels = [label.name for label in entry.attribute.labels if not label.is_deprecated]
    return [entry.external_value(each) for each in (*labels, *entry.attribute.parties)]
