"""The content of an article: trimmed lines, each with the language of most of it."""

from typing import Any

import pytest

from pactwire.text.content import Content, ContentLine
from support.news import SCHEMA
from support.strategies import article


def content(source: str, *zones: tuple[str, str, str]) -> Content:
    """Return the content of a text; each zone is given by its words, its kind and its language."""
    spans: list[Any] = [
        {"start": source.index(words), "end": source.index(words) + len(words), "kind": kind, "language": language}
        for words, kind, language in zones
    ]
    return Content(article(source), spans, None, SCHEMA.content_kinds)


def test_trims_lines_and_skips_blank_ones() -> None:
    """Lines have offsets of the content text, no white space at their edges, and are never blank."""
    built = content("First \n \t\n\u00a0 Second\t\nThird", ("First \n \t\n\u00a0 Second\t\nThird", "body", "fr"))
    assert built.lines == [ContentLine(0, 5, "fr"), ContentLine(12, 18, "fr"), ContentLine(20, 25, "fr")]
    assert [built.text[line.start : line.end] for line in built.lines] == ["First", "Second", "Third"]


def test_a_line_has_the_language_of_most_of_it() -> None:
    """Parts in one language add up; of languages with equal parts the first counts."""
    zones = (("abc", "body", "fr"), ("defg", "body", "uk"), ("hij", "body", "fr"))
    assert [line.language for line in content("abc defg hij", *zones).lines] == ["fr"]
    assert [line.language for line in content("abc defg", *zones[:2]).lines] == ["uk"]
    assert [line.language for line in content("abc hij", zones[0], ("hij", "body", "de")).lines] == ["fr"]


@pytest.mark.parametrize(
    ("span", "language"),
    [((0, 3), "fr"), ((3, 4), "und"), ((4, 8), "uk"), ((2, 5), "fr"), ((3, 5), "uk"), ((0, 0), "und"), ((4, 4), "und")],
)
def test_text_between_zones_has_no_language(span: tuple[int, int], language: str) -> None:
    """Only zones that share a code point with a span count for its language."""
    built = content("abc defg", ("abc", "body", "fr"), ("defg", "body", "uk"))
    assert built.language(*span) == language


def test_languages_follow_their_zones_across_cuts() -> None:
    """Furniture before a zone or between two does not shift their languages."""
    zones = (("Menu", "menu", "de"), ("Titre", "title", "fr"), ("Share", "share", "de"), ("Текст", "body", "uk"))
    built = content("Menu\nTitre\nShare\nТекст", *zones)
    assert built.text == "Titre\n\nТекст"
    assert built.lines == [ContentLine(0, 5, "fr"), ContentLine(7, 12, "uk")]
