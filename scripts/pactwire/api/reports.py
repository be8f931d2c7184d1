"""What the operations of a dataset return: frozen reports, which print as the commands do and become data frames."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pactwire.agreement import report_text
from pactwire.agreement.agreement_report import FigureRow, Report
from pactwire.agreement.disagreements import Disagreement
from pactwire.agreement.score_counting import ScoreError
from pactwire.agreement.score_figures import ScoreRow
from pactwire.model.issues import Issue
from pactwire.model.schema import AnnotationSchema
from pactwire.release import score_text
from pactwire.release.changes import Change
from pactwire.release.prediction_scores import PredictionScores, report_json


def _data_frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    try:
        import pandas
    except ImportError as error:
        raise ImportError("to_pandas needs pandas, which is not installed: pip install pandas") from error
    return pandas.DataFrame([dict(row) for row in rows], columns=list(columns))


@dataclass(frozen=True)
class ValidationReport:
    """The issues of a dataset, sorted by file and line. It is true, as in ``if report:``, if there are none."""

    issues: tuple[Issue, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no issue."""
        return not self.issues

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self.issues)

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.issues)

    def __str__(self) -> str:
        return "\n".join(issue.text() for issue in self.issues) or "no issues"

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` with a row for each issue."""
        columns = ("code", "file", "line", "record", "message", "remedy")
        return _data_frame([{name: getattr(issue, name) for name in columns} for issue in self.issues], columns)


@dataclass(frozen=True)
class AgreementReport:
    """The agreement of annotators, as `pactwire agreement` reports it.

    Attributes:
        annotators: The annotators, in the order of the report.
        articles: The ids of the articles that two of them annotated.
        figures: Each figure with its 95 % interval, over all annotators.
        disagreements: The labels on which two of them differ.
    """

    annotators: tuple[str, ...]
    articles: tuple[str, ...]
    figures: tuple[FigureRow, ...]
    disagreements: tuple[Disagreement, ...]
    _report: Report = field(repr=False, compare=False)
    _schema: AnnotationSchema = field(repr=False, compare=False)

    def __str__(self) -> str:
        return report_text.plain_text(self._schema, self._report).rstrip("\n")

    def _repr_markdown_(self) -> str:
        return report_text.figures_table(self._schema, self.figures)

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` of the figures: ``layer measure label figure value low high a b matched why``."""
        return _data_frame(self.figures, tuple(FigureRow.__annotations__))


def agreement_of(schema: AnnotationSchema, report: Report) -> AgreementReport:
    """Return a report of `agreement_report` as an object."""
    return AgreementReport(
        tuple(report["annotators"]),
        tuple(report["articles"]),
        tuple(report["rows"]),
        tuple(report["disagreements"]),
        report,
        schema,
    )


@dataclass(frozen=True)
class BuildReport:
    """What a build wrote: the number of rows by config, the names of its data files, and labels that were left out."""

    rows: Mapping[str, int]
    files: tuple[str, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote, and counts of what its format does not hold (`lost`) or holds in another way (`notes`)."""

    documents: int
    labels: int
    lost: Mapping[str, int]
    notes: Mapping[str, int]
    written: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]


@dataclass(frozen=True)
class VersionDiff:
    """What changed from one version to another.

    Attributes:
        old, new: The names of the two sides.
        summary: The number of changes by what changed and how.
        changes: All changes, in the order of `pactwire diff`.
        not_compared: Tables that cannot be compared, since what is published does not have them.
    """

    old: str
    new: str
    summary: Mapping[str, Mapping[str, int]]
    changes: tuple[Change, ...]
    not_compared: tuple[str, ...]
    _text: str = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __str__(self) -> str:
        return self._text

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` with a row for each change."""
        return _data_frame([each._asdict() for each in self.changes], Change._fields)


@dataclass(frozen=True)
class ScoreReport:
    """How good predictions are, as `pactwire score` reports it.

    Attributes:
        versions: The versions that they were scored against, in order.
        scored: The layers that were scored, or the config of the rows.
        not_predicted: Layers that no prediction has, and attributes that none states, as ``layer.attribute``.
        figures: Each figure against the last version, with its 95 % interval.
        errors: The errors against the last version.
    """

    versions: tuple[str, ...]
    scored: tuple[str, ...]
    not_predicted: tuple[str, ...]
    figures: tuple[ScoreRow, ...]
    errors: tuple[ScoreError, ...]
    _report: PredictionScores = field(repr=False, compare=False)

    def __str__(self) -> str:
        return score_text.plain_text(self._report).rstrip("\n")

    def as_dict(self) -> dict[str, Any]:
        """Return all of it, with the differences between versions, as `pactwire score --format json` prints it."""
        return report_json(self._report)

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` of the figures against each version: ``version`` and the fields of figures."""
        rows = [{"version": each.version, **row} for each in self._report.scores for row in each.score.rows]
        return _data_frame(rows, ("version", *ScoreRow.__annotations__))


def score_of(report: PredictionScores) -> ScoreReport:
    """Return a report of `prediction_scores` as an object."""
    last = report.scores[-1].score
    return ScoreReport(
        tuple(each.version for each in report.scores),
        tuple(report.scored),
        tuple(report.not_predicted),
        tuple(last.rows),
        tuple(last.errors),
        report,
    )
