"""Formats detected by content: golden files with every kind of record, and files that are refused by name."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pactwire.convert import import_files, import_reader
from pactwire.convert.formats.conll import ConllColumns
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.import_reader import ReaderSummary
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.span_resolution import ResolvedSpan, resolve_spans
from support.mentions import link_of

GOLDEN = Path(__file__).parent / "golden" / "convert" / "formats"
HOW: dict[str, dict[str, Any]] = {
    "label-studio.json": {"person": "anna@x.org"},
    "hugging-face.jsonl": {"class_names": ("O", "B-PER", "I-PER", "B-GPE", "I-GPE")},
}


def read_summary(path: Path, form: str = "auto", **options: Any) -> str:
    """Return what is read from a file: its format, each article with mentions and omissions, and all issues."""
    counts = ReaderSummary()
    paths, _ = import_files.find_files(form, [path], [])
    documents = list(import_reader.read_documents(form, paths, [path], ReaderOptions(**options), counts))
    lines = [f"read as {shape}" for shape in counts.formats]
    for each in documents:
        if isinstance(each, ImportedDocument):
            said = [each.properties, *(mention.attributes for mention in each.mentions or ())]
            lines += ["", f"{each.name}: {each.raw!r}", *(_mentions(each) if each.mentions is not None else ["unsaid"])]
            lines += [
                f"lost: {count} {name}, {each.omitted.examples.get(name)!r}"
                for name, count in each.omitted.items()
                if count
            ]
            lines += [f"said: {name}, {values}" for about in said for name, values in about.items()]
            lines += [f"said: {relation}" for relation in each.relations]
        lines += [f"issue: {issue.line} {issue.code}: {issue.message}" for issue in each.issues]
    return "".join(f"{line}\n" for line in lines)


def _mentions(imported: ImportedDocument) -> list[str]:
    """Return one line for each mention of an article, or the reason why it is refused."""
    mentions = imported.mentions or []
    resolved_spans = resolve_spans(
        imported.raw, [each.span for each in mentions], offsets_count_decoded=imported.offsets_count_decoded
    )
    return [
        f"{resolved.start}:{resolved.end} {each.span.type} {imported.raw[resolved.start : resolved.end]!r}"
        f" {link_of(each.link) or ''}".rstrip()
        + (f" [{resolved.repair}]" if resolved.repair else "")
        if isinstance(resolved, ResolvedSpan)
        else f"refused: {resolved.code}: {resolved.message}"
        for each, resolved in zip(mentions, resolved_spans, strict=True)
    ]


@pytest.mark.parametrize("file", sorted(each.name for each in GOLDEN.iterdir() if each.suffix != ".txt"))
def test_reads_every_kind_of_record(file: str) -> None:
    """Nested, crossing, discontinuous, empty and linked mentions of each format are read, counted or reported."""
    if file == "cas":
        pytest.importorskip("cassis")
    assert read_summary(GOLDEN / file, **HOW.get(file, {})) == (GOLDEN / f"{file}.txt").read_text(encoding="utf-8")


def put(path: Path, content: Any) -> Path:
    """Write a file: a text unchanged, any other value as JSON."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


# --- files that are called otherwise than they are


@pytest.mark.parametrize("form", ["auto", "spans"])
def test_reads_records_whatever_the_suffix(tmp_path: Path, form: str) -> None:
    """JSONL in a .json, a pretty array in a .jsonl and an array on one line give the same records."""
    rows = [{"text": "Kim", "spans": [[0, 3, "PER"]]}, {"text": "Xi", "spans": []}]
    files = {
        "a.json": "".join(f"{json.dumps(row)}\n" for row in rows), "b.jsonl": json.dumps(rows, indent=1),
        "c.jsonl": json.dumps(rows), "e.jsonl": json.dumps(rows[0], indent=1),
        "d.ndjson": "\n".join(map(json.dumps, rows)),
    }  # fmt: skip
    for name, content in files.items():
        summary = read_summary(put(tmp_path / name, content), form)
        second = "" if name == "e.jsonl" else "\nx#2: 'Xi'\n"
        assert summary.replace(name, "x") == f"read as texts with spans\n\nx#1: 'Kim'\n0:3 PER 'Kim'\n{second}"


@pytest.mark.parametrize(
    ("name", "form"),
    [("label-studio.json", "spans"), ("treebank.conllu", "conll"), ("webanno.tsv", "conll"), ("spacy.json", "spans")],
)
def test_named_family_does_not_hide_a_format(name: str, form: str) -> None:
    """`spans` and `conll` are families: a file in a more specific format is read as that one."""
    assert read_summary(GOLDEN / name, form, **HOW.get(name, {})) == (GOLDEN / f"{name}.txt").read_text(
        encoding="utf-8"
    )


