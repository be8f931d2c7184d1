"""``convert from --draft-schema``: a schema by which a corpus is imported with nothing left out, from every format."""

import json
import re
import string
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pactwire.cli.main import app
from pactwire.convert import draft_names, import_files, import_reader, importing
from pactwire.convert.corpus_profile import MAX_LABELS, CorpusProfile
from pactwire.convert.formats.conll import ConllColumns
from pactwire.convert.import_conversion import ImportSettings
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.importing import ImportResult
from pactwire.convert.mapping_file import parse_mapping
from pactwire.convert.schema_draft import draft_schema
from pactwire.corpus import corpus
from pactwire.corpus.schema_file import SCHEMA_FILE, parse_schema, read_schema
from pactwire.labelstudio import readiness
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.model.layers import AttributeKind
from pactwire.model.records import Annotator
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files
from pactwire.validation import validate

SETTINGS = ImportSettings(
    Annotator(id="team", kind="human", name=None, version=None), "draft", "0.0", "unknown", "en", "2024-01-01T00:00:00Z"
)
WHO = ("--annotator", "team", "--kind", "human")
TREEBANK: Final = (
    "# newdoc id = d1\n# genre = news\n# sent_id = s1\n# text = Kim met du Xi\n"
    "1\tKim\tKim\tPROPN\tNNP\tNumber=Sing\t2\tnsubj\t_\tEntity=(e1-person-1-Q1)\n"
    "2\tmet\tmeet\tVERB\tVBD\t_\t0\troot\t_\t_\n"
    "3-4\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "3\tde\tde\tADP\t_\t_\t5\tcase\t_\t_\n"
    "4\tle\tle\tDET\t_\t_\t5\tdet\t_\t_\n"
    "4.1\tnobody\tnobody\tPRON\t_\t_\t_\t_\t2:obj\t_\n"
    "5\tXi\tXi\tPROPN\tNNP\tNumber=Sing\t2\tobj\t_\tEntity=(e2-person-1-)\n\n"
)
ONTONOTES: Final = (
    "#begin document (nw/a); part 000\n"
    "nw/a 0 0 Kim NNP (TOP(S(NP*) - - - spk (PERSON) (ARG0*) (1)\nnw/a 0 1 met VBD (VP* meet 01 1 spk * (V*) -\n"
    "nw/a 0 2 Xi NNP (NP*)))) - - - spk (PERSON) (ARG1*) (2)\n\n#end document\n"
)
WEBANNO: Final = (
    "#FORMAT=WebAnno TSV 3.2\n#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value\n"
    "#T_SP=webanno.custom.Mood|kind\n\n\n#Text=Kim met Xi.\n1-1\t0-3\tKim\t_\tPER\tglad\n1-2\t4-7\tmet\t_\t_\t_\n"
    "1-3\t8-10\tXi\t_\tPER\tsad\n1-4\t10-11\t.\t_\t_\t_\n"
)
SPACY: Final = {
    "text": "Kim met Xi.", "ents": [{"start": 0, "end": 3, "label": "PER", "kb_id": "Q1"}],
    "spans": {"sc": [{"start": 0, "end": 7, "label": "FACT"}]}, "cats": {"politics": 0.75, "sport": 0.25},
    "tokens": [
        {"id": 0, "start": 0, "end": 3, "tag": "NNP", "pos": "PROPN", "lemma": "Kim", "dep": "nsubj", "head": 1},
        {"id": 1, "start": 4, "end": 7, "tag": "VBD", "pos": "VERB", "lemma": "meet", "dep": "ROOT", "head": 1},
    ],
}  # fmt: skip
_REGION: Final = {"from_name": "label", "to_name": "text", "type": "labels"}
STUDIO: Final = [{
    "id": 1, "data": {"text": "Kim met Xi.", "genre": "news"},
    "annotations": [{
        "id": 7, "completed_by": 1, "result": [
            {"id": "a", **_REGION, "value": {"start": 0, "end": 3, "text": "Kim", "labels": ["PER"]},
             "meta": {"text": ["a note"]}},
            {"id": "b", **_REGION, "value": {"start": 8, "end": 10, "text": "Xi", "labels": ["PER"]}},
            {"id": "a", "from_name": "sure", "to_name": "text", "type": "choices",
             "value": {"start": 0, "end": 3, "text": "Kim", "choices": ["yes"]}},
            {"id": "b", "from_name": "why", "to_name": "text", "type": "textarea",
             "value": {"start": 8, "end": 10, "text": ["he is", "a person"]}},
            {"id": "c", "from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["a", "b"]}},
            {"id": "d", "from_name": "stars", "to_name": "text", "type": "rating", "value": {"rating": 4}},
            {"from_id": "a", "to_id": "b", "type": "relation", "direction": "bi", "labels": ["met"]},
        ],
    }],
}]  # fmt: skip
BRAT: Final = (
    "T1\tPER 0 3\tKim\nT2\tPER 8 10\tXi\nT3\tMeet 4 7\tmet\nE1\tMeet:T3 Who:T1 Who2:T2\nR1\tKnows Arg1:T1 Arg2:T2\n"
    "A1\tNegated E1\nA2\tSure T1 very\nN1\tReference T1 Wikidata:Q1\tKim\n#1\tAnnotatorNotes T1\tone\n"
    "#2\tAnnotatorNotes T1\ttwo\n*\tEquiv T1 T2 E1\n"
)
CORPORA: Final[dict[str, dict[str, Any]]] = {
    "brat": {"a.txt": "Kim met Xi.", "a.ann": BRAT},
    "conll": {"a.conll": "-DOCSTART- -X- -X- O\n\nKim NNP I-NP B-PER\nmet VBD I-VP O\n\n"},
    "conllu": {"a.conllu": TREEBANK},
    "ontonotes": {"a.gold_conll": ONTONOTES},
    "webanno": {"a.tsv": WEBANNO},
    "spacy": {"a.json": SPACY},
    "spacy-pairs": {"a.json": [["Kim met.", {"entities": [[0, 3, "PER"]], "genre": "news"}]]},
    "studio": {"a.json": STUDIO},
    "spans": {"a.jsonl": {
        "text": "Kim met Xi.", "topic": "war", "meta": {"page": 3, "title": "On Kim"}, "tags": ["a", "b"],
        "urgent": True, "spans": [{"start": 0, "end": 3, "label": "PER", "score": 0.5, "sure": True}, [8, 10, "PER"]],
    }},
    "links": {"a.jsonl": {"text": "Kim met Xi.", "spans": [
        {"start": 0, "end": 3, "label": "PER", "link": ["Q1", "Q2"]},
        {"start": 8, "end": 10, "label": "PER", "link": "NIL"},
    ]}},
    "tokens": {"a.jsonl": {"tokens": ["Kim", "met"], "ner_tags": ["B-PER", "O"], "pos_tags": ["NNP", "VBD"]}},
    "table": {"a.tsv": "start\tend\ttext\tlemma\ttype\n0\t3\tKim\tkim\tPER\n", "a.txt": "Kim met Xi."},
}  # fmt: skip
"""A corpus of each format, with everything that the format can say."""


def put(folder: Path, contents: dict[str, Any]) -> Path:
    """Write files: texts as they are, other values as JSON."""
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder


def read(folder: Path, options: ReaderOptions, form: str = "auto") -> list[ImportedDocument | DataError]:
    """Read a corpus."""
    paths, _ = import_files.find_files(form, [folder], [])
    return list(import_reader.read_documents(form, paths, [folder], options))


def drafted(folder: Path, out: Path, form: str = "auto", options: ReaderOptions | None = None) -> AnnotationSchema:
    """Draft the schema of a corpus, and write it into a new dataset."""
    profile = CorpusProfile()
    for document in read(
        folder, ReaderOptions(conll_columns=(options or ReaderOptions()).conll_columns, layers=None), form
    ):
        assert isinstance(document, ImportedDocument)
        profile.add(document)
    draft = draft_schema(profile, "x")
    files.write_file(out / SCHEMA_FILE, strict_json.pretty(draft))
    return parse_schema(draft)


def imported(folder: Path, out: Path, form: str = "auto", columns: ConllColumns | None = None) -> ImportResult:
    """Import a corpus into a dataset, by the default mapping of its schema."""
    mapping = parse_mapping({}, read_schema(out), form, reads=True)
    options = ReaderOptions(
        columns or ConllColumns(), attributes=frozenset(mapping.attributes), layers=mapping.layer_types
    )
    return importing.import_mentions(read(folder, options, form), out, "x", "team", SETTINGS, mapping)


def data_issues(out: Path) -> list[str]:
    """Return what is wrong with a dataset, but that its articles have no splits yet."""
    return [issue.text() for issue in validate.validate_dataset(out) if issue.code != "split-missing"]


def labels_of(out: Path) -> Any:
    """Return the one document of a dataset."""
    [placed] = corpus.load_corpus(out).documents
    return placed.document


@pytest.mark.parametrize("name", CORPORA)
def test_a_draft_takes_everything(name: str, tmp_path: Path) -> None:
    """Each format's types, attributes, relations, columns and fields have a place, and the dataset is valid."""
    folder, out = put(tmp_path / "in", CORPORA[name]), tmp_path / "out"
    drafted(folder, out)
    result = imported(folder, out)
    assert (result.log.issues, dict(+result.log.omitted)) == ([], {})
    assert result.log.counts["mentions"] == result.log.counts["mentions taken"] > 0
    assert data_issues(out) == []


def test_a_draft_takes_everything_of_uima(tmp_path: Path) -> None:
    """Annotations of all layers are labels, and features that are annotations are references."""
    pytest.importorskip("cassis")
    source = Path(__file__).parent / "golden" / "convert" / "formats" / "cas"
    folder, out = tmp_path / "in", tmp_path / "out"
    put(folder, {name: (source / name).read_text(encoding="utf-8") for name in ("one.xmi", "TypeSystem.xml")})
    schema = drafted(folder, out)
    assert {"mentions", "token", "link"} <= set(schema.layers)
    result = imported(folder, out)
    assert [issue.code for issue in result.log.issues] == ["convert-span"]  # one is empty
    assert dict(+result.log.omitted) == {}
    assert data_issues(out) == []


def test_kinds_follow_from_the_values(tmp_path: Path) -> None:
    """Choices, flags, numbers, links, texts, references and labels of articles each hold what was seen."""
    folder, out = put(tmp_path / "in", CORPORA["brat"]), tmp_path / "out"
    schema = drafted(folder, out, "brat")
    layer = schema.layers["mentions"]
    assert {each.name: (each.kind, each.title) for each in layer.attributes} == {
        "type": ("choice", "Type"), "link": ("link", "link"), "sure": ("choice", "Sure"),
        "annotator_notes": ("text", "AnnotatorNotes"), "negated": ("flag", "Negated"),
        "who": ("references", "Who"), "knows": ("reference", "Knows"), "equiv": ("references", "Equiv"),
    }  # fmt: skip
    imported(folder, out, "brat")
    kim, met, _ = labels_of(out)["mentions"]
    assert (kim["link"], kim["sure"], kim["annotator_notes"], kim["knows"]) == ("Q1", "very", "one\ntwo", "T2")
    assert (met["id"], met["type"], met["negated"], met["who"]) == ("E1", "Meet", True, ["T1", "T2"])
    folder, out = put(tmp_path / "spans", CORPORA["spans"]), tmp_path / "other"
    drafted(folder, out)
    imported(folder, out)
    assert labels_of(out)["article_labels"] == {
        "topic": "war", "meta_page": 3, "tags": ["a", "b"], "urgent": True, "by": ["team"],
    }  # fmt: skip
    assert [(each["score"], each["sure"]) for each in labels_of(out)["mentions"]] == [(0.5, True), (None, False)]


def test_a_draft_counts_and_defines_nothing(tmp_path: Path) -> None:
    """The most frequent type comes first; descriptions say how often and where first."""
    folder = put(tmp_path / "in", {
        "a.txt": "Kim met Xi.", "a.ann": "T1\tBird 0 3\tKim\nT2\tPER 0 3\tKim\nT3\tPER 8 10\tXi\n",
    })  # fmt: skip
    attribute = drafted(folder, tmp_path / "out", "brat").layers["mentions"].attribute("type")
    assert [(each.name, each.title, each.definition) for each in attribute.labels] == [
        ("PER", "PER", "Seen 2 times, first as 'Kim' in a.ann, line 2."),
        ("Bird", "Bird", "Seen once, first as 'Kim' in a.ann, line 1."),
    ]


# --- names


def test_names_that_would_be_alike_stay_apart(tmp_path: Path) -> None:
    """Types and attributes that differ by case, reserved names and names in other scripts keep their spelling."""
    lines = [
        "T1\tPER 0 3\tKim", "T2\tper 8 10\tXi", "T3\tПерсона 0 3\tKim", "A1\tConf T1 a", "A2\tconf T1 b",
        "A3\tType T1 c", "A4\tText T1 d", "A5\tid T1 e", "A6\tРоль T1 f", "R1\tConf Arg1:T1 Arg2:T2",
    ]  # fmt: skip
    folder = put(tmp_path / "in", {"a.txt": "Kim met Xi.", "a.ann": "".join(f"{line}\n" for line in lines)})
    out = tmp_path / "out"
    layer = drafted(folder, out, "brat").layers["mentions"]
    assert [(each.name, each.title) for each in layer.attributes] == [
        ("category", "Type"), ("conf_1", "Conf"), ("conf_2", "conf"), ("type", "Type"), ("text_1", "Text"),
        ("id_1", "id"),
        ("attribute", "Роль"), ("conf_3", "Conf"),
    ]  # fmt: skip
    result = imported(folder, out, "brat")
    assert (result.log.issues, dict(+result.log.omitted)) == ([], {})
    [first, other, second] = labels_of(out)["mentions"]
    assert {name: first[name] for name in ("category", "conf_1", "conf_2", "type", "text_1", "id_1", "attribute")} == {
        "category": "PER", "conf_1": "a", "conf_2": "b", "type": "c", "text_1": "d", "id_1": "e", "attribute": "f",
    }  # fmt: skip
    assert (first["conf_3"], other["category"], second["category"]) == ("T2", "Персона", "per")
    assert data_issues(out) == []


@given(st.lists(st.text(min_size=1, max_size=50), min_size=1, max_size=8, unique=True))
def test_every_name_becomes_a_valid_one(names: list[str]) -> None:
    """Names and labels are valid and differ; a name that is valid and alone stays as it is."""
    found = draft_names.attribute_names(names, "attribute")
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) for name in found)
    assert len({name.replace("_", "") for name in found}) == len(names)
    labels = draft_names.label_names(names)
    assert len(set(labels)) == len(labels)
    assert all(map(draft_names.is_label, labels))
    assert all(label == name for label, name in zip(labels, names, strict=True) if draft_names.is_label(name))


