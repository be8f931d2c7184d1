"""The decisions file: its lines read, checked and written; `pactwire.agreement.adjudication` describes the format."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pactwire.agreement import alignment, references
from pactwire.agreement.alignment import ArticleAlignment, LabelGroup
from pactwire.corpus import reviews, tables
from pactwire.corpus.reviews import Review
from pactwire.model import escapes, strict_json
from pactwire.model.dates import date_flaw
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Annotator
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import jsonl

CHOICE_NONE: Final = "none"
CHOICE_OTHER: Final = "other"
DECISION_FIELDS: Final = (
    "id", "article", "layer", "start", "end", "text", "differs", "options",
    "choice", "label", "reason", "by", "decided",
)  # fmt: skip
REQUIRED_FIELDS: Final = ("article", "layer", "options", "choice", "label", "by")


@dataclass
class Decision:
    """A line of the file: what to decide on, and the answer; ``line`` is 0 while it is in no file.

    ``group`` is the group of labels it decides on, None for a label that it adds.
    """

    article: str
    layer: str
    options: dict[str, Any]
    id: str = ""
    choice: str | None = None
    label: Any = None
    reason: str = ""
    by: str | None = None
    decided: str | None = None
    line: int = 0
    group: LabelGroup | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has no answer."""
        return self.choice is None

    def to_record(self, text: str) -> dict[str, Any]:
        """Return the line as a record with all DECISION_FIELDS; ``text`` is the article's source text."""
        group = self.group or LabelGroup(self.article, self.layer, {}, {"": self.label})
        computed = {
            "id": self.id or group.id,
            "start": group.start if group.has_span else None,
            "end": group.end if group.has_span else None,
            "text": alignment.quote_in_context(text, group.start, group.end) if group.has_span else None,
            "differs": group.differing_fields,
        }
        values = vars(self) | computed
        return {key: values[key] for key in DECISION_FIELDS}


@dataclass
class DecisionsFile:
    """A decisions file: who decides, whose labels, under which guidelines, and the lines in order, reviews last.

    ``file`` is its name, which issues of its lines tell.
    """

    file: str
    schema: AnnotationSchema
    inputs: dict[str, str]
    guidelines: str
    adjudicators: list[Annotator] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)

    def to_jsonl(self, texts: Mapping[str, str]) -> str:
        """Return the file's text; sorts and numbers the decisions. ``texts`` are the source texts, in order."""
        header = {"adjudicators": self.adjudicators, "inputs": self.inputs, "guidelines": self.guidelines}
        header |= _labels(self.schema)
        articles, layers = list(texts), self.schema.layer_names
        rows = [(decision, decision.to_record(texts[decision.article])) for decision in self.decisions]
        rows.sort(
            key=lambda row: (
                articles.index(row[1]["article"]), layers.index(row[1]["layer"]),
                row[1]["start"], row[1]["end"], row[1]["id"],
            )
        )  # fmt: skip
        self.decisions = [decision for decision, _ in rows]
        self.reviews.sort(key=lambda each: (articles.index(each.article), layers.index(each.layer), each.by))
        lines: list[Decision | Review] = [*self.decisions, *self.reviews]
        for number, line in enumerate(lines, 2):
            line.line = number
        records = (header, *(record for _, record in rows), *(review.to_record() for review in self.reviews))
        return "".join(strict_json.compact(record) + "\n" for record in records)

    def open_decisions(self) -> list[Decision]:
        """Return the decisions without an answer."""
        return [decision for decision in self.decisions if decision.is_open]


# --- reading