def test_reads_a_folder_of_several_formats(tmp_path: Path) -> None:
    """Each file is read by its content; texts belong to the .ann or the table beside them."""
    put(tmp_path / "a.txt", "Kim")
    put(tmp_path / "a.ann", "T1\tPER 0 3\tKim\n")
    put(tmp_path / "b.txt", "Xi alone")
    put(tmp_path / "c.jsonl", {"text": "Kim", "spans": []})
    (tmp_path / "sub").mkdir()
    put(tmp_path / "sub" / "d.txt", "Kim B-PER\nmet O\n")
    put(tmp_path / "sub" / "e.txt", "Nothing at all.")
    put(tmp_path / "sub" / "two.txt", "Putin")
    assert read_summary(tmp_path) == (
        "read as brat\nread as texts with spans\nread as CoNLL with tags\n\na.txt: 'Kim'\n0:3 PER 'Kim'\n\n"
        "b.txt: 'Xi alone'\nunsaid\n\nc.jsonl#1: 'Kim'\n\nsub/d.txt#1: 'Kim met'\n0:3 PER 'Kim'\n"
        "issue: 1 convert-unknown: its first line is 'Nothing at all.'\n"
        "issue: 1 convert-unknown: its first line is 'Putin'\n"
    )
    put(tmp_path / "sub" / "two.tsv", "start\tend\ttype\n0\t5\tPER\n")
    summary = read_summary(tmp_path / "sub")
    assert "read as a table of offsets" in summary
    assert "two.txt: 'Putin'\n0:5 PER 'Putin'\n" in summary
    assert "unknown" not in summary


# --- what is refused by name


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", {"tokenized_text": ["Kim"], "ner": []}, "it is GLiNER's training JSON"),
        ("a.json", [{"id": 1, "data": {"text": "Kim"}}], "it is Label Studio's tasks without annotations"),
        ("a.json", {"b": 1, "c": {}}, "its records have the keys 'b', 'c'"),
        ("a.jsonl", "[1, 2]\n", "its records are like '[1, 2]'"),
        ("a.xml", "<?xml version='1.0'?><!-- <x> --><TEI xmlns='y'/>", "it is XML, and its first element is <TEI>"),
        ("a.xml", "<typeSystemDescription/>", "it is a type system of UIMA, without a text; name the .xmi beside it"),
        ("a.json", {"version": "1", "data": [{"title": "x"}]}, "its records have the keys 'version', 'data'"),
        ("a.tsv", "#FORMAT=WebAnno TSV 2\n", "it is WebAnno TSV 2; export it again as WebAnno TSV 3"),
        ("a.tsv", " # webanno.custom.Span | value\n", "it is WebAnno TSV 2; export it again as WebAnno TSV 3"),
        ("a.csv", "id;name\n1;Kim\n", "its first line is 'id;name'"),
        ("a.zip", "PK\x03\x04", "it is a zip archive; unpack it"),
        ("a.txt", "", "it is empty"),
    ],
)  # fmt: skip
def test_refuses_unknown_formats(tmp_path: Path, name: str, content: Any, message: str) -> None:
    """The message shows keys, the first element or the first line, never a traceback of a parser."""
    summary = read_summary(put(tmp_path / name, content))
    assert summary == f"issue: 1 convert-unknown: {message}\n"


def test_refuses_broken_files(tmp_path: Path) -> None:
    """An XMI without its type system, and broken XMI, DocBin and JSON files have an issue."""
    pytest.importorskip("spacy")
    pytest.importorskip("cassis")
    xmi = put(tmp_path / "a.xmi", "<xmi:XMI xmlns:xmi='http://www.omg.org/XMI'>")
    assert "convert-types: there is no TypeSystem.xml beside it" in read_summary(xmi)
    put(tmp_path / "TypeSystem.xml", "<typeSystemDescription/>")
    assert "convert-record: dkpro-cassis can't read it: " in read_summary(xmi)
    assert "convert-record: spaCy can't read it as a DocBin: " in read_summary(put(tmp_path / "a.spacy", "x"))
    assert "issue: 1 not-json" in read_summary(put(tmp_path / "a.json", "{"))


# --- Label Studio: whose work it is


