"""CONTRIBUTING.md is right: its recipes can be followed as they stand, and do what they say."""

import json
import re
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from conftest import CHECKOUT, Run
from pactwire.build import features
from pactwire.cli import convert_mapping, convert_to
from pactwire.convert import default_mapping, export_writers, exporting
from pactwire.corpus.schema_file import SCHEMA_FILE, read_schema
from pactwire.model import strict_json
from pactwire.validation import validate
from support.migrations import documents

PAGE = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(section: str, language: str) -> list[str]:
    """Return the blocks of code of a section of the page."""
    [text] = re.findall(rf"^##+ {re.escape(section)}\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return [
        textwrap.dedent(each) for each in re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    ]


def test_recipes_of_labels_can_be_followed(golden: Path, run: Run) -> None:
    """One after the other, each leaves a valid dataset that can be built, with what it is about."""
    for number, (section, name) in enumerate(
        (("A label", "laws"), ("An attribute", "hedging"), ("A layer", "quotes")), 1
    ):
        [migration] = blocks(section, "json")
        path = golden / f"schema/migrations/{number:04}-{name}.json"
        assert path.relative_to(golden).as_posix() in PAGE
        path.parent.mkdir(exist_ok=True)
        path.write_text(migration, encoding="utf-8")
        assert run("migrate", "--root", golden).returncode == 0
        assert run("migrate", "--execute", "--root", golden).returncode == 0
        assert validate.validate_dataset(golden) == []
    declaration = json.loads((golden / SCHEMA_FILE).read_text(encoding="utf-8"))
    [layer], [kind] = blocks("A config", "json"), blocks("A kind of furniture", "json")
    declaration["properties"]["quotes"]["x-layer"] = json.loads(layer)
    declaration["$defs"]["zone_kind"]["oneOf"].append(json.loads(kind))
    (golden / SCHEMA_FILE).write_text(strict_json.pretty(declaration), encoding="utf-8")
    assert validate.validate_dataset(golden) == []
    assert run("build", "--root", golden).returncode == 0
    schema = read_schema(golden)
    assert schema.labels("entities", "type")[-1].name == "LAW"
    assert {claim["hedging"] for document in documents(golden).values() for claim in document["claims"]} == {None}
    assert schema.zone_kinds[-1].name == "poll" and "poll" not in schema.content_kinds
    about = json.loads((golden / "dataset/manifest.json").read_text(encoding="utf-8"))
    assert list(about["features"]["quotes"]) == list(features.config_features(schema, "quotes"))
    assert {"speaker", "speaker_link", "evidence_start"} <= about["features"]["quotes"].keys()


def test_recipe_of_an_export_format_can_be_followed(
    golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two pieces of code write the labels of all layers of spans, and count what they leave out."""
    formatter, writer = blocks("Add a format to `convert to`", "python")
    module: Any = ModuleType("mention_table")
    exec(formatter, vars(module))
    names = {**vars(export_writers), "mention_table": module}
    exec(writer, names)
    monkeypatch.setitem(export_writers.LABEL_WRITERS, "tsv", names["_table_files"])
    monkeypatch.setitem(export_writers.FILE_NAME_PATTERNS, "tsv", re.compile(r"(train|validation|test|unsplit)\.tsv"))
    monkeypatch.setattr(default_mapping, "_TYPE_FORMATS", (*default_mapping._TYPE_FORMATS, "tsv"))
    result = exporting.export_documents("tsv", golden, "final", tmp_path / "out")
    header, *rows = (tmp_path / "out/train.tsv").read_text(encoding="utf-8").splitlines()
    assert (header.split("\t")[0], len(rows)) == ("article", result.labels)
    assert result.labels == sum(len(each[layer]) for each in documents(golden).values() for layer in LAYERS)
    assert result.omitted["values of claims.normalized"] == 2


LAYERS = ("entities", "claims", "stances")


def test_recipes_name_what_there_is() -> None:
    """The places in code and tests that they send readers to exist."""
    for module, names in (
        (export_writers, ("LABEL_WRITERS", "FILE_NAME_PATTERNS", "OmittedValues")),
        (default_mapping, ("_TYPE_FORMATS", "_LINE_FORMATS")),
        (convert_to, ("OutputFormat",)),
        (convert_mapping, ("MappedFormat", "_WRITTEN_ONLY")),
    ):
        assert [name for name in names if f"`{name}`" not in PAGE or not hasattr(module, name)] == []
    declared = (CHECKOUT / "tests/test_convert_declared.py").read_text(encoding="utf-8")
    for name in ("LINE_FORMATS", "LINK_FORMATS", "ATTRIBUTE_FORMATS"):
        assert f"`{name}`" in PAGE and f"\n{name} = " in declared
    for path in re.findall(r"`((?:scripts|tests|annotations|docs|schema)/[\w/.]+\.\w+)`", PAGE):
        assert (CHECKOUT / path).exists() or "schema/migrations" in path, path
