"""How well do the suffixes of `pactwire suggest` bring forms of a name together, beside lemmatizers and a stemmer?

Names and their forms are those of the dictionaries of pymorphy3 (towns and family names in Russian, family names in
Ukrainian), which therefore knows all of them. Each way says whether a form belongs to its name, and whether it
belongs to the next name in the alphabet. Needs, beside the package: pymorphy3, pymorphy3-dicts-ru,
pymorphy3-dicts-uk, simplemma and snowballstemmer. Run as ``python benchmarks/endings.py``.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import pymorphy3
import simplemma
import snowballstemmer

from pactwire.storage.generated_blocks import markdown_table
from pactwire.text import suffixes
from pactwire.text.normalization import fold

MANY: Final = 1_500
"""Names that are looked at, and pairs of neighbours."""


def names(analyzer: Any) -> dict[tuple[str, int], set[str]]:
    """Return the forms of each name, by its first form and the paradigm it follows."""
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for word, tag, first, paradigm, _ in analyzer.dictionary.iter_known_words():
        marks = str(tag).lower()
        if "noun" in marks and ("geox" in marks or "surn" in marks) and "init" not in marks and "abbr" not in marks:
            found[first, paradigm].add(word)
    return found


def ways(language: str, analyzer: Any) -> dict[str, Callable[[str], set[str]]]:
    """Return what each way reduces a word to; two words belong together where they have one of these in common."""
    stemmer = snowballstemmer.stemmer("russian")
    return {
        "the same letters": lambda word: {fold(word)},
        "suffixes of pactwire": lambda word: set(suffixes.stems(fold(word), language)),
        "snowballstemmer (russian)": lambda word: {stemmer.stemWord(word)},
        "simplemma": lambda word: {simplemma.lemmatize(word, lang=language)},
        "pymorphy3": lambda word: {parse.normal_form for parse in analyzer.parse(word)},
    }


def main() -> None:
    """Print a row for each language and way."""
    rows = []
    for language in ("ru", "uk"):
        analyzer = pymorphy3.MorphAnalyzer(lang=language)
        forms = names(analyzer)
        keys = sorted(forms)
        chosen = random.Random(1).sample(keys, MANY)
        spelled: dict[str, set[str]] = defaultdict(set)
        for (first, _), words in forms.items():
            spelled[first] |= words
        firsts = sorted(spelled)
        places = random.Random(2).sample(range(len(firsts) - 1), MANY)
        pairs = [
            (firsts[at], min(spelled[firsts[at + 1]]))
            for at in places
            if not spelled[firsts[at]] & spelled[firsts[at + 1]]
        ]
        for name, reduce in ways(language, analyzer).items():
            own = [(key[0], form) for key in chosen for form in sorted(forms[key])]
            found = sum(not reduce(first).isdisjoint(reduce(form)) for first, form in own)
            mixed = sum(not reduce(first).isdisjoint(reduce(other)) for first, other in pairs)
            rows.append([language, name, len(own), found, len(pairs), mixed])
    print(markdown_table(["language", "method", "forms", "found", "neighbors", "confused"], rows))


if __name__ == "__main__":
    main()
