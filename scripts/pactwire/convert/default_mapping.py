"""The mapping that follows from a dataset's schema, in the form of a file to edit.

Types are named like the labels of a layer's class, or like its labels, as in Label Studio; in brat, an attribute
``like_this`` is ``LikeThis``. The names and titles of the schema are understood too.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from pactwire.convert.mapping import ALL_OTHER_TYPES, LINK, METONYM, mention_layer, token_layers
from pactwire.model.layers import TOPICS, Attribute, AttributeKind, Layer
from pactwire.model.schema import AnnotationSchema

_ANY_FORMAT: Final = "auto"
NOTES: Final = "AnnotatorNotes"
"""The type of the notes that brat shows in its dialog."""
_LINE_FORMATS: Final = ("conll", "gliner")
"""Formats that hold mentions within a line: layers with rows of tokens."""
_TYPE_FORMATS: Final = (*_LINE_FORMATS, "spacy")
"""Formats that hold no choices, so that the type is the class wherever there is one."""
_WORD_FORMATS: Final = {"brat": "[^A-Za-z0-9_-]", "conll": r"\s"}
"""Formats in which a type is one word, and what it can't contain."""

Sections = dict[str, dict[str, Any]]


def default_mapping(schema: AnnotationSchema, form: str, reads: bool = False) -> dict[str, Any]:
    """Return the mapping of a format that follows from a schema, as a JSON object.

    Args:
        schema: That of the dataset.
        form: A format that `pactwire convert` reads or writes; ``auto`` has the names of brat besides those of others.
        reads: Whether it is for reading alone: then it has all names and titles of the schema, also those that the
            format could not write.
    """
    layers = list(token_layers(schema)) if form in _LINE_FORMATS else list(schema.span_layers)
    sections = _Names(schema, form, layers).sections
    if form == _ANY_FORMAT:
        _add_missing(sections, _Names(schema, "brat", layers).sections)
    elif reads:
        _add_missing(sections, _Names(schema, _ANY_FORMAT, list(schema.span_layers)).sections)
    mentions = mention_layer(schema)
    return {**sections, "annotated": [mentions.name] if mentions else [layer.name for layer in layers]}


def _add_missing(sections: Sections, others: Sections) -> None:
    """Add the entries of another mapping whose names have none yet."""
    for section, entries in others.items():
        sections[section] |= {name: entry for name, entry in entries.items() if name not in sections[section]}
    sections["parts"] = {name: entry for name, entry in sections["parts"].items() if name not in sections["types"]}


def _path(entry: Any) -> str:
    """Return the layer and attribute of an entry of a mapping, as in ``claims.type``."""
    return str(entry["attribute"]) if isinstance(entry, dict) else str(entry)


def _layer_of(entry: Any) -> str:
    return _path(entry).partition(".")[0]


