"""The names in a dataset's schema: those that are no identifiers, reserved, or the same as another's."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from pactwire.model.json_schemas import Flaw, tool_schema
from pactwire.model.layers import TOPICS, AttributeKind, RowKind
from pactwire.model.schema_nodes import AttributeNode, LayerNode
from pactwire.model.strict_json import JsonPath

ROW_COLUMNS: Final = (
    "id", "article_id", "language", "start", "end", "text", "label", "annotation_status", "annotator_kind", "fold",
)  # fmt: skip
"""The columns of every config of a layer."""
ARTICLE_COLUMNS: Final = (
    "id", "story", "language", "title", "section", "published", "url", "source_id", "author", "outlet",
    "canonical_url", "stated_language", "license", "origins", "text", "source_text", "source_sha256",
    "segments", "zones", "annotation", "status", "annotator_kinds", "fold",
)  # fmt: skip
"""The columns of the config of articles that are not layers."""
ANNOTATION_COLUMNS: Final = (
    "article_id", "annotator", "text", "segments", "zones", "annotation", "status", "annotator_kind", "fold",
)  # fmt: skip
"""The columns of the config of annotations that are not layers."""
TOKEN_COLUMNS: Final = ("tokens", "token_offsets", "ner_tags", "spans")
EVIDENCE_COLUMNS: Final = ("evidence_start", "evidence_end")
REFERENCE_SUFFIXES: Final = ("", "_id", "_start", "_end", "_kind", "_link")
"""What is added to the name of a reference, in the columns for what it refers to."""
LISTED_SUFFIXES: Final = tuple(suffix for suffix in REFERENCE_SUFFIXES if suffix != "_id")
"""What is added where labels are listed, whose references are ids themselves."""
FIXED_CONFIGS: Final = {"articles": "", "annotations": "", "default": "the config that `datasets` loads by default"}
"""Configs that no layer can make, and what they are if they are not of every dataset."""
ZONE_PREFIX: Final = "z"
MECHANICS: Final = ("id", "start", "end", "text", "by")
"""The properties of labels that are not attributes."""
DOCUMENT_PROPERTIES: Final = tuple(tool_schema("envelope")["$defs"]["envelope"]["properties"])
"""The properties of documents that are not layers."""
FIXED_FILES: Final = ("decisions.jsonl",)

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAME_RULE: Final = "names are a lower-case letter, then at most 39 lower-case letters, digits and underscores"

_Named = tuple[str, JsonPath, str]
"""A name, its path, and what it names."""


def name_flaws(layers: Collection[LayerNode]) -> Iterator[Flaw]:
    """Yield names that are no identifiers, and names that are reserved or taken."""
    yield from _identifier_flaws(layers)
    yield from _reserved_flaws(layers)
    for taken, named in (
        ("the prefix of zones", [(ZONE_PREFIX, (), ""), *_keys(layers, "prefix")]),
        ("", _keys(layers, "label")),
        ("a config of every dataset", [*((name, (), what) for name, what in FIXED_CONFIGS.items()), *_configs(layers)]),
        ("a file of the tool's", [*((name, (), "") for name in FIXED_FILES), *_files(layers)]),
    ):
        yield from _duplicates(named, taken)
    names = [layer for layer in layers if layer.keys.get("names")]
    for layer in names[1:]:
        message = f"only one layer can have names, and {names[0].name} does; links.tsv has the labels of its class"
        yield "schema-clash", layer.key_path("names"), message
    for layer in layers:
        yield from _column_flaws(layer)


def _identifier_flaws(layers: Iterable[LayerNode]) -> Iterator[Flaw]:
    for layer in layers:
        named: list[tuple[str, JsonPath]] = [(layer.name, layer.path)]
        named += [(attribute.name, attribute.path) for attribute in layer.attributes.values()]
        named += [(column, layer.key_path("derived", column)) for column in layer.keys.get("derived", ())]
        for name, path in named:
            if not _NAME.fullmatch(name):
                yield "schema-name", path, f"{name!r} is not a valid name: {_NAME_RULE}"


def _reserved_flaws(layers: Iterable[LayerNode]) -> Iterator[Flaw]:
    for layer in layers:
        if layer.name == TOPICS:
            yield (
                "schema-clash",
                layer.path,
                "no layer can be called 'topics': in `to` it means the rows of topics.json",
            )
        elif layer.name in DOCUMENT_PROPERTIES:
            yield "schema-clash", layer.path, f"{layer.name!r} is a property of every document"
        elif layer.name in (*ARTICLE_COLUMNS, *ANNOTATION_COLUMNS):
            yield "schema-clash", layer.path, f"{layer.name!r} is a column of the config articles or annotations"
        for attribute in layer.attributes.values():
            if attribute.name in MECHANICS:
                message = f"no attribute can be called {attribute.name!r}, which is a property of every label"
                yield "schema-clash", attribute.path, message


def _keys(layers: Iterable[LayerNode], key: str) -> list[_Named]:
    return [
        (layer.keys[key], layer.key_path(key), f"the {key} of {layer.name}") for layer in layers if key in layer.keys
    ]


def _configs(layers: Iterable[LayerNode]) -> Iterator[_Named]:
    for layer in layers:
        if layer.rows:
            path = layer.key_path("config") if "config" in layer.keys else layer.path
            yield layer.keys.get("config", layer.name), path, f"the config of {layer.name}"
        for key in ("candidates", "clusters"):
            if key in layer.keys:
                path = layer.key_path(key, "config")
                yield layer.keys[key]["config"], path, f"the config of the {key} of {layer.name}"


def _files(layers: Iterable[LayerNode]) -> Iterator[_Named]:
    for layer in layers:
        if "clusters" in layer.keys:
            path = layer.key_path("clusters", "file")
            yield layer.keys["clusters"]["file"], path, f"the file of the clusters of {layer.name}"


def _duplicates(named: Iterable[_Named], taken: str) -> Iterator[Flaw]:
    """Yield a flaw for each name that was there before; those without a path are the tool's, which are ``taken``."""
    first: dict[str, str] = {}
    for name, path, what in named:
        if name in first:
            yield "schema-clash", path, f"{name!r} is {what}, and also {first[name] or taken}"
        first.setdefault(name, what)


