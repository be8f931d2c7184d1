"""The built dataset folder: data files, manifest.json, croissant.json, plots and README.md, from a valid dataset.

Data files of earlier builds stay until ``README.md``, which names the files that count, is replaced in one step. A
killed build leaves the old dataset or the new one, and the next build removes what is left over.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pactwire.build import build as data_files
from pactwire.build import manifest, stale_files
from pactwire.build.build import Report
from pactwire.build.build_cache import Built, Store
from pactwire.card import card, croissant
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
    report: Report = lambda what, done, total: None,
) -> Built:
    """Build ``root/dataset``, or the same into another folder, and return what was written.

    Raises DataError with all issues of the data, and OSError where the target can't be written; the
    previous dataset then stays as it was. Neither workers nor engine change a byte. There is one writer at
    a time in ``root`` (`locks.writing`).
    """
    if target is not None:
        with locks.reading(root), locks.making(target):
            return _build(root, workers, target, engine, report, None)
    with locks.writing(root):
        held = root / "dataset"
        return _build(root, workers, held, engine, report, Store(root / ".pactwire" / "build", held))


def _build(root: Path, workers: int, target: Path, engine: str, report: Report, cache: Store | None) -> Built:
    earlier = stale_files.named(target)
    try:
        data, built = data_files.write_data(root, target, cache, workers, engine, report)
        issues = {*built.issues, *stale_files.in_the_way(target, card.plots_of(root))}
        if issues:
            raise DataError(sorted(issues))
        about = manifest.of(data.version, built.files, built.losses, built.tally)
        describe(data, about, target, stale_files.stale(target, built.paths, earlier))
    except BaseException:
        _remove_stale(target, stale_files.named(target), earlier)
        raise
    _remove_stale(target, built.paths, earlier)
    if cache:
        cache.sweep()
    return built


def describe(data: Corpus, about: Mapping[str, Any], target: Path, stale: Iterable[Path] = ()) -> None:
    """Write what describes the data files: the card's plots, the manifest, croissant.json and, last, README.md.

    The files in ``stale`` are removed in the same step.
    """
    text = card.text(data.root)
    staging = Staging(data.root if target == data.root / "dataset" else None)
    write, remove = (files.write, card.unlink) if remote.is_store(target) else (staging.add, staging.remove)
    try:
        about = {**about, "plots": card.publish_plots(data.root, target, write, remove)}
        write(target / "manifest.json", strict_json.pretty(about))
        write(target / "croissant.json", strict_json.pretty(croissant.of(data, about, text)))
        write(target / "README.md", card.readme(about, text))
        for path in stale:
            remove(path)
        staging.publish()
    finally:
        staging.discard()


def _remove_stale(target: Path, wanted: Iterable[str], earlier: Iterable[str]) -> None:
    for path in stale_files.stale(target, wanted, earlier):
        path.unlink()
    stale_files.remove_empty(target)
