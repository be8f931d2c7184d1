"""The pretend Hub answers the real clients as the Hub does, so that tests of publishing prove something."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi, get_session
from huggingface_hub.errors import (
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

from support.hub import Hub

pytestmark = pytest.mark.slow

pytest_plugins = ["support.hub_fixture"]

REPO = "alice/wire"
CARD = b"""---
configs:
- config_name: articles
  default: true
  data_files:
  - split: train
    path: data/articles/train-*.parquet
---
# Card
"""
DATA = "data/articles/train-00000-of-00001.parquet"


def parquet(*ids: str) -> bytes:
    """Return a Parquet file with a column of ids."""
    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": list(ids)}), buffer)
    return buffer.getvalue()


def release(*ids: str) -> dict[str, bytes]:
    """Return the files of a small dataset: two that git holds, one that goes through LFS."""
    return {"README.md": CARD, "manifest.json": json.dumps(ids).encode(), DATA: parquet(*ids)}


def commit(api: HfApi, files: dict[str, bytes], parent: str | None = None) -> CommitInfo:
    """Commit files through the real client."""
    operations = [CommitOperationAdd(path, data) for path, data in files.items()]
    return api.create_commit(REPO, operations, commit_message="Release", repo_type="dataset", parent_commit=parent)


@pytest.fixture
def api(hub: Hub) -> HfApi:
    """Return a client of alice, who has made a private repository with one commit."""
    api = HfApi(token=hub.token())
    api.create_repo(REPO, repo_type="dataset", private=True)
    commit(api, release("a", "b"))
    return api


def head(hub: Hub) -> str:
    """Return the id of main's commit as stored."""
    return hub.repo(REPO).branches["main"]


def test_commit_on_the_parent_that_was_read(hub: Hub, api: HfApi) -> None:
    """A commit on the current head is made as one commit whose parent that head is."""
    parent = api.dataset_info(REPO).sha
    made = commit(api, release("a", "b", "c"), parent)
    assert head(hub) == made.oid == api.dataset_info(REPO).sha
    assert hub.repo(REPO).commits[made.oid].parent == parent
    assert [c.commit_id for c in api.list_repo_commits(REPO, repo_type="dataset")][:2] == [made.oid, parent]
    assert hub.files(REPO) == release("a", "b", "c") | {".gitattributes": hub.files(REPO)[".gitattributes"]}


def test_commit_on_another_parent_is_refused(hub: Hub, api: HfApi) -> None:
    """After somebody else's commit the parent read before gives 412, and nothing is added."""
    parent = head(hub)
    hub.meanwhile("POST", "/commit/", lambda: hub.put(REPO, {"other.txt": b"other"}))
    with pytest.raises(HfHubHTTPError) as error:
        commit(api, release("c"), parent)
    assert error.value.response.status_code == 412
    assert [made.title for made in hub.repo(REPO).history("main")][:2] == ["Somebody else's", "Release"]
    assert hub.files(REPO)["other.txt"] == b"other"
    commit(api, release("c"), head(hub))


def test_unchanged_files_make_no_commit_and_ask_for_no_parent(hub: Hub, api: HfApi) -> None:
    """huggingface_hub sends no unchanged files: a release that changes none passes even on a wrong parent."""
    made = commit(api, release("a", "b"), "0" * 40)
    assert made.oid == head(hub)
    assert len(hub.calls("POST", "/commit/")) == 1


def test_commit_is_all_or_nothing(hub: Hub, api: HfApi) -> None:
    """A commit with one impossible operation leaves the branch where it was."""
    before = head(hub)
    add, delete = CommitOperationAdd("new.txt", b"new"), CommitOperationDelete("missing.txt")
    with pytest.raises(RemoteEntryNotFoundError):
        api.create_commit(REPO, [add, delete], commit_message="Half", repo_type="dataset")
    assert head(hub) == before


def test_deletions(hub: Hub, api: HfApi) -> None:
    """Files and folders can be deleted, and stay in the commits before."""
    before = head(hub)
    operations = [CommitOperationDelete("manifest.json"), CommitOperationDelete("data/")]
    api.create_commit(REPO, operations, commit_message="Delete", repo_type="dataset")
    assert sorted(hub.files(REPO)) == [".gitattributes", "README.md"]
    assert DATA in hub.files(REPO, before)


