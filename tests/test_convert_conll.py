"""CoNLL, read and written: round trips of our documents, tag schemes, and files as other tools write them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.convert import mention_tokens
from pactwire.convert.formats import conll
from pactwire.convert.import_conversion import ImportSettings, convert_documents
from pactwire.convert.import_log import ImportLog
from pactwire.convert.imported_document import ImportedDocument, SourceFile
from pactwire.model.issues import DataError
from pactwire.model.labels import document_labels
from pactwire.model.records import Annotator
from pactwire.storage import files
from pactwire.text import bio_tags
from pactwire.text.content import Content
from support.examples import examples
from support.mentions import MAPPING, mentions_of
from support.news import SCHEMA
from support.strategies import Annotated, annotated

SOURCE = SourceFile("f.conll", "2024-01-01T00:00:00Z")
SETTINGS = ImportSettings(Annotator(id="ana", kind="human", name=None, version=None), "draft", "0.0", "unknown", "uk")
drawn_slowly = examples(50)


def read(text: str, *tags: str, token: str | None = None, **about: Any) -> list[ImportedDocument]:
    """Read the documents of a file; ``about`` names the columns of links and metonyms."""
    return list(conll.read_documents(text.encode(), SOURCE, conll.ConllColumns(tags, token, **about)))


def shape(imported: ImportedDocument) -> tuple[str, list[tuple[int, int, str, str | None]]]:
    """Return a text and its mentions: start, end, type, words."""
    mentions = imported.mentions or []
    return imported.raw, [(*m.span.fragments[0], m.span.type, m.span.text) for m in mentions]


@given(annotated())
@drawn_slowly
def test_round_trip_keeps_outermost_mentions(drawn: Annotated) -> None:
    """The text survives except for the kind of white space, and each mention of a line keeps its words."""
    content = Content(drawn.article, drawn.zones, drawn.document, SCHEMA.content_kinds)
    lines, _, _ = mention_tokens.tokenized_lines(content, bio_tags.outermost(mentions_of(content)))
    documents = read(conll.format_documents([lines], ["entities"]))
    text = "".join(files.normalize_newlines(each.raw) for each in documents)
    assert text.split() == content.text.split()
    mentions = [mention for line in lines for mention in line.mentions]
    back = [mention for each in documents for mention in shape(each)[1]]
    assert [(kind, (words or "").split()) for _, _, kind, words in back] == [
        (mention["type"], mention["text"].split()) for mention in mentions
    ]
    assert all(text[start:end] == words for start, end, _, words in back)


SCHEMES = {
    "IOB2": ("B", "I", "I", "B"),
    "BIOES": ("B", "I", "E", "S"),
    "BILOU": ("B", "I", "L", "U"),
    "BMES": ("B", "M", "E", "S"),
}


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["PER", "LOC", None])), max_size=8), st.data())
def test_reads_all_tag_schemes_alike(runs: list[tuple[int, str | None]], data: st.DataObject) -> None:
    """IOB1, IOB2, BIOES, BILOU and BMES tags of the same mentions give the same result."""
    scheme = data.draw(st.sampled_from([*SCHEMES, "IOB1"]))
    rows, spans, position, before = [], [], 0, None
    for length, kind in runs:
        if kind:
            spans.append((position, position + 2 * length - 1, kind))
        for index in range(length):
            if kind is None:
                tag = "O"
            elif scheme == "IOB1":
                tag = ("B-" if index == 0 and before == kind else "I-") + kind
            else:
                first, inside, last, only = SCHEMES[scheme]
                edge = (index == 0, index == length - 1)
                tag = {(1, 1): only, (1, 0): first, (0, 1): last, (0, 0): inside}[edge] + "-" + kind
            rows.append(f"w {tag}")
            position += 2
        before = kind
    documents = read("\n".join(rows) + "\n")
    assert [mention[:3] for each in documents for mention in shape(each)[1]] == spans


def test_does_not_continue_an_ended_mention() -> None:
    """An I- after an E-, L- or S- of its type begins a mention, and so does an E- after nothing."""
    assert [mention[:3] for mention in shape(read("a B-X\nb E-X\nc I-X\nd S-X\ne I-X\nf O\ng E-X\nh E-X\n")[0])[1]] == [
        (0, 3, "X"), (4, 5, "X"), (6, 7, "X"), (8, 9, "X"), (12, 13, "X"), (14, 15, "X"),
    ]  # fmt: skip


def test_single_token_mention_is_separate() -> None:
    """A U- or S- tag is never joined with a neighbor of the same type."""
    for only in "US":
        mentions = shape(read(f"a B-X\nb {only}-X\nc I-X\nd {only}-X\ne {only}-X\n")[0])[1]
        assert [mention[:2] for mention in mentions] == [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]


def test_reads_articles_sentences_and_spacing() -> None:
    """-DOCSTART- and comments begin articles, blank lines sentences; SpaceAfter=No works in any column."""
    text = (
        "-DOCSTART- -X- -X- O\n\nL _ SpaceAfter=No O\n' _ SpaceAfter=No O\nOTAN NNP _ B-ORG\n\n\nKim _ _ B-PER\n"
        "-DOCSTART- -X- -X- O\n\nXi\tX\tO\tB-PER\n"
    )
    assert [shape(each) for each in read(text)] == [
        ("L'OTAN\nKim", [(2, 6, "ORG", "OTAN"), (7, 10, "PER", "Kim")]),
        ("Xi", [(0, 2, "PER", "Xi")]),
    ]
    named = read("# newdoc id = a\nKim\tB-PER\n\n# note\n# newdoc id = b\nXi\tB-PER\n")
    assert [(each.name, each.raw) for each in named] == [("f.conll#a", "Kim"), ("f.conll#b", "Xi")]
    assert named[0].properties == {"comments": ("note",)}


HIPE = (
    "TOKEN\tNE-COARSE-LIT\tNE-NESTED\tNEL-LIT\tMISC\n# hipe2022:document_id = NZZ-1\n# hipe2022:date = 1798\n"
    "Genève\tB-loc\tO\tQ71\tNoSpaceAfter\n,\tO\tO\t_\tEndOfSentence\n"
    "ville\tB-org\t_\tNIL\t_\nde\tI-org\t_\tNIL\tEndOfLine\nParis\tI-org\tB-loc\tNIL\t_\n"
)


def test_header_names_the_columns() -> None:
    """HIPE tables have tags and links by name or number, and spacing and sentence ends in the last column."""
    (document,) = read(HIPE, "NE-COARSE-LIT", link="NEL-LIT")
    assert shape(document) == ("Genève,\nville de Paris", [(0, 6, "loc", "Genève"), (8, 22, "org", "ville de Paris")])
    assert [mention.link for mention in document.mentions or []] == ["Q71", "NIL"]
    assert document.name == "f.conll#NZZ-1"
    assert not [name for name in document.omitted if "comments" in name]
    assert [(each["name"], each["origin"]) for each in document.stated.statements] == [("date", "comment date")]
    assert [shape(each)[1] for each in read(HIPE, "3")] == [[(17, 22, "loc", "Paris")]]
    with pytest.raises(DataError, match="the header names no column 'NER'"):
        read(HIPE, "NER")


METONYM = (
    "TOKEN\tNE-COARSE-LIT\tNE-COARSE-METO\tNEL-LIT\tNEL-METO\n"
    "Moscou\tB-loc\tB-org\tQ649\tQ159\nde\tO\tO\tQ1\t_\nParis\tB-loc\tO\tQ90|Q1\tNIL\nLa\tB-loc\tO\tQ1\tNIL:x\n"
    "Haye\tI-loc\tO\tQ2\t_\nY\tB-loc\tO\tNIL\t_\n"
)


def test_reads_metonyms_and_counts_unusable_links() -> None:
    """Metonyms need --metonym; NIL, several links and stray ones are counted with examples."""
    (document,) = read(METONYM, "NE-COARSE-LIT", link="NEL-LIT", metonym="NEL-METO")
    assert [(mention.link, mention.metonym) for mention in document.mentions or []] == [
        ("Q649", "Q159"), ("Q90|Q1", "NIL"), ("Q1|Q2", "NIL:x"), ("NIL", ""),
    ]  # fmt: skip
    several = "mentions with several links, of which none is taken"
    assert dict(document.omitted) == {
        "tags in column 'NE-COARSE-METO'": 1, "values of link outside of mentions": 1,
    }  # fmt: skip
    assert document.omitted.examples == {
        "tags in column 'NE-COARSE-METO'": "B-org", "values of link outside of mentions": "Q1",
    }  # fmt: skip
    document.mentions = [
        replace(mention, span=replace(mention.span, type="GPE")) for mention in document.mentions or []
    ]
    log = ImportLog()
    [taken] = convert_documents([document], SETTINGS, MAPPING, lambda _: None, lambda _: [], log)
    assert taken.document
    assert [(each["link"], each["metonym_of"]) for each in document_labels(taken.document, "entities")] == [
        ("Q649", "Q159"), (None, None), (None, None), (None, None),
    ]  # fmt: skip
    assert (log.omitted[several], log.omitted["links that say NIL without a name"]) == (2, 2)
    assert log.omitted.examples[several] == "Q90|Q1"
    assert log.omitted.examples["links that say NIL without a name"] == "Paris"
    assert log.omitted["links that the attribute metonym_of doesn't allow"] == 1
    assert log.omitted.examples["links that the attribute metonym_of doesn't allow"] == "NIL:x"
    (document,) = read(METONYM, "NE-COARSE-LIT")
    assert (document.omitted["values in column 'NEL-METO'"], document.omitted["values in column 'NEL-LIT'"]) == (3, 6)


def test_reads_nested_mentions_from_other_columns() -> None:
    """Two columns of tags give the mentions of both; tags in an unnamed column are counted."""
    both = shape(read(HIPE, "NE-COARSE-LIT", "NE-NESTED")[0])[1]
    assert sorted(both) == [(0, 6, "loc", "Genève"), (8, 22, "org", "ville de Paris"), (17, 22, "loc", "Paris")]
    (document,) = read(HIPE, "NE-COARSE-LIT")
    assert {name: count for name, count in document.omitted.items() if "column" in name} == {
        "tags in column 'NE-NESTED'": 1,
        "values in column 'NEL-LIT'": 4,
        "values in column 'MISC'": 1,
    }


def test_asks_for_ambiguous_columns() -> None:
    """A header of many columns, and a first column that numbers the tokens, are not guessed at."""
    with pytest.raises(DataError, match="only you know which of them have the tags"):
        read(HIPE)
    counted = "1\tKim\tB-PER\n2\tcame\tO\n\n1\tXi\tB-PER\n"
    with pytest.raises(DataError, match=r"f\.conll:2: convert-tag: the first column numbers the tokens"):
        read(counted)
    assert shape(read(counted, token="2")[0]) == ("Kim came\nXi", [(0, 3, "PER", "Kim"), (9, 11, "PER", "Xi")])
    assert [shape(each) for each in read("word tag\nKim B-PER\n", "tag")] == [("Kim", [(0, 3, "PER", "Kim")])]
    assert [shape(each) for each in read("Word tag\nKim B-PER\n")] == [("Kim", [(0, 3, "PER", "Kim")])]


def test_splits_articles_by_sentences() -> None:
    """Nothing is lost at the boundaries; a file with -DOCSTART- marks articles itself."""
    text = "a B-X\n\n\nb I-X\nc O\n\nd B-X\n"
    cut = list(conll.read_documents(text.encode(), SOURCE, conll.ConllColumns(sentences=2)))
    assert [shape(each) for each in cut] == [
        ("a\nb c", [(0, 1, "X", "a"), (2, 3, "X", "b")]), ("d", [(0, 1, "X", "d")]),
    ]  # fmt: skip
    assert [each.name for each in cut] == ["f.conll#1", "f.conll#2"]
    marked = f"-DOCSTART- O\n\n{text}"
    assert len(list(conll.read_documents(marked.encode(), SOURCE, conll.ConllColumns(sentences=2)))) == 1


def test_tokens_may_have_no_break_spaces_and_number_signs() -> None:
    """Only spaces and tabs separate columns, and a line that begins with # is a token if it has a tag."""
    assert shape(read("10\u00a0000 B-NUM\n# O\n")[0]) == ("10\u00a0000 #", [(0, 6, "NUM", "10\u00a0000")])


