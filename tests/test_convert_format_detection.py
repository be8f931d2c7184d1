"""Formats that are known by their content: golden files with every kind of record, and what is refused by name."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pactwire.convert import corpus_files, corpus_reader
from pactwire.convert.corpus_options import ReaderOptions
from pactwire.convert.corpus_reader import ReaderSummary
from pactwire.convert.formats.conll import ConllColumns
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.span_resolution import ResolvedSpan, resolve_spans

GOLDEN = Path(__file__).parent / "golden" / "convert" / "formats"
HOW: dict[str, dict[str, Any]] = {
    "label-studio.json": {"person": "anna@x.org"},
    "hugging-face.jsonl": {"class_names": ("O", "B-PER", "I-PER", "B-GPE", "I-GPE")},
}


def told(path: Path, form: str = "auto", **how: Any) -> str:
    """What a file comes to: its format, each article with its mentions and losses, and all issues."""
    seen = ReaderSummary()
    paths, _ = corpus_files.find_files(form, [path], [])
    found = list(corpus_reader.read_documents(form, paths, [path], ReaderOptions(**how), seen))
    lines = [f"read as {shape}" for shape in seen.formats]
    for each in found:
        if isinstance(each, ImportedDocument):
            lines += ["", f"{each.name}: {each.raw!r}", *(_mentions(each) if each.mentions is not None else ["unsaid"])]
            lines += [
                f"lost: {count} {what}, {each.omitted.examples.get(what)!r}"
                for what, count in each.omitted.items()
                if count
            ]
        lines += [f"issue: {issue.line} {issue.code}: {issue.message}" for issue in each.issues]
    return "".join(f"{line}\n" for line in lines)


def _mentions(foreign: ImportedDocument) -> list[str]:
    """The mentions of an article in a line each, or why one is refused."""
    mentions = foreign.mentions or []
    anchors = resolve_spans(
        foreign.raw, [each.span for each in mentions], offsets_count_decoded=foreign.offsets_count_decoded
    )
    return [
        f"{anchor.start}:{anchor.end} {each.span.type} {foreign.raw[anchor.start : anchor.end]!r}"
        f" {each.attributes.get('link') or ''}".rstrip()
        + (f" [{anchor.repair}]" if anchor.repair else "")
        if isinstance(anchor, ResolvedSpan)
        else f"refused: {anchor.code}: {anchor.message}"
        for each, anchor in zip(mentions, anchors, strict=True)
    ]


@pytest.mark.parametrize("file", sorted(each.name for each in GOLDEN.iterdir() if each.suffix != ".txt"))
def test_every_kind_of_record_comes_back_or_is_named(file: str) -> None:
    """Nested, crossing, discontinuous, empty and linked mentions of each format: exact, or counted, or an issue."""
    if file == "cas":
        pytest.importorskip("cassis")
    assert told(GOLDEN / file, **HOW.get(file, {})) == (GOLDEN / f"{file}.txt").read_text(encoding="utf-8")


def put(path: Path, content: Any) -> Path:
    """Write a file: text as it is, all else as JSON."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


# --- files that are called otherwise than they are


@pytest.mark.parametrize("form", ["auto", "spans"])
def test_records_are_read_however_the_file_is_called(tmp_path: Path, form: str) -> None:
    """JSONL in a .json, a pretty array in a .jsonl, one line with an array: the same records."""
    rows = [{"text": "Kim", "spans": [[0, 3, "PER"]]}, {"text": "Xi", "spans": []}]
    files = {
        "a.json": "".join(f"{json.dumps(row)}\n" for row in rows), "b.jsonl": json.dumps(rows, indent=1),
        "c.jsonl": json.dumps(rows), "e.jsonl": json.dumps(rows[0], indent=1),
        "d.ndjson": "\n".join(map(json.dumps, rows)),
    }  # fmt: skip
    for name, content in files.items():
        found = told(put(tmp_path / name, content), form)
        second = "" if name == "e.jsonl" else "\nx#2: 'Xi'\n"
        assert found.replace(name, "x") == f"read as texts with spans\n\nx#1: 'Kim'\n0:3 PER 'Kim'\n{second}"


