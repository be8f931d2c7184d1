"""Sentences of an article's lines in, the stretches of them out that are in another language.

A stretch is whole words: a sentence, or most or half of one, as translators and machines leave them behind.
Names and quotations are none.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from statistics import median_low
from typing import Final

from pactwire.text import langid
from pactwire.text.langid import UNKNOWN, Guess
from pactwire.text.line_features import best_run

LanguageSpan = tuple[int, int, str]
"""Half-open start and end in a line, and the language."""

# What a stretch needs at least; longer "sentences" are tables.
_MIN_LETTERS: Final = 30
_MIN_WORDS: Final = 6
_MAX_SENTENCE_SIZE: Final = 2_000
# How likely another language must be that a whole sentence is in it.
_WHOLE_PROBABILITY: Final = 0.8
# And that a part of it may be: so likely, and so many times as likely as in the article's other sentences, since
# its kin shines through everywhere; what is usual takes some sentences to tell, and is this much before.
_PART_PROBABILITY: Final = 0.002
_PART_RATIO: Final = 10
_MIN_SENTENCES: Final = 4
_DEFAULT_SHARE: Final = 0.002
# How sure the stretch itself must be when its sentence as a whole is in the line's language.
_STRETCH_PROBABILITY: Final = 0.9
# How much evidence for the line's language, in summed probability, cuts words off the edge of a stretch.
_EDGE_EVIDENCE: Final = 0.6
_WORD: Final = re.compile(r"\S+")
_LATIN: Final = re.compile(r"[A-Za-z]")
_NON_LATIN: Final = re.compile("[\u0370-\u1dff\u2e80-\ud7ff]")
_QUOTES: Final = "\"'«»„“”‘’‹›"


@dataclass(slots=True)
class Sentence:
    """A sentence of a line, half-open, the guess at it, and the language of the line."""

    line: str
    start: int
    end: int
    guess: Guess
    language: str


@dataclass(slots=True)
class _Candidate:
    sentence: Sentence
    other: str
    """The language it may be in; empty where Latin letters in another script tell the words apart."""
    whole: bool
    words: list[tuple[int, int]]

    def text(self, first: int, last: int) -> str:
        """The words from ``first`` up to ``last``, as they stand in the line."""
        return self.sentence.line[self.words[first][0] : self.words[last - 1][1]]

    def windows(self) -> list[str]:
        """Each word among its neighbours."""
        count = len(self.words)
        return [self.text(max(0, at - 1), min(count, at + 2)) for at in range(count)]


def find_stretches(sentences: Sequence[Sentence], also: str | None) -> list[LanguageSpan | None]:
    """For each sentence the stretch that is in another language, common or ``also``, or None."""
    parts: list[LanguageSpan | None] = [None] * len(sentences)
    places: list[int] = []
    suspects: list[_Candidate] = []
    usual = _typical_share(sentences)
    for at, sentence in enumerate(sentences):
        if suspect := _candidate(sentence, usual):
            places.append(at)
            suspects.append(suspect)
    if not suspects:
        return parts
    asked = [window for suspect in suspects if suspect.other for window in suspect.windows()]
    guesses = iter(langid.evidence(asked, also=also).guesses())
    runs = [
        _word_run(suspect, list(islice(guesses, len(suspect.words) if suspect.other else 0))) for suspect in suspects
    ]
    stretches = langid.evidence(
        [suspect.text(*run) if run[0] < run[1] else "" for suspect, run in zip(suspects, runs, strict=True)], also=also
    ).guesses()
    for at, suspect, run, guess in zip(places, suspects, runs, stretches, strict=True):
        if run[0] < run[1] and _is_stretch(suspect, run, guess):
            parts[at] = (suspect.words[run[0]][0], suspect.words[run[1] - 1][1], guess.best)
    return parts


def _typical_share(sentences: Sequence[Sentence]) -> Callable[[str], float]:
    """How likely a language is in an article's sentences: the lower median of its shares."""

    @cache
    def usual(code: str) -> float:
        return (
            median_low(sentence.guess.probability(code) for sentence in sentences)
            if len(sentences) >= _MIN_SENTENCES
            else _DEFAULT_SHARE
        )

    return usual


def _candidate(sentence: Sentence, usual: Callable[[str], float]) -> _Candidate | None:
    guess, language = sentence.guess, sentence.language
    if UNKNOWN in (guess.best, language) or sentence.end - sentence.start >= _MAX_SENTENCE_SIZE:
        return None
    text = sentence.line[sentence.start : sentence.end]
    whole = guess.best != language and guess.confidence >= _WHOLE_PROBABILITY and guess.probability(language) <= 0.1
    other = ""
    if whole or not _holds_latin(text) or _is_latin(sentence.line):
        # What the best leaves over bounds what is left for any other.
        if not whole and guess.best == language and guess.confidence > 1 - _PART_PROBABILITY:
            return None
        other, share = guess.runner_up(language)
        if not whole and (share < _PART_PROBABILITY or share < _PART_RATIO * usual(other)):
            return None
    words = [word.span() for word in _WORD.finditer(sentence.line, sentence.start, sentence.end)]
    # Beside a part in another language, at least as much must stand in the line's.
    if len(words) < (_MIN_WORDS if whole else 2 * _MIN_WORDS) or sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return None
    return _Candidate(sentence, other, whole, words)


def _holds_latin(text: str) -> bool:
    return _NON_LATIN.search(text) is not None and len(_LATIN.findall(text)) >= _MIN_LETTERS


@lru_cache(maxsize=8)
def _is_latin(text: str) -> bool:
    return 2 * sum(char < "\u0250" for char in text if char.isalpha()) > sum(map(str.isalpha, text))


def _word_run(suspect: _Candidate, guesses: Sequence[Guess]) -> tuple[int, int]:
    """The run of words in which the other language outweighs the line's most."""
    language, other = suspect.sentence.language, suspect.other
    if other:
        weights = [guess.probability(other) - guess.probability(language) for guess in guesses]
    else:
        words = [suspect.sentence.line[start:end] for start, end in suspect.words]
        # A word in the line's own script ends the run, so that lists of foreign names do not become one.
        weights = [1.0 if _LATIN.search(word) else -_MIN_WORDS * float(any(map(str.isalpha, word))) for word in words]
    start, end = best_run(weights)
    # A name or a cognate at the edge does not end a sentence's language early.
    start = 0 if suspect.whole and sum(weights[:start]) > -_EDGE_EVIDENCE else start
    return start, len(weights) if sum(weights[end:]) > -_EDGE_EVIDENCE else end


def _is_stretch(suspect: _Candidate, run: tuple[int, int], guess: Guess) -> bool:
    """Whether a run of words is long enough, surely in another language and no quotation."""
    text = suspect.text(*run)
    if run[1] - run[0] < _MIN_WORDS or sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return False
    if text[0] in _QUOTES and text.rstrip(".,")[-1] in _QUOTES:
        return False
    if suspect.whole:
        return guess.best == suspect.other
    if not suspect.other:
        return guess.best not in (UNKNOWN, suspect.sentence.language) and guess.confidence >= _STRETCH_PROBABILITY
    line = suspect.sentence.line
    start, end = suspect.words[run[0]][0], suspect.words[run[1] - 1][1]
    quoted = any(char in _QUOTES for char in line[max(0, start - 2) : start + 1] + line[end - 2 : end + 2])
    return guess.best == suspect.other and guess.confidence >= _STRETCH_PROBABILITY and not quoted
