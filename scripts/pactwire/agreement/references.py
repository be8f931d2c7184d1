"""References from claims and stances to mentions and claims: by id in a document, by span in a decision.

A reference by span is ``entity@START:END`` or ``claim@START:END``, in code points of the source text, half-open.
AUTHOR, UNNAMED and topics refer to no label and are the same in both forms.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pactwire.model import schema
from pactwire.model.records import Document, labels_of

REFERENCE_FIELDS: Final = ("claimants", "holder", "target")
_SPAN_REFERENCE: Final = re.compile(r"(entity|claim)@(0|[1-9][0-9]*):([1-9][0-9]*)")


def references_in(label: Mapping[str, Any]) -> list[str]:
    """Return the references of a label, in order."""
    values = [label[field] for field in REFERENCE_FIELDS if field in label]
    return [reference for value in values for reference in (value if isinstance(value, list) else [value])]


def replace_references(label: Mapping[str, Any], replacements: Mapping[str, str]) -> dict[str, Any]:
    """Return a label with its references replaced; claimants that become equal are kept once."""
    replaced = dict(label)
    for field in REFERENCE_FIELDS:
        if isinstance(label.get(field), list):
            replaced[field] = list(dict.fromkeys(replacements.get(each, each) for each in label[field]))
        elif field in label:
            replaced[field] = replacements.get(label[field], label[field])
    return replaced


def by_span(layer: str, label: Mapping[str, Any]) -> str:
    """Return the reference by span to a mention or claim: ``entity@START:END``."""
    return f"{schema.LAYER_DEFINITIONS[layer]}@{label['start']}:{label['end']}"


def span_references(document: Document) -> dict[str, str]:
    """Return the references by span to a document's mentions and claims, by their ids."""
    return {
        label["id"]: by_span(layer, label) for layer in ("entities", "claims") for label in labels_of(document, layer)
    }


def parse_span_reference(reference: str) -> tuple[str, tuple[int, int]] | None:
    """Return (``entity`` or ``claim``, span) of a reference by span, or None for any other text."""
    found = _SPAN_REFERENCE.fullmatch(reference)
    return (found[1], (int(found[2]), int(found[3]))) if found else None
