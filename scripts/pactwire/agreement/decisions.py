"""The lines of a decisions file to checked records and back; `pactwire.agreement.adjudication` describes the format."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pactwire.agreement import alignment
from pactwire.agreement.alignment import ArticleAlignment, LabelGroup
from pactwire.corpus import tables
from pactwire.model import escapes, schema, strict_json
from pactwire.model.dates import date_flaw
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import LAYERS, Annotator
from pactwire.storage import jsonl

DECISIONS_FILE: Final = "annotations/decisions.jsonl"
CHOICE_NONE: Final = "none"
CHOICE_OTHER: Final = "other"
DECISION_FIELDS: Final = (
    "id", "article", "layer", "start", "end", "text", "differs", "options",
    "choice", "label", "reason", "by", "decided",
)  # fmt: skip
REQUIRED_FIELDS: Final = ("article", "layer", "options", "choice", "label", "by")
_SPAN_REFERENCE: Final = re.compile(r"(entity|claim)@(0|[1-9][0-9]*):([1-9][0-9]*)")


@dataclass
class Decision:
    """A line of the file: what to decide on, and the answer; ``line`` is 0 until it stands in a file."""

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
        """Return the line as a record with all FIELDS; ``text`` is the article's source text."""
        parts = self.group or alignment.LabelGroup(self.article, self.layer, {}, {"": self.label})
        place = {
            "start": parts.start,
            "end": parts.end,
            "text": alignment.quote_in_context(text, parts.start, parts.end),
        }
        values = {**vars(self), **place, "differs": parts.differing_fields, "id": self.id or parts.id}
        return {key: values[key] for key in DECISION_FIELDS}


@dataclass
class DecisionsFile:
    """A decisions file: who decides, whose labels, under which guidelines, and the lines in order."""

    inputs: dict[str, str]
    guidelines: str
    adjudicators: list[Annotator] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    def to_jsonl(self, texts: Mapping[str, str]) -> str:
        """Return the file's text, lines in order; ``texts`` holds the source text of each article."""
        header = {"adjudicators": self.adjudicators, "inputs": self.inputs, "guidelines": self.guidelines}
        records = [(each, each.to_record(texts[each.article])) for each in self.decisions]
        order = list(texts)
        records.sort(
            key=lambda item: (
                order.index(item[1]["article"]), LAYERS.index(item[1]["layer"]),
                item[1]["start"], item[1]["end"], item[1]["id"],
            )
        )  # fmt: skip
        self.decisions = [decision for decision, _ in records]
        for line, decision in enumerate(self.decisions, 2):
            decision.line = line
        return "".join(strict_json.compact(each) + "\n" for each in (header, *(record for _, record in records)))

    def open_decisions(self) -> list[Decision]:
        """Return the decisions without an answer."""
        return [each for each in self.decisions if each.is_open]


def parse_span_reference(reference: str) -> tuple[str, tuple[int, int]] | None:
    """Return (``entity`` or ``claim``, span) of a reference by span, or None for another word."""
    found = _SPAN_REFERENCE.fullmatch(reference)
    return (found[1], (int(found[2]), int(found[3]))) if found else None


def read_decisions(path: Path, inputs: Mapping[str, str], guidelines: str) -> DecisionsFile:
    """Return the decisions of a file, or none where there is no file.

    Raises DataError with every line that isn't of the format (decisions-header, decisions-record, and
    what reading JSONL can find).
    """
    decisions = DecisionsFile(dict(inputs), guidelines)
    issues: list[Issue] = []
    for entry in jsonl.read_values(path, DECISIONS_FILE) if path.is_file() else ():
        if isinstance(entry, DataError):
            issues += entry.issues
        elif entry[0] == 1:
            issues += [
                Issue(DECISIONS_FILE, 1, "decisions-header", message)
                for message in _header_problems(entry[1], decisions)
            ]
        else:
            issues += _parse_decision(entry[0], entry[1], decisions)
    if issues:
        raise DataError(issues)
    return decisions


def _header_problems(header: Any, decisions: DecisionsFile) -> Iterator[str]:
    """Yield what is wrong with the first line; take its adjudicators."""
    wanted = {"inputs": decisions.inputs, "guidelines": decisions.guidelines}
    if not isinstance(header, dict) or set(header) != {"adjudicators", *wanted}:
        yield "the first line is not an object of adjudicators, inputs and guidelines"
        return
    for key, value in wanted.items():
        if header[key] != value:
            yield f"{key} is {strict_json.compact(header[key])}; the documents' is {strict_json.compact(value)}"
    adjudicators = header["adjudicators"]
    if not isinstance(adjudicators, list):
        yield "adjudicators is not a list"
        return
    for index, each in enumerate(adjudicators):
        for _, where, message in schema.explain(each, "annotation", "annotator"):
            yield f"{tables.format_path(('adjudicators', index, *where))}: {message}"
    ids = [each.get("id") for each in adjudicators if isinstance(each, dict)]
    if len(set(map(str, ids))) < len(ids):
        yield "an adjudicator stands twice"
    decisions.adjudicators = adjudicators


def _parse_decision(line: int, record: Any, decisions: DecisionsFile) -> list[Issue]:
    """Return what is wrong with a line; add it to the decisions where nothing is."""
    names = {each.get("id") for each in decisions.adjudicators if isinstance(each, dict)}
    found = list(_form_problems(record)) or list(_answer_problems(record, decisions.inputs, names))
    if not found:
        about = {
            key: record[key]
            for key in DECISION_FIELDS
            if key in record and key not in ("start", "end", "text", "differs")
        }
        about |= {"id": record.get("id") or "", "reason": record.get("reason") or "", "line": line}
        decisions.decisions.append(Decision(**about))
    name = record.get("id") if isinstance(record, dict) else None
    return [Issue(DECISIONS_FILE, line, "decisions-record", message, str(name or "")) for message in found]


