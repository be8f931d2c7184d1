"""A drawing of the labels between two sides: a column for each side, and a curve for each row of their table.

Its positions are numbers for an SVG.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple

from pactwire.site.collection import Referent
from pactwire.site.reference_table import ReferenceRow

WIDTH: Final = 960
COLUMN_WIDTH: Final = 280
"""Width of the drawing and of each of its two columns, in pixels."""

LINE_HEIGHT: Final = 18
GAP: Final = 12
LINE_CHARACTERS: Final = 38
"""Characters in a line of a node's name, which has at most two lines."""

ORDERING_SWEEPS: Final = 8


class Tie(NamedTuple):
    """A row between one referent of each side."""

    ends: tuple[Referent, Referent]
    row: ReferenceRow


class Node(NamedTuple):
    """A box of the drawing: its left edge, top, height, and the lines of its name."""

    referent: Referent
    x: int
    y: int
    height: int
    lines: list[str]


class Edge(NamedTuple):
    """A curve from the first side to the second, ending in an arrowhead; ``width`` grows with the number of labels."""

    path: str
    head: str
    width: float
    tie: Tie


class Graph(NamedTuple):
    """A drawing of ``WIDTH`` by ``height`` pixels."""

    height: int
    firsts: list[Node]
    seconds: list[Node]
    edges: list[Edge]
    width: int = WIDTH
    column: int = COLUMN_WIDTH


def draw_graph(rows: Sequence[ReferenceRow]) -> Graph:
    """Return the drawing of rows that have sides, with nodes ordered so that few curves cross."""
    ties = list(_ties(rows))
    firsts, seconds = ({tie.ends[side].key: tie.ends[side] for tie in reversed(ties)} for side in (0, 1))
    left, right = _order_sides([(tie.ends[0].key, tie.ends[1].key) for tie in ties])
    near, far = (
        _layout_column([firsts[key] for key in left], 0),
        _layout_column([seconds[key] for key in right], WIDTH - COLUMN_WIDTH),
    )
    height = max([node.y + node.height for node in (*near, *far)], default=0)
    near, far = _center_column(near, height), _center_column(far, height)
    starts, ends = ({node.referent.key: node for node in column} for column in (near, far))
    ports = _curve_ends(ties, starts, ends)
    return Graph(height, near, far, [_edge(tie, *port) for tie, port in zip(ties, ports, strict=True)])


def _ties(rows: Sequence[ReferenceRow]) -> Iterator[Tie]:
    """Yield each row once for each pair of what is on its two sides."""
    for row in rows:
        if row.sides:
            yield from (Tie((first, second), row) for first, second in product(*row.sides))


def _order_sides(ties: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Return the orders of both sides, each by the mean position of its neighbors (Sugiyama's barycenter method)."""
    left = list(dict.fromkeys(tie[0] for tie in ties))
    right = list(dict.fromkeys(tie[1] for tie in ties))
    for _ in range(ORDERING_SWEEPS):
        right = _sort_by_mean(right, left, [(target, holder) for holder, target in ties])
        left = _sort_by_mean(left, right, ties)
    return left, right


def _sort_by_mean(keys: Sequence[str], others: Sequence[str], ties: Sequence[tuple[str, str]]) -> list[str]:
    place = {key: index / len(others) for index, key in enumerate(others)}
    tied: dict[str, list[float]] = {}
    for key, other in ties:
        tied.setdefault(key, []).append(place[other])
    return sorted(keys, key=lambda key: sum(tied[key]) / len(tied[key]))


def _layout_column(referents: Sequence[Referent], x: int) -> list[Node]:
    nodes, y = [], 0
    for each in referents:
        lines = textwrap.wrap(each.name, LINE_CHARACTERS, max_lines=2, placeholder=" …") or [each.name]
        height = len(lines) * LINE_HEIGHT + 10
        nodes.append(Node(each, x, y, height, lines))
        y += height + GAP
    return nodes


def _center_column(nodes: Sequence[Node], height: int) -> list[Node]:
    shift = (height - max((node.y + node.height for node in nodes), default=0)) // 2
    return [node._replace(y=node.y + shift) for node in nodes]


def _curve_ends(ties: Sequence[Tie], starts: Mapping[str, Node], ends: Mapping[str, Node]) -> list[tuple[float, float]]:
    """Return the heights at which each tie's curve starts and ends, so that the curves of a node fan out."""
    heights = [[0.0, 0.0] for _ in ties]
    for side, near, far in ((0, starts, ends), (1, ends, starts)):
        groups: dict[str, list[int]] = {}
        for number, tie in enumerate(ties):
            groups.setdefault(tie.ends[side].key, []).append(number)
        for key, group in groups.items():
            ordered = sorted(group, key=lambda number: far[ties[number].ends[1 - side].key].y)
            for place, number in enumerate(ordered, start=1):
                heights[number][side] = near[key].y + near[key].height * place / (len(ordered) + 1)
    return [(start, end) for start, end in heights]


def _edge(tie: Tie, top: float, bottom: float) -> Edge:
    left, right = COLUMN_WIDTH, WIDTH - COLUMN_WIDTH - 8
    middle = (left + right) / 2
    path = f"M{left} {top:.1f} C{middle:.0f} {top:.1f} {middle:.0f} {bottom:.1f} {right} {bottom:.1f}"
    head = f"{right},{bottom - 5:.1f} {right + 8},{bottom:.1f} {right},{bottom + 5:.1f}"
    return Edge(path, head, 1.5 + 0.75 * min(len(tie.row.labels) - 1, 4), tie)
