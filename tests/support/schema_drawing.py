"""Hypothesis strategy: schemas without flaws, of layers and attributes of every sort."""

from typing import Any, Final

from hypothesis import strategies as st

from pactwire.model.json_schemas import tool_schema
from pactwire.model.layers import TOPICS as TOPIC_TABLE
from pactwire.model.layers import AttributeKind
from support.strategies import RARELY

_LAYERS: Final = ("people", "x1", "claims", "properties", "items", "a_long_name_of_forty_characters_12345678")
_ATTRIBUTES: Final = (
    "kind", "link", "who", "target", "cue", "note", "size", "sure", "type", "required", "items", "const", "default",
    "properties", "sources", "enum",
)  # fmt: skip
"""Names of attributes, those of JSON Schema's own keywords among them."""
_PROFILES: Final = (
    (AttributeKind.CHOICE,),
    (AttributeKind.CHOICE, AttributeKind.REFERENCE, AttributeKind.REFERENCES),
    (AttributeKind.CHOICE, AttributeKind.REFERENCE, AttributeKind.REFERENCE),
    (AttributeKind.CHOICE, AttributeKind.TEXT),
    (),
)
"""The kinds of the first attributes of a layer."""
_LABELS: Final = (
    "a", "b", "PER", "O", "B-a", "два слова", "<b>&amp;", '"q"', "a, b", "None", "null", "\U0001f642", "é", "e\u0301",
    "A", "-", "x" * 60,
)  # fmt: skip
_PARTIES: Final = ("AUTHOR", "UNNAMED", "z.z", "0")
_ZONE_KINDS: Final = ("advert", "quiz", "заставка")
_LINK_PATTERN: Final = r"^(?:Q[1-9][0-9]*|NIL:[a-z0-9-]+)(?![\s\S])"
AMBIGUOUS_PATTERNS: Final = (r"^\S+$", r"^[a-z]+$", r"\d", r"^[^\n]*$", r"\w\s?")
"""Patterns that regular expression engines read differently."""


@st.composite
def declarations(draw: st.DrawFn) -> Any:
    """Draw a schema without flaws, of one to four layers.

    It has layers of spans and of articles, attributes of all kinds, rows of all kinds, references among layers, parties
    and topics, clusters, candidates and derived columns, attributes that may be null or missing, labels that were
    renamed or are deprecated, and zone kinds of its own.
    """
    return _Drawing(draw).schema()


