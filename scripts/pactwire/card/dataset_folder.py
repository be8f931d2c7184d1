"""The built dataset folder: data files, their description, the schema and plots, from a valid dataset.

``README.md`` names the data files that belong to the dataset. Those of earlier builds stay until it is replaced in one
step, so a killed build leaves the old dataset or the new one, and the next build removes stale files.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pactwire.build import data_files, features, manifest, stale_files
from pactwire.build.build_cache import BuildCache, BuildResult
from pactwire.build.data_files import ProgressCallback
from pactwire.card import card, copied_files, croissant
from pactwire.corpus import schema_file
from pactwire.corpus.corpus import Corpus
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.storage import executors, files, locks, remote
from pactwire.storage.staging import Staging


def build(
    root: Path,
    workers: int = 1,
    target: Path | None = None,
    engine: str = executors.LOCAL,
    report: ProgressCallback = lambda what, done, total: None,
) -> BuildResult:
    """Build ``root/dataset``, or the same into another folder, and return what was written.

    The bytes do not depend on ``workers`` and ``engine``. There is one writer at a time in ``root``
    (`locks.writing`). Raises DataError with all issues of the data, and OSError where the target cannot be
    written; the previous dataset then stays unchanged.
    """
    if target is not None:
        with locks.reading(root), locks.creating(target):
            return _build_into(root, workers, target, engine, report, None)
    with locks.writing(root):
        held = root / "dataset"
        return _build_into(root, workers, held, engine, report, BuildCache(root / ".pactwire" / "build", held))


def _build_into(
    root: Path, workers: int, target: Path, engine: str, report: ProgressCallback, cache: BuildCache | None
) -> BuildResult:
    earlier = stale_files.referenced_files(target)
    try:
        data, built = data_files.write_data(root, target, cache, workers, engine, report)
        issues = {*built.issues, *stale_files.conflict_issues(target, copied_files.copied_files(root))}
        if issues:
            raise DataError(sorted(issues))
        about = manifest.build_manifest(data, built.files, built.losses, built.statistics)
        stale = stale_files.stale_data_files(target, built.file_names, earlier, features.configs(data.schema))
        write_descriptions(data, about, target, stale)
    except BaseException:
        _remove_stale(root, target, stale_files.referenced_files(target), earlier)
        raise
    _remove_stale(root, target, built.file_names, earlier)
    if cache:
        cache.remove_unused()
    return built


def write_descriptions(data: Corpus, about: Mapping[str, Any], target: Path, stale: Iterable[Path] = ()) -> None:
    """Write the files that describe the data: the schema and plots, the manifest, croissant.json and, last, README.md.

    The files in ``stale`` are removed in the same step.
    """
    with Staging(data.root if target == data.root / "dataset" else None) as staging:
        is_store = remote.is_store(target)
        write, remove = (files.write_file, copied_files.remove_file) if is_store else (staging.add, staging.remove)
        about = {**about, **copied_files.publish(data.root, target, write, remove)}
        write(target / "manifest.json", strict_json.pretty(about))
        for name, content in card_files(data, about).items():
            write(target / name, content)
        for path in stale:
            remove(path)
        staging.publish()


def card_files(data: Corpus, about: Mapping[str, Any]) -> dict[str, str]:
    """Return the files that the card of a dataset gives with the manifest, by name: croissant.json and README.md."""
    text = card.read_source(data.root)
    columns = {config: features.config_features(data.schema, config) for config in about["configs"]}
    return {
        "croissant.json": strict_json.pretty(croissant.describe_dataset(data, about, columns, text)),
        "README.md": card.published_readme(about, columns, text),
    }


def _remove_stale(root: Path, target: Path, wanted: Iterable[str], earlier: Iterable[str]) -> None:
    try:
        configs = features.configs(schema_file.read_schema(root))
    except DataError:  # a build without a schema has written nothing
        return
    for path in stale_files.stale_data_files(target, wanted, earlier, configs):
        path.unlink()
    stale_files.remove_empty_folders(target, configs)
