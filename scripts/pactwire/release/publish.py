"""A built dataset to a plan of what a release changes on the Hub, and the plan to one commit and its tag.

Nothing of a plan is sent before `publish_release`. A release is one commit on a parent that is named, so it
happens or does not; what was broken off between the commit and its tag is completed by the next run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pactwire.build.stale_files import DESCRIPTION_FILES
from pactwire.model import escapes
from pactwire.model.issues import DataError, Issue
from pactwire.release import git, release_files, verify
from pactwire.release.hub import HUB_ERRORS, HubClient, RemoteFile, RepositoryState
from pactwire.release.release_files import Release


@dataclass(frozen=True)
class PublishPlan:
    """What a release does to a repository.

    ``commit`` is the one that holds the release already, None where it has to be made.
    """

    release: Release
    repository: RepositoryState
    public: bool
    stored: Mapping[str, RemoteFile]
    commit: str | None

    @property
    def tagged(self) -> bool:
        """Say whether the release has its tag, so that only verifying is left."""
        return self.release.tag in self.repository.tags

    def added(self) -> list[str]:
        """Return the names of the files that the repository lacks."""
        return sorted(self.release.files.keys() - self.stored.keys())

    def replaced(self) -> list[str]:
        """Return the names of the files whose content changes."""
        return sorted(
            name
            for name, each in self.release.files.items()
            if name in self.stored and not each.equals(self.stored[name])
        )

    def deleted(self) -> list[str]:
        """Return the names of the files that go."""
        return sorted(self.stored.keys() - self.release.files.keys())


# --- what is to be published


def prepare(repo: str, root: Path, work: Path, without_texts: bool) -> tuple[HubClient, Release]:
    """Return the Hub and the release to publish; raises DataError with all that stands against either."""
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
    """Return what publishing would do.

    Raises DataError (publish-visibility, publish-tag), and whatever the Hub refuses.
    """
    repository = hub.look()
    if repository.head and repository.public != public:
        message = (
            f"the repository is {_visibility(repository.public)}, and this would be a {_visibility(public)} release"
        )
        raise DataError([Issue(hub.repo, 1, "publish-visibility", message)])
    stored = hub.files(repository.head)
    if tagged := repository.tags.get(release.tag):
        if not release.equals(hub.files(tagged)):
            message = f"the tag {release.tag} stands on the commit {tagged[:8]}, which holds something else"
            raise DataError([Issue(hub.repo, 1, "publish-tag", message)])
        return PublishPlan(release, repository, public, stored, tagged)
    done = repository.head if repository.head and release.equals(stored) else None
    return PublishPlan(release, repository, public, stored, done)


def _visibility(public: bool) -> str:
    return "public" if public else "private"


def plan_lines(found: PublishPlan, summary: str) -> list[str]:
    """Return a plan as lines of text; ``summary`` says what changes in the data."""
    release, repository = found.release, found.repository
    place = f"on commit {repository.head[:8]}" if repository.head else "a new repository"
    result = [f"{repository.name} {release.tag}, {_visibility(found.public)}, {place}"]
    if found.tagged:
        return [*result, f"  the tag {release.tag} is there and holds this release; nothing is to be changed"]
    if found.commit:
        return [*result, f"  the commit {found.commit[:8]} holds this release; only its tag is missing"]
    for verb, names in (("add", found.added()), ("replace", found.replaced())):
        result += [_file_line(verb, name, release.files[name].size, release.files[name].sha256) for name in names]
    for name in found.deleted():
        stored = found.stored[name]
        result.append(_file_line("delete", name, stored.size, stored.sha256 or f"unknown, git blob {stored.blob}"))
    kept = len(release.files) - len(found.added()) - len(found.replaced())
    return [*result, f"  files that stay as they are: {kept}", "", summary]


def _file_line(verb: str, name: str, size: int, sha256: str) -> str:
    return f"  {verb:8} {escapes.terminal_line(name)}  {size:,} bytes  sha256 {sha256}"


def plan_record(found: PublishPlan, summary: str, commit: str | None) -> dict[str, Any]:
    """Return a plan as JSON values; ``commit`` is the one that was made and verified, None where nothing was sent."""
    release = found.release

    def listed(names: list[str]) -> list[dict[str, Any]]:
        known = ((name, release.files[name]) for name in names)
        return [{"name": name, "size": file.size, "sha256": file.sha256} for name, file in known]

    return {
        "repository": found.repository.name,
        "tag": release.tag,
        "public": found.public,
        "parent": found.repository.head,
        "add": [] if found.commit else listed(found.added()),
        "replace": [] if found.commit else listed(found.replaced()),
        "delete": [] if found.commit else found.deleted(),
        "there": found.commit,
        "changes": summary,
        "published": commit,
    }


def summarize_changes(hub: HubClient, found: PublishPlan, root: Path) -> str:
    """Return what changed since the newest version tag of the repository, as a summary."""
    from pactwire.release import diff, snapshots

    tags = [tag for tag in found.repository.tags if git.parse_version_tag(tag) and tag != found.release.tag]
    if not tags:
        return "There is no release to compare with."
    newest = max(tags, key=lambda tag: git.parse_version_tag(tag) or (0, 0, 0))
    try:
        with (
            snapshots.open_snapshot(f"{snapshots.HUB_PREFIX}{hub.repo}@{newest}", root) as old,
            snapshots.open_folder(found.release.folder, found.release.tag) as new,
        ):
            summary = diff.summary_table(diff.summarize(diff.compare(old, new)))
    except DataError as error:
        summary = hub.safe(f"They can't be compared: {error.issues[0].message}")
    except HUB_ERRORS as error:
        summary = f"They can't be compared: {hub.reason(error)}"
    return f"Changes since {newest}:\n\n{summary}"


# --- the release


def publish_release(hub: HubClient, found: PublishPlan, home: Path) -> str:
    """Make the commit and its tag, what of it is missing, with the fresh cache ``home``; return the commit.

    Files are verified before the commit gets its tag, so that no tag names a broken upload. Raises
    DataError, whose remedies say what stands on the Hub and what to do next.
    """
    release = found.release
    commit = found.commit or _create_commit(hub, found)
    wanted = {name: each.sha256 for name, each in release.files.items()}
    if issues := verify.files(hub, commit, wanted, home, found.tagged):
        raise DataError(issues)
    if not found.tagged:
        _create_tag(hub, release.tag, commit)
    return commit


def _create_commit(hub: HubClient, found: PublishPlan) -> str:
    """Make the commit; return it. What seems lost on the way is looked up before it is given up."""
    release, parent = found.release, found.repository.head
    operations = _commit_operations(found)
    made = trouble = None
    try:
        parent = parent or _create_repository(hub, found.public)
        made = hub.api.create_commit(
            hub.repo,
            operations,
            commit_message=f"Release {release.tag}",
            repo_type="dataset",
            parent_commit=parent,
        )
    except HUB_ERRORS as error:
        trouble = hub.refusal(error)
    # the answer to a commit may be lost, and where nothing differs from main's files huggingface_hub sends
    # nothing and never asks for the parent: only what the Hub holds tells
    try:
        head = made.oid if made else hub.look().head
        if head and release.equals(hub.files(head)):
            return head
    except DataError as error:
        message = f"the Hub can't be asked whether it has the commit: {error.issues[0].message}"
        raise DataError([Issue(hub.repo, 1, "publish-unknown", message)]) from None
    if trouble is None or (parent and head != parent):
        message = f"main has moved from {str(parent)[:8]} to {str(head)[:8]} in the meantime"
        raise DataError([Issue(hub.repo, 1, "publish-parent", message)])
    raise trouble


def _create_repository(hub: HubClient, public: bool) -> str | None:
    hub.api.create_repo(hub.repo, repo_type="dataset", private=not public)
    return hub.look().head


def _commit_operations(found: PublishPlan) -> list[Any]:
    """Return the commit's operations; raises DataError (publish-build) for files that are not those of the plan."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    wanted = found.release.files
    adding = [
        CommitOperationAdd(name, path.read_bytes() if name in DESCRIPTION_FILES else str(path))
        for name in (*found.added(), *found.replaced())
        if (path := wanted[name].path)
    ]
    changed = [
        Issue(each.path_in_repo, 1, "publish-build", "the file has changed since the plan was made")
        for each in adding
        if each.upload_info.sha256.hex() != wanted[each.path_in_repo].sha256
    ]
    if changed:
        raise DataError(changed)
    return [*adding, *(CommitOperationDelete(name) for name in found.deleted())]


def _create_tag(hub: HubClient, tag: str, commit: str) -> None:
    """Make the tag; raises DataError (publish-tag, publish-unfinished)."""
    try:
        hub.api.create_tag(hub.repo, tag=tag, revision=commit, repo_type="dataset")
        return
    except HUB_ERRORS as error:
        trouble = hub.refusal(error, "publish-unfinished")
    try:
        made = hub.look().tags.get(tag)
    except DataError:
        raise trouble from None
    if made is None:
        raise trouble
    if made != commit:
        message = f"the tag {tag} was made in the meantime, on the commit {made[:8]}"
        raise DataError([Issue(hub.repo, 1, "publish-tag", message)])
