"""The values of an article's page: lines with marks and notes, and a section for each layer."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, NamedTuple, TypeVar

from markupsafe import Markup

from pactwire.corpus.corpus import FINAL
from pactwire.model import escapes
from pactwire.model.layers import Label
from pactwire.model.records import Origin, Zone, ZoneKind
from pactwire.model.schema import AnnotationSchema
from pactwire.site import marks, reference_graph, reference_table
from pactwire.site.comparison import Comparison, ComparisonRow
from pactwire.site.document_places import article_place, document_places
from pactwire.site.label_index import context, one_line
from pactwire.site.label_views import ArticleLabels, LabelView, span_order
from pactwire.site.layer_styles import LayerStyle
from pactwire.site.mention_table import MentionTable
from pactwire.site.provenance import provenance, provenance_summary

T = TypeVar("T")

MAX_LANES: Final = 8
"""Lanes that have a place of their own under the text; passages in further lanes are drawn in the last one."""

SECTION_KINDS: Final = ("references", "labels", "names")
"""The kinds of sections in their order, which are the names of the macros that show them."""


class LabelSet(NamedTuple):
    """The labels of a choice, which pages explain."""

    heading: str
    description: str
    labels: tuple[Label, ...]


class Section(NamedTuple):
    """The part of a page that lists a layer's labels; ``kind`` is one of SECTION_KINDS."""

    kind: str
    style: LayerStyle
    is_annotated: bool
    rows: Sequence[Any]
    graph: reference_graph.Graph | None = None

    @property
    def id(self) -> str:
        """The id of the section."""
        return f"{self.kind}-{self.style.name}"


@dataclass(frozen=True)
class PageLine:
    """A line of the source text that is not blank, by its number from 1.

    ``lanes`` is the number of lanes for its passages; ``compared`` are the differences that begin in it.
    """

    number: int
    html: Markup
    kind: str
    furniture: bool
    language: str
    lanes: int
    notes: list[LabelView]
    compared: list[ComparisonRow]


class ComparedWords(NamedTuple):
    """A row of the comparison with its words, those before and after them, and the address of its place in the text."""

    row: ComparisonRow
    before: str
    words: str
    after: str
    address: str


def page_values(labels: ArticleLabels, comparison: Comparison) -> dict[str, Any]:
    """Return all values for the template of an article's page."""
    return _ArticlePage(labels, comparison).values()


