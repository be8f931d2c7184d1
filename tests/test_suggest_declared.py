"""Drafts of any layer of names: what a schema declares decides what a draft has, and no draft is invalid."""

import copy as copying
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import event, given

from conftest import Run, contents
from pactwire.corpus import corpus
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.corpus.tables import LinkRow
from pactwire.model.issues import DataError
from pactwire.model.json_schemas import tool_schema
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_flaws import schema_flaws
from pactwire.suggest import draft_writer
from pactwire.suggest.drafts import Suggester, draft_document, rule_labels
from pactwire.suggest.lexicon import LabeledArticle, learn_names
from pactwire.suggest.models import ModelSpan
from pactwire.suggest.name_layer import NameLayer, name_layer
from pactwire.text.tokens import tokenize
from pactwire.validation import integrity, validate
from support import schemas, strategies
from support.examples import examples
from support.floods import copy_floods
from support.news import SCHEMA
from support.schemas import Drawn
from support.strategies import LINKS
from test_suggest_models import Fixed

UNLABELED = ("4646b707109d1f8d", "962f72652589cfea", "c1085297ef373632")


def names_of(declaration: Any) -> NameLayer:
    """Return the layer of names of a declaration."""
    return cast("NameLayer", name_layer(AnnotationSchema(declaration)))


def _has_names(declaration: Any) -> bool:
    return any(node["x-layer"].get("names") for node in declaration["properties"].values())


@examples(50)
@given(schemas.drawn(schemas.declarations().filter(_has_names)))
def test_drafts_of_any_layer_of_names_are_valid(drawn: Drawn) -> None:
    """What a draft may have passes every check; where the schema needs more than that, no label is allowed."""
    layer = names_of(drawn.schema.declaration)
    text, words = drawn.article["source_text"], tokenize(drawn.article["source_text"])
    types = ["", *layer.class_attribute.label_names]
    rows = [
        LinkRow(link, words[number % len(words)]["text"] if words else "x", types[number % len(types)], "test")
        for number, link in enumerate(LINKS, 1)
    ]
    known = [LabeledArticle(drawn.article, drawn.zones, drawn.document)] if layer.name in drawn.document else []
    links = {row.link: row for row in rows}
    suggester = Suggester(learn_names(known, links, layer), links)
    labels = rule_labels(text, suggester.find_mentions(drawn.article, drawn.zones), layer)
    allowed = [label for label in labels if layer.allows(label)]
    draft = draft_document(drawn.article, drawn.zones, suggester, allowed, [])
    assert drawn.schema.explain(draft) == []
    assert integrity.check_document(draft, drawn.article, drawn.zones, drawn.schema, links, ()) == []
    form = layer.form.name if layer.form else ""
    if set(layer.unfilled) - {form}:  # a form may be that of a label in the document
        assert allowed == []
    elif not layer.unfilled and not drawn.schema.required_keys(layer.name) & {each.name for each in layer.layer.links}:
        assert allowed == labels
    event(f"{'some' if allowed else 'no'} labels")


# --- what the schema says


def changed(change: Callable[[Any], Any]) -> Any:
    """Return the declaration of this repository's dataset after a change to the definition of its names."""
    declaration = copying.deepcopy(SCHEMA.declaration)
    change(declaration["$defs"]["entity"])
    return declaration


def test_no_adjectives_where_the_schema_has_no_label_for_them() -> None:
    """Adjectives are made from places only if a choice has a label for them."""
    text, links = "українським міністром України", {"Q212": LinkRow("Q212", "Ukraine", "GPE", "test")}
    found = {}
    for name, declaration in {
        "with": SCHEMA.declaration,
        "without": changed(lambda node: node["properties"]["form"]["oneOf"][1].pop("x-names")),
    }.items():
        layer = names_of(declaration)
        suggester = Suggester(learn_names([], links, layer), links)
        mentions = suggester.find_mentions(strategies.article(text), strategies.body_zone(text, "uk"))
        found[name] = [(each["text"], each["form"]) for each in rule_labels(text, mentions, layer)]
    assert found == {"with": [("українським", "adjective"), ("України", "name")], "without": [("України", "name")]}


def test_only_rows_of_a_class_are_names() -> None:
    """Rows of links.tsv without a class, of a deprecated one, or with nothing but a remark are no names."""
    layer = names_of(changed(lambda node: node["properties"]["type"]["oneOf"][4].update({"x-deprecated": True})))
    rows = (("Q1", "Rome", "GPE"), ("Q2", "Oslo", ""), ("Q3", "War", "EVT"), ("Q4", "(unknown)", "GPE"))
    lexicon = learn_names([], {row[0]: LinkRow(*row, "test") for row in rows}, layer)
    assert [name.reading.link for name in lexicon.names.values()] == ["Q1"]


