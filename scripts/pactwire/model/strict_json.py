"""Strict JSON parsing with the place of every flaw, and the canonical forms in which JSON is written.

Python's own parser lets duplicate keys win silently, accepts NaN, and reports no places.
"""

import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec

JsonPath = tuple[str | int, ...]
"""The keys and indexes that lead to a value; ``()`` is the root."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')

_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class JsonError(ValueError):
    """A text that is not JSON; ``line`` counts from 1 within the text."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class AmbiguousJsonError(ValueError):
    """JSON that parsers read differently; ``flaws`` are (issue code, path, message)."""

    def __init__(self, flaws: list[tuple[str, JsonPath, str]]) -> None:
        super().__init__("; ".join(message for _, _, message in flaws))
        self.flaws = flaws


class _Suspicious(Exception):
    """Raised to leave the fast path of `parse`."""


def parse(text: str | bytes) -> Any:
    """Parse one JSON value, from text or from UTF-8 bytes.

    Raises:
        JsonError: where the text is not JSON.
        AmbiguousJsonError: for duplicate keys, numbers that are not in their shortest form, and lone surrogates;
            lists all of them, each with its path.
        UnicodeDecodeError: where bytes are not UTF-8.
    """
    try:
        return _parse_canonical(text)
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError, _Suspicious):
        pass  # parsed again below, to report what is wrong
    return parse_strictly(text.decode() if isinstance(text, bytes) else text)


def _parse_canonical(text: str | bytes) -> Any:
    """Parse what `compact` wrote, several times as fast as `parse_strictly`; raises _Suspicious for other text.

    A value that encodes to the same text again can't have lost a key or a digit.
    """
    value = _decode(text)
    if _encode(value) != (text if isinstance(text, bytes) else text.encode()):
        raise _Suspicious
    return value


def parse_strictly(text: str) -> Any:
    """Parse one JSON value as `parse` does, without its fast path."""
    try:
        value = json.loads(
            text, object_pairs_hook=_object_from_pairs, parse_float=_fraction, parse_constant=_raise_suspicious
        )
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno) from None
    except RecursionError:
        raise JsonError("nested too deeply", 1) from None
    except ValueError as error:  # a whole number of more than 4,300 digits
        raise JsonError(str(error).partition(";")[0], 1) from None
    except _Suspicious:
        raise _describe_error(text) from None
    if _ESCAPED_SURROGATE.search(text) and (flaws := list(_lone_surrogates(value, ()))):
        raise AmbiguousJsonError(flaws)
    return value


def _object_from_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _Suspicious
    return result


def _raise_suspicious(_: str) -> Any:
    raise _Suspicious


def _fraction(token: str) -> float:
    """Return the number that a token with a point or an exponent stands for; raises _Suspicious if it has another form.

    Numbers have one form each, as Python writes them: ``1`` and neither ``1.0`` nor ``1e0``, ``0.5`` and not ``0.50``.
    """
    value = float(token)
    if value.is_integer() or repr(value) != token:
        raise _Suspicious
    return value


def _is_shortest(token: str) -> bool:
    try:
        return token.lstrip("-").isdigit() or bool(_fraction(token))
    except _Suspicious:
        return False


def _shortest_form(value: float) -> str:
    """Say how a number that is not in its shortest form is written."""
    if math.isinf(value):
        return "is too large for a number"
    text = f"{Decimal(repr(value or 0.0)).to_integral_value():f}" if value.is_integer() else repr(value)
    return f"is not the shortest form of a number; write {text}"


_decode: Final = msgspec.json.Decoder(float_hook=_fraction).decode
_encode: Final = msgspec.json.Encoder().encode


def _describe_error(text: str) -> ValueError:
    """Return the error for a suspicious text: a JsonError or an AmbiguousJsonError."""

    def refuse_constant(name: str) -> Any:
        raise JsonError(f"{name} is not JSON", 1)

    try:
        value = json.loads(text, parse_constant=refuse_constant)
    except JsonError as error:
        return error
    except json.JSONDecodeError as error:
        return JsonError(error.msg, error.lineno)
    flaws: list[tuple[str, JsonPath, str]] = []
    known_paths: set[JsonPath] = set()
    for path, token, _ in _scan_values(text):
        if path in known_paths:
            flaws.append(("duplicate-key", path, f"the key {path[-1]!r} is duplicated in one object"))
        known_paths.add(path)
        if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", token) and not _is_shortest(token):
            flaws.append(("number-form", path, f"{token} {_shortest_form(float(token))}"))
    return AmbiguousJsonError(flaws + list(_lone_surrogates(value, ())))


def _lone_surrogates(value: Any, path: JsonPath) -> Iterator[tuple[str, JsonPath, str]]:
    if isinstance(value, str):
        if match := re.search("[\ud800-\udfff]", value):
            yield "lone-surrogate", path, f"the string contains the lone surrogate U+{ord(match[0]):04X}"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _lone_surrogates(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _lone_surrogates(key, (*path, key))
            yield from _lone_surrogates(item, (*path, key))


def _scan_values(text: str) -> Iterator[tuple[JsonPath, str, int]]:
    """Yield (path, first token, code point) for every value of a JSON text, outermost first."""
    stack: list[str | int | None] = []
    is_key = False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "]}":
            stack.pop()
        elif token == ",":
            last = stack[-1]
            is_key = not isinstance(last, int)
            stack[-1] = last + 1 if isinstance(last, int) else None
        elif token == ":":
            is_key = False
        elif is_key:
            stack[-1] = json.loads(token, strict=False)
        else:
            yield tuple(step for step in stack if step is not None), token, match.start()
            if token in "[{":
                stack.append(0 if token == "[" else None)
                is_key = token == "{"


def value_lines(text: str) -> dict[JsonPath, int]:
    """Return the line, from 1, on which each value of a valid JSON text begins, by path.

    For a duplicated key it is the line of the last value. The root's path is ``()``.
    """
    result: dict[JsonPath, int] = {}
    line, position = 1, 0
    for path, _, start in _scan_values(text):
        line += text.count("\n", position, start)
        position = start
        result[path] = line
    return result


def pretty(value: Any) -> str:
    """Return the canonical form of a committed JSON file: indented by two spaces, no escapes, a final LF."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def compact(value: Any) -> str:
    """Return the canonical form of a line of JSONL, without its LF."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