# --- drawn corpora

_NAMES: Final = st.text(string.ascii_letters + "_-é", min_size=1, max_size=8).filter(lambda name: name != "_")
_VALUES: Final = st.one_of(
    st.just(""), st.sampled_from(["a", "b", "7", "0.5"]), st.text("abc ", min_size=1).map(str.strip)
)
_WORDS: Final = "Kim met Xi near the old harbour of Nampo."


@st.composite
def brat_annotations(draw: st.DrawFn) -> str:
    """Draw an .ann with mentions, attributes, notes and relations of any names."""
    types, attributes, relations = (draw(st.lists(_NAMES, min_size=1, max_size=3)) for _ in range(3))
    count = draw(st.integers(1, 5))
    places = [(match.start(), match.end()) for match in re.finditer(r"\w+", _WORDS)]
    lines = []
    for number in range(1, count + 1):
        start, end = draw(st.sampled_from(places))
        lines.append(f"T{number}\t{draw(st.sampled_from(types))} {start} {end}\t{_WORDS[start:end]}")
    mentions = st.integers(1, count)
    for number in range(1, draw(st.integers(0, 5)) + 1):
        name, value = draw(st.sampled_from(attributes)), draw(_VALUES)
        lines.append(f"A{number}\t{name} T{draw(mentions)} {value}".rstrip())
        lines.append(f"R{number}\t{draw(st.sampled_from(relations))} Arg1:T{draw(mentions)} Arg2:T{draw(mentions)}")
        lines.append(f"#{number}\tAnnotatorNotes T{draw(mentions)}\t{draw(_VALUES) or 'x'}")
    return "".join(f"{line}\n" for line in lines)


