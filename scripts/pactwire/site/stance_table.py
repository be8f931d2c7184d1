"""The stances of an article as table rows and as a graph: who is for or against whom or what, and in which claim.

The graph has two columns, holders and targets, with a curve for each row. Its positions are numbers for an SVG.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pactwire.build.article_context import ArticleContext
from pactwire.model.labels import document_labels
from pactwire.model.layers import Label
from pactwire.model.records import Claim, Entity, Stance
from pactwire.site.collection import Collection, LocatedClaim, Party

WIDTH: Final = 960
COLUMN_WIDTH: Final = 280
"""Width of the drawing and of each of its two columns, in pixels."""

PARTY_NAMES: Final = {"AUTHOR": "The author", "UNNAMED": "An unnamed source"}

LINE_HEIGHT: Final = 18
GAP: Final = 12
LINE_CHARACTERS: Final = 38
"""Characters in a line of a node's name, which has at most two lines."""

ORDERING_SWEEPS: Final = 8


@dataclass
class StanceRow:
    """Stances with the same holder, target and polarity; ``said`` are the claims whose spans they overlap."""

    holder: Party
    target: Party
    polarity: Label
    tone: int
    stances: list[Stance] = field(default_factory=list)
    said: list[LocatedClaim] = field(default_factory=list)


def group_stances(collection: Collection, entry: ArticleContext) -> list[StanceRow]:
    """Return an article's stances in the order of the text, one row for each holder, target and polarity."""
    parties = article_parties(collection, entry)
    polarities = collection.data.schema.labels("stances", "polarity")
    labels = {label.name: (index, label) for index, label in enumerate(polarities)}
    claims = [collection.locate_claim(entry, claim) for claim in document_labels(entry.final, "claims")]
    found: dict[tuple[str, str, str], StanceRow] = {}
    for stance in sorted(document_labels(entry.final, "stances"), key=lambda each: (each["start"], each["end"])):
        holder, target = parties[stance["holder"]], parties[stance["target"]]
        tone, label = labels[stance["polarity"]]
        row = found.setdefault((holder.key, target.key, label.name), StanceRow(holder, target, label, tone))
        row.stances.append(stance)
        for claim in claims:
            is_about = claim.claim["id"] == stance["target"] or _overlaps(claim.claim, stance)
            if is_about and claim not in row.said:
                row.said.append(claim)
    return list(found.values())


def _overlaps(claim: Claim, stance: Stance) -> bool:
    """Return whether a stance overlaps a claim or its cue."""
    spans: list[Any] = [claim, claim["cue"]] if claim["cue"] else [claim]
    return any(span["start"] < stance["end"] and stance["start"] < span["end"] for span in spans)


def article_parties(collection: Collection, entry: ArticleContext) -> dict[str, Party]:
    """Return each claimant, holder and target of an article's document by id."""
    entities: list[Entity] = document_labels(entry.final, "entities")
    claims: list[Claim] = document_labels(entry.final, "claims")
    return {
        **{name: Party(name, PARTY_NAMES.get(name, name), "party") for name in collection.data.schema.parties},
        **{topic["id"]: Party(topic["id"], topic["title"], "topic") for topic in collection.data.topics.values()},
        **{claim["id"]: Party(f"claim {claim['id']}", claim["normalized"], "claim") for claim in claims},
        **{entity["id"]: collection.entity(entity) for entity in entities},
    }


# --- the graph


class Node(NamedTuple):
    """A box of the drawing: its left edge, top, height, and the lines of its name."""

    party: Party
    x: int
    y: int
    height: int
    lines: list[str]


class Edge(NamedTuple):
    """A curve from a holder to a target, ending in an arrowhead; ``width`` grows with the number of stances."""

    path: str
    head: str
    width: float
    row: StanceRow


class Graph(NamedTuple):
    """A drawing of ``WIDTH`` by ``height`` pixels."""

    height: int
    holders: list[Node]
    targets: list[Node]
    edges: list[Edge]
    width: int = WIDTH
    column: int = COLUMN_WIDTH


def draw_graph(found: Sequence[StanceRow]) -> Graph:
    """Return the drawing of rows, with nodes ordered so that few curves cross."""
    holders = {row.holder.key: row.holder for row in reversed(found)}
    targets = {row.target.key: row.target for row in reversed(found)}
    ties = [(row.holder.key, row.target.key) for row in found]
    left, right = _order_sides(ties)
    near, far = (
        _layout_column([holders[key] for key in left], 0),
        _layout_column([targets[key] for key in right], WIDTH - COLUMN_WIDTH),
    )
    height = max([node.y + node.height for node in (*near, *far)], default=0)
    near, far = _center_column(near, height), _center_column(far, height)
    ports = _curve_ends(found, {node.party.key: node for node in near}, {node.party.key: node for node in far})
    return Graph(height, near, far, [_edge(row, *ports[id(row)]) for row in found])


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


def _layout_column(parties: Sequence[Party], x: int) -> list[Node]:
    nodes, y = [], 0
    for party in parties:
        lines = textwrap.wrap(party.name, LINE_CHARACTERS, max_lines=2, placeholder=" …") or [party.name]
        height = len(lines) * LINE_HEIGHT + 10
        nodes.append(Node(party, x, y, height, lines))
        y += height + GAP
    return nodes


def _center_column(nodes: Sequence[Node], height: int) -> list[Node]:
    shift = (height - max((node.y + node.height for node in nodes), default=0)) // 2
    return [node._replace(y=node.y + shift) for node in nodes]


def _curve_ends(
    found: Sequence[StanceRow], starts: Mapping[str, Node], ends: Mapping[str, Node]
) -> dict[int, tuple[float, float]]:
    """Return the heights at which each row's curve starts and ends, so that the curves of a node fan out."""
    leaving: dict[str, list[StanceRow]] = {}
    arriving: dict[str, list[StanceRow]] = {}
    for row in found:
        leaving.setdefault(row.holder.key, []).append(row)
        arriving.setdefault(row.target.key, []).append(row)
    heights: dict[int, list[float]] = {id(row): [0.0, 0.0] for row in found}
    for side, groups, near, far in ((0, leaving, starts, ends), (1, arriving, ends, starts)):
        for key, group in groups.items():
            other = sorted(group, key=lambda row: far[(row.holder, row.target)[1 - side].key].y)
            for index, row in enumerate(other, start=1):
                heights[id(row)][side] = near[key].y + near[key].height * index / (len(other) + 1)
    return {key: (value[0], value[1]) for key, value in heights.items()}


def _edge(row: StanceRow, top: float, bottom: float) -> Edge:
    left, right = COLUMN_WIDTH, WIDTH - COLUMN_WIDTH - 8
    middle = (left + right) / 2
    path = f"M{left} {top:.1f} C{middle:.0f} {top:.1f} {middle:.0f} {bottom:.1f} {right} {bottom:.1f}"
    head = f"{right},{bottom - 5:.1f} {right + 8},{bottom:.1f} {right},{bottom + 5:.1f}"
    return Edge(path, head, 1.5 + 0.75 * min(len(row.stances) - 1, 4), row)
