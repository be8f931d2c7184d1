"""An article to what it says of its event in no language: links, names, numbers, days and years."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pactwire.model.records import Entity
from pactwire.stories import names, numbers
from pactwire.stories.names import KnownNames

LINK, NAME = "link", "name"
KINDS: Final = (LINK, NAME, numbers.DAY, numbers.YEAR, numbers.NUMBER)

PRIOR_CHANCES: Final = (0.0005, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.01, 0.04)
"""How likely an article is to hold a clue of each class, before anything was counted."""
FIRST_NAME_CLASS: Final = 8
"""The first of the classes that are names."""
_CLASS_BY_KIND: Final = {LINK: 9, NAME: 8, numbers.DAY: 2, numbers.YEAR: 7}
CLASS_BITS: Final = 4

FeatureCodes = npt.NDArray[np.uint32]
"""Clues as numbers: the class of their chance in the lower CLASS_BITS, a hash in the others."""


class Feature(NamedTuple):
    """Something that articles of one event share; ``value`` is the same in all languages."""

    kind: str
    value: str


def extract(
    text: str, language: str, known: KnownNames, mentions: Iterable[Entity] | None = None
) -> dict[Feature, str]:
    """Return the clues of a content text, each with its first form there.

    ``mentions`` are the labelled entities (offsets in the content text), None where nobody labelled them;
    then links are those of ``known`` names found. Names are words written like names that belong to no link
    and no day.
    """
    parts = names.letter_words(text)
    found: dict[Feature, str] = {}
    if mentions is None:
        spans = [(name.start, name.end, name.link) for name in known.find_mentions(parts)]
    else:
        spans = [(each["start"], each["end"], each["link"]) for each in mentions if each["link"]]
    for start, end, link in spans:
        found.setdefault(Feature(LINK, link), text[start:end])
    named = list(numbers.find_numbers(text, language))
    for figure in named:
        found.setdefault(Feature(figure.kind, figure.value), text[figure.start : figure.end])
    taken = {place for start, end, _ in spans for place in range(start, end)}
    taken.update(place for figure in named for place in range(figure.start, figure.end))
    small = {part.text for part in parts if part.text.islower()}
    for part in parts:
        if part.start not in taken and names.looks_like_name(part.text) and part.text.lower() not in small:
            key = names.name_key(part.text)
            if names.is_distinctive(key):
                found.setdefault(Feature(NAME, key), part.text)
    return found


def encode(found: Mapping[Feature, str]) -> FeatureCodes:
    """Return the clues of an article as numbers, sorted."""
    return np.array(sorted({encode_one(clue) for clue in found}), np.uint32)


@lru_cache(maxsize=200_000)
def encode_one(clue: Feature) -> int:
    """Return a clue's number: the same on every machine."""
    digest = blake2b(f"{clue.kind} {clue.value}".encode(), digest_size=4).digest()
    number = int.from_bytes(digest, "big") >> CLASS_BITS << CLASS_BITS
    return number | (_number_class(clue.value) if clue.kind == numbers.NUMBER else _CLASS_BY_KIND[clue.kind])


def _number_class(value: str) -> int:
    """Return the class of a number: rounder and smaller ones are met more often."""
    digits = value.replace(".", "").strip("0")
    precision, size = len(digits), len(value.partition(".")[0])
    return max(0, 7 - 2 * (precision - 1) - max(0, size - 2))
