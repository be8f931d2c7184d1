"""The plots of the card: labels by language, agreement, and labels between two sides, from counts and figures."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pactwire.build.manifest import PLOTS
from pactwire.card import vega
from pactwire.card.label_counts import LabelSetCounts, Matrix, MatrixCounts
from pactwire.card.vega import BAR, DIM, INK, MARGIN, RULE, WIDTH, Json, layer, named_positions, quantity, verbatim
from pactwire.model.schema import Attribute, AttributeKind, Label

ROW_HEIGHT: Final = 19
"""Pixels."""

DEFAULT_SYMBOL: Final = "·"
"""The sign of a class that declares none: no meaning is carried by color alone."""

KEYS_PER_LINE: Final = 7
"""Classes in a line of the key, 100 pixels each."""

MAX_LANGUAGES: Final = 6
MAX_PARTIES: Final = 12
"""Languages, columns and rows shown by name, the most frequent; the rest are counted together."""

OTHERS_NAME: Final = "others"


class Plot(NamedTuple):
    """A plot: its path beside the page that shows it, its title, its description in words, and the SVG."""

    file: str
    title: str
    about: str
    svg: str


class _Rows:
    """The rows of a plot, each group under its heading, as the y axis names them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.headings: list[int] = []

    def add(self, name: str, heading: bool = False) -> int:
        """Add a row and return its number; an empty row comes before each heading but the first."""
        if heading:
            self.names += [""] if self.names else []
            self.headings.append(len(self.names))
        self.names.append(name)
        return len(self.names) - 1

    def height(self) -> int:
        """Return the height of all rows in pixels."""
        return max(len(self.names), 1) * ROW_HEIGHT

    def channel(self) -> Json:
        """Return the y channel of the field ``row``."""
        weight, color = vega.differing(self.headings, 600, "normal"), vega.differing(self.headings, INK, DIM)
        return named_positions("row", self.names, labelFontWeight=weight, labelColor=color)


# --- labels by language


def plot_labels(groups: Sequence[LabelSetCounts]) -> Plot:
    """Return bars of each label's share in its set, a column for each language, with the counts beside them."""
    totals = _sum_counts(counts for group in groups for _, counts in group.labels)
    languages = _most_frequent(totals, MAX_LANGUAGES)
    columns = _headings(languages, totals)
    rows, bars = _label_bars(groups, languages)
    left = 180
    heads = {"orient": "top", "grid": True, "labelAlign": "left", "labelFontSize": 13, "labelFontWeight": 600}
    x = named_positions("start", columns, **heads)
    x |= {"type": "quantitative", "scale": {"domain": [0, max(len(columns), 1)]}}
    color = {"condition": {"test": "datum.end > datum.start", "value": INK}, "value": DIM}
    spec = {
        "width": WIDTH - left - MARGIN,
        "height": rows.height(),
        "encoding": {"y": rows.channel()},
        "layer": [
            layer("bar", bars, {"x": x, "x2": {"field": "end"}}, height=ROW_HEIGHT - 6, fill=BAR),
            layer("text", bars, {"x": quantity("end"), "text": verbatim("text"), "color": color}, dx=5),
        ],
    }
    title = "Labels by language"
    about = f"A bar for each label in {', '.join(columns) or 'no language'}: "
    about += "its share among the labels of its set in that language."
    words = title, "Length: share in its set. Number: count.", about
    return Plot(f"{PLOTS}/labels.svg", title, about, vega.render_svg(spec, words, left=left, top=70, bottom=MARGIN))


def _label_bars(groups: Sequence[LabelSetCounts], languages: Sequence[str]) -> tuple[_Rows, list[Json]]:
    """Return the rows of all labels and their bars; a full bar is 0.7 of a column, which leaves room for the count."""
    rows = _Rows()
    bars: list[Json] = []
    for group in groups:
        rows.add(_shorten(group.heading, 24), heading=True)
        sums = _merge_rest(_sum_counts(counts for _, counts in group.labels), languages)
        for name, counts in group.labels:
            row = rows.add(_shorten(name, 30))
            for column, (language, count) in enumerate(_merge_rest(counts, languages).items()):
                end = column + 0.7 * count / (sums[language] or 1)
                bars.append({"row": row, "start": column, "end": end, "text": f"{count:,}"})
    return rows, bars


# --- agreement


