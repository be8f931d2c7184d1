"""The comparison of labels: what it takes from the schemas of the two versions that are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pactwire.model.layers import Layer
from pactwire.model.schema import AnnotationSchema

Renames = Mapping[tuple[str, str], Mapping[str, str]]
"""The new names of renamed labels by their old names, by layer and attribute."""


@dataclass(frozen=True)
class LabelComparison:
    """What the comparison of labels follows: the layers that both versions declare, and the renamed labels."""

    old: AnnotationSchema
    new: AnnotationSchema
    renames: Renames

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The layers, each once: those of the new version, in its schema's order, and the others."""
        return tuple(dict.fromkeys((*self.new.layer_names, *self.old.layer_names)))

    @cached_property
    def references(self) -> dict[str, tuple[str, ...]]:
        """The names of the attributes that refer to labels, by layer."""
        return {
            layer: tuple(dict.fromkeys(each.name for side in self._declared(layer) for each in side.references))
            for layer in self.layers
        }

    @cached_property
    def referenced_first(self) -> tuple[str, ...]:
        """The layers, in an order in which those that others refer to come first, as far as there is one."""
        order: dict[str, None] = {}

        def visit(layer: str, path: tuple[str, ...]) -> None:
            if layer in order or layer in path:
                return
            for declared in self._declared(layer):
                for target in (name for each in declared.references for name in each.target_layers):
                    visit(target, (*path, layer))
            order[layer] = None

        for layer in self.layers:
            visit(layer, ())
        return tuple(order)

    def _declared(self, layer: str) -> list[Layer]:
        return [side.layers[layer] for side in (self.new, self.old) if layer in side.layers]
