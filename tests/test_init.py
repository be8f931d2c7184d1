"""``pactwire init``: each template becomes a dataset that validates, builds and loads; nothing is overwritten."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from conftest import contents
from pactwire.card import dataset_folder, summary
from pactwire.cli import main
from pactwire.corpus import schema_file, settings
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import envelope, strict_json
from pactwire.model.escapes import escape_markdown
from pactwire.model.issues import DataError
from pactwire.model.json_schemas import tool_schema
from pactwire.release import card_checks, dataset_template, docs, first_format
from pactwire.release import init as initialization
from pactwire.release.dataset_template import TEMPLATES, Template
from pactwire.validation import validate

TODAY, TOOL = "2026-11-28", "1.0.0"
ROWS: dict[Template, dict[str, int]] = {
    Template.ENTITIES: {"articles": 1, "entities": 3},
    Template.CLASSES: {"articles": 1, "subjects": 1},
    Template.QUOTES: {"articles": 1, "names": 3, "quotes": 2},
    Template.NEWS: {"articles": 1, "entities": 3, "claims": 5, "stance": 1, "stance_candidates": 21},
}
"""The rows of each config of a template's example: lines, sentences, labels, articles."""
COMMON = {".github/workflows/dataset.yml", ".gitignore", "CHANGELOG.md", "DATASET_CARD.md", "pactwire.toml"}
LABEL_FILES = ["annotations/GUIDELINES.md", "schema/annotation.schema.json"]


def init(*words: object, code: int = 0) -> str:
    """Run ``pactwire init`` in this process, and return its standard output."""
    done = CliRunner().invoke(main.app, ["init", *map(str, words)])
    assert done.exit_code == code, done.output
    return done.stdout


def own_files(root: Path) -> dict[str, bytes]:
    """All files of a dataset but those of the tool's own state and those that a build wrote."""
    return {
        name: data
        for name, data in contents(root).items()
        if not name.startswith((".pactwire/", "dataset/")) or name.startswith(("dataset/raw/", "dataset/s"))
        if not name.startswith("dataset/schema/")
    }


def answers(template: Template = Template.ENTITIES, **values: str) -> initialization.Answers:
    """Return what an owner decides, by default without a repository."""
    return initialization.Answers(**{"name": "Floods", "license": "cc0-1.0", **values}, template=template)


def write(root: Path, own: initialization.Answers) -> initialization.Plan:
    """Write what a folder lacks, and return what that was."""
    plan = initialization.plan_files(root, own, TODAY, TOOL)
    initialization.write_files(root, plan)
    return plan


# --- templates


@pytest.mark.parametrize("template", Template)
def test_template_becomes_a_dataset(template: Template, tmp_path: Path) -> None:
    """From init to load_dataset with a fresh cache: no issue, nothing stale, the rows of the example."""
    root = tmp_path / "floods"
    printed = init(root, "--template", template)
    assert list(card_checks.built_card_issues(root)) == []
    assert validate.validate_dataset(root) == []
    dataset_folder.build(root)
    assert docs.renew_files(root, write=False) == []
    configs = summary.load_configs(root / "dataset")
    assert {each.config: each.rows for each in configs} == {name: {"train": n} for name, n in ROWS[template].items()}
    assert summary.render_table(configs, str(root / "dataset")) in printed
    assert f'load_dataset("{root}/dataset", ' in printed
    assert f"next:\n  cd {root}\n  pactwire ingest" in printed
    assert all(each.languages == ["en"] for each in configs)


@pytest.mark.parametrize("template", Template)
def test_template_is_a_valid_dataset(template: Template, tmp_path: Path) -> None:
    """The folder in the package is one as it stands, with the tool's definitions as they are now, and has no id."""
    root = Path(shutil.copytree(TEMPLATES / template, tmp_path / "copy"))
    assert validate.validate_dataset(root) == []
    text = (root / schema_file.SCHEMA_FILE).read_text(encoding="utf-8")
    assert text == strict_json.pretty(envelope.renewed(json.loads(text)))
    assert not (root / settings.SETTINGS_FILE).exists()
    assert set(tomllib.loads((TEMPLATES / "common/pactwire.toml").read_text())["dataset"]) == {
        "name", "version", "repository",
    }  # fmt: skip