def plot_agreement(figures: Sequence[Mapping[str, Any]], annotators: Sequence[str], articles: int) -> Plot:
    """Return a dot for each figure over its interval.

    Args:
        figures: rows of an agreement report, each with ``about``, which says what it measures.
        annotators: the annotators who were compared.
        articles: how many articles they were compared on.
    """
    rows, data = _figure_dots(figures)
    left, right = 432, 138
    width = WIDTH - left - right
    least = -1 if any(each["low"] < 0 for each in data) else 0
    axis = {"values": [*range(least, 0), 0, 0.25, 0.5, 0.75, 1], "format": ".2~f", "grid": True, "labelColor": DIM}
    x = quantity("low", scale={"domain": [least, 1]}, axis=axis)
    band = {"stroke": BAR, "strokeWidth": 6, "strokeOpacity": 0.35, "strokeCap": "round"}
    defined = "datum.value != null"
    spec = {
        "width": width,
        "height": rows.height(),
        "encoding": {"y": rows.channel()},
        "layer": [
            layer("rule", data, {"x": x, "x2": {"field": "high"}}, defined, **band),
            layer("point", data, {"x": quantity("value")}, defined, filled=True, fill=BAR, opacity=1, size=60),
            layer("text", data, {"x": {"value": width + 16}, "text": verbatim("shown")}, fontWeight=600),
            layer("text", data, {"x": {"value": width + 50}, "text": verbatim("span")}, color=DIM),
        ],
    }
    title = "Agreement between annotators"
    about = f"{', '.join(annotators)} on {_count_phrase(articles, 'article')}: {_lowest(figures)}"
    words = title, "Dot: value. Band: 95 % bootstrap interval.", about
    drawn = vega.render_svg(spec, words, left=left, top=60, bottom=46)
    return Plot(f"{PLOTS}/agreement.svg", title, about, drawn)


def _figure_dots(figures: Sequence[Mapping[str, Any]]) -> tuple[_Rows, list[Json]]:
    """Return the rows of all figures and what each shows; without an interval the band is no longer than the dot."""
    rows = _Rows()
    data: list[Json] = []
    layer_name = ""
    for figure in figures:
        if figure["layer"] != layer_name:
            layer_name = figure["layer"]
            rows.add(layer_name, heading=True)
        row = rows.add(f"{_shorten(figure['about'], 48)} · {figure['figure']}")  # more would not fit into ``left``
        value, low, high = figure["value"], figure["low"], figure["high"]
        if value is None:
            shown = {"low": 0, "high": 0, "shown": "–", "span": figure["why"]}
        elif low is None:
            shown = {"low": value, "high": value, "shown": f"{value:.2f}", "span": ""}
        else:
            shown = {"low": low, "high": high, "shown": f"{value:.2f}", "span": f"{low:.2f} to {high:.2f}"}
        data.append({"row": row, "value": value, **shown})
    return rows, data


def _lowest(figures: Sequence[Mapping[str, Any]]) -> str:
    defined = [figure for figure in figures if figure["value"] is not None]
    counted = _count_phrase(len(defined), "figure")
    if not defined:
        return f"{counted}."
    low = min(defined, key=lambda figure: figure["value"])
    return f"{counted}, the lowest {low['value']:.2f} ({low['layer']}: {_shorten(low['about'], 58)})."


# --- labels between two sides


