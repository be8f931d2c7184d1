"""Scores of predictions: their agreement with the final labels, as precision, recall and F1, and their errors.

What is compared is what agreement compares, by the same rules (`pactwire.agreement.verdicts`): annotator ``a`` is the
gold, ``b`` the predictions. Rows with one label each, such as sentences or pairs, are compared as they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypedDict, cast

from pactwire.agreement import coefficients, measures, score_figures
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
from pactwire.agreement.score_figures import LabelCounts, ScoreMeasure, ScoreRow
from pactwire.agreement.verdicts import NamedVerdict, Span, Verdict, layer_verdicts
from pactwire.model.labels import document_labels
from pactwire.model.layers import Attribute, AttributeKind, Layer
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema

GOLD: Final = "gold"
PREDICTED: Final = "predicted"
ROW_LABEL: Final = "label"
"""The measure of rows with one label each."""
RANKING: Final = "score"
"""The measure of rows by the score that predictions give them."""
PAIR_CLASS: Final = "pairs-class"
"""The measure of what labels refer to together, with their class."""
MISSING: Final = object()
"""What a label of a whole article is compared with where the prediction is missing; equal to no value."""


class ScoreError(TypedDict):
    """An error: what is there in the gold and in the predictions; None where there is nothing.

    ``start`` and ``end`` are code points of the source text; for a row of a config, whose id is ``row``, of ``text`` in
    config ``articles``. Both are 0 for a whole article.
    """

    article: str
    layer: str
    field: str
    start: int
    end: int
    text: str
    gold: str | None
    predicted: str | None
    row: str


class ScoredVerdict(NamedTuple):
    """A verdict with its article, its row if it is of one, and its words."""

    article: str
    verdict: Verdict
    row: str = ""
    text: str = ""


class RowVerdict(NamedTuple):
    """A row of a config: its gold label, the predicted one or None, and the score that ranks it, if there is one.

    ``span`` is the row's place in the content text.
    """

    article: str
    row: str
    span: tuple[int, int]
    text: str
    gold: str
    predicted: str | None
    score: float | None


@dataclass
class Score:
    """The figures of predictions, their errors, and the verdicts behind both, by measure.

    ``labels`` are those that a measure has figures of, sorted.
    """

    articles: list[str]
    rows: list[ScoreRow]
    errors: list[ScoreError]
    verdicts: dict[ScoreMeasure, list[ScoredVerdict]] = field(default_factory=dict)
    labels: dict[ScoreMeasure, list[str]] = field(default_factory=dict)


class _Counting:
    """Counts verdicts by measure and article."""

    def __init__(self, articles: Sequence[str]) -> None:
        self.numbers = {article: number for number, article in enumerate(articles)}
        self.counts: dict[ScoreMeasure, LabelCounts] = {}
        self.verdicts: dict[ScoreMeasure, list[ScoredVerdict]] = {}

    def of(self, measure: ScoreMeasure) -> LabelCounts:
        """Return the counts of a measure, to add to."""
        if measure not in self.counts:
            self.counts[measure] = LabelCounts(len(self.numbers))
        return self.counts[measure]

    @property
    def labels(self) -> dict[ScoreMeasure, list[str]]:
        """The labels that were counted, by measure."""
        return {measure: sorted(counts.of_labels) for measure, counts in self.counts.items()}

    def add(self, measure: ScoreMeasure, scored: ScoredVerdict, labels: Iterable[Any]) -> None:
        """Count a verdict, also under labels that either side has."""
        counts, number = self.of(measure), self.numbers[scored.article]
        a, b = scored.verdict.a, scored.verdict.b
        counts.of_all[number] += count_verdict(measure, scored.verdict)
        for label in labels:
            counts.of_label(label_text(label))[number] += (a == label, b == label, a == b)
        self.verdicts.setdefault(measure, []).append(scored)

    def rows(self, measures: Iterable[ScoreMeasure]) -> Iterator[ScoreRow]:
        """Yield the figures of measures, in order; those without anything to count are None."""
        weights = coefficients.draw_units(len(self.numbers))
        for measure in measures:
            yield from score_figures.score_rows(measure, self.of(measure), weights)


def count_verdict(measure: ScoreMeasure, verdict: Verdict) -> tuple[int, int, int]:
    """Return what a verdict adds to support, predicted and correct, of all labels."""
    a, b = verdict.a, verdict.b
    if measure.is_found:
        return int(a is not None), int(b is not None), int(a is not None and a == b)
    return 1, int(b is not MISSING if not measure.is_rows else b is not None), int(a == b)


def label_text(value: Any) -> str:
    """Return a label as figures name it: flags as in JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- documents


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
    counting = _Counting([each.id for each in articles])
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


