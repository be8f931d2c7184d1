"""Files in a built dataset's folder: those of earlier builds, which can be removed, and those of somebody else.

A data file of a build is recognized by its folder and by the digest in its name, a plot by the manifest. Nothing else
is ever removed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pactwire.build import manifest
from pactwire.corpus.splits import SPLITS
from pactwire.model.issues import Issue
from pactwire.storage import files

DESCRIPTION_FILES: Final = ("README.md", "croissant.json", "manifest.json")
"""Files that a build writes besides data/, the plots and the schema."""

_DATA_LINK: Final = re.compile(r"\bdata/[\w./-]+\.parquet\b")
_SHARD: Final = rf"(?:{'|'.join(SPLITS)})-[0-9]{{5}}"
_DATA_FILE: Final = re.compile(rf"data/(?P<config>\w+)/{_SHARD}-(?P<digest>[0-9a-f]{{12}})\.parquet")
_PART_FILE: Final = re.compile(rf"data/(?P<config>\w+)/\.{_SHARD}\.parquet(?:\.[0-9a-f-]+)?\.part")


def referenced_files(target: Path) -> set[str]:
    """Return the data files that README.md or the manifest names; a killed build can leave one newer than the other."""
    path = target / "README.md"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return {*_DATA_LINK.findall(text), *manifest.data_file_names(target)}


def stale_data_files(target: Path, wanted: Iterable[str], earlier: Iterable[str], configs: Iterable[str]) -> list[Path]:
    """Return the data files of earlier builds that are not wanted, and the partial files of killed builds.

    Args:
        target: The dataset's folder.
        wanted: The names of the files to keep.
        earlier: Names of data files of earlier builds, which show the configs they had.
        configs: The configs of the dataset's schema.
    """
    keep = set(wanted)
    known = {*configs, *(match["config"] for name in earlier if (match := _DATA_FILE.fullmatch(name)))}
    return [
        path
        for name, path in _walk_files(target, "data")
        if name not in keep
        and (match := _DATA_FILE.fullmatch(name) or _PART_FILE.fullmatch(name))
        and match["config"] in known
        and path.is_file()
        and (match.re is _PART_FILE or files.file_sha256(path).startswith(match["digest"]))
    ]


def remove_empty_folders(target: Path, configs: Iterable[str]) -> None:
    """Remove the folders of configs that are now empty."""
    for config in configs:
        folder = target / "data" / config
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def stale_copies(target: Path, wanted: Iterable[str]) -> list[Path]:
    """Return the plots and schema files of the manifest that are unchanged since a build and not wanted."""
    return [
        target / name
        for name, sha256 in manifest.copied_digests(target).items()
        if name not in wanted and (target / name).is_file() and files.file_sha256(target / name) == sha256
    ]


def conflict_issues(target: Path, wanted: Mapping[str, Path]) -> Iterator[Issue]:
    """Yield an issue for each file that a build would replace and that no earlier build created.

    Args:
        target: The dataset's folder.
        wanted: The plots and schema files to publish, by name.
    """
    is_built = referenced_files(target) or manifest.read_manifest(target)
    own_copies = manifest.copied_digests(target)
    for name in (*(() if is_built else DESCRIPTION_FILES), *(copy for copy in wanted if copy not in own_copies)):
        path = target / name
        is_same = name in wanted and path.is_file() and path.read_bytes() == wanted[name].read_bytes()
        if path.exists() and not is_same:
            message = "no earlier build created this file, and this one would replace it"
            yield Issue(f"{target.name}/{name}", 1, "build-target", message)


def unknown_files(target: Path) -> list[str]:
    """Return the names of the files in data/, plots/ and schema/ that no build created, except hidden ones."""
    known = {*referenced_files(target), *manifest.copied_digests(target)}
    names = (name for folder in ("data", manifest.PLOTS, manifest.SCHEMA) for name, _ in _walk_files(target, folder))
    return [name for name in names if name not in known and not name.rpartition("/")[2].startswith(".")]


def _walk_files(target: Path, folder: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((target / folder).rglob("*")):
        if not path.is_dir():
            yield path.relative_to(target).as_posix(), path
