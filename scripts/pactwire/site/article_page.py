"""The values of an article's page: lines with marks and notes, stances, claims and names."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final, TypeVar

from markupsafe import Markup

from pactwire.build.article_context import ArticleContext
from pactwire.model import escapes
from pactwire.model.labels import document_labels
from pactwire.model.layers import Label
from pactwire.model.records import (
    Claim,
    Cluster,
    Entity,
    Origin,
    Stance,
    Zone,
    ZoneKind,
)
from pactwire.model.schema import AnnotationSchema
from pactwire.site import marks, stance_table
from pactwire.site.collection import WIKIDATA, Collection, LocatedClaim, Party, provenance, provenance_summary

T = TypeVar("T")

LABEL_SETS: Final = (
    ("entity type", "entities", "type"),
    ("form", "entities", "form"),
    ("claim type", "claims", "type"),
    ("commitment", "claims", "commitment"),
    ("checkworthy", "claims", "checkworthy"),
    ("polarity", "stances", "polarity"),
    ("channel", "stances", "channel"),
    ("zone kind", "zones", "kind"),
    ("origin", "zones", "origin"),
)
"""The label sets that pages explain: heading, layer and attribute."""

ZONE, STANCE, CLAIM, CUE = range(4)
"""Nesting depth of marks in the text, from the outermost to the innermost; links are inside all of them."""


@dataclass(frozen=True)
class ClaimNote:
    """A claim as the page shows it; ``others`` are the same claim in other articles, one list per article."""

    claim: Claim
    claimants: list[Party]
    labels: list[Label]
    cluster: Cluster | None
    others: list[list[LocatedClaim]]


@dataclass(frozen=True)
class StanceNote:
    """A stance as the page shows it; ``tone`` is the position of its polarity in the schema."""

    stance: Stance
    holder: Party
    target: Party
    polarity: Label
    tone: int
    channel: Label


@dataclass(frozen=True)
class PageLine:
    """A line of the source text that is not blank; ``lanes`` is the number of lanes for its claims and stances."""

    html: Markup
    kind: str
    furniture: bool
    language: str
    lanes: int
    claims: list[ClaimNote]
    stances: list[StanceNote]


@dataclass
class NameEntry:
    """A person or thing that is named, with the texts of its mentions and their counts, in the order of the text."""

    key: str
    party: Party
    type: Label
    tone: int
    address: str
    words: Counter[str] = field(default_factory=Counter)
    first: str = ""


@dataclass(frozen=True)
class Tooltip:
    """The tooltip of a mention; mentions with the same values share one."""

    key: str
    name: str
    type: Label
    tone: int
    form: Label
    link: str | None
    address: str
    means: str


def page_values(collection: Collection, entry: ArticleContext) -> dict[str, Any]:
    """Return all values for the template of an article's page."""
    return _ArticlePage(collection, entry).values()


