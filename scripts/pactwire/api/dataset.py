"""The dataset as an object: its articles by id, and what the commands do as methods."""

import difflib
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from pactwire.agreement import agreement_report
from pactwire.api import reports
from pactwire.api.reports import AgreementReport, BuildReport, ExportReport, ScoreReport, ValidationReport, VersionDiff
from pactwire.build import features
from pactwire.card import dataset_folder
from pactwire.convert import export_result, export_writers, exporting
from pactwire.corpus import corpus
from pactwire.corpus.article_objects import Article, as_article
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.splits import SPLITS, UNPUBLISHED
from pactwire.model.issues import DataError, Issue
from pactwire.model.schema import AnnotationSchema
from pactwire.release import change_report, dataset_sources, diff, prediction_scores, snapshots
from pactwire.release.dataset_sources import DatasetSource, SourceKind
from pactwire.release.hub_download import HubAddress
from pactwire.release.prediction_scores import ScoreRequest
from pactwire.release.snapshots import Snapshot
from pactwire.storage import locks
from pactwire.validation import validate

if TYPE_CHECKING:
    import datasets

ExportFormat = Literal["brat", "conll", "spacy", "gliner", "webannotation"]
"""The formats that `Dataset.export` writes."""

_MOST_COMPARED: Final = 10_000
"""Articles whose ids a wrong one is compared with; more would take seconds."""


