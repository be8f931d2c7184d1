"""Differences between versions of a dataset with labels of its own, as its schema declares them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import CHECKOUT
from pactwire.card import dataset_folder
from pactwire.model import schema as declared
from pactwire.model import strict_json
from pactwire.release import diff, first_format, snapshots, text_free, version_rule
from pactwire.release.changes import Change
from pactwire.release.label_comparison import LabelComparison

ARTICLE = "3ef65bca5ce4a0b9"
DOCUMENT, SCHEMA = f"annotations/final/{ARTICLE}.json", "schema/annotation.schema.json"

Edit = Callable[[Any], None]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The dataset about floods."""
    return Path(shutil.copytree(CHECKOUT / "examples/floods", tmp_path / "old"))


@pytest.fixture
def new(old: Path, tmp_path: Path) -> Path:
    """A copy of it, to be edited."""
    return Path(shutil.copytree(old, tmp_path / "new"))


def edit(root: Path, file: str, change: Edit) -> None:
    """Change a JSON file."""
    value = json.loads((root / file).read_text(encoding="utf-8"))
    change(value)
    (root / file).write_text(strict_json.pretty(value), encoding="utf-8")


def changes(old: Path, new: Path) -> list[Change]:
    """Return the changes from one folder to another."""
    with snapshots.open_folder(old, "old") as before, snapshots.open_folder(new, "new") as after:
        return list(diff.compare(before, after))


def facts(old: Path, new: Path) -> list[tuple[str, str, str, Any]]:
    """Return item, action, name and attributes of the changes, and see that they are the changes back, reversed."""
    action = {"added": "removed", "removed": "added"}
    back = [
        (each.item, action.get(each.action, each.action), {key: (b, a) for key, (a, b) in each.attributes.items()})
        for each in changes(new, old)
    ]
    found = changes(old, new)
    assert sorted(map(str, back)) == sorted(str((each.item, each.action, dict(each.attributes))) for each in found)
    return [(each.item, each.action, each.name, each.attributes) for each in found]


def test_equal_datasets_have_no_changes(old: Path, new: Path) -> None:
    """Layers, labels, configs and documents are the same."""
    assert changes(old, new) == []


def test_built_dataset_equals_its_source(old: Path) -> None:
    """A published folder holds every label with its offsets, those of articles too, and the schema; texts or not."""
    dataset_folder.build(old)
    published = old.parent / "published"
    shutil.copytree(old / "dataset", published, ignore=shutil.ignore_patterns("raw"))
    text_free.write_text_free(old, old.parent / "bare")
    for folder in (published, old.parent / "bare"):
        assert changes(old, folder) == changes(folder, old) == []
    edit(old, DOCUMENT, lambda document: document["subject"].update(casualties=True))
    assert facts(published, old) == [("subject", "changed", ARTICLE, {"casualties": (False, True)})]


def test_lists_changes_of_every_kind_of_attribute(old: Path, new: Path) -> None:
    """A choice, several choices, a flag, a number, a text, references and a part."""

    def change(document: Any) -> None:
        document["mentions"][0] |= {"category": "WATER", "flooded": True}
        document["quotes"][0] |= {"speakers": ["m8", "WITNESS"], "verb": None}
        document["quotes"][1]["verb"] |= {"start": 644, "text": "old"}
        document["figures"][0] |= {"value": 2000.5, "sites": [], "said_in": "q1"}
        document["subject"] |= {"themes": ["warning", "rescue"], "note": "Unclear."}

    themes = json.loads((old / DOCUMENT).read_text(encoding="utf-8"))["subject"]["themes"]
    verbs = [{"start": 454, "end": 460, "text": "called"}, {"start": 643, "end": 647, "text": "told"}]
    edit(new, DOCUMENT, change)
    assert facts(old, new) == [
        ("mentions", "changed", "m1", {"category": ("PLACE", "WATER"), "flooded": (False, True)}),
        ("quotes", "changed", "q1", {"speakers": (["m7"], ["m8", "WITNESS"]), "verb": (verbs[0], None)}),
        ("quotes", "changed", "q2", {"verb": (verbs[1], {**verbs[1], "start": 644, "text": "old"})}),
        ("figures", "changed", "f1", {"value": (2000, 2000.5), "sites": (["m1"], []), "said_in": (None, "q1")}),
        ("subject", "changed", ARTICLE, {"themes": (themes, ["warning", "rescue"]), "note": (None, "Unclear.")}),
    ]


