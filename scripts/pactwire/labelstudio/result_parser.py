"""Parser of Label Studio results: raw results in, regions and relations out, with every violation of the format.

The format is described in `pactwire.labelstudio.encoder`. What the regions mean is decided in
`pactwire.labelstudio.decoder`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from pactwire.labelstudio import attribute_controls, schema_mapping, wire_types
from pactwire.labelstudio.canonical_labels import article_key
from pactwire.labelstudio.given_layers import GIVEN, read_notes
from pactwire.labelstudio.relation_meanings import ResolvedRelation
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.labelstudio.wire_types import RawResult, RawValue
from pactwire.model.escapes import quote

DIRECTIONS: Final = ("right", "left", "bi")

ORIGIN_PREDICTION: Final = "prediction"
"""``origin`` of a result that came with a prediction and that nobody touched. It is no person's work."""

ORIGIN_CHANGED: Final = "prediction-changed"
"""``origin`` of a result that came with a prediction and that a person changed."""


class ResultProblem(NamedTuple):
    """An error or a remark about results. ``region`` is a region's id, or empty for the whole task."""

    code: str
    message: str
    region: str


class Region(msgspec.Struct, frozen=True, gc=False):
    """A labeled span of a task's text; ``layer`` is that of its label, or the name of its parts.

    ``start`` and ``end`` are code points, half-open. ``values`` holds the chosen or typed values by control. What is
    said of the whole article in a layer is a region of no length, whose ``label`` is empty.
    """

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
    """The content of results: regions by id, what relates them, and the choices for the whole task.

    ``relations`` are (attribute, region that has it, other region); ``articles`` are what is said of the whole article,
    by layer, where anything is. ``given`` is what the draft noted about given labels (`given_layers`).
    """

    regions: dict[str, Region] = field(default_factory=dict)
    articles: dict[str, Region] = field(default_factory=dict)
    relations: list[tuple[str, Region, Region]] = field(default_factory=list)
    task_choices: dict[str, list[str]] = field(default_factory=dict)
    problems: list[ResultProblem] = field(default_factory=list)
    remarks: list[ResultProblem] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)


def parse_results(results: Sequence[Any], text: str, mapping: ProjectMapping) -> ParsedResults:
    """Parse the results of an annotation or a prediction.

    Args:
        results: `RawResult` objects, or any JSON values.
        text: The text of the task, which offsets count in code points.
        mapping: What the project shows.

    Returns:
        Regions in the order of their first results. Whatever is missing in ``regions`` and ``relations`` has a problem.
    """
    parsed = ParsedResults()
    groups: dict[str, list[RawResult]] = {}
    of_layers: dict[str, list[RawResult]] = {layer: [] for layer in mapping.article_layers}
    relations: list[RawResult] = []
    drafted: Mapping[str, Any] = {}
    for index, value in enumerate(results):
        result = value if type(value) is RawResult else wire_types.convert_result(value)
        flaw = _shape_flaw(result) if result else "it is not an object"
        if flaw or not result:
            region_id = result.id if result and isinstance(result.id, str) else ""
            parsed.problems.append(ResultProblem("ls-result", f"result {index}: {flaw}", region_id))
        elif result.type == "relation":
            relations.append(result)
        elif result.from_name in (schema_mapping.FINISHED, schema_mapping.FLAGS):
            _add_task_choice(parsed, result, mapping)
            drafted = drafted or _draft_note(result, "articles")
            parsed.given = parsed.given or read_notes(_draft_note(result, GIVEN), mapping)
        elif result.from_name in mapping.per_task_controls:
            of_layers[mapping.per_task_controls[result.from_name][0]].append(result)
        elif result.id in groups:
            groups[result.id].append(result)
        else:
            groups[result.id] = [result]
    for region_id, group in groups.items():
        if region := _parse_region(region_id, group, text, mapping, parsed):
            parsed.regions[region_id] = region
    for layer, group in of_layers.items():
        parsed.articles[layer] = _parse_article(layer, group, mapping, parsed, drafted.get(layer))
    for relation in relations:
        parsed.relations += _parse_relation(relation, groups, mapping, parsed)
    parsed.relations += _article_relations(mapping, parsed)
    return parsed


def _shape_flaw(result: RawResult) -> str:
    """Return what keeps a value from being a result at all, or the empty string."""
    if result.type == "relation":
        if not (isinstance(result.from_id, str) and isinstance(result.to_id, str)):
            return "a relation without from_id and to_id"
        if result.direction not in DIRECTIONS:
            return f"{result.direction!r} is not a direction of a relation"
        return "" if _is_string_list(result.labels or []) else "the labels of a relation are not a list of strings"
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
    for item in value:  # noqa: SIM110  # mostly there is one item, and a generator costs more than that
        if not isinstance(item, str):
            return False
    return True


