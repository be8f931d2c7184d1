"""There and back: documents exported from one folder and imported into another, over any Unicode."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from pactwire import corpus, files, jsontext, schemas, tagging, validate
from pactwire.content import Content
from pactwire.convert import exporting, importing, reading
from pactwire.convert.brat import ID
from pactwire.convert.foreign import raw
from pactwire.convert.importing import Imported
from pactwire.convert.incoming import Settings
from pactwire.convert.reading import Reading
from pactwire.convert.types import Types
from pactwire.records import CONTENT_KINDS, Annotator, Document, labels_of, links_of
from support.examples import examples
from support.strategies import TOPICS, Annotated, annotated

SETTINGS = Settings(Annotator(id="ana", kind="human", name=None, version=None), "draft", "0.0", "unknown", "uk")
BOM = "\ufeff"


def write(root: Path, drawn: Annotated, annotator: str = "ana") -> None:
    """Write an article with its zones, a document and what its labels name into the folders of a dataset."""
    article, document = drawn.article, drawn.document
    bulk: dict[str, Any] = {
        "id": article["id"], "text": raw(article["source_text"]), "source_id": "a page", "license": "CC0",
        "url": "https://example.org/1", "published": "2024-02-29",
    }  # fmt: skip
    if drawn.zones:
        who = {"id": "page", "kind": "rule", "name": "pages", "version": "1"}
        bulk |= {"zones": drawn.zones, "zones_by": who}
    rows = [(link, f"name of {link}", "PER", "a test") for link in sorted(links_of(document))]
    topics = [{"id": topic, "title": topic, "definition": "of a test"} for topic in TOPICS]
    files.write(root / "dataset" / "raw" / "x.jsonl", jsontext.compact(bulk) + "\n")
    files.write(root / "annotations" / annotator / f"{article['id']}.json", jsontext.pretty(document))
    table = "".join("\t".join(row) + "\n" for row in (("link", "name", "type", "source"), *rows))
    files.write(root / "annotations" / "links.tsv", table)
    files.write(root / "annotations" / "topics.json", jsontext.pretty({"topics": topics}))


@contextmanager
def folders() -> Iterator[Path]:
    """Make a folder for one example."""
    folder = Path(tempfile.mkdtemp())
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def there_and_back(folder: Path, form: str) -> tuple[exporting.Exported, Imported]:
    """Export what stands in ``folder/one`` and import it into ``folder/two``."""
    out = exporting.export(form, folder / "one", "ana", folder / form)
    paths, _ = reading.find(form, [folder / form], [])
    if form == "webannotation":
        return out, importing.pages(paths, [folder / form], folder / "two", "x", "unknown")
    found = reading.read(form, paths, [folder / form], Reading())
    return out, importing.mentions(found, folder / "two", "x", "ana", SETTINGS, Types())


def bare(entities: list[Any], *without: str) -> list[Any]:
    """Return mentions by their places, without what a format does not hold."""
    kept = [{key: value for key, value in entity.items() if key not in without} for entity in entities]
    return sorted(kept, key=lambda entity: (entity["start"], entity["end"], jsontext.compact(entity)))


@given(annotated())
@examples(40)
def test_web_annotation_is_the_identity(drawn: Annotated) -> None:
    """Document, article, its zones, links and topics come back equal, into a folder that had none of them."""
    with folders() as folder:
        write(folder / "one", drawn)
        if not drawn.article["source_text"]:
            return
        out, back = there_and_back(folder, "webannotation")
        assert (+out.lost, back.incoming.issues, back.incoming.repairs) == ({}, [], [])
        one, two = corpus.load(folder / "one"), corpus.load(folder / "two")
        identity = drawn.article["id"]
        assert (two.articles[identity], two.of(identity)[0].document) == (one.articles[identity], drawn.document)
        named = {stance["target"] for stance in labels_of(drawn.document, "stances")}
        assert two.links == one.links
        assert two.topics == {topic: row for topic, row in one.topics.items() if topic in named}
        again = importing.pages(
            reading.find("webannotation", [folder / "webannotation"], [])[0], [folder], folder / "two", "x", "unknown"
        )
        assert again.written == []


def kept_by_brat(document: Document) -> tuple[list[Any] | None, dict[str, int]]:
    """Return the mentions that brat holds, and what it does not, by its names."""
    entities = document.get("entities")
    named = [entity for entity in entities or [] if not ID.fullmatch(entity["id"])]
    lost = {
        "ids": len(named), "annotators of mentions": len(entities or []),
        "annotators, statuses, guidelines and times of documents": 1,
        "claims": len(labels_of(document, "claims")), "stances": len(labels_of(document, "stances")),
    }  # fmt: skip
    return None if entities is None else bare(entities, "id", "by"), lost


@given(annotated())
@examples(40)
def test_brat_is_the_identity_but_for_what_it_names(drawn: Annotated) -> None:
    """Texts and mentions with form, link and metonym come back; empty layers, and none; all else is counted."""
    with folders() as folder:
        write(folder / "one", drawn)
        if not drawn.article["source_text"]:
            return
        out, back = there_and_back(folder, "brat")
        entities, lost = kept_by_brat(drawn.document)
        assert +out.lost == +type(out.lost)({**lost, "zones": len(drawn.zones)})
        assert (back.incoming.issues, dict(back.incoming.left)) == ([], {})
        two = corpus.load(folder / "two")
        assert two.articles[drawn.article["id"]]["source_text"] == drawn.article["source_text"]
        found = [placed.document["entities"] for placed in two.of(drawn.article["id"])]
        assert [bare(each, "id", "by") for each in found] == ([] if entities is None else [entities])
        ids = [entity["id"] for entity in drawn.document.get("entities", []) if ID.fullmatch(entity["id"])]
        assert set(ids) <= {entity["id"] for each in found for entity in each}


@given(annotated())
@examples(40)
def test_conll_is_the_identity_but_for_what_it_names(drawn: Annotated) -> None:
    """The words and outermost mentions of lines come back; whatever else a document holds is counted by name."""
    with folders() as folder:
        write(folder / "one", drawn)
        content = Content(drawn.article, drawn.zones, drawn.document)
        if not drawn.article["source_text"] or not drawn.zones:
            return
        out, back = there_and_back(folder, "conll")
        lost = out.lost
        if content.entities is None or not content.lines:
            what = "documents without an entities layer" if content.entities is None else "documents without a word"
            assert (lost[what], back.written) == (1, [])
            return
        outermost = tagging.outermost(content.entities)
        kept = [entity for entity in outermost if "\n" not in entity["text"]]
        assert lost["mentions nested in another or crossing it"] == len(content.entities) - len(outermost)
        assert lost["mentions across lines"] == len(outermost) - len(kept)
        assert lost["links"] == sum(entity["link"] is not None for entity in outermost)
        assert lost["metonyms"] == sum(entity["metonym_of"] is not None for entity in outermost)
        assert lost["forms"] == sum(entity["form"] != schemas.default("form") for entity in outermost)
        assert lost["texts of zones that are no content"] == sum(z["kind"] not in CONTENT_KINDS for z in drawn.zones)
        assert (back.incoming.issues, dict(back.incoming.left)) == ([], {})
        two = corpus.load(folder / "two")
        ((identity, article),) = two.articles.items()
        other = "texts with white space that is no single blank or line end"
        assert (article["source_text"] == content.text) == (not lost[other])
        assert article["source_text"].split() == content.text.split()
        ((placed),) = two.of(identity)
        assert [(entity["type"], entity["text"].split()) for entity in placed.document["entities"]] == [
            (entity["type"], entity["text"].split()) for entity in kept
        ]


@pytest.mark.parametrize("form", ["webannotation", "brat", "conll"])
@pytest.mark.parametrize("layer", ["missing", "empty"])
def test_empty_layers_and_a_bom_of_the_text(form: str, layer: str, tmp_path: Path) -> None:
    """A text that begins with U+FEFF comes back so, and a layer that holds nothing is not one that is missing."""
    text = f"{BOM}Kim met Xi."
    article: Any = {"id": files.sha256(text)[:16], "source_text": text, "source_sha256": files.sha256(text)}
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
    out, back = there_and_back(tmp_path, form)
    two = corpus.load(tmp_path / "two")
    assert back.incoming.issues == []
    if form == "conll" and layer == "missing":
        assert (out.lost["documents without an entities layer"], list(two.articles)) == (1, [])
        return
    ((identity, found),) = two.articles.items()
    documents = [placed.document for placed in two.of(identity)]
    assert found["source_text"] == text
    if form == "webannotation":
        assert documents == [document]
    else:
        assert [each["entities"] for each in documents] == ([[]] if layer == "empty" else [])


def commented(golden: Path) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """Return the final document of an article, and one of its own annotator, whose mention no rule finds in content.

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


