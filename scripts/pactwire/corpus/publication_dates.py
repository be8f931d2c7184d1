"""Dates as pages, feeds and tables write them, to one form: a day, or a moment in UTC. A date that is not sure is none.

Read are ISO 8601 and its everyday variants, RFC 5322 (mail and RSS), days in figures and with names of months, and Unix
times. Names of months are those of the Unicode CLDR for the language of the article, and English ones. ``03/05/2025``
remains unknown in every language, since a table may come from another country than its articles; ``03.05.2025`` is the
third of May in languages that write days with dots.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

AMBIGUOUS: Final = "day and month can't be told apart"
UNREADABLE: Final = "no date that can be read"

_TIME: Final = r"(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
_ZONE: Final = r"(?P<zone>Z|z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?\d{2})?(?:\s*(?:[A-Z]{2,5}|\([^()]*\)))?"
_REST: Final = rf"(?:(?:T|t|,|;|\s|at|•|\||-)*{_TIME}\s*{_ZONE})?"
_YEAR_FIRST: Final = re.compile(
    rf"(?P<year>\d{{4}})\s*[-/.年년]\s*(?P<month>\d{{1,2}})\s*[-/.月월]\s*(?P<day>\d{{1,2}})\s*[日일.]?{_REST}",
    re.ASCII,
)
_PACKED: Final = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:T(?P<time>\d{6})(?P<zone>Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_YEAR_LAST: Final = re.compile(
    rf"(?P<first>\d{{1,2}})([-/.])\s?(?P<second>\d{{1,2}})\2\s?(?P<year>\d{{4}}){_REST}", re.ASCII
)
_DAY_FIRST: Final = r"(?P<day>\d{1,2})(?:\.|st|nd|rd|th|º|er)?[\s-]+(?:de\s+)?(?P<name>[^\W\d_]{3,})"
_MONTH_FIRST: Final = r"(?P<name2>[^\W\d_]{3,})\.?\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)?"
_YEAR_WORD: Final = r"(?:\s*[гр]\.?,?)?"
_NAMED: Final = re.compile(
    rf"(?:{_DAY_FIRST}|{_MONTH_FIRST})\.?,?[\s-]+(?:del?\s+)?(?P<year>\d{{4}}){_YEAR_WORD}{_REST}"
)
_FIRST_SECOND: Final = 10**8
_LAST_SECOND: Final = 2 * 10**9
"""The end of Unix times, in 2033: greater numbers are rather a day with an hour, such as 2025030512."""
_YEARS: Final = range(1600, 2051)
"""Other years are those of other calendars, such as 2568 of the Buddhist one or 1403 of the Persian one."""


class ParsedDate(NamedTuple):
    """A date, or a time in UTC, in the schema's format, and why there is none; one of them is empty."""

    value: str
    flaw: str


def parse_date(value: Any, language: str = "") -> ParsedDate:
    """Return a date in one form; a time without a zone gives its day.

    Args:
        value: What a source states: a string, a number of seconds or milliseconds since 1970, a date or a time.
        language: The language of the article (BCP 47), empty if it is unknown.
    """
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return ParsedDate(value.isoformat(), "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _unix_time(value)
    return _parse_text(" ".join(value.split()), language) if isinstance(value, str) else ParsedDate("", UNREADABLE)


def _parse_text(text: str, language: str) -> ParsedDate:
    if text.isascii() and text.isdigit() and len(text) in (10, 13):
        return _unix_time(int(text))
    if match := _YEAR_FIRST.fullmatch(text) or _PACKED.fullmatch(text):
        return _from_parts(match, int(match["month"]), int(match["day"]))
    if match := _YEAR_LAST.fullmatch(text):
        return _from_figures(match, int(match["first"]), int(match["second"]), language)
    first, _, rest = text.partition(" ")
    is_weekday = first.casefold().rstrip(".,") in _calendar_names(language, "days")
    if named := _NAMED.fullmatch(rest if is_weekday else text):
        months = _calendar_names(language, "months").get((named["name"] or named["name2"]).casefold(), frozenset())
        if len(months) == 1:
            return _from_parts(named, next(iter(months)), int(named["day"] or named["day2"]))
    return ParsedDate("", UNREADABLE)


def _from_figures(match: re.Match[str], first: int, second: int, language: str) -> ParsedDate:
    if first > 12 or first == second:
        return _from_parts(match, second, first)
    if second > 12:
        return _from_parts(match, first, second)
    if match[2] == "." and _writes_days_with_dots(language):
        return _from_parts(match, second, first)
    return ParsedDate("", AMBIGUOUS)


def _from_parts(match: re.Match[str], month: int, day: int) -> ParsedDate:
    """Return the date of a match that has year, time and zone, the last two perhaps empty."""
    parts = match.groupdict()
    time, zone = parts["time"] or "", (parts["zone"] or "").upper()
    try:
        known = date(int(parts["year"]), month, day)
        if not time or not zone:
            return _day(known)
        hour, minute, *second = [int(each) for each in re.findall(r"\d\d?", time)]
        if half := parts.get("half"):
            hour = hour % 12 + 12 * (half[0] in "Pp")
        offset = zone.removeprefix("UTC").removeprefix("GMT").removeprefix("Z") or "+00:00"
        moment = f"{known.isoformat()}T{hour:02}:{minute:02}:{(second or [0])[0]:02}{offset}"
        return _moment(datetime.fromisoformat(moment))
    except ValueError:
        return ParsedDate("", UNREADABLE)


def _day(value: date) -> ParsedDate:
    return ParsedDate(value.isoformat(), "") if value.year in _YEARS else ParsedDate("", UNREADABLE)


def _moment(value: datetime) -> ParsedDate:
    try:
        if value.tzinfo is None:
            return _day(value.date())
        day = _day(value.date())
        return day if day.flaw else ParsedDate(f"{value.astimezone(UTC).isoformat()[:19]}Z", "")
    except OverflowError:
        return ParsedDate("", UNREADABLE)


def _unix_time(value: float) -> ParsedDate:
    unit = 1 if value < 10**12 else 1000
    if _FIRST_SECOND * unit <= value < _LAST_SECOND * unit:
        return _moment(datetime.fromtimestamp(value // unit, UTC))
    return ParsedDate("", UNREADABLE)


@lru_cache(maxsize=64)
def _calendar_names(language: str, field: str) -> dict[str, frozenset[int]]:
    """Return the numbers of ``months`` or ``days`` of the week by their names in a language and in English.

    Names are in lower case and without a full stop.
    """
    from babel import Locale, UnknownLocaleError

    names: dict[str, frozenset[int]] = {}
    for code in dict.fromkeys(("en", language.replace("_", "-").partition("-")[0].lower())):
        try:
            locale = Locale.parse(code) if code else None
        except (UnknownLocaleError, ValueError):
            continue
        for widths in getattr(locale, field).values() if locale else ():
            for width in ("wide", "abbreviated"):
                for number, name in widths.get(width, {}).items():
                    key = name.casefold().rstrip(".")
                    names[key] = names.get(key, frozenset()) | {number}
    return names


@lru_cache(maxsize=64)
def _writes_days_with_dots(language: str) -> bool:
    """Return whether 03.05.2025 is the third of May in all countries of a language."""
    from babel import Locale, localedata

    code = language.replace("_", "-").partition("-")[0].lower()
    identifiers = [each for each in localedata.locale_identifiers() if code and each.partition("_")[0] == code]
    patterns = (Locale.parse(each).date_formats["short"].pattern for each in identifiers)
    return bool(identifiers) and all(re.match(r"d+\.\s?M+\.", pattern) for pattern in patterns)
