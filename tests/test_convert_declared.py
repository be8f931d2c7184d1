"""``convert`` and ``ingest`` with the schema of the dataset they work on: its layers and attributes, or none."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pactwire.cli import convert as convert_commands
from pactwire.cli import ingest as ingest_commands
from pactwire.convert import export_writers, exporting, import_files, import_reader, importing
from pactwire.convert.corpus_mapping import corpus_mapping, similar_label
from pactwire.convert.export_result import ExportResult
from pactwire.convert.import_conversion import ImportSettings
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.importing import ImportResult
from pactwire.convert.label_layer import LabelLayer
from pactwire.convert.mapping import mention_layer
from pactwire.convert.mapping_file import parse_mapping, read_mapping
from pactwire.corpus import articles, corpus
from pactwire.corpus.schema_file import SCHEMA_FILE, parse_schema, read_schema
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.model.labels import document_labels
from pactwire.model.records import Annotator
from pactwire.model.schema import AnnotationSchema
from pactwire.text import bio_tags
from pactwire.validation import validate
from support.floods import FLOODS, copy_floods
from support.mentions import with_schema
from support.news import SCHEMA
from support.renaming import without_digests
from test_renaming import pair

FORMS = sorted(export_writers.FILE_NAME_PATTERNS)
LINE_FORMATS = ("conll", "gliner")
"""The formats that have layers of names alone."""
LINK_FORMATS = ("brat", "spacy")
"""The formats that have links."""
ATTRIBUTE_FORMATS = ("brat",)
"""The formats that have other attributes."""
TEXT_FORMS = sorted(set(FORMS) - {"spacy"})
SETTINGS = ImportSettings(
    Annotator(id="ana", kind="human", name=None, version=None), "draft", "1.0", "unknown", "en", "2024-01-01T00:00:00Z"
)
WHO = ("--annotator", "ana", "--kind", "human")


def floods_root(tmp_path: Path, name: str = "floods") -> Path:
    """Copy the dataset about floods."""
    (tmp_path / name).mkdir()
    return copy_floods(tmp_path / name)


def bare_root(tmp_path: Path, change: Callable[[Any], None] = lambda _: None) -> Path:
    """Make a folder with nothing but the schema of the dataset about floods, changed."""
    declaration = json.loads((FLOODS / SCHEMA_FILE).read_text("utf-8"))
    change(declaration)
    path = tmp_path / "bare" / SCHEMA_FILE
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(declaration), "utf-8")
    return tmp_path / "bare"


def no_names(declaration: Any) -> None:
    """Say of no layer that its labels are names."""
    del declaration["properties"]["mentions"]["x-layer"]["names"]


def without_mentions(declaration: Any) -> None:
    """Leave only the layer of articles."""
    declaration["properties"] = {"subject": declaration["properties"]["subject"]}
    for name in ("mention", "quote", "figure"):
        del declaration["$defs"][name]


def floods_schema(change: Callable[[Any], None] = lambda _: None) -> AnnotationSchema:
    """Return the schema of the dataset about floods, changed."""
    declaration = json.loads((FLOODS / SCHEMA_FILE).read_text("utf-8"))
    change(declaration)
    return parse_schema(declaration)


def import_brat(folder: Path, out: Path, mapping: Path | None = None) -> ImportResult:
    """Import a folder of brat files."""
    labels = read_mapping(mapping, read_schema(out), "brat")
    paths, _ = import_files.find_files("brat", [folder], [])
    options = ReaderOptions(attributes=frozenset(labels.attributes))
    documents = import_reader.read_documents("brat", paths, [folder], options)
    return importing.import_mentions(documents, out, "x", "ana", SETTINGS, labels)


# --- other layers


@pytest.mark.parametrize("form", FORMS)
def test_exports_mentions_with_their_declared_class(form: str, tmp_path: Path) -> None:
    """All labels of the layer of names are written or counted, and all other layers are counted by name."""
    if form == "spacy":
        pytest.importorskip("spacy")
    root = floods_root(tmp_path)
    result = exporting.export_documents(form, root, "final", tmp_path / "out")
    documents: list[Any] = [each.document for each in corpus.load_corpus(root).documents if each.annotator == "final"]
    counts = {layer: sum(len(doc.get(layer, ())) for doc in documents) for layer in ("mentions", "quotes", "figures")}
    assert min(counts.values()) > 9
    assert result.documents == len(documents) == 12
    if form == "webannotation":
        assert result.labels == sum(counts.values()) + len(documents)
        assert +result.omitted == {"splits and stories of articles": len(documents)}
        return
    held = ("mentions",) if form in LINE_FORMATS else tuple(counts)
    assert result.labels == sum(counts[name] for name in held)
    for name in ("quotes", "figures"):
        assert result.omitted[name] == (0 if name in held else counts[name])
    assert result.omitted["subject"] == len(documents)
    labels: list[Any] = [doc["mentions"] for doc in documents]
    written = [label for each in labels for label in (bio_tags.outermost(each) if form == "conll" else each)]
    flooded = sum(each["flooded"] for each in written)
    assert result.omitted["values of mentions.flooded"] == (0 if form in ATTRIBUTE_FORMATS else flooded)
    assert result.omitted["values of mentions.referent"] == (0 if form in LINK_FORMATS else len(written))
    is_counted = "figures" in held and form not in ATTRIBUTE_FORMATS
    assert result.omitted["values of figures.value"] == (counts["figures"] if is_counted else 0)


def test_brat_round_trip_keeps_every_layer_of_spans(tmp_path: Path) -> None:
    """Classes, links, flags, numbers, references, parties and parts of another dataset survive."""
    root = floods_root(tmp_path)
    exporting.export_documents("brat", root, "final", tmp_path / "brat")
    lines = "".join(path.read_text("utf-8") for path in sorted((tmp_path / "brat").glob("*.ann")))
    for line in (
        "A[0-9]+\tFlooded T[0-9]+",
        "A[0-9]+\tValue T[0-9]+ [0-9.]+",
        "R[0-9]+\tSpeakers Arg1:T[0-9]+ Arg2:T[0-9]+",
    ):
        assert re.search(f"^{line}$", lines, re.M)
    assert "\tReference T1 NIL:" in lines
    out = bare_root(tmp_path)
    result = import_brat(tmp_path / "brat", out)
    assert (result.log.issues, dict(+result.log.omitted), result.log.repairs) == ([], {}, [])
    assert {issue.code for issue in validate.validate_dataset(out)} == {"split-missing"}
    there: Any = {each.document["article"]: each.document for each in corpus.load_corpus(out).documents}
    layers = ("mentions", "quotes", "figures")
    for document in (each.document for each in corpus.load_corpus(root).documents if each.annotator == "final"):
        wanted: Any = document
        read_back = there[document["article"]]
        assert {name: bare(read_back, name) for name in layers} == {name: bare(wanted, name) for name in layers}
        assert list(read_back["status"]) == [
            "zones",
            *(name for name in layers if wanted.get(name) or name == layers[0]),
        ]


def bare(document: Any, layer: str) -> list[Any]:
    """Return the labels of a layer by place, without annotators, and with places instead of ids."""
    places = {
        label["id"]: [label["start"], label["end"], name]
        for name in ("mentions", "quotes", "figures")
        for label in document.get(name, [])
    }

    def resolved(value: Any) -> Any:
        if isinstance(value, list):
            return [resolved(each) for each in value]
        return places.get(value, value) if isinstance(value, str) else value

    kept = [
        {key: resolved(value) for key, value in label.items() if key not in ("id", "by")}
        for label in document.get(layer, [])
    ]
    return sorted(kept, key=lambda label: (label["start"], label["end"], strict_json.compact(label)))


def test_pages_keep_every_declared_layer(tmp_path: Path) -> None:
    """Quotes with parts and references, numbers and the labels of whole articles come back unchanged."""
    root, out = floods_root(tmp_path), bare_root(tmp_path)
    exporting.export_documents("webannotation", root, "final", tmp_path / "pages")
    paths, _ = import_files.find_files("webannotation", [tmp_path / "pages"], [])
    result = importing.import_pages(paths, [tmp_path / "pages"], out, "x", "unknown")
    assert (result.log.issues, result.log.repairs) == ([], [])
    documents = {each.document["article"]: each.document for each in corpus.load_corpus(out).documents}
    wanted = {
        each.document["article"]: each.document
        for each in corpus.load_corpus(root).documents
        if each.annotator == "final"
    }
    assert documents == wanted
    assert [list(documents[key]) for key in wanted] == [list(wanted[key]) for key in wanted]


def test_refuses_pages_of_a_dataset_with_other_layers(tmp_path: Path) -> None:
    """Each layer that the schema lacks is named, and nothing is written."""
    exporting.export_documents("webannotation", floods_root(tmp_path), "final", tmp_path / "pages")
    paths, _ = import_files.find_files("webannotation", [tmp_path / "pages"], [])
    result = importing.import_pages(paths, [tmp_path / "pages"], with_schema(tmp_path / "new"), "x", "unknown")
    assert {issue.code for issue in result.log.issues} == {"schema", "convert-page"}
    assert {issue.message.partition(";")[0] for issue in result.log.issues} >= {
        f"unknown property '{layer}'" for layer in ("mentions", "quotes", "figures", "subject")
    }
    assert (result.written, list((tmp_path / "new").rglob("annotations"))) == ([], [])


def brat_names(schema: AnnotationSchema) -> list[str]:
    """Return what brat calls the layers and attributes of a schema, in its order."""
    own = [name for layer in schema.span_layers for name in (layer.label, *(each.name for each in layer.attributes))]
    return ["".join(map(str.capitalize, re.split("[_ ]", name))) for name in own]


@pytest.mark.parametrize("form", TEXT_FORMS)
def test_exports_no_name_of_the_schema(form: str, tmp_path: Path) -> None:
    """With everything renamed in the schema, files and counts are the same up to names."""
    old, new, renaming = pair("base", tmp_path)
    results = [
        exporting.export_documents(form, root, "final", tmp_path / form / root.parent.name) for root in (old, new)
    ]
    names = list(zip(*(brat_names(read_schema(root)) for root in (old, new)), strict=True))
    folders = [tmp_path / form / root.parent.name for root in (old, new)]
    for name in results[0].written:
        text = (folders[1] / name).read_text("utf-8")
        for old_name, new_name in names:
            text = re.sub(rf"(?<![^\W_]){new_name}(?![^\W_])", old_name, text)
        assert renaming.translated_back(text) == without_digests((folders[0] / name).read_text("utf-8")), name
    losses = [strict_json.pretty({**dict(+result.omitted), **dict(+result.notes)}) for result in results]
    assert renaming.translated_back(losses[1]) == losses[0]
    assert (folders[0] / results[0].written[0]).stat().st_size > 0


@pytest.mark.parametrize("form", ["conll", "gliner", "spacy", "spans", "table"])
def test_the_default_mapping_has_no_name_of_its_own(form: str, tmp_path: Path) -> None:
    """It is the same up to names, except for titles, which stay."""
    old, new, renaming = pair("floods", tmp_path)
    printed = [
        CliRunner().invoke(convert_commands.app, ["mapping", form, "--root", str(root)]).stdout for root in (old, new)
    ]
    assert len(printed[0]) > 500
    assert json.loads(renaming.translated_back(printed[1])) == json.loads(printed[0])


@pytest.mark.parametrize("name", ["base", "floods"])
def test_imports_no_name_of_the_schema(name: str, tmp_path: Path) -> None:
    """What brat has of two datasets that differ in names alone becomes the same documents and counts up to names."""
    old, new, renaming = pair(name, tmp_path)
    texts = []
    for root in (old, new):
        folder, out = tmp_path / "brat" / root.parent.name, tmp_path / "imported" / root.parent.name
        exporting.export_documents("brat", root, "final", folder)
        (out / SCHEMA_FILE).parent.mkdir(parents=True)
        shutil.copy(root / SCHEMA_FILE, out / SCHEMA_FILE)
        report = importing.import_report(import_brat(folder, out))
        documents = [path.read_text("utf-8") for path in sorted((out / "annotations" / "ana").glob("*.json"))]
        assert documents
        texts.append("".join([strict_json.pretty({**report, "examples": {}}), *documents]))
    assert renaming.translated_back(texts[1]) == without_digests(texts[0])


def test_several_layers_of_tokens_are_columns_of_conll(tmp_path: Path) -> None:
    """The mentions are in the last one; with all columns named, the labels of each layer come back."""

    def more_tokens(declaration: Any) -> None:
        declaration["properties"]["figures"]["x-layer"]["rows"] = "tokens"
        attributes = ("unit", "value", "sites", "said_in", "estimate")
        figure = declaration["$defs"]["figure"]
        figure["required"] = [each for each in figure["required"] if each not in attributes]

    root = floods_root(tmp_path)
    schema = floods_schema(more_tokens)
    (root / SCHEMA_FILE).write_text(strict_json.pretty(schema.declaration), "utf-8")
    result = exporting.export_documents("conll", root, "final", tmp_path / "conll")
    counts = {name: sum(len(document_labels(each.document, name)) for each in finals(root)) for name in schema.layers}
    assert result.labels == counts["mentions"] + counts["figures"]
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"annotated": ["mentions", "figures"]}')
    out = bare_root(tmp_path, more_tokens)
    args = ["from", "conll", str(tmp_path / "conll"), "--out", str(out), *WHO, "--column", "4", "--column", "5"]
    done = CliRunner().invoke(convert_commands.app, [*args, "--mapping", str(mapping), "--format", "json"])
    left = result.omitted["mentions nested in another or crossing it"] + result.omitted["mentions across lines"]
    report = json.loads(done.stdout)
    assert (report["issues"], report["counts"]["mentions taken"]) == ([], result.labels - left)
    documents = corpus.load_corpus(out).documents
    for name, key in (("mentions", "category"), ("figures", "measure")):
        read_back = sorted(str(label[key]) for each in documents for label in document_labels(each.document, name))
        labels = [bio_tags.outermost(document_labels(each.document, name)) for each in finals(root)]
        kept = sorted(str(each[key]) for own in labels for each in own if "\n" not in each["text"])
        assert read_back == kept


def finals(root: Path) -> list[Any]:
    """Return the final documents of a dataset, each with its place."""
    return [each for each in corpus.load_corpus(root).documents if each.annotator == "final"]


# --- types


def test_types_of_two_datasets_in_one_process() -> None:
    """Each mapping has the types of its own dataset."""
    names = ["PER", "pers", "PERSON", "Water", "LOC"]
    floods = ("PERSON", "PERSON", "PERSON", "WATER", None)
    assert tuple(similar_label(name, floods_schema()) for name in names) == floods
    assert tuple(similar_label(name, SCHEMA) for name in names) == ("PER", "PER", "PER", None, "LOC")
    value = {"types": {"A": "PER", "B": {"values": {"type": "GPE", "form": "adjective"}}}}
    found = parse_mapping(value, SCHEMA, "conll").find_type("B")
    assert found and found.values == {"type": "GPE", "form": "adjective"}
    with pytest.raises(DataError) as refused:
        parse_mapping(value, floods_schema(), "conll")
    assert [issue.record for issue in refused.value.issues] == ["types.A", "types.B.values.type", "types.B.values.form"]


def test_types_command_takes_the_schema_of_its_root(tmp_path: Path) -> None:
    """The same corpus has other types in another dataset."""
    (tmp_path / "a.conll").write_text("Kim B-PERS\n")
    for root, own in ((FLOODS, "PERSON"), (with_schema(tmp_path / "new"), "PER")):
        args = ["mapping", "conll", str(tmp_path / "a.conll"), "--root", str(root)]
        assert json.loads(CliRunner().invoke(convert_commands.app, args).stdout)["types"] == {"PERS": own}


def undecided(declaration: Any) -> None:
    """Add a choice without a default."""
    mention = declaration["$defs"]["mention"]
    mention["properties"]["role"] = {
        "title": "Role", "description": "Its part.", "x-attribute": {"kind": "choice"}, "type": "string",
        "oneOf": [{"const": name, "title": name, "description": "A part."} for name in ("victim", "helper")],
    }  # fmt: skip
    mention["required"].append("role")


def test_a_choice_without_default_needs_a_value(tmp_path: Path) -> None:
    """No label is invented: a type implies one, or an attribute has it, or the label is refused and counted."""
    path = tmp_path / "mapping.json"
    (tmp_path / "brat").mkdir()
    (tmp_path / "brat" / "a.txt").write_text("Kim met Xi")
    (tmp_path / "brat" / "a.ann").write_text("T1\tPERSON 0 3\tKim\nT2\tPERSON 8 10\tXi\nA1\tRole T2 victim\n")
    path.write_text('{"types": {"PERSON": {"values": {"category": "PERSON", "role": "helper"}}}}')
    out = bare_root(tmp_path, undecided)
    assert import_brat(tmp_path / "brat", out, path).log.issues == []
    [stored] = corpus.load_corpus(out).documents
    assert [label["role"] for label in stored.document["mentions"]] == ["helper", "victim"]  # type: ignore[typeddict-item]
    (tmp_path / "other").mkdir()
    result = import_brat(tmp_path / "brat", bare_root(tmp_path / "other", undecided))
    assert [(issue.line, issue.code, issue.message) for issue in result.log.issues] == [
        (1, "convert-value", "1 labels of mentions have no role, which they must have")
    ]
    assert (result.log.counts["mentions taken"], result.log.counts["mentions refused"]) == (1, 1)


def test_a_deprecated_type_is_not_mapped() -> None:
    """It keeps its place among the classes, and may not be in a document."""

    def deprecate(declaration: Any) -> None:
        declaration["$defs"]["mention"]["properties"]["category"]["oneOf"][0]["x-deprecated"] = True

    schema = floods_schema(deprecate)
    assert [name for name in parse_mapping({}, schema, "conll").types if name.isupper()] == ["AGENCY", "PLACE", "WATER"]
    proposed = corpus_mapping(schema, "conll", {"types": ["PERSON"], "attributes": [], "relations": []})
    assert proposed["types"] == {"PERSON": None}


# --- links


def test_links_are_what_their_attribute_allows(tmp_path: Path) -> None:
    """An id of another knowledge base is kept as it is written, also through brat."""

    def link_to_viaf(declaration: Any) -> None:
        declaration["$defs"]["referent"]["pattern"] = "^VIAF:[0-9]{1,9}(?![\\s\\S])"
        declaration["$defs"]["mention"]["properties"]["referent"]["x-attribute"] = {"kind": "link"}

    out = bare_root(tmp_path, link_to_viaf)
    (tmp_path / "brat").mkdir()
    (tmp_path / "brat" / "a.txt").write_text("Kim met Xi")
    (tmp_path / "brat" / "a.ann").write_text(
        "T1\tPERSON 0 3\tKim\nT2\tPERSON 8 10\tXi\n"
        "N1\tReference T1 VIAF:42\tKim\nN2\tReference T2 Wikidata:Q5\tXi\nN3\tReference T2 UMLS:C1\tXi\n"
    )
    result = import_brat(tmp_path / "brat", out)
    assert dict(+result.log.omitted) == {
        "links to 'UMLS' that the attribute referent doesn't allow": 1,
        "links that the attribute referent doesn't allow": 1,
    }  # fmt: skip
    [stored] = corpus.load_corpus(out).documents
    assert [label["referent"] for label in stored.document["mentions"]] == ["VIAF:42", None]  # type: ignore[typeddict-item]
    exporting.export_documents("brat", out, "ana", tmp_path / "back")
    [annotation] = (tmp_path / "back").glob("*.ann")
    assert "Reference T1 VIAF:42\tKim\n" in annotation.read_text()


def test_links_without_an_attribute_are_counted(tmp_path: Path) -> None:
    """A dataset whose mentions have no link imports them without it."""

    def unlink(declaration: Any) -> None:
        mention = declaration["$defs"]["mention"]
        del mention["properties"]["referent"]
        mention["required"].remove("referent")
        declaration["properties"]["mentions"]["x-layer"]["meaning"] = ["text"]

    (tmp_path / "a.conll").write_text("Kim B-PERSON Q1\n")
    args = ["from", "conll", str(tmp_path / "a.conll"), "--out", str(bare_root(tmp_path, unlink)), *WHO]
    done = CliRunner().invoke(convert_commands.app, [*args, "--column", "2", "--link", "3"])
    assert (done.exit_code, done.exception) == (0, None)
    assert "1 left out: links without an attribute for them, as in 'Q1'" in done.stdout


def test_a_link_also_matches_what_its_attribute_is_limited_to() -> None:
    """The pattern of `only` narrows that of the value."""

    def limit(declaration: Any) -> None:
        declaration["$defs"]["mention"]["properties"]["referent"]["x-attribute"]["only"] = "^NIL:x"

    schema = floods_schema(limit)
    layer = LabelLayer(schema, schema.layers["mentions"])
    assert [layer.allows(layer.layer.links[0], value) for value in ("NIL:xi", "NIL:kim", "Q1", None)] == [
        True,
        False,
        False,
        True,
    ]


def test_links_of_a_layer_without_names_have_no_type(tmp_path: Path) -> None:
    """The types of links.tsv are those of names."""
    (tmp_path / "a.conll").write_text("Kim B-PERSON kim\n")
    for name, change in (("names", lambda _: None), ("none", no_names)):
        (tmp_path / name).mkdir()
        out = bare_root(tmp_path / name, change)
        args = ["from", "conll", str(tmp_path / "a.conll"), "--out", str(out), *WHO, "--column", "2", "--link", "3"]
        done = CliRunner().invoke(convert_commands.app, args)
        assert (done.exit_code, done.exception) == (0, None)
        rows = (out / "annotations" / "links.tsv").read_text("utf-8").splitlines()
        assert [row.split("\t")[:3] for row in rows[1:]] == [["NIL:kim", "Kim", "PERSON" if name == "names" else ""]]
        assert {issue.code for issue in validate.validate_dataset(out)} == {"split-missing"}


def test_content_is_what_the_schema_says(tmp_path: Path) -> None:
    """A kind of zone that this dataset declares as content may have mentions, and is in the training texts."""

    def add_kind(declaration: Any) -> None:
        kind = {"const": "table", "title": "Table", "description": "A table.", "x-content": True}
        declaration["$defs"]["zone_kind"]["oneOf"].append(kind)

    root = bare_root(tmp_path, add_kind)
    text = "Kim met Xi.\nBoat: Ebbing"
    zone = {"start": 0, "end": 11, "kind": "body", "language": "en", "origin": "original", "by": ["page"]}
    bulk = {
        "id": "0" * 16, "text": text, "source_id": "a.txt", "license": "CC0",
        "zones": [{"id": "z1", **zone}, {"id": "z2", **zone, "start": 12, "end": 24, "kind": "table"}],
        "zones_by": {"id": "page", "kind": "rule", "name": None, "version": None},
    }  # fmt: skip
    identity = articles.article_id("a.txt", text)
    (root / "dataset" / "raw").mkdir(parents=True)
    (root / "dataset" / "raw" / "y.jsonl").write_text(json.dumps({**bulk, "id": identity}) + "\n")
    (tmp_path / "brat").mkdir()
    (tmp_path / "brat" / "a.txt").write_text(text)
    (tmp_path / "brat" / "a.ann").write_text("T1\tPLACE 18 24\tEbbing\n")
    assert import_brat(tmp_path / "brat", root).log.issues == []
    result = exporting.export_documents("conll", root, "ana", tmp_path / "out")
    assert "Ebbing" in (tmp_path / "out" / "unsplit.conll").read_text("utf-8")
    assert "texts of zones that are no content" not in +result.omitted


# --- what can't be done


@pytest.mark.parametrize("form", ["auto", "brat", "webannotation"])
@pytest.mark.parametrize("exists", [False, True])
def test_import_needs_a_schema(form: str, exists: bool, tmp_path: Path) -> None:
    """A folder without one is told about `pactwire init`, and nothing is written, not even a lock."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Kim")
    out = tmp_path / "out"
    if exists:
        out.mkdir()
    who = () if form == "webannotation" else WHO
    args = ["from", form, str(tmp_path / "in"), "--out", str(out), *who, "--report", str(tmp_path / "report.json")]
    with pytest.raises(DataError, match=r"annotation\.schema\.json:1: schema-missing: .*pactwire init"):
        CliRunner().invoke(convert_commands.app, args, catch_exceptions=False)
    assert [path.name for path in sorted(tmp_path.rglob("*"), key=lambda path: path.name)] == [
        "a.txt",
        "in",
        *(["out"] if exists else []),
    ]


