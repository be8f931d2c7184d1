"""Languages of the lines of a page: ISO 639-1 codes, or ``und`` if unknown.

The model of `langid` is reliable for sentences and guesses at labels. So short lines take the language of the lines
around them, and a line is identified by itself only if it is long enough.
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

# How much is looked at, in code points: of a text, of an article in two places, of a block of furniture and one line of
# it, and of a line for its script.
_MAX_TEXT_SIZE: Final = 1_000
_SAMPLE_SIZE: Final = 200
_BLOCK_SIZE: Final = 300
_LINE_SIZE: Final = 160
_SCRIPT_SAMPLE_SIZE: Final = 100
# How many letters a line, and a block of lines, need to be identified by themselves.
_LINE_LETTERS: Final = 40
_BLOCK_LETTERS: Final = 20
# How probable the language must be: of an article, of a label by itself, and a rare language of any text.
_ARTICLE_CONFIDENCE: Final = 0.3
_LABEL_CONFIDENCE: Final = 0.5
_RARE_CONFIDENCE: Final = 0.6
# Longer "sentences" are tables, and lines with more of them are not prose: neither is read to its end.
_MAX_SENTENCE_SIZE: Final = 2_000
_MAX_SENTENCES: Final = 1_000
_SENTENCE: Final = re.compile(r"\S.*?(?:[.!?…][\"'’”“»)\]]*(?=\s)|$)", re.DOTALL)
_DATELINE: Final = re.compile(r"([^\W\d_][^\s,]*(?:,?\s[^\W\d_][^\s,]*){0,4})\s[-–—]\s")


@dataclass
class PageLanguages:
    """The languages of a page: of its article (``main``), of each line, and those of its furniture.

    ``parts`` holds for each line its parts in different languages, in order; it is empty if the line is in one.
    Such parts are in content lines only: sentences, or large parts of one, in another language, and a dateline
    ("Brüssel, Belgien - Les…") in a language of the furniture.
    """

    main: str
    lines: list[str] = field(default_factory=list)
    furniture: set[str] = field(default_factory=set)
    parts: list[list[LanguageSpan]] = field(default_factory=list)

    @property
    def extra_language(self) -> str | None:
        """The article's language, to be considered even if it is a rare one."""
        return None if self.main == UNKNOWN else self.main


def identify(text: str) -> tuple[str, float]:
    """Return the likeliest language of a text and its probability; ``("und", 0.0)`` for a text without letters.

    A rare language needs a higher probability, since short texts look like one too often.
    """
    if not any(map(str.isalpha, text)):
        return UNKNOWN, 0.0
    guess = langid.evidence([text[:_MAX_TEXT_SIZE]], langid.supported_languages()).guesses()[0]
    if guess.best not in langid.COMMON and guess.confidence < _RARE_CONFIDENCE:
        guess = guess.restricted_to(langid.COMMON)
    return guess.best, guess.confidence


def identify_page(texts: Sequence[str], content: Sequence[bool]) -> PageLanguages:
    """Return the languages of a page.

    Args:
        texts: The lines of the page, stripped.
        content: For each line, whether it is content.
    """
    content_texts = [text for text, is_content in zip(texts, content, strict=True) if is_content] or texts
    article = _sample(" ".join(content_texts))
    main, probability = identify(article)
    needed = _ARTICLE_CONFIDENCE if _is_long_enough(article) else _LABEL_CONFIDENCE
    page = PageLanguages(main if probability >= needed else UNKNOWN)
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
    """Return enough of a text to identify its language, from its beginning and its middle."""
    middle = len(text) // 2
    return text if len(text) <= 2 * _SAMPLE_SIZE else f"{text[:_SAMPLE_SIZE]} {text[middle : middle + _SAMPLE_SIZE]}"


