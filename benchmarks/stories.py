"""Stories: quality on invented articles, cost per article, and grouping a million articles.

``python benchmarks/stories.py copies|events NUMBER`` groups arrays in a separate process, for `grouping`.
"""

import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from figures import MEGABYTE, Benchmark, Figure, Setting, peak
from pactwire.corpus import corpus
from pactwire.corpus.settings import Settings
from pactwire.model.records import CONTENT_KINDS
from pactwire.stories import article_vectors, event_features, near_duplicates, story_linkage, word_features
from pactwire.stories.article_features import FeatureExtractor
from pactwire.stories.event_features import WORD_CLASS
from pactwire.stories.shingles import shingle_set
from pactwire.stories.signatures import BANDS, SIGNATURE_BYTES, minhash_signatures
from pactwire.stories.story_linkage import LinkedUnit
from pactwire.stories.word_features import WordFeatures
from pactwire.text import offsets, zones

HERE: Final = Path(__file__).parent
SEEDS: Final = (11, 12, 13)
"""Not the seeds that the constants of pactwire.stories were tuned with: 1, 2 and 3."""
MILLION: Final = 1_000_000
LARGEST: Final = MILLION * 1_500

Pair = tuple[int, int]


def near_copies(setting: Setting) -> Iterator[Figure]:
    """Measure how many planted copies are found among pages with relatives that are no copies."""
    planted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    seeds = SEEDS[:1] if setting.small else SEEDS
    for seed in seeds:
        for how, number, of in _copies_of(seed, 100 if setting.small else 500):
            planted[how] += of
            found[how] += number
    for how in planted:
        share = found[how] / planted[how]
        detail = f"{found[how]:,} of {planted[how]:,}, seeds {', '.join(map(str, seeds))}"
        yield Figure(f"copies, {how}", share, "of all", "≥ 0.98", share >= 0.98, detail)


def _copies_of(seed: int, articles: int) -> Iterator[tuple[str, int, int]]:
    """Yield (how, found, planted) for each way of copying, then the same for precision.

    A copy is found if it is in one group with its original.
    """
    from support import planted

    pages = list(planted.copied_pages(seed, articles))
    texts = [offsets.content_text(each.text, zones.detect_zones(each.text), CONTENT_KINDS)[0] for each in pages]
    suspects = near_duplicates.find_candidates(minhash_signatures(texts))
    pairs = [
        (copy.left, copy.right)
        for copy in near_duplicates.verify_candidates(suspects, lambda row: shingle_set(texts[row]))
    ]
    group = _groups(len(pages), pairs)
    original = {page.article: row for row, page in enumerate(pages) if page.how in ("original", "relative")}
    for how in ("exact", "re-titled", "edited", "other furniture"):
        rows = [row for row, page in enumerate(pages) if page.how == how]
        yield how, sum(group[row] == group[original[pages[row].article]] for row in rows), len(rows)
    yield "precision", sum(pages[left].article == pages[right].article for left, right in pairs), len(pairs)


def event_figures(setting: Setting) -> Iterator[Figure]:
    """Measure recall and precision of stories on invented events in several languages, and how many groups tear."""
    extractor = FeatureExtractor(corpus.load_corpus(HERE.parent))
    for number in (60, 500) if setting.small else (60, 500, 3_000):
        of_stories, of_groups, torn, events, articles = Counter[str](), Counter[str](), 0, 0, 0
        for seed in SEEDS:
            truth, linked = _linked_events(seed, number, extractor)
            articles += len(truth)
            of_stories += _pair_counts(truth, [unit.story for unit in linked])
            of_groups += _pair_counts(truth, [unit.group for unit in linked])
            groups_of = defaultdict(set)
            for event, unit in zip(truth, linked, strict=True):
                groups_of[event].add(unit.group)
            torn += sum(len(groups) > 1 for groups in groups_of.values())
            events += len(groups_of)
        what = f"{articles:,} articles, seeds {', '.join(map(str, SEEDS))}"
        for name, of, aim in (("recall", "true", 0.5), ("precision", "found", 0.95)):
            share = of_stories["right"] / of_stories[of]
            detail = f"{of_stories['right']:,} of {of_stories[of]:,} pairs; {what}"
            yield Figure(f"events, {number:,} at a time, {name}", share, "of all", f"≥ {aim}", share >= aim, detail)
        share = of_groups["right"] / of_groups["true"]
        detail = f"{torn:,} of {events:,} events are in two groups or more; {what}"
        yield Figure(f"events, {number:,} at a time, pairs in one group", share, "of all", "none", True, detail)