def test_reads_one_person_at_a_time(tmp_path: Path) -> None:
    """Nothing is read if nobody is named; for an unknown name the message lists the people."""
    summary = read_summary(GOLDEN / "label-studio.json")
    assert (
        summary
        == "read as Label Studio JSON\nissue: 1 convert-person: 2 people annotated: anna@x.org (6), bo@x.org (2)\n"
    )
    assert "nobody called 'eve' annotated; but anna@x.org (6), bo@x.org (2) did" in read_summary(
        GOLDEN / "label-studio.json", person="eve"
    )
    bo = read_summary(GOLDEN / "label-studio.json", person="bo@x.org")
    assert "2:5 PER 'Kim'\n" in bo
    assert "9:13 PER 'Anna'" not in bo


@pytest.mark.parametrize(
    ("about", "lost"),
    [
        ({"reviews": [{"accepted": True}, {"accepted": False}]}, "annotations with 'review.accepted' 'False'"),
        ({"status": "rejected"}, "annotations with 'status' 'rejected'"),
        ({"status": "who knows"}, "annotations with 'status' 'who knows'"),
        ({"reviews": [{"accepted": False}, {"accepted": True}], "ground_truth": False}, ""),
    ],
)
def test_counts_rejected_label_studio_annotations(tmp_path: Path, about: dict[str, Any], lost: str) -> None:
    """The last review and fields such as status decide on an annotation."""
    value = {"start": 0, "end": 3, "text": "Ana", "labels": ["PER"]}
    annotation = {
        "id": 1,
        "completed_by": 1,
        "result": [{"id": "a", "type": "labels", "to_name": "text", "value": value}],
    }
    summary = read_summary(
        put(tmp_path / "a.json", [{"id": 1, "data": {"text": "Ana"}, "annotations": [annotation | about]}])
    )
    assert ("0:3 PER" in summary) is not bool(lost)
    assert lost in summary


def test_refuses_conll2012_with_a_missing_word(tmp_path: Path) -> None:
    """Words are numbered from 0 in each sentence."""
    rows = ["\t".join(["x", "0", n, w, "N", "*", "-", "-", "-", "s", "*", "-"]) for n, w in ("0A", "1B", "2C")]
    whole = "\n".join(["#begin document (x);", *rows, "", rows[0], ""])
    assert "issue" not in read_summary(put(tmp_path / "a.conll", whole))
    for row, message in zip(rows, ("the word 1 is where 0 belongs", "the word 2 is where 1 belongs"), strict=False):
        assert message in read_summary(put(tmp_path / "b.conll", whole.replace(f"{row}\n", "", 1)))


def test_refuses_a_copy_of_another_persons_annotation(tmp_path: Path) -> None:
    """A duplicate names its origin; a copy of one's own annotation is accepted."""
    annotation = {"id": 2, "completed_by": 1, "parent_annotation": 9, "result": []}
    task = {"id": 1, "data": {"text": "Kim"}, "annotations": [annotation]}
    assert "annotation-shared: the task 1: the annotation 2 by 1 is a duplicate of the annotation 9" in read_summary(
        put(tmp_path / "a.json", [task])
    )
    annotation["parent_annotation"] = None
    assert "issue" not in read_summary(put(tmp_path / "a.json", [task]))


def test_refuses_pactwire_tasks(tmp_path: Path) -> None:
    """Their offsets count the content text, so only `label import` can read them."""
    data = {"project": "labels", "article": "0" * 16, "segments": [], "text": "Kim"}
    summary = read_summary(put(tmp_path / "a.json", [{"id": 1, "data": data, "annotations": []}]))
    assert "convert-ours: it is a task of Pactwire" in summary


def test_finds_the_text_field_by_its_words(tmp_path: Path) -> None:
    """An export does not say which field was labeled; if several match, the command asks."""
    region = {"type": "labels", "to_name": "t", "value": {"start": 0, "end": 3, "text": "Kim", "labels": ["PER"]}}
    annotations = [{"id": 2, "completed_by": 1, "result": [region]}]
    task = {"id": 1, "data": {"title": "A talk", "body": "Kim spoke"}, "annotations": annotations}
    assert "a.json#1: 'Kim spoke'" in read_summary(put(tmp_path / "a.json", [task]))
    task["data"] = {"title": "Kim", "body": "Kim spoke"}
    put(tmp_path / "a.json", [task])
    assert "convert-record: the text may be in title, body" in read_summary(tmp_path / "a.json")
    assert "a.json#1: 'Kim spoke'" in read_summary(tmp_path / "a.json", fields={"text": "body"})


