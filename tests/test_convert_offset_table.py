"""Offset tables and records with spans, as in SlavNER, SemEval, doccano, Prodigy and social-media datasets."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.convert import import_files, import_reader, json_records
from pactwire.convert.formats import span_records
from pactwire.convert.formats.offset_table import parse_table
from pactwire.convert.import_log import ImportLog
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.imported_document import ImportedDocument, SourceFile
from pactwire.convert.mention_conversion import MentionConverter
from pactwire.convert.span_resolution import ResolvedSpan, resolve_spans
from pactwire.model.issues import DataError
from pactwire.model.records import Segment
from pactwire.storage import files
from support.mentions import MAPPING, link_of

TIME = "2024-01-01T00:00:00Z"
SOURCE = SourceFile("a.tsv", TIME)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t \U0001f600"), max_size=40)


def put(folder: Path, **contents: str) -> Path:
    """Write files by name, byte for byte."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    return folder


def load(form: str, inputs: list[Path], **options: Any) -> tuple[list[ImportedDocument], list[str]]:
    """Return the documents of files by name, and issues as ``file:line code``."""
    paths, _ = import_files.find_files(form, inputs, [])
    documents = list(import_reader.read_documents(form, paths, inputs, ReaderOptions(**options)))
    issues = [issue for each in documents for issue in each.issues]
    articles = [each for each in documents if isinstance(each, ImportedDocument)]
    return sorted(articles, key=lambda each: each.name), [f"{issue.file}:{issue.line} {issue.code}" for issue in issues]


def mention_values(imported: ImportedDocument) -> list[tuple[int, int, str, str | None, str | None]]:
    """Return start, end, type, words and link of each mention."""
    return [
        (*mention.span.fragments[0], mention.span.type, mention.span.text, link_of(mention.link))
        for mention in imported.mentions or []
    ]


# --- tables


def test_reads_one_table_per_text(tmp_path: Path) -> None:
    """SlavNER has texts and tables in parallel trees; an empty table is an annotation, a missing one is not."""
    put(
        tmp_path,
        **{
            "raw/a/bg/n1.txt.txt": "Асия Биби е в Лахор.", "raw/a/uk/n1.txt.txt": "Київ", "raw/a/bg/n2.txt": "Нищо.",
            "ner/a/bg/n1.txt.tsv": "0\t9\tАсия Биби\tAsia\tPER\tPER-Asia-Bibi\n14\t19\tЛахор\tLahor\tLOC\tQ11739\n",
            "ner/a/uk/n1.txt.tsv": "",
        },
    )  # fmt: skip
    columns = ("start", "end", "text", "_", "type", "link")
    documents, issues = load("table", [tmp_path / "ner"], table_columns=columns, text_folder=tmp_path / "raw")
    assert issues == []
    assert [(each.name, each.file, each.mentions is None) for each in documents] == [
        ("a/bg/n1.txt.txt", "a/bg/n1.txt.tsv", False), ("a/bg/n2.txt", "a/bg/n2.txt", True),
        ("a/uk/n1.txt.txt", "a/uk/n1.txt.tsv", False),
    ]  # fmt: skip
    assert mention_values(documents[0]) == [
        (0, 9, "PER", "Асия Биби", "NIL:per-asia-bibi"),
        (14, 19, "LOC", "Лахор", "Q11739"),
    ]
    attributes = [mention.attributes for each in documents for mention in each.mentions or []]
    assert [name for each in attributes for name in each] == ["column 4"] * 2


