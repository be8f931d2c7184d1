"""The repositories of a pretend Hugging Face Hub, in memory: users and operations in, commits and errors out.

No HTTP here (see ``hub.py``). Contents are stored once, by SHA-256; commits, trees and ids never change after
they were made; branches and tags are names for commits. Dates count seconds from a fixed day, so the same
operations give the same commit ids.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

LFS_SUFFIXES = (".arrow", ".bin", ".gz", ".parquet", ".zip", ".zst")
LFS_SIZE = 10 * 1024 * 1024  # larger files go through LFS whatever their name

GITATTRIBUTES = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LFS_SUFFIXES).encode()


class HubError(Exception):
    """What the Hub answers instead: a status, a message, and the code by which clients tell 404s apart."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


@dataclass(frozen=True)
class User:
    """Whom a token stands for: a name, what the token may do, and the organizations it may write to."""

    name: str
    role: Literal["read", "write"]
    orgs: tuple[str, ...] = ()

    def owns(self, repo_id: str) -> bool:
        """Say whether the repository lies in this user's namespace or an organization's."""
        return repo_id.split("/")[0] in (self.name, *self.orgs)


@dataclass(frozen=True)
class File:
    """One file of a commit. ``oid`` is git's name of the blob: of an LFS file, that of its pointer."""

    oid: str
    sha256: str
    size: int
    lfs: bool

    @property
    def pointer_size(self) -> int:
        """Return the length of the pointer that git holds in place of the file."""
        return len(lfs_pointer(self.sha256, self.size))


@dataclass(frozen=True)
class Commit:
    """A commit; ``files`` is the whole tree by path, ``date`` ISO 8601 with milliseconds."""

    oid: str
    parent: str | None
    title: str
    message: str
    author: str
    date: str
    files: Mapping[str, File]


def git_oid(data: bytes) -> str:
    """Return git's name for a blob of these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def lfs_pointer(sha256: str, size: int) -> bytes:
    """Return the text that git holds in place of an LFS file (git-lfs specification, version 1)."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


