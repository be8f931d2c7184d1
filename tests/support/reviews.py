"""A dataset of two short articles with documents of two annotators, adjudicated, for people to review."""

import json
from pathlib import Path
from typing import Any, Final

from pactwire.agreement import adjudication
from pactwire.corpus import rounds
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.storage import files
from support.labelstudio import identify
from support.passes import ArticleWriter, write_dataset, write_document

PAIR: Final = ("a", "b")
TEXTS: Final = ("Foo said that it is so.\nBar praised Foo in Paris.", "Qux told Baz.\nMost hail Baz.")
JUDGE: Final = {"id": "judge", "kind": "model", "name": "Judge", "version": "1"}


def reviewed_dataset(root: Path, people: dict[str, str]) -> list[str]:
    """Write the dataset, in which the two differ on a type that a model decided; returns the articles' ids."""
    first, other = map(ArticleWriter, TEXTS)
    write_dataset(identify(root), other)
    lines = files.read_text(root / "dataset/sources.jsonl", "sources")
    write_dataset(root, first)
    with (root / "dataset/sources.jsonl").open("a") as sources:
        sources.write(lines)
    files.write_file(
        root / "annotations/GUIDELINES.md", "# Guidelines\n\nVersion 1.0\n\n## Mentions\n\nMark names.\n\n## Rest\n"
    )
    files.write_file(root / ".pactwire/annotators.json", json.dumps(people))
    for name in PAIR:
        for document in (_first(first, name), _other(other, name)):
            if name == "b":
                document["entities"][0]["type"] = "ORG"
            write_document(root, name, document)
    adjudicate(root)
    return [each.article["id"] for each in (first, other)]


def _first(w: ArticleWriter, name: str) -> Any:
    entities = [w.entity("Foo", "PER"), w.entity("Bar", "PER"), w.entity("Foo", "PER", 10), w.entity("Paris", "GPE")]
    claims = [w.claim("it is so", ("e1",), cue=w.span("said"))]
    return w.document(name, entities=entities, claims=claims, stances=[w.stance("praised", "e2", "e3")])


def _other(w: ArticleWriter, name: str) -> Any:
    entities = [w.entity("Qux", "PER"), w.entity("Baz", "PER"), w.entity("Baz", "PER", 14)]
    return w.document(name, entities=entities, claims=[], stances=[w.stance("hail", "AUTHOR", "e3")])


def adjudicate(root: Path) -> adjudication.AdjudicationResult:
    """Adjudicate, after the model has decided what is open."""
    try:
        return adjudication.adjudicate(root, PAIR)
    except DataError:
        path = root / rounds.decisions_file(root)
        header, *lines = map(json.loads, path.read_text("utf-8").splitlines())
        answered = [{**line, "choice": "A", "by": "judge"} if line["choice"] is None else line for line in lines]
        records = [{**header, "adjudicators": [JUDGE]}, *answered]
        path.write_text("".join(strict_json.compact(record) + "\n" for record in records), "utf-8")
        return adjudication.adjudicate(root, PAIR)
