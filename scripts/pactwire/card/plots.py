"""Counts and figures, as plain numbers, to plots: labels by language, agreement, and stances."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pactwire.build.manifest import PLOTS
from pactwire.card.vega import (
    BAR,
    DIM,
    INK,
    MARGIN,
    RULE,
    WIDTH,
    Values,
    as_is,
    at,
    layered_chart,
    marks,
    on,
    polarity_colors,
    render_svg,
    texts,
)
from pactwire.model.schema import Label

ROW_HEIGHT: Final = 19
"""Pixels of a row's height."""

DEFAULT_SIGN: Final = "·"
"""Stands for a polarity that declares no sign: nothing is told by color alone."""

KEYS_PER_LINE: Final = 7
"""Polarities in a line of the key, 100 pixels each."""

MAX_LANGUAGES: Final = 6
MAX_PARTIES: Final = 12
"""Languages, holders and targets with a place of their own, the most frequent; the rest are counted together."""

OTHERS_NAME: Final = "others"

StanceCounts = Mapping[tuple[str, str, int], int]
"""Stances by the names of holder and target and the polarity's place in the schema."""


class LabelSetCounts(NamedTuple):
    """A set of labels: its heading, and each label's name with its count in each language."""

    heading: str
    labels: Sequence[tuple[str, Mapping[str, int]]]


class Plot(NamedTuple):
    """A drawing: where it lies beside its page, what heads it, what is told of it in words, and the SVG."""

    file: str
    title: str
    about: str
    svg: str


# --- labels by language


def plot_labels(groups: Sequence[LabelSetCounts]) -> Plot:
    """Return bars of each label's share in its set, a column for each language, with the counts beside them."""
    totals = _sum_counts(counts for group in groups for _, counts in group.labels)
    columns = _most_frequent(totals, MAX_LANGUAGES)
    bars: list[Values] = []
    heads: list[Values] = []
    names: list[Values] = []
    y = 0.0
    for group in groups:
        heads.append({"y": y, "text": group.heading})
        sums = _merge_rest(_sum_counts(counts for _, counts in group.labels), columns)
        for name, counts in group.labels:
            y += ROW_HEIGHT
            names.append({"y": y, "text": _shorten(name, 30)})
            for place, (language, count) in enumerate(_merge_rest(counts, columns).items()):
                share = count / sums[language] if sums[language] else 0
                bars.append({"y": y, "x": place, "end": place + 0.7 * share, "text": f"{count:,}", "some": count > 0})
        y += 1.6 * ROW_HEIGHT
    left, top = 180, 70
    width, height = WIDTH - left - MARGIN, max(y - 0.6 * ROW_HEIGHT, ROW_HEIGHT)
    spoken = _headings(columns, totals)
    tops = [{"x": place, "text": name} for place, name in enumerate(spoken)]
    layers = [
        texts(heads, x=at(-left + MARGIN), color=INK, fontWeight=600),
        texts(names, x=at(-10), align="right", color=DIM),
        texts(tops, x=on("x"), y=at(-10), color=INK, fontWeight=600, fontSize=13),
        marks(tops, {"type": "rule", "stroke": RULE}, x=on("x"), y=at(0), y2=at(height)),
        marks(bars, {"type": "bar", "height": ROW_HEIGHT - 6, "fill": BAR}, x=on("x"), x2=on("end"), y=on("y")),
        texts(bars, x=on("end"), dx=5, color=INK, where="datum.some"),
        texts(bars, x=on("end"), dx=5, color=DIM, where="!datum.some"),
    ]
    title = "Labels by language"
    about = f"A bar for each label in {', '.join(spoken) or 'no language'}: "
    about += "its share among the labels of its set in that language."
    spec = layered_chart(layers, width, height, (0, max(len(columns), 1)), (0, height), left, top)
    return Plot(
        f"{PLOTS}/labels.svg", title, about, render_svg(spec, title, "Length: share in its set. Number: count.", about)
    )


# --- agreement


