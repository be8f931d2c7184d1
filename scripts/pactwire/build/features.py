"""The columns of each config, in their published order, as `datasets` features and as Arrow schemas.

Which configs there are, and what is in them, follows from the dataset's schema by one rule, which `docs/schema.md`
explains. Names of columns:

- ``label`` is the class of the row, of `ClassLabel`. Other attributes have columns of their names.
- The last columns are ``label``, ``annotation_status``, ``annotator_kind`` and ``fold``. Rows of whole documents have
  ``status``, of each layer, instead of the first two. Columns of one name have one type, and the same order.
- An attribute that refers to labels has a column of its name with what is referred to, as text: the label's text, the
  topic's title, or the party. ``NAME_id``, ``NAME_start``, ``NAME_end``, ``NAME_kind`` (if it may refer to several
  kinds) and ``NAME_link`` are beside it.
- In rows of sentences, the labels are a list in a column of the layer's name. There, references stay ids, and what
  they refer to is in ``NAME_names``, ``NAME_starts``, ``NAME_ends``, ``NAME_kinds`` and ``NAME_links``, in which a
  plural NAME loses its ``s``.
"""

from functools import cache
from typing import Any, Final

import pyarrow as pa
from datasets import ClassLabel, Features, List, Value

from pactwire.model.layers import Attribute, AttributeKind, Clusters, Layer, RowKind
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_names import LISTED_SUFFIXES, listed_column
from pactwire.text import bio_tags

ARTICLES: Final = "articles"
ANNOTATIONS: Final = "annotations"
DEFAULT: Final = ARTICLES
PAIR_LABELS: Final = ("different", "same")

_text = Value("string")
_offset = Value("int32")


def _strings(*names: str) -> dict[str, Any]:
    return {name: _text for name in names}


_SPAN: Final[dict[str, Any]] = {"id": _text, "start": _offset, "end": _offset, "text": _text}
_PART: Final[dict[str, Any]] = {"start": _offset, "end": _offset, "text": _text}
_BY: Final[dict[str, Any]] = {"by": List(_text)}
_ZONE: Final[dict[str, Any]] = {
    "id": _text, "start": _offset, "end": _offset, **_strings("kind", "language", "origin"), **_BY,
}  # fmt: skip
_SEGMENTS = List({"content": _offset, "source": _offset, "length": _offset})
_HEADER: Final[dict[str, Any]] = {
    **_strings("schema_version", "guidelines"),
    "annotators": List(_strings("id", "kind", "name", "version")),
    **_strings("created", "updated"),
    "derived_from": List(_text),
}
_KINDS: Final[dict[str, Any]] = _strings("annotation_status", "annotator_kind")
_PROVENANCE: Final[dict[str, Any]] = {**_KINDS, "fold": _offset}
_REFERENT: Final[dict[str, Any]] = {
    "_id": _text, "": _text, "_start": _offset, "_end": _offset, "_kind": _text, "_link": _text,
}  # fmt: skip
"""What is known of what a reference refers to, by what is added to the name of the reference."""
_ROW: Final[dict[str, Any]] = {
    **_strings("id", "article_id", "language"), "start": _offset, "end": _offset, "text": _text,
}  # fmt: skip


@cache
def configs(schema: AnnotationSchema) -> dict[str, Layer | None]:
    """Return the layer of each config, in published order; None for those of articles and annotations, which have all.

    The order is: articles, the config of each layer followed by its candidates, the pairs of clusters, annotations.
    """
    layers = schema.layers.values()
    found: dict[str, Layer | None] = {ARTICLES: None}
    for layer in layers:
        found |= {name: layer for name in (layer.config, layer.candidates and layer.candidates.config) if name}
    found |= {layer.clusters.config: layer for layer in layers if layer.clusters}
    return {**found, ANNOTATIONS: None}


@cache
def config_features(schema: AnnotationSchema, config: str) -> Features:
    """Return the features of a config; ClassLabel names are the labels of the schema, in its order."""
    return Features(_columns(schema, config))


@cache
def arrow_schema(schema: AnnotationSchema, config: str) -> pa.Schema:
    """Return the Arrow schema of a config, cached because `datasets` computes it on every access."""
    return config_features(schema, config).arrow_schema


@cache
def class_labels(schema: AnnotationSchema, config: str) -> dict[str, dict[str, int]]:
    """Return, for each ClassLabel column of a config, the number of each label by name."""
    return {
        name: {label: number for number, label in enumerate(kind.names)}
        for name, kind in config_features(schema, config).items()
        if isinstance(kind, ClassLabel)
    }


def _columns(schema: AnnotationSchema, config: str) -> dict[str, Any]:
    layer = configs(schema)[config]
    if layer is None:
        return _article_columns(schema) if config == ARTICLES else _annotation_columns(schema)
    if layer.clusters and config == layer.clusters.config:
        return _pair_columns(layer.clusters)
    if layer.candidates and config == layer.candidates.config:
        return _candidate_columns(layer)
    return {**_ROW, **_layer_columns(layer), **_PROVENANCE}


# --- columns of labels as they are in documents


