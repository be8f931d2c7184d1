"""What a source states of its articles besides labels: splits, languages, dates, titles; kept, counted, or an issue."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.convert import import_files, import_reader, importing
from pactwire.convert.formats import conllu
from pactwire.convert.import_conversion import ImportSettings
from pactwire.convert.imported_document import SourceFile
from pactwire.convert.importing import ImportResult
from pactwire.convert.omissions import Omissions
from pactwire.convert.stated_metadata import StatedMetadata
from pactwire.corpus import corpus
from pactwire.corpus.splits import SPLITS, SPLITS_FILE
from pactwire.model.issues import DataError
from pactwire.model.records import Annotator
from support.mentions import MAPPING, OPTIONS, with_schema

SETTINGS = ImportSettings(
    Annotator(id="team", kind="human", name=None, version=None), "draft", "0.0", "unknown", None, "2024-01-01T00:00:00Z"
)


def imported(folder: Path, out: Path, settings: ImportSettings = SETTINGS, form: str = "auto") -> ImportResult:
    """Import a folder into a dataset that has a schema."""
    paths, _ = import_files.find_files(form, [folder], [])
    documents = import_reader.read_documents(form, paths, [folder], OPTIONS)
    return importing.import_mentions(documents, with_schema(out), "x", "team", settings, MAPPING)


def records(folder: Path, *values: dict[str, Any], name: str = "all.jsonl") -> Path:
    """Write records, each with a text of its own and no spans unless it says so."""
    folder.mkdir(exist_ok=True)
    lines = [
        json.dumps({"id": f"r{at}", "text": f"Kim met {at}.", "spans": [], **value}) for at, value in enumerate(values)
    ]
    (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def splits(out: Path) -> dict[str, str]:
    """Return the split of each article by the name that the source has for it."""
    data = corpus.load_corpus(out)
    return {data.articles[row.article]["source_id"].partition("#")[2]: row.split for _, row in data.splits}


def raw_lines(out: Path) -> list[Any]:
    """Return the articles that were written."""
    return [json.loads(line) for line in (out / "dataset/raw/x.jsonl").read_text(encoding="utf-8").splitlines()]


def test_keeps_what_fields_state(tmp_path: Path) -> None:
    """Split, language, day, title and address are the article's; the words stay with the field that says so."""
    stated = {
        "split": "dev", "lang": "uk-UA", "publish_date": "2024-05-06", "title": "Про Кіма", "url": "https://x.org/1",
        "authors": ["A", "B"],
    }  # fmt: skip
    out = tmp_path / "out"
    result = imported(records(tmp_path / "in", stated, {"meta": {"subset": "TRAIN", "page": 3}}), out)
    assert (splits(out), result.log.issues) == ({"r0": "validation", "r1": "train"}, [])
    first, second = raw_lines(out)
    assert (first["published"], first["url"]) == ("2024-05-06", "https://x.org/1")
    assert {each["name"]: (each["value"], each["origin"]) for each in first["metadata"]} == {
        "title": ("Про Кіма", "field title"), "published": ("2024-05-06", "field publish_date"),
        "author": ('["A","B"]', "field authors"), "language": ("uk-UA", "field lang"),
        "url": ("https://x.org/1", "field url"),
    }  # fmt: skip
    assert "metadata" not in second
    documents = {each.document["article"]: each.document for each in corpus.load_corpus(out).documents}
    assert [zone["language"] for zone in documents[first["id"]]["zones"]] == ["uk"]
    assert dict(result.log.omitted) == {"values of the field 'meta.page'": 1}
    assert result.log.omitted.examples == {"values of the field 'meta.page'": "3"}
    counts = {name: count for name, count in result.log.counts.items() if "split" in name}
    assert counts == {"articles of the source's split validation": 1, "articles of the source's split train": 1}
    assert not imported(tmp_path / "in", out).written


def test_counts_what_cannot_be_read(tmp_path: Path) -> None:
    """A language without a code, a day that does not exist and an unknown split are counted; the words stay."""
    unknown = {
        "split": "fold-3",
        "language": "xx",
        "published": "2024-02-30",
        "link": "no address",
        "title": "two\nlines",
    }
    out = tmp_path / "out"
    result = imported(records(tmp_path / "in", unknown), out)
    assert result.log.issues == []
    assert dict(result.log.omitted) == {
        "values of the field 'split'": 1, "values of the field 'link'": 1, "values of the field 'title'": 1,
        "languages that are no code of ISO 639-1": 1, "days of publication that can't be read": 1,
    }  # fmt: skip
    assert not (out / SPLITS_FILE).exists()
    [line] = raw_lines(out)
    assert [(each["name"], each["value"]) for each in line["metadata"]] == [
        ("published", "2024-02-30"),
        ("language", "xx"),
    ]
    assert "published" not in line


