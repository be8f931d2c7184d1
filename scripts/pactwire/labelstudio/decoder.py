"""Label Studio results to the layers they hold, what became of each drafted label, and all that is wrong with them.

The format is described in `pactwire.labelstudio.encoder`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from pactwire.labelstudio import schema_mapping
from pactwire.labelstudio.canonical_labels import canonical_layers, content_digest, nullable_by_key, order_claimants
from pactwire.labelstudio.result_parser import ORIGIN_PREDICTION, ParsedResults, Region, ResultProblem, parse_results
from pactwire.model import schema
from pactwire.model.escapes import quote
from pactwire.model.records import AUTHOR, Segment
from pactwire.text import offsets

ACCEPTED: Final = "accepted"
EDITED: Final = "edited"
NEW: Final = "new"


class DecodedResults(NamedTuple):
    """What results hold.

    ``layers`` are those annotated, in canonical order, offsets into the source text; ``by`` is that of
    the draft, and empty for a new label. ``states`` is label id to ACCEPTED, EDITED or NEW, and ``regions``
    label id to the region that it was. With ``problems`` the layers are not whole, and not to be kept.
    ``remarks`` (flags, notes on regions) are what people wrote to the team; they are no labels.
    """

    layers: dict[str, list[Any]]
    states: dict[str, str]
    problems: list[ResultProblem]
    remarks: list[ResultProblem]
    regions: dict[str, Region]


@cache
def _attribute_defaults(layer: str) -> Mapping[schema_mapping.AttributeControl, str | None]:
    """Return the attributes of a layer's labels, and what stands for each where it is not set."""
    return {
        each: schema.default_label(each.label_set) if each.optional and each.label_set else None
        for each in schema_mapping.ATTRIBUTE_CONTROLS
        if each.layer == layer
    }


def decode_results(results: Any, data: Any, project: str, drafted: Collection[str] | None = None) -> DecodedResults:
    """Return what the results of an annotation hold, ``data`` being that of their task.

    Any JSON is taken: what is no result of this project's config is a problem. Of layers that are not ticked, what a
    draft brought is left out, and what a person made or changed is a problem. A prediction has no ticks; ``drafted``
    are the layers that it holds.
    """
    flaw = _task_data_flaw(data, project) or ("" if isinstance(results, list) else "the results are no list")
    if flaw:
        return DecodedResults({}, {}, [ResultProblem("ls-result", flaw, "")], [], {})
    found = parse_results(results, data["text"], project)
    finished = found.chosen.get(schema_mapping.FINISHED, []) if drafted is None else drafted
    builder = _LabelBuilder(
        found, data, [layer for layer in schema_mapping.PROJECT_LAYERS[project] if layer not in finished]
    )
    labels: dict[str, list[Any]] = {layer: [] for layer in schema_mapping.PROJECT_LAYERS[project] if layer in finished}
    for layer, label in builder.labels():
        labels[layer].append(label)
    builder.report_unfinished()
    regions = {name: found.regions[key] for key, name in builder.names.items()}
    return DecodedResults(canonical_layers(labels), builder.states, found.problems, found.remarks, regions)


def _task_data_flaw(data: Any, project: str) -> str:
    """Return what keeps a task's data from being read, or the empty string."""
    if not isinstance(data, dict) or data.get("project") != project:
        return f"the task's data is not that of a task of the project {project!r}"
    segments = data.get("segments")
    if not isinstance(data.get("text"), str) or not isinstance(segments, list):
        return "the task's data has no text and segments"
    keys = Segment.__required_keys__
    if not all(isinstance(s, dict) and s.keys() == keys and {type(v) for v in s.values()} == {int} for s in segments):
        return "the segments in the task's data are not of content, source and length"
    return ""


