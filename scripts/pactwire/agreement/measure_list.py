"""The measures of agreement that a schema's layers have, in the order of reports, with their titles.

Detection (where labels are) and labeling (what they say, where both have them) are separate measures. A layer whose
identity names references is measured by tuples of these, as stances are by holder and target; any other layer of spans
by spans, and by classes of tokens or by sentences if these are its rows.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from pactwire.agreement.coefficients import Figure
from pactwire.model.layers import Attribute, AttributeKind, Layer, RowKind
from pactwire.model.schema import AnnotationSchema

LABEL_KINDS: Final = (AttributeKind.CHOICE, AttributeKind.FLAG)
"""Attributes that hold one of few values, so that agreement by chance is counted."""
_LAYER_MEASURES: Final = (
    "span-exact", "span-overlap", "span-type-exact", "span-type-overlap", "tokens", "characters", "characters-paired",
    "sentences", "pairs", "pairs-sentence",
)  # fmt: skip
_AGREEMENT: Final[tuple[Figure, ...]] = ("agreement",)
_BOTH: Final[tuple[Figure, ...]] = ("agreement", "alpha")


class Measure(NamedTuple):
    """One figure of a measure: its layer and name, the statistic, and the label where it is of one label alone."""

    layer: str
    name: str
    figure: Figure
    label: str = ""


class MeasureDescription(NamedTuple):
    """A measure: its layer, name and statistics, its title, and the labels in use that it is also split by."""

    layer: str
    name: str
    figures: tuple[Figure, ...]
    title: str
    split: tuple[str, ...] = ()


@cache
def measure_list(schema: AnnotationSchema) -> tuple[MeasureDescription, ...]:
    """Return all measures of a schema: those of zones, then those of its layers."""
    zones = (
        MeasureDescription("zones", "content", ("F1",), "characters of content (detection)"),
        *(
            MeasureDescription("zones", key, _AGREEMENT, f"{key} of each character")
            for key in ("kind", "language", "origin")
        ),
    )
    return zones + tuple(row for layer in schema.layers.values() for row in _layer_measures(schema, layer))


@cache
def measure_titles(schema: AnnotationSchema) -> Mapping[tuple[str, str], str]:
    """Return the titles of all measures by layer and name."""
    return {(row.layer, row.name): row.title for row in measure_list(schema)}


def all_measures(schema: AnnotationSchema) -> Iterator[Measure]:
    """Yield all measures in order, a split one once as a whole and once for each label."""
    for row in measure_list(schema):
        for figure in row.figures:
            for label in ("", *row.split):
                yield Measure(row.layer, row.name, figure, label)


def tuple_attributes(layer: Layer) -> tuple[Attribute, ...]:
    """Return the references by which the labels of a layer are counted; empty if they are counted by spans."""
    named = [layer.attribute(name) for name in layer.identity] if layer.is_span else []
    return tuple(named) if any(attribute.is_reference for attribute in named) else ()


def is_by_token(layer: Layer) -> bool:
    """Tell whether the classes of a layer's tokens are measured."""
    return layer.rows == RowKind.TOKENS and layer.class_attribute is not None and not tuple_attributes(layer)


def is_by_sentence(layer: Layer) -> bool:
    """Tell whether sentences with a label of a layer are measured."""
    return layer.rows == RowKind.SENTENCES and not tuple_attributes(layer)


def tuple_choices(layer: Layer) -> tuple[tuple[Attribute, bool], ...]:
    """Return the choices of a layer measured by tuples; each with whether it is measured sentence by sentence."""
    by_article = [layer.class_attribute] if layer.class_attribute else []
    others = [each for each in layer.of_kind(*LABEL_KINDS) if each not in by_article]
    return (*((each, False) for each in by_article), *((each, True) for each in others))


def compared_attributes(layer: Layer) -> tuple[Attribute, ...]:
    """Return the attributes that are measured in labels both have: not ids, nor texts unless the schema says so."""
    return tuple(each for each in layer.attributes if each.kind != AttributeKind.TEXT or each.is_compared)


def counts_where_given(layer: Layer, attribute: Attribute) -> bool:
    """Tell whether an attribute counts only in labels where one or both give a value; an undecided link counts."""
    return attribute.is_nullable and attribute not in layer.links[:1]


