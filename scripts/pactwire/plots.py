"""Counts and figures, as plain numbers, to plots: SVG text that is the same each time.

Vega-Lite draws them, through vl-convert: one wheel without dependencies, whose SVG holds text as text and
colours as attributes, so that a plot reads even where a server forbids its style. All places are given in
pixels, so that nothing depends on the fonts of the machine. A plot has a ground of its own, light or dark as
the reader's system is, and reads on a page of either colour.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final, NamedTuple

FOLDER: Final = "plots"
"""Where plots lie: beside DATASET_CARD.md, beside the README.md of a release, beside the site's index."""

WIDTH: Final = 760
MARGIN: Final = 20
ROW: Final = 19
"""Pixels: of a plot's width, of the empty edge around it, and of a row's height."""

INK, DIM, RULE, GROUND, BAR = "#1d2125", "#5c6670", "#d9dde1", "#ffffff", "#0b5a8f"
TONES: Final = ("#11743b", "#b3261e", "#5c6671", "#7b3fc4", "#0d6d8f")
"""Colours of polarities by their place in the schema, as in the site's style."""

DARK: Final = {
    INK: "#e6e8ea", DIM: "#a3adb7", RULE: "#363d44", GROUND: "#1b1f23", BAR: "#7cc0f2",
    TONES[0]: "#5ecb8e", TONES[1]: "#ff8a80", TONES[2]: "#a3adb8", TONES[3]: "#c3a4f7", TONES[4]: "#6cc5e8",
}  # fmt: skip
"""What each colour becomes in the dark."""

SIGNS: Final = ("+", "−", "=", "±")
"""Signs of polarities by their place in the schema, so that nothing is told by colour alone."""

LANGUAGES: Final = 6
PARTIES: Final = 12
"""Languages, holders and targets with a place of their own, the most frequent; the rest are counted together."""

OTHERS: Final = "others"

Counts = Mapping[tuple[str, str, int], int]
"""Stances by the names of holder and target and the polarity's place in the schema."""

Spec = dict[str, Any]


class Group(NamedTuple):
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


def labels(groups: Sequence[Group]) -> Plot:
    """Return bars of each label's share in its set, a column for each language, with the counts beside them."""
    totals = _summed(counts for group in groups for _, counts in group.labels)
    columns = _most(totals, LANGUAGES)
    bars: list[Spec] = []
    heads: list[Spec] = []
    names: list[Spec] = []
    y = 0.0
    for group in groups:
        heads.append({"y": y, "text": group.heading})
        sums = _merged(_summed(counts for _, counts in group.labels), columns)
        for name, counts in group.labels:
            y += ROW
            names.append({"y": y, "text": _short(name, 30)})
            for place, (language, count) in enumerate(_merged(counts, columns).items()):
                share = count / sums[language] if sums[language] else 0
                bars.append({"y": y, "x": place, "end": place + 0.7 * share, "text": f"{count:,}", "some": count > 0})
        y += 1.6 * ROW
    left, top = 180, 70
    width, height = WIDTH - left - MARGIN, max(y - 0.6 * ROW, ROW)
    spoken = _headed(columns, totals)
    tops = [{"x": place, "text": name} for place, name in enumerate(spoken)]
    layers = [
        _text(heads, x=_at(-left + MARGIN), color=INK, fontWeight=600),
        _text(names, x=_at(-10), align="right", color=DIM),
        _text(tops, x=_on("x"), y=_at(-10), color=INK, fontWeight=600, fontSize=13),
        _layer(tops, {"type": "rule", "stroke": RULE}, x=_on("x"), y=_at(0), y2=_at(height)),
        _layer(bars, {"type": "bar", "height": ROW - 6, "fill": BAR}, x=_on("x"), x2=_on("end"), y=_on("y")),
        _text(bars, x=_on("end"), dx=5, color=INK, where="datum.some"),
        _text(bars, x=_on("end"), dx=5, color=DIM, where="!datum.some"),
    ]
    title = "Labels by language"
    about = f"A bar for each label in {', '.join(spoken) or 'no language'}: "
    about += "its share among the labels of its set in that language."
    spec = _spec(layers, width, height, (0, max(len(columns), 1)), (0, height), left, top)
    return Plot(
        f"{FOLDER}/labels.svg", title, about, _svg(spec, title, "Length: share in its set. Number: count.", about)
    )


# --- agreement


