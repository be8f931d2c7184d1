"""Publishing against a Hub: the plan sends nothing, a release happens whole or not at all, and is verified."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import CHECKOUT, Run
from pactwire.build import stale_files
from pactwire.card import dataset_folder
from pactwire.model.issues import DataError
from pactwire.release import docs, publish, release_checks, release_files, verify
from pactwire.release.hub import HubClient as Client
from pactwire.release.release_files import Release
from support.hub import Hub

pytestmark = pytest.mark.slow

pytest_plugins = ["support.hub_fixture"]

REPO = "alice/wire"
FAULTS = [None, 429, 500]
ENTRY = """
## 1.0.0 – 2026-01-02

<!-- begin generated: data -->
<!-- end generated: data -->
"""

CARD = """\
<!-- begin generated: load -->
<!-- end generated: load -->

<!-- begin generated: plot-stances -->
<!-- end generated: plot-stances -->
"""


def git(root: Path, *arguments: str) -> None:
    """Run git in a folder, as nobody in particular."""
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, "-C", str(root), *arguments], check=True, capture_output=True)


def make(root: Path) -> Path:
    """Make a checkout of the golden base, built, ready for release 1.0.0."""
    shutil.copytree(CHECKOUT / "tests" / "golden" / "base", root)
    (root / "pactwire.toml").write_text(f'[dataset]\nversion = "1.0.0"\nrepository = "{REPO}"\n')
    (root / "CHANGELOG.md").write_text(f"# Changelog\n{ENTRY}", encoding="utf-8")
    (root / "DATASET_CARD.md").write_text(
        f"---\nlicense: other\n---\n# Golden\n\nTwo articles.\n\n{CARD}", encoding="utf-8"
    )
    built = ("data/", "plots/", "schema/", "README.md", "manifest.json", "croissant.json")
    (root / ".gitignore").write_text("".join(f"/dataset/{name}\n" for name in built))
    git(root, "init")
    save(root)
    return root


def next_version(root: Path) -> None:
    """Change a label and the version, ready for release 1.0.1."""
    git(root, "tag", "v1.0.0")
    change(root, "annotations/final/00000000000000aa.json", '"polarity": "favor"', '"polarity": "against"')
    change(root, "pactwire.toml", "1.0.0", "1.0.1")
    change(root, "CHANGELOG.md", "# Changelog\n", f"# Changelog\n{ENTRY.replace('1.0.0', '1.0.1')}")
    save(root)


def change(root: Path, name: str, old: str, new: str) -> None:
    """Replace a text in a file."""
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def save(root: Path) -> None:
    """Renew all that is generated, and commit."""
    release_checks.renew_changelog(root)
    dataset_folder.build(root)
    if docs.renew_files(root, write=True):
        dataset_folder.build(root)
    git(root, "add", "-A")
    git(root, "commit", "-m", "Ready")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that nobody changes."""
    return make(tmp_path_factory.mktemp("made") / "golden")


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A checkout of a test's own."""
    return Path(shutil.copytree(made, tmp_path / "root"))


