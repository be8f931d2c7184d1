"""The format of 1.0.0, frozen: what the labels and columns of a dataset were before it declared them.

All datasets had the layers of this one. The schema in a root named their labels but not what they mean, and a release
had no schema at all.
"""

import json
from collections.abc import Mapping
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
    return schema.annotation_schema(strict_json.compact(_frozen("annotation.schema.json")))


def is_first_form(declaration: Any) -> bool:
    """Say whether the schema in a root is one of 1.0.0, which has no envelope and declares no layers."""
    if not isinstance(declaration, dict) or declaration.get("$id") != _SCHEMA_ID:
        return False
    definitions = declaration.get("$defs")
    return not (isinstance(definitions, dict) and "envelope" in definitions)


def declaration(first_form: Any) -> Any:
    """Return a schema that declares the layers of 1.0.0, with those labels that a schema of 1.0.0 lists.

    It has the flaws that the labels of that schema have.
    """
    frozen = _frozen("annotation.schema.json")
    return envelope.renewed({**frozen, "$defs": _with_labels(frozen["$defs"], first_form.get("$defs"))})


def _with_labels(node: Any, first_form: Any) -> Any:
    """Return a node of the frozen declaration with the labels that stand at the same place in a schema of 1.0.0.

    What the declaration adds to a label, such as the labels of models that it is drafted from, stays.
    """
    if not isinstance(node, dict) or not isinstance(first_form, dict):
        return node
    labels = first_form.get("oneOf")
    if isinstance(labels, list) and labels and "oneOf" in node:
        known = {label["const"]: label for label in node["oneOf"]}
        return {**node, "oneOf": [_declared_label(known, label) for label in labels]}
    return {key: _with_labels(value, first_form.get(key)) for key, value in node.items()}


def _declared_label(known: Mapping[str, Any], label: Any) -> Any:
    """Return a label of 1.0.0 in the form of today; what is no label stays as it is."""
    if not isinstance(label, dict) or not isinstance(label.get("const"), str):
        return label
    renamed = {"x-formerly" if key == "formerly" else key: value for key, value in label.items()}
    return {**known.get(label["const"], {}), **renamed}
