"""Versions of a dataset by name: a folder, a version such as 1.0.0, a git revision, or an address on the Hub."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from pactwire.model.issues import DataError, Issue
from pactwire.release import git, hub_download
from pactwire.release.hub_download import HUB_PREFIX, HubAddress

_TAGS_SHOWN: Final = 5
_PLAIN_VERSION: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


class VersionPlace(NamedTuple):
    """Where a version is: a folder on this machine, a commit of a git repository, or a revision on the Hub.

    Attributes:
        name: What it was asked for by; on the Hub, its address.
        folder: Its folder; for a commit, a folder in the git repository, or None.
        commit: The id of the commit, or None.
        hub: The address, or None.
    """

    name: str
    folder: Path | None = None
    commit: str | None = None
    hub: HubAddress | None = None


def resolve_version(name: str, repository: Path | HubAddress) -> VersionPlace:
    """Return the place of the version that a name means; the first that there is, in this order.

    - A folder: a dataset root, or what `pactwire build` wrote. For a branch with the name of a folder, write
      ``refs/heads/NAME``.
    - ``hf://datasets/ORG/NAME@REVISION``; whether it exists is found out when it is downloaded.
    - A version such as ``1.0.0``, which is that of the tag ``v1.0.0``; or any branch, tag or commit.

    Args:
        name: The name.
        repository: Where tags and revisions are: a folder in a git repository, or a repository on the Hub.

    Raises:
        DataError: (unknown-version) It is none of these.
    """
    if Path(name).is_dir():
        return VersionPlace(name, folder=Path(name))
    if name.startswith(HUB_PREFIX):
        return VersionPlace(name, hub=hub_download.parse_address(name))
    tag = f"v{name}" if _PLAIN_VERSION.fullmatch(name) else None
    if isinstance(repository, HubAddress):
        address = repository._replace(revision=tag or name)
        return VersionPlace(str(address), hub=address)
    for revision in (f"refs/tags/{tag}", name) if tag else (name,):
        if commit := git.resolve_commit(repository, revision):
            return VersionPlace(name, repository, commit)
    raise unknown_version(name, _where_it_is_not(tag, repository))


def _where_it_is_not(tag: str | None, root: Path) -> str:
    """Return what was looked for, and where."""
    if not git.is_checkout(root):
        return f"there is no such folder, and {root} is in no git repository with a commit that could have it as a tag"
    missing = f"no folder, no tag {tag} and no other revision" if tag else "no folder and no revision"
    tags = git.version_tags(root)
    known = ", ".join(tags[:_TAGS_SHOWN]) + (" …" if len(tags) > _TAGS_SHOWN else "") if tags else "none"
    return f"it is {missing} of the git repository of {root}, whose version tags are: {known}"


def unknown_version(name: str, message: str) -> DataError:
    """Return the error of a name that is no version."""
    return DataError([Issue(name, 1, "unknown-version", message)])