def read_decisions(
    root: Path, file: str, schema: AnnotationSchema, inputs: Mapping[str, str], guidelines: str
) -> DecisionsFile:
    """Return the decisions of a file on labels of a schema, or none where there is no file.

    Raises DataError with every invalid line (decisions-header, decisions-record, review-record, and the codes of
    invalid JSONL).
    """
    decisions = DecisionsFile(file, schema, dict(inputs), guidelines)
    issues: list[Issue] = []
    for entry in jsonl.read_values(root / file, file) if (root / file).is_file() else ():
        if isinstance(entry, DataError):
            issues += entry.issues
        elif entry[0] == 1:
            messages = _header_problems(entry[1], decisions)
            issues += [Issue(file, 1, "decisions-header", message) for message in messages]
        elif reviews.is_review(entry[1]):
            review = reviews.parse_review(file, *entry, schema, decisions.adjudicators)
            issues += [review] if isinstance(review, Issue) else []
            decisions.reviews += [review] if isinstance(review, Review) else []
        else:
            issues += _parse_decision(entry[0], entry[1], decisions)
    if issues:
        raise DataError(issues)
    return decisions


def _labels(schema: AnnotationSchema) -> dict[str, Any]:
    """Return what the first line says of the last migration that the labels went through."""
    return {"labels": schema.migration} if schema.migration else {}


def _were_first(recorded: Any, inputs: Mapping[str, str]) -> bool:
    """Tell whether the annotators of an earlier run are the first of the present ones, so that others joined them."""
    return (
        isinstance(recorded, dict)
        and bool(recorded)
        and list(recorded.items()) == list(inputs.items())[: len(recorded)]
    )


def _way_to_others(recorded: Any, inputs: Mapping[str, str]) -> str:
    """Return how to adjudicate annotators who are not those of the file; nothing if they only have other letters."""
    names = list(recorded.values()) if isinstance(recorded, dict) else []
    if not names or not all(isinstance(name, str) for name in names) or set(names) == set(inputs.values()):
        return ""
    if set(names) < set(inputs.values()):
        return f"; name {', '.join(names)} first"
    return f"; before you adjudicate others, run `pactwire adjudicate {' '.join(names)} --close-round`"


def _header_problems(header: Any, decisions: DecisionsFile) -> Iterator[str]:
    """Yield what is wrong with the first line, and keep its adjudicators."""
    labels = _labels(decisions.schema)
    expected = {"inputs": decisions.inputs, "guidelines": decisions.guidelines, **labels}
    if isinstance(header, dict):
        header = {**dict.fromkeys(labels), **header}
    if not isinstance(header, dict) or set(header) != {"adjudicators", *expected}:
        yield f"the first line is not an object of {', '.join(('adjudicators', *expected))}"
        return
    for key, value in expected.items():
        if header[key] != value and not (key == "inputs" and _were_first(header[key], decisions.inputs)):
            message = f"{key} is {strict_json.compact(header[key])}; the documents have {strict_json.compact(value)}"
            advice = _way_to_others(header[key], decisions.inputs) if key == "inputs" else ""
            yield f"{message}; run `pactwire migrate --execute`" if key in labels else message + advice
    adjudicators = header["adjudicators"]
    if not isinstance(adjudicators, list):
        yield "adjudicators is not a list"
        return
    for index, adjudicator in enumerate(adjudicators):
        for _, where, message in decisions.schema.explain(adjudicator, "annotator"):
            yield f"{tables.format_path(('adjudicators', index, *where))}: {message}"
    ids = [str(adjudicator.get("id")) for adjudicator in adjudicators if isinstance(adjudicator, dict)]
    if len(set(ids)) < len(ids):
        yield "an adjudicator is duplicated"
    decisions.adjudicators = adjudicators


def _parse_decision(line: int, record: Any, decisions: DecisionsFile) -> list[Issue]:
    """Add the decision of a line to ``decisions``, or return what is wrong with the line."""
    adjudicators = [each.get("id") for each in decisions.adjudicators if isinstance(each, dict)]  # of any type
    messages = list(_form_problems(record, decisions.schema))
    messages = messages or list(_answer_problems(record, decisions, adjudicators))
    if not messages:
        computed = ("start", "end", "text", "differs")
        values = {key: record[key] for key in DECISION_FIELDS if key in record and key not in computed}
        values |= {"id": record.get("id") or "", "reason": record.get("reason") or "", "line": line}
        decisions.decisions.append(Decision(**values))
    name = record.get("id") if isinstance(record, dict) else None
    return [Issue(decisions.file, line, "decisions-record", message, str(name or "")) for message in messages]


