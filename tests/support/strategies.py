"""Hypothesis strategies: whole articles over any Unicode text, their zones, and documents valid by every check.

Use `annotated`; LINKS and TOPICS are what `checks.check` has to be told of its documents.
"""

from itertools import pairwise
from typing import Any, NamedTuple, cast

from hypothesis import strategies as st

from pactwire import files, offsets, schemas
from pactwire.records import (
    AUTHOR,
    CONTENT_KINDS,
    FURNITURE_KINDS,
    UNNAMED,
    Article,
    Document,
    Origin,
    Status,
    Zone,
)

LINKS = ("Q7184", "Q159", "Q30", "NIL:suspilne")
TOPICS = ("topic:sanctions", "topic:war-in-ukraine", "topic:0")

_PIECES = [
    "Rutte", "НАТО ", "Corée  du\tNord", "\n", "\n\n", "a\u0301", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u00a0", "\u2028",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 ", "\ufeff", "\u00ad", "<b>&amp;</b>", "\\n", "\U0001d538", " ", "- ",
]  # fmt: skip
_NO_SURROGATES = st.characters(exclude_categories=["Cs"])
_CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t")
_TEXTS = st.lists(st.sampled_from(_PIECES) | st.text(_CHARACTERS, max_size=8), max_size=20).map("".join)
_IDS = (
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True)
    | st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: f"cue-{pair[0]}-{pair[1]}")
).filter(lambda name: name not in (AUTHOR, UNNAMED))
_ANNOTATORS = ("ana", "rules-1", "model_x")
_BY = st.lists(st.sampled_from(_ANNOTATORS), min_size=1, unique=True)
_LANGUAGES = st.sampled_from(["fr", "uk", "bg", "de", "und"])
_TIMES = st.datetimes().map(lambda time: f"{time:%m-%dT%H:%M:%SZ}").map(lambda time: f"2024-{time}")


class Annotated(NamedTuple):
    """An article, its zones, and a document of it that no check finds fault with."""

    article: Article
    zones: list[Zone]
    document: Document


def _names(label_set: str) -> st.SearchStrategy[str]:
    return st.sampled_from(schemas.names(label_set))


def article(text: str) -> Article:
    """Return an article of a source text."""
    sha = files.sha256(text)
    return Article(
        id=sha[:16], source_id=f"{sha[:16]}.txt", source_text=text, source_sha256=sha,
        section=None, published=None, url=None, license="none",
    )  # fmt: skip


def zones(draw: st.DrawFn, text: str, ids: list[str]) -> list[Zone]:
    """Cut a text into zones of all kinds, with three of four of them content; zones may span lines."""
    kinds = st.sampled_from(CONTENT_KINDS * 3 + FURNITURE_KINDS)
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=6))})
    found: list[Zone] = []
    for start, end in pairwise(cuts):
        piece = text[start:end]
        if piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            found.append(
                Zone(
                    id=ids.pop(),
                    start=first,
                    end=first + len(piece.strip()),
                    kind=draw(kinds),
                    language=draw(_LANGUAGES),
                    origin=draw(st.sampled_from(Origin)),
                    by=draw(_BY),
                )
            )
    return found


class _Spans:
    """Draws spans of the source text that lie in one segment, without white space at an edge."""

    def __init__(self, text: str, found: list[Zone]) -> None:
        self.text = text
        segments = offsets.content(text, found)[1]
        self.inked = [
            [i for i in range(s["source"], s["source"] + s["length"]) if text[i].strip()] for s in segments
        ]  # fmt: skip

    def draw(self, draw: st.DrawFn) -> dict[str, Any]:
        inked = draw(st.sampled_from(self.inked))
        first, last = sorted(draw(st.tuples(st.sampled_from(inked), st.sampled_from(inked))))
        return {"start": first, "end": last + 1, "text": self.text[first : last + 1]}


@st.composite
def annotated(draw: st.DrawFn) -> Annotated:
    """Draw an article, zones, and a document with any of the layers.

    Mentions nest and cross, claims share cues and mentions, claimants stand in any order, and a
    stance's target is a mention (its holder's too), a claim or a topic.
    """
    text = draw(_TEXTS)
    ids = draw(st.lists(_IDS, min_size=24, max_size=24, unique=True))
    found = zones(draw, text, ids)
    spans = _Spans(text, found)
    layers: dict[str, Any] = {"zones": found} if draw(st.booleans()) else {}
    size = st.integers(0, 5 if spans.inked else 0)
    if draw(st.booleans()):
        layers["entities"] = [_entity(draw, spans, ids.pop()) for _ in range(draw(size))]
    mentions = [each["id"] for each in layers.get("entities", [])]
    parties = st.sampled_from([*mentions, AUTHOR, UNNAMED])
    if draw(st.booleans()):
        cues = [spans.draw(draw) for _ in range(2)] if spans.inked else []
        layers["claims"] = [_claim(draw, spans, ids.pop(), parties, cues) for _ in range(draw(size))]
    if draw(st.booleans()):
        targets = [*mentions, *(claim["id"] for claim in layers.get("claims", [])), *TOPICS]
        layers["stances"] = [_stance(draw, spans, ids.pop(), parties, targets) for _ in range(draw(size))]
    about = article(text)
    document = {
        "schema_version": "1", "article": about["id"], "text_sha256": about["source_sha256"],
        "guidelines": "1.0",
        "annotators": [{"id": name, "kind": "human", "name": None, "version": None} for name in _ANNOTATORS],
        "status": {layer: draw(st.sampled_from(Status)) for layer in layers},
        "created": draw(_TIMES), "updated": draw(_TIMES), "derived_from": [], **layers,
    }  # fmt: skip
    return Annotated(about, found, cast("Document", document))


def _entity(draw: st.DrawFn, spans: _Spans, name: str) -> dict[str, Any]:
    return {
        "id": name, **spans.draw(draw), "type": draw(_names("entity_type")), "form": draw(_names("form")),
        "link": draw(st.none() | st.sampled_from(LINKS)),
        "metonym_of": draw(st.none() | st.sampled_from(["Q159", "Q30"])), "by": draw(_BY),
    }  # fmt: skip


def _claim(
    draw: st.DrawFn, spans: _Spans, name: str, parties: st.SearchStrategy[str], cues: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": name, **spans.draw(draw),
        "claimants": draw(st.lists(parties, min_size=1, max_size=4, unique=True)),
        "cue": draw(st.none() | st.sampled_from(cues)),
        "type": draw(_names("claim_type")), "commitment": draw(_names("commitment")),
        "checkworthy": draw(_names("checkworthy")),
        "normalized": draw(st.text(_NO_SURROGATES, min_size=1, max_size=40)), "by": draw(_BY),
    }  # fmt: skip


def _stance(
    draw: st.DrawFn, spans: _Spans, name: str, parties: st.SearchStrategy[str], targets: list[str]
) -> dict[str, Any]:
    return {
        "id": name, **spans.draw(draw), "holder": draw(parties), "target": draw(st.sampled_from(targets)),
        "polarity": draw(_names("polarity")), "channel": draw(_names("channel")), "by": draw(_BY),
    }  # fmt: skip
