"""Aggregate statistics over records, incrementally: documents and labels by annotator, and signatures of articles."""

from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from pactwire.corpus.documents import StoredDocument
from pactwire.model.labels import document_labels, document_links
from pactwire.model.schema import AnnotationSchema


@dataclass
class CorpusStatistics:
    """Counts of documents, and signatures of articles; those of parts of a corpus add up, in any order."""

    documents: Counter[str] = field(default_factory=Counter)
    """Documents by their folder: that of an annotator, or ``final``."""
    annotators: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Each annotator that is named in a document, with the number of such ``documents``; keys sort by id.

    One whose kind, name or version differs between documents, such as a model with two prompts, is there for each.
    """
    labels: dict[str, Counter[str]] = field(default_factory=dict)
    """Labels of annotations/final by layer and by the ids of their annotators, joined by ``+``."""
    statuses: dict[str, Counter[str]] = field(default_factory=dict)
    """Documents of annotations/final by layer and by the status of that layer."""
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

    def add(self, stored: StoredDocument, final: str, schema: AnnotationSchema) -> None:
        """Count a document; ``final`` is the name of the folder of final documents."""
        document = stored.document
        self.documents[stored.annotator] += 1
        self.guidelines.add(document["guidelines"])
        self.updated = max(self.updated, document["updated"])
        for annotator in document["annotators"]:
            self._add_annotator({**annotator, "documents": 1})
        self.links |= document_links(schema, document)
        if stored.annotator == final:
            for layer in schema.layer_names:
                makers = map("+".join, map(itemgetter("by"), document_labels(document, layer)))
                self.labels.setdefault(layer, Counter()).update(makers)
            for layer, status in document["status"].items():
                self.statuses.setdefault(layer, Counter())[status] += 1

    def _add_annotator(self, annotator: dict[str, Any]) -> None:
        key = "\n".join(annotator[name] or "" for name in ("id", "kind", "name", "version"))
        known = self.annotators.get(key, {**annotator, "documents": 0})
        self.annotators[key] = {**known, "documents": known["documents"] + annotator["documents"]}

    def __iadd__(self, other: "CorpusStatistics") -> "CorpusStatistics":
        self.documents.update(other.documents)
        for annotator in other.annotators.values():
            self._add_annotator(annotator)
        for layer, counts in other.labels.items():
            self.labels.setdefault(layer, Counter()).update(counts)
        for layer, counts in other.statuses.items():
            self.statuses.setdefault(layer, Counter()).update(counts)
        self.languages.update(other.languages)
        self.licenses.update(other.licenses)
        self.guidelines |= other.guidelines
        self.updated = max(self.updated, other.updated)
        self.links |= other.links
        self.signatures += other.signatures
        return self
