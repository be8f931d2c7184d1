"""A label as pages show it: its class, what it refers to, its text, and the values of all its other attributes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from pactwire.build.article_context import ArticleContext
from pactwire.model.labels import document_labels, value_list
from pactwire.model.layers import Attribute, AttributeKind, Label
from pactwire.model.records import Cluster
from pactwire.site.collection import Collection, LocatedLabel, Referent
from pactwire.site.layer_styles import LayerStyle


class Value(NamedTuple):
    """A value of an attribute: its text, what it means, and the address it leads to.

    A value is ``usual`` if it is the attribute's default, or a flag that is not set.
    """

    text: str
    about: str = ""
    address: str = ""
    usual: bool = False


class Detail(NamedTuple):
    """An attribute with its values, or with what it refers to."""

    attribute: Attribute
    values: list[Value]
    referents: list[Referent]

    @property
    def is_part(self) -> bool:
        """Whether it is marked in the text itself."""
        return self.attribute.kind == AttributeKind.PART

    @property
    def chips(self) -> list[Value]:
        """The values as they are shown without the attribute's title; empty for what needs it."""
        title = self.attribute.title
        match self.attribute.kind:
            case AttributeKind.CHOICE | AttributeKind.CHOICES:
                return [each._replace(about=f"{title}: {each.about}") for each in self.values]
            case AttributeKind.FLAG:
                about = self.attribute.description
                return [Value(f"{title}: no" if each.usual else title, about, usual=each.usual) for each in self.values]
            case AttributeKind.NUMBER:
                return [each._replace(text=f"{title}: {each.text}") for each in self.values]
        return []


@dataclass(frozen=True)
class LabelView:
    """A label with all of its values.

    Attributes:
        style: how its layer is shown.
        id: its id; that of the layer's style for a label of the whole article.
        kind: its class, if it has one; ``color`` is the CSS class of the color.
        sides: what it refers to by the attributes that a note begins with: the pair of its layer, or the only one.
        text: its main text, empty if it has none.
        fields: its attributes with a value, in the schema's order, without those of ``sides`` and of ``text``, and
            without a class that has a color.
        cluster: its cluster, and the same label in other articles, one list per article.
    """

    style: LayerStyle
    label: Mapping[str, Any]
    id: str
    kind: Label | None
    color: str
    sides: list[list[Referent]]
    text: str
    fields: list[Detail]
    cluster: Cluster | None
    others: list[list[LocatedLabel]]

    @cached_property
    def chips(self) -> list[Value]:
        """The values of choices, flags and numbers."""
        return [chip for each in self.fields for chip in each.chips]

    @cached_property
    def details(self) -> list[Detail]:
        """The other attributes."""
        return [each for each in self.fields if not each.chips]

    def detail(self, attribute: Attribute) -> Detail | None:
        """Return an attribute with its value, wherever it is shown; None without a value, or for the class."""
        found = next((each for each in self.fields if each.attribute is attribute), None)
        if found is None and attribute.name == _main_text(self.style, self.label):
            return Detail(attribute, [Value(self.text)], [])
        if found is None and attribute.is_reference and (referents := self.referents(attribute)):
            return Detail(attribute, [], referents)
        return found

    def referents(self, attribute: Attribute) -> list[Referent]:
        """Return what it refers to by an attribute."""
        shown = dict(zip((each.name for each in side_attributes(self.style)), self.sides, strict=True))
        found = (each.referents for each in self.fields if each.attribute is attribute)
        return shown.get(attribute.name) or next(found, [])


def side_attributes(style: LayerStyle) -> tuple[Attribute, ...]:
    """Return the references that a note begins with: the pair of its layer, or the only one; empty without notes."""
    layer = style.layer
    if not style.has_notes:
        return ()
    return layer.pair or (layer.references if len(layer.references) == 1 else ())


