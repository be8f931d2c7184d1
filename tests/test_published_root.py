"""Published datasets as roots: what is restored gives the same labels and rows, for any schema and release."""

import csv
import json
import shutil
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given

from conftest import CHECKOUT, copy_dataset
from pactwire.build import manifest
from pactwire.card import dataset_folder
from pactwire.corpus import corpus
from pactwire.model.issues import DataError
from pactwire.release import dataset_sources, migrate, published_root, text_free
from pactwire.validation import validate
from support import schemas
from support.examples import examples
from support.migrations import write_migration
from support.news import OWN_SCHEMA
from support.schemas import Drawn

FIRST_RELEASE = CHECKOUT / "tests/golden/releases/1.0.0/base"


def rows_by_config(folder: Path) -> dict[str, list[Any]]:
    """Return the rows of a published folder by config, sorted."""
    about = manifest.read_manifest(folder)
    assert about
    rows: dict[str, list[Any]] = {}
    for config, _, each in manifest.iter_data_files(about):
        rows.setdefault(config, []).extend(pq.read_table(folder / each["path"]).to_pylist())
    return {config: sorted(found, key=repr) for config, found in rows.items()}


def restore(published: Path, target: Path) -> Path:
    """Return the root behind a published folder; it is valid."""
    target.mkdir()
    published_root.write_root(published, target, "published")
    assert [issue.text() for issue in validate.validate_dataset(target)] == []
    return target


def test_restored_root_gives_the_same_rows(tmp_path: Path) -> None:
    """Of this dataset: the rows of all configs but those that clusters are in, which are not published."""
    root = copy_dataset(tmp_path / "root")
    dataset_folder.build(root)
    restored = restore(root / "dataset", tmp_path / "restored")
    dataset_folder.build(restored)
    before, after = rows_by_config(root / "dataset"), rows_by_config(restored / "dataset")
    clustered = ("claim_pairs", "stance", "stance_candidates")
    assert {name: rows for name, rows in before.items() if name not in clustered} == {
        name: rows for name, rows in after.items() if name not in clustered
    }
    for name in clustered[1:]:
        assert [without_links(row) for row in before[name]] == [without_links(row) for row in after[name]]


def without_links(row: Any) -> Any:
    """Return a row without the clusters that its references are in."""
    return {key: value for key, value in row.items() if not key.endswith("_link")}


