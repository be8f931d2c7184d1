"""Withdrawal from a Hub that keeps old revisions: no branch and no tag reaches the words, others' files stay."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitOperationAdd

from conftest import Run
from pactwire.corpus import withdrawn
from pactwire.model.issues import DataError
from pactwire.release import hub_history, hub_withdrawal, release_files
from pactwire.release.hub import HubClient
from pactwire.release.release_files import Release, ReleaseFile
from pactwire.release.trace_search import TraceSearch
from support.hub import Hub
from test_withdrawn import TEXT, WORDS, tombstone

pytestmark = pytest.mark.slow
pytest_plugins = ["support.hub_fixture"]

REPO = "alice/wire"
RECORD = tombstone()
SEARCH = TraceSearch([RECORD])
DATA = "data/articles/train-00000-of-00001.parquet"
STEPS = ("POST.*/commit/", "DELETE.*/tag/", "POST.*/branch/", "POST.*/super-squash/", "POST.*/tag/", "DELETE.*/branch/",
         "POST.*/lfs-files/batch")  # fmt: skip


def parquet(*texts: str) -> bytes:
    """Return a Parquet file of texts."""
    stream = io.BytesIO()
    pq.write_table(pa.table({"text": list(texts)}), stream)
    return stream.getvalue()


@pytest.fixture
def client(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> HubClient:
    """A repository: v1.0.0 has the words; v2.0.0 and main, published since, have not, but come from it."""
    monkeypatch.setenv("HF_TOKEN", hub.token())
    client = HubClient(REPO)
    client.api.create_repo(REPO, repo_type="dataset")
    commit(client, {"README.md": b"---\nlicense: other\n---\n# Card", DATA: parquet(TEXT, "Other.")})
    client.api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    client.api.create_branch(REPO, branch="old", revision="v1.0.0", repo_type="dataset")
    commit(client, {"README.md": b"---\nlicense: other\n---\n# Card 2", DATA: parquet("Other.")})
    client.api.create_tag(REPO, tag="v2.0.0", repo_type="dataset")
    commit(client, {"README.md": b"---\nlicense: other\n---\n# Card 3"})
    return client


def commit(client: HubClient, files: dict[str, bytes]) -> None:
    """Commit files to main."""
    operations = [CommitOperationAdd(name, data) for name, data in files.items()]
    client.api.create_commit(REPO, operations, commit_message="Release", repo_type="dataset")


def run_once(client: HubClient, root: Path) -> hub_withdrawal.HubWithdrawal:
    """Plan and withdraw."""
    plan = hub_withdrawal.plan_hub(client, SEARCH, root)
    if not plan.is_empty:
        list(hub_withdrawal.withdraw_from_hub(client, plan, root))
    return plan


def state(hub: Hub) -> dict[str, dict[str, bytes]]:
    """Return the files of each branch and tag, and check that none reaches the words."""
    repo = hub.repo(REPO)
    for name in (*repo.branches, *repo.tags):
        for each in repo.history(name):
            for path, file in each.files.items():
                assert not SEARCH.search(path, hub.store.blobs[file.sha256]), (name, path)
    return {name: hub.files(REPO, name) for name in (*repo.branches, *repo.tags)}


def test_plan_sends_nothing_and_says_each_ref(hub: Hub, client: HubClient, tmp_path: Path) -> None:
    """Heads without the words lose their history only; others lose the files that have them, tags the name."""
    hub.repo(REPO).others |= {
        "refs/pr/1": hub.repo(REPO).tags["v1.0.0"],
        "refs/convert/parquet": hub.repo(REPO).tags["v1.0.0"],
    }
    before = len(hub.calls("POST")) + len(hub.calls("DELETE"))
    plan = hub_withdrawal.plan_hub(client, SEARCH, tmp_path)
    assert len(hub.calls("POST")) + len(hub.calls("DELETE")) == before
    assert (plan.squashed, plan.emptied) == ({"main": 4, "old": 2}, {"old": [DATA]})
    assert (plan.deleted, plan.renewed) == (["v1.0.0"], ["v2.0.0"])
    assert (sorted(plan.foreign), len(plan.lfs), len(plan.commits)) == (["refs/convert/parquet", "refs/pr/1"], 1, 1)
    told = "\n".join(plan.lines())
    assert "branch old: 1 files removed until the next `pactwire publish`, its 2 commits become one" in told
    assert "tag v1.0.0: deleted; who pinned it" in told
    assert not list(tmp_path.iterdir())


def test_messages_of_commits_are_read(client: HubClient, tmp_path: Path) -> None:
    """A message with the words is a trace without a file, and the history of its branch goes."""
    run_once(client, tmp_path)
    client.api.create_commit(
        REPO, [CommitOperationAdd("NOTES.md", b"x")], commit_message="Quote", repo_type="dataset",
        commit_description=" ".join(WORDS[:12]),
    )  # fmt: skip
    [traces] = hub_history.search_hub(client, SEARCH).traces.values()
    assert [(path, trace.passages) for path, trace in traces] == [("", 1)]
    plan = run_once(client, tmp_path)
    assert (plan.emptied, [*plan.squashed]) == ({}, ["main"])
    assert len(hub_withdrawal.former_commits(tmp_path, REPO)) == 2  # those of the first run, too
    assert hub_history.search_hub(client, SEARCH).traces == {}


def test_no_ref_reaches_the_words_and_other_files_stay(hub: Hub, client: HubClient, tmp_path: Path) -> None:
    """Files of main and v2.0.0 are what they were; a second run has nothing to do; the old commit is told."""
    wanted = {name: hub.files(REPO, name) for name in ("main", "v2.0.0")}
    traced = hub.repo(REPO).tags["v1.0.0"]
    plan = run_once(client, tmp_path)
    after = state(hub)
    assert after.keys() == {"main", "old", "v2.0.0"}
    assert {name: after[name] for name in wanted} == wanted
    assert after["old"].keys() == {".gitattributes", "README.md"}
    assert hub.repo(REPO).deleted == {*plan.lfs}
    assert run_once(client, tmp_path).is_empty
    assert traced in hub.repo(REPO).commits  # its data are gone nonetheless
    assert hub_history.search_hub(client, SEARCH, hub_withdrawal.former_commits(tmp_path, REPO)).traces == {}


def test_words_in_a_card_are_found_by_a_former_commit(hub: Hub, client: HubClient, tmp_path: Path) -> None:
    """What is no LFS object stays reachable by the id of an old commit, as long as the Hub keeps it."""
    commit(client, {"README.md": f"---\nlicense: other\n---\n{TEXT}".encode()})
    traced = hub.repo(REPO).branches["main"]
    run_once(client, tmp_path)
    state(hub)
    found = hub_history.search_hub(client, SEARCH, hub_withdrawal.former_commits(tmp_path, REPO))
    assert {name: found.paths(name) for name in found.traces} == {traced: ["README.md"]}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_goes_on_after_any_step(hub: Hub, client: HubClient, tmp_path: Path, step: str, after: bool) -> None:
    """A request that fails, or whose answer is lost, leaves what the next run completes, to the same end."""
    method, _, path = step.partition(".*")
    wanted = {name: hub.files(REPO, name) for name in ("main", "v2.0.0")}
    lfs = hub_withdrawal.plan_hub(client, SEARCH, tmp_path).lfs
    hub.fail(method, path, 400, after=after)
    with pytest.raises(DataError) as caught:
        run_once(client, tmp_path)
    assert {issue.code for issue in caught.value.issues} == {"withdraw-hub"}
    run_once(client, tmp_path)
    found = state(hub)
    assert found.keys() == {"main", "old", "v2.0.0"}
    assert {name: found[name] for name in wanted} == wanted
    assert hub.repo(REPO).deleted == {*lfs}
    assert run_once(client, tmp_path).is_empty


def test_the_command_asks_for_consent_and_verifies(hub: Hub, client: HubClient, golden: Path, run: Run) -> None:
    """--execute leaves the Hub as it is without --hub; --verify names what still stands where."""
    (golden / "pactwire.toml").write_text(f'[dataset]\nversion = "1.0.0"\nrepository = "{REPO}"\n')
    line = {"id": RECORD.article, "text": TEXT, "license": "none"}
    (golden / "dataset/raw/more.jsonl").write_text(json.dumps(line))
    before = dict(hub.repo(REPO).branches)
    done = run("withdraw", RECORD.article, "--root", golden, "--execute")
    assert (done.returncode, hub.repo(REPO).branches) == (0, before)
    assert "left as it is: run this with --hub too" in done.stdout
    left = run("withdraw", RECORD.article, "--root", golden, "--verify")
    tagged = hub.repo(REPO).tags["v1.0.0"][:8]
    assert (left.returncode, f"{REPO}@{tagged}/{DATA}:1: withdraw-trace: 5 of 5 passages" in left.stdout) == (1, True)
    assert run("withdraw", RECORD.article, "--root", golden, "--execute", "--hub").returncode == 0
    state(hub)
    assert run("withdraw", RECORD.article, "--root", golden, "--verify").returncode == 0


def test_the_command_says_what_was_done_before_a_step_failed(
    hub: Hub, client: HubClient, golden: Path, run: Run
) -> None:
    """The steps until then are printed before the issue, and the next run does the others."""
    (golden / "pactwire.toml").write_text(f'[dataset]\nversion = "1.0.0"\nrepository = "{REPO}"\n')
    line = {"id": RECORD.article, "text": TEXT, "license": "none"}
    (golden / "dataset/raw/more.jsonl").write_text(json.dumps(line))
    hub.fail("POST", "/super-squash/", 400, after=False)
    failed = run("withdraw", RECORD.article, "--root", golden, "--execute", "--hub")
    told = failed.stdout.splitlines()
    assert failed.returncode == 1
    assert "  tag v1.0.0: deleted" in told[: told.index("beyond reach:")]
    assert "withdraw-hub" in told[-1]
    assert run("withdraw", RECORD.article, "--root", golden, "--execute", "--hub").returncode == 0
    state(hub)


def test_verify_without_access_is_no_success(golden: Path, hub: Hub, run: Run) -> None:
    """Without a token nothing is known of the Hub, and the command says so."""
    (golden / "pactwire.toml").write_text(f'[dataset]\nversion = "1.0.0"\nrepository = "{REPO}"\n')
    plan = run("withdraw", "00000000000000aa", "--root", golden)
    assert (plan.returncode, "not reached: there is no token" in plan.stdout) == (0, True)
    assert run("withdraw", "00000000000000aa", "--root", golden, "--execute").returncode == 0
    done = run("withdraw", "00000000000000aa", "--root", golden, "--verify")
    assert (done.returncode, "publish-token" in done.stdout) == (1, True)


@pytest.mark.parametrize(("text", "is_refused"), [(TEXT, True), (TEXT[:100], False)])
def test_a_release_with_the_words_is_refused(
    golden: Path, tmp_path: Path, text: str, is_refused: bool, release_of: Callable[[bytes], Release]
) -> None:
    """Most of the words in one file are enough; a quotation is not."""
    (golden / withdrawn.WITHDRAWN_FILE).write_text(RECORD.line())
    issues = [*release_files.withdrawn_issues(golden, release_of(parquet(text)))]
    assert [(issue.file, issue.code) for issue in issues] == [(f"dataset/{DATA}", "publish-withdrawn")] * is_refused


@pytest.fixture
def release_of(tmp_path: Path) -> Callable[[bytes], Release]:
    """Return a function that makes a release of one file."""

    def make(data: bytes) -> Release:
        path = tmp_path / "file.parquet"
        path.write_bytes(data)
        return Release(tmp_path, {DATA: ReleaseFile(path, len(data), "", "")}, "1.0.0", {})

    return make
