"""An article's content: its lines without white space at their edges, each in the language that most of it is in."""

from typing import Any

import pytest

from pactwire.text.content import Content, ContentLine
from support.strategies import article


def content(source: str, *zones: tuple[str, str, str]) -> Content:
    """Return the content of a text; zones are their words, which stand once, their kind and their language."""
    found: list[Any] = [
        {"start": source.index(words), "end": source.index(words) + len(words), "kind": kind, "language": language}
        for words, kind, language in zones
    ]
    return Content(article(source), found, None)


def test_lines_have_no_white_space_at_their_edges() -> None:
    """Offsets are those of the content text; a blank line is none."""
    made = content("First \n \t\n\u00a0 Second\t\nThird", ("First \n \t\n\u00a0 Second\t\nThird", "body", "fr"))
    assert made.lines == [ContentLine(0, 5, "fr"), ContentLine(12, 18, "fr"), ContentLine(20, 25, "fr")]
    assert [made.text[line.start : line.end] for line in made.lines] == ["First", "Second", "Third"]


def test_a_line_is_in_the_language_that_most_of_it_is_in() -> None:
    """Parts of one language are added up, however many there are; of equal ones the first counts."""
    zones = (("abc", "body", "fr"), ("defg", "body", "uk"), ("hij", "body", "fr"))
    assert [line.language for line in content("abc defg hij", *zones).lines] == ["fr"]
    assert [line.language for line in content("abc defg", *zones[:2]).lines] == ["uk"]
    assert [line.language for line in content("abc hij", zones[0], ("hij", "body", "de")).lines] == ["fr"]


@pytest.mark.parametrize(
    ("span", "language"),
    [((0, 3), "fr"), ((3, 4), "und"), ((4, 8), "uk"), ((2, 5), "fr"), ((3, 5), "uk"), ((0, 0), "und"), ((4, 4), "und")],
)
def test_what_lies_between_zones_is_in_no_language(span: tuple[int, int], language: str) -> None:
    """A span has the language of the zones that it has a code point of."""
    made = content("abc defg", ("abc", "body", "fr"), ("defg", "body", "uk"))
    assert made.language(*span) == language


def test_languages_move_with_what_was_cut_out() -> None:
    """Furniture before a zone and between two moves neither one's language."""
    zones = (("Menu", "menu", "de"), ("Titre", "title", "fr"), ("Share", "share", "de"), ("Текст", "body", "uk"))
    made = content("Menu\nTitre\nShare\nТекст", *zones)
    assert made.text == "Titre\n\nТекст"
    assert made.lines == [ContentLine(0, 5, "fr"), ContentLine(7, 12, "uk")]
