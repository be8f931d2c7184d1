"""Where a dataset is read from: a root, a published folder on this machine, or one on the Hub at one commit."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from pactwire.build import manifest
from pactwire.corpus import schema_file, settings
from pactwire.corpus.articles import RAW_FOLDER
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model.issues import DataError, Issue
from pactwire.model.schema import AnnotationSchema
from pactwire.release import hub_download, published_root
from pactwire.release.hub_download import HUB_PREFIX, HubAddress
from pactwire.release.source_tree import read_any_schema
from pactwire.storage import files


class SourceKind(StrEnum):
    """What a dataset is read from."""

    ROOT = "root"
    FOLDER = "folder"
    HUB = "hub"


class PublishedFile(NamedTuple):
    """A data file of a published dataset, with the split of its rows."""

    split: str
    path: Path


@dataclass(frozen=True)
class DatasetSource:
    """A dataset where it is.

    Attributes:
        kind: What it is.
        name: What issues and people call it: the folder as it was given, or an address on the Hub.
        folder: The root, or the published folder; that of the Hub holds the files that were asked for so far.
        hub: The repository on the Hub at its commit; None elsewhere.
    """

    kind: SourceKind
    name: str
    folder: Path
    hub: HubAddress | None = None

    @property
    def is_root(self) -> bool:
        """Whether it is a root, rather than what was published of one."""
        return self.kind == SourceKind.ROOT

    @property
    def lock_folder(self) -> Path | None:
        """The root whose reading lock keeps it from being changed; None where there is none on this machine."""
        if self.is_root:
            return self.folder
        parent = self.folder.resolve().parent
        return parent if self.kind == SourceKind.FOLDER and (parent / ".pactwire").is_dir() else None

    @property
    def commit(self) -> str | None:
        """The commit on the Hub that it is read at."""
        return self.hub.revision if self.hub else None

    @property
    def version(self) -> str:
        """The version of the data; raises DataError if the settings or the manifest cannot be read."""
        return settings.read_settings(self.folder).version if self.is_root else str(self.manifest["version"])

    @property
    def manifest(self) -> Any:
        """The manifest of a published dataset."""
        return files.read_json(self.folder / "manifest.json", f"{self.name}/manifest.json")

    def read_schema(self) -> AnnotationSchema:
        """Return the schema; that of 1.0.0 says what its labels meant. Raises DataError if it is broken."""
        if self.is_root:
            return schema_file.read_schema(self.folder)
        self.fetch(published_root.DESCRIPTIONS)
        return read_any_schema(self.folder)[0]

    def fetch(self, patterns: Sequence[str]) -> None:
        """Make sure that the files of a published dataset that match patterns are in ``folder``."""
        if self.hub:
            hub_download.download(self.hub, patterns)

    def data_files(self, config: str) -> list[PublishedFile]:
        """Return the data files of a config of a published dataset, fetched, in the order of splits and rows.

        Raises DataError (snapshot-hub, published-digest) where one cannot be had.
        """
        listed = manifest.iter_data_files(self.manifest)
        found = [(split, each["path"]) for name, split, each in listed if name == config]
        if found:
            self.fetch([path for _, path in found])
        if missing := [path for _, path in found if not (self.folder / path).is_file()]:
            message = "the file is missing"
            raise DataError([Issue(f"{self.name}/{path}", 1, "published-digest", message) for path in missing])
        return [PublishedFile(split, self.folder / path) for split, path in found]

    def damaged_files(self) -> Iterator[Issue]:
        """Yield an issue for each data file of a published dataset that is not what the manifest says."""
        self.fetch(["*"])
        for _, _, each in manifest.iter_data_files(self.manifest):
            path = self.folder / each["path"]
            found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
            if found != each["sha256"]:
                message = f"its SHA-256 is {found}, not that of manifest.json" if found else "the file is missing"
                yield Issue(f"{self.name}/{each['path']}", 1, "published-digest", message)


def open_source(address: str | Path, revision: str | None = None) -> DatasetSource:
    """Return the source that an address names.

    Args:
        address: The folder of a root or of a published dataset, or ``hf://datasets/ORG/NAME``, which may end in
            ``@REVISION``.
        revision: A branch, tag or commit on the Hub; the main branch by default. It is resolved once.

    Raises:
        DataError: (snapshot-form, snapshot-hub) It names no dataset, or one that cannot be downloaded.
    """
    if str(address).startswith(HUB_PREFIX):
        return _open_hub(str(address), revision)
    folder, name = Path(address), str(address)
    if revision is not None:
        message = f"only a dataset on the Hub has revisions such as {revision!r}"
        raise DataError([Issue(name, 1, "snapshot-form", message)])
    if (folder / "manifest.json").is_file():
        return DatasetSource(SourceKind.FOLDER, name, folder)
    if (folder / SCHEMA_FILE).is_file() or (folder / RAW_FOLDER).is_dir():
        return DatasetSource(SourceKind.ROOT, name, folder)
    message = f"it holds neither {SCHEMA_FILE} nor manifest.json" if folder.is_dir() else "there is no such folder"
    raise DataError([Issue(name, 1, "snapshot-form", message)])


def _open_hub(name: str, revision: str | None) -> DatasetSource:
    address = hub_download.parse_address(name)
    if revision is not None and address.revision not in (None, revision):
        message = f"the address names another revision than {revision!r}"
        raise DataError([Issue(name, 1, "snapshot-form", message)])
    folder = hub_download.download(address._replace(revision=revision or address.revision), ["manifest.json"])
    if not (folder / "manifest.json").is_file():
        raise DataError([Issue(name, 1, "snapshot-form", "it has no manifest.json")])
    pinned = address._replace(revision=folder.name)
    return DatasetSource(SourceKind.HUB, str(pinned), folder, pinned)


def restore_root(source: DatasetSource, target: Path) -> None:
    """Write the root behind a published dataset into an empty folder (`published_root.write_root`)."""
    source.fetch(published_root.DESCRIPTIONS)
    for config in published_root.needed_configs(source.folder):
        source.data_files(config)
    published_root.write_root(source.folder, target, source.name)


@contextmanager
def readable_root(source: DatasetSource) -> Iterator[Path]:
    """Give a root to read: the source itself, or a temporary one behind what is published."""
    if source.is_root:
        yield source.folder
        return
    work = Path(tempfile.mkdtemp(prefix="pactwire-"))
    try:
        restore_root(source, work)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
