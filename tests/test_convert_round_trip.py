"""Round trips: documents exported from one folder and imported into another, over any Unicode."""

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given

from pactwire.convert import exporting, import_files, import_reader, importing
from pactwire.convert.export_result import ExportResult
from pactwire.convert.formats.brat import BRAT_ID
from pactwire.convert.import_conversion import ImportSettings
from pactwire.convert.importing import ImportResult
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.model import digests, strict_json
from pactwire.model.labels import document_labels, document_links, is_topic
from pactwire.model.records import Annotator, Article, Document
from pactwire.storage import files
from pactwire.text import bio_tags
from pactwire.text.content import Content
from pactwire.validation import validate
from support.examples import examples
from support.mentions import MAPPING, OPTIONS, with_schema
from support.news import SCHEMA
from support.strategies import TOPICS, Annotated, annotated

SETTINGS = ImportSettings(Annotator(id="ana", kind="human", name=None, version=None), "draft", "0.0", "unknown", "uk")
BOM = "\ufeff"
LAYERS = ("entities", "claims", "stances")
PARTIES = ("AUTHOR", "UNNAMED")


def write(root: Path, drawn: Annotated, annotator: str = "ana") -> None:
    """Write an article with its zones, a document, and the rows that its labels name to a dataset."""
    article, document = drawn.article, drawn.document
    bulk: dict[str, Any] = {
        "id": article["id"], "text": files.protect_bom(article["source_text"]),
        "source_id": "a page", "license": "CC0",
        "url": "https://example.org/1", "published": "2024-02-29",
    }  # fmt: skip
    if drawn.zones:
        who = {"id": "page", "kind": "rule", "name": "pages", "version": "1"}
        bulk |= {"zones": drawn.zones, "zones_by": who}
    rows = [(link, f"name of {link}", "PER", "a test") for link in sorted(document_links(SCHEMA, document))]
    topics = [{"id": topic, "title": topic, "definition": "of a test"} for topic in TOPICS]
    with_schema(root)
    files.write_file(root / "dataset" / "raw" / "x.jsonl", strict_json.compact(bulk) + "\n")
    files.write_file(root / "annotations" / annotator / f"{article['id']}.json", strict_json.pretty(document))
    table = "".join("\t".join(row) + "\n" for row in (("link", "name", "type", "source"), *rows))
    files.write_file(root / "annotations" / "links.tsv", table)
    files.write_file(root / "annotations" / "topics.json", strict_json.pretty({"topics": topics}))


@contextmanager
def folders() -> Iterator[Path]:
    """Create a folder for one example."""
    folder = Path(tempfile.mkdtemp())
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


class Trip(NamedTuple):
    """Documents exported from one folder and imported into another, and the results of both commands."""

    one: Corpus
    two: Corpus
    out: ExportResult
    back: ImportResult
    documents: list[Document]


def there_and_back(folder: Path, form: str, root: Path | None = None, annotator: str = "ana") -> Trip:
    """Export an annotator's documents of ``root``, or of ``folder/one``, and import them into ``folder/two``."""
    root = root or folder / "one"
    out = exporting.export_documents(form, root, annotator, folder / form)
    paths, _ = import_files.find_files(form, [folder / form], [])
    if form == "webannotation":
        back = importing.import_pages(paths, [folder / form], with_schema(folder / "two"), "x", "unknown")
    else:
        imported = import_reader.read_documents(form, paths, [folder / form], OPTIONS)
        back = importing.import_mentions(imported, with_schema(folder / "two"), "x", annotator, SETTINGS, MAPPING)
    one = corpus.load_corpus(root)
    documents = [each.document for each in one.documents if each.annotator == annotator]
    return Trip(one, corpus.load_corpus(folder / "two"), out, back, documents)


def bare(document: Document | None, layer: str) -> list[Any]:
    """Return labels sorted by place, without ids and annotators, and with places in the place of references."""
    places = {
        label["id"]: f"{name} {label['start']} {label['end']}"
        for name in LAYERS
        for label in document_labels(document, name)
    }

    def resolved(key: str, value: Any) -> Any:
        if key == "claimants":
            return sorted(places.get(each, each) for each in value)
        return places.get(value, value) if key in ("holder", "target") else value

    kept = [
        {key: resolved(key, value) for key, value in label.items() if key not in ("id", "by")}
        for label in document_labels(document, layer)
    ]
    return sorted(kept, key=lambda label: (label["start"], label["end"], strict_json.compact(label)))


