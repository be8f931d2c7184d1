"""Datasets of 1.0.0, frozen in golden/releases: its labels still give its rows, and `diff` still reads all of them.

``1.0.0/manifest.json`` is the manifest of this dataset, ``1.0.0/annotation.schema.json`` its schema, and ``1.0.0/base``
the golden base with a second annotator, all as version 1.0.0 built them.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import Features

from conftest import CHECKOUT
from pactwire.build import manifest
from pactwire.card import dataset_folder
from pactwire.corpus import migration_ledger
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.model.schema_flaws import schema_flaws
from pactwire.release import diff, first_format, snapshots, source_tree
from pactwire.release import init as initialization
from pactwire.release.changes import Change
from pactwire.release.dataset_template import Template
from pactwire.storage import files
from pactwire.storage.row_digest import RowDigest

FROZEN = CHECKOUT / "tests/golden/releases/1.0.0"
SCHEMA = "schema/annotation.schema.json"
FINAL = "annotations/final/00000000000000aa.json"


Digests = dict[tuple[str, str, int], str]


def frozen_digests() -> Digests:
    """Return the digest of each data file of 1.0.0 by config, split and number of rows."""
    about = files.read_json(FROZEN / "manifest.json", "manifest.json")
    return {(config, split, each["rows"]): each["digest"] for config, split, each in manifest.iter_data_files(about)}


def digests_of_first_columns(folder: Path) -> Digests:
    """Return the same of a built dataset, of the columns that 1.0.0 had."""
    found: Digests = {}
    for config, split, each in manifest.iter_data_files(files.read_json(folder / "manifest.json", "manifest.json")):
        digest = RowDigest()
        table = pq.read_table(folder / each["path"])
        if config == "articles":
            table = table.rename_columns({"status": "annotation_status"})
        for batch in table.select(first_format.features().get(config, [])).to_batches():
            digest.add(batch)
        found[config, split, each["rows"]] = digest.hexdigest()
    return found


ROWS = {
    "articles": (5, 5),
    "entities": (52, 52),
    "stance": (76, 76),
    "claims": (82, 93),
    "claim_pairs": (786, 4),
    "annotations": (10, 10),
    "stance_candidates": (0, 1633),
}
"""The rows of each config in 1.0.0, and of its labels now, with the present clusters."""
SAME_ROWS = {"articles", "entities", "stance", "annotations"}
"""The configs whose rows are those of 1.0.0, but for new columns."""


def take_labels_of_the_first_round(root: Path) -> None:
    """Put the documents of the closed round, which are those of 1.0.0, in place of the present ones."""
    folder = root / "annotations"
    for path in (folder / name for name in ("final", "claude-c", "claude-d")):
        shutil.rmtree(path)
    for path in (folder / "rounds/1").iterdir():
        path.rename(folder / path.name)
    shutil.rmtree(folder / "rounds")
    (folder / "decisions/2.jsonl").unlink()
    with (folder / "links.tsv").open("a", encoding="utf-8") as stream:
        stream.write("NIL:korea\tKorea\tGPE\tversion 1.0.0\nQ15860072\tRusso-Ukrainian war\tEVT\tversion 1.0.0\n")


def test_labels_of_1_0_0_give_most_of_its_rows(copy: Path) -> None:
    """The same articles and labels give the same rows, but in new columns and in the configs that changed."""
    if migration_ledger.last_migration(copy):
        pytest.skip("labels of this dataset were migrated since")
    take_labels_of_the_first_round(copy)
    dataset_folder.build(copy)
    new, old = digests_of_first_columns(copy / "dataset"), frozen_digests()
    same = {place[0] for place in old} - {place[0] for place in old if new.get(place) != old[place]}
    assert same == SAME_ROWS
    assert {
        config: tuple(sum(place[2] for place in rows if place[0] == config) for rows in (old, new)) for config in ROWS
    } == ROWS


def test_frozen_features_are_those_of_1_0_0() -> None:
    """Every file of the frozen release has the columns of its config, in their order."""
    paths = sorted((FROZEN / "base/data").rglob("*.parquet"))
    for path in paths:
        features = Features.from_dict(first_format.features()[path.parent.name])
        assert Features.from_arrow_schema(pq.read_schema(path)).to_dict() == features.to_dict()
        assert list(features) == pq.read_schema(path).names
    assert {path.parent.name for path in paths} == first_format.features().keys()


@pytest.fixture
def root(golden: Path) -> Path:
    """The sources of the frozen release of the golden base."""
    document = json.loads((golden / FINAL).read_text(encoding="utf-8"))
    document["annotators"].append({"id": "rival", "kind": "human", "name": None, "version": None})
    files.write_file(golden / "annotations/rival/00000000000000aa.json", json.dumps(document))
    files.write_file(golden / "pactwire.toml", '[dataset]\nname = "golden"\nversion = "1.0.0"\n')
    return golden


def all_changes(old: Path, new: Path) -> list[Change]:
    """Return the changes from one folder to another."""
    with snapshots.open_folder(old, "old") as before, snapshots.open_folder(new, "new") as after:
        return list(diff.compare(before, after))


def changes(old: Path, new: Path) -> list[Change]:
    """Return the changes from one folder to another, but those of configs and columns, which follow from the schema."""
    return [change for change in all_changes(old, new) if change.item not in ("configs", "columns")]


NEW_COLUMNS = {
    *(f"{config}.fold" for config in ("articles", "entities", "stance", "claims", "annotations")),
    *(f"articles.{name}" for name in ("status", "annotator_kinds")),
    *(f"claims.claims.claimant_{what}" for what in ("starts", "ends", "links")),
    *(f"articles.{name}" for name in ("author", "outlet", "canonical_url", "stated_language", "license", "origins")),
    *(f"stance.{side}_{what}" for side in ("holder", "target") for what in ("id", "start", "end")),
}
"""The columns that the rows of the same schema did not have in 1.0.0, but for those of pairs."""
PAIR_COLUMNS = {f"claim_pairs.{name}" for name in ("a_fold", "b_fold", "a_cluster", "b_cluster", "reason")}


def test_release_of_1_0_0_equals_its_sources(root: Path) -> None:
    """A published folder that has no schema is read with all its labels, and compared both ways."""
    assert changes(FROZEN / "base", root) == changes(root, FROZEN / "base") == []
    text = (root / FINAL).read_text(encoding="utf-8")
    files.write_file(root / FINAL, text.replace('"type": "ORG"', '"type": "PER"'))
    [change] = changes(FROZEN / "base", root)
    assert (change.item, change.name, change.attributes) == ("entities", "e5", {"type": ("ORG", "PER")})


def test_columns_of_1_0_0_are_compared_with_those_of_a_build(root: Path) -> None:
    """A manifest has the columns of every config; the release that has none of them had those of 1.0.0."""
    dataset_folder.build(root)
    path = root / "dataset/manifest.json"
    about = files.read_json(path, path.name)
    (root / "dataset/raw").rename(root / "raw")
    del about["features"]["stance"]["holder_link"], about["features"]["claim_pairs"]
    about["features"]["claims"]["label"]["names"] += ["OTHER"]
    files.write_file(path, json.dumps(about))
    old, new = ["NFS", "UFS", "CFS"], ["NFS", "UFS", "CFS", "OTHER"]
    found = all_changes(FROZEN / "base", root / "dataset")
    assert {change.name for change in found if change.action == "added"} == NEW_COLUMNS
    assert [change[:4] for change in found if change.action != "added"] == [
        ("columns", "removed", "articles.annotation_status", {"type": ("struct", None)}),
        ("columns", "removed", "stance.holder_link", {"type": ("string", None)}),
        ("columns", "changed", "claims.label", {"classes": (old, new)}),
        ("configs", "removed", "claim_pairs", {}),
    ]


# --- what the labels meant


def label_lists(node: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Yield the labels of every choice of a schema, and their place in it."""
    for key, inner in node.items() if isinstance(node, dict) else ():
        if key == "oneOf" and all("const" in label for label in inner):
            yield place, [(label["const"], label["title"], label["description"]) for label in inner]
        yield from label_lists(inner, (*place, key))


