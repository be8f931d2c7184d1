"""Traces of withdrawn articles on the Hub: in each file of each commit that a branch, a tag or another ref reaches."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile

from pactwire.release.hub import HUB_ERRORS, HubClient
from pactwire.release.trace_search import Trace, TraceSearch

BRANCH: Final = "branch"
TAG: Final = "tag"
FOREIGN: Final = "ref"
"""A ref that only the Hub writes: of a pull request, or of a conversion."""


class HubRef(NamedTuple):
    """A name of a commit; ``revision`` is what requests call it."""

    kind: str
    name: str
    revision: str
    commit: str


@dataclass
class HubTraces:
    """What a repository holds of withdrawn articles.

    ``history`` has the commits of each ref, newest first. ``traces`` are those of commits, by their id, with the path
    of the file, empty for the commit's message. ``lfs`` are the SHA-256 of LFS objects with traces.
    """

    history: dict[HubRef, list[str]] = field(default_factory=dict)
    traces: dict[str, list[tuple[str, Trace]]] = field(default_factory=dict)
    lfs: set[str] = field(default_factory=set)

    def paths(self, commit: str) -> list[str]:
        """Return the files of a commit that hold traces."""
        return sorted({path for path, _ in self.traces.get(commit, ()) if path})

    def is_traced(self, ref: HubRef) -> bool:
        """Say whether a ref reaches a commit with traces."""
        return any(commit in self.traces for commit in self.history[ref])


def search_hub(hub: HubClient, search: TraceSearch, others: Iterable[str] = ()) -> HubTraces:
    """Return the traces in all that the refs of a repository reach, and in other commits that answer by their id.

    Each content is downloaded once, and not kept. Raises DataError (publish-hub and others).
    """
    with TemporaryDirectory() as cache:
        return _HubSearch(hub, search, Path(cache)).run(others)


class _HubSearch:
    def __init__(self, hub: HubClient, search: TraceSearch, cache: Path) -> None:
        self.hub, self.search, self.cache = hub, search, cache
        self.contents: dict[str, list[Trace]] = {}
        self.found = HubTraces()
        self.read: set[str] = set()

    def run(self, others: Iterable[str]) -> HubTraces:
        try:
            for ref in list_refs(self.hub):
                commits = list(
                    self.hub.api.list_repo_commits(self.hub.repo, repo_type="dataset", revision=ref.revision)
                )
                self.found.history[ref] = [each.commit_id for each in commits]
                for each in commits:
                    self._read_commit(each.commit_id, f"{each.title}\n{each.message}")
            for commit in others:
                self._read_commit(commit, "")
        except HUB_ERRORS as error:
            raise self.hub.as_data_error(error, "withdraw-hub") from None
        return self.found

    def _read_commit(self, commit: str, message: str) -> None:
        if commit in self.read:
            return
        self.read.add(commit)
        traces = [("", trace) for trace in self.search.search("", message.encode())]
        try:
            tree = self.hub.api.list_repo_tree(self.hub.repo, recursive=True, revision=commit, repo_type="dataset")
            files = [each for each in tree if isinstance(each, RepoFile)]
        except RevisionNotFoundError:
            return
        for file in files:
            content = file.lfs.sha256 if file.lfs else file.blob_id
            if content not in self.contents:
                self.contents[content] = self._read_file(commit, file.path)
            traces += [(file.path, trace) for trace in self.contents[content]]
            if file.lfs and self.contents[content]:
                self.found.lfs.add(content)
        if traces:
            self.found.traces[commit] = traces

    def _read_file(self, commit: str, path: str) -> list[Trace]:
        """Return the traces in a file; none if its content was deleted for good."""
        try:
            stored = self.hub.api.hf_hub_download(
                self.hub.repo, path, repo_type="dataset", revision=commit, cache_dir=self.cache
            )
        except EntryNotFoundError:
            return []
        content = Path(stored).resolve()
        traces = self.search.search(path, content.read_bytes())
        content.unlink()
        return traces


def list_refs(hub: HubClient) -> list[HubRef]:
    """Return the refs of a repository, those of pull requests and conversions included; none without a repository."""
    try:
        refs = hub.api.list_repo_refs(hub.repo, repo_type="dataset", include_pull_requests=True)
    except RepositoryNotFoundError:
        return []
    foreign = [*refs.converts, *(refs.pull_requests or ())]
    return [
        *(HubRef(BRANCH, each.name, each.name, each.target_commit) for each in refs.branches),
        *(HubRef(TAG, each.name, each.name, each.target_commit) for each in refs.tags),
        *(HubRef(FOREIGN, each.ref, each.ref, each.target_commit) for each in foreign),
    ]
