"""Pages with known body text in, how well zones by rule find it and what they cost, printed as Markdown.

``python benchmarks/pages.py PAGES [GOLD]``: PAGES is JSON lines (``.gz`` too) of objects with ``id``, ``text`` and
lists of snippets ``keep`` and ``drop``; GOLD is JSON from page ids to the body's lines, as half-open pairs of
numbers of lines that hold text, from 0. Every third page, by its number in the file, was kept out of all tuning.
"""

import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pactwire.model.records import CONTENT_KINDS
from pactwire.text import langid, zones
from pactwire.text.line_features import PageLine, split_lines

BODY: Final = ("lead", "heading", "body")

Page = dict[str, Any]
Gold = dict[str, list[tuple[int, int]]]
Chooser = Callable[[Page, Sequence[PageLine]], Collection[int]]


def read(path: Path) -> list[Page]:
    """The pages of a file in order, each with whether it was kept out of tuning."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    pages = [json.loads(line) for line in data.decode().splitlines()]
    return [{**page, "kept out": number % 3 == 0} for number, page in enumerate(pages)]


def grams(text: str) -> Counter[tuple[str, ...]]:
    """The multiset of a text's word 4-grams."""
    words = text.split()
    return Counter(tuple(words[at : at + 4]) for at in range(len(words) - 3)) or Counter([tuple(words)])


def joined(lines: Sequence[PageLine], chosen: Collection[int]) -> str:
    """The chosen lines as one text with single spaces."""
    return " ".join(" ".join(line.text.split()) for at, line in enumerate(lines) if at in chosen)


def by_kind(kinds: Collection[str]) -> Chooser:
    """A chooser of the lines that zones by rule give one of these kinds."""

    def chosen(page: Page, lines: Sequence[PageLine]) -> set[int]:
        return {at for at, kind in enumerate(zones.line_kinds(lines)) if kind in kinds}

    return chosen


def body(pages: Iterable[Page], gold: Gold, choose: Chooser) -> tuple[float, float, float, int]:
    """Mean precision and recall of word 4-grams, the F1 of the two, and the number of pages."""
    precision = recall = 0.0
    count = 0
    for page in pages:
        if page["id"] in gold:
            lines = split_lines(page["text"])
            wanted = grams(joined(lines, {at for start, end in gold[page["id"]] for at in range(start, end)}))
            given = grams(joined(lines, choose(page, lines)))
            shared = (wanted & given).total()
            precision += shared / given.total()
            recall += shared / wanted.total()
            count += 1
    precision, recall = precision / count, recall / count
    return precision, recall, 2 * precision * recall / (precision + recall), count


def snippets(pages: Iterable[Page], choose: Chooser) -> tuple[float, float]:
    """The shares of the snippets to keep that were kept, and of those to drop that were dropped."""
    kept: list[bool] = []
    dropped: list[bool] = []
    for page in pages:
        lines = split_lines(page["text"])
        everything, chosen = joined(lines, range(len(lines))), joined(lines, choose(page, lines))
        for name, results, expected in (("keep", kept, True), ("drop", dropped, False)):
            found = [" ".join(snippet.split()) for snippet in page[name]]
            results += [(snippet in chosen) == expected for snippet in found if snippet in everything]
    return sum(kept) / len(kept), sum(dropped) / len(dropped)


def table(pages: list[Page], gold: Gold, choosers: dict[str, Chooser]) -> None:
    """Print a row for each chooser and part of the pages."""
    print("| lines | pages | kept | dropped | precision | recall | F1 |\n|---|---|---|---|---|---|---|")
    for name, choose in choosers.items():
        for part in (False, True):
            mine = [page for page in pages if page["kept out"] == part]
            kept, dropped = snippets(mine, choose)
            row = f"| {name} | {len(mine)} {'kept out' if part else 'tuned on'} | {kept:.3f} | {dropped:.3f} |"
            if gold:
                precision, recall, f1, count = body(mine, gold, choose)
                row += f" {precision:.3f} | {recall:.3f} | {f1:.3f} on {count} |"
            print(row if gold else row + " | | |")


def cost(pages: Sequence[Page], repeats: int = 3) -> None:
    """Print the processor time of a page, and of telling the languages of its lines together and one by one."""
    theirs = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    theirs.set_languages(list(langid.supported_languages()))
    texts = [[line.text[:300] for line in split_lines(page["text"]) if line.size >= 40] for page in pages]
    ways: dict[str, Callable[[], object]] = {
        "zones of a page": lambda: [zones.detect_zones(page["text"]) for page in pages],
        "of these, kinds of lines": lambda: [zones.line_kinds(split_lines(page["text"])) for page in pages],
        "languages of all lines of 40 letters, together": lambda: [langid.evidence(each).guesses() for each in texts],
        "the same by py3langid, one by one": lambda: [[theirs.rank(text) for text in each] for each in texts],
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(repeats):
        for name, way in ways.items():
            start = time.process_time()
            way()
            best[name] = min(best[name], time.process_time() - start)
    print("\n| processor time for a page | ms |\n|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {1000 * seconds / len(pages):.2f} |")


def main(path: Path, gold_path: Path | None) -> None:
    """Print the tables."""
    pages = read(path)
    gold: Gold = json.loads(gold_path.read_text()) if gold_path else {}
    table(pages, gold, {"body": by_kind(BODY), "all content": by_kind(CONTENT_KINDS), "everything": _everything})
    cost(pages[::3])


def _everything(page: Page, lines: Sequence[PageLine]) -> Collection[int]:
    return range(len(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
