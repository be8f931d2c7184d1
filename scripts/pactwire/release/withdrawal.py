"""``pactwire withdraw``: takes articles out of a dataset's folder, and leaves tombstones that keep them out.

The plan reads only, and needs no lock: `Withdrawal.is_current` tells whether the dataset is still that of the plan.
`carry_out` changes all files of the folder at once: a process that is killed leaves the old state
or the new one, and a second run finds nothing to do. Git history, Label Studio and the Hub are modules of their own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.dataset_digest import dataset_digest
from pactwire.corpus.withdrawn import WITHDRAWN_FILE, Tombstone, Tombstones, article_urls, url_digest
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Article
from pactwire.release import work_tree
from pactwire.release.article_removal import ArticleRemoval
from pactwire.release.trace_search import Trace, TraceSearch
from pactwire.storage.staging import Staging
from pactwire.text import passages

WRITTEN_PLACE = "pages and exports"

ReportProgress = Callable[[str, int, int], None]
"""Called with what is searched, how much of it is done, and the total; 0 if that is unknown."""


def _silent(_: str, __: int, ___: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal does to a dataset's folder.

    ``tombstones`` are those of all its articles, ``new`` those that are not in the dataset yet. ``copies`` are other
    articles that hold most of an article's passages, which stay; ``traces`` are files that hold some and stay too.
    ``digest`` is that of the dataset when the plan was begun.
    """

    removal: ArticleRemoval
    tombstones: Sequence[Tombstone]
    new: Sequence[Tombstone]
    written: Sequence[Path] = ()
    copies: Sequence[tuple[str, Trace]] = ()
    traces: Sequence[tuple[str, Trace]] = field(default=())
    digest: str | None = None

    def is_current(self, root: Path) -> bool:
        """Whether the dataset is the one that this was planned for."""
        return self.digest is not None and dataset_digest(root) == self.digest

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the folder changes."""
        return not (self.new or self.written or self.removal.gone or self.removal.lines)

    def counts(self) -> dict[str, int]:
        """Return how many of what is removed, by place."""
        counts = {place: count for place, count in self.removal.counts.items() if count}
        return counts | ({WRITTEN_PLACE: len(self.written)} if self.written else {})

    def as_json(self) -> dict[str, Any]:
        """Return the plan as JSON."""
        return {
            "removed": self.counts(),
            "files": sorted({*self.removal.gone, *self.removal.lines}),
            "tombstones": [each.article for each in self.new],
            "copies": [{"article": name, "trace": trace.describe()} for name, trace in self.copies],
            "traces": [{"file": name, "trace": trace.describe()} for name, trace in self.traces],
        }


def plan_withdrawal(
    root: Path, articles: Sequence[str], day: str, reason: str | None, report: ReportProgress = _silent
) -> Withdrawal:
    """Return what withdrawing articles does to a dataset's folder; changes nothing.

    Args:
        root: The dataset root.
        articles: Ids of articles that are in the dataset, or were withdrawn before.
        day: The day of the withdrawal, in ISO 8601.
        reason: Why, on one line, or None.
        report: Called with what is searched, how much of it is done, and the total.

    Raises:
        DataError: withdraw-unknown for other ids, and the issues of articles that cannot be read.
    """
    digest = dataset_digest(root)
    data = corpus.load_corpus(root)
    issues = [
        Issue(WITHDRAWN_FILE, 1, "withdraw-unknown", f"the dataset has no article {each}, and withdrew none", each)
        for each in articles
        if each not in data.articles and each not in data.withdrawn.by_article
    ]
    found: dict[str, Article] = {}
    for each in articles:
        article, flaws = data.articles.read_with_issues(each)
        issues += flaws
        if article:
            found[each] = article
    if issues := [*issues, *(issue for issue in data.issues if issue.file == WITHDRAWN_FILE)]:
        raise DataError(issues)
    new = [_tombstone(data, found[each], day, reason) for each in found if each not in data.withdrawn.by_article]
    new, copies = _without_quotations(data, new, articles, report)
    tombstones = [*(each for each in data.withdrawn if each.article in articles), *new]
    return replace(_Plan(data, articles, tombstones, new, copies).withdrawal(report), digest=digest)


class _Plan:
    """The search for what else a folder holds of the articles."""

    def __init__(
        self,
        data: Corpus,
        articles: Sequence[str],
        tombstones: Sequence[Tombstone],
        new: Sequence[Tombstone],
        copies: Sequence[tuple[str, Trace]],
    ) -> None:
        self.root, self.tombstones, self.new, self.copies = data.root, tombstones, new, copies
        self.removal = ArticleRemoval(data, articles)
        self.search = TraceSearch(tombstones)

    def withdrawal(self, report: ReportProgress) -> Withdrawal:
        folders = work_tree.written_folders(self.root)
        written = [path for paths in folders if any(map(self._traces, paths)) for path in paths]
        handled = {*self.removal.gone, *self.removal.lines, *(self._name(path) for path in written)}
        others = [
            (name, path)
            for name, path in work_tree.iter_files(self.root)
            if name not in handled and not name.startswith((".pactwire/", "dataset/raw/"))
        ]
        traces = []
        for done, (name, path) in enumerate(others):
            report("files", done, len(others))
            traces += [(name, trace) for trace in self._traces(path)]
        return Withdrawal(self.removal, self.tombstones, self.new, written, self.copies, traces)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _traces(self, path: Path) -> list[Trace]:
        try:
            return self.search.search(self._name(path), path.read_bytes())
        except FileNotFoundError:  # another command replaces it
            return []


def carry_out(root: Path, plan: Withdrawal) -> None:
    """Take articles out of a dataset's folder by a current plan; the caller holds the folder's lock."""
    if plan.is_empty:
        return
    with Staging(root) as staging:
        path = root / WITHDRAWN_FILE
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        staging.add(path, before + "".join(each.line() for each in plan.new))
        plan.removal.stage(staging)
        for each in filter(Path.is_file, plan.written):
            staging.remove(each)
        staging.publish()


def _tombstone(data: Corpus, article: Article, day: str, reason: str | None) -> Tombstone:
    source = data.sources.get(article["id"])
    return Tombstone(
        article["id"], day, reason, article["source_sha256"],
        files=(source["sha256"],) if source else (),
        urls=tuple(map(url_digest, article_urls(article))),
        passages=tuple(dict.fromkeys(passages.passage_digests(article["source_text"]))),
    )  # fmt: skip


def _without_quotations(
    data: Corpus, tombstones: Sequence[Tombstone], articles: Sequence[str], report: ReportProgress
) -> tuple[list[Tombstone], list[tuple[str, Trace]]]:
    """Return tombstones without passages that other articles quote too, and the articles that hold most of one's."""
    known = Tombstones(tombstones)
    shared: set[str] = set()
    copies: list[tuple[str, Trace]] = []
    for done, name in enumerate(data.articles if tombstones else ()):
        report("articles", done, len(data.articles))
        article = None if name in articles else data.articles.get(name)
        for tombstone, found in known.passages_in(article["source_text"]).items() if article else ():
            if tombstone.is_most(len(found)):
                copies.append((name, Trace(tombstone, len(found), is_named=False)))
            else:
                shared |= found
    kept = [each._replace(passages=tuple(p for p in each.passages if p not in shared)) for each in tombstones]
    return kept, copies