def test_a_page_finds_the_zones_that_it_stands_on(golden: Path, tmp_path: Path) -> None:
    """Another annotator's document without zones stands on those of the final one; both come over at once."""
    path, final, alone = commented(golden)
    files.write(path, jsontext.pretty(final))
    files.write(golden / "annotations" / "ann" / path.name, jsontext.pretty(alone))
    for annotator in ("ann", "final"):
        exporting.export("webannotation", golden, annotator, tmp_path / "pages" / annotator)
    done = importing.pages(*found(tmp_path / "pages" / "ann"), tmp_path / "alone", "x", "unknown")
    assert (done.incoming.issues, len(done.written)) == ([], 2)
    assert {issue.code for issue in validate.validate(tmp_path / "alone")} == {"split-missing"}
    both = importing.pages(*found(tmp_path / "pages"), tmp_path / "both", "x", "unknown")
    assert (both.incoming.issues, both.incoming.counts["articles"]) == ([], 2)
    one, two = corpus.load(golden), corpus.load(tmp_path / "both")
    assert two.issues == []
    assert [placed.document for placed in two.documents] == [placed.document for placed in one.documents]


def found(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the pages of a folder, and the folder."""
    return reading.find("webannotation", [folder], [])[0], [folder]


def test_two_pages_with_two_texts_for_an_article(golden: Path, tmp_path: Path) -> None:
    """The second is refused by name: one article has one text, and an annotator one document for it."""
    exporting.export("webannotation", golden, "final", tmp_path / "pages" / "a")
    shutil.copytree(golden / "annotations" / "final", golden / "annotations" / "ann")
    exporting.export("webannotation", golden, "ann", tmp_path / "pages" / "b")
    shutil.copytree(tmp_path / "pages" / "a", tmp_path / "pages" / "c")
    text = tmp_path / "pages" / "b" / "00000000000000aa.txt"
    text.write_text(text.read_text(encoding="utf-8") + "!", encoding="utf-8")
    done = importing.pages(*found(tmp_path / "pages"), tmp_path / "new", "x", "unknown")
    assert [(issue.file, issue.code) for issue in done.incoming.issues] == [
        ("b/00000000000000aa.jsonld", "convert-twice"), ("c/00000000000000aa.jsonld", "convert-twice"),
        ("c/00000000000000bb.jsonld", "convert-twice"),
    ]  # fmt: skip
    folders = [path.parent.name for path in sorted((tmp_path / "new" / "annotations").rglob("*.json"))]
    assert folders == ["ann", "final", "final", "annotations"]


def test_rows_that_the_dataset_has_in_other_words_stay(golden: Path, tmp_path: Path) -> None:
    """A link or a topic that is known there keeps its name, and the other one is counted with it."""
    exporting.export("webannotation", golden, "final", tmp_path / "pages")
    path = golden / "annotations" / "links.tsv"
    path.write_text(path.read_text().replace("Pyongyang", "Pjöngjang"), encoding="utf-8")
    before = path.read_bytes()
    done = importing.pages(*found(tmp_path / "pages"), golden, "x", "unknown")
    assert (done.incoming.left.examples, path.read_bytes()) == (
        {"rows of links that the dataset has in other words": "Pyongyang"}, before,
    )  # fmt: skip
