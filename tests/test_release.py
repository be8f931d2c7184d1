"""`pactwire release`: the version rule, what has to agree on a version, and the changelog's data section."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from pactwire.agreement import adjudication
from pactwire.card import dataset_folder
from pactwire.corpus import corpus, schema_file, settings
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import strict_json
from pactwire.model.issues import COMMAND_CODES, DataError, Issue
from pactwire.release import (
    card_checks,
    changelog,
    citation_checks,
    diff,
    docs,
    label_order,
    migrate,
    release_checks,
    release_files,
    snapshots,
    version_rule,
)
from pactwire.release.version_rule import Level
from pactwire.storage import generated_blocks
from pactwire.validation import validate
from support.migrations import write_migration

pytestmark = pytest.mark.slow

AA, BB = "00000000000000aa", "00000000000000bb"
FINAL_AA = f"annotations/final/{AA}.json"
ENTRY = "\n### Data\n\n<!-- begin generated: data -->\n<!-- end generated: data -->\n"
SETTINGS = '[dataset]\nname = "wire"\nversion = "{}"\nrepository = "alice/wire"\n'
CARD = """\
---
license: cc-by-4.0
---
# Wire

<!-- begin generated: load -->
<!-- end generated: load -->

Two articles.
"""


def edit(root: Path, file: str, old: str, new: str) -> None:
    """Replace a string that stands in a file."""
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def git(root: Path, *arguments: str) -> None:
    """Run git in a folder, as somebody."""
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


def commit(root: Path) -> None:
    """Commit everything in a folder."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "Change")


def rebuild(root: Path) -> None:
    """Build, renew the card, and build with it."""
    dataset_folder.build(root)
    docs.renew_files(root, write=True)
    dataset_folder.build(root)


def released(root: Path) -> Path:
    """Make the golden base a repository whose version 1.0.0 is built, committed and tagged."""
    (root / "pactwire.toml").write_text(SETTINGS.format("1.0.0"))
    (root / ".gitignore").write_text("/dataset/data/\n/dataset/*.md\n/dataset/manifest.json\n/dataset/croissant.json\n")
    (root / "CHANGELOG.md").write_text(f"# Changelog\n\n## 1.0.0 – 2026-11-22\n{ENTRY}")
    (root / "DATASET_CARD.md").write_text(CARD)
    git(root, "init", "--quiet")
    rebuild(root)
    release_checks.renew_changelog(root)
    commit(root)
    git(root, "tag", "v1.0.0")
    return root


def begin(root: Path, version: str) -> None:
    """Begin another version: its settings and the changelog say so."""
    was = settings.read_settings(root).version
    edit(root, "pactwire.toml", was, version)
    edit(root, "CHANGELOG.md", f"## {was}", f"## {version} – 2027-01-31\n{ENTRY}\n## {was}")