def _form_problems(record: Any, schema: AnnotationSchema) -> Iterator[str]:
    """Yield what is wrong with the keys and the plain values of a line."""
    if not isinstance(record, dict):
        yield "the line is not an object"
        return
    for key in record:
        if key not in DECISION_FIELDS:
            yield f"unknown key {key!r}; allowed are: {', '.join(DECISION_FIELDS)}"
    for key in REQUIRED_FIELDS:
        if key not in record:
            yield f"the key {key!r} is missing"
    for key in ("id", "article", "layer", "choice", "by", "reason", "decided"):
        may_be_null = key not in ("article", "layer")
        if key in record and not isinstance(record[key], str) and not (may_be_null and record[key] is None):
            yield f"{key} is not a string"
        elif isinstance(record.get(key), str):
            yield from (
                f"{key}: {message}" for message in escapes.control_character_messages(record[key], key != "reason")
            )
    if record.get("layer") not in schema.layer_names:
        yield f"{record.get('layer')!r} is not a layer; allowed are: {', '.join(schema.layer_names)}"
    if not isinstance(record.get("options"), dict):
        yield "options is not an object"


def _answer_problems(record: Any, decisions: DecisionsFile, adjudicators: Sequence[Any]) -> Iterator[str]:
    """Yield what is wrong with the answer in a line of the right form."""
    schema, letters = decisions.schema, decisions.inputs
    choice, options, layer = record["choice"], record["options"], record["layer"]
    if choice not in (None, *letters, CHOICE_NONE, CHOICE_OTHER):
        allowed = ", ".join((*letters, CHOICE_NONE, CHOICE_OTHER))
        yield f"{choice!r} is not a choice; allowed are: null, {allowed}"
    elif choice in letters and options.get(choice) is None:
        yield f"the choice is {choice}, who has no label here; choose {CHOICE_NONE!r} for no label"
    declared = schema.layers.get(layer)
    if declared and not declared.is_span and (choice == CHOICE_NONE or not options):
        yield "an article has one label of this layer: it can be replaced by another, but not left out or added"
    elif layer == "zones" and (choice == CHOICE_NONE or not options):
        yield "zones cover the whole text: they can be replaced by others, but not left out or added"
    elif not options and choice != CHOICE_OTHER:
        yield f"a line without options adds a label: its choice is {CHOICE_OTHER!r}"
    if choice is not None and record["by"] not in adjudicators:
        yield f"by is {strict_json.compact(record['by'])}, which is not an adjudicator of the first line"
    if (choice == CHOICE_OTHER) != (record["label"] is not None):
        yield f"the choice {CHOICE_OTHER!r} needs a label, and no other choice may have one"
    elif choice == CHOICE_OTHER:
        yield from _label_problems(schema, record["label"], layer)
    decided = record.get("decided")
    if decided is not None and (not schema.is_valid(decided, "time") or date_flaw(decided)):
        yield f"{decided!r} is not a time in UTC, such as 2026-01-31T12:00:00Z"


def _label_problems(schema: AnnotationSchema, label: Any, layer: str) -> Iterator[str]:
    """Yield what is wrong with a label by the schema; whether its references exist is checked later."""
    if layer == "zones" and not (isinstance(label, list) and label):
        yield "label is not a list of zones"
        return
    for index, part in enumerate(label if layer == "zones" else [label]):
        if not isinstance(part, dict):
            yield "label is not an object"
            continue
        is_span = layer == "zones" or schema.layers[layer].is_span
        completed = {**({"id": "x"} if is_span else {}), "by": ["x"], **_with_id_references(schema, layer, part)}
        for _, where, message in schema.label_validator(layer).explain(completed):
            yield f"{tables.format_path(('label', *([index] if layer == 'zones' else []), *where))}: {message}"