def document_of(data: Corpus, document: Document) -> Document | None:
    """Return a dataset's document for the same article."""
    return next((placed.document for placed in data.documents_of(document["article"])), None)


def check_pages(trip: Trip) -> None:
    """Check that documents, articles with their zones, links and topics are equal."""
    assert (+trip.out.omitted, trip.back.log.issues, trip.back.log.repairs) == (+lost_splits(trip), [], [])
    links = set().union(*(document_links(SCHEMA, document) for document in trip.documents))
    topics = {stance["target"] for document in trip.documents for stance in document_labels(document, "stances")}
    for document in trip.documents:
        identity = document["article"]
        assert (trip.two.articles[identity], document_of(trip.two, document)) == (trip.one.articles[identity], document)
    assert trip.two.links == {link: row for link, row in trip.one.links.items() if link in links}
    assert trip.two.topics == {topic: row for topic, row in trip.one.topics.items() if topic in topics}


def check_brat(trip: Trip) -> None:
    """Check that texts and labels are equal except for order and invalid ids, and that the rest was counted."""
    assert {issue.code for issue in trip.back.log.issues} <= {"unknown-topic"}
    assert dict(+trip.back.log.omitted) == {}
    lost = lost_splits(trip)
    for document in trip.documents:
        imported = document_of(trip.two, document)
        article = trip.one.articles[document["article"]]
        zones = document["zones"] if "zones" in document else trip.one.zones(article)
        labels = [label for layer in LAYERS for label in document_labels(document, layer)]
        is_written = "entities" in document or bool(labels)
        kept = {label["id"] for label in labels if BRAT_ID.fullmatch(label["id"])}
        topics = {each["target"] for each in document_labels(document, "stances") if is_topic(each["target"])}
        lost.update({
            "ids": len(labels) - len(kept), "annotators of labels": len(labels), "zones": len(zones),
            "annotators, statuses, guidelines and times of documents": 1, "definitions of topics": len(topics),
            "missing layers entities": is_written and "entities" not in document, **lost_fields(article),
        })  # fmt: skip
        lost.update({f"empty layers {layer}": document.get(layer) == [] for layer in LAYERS[1:]})
        lost.update(lost_orders(document))
        assert trip.two.articles[document["article"]]["source_text"] == article["source_text"]
        assert is_written == (imported is not None)
        for layer in LAYERS:
            assert bare(imported, layer) == bare(document, layer)
        assert kept <= {label["id"] for layer in LAYERS for label in document_labels(imported, layer)}
    assert +trip.out.omitted == +lost


def lost_splits(trip: Trip) -> Counter[str]:
    """Count the articles with a row of splits.csv."""
    listed = {row.article for _, row in trip.one.splits}
    return Counter({"splits and stories of articles": sum(each["article"] in listed for each in trip.documents)})


def lost_fields(article: Article) -> dict[str, int]:
    """Count what is known of an article besides its text."""
    fields = ("source_id", "section", "published", "url", "license", "outlet", "metadata")
    return {f"values of articles.{key}": article.get(key) is not None for key in fields}


def lost_orders(document: Document) -> dict[str, int]:
    """Count the claims in which a party comes before somebody who is labeled."""
    claims = document_labels(document, "claims")
    are_parties = [[name in PARTIES for name in claim["claimants"]] for claim in claims]
    return {"orders of values of claims.claimants": sum(each != sorted(each) for each in are_parties)}


def word_key(article: tuple[str, Any]) -> list[str]:
    """Return the sort key of an article: the words of its text."""
    return article[0].split()


