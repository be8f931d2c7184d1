"""Synthetic corpora: drawn documents, thousands of small articles, or hostile text in every field."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pactwire.corpus.articles import Articles
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.documents import Documents, StoredDocument
from pactwire.corpus.settings import DEFAULT_FOLDS
from pactwire.corpus.splits import SplitRow, SplitTable
from pactwire.corpus.tables import LinkRow
from pactwire.model.records import Article, Document, Topic, Zone
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files
from pactwire.storage.record_index import RecordIndex
from support import strategies
from support.news import SCHEMA
from support.schemas import Drawn
from support.strategies import LINKS, TOPICS, Annotated

HOSTILE = """<script>alert(1)</script>" onmouseover="alert(2)" x='<img src=x onerror=alert(3)>&lt;b>"""
WORDS = ("Россия", "Corée", "Пхенян", "الأمم", "Brüssel", "Київ", "Москва")


class _Articles(Articles):
    """Articles in memory."""

    def __init__(self, schema: AnnotationSchema = SCHEMA) -> None:
        super().__init__(RecordIndex(), {}, schema)
        self.held: dict[str, Article] = {}

    def __getitem__(self, identity: str) -> Article:
        return self.held[identity]

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def __contains__(self, identity: object) -> bool:
        return identity in self.held


class _Documents(Documents):
    """Final documents in memory, one for each article."""

    def __init__(self, schema: AnnotationSchema = SCHEMA) -> None:
        super().__init__(RecordIndex(), schema)
        self.held: dict[str, list[StoredDocument]] = {}

    def __iter__(self) -> Iterator[StoredDocument]:
        return (each for found in self.held.values() for each in found)

    def __len__(self) -> int:
        return len(self.held)

    def of_annotator(self, annotator: str) -> Iterator[StoredDocument]:
        return (each for each in self if each.annotator == annotator)

    def of_article(self, article: str) -> list[StoredDocument]:
        return self.held.get(article, [])


def corpus(drawn: Iterable[Annotated | Drawn], schema: AnnotationSchema = SCHEMA) -> Corpus:
    """Return a corpus of drawn documents of one schema, all of them final and in one split."""
    articles, documents, splits = _Articles(schema), _Documents(schema), list[tuple[int, SplitRow]]()
    data = Corpus(Path("nowhere"), schema, articles, documents)
    data.links = {link: LinkRow(link, f"<b>{link}</b>", "PER", "test") for link in (*LINKS, "Q159", "Q30")}
    data.topics = {topic: Topic(id=topic, title=f'"{topic}" &', definition="") for topic in TOPICS}
    for each in drawn:
        articles.held[each.article["id"]] = each.article
        splits.append((1, SplitRow(each.article["id"], each.article["id"], "train")))
        document: Document = {**each.document, "zones": each.zones}
        documents.held[each.article["id"]] = [StoredDocument(document, FINAL, "x.json", 0)]
    data.splits = SplitTable.from_rows(splits, DEFAULT_FOLDS)
    return data


def many(count: int, with_names: bool = False) -> Corpus:
    """Return a corpus of short articles in five languages, each with a title and a body, and maybe with three names."""
    articles, documents, splits = _Articles(), _Documents(), list[tuple[int, SplitRow]]()
    for number in range(count):
        title = f"{WORDS[number % len(WORDS)]} {number}"
        article = strategies.article(f"{title}\n\nText {number}")
        language = ("fr", "uk", "bg", "ar", "de")[number % 5]
        articles.held[article["id"]] = article
        story = article["id"] if number % 2 == 0 else splits[-1][1].story
        splits.append((number + 2, SplitRow(article["id"], story, "test" if number % 10 < 2 else "train")))
        document = _document(article, len(title), language)
        if with_names:
            document["entities"] = list(_names(article["source_text"]))  # type: ignore[typeddict-unknown-key]
        documents.held[article["id"]] = [StoredDocument(document, FINAL, "x.json", 0)]
    return Corpus(Path("nowhere"), SCHEMA, articles, documents, splits=SplitTable.from_rows(splits, DEFAULT_FOLDS))


def _names(text: str) -> Iterator[dict[str, Any]]:
    """Yield three names: the words of a text, without the number in its title."""
    words = [word for word in re.finditer(r"\S+", text) if word[0].isalpha() or word.end() == len(text)]
    for number, word in enumerate(words):
        yield {
            "id": f"e{number}", "start": word.start(), "end": word.end(), "text": word[0],
            "type": "GPE", "form": "name", "link": None, "metonym_of": None, "by": ["r"],
        }  # fmt: skip


def _document(article: Article, cut: int, language: str) -> Document:
    spans = ((0, cut, "title"), (cut + 2, len(article["source_text"]), "body"))
    zones = [
        Zone(id=f"z{n}", start=start, end=end, kind=kind, language=language, origin="original", by=["r"])
        for n, (start, end, kind) in enumerate(spans)
    ]
    return {
        "schema_version": "1", "article": article["id"], "text_sha256": article["source_sha256"], "guidelines": "1.0",
        "annotators": [{"id": "r", "kind": "rule", "name": None, "version": None}], "status": {"zones": "draft"},
        "created": "2024-01-01T00:00:00Z", "updated": "2024-01-01T00:00:00Z", "derived_from": [], "zones": zones,
    }  # fmt: skip


def poisoned(root: Path) -> Path:
    """Put hostile text in every field that people write: articles, names, topics and claims."""
    record = {"id": "00000000000000cc", "text": f"{HOSTILE}\n\n{HOSTILE}", "license": HOSTILE, "section": HOSTILE,
              "url": "javascript:alert(4)"}  # fmt: skip
    files.write_file(root / "dataset/raw/2_bulk.jsonl", json.dumps(record) + "\n")
    splits = root / "dataset/splits.csv"
    files.write_file(splits, splits.read_text() + "00000000000000cc,00000000000000cc,train\n")
    links = root / "annotations/links.tsv"
    rows = [line.split("\t") for line in links.read_text().splitlines()]
    rows = [rows[0], *([row[0], HOSTILE, row[2], row[3]] for row in rows[1:])]
    files.write_file(links, "".join("\t".join(row) + "\n" for row in rows))
    for path in (*root.glob("annotations/final/*.json"), root / "annotations/topics.json"):
        value = files.read_json(path, path.name)
        for claim in value.get("claims", []):
            claim["normalized"] = HOSTILE
        for topic in value.get("topics", []):
            topic["title"] = HOSTILE
        files.write_file(path, json.dumps(value))
    return root


def silent(done: int, total: int) -> None:
    """Report nothing."""