def test_frozen_declaration_says_what_the_labels_meant() -> None:
    """It has the labels of 1.0.0 with their titles and definitions, in their order, no others, and no flaws."""
    assert schema_flaws(first_format.annotation_schema().declaration) == []
    definitions = files.read_json(FROZEN / "annotation.schema.json", "old")["$defs"]
    old = dict(label_lists(definitions))
    assert len(old) == 11
    assert dict(label_lists(first_format.annotation_schema().declaration["$defs"])) == old


def test_frozen_declaration_accepts_the_documents(golden: Path) -> None:
    """Documents of the three layers are valid."""
    for path in (golden / "annotations/final").iterdir():
        assert first_format.annotation_schema().explain(files.read_json(path, path.name)) == []


@pytest.mark.parametrize("definitions", [None, 5, [], {}, {"entity": None}])
def test_schema_of_the_first_form_without_labels_has_those_of_1_0_0(definitions: Any) -> None:
    """What a broken schema does not say is as it was."""
    first_form = {"$id": "urn:pactwire:annotation:1", "$defs": definitions}
    assert first_format.is_first_form(first_form)
    frozen = first_format.annotation_schema().declaration
    assert first_format.declaration(first_form) == frozen
    assert first_format.declaration({"$id": first_form["$id"]}) == frozen


@pytest.mark.parametrize("label", ["PER", {"title": "no name"}, {"const": ["PER"]}])
def test_a_label_of_the_first_form_that_is_none_is_an_issue(label: Any, tmp_path: Path) -> None:
    """It is told as a flaw of the schema, by `pactwire init` and `pactwire diff` alike."""
    definitions = {"entity": {"properties": {"type": {"oneOf": [label]}}}}
    (tmp_path / "schema").mkdir()
    first_form = {"$id": "urn:pactwire:annotation:1", "$defs": definitions}
    (tmp_path / SCHEMA_FILE).write_text(json.dumps(first_form), encoding="utf-8")
    answers = initialization.Answers(name="x", license="other", template=Template.NEWS)
    for read in (source_tree.read_any_schema, lambda root: initialization.plan_files(root, answers, "2026-01-31", "2")):
        with pytest.raises(DataError) as caught:
            read(tmp_path)
        assert {issue.code for issue in caught.value.issues} & {"schema-keyword", "schema-shape"}


