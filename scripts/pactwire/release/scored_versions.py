"""The versions of a dataset that predictions are scored against: their final documents, and the rows of a config."""

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pactwire.build import manifest
from pactwire.card import dataset_folder
from pactwire.corpus.articles import RAW_FOLDER
from pactwire.corpus.corpus import FINAL
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Document, Zone
from pactwire.release import hub_download, published_rows, snapshots, versions
from pactwire.release.hub_download import HubAddress
from pactwire.release.migration_changes import migrations_between
from pactwire.release.snapshots import ArticleState, Snapshot
from pactwire.release.versions import VersionPlace
from pactwire.storage import files, locks
from pactwire.text import offsets


@dataclass(frozen=True)
class GoldArticle:
    """An article of a version: its split, its text, the zones that it came with, and its final document, if any."""

    id: str
    split: str
    text: str
    sha256: str
    given_zones: list[Zone] | None
    final: Document | None

    @cached_property
    def zones(self) -> list[Zone]:
        """Its zones: those of its final document, else those that it came with, else those found by rule."""
        from pactwire.text import zones  # language identification takes long to load

        own = self.final.get("zones", self.given_zones) if self.final else self.given_zones
        return own if own is not None else [*zones.detect_zones(self.text)]


@dataclass(frozen=True)
class GoldRow:
    """A row of a config in a version: its split and its columns, with class labels by name."""

    split: str
    values: Mapping[str, Any]


class ScoredVersion:
    """A version of a dataset; ``articles`` are by id, with the labels that later migrations made of theirs."""

    def __init__(self, name: str, snapshot: Snapshot, latest: Snapshot, place: "_Place") -> None:
        self.name = name
        self.schema = latest.schema
        between = migrations_between(snapshot, latest)
        self.articles = {state.id: _gold_article(state, name) for state in map(between.state, snapshot.articles())}
        self._place = place
        self._features = snapshot.features
        self._segments: dict[str, list[Any]] = {}

    def columns(self, config: str) -> Collection[str]:
        """Return the columns of a config; none if the version does not have it."""
        found: Collection[str] = self._features.get(config, {})
        return found

    def rows(self, config: str) -> Iterator[GoldRow]:
        """Yield the rows of a config in all splits, as they are published."""
        folder = self._place.published(config)
        about = files.read_json(folder / "manifest.json", f"{self.name}/manifest.json")
        columns = self._features.get(config, {})
        for each, split, file in manifest.iter_data_files(about):
            if each == config:
                for row in published_rows.read_rows(folder / file["path"]):
                    yield GoldRow(split, {key: _named(columns.get(key), value) for key, value in row.items()})

    def segments(self, article: str) -> list[Any]:
        """Return the segments that map between the source text of an article and its content text."""
        if article not in self._segments:
            own = self.articles[article]
            self._segments[article] = offsets.content_text(own.text, own.zones, self.schema.content_kinds)[1]
        return self._segments[article]


def _named(feature: Any, value: Any) -> Any:
    """Return a value with the names of class labels for their numbers."""
    if isinstance(value, list) and isinstance(feature, dict):
        return [_named(feature.get("feature"), each) for each in value]
    names = feature.get("names") if isinstance(feature, dict) else None
    return names[value] if names and isinstance(value, int) else value


def _gold_article(state: ArticleState, version: str) -> GoldArticle:
    if state.text is None:
        message = "it was published without texts"
        raise DataError([Issue(version, 1, "score-text-free", message, state.id)])
    final: Any = state.documents.get(FINAL)
    return GoldArticle(state.id, state.attributes["split"], state.text, state.sha256, state.zones, final)


class _Place:
    """Where the rows of a version are: a published folder, or what is built of a root into a temporary one."""

    def __init__(self, hub: HubAddress | None, folder: Path, stack: ExitStack) -> None:
        self._hub, self._folder, self._stack = hub, folder, stack

    def published(self, config: str) -> Path:
        """Return a folder with the manifest, and with the rows of a config."""
        if self._hub:
            return hub_download.download(self._hub, ["manifest.json", f"data/{config}/*"])
        return self._folder if (self._folder / "manifest.json").is_file() else self._built

    @cached_property
    def _built(self) -> Path:
        target = Path(self._stack.enter_context(tempfile.TemporaryDirectory())) / "dataset"
        dataset_folder.build(self._folder, target=target)
        return target


@contextmanager
def open_versions(sides: list[str], repository: Path | HubAddress) -> Iterator[list[ScoredVersion]]:
    """Give versions of a dataset, with the labels of all as they are in the last one.

    Args:
        sides: The names of the versions (`versions.resolve_version`).
        repository: Where tags and revisions are looked for.

    Raises:
        DataError: There is no such version, or one cannot be read.
    """
    with ExitStack() as stack:
        places = [versions.resolve_version(side, repository) for side in sides]
        opened = [_open(place, stack) for place in places]
        latest = opened[-1][0]
        named = zip(sides, opened, strict=True)
        yield [ScoredVersion(name, snapshot, latest, place) for name, (snapshot, place) in named]


def _open(version: VersionPlace, stack: ExitStack) -> tuple[Snapshot, _Place]:
    folder = snapshots.fetch_version(version, Path(stack.enter_context(tempfile.TemporaryDirectory())))
    with locks.reading(folder) if (folder / RAW_FOLDER).is_dir() else nullcontext():
        snapshot = snapshots.open_folder(folder, version.name)
    return stack.enter_context(snapshot), _Place(version.hub, folder, stack)
