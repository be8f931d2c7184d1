"""Sentences of a line with their spans, also inside quotations. All offsets are code points, half-open.

A sentence ends at ``.``, ``!``, ``?`` or ``…`` with the closing quotation marks and brackets after it, if white space
follows and then a capital letter, a digit or an opening mark, also after the dash of a dialogue; and at the end of the
line. Letters without case count as capital. Whether a full stop is one of an abbreviation or an initial is what
sentencex knows of a language; it is given the line without its marks, because it does not cut inside quotations.
``. . .`` ends nothing.
"""

from bisect import bisect_left
from itertools import accumulate, pairwise
from typing import Final

import regex
import sentencex

_TO_SPACE: Final = str.maketrans(dict.fromkeys("\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000", " "))
_TO_SPACE.update(dict.fromkeys(range(0x2000, 0x200B), " "))
_PAIRS: Final = {'"': '"', "”": "“„", "“": "„", "»": "«", "«": "»", "›": "‹", "’": "‘", ")": "(", "]": "["}
"""Closing marks, each with the marks that it may close; some open elsewhere."""
_TO_BLANKS: Final = str.maketrans(dict.fromkeys('"“”„‟«»‹›‘()[]', " "))
"""All marks but the apostrophe, which is mostly inside words."""
_ENDS: Final = (".", "!", "?", "…")
_END: Final = regex.compile(
    r"""(?<! \.\s | (?<!\w)\p{Lu}(?=\.) )  # neither of ". . ." nor of an initial
    (?P<end>[.!?…]+) ['’"”“»«›)\]]* (?P<gap>\s+ (?:["”“»«›)\]]+\s+)*)
    (?= (?:[-–—―]\s*)? [¿¡(\['‘]* (?: (?P<capital>[\p{Lu}\p{Lt}\p{Nd}"“”„«»‹]) | [^\W\p{Ll}_] ) )""",
    regex.VERBOSE,
)


def sentence_spans(text: str, language: str) -> list[tuple[int, int]]:
    """Return the spans of a line's sentences in order, without white space at their edges.

    A language that sentencex does not know is split by its fallback. If sentencex does not return all of a text, only
    an ellipsis ends a sentence in it.
    """
    spans = []
    for start, end in pairwise([0, *_sentence_ends(text, language), len(text)]):
        part = text[start:end]
        if part.strip():
            spans.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip())))
    return spans


def _sentence_ends(text: str, language: str) -> list[int]:
    """Return where sentences end inside a line, in order.

    The rule finds where a sentence may end, and sentencex confirms it, unless it is at an ellipsis. Sentencex alone
    decides at the full stops of other scripts.
    """
    blank = text.translate(_TO_BLANKS)
    cuts = list(accumulate(map(len, _sentence_parts(blank, language))))[:-1]
    ends = {cut for cut in cuts if not blank[:cut].rstrip().rstrip("'’").endswith(_ENDS)}
    for found in _END.finditer(text):
        next_sentence = len(text) - len(blank[found.end() :].lstrip())
        at = bisect_left(cuts, found.end("end"))
        is_confirmed = at < len(cuts) and cuts[at] <= next_sentence
        if is_confirmed or (found["capital"] and found["end"].endswith(("…", "..."))):
            ends.add(_end_of_marks(text, *found.span("gap")))
    return sorted(ends)


def _end_of_marks(text: str, start: int, end: int) -> int:
    """Return where a sentence ends: after the marks between white space that close what is open before them."""
    for at in range(start, end):
        if not text[at].isspace():
            openings = sum(text.count(mark, 0, at) for mark in _PAIRS[text[at]])
            is_open = openings % 2 if text[at] in _PAIRS[text[at]] else openings > text.count(text[at], 0, at)
            if not is_open:
                break
            start = at + 1
    return start


def _sentence_parts(text: str, language: str) -> list[str]:
    """Return the sentences of a text, which together are the text; all of it where sentencex panics twice."""
    parts = _segment(text, language)
    if parts is None:  # mostly it does not panic again once the blanks are plain spaces
        ends = list(accumulate(map(len, _segment(text.translate(_TO_SPACE), language) or [text]), initial=0))
        parts = [text[start:end] for start, end in pairwise(ends)]
    return parts


def _segment(text: str, language: str) -> list[str] | None:
    """Return the sentences that sentencex finds; None if it panics, as on ``A\\u00a0.``, a blank of several bytes."""
    try:
        parts = list(sentencex.segment(language, text))
    except BaseException as error:  # a panic of Rust is not an Exception and has no type to import
        if type(error).__name__ != "PanicException":
            raise
        return None
    return parts if "".join(parts) == text else [text]
