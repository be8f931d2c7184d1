"""Draft of a schema from a corpus in another format, which has a place for everything that the corpus holds.

Mentions become one layer of spans, whose class has the types that were seen, the most frequent first; other layers of
the source become layers of their own. Attributes become choices, flags, numbers, links or texts, relations references,
and what is said of articles a layer of articles. The draft says what was seen and defines nothing: titles are the
source's names, and descriptions count.
"""

from collections.abc import Iterator, Mapping
from string import ascii_lowercase
from typing import Any, Final

from pactwire.convert import draft_names
from pactwire.convert.corpus_profile import (
    MAX_LABELS,
    CorpusProfile,
    LayerProfile,
    RelationProfile,
    Sightings,
    ValueProfile,
)
from pactwire.convert.default_mapping import NOTES
from pactwire.convert.mapping import LINK, METONYM
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import tool_schema
from pactwire.model.layers import TOPICS, AttributeKind
from pactwire.model.schema_names import ANNOTATION_COLUMNS, ARTICLE_COLUMNS, DOCUMENT_PROPERTIES

MENTIONS: Final = "mentions"
ARTICLE_LABELS: Final = "article_labels"
_MENTION: Final = "mention"
_SURE_LABELS: Final = 20
"""How many values of one word are labels of a choice, however often each was seen."""
_SIGHTINGS_PER_LABEL: Final = 3
"""How often the labels of any other choice are seen on average, at least."""
_CLASS_NAMES: Final = ("type", "category", "mention_type", "mention_class")
"""Names of the class of mentions; the first that is like no name of an attribute is taken."""
_NULL: Final = {"type": "null"}
_WORDS: Final = 60


def draft_schema(profile: CorpusProfile, corpus: str) -> dict[str, Any]:
    """Return the schema of a dataset that can hold a corpus.

    Args:
        profile: What the corpus holds.
        corpus: Its name.

    Raises:
        DataError: It holds nothing, or its types are too many or too long to be labels (convert-empty, convert-draft).
    """
    if issues := list(_flaws(profile, corpus)):
        raise DataError(issues)
    names = layer_names(profile)
    layers = {
        name: _span_layer(source, profile.layers[source], names, place)
        for place, (source, name) in enumerate(names.items())
    }
    if profile.properties:
        layers[ARTICLE_LABELS] = _article_layer(profile)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Annotation document",
        "description": f"Drafted from {profile.documents:,} documents of {corpus}: edit titles and descriptions, "
        "and remove what is not needed.",
        "$ref": "#/$defs/envelope",
        "properties": layers,
        "unevaluatedProperties": False,
        "$defs": tool_schema("envelope")["$defs"],
    }


def layer_names(profile: CorpusProfile) -> dict[str, str]:
    """Return the names of the layers of spans by those of the source; the mentions come first."""
    others = [source for source in profile.layers if source]
    reserved = (*DOCUMENT_PROPERTIES, *ARTICLE_COLUMNS, *ANNOTATION_COLUMNS, TOPICS, MENTIONS, ARTICLE_LABELS, _MENTION)
    names = dict(zip(others, draft_names.attribute_names(others, "layer", reserved), strict=True))
    return {**({"": MENTIONS} if "" in profile.layers else {}), **names}


def _flaws(profile: CorpusProfile, corpus: str) -> Iterator[Issue]:
    """Yield why no schema can be drafted."""
    if not profile.layers and not profile.properties:
        yield Issue(corpus, 1, "convert-empty", f"none of {profile.documents:,} documents holds a label")
    mentions = profile.layers.get("", LayerProfile()).types
    if len(mentions) > MAX_LABELS:
        first, examples = next(iter(mentions.values())), ", ".join(map(quote, list(mentions)[:3]))
        message = f"{len(mentions):,} types of mentions, and a class has at most {MAX_LABELS}: they may be ids or texts"
        yield Issue(first.file, first.line, "convert-draft", f"it has {message}, such as {examples}")
    named: list[tuple[str, Sightings]] = []
    for layer in profile.layers.values():
        named += layer.types.items()
        named += [(name, each.sightings) for name, each in layer.attributes.items()]
        named += [(name, each.sightings) for name, each in layer.relations.items()]
    named += [(name, each.sightings) for name, each in profile.properties.items()]
    for name, seen in named:
        if not draft_names.is_title(name):
            message = f"the name {quote(name)} can't be a title, which has at most {draft_names.MAX_TITLE} characters"
            yield Issue(seen.file, seen.line, "convert-draft", f"{message} on one line")


# --- layers


def _span_layer(source: str, profile: LayerProfile, layers: Mapping[str, str], place: int) -> dict[str, Any]:
    """Return a layer of spans: the attributes and relations of its labels; mentions have their type as their class.

    Args:
        source: Its name in the source.
        profile: What it holds.
        layers: The names of all layers of spans by those of the source.
        place: Its number among these, from 0.
    """
    names = draft_names.attribute_names([*profile.attributes, *profile.relations], "attribute")
    attributes: dict[str, Any] = {}
    if source:
        prefix = f"x{ascii_lowercase[place // 26]}{ascii_lowercase[place % 26]}"
        keys = {"label": layers[source], "prefix": prefix}
    else:
        class_name = draft_names.free_name(_CLASS_NAMES, names)
        attributes[class_name] = _class_attribute(profile.types)
        keys = {"label": _MENTION, "prefix": "m", "rows": "tokens", "class": class_name}
    values = (_attribute(name, each) for name, each in profile.attributes.items())
    references = (_reference(name, each, layers) for name, each in profile.relations.items())
    attributes |= zip(names, [*values, *references], strict=True)
    links = [name for name, node in attributes.items() if node["x-attribute"]["kind"] == AttributeKind.LINK]
    return {
        "title": source or "Mentions",
        "description": f"{sum(seen.count for seen in profile.types.values()):,} labels were seen.",
        "x-layer": {**keys, "meaning": [*links[:1], "text"]},
        "type": "array",
        "items": {"title": source or "Mention", **_label("span", attributes)},
    }