def test_tags_do_not_move(hub: Hub, api: HfApi) -> None:
    """A tag keeps its commit while main moves on; making it again gives 409, with exist_ok silence."""
    tagged = head(hub)
    api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    commit(api, release("c"))
    with pytest.raises(HfHubHTTPError) as error:
        api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    assert error.value.response.status_code == 409
    api.create_tag(REPO, tag="v1.0.0", repo_type="dataset", exist_ok=True)
    refs = api.list_repo_refs(REPO, repo_type="dataset")
    assert {tag.name: tag.target_commit for tag in refs.tags} == {"v1.0.0": tagged}
    assert {branch.name: branch.target_commit for branch in refs.branches} == {"main": head(hub)}
    api.delete_tag(REPO, tag="v1.0.0", repo_type="dataset")
    assert hub.repo(REPO).tags == {}


def test_branches(hub: Hub, api: HfApi) -> None:
    """A branch starts where it is told to; commits to it leave main alone."""
    start = hub.repo(REPO).history("main")[1].oid
    api.create_branch(REPO, branch="draft/1", revision=start, repo_type="dataset")
    before = head(hub)
    add = CommitOperationAdd("x.txt", b"x")
    api.create_commit(REPO, [add], commit_message="Draft", repo_type="dataset", revision="draft/1")
    assert head(hub) == before
    assert sorted(hub.files(REPO, "draft/1")) == [".gitattributes", "x.txt"]


def test_tree_tells_what_local_files_must_hash_to(hub: Hub, api: HfApi) -> None:
    """The tree gives an LFS file's SHA-256 and size, and for others git's blob id."""
    files = release("a", "b")
    tree = api.list_repo_tree(REPO, recursive=True, repo_type="dataset")
    entries = {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}
    lfs = entries[DATA].lfs
    assert lfs is not None
    assert (lfs.sha256, lfs.size) == (hashlib.sha256(files[DATA]).hexdigest(), len(files[DATA]))
    assert entries["manifest.json"].lfs is None
    git = subprocess.run(["git", "hash-object", "--stdin"], input=files["manifest.json"], capture_output=True)
    assert entries["manifest.json"].blob_id == git.stdout.decode().strip()
    siblings = api.dataset_info(REPO, files_metadata=True).siblings or []
    assert {sibling.rfilename: sibling.lfs for sibling in siblings}[DATA] == lfs
    infos = api.get_paths_info(REPO, [DATA, "data", "missing"], repo_type="dataset")
    assert [info.path for info in infos] == ["data", DATA]


def test_snapshot_of_a_tag(hub: Hub, api: HfApi) -> None:
    """snapshot_download by tag gives the tag's bytes after main has moved."""
    api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    expected = hub.files(REPO)
    commit(api, release("c"))
    folder = Path(api.snapshot_download(REPO, repo_type="dataset", revision="v1.0.0"))
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in found.items()} == expected