@pytest.mark.parametrize(
    ("name", "form"),
    [("label-studio.json", "spans"), ("treebank.conllu", "conll"), ("webanno.tsv", "conll"), ("spacy.json", "spans")],
)
def test_a_format_that_is_named_does_not_hide_another(name: str, form: str) -> None:
    """`spans` and `conll` are families: what shows its own format is read as that one, and named."""
    assert told(GOLDEN / name, form, **HOW.get(name, {})) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_a_folder_of_several_formats(tmp_path: Path) -> None:
    """Each file is read by its own content; texts beside .ann are brat's, and texts beside tables are theirs."""
    put(tmp_path / "a.txt", "Kim")
    put(tmp_path / "a.ann", "T1\tPER 0 3\tKim\n")
    put(tmp_path / "b.txt", "Xi alone")
    put(tmp_path / "c.jsonl", {"text": "Kim", "spans": []})
    (tmp_path / "sub").mkdir()
    put(tmp_path / "sub" / "d.txt", "Kim B-PER\nmet O\n")
    put(tmp_path / "sub" / "e.txt", "Nothing at all.")
    put(tmp_path / "sub" / "two.txt", "Putin")
    assert told(tmp_path) == (
        "read as brat\nread as texts with spans\nread as CoNLL with tags\n\na.txt: 'Kim'\n0:3 PER 'Kim'\n\n"
        "b.txt: 'Xi alone'\nunsaid\n\nc.jsonl#1: 'Kim'\n\nsub/d.txt#1: 'Kim met'\n0:3 PER 'Kim'\n"
        "issue: 1 convert-unknown: its first line is 'Nothing at all.'\n"
        "issue: 1 convert-unknown: its first line is 'Putin'\n"
    )
    put(tmp_path / "sub" / "two.tsv", "start\tend\ttype\n0\t5\tPER\n")
    found = told(tmp_path / "sub")
    assert "read as a table of offsets" in found
    assert "two.txt: 'Putin'\n0:5 PER 'Putin'\n" in found
    assert "unknown" not in found


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
def test_unknown_formats_are_refused_by_what_was_seen(tmp_path: Path, name: str, content: Any, message: str) -> None:
    """Keys, the first element or the first line: never a parser's traceback."""
    found = told(put(tmp_path / name, content))
    assert found == f"issue: 1 convert-unknown: {message}\n"


def test_files_that_are_broken_are_refused_by_their_format(tmp_path: Path) -> None:
    """An XMI without its type system, or that is none; a DocBin that is none; JSON that is none."""
    pytest.importorskip("spacy")
    pytest.importorskip("cassis")
    xmi = put(tmp_path / "a.xmi", "<xmi:XMI xmlns:xmi='http://www.omg.org/XMI'>")
    assert "convert-types: there is no TypeSystem.xml beside it" in told(xmi)
    put(tmp_path / "TypeSystem.xml", "<typeSystemDescription/>")
    assert "convert-record: dkpro-cassis can't read it: " in told(xmi)
    assert "convert-record: spaCy can't read it as a DocBin: " in told(put(tmp_path / "a.spacy", "x"))
    assert "issue: 1 not-json" in told(put(tmp_path / "a.json", "{"))


# --- Label Studio: whose work it is


def test_several_people_are_taken_one_after_another(tmp_path: Path) -> None:
    """Nothing is taken where nobody is named; a name nobody has is told those that there are."""
    found = told(GOLDEN / "label-studio.json")
    assert (
        found
        == "read as Label Studio JSON\nissue: 1 convert-person: 2 people annotated: anna@x.org (6), bo@x.org (2)\n"
    )
    assert "nobody called 'eve' annotated; but anna@x.org (6), bo@x.org (2) did" in told(
        GOLDEN / "label-studio.json", person="eve"
    )
    bo = told(GOLDEN / "label-studio.json", person="bo@x.org")
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
def test_an_annotation_that_a_reviewer_rejected_is_counted(tmp_path: Path, about: dict[str, Any], lost: str) -> None:
    """What decides on an annotation in Label Studio is obeyed: the last review, and fields such as status."""
    value = {"start": 0, "end": 3, "text": "Ana", "labels": ["PER"]}
    made = {"id": 1, "completed_by": 1, "result": [{"id": "a", "type": "labels", "to_name": "text", "value": value}]}
    found = told(put(tmp_path / "a.json", [{"id": 1, "data": {"text": "Ana"}, "annotations": [made | about]}]))
    assert ("0:3 PER" in found) is not bool(lost)
    assert lost in found


