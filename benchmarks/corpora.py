"""A number and a seed to articles with labels, the same ones each time, and to a dataset's folder that holds them.

They have the size of a long news article: about 3,600 characters in 16 zones, 50 entities, 12 claims, 12 stances.
"""

import random
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire import files, jsontext, schemas
from pactwire.corpus import FINAL
from pactwire.records import AUTHOR, CONTENT_KINDS, FURNITURE_KINDS, ORIGINS, UNNAMED

CHECKOUT: Final = Path(__file__).parents[1]
SEED: Final = 1
DISTINCT: Final = 100
DRAFTER: Final = "bench-model"
TOPIC: Final = "topic:sanctions"
LINKS: Final = ("Q7184", "Q159", "Q30", None)

ZONES: Final = 16
FURNITURE: Final = (0, 8, 15)
"""Zones that are no content, one of them in the middle."""
WORDS: Final = 32
"""Words of a zone."""
ENTITIES: Final = 50
CLAIMS: Final = 12
STANCES: Final = 12

_WORDS: Final = [
    "Pyongyang",
    "Moscou",
    "НАТО",
    "Росія",
    "Путін",
    "Кім",
    "Seoul",
    "військові",
    "Nordkorea",
    "Soldaten",
    "troupes",
    "coréennes",
    "ООН",
    "санкції",
    "soldiers",
    "deployed",
    "near",
    "the",
    "border",
    "according",
    "to",
    "officials",
    "who",
    "said",
    "that",
    "it",
    "would",
    "не",
    "підтвердили",
    "інформацію",
    "hat",
    "am",
    "Montag",
    "erklärt",
    "dass",
    "la",
    "Corée",
    "du",
    "Nord",
    "enverrait",
    "des",
    "munitions",
    "🇰🇵",
    "北朝鮮",
    "the",
    "Ministry",
    "of",
    "Defence",
]


class Made(NamedTuple):
    """An article as a line of bulk input, and its document."""

    article: dict[str, Any]
    document: dict[str, Any]


class _Text:
    """A text in zones of one line, each of several words; ``words`` are (start, end) by zone."""

    def __init__(self, chance: random.Random) -> None:
        self.words: list[list[tuple[int, int]]] = []
        lines = []
        start = 0
        for _ in range(ZONES):
            words = [chance.choice(_WORDS) for _ in range(WORDS)]
            places = []
            for word in words:
                places.append((start, start + len(word)))
                start += len(word) + 1
            self.words.append(places)
            lines.append(" ".join(words))
            start += 1
        self.text = "\n\n".join(lines)

    def span(self, zone: int, first: int, length: int) -> dict[str, Any]:
        """Return the span of some words of a zone."""
        start, end = self.words[zone][first][0], self.words[zone][min(first + length, WORDS) - 1][1]
        return {"start": start, "end": end, "text": self.text[start:end]}


def make(number: int) -> Iterator[Made]:
    """Yield articles with valid documents of all layers; article ``n`` is the same whatever ``number`` is.

    Each has its own id, but only DISTINCT have a text and labels of their own.
    """
    for index in range(number):
        article, document = _article(index % DISTINCT)
        identity = f"{index:016x}"
        yield Made({**article, "id": identity}, {**document, "article": identity})


@cache
def _article(index: int) -> Made:
    chance = random.Random(f"{SEED} {index}")
    text = _Text(chance)
    kinds = [FURNITURE_KINDS[-1] if index in FURNITURE else CONTENT_KINDS[3] for index in range(ZONES)]
    by = {"by": [DRAFTER]}
    zones = []
    for index, kind in enumerate(kinds):
        whole = text.span(index, 0, WORDS)
        place = {"start": whole["start"], "end": whole["end"]}
        zones.append({"id": f"z{index}", **place, "kind": kind, "language": "en", "origin": ORIGINS[0], **by})
    content = [index for index in range(ZONES) if index not in FURNITURE]

    def span(longest: int) -> dict[str, Any]:
        length = chance.randint(max(1, longest // 2), longest)
        return text.span(chance.choice(content), chance.randrange(WORDS - length), length)

    def name(label_set: str) -> str:
        return chance.choice(schemas.names(label_set))

    entities = [
        {
            "id": f"e{index}", **span(2), "type": name("entity_type"), "form": name("form"),
            "link": chance.choice(LINKS), "metonym_of": None, **by,
        }
        for index in range(ENTITIES)
    ]  # fmt: skip
    parties = [*(entity["id"] for entity in entities), AUTHOR, UNNAMED]
    claims = [
        {
            "id": f"c{index}", **span(16), "claimants": chance.sample(parties, chance.randint(1, 2)),
            "cue": span(2) if chance.random() < 0.7 else None, "type": name("claim_type"),
            "commitment": name("commitment"), "checkworthy": name("checkworthy"),
            "normalized": f"Sentence {chance.randrange(10**6)} says in English what the claim says in any language.",
            **by,
        }
        for index in range(CLAIMS)
    ]  # fmt: skip
    targets = [*parties[:ENTITIES], *(claim["id"] for claim in claims), TOPIC]
    stances = [
        {
            "id": f"s{index}", **span(16), "holder": chance.choice(parties), "target": chance.choice(targets),
            "polarity": name("polarity"), "channel": name("channel"), **by,
        }
        for index in range(STANCES)
    ]  # fmt: skip
    layers = {"zones": zones, "entities": entities, "claims": claims, "stances": stances}
    document = {
        "schema_version": "1", "article": "", "text_sha256": files.sha256(text.text), "guidelines": "1.0",
        "annotators": [{"id": DRAFTER, "kind": "model", "name": None, "version": "1"}],
        "status": dict.fromkeys(layers, "draft"), "created": "2024-06-01T00:00:00Z", "updated": "2024-06-01T00:00:00Z",
        "derived_from": [], **layers,
    }  # fmt: skip
    return Made({"id": "", "text": text.text, "license": "none"}, document)


def dataset(root: Path, number: int) -> Path:
    """Make a dataset's folder of ``number`` articles with their final documents, and return it."""
    raw, documents = root / "dataset" / "raw" / "many.jsonl", root / "annotations" / FINAL / "many.jsonl"
    for path in (raw, documents):
        path.parent.mkdir(parents=True)
        with path.open("w", encoding="utf-8") as stream:
            for made in make(number):
                stream.write(jsontext.compact(made.article if path == raw else made.document) + "\n")
    rows = [f"{each:016x},{each:016x},train" for each in range(number)]
    files.write(root / "dataset" / "splits.csv", "\n".join(["article,story,split", *rows]) + "\n")
    for name in ("GUIDELINES.md", "topics.json", "links.tsv"):
        shutil.copy(CHECKOUT / "annotations" / name, root / "annotations" / name)
    return root
