"""No code knows a name of the schema: with all of them renamed, every output is the same up to names."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import Features

from conftest import CHECKOUT, Run, copy_dataset
from pactwire.card import dataset_folder
from pactwire.corpus import corpus, schema_file
from pactwire.site import static_site
from pactwire.site.collection import build_collection
from pactwire.validation import validate
from support.renaming import Renaming, normalize, without_digests
from support.synthetic import silent
from test_issues import CASES, GOLDEN, lay

DATASETS = ("base", "news", "floods")


def place(name: str, root: Path) -> Path:
    """Place a dataset in a folder: the golden base, this repository's, or the one about floods."""
    if name == "news":
        copy_dataset(root)
    else:
        source = {"base": GOLDEN / "base", "floods": CHECKOUT / "examples/floods"}[name]
        shutil.copytree(source, root, ignore=shutil.ignore_patterns("data", ".pactwire"))
    return root


def pair(name: str, folder: Path, case: str = "") -> tuple[Path, Path, Renaming]:
    """Return a dataset, the same with other names, and the renaming; ``case`` is laid over it before."""
    old = place(name, folder / "same")
    renaming = Renaming(schema_file.read_schema(old), taken=_all_text(old))
    if case:
        lay(GOLDEN / "issues" / case, old)
    new = Path(shutil.copytree(old, folder / "other" / "same"))
    normalize(old)
    renaming.rename(new)
    return old, new, renaming


def _all_text(root: Path) -> str:
    paths = (path for path in sorted(root.rglob("*")) if path.is_file() and path.suffix not in (".parquet", ".zst"))
    return "".join(path.read_text("utf-8", errors="replace") for path in paths)


def test_renames_every_name(tmp_path: Path) -> None:
    """No name of a layer, attribute, label or party is left in the schema or the data."""
    old, new, renaming = pair("news", tmp_path)
    schema = schema_file.read_schema(new)
    names = {*schema.layers, *schema.parties}
    for layer in schema.layers.values():
        names |= {layer.label, *(attribute.name for attribute in layer.attributes)}
        names |= {label for attribute in layer.attributes for label in attribute.label_names}
    known = schema_file.read_schema(old)
    assert len(names) > 40
    assert not names & {*known.layers, *known.parties}
    for layer in known.layers.values():
        assert not names & {attribute.name for attribute in layer.attributes}
        assert not names & {label for attribute in layer.attributes for label in attribute.label_names}
    text = "".join(path.read_text("utf-8") for path in sorted((new / "annotations/final").glob("*.json")))
    assert not any(f'"{name}"' in text for name in ("entities", "PER", "holder", "favor", "AUTHOR", "cue", "CFS"))
    assert renaming.translated_back(text) == without_digests(
        "".join(path.read_text("utf-8") for path in sorted((old / "annotations/final").glob("*.json")))
    )


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith("schema-")])
def test_validation_is_the_same_up_to_names(case: str, tmp_path: Path) -> None:
    """Each golden folder gives the same issue: code, file, line, message and remedy.

    Those that break the schema are left out, since such a schema does not say what its names are.
    """
    old, new, renaming = pair("base", tmp_path, case)
    found = [issue.text() for issue in validate.validate_dataset(new)]
    expected = [without_digests(issue.text()) for issue in validate.validate_dataset(old)]
    assert [renaming.translated_back(text) for text in found] == expected


