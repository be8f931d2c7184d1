"""Label Studio results to the layers they hold, what became of each drafted label, and all that is wrong with them.

The format is described in `pactwire.labelstudio.tasks`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from pactwire import offsets, schemas
from pactwire.checks import quote
from pactwire.files import sha256
from pactwire.labelstudio import fields
from pactwire.labelstudio.results import Problem, Read, Region, read
from pactwire.records import AUTHOR, LAYERS, Segment

ACCEPTED: Final = "accepted"
EDITED: Final = "edited"
NEW: Final = "new"

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class Answer(NamedTuple):
    """What results hold.

    ``layers`` are those annotated, in canonical order, offsets into the source text; ``by`` is that of
    the draft, and empty for a new label. ``states`` is label id to ACCEPTED, EDITED or NEW. With
    ``problems`` the layers are not whole, and not to be kept. ``remarks`` (flags,
    notes on regions) are what people wrote to the team; they are no labels.
    """

    layers: dict[str, list[Any]]
    states: dict[str, str]
    problems: list[Problem]
    remarks: list[Problem]


def position(label: Mapping[str, Any]) -> tuple[int, int, str]:
    """Return the key that sorts labels: by start, the longer first, then by id."""
    return label["start"], -label["end"], label["id"]


def canonical(layers: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Return the layers of a document (or a document's layers alone) in the one form to compare and write.

    Layers stand in the order of records.LAYERS, labels by position, keys as in the schema; nothing else changes.
    """
    return {
        layer: [_keyed(layer, label) for label in sorted(layers[layer], key=position)]
        for layer in LAYERS
        if layer in layers
    }


def _keyed(layer: str, label: Any) -> dict[str, Any]:
    result = {key: label[key] for key in _properties(layer) if key in label}
    if result.get("cue"):
        result["cue"] = {key: result["cue"][key] for key in ("start", "end", "text")}
    return result


@cache
def _properties(layer: str) -> Mapping[str, bool]:
    """Return the keys of a layer's labels in the schema's order, and of each whether it may be null."""
    known = schemas.load("annotation")["$defs"][fields.DEFINITIONS[layer]]["properties"]
    return {key: {"type": "null"} in known[key].get("anyOf", ()) for key in known}


@cache
def _defaults(layer: str) -> Mapping[fields.Field, str | None]:
    """Return the attributes of a layer's labels, and what stands for each where it is not set."""
    return {
        each: schemas.default(each.labels) if each.optional and each.labels else None
        for each in fields.FIELDS
        if each.layer == layer
    }


def digest(label: Mapping[str, Any]) -> str:
    """Return a short name of all that a label says, ``by`` left out: it tells an accepted draft from an edited one."""
    return _digest({key: value for key, value in label.items() if key != "by"})


def _digest(said: Mapping[str, Any]) -> str:
    return sha256(_ENCODER.encode(said))[:16]


def in_order(parties: Sequence[str], labels: Mapping[str, Any]) -> list[str]:
    """Return claimants in the order of the text, then AUTHOR, then UNNAMED; ``labels`` holds their mentions by id."""
    named = [party for party in parties if party not in fields.PARTIES]
    return sorted(named, key=lambda party: position(labels[party])) + [p for p in fields.PARTIES if p in parties]


def layers(results: Any, data: Any, project: str) -> Answer:
    """Return what the results of an annotation or a prediction hold, ``data`` being that of their task.

    Any JSON is taken: what is no result of this project's config is a problem.
    """
    flaw = _data_flaw(data, project) or ("" if isinstance(results, list) else "the results are no list")
    if flaw:
        return Answer({}, {}, [Problem("ls-result", flaw, "")], [])
    builder = _Builder(read(results, data["text"], project), data)
    finished = builder.read.chosen.get(fields.FINISHED, [])
    labels: dict[str, list[Any]] = {layer: [] for layer in fields.PROJECTS[project] if layer in finished}
    for layer, label in builder.labels():
        labels.setdefault(layer, []).append(label)
    for layer in [layer for layer in labels if layer not in finished]:
        message = f"{len(labels.pop(layer))} labels, but {layer} are not ticked as finished"
        builder.problem("ls-finished", message)
    return Answer(canonical(labels), builder.states, builder.read.problems, builder.read.remarks)


def _data_flaw(data: Any, project: str) -> str:
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


