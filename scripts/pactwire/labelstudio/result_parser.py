"""Label Studio results to regions and relations, with all that breaks the format of `pactwire.labelstudio.encoder`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from pactwire.labelstudio import schema_mapping, wire_types
from pactwire.labelstudio.wire_types import RawResult
from pactwire.model.escapes import quote

DIRECTIONS: Final = ("right", "left", "bi")
ORIGIN_PREDICTION: Final = "prediction"
"""``origin`` of what a person left as a prediction has it: of a tick or a choice too, which is nobody's then."""

ORIGIN_CHANGED: Final = "prediction-changed"


class ResultProblem(NamedTuple):
    """Something wrong, or worth a look, in results; ``region`` is the region's id, empty for the whole task."""

    code: str
    message: str
    region: str


class Region(msgspec.Struct, frozen=True, gc=False):
    """A labeled span: ``start`` and ``end`` are code points of the task's text; ``values`` are by control."""

    id: str
    layer: str
    label: str
    start: int
    end: int
    values: Mapping[str, list[str]]
    meta: Mapping[str, Any]
    origin: str = ""


@dataclass
class ParsedResults:
    """What results hold: regions by id, (relation, from, to) between them, and the choices of the whole task."""

    regions: dict[str, Region] = field(default_factory=dict)
    relations: list[tuple[str, Region, Region]] = field(default_factory=list)
    chosen: dict[str, list[str]] = field(default_factory=dict)
    problems: list[ResultProblem] = field(default_factory=list)
    remarks: list[ResultProblem] = field(default_factory=list)


def parse_results(results: Sequence[Any], text: str, project: str) -> ParsedResults:
    """Read results of any JSON; what is left out of ``regions`` and ``relations`` has a problem."""
    found = ParsedResults()
    groups: dict[str, list[Any]] = {}
    relations: list[RawResult] = []
    for index, value in enumerate(results):
        result = value if type(value) is RawResult else wire_types.convert_result(value)
        flaw = _shape_flaw(result) if result else "it is no object"
        if flaw or not result:
            name = result.id if result and isinstance(result.id, str) else ""
            found.problems.append(ResultProblem("ls-result", f"result {index}: {flaw}", name))
        elif result.type == "relation":
            relations.append(result)
        elif result.from_name in (schema_mapping.FINISHED, schema_mapping.FLAGS):
            _add_task_choice(found, result, project)
        elif result.id in groups:
            groups[result.id].append(result)
        else:
            groups[result.id] = [result]
    for name, group in groups.items():
        meta = _region_meta(group)
        if note := meta.get("text"):
            found.remarks.append(ResultProblem("ls-note", f"note: {note}", name))
        region = _parse_sound_region(name, group, meta, text, project) or _parse_region(
            name, group, meta, text, project, found
        )
        if region:
            found.regions[name] = region
    for relation in relations:
        found.relations += _parse_relation(relation, groups, found)
    return found


def _shape_flaw(result: RawResult) -> str:
    """Return what keeps a value from being a result at all, or the empty string."""
    if result.type == "relation":
        if not (isinstance(result.from_id, str) and isinstance(result.to_id, str)):
            return "a relation without from_id and to_id"
        if result.direction not in DIRECTIONS:
            return f"{result.direction!r} is no direction of a relation"
        return "" if _is_string_list(result.labels or []) else "the labels of a relation are no list of strings"
    if not (isinstance(result.id, str) and isinstance(result.from_name, str) and isinstance(result.type, str)):
        return f"it has no {next(k for k in ('id', 'from_name', 'type') if not isinstance(getattr(result, k), str))}"
    if result.value is None:
        return "it has no value"
    if result.to_name != schema_mapping.TEXT:
        return f"to_name is {result.to_name!r}, not {schema_mapping.TEXT!r}"
    return ""


