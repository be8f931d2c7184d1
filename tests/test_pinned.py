"""Pinned versions: the code in the card loads the requested version, online and offline."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from conftest import CHECKOUT
from pactwire.card import dataset_folder
from pactwire.release import release_files
from support.hub import Hub

pytest_plugins = ["support.hub_fixture"]
pytestmark = pytest.mark.slow

REPO = "alice/wire"
PRINT = 'print(entities[0]["annotation_status"])\n'


def snippets() -> list[str]:
    """The first two Python blocks of the card: load_dataset with a revision, and the one that always works."""
    text = (CHECKOUT / "DATASET_CARD.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)[:2]


@pytest.fixture
def two_versions(hub: Hub, golden: Path) -> str:
    """A public repository with v1.0.0 (drafts) and v2.0.0 (submitted), and a reader's token."""
    api = HfApi(token=hub.token())
    api.create_repo(REPO, repo_type="dataset")
    for version in ("1.0.0", "2.0.0"):
        (golden / "pactwire.toml").write_text(f'[dataset]\nname = "golden"\nversion = "{version}"\n')
        if version == "2.0.0":
            for path in (golden / "annotations/final").iterdir():
                path.write_text(path.read_text(encoding="utf-8").replace('"draft"', '"submitted"'), encoding="utf-8")
        dataset_folder.build(golden)
        files = release_files.read_release(golden / "dataset").files
        operations = [CommitOperationAdd(name, str(file.path)) for name, file in files.items()]
        made = api.create_commit(REPO, operations, commit_message=version, repo_type="dataset")
        api.create_tag(REPO, tag=f"v{version}", revision=made.oid, repo_type="dataset")
    return hub.token(role="read")


def test_card_snippet_loads_the_requested_version(hub: Hub, two_versions: str, tmp_path: Path) -> None:
    """It works with both versions in the cache, online and offline; load_dataset with a revision fails offline.

    The second half is the trap that the card warns of: if it is fixed in `datasets`, the card can be simpler.
    """
    plain, with_revision = snippets()
    whole = plain.splitlines()[0] + "\n" + with_revision

    def statuses(requested: list[tuple[str, str]], offline: bool) -> list[str]:
        code = "".join(
            re.sub(r"v\d+\.\d+\.\d+", tag, snippet.replace("ORG/pactwire", REPO)) + PRINT for snippet, tag in requested
        )
        environment = hub.environment(tmp_path / "home", two_versions) | {"HF_HUB_OFFLINE": "1" if offline else "0"}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    both = [(snippet, tag) for snippet in (whole, plain) for tag in ("v1.0.0", "v2.0.0")]
    assert statuses(both, offline=False) == ["draft", "submitted", "draft", "submitted"]
    assert statuses(both, offline=True) == ["draft", "submitted", "submitted", "submitted"]