def test_refuses_regions_on_several_texts(tmp_path: Path) -> None:
    """An article is one text, and the export does not say which one a region is about."""
    value = {"start": 0, "end": 3, "text": "Kim", "labels": ["PER"]}
    regions = [{"type": "labels", "to_name": name, "value": value} for name in ("a", "b")]
    annotations = [{"id": 2, "completed_by": 1, "result": regions}]
    summary = read_summary(put(tmp_path / "a.json", [{"id": 1, "data": {"x": "Kim"}, "annotations": annotations}]))
    assert "issue: 1 convert-record: the task 1 has regions on several texts: a, b" in summary


# --- texts that are not what is said of them


def test_refuses_tokens_that_skip_words(tmp_path: Path) -> None:
    """spaCy's raw text has only its tokens and white space."""
    sentence = {"tokens": [{"orth": "Kim", "ner": "U-PER"}, {"orth": "Putin", "ner": "O"}]}
    path = put(tmp_path / "a.json", [{"id": 1, "paragraphs": [{"raw": "Kim met Putin", "sentences": [sentence]}]}])
    assert "convert-record: the token 'Putin' is not in the raw text at 3" in read_summary(path)


@pytest.mark.parametrize("gone", ["1", "2", "3-4", "5"])
def test_refuses_conllu_with_a_missing_token(tmp_path: Path, gone: str) -> None:
    """Without `# text` the token numbers show it; words within a token are not needed."""
    rows = [f"{n}\t{w}" + "\t_" * 8 for n, w in (("1", "Ana"), ("2", "va"), ("3-4", "al"), ("3", "a"), ("5", "mar"))]
    whole = "\n".join([*rows, "6\t." + "\t_" * 8]) + "\n"
    assert "issue" not in read_summary(put(tmp_path / "a.conllu", whole))
    parts = [row for row in whole.splitlines() if row.split("\t")[0] != gone]
    assert "does not follow" in read_summary(put(tmp_path / "b.conllu", "\n".join(parts) + "\n"))


WEBANNO = """#FORMAT=WebAnno TSV 3.3
#T_SP=x.NamedEntity|identifier|value

#Text=Ana ran.
1-1\t0-3\tAna\t*\tPER\t
1-2\t4-7\tran\t_\t_\t
1-3\t7-8\t.\t_\t_\t

#Text=Kim
2-1\t9-12\tKim\t*\tPER\t
2-1.1\t9-10\tK\t*\tPER\t
"""


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("1-1\t0-3\tAna\t*\tPER\t\n", "the token 1-2 does not follow 0-0"),
        ("1-2\t4-7\tran\t_\t_\t\n", "the token 1-3 does not follow 1-1"),
        ("2-1\t9-12\tKim\t*\tPER\t\n", "the token 2-1.1 does not follow 1-3"),
        ("\t*\tPER\t", "the token 1-1 has 3 columns, and the header names 5"),
        (WEBANNO[WEBANNO.index("2-1\t") :], "the sentence 'Kim' has no tokens"),
        (WEBANNO[WEBANNO.index("1-1\t") : WEBANNO.index("\n#Text=Kim")], "the sentence 'Ana ran.' has no tokens"),
    ],
)
def test_refuses_webanno_with_missing_tokens(tmp_path: Path, gone: str, message: str) -> None:
    """A missing token, column or sentence may have had a mention."""
    assert "convert" not in read_summary(put(tmp_path / "a.tsv", WEBANNO))
    assert message in read_summary(put(tmp_path / "b.tsv", WEBANNO.replace(gone, "", 1)))


def test_refuses_a_cas_without_exactly_one_text(tmp_path: Path) -> None:
    """An article is one text; a CAS may have a view for each translation."""
    cassis = pytest.importorskip("cassis")
    cas = cassis.Cas()
    cas.typesystem.to_xml(tmp_path / "TypeSystem.xml")
    cas.to_xmi(tmp_path / "a.xmi")
    assert "convert-record: it has 0 views with a text instead of one" in read_summary(tmp_path / "a.xmi")
    for name in ("one", "two"):
        view = cas.create_view(name)
        view.sofa_string = "Kim"
        view.sofa_mime = "text/plain"
    cas.to_xmi(tmp_path / "a.xmi")
    assert "convert-record: it has 2 views with a text instead of one" in read_summary(tmp_path / "a.xmi")


# --- Hugging Face


NAMES = ["O", "B-PER", "I-PER"]


