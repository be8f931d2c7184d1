"""spaCy, GLiNER and Web Annotation: round trips of everything that the format can represent."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.convert import mention_tokens
from pactwire.convert.formats import gliner, spacy_docbin, spacy_documents, w3c_webannotation
from pactwire.convert.formats.w3c_webannotation import PageContext
from pactwire.convert.formats.w3c_webannotation_reader import read_page
from pactwire.convert.imported_document import SourceFile
from pactwire.corpus.tables import LinkRow
from pactwire.model import digests
from pactwire.model.labels import document_labels
from pactwire.text.content import Content
from support.examples import examples
from support.mentions import mentions_of
from support.news import SCHEMA
from support.strategies import Annotated, annotated, article

GOLDEN = Path(__file__).parent / "golden" / "convert"
drawn_slowly = examples(50)


@given(annotated())
@drawn_slowly
def test_spacy_round_trip_keeps_every_mention(drawn: Annotated) -> None:
    """A DocBin keeps article, content text, and all mentions with type and link, nested or crossing."""
    pytest.importorskip("spacy")
    content = Content(drawn.article, drawn.zones, drawn.document, SCHEMA.content_kinds)
    mentions = mentions_of(content)
    data = spacy_docbin.docbin_bytes(
        [spacy_docbin.DocText(drawn.article["id"], content.text, {"entities": mentions}, "entities")]
    )
    (document,) = spacy_documents.read_docbin(data, SourceFile("a.spacy", "2024-01-01T00:00:00Z"), {})
    wanted = [((m["start"], m["end"]), m["type"], m["link"]) for m in mentions]
    assert (document.name, document.raw) == (f"a.spacy#{drawn.article['id']}", content.text)
    assert [(*each.span.fragments, each.span.type, each.link or None) for each in document.mentions or []] == wanted


def test_spacy_ents_are_the_outermost_mentions() -> None:
    """doc.ents, which cannot overlap, has the longer of two nested mentions."""
    spacy_tokens = pytest.importorskip("spacy.tokens")
    vocab = pytest.importorskip("spacy.vocab").Vocab()
    inner: Any = {"id": "a", "start": 5, "end": 10, "type": "GPE", "link": "Q884", "text": "Korea"}
    outer: Any = {"id": "b", "start": 0, "end": 10, "type": "GPE", "link": None, "text": "Nort Korea"}
    data = spacy_docbin.docbin_bytes(
        [spacy_docbin.DocText("x", "Nort Korea\n\nend", {"names": [inner, outer]}, "names")]
    )
    (doc,) = spacy_tokens.DocBin(store_user_data=True).from_bytes(data).get_docs(vocab)
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("Nort Korea", "GPE")]
    assert [token.text for token in doc] == ["Nort", "Korea", "\n\n", "end"]


@given(annotated())
@drawn_slowly
def test_gliner_keeps_every_mention_of_a_line(drawn: Annotated) -> None:
    """Tokens and inclusive token spans give each mention's words, and all lines are one JSON array."""
    content = Content(drawn.article, drawn.zones, drawn.document, SCHEMA.content_kinds)
    lines, _, across = mention_tokens.tokenized_lines(content, mentions_of(content))
    records = json.loads(gliner.format_records(lines))
    back = [
        (kind, "".join(record["tokenized_text"][first : last + 1]))
        for record in records
        for first, last, kind in record["ner"]
    ]
    inside = [mention for line in lines for mention in line.mentions]
    assert back == [(mention["type"], "".join(mention["text"].split())) for mention in inside]
    assert len(inside) + len(across) == len(mentions_of(content))


def content_of(text: str) -> Content:
    """Return the content of an article that is one paragraph."""
    zone: Any = {"start": 0, "end": len(text), "kind": "body", "language": "en"}
    return Content(article(text), [zone], None, SCHEMA.content_kinds)


def test_gliner_ends_are_inclusive() -> None:
    """A mention of one token begins and ends at it; one of two tokens ends at the second."""
    mentions = [{"id": str(start), "start": start, "end": end, "type": kind, "text": ""}
                for start, end, kind in ((0, 3, "PER"), (8, 19, "GPE"))]  # fmt: skip
    [line], _, _ = mention_tokens.tokenized_lines(content_of("Kim met North Korea"), mentions)  # type: ignore[arg-type]
    assert gliner.gliner_record(line)["ner"] == [[0, 0, "PER"], [2, 3, "GPE"]]


