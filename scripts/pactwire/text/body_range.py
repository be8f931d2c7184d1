"""The body of a page: the run of lines with the greatest sum of scores, corrected at its end.

Paragraphs count for the article, by their length; short lines, list items and the cues of furniture against it.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from pactwire.text.line_features import PageLine, best_run

# What a heading of comments or of related articles costs a run that crosses it, in scores.
_COMMENTS_COST: Final = 8.0
_RELATED_COST: Final = 1.5
# Paragraphs below the comments' heading are mostly comments.
_COMMENTS_DISCOUNT: Final = 0.3
# How much prose is above that heading: in scores, and as a share of the page's.
_MIN_ABOVE_COMMENTS: Final = 2.0
_MIN_SHARE_ABOVE: Final = 0.25
# This many truncated lines ("Read on …") are teasers; fewer may be a style of the author.
_MIN_TEASERS: Final = 5
# The share of the body's sum that paragraphs after a gap at its end need to be more than a notice.
_MIN_TAIL_SHARE: Final = 0.04
# How far from the end of the body a note about the author may be, in lines.
_AUTHOR_REACH: Final = 4


def find_body(lines: Sequence[PageLine], first_equal: Sequence[int]) -> tuple[int, int]:
    """Return the lines of the body, half-open; ``first_equal`` is the first line with the same text, for each line."""
    scores: list[float] = []
    teasers = sum(line.is_truncated for line in lines) >= _MIN_TEASERS
    for at, line in enumerate(lines):
        score = -0.6 if teasers and line.is_truncated else _line_score(line, lines[at - 1] if at else None)
        if first_equal[at] < at:
            score = _score_again(line, score)
        scores.append(-_RELATED_COST if line.cue == "related" and score <= 0 else score)
    _discount_comments(lines, scores)
    start, end = best_run(scores)
    end = _trim_tail(scores, start, end)
    end = _trim_author(lines, start, end)
    return start, len(lines) if end > start and _are_sentences(lines[end:], scores[end:]) else end


def _are_sentences(lines: Sequence[PageLine], scores: Sequence[float]) -> bool:
    """Return whether all lines below a body are short sentences, so that it ends the text: pages end otherwise."""
    return all(
        line.ends_sentence and not line.prose and score == 0.0 for line, score in zip(lines, scores, strict=True)
    )


def _discount_comments(lines: Sequence[PageLine], scores: list[float]) -> None:
    """Lower the scores from the heading of the comments on.

    A page may have a button "Comments" above or inside its article too. So the heading is the first cue with more
    prose above it than below, or else the last cue, unless hardly anything is above it.
    """
    prose = [max(score, 0.0) for score in scores]
    total, above = sum(prose), list(accumulate(prose, initial=0.0))
    cues = [at for at, line in enumerate(lines) if line.cue == "comments" and above[at] >= _MIN_ABOVE_COMMENTS]
    heading = next((at for at in cues if above[at] > total / 2), cues[-1] if cues else None)
    if heading is None or above[heading] < _MIN_SHARE_ABOVE * total:
        return
    scores[heading] = -_COMMENTS_COST
    for at in range(heading + 1, len(scores)):
        if scores[at] > 0:
            scores[at] *= _COMMENTS_DISCOUNT


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


def _score_again(line: PageLine, score: float) -> float:
    """Return the score of a line that was there before: a teaser, a label, or a question to each of several people."""
    if line.prose:
        return -0.5
    if line.ends_sentence and not (line.cue or line.notice or line.has_marker):
        return 0.0
    return max(-1.0, min(score, 0.0) - 0.5)


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