@pytest.mark.parametrize(
    "feature",
    [
        {"feature": {"names": NAMES, "_type": "ClassLabel"}, "_type": "Sequence"},
        {"feature": {"names": NAMES, "_type": "ClassLabel"}, "_type": "List"},
        {"feature": {"class_label": {"names": dict(enumerate(NAMES))}}, "_type": "Sequence"},
    ],
)
def test_reads_class_names_from_parquet(tmp_path: Path, feature: Any) -> None:
    """The names are in the schema metadata, as `datasets` writes them."""
    table = pa.table({"tokens": [["Kim", "Il", "met"]], "ner_tags": [[1, 2, 0]]})
    about = json.dumps({"info": {"features": {"ner_tags": feature}}})
    pq.write_table(table.replace_schema_metadata({"huggingface": about}), tmp_path / "a.parquet")
    assert read_summary(tmp_path / "a.parquet").endswith("a.parquet#1: 'Kim Il met'\n0:6 PER 'Kim Il'\n")


def test_refuses_numbers_without_class_names(tmp_path: Path) -> None:
    """The file has one issue, and --classes gives the names."""
    rows = "".join('{"tokens": ["Kim"], "ner_tags": [1]}\n' for _ in range(3))
    path = put(tmp_path / "a.jsonl", rows)
    assert read_summary(path) == (
        "read as Hugging Face token classification\n"
        "issue: 1 convert-classes: ner_tags holds the number 1, and no class names are known\n"
    )
    assert read_summary(path, class_names=tuple(NAMES)).count("0:3 PER 'Kim'") == 3
    other = put(tmp_path / "b.jsonl", '{"words": ["Kim"], "fine": ["B-PER"]}')
    assert "0:3 PER 'Kim'" in read_summary(other, fields={"tags": "fine"})


# --- layers


def test_asks_for_an_ambiguous_misc_key(tmp_path: Path) -> None:
    """`--column` names the key in either family; a key that no token has is refused."""
    row = "\t".join(["1", "Kim", *"_______", "NER=B-PER|Place=B-GPE"])
    path = put(tmp_path / "a.conllu", f"{row}\n")
    assert "the keys NER, Place of MISC have tags, and only you know" in read_summary(path)
    for form in ("auto", "conll"):
        assert "0:3 GPE 'Kim'" in read_summary(path, form, conll_columns=ConllColumns(("Place",)))
        assert "no token has the key 'Name' in MISC" in read_summary(path, form, conll_columns=ConllColumns(("Name",)))


def test_asks_for_an_ambiguous_layer(tmp_path: Path) -> None:
    """`--field spans` names a layer by its full or short name, `--field type` its feature."""
    text = (GOLDEN / "webanno.tsv").read_text(encoding="utf-8")
    mood = read_summary(GOLDEN / "webanno.tsv", fields={"spans": "Mood"})
    assert "2:5 glad 'Kim'" in mood
    assert "lost: 9 annotations of the layer NamedEntity" in mood
    assert "3 annotations" not in read_summary(GOLDEN / "webanno.tsv", fields={"type": "identifier"})
    other = put(tmp_path / "a.tsv", text.replace("ner.type.NamedEntity", "ner.type.Other"))
    assert "0:1" not in read_summary(other)
    assert "2:5 glad 'Kim'" in read_summary(other)
    both = put(
        tmp_path / "b.tsv", text.replace("de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity", "webanno.custom.B")
    )
    assert (
        "no single layer is called NamedEntity or is the only one that a team added; the file has B, Mood"
        in read_summary(both)
    )


ONE_SENTENCE = "#FORMAT=WebAnno TSV 3.3\n#T_SP=webanno.custom.NamedEntity|value\n\n\n#Text=Kim met.\n"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.tsv", f"{ONE_SENTENCE}1-1\t9000000000-9000000003\tKim\tPER\n", "convert-tag"),
        ("a.tsv", f"{ONE_SENTENCE}1-1\t0-{'9' * 5000}\tKim\tPER\n", "convert-tag"),
        ("a.conllu", f"{'9' * 5000}\tKim{7 * (chr(9) + '_')}\tEntity=(e1)\n", "convert-unknown"),
    ],
)
def test_refuses_numbers_beyond_any_text(tmp_path: Path, name: str, content: str, code: str) -> None:
    """A huge number is an issue: it neither fills the memory with line ends nor breaks the conversion to an integer."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    (document,) = import_reader.read_documents("auto", [tmp_path / name], [tmp_path], ReaderOptions(), ReaderSummary())
    assert [issue.code for issue in document.issues] == [code]
