"""Reviews: which layers of final documents a person has read wholly, and whether they still say what was read.

Reviews are lines of the decisions file (`pactwire.agreement.adjudication`), after the decisions, by article, layer and
reviewer::

    {"review": "0123456789abcdef", "article": "5ccec2fc13046f9d", "layer": "zones" | a layer of the schema,
     "by": "adjudicator", "decided": "2026-01-31T12:00:00Z"}

``review`` is the digest of what the layer said then (`layer_digest`). ``by`` is a person among the adjudicators of the
first line, ``decided`` when they saved it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pactwire.corpus import rounds
from pactwire.model import digests, strict_json
from pactwire.model.dates import date_flaw
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import document_labels, value_list
from pactwire.model.records import AnnotatorKind, Document, Status
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import jsonl

if TYPE_CHECKING:  # a status needs no corpus, which is slow to import
    from pactwire.corpus.corpus import Corpus

REVIEW: Final = "review"
"""The key that makes a line of the decisions file a review."""
REVIEW_FIELDS: Final = (REVIEW, "article", "layer", "by", "decided")


@dataclass
class Review:
    """That a person read a layer of an article's final document; ``line`` is 0 while it is in no file."""

    digest: str
    article: str
    layer: str
    by: str
    decided: str
    line: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What there is one review of: an article, a layer and a person."""
        return self.article, self.layer, self.by

    def to_record(self) -> dict[str, str]:
        """Return the line as a record."""
        return dict(zip(REVIEW_FIELDS, (self.digest, self.article, self.layer, self.by, self.decided), strict=True))

    def stale_issue(self, file: str) -> Issue:
        """Return the issue of a review of labels that have changed since; ``file`` holds it."""
        message = f"the final labels changed after {self.by} reviewed {self.layer} of the article {self.article}"
        return Issue(file, self.line, "review-stale", message, f"{self.article} {self.layer}")


def layer_digest(schema: AnnotationSchema, document: Document | Mapping[str, Any], layer: str) -> str:
    """Return a digest of what a layer of a document says, 16 hexadecimal digits.

    Ids, makers, and the order of labels and of references do not count; a reference is the layer and the span of the
    label that it means.
    """
    spans = {
        label["id"]: [each.name, label["start"], label["end"]]
        for each in schema.span_layers
        for label in document_labels(document, each.name)
    }
    references = schema.layers[layer].references if layer in schema.layers else ()
    said = []
    for label in document_labels(document, layer):
        content = {key: value for key, value in label.items() if key not in ("id", "by")}
        for attribute in references:
            if attribute.name in content:
                meant = (strict_json.compact(spans.get(each, each)) for each in value_list(attribute, label))
                content[attribute.name] = sorted({*meant})
        said.append(strict_json.compact(_sorted_keys(content)))
    return digests.short_sha256(strict_json.compact(sorted(said)), 16)


def _sorted_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted_keys(value[key]) for key in sorted(value)}
    return value


# --- lines


def is_review(record: Any) -> bool:
    """Say whether a line of the decisions file is a review, however it is written."""
    return isinstance(record, dict) and REVIEW in record


def parse_review(
    file: str, line: int, record: Mapping[str, Any], schema: AnnotationSchema, adjudicators: Iterable[Any]
) -> Review | Issue:
    """Return the review of a line, or the issue of one that is invalid (review-record)."""
    for message in _record_flaws(record, schema, adjudicators):
        return Issue(file, line, "review-record", message, str(record.get("article", "")))
    return Review(record[REVIEW], record["article"], record["layer"], record["by"], record["decided"], line)


def _record_flaws(record: Mapping[str, Any], schema: AnnotationSchema, adjudicators: Iterable[Any]) -> Iterator[str]:
    """Yield what is wrong with the line of a review."""
    if set(record) != set(REVIEW_FIELDS):
        yield f"the line of a review is not an object of {', '.join(REVIEW_FIELDS)}"
        return
    for field in REVIEW_FIELDS:
        if not isinstance(record[field], str):
            yield f"{field} is not a string"
            return
    people = [
        each.get("id") for each in adjudicators if isinstance(each, dict) and each.get("kind") == AnnotatorKind.HUMAN
    ]
    if record["layer"] not in schema.layer_names:
        yield f"{record['layer']!r} is not a layer; allowed are: {', '.join(schema.layer_names)}"
    elif record["by"] not in people:
        yield f"{record['by']!r} is not a person among the adjudicators of the first line"
    elif not schema.is_valid(record["decided"], "time") or date_flaw(record["decided"]):
        yield f"{record['decided']!r} is not a time in UTC, such as 2026-01-31T12:00:00Z"


# --- validation


def review_issues(data: "Corpus") -> Iterator[Issue]:
    """Yield the reviews of the current round that are invalid, duplicated, or belied by a final document.

    A document belies a review if it calls a layer reviewed that does not say what was read.
    """
    try:
        file = rounds.recorded_decisions(data.root)
    except DataError:
        return  # `rounds.round_issues` tells
    known: set[tuple[str, str, str]] = set()
    for review in _read_reviews(data.root, file, data.schema) if (data.root / file).is_file() else ():
        if isinstance(review, Issue):
            yield review
        elif review.key in known:
            yield duplicate_issue(file, review)
        elif (final := data.final_document(review.article)) and (
            final["status"].get(review.layer) == Status.REVIEWED
            and layer_digest(data.schema, final, review.layer) != review.digest
        ):
            yield review.stale_issue(file)
        if isinstance(review, Review):
            known.add(review.key)


def count_reviews(root: Path, schema: AnnotationSchema) -> dict[str, int]:
    """Return the number of articles with a review in the current round, by layer, whether it is outdated or not."""
    file = rounds.recorded_decisions(root)
    found = _read_reviews(root, file, schema) if (root / file).is_file() else ()
    keys = {(each.layer, each.article) for each in found if isinstance(each, Review)}
    return {layer: count for layer in schema.layer_names if (count := sum(each == layer for each, _ in keys))}


def duplicate_issue(file: str, review: Review) -> Issue:
    """Return the issue of a second review by the same person of the same layer of an article."""
    message = f"{review.by} has another line on {review.layer} of this article"
    return Issue(file, review.line, "review-record", message, review.article)


def _read_reviews(root: Path, file: str, schema: AnnotationSchema) -> Iterator[Review | Issue]:
    """Yield the reviews of a decisions file; lines that are not JSON are issues of adjudication."""
    adjudicators: Any = []
    for line in jsonl.read_lines(root / file, file):
        if line.number > 1 and f'"{REVIEW}"'.encode() not in (line.data or b""):
            continue  # quotation marks within a text are escaped
        for entry in jsonl.parse_line(line, file):
            if isinstance(entry, DataError):
                continue
            number, record = entry
            if number == 1:
                adjudicators = record.get("adjudicators") if isinstance(record, dict) else []
            elif is_review(record):
                people = adjudicators if isinstance(adjudicators, list) else []
                yield parse_review(file, number, record, schema, people)