def _form_problems(record: Any) -> Iterator[str]:
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
    if record.get("layer") not in LAYERS:
        yield f"{record.get('layer')!r} is no layer; allowed are: {', '.join(LAYERS)}"
    if not isinstance(record.get("options"), dict):
        yield "options is not an object"


def _answer_problems(record: Any, letters: Iterable[str], adjudicators: set[Any]) -> Iterator[str]:
    """Yield what is wrong with the answer in a line of the right form."""
    choice, options, layer = record["choice"], record["options"], record["layer"]
    if choice not in (None, *letters, CHOICE_NONE, CHOICE_OTHER):
        yield f"{choice!r} is no choice; allowed are: null, {', '.join((*letters, CHOICE_NONE, CHOICE_OTHER))}"
    elif choice in letters and options.get(choice) is None:
        yield f"the choice is {choice}, who has no label here; {CHOICE_NONE!r} takes none"
    if layer == "zones" and (choice == CHOICE_NONE or not options):
        yield "zones cover the whole text: none can be left out or added, only replaced by others"
    elif not options and choice != CHOICE_OTHER:
        yield f"a line without options adds a label: its choice is {CHOICE_OTHER!r}"
    if choice is not None and record["by"] not in adjudicators:
        yield f"by is {strict_json.compact(record['by'])}, which is no adjudicator of the first line"
    if (choice == CHOICE_OTHER) != (record["label"] is not None):
        yield f"label belongs to the choice {CHOICE_OTHER!r}, and to it alone"
    elif choice == CHOICE_OTHER:
        yield from _label_problems(record["label"], layer)
    decided = record.get("decided")
    if decided is not None and (not schema.is_valid(decided, "annotation", "time") or date_flaw(decided)):
        yield f"{decided!r} is not a time in UTC, as 2026-01-31T12:00:00Z"


def _label_problems(label: Any, layer: str) -> Iterator[str]:
    """Yield what is wrong with a label by the schema; whether its references exist is seen later."""
    definition = alignment.LAYER_DEFINITIONS[layer]
    if layer == "zones" and not (isinstance(label, list) and label):
        yield "label is not a list of zones"
        return
    for index, part in enumerate(label if layer == "zones" else [label]):
        if not isinstance(part, dict):
            yield "label is not an object"
            continue
        made = {"id": "x", "by": ["x"], **_with_id_references(part)}
        for _, where, message in schema.explain(made, "annotation", definition):
            yield f"{tables.format_path(('label', *([index] if layer == 'zones' else []), *where))}: {message}"


def _with_id_references(label: dict[str, Any]) -> dict[str, Any]:
    """Return a label whose references by span are replaced by ids, which is what the schema knows."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(each) for each in value]
        found = parse_span_reference(value) if isinstance(value, str) else None
        return f"{found[0]}-{found[1][0]}-{found[1][1]}" if found else value

    return {key: plain(value) if key in alignment.REFERENCE_FIELDS else value for key, value in label.items()}


def reconcile(read: DecisionsFile, found: Sequence[ArticleAlignment]) -> tuple[DecisionsFile, int]:
    """Return the decisions that the documents call for, answered where ``read`` has an answer; and what was dropped.

    Kept besides are additions and answered lines on labels that all have alike. Dropped and counted are
    unanswered lines that nothing calls for. Raises DataError for answered ones (decisions-stale,
    decisions-unknown), and for a line that stands twice (decisions-record).
    """
    known = {(group.article, group.id): group for each in found for group in each.groups}
    texts = {each.article for each in found}
    result = DecisionsFile(read.inputs, read.guidelines, read.adjudicators)
    taken: set[tuple[str, str]] = set()
    issues: list[Issue] = []
    dropped = 0
    for each in read.decisions:
        each.id = _recorded_id(each)
        group = known.get((each.article, each.id))
        current = not each.options or (group is not None and group.options == each.options)
        if each.is_open and (not current or (group and group.agreed)):
            dropped += 1
        elif each.article not in texts:
            message = f"not all annotators have a document of an article {each.article!r}"
            issues.append(Issue(DECISIONS_FILE, each.line, "decisions-unknown", message, each.id))
        elif not current:
            issues.append(_outdated_issue(each))
        elif (each.article, each.id) in taken:
            issues.append(Issue(DECISIONS_FILE, each.line, "decisions-record", f"{each.id} stands twice", each.id))
        else:
            taken.add((each.article, each.id))
            each.group = group if each.options else None
            result.decisions.append(each)
    if issues:
        raise DataError(issues)
    result.decisions += [
        unanswered_decision(group) for key, group in known.items() if not group.agreed and key not in taken
    ]  # fmt: skip
    return result, dropped


def _recorded_id(decision: Decision) -> str:
    """Return a line's id: its own where it has options and an id, else the hash that the command would give it."""
    if decision.options and decision.id:
        return decision.id
    return alignment.decision_id(decision.article, decision.layer, decision.options or {"": decision.label})


def _outdated_issue(decision: Decision) -> Issue:
    made_here = alignment.decision_id(decision.article, decision.layer, decision.options)
    if decision.id.partition("-")[0] == made_here:
        message = f"the annotators no longer have these labels in the article {decision.article}"
        return Issue(DECISIONS_FILE, decision.line, "decisions-stale", message, decision.id)
    message = f"{decision.id!r} is not the id of these options"
    return Issue(DECISIONS_FILE, decision.line, "decisions-unknown", message, decision.id)


def unanswered_decision(group: LabelGroup) -> Decision:
    """Return an unanswered decision on a group."""
    return Decision(group.article, group.layer, dict(group.options), group.id, group=group)
