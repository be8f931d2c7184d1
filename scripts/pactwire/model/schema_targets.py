"""What the declarations of a dataset's schema name: layers, attributes and labels, each of the kind that is needed."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from pactwire.model.json_schemas import Flaw, Validator
from pactwire.model.layers import TOPICS, AttributeKind, LayerScope, RowKind
from pactwire.model.schema_declarations import nearest
from pactwire.model.schema_keywords import pattern_flaw
from pactwire.model.schema_names import is_reference
from pactwire.model.schema_nodes import AttributeNode, LayerNode
from pactwire.model.strict_json import JsonPath

_REFERENCES: Final = (AttributeKind.REFERENCE, AttributeKind.REFERENCES)
_TAKEN: Final = (*_REFERENCES, AttributeKind.CHOICE, AttributeKind.LINK, AttributeKind.TEXT)
_SINGLE: Final = (
    AttributeKind.TEXT, AttributeKind.LINK, AttributeKind.CHOICE, AttributeKind.REFERENCE, AttributeKind.FLAG,
    AttributeKind.NUMBER,
)  # fmt: skip
_COMPARED: Final = tuple(kind for kind in AttributeKind if kind != AttributeKind.PART)
_ROWS: Final = {
    LayerScope.SPAN: (RowKind.TOKENS, RowKind.SENTENCES, RowKind.LABELS),
    LayerScope.ARTICLE: (RowKind.ARTICLES,),
}
_SPAN_KEYS: Final = ("prefix", "clusters", "candidates", "names", "derived")
"""Keys that need labels that are spans, or have ids."""


def target_flaws(layers: Collection[LayerNode]) -> Iterator[Flaw]:
    """Yield what declarations name that does not exist, or is of another kind than they need."""
    by_name = {layer.name: layer for layer in layers}
    for layer in layers:
        yield from _scope_flaws(layer)
        yield from _class_flaws(layer)
        yield from _comparison_flaws(layer)
        yield from _cluster_flaws(layer)
        yield from _candidate_flaws(layer, by_name)
        yield from _derived_flaws(layer, by_name)
        for attribute in layer.attributes.values():
            yield from _attribute_flaws(attribute, by_name)


def _scope_flaws(layer: LayerNode) -> Iterator[Flaw]:
    rows = _ROWS[layer.scope]
    if layer.rows and layer.rows not in rows:
        message = f"a layer of {layer.scope}s cannot have rows of {layer.rows}; allowed are: {', '.join(rows)}"
        yield "schema-class", layer.key_path("rows"), message
    if layer.is_span and layer.lacks("prefix"):
        yield "schema-keyword", layer.key_path(), "the property 'prefix' is missing, with which ids of new labels begin"
    for key in _SPAN_KEYS:
        if not layer.is_span and layer.keys.get(key):
            yield "schema-keyword", layer.key_path(key), f"{key} is for layers of spans, but this one is of articles"
    for key in ("config", "derived"):
        if key in layer.keys and layer.lacks("rows"):
            yield "schema-keyword", layer.key_path(key), f"{key} needs rows"


def _class_flaws(layer: LayerNode) -> Iterator[Flaw]:
    keys = layer.keys
    needs = [
        what
        for what, is_needed in {
            "rows of tokens": layer.rows == RowKind.TOKENS,
            "candidates": "candidates" in keys,
            "names": keys.get("names"),
            "the palette of classes": keys.get("palette") == "class",
        }.items()
        if is_needed
    ]
    choices = [each.name for each in layer.attributes.values() if each.kind == AttributeKind.CHOICE]
    if layer.lacks("class") and needs:
        yield "schema-class", layer.key_path(), f"class is missing, but needed for {needs[0]}; {nearest('', choices)}"
    if "class" not in keys:
        return
    path, own = layer.key_path("class"), layer.class_attribute
    if own is None or own.kind not in (None, AttributeKind.CHOICE):
        what = f"is of kind {own.kind}" if own else f"is not an attribute of {layer.name}"
        message = f"class must be a choice, but {keys['class']!r} {what}; {nearest(keys['class'], choices)}"
        yield "schema-class", path, message
    elif (layer.rows == RowKind.TOKENS or "candidates" in keys) and (
        own.branches or (layer.label_steps and own.name not in layer.required())
    ):
        message = f"{own.name!r} can be null or missing, but every label needs its class for {needs[0]}"
        yield "schema-class", path, f"{message}: list it under required, without null"


def _named_flaws(
    layer: LayerNode, name: str, path: JsonPath, kinds: Collection[AttributeKind], what: str
) -> Iterator[Flaw]:
    """Yield a flaw if a name is not that of an attribute of a layer, of one of some kinds."""
    attribute = layer.attributes.get(name)
    if attribute is None or attribute.kind not in (None, *kinds):
        known = [each.name for each in layer.attributes.values() if each.kind in kinds]
        problem = f"is of kind {attribute.kind}" if attribute else f"is not an attribute of {layer.name}"
        yield "schema-target", path, f"{name!r} in {what} {problem}; {nearest(name, known)}"


def _comparison_flaws(layer: LayerNode) -> Iterator[Flaw]:
    for index, name in enumerate(layer.keys.get("meaning", ())):
        if name != "text" or not layer.is_span:
            yield from _named_flaws(layer, name, layer.key_path("meaning", index), _SINGLE, "meaning")
    for index, name in enumerate(layer.keys.get("identity", ())):
        yield from _named_flaws(layer, name, layer.key_path("identity", index), _COMPARED, "identity")


def _cluster_flaws(layer: LayerNode) -> Iterator[Flaw]:
    if clusters := layer.keys.get("clusters"):
        path = layer.key_path("clusters", "text")
        yield from _named_flaws(layer, clusters["text"], path, (AttributeKind.TEXT,), "text of clusters")


def _candidate_flaws(layer: LayerNode, layers: Mapping[str, LayerNode]) -> Iterator[Flaw]:
    candidates = layer.keys.get("candidates")
    if not candidates:
        return
    path = layer.key_path("candidates")
    for index, name in enumerate(candidates["pair"]):
        yield from _named_flaws(layer, name, (*path, "pair", index), _REFERENCES, "pair")
        attribute = layer.attributes.get(name)
        if attribute and is_reference(attribute) and not set(attribute.keys.get("to", layers)) & set(layers):
            message = f"{name!r} refers to no layer of spans, so that no pair could be found in a sentence"
            yield "schema-target", (*path, "pair", index), message
    if layer.class_attribute and candidates["none"] in layer.class_attribute.label_names:
        own = layer.class_attribute.name
        message = f"{candidates['none']!r} is a label of {own}, so it cannot be the class of pairs without one"
        yield "schema-class", (*path, "none"), message


def _derived_flaws(layer: LayerNode, layers: Mapping[str, LayerNode]) -> Iterator[Flaw]:
    for column, derived in layer.keys.get("derived", {}).items():
        path = layer.key_path("derived", column)
        source = layers.get(derived["from"])
        if source is None or not source.is_span:
            spans = [each.name for each in layers.values() if each.is_span]
            message = f"{derived['from']!r} is not a layer of spans; {nearest(derived['from'], spans)}"
            yield "schema-target", (*path, "from"), message
            continue
        yield from _named_flaws(source, derived["take"], (*path, "take"), _TAKEN, "take")
        attribute = source.attributes.get(derived["take"])
        if attribute and is_reference(attribute) and "else" in derived:
            parties = attribute.keys.get("parties", ())
            if derived["else"] not in parties:
                message = f"{derived['else']!r} is not a party of {attribute.name}; {nearest(derived['else'], parties)}"
                yield "schema-target", (*path, "else"), message


def _attribute_flaws(attribute: AttributeNode, layers: Mapping[str, LayerNode]) -> Iterator[Flaw]:
    keys, path = attribute.keys, (*attribute.path, "x-attribute")
    if "only" in keys and (message := pattern_flaw(keys["only"])):
        yield "schema-keyword", (*path, "only"), message
    if "default" in keys and attribute.label_rows:
        rows = [row for row in attribute.label_rows if isinstance(row, dict) and row.get("x-deprecated") is not True]
        names = [row["const"] for row in rows if isinstance(row.get("const"), str)]
        if keys["default"] not in names:
            message = f"the default {keys['default']!r} is not a label of {attribute.name}; "
            yield "schema-class", (*path, "default"), message + nearest(keys["default"], names)
    spans = [*(each.name for each in layers.values() if each.is_span), TOPICS]
    for index, name in enumerate(keys.get("to", ())):
        if name not in spans:
            problem = "is a layer of articles, whose labels have no ids" if name in layers else "is not a layer"
            yield "schema-target", (*path, "to", index), f"{name!r} {problem}; {nearest(name, spans)}"
    for index, party in enumerate(keys.get("parties", ())):
        for layer in layers.values():
            if re.fullmatch(f"{layer.keys.get('prefix', '-')}[0-9]+", party):
                message = f"{party!r} cannot be a party: new labels of {layer.name} get such ids"
                yield "schema-target", (*path, "parties", index), message


def party_flaws(declaration: Any, layers: Iterable[LayerNode]) -> Iterator[Flaw]:
    """Yield the parties that an attribute's own keywords refuse, in a schema without other flaws."""
    for attribute in (each for layer in layers for each in layer.attributes.values()):
        parties = attribute.keys.get("parties", ())
        steps = attribute.items if attribute.kind == AttributeKind.REFERENCES else attribute.value_steps
        if not parties or not steps:
            continue
        head = {"$schema": declaration["$schema"], "$defs": declaration["$defs"]}
        validator = Validator({**head, **steps[0][1]})
        for index, party in enumerate(parties):
            if not validator.is_valid(party):
                path = (*attribute.path, "x-attribute", "parties", index)
                message = f"{party!r} is a party that the attribute's own keywords do not allow"
                yield "schema-target", path, message
