"""A text and the spans that a foreign file claims in it to their places, or to the reason why there is none.

Tools count differently: CRLF as one character or two, a BOM or not, UTF-16 units or bytes, ends inclusive,
starts from 1. A file is read in the way in which its mentions' own words stand where it says. What remains
is moved only where one place alone can be meant. All places are code points of the source text, half-open.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final, NamedTuple

from pactwire.model.escapes import quote
from pactwire.storage import files

Fragment = tuple[int, int]

_EDGE_SHIFTS: Final = {
    (0, 0): "",
    (0, 1): "ends counted inclusively",
    (-1, 0): "starts counted from 1, ends inclusively",
    (-1, -1): "offsets counted from 1",
}
"""What must be added to start and end, and how a file is read that needs it."""

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
"""How many characters a file counts for CRLF and for LF alone; LF is two where the text had CRLF once."""

_MAX_EXTRA_WHITE_SPACE: Final = 200
"""How much longer than in the file the white space inside a mention may be in the text, for it to be found near by."""

_DECODED_CONVENTIONS: Final = (_BOM_COUNTED, _LINE_END_WIDTHS[2, 1], f"{_BOM_COUNTED}, {_LINE_END_WIDTHS[2, 1]}")
"""Ways to count that are as right as PLAIN, since the text's bytes are counted."""


@dataclass(frozen=True)
class RawSpan:
    """What a file says of a mention: its type, its fragments in the file's own offsets, and its words.

    ``text`` is None where the file gives no words; ``before`` and ``after`` are words around it, if it gives them.
    """

    type: str
    fragments: tuple[Fragment, ...]
    text: str | None
    prefix: str = ""
    suffix: str = ""


class ResolvedSpan(NamedTuple):
    """A place in the source text; ``repair`` says what was wrong with the file's own, or nothing."""

    start: int
    end: int
    repair: str = ""


class UnresolvedSpan(NamedTuple):
    """Why a claimed mention has no place: the code of an issue and its message."""

    code: str
    message: str


class _OffsetConvention(NamedTuple):
    """A way to count: ``table`` gives the place of each of the file's offsets, None where they are the same."""

    name: str
    positions: dict[int, int] | None = None
    start_shift: int = 0
    end_shift: int = 0

    def map_fragments(self, claimed: RawSpan, length: int) -> list[Fragment] | None:
        """Return the places of a mention's fragments in order; None where an offset has none."""
        places = []
        for start, end in sorted(claimed.fragments):
            left, right = start + self.start_shift, end + self.end_shift
            if self.positions is not None:
                left, right = self.positions.get(left, -1), self.positions.get(right, -1)
            if not 0 <= left < right <= length:
                return None
            places.append((left, right))
        return places


CODE_POINTS: Final = _OffsetConvention("")


def resolve_spans(
    raw: str, claims: Sequence[RawSpan], *, as_it_stands: bool = False
) -> list[ResolvedSpan | UnresolvedSpan]:
    """Return for each claim its place in ``files.normalize(raw)``, or why it has none.

    ``raw`` is the text as decoded, with its BOM and CRs; ``as_it_stands`` says that offsets without words count
    them, as they do in a record that holds text and offsets. A whole file is read in another way than code points
    only if that way explains most of its mentions, and more than any other way does; a single mention is moved
    only to the one place where its words stand near by, or in the whole text.
    """
    text = files.normalize_newlines(raw)
    tested = [claim for claim in claims if claim.text is not None and _is_ordered(claim)]
    ways = _best_conventions(raw, text, tested)
    literal = [_decoded_convention(raw)] if as_it_stands else ways
    found = [_resolve_span(text, claim, literal if claim.text is None else ways) for claim in claims]
    held = {
        (claim.type, anchor.start, anchor.end)
        for claim, (anchor, moved) in zip(claims, found, strict=True)
        if isinstance(anchor, ResolvedSpan) and not moved
    }
    return [_reject_if_taken(claim, *result, held) for claim, result in zip(claims, found, strict=True)]


def _reject_if_taken(
    claim: RawSpan, anchor: ResolvedSpan | UnresolvedSpan, moved: bool, held: set[tuple[str, int, int]]
) -> ResolvedSpan | UnresolvedSpan:
    """Refuse a mention that was moved to where another of its type already stands."""
    if moved and isinstance(anchor, ResolvedSpan) and (claim.type, anchor.start, anchor.end) in held:
        message = (
            f"{quote(claim.text or '')} is not at {_format_fragments(claim)}, and where it is, another mention stands"
        )
        return UnresolvedSpan("convert-text", message)
    return anchor


def _is_ordered(claim: RawSpan) -> bool:
    return all(start < end for start, end in claim.fragments)


# --- reading a whole file


def _decoded_convention(raw: str) -> _OffsetConvention:
    """Return the reading that counts every character of a text as decoded."""
    bom, crlf = raw.startswith(files.BOM), "\r\n" in raw
    name = ", ".join(filter(None, (_BOM_COUNTED if bom else "", _LINE_END_WIDTHS[2, 1] if crlf else "")))
    return _OffsetConvention(name, _offset_map(raw, _UNIT_WIDTHS[""], bom, 2, 1)) if name else CODE_POINTS


