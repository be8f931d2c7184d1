"""The plots of labels by language and of agreement, from counts and figures."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pactwire.build.manifest import PLOTS
from pactwire.card import vega
from pactwire.card.label_counts import LabelSetCounts
from pactwire.card.plot_parts import (
    LABEL_GAP,
    ROW_HEIGHT,
    Plot,
    fit,
    headings,
    most_frequent,
    position,
    room,
    shorten,
    sum_counts,
    text_width,
)
from pactwire.card.vega import BAR, DIM, INK, MARGIN, WIDTH, Json, layer, named_positions, quantity, verbatim

LABELS_ROOM, AGREEMENT_ROOM = (180, 380), (432, 540)
"""Pixels at the left for the names of rows, at least and at most."""

MAX_LANGUAGES: Final = 6
"""Languages shown by name, the most frequent; the rest are counted together."""


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
    totals = sum_counts(counts for group in groups for _, counts in group.labels)
    languages = most_frequent(totals, MAX_LANGUAGES)
    columns = headings(languages, totals)
    left = room((name for group in groups for name in (group.heading, *dict(group.labels))), *LABELS_ROOM)
    rows, bars = _label_bars(groups, languages, left - 2 * LABEL_GAP)
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


def _label_bars(groups: Sequence[LabelSetCounts], languages: Sequence[str], width: int) -> tuple[_Rows, list[Json]]:
    """Return the rows of all labels, named in so many pixels, and their bars.

    A full bar is 0.7 of a column, which leaves room for the count.
    """
    rows = _Rows()
    bars: list[Json] = []
    for group in groups:
        rows.add(fit(group.heading, width), heading=True)
        sums = _merge_rest(sum_counts(counts for _, counts in group.labels), languages)
        for name, counts in group.labels:
            row = rows.add(fit(name, width))
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
    names = [f"{each['about']} · {each['figure']}" for each in figures]
    left, right = room(names, *AGREEMENT_ROOM), 138
    rows, data = _figure_dots(figures, left - 2 * LABEL_GAP)
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


def _figure_dots(figures: Sequence[Mapping[str, Any]], width: int) -> tuple[_Rows, list[Json]]:
    """Return the rows of all figures, named in so many pixels, and what each shows.

    Without an interval the band is no longer than the dot.
    """
    rows = _Rows()
    data: list[Json] = []
    layer_name = ""
    for figure in figures:
        if figure["layer"] != layer_name:
            layer_name = figure["layer"]
            rows.add(layer_name, heading=True)
        end = f" · {figure['figure']}"
        row = rows.add(fit(figure["about"], width - text_width(end)) + end)
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
    return f"{counted}, the lowest {low['value']:.2f} ({low['layer']}: {shorten(low['about'], 58)})."


def _merge_rest(counts: Mapping[str, int], shown: Sequence[str]) -> dict[str, int]:
    """Return the counts of what is shown, with those of the rest under OTHERS_NAME."""
    merged = dict.fromkeys(shown, 0)
    for name, count in counts.items():
        merged[shown[position(shown, name)]] += count
    return merged


def _count_phrase(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