def _layer_measures(schema: AnnotationSchema, layer: Layer) -> Iterator[MeasureDescription]:
    if pair := tuple_attributes(layer):
        names = " and ".join(each.name for each in pair)
        yield MeasureDescription(layer.name, "pairs", ("F1",), f"{names} in the article (detection)")
        yield MeasureDescription(layer.name, "pairs-sentence", ("F1",), f"{names} in the sentence (detection)")
        for each, by_sentence in tuple_choices(layer):
            place = "sentence" if by_sentence else "article"
            words = f"{attribute_words(schema, layer, each)}, of pairs in the {place} both have"
            yield MeasureDescription(layer.name, measure_name(each), _BOTH, words)
        return
    if layer.is_span:
        yield from _detection_measures(schema, layer)
    for each in _in_order(layer):
        yield from _attribute_measures(schema, layer, each)
    if is_by_token(layer) and layer.class_attribute:
        title = f"{attribute_words(schema, layer, layer.class_attribute)} of each token"
        yield MeasureDescription(layer.name, "tokens", ("alpha",), title)


def _detection_measures(schema: AnnotationSchema, layer: Layer) -> Iterator[MeasureDescription]:
    name, label = layer.name, layer.label
    yield MeasureDescription(name, "span-exact", ("F1",), "span, exact (detection)")
    yield MeasureDescription(name, "span-overlap", ("F1",), "span, overlapping (detection)")
    if is_by_token(layer) and layer.class_attribute:
        words = attribute_words(schema, layer, layer.class_attribute)
        split = tuple(label.name for label in layer.class_attribute.labels if not label.is_deprecated)
        yield MeasureDescription(name, "span-type-exact", ("F1",), f"span and {words}, exact", split)
        yield MeasureDescription(name, "span-type-overlap", ("F1",), f"span and {words}, overlapping", split)
    elif is_by_sentence(layer):
        yield MeasureDescription(name, "characters", ("F1",), f"characters of {name} (detection)")
        title = f"characters of {name}, {label} by {label} (detection)"
        yield MeasureDescription(name, "characters-paired", ("F1",), title)
        yield MeasureDescription(name, "sentences", ("F1",), f"sentences with a {label} (detection)")


def _in_order(layer: Layer) -> list[Attribute]:
    """Return the measured attributes, in the schema's order; where tokens are measured, class and link are first."""
    firsts = [layer.class_attribute, *layer.links[:1]] if is_by_token(layer) else []
    return sorted(compared_attributes(layer), key=lambda each: firsts.index(each) if each in firsts else len(firsts))


def _attribute_measures(schema: AnnotationSchema, layer: Layer, attribute: Attribute) -> Iterator[MeasureDescription]:
    name, words = measure_name(attribute), attribute_words(schema, layer, attribute)
    of = "articles" if not layer.is_span else "spans" if is_by_token(layer) else layer.name
    if attribute.kind.is_list:
        yield MeasureDescription(layer.name, f"{name}-exact", _AGREEMENT, f"{words}, all the same, of {of} both have")
        yield MeasureDescription(layer.name, name, ("F1",), f"{words}, of {of} both have")
        return
    is_part = attribute.kind == AttributeKind.PART
    title = f"{words}{', exact' if is_part else ''}, of {of} both have"
    if counts_where_given(layer, attribute):
        title += f" and one or both give {f'a {words}' if is_part else 'one'}"
    figures = _BOTH if attribute.kind in LABEL_KINDS and not is_by_token(layer) else _AGREEMENT
    yield MeasureDescription(layer.name, name, figures, title)


def measure_name(attribute: Attribute) -> str:
    """Return the name of the measure of an attribute, which is none of those that layers have."""
    name = attribute.name.replace("_", "-")
    return f"{name}-value" if name in _LAYER_MEASURES else name


def attribute_words(schema: AnnotationSchema, layer: Layer, attribute: Attribute) -> str:
    """Return how a title names an attribute: as the schema's title does, without the word for its label; or its name.

    So ``Claim type`` of a claim is ``type``. ``MadeBy``, which is ``made_by`` without the underscore, is ``made_by``.
    """
    name, title = attribute.name, attribute.title
    if title == name.replace("_", " ").capitalize() or title.lower() == name.replace("_", ""):
        return name
    first, _, rest = attribute.title.lower().partition(" ")
    return (
        rest if rest and first == schema.label_title(layer.name).lower().partition(" ")[0] else attribute.title.lower()
    )