class _ArticlePage:
    def __init__(self, collection: Collection, entry: ArticleContext) -> None:
        self.collection, self.entry = collection, entry
        self.schema = collection.data.schema
        self.head = collection.heads[entry.article["id"]]
        self.text = entry.article["source_text"]
        self.entities: list[Entity] = sorted(document_labels(entry.final, "entities"), key=_span_order)
        self.claims: list[Claim] = sorted(document_labels(entry.final, "claims"), key=_span_order)
        self.stances: list[Stance] = sorted(document_labels(entry.final, "stances"), key=_span_order)
        self.parties = stance_table.article_parties(collection, entry)
        self.names: dict[tuple[str, str], NameEntry] = {}
        self.tips: dict[tuple[Any, ...], Tooltip] = {}
        self.lanes = marks.assign_lanes(
            (each["start"], each["end"], each["id"]) for each in [*self.claims, *self.stances]
        )

    def values(self) -> dict[str, Any]:
        rows = stance_table.group_stances(self.collection, self.entry)
        notes = [self._claim(claim) for claim in self.claims]
        lines = list(self._lines(notes))  # this also fills names and tips
        return {
            "head": self.head,
            "article": self.entry.article,
            "source": self.collection.data.sources.get(self.head.id),
            "address": escapes.web_address(self.entry.article["url"]),
            "summary": provenance_summary(self.schema, [self.entry]),
            "provenance": provenance(self.schema, self.entry),
            "final": self.entry.final,
            "story": [head for head in self.collection.stories[self.head.story] if head is not self.head],
            "stances": rows,
            "graph": stance_table.draw_graph(rows),
            "lines": lines,
            "claims": notes,
            "names": list(self.names.values()),
            "tips": list(self.tips.values()),
            "notes": {note.claim["id"]: note for note in notes},
            "label_sets": label_sets(self.schema),
        }

    def _others(self, claim: Claim) -> tuple[Cluster | None, list[list[LocatedClaim]]]:
        cluster = self.collection.clusters.get(f"{self.head.id}/{claim['id']}")
        if cluster is None:
            return None, []
        return cluster, [claims for claims in self.collection.by_article(cluster) if claims[0].head is not self.head]

    def _claim(self, claim: Claim) -> ClaimNote:
        labels = [
            label
            for attribute, value in (
                ("type", claim["type"]),
                ("commitment", claim["commitment"]),
                ("checkworthy", claim["checkworthy"]),
            )
            for label in self.schema.labels("claims", attribute)
            if label.name == value
        ]
        claimants = [self.parties[party] for party in claim["claimants"]]
        return ClaimNote(claim, claimants, labels, *self._others(claim))

    def _stance(self, stance: Stance) -> StanceNote:
        tone, polarity = self._find_label("stances", "polarity", stance["polarity"])
        _, channel = self._find_label("stances", "channel", stance["channel"])
        return StanceNote(
            stance, self.parties[stance["holder"]], self.parties[stance["target"]], polarity, tone, channel
        )

    def _find_label(self, layer: str, attribute: str, name: str) -> tuple[int, Label]:
        """Return a label of a choice, and its position in the schema."""
        labels = enumerate(self.schema.labels(layer, attribute))
        return next((place, label) for place, label in labels if label.name == name)

    # --- lines

    def _lines(self, notes: Sequence[ClaimNote]) -> Iterator[PageLine]:
        raw = self.text.split("\n")
        starts = list(accumulate((len(line) + 1 for line in raw[:-1]), initial=0))
        over = _group_by_line(starts, ((mark.start, mark.end, mark) for mark in self._marks()))
        zones = _group_by_line(starts, ((zone["start"], zone["end"], zone) for zone in self.entry.zones))
        claims = _group_by_line(starts, ((n.claim["start"], n.claim["start"] + 1, n) for n in notes))
        stances = _group_by_line(starts, ((s["start"], s["start"] + 1, s) for s in self.stances))
        for number, (start, line) in enumerate(zip(starts, raw, strict=True)):
            if line.strip():
                here = sorted(zones[number], key=_span_order)
                yield PageLine(
                    html=marks.to_html(self.text, start, start + len(line), over[number]),
                    kind=here[0]["kind"] if here else ZoneKind.BODY,
                    furniture=bool(here) and all(zone["kind"] not in self.schema.content_kinds for zone in here),
                    language=_main_language(here, self.head.language),
                    lanes=max((self.lanes[m.name] + 1 for m in over[number] if m.name in self.lanes), default=0),
                    claims=claims[number],
                    stances=[self._stance(each) for each in stances[number]],
                )

    def _marks(self) -> Iterator[marks.Mark]:
        for zone in self.entry.zones:
            yield self._zone(zone)
        for entity in self.entities:
            yield self._mention(entity)
        for claim in self.claims:
            css = f"claim lane-{self.lanes[claim['id']]}"
            yield _mark(claim, claim["id"], css, CLAIM, {"id": f"at-{claim['id']}", "data-badge": claim["id"]})
            if cue := claim["cue"]:
                yield _mark(cue, claim["id"], "cue", CUE)
        for stance in self.stances:
            tone, _ = self._find_label("stances", "polarity", stance["polarity"])
            css = f"stance lane-{self.lanes[stance['id']]} tone-{tone}"
            yield _mark(stance, stance["id"], css, STANCE, {"id": f"at-{stance['id']}", "data-badge": stance["id"]})

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
        return _mark(zone, zone["id"], css, ZONE, first)

    def _mention(self, entity: Entity) -> marks.Mark:
        tone, kind = self._find_label("entities", "type", entity["type"])
        party = self.collection.entity(entity)
        link = self.schema.layers["entities"].referent_link(entity)
        name = self.names.setdefault(
            (party.key, kind.name),
            NameEntry(f"name-{len(self.names)}", party, kind, tone, _wikidata_url(link)),
        )
        name.words[entity["text"]] += 1
        name.first = name.first or entity["id"]
        return marks.Mark(
            entity["start"], entity["end"], entity["id"], f"mention type-{tone}",
            link=f"#{name.key}", describes=self._tip(entity), first={"id": f"at-{entity['id']}"},
        )  # fmt: skip

    def _tip(self, entity: Entity) -> str:
        link, metonym = entity["link"], entity["metonym_of"]
        key = (entity["type"], entity["form"], link, metonym, None if link else entity["text"])
        if key not in self.tips:
            tone, kind = self._find_label("entities", "type", entity["type"])
            self.tips[key] = Tooltip(
                key=f"tip-{len(self.tips)}",
                name=self.collection.name(link) if link else entity["text"],
                type=kind, tone=tone, form=self._find_label("entities", "form", entity["form"])[1],
                link=link, address=_wikidata_url(link), means=self.collection.name(metonym) if metonym else "",
            )  # fmt: skip
        return self.tips[key].key


def _group_by_line(starts: Sequence[int], spans: Iterable[tuple[int, int, T]]) -> dict[int, list[T]]:
    """Return the values whose spans touch each line, by line number; lines start at ``starts``."""
    by_line: dict[int, list[T]] = defaultdict(list)
    for start, end, value in spans:
        for number in range(bisect_right(starts, start) - 1, bisect_left(starts, end)):
            by_line[number].append(value)
    return by_line


def _span_order(span: Any) -> tuple[int, int]:
    return span["start"], -span["end"]


def _mark(span: Any, name: str, css: str, depth: int, first: Mapping[str, str] | None = None) -> marks.Mark:
    return marks.Mark(span["start"], span["end"], name, css, depth, first=first or {})


def _main_language(zones: Sequence[Zone], otherwise: str) -> str:
    return max(zones, key=lambda zone: zone["end"] - zone["start"])["language"] if zones else otherwise


def _wikidata_url(link: str | None) -> str:
    return WIKIDATA + link if link and link.startswith("Q") else ""


def label_sets(schema: AnnotationSchema) -> list[tuple[str, tuple[Label, ...]]]:
    """Return (heading, labels) for each label set that pages show."""
    shown = [(heading, schema.labels(layer, attribute)) for heading, layer, attribute in LABEL_SETS]
    return [*shown, ("status", schema.envelope_labels("status"))]