def check_conll(trip: Trip) -> None:
    """Check that words and outermost mentions of lines are equal, and that the rest was counted by name."""
    assert (trip.back.log.issues, dict(trip.back.log.omitted)) == ([], {})
    lost = Counter[str]()
    texts = []
    for document in trip.documents:
        article = trip.one.articles[document["article"]]
        zones = document["zones"] if "zones" in document else trip.one.zones(article)
        content = Content(article, zones, document, SCHEMA.content_kinds)
        if "entities" not in document:
            lost["documents without the layer entities"] += 1
            continue
        entities = document_labels(document, "entities")
        outermost = bio_tags.outermost(entities)
        lost.update({
            "mentions nested in another or crossing it": len(entities) - len(outermost),
            "mentions across lines": sum("\n" in entity["text"] for entity in outermost),
            "ids": len(outermost), "annotators of labels": len(outermost), "ids of articles": 1,
            "values of entities.link": sum(entity["link"] is not None for entity in outermost),
            "values of entities.metonym_of": sum(entity["metonym_of"] is not None for entity in outermost),
            "values of entities.form": sum(entity["form"] != "name" for entity in outermost),
            "texts of zones that are no content": sum(zone["kind"] not in SCHEMA.content_kinds for zone in zones),
            "annotators, statuses, guidelines and times of documents": 1, "zones": len(zones),
            "claims": len(document_labels(document, "claims")), "stances": len(document_labels(document, "stances")),
            "documents without a word": not content.lines, **lost_fields(article),
        })  # fmt: skip
        if content.lines:
            kept = [entity for entity in outermost if "\n" not in entity["text"]]
            texts.append((content.text, [(entity["type"], entity["text"].split()) for entity in kept]))
    imported = [
        (article["source_text"], [placed.document for placed in trip.two.documents_of(identity)])
        for identity, article in trip.two.articles.items()
    ]
    # files are those of splits, and so is the order of articles in them
    for (text, mentions), (words, documents) in zip(
        sorted(texts, key=word_key), sorted(imported, key=word_key), strict=True
    ):
        lost["texts with white space that is no single blank or line end"] += words != text
        assert words.split() == text.split()
        assert [
            [(entity["type"], entity["text"].split()) for entity in document_labels(each, "entities")]
            for each in documents
        ] == [mentions]
    assert +trip.out.omitted == +lost


FORMATS = {"webannotation": check_pages, "brat": check_brat, "conll": check_conll}


@pytest.mark.parametrize("form", sorted(FORMATS))
@given(drawn=annotated())
@examples(40)
def test_round_trip_loses_only_what_is_counted(form: str, drawn: Annotated) -> None:
    """Web Annotation keeps everything; brat and CoNLL count exactly what they omit."""
    if not drawn.article["source_text"]:
        return
    with folders() as folder:
        write(folder / "one", drawn)
        trip = there_and_back(folder, form)
        FORMATS[form](trip)
        if form == "webannotation":
            paths, _ = import_files.find_files(form, [folder / form], [])
            assert importing.import_pages(paths, [folder], folder / "two", "x", "unknown").written == []


@pytest.mark.slow
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_round_trip_of_every_golden_document(form: str, golden: Path, copy: Path, tmp_path: Path) -> None:
    """This covers the golden base and this whole dataset, one annotator after another."""
    for root in (golden, copy):
        for annotator in sorted({placed.annotator for placed in corpus.load_corpus(root).documents}):
            FORMATS[form](there_and_back(tmp_path / root.name / annotator, form, root, annotator))


@pytest.mark.parametrize("form", ["webannotation", "brat", "conll"])
@pytest.mark.parametrize("layer", ["missing", "empty"])
def test_round_trip_keeps_empty_layers_and_a_bom(form: str, layer: str, tmp_path: Path) -> None:
    """A text that begins with U+FEFF survives, and an empty layer does not become a missing one."""
    text = f"{BOM}Kim met Xi."
    article: Any = {"id": digests.sha256(text)[:16], "source_text": text, "source_sha256": digests.sha256(text)}
    zone: Any = {
        "id": "z1", "start": 0, "end": len(text), "kind": "body", "language": "en", "origin": "original",
        "by": ["page"],
    }  # fmt: skip
    layers: dict[str, Any] = {"entities": []} if layer == "empty" else {"claims": []}
    document: Any = {
        "schema_version": "1", "article": article["id"], "text_sha256": article["source_sha256"], "guidelines": "1.0",
        "annotators": [{"id": "ana", "kind": "human", "name": None, "version": None}],
        "status": dict.fromkeys(layers, "draft"), "created": "2024-01-01T00:00:00Z",
        "updated": "2024-01-01T00:00:00Z", "derived_from": [], **layers,
    }  # fmt: skip
    write(tmp_path / "one", Annotated(article, [zone], document))
    trip = there_and_back(tmp_path, form)
    two = trip.two
    FORMATS[form](trip)
    if form == "conll" and layer == "missing":
        assert list(two.articles) == []
        return
    ((identity, read_back),) = two.articles.items()
    documents = [placed.document for placed in two.documents_of(identity)]
    assert read_back["source_text"] == text
    if form == "webannotation":
        assert documents == [document]
    else:
        assert [dict(each)["entities"] for each in documents] == ([[]] if layer == "empty" else [])