class ArticleLabels:
    """The labels of one article's final document, as its page shows them.

    Those of another document, put in place of the final one, are not ``is_shown`` in the text: nothing leads to them,
    and they are in no cluster.
    """

    def __init__(self, collection: Collection, entry: ArticleContext, is_shown: bool = True) -> None:
        self.collection, self.entry, self.is_shown = collection, entry, is_shown

    @cached_property
    def referents(self) -> dict[str, Referent]:
        """What references can refer to, by the id that they have."""
        schema = self.collection.data.schema
        found = dict(self.collection.topic_referents)
        for name, style in self.collection.styles.items():
            if name in schema.target_layers or style.is_inline:
                for label in document_labels(self.entry.final, name):
                    referent = self.collection.referent(style.layer, label)
                    found[label["id"]] = referent if self.is_shown else referent._replace(label="")
        return found

    @cached_property
    def views(self) -> dict[str, list[LabelView]]:
        """The labels of each layer, in the order of the text."""
        found = {}
        for name, style in self.collection.styles.items():
            labels = document_labels(self.entry.final, name)
            ordered = sorted(labels, key=span_order) if style.layer.is_span else labels
            found[name] = [self.view(style, label) for label in ordered]
        return found

    def is_annotated(self, style: LayerStyle) -> bool:
        """Say whether the layer was annotated, be it without a label."""
        return self.entry.final is not None and style.layer.name in self.entry.final

    def view(self, style: LayerStyle, label: Mapping[str, Any]) -> LabelView:
        """Return one of the document's labels as pages show it."""
        kind, color = style.class_of(label)
        sides, main = side_attributes(style), _main_text(style, label)
        shown = {each.name for each in sides} | {main}
        cluster, others = self._others(label)
        return LabelView(
            style=style,
            label=label,
            id=label["id"] if style.layer.is_span else style.name,
            kind=kind,
            color=color,
            sides=[self._referents(each, label) for each in sides],
            text=label[main] if main else "",
            fields=list(self._fields(style, label, shown)),
            cluster=cluster,
            others=others,
        )

    def _others(self, label: Mapping[str, Any]) -> tuple[Cluster | None, list[list[LocatedLabel]]]:
        if not self.is_shown:
            return None, []
        article = self.entry.article["id"]
        cluster = self.collection.clusters.get(f"{article}/{label.get('id')}")
        found = self.collection.by_article(cluster) if cluster else []
        return cluster, [labels for labels in found if labels[0].head.id != article]

    def _referents(self, attribute: Attribute, label: Mapping[str, Any]) -> list[Referent]:
        return [self.referents[each] for each in value_list(attribute, label)]

    def _fields(self, style: LayerStyle, label: Mapping[str, Any], shown: set[str]) -> Iterator[Detail]:
        for attribute in style.layer.attributes:
            value = label.get(attribute.name)
            is_shown = attribute.name in shown or (attribute is style.layer.class_attribute and style.class_labels)
            if value is None or is_shown:
                continue
            if not attribute.is_reference:
                yield Detail(attribute, self._values(attribute, value), [])
            elif found := self._referents(attribute, label):
                yield Detail(attribute, [], found)

    def _values(self, attribute: Attribute, value: Any) -> list[Value]:
        match attribute.kind:
            case AttributeKind.CHOICE | AttributeKind.CHOICES:
                names = value if isinstance(value, list) else [value]
                chosen = [attribute.labels[attribute.label_names.index(name)] for name in names]
                return [Value(each.title, each.definition, usual=each.name == attribute.default) for each in chosen]
            case AttributeKind.FLAG:
                return [Value("yes" if value else "no", usual=not value)]
            case AttributeKind.NUMBER:
                return [Value(json.dumps(value), attribute.description)]
            case AttributeKind.LINK:
                name = self.collection.link_name(value)
                return [Value(value, "" if name == value else name, attribute.link_address(value))]
            case AttributeKind.PART:
                return [Value(value["text"])]
        return [Value(value)]


def span_order(span: Any) -> tuple[int, int]:
    """Return the place of a span among others: by its start, the longest first."""
    return span["start"], -span["end"]


def _main_text(style: LayerStyle, label: Mapping[str, Any]) -> str:
    """Return the name of the attribute with a label's main text: that of clusters, or the first; empty if none."""
    layer = style.layer
    if not style.has_notes:
        return ""
    names = [layer.clusters.text] if layer.clusters else []
    names += [attribute.name for attribute in layer.of_kind(AttributeKind.TEXT)]
    return next((name for name in names if label.get(name)), "")