@given(brat_annotations())
def test_drawn_brat_is_taken_whole(tmp_path_factory: pytest.TempPathFactory, annotations: str) -> None:
    """Whatever is drawn has a place in the draft, and the dataset is valid."""
    folder = tmp_path_factory.mktemp("brat")
    put(folder / "in", {"a.txt": _WORDS, "a.ann": annotations})
    drafted(folder / "in", folder / "out", "brat")
    result = imported(folder / "in", folder / "out", "brat")
    decisions = sum(count for name, count in result.log.omitted.items() if name.startswith("mentions with"))
    assert (result.log.issues, result.log.omitted.total() - decisions) == ([], 0)
    assert data_issues(folder / "out") == []


@given(st.lists(st.tuples(st.text("abКé", min_size=1), _NAMES, _NAMES, st.booleans()), min_size=1, max_size=12))
def test_drawn_conll_is_taken_whole(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    """Types and the values of all columns have a place."""
    folder = tmp_path_factory.mktemp("conll")
    lines = [f"{word}\t{pos}\t{'B-' + kind if tagged else 'O'}\n" for word, pos, kind, tagged in rows]
    put(folder / "in", {"a.conll": "".join(lines)})
    columns = ConllColumns(("3",), "1")
    options = ReaderOptions(columns)
    if not any(tagged for *_, tagged in rows):
        return
    drafted(folder / "in", folder / "out", "conll", options)
    result = imported(folder / "in", folder / "out", "conll", columns)
    assert (result.log.issues, dict(+result.log.omitted)) == ([], {})
    assert data_issues(folder / "out") == []


# --- the command, and what it refuses


def run(*arguments: object) -> Any:
    """Run a command."""
    return CliRunner().invoke(app, [*map(str, arguments)])


def test_the_command_makes_a_dataset_in_an_empty_folder(tmp_path: Path) -> None:
    """A draft, the import and `init` make a dataset; an existing schema is not overwritten."""
    folder, root = put(tmp_path / "in", CORPORA["brat"]), tmp_path / "root"
    root.mkdir()
    made = run("convert", "from", "brat", folder, "--draft-schema", root / SCHEMA_FILE)
    assert made.exit_code == 0, made.output
    assert "next: run the command without --draft-schema" in made.output
    before = (root / SCHEMA_FILE).read_bytes()
    again = run("convert", "from", "brat", folder, "--draft-schema", root / SCHEMA_FILE)
    assert (again.exit_code, (root / SCHEMA_FILE).read_bytes()) == (2, before)
    taken = run("convert", "from", "brat", folder, "--root", root, *WHO, "--into", "final")
    assert (taken.exit_code, "left out" in taken.output) == (0, False), taken.output
    printed = run("convert", "from", "brat", folder, "--draft-schema", "-")
    assert json.loads(printed.stdout) == json.loads(before)
    assert run("convert", "from", "webannotation", folder, "--draft-schema", "-").exit_code == 2


def test_the_page_tells_how_to_begin(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands in docs/convert.md make a dataset that validates and builds; the example is what a draft has."""
    page = (checkout / "docs" / "convert.md").read_text(encoding="utf-8")
    (commands,) = re.findall(r"### A schema from the corpus.*?```sh\n(.*?)```", page, re.S)
    annotations = (
        "T1\tPER 0 3\tKim\nT2\tPER 8 10\tXi\nT3\tMeet 4 7\tmet\nT4\tGPE 11 17\tMoscow\nA1\tMetonymOf T4 Q159\n"
    )
    put(tmp_path / "corpus", {"a.txt": "Kim met Xi Moscow", "a.ann": annotations})
    (tmp_path / "dataset").mkdir()
    monkeypatch.chdir(tmp_path / "dataset")
    for line in commands.splitlines():
        name, *arguments = line.partition("#")[0].split()
        done = run(*arguments)
        assert (name, done.exit_code) == ("pactwire", 0), f"{line}: {done.output} {done.exception}"
    assert data_issues(tmp_path / "dataset") == []
    (written,) = re.findall(r"```sh\n(printf .*?)```", page, re.S)
    subprocess.run(["sh", "-c", written], check=True)
    assert readiness.require_ready(corpus.load_corpus(tmp_path / "dataset")) == "1.0"
    declared = json.loads((tmp_path / "dataset" / SCHEMA_FILE).read_text(encoding="utf-8"))
    (example,) = re.findall(r"becomes\n\n```json\n(.*?)```", page, re.S)
    properties = declared["properties"]["mentions"]["items"]["properties"]
    assert json.loads(example)["metonym_of"] == properties["metonym_of"]


def types_corpus(folder: Path, names: list[str]) -> Path:
    """Write a text with a mention of each type."""
    spans = [[0, 3, name] for name in names]
    return put(folder, {"a.jsonl": {"text": "Kim met.", "spans": spans}})


def test_refuses_types_that_are_ids(tmp_path: Path) -> None:
    """Ten thousand types are no class: nothing is written, and the message names some."""
    folder = types_corpus(tmp_path / "in", [f"node-{number}" for number in range(10_000)])
    target = tmp_path / "schema.json"
    refused = run("convert", "from", "auto", folder, "--draft-schema", target)
    message = "convert-draft: it has 10,000 types of mentions, and a class has at most 500: they may be ids or texts"
    assert f"a.jsonl:1: {message}, such as 'node-0', 'node-1', 'node-2'" in str(refused.exception)
    assert not target.exists()
    assert (
        len(
            drafted(
                types_corpus(tmp_path / "ok", [f"n{number}" for number in range(MAX_LABELS)]), tmp_path / "out"
            ).layers
        )
        == 1
    )


def test_attributes_that_are_ids_are_texts(tmp_path: Path) -> None:
    """Many values, each seen once, are no labels, however short they are."""
    spans = [{"start": 0, "end": 3, "label": "PER", "node": f"n{number}"} for number in range(1000)]
    folder = put(tmp_path / "in", {"a.jsonl": {"text": "Kim met.", "spans": spans}})
    layer = drafted(folder, tmp_path / "out").layers["mentions"]
    assert layer.attribute("node").kind is AttributeKind.TEXT
    assert dict(+imported(folder, tmp_path / "out").log.omitted) == {}


@pytest.mark.parametrize(
    ("contents", "code"),
    [
        ({"a.txt": "Kim."}, "convert-empty"),
        ({"a.txt": "Kim.", "a.ann": ""}, "convert-empty"),
        ({"a.jsonl": {"text": "Kim.", "spans": [[0, 3, "x" * 201]]}}, "convert-draft"),
        ({"a.jsonl": {"text": "Kim.", "spans": [[0, 3, "a\nb"]]}}, "convert-draft"),
    ],
)
def test_refuses_what_no_schema_can_hold(contents: dict[str, Any], code: str, tmp_path: Path) -> None:
    """A corpus without labels, and names that are no titles."""
    with pytest.raises(DataError) as caught:
        drafted(put(tmp_path / "in", contents), tmp_path / "out", "brat" if "a.txt" in contents else "auto")
    assert [issue.code for issue in caught.value.issues] == [code]


def test_labels_of_articles_need_what_the_schema_requires(tmp_path: Path) -> None:
    """An article without a required value has no label, and what it has instead is counted."""
    records = [{"text": "Kim met.", "topic": "war", "page": 3}, {"text": "Xi met.", "topic": "war"}]
    folder, out = put(tmp_path / "in", {"a.json": records}), tmp_path / "out"
    drafted(folder, out)
    draft = json.loads((out / SCHEMA_FILE).read_text(encoding="utf-8"))
    page = draft["properties"]["article_labels"]["properties"]["page"]
    page |= page.pop("anyOf")[0]
    (out / SCHEMA_FILE).write_text(json.dumps(draft), encoding="utf-8")
    result = imported(folder, out)
    assert dict(+result.log.omitted) == {"labels of article_labels without page": 1}
    assert labels_of(out)["article_labels"] == {"topic": "war", "page": 3, "by": ["team"]}
    assert data_issues(out) == []
