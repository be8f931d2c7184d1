"""The labels of a language model's answer: taken whole if all they say can stand, else refused and counted.

Nothing is guessed or repaired. A label is refused if its quote does not stand where it says
(`pactwire.suggest.grounding`), if an attribute is missing or has a value that the dataset's schema or tables do not
allow, or if it refers to nothing, to several labels at once, or to a label that is refused itself.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import compress
from operator import not_
from typing import Any, NamedTuple

from pactwire.model import strict_json
from pactwire.model.labels import value_list
from pactwire.model.layers import TOPICS, Attribute, AttributeKind, Layer
from pactwire.model.schema import AnnotationSchema
from pactwire.suggest.answer_schema import ID, PLACE
from pactwire.suggest.grounding import Grounding, PlaceFlaw


class LabelFlaw(StrEnum):
    """Why a label is refused though its quotes stand where they say."""

    LAYER = "the schema has no such layer"
    FORM = "it is no label in the form of the answers"
    ID = "its id is missing or no text"
    MISSING = "an attribute is missing"
    UNKNOWN = "it has an attribute that the schema does not have"
    VALUE = "the schema does not allow a value of it"
    LINK = "its link is not in the table of links"
    NOTHING = "it refers to nothing"
    AMBIGUOUS = "it refers to an id of several labels"
    REFUSED = "it refers to a label that is refused"
    REPEATED = "it repeats another label"


class Refusal(NamedTuple):
    """A label that was refused: its layer, why, the attribute if it is one's fault, and the label as it was given."""

    layer: str
    reason: PlaceFlaw | LabelFlaw
    attribute: str
    label: Any


class ReadAnswer(NamedTuple):
    """The layers of an answer, with the labels that were taken, and those that were refused."""

    layers: dict[str, Any]
    refusals: list[Refusal]


class _Candidate(NamedTuple):
    layer: Layer
    given: Any
    label: dict[str, Any]