def commented(golden: Path) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """Return an article's final document, and another annotator's, whose mention is on furniture by the rules.

    The final one has the zone of its comments as body; the other one has no zones.
    """
    path = golden / "annotations" / "final" / "00000000000000aa.json"
    final = json.loads(path.read_text(encoding="utf-8"))
    comments = next(zone for zone in final["zones"] if zone["kind"] == "comments")
    comments["kind"] = "body"
    span = {"start": comments["start"], "end": comments["start"] + 8, "text": "Comments"}
    mention = {**final["entities"][0], **span, "id": "T99", "link": None, "metonym_of": None}
    alone = {key: value for key, value in final.items() if key not in ("zones", "claims", "stances")}
    return path, final, {**alone, "entities": [mention], "status": {"entities": "draft"}}


def test_page_brings_the_zones_that_apply(golden: Path, tmp_path: Path) -> None:
    """A document without zones depends on those of the final one; both can be imported together."""
    path, final, alone = commented(golden)
    files.write_file(path, strict_json.pretty(final))
    files.write_file(golden / "annotations" / "ann" / path.name, strict_json.pretty(alone))
    for annotator in ("ann", "final"):
        exporting.export_documents("webannotation", golden, annotator, tmp_path / "pages" / annotator)
    result = importing.import_pages(
        *pages_in(tmp_path / "pages" / "ann"), with_schema(tmp_path / "alone"), "x", "unknown"
    )
    assert (result.log.issues, len(result.written)) == ([], 2)
    assert {issue.code for issue in validate.validate_dataset(tmp_path / "alone")} == {"split-missing"}
    both = importing.import_pages(*pages_in(tmp_path / "pages"), with_schema(tmp_path / "both"), "x", "unknown")
    assert (both.log.issues, both.log.counts["articles"]) == ([], 2)
    one, two = corpus.load_corpus(golden), corpus.load_corpus(tmp_path / "both")
    assert two.issues == []
    assert [placed.document for placed in two.documents] == [placed.document for placed in one.documents]


def pages_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the pages of a folder, and the folder as input."""
    return import_files.find_files("webannotation", [folder], [])[0], [folder]


def test_refuses_a_second_text_of_an_article(golden: Path, tmp_path: Path) -> None:
    """An article has one text, and an annotator one document for it."""
    exporting.export_documents("webannotation", golden, "final", tmp_path / "pages" / "a")
    shutil.copytree(golden / "annotations" / "final", golden / "annotations" / "ann")
    exporting.export_documents("webannotation", golden, "ann", tmp_path / "pages" / "b")
    shutil.copytree(tmp_path / "pages" / "a", tmp_path / "pages" / "c")
    text = tmp_path / "pages" / "b" / "00000000000000aa.txt"
    text.write_text(text.read_text(encoding="utf-8") + "!", encoding="utf-8")
    result = importing.import_pages(*pages_in(tmp_path / "pages"), with_schema(tmp_path / "new"), "x", "unknown")
    assert [(issue.file, issue.code) for issue in result.log.issues] == [
        ("b/00000000000000aa.jsonld", "convert-twice"), ("c/00000000000000aa.jsonld", "convert-twice"),
        ("c/00000000000000bb.jsonld", "convert-twice"),
    ]  # fmt: skip
    folders = [path.parent.name for path in sorted((tmp_path / "new" / "annotations").rglob("*.json"))]
    assert folders == ["ann", "final", "final", "annotations"]


def test_keeps_rows_of_the_dataset(golden: Path, tmp_path: Path) -> None:
    """A known link or topic keeps its name, and a differing one is counted."""
    exporting.export_documents("webannotation", golden, "final", tmp_path / "pages")
    path = golden / "annotations" / "links.tsv"
    path.write_text(path.read_text().replace("Pyongyang", "Pjöngjang"), encoding="utf-8")
    before = path.read_bytes()
    result = importing.import_pages(*pages_in(tmp_path / "pages"), golden, "x", "unknown")
    assert (result.log.omitted.examples, path.read_bytes()) == (
        {"rows of links that the dataset has in other words": "Pyongyang"}, before,
    )  # fmt: skip
