"""Numbers and days in a text, in a form that is the same in all languages.

``11 000``, ``11,000`` and ``11 тис.`` are the number 11000; ``19 June``, ``19. Juni 2024`` and ``2024-06-19`` are the
day 06-19. The names of months and the words for thousands and more come from CLDR, by language (through Babel).
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple

NUMBER, DAY, YEAR = "number", "day", "year"

_NUMBER: Final = re.compile(
    r"(?<![.,:/-])(?<![^\W\u3040-\u9fff\uac00-\ud7af])(?:"
    r"(?P<han>\d{1,2}[月월] ?\d{1,2}[日일])|(?P<iso>\d{4}-\d{2}-\d{2})|(?P<dotted>\d{1,2}[./]\d{1,2}[./]\d{4})"
    r"|(?P<grouped>[1-9]\d{0,2}(?:[ \u00a0\u2009\u202f.,'’]\d{3})+(?!\d))|(?P<plain>\d+(?:[.,]\d+)?)"
    r")(?![:/]\d)"
)
_WORD_AFTER: Final = re.compile(r"[.ºª]?[ \u00a0\u202f-]?([^\W\d_]+)")
_WORD_BEFORE: Final = re.compile(r"([^\W\d_]+)\.?[ \u00a0\u202f]$")
_CONTEXT_LENGTH: Final = 40
"""Code points around a number within which its month or scale is looked for."""
_LINK_WORD_LENGTH: Final = 3
"""Most letters of a word between a day and its month: of, de, -го, th."""
_MIN_NUMBER: Final = 10
"""Smaller numbers say nothing about an event."""
_YEARS: Final = range(1900, 2100)


class NumberMention(NamedTuple):
    """A number, day or year: its ``value`` in the common form, and its half-open span in code points."""

    kind: str
    value: str
    start: int
    end: int


class _NumberWords(NamedTuple):
    """A language's names of months with their numbers, and its words for powers of ten with their exponents."""

    months: dict[str, int]
    scales: dict[str, int]


def find_numbers(text: str, language: str) -> Iterator[NumberMention]:
    """Yield the numbers, days and years in a text, in order.

    Numbers below 10, times of day, and digits that are part of a word or an address are left out.

    Args:
        text: The text.
        language: Its language, ISO 639-1 or ``und``.
    """
    words = _number_words(language)
    free = 0  # the end of the last day, whose month is not that of another number
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if match["plain"] or match["grouped"]:
            number = _parse_number(match)
            after = list(_words_after(text, end))
            scale = words.scales.get(text[slice(*after[0])].casefold(), 0) if after else 0
            if not scale and (month_span := _month_span(number, text, (free, start), after, words)):
                free = max(end, month_span[1])
                month = words.months[text[slice(*month_span)].casefold()]
                yield NumberMention(DAY, f"{month:02}-{int(number):02}", min(start, month_span[0]), free)
            elif match["plain"] and not scale and number in _YEARS:
                yield NumberMention(YEAR, str(number), start, end)
            elif (number := number.scaleb(scale)) >= _MIN_NUMBER:
                yield NumberMention(NUMBER, f"{number.normalize():f}", start, after[0][1] if scale else end)
        else:
            parts = [int(part) for part in re.findall(r"\d+", match[0])]
            month, day = sorted(parts[1::-1] if match["dotted"] else parts[-2:], key=lambda part: part > 12)
            if 1 <= month <= 12 and 1 <= day <= 31:
                yield NumberMention(DAY, f"{month:02}-{day:02}", start, end)


def _parse_number(match: re.Match[str]) -> Decimal:
    """Return a number without the characters that group its digits; 40 digits are enough."""
    digits = re.sub(r"\D", "", match[0]) if match["grouped"] else match[0].replace(",", ".")
    return Decimal(digits[:40])


def _words_after(text: str, end: int) -> Iterator[tuple[int, int]]:
    """Yield the span of the next word in the line, and that of the second if the first is short."""
    limit = min(len(text), end + _CONTEXT_LENGTH)
    for _ in range(2):
        match = _WORD_AFTER.match(text, end, limit)
        if not match:
            return
        yield match.span(1)
        end = match.end()
        if len(match[1]) > _LINK_WORD_LENGTH:
            return


def _month_span(
    number: Decimal, text: str, before: tuple[int, int], after: list[tuple[int, int]], words: _NumberWords
) -> tuple[int, int] | None:
    """Return the span of the name of a month if the number is a day of it.

    Args:
        number: The number.
        text: The text.
        before: The span before the number where the month may be.
        after: The spans of the words after the number; these come first.
        words: The words of the text's language.
    """
    if not (1 <= number <= 31 and number == int(number)):
        return None
    match = _WORD_BEFORE.search(text, max(before[0], before[1] - _CONTEXT_LENGTH), before[1])
    for span in (*after, *([match.span(1)] if match else [])):
        if text[slice(*span)].casefold() in words.months:
            return span
    return None


@cache
def _number_words(language: str) -> _NumberWords:
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse("en")
    months = {
        word: number
        for context in ("format", "stand-alone")
        for width in ("abbreviated", "wide")
        for number, name in locale.months[context][width].items()
        if len(word := name.casefold().rstrip(".")) >= 3 and word.isalpha()
    }
    return _NumberWords(months, _scale_powers(locale.compact_decimal_formats))


def _scale_powers(formats: object) -> dict[str, int]:
    """Return the power of ten of each word in CLDR's compact formats (``00 million`` for 10,000,000)."""
    powers: dict[str, int] = {}
    for width in ("long", "short"):
        for by_magnitude in formats.get(width, {}).values():  # type: ignore[attr-defined]
            for lowest, number_format in by_magnitude.items():
                pattern = str(number_format.pattern)
                word = re.sub(r"[\W\d_]", "", pattern).casefold()
                zeros = pattern.count("0")
                if zeros and (len(word) >= 3 or re.match(r"[\u3000-\uffff]", word)):
                    powers.setdefault(word, len(lowest) - zeros)
    return powers
