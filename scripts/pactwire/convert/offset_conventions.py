"""Offset conventions: how a tool counts characters, and which convention explains the mentions of a file.

Tools count differently: CRLF as one character or two, a BOM or not, UTF-16 units or UTF-8 bytes, inclusive ends,
offsets from 1. A convention is accepted for a whole file if the mentions' own text is where it says. All results are
half-open spans of code points in the source text.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from pactwire.convert.imported_document import Fragment, RawSpan
from pactwire.storage.files import BOM

_EDGE_SHIFTS: Final = {
    (0, 0): "",
    (0, 1): "ends counted inclusively",
    (-1, 0): "starts counted from 1, ends inclusively",
    (-1, -1): "offsets counted from 1",
}
"""What must be added to start and end, and the name of the convention."""

_UNIT_WIDTHS: Final[dict[str, Callable[[str], int]]] = {
    "": lambda _: 1,
    "offsets counted in UTF-16 units": lambda char: 1 + (char > "\uffff"),
    "offsets counted in UTF-8 bytes": lambda char: len(char.encode()),
}

_BOM_COUNTED: Final = "the BOM counted as a character"
_LINE_END_WIDTHS: Final = {
    (1, 1): "",
    (2, 1): "CRLF counted as two characters",
    (2, 2): "every line end counted as two characters",
}
"""How many characters CRLF and a lone LF count for; LF counts for two if the text once had CRLF."""

_DECODED_CONVENTIONS: Final = (_BOM_COUNTED, _LINE_END_WIDTHS[2, 1], f"{_BOM_COUNTED}, {_LINE_END_WIDTHS[2, 1]}")
"""Conventions as plausible as CODE_POINTS: they count the text as it is stored."""


class OffsetConvention(NamedTuple):
    """A way to count; ``positions`` maps a file's offsets to code points, None if they are the same.

    ``start_shift`` and ``end_shift`` are added to a file's offsets first.
    """

    name: str
    positions: dict[int, int] | None = None
    start_shift: int = 0
    end_shift: int = 0

    def map_fragments(self, span: RawSpan, length: int) -> list[Fragment] | None:
        """Return a span's fragments in a text of ``length`` code points, in order; None if an offset is outside."""
        mapped = []
        for file_start, file_end in sorted(span.fragments):
            start, end = file_start + self.start_shift, file_end + self.end_shift
            if self.positions is not None:
                start, end = self.positions.get(start, -1), self.positions.get(end, -1)
            if not 0 <= start < end <= length:
                return None
            mapped.append((start, end))
        return mapped


CODE_POINTS: Final = OffsetConvention("")


def decoded_convention(raw: str) -> OffsetConvention:
    """Return the convention that counts every character of a text as decoded, with its BOM and CRs."""
    has_bom, has_crlf = raw.startswith(BOM), "\r\n" in raw
    name = ", ".join(filter(None, (_BOM_COUNTED if has_bom else "", _LINE_END_WIDTHS[2, 1] if has_crlf else "")))
    return OffsetConvention(name, _offset_map(raw, _UNIT_WIDTHS[""], has_bom, 2, 1)) if name else CODE_POINTS


def best_conventions(raw: str, text: str, spans: Sequence[RawSpan]) -> list[OffsetConvention]:
    """Return the conventions that explain a file best: CODE_POINTS, or several that explain it equally well.

    Another convention is used only if it explains most spans, and more of them than any other.

    Args:
        raw: The text as decoded, with its BOM and CRs.
        text: The source text.
        spans: The file's spans that give their text and are not empty.
    """
    best, conventions = _score_convention(text, spans, CODE_POINTS), [CODE_POINTS]
    if best[0] == len(spans):
        # if CRLF or a BOM allows another reading, it must lead to the same places; otherwise neither is certain
        candidates = candidate_conventions(raw) if raw != text else ()
        rivals = [each for each in candidates if each.name in _DECODED_CONVENTIONS]
        return conventions + [each for each in rivals if _score_convention(text, spans, each)[0] == len(spans)]
    for convention in (*candidate_conventions(raw), *_constant_shift(text, spans)):
        score = _score_convention(text, spans, convention)
        if score > best and 2 * score[0] > len(spans):
            best, conventions = score, [convention]
        elif score == best and conventions != [CODE_POINTS]:
            conventions.append(convention)
    return conventions