def test_conll2012_without_all_words_refuses_its_article(tmp_path: Path) -> None:
    """The numbers of words begin with 0 in each sentence; where one is missing, its article is refused."""
    rows = ["\t".join(["x", "0", n, w, "N", "*", "-", "-", "-", "s", "*", "-"]) for n, w in ("0A", "1B", "2C")]
    whole = "\n".join(["#begin document (x);", *rows, "", rows[0], ""])
    assert "issue" not in told(put(tmp_path / "a.conll", whole))
    for row, message in zip(rows, ("the word 1 is where 0 belongs", "the word 2 is where 1 belongs"), strict=False):
        assert message in told(put(tmp_path / "b.conll", whole.replace(f"{row}\n", "", 1)))


def test_a_copy_of_somebody_elses_annotation_is_nobodys(tmp_path: Path) -> None:
    """A duplicate names its origin; taken from one's own annotation it is one's own."""
    annotation = {"id": 2, "completed_by": 1, "parent_annotation": 9, "result": []}
    task = {"id": 1, "data": {"text": "Kim"}, "annotations": [annotation]}
    assert "annotation-shared: the task 1: the annotation 2 by 1 is a duplicate of the annotation 9" in told(
        put(tmp_path / "a.json", [task])
    )
    annotation["parent_annotation"] = None
    assert "issue" not in told(put(tmp_path / "a.json", [task]))


def test_tasks_of_pactwire_go_another_way(tmp_path: Path) -> None:
    """Their offsets count the content text, so that `label import` alone can take them over."""
    data = {"project": "labels", "article": "0" * 16, "segments": [], "text": "Kim"}
    found = told(put(tmp_path / "a.json", [{"id": 1, "data": data, "annotations": []}]))
    assert "convert-ours: it is a task of Pactwire" in found


def test_the_text_is_the_field_in_which_all_words_stand(tmp_path: Path) -> None:
    """An export does not say which field was labeled; where only a person can tell, it is asked for."""
    region = {"type": "labels", "to_name": "t", "value": {"start": 0, "end": 3, "text": "Kim", "labels": ["PER"]}}
    annotations = [{"id": 2, "completed_by": 1, "result": [region]}]
    task = {"id": 1, "data": {"title": "A talk", "body": "Kim spoke"}, "annotations": annotations}
    assert "a.json#1: 'Kim spoke'" in told(put(tmp_path / "a.json", [task]))
    task["data"] = {"title": "Kim", "body": "Kim spoke"}
    put(tmp_path / "a.json", [task])
    assert "convert-record: the text may be in title, body" in told(tmp_path / "a.json")
    assert "a.json#1: 'Kim spoke'" in told(tmp_path / "a.json", fields={"text": "body"})


def test_regions_on_several_texts_refuse_their_task(tmp_path: Path) -> None:
    """An article is one text; which text a region counts is not in the export."""
    value = {"start": 0, "end": 3, "text": "Kim", "labels": ["PER"]}
    regions = [{"type": "labels", "to_name": name, "value": value} for name in ("a", "b")]
    annotations = [{"id": 2, "completed_by": 1, "result": regions}]
    found = told(put(tmp_path / "a.json", [{"id": 1, "data": {"x": "Kim"}, "annotations": annotations}]))
    assert "issue: 1 convert-record: the task 1 has regions on several texts: a, b" in found


# --- texts that are not what is said of them


def test_tokens_that_leave_words_out_refuse_their_paragraph(tmp_path: Path) -> None:
    """spaCy's raw text holds its tokens and white space, and nothing else."""
    sentence = {"tokens": [{"orth": "Kim", "ner": "U-PER"}, {"orth": "Putin", "ner": "O"}]}
    path = put(tmp_path / "a.json", [{"id": 1, "paragraphs": [{"raw": "Kim met Putin", "sentences": [sentence]}]}])
    assert "convert-record: the token 'Putin' is not in the raw text at 3" in told(path)


@pytest.mark.parametrize("gone", ["1", "2", "3-4", "5"])
def test_conllu_without_all_tokens_refuses_its_article(tmp_path: Path, gone: str) -> None:
    """Without `# text`, the numbers of the tokens say that one is missing; words within a token are not needed."""
    rows = [f"{n}\t{w}" + "\t_" * 8 for n, w in (("1", "Ana"), ("2", "va"), ("3-4", "al"), ("3", "a"), ("5", "mar"))]
    whole = "\n".join([*rows, "6\t." + "\t_" * 8]) + "\n"
    assert "issue" not in told(put(tmp_path / "a.conllu", whole))
    parts = [row for row in whole.splitlines() if row.split("\t")[0] != gone]
    assert "does not follow" in told(put(tmp_path / "b.conllu", "\n".join(parts) + "\n"))


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
def test_webanno_without_all_tokens_is_refused(tmp_path: Path, gone: str, message: str) -> None:
    """A token, its columns or all tokens of a sentence that are gone are not passed over: a mention may be too."""
    assert "convert" not in told(put(tmp_path / "a.tsv", WEBANNO))
    assert message in told(put(tmp_path / "b.tsv", WEBANNO.replace(gone, "", 1)))