class Dataset:
    """A dataset: a root, or what was published of one, here or on the Hub. `pactwire.open` returns it.

    It holds articles: ``len(dataset)`` is their number, iteration yields them by id, ``dataset[id]`` is one, and
    ``id in dataset`` tells whether there is one. They are read when they are asked for, and files that change
    afterwards may or may not be seen: open the dataset again.

        >>> dataset = pw.open(".")
        >>> len(dataset), "5ccec2fc13046f9d" in dataset
        (5, True)
        >>> [article.id for article in dataset if article.split == "test"]
        ['5ccec2fc13046f9d']
    """

    def __init__(self, source: DatasetSource) -> None:
        self._source = source

    # --- what it is

    @property
    def name(self) -> str:
        """The folder as it was given, or the address on the Hub with the commit that it is read at."""
        return self._source.name

    @property
    def kind(self) -> str:
        """``root``, ``folder`` for a published dataset on this machine, or ``hub``."""
        return self._source.kind.value

    @property
    def commit(self) -> str | None:
        """The commit on the Hub that it is read at; None elsewhere."""
        return self._source.commit

    @property
    def version(self) -> str:
        """The version of the data."""
        return self._source.version

    @cached_property
    def schema(self) -> AnnotationSchema:
        """What the dataset's schema declares."""
        return self._source.read_schema()

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers that the schema declares, in its order."""
        return tuple(self.schema.layers)

    @cached_property
    def configs(self) -> tuple[str, ...]:
        """The names of the configs that `rows` knows, in published order."""
        return tuple(features.configs(self.schema))

    @cached_property
    def annotators(self) -> tuple[str, ...]:
        """The annotators who have documents, sorted, without ``final``; those of closed rounds are not among them."""
        return tuple(sorted(self._data.documents.annotators() - {FINAL}))

    def __repr__(self) -> str:
        about = f"{len(self):,} articles, layers {', '.join(self.layers) or 'none'}"
        return f"<dataset {self.name!r} {self.version}: {about}, annotators {', '.join(self.annotators) or 'none'}>"

    # --- articles

    def __len__(self) -> int:
        return len(self._data.articles)

    def __iter__(self) -> Iterator[Article]:
        """Yield the articles in the order of their ids, with those that are in no split."""
        return (self[identity] for identity in sorted(self._data.articles))

    def __contains__(self, article: object) -> bool:
        if isinstance(article, Article):
            return article.id in self._data.articles and self[article.id] == article
        return article in self._data.articles

    def __getitem__(self, identity: str) -> Article:
        """Return an article.

        Raises:
            KeyError: There is no article with this id; the message tells of a similar one, and of one that was removed.
            DataError: It cannot be read.
        """
        if not isinstance(identity, str):
            raise KeyError(f"{identity!r} is no id of an article, which is a string; loop over the dataset for all")
        row = self._data.splits.row_of(identity)
        if article := as_article(self._data, identity, row):
            return article
        if row and row.split in UNPUBLISHED:
            raise KeyError(f"the article {identity} is {row.split}: the dataset has its row, and not its text")
        candidates = self._data.articles if len(self) <= _MOST_COMPARED else ()
        near = difflib.get_close_matches(identity, candidates, 1, 0.6)
        hint = f"; the nearest is {near[0]!r}" if near else ", which is sixteen hexadecimal digits"
        raise KeyError(f"{self.name} has no article with the id {identity!r}{hint}")

    @cached_property
    def _data(self) -> Corpus:
        return corpus.load_corpus(self._root)

    @cached_property
    def _root(self) -> Path:
        """The root that is read: the dataset's own, or one behind what is published, which goes with this object."""
        if self._source.is_root:
            return self._source.folder.resolve()
        root = self._temporary_folder()
        with self._reading():
            dataset_sources.restore_root(self._source, root)
        return root

    def _reading(self) -> AbstractContextManager[None]:
        folder = self._source.lock_folder
        return locks.reading(folder) if folder else nullcontext()

    def _temporary_folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="pactwire-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    # --- what the commands do

    def validate(self, *, workers: int = 1) -> ValidationReport:
        """Return every issue, as `pactwire validate` does.

        Of a published dataset, the digests of its data files are checked as well. Issues of its articles and documents
        name files of the root behind it, and the record.

        Args:
            workers: The number of processes; it does not change the result.
        """
        with self._reading():
            damaged = [] if self._source.is_root else sorted(self._source.damaged_files())
            return ValidationReport(tuple(damaged or validate.validate_dataset(self._root, workers=workers)))

    def agreement(self, *annotators: str) -> AgreementReport:
        """Return the agreement of two annotators or more, as `pactwire agreement` reports it.

        Raises:
            ValueError: Fewer than two annotators.
            DataError: They cannot be compared, with every reason.
        """
        if len(annotators) < 2:
            raise ValueError("name two annotators or more")
        with self._reading():
            return reports.agreement_of(self.schema, agreement_report.compare_annotators(self._data, annotators))

    @overload
    def rows(self, config: str, *, split: str) -> "datasets.Dataset": ...
    @overload
    def rows(self, config: str, *, split: None = None) -> "datasets.DatasetDict": ...
    def rows(self, config: str, *, split: str | None = None) -> Any:
        """Return the rows of a config: those that `pactwire build` writes, and `load_dataset` loads.

        The rows of a root are built once for this object, in a temporary folder, whatever dataset/ holds.

        Args:
            config: One of `configs`.
            split: ``train``, ``validation`` or ``test``; None for all of them.

        Returns:
            A `datasets.Dataset` in memory, or a `datasets.DatasetDict` of all splits that have rows.

        Raises:
            KeyError: There is no such config, or it has no such split.
            DataError: The root has issues, with all of them.

        Example:
            >>> dataset = pw.open(".")
            >>> dataset.rows("stance", split="train").num_rows
            57
        """
        import datasets

        from pactwire.api.row_tables import read_tables

        if config not in self.configs:
            raise KeyError(f"there is no config {config!r}; there are {', '.join(self.configs)}")
        built = self._built
        with self._reading():
            tables = read_tables(built, config, split)
        if split is None:
            return datasets.DatasetDict(tables)
        if split not in tables:
            known = ", ".join(dict.fromkeys(each.split for each in built.data_files(config)))
            raise KeyError(f"the config {config!r} has no rows in a split {split!r}; it has {known or 'none at all'}")
        return tables[split]

    @cached_property
    def _built(self) -> DatasetSource:
        """The published dataset that rows are read from."""
        if not self._source.is_root:
            return self._source
        folder = self._temporary_folder()
        dataset_folder.build(self._root, target=folder)
        return DatasetSource(SourceKind.FOLDER, self.name, folder)

    def build(self, *, workers: int = 1) -> BuildReport:
        """Build dataset/ of a root, as `pactwire build` does.

        Args:
            workers: The number of processes; it does not change the result.

        Raises:
            DataError: The root has issues, with all of them; or it is no root (not-a-root). Nothing is written then.
        """
        if not self._source.is_root:
            message = "it is what was published of a dataset, so there is nothing to build it from"
            raise DataError([Issue(self.name, 1, "not-a-root", message)])
        built = dataset_folder.build(self._root, workers)
        counts = {
            config: sum(each.rows for written in splits.values() for each in written)
            for config, splits in built.files.items()
        }
        return BuildReport(counts, tuple(sorted(built.file_names)), {name: n for name, n in built.losses.items() if n})

    def export(
        self,
        form: ExportFormat,
        folder: str | Path,
        *,
        annotator: str = FINAL,
        mapping: str | Path | None = None,
        adopt: bool = False,
    ) -> ExportReport:
        """Write documents to a folder in another format, as `pactwire convert to` does.

        Args:
            form: The format.
            folder: The folder, which is created if it is missing.
            annotator: Whose documents; by default the final ones.
            mapping: A file with a mapping of labels, for all formats but ``webannotation``.
            adopt: Whether to take over files that version 1.0 wrote without a list.

        Raises:
            ValueError: There is no such format.
            DataError: The documents or the mapping have issues, or a file was changed since it was exported. Nothing
                is written then.
        """
        if form not in export_writers.FILE_NAME_PATTERNS:
            known = ", ".join(export_writers.FILE_NAME_PATTERNS)
            raise ValueError(f"there is no format {form!r} to export; there are {known}")
        self._require_annotator(annotator)
        file = Path(mapping) if mapping is not None else None
        with self._reading():
            result = exporting.export_documents(form, self._root, annotator, Path(folder).resolve(), adopt, file)
        report = export_result.export_report(result)
        return ExportReport(
            result.documents, result.labels, report["lost"], report["notes"],
            tuple(result.written), result.unchanged, tuple(result.removed),
        )  # fmt: skip

    def _require_annotator(self, annotator: str) -> None:
        if annotator != FINAL and annotator not in self.annotators:
            known = ", ".join(self.annotators)
            message = f"there are no documents of {annotator!r}; there are those of {known or 'no annotator'}"
            if not self._source.is_root:
                message += "; what an annotator did may be in the root and not be published"
            raise DataError([Issue(f"annotations/{annotator}", 1, "convert-empty", message)])

    def diff(self, old: str | Path) -> VersionDiff:
        """Return what changed from another version to this dataset, as `pactwire diff` lists it.

        Args:
            old: A version such as ``1.0.0``, whose tag ``v1.0.0`` is looked for in the git repository of the folder,
                or in the repository on the Hub; or anything that `pactwire diff` takes: a folder, a git revision,
                ``hf://datasets/ORG/NAME@REVISION``.

        Raises:
            DataError: There is no such version (unknown-version), or one of the two cannot be read.
        """
        with self._reading(), snapshots.open_snapshot(str(old), self._repository) as before, self._snapshot() as after:
            changes = tuple(diff.compare(before, after))
            text = "\n".join(change_report.report_lines(before, after, change_report.as_text))
            summary = diff.summarize(changes, diff.label_items(before, after))
            return VersionDiff(before.name, after.name, summary, changes, diff.not_compared(before, after), text)

    def _snapshot(self) -> Snapshot:
        self._source.fetch(snapshots.PUBLISHED_FILES)
        return snapshots.open_folder(self._source.folder, self.name)

    def score(
        self,
        predictions: str | Path | Mapping[str, Any] | Iterable[str | Path] | Iterable[Mapping[str, Any]],
        *,
        against: Sequence[str | Path] = (),
        split: str | None = "test",
        config: str | None = None,
        column: str | None = None,
        form: str = "auto",
        mapping: str | Path | None = None,
        before: str | Path | Mapping[str, Any] | Iterable[str | Path] | Iterable[Mapping[str, Any]] = (),
    ) -> ScoreReport:
        """Return how good predictions are, as `pactwire score` reports it. Nothing is written.

        Args:
            predictions: Files or folders of annotation documents, of rows of a config with predicted labels, or of a
                format that `pactwire convert from` reads; or such documents or rows themselves, one or several, as a
                `datasets.Dataset` is of rows.
            against: The versions to score against, in order, as `diff` takes them; by default this dataset.
            split: The split to score; None for all.
            config: The config of rows; by default the one that has their columns.
            column: The column of rows with the predictions; by default ``prediction``, or else the config's own.
            form: The format of files, as `pactwire convert from` calls it; ``auto`` finds documents and rows as well.
            mapping: A file with a mapping of labels, for these formats.
            before: Predictions of an earlier model, to score against the first version.

        Raises:
            ValueError: There is no such split.
            DataError: There is no such version, or the predictions have issues, with all of them.
        """
        if split is not None and split not in SPLITS:
            raise ValueError(f"there is no split {split!r}; there are {', '.join(SPLITS)}, and None for all")
        request = ScoreRequest(
            given=_given(predictions),
            before=_given(before),
            against=[str(each) for each in against] or [self._address],
            repository=self._repository,
            split=split,
            form=form,
            mapping=Path(mapping) if mapping is not None else None,
            config=config,
            column=column,
        )
        return reports.score_of(prediction_scores.score_predictions(request))

    @property
    def _address(self) -> str:
        return str(self._source.hub or self._source.folder)

    @property
    def _repository(self) -> Path | HubAddress:
        """Where tags and revisions are looked for: the repository on the Hub, or a folder in a git repository."""
        if self._source.hub:
            return self._source.hub
        folder = self._source.folder.resolve()
        return folder if self._source.is_root else folder.parent


def _given(predictions: Any) -> list[Any]:
    """Return the paths, documents or rows of predictions."""
    given = [predictions] if isinstance(predictions, str | Path | Mapping) else predictions
    return [Path(each) if isinstance(each, str | Path) else each for each in given]


def open_dataset(address: str | Path = ".", *, revision: str | None = None) -> Dataset:
    """Open a dataset.

    Args:
        address: The root of a dataset; the folder that `pactwire build` wrote; or ``hf://datasets/ORG/NAME``, which
            may end in ``@REVISION``.
        revision: For the Hub: a branch, tag or commit; by default the main branch. It is resolved once, and the whole
            dataset is read at that commit (`Dataset.commit`).

    Raises:
        DataError: There is no dataset, or its schema cannot be read, with every issue.

    Example:
        >>> pw.open(".").layers
        ('entities', 'claims', 'stances')
    """
    dataset = Dataset(dataset_sources.open_source(address, revision))
    dataset.schema  # noqa: B018  # read at once, so that a dataset without one is refused
    return dataset