def agreement(rows: Sequence[Mapping[str, Any]], annotators: Sequence[str], articles: int) -> Plot:
    """Return a dot for each figure over its interval; rows are those of a report, with ``about`` what each says."""
    left, right, top = 432, 138, 60
    heads: list[Spec] = []
    data: list[Spec] = []
    y = 0.0
    layer = ""
    for row in rows:
        if row["layer"] != layer:
            y += 0.6 * ROW if layer else 0
            layer = row["layer"]
            heads.append({"y": y, "text": layer})
            y += ROW
        data.append({**_figure(row), "y": y})
        y += ROW
    height = max(y, ROW)
    least = min([0.0, *(each["low"] for each in data)])
    ticks = [{"x": value, "text": f"{value:g}"} for value in (*((-1,) if least < 0 else ()), 0, 0.25, 0.5, 0.75, 1)]
    layers = [
        _text(heads, x=_at(-left + MARGIN), color=INK, fontWeight=600),
        _text(data, x=_at(-left + MARGIN), color=DIM),
        _text(data, "figure", x=_at(-12), align="right", color=DIM, fontSize=11),
        _layer(ticks, {"type": "rule", "stroke": RULE}, x=_on("x"), y=_at(0), y2=_at(height)),
        _text(ticks, x=_on("x"), y=_at(height + 12), align="center", color=DIM, fontSize=11),
        _layer(data, {"type": "rule", "stroke": BAR, "strokeWidth": 6, "strokeOpacity": 0.35, "strokeCap": "round"},
               where="datum.value != null", x=_on("low"), x2=_on("high"), y=_on("y")),
        _layer(data, {"type": "point", "filled": True, "fill": BAR, "opacity": 1, "size": 60},
               where="datum.value != null", x=_on("value"), y=_on("y")),
        _text(data, "shown", x=_at(WIDTH - left - right + 16), color=INK, fontWeight=600),
        _text(data, "span", x=_at(WIDTH - left - right + 50), color=DIM),
    ]  # fmt: skip
    title = "Agreement between annotators"
    known = [each for each in data if each["value"] is not None]
    low = min(known, key=lambda each: each["value"], default=None)
    about = f"{', '.join(annotators)} on {_counted(articles, 'article')}: {_counted(len(known), 'figure')}"
    about += f", the lowest {low['value']:.2f} ({low['layer']}: {low['text']})." if low else "."
    spec = _spec(layers, WIDTH - left - right, height, (least if least == 0 else -1, 1), (0, height), left, top, 26)
    return Plot(
        f"{FOLDER}/agreement.svg", title, about, _svg(spec, title, "Dot: value. Band: 95 % bootstrap interval.", about)
    )


def _figure(row: Mapping[str, Any]) -> Spec:
    """Return what a row of agreement shows; without an interval the band is no longer than the dot."""
    value, low, high = row["value"], row["low"], row["high"]
    what = {"layer": row["layer"], "text": _short(row["about"], 58), "figure": row["figure"], "value": value}
    if value is None:
        return what | {"low": 0, "high": 0, "shown": "–", "span": row["why"]}
    span = f"{low:.2f} to {high:.2f}" if low is not None else ""
    ends = {"low": value if low is None else low, "high": value if high is None else high}
    return what | ends | {"shown": f"{value:.2f}", "span": span}


# --- stances


def stances(counts: Counts, polarities: Sequence[str]) -> Plot:
    """Return a matrix of who (columns) is for or against whom or what (rows): counts, tinted by polarity."""
    names = [_totals(counts, side) for side in (0, 1)]
    holders, targets = (_most(each, PARTIES) for each in names)
    cells: Counter[tuple[int, int, int]] = Counter()
    for (holder, target, polarity), count in counts.items():
        cells[_place(holders, holder), _place(targets, target), polarity] += count
    left, top, column, row = 258, 140, 33, 25
    width, height = max(len(holders), 1) * column, max(len(targets), 1) * row
    boxes = _boxes(cells)
    tops = [{"x": place + 0.5, "text": _short(name, 22)} for place, name in enumerate(_headed(holders, names[0]))]
    sides = [{"y": place + 0.5, "text": _short(name, 38)} for place, name in enumerate(_headed(targets, names[1]))]
    lines = [{"x": place} for place in range(len(holders) + 1)]
    rows = [{"y": place} for place in range(len(targets) + 1)]
    key: list[Spec] = [
        {"x": 0, "text": f"{_sign(place)} {name}", "fill": TONES[place % len(TONES)], "left": 100 * place}
        for place, name in enumerate(polarities)
    ]
    layers = [
        _layer(lines, {"type": "rule", "stroke": RULE}, x=_on("x"), y=_at(0), y2=_at(height)),
        _layer(rows, {"type": "rule", "stroke": RULE}, x=_at(0), x2=_at(width), y=_on("y")),
        _layer(boxes, {"type": "rect"}, x=_on("x"), x2=_on("x2"), y=_on("y"), y2=_on("y2"),
               fill=_raw("fill"), fillOpacity=_raw("tint")),
        *(_text([each], x=_on("middle"), y=_on("centre"), align="center", color=INK, fontSize=each["size"])
          for each in boxes),
        _text(tops, x=_on("x"), y=_at(-8), dx=0, angle=-42, color=INK),
        _text(sides, x=_at(-10), align="right", color=INK),
        *(_text([each], x=_at(each["left"] - left + MARGIN), y=_at(height + 22), color=each["fill"], fontWeight=600)
          for each in key),
    ]  # fmt: skip
    title = "Who is for or against whom or what"
    most = max(counts.items(), key=lambda item: (item[1], item[0]), default=None)
    about = f"{_counted(sum(counts.values()), 'stance')}, holders in columns and targets in rows"
    if most:
        (holder, target, polarity), count = most
        about += f"; the most frequent is {holder} – {polarities[polarity].lower()} – {target}, {count:,} times"
    spec = _spec(layers, width, height, (0, max(len(holders), 1)), (0, max(len(targets), 1)), left, top, 36)
    svg = _svg(spec, title, "Holders across, targets down.", f"{about}.")
    return Plot(f"{FOLDER}/stances.svg", title, f"{about}.", svg)