class _Builder:
    """Makes labels of the regions and relations that were read; adds to their problems."""

    def __init__(self, read: Read, data: Any) -> None:
        self.read = read
        self.data = data
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
        self.read.problems.append(Problem(code, message, region))

    def labels(self) -> list[tuple[str, Any]]:
        """Return (layer, label) for every region that makes one; the others get a problem.

        Mostly no label has a flaw, and all are checked together. Otherwise they are made again and checked one by one.
        """
        before = len(self.read.problems)
        made = list(self._made(checked=False))
        if len(self.read.problems) == before and _are_valid(made):
            return made
        del self.read.problems[before:]
        return list(self._made(checked=True))

    def _made(self, checked: bool) -> Iterator[tuple[str, Any]]:
        used = {end.id for (_, relation), ends in self.ends.items() if relation == fields.CUE for end in ends}
        for region in self.read.regions.values():
            if region.layer == fields.CUES:
                if region.id not in used:
                    self.problem("ls-cue", "a cue that no claim is related to", region.id)
            elif (span := self._span(region)) and region.id in self.names:
                before = len(self.read.problems)
                label = self._label(region, span)
                if checked:
                    self._check(region, label)
                if len(self.read.problems) == before:
                    yield region.layer, label

    def _name(self, region: Region) -> None:
        """Keep the id of a region as a label's, or mend it: those of the page may start with ``-`` or ``_``."""
        name = region.id if _is_id(region.id) else f"x{region.id}"
        if name != region.id and (name in self.read.regions or not _is_id(name)):
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
        for each, default in _defaults(region.layer).items():
            label[each.key] = self._single(region, each) or default
        if region.layer == "claims":
            label |= {"claimants": self._claimants(region), "cue": self._cue(region)}
        elif region.layer == "stances":
            label["holder"] = self._one_of(region, fields.HOLDER, fields.HOLDER)
            label["target"] = self._one_of(region, fields.TARGET, fields.TOPIC)
        self.states[name] = NEW if not meta else ACCEPTED if meta.get("digest") == _digest(label) else EDITED
        label["by"] = list(meta.get("by", []))
        return label

    def _single(self, region: Region, field: fields.Field) -> str | None:
        chosen = region.values.get(field.control)
        typed = region.values.get(field.typed) if field.typed else None
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

    def _parties(self, region: Region, relation: str, control: str) -> list[str]:
        """Return all that a region refers to: labels by relation, then choices."""
        related = [self.names[end.id] for end in self.ends.get((region.id, relation), []) if end.id in self.names]
        return [*related, *region.values.get(control, [])]

    def _one_of(self, region: Region, relation: str, control: str) -> str | None:
        found = self._parties(region, relation, control)
        if len(found) != 1:
            message = f"a stance needs one {relation}, by relation or by choice, and has {', '.join(found) or 'none'}"
            self.problem("ls-party", message, region.id)
        return found[0] if found else None

    def _claimants(self, region: Region) -> list[str]:
        found = self._parties(region, fields.CLAIMANT, fields.CLAIMANT)
        if not found:
            self.problem("ls-party", "a claim needs a claimant, by relation or by choice", region.id)
        order = self._meta(region).get("claimants")
        if isinstance(order, list) and len(order) == len(found) and all(name in found for name in order):
            return order
        return in_order(found, self.places)

    def _cue(self, region: Region) -> Any:
        cues = self.ends.get((region.id, fields.CUE), [])
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
        definition, nullable = fields.DEFINITIONS[region.layer], _properties(region.layer)
        missing = [key for key, value in label.items() if value is None and not nullable[key]]
        for key in missing:
            if key not in (fields.HOLDER, fields.TARGET):
                self.problem("ls-field", f"{key} is not set", region.id)
        whole = _filled(label)
        if not missing and not schemas.is_valid(whole, "annotation", definition):
            for _, path, message in schemas.explain(whole, "annotation", definition):
                self.problem("ls-field", f"{'.'.join(map(str, path))}: {message}", region.id)


@lru_cache(maxsize=4096)
def _is_id(name: str) -> bool:
    """Say whether a label may have an id; the same few come again in every article."""
    return schemas.is_valid(name, "annotation", "id")


def _are_valid(made: Iterable[tuple[str, Any]]) -> bool:
    """Say whether `_check` has nothing to say of any label."""
    labels: dict[str, list[Any]] = {}
    for layer, label in made:
        labels.setdefault(layer, []).append(_filled(label))
    return all(schemas.are_valid(labels[layer], "annotation", fields.DEFINITIONS[layer]) for layer in labels)


def _filled(label: Any) -> Any:
    """Return a label as the schema wants it, with something for the annotator and the claimants that it may lack."""
    if label["by"] and label.get("claimants", True):
        return label
    lacking = {"by": ["pending"], "claimants": [AUTHOR]}
    return {**label, **{key: value for key, value in lacking.items() if label.get(key) == []}}