def _add_task_choice(parsed: ParsedResults, result: RawResult, mapping: ProjectMapping) -> None:
    """Add a choice for the whole task, unless it came with a prediction and nobody touched it."""
    if result.origin == ORIGIN_PREDICTION or result.value is None:
        return
    control = result.from_name
    allowed = mapping.all_layers if control == schema_mapping.FINISHED else schema_mapping.FLAG_NAMES
    values = result.value.choices
    if not _is_string_list(values) or not set(values) <= set(allowed):
        message = f"{values!r} is not allowed for {control}; allowed are: {', '.join(allowed)}"
        parsed.problems.append(ResultProblem("ls-field", message, ""))
        return
    parsed.task_choices[control] = [*parsed.task_choices.get(control, []), *values]
    if control == schema_mapping.FLAGS:
        parsed.remarks += [ResultProblem("ls-flag", f"flagged: {value}", "") for value in values]


def _draft_note(result: RawResult, name: str) -> Mapping[str, Any]:
    """Return something that a draft notes by layer: ``articles``, about the labels of the whole article, or GIVEN."""
    known = result.meta.get("pactwire") if isinstance(result.meta, dict) else None
    note = known.get(name) if isinstance(known, dict) else None
    return note if isinstance(note, dict) else {}


# --- regions


def _parse_region(
    region_id: str, group: Sequence[RawResult], text: str, mapping: ProjectMapping, parsed: ParsedResults
) -> Region | None:
    """Return the region that the results of one id describe; None, with problems, where they describe none."""
    meta = _region_meta(group)
    if note := meta.get("text"):
        parsed.remarks.append(ResultProblem("ls-note", f"note: {note}", region_id))
    known = mapping.region_labels
    labels = [result.value.labels for result in group if result.from_name == schema_mapping.LABEL]  # type: ignore[union-attr]
    is_single = len(labels) == 1 and _is_string_list(labels[0]) and len(labels[0]) == 1
    label = labels[0][0] if is_single else ""
    layer = known.get(label, "")
    problems = [] if layer else [("ls-label", _label_flaw(labels, is_single, known))]
    if flaw := _span_flaw(group, text):
        problems.append(flaw)
    values: dict[str, list[str]] = {}
    controls = mapping.per_region_controls
    for result in group:
        if result.from_name == schema_mapping.LABEL:
            continue
        if mark := mapping.marks.get(result.from_name):
            layers, kind = mark.attribute.target_layers, attribute_controls.CHOICES
        else:
            owner, kind = controls.get(result.from_name, ("", ""))
            layers = (owner,)
        if layer and kind and layer not in layers:
            problems.append(("ls-field", f"{result.from_name} is not an attribute of {layer}"))
        elif message := _add_values(result, kind, values):
            problems.append(("ls-field", message))
    if problems:
        parsed.problems += [ResultProblem(code, message, region_id) for code, message in problems]
        return None
    span: Any = group[0].value
    return Region(region_id, layer, label, span.start, span.end, values, meta, _region_origin(group))


def _parse_article(
    layer: str, group: Sequence[RawResult], mapping: ProjectMapping, parsed: ParsedResults, drafted: Any
) -> Region:
    """Return what is said of the whole article in a layer; adds problems to ``parsed``."""
    values: dict[str, list[str]] = {}
    key = article_key(layer)
    for result in group:
        if message := _add_values(result, mapping.per_task_controls[result.from_name][1], values):
            parsed.problems.append(ResultProblem("ls-field", message, key))
    return Region(key, layer, "", 0, 0, values, {"pactwire": drafted} if drafted else {}, _region_origin(group))


def _article_relations(mapping: ProjectMapping, parsed: ParsedResults) -> Iterator[tuple[str, Region, Region]]:
    """Yield (attribute, article, region) for each region that an article's label refers to or that is its part."""
    for layer, article in parsed.articles.items():
        marks = {name: each.attribute.name for name, each in mapping.marks.items() if each.layer == layer}
        parts = {part.name: attribute for attribute, _, part in mapping.parts_of(layer)}
        for region in parsed.regions.values():
            yield from ((marks[name], article, region) for name in marks if region.values.get(name))
            if region.layer in parts:
                yield parts[region.layer], article, region


def _region_meta(group: Iterable[RawResult]) -> Mapping[str, Any]:
    for result in group:
        if isinstance(result.meta, dict):
            return result.meta
    return {}


def _region_origin(group: Iterable[RawResult]) -> str:
    origins = [result.origin for result in group if isinstance(result.origin, str)]
    return ORIGIN_CHANGED if ORIGIN_CHANGED in origins else origins[0] if origins else ""


def _label_flaw(labels: Sequence[Any], is_single: bool, known: Mapping[str, str]) -> str:
    if not is_single:
        return f"a region needs one label and has {', '.join(map(repr, labels)) or 'none'}"
    return f"{labels[0][0]!r} is not a label of this project; allowed are: {', '.join(known)}"


