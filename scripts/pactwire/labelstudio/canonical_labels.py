"""Labels in the one form to compare, to digest and to write."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from pactwire.labelstudio import schema_mapping
from pactwire.model import schema
from pactwire.model.records import LAYERS
from pactwire.storage.files import sha256

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def sort_key(label: Mapping[str, Any]) -> tuple[int, int, str]:
    """Return the key that sorts labels: by start, the longer first, then by id."""
    return label["start"], -label["end"], label["id"]


def canonical_layers(layers: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Return the layers of a document (or a document's layers alone) in the one form to compare and write.

    Layers stand in the order of records.LAYERS, labels by position, keys as in the schema; nothing else changes.
    """
    return {
        layer: [_with_schema_keys(layer, label) for label in sorted(layers[layer], key=sort_key)]
        for layer in LAYERS
        if layer in layers
    }


def _with_schema_keys(layer: str, label: Any) -> dict[str, Any]:
    result = {key: label[key] for key in nullable_by_key(layer) if key in label}
    if result.get("cue"):
        result["cue"] = {key: result["cue"][key] for key in ("start", "end", "text")}
    return result


@cache
def nullable_by_key(layer: str) -> Mapping[str, bool]:
    """Return the keys of a layer's labels in the schema's order, and of each whether it may be null."""
    known = schema.load_schema("annotation")["$defs"][schema_mapping.LAYER_DEFINITIONS[layer]]["properties"]
    return {key: {"type": "null"} in known[key].get("anyOf", ()) for key in known}


def label_digest(label: Mapping[str, Any]) -> str:
    """Return a short name of all that a label says, ``by`` left out: it tells an accepted draft from an edited one."""
    return content_digest({key: value for key, value in label.items() if key != "by"})


def content_digest(said: Mapping[str, Any]) -> str:
    """Return the digest of what a label says."""
    return sha256(_ENCODER.encode(said))[:16]


def order_claimants(parties: Sequence[str], labels: Mapping[str, Any]) -> list[str]:
    """Return claimants in the order of the text, then AUTHOR, then UNNAMED; ``labels`` holds their mentions by id."""
    named = [party for party in parties if party not in schema_mapping.SPECIAL_PARTIES]
    return sorted(named, key=lambda party: sort_key(labels[party])) + [
        p for p in schema_mapping.SPECIAL_PARTIES if p in parties
    ]