def reverse_layers(schema: Any) -> None:
    """Declare the layers in reverse order, so that each refers to later ones."""
    schema["properties"] = dict(reversed(schema["properties"].items()))


@pytest.mark.parametrize("declare", [lambda schema: None, reverse_layers])
def test_compares_references_by_what_they_refer_to(declare: Edit, old: Path, new: Path) -> None:
    """A renumbered label changes no label that refers to it, whichever layer the schema declares first."""

    def renumber(document: Any) -> None:
        text = strict_json.compact(document).replace('"m1"', '"m99"').replace('"q1"', '"q99"')
        document.update(json.loads(text))

    for root in (old, new):
        edit(root, SCHEMA, declare)
    edit(old, DOCUMENT, lambda document: document["figures"][0].update(said_in="q1"))
    edit(new, DOCUMENT, lambda document: document["figures"][0].update(said_in="q1"))
    edit(new, DOCUMENT, renumber)
    assert sorted(facts(old, new)) == [
        ("mentions", "renumbered", "m99", {"id": ("m1", "m99")}),
        ("quotes", "renumbered", "q99", {"id": ("q1", "q99")}),
    ]


@pytest.mark.parametrize("declare", [lambda schema: None, reverse_layers])
def test_pairs_labels_by_what_they_refer_to(declare: Edit, old: Path, new: Path) -> None:
    """Of two labels with one span, each is paired with that which means the same, whatever all of them are called."""

    def add(document: Any, first: str, second: str) -> None:
        figure = {**document["figures"][0], "sites": ["m1"]}
        document["figures"][:1] = [{**figure, "id": first}, {**figure, "id": second, "sites": ["m4"]}]

    def renumber(document: Any) -> None:
        text = strict_json.compact(document).replace('"m1"', '"m91"').replace('"m4"', '"m94"')
        document.update(json.loads(text))

    for root in (old, new):
        edit(root, SCHEMA, declare)
    edit(old, DOCUMENT, lambda document: add(document, "a", "b"))
    edit(new, DOCUMENT, lambda document: add(document, "b", "a"))
    edit(new, DOCUMENT, renumber)
    assert sorted(fact[1:3] for fact in facts(old, new)) == [
        ("renumbered", "a"), ("renumbered", "b"), ("renumbered", "m91"), ("renumbered", "m94"),
    ]  # fmt: skip


def test_compares_references_within_a_layer(old: Path, new: Path) -> None:
    """A label that refers to another of its own layer is unchanged if only the id of that one is new."""

    def declare(schema: Any) -> None:
        node = {"x-attribute": {"kind": "reference", "to": ["quotes"], "draw": "out"}, "$ref": "#/$defs/reference"}
        schema["$defs"]["quote"]["properties"]["answers"] = node

    for root in (old, new):
        edit(root, SCHEMA, declare)
        edit(root, DOCUMENT, lambda document: document["quotes"][2].update(answers="q1"))
    edit(new, DOCUMENT, lambda document: document["quotes"][0].update(id="q99"))
    edit(new, DOCUMENT, lambda document: document["quotes"][2].update(answers="q99"))
    assert facts(old, new) == [("quotes", "renumbered", "q99", {"id": ("q1", "q99")})]
    edit(new, DOCUMENT, lambda document: document["quotes"][2].update(answers="q2"))
    assert [fact[:3] for fact in facts(old, new)] == [("quotes", "renumbered", "q99"), ("quotes", "changed", "q3")]


def test_label_of_an_article_comes_and_goes(old: Path, new: Path) -> None:
    """It is added or removed with its layer, and named after the article."""

    def remove(document: Any) -> None:
        del document["subject"], document["status"]["subject"]

    subject = json.loads((old / DOCUMENT).read_text(encoding="utf-8"))["subject"]
    edit(new, DOCUMENT, remove)
    found = facts(old, new)
    assert found[0][:3] == ("layers", "removed", "subject")
    assert found[1:] == [("subject", "removed", ARTICLE, {key: (value, None) for key, value in subject.items()})]


