"""Matching of known names in a sequence of words, for drafts (``suggest``) and for stories (``stories``).

Both choose among overlapping names by ``leftmost_longest``, look names up across scripts in ``KeyedNames``, and share
`normalization`, `suffixes` and `name_keys`. They differ on purpose in what counts as an occurrence of a name:

- ``suggest`` writes labels that people see, so it needs the exact span, type, form and link. It compares the tokens of
  a line word by word, inflected by the suffixes of the line's language, with their capitals, and across scripts only a
  person's full name (``suggest.name_index``).
- ``stories`` needs to know only that two articles in any two languages name the same thing. It compares one key per
  run of letters, whatever the language (``stories.known_names``).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Generic, NamedTuple, Protocol, TypeVar

Value = TypeVar("Value")


class Match(Protocol):
    """A name at the words from ``first`` up to ``stop``, not included."""

    @property
    def first(self) -> int:
        """Index of the first word."""

    @property
    def stop(self) -> int:
        """Index behind the last word."""


AnyMatch = TypeVar("AnyMatch", bound=Match)


def leftmost_longest(matches: Iterable[AnyMatch]) -> Iterator[list[AnyMatch]]:
    """Yield the matches that win over those they overlap, from left to right; equally long ones together.

    Of overlapping matches, the one that begins first wins, then the longest. ``matches`` are in order of ``first``.
    """
    best: list[AnyMatch] = []
    free = 0
    for match in matches:
        if best and match.first != best[0].first:
            yield best
            free, best = best[0].stop, []
        if match.first >= free:
            if not best or match.stop > best[0].stop:
                best = [match]
            elif match.stop == best[0].stop:
                best.append(match)
    if best:
        yield best


class KeyMatch(NamedTuple, Generic[Value]):
    """A value whose keys are those of the words from ``first`` up to ``stop``, not included."""

    first: int
    stop: int
    value: Value


class KeyedNames(Generic[Value]):
    """Values of names, found by the keys of their words."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, ...], list[Value]] = {}
        self._lengths: dict[str, set[int]] = {}

    def add(self, keys: Sequence[str], value: Value) -> None:
        """Add the value of a name whose words have these keys, at least one."""
        self._values.setdefault(tuple(keys), []).append(value)
        self._lengths.setdefault(keys[0], set()).add(len(keys))

    def matches(self, words: Sequence[Sequence[str]]) -> Iterator[KeyMatch[Value]]:
        """Yield the names in a sequence of words, in order of their first word, shorter ones first.

        Each of ``words`` is all keys that the word may have.
        """
        beginnings = self._lengths.keys()
        for first, keys in enumerate(words):
            if not beginnings.isdisjoint(keys):
                yield from self.matches_at(words, first)

    def matches_at(self, words: Sequence[Sequence[str]], first: int) -> Iterator[KeyMatch[Value]]:
        """Yield those of `matches` that begin at a word."""
        for length in sorted({length for key in words[first] for length in self._lengths.get(key, ())}):
            if first + length <= len(words):
                for keys in product(*words[first : first + length]):
                    for value in self._values.get(keys, ()):
                        yield KeyMatch(first, first + length, value)