@pytest.fixture
def client(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The Hub as alice's token sees it."""
    monkeypatch.setenv("HF_TOKEN", hub.token())
    return Client(REPO)


@pytest.fixture
def release(made: Path, tmp_path: Path) -> Release:
    """The release of the checkout, in a folder of its own."""
    return release_files.build_release(made, tmp_path / "work")


@pytest.fixture
def send(client: Client, release: Release, tmp_path: Path) -> Callable[[], str]:
    """Plan and send the release, as the command does, with a fresh cache each time."""
    runs = iter(range(9))

    def send() -> str:
        return publish.publish_release(
            client, publish.make_plan(client, release, public=False), tmp_path / f"home{next(runs)}"
        )

    return send


def published(hub: Hub, revision: str = "main") -> dict[str, bytes]:
    """What the Hub holds, but for its own file."""
    return {name: data for name, data in hub.files(REPO, revision).items() if name != ".gitattributes"}


def contents(dataset: Path) -> dict[str, bytes]:
    """What of a folder is to be published."""
    return {name: file.path.read_bytes() for name, file in release_files.read_release(dataset).files.items()}


def problem(action: Callable[[], object]) -> str:
    """The one issue that an action must raise, as text."""
    with pytest.raises(DataError) as caught:
        action()
    [issue] = caught.value.issues
    return issue.text()


def writes(hub: Hub) -> list[str]:
    """The requests that change something, by method and last part of the path."""
    harmless = "/preupload/|/validate-yaml|/objects/batch|/verify$|/paths-info/"
    changing = [call for method in ("POST", "PUT", "DELETE") for call in hub.calls(method)]
    return [f"{call.method} {call.path}" for call in changing if call not in hub.calls("POST", harmless)]


# --- the plan


def test_plan_lists_every_file_and_sends_nothing(hub: Hub, made: Path, tmp_path: Path, process: Run) -> None:
    """Files with size and SHA-256, version, visibility and place are printed; the Hub is only read."""
    done = process("publish", REPO, "--root", made, **hub.environment(tmp_path / "home", hub.token()))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "alice/wire v1.0.0, private, a new repository"
    files = release_files.read_release(made / "dataset").files
    assert lines[1 : 1 + len(files)] == [
        f"  add      {name}  {file.size:,} bytes  sha256 {file.sha256}" for name, file in files.items()
    ]
    assert lines[-3:] == ["There is no earlier release to compare with.", "", (
        "Nothing was sent. Run the same command with --execute to publish it."
    )]  # fmt: skip
    done = process(
        "publish", REPO, "--root", made, "--format", "json", **hub.environment(tmp_path / "home", hub.token())
    )
    plan = json.loads(done.stdout)
    assert {each["name"]: each["sha256"] for each in plan["add"]} == {name: each.sha256 for name, each in files.items()}
    assert (plan["tag"], plan["public"], plan["parent"], plan["published"]) == ("v1.0.0", False, None, None)
    assert {call.method for call in hub.log} == {"GET"}
    assert hub.store.repos == {}


def test_plan_of_second_version_lists_changes(
    hub: Hub, client: Client, send: Callable[[], str], root: Path, tmp_path: Path
) -> None:
    """Only files that differ are added, replaced or deleted, and changes of labels are counted."""
    send()
    next_version(root)
    second = release_files.build_release(root, tmp_path / "second")
    plan = publish.make_plan(client, second, public=False)
    changed = {name.split("-")[0] for name in plan.added()}
    assert changed == {"data/articles/train", "data/stance/train"}
    assert {name.split("-")[0] for name in plan.deleted()} == changed
    assert plan.replaced() == ["README.md", "croissant.json", "manifest.json", "plots/stances.svg"]
    text = "\n".join(publish.plan_lines(plan, publish.summarize_changes(client, plan, root)))
    assert f"on commit {hub.repo(REPO).branches['main'][:8]}" in text
    assert "Changes since v1.0.0:" in text
    assert "| stances | " in text
    assert "  unchanged files: 4" in text
    first = published(hub)
    publish.publish_release(client, plan, tmp_path / "home")
    assert published(hub) == contents(root / "dataset")
    assert published(hub, "v1.0.0") == first
    assert ".gitattributes" in hub.files(REPO)


def test_plan_lists_deleted_files_of_others(
    hub: Hub, client: Client, send: Callable[[], str], release: Release
) -> None:
    """Files that are not part of the release are deleted, and the plan lists them."""
    client.api.create_repo(REPO, repo_type="dataset", private=True)
    hub.put(REPO, {"old.csv": b"a,b\n", "README.md": b"---\nlicense: mit\n---\n"})
    plan = publish.make_plan(client, release, public=False)
    assert (plan.deleted(), plan.replaced()) == (["old.csv"], ["README.md"])
    assert any(
        line.startswith("  delete   old.csv  4 bytes  sha256 unknown, git blob ")
        for line in publish.plan_lines(plan, "")
    )
    send()
    assert published(hub) == contents(release.folder)


# --- the release


@pytest.mark.slow
def test_execute_creates_verified_private_commit_with_tag(hub: Hub, made: Path, tmp_path: Path, process: Run) -> None:
    """The Hub holds exactly the files of the release, on the parent that was there; a second run changes nothing."""
    environment = hub.environment(tmp_path / "home", hub.token())
    done = process("publish", REPO, "--root", made, "--execute", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert published(hub) == contents(made / "dataset")
    assert {name.split("/")[0] for name in published(hub)} == {
        *stale_files.DESCRIPTION_FILES,
        "data",
        "plots",
        "schema",
    }
    repo = hub.repo(REPO)
    assert repo.private
    made_commit, initial = repo.history("main")
    assert (made_commit.title, made_commit.parent, initial.title) == ("Release v1.0.0", initial.oid, "initial commit")
    assert repo.tags == {"v1.0.0": made_commit.oid}
    assert f"Published and verified: alice/wire v1.0.0, commit {made_commit.oid}" in done.stdout
    assert "10 files match their SHA-256, 5 configs load with their rows" in done.stdout
    downloads = hub.calls("GET", "/resolve/.*parquet")
    assert len(downloads) == 5
    assert not (tmp_path / "home" / "hub").exists()  # verified from a cache of its own


def test_second_run_changes_nothing(hub: Hub, client: Client, release: Release, send: Callable[[], str]) -> None:
    """The plan says that nothing is left to do; only reading requests are sent, and the files are verified again."""
    commit = send()
    hub.log.clear()
    plan = publish.make_plan(client, release, public=False)
    assert publish.plan_lines(plan, "")[1] == "  the tag v1.0.0 already holds this release; there is nothing to change"
    assert send() == commit
    assert {call.method for call in hub.log} == {"GET", "HEAD"}
    assert len(hub.calls("GET", "/resolve/.*parquet")) == 5


def test_public_creates_public_repository(hub: Hub, client: Client, release: Release, tmp_path: Path) -> None:
    """--public creates a public repository; an existing one keeps its visibility, and a mismatch is rejected."""
    publish.publish_release(client, publish.make_plan(client, release, public=True), tmp_path / "home")
    assert not hub.repo(REPO).private
    assert problem(lambda: publish.make_plan(client, release, public=False)) == (
        "alice/wire:1: publish-visibility: the repository is public, and this would be a private release (change the "
        "repository's settings on the Hub, or pass --public if it is public)"
    )


@pytest.mark.slow
def test_published_text_free_release_hydrates_completely(hub: Hub, made: Path, tmp_path: Path, process: Run) -> None:
    """--standoff publishes no text of the sources; downloaded and hydrated, it is the full release."""
    environment = hub.environment(tmp_path / "home", hub.token())
    done = process("publish", REPO, "--root", made, "--standoff", "--execute", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    for data in published(hub).values():
        assert b"Reuters said" not in data
        assert b"Comments (0)" not in data
    for name, data in published(hub, "v1.0.0").items():
        (tmp_path / "got" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "got" / name).write_bytes(data)
    done = process("hydrate", tmp_path / "got", made / "dataset/raw", "--out", tmp_path / "out")
    assert done.stdout == f"wrote {tmp_path}/out: 2 articles, every byte that of the full release\n"
    assert contents(tmp_path / "out") == contents(made / "dataset")


# --- refusals


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ("nobody", "publish-token: there is no token"),
        ("unknown", "publish-token: the Hub answered 401"),
        ("reader", "publish-permission: the token of alice may only read"),
        ("stranger", "publish-permission: bob is neither alice nor a member of it"),
    ],
)
def test_rejects_user_without_write_access(hub: Hub, monkeypatch: pytest.MonkeyPatch, user: str, reason: str) -> None:
    """The reason is reported before anything is sent."""
    tokens = {"unknown": "hf_unknown", "reader": hub.token(role="read"), "stranger": hub.token("bob")}
    if user in tokens:
        monkeypatch.setenv("HF_TOKEN", tokens[user])
    assert problem(lambda: Client(REPO)).startswith(f"alice/wire:1: {reason}")
    assert {call.method for call in hub.log} <= {"GET"}


def test_reports_access_lost_during_publishing(hub: Hub, send: Callable[[], str]) -> None:
    """What whoami does not report, the first rejected request does: 401 and 403 name the token and the permission."""
    for status, code in ((401, "publish-token"), (403, "publish-permission")):
        hub.fail("POST", "/preupload/", status)
        assert f": {code}: the Hub answered {status}" in problem(send)


def test_reports_all_obstacles_together(hub: Hub, root: Path, tmp_path: Path, process: Run) -> None:
    """A missing token and an unclean working tree are reported together, and the Hub is not asked."""
    (root / "new.txt").write_text("new")
    change(root, "CHANGELOG.md", "begin generated: data", "begin generated: other")
    done = process("publish", REPO, "--root", root, "--execute", **hub.environment(tmp_path / "home"))
    assert done.returncode == 1
    assert [line.split(": ")[:2] for line in done.stdout.splitlines()] == [
        ["CHANGELOG.md:1", "release-tree"],
        ["CHANGELOG.md:3", "release-changelog"],
        ["alice/wire:1", "publish-token"],
        ["new.txt:1", "release-tree"],
    ]
    assert hub.log == []


def test_rejects_outdated_build(root: Path, tmp_path: Path) -> None:
    """Every missing or changed file is reported; files that no build wrote are neither published nor in the way."""
    for path in (root / "dataset/data/stance").iterdir():
        path.unlink()
    change(root, "dataset/README.md", "Two", "Some")
    (root / "dataset/data/more.parquet").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        release_files.build_release(root, tmp_path / "work")
    assert [(issue.file.split("-")[0], issue.code, issue.message) for issue in caught.value.issues] == [
        ("dataset/README.md", "publish-build", "the file is not what a build writes now"),
        ("dataset/data/stance/train", "publish-build", "the file is missing"),
    ]


def test_rejects_publishing_invalid_data(root: Path, tmp_path: Path) -> None:
    """The issues of the data prevent the release."""
    path = root / "dataset/raw/0_00000000000000aa.txt"
    path.write_text("Something else.\n")
    with pytest.raises(DataError) as caught:
        release_files.build_release(root, tmp_path / "work")
    assert {"file-hash", "text-hash"} <= {issue.code for issue in caught.value.issues}


def test_rejects_committed_labels_that_are_not_built(root: Path, tmp_path: Path) -> None:
    """A committed change that dataset/ does not have yet is rejected, file by file."""
    change(root, "annotations/final/00000000000000aa.json", '"polarity": "favor"', '"polarity": "against"')
    git(root, "commit", "-am", "More")
    with pytest.raises(DataError) as caught:
        release_files.build_release(root, tmp_path / "work")
    assert {"publish-build"} <= {issue.code for issue in caught.value.issues}


def test_tag_never_moves(hub: Hub, client: Client, send: Callable[[], str], root: Path, tmp_path: Path) -> None:
    """Other content under a published version is rejected."""
    send()
    change(root, "DATASET_CARD.md", "Two", "Some")
    save(root)
    other = release_files.build_release(root, tmp_path / "other")
    tagged = hub.repo(REPO).tags["v1.0.0"]
    assert problem(lambda: publish.make_plan(client, other, public=False)) == (
        f"alice/wire:1: publish-tag: the tag v1.0.0 is on the commit {tagged[:8]}, which holds something else "
        "(raise the version; a tag never moves)"
    )


def test_repository_is_that_of_the_settings(hub: Hub, root: Path, tmp_path: Path, process: Run) -> None:
    """Without a name, the dataset is published where its settings say; without either, all obstacles are listed."""
    environment = hub.environment(tmp_path / "home", hub.token())
    done = process("publish", "--root", root, **environment)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"{REPO} v1.0.0, private, a new repository")
    change(root, "pactwire.toml", f'repository = "{REPO}"\n', "")
    done = process("publish", "--root", root, "--execute", **environment)
    assert done.returncode == 1
    assert [line.split(": ")[:2] for line in done.stdout.splitlines()] == [
        ["pactwire.toml:1", "release-tree"],
        ["pactwire.toml:1", "release-repository"],
        ["DATASET_CARD.md:1", "release-generated"],
    ]
    assert writes(hub) == []