def test_load_dataset_by_tag(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    """load_dataset in a fresh process and cache reads a private repository by tag, streaming too."""
    api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    commit(api, release("c"))
    code = """if True:
        from datasets import load_dataset
        for tag in "v1.0.0", None:
            for streaming in False, True:
                rows = load_dataset("alice/wire", split="train", revision=tag, streaming=streaming)
                print(*(row["id"] for row in rows))
    """
    environment = hub.environment(tmp_path / "home", hub.token(role="read"))
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["a b", "a b", "c", "c"], done.stderr
    assert not [call for call in hub.log if call.status == 501]


@pytest.mark.parametrize(
    ("user", "status", "error"),
    [
        ("nobody", 401, RepositoryNotFoundError),
        ("wrong", 401, HfHubHTTPError),
        ("reader", 403, HfHubHTTPError),
        ("stranger", 404, RepositoryNotFoundError),
    ],
)
def test_rights(hub: Hub, api: HfApi, user: str, status: int, error: type[HfHubHTTPError]) -> None:
    """Whoever may not write to a private repository is told so in the Hub's four ways; nothing changes."""
    tokens: dict[str, str | bool] = {
        "nobody": False,
        "wrong": "hf_wrong",
        "reader": hub.token(role="read"),
        "stranger": hub.token("bob"),
    }
    before = head(hub)
    other = HfApi(token=tokens[user])
    for attempt in (
        lambda: commit(other, {"x.txt": b"x"}),
        lambda: other.create_tag(REPO, tag="v2.0.0", repo_type="dataset"),
    ):
        with pytest.raises(error) as caught:
            attempt()
        assert caught.value.response.status_code == status
        assert type(caught.value) is error
    assert head(hub) == before
    assert hub.repo(REPO).tags == {}


def test_organizations(hub: Hub) -> None:
    """A member may write to the organization's namespace, and whoami names it."""
    api = HfApi(token=hub.token(orgs=("press",)))
    api.create_repo("press/wire", repo_type="dataset")
    whoami = api.whoami()
    assert (whoami["name"], [org["name"] for org in whoami["orgs"]]) == ("alice", ["press"])
    with pytest.raises(HfHubHTTPError) as error:
        api.create_repo("others/wire", repo_type="dataset")
    assert error.value.response.status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer hf_wrong"}])
def test_whoami_needs_a_token(hub: Hub, headers: dict[str, str]) -> None:
    """Nobody is 401, with no token or an unknown one."""
    assert get_session().get(f"{hub.url}/api/whoami-v2", headers=headers).status_code == 401


def test_repository_that_exists(hub: Hub, api: HfApi) -> None:
    """Creating a repository twice gives 409, with exist_ok its address."""
    with pytest.raises(HfHubHTTPError) as error:
        api.create_repo(REPO, repo_type="dataset")
    assert error.value.response.status_code == 409
    assert api.create_repo(REPO, repo_type="dataset", exist_ok=True).repo_id == REPO


def test_what_does_not_exist(hub: Hub, api: HfApi) -> None:
    """A missing repository, revision and file raise the client's three kinds of 404."""
    with pytest.raises(RepositoryNotFoundError):
        api.dataset_info("alice/missing")
    with pytest.raises(RevisionNotFoundError):
        api.dataset_info(REPO, revision="v9.9.9")
    with pytest.raises(RemoteEntryNotFoundError):
        api.hf_hub_download(REPO, "missing.txt", repo_type="dataset")


def test_lfs_bytes_with_another_hash_are_refused(hub: Hub, api: HfApi) -> None:
    """An upload whose bytes are not those announced is refused, and nothing is committed."""
    before = head(hub)
    operation = CommitOperationAdd("more.parquet", b"bytes")
    operation.upload_info.sha256 = hashlib.sha256(b"others").digest()
    with pytest.raises(RuntimeError) as error:
        api.create_commit(REPO, [operation], commit_message="Corrupt", repo_type="dataset")
    assert isinstance(error.value.__cause__, HfHubHTTPError)
    assert error.value.__cause__.response.status_code == 400
    assert head(hub) == before


def test_lfs_object_that_never_arrived_cannot_be_committed(hub: Hub, api: HfApi) -> None:
    """When storage lost an upload that it acknowledged, verifying finds out; without it the commit does."""
    hub.fail("PUT", "/lfs/", 200, times=2)
    with pytest.raises(RuntimeError):
        commit(api, {"more.parquet": b"more"})
    hub.fail("POST", "/verify$", 200)
    with pytest.raises(HfHubHTTPError) as error:
        commit(api, {"more.parquet": b"more"})
    assert error.value.response.status_code == 400


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("status", [None, 429, 500])
def test_commit_and_tag_are_sent_once(hub: Hub, api: HfApi, status: int | None, after: bool) -> None:
    """huggingface_hub repeats neither a commit nor a tag; a lost answer looks like a lost request."""
    before = head(hub)
    for path in ("/commit/", "/tag/"):
        if status is None:
            hub.drop("POST", path, after=after)
        else:
            hub.fail("POST", path, status, after=after)
    hub.log.clear()
    # no common base class but Exception: a dropped connection is the HTTP library's error, not an OSError
    with pytest.raises(Exception, match=str(status) if status else "disconnected"):
        commit(api, release("c"))
    with pytest.raises(Exception, match=str(status) if status else "disconnected"):
        api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    calls = hub.calls("POST", "/commit/|/tag/")
    assert [(call.status, call.handled) for call in calls] == [(status, after)] * 2
    assert (head(hub) != before, "v1.0.0" in hub.repo(REPO).tags) == (after, after)


def test_uploads_are_tried_again(hub: Hub, api: HfApi, waits: list[float]) -> None:
    """huggingface_hub repeats preupload and PUT after 429, 500 and a dropped connection, waiting longer."""
    hub.fail("POST", "/preupload/", 429, headers={"Retry-After": "7"})
    hub.fail("PUT", "/lfs/", 500)
    hub.drop("PUT", "/lfs/")
    commit(api, release("c"))
    assert waits == [8, 1, 2]
    assert hub.files(REPO)[DATA] == parquet("c")


def test_upload_left_over_from_a_failed_commit_is_used(hub: Hub, api: HfApi) -> None:
    """LFS objects outlive a commit that failed, so the next attempt sends none."""
    hub.fail("POST", "/commit/", 500)
    with pytest.raises(HfHubHTTPError):
        commit(api, release("c"))
    hub.log.clear()
    commit(api, release("c"))
    assert hub.calls("PUT") == []
    assert hub.files(REPO)[DATA] == parquet("c")


@pytest.mark.parametrize("length", [1, 7, 10])
@pytest.mark.parametrize("wanted", ["0-0", "2-5", "7-", "-3", "0-99", "-99"])
def test_ranges(hub: Hub, api: HfApi, length: int, wanted: str) -> None:
    """Ranges give exactly the bytes of RFC 9110, or 416 beyond the end."""
    data = bytes(range(length))
    commit(api, {"bytes.bin": data})
    url = f"{hub.url}/datasets/{REPO}/resolve/main/bytes.bin"
    headers = {"Authorization": f"Bearer {api.token}", "Range": f"bytes={wanted}"}
    answer = get_session().get(url, headers=headers)
    first, last = wanted.split("-")
    expected = data[int(first) : int(last or length) + 1] if first else data[-int(last) :]
    if expected:
        start = data.index(expected)
        assert (answer.status_code, answer.content) == (206, expected)
        assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{length}"
    else:
        assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{length}")


def test_download_does_not_notice_a_flipped_bit(hub: Hub, api: HfApi) -> None:
    """huggingface_hub checks a download's size only: whoever publishes must hash what comes back."""
    good = hub.files(REPO)[DATA]
    hub.corrupt(REPO, DATA)
    bad = Path(api.hf_hub_download(REPO, DATA, repo_type="dataset")).read_bytes()
    assert len(bad) == len(good)
    assert hashlib.sha256(bad).digest() != hashlib.sha256(good).digest()


def test_card_without_metadata_warns(hub: Hub, api: HfApi) -> None:
    """The card's metadata are looked at before anything is uploaded, and errors there stop the commit."""
    with pytest.warns(UserWarning, match="empty or missing yaml metadata"):
        commit(api, {"README.md": b"no metadata"})
    hub.fail("POST", "/api/validate-yaml", 400, body={"errors": [{"message": "no such license"}]})
    hub.log.clear()
    with pytest.raises(ValueError, match="no such license"):
        commit(api, release("c"))
    assert len(hub.log) == 1


def test_log_holds_no_token(hub: Hub, api: HfApi) -> None:
    """Requests are logged in order with their status; tokens appear nowhere."""
    assert [(call.method, call.path.split("/")[-1], call.status) for call in hub.log[:3]] == [
        ("POST", "create", 200),
        ("POST", "validate-yaml", 200),
        ("POST", "main", 200),
    ]
    assert {call.headers.get("authorization") for call in hub.log} == {"***", None}
    assert isinstance(api.token, str)
    assert api.token not in repr(hub.log)


def test_unknown_requests_are_loud(hub: Hub) -> None:
    """A call that the stand-in does not serve is neither retried nor taken for a missing file."""
    answer = get_session().get(f"{hub.url}/api/models/alice/model")
    assert answer.status_code == 501
    assert "does not serve" in answer.json()["error"]
