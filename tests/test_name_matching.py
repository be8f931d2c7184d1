"""Matching of known names: which matches win, names by the keys of their words, and the suffixes of these keys."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from pactwire.text import suffixes
from pactwire.text.name_matching import KeyedNames, KeyMatch, leftmost_longest

WORDS = st.lists(st.lists(st.sampled_from("abc"), max_size=2, unique=True), min_size=1, max_size=8)
NAMES = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple), max_size=8, unique=True)


@given(WORDS, NAMES)
def test_names_match_any_combination_of_keys(words: list[list[str]], names: list[tuple[str, ...]]) -> None:
    """At every word, exactly the names match whose keys are among those of the words, shorter names first."""
    keyed: KeyedNames[str] = KeyedNames()
    for keys in names:
        keyed.add(keys, "".join(keys))
    for first in range(len(words)):
        matches = list(keyed.matches_at(words, first))
        lengths = range(1, len(words) - first + 1)
        spans = {(first + length, keys) for length in lengths for keys in product(*words[first : first + length])}
        assert {(match.stop, match.value) for match in matches} == {
            (stop, "".join(keys)) for stop, keys in spans if keys in names
        }
        assert [match.stop for match in matches] == sorted(match.stop for match in matches)
    assert list(keyed.matches(words)) == [match for at in range(len(words)) for match in keyed.matches_at(words, at)]


def test_the_first_then_the_longest_match_wins() -> None:
    """Of overlapping matches the first wins, then the longest; equally long ones are yielded together."""
    matches = [
        KeyMatch(0, 2, "ab"),
        KeyMatch(0, 1, "a"),
        KeyMatch(1, 4, "bcd"),
        KeyMatch(2, 3, "c"),
        KeyMatch(2, 3, "C"),
    ]
    assert [[match.value for match in same] for same in leftmost_longest(matches)] == [["ab"], ["c", "C"]]


def test_case_suffixes_are_in_the_suffix_table() -> None:
    """The suffixes that consonant keys lose are noun suffixes of the one table for Cyrillic."""
    assert set(suffixes.CASE_SUFFIXES) <= set(suffixes.SUFFIX_TABLES[suffixes.CYRILLIC].noun)