def plot_agreement(rows: Sequence[Mapping[str, Any]], annotators: Sequence[str], articles: int) -> Plot:
    """Return a dot for each figure over its interval; rows are those of a report, with ``about`` what each says."""
    left, right, top = 432, 138, 60
    heads: list[Values] = []
    data: list[Values] = []
    y = 0.0
    layer = ""
    for row in rows:
        if row["layer"] != layer:
            y += 0.6 * ROW_HEIGHT if layer else 0
            layer = row["layer"]
            heads.append({"y": y, "text": layer})
            y += ROW_HEIGHT
        data.append({**_figure_values(row), "y": y})
        y += ROW_HEIGHT
    height = max(y, ROW_HEIGHT)
    least = min([0.0, *(each["low"] for each in data)])
    ticks = [{"x": value, "text": f"{value:g}"} for value in (*((-1,) if least < 0 else ()), 0, 0.25, 0.5, 0.75, 1)]
    layers = [
        texts(heads, x=at(-left + MARGIN), color=INK, fontWeight=600),
        texts(data, x=at(-left + MARGIN), color=DIM),
        texts(data, "figure", x=at(-12), align="right", color=DIM, fontSize=11),
        marks(ticks, {"type": "rule", "stroke": RULE}, x=on("x"), y=at(0), y2=at(height)),
        texts(ticks, x=on("x"), y=at(height + 12), align="center", color=DIM, fontSize=11),
        marks(data, {"type": "rule", "stroke": BAR, "strokeWidth": 6, "strokeOpacity": 0.35, "strokeCap": "round"},
              where="datum.value != null", x=on("low"), x2=on("high"), y=on("y")),
        marks(data, {"type": "point", "filled": True, "fill": BAR, "opacity": 1, "size": 60},
              where="datum.value != null", x=on("value"), y=on("y")),
        texts(data, "shown", x=at(WIDTH - left - right + 16), color=INK, fontWeight=600),
        texts(data, "span", x=at(WIDTH - left - right + 50), color=DIM),
    ]  # fmt: skip
    title = "Agreement between annotators"
    known = [each for each in data if each["value"] is not None]
    low = min(known, key=lambda each: each["value"], default=None)
    about = f"{', '.join(annotators)} on {_count_phrase(articles, 'article')}: {_count_phrase(len(known), 'figure')}"
    about += f", the lowest {low['value']:.2f} ({low['layer']}: {low['text']})." if low else "."
    spec = layered_chart(
        layers, WIDTH - left - right, height, (least if least == 0 else -1, 1), (0, height), left, top, 26
    )
    return Plot(
        f"{PLOTS}/agreement.svg",
        title,
        about,
        render_svg(spec, title, "Dot: value. Band: 95 % bootstrap interval.", about),
    )


def _figure_values(row: Mapping[str, Any]) -> Values:
    """Return what a row of agreement shows; without an interval the band is no longer than the dot."""
    value, low, high = row["value"], row["low"], row["high"]
    what = {"layer": row["layer"], "text": _shorten(row["about"], 58), "figure": row["figure"], "value": value}
    if value is None:
        return what | {"low": 0, "high": 0, "shown": "–", "span": row["why"]}
    span = f"{low:.2f} to {high:.2f}" if low is not None else ""
    ends = {"low": value if low is None else low, "high": value if high is None else high}
    return what | ends | {"shown": f"{value:.2f}", "span": span}


# --- stances


