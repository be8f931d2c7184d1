"""The plot of labels between two sides: a matrix of counts, tinted by class."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Final

from pactwire.build.manifest import PLOTS
from pactwire.card import vega
from pactwire.card.label_counts import Matrix, MatrixCounts
from pactwire.card.plot_parts import (
    ROW_HEIGHT,
    Plot,
    fit,
    headings,
    most_frequent,
    position,
    shorten,
    sum_counts,
    text_width,
)
from pactwire.card.vega import MARGIN, RULE, WIDTH, Json, layer, named_positions, verbatim
from pactwire.model.layers import Attribute, AttributeKind, Label

DEFAULT_SYMBOL: Final = "·"
"""The sign of a class that declares none: no meaning is carried by color alone."""

KEY_WIDTH: Final = 100
"""Pixels of a class in the key, or more where a title needs them."""

MAX_PARTIES: Final = 12
"""Columns and rows shown by name, the most frequent; the rest are counted together."""

_KEY_ROOM: Final = WIDTH - 2 * MARGIN
_COLUMN_WIDTH: Final = 33
_CELL_HEIGHT: Final = 25
_LEFT: Final = 258
"""Pixels."""


def plot_matrix(name: str, matrix: Matrix, counts: MatrixCounts) -> Plot:
    """Return the labels of a layer between its first side (columns) and its second (rows): counts, tinted by class.

    Args:
        name: the name of the plot.
        matrix: the layer, its sides and its class.
        counts: the labels by the names of both sides and the class.
    """
    totals = [sum_counts({str(key[side]): count} for key, count in counts.items()) for side in (0, 1)]
    across, down = (
        most_frequent(each, MAX_PARTIES, side.parties) for each, side in zip(totals, matrix.sides, strict=True)
    )
    cells: Counter[tuple[int, int, int]] = Counter()
    for (one, other, place), count in counts.items():
        cells[position(across, one), position(down, other), place] += count
    classes = matrix.class_attribute.labels
    colors = vega.class_colors(len(classes))
    columns = [shorten(heading, 22) for heading in headings(across, totals[0])]
    rows = [shorten(heading, 38) for heading in headings(down, totals[1])]
    title = shorten(matrix.layer.description.removesuffix(".") or matrix.layer.title, 48)
    first, second = (shorten(_plural(side), 24) for side in matrix.sides)
    about = _describe_matrix(matrix, counts)
    words = title, f"{first.capitalize()} across, {second} down.", about
    spec = _matrix_spec(columns, rows, cells, classes, list(colors))
    bottom = 56 + ROW_HEIGHT * (max(len(classes) - 1, 0) // (_KEY_ROOM // _key_width(classes)))
    drawn = vega.render_svg(spec, words, left=_LEFT, top=140, bottom=bottom, dark=colors)
    return Plot(f"{PLOTS}/{name}.svg", title, about, drawn)


def _matrix_spec(
    columns: Sequence[str],
    rows: Sequence[str],
    cells: Mapping[tuple[int, int, int], int],
    classes: Sequence[Label],
    colors: Sequence[str],
) -> Json:
    """Return the Vega-Lite specification of a matrix: its boxes with their counts, and the key below."""
    height = max(len(rows), 1) * _CELL_HEIGHT
    symbols = [label.symbol or DEFAULT_SYMBOL for label in classes]
    boxes = _cell_boxes(cells, colors, symbols)
    grid = {"grid": True, "bandPosition": 0}
    x = named_positions("across", columns, orient="top", labelAngle=-42, labelAlign="left", **grid)
    y = named_positions("down", rows, **grid)
    shift = {"expr": f"datum.shift * {_COLUMN_WIDTH}"}
    return {
        "width": max(len(columns), 1) * _COLUMN_WIDTH,
        "height": height,
        "view": {"stroke": RULE},
        "layer": [
            layer("rect", boxes, {"x": x, "y": y, "fill": verbatim("fill"), "fillOpacity": verbatim("tint")},
                  width={"expr": f"datum.share * {_COLUMN_WIDTH}"}, xOffset=shift),
            layer("text", boxes, {"x": x, "y": y, "text": verbatim("text")}, align="center", xOffset=shift,
                  fontSize={"expr": "datum.share < 1 ? 10 : 12"}),
            _class_key(classes, symbols, colors, MARGIN - _LEFT, height + 22),
        ],
    }  # fmt: skip


def _plural(side: Attribute) -> str:
    """Return the name of a side in the plural, in words; that of several references is one already."""
    words = side.name.replace("_", " ")
    return words if side.kind == AttributeKind.REFERENCES or words.endswith("s") else f"{words}s"


def _key_width(classes: Sequence[Label]) -> int:
    """Return the pixels that each class has in the key, so that its whole title has room."""
    widest = max((text_width(f"{DEFAULT_SYMBOL}  {label.title} ") for label in classes), default=0)
    return min(max(KEY_WIDTH, ceil(widest)), _KEY_ROOM)


def _class_key(classes: Sequence[Label], symbols: Sequence[str], colors: Sequence[str], left: int, top: int) -> Json:
    """Return the key below the matrix. Vega-Lite's own legends have no symbols of text."""
    width = _key_width(classes)
    most = _KEY_ROOM // width
    entries = [
        {"text": f"{symbol} {fit(label.title, _KEY_ROOM - MARGIN)}", "fill": color,
         "x": left + width * (place % most), "y": top + ROW_HEIGHT * (place // most)}
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
    for (across, down, number), count in sorted(cells.items()):
        parts = sorted(each for *place, each in cells if place == [across, down])
        share = 1 / len(parts)
        boxes.append({
            "across": across, "down": down, "share": share, "shift": (parts.index(number) + 0.5) * share - 0.5,
            "fill": colors[number], "tint": round(0.12 + 0.33 * count / most, 3),
            "text": f"{symbols[number]}{_short_count(count)}",
        })  # fmt: skip
    return boxes


def _short_count(count: int) -> str:
    return f"{count}" if count < 1000 else f"{count / 1000:.0f}k"
