"""Lines of a page in, their languages out: ISO 639-1 codes, or ``und`` where nothing tells.

The model of ``identifier`` is sure of sentences and guesses at labels, so that short lines take the language of
the lines they stand among, and a line in another language needs to be long enough to speak for itself.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Final

from pactwire.text import code_switching, langid
from pactwire.text.code_switching import LanguageSpan, Sentence
from pactwire.text.langid import UNKNOWN, Evidence, Guess

# How much is looked at, in code points: of a text; of an article in two places; of a block and a line of furniture.
_MAX_TEXT_SIZE: Final = 1_000
_SAMPLE_SIZE: Final = 200
_BLOCK_SIZE: Final = 300
_LINE_SIZE: Final = 160
_SCRIPT_SAMPLE_SIZE: Final = 100
# How many letters a line, and a block of lines, needs to speak for itself.
_LINE_LETTERS: Final = 40
_BLOCK_LETTERS: Final = 20
# How sure a guess must be: of an article, of a label by itself, and of a language that few write in.
_ARTICLE_CONFIDENCE: Final = 0.3
_LABEL_CONFIDENCE: Final = 0.5
_RARE_CONFIDENCE: Final = 0.6
# Longer "sentences" are tables, and lines with more of them no prose: neither is looked at to its end.
_MAX_SENTENCE_SIZE: Final = 2_000
_MAX_SENTENCES: Final = 1_000
_SENTENCE: Final = re.compile(r"\S.*?(?:[.!?…][\"'’”“»)\]]*(?=\s)|$)", re.DOTALL)
_DATELINE: Final = re.compile(r"([^\W\d_][^\s,]*(?:,?\s[^\W\d_][^\s,]*){0,4})\s[-–—]\s")


@dataclass
class PageLanguages:
    """The languages of a page: its article's, each line's, and those its furniture is written in.

    ``parts`` holds for each line where it is cut because its language changes: in order, and empty when it does
    not. What is found in content lines: sentences, or most of one, in another language; and a dateline
    ("Brüssel, Belgien - Les…") in a language that the page's furniture is written in.
    """

    main: str
    lines: list[str] = field(default_factory=list)
    furniture: set[str] = field(default_factory=set)
    parts: list[list[LanguageSpan]] = field(default_factory=list)

    @property
    def extra_language(self) -> str | None:
        """The article's language, to be asked about where it is a rare one."""
        return None if self.main == UNKNOWN else self.main


def identify(text: str) -> tuple[str, float]:
    """The likeliest language of a text and its probability; ``("und", 0.0)`` without letters.

    A rare language needs more than a guess, since short texts look like one too often.
    """
    if not any(map(str.isalpha, text)):
        return UNKNOWN, 0.0
    guess = langid.evidence([text[:_MAX_TEXT_SIZE]], langid.supported_languages()).guesses()[0]
    if guess.best not in langid.COMMON and guess.confidence < _RARE_CONFIDENCE:
        guess = guess.restricted_to(langid.COMMON)
    return guess.best, guess.confidence


def identify_page(texts: Sequence[str], content: Sequence[bool]) -> PageLanguages:
    """The languages of a page from its stripped lines, and for each whether it is content."""
    chosen = [text for text, is_content in zip(texts, content, strict=True) if is_content] or texts
    article = _sample(" ".join(chosen))
    main, sure = identify(article)
    page = PageLanguages(
        main if sure >= (_ARTICLE_CONFIDENCE if _is_long_enough(article) else _LABEL_CONFIDENCE) else UNKNOWN
    )
    scripts = _scripts(article)

    pieces = [_spans_to_identify(text, is_content, scripts) for text, is_content in zip(texts, content, strict=True)]
    asked = [text[start:end] for text, spans in zip(texts, pieces, strict=True) for start, end in spans]
    blocks = list(_blocks(content))
    joined = [" ".join(texts[start:end])[:_BLOCK_SIZE] for start, end in blocks]
    evidence = langid.evidence([*asked, *joined], also=page.extra_language)
    guesses = evidence.guesses()
    own = _line_guesses(evidence, guesses, pieces)

    page.lines = [page.main] * len(texts)
    for (start, end), text, guess in zip(blocks, joined, guesses[len(asked) :], strict=True):
        language = guess.best_unless(page.main, 0.5) if _count_letters(text) >= _BLOCK_LETTERS else page.main
        page.lines[start:end] = [language] * (end - start)
        page.furniture |= {language} - {page.main}
    for at, text in enumerate(texts):
        page.lines[at] = _line_language(text, own.get(at), page.lines[at], page.main, scripts)
    page.parts = _line_parts(page, texts, content, pieces, guesses)
    return page