def _with_id_references(schema: AnnotationSchema, layer: str, label: dict[str, Any]) -> dict[str, Any]:
    """Return a label with ids in place of its references by span, as the schema expects; any value is possible."""

    def with_id(value: Any) -> Any:
        if isinstance(value, list):
            return [with_id(each) for each in value]
        parsed = references.parse_span_reference(schema, value) if isinstance(value, str) else None
        return f"{parsed[0]}-{parsed[1][0]}-{parsed[1][1]}" if parsed else value

    names = {attribute.name for attribute in references.reference_attributes(schema, layer)}
    return {key: with_id(value) if key in names else value for key, value in label.items()}


# --- reconciling


def reconcile(recorded: DecisionsFile, aligned: Sequence[ArticleAlignment]) -> tuple[DecisionsFile, int]:
    """Return the decisions that the documents call for, answered where ``recorded`` has an answer.

    Additions are kept, and so are reviews and answered lines on labels that all annotators have. Unanswered lines that
    nothing calls for are dropped; their number is returned too. Raises DataError for answered lines that the documents
    do not call for (decisions-stale, decisions-unknown) and for a duplicated line (decisions-record, review-record).
    """
    known = {(group.article, group.id): group for each in aligned for group in each.groups}
    articles = {each.article for each in aligned}
    result = replace(recorded, decisions=[])
    kept: set[tuple[str, str]] = set()
    issues: list[Issue] = []
    dropped = 0
    for decision in recorded.decisions:
        decision.id = _recorded_id(decision)
        key = decision.article, decision.id
        group = known.get(key)
        is_current = not decision.options or (group is not None and group.options == decision.options)
        if decision.is_open and (not is_current or (group and group.agreed)):
            dropped += 1
        elif decision.article not in articles:
            message = f"not all annotators have a document of an article {decision.article!r}"
            issues.append(Issue(recorded.file, decision.line, "decisions-unknown", message, decision.id))
        elif not is_current:
            issues.append(_outdated_issue(recorded.file, decision))
        elif key in kept:
            message = f"{decision.id} is duplicated"
            issues.append(Issue(recorded.file, decision.line, "decisions-record", message, decision.id))
        else:
            kept.add(key)
            decision.group = group if decision.options else None
            result.decisions.append(decision)
    issues += _review_issues(recorded, {each.article: each.layers for each in aligned})
    if issues:
        raise DataError(issues)
    result.decisions += [
        unanswered_decision(group) for key, group in known.items() if not group.agreed and key not in kept
    ]
    return result, dropped


def _review_issues(recorded: DecisionsFile, layers: Mapping[str, Sequence[str]]) -> Iterator[Issue]:
    """Yield an issue for each review that is duplicated, or of what adjudication does not write."""
    known: set[tuple[str, str, str]] = set()
    for review in recorded.reviews:
        if review.layer not in layers.get(review.article, ()):
            message = f"not all annotators annotated {review.layer} of an article {review.article!r}"
            yield Issue(recorded.file, review.line, "decisions-unknown", message, review.article)
        elif review.key in known:
            yield reviews.duplicate_issue(recorded.file, review)
        known.add(review.key)


def _recorded_id(decision: Decision) -> str:
    """Return a line's id: its own where it has options and an id, else the hash that the command would give it."""
    if decision.options and decision.id:
        return decision.id
    return alignment.decision_id(decision.article, decision.layer, decision.options or {"": decision.label})


def _outdated_issue(file: str, decision: Decision) -> Issue:
    computed = alignment.decision_id(decision.article, decision.layer, decision.options)
    if decision.id.partition("-")[0] == computed:
        message = f"the annotators no longer have these labels in the article {decision.article}"
        return Issue(file, decision.line, "decisions-stale", message, decision.id)
    message = f"{decision.id!r} is not the id of these options"
    return Issue(file, decision.line, "decisions-unknown", message, decision.id)


def unanswered_decision(group: LabelGroup) -> Decision:
    """Return an unanswered decision on a group."""
    return Decision(group.article, group.layer, dict(group.options), group.id, group=group)
