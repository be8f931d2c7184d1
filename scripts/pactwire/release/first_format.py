"""The format of 1.0.0, frozen: what the labels and columns of a dataset were before it declared them.

All datasets had the layers of this one. The schema in a root named their labels but not what they mean, and a release
had no schema at all.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from pactwire.model import envelope, schema, strict_json
from pactwire.model.schema import AnnotationSchema

_FOLDER: Final = Path(__file__).with_name("formats") / "1.0.0"
_SCHEMA_ID: Final = "urn:pactwire:annotation:1"


@cache
def _frozen(name: str) -> Any:
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))


def features() -> dict[str, Any]:
    """Return the features of each config, as `datasets.Features.to_dict` gives them."""
    configs: dict[str, Any] = _frozen("features.json")
    return configs


def annotation_schema() -> AnnotationSchema:
    """Return the declaration of what the labels meant."""
    return _parse(_frozen("annotation.schema.json"))


def is_first_form(declaration: Any) -> bool:
    """Say whether the schema in a root is one of 1.0.0, which has no envelope and declares no layers."""
    return (
        isinstance(declaration, dict)
        and declaration.get("$id") == _SCHEMA_ID
        and "envelope" not in declaration.get("$defs", {})
    )


def declare(first_form: Any) -> AnnotationSchema:
    """Return the declaration of what the labels meant, with those labels that a schema of 1.0.0 lists."""
    return _parse(declaration(first_form))


def declaration(first_form: Any) -> Any:
    """Return a schema that declares the layers of 1.0.0, with those labels that a schema of 1.0.0 lists."""
    frozen = _frozen("annotation.schema.json")
    return envelope.renewed({**frozen, "$defs": _with_labels(frozen["$defs"], first_form["$defs"])})


def _with_labels(node: Any, first_form: Any) -> Any:
    """Return a node of the frozen declaration with the labels that stand at the same place in a schema of 1.0.0.

    What the declaration adds to a label, such as the labels of models that it is drafted from, stays.
    """
    if not isinstance(node, dict) or not isinstance(first_form, dict):
        return node
    labels = first_form.get("oneOf")
    if labels and "oneOf" in node:
        known = {label["const"]: label for label in node["oneOf"]}
        return {**node, "oneOf": [{**known.get(label["const"], {}), **_renamed_keyword(label)} for label in labels]}
    return {key: _with_labels(value, first_form.get(key)) for key, value in node.items()}


def _renamed_keyword(label: Any) -> Any:
    return {"x-formerly" if key == "formerly" else key: value for key, value in label.items()}


def _parse(declaration: Any) -> AnnotationSchema:
    return schema.annotation_schema(strict_json.compact(declaration))
