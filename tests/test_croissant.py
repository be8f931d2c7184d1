"""croissant.json: valid for mlcroissant, with the records of load_dataset and facts counted from the labels."""

import json
import math
import re
from operator import itemgetter
from pathlib import Path
from typing import Any

import mlcroissant
import pytest
from datasets import load_dataset

from pactwire.build import features
from pactwire.card import dataset_folder
from pactwire.model import digests
from support.floods import copy_floods
from support.news import SCHEMA

# mlcroissant 1.1.1 uses what rdflib 7 and pandas 3.1 deprecate
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index"),
]

CARD = """# Golden

Two tiny articles.

| a | table |

## Known weaknesses

<!-- begin generated: x -->
Both are in English.
<!-- end generated: x -->

## Citation

Nobody, *Golden*.
"""
CHANGELOG = "# Changelog\n\n## 1.2.3 – 2026-02-03\n\n- Everything.\n"


@pytest.fixture
def dataset(golden: Path) -> Path:
    """The golden base with a card, a changelog and a version, built."""
    (golden / "DATASET_CARD.md").write_text(CARD, encoding="utf-8")
    (golden / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    (golden / "pactwire.toml").write_text('[dataset]\nname = "x"\nversion = "1.2.3"\n')
    dataset_folder.build(golden)
    return golden / "dataset"


@pytest.fixture(scope="module")
def floods(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset about floods, built."""
    root = copy_floods(tmp_path_factory.mktemp("floods") / "floods")
    dataset_folder.build(root)
    return root / "dataset"


def read(dataset: Path) -> Any:
    """The metadata as JSON."""
    return json.loads((dataset / "croissant.json").read_text(encoding="utf-8"))


def plain(value: Any, prefix: str) -> Any:
    """Turn what mlcroissant yields into what load_dataset does: short keys, text for bytes, None for no number.

    A missing number in a list is NaN in pandas, with which mlcroissant reads; no row holds NaN itself.
    """
    if isinstance(value, dict):
        return {key.removeprefix(prefix): plain(each, f"{key}/") for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each, prefix) for each in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return value.decode() if isinstance(value, bytes) else value


def flat(value: Any, nested: bool = False) -> Any:
    """Flatten structs inside nested values, as the sub-fields of croissant.json do: ``cue/start``."""
    if isinstance(value, list):
        return [flat(each, nested) for each in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, each in value.items():
        inner = flat(each, True)
        if nested and isinstance(inner, dict):
            found |= {f"{name}/{key}": leaf for key, leaf in inner.items()}
        elif nested and isinstance(inner, list) and inner and isinstance(inner[0], dict):
            found |= {f"{name}/{key}": [item[key] for item in inner] for key in inner[0]}
        else:
            found[name] = inner
    return found


def test_mlcroissant_reports_no_problem(dataset: Path, caplog: pytest.LogCaptureFixture) -> None:
    """There is neither an error nor a warning: every recommended property is present."""
    metadata = mlcroissant.Dataset(dataset / "croissant.json").metadata
    assert caplog.text == ""
    assert (metadata.name, metadata.version, metadata.description) == ("Golden", "1.2.3", "Two tiny articles.")
    assert metadata.data_biases == ["Both are in English."]
    assert metadata.data_collection.startswith("2 articles; ")
    assert metadata.cite_as == "Nobody, *Golden*."
    assert f"{metadata.date_published:%Y-%m-%d}" == "2026-02-03"
    assert f"{metadata.date_modified:%Y-%m-%d}" == "2026-01-02"


@pytest.mark.parametrize("config", ["articles", "entities", "stance", "claims", "claim_pairs"])
def test_records_match_load_dataset(dataset: Path, tmp_path: Path, config: str) -> None:
    """Every value of every row, nested ones too, is the same through either reader, with the row's split."""
    found = [plain(each, f"{config}/") for each in mlcroissant.Dataset(dataset / "croissant.json").records(config)]
    loaded: Any = load_dataset(str(dataset), config, split="train", cache_dir=str(tmp_path / "cache"))
    assert found == [{"split": "train", **flat(row)} for row in loaded]
    assert found


@pytest.mark.parametrize("config", ["articles", "mentions", "quotes", "figures", "subjects"])
def test_records_of_other_layers_match_load_dataset(floods: Path, tmp_path: Path, config: str) -> None:
    """Flags and numbers with a fraction are the same through either reader, as is what belongs to a whole article."""
    found = [plain(each, f"{config}/") for each in mlcroissant.Dataset(floods / "croissant.json").records(config)]
    loaded: Any = load_dataset(str(floods), config, cache_dir=str(tmp_path / "cache"))
    for row in (rows := [{"split": name, **row} for name, split in loaded.items() for row in split]):
        for quote in row.get("quotes", ()):  # a missing verb, whose fields are missing in Croissant
            quote["verb"] = quote["verb"] or dict.fromkeys(("start", "end", "text"))
    expected = [flat(row) for row in rows]
    assert sorted(found, key=itemgetter("id")) == sorted(expected, key=itemgetter("id"))
    if config == "figures":
        assert {type(row["estimate"]) for row in found} == {bool}


def test_lists_the_files_of_the_dataset(dataset: Path) -> None:
    """Every data file is listed with its size and SHA-256, and in the file set of its config."""
    distribution = read(dataset)["distribution"]
    listed = {each["contentUrl"]: each for each in distribution if each["@type"] == "cr:FileObject"}
    paths = {path.relative_to(dataset).as_posix(): path for path in (dataset / "data").rglob("*.parquet")}
    assert set(listed) == set(paths)
    for name, path in paths.items():
        assert listed[name]["sha256"] == digests.sha256(path.read_bytes())
        assert listed[name]["contentSize"] == f"{path.stat().st_size} B"
    sets = [path for each in distribution if each["@type"] == "cr:FileSet" for path in each["includes"]]
    assert sorted(sets) == sorted(paths)


def test_lists_the_licenses_of_published_articles(golden: Path) -> None:
    """Bulk articles count too, articles that are held back do not; the manifest counts each license."""
    lines = [
        {"id": f"{at:016x}", "text": f"Article {at}.", "license": name} for at, name in enumerate(("CC BY", "ODbL"))
    ]
    (golden / "dataset/raw/bulk.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    with (golden / "dataset/splits.csv").open("a", encoding="utf-8") as stream:
        stream.writelines(
            f"{line['id']},{line['id']},{split}\n" for line, split in zip(lines, ("test", "excluded"), strict=True)
        )
    for _ in range(2):  # the second time of what is remembered
        dataset_folder.build(golden)
        assert read(golden / "dataset")["license"] == ["CC BY", "Made for a test."]
        about = json.loads((golden / "dataset/manifest.json").read_text(encoding="utf-8"))
        assert about["licenses"] == {"CC BY": 1, "Made for a test.": 2}


def test_describes_sources_and_texts_of_every_format(dataset: Path) -> None:
    """The columns that give the source exist; the text of a page is rendered, that of a record is a field."""
    about = read(dataset)
    named = re.search(r"the columns (.+) say", about["rai:dataCollection"])
    assert named and set(re.split(", | and ", named[1])) <= set(features.config_features(SCHEMA, "articles"))
    made = about["rai:dataPreprocessingProtocol"]
    assert all(form in made for form in ("text file", "record", "HTML page")) and "nothing else" not in made


def test_describes_who_made_the_labels(golden: Path) -> None:
    """Labels of a model are not attributed to a person; once a person confirms one, it is counted."""
    dataset_folder.build(golden)
    about = read(golden / "dataset")
    assert about["rai:annotatorDemographics"] == "No annotator is a person."
    assert about["rai:dataAnnotationProtocol"][0].startswith("Of 19 labels, zones included, 0 were made or confirmed")
    assert about["rai:machineAnnotationTools"] == ["ann (model): name unknown, version unknown"]
    assert about["rai:annotationsPerItem"].startswith("2 of 2 articles have a final document; 0 documents")
    path = golden / "annotations/final/00000000000000aa.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["annotators"].append({"id": "pia", "kind": "human", "name": None, "version": None})
    document["stances"][0]["by"].append("pia")
    path.write_text(json.dumps(document), encoding="utf-8")
    dataset_folder.build(golden)
    about = read(golden / "dataset")
    assert "rai:annotatorDemographics" not in about
    assert about["rai:dataAnnotationProtocol"][0].startswith("Of 19 labels, zones included, 1 were made or confirmed")


def test_explains_class_labels(dataset: Path) -> None:
    """The numbers of a class label are listed with their names."""
    records = {each["@id"]: each for each in read(dataset)["recordSet"]}
    fields = {each["@id"]: each for each in records["entities"]["field"]}
    assert fields["entities/ner_tags"]["description"].startswith("A label, as a number: 0 O, 1 B-")
    assert fields["entities/ner_tags"]["isArray"] is True