@pytest.mark.parametrize("template", Template)
def test_every_label_and_attribute_is_described(template: Template) -> None:
    """Each layer, and each attribute of the three new templates, has a title and a definition."""
    schema = schema_file.read_schema(TEMPLATES / template)
    assert all(label.title and label.definition for _, _, labels in schema.label_sets() for label in labels)
    declaration = json.loads((TEMPLATES / template / schema_file.SCHEMA_FILE).read_text(encoding="utf-8"))
    layers = declaration["properties"]
    assert all(layer["title"] and layer["description"] for layer in layers.values())
    for layer in layers.values() if template is not Template.NEWS else ():
        ref = layer.get("items", layer)["$ref"].rpartition("/")[2]
        for attribute in declaration["$defs"][ref]["properties"].values():
            assert attribute["title"] and attribute["description"]


@pytest.mark.parametrize("template", Template)
def test_guidelines_show_every_label_set(template: Template) -> None:
    """The guidelines have a generated table for each choice of the template, and for the zones."""
    text = dataset_template.template_files(template)["annotations/GUIDELINES.md"]
    schema = schema_file.read_schema(TEMPLATES / template)
    shown = set(re.findall("begin generated: (.*) -->", text))
    same = {"subject.also"}  # the labels of subject.main
    assert {f"{layer}.{attribute}" for layer, attribute, _ in schema.label_sets()} - same <= shown


@pytest.mark.parametrize("template", Template)
def test_example_is_marked(template: Template) -> None:
    """No person is said to have labeled it; text, section, terms and annotator say what it is."""
    found = dataset_template.template_files(template)
    source = json.loads(found["dataset/sources.jsonl"])
    document = json.loads(found[f"annotations/final/{source['id']}.json"])
    assert "This article is invented: an example" in found["dataset/raw/example.txt"]
    assert source["section"] == "Example" and "invented as an example" in source["license"]
    assert [(each["id"], each["kind"]) for each in document["annotators"]] == [("example", "rule")]
    assert set(document["status"].values()) == {"draft"}


