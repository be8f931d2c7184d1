"""Story linkage: the stories and groups of new articles, among themselves and beside those of the registry.

A story is one event; a group is what must not be torn: stories that may be one. Both come from one average linkage
(`linkage`), which joins the most alike first: what is joined down to a likeness of 1 is a story, and what is joined
further down is a group. Stories of the registry are never joined with each other.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pactwire.corpus.splits import EXCLUDED, SplitRow
from pactwire.stories import candidate_pairs, same_events
from pactwire.stories.article_vectors import ArticleVectors
from pactwire.stories.linkage import Link, Linkage, Vector, add_vectors, mean_likeness
from pactwire.stories.same_events import AlikePairs

STORY_LIKENESS: Final = 1.0
"""The least mean likeness of two parts of a story."""
STORY_EVIDENCE: Final = 1.0
"""The least evidence of a pair that parts of a story are joined for: as much as the odds against any pair."""
_EVIDENCE_PER_CAUTION: Final = 0.25
"""How much less evidence is enough for a group, times the caution, where two articles have no words in common to count:
names alone are never enough, even so. Where they have, the whole caution counts."""


class KnownStory(NamedTuple):
    """A story of the registry in one split: the first of its rows, and the row numbers of its articles."""

    row: SplitRow
    articles: list[int]


class LinkedUnit(NamedTuple):
    """Where a unit of near duplicates belongs.

    ``story`` and ``group`` are the first units of its story and group. ``known_story`` and ``known_group`` are stories
    of the registry that it belongs to, or whose group it belongs to, by their place in the list, or None.
    ``bridged`` are stories of the registry in other splits that it also belongs to.
    """

    story: int
    group: int
    known_story: int | None
    known_group: int | None
    bridged: tuple[int, ...]


def link_units(
    units: Sequence[int],
    known: Sequence[KnownStory],
    vectors: ArticleVectors,
    days: npt.NDArray[np.int32],
    caution: float,
) -> tuple[list[LinkedUnit], AlikePairs]:
    """Return the story and the group of each unit, and the pairs of articles that are their evidence.

    Args:
        units: The row number of the first article of each unit.
        known: The stories of the registry.
        vectors: The vectors of all articles.
        days: The day of publication of each article as an ordinal, 0 if unknown.
        caution: How far from a story two stories may be that are one group: from 0, no farther, to less than 1.
    """
    items = _items(units, known, vectors)
    item_of_row = np.full(len(days), -1, np.int64)
    for item, story in enumerate(known):
        item_of_row[story.articles] = item
    item_of_row[list(units)] = np.arange(len(known), len(items))
    pairs = _alike(np.flatnonzero(item_of_row >= 0), vectors, caution, item_of_row, len(known))
    is_event = (pairs.evidence >= STORY_EVIDENCE) & same_events.published_together(pairs.left, pairs.right, days)
    linkage = Linkage(
        [vector for vector, _ in items], [weight for _, weight in items], [at < len(known) for at in range(len(items))]
    )
    event_links = list(_links(pairs.select(is_event), item_of_row))
    linkage.join(event_links, STORY_LIKENESS)
    stories = linkage.clusters()
    linkage.join(_links(pairs, item_of_row), 1 - caution)
    bridges = _bridges(event_links, known, items)
    return list(_linked_units(len(units), known, stories, linkage.clusters(), bridges)), pairs


def _items(units: Sequence[int], known: Sequence[KnownStory], vectors: ArticleVectors) -> list[tuple[Vector, int]]:
    """Return the sum of the vectors of each story of the registry, then the vector of each unit, with their sizes."""
    return [
        *((add_vectors([vectors.vector(row) for row in story.articles]), len(story.articles)) for story in known),
        *((vectors.vector(row), 1) for row in units),
    ]


def _alike(
    rows: npt.NDArray[np.int64], vectors: ArticleVectors, caution: float, item_of_row: npt.NDArray[np.int64], known: int
) -> AlikePairs:
    """Return the pairs that may be joined in a group; at least one of each is new."""
    candidates = same_events.find_candidates(vectors, rows)
    left, right = candidate_pairs.unpack_halves(candidates)
    candidates = candidates[np.maximum(item_of_row[left], item_of_row[right]) >= known]
    pairs = same_events.alike_pairs(candidates, vectors, 1 - caution, 1 - caution)
    languages = vectors.languages[pairs.left], vectors.languages[pairs.right]
    share_words = (languages[0] == languages[1]) & (languages[0] >= 0)
    return pairs.select(share_words | (pairs.evidence >= STORY_EVIDENCE - _EVIDENCE_PER_CAUTION * caution))


def _links(pairs: AlikePairs, item_of_row: npt.NDArray[np.int64]) -> Iterator[Link]:
    left, right = item_of_row[pairs.left].tolist(), item_of_row[pairs.right].tolist()
    yield from (Link(*ends) for ends in zip(left, right, strict=True))


def _bridges(
    links: Sequence[Link], known: Sequence[KnownStory], items: Sequence[tuple[Vector, int]]
) -> Mapping[int, list[int]]:
    """Return the stories of the registry that a unit is alike enough to belong to, by its item."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for story, item in sorted({(min(link), max(link)) for link in links if min(link) < len(known)}):
        (vector, weight), (other, other_weight) = items[item], items[story]
        if mean_likeness(vector, weight, other, other_weight) >= STORY_LIKENESS:
            found[item].append(story)
    return found


def _linked_units(
    units: int,
    known: Sequence[KnownStory],
    stories: Sequence[Sequence[int]],
    groups: Sequence[Sequence[int]],
    bridges: Mapping[int, list[int]],
) -> Iterator[LinkedUnit]:
    """Yield where each unit belongs; a group does not take in the stories of an excluded one."""
    story_of = {item: cluster for cluster in stories for item in cluster}
    group_of = {item: cluster for cluster in groups for item in cluster}
    for item in range(len(known), len(known) + units):
        story, group = story_of[item], group_of[item]
        known_story = story[0] if story[0] < len(known) else None
        known_group = group[0] if group[0] < len(known) else None
        if known_group is not None and known_story is None and known[known_group].row.split == EXCLUDED:
            known_group = None
        new = [other for other in group if other >= len(known) and story_of[other][0] >= len(known)] or [item]
        split = known[known_story].row.split if known_story is not None else None
        bridged = tuple(other for other in bridges.get(item, ()) if split and known[other].row.split != split)
        first = next(other for other in story if other >= len(known))
        yield LinkedUnit(first - len(known), new[0] - len(known), known_story, known_group, bridged)
