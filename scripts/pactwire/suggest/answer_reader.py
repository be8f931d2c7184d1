"""The labels of a language model's answer: taken whole if all they say can stand, else refused and counted.

Nothing is guessed or repaired. A label is refused if its quote does not stand where it says
(`pactwire.suggest.grounding`), if an attribute is missing or has a value that the dataset's schema or tables do not
allow, or if it refers to nothing, to several labels at once, or to a label that is refused itself.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

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
    AMBIGUOUS = "it refers to an id that is not unique"
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


_REFUSED: Final = -1
"""The number of all labels that are no candidates."""


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

    def read(self, answer: Mapping[str, Any]) -> ReadAnswer:
        """Return the labels of an answer, in the order of their spans, with new ids; every other is a refusal.

        A layer of spans is in the result if the answer has a list of it, which may be empty; one of articles if its
        label was taken. What the answer leaves out was not labeled.
        """
        self._refusals: list[Refusal] = []
        self._kept: dict[int, _Candidate] = {}
        self._meanings: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self._add_candidates(answer)
        self._resolve()
        layers: dict[str, Any] = {
            layer.name: [] for layer in self._schema.span_layers if isinstance(answer.get(layer.name), list)
        }
        for layer, label in self._numbered():
            if layer.is_span:
                layers[layer.name].append(label)
            else:
                layers[layer.name] = label
        return ReadAnswer({name: layers[name] for name in self._schema.layers if name in layers}, self._refusals)

    def _refuse(self, layer: str, reason: PlaceFlaw | LabelFlaw, given: Any, attribute: str = "") -> None:
        self._refusals.append(Refusal(layer, reason, attribute, given))

    def _add_candidates(self, answer: Mapping[str, Any]) -> None:
        """Number the labels that can stand by themselves, and note what each id may mean.

        The id of a label that repeats another, but for its id, means that one.
        """
        numbers: dict[str, int] = {}
        for layer, given in self._given_labels(answer):
            number = _REFUSED
            label = self._label(layer, given)
            if isinstance(label, Refusal):
                self._refusals.append(label)
            else:
                content = strict_json.compact([layer.name, {key: label[key] for key in label if key != ID}])
                number = numbers.setdefault(content, len(numbers))
                if number in self._kept:
                    self._refuse(layer.name, LabelFlaw.REPEATED, given)
                else:
                    self._kept[number] = _Candidate(layer, given, label)
            if isinstance(given.get(ID), str):
                self._meanings[layer.name, given[ID]].add(number)

    def _given_labels(self, answer: Mapping[str, Any]) -> Iterator[tuple[Layer, dict[str, Any]]]:
        """Yield what could be labels, each with its layer; null is no label."""
        for name, value in answer.items():
            layer = self._schema.layers.get(name)
            for given in value if isinstance(value, list) else [value] * (value is not None):
                if layer is None:
                    self._refuse(name, LabelFlaw.LAYER, given)
                elif layer.is_span != isinstance(value, list) or not isinstance(given, dict):
                    self._refuse(name, LabelFlaw.FORM, given)
                else:
                    yield layer, given

    def _label(self, layer: Layer, given: dict[str, Any]) -> dict[str, Any] | Refusal:
        """Return the label that was given, with its references as given, or why it is refused."""
        label: dict[str, Any] = {}
        if layer.is_span:
            if not isinstance(given.get(ID), str) or not given[ID]:
                return Refusal(layer.name, LabelFlaw.ID, "", given)
            span = self._grounding.find(given.get(PLACE))
            if isinstance(span, PlaceFlaw):
                return Refusal(layer.name, span, "", given)
            label |= {ID: given[ID], **span}
        own = {each.name for each in layer.attributes} | ({ID, PLACE} if layer.is_span else set())
        if unknown := [key for key in given if key not in own]:
            return Refusal(layer.name, LabelFlaw.UNKNOWN, unknown[0], given)
        for attribute in layer.attributes:
            value, flaw = self._value(layer, attribute, given)
            if flaw:
                return Refusal(layer.name, flaw, attribute.name, given)
            if value is not None or attribute.is_nullable:
                label[attribute.name] = value
        return {**label, "by": [self._annotator]}

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
            is_sound = isinstance(values, list) and all(isinstance(each, str) for each in values)
            return value, None if is_sound else LabelFlaw.VALUE
        if not self._schema.allows_value(layer.name, attribute, value):
            return None, LabelFlaw.VALUE
        if attribute.kind is AttributeKind.LINK and value not in self._links:
            return None, LabelFlaw.LINK
        return value, None

    def _resolve(self) -> None:
        """Find out what the labels refer to; those whose references can't stand are refused."""
        self._targets: dict[int, dict[str, list[int | str]]] = {}
        self._referrers: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        flaws = []
        for number, each in self._kept.items():
            self._targets[number] = {}
            for attribute in each.layer.references:
                names = value_list(attribute, each.label)
                targets = [self._target(attribute, name) for name in names]
                if len({*names}) == len(names):
                    targets = list(dict.fromkeys(targets))  # of a label and its repetition, one
                flaws += [(number, target, attribute.name) for target in targets if isinstance(target, LabelFlaw)]
                self._targets[number][attribute.name] = targets
                for target in targets:
                    if isinstance(target, int):
                        self._referrers[target].append((number, attribute.name))
        for number, flaw, name in flaws:
            self._drop(number, flaw, name)

    def _target(self, attribute: Attribute, name: str) -> int | str:
        """Return what a reference means: the number of a label, the id of a party or a topic, or a flaw."""
        numbers: set[int] = set().union(*(self._meanings.get((layer, name), ()) for layer in attribute.target_layers))
        is_fixed = name in attribute.parties or (TOPICS in attribute.to and name in self._topics)
        if len(numbers) + is_fixed != 1:
            return LabelFlaw.AMBIGUOUS if numbers else LabelFlaw.NOTHING
        target = name if is_fixed else numbers.pop()
        return LabelFlaw.REFUSED if target == _REFUSED else target

    def _drop(self, number: int, reason: LabelFlaw, attribute: str = "") -> None:
        """Refuse a label, and with it all that refer to it."""
        waiting = [(number, reason, attribute)]
        while waiting:
            number, reason, attribute = waiting.pop()
            if each := self._kept.pop(number, None):
                self._refuse(each.layer.name, reason, each.given, attribute)
                waiting += [(other, LabelFlaw.REFUSED, name) for other, name in self._referrers[number]]

    def _numbered(self) -> list[tuple[Layer, dict[str, Any]]]:
        """Return the labels with the ids that drafts have; those that the schema does not allow are refused."""
        while True:
            order = sorted(
                self._kept.items(), key=lambda item: (item[1].label.get("start", 0), -item[1].label.get("end", 0))
            )
            counts = Counter[str]()
            names: dict[int, str] = {}
            for number, each in order:
                counts[each.layer.name] += 1
                names[number] = f"{each.layer.prefix}{counts[each.layer.name]}"
            labels = [(number, each.layer, self._renamed(number, each, names)) for number, each in order]
            wrong = [
                number
                for number, layer, label in labels
                if not self._schema.label_validator(layer.name).is_valid(label)
            ]
            if not wrong:
                return [(layer, label) for _, layer, label in labels]
            for number in wrong:
                self._drop(number, LabelFlaw.VALUE)

    def _renamed(self, number: int, each: _Candidate, names: Mapping[int, str]) -> dict[str, Any]:
        label = {**each.label, **({ID: names[number]} if each.layer.is_span else {})}
        for attribute in each.layer.references:
            if label.get(attribute.name) is not None:
                targets = self._targets[number][attribute.name]
                renamed = [names[target] if isinstance(target, int) else target for target in targets]
                label[attribute.name] = renamed if attribute.kind.is_list else renamed[0]
        return label