@given(annotated())
@drawn_slowly
def test_page_round_trip_keeps_the_whole_document(drawn: Annotated) -> None:
    """Every layer, label, attribute and annotator survives, and nothing is corrected."""
    text = drawn.article["source_text"]
    around = PageContext(dict(drawn.article), drawn.zones, [LinkRow("Q159", "Russia", "GPE", "x")], [])
    page = json.loads(json.dumps(w3c_webannotation.build_page(drawn.document, text, "ana", around, SCHEMA)))
    raw = "\ufeff" + text if text.startswith("\ufeff") else text
    content = read_page(page, raw, "a.jsonld", SCHEMA)
    assert (content.document, content.folder, content.repairs, content.issues) == (drawn.document, "ana", [], [])
    kept = {key: value for key, value in drawn.article.items() if key in content.context.article}
    assert (content.context, list(kept)) == (
        PageContext(kept, drawn.zones, around.links, []), ["source_id", "section", "published", "url", "license"],
    )  # fmt: skip


def test_page_follows_a_changed_text() -> None:
    """Moved words are found by their quotation; words that are gone are refused by name."""
    text = "Kim met Putin. Then Kim left Seoul for good, and nobody knew the reason why, and Putin stayed where he was."
    spans = [("a", text.rindex("Kim"), 3), ("b", text.rindex("Putin"), 5), ("c", text.index("Seoul"), 5)]
    entities = [
        {"id": name, "start": start, "end": start + size, "text": text[start : start + size], "type": "PER",
         "form": "name", "link": None, "metonym_of": None, "by": ["ana"]}
        for name, start, size in spans
    ]  # fmt: skip
    document = {
        "schema_version": "1", "article": "0" * 16, "text_sha256": digests.sha256(text), "guidelines": "1.0",
        "annotators": [{"id": "ana", "kind": "human", "name": None, "version": None}],
        "status": {"entities": "draft"}, "created": "2024-01-01T00:00:00Z", "updated": "2024-01-01T00:00:00Z",
        "derived_from": [], "entities": entities,
    }  # fmt: skip
    page = w3c_webannotation.build_page(document, text, "ana", PageContext(), SCHEMA)  # type: ignore[arg-type]
    new = "Update! " + text.replace("Seoul", "Busan")
    content = read_page(page, new, "a.jsonld", SCHEMA)
    assert content.document is not None
    assert [(e["start"], e["text"]) for e in document_labels(content.document, "entities")] == [
        (new.rindex("Putin"), "Putin")
    ]
    assert [name for name, _ in content.repairs] == ["b", ""]
    assert [(issue.code, issue.record) for issue in content.issues] == [("convert-text", "a"), ("convert-text", "c")]


def test_quotation_has_prefix_and_suffix() -> None:
    """They have up to QUOTE_CONTEXT code points each."""
    around = w3c_webannotation.QUOTE_CONTEXT
    text = "".join(chr(0x4E00 + at) for at in range(2 * around + 10))
    for start, end in ((0, 3), (5, 6), (around + 1, around + 4), (2 * around, 2 * around + 10)):
        position, quotation = w3c_webannotation._selectors(text, start, end)
        assert (position["start"], position["end"], quotation["exact"]) == (start, end, text[start:end])
        assert quotation["prefix"] == text[:start][-around:] * (start > 0)
        assert quotation["suffix"] == text[end:][:around]


def test_creators_are_persons_or_software() -> None:
    """Only an annotator of kind human is a Person."""
    document: Any = json.loads((GOLDEN.parent / "base/annotations/final/00000000000000aa.json").read_text("utf-8"))
    document["annotators"] = [
        {"id": kind, "kind": kind, "name": None, "version": None} for kind in ("human", "model", "rule")
    ]
    for layer in ("zones", "entities", "claims", "stances"):
        for label in document[layer]:
            label["by"] = ["model", "human", "rule"]
    text = (GOLDEN.parent / "base/dataset/raw/0_00000000000000aa.txt").read_text("utf-8")
    [item, *_] = w3c_webannotation.build_page(document, text, "human", w3c_webannotation.PageContext(), SCHEMA)["items"]
    assert [each["type"] for each in item["creator"]] == ["Software", "Person", "Software"]


def test_cue_moves_with_its_claim() -> None:
    """In a text that has grown at its start, claims and cues are still on their own words."""
    page = json.loads((GOLDEN / "webannotation" / "00000000000000aa.jsonld").read_text(encoding="utf-8"))
    text = "New! " + (GOLDEN / "webannotation" / "00000000000000aa.txt").read_text(encoding="utf-8")
    content = read_page(page, text, "a.jsonld", SCHEMA)
    assert content.document is not None
    cues = [claim["cue"] for claim in document_labels(content.document, "claims") if claim["cue"]]
    assert cues
    assert all(text[cue["start"] : cue["end"]] == cue["text"] for cue in cues)
    assert {repair for name, repair in content.repairs if name} == {"offsets 5 too small"}
    assert content.issues == []