def test_a_cas_with_no_text_or_several_is_refused(tmp_path: Path) -> None:
    """An article is one text; a CAS may have a view for each translation."""
    cassis = pytest.importorskip("cassis")
    cas = cassis.Cas()
    cas.typesystem.to_xml(tmp_path / "TypeSystem.xml")
    cas.to_xmi(tmp_path / "a.xmi")
    assert "convert-record: it has 0 views with a text, and one is read" in told(tmp_path / "a.xmi")
    for name in ("one", "two"):
        view = cas.create_view(name)
        view.sofa_string = "Kim"
        view.sofa_mime = "text/plain"
    cas.to_xmi(tmp_path / "a.xmi")
    assert "convert-record: it has 2 views with a text, and one is read" in told(tmp_path / "a.xmi")


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
def test_parquet_says_what_the_numbers_of_tags_mean(tmp_path: Path, feature: Any) -> None:
    """The names stand in the schema's metadata, as `datasets` writes them."""
    table = pa.table({"tokens": [["Kim", "Il", "met"]], "ner_tags": [[1, 2, 0]]})
    about = json.dumps({"info": {"features": {"ner_tags": feature}}})
    pq.write_table(table.replace_schema_metadata({"huggingface": about}), tmp_path / "a.parquet")
    assert told(tmp_path / "a.parquet").endswith("a.parquet#1: 'Kim Il met'\n0:6 PER 'Kim Il'\n")


def test_numbers_without_names_are_refused_once(tmp_path: Path) -> None:
    """Nobody but the person knows what they mean; --classes says it."""
    rows = "".join('{"tokens": ["Kim"], "ner_tags": [1]}\n' for _ in range(3))
    path = put(tmp_path / "a.jsonl", rows)
    assert told(path) == (
        "read as Hugging Face token classification\n"
        "issue: 1 convert-classes: ner_tags holds the number 1, and no names of classes are known\n"
    )
    assert told(path, class_names=tuple(NAMES)).count("0:3 PER 'Kim'") == 3
    other = put(tmp_path / "b.jsonl", '{"words": ["Kim"], "fine": ["B-PER"]}')
    assert "0:3 PER 'Kim'" in told(other, fields={"tags": "fine"})


# --- layers


def test_a_key_of_misc_is_named_where_several_may_be_meant(tmp_path: Path) -> None:
    """`--column` names it, whatever the family; one that no token has is refused."""
    row = "\t".join(["1", "Kim", *"_______", "NER=B-PER|Place=B-GPE"])
    path = put(tmp_path / "a.conllu", f"{row}\n")
    assert "the keys NER, Place of MISC hold tags, and only you know" in told(path)
    for form in ("auto", "conll"):
        assert "0:3 GPE 'Kim'" in told(path, form, conll_columns=ConllColumns(("Place",)))
        assert "no token has the key 'Name' in MISC" in told(path, form, conll_columns=ConllColumns(("Name",)))


def test_the_layer_of_mentions_is_named_where_several_may_be_meant(tmp_path: Path) -> None:
    """`--field spans` names a layer by its whole name or its last part, `--field type` its feature."""
    text = (GOLDEN / "webanno.tsv").read_text(encoding="utf-8")
    mood = told(GOLDEN / "webanno.tsv", fields={"spans": "Mood"})
    assert "2:5 glad 'Kim'" in mood
    assert "lost: 9 annotations of the layer NamedEntity" in mood
    assert "3 annotations" not in told(GOLDEN / "webanno.tsv", fields={"type": "identifier"})
    other = put(tmp_path / "a.tsv", text.replace("ner.type.NamedEntity", "ner.type.Other"))
    assert "0:1" not in told(other)
    assert "2:5 glad 'Kim'" in told(other)
    both = put(
        tmp_path / "b.tsv", text.replace("de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity", "webanno.custom.B")
    )
    assert "no one layer is called NamedEntity or is the only one that a team added; the file has B, Mood" in told(both)