class _LabelBuilder:
    """Makes labels of what was read, but of no ``unfinished`` layer; adds to its problems."""

    def __init__(self, read: ParsedResults, data: Any, unfinished: Collection[str]) -> None:
        self.read = read
        self.data = data
        self.unfinished = unfinished
        self.lost: Counter[str] = Counter()
        self.moved: Counter[str] = Counter()
        self.states: dict[str, str] = {}
        self.names: dict[str, str] = {}
        for region in read.regions.values():
            self._name(region)
        self.places = {
            name: {"id": name, "start": read.regions[key].start, "end": read.regions[key].end}
            for key, name in self.names.items()
        }
        self.ends: dict[tuple[str, str], list[Region]] = {}
        for relation, start, end in read.relations:
            others = self.ends.setdefault((start.id, relation), [])
            others += [] if end in others else [end]

    def problem(self, code: str, message: str, region: str = "") -> None:
        """Keep a problem."""
        self.read.problems.append(ResultProblem(code, message, region))

    def labels(self) -> list[tuple[str, Any]]:
        """Return (layer, label) for every region that makes one; the others get a problem.

        Mostly no label has a flaw, and all are checked together. Otherwise they are made again and checked one by one.
        """
        before = len(self.read.problems)
        made = list(self._build_labels(checked=False))
        if len(self.read.problems) == before and _are_valid(made):
            return made
        del self.read.problems[before:]
        return list(self._build_labels(checked=True))

    def _build_labels(self, checked: bool) -> Iterator[tuple[str, Any]]:
        self.lost.clear()
        self.moved.clear()
        used = {end.id for (_, relation), ends in self.ends.items() if relation == schema_mapping.CUE for end in ends}
        for region in self.read.regions.values():
            if (home := "claims" if region.layer == schema_mapping.CUES else region.layer) in self.unfinished:
                self._leave_out(region, home)
            elif region.layer == schema_mapping.CUES:
                if region.id not in used:
                    self.problem("ls-cue", "a cue that no claim is related to", region.id)
            elif (span := self._span(region)) and region.id in self.names:
                before = len(self.read.problems)
                label = self._label(region, span)
                if checked:
                    self._check(region, label)
                if len(self.read.problems) == before:
                    yield region.layer, label

    def _leave_out(self, region: Region, layer: str) -> None:
        """Leave out a region of a layer that is not ticked; count what a person made, and what came out changed."""
        if region.id not in self.names:
            return
        before, meta = len(self.read.problems), self._meta(region)
        same = bool(meta) and bool(span := self._span(region)) and bool(self._label(region, span))
        same = same and self.states.pop(self.names[region.id]) == ACCEPTED
        del self.read.problems[before:]
        if region.origin != ORIGIN_PREDICTION and not same:
            self.lost[layer] += 1
        elif meta and not same:
            self.moved[layer] += 1

    def report_unfinished(self) -> None:
        """Add what was left out of the layers that are not ticked: a person's own work is a problem."""
        for layer, number in self.lost.items():
            message = f"{number} labels made or changed, but {layer} are not ticked as finished"
            self.problem("ls-finished", message)
        for layer, number in self.moved.items():
            message = f"{number} drafted labels came out otherwise, but {layer} are not ticked as finished: left out"
            self.read.remarks.append(ResultProblem("ls-finished", message, ""))

    def _name(self, region: Region) -> None:
        """Keep the id of a region as a label's, or mend it: those of the page may start with ``-`` or ``_``."""
        name = region.id if _is_label_id(region.id) else f"x{region.id}"
        if name != region.id and (name in self.read.regions or not _is_label_id(name)):
            self.problem("ls-result", f"{region.id!r} can't be the id of a label", region.id)
        else:
            self.names[region.id] = name

    def _span(self, region: Region) -> dict[str, Any] | None:
        """Return a region's span in the source text; None, with a problem, where it crosses a cut."""
        place = offsets.to_source(self.data["segments"], region.start, region.end)
        words = self.data["text"][region.start : region.end]
        if place is None:
            self.problem("ls-cut", f"{quote(words)} crosses a place where furniture was cut out", region.id)
            return None
        return {"start": place[0], "end": place[1], "text": words}

    def _label(self, region: Region, span: Any) -> Any:
        name = self.names[region.id]
        meta = self._meta(region)
        label: dict[str, Any] = {"id": name, **span}
        if region.layer == "entities":
            label["type"] = region.label
        elif region.layer == "zones":
            label["kind"] = region.label
            del label["text"]
        for each, default in _attribute_defaults(region.layer).items():
            label[each.key] = self._attribute_value(region, each) or default
        if region.layer == "claims":
            label |= {"claimants": self._claimants(region), "cue": self._cue(region)}
        elif region.layer == "stances":
            label["holder"] = self._single_party(region, schema_mapping.HOLDER, schema_mapping.HOLDER)
            label["target"] = self._single_party(region, schema_mapping.TARGET, schema_mapping.TOPIC)
        self.states[name] = NEW if not meta else ACCEPTED if meta.get("digest") == content_digest(label) else EDITED
        label["by"] = list(meta.get("by", []))
        return label

    def _attribute_value(self, region: Region, field: schema_mapping.AttributeControl) -> str | None:
        chosen = region.values.get(field.control)
        typed = region.values.get(field.typed_control) if field.typed_control else None
        if not typed:
            if not chosen:
                return None
            if len(chosen) == 1:
                return chosen[0]
        values = [*dict.fromkeys(value for value in (*(chosen or ()), *(typed or ())) if value)]
        if len(values) > 1:
            listed = ", ".join(map(quote, values))
            self.problem("ls-field", f"{field.control} has {len(values)} values: {listed}", region.id)
        return values[0] if values else None

    def _referents(self, region: Region, relation: str, control: str) -> list[str]:
        """Return all that a region refers to: labels by relation, then choices."""
        ends = self.ends.get((region.id, relation), [])
        for layer in sorted({end.layer for end in ends} & {*self.unfinished}):
            self.problem(
                "ls-finished", f"the {relation} is one of the {layer}, which are not ticked as finished", region.id
            )
        related = [self.names[end.id] for end in ends if end.id in self.names]
        return [*related, *region.values.get(control, [])]

    def _single_party(self, region: Region, relation: str, control: str) -> str | None:
        found = self._referents(region, relation, control)
        if len(found) != 1:
            message = f"a stance needs one {relation}, by relation or by choice, and has {', '.join(found) or 'none'}"
            self.problem("ls-party", message, region.id)
        return found[0] if found else None

    def _claimants(self, region: Region) -> list[str]:
        found = self._referents(region, schema_mapping.CLAIMANT, schema_mapping.CLAIMANT)
        if not found:
            self.problem("ls-party", "a claim needs a claimant, by relation or by choice", region.id)
        order = self._meta(region).get("claimants")
        if isinstance(order, list) and len(order) == len(found) and all(name in found for name in order):
            return order
        return order_claimants(found, self.places)

    def _cue(self, region: Region) -> Any:
        cues = self.ends.get((region.id, schema_mapping.CUE), [])
        if len(cues) > 1:
            self.problem("ls-cue", f"a claim has one cue at most, and this has {len(cues)}", region.id)
        return self._span(cues[0]) if cues else None

    def _meta(self, region: Region) -> dict[str, Any]:
        """Return what a push wrote of the label; nothing where the region is new or a copy of another."""
        meta = region.meta.get("pactwire")
        if not isinstance(meta, dict) or meta.get("id") != self.names[region.id]:
            return {}
        by = meta.get("by")
        return meta if isinstance(by, list) and by else {}

    def _check(self, region: Region, label: Any) -> None:
        """Add a problem for every value that is missing or that the schema does not allow."""
        definition, nullable = schema_mapping.LAYER_DEFINITIONS[region.layer], nullable_by_key(region.layer)
        missing = [key for key, value in label.items() if value is None and not nullable[key]]
        for key in missing:
            if key not in (schema_mapping.HOLDER, schema_mapping.TARGET):
                self.problem("ls-field", f"{key} is not set", region.id)
        whole = _with_placeholders(label)
        if not missing and not schema.is_valid(whole, "annotation", definition):
            for _, path, message in schema.explain(whole, "annotation", definition):
                self.problem("ls-field", f"{'.'.join(map(str, path))}: {message}", region.id)


@lru_cache(maxsize=4096)
def _is_label_id(name: str) -> bool:
    """Say whether a label may have an id; the same few come again in every article."""
    return schema.is_valid(name, "annotation", "id")


def _are_valid(made: Iterable[tuple[str, Any]]) -> bool:
    """Say whether `_check` has nothing to say of any label."""
    labels: dict[str, list[Any]] = {}
    for layer, label in made:
        labels.setdefault(layer, []).append(_with_placeholders(label))
    return all(
        schema.are_valid(labels[layer], "annotation", schema_mapping.LAYER_DEFINITIONS[layer]) for layer in labels
    )


def _with_placeholders(label: Any) -> Any:
    """Return a label as the schema wants it, with something for the annotator and the claimants that it may lack."""
    if label["by"] and label.get("claimants", True):
        return label
    lacking = {"by": ["pending"], "claimants": [AUTHOR]}
    return {**label, **{key: value for key, value in lacking.items() if label.get(key) == []}}
