"""Traces of withdrawn articles in a repository: in all that its branches, tags, stashes, HEAD and index reach.

The history is read and never changed: rewriting it changes the commits of everybody who has a clone, so people do it,
by the commands of `rewrite_commands`.
"""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pactwire.release import git
from pactwire.release.trace_search import Trace, TraceSearch


@dataclass
class HistoryTraces:
    """Where the history of a repository holds traces.

    ``objects`` are the traces of blobs, commits and tags, by the id of the object; ``paths`` one path of each blob;
    ``commits`` are those that a blob with traces came with, and ``refs`` those that reach one of them.
    """

    objects: dict[str, list[Trace]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)


def search_history(
    root: Path, search: TraceSearch, report: Callable[[str, int, int], None] = lambda *_: None
) -> HistoryTraces:
    """Return the traces in everything that the refs, stashes, HEAD and index of the repository of ``root`` reach.

    ``report`` is called with what is searched, how much of it is done, and the total.
    """
    found = HistoryTraces()
    paths = _reachable_objects(root)
    for done, (identity, kind, data) in enumerate(_read_objects(root, list(paths))):
        report("objects of git", done, len(paths))
        if kind != "tree" and (traces := search.search(paths[identity] if kind == "blob" else "", data)):
            found.objects[identity] = traces
            if kind == "blob":
                found.paths[identity] = paths[identity]
    if found.objects:
        found.commits = list(_commits_with(root, found.objects))
        found.refs = _refs_with(root, found.commits)
    return found


def is_repository(root: Path) -> bool:
    """Say whether a folder is in a git repository, whatever that holds."""
    return git.run_git(root, "rev-parse", "--git-dir").returncode == 0


def is_shallow(root: Path) -> bool:
    """Say whether a repository is a shallow clone."""
    return git.run_git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"


def _reachable_objects(root: Path) -> dict[str, str]:
    """Return the ids of all objects that are reached, with a path of each that has one."""
    listed = git.run_git(root, "rev-list", "--objects", "--all", "--indexed-objects", *_stashes(root), "--").stdout
    return {identity: path for identity, _, path in (line.partition(" ") for line in listed.split("\n")) if identity}


def _stashes(root: Path) -> list[str]:
    """Return the commits of all stashes, of which a ref names the latest only."""
    return git.run_git(root, "stash", "list", "--format=%H").stdout.split()


def _read_objects(root: Path, ids: Sequence[str]) -> Iterator[tuple[str, str, bytes]]:
    """Yield (id, kind, content) of objects, one at a time."""
    command = ["git", "-C", str(root), "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for identity in ids:
            process.stdin.write(f"{identity}\n".encode())
            process.stdin.flush()
            _, kind, size = process.stdout.readline().decode().split()
            data = process.stdout.read(int(size) + 1)[:-1]
            yield identity, kind, data
        process.stdin.close()


def _commits_with(root: Path, objects: Mapping[str, object]) -> Iterator[str]:
    """Yield the commits, newest first, that brought one of some blobs, or that are themselves among the objects."""
    log = (
        "log",
        "--all",
        *_stashes(root),
        "--root",
        "-c",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "--format=commit %H",
    )
    commit, is_listed = "", True
    for line in git.run_git(root, *log).stdout.splitlines():
        if line.startswith("commit "):
            commit, is_listed = line.removeprefix("commit "), False
            found = commit in objects
        else:
            found = any(word in objects for word in line.partition("\t")[0].split()[_first_new_id(line) :])
        if found and not is_listed:
            is_listed = True
            yield commit


def _first_new_id(line: str) -> int:
    """Return the index of the id that a path has after a change, in a raw line of the log with one or more parents."""
    parents = len(line) - len(line.lstrip(":"))
    return 2 * parents + 1


def _refs_with(root: Path, commits: Sequence[str]) -> list[str]:
    """Return the refs that reach one of some commits."""
    if not commits:
        return []
    wanted = [word for commit in commits for word in ("--contains", commit)]
    return sorted(git.run_git(root, "for-each-ref", "--format=%(refname)", *wanted).stdout.splitlines())


# --- how people rewrite it


_CALLBACK: Final = """\
# The body of a blob callback of git filter-repo: removes what was withdrawn from the history of a repository.
articles = {articles}
lines = {lines}  # files of records: the lines that name an article go
files = {files}  # files that go
if blob.original_id in lines:
    kept = (line for line in blob.data.splitlines(True) if not any(name in line for name in articles))
    blob.data = b"".join(kept)
elif blob.original_id in files:
    blob.skip()
"""


def rewrite_callback(traces: HistoryTraces) -> str:
    """Return the body of a blob callback of git filter-repo that removes the traces from the history."""
    articles = {trace.tombstone.article for found in traces.objects.values() for trace in found}
    named = {identity for identity, found in traces.objects.items() if all(trace.is_named for trace in found)}
    records = {identity for identity, path in traces.paths.items() if path.endswith(".jsonl")} & named
    values = {"articles": articles, "lines": records, "files": traces.paths.keys() - records}
    return _CALLBACK.format(**{name: sorted(each.encode() for each in ids) for name, ids in values.items()})
