"""The strategy for annotated texts draws what properties need: one whose draws have no labels tests nothing."""

import unicodedata
from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings

from pactwire.model.labels import document_labels
from pactwire.text import offsets
from pactwire.validation import integrity
from support.news import SCHEMA
from support.strategies import LINKS, TOPICS, Annotated, annotated

DRAWS = 100
SHARES = {
    "labels": 0.8,
    "entities": 0.3,
    "claims": 0.3,
    "stances": 0.3,
    "labels in every layer": 0.15,
    "an empty layer": 0.03,
    "a missing layer": 0.03,
    "a cue": 0.1,
    "a party in the document": 0.15,
    "a target in the document": 0.15,
    "a label by several": 0.3,
    "several segments": 0.05,
    "zones of its own": 0.1,
    "no zones of its own": 0.1,
    "an astral character before a label": 0.15,
    "an astral character in a label": 0.15,
    "a combining mark in a label": 0.01,
}
"""Traits of a draw, and the least share of draws that must have each: well below the usual share.

Hypothesis also draws constants of the loaded code, so the same seed gives other draws next to other tests.
"""


def traits(drawn: Annotated) -> dict[str, bool]:
    """Return which of SHARES a draw has."""
    document, source = drawn.document, drawn.article["source_text"]
    entities, claims, stances = (document_labels(document, layer) for layer in SCHEMA.layers)
    labels = [*entities, *claims, *stances]
    before = source[: max((label["start"] for label in labels), default=0)]
    words = "".join(label["text"] for label in labels)
    mentions = {entity["id"] for entity in entities}
    parties = {stance["holder"] for stance in stances}.union(*(claim["claimants"] for claim in claims))
    targets = {stance["target"] for stance in stances}
    return {
        "labels": bool(labels),
        "entities": bool(entities),
        "claims": bool(claims),
        "stances": bool(stances),
        "labels in every layer": bool(entities and claims and stances),
        "an empty layer": any(layer in document and not document_labels(document, layer) for layer in SCHEMA.layers),
        "a missing layer": any(layer not in document for layer in SCHEMA.layers),
        "a cue": any(claim["cue"] for claim in claims),
        "a party in the document": bool(parties & mentions),
        "a target in the document": bool(targets & mentions.union(claim["id"] for claim in claims)),
        "a label by several": any(len(label["by"]) > 1 for label in labels),
        "several segments": len(offsets.content_text(source, drawn.zones, SCHEMA.content_kinds)[1]) > 1,
        "zones of its own": "zones" in document,
        "no zones of its own": "zones" not in document,
        "an astral character before a label": max(before, default="") > "\uffff",
        "an astral character in a label": max(words, default="") > "\uffff",
        "a combining mark in a label": any(unicodedata.combining(character) for character in words),
    }  # fmt: skip


def test_draws_have_every_trait_often_enough() -> None:
    """Each layer, and each trait of texts and labels that code may get wrong, is in a good share of the draws."""
    counts: Counter[str] = Counter()

    @seed(1)
    @settings(max_examples=DRAWS, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(annotated())
    def draw(drawn: Annotated) -> None:
        assert integrity.check_document(drawn.document, drawn.article, drawn.zones, SCHEMA, LINKS, TOPICS) == []
        counts.update(trait for trait, holds in traits(drawn).items() if holds)

    draw()
    assert {trait: counts[trait] / DRAWS for trait in SHARES if counts[trait] < SHARES[trait] * DRAWS} == {}