def _count_layer(counting: _Counting, pair: DocumentPair, layer: Layer) -> None:
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


def _count_characters(counting: _Counting, article: str, tallies: measures.Tallies) -> None:
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


# --- rows


def score_rows(
    config: str, rows: Sequence[RowVerdict], nothing: str | None, positives: frozenset[str], has_labels: bool = True
) -> Score:
    """Return the score of predicted labels of the rows of a config.

    Args:
        config: The config.
        rows: Its rows, one for each gold row.
        nothing: The label that says that there is nothing, as ``none`` of candidates; what else there is, is to be
            found. None if there is no such label.
        positives: The labels that a score ranks first; empty where scores rank nothing.
        has_labels: Whether labels are predicted, rather than scores alone.
    """
    articles = list(dict.fromkeys(row.article for row in rows))
    counting = _Counting(articles)
    measure = ScoreMeasure(config, ROW_LABEL, is_found=False, is_rows=True)
    found = ScoreMeasure(config, "relations", is_found=True)
    for row in rows if has_labels else ():
        verdict = Verdict(row.gold, row.predicted, row.span, row.span if row.predicted is not None else None)
        counting.add(
            measure, ScoredVerdict(row.article, verdict, row.row, row.text), {row.gold, row.predicted} - {None}
        )
        sides = [None if each == nothing else each for each in (row.gold, row.predicted)]
        if nothing is not None and any(side is not None for side in sides):
            related = verdict._replace(a=sides[0], b=sides[1])
            counting.add(found, ScoredVerdict(row.article, related, row.row, row.text), ())
    figures = list(counting.rows([measure, *([found] if nothing is not None else [])] if has_labels else []))
    if positives and any(row.score is not None for row in rows):
        figures.append(_ranking_row(config, rows, positives, counting.numbers))
    errors = [_row_error(config, row) for row in rows if has_labels and row.gold != row.predicted]
    return Score(articles, figures, errors, counting.verdicts, counting.labels)


def _ranking_row(
    config: str, rows: Sequence[RowVerdict], positives: frozenset[str], numbers: Mapping[str, int]
) -> ScoreRow:
    return score_figures.average_precision_row(
        ScoreMeasure(config, RANKING, is_found=True),
        [row.gold in positives for row in rows],
        [float("-inf") if row.score is None else row.score for row in rows],
        [numbers[row.article] for row in rows],
        coefficients.draw_units(len(numbers)),
    )


def _row_error(config: str, row: RowVerdict) -> ScoreError:
    return ScoreError(
        article=row.article, layer=config, field=ROW_LABEL, start=row.span[0], end=row.span[1], text=row.text,
        gold=row.gold, predicted=row.predicted, row=row.row,
    )  # fmt: skip


def score_titles(schema: AnnotationSchema) -> dict[tuple[str, str], str]:
    """Return the titles of the measures of documents, by layer and name."""
    titles = dict(measure_titles(schema))
    for layer in schema.layers.values():
        if (pair := tuple_attributes(layer)) and layer.class_attribute:
            names = " and ".join(each.name for each in pair)
            titles[layer.name, PAIR_CLASS] = f"{names} with {attribute_words(schema, layer, layer.class_attribute)}"
    return titles