def test_reads_one_table_for_all_texts(tmp_path: Path) -> None:
    """SemEval has the file name in a column, inclusive ends, CRLF counted, and more roles than columns."""
    text = "Заглавие\r\n\r\nПутин и Ким.\r\nПутин каза.\r\n"
    starts = [("Путин", 12), ("Ким", 20), ("Путин", 26)]
    rows = [f"a.txt\t{word}\t{start}\t{start + len(word) - 1}\tHero\tMartyr\tRebel\n" for word, start in starts]
    put(tmp_path, **{"t/raw/a.txt": text, "t/marks.tsv": "".join(rows)})
    (document,), issues = load("table", [tmp_path / "t"], table_columns=("file", "text", "start", "end", "type"))
    assert (document.name, issues) == ("raw/a.txt", [])
    resolved_spans = resolve_spans(document.raw, [mention.span for mention in document.mentions or []])
    plain = files.normalize_newlines(text)
    assert [plain[each.start : each.end] for each in resolved_spans if isinstance(each, ResolvedSpan)] == [
        "Путин",
        "Ким",
        "Путин",
    ]
    others = {"column 6": ("Martyr",), "column 7": ("Rebel",)}
    assert [mention.attributes for mention in document.mentions or []] == [others] * 3


def test_named_table_brings_only_its_texts(tmp_path: Path) -> None:
    """A table that was itself named brings its own texts, and no others from its folder."""
    put(tmp_path, **{"a.tsv": "start\tend\n0\t3\n", "a.txt": "Kim", "diary.txt": "!", "below/a.txt": "!"})
    documents, issues = load("table", [tmp_path / "a.tsv"])
    assert ([each.name for each in documents], issues) == (["a.txt"], [])


def test_header_names_the_columns() -> None:
    """Names may be in any order; other columns are attributes, and --columns comes first."""
    content = "Type\tEnd\tstart\tlemma\nPER\t3\t0\tKim\n"
    table = parse_table(content, SOURCE, ())
    assert [mention.span.fragments for mention in table.mentions[""]] == [((0, 3),)]
    assert [mention.attributes for mention in table.mentions[""]] == [{"lemma": ("Kim",)}]
    assert [m.span.fragments for m in parse_table(content, SOURCE, ("type", "start", "end")).mentions[""]] == [
        ((3, 0),)
    ]
    with pytest.raises(DataError, match=r"a\.tsv:1: convert-columns: nothing says which columns are start and end"):
        parse_table("0\t3\tKim\n", SOURCE, ())


def test_reports_unreadable_rows(tmp_path: Path) -> None:
    """A row without whole numbers, an unknown or ambiguous text, and a second table for a text are issues."""
    put(
        tmp_path,
        **{
            "a.tsv": "file\tstart\tend\na\t0\t3\n\nb\t0\tx\nb\t0\t1\nc\t0\t1\n", "a.txt": "Kim", "one/b.txt": "1",
            "two/b.txt": "2", "z.tsv": "file\tstart\tend\na.txt\t0\t3\n",
        },
    )  # fmt: skip
    documents, issues = load("table", [tmp_path])
    assert issues == [
        "a.tsv:4 convert-row", "a.tsv:5 convert-no-text", "a.tsv:6 convert-no-text", "z.tsv:2 convert-no-text",
    ]  # fmt: skip
    assert [(each.name, len(each.mentions or [])) for each in documents] == [
        ("a.txt", 2),
        ("one/b.txt", 0),
        ("two/b.txt", 0),
    ]


def test_omits_rejected_rows() -> None:
    """A column decides by its name, and an unknown word is an issue."""
    rows = "start\tend\tstatus\n0\t3\trejected\n4\t7\taccepted\n8\t9\tweekly\n"
    table = parse_table(rows, SOURCE, ())
    assert [mention.rejected_by for mention in table.mentions[""]] == ["'status' 'rejected'", ""]
    assert [issue.line for issue in table.issues[""]] == [4]
    assert not any(mention.attributes for mention in table.mentions[""])


def test_refuses_a_table_with_rows_of_no_text() -> None:
    """Such a row may be about any text, so no text is certain to be complete."""
    with pytest.raises(DataError, match=r"a\.tsv:3: convert-row: 'Kim\\t0': it has no start and end"):
        parse_table("file\tstart\tend\na\t0\t3\nKim\t0\n\t0\n", SOURCE, ())
    with pytest.raises(DataError, match="two columns are called start"):
        parse_table("start\tend\tstart\n", SOURCE, ())


def test_reports_a_row_with_missing_columns() -> None:
    """The values of its missing columns are unknown."""
    table = parse_table("start\tend\ttype\tlink\tnote\n0\t3\tPER\tQ1\n0\t3\tPER\n", SOURCE, ())
    assert [issue.message for issue in table.issues[""]] == ["'0\\t3\\tPER': it has 3 of 4 columns"]


