"""Scores of predicted documents: their agreement with the final labels, as precision, recall and F1, and their errors.

What is compared is what agreement compares, by the same rules (`pactwire.agreement.verdicts`): annotator ``a`` is the
gold, ``b`` the predictions.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from pactwire.agreement import measures
from pactwire.agreement.disagreements import list_disagreements
from pactwire.agreement.document_pairs import ComparableArticle, DocumentPair
from pactwire.agreement.measure_list import (
    LABEL_KINDS,
    attribute_words,
    compared_attributes,
    measure_list,
    measure_name,
    measure_titles,
    tuple_attributes,
)
from pactwire.agreement.score_counting import MISSING, ROW_LABEL, Counting, Score, ScoredVerdict, ScoreError, label_text
from pactwire.agreement.score_figures import ScoreMeasure
from pactwire.agreement.verdicts import NamedVerdict, Span, Verdict, layer_verdicts
from pactwire.model.labels import document_labels
from pactwire.model.layers import Attribute, AttributeKind, Layer
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema

GOLD: Final = "gold"
PREDICTED: Final = "predicted"
PAIR_CLASS: Final = "pairs-class"
"""The measure of what labels refer to together, with their class."""


def score_documents(
    schema: AnnotationSchema,
    articles: Sequence[ComparableArticle],
    layers: Sequence[str],
    unpredicted: Mapping[str, frozenset[str]],
) -> Score:
    """Return the score of predicted documents.

    A gold layer that the prediction of an article lacks counts as missed.

    Args:
        schema: The dataset's schema.
        articles: The articles, each with a document GOLD and another PREDICTED.
        layers: The layers to score.
        unpredicted: The attributes that predictions do not state, by layer; they are not scored.
    """
    counting = Counting([each.id for each in articles])
    errors: list[ScoreError] = []
    for comparable in articles:
        scored = [layer for layer in layers if layer in comparable.documents[GOLD]]
        pair = DocumentPair(_for_labels(comparable, scored), GOLD, PREDICTED)
        tallies = measures.Tallies(schema)
        for name in scored:
            if name == "zones":
                measures.tally_characters(DocumentPair(_bare(comparable), GOLD, PREDICTED), name, tallies)
            else:
                _count_layer(counting, pair, schema.layers[name])
                if schema.layers[name].is_span:
                    measures.tally_characters(pair, name, tallies)
        _count_characters(counting, comparable.id, tallies)
        errors += _document_errors(pair, unpredicted)
        errors += _missing_errors(comparable, scored)
    kept = [
        each
        for each in _document_measures(schema)
        if each.layer in layers and not _is_unpredicted(schema, each, unpredicted)
    ]
    verdicts = {measure: counting.verdicts[measure] for measure in kept if measure in counting.verdicts}
    return Score([each.id for each in articles], list(counting.rows(kept)), errors, verdicts, counting.labels)


def _for_labels(comparable: ComparableArticle, layers: Sequence[str]) -> ComparableArticle:
    """Return an article whose predicted document is over the gold's zones, and has no layers but those to score."""
    gold, predicted = (comparable.documents[name] for name in (GOLD, PREDICTED))
    schema, zones = comparable.schema, gold.get("zones", comparable.zones)
    kept = {
        layer: predicted.get(layer, [])
        for layer in layers
        if layer != "zones" and (schema.layers[layer].is_span or layer in predicted)
    }
    return _bare(ComparableArticle(schema, comparable.article, zones, {GOLD: gold, PREDICTED: cast("Document", kept)}))


def _bare(comparable: ComparableArticle) -> ComparableArticle:
    """Return an article with the labels of its documents alone: whoever made them, none was given to the other."""
    header: Any = {"annotators": [], "status": {}, "derived_from": []}
    documents = {name: cast("Document", {**each, **header}) for name, each in comparable.documents.items()}
    return ComparableArticle(comparable.schema, comparable.article, comparable.zones, documents)


def _count_layer(counting: Counting, pair: DocumentPair, layer: Layer) -> None:
    described = {row.name: row for row in measure_list(pair.schema) if row.layer == layer.name}
    choices = {measure_name(each): _label_values(each) for each in layer.of_kind(*LABEL_KINDS)}
    for name, verdict in _verdicts(pair, layer):
        is_found = name == PAIR_CLASS or described[name].figures == ("F1",)
        measure = ScoreMeasure(layer.name, name, is_found)
        if name == PAIR_CLASS or described[name].split:
            labels = dict.fromkeys(each for each in (verdict.a, verdict.b) if each is not None)
        else:
            labels = dict.fromkeys(each for each in (verdict.a, verdict.b) if each in choices.get(name, ()))
        words = pair.comparable.text[slice(*verdict.span)]
        counting.add(measure, ScoredVerdict(pair.comparable.id, verdict, text=words), labels)


def _label_values(attribute: Attribute) -> tuple[Any, ...]:
    """Return the values of a choice or a flag; pairs may have several values, joined, which are none of them."""
    return (False, True) if attribute.kind == AttributeKind.FLAG else attribute.label_names


