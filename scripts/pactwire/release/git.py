"""Git, as far as releases need it: commits, version tags, uncommitted files, and the files of a revision."""

import re
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_VERSION_TAG: Final = re.compile(r"v([0-9]+)\.([0-9]+)\.([0-9]+)")


def parse_version_tag(tag: str) -> tuple[int, int, int] | None:
    """Return the numbers of a version tag (``v1.2.3``); None for any other name."""
    found = _VERSION_TAG.fullmatch(tag)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def is_checkout(root: Path) -> bool:
    """Return whether a folder is in a git repository that has a commit."""
    return resolve_commit(root, "HEAD") is not None


def resolve_commit(root: Path, revision: str) -> str | None:
    """Return the id of the commit that a revision names, or None."""
    done = run_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return done.stdout.strip() if done.returncode == 0 else None


def tag_exists(root: Path, name: str) -> bool:
    """Return whether a tag exists."""
    return resolve_commit(root, f"refs/tags/{name}") is not None


def version_tags(root: Path) -> list[str]:
    """Return the version tags in the history of HEAD, highest first."""
    return _sort_version_tags(_git_lines(root, "tag", "--merged", "HEAD"))


def tags_of_head(root: Path) -> list[str]:
    """Return the version tags on the commit of HEAD, highest first."""
    return _sort_version_tags(_git_lines(root, "tag", "--points-at", "HEAD"))


def _sort_version_tags(tags: Sequence[str]) -> list[str]:
    return sorted(
        (tag for tag in tags if parse_version_tag(tag)),
        key=lambda tag: parse_version_tag(tag) or (0, 0, 0),
        reverse=True,
    )


def uncommitted_files(root: Path) -> list[str]:
    """Return the files in ``root`` that differ from HEAD or are untracked, except ignored files and ``.pactwire``."""
    selection = "--untracked-files=all", "--", ".", ":(exclude).pactwire"
    listed = run_git(root, "status", "--porcelain", "-z", "--no-renames", *selection).stdout
    return sorted(entry[3:] for entry in listed.split("\0") if entry)


def extract_files(root: Path, revision: str, names: Sequence[str], target: Path) -> None:
    """Write the named files and folders of ``root``, as far as a commit has them, into an empty folder.

    Line endings follow the settings of git; readers of a dataset accept all of them.
    """
    existing = set(_git_lines(root, "ls-tree", "--name-only", revision))
    if not (wanted := [name for name in names if name in existing]):
        return
    command = ["git", "-C", str(root), "archive", "--format=tar", revision, *wanted]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as archive,
        tarfile.open(fileobj=archive.stdout, mode="r|") as members,
    ):
        members.extractall(target, filter="data")
    if archive.returncode:
        raise OSError(archive.returncode, "git archive failed", revision)


def _git_lines(root: Path, *arguments: str) -> list[str]:
    return run_git(root, *arguments).stdout.splitlines()


def run_git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in a folder and return what it printed, whatever its exit code."""
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
