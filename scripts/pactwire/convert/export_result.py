"""The result of an export: what was written, and what a format does not hold."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pactwire.convert.omissions import Omissions, nonzero


@dataclass
class ExportResult:
    """What an export did.

    Attributes:
        documents: The number of documents.
        labels: The number of their labels in the layers that the format holds.
        omitted: What the format cannot represent.
        notes: What is represented in another way than in the dataset.
        written: The names of the files that were written.
        unchanged: How many of them were unchanged.
        removed: Files of an earlier export that this one does not write.
        unmanaged: Files in the folder that no export wrote.
    """

    documents: int = 0
    labels: int = 0
    omitted: Omissions = field(default_factory=Omissions)
    notes: Counter[str] = field(default_factory=Counter)
    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    unmanaged: list[str] = field(default_factory=list)


def export_report(exported: ExportResult) -> dict[str, Any]:
    """Return everything that an export did as one JSON value."""
    return {
        "documents": exported.documents,
        "labels": exported.labels,
        "lost": nonzero(exported.omitted),
        "notes": nonzero(exported.notes),
        "written": len(exported.written),
        "same": exported.unchanged,
        "gone": exported.removed,
        "others": exported.unmanaged,
    }