def _verdicts(pair: DocumentPair, layer: Layer) -> Iterator[NamedVerdict]:
    if layer.name in pair.layers:
        yield from layer_verdicts(pair, layer)
        if tuple_attributes(layer) and layer.class_attribute:
            yield from _pair_class_verdicts(pair, layer, layer.class_attribute.name)
    else:
        for label in document_labels(pair.comparable.documents[GOLD], layer.name):
            for attribute in compared_attributes(layer):
                if not attribute.kind.is_list:
                    yield measure_name(attribute), Verdict(label.get(attribute.name), MISSING, None, None)


def _pair_class_verdicts(pair: DocumentPair, layer: Layer, key: str) -> Iterator[NamedVerdict]:
    """Yield a verdict on each class that either side gives to what labels of the article refer to together."""
    names = [attribute.name for attribute in tuple_attributes(layer)]
    for sides in pair.grouped(layer.name, names, by_sentence=False).values():
        spans = [_covering_span(side) for side in sides]
        classes = [{str(label[key]) for label in side} for side in sides]
        for name in sorted(classes[0] | classes[1]):
            (a, a_span), (b, b_span) = (
                (name, span) if name in own else (None, None) for own, span in zip(classes, spans, strict=True)
            )
            yield PAIR_CLASS, Verdict(a, b, a_span, b_span)


def _covering_span(labels: Sequence[Any]) -> Span | None:
    return (min(each["start"] for each in labels), max(each["end"] for each in labels)) if labels else None


def _count_characters(counting: Counting, article: str, tallies: measures.Tallies) -> None:
    for (layer, name, figure, _), tally in tallies.by_measure.items():
        is_found = figure == "F1"
        correct = tally.matched if is_found else sum(share[0] for share in tally.shares.values())
        counts = counting.of(ScoreMeasure(layer, name, is_found)).of_all
        counts[counting.numbers[article]] += (tally.a, tally.b, correct)


def _document_measures(schema: AnnotationSchema) -> Iterator[ScoreMeasure]:
    """Yield the measures of documents in the order of agreement; those of chance-corrected figures are left out."""
    for row in measure_list(schema):
        if "F1" in row.figures or "agreement" in row.figures:
            yield ScoreMeasure(row.layer, row.name, "F1" in row.figures)
        if row.name == "pairs" and row.layer in schema.layers:
            yield ScoreMeasure(row.layer, PAIR_CLASS, True)


def _is_unpredicted(schema: AnnotationSchema, measure: ScoreMeasure, unpredicted: Mapping[str, frozenset[str]]) -> bool:
    """Say whether a measure is of attributes that predictions do not state."""
    layer = schema.layers.get(measure.layer)
    missing = unpredicted.get(measure.layer, frozenset())
    if layer is None or not missing:
        return False
    names = {f"{measure_name(layer.attribute(name))}{end}" for name in missing for end in ("", "-exact")}
    needs = {
        "span-type": [layer.class_attribute], PAIR_CLASS: [layer.class_attribute, *tuple_attributes(layer)],
        "pairs": tuple_attributes(layer),
    }  # fmt: skip
    needed = next((found for start, found in needs.items() if measure.name.startswith(start)), [])
    return measure.name in names or any(each is not None and each.name in missing for each in needed)


def _document_errors(pair: DocumentPair, unpredicted: Mapping[str, frozenset[str]]) -> Iterator[ScoreError]:
    for row in list_disagreements(pair):
        if row["field"] not in unpredicted.get(row["layer"], ()):
            yield ScoreError(
                article=row["article"], layer=row["layer"], field=row["field"], start=row["start"], end=row["end"],
                text=row["text"], gold=row["a"], predicted=row["b"], row="",
            )  # fmt: skip


def _missing_errors(comparable: ComparableArticle, layers: Sequence[str]) -> Iterator[ScoreError]:
    """Yield an error for each label of a whole article that the predictions lack."""
    for layer in (comparable.schema.layers[name] for name in layers if name != "zones"):
        if not layer.is_span and layer.name not in comparable.documents[PREDICTED]:
            for label in document_labels(comparable.documents[GOLD], layer.name):
                gold = label.get(layer.class_attribute.name) if layer.class_attribute else None
                yield ScoreError(
                    article=comparable.id, layer=layer.name, field=ROW_LABEL, start=0, end=0, text="",
                    gold=layer.label if gold is None else label_text(gold), predicted=None, row="",
                )  # fmt: skip


def score_titles(schema: AnnotationSchema) -> dict[tuple[str, str], str]:
    """Return the titles of the measures of documents, by layer and name."""
    titles = dict(measure_titles(schema))
    for layer in schema.layers.values():
        if (pair := tuple_attributes(layer)) and layer.class_attribute:
            names = " and ".join(each.name for each in pair)
            titles[layer.name, PAIR_CLASS] = f"{names} with {attribute_words(schema, layer, layer.class_attribute)}"
    return titles
