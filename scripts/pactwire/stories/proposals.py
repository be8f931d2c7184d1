"""A corpus to a proposal for each article without a row in splits.csv: its story, its split, and the evidence."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pactwire.corpus.corpus import Corpus
from pactwire.corpus.splits import SplitRow
from pactwire.model.issues import DataError
from pactwire.stories import candidate_pairs, event_features, events, near_duplicates, split_assignment
from pactwire.stories.article_features import Contents
from pactwire.stories.candidate_pairs import Pairs
from pactwire.stories.event_features import Clue
from pactwire.stories.events import Clues, Counts
from pactwire.stories.shingles import Hashes, shingles
from pactwire.stories.signatures import Signatures, signatures
from pactwire.stories.split_assignment import Place, Tie

_BATCH: Final = 1_000
_TOLD: Final = 8
"""Pieces of evidence that are told of a pair, the weightiest first."""
_KEPT: Final = 256


class Evidence(NamedTuple):
    """Why two articles are one story: a score from 0 to 1, and what both hold, in words."""

    other: str
    kind: str
    score: float
    shared: list[str]


class Proposal(NamedTuple):
    """A row for an article, what ties it to other articles, and the rows that it bridges where it is excluded."""

    row: SplitRow
    evidence: list[Evidence]
    bridged: tuple[SplitRow, ...]

    def record(self) -> dict[str, Any]:
        """Return the proposal as JSON."""
        return {
            **self.row._asdict(),
            "evidence": [each._asdict() for each in self.evidence],
            "bridged": [row._asdict() for row in self.bridged],
        }


class _Arrays(NamedTuple):
    """What all articles are grouped by, row by row."""

    signatures: Signatures
    clues: Clues


def propose(data: Corpus, track: Callable[[Sequence[str]], Iterable[str]] = iter) -> list[Proposal]:
    """Return a proposal for each article without a row, in the order of the raw files.

    ``track`` wraps the ids that are read, to show how far it is. Raises DataError where a file or record
    can't be read, since a story can't be told from half of the articles.
    """
    if problems := [*data.issues, *(issue for issues in data.articles.loose() for issue in issues)]:
        raise DataError(problems)
    ids = list(data.articles)
    known = {row.article for _, row in data.splits}
    fresh = np.array([identity not in known for identity in ids], bool)
    if not fresh.any():
        return []
    contents = Contents(data)
    arrays = _arrays(contents, ids, track)
    ties = list(_ties(contents, ids, arrays, fresh))
    rows = [row for _, row in data.splits]
    newcomers = [identity for identity, new in zip(ids, fresh, strict=True) if new]
    found = split_assignment.places(newcomers, [tie for tie, _ in ties], rows)
    return list(_told(found, ties))


def _arrays(contents: Contents, ids: Sequence[str], track: Callable[[Sequence[str]], Iterable[str]]) -> _Arrays:
    parts, codes, languages, days = [], [], [], []
    waiting = iter(track(ids))
    while batch := [contents.read(identity) for identity in islice(waiting, _BATCH)]:
        parts.append(signatures(each.text for each in batch))
        codes += [event_features.codes(each.clues) for each in batch]
        languages += [each.language for each in batch]
        days += [each.day for each in batch]
    return _Arrays(np.concatenate(parts), events.gather(codes, languages, days))


def _ties(
    contents: Contents, ids: Sequence[str], arrays: _Arrays, fresh: npt.NDArray[np.bool_]
) -> Iterator[tuple[Tie, Evidence]]:
    """Yield what ties newcomers to each other and to the registry's articles."""

    @lru_cache(maxsize=_KEPT)
    def shingles_of(row: int) -> Hashes:
        return shingles(contents.read(ids[row]).text)

    for copy in near_duplicates.verified(
        _of_newcomers(near_duplicates.candidates(arrays.signatures), fresh), shingles_of
    ):
        shared = [f"{copy.likeness:.0%} of their runs of four words"]
        tie = Tie(ids[copy.left], ids[copy.right], copy.likeness)
        yield tie, Evidence(tie.right, "copy", round(copy.likeness, 3), shared)
    counts = events.count(arrays.clues)
    found = _of_newcomers(events.candidates(arrays.clues, counts), fresh)
    for event in events.weighed(found, arrays.clues, counts):
        tie = Tie(ids[event.left], ids[event.right], event.probability)
        shared = _shared(contents, tie, counts)
        yield tie, Evidence(tie.right, "event", round(event.probability, 3), shared)


def _of_newcomers(found: Pairs, fresh: npt.NDArray[np.bool_]) -> Pairs:
    left, right = candidate_pairs.unpacked(found)
    return found[fresh[left] | fresh[right]]


def _shared(contents: Contents, tie: Tie, counts: Counts) -> list[str]:
    """Say what two articles share, the rarest first: the number 11000 (“11 000”, “11,000”)."""
    mine, theirs = contents.read(tie.left).clues, contents.read(tie.right).clues
    both = [clue for clue in mine if clue in theirs]
    chances = counts.chances(np.array([event_features.code(clue) for clue in both], np.uint32))
    ranked = [both[place] for place in np.argsort(chances, kind="stable")[:_TOLD]]
    return [f"{_name(contents, clue)} (“{mine[clue]}”, “{theirs[clue]}”)" for clue in ranked]


def _name(contents: Contents, clue: Clue) -> str:
    link = contents.data.links.get(clue.value) if clue.kind == event_features.LINK else None
    if link:
        return link.name
    return f"the {clue.kind} {clue.value}" if clue.kind != event_features.NAME else "a name"


def _told(found: Iterable[Place], ties: Iterable[tuple[Tie, Evidence]]) -> Iterator[Proposal]:
    """Yield the proposals with the evidence of each: its ties to rows and to newcomers, the strongest first."""
    of: dict[str, list[Evidence]] = {}
    for tie, evidence in ties:
        of.setdefault(tie.left, []).append(evidence)
        of.setdefault(tie.right, []).append(evidence._replace(other=tie.left))
    for place in found:
        mine = sorted(of.get(place.row.article, []), key=lambda each: (-each.score, each.other, each.kind))
        yield Proposal(place.row, mine, place.bridged)
