"""Articles as they are ingested: short texts without documents, zones or languages, and pages of archives.

``ingested`` runs whole commands on one core over 5,000 short texts, beside the five labeled articles; ``first`` means
that `.pactwire/zones` is empty, ``again`` that an earlier command worked out the zones. ``ingested-pages`` compares the
ingest of an archive of pages with trafilatura alone, and two workers with one; ``ingested-records`` is memory.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import corpora
from figures import MEGABYTE, Benchmark, Figure, Setting
from pactwire.corpus import detected_zones

TEXTS: Final = 5_000
PAGES: Final = 400
RECORDS: Final = 1_000_000
COMMANDS: Final = {
    "validate": (["validate"], 1.0), "stories": (["stories", "--write"], 2.0), "suggest": (["suggest", "--renew"], 5.0),
    "build": (["build"], None), "view": (["view"], None),
    "push (its tasks)": (["label", "export", "labels", "{out}"], None),
}  # fmt: skip
"""The arguments of each command, and the most milliseconds an article that it may take again."""
PACTWIRE: Final = "from pactwire.cli.main import main; main()"
BARE: Final = """
import sys, time
import trafilatura
from warcio.archiveiterator import ArchiveIterator
with open(sys.argv[1], "rb") as stream:
    pages = [record.content_stream().read() for record in ArchiveIterator(stream) if record.rec_type == "response"]
trafilatura.bare_extraction(pages[0], with_metadata=True)
began = time.process_time()
for page in pages:
    trafilatura.bare_extraction(page, with_metadata=True, include_comments=False)
print(time.process_time() - began)
"""


class Cost(NamedTuple):
    """What a command cost: seconds of processor time and by the clock, and the most bytes that a process of it held."""

    processor: float
    clock: float
    memory: int


def _run(*arguments: object, cores: int = 1) -> Cost:
    """Run a command of Pactwire on the first cores."""
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", PACTWIRE, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=functools.partial(os.sched_setaffinity, 0, allowed),
    )  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # 1 tells of articles without a split
        raise RuntimeError(f"{arguments} failed")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - began, usage.ru_maxrss * 1024)


def texts(setting: Setting) -> Iterator[Figure]:
    """Ingest short texts, and run each command without and with the zones that an earlier one worked out."""
    folder, number = setting.fresh("ingested"), setting.scaled(TEXTS, 200)
    root = corpora.checkout(folder / "root")
    cost = _run("ingest", corpora.short_texts(folder / "texts", number), "--root", root, "--license", "none")
    yield _figure("ingest", cost, number, None)
    for name, (arguments, most) in COMMANDS.items():
        whole = [each.format(out=folder / "tasks.json") for each in arguments]
        for when in ("first", "again"):
            if when == "first":
                shutil.rmtree(root / detected_zones.CACHE_FOLDER, ignore_errors=True)
            shutil.rmtree(root / ".pactwire" / "build", ignore_errors=True)
            if name == "stories":  # which leaves what has a row as it is
                shutil.copy(corpora.CHECKOUT / "dataset" / "splits.csv", root / "dataset" / "splits.csv")
            cost = _run(*whole, "--root", root)
            yield _figure(f"{name}, {when}", cost, number, most if when == "again" else None)


def _figure(name: str, cost: Cost, number: int, most: float | None) -> Figure:
    value = 1000 * cost.processor / number
    aim = "none" if most is None else f"at most {most:g}"
    return Figure(
        f"as ingested: {name}", value, "ms an article", aim, most is None or value <= most,
        f"{number:,} short texts, the whole command on one core: {cost.processor:.1f} s of processor time, "
        f"{cost.clock:.1f} s by the clock",
    )  # fmt: skip


def pages(setting: Setting) -> Iterator[Figure]:
    """Ingest an archive of pages with one worker and with two, and extract the same pages with trafilatura alone."""
    folder, number = setting.fresh("ingested-pages"), setting.scaled(PAGES, 20)
    path = corpora.archive(folder / "pages.warc.gz", (_page(index) for index in range(number)), "text/html")
    empty = _cost_of_archive(folder, corpora.archive(folder / "none.warc.gz", (b"x",), "image/png"), 1)
    bare = float(subprocess.run([sys.executable, "-c", BARE, path], capture_output=True, check=True, text=True).stdout)
    ours = [_cost_of_archive(folder, path, workers) for workers in (1, 2)]
    rate = (ours[0].processor - empty.processor) / bare
    yield Figure(
        "ingest of pages / trafilatura", rate, "times", "at most 1.25", rate <= 1.25,
        f"{number:,} pages of an archive, processor time without the start of the command: "
        f"{ours[0].processor - empty.processor:.1f} s against {bare:.1f} s of bare_extraction with metadata",
    )  # fmt: skip
    faster = (ours[0].clock - empty.clock) / (ours[1].clock - empty.clock)
    yield Figure(
        "ingest of pages, two workers / one", faster, "times as fast", "at least 1.8", faster >= 1.8,
        f"by the clock, without the start of the command: {ours[0].clock:.1f} s and {ours[1].clock:.1f} s",
    )  # fmt: skip


def _cost_of_archive(folder: Path, path: Path, workers: int) -> Cost:
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    corpora.checkout(root)
    return _run("ingest", path, "--root", root, "--workers", workers, cores=workers)


def _page(index: int) -> bytes:
    """Return a page whose article is one of `corpora.make`, with what surrounds articles."""
    lines = corpora.text(index).split("\n\n")
    body = "".join(f'<p class="text">{line}</p>\n' for line in lines[3:-1])
    links = "".join(f'<li class="item"><a href="/s/{at}">{line[:40]}</a></li>' for at, line in enumerate(lines * 12))
    title = re.sub(r"\s+", " ", lines[2])
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="og:title" content="{title}"><script>{"var data = 1;" * 2_000}</script></head>'
        f"<body><nav><ul>{links}</ul></nav><main><article><h1>{title}</h1>{body}</article></main>"
        f"<aside>{links}</aside><footer><p>{lines[-1]}</p></footer></body></html>"
    ).encode()


def records(setting: Setting) -> Iterator[Figure]:
    """Ingest archives of tiny records, none of which is an article, and look at the memory."""
    folder = setting.fresh("ingested-records")
    held = []
    for number in (setting.scaled(RECORDS, 20_000) // 10, setting.scaled(RECORDS, 20_000)):
        path = corpora.archive(folder / "records.warc.gz", (b"x" for _ in range(number)), "image/png")
        held.append((number, _cost_of_archive(folder, path, 1)))
        path.unlink()
    (few, less), (many, more) = held
    rate = more.memory / less.memory
    yield Figure(
        f"memory of an ingest of {many:,} tiny records / of {few:,}", rate, "times", "at most 1.1", rate <= 1.1,
        f"{more.memory / MEGABYTE:.0f} MB against {less.memory / MEGABYTE:.0f} MB; {more.clock:.0f} s by the clock",
    )  # fmt: skip


BENCHMARKS: Final[dict[str, Benchmark]] = {"ingested": texts, "ingested-pages": pages, "ingested-records": records}
