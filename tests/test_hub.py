"""What is sent to the Hub, and what is said of its answers, without a Hub: commits, and messages without the token."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pactwire.model.issues import DataError
from pactwire.release import hub, publish, release_files
from pactwire.release.hub import HubClient, RemoteFile, RepositoryState
from pactwire.release.release_files import Release

TOKEN = "hf_" + "0" * 30


class Api:
    """Stands for huggingface_hub's client: notes commits, and makes them or not."""

    def __init__(self, head: str) -> None:
        self.head = head
        self.commits: list[dict[str, Any]] = []

    def whoami(self) -> dict[str, Any]:
        """Say whose token it is."""
        return {"name": "alice", "auth": {"accessToken": {"role": "write"}}}

    def create_commit(self, repo: str, operations: list[Any], **about: Any) -> Any:
        """Note a commit."""
        self.commits.append({"repo": repo, "paths": [each.path_in_repo for each in operations], **about})
        return SimpleNamespace(oid=self.head)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    """The client that `Hub` gets, and a token."""
    found = Api("b" * 40)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(hub, "HfApi", lambda token: found)
    return found


def test_commits_on_parent_of_the_plan(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits that someone else made since then are rejected by the Hub instead of overwritten."""
    (tmp_path / "manifest.json").write_text('{"version": "1.0.0", "configs": {}}')
    release = release_files.read_release(tmp_path)
    monkeypatch.setattr(HubClient, "list_files", lambda self, commit: {})
    monkeypatch.setattr(Release, "equals", lambda self, stored: True)
    old = {"gone.txt": RemoteFile(1, None, "0" * 40)}
    plan = publish.PublishPlan(release, RepositoryState("alice/wire", "a" * 40, False, {}), False, old, None)
    assert publish._create_commit(HubClient("alice/wire"), plan) == api.head
    [commit] = api.commits
    assert (commit["repo"], commit["repo_type"], commit["parent_commit"]) == ("alice/wire", "dataset", "a" * 40)
    assert commit["paths"] == ["manifest.json", "gone.txt"]


@pytest.mark.parametrize("wrapped", [False, True])
def test_messages_redact_token(api: Api, wrapped: bool) -> None:
    """In any error, also one caused by another, the token is replaced by three stars."""
    error: Exception = ValueError(f"refused: Bearer {TOKEN}\nmore")
    if wrapped:
        outer = RuntimeError(f"upload of {TOKEN} failed")
        outer.__cause__ = error
        error = outer
    [issue] = HubClient("alice/wire").as_data_error(error).issues
    assert TOKEN not in issue.message
    assert "refused: Bearer ***" in issue.message


def test_rejects_repository_of_another_owner(api: Api) -> None:
    """A repository of another owner is rejected before anything is sent."""
    with pytest.raises(DataError, match="alice is neither bob nor a member of it"):
        HubClient("bob/wire")
