"""Label Studio's exports: each task is found and read by itself, and other files are reported."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus import corpus
from pactwire.labelstudio import annotation_import, encoder, export_reader, file_exchange, task_builder
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.model.labels import document_labels
from pactwire.model.records import FURNITURE_KINDS, ZoneKind
from pactwire.storage import files
from support.labelstudio import ticked
from support.strategies import Annotated, annotated

ARTICLE = "00000000000000aa"
NASTY = st.text(st.sampled_from('"\\{}[],: \n\u00e9\U0001f600a'), max_size=12)
VALUES = st.recursive(
    NASTY | st.integers(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NASTY, inner, max_size=3)
)
ENTRIES = st.lists(st.dictionaries(NASTY, VALUES, max_size=3), max_size=5)
FORMS = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "indent": st.sampled_from([None, 0, 2]), "separators": st.just((" ,", ": "))}
)


@given(ENTRIES, FORMS, st.integers(4, 400))
def test_finds_every_entry(entries: list[Any], form: dict[str, Any], window: int) -> None:
    """However a list is formatted, and whatever the size of the window, each entry is found."""
    path = Path("export.json")
    data = ("\n " + json.dumps(entries, **form) + "\n").encode()
    found = _elements(path, data, window)
    assert [json.loads(each) for _, each in found] == entries
    assert all(data[start : start + len(each)] == each for start, each in found)


@given(ENTRIES, st.data())
def test_rejects_cut_or_lengthened_list(entries: list[Any], data: st.DataObject) -> None:
    """A file that ends early or goes on after the list is never mistaken for a shorter list."""
    whole = json.dumps(entries).encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    for flawed in (whole[:cut], whole + b"]", whole + whole, whole[:-1] + b",]"):
        with pytest.raises(DataError):
            _elements(Path("export.json"), flawed, 16)


def _elements(path: Path, data: bytes, window: int) -> list[tuple[int, bytes]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_reader, "WINDOW_BYTES", window)
        patch.setattr(Path, "open", lambda *_: _Stream(data))
        return list(export_reader._array_elements(path))


class _Stream:
    """Bytes as an open file."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __enter__(self) -> "_Stream":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        size = len(self.data) if size < 0 else size
        found, self.data = self.data[:size], self.data[size:]
        return found


TASK = '{"id": 7, "data": {"project": "labels", "article": "x"}, "annotations": %s}'


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", "export-form", "an export is a list of tasks"),
        ("{}", "export-form", "an export is a list of tasks"),
        ("[1]", "export-form", "the entry 0 is not a task with data and annotations"),
        ("[[]]", "export-form", "the entry 0 is not a task with data and annotations"),
        (
            "[{}]",
            "export-form",
            "the entry 0 is not a task with data and annotations: Object missing required field `data`",
        ),
        ('[{"data": {}}]', "task-foreign", "the entry 0 is not a task of Pactwire"),
        ("[{} {}]", "export-form", "the entry 0 is not a task"),
        ('[{"data": {"project": ["labels"]}}]', "task-foreign", "the entry 0 is not a task of Pactwire"),
        ('[{"data": {]}]', "not-json", "the entry 0: "),
        ('[{"data": NaN}]', "not-json", "the entry 0: "),
        (
            '[{"data": {"text": "\\ud800"}}]',
            "lone-surrogate",
            "the entry 0: the string contains the lone surrogate U+D800",
        ),
        ('[{"data": {}, "a": ' + "[" * 5000 + "]" * 5000 + "}]", "not-json", "the entry 0: nested too deeply"),
        (f"[{TASK % '[]'}", "not-json", "the file ends before the list does, at the entry 1"),
        (f"[{TASK % '[]'}] 1", "not-json", "there is something after the list"),
        (f"[{TASK % 'null'}]", "export-form", "the entry 7 is not a task with data and annotations: Expected `array`"),
        (f"[{TASK % '[{}]'}]", "export-form", "the entry 7 is not a task with data and annotations: Object missing"),
    ],
)
def test_reports_files_that_are_not_exports(golden: Path, text: str, code: str, message: str) -> None:
    """A file of another form is an issue with place and reason, and nothing is written."""
    path = golden / "export.json"
    path.write_text(text)
    with pytest.raises(DataError) as raised:
        file_exchange.import_exports(corpus.load_corpus(golden), [path])
    [issue] = raised.value.issues
    assert (issue.code, issue.file) == (code, path.as_posix())
    assert issue.message.startswith(message)


@given(annotated())
def test_document_file_is_canonical(drawn: Annotated) -> None:
    """A pull writes, and a revision names, the bytes of the canonical form."""
    assert encoder.document_bytes(drawn.document) == strict_json.pretty(drawn.document).encode()