# --- roots of 1.0.0


def first_root(root: Path, target: Path, replace: tuple[str, str] = ("", "")) -> Path:
    """Copy a root, with the schema of 1.0.0, a string of it replaced."""
    shutil.copytree(root, target)
    text = strict_json.compact(files.read_json(FROZEN / "annotation.schema.json", "old"))
    assert replace[0] in text
    files.write_file(target / SCHEMA, text.replace(*replace))
    return target


def test_root_of_1_0_0_equals_one_that_declares_the_same(root: Path, tmp_path: Path) -> None:
    """With its schema or without one; a root of the fork that dropped the schema had the labels of the package."""
    old = first_root(root, tmp_path / "old")
    assert changes(old, root) == changes(root, old) == []
    (old / SCHEMA).unlink()
    assert changes(old, root) == changes(root, old) == []


@pytest.mark.parametrize(
    ("replace", "expected"),
    [
        (('"const":"mixed"', '"const":"both"'), [("removed", "both"), ("added", "mixed")]),
        (('"const":"mixed"', '"formerly":"both","const":"mixed"'), [("changed", "mixed")]),
        (('"Takes both sides."', '"Both."'), [("changed", "mixed")]),
    ],
)
def test_labels_of_a_root_of_1_0_0_are_its_own(
    replace: tuple[str, str], expected: list[tuple[str, str]], root: Path, tmp_path: Path
) -> None:
    """Labels that a fork added, dropped or renamed are compared; its columns were those of 1.0.0 all the same."""
    found = changes(first_root(root, tmp_path / "old", replace), root)
    assert [change[:3] for change in found] == [
        ("labels", action, f"stances.polarity.{label}") for action, label in expected
    ]


def test_documents_of_a_fork_are_valid_by_its_own_labels(root: Path, tmp_path: Path) -> None:
    """A label that only the fork has is read from its documents."""
    old = first_root(root, tmp_path / "old", ('"const":"favor"', '"const":"support"'))
    with pytest.raises(DataError, match='"favor" is not allowed for polarity; allowed are: support, '):
        snapshots.open_folder(old, "old")
    for path in (old / "annotations").glob("*/*.json"):
        files.write_file(path, path.read_text(encoding="utf-8").replace('"favor"', '"support"'))
    found = {(change.item, change.attributes.get("polarity")) for change in changes(old, root)}
    assert found == {("labels", None), ("stances", ("support", "favor"))}


def test_tag_of_1_0_0_is_compared_with_the_checkout(root: Path, tmp_path: Path) -> None:
    """Its labels, columns and documents are read from git; a label and a column that came since then are seen."""
    old = first_root(root, tmp_path / "old")
    git = ("git", "-C", str(old), "-c", "user.name=x", "-c", "user.email=x@example.org")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "First"], ["tag", "v1.0.0"]):
        subprocess.run([*git, *arguments], check=True)
    schema = files.read_json(root / SCHEMA, SCHEMA)
    stance = schema["$defs"]["stance"]["properties"]
    stance["polarity"]["oneOf"].append({"const": "unclear", "title": "Unclear", "description": "Nobody can tell."})
    stance["ironic"] = {"x-attribute": {"kind": "flag"}, "type": "boolean"}
    files.write_file(old / SCHEMA, strict_json.pretty(schema))
    with snapshots.open_snapshot("v1.0.0", old) as before, snapshots.open_folder(old, ".") as after:
        assert before.version == after.version == "1.0.0"
        known = NEW_COLUMNS | PAIR_COLUMNS
        found = [change[:3] for change in diff.compare(before, after) if change.name not in known]
        assert found == [
            ("labels", "added", "stances.polarity.unclear"),
            ("columns", "removed", "articles.annotation_status"),
            ("columns", "added", "articles.stances.ironic"),
            ("columns", "changed", "stance.label"),
            ("columns", "added", "stance.ironic"),
            ("columns", "changed", "claim_pairs.label"),
            ("columns", "added", "annotations.stances.ironic"),
        ]


def test_flaws_of_a_schema_are_issues_of_their_side(root: Path, tmp_path: Path) -> None:
    """The file is named as the side is, in a root and in a published folder."""
    dataset_folder.build(root)
    published = Path(shutil.copytree(root / "dataset", tmp_path / "published"))
    shutil.rmtree(published / "raw")
    for folder in (root, published):
        (folder / SCHEMA).write_text("{\n", encoding="utf-8")
        with pytest.raises(DataError) as caught:
            snapshots.open_folder(folder, "side")
        assert [issue.file for issue in caught.value.issues] == [f"side/{SCHEMA}"]
