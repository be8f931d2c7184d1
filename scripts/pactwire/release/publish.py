"""Publishing to the Hub: a plan of what a release changes, then one commit and its tag.

Nothing is sent before `publish_release`. A release is one commit on an explicit parent, so it happens as a whole or not
at all. If a run is interrupted between the commit and its tag, the next run completes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import CommitOperationAdd, CommitOperationDelete

from pactwire.build.stale_files import DESCRIPTION_FILES
from pactwire.model import escapes
from pactwire.model.issues import DataError, Issue
from pactwire.release import diff, git, hub_download, release_files, snapshots, verify
from pactwire.release.hub import HUB_ERRORS, HubClient, RemoteFile, RepositoryState
from pactwire.release.release_files import Release


@dataclass(frozen=True)
class PublishPlan:
    """What a release changes in a repository.

    ``commit`` is the commit that already holds the release, or None if it must be created.
    """

    release: Release
    repository: RepositoryState
    public: bool
    stored: Mapping[str, RemoteFile]
    commit: str | None

    @property
    def tagged(self) -> bool:
        """Whether the release has its tag, so that only verification is left."""
        return self.release.tag in self.repository.tags

    def added(self) -> list[str]:
        """Return the names of files that are not in the repository yet."""
        return sorted(self.release.files.keys() - self.stored.keys())

    def replaced(self) -> list[str]:
        """Return the names of files whose content changes."""
        return sorted(
            name
            for name, each in self.release.files.items()
            if name in self.stored and not each.equals(self.stored[name])
        )

    def deleted(self) -> list[str]:
        """Return the names of files that are removed from the repository."""
        return sorted(self.stored.keys() - self.release.files.keys())


def prepare(repo: str, root: Path, work: Path, without_texts: bool) -> tuple[HubClient, Release]:
    """Return the Hub client and the release to publish; raises DataError with all issues of both."""
    issues: list[Issue] = []
    hub = release = None
    try:
        hub = HubClient(repo)
    except DataError as error:
        issues += error.issues
    try:
        release = release_files.build_release(root, work, without_texts)
    except DataError as error:
        issues += error.issues
    if hub is None or release is None:
        raise DataError(sorted(issues))
    return hub, release


# --- the plan


def make_plan(hub: HubClient, release: Release, public: bool) -> PublishPlan:
    """Return what publishing would change.

    Raises DataError (publish-visibility, publish-tag, and errors of the Hub).
    """
    repository = hub.get_repository()
    if repository.head and repository.public != public:
        message = (
            f"the repository is {_visibility(repository.public)}, and this would be a {_visibility(public)} release"
        )
        raise DataError([Issue(hub.repo, 1, "publish-visibility", message)])
    stored = hub.list_files(repository.head)
    if tagged := repository.tags.get(release.tag):
        if not release.equals(hub.list_files(tagged)):
            message = f"the tag {release.tag} is on the commit {tagged[:8]}, which holds something else"
            raise DataError([Issue(hub.repo, 1, "publish-tag", message)])
        return PublishPlan(release, repository, public, stored, tagged)
    done = repository.head if repository.head and release.equals(stored) else None
    return PublishPlan(release, repository, public, stored, done)


def _visibility(public: bool) -> str:
    return "public" if public else "private"


def plan_lines(plan: PublishPlan, summary: str) -> list[str]:
    """Return a plan as lines of text, with a summary of the changes in the data."""
    release, repository = plan.release, plan.repository
    place = f"on commit {repository.head[:8]}" if repository.head else "a new repository"
    result = [f"{repository.name} {release.tag}, {_visibility(plan.public)}, {place}"]
    if plan.tagged:
        return [*result, f"  the tag {release.tag} already holds this release; there is nothing to change"]
    if plan.commit:
        return [*result, f"  the commit {plan.commit[:8]} holds this release; only its tag is missing"]
    for verb, names in (("add", plan.added()), ("replace", plan.replaced())):
        result += [_file_line(verb, name, release.files[name].size, release.files[name].sha256) for name in names]
    for name in plan.deleted():
        stored = plan.stored[name]
        result.append(_file_line("delete", name, stored.size, stored.sha256 or f"unknown, git blob {stored.blob}"))
    kept = len(release.files) - len(plan.added()) - len(plan.replaced())
    return [*result, f"  unchanged files: {kept}", "", summary]


def _file_line(verb: str, name: str, size: int, sha256: str) -> str:
    return f"  {verb:8} {escapes.terminal_line(name)}  {size:,} bytes  sha256 {sha256}"


def plan_record(plan: PublishPlan, summary: str, commit: str | None) -> dict[str, Any]:
    """Return a plan as JSON values; ``commit`` is the new, verified commit, or None if nothing was sent."""
    release = plan.release

    def listed(names: list[str]) -> list[dict[str, Any]]:
        known = ((name, release.files[name]) for name in names)
        return [{"name": name, "size": file.size, "sha256": file.sha256} for name, file in known]

    return {
        "repository": plan.repository.name,
        "tag": release.tag,
        "public": plan.public,
        "parent": plan.repository.head,
        "add": [] if plan.commit else listed(plan.added()),
        "replace": [] if plan.commit else listed(plan.replaced()),
        "delete": [] if plan.commit else plan.deleted(),
        "there": plan.commit,
        "changes": summary,
        "published": commit,
    }


def summarize_changes(hub: HubClient, plan: PublishPlan, root: Path) -> str:
    """Return a summary of what changed since the newest version tag of the repository."""
    tags = [tag for tag in plan.repository.tags if git.parse_version_tag(tag) and tag != plan.release.tag]
    if not tags:
        return "There is no earlier release to compare with."
    newest = max(tags, key=lambda tag: git.parse_version_tag(tag) or (0, 0, 0))
    try:
        with (
            snapshots.open_snapshot(f"{hub_download.HUB_PREFIX}{hub.repo}@{newest}", root) as old,
            snapshots.open_folder(plan.release.folder, plan.release.tag) as new,
        ):
            summary = diff.summary_table(diff.summarize(diff.compare(old, new), diff.label_items(old, new)))
    except DataError as error:
        summary = hub.redact(f"The versions cannot be compared: {error.issues[0].message}")
    except HUB_ERRORS as error:
        summary = f"The versions cannot be compared: {hub.describe_error(error)}"
    return f"Changes since {newest}:\n\n{summary}"


# --- the release


def publish_release(hub: HubClient, plan: PublishPlan, home: Path) -> str:
    """Create the commit and its tag, as far as they are missing; return the commit.

    The files are downloaded and verified before the commit gets its tag, so that no tag names a broken upload.

    Args:
        hub: The client of the repository.
        plan: What to publish.
        home: An empty folder for the download cache.

    Raises:
        DataError: whose remedies say what is on the Hub and what to do next.
    """
    release = plan.release
    commit = plan.commit or _create_commit(hub, plan)
    wanted = {name: each.sha256 for name, each in release.files.items()}
    if issues := verify.files(hub, commit, wanted, home, plan.tagged):
        raise DataError(issues)
    if not plan.tagged:
        _create_tag(hub, release.tag, commit)
    return commit


def _create_commit(hub: HubClient, plan: PublishPlan) -> str:
    """Create the commit and return it; after an error, look up whether it was created anyway."""
    release, parent = plan.release, plan.repository.head
    operations = _commit_operations(plan)
    created = failure = None
    try:
        parent = parent or _create_repository(hub, plan.public)
        created = hub.api.create_commit(
            hub.repo,
            operations,
            commit_message=f"Release {release.tag}",
            repo_type="dataset",
            parent_commit=parent,
        )
    except HUB_ERRORS as error:
        failure = hub.as_data_error(error)
    # the response to a commit may be lost, and if nothing differs from main, huggingface_hub sends no commit and
    # never checks the parent: only the files on the Hub tell whether the release is there
    try:
        head = created.oid if created else hub.get_repository().head
        if head and release.equals(hub.list_files(head)):
            return head
    except DataError as error:
        message = f"the Hub cannot be asked whether it has the commit: {error.issues[0].message}"
        raise DataError([Issue(hub.repo, 1, "publish-unknown", message)]) from None
    if failure is None or (parent and head != parent):
        message = f"main has moved from {str(parent)[:8]} to {str(head)[:8]} in the meantime"
        raise DataError([Issue(hub.repo, 1, "publish-parent", message)])
    raise failure


def _create_repository(hub: HubClient, public: bool) -> str | None:
    hub.api.create_repo(hub.repo, repo_type="dataset", private=not public)
    return hub.get_repository().head


def _commit_operations(plan: PublishPlan) -> list[Any]:
    """Return the operations of the commit; raises DataError (publish-build) if files changed since the plan."""
    wanted = plan.release.files
    adding = [
        CommitOperationAdd(name, path.read_bytes() if name in DESCRIPTION_FILES else str(path))
        for name in (*plan.added(), *plan.replaced())
        if (path := wanted[name].path)
    ]
    changed = [
        Issue(each.path_in_repo, 1, "publish-build", "the file has changed since the plan was created")
        for each in adding
        if each.upload_info.sha256.hex() != wanted[each.path_in_repo].sha256
    ]
    if changed:
        raise DataError(changed)
    return [*adding, *(CommitOperationDelete(name) for name in plan.deleted())]


def _create_tag(hub: HubClient, tag: str, commit: str) -> None:
    """Create the tag; raises DataError (publish-tag, publish-unfinished)."""
    try:
        hub.api.create_tag(hub.repo, tag=tag, revision=commit, repo_type="dataset")
        return
    except HUB_ERRORS as error:
        failure = hub.as_data_error(error, "publish-unfinished")
    try:
        created = hub.get_repository().tags.get(tag)
    except DataError:
        raise failure from None
    if created is None:
        raise failure
    if created != commit:
        message = f"the tag {tag} was created in the meantime, on the commit {created[:8]}"
        raise DataError([Issue(hub.repo, 1, "publish-tag", message)])