@pytest.mark.parametrize("name", DATASETS)
def test_build_and_docs_are_the_same_up_to_names(name: str, tmp_path: Path, run: Run) -> None:
    """So are rows, features, manifest, Croissant, card and the generated parts of Markdown files."""
    old, new, renaming = pair(name, tmp_path)
    for root in (old, new):
        assert validate.validate_dataset(root) == []
        dataset_folder.build(root)
        done = run("docs", "--root", root)
        assert done.returncode == 0, done.stdout + done.stderr
        dataset_folder.build(root)
    tables = [_tables(root) for root in (old, new)]
    assert renaming.translated_back(json.dumps(tables[1])) == without_digests(json.dumps(tables[0]))
    for file in ("dataset/manifest.json", "dataset/croissant.json"):
        values = [_without_sizes(json.loads((root / file).read_text("utf-8"))) for root in (old, new)]
        assert renaming.translated_back(json.dumps(values[1])) == without_digests(json.dumps(values[0]))
    for file in ("DATASET_CARD.md", "annotations/GUIDELINES.md"):
        if (old / file).is_file():
            expected = without_digests((old / file).read_text("utf-8"))
            assert renaming.translated_back((new / file).read_text("utf-8")) == expected
    printed = [run("tour", "--root", root).stdout.replace(str(root), "") for root in (old, new)]
    assert printed[0] and renaming.translated_back(printed[1]) == without_digests(printed[0])


def _tables(root: Path) -> dict[str, Any]:
    """Return the rows and columns of every config, in order, by config and split."""
    found: dict[str, Any] = {}
    manifest = json.loads((root / "dataset/manifest.json").read_text("utf-8"))
    for config, splits in manifest["configs"].items():
        for split, files in splits.items():
            tables = [pq.read_table(root / "dataset" / each["path"]) for each in files]
            features = Features.from_arrow_schema(tables[0].schema).to_dict()
            found[f"{config} {split}"] = [features, [table.to_pylist() for table in tables]]
    return found


def _without_sizes(value: Any) -> Any:
    """Return JSON values without sizes in bytes, which names change."""
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if key not in ("bytes", "contentSize")}
        return {key: _without_sizes(each) for key, each in kept.items()}
    return [_without_sizes(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_diff_is_the_same_up_to_names(name: str, form: str, tmp_path: Path, run: Run) -> None:
    """A label, an attribute, a class and a layer that changed are told alike."""
    old, new, renaming = pair(name, tmp_path)
    outputs = []
    for root in (old, new):
        before = Path(shutil.copytree(root, tmp_path / "before" / root.parent.name / "same"))
        path = sorted((root / "annotations/final").glob("*.json"))[0]
        path.write_text(json.dumps(_changed(root, json.loads(path.read_text("utf-8")))), "utf-8")
        done = run("diff", before, root, "--format", form)
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout.replace(str(before), "OLD").replace(str(root), "NEW"))
    assert len(outputs[0]) > 200
    assert renaming.translated_back(outputs[1]) == without_digests(outputs[0])


def _changed(root: Path, document: Any) -> Any:
    """Return a document without its first label in each layer, and with another label of every choice in its last."""
    for layer in schema_file.read_schema(root).layers.values():
        labels = document.get(layer.name)
        if isinstance(labels, list) and len(labels) > 1:
            del labels[0]
        label = labels[-1] if isinstance(labels, list) and labels else labels
        for attribute in layer.attributes if label else ():
            if attribute.labels and isinstance(label[attribute.name], str):
                names = attribute.label_names
                label[attribute.name] = names[(names.index(label[attribute.name]) + 1) % len(names)]
    return document


@pytest.mark.parametrize("name", DATASETS)
def test_site_is_the_same_up_to_names(name: str, tmp_path: Path) -> None:
    """So are all pages, the style, the rows of the index and the plots."""
    old, new, renaming = pair(name, tmp_path)
    before, after = ({name: _text(content) for name, content in _site(root).items()} for root in (old, new))
    assert len(before) > 6
    for file, content in before.items():
        other = next(each for each in after if renaming.translated_back(each) == without_digests(file))
        # An attribute is called by its name where that is its title, with blanks for underscores.
        found, expected = renaming.translated_back(after.pop(other)), without_digests(content)
        assert found.replace("_", " ") == expected.replace("_", " ")
    assert after == {}


def _site(root: Path) -> dict[str, str | bytes]:
    return dict(static_site.site_pages(build_collection(corpus.load_corpus(root)), silent))


def _text(content: str | bytes) -> str:
    return content if isinstance(content, str) else content.decode()
