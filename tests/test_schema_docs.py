"""docs/schema.md is right: its schema can be used, and it lists every keyword and every issue."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
import typer

from pactwire.card import dataset_folder
from pactwire.cli import main
from pactwire.corpus import corpus
from pactwire.model import issues
from pactwire.model.json_schemas import tool_schema
from pactwire.model.layers import AttributeKind
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_flaws import schema_flaws
from pactwire.model.schema_keywords import KEYWORDS
from pactwire.validation import validate


def page(checkout: Path) -> str:
    """Return the page."""
    return (checkout / "docs/schema.md").read_text(encoding="utf-8")


def test_the_schema_on_the_page_can_be_used(checkout: Path) -> None:
    """With the envelope in its place it has no flaw, and declares what the page says."""
    declaration = json.loads(page(checkout).partition("```json\n")[2].partition("```")[0])
    declaration["$defs"] = tool_schema("envelope")["$defs"]
    assert schema_flaws(declaration) == []
    schema = AnnotationSchema(declaration)
    assert [(layer.name, layer.config, layer.rows) for layer in schema.layers.values()] == [
        ("drugs", "drugs", "tokens"), ("subject", "subject", "articles"),
    ]  # fmt: skip
    assert schema.layers["drugs"].attribute("dose").is_nullable


def test_the_document_on_the_page_is_valid(checkout: Path) -> None:
    """It is a document of the schema on the page, but for the digest, which stands for one."""
    schema, document = (json.loads(part.partition("```")[0]) for part in page(checkout).split("```json\n")[1:3])
    schema["$defs"] = tool_schema("envelope")["$defs"]
    document["text_sha256"] = "0" * 64
    assert AnnotationSchema(schema).explain(document) == []
    assert set(document["status"]) == {"drugs", "subject"}


def test_the_shapes_on_the_page_can_be_used(checkout: Path) -> None:
    """One attribute of each kind, in a layer of their own beside the one they refer to, has no flaw."""
    parts = [part.partition("```")[0] for part in page(checkout).split("```json\n")[1:]]
    schema, attributes = json.loads(parts[0]), json.loads(parts[2])
    assert {node["x-attribute"]["kind"] for node in attributes.values()} == set(AttributeKind)
    label = {"$ref": "#/$defs/span", "properties": attributes, "unevaluatedProperties": False}
    person = {**label, "properties": {}}
    for name, prefix, items in (("persons", "p", person), ("visits", "v", label)):
        keys = {"label": name[:-1], "prefix": prefix, "rows": "labels"}
        schema["properties"][name] = {"x-layer": keys, "type": "array", "items": items}
    schema["$defs"] = tool_schema("envelope")["$defs"]
    assert schema_flaws(schema) == []


def test_the_script_on_the_page_writes_documents(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the schema on the page and an article, it writes a valid document, which is built."""
    schema = json.loads(page(checkout).split("```json\n")[1].partition("```")[0])
    schema["$defs"] = tool_schema("envelope")["$defs"]
    root = tmp_path / "root"
    for name, text in {
        "schema/annotation.schema.json": json.dumps(schema),
        "dataset/raw/trial.txt": "A headline\n\nGiven Aspirin, all patients of the trial in Riga felt better soon.\n",
        "DATASET_CARD.md": "# Trials\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    text = (root / "dataset/raw/trial.txt").read_text(encoding="utf-8")
    start = text.index("Aspirin")
    line = {"text": text, "source_id": "trial.txt", "license": "none"}
    (root / "dataset/raw/trial.txt").unlink()
    (root / "dataset/raw/trials.jsonl").write_text(json.dumps(line), encoding="utf-8")
    identity = next(iter(corpus.load_corpus(root).articles))
    splits = f"article,story,split\n{identity},{identity},train\n"
    (root / "dataset/splits.csv").write_text(splits, encoding="utf-8")
    dataset_folder.build(root)
    monkeypatch.chdir(root)
    script = page(checkout).split("```python\n")[1].partition("```")[0].replace("(17, 24", f"({start}, {start + 7}")
    exec(compile(script, "docs/schema.md", "exec"), {})
    assert validate.validate_dataset(root) == []
    dataset_folder.build(root)
    rows = datasets.load_dataset(str(root / "dataset"), "drugs", split="train", cache_dir=str(tmp_path / "cache"))
    assert [span["text"] for row in rows for span in row["spans"]] == ["Aspirin"]


def test_the_page_lists_every_keyword_and_every_issue(checkout: Path) -> None:
    """Each key of x-layer and x-attribute, each kind, and each issue of a schema is in a table."""
    text = page(checkout).partition("## `x-layer`")[2]
    listed = set(re.findall(r"[`\"]([a-z-]+)[`\"]", text))
    definitions = tool_schema("declaration.schema")["$defs"]
    kinds = set(AttributeKind)
    assert kinds <= listed and kinds <= definitions.keys()
    for name in ("layer", "clusters", "candidates", "derived", *kinds):
        assert set(definitions[name].get("properties", {})) - {"kind"} <= listed, name
    codes = {code for code in issues.REMEDIES if code.startswith("schema-")}
    assert codes and codes <= listed


def test_the_page_lists_every_keyword_of_json_schema_that_is_read(checkout: Path) -> None:
    """Those of subschemas, and those of a label in a choice."""
    section = page(checkout).partition("## What of JSON Schema is read")[2].partition("\n## ")[0]
    assert set(KEYWORDS) <= set(re.findall(r"`([$\w]+)`", section))
    assert set(tool_schema("declaration.schema")["$defs"]["label"]["properties"]) <= set(
        re.findall(r"`([$a-z-]+)`", page(checkout))
    )


def test_lists_what_labels_each_command_takes(checkout: Path) -> None:
    """Every command is in the table once, a group by its commands."""
    table = page(checkout).partition("\n## Commands and labels\n")[2]
    cells = [row.split(" | ")[0] for row in table.splitlines() if row.startswith("| `")]
    listed = [name for cell in cells for name in re.findall("`([^`]+)`", cell)]
    formats = ("convert to webannotation", "convert from webannotation")
    assert sorted(name for name in listed if name not in formats) == sorted(commands(typer.main.get_command(main.app)))
    remedy, any_labels = issues.REMEDIES["layers-unsupported"], {*re.findall("`([^`]+)`", cells[0] + cells[1])}
    assert {"build", "agreement", "diff", "convert to webannotation"} <= any_labels
    assert "docs/schema.md lists what each command needs" in remedy


def commands(group: Any, name: str = "") -> Iterator[str]:
    """Yield the names of the commands of a group, with those of groups in it."""
    for part, command in getattr(group, "commands", {}).items():
        yield from commands(command, f"{name}{part} ") if hasattr(command, "commands") else [f"{name}{part}"]