def _best_conventions(raw: str, text: str, claims: Sequence[RawSpan]) -> list[_OffsetConvention]:
    """Return the readings that explain a file best: PLAIN, or several that explain it equally well."""
    best, ways = _score_convention(text, claims, CODE_POINTS), [CODE_POINTS]
    if best[0] == len(claims):
        # what else a CRLF or a BOM allows must come to the same places, or nobody knows which are meant
        rivals = [way for way in _candidate_conventions(raw) if way.name in _DECODED_CONVENTIONS] if raw != text else []
        return ways + [way for way in rivals if _score_convention(text, claims, way)[0] == len(claims)]
    for way in (*_candidate_conventions(raw), *_constant_shift(text, claims)):
        score = _score_convention(text, claims, way)
        if score > best and 2 * score[0] > len(claims):
            best, ways = score, [way]
        elif score == best and ways != [CODE_POINTS]:
            ways.append(way)
    return ways


def _score_convention(text: str, claims: Sequence[RawSpan], way: _OffsetConvention) -> tuple[int, int]:
    """Return how many claims have their words where the reading says, and how many have them to the letter."""
    found = [words for claim in claims if (words := _match_quality(text, claim, way)) is not None]
    return len(found), sum(found)


def _match_quality(text: str, claim: RawSpan, way: _OffsetConvention) -> bool | None:
    """Say of a claim whose words stand where the reading says whether they do to the letter; None of any other."""
    places = way.map_fragments(claim, len(text))
    if places is None or not _same_words(words := _covered_text(text, places), claim.text or ""):
        return None
    return words.replace("\n", " ") == (claim.text or "").replace("\n", " ")


def _covered_text(text: str, places: Sequence[Fragment]) -> str:
    return " ".join(text[start:end] for start, end in places)


def _same_words(found: str, claimed: str) -> bool:
    """Say whether two texts are the same but for white space and Unicode's composed and decomposed forms."""
    return found == claimed or _normalized(found) == _normalized(claimed)


