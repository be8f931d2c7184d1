"""docs/migrations.md is right: its examples can be applied, one after the other, and do what the page says."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from conftest import Run
from pactwire.corpus import migration_queue, schema_file
from pactwire.model.json_schemas import tool_schema
from pactwire.validation import validate
from support.migrations import documents


@pytest.fixture
def floods(checkout: Path, tmp_path: Path) -> Path:
    """A copy of the dataset about floods."""
    return Path(shutil.copytree(checkout / "examples/floods", tmp_path / "floods"))


def values(root: Path, layer: str, attribute: str) -> Counter[str]:
    """Count the values of an attribute in the final documents."""
    found = [each for name, each in documents(root).items() if name.startswith("final")]
    return Counter(label[attribute] for document in found for label in document[layer])


def test_the_examples_can_be_applied(checkout: Path, floods: Path, run: Run) -> None:
    """Each leaves a valid dataset, and every action is among them."""
    page = (checkout / "docs/migrations.md").read_text(encoding="utf-8")
    examples = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    forms = {f"{step['action']}" for example in examples for step in json.loads(example)["steps"]}
    assert forms == {row["const"] for row in _actions()}
    for number, example in enumerate(examples, 1):
        path = floods / f"schema/migrations/{number:04}-example.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(example, encoding="utf-8")
        assert run("migrate", "--root", floods).returncode == 0
        done = run("migrate", "--execute", "--root", floods)
        assert done.returncode == 0, done.stdout
        assert validate.validate_dataset(floods) == []
    assert values(floods, "numbers", "measure") == {"water": 29, "people": 31, "rainfall": 7, "extent": 10}
    assert values(floods, "quotes", "written") == {False: 97}
    waters = values(floods, "mentions", "sort")
    assert {name: waters[name] for name in ("RIVER", "LAKE", "WATERBODY")} == {"RIVER": 3, "LAKE": 2, "WATERBODY": 23}


def _actions() -> list[dict[str, str]]:
    steps = tool_schema("migration.schema")["$defs"]["migration"]["properties"]["steps"]
    actions: list[dict[str, str]] = steps["items"]["properties"]["action"]["oneOf"]
    return actions


def test_the_line_of_a_queue_has_the_keys_of_one(checkout: Path) -> None:
    """As the page shows it, but for the id, which is that of another place."""
    page = (checkout / "docs/migrations.md").read_text(encoding="utf-8")
    block = page[page.index('{"people"') :].partition("```")[0]
    header, line = re.findall(r"^\{.*?\}$", block, re.DOTALL | re.MULTILINE)
    schema = schema_file.read_schema(checkout)
    queue = migration_queue.QueueFile("0006-waters")
    assert list(migration_queue._header_problems(json.loads(header), queue)) == []
    [problem] = migration_queue._line_problems(json.loads(line), queue, schema)
    assert "is not the id of this place" in problem