def _column_flaws(layer: LayerNode) -> Iterator[Flaw]:
    """Yield the columns that a layer makes twice in one of its configs, or that are of two types in two of them."""
    told: set[JsonPath] = set()
    for columns in (_row_columns(layer), _label_columns(layer), _candidate_columns(layer), _pair_columns(layer)):
        first: dict[str, JsonPath] = {}
        for column, path in columns:
            if column in first and path not in told:
                told.add(path)
                other = f"{first[column][-1]!r} makes" if first[column] else "all rows have"
                yield "schema-clash", path, f"the rows of {layer.name} would have {column!r} twice; {other} it, too"
            first.setdefault(column, path)
    for column, path in _candidate_columns(layer) if layer.rows == RowKind.SENTENCES else ():
        if column == layer.name:
            message = (
                f"{column!r} would be the labels in the rows of {layer.name}, and a text in those of its candidates"
            )
            yield "schema-clash", path, message


_Columns = list[tuple[str, JsonPath]]


def _row_columns(layer: LayerNode) -> _Columns:
    """Return the columns of a layer's rows, each with the path of what makes it, or () if it is fixed."""
    columns: _Columns = [(name, ()) for name in ROW_COLUMNS]
    match layer.rows:
        case None:
            return []
        case RowKind.TOKENS:
            columns += [(name, ()) for name in TOKEN_COLUMNS]
        case RowKind.SENTENCES:
            columns.append((layer.name, layer.path))
        case RowKind.LABELS:
            columns += [*((name, ()) for name in EVIDENCE_COLUMNS), *_attribute_columns(layer)]
        case RowKind.ARTICLES:
            columns += _attribute_columns(layer)
    return columns + [(name, layer.key_path("derived", name)) for name in layer.keys.get("derived", ())]


def _attribute_columns(layer: LayerNode) -> _Columns:
    own = layer.class_attribute
    return [
        (f"{attribute.name}{suffix}", attribute.path)
        for attribute in layer.attributes.values()
        if attribute is not own
        for suffix in (REFERENCE_SUFFIXES if is_reference(attribute) else ("",))
    ]


def _label_columns(layer: LayerNode) -> _Columns:
    """Return the fields of a label in rows of sentences, where the names of what is referred to are beside it."""
    if layer.rows != RowKind.SENTENCES:
        return []
    columns: _Columns = []
    for attribute in layer.attributes.values():
        columns.append((attribute.name, attribute.path))
        if is_reference(attribute):
            columns += [(listed_column(attribute.name, each), attribute.path) for each in LISTED_SUFFIXES]
    return columns


def _candidate_columns(layer: LayerNode) -> _Columns:
    pair = layer.keys.get("candidates", {}).get("pair", ())
    sides: _Columns = [
        (f"{name}{suffix}", layer.attributes[name].path)
        for name in pair
        if name in layer.attributes
        for suffix in REFERENCE_SUFFIXES
    ]
    return [*((name, ()) for name in ROW_COLUMNS), *sides] if sides else []


def _pair_columns(layer: LayerNode) -> _Columns:
    """Return the columns of a side of a pair of clusters, and the properties of a cluster."""
    if "clusters" not in layer.keys:
        return []
    fixed: _Columns = [
        (name, ()) for name in ("id", "article_id", "text", "language", "members", "by", "cluster", "fold")
    ]
    return [*fixed, (layer.keys["clusters"]["text"], layer.key_path("clusters", "text"))]


def listed_column(reference: str, suffix: str) -> str:
    """Return the name of the column beside the ids of a label's references with what has this suffix elsewhere."""
    return f"{reference.removesuffix('s')}{suffix or '_name'}s"


def is_reference(attribute: AttributeNode) -> bool:
    """Say whether an attribute is of the kind reference or references."""
    return attribute.kind in (AttributeKind.REFERENCE, AttributeKind.REFERENCES)