def test_ingest_needs_a_schema(tmp_path: Path) -> None:
    """It refuses such a folder before it writes anything."""
    (tmp_path / "a.txt").write_text("Kim")
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match=r"annotation\.schema\.json:1: schema-missing: .*pactwire init"):
        args = ["ingest", str(tmp_path / "a.txt"), "--root", str(tmp_path / "out")]
        CliRunner().invoke(ingest_commands.app, args, catch_exceptions=False)
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["a.txt", "out"]


@pytest.mark.parametrize("form", FORMS)
def test_formats_of_mentions_need_a_layer_of_them(form: str, tmp_path: Path) -> None:
    """A dataset with labels of articles only is exported as pages; for the rest it gets an issue, and no folder."""
    root = bare_root(tmp_path, without_mentions)
    shutil.copytree(FLOODS / "dataset" / "raw", root / "dataset" / "raw")
    shutil.copy(FLOODS / "dataset" / "sources.jsonl", root / "dataset" / "sources.jsonl")
    for source in (FLOODS / "annotations" / "final").glob("*.json"):
        document = json.loads(source.read_text("utf-8"))
        layers = ("mentions", "quotes", "figures")
        document = {key: value for key, value in document.items() if key not in layers}
        document["status"] = {key: value for key, value in document["status"].items() if key not in layers}
        path = root / "annotations" / "final" / source.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(strict_json.pretty(document), "utf-8")
    if form == "webannotation":
        result: ExportResult = exporting.export_documents(form, root, "final", tmp_path / "out")
        assert (result.documents, result.labels, len(result.written)) == (12, 12, 24)
        return
    with pytest.raises(DataError) as refused:
        exporting.export_documents(form, root, "final", tmp_path / "out")
    assert [issue.code for issue in refused.value.issues] == ["layers-unsupported"]
    assert not (tmp_path / "out").exists()