@pytest.mark.parametrize(
    ("value", "link", "left"),
    [
        ("Q42", "Q42", ""),
        ("q42", "Q42", ""),
        ("http://www.wikidata.org/entity/Q42", "Q42", ""),
        ("Q42|Q42", "Q42", ""),
        ("GPE-Kyiv", "NIL:gpe-kyiv", ""),
        ("NIL:gpe-kyiv", "NIL:gpe-kyiv", ""),
        ("_", None, ""),
        ("None", None, "links that say NIL without a name"),
        ("NIL", None, "links that say NIL without a name"),
        ("nil", None, "links that say NIL without a name"),
        ("Q1|Q2", None, "mentions with several links, of which none is taken"),
        ("Q1, Q2", None, "mentions with several links, of which none is taken"),
        ("Q1|NIL", None, "mentions with several links, of which none is taken"),
        ("Q01", None, "links that the attribute link doesn't allow"),
        ("Київ", None, "links that the attribute link doesn't allow"),
        ("GPE-Côte-d'Ivoire", None, "links that the attribute link doesn't allow"),
        ("x" * 65, None, "links that the attribute link doesn't allow"),
    ],
)
def test_converts_identifiers_to_links(value: str, link: str | None, left: str) -> None:
    """A Wikidata id is kept, another name becomes a local link, and the rest is counted by name."""
    table = parse_table(f"start\tend\ttext\ttype\tlink\n0\t3\tKim\tPER\t{value}\n", SOURCE, ())
    document = ImportedDocument("a.txt", "a.tsv", "Kim", table.mentions[""], TIME)
    log = ImportLog()
    labels = MentionConverter(MAPPING, "ana", log).convert(document, "Kim", [Segment(content=0, source=0, length=3)])
    (label,) = labels["entities"]
    assert label["link"] == link
    assert dict(log.omitted) == ({left: 1} if left else {})
    assert log.omitted.examples == ({left: "Kim" if left.startswith("links that say NIL") else value} if left else {})


# --- records


def records(*values: Any, **fields: str) -> tuple[list[ImportedDocument], list[str]]:
    """Return the documents of records, and the messages of issues."""
    read_record = partial(span_records.read_record, source=SourceFile("a.jsonl", TIME), fields=fields)
    documents = list(json_records.read_documents(enumerate(values, 1), read_record))
    issues = [issue.message for each in documents for issue in each.issues]
    return [each for each in documents if isinstance(each, ImportedDocument)], issues


@pytest.mark.parametrize(
    "record",
    [
        {"text": "Kim met Xi", "label": [[0, 3, "PER"], [8, 10, "PER"]]},
        {
            "text": "Kim met Xi",
            "spans": [{"start": 0, "end": 3, "label": "PER"}, {"start": 8, "end": 10, "type": "PER"}],
        },
        {
            "text": "Kim met Xi",
            "entities": [
                {"id": 1, "start_offset": 0, "end_offset": 3, "label": "PER"},
                {"id": 2, "start_offset": 8, "end_offset": 10, "label": "PER"},
            ],
        },
    ],
)
def test_reads_every_shape_of_spans(record: Any) -> None:
    """doccano's two exports and Prodigy's give the same mentions."""
    (document,), issues = records(record)
    assert [claim[:3] for claim in mention_values(document)] == [(0, 3, "PER"), (8, 10, "PER")]
    assert issues == []