def _linked_events(seed: int, number: int, extractor: FeatureExtractor) -> tuple[list[int], list[LinkedUnit]]:
    """Return the event of each article, and the story and group that it is linked to."""
    from support import planted

    articles = planted.event_articles(seed, number)
    texts, languages = [article.text for article in articles], [article.language for article in articles]
    codes = [
        event_features.encode(event_features.extract(article.text, article.language, extractor.known_names))
        for article in articles
    ]
    vectors = article_vectors.build_vectors(codes, word_features.extract_words(texts, languages), languages)
    days = np.zeros(len(articles), np.int32)
    linked, _ = story_linkage.link_units(range(len(articles)), [], vectors, days, Settings().caution)
    return [article.story for article in articles], linked


def _pair_counts(truth: Sequence[int], found: Sequence[int]) -> Counter[str]:
    """Return how many pairs are in one true set, in one found set, and in both."""
    sets: dict[str, Counter[Any]] = {
        "true": Counter(truth),
        "found": Counter(found),
        "right": Counter(zip(truth, found, strict=True)),
    }
    return Counter({name: sum(size * (size - 1) // 2 for size in each.values()) for name, each in sets.items()})


def _groups(number: int, pairs: Sequence[Pair]) -> list[int]:
    """Return the group of each article: its lowest row that pairs connect it to."""
    group = list(range(number))

    def root(row: int) -> int:
        while group[row] != row:
            group[row] = group[group[row]]
            row = group[row]
        return row

    for left, right in pairs:
        low, high = sorted((root(left), root(right)))
        group[high] = low
    return [root(row) for row in range(number)]


def costs(setting: Setting) -> Iterator[Figure]:
    """Measure processor time and memory per article before grouping."""
    data = corpus.load_corpus(HERE.parent)
    extractor = FeatureExtractor(data)
    texts = [extractor.extract(identity).text for identity in data.articles] * (4 if setting.small else 40)
    length = sum(map(len, texts)) / len(texts)
    what = f"articles of {length:,.0f} code points, processor time"
    words = _microseconds(lambda: [text.lower().split() for text in texts], len(texts))
    signed = _microseconds(lambda: minhash_signatures(texts), len(texts))
    yield Figure(
        "signature", signed, "µs an article", "≤ 500", signed <= 500, f"{what}; lower() and split() {words:.0f} µs"
    )
    clued = _microseconds(
        lambda: [event_features.encode(event_features.extract(text, "fr", extractor.known_names)) for text in texts],
        len(texts),
    )
    yield Figure("clues", clued, "µs an article", "≤ 2,000", clued <= 2_000, what)
    codes = sum(len(event_features.encode(extractor.extract(identity).features)) for identity in data.articles) / len(
        data.articles
    )
    size = SIGNATURE_BYTES + 4 * codes + 16
    detail = f"{SIGNATURE_BYTES} of the signature, 4 for each of {codes:.0f} clues, 16 for its end, language and day"
    yield Figure("arrays", size, "bytes an article", "≤ 500", size <= 500, detail)


def _microseconds(work: Callable[[], object], number: int) -> float:
    """Return the median processor time per article of three runs after a warm-up."""
    work()
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return median(times) / number * 1e6


def grouping(setting: Setting) -> Iterator[Figure]:
    """Measure processor time and peak memory of grouping many articles, each kind in a separate process."""
    for kind in GROUPED:
        for number in (20_000,) if setting.small else LARGEST_GROUPED[kind]:
            command = [sys.executable, str(Path(__file__)), kind, str(number)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout)
            detail = f"{number:,} articles in {found['seconds']:.1f} s of processor time; {found['what']}"
            each = found["seconds"] / number * 1e6
            yield Figure(f"{kind} of {number:,}, time", each, "µs an article", "≤ 200", each <= 200, detail)
            detail = f"all of the process; {found['start'] / MEGABYTE:.0f} MB before it began, arrays included"
            holds = found["peak"] <= LARGEST
            most = found["peak"] / MEGABYTE
            yield Figure(f"{kind} of {number:,}, memory", most, "MB", f"≤ {LARGEST / MEGABYTE:.0f}", holds, detail)


def _many_copies(number: int) -> Callable[[], str]:
    """Return a function that groups random signatures; every tenth shares half of its bands with another."""
    chance = np.random.default_rng(SEEDS[0])
    made = chance.integers(1, 2**32, (number, BANDS), dtype=np.uint32)
    for start in range(0, number, 100_000):
        some = np.arange(start, min(start + 100_000, number), 10)
        shared = chance.random((len(some), BANDS)) < 0.5
        made[some] = np.where(shared, made[chance.integers(0, number, len(some))], made[some])
    return lambda: f"{len(near_duplicates.find_candidates(made)):,} pairs to verify"


def _many_events(number: int) -> Callable[[], str]:
    """Return a function that finds stories and groups among articles with random features and words, two per event.

    An event has ten features and forty words of its own; each of its articles has seven and thirty of them, ten more
    common features and seventy more common words. The frequencies of all follow Zipf's law.
    """
    chance = np.random.default_rng(SEEDS[0])

    def drawn(rows: int, columns: int, most: int) -> npt.NDArray[np.uint32]:
        ranks = np.exp(chance.random((rows, columns), np.float32) * np.log(most)).astype(np.uint32)
        mixed: npt.NDArray[np.uint32] = ranks * np.uint32(0x9E3779B1) >> np.uint32(4) << np.uint32(4)
        return mixed

    def shared(own: int, kept: int, others: int, most: int, common: int) -> npt.NDArray[np.uint32]:
        of_event = drawn(number // 2, own, most)
        codes = np.concatenate(
            [np.repeat(of_event, 2, axis=0)[:, :kept], drawn(number // 2 * 2, others, common)], axis=1
        )
        codes[1::2, :kept] = of_event[:, own - kept :]
        return codes

    features = shared(10, 7, 10, 2**26, 2**12)
    features |= 2 + (features >> np.uint32(4)) % np.uint32(2) * np.uint32(6)
    words = shared(40, 30, 70, 2**18, 2**13) | np.uint32(WORD_CLASS)
    languages = [f"{language:02}" for language in chance.integers(0, 10, len(features)).tolist()]
    weights = np.ones(words.shape[1], np.float32)

    def group() -> str:
        unique = [np.unique(row) for row in words]
        vectors = article_vectors.build_vectors(
            [np.unique(row) for row in features],
            [WordFeatures(row, weights[: len(row)], weights[: len(row)] > 1) for row in unique],
            languages,
        )
        days = np.zeros(len(languages), np.int32)
        linked, pairs = story_linkage.link_units(range(len(languages)), [], vectors, days, Settings().caution)
        stories, groups = len({unit.story for unit in linked}), len({unit.group for unit in linked})
        return f"{len(pairs.left):,} pairs alike, {stories:,} stories, {groups:,} groups"

    return group


LARGEST_GROUPED: Final = {"copies": (200_000, MILLION), "events": (200_000,)}
"""How many articles are grouped; a million with words would need five times the memory of 200,000."""
GROUPED: Final[dict[str, Callable[[int], Callable[[], str]]]] = {"copies": _many_copies, "events": _many_events}


def _group(kind: str, number: int) -> None:
    work = GROUPED[kind](number)
    start, began = peak(), time.process_time()
    what = work()
    print(json.dumps({"seconds": time.process_time() - began, "start": start, "peak": peak(), "what": what}))


BENCHMARKS: Final[dict[str, Benchmark]] = {
    "story-copies": near_copies, "story-events": event_figures, "story-costs": costs, "story-grouping": grouping,
}  # fmt: skip


if __name__ == "__main__":
    _group(sys.argv[1], int(sys.argv[2]))