def test_link_of_another_attribute_is_not_that_of_a_name() -> None:
    """A row whose id the first link attribute does not allow is a name without a link."""
    layer = names_of(changed(lambda node: node["properties"]["link"]["x-attribute"].update(only="^NIL:")))
    lexicon = learn_names([], {"Q1": LinkRow("Q1", "Rome", "GPE", "test")}, layer)
    assert [name.reading.link for name in lexicon.names.values()] == [None]


def test_a_reference_or_link_is_never_blank_text() -> None:
    """What is unknown is the default, null, no values or false; the empty text is for texts alone."""

    def change(node: Any) -> None:
        node["required"] += ["who", "note", "sure"]
        node["properties"]["who"] = {"x-attribute": {"kind": "reference", "to": ["claims"]}, "type": "string"}
        node["properties"]["link"] = {"x-attribute": {"kind": "link"}, "type": "string"}
        node["properties"]["note"] = {"x-attribute": {"kind": "text"}, "type": "string"}
        node["properties"]["sure"] = {"x-attribute": {"kind": "flag"}, "type": "boolean"}

    layer = names_of(changed(change))
    assert layer.schema.blank_values("entities") == {"form": "name", "metonym_of": None, "note": "", "sure": False}
    assert layer.unfilled == ("who",)


def test_layer_on_the_page_is_drafted(checkout: Path) -> None:
    """The layer in docs/suggest.md has no flaw; a draft has its class, its link and what is blank, and no more."""
    page = (checkout / "docs/suggest.md").read_text(encoding="utf-8")
    declaration = {**tool_schema("envelope"), "$ref": "#/$defs/envelope", "unevaluatedProperties": False}
    declaration = {key: declaration[key] for key in ("$schema", "$ref", "unevaluatedProperties", "$defs")}
    declaration["properties"] = json.loads(page.partition("```json\n")[2].partition("```")[0])
    assert schema_flaws(declaration) == []
    layer = names_of(declaration)
    links = {"W1": LinkRow("W1", "Ana Brook", "WARDEN", "test"), "R1": LinkRow("R1", "Ebb", "WATER", "test")}
    text = "Warden Ana Brook says that the Ebb rises. Brook knows."
    suggester = Suggester(learn_names([], links, layer), links)
    mentions = suggester.find_mentions(strategies.article(text), strategies.body_zone(text, "en"))
    labels = layer.numbered(rule_labels(text, mentions, layer))
    assert [(label["id"], label["text"], label["kind"], label["code"], label["tidal"]) for label in labels] == [
        ("r1", "Ana Brook", "WARDEN", "W1", False), ("r2", "Ebb", "WATER", "R1", False),
        ("r3", "Brook", "WARDEN", "W1", False),
    ]  # fmt: skip
    assert layer.models == {"spacy": {"PER": "WARDEN"}, "gliner": {"person": "WARDEN"}}


# --- the command in a dataset with other layers


@pytest.fixture
def floods(tmp_path: Path) -> Path:
    """The dataset about floods, with three articles that have no labels."""
    root = copy_floods(tmp_path / "floods")
    for article in UNLABELED:
        for path in (root / "annotations").glob(f"*/{article}.json"):
            path.unlink()
    return root


def redeclare(root: Path, change: Callable[[Any], Any]) -> None:
    """Change the schema of a dataset."""
    path = root / SCHEMA_FILE
    declaration = json.loads(path.read_text(encoding="utf-8"))
    change(declaration)
    path.write_text(json.dumps(declaration, indent=2), encoding="utf-8")