@dataclass
class Repo:
    """One dataset repository, over a store of contents that it shares with the others."""

    id: str
    private: bool
    blobs: dict[str, bytes]
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    lfs: set[str] = field(default_factory=set)
    others: dict[str, str] = field(default_factory=dict)
    """Refs that only the Hub writes, such as refs/convert/parquet and refs/pr/1."""
    deleted: set[str] = field(default_factory=set)
    """LFS objects that were deleted for good."""

    def resolve(self, revision: str) -> Commit:
        """Return the commit of a branch, tag or full id; 404 RevisionNotFound otherwise."""
        name = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        oid = self.branches.get(name) or self.tags.get(name) or self.others.get(name) or name
        if oid not in self.commits:
            raise HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return self.commits[oid]

    def file(self, revision: str, path: str) -> tuple[Commit, File]:
        """Return a commit and one of its files; 404 EntryNotFound where it has none of that name."""
        commit = self.resolve(revision)
        if path not in commit.files:
            raise HubError(404, "Entry not found", "EntryNotFound")
        if commit.files[path].sha256 in self.deleted:
            raise HubError(404, "Entry not found", "EntryNotFound")
        return commit, commit.files[path]

    def history(self, revision: str) -> list[Commit]:
        """Return the commit and its ancestors, newest first."""
        commits = [self.resolve(revision)]
        while (parent := commits[-1].parent) is not None:
            commits.append(self.commits[parent])
        return commits

    def add_regular(self, data: bytes) -> File:
        """Store the content of a file that git holds itself."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.blobs.setdefault(sha256, data)
        return File(git_oid(data), sha256, len(data), lfs=False)

    def add_lfs(self, sha256: str, data: bytes) -> None:
        """Store an LFS object; 400 where the bytes are not those announced."""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise HubError(400, f"The uploaded bytes do not have the SHA-256 {sha256}")
        self.blobs[sha256] = data
        self.lfs.add(sha256)

    def commit(self, branch: str, lines: list[dict[str, Any]], author: str) -> Commit:
        """Apply one ndjson payload, header first, to a branch: all of it, or (412, 404, 400) nothing."""
        header = lines[0]["value"]
        head = self.resolve(branch) if branch in self.branches else None
        if head is None:
            raise HubError(404, f"Invalid rev id: {branch}", "RevisionNotFound")
        if not head.oid.startswith(header.get("parentCommit", "")):
            raise HubError(412, "A commit has happened since. Please refresh and try again.")
        files = dict(head.files)
        for line in lines[1:]:
            self._apply(files, line["key"], line["value"])
        return self._write(branch, header["summary"], header.get("description", ""), author, files)

    def _apply(self, files: dict[str, File], key: str, value: dict[str, Any]) -> None:
        path = value["path"]
        if key == "file":
            files[path] = self.add_regular(base64.b64decode(value["content"]))
        elif key == "lfsFile":
            if value["oid"] not in self.lfs:
                raise HubError(400, f"LFS pointer pointed to a file that does not exist: {path}")
            size = len(self.blobs[value["oid"]])
            files[path] = File(git_oid(lfs_pointer(value["oid"], size)), value["oid"], size, lfs=True)
        elif key in ("deletedFile", "deletedFolder"):
            folder = path.rstrip("/") + "/"
            gone = [name for name in files if name == path or (key == "deletedFolder" and name.startswith(folder))]
            if not gone:
                raise HubError(404, "A file with this name doesn't exist", "EntryNotFound")
            for name in gone:
                del files[name]
        else:
            raise HubError(400, f"The stand-in knows no operation {key}")

    def _write(self, branch: str, title: str, message: str, author: str, files: dict[str, File]) -> Commit:
        parent = self.branches.get(branch)
        date = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=len(self.commits))
        stamp = date.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        tree = sorted((path, file.oid) for path, file in files.items())
        identity = json.dumps([self.id, parent, title, message, author, stamp, tree])
        oid = hashlib.sha1(identity.encode()).hexdigest()
        self.commits[oid] = Commit(oid, parent, title, message, author, stamp, files)
        self.branches[branch] = oid
        return self.commits[oid]

    def initialize(self) -> None:
        """Make the first commit, which holds only .gitattributes, as the Hub does."""
        files = {".gitattributes": self.add_regular(GITATTRIBUTES)}
        self._write("main", "initial commit", "", "system", files)

    def branch(self, name: str, revision: str) -> None:
        """Start a branch at a revision; 409 where the name is taken."""
        commit = self.resolve(revision)
        if name in self.branches:
            raise HubError(409, f"Branch reference exists already: {name}")
        self.branches[name] = commit.oid

    def unbranch(self, name: str) -> None:
        """Delete a branch other than main; 404 RevisionNotFound where there is none."""
        if name == "main":
            raise HubError(403, "The main branch cannot be deleted")
        if self.branches.pop(name, None) is None:
            raise HubError(404, f"Invalid rev id: {name}", "RevisionNotFound")

    def squash(self, branch: str, message: str, author: str) -> None:
        """Make a commit without a parent of the files of a branch; earlier ones answer to their ids as before."""
        files = dict(self.resolve(branch).files)
        if self.branches.pop(branch, None) is None:
            raise HubError(404, f"Invalid rev id: {branch}", "RevisionNotFound")
        self._write(branch, message, "", author, files)

    def delete_lfs(self, digests: list[str]) -> None:
        """Delete LFS objects for good; what points to them stays."""
        self.lfs -= {*digests}
        self.deleted |= {*digests}

    def tag(self, name: str, revision: str) -> None:
        """Give a commit a name that nothing moves; 409 where the name is taken."""
        commit = self.resolve(revision)
        if name in self.tags:
            raise HubError(409, f"Tag reference exists already: {name}")
        self.tags[name] = commit.oid

    def untag(self, name: str) -> None:
        """Take a tag away; 404 RevisionNotFound where there is none."""
        if self.tags.pop(name, None) is None:
            raise HubError(404, f"Invalid rev id: {name}", "RevisionNotFound")


@dataclass
class Store:
    """All repositories, their contents, and who may do what with them."""

    repos: dict[str, Repo] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    def user(self, token: str | None) -> User | None:
        """Return whom a token stands for, None without one; 401 for an unknown token."""
        if token is not None and token not in self.users:
            raise HubError(401, "Invalid credentials in Authorization header")
        return self.users[token] if token is not None else None

    def create(self, repo_id: str, private: bool, user: User | None) -> Repo:
        """Make a repository with its first commit; 401, 403, or 409 where it exists."""
        if user is None:
            raise HubError(401, "Invalid username or password.")
        if user.role != "write" or not user.owns(repo_id):
            owner = repo_id.split("/")[0]
            raise HubError(403, f'You don\'t have the rights to create a dataset under the namespace "{owner}"')
        if repo_id in self.repos:
            raise HubError(409, "You already created this dataset repo")
        repo = self.repos[repo_id] = Repo(repo_id, private, self.blobs)
        repo.initialize()
        return repo

    def open(self, repo_id: str, user: User | None, write: bool = False) -> Repo:
        """Return a repository that this user may read, or write.

        One that may not even be read looks like one that does not exist: 401 without a token, 404 with one,
        both with the code RepoNotFound. One that may be read but not written gives 401 or 403.
        """
        repo = self.repos.get(repo_id)
        owner = user is not None and user.owns(repo_id)
        if repo is None or (repo.private and not owner):
            if user is None:
                raise HubError(401, "Invalid username or password.", "RepoNotFound")
            raise HubError(404, "Repository not found", "RepoNotFound")
        if write and user is None:
            raise HubError(401, "Invalid username or password.")
        if write and not (owner and user is not None and user.role == "write"):
            raise HubError(403, "you must use a write token to upload to a repository")
        return repo