def _article_layer(profile: CorpusProfile) -> dict[str, Any]:
    """Return the layer of what is said of whole articles; its class is the first choice."""
    names = draft_names.attribute_names(profile.properties, "attribute")
    attributes = {
        name: _attribute(source, each) for name, (source, each) in zip(names, profile.properties.items(), strict=True)
    }
    choices = [name for name, node in attributes.items() if node["x-attribute"]["kind"] == AttributeKind.CHOICE]
    return {
        "title": "Labels of articles",
        "description": f"What the source says of whole articles, of {profile.documents:,} that were seen.",
        "x-layer": {
            "of": "article",
            "label": "article_label",
            "rows": "articles",
            **({"class": choices[0]} if choices else {}),
        },
        **_label("article_label", attributes),
    }


def _label(base: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "$ref": f"#/$defs/{base}",
        "required": list(attributes),
        "properties": attributes,
        "unevaluatedProperties": False,
    }


# --- attributes


def _class_attribute(types: Mapping[str, Sightings]) -> dict[str, Any]:
    counted = sorted(types.items(), key=lambda item: -item[1].count)  # of equal counts, the first seen comes first
    labels = draft_names.label_names(name for name, _ in counted)
    rows = [
        {"const": label, "title": name, "description": _seen(seen)}
        for label, (name, seen) in zip(labels, counted, strict=True)
    ]
    return {
        "title": "Type",
        "description": "The types that were seen, the most frequent first.",
        "x-attribute": {"kind": AttributeKind.CHOICE.value},
        "type": "string",
        "oneOf": rows,
    }


def _attribute(source: str, profile: ValueProfile) -> dict[str, Any]:
    """Return an attribute that can hold all values that were seen."""
    kind = attribute_kind(source, profile)
    head = {"title": source, "description": _seen(profile.sightings), "x-attribute": {"kind": kind.value}}
    if kind is AttributeKind.FLAG and profile.are_truths:
        return {**head, "type": "boolean"}
    rows = _value_rows(profile)
    match kind:
        case AttributeKind.CHOICES:
            return {**head, "type": "array", "uniqueItems": True, "items": {"type": "string", "oneOf": rows}}
        case AttributeKind.CHOICE:
            value: dict[str, Any] = {"type": "string", "oneOf": rows}
        case AttributeKind.FLAG:
            value = {"type": "boolean"}
        case AttributeKind.NUMBER:
            value = {"type": "integer" if profile.are_integers else "number"}
        case AttributeKind.LINK:
            value = {"$ref": "#/$defs/line"}
        case _:
            value = {"$ref": "#/$defs/prose"}
    return {**head, "anyOf": [value, _NULL]}


def attribute_kind(source: str, profile: ValueProfile) -> AttributeKind:
    """Return the kind of attribute that can hold all values that were seen of one of the source."""
    if source in (LINK, METONYM):
        is_link = profile.most == 1 and profile.are_lines and profile.are_links
        return AttributeKind.LINK if is_link else AttributeKind.TEXT
    if source == NOTES:
        return AttributeKind.TEXT
    if profile.most == 1 and profile.are_flags:
        return AttributeKind.FLAG
    if profile.most == 1 and profile.are_numbers:
        return AttributeKind.NUMBER
    count = len(profile.values)
    is_repeated = profile.values.total() >= _SIGHTINGS_PER_LABEL * count
    is_frequent = is_repeated or (count <= _SURE_LABELS and not any(map(_has_space, profile.values)))
    if profile.has_more or not is_frequent or not profile.are_labels:
        return AttributeKind.TEXT
    return AttributeKind.CHOICES if profile.most > 1 else AttributeKind.CHOICE


def _has_space(value: str) -> bool:
    return len(value.split()) > 1


def _value_rows(profile: ValueProfile) -> list[dict[str, str]]:
    counted = sorted(profile.values.items(), key=lambda item: -item[1])
    return [{"const": value, "title": value, "description": f"Seen {_times(count)}."} for value, count in counted]


def _reference(source: str, profile: RelationProfile, layers: Mapping[str, str]) -> dict[str, Any]:
    """Return an attribute for the relations of one name: one reference, or several where one mention has several."""
    is_list = profile.most > 1
    kind = AttributeKind.REFERENCES if is_list else AttributeKind.REFERENCE
    head = {
        "title": source,
        "description": _seen(profile.sightings),
        "x-attribute": {"kind": kind.value, "to": [layers[each] for each in profile.targets]},
    }
    reference = {"$ref": "#/$defs/reference"}
    return {**head, "type": "array", "items": reference} if is_list else {**head, "anyOf": [reference, _NULL]}


# --- descriptions


def _seen(seen: Sightings) -> str:
    """Say how often something was seen, and where first."""
    words = seen.words if len(seen.words) <= _WORDS else f"{seen.words[: _WORDS - 1]}…"
    first = f", first as {quote(words)}" if words else ", first"
    return f"Seen {_times(seen.count)}{first} in {seen.file}, line {seen.line}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
