"""The lines of a decisions file to checked records and back; `pactwire.agreement.adjudication` describes the format."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pactwire.agreement import alignment
from pactwire.agreement.alignment import Group, Groups
from pactwire.corpus import tables
from pactwire.model import escapes, schema, strict_json
from pactwire.model.dates import wrong_date
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import LAYERS, Annotator
from pactwire.storage import jsonl

FILE: Final = "annotations/decisions.jsonl"
NONE: Final = "none"
OTHER: Final = "other"
FIELDS: Final = (
    "id", "article", "layer", "start", "end", "text", "differs", "options",
    "choice", "label", "reason", "by", "decided",
)  # fmt: skip
NEEDED: Final = ("article", "layer", "options", "choice", "label", "by")
_REFERENCE: Final = re.compile(r"(entity|claim)@(0|[1-9][0-9]*):([1-9][0-9]*)")


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
    group: Group | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has no answer."""
        return self.choice is None

    def record(self, text: str) -> dict[str, Any]:
        """Return the line as a record with all FIELDS; ``text`` is the article's source text."""
        parts = self.group or alignment.Group(self.article, self.layer, {}, {"": self.label})
        place = {"start": parts.start, "end": parts.end, "text": alignment.shown(text, parts.start, parts.end)}
        values = {**vars(self), **place, "differs": parts.differs, "id": self.id or parts.id}
        return {key: values[key] for key in FIELDS}


@dataclass
class Decisions:
    """A decisions file: who decides, whose labels, under which guidelines, and the lines in order."""

    inputs: dict[str, str]
    guidelines: str
    adjudicators: list[Annotator] = field(default_factory=list)
    all: list[Decision] = field(default_factory=list)

    def text(self, texts: Mapping[str, str]) -> str:
        """Return the file's text, lines in order; ``texts`` holds the source text of each article."""
        header = {"adjudicators": self.adjudicators, "inputs": self.inputs, "guidelines": self.guidelines}
        records = [(each, each.record(texts[each.article])) for each in self.all]
        order = list(texts)
        records.sort(
            key=lambda item: (
                order.index(item[1]["article"]), LAYERS.index(item[1]["layer"]),
                item[1]["start"], item[1]["end"], item[1]["id"],
            )
        )  # fmt: skip
        self.all = [decision for decision, _ in records]
        for line, decision in enumerate(self.all, 2):
            decision.line = line
        return "".join(strict_json.compact(each) + "\n" for each in (header, *(record for _, record in records)))

    def open(self) -> list[Decision]:
        """Return the decisions without an answer."""
        return [each for each in self.all if each.is_open]


def referent(reference: str) -> tuple[str, tuple[int, int]] | None:
    """Return (``entity`` or ``claim``, span) of a reference by span, or None for another word."""
    found = _REFERENCE.fullmatch(reference)
    return (found[1], (int(found[2]), int(found[3]))) if found else None


def read(path: Path, inputs: Mapping[str, str], guidelines: str) -> Decisions:
    """Return the decisions of a file, or none where there is no file.

    Raises DataError with every line that isn't of the format (decisions-header, decisions-record, and
    what reading JSONL can find).
    """
    decisions = Decisions(dict(inputs), guidelines)
    issues: list[Issue] = []
    for entry in jsonl.read(path, FILE) if path.is_file() else ():
        if isinstance(entry, DataError):
            issues += entry.issues
        elif entry[0] == 1:
            issues += [Issue(FILE, 1, "decisions-header", message) for message in _header(entry[1], decisions)]
        else:
            issues += _line(entry[0], entry[1], decisions)
    if issues:
        raise DataError(issues)
    return decisions


def _header(header: Any, decisions: Decisions) -> Iterator[str]:
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
            yield f"{tables.pointer(('adjudicators', index, *where))}: {message}"
    ids = [each.get("id") for each in adjudicators if isinstance(each, dict)]
    if len(set(map(str, ids))) < len(ids):
        yield "an adjudicator stands twice"
    decisions.adjudicators = adjudicators


def _line(line: int, record: Any, decisions: Decisions) -> list[Issue]:
    """Return what is wrong with a line; add it to the decisions where nothing is."""
    names = {each.get("id") for each in decisions.adjudicators if isinstance(each, dict)}
    found = list(_form(record)) or list(_answer(record, decisions.inputs, names))
    if not found:
        about = {key: record[key] for key in FIELDS if key in record and key not in ("start", "end", "text", "differs")}
        about |= {"id": record.get("id") or "", "reason": record.get("reason") or "", "line": line}
        decisions.all.append(Decision(**about))
    name = record.get("id") if isinstance(record, dict) else None
    return [Issue(FILE, line, "decisions-record", message, str(name or "")) for message in found]


def _form(record: Any) -> Iterator[str]:
    """Yield what is wrong with the keys and the plain values of a line."""
    if not isinstance(record, dict):
        yield "the line is not an object"
        return
    for key in record:
        if key not in FIELDS:
            yield f"unknown key {key!r}; allowed are: {', '.join(FIELDS)}"
    for key in NEEDED:
        if key not in record:
            yield f"the key {key!r} is missing"
    for key in ("id", "article", "layer", "choice", "by", "reason", "decided"):
        may_be_null = key not in ("article", "layer")
        if key in record and not isinstance(record[key], str) and not (may_be_null and record[key] is None):
            yield f"{key} is not a string"
        elif isinstance(record.get(key), str):
            yield from (f"{key}: {message}" for message in escapes.controls(record[key], key != "reason"))
    if record.get("layer") not in LAYERS:
        yield f"{record.get('layer')!r} is no layer; allowed are: {', '.join(LAYERS)}"
    if not isinstance(record.get("options"), dict):
        yield "options is not an object"