def test_import_of_mentions_needs_a_layer_of_them(tmp_path: Path) -> None:
    """Without one, each type is an issue."""
    (tmp_path / "a.conll").write_text("Kim B-PERSON\n")
    root = bare_root(tmp_path, without_mentions)
    args = ["from", "conll", str(tmp_path / "a.conll"), "--out", str(root), *WHO]
    done = CliRunner().invoke(convert_commands.app, args)
    assert (done.exit_code, "a.conll:1: convert-type: the type 'PERSON' of 1 mentions" in done.stdout) == (1, True)


def test_import_fills_no_attribute_with_a_guess(tmp_path: Path) -> None:
    """A label that must have a number or a text is refused without it; each such attribute is named once."""

    def count(declaration: Any) -> None:
        mention = declaration["$defs"]["mention"]
        mention["properties"]["size"] = {"x-attribute": {"kind": "number"}, "type": "number"}
        mention["properties"]["remark"] = {"x-attribute": {"kind": "text"}, "type": "string", "minLength": 1}
        mention["required"] += ["size", "remark"]

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Kim met Xi")
    (tmp_path / "in" / "a.ann").write_text(
        "T1\tPERSON 0 3\tKim\nT2\tPERSON 8 10\tXi\nA1\tSize T2 2.5\n#1\tAnnotatorNotes T2\tsmall\nA2\tSize T1 big\n"
    )
    root = bare_root(tmp_path, count)
    result = import_brat(tmp_path / "in", root)
    assert [issue.message for issue in result.log.issues] == [
        f"1 labels of mentions have no {name}, which they must have" for name in ("remark", "size")
    ]
    assert +result.log.omitted == {"attributes 'Size'": 1}
    [stored] = corpus.load_corpus(root).documents
    assert [(label["size"], label["remark"]) for label in stored.document["mentions"]] == [(2.5, "small")]  # type: ignore[typeddict-item]


