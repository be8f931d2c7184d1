"""Names of the controls and relations of attributes in Label Studio."""

from collections import Counter
from collections.abc import Sequence

from pactwire.model.layers import TOPICS, Attribute, AttributeKind, Layer


class ControlNames:
    """Names controls, each once: an attribute that several layers have gets the name of the layer's label before it."""

    def __init__(self, layers: Sequence[Layer], reserved: Sequence[str]) -> None:
        self._counts = Counter(reserved)
        self._counts.update(attribute.name for layer in layers for attribute in layer.attributes)
        self._counts.update(
            relation_name(each) for layer in layers for each in layer.references if relation_name(each) != each.name
        )
        self.topics = sum(TOPICS in each.to for layer in layers for each in layer.references)

    def name(self, layer: Layer, attribute: Attribute, default: str) -> str:
        """Return the name of an attribute's control: that in the schema, else ``default``."""
        if attribute.control:
            return attribute.control
        return default if self._counts[default] < 2 else f"{layer.label}_{default}"


def relation_name(attribute: Attribute) -> str:
    """Return the name of a reference's relation: that in the schema, else the attribute's, in the singular."""
    is_plural = attribute.kind == AttributeKind.REFERENCES
    return attribute.relation or (attribute.name.removesuffix("s") if is_plural else attribute.name)