def plot_stances(counts: StanceCounts, polarities: Sequence[Label]) -> Plot:
    """Return a matrix of who (columns) is for or against whom or what (rows): counts, tinted by polarity."""
    names = [_totals_of_side(counts, side) for side in (0, 1)]
    holders, targets = (_most_frequent(each, MAX_PARTIES) for each in names)
    cells: Counter[tuple[int, int, int]] = Counter()
    for (holder, target, polarity), count in counts.items():
        cells[_position(holders, holder), _position(targets, target), polarity] += count
    left, top, column, row = 258, 140, 33, 25
    width, height = max(len(holders), 1) * column, max(len(targets), 1) * row
    colors = polarity_colors(len(polarities))
    signs = [each.symbol or DEFAULT_SIGN for each in polarities]
    boxes = _cell_boxes(cells, list(colors), signs)
    tops = [{"x": place + 0.5, "text": _shorten(name, 22)} for place, name in enumerate(_headings(holders, names[0]))]
    sides = [{"y": place + 0.5, "text": _shorten(name, 38)} for place, name in enumerate(_headings(targets, names[1]))]
    lines = [{"x": place} for place in range(len(holders) + 1)]
    rows = [{"y": place} for place in range(len(targets) + 1)]
    key: list[Values] = [
        {"text": f"{sign} {each.title}", "fill": color, "x": MARGIN - left + 100 * (place % KEYS_PER_LINE),
         "y": height + 22 + ROW_HEIGHT * (place // KEYS_PER_LINE)}
        for place, (each, sign, color) in enumerate(zip(polarities, signs, colors, strict=True))
    ]  # fmt: skip
    layers = [
        marks(lines, {"type": "rule", "stroke": RULE}, x=on("x"), y=at(0), y2=at(height)),
        marks(rows, {"type": "rule", "stroke": RULE}, x=at(0), x2=at(width), y=on("y")),
        marks(boxes, {"type": "rect"}, x=on("x"), x2=on("x2"), y=on("y"), y2=on("y2"),
              fill=as_is("fill"), fillOpacity=as_is("tint")),
        *(texts([each], x=on("middle"), y=on("centre"), align="center", color=INK, fontSize=each["size"])
          for each in boxes),
        texts(tops, x=on("x"), y=at(-8), dx=0, angle=-42, color=INK),
        texts(sides, x=at(-10), align="right", color=INK),
        *(texts([each], x=at(each["x"]), y=at(each["y"]), color=each["fill"], fontWeight=600)
          for each in key),
    ]  # fmt: skip
    title = "Who is for or against whom or what"
    most = max(counts.items(), key=lambda item: (item[1], item[0]), default=None)
    about = f"{_count_phrase(sum(counts.values()), 'stance')}, holders in columns and targets in rows"
    if most:
        (holder, target, polarity), count = most
        about += f"; the most frequent is {holder} – {polarities[polarity].title.lower()} – {target}, {count:,} times"
    below = 36 + ROW_HEIGHT * (max(len(polarities) - 1, 0) // KEYS_PER_LINE)
    spec = layered_chart(layers, width, height, (0, max(len(holders), 1)), (0, max(len(targets), 1)), left, top, below)
    drawn = render_svg(spec, title, "Holders across, targets down.", f"{about}.", colors)
    return Plot(f"{PLOTS}/stances.svg", title, f"{about}.", drawn)


def _cell_boxes(cells: Mapping[tuple[int, int, int], int], colors: Sequence[str], signs: Sequence[str]) -> list[Values]:
    """Return the boxes of all cells; a cell with several polarities is cut in as many parts of the same width."""
    most = max(cells.values(), default=1)
    found = []
    for (x, y, polarity), count in sorted(cells.items()):
        parts = sorted(each for holder, target, each in cells if (holder, target) == (x, y))
        start, share = x + parts.index(polarity) / len(parts), 1 / len(parts)
        found.append(
            {
                "x": start, "x2": start + share, "middle": start + share / 2, "y": y, "y2": y + 1, "centre": y + 0.5,
                "fill": colors[polarity], "tint": round(0.12 + 0.33 * count / most, 3),
                "text": f"{signs[polarity]}{_short_count(count)}", "size": 12 if len(parts) == 1 else 10,
            }
        )  # fmt: skip
    return found


def _totals_of_side(counts: StanceCounts, side: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for key, count in counts.items():
        found[str(key[side])] += count
    return found


def _short_count(count: int) -> str:
    return f"{count}" if count < 1000 else f"{count / 1000:.0f}k"


# --- what all plots share


def _most_frequent(totals: Mapping[str, int], limit: int) -> list[str]:
    """Return the most frequent names, those alike by name; with more than ``limit``, the last is OTHERS."""
    ordered = sorted(totals, key=lambda name: (-totals[name], name))
    return ordered if len(ordered) <= limit else [*ordered[: limit - 1], OTHERS_NAME]


def _headings(shown: Sequence[str], totals: Mapping[str, int]) -> list[str]:
    """Return what is shown, and how many stand for the rest."""
    return [f"{len(totals) - len(shown) + 1} {OTHERS_NAME}" if name == OTHERS_NAME else name for name in shown]


def _sum_counts(all_counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for counts in all_counts:
        found.update(counts)
    return found


def _position(shown: Sequence[str], name: str) -> int:
    return shown.index(name) if name in shown else len(shown) - 1


def _merge_rest(counts: Mapping[str, int], shown: Sequence[str]) -> dict[str, int]:
    """Return the counts of what is shown, with those of the rest under OTHERS."""
    found = dict.fromkeys(shown, 0)
    for name, count in counts.items():
        found[shown[_position(shown, name)]] += count
    return found


def _count_phrase(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
