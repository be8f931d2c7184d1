"""A schema that declares something of every sort, and a document that is valid under it."""

import copy
from typing import Any, Final

from support.news import SCHEMA


def _label(name: str, **more: Any) -> dict[str, Any]:
    return {"const": name, "title": name.capitalize(), "description": f"What is {name}.", **more}


def _choice(*names: str) -> dict[str, Any]:
    return {"type": "string", "oneOf": [_label(name) for name in names]}


_SUBJECT: Final = {
    "title": "Subject",
    "$ref": "#/$defs/article_label",
    "required": ["main", "urgent"],
    "properties": {
        "main": {"x-attribute": {"kind": "choice", "default": "war"}, **_choice("war", "trade")},
        "also": {"x-attribute": {"kind": "choices"}, "type": "array", "items": _choice("law", "sport")},
        "urgent": {"x-attribute": {"kind": "flag"}, "type": "boolean"},
        "score": {"x-attribute": {"kind": "number"}, "type": "integer", "minimum": 0},
        "note": {"x-attribute": {"kind": "text", "compare": True}, "type": "string", "maxLength": 80},
        "actor": {"x-attribute": {"kind": "reference", "to": ["entities"]}, "$ref": "#/$defs/id"},
    },
    "if": {"properties": {"main": {"const": "war"}}},
    "then": {"required": ["score"]},
    "unevaluatedProperties": False,
}


def rich_schema() -> Any:
    """Return the schema of this repository with a layer of articles, candidates, a derived column and a zone kind."""
    schema = copy.deepcopy(SCHEMA.declaration)
    schema["properties"]["about"] = {
        "x-layer": {"of": "article", "label": "subject", "config": "subjects", "rows": "articles", "class": "main"},
        "$ref": "#/$defs/subject",
    }
    schema["$defs"]["subject"] = copy.deepcopy(_SUBJECT)
    stances = schema["properties"]["stances"]["x-layer"]
    stances["candidates"] = {
        "config": "stance_candidates", "pair": ["holder", "target"], "within": "sentence", "none": "none",
    }  # fmt: skip
    stances["derived"] = {
        "source": {"from": "claims", "take": "claimants", "where": "contains", "else": "AUTHOR"}
    }  # fmt: skip
    schema["$defs"]["zone_kind"]["oneOf"].append(_label("advert", **{"x-content": False}))
    return schema


_BY: Final = {"by": ["ana"]}
DOCUMENT: Final[dict[str, Any]] = {
    "schema_version": "1",
    "article": "00000000000000aa",
    "text_sha256": "0" * 64,
    "guidelines": "1.0",
    "annotators": [{"id": "ana", "kind": "human", "name": None, "version": None}],
    "status": {"zones": "draft", "entities": "draft", "claims": "draft", "stances": "draft", "about": "draft"},
    "created": "2026-01-01T00:00:00Z",
    "updated": "2026-01-01T00:00:00Z",
    "derived_from": [],
    "zones": [
        {"id": "z1", "start": 0, "end": 9, "kind": "advert", "language": "en", "origin": "original", **_BY},
    ],
    "entities": [
        {"id": "e1", "start": 0, "end": 4, "text": "Kyiv", "type": "GPE", "form": "name", "link": "Q1899",
         "metonym_of": None, **_BY},
    ],
    "claims": [
        {"id": "c1", "start": 0, "end": 9, "text": "Kyiv says", "claimants": ["e1", "AUTHOR"],
         "cue": {"start": 5, "end": 9, "text": "says"}, "type": "event", "commitment": "certain",
         "checkworthy": "NFS", "normalized": "Kyiv says so.", **_BY},
    ],
    "stances": [
        {"id": "s1", "start": 0, "end": 4, "text": "Kyiv", "holder": "e1", "target": "topic:war", "polarity": "favor",
         "channel": "authorial", **_BY},
    ],
    "about": {"main": "war", "also": ["law"], "urgent": True, "score": 3, "note": "A note.", "actor": "e1", **_BY},
}  # fmt: skip