# --- one article of the golden dataset: what counts as content when there is no final document


def submitted(root: Path) -> SourceTask:
    """Return the labels task of the article, its draft submitted unchanged by user 1."""
    data = corpus.load_corpus(root)
    task = task_builder.build_task(data, data.articles[ARTICLE], "labels", "1.0")
    time = "2026-01-01T00:00:00.000000Z"
    annotation: dict[str, Any] = {"id": 1, "completed_by": 1, "created_at": time, "updated_at": time}
    annotation["result"] = ticked(task["predictions"][0]["result"])
    return SourceTask("labels", task | {"annotations": [annotation]}, "here")


def test_checks_labels_against_the_text_of_the_task(golden: Path) -> None:
    """Without a final document a label may lie where the draft's zones say content and the rules say furniture."""
    final = golden / "annotations" / "final" / f"{ARTICLE}.json"
    document = files.read_json(final, final.name)
    final.unlink()
    data = corpus.load_corpus(golden)
    article = data.articles[ARTICLE]
    furniture = next(zone for zone in data.zones(article) if zone["kind"] in FURNITURE_KINDS)
    span = {"start": furniture["start"], "end": furniture["end"]}
    words = article["source_text"][span["start"] : span["end"]]
    document["zones"] = [zone | {"kind": ZoneKind.TITLE} for zone in document["zones"]]
    document["entities"].append(document["entities"][0] | span | {"id": "new", "text": words})
    files.write_file(golden / "annotations" / "ann" / f"{ARTICLE}.json", strict_json.pretty(document))
    found = annotation_import.import_annotations(
        corpus.load_corpus(golden), [submitted(golden)], AnnotatorDirectory({}, {"1": "anna"})
    )
    assert found.issues == []
    assert "new" in {entity["id"] for entity in document_labels(found.documents["anna"], "entities")}
    assert "zones" not in found.documents["anna"]


def test_checks_labels_against_final_zones(golden: Path) -> None:
    """With a final document its zones count, whatever text people were shown."""
    source = submitted(golden)
    final = golden / "annotations" / "final" / f"{ARTICLE}.json"
    document = files.read_json(final, final.name)
    document["zones"] = [zone | {"kind": ZoneKind.SECTION} for zone in document["zones"]]
    files.write_file(final, strict_json.pretty(document))
    found = annotation_import.import_annotations(
        corpus.load_corpus(golden), [source], AnnotatorDirectory({}, {"1": "anna"})
    )
    assert {issue.code for issue in found.issues} == {"zones-conflict"}
    assert found.documents == {}


def test_rejects_zones_that_strand_final_labels(golden: Path) -> None:
    """The labels that would be stranded are named, and the document with the zones is not imported."""
    data = corpus.load_corpus(golden)
    task = task_builder.build_task(data, data.articles[ARTICLE], "zones", "1.0")
    time = "2026-01-01T00:00:00.000000Z"
    annotation: dict[str, Any] = {"id": 1, "completed_by": 1, "created_at": time, "updated_at": time}
    annotation["result"] = ticked(task["predictions"][0]["result"])
    source = SourceTask("zones", task | {"annotations": [annotation]}, "here")
    assert set(
        annotation_import.import_annotations(data, [source], AnnotatorDirectory({}, {"1": "anna"})).documents
    ) == {"anna"}
    for result in annotation["result"]:
        if result.get("id") == "z2" and result["type"] == "labels":
            result["value"]["labels"] = ["date"]
    found = annotation_import.import_annotations(data, [source], AnnotatorDirectory({}, {"1": "anna"}))
    assert found.documents == {}
    assert [(issue.code, issue.message) for issue in found.issues] == [
        ("zones-conflict", "the zones would leave entities of the final document in furniture: e1, e2")
    ]


def test_rejects_task_with_another_text(golden: Path) -> None:
    """The hash or a segment differs from the article; a task of no article here is reported as such."""
    source = submitted(golden)
    about = source.task["data"]
    moved = [{**segment, "source": segment["source"] + 1} for segment in about["segments"]]
    for change, code in (
        ({}, None),
        ({"text_sha256": "0" * 64}, "task-text"),
        ({"text": about["text"].replace("Moscow", "Moskva", 1)}, "task-text"),
        ({"segments": moved}, "task-text"),
        ({"article": "0" * 16}, "task-foreign"),
    ):
        task = {**source.task, "data": {**about, **change}}
        found = annotation_import.import_annotations(
            corpus.load_corpus(golden), [source._replace(task=task)], AnnotatorDirectory({}, {"1": "anna"})
        )
        assert [issue.code for issue in found.issues] == ([code] if code else [])
        assert set(found.documents) == (set() if code else {"anna"})
