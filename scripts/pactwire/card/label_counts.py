"""A corpus to the numbers that tables and plots show: labels by language, and who is for or against what."""

from collections import Counter
from typing import Final

from pactwire.card.plots import LabelSetCounts, StanceCounts
from pactwire.corpus.corpus import Corpus
from pactwire.model import schema
from pactwire.model.records import AUTHOR, UNNAMED, Article, labels_of, referent_link
from pactwire.text.content import Content

LabelCounts = Counter[tuple[str, str, str]]
"""Labels of annotations/final by label set, label and language of the article."""

PARTY_NAMES: Final = {AUTHOR: "the author", UNNAMED: "an unnamed source"}
UNLINKED_NAME: Final = "without a link"
CLAIM_NAME: Final = "a claim"


def article_content(data: Corpus, article: Article) -> Content:
    """Return an article's content without labels."""
    return Content(article, data.zones(article), None)


def main_language(whole: Content) -> str:
    """Return the language that most of an article's content is in."""
    return whole.language(0, len(whole.text))


def count_labels(data: Corpus) -> LabelCounts:
    """Return the labels of all articles by label set, label and language."""
    found: LabelCounts = Counter()
    for article in data.articles.values():
        document = data.final_document(article["id"])
        spoken = main_language(article_content(data, article))
        for label_set, (layer, key) in schema.LABEL_FIELDS.items():
            for label in labels_of(document, layer):
                found[label_set, label[key], spoken] += 1
    return found


def counts_by_label_set(found: LabelCounts) -> list[LabelSetCounts]:
    """Return the label sets of mentions, claims and stances with their labels' titles and counts by language."""
    spoken = {key[2] for key in found}
    return [
        LabelSetCounts(
            f"{layer}: {key}",
            [
                (label.title, {each: found[label_set, label.name, each] for each in spoken})
                for label in schema.labels(label_set)
            ],
        )
        for label_set, (layer, key) in schema.LABEL_FIELDS.items()
        if layer != "zones"
    ]


def count_stances(data: Corpus) -> StanceCounts:
    """Return the stances of all articles by the names of holder and target, and the polarity's place in the schema.

    Names are those of links.tsv and of topics, never words of a source, which a release without texts must
    not hold; parties without a link are counted together.
    """
    found: Counter[tuple[str, str, int]] = Counter()
    polarities = schema.label_names("polarity")
    for identity in data.articles:
        document = data.final_document(identity)
        names = {**PARTY_NAMES, **{topic["id"]: topic["title"] for topic in data.topics.values()}}
        for claim in labels_of(document, "claims"):
            names[claim["id"]] = CLAIM_NAME
        for entity in labels_of(document, "entities"):
            names[entity["id"]] = _link_name(data, referent_link(entity))
        for stance in labels_of(document, "stances"):
            found[names[stance["holder"]], names[stance["target"]], polarities.index(stance["polarity"])] += 1
    return found


def _link_name(data: Corpus, link: str | None) -> str:
    return data.links[link].name if link in data.links else link or UNLINKED_NAME
