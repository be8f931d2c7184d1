"""Golden files with every kind of record of a format: each record is imported, or counted as omitted."""

import json
from pathlib import Path
from typing import Any

import pytest

from pactwire.convert import import_files, import_reader, importing
from pactwire.convert.formats.conll import ConllColumns
from pactwire.convert.import_conversion import ImportSettings
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.imported_document import ImportedDocument
from pactwire.corpus import corpus
from pactwire.model import strict_json
from pactwire.model.labels import document_labels
from pactwire.model.records import Annotator
from support.mentions import MAPPING, OPTIONS, with_schema

KINDS = Path(__file__).parent / "golden" / "convert" / "kinds"
SETTINGS = ImportSettings(
    Annotator(id="team", kind="human", name=None, version=None), "draft", "0.0", "unknown", "en", "2024-01-01T00:00:00Z"
)
HIPE = ConllColumns(("NE-COARSE-LIT", "NE-NESTED"), link="NEL-LIT", metonym="NEL-METO")
FORMATS = {
    "brat": ("brat", OPTIONS),
    "hipe": ("conll", ReaderOptions(HIPE)),
    "iob": ("conll", OPTIONS),
    "table": ("table", OPTIONS),
    "doccano": ("spans", OPTIONS),
    "prodigy": ("spans", OPTIONS),
}


def taken(name: str, out: Path) -> dict[str, Any]:
    """Import a golden folder; return the report, and the entities of each article by its name."""
    form, how = FORMATS[name]
    paths, _ = import_files.find_files(form, [KINDS / name], [])
    documents = import_reader.read_documents(form, paths, [KINDS / name], how)
    result = importing.import_mentions(documents, with_schema(out), name, "team", SETTINGS, MAPPING)
    data = corpus.load_corpus(out)
    articles = {
        article["source_id"]: [
            " ".join(map(str, (e["start"], e["end"], e["text"], e["type"], e["link"], e["metonym_of"])))
            for placed in data.documents_of(identity)
            for e in document_labels(placed.document, "entities")
        ]
        for identity, article in data.articles.items()
    }
    report = importing.import_report(result)
    issues = [f"{issue['file']}:{issue['line']}: {issue['code']}: {issue['message']}" for issue in report.pop("issues")]
    del report["written"], report["same"]
    return {**report, "issues": issues, "articles": articles}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_imports_every_kind_of_record(name: str, tmp_path: Path) -> None:
    """This covers nested and discontinuous mentions, links, relations, notes, decisions and broken lines."""
    report = taken(name, tmp_path)
    assert report == json.loads((KINDS / f"{name}.json").read_text(encoding="utf-8"))
    counts = report["counts"]
    assert counts["mentions"] == sum(count for key, count in counts.items() if key.startswith("mentions "))


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"answer": ["reject"]}, "refused"),
        ({"status": {"value": "rejected"}}, "refused"),
        ({"ner.responses.status": ["discarded"]}, "refused"),
        ({"status": 0.5}, "refused"),
        ({"approved": [False]}, "declined"),
        ({"approved": 0.0}, "declined"),
        ({"not_approved": True}, "declined"),
        ({"unconfirmed": "yes"}, "declined"),
        ({"invalid": True}, "declined"),
        ({"valid": False}, "declined"),
        ({"approved": [True], "status": [], "gold": [[0, 3, "PER"]], "score": 0.0}, "taken"),
    ],
)
def test_handles_a_decision_of_any_type(fields: dict[str, Any], outcome: str, tmp_path: Path) -> None:
    """A decision in a list, an object or a decimal number, or a negated one, is not ignored."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "Kim", "spans": [[0, 3, "PER"]], **fields}) + "\n")
    [document] = import_reader.read_documents("auto", [tmp_path / "a.jsonl"], [tmp_path], OPTIONS)
    assert isinstance(document, ImportedDocument)
    actual = "refused" if document.issues else "declined" if document.rejected_by else "taken"
    assert actual == outcome
    assert {issue.code for issue in document.issues} <= {"convert-decision"}


@pytest.mark.parametrize(
    "record",
    [
        {"text": "Kim", "spans": [], "_task_hash": 1, "answer": "reject"},
        {"tokens": ["Kim"], "ner_tags": ["B-PER"], "answer": "reject"},
        ["Kim", {"entities": [[0, 3, "PER"]], "answer": "reject"}],
        {"text": "Kim", "tokens": [], "ents": [], "_": {"answer": "reject"}},
    ],
    ids=["spans", "tokens", "spaCy's pairs", "spaCy's documents"],
)
def test_handles_a_decision_in_any_format(record: Any, tmp_path: Path) -> None:
    """Rejected records are omitted in every format, also with --field answer=NAME."""
    (tmp_path / "a.jsonl").write_text(json.dumps(record) + "\n")
    for fields, declined in (({}, "'answer' 'reject'"), ({"answer": "other"}, "")):
        how = ReaderOptions(fields=fields)
        (document,) = import_reader.read_documents("auto", [tmp_path / "a.jsonl"], [tmp_path], how)
        assert isinstance(document, ImportedDocument)
        assert (document.rejected_by, document.issues) == (declined, [])
        assert ("answer" in document.properties) == bool(fields)


if __name__ == "__main__":  # writes what is expected, to be read before it is committed
    import tempfile

    for each in FORMATS:
        with tempfile.TemporaryDirectory() as folder:
            (KINDS / f"{each}.json").write_text(strict_json.pretty(taken(each, Path(folder))), encoding="utf-8")
