"""Corpora in memory: of drawn documents, or of thousands of small articles."""

from collections.abc import Iterable
from pathlib import Path

from pactwire.corpus import FINAL, Corpus, Link, Placed, SplitRow
from pactwire.records import Article, Document, Topic, Zone
from support import strategies
from support.strategies import LINKS, TOPICS, Annotated

WORDS = ("Россия", "Corée", "Пхенян", "الأمم", "Brüssel", "Київ", "Москва")


def corpus(drawn: Iterable[Annotated]) -> Corpus:
    """Return a corpus of drawn documents, all of them final and in one split."""
    data = Corpus(Path("nowhere"))
    data.links = {link: Link(link, f"<b>{link}</b>", "PER", "test") for link in (*LINKS, "Q159", "Q30")}
    data.topics = {topic: Topic(id=topic, title=f'"{topic}" &', definition="") for topic in TOPICS}
    for each in drawn:
        data.articles[each.article["id"]] = each.article
        data.splits.append((1, SplitRow(each.article["id"], each.article["id"], "train")))
        document: Document = {**each.document, "zones": each.zones}
        data.add(Placed(document, FINAL, "x.json", 0))
    return data


def many(count: int) -> Corpus:
    """Return a corpus of short articles in five languages, each with a title and a body."""
    data = Corpus(Path("nowhere"))
    for number in range(count):
        title = f"{WORDS[number % len(WORDS)]} {number}"
        article = strategies.article(f"{title}\n\nText {number}")
        language = ("fr", "uk", "bg", "ar", "de")[number % 5]
        data.articles[article["id"]] = article
        story = article["id"] if number % 2 == 0 else data.splits[-1][1].story
        data.splits.append((number + 2, SplitRow(article["id"], story, "test" if number % 10 < 2 else "train")))
        data.add(Placed(_document(article, len(title), language), FINAL, "x.json", 0))
    return data


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
