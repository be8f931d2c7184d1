"""Records, a few at a time, to what is told of all of them: who made how many labels, and what tells copies."""

from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from pactwire.corpus.documents import StoredDocument
from pactwire.model.records import LAYERS, annotator_rank, labels_of, links_of


@dataclass
class CorpusStatistics:
    """Counts of documents, and signatures of articles; two of them add up, in any order."""

    documents: Counter[str] = field(default_factory=Counter)
    """Documents by the folder they lie in: an annotator's, or ``final``."""
    annotators: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Each annotator that a document names, with the number of ``documents`` that do."""
    labels: dict[str, Counter[str]] = field(default_factory=lambda: {layer: Counter() for layer in LAYERS})
    """Labels of annotations/final by layer and by who made or confirmed them, joined by ``+``."""
    languages: Counter[str] = field(default_factory=Counter)
    """Published articles by language."""
    licenses: Counter[str] = field(default_factory=Counter)
    """Published articles by what is known of the rights in their texts."""
    guidelines: set[str] = field(default_factory=set)
    updated: str = ""
    """The newest time of a document."""
    links: set[str] = field(default_factory=set)
    """Links that any document uses."""
    signatures: list[bytes] = field(default_factory=list)
    """Signatures of articles (`stories.checks.signed`)."""

    def add(self, placed: StoredDocument, final: str) -> None:
        """Count a document; ``final`` is the folder of the final ones."""
        document = placed.document
        self.documents[placed.annotator] += 1
        self.guidelines.add(document["guidelines"])
        self.updated = max(self.updated, document["updated"])
        for each in document["annotators"]:
            self._add_annotator({**each, "documents": 1})
        self.links |= links_of(document)
        if placed.annotator == final:
            for layer in LAYERS:
                self.labels[layer].update(map("+".join, map(itemgetter("by"), labels_of(document, layer))))

    def _add_annotator(self, each: dict[str, Any]) -> None:
        """Count an annotator; where documents differ, the weakest kind is kept, then the last name and version."""
        known = self.annotators.get(each["id"], {**each, "documents": 0})
        kept = max(known, each, key=_annotator_rank)
        self.annotators[each["id"]] = {**kept, "documents": known["documents"] + each["documents"]}

    def __iadd__(self, other: "CorpusStatistics") -> "CorpusStatistics":
        self.documents.update(other.documents)
        for each in other.annotators.values():
            self._add_annotator(each)
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
