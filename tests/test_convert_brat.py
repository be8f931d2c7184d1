"""brat standoff, read and written: round trips of our documents, and files as other tools write them."""

from typing import Any

import pytest
from hypothesis import given

from pactwire.convert.formats import brat, brat_configuration, brat_reader
from pactwire.convert.import_conversion import ImportSettings, convert_documents
from pactwire.convert.import_log import ImportLog
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.mapping_file import parse_mapping
from pactwire.convert.omissions import Omissions
from pactwire.corpus.schema_file import read_schema
from pactwire.model.labels import document_labels
from pactwire.model.records import Annotator
from support.examples import examples
from support.floods import FLOODS
from support.mentions import OPTIONS
from support.news import SCHEMA
from support.strategies import Annotated, annotated

MAPPING = parse_mapping({}, SCHEMA, "brat")
SETTINGS = ImportSettings(Annotator(id="ana", kind="human", name=None, version=None), "draft", "0.0", "unknown", "uk")
TIME = "2024-01-01T00:00:00Z"
drawn_slowly = examples(50)


def read(annotation: str, raw: str) -> ImportedDocument:
    """Return the document of an .ann file over a text."""
    document = ImportedDocument("a.txt", "a.ann", raw, [], TIME)
    brat_reader.add_annotations(document, annotation, OPTIONS.attributes)
    return document


def back(text: str, annotation: str) -> tuple[list[Any], list[str], list[str]]:
    """Return the entities, corrections and issue codes of an .ann over a text."""
    raw = "\ufeff" + text if text.startswith("\ufeff") else text
    imported = read(annotation, raw)
    log = ImportLog()
    converted = list(convert_documents([imported], SETTINGS, MAPPING, lambda _: None, lambda _: [], log))
    entities = [entity for each in converted if each.document for entity in document_labels(each.document, "entities")]
    return entities, [each.what for each in log.repairs], [issue.code for issue in log.issues]


def written(entities: list[Any]) -> str:
    """Return the .ann file of a document with nothing but entities."""
    return brat.BratWriter(MAPPING, Omissions()).annotations({"entities": entities}, {})


def test_every_part_is_taken_or_counted_with_its_attributes() -> None:
    """A label has one part of a kind: another is that of no label. Parts have no attributes, which are counted."""
    mapping = parse_mapping({}, read_schema(FLOODS), "brat")
    annotation = (
        "T1\tQuote 0 4\tstay\nT2\tVERB 5 9\tsaid\nT3\tVERB 10 15\tadded\n"
        "A1\tSpeakers_WITNESS T1\nA2\tCall T1 order\nA3\tConfidence T2 high\n"
        "R1\tVerb Arg1:T1 Arg2:T2\nR2\tVerb Arg1:T1 Arg2:T3\n"
    )
    log = ImportLog()
    documents = [read(annotation, "stay said added")]
    [converted] = convert_documents(documents, SETTINGS, mapping, lambda _: None, lambda _: [], log)
    assert converted.document
    [label] = document_labels(converted.document, "quotes")
    assert label["verb"]["text"] == "said"
    assert (log.counts["mentions taken as parts"], log.counts["mentions that are parts of no label"]) == (1, 1)
    assert log.omitted == {"attributes 'Confidence'": 1, "relations 'Verb'": 1, "parts 'VERB' that no label has": 1}


@given(annotated())
@drawn_slowly
def test_round_trip_keeps_entities(drawn: Annotated) -> None:
    """Places, text, types, forms, links and metonyms survive, including nested and crossing mentions."""
    entities = document_labels(drawn.document, "entities")
    read_back, repairs, codes = back(drawn.article["source_text"], written(entities))
    bare = [{**entity, "id": "", "by": []} for entity in sorted(entities, key=lambda e: (e["start"], e["end"]))]
    assert [{**entity, "id": "", "by": []} for entity in read_back] == bare
    assert codes == ([] if drawn.article["source_text"] else ["convert-empty"])
    assert set(repairs) <= {"fragments joined, with only white space between them"}


def test_writes_a_multi_line_mention_as_fragments() -> None:
    """Each line of a mention is a fragment, without white space at its edges."""
    [entity], _, _ = back("in North\n Korea \n\nnow", "T1\tGPE 3 20\tNorth  Korea   now\n")
    assert written([entity]) == "T1\tGPE 3 8;10 15;18 21\tNorth Korea now\n"


