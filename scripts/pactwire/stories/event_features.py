"""Features of an article's event that are the same in all languages: links, names, numbers, days and years."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pactwire.stories import numbers
from pactwire.stories.known_names import KnownNames, LinkedMention, letter_words, looks_like_name
from pactwire.text.name_keys import consonant_key, is_distinctive

LINK, NAME = "link", "name"
KINDS: Final = (LINK, NAME, numbers.DAY, numbers.YEAR, numbers.NUMBER)

PRIOR_CHANCES: Final = (0.0005, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.01, 0.04)
"""Prior probability, by class, that an article has a given feature."""
FIRST_NAME_CLASS: Final = 8
"""This class and those after it are names."""
_CLASS_BY_KIND: Final = {LINK: 9, NAME: 8, numbers.DAY: 2, numbers.YEAR: 7}
CLASS_BITS: Final = 4
WORD_CLASS: Final = 15
"""The class of the codes of `word_features`."""

FeatureCodes = npt.NDArray[np.uint32]
"""Features as numbers: their class in the lower CLASS_BITS, a hash in the others."""


class Feature(NamedTuple):
    """What articles on one event share; ``value`` is the same in all languages."""

    kind: str
    value: str


def extract(
    text: str, language: str, known: KnownNames, mentions: Iterable[LinkedMention] | None = None
) -> dict[Feature, str]:
    """Return the features of a content text, each as first written there.

    Names are words written like names that are neither in a mention with a link nor in a number or day.

    Args:
        text: The content text.
        language: ISO 639-1 code of the language that most of the text is in.
        known: Names that are found where nobody labeled the text.
        mentions: Its labeled names with a link, in offsets of the content text; None if nobody labeled them.
    """
    words = letter_words(text)
    features: dict[Feature, str] = {}
    linked = list(known.find_mentions(words) if mentions is None else mentions)
    for mention in linked:
        features.setdefault(Feature(LINK, mention.link), text[mention.start : mention.end])
    numbers_found = list(numbers.find_numbers(text, language))
    for number in numbers_found:
        features.setdefault(Feature(number.kind, number.value), text[number.start : number.end])
    taken = {at for mention in linked for at in range(mention.start, mention.end)}
    taken.update(at for number in numbers_found for at in range(number.start, number.end))
    lowercase = {word.text for word in words if word.text.islower()}
    for word in words:
        if word.start not in taken and looks_like_name(word.text) and word.text.lower() not in lowercase:
            key = consonant_key(word.text)
            if is_distinctive(key):
                features.setdefault(Feature(NAME, key), word.text)
    return features


def encode(features: Mapping[Feature, str]) -> FeatureCodes:
    """Return the codes of an article's features, sorted."""
    return np.array(sorted(set(map(encode_one, features))), np.uint32)


@lru_cache(maxsize=200_000)
def encode_one(feature: Feature) -> int:
    """Return the code of a feature; it is the same on every machine."""
    digest = blake2b(f"{feature.kind} {feature.value}".encode(), digest_size=4).digest()
    code = int.from_bytes(digest, "big") >> CLASS_BITS << CLASS_BITS
    return code | (_number_class(feature.value) if feature.kind == numbers.NUMBER else _CLASS_BY_KIND[feature.kind])


def _number_class(value: str) -> int:
    """Return the class of a number: the rounder and smaller, the more common."""
    digits = value.replace(".", "").strip("0")
    precision, size = len(digits), len(value.partition(".")[0])
    return max(0, 7 - 2 * (precision - 1) - max(0, size - 2))
