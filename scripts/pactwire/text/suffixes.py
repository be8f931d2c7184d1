"""Suffix tables, and the stems of a folded word: inflected forms of one name have a stem in common.

The suffixes are those of school grammars: case and adjective endings of Slavic languages, the articles that
Bulgarian and Macedonian join to a word, gender and number of French adjectives. There is no dictionary.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from pactwire.text.normalization import fold

CYRILLIC: Final = "Cyrl"
"""Key of the suffixes of all languages written in Cyrillic: they differ little, and names travel between them."""

MIN_STEM: Final = 3
"""Least letters of a stem."""

MIN_PLACE_STEM: Final = 4
"""Least letters of a place's stem before the suffix of its adjective."""


class SuffixTable(NamedTuple):
    """Suffixes of nouns, of adjectives, and those that turn the stem of a place into that of its adjective."""

    noun: tuple[str, ...]
    adjective: tuple[str, ...]
    place: tuple[str, ...]


def _suffix_table(noun: str, adjective: str, place: str) -> SuffixTable:
    return SuffixTable(*(tuple(dict.fromkeys(map(fold, words.split()))) for words in (noun, adjective, place)))


_CYRILLIC_ADJECTIVE: Final = (
    "ий ій ый ой ого ого его ього ому ему ьому им ім ым ом ем их іх ых ими іми ыми ої ою ею ая яя ую юю ое ее ые ие "
    "а я у ю е є и і о ия ият ата ото ите та то те иот ог"
)
_CYRILLIC_NOUN: Final = (
    "а я у ю і ї и ы е є о ь й ой ей ою ею єю ом ем єм ові еві єві ам ям ами ями ах ях ът ят та то те"
)
_CYRILLIC_CASE: Final = "ами ями ові еві єві ого ому его ему ої ою ею єю ой ом ем єм им ым ім ах ях ът та то"
_POLISH_ADJECTIVE: Final = "a ą e i y ie iego iemu im imi ich iej ego emu ym ymi ych ej"
_POLISH_NOUN: Final = "a ą e ę i y o u em ie iem om owi ów ami ach ię ią"

SUFFIX_TABLES: Final = {
    CYRILLIC: _suffix_table(
        f"{_CYRILLIC_NOUN} {_CYRILLIC_ADJECTIVE}",
        _CYRILLIC_ADJECTIVE,
        "ськ ск йськ йск ійськ ийск анськ анск янськ янск",
    ),
    "de": _suffix_table("s", "e en er es em", "isch anisch esisch"),
    "en": _suffix_table("", "s", "n an ian ean ese"),
    "es": _suffix_table("", "s a as o os", "ian an es"),
    "fr": _suffix_table("", "s e es ne nes", "ien en ais ois ain éen"),
    "it": _suffix_table("", "a e i o", "ian an es"),
    "pl": _suffix_table(f"{_POLISH_NOUN} {_POLISH_ADJECTIVE}", _POLISH_ADJECTIVE, "sk jsk yjsk ijsk ańsk"),
}
"""Suffixes by language; a language that is neither here nor in Cyrillic has none."""

CASE_SUFFIXES: Final = tuple(_CYRILLIC_CASE.split())
"""The noun suffixes in Cyrillic that ``name_keys.consonant_key`` removes; of most others it drops the vowels anyway."""

CAPITALIZED_NOUN_LANGUAGES: Final = ("de", "lb")
"""Languages where a capital marks no name, and a capitalized adjective is the name of a language."""

_HANGUL_PARTICLES: Final = (
    "은 는 이 가 을 를 의 에 에서 에게 에겐 에는 에도 께서 와 과 랑 이랑 하고 도 만 로 으로 로서 으로서 로부터 "
    "으로부터 부터 까지 나 이나 라고 이라고 라는 이라는 측"
)
HANGUL_PARTICLES: Final = frozenset(_HANGUL_PARTICLES.split())
"""Particles that Korean joins to a name, as school grammars list them, and 측, the side of somebody."""

_NO_SUFFIXES: Final = SuffixTable((), (), ())
_IS_CYRILLIC: Final = re.compile("[а-ӿ]")
_FLEETING_VOWEL: Final = re.compile(r"(?<=[^аеєиіїоуюяыэ'ь])[оеє]([^аеєиіїоуюяыэйв'ь]ь?)$")
_CLOSED_SYLLABLE: Final = {"ів": "ов", "їв": "єв"}
_PLURAL: Final = re.compile("(?:ами|ями|ам|ям|ах|ях|и|ы|і|ї|ов|ев|ів|їв)$")
"""Plural suffixes. The last four only mark plurals: Савинов is another family than Савин."""

_SOFTENED: Final = {"ц": "к", "з": "г", "с": "х"}


def is_cyrillic(word: str) -> bool:
    """Return whether a folded word begins with a Cyrillic letter."""
    return _IS_CYRILLIC.match(word) is not None


def suffixes_of(word: str, language: str) -> SuffixTable:
    """Return the suffixes that a folded word may have."""
    return SUFFIX_TABLES[CYRILLIC] if is_cyrillic(word) else SUFFIX_TABLES.get(language, _NO_SUFFIXES)


@lru_cache(maxsize=65_536)
def stems(word: str, language: str, adjective: bool = False, shortest: int = MIN_STEM) -> tuple[str, ...]:
    """Return the stems that a folded word may have: itself first, then those of at least ``shortest`` letters.

    In Cyrillic, three changes inside the stem are undone: a vowel that drops out (Єгипет, Єгипту), і in a closed
    syllable (Київ, Києва), and к, г, х before і (Америка, Америці). A plural's stem ends in ``+``.

    Args:
        word: A folded word.
        language: ISO 639-1 code of the text; Cyrillic has one table for all languages.
        adjective: Take the word for an adjective, not a noun.
        shortest: Least letters of a stem.
    """
    table = suffixes_of(word, language)
    candidates = dict.fromkeys([word, *_strip_suffixes(word, table.adjective if adjective else table.noun)])
    if table is SUFFIX_TABLES[CYRILLIC] and not adjective:
        candidates |= dict.fromkeys(_undo_stem_changes(word))
    return tuple(stem for stem in candidates if len(stem.rstrip("+")) >= shortest or stem == word)


def _strip_suffixes(word: str, table: tuple[str, ...]) -> Iterator[str]:
    for suffix in table:
        if word.endswith(suffix):
            yield word[: -len(suffix)]


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
    """Return the stems of a place's name that adjectives are formed from: with and without their final vowels."""
    candidates: dict[str, None] = {}
    for stem in stems(word, language):
        candidates |= {stem: None, stem.rstrip("aeiouyаеєиіїоуюяй'ьј"): None}
    return tuple(stem for stem in candidates if len(stem) >= MIN_PLACE_STEM)


@lru_cache(maxsize=65_536)
def adjective_place_stems(word: str, language: str) -> tuple[str, ...]:
    """Return the stems of the places that a word may be an adjective of."""
    table = suffixes_of(word, language)
    candidates = dict.fromkeys(
        place for stem in stems(word, language, adjective=True) for place in _strip_suffixes(stem, table.place)
    )
    return tuple(place for place in candidates if len(place) >= MIN_PLACE_STEM)