def test_placeholder_is_not_published_under_another_name(hub: Hub, root: Path, tmp_path: Path, process: Run) -> None:
    """Whoever names a repository still needs one in the settings, since the card names that."""
    change(root, "pactwire.toml", "alice", "ORG")
    save(root)
    done = process("publish", REPO, "--root", root, "--execute", **hub.environment(tmp_path / "home", hub.token()))
    assert done.returncode == 1
    assert done.stdout.startswith("pactwire.toml:3: release-repository: 'ORG/wire' only stands for a repository")
    assert done.stdout.count("\n") == 1
    assert writes(hub) == []


def test_repository_name_requires_owner(process: Run, made: Path) -> None:
    """Anything else is a usage error."""
    assert process("publish", "wire", "--root", made).returncode == 2


# --- faults


def test_rejects_moved_parent(hub: Hub, client: Client, release: Release, tmp_path: Path) -> None:
    """A commit of someone else between plan and commit is kept: 412, and nothing is stored."""
    client.api.create_repo(REPO, repo_type="dataset", private=True)
    plan = publish.make_plan(client, release, public=False)
    hub.meanwhile("POST", "/commit/", lambda: hub.put(REPO, {"theirs.txt": b"theirs"}))
    before = hub.repo(REPO).branches["main"]
    found = problem(lambda: publish.publish_release(client, plan, tmp_path / "home"))
    assert found == (
        f"alice/wire:1: publish-parent: main has moved from {before[:8]} to {hub.repo(REPO).branches['main'][:8]} in "
        "the meantime (nothing was published: review the other commit, then run the same command again)"
    )
    assert [commit.title for commit in hub.repo(REPO).history("main")] == ["Somebody else's", "initial commit"]
    assert hub.repo(REPO).tags == {}