@pytest.mark.parametrize("name", ["articles", "texts"])
def test_layer_with_the_name_of_another_item_is_told_from_it(name: str, old: Path, new: Path) -> None:
    """The version rule and the summary count changes of its labels as those of labels."""
    for path in (path for root in (old, new) for path in (root / SCHEMA, *(root / "annotations").glob("*/*.json"))):
        text = path.read_text(encoding="utf-8").replace('"subject":', f'"{name}":')
        path.write_text(text.replace("/subject", f"/{name}"), encoding="utf-8")
    edit(new, DOCUMENT, lambda document: document[name].update(casualties=True))
    [change] = changes(old, new)
    assert (change.item, change.name) == (f"layer {name}", ARTICLE)
    assert version_rule.change_level(change) is version_rule.Level.PATCH
    with snapshots.open_folder(old, "old") as before, snapshots.open_folder(new, "new") as after:
        summary = diff.summarize([change], diff.label_items(before, after))
    assert summary == {f"layer {name}": {"changed": 1}}


def test_renamed_label_in_several_choices_is_one_change(old: Path, new: Path) -> None:
    """With ``x-formerly``, the uses of a renamed label have not changed, alone or in a list."""

    def rename(schema: Any) -> None:
        for definition in (schema["$defs"]["theme"], schema["$defs"]["mention"]["properties"]["category"]):
            label = definition["oneOf"][0]
            label |= {"const": f"{label['const']}_new", "x-formerly": label["const"]}

    names = [("subject.themes", "warning"), ("mentions.category", "PERSON")]
    edit(new, SCHEMA, rename)
    for path in (new / "annotations").glob("*/*.json"):
        text = path.read_text(encoding="utf-8")
        for _, name in names:
            text = text.replace(f'"{name}"', f'"{name}_new"')
        path.write_text(text, encoding="utf-8")
    links = new / "annotations/links.tsv"
    links.write_text(links.read_text(encoding="utf-8").replace("\tPERSON\t", "\tPERSON_new\t"), encoding="utf-8")
    found = [each for each in changes(old, new) if each.item not in ("links", "columns")]
    assert [(each.action, each.name, each.attributes) for each in found if each.action == "renamed"] == [
        ("renamed", f"{label_set}.{name}_new", {"name": (name, f"{name}_new")}) for label_set, name in reversed(names)
    ]
    assert {each.item for each in found} == {"labels"}


def test_order_of_classes_is_a_change_of_columns(old: Path, new: Path) -> None:
    """Class numbers follow the order of labels; those of an attribute that is no class have none."""

    def swap(definition: str, key: str) -> Edit:
        def change(schema: Any) -> None:
            labels = schema["$defs"][definition]["properties"][key]["oneOf"]
            labels[0], labels[1] = labels[1], labels[0]

        return change

    edit(new, SCHEMA, swap("figure", "unit"))
    assert changes(old, new) == []
    edit(new, SCHEMA, swap("figure", "measure"))
    [change] = changes(old, new)
    assert (change.item, change.action, change.name) == ("columns", "changed", "figures.label")


def test_layers_and_attributes_are_configs_and_columns(old: Path, new: Path) -> None:
    """A layer that is no longer declared takes its config with it, and columns of the others."""

    def remove(schema: Any) -> None:
        del schema["properties"]["subject"], schema["$defs"]["subject"], schema["$defs"]["theme"]
        del schema["$defs"]["figure"]["properties"]["estimate"]
        schema["$defs"]["figure"]["required"].remove("estimate")

    edit(new, SCHEMA, remove)
    for path in (new / "annotations").glob("*/*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        del document["subject"], document["status"]["subject"]
        for figure in document["figures"]:
            del figure["estimate"]
        path.write_text(strict_json.pretty(document), encoding="utf-8")
    found = {(each.item, each.name) for each in changes(old, new) if each.item in ("configs", "columns")}
    assert found == {
        ("configs", "subjects"),
        *(("columns", f"{config}.subject") for config in ("articles", "annotations")),
        *(("columns", f"{config}.figures.estimate") for config in ("articles", "annotations")),
        ("columns", "articles.status.subject"),
        ("columns", "articles.annotator_kinds.subject"),
        ("columns", "annotations.status.subject"),
        ("columns", "figures.estimate"),
    }


def test_compares_datasets_with_different_layers(old: Path) -> None:
    """Layers of either side are listed, those of the new one first."""
    floods = declared.annotation_schema((old / SCHEMA).read_text(encoding="utf-8"))
    first = first_format.annotation_schema()
    comparison = LabelComparison(first, floods, {})
    own = tuple(floods.layers)
    assert comparison.layers == ("zones", *own, "entities", "claims", "stances")
    assert set(comparison.referenced_first) == set(comparison.layers)
    assert comparison.references["quotes"] == ("speakers",)
    assert comparison.references["stances"] == ("holder", "target")
