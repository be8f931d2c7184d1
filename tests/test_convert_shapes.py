"""Records in which anything stands where another value should: each is read or refused, and nothing is raised."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.convert import import_reader
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.imported_document import ImportedDocument
from pactwire.model.issues import DataError
from support.examples import examples
from test_convert_draft import CORPORA

FORMATS = Path(__file__).parent / "golden/convert/formats"
TRAINING = json.loads((FORMATS / "spacy-v2.json").read_text("utf-8"))
RECORDS: dict[str, Any] = {
    name: file for name, files in CORPORA.items() for file in files.values() if not isinstance(file, str)
} | {"training": TRAINING, "studio-min": json.loads((FORMATS / "label-studio-min.json").read_text("utf-8"))}
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 2.5, 10**30, "", "x", [], [3], ["x"], [[]], {}, {"": 3}]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all values inside of a value."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(each, (*path, key))


def read(path: Path, value: Any) -> tuple[list[ImportedDocument], list[str]]:
    """Return the documents of a JSON file, and the messages of what is refused."""
    path.write_text(json.dumps(value) + "\n", "utf-8")
    documents, messages = [], []
    try:
        for document in import_reader.read_documents("auto", [path], [path], ReaderOptions(layers=None)):
            if isinstance(document, ImportedDocument):
                documents.append(document)
                messages += [issue.message for issue in document.issues]
            else:
                messages += [issue.message for issue in document.issues]
    except DataError as error:
        messages += [issue.message for issue in error.issues]
    return documents, messages


@examples(60)
@given(st.sampled_from(sorted(RECORDS)), st.data())
def test_any_value_anywhere_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    """In each JSON format, one or two values are replaced by others, or moved to the key "" of their object."""
    value = copy.deepcopy(RECORDS[name])
    for _ in range(data.draw(st.integers(1, 2))):
        *path, last = data.draw(st.sampled_from([*places(value)]))
        node = value
        for key in path:
            node = node[key]
        if isinstance(node, dict) and data.draw(st.integers(0, 7)) == 7:
            node[""] = node.pop(last)
        else:
            node[last] = copy.deepcopy(data.draw(VALUES))
    documents, messages = read(tmp_path_factory.getbasetemp() / "a.jsonl", value)
    assert documents or messages


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": "Kim", "ents": [], "tokens": [3]}, "tokens[0]: 3 for tokens is not of type 'object'"),
        ({"text": "Kim", "ents": [], "spans": []}, "spans: [] for spans is not of type 'object', 'null'"),
        ({"text": "Kim", "ents": 3, "spans": {}, "tokens": []}, "ents: 3 for ents is not of type"),
        ({"text": "Kim", "ents": [], "spans": {"a": 3}}, "spans.a: 3 for a is not of type"),
        ({"text": "Kim", "ents": [], "_": 3}, "_: 3 for _ is not of type"),
        ({"paragraphs": [{"sentences": [3]}]}, "paragraphs[0].sentences[0]: 3"),
        ({"paragraphs": [{"sentences": [{"tokens": [3]}]}]}, "paragraphs[0].sentences[0].tokens[0]: 3"),
        ({"": ["Kim"], "ner_tags": ["O"]}, "keys"),
    ],
)
def test_tells_which_value_is_wrong(tmp_path: Path, record: Any, message: str) -> None:
    """By its path in the record."""
    documents, [found] = read(tmp_path / "a.jsonl", record)
    assert not documents
    assert message in found


def test_a_relation_with_one_label_by_itself_has_it(tmp_path: Path) -> None:
    """Not one for each of its letters."""
    studio = copy.deepcopy(CORPORA["studio"]["a.json"])
    studio[0]["annotations"][0]["result"][-1] |= {"labels": "met", "direction": "right"}
    [document], _ = read(tmp_path / "a.json", studio)
    assert [relation.name for relation in document.relations] == ["met"]


@pytest.mark.filterwarnings("ignore:Not mapping external offset")
def test_an_annotation_whose_offsets_are_no_numbers_is_refused(tmp_path: Path) -> None:
    """It names the annotation."""
    pytest.importorskip("cassis")
    cas = json.loads((FORMATS / "cas/two.json").read_text("utf-8"))
    entity = next(each for each in cas["%FEATURE_STRUCTURES"] if each.get("begin") == 20)
    entity["end"] = "three"
    documents, [message] = read(tmp_path / "two.json", cas)
    assert not documents
    assert "has no begin and end that are whole numbers" in message