DROPPED = "Anna\tB-PER\nmet\tO\nnot\nBoris\tB-PER\nVian PhD\tI-PER\n.\tO"


def test_refuses_an_article_with_an_unreadable_line() -> None:
    """A word would be missing from its text; its neighbors are imported."""
    good = "-DOCSTART-\tO\n\nKim\tB-PER\nVian PhD\tB-PER"
    incoming = ImportLog()
    articles = read(f"{good}\n-DOCSTART-\tO\n{DROPPED}\n{good}\n.\tO\n")
    taken = list(convert_documents(articles, SETTINGS, MAPPING, lambda _: None, lambda _: [], incoming))
    assert [each.article["text"] for each in taken if each.article] == ["Kim Vian PhD", "Kim Vian PhD ."]
    assert [(each.line, each.code, each.message) for each in incoming.issues] == [
        (8, "convert-tag", "'not' is not a token with a tag")
    ]
    assert (incoming.counts["articles refused"], incoming.counts["mentions of refused articles"]) == (1, 2)


@pytest.mark.parametrize(
    "row",
    ["Vian PhD I-PER", "PhD", "PhD B-PER O B-PER", "#\tX\tO\tQ-PER"],
    ids=["a word too many", "no tag", "a column too many", "number sign with a wrong tag"],
)
def test_reports_a_row_with_an_unusual_width(row: str) -> None:
    """One of its words may be in a column that is not read."""
    (document,) = read(f"Boris\tB-PER\n{row}\n.\tO\n" if "\t" not in row else f"Kim\tX\tO\tB-PER\n{row}\n")
    assert [issue.line for issue in document.issues] == [2]


