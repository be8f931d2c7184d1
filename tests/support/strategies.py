"""Hypothesis strategies: articles of any Unicode text, their zones, and documents that pass every check.

Use `annotated`; its documents use LINKS and TOPICS, which `integrity.check_document` needs.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import Any, Final, NamedTuple, cast

from hypothesis import strategies as st

from pactwire.model import digests
from pactwire.model.records import (
    CONTENT_KINDS,
    FURNITURE_KINDS,
    Article,
    Document,
    Status,
    Zone,
)
from pactwire.text import offsets
from pactwire.text.zones import ANNOTATOR
from support.news import SCHEMA, label_names

LINKS = ("Q7184", "Q159", "Q30", "NIL:suspilne")
TOPICS = ("topic:sanctions", "topic:war-in-ukraine", "topic:0")

_PIECES: Final = [
    "Rutte", "НАТО ", "Corée  du\tNord", "\n", "\n\n", "a\u0301", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u00a0", "\u2028",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 ", "\ufeff", "\u00ad", "<b>&amp;</b>", "\\n", "\U0001d538", " ", "- ",
    "\U0001f1f0\U0001f1f5 ", "\u0301", "\u05e9\u05b8\u05c1", "Moscow said. ",
]  # fmt: skip
_CHARACTERS: Final = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t")
TEXTS: Final = st.lists(st.sampled_from(_PIECES) | st.text(_CHARACTERS, max_size=8), max_size=16).map("".join)
_NAMES: Final = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True).filter(
    lambda name: name not in SCHEMA.parties
)
_ENDS: Final = ("", "1", "10", "-0", "-0-1", ".a", "_")
_OWN_IDS: Final = ("cue-0-0", "cue-1-0", "cue-0", "e1", "z1", "c1", "s1", *map(str, range(16)))
ANNOTATORS: Final = ("ana", "rules-1", "model_x")
BY: Final = st.lists(st.sampled_from(ANNOTATORS), min_size=1, unique=True)
LANGUAGES: Final = st.sampled_from(["fr", "uk", "bg", "de", "und"])
_SECONDS: Final = st.integers(0, 366 * 24 * 3600 - 1)
_NORMALIZED: Final = st.text(_CHARACTERS, min_size=1, max_size=40)
_PRESENCE: Final = list(product(("labels", "missing", "empty"), repeat=len(SCHEMA.layers)))
# Hypothesis draws the first value more often than the others, and shrinks to it.
_LAYERS: Final = st.sampled_from(
    [_PRESENCE[0]] * 200 + [presence for presence in _PRESENCE if "labels" in presence] * 20 + _PRESENCE
)
RARELY: Final = st.sampled_from([False] * 15 + [True])


class Annotated(NamedTuple):
    """An article, its zones, and a document of it that passes every check."""

    article: Article
    zones: list[Zone]
    document: Document


def _names(layer: str, attribute: str) -> st.SearchStrategy[str]:
    return st.sampled_from(label_names(layer, attribute))


def article(text: str) -> Article:
    """Return an article of a source text."""
    sha = digests.sha256(text)
    return Article(
        id=sha[:16], source_id=f"{sha[:16]}.txt", source_text=text, source_sha256=sha,
        section=None, published=None, url=None, license="none",
    )  # fmt: skip


def body_zone(text: str, language: str) -> list[Zone]:
    """Return one content zone over all of a text, as found by rule."""
    return [{"id": "z1", "start": 0, "end": len(text), "kind": "body", "language": language, "origin": "original",
             "by": [ANNOTATOR["id"]]}]  # fmt: skip


def zones(draw: st.DrawFn, text: str, ids: list[str]) -> list[Zone]:
    """Draw zones of all kinds for a text, three out of four of them content; zones may span lines.

    A text that is not blank nearly always has a content zone.
    """
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=6))})
    pieces = [(start, text[start:end]) for start, end in pairwise(cuts) if text[start:end].strip()]
    kinds = [draw(st.sampled_from(CONTENT_KINDS * 3 + FURNITURE_KINDS)) for _ in pieces]
    if pieces and not set(kinds) & set(CONTENT_KINDS) and not draw(RARELY):
        kinds[draw(st.integers(0, len(kinds) - 1))] = draw(st.sampled_from(CONTENT_KINDS))
    drawn: list[Zone] = []
    for (start, piece), kind in zip(pieces, kinds, strict=True):
        first = start + len(piece) - len(piece.lstrip())
        drawn.append(
            Zone(
                id=ids.pop(),
                start=first,
                end=first + len(piece.strip()),
                kind=kind,
                language=draw(LANGUAGES),
                origin=draw(_names("zones", "origin")),
                by=draw(BY),
            )
        )
    return drawn


class Spans:
    """Draws spans of the source text that are in one segment and have no white space at their edges."""

    def __init__(self, text: str, own_zones: list[Zone], content_kinds: Collection[str] = SCHEMA.content_kinds) -> None:
        self.text = text
        segments = offsets.content_text(text, own_zones, content_kinds)[1]
        self.visible = [
            [i for i in range(s["source"], s["source"] + s["length"]) if text[i].strip()] for s in segments
        ]  # fmt: skip

    def draw(self, draw: st.DrawFn) -> dict[str, Any]:
        """Draw one span."""
        visible = draw(st.sampled_from(self.visible))
        first, last = sorted((draw(st.sampled_from(visible)), draw(st.sampled_from(visible))))
        return {"start": first, "end": last + 1, "text": self.text[first : last + 1]}


def _ids(draw: st.DrawFn) -> list[str]:
    """Draw distinct ids: some that Pactwire assigns itself, and some with a common beginning."""
    drawn = draw(st.lists(_NAMES, max_size=2))
    ids = list(dict.fromkeys([*_OWN_IDS, *(f"{name}{end}" for name in drawn for end in _ENDS)]))
    at = draw(st.integers(0, len(ids) - 1))
    return [*ids[at:], *ids[:at]]


@st.composite
def annotated(draw: st.DrawFn) -> Annotated:
    """Draw an article, its zones, and a document with any of the layers, nearly always with labels.

    Mentions nest and cross, claims share cues and mentions, claimants are in any order, and the target of a stance is
    a mention (maybe that of its holder), a claim or a topic.
    """
    before, after = draw(TEXTS), draw(TEXTS)
    text = before + ("" if draw(RARELY) else draw(st.sampled_from("x\U0001d538й"))) + after
    ids = _ids(draw)
    own_zones = zones(draw, text, ids)
    spans = Spans(text, own_zones)
    layers: dict[str, Any] = {"zones": own_zones} if draw(st.booleans()) else {}
    presence = dict(zip(SCHEMA.layers, draw(_LAYERS), strict=True))

    def several(layer: str) -> range:
        return range(draw(st.integers(1, 4)) if presence[layer] == "labels" and spans.visible else 0)

    if presence["entities"] != "missing":
        layers["entities"] = [_entity(draw, spans, ids.pop()) for _ in several("entities")]
    mentions = [entity["id"] for entity in layers.get("entities", [])]
    parties = st.sampled_from([*mentions, "AUTHOR", "UNNAMED", *mentions])
    if presence["claims"] != "missing":
        cues = [spans.draw(draw) for _ in range(2)] if spans.visible else []
        layers["claims"] = [_claim(draw, spans, ids.pop(), parties, cues) for _ in several("claims")]
    if presence["stances"] != "missing":
        targets = [*mentions, *(claim["id"] for claim in layers.get("claims", [])), *TOPICS]
        layers["stances"] = [_stance(draw, spans, ids.pop(), parties, targets) for _ in several("stances")]
    about = article(text)
    document = {
        "schema_version": "1", "article": about["id"], "text_sha256": about["source_sha256"],
        "guidelines": "1.0",
        "annotators": [{"id": name, "kind": "human", "name": None, "version": None} for name in ANNOTATORS],
        "status": {layer: draw(st.sampled_from(list(Status))) for layer in layers},
        "created": time(draw), "updated": time(draw), "derived_from": [], **layers,
    }  # fmt: skip
    return Annotated(about, own_zones, cast("Document", document))


def time(draw: st.DrawFn) -> str:
    """Draw a time of 2024."""
    return f"{datetime(2024, 1, 1) + timedelta(seconds=draw(_SECONDS)):%Y-%m-%dT%H:%M:%SZ}"


def _entity(draw: st.DrawFn, spans: Spans, name: str) -> dict[str, Any]:
    return {
        "id": name, **spans.draw(draw),
        "type": draw(_names("entities", "type")), "form": draw(_names("entities", "form")),
        "link": draw(st.sampled_from([None, *LINKS])),
        "metonym_of": draw(st.sampled_from([None, "Q159", "Q30"])), "by": draw(BY),
    }  # fmt: skip


def _claim(
    draw: st.DrawFn, spans: Spans, name: str, parties: st.SearchStrategy[str], cues: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": name, **spans.draw(draw),
        "claimants": draw(st.lists(parties, min_size=1, max_size=4, unique=True)),
        "cue": draw(st.sampled_from([None, *cues])),
        "type": draw(_names("claims", "type")), "commitment": draw(_names("claims", "commitment")),
        "checkworthy": draw(_names("claims", "checkworthy")),
        "normalized": draw(_NORMALIZED), "by": draw(BY),
    }  # fmt: skip


def _stance(
    draw: st.DrawFn, spans: Spans, name: str, parties: st.SearchStrategy[str], targets: list[str]
) -> dict[str, Any]:
    return {
        "id": name, **spans.draw(draw), "holder": draw(parties), "target": draw(st.sampled_from(targets)),
        "polarity": draw(_names("stances", "polarity")), "channel": draw(_names("stances", "channel")), "by": draw(BY),
    }  # fmt: skip
