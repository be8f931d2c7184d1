"""Lines of a page in, their languages out: ISO 639-1 codes, or ``und`` where nothing tells.

py3langid decides (naive Bayes over byte n-grams, Lui and Baldwin 2012, "langid.py"; the model ships in the
package and nothing is fetched). It is sure of sentences and guesses at labels, so that short lines take the
language of the lines they stand among.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from pactwire.lines import best_run

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN: Final = "und"
# How much of a text, a line and a label is looked at, in code points: more changes nothing but the time.
_ENOUGH: Final = 1_000
_LINE: Final = 300
_FEW: Final = 100
# How many letters a line, and a block of lines, needs to speak for itself.
_LINE_LETTERS: Final = 40
_BLOCK_LETTERS: Final = 20
# What a part of a line needs at least to be in another language; longer "sentences" are tables.
_PART_LETTERS: Final = 30
_PART_WORDS: Final = 6
_SENTENCE_SIZE: Final = 2_000
# How much evidence for the line's language, in summed probability, cuts words off the edge of such a part.
_EDGE: Final = 0.6
_SENTENCE: Final = re.compile(r"\S.*?(?:[.!?…][\"'’”“»)\]]*(?=\s)|$)", re.DOTALL)
_DATELINE: Final = re.compile(r"([^\W\d_][^\s,]*(?:,?\s[^\W\d_][^\s,]*){0,4})\s[-–—]\s")
_WORD: Final = re.compile(r"\S+")
_QUOTES: Final = "\"'«»„“”‘’‹›"


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if len(code) == 2])
    return identifier


@lru_cache(maxsize=256)
def scores(text: str) -> dict[str, float]:
    """The probability of each language the model knows for a text, best first; empty without letters."""
    if not any(map(str.isalpha, text)):
        return {}
    return dict(_identifier().rank(text[:_ENOUGH]))


def identify(text: str) -> tuple[str, float]:
    """The likeliest language of a text and its probability; ``("und", 0.0)`` without letters."""
    return next(iter(scores(text).items()), (UNKNOWN, 0.0))


@dataclass
class Page:
    """The languages of a page: its article's, each line's, and those its furniture is written in."""

    main: str
    lines: list[str] = field(default_factory=list)
    furniture: set[str] = field(default_factory=set)

    def parts(self, text: str, language: str) -> list[tuple[int, int, str]]:
        """Cut a content line where its language changes: half-open (start, end, language), in order.

        Empty when it does not. What is found: sentences, or most of one, in another language; and a dateline
        ("Brüssel, Belgien - Les…") in a language that the page's furniture is written in.
        """
        cuts = _dateline(text, language, self.furniture) + list(_foreign(text, language))
        if not cuts:
            return []
        parts: list[tuple[int, int, str]] = []
        at = 0
        for start, end, own in [*cuts, (len(text), len(text), language)]:
            between = text[at:start]
            if between.strip():
                begin = at + len(between) - len(between.lstrip())
                parts.append((begin, begin + len(between.strip()), language))
            if end > start:
                parts.append((start, end, own))
            at = end
        return parts


def of_page(texts: Sequence[str], content: Sequence[bool]) -> Page:
    """The languages of a page from its stripped lines, and for each whether it is content."""
    chosen = [text for text, is_content in zip(texts, content, strict=True) if is_content] or texts
    main, sure = identify(" ".join(chosen)[:_ENOUGH])
    page = Page(main if sure >= 0.3 else UNKNOWN)
    scripts = _scripts(" ".join(chosen)[:_ENOUGH])
    at = 0
    while at < len(texts):
        end = at + 1
        while not content[at] and end < len(texts) and not content[end]:
            end += 1
        block = page.main if content[at] else _block(texts[at:end], page.main)
        if not content[at] and block != page.main:
            page.furniture.add(block)
        page.lines += [_line(text, block, page.main, scripts) for text in texts[at:end]]
        at = end
    return page


def _block(texts: Sequence[str], main: str) -> str:
    joined = " ".join(texts)[:_ENOUGH]
    if _letters(joined) < _BLOCK_LETTERS:
        return main
    return _unless_main(joined, main, 0.5)


def _unless_main(text: str, main: str, sure: float) -> str:
    """The language of a text when it is surely not the article's, which stands for kin in doubt."""
    found = scores(text)
    best, score = next(iter(found.items()), (main, 0.0))
    return best if score >= sure and found.get(main, 0.0) < 0.15 and best != UNKNOWN else main


def _line(text: str, block: str, main: str, scripts: set[str]) -> str:
    letters = _letters(text)
    if not letters:
        return UNKNOWN
    if block == main and not _scripts(text[:_FEW]) & scripts:
        return identify(text)[0]
    return _unless_main(text[:_LINE], block, 0.7) if letters >= _LINE_LETTERS else block


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@cache
def _script(char: str) -> str:
    return unicodedata.name(char, "?").split(" ", 1)[0]


def _scripts(text: str) -> set[str]:
    """The scripts that at least a fifth of a text's letters are written in, by their Unicode names."""
    counts = Counter(map(_script, filter(str.isalpha, text)))
    return {name for name, count in counts.items() if count * 5 >= counts.total()}


def _dateline(text: str, language: str, furniture: set[str]) -> list[tuple[int, int, str]]:
    found = _DATELINE.match(text) if furniture else None
    if found is None or not all(word[0].isupper() for word in found[1].split()):
        return []
    own = _unless_main(found[1], language, 0.3)
    return [(found.start(1), found.end(1), own)] if own != language and own in furniture else []


def _foreign(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """The stretches of whole words that are surely in another language, quotations left out."""
    for sentence in _SENTENCE.finditer(text):
        words = [word.span() for word in _WORD.finditer(text, *sentence.span())]
        if len(words) < _PART_WORDS or _letters(sentence[0]) < _PART_LETTERS or len(sentence[0]) > _SENTENCE_SIZE:
            continue
        found = scores(sentence[0])
        own, score = next(iter(found.items()))
        if own in (language, UNKNOWN) or score < 0.8 or found.get(language, 0.0) > 0.1:
            continue
        start, end = _words_in(text, words, own, language)
        part = text[words[start][0] : words[end - 1][1]] if end - start >= _PART_WORDS else ""
        if _letters(part) >= _PART_LETTERS and not (part[0] in _QUOTES and part.rstrip(".,")[-1] in _QUOTES):
            yield words[start][0], words[end - 1][1], own


def _words_in(text: str, words: list[tuple[int, int]], own: str, language: str) -> tuple[int, int]:
    """The run of words in which ``own`` outweighs ``language`` most, each judged among its neighbours."""
    weights: list[float] = []
    for at in range(len(words)):
        first, last = max(0, at - 1), min(len(words), at + 2)
        found = scores(text[words[first][0] : words[last - 1][1]])
        weights.append(found.get(own, 0.0) - found.get(language, 0.0))
    start, end = best_run(weights)
    # A name or a cognate at the edge does not end a sentence's language early.
    start = 0 if sum(weights[:start]) > -_EDGE else start
    return start, len(words) if sum(weights[end:]) > -_EDGE else end
