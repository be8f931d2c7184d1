"""The mapping of other formats to a dataset's layers: the default for any schema, and files with flaws."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from conftest import CHECKOUT
from pactwire.cli import convert as convert_commands
from pactwire.convert.attribute_values import AttributeConverter
from pactwire.convert.default_mapping import default_mapping
from pactwire.convert.label_layer import LabelLayer
from pactwire.convert.mapping_file import parse_mapping, read_mapping
from pactwire.convert.omissions import Omissions
from pactwire.corpus import corpus
from pactwire.corpus.schema_file import SCHEMA_FILE, read_schema
from pactwire.model.issues import DataError
from pactwire.model.layers import AttributeKind
from pactwire.model.schema import AnnotationSchema
from support import schemas
from support.examples import examples
from support.floods import FLOODS
from support.news import SCHEMA

FORMS = ("auto", "brat", "conll", "gliner", "spacy", "spans", "table")


@examples(60)
@given(schemas.declarations(), st.sampled_from(FORMS))
def test_the_default_is_a_mapping_like_any_other(declaration: Any, form: str) -> None:
    """For any schema it parses without flaws, names each class once, and leads back to what it names."""
    schema = AnnotationSchema(declaration)
    value = json.loads(json.dumps(default_mapping(schema, form)))
    mapping = parse_mapping(value, schema, form)
    assert mapping == parse_mapping({}, schema, form)
    for layer in mapping.layers:
        choice = layer.class_attribute
        for label in [each.name for each in choice.labels if not each.is_deprecated] if choice else []:
            name = mapping.type_name(layer.name, {choice.name: label} if choice else {})
            assert name
            found = mapping.find_type(name)
            assert found and found.layer is layer and found.values.items() <= {choice.name: label}.items()  # type: ignore[union-attr]
    for entries in mapping.relations.values():
        sides = [
            (each.layer.name, target)[:: 1 if each.starts_at_label else -1]
            for each in entries
            for target in each.attribute.target_layers
        ]
        assert len(sides) == len({*sides})
    if form == "brat":
        for layer in schema.span_layers:
            for attribute in layer.attributes:
                path = layer.name, attribute.name
                if attribute.kind == AttributeKind.PART:
                    assert mapping.part_name(*path) and mapping.relation_name(*path)
                elif attribute.target_layers:
                    assert mapping.relation_name(*path)
                else:
                    assert mapping.attribute_names(*path)
        names = {*mapping.types, *mapping.parts, *mapping.attributes, *mapping.relations}
        assert all(name.isascii() and not set(name) & set(" :|,[]<>\t") for name in names)


def test_the_type_that_says_most_is_written() -> None:
    """Of the types that a label could have, it is the one with the most labels, then the first."""
    value = {
        "types": {
            "COUNTRY": "GPE",
            "STATE": "GPE",
            "NATIONALITY": {"values": {"type": "GPE", "form": "adjective"}},
            "VIEW": {"layer": "stances"},
            "MONEY": None,
        }
    }
    mapping = parse_mapping(value, SCHEMA, "brat")
    assert mapping.type_name("entities", {"type": "GPE", "form": "adjective"}) == "NATIONALITY"
    assert mapping.type_name("entities", {"type": "GPE", "form": "name"}) == "COUNTRY"
    assert mapping.type_name("entities", {"type": "PER", "form": "name"}) is None
    assert mapping.type_name("stances", {"polarity": "favor"}) == "VIEW"
    assert [layer.name for layer in mapping.layers] == ["entities", "stances"]
    assert mapping.find_type("MONEY") is None
    with pytest.raises(KeyError):
        mapping.find_type("PER")


FLAWS: dict[str, tuple[Any, str]] = {
    "shape": ([], "is not of type"),
    "section": ({"type": {}}, "type"),
    "layer": ({"types": {"A": {"layer": "claim"}}}, "'claim' is no layer of spans of this dataset"),
    "article layer": ({"annotated": ["subject"]}, "'subject' is no layer of spans"),
    "label": ({"types": {"A": "PERS"}}, "'PERS' is no label of category; those are: PERSON, AGENCY"),
    "choice": ({"types": {"A": {"layer": "mentions", "values": {"referent": "x"}}}}, "has no attribute 'referent'"),
    "attribute": ({"attributes": {"A": ["quotes.verbs"]}}, "quotes has no attribute 'verbs' that can be here"),
    "part as attribute": ({"attributes": {"A": ["quotes.verb"]}}, "no attribute 'verb' that can be here"),
    "value": ({"attributes": {"A": [{"attribute": "quotes.manner", "value": "x"}]}}, "'x' is no label of manner"),
    "party": ({"attributes": {"A": [{"attribute": "quotes.speakers", "value": "X"}]}}, "those are: WITNESS, UNNAMED"),
    "labels": ({"attributes": {"A": [{"attribute": "figures.value", "labels": {"x": "y"}}]}}, "value has no labels"),
    "relation": ({"relations": {"A": ["quotes.manner"]}}, "no attribute 'manner' that can be here; these can: sp"),
    "from": ({"relations": {"A": [{"attribute": "quotes.speakers", "from": "here"}]}}, "here"),
    "part": ({"parts": {"A": ["quotes.manner"]}}, "these can: verb"),
    "part and type": ({"parts": {"PERSON": ["quotes.verb"]}}, "'PERSON' is also a type of labels"),
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS)
def test_each_flaw_of_a_mapping_is_an_issue(flaw: str, tmp_path: Path) -> None:
    """It names the place, and what could be there."""
    value, message = FLAWS[flaw]
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps(value, indent=1), "utf-8")
    with pytest.raises(DataError) as refused:
        read_mapping(path, read_schema(FLOODS), "brat")
    assert {issue.code for issue in refused.value.issues} == {"convert-mapping"}
    assert message in " ".join(issue.message for issue in refused.value.issues)
    assert refused.value.issues[0].file == path.as_posix()


def test_all_flaws_are_named_at_once_with_their_lines(tmp_path: Path) -> None:
    """Each at the line of its entry."""
    path = tmp_path / "mapping.json"
    path.write_text('{"types": {\n"A": "X",\n"B": null,\n"C": {"layer": "y"}}}', "utf-8")
    with pytest.raises(DataError) as refused:
        read_mapping(path, read_schema(FLOODS), "brat")
    assert [(issue.line, issue.record) for issue in refused.value.issues] == [
        (2, "types.A"),
        (4, "types.C.layer"),
    ]


# --- the example of docs/convert.md, and the commands


def documented_mapping() -> Any:
    """Return the example of the documentation."""
    page = (CHECKOUT / "docs/convert.md").read_text("utf-8")
    [example] = re.findall(r"```json\n(\{\n  \"types\".*?)```", page, re.S)
    return json.loads(example)


CORPUS = (
    "T1\tPERS 0 3\tAna\nT2\tQuote 10 14\tstay\nT3\tVerb 4 8\tsaid\nT4\tRIVER 18 22\tOder\nT5\tMONEY 23 24\t5\n"
    "T6\tBRIDGE 0 3\tAna\n"
    "A1\tFlooded T4\nA2\tManner T2 verbatim\nA3\tCall T2 order\nA4\tWitness T2\nA5\tConfidence T1 high\n"
    "R1\tSaidBy Arg1:T2 Arg2:T1\nR2\tSaidWith Arg1:T2 Arg2:T3\nR3\tKnows Arg1:T1 Arg2:T4\n"
    "N1\tReference T1 NIL:ana\tAna\nN2\tReference T4 NIL:oder\tOder\n"
)


def test_the_documented_mapping_does_what_it_says(tmp_path: Path) -> None:
    """Both ways with the same file: everything that it names comes back, the rest is counted by name."""
    mapping, root, corpus_folder = tmp_path / "mapping.json", tmp_path / "root", tmp_path / "corpus"
    (root / SCHEMA_FILE).parent.mkdir(parents=True)
    shutil.copy(FLOODS / SCHEMA_FILE, root / SCHEMA_FILE)
    corpus_folder.mkdir()
    (corpus_folder / "a.txt").write_text("Ana said: stay at Oder 5")
    (corpus_folder / "a.ann").write_text(CORPUS)
    mapping.write_text(json.dumps(documented_mapping()))
    args = ["--mapping", str(mapping), "--format", "json"]
    who = ["--out", str(root), "--annotator", "ana", "--kind", "human"]
    done = CliRunner().invoke(convert_commands.app, ["from", "brat", str(corpus_folder), *who, *args])
    report = json.loads(done.stdout)
    assert (report["issues"], done.exit_code) == ([], 0)
    assert report["left_out"] == {
        "attributes 'Confidence'": 1, "mentions of the type BRIDGE": 1, "mentions of the type MONEY": 1,
        "relations 'Knows'": 1,
    }  # fmt: skip
    [stored] = corpus.load_corpus(root).documents
    document: Any = stored.document
    [quote] = document["quotes"]
    assert (quote["speakers"], quote["manner"], quote["call"]) == (["T1", "WITNESS"], "direct", "order")
    assert quote["verb"] == {"start": 4, "end": 8, "text": "said"}
    assert [(label["category"], label["flooded"]) for label in document["mentions"]] == [
        ("PERSON", False), ("WATER", True),
    ]  # fmt: skip
    done = CliRunner().invoke(
        convert_commands.app,
        ["to", "brat", "--out", str(tmp_path / "out"), "--root", str(root), "--annotator", "ana", *args],
    )
    assert {name for name in json.loads(done.stdout)["lost"] if "values" in name} <= {
        "values of articles.license", "values of articles.source_id",
    }  # fmt: skip
    [annotation] = (tmp_path / "out").glob("*.ann")
    written = {line.partition("\t")[2] for line in annotation.read_text().splitlines()}
    original = {line.partition("\t")[2] for line in CORPUS.splitlines()}
    gone = {"MONEY 23 24\t5", "BRIDGE 0 3\tAna", "Confidence T1 high", "Knows Arg1:T1 Arg2:T4"}
    manner = {"Manner T2 verbatim", "Verb 4 8\tsaid", "SaidWith Arg1:T2 Arg2:T3"}
    assert original - gone - manner == {line for line in written if not line.startswith(("Verb", "SaidWith"))}


def test_texts_are_joined_as_far_as_the_schema_allows() -> None:
    """A text that would make the whole too long is counted, and those before it stay."""
    declaration = json.loads((FLOODS / SCHEMA_FILE).read_text("utf-8"))
    note = {
        "title": "Note",
        "description": "A note.",
        "x-attribute": {"kind": "text"},
        "type": "string",
        "maxLength": 5,
    }
    declaration["$defs"]["mention"]["properties"]["note"] = note
    schema = AnnotationSchema(declaration)
    omitted = Omissions()
    layer = LabelLayer(schema, schema.layers["mentions"])
    converter = AttributeConverter(layer, parse_mapping({}, schema, "brat"), omitted)
    assert converter.values({"note": ("ab", "cd", "ef")}) == {"note": "ab\ncd"}
    assert omitted == {"attributes 'note'": 1}


def test_a_document_that_the_schema_does_not_allow_is_not_written(tmp_path: Path) -> None:
    """Also for a rule of all values together, which no value breaks alone: here there are too many speakers."""
    mapping, root, corpus_folder = tmp_path / "mapping.json", tmp_path / "root", tmp_path / "corpus"
    declaration = json.loads((FLOODS / SCHEMA_FILE).read_text("utf-8"))
    declaration["$defs"]["quote"]["properties"]["speakers"]["maxItems"] = 1
    (root / SCHEMA_FILE).parent.mkdir(parents=True)
    (root / SCHEMA_FILE).write_text(json.dumps(declaration), "utf-8")
    corpus_folder.mkdir()
    (corpus_folder / "a.txt").write_text("Ana said: stay at Oder 5")
    (corpus_folder / "a.ann").write_text(CORPUS)
    mapping.write_text(json.dumps(documented_mapping()))
    args = ["from", "brat", str(corpus_folder), "--out", str(root), "--annotator", "ana", "--kind", "human"]
    done = CliRunner().invoke(convert_commands.app, [*args, "--mapping", str(mapping), "--format", "json"])
    [issue] = json.loads(done.stdout)["issues"]
    assert (issue["code"], issue["record"], done.exit_code) == ("schema", "quotes[0].speakers", 1)
    assert not list(corpus.load_corpus(root).documents)


def test_a_mapping_of_a_corpus_names_all_that_it_has(tmp_path: Path) -> None:
    """Types, parts, attributes and relations; what is named like the dataset's is filled in, and the file is valid."""
    (tmp_path / "a.txt").write_text("Ana said: stay at Oder 5")
    (tmp_path / "a.ann").write_text(CORPUS.replace("SaidBy", "Speakers").replace("\tVerb 4", "\tVERB 4"))
    args = ["mapping", "brat", str(tmp_path), "--root", str(FLOODS)]
    done = CliRunner().invoke(convert_commands.app, args, catch_exceptions=False)
    value = json.loads(done.stdout)
    assert value == {
        "types": {"BRIDGE": None, "MONEY": None, "PERS": "PERSON", "Quote": {"layer": "quotes"}, "RIVER": None},
        "parts": {"VERB": ["quotes.verb"]},
        "attributes": {
            "Call": ["quotes.call"], "Confidence": [], "Flooded": ["mentions.flooded"], "Manner": ["quotes.manner"],
            "Witness": [], "link": ["mentions.referent"],
        },
        "relations": {"Knows": [], "SaidWith": [], "Speakers": [{"attribute": "quotes.speakers", "from": "target"}]},
        "annotated": ["mentions"],
    }  # fmt: skip
    parse_mapping(value, read_schema(FLOODS), "brat")
    assert "1 relations Knows" in done.stderr.splitlines()