def _answer(record: Any, letters: Iterable[str], adjudicators: set[Any]) -> Iterator[str]:
    """Yield what is wrong with the answer in a line of the right form."""
    choice, options, layer = record["choice"], record["options"], record["layer"]
    if choice not in (None, *letters, NONE, OTHER):
        yield f"{choice!r} is no choice; allowed are: null, {', '.join((*letters, NONE, OTHER))}"
    elif choice in letters and options.get(choice) is None:
        yield f"the choice is {choice}, who has no label here; {NONE!r} takes none"
    if layer == "zones" and (choice == NONE or not options):
        yield "zones cover the whole text: none can be left out or added, only replaced by others"
    elif not options and choice != OTHER:
        yield f"a line without options adds a label: its choice is {OTHER!r}"
    if choice is not None and record["by"] not in adjudicators:
        yield f"by is {strict_json.compact(record['by'])}, which is no adjudicator of the first line"
    if (choice == OTHER) != (record["label"] is not None):
        yield f"label belongs to the choice {OTHER!r}, and to it alone"
    elif choice == OTHER:
        yield from _label(record["label"], layer)
    decided = record.get("decided")
    if decided is not None and (not schema.is_valid(decided, "annotation", "time") or wrong_date(decided)):
        yield f"{decided!r} is not a time in UTC, as 2026-01-31T12:00:00Z"


def _label(label: Any, layer: str) -> Iterator[str]:
    """Yield what is wrong with a label by the schema; whether its references exist is seen later."""
    definition = alignment.DEFINITIONS[layer]
    if layer == "zones" and not (isinstance(label, list) and label):
        yield "label is not a list of zones"
        return
    for index, part in enumerate(label if layer == "zones" else [label]):
        if not isinstance(part, dict):
            yield "label is not an object"
            continue
        made = {"id": "x", "by": ["x"], **_plain(part)}
        for _, where, message in schema.explain(made, "annotation", definition):
            yield f"{tables.pointer(('label', *([index] if layer == 'zones' else []), *where))}: {message}"


def _plain(label: dict[str, Any]) -> dict[str, Any]:
    """Return a label whose references by span are replaced by ids, which is what the schema knows."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(each) for each in value]
        found = referent(value) if isinstance(value, str) else None
        return f"{found[0]}-{found[1][0]}-{found[1][1]}" if found else value

    return {key: plain(value) if key in alignment.REFERENCES else value for key, value in label.items()}


def settled(read: Decisions, found: Sequence[Groups]) -> tuple[Decisions, int]:
    """Return the decisions that the documents call for, answered where ``read`` has an answer; and what was dropped.

    Kept besides are additions and answered lines on labels that all have alike. Dropped and counted are
    unanswered lines that nothing calls for. Raises DataError for answered ones (decisions-stale,
    decisions-unknown), and for a line that stands twice (decisions-record).
    """
    known = {(group.article, group.id): group for each in found for group in each.all}
    texts = {each.article for each in found}
    result = Decisions(read.inputs, read.guidelines, read.adjudicators)
    taken: set[tuple[str, str]] = set()
    issues: list[Issue] = []
    dropped = 0
    for each in read.all:
        each.id = _id(each)
        group = known.get((each.article, each.id))
        current = not each.options or (group is not None and group.options == each.options)
        if each.is_open and (not current or (group and group.agreed)):
            dropped += 1
        elif each.article not in texts:
            message = f"not all annotators have a document of an article {each.article!r}"
            issues.append(Issue(FILE, each.line, "decisions-unknown", message, each.id))
        elif not current:
            issues.append(_outdated(each))
        elif (each.article, each.id) in taken:
            issues.append(Issue(FILE, each.line, "decisions-record", f"{each.id} stands twice", each.id))
        else:
            taken.add((each.article, each.id))
            each.group = group if each.options else None
            result.all.append(each)
    if issues:
        raise DataError(issues)
    result.all += [
        opened(group) for key, group in known.items() if not group.agreed and key not in taken
    ]  # fmt: skip
    return result, dropped


def _id(decision: Decision) -> str:
    """Return a line's id: its own where it has options and an id, else the hash that the command would give it."""
    if decision.options and decision.id:
        return decision.id
    return alignment.identifier(decision.article, decision.layer, decision.options or {"": decision.label})


def _outdated(decision: Decision) -> Issue:
    made_here = alignment.identifier(decision.article, decision.layer, decision.options)
    if decision.id.partition("-")[0] == made_here:
        message = f"the annotators no longer have these labels in the article {decision.article}"
        return Issue(FILE, decision.line, "decisions-stale", message, decision.id)
    message = f"{decision.id!r} is not the id of these options"
    return Issue(FILE, decision.line, "decisions-unknown", message, decision.id)


def opened(group: Group) -> Decision:
    """Return an unanswered decision on a group."""
    return Decision(group.article, group.layer, dict(group.options), group.id, group=group)
