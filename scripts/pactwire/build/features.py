"""The columns of each config, in their published order, as `datasets` features and as Arrow schemas."""

from functools import cache
from typing import Any

import pyarrow as pa
from datasets import ClassLabel, Features, List, Value

from pactwire.model import schema
from pactwire.text import bio_tags

DEFAULT = "articles"
CONFIGS = (DEFAULT, "entities", "stance", "claims", "claim_pairs", "annotations")
"""The configs in their published order; the first is the default."""

_text = Value("string")
_offset = Value("int32")


def _strings(*names: str) -> dict[str, Any]:
    return {name: _text for name in names}


_SPAN: dict[str, Any] = {"id": _text, "start": _offset, "end": _offset, "text": _text}
_CUE: dict[str, Any] = {"start": _offset, "end": _offset, "text": _text}
_BY: dict[str, Any] = {"by": List(_text)}
_ENTITY: dict[str, Any] = {**_SPAN, **_strings("type", "form", "link", "metonym_of"), **_BY}
_CLAIM: dict[str, Any] = {
    **_SPAN,
    "claimants": List(_text),
    "cue": _CUE,
    **_strings("type", "commitment", "checkworthy", "normalized"),
    **_BY,
}
_STANCE: dict[str, Any] = {**_SPAN, **_strings("holder", "target", "polarity", "channel"), **_BY}
_ZONE: dict[str, Any] = {
    "id": _text, "start": _offset, "end": _offset, **_strings("kind", "language", "origin"), **_BY,
}  # fmt: skip
_LAYERS: dict[str, Any] = {"entities": List(_ENTITY), "claims": List(_CLAIM), "stances": List(_STANCE)}
_STATUS: dict[str, Any] = _strings("zones", "entities", "claims", "stances")
_SEGMENTS = List({"content": _offset, "source": _offset, "length": _offset})
_HEADER: dict[str, Any] = {
    **_strings("schema_version", "guidelines"),
    "annotators": List(_strings("id", "kind", "name", "version")),
    **_strings("created", "updated"),
    "derived_from": List(_text),
}
_PROVENANCE: dict[str, Any] = _strings("annotation_status", "annotator_kind")


@cache
def config_features(config: str) -> Features:
    """Return the features of a config; ClassLabel names are the labels of the schema, in its order."""
    return Features(_config_columns()[config])


@cache
def arrow_schema(config: str) -> pa.Schema:
    """Return the Arrow schema of a config, cached because `datasets` computes it on every access."""
    return config_features(config).arrow_schema


@cache
def class_labels(config: str) -> dict[str, dict[str, int]]:
    """Return, for each ClassLabel column of a config, the number of each label by name."""
    return {
        name: {label: number for number, label in enumerate(kind.names)}
        for name, kind in config_features(config).items()
        if isinstance(kind, ClassLabel)
    }


def _config_columns() -> dict[str, dict[str, Any]]:
    row = {**_strings("id", "article_id", "language"), "start": _offset, "end": _offset, "text": _text}
    return {
        "articles": {
            **_strings("id", "story", "language", "title", "section", "published", "url", "source_id"),
            **_strings("text", "source_text", "source_sha256"),
            "segments": _SEGMENTS,
            "zones": List(_ZONE),
            **_LAYERS,
            "annotation": _HEADER,
            "annotation_status": _STATUS,
        },
        "entities": {
            **row,
            "tokens": List(_text),
            "token_offsets": List({"start": _offset, "end": _offset}),
            "ner_tags": List(ClassLabel(names=bio_tags.tag_names())),
            "spans": List(_ENTITY),
            **_PROVENANCE,
        },
        "stance": {
            **row,
            "evidence_start": _offset,
            "evidence_end": _offset,
            **_strings("holder", "holder_link", "target", "target_kind", "target_link", "channel"),
            "label": _class_label("polarity"),
            **_PROVENANCE,
        },
        "claims": {
            **row,
            "label": _class_label("checkworthy"),
            "claims": List({**_CLAIM, "claimant_names": List(_text)}),
            **_PROVENANCE,
        },
        "claim_pairs": {
            **_strings("a_id", "a_article_id", "a_text", "a_language", "a_normalized"),
            **_strings("b_id", "b_article_id", "b_text", "b_language", "b_normalized"),
            "story": _text,
            "label": ClassLabel(names=["same", "different"]),
            **_PROVENANCE,
        },
        "annotations": {
            **_strings("article_id", "annotator", "annotator_kind"),
            "status": _STATUS,
            "text": _text,
            "segments": _SEGMENTS,
            "zones": List(_ZONE),
            **_LAYERS,
            "annotation": _HEADER,
        },
    }


def _class_label(label_set: str) -> ClassLabel:
    return ClassLabel(names=list(schema.label_names(label_set)))