ABOUT = {"focus": "impact", "themes": ["rescue"], "casualties": True, "note": "short"}
CORPORA: dict[str, Any] = {
    "spans": {"text": "Ana said: stay", "spans": [{"start": 0, "end": 3, "label": "PERSON"}], **ABOUT},
    "auto": {
        "text": "Ana said: stay", "tokens": [], "ents": [{"start": 0, "end": 3, "label": "PERSON"}],
        "spans": {"quote": [{"start": 10, "end": 14, "label": "order"}]},
    },
}  # fmt: skip
"""Records with labels of the whole article, and with a group of spans that is a layer of its own."""


def taken(form: str, source: Path, root: Path, *args: str) -> tuple[list[Any], Any]:
    """Import a corpus into a new folder with the schema about floods; return the labels by document, and the counts."""
    (root / SCHEMA_FILE).parent.mkdir(parents=True)
    shutil.copy(FLOODS / SCHEMA_FILE, root / SCHEMA_FILE)
    command = ["from", form, str(source), "--out", str(root), "--annotator", "ana", "--kind", "human", *args]
    done = CliRunner().invoke(convert_commands.app, [*command, "--format", "json"], catch_exceptions=False)
    documents: list[Any] = [stored.document for stored in corpus.load_corpus(root).documents]
    names = read_schema(FLOODS).layers
    return [{name: document.get(name) for name in names} for document in documents], json.loads(done.stdout)["counts"]