def candidate_conventions(raw: str) -> Iterator[OffsetConvention]:
    """Yield the conventions that a text allows, the common ones first, without CODE_POINTS."""
    has_lone_lf = re.search(r"(?<!\r)\n", raw) is not None
    line_ends = [(1, 1), *([(2, 1)] if "\r\n" in raw else []), *([(2, 2)] if has_lone_lf else [])]
    for unit, width in _UNIT_WIDTHS.items():
        if unit and not any(width(char) > 1 for char in set(raw)):
            continue
        for bom_counted in (False, True)[: 1 + raw.startswith(BOM)]:
            for widths in line_ends:
                name = ", ".join(filter(None, (unit, _BOM_COUNTED if bom_counted else "", _LINE_END_WIDTHS[widths])))
                positions = _offset_map(raw, width, bom_counted, *widths) if name else None
                for (start_shift, end_shift), edges in _EDGE_SHIFTS.items():
                    if name or edges:
                        yield OffsetConvention(
                            ", ".join(filter(None, (name, edges))), positions, start_shift, end_shift
                        )


def _offset_map(raw: str, width: Callable[[str], int], bom_counted: bool, crlf: int, lf: int) -> dict[int, int]:
    """Return the code point of the source text at each offset of a convention."""
    positions = {0: 0}
    file_offset = position = 0
    for index, char in enumerate(raw):
        if index == 0 and char == BOM:
            file_offset += width(char) if bom_counted else 0
        elif char == "\r" and raw[index + 1 : index + 2] == "\n":
            file_offset += crlf - 1
        else:
            file_offset += lf if char == "\n" and raw[index - 1 : index] != "\r" else width(char)
            position += 1
        positions[file_offset] = position
    return positions


# --- how well a convention explains a file


def _score_convention(text: str, spans: Sequence[RawSpan], convention: OffsetConvention) -> tuple[int, int]:
    """Return how many spans have their text where the convention says, and how many of them match exactly."""
    matches = [exact for span in spans if (exact := _match_quality(text, span, convention)) is not None]
    return len(matches), sum(matches)


def _match_quality(text: str, span: RawSpan, convention: OffsetConvention) -> bool | None:
    """Return whether a span's text matches exactly where the convention says; None if it does not match at all."""
    places = convention.map_fragments(span, len(text))
    if places is None or not same_words(covered := covered_text(text, places), span.text or ""):
        return None
    return covered.replace("\n", " ") == (span.text or "").replace("\n", " ")


def covered_text(text: str, places: Sequence[Fragment]) -> str:
    """Return the text of fragments, joined by spaces."""
    return " ".join(text[start:end] for start, end in places)


def same_words(one: str, other: str) -> bool:
    """Return whether two texts are equal except for white space and Unicode's composed and decomposed forms."""
    return one == other or _normalized(one) == _normalized(other)


def _normalized(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


# --- a file in which all offsets are off by one number


def _constant_shift(text: str, spans: Sequence[RawSpan]) -> Iterator[OffsetConvention]:
    """Yield the one number of characters by which all spans of a file are off, if there is exactly one."""
    contiguous = [span for span in spans if len(span.fragments) == 1 and span.text]
    if not contiguous or len(contiguous) < len(spans):
        return
    longest = max(contiguous, key=lambda span: len(span.text or ""))
    file_start = longest.fragments[0][0]
    shifts = (
        OffsetConvention(f"offsets {abs(shift)} too {'small' if shift > 0 else 'large'}", None, shift, shift)
        for start, _ in occurrences(text, longest)
        if (shift := start - file_start)
    )
    ordered = _order_for_early_failure(spans)
    fitting = (each for each in shifts if all(_match_quality(text, span, each) is not None for span in ordered))
    if len(first_two := list(islice(fitting, 2))) == 1:
        yield first_two[0]


def _order_for_early_failure(spans: Sequence[RawSpan]) -> list[RawSpan]:
    """Return spans in an order in which a wrong shift fails soon, even if one name recurs at equal distances.

    Such a shift moves the first or the last span out of the text; an error in between is met by chance.
    """
    ordered = sorted(spans, key=lambda span: span.fragments)
    inner = ordered[1:-1]
    random.Random(len(inner)).shuffle(inner)
    return [ordered[0], ordered[-1], *inner]


def occurrences(text: str, span: RawSpan, first: int = 0, last: int | None = None) -> Iterator[Fragment]:
    """Yield where a span's text occurs between its prefix and suffix, with any white space, including overlaps."""
    words = r"\s+".join(map(re.escape, (span.text or "").split()))
    pattern = re.compile(f"{re.escape(span.prefix)}({words}){re.escape(span.suffix)}")
    position = max(0, first - len(span.prefix))
    last = len(text) if last is None else last
    while words and (match := pattern.search(text, position, last + len(span.suffix))):
        position = match.start() + 1
        if match.end(1) <= last:
            yield match.span(1)