def label_struct(layer: Layer) -> dict[str, Any]:
    """Return the fields of a label of a layer as it is in documents."""
    own = {attribute.name: _field(attribute) for attribute in layer.attributes}
    return {**(_SPAN if layer.is_span else {}), **own, **_BY}


def _field(attribute: Attribute) -> Any:
    match attribute.kind:
        case AttributeKind.CHOICES | AttributeKind.REFERENCES:
            return List(_text)
        case AttributeKind.PART:
            return _PART
        case AttributeKind.FLAG:
            return Value("bool")
        case AttributeKind.NUMBER:
            return Value("int64" if attribute.is_integer else "float64")
        case _:
            return _text


def _layers(schema: AnnotationSchema) -> dict[str, Any]:
    return {
        layer.name: List(label_struct(layer)) if layer.is_span else label_struct(layer)
        for layer in schema.layers.values()
    }


def _article_columns(schema: AnnotationSchema) -> dict[str, Any]:
    return {
        **_strings("id", "story", "language", "title", "section", "published", "url", "source_id"),
        **_strings("author", "outlet", "canonical_url", "stated_language", "license"),
        "origins": List(_strings("column", "origin")),
        **_strings("text", "source_text", "source_sha256"),
        "segments": _SEGMENTS,
        "zones": List(_ZONE),
        **_layers(schema),
        "annotation": _HEADER,
        "status": _strings(*schema.layer_names),
        "annotator_kinds": _strings(*schema.layer_names),
        "fold": _offset,
    }


def _annotation_columns(schema: AnnotationSchema) -> dict[str, Any]:
    return {
        **_strings("article_id", "annotator", "text"),
        "segments": _SEGMENTS,
        "zones": List(_ZONE),
        **_layers(schema),
        "annotation": _HEADER,
        "status": _strings(*schema.layer_names),
        "annotator_kind": _text,
        "fold": _offset,
    }


# --- columns of a layer's rows


def _layer_columns(layer: Layer) -> dict[str, Any]:
    """Return the columns of a layer's rows by what a row is; rows of tokens have their classes in ``ner_tags``."""
    derived = {each.column: List(_text) for each in layer.derived}
    own_class = {"label": ClassLabel(names=list(layer.class_attribute.label_names))} if layer.class_attribute else {}
    match layer.rows:
        case RowKind.TOKENS:
            return {**_token_columns(layer), **derived}
        case RowKind.SENTENCES:
            return {**_sentence_columns(layer), **derived, **own_class}
        case RowKind.LABELS:
            evidence = {"evidence_start": _offset, "evidence_end": _offset}
            return {**evidence, **_attribute_columns(layer), **derived, **own_class}
        case _:
            return {**_attribute_columns(layer), **own_class}


def _token_columns(layer: Layer) -> dict[str, Any]:
    assert layer.class_attribute
    return {
        "tokens": List(_text),
        "token_offsets": List({"start": _offset, "end": _offset}),
        "ner_tags": List(ClassLabel(names=bio_tags.tag_names(layer.class_attribute.label_names))),
        "spans": List(label_struct(layer)),
    }


def _sentence_columns(layer: Layer) -> dict[str, Any]:
    listed = {
        listed_column(attribute.name, suffix): List(kind)
        for attribute in layer.references
        for suffix, kind in referent_fields(attribute).items()
        if suffix in LISTED_SUFFIXES
    }
    return {layer.name: List({**label_struct(layer), **listed})}


def _attribute_columns(layer: Layer) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for attribute in layer.attributes:
        if attribute.is_reference:
            is_list = attribute.kind == AttributeKind.REFERENCES
            for suffix, kind in referent_fields(attribute).items():
                columns[f"{attribute.name}{suffix}"] = List(kind) if is_list else kind
        elif attribute is not layer.class_attribute:
            columns[attribute.name] = _field(attribute)
    return columns


def referent_fields(attribute: Attribute) -> dict[str, Any]:
    """Return what rows say of a referent, by the suffix of its column; its kind only if there are several."""
    return {suffix: kind for suffix, kind in _REFERENT.items() if suffix != "_kind" or len(attribute.to) > 1}


def _candidate_columns(layer: Layer) -> dict[str, Any]:
    assert layer.candidates and layer.class_attribute
    names = [each.name for each in layer.references if each.name in layer.candidates.pair]
    sides = {f"{name}{suffix}": kind for name in names for suffix, kind in _REFERENT.items()}
    classes = [layer.candidates.none, *layer.class_attribute.label_names]
    return {**_ROW, **sides, "label": ClassLabel(names=classes), **_PROVENANCE}


def _pair_columns(clusters: Clusters) -> dict[str, Any]:
    names = ("id", "article_id", "text", "language", clusters.text)
    sides = _strings(*(f"{side}_{name}" for side in "ab" for name in names))
    chosen = _strings("story", "a_cluster", "b_cluster", "reason")
    folds = {"a_fold": _offset, "b_fold": _offset}
    return {**sides, **chosen, "label": ClassLabel(names=list(PAIR_LABELS)), **_KINDS, **folds}