@pytest.mark.parametrize("form", TEXT_FORMS)
def test_types_of_two_words_are_one_where_a_format_has_words(form: str, tmp_path: Path) -> None:
    """brat and CoNLL write another type for the label; a mapping with a type of two words is refused before a file."""
    root = floods_root(tmp_path)
    for path in (root / SCHEMA_FILE, *(root / "annotations").glob("*/*.json")):
        path.write_text(path.read_text("utf-8").replace('"AGENCY"', '"RESCUE SERVICE"'), "utf-8")
    links = root / "annotations" / "links.tsv"
    links.write_text(links.read_text("utf-8").replace("\tAGENCY\t", "\tRESCUE SERVICE\t"), "utf-8")
    assert exporting.export_documents(form, root, "final", tmp_path / "out").written
    if form in ("brat", "conll"):
        files = [path.read_text("utf-8") for path in (tmp_path / "out").iterdir() if path.suffix in (".ann", ".conll")]
        assert any("RESCUE_SERVICE" in text for text in files)
        mapping = tmp_path / "mapping.json"
        mapping.write_text('{"types": {"RESCUE SERVICE": "RESCUE SERVICE"}}')
        with pytest.raises(DataError, match=r"convert-mapping: .* 'RESCUE SERVICE' "):
            exporting.export_documents(form, root, "final", tmp_path / "out2", mapping=mapping)
        assert not (tmp_path / "out2").exists()


def test_the_layer_of_mentions_is_that_of_names_or_of_tokens() -> None:
    """Names come first, wherever they are; without them it is the first layer whose rows are tokens."""

    def layer_of(change: Callable[[Any], None]) -> str:
        layer = mention_layer(floods_schema(change))
        assert layer
        return layer.name

    def swap(declaration: Any) -> None:
        properties = declaration["properties"]
        declaration["properties"] = {"figures": properties.pop("figures"), **properties}

    def swap_tokens(declaration: Any) -> None:
        declaration["properties"]["figures"]["x-layer"]["rows"] = "tokens"
        swap(declaration)

    def swap_without_names(declaration: Any) -> None:
        no_names(declaration)
        swap(declaration)

    def swap_tokens_without_names(declaration: Any) -> None:
        no_names(declaration)
        swap_tokens(declaration)

    assert [layer_of(change) for change in (no_names, swap_tokens, swap_without_names)] == ["mentions"] * 3
    assert layer_of(swap_tokens_without_names) == "figures"