@pytest.mark.parametrize("template", Template)
def test_example_can_be_removed(template: Template, tmp_path: Path) -> None:
    """As the documentation says: its four entries; init does not bring it back."""
    write(tmp_path, answers(template))
    [document] = (tmp_path / "annotations/final").iterdir()
    for path in (document, tmp_path / "dataset/raw/example.txt"):
        path.unlink()
    for name in ("dataset/sources.jsonl", "dataset/splits.csv"):
        lines = (tmp_path / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (tmp_path / name).write_text("".join(line for line in lines if document.stem not in line), encoding="utf-8")
    assert [issue.code for issue in validate.validate_dataset(tmp_path)] == ["no-articles"]
    before = own_files(tmp_path)
    write(tmp_path, answers(template))
    assert own_files(tmp_path) == before


# --- what is filled in


def test_fills_in_what_the_owner_decides(tmp_path: Path) -> None:
    """Name, license, repository, an id of its own, the day, and the version of the tool that a forge installs."""
    name = 'Floods: "news" *& more*'
    plan = write(tmp_path, answers(name=name, repository="alice/floods"))
    assert plan.kept == plan.notes == []
    own = settings.read_settings(tmp_path)
    assert (own.name, own.version, own.repository) == (name, "0.1.0", "alice/floods")
    assert str(uuid.UUID(own.id)) == own.id
    card = plan.contents["DATASET_CARD.md"]
    assert yaml.safe_load(card.split("---")[1]) == {"license": "cc0-1.0", "pretty_name": name}
    assert f"\n# {escape_markdown(name)}\n" in card and "*& more*" not in card.partition("# ")[2]
    assert f"## 0.1.0 – {TODAY}\n" in plan.contents["CHANGELOG.md"]
    workflow = yaml.safe_load(plan.contents[".github/workflows/dataset.yml"])
    steps = [step["run"] for step in workflow["jobs"]["build"]["steps"] if "run" in step]
    assert steps == [f"pip install pactwire=={TOOL}", "pactwire validate", "pactwire build", "pactwire docs --check"]
    assert not [name for name, text in plan.contents.items() if "$license" in text or "$version" in text]


def test_datasets_have_different_ids(tmp_path: Path) -> None:
    """An id is drawn for each."""
    for name in "ab":
        write(tmp_path / name, answers())
    assert settings.read_settings(tmp_path / "a").id != settings.read_settings(tmp_path / "b").id


def test_new_dataset_can_not_be_published_as_it_is(tmp_path: Path) -> None:
    """Until its owner names a repository and writes a card, which the card's comments are not."""
    write(tmp_path, answers())
    assert {issue.code for issue in card_checks.card_issues(tmp_path)} == {"release-repository", "release-empty-card"}


def test_root_needs_nothing_of_python(tmp_path: Path) -> None:
    """A root has exactly the files of a dataset."""
    plan = initialization.plan_files(tmp_path, answers(), TODAY, TOOL)
    assert {*plan.contents} == COMMON | {
        "annotations/GUIDELINES.md", "annotations/final/b72bb784d723ed92.json", "annotations/links.tsv",
        "dataset/raw/example.txt", "dataset/sources.jsonl", "dataset/splits.csv", "schema/annotation.schema.json",
    }  # fmt: skip


def test_git_ignores_what_is_built(tmp_path: Path) -> None:
    """After init, git sees the files of the dataset, and none that a build wrote."""
    init(tmp_path)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    listed = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    plan = initialization.plan_files(tmp_path / "other", answers(), TODAY, TOOL)
    assert set(listed.stdout.split()) == {*plan.contents, "plots/labels.svg"}


# --- folders that hold something


def test_second_run_changes_nothing(tmp_path: Path) -> None:
    """It reports each file that it would have written, and leaves even the built files alone."""
    init(tmp_path, "--template", "classes")
    before = contents(tmp_path)
    printed = init(tmp_path, "--template", "quotes", "--name", "Other")
    assert contents(tmp_path) == before
    assert printed.splitlines() == [f"kept {name}" for name in sorted({*COMMON, *LABEL_FILES})]


def test_adds_no_guidelines_of_another_template(tmp_path: Path) -> None:
    """Where there is a schema, a template's guidelines would be about labels that it does not have."""
    write(tmp_path, answers(Template.CLASSES))
    (tmp_path / "annotations/GUIDELINES.md").unlink()
    (tmp_path / "CHANGELOG.md").unlink()
    assert list(write(tmp_path, answers(Template.QUOTES)).contents) == ["CHANGELOG.md"]


def test_overwrites_nothing(tmp_path: Path) -> None:
    """Files that are there stay as they are and are reported; the rest is added."""
    for name in ("CHANGELOG.md", "annotations/GUIDELINES.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Mine.\n", encoding="utf-8")
    plan = write(tmp_path, answers())
    assert plan.kept == ["CHANGELOG.md", "annotations/GUIDELINES.md"]
    assert {(tmp_path / name).read_text(encoding="utf-8") for name in plan.kept} == {"Mine.\n"}
    assert validate.validate_dataset(tmp_path) == []


def test_completes_a_schema_without_the_definitions_of_the_tool(tmp_path: Path) -> None:
    """What somebody declared by hand stays, and gets the tool's definitions; a second run changes nothing."""
    template = json.loads(dataset_template.template_files(Template.CLASSES)[SCHEMA_FILE])
    own = {name: each for name, each in template["$defs"].items() if name not in tool_schema("envelope")["$defs"]}
    (tmp_path / "schema").mkdir()
    (tmp_path / SCHEMA_FILE).write_text(json.dumps({**template, "$defs": own}), encoding="utf-8")
    plan = write(tmp_path, answers())
    assert SCHEMA_FILE in plan.contents and SCHEMA_FILE not in plan.kept
    assert json.loads((tmp_path / SCHEMA_FILE).read_text(encoding="utf-8")) == template
    assert plan.notes == [f"{SCHEMA_FILE} now has the tool's definitions, below your own"]
    assert write(tmp_path, answers()).contents == {}


def test_adds_no_example_to_articles(tmp_path: Path) -> None:
    """A folder of articles gets what it lacks, and is not built."""
    (tmp_path / "dataset/raw").mkdir(parents=True)
    (tmp_path / "dataset/raw/a.jsonl").write_text("", encoding="utf-8")
    printed = init(tmp_path, "--template", "entities")
    assert set(own_files(tmp_path)) == COMMON | {
        "annotations/GUIDELINES.md", "dataset/raw/a.jsonl", "schema/annotation.schema.json",
    }  # fmt: skip
    assert printed.endswith(f"next: cd {tmp_path} && pactwire validate && pactwire build && pactwire docs\n")


def test_says_what_a_schema_of_ones_own_lacks(tmp_path: Path) -> None:
    """A folder that has only a schema needs guidelines and articles before anything can be validated."""
    schema = dataset_template.template_files(Template.ENTITIES)["schema/annotation.schema.json"]
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema/annotation.schema.json").write_text(schema, encoding="utf-8")
    steps = init(tmp_path).partition("next:\n")[2].splitlines()
    assert [step.split()[:2] for step in steps] == [
        ["cd", str(tmp_path)],
        ["annotations/GUIDELINES.md", "say"],
        ["pactwire", "ingest"],
        ["pactwire", "validate"],
    ]


def test_writes_nothing_where_a_setting_is_wrong(tmp_path: Path) -> None:
    """All or nothing: a file that can't be completed leaves the folder as it was."""
    (tmp_path / "pactwire.toml").write_text('[dataset]\nnaem = "x"\n', encoding="utf-8")
    with pytest.raises(DataError, match="settings"):
        write(tmp_path, answers())
    assert list(contents(tmp_path)) == ["pactwire.toml"]


# --- datasets of 1.0.0


@pytest.fixture
def first_edition(golden: Path) -> Path:
    """The golden base as a user's folder of 1.0.0 was: no schema, the version in pyproject.toml."""
    shutil.rmtree(golden / "schema")
    (golden / "pyproject.toml").write_text('[project]\nname = "mine"\nversion = "1.4.2"\n', encoding="utf-8")
    return golden


def test_completes_a_dataset_of_the_first_edition(first_edition: Path) -> None:
    """No label changes; schema and settings are added, with the version of the data; the dataset is valid."""
    before = own_files(first_edition)
    printed = init(first_edition, "--template", "news")
    after = own_files(first_edition)
    assert before.items() <= after.items()
    assert after[schema_file.SCHEMA_FILE] == (TEMPLATES / Template.NEWS / schema_file.SCHEMA_FILE).read_bytes()
    assert settings.read_settings(first_edition).version == "1.4.2"
    [new] = re.findall("columns that 1.0.0 did not have: (.*)", " ".join(printed.split("\n")))
    assert {"stance.holder_id", "stance.source", "claims.claims.claimant_links"} <= set(re.split("[, ]+", new))
    assert validate.validate_dataset(first_edition) == []


def test_names_columns_that_are_new(first_edition: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that the frozen format does not have is named."""
    old = first_format.features()
    less = {name: value for name, value in old["claims"].items() if name != "label"}
    monkeypatch.setattr(first_format, "features", lambda: {**old, "claims": less})
    plan = initialization.plan_files(first_edition, answers(Template.NEWS), TODAY, TOOL)
    [note] = [note for note in plan.notes if note.startswith("columns that 1.0.0 did not have: ")]
    assert "claims.label, " in note and "claims.text, " not in note


def test_declares_the_labels_of_a_fork(first_edition: Path, checkout: Path) -> None:
    """A schema of 1.0.0 keeps its labels; those that are known keep what suggestions need; the old file stays."""
    old = (checkout / "tests/golden/releases/1.0.0/annotation.schema.json").read_text(encoding="utf-8")
    own = json.loads(old)
    types = own["$defs"]["entity"]["properties"]["type"]["oneOf"]
    types.append({"const": "VES", "title": "Vessel", "description": "A ship."})
    types[0]["description"] = "A person."
    (first_edition / "schema").mkdir()
    (first_edition / schema_file.SCHEMA_FILE).write_text(json.dumps(own), encoding="utf-8")
    before = own_files(first_edition)
    plan = write(first_edition, answers(Template.NEWS))
    schema = schema_file.read_schema(first_edition)
    labels = schema.labels("entities", "type")
    news = schema_file.read_schema(TEMPLATES / Template.NEWS)
    known = news.labels("entities", "type")
    assert [label.name for label in labels] == ["PER", "ORG", "GPE", "LOC", "EVT", "PRO", "VES"]
    assert labels[0].definition == "A person." and labels[0].models == known[0].models
    assert schema.content_kinds == news.content_kinds
    after = own_files(first_edition)
    assert after.pop(initialization.FIRST_SCHEMA_FILE) == before.pop(schema_file.SCHEMA_FILE)
    assert before.items() <= after.items()
    assert f"the old one is {initialization.FIRST_SCHEMA_FILE}" in plan.notes[0]
    assert validate.validate_dataset(first_edition) == []
    again = initialization.plan_files(first_edition, answers(Template.NEWS), TODAY, TOOL)
    assert again.contents == {}


def test_moves_the_version_to_settings_that_have_none(first_edition: Path) -> None:
    """Settings that are there keep what they say, and their comments."""
    (first_edition / "pactwire.toml").write_text('# Mine.\n[dataset]\nname = "Mine"\n', encoding="utf-8")
    plan = write(first_edition, answers(Template.NEWS))
    own = settings.read_settings(first_edition)
    assert (own.name, own.version) == ("Mine", "1.4.2") and own.id
    assert (
        (first_edition / "pactwire.toml").read_text(encoding="utf-8").startswith('# Mine.\n[dataset]\nname = "Mine"\n')
    )
    assert (first_edition / "pactwire.toml").read_bytes().endswith(b'"\n')
    assert plan.notes[0] == "pactwire.toml now has the version of the data, 1.4.2 and an id"


def test_refuses_another_template_for_labels_of_the_first_edition(first_edition: Path) -> None:
    """Documents would be invalid under it."""
    before = contents(first_edition)
    init(first_edition, "--template", "quotes", code=2)
    assert contents(first_edition) == before


# --- the command


@pytest.mark.parametrize(
    "words", [("--name", " "), ("--license", "my own"), ("--repository", "floods"), ("--new-id", "--name", "x")]
)
def test_refuses_wrong_options(words: tuple[str, ...], tmp_path: Path) -> None:
    """A usage error, before anything is written, even the folder."""
    init(tmp_path / "new", *words, code=2)
    assert list(tmp_path.iterdir()) == []


def test_gives_a_copy_an_id_of_its_own(tmp_path: Path) -> None:
    """--new-id changes the id and nothing else; without settings it is a usage error."""
    init(tmp_path, "--new-id", code=2)
    write(tmp_path, answers())
    before = own_files(tmp_path)
    old = settings.read_settings(tmp_path).id
    printed = init(tmp_path, "--new-id")
    new = settings.read_settings(tmp_path).id
    assert new != old and new in printed
    expected = before["pactwire.toml"].replace(old.encode(), new.encode())
    assert own_files(tmp_path) == {**before, "pactwire.toml": expected}


def test_prints_json(tmp_path: Path) -> None:
    """What was written and what was kept, for programs."""
    first = json.loads(init(tmp_path, "--format", "json"))
    again = json.loads(init(tmp_path, "--format", "json"))
    assert first["kept"] == again["written"] == []
    assert set(again["kept"]) == {*COMMON, *LABEL_FILES} <= set(first["written"])


def on_terminal(keys: str, *words: str, cwd: Path) -> str:
    """Run ``pactwire init`` on a terminal, type, and return what the terminal showed."""
    primary, secondary = pty.openpty()
    code = "from pactwire.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "init", *words], stdin=secondary, stdout=secondary, stderr=secondary, cwd=cwd
    )
    os.close(secondary)
    os.write(primary, keys.encode())
    shown = b""
    try:
        while data := os.read(primary, 4096):
            shown += data
    except OSError:  # the terminal was closed at the other end
        pass
    os.close(primary)
    assert process.wait() == 0, shown
    return shown.decode()


@pytest.mark.slow
def test_asks_on_a_terminal(tmp_path: Path) -> None:
    """It asks for template, name and license, again after an answer that is wrong, and offers defaults."""
    shown = on_terminal("verse\nclasses\n\nCC BY\ncc-by-4.0\n", "floods", cwd=tmp_path)
    assert "Template (entities, classes, quotes, news) [entities]:" in shown
    assert "write one of entities, classes, quotes, news" in shown and "is not a name of a license" in shown
    root = tmp_path / "floods"
    assert "subject" in schema_file.read_schema(root).layers
    assert settings.read_settings(root).name == "floods"
    assert "license: cc-by-4.0\n" in (root / "DATASET_CARD.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_asks_for_nothing_that_options_say(tmp_path: Path) -> None:
    """With all options there is no question, and a second run has none either."""
    words = ("floods", "--template", "classes", "--name", "Floods", "--license", "cc0-1.0")
    assert "[" not in on_terminal("", *words, cwd=tmp_path).partition("config")[0].replace("\x1b[", "")
    assert "Template" not in on_terminal("", "floods", cwd=tmp_path)