def test_ignores_tabs_at_the_end_of_a_line() -> None:
    """Nothing after the last tab is a column if most lines have none there."""
    assert [shape(each) for each in read("Kim\tB-PER\t\t\nmet\tO\nXi\tB-PER\n")] == [
        ("Kim met Xi", [(0, 3, "PER", "Kim"), (8, 10, "PER", "Xi")])
    ]


def test_distinguishes_empty_and_unannotated_articles() -> None:
    """There is an empty article between two -DOCSTART-; an article with only "_" was not annotated."""
    empty, bare, bom = read("-DOCSTART- O\n\n-DOCSTART- O\nKim _\n-DOCSTART- O\n\ufeffKim O\n")
    assert ((empty.raw, empty.mentions), (bare.raw, bare.mentions)) == (("", []), ("Kim", None))
    assert (files.normalize_newlines(bom.raw), bom.mentions) == ("\ufeffKim", [])


def test_a_comment_rejects_its_article() -> None:
    """Every other comment is a property of its article, by its key."""
    first, second = read("# newdoc id = a\n# x::status = rejected\n# text = Kim\nKim O\n# newdoc id = b\n# hm\nXi O\n")
    assert (first.rejected_by, second.rejected_by) == ("'status' 'rejected'", "")
    assert first.properties == {"x::status": ("rejected",), "text": ("Kim",)}
    assert second.properties == {"comments": ("hm",)}


def test_reports_lines_that_are_not_tokens() -> None:
    """A line without a tag, with a wrong one, or with a control character is an issue."""
    (document,) = read("Kim B-PER\nalone\nXi Q-PER\nbad\x07 O\nok O\n")
    assert [(issue.line, issue.code) for issue in document.issues] == [
        (2, "convert-tag"), (3, "convert-tag"), (4, "control-character"),
    ]  # fmt: skip
    with pytest.raises(DataError, match=r"f\.conll:2: not-utf8"):
        list(conll.read_documents("ж O\nж O\n".encode()[:6] + b"\xff", SOURCE, conll.ConllColumns()))


def test_keeps_the_words_of_long_articles() -> None:
    """The text of a mention is correct anywhere in a long article."""
    rows = [f"t{i} {'B-PER' if i % 7 == 0 else 'I-PER' if i % 7 == 1 else 'O'}" for i in range(500)]
    text, mentions = shape(read("\n".join(rows))[0])
    assert len(mentions) == 72
    assert all(text[start:end] == words for start, end, _, words in mentions)
