"""The counts in the card's tables and plots: labels by language, and the labels between two parties by both of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from pactwire.corpus.corpus import Corpus
from pactwire.model.labels import document_labels, value_list
from pactwire.model.layers import Attribute, Layer, RowKind
from pactwire.model.schema import AnnotationSchema

LabelCounts = Counter[tuple[str, str, str, str]]
"""Counts of the labels in annotations/final, by layer, attribute, label and language of the article."""

UNLINKED_NAME: Final = "without a link"

MatrixCounts = Mapping[tuple[str, str, int], int]
"""Labels by the names of both sides, and the class's position in the schema."""


class LabelSetCounts(NamedTuple):
    """A label set: its heading, and each label's name with its count in each language."""

    heading: str
    labels: Sequence[tuple[str, Mapping[str, int]]]


class Matrix(NamedTuple):
    """A layer whose labels each lie between two sides, which are references: its class tells what is between them."""

    layer: Layer
    sides: tuple[Attribute, Attribute]
    class_attribute: Attribute


def count_labels(data: Corpus) -> LabelCounts:
    """Count the labels of all choices of the schema; an attribute of several labels counts for each of them."""
    counts: LabelCounts = Counter()
    for article in data.articles.values():
        document = data.final_document(article["id"])
        language = data.content(article).main_language
        for layer, attribute, _ in data.schema.label_sets():
            for label in document_labels(document, layer):
                value = label.get(attribute)
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


def matrices(schema: AnnotationSchema) -> list[Matrix]:
    """Return the layers with a class and rows of labels that each lie between two references."""
    return [
        Matrix(layer, layer.pair, layer.class_attribute)
        for layer in schema.layers.values()
        if layer.rows == RowKind.LABELS and layer.class_attribute and layer.pair
    ]


def count_matrix(data: Corpus, matrix: Matrix) -> MatrixCounts:
    """Count the labels of a layer by the names of both sides, and the class's position in the schema.

    Names come from links.tsv and the topics, never from the words of a source, which a release without texts must
    not contain. Labels without a link are counted together, as are all labels of a layer that has no links.
    """
    counts: Counter[tuple[str, str, int]] = Counter()
    classes = matrix.class_attribute.label_names
    for article_id in data.articles:
        document = data.final_document(article_id)
        names = {topic["id"]: topic["title"] for topic in data.topics.values()}
        for layer in {name for side in matrix.sides for name in side.target_layers}:
            declared = data.schema.layers[layer]
            names |= {label["id"]: _referent_name(data, declared, label) for label in document_labels(document, layer)}
        for label in document_labels(document, matrix.layer.name):
            first, second = ([names.get(each, each) for each in value_list(side, label)] for side in matrix.sides)
            if (value := label.get(matrix.class_attribute.name)) is not None:
                counts.update((one, other, classes.index(value)) for one in first for other in second)
    return counts


def _referent_name(data: Corpus, layer: Layer, label: Mapping[str, Any]) -> str:
    """Return the name of what a label refers to, by its link; that of its layer's labels if they have no links."""
    if not layer.links:
        return layer.label
    link = layer.referent_link(label)
    return data.links[link].name if link in data.links else link or UNLINKED_NAME
