"""Unpacked Debian packages in, how often the language of a line is told right out, printed as Markdown.

The texts are translations that packages bring along: messages (gettext catalogues of evolution-common and
vlc-l10n) and paragraphs of manuals (gnome-user-docs). Fetch them with ``apt-get download``, unpack each with
``dpkg-deb -x PACKAGE.deb FOLDER``, then ``python benchmarks/languages.py FOLDER``.
"""

import gettext
import random
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from pactwire.text import languages

CODES: Final = tuple("uk bg ru be mk sr fr de en es it pl pt nl cs ro sv hu".split())  # noqa: SIM905
PAIRS: Final = (("fr", "en"), ("de", "en"), ("fr", "de"), ("es", "en"), ("uk", "en"), ("uk", "ru"), ("ru", "uk"))
SAMPLE: Final = 300
_ODD: Final = re.compile(r"[%<>{}\\@=/\n]|\d{3}")
_SENTENCE: Final = re.compile(r"\S.*?[.!?](?=\s|$)")
_PARAGRAPH: Final = "{http://projectmallard.org/1.0/}p"

Texts = dict[str, dict[str, list[str]]]


def messages(folder: Path, code: str) -> Iterator[str]:
    """The messages of a language that differ from the English ones; of English those that German ones stand for."""
    for path in sorted(folder.glob(f"usr/share/locale/{'de' if code == 'en' else code}/LC_MESSAGES/*.mo")):
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for key, translation in catalogue.items():
            english = key[0] if isinstance(key, tuple) else key
            text = english if code == "en" else translation
            if english and english != translation and not _ODD.search(text):
                yield " ".join(text.replace("_", "").replace("…", " ").split()).strip(" :.")


def paragraphs(folder: Path, code: str) -> set[str]:
    """The paragraphs of fifteen words and more of the manuals in a language."""
    texts = set()
    for path in folder.glob(f"usr/share/help/{code}/gnome-help/*.page"):
        for element in ET.parse(path).getroot().iter(_PARAGRAPH):
            text = " ".join("".join(element.itertext()).split())
            if text.count(" ") >= 14:
                texts.add(text)
    return texts


def gathered(folder: Path) -> Texts:
    """Samples for each language: lines of 1–3 and 4–8 words that no other language has, and paragraphs."""
    found = {code: {text for text in messages(folder, code) if sum(map(str.isalpha, text)) >= 3} for code in CODES}
    owners = Counter(text.lower() for texts in found.values() for text in {text.lower() for text in texts})
    english = paragraphs(folder, "C")
    texts: Texts = {}
    for code in CODES:
        own = sorted(text for text in found[code] if owners[text.lower()] == 1)
        long = english if code == "en" else paragraphs(folder, code) - english
        long = long if len(long) >= SAMPLE else long | {text for text in own if text.count(" ") >= 14}
        sizes = {
            "1–3 words": [text for text in own if text.count(" ") <= 2],
            "4–8 words": [text for text in own if 3 <= text.count(" ") <= 7],
            "paragraph": sorted(long),
        }
        texts[code] = {name: random.Random(1).sample(each, min(SAMPLE, len(each))) for name, each in sizes.items()}
    return texts


def alone(text: str, code: str, texts: Texts) -> str:
    """The language of a line by itself."""
    return languages.identify(text)[0]


def among(text: str, code: str, texts: Texts) -> str:
    """The language of a heading between paragraphs of its language, on a page in it."""
    before, after = random.Random(text).sample(texts[code]["paragraph"], 2)
    return languages.identify_page([before, text, after], [True, True, True]).lines[1]


def in_block(text: str, code: str, texts: Texts) -> str:
    """The language of a label among six others of its language, below an article in another one."""
    draw = random.Random(text)
    article = texts[draw.choice([other for other in CODES if other != code])]["paragraph"]
    labels = draw.sample(texts[code]["1–3 words"], 6)
    lines = [draw.choice(article), *labels[:3], text, *labels[3:]]
    return languages.identify_page(lines, [True] + [False] * 7).lines[4]


def remnants(texts: Texts, code: str, other: str, half: bool) -> tuple[int, int, int, int]:
    """Of so many paragraphs into which a sentence or half of one was put: found, found exactly, and wrong ones."""
    draw = random.Random(5)
    own, foreign = ([s for t in texts[c]["paragraph"] for s in _sentences(t)] for c in (code, other))
    found = exact = wrong = 0
    for _ in range(SAMPLE):
        first, split, last, *pure = draw.sample(own, 6)
        words = draw.choice(foreign).split()
        stays = split.split()[: len(split.split()) // 2] if half else []
        put = " ".join(words[len(words) // 2 :] if half else words)
        page = languages.identify_page([" ".join([first, *stays, put, last]), *pure], [True] * 4)
        line = " ".join([first, *stays, put, last])
        parts = [line[start:end] for start, end, language in page.parts[0] if language == other]
        found += any(2 * len(set(part.split()) & set(put.split())) > len(set(put.split())) for part in parts)
        exact += put in parts
        wrong += sum(map(bool, page.parts[1:]))
    return SAMPLE, found, exact, wrong


def _sentences(text: str) -> Iterator[str]:
    return (s for s in islice((m[0] for m in _SENTENCE.finditer(text)), 5) if 12 <= len(s.split()) <= 40)


def main(folder: Path) -> None:
    """Print two tables: shares of lines told right, and what of planted sentences was found."""
    texts = gathered(folder)
    ways: list[tuple[str, Callable[[str, str, Texts], str], tuple[str, ...]]] = [
        ("alone", alone, ("1–3 words", "4–8 words", "paragraph")),
        ("between paragraphs", among, ("1–3 words", "4–8 words")),
        ("among labels", in_block, ("1–3 words", "4–8 words")),
    ]
    columns = [(name, way, size) for name, way, sizes in ways for size in sizes]
    print("| language | " + " | ".join(f"{size}, {name}" for name, _, size in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    totals: dict[int, list[float]] = defaultdict(list)
    for code in CODES:
        for at, (_, way, size) in enumerate(columns):
            lines = texts[code][size]
            totals[at].append(sum(way(text, code, texts) == code for text in lines) / len(lines))
        print(f"| {code} | " + " | ".join(f"{totals[at][-1]:.2f}" for at in range(len(columns))) + " |")
    print("| mean | " + " | ".join(f"{sum(each) / len(each):.3f}" for each in totals.values()) + " |\n")
    print("| planted | in | found | exactly | wrong, of 900 pure lines |\n|---|---|---|---|---|")
    for half in (False, True):
        for code, other in PAIRS:
            count, found, exact, wrong = remnants(texts, code, other, half)
            name = f"{other}, {'half a sentence' if half else 'a sentence'}"
            print(f"| {name} | {code} | {found / count:.2f} | {exact / count:.2f} | {wrong} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