def test_refuses_pages_of_other_programs() -> None:
    """A page that we did not write is an issue, whatever its shape."""
    pages: list[Any] = [[], {}, {"items": []}, {"pactwire:document": {}, "items": [{"pactwire:label": {"layer": "x"}}]}]
    for page in pages:
        assert read_page(page, "text", "a.jsonld", SCHEMA).issues[0].code == "convert-page"


def _golden_page() -> tuple[Any, str]:
    folder = GOLDEN / "webannotation"
    page = json.loads((folder / "00000000000000aa.jsonld").read_text(encoding="utf-8"))
    return page, (folder / "00000000000000aa.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("body", [], "its pactwire:label contradicts its 'body'"),
        (
            "creator",
            [{"id": "urn:pactwire:annotator:eve", "type": "Person"}],
            "its pactwire:label contradicts its 'creator'",
        ),
        ("modified", "2030-01-01T00:00:00Z", "its pactwire:label contradicts its 'modified'"),
        ("motivation", "moderating", "its pactwire:label contradicts its 'motivation'"),
    ],
)
def test_refuses_an_edited_annotation(key: str, value: Any, message: str) -> None:
    """If the tag or the creator contradicts our copy, neither is certain."""
    page, text = _golden_page()
    page["items"][3][key] = value
    content = read_page(page, text, "a.jsonld", SCHEMA)
    assert (content.document, [issue.code for issue in content.issues]) == (None, ["convert-page"])
    assert message in content.issues[0].message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("next", "urn:page:2"),
        ("pactwire:article", {"license": ""}),
        ("pactwire:article", {"license": "x", "text": "!"}),
        ("pactwire:article", {"published": "2024-02-31"}),
        ("pactwire:tables", {"links": [["Q1", "a\tb", "PER", "x"]], "topics": []}),
        ("pactwire:tables", {"links": [], "topics": [{}]}),
        ("pactwire:tables", []),
    ],
)
def test_refuses_a_page_with_unknown_content(key: str, value: Any) -> None:
    """A page that continues elsewhere, or has another context, is not understood completely."""
    page, text = _golden_page()
    page[key] = value
    content = read_page(page, text, "a.jsonld", SCHEMA)
    assert (content.document, [issue.code for issue in content.issues]) == (None, ["convert-page"])


def test_reads_a_page_of_version_1() -> None:
    """Such a page has no context, and says in which language a claim is normalized."""
    page, text = _golden_page()
    described = [body for item in page["items"] for body in item["body"] if body["purpose"] == "describing"]
    assert described
    for body in described:
        body["language"] = "en"
    del page["pactwire:article"], page["pactwire:tables"]
    content = read_page(page, text, "a.jsonld", SCHEMA)
    assert (content.document is None, content.context, content.issues) == (False, PageContext(), [])


@given(st.data())
@examples(200)
def test_refuses_a_damaged_page(data: st.DataObject) -> None:
    """With any value replaced, a page gives a valid document or an issue."""
    page, text = _golden_page()
    place: Any = page
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not (isinstance(place[key], dict | list) and place[key] and data.draw(st.integers(0, 3))):
            break
        place = place[key]
    place[key] = data.draw(st.sampled_from([None, [], {}, "x", "../x", -1, 10**9, True, [{}], {"start": None}]))
    content = read_page(page, text, "a.jsonld", SCHEMA)
    assert content.issues if content.document is None else SCHEMA.is_valid(content.document)
    assert content.folder in ("", "final", "ann")


@pytest.mark.parametrize("layer", [[], {}, None, 1])
def test_refuses_a_layer_that_is_not_a_string(layer: Any) -> None:
    """It is refused like an unknown layer."""
    page, text = _golden_page()
    page["items"][1]["pactwire:label"]["layer"] = layer
    assert read_page(page, text, "a.jsonld", SCHEMA).issues


def test_selectors_follow_the_model() -> None:
    """Positions are half-open code points, and quotations have a prefix and a suffix."""
    text = "\U0001f600 Kim met Putin"
    selectors = w3c_webannotation._selectors(text, 2, 5)
    assert selectors == [
        {"type": "TextPositionSelector", "start": 2, "end": 5},
        {"type": "TextQuoteSelector", "exact": "Kim", "prefix": "\U0001f600 ", "suffix": " met Putin"},
    ]
