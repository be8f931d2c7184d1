"""Detection of zones by rule: which lines of a source text are the article, and which the web page around it.

Every line gets a score: paragraphs count for the article, short lines and list items against it. The body is the run
of lines with the greatest sum. So a heading or a caption between paragraphs stays in it, and a menu, a row of teasers
or the comments are not worth crossing. Title, lead and the kinds of furniture follow from a line's position relative
to the body and from the cues of `line_features`.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from pactwire.model.records import CONTENT_KINDS, Annotator, AnnotatorKind, Origin, Zone, ZoneKind
from pactwire.text import body_range, languages
from pactwire.text.line_features import PageLine, split_lines

ANNOTATOR: Final[Annotator] = {"id": "zone-rules", "kind": AnnotatorKind.RULE, "name": "pactwire zones", "version": "4"}

# How far above the body its title may be, in lines that are not blank.
_TITLE_REACH: Final = 25
# How many lines between title and body may be a summary of the article.
_MAX_LEADS: Final = 2
# How often a line above the body recurs in it to be a question of an interview, and no title.
_MIN_RECURRENCES: Final = 2
# How far above the body such a line may be, in lines, as above the names of those who answer.
_REFRAIN_REACH: Final = 3


def detect_zones(source: str) -> list[Zone]:
    """Return the zones of a source text (LF only), in order, without overlap.

    They cover every character that is not white space by ``str.isspace``, and start and end with such a character.
    ``origin`` is ``unknown``, or ``untranslated`` for words in another language inside a content line.
    """
    return zones_of_lines(split_lines(source))


def zones_of_lines(lines: Sequence[PageLine]) -> list[Zone]:
    """Return the zones of a source text as `detect_zones` does, given its lines."""
    kinds = line_kinds(lines)
    content = [kind in CONTENT_KINDS for kind in kinds]
    page = languages.identify_page([line.text for line in lines], content)
    zones: list[Zone] = []
    for line, kind, language, parts in zip(lines, kinds, page.lines, page.parts, strict=True):
        whole = [(0, len(line.text), language)]
        for start, end, own in parts if parts and kind != ZoneKind.TITLE else whole:
            zones.append(
                {
                    "id": f"z{len(zones) + 1}",
                    "start": line.start + start,
                    "end": line.start + end,
                    "kind": kind,
                    "language": own,
                    "origin": Origin.UNKNOWN if own == language else Origin.UNTRANSLATED,
                    "by": [ANNOTATOR["id"]],
                }
            )
    return zones


def line_kinds(lines: Sequence[PageLine]) -> list[str]:
    """Return the zone kind of each line."""
    first_lines: dict[str, int] = {}
    first_equal = [first_lines.setdefault(line.text, at) for at, line in enumerate(lines)]
    start, end = body_range.find_body(lines, first_equal)
    refrains = _refrains(lines, first_equal, start, end)
    start = min([start, *(at for at in refrains if start - _REFRAIN_REACH <= at)])
    if start == end:
        # nothing reads as a paragraph, so whatever is not clearly furniture is content
        kinds = [line.cue or ("menu" if line.has_marker else "body") for line in lines]
    else:
        kinds = _kinds_in_body(lines, start, end)
        _set_kinds_above(lines, kinds, _title_line(lines, first_equal, start, refrains), start)
        _set_kinds_below(lines, kinds, end)
    _mark_duplicates(lines, kinds, first_equal, start, end)
    return kinds


def _kinds_in_body(lines: Sequence[PageLine], start: int, end: int) -> list[str]:
    kinds = ["menu"] * len(lines)
    teasers = False
    for at in range(start, end):
        line = lines[at]
        if line.prose and not line.credit:
            teasers = False
            kinds[at] = "other" if line.notice else "body"
        elif line.cue:
            teasers = line.cue == "related"
            kinds[at] = line.cue
        elif teasers:
            kinds[at] = "related"
        elif not any(map(str.isalnum, line.text)):
            kinds[at] = "other"
        elif line.credit:
            kinds[at] = "caption" if line.words >= 5 else "other"
        elif _is_heading(line) and at + 1 < end and not _is_heading(lines[at + 1]) and not lines[at + 1].cue:
            kinds[at] = "heading"
        else:
            kinds[at] = "body"
    return kinds


def _is_heading(line: PageLine) -> bool:
    return not line.prose and not line.has_marker and line.words <= 16 and not line.is_unfinished


def _set_kinds_above(lines: Sequence[PageLine], kinds: list[str], title: int, start: int) -> None:
    """Set the kinds of the lines above the body, and of the title, which may be the first line of the body."""
    leads = 0
    for at in range(start):
        line = lines[at]
        summary = line.is_long
        if line.cue:
            kinds[at] = line.cue
        elif line.credit:
            kinds[at] = "caption" if summary and at > title >= 0 else "other"
        elif at > title >= 0:
            kinds[at] = "lead" if summary and not line.has_marker and leads < _MAX_LEADS else "other"
            leads += kinds[at] == "lead"
        elif line.prose and line.notice:
            kinds[at] = "other"
        elif summary:
            kinds[at] = "related"
    if title >= 0:
        kinds[title] = "title"
        if title > 0 and kinds[title - 1] == "menu" and _is_section(lines[title - 1]):
            kinds[title - 1] = "section"
        if title + 1 < start and kinds[start] == "body" and not lines[start].after_blank:
            kinds[start] = "lead"


def _refrains(lines: Sequence[PageLine], first_equal: Sequence[int], start: int, end: int) -> set[int]:
    """Return the first lines of questions and other sentences that recur in the body, as in an interview."""
    recurrences = Counter(first_equal[at] for at in range(start, end) if first_equal[at] < at)
    return {at for at, count in recurrences.items() if count >= _MIN_RECURRENCES and lines[at].ends_sentence}


def _title_line(lines: Sequence[PageLine], first_equal: Sequence[int], start: int, refrains: Collection[int]) -> int:
    """Return the title's line, or -1: a line of headline length near the body, preferably one that is repeated."""
    best, title = 0.0, -1
    for at in range(start, max(-1, start - 1 - _TITLE_REACH), -1):
        line = lines[at]
        if not _is_title(line) or at in refrains or (at == start and line.has_inner_sentence_end):
            continue
        score = min(line.words, 10) - 0.6 * (start - at)
        # the first line of the body reads as a sentence, and a byline or a breadcrumb has bars and dates
        score -= 4 * (at == start) + 6 * (line.has_date or "|" in line.text)
        score += 3 * (first_equal[at] < at)
        if score > best:
            best, title = score, at
    early = first_equal[title] if title >= 0 else -1
    return early if early >= start - _TITLE_REACH else title


