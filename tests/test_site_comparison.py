"""The site for those who look for errors: documents side by side, places in files, and the index of labels."""

import json
from collections import Counter
from copy import deepcopy
from itertools import takewhile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus import corpus
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.documents import StoredDocument
from pactwire.model.labels import document_labels
from pactwire.release.predicted_documents import PredictedDocuments
from pactwire.site import label_index, labels_page, static_site
from pactwire.site.collection import PREDICTIONS, Collection, build_collection
from pactwire.site.comparison import Comparison, compare_documents
from pactwire.site.label_index import LabelIndex
from pactwire.site.label_views import ArticleLabels
from support import html, schemas, synthetic
from support.examples import examples
from support.schemas import Drawn
from support.synthetic import silent

NATO = "31c112378dc0491b"


def compared(collection: Collection) -> dict[str, Comparison]:
    """Return the comparison of each article."""
    return {name: compare_documents(ArticleLabels(collection, each)) for name, each in collection.entries.items()}


def article_pages(collection: Collection) -> dict[str, html.Node]:
    """Return the pages of articles by id, as trees."""
    files = static_site.site_pages(collection, silent)
    found = dict(takewhile(lambda file: file[0].startswith(("articles/", "data/labels-")), files))
    return {name[9:-5]: html.parse(str(text)) for name, text in found.items() if name.startswith("articles/")}


def label_files(collection: Collection) -> dict[str, str]:
    """Return the pages that list labels and the parts of their index, by file."""
    index = LabelIndex(collection)
    files: dict[str, Any] = {}
    for entry in collection.entries.values():
        labels = ArticleLabels(collection, entry)
        index.add(labels, compare_documents(labels))
        files.update(index.parts())
    return files | dict(static_site.label_pages(index))


def indexed(collection: Collection) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the tables and the parts of the index of labels, without their JavaScript."""
    read = {name: json.loads(text[text.index("{") : text.rindex("}") + 1])
            for name, text in label_files(collection).items() if name.startswith("data/")}  # fmt: skip
    return read.pop("data/labels.js"), list(read.values())


@st.composite
def several(draw: st.DrawFn) -> tuple[Corpus, Drawn, dict[str, Any]]:
    """Draw a document of any schema, a copy with other values, and whether either of them is final, or a third one."""
    drawn = draw(schemas.drawn())
    other = deepcopy(drawn.document)
    schemas.vary_values(draw, drawn.schema, other)
    final = draw(st.sampled_from([None, drawn.document, other]))
    documents = {"ana": drawn.document, "bo": other} | ({FINAL: final} if final else {})
    data = synthetic.corpus([drawn], drawn.schema)
    held: Any = data.documents
    held.held[drawn.article["id"]] = [
        StoredDocument({**document, "zones": drawn.zones}, name, "x.json", 0) for name, document in documents.items()
    ]
    return data, drawn, documents


@examples(50)
@given(several())
def test_documents_of_any_schema_are_side_by_side(drawn: tuple[Corpus, Drawn, dict[str, Any]]) -> None:
    """Each label of each document is in one row; what differs, or is not in final, is on the page with its makers."""
    data, each, documents = drawn
    collection = build_collection(data)
    comparison = compared(collection)[each.article["id"]]
    found: Counter[str] = Counter()
    for row in comparison.rows:
        if row.style:
            asked = [name for name, document in documents.items() if row.style.layer.name in document]
            assert sorted([*row.holders, *row.missing]) == sorted(asked)
            found.update(f"{name} {row.style.layer.name}" for name in row.holders)
    for name, document in documents.items():
        for layer in each.schema.layers:
            if any(layer in own for own_name, own in documents.items() if own_name != FINAL):
                assert found[f"{name} {layer}"] == len(document_labels(document, layer))
    page = article_pages(collection)[each.article["id"]]
    ids = Counter(node.attributes["id"] for node in page.all() if "id" in node.attributes)
    assert not [name for name, count in ids.items() if count > 1]
    links = [link.attributes["href"] for link in page.all("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= ids.keys()
    rows = {node.attributes["id"]: node.words for node in page.all("tr") if node.attributes.get("id", "")[:4] == "row-"}
    assert rows.keys() == {row.id for row in comparison.shown}
    for row in comparison.shown:
        for reason in row.reasons:
            assert " ".join(reason.title.split()) in rows[row.id]


@examples(30)
@given(schemas.drawn())
def test_equal_documents_do_not_differ(drawn: Drawn) -> None:
    """A document is equal to itself, whatever its schema, and a page says nothing of it where it is final, too."""
    data = synthetic.corpus([drawn], drawn.schema)
    held: Any = data.documents
    [stored] = held.held[drawn.article["id"]]
    held.held[drawn.article["id"]] = [stored._replace(annotator=name) for name in ("ana", "bo", FINAL)]
    [comparison] = compared(build_collection(data)).values()
    assert comparison.shown == []


def test_final_document_alone_is_not_compared(golden: Path) -> None:
    """Without a document of an annotator there is neither a section nor a link to it."""
    collection = build_collection(corpus.load_corpus(golden))
    assert not any(each.rows for each in compared(collection).values())
    pages = article_pages(collection).values()
    assert not [node for page in pages for node in page.all() if "annotators" in node.attributes.get("id", "")]
    assert not [link for page in pages for link in page.all("a") if link.attributes["href"] == "#annotators"]


def test_differences_name_fields_and_lines(checkout: Path) -> None:
    """Each document's value stands in its column with the line of its file that has the label."""
    data = corpus.load_corpus(checkout)
    collection = build_collection(data)
    pages = article_pages(collection)
    checked = 0
    for article, comparison in compared(collection).items():
        rows = {row.attributes.get("id"): row for row in pages[article].all("tr")}
        for row in comparison.shown:
            cells = {cell.attributes["data-head"]: cell for cell in rows[row.id].all("td")}
            for name, side in row.sides.items():
                assert side.place and side.view
                file, _, line = side.place.text.rpartition(":")
                assert file == f"annotations/{name}/{article}.json"
                assert f'"id": "{side.view.id}"' in (checkout / file).read_text().split("\n")[int(line) - 1]
                [link] = [each for each in cells[name].all("a") if each.attributes.get("title") == side.place.text]
                assert link.attributes["href"] == f"../../{file}"
                checked += 1
    assert checked > 20


