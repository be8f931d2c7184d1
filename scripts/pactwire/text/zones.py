"""Detection of zones by rule: which lines of a source text are the article, and which the web page around it.

Every line gets a score: paragraphs count for the article, short lines and list items against it. The body is the run
of lines with the greatest sum. So a heading or a caption between paragraphs stays in it, and a menu, a row of teasers
or the comments are not worth crossing. Title, lead and the kinds of furniture follow from a line's position relative
to the body and from the cues of `line_features`.
"""

from collections.abc import Sequence
from typing import Final

from pactwire.model.records import CONTENT_KINDS, Annotator, AnnotatorKind, Origin, Zone, ZoneKind
from pactwire.text import languages
from pactwire.text.line_features import PageLine, best_run, split_lines

ANNOTATOR: Final[Annotator] = {"id": "zone-rules", "kind": AnnotatorKind.RULE, "name": "pactwire zones", "version": "2"}

# How far above the body its title may be, in lines that are not blank.
_TITLE_REACH: Final = 25
# How many lines between title and body may be a summary of the article.
_MAX_LEADS: Final = 2
# What a heading of comments or of related articles costs a run that crosses it, in scores.
_COMMENTS_COST: Final = 8.0
_RELATED_COST: Final = 1.5
# Paragraphs below the comments' heading are mostly comments.
_COMMENTS_DISCOUNT: Final = 0.3
# This many truncated lines ("Read on …") are teasers; fewer may be a style of the author.
_MIN_TEASERS: Final = 5
# The share of the body's sum that paragraphs after a gap at its end need to be more than a notice.
_MIN_TAIL_SHARE: Final = 0.04
# How far from the end of the body a note about the author may be, in lines.
_AUTHOR_REACH: Final = 4

# Characters that headlines and headings do not end with.
_UNFINISHED: Final = ".,;:…。、،।۔"


def detect_zones(source: str) -> list[Zone]:
    """Return the zones of a source text (LF only), in order, without overlap.

    They cover every character that is not white space by ``str.isspace``, and start and end with such a character.
    ``origin`` is ``unknown``, or ``untranslated`` for words in another language inside a content line.
    """
    lines = split_lines(source)
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
    start, end = _body_range(lines, first_equal)
    if start == end:
        # nothing reads as a paragraph, so whatever is not clearly furniture is content
        kinds = [line.cue or ("menu" if line.has_marker else "body") for line in lines]
    else:
        kinds = _kinds_in_body(lines, start, end)
        _set_kinds_above(lines, kinds, first_equal, start)
        _set_kinds_below(lines, kinds, end)
    _mark_duplicates(lines, kinds, first_equal)
    return kinds


def _body_range(lines: Sequence[PageLine], first_equal: Sequence[int]) -> tuple[int, int]:
    """Return the lines of the body, half-open; ``first_equal`` is the first line with the same text, for each line."""
    scores: list[float] = []
    mass, discount = 0.0, 1.0
    teasers = sum(line.is_truncated for line in lines) >= _MIN_TEASERS
    for at, line in enumerate(lines):
        score = -0.6 if teasers and line.is_truncated else _line_score(line, lines[at - 1] if at else None)
        if first_equal[at] < at:
            score = -0.5 if line.prose else max(-1.0, min(score, 0.0) - 0.5)
        if score > 0:
            mass += score
            score *= discount
        elif line.cue == "comments" and mass >= 2:
            score, discount = -_COMMENTS_COST, _COMMENTS_DISCOUNT
        elif line.cue == "related":
            score = -_RELATED_COST
        scores.append(score)
    start, end = best_run(scores)
    end = _trim_tail(scores, start, end)
    return start, _trim_author(lines, start, end)


def _trim_tail(scores: Sequence[float], start: int, end: int) -> int:
    """Return the end of a run without last paragraphs that come after a gap and add next to nothing."""
    total = sum(scores[start:end])
    while True:
        prose = end
        while prose > start and scores[prose - 1] > 0:
            prose -= 1
        gap = prose
        while gap > start and scores[gap - 1] <= 0:
            gap -= 1
        if gap in (start, prose) or sum(scores[gap:end]) > _MIN_TAIL_SHARE * total:
            return end
        end = gap


def _trim_author(lines: Sequence[PageLine], start: int, end: int) -> int:
    """Return the end of a run without last paragraphs that start with a name that is also a line of its own."""
    last = range(max(start + 2, end - _AUTHOR_REACH), end)
    if not any(lines[at].prose for at in last):
        return end
    names = {name for line in lines if line.words <= 6 and (name := line.name)}
    for at in last:
        line = lines[at]
        if line.prose and any(line.text.startswith((name + " ", name + ",")) for name in names):
            while at > start and not lines[at - 1].prose and lines[at - 1].words < 8:
                at -= 1
            return at
    return end


def _line_score(line: PageLine, before: PageLine | None) -> float:
    if line.notice:
        return -1.0
    if line.prose and line.credit:
        return 0.0
    if line.prose:
        score = 0.5 + min(line.size, 500) / 160
        return score / 2 if line.has_marker else score
    if line.cue:
        return -1.5
    if line.has_marker:
        return -0.75
    wrapped = before is not None and not line.after_blank and not before.ends_sentence and before.size >= 50
    if wrapped and line.text[0].islower():
        return 0.8
    if line.ends_sentence and line.words >= 3:
        return 0.0
    return -0.4 if line.words >= 8 else -0.6


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
    return not line.prose and not line.has_marker and line.words <= 16 and line.text[-1] not in _UNFINISHED


def _set_kinds_above(lines: Sequence[PageLine], kinds: list[str], first_equal: Sequence[int], start: int) -> None:
    """Set the kinds of the lines above the body, and of the title, which may be the first line of the body."""
    title = _title_line(lines, first_equal, start)
    leads = 0
    for at in range(start):
        line = lines[at]
        summary = line.words >= 8 and line.size >= 50
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


def _title_line(lines: Sequence[PageLine], first_equal: Sequence[int], start: int) -> int:
    """Return the title's line, or -1: a line of headline length near the body, preferably one that is repeated."""
    best, title = 0.0, -1
    for at in range(start, max(-1, start - 1 - _TITLE_REACH), -1):
        line = lines[at]
        if not _is_title(line) or (at == start and line.has_inner_sentence_end):
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
    return 3 <= line.words <= 30 and 15 <= line.size <= 200 and line.text[-1] not in _UNFINISHED


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


def _mark_duplicates(lines: Sequence[PageLine], kinds: list[str], first_equal: Sequence[int]) -> None:
    """Mark repeated lines; of equal lines only the first may be content, and it is if a later one was."""
    for at, early in enumerate(first_equal):
        if early == at:
            continue
        if kinds[at] in CONTENT_KINDS and kinds[early] not in CONTENT_KINDS and lines[at].words >= 4:
            kinds[early] = kinds[at]
        if lines[at].words >= 4 or kinds[at] in CONTENT_KINDS or kinds[early] in CONTENT_KINDS:
            kinds[at] = "duplicate"