def test_reads_renamed_fields_and_missing_spans() -> None:
    """Null means no spans, a missing field no annotation; other fields are counted."""
    documents, issues = records(
        {"id": "p1", "content": "🤝 Кім", "marks": [[2, 5]], "lang": "uk"}, {"content": "x", "marks": None},
        {"content": ""},
        {"id": 4}, 5, {"content": "Кім", "marks": [[0, 1.5], [True, 3], ["0", 3], [0], 7, [0, 3]]},
        text="content", spans="marks",
    )  # fmt: skip
    assert [each.name for each in documents] == ["a.jsonl#p1", "a.jsonl#2", "a.jsonl#3", "a.jsonl#6"]
    assert [mention_values(each) for each in documents] == [
        [(2, 5, "span", None, None)],
        [],
        [],
        [(0, 3, "span", None, None)],
    ]
    assert [each.mentions is None for each in documents] == [False, False, True, False]
    assert (documents[0].omitted, documents[0].stated.language) == ({}, "uk")
    assert len(issues) == 2 + 5
    assert issues[0] == "it has no content that is a string"
    assert issues[2] == "span 0: it has no start and end that are whole numbers, or no single type: [0, 1.5]"


# --- records that nobody accepted


@pytest.mark.parametrize(
    ("about", "declined"),
    [
        ({"answer": "accept"}, ""),
        ({"answer": "reject"}, "'answer' 'reject'"),
        ({"answer": "ignore"}, "'answer' 'ignore'"),
        ({"answer": "accept", "_is_binary": True}, "'_is_binary' 'True'"),
        ({"is_approved": True}, ""),
        ({"is_approved": False}, "'is_approved' 'False'"),
        ({"isApproved": "no"}, "'isApproved' 'no'"),
        ({"was_cancelled": False, "ground_truth": 1, "skipped": 0}, ""),
        ({"was_cancelled": True}, "'was_cancelled' 'True'"),
        ({"skipped": 1}, "'skipped' '1'"),
        ({"ground_truth": False}, "'ground_truth' 'False'"),
        ({"status": "Validated"}, ""),
        ({"status": "In progress"}, "'status' 'In progress'"),
        ({"status": "discarded"}, "'status' 'discarded'"),
        ({"reviewed": "pending"}, "'reviewed' 'pending'"),
    ],
)
def test_omits_rejected_records(about: dict[str, Any], declined: str) -> None:
    """A field that decides on a record is obeyed, and is not counted as unread."""
    (document,), issues = records({"text": "Kim", "spans": [[0, 3]], **about})
    assert (document.rejected_by, issues, dict(document.omitted)) == (declined, [], {})
    (document,), issues = records({"text": "Kim", "spans": [{"start": 0, "end": 3, **about}]})
    assert ([each.rejected_by for each in document.mentions or []], document.rejected_by, issues) == (
        [declined],
        "",
        [],
    )


def test_refuses_an_unclear_decision() -> None:
    """The issue has field and value; --field answer=NAME selects the field, and the others are properties."""
    record = {"text": "Kim", "spans": [[0, 3]], "status": "published", "ok": "reject"}
    (document,), issues = records(record)
    assert issues == ["the field 'status' 'published' does not say whether it was accepted"]
    (document,), issues = records(record, answer="ok")
    assert (document.rejected_by, issues, document.properties) == ("'ok' 'reject'", [], {"status": ("published",)})
    _, issues = records({"text": "Kim", "spans": [{"start": 0, "end": 3, "status": "?"}]})
    assert issues == ["the field 'status' '?' does not say whether the span 0:3 was accepted"]


def test_counts_fields_that_decide_nothing() -> None:
    """A list of choices and an empty approver decide nothing: they are a property, and counted by name."""
    (document,), issues = records(
        {"text": "Kim", "label": [[0, 3, "PER"]], "accept": ["a"], "annotation_approver": None}
    )
    assert (document.rejected_by, issues) == ("", [])
    assert dict(document.omitted) == {"articles whose field 'annotation_approver' is empty": 1}
    assert document.properties == {"accept": ("a",)}


def test_answer_marks_a_text_without_spans_as_annotated() -> None:
    """This does not hold if the question was another one, as with Prodigy's choices."""
    accepted, chosen = records({"text": "x", "answer": "accept"}, {"text": "x", "answer": "accept", "options": []})[0]
    assert (accepted.mentions, chosen.mentions) == ([], None)


