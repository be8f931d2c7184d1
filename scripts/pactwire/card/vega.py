"""Vega-Lite plots as SVG text that is the same on every machine.

Vega-Lite lays out marks, axes and grids. It is drawn by vl-convert (one wheel without dependencies), whose SVG holds
text as text and colors as attributes, so a plot reads even where a server forbids its style. Automatic sizing is
off, and the edges of a plot are given in pixels: sizing measures text with the fonts of the machine, so the same
data would give different bytes elsewhere. A plot has its own ground, light or dark as the reader's system is, and
reads on a page of either color.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import islice
from typing import Any, Final

from pactwire.card import palette
from pactwire.model import escapes

WIDTH: Final = 760
MARGIN: Final = 20
"""Pixels: of a plot's width, and of the empty edge around it."""

INK, DIM, RULE, GROUND, BAR = "#1d2125", "#5c6670", "#d9dde1", "#ffffff", "#0b5a8f"
CLASS_COLORS: Final = ("#11743b", "#b3261e", "#5c6671", "#7b3fc4", "#0d6d8f")
"""Colors of the first classes, as in the site's style; further ones get generated colors."""

DARK_COLORS: Final = {
    INK: "#e6e8ea", DIM: "#a3adb7", RULE: "#363d44", GROUND: "#1b1f23", BAR: "#7cc0f2",
    **dict(zip(CLASS_COLORS, ("#5ecb8e", "#ff8a80", "#a3adb8", "#c3a4f7", "#6cc5e8"), strict=True)),
}  # fmt: skip
"""The dark variant of each color."""

CONFIG: Final = {
    "aria": False,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "title": None, "domain": False, "ticks": False, "grid": False, "gridColor": RULE,
        "labelColor": INK, "labelFontSize": 12, "labelFlush": False, "labelLimit": 0, "labelOverlap": False,
        "labelPadding": 10,
    },
    "text": {"align": "left", "baseline": "middle", "fontSize": 12, "color": INK},
}  # fmt: skip

Json = dict[str, Any]

_ROOT: Final = re.compile(r"<svg [^>]*>")


def class_colors(number: int) -> dict[str, str]:
    """Return distinct colors for so many classes, each with its dark variant."""
    light = palette.generate_colors(DARK_COLORS, palette.LUMINANCES_ON_LIGHT)
    dark = palette.generate_colors(DARK_COLORS.values(), palette.LUMINANCES_ON_DARK)
    further = islice(zip(light, dark, strict=False), max(number - len(CLASS_COLORS), 0))
    return {**{color: DARK_COLORS[color] for color in CLASS_COLORS[:number]}, **dict(further)}


def layer(kind: str, rows: Iterable[Json], encoding: Json, where: str = "", **mark: Any) -> Json:
    """Return a layer with a mark for each row, or only for those ``where`` a Vega expression is true."""
    # vl-convert ends the whole process, by a panic, where a text holds what XML can't
    clean = [
        {key: escapes.xml_text(value) if isinstance(value, str) else value for key, value in row.items()}
        for row in rows
    ]
    return {
        "data": {"values": clean},
        "transform": [{"filter": where}] if where else [],
        "mark": {"type": kind, **mark},
        "encoding": encoding,
    }


def named_positions(field: str, names: Sequence[str], **axis: Any) -> Json:
    """Return a channel of equal steps, one for each name, that ``field`` gives by number; the axis shows the names."""
    steps = list(range(len(names)))
    labels = json.dumps([escapes.xml_text(name) for name in names])
    return {
        "field": field, "type": "ordinal", "scale": {"domain": steps, "padding": 0},
        "axis": {"values": steps, "labelExpr": f"{labels}[datum.value]", "labelAngle": 0, **axis},
    }  # fmt: skip


def quantity(field: str, **channel: Any) -> Json:
    """Return a channel on a scale of numbers."""
    return {"field": field, "type": "quantitative", **channel}


def verbatim(field: str, kind: str = "nominal") -> Json:
    """Return a channel that takes a field as it is: a text, a color, an opacity, or a position in pixels."""
    return {"field": field, "type": kind, "scale": None, "legend": None}


def differing(positions: Sequence[int], there: Any, elsewhere: Any) -> Json:
    """Return an axis property that has another value at some positions."""
    return {"condition": {"test": f"indexof({list(positions)}, datum.value) >= 0", "value": there}, "value": elsewhere}


def render_svg(
    spec: Json, words: tuple[str, str, str], *, left: int, top: int, bottom: int, dark: Mapping[str, str] | None = None
) -> str:
    """Return the SVG of a Vega-Lite plot on its ground, with title and description.

    Args:
        spec: layers and encoding, with width and height in pixels.
        words: the title, the line beside it, and the description for those who do not see the plot.
        left, top, bottom: pixels around the plot, for labels and title.
        dark: the dark variants of colors that are not in DARK_COLORS.
    """
    import vl_convert

    title, subtitle, about = (escape(escapes.xml_text(each)) for each in words)
    height = round(spec["height"] + top + bottom)
    padding = {"left": left, "top": top, "right": WIDTH - left - spec["width"], "bottom": bottom}
    frame = {"autosize": "none", "background": None, "padding": padding, "config": CONFIG}
    drawn = vl_convert.vegalite_to_svg(json.dumps({**frame, **spec}))
    variants = {**DARK_COLORS, **(dark or {})}.items()
    style = "".join(f'[fill="{a}"]{{fill:{b}}}[stroke="{a}"]{{stroke:{b}}}' for a, b in variants)
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-labelledby="title about">\n'
        f'<title id="title">{title}</title>\n<desc id="about">{about}</desc>\n'
        f"<style>@media (prefers-color-scheme: dark){{{style}}}</style>\n"
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="{GROUND}"/>\n'
        f'<text x="{MARGIN}" y="28" font-family="system-ui, sans-serif" font-size="15" font-weight="600" '
        f'fill="{INK}">{title}<tspan dx="12" font-size="12" font-weight="400" fill="{DIM}">{subtitle}</tspan>'
        "</text>\n"
    )
    return _ROOT.sub(lambda _: root, drawn, count=1).replace("><", ">\n<") + "\n"