def test_the_caller_knows_the_language_better(tmp_path: Path) -> None:
    """--language is for all texts."""
    out = tmp_path / "out"
    imported(
        records(tmp_path / "in", {"language": "uk"}), out, SETTINGS.__class__(**{**vars(SETTINGS), "language": "ru"})
    )
    [placed] = corpus.load_corpus(out).documents
    assert [zone["language"] for zone in placed.document["zones"]] == ["ru"]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train/a.txt", "train"), ("Dev/x/a.txt", "validation"), ("test/train_1.txt", "test"),
        ("eng.testa", "validation"),
        ("eng.testb", "test"), ("HIPE-2022-v2.1-hipe2020-dev-fr.tsv", "validation"), ("test2017.jsonl", "test"),
        ("train-00000-of-00001.parquet", "train"), ("latest.jsonl", ""), ("trains/a.txt", ""), ("testament.txt", ""),
        ("train-test.jsonl", ""), ("train/dev/a.txt", ""),
    ],
)  # fmt: skip
def test_reads_a_split_in_a_path(name: str, split: str) -> None:
    """A folder counts before a file's name, whole words alone count, and several splits in one name give none."""
    stated, omitted = StatedMetadata(), Omissions()
    stated.take_path(name, omitted)
    assert stated.split == split
    several = "names of files that give several splits, of which none is taken"
    assert omitted[several] == (name in ("train-test.jsonl", "train/dev/a.txt"))


@given(st.text("abctestrindv/.-_0 ", min_size=1, max_size=30).filter(lambda name: name.strip("/.")))
def test_never_states_two_splits_of_one_path(name: str) -> None:
    """Whatever a path is like, it gives one split or none."""
    stated = StatedMetadata()
    stated.take_path(name, Omissions())
    assert stated.split in (*SPLITS, "")
    assert not list(stated.conflicts())


def test_keeps_the_folders_of_brat(tmp_path: Path) -> None:
    """Folders called train, dev and test are the splits; a folder of another name states none."""
    for folder in ("train", "dev", "test", "more"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / "a.txt").write_text(f"Kim in {folder}.")
        (tmp_path / "in" / folder / "a.ann").write_text("T1\tPER 0 3\tKim\n")
    out = tmp_path / "out"
    result = imported(tmp_path / "in", out, form="brat")
    data = corpus.load_corpus(out)
    names = {row.article: data.articles[row.article]["source_id"] for _, row in data.splits}
    assert {names[row.article]: row.split for _, row in data.splits} == {
        "train/a.txt": "train", "dev/a.txt": "validation", "test/a.txt": "test",
    }  # fmt: skip
    assert all(row.story == row.article for _, row in data.splits)
    assert (result.log.counts["articles"], result.log.issues) == (4, [])


def test_two_splits_of_one_article_are_an_issue(tmp_path: Path) -> None:
    """A field against a file's name, and a text that stands in train and test, are named; --no-splits reads neither."""
    folder = records(tmp_path / "in", {"split": "test"}, {"split": "train"}, name="train.jsonl")
    records(folder, {"id": "t", "text": "Kim met 1."}, name="test.jsonl")
    result = imported(folder, tmp_path / "out")
    assert [(issue.file, issue.code, issue.message) for issue in result.log.issues] == [
        ("train.jsonl", "convert-split",
         "train.jsonl#r0: the field 'split' says test and its place 'train.jsonl' says train"),
        ("train.jsonl", "convert-split", f"its article {result.log.issues[1].record} was already imported from "
         "test.jsonl#t, which is in test, and this one is in train"),
    ]  # fmt: skip
    assert splits(tmp_path / "out") == {"t": "test"}
    settings = SETTINGS.__class__(**{**vars(SETTINGS), "takes_splits": False})
    result = imported(folder, tmp_path / "other", settings)
    assert [issue.code for issue in result.log.issues] == ["convert-twice"]
    assert not (tmp_path / "other" / SPLITS_FILE).exists()


def test_the_rows_of_the_dataset_stay(tmp_path: Path) -> None:
    """A split that was moved in splits.csv is not moved back; a broken splits.csv is not written over."""
    out = tmp_path / "out"
    folder = records(tmp_path / "in", {"split": "train"})
    imported(folder, out)
    path = out / SPLITS_FILE
    path.write_text(path.read_text().replace("train", "test"))
    records(folder, {"split": "train"}, {"split": "dev"})
    result = imported(folder, out)
    assert splits(out) == {"r0": "test", "r1": "validation"}
    assert result.log.omitted["splits of the source that the dataset has otherwise"] == 1
    path.write_text(path.read_text().replace("story", "tale"))
    records(folder, {"split": "train"}, {"split": "dev"}, {"split": "dev"})
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"splits\.csv"):
        imported(folder, out)
    assert path.read_bytes() == before


def test_reads_the_comments_of_a_document() -> None:
    """CoNLL-U has them after # newdoc, perhaps as # meta::title."""
    text = (
        "# newdoc id = d1\n# meta::title = On Kim\n# language = de\n# meta::dateCreated = 2020\n# text = Kim\n"
        "1\tKim\t_\t_\t_\t_\t_\t_\t_\tNER=B-PER\n\n"
    )
    [document] = conllu.read_documents(text, SourceFile("a.conllu", "2024-01-01T00:00:00Z"), None)
    assert document.stated.language == "de"
    assert [(each["name"], each["value"]) for each in document.stated.statements] == [
        ("title", "On Kim"),
        ("language", "de"),
    ]
    assert document.properties == {"dateCreated": ("2020",)}
