"""Layers of marks to SVG text that is the same each time.

Vega-Lite draws them, through vl-convert: one wheel without dependencies, whose SVG holds text as text and
colours as attributes, so that a plot reads even where a server forbids its style. All places are given in
pixels, so that nothing depends on the fonts of the machine. A plot has a ground of its own, light or dark as
the reader's system is, and reads on a page of either colour.
"""

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import islice
from typing import Any, Final

from pactwire.card import palette
from pactwire.model import escapes

WIDTH: Final = 760
MARGIN: Final = 20
"""Pixels: of a plot's width, and of the empty edge around it."""

INK, DIM, RULE, GROUND, BAR = "#1d2125", "#5c6670", "#d9dde1", "#ffffff", "#0b5a8f"
TONES: Final = ("#11743b", "#b3261e", "#5c6671", "#7b3fc4", "#0d6d8f")
"""Colors of the first polarities, as in the site's style; further ones get generated colors."""

DARK_COLORS: Final = {
    INK: "#e6e8ea", DIM: "#a3adb7", RULE: "#363d44", GROUND: "#1b1f23", BAR: "#7cc0f2",
    TONES[0]: "#5ecb8e", TONES[1]: "#ff8a80", TONES[2]: "#a3adb8", TONES[3]: "#c3a4f7", TONES[4]: "#6cc5e8",
}  # fmt: skip
"""What each colour becomes in the dark."""


def polarity_colors(number: int) -> dict[str, str]:
    """Return the colors of so many polarities, all different, and what each becomes in the dark."""
    made = zip(
        palette.generate_colors(DARK_COLORS, palette.LUMINANCES_ON_LIGHT),
        palette.generate_colors(DARK_COLORS.values(), palette.LUMINANCES_ON_DARK),
        strict=False,
    )
    return {**{tone: DARK_COLORS[tone] for tone in TONES[:number]}, **dict(islice(made, max(number - len(TONES), 0)))}


Values = dict[str, Any]
"""Of one mark, by field; or a part of what Vega-Lite is told."""

_ROOT: Final = re.compile(r"<svg [^>]*>")


def on(field: str) -> Values:
    """Return a place on a plot's scale: the number in a field."""
    return {"field": field, "type": "quantitative", "axis": None}


def at(pixels: float) -> Values:
    """Return a place in pixels, the same for all marks."""
    return {"value": pixels}


def as_is(field: str) -> Values:
    """Return what a field says, a colour or an opacity, as no scale changes it."""
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def marks(data: Sequence[Values], mark: Values, where: str = "", **encoding: Values) -> Values:
    """Return a layer of one mark for each of the data, or only for those ``where`` a Vega expression is true."""
    chosen = [{"filter": where}] if where else []
    return {"data": {"values": list(data)}, "mark": mark, "transform": chosen, "encoding": encoding}


def texts(
    data: Sequence[Values], field: str = "text", where: str = "", *, x: Values, y: Values | None = None, **mark: Any
) -> Values:
    """Return a layer of the texts in a field; each stands on the scale at its ``y`` unless told otherwise."""
    settings = {"type": "text", "align": "left", "baseline": "middle", "fontSize": 12, **mark}
    # vl-convert ends the whole process, by a panic, where a text holds what XML can't
    clean = [{**each, field: escapes.xml_text(each[field])} for each in data]
    return marks(clean, settings, where, x=x, y=y or on("y"), text={"field": field, "type": "nominal"})


def layered_chart(
    layers: list[Values],
    width: float,
    height: float,
    across: tuple[float, float],
    down: tuple[float, float],
    left: int,
    top: int,
    below: int = 0,
) -> Values:
    """Return a plot in Vega-Lite: layers over one pair of scales, y downwards, every edge given in pixels."""
    scales = {"x": {"domain": across, "nice": False, "zero": False}, "y": {"domain": down, "nice": False}}
    for layer in layers:
        for channel in ("x", "y"):
            if "field" in layer["encoding"][channel]:
                reverse = {"reverse": True} if channel == "y" else {}
                layer["encoding"][channel]["scale"] = scales[channel] | reverse
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "autosize": "none",
        "background": None,
        "padding": {"left": left, "top": top, "right": WIDTH - left - width, "bottom": below + MARGIN},
        "config": {"aria": False, "font": "system-ui, sans-serif", "view": {"stroke": None}},
        "layer": layers,
    }


def render_svg(spec: Values, title: str, subtitle: str, about: str, more: Mapping[str, str] | None = None) -> str:
    """Return the SVG of a plot with title and description, its ground, and its colors for the dark.

    ``more`` says of colors that are not in DARK what they become.
    """
    import vl_convert

    height = round(spec["height"] + spec["padding"]["top"] + spec["padding"]["bottom"])
    drawn = vl_convert.vegalite_to_svg(json.dumps(spec))
    dark = "".join(
        f'[fill="{a}"]{{fill:{b}}}[stroke="{a}"]{{stroke:{b}}}' for a, b in {**DARK_COLORS, **(more or {})}.items()
    )
    words = [escape(escapes.xml_text(each)) for each in (title, about, subtitle)]
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-labelledby="title about">\n'
        f'<title id="title">{words[0]}</title>\n<desc id="about">{words[1]}</desc>\n'
        f"<style>@media (prefers-color-scheme: dark){{{dark}}}</style>\n"
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="{GROUND}"/>\n'
        f'<text x="{MARGIN}" y="28" font-family="system-ui, sans-serif" font-size="15" font-weight="600" '
        f'fill="{INK}">{words[0]}<tspan dx="12" font-size="12" font-weight="400" fill="{DIM}">{words[2]}</tspan>'
        "</text>\n"
    )
    return _ROOT.sub(lambda _: root, drawn, count=1).replace("><", ">\n<") + "\n"