class AnswerReader:
    """Reads answers about one article. ``links`` and ``topics`` are the ids in the dataset's tables."""

    def __init__(
        self,
        schema: AnnotationSchema,
        grounding: Grounding,
        links: Container[str],
        topics: Container[str],
        annotator: str,
    ) -> None:
        self._schema = schema
        self._grounding = grounding
        self._links = links
        self._topics = topics
        self._annotator = annotator
        self._refusals: list[Refusal] = []

    def read(self, answer: Mapping[str, Any]) -> ReadAnswer:
        """Return the labels of an answer, in the order of their spans, with new ids; every other is a refusal."""
        self._refusals = []
        found = [each for name, value in answer.items() for each in self._layer_candidates(name, value)]
        kept = self._keep_resolved(self._without_repeats(found))
        return ReadAnswer(self._number(kept), self._refusals)

    def _refuse(self, layer: str, reason: PlaceFlaw | LabelFlaw, given: Any, attribute: str = "") -> None:
        self._refusals.append(Refusal(layer, reason, attribute, given))

    def _layer_candidates(self, name: str, value: Any) -> Iterator[_Candidate]:
        layer = self._schema.layers.get(name)
        if layer is None:
            self._refuse(name, LabelFlaw.LAYER, value)
        elif layer.is_span and isinstance(value, list):
            for given in value:
                yield from self._candidate(layer, given)
        elif not layer.is_span and isinstance(value, dict):
            yield from self._candidate(layer, value)
        elif layer.is_span or value is not None:
            self._refuse(name, LabelFlaw.FORM, value)

    def _candidate(self, layer: Layer, given: Any) -> Iterator[_Candidate]:
        """Yield the label that was given, unless it is refused; its references are still as given."""
        if not isinstance(given, dict):
            self._refuse(layer.name, LabelFlaw.FORM, given)
            return
        label: dict[str, Any] = {}
        if layer.is_span:
            if not isinstance(given.get(ID), str) or not given[ID]:
                self._refuse(layer.name, LabelFlaw.ID, given)
                return
            span = self._grounding.find(given.get(PLACE))
            if isinstance(span, PlaceFlaw):
                self._refuse(layer.name, span, given)
                return
            label |= {ID: given[ID], **span}
        own = {each.name for each in layer.attributes} | ({ID, PLACE} if layer.is_span else set())
        if unknown := [key for key in given if key not in own]:
            self._refuse(layer.name, LabelFlaw.UNKNOWN, given, unknown[0])
            return
        for attribute in layer.attributes:
            value, flaw = self._value(layer, attribute, given)
            if flaw:
                self._refuse(layer.name, flaw, given, attribute.name)
                return
            if value is not None or attribute.is_nullable:
                label[attribute.name] = value
        yield _Candidate(layer, given, {**label, "by": [self._annotator]})

    def _value(
        self, layer: Layer, attribute: Attribute, given: Mapping[str, Any]
    ) -> tuple[Any, PlaceFlaw | LabelFlaw | None]:
        """Return the value of an attribute, None for none, and what is wrong with it."""
        value = given.get(attribute.name)
        is_required = attribute.name in self._schema.required_keys(layer.name)
        if attribute.name not in given and is_required:
            return None, LabelFlaw.MISSING
        if value is None:
            return None, None if attribute.is_nullable or not is_required else LabelFlaw.MISSING
        if attribute.kind is AttributeKind.PART:
            span = self._grounding.find(value)
            return (None, span) if isinstance(span, PlaceFlaw) else (span, None)
        if attribute.is_reference:
            values = value if attribute.kind.is_list else [value]
            is_sound = isinstance(values, list) and values and all(isinstance(each, str) for each in values)
            return value, None if is_sound or (attribute.kind.is_list and value == []) else LabelFlaw.VALUE
        if not self._schema.allows_value(layer.name, attribute, value):
            return None, LabelFlaw.VALUE
        if attribute.kind is AttributeKind.LINK and value not in self._links:
            return None, LabelFlaw.LINK
        return value, None

    def _without_repeats(self, found: list[_Candidate]) -> list[_Candidate]:
        kept: dict[str, _Candidate] = {}
        for each in found:
            key = strict_json.compact([each.layer.name, each.label])
            if key in kept:
                self._refuse(each.layer.name, LabelFlaw.REPEATED, each.given)
            else:
                kept[key] = each
        return list(kept.values())

    def _keep_resolved(self, found: list[_Candidate]) -> list[_Candidate]:
        """Return the labels whose references all stand; one that is refused takes along those that refer to it."""
        refused_ids = {(refusal.layer, str(refusal.label.get(ID))) for refusal in self._refusals
                       if isinstance(refusal.label, dict)}  # fmt: skip
        while True:
            kept = []
            for each in found:
                reason = self._reference_flaw(each, found, refused_ids)
                if reason:
                    self._refuse(each.layer.name, reason[0], each.given, reason[1])
                    refused_ids.add((each.layer.name, str(each.label.get(ID))))
                else:
                    kept.append(each)
            if len(kept) == len(found):
                return kept
            found = kept

    def _reference_flaw(
        self, each: _Candidate, found: list[_Candidate], refused: Container[tuple[str, str]]
    ) -> tuple[LabelFlaw, str] | None:
        for attribute in each.layer.references:
            for target in value_list(attribute, each.label):
                count = len(self._targets(attribute, target, found))
                if count > 1:
                    return LabelFlaw.AMBIGUOUS, attribute.name
                if count == 0:
                    is_refused = any((name, target) in refused for name in attribute.target_layers)
                    return LabelFlaw.REFUSED if is_refused else LabelFlaw.NOTHING, attribute.name
        return None

    def _targets(self, attribute: Attribute, target: str, found: list[_Candidate]) -> list[_Candidate | str]:
        """Return what a reference may mean: labels, a party, or a topic."""
        labels = [each for each in found if each.layer.name in attribute.target_layers and each.label.get(ID) == target]
        is_fixed = target in attribute.parties or (TOPICS in attribute.to and target in self._topics)
        return [*labels, *([target] if is_fixed else [])]

    def _number(self, kept: list[_Candidate]) -> dict[str, Any]:
        """Return the layers with the ids that drafts have; labels that the schema does not allow are refused."""
        while True:
            kept = sorted(kept, key=lambda each: (each.label.get("start", 0), -each.label.get("end", 0)))
            names: dict[int, str] = {}
            for layer in self._schema.span_layers:
                own = [each for each in kept if each.layer is layer]
                names |= {id(each.label): f"{layer.prefix}{number}" for number, each in enumerate(own, 1)}
            renamed = [self._renamed(each, kept, names) for each in kept]
            allowed = [
                self._schema.label_validator(each.layer.name).is_valid(label)
                for each, label in zip(kept, renamed, strict=True)
            ]
            if all(allowed):
                return self._by_layer(kept, renamed)
            for each in compress(kept, map(not_, allowed)):
                self._refuse(each.layer.name, LabelFlaw.VALUE, each.given)
            kept = self._keep_resolved(list(compress(kept, allowed)))

    def _by_layer(self, kept: Sequence[_Candidate], labels: Sequence[Any]) -> dict[str, Any]:
        layers: dict[str, Any] = {layer.name: [] for layer in self._schema.span_layers}
        for each, label in zip(kept, labels, strict=True):
            if each.layer.is_span:
                layers[each.layer.name].append(label)
            else:
                layers[each.layer.name] = label
        return {name: layers[name] for name in self._schema.layers if name in layers}

    def _renamed(self, each: _Candidate, kept: list[_Candidate], names: Mapping[int, str]) -> dict[str, Any]:
        label = {**each.label, **({ID: names[id(each.label)]} if each.layer.is_span else {})}
        for attribute in each.layer.references:
            if label.get(attribute.name) is not None:
                targets = [self._targets(attribute, one, kept)[0] for one in value_list(attribute, label)]
                renamed = [one if isinstance(one, str) else names[id(one.label)] for one in targets]
                label[attribute.name] = renamed if attribute.kind.is_list else renamed[0]
        return label
