"""Resolution of a file's spans to places in the source text, or to the reason why there is none.

The file's offset convention is found first (`pactwire.convert.offset_conventions`). A single span that still does not
match is moved only if exactly one place is possible. All places are half-open spans of code points.
"""

from collections.abc import Sequence
from itertools import islice, pairwise
from typing import Final, NamedTuple

from pactwire.convert.imported_document import Fragment, RawSpan
from pactwire.convert.offset_conventions import (
    OffsetConvention,
    best_conventions,
    covered_text,
    decoded_convention,
    occurrences,
    same_words,
)
from pactwire.model.escapes import quote
from pactwire.storage import files

_MAX_EXTRA_WHITE_SPACE: Final = 200
"""How much longer the white space inside a mention may be in the text than in the file when it is searched nearby."""


class ResolvedSpan(NamedTuple):
    """A place in the source text; ``repair`` says what was wrong with the file's offsets, empty if nothing."""

    start: int
    end: int
    repair: str = ""


class UnresolvedSpan(NamedTuple):
    """The reason why a span has no place: the code and message of an issue."""

    code: str
    message: str


def resolve_spans(
    raw: str, spans: Sequence[RawSpan], *, offsets_count_decoded: bool = False
) -> list[ResolvedSpan | UnresolvedSpan]:
    """Return the place of each span in ``files.normalize_newlines(raw)``, or the reason why it has none.

    Args:
        raw: The text as decoded, with its BOM and CRs.
        spans: All spans of one file over this text; together they show its offset convention.
        offsets_count_decoded: Whether spans without text count the characters of ``raw``, as in a record that holds
            both text and offsets.
    """
    text = files.normalize_newlines(raw)
    tested = [span for span in spans if span.text is not None and _is_ordered(span)]
    conventions = best_conventions(raw, text, tested)
    textless = [decoded_convention(raw)] if offsets_count_decoded else conventions
    results = [_resolve_span(text, span, textless if span.text is None else conventions) for span in spans]
    taken = {
        (span.type, resolved.start, resolved.end)
        for span, (resolved, moved) in zip(spans, results, strict=True)
        if isinstance(resolved, ResolvedSpan) and not moved
    }
    return [_reject_if_taken(span, *result, taken) for span, result in zip(spans, results, strict=True)]


def _reject_if_taken(
    span: RawSpan, resolved: ResolvedSpan | UnresolvedSpan, moved: bool, taken: set[tuple[str, int, int]]
) -> ResolvedSpan | UnresolvedSpan:
    """Refuse a span that was moved to a place where another of its type already is."""
    if moved and isinstance(resolved, ResolvedSpan) and (span.type, resolved.start, resolved.end) in taken:
        message = (
            f"{quote(span.text or '')} is not at {_format_fragments(span)}, and where it is, there is another mention"
        )
        return UnresolvedSpan("convert-text", message)
    return resolved


def _is_ordered(span: RawSpan) -> bool:
    return all(start < end for start, end in span.fragments)


def _resolve_span(
    text: str, span: RawSpan, conventions: Sequence[OffsetConvention]
) -> tuple[ResolvedSpan | UnresolvedSpan, bool]:
    """Return a span's place or the reason why it has none, and whether it was moved individually."""
    if not _is_ordered(span):
        kind = "empty" if any(start == end for start, end in span.fragments) else "reversed"
        return UnresolvedSpan("convert-span", f"the span {_format_fragments(span)} is {kind}"), False
    places = conventions[0].map_fragments(span, len(text))
    if places is not None and (span.text is None or same_words(covered_text(text, places), span.text)):
        if any(each.map_fragments(span, len(text)) != places for each in conventions[1:]):
            names = " or ".join(each.name or "offsets as they are" for each in conventions)
            subject = "it" if span.text is None else quote(span.text)
            message = f"{subject} is at two places that {_format_fragments(span)} can mean: {names}"
            return UnresolvedSpan("convert-text", message), False
        return _join_fragments(text, span, places, conventions[0].name), False
    match = _only_match(text, span)
    if match is None:
        return UnresolvedSpan(*_describe_mismatch(text, span, places)), False
    start, end = match
    repair = f"moved from {_format_fragments(span)} to {start}:{end}, where {quote(text[start:end])} is"
    return ResolvedSpan(start, end, repair), True


def _join_fragments(
    text: str, span: RawSpan, places: Sequence[Fragment], convention: str
) -> ResolvedSpan | UnresolvedSpan:
    """Return one span of fragments that are separated by white space only, without white space at its edges."""
    repairs = [convention] if convention else []
    if any(left > right or text[left:right].strip() for (_, left), (right, _) in pairwise(places)):
        message = f"{quote(span.text or covered_text(text, places))} at {_format_fragments(span)} is discontinuous"
        return UnresolvedSpan("convert-discontinuous", message)
    if len(places) > 1:
        repairs.append("fragments joined, with only white space between them")
    covered = text[places[0][0] : places[-1][1]]
    if not covered.strip():
        return UnresolvedSpan("convert-span", f"the span {_format_fragments(span)} contains only white space")
    start = places[0][0] + len(covered) - len(covered.lstrip())
    end = start + len(covered.strip())
    if covered != covered.strip():
        repairs.append("white space at an edge left out")
    return ResolvedSpan(start, end, "; ".join(repairs))


def _only_match(text: str, span: RawSpan) -> Fragment | None:
    """Return the only possible place: where the span's text occurs once nearby, or once in the whole text.

    Text and offsets must agree on the length, within the one character of an inclusive end, and the file's prefix and
    suffix must surround the text.
    """
    words = (span.text or "").strip()
    if len(span.fragments) > 1 or not words:
        return None
    start, end = span.fragments[0]
    if abs(end - start - len(span.text or "")) > 1:
        return None
    reach = max(1, len(words) - 1)
    window = max(0, start - reach), start + reach + len(words) + _MAX_EXTRA_WHITE_SPACE
    nearby = [place for place in occurrences(text, span, *window) if abs(place[0] - start) <= reach]
    if len(nearby) == 1:
        return nearby[0]
    anywhere = list(islice(occurrences(text, span), 2))
    if len(anywhere) == 1 and (span.prefix or span.suffix or _is_word_aligned(text, *anywhere[0])):
        return anywhere[0]
    return None


def _is_word_aligned(text: str, start: int, end: int) -> bool:
    """Return whether a span cuts no word at its edges."""
    return not (text[max(0, start - 1) : start].isalnum() and text[start].isalnum()) and not (
        text[end - 1].isalnum() and text[end : end + 1].isalnum()
    )


def _describe_mismatch(text: str, span: RawSpan, places: Sequence[Fragment] | None) -> tuple[str, str]:
    """Return the code and message of an issue for a span whose text is not where the file says."""
    words, stated = quote(span.text or ""), _format_fragments(span)
    if places is None:
        said = f", given as {words}," if span.text is not None else ""
        return "convert-span", f"{stated}{said} is outside the text's {len(text)} code points"
    covered = quote(covered_text(text, places))
    return "convert-text", f"{stated} is {covered} in the text, not {words}, and no other place is certain"


def _format_fragments(span: RawSpan) -> str:
    return ";".join(f"{start}:{end}" for start, end in span.fragments)
