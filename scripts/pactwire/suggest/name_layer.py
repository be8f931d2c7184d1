"""The layer of a dataset whose labels are names: what its schema says of them, and which of it drafts can fill in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, NamedTuple

from pactwire.corpus import tables
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.corpus.tables import LinkRow
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.layers import Attribute, AttributeKind, Layer
from pactwire.model.records import Span
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_reader import read_layers

PERSON, PLACE, ADJECTIVE = "person", "place", "adjective"
"""What ``x-names`` says of a label: in the class, what names are of; in another choice, that it is for adjectives."""

_NO_LAYER: Final = 'no layer has "names": true in its x-layer, so that there are no names to draft'


class Reading(NamedTuple):
    """What a name was labeled as: its class, its form, its link, and its further links.

    The form is the choice that has a label for adjectives. What is unknown or not declared is None.
    """

    label: str | None
    form: str | None
    link: str | None
    further_links: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class NameLayer:
    """The layer of names of a schema, and its class: the attribute that says what kind of thing a name names."""

    schema: AnnotationSchema
    layer: Layer
    class_attribute: Attribute

    @property
    def name(self) -> str:
        """The name of the layer."""
        return self.layer.name

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The labels of the class that a draft may have, in the schema's order."""
        return tuple(label.name for label in self.class_attribute.labels if not label.is_deprecated)

    @cached_property
    def persons(self) -> frozenset[str]:
        """The classes of persons."""
        return self._named(PERSON)

    @cached_property
    def places(self) -> frozenset[str]:
        """The classes of places."""
        return self._named(PLACE)

    def _named(self, names: str) -> frozenset[str]:
        return frozenset(label.name for label in self.class_attribute.labels if label.names == names)

    @cached_property
    def _adjective(self) -> tuple[Attribute | None, str | None]:
        """The first choice besides the class that has a label for adjectives, and this label."""
        for attribute in self.layer.of_kind(AttributeKind.CHOICE):
            for label in attribute.labels:
                if label.names == ADJECTIVE and not label.is_deprecated and attribute is not self.class_attribute:
                    return attribute, label.name
        return None, None

    @property
    def form(self) -> Attribute | None:
        """The choice that tells adjectives from names, if there is one."""
        return self._adjective[0]

    @property
    def adjective(self) -> str | None:
        """The label of adjectives; None if the schema has none, so that none are made from the names of places."""
        return self._adjective[1]

    @property
    def link(self) -> Attribute | None:
        """The attribute with the link of a name, if there is one."""
        return next(iter(self.layer.links), None)

    def order(self, label: str | None, form: str | None) -> tuple[int, int]:
        """Return the places of a class and a form in the schema's order; none is last."""
        forms = self.form.label_names if self.form else ()
        classes = self.class_attribute.label_names
        return (
            classes.index(label) if label is not None else len(classes),
            forms.index(form) if form is not None else len(forms),
        )

    @cached_property
    def models(self) -> Mapping[str, Mapping[str, str]]:
        """The class of each label of a kind of model that means one."""
        found: dict[str, dict[str, str]] = {}
        for label in self.class_attribute.labels:
            for kind, names in (label.models or {}).items() if not label.is_deprecated else ():
                found.setdefault(kind, {}).update(dict.fromkeys(names, label.name))
        return found

    @property
    def _blank(self) -> Mapping[str, Any]:
        return self.schema.blank_values(self.name)

    @cached_property
    def unfilled(self) -> tuple[str, ...]:
        """The attributes that every label has, but that no draft can fill in."""
        known = {self.class_attribute.name, *(each.name for each in self.layer.links), *self._blank}
        required = self.schema.required_keys(self.name)
        return tuple(each.name for each in self.layer.attributes if each.name in required - known)

    def link_of(self, label: Mapping[str, Any]) -> str | None:
        """Return the link of a label, if it has one."""
        return label.get(self.link.name) if self.link else None

    def blank_reading(self, label: str | None, link: str | None = None) -> Reading:
        """Return the reading of a name of which only the class and perhaps the link are known."""
        form = self._blank.get(self.form.name) if self.form else None
        return Reading(label, form, link, (None,) * len(self.layer.links[1:]))

    def label_reading(self, label: Mapping[str, Any], links: Mapping[str, LinkRow]) -> Reading:
        """Return what a label says of its name, without links that the table of links lacks."""
        found = [label.get(each.name) for each in self.layer.links]
        link, *further = [each if each in links else None for each in found] or [None]
        form = label.get(self.form.name) if self.form else None
        return Reading(label.get(self.class_attribute.name), form, link, tuple(further))

    def row_reading(self, row: LinkRow) -> Reading | None:
        """Return what a row of links.tsv says of its name; None if it has no class that a draft may have."""
        if row.type not in self.classes:
            return None
        is_allowed = self.link and self.schema.allows_value(self.name, self.link, row.link)
        return self.blank_reading(row.type, row.link if is_allowed else None)

    def as_adjective(self, reading: Reading) -> Reading:
        """Return the reading of an adjective that is made from a name."""
        return self.blank_reading(reading.label, reading.link)._replace(form=self.adjective)

    def is_adjective(self, reading: Reading) -> bool:
        """Return whether a name is an adjective that is made from another."""
        return self.adjective is not None and reading.form == self.adjective

    def values(self, reading: Reading) -> dict[str, str | None]:
        """Return the attributes that a reading is about, in the schema's order."""
        links = zip(self.layer.links, (reading.link, *reading.further_links), strict=False)
        given = {self.class_attribute.name: reading.label, **{each.name: link for each, link in links}}
        given |= {self.form.name: reading.form} if self.form else {}
        return {each.name: given[each.name] for each in self.layer.attributes if each.name in given}

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """The attributes that names are known with, in the schema's order."""
        return tuple(self.values(self.blank_reading(None)))

    def label(self, span: Span, reading: Reading, annotator: str) -> dict[str, Any]:
        """Return a label without id: what the reading does not say is blank."""
        known = {name: value for name, value in self.values(reading).items() if value is not None}
        filled = self.schema.filled_values(self.name, known)
        return {"start": span["start"], "end": span["end"], "text": span["text"], **filled, "by": [annotator]}

    def allows(self, label: Mapping[str, Any]) -> bool:
        """Return whether the schema allows a label, once it has an id."""
        [numbered] = self.numbered([label])
        return self.schema.label_validator(self.name).is_valid(numbered)

    def numbered(self, labels: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return labels with their ids."""
        return [{"id": f"{self.layer.prefix}{number}", **label} for number, label in enumerate(labels, 1)]


@cache
def name_layer(schema: AnnotationSchema) -> NameLayer | None:
    """Return the layer of names of a schema, if it has one."""
    layer = schema.names_layer
    return NameLayer(schema, layer, layer.class_attribute) if layer and layer.class_attribute else None


def drafted_layer(data: Corpus) -> NameLayer:
    """Return the layer that drafts of a corpus have.

    Raises DataError if no layer is one of names (suggest-layer), or if a label must have attributes that no draft can
    fill in (suggest-attribute).
    """
    names = name_layer(data.schema)
    if names is None:
        raise DataError([Issue(SCHEMA_FILE, 1, "suggest-layer", _NO_LAYER)])
    if names.unfilled:
        raise DataError(_unfilled_issues(data, names))
    return names


def _unfilled_issues(data: Corpus, names: NameLayer) -> list[Issue]:
    lines = strict_json.value_lines((data.root / SCHEMA_FILE).read_text(encoding="utf-8"))
    nodes = next(node for node in read_layers(data.schema.declaration)[0] if node.name == names.name).attributes
    return [
        Issue(
            SCHEMA_FILE,
            tables.line_of_path(lines, nodes[name].path),
            "suggest-attribute",
            f"every {names.layer.label} has {name}, which drafts can't fill in: it has no default and can't be null",
        )
        for name in names.unfilled
    ]
