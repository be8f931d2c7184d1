"""The counts in the card's tables and plots: labels by language, and stances by holder and target."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pactwire.corpus.corpus import Corpus
from pactwire.model import schema
from pactwire.model.labels import document_labels
from pactwire.model.records import AUTHOR, UNNAMED, labels_of, referent_link
from pactwire.model.schema import AnnotationSchema

LabelCounts = Counter[tuple[str, str, str, str]]
"""Counts of the labels in annotations/final, by layer, attribute, label and language of the article."""

PARTY_NAMES: Final = {AUTHOR: "the author", UNNAMED: "an unnamed source"}
UNLINKED_NAME: Final = "without a link"
CLAIM_NAME: Final = "a claim"

StanceCounts = Mapping[tuple[str, str, int], int]
"""Stances by holder name, target name, and the polarity's position in the schema."""


class LabelSetCounts(NamedTuple):
    """A label set: its heading, and each label's name with its count in each language."""

    heading: str
    labels: Sequence[tuple[str, Mapping[str, int]]]


def count_labels(data: Corpus) -> LabelCounts:
    """Count the labels of all choices of the schema; an attribute of several labels counts for each of them."""
    counts: LabelCounts = Counter()
    for article in data.articles.values():
        document = data.final_document(article["id"])
        language = data.content(article).main_language
        for layer, attribute, _ in data.schema.label_sets():
            for label in document_labels(document, layer):
                value = label[attribute]
                for name in value if isinstance(value, list) else [value] if value is not None else ():
                    counts[layer, attribute, name, language] += 1
    return counts


def counts_by_label_set(declared: AnnotationSchema, counts: LabelCounts) -> list[LabelSetCounts]:
    """Return the choices of a schema's layers, with each label's title and counts by language."""
    languages = {language for *_, language in counts}
    return [
        LabelSetCounts(
            f"{layer}: {attribute}",
            [
                (label.title, {language: counts[layer, attribute, label.name, language] for language in languages})
                for label in labels
            ],
        )
        for layer, attribute, labels in declared.label_sets()
        if layer != "zones"
    ]


def count_stances(data: Corpus) -> StanceCounts:
    """Count the stances of all articles by holder name, target name, and the polarity's position in the schema.

    Names come from links.tsv and the topics, never from the words of a source, which a release without texts must
    not contain. Parties without a link are counted together.
    """
    counts: Counter[tuple[str, str, int]] = Counter()
    polarities = schema.label_names("polarity")
    for article_id in data.articles:
        document = data.final_document(article_id)
        names = {**PARTY_NAMES, **{topic["id"]: topic["title"] for topic in data.topics.values()}}
        for claim in labels_of(document, "claims"):
            names[claim["id"]] = CLAIM_NAME
        for entity in labels_of(document, "entities"):
            names[entity["id"]] = _link_name(data, referent_link(entity))
        for stance in labels_of(document, "stances"):
            counts[names[stance["holder"]], names[stance["target"]], polarities.index(stance["polarity"])] += 1
    return counts


def _link_name(data: Corpus, link: str | None) -> str:
    return data.links[link].name if link in data.links else link or UNLINKED_NAME