def _normalized(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _candidate_conventions(raw: str) -> Iterator[_OffsetConvention]:
    """Yield the ways of counting that a text allows, the usual ones first; PLAIN itself is not among them."""
    bare = re.search(r"(?<!\r)\n", raw) is not None
    line_ends = [(1, 1), *([(2, 1)] if "\r\n" in raw else []), *([(2, 2)] if bare else [])]
    for unit, width in _UNIT_WIDTHS.items():
        if unit and not any(width(char) > 1 for char in set(raw)):
            continue
        for bom in (False, True)[: 1 + raw.startswith(files.BOM)]:
            for ends in line_ends:
                name = ", ".join(filter(None, (unit, _BOM_COUNTED if bom else "", _LINE_END_WIDTHS[ends])))
                table = _offset_map(raw, width, bom, *ends) if name else None
                for (first, last), edges in _EDGE_SHIFTS.items():
                    if name or edges:
                        yield _OffsetConvention(", ".join(filter(None, (name, edges))), table, first, last)


def _offset_map(raw: str, width: Callable[[str], int], bom: bool, crlf: int, lf: int) -> dict[int, int]:
    """Return the place in the source text of each offset that a way of counting has."""
    table = {0: 0}
    theirs = ours = 0
    for index, char in enumerate(raw):
        if index == 0 and char == files.BOM:
            theirs += width(char) if bom else 0
        elif char == "\r" and raw[index + 1 : index + 2] == "\n":
            theirs += crlf - 1
        else:
            theirs += lf if char == "\n" and raw[index - 1 : index] != "\r" else width(char)
            ours += 1
        table[theirs] = ours
    return table


def _constant_shift(text: str, claims: Sequence[RawSpan]) -> Iterator[_OffsetConvention]:
    """Yield the one number of characters by which all mentions of a file are off, if there is one."""
    whole = [claim for claim in claims if len(claim.fragments) == 1 and claim.text]
    if not whole or len(whole) < len(claims):
        return
    longest = max(whole, key=lambda claim: len(claim.text or ""))
    start = longest.fragments[0][0]
    ways = (
        _OffsetConvention(f"offsets {abs(by)} too {'small' if by > 0 else 'large'}", None, by, by)
        for place in _occurrences(text, longest)
        if (by := place[0] - start)
    )
    telling = _order_for_early_failure(claims)
    fitting = (way for way in ways if all(_match_quality(text, claim, way) is not None for claim in telling))
    if len(found := list(islice(fitting, 2))) == 1:
        yield found[0]


def _order_for_early_failure(claims: Sequence[RawSpan]) -> list[RawSpan]:
    """Return claims in an order in which a wrong shift soon fails, even where one name recurs at equal distances.

    Such a shift moves the first or the last mention out of the text; what is wrong further in is met by chance.
    """
    ordered = sorted(claims, key=lambda claim: claim.fragments)
    inner = ordered[1:-1]
    random.Random(len(inner)).shuffle(inner)
    return [ordered[0], ordered[-1], *inner]


# --- placing one mention


def _resolve_span(
    text: str, claim: RawSpan, ways: Sequence[_OffsetConvention]
) -> tuple[ResolvedSpan | UnresolvedSpan, bool]:
    """Return a mention's place or why it has none, and whether it was moved on its own."""
    if not _is_ordered(claim):
        kind = "empty" if any(start == end for start, end in claim.fragments) else "reversed"
        return UnresolvedSpan("convert-span", f"the span {_format_fragments(claim)} is {kind}"), False
    places = ways[0].map_fragments(claim, len(text))
    if places is not None and (claim.text is None or _same_words(_covered_text(text, places), claim.text)):
        if any(way.map_fragments(claim, len(text)) != places for way in ways[1:]):
            names = " or ".join(way.name or "offsets as they stand" for way in ways)
            what = "it" if claim.text is None else quote(claim.text)
            message = f"{what} stands at two places that {_format_fragments(claim)} can mean: {names}"
            return UnresolvedSpan("convert-text", message), False
        return _join_fragments(text, claim, places, ways[0].name), False
    alone = _only_match(text, claim)
    if alone is None:
        return UnresolvedSpan(*_describe_mismatch(text, claim, places)), False
    start, end = alone
    repair = f"moved from {_format_fragments(claim)} to {start}:{end}, where {quote(text[start:end])} is"
    return ResolvedSpan(start, end, repair), True


def _join_fragments(text: str, claim: RawSpan, places: Sequence[Fragment], name: str) -> ResolvedSpan | UnresolvedSpan:
    """Return the span of fragments between which there is only white space, without white space at its edges."""
    repairs = [name] if name else []
    if any(left > right or text[left:right].strip() for (_, left), (right, _) in pairwise(places)):
        message = f"{quote(claim.text or _covered_text(text, places))} at {_format_fragments(claim)} is discontinuous"
        return UnresolvedSpan("convert-discontinuous", message)
    if len(places) > 1:
        repairs.append("fragments joined, with only white space between them")
    found = text[places[0][0] : places[-1][1]]
    if not found.strip():
        return UnresolvedSpan("convert-span", f"the span {_format_fragments(claim)} holds only white space")
    start = places[0][0] + len(found) - len(found.lstrip())
    end = start + len(found.strip())
    if found != found.strip():
        repairs.append("white space at an edge left out")
    return ResolvedSpan(start, end, "; ".join(repairs))


def _only_match(text: str, claim: RawSpan) -> Fragment | None:
    """Return the only place that can be meant: where the words stand once near by, or once in the whole text.

    Words and offsets must agree on the length, give or take the one that an inclusive end makes; around the
    words must stand what the file says stands there.
    """
    words = (claim.text or "").strip()
    if len(claim.fragments) > 1 or not words:
        return None
    (start, end), text_length = claim.fragments[0], len(claim.text or "")
    if abs(end - start - text_length) > 1:
        return None
    reach = max(1, len(words) - 1)
    around = max(0, start - reach), start + reach + len(words) + _MAX_EXTRA_WHITE_SPACE
    near = [place for place in _occurrences(text, claim, *around) if abs(place[0] - start) <= reach]
    if len(near) == 1:
        return near[0]
    found = list(islice(_occurrences(text, claim), 2))
    if len(found) == 1 and (claim.prefix or claim.suffix or _is_word_aligned(text, *found[0])):
        return found[0]
    return None


def _occurrences(text: str, claim: RawSpan, first: int = 0, last: int | None = None) -> Iterator[Fragment]:
    """Yield where a mention's words stand, in any white space, overlapping ones too, between the words around it."""
    words = r"\s+".join(map(re.escape, (claim.text or "").split()))
    pattern = re.compile(f"{re.escape(claim.prefix)}({words}){re.escape(claim.suffix)}")
    at = max(0, first - len(claim.prefix))
    last = len(text) if last is None else last
    while words and (match := pattern.search(text, at, last + len(claim.suffix))):
        at = match.start() + 1
        if match.end(1) <= last:
            yield match.span(1)


def _is_word_aligned(text: str, start: int, end: int) -> bool:
    """Say whether a span cuts no word at its edges."""
    return not (text[max(0, start - 1) : start].isalnum() and text[start].isalnum()) and not (
        text[end - 1].isalnum() and text[end : end + 1].isalnum()
    )


def _describe_mismatch(text: str, claim: RawSpan, places: Sequence[Fragment] | None) -> tuple[str, str]:
    words = quote(claim.text or "")
    if places is None:
        said = f", said to be {words}," if claim.text is not None else ""
        message = f"{_format_fragments(claim)}{said} does not lie in the text's {len(text)} code points"
        return "convert-span", message
    message = f"{_format_fragments(claim)} is {quote(_covered_text(text, places))} in the text, not {words}"
    return "convert-text", f"{message}, and no other place is certain"


def _format_fragments(claim: RawSpan) -> str:
    return ";".join(f"{start}:{end}" for start, end in claim.fragments)
