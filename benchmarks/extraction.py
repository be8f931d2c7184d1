"""HTML pages with known bodies: how much of them Pactwire and trafilatura find, printed as Markdown.

``python benchmarks/extraction.py PAGES GOLD``: PAGES is a folder of pages ID.html.gz, GOLD is JSON lines (``.gz`` too)
of objects with ``id``, ``lang`` and ``body``. The score of a page is the F1 of its 4-grams as multisets: of words, or
of characters in scripts without spaces between words. A page that is refused counts 0.
"""

import gzip
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean
from typing import Any

import regex
import trafilatura

from pactwire.ingest import pages
from pactwire.ingest.input_records import IngestSettings, InputArticle
from pactwire.text import script_properties, zones
from pages import BODY

TOKEN = regex.compile(rf"{script_properties.UNSPACED}|(?:(?!{script_properties.UNSPACED})\w)+", regex.VERSION1)


def grams(text: str) -> Counter[tuple[str, ...]]:
    """The multiset of a text's 4-grams."""
    tokens = TOKEN.findall(text)
    return Counter(tuple(tokens[at : at + 4]) for at in range(max(1, len(tokens) - 3)) if tokens)


def f1(wanted: str, found: str) -> float:
    """The F1 of the 4-grams of two texts."""
    first, second = grams(wanted), grams(found)
    return 2 * (first & second).total() / max(1, first.total() + second.total())


def joined(text: str, found: list[Any]) -> str:
    """The text of the zones of the body."""
    return "\n".join(text[zone["start"] : zone["end"]] for zone in found if zone["kind"] in BODY)


def bodies(name: str, data: bytes) -> dict[str, str]:
    """The body of a page by each way; by the rules alone it is that of the page's visible text."""
    found = pages.read_page(name, 1, data, [], {}, IngestSettings())
    theirs = trafilatura.extract(data, include_comments=False) or ""
    if not isinstance(found, InputArticle):
        return {"pactwire": "", "trafilatura": theirs, "rules for plain text": ""}
    text, by_rule = found.properties["text"], zones.detect_zones(found.properties["text"])
    own = found.properties.get("zones") or by_rule
    return {
        "pactwire": joined(text, own), "trafilatura": theirs, "rules for plain text": joined(text, by_rule),
    }  # fmt: skip


def main(folder: Path, gold: Path) -> None:
    """Print a row for each language, and one for all pages."""
    data = gzip.decompress(gold.read_bytes()) if gold.suffix == ".gz" else gold.read_bytes()
    scores: dict[str, list[dict[str, float]]] = defaultdict(list)
    for page in map(json.loads, data.decode().splitlines()):
        html = gzip.decompress((folder / f"{page['id']}.html.gz").read_bytes())
        row = {name: f1(page["body"], body) for name, body in bodies(page["id"], html).items()}
        scores[page["lang"]].append(row)
        scores["all"].append(row)
    names = list(scores["all"][0])
    print("| language | pages |", " | ".join(names), "|\n|---|---|" + "---|" * len(names))
    for language, rows in sorted(scores.items(), key=lambda each: -len(each[1])):
        print(
            f"| {language} | {len(rows)} |", " | ".join(f"{mean(row[name] for row in rows):.3f}" for name in names), "|"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
