"""Canonical form of labels, in which they are compared, digested and written."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from pactwire.model import digests, schema
from pactwire.model.records import LAYERS, PARTIES

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def sort_key(label: Mapping[str, Any]) -> tuple[int, int, str]:
    """Return the sort key of a label: by start, then the longer first, then by id."""
    return label["start"], -label["end"], label["id"]


def canonical_layers(layers: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Return the layers of a document in canonical form.

    Layers are in the order of records.LAYERS, labels in that of `sort_key`, and keys in that of the schema.
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
    """Return the keys of a layer's labels in the order of the schema, each with whether it may be null."""
    known = schema.load_schema("annotation")["$defs"][schema.LAYER_DEFINITIONS[layer]]["properties"]
    return {key: {"type": "null"} in known[key].get("anyOf", ()) for key in known}


def label_digest(label: Mapping[str, Any]) -> str:
    """Return a digest of a label without ``by``: it distinguishes an accepted draft from an edited one."""
    return content_digest({key: value for key, value in label.items() if key != "by"})


def content_digest(said: Mapping[str, Any]) -> str:
    """Return the digest of a label's content: 16 hexadecimal digits of the SHA-256 of its sorted JSON."""
    return digests.short_sha256(_ENCODER.encode(said), 16)


def order_claimants(parties: Sequence[str], labels: Mapping[str, Any]) -> list[str]:
    """Return claimants in the order of their mentions in the text, then AUTHOR, then UNNAMED."""
    named = [party for party in parties if party not in PARTIES]
    return sorted(named, key=lambda party: sort_key(labels[party])) + [p for p in PARTIES if p in parties]