def test_keeps_valid_brat_ids() -> None:
    """A mention keeps its T number in both directions; any other id is replaced by a free one."""
    read_back, _, _ = back("Kim met Xi", "T7\tPER 0 3\tKim\nT1\tPER 8 10\tXi\n")
    assert [entity["id"] for entity in read_back] == ["T7", "T1"]
    read_back[0]["id"] = "e9"
    assert [line.split("\t")[0] for line in written(read_back).splitlines()] == ["T2", "T1"]


@pytest.mark.parametrize(
    "line",
    [
        "T1\tPER 4 9\tPutin",
        "T1\tPER\t4\t9\tPutin",
        "T1 PER 4 9 Putin",
        "T1\tPER  4 9\tPutin\r",
        "\ufeffT1\tPER 4 9\tPutin",
        "T1\tPER 4 9\tPutin  ",
        "T1\tPER 4 9",
        "T1\tPER 4 9\t",
    ],
)
def test_accepts_variants_of_a_line(line: str) -> None:
    """Tabs or spaces, CRLF, a BOM, trailing spaces and missing words make no difference."""
    read_back, repairs, codes = back("and Putin", line + "\n")
    assert [(entity["start"], entity["end"], entity["text"]) for entity in read_back] == [(4, 9, "Putin")]
    assert (repairs, codes) == ([], [])


def test_reads_words_over_several_lines() -> None:
    """An unescaped line end in the words continues the mention, even if the rest looks like a relation."""
    read_back, _, codes = back("North\nR Korea", "T1\tGPE 0 13\tNorth\nR Korea\n")
    assert ([entity["text"] for entity in read_back], codes) == (["North\nR Korea"], [])


def test_refuses_an_article_with_an_unreadable_line() -> None:
    """The line may have been a label, so no document is written without it."""
    read_back, _, codes = back("North\nKorea", "T1\tGPE 0 5\tNorth\nsomething else\n")
    assert (read_back, codes) == ([], ["convert-line"])


def test_omits_rejected_mentions() -> None:
    """An attribute accepts or rejects its mention; an unknown word refuses the article."""
    mentions = "T1\tPER 0 3\tKim\nT2\tPER 8 10\tXi\n"
    read_back, _, codes = back("Kim met Xi", f"{mentions}A1\tStatus T1 rejected\nA2\tStatus T2 accepted\n")
    assert ([entity["text"] for entity in read_back], codes) == (["Xi"], [])
    read_back, _, codes = back("Kim met Xi", f"{mentions}A1\tRejected T2\n")
    assert ([entity["text"] for entity in read_back], codes) == (["Kim"], [])
    read_back, _, codes = back("Kim met Xi", f"{mentions}A1\tStatus T2 weekly\n")
    assert (read_back, codes) == ([], ["convert-decision"])


def linked(annotation: str) -> tuple[list[str | None], dict[str, int], dict[str, str]]:
    """Return the links of the entities of an .ann over "Kim met Xi", and what is omitted, with examples."""
    log = ImportLog()
    documents = [read(annotation, "Kim met Xi")]
    [taken] = convert_documents(documents, SETTINGS, MAPPING, lambda _: None, lambda _: [], log)
    assert taken.document
    return (
        [entity["link"] for entity in document_labels(taken.document, "entities")],
        dict(+log.omitted),
        log.omitted.examples,
    )


def test_counts_a_null_link_with_its_mention() -> None:
    """NEREL writes Wikidata:NULL if Wikidata has no entry."""
    lines = "T1\tPER 0 3\tKim\nN1\tReference T1 Wikidata:NULL\tKim\n"
    name = "links that say NIL without a name"
    assert linked(lines) == ([None], {name: 1}, {name: "Kim"})


def test_uses_no_link_if_there_are_two() -> None:
    """Two different Wikidata ids of a mention are counted together; the same id twice is one link."""
    line = "T1\tPER 0 3\tKim\nN1\tReference T1 Wikidata:Q57\tKim\n"
    several = "mentions with several links, of which none is taken"
    assert linked(f"{line}N2\tReference T1 Wikidata:Q58\tKim\n") == ([None], {several: 1}, {several: "Q57|Q58"})
    assert linked(f"{line}N2\tReference T1 Wikidata:Q57\tKim\n") == (["Q57"], {}, {})


