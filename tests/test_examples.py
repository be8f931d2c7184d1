"""The scripts in examples/: each learns the train split, and fails where labels are not those of their words."""

import importlib.util
import os
import py_compile
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import CHECKOUT, copy_dataset
from pactwire.build import features
from pactwire.card import dataset_folder
from pactwire.corpus import settings
from support.environments import environment
from support.news import OWN_SCHEMA

FOLDER = CHECKOUT / "examples"
CONFIGS = {
    "token_classification": "entities",
    "claim_sentences": "claims",
    "stance": "stance",
    "claim_pairs": "claim_pairs",
    "spacy_names": "entities",
    "gliner_names": "entities",
}
"""The config that each script trains on."""
ABSENT = ("gliner", "gliner.training", "tokenizers", "torch", "transformers")
"""What scripts import and `make test` does not install."""
Row = dict[str, Any]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed data, built in a separate folder."""
    root = copy_dataset(tmp_path_factory.mktemp("built") / "dataset-root")
    dataset_folder.build(root)
    return root / "dataset"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Any]:
    """Return a script as a module, with stand-ins for packages that are not installed, and a cache of its own."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")

    def load(name: str) -> Any:
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        with pytest.MonkeyPatch.context() as patch:
            for absent in ABSENT:
                patch.setitem(sys.modules, absent, MagicMock(Tensor=type("Tensor", (), {})))
            spec.loader.exec_module(module)
        return module

    return load


def shifted(name: str, row: Row) -> Row:
    """Return a row whose labels are one token further to the right; rows of sentences and pairs stay as they are."""
    if name == "token_classification":
        return row | {"ner_tags": [0, *row["ner_tags"][:-1]] if row["ner_tags"] else []}
    if CONFIGS[name] == "entities":
        offsets = row["token_offsets"]
        spans = [span | _next(span["start"], span["end"], offsets) for span in row["spans"]]
        return row | {"spans": spans}
    if name == "stance":
        words = [{"start": each.start(), "end": each.end()} for each in re.finditer(r"\w+|[^\w\s]", row["text"])]
        for side in ("holder", "target"):
            if row[f"{side}_start"] is not None:
                moved = _next(row[f"{side}_start"], row[f"{side}_end"], words)
                row = row | {f"{side}_{key}": value for key, value in moved.items()}
    return row


def _next(start: int, end: int, tokens: list[dict[str, int]]) -> dict[str, int]:
    """Return a span of as many tokens, one further on; at the end of a text, one before."""
    inside = [number for number, each in enumerate(tokens) if each["start"] < end and start < each["end"]]
    step = 1 if inside[-1] + 1 < len(tokens) else -1
    return {"start": tokens[inside[0] + step]["start"], "end": tokens[inside[-1] + step]["end"]}


def shift(name: str, built: Path, folder: Path) -> Path:
    """Copy a built dataset with the labels of one script's config shifted, by a token or, without tokens, by a row."""
    shutil.copytree(built, folder)
    for path in (folder / "data" / CONFIGS[name]).iterdir():
        table = pq.read_table(path)
        rows = [shifted(name, row) for row in table.to_pylist()]
        if name in ("claim_sentences", "claim_pairs"):
            labels = [row["label"] for row in rows]
            rows = [row | {"label": label} for row, label in zip(rows, [*labels[1:], *labels[:1]], strict=True)]
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    return folder


@pytest.mark.parametrize("name", CONFIGS)
def test_compiles_and_names_the_release(name: str, load: Callable[[str], Any], checkout: Path, tmp_path: Path) -> None:
    """It is pinned to the version in pactwire.toml, and needs nothing that the pins lack."""
    py_compile.compile(str(FOLDER / f"{name}.py"), cfile=str(tmp_path / "compiled"), doraise=True)
    about = settings.read_settings(checkout)
    release = {"path": about.repository, "revision": f"v{about.version}"}
    assert release == load(name).HUB
    pins = (FOLDER / "constraints.txt").read_text("utf-8").replace("-", "_").lower()
    imports = re.findall(r"^(?:import|from) (\w+)", (FOLDER / f"{name}.py").read_text("utf-8"), re.MULTILINE)
    needed = {each.replace("sklearn", "scikit_learn") for each in imports} - sys.stdlib_module_names
    assert [each for each in needed if f"\n{each}==" not in pins] == []


def test_all_scripts_are_tested() -> None:
    """Each file of the folder is one of the scripts here."""
    assert {path.stem for path in FOLDER.glob("*.py")} == CONFIGS.keys()


