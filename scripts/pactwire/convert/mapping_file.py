"""Reading of a mapping (`pactwire.convert.mapping`) from JSON, with an issue for each flaw."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pactwire.convert.default_mapping import default_mapping
from pactwire.convert.mapping import LabelMapping, MappedAttribute, MappedRelation, MappedType, mention_layer
from pactwire.corpus import tables
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import tool_validator
from pactwire.model.layers import TOPICS, Attribute, AttributeKind, Layer
from pactwire.model.schema import AnnotationSchema
from pactwire.model.strict_json import JsonPath
from pactwire.storage import files


def read_mapping(path: Path | None, schema: AnnotationSchema, form: str, reads: bool = False) -> LabelMapping:
    """Return the mapping in a file, or the default one.

    Args:
        path: The file; None for the default.
        schema: That of the dataset.
        form: The format, whose default each section has that the file lacks.
        reads: Whether it is for reading alone (`default_mapping`).

    Raises:
        DataError: An issue for each flaw (convert-mapping), or those of reading JSON.
    """
    if path is None:
        return parse_mapping({}, schema, form, reads=reads)
    name = path.as_posix()
    return parse_mapping(files.read_json(path, name), schema, form, name, path.read_text(encoding="utf-8"), reads)


def parse_mapping(
    value: Any, schema: AnnotationSchema, form: str, file: str = "", text: str = "", reads: bool = False
) -> LabelMapping:
    """Return the mapping that a JSON value states.

    Raises:
        DataError: An issue for each flaw (convert-mapping), at its line in ``text``, the content of ``file``.
    """
    flaws = [(path, message) for _, path, message in tool_validator("mapping.schema", "mapping").explain(value)]
    parser = _Parser(schema)
    if not flaws:
        mapping = parser.mapping({**default_mapping(schema, form, reads), **value})
        flaws = parser.flaws
    if flaws:
        lines = strict_json.value_lines(text) if text else {}
        raise DataError(
            [
                Issue(file, tables.line_of_path(lines, path), "convert-mapping", message, tables.format_path(path))
                for path, message in flaws
            ]
        )
    return mapping


class _Parser:
    """Reads the sections of a mapping that has the right shape; collects what the dataset does not have."""

    def __init__(self, schema: AnnotationSchema) -> None:
        self.schema = schema
        self.flaws: list[tuple[JsonPath, str]] = []

    def mapping(self, value: Mapping[str, Any]) -> LabelMapping:
        """Return the mapping; invalid entries are missing in it."""
        types, parts, attributes, relations = (value[key] for key in ("types", "parts", "attributes", "relations"))
        for name in sorted(set(types) & set(parts)):
            self.flaws.append((("parts", name), f"{name!r} is also a type of labels"))
        return LabelMapping(
            self.schema,
            {name: self._type(entry, ("types", name)) for name, entry in types.items()},
            {name: tuple(self._parts(entries, ("parts", name))) for name, entries in parts.items()},
            {name: tuple(self._attributes(entries, ("attributes", name))) for name, entries in attributes.items()},
            {name: tuple(self._relations(entries, ("relations", name))) for name, entries in relations.items()},
            tuple(name for index, name in enumerate(value["annotated"]) if self._layer(name, ("annotated", index))),
        )

    def _flaw(self, path: JsonPath, message: str) -> None:
        self.flaws.append((path, message))

    def _layer(self, name: str, path: JsonPath) -> Layer | None:
        """Return a layer of spans; a flaw for any other name."""
        layer = self.schema.layers.get(name)
        if layer is None or not layer.is_span:
            known = ", ".join(each.name for each in self.schema.span_layers) or "none"
            self._flaw(path, f"{name!r} is no layer of spans of this dataset; those are: {known}")
            return None
        return layer

    def _any_layer(self, name: str, path: JsonPath) -> Layer | None:
        """Return a layer of spans or of articles; a flaw for any other name."""
        if name not in self.schema.layers:
            self._flaw(path, f"{name!r} is no layer of this dataset; those are: {', '.join(self.schema.layers)}")
        return self.schema.layers.get(name)

    def _type(self, entry: Any, path: JsonPath) -> MappedType | None:
        if entry is None:
            return None
        layer: Layer | None
        if isinstance(entry, dict) and "layer" in entry:
            layer = self._layer(entry["layer"], (*path, "layer"))
        elif (layer := mention_layer(self.schema)) is None:
            self._flaw(path, "this dataset has no layer of mentions; name a layer, as in {'layer': 'NAME'}")
        if layer is None:
            return None
        if isinstance(entry, str):
            assert layer.class_attribute  # the mentions have one
            self._check_label(layer.class_attribute, entry, path)
            return MappedType(layer, {layer.class_attribute.name: entry})
        for name, label in entry.get("values", {}).items():
            if attribute := self._attribute_of(layer, name, (AttributeKind.CHOICE,), (*path, "values", name)):
                self._check_label(attribute, label, (*path, "values", name))
        return MappedType(layer, entry.get("values", {}))

    def _attribute_of(
        self, layer: Layer, name: str, kinds: tuple[AttributeKind, ...], path: JsonPath
    ) -> Attribute | None:
        found = {each.name: each for each in layer.of_kind(*kinds)}
        if name not in found:
            known = ", ".join(found) or "none"
            self._flaw(path, f"{layer.name} has no attribute {name!r} that can be here; these can: {known}")
        return found.get(name)

    def _check_label(self, attribute: Attribute, label: str, path: JsonPath) -> None:
        known = [each.name for each in attribute.labels if not each.is_deprecated] or list(attribute.parties)
        if label not in known:
            self._flaw(path, f"{label!r} is no label of {attribute.name}; those are: {', '.join(known) or 'none'}")

    def _target(self, entry: Any, kinds: tuple[AttributeKind, ...], path: JsonPath) -> tuple[Layer, Attribute] | None:
        """Return the layer and the attribute that an entry names, by themselves or as its ``attribute``."""
        if not isinstance(entry, str):
            entry, path = entry["attribute"], (*path, "attribute")
        layer_name, _, name = entry.partition(".")
        layer = self._any_layer(layer_name, path)
        attribute = self._attribute_of(layer, name, kinds, path) if layer else None
        return (layer, attribute) if layer and attribute else None

    def _parts(self, entries: list[Any], path: JsonPath) -> Iterator[MappedAttribute]:
        for index, entry in enumerate(entries):
            if found := self._target(entry, (AttributeKind.PART,), (*path, index)):
                yield MappedAttribute(*found)

    def _attributes(self, entries: list[Any], path: JsonPath) -> Iterator[MappedAttribute]:
        kinds = tuple(kind for kind in AttributeKind if kind != AttributeKind.PART)
        for index, entry in enumerate(entries):
            place = (*path, index)
            if found := self._target(entry, kinds, place):
                more = {} if isinstance(entry, str) else entry
                attribute, labels = found[1], more.get("labels", {})
                if (labels or "value" in more) and not (attribute.kind.is_choice or attribute.is_reference):
                    self._flaw(place, f"{attribute.name} has no labels")
                    continue
                for value, label in labels.items():
                    self._check_label(attribute, label, (*place, "labels", value))
                if "value" in more:
                    self._check_label(attribute, more["value"], (*place, "value"))
                yield MappedAttribute(*found, more.get("value"), labels)

    def _relations(self, entries: list[Any], path: JsonPath) -> Iterator[MappedRelation]:
        kinds = (AttributeKind.REFERENCE, AttributeKind.REFERENCES, AttributeKind.PART)
        for index, entry in enumerate(entries):
            if found := self._target(entry, kinds, (*path, index)):
                if found[1].to == (TOPICS,):
                    self._flaw((*path, index), f"{found[1].name} refers to topics alone; let it be an attribute")
                start = "label" if isinstance(entry, str) else entry.get("from", "label")
                yield MappedRelation(*found, start == "label")