def _boxes(cells: Mapping[tuple[int, int, int], int]) -> list[Spec]:
    """Return the boxes of all cells; a cell with several polarities is cut in as many parts of the same width."""
    most = max(cells.values(), default=1)
    found = []
    for (x, y, polarity), count in sorted(cells.items()):
        parts = sorted(each for holder, target, each in cells if (holder, target) == (x, y))
        start, share = x + parts.index(polarity) / len(parts), 1 / len(parts)
        found.append(
            {
                "x": start, "x2": start + share, "middle": start + share / 2, "y": y, "y2": y + 1, "centre": y + 0.5,
                "fill": TONES[polarity % len(TONES)], "tint": round(0.12 + 0.33 * count / most, 3),
                "text": f"{_sign(polarity)}{_brief(count)}", "size": 12 if len(parts) == 1 else 10,
            }
        )  # fmt: skip
    return found


def _totals(counts: Counts, side: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for key, count in counts.items():
        found[str(key[side])] += count
    return found


def _sign(polarity: int) -> str:
    return SIGNS[polarity] if polarity < len(SIGNS) else "·"


def _brief(count: int) -> str:
    return f"{count}" if count < 1000 else f"{count / 1000:.0f}k"


# --- what all plots share


def _most(totals: Mapping[str, int], limit: int) -> list[str]:
    """Return the most frequent names, those alike by name; with more than ``limit``, the last is OTHERS."""
    ordered = sorted(totals, key=lambda name: (-totals[name], name))
    return ordered if len(ordered) <= limit else [*ordered[: limit - 1], OTHERS]


def _headed(shown: Sequence[str], totals: Mapping[str, int]) -> list[str]:
    """Return what is shown, and how many stand for the rest."""
    return [f"{len(totals) - len(shown) + 1} {OTHERS}" if name == OTHERS else name for name in shown]


def _summed(all_counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for counts in all_counts:
        found.update(counts)
    return found


def _place(shown: Sequence[str], name: str) -> int:
    return shown.index(name) if name in shown else len(shown) - 1


def _merged(counts: Mapping[str, int], shown: Sequence[str]) -> dict[str, int]:
    """Return the counts of what is shown, with those of the rest under OTHERS."""
    found = dict.fromkeys(shown, 0)
    for name, count in counts.items():
        found[shown[_place(shown, name)]] += count
    return found


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _on(field: str) -> Spec:
    return {"field": field, "type": "quantitative", "axis": None}


def _raw(field: str) -> Spec:
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def _at(pixels: float) -> Spec:
    return {"value": pixels}


def _layer(data: Sequence[Spec], mark: Spec, where: str = "", **encoding: Spec) -> Spec:
    chosen = [{"filter": where}] if where else []
    return {"data": {"values": list(data)}, "mark": mark, "transform": chosen, "encoding": encoding}


def _text(
    data: Sequence[Spec], field: str = "text", where: str = "", *, x: Spec, y: Spec | None = None, **mark: Any
) -> Spec:
    settings = {"type": "text", "align": "left", "baseline": "middle", "fontSize": 12, **mark}
    # vl-convert ends the whole process, by a panic, where a text holds what XML can't
    clean = [{**each, field: _clean(each[field])} for each in data]
    return _layer(clean, settings, where, x=x, y=y or _on("y"), text={"field": field, "type": "nominal"})


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _spec(
    layers: list[Spec],
    width: float,
    height: float,
    across: tuple[float, float],
    down: tuple[float, float],
    left: int,
    top: int,
    below: int = 0,
) -> Spec:
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


_ROOT: Final = re.compile(r"<svg [^>]*>")
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _svg(spec: Spec, title: str, subtitle: str, about: str) -> str:
    """Return the SVG of a plot with title and description, its ground, and its colours for the dark."""
    import vl_convert

    height = round(spec["height"] + spec["padding"]["top"] + spec["padding"]["bottom"])
    drawn = vl_convert.vegalite_to_svg(json.dumps(spec))
    dark = "".join(f'[fill="{a}"]{{fill:{b}}}[stroke="{a}"]{{stroke:{b}}}' for a, b in DARK.items())
    words = [escape(_clean(each)) for each in (title, about, subtitle)]
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
