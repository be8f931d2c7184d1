"""Aggregate statistics over records, incrementally: documents and labels by annotator, and signatures of articles."""

from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from pactwire.corpus.documents import StoredDocument
from pactwire.model.records import LAYERS, annotator_rank, labels_of, links_of


@dataclass
class CorpusStatistics:
    """Counts of documents, and signatures of articles; those of parts of a corpus add up, in any order."""

    documents: Counter[str] = field(default_factory=Counter)
    """Documents by their folder: that of an annotator, or ``final``."""
    annotators: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Each annotator that is named in a document, by id, with the number of such ``documents``."""
    labels: dict[str, Counter[str]] = field(default_factory=lambda: {layer: Counter() for layer in LAYERS})
    """Labels of annotations/final by layer and by the ids of their annotators, joined by ``+``."""
    languages: Counter[str] = field(default_factory=Counter)
    """Published articles by language."""
    licenses: Counter[str] = field(default_factory=Counter)
    """Published articles by license."""
    guidelines: set[str] = field(default_factory=set)
    updated: str = ""
    """The newest time of a document."""
    links: set[str] = field(default_factory=set)
    """Links that any document uses."""
    signatures: list[bytes] = field(default_factory=list)
    """Signatures of articles (`stories.leak_check.signature_records`)."""

    def add(self, stored: StoredDocument, final: str) -> None:
        """Count a document; ``final`` is the name of the folder of final documents."""
        document = stored.document
        self.documents[stored.annotator] += 1
        self.guidelines.add(document["guidelines"])
        self.updated = max(self.updated, document["updated"])
        for annotator in document["annotators"]:
            self._add_annotator({**annotator, "documents": 1})
        self.links |= links_of(document)
        if stored.annotator == final:
            for layer in LAYERS:
                self.labels[layer].update(map("+".join, map(itemgetter("by"), labels_of(document, layer))))

    def _add_annotator(self, annotator: dict[str, Any]) -> None:
        """Count an annotator; if documents differ, the weakest kind is kept, then the last name and version."""
        known = self.annotators.get(annotator["id"], {**annotator, "documents": 0})
        kept = max(known, annotator, key=_annotator_rank)
        self.annotators[annotator["id"]] = {**kept, "documents": known["documents"] + annotator["documents"]}

    def __iadd__(self, other: "CorpusStatistics") -> "CorpusStatistics":
        self.documents.update(other.documents)
        for annotator in other.annotators.values():
            self._add_annotator(annotator)
        for layer, counts in other.labels.items():
            self.labels[layer].update(counts)
        self.languages.update(other.languages)
        self.licenses.update(other.licenses)
        self.guidelines |= other.guidelines
        self.updated = max(self.updated, other.updated)
        self.links |= other.links
        self.signatures += other.signatures
        return self


def _annotator_rank(annotator: dict[str, Any]) -> tuple[int, str, str]:
    return -annotator_rank(annotator["kind"]), annotator["name"] or "", annotator["version"] or ""
