"""Files that a dataset publishes as they stand in its root: the schema with its migrations, and the card's plots."""

from collections.abc import Callable
from pathlib import Path

from pactwire.build import manifest, stale_files
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import digests
from pactwire.model.issues import Issue
from pactwire.storage import files, input_files


def plot_files(root: Path) -> dict[str, Path]:
    """Return the plots beside DATASET_CARD.md, by the names under which they are published.

    Unreadable files are left out; `pactwire.validation.validate` reports them.
    """
    return _files_in(root, manifest.PLOTS, ".svg")


def schema_files(root: Path) -> dict[str, Path]:
    """Return the schema of a dataset and its migrations, by the names under which they are published."""
    beside = _files_in(root, manifest.SCHEMA, ".json")
    own = {name: path for name, path in beside.items() if name == SCHEMA_FILE}
    return own | _files_in(root, manifest.MIGRATIONS, ".json")


def copied_files(root: Path) -> dict[str, Path]:
    """Return all files that are published as they are, by name."""
    return plot_files(root) | schema_files(root)


def _files_in(root: Path, name: str, suffix: str) -> dict[str, Path]:
    folder = root / name
    entries = input_files.list_entries(folder, Path.as_posix, [root]) if folder.is_dir() else ()
    paths = (entry for entry in entries if not isinstance(entry, Issue) and entry.suffix == suffix and entry.is_file())
    return {f"{name}/{path.name}": path for path in paths}


def remove_file(path: Path) -> None:
    """Remove a file, local or in a remote store."""
    path.unlink()


def publish(
    root: Path,
    target: Path,
    write: Callable[[Path, bytes], object] = files.write_file,
    remove: Callable[[Path], object] = remove_file,
) -> dict[str, dict[str, str]]:
    """Copy the files to the built dataset; return the SHA-256 of each by name, for each key of the manifest.

    Files that the manifest there lists, but the root no longer has, are removed. `pactwire docs` draws plots, and
    `pactwire docs --check` reports stale ones.
    """
    contents = {name: path.read_bytes() for name, path in copied_files(root).items()}
    for path in stale_files.stale_copies(target, contents):
        remove(path)
    listed: dict[str, dict[str, str]] = {key: {} for key in manifest.COPIED_FOLDERS.values()}
    for name, data in contents.items():
        write(target / name, data)
        listed[manifest.COPIED_FOLDERS[name.rpartition("/")[0]]][name] = digests.sha256(data)
    return listed
