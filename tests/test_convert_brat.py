"""brat standoff, read and written: round trips of our documents, and files as other tools write them."""

import pytest
from hypothesis import given

from pactwire.convert.formats import brat
from pactwire.convert.import_conversion import ImportSettings, convert_documents
from pactwire.convert.import_log import ImportLog
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.type_mapping import TypeMapping
from pactwire.model.records import Annotator, Entity
from support.examples import examples
from support.mentions import MENTIONS
from support.strategies import Annotated, annotated

SETTINGS = ImportSettings(Annotator(id="ana", kind="human", name=None, version=None), "draft", "0.0", "unknown", "uk")
TIME = "2024-01-01T00:00:00Z"
drawn_slowly = examples(50)


def read(annotation: str, raw: str) -> ImportedDocument:
    """Return the document of an .ann file over a text."""
    document = ImportedDocument("a.txt", "a.ann", raw, [], TIME)
    brat.add_annotations(document, annotation, MENTIONS)
    return document


def back(text: str, annotation: str) -> tuple[list[Entity], list[str], list[str]]:
    """Return the entities, corrections and issue codes of an .ann over a text."""
    raw = "\ufeff" + text if text.startswith("\ufeff") else text
    imported = read(annotation, raw)
    log = ImportLog()
    converted = list(convert_documents([imported], SETTINGS, TypeMapping(MENTIONS), lambda _: None, lambda _: [], log))
    entities = [entity for each in converted if each.document for entity in each.document["entities"]]
    return entities, [each.what for each in log.repairs], [issue.code for issue in log.issues]


@given(annotated())
@drawn_slowly
def test_round_trip_keeps_entities(drawn: Annotated) -> None:
    """Places, text, types, forms, links and metonyms survive, including nested and crossing mentions."""
    entities = drawn.document.get("entities", [])
    read_back, repairs, codes = back(drawn.article["source_text"], brat.format_annotations(entities, MENTIONS))
    bare = [{**entity, "id": "", "by": []} for entity in sorted(entities, key=lambda e: (e["start"], e["end"]))]
    assert [{**entity, "id": "", "by": []} for entity in read_back] == bare
    assert codes == ([] if drawn.article["source_text"] else ["convert-empty"])
    assert set(repairs) <= {"fragments joined, with only white space between them"}


def test_writes_a_multi_line_mention_as_fragments() -> None:
    """Each line of a mention is a fragment, without white space at its edges."""
    [entity], _, _ = back("in North\n Korea \n\nnow", "T1\tGPE 3 20\tNorth  Korea   now\n")
    assert brat.format_annotations([entity], MENTIONS) == "T1\tGPE 3 8;10 15;18 21\tNorth Korea now\n"


def test_keeps_valid_brat_ids() -> None:
    """A mention keeps its T number in both directions; any other id is replaced by a free one."""
    read_back, _, _ = back("Kim met Xi", "T7\tPER 0 3\tKim\nT1\tPER 8 10\tXi\n")
    assert [entity["id"] for entity in read_back] == ["T7", "T1"]
    read_back[0]["id"] = "e9"
    assert [line.split("\t")[0] for line in brat.format_annotations(read_back, MENTIONS).splitlines()] == ["T2", "T1"]


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


def test_counts_a_null_link_with_its_mention() -> None:
    """NEREL writes Wikidata:NULL if Wikidata has no entry."""
    lines = "T1\tPER 0 3\tKim\nN1\tReference T1 Wikidata:NULL\tKim\n"
    document = read(lines, "Kim")
    [mention] = document.mentions or []
    assert (mention.link, document.omitted.examples) == ("", {"links that say NIL without a name": "Kim"})


def test_uses_no_link_if_there_are_two() -> None:
    """Two different Wikidata ids of a mention are counted together; the same id twice is one link."""
    line = "T1\tPER 0 3\tKim\nN1\tReference T1 Wikidata:Q57\tKim\n"
    document = read(f"{line}N2\tReference T1 Wikidata:Q58\tKim\n", "Kim")
    [mention] = document.mentions or []
    several = {"mentions with several links, of which none is taken": 1}
    assert (mention.link, dict(document.omitted)) == ("", several)
    assert list(document.omitted.examples.values()) == ["Q57|Q58"]
    document = read(f"{line}N2\tReference T1 Wikidata:Q57\tKim\n", "Kim")
    [mention] = document.mentions or []
    assert (mention.link, dict(document.omitted)) == ("Q57", {})


def test_counts_what_is_not_read() -> None:
    """Relations, events, notes, other attributes and links are counted by name, with an example."""
    lines = [
        "T1\tPER 0 3\tKim", "T1\tPER 8 10\tXi", "R1\tMeets Arg1:T1 Arg2:T2", "E1\tMeet:T1 A:T1", "#1\tNote T1\thm",
        "A1\tNegated T1", "M1\tNegated T1", "N1\tReference T1 UMLS:C1\tx", "*\tEquiv T1 T2", "A2\tForm T1 adjective",
        "N2\tReference T1 Wikidata:Q57\tKim", "A3\tMetonymOf T1 Q58", "A4\tForm T1 verb", "W1\tReference T1 X:1",
    ]  # fmt: skip
    document = read("\n".join(lines), "Kim met Xi")
    [first, _] = document.mentions or []
    assert dict(document.omitted) == {
        "relations 'Meets'": 1, "events 'Meet'": 1, "notes 'Note'": 1, "attributes 'Negated'": 2,
        "attributes 'Form'": 1, "normalizations to 'UMLS'": 1, "normalizations to 'X'": 1, "equivalences 'Equiv'": 1,
    }  # fmt: skip
    assert document.omitted.examples["normalizations to 'UMLS'"] == "N1\tReference T1 UMLS:C1\tx"
    assert (first.link, first.attributes) == ("Q57", {"form": "adjective", "metonym_of": "Q58"})
    assert document.issues == []


def test_reports_a_duplicate_id() -> None:
    """Both mentions are kept, the second is reported as corrected, and attributes belong to the first."""
    document = read("T1\tPER 0 3\tKim\nT1\tPER 8 10\tXi\nA1\tForm T1 adjective\n", "Kim met Xi")
    assert [(each.line, each.repair, each.attributes) for each in document.mentions or []] == [
        (1, "", {"form": "adjective"}), (2, "the id T1 is duplicated", {}),
    ]  # fmt: skip
    read_back, repairs, codes = back("Kim met Xi", "T1\tPER 0 3\tKim\nT1\tPER 8 10\tXi\n")
    assert ([entity["id"] for entity in read_back], repairs, codes) == (["T1", "T1-2"], ["the id T1 is duplicated"], [])


def test_configuration_names_every_type_once() -> None:
    """brat shows our types without further setup."""
    labels = [{"metonym_of": link} for link in ("Q2", None, "Q1", "Q2")]
    assert brat.annotation_configuration(MENTIONS, labels).startswith("[entities]\nPER\nORG\nGPE\nLOC\nEVT\nPRO\n")
    assert "Value:Q1|Q2\n" in brat.annotation_configuration(MENTIONS, labels)
    assert "Value:none\n" in brat.annotation_configuration(MENTIONS, [])
