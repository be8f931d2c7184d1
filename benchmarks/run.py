"""Names of benchmarks to ``results.json`` and ``results.md``: figures, their aims, and where they were measured.

``python benchmarks/run.py [NAME …] [--rest] [--size 0.1]`` runs all, or those named; earlier figures of the others are
kept, and with ``--rest`` not measured again, so that a run that was cut off goes on. With ``--size`` below 1 it is a
quick look at less data: its results go to ``benchmarks/work`` and prove nothing.
"""

import argparse
import importlib
import json
import os
import platform
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from figures import Benchmark, Setting
from pactwire.cli import options
from pactwire.model import optional_packages, strict_json
from pactwire.storage import files, generated_blocks

HERE: Final = Path(__file__).parent
WORK: Final = HERE / "work"
"""Ignored by git."""

MODULES: Final = ("labelstudio", "unchanged", "stories", "building", "ingested", "loading", "migrating")
"""Modules of this folder that have a table BENCHMARKS."""

HUNDRED_MILLION: Final = 100_000_000
PLACED: Final = 2 * (56 + 12) + 18 + 4 + 136
"""Bytes of an article with a document in the process that plans: both places, their order, row, story, signature."""

PACKAGES: Final = ("label-studio-sdk", "httpx", "jsonschema-rs", "msgspec", "numpy", "pyarrow", "datasets")


def main() -> None:
    """Run what the command line names."""
    optional_packages.require("bench")
    sys.path.append(str(HERE.parent / "tests"))  # for support.labelstudio, which starts real servers
    known: dict[str, Benchmark] = {}
    for module in MODULES:
        known |= importlib.import_module(module).BENCHMARKS
    parser = argparse.ArgumentParser(description="Measure Pactwire against its aims.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(known)}; without, all of them")
    parser.add_argument("--rest", action="store_true", help="only those without a result, or whose run was cut off")
    parser.add_argument("--size", type=float, default=1, help="below 1 a quick look; results go to benchmarks/work")
    options = parser.parse_args()
    if unknown := set(options.names) - known.keys():
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    folder = HERE if options.size >= 1 else WORK
    ended = set(read(folder)["ended"]) if options.rest else set()
    for name in options.names or known:
        if name not in ended:
            measure(name, known[name], Setting(WORK, options.size), folder)


def measure(name: str, benchmark: Benchmark, setting: Setting, folder: Path) -> None:
    """Run a benchmark; print its figures and put them among the results of a folder as they come."""
    print(f"{name} …", flush=True)
    before = read(folder)
    keep(folder, before["figures"], [each for each in before["ended"] if each != name])
    for figure in benchmark(setting):
        print(f"  {figure.name}: {_number(figure.value)} {figure.unit}, aim {figure.aim}: {_verdict(figure.holds)}")
        print(f"    {figure.detail}", flush=True)
        entry = {
            **figure._asdict(), "value": float(_number(figure.value)), "machine": machine(),
            "samples": [float(_number(sample)) for sample in figure.samples],
        }  # fmt: skip
        found = read(folder)
        kept = {each["name"]: each for each in found["figures"]} | {figure.name: entry}
        keep(folder, list(kept.values()), found["ended"])
    found = read(folder)
    keep(folder, found["figures"], [*found["ended"], name])


def read(folder: Path) -> dict[str, list[Any]]:
    """Return the figures among the results of a folder, and the names of the benchmarks that came to their end."""
    path = folder / "results.json"
    found: dict[str, list[Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {"figures": [], "ended": [], **found}


def keep(folder: Path, figures: list[Any], ended: list[str]) -> None:
    """Write results, as JSON and as a table."""
    files.write_file(folder / "results.json", strict_json.pretty({"figures": figures, "ended": ended}))
    files.write_file(folder / "results.md", report(figures))


def machine() -> dict[str, Any]:
    """Describe this machine without its name, and the versions that matter."""
    models = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": models[0] if models else "unknown",
        "cores": len(os.sched_getaffinity(0)),
        "memory": f"{memory / 2**30:.0f} GB",
        "versions": {
            "Python": platform.python_version(),
            "pactwire": metadata.version("pactwire"),
            **{name: metadata.version(name) for name in PACKAGES},
        },
    }


def report(kept: list[dict[str, Any]]) -> str:
    """Return the results as Markdown, those of one machine together."""
    machines: list[dict[str, Any]] = []
    for each in kept:
        if each["machine"] not in machines:
            machines.append(each["machine"])
    text = "# Benchmarks\n\nWritten by `make bench`; the numbers are in `results.json`.\n"
    for about in machines:
        mine = [each for each in kept if each["machine"] == about]
        rows = [
            (each["name"], _spread(each), each["unit"], each["aim"], _verdict(each["holds"]), each["detail"])
            for each in mine
        ]
        versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
        place = f"{about['system']}, {about['processor']}, {about['cores']} cores, {about['memory']}"
        table = generated_blocks.markdown_table(("figure", "value", "unit", "aim", "", "how"), rows)
        text += f"\nMeasured on {place}; {versions}.\n\n{table}\n"
    return text + projection(kept)


def projection(kept: list[dict[str, Any]]) -> str:
    """Return what a hundred million articles would take by the rates of the largest build that was measured."""
    rates = {each["name"]: each["value"] for each in kept if each["name"].startswith("build of ")}
    if not rates:
        return ""
    largest = max(rates, key=lambda name: int(name.split()[2].replace(",", "")))
    size = " ".join(largest.split()[2:4]).rstrip(",")
    values = {each["name"]: each["value"] for each in kept}
    workers = 2 if largest.endswith("two workers") else 1
    hours = HUNDRED_MILLION / rates[largest] * workers / 3600
    memory = values.get(f"memory of all processes, two workers, {size}")
    published = values.get(f"published bytes of an article, {size}")
    if memory is None or published is None:  # the benchmark is not at its end
        return ""
    return (
        "\n## A hundred million articles\n\n"
        f"By the rates of the build of {size}: {HUNDRED_MILLION:,} / {rates[largest] / workers:.0f} articles/s a core "
        f"= {hours:.0f} core-hours, {hours / 1000:.1f} hours on a thousand cores if the shards are spread evenly; "
        f"{HUNDRED_MILLION * published / 1e12:.1f} TB of Parquet. "
        f"A worker holds one shard, whatever the number of articles ({memory:.0f} MB for two and the process that "
        "plans); that process holds the places of the records and, at the end, the signatures of the articles besides: "
        f"{HUNDRED_MILLION * PLACED / 1e9:.0f} GB. This is arithmetic, not a measurement.\n"
    )


def _number(value: float) -> str:
    """Return a value with three digits that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _spread(entry: dict[str, Any]) -> str:
    """Return a value, with the least and the most of its repetitions."""
    value, samples = _number(entry["value"]), entry["samples"]
    return f"{value} ({_number(min(samples))}–{_number(max(samples))})" if samples else value


def _verdict(holds: bool) -> str:
    return "holds" if holds else "missed"


if __name__ == "__main__":
    with options.report_errors():
        main()