def _sample(text: str) -> str:
    """Enough of a text to tell its language, from its beginning and its middle."""
    middle = len(text) // 2
    return text if len(text) <= 2 * _SAMPLE_SIZE else f"{text[:_SAMPLE_SIZE]} {text[middle : middle + _SAMPLE_SIZE]}"


def _line_guesses(
    evidence: Evidence, guesses: Sequence[Guess], pieces: Sequence[Sequence[tuple[int, int]]]
) -> dict[int, Guess]:
    """The guess for each line that something was asked about, by its number."""
    asked = [at for at, spans in enumerate(pieces) for _ in spans]
    whole = dict(zip(asked, guesses, strict=False))
    several = [at for at, spans in enumerate(pieces) if len(spans) > 1]
    numbers = {at: number for number, at in enumerate(several)}
    rows = [row for row, at in enumerate(asked) if at in numbers]
    added = evidence.summed(rows, [numbers[asked[row]] for row in rows], len(several))
    return whole | dict(zip(several, added.guesses(), strict=True))


def _spans_to_identify(text: str, is_content: bool, scripts: set[str]) -> list[tuple[int, int]]:
    """What is asked about a line: its sentences, or its beginning when it is furniture that can speak for itself."""
    if is_content:
        sentences = islice(_SENTENCE.finditer(text), _MAX_SENTENCES)
        return [(m.start(), min(m.end(), m.start() + _MAX_SENTENCE_SIZE)) for m in sentences]
    if _is_long_enough(text) or _is_in_other_script(text, scripts):
        return [(0, min(len(text), _LINE_SIZE))]
    return []


def _blocks(content: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The runs of furniture lines, half-open."""
    start = 0
    for at, is_content in enumerate([*content, True]):
        if is_content:
            if at > start:
                yield start, at
            start = at + 1


def _line_language(text: str, own: Guess | None, around: str, main: str, scripts: set[str]) -> str:
    if not any(map(str.isalpha, text)):
        return UNKNOWN
    if own is None:
        return around
    if around == main and _is_in_other_script(text, scripts):
        return own.best if own.confidence >= _LABEL_CONFIDENCE else UNKNOWN
    return own.best_unless(around, 0.7) if _is_long_enough(text) else around


def _is_long_enough(text: str) -> bool:
    return len(text) >= _LINE_LETTERS and _count_letters(text[:_LINE_SIZE]) >= _LINE_LETTERS


def _count_letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@cache
def _script(char: str) -> str:
    return unicodedata.name(char, "?").split(" ", 1)[0]


def _scripts(text: str) -> set[str]:
    """The scripts that at least a fifth of a text's letters are written in, by their Unicode names."""
    counts = Counter(map(_script, filter(str.isalpha, text)))
    return {name for name, count in counts.items() if count * 5 >= counts.total()}


def _is_in_other_script(text: str, scripts: set[str]) -> bool:
    """Whether a line's beginning has letters, and none of the scripts of the article among them."""
    if text.isascii():
        return "LATIN" not in scripts and any(map(str.isalpha, text))
    found = False
    for char in text[:_SCRIPT_SAMPLE_SIZE]:
        if char.isalpha():
            if _script(char) in scripts:
                return False
            found = True
    return found


def _line_parts(
    page: PageLanguages,
    texts: Sequence[str],
    content: Sequence[bool],
    pieces: Sequence[Sequence[tuple[int, int]]],
    guesses: Sequence[Guess],
) -> list[list[LanguageSpan]]:
    asked = [(at, start, end) for at, spans in enumerate(pieces) for start, end in spans]
    mine = [(*each, guess) for each, guess in zip(asked, guesses, strict=False) if content[each[0]]]
    sentences = [Sentence(texts[at], start, end, guess, page.lines[at]) for at, start, end, guess in mine]
    cuts: dict[int, list[LanguageSpan]] = {}
    for (at, *_), part in zip(mine, code_switching.find_stretches(sentences, page.extra_language), strict=True):
        if part:
            cuts.setdefault(at, []).append(part)
    for at, text in enumerate(texts):
        dateline = _dateline(text, page.lines[at], page) if content[at] and page.furniture else None
        if dateline and (at not in cuts or cuts[at][0][0] >= dateline[1]):
            cuts.setdefault(at, []).insert(0, dateline)
    return [_split_line(text, page.lines[at], cuts[at]) if at in cuts else [] for at, text in enumerate(texts)]


def _split_line(text: str, language: str, cuts: Sequence[LanguageSpan]) -> list[LanguageSpan]:
    parts: list[LanguageSpan] = []
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


def _dateline(text: str, language: str, page: PageLanguages) -> LanguageSpan | None:
    match = _DATELINE.match(text)
    if match is None or not all(word[0].isupper() for word in match[1].split()):
        return None
    own = langid.evidence([match[1]], also=page.extra_language).guesses()[0].best_unless(language, 0.3)
    return (match.start(1), match.end(1), own) if own != language and own in page.furniture else None
