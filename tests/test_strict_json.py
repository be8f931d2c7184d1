"""JSON text: strict reading, places, canonical forms."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.model import strict_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


@given(VALUES)
def test_canonical_forms_read_back(value: Any) -> None:
    """What is written pretty or compact is read back the same, on any Unicode."""
    assert strict_json.parse(strict_json.pretty(value)) == value
    assert strict_json.parse(strict_json.compact(value)) == value
    assert "\n" not in strict_json.compact(value)


@given(VALUES)
def test_escaped_and_plain_text_are_the_same_value(value: Any) -> None:
    """Escapes, pairs of surrogates included, give the value that plain characters give."""
    assert strict_json.parse(json.dumps(value, ensure_ascii=True)) == value


def outcome(read: Callable[[str], Any], text: str) -> Any:
    """What a reader makes of a text: a value with its types, or what is wrong with the text."""
    try:
        return repr(read(text))
    except ValueError as error:
        return type(error), str(error), getattr(error, "flaws", None)


@given(VALUES, st.data())
def test_the_fast_reading_is_the_strict_one(value: Any, data: st.DataObject) -> None:
    """A text that was damaged anywhere gives the same value, or the same error, as without the short cut."""
    text = strict_json.compact(value)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3)))
    put = data.draw(st.sampled_from(["", " ", "0", "-", ".0", "e9", '"', "\\u00e9", "\\ud800", ",", "}", "\x00", text]))
    for each in (text, text[:start] + put + text[end:]):
        assert outcome(strict_json.parse, each) == outcome(strict_json.parse_strictly, each)


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', "1.0", "-0", "1" * 5000, '"\\ud800"', '"\ud800"', "NaN", "[" * 5000])
def test_what_json_readers_differ_in_is_read_strictly(text: str) -> None:
    """Duplicate keys, floats, long numbers and surrogates take no short cut."""
    assert outcome(strict_json.parse, text) == outcome(strict_json.parse_strictly, text)


def _paths(value: Any, path: strict_json.JsonPath = ()) -> dict[strict_json.JsonPath, Any]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {path: value}
    for step, child in children:
        found |= _paths(child, (*path, step))
    return found


@given(VALUES)
def test_every_value_has_its_line(value: Any) -> None:
    """`lines` knows each path, and the line it names holds the beginning of the value."""
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


def test_every_flaw_is_named_at_once() -> None:
    """Duplicate keys, numbers with a point and lone surrogates come together, each with its path."""
    text = '{"a": 1, "a": 2, "b": [1.0, -2e3], "c": "\\ud800", "d": {"c": 1, "c": 1}}'
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
    ("text", "line"),
    [("{\n  'a': 1}", 2), ("[NaN]", 1), ("[1.5, Infinity]", 1), ('{"a": 1.5,\n}', 2), ("[" * 100_000, 1), ("", 1)],
)
def test_what_is_not_json_is_named_with_its_line(text: str, line: int) -> None:
    """Bad syntax, NaN, Infinity and bottomless nesting are not JSON."""
    with pytest.raises(strict_json.JsonError) as caught:
        strict_json.parse(text)
    assert caught.value.line == line


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    """Python's limit for whole numbers gives an error of ours, not a crash."""
    with pytest.raises(strict_json.JsonError):
        strict_json.parse("1" * 5000)