def test_counts_what_is_not_read() -> None:
    """Relations, events, notes, other attributes and links are counted by name, with an example."""
    lines = [
        "T1\tPER 0 3\tKim", "T2\tPER 8 10\tXi", "R1\tMeets Arg1:T1 Arg2:T2", "R2\tMeets Arg1:T1", "#1\tNote T1\thm",
        "A1\tNegated T1", "M1\tNegated T1", "N1\tReference T1 UMLS:C1\tx", "*\tEquiv T1 T2", "A2\tForm T1 adjective",
        "N2\tReference T1 Wikidata:Q57\tKim", "A3\tMetonymOf T1 Q58", "A4\tForm T1 verb", "W1\tOther T1 X:1",
        "E1\tMeet:T9 A:T1", "A5\tNegated E1", "#2\tAnnotatorNotes R1\thm",
    ]  # fmt: skip
    links, omitted, examples = linked("\n".join(lines))
    assert omitted == {
        "relations 'Meets'": 2, "events 'Meet'": 1, "attributes 'Note'": 1, "attributes 'Negated'": 3,
        "attributes 'Form'": 1, "links to 'UMLS' that the attribute link doesn't allow": 1, "attributes 'Other'": 1,
        "relations 'Equiv'": 1, "notes 'AnnotatorNotes'": 1,
    }  # fmt: skip
    assert (examples["attributes 'Form'"], examples["attributes 'Note'"], links) == ("verb", "hm", ["Q57", None])


def test_reads_events_as_mentions_with_relations() -> None:
    """An event is at its trigger's place; arguments are relations by role, whatever they are numbered with."""
    lines = [
        "T1\tMeet 4 7\tmet", "T2\tPER 0 3\tKim", "T3\tPER 8 10\tXi", "E1\tMeet:T1 Who:T2 Who2:T3", "E2\tMeet:T1 Who:E1",
        "A1\tNegated E1", "R1\tNear Arg1:T3 Arg2:T1",
    ]  # fmt: skip
    document = read("\n".join(lines), "Kim met Xi")
    assert [(each.id, each.span.type, each.span.text) for each in document.mentions or []] == [
        ("T2", "PER", "Kim"), ("T3", "PER", "Xi"), ("E1", "Meet", "met"), ("E2", "Meet", "met"),
    ]  # fmt: skip
    assert [each[:3] for each in document.relations] == [
        ("Who", "E1", "T2"), ("Who", "E1", "T3"), ("Who", "E2", "E1"), ("Near", "T3", "E1"),
    ]  # fmt: skip
    assert [each.attributes for each in document.mentions or []] == [{}, {}, {"Negated": (True,)}, {}]


@pytest.mark.parametrize(
    "text", ["a", "", " a", "a\nb", 'a "b"', '"a"', '"a\nb"', '"a\\nb"', '"\\u0041"', "x\u2028y", "\x85"]
)
def test_notes_hold_any_text(text: str) -> None:
    """A text with line ends or blanks at its edges is a JSON string; all others, also quoted ones, are as they are."""
    note = brat.encoded_note(text)
    assert brat.decoded_note(note) == text
    assert len(note.splitlines()) <= 1 and note == note.strip()
    assert (note == text) == (text in ("a", "", 'a "b"', '"a"', '"\\u0041"'))


def test_reports_a_duplicate_id() -> None:
    """Both mentions are kept, the second is reported as corrected, and attributes belong to the first."""
    document = read("T1\tPER 0 3\tKim\nT1\tPER 8 10\tXi\nA1\tForm T1 adjective\n", "Kim met Xi")
    assert [(each.line, each.repair, each.attributes) for each in document.mentions or []] == [
        (1, "", {"Form": ("adjective",)}), (2, "the id T1 is duplicated", {}),
    ]  # fmt: skip
    read_back, repairs, codes = back("Kim met Xi", "T1\tPER 0 3\tKim\nT1\tPER 8 10\tXi\n")
    assert ([entity["id"] for entity in read_back], repairs, codes) == (["T1", "T1-2"], ["the id T1 is duplicated"], [])


