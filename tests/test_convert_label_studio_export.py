"""Exports of a real Label Studio server, of a project that Pactwire did not create."""

import json
from pathlib import Path
from typing import Any

import pytest

from pactwire.convert import import_reader
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.import_reader import ReaderSummary
from pactwire.convert.imported_document import ImportedDocument
from pactwire.labelstudio.client import Client
from pactwire.model.issues import DataError

pytest_plugins = ["support.labelstudio_fixture"]
pytestmark = pytest.mark.slow

CONFIG = (
    '<View><Text name="t" value="$body"/><Labels name="l" toName="t"><Label value="PER"/><Label value="GPE"/></Labels>'
    '<Choices name="sure" toName="t" perRegion="true"><Choice value="yes"/></Choices>'
    '<Choices name="topic" toName="t"><Choice value="war"/></Choices></View>'
)
TEXT = "😀 Kim  met Putin\nin South Korea."
SPANS = [(2, 5, "PER"), (11, 16, "PER"), (20, 31, "GPE"), (26, 31, "GPE")]


def result(*spans: tuple[int, int, str]) -> list[dict[str, Any]]:
    """Return regions, a choice for the first region, one for the text, and a relation."""
    about = {"from_name": "l", "to_name": "t", "type": "labels"}
    regions = [
        {"id": f"r{index}", **about, "value": {"start": start, "end": end, "text": TEXT[start:end], "labels": [kind]}}
        for index, (start, end, kind) in enumerate(spans)
    ]
    start, end, _ = spans[0]
    first = {"start": start, "end": end, "text": TEXT[start:end]}
    more: list[dict[str, Any]] = [
        {"id": "r0", "from_name": "sure", "to_name": "t", "type": "choices", "value": {**first, "choices": ["yes"]}},
        {"id": "c", "from_name": "topic", "to_name": "t", "type": "choices", "value": {"choices": ["war"]}},
        {"type": "relation", "from_id": "r0", "to_id": "r1", "direction": "right", "labels": []},
    ]
    return [*regions, *more]


@pytest.fixture
def project(studio: Client, second: Client) -> int:
    """Create a project with four tasks: labeled by two people, by one, skipped, and changed by another person."""
    created = studio.send("POST", "api/projects/", {"title": "theirs", "label_config": CONFIG})
    number: int = created["id"]
    texts = [TEXT, "Nothing.", "Skipped.", "Changed."]
    studio.send("POST", f"api/projects/{number}/import", [{"body": text, "title": "A title"} for text in texts])
    tasks = studio.get("api/tasks/", project=number, fields="all")["tasks"]
    ids = {task["data"]["body"]: task["id"] for task in tasks}

    def submit(client: Client, text: str, *spans: tuple[int, int, str], **more: Any) -> Any:
        body = {"result": result(*spans) if spans else [], "lead_time": 1.0, **more}
        return client.send("POST", f"api/tasks/{ids[text]}/annotations/", body)

    submit(studio, TEXT, *SPANS)
    submit(second, TEXT, SPANS[0])
    submit(studio, "Nothing.")
    submit(studio, "Skipped.", was_cancelled=True)
    changed = submit(studio, "Changed.")
    second.send("PATCH", f"api/annotations/{changed['id']}/", {"result": [], "lead_time": 2.0})
    return number


def convert(path: Path, person: str | None) -> tuple[dict[str, ImportedDocument], list[str], ReaderSummary]:
    """Return the documents of an export by their texts, the issue codes, and the summary."""
    summary = ReaderSummary()
    documents = list(import_reader.read_documents("auto", [path], [], ReaderOptions(person=person), summary))
    codes = [issue.code for each in documents for issue in each.issues]
    return {each.raw: each for each in documents if not isinstance(each, DataError)}, codes, summary


def spans(document: ImportedDocument) -> list[tuple[int, int, str]] | None:
    """Return start, end and type of an article's mentions."""
    return None if document.mentions is None else [
        (*each.span.fragments[0], each.span.type) for each in document.mentions
    ]  # fmt: skip


def test_imports_an_export_of_another_project(project: int, studio: Client, second: Client, tmp_path: Path) -> None:
    """One person's mentions are read exactly, other people's are not, and results that are no mentions are counted.

    JSON-MIN gives the same for what it contains.
    """
    path = tmp_path / "export.json"
    export = studio.get(f"api/projects/{project}/export", exportType="JSON", download_all_tasks="true")
    path.write_text(json.dumps(export), encoding="utf-8")
    _, codes, _ = convert(path, None)
    assert codes == ["convert-person"]
    people = {str(each["completed_by"]) for task in export for each in task["annotations"]}
    documents, codes, summary = convert(path, str(_own(export)))
    assert dict(summary.formats) == {"Label Studio JSON": 1}
    assert len(people) == 2
    assert codes == ["annotation-shared"]
    assert {text: spans(each) for text, each in documents.items() if text != "Changed."} == {
        TEXT: SPANS, "Nothing.": [], "Skipped.": None,
    }  # fmt: skip
    assert +documents[TEXT].omitted == {"annotations by other people": 1}
    assert (len(documents[TEXT].relations), [*documents[TEXT].properties]) == (1, ["topic"])
    assert [name for mention in documents[TEXT].mentions or [] for name in mention.attributes] == ["sure"]
    minimal = studio.get(f"api/projects/{project}/export", exportType="JSON_MIN")
    path.write_text(json.dumps(minimal), encoding="utf-8")
    documents, codes, summary = convert(path, str(_own(export)))
    assert (dict(summary.formats), codes) == ({"Label Studio JSON-MIN": 1}, [])
    assert spans(documents[TEXT]) == SPANS
    assert {text: spans(each) for text, each in documents.items()} == {TEXT: SPANS, "Nothing.": [], "Changed.": []}
    assert documents["Changed."].omitted["annotations of which JSON-MIN does not say who saved them last"] == 1


def _own(export: list[dict[str, Any]]) -> Any:
    """Return who annotated the text without labels."""
    return next(task for task in export if task["data"]["body"] == "Nothing.")["annotations"][0]["completed_by"]
