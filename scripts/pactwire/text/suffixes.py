"""A folded word and its language to the stems it may have, so that inflected forms of a name meet in one of them.

The endings are those of school grammars: case and adjective endings of Slavic languages, the articles that
Bulgarian and Macedonian join to a word, gender and number of French adjectives. Nothing is looked up: two words
are forms of one where they have a stem in common that is long enough.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from pactwire.text.normalization import fold

CYRILLIC: Final = "Cyrl"
"""Key of the endings of all languages written in Cyrillic: they differ little, and names wander between them."""

MIN_STEM: Final = 3
"""Letters that a stem needs."""

MIN_PLACE_STEM: Final = 4
"""Letters that the stem of a place needs before the ending of its adjective."""


class SuffixTable(NamedTuple):
    """What may follow the stem of a name, that of an adjective, and what makes a place's stem an adjective's."""

    noun: tuple[str, ...]
    adjective: tuple[str, ...]
    place: tuple[str, ...]


def _suffix_table(name: str, adjective: str, place: str) -> SuffixTable:
    def folded(words: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(fold, words.split())))

    return SuffixTable(folded(name), folded(adjective), folded(place))


_CYRILLIC_ADJECTIVE: Final = (
    "ий ій ый ой ого ого его ього ому ему ьому им ім ым ом ем их іх ых ими іми ыми ої ою ею ая яя ую юю ое ее ые ие "
    "а я у ю е є и і о ия ият ата ото ите та то те иот ог"
)
_CYRILLIC_NAME: Final = (
    "а я у ю і ї и ы е є о ь й ой ей ою ею єю ом ем єм ові еві єві ам ям ами ями ах ях ът ят та то те"
)
_POLISH_ADJECTIVE: Final = "a ą e i y ie iego iemu im imi ich iej ego emu ym ymi ych ej"
_POLISH_NAME: Final = "a ą e ę i y o u em ie iem om owi ów ami ach ię ią"

SUFFIX_TABLES: Final = {
    CYRILLIC: _suffix_table(
        f"{_CYRILLIC_NAME} {_CYRILLIC_ADJECTIVE}",
        _CYRILLIC_ADJECTIVE,
        "ськ ск йськ йск ійськ ийск анськ анск янськ янск",
    ),
    "de": _suffix_table("s", "e en er es em", "isch anisch esisch"),
    "en": _suffix_table("", "s", "n an ian ean ese"),
    "es": _suffix_table("", "s a as o os", "ian an es"),
    "fr": _suffix_table("", "s e es ne nes", "ien en ais ois ain éen"),
    "it": _suffix_table("", "a e i o", "ian an es"),
    "pl": _suffix_table(f"{_POLISH_NAME} {_POLISH_ADJECTIVE}", _POLISH_ADJECTIVE, "sk jsk yjsk ijsk ańsk"),
}
"""Endings by language; a language that is not here, and not in Cyrillic, has none."""

CAPITALIZED_NOUN_LANGUAGES: Final = ("de", "lb")
"""Languages where a capital tells no name, and an adjective in capitals is a language's name."""

_NO_SUFFIXES: Final = SuffixTable((), (), ())
_IS_CYRILLIC: Final = re.compile("[а-ӿ]")
_FLEETING_VOWEL: Final = re.compile(r"(?<=[^аеєиіїоуюяыэ'ь])[оеє]([^аеєиіїоуюяыэйв'ь]ь?)$")
_CLOSED_SYLLABLE: Final = {"ів": "ов", "їв": "єв"}
_PLURAL: Final = re.compile("(?:ами|ями|ам|ям|ах|ях|и|ы|і|ї|ов|ев|ів|їв)$")
"""Endings of the plural. The last four stand for these only: Савинов is another family than Савин."""

_SOFTENED: Final = {"ц": "к", "з": "г", "с": "х"}


def is_cyrillic(word: str) -> bool:
    """Say whether a folded word begins with a Cyrillic letter."""
    return _IS_CYRILLIC.match(word) is not None


def suffixes_of(word: str, language: str) -> SuffixTable:
    """Return the endings that a folded word may have."""
    return SUFFIX_TABLES[CYRILLIC] if is_cyrillic(word) else SUFFIX_TABLES.get(language, _NO_SUFFIXES)


@lru_cache(maxsize=65_536)
def stems(word: str, language: str, adjective: bool = False, shortest: int = MIN_STEM) -> tuple[str, ...]:
    """Return the stems that a folded word may have, itself first, each of at least ``shortest`` letters.

    In Cyrillic three changes of the stem itself are undone: a vowel that falls out (Єгипет, Єгипту), і in a closed
    syllable (Київ, Києва), and к, г, х before і (Америка, Америці). A stem with ``+`` is that of a plural.
    """
    table = suffixes_of(word, language)
    found = dict.fromkeys([word, *_strip_suffixes(word, table.adjective if adjective else table.noun)])
    if table is SUFFIX_TABLES[CYRILLIC] and not adjective:
        found |= dict.fromkeys(_undo_stem_changes(word))
    return tuple(stem for stem in found if len(stem.rstrip("+")) >= shortest or stem == word)


def _strip_suffixes(word: str, table: tuple[str, ...]) -> Iterator[str]:
    for ending in table:
        if word.endswith(ending):
            yield word[: -len(ending)]


def _undo_stem_changes(word: str) -> Iterator[str]:
    if (fleeting := _FLEETING_VOWEL.sub(r"\1", word)) != word:
        yield fleeting.removesuffix("ь")
    if (plural := _PLURAL.sub("+", word)) != word:
        yield plural
    if word[-2:] in _CLOSED_SYLLABLE:
        yield word[:-2] + _CLOSED_SYLLABLE[word[-2:]]
    if word[-1:] == "і" and word[-2:-1] in _SOFTENED:
        yield word[:-2] + _SOFTENED[word[-2]]


@lru_cache(maxsize=65_536)
def place_stems(word: str, language: str) -> tuple[str, ...]:
    """Return the stems of a place's name, vowels at their ends cut off too, from which adjectives are made."""
    found: dict[str, None] = {}
    for stem in stems(word, language):
        found |= {stem: None, stem.rstrip("aeiouyаеєиіїоуюяй'ьј"): None}
    return tuple(stem for stem in found if len(stem) >= MIN_PLACE_STEM)


@lru_cache(maxsize=65_536)
def adjective_place_stems(word: str, language: str) -> tuple[str, ...]:
    """Return the stems of the places that a word may be the adjective of."""
    table = suffixes_of(word, language)
    found = dict.fromkeys(
        place for stem in stems(word, language, adjective=True) for place in _strip_suffixes(stem, table.place)
    )
    return tuple(place for place in found if len(place) >= MIN_PLACE_STEM)
