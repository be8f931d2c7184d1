"""What lies in a built dataset's folder: files of earlier builds, which can go, and what somebody else put there.

A data file is known by its place and by its name, which holds its own digest; a plot by the manifest. Nothing else is
ever removed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pactwire.build import manifest
from pactwire.build.features import CONFIGS
from pactwire.corpus.splits import SPLITS
from pactwire.model.issues import Issue
from pactwire.storage import files

DESCRIPTION_FILES: Final = ("README.md", "croissant.json", "manifest.json")
"""What a build writes besides data/ and the plots."""

_DATA_LINK: Final = re.compile(r"\bdata/[\w./-]+\.parquet\b")
_SHARD: Final = rf"(?:{'|'.join(SPLITS)})-[0-9]{{5}}"
_DATA_FILE: Final = re.compile(rf"data/(?P<config>\w+)/{_SHARD}-(?P<digest>[0-9a-f]{{12}})\.parquet")
_PART_FILE: Final = re.compile(rf"data/(?P<config>\w+)/\.{_SHARD}\.parquet(?:\.[0-9a-f-]+)?\.part")


def referenced_files(target: Path) -> set[str]:
    """Return the data files that README.md or the manifest name; a killed build may leave one newer than the other."""
    path = target / "README.md"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return {*_DATA_LINK.findall(text), *manifest.data_file_names(target)}


def stale_data_files(target: Path, wanted: Iterable[str], earlier: Iterable[str]) -> list[Path]:
    """Return the data files that earlier builds made and nothing names, and the parts that killed ones left.

    Args:
        target: The dataset's folder.
        wanted: The names of the files that stay.
        earlier: Names of files of earlier builds; they tell which configs there were.
    """
    keep = set(wanted)
    configs = {*CONFIGS, *(found["config"] for name in earlier if (found := _DATA_FILE.fullmatch(name)))}
    return [
        path
        for name, path in _walk_files(target, "data")
        if name not in keep
        and (found := _DATA_FILE.fullmatch(name) or _PART_FILE.fullmatch(name))
        and found["config"] in configs
        and path.is_file()
        and (found.re is _PART_FILE or files.file_sha256(path).startswith(found["digest"]))
    ]


def remove_empty_folders(target: Path) -> None:
    """Remove the folders of configs that hold nothing any more."""
    for config in CONFIGS:
        folder = target / "data" / config
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def stale_plots(target: Path, wanted: Iterable[str]) -> list[Path]:
    """Return the plots that the manifest names, that are as they were published, and that are not wanted."""
    return [
        target / name
        for name, sha256 in manifest.plot_digests(target).items()
        if name not in wanted and (target / name).is_file() and files.file_sha256(target / name) == sha256
    ]


def conflict_issues(target: Path, wanted: Mapping[str, Path]) -> Iterator[Issue]:
    """Yield an issue for each file that a build would replace and no earlier one made.

    Args:
        target: The dataset's folder.
        wanted: The plots to be published, by name.
    """
    built = referenced_files(target) or manifest.read_manifest(target)
    known = manifest.plot_digests(target)
    for name in (*(() if built else DESCRIPTION_FILES), *(each for each in wanted if each not in known)):
        path = target / name
        is_same = name in wanted and path.is_file() and path.read_bytes() == wanted[name].read_bytes()
        if path.exists() and not is_same:
            message = "no earlier build made it, and this one would replace it"
            yield Issue(f"{target.name}/{name}", 1, "build-target", message)


def unknown_files(target: Path) -> list[str]:
    """Return the names of the files in data/ and plots/ that no build is known to have made, without hidden ones."""
    known = {*referenced_files(target), *manifest.plot_digests(target)}
    found = (name for folder in ("data", manifest.PLOTS) for name, _ in _walk_files(target, folder))
    return [name for name in found if name not in known and not name.rpartition("/")[2].startswith(".")]


def _walk_files(target: Path, folder: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((target / folder).rglob("*")):
        if not path.is_dir():
            yield path.relative_to(target).as_posix(), path
