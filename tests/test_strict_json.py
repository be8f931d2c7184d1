"""Strict JSON: parsing, places of flaws, canonical forms."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.model import strict_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FRACTIONS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | FRACTIONS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(VALUES)
def test_parses_canonical_forms(value: Any) -> None:
    """Values written by `pretty` or `compact` are parsed back unchanged, for any Unicode text."""
    assert strict_json.parse(strict_json.pretty(value)) == value
    assert strict_json.parse(strict_json.compact(value)) == value
    assert "\n" not in strict_json.compact(value)


@given(VALUES)
def test_parses_escaped_and_plain_text_alike(value: Any) -> None:
    """Escapes, including surrogate pairs, give the same value as plain characters."""
    assert strict_json.parse(json.dumps(value, ensure_ascii=True)) == value


def outcome(read: Callable[[str], Any], text: str) -> Any:
    """Return what a parser makes of a text: a value with its types, or the error."""
    try:
        return repr(read(text))
    except ValueError as error:
        return type(error), str(error), getattr(error, "flaws", None)


@given(VALUES, st.data())
def test_fast_path_agrees_with_strict_parsing(value: Any, data: st.DataObject) -> None:
    """A text damaged anywhere gives the same value, or the same error, with and without the fast path."""
    text = strict_json.compact(value)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3)))
    put = data.draw(st.sampled_from(["", " ", "0", "-", ".0", "e9", '"', "\\u00e9", "\\ud800", ",", "}", "\x00", text]))
    for each in (text, text[:start] + put + text[end:]):
        assert outcome(strict_json.parse, each) == outcome(strict_json.parse_strictly, each)


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":1}', "1.0", "0.50", "-0", "1" * 5000, '"\\ud800"', '"\ud800"', "NaN", "[" * 5000]
)
def test_ambiguous_json_leaves_the_fast_path(text: str) -> None:
    """Duplicate keys, floats, long numbers and surrogates are parsed strictly."""
    assert outcome(strict_json.parse, text) == outcome(strict_json.parse_strictly, text)


def _paths(value: Any, path: strict_json.JsonPath = ()) -> dict[strict_json.JsonPath, Any]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {path: value}
    for step, child in children:
        found |= _paths(child, (*path, step))
    return found


@given(VALUES)
def test_value_lines_locates_every_value(value: Any) -> None:
    """Every path is listed, and its line contains the beginning of the value."""
    text = strict_json.pretty(value)
    places = strict_json.value_lines(text)
    found = _paths(value)
    assert places.keys() == found.keys()
    for path, line in places.items():
        start = text.split("\n")[line - 1]
        inner = found[path]
        opening = (
            "{"
            if isinstance(inner, dict)
            else "["
            if isinstance(inner, list)
            else json.dumps(inner, ensure_ascii=False)
        )
        assert opening in start


def test_reports_all_flaws_at_once() -> None:
    """Duplicate keys, numbers in a longer form and lone surrogates are reported together, each with its path."""
    text = '{"a": 1, "a": 2, "b": [1.0, -2e3, 0.5], "c": "\\ud800", "d": {"c": 1, "c": 1}}'
    with pytest.raises(strict_json.AmbiguousJsonError) as caught:
        strict_json.parse(text)
    assert [(code, path) for code, path, _ in caught.value.flaws] == [
        ("duplicate-key", ("a",)),
        ("number-form", ("b", 0)),
        ("number-form", ("b", 1)),
        ("duplicate-key", ("d", "c")),
        ("lone-surrogate", ("c",)),
    ]


@pytest.mark.parametrize(
    ("text", "shortest"),
    [
        ("1.0", "1"), ("-0.0", "0"), ("-2.50", "-2.5"), ("1e0", "1"), ("1e22", "1" + "0" * 22), ("0.50", "0.5"),
        ("5e-1", "0.5"), ("0.00001", "1e-05"), ("0.1000000000000000055", "0.1"),
    ],
)  # fmt: skip
def test_rejects_numbers_in_another_than_their_shortest_form(text: str, shortest: str) -> None:
    """Whole numbers have no point and no exponent, others no digit too many; the message says what to write."""
    with pytest.raises(strict_json.AmbiguousJsonError) as caught:
        strict_json.parse(text)
    message = f"{text} is not the shortest form of a number; write {shortest}"
    assert caught.value.flaws == [("number-form", (), message)]
    assert strict_json.compact(strict_json.parse(shortest)) == shortest


def test_rejects_numbers_that_none_can_hold() -> None:
    """No form of such a number can be read."""
    text = "1e999"
    with pytest.raises(strict_json.AmbiguousJsonError) as caught:
        strict_json.parse(text)
    assert caught.value.flaws == [("number-form", (), "1e999 is too large for a number")]


@pytest.mark.parametrize("text", ["0.5", "-4.2", "1e-05", "123456.789", "1.5e-300"])
def test_fractions_stay_as_they_are_written(text: str) -> None:
    """A number with a fraction is read from its shortest form and written in it again."""
    value = strict_json.parse(text)
    assert type(value) is float
    assert strict_json.compact(value) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [("{\n  'a': 1}", 2), ("[NaN]", 1), ("[1.5, Infinity]", 1), ('{"a": 1.5,\n}', 2), ("[" * 100_000, 1), ("", 1)],
)
def test_rejects_invalid_json_with_its_line(text: str, line: int) -> None:
    """Bad syntax, NaN, Infinity and endless nesting are not JSON."""
    with pytest.raises(strict_json.JsonError) as caught:
        strict_json.parse(text)
    assert caught.value.line == line


def test_rejects_numbers_of_thousands_of_digits() -> None:
    """Python's limit for integers raises JsonError."""
    with pytest.raises(strict_json.JsonError):
        strict_json.parse("1" * 5000)