def test_rejects_files_changed_since_the_plan(hub: Hub, client: Client, release: Release, tmp_path: Path) -> None:
    """All of them are reported, and nothing is sent."""
    plan = publish.make_plan(client, release, public=False)
    names = ["README.md", next(name for name in release.files if "stance" in name)]
    for name in names:
        release.files[name].path.write_bytes(b"changed")
    with pytest.raises(DataError) as caught:
        publish.publish_release(client, plan, tmp_path / "home")
    assert [(issue.file, issue.code) for issue in caught.value.issues] == [(name, "publish-build") for name in names]
    assert writes(hub) == []


@pytest.mark.parametrize("status", FAULTS)
def test_failure_before_commit_publishes_nothing(hub: Hub, send: Callable[[], str], status: int | None) -> None:
    """After a failed commit main is unchanged; the next run publishes, and reuses the upload."""
    fault(hub, "/commit/", status, after=False)
    found = problem(send)
    assert ": publish-hub: " in found
    assert found.endswith("(nothing was published: run the same command again)")
    assert ("wait 7 s" in found) == (status == 429)
    assert published(hub) == {}
    assert hub.repo(REPO).tags == {}
    hub.log.clear()
    commit = send()
    assert hub.repo(REPO).tags == {"v1.0.0": commit}
    assert hub.calls("PUT") == []


