"""Names of benchmarks to ``results.json`` and ``results.md``: figures, their aims, and where they were measured.

``python benchmarks/run.py [NAME …] [--small]`` runs all, or those named; earlier figures of the others are kept.
With ``--small`` it is a quick look at little data: its results go to ``benchmarks/work`` and prove nothing.
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

from figures import Benchmark, Figure, Setting

from pactwire import corpus, files, jsontext, regions

HERE: Final = Path(__file__).parent
WORK: Final = HERE / "work"
"""Ignored by git."""

MODULES: Final = ("labelstudio",)
"""Modules of this folder that have a table BENCHMARKS."""

PACKAGES: Final = ("label-studio-sdk", "httpx", "jsonschema-rs", "pyarrow", "datasets")


def main() -> None:
    """Run what the command line names."""
    sys.path.append(str(HERE.parent / "tests"))  # for support.labelstudio, which starts real servers
    known: dict[str, Benchmark] = {}
    for module in MODULES:
        known |= importlib.import_module(module).BENCHMARKS
    parser = argparse.ArgumentParser(description="Measure Pactwire against its aims.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(known)}; without, all of them")
    parser.add_argument("--small", action="store_true", help="a quick look; results go to benchmarks/work")
    options = parser.parse_args()
    if unknown := set(options.names) - known.keys():
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    folder = WORK if options.small else HERE
    for name in options.names or known:
        print(f"{name} …", flush=True)
        for figure in known[name](Setting(WORK, options.small)):
            print(f"  {figure.name}: {_number(figure.value)} {figure.unit}, aim {figure.aim}: {_verdict(figure.holds)}")
            print(f"    {figure.detail}", flush=True)
            keep(folder, figure)


def keep(folder: Path, figure: Figure) -> None:
    """Put a figure among the results of a folder, in the place of an earlier one of its name."""
    path = folder / "results.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["figures"] if path.is_file() else []
    entry = {**figure._asdict(), "value": float(_number(figure.value)), "machine": machine()}
    names = [each["name"] for each in kept]
    if figure.name in names:
        kept[names.index(figure.name)] = entry
    else:
        kept.append(entry)
    files.write(path, jsontext.pretty({"figures": kept}))
    files.write(folder / "results.md", report(kept))


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
            "pactwire": corpus.version(HERE.parent),
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
            (each["name"], _number(each["value"]), each["unit"], each["aim"], _verdict(each["holds"]), each["detail"])
            for each in mine
        ]
        versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
        place = f"{about['system']}, {about['processor']}, {about['cores']} cores, {about['memory']}"
        table = regions.table(("figure", "value", "unit", "aim", "", "how"), rows)
        text += f"\nMeasured on {place}; {versions}.\n\n{table}\n"
    return text


def _number(value: float) -> str:
    """Return a value with three digits that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _verdict(holds: bool) -> str:
    return "holds" if holds else "missed"


if __name__ == "__main__":
    main()
