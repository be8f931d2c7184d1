"""Detection of stretches of an article's lines that are in another language, as translators leave them behind.

A stretch consists of whole words: a sentence, or a large part of one. Names and quotations are not stretches.
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

# The least size of a stretch, and the size from which "sentences" are tables.
_MIN_LETTERS: Final = 30
_MIN_WORDS: Final = 6
_MAX_SENTENCE_SIZE: Final = 2_000
# How likely another language must be for a whole sentence.
_WHOLE_PROBABILITY: Final = 0.8
# How likely it must be for a part of a sentence: in itself, and compared with the article's other sentences, since
# related languages show everywhere. With few sentences a default stands for the others.
_PART_PROBABILITY: Final = 0.002
_PART_RATIO: Final = 10
_MIN_SENTENCES: Final = 4
_DEFAULT_SHARE: Final = 0.002
# How likely the language of the stretch must be if its sentence as a whole is in the line's language.
_STRETCH_PROBABILITY: Final = 0.9
# How much evidence for the line's language, as a sum of probabilities, trims words off the edge of a stretch.
_EDGE_EVIDENCE: Final = 0.6
_WORD: Final = re.compile(r"\S+")
_LATIN: Final = re.compile(r"[A-Za-z]")
_NON_LATIN: Final = re.compile("[\u0370-\u1dff\u2e80-\ud7ff]")
_QUOTES: Final = "\"'«»„“”‘’‹›"


@dataclass(slots=True)
class Sentence:
    """A sentence of a line (start and end are half-open), the guess at its language, and the language of the line."""

    line: str
    start: int
    end: int
    guess: Guess
    language: str


@dataclass(slots=True)
class _Candidate:
    """A sentence that may hold a stretch; ``whole`` if all of it may be one."""

    sentence: Sentence
    other: str
    """The language that the stretch may be in; empty if it is told by its Latin letters in another script."""
    whole: bool
    words: list[tuple[int, int]]

    def text(self, first: int, last: int) -> str:
        """Return the part of the line from the word ``first`` up to the word ``last``."""
        return self.sentence.line[self.words[first][0] : self.words[last - 1][1]]

    def windows(self) -> list[str]:
        """Return each word with its neighbors."""
        count = len(self.words)
        return [self.text(max(0, at - 1), min(count, at + 2)) for at in range(count)]


def find_stretches(sentences: Sequence[Sentence], also: str | None) -> list[LanguageSpan | None]:
    """Return the stretch in another language of each sentence, or None.

    The other language is one of `langid.COMMON` or ``also``.
    """
    stretches: list[LanguageSpan | None] = [None] * len(sentences)
    typical_share = _typical_share(sentences)
    candidates = {
        number: candidate
        for number, sentence in enumerate(sentences)
        if (candidate := _candidate(sentence, typical_share))
    }
    if not candidates:
        return stretches
    windows = [window for candidate in candidates.values() if candidate.other for window in candidate.windows()]
    guesses = iter(langid.evidence(windows, also=also).guesses())
    runs = [
        _word_run(candidate, list(islice(guesses, len(candidate.words) if candidate.other else 0)))
        for candidate in candidates.values()
    ]
    texts = [
        candidate.text(first, last) if first < last else ""
        for candidate, (first, last) in zip(candidates.values(), runs, strict=True)
    ]
    guesses_of_runs = langid.evidence(texts, also=also).guesses()
    for (number, candidate), (first, last), guess in zip(candidates.items(), runs, guesses_of_runs, strict=True):
        if first < last and _is_stretch(candidate, (first, last), guess):
            stretches[number] = (candidate.words[first][0], candidate.words[last - 1][1], guess.best)
    return stretches


def _typical_share(sentences: Sequence[Sentence]) -> Callable[[str], float]:
    """Return how likely a language is in the article's sentences: the lower median of its probabilities."""

    @cache
    def typical_share(code: str) -> float:
        if len(sentences) < _MIN_SENTENCES:
            return _DEFAULT_SHARE
        return median_low(sentence.guess.probability(code) for sentence in sentences)

    return typical_share


def _candidate(sentence: Sentence, typical_share: Callable[[str], float]) -> _Candidate | None:
    guess, language = sentence.guess, sentence.language
    if UNKNOWN in (guess.best, language) or sentence.end - sentence.start >= _MAX_SENTENCE_SIZE:
        return None
    text = sentence.line[sentence.start : sentence.end]
    whole = guess.best != language and guess.confidence >= _WHOLE_PROBABILITY and guess.probability(language) <= 0.1
    other = ""
    if whole or not _holds_latin(text) or _is_latin(sentence.line):
        # no other language is likelier than what the best one leaves
        if not whole and guess.best == language and guess.confidence > 1 - _PART_PROBABILITY:
            return None
        other, share = guess.runner_up(language)
        if not whole and (share < _PART_PROBABILITY or share < _PART_RATIO * typical_share(other)):
            return None
    words = [word.span() for word in _WORD.finditer(sentence.line, sentence.start, sentence.end)]
    # next to a part in another language, at least as much must be in the line's
    if len(words) < (_MIN_WORDS if whole else 2 * _MIN_WORDS) or sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return None
    return _Candidate(sentence, other, whole, words)


def _holds_latin(text: str) -> bool:
    return _NON_LATIN.search(text) is not None and len(_LATIN.findall(text)) >= _MIN_LETTERS


@lru_cache(maxsize=8)
def _is_latin(text: str) -> bool:
    return 2 * sum(char < "\u0250" for char in text if char.isalpha()) > sum(map(str.isalpha, text))


def _word_run(candidate: _Candidate, guesses: Sequence[Guess]) -> tuple[int, int]:
    """Return the run of words in which the other language outweighs the line's by the most."""
    language, other = candidate.sentence.language, candidate.other
    if other:
        weights = [guess.probability(other) - guess.probability(language) for guess in guesses]
    else:
        words = [candidate.sentence.line[start:end] for start, end in candidate.words]
        # a word in the line's own script ends the run, so that a list of Latin names does not become one
        weights = [1.0 if _LATIN.search(word) else -_MIN_WORDS * float(any(map(str.isalpha, word))) for word in words]
    start, end = best_run(weights)
    # a name or a cognate at the edge does not end the language of the sentence early
    start = 0 if candidate.whole and sum(weights[:start]) > -_EDGE_EVIDENCE else start
    return start, len(weights) if sum(weights[end:]) > -_EDGE_EVIDENCE else end


def _is_stretch(candidate: _Candidate, run: tuple[int, int], guess: Guess) -> bool:
    """Tell whether a run of words is long enough, clearly in another language, and not a quotation."""
    text = candidate.text(*run)
    if run[1] - run[0] < _MIN_WORDS or sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return False
    if text[0] in _QUOTES and text.rstrip(".,")[-1] in _QUOTES:
        return False
    if candidate.whole:
        return guess.best == candidate.other
    if not candidate.other:
        return guess.best not in (UNKNOWN, candidate.sentence.language) and guess.confidence >= _STRETCH_PROBABILITY
    line = candidate.sentence.line
    start, end = candidate.words[run[0]][0], candidate.words[run[1] - 1][1]
    quoted = any(char in _QUOTES for char in line[max(0, start - 2) : start + 1] + line[end - 2 : end + 2])
    return guess.best == candidate.other and guess.confidence >= _STRETCH_PROBABILITY and not quoted
