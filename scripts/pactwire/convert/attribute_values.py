"""Values of attributes of other formats, converted to those that a dataset's attributes may have."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from pactwire.convert.entity_links import fitting_link, single_identifier
from pactwire.convert.imported_document import AttributeValue, ImportedMention
from pactwire.convert.label_layer import LabelLayer
from pactwire.convert.mapping import LINK, METONYM, LabelMapping, MappedAttribute
from pactwire.convert.omissions import Omissions
from pactwire.model import strict_json
from pactwire.model.escapes import quote
from pactwire.model.labels import is_topic
from pactwire.model.layers import TOPICS, Attribute, AttributeKind

_TRUTHS: Final = {True: True, False: False, "": True, "true": True, "false": False}


class AttributeConverter:
    """Converts the attributes of mentions of one layer; what the layer can't hold is counted by name."""

    def __init__(self, layer: LabelLayer, mapping: LabelMapping, omitted: Omissions) -> None:
        self.layer, self.mapping, self.omitted = layer, mapping, omitted

    def mention_values(self, mention: ImportedMention, implied: Mapping[str, str]) -> dict[str, Any]:
        """Return the values of a mention's attributes by our names; others are ``implied`` by its type."""
        return {**implied, **self.values(all_attributes(mention), mention.span.text or "")}

    def values(self, attributes: Mapping[str, tuple[AttributeValue, ...]], words: str = "") -> dict[str, Any]:
        """Return the values of attributes by our names.

        Args:
            attributes: The values by their names in the other format.
            words: The words that they are about, the example of an attribute that is merely there.
        """
        found: dict[str, Any] = {}
        for name, given in attributes.items():
            entry = self._entry(name)
            if entry is None:
                count_attribute(self.omitted, name, given, words)
            elif entry.attribute.kind == AttributeKind.LINK:
                self._add_link(entry.attribute, given, words, found)
            else:
                for value in given:
                    if not self._add_value(entry, value, found):
                        count_attribute(self.omitted, name, (value,), words)
        return found

    def _entry(self, name: str) -> MappedAttribute | None:
        """Return the entry of an attribute for this layer, None if there is none."""
        entries = self.mapping.attributes.get(name, ())
        return next((entry for entry in entries if entry.layer is self.layer.layer), None)

    def _add_value(self, entry: MappedAttribute, given: AttributeValue, found: dict[str, Any]) -> bool:
        """Add the value of an attribute; return False if it is not allowed, or another one is there."""
        attribute = entry.attribute
        value = self._converted(entry, given)
        if attribute.kind.is_list and value is not None:
            items = [*found.get(attribute.name, ()), value]
            if value in items[:-1] or not self._is_item(attribute, value):
                return value in items[:-1]
            found[attribute.name] = items
            return True
        if attribute.kind == AttributeKind.TEXT and isinstance(found.get(attribute.name), str) and value is not None:
            joined = f"{found[attribute.name]}\n{value}"
            if is_allowed := self.layer.allows(attribute, joined):
                found[attribute.name] = joined
            return is_allowed
        if value is None or attribute.name in found or not self.layer.allows(attribute, value):
            return value is not None and found.get(attribute.name) == value
        found[attribute.name] = value
        return True

    def _is_item(self, attribute: Attribute, value: Any) -> bool:
        if attribute.is_reference:
            return value in attribute.parties or self._is_topic(attribute, value)
        return value in attribute.label_names

    def _converted(self, entry: MappedAttribute, given: AttributeValue) -> Any:
        """Return a value as our attribute has it, None if it can't."""
        attribute = entry.attribute
        if entry.value is not None:
            return entry.value if _TRUTHS.get(given) else None
        match attribute.kind:
            case AttributeKind.FLAG:
                return _TRUTHS.get(given)
            case AttributeKind.NUMBER:
                return _number(given)
            case AttributeKind.TEXT:
                return str(given).lower() if isinstance(given, bool) else str(given)
            case AttributeKind.CHOICE | AttributeKind.CHOICES:
                return self._label(entry, str(given))
        return str(given) if self._is_item(attribute, str(given)) else None

    def _is_topic(self, attribute: Attribute, value: Any) -> bool:
        return TOPICS in attribute.to and isinstance(value, str) and is_topic(value)

    def _label(self, entry: MappedAttribute, value: str) -> str | None:
        """Return the label that a value stands for: by the mapping, its name or its title; None if there is none."""
        if value in entry.labels:
            return entry.labels[value]
        labels = [label for label in entry.attribute.labels if not label.is_deprecated]
        named = [label.name for label in labels if label.name == value]
        titled = [label.name for label in labels if label.title == value]
        return next(iter(named or (titled if len(titled) == 1 else [])), None)

    def _add_link(
        self, attribute: Attribute, given: Iterable[AttributeValue], words: str, found: dict[str, Any]
    ) -> None:
        """Add the one link that all identifiers agree on; none if they differ."""
        links: dict[str, None] = {}
        for each in given:
            identifier = single_identifier(str(each), self.omitted, words)
            link = fitting_link(identifier, partial(self.layer.allows, attribute)) if identifier else None
            if link is not None:
                links[link] = None
            elif identifier:
                base, colon, _ = identifier.partition(":")
                base = f" to {quote(base)}" if colon and base.lower() != "nil" else ""
                self.omitted.add(f"links{base} that the attribute {attribute.name} doesn't allow", identifier)
        if len({*links, *filter(None, [found.get(attribute.name)])}) > 1:
            self.omitted.add("mentions with several links, of which none is taken", "|".join(links))
            found.pop(attribute.name, None)
        elif links:
            found[attribute.name] = next(iter(links))


def count_attributes(mention: ImportedMention, omitted: Omissions) -> None:
    """Count all attributes of a mention that becomes no label; its links go with it."""
    for name, given in mention.attributes.items():
        count_attribute(omitted, name, given, mention.span.text or "")


def count_attribute(omitted: Omissions, name: str, values: Iterable[AttributeValue], words: str) -> None:
    """Count the values of an attribute that has no place; the words of its mention are the example of a flag."""
    for value in values:
        counted = "links without an attribute for them" if name in (LINK, METONYM) else f"attributes {quote(name)}"
        omitted.add(counted, words if value is True else value)


def all_attributes(mention: ImportedMention) -> dict[str, tuple[AttributeValue, ...]]:
    """Return all attributes of a mention, its links among them."""
    links = {name: (value,) for name, value in ((LINK, mention.link), (METONYM, mention.metonym)) if value}
    return {**links, **mention.attributes} if links else mention.attributes


def _number(given: AttributeValue) -> int | float | None:
    """Return a number as a document has it; None if the value is none."""
    try:
        value = strict_json.parse(str(given)) if not isinstance(given, bool) else None
    except ValueError:
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