class _ArticlePage:
    def __init__(self, labels: ArticleLabels, comparison: Comparison) -> None:
        collection, entry = labels.collection, labels.entry
        self.labels, self.collection, self.entry, self.comparison = labels, collection, entry, comparison
        self.schema, self.styles = collection.data.schema, collection.styles
        self.head = collection.heads[entry.article["id"]]
        self.text = entry.article["source_text"]
        self.names = MentionTable(collection, self.labels)
        own = self.labels.views.values()
        self.noted = [view for views in own for view in views if view.style.has_notes]
        self.file = document_places(collection.data, self.head.id, collection.up).get(FINAL)
        self.line_starts = [0, *accumulate(len(line) + 1 for line in self.text.split("\n")[:-1])]
        self.lanes = marks.assign_lanes((view.label["start"], view.label["end"], view.id) for view in self.noted)

    def values(self) -> dict[str, Any]:
        sections = [section for style in self.styles.values() for section in self._sections(style)]
        return {
            "head": self.head,
            "article": self.entry.article,
            "source": self.collection.data.sources.get(self.head.id),
            "source_place": article_place(self.collection.data, self.head.id, self.collection.up),
            "file": self.file,
            "tasks": list(filter(None, map(escapes.web_address, self.collection.tasks.get(self.head.id, ())))),
            "neighbors": self.collection.neighbors[self.head.id],
            "first_label": self._first_label(),
            "comparison": self.comparison,
            "compared": [self._compared_words(row) for row in self.comparison.shown],
            "address": escapes.web_address(self.entry.article["url"]),
            "summary": provenance_summary(self.schema, [self.entry]),
            "provenance": provenance(self.schema, self.entry),
            "final": self.entry.final,
            "story": [head for head in self.collection.stories[self.head.story] if head is not self.head],
            "boxes": [
                (style, self.labels.views[name]) for name, style in self.styles.items() if not style.layer.is_span
            ],
            "before": [section for section in sections if section.graph],
            "after": [each for kind in SECTION_KINDS for each in sections if each.kind == kind and not each.graph],
            "styles": [style for style in self.styles.values() if style.layer.is_span],
            "part_styles": [style for style in self.styles.values() if style.layer.parts],
            "lines": list(self._lines()),
            "tips": list(self.names.tips.values()),
            "label_sets": label_sets(self.schema),
        }

    def _sections(self, style: LayerStyle) -> Iterator[Section]:
        is_annotated = self.labels.is_annotated(style)
        if reference_table.has_table(style):
            rows = reference_table.group_by_references(self.labels, style)
            graph = reference_graph.draw_graph(rows) if style.layer.pair else None
            yield Section("references", style, is_annotated, rows, graph)
        elif style.has_notes:
            yield Section("labels", style, is_annotated, self.labels.views[style.layer.name])
        if style.is_inline:
            yield Section("names", style, is_annotated, self.names.rows[style.layer.name])

    def _line(self, view: LabelView) -> str:
        """Return the line of a label in its file; empty if it is in none."""
        return self.file.place(view.id).text.rpartition(":")[2] if self.file else ""

    def _first_label(self) -> str:
        """Return the id of the first name in the text, or else of the first passage; empty without labels."""
        spans = [view for views in self.labels.views.values() for view in views if view.style.layer.is_span]
        found = min(spans, key=lambda view: (not view.style.is_inline, *span_order(view.label)), default=None)
        return found.id if found else ""

    def _compared_words(self, row: ComparisonRow) -> ComparedWords:
        if not row.end:
            return ComparedWords(row, "", "", "", f"#about-{row.style.name}" if row.final and row.style else "")
        line = bisect_right(self.line_starts, row.start)
        words = one_line(self.text[row.start : row.end])
        before, after = context(self.text, row.start, row.end)
        if not (row.style and row.style.is_inline):
            before, after = "", ""
        address = f"#at-{row.final.id}" if row.final else f"#line-{line}"
        return ComparedWords(row, before, words, after, address)

    # --- lines

    def _lines(self) -> Iterator[PageLine]:
        raw, starts = self.text.split("\n"), self.line_starts
        over = _group_by_line(starts, ((mark.start, mark.end, mark) for mark in self._marks()))
        zones = _group_by_line(starts, ((zone["start"], zone["end"], zone) for zone in self.entry.zones))
        told = [row for row in self.comparison.shown if row.style and row.end and (row.is_difference or not row.fields)]
        compared = _group_by_line(starts, ((row.start, row.start + 1, row) for row in told))
        notes = _group_by_line(starts, ((v.label["start"], v.label["start"] + 1, v) for v in self.noted))
        for number, (start, line) in enumerate(zip(starts, raw, strict=True)):
            if line.strip():
                here = sorted(zones[number], key=span_order)
                kind = here[0]["kind"] if here else ZoneKind.BODY
                lanes = max((self.lanes[m.name] + 1 for m in over[number] if m.name in self.lanes), default=0)
                yield PageLine(
                    number=number + 1,
                    html=marks.to_html(self.text, start, start + len(line), over[number]),
                    kind=kind if kind in _STYLED_KINDS else "",
                    furniture=bool(here) and all(zone["kind"] not in self.schema.content_kinds for zone in here),
                    language=_main_language(here, self.head.language),
                    lanes=min(lanes, MAX_LANES),
                    notes=notes[number],
                    compared=compared[number],
                )

    def _marks(self) -> Iterator[marks.Mark]:
        for zone in self.entry.zones:
            yield self._zone(zone)
        innermost = len(self.styles) + 1
        for depth, style in zip(range(innermost - 1, 0, -1), self.styles.values(), strict=True):
            for view in self.labels.views[style.layer.name]:
                if style.is_inline:
                    yield self._mention(view)
                elif style.layer.is_span:
                    lane = min(self.lanes[view.id], MAX_LANES - 1)
                    css = f"passage {style.name} lane-{lane} {view.color}"
                    first = {
                        "id": f"at-{view.id}",
                        "data-badge": view.id,
                        "data-line": self._line(view),
                        "tabindex": "-1",
                    }
                    yield _mark(view.label, view.id, css, depth, first)
                for part in style.layer.parts:
                    if span := view.label.get(part.name):
                        yield _mark(span, view.id, f"part {style.name}", innermost)

    def _zone(self, zone: Zone) -> marks.Mark:
        content = zone["kind"] in self.schema.content_kinds
        foreign = zone["language"] != self.head.language
        badges = [zone["kind"]] if zone["kind"] != ZoneKind.BODY else []
        if foreign:
            badges.append(zone["language"])
        if zone["origin"] not in (Origin.ORIGINAL, Origin.UNKNOWN) and (foreign or zone["kind"] == ZoneKind.TITLE):
            badges.append(zone["origin"].replace("_", " "))
        css = f"zone {'content' if content else 'furniture'}{' foreign' if foreign else ''}"
        first = {"data-badge": " · ".join(badges), "lang": zone["language"]}
        return _mark(zone, zone["id"], css, 0, first)

    def _mention(self, view: LabelView) -> marks.Mark:
        return marks.Mark(
            view.label["start"], view.label["end"], view.id, f"mention {view.style.name} {view.color}",
            color=view.color, link=f"#{self.names.row_of[view.id]}", describes=self.names.tip_of[view.id],
            first={"id": f"at-{view.id}", "data-line": self._line(view)},
        )  # fmt: skip


_STYLED_KINDS: Final = frozenset((ZoneKind.TITLE, ZoneKind.LEAD, ZoneKind.HEADING))


def _group_by_line(starts: Sequence[int], spans: Iterable[tuple[int, int, T]]) -> dict[int, list[T]]:
    """Return the values whose spans touch each line, by line number; lines start at ``starts``."""
    by_line: dict[int, list[T]] = defaultdict(list)
    for start, end, value in spans:
        for number in range(bisect_right(starts, start) - 1, bisect_left(starts, end)):
            by_line[number].append(value)
    return by_line


def _mark(span: Any, name: str, css: str, depth: int, first: Mapping[str, str] | None = None) -> marks.Mark:
    return marks.Mark(span["start"], span["end"], name, css, depth, first=first or {})


def _main_language(zones: Sequence[Zone], otherwise: str) -> str:
    return max(zones, key=lambda zone: zone["end"] - zone["start"])["language"] if zones else otherwise


def label_sets(schema: AnnotationSchema) -> list[LabelSet]:
    """Return the choices of the zones and of all layers, and the statuses."""
    found = [LabelSet(*_heading(schema, layer, name), labels) for layer, name, labels in schema.label_sets()]
    return [*found, LabelSet("Status", "", schema.envelope_labels("status"))]


def _heading(schema: AnnotationSchema, layer: str, name: str) -> tuple[str, str]:
    if layer not in schema.layers:
        return f"Zones: {name}", ""
    attribute = schema.layers[layer].attribute(name)
    return f"{schema.layers[layer].title}: {attribute.title}", attribute.description