def comparable(value: Any) -> Any:
    """Return a document without nulls, which columns also hold for what is missing, and with its labels sorted."""
    if isinstance(value, dict):
        return {key: comparable(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        is_layer = bool(value) and isinstance(value[0], dict) and "start" in value[0]
        return sorted(map(comparable, value), key=repr) if is_layer else [*map(comparable, value)]
    return value


@examples(12)
@given(schemas.drawn())
def test_documents_of_any_schema_are_restored(drawn: Drawn) -> None:
    """Labels, zones and headers of a drawn document come back as they were, final or not."""
    assume(not drawn.article["source_text"].startswith("\ufeff"))  # a file's first U+FEFF is no part of its text
    with tempfile.TemporaryDirectory() as work:
        root = Path(work) / "root"
        name = drawn.document["annotators"][0]["id"]
        for annotator in ("final", name):
            schemas.write_drawn(root, drawn, annotator)
        identity = drawn.article["id"]
        (root / "dataset/splits.csv").write_text(f"article,story,split\n{identity},{identity},train\n")
        dataset_folder.build(root)
        data = corpus.load_corpus(restore(root / "dataset", Path(work) / "restored"))
        original = corpus.load_corpus(root)
        stored = {each.annotator: comparable(each.document) for each in data.documents_of(identity)}
        assert stored == {each.annotator: comparable(each.document) for each in original.documents_of(identity)}
        assert {*stored} == {"final", name}
        assert data.articles[identity]["source_text"] == drawn.article["source_text"]


def test_a_release_of_the_first_version_is_restored(tmp_path: Path) -> None:
    """It has no schema, no folds and no licenses; its labels are those of the frozen declaration."""
    restored = restore(FIRST_RELEASE, tmp_path / "restored")
    data = corpus.load_corpus(restored)
    assert tuple(data.schema.layers) == ("entities", "claims", "stances")
    assert {article["license"] for article in data.articles.values()} == {"unknown"}
    assert data.documents.annotators() == {"final", "rival"}
    assert all(row.fold for _, row in data.splits)


def test_links_and_topics_are_those_that_rows_name(tmp_path: Path, golden: Path) -> None:
    """Their names are the texts of labels and the titles in rows; their sources say so."""
    dataset_folder.build(golden)
    data = corpus.load_corpus(restore(golden / "dataset", tmp_path / "restored"))
    original = corpus.load_corpus(golden)
    assert data.topics
    assert {name: topic["title"] for name, topic in data.topics.items()} == {
        name: original.topics[name]["title"] for name in data.topics
    }
    assert data.links.keys() <= original.links.keys()
    assert {row.source for row in data.links.values()} == {"rows of the published dataset"}
    assert data.clusters == {"claims": []}


def test_what_cannot_be_restored_is_an_issue(tmp_path: Path, golden: Path) -> None:
    """A release without texts, and a folder whose files are not those of a build; nothing is left behind."""
    (golden / "DATASET_CARD.md").write_text("# Golden\n\nTwo articles.\n", encoding="utf-8")
    dataset_folder.build(golden)
    text_free.write_text_free(golden, tmp_path / "standoff")
    source = dataset_sources.open_source(tmp_path / "standoff")
    with (
        pytest.raises(DataError, match=r"texts-missing: the dataset was published without texts \(run `pactwire hydr"),
        dataset_sources.readable_root(source),
    ):
        pass
    broken = Path(shutil.copytree(golden / "dataset", tmp_path / "broken"))
    about = json.loads((broken / "manifest.json").read_text("utf-8"))
    about["configs"]["articles"] = about["configs"]["entities"]
    (broken / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
    with (
        pytest.raises(DataError, match="snapshot-form: it is not what `pactwire build` writes: KeyError"),
        dataset_sources.readable_root(dataset_sources.open_source(broken)),
    ):
        pass


@pytest.mark.parametrize("name", ["../../../../escaped", "{}/escaped", "final", "A B"])
def test_an_annotator_of_somebody_elses_dataset_names_no_other_folder(tmp_path: Path, name: str) -> None:
    """A row's annotator becomes a folder's name: one that is no pseudonym writes nothing outside the root."""
    published = Path(shutil.copytree(FIRST_RELEASE, tmp_path / "published"))
    for file in (published / "data/annotations").glob("*.parquet"):
        table = pq.read_table(file, partitioning=None)
        place = table.schema.get_field_index("annotator")
        names = pa.array([name.format(tmp_path)] * table.num_rows, table.schema.field(place).type)
        pq.write_table(table.set_column(place, table.schema.field(place), names), file)
    target = tmp_path / "a/b/restored"
    target.mkdir(parents=True)
    with pytest.raises(DataError, match="snapshot-form: it is not what `pactwire build` writes: ValueError"):
        published_root.write_root(published, target, "published")
    assert not [*tmp_path.rglob("escaped")]


def test_cells_of_somebody_elses_dataset_stay_one_cell(tmp_path: Path) -> None:
    """A story's name is written as CSV writes it, and read back as it is; a link that no table can hold is an issue."""
    published = Path(shutil.copytree(FIRST_RELEASE, tmp_path / "published"))
    stories = ['=1,"2"', "a\nb", "c,d,e", "'"]
    names: list[str] = []
    for file in sorted((published / "data/articles").glob("*.parquet")):
        table = pq.read_table(file, partitioning=None)
        place = table.schema.get_field_index("story")
        own = [stories[(len(names) + at) % len(stories)] for at in range(table.num_rows)]
        names += own
        column = pa.array(own, table.schema.field(place).type)
        pq.write_table(table.set_column(place, table.schema.field(place), column), file)
    (target := tmp_path / "restored").mkdir()
    published_root.write_root(published, target, "published")
    with (target / "dataset/splits.csv").open(encoding="utf-8", newline="") as stream:
        rows = [*csv.reader(stream)]
    assert sorted(row[1] for row in rows[1:]) == sorted(names)
    assert {len(row) for row in rows} == {len(rows[0])}
    layer = OWN_SCHEMA.names_layer
    assert layer and layer.class_attribute
    for link, fits in (("=Q1\"'", True), ("Q1\tQ2", False), ("Q1\nQ2", False)):
        linked = published_root._Tables(OWN_SCHEMA)
        linked.note(layer, {layer.links[0].name: link, layer.class_attribute.name: "ORG", "text": f"by {link}"})
        with nullcontext() if fits else pytest.raises(ValueError, match="a table with tabs cannot hold a cell"):
            _, row, end = dict(linked.files())["annotations/links.tsv"].split("\n")
            assert row.split("\t")[:2] == [link, f"by {link}"] and not end


def test_migrated_documents_are_restored(golden: Path, tmp_path: Path) -> None:
    """They name the last migration that the published schema went through."""
    renamed = {"action": "rename", "layer": "entities", "attribute": "type", "to": "sort"}
    write_migration(golden, "0001-sorts", renamed)
    migrate.migrate(golden)
    dataset_folder.build(golden)
    data = corpus.load_corpus(restore(golden / "dataset", tmp_path / "restored"))
    assert {stored.document["labels"] for stored in data.documents} == {"0001-sorts"}


def test_damaged_files_are_issues(golden: Path) -> None:
    """A data file that is missing, or is not what the manifest says."""
    dataset_folder.build(golden)
    source = dataset_sources.open_source(golden / "dataset")
    assert [*source.damaged_files()] == []
    first, second = sorted((golden / "dataset/data").rglob("*.parquet"))[:2]
    first.unlink()
    with pytest.raises(DataError, match="published-digest: the file is missing"):
        source.data_files(first.parent.name)
    second.write_bytes(b"PAR1")
    issues = [*source.damaged_files()]
    assert {issue.code for issue in issues} == {"published-digest"}
    assert sorted(issue.file.rpartition("/")[2] for issue in issues) == sorted([first.name, second.name])
