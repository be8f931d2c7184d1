"""A checkout to the candidate for a release: the files that would be published, proven to be what a build writes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pactwire.build import manifest
from pactwire.build.stale_files import DESCRIPTION_FILES
from pactwire.card import dataset_folder
from pactwire.model.issues import DataError, Issue
from pactwire.release import text_free
from pactwire.release import version_rule as ready
from pactwire.release.hub import RemoteFile
from pactwire.storage import files


class ReleaseFile(NamedTuple):
    """A file to publish; ``blob`` is git's id of its content."""

    path: Path
    size: int
    sha256: str
    blob: str

    def equals(self, other: RemoteFile) -> bool:
        """Say whether the Hub holds the same content."""
        return self.sha256 == other.sha256 if other.sha256 else self.blob == other.blob


@dataclass(frozen=True)
class Release:
    """The files of a release by name, in a folder where nobody else writes, and its version and configs."""

    folder: Path
    files: Mapping[str, ReleaseFile]
    version: str
    configs: Mapping[str, Any]

    @property
    def tag(self) -> str:
        """Return the name of the release's tag."""
        return f"v{self.version}"

    def equals(self, stored: Mapping[str, RemoteFile]) -> bool:
        """Say whether a commit on the Hub holds this release and nothing else."""
        return self.files.keys() == stored.keys() and all(
            each.equals(stored[name]) for name, each in self.files.items()
        )


def build_release(root: Path, work: Path, without_texts: bool = False) -> Release:
    """Return the release of the dataset in ``root``, its files in the empty folder ``work``.

    Raises DataError with all that stands against it: what `pactwire.release.version_rule` finds, and publish-build
    where dataset/ is not what `build` would write now.
    """
    fresh = work / "full"
    try:
        dataset_folder.build(root, target=fresh)
    except DataError as error:
        raise DataError(sorted({*error.issues, *ready.check_release(root)})) from None
    # the release's checks read what was built, and say nothing sensible of anything else
    if issues := _outdated_files(root / "dataset", fresh) or ready.check_release(root):
        raise DataError(sorted(set(issues)))
    folder = work / "standoff" if without_texts else fresh
    if without_texts:
        text_free.write_text_free(root, folder)
    return read_release(folder)


def _outdated_files(dataset: Path, fresh: Path) -> list[Issue]:
    held, wanted = _hash_files(dataset), _hash_files(fresh)
    reasons = {
        **dict.fromkeys(held.keys() - wanted.keys(), "a build would not write the file"),
        **dict.fromkeys(wanted.keys() - held.keys(), "the file is missing"),
        **{
            name: "it is not what a build writes now"
            for name in held.keys() & wanted.keys()
            if held[name] != wanted[name]
        },
    }
    return [Issue(f"dataset/{name}", 1, "publish-build", reason) for name, reason in reasons.items()]


def _hash_files(folder: Path) -> dict[str, str]:
    return {name: file.sha256 for name, file in _list_files(folder).items()}


def read_release(folder: Path) -> Release:
    """Return the release that a folder holds, nobody else writing there."""
    about = files.read_json(folder / "manifest.json", "manifest.json")
    return Release(folder, _list_files(folder), about["version"], about["configs"])


def _list_files(folder: Path) -> dict[str, ReleaseFile]:
    """Return the files of a folder that a release holds, by name: those that its manifest names, and no others."""
    names = sorted({*DESCRIPTION_FILES, *manifest.data_file_names(folder), *manifest.plot_digests(folder)})
    return {name: _describe_file(folder / name) for name in names if (folder / name).is_file()}


def _describe_file(path: Path) -> ReleaseFile:
    size = path.stat().st_size
    sha256, blob = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            sha256.update(piece)
            blob.update(piece)
    return ReleaseFile(path, size, sha256.hexdigest(), blob.hexdigest())
