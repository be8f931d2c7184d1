"""Layers that two annotators were given are not compared, and do not make one build on the other."""

from pathlib import Path
from typing import Any

import pytest

from pactwire.agreement import comparable_articles, document_pairs
from pactwire.corpus import corpus
from pactwire.model import strict_json
from pactwire.storage import files

ARTICLE = "00000000000000aa"


def person(name: str) -> dict[str, Any]:
    """Return an annotator."""
    return {"id": name, "kind": "human", "name": None, "version": None}


def write(root: Path, status: str, makers: list[str], source: str) -> None:
    """Write documents of a and b, whose own are the stances; the others are by ``makers``."""
    final = root / f"annotations/final/{ARTICLE}.json"
    base: Any = files.read_json(final, final.name)
    for name in ("a", "b"):
        document = {key: value for key, value in base.items() if key != "zones"}
        layers = [key for key in ("entities", "claims", "stances") if key in document]
        for layer in layers:
            by = [name] if layer == "stances" else makers
            document[layer] = [{**label, "by": by} for label in document[layer]]
        document["annotators"] = [person(each) for each in dict.fromkeys([*makers, name])]
        document["status"] = {layer: "submitted" if layer == "stances" else status for layer in layers}
        document["derived_from"] = [source + "@" + "0" * 64]
        files.write_file(root / f"annotations/{name}/{ARTICLE}.json", strict_json.pretty(document))


@pytest.mark.parametrize(
    ("status", "makers", "source", "layers", "dependent"),
    [
        ("adjudicated", ["a", "b"], "final", ["stances"], False),
        ("reviewed", ["a", "b"], "final", ["stances"], False),
        ("draft", ["model"], "model", ["stances"], False),
        ("submitted", ["a", "b"], "final", ["entities", "claims", "stances"], True),
        ("adjudicated", ["a", "b"], "model", ["entities", "claims", "stances"], True),
    ],
)
def test_given_layers_are_nobodys_work(
    golden: Path, status: str, makers: list[str], source: str, layers: list[str], dependent: bool
) -> None:
    """They say nothing about whether two people agree; what they submitted does, whoever began it."""
    write(golden, status, makers, source)
    data = corpus.load_corpus(golden)
    issues = comparable_articles.comparison_issues(data, ["a", "b"])
    assert {issue.code for issue in issues} == ({"agreement-self"} if dependent else set())
    [pair] = document_pairs.pair_documents(comparable_articles.shared_articles(data, ["a", "b"]), "a", "b")
    assert pair.layers == layers