def _is_title(line: PageLine) -> bool:
    if line.cue or line.has_marker or line.notice or line.credit:
        return False
    return 3 <= line.words <= 30 and 15 <= line.size <= 200 and not line.is_unfinished


def _is_section(line: PageLine) -> bool:
    return line.words <= 3 and not line.has_marker and not line.cue


def _set_kinds_below(lines: Sequence[PageLine], kinds: list[str], end: int) -> None:
    context = ""
    for at in range(end, len(lines)):
        line = lines[at]
        headline = line.words >= 5 and not line.notice
        following = lines[at + 1] if at + 1 < len(lines) else None
        if line.cue:
            context = _context_after_cue(line, context)
            kinds[at] = line.cue
        elif line.notice:
            kinds[at] = "other"
        elif context == "comments":
            kinds[at] = "comments"
        elif (
            headline
            or line.prose
            or (following and not following.after_blank and not line.has_marker and following.words >= 5)
        ):
            kinds[at] = context = "related"
        elif line.has_marker:
            kinds[at] = "menu"
        else:
            kinds[at] = context or "other"


def _context_after_cue(line: PageLine, context: str) -> str:
    """Return what follows a cue below the body: comments only if their count is not zero."""
    if line.cue == "comments":
        return "" if "0" in line.text and not any(digit in line.text for digit in "123456789") else "comments"
    if line.cue in ("related", "menu"):
        return "related" if line.cue == "related" else ""
    return context


def _mark_duplicates(
    lines: Sequence[PageLine], kinds: list[str], first_equal: Sequence[int], start: int, end: int
) -> None:
    """Mark repeated lines outside the body; of equal lines there only the first may be content.

    It is content if a later one was. A line that recurs inside the body, as a question or a refrain, stays content.
    """
    for at, early in enumerate(first_equal):
        if early == at or (start <= early < end and _is_refrain(lines, kinds, first_equal, at)):
            continue
        if kinds[at] in CONTENT_KINDS and kinds[early] not in CONTENT_KINDS and lines[at].words >= 4:
            kinds[early] = kinds[at]
        if lines[at].words >= 4 or kinds[at] in CONTENT_KINDS or kinds[early] in CONTENT_KINDS:
            kinds[at] = "duplicate"


def _is_refrain(lines: Sequence[PageLine], kinds: Sequence[str], first_equal: Sequence[int], at: int) -> bool:
    """Return whether a repeated line of the body is content: if it ends a sentence, or comes with its neighbor."""
    early = first_equal[at]
    if not {kinds[at], kinds[early]} <= {ZoneKind.BODY, ZoneKind.HEADING}:
        return False
    if lines[at].ends_sentence or first_equal[at - 1] == early - 1:
        return True
    return at + 1 < len(lines) and first_equal[at + 1] == early + 1