@pytest.mark.parametrize("form", ["brat", *CORPORA])
def test_the_mapping_of_a_corpus_takes_what_none_takes(form: str, tmp_path: Path) -> None:
    """Printed for a corpus and not edited, it imports the same: also labels of whole articles and other layers."""
    source, mapping = tmp_path / "corpus", tmp_path / "mapping.json"
    source.mkdir()
    if form in CORPORA:
        (source / "a.jsonl").write_text(json.dumps(CORPORA[form]) + "\n")
    else:
        args = ["to", form, "--out", str(source), "--root", str(FLOODS), "--annotator", "final"]
        CliRunner().invoke(convert_commands.app, args, catch_exceptions=False)
    command = ["mapping", form, str(source), "--root", str(FLOODS)]
    mapping.write_text(CliRunner().invoke(convert_commands.app, command, catch_exceptions=False).stdout)
    documents, counts = taken(form, source, tmp_path / "plain")
    assert documents and counts["mentions"] >= len(CORPORA.get(form, {}).get("spans", ()))
    if form == "spans":
        assert documents[0]["subject"] == {**ABOUT, "by": ["ana"]}
    assert taken(form, source, tmp_path / "mapped", "--mapping", str(mapping)) == (documents, counts)


@pytest.mark.parametrize("form", FORMS)
def test_the_command_prints_the_default(form: str) -> None:
    """It is the file that a mapping without a file is."""
    done = CliRunner().invoke(convert_commands.app, ["mapping", form, "--root", str(FLOODS)])
    schema = read_schema(FLOODS)
    assert parse_mapping(json.loads(done.stdout), schema, form) == parse_mapping({}, schema, form)
