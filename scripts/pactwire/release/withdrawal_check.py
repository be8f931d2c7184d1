"""The verification of a withdrawal: where words or records of withdrawn articles still stand, by their tombstones.

It works after the articles are gone: of their words it knows the digests of passages only. What it cannot read is
listed in BEYOND_REACH.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pactwire.model.issues import Issue
from pactwire.release import git_history, work_tree
from pactwire.release.git_history import HistoryTraces
from pactwire.release.hub_history import HubTraces
from pactwire.release.trace_search import Trace, TraceSearch

CODE: Final = "withdraw-trace"
BEYOND_REACH: Final = (
    "copies that others made: downloads, clones, forks, mirrors, archives of the web, models trained on it",
    "caches of huggingface_hub and datasets on other machines, and below HF_HOME on this one",
    "git: what only reflogs name, until `git reflog expire --expire=now --all && git gc --prune=now`; a forge keeps"
    " pull requests and cached pages, which its support removes",
    "the Hub: commits that no branch or tag reaches, until it collects them; pull requests and the viewer's Parquet"
    " files, which only the Hub can remove",
    "Label Studio: exports, backups, the free pages of its database until that is vacuumed, and open browsers",
    "encrypted files, and parts of damaged ones",
    "passages shorter than 23 words in a row, in files that do not name the article",
)


def work_tree_issues(root: Path, search: TraceSearch) -> Iterator[Issue]:
    """Yield an issue for each file of a dataset's folder that holds traces."""
    for name, path in work_tree.iter_files(root):
        for trace in search.search(name, path.read_bytes()):
            yield trace_issue(name, trace, "stand in the file")


def history_issues(found: HistoryTraces) -> Iterator[Issue]:
    """Yield an issue for each object of a repository's history that holds traces."""
    for identity, traces in found.objects.items():
        place = f"git:{found.paths[identity]}" if identity in found.paths else "git"
        for trace in traces:
            yield trace_issue(place, trace, f"stand in the object {identity[:12]}")


def shallow_issue(root: Path) -> Iterator[Issue]:
    """Yield an issue if the repository is a shallow clone, whose history is elsewhere."""
    if git_history.is_shallow(root):
        yield Issue("git", 1, CODE, "the clone is shallow, so most of the history was not read")


def hub_issues(repo: str, found: HubTraces) -> Iterator[Issue]:
    """Yield an issue for each file with traces of each commit, and how the commit is reached."""
    for commit, traces in found.traces.items():
        names = [ref.name for ref, commits in found.history.items() if commit in commits]
        where = f"reached from {', '.join(names)}" if names else "reached by its id only"
        for path, trace in traces:
            yield trace_issue(f"{repo}@{commit[:8]}/{path}", trace, f"stand in a commit {where}")


def trace_issue(place: str, trace: Trace, where: str) -> Issue:
    """Return the issue of a trace."""
    return Issue(place, 1, CODE, f"{trace.describe()} {where}", trace.tombstone.article)