@pytest.mark.parametrize("status", FAULTS)
def test_looks_up_commit_after_lost_response(hub: Hub, send: Callable[[], str], status: int | None) -> None:
    """If the commit was created despite the error response, the same run continues with the tag."""
    fault(hub, "/commit/", status, after=True)
    commit = send()
    assert hub.repo(REPO).tags == {"v1.0.0": commit}
    assert len(hub.calls("POST", "/commit/")) == 1


@pytest.mark.parametrize("status", FAULTS)
def test_next_run_completes_after_failure_before_tag(
    hub: Hub, client: Client, release: Release, send: Callable[[], str], status: int | None
) -> None:
    """The message says that only the tag is missing; the next run creates it and no second commit."""
    fault(hub, "/tag/", status, after=False)
    found = problem(send)
    assert ": publish-unfinished: " in found
    assert found.endswith("(the files are published but the tag is missing: run the same command again to complete it)")
    assert published(hub) == contents(release.folder)
    assert hub.repo(REPO).tags == {}
    plan = publish.make_plan(client, release, public=False)
    assert publish.plan_lines(plan, "")[1].endswith("holds this release; only its tag is missing")
    hub.log.clear()
    commit = send()
    assert hub.repo(REPO).tags == {"v1.0.0": commit}
    assert [call.split("/")[-2] for call in writes(hub)] == ["tag"]


@pytest.mark.parametrize("status", FAULTS)
def test_looks_up_tag_after_lost_response(hub: Hub, send: Callable[[], str], status: int | None) -> None:
    """The tag was created despite the error response."""
    fault(hub, "/tag/", status, after=True)
    commit = send()
    assert hub.repo(REPO).tags == {"v1.0.0": commit}
    assert len(hub.calls("POST", "/tag/")) == 1


def fault(hub: Hub, path: str, status: int | None, after: bool) -> None:
    """Break the next request: the connection where there is no status."""
    if status is None:
        hub.drop("POST", path, after=after)
    else:
        hub.fail("POST", path, status, after=after, headers={"Retry-After": "7"} if status == 429 else {})


def test_reports_unknown_state_if_hub_disappears(hub: Hub, send: Callable[[], str], waits: list[float]) -> None:
    """If the commit may exist, no message says that nothing was published; the next run completes."""
    hub.drop("POST", "/commit/", after=True)
    hub.meanwhile("POST", "/commit/", lambda: hub.drop("GET", f"/api/datasets/{REPO}"))
    found = problem(send)
    assert ": publish-unknown: the Hub cannot be asked whether it has the commit: " in found
    assert hub.repo(REPO).tags == {}
    commit = send()
    assert hub.repo(REPO).tags == {"v1.0.0": commit}
    assert len(hub.calls("POST", "/commit/")) == 1


