"""Decoder of results: turns what people did in Label Studio into the layers of an annotation document.

It says what became of each drafted label and collects everything that is wrong. The format is described in
`pactwire.labelstudio.encoder`. Raw results are read by `pactwire.labelstudio.result_parser`, references by
`pactwire.labelstudio.relation_decoder`.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pactwire.labelstudio import given_layers, schema_mapping
from pactwire.labelstudio.attribute_controls import AttributeControl
from pactwire.labelstudio.canonical_labels import article_key, canonical_layers, content_digest, nullable_by_key
from pactwire.labelstudio.control_values import attribute_value
from pactwire.labelstudio.drafted_values import ABSENT, drafted_value, is_empty, unset_values
from pactwire.labelstudio.relation_decoder import RelationDecoder
from pactwire.labelstudio.result_parser import ORIGIN_PREDICTION, ParsedResults, Region, ResultProblem, parse_results
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model.escapes import quote
from pactwire.model.layers import AttributeKind
from pactwire.model.records import Segment
from pactwire.model.schema import AnnotationSchema
from pactwire.text import offsets

ACCEPTED: Final = "accepted"
EDITED: Final = "edited"
NEW: Final = "new"


class DecodedResults(NamedTuple):
    """The content of an annotation or a prediction.

    ``layers`` are the annotated ones in canonical order, with offsets into the source text. The ``by`` of a label is
    that of the draft, and empty for a new label. ``states`` maps labels to ACCEPTED, EDITED or NEW, ``regions`` maps
    them to the regions they come from, both by `canonical_labels.label_key`. If there are ``problems``, the layers are
    incomplete and must not be kept. ``remarks`` (flags, notes on regions) are messages to the team, not labels.
    ``given`` are the layers that labels may refer to besides, as `given_layers.notes`.
    """

    layers: dict[str, Any]
    states: dict[str, str]
    problems: list[ResultProblem]
    remarks: list[ResultProblem]
    regions: dict[str, Region]
    given: Mapping[str, Any]


def decode_results(
    schema: AnnotationSchema, results: Any, data: Any, project: str, drafted: Collection[str] | None = None
) -> DecodedResults:
    """Decode the results of an annotation or a prediction.

    In a layer that is not ticked as finished, labels of the draft are left out, and labels that a person made or
    changed are a problem.

    Args:
        schema: The schema of the dataset.
        results: A list of `RawResult`, or any JSON value. What is not a result of this project's config is a problem.
        data: The ``data`` of the task.
        project: One of schema_mapping.labeling_projects.
        drafted: For a prediction, which has no ticks: the layers that it holds.
    """
    flaw = _task_data_flaw(data, project) or ("" if isinstance(results, list) else "the results are not a list")
    if flaw:
        return DecodedResults({}, {}, [ResultProblem("ls-result", flaw, "")], [], {}, {})
    mapping = schema_mapping.project_mapping(schema, project)
    parsed = parse_results(results, data["text"], mapping)
    finished = parsed.task_choices.get(schema_mapping.FINISHED, []) if drafted is None else drafted
    builder = _LabelBuilder(parsed, data, mapping, [layer for layer in mapping.all_layers if layer not in finished])
    labels: dict[str, Any] = {layer: [] for layer in mapping.layers if layer in finished}
    for layer, label in builder.build_labels():
        labels[layer].append(label)
    labels |= builder.build_article_labels()
    builder.report_unfinished()
    builder.report_given()
    own = ((label_id, parsed.regions[region_id]) for region_id, label_id in builder.label_ids.items())
    regions = {label_id: region for label_id, region in own if region.layer not in mapping.given}
    regions |= {article_key(layer): region for layer, region in parsed.articles.items()}
    layers = canonical_layers(schema, labels)
    return DecodedResults(layers, builder.states, parsed.problems, parsed.remarks, regions, parsed.given)


class DecodedLabel(NamedTuple):
    """A label of a layer, which may be incomplete, and its state: ACCEPTED, EDITED or NEW."""

    layer: str
    label: dict[str, Any]
    state: str


def decode_labels(schema: AnnotationSchema, results: Any, data: Any, project: str) -> dict[str, DecodedLabel]:
    """Return all labels of results by region, whether their layers are finished or not, and whether they are valid.

    The arguments are those of `decode_results`. A label of the whole article, if anything is said of it, has the key of
    `canonical_labels.article_key`. A span that crosses a cut counts from the start of the task's text.
    """
    if _task_data_flaw(data, project) or not isinstance(results, list):
        return {}
    mapping = schema_mapping.project_mapping(schema, project)
    return _LabelBuilder(parse_results(results, data["text"], mapping), data, mapping, ()).build_any_labels()


def _task_data_flaw(data: Any, project: str) -> str:
    """Return what keeps the data of a task from being read, or the empty string."""
    if not isinstance(data, dict) or data.get("project") != project:
        return f"the task's data is not that of a task of the project {project!r}"
    segments = data.get("segments")
    if not isinstance(data.get("text"), str) or not isinstance(segments, list):
        return "the task's data has no text and segments"
    keys = Segment.__required_keys__
    if not all(isinstance(s, dict) and s.keys() == keys and {type(v) for v in s.values()} == {int} for s in segments):
        return "the segments in the task's data do not consist of content, source and length"
    return ""


class _LabelBuilder:
    """Builds labels from parsed results, except those of ``unfinished`` layers, and adds to the problems."""

    def __init__(self, parsed: ParsedResults, data: Any, mapping: ProjectMapping, unfinished: Collection[str]) -> None:
        self.parsed = parsed
        self.data = data
        self.mapping = mapping
        self.schema = mapping.schema
        self.unfinished = unfinished
        self.lost: Counter[str] = Counter()
        self.changed: Counter[str] = Counter()
        self.states: dict[str, str] = {}
        self.label_ids: dict[str, str] = {}
        self.given = {
            layer: {label["id"]: label for label in note[given_layers.LABELS]} for layer, note in parsed.given.items()
        }
        for region in parsed.regions.values():
            if region.layer not in mapping.given:
                self._assign_id(region)
            elif region.id in self.given.get(region.layer, ()):
                self.label_ids[region.id] = region.id
        self.relations = RelationDecoder(parsed, mapping, self.label_ids, unfinished)

    def add_problem(self, code: str, message: str, region: str = "") -> None:
        """Keep a problem."""
        self.parsed.problems.append(ResultProblem(code, message, region))

    def build_labels(self) -> Iterator[tuple[str, Any]]:
        """Yield (layer, label) for every region that makes a valid label; the others get a problem."""
        used_parts = self.relations.used_parts()
        for region in self.parsed.regions.values():
            owners = self.mapping.part_owners.get(region.layer, (region.layer,))
            layer = owners[0]
            if layer in self.mapping.given:
                continue
            if all(owner in self.unfinished for owner in owners):
                self._leave_out(region, layer)
            elif region.layer in self.mapping.part_owners:
                if region.id not in used_parts:
                    names = " or ".join(dict.fromkeys(self.schema.layers[owner].label for owner in owners))
                    self.add_problem("ls-cue", f"no {names} is related to this {region.label.lower()}", region.id)
            elif (span := self._source_span(region)) and region.id in self.label_ids:
                label = self._build_valid_label(region, {"id": self.label_ids[region.id], **span})
                if label is not None:
                    yield layer, label

    def build_article_labels(self) -> dict[str, Any]:
        """Return the labels of the whole article by layer; those that are not valid get a problem."""
        labels = {}
        for layer, region in self.parsed.articles.items():
            if layer in self.unfinished:
                self._leave_out_article(region, layer)
            elif (label := self._build_valid_label(region, {})) is not None:
                labels[layer] = label
        return labels

    def build_any_labels(self) -> dict[str, DecodedLabel]:
        """Return every label, valid or not, by its region."""
        found = {}
        for region in (*self.parsed.regions.values(), *self.parsed.articles.values()):
            is_article = region.layer in self.mapping.article_layers
            is_label = region.layer not in (*self.mapping.part_owners, *self.mapping.given)
            if not is_label or (is_article and not self._is_said(region)):
                continue
            place = {"start": region.start, "end": region.end, "text": self.data["text"][region.start : region.end]}
            head = {} if is_article else {"id": self._label_key(region), **(self._source_span(region) or place)}
            label = self._build_label(region, head)
            found[region.id] = DecodedLabel(region.layer, label, self.states[self._label_key(region)])
        return found

    def _build_valid_label(self, region: Region, head: Mapping[str, Any]) -> Any:
        before = len(self.parsed.problems)
        label = self._build_label(region, head)
        self._check_label(region, label)
        return label if len(self.parsed.problems) == before else None

    def report_unfinished(self) -> None:
        """Report what was left out of layers that are not ticked; a person's own work is a problem."""
        for layer, number in self.lost.items():
            self.add_problem("ls-finished", f"{number} labels made or changed, but {layer} are not ticked as finished")
        for layer, number in self.changed.items():
            message = f"{number} drafted labels came out otherwise, but {layer} are not ticked as finished: left out"
            self.parsed.remarks.append(ResultProblem("ls-finished", message, ""))

    def report_given(self) -> None:
        """Report what a person did to labels that are given: those they made are a problem, all else is left out."""
        regions = [region for region in self.parsed.regions.values() if region.layer in self.mapping.given]
        kept = 0
        for region in regions:
            if (label := self.given.get(region.layer, {}).get(region.id)) is None:
                message = f"{region.layer} are given here, and this is none of them; annotate them in their own project"
                self.add_problem("ls-given", message, region.id)
            else:
                span = offsets.to_source(self.data["segments"], region.start, region.end)
                shown = self.mapping.region_label(region.layer, label)
                kept += span == (label["start"], label["end"]) and shown == region.label
        if changed := sum(map(len, self.given.values())) - kept:
            listed = ", ".join(self.given)
            message = f"{changed} labels that are given ({listed}) were changed or removed: they stay as they are"
            self.parsed.remarks.append(ResultProblem("ls-given", message, ""))

    def _leave_out(self, region: Region, layer: str) -> None:
        """Leave out a region of a layer that is not ticked; count it if a person made it or it is not as drafted."""
        if region.id not in self.label_ids:
            return
        is_drafted = bool(self._draft_meta(region))
        before = len(self.parsed.problems)
        span = self._source_span(region) if is_drafted else None
        head = {"id": self.label_ids[region.id], **span} if span else None
        self._count_left_out(region, layer, is_drafted, self._is_as_drafted(region, head))
        del self.parsed.problems[before:]

    def _leave_out_article(self, region: Region, layer: str) -> None:
        """Leave out what is said of the whole article in a layer that is not ticked, as `_leave_out`."""
        is_drafted = bool(self._draft_meta(region))
        if not self._is_said(region):
            return
        before = len(self.parsed.problems)
        self._count_left_out(region, layer, is_drafted, self._is_as_drafted(region, {} if is_drafted else None))
        del self.parsed.problems[before:]

    def _is_said(self, region: Region) -> bool:
        """Say whether there is anything about the whole article in a layer, drafted or not."""
        return bool(self._draft_meta(region) or region.values or self.relations.has_related(region))

    def _is_as_drafted(self, region: Region, head: Mapping[str, Any] | None) -> bool:
        if head is None:
            return False
        self._build_label(region, head)
        return self.states.pop(self._label_key(region)) == ACCEPTED

    def _count_left_out(self, region: Region, layer: str, is_drafted: bool, is_same: bool) -> None:
        if region.origin != ORIGIN_PREDICTION and not is_same:
            self.lost[layer] += 1
        elif is_drafted and not is_same:
            self.changed[layer] += 1

    def _assign_id(self, region: Region) -> None:
        """Use the region's id for its label, with an ``x`` before it if needed: the page's may start with - or _."""
        is_part = region.layer in self.mapping.part_owners
        label_id = region.id if is_part or _is_label_id(self.schema, region.id) else f"x{region.id}"
        if label_id != region.id and (label_id in self.parsed.regions or not _is_label_id(self.schema, label_id)):
            self.add_problem("ls-result", f"{region.id!r} can't be the id of a label", region.id)
        else:
            self.label_ids[region.id] = label_id

    def _source_span(self, region: Region) -> dict[str, Any] | None:
        """Return a region's span in the source text; None, with a problem, where it crosses a cut."""
        span = offsets.to_source(self.data["segments"], region.start, region.end)
        words = self.data["text"][region.start : region.end]
        if span is None:
            self.add_problem("ls-cut", f"{quote(words)} crosses a place where furniture was cut out", region.id)
            return None
        return {"start": span[0], "end": span[1], "text": words}

    def _label_key(self, region: Region) -> str:
        """Return the key of a region's label: its id, or that of the article's label of a layer."""
        return self.label_ids.get(region.id, region.id)

    def _build_label(self, region: Region, head: Mapping[str, Any]) -> Any:
        """Return the label of a region or of the whole article; ``head`` is its id and span. Remember its state."""
        meta = self._draft_meta(region)
        label = {**head}
        if region.layer not in self.mapping.part_owners:
            self._fill_label(label, region, meta)
        is_accepted = meta.get("digest") == content_digest(label)
        self.states[self._label_key(region)] = NEW if not meta else ACCEPTED if is_accepted else EDITED
        label["by"] = list(meta.get("by", []))
        return label

    def _fill_label(self, label: dict[str, Any], region: Region, meta: Mapping[str, Any]) -> None:
        """Set the attributes of a label to what its region says."""
        if key := self.mapping.class_key(region.layer):
            label[key] = self.mapping.region_class(region.label) or None
        for control in self.mapping.attributes_of(region.layer):
            texts = self._control_texts(region, control)
            label[control.key] = attribute_value(control, texts) if texts else None
        if region.layer == "zones":
            del label["text"]
            return
        for reference in self.mapping.references_of(region.layer):
            label[reference.attribute.name] = self.relations.referents(region, reference)
        for name, _, _ in self.mapping.parts_of(region.layer):
            part = self.relations.part(region, name)
            label[name] = self._source_span(part) if part else None
        self._restore_unset(label, region.layer, meta)

    def _restore_unset(self, label: dict[str, Any], layer: str, meta: Mapping[str, Any]) -> None:
        """Set what results do not say: values that stand for nothing, and those that a draft has."""
        unset = unset_values(self.schema, layer)
        for attribute in self.schema.layers[layer].attributes:
            value = label[attribute.name]
            if not (is_empty(value) or isinstance(value, list)):
                continue
            value = drafted_value(attribute, value, unset[attribute.name], meta)
            if value is ABSENT:
                del label[attribute.name]
            else:
                label[attribute.name] = value

    def _control_texts(self, region: Region, control: AttributeControl) -> list[str]:
        """Return what is chosen or typed for an attribute; one text, unless it has several."""
        chosen = region.values.get(control.control) or []
        typed = region.values.get(control.typed_control) if control.typed_control else None
        if control.value == AttributeKind.CHOICES or (not typed and len(chosen) < 2):
            return chosen
        values = [*dict.fromkeys(value for value in (*chosen, *(typed or ())) if value)]
        if len(values) > 1:
            listed = ", ".join(map(quote, values))
            self.add_problem("ls-field", f"{control.control} has {len(values)} values: {listed}", region.id)
        return values[:1]

    def _draft_meta(self, region: Region) -> dict[str, Any]:
        """Return what a push wrote about the label; nothing where the region is new or a copy of another."""
        meta = region.meta.get("pactwire")
        if not isinstance(meta, dict) or meta.get("id") != self.label_ids.get(region.id):
            return {}
        by = meta.get("by")
        return meta if isinstance(by, list) and by else {}

    def _check_label(self, region: Region, label: Any) -> None:
        """Add a problem for every value that is missing or that the schema does not allow."""
        validator = self.schema.label_validator(region.layer)
        references = [each.attribute for each in self.mapping.references_of(region.layer)]
        # Authors come later, and lists of references that must not be empty have a problem already.
        lists = ["by", *(each.name for each in references if each.kind == AttributeKind.REFERENCES)]
        complete = {**label, **{key: ["pending"] for key in lists if label.get(key) == []}}
        if validator.is_valid(complete):
            return
        nullable = nullable_by_key(self.schema, region.layer)
        missing = [key for key, value in label.items() if value is None and not nullable[key]]
        for key in missing:
            if key not in {each.name for each in references}:  # these have a problem already
                self.add_problem("ls-field", f"{key} is not set", region.id)
        if not missing:
            for _, path, message in validator.explain(complete):
                self.add_problem("ls-field", f"{'.'.join(map(str, path))}: {message}", region.id)


@lru_cache(maxsize=4096)
def _is_label_id(schema: AnnotationSchema, name: str) -> bool:
    """Say whether a label may have an id; cached, since every article has the same few."""
    return schema.is_label_id(name)