class _Drawing:
    """Draws one schema: first the names and scopes of its layers, then their attributes, then what needs both."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.definitions: dict[str, Any] = {}
        names = draw(st.lists(st.sampled_from(_LAYERS), min_size=1, max_size=4, unique=True))
        self.spans = [name for name in names if draw(st.sampled_from([True, True, True, False]))]
        self.names = names
        self.layers: dict[str, Any] = {}
        self.attributes: dict[str, dict[str, Any]] = {}
        self.required: dict[str, list[str]] = {}

    def schema(self) -> Any:
        """Return the schema."""
        for name in self.names:
            self._attributes(name)
        has_names = False
        for place, name in enumerate(self.names):
            self.layers[name] = self._layer(name, place)
            has_names = has_names or self._names(name, has_names)
        for name in self.spans:
            self._derived(name)
        envelope = tool_schema("envelope")["$defs"]
        kinds = self.draw(st.lists(st.sampled_from(_ZONE_KINDS), max_size=2, unique=True))
        added = [_label(kind, **{"x-content": self.draw(st.booleans())}) for kind in kinds]
        zone_kind = {**envelope["zone_kind"], "oneOf": [*envelope["zone_kind"]["oneOf"], *added]}
        properties = {name: self._layer_node(name) for name in self.names}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": "#/$defs/envelope",
            "properties": properties,
            "unevaluatedProperties": False,
            "$defs": {**self.definitions, **envelope, "zone_kind": zone_kind},
        }

    def _flag(self) -> bool:
        return self.draw(st.sampled_from([True, False]))

    def _maybe(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return some of the keys, each with one of its values."""
        return {key: self.draw(st.sampled_from(each)) for key, each in values.items() if self._flag()}

    def _layer(self, name: str, place: int) -> dict[str, Any]:
        attributes = self.attributes[name]
        choices = [each for each in self._of_kind(name, "choice") if self._is_sure(name, each)]
        keys: dict[str, Any] = {"label": f"label_{place}"}
        is_span = name in self.spans
        keys |= {"prefix": "abcd"[place]} if is_span else {"of": "article"}
        rows = ["labels", "sentences", *(["tokens"] * 2 if choices else []), None] if is_span else ["articles", None]
        if row := self.draw(st.sampled_from(rows)):
            keys["rows"] = row
            keys |= self._maybe({"config": [f"config_{place}"]})
        if choices and (row == "tokens" or not self.draw(RARELY)):
            keys["class"] = self.draw(st.sampled_from(choices))
            keys |= self._maybe({"palette": ["class", "layer"]})
        meaning = self._of_kind(name, "text", "link", "choice", "reference", "flag", "number")
        if meaning and self._flag():
            chosen = self.draw(st.lists(st.sampled_from(meaning), min_size=1, max_size=3, unique=True))
            keys["meaning"] = [*chosen, *(["text"] if is_span and self._flag() else [])]
        compared = [each for each in attributes if attributes[each]["x-attribute"]["kind"] != "part"]
        if compared and self._flag():
            keys["identity"] = self.draw(st.lists(st.sampled_from(compared), max_size=2, unique=True))
        return keys | (self._pairs(name, place, keys) if is_span else {})

    def _pairs(self, name: str, place: int, keys: dict[str, Any]) -> dict[str, Any]:
        """Return the clusters and candidates of a layer."""
        found: dict[str, Any] = {}
        if (texts := self._of_kind(name, "text")) and self._flag():
            text = self.draw(st.sampled_from(texts))
            found["clusters"] = {"file": f"c{place}.jsonl", "config": f"pairs_{place}", "text": text}
        attributes = self.attributes[name]
        sides = [
            each
            for each in self._of_kind(name, "reference", "references")
            if attributes[each]["x-attribute"]["to"] != [TOPIC_TABLE]
            and not (each == name and keys.get("rows") == "sentences")  # the column of its name has the labels
        ]
        if len(sides) > 1 and "class" in keys and self._flag():
            pair = self.draw(st.permutations(sides))[:2]
            config = f"candidates_{place}"
            found["candidates"] = {"config": config, "pair": pair, "within": "sentence", "none": "no such"}
        return found

    def _names(self, name: str, has_names: bool) -> bool:
        """Let a layer have names, if it can and no other has."""
        keys = self.layers[name]
        if has_names or name not in self.spans or "class" not in keys or not self._flag():
            return False
        keys["names"] = True
        for row in self.attributes[name][keys["class"]]["oneOf"]:
            row |= self._maybe({"x-names": ["person", "place", "name"], "x-models": [{"spacy": ["PER"]}, {}]})
        for other in (each for each in self._of_kind(name, "choice") if each != keys["class"]):
            node = self.attributes[name][other]
            for row in node.get("oneOf", node.get("anyOf", [{}])[0].get("oneOf", ())):
                row |= self._maybe({"x-names": ["adjective"]})
        return True

    def _derived(self, name: str) -> None:
        kinds = ("reference", "references", "choice", "link", "text")
        sources = [(source, each) for source in self.spans for each in self._of_kind(source, *kinds)]
        if not sources or "rows" not in self.layers[name] or not self._flag():
            return
        source, take = self.draw(st.sampled_from(sources))
        parties = self.attributes[source][take]["x-attribute"].get("parties", [])
        column = {"from": source, "take": take, "where": "contains"}
        self.layers[name]["derived"] = {"from_others": column | (self._maybe({"else": parties}) if parties else {})}

    def _of_kind(self, layer: str, *kinds: str) -> list[str]:
        nodes = self.attributes[layer].items()
        return [name for name, node in nodes if node["x-attribute"]["kind"] in kinds]

    def _is_sure(self, layer: str, attribute: str) -> bool:
        """Say whether every label has a value of an attribute."""
        return attribute in self.required[layer] and "anyOf" not in self.attributes[layer][attribute]

    def _attributes(self, layer: str) -> None:
        """Draw the attributes of a layer: often a class that every label has, with what candidates or clusters need."""
        kinds = [kind for kind in AttributeKind if self.spans or "reference" not in kind]
        profiles = [profile for profile in _PROFILES if set(profile) <= set(kinds)]
        profile = list(self.draw(st.sampled_from(profiles)))
        profile += self.draw(st.lists(st.sampled_from(kinds), max_size=3))
        names = self.draw(st.permutations(_ATTRIBUTES))
        nodes = {name: self._attribute(layer, name, kind) for name, kind in zip(names, profile, strict=False)}
        first = list(nodes)[:1] if profile[:1] == [AttributeKind.CHOICE] else []
        others = [name for name in nodes if name not in first and self.draw(st.sampled_from([True, True, False]))]
        self.attributes[layer], self.required[layer] = nodes, [*first, *others]

    def _attribute(self, layer: str, name: str, kind: AttributeKind) -> dict[str, Any]:
        keys, node = self._value(kind)
        keys |= self._maybe({"control": ["A control"]})
        has_always = kind not in (AttributeKind.REFERENCE, AttributeKind.REFERENCES) or bool(keys.get("parties"))
        if kind not in (AttributeKind.CHOICE, AttributeKind.CHOICES) and self._flag():
            node = self._defined(f"{layer}_{name}", node)
        is_often_null = kind not in (AttributeKind.CHOICE, AttributeKind.FLAG) and self._flag()
        if not has_always or is_often_null or self.draw(RARELY):
            node = {"anyOf": [node, {"type": "null"}]}
        return {"title": name.capitalize(), "x-attribute": {"kind": str(kind), **keys}, **node}

    def _defined(self, name: str, node: dict[str, Any]) -> dict[str, Any]:
        """Put a node under $defs, and return the reference to it."""
        self.definitions[name] = {"description": "A definition.", **node}
        return {"$ref": f"#/$defs/{name}"}

    def _value(self, kind: AttributeKind) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the keys of an attribute of a kind, and the node for its values other than null."""
        match kind:
            case AttributeKind.CHOICE | AttributeKind.CHOICES:
                return self._choice(kind)
            case AttributeKind.REFERENCE | AttributeKind.REFERENCES:
                return self._reference(kind)
            case AttributeKind.LINK:
                keys = self._maybe({"only": ["^Q", "^NIL:"], "base": ["https://example.org/"]})
                return keys, {"type": "string", "pattern": _LINK_PATTERN}
            case AttributeKind.PART:
                return self._maybe({"region": ["PART"], "join": [True, False]}), {"$ref": "#/$defs/part"}
            case AttributeKind.TEXT:
                nodes = [{"$ref": "#/$defs/prose", "maxLength": 40}, {"$ref": "#/$defs/line"}, {"type": "string"}]
                patterns = [{"type": "string", "pattern": pattern} for pattern in (*AMBIGUOUS_PATTERNS, "", "[a-z]")]
                return self._maybe({"compare": [True, False]}), dict(self.draw(st.sampled_from(nodes + patterns)))
            case AttributeKind.FLAG:
                return {}, {"type": "boolean"}
            case AttributeKind.NUMBER:
                bounds = self._maybe({"minimum": [-3, 0], "maximum": [7], "multipleOf": [1, 2]})
                return {}, {"type": self.draw(st.sampled_from(["integer", "number"])), **bounds}

    def _choice(self, kind: AttributeKind) -> tuple[dict[str, Any], dict[str, Any]]:
        names = self.draw(st.lists(st.sampled_from(_LABELS), min_size=1, max_size=5, unique=True))
        rows = [_label(name, **self._maybe({"x-sign": ["+", "−"]})) for name in names]
        for row in rows[1:]:
            if self.draw(RARELY):
                row["x-deprecated"] = True
        if self.draw(RARELY):
            rows[-1]["x-formerly"] = "another name"
        keys = self._maybe({"default": names[:1]})
        node = {"type": "string", "oneOf": rows}
        if kind == AttributeKind.CHOICE:
            return keys, node
        bounds = self._maybe({"minItems": [0, 1], "uniqueItems": [True]})
        items = self._defined(f"choices_{len(self.definitions)}", node) if self._flag() else node
        return keys, {"type": "array", "items": items, **bounds}

    def _reference(self, kind: AttributeKind) -> tuple[dict[str, Any], dict[str, Any]]:
        targets = st.sampled_from([*self.spans * 2, TOPIC_TABLE])
        keys: dict[str, Any] = {"to": self.draw(st.lists(targets, min_size=1, max_size=3, unique=True))}
        keys |= {"parties": self.draw(st.lists(st.sampled_from(_PARTIES), max_size=2, unique=True))}
        keys |= self._maybe({"draw": ["in", "out"], "relation": ["a relation"]})
        node = self.draw(st.sampled_from([{"$ref": "#/$defs/reference"}, {"type": "string"}]))
        if kind == AttributeKind.REFERENCE:
            return keys, dict(node)
        bounds = self._maybe({"minItems": [0, 1] if keys["parties"] else [0], "uniqueItems": [True]})
        return keys | self._maybe({"ordered": [True, False]}), {"type": "array", "items": dict(node), **bounds}

    def _layer_node(self, name: str) -> dict[str, Any]:
        is_span = name in self.spans
        label: dict[str, Any] = {
            "$ref": f"#/$defs/{'span' if is_span else 'article_label'}",
            "required": self.required[name],
            "properties": self.attributes[name],
            "unevaluatedProperties": False,
        }
        if self._flag():
            label = self._defined(f"label_of_{name}", label)
        head = {"title": name.capitalize(), "description": "A layer.", "x-layer": self.layers[name]}
        return {**head, "type": "array", "items": label} if is_span else {**head, **label}


def _label(name: str, **more: Any) -> dict[str, Any]:
    return {"const": name, "title": f"Title of {name}", "description": f"What {name} is.", **more}