def test_what_differs_only_in_free_text_comes_last(checkout: Path) -> None:
    """Rows with differences that agreement counts stand before those in text that it does not compare."""
    for comparison in compared(build_collection(corpus.load_corpus(checkout))).values():
        order = [row.is_difference for row in comparison.shown]
        assert order == sorted(order, reverse=True)
        assert comparison.differences == [row for row in comparison.shown if row.is_difference]
        for row in comparison.shown:
            assert row.is_difference == (row.fields != ["normalized"])


# --- the index of labels


def test_every_label_is_in_the_index(checkout: Path) -> None:
    """Each label of a final document has a row with its words, values, makers and link, and its place in the page."""
    collection = build_collection(corpus.load_corpus(checkout))
    tables, [part] = indexed(collection)
    anchors = part["label"].split("\n")
    rows = {(part["articles"][article][0], anchor): number
            for number, (article, anchor) in enumerate(zip(part["article"], anchors, strict=True))}  # fmt: skip
    for article, entry in collection.entries.items():
        for name, style in collection.styles.items():
            for label in document_labels(entry.final, name):
                row = rows[article, f"#at-{label['id']}"]
                layer, values, makers, _ = tables["kinds"][part["kind"][row]]
                assert tables["layers"][layer][0] == style.layer.title
                assert part["words"][part["word"][row]] == " ".join(label["text"].splitlines())
                assert {*label["by"]} <= {tables["makers"][maker] for maker in makers}
                kind, _ = style.class_of(label)
                assert kind is None or tables["values"][values[0]][1] == kind.title
                link = style.layer.referent_link(label) if style.is_inline else None
                assert link == (tables["names"][part["name"][row]][0] if part["name"][row] >= 0 else None)


