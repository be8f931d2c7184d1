"""Scores of predictions against versions of a dataset, and the differences between these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypedDict, cast

from pactwire.agreement import coefficients, row_scoring, scoring
from pactwire.agreement.document_pairs import ComparableArticle
from pactwire.agreement.score_comparison import (
    Difference,
    ScoreComparison,
    TotalDifference,
    VerdictChange,
    compare_scores,
    total_differences,
)
from pactwire.agreement.score_counting import Score
from pactwire.agreement.score_figures import DIGITS
from pactwire.agreement.scoring import GOLD, PREDICTED
from pactwire.build.features import PAIR_LABELS
from pactwire.model.issues import DataError
from pactwire.model.records import Article, Document
from pactwire.model.schema import AnnotationSchema
from pactwire.release import predictions, scored_versions
from pactwire.release.hub_download import HubAddress
from pactwire.release.predicted_rows import ConfigRows
from pactwire.release.predictions import Predictions
from pactwire.release.scored_versions import GoldArticle, ScoredVersion

TEST: Final = "test"
"""The split that is scored unless another is asked for."""


@dataclass(frozen=True)
class ScoreRequest:
    """What to score.

    Attributes:
        given: The files and folders of the predictions; or the documents or rows themselves.
        against: The names of the versions, the last of them with the labels of the predictions.
        repository: Where tags and revisions are looked for (`versions.resolve_version`).
        split: The split to score; None for all.
        form: Their format, as `pactwire convert from` calls it; ``auto`` also finds documents and rows.
        mapping: A mapping for these formats.
        config: The config of predicted rows; None for the one that has their columns.
        column: Their column with the predictions; None for ``prediction``, or else the config's own.
        before: Predictions of an earlier model, to score against the first version.
    """

    given: Sequence[Path | Mapping[str, Any]]
    against: Sequence[str]
    repository: Path | HubAddress
    split: str | None = TEST
    form: str = predictions.AUTO
    mapping: Path | None = None
    config: str | None = None
    column: str | None = None
    before: Sequence[Path | Mapping[str, Any]] = ()


class Coverage(TypedDict):
    """What of a version was scored, and what was not.

    Attributes:
        articles: How many articles were scored.
        rows: How many rows, if rows were scored.
        missing: What has no prediction, and counts as missed: articles, or rows of a config.
        missing_layers: How many articles lack a layer that others have predictions of, by layer.
        other_text: The articles whose text is another one in this version; they are not scored.
        other_splits: How many predictions are of other splits; they are not scored.
        not_annotated: How many predictions are of articles that nobody annotated.
    """

    articles: int
    rows: int
    missing: list[str]
    missing_layers: dict[str, int]
    other_text: list[str]
    other_splits: int
    not_annotated: int


@dataclass
class VersionScore:
    """The score against one version; ``is_before`` says that it is of the predictions of the earlier model."""

    version: str
    score: Score
    coverage: Coverage
    is_before: bool = False


@dataclass
class PredictionScores:
    """The scores of predictions against versions, in order, and the difference between each two neighbors.

    Attributes:
        schema: That of the last version.
        read_as: What the predictions are.
        column: The column of predicted rows that was scored; empty for documents.
        split: The split that was scored; None for all.
        scored: The layers, or the config, that were scored.
        not_predicted: Layers that no prediction has, and attributes that none states, as ``layer.attribute``.
        left_out: What of the files has no place in documents, by name.
        scores: The score against each version.
        comparisons: The differences.
    """

    schema: AnnotationSchema
    read_as: str
    column: str
    split: str | None
    scored: list[str]
    not_predicted: list[str]
    left_out: dict[str, int]
    scores: list[VersionScore] = field(default_factory=list)
    comparisons: list[ScoreComparison] = field(default_factory=list)


def score_predictions(request: ScoreRequest) -> PredictionScores:
    """Return the scores of predictions.

    Raises:
        DataError: There is no such version, or it can't be read; or all issues of the predictions.
    """
    with scored_versions.open_versions(list(request.against), request.repository) as versions:
        report = _score(request.given, versions, request)
        if request.before:
            first = _score(request.before, [versions[0]], request).scores[0]
            report.scores.insert(0, replace(first, is_before=True))
    report.comparisons = [
        compare_scores(one.score, other.score, is_of_model=one.is_before) for one, other in pairwise(report.scores)
    ]
    return report


def _score(given: Sequence[Any], versions: Sequence[ScoredVersion], request: ScoreRequest) -> PredictionScores:
    found = predictions.read_predictions(given, versions, request.form, request.mapping)
    return _score_rows(found, versions, request) if found.rows else _score_documents(found, versions, request)


# --- documents


def _score_documents(found: Predictions, versions: Sequence[ScoredVersion], request: ScoreRequest) -> PredictionScores:
    schema = versions[-1].schema
    layers = [name for name in schema.layer_names if any(name in each for each in found.documents.values())]
    missing = [name for name in schema.layer_names if name not in layers]
    stated = [f"{layer}.{name}" for layer, names in found.unpredicted.items() for name in sorted(names)]
    report = PredictionScores(schema, found.read_as, "", request.split, layers, [*missing, *stated], found.left_out)
    for version in versions:
        coverage = _coverage()
        articles = list(_comparable_articles(version, found.documents, layers, request.split, coverage))
        coverage["articles"] = len(articles)
        score = scoring.score_documents(schema, articles, layers, found.unpredicted)
        report.scores.append(VersionScore(version.name, score, coverage))
    return report


def _coverage() -> Coverage:
    return Coverage(
        articles=0, rows=0, missing=[], missing_layers={}, other_text=[], other_splits=0, not_annotated=0
    )  # fmt: skip


def _comparable_articles(
    version: ScoredVersion,
    documents: Mapping[str, Document],
    layers: Sequence[str],
    split: str | None,
    coverage: Coverage,
) -> Any:
    """Yield the annotated articles of a split with their predictions, and count what is left out."""
    for article in version.articles.values():
        predicted: Any = documents.get(article.id)
        if split not in (None, article.split):
            coverage["other_splits"] += predicted is not None
            continue
        annotated = [layer for layer in layers if article.final is not None and layer in article.final]
        if not annotated:
            coverage["not_annotated"] += predicted is not None
            continue
        if predicted is not None and predicted["text_sha256"] != article.sha256:
            coverage["other_text"].append(article.id)
            continue
        if predicted is None:
            coverage["missing"].append(article.id)
        for layer in annotated if predicted is not None else ():
            if layer not in predicted:
                coverage["missing_layers"][layer] = coverage["missing_layers"].get(layer, 0) + 1
        assert article.final
        yield _comparable(version, article, article.final, predicted or {})


def _comparable(version: ScoredVersion, article: GoldArticle, gold: Any, predicted: Any) -> ComparableArticle:
    known: Any = {"id": article.id, "source_text": article.text, "source_sha256": article.sha256}
    return ComparableArticle(version.schema, cast("Article", known), article.zones, {GOLD: gold, PREDICTED: predicted})


# --- rows


def _score_rows(found: Predictions, versions: Sequence[ScoredVersion], request: ScoreRequest) -> PredictionScores:
    schema = versions[-1].schema
    rows = ConfigRows(versions, found.rows, request.config, request.column)
    gold = [rows.gold_rows(version) for version in versions]
    if issues := list(rows.unmatched(gold, " or ".join(version.name for version in versions))):
        raise DataError(sorted(set(issues)))
    report = PredictionScores(schema, "rows", rows.column, request.split, [rows.config], [], {})
    for version, own in zip(versions, gold, strict=True):
        coverage = _coverage()
        mine = {key: of_key for key, of_key in own.items() if request.split in (None, of_key[0].split)}
        coverage["other_splits"] = sum(len(rows.labels[key]) for key in rows.labels.keys() & (own.keys() - mine.keys()))
        coverage["rows"] = sum(map(len, mine.values()))
        coverage["missing"] = [
            str(row.values.get("id") or f"{row.values['a_id']} {row.values['b_id']}")
            for key, of_key in mine.items()
            for row in of_key[len(rows.labels.get(key, ())) :]
        ]
        score = _score_tags(rows, version, mine) if rows.is_tokens else _score_labels(rows, mine)
        coverage["articles"] = len(score.articles)
        report.scores.append(VersionScore(version.name, score, coverage))
    return report


def _score_tags(rows: ConfigRows, version: ScoredVersion, gold: Any) -> Score:
    layer = rows.layer
    articles = [
        _comparable(version, version.articles[article], {layer.name: labels}, {layer.name: predicted or []})
        for article, labels, predicted in rows.tagged_labels(version, gold)
    ]
    return scoring.score_documents(version.schema, articles, [layer.name], {layer.name: rows.other_attributes})


def _score_labels(rows: ConfigRows, gold: Any) -> Score:
    nothing = rows.layer.candidates.none if rows.is_candidates and rows.layer.candidates else None
    positives = frozenset(
        PAIR_LABELS[1:] if rows.is_pairs else set(rows.class_names) - {nothing} if rows.is_candidates else ()
    )
    return row_scoring.score_rows(rows.config, list(rows.verdicts(gold)), nothing, positives, rows.has_labels)


# --- the report


def report_json(report: PredictionScores) -> dict[str, Any]:
    """Return a report as a JSON value; parts of differences are rounded, and their counts are exact."""
    return {
        "read_as": report.read_as,
        "column": report.column or None,
        "split": report.split,
        "scored": report.scored,
        "not_predicted": report.not_predicted,
        "left_out": report.left_out,
        "resamples": coefficients.RESAMPLES,
        "seed": coefficients.SEED,
        "scores": [
            {
                "version": each.version, "before": each.is_before, "coverage": each.coverage,
                "articles": each.score.articles, "rows": each.score.rows, "errors": each.score.errors,
            }
            for each in report.scores
        ],
        "differences": [
            {
                "by": "model" if comparison.is_of_model else "corrections",
                "old": report.scores[number].version,
                "new": report.scores[number + 1].version,
                "rows": [_difference_json(each, comparison.is_of_model) for each in comparison.differences],
                "changes": [_change_json(each) for each in comparison.changes],
            }
            for number, comparison in enumerate(report.comparisons)
        ],
        "total": [_total_json(each) for each in total_differences(report.comparisons)] if report.comparisons else [],
    }  # fmt: skip


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), DIGITS)


def _figure_json(each: Difference | TotalDifference) -> dict[str, Any]:
    return {
        "layer": each.measure.layer, "measure": each.measure.name, "label": each.label,
        "figure": "F1" if each.measure.is_found or each.label else "accuracy",
        **{key: _rounded(getattr(each, key)) for key in ("old", "new", "difference", "articles")},
    }  # fmt: skip


def _difference_json(each: Difference, is_of_model: bool) -> dict[str, Any]:
    part = {"model" if is_of_model else "corrections": _rounded(each.shared)}
    return {**_figure_json(each), **part, "errors": each.errors._asdict()}


def _total_json(each: TotalDifference) -> dict[str, Any]:
    return {**_figure_json(each), "model": _rounded(each.model), "corrections": _rounded(each.corrections)}


def _change_json(change: VerdictChange) -> dict[str, Any]:
    about = change._asdict()
    return {
        "layer": change.measure.layer, **about, "measure": change.measure.name, "part": _rounded(change.part)
    }  # fmt: skip