def read(name: str, module: Any, folder: Path) -> tuple[list[Any], list[Any]]:
    """Return what a script reads to train on, as words with their label, and the same from another column."""
    source = {"path": str(folder)}
    if name == "token_classification":
        rows, names = module.read_rows(source)
        tagged = [module.mentions(row, [names[tag] for tag in row["ner_tags"]]) for row in rows]
        outer = [
            [(span["type"], span["text"]) for span in row["spans"] if not _is_within(span, row["spans"])]
            for row in rows
        ]
        return tagged, outer
    if name == "claim_sentences":
        rows, names = module.read_rows(source)
        checked = [[claim["checkworthy"] for claim in row["claims"]] for row in rows]
        return [names[row["label"]] for row in rows], [max(each, key=names.index, default="NFS") for each in checked]
    if name == "stance":
        rows, _names = module.read_rows(source)
        marked = [tuple(module.marked_words(row["marked"], side) for side in ("HOLDER", "TARGET")) for row in rows]
        return marked, [(row["holder"], row["target"]) for row in rows]
    if name == "claim_pairs":
        pairs = module.read_rows(source).to_dict("records")
        same = [int(bool(row["a_cluster"]) and row["a_cluster"] == row["b_cluster"]) for row in pairs]
        return [row["label"] for row in pairs], same
    if name == "spacy_names":
        docs, words = module.read_rows(source, module.spacy.blank("xx").vocab)
        return [[(span.label_, span.text) for span in doc.ents] for doc in docs], words
    records, words = module.read_rows(source)
    found = [
        [(kind, "".join(record["tokenized_text"][first : last + 1])) for first, last, kind in record["ner"]]
        for record in records
    ]
    return found, words


def _is_within(span: Row, others: list[Row]) -> bool:
    return any(each is not span and each["start"] <= span["start"] and span["end"] <= each["end"] for each in others)


@pytest.mark.parametrize("name", CONFIGS)
def test_reads_labels_with_their_words(name: str, load: Callable[[str], Any], built: Path, tmp_path: Path) -> None:
    """What it trains on are the words that another column has; shifted by a token, or a row, they are not."""
    module = load(name)
    found, expected = read(name, module, built)
    assert found == expected and len(found) >= 4
    wrong, words = read(name, module, shift(name, built, tmp_path / "shifted"))
    assert words == expected
    assert sum(left == right for left, right in zip(wrong, words, strict=True) if right) < 0.6 * len(expected)


def drawn_pairs(folder: Path) -> Path:
    """Write a dataset of claim pairs in four folds: a claim and its rewording, and a claim and another one."""
    random = np.random.default_rng(1)
    vocabulary = ["".join(random.choice([*"aeioukmnprst"], 6)) for _ in range(300)]
    row = dict.fromkeys(features.config_features(OWN_SCHEMA, "claim_pairs"))
    rows = []
    for number in range(80):
        words, others = random.choice(vocabulary, 12), random.choice(vocabulary, 12)
        is_same, fold = number % 2, number // 2 % 4
        reworded = random.permutation([*words[:9], *others[:3]] if is_same else [*words[:4], *others[:8]])
        texts = {"a": " ".join(words), "b": " ".join(reworded)}
        about = {f"{side}_{key}": text for side, text in texts.items() for key in ("text", "normalized")}
        clusters = {"a_cluster": f"c{number}", "b_cluster": f"c{number}" if is_same else None}
        rows.append(row | about | clusters | {"label": is_same, "a_fold": fold, "b_fold": fold})
    rows.append(rows[0] | {"b_fold": 3})  # of two folds
    path = folder / "data" / "claim_pairs" / "train-00000.parquet"
    path.parent.mkdir(parents=True)
    schema = features.config_features(OWN_SCHEMA, "claim_pairs").arrow_schema
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    front = "---\nconfigs:\n- config_name: claim_pairs\n  data_files: data/claim_pairs/*.parquet\n---\n"
    (folder / "README.md").write_text(front, encoding="utf-8")
    return folder


def test_claim_pairs_are_cross_validated_where_there_are_folds(
    load: Callable[[str], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of drawn pairs in four folds it prints a figure by folds, and fails where labels are shifted by a row."""
    module, folder = load("claim_pairs"), drawn_pairs(tmp_path / "drawn")
    module.main({"path": str(folder)})
    printed = capsys.readouterr().out
    [by_folds] = re.findall(r"^MCC of 80 pairs, by folds: (.*)$", printed, re.MULTILINE)
    assert float(by_folds) > 0.9 and "too few" not in printed
    with pytest.raises(AssertionError, match="did not learn"):
        module.main({"path": str(shift("claim_pairs", folder, tmp_path / "shifted"))})


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.parametrize("is_shifted", [False, True])
@pytest.mark.parametrize("name", CONFIGS)
def test_learns_and_fails_when_shifted(name: str, is_shifted: bool, built: Path, tmp_path: Path) -> None:
    """It runs as documented, offline, in its own environment; with shifted labels its last check fails."""
    folder = shift(name, built, tmp_path / "shifted") if is_shifted else built
    variables = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "HF_TOKEN")}
    variables |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}
    command = [environment("examples", FOLDER / "constraints.txt"), str(FOLDER / f"{name}.py"), str(folder)]
    done = subprocess.run(
        command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=600, check=False
    )
    assert re.search(r"^(F1|MCC) of .* trained on: -?\d\.\d\d$", done.stdout, re.MULTILINE), done.stderr
    assert done.returncode == int(is_shifted), done.stdout + done.stderr
    assert (
        bool(re.search(r"^AssertionError: the (model|pipeline) did not learn", done.stderr, re.MULTILINE)) == is_shifted
    )