class _Names:
    """Gives names of a format to layers, attributes and labels; ``sections`` are those of a mapping."""

    def __init__(self, schema: AnnotationSchema, form: str, layers: Sequence[Layer]) -> None:
        self.schema, self.form = schema, form
        self.sections: Sections = {"types": {}, "parts": {}, "attributes": {}, "relations": {}}
        for layer in layers:
            self._add_types(layer)
        attributed = [*layers, *(layer for layer in schema.layers.values() if not layer.is_span)]
        for layer in attributed:
            for attribute in layer.attributes:
                self._add_attribute(layer, attribute)
        self._add_type_aliases(layers)
        for layer in attributed:
            for attribute in layer.attributes:
                self._add_aliases(layer, attribute)

    def _style(self, name: str) -> str:
        """Return a name of the schema as names are in the format."""
        return "".join(map(str.capitalize, re.split("[_ ]", name))) if self.form == "brat" else name

    def _word(self, name: str) -> str:
        """Return a name as the format can hold it."""
        if self.form not in _WORD_FORMATS:
            return name
        word = re.sub(_WORD_FORMATS[self.form], "_", name)
        return word if self.form != "brat" or re.search("[A-Za-z0-9]", word) else "label"

    def _is_word(self, name: str) -> bool:
        return self._word(name) == name

    # --- types

    def _add_types(self, layer: Layer) -> None:
        """Name the types of a layer's labels: one for each label of the class, or one for all."""
        attribute, types = layer.class_attribute, self.sections["types"]
        if attribute is not None and (self.form in _TYPE_FORMATS or layer.palette == "class"):
            for label in _current_labels(attribute):
                name = self._free_type(self._word(label), self._word(f"{layer.label}-{label}"))
                types[name] = {"layer": layer.name, "values": {attribute.name: label}}
            if attribute.name in self.schema.required_keys(layer.name) and not attribute.is_nullable:
                return
        types[self._free_type(self._word(self._style(layer.label)))] = {"layer": layer.name}

    def _free_type(self, *names: str) -> str:
        """Return the first of some types that is free, or else the last with a number."""
        taken = {*self.sections["types"], *self.sections["parts"], ALL_OTHER_TYPES}
        numbered = (f"{names[-1]}_{number}" for number in range(2, len(taken) + 3))
        return next(name for name in (*names, *numbered) if name not in taken)

    def _add_type_aliases(self, layers: Sequence[Layer]) -> None:
        """Add the names and titles of classes and layers, unless several types could be meant."""
        found: list[tuple[str, Any]] = []
        titles = {
            (layer.name, label.name): label.title
            for layer in layers
            for label in (layer.class_attribute.labels if layer.class_attribute else ())
        }
        for entry in self.sections["types"].values():
            for label in entry.get("values", {}).values():
                found += [(label, entry), (titles[entry["layer"], label], entry)]
            if "values" not in entry:
                layer = self.schema.layers[entry["layer"]]
                found += [(layer.label, entry), (self.schema.label_title(layer.name), entry)]
        counts = Counter(name for name, _ in {(name, str(entry)) for name, entry in found})
        for name, entry in found:
            if counts[name] == 1 and self._is_word(name) and name not in {*self.sections["parts"], ALL_OTHER_TYPES}:
                self.sections["types"].setdefault(name, entry)

    # --- attributes and relations

    def _add_attribute(self, layer: Layer, attribute: Attribute) -> None:
        """Name an attribute as a relation, as the type of a part, and as an attribute, as far as it is one."""
        path, name = f"{layer.name}.{attribute.name}", self._style(attribute.name)
        if attribute.kind == AttributeKind.PART:
            part = self._word(attribute.region or name)
            part = self._free_type(part, f"{part}-part") if part in self.sections["types"] else part
            self.sections["parts"].setdefault(part, []).append(path)
        if attribute.kind == AttributeKind.PART or attribute.target_layers:
            relation = self._word(attribute.relation) if attribute.relation and self.form == "brat" else name
            self._add("relations", {"attribute": path, "from": "target"} if attribute.draw == "in" else path, relation)
        if attribute.kind == AttributeKind.PART:
            return
        if self.form == "brat":
            self._add_brat_attribute(layer, attribute, path, name)
        else:
            self._add("attributes", path, LINK if attribute in layer.links[:1] else name)

    def _add_brat_attribute(self, layer: Layer, attribute: Attribute, path: str, name: str) -> None:
        """Name an attribute: one of several labels is a flag for each, the first text brat's own note."""
        if attribute.kind.is_list:
            for value in (*_current_labels(attribute), *attribute.parties):
                self._add("attributes", {"attribute": path, "value": value}, f"{name}_{self._word(value)}")
            if TOPICS in attribute.to:
                self._add("attributes", path, name)
        elif attribute in layer.links[:1]:
            self._add("attributes", path, LINK)
        elif attribute in layer.of_kind(AttributeKind.TEXT)[:1]:
            self._add("attributes", path, NOTES)
        elif attribute.kind != AttributeKind.REFERENCE or attribute.parties or TOPICS in attribute.to:
            labels = self._differing_labels(attribute)
            self._add("attributes", {"attribute": path, "labels": labels} if labels else path, name)

    def _differing_labels(self, attribute: Attribute) -> dict[str, str]:
        """Return the labels that the format holds as another word, by this word."""
        labels: dict[str, str] = {}
        current = _current_labels(attribute)
        for label in current:
            word, number = self._word(label), 1
            while word != label and (word in labels or word in current):
                number += 1
                word = f"{self._word(label)}_{number}"
            labels[word] = label
        return {word: label for word, label in labels.items() if word != label}

    def _add(self, section: str, entry: Any, name: str) -> None:
        """Add an entry under a name, with a number if another of that name could be meant."""
        entries, number, numbered = self.sections[section], 1, name
        while not self._is_free(section, entry, numbered):
            number += 1
            numbered = f"{name}_{number}"
        entries.setdefault(numbered, []).append(entry)

    def _is_free(self, section: str, entry: Any, name: str) -> bool:
        """Return whether no other entry of a name is of the same layer, or a relation between the same layers."""
        others = self.sections[section].get(name, ())
        return all(_layer_of(each) != _layer_of(entry) for each in others) and (
            section != "relations" or all(self._sides(each).isdisjoint(self._sides(entry)) for each in others)
        )

    def _sides(self, entry: Any) -> set[tuple[str, str]]:
        """Return the layers that a relation can go from and to."""
        layer, _, name = _path(entry).partition(".")
        targets = self.schema.layers[layer].attribute(name).target_layers
        return {(target, layer) if isinstance(entry, dict) else (layer, target) for target in targets}

    def _add_aliases(self, layer: Layer, attribute: Attribute) -> None:
        """Add the name and the title of an attribute where they are free."""
        path = f"{layer.name}.{attribute.name}"
        names = [attribute.name, attribute.title, *([METONYM] if attribute in layer.links[1:2] else [])]
        for section in ("attributes", "relations"):
            entries = self.sections[section]
            own = [entry for each in entries.values() for entry in each if _path(entry) == path]
            plain = [entry for entry in own if not (isinstance(entry, dict) and "value" in entry)]
            for name in filter(self._is_word, dict.fromkeys(names) if own else ()):
                entry = plain[0] if plain else path
                if self._is_free(section, entry, name):
                    entries.setdefault(name, []).append(entry)


def _current_labels(attribute: Attribute) -> list[str]:
    """Return the labels of a choice that a document may use."""
    return [label.name for label in attribute.labels if not label.is_deprecated]
