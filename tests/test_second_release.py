"""Release 2.0.0 of this repository's dataset: what the changelog says of columns, its version, and how it is loaded.

The release is published to a pretend Hub after 1.0.0, whose frozen data stands in ``golden/releases``, and loaded by
tag from a fresh cache with every version of `datasets` that the card names.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from conftest import CHECKOUT, Run, copy_dataset
from pactwire.build import features
from pactwire.corpus import settings
from pactwire.corpus.schema_file import read_schema
from pactwire.release import changelog, column_changes, first_format, version_rule
from pactwire.release.changes import Change
from pactwire.release.version_rule import Level
from support.environments import datasets_client
from support.hub import Hub
from test_publish import ENTRY, git, save

pytest_plugins = ["support.hub_fixture"]

FIRST_RELEASE = CHECKOUT / "tests/golden/releases/1.0.0/base"
REPO = "alice/pactwire"


def column_differences(checkout: Path) -> list[Change]:
    """Return how the columns of all configs differ from those of 1.0.0."""
    schema = read_schema(checkout)
    now = {config: features.config_features(schema, config).to_dict() for config in features.configs(schema)}
    return list(column_changes.column_changes(first_format.features(), now))


def test_changelog_names_removed_columns_and_orders_of_classes(checkout: Path) -> None:
    """Whoever reads a column that is gone, or classes by number, is told so in the entry of 2.0.0."""
    text = (checkout / changelog.CHANGELOG_FILE).read_text(encoding="utf-8")
    entry = text.partition("\n## 2.0.0")[2].partition("\n## 1.0.0")[0]
    differences = column_differences(checkout)
    removed = [change.name for change in differences if change.action == "removed"]
    reordered = [change.name for change in differences if "classes" in change.attributes]
    assert (removed, reordered) == (["articles.annotation_status"], ["claim_pairs.label"])
    assert f"Removed: `{removed[0]}`" in entry and f"Another order of classes: `{reordered[0]}`" in entry
    assert f"- columns removed: `{removed[0]}`" in entry


def test_it_takes_a_major_version(checkout: Path) -> None:
    """The version rule compares columns and classes with those of 1.0.0, too."""
    assert version_rule.required_level(column_differences(checkout)).level is Level.MAJOR
    assert settings.read_settings(checkout).version == "2.0.0"


@pytest.fixture
def published(hub: Hub, tmp_path: Path, process: Run) -> Hub:
    """A pretend Hub that has 1.0.0, and after it the present dataset as version 2.0.0."""
    token = hub.token()
    api = HfApi(token=token)
    api.create_repo(REPO, repo_type="dataset", private=True)
    api.upload_folder(repo_id=REPO, folder_path=FIRST_RELEASE, repo_type="dataset")
    api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    root = copy_dataset(tmp_path / "root")
    shutil.copy(CHECKOUT / ".gitignore", root / ".gitignore")
    settings.write_settings(root, {"dataset": {"repository": REPO}})
    (root / "CHANGELOG.md").write_text(f"# Changelog\n{ENTRY.replace('1.0.0', '2.0.0')}", encoding="utf-8")
    git(root, "init")
    save(root)
    done = process("publish", "--root", root, "--execute", **hub.environment(tmp_path / "home", token))
    assert done.returncode == 0, done.stdout + done.stderr
    return hub


LOADING = """
import json, os, sys, datasets
datasets.disable_progress_bars()
rows = {}
for config in datasets.get_dataset_config_names(sys.argv[1], revision=sys.argv[2]):
    splits = datasets.load_dataset(sys.argv[1], config, revision=sys.argv[2])
    rows[config] = {name: split.num_rows for name, split in splits.items()}
print(json.dumps([datasets.__version__, rows]), flush=True)
os._exit(0)  # a thread of Arrow that is left by a download aborts older clients at their exit
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "version", [pytest.param("3.6", marks=pytest.mark.soak), "4.0", pytest.param("5.2", marks=pytest.mark.soak)]
)
def test_both_releases_load_by_tag_from_a_fresh_cache(version: str, published: Hub, tmp_path: Path) -> None:
    """Each client gets the rows of the version that it asks for, whichever it got before."""
    environment = {**published.environment(tmp_path / "fresh", published.token()), "PYTHONPATH": ""}
    counts = {}
    for tag in ("v2.0.0", "v1.0.0"):
        done = subprocess.run(
            [datasets_client(version), "-c", LOADING, REPO, tag], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        found, counts[tag] = json.loads(done.stdout)
        assert found.startswith(f"{version}.")
    assert counts["v2.0.0"]["claims"] == {"train": 62, "validation": 14, "test": 17}
    assert counts["v2.0.0"]["stance_candidates"] == {"train": 1243, "validation": 141, "test": 249}
    assert "stance_candidates" not in counts["v1.0.0"] and counts["v1.0.0"]["articles"] == {"train": 2}