def test_configuration_is_that_of_the_mapping() -> None:
    """brat shows types, relations and attributes without further setup; values that occur are those of numbers."""
    configuration = brat_configuration.annotation_configuration(
        parse_mapping({}, read_schema(FLOODS), "brat"), {"Value": {"12", "3"}}
    )
    assert (
        configuration
        == """\
[entities]
PERSON
AGENCY
PLACE
WATER
Quote
Figure
VERB

[relations]
Speakers Arg1:PERSON|AGENCY|PLACE|WATER, Arg2:Quote
Verb Arg1:Quote, Arg2:VERB
Sites Arg1:Figure, Arg2:PERSON|AGENCY|PLACE|WATER
SaidIn Arg1:Figure, Arg2:Quote
<OVERLAP> Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>

[events]

[attributes]
Flooded Arg:PERSON|AGENCY|PLACE|WATER
Speakers_WITNESS Arg:Quote
Speakers_UNNAMED Arg:Quote
Manner Arg:Quote, Value:direct|indirect
Call Arg:Quote, Value:none|advice|order
Measure Arg:Figure, Value:level|rainfall|discharge|people|buildings|extent|cost
Value Arg:Figure, Value:3|12
Unit Arg:Figure, Value:m|cm|mm|km|percent|m3_per_s|ha|persons|buildings|crowns
Estimate Arg:Figure
"""
    )
    visual = brat_configuration.visual_configuration(parse_mapping({}, SCHEMA, "brat"))
    assert visual.startswith("[labels]\nPER | Person\nORG | Organisation\nGPE | Geopolitical entity\n")


FLOOD_LINES = [
    "T1\tPERSON 0 3\tKim", "T2\tQuote 8 10\tXi", "T3\tVERB 4 7\tmet", "T4\tVERB 0 3\tKim", "T5\tVERB 8 10\tXi",
    "T6\tFigure 4 7\tmet", "A1\tCall T2 none", "A2\tMeasure T6 level", "A3\tUnit T6 m", "A4\tValue T6 2",
    "R1\tSpeakers Arg1:T1 Arg2:T2", "R2\tVerb Arg1:T2 Arg2:T3", "R3\tVerb Arg1:T2 Arg2:T4",
    "R4\tSaidIn Arg1:T6 Arg2:T2", "R5\tSaidIn Arg1:T6 Arg2:T1", "R6\tSpeakers Arg1:T3 Arg2:T2",
]  # fmt: skip


def flooded(lines: list[str]) -> tuple[dict[str, Any], ImportLog]:
    """Return the layers of an .ann over "Kim met Xi" in the dataset about floods, and the log."""
    log, mapping = ImportLog(), parse_mapping({}, read_schema(FLOODS), "brat")
    documents = [read("\n".join(lines), "Kim met Xi")]
    [taken] = convert_documents(documents, SETTINGS, mapping, lambda _: None, lambda _: [], log)
    layers: Any = taken.document
    return {name: layers.get(name) for name in ("mentions", "quotes", "figures")}, log


def test_a_label_has_one_part_and_refers_to_what_it_may() -> None:
    """A second part, a reference to a label of another layer, and a part without a label are counted."""
    layers, log = flooded(FLOOD_LINES)
    assert (layers["quotes"][0]["verb"]["text"], layers["quotes"][0]["speakers"]) == ("met", ["T1"])
    assert layers["figures"][0]["said_in"] == "T2"
    assert dict(+log.omitted) == {
        "relations 'Verb'": 1, "relations 'SaidIn'": 1, "relations 'Speakers'": 1, "parts 'VERB' that no label has": 2,
    }  # fmt: skip
    counts = log.counts
    assert (counts["mentions taken as parts"], counts["mentions that are parts of no label"]) == (1, 2)
    assert counts["mentions"] == sum(count for key, count in counts.items() if key.startswith("mentions "))


def test_a_reference_to_a_refused_label_is_counted() -> None:
    """A quote without what it must have is refused; the figure in it stays, and refers to nothing."""
    layers, log = flooded([line for line in FLOOD_LINES if "Call" not in line])
    assert (layers["quotes"], layers["figures"][0]["said_in"]) == (None, None)
    assert log.omitted["references said_in to labels that are refused"] == 1
    assert [(issue.code, issue.message) for issue in log.issues] == [
        ("convert-value", "1 labels of quotes have no call, which they must have")
    ]