def test_labels_that_only_annotators_have_are_in_the_index(checkout: Path) -> None:
    """They lead to their row of the comparison, and are told from those of the final document."""
    data = corpus.load_corpus(checkout)
    collection = build_collection(data)
    entry = collection.entries[NATO]
    final: Any = entry.final
    rest = json.dumps([final["claims"], final["stances"]])
    gone = next(each for each in final["entities"] if f'"{each["id"]}"' not in rest)
    final["entities"] = [each for each in final["entities"] if each is not gone]
    tables, [part] = indexed(collection)
    anchors = part["label"].split("\n")
    [row] = [
        number for number, anchor in enumerate(anchors)
        if anchor.startswith("#row-") and part["articles"][part["article"][number]][0] == NATO
        and part["words"][part["word"][number]] == gone["text"]
    ]  # fmt: skip
    *_, makers, reasons = tables["kinds"][part["kind"][row]]
    assert [tables["reasons"][reason][0] for reason in reasons] == ["missing", "not in final"]
    assert {tables["makers"][maker] for maker in makers} >= {name for name, _ in entry.documents}


def test_predictions_are_wrong_where_the_final_document_is_right(checkout: Path) -> None:
    """A label that only one of the two has is marked by which, on the page of its article and in the index."""
    data = corpus.load_corpus(checkout)
    final: Any = data.final_document(NATO)
    predicted: Any = deepcopy(final)
    rest = json.dumps([final["claims"], final["stances"]])
    missed = next(each for each in predicted["entities"] if f'"{each["id"]}"' not in rest)
    predicted["entities"].remove(missed)
    added = {**missed, "id": "e999", "start": 0, "end": 1, "text": "N"}
    predicted["entities"].append(added)
    collection = build_collection(data, predicted=PredictedDocuments({NATO: predicted}, {}))
    comparison = compared(collection)[NATO]
    marks = {(row.start, row.end): [reason.title for reason in row.reasons] for row in comparison.differences}
    assert marks == {
        (missed["start"], missed["end"]): ["not predicted"],
        (added["start"], added["end"]): ["only predicted"],
    }
    assert [*comparison.annotators] == [PREDICTIONS, FINAL]
    text = article_pages(collection)[NATO].text
    for words in ("not predicted", "only predicted", "Predictions and final labels", "the prediction differs"):
        assert words in text
    assert "missing" not in text and "annotators differ" not in text
    tables, _ = indexed(collection)
    assert {reason for reason, _ in tables["reasons"]} == {"not predicted", "only predicted"}


def test_context_stays_in_the_line() -> None:
    """The words around a label are of its line, whole if there are spaces, with no line end of any kind."""
    text = "before\x0bone two\nthree\nafter"
    assert label_index.context(text, 11, 14) == ("before one ", "")
    assert label_index.context("a" * 50 + "b" + "c" * 50, 50, 51) == ("…" + "a" * 36, "c" * 36 + "…")
    words = "one two three four five six seven eight nine ten eleven"
    assert label_index.context(words, 24, 27) == ("one two three four five ", " seven eight nine ten eleven")
    assert label_index.context(words * 2, 55, 58) == (
        "…six seven eight nine ten eleven",
        " two three four five six seven…",
    )
    assert label_index.context("ab\ncd", 3, 5) == ("", "")


def test_index_is_split_into_parts_and_pages(checkout: Path, monkeypatch: Any) -> None:
    """A part ends with an article, a page with a part; each page loads its own parts, and no label is lost."""
    monkeypatch.setattr(label_index, "PART_SIZE", 60)
    monkeypatch.setattr(labels_page, "PAGE_SIZE", 200)
    collection = build_collection(corpus.load_corpus(checkout))
    files = label_files(collection)
    _, parts = indexed(collection)
    total = sum(len(part["kind"]) for part in parts)
    assert total >= sum(
        len(document_labels(entry.final, name)) for entry in collection.entries.values() for name in collection.styles
    )
    names = [part["articles"] for part in parts]
    assert [article[0] for articles in names for article in articles] == list(collection.entries)
    pages = [name for name in files if name.startswith("labels")]
    assert pages == ["labels.html", "labels-2.html"]
    loaded = [
        node.attributes["src"] for page in pages for node in html.parse(files[page]).all("script")
        if node.attributes["src"].startswith("data/labels-")
    ]  # fmt: skip
    assert loaded == [name for name in files if name.startswith("data/labels-")]
    assert all(static_site.SITE_FILES.fullmatch(name) for name in files)


def test_index_without_labels_has_a_page(golden: Path) -> None:
    """A dataset without labels still has the page, which loads no part."""
    collection = build_collection(corpus.load_corpus(golden))
    collection.entries.clear()
    index = LabelIndex(collection)
    assert [name for name, _ in static_site.label_pages(index)] == ["data/labels.js", "labels.html"]