def _span_flaw(group: Sequence[RawResult], text: str) -> tuple[str, str] | None:
    """Return (code, message) of what is wrong with the span of a region's results, if anything."""
    values: list[Any] = [result.value for result in group]
    start, end = values[0].start, values[0].end
    shown: str | None = None
    for value in values:
        if value.start != start or value.end != end or type(value.start) is not int or type(value.end) is not int:
            spans = sorted({f"{value.start!r}:{value.end!r}" for value in values})
            if len(spans) > 1:
                return "ls-offset", f"its results disagree about its span: {', '.join(spans)}"
            return "ls-offset", f"{spans[0]} are not whole numbers"
        if shown is None and isinstance(value.text, str):
            shown = value.text
    if start < 0 or start >= end:
        return "ls-offset", f"the span {start}:{end} is {'negative' if start < 0 else 'empty or reversed'}"
    if end <= len(text) and (not shown or shown == text[start:end]):
        return None
    return _text_flaw(text, start, end, shown or "")


def _text_flaw(text: str, start: int, end: int, shown: str) -> tuple[str, str] | None:
    """Return (code, message) where the text that the page showed is not the text between the offsets.

    The page collapses white space and writes a line break as backslash and n, so only letters and digits count.
    """
    wanted = _letters_and_digits(shown)
    is_inside = end <= len(text)
    if is_inside and (not wanted or wanted == _letters_and_digits(text[start:end])):
        return None
    utf16 = text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le", "ignore")
    if wanted and _letters_and_digits(utf16) == wanted:
        return "ls-utf16", f"the span {start}:{end} is {quote(shown)} only if offsets count UTF-16 units"
    if not is_inside:
        return "ls-offset", f"the span {start}:{end} ends past the text's {len(text)} code points"
    return "ls-text", f"the span {start}:{end} is {quote(text[start:end])}, but the result says {quote(shown)}"


def _letters_and_digits(text: str) -> str:
    return re.sub(r"[\W_]", "", text.replace("\\n", ""))


def _add_values(result: RawResult, kind: str, values: dict[str, list[str]]) -> str:
    """Add the values of a control to the others of its label, or return what is wrong; ``kind`` is empty if unknown."""
    control = result.from_name
    if not kind or result.type != kind:
        return f"the project has no {result.type} named {control!r}"
    if control in values:
        return f"{control} is set twice"
    held = _control_values(result.value, kind)
    if held is None:
        return (
            f"the value of {control} is not a list of {'paths' if kind == attribute_controls.TAXONOMY else 'strings'}"
        )
    values[control] = held
    return ""


def _control_values(value: RawValue | None, kind: str) -> list[str] | None:
    """Return the strings that a control of a kind holds, of a path its last step; None where there is no such list."""
    if value is None:
        return None
    if kind == attribute_controls.TAXONOMY:
        paths = value.taxonomy
        if not isinstance(paths, list) or not all(path and _is_string_list(path) for path in paths):
            return None
        return [path[-1] for path in paths]
    held = value.text if kind == attribute_controls.TEXTAREA else value.choices
    return held if _is_string_list(held) else None


# --- relations


def _parse_relation(
    relation: RawResult, groups: Mapping[str, Any], mapping: ProjectMapping, parsed: ParsedResults
) -> Iterator[tuple[str, Region, Region]]:
    """Yield (attribute, region that has it, other region) for what a relation means; adds problems to ``parsed``."""
    start, end = relation.from_id, relation.to_id
    if relation.direction == "left":
        start, end = end, start
    place = f"the relation from {start!r} to {end!r}"
    flaws: list[str] = []
    if missing := [region_id for region_id in (start, end) if region_id not in groups]:
        flaws.append(f"{place} ends at {missing[0]!r}, which does not exist")
    elif relation.direction == "bi":
        flaws.append(f"{place} goes both ways")
    elif start in parsed.regions and end in parsed.regions:
        first, last = parsed.regions[start], parsed.regions[end]
        for label in relation.labels or [""]:
            meaning = _relation_meaning(label, first, last, mapping)
            if isinstance(meaning, str):
                flaws.append(f"{place}{meaning}")
            else:
                yield meaning.attribute, *((first, last) if meaning.is_owner_first else (last, first))
    parsed.problems += [ResultProblem("ls-relation", flaw, start) for flaw in flaws]


def _relation_meaning(label: str, start: Region, end: Region, mapping: ProjectMapping) -> ResolvedRelation | str:
    """Return what a relation means, or what is wrong with it; ``label`` is empty if it has none."""
    if not label:
        if meaning := mapping.meanings.unlabeled(start.layer, end.layer):
            return meaning
        names = [each.relation for each in mapping.meanings.drawn(start.layer, end.layer)]
        turned = mapping.meanings.drawn(end.layer, start.layer)
        names += [f"{each.relation}, the other way" for each in turned]
        return f" has no label; it may be {' or '.join(names) or 'nothing'}"
    if meaning := mapping.meanings.labeled(label, start.layer, end.layer):
        return meaning
    known = mapping.relations.get(label)
    if not known:
        return f": {label!r} is not a relation; allowed are: {', '.join(mapping.relations)}"
    ways = ", or ".join(f"from {' or '.join(each.starts)} to {' or '.join(each.ends)}" for each in known)
    return f": {label} leads {ways}, not from {start.layer} to {end.layer}"