def test_failed_uploads_leave_nothing(hub: Hub, send: Callable[[], str], waits: list[float]) -> None:
    """If the storage keeps failing, the reason of the upload is reported, and main is unchanged."""
    hub.fail("PUT", "/lfs/", 500, times=100)
    found = problem(send)
    assert ": publish-hub: Error while uploading" in found
    assert "the Hub answered 500" in found
    assert published(hub) == {}


def test_corrupted_upload_gets_no_tag(hub: Hub, send: Callable[[], str], release: Release) -> None:
    """Files are hashed as downloaded before the tag is created; the corrupted file is reported."""
    name = next(name for name in release.files if "stance" in name)
    hub.meanwhile("GET", "/resolve/", lambda: hub.corrupt(REPO, name))
    found = problem(send)
    commit = hub.repo(REPO).branches["main"]
    assert found.startswith(f"alice/wire@{commit[:8]}/{name}:1: publish-upload: the downloaded file has the SHA-256 ")
    assert hub.repo(REPO).tags == {}


def test_later_run_detects_corruption(hub: Hub, send: Callable[[], str], release: Release) -> None:
    """Running again after success verifies again."""
    send()
    hub.corrupt(REPO, "manifest.json")
    assert "/manifest.json:1: publish-verify: the downloaded file has the SHA-256 " in problem(send)


def test_compares_rows_with_manifest(
    hub: Hub, client: Client, send: Callable[[], str], release: Release, tmp_path: Path
) -> None:
    """A different digest, number of rows or config is reported, as is a release that does not load."""
    send()
    configs: Any = json.loads(json.dumps(release.configs))
    assert verify.rows(client, "v1.0.0", configs, tmp_path / "a") == []
    configs["stance"]["train"][0]["digest"] = "0" * 64
    configs["claims"]["train"][0]["rows"] += 1
    del configs["entities"]
    found = verify.rows(client, "v1.0.0", configs, tmp_path / "b")
    assert [issue.message for issue in found] == [
        f"the rows of {config} are not those of the manifest" for config in ("claims", "entities", "stance")
    ]
    [missing] = verify.rows(client, "v9.9.9", configs, tmp_path / "c")
    assert missing.message.startswith("load_dataset fails: ")


# --- the token


@pytest.mark.slow
def test_token_is_in_no_output_and_no_file(hub: Hub, made: Path, tmp_path: Path, process: Run) -> None:
    """In the plan, a release, a second run, failures of each step, and with a token that no header can hold."""
    token = hub.token()
    environment = {**hub.environment(tmp_path / "home", token), "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    outputs = []

    def go(*options: str, **env: str) -> None:
        done = process("publish", REPO, "--root", made, *options, **{**environment, **env})
        outputs.append(done.stdout + done.stderr)

    hub.fail("POST", "/commit/", 403, body={"error": f"token {token} may not"})
    go("--execute")
    assert "publish-permission: the Hub answered 403; Injected failure 403 token *** may not" in outputs[-1]
    hub.fail("POST", "/tag/", 500)
    go("--execute", HF_DEBUG="1")
    assert "publish-unfinished: " in outputs[-1]
    go("--execute")
    assert "Published and verified" in outputs[-1]
    go(HF_TOKEN=f"{token}é")
    go(HF_TOKEN=f"{token} x\n y")
    assert [text for text in outputs if token in text] == []
    written = [path for path in tmp_path.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    assert written == []


# --- the real Hub


@pytest.mark.skipif(
    not (os.environ.get("PACTWIRE_HUB_TOKEN") and os.environ.get("PACTWIRE_HUB_REPO")),
    reason="needs PACTWIRE_HUB_TOKEN and PACTWIRE_HUB_REPO, a repository for tests",
)
@pytest.mark.slow
def test_publishes_to_the_real_hub(made: Path, tmp_path: Path, process: Run) -> None:
    """Plan, release and a second run, with Xet and all that the stand-in does not have."""
    environment = {"HF_TOKEN": os.environ["PACTWIRE_HUB_TOKEN"], "HF_HOME": str(tmp_path / "home")}
    for options in ([], ["--execute"], ["--execute"]):
        done = process("publish", os.environ["PACTWIRE_HUB_REPO"], "--root", made, *options, timeout=600, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert environment["HF_TOKEN"] not in done.stdout + done.stderr
