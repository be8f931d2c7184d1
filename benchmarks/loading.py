"""Loading a built dataset, against the same columns as plain Parquet; and how long commands take to start."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from typing import Final

import corpora
from building import clean, watched
from figures import Benchmark, Figure, Setting, ratios

ARTICLES: Final = 80_000
"""They have over a million rows in the config entities."""
TIMES: Final = 5
STARTS: Final = 9
AT_ONCE: Final = 0.5
"""Seconds that still feel instant."""

LOAD: Final = """
import json, sys, time
from datasets import disable_progress_bars, load_dataset
disable_progress_bars()
*where, cache = sys.argv[1:]
times = []
for _ in range(2):
    start = time.perf_counter()
    found = load_dataset(*where, cache_dir=cache)
    times.append(time.perf_counter() - start)
print(json.dumps([sum(found.num_rows.values()), *times]))
"""
PLAIN: Final = """
import sys
from datasets import disable_progress_bars, load_dataset
disable_progress_bars()
for split, rows in load_dataset(sys.argv[1], "entities", cache_dir=sys.argv[2]).items():
    rows.to_parquet(f"{sys.argv[3]}/{split}.parquet")
"""
CARD: Final = """
import sys, time
from huggingface_hub import DatasetCard
start = time.perf_counter()
DatasetCard.load(sys.argv[1] + "/README.md")
print(time.perf_counter() - start)
"""
STREAM: Final = """
import sys, time
from datasets import load_dataset
start = time.perf_counter()
rows = load_dataset(sys.argv[1], "entities", split="train", streaming=True)
stream = iter(rows)
next(stream)
print(time.perf_counter() - start, flush=True)
import os
os._exit(0)
"""
LOOKUP: Final = """
import sys, time
import pyarrow.dataset as ds
start = time.perf_counter()
found = ds.dataset(sys.argv[1]).to_table(filter=ds.field("id") == sys.argv[2])
print(time.perf_counter() - start, found.num_rows)
"""


def loading(setting: Setting) -> Iterator[Figure]:
    """Load the entities of a million rows, cold and warm, stream them, and look one article up."""
    count = setting.scaled(ARTICLES, 4_000)
    root = corpora.bulk(setting.work / f"bulk-{count}", count)
    if not (root / "dataset" / "README.md").is_file():
        clean(root)
        watched(root, 2)
    work = setting.fresh("loading")
    dataset, plain = str(root / "dataset"), str(setting.fresh("plain"))
    _python(PLAIN, dataset, str(work / "cache"), plain)
    ours: list[list[float]] = []
    theirs: list[list[float]] = []
    for _ in range(TIMES):
        for found, where in ((ours, (dataset, "entities")), (theirs, (plain,))):
            cache = setting.fresh("loading-cache")
            os.sync()  # else a load waits for what the last one wrote
            found.append(json.loads(_python(LOAD, *where, str(cache))))
    rows, card = ours[0][0], median(float(_python(CARD, dataset)) for _ in range(TIMES))
    for at, name in ((1, "first load"), (2, "warm load")):
        mine, others = [each[at] for each in ours], [each[at] for each in theirs]
        samples = ratios(mine, others)
        yield Figure(
            f"{name} / plain Parquet", median(samples), "times", "at most 1", median(samples) <= 1,
            f"{rows:,} rows of entities, three splits: {median(mine):.3f} s against {median(others):.3f} s of a folder "
            f"with a file for each split, written by to_parquet; of ours, reading the card takes {card:.3f} s",
            samples,
        )  # fmt: skip
    first = [float(_python(STREAM, dataset)) for _ in range(TIMES)]
    yield Figure(
        "streaming, first row", median(first), "s", "under 1", median(first) < 1,
        f"from load_dataset to the first of {rows:,} rows", tuple(first),
    )  # fmt: skip
    articles = str(root / "dataset" / "data" / "articles")
    looked = [_python(LOOKUP, articles, f"{count // 2:016x}").split() for _ in range(TIMES)]
    times = tuple(float(seconds) for seconds, _ in looked)
    yield Figure(
        "look an article up by id", median(times), "s", "none", looked[0][1] == "1",
        f"among {count:,}, with a filter of pyarrow's over all files", times,
    )  # fmt: skip


def starting(setting: Setting) -> Iterator[Figure]:
    """Start the command line, and validate the five articles."""
    root = str(corpora.CHECKOUT)
    run = "from pactwire.cli.main import main; main()"
    nothing = [_seconds("pass") for _ in range(STARTS)]
    for name, arguments in (("--help", ["--help"]), ("validate, five articles", ["validate", "--root", root])):
        times = tuple(_seconds(run, *arguments) for _ in range(STARTS))
        yield Figure(
            f"pactwire {name}", median(times), "s", f"under {AT_ONCE}", median(times) < AT_ONCE,
            f"python -c pass takes {median(nothing):.3f} s", times,
        )  # fmt: skip


def _seconds(code: str, *arguments: str) -> float:
    from time import perf_counter

    start = perf_counter()
    _python(code, *arguments)
    return perf_counter() - start


def _python(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


BENCHMARKS: Final[dict[str, Benchmark]] = {"load": loading, "start": starting}
