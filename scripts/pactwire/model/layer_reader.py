"""Reading layers, their attributes and their labels from a schema without flaws."""

from typing import Any, Final

from pactwire.model.layers import (
    Attribute,
    AttributeKind,
    Candidates,
    Clusters,
    Derived,
    Label,
    Layer,
    LayerScope,
    RowKind,
)
from pactwire.model.schema_composition import resolve, value_node

NUMBER_LIMITS: Final = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")


def label_properties(declaration: Any, layer_node: Any) -> list[tuple[str, Any]]:
    """Return the name and node of each attribute of a layer."""
    node = resolve(declaration, layer_node)
    label = resolve(declaration, node.get("items", {})) if node.get("type") == "array" else node
    return list(label.get("properties", {}).items())


def read_labels(node: Any) -> tuple[Label, ...]:
    """Return the labels of a ``oneOf``, in its order."""
    return tuple(
        Label(
            row["const"],
            row.get("title", row["const"]),
            row.get("description", ""),
            row.get("x-sign", ""),
            row.get("x-formerly"),
            row.get("x-deprecated", False),
            row.get("x-content", False),
            row.get("x-names"),
            {kind: tuple(names) for kind, names in row["x-models"].items()} if "x-models" in row else None,
        )
        for row in node.get("oneOf", [])
    )


def _read_attribute(declaration: Any, name: str, node: Any) -> Attribute:
    keys = node["x-attribute"]
    kind = AttributeKind(keys["kind"])
    value, is_nullable = value_node(declaration, node)
    item, _ = value_node(declaration, value["items"]) if kind.is_list else (value, False)
    return Attribute(
        name=name,
        kind=kind,
        title=node.get("title", value.get("title", name.replace("_", " ").capitalize())),
        description=node.get("description", value.get("description", "")),
        is_nullable=is_nullable,
        is_integer=value.get("type") == "integer",
        labels=read_labels(item) if kind.is_choice else (),
        default=keys.get("default"),
        only=keys.get("only"),
        base=keys.get("base"),
        to=tuple(keys.get("to", ())),
        parties=tuple(keys.get("parties", ())),
        draw=keys.get("draw"),
        is_ordered=keys.get("ordered", False),
        relation=keys.get("relation"),
        region=keys.get("region"),
        joins_sentences=keys.get("join", False),
        is_compared=keys.get("compare", False),
        control=keys.get("control"),
        value_description=_value_description(declaration, value["items"] if kind.is_list else node),
        examples=tuple(node.get("examples", item.get("examples", ()))),
        limits={key: value[key] for key in NUMBER_LIMITS if key in value},
    )


def _value_description(declaration: Any, node: Any) -> str:
    """Return the description of a value other than null: of the definition that it refers to, else its own."""
    branches = node.get("anyOf", [])
    others = [each for each in branches if each != {"type": "null"}]
    branch = others[0] if len(others) == 1 < len(branches) else node
    value = resolve(declaration, {"$ref": branch["$ref"]}) if "$ref" in branch else branch
    return str(value.get("description", ""))


def read_layer(declaration: Any, name: str, node: Any) -> Layer:
    """Return what the node of a property of the document declares as a layer."""
    keys = node["x-layer"]
    scope = LayerScope(keys.get("of", LayerScope.SPAN))
    attributes = tuple(
        _read_attribute(declaration, key, attribute)
        for key, attribute in label_properties(declaration, node)
        if "x-attribute" in attribute
    )
    rows = RowKind(keys["rows"]) if "rows" in keys else None
    class_name, clusters, candidates = keys.get("class"), keys.get("clusters"), keys.get("candidates")
    return Layer(
        name=name,
        title=node.get("title", name.replace("_", " ").capitalize()),
        description=node.get("description", ""),
        label=keys["label"],
        scope=scope,
        prefix=keys.get("prefix", ""),
        config=keys.get("config", name) if rows else None,
        rows=rows,
        class_attribute=next((attribute for attribute in attributes if attribute.name == class_name), None),
        meaning=tuple(keys.get("meaning", ("text",))),
        identity=tuple(keys.get("identity", (class_name,) if class_name else ())),
        clusters=Clusters(clusters["file"], clusters["config"], clusters["text"]) if clusters else None,
        candidates=(
            Candidates(candidates["config"], (candidates["pair"][0], candidates["pair"][1]), candidates["none"])
            if candidates
            else None
        ),
        has_names=keys.get("names", False),
        palette=keys.get("palette", "class" if rows == RowKind.TOKENS else "layer"),
        derived=tuple(
            Derived(column, each["from"], each["take"], each.get("else"))
            for column, each in keys.get("derived", {}).items()
        ),
        attributes=attributes,
    )