@pytest.mark.parametrize(
    "span",
    [
        {"start": 0, "end": 3, "label": 4},
        {"start": 0, "end": 3, "label": ["PER", "ORG"]},
        [0, 3, "PER", 0.5],
        ["PER", 0, 3],
        {"start": 0, "end": 3, "token_start": 1, "token_end": 1},
        {"start": 0, "end": 2, "token_start": 0, "token_end": 0},
    ],
)
def test_reports_unreadable_spans(span: Any) -> None:
    """A numeric type, several types, too many values, or offsets that contradict the tokens are issues."""
    tokens = [{"text": "Kim", "start": 0, "end": 3, "id": 0}, {"text": "met", "start": 4, "end": 7, "id": 1}]
    (document,), issues = records({"text": "Kim met", "tokens": tokens, "spans": [span]})
    assert (len(issues), document.mentions) == (1, [])


def test_reports_tokens_that_are_not_in_the_text() -> None:
    """If the tokens of a record contradict its text, none of its offsets is certain."""
    tokens = [{"text": "Kim", "start": 0, "end": 3}, {"text": "met", "start": 5, "end": 8}]
    _, issues = records({"text": "Kim met Xi", "tokens": tokens, "spans": [[0, 3]]})
    assert issues == ["token 1 is 'met', but the text at 5:8 is 'et '"]


def test_reads_labels_and_links_in_lists(tmp_path: Path) -> None:
    """A list of one label is that label; several links are kept as they are; other fields of spans are attributes."""
    spans = [{"start": 0, "end": 3, "labels": ["PER"], "link": ["Q1", "Q2"], "source": "m"}, [4, 7]]
    (document,), issues = records({"text": "Kim met", "spans": spans})
    assert ([claim[2:] for claim in mention_values(document)], issues) == (
        [("PER", None, None), ("span", None, None)],
        [],
    )
    assert [mention.link for mention in document.mentions or []] == ["Q1|Q2", ""]
    assert [mention.attributes for mention in document.mentions or []] == [{"source": ("m",)}, {}]


@given(TEXTS, st.sampled_from(["", "\ufeff"]), st.data())
def test_record_offsets_count_the_decoded_text(text: str, bom: str, data: st.DataObject) -> None:
    """With any line ends and BOM, a span without words covers the same words."""
    raw = bom + text.replace("\n", data.draw(st.sampled_from(["\n", "\r\n", "\r"])))
    cuts = list(_words(raw))
    (document,), _ = records({"text": raw, "spans": [list(each) for each in cuts]})
    resolved_spans = resolve_spans(
        raw, [mention.span for mention in document.mentions or []], offsets_count_decoded=document.offsets_count_decoded
    )
    plain = files.normalize_newlines(raw)
    assert [plain[a.start : a.end] for a in resolved_spans if isinstance(a, ResolvedSpan)] == [
        raw[s:e] for s, e in cuts
    ]


def _words(raw: str) -> Iterator[tuple[int, int]]:
    position = 0
    for word in raw.removeprefix("\ufeff").split():
        start = raw.index(word, max(position, raw.startswith("\ufeff")))
        position = start + len(word)
        yield start, position


def test_reads_files_of_records(tmp_path: Path) -> None:
    """JSONL, a JSON array and Parquet give the same documents; a broken line or file is an issue."""
    rows = [{"id": "a", "text": "Kim", "spans": [[0, 3]]}, {"id": "b", "text": "Xi", "spans": []}]
    put(
        tmp_path,
        **{
            "1.jsonl": "".join(json.dumps(row) + "\n" for row in rows)
            + '{\n{"text": "\\ud800"}\n\n{"text": "x", "score": 0.5}\n{"text": "x", "text": "y"}',
            "2.json": json.dumps(rows), "4.parquet": "no Parquet",
        },
    )  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "3.parquet")
    documents, issues = load("spans", [tmp_path])
    assert [each.name for each in documents if "#6" not in each.name] == [
        f"{name}#{row}" for name in ("1.jsonl", "2.json", "3.parquet") for row in "ab"
    ]
    assert [len(mention_values(each)) for each in documents] == [0, 1, 0, 1, 0, 1, 0]
    assert issues == [
        "1.jsonl:3 not-json", "1.jsonl:4 lone-surrogate", "1.jsonl:7 duplicate-key", "4.parquet:1 convert-record",
    ]  # fmt: skip