@pytest.fixture(scope="module")
def release_of_base(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the repository that tests copy."""
    base = shutil.copytree(checkout / "tests/golden/base", tmp_path_factory.mktemp("release") / "base")
    return released(Path(base))


@pytest.fixture
def repository(release_of_base: Path, tmp_path: Path) -> Path:
    """Return the golden base as a repository with a release."""
    return Path(shutil.copytree(release_of_base, tmp_path / "repository"))


def said(issues: list[Issue]) -> list[str]:
    """Return issues without their remedies."""
    return [issue.text().rpartition(f" ({issue.remedy})")[0] for issue in issues]


# --- the version rule


def withdraw(root: Path) -> None:
    """Withdraw an article with its annotations."""
    edit(root, "dataset/splits.csv", f"{BB},{AA},train", f"{BB},{AA},withdrawn")


def relabel(label: str, attribute: str, change: Callable[[list[Any]], object]) -> Callable[[Path], None]:
    """Return an edit of the labels of an attribute in the schema."""

    def edited(root: Path) -> None:
        path = root / "schema/annotation.schema.json"
        schema = json.loads(path.read_text(encoding="utf-8"))
        change(schema["$defs"][label]["properties"][attribute]["oneOf"])
        path.write_text(json.dumps(schema), encoding="utf-8")

    return edited


def declare(root: Path) -> None:
    """Give claims an attribute that no label has."""
    path = root / "schema/annotation.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    schema["$defs"]["claim"]["properties"]["urgent"] = {"x-attribute": {"kind": "flag"}, "type": "boolean"}
    path.write_text(json.dumps(schema), encoding="utf-8")


def reworded(root: Path) -> None:
    """Change a source text behind its last label."""
    path = root / f"dataset/raw/1_{BB}.txt"
    path.write_bytes(path.read_bytes() + b"!")


def replaced(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Return an edit of a file."""
    return lambda root: edit(root, file, old, new)


def without(layer: str) -> Callable[[Path], None]:
    """Return an edit that takes a layer out of a document."""

    def edited(root: Path) -> None:
        document = json.loads((root / FINAL_AA).read_text(encoding="utf-8"))
        del document[layer], document["status"][layer]
        (root / FINAL_AA).write_text(json.dumps(document), encoding="utf-8")

    return edited


NEW = {"const": "new", "title": "New", "description": "New."}
RENAMED = {"const": "both", "title": "Both", "description": "Takes both sides.", "x-formerly": "mixed"}
RULE = {
    "an article goes": (withdraw, Level.MAJOR, Level.MINOR),
    "a label goes": (relabel("claim", "commitment", lambda labels: labels.pop()), Level.MAJOR, Level.MINOR),
    "a label is renamed": (relabel("stance", "polarity", lambda labels: labels[-1].update(RENAMED)),
        Level.MAJOR, Level.MAJOR),
    "a label is deprecated": (relabel("stance", "polarity", lambda labels: labels[-1].update({"x-deprecated": True})),
        Level.MAJOR, Level.MINOR),
    "a label is explained": (relabel("stance", "polarity", lambda labels: labels[-1].update(description="Both.")),
        Level.PATCH, Level.PATCH),
    "a label comes": (relabel("stance", "channel", lambda labels: labels.insert(0, NEW)), Level.MINOR, Level.MAJOR),
    "labels change places": (relabel("stance", "channel", list.reverse), Level.PATCH, Level.PATCH),
    "a class comes last": (relabel("stance", "polarity", lambda labels: labels.append(NEW)), Level.MINOR, Level.MAJOR),
    "a class comes first": (relabel("stance", "polarity", lambda labels: labels.insert(0, NEW)),
        Level.MAJOR, Level.MAJOR),
    "classes change places": (relabel("stance", "polarity", list.reverse), Level.MAJOR, Level.MAJOR),
    "a column comes": (declare, Level.MINOR, Level.MAJOR),
    "a text changes": (reworded, Level.MAJOR, Level.MAJOR),
    "a layer goes": (without("stances"), Level.MAJOR, Level.MINOR),
    "a document goes": (lambda root: (root / FINAL_AA).unlink(), Level.MAJOR, Level.MINOR),
    "a topic goes": (replaced("annotations/topics.json", "topic:ties", "topic:bonds"), Level.MAJOR, Level.MAJOR),
    "an article changes its split": (replaced("dataset/splits.csv", "train", "test"), Level.MAJOR, Level.MAJOR),
    "a label is corrected": (replaced(FINAL_AA, '"type": "ORG"', '"type": "PER"'), Level.PATCH, Level.PATCH),
    "a story changes": (replaced("dataset/splits.csv", f"{BB},{AA}", f"{BB},{BB}"), Level.PATCH, Level.PATCH),
    "a link is mended": (replaced("annotations/links.tsv", "Russia", "Russian Federation"), Level.PATCH, Level.PATCH),
    "nothing changes": (lambda root: None, Level.PATCH, Level.PATCH),
}  # fmt: skip


@pytest.mark.parametrize("name", RULE)
def test_requires_level_of_each_change(name: str, golden: Path, tmp_path: Path) -> None:
    """Removals and changed texts, splits or class numbers are major, additions are minor, the rest is a patch."""
    other = Path(shutil.copytree(golden, tmp_path / "other"))
    change, forth, back = RULE[name]
    change(other)
    with snapshots.open_folder(golden, "old") as old, snapshots.open_folder(other, "new") as new:
        assert version_rule.required_level(diff.compare(old, new)).level is forth
        assert version_rule.required_level(diff.compare(new, old)).level is back


def test_smallest_version_resets_lower_numbers() -> None:
    """After 1.2.3 comes 1.2.4, 1.3.0 or 2.0.0."""
    assert [version_rule.smallest_version((1, 2, 3), level) for level in Level] == [(1, 2, 4), (1, 3, 0), (2, 0, 0)]


# --- the check


def test_first_release_passes_before_and_after_its_tag(repository: Path, run: Run) -> None:
    """A first version that is built, documented and committed can be released, tagged or not."""
    assert said(release_checks.check_release(repository)) == []
    git(repository, "tag", "--delete", "v1.0.0")
    done = run("release", "--check", "--root", repository)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1.0.0 can be released\n", "")


def test_rejects_too_small_version(repository: Path) -> None:
    """The version must rise at least as far as the changes since the last tag require."""
    edit(repository, "dataset/splits.csv", f"{BB},{AA},train", f"{BB},{AA},withdrawn")
    for name in ("annotations/clusters.jsonl", f"annotations/final/{BB}.json", f"dataset/raw/1_{BB}.txt"):
        (repository / name).unlink()
    sources = repository / "dataset/sources.jsonl"
    sources.write_text(sources.read_text().splitlines()[0] + "\n")
    begin(repository, "1.1.0")
    release_checks.renew_changelog(repository)
    rebuild(repository)
    commit(repository)
    assert said(release_checks.check_release(repository)) == [
        "pactwire.toml:3: release-version: after 1.0.0 the version must be 2.0.0 or higher, not 1.1.0:"
        f" articles {BB} removed, and 5 more such changes"
    ]
    edit(repository, "pactwire.toml", "1.1.0", "2.0.0")
    edit(repository, "CHANGELOG.md", "1.1.0", "2.0.0")
    release_checks.renew_changelog(repository)
    rebuild(repository)
    commit(repository)
    git(repository, "tag", "v2.0.0")
    assert said(release_checks.check_release(repository)) == []
    assert f"- articles removed: `{BB}`\n" in (repository / "CHANGELOG.md").read_text(encoding="utf-8")


RENAME = {"const": "own", "x-formerly": "authorial"}
LAST = {"const": "last", "x-formerly": "indirect_report"}
ORDERS: dict[str, tuple[Callable[[list[Any]], object], str, int, int, list[str]]] = {
    "labels change places": (list.reverse, "indirect_report", 1, 3, []),
    "a label comes first": (lambda labels: labels.insert(0, NEW), "authorial", 2, 1, []),
    "a label comes last": (lambda labels: labels.append(NEW), "", 0, 0, []),
    "a label goes": (lambda labels: labels.pop(0), "direct_quote", 1, 2, ["authorial"]),
    "the last label goes": (lambda labels: labels.pop(), "", 0, 0, ["indirect_report"]),
    "a label is renamed": (lambda labels: labels[0].update(RENAME), "", 0, 0, []),
    "a label has another name": (lambda labels: labels[0].update(const="own"), "", 0, 0, ["authorial"]),
    "a renamed label moves": (lambda labels: labels.insert(1, {**labels.pop(0), **RENAME}), "direct_quote", 1, 2, []),
    "a renamed label comes first": (lambda labels: labels.insert(0, {**labels.pop(2), **LAST}), "last", 1, 3, []),
    "a label is deprecated": (lambda labels: labels[0].update({"x-deprecated": True}), "", 0, 0, []),
}
"""Edits of the labels of ``channel``: the first that moves, if any, its number and that before, and what is gone."""


@pytest.mark.parametrize("name", ORDERS)
def test_labels_keep_the_positions_of_the_last_release(name: str, golden: Path, tmp_path: Path) -> None:
    """Another order is an issue at the label's line, whatever the version, since class numbers never shift."""
    change, label, number, before, gone = ORDERS[name]
    message = f"{label} is label {number} of stances.channel, and was label {before} in v1.0.0"
    other = Path(shutil.copytree(golden, tmp_path / "other"))
    relabel("stance", "channel", change)(other)
    path = other / SCHEMA_FILE
    path.write_text(strict_json.pretty(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    old, new = (schema_file.read_schema(root) for root in (golden, other))
    found = list(label_order.order_issues(other, "v1.0.0", old, new))
    told = [issue.message.partition(" is no label of stances.channel (keep it")[0] for issue in found]
    assert told == [*gone, *([message] if label else [])]
    for issue in found[len(gone) :]:
        line = path.read_text(encoding="utf-8").splitlines()[issue.line - 1]
        assert (issue.file, line.strip()) == (SCHEMA_FILE, f'"const": "{label}",')


def test_release_in_another_order_is_rejected(repository: Path) -> None:
    """Even a major version must not shift class numbers."""
    relabel("stance", "polarity", list.reverse)(repository)
    begin(repository, "2.0.0")
    release_checks.renew_changelog(repository)
    rebuild(repository)
    commit(repository)
    [found] = said(release_checks.check_release(repository))
    assert found == (
        f"{SCHEMA_FILE}:1: release-labels: mixed is label 1 of stances.polarity, and was label 4 in v1.0.0"
    )


def test_reports_all_disagreements_at_once(repository: Path, run: Run) -> None:
    """Version, changelog, card, tag, working tree and generated parts are all checked in one run."""
    edit(repository, "pactwire.toml", "1.0.0", "1.0.1")
    edit(repository, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    edit(repository, "annotations/links.tsv", "Reuters\tORG", "Reuters\tPER")
    (repository / "new.txt").write_text("x")
    wrong = [
        f"{FINAL_AA}:1: release-tree: the file differs from the last commit",
        "annotations/links.tsv:1: release-tree: the file differs from the last commit",
        "new.txt:1: release-tree: the file differs from the last commit",
        "pactwire.toml:1: release-tree: the file differs from the last commit",
        "CHANGELOG.md:3: release-changelog: the top entry is for 1.0.0, but pactwire.toml has 1.0.1",
        "dataset/README.md:1: release-card: it has version 1.0.0, but pactwire.toml has 1.0.1",
        "dataset/manifest.json:1: release-card: it has version 1.0.0, but pactwire.toml has 1.0.1",
        "pactwire.toml:3: release-tag: HEAD is tagged v1.0.0, but the version is v1.0.1",
        "dataset/manifest.json:1: release-built: the data changed after the build: entities changed 1",
        "DATASET_CARD.md:1: release-generated: its generated parts do not match the data",
    ]
    done = run("release", "--check", "--root", repository)
    assert done.returncode == 1
    assert [line.rpartition(" (")[0] for line in done.stdout.splitlines()] == wrong
    done = run("release", "--check", "--root", repository, "--format", "json")
    assert [json.loads(line)["code"] for line in done.stdout.splitlines()] == [line.split()[1][:-1] for line in wrong]
    assert {line.split()[1][:-1] for line in wrong} <= set(COMMAND_CODES)


def test_rejects_version_tagged_on_another_commit(repository: Path) -> None:
    """A tagged version is released: its tag does not move, and its changelog entry does not change."""
    edit(repository, FINAL_AA, '"entities": "draft"', '"entities": "submitted"')
    before = (repository / "CHANGELOG.md").read_bytes()
    assert not release_checks.renew_changelog(repository)
    assert (repository / "CHANGELOG.md").read_bytes() == before
    rebuild(repository)
    commit(repository)
    assert said(release_checks.check_release(repository)) == [
        "pactwire.toml:3: release-tag: the tag v1.0.0 is on another commit"
    ]


def test_rejects_stale_changelog(repository: Path) -> None:
    """A data section that does not match the data is stale for `docs` and for the release; renewing it fixes it."""
    begin(repository, "1.1.0")
    edit(repository, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    dataset_folder.build(repository)
    commit(repository)
    assert said(release_checks.check_release(repository)) == [
        f"{file}:1: release-generated: its generated parts do not match the data"
        for file in ("DATASET_CARD.md", "CHANGELOG.md")
    ]
    assert docs.renew_files(repository, write=True) == ["DATASET_CARD.md", "CHANGELOG.md"]
    assert docs.renew_files(repository, write=False) == []
    assert not release_checks.renew_changelog(repository)


def test_rejects_invalid_data(repository: Path) -> None:
    """The issues of the data come first, and checks that need valid data are skipped."""
    edit(repository, FINAL_AA, '"polarity": "favor"', '"polarity": "pro"')
    assert [issue.code for issue in release_checks.check_release(repository)] == ["schema", "release-tree"]


def test_rejects_dataset_never_built_or_committed(golden: Path) -> None:
    """A missing repository, version, changelog entry and card are each reported."""
    assert said(release_checks.check_release(golden)) == [
        ".:1: release-git: the folder is not in a git repository with a commit",
        "CHANGELOG.md:1: release-changelog: there is no entry for 0.0.0",
        "dataset/README.md:1: release-card: the dataset is not built",
        "pactwire.toml:1: release-repository: the dataset has no repository on the Hub",
        "DATASET_CARD.md:1: release-license: the front matter names no license",
        "DATASET_CARD.md:1: release-empty-card: the card does not say what the dataset is",
        "pactwire.toml:1: release-version: '0.0.0' is not a version of 0.1.0 or higher",
    ]


def test_since_requires_version_tag(repository: Path, run: Run) -> None:
    """``--since`` compares with an older release; it needs --check and a version tag."""
    edit(repository, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    begin(repository, "1.0.1")
    release_checks.renew_changelog(repository)
    rebuild(repository)
    commit(repository)
    assert said(release_checks.check_release(repository, "v1.0.0")) == []
    with pytest.raises(DataError, match="main:1: unknown-version: it is not a version tag"):
        release_checks.check_release(repository, "main")
    assert run("release", "--since", "v1.0.0", "--root", repository).returncode == 2


def test_compares_with_tag_whose_version_is_in_pyproject(repository: Path) -> None:
    """A release of 1.0 keeps its version, and the version of a program beside the data is no version of it."""
    present = (repository / "pactwire.toml").read_text()
    (repository / "pactwire.toml").unlink()
    (repository / "pyproject.toml").write_text('[project]\nname = "wire"\nversion = "1.0.0"\n')
    assert "version-moved" in {issue.code for issue in release_checks.check_release(repository)}
    commit(repository)
    git(repository, "tag", "--force", "v1.0.0")
    (repository / "pactwire.toml").write_text(present)
    edit(repository, "pyproject.toml", "1.0.0", "7.0.0")
    edit(repository, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    begin(repository, "1.0.1")
    rebuild(repository)
    commit(repository)
    with (
        snapshots.open_snapshot("v1.0.0", repository) as old,
        snapshots.open_snapshot("HEAD", repository) as new,
        snapshots.open_folder(repository, ".") as folder,
    ):
        assert (old.version, new.version, folder.version) == ("1.0.0", "1.0.1", "1.0.1")
    assert said(release_checks.check_release(repository)) == []


# --- the changelog


def test_first_entry_counts_contents(repository: Path) -> None:
    """The entry of a first release counts articles, and labels of each layer with their status."""
    text = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "First release: 2 articles in 1 stories (2 in train), in en.\n" in text
    assert "| entities | 2 | 9 | draft |\n" in text


def test_later_entry_lists_changes(repository: Path, run: Run) -> None:
    """Its section has the summary of the diff and lists additions, removals and moves; older entries stay."""
    older = (repository / "CHANGELOG.md").read_text(encoding="utf-8").partition("## 1.0.0")[2]
    edit(repository, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    edit(repository, "dataset/splits.csv", "aa,train", "aa,test")
    edit(repository, "dataset/splits.csv", "aa,train", "aa,test")
    begin(repository, "2.0.0")
    done = run("release", "--root", repository)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("CHANGELOG.md: the data section of 2.0.0 is renewed\nnext (docs/releasing.md):\n")
    text = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text == (
        "# Changelog\n\n## 2.0.0 – 2027-01-31\n\n### Data\n\n<!-- begin generated: data -->\n"
        "Changes since 1.0.0; `pactwire diff v1.0.0 v2.0.0` lists all of them.\n\n"
        "|  | moved | changed |\n| --- | ---: | ---: |\n| splits | 2 | 0 |\n| entities | 0 | 1 |\n\n"
        f"- splits moved: `{AA}` (train → test), `{BB}` (train → test)\n"
        f"<!-- end generated: data -->\n\n## 1.0.0{older}"
    )
    assert not release_checks.renew_changelog(repository)
    assert (repository / "CHANGELOG.md").read_text(encoding="utf-8") == text


def test_entry_says_that_a_label_is_deprecated(repository: Path, run: Run) -> None:
    """Rather than that something of it is true now."""
    path = repository / "schema/annotation.schema.json"
    value = json.loads(path.read_text(encoding="utf-8"))
    value["$defs"]["entity"]["properties"]["type"]["oneOf"][-1]["x-deprecated"] = True
    path.write_text(json.dumps(value), encoding="utf-8")
    begin(repository, "2.0.0")
    assert run("release", "--root", repository).returncode == 0
    text = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "- labels changed: `entities.type.PRO` (deprecated)\n" in text


def test_keeps_changelog_without_previous_tag(repository: Path) -> None:
    """In a clone without tags the section stays as it is, and the release check reports the missing tag."""
    begin(repository, "1.1.0")
    git(repository, "tag", "--delete", "v1.0.0")
    text = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.renew_data_section(text, repository, corpus.load_corpus(repository)) == text
    assert said(list(release_checks.changelog_issues(repository))) == [
        "CHANGELOG.md:3: release-baseline: the previous entry is for v1.0.0, but the last tag is missing"
    ]


def test_releasing_md_describes_the_version_rule(checkout: Path) -> None:
    """docs/releasing.md lists what counts as major, and says that old tags keep withdrawn articles."""
    text = " ".join((checkout / "docs/releasing.md").read_text(encoding="utf-8").split())
    for said_of in ("a label is renamed", "a source text changes", "earlier tags still hold the article"):
        assert said_of in text


GONE = "4b7befb44f73cc7b"


def line_of(text: str) -> str:
    """Return a line without the members of GONE; nothing where it is a line of its own, or a cluster of one article."""
    record = json.loads(text)
    if GONE in (record.get("id"), record.get("article")):
        return ""
    if not (members := record.get("members")):
        return text
    left = [each for each in members if not each.startswith(GONE)]
    return json.dumps({**record, "members": left}) + "\n" if len({each[:16] for each in left}) > 1 else ""


def test_withdrawing_as_in_releasing_md_leaves_no_issue(copy: Path, checkout: Path) -> None:
    """The files listed there are all that mention the article: the rest is valid and adjudicated as before."""
    text = (checkout / "docs/releasing.md").read_text(encoding="utf-8")
    told = text[text.index("**Withdrawn") : text.index("## Steps")]
    edit(copy, "dataset/splits.csv", f"{GONE},31c112378dc0491b,train", f"{GONE},31c112378dc0491b,withdrawn")
    for path in (*copy.glob(f"dataset/raw/*{GONE}.txt"), *copy.glob(f"annotations/**/{GONE}.json")):
        path.unlink()
    for path in (*copy.glob("dataset/*.jsonl"), *copy.glob("annotations/**/*.jsonl")):
        name = path.relative_to(copy).as_posix()
        if (f"{name.rpartition('/')[0]}/" if "/decisions/" in name else name) in told:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join(map(line_of, lines)), encoding="utf-8")
    assert said(validate.validate_dataset(copy)) == []
    assert adjudication.adjudicate(copy, ["claude-c", "claude-d"]).documents == {
        path.relative_to(copy).as_posix(): False for path in copy.glob("annotations/final/*.json")
    }


def test_rejects_built_readme_without_front_matter(repository: Path) -> None:
    """A README without front matter has no version; this is reported and does not crash."""
    (repository / "dataset/README.md").write_text("# Notes\n", encoding="utf-8")
    found = said(release_checks.check_release(repository))
    assert "dataset/README.md:1: release-card: it has version none, but pactwire.toml has 1.0.0" in found


def test_rejects_card_with_another_version(repository: Path) -> None:
    """Each pinned or cited other version is reported with its line, except in generated parts."""
    text = (
        '---\nlicense: other\n---\n# Wire\n\nload(revision="v1.0.0"), load(revision="v0.9.0")\n\n'
        'Cite "Wire, version\n1.1.0". CC BY 4.0, v2.\n\n'
        "<!-- begin generated: annotators -->\nv3.4.5\n<!-- end generated: annotators -->\n\nSee v1.0.1.\n"
        "v1.0.0.1 and 9.9.9 are none.\n"
    )
    (repository / "DATASET_CARD.md").write_text(text, encoding="utf-8")
    found = list(card_checks.card_issues(repository))
    says = "but pactwire.toml has 1.0.0"
    assert said(found) == [
        f"DATASET_CARD.md:6: release-card: it names version 0.9.0, {says}",
        f"DATASET_CARD.md:9: release-card: it names version 1.1.0, {says}",
        f"DATASET_CARD.md:15: release-card: it names version 1.0.1, {says}",
    ]
    assert set(found) <= set(release_checks.check_release(repository))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("type: dataset\nversion: 1.0.0\ndate-released: 2026-11-22\n", []),
        ("type: dataset\ntitle: No version\n", []),
        ("title: A program\nversion: 0.3.0\n", []),
        (
            'type: dataset\nversion: 0.9.0\ndate-released: "2026-11-21"\n',
            [
                "CITATION.cff:2: release-citation: version is 0.9.0, but pactwire.toml has 1.0.0",
                "CITATION.cff:3: release-citation: date-released is 2026-11-21, but CHANGELOG.md has 2026-11-22",
            ],
        ),
        (
            "date-released: 2026-02-30\n",
            ["CITATION.cff:1: release-citation: it is not YAML with fields and their values"],
        ),
        ("- a\n", ["CITATION.cff:1: release-citation: it is not YAML with fields and their values"]),
    ],
)
def test_rejects_citation_of_another_version(repository: Path, text: str, wrong: list[str]) -> None:
    """What GitHub shows to cite is the version that is released; a file that cites something else is left alone."""
    (repository / "CITATION.cff").write_text(text, encoding="utf-8")
    assert said(list(citation_checks.citation_issues(repository))) == wrong


def test_check_reads_the_citation(repository: Path) -> None:
    """A changelog without the date, or for another version, has no date to compare with."""
    assert list(citation_checks.citation_issues(repository)) == []
    (repository / "CITATION.cff").write_text("type: dataset\nversion: 1.1.0\ndate-released: 2026-01-01\n", "utf-8")
    edit(repository, "CHANGELOG.md", " – 2026-11-22", "")
    cited = [issue for issue in release_checks.check_release(repository) if issue.code == "release-citation"]
    assert [issue.line for issue in cited] == [2]


def test_the_committed_card_names_its_version_in_generated_parts(copy: Path) -> None:
    """So a new version needs no change by hand: `pactwire docs` renews the code that loads it, and the citation."""
    settings.write_settings(copy, {"dataset": {"repository": "alice/wire"}})
    assert said(list(card_checks.card_issues(copy))) == []
    version = settings.read_settings(copy).version
    card = (copy / "DATASET_CARD.md").read_text(encoding="utf-8")
    assert card.count(f"v{version}") == 3 and version not in generated_blocks.blank_blocks(card)
    edit(copy, "pactwire.toml", f'version = "{version}"', 'version = "9.9.9"')
    assert said(list(card_checks.card_issues(copy))) == []


# --- what keeps a card from being published


PLACEHOLDER_LINE = 'load_dataset("ORG/wire"), https://huggingface.co/datasets/OWNER/wire, and labels ORG/GPE'
UNPUBLISHED = {
    "no repository": (
        replaced("pactwire.toml", 'repository = "alice/wire"\n', ""),
        ["pactwire.toml:1: release-repository: the dataset has no repository on the Hub"],
    ),
    "a placeholder": (
        replaced("pactwire.toml", "alice/", "ORG/"),
        ["pactwire.toml:4: release-repository: 'ORG/wire' only stands for a repository on the Hub"],
    ),
    "a placeholder in the card": (
        replaced("DATASET_CARD.md", "Two articles.", PLACEHOLDER_LINE),
        [
            f"DATASET_CARD.md:23: release-snippet: '{owner}/wire' only stands for a repository on the Hub"
            for owner in ("ORG", "OWNER")
        ],
    ),
    "no front matter": (
        replaced("DATASET_CARD.md", "---\nlicense: cc-by-4.0\n---\n", ""),
        ["DATASET_CARD.md:1: release-license: the front matter names no license"],
    ),
    "an empty license": (
        replaced("DATASET_CARD.md", "license: cc-by-4.0", "tags: [news]\nlicense: []"),
        ["DATASET_CARD.md:3: release-license: the front matter names no license"],
    ),
    "a card without text": (
        replaced("DATASET_CARD.md", "Two articles.", "## Sources\n\n<!-- Where do they\ncome from? -->"),
        ["DATASET_CARD.md:1: release-empty-card: the card does not say what the dataset is"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNPUBLISHED)
def test_incomplete_card_is_built_but_not_published(name: str, repository: Path, tmp_path: Path) -> None:
    """A repository, a license and a text are needed to publish, and to release; each issue has the line to fix."""
    assert said(list(card_checks.card_issues(repository))) == []
    change, issues = UNPUBLISHED[name]
    change(repository)
    rebuild(repository)
    begin(repository, "1.0.1")
    rebuild(repository)
    commit(repository)
    assert validate.validate_dataset(repository) == []
    assert said(release_checks.check_release(repository)) == issues
    with pytest.raises(DataError) as caught:
        release_files.build_release(repository, tmp_path / "work")
    assert said(caught.value.issues) == issues


def test_card_names_repository_and_version_of_the_settings(repository: Path) -> None:
    """The code in the card is renewed with them, and stands for a repository where there is none."""
    settings.write_settings(repository, {"dataset": {"repository": "bob/floods", "version": "1.1.0"}})
    assert "DATASET_CARD.md" in docs.renew_files(repository, write=True)
    text = (repository / "DATASET_CARD.md").read_text(encoding="utf-8")
    assert 'entities = load_dataset("bob/floods", "entities", split="train", revision="v1.1.0")\n' in text
    assert 'folder = snapshot_download("bob/floods", repo_type="dataset", revision="v1.1.0")\n' in text
    edit(repository, "pactwire.toml", 'repository = "bob/floods"\n', "")
    docs.renew_files(repository, write=True)
    assert 'load_dataset("OWNER/NAME", ' in (repository / "DATASET_CARD.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "issues"),
    [
        (
            replaced("DATASET_CARD.md", "Two articles.", "Two short articles."),
            ["dataset/croissant.json:{description}", "dataset/README.md:{last}"],
        ),
        (replaced("DATASET_CARD.md", "\nTwo articles.", "Two articles."), ["dataset/README.md:{blank}"]),
        (
            replaced("DATASET_CARD.md", "cc-by-4.0", "cc0-1.0"),
            ["dataset/croissant.json:{url}", "dataset/README.md:{license}"],
        ),
        (replaced("dataset/README.md", "Two articles.", "Many articles."), ["dataset/README.md:{last}"]),
        (
            replaced("dataset/croissant.json", "Two articles.", "Many articles."),
            ["dataset/croissant.json:{description}"],
        ),
        (
            lambda root: (root / "plots").mkdir() or (root / "plots/mine.svg").write_text("<svg/>"),
            ["dataset/plots/mine.svg:1"],
        ),
        (
            replaced("schema/annotation.schema.json", "{", "{ "),
            ["dataset/schema/annotation.schema.json:1"],
        ),
    ],
)
def test_rejects_built_card_that_is_not_the_committed_one(
    change: Callable[[Path], object], issues: list[str], repository: Path
) -> None:
    """Whatever describes the data was built from what is committed; the issue has the line that differs."""
    readme, croissant = (
        (repository / f"dataset/{name}").read_text("utf-8").split("\n") for name in ("README.md", "croissant.json")
    )
    places = {
        "last": readme.index("Two articles.") + 1,
        "blank": readme.index("Two articles."),
        "license": readme.index("license: cc-by-4.0") + 1,
        "description": next(number for number, line in enumerate(croissant, 1) if "Two articles." in line),
        "url": next(number for number, line in enumerate(croissant, 1) if "creativecommons" in line),
    }
    change(repository)
    commit(repository)
    found = [each for each in release_checks.check_release(repository) if each.code != "release-tag"]
    assert {issue.code for issue in found} == {"release-built"}
    assert [f"{issue.file}:{issue.line}" for issue in found] == [each.format(**places) for each in issues]
    dataset_folder.build(repository)
    assert [each for each in release_checks.check_release(repository) if each.code == "release-built"] == []


# --- migrations


def test_an_open_queue_prevents_the_release(repository: Path) -> None:
    """Until people have decided; then the version rule asks for a new first number."""
    into = {"const": "CITY", "title": "City", "description": "A city."}
    split = {"layer": "entities", "attribute": "type", "label": "GPE", "into": [into, "LOC"], "otherwise": "queue"}
    write_migration(repository, "0001-cities", {"action": "split", **split})
    migrate.migrate(repository)
    [issue] = [each for each in release_checks.check_release(repository) if each.code == "queue-open"]
    assert (issue.file, issue.message) == (
        "annotations/queue-0001-cities.jsonl", "the migration 0001-cities waits for answers: 8 of 8 are open",
    )  # fmt: skip
    path = repository / "annotations/queue-0001-cities.jsonl"
    eva = json.dumps([{"id": "eva", "kind": "human", "name": None, "version": None}])
    text = path.read_text(encoding="utf-8").replace('"people":[]', f'"people":{eva}')
    path.write_text(text.replace('"label":null,"by":null', '"label":"CITY","by":"eva"'), encoding="utf-8")
    migrate.migrate(repository)
    edit(repository, "pactwire.toml", 'version = "1.0.0"', 'version = "1.1.0"')
    rebuild(repository)
    commit(repository)
    found = release_checks.check_release(repository)
    assert "queue-open" not in {each.code for each in found}
    [issue] = [each for each in found if each.code == "release-version"]
    assert "the version must be 2.0.0 or higher" in issue.message
