"""What two annotators have at each place: the single comparisons that measures of agreement and of scores count.

Measures of characters are counted without them (`pactwire.agreement.measures`), since each character would be one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pactwire.agreement.document_pairs import DocumentPair
from pactwire.agreement.label_content import part_span
from pactwire.agreement.matching import matched_labels, same_span
from pactwire.agreement.measure_list import (
    compared_attributes,
    counts_where_given,
    is_by_sentence,
    is_by_token,
    measure_name,
    tuple_attributes,
    tuple_choices,
)
from pactwire.model.layers import Attribute, AttributeKind, Layer

ANYTHING = ""
"""The value of a label where only its place counts."""

Span = tuple[int, int]


class Verdict(NamedTuple):
    """What two annotators, ``a`` and ``b``, have at one place; equal values are agreement.

    Where labels are counted (F1), a value is None if that side has none there. Where what labels say is compared
    (agreement), both are there, and None is the value of a label that has none. Spans are those of either side, in
    code points of the source text, half-open; None if that side has none, or for a whole article.
    """

    a: Any
    b: Any
    a_span: Span | None
    b_span: Span | None

    @property
    def span(self) -> Span:
        """The span that covers both; empty for a whole article."""
        spans = [span for span in (self.a_span, self.b_span) if span]
        return (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else (0, 0)


NamedVerdict = tuple[str, Verdict]
"""The name of a measure, and a verdict that it counts."""


def layer_verdicts(pair: DocumentPair, layer: Layer) -> Iterator[NamedVerdict]:
    """Yield all verdicts on the labels of a layer that both annotated, by the names of its measures."""
    if tuple_attributes(layer):
        yield from _tuple_verdicts(pair, layer)
        return
    if not layer.is_span:
        for one, other in zip(*pair.labels(layer.name), strict=True):
            yield from _attribute_verdicts(layer, one, other)
        return
    a, b = pair.labels(layer.name)
    matched = pair.matched(layer.name)
    exact = _exact(matched)
    yield from _span_verdicts("span-exact", ANYTHING, a, b, exact)
    yield from _span_verdicts("span-overlap", ANYTHING, a, b, matched)
    if is_by_token(layer):
        yield from _class_verdicts(layer, a, b)
    elif is_by_sentence(layer):
        yield from _sentence_verdicts(pair, a, b)
    for one, other in exact if is_by_token(layer) else matched:
        yield from _attribute_verdicts(layer, one, other)


def _exact(matched: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [(one, other) for one, other in matched if same_span(one, other)]


def _span(label: Mapping[str, Any]) -> Span | None:
    return (label["start"], label["end"]) if "start" in label else None


def _span_verdicts(
    name: str, value: str, a: Sequence[Any], b: Sequence[Any], matched: Sequence[tuple[Any, Any]]
) -> Iterator[NamedVerdict]:
    """Yield a verdict for each matched pair, and for each label that has no counterpart."""
    found = [{id(label) for label in side} for side in zip(*matched, strict=True)] if matched else [set(), set()]
    for one, other in matched:
        yield name, Verdict(value, value, _span(one), _span(other))
    for label in a:
        if id(label) not in found[0]:
            yield name, Verdict(value, None, _span(label), None)
    for label in b:
        if id(label) not in found[1]:
            yield name, Verdict(None, value, None, _span(label))


def _class_verdicts(layer: Layer, a: Sequence[Any], b: Sequence[Any]) -> Iterator[NamedVerdict]:
    """Yield verdicts on spans with their classes: labels are matched with those of their own class."""
    assert layer.class_attribute
    key = layer.class_attribute
    for label in (each.name for each in key.labels if not each.is_deprecated):
        typed_a, typed_b = ([each for each in side if each[key.name] == label] for side in (a, b))
        matched = matched_labels(typed_a, typed_b)
        yield from _span_verdicts("span-type-exact", label, typed_a, typed_b, _exact(matched))
        yield from _span_verdicts("span-type-overlap", label, typed_a, typed_b, matched)


def _sentence_verdicts(pair: DocumentPair, a: Sequence[Any], b: Sequence[Any]) -> Iterator[NamedVerdict]:
    """Yield a verdict on each sentence that a label of either side is in."""
    comparable = pair.comparable
    with_label = [
        {number for label in side for number in comparable.sentences_within(label["start"], label["end"])}
        for side in (a, b)
    ]
    for number in sorted(with_label[0] | with_label[1]):
        in_a, in_b = (number in side for side in with_label)
        yield "sentences", _presence(in_a, in_b, comparable.sentences[number])


def _presence(a: bool, b: bool, span: Span) -> Verdict:
    """Return a verdict on one place, where either side may have something."""
    return Verdict(ANYTHING if a else None, ANYTHING if b else None, span if a else None, span if b else None)


def _attribute_verdicts(layer: Layer, one: Any, other: Any) -> Iterator[NamedVerdict]:
    """Yield what two labels that belong together say."""
    spans = _span(one), _span(other)
    for attribute in compared_attributes(layer):
        name = measure_name(attribute)
        a, b = _value(attribute, one), _value(attribute, other)
        if attribute.kind.is_list:
            yield f"{name}-exact", Verdict(a, b, *spans)
            for value in dict.fromkeys((*a, *b)):
                yield name, Verdict(value if value in a else None, value if value in b else None, *spans)
        elif a is not None or b is not None or not counts_where_given(layer, attribute):
            yield name, Verdict(a, b, *spans)


def _value(attribute: Attribute, label: Mapping[str, Any]) -> Any:
    if attribute.kind == AttributeKind.PART:
        return part_span(label, attribute.name)
    value = label.get(attribute.name)
    return tuple(sorted(value or ())) if attribute.kind.is_list else value


def _tuple_verdicts(pair: DocumentPair, layer: Layer) -> Iterator[NamedVerdict]:
    """Yield verdicts on what labels refer to together, as holder and target, and on the choices where both have it."""
    names = [attribute.name for attribute in tuple_attributes(layer)]
    for measure, by_sentence in (("pairs", False), ("pairs-sentence", True)):
        choices = [attribute for attribute, each in tuple_choices(layer) if each == by_sentence]
        for a, b in pair.grouped(layer.name, names, by_sentence).values():
            labels = (*a, *b)
            span = min(label["start"] for label in labels), max(label["end"] for label in labels)
            yield measure, _presence(bool(a), bool(b), span)
            for each in choices if a and b else ():
                yield measure_name(each), Verdict(joined_values(a, each.name), joined_values(b, each.name), span, span)


def joined_values(labels: Iterable[Any], key: str) -> str:
    """Return the values of labels under a key; several different ones are joined: ``against+favor``."""
    return "+".join(sorted({str(label[key]) for label in labels}))