def drafts(root: Path) -> dict[str, Any]:
    """Return the drafts of a dataset by article."""
    paths = sorted((root / "annotations/name-rules").glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def test_drafts_another_layer(floods: Path, run: Run) -> None:
    """Drafts have its ids and attributes, and pass every check; nearly all names of the final documents are found."""
    done = run("suggest", "--root", floods)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "37 mentions in these drafts, 37 with and 0 without a link" in done.stdout
    found = drafts(floods)
    assert sorted(found) == list(UNLABELED)
    first = found["962f72652589cfea"]["mentions"][0]
    assert first == {
        "id": "m1", "start": first["start"], "end": first["end"], "text": "River Ebbing", "category": "WATER",
        "referent": "NIL:ebbing", "flooded": False, "by": ["name-rules"],
    }  # fmt: skip
    assert all(draft["status"] == {"zones": "draft", "mentions": "draft"} for draft in found.values())
    assert validate.validate_dataset(floods) == []


def test_evaluation_has_columns_for_the_attributes(floods: Path, run: Run) -> None:
    """The class and the link are compared; what drafts do not know is not."""
    done = run("suggest", "--root", floods, "--leave-one-out", "--format", "json")
    assert done.returncode == 0, done.stdout
    total = json.loads(done.stdout.splitlines()[-1])
    assert {"same category", "same referent"} <= total.keys()
    assert "same flooded" not in total
    assert 0 < total["same category"] == total["same referent"] == total["exact"]


def test_needs_a_layer_of_names(floods: Path, run: Run) -> None:
    """Without one the command says how to declare it, and writes nothing."""
    redeclare(floods, lambda declaration: declaration["properties"]["mentions"]["x-layer"].pop("names"))
    before = contents(floods / "annotations")
    for options in ((), ("--leave-one-out",)):
        done = run("suggest", "--root", floods, *options)
        assert (done.returncode, len(done.stdout.splitlines())) == (1, 1)
        assert "suggest-layer" in done.stdout and 'write "names": true in the x-layer' in done.stdout
    assert contents(floods / "annotations") == before


def test_attributes_that_drafts_cannot_have_are_issues(floods: Path, run: Run) -> None:
    """Each is named at its line, and nothing is written."""

    def change(declaration: Any) -> None:
        node = declaration["$defs"]["mention"]
        node["required"] += ["depth", "quote"]
        node["properties"]["depth"] = {"x-attribute": {"kind": "number"}, "type": "number"}
        node["properties"]["quote"] = {
            "x-attribute": {"kind": "reference", "to": ["quotes"]},
            "$ref": "#/$defs/reference",
        }

    redeclare(floods, change)
    lines = [line.strip() for line in (floods / SCHEMA_FILE).read_text(encoding="utf-8").splitlines()]
    places = [lines.index(f'"{name}": {{') + 1 for name in ("depth", "quote")]
    before = contents(floods / "annotations")
    done = run("suggest", "--root", floods)
    assert done.returncode == 1
    assert [line.split(": every")[0] for line in done.stdout.splitlines()] == [
        f"{SCHEMA_FILE}:{place}: suggest-attribute" for place in places
    ]
    assert "every mention has depth" in done.stdout
    assert contents(floods / "annotations") == before


@pytest.mark.parametrize("form", ["text", "json"])
def test_drafts_that_the_schema_refuses_are_issues(form: str, floods: Path, run: Run) -> None:
    """A draft with fewer labels than the layer must have is not written; the others are."""
    redeclare(floods, lambda declaration: declaration["properties"]["mentions"].update(minItems=11))
    done = run("suggest", "--root", floods, "--format", form)
    assert done.returncode == 1
    assert "annotations/name-rules/c1085297ef373632.json" in done.stdout
    assert sorted(drafts(floods)) == list(UNLABELED[:2])


def test_without_known_names_says_where_they_come_from(floods: Path, run: Run) -> None:
    """A new dataset knows no names, so its drafts are empty, and nothing else would tell why."""
    for document in (floods / "annotations").glob("*/*.json"):
        document.unlink()
    links = floods / "annotations/links.tsv"
    links.write_text(links.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    printed = run("suggest", "--root", floods).stdout
    mentions, names = printed.splitlines()[1:]
    assert mentions.startswith("0 mentions in these drafts")
    assert names.startswith("known names are those of annotations/final, and the rows of annotations/links.tsv")


def test_labels_that_the_schema_refuses_are_left_out(floods: Path) -> None:
    """A name that only a model found has no link: it is left out and counted where a link can't be null."""
    model = Fixed(ModelSpan(0, 4, "PER"))
    data = corpus.load_corpus(floods)
    before = draft_writer.write_drafts(data, UNLABELED[1:2], model, False, lambda: None)
    assert (before.mentions["left out"], before.mentions["without link"]) == (0, before.model["new"])
    assert before.model["new"] > 0
    redeclare(
        floods,
        lambda declaration: declaration["$defs"]["mention"].update(
            {"not": {"properties": {"referent": {"type": "null"}}}}
        ),
    )
    (floods / f"annotations/m/{UNLABELED[1]}.json").unlink()
    data = corpus.load_corpus(floods)
    after = draft_writer.write_drafts(data, UNLABELED[1:2], model, False, lambda: None)
    assert after.mentions["left out"] == after.model["new"] == before.model["new"]
    assert after.mentions["drafted"] == after.mentions["with link"] == before.mentions["with link"]
    assert (floods / f"annotations/m/{UNLABELED[1]}.json").is_file()
    assert [issue for issue in validate.validate_dataset(floods) if "/m/" in issue.file] == []


def test_needs_labels_of_the_model(floods: Path) -> None:
    """Where no class names a label of such models, nothing is written."""

    def change(declaration: Any) -> None:
        for label in declaration["$defs"]["mention"]["properties"]["category"]["oneOf"]:
            del label["x-models"]["spacy"]

    redeclare(floods, change)
    before = contents(floods / "annotations")
    with pytest.raises(DataError, match="suggest-labels: no label of category says in x-models what spacy calls it"):
        draft_writer.write_drafts(corpus.load_corpus(floods), UNLABELED, Fixed(), False, lambda: None)
    assert contents(floods / "annotations") == before
