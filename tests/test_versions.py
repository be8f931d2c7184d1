"""Versions by name: `score`, `diff` and the API find them by one rule, and say where they looked."""

from pathlib import Path

import pytest

from pactwire.model.issues import DataError
from pactwire.release import git as revisions
from pactwire.release.hub_download import HubAddress
from pactwire.release.versions import VersionPlace, resolve_version
from support.repositories import commit, git


@pytest.fixture
def repository(golden: Path) -> Path:
    """A dataset in a git repository with the tags v1.0.0 and 3.0.0."""
    commit(golden, "First")
    git(golden, "tag", "v1.0.0")
    git(golden, "tag", "3.0.0")
    return golden


@pytest.mark.parametrize("name", ["1.0.0", "v1.0.0", "HEAD", "refs/tags/v1.0.0", "3.0.0"])
def test_finds_tags_and_revisions(repository: Path, name: str) -> None:
    """A plain version means its tag, and then any revision of that name."""
    place = resolve_version(name, repository)
    assert place == VersionPlace(name, repository, revisions.resolve_commit(repository, "HEAD"))
    assert place.commit


def test_the_tag_of_a_version_is_before_other_revisions(repository: Path) -> None:
    """A branch that is called 1.0.0 is not the version."""
    tagged = revisions.resolve_commit(repository, "HEAD")
    (repository / "notes.txt").write_text("more", encoding="utf-8")
    commit(repository, "Second")
    git(repository, "branch", "1.0.0")
    assert resolve_version("1.0.0", repository).commit == tagged != revisions.resolve_commit(repository, "HEAD")


def test_finds_folders_and_addresses(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder is first, even of a version's name; in a repository on the Hub, all other names are revisions."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "1.0.0").mkdir()
    assert resolve_version("1.0.0", repository) == VersionPlace("1.0.0", Path("1.0.0"))
    hub = HubAddress("alice/wire", "main")
    for name, revision in (("2.0.0", "v2.0.0"), ("v2.0.0", "v2.0.0"), ("abc", "abc")):
        address = HubAddress("alice/wire", revision)
        assert resolve_version(name, hub) == VersionPlace(f"hf://datasets/alice/wire@{revision}", hub=address)
    address = HubAddress("bob/wire", "v1.0.0")
    assert resolve_version(str(address), repository) == VersionPlace(str(address), hub=address)


@pytest.mark.parametrize(
    ("name", "tags", "message"),
    [
        ("2.0.0", 1, "it is no folder, no tag v2.0.0 and no other revision of {}, whose version tags are: v1.0.0"),
        ("v2.0.0", 1, "it is no folder and no revision of {}, whose version tags are: v1.0.0"),
        ("1.0.0", 0, "it is no folder, no tag v1.0.0 and no other revision of {}, whose version tags are: none"),
    ],
)
def test_says_where_it_looked(repository: Path, name: str, tags: int, message: str) -> None:
    """Without tags, as after a shallow clone, the issue says so and names the command that fetches them."""
    if not tags:
        git(repository, "tag", "-d", "v1.0.0")
    with pytest.raises(DataError) as caught:
        resolve_version(name, repository)
    (issue,) = caught.value.issues
    assert (issue.file, issue.code) == (name, "unknown-version")
    assert issue.message == message.format(f"the git repository of {repository}")
    assert "git fetch --tags" in issue.remedy


def test_says_that_there_is_no_repository(golden: Path) -> None:
    """Outside of git, only folders and addresses are versions."""
    with pytest.raises(DataError, match=r"1\.0\.0:1: unknown-version: .* is in no git repository with a commit"):
        resolve_version("1.0.0", golden)