def _line_guesses(
    evidence: Evidence, guesses: Sequence[Guess], pieces: Sequence[Sequence[tuple[int, int]]]
) -> dict[int, Guess]:
    """Return the guess for each line that has spans to identify, by its number."""
    line_of_span = [line for line, spans in enumerate(pieces) for _ in spans]
    guess_of_line = dict(zip(line_of_span, guesses, strict=False))
    several = [line for line, spans in enumerate(pieces) if len(spans) > 1]
    numbers = {line: number for number, line in enumerate(several)}
    rows = [row for row, line in enumerate(line_of_span) if line in numbers]
    summed = evidence.summed(rows, [numbers[line_of_span[row]] for row in rows], len(several))
    return guess_of_line | dict(zip(several, summed.guesses(), strict=True))


def _spans_to_identify(text: str, is_content: bool, scripts: set[str]) -> list[tuple[int, int]]:
    """Return the sentences of a content line, or the beginning of furniture that can be identified."""
    if is_content:
        sentences = islice(_SENTENCE.finditer(text), _MAX_SENTENCES)
        return [(match.start(), min(match.end(), match.start() + _MAX_SENTENCE_SIZE)) for match in sentences]
    if _is_long_enough(text) or _is_in_other_script(text, scripts):
        return [(0, min(len(text), _LINE_SIZE))]
    return []


def _blocks(content: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the runs of furniture lines, half-open."""
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
    """Return the Unicode names of the scripts of at least a fifth of a text's letters."""
    counts = Counter(map(_script, filter(str.isalpha, text)))
    return {name for name, count in counts.items() if count * 5 >= counts.total()}


def _is_in_other_script(text: str, scripts: set[str]) -> bool:
    """Tell whether the beginning of a line has letters, none of them in a script of the article."""
    if text.isascii():
        return "LATIN" not in scripts and any(map(str.isalpha, text))
    letters = [char for char in text[:_SCRIPT_SAMPLE_SIZE] if char.isalpha()]
    return bool(letters) and not any(_script(char) in scripts for char in letters)


def _line_parts(
    page: PageLanguages,
    texts: Sequence[str],
    content: Sequence[bool],
    pieces: Sequence[Sequence[tuple[int, int]]],
    guesses: Sequence[Guess],
) -> list[list[LanguageSpan]]:
    spans = [(line, start, end) for line, own_spans in enumerate(pieces) for start, end in own_spans]
    sentences = {
        (line, start): Sentence(texts[line], start, end, guess, page.lines[line])
        for (line, start, end), guess in zip(spans, guesses, strict=False)
        if content[line]
    }
    stretches = code_switching.find_stretches(list(sentences.values()), page.extra_language)
    cuts: dict[int, list[LanguageSpan]] = {}
    for (line, _), stretch in zip(sentences, stretches, strict=True):
        if stretch:
            cuts.setdefault(line, []).append(stretch)
    for line, text in enumerate(texts):
        dateline = _dateline(text, page.lines[line], page) if content[line] and page.furniture else None
        if dateline and (line not in cuts or cuts[line][0][0] >= dateline[1]):
            cuts.setdefault(line, []).insert(0, dateline)
    return [_split_line(text, page.lines[line], cuts[line]) if line in cuts else [] for line, text in enumerate(texts)]


def _split_line(text: str, language: str, cuts: Sequence[LanguageSpan]) -> list[LanguageSpan]:
    """Return the parts of a line: some of it in other languages, and what is between them in the line's own."""
    parts: list[LanguageSpan] = []
    done = 0
    for start, end, own in [*cuts, (len(text), len(text), language)]:
        between = text[done:start]
        if between.strip():
            begin = done + len(between) - len(between.lstrip())
            parts.append((begin, begin + len(between.strip()), language))
        if end > start:
            parts.append((start, end, own))
        done = end
    return parts


def _dateline(text: str, language: str, page: PageLanguages) -> LanguageSpan | None:
    """Return the dateline of a line if it is in another language than the line, and in one of the furniture."""
    match = _DATELINE.match(text)
    if match is None or not all(word[0].isupper() for word in match[1].split()):
        return None
    own = langid.evidence([match[1]], also=page.extra_language).guesses()[0].best_unless(language, 0.3)
    return (match.start(1), match.end(1), own) if own != language and own in page.furniture else None
