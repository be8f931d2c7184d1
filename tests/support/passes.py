"""Short notation for the documents of several annotators on one text; they pass every check.

`ArticleWriter` builds an article and its documents; `copy_as` copies a document for another annotator.
"""

import copy
import json
from pathlib import Path
from typing import Any, cast

from hypothesis import strategies as st

from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import strict_json
from pactwire.model.records import Article, Document
from support.news import LAYERS, SCHEMA, label_names
from support.strategies import article


def first(layer: str, attribute: str) -> str:
    """Return the first label of a choice."""
    return label_names(layer, attribute)[0]


class ArticleWriter:
    """Builds documents of one article, whose lines are all body text; spans are given by their words."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.article: Article = article(text)

    def span(self, words: str, start: int = 0) -> dict[str, Any]:
        """Return the first span of some words from ``start`` on."""
        offset = self.text.index(words, start)
        return {"start": offset, "end": offset + len(words), "text": words}

    def entity(self, words: str, kind: str = "", start: int = 0, **fields: Any) -> dict[str, Any]:
        """Return a mention; ``kind`` is its type."""
        choices = {"type": kind or first("entities", "type"), "form": first("entities", "form")}
        return {**self.span(words, start), **choices, "link": None, "metonym_of": None, **fields}

    def claim(self, words: str, claimants: tuple[str, ...] = ("AUTHOR",), start: int = 0, **fields: Any) -> Any:
        """Return a claim without a cue."""
        defaults = {
            "claimants": list(claimants), "cue": None,
            **{key: first("claims", key) for key in ("type", "commitment", "checkworthy")}, "normalized": "It is so.",
        }  # fmt: skip
        return {**self.span(words, start), **defaults, **fields}

    def stance(self, words: str, holder: str, target: str, start: int = 0, **fields: Any) -> Any:
        """Return a stance."""
        defaults = {key: first("stances", key) for key in ("polarity", "channel")}
        return {**self.span(words, start), "holder": holder, "target": target, **defaults, **fields}

    def zones(self) -> list[dict[str, Any]]:
        """Return a body zone for each line that is not blank."""
        found, start = [], 0
        for line in self.text.split("\n"):
            if words := line.strip():
                at = start + line.index(words)
                zone = {"start": at, "end": at + len(words), "kind": "body", "language": "en", "origin": "original"}
                found.append(zone)
            start += len(line) + 1
        return found

    def document(self, annotator: str, **layers: Any) -> Document:
        """Return a document with a zone for each line and the given layers; labels without ids get e1, c1, s1 …"""
        layers.setdefault("zones", self.zones())
        made: dict[str, Any] = {
            "schema_version": "1", "article": self.article["id"], "text_sha256": self.article["source_sha256"],
            "guidelines": "1.0",
            "annotators": [{"id": annotator, "kind": "model", "name": "Test", "version": "1"}],
            "status": {layer: "submitted" for layer in LAYERS if layer in layers},
            "created": "2026-01-02T00:00:00Z", "updated": "2026-01-03T00:00:00Z", "derived_from": [],
        }  # fmt: skip
        for layer in LAYERS:
            if layer in layers:
                made[layer] = [
                    {"id": f"{layer[0]}{number}", **label, "by": [annotator]}
                    for number, label in enumerate(layers[layer], 1)
                ]
        return cast("Document", made)


def copy_as(document: Document, annotator: str) -> Any:
    """Return a copy of a document with another annotator as its only maker."""
    made: Any = copy.deepcopy(document)
    made["annotators"] = [{"id": annotator, "kind": "model", "name": "Test", "version": "1"}]
    for layer in LAYERS:
        for label in made.get(layer, []):
            label["by"] = [annotator]
    return made


def write_document(root: Path, annotator: str, document: Any) -> Path:
    """Write a document into its annotator's folder and return its path."""
    path = root / "annotations" / annotator / f"{document['article']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(strict_json.pretty(document), encoding="utf-8")
    return path


def write_dataset(root: Path, written: ArticleWriter) -> None:
    """Write a dataset with the writer's article, two links and a topic."""
    article = written.article
    source = {
        "id": article["id"], "file": f"{article['id']}.txt", "sha256": article["source_sha256"], "outlet": None,
        "date_line": None, "section": None, "published": None, "url": None, "license": "Made for a test.",
    }  # fmt: skip
    topic = {"id": "topic:t", "title": "T", "definition": "T."}
    contents = {
        SCHEMA_FILE: strict_json.pretty(SCHEMA.declaration),
        f"dataset/raw/{article['id']}.txt": written.text,
        "dataset/sources.jsonl": strict_json.compact(source) + "\n",
        "annotations/links.tsv": "link\tname\ttype\tsource\nQ1\tOne\tPER\ta test\nQ2\tTwo\tPER\ta test\n",
        "annotations/topics.json": strict_json.pretty({"topics": [topic]}),
    }
    for name, text in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def final_documents(root: Path) -> list[Any]:
    """Return the documents of annotations/final in the order of their file names."""
    paths = sorted((root / "annotations/final").glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def vary_labels(draw: st.DrawFn, document: Any) -> None:
    """Remove some labels that no other label refers to, and give some labels the content of others."""
    needed = {each for claim in document.get("claims", []) for each in claim["claimants"]}
    needed |= {stance[key] for stance in document.get("stances", []) for key in ("holder", "target")}
    for layer in ("entities", "claims", "stances"):
        for label in list(document.get(layer, [])):
            if label["id"] not in needed and draw(st.booleans()):
                document[layer].remove(label)
            elif draw(st.booleans()):
                label |= draw(st.sampled_from(document[layer])) | {"id": label["id"]}