def _is_string_list(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    for each in value:  # noqa: SIM110  # mostly there is one, and a generator takes longer than it
        if not isinstance(each, str):
            return False
    return True


def _add_task_choice(found: ParsedResults, result: Any, project: str) -> None:
    """Take a choice of the whole task; one that a prediction brought and nobody touched is no person's."""
    if result.origin == ORIGIN_PREDICTION:
        return
    control = result.from_name
    known = schema_mapping.PROJECT_LAYERS[project] if control == schema_mapping.FINISHED else schema_mapping.FLAG_NAMES
    values = result.value.choices
    if not _is_string_list(values) or not set(values) <= set(known):
        allowed = ", ".join(known)
        message = f"{values!r} is not allowed for {control}; allowed are: {allowed}"
        found.problems.append(ResultProblem("ls-field", message, ""))
        return
    found.chosen[control] = [*found.chosen.get(control, []), *values]
    if control == schema_mapping.FLAGS:
        found.remarks += [ResultProblem("ls-flag", f"flagged: {value}", "") for value in values]


def _region_meta(group: Sequence[Any]) -> Mapping[str, Any]:
    for result in group:
        if isinstance(result.meta, dict):
            return result.meta
    return {}


def _parse_sound_region(
    name: str, group: Sequence[Any], meta: Mapping[str, Any], text: str, project: str
) -> Region | None:
    """Return what `_parse_region` does, in a third of its time, where nothing is wrong; None anywhere else."""
    controls = schema_mapping.per_region_controls(project)
    start, end = group[0].value.start, group[0].value.end
    label, words = "", None
    values: dict[str, list[str]] = {}
    homes = set()
    for result in group:
        value, control = result.value, result.from_name
        if value.start != start or value.end != end or type(value.start) is not int or type(value.end) is not int:
            return None
        if words is None and isinstance(value.text, str):
            words = value.text
        if control == schema_mapping.LABEL:
            if label or not _is_string_list(value.labels) or len(value.labels) != 1:
                return None
            label = value.labels[0]
        else:
            home, kind = controls.get(control, ("", ""))
            chosen = _control_values(value, kind)
            if not home or result.type != kind or control in values or chosen is None:
                return None
            homes.add(home)
            values[control] = chosen
    layer = schema_mapping.region_labels(project).get(label, "")
    if not layer or not homes <= {layer} or not 0 <= start < end <= len(text):
        return None
    if words and words != text[start:end] and any(_text_flaws(text, start, end, words)):
        return None
    return Region(name, layer, label, start, end, values, meta, _region_origin(group))


def _parse_region(
    name: str, group: Sequence[Any], meta: Mapping[str, Any], text: str, project: str, found: ParsedResults
) -> Region | None:
    """Return the region that results of one id make; None, with a problem, where they make none."""
    problems: list[ResultProblem] = []
    known = schema_mapping.region_labels(project)
    labels = [result.value.labels for result in group if result.from_name == schema_mapping.LABEL]
    label = ""
    if len(labels) != 1 or not _is_string_list(labels[0]) or len(labels[0]) != 1:
        named = ", ".join(map(repr, labels)) or "none"
        problems.append(ResultProblem("ls-label", f"a region needs one label and has {named}", name))
    elif labels[0][0] not in known:
        message = f"{labels[0][0]!r} is no label of this project; allowed are: {', '.join(known)}"
        problems.append(ResultProblem("ls-label", message, name))
    else:
        label = labels[0][0]
    problems += [ResultProblem(code, message, name) for code, message in _span_flaws(group, text)]
    values: dict[str, list[str]] = {}
    for result in group:
        if result.from_name != schema_mapping.LABEL:
            flaw = _add_control_values(result, known.get(label, ""), project, values)
            problems += [ResultProblem("ls-field", flaw, name)] if flaw else []
    found.problems += problems
    if problems:
        return None
    first = group[0].value
    return Region(name, known[label], label, first.start, first.end, values, meta, _region_origin(group))


def _region_origin(group: Sequence[Any]) -> str:
    origins = [result.origin for result in group if isinstance(result.origin, str)]
    return ORIGIN_CHANGED if ORIGIN_CHANGED in origins else origins[0] if origins else ""


def _span_flaws(group: Sequence[Any], text: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the span of a region's results."""
    starts, ends = [r.value.start for r in group], [r.value.end for r in group]
    start, end, many = starts[0], ends[0], len(group)
    if starts.count(start) < many or ends.count(end) < many or {*map(type, starts), *map(type, ends)} != {int}:
        spans = sorted({f"{first!r}:{last!r}" for first, last in zip(starts, ends, strict=True)})
        several = f"its results do not agree where it lies: {', '.join(spans)}"
        yield "ls-offset", several if len(spans) > 1 else f"{spans[0]} are no whole numbers"
    elif start < 0 or start >= end:
        yield "ls-offset", f"the span {start}:{end} is {'negative' if start < 0 else 'empty or reversed'}"
    else:
        words = next((r.value.text for r in group if isinstance(r.value.text, str)), "")
        yield from _text_flaws(text, start, end, words)


def _text_flaws(text: str, start: int, end: int, words: str) -> Iterator[tuple[str, str]]:
    """Yield an issue where the words that the page saw are not those between the offsets.

    The page collapses white space and writes a line break as backslash and n, so only letters and digits count.
    """
    inside = end <= len(text)
    if inside and (
        words == text[start:end]
        or not _letters_and_digits(words)
        or _letters_and_digits(words) == _letters_and_digits(text[start:end])
    ):
        return
    units = text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le", "ignore")
    if _letters_and_digits(words) and _letters_and_digits(units) == _letters_and_digits(words):
        yield "ls-utf16", f"the span {start}:{end} is {quote(words)} only if offsets count UTF-16 units"
    elif not inside:
        yield "ls-offset", f"the span {start}:{end} ends past the text's {len(text)} code points"
    else:
        yield "ls-text", f"the span {start}:{end} is {quote(text[start:end])}, but the result says {quote(words)}"


def _letters_and_digits(text: str) -> str:
    return re.sub(r"[\W_]", "", text.replace("\\n", ""))


def _add_control_values(result: Any, layer: str, project: str, values: dict[str, list[str]]) -> str:
    """Put a per-region result among the values of its region, or return what is wrong with it."""
    control = result.from_name
    home, kind = schema_mapping.per_region_controls(project).get(control, ("", ""))
    if not home or result.type != kind:
        return f"the project has no {result.type} named {control!r}"
    if layer and home != layer:
        return f"{control} is no attribute of {layer}"
    if control in values:
        return f"{control} is set twice"
    found = _control_values(result.value, kind)
    if found is None:
        return f"the value of {control} is no list of {'paths' if kind == schema_mapping.TAXONOMY else 'strings'}"
    values[control] = found
    return ""


def _control_values(value: wire_types.RawValue, kind: str) -> list[str] | None:
    """Return what the value of a control of a kind holds, of a path its last step; None where it is no such list."""
    if kind == schema_mapping.TAXONOMY:
        paths = value.taxonomy
        if not isinstance(paths, list) or not all(path and _is_string_list(path) for path in paths):
            return None
        return [path[-1] for path in paths]
    found = value.text if kind == schema_mapping.TEXTAREA else value.choices
    return found if _is_string_list(found) else None


def _parse_relation(
    relation: RawResult, groups: Mapping[str, Any], found: ParsedResults
) -> Iterator[tuple[str, Region, Region]]:
    """Yield (relation, from, to) for each label of a relation; problems go into ``found``."""
    start, end = relation.from_id, relation.to_id
    if relation.direction == "left":
        start, end = end, start
    place = f"from {start!r} to {end!r}"
    labels = relation.labels or []
    if missing := [name for name in (start, end) if name not in groups]:
        message = f"the relation {place} ends at {missing[0]!r}, which is not there"
        found.problems.append(ResultProblem("ls-relation", message, start))
    elif not labels:
        found.problems.append(ResultProblem("ls-relation", f"the relation {place} has no label", start))
    elif relation.direction == "bi":
        found.problems.append(ResultProblem("ls-relation", f"the relation {place} goes both ways", start))
    elif start in found.regions and end in found.regions:
        for label in labels:
            if flaw := _relation_flaw(label, found.regions[start], found.regions[end]):
                found.problems.append(ResultProblem("ls-relation", f"the relation {place}: {flaw}", start))
            else:
                yield label, found.regions[start], found.regions[end]


def _relation_flaw(label: str, start: Region, end: Region) -> str:
    if label not in schema_mapping.RELATIONS:
        return f"{label!r} is no relation; allowed are: {', '.join(schema_mapping.RELATIONS)}"
    first, last = schema_mapping.RELATIONS[label]
    if start.layer != first or end.layer not in last:
        return f"{label} leads from {first} to {' or '.join(last)}, not from {start.layer} to {end.layer}"
    return ""
