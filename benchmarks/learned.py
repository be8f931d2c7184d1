"""A learned model in place of the rules, tried on the same pages: ``python benchmarks/learned.py PAGES GOLD``.

Logistic regression over what ``lines`` sees of a line and of its four neighbours, where it stands to the run that
the rules choose, and how much prose is around it; trained on the two thirds the rules were tuned on. It prints the
rules' rows of ``pages.py`` and its own. The package does not use it: see docs/measurements.md.
"""

import json
import math
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pactwire.text import body_range
from pactwire.text.line_features import PageLine, split_lines
from pages import BODY, Gold, Page, by_kind, read, table

CUES: Final = ("comments", "share", "related", "menu", "other", "byline", "date")
AROUND: Final = (-2, -1, 0, 1, 2)
STEPS: Final = 400
PENALTY: Final = 1e-4

Matrix = NDArray[np.float64]


def seen(line: PageLine, repeated: bool) -> list[float]:
    """What one line shows."""
    words = line.text.split()
    flags = (
        line.ends_sentence, line.has_inner_sentence_end, line.has_marker, line.prose, line.notice, line.credit,
        line.has_date, line.is_truncated,
        line.after_blank,
        repeated, line.text[0].islower(), line.text[0].isdigit(), line.text[-1] == ":", line.text[-1] == "?",
        *(line.cue == cue for cue in CUES), *(line.words >= least for least in (2, 4, 8, 12, 20, 40)),
        *(line.size >= least for least in (50, 80, 140, 250)),
    )  # fmt: skip
    shares = (
        sum(map(str.isupper, line.text)) / len(line.text),
        sum(map(str.isdigit, line.text)) / len(line.text),
        line.text.count(",") / len(words),
        sum(len(word) <= 3 for word in words) / len(words),
        sum(word[0].isupper() for word in words) / len(words),
    )
    return [math.log(line.size) / 6, *map(float, flags), *shares]


def decayed(values: Sequence[float], keep: float) -> list[float]:
    """For each place the sum of what comes before it, the nearest counting most."""
    sums, total = [], 0.0
    for value in values:
        sums.append(total)
        total = total * keep + value
    return sums


def features(lines: Sequence[PageLine]) -> Matrix:
    """A row for each line of a page."""
    first: dict[str, int] = {}
    origin = [first.setdefault(line.text, at) for at, line in enumerate(lines)]
    start, end = body_range.find_body(lines, origin)
    own = np.array([seen(line, origin[at] < at) for at, line in enumerate(lines)])
    padded = np.pad(own, ((2, 2), (0, 0)))
    prose = [min(line.size, 400) / 200 * (line.prose and not line.notice) for line in lines]
    mass = [decayed(prose, keep) for keep in (0.7, 0.9)] + [decayed(prose[::-1], keep)[::-1] for keep in (0.7, 0.9)]
    inside = np.array([start <= at < end for at in range(len(lines))], dtype=float)
    away = [math.log1p(max(start - at, at - end + 1, 0)) / 3 for at in range(len(lines))]
    edges = [(at == start, at == end - 1, at < start) for at in range(len(lines))]
    parts = [padded[2 + by : 2 + by + len(lines)] for by in AROUND]
    place = np.column_stack([*mass, inside, away, np.array(edges, dtype=float).reshape(len(lines), 3)])
    return np.hstack([*parts, place, own * inside[:, None], np.ones((len(lines), 1))])


def fitted(rows: Matrix, wanted: Matrix, weights: Matrix) -> Matrix:
    """The weights of a logistic regression, by Nesterov's gradient descent."""
    model = np.zeros(rows.shape[1])
    step = 4 * weights.sum() / np.linalg.norm(rows * np.sqrt(weights)[:, None], 2) ** 2
    before = model
    for number in range(STEPS):
        ahead = model + number / (number + 3) * (model - before)
        wrong = (1 / (1 + np.exp(-rows @ ahead)) - wanted) * weights
        before, model = model, ahead - step * (rows.T @ wrong / weights.sum() + PENALTY * ahead)
    return model


def trained(pages: Sequence[Page], gold: Gold) -> Matrix:
    """The model of the pages with gold lines; a line counts by its share of the body's words."""
    rows, wanted, weights = [], [], []
    for page in pages:
        if page["id"] in gold:
            lines = split_lines(page["text"])
            body = {at for start, end in gold[page["id"]] for at in range(start, end)}
            total = sum(lines[at].words for at in body)
            rows.append(features(lines))
            wanted += [float(at in body) for at in range(len(lines))]
            weights += [min(1.0, 0.02 + 10 * line.words / total) for line in lines]
    return fitted(np.vstack(rows), np.array(wanted), np.array(weights))


def main(path: Path, gold_path: Path) -> None:
    """Train, and print the rows of the rules and of the model."""
    pages, gold = read(path), json.loads(gold_path.read_text())
    model = trained([page for page in pages if not page["kept out"]], gold)

    def chosen(page: Page, lines: Sequence[PageLine]) -> Collection[int]:
        likely = features(lines) @ model > 0
        found: dict[str, int] = {}
        for at, line in enumerate(lines):
            if likely[at]:
                found.setdefault(line.text, at)
        return set(found.values())

    table(pages, gold, {"rules": by_kind(BODY), "learned model": chosen})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