def plot_matrix(name: str, matrix: Matrix, counts: MatrixCounts) -> Plot:
    """Return the labels of a layer between its first side (columns) and its second (rows): counts, tinted by class.

    Args:
        name: the name of the plot.
        matrix: the layer, its sides and its class.
        counts: the labels by the names of both sides and the class.
    """
    totals = [_sum_counts({str(key[side]): count} for key, count in counts.items()) for side in (0, 1)]
    across, down = (
        _most_frequent(each, MAX_PARTIES, side.parties) for each, side in zip(totals, matrix.sides, strict=True)
    )
    cells: Counter[tuple[int, int, int]] = Counter()
    for (one, other, place), count in counts.items():
        cells[_position(across, one), _position(down, other), place] += count
    left, column, row = 258, 33, 25
    height = max(len(down), 1) * row
    classes = matrix.class_attribute.labels
    colors = vega.class_colors(len(classes))
    symbols = [label.symbol or DEFAULT_SYMBOL for label in classes]
    boxes = _cell_boxes(cells, list(colors), symbols)
    grid = {"grid": True, "bandPosition": 0}
    columns = [_shorten(heading, 22) for heading in _headings(across, totals[0])]
    rows = [_shorten(heading, 38) for heading in _headings(down, totals[1])]
    x = named_positions("across", columns, orient="top", labelAngle=-42, labelAlign="left", **grid)
    y = named_positions("down", rows, **grid)
    shift = {"expr": f"datum.shift * {column}"}
    spec = {
        "width": max(len(across), 1) * column,
        "height": height,
        "view": {"stroke": RULE},
        "layer": [
            layer("rect", boxes, {"x": x, "y": y, "fill": verbatim("fill"), "fillOpacity": verbatim("tint")},
                  width={"expr": f"datum.share * {column}"}, xOffset=shift),
            layer("text", boxes, {"x": x, "y": y, "text": verbatim("text")}, align="center", xOffset=shift,
                  fontSize={"expr": "datum.share < 1 ? 10 : 12"}),
            _class_key(classes, symbols, list(colors), MARGIN - left, height + 22),
        ],
    }  # fmt: skip
    title = _shorten(matrix.layer.description.removesuffix(".") or matrix.layer.title, 48)
    first, second = (_shorten(_plural(side), 24) for side in matrix.sides)
    about = _describe_matrix(matrix, counts)
    bottom = 56 + ROW_HEIGHT * (max(len(classes) - 1, 0) // KEYS_PER_LINE)
    words = title, f"{first.capitalize()} across, {second} down.", about
    drawn = vega.render_svg(spec, words, left=left, top=140, bottom=bottom, dark=colors)
    return Plot(f"{PLOTS}/{name}.svg", title, about, drawn)


def _plural(side: Attribute) -> str:
    """Return the name of a side in the plural, in words; that of several references is one already."""
    words = side.name.replace("_", " ")
    return words if side.kind == AttributeKind.REFERENCES or words.endswith("s") else f"{words}s"


def _class_key(classes: Sequence[Label], symbols: Sequence[str], colors: Sequence[str], left: int, top: int) -> Json:
    """Return the key below the matrix. Vega-Lite's own legends have no symbols of text."""
    entries = [
        {"text": f"{symbol} {_shorten(label.title, 13)}", "fill": color,
         "x": left + 100 * (place % KEYS_PER_LINE), "y": top + ROW_HEIGHT * (place // KEYS_PER_LINE)}
        for place, (label, symbol, color) in enumerate(zip(classes, symbols, colors, strict=True))
    ]  # fmt: skip
    positions = {channel: verbatim(channel, "quantitative") for channel in ("x", "y")}
    return layer("text", entries, {**positions, "text": verbatim("text"), "color": verbatim("fill")}, fontWeight=600)


def _describe_matrix(matrix: Matrix, counts: MatrixCounts) -> str:
    first, second = map(_plural, matrix.sides)
    total = sum(counts.values())
    labels = (matrix.layer.label if total == 1 else matrix.layer.name).replace("_", " ")
    about = f"{total:,} {labels}, {first} in columns and {second} in rows"
    most = max(counts.items(), key=lambda item: (item[1], item[0]), default=None)
    if most:
        (one, other, place), count = most
        title = matrix.class_attribute.labels[place].title.lower()
        about += f"; the most frequent is {one} – {title} – {other}, {count:,} times"
    return f"{about}."


def _cell_boxes(cells: Mapping[tuple[int, int, int], int], colors: Sequence[str], symbols: Sequence[str]) -> list[Json]:
    """Return the boxes of all cells; a cell with several classes is cut into as many parts of the same width.

    ``share`` is the width of a box and ``shift`` the distance of its center from that of the cell, both in cells.
    """
    most = max(cells.values(), default=1)
    boxes = []
    for (across, down, position), count in sorted(cells.items()):
        parts = sorted(each for *place, each in cells if place == [across, down])
        share = 1 / len(parts)
        boxes.append({
            "across": across, "down": down, "share": share, "shift": (parts.index(position) + 0.5) * share - 0.5,
            "fill": colors[position], "tint": round(0.12 + 0.33 * count / most, 3),
            "text": f"{symbols[position]}{_short_count(count)}",
        })  # fmt: skip
    return boxes


def _short_count(count: int) -> str:
    return f"{count}" if count < 1000 else f"{count / 1000:.0f}k"


# --- shared by all plots


def _most_frequent(totals: Mapping[str, int], limit: int, parties: Sequence[str] = ()) -> list[str]:
    """Return the most frequent names, ties by name, ``parties`` last; beyond ``limit``, the last is OTHERS_NAME."""
    ordered = sorted(totals, key=lambda name: (-totals[name], name in parties, name))
    return ordered if len(ordered) <= limit else [*ordered[: limit - 1], OTHERS_NAME]


def _headings(shown: Sequence[str], totals: Mapping[str, int]) -> list[str]:
    """Return what is shown, and how many stand for the rest."""
    return [f"{len(totals) - len(shown) + 1} {OTHERS_NAME}" if name == OTHERS_NAME else name for name in shown]


def _sum_counts(all_counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in all_counts:
        total.update(counts)
    return total


def _position(shown: Sequence[str], name: str) -> int:
    return shown.index(name) if name in shown else len(shown) - 1


def _merge_rest(counts: Mapping[str, int], shown: Sequence[str]) -> dict[str, int]:
    """Return the counts of what is shown, with those of the rest under OTHERS_NAME."""
    merged = dict.fromkeys(shown, 0)
    for name, count in counts.items():
        merged[shown[_position(shown, name)]] += count
    return merged


def _count_phrase(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
