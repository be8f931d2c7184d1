"""The withdrawal of articles from the Hub: no branch and no tag reaches their words afterwards.

A branch gets a commit without the files that hold them, until the next release brings these back without the articles;
then its history becomes one commit. A tag whose files hold them is deleted, and never moved: who pinned it gets an
error, not other data under its name. A tag with clean files is put on a commit of its own with the same files. At last
the LFS objects are deleted for good. Each step may be the last of a run: the next one goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from huggingface_hub import CommitOperationDelete

from pactwire.model import strict_json
from pactwire.release.hub import HUB_ERRORS, HubClient
from pactwire.release.hub_history import BRANCH, FOREIGN, TAG, HubRef, HubTraces, list_refs, search_hub
from pactwire.release.trace_search import TraceSearch
from pactwire.storage import files

STATE_FILE: Final = ".pactwire/withdrawn-hub.json"
"""What no ref shows once a run was interrupted: the LFS objects and the commits with traces, by repository."""
KEPT: Final = "pactwire-keep-"
"""How the branches begin that hold the files of a tag while it is put on another commit."""
_MESSAGE: Final = "Remove withdrawn articles"


@dataclass
class HubWithdrawal:
    """What is done with each ref that reaches traces.

    ``emptied`` are the files that go from branches, by branch; ``squashed`` are branches whose history becomes one
    commit, ``deleted`` and ``renewed`` are tags, ``foreign`` refs that only the Hub writes; ``lfs`` are LFS objects,
    ``commits`` those with traces.
    """

    repo: str
    emptied: dict[str, list[str]] = field(default_factory=dict)
    squashed: dict[str, int] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    lfs: list[str] = field(default_factory=list)
    commits: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.squashed or self.deleted or self.renewed or self.lfs)

    def lines(self) -> Iterator[str]:
        """Yield what is done, as lines of text."""
        if self.commits:
            yield f"commits with traces: {len(self.commits):,}"
        for branch, count in self.squashed.items():
            names = self.emptied.get(branch, ())
            gone = f"{len(names):,} files removed until the next `pactwire publish`, " if names else ""
            yield f"branch {branch}: {gone}its {count:,} commits become one"
        for tag in self.deleted:
            yield f"tag {tag}: deleted; who pinned it, or one of its commits, gets an error"
        for tag in self.renewed:
            yield f"tag {tag}: put on a new commit with the same files; who pinned its old commit gets an error"
        if self.lfs:
            yield f"LFS objects deleted for good: {len(self.lfs):,}"
        for ref in self.foreign:
            yield f"{ref}: stays, since only the Hub can change it; write to its support"

    def as_json(self) -> dict[str, Any]:
        """Return the plan as JSON."""
        return vars(self)


def plan_hub(hub: HubClient, search: TraceSearch, root: Path) -> HubWithdrawal:
    """Return what a withdrawal does on the Hub; nothing is sent. Raises DataError (withdraw-hub and others)."""
    state = _read_state(root, hub.repo)
    found = search_hub(hub, search)
    plan = HubWithdrawal(hub.repo, lfs=sorted({*found.lfs, *state["lfs"]}), commits=sorted(found.traces))
    for ref, commits in found.history.items():
        kept = ref.name.removeprefix(KEPT) if ref.kind == BRANCH and ref.name.startswith(KEPT) else ""
        if kept:
            plan.renewed.append(kept)
        elif found.is_traced(ref):
            _plan_ref(plan, ref, commits, found)
    plan.renewed = sorted({*plan.renewed})
    return plan


def _plan_ref(plan: HubWithdrawal, ref: HubRef, commits: list[str], found: HubTraces) -> None:
    if ref.kind == FOREIGN:
        plan.foreign.append(ref.name)
    elif ref.kind == BRANCH:
        plan.squashed[ref.name] = len(commits)
        if paths := found.paths(ref.commit):
            plan.emptied[ref.name] = paths
    elif found.paths(ref.commit):
        plan.deleted.append(ref.name)
    else:
        plan.renewed.append(ref.name)


def withdraw_from_hub(hub: HubClient, plan: HubWithdrawal, root: Path) -> Iterator[str]:
    """Carry out a plan, and yield each step that is done as a line of text.

    Raises DataError (withdraw-hub and others), after which the next run goes on.
    """
    state = _read_state(root, hub.repo)
    commits = sorted({*state["commits"], *plan.commits})
    _write_state(root, hub.repo, {"lfs": plan.lfs, "commits": commits})
    try:
        yield from _steps(hub, plan)
    except HUB_ERRORS as error:
        raise hub.as_data_error(error, "withdraw-hub") from None
    _write_state(root, hub.repo, {"lfs": [], "commits": commits})


def _steps(hub: HubClient, plan: HubWithdrawal) -> Iterator[str]:
    for branch, paths in plan.emptied.items():
        hub.api.create_commit(
            hub.repo, [CommitOperationDelete(path) for path in paths], commit_message=_MESSAGE,
            repo_type="dataset", revision=branch,
        )  # fmt: skip
        yield f"branch {branch}: {len(paths):,} files removed"
    for tag in plan.deleted:
        hub.api.delete_tag(hub.repo, tag=tag, repo_type="dataset")
        yield f"tag {tag}: deleted"
    for tag in plan.renewed:
        _renew_tag(hub, tag)
        yield f"tag {tag}: put on a new commit"
    for branch in plan.squashed:
        _squash(hub, branch)
        yield f"branch {branch}: its commits became one"
    if wanted := [each for each in hub.api.list_lfs_files(hub.repo, repo_type="dataset") if each.file_oid in plan.lfs]:
        hub.api.permanently_delete_lfs_files(hub.repo, wanted, rewrite_history=False, repo_type="dataset")
        yield f"LFS objects deleted for good: {len(wanted):,}"


def _squash(hub: HubClient, branch: str) -> None:
    hub.api.super_squash_history(hub.repo, branch=branch, commit_message=_MESSAGE, repo_type="dataset")


def _renew_tag(hub: HubClient, tag: str) -> None:
    """Put a tag on a commit with its files and no history; a branch holds them, also while there is no tag."""
    branch = f"{KEPT}{tag}"
    if (BRANCH, branch) not in _commits_by_ref(hub):
        hub.api.create_branch(hub.repo, branch=branch, revision=tag, repo_type="dataset")
    if len(hub.api.list_repo_commits(hub.repo, revision=branch, repo_type="dataset")) > 1:
        _squash(hub, branch)
    refs = _commits_by_ref(hub)
    is_renewed = refs.get((TAG, tag)) == refs[BRANCH, branch]
    if (TAG, tag) in refs and not is_renewed:
        hub.api.delete_tag(hub.repo, tag=tag, repo_type="dataset")
    if not is_renewed:
        hub.api.create_tag(hub.repo, tag=tag, revision=branch, repo_type="dataset")
    hub.api.delete_branch(hub.repo, branch=branch, repo_type="dataset")


def _commits_by_ref(hub: HubClient) -> dict[tuple[str, str], str]:
    return {(each.kind, each.name): each.commit for each in list_refs(hub)}


# --- what an interrupted run leaves


def former_commits(root: Path, repo: str) -> list[str]:
    """Return the commits from which a repository was freed, which the Hub may still show to who knows their ids."""
    return _read_state(root, repo)["commits"]


def _read_state(root: Path, repo: str) -> dict[str, list[str]]:
    path = root / STATE_FILE
    states: dict[str, Any] = files.read_json(path, STATE_FILE) if path.is_file() else {}
    return {"lfs": [], "commits": [], **states.get(repo, {})}


def _write_state(root: Path, repo: str, state: dict[str, list[str]]) -> None:
    path = root / STATE_FILE
    states: dict[str, Any] = files.read_json(path, STATE_FILE) if path.is_file() else {}
    files.write_file(path, strict_json.pretty({**states, repo: state}))
