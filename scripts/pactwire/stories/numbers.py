"""A text to the numbers and days that it names, in a form that depends on no language.

``11 000``, ``11,000`` and ``11 тис.`` are the number 11000; ``19 June``, ``19. Juni 2024`` and ``2024-06-19``
the day 06-19. Names of months and words of scale come from CLDR (through Babel), by language.
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
"""Code points around a number within which its month or scale stands."""
_LINK_WORD_LENGTH: Final = 3
"""Letters of the longest word between a day and its month: of, de, -го, th."""
_MIN_NUMBER: Final = 10
"""Smaller numbers say nothing of an event."""
_YEARS: Final = range(1900, 2100)


class NumberMention(NamedTuple):
    """A number, day or year: its ``value`` in the common form, and half-open code points in the text."""

    kind: str
    value: str
    start: int
    end: int


class _NumberWords(NamedTuple):
    """A language's names of months, and its words for powers of ten."""

    months: dict[str, int]
    scales: dict[str, int]


def find_numbers(text: str, language: str) -> Iterator[NumberMention]:
    """Yield what a text in a language (ISO 639-1 or ``und``) names, in order.

    Left out are numbers under 10, times of day, and digits that are part of a word or an address.
    """
    words = _number_words(language)
    free = 0
    for found in _NUMBER.finditer(text):
        start, end = found.span()
        if found["plain"] or found["grouped"]:
            number = _parse_number(found)
            after = list(_words_after(text, end))
            scale = words.scales.get(text[slice(*after[0])].casefold(), 0) if after else 0
            if not scale and (place := _month_span(number, text, (free, start), after, words)):
                free = max(end, place[1])
                month = words.months[text[slice(*place)].casefold()]
                yield NumberMention(DAY, f"{month:02}-{int(number):02}", min(start, place[0]), free)
            elif found["plain"] and not scale and number in _YEARS:
                yield NumberMention(YEAR, str(number), start, end)
            elif (number := number.scaleb(scale)) >= _MIN_NUMBER:
                yield NumberMention(NUMBER, f"{number.normalize():f}", start, after[0][1] if scale else end)
        else:
            parts = [int(part) for part in re.findall(r"\d+", found[0])]
            month, day = sorted(parts[1::-1] if found["dotted"] else parts[-2:], key=lambda part: part > 12)
            if 1 <= month <= 12 and 1 <= day <= 31:
                yield NumberMention(DAY, f"{month:02}-{day:02}", start, end)


def _parse_number(found: re.Match[str]) -> Decimal:
    """Return a number without the signs that group its digits; 40 digits are enough."""
    digits = re.sub(r"\D", "", found[0]) if found["grouped"] else found[0].replace(",", ".")
    return Decimal(digits[:40])


def _words_after(text: str, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the next two words of the line, of the second only behind a short first."""
    limit = min(len(text), end + _CONTEXT_LENGTH)
    for _ in range(2):
        found = _WORD_AFTER.match(text, end, limit)
        if not found:
            return
        yield found.span(1)
        end = found.end()
        if len(found[1]) > _LINK_WORD_LENGTH:
            return


def _month_span(
    number: Decimal, text: str, before: tuple[int, int], after: list[tuple[int, int]], words: _NumberWords
) -> tuple[int, int] | None:
    """Return the span of the name of the month whose day the number is: behind it, or else in ``before``."""
    if not (1 <= number <= 31 and number == int(number)):
        return None
    found = _WORD_BEFORE.search(text, max(before[0], before[1] - _CONTEXT_LENGTH), before[1])
    for span in (*after, *([found.span(1)] if found else [])):
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
    """Return the power of ten of each word in CLDR's compact forms (``00 million`` for 10,000,000)."""
    found: dict[str, int] = {}
    for width in ("long", "short"):
        for forms in formats.get(width, {}).values():  # type: ignore[attr-defined]
            for least, form in forms.items():
                pattern = str(form.pattern)
                word = re.sub(r"[\W\d_]", "", pattern).casefold()
                zeros = pattern.count("0")
                if zeros and (len(word) >= 3 or re.match(r"[\u3000-\uffff]", word)):
                    found.setdefault(word, len(least) - zeros)
    return found
