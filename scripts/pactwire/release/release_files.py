"""The files of a release: what would be published, verified to be exactly what a build writes."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pactwire.build import manifest
from pactwire.build.stale_files import DESCRIPTION_FILES
from pactwire.card import dataset_folder
from pactwire.corpus import withdrawn
from pactwire.model.issues import DataError, Issue
from pactwire.release import release_checks, text_free
from pactwire.release.hub import RemoteFile
from pactwire.release.trace_search import TraceSearch
from pactwire.storage import files


class ReleaseFile(NamedTuple):
    """A file to publish; ``blob`` is the git id of its content."""

    path: Path
    size: int
    sha256: str
    blob: str

    def equals(self, other: RemoteFile) -> bool:
        """Return whether a file on the Hub has the same content."""
        return self.sha256 == other.sha256 if other.sha256 else self.blob == other.blob


@dataclass(frozen=True)
class Release:
    """The files of a release by name, in a folder that nothing else writes to, with its version and configs."""

    folder: Path
    files: Mapping[str, ReleaseFile]
    version: str
    configs: Mapping[str, Any]

    @property
    def tag(self) -> str:
        """The name of the tag of the release."""
        return f"v{self.version}"

    def equals(self, stored: Mapping[str, RemoteFile]) -> bool:
        """Return whether a commit on the Hub holds exactly this release."""
        return self.files.keys() == stored.keys() and all(
            each.equals(stored[name]) for name, each in self.files.items()
        )


def build_release(root: Path, work: Path, without_texts: bool = False) -> Release:
    """Build the release of a dataset.

    Args:
        root: The dataset root.
        work: An empty folder for the files of the release.
        without_texts: Whether the release leaves out all texts of the sources.

    Raises:
        DataError: with everything that prevents the release: the issues of `pactwire.release.release_checks`, and
            publish-build if dataset/ is not what `build` would write now; else publish-withdrawn for the words of
            withdrawn articles.
    """
    fresh = work / "full"
    try:
        dataset_folder.build(root, target=fresh)
    except DataError as error:
        raise DataError(sorted({*error.issues, *release_checks.check_release(root)})) from None
    # the release checks read what was built, so they make sense only if that is up to date
    if issues := _outdated_files(root / "dataset", fresh) or release_checks.check_release(root):
        raise DataError(sorted(set(issues)))
    folder = work / "standoff" if without_texts else fresh
    if without_texts:
        text_free.write_text_free(root, folder)
    release = read_release(folder)
    if issues := list(withdrawn_issues(root, release)):
        raise DataError(issues)
    return release


def withdrawn_issues(root: Path, release: Release) -> Iterator[Issue]:
    """Yield an issue for each file that has records of a withdrawn article, or most of its words."""
    tombstones = withdrawn.read_tombstones(root, [])
    search = TraceSearch(tombstones)
    for name, file in release.files.items() if tombstones else ():
        for trace in search.search(name, file.path.read_bytes()):
            if trace.is_named or trace.tombstone.is_most(trace.passages):
                yield Issue(f"dataset/{name}", 1, "publish-withdrawn", f"{trace.describe()} stand in the file")


def _outdated_files(dataset: Path, fresh: Path) -> list[Issue]:
    held, wanted = _hash_files(dataset), _hash_files(fresh)
    reasons = {
        **dict.fromkeys(held.keys() - wanted.keys(), "a build would not write the file"),
        **dict.fromkeys(wanted.keys() - held.keys(), "the file is missing"),
        **{
            name: "the file is not what a build writes now"
            for name in held.keys() & wanted.keys()
            if held[name] != wanted[name]
        },
    }
    return [Issue(f"dataset/{name}", 1, "publish-build", reason) for name, reason in reasons.items()]


def _hash_files(folder: Path) -> dict[str, str]:
    return {name: file.sha256 for name, file in _list_files(folder).items()}


def read_release(folder: Path) -> Release:
    """Return the release in a folder that nothing else writes to."""
    about = files.read_json(folder / "manifest.json", "manifest.json")
    return Release(folder, _list_files(folder), about["version"], about["configs"])


def _list_files(folder: Path) -> dict[str, ReleaseFile]:
    """Return the files of a release by name: those that its manifest lists, and no others."""
    names = sorted({*DESCRIPTION_FILES, *manifest.data_file_names(folder), *manifest.copied_digests(folder)})
    return {name: _describe_file(folder / name) for name in names if (folder / name).is_file()}


def _describe_file(path: Path) -> ReleaseFile:
    size = path.stat().st_size
    sha256, blob = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            sha256.update(piece)
            blob.update(piece)
    return ReleaseFile(path, size, sha256.hexdigest(), blob.hexdigest())
