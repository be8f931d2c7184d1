"""Building: its throughput against what its calls cost alone and against a plain script, two workers, and memory.

``build`` compares on one shard, in turns; ``build-20k`` and ``build-200k`` build that many articles, and ``build-1m``
a million between two builds of 200,000.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median
from typing import Final

import corpora
import shares
from figures import MEGABYTE, Benchmark, Figure, Setting, as_command, race, ratios, spread
from pactwire.build.shards import ARTICLES_PER_SHARD
from pactwire.card import dataset_folder
from pactwire.corpus import corpus

TIMES: Final = 5
PLAIN: Final = 1000
"""Articles of the plain script."""
MANY: Final = 200_000
"""Articles of which a single one changes."""
HERE: Final = Path(__file__).parent


def bare(setting: Setting) -> Iterator[Figure]:
    """Build one shard, against parsing, hashing, splitting sentences and writing Parquet alone, and a plain script."""
    number, articles = setting.scaled(ARTICLES_PER_SHARD, 256), setting.scaled(PLAIN, 100)
    root = corpora.bulk(setting.work / f"bulk-{number}", number)
    target = setting.fresh("bare")
    ours, calls, checked, plain = [], [], [], []
    for _ in range(TIMES):
        clean(root)  # what was found in the files before is remembered
        ours.append(_seconds("once.py", root, 1, target / "ours"))
        calls.append(_seconds("bare.py", root, target / "ours", target / "theirs"))
        checked.append(_seconds("needed.py", root, target / "ours") + calls[-1])
        plain.append(_seconds("plain.py", root, articles))
    found = ratios(ours, calls)
    yield Figure(
        "build / bare calls", median(found), "times", "at most 1.5", median(found) <= 1.5,
        f"{number:,} articles; build {spread(ours)}, the calls alone {spread(calls)}: msgspec, SHA-256, sentencex, "
        "rows as Python values to Arrow and Parquet; languages stand in the documents, so none is identified", found,
    )  # fmt: skip
    found, least = ratios(ours, checked), ratios(checked, calls)
    yield Figure(
        "build / bare calls, with checks", median(found), "times", "none", True,
        f"build {spread(ours)}, these alone {spread(checked)}: besides the bare calls decompressing, canonical form, "
        "JSON Schema, other checks, signatures, digests of rows, tokens and tags", found,
    )  # fmt: skip
    yield Figure(
        "bare calls, with checks / bare calls", median(least), "times", "none", True,
        "what a build would take of its bare calls if its rows were made in no time", least,
    )  # fmt: skip
    found = ratios([number / each for each in ours], [articles / each for each in plain])
    yield Figure(
        "build rate / plain script's", median(found), "times", "at least 20", median(found) >= 20,
        f"{number / median(ours):.0f} articles/s against {articles / median(plain):.1f}: "
        "datasets.map, lingua, pysbd, jsonschema", found,
    )  # fmt: skip
    with as_command():
        parts = shares.shares(lambda: dataset_folder.build(root, target=target / "ours"))
    for part, share in parts.items():
        yield Figure(f"of a build: {part}", 100 * share, "%", "none", True, "samples of the stack every 2 ms")


def _seconds(script: str, *arguments: object) -> float:
    """Return the seconds that a script of this folder says that its work took, in a process of its own."""
    done = subprocess.run(
        [sys.executable, HERE / script, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def validation(setting: Setting) -> Iterator[Figure]:
    """Check documents, against jsonschema-rs and jsonschema alone on the same documents."""
    import jsonschema
    import jsonschema_rs

    from pactwire.validation import integrity

    number = setting.scaled(400, 50)
    data = corpus.load_corpus(corpora.bulk(setting.work / "bulk-validate", number))
    pairs = [(data.articles[each], data.documents.of_article(each)[0].document) for each in list(data.articles)]
    declaration = data.schema.composed
    fast, slow = jsonschema_rs.Draft202012Validator(declaration), jsonschema.Draft202012Validator(declaration)

    def ours() -> None:
        for article, document in pairs:
            sound = data.schema.is_valid(document)
            if not sound or integrity.check_document(document, article, (), data.schema, data.links, data.topics):
                raise ValueError(article["id"])

    found, alone = race(ours, lambda: [fast.is_valid(document) for _, document in pairs], 5)
    each = ratios(found.wall, alone.wall)
    yield Figure(
        "validation / jsonschema-rs", median(each), "times", "at most 2", median(each) <= 2,
        f"schema and all other checks of {number} documents {found.text()}, jsonschema-rs alone {alone.text()}", each,
    )  # fmt: skip
    few = pairs[: max(5, number // 20)]
    start = time.perf_counter()
    for _, document in few:
        slow.is_valid(document)
    rate = (found.median / len(pairs)) / ((time.perf_counter() - start) / len(few))
    yield Figure(
        "validation rate / jsonschema's", 1 / rate, "times", "at least 50", 1 / rate >= 50,
        f"jsonschema alone on {len(few)} of the same documents",
    )  # fmt: skip


def sized(number: int) -> Benchmark:
    """Return the benchmark that builds so many articles with two workers, with one, and then again with a change.

    The plain script takes its turns before, between and after, since a large build outlasts a slow spell of the
    machine.
    """

    def run(setting: Setting) -> Iterator[Figure]:
        count, articles = setting.scaled(number, 2 * ARTICLES_PER_SHARD), setting.scaled(PLAIN, 100)
        root = corpora.bulk(setting.work / f"bulk-{count}", count)
        plain = [_seconds("plain.py", root, articles)]
        clean(root)
        two, memory = watched(root, 2)
        plain.append(_seconds("plain.py", root, articles))
        clean(root)
        one, _ = watched(root, 1)
        plain.append(_seconds("plain.py", root, articles))
        name = f"{count:,} articles"
        yield Figure(f"build of {name}, one worker", count / one, "articles/s", "none", True, f"{one:.0f} s")
        faster = count / one / (articles / median(plain))
        yield Figure(
            f"build rate / plain script's, {name}", faster, "times", "at least 20", faster >= 20,
            f"{count / one:.0f} articles/s; {articles:,} of them by the script {spread(plain)}",
        )  # fmt: skip
        size = sum(path.stat().st_size for path in _files(root)) / count
        yield Figure(f"published bytes of an article, {name}", size, "bytes", "none", True, "Parquet of all configs")
        yield Figure(
            f"two workers / one, {name}", two / one, "times", "at most 0.6", two / one <= 0.6,
            f"{two:.0f} s against {one:.0f} s",
        )  # fmt: skip
        yield Figure(
            f"memory of all processes, two workers, {name}", memory / MEGABYTE, "MB", "under 1,500",
            memory < 1500 * MEGABYTE, "the greatest sum of what each process holds, looked at five times a second",
        )  # fmt: skip
        yield from _again(root, one, count)

    return run


def grown(setting: Setting) -> Iterator[Figure]:
    """Build a million articles, with 200,000 before and after: what grows with their number?"""
    few, many = setting.scaled(MANY, 2 * ARTICLES_PER_SHARD), setting.scaled(1_000_000, 10 * ARTICLES_PER_SHARD)
    roots = {count: corpora.bulk(setting.work / f"bulk-{count}", count) for count in (few, many)}
    took: dict[int, list[float]] = {few: [], many: []}
    held: dict[int, list[int]] = {few: [], many: []}
    for count in (few, many, few):  # in turns: each outlasts a slow spell of the machine
        clean(roots[count])
        seconds, memory = watched(roots[count], 2)
        took[count].append(seconds)
        held[count].append(memory)
    [whole], [most] = took[many], held[many]
    name, fewer = f"{many:,} articles", " and ".join(f"{seconds:.0f} s" for seconds in took[few])
    yield Figure(
        f"build of {name}, two workers", many / whole, "articles/s", "none", True,
        f"{whole:.0f} s; {few:,} articles {fewer}, before and after",
    )  # fmt: skip
    size = sum(path.stat().st_size for path in _files(roots[many])) / many
    yield Figure(f"published bytes of an article, {name}", size, "bytes", "none", True, "Parquet of all configs")
    yield Figure(
        f"memory of all processes, two workers, {name}", most / MEGABYTE, "MB", "under 1,500",
        most < 1500 * MEGABYTE, "the greatest sum of what each process holds, looked at five times a second",
    )  # fmt: skip
    more, longer = most / mean(held[few]), whole / many / (mean(took[few]) / few)
    yield Figure(
        f"memory of {name} / of {few:,}", more, "times", "at most 1.2", more <= 1.2,
        f"{most / MEGABYTE:.0f} MB against {mean(held[few]) / MEGABYTE:.0f} MB, the mean of two builds",
    )  # fmt: skip
    yield Figure(
        f"time an article of {name} / of {few:,}", longer, "times", "at most 1.1", longer <= 1.1,
        f"{whole / many * 1000:.2f} ms against {mean(took[few]) / few * 1000:.2f} ms, the mean of two builds before "
        "and after; two workers",
    )  # fmt: skip


def _again(root: Path, whole: float, count: int) -> Iterator[Figure]:
    held = {path: path.stat().st_mtime_ns for path in _files(root)}
    path = root / "annotations" / "final" / "00000.jsonl.zst"
    before = path.read_bytes()
    try:
        path.write_bytes(_changed(before))
        took, _ = watched(root, 1)
        touched = [each for each in _files(root) if held.get(each) != each.stat().st_mtime_ns]
        size = sum(each.stat().st_size for each in touched) / sum(each.stat().st_size for each in _files(root))
    finally:
        path.write_bytes(before)
    yield Figure(
        f"rebuild after one label / full build, {count:,} articles", took / whole, "times",
        *(("at most 0.1", took / whole <= 0.1) if count >= MANY else ("none: a shard is too large a part", True)),
        f"{took:.1f} s against {whole:.0f} s; {len(touched)} of {len(held)} files written, {size:.1%} of the bytes",
    )  # fmt: skip


def _changed(data: bytes) -> bytes:
    import zstandard

    frame = zstandard.ZstdDecompressor().decompressobj()
    first = frame.decompress(data).replace(b'"checkworthy":"CFS"', b'"checkworthy":"UFS"', 1)
    return zstandard.compress(first) + frame.unused_data


def _files(root: Path) -> list[Path]:
    return sorted((root / "dataset" / "data").rglob("*.parquet"))


def clean(root: Path) -> None:
    """Forget what was built."""
    shutil.rmtree(root / ".pactwire", ignore_errors=True)
    shutil.rmtree(root / "dataset" / "data", ignore_errors=True)


def watched(root: Path, workers: int) -> tuple[float, int]:
    """Build in a process of its own; return the seconds it took and the most that it and its workers held at a time.

    As everywhere, libraries are loaded before.
    """
    command = [sys.executable, str(HERE / "once.py"), str(root), str(workers)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    most = 0
    while process.poll() is None:
        most = max(most, _held(process.pid))
        time.sleep(0.2)
    printed, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the build of {root} failed")
    return float(printed), most


def _held(session: int) -> int:
    """Return what all processes of a session hold, pages that several share counted for each."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(fields[3]) == session:
                total += int((folder / "statm").read_text(encoding="utf-8").split()[1])
        except (OSError, IndexError):
            continue
    return total * os.sysconf("SC_PAGE_SIZE")


BENCHMARKS: Final = {
    "build": bare,
    "validate": validation,
    "build-20k": sized(20_000),
    "build-200k": sized(MANY),
    "build-1m": grown,
}
