"""Meanings of relations: which attribute a relation between two regions sets, by its label, direction and types.

A relation is drawn from the other region to the label if the attribute says ``draw: in``, else from the label. One with
a label may go the other way, as all of version 1.0.0 went from the label; one without a label may, where none is drawn
in its direction between the two layers.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple


class RelationMeaning(NamedTuple):
    """A relation of a layer's labels: the attribute that it sets, and the layers, or parts, between which it is drawn.

    ``layer`` is that of the label that has the attribute: the end of the relation if it ``is_inward``, else the start.
    """

    layer: str
    attribute: str
    relation: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    is_inward: bool

    def leads(self, start: str, end: str) -> bool:
        """Say whether it is drawn from one layer to another."""
        return start in self.starts and end in self.ends


class ResolvedRelation(NamedTuple):
    """The attribute that a relation sets, and whether the label that has it is at the relation's start."""

    attribute: str
    is_owner_first: bool


def relation_meaning(
    layer: str, attribute: str, relation: str, others: Sequence[str], is_inward: bool = False
) -> RelationMeaning:
    """Return the meaning of a relation between a layer and ``others``, in the direction in which it is drawn."""
    own, other = (layer,), tuple(others)
    starts, ends = (other, own) if is_inward else (own, other)
    return RelationMeaning(layer, attribute, relation, starts, ends, is_inward)


class RelationMeanings:
    """The meanings of a project's relations, by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, list[RelationMeaning]] = {}

    def add(self, meaning: RelationMeaning) -> None:
        """Add a meaning; no other of its name may be between the same layers in the same direction."""
        self.by_name.setdefault(meaning.relation, []).append(meaning)

    def of_attribute(self, layer: str, attribute: str) -> RelationMeaning:
        """Return the meaning that sets an attribute of a layer's labels."""
        return self._by_attribute[layer, attribute]

    @cached_property
    def _by_attribute(self) -> dict[tuple[str, str], RelationMeaning]:
        return {(each.layer, each.attribute): each for named in self.by_name.values() for each in named}

    def labeled(self, label: str, start: str, end: str) -> ResolvedRelation | None:
        """Return the meaning of a relation with a label between two layers, whichever way it was drawn."""
        return self._labeled.get((label, start, end))

    def unlabeled(self, start: str, end: str) -> ResolvedRelation | None:
        """Return the meaning of a relation without a label between two layers, where there is only one.

        It is one of those that are drawn in this direction; where there are none, of those that are drawn in the other.
        """
        drawn = self.drawn(start, end)
        possible = drawn or self.drawn(end, start)
        if len(possible) != 1:
            return None
        return ResolvedRelation(possible[0].attribute, possible[0].is_inward != bool(drawn))

    def drawn(self, start: str, end: str) -> list[RelationMeaning]:
        """Return the meanings that are drawn from one layer to another."""
        return [meaning for named in self.by_name.values() for meaning in named if meaning.leads(start, end)]

    @cached_property
    def _labeled(self) -> dict[tuple[str, str, str], ResolvedRelation]:
        found: dict[tuple[str, str, str], ResolvedRelation] = {}
        meanings = [meaning for named in self.by_name.values() for meaning in named]
        for meaning, start, end in ((each, *pair) for each in meanings for pair in _pairs(each)):
            found[meaning.relation, start, end] = ResolvedRelation(meaning.attribute, not meaning.is_inward)
        for meaning, start, end in ((each, *pair) for each in meanings for pair in _pairs(each)):
            found.setdefault((meaning.relation, end, start), ResolvedRelation(meaning.attribute, meaning.is_inward))
        return found


def _pairs(meaning: RelationMeaning) -> Iterator[tuple[str, str]]:
    yield from ((start, end) for start in meaning.starts for end in meaning.ends)
