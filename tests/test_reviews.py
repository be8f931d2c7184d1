"""Reviews: a layer that a person read wholly is reviewed as long as it says what was read, and nothing else is."""

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run
from pactwire.agreement import adjudication, decisions
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.decisions import DecisionsFile
from pactwire.agreement.document_pairs import ComparableArticle
from pactwire.agreement.references import replace_references
from pactwire.corpus import corpus
from pactwire.corpus.own_decisions import own_decision_notes
from pactwire.corpus.reviews import Review, layer_digest
from pactwire.labelstudio.review_pull import Reading, ReviewPullResult, take_reading
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.model.labels import document_labels
from pactwire.validation import validate
from support.examples import examples
from support.news import SCHEMA
from support.passes import ArticleWriter, final_documents, write_dataset, write_document
from support.schemas import Drawn, drawn, vary_values

EVA: Any = {"id": "eva", "kind": "human", "name": None, "version": None}
JUDGE: Any = {**EVA, "id": "judge", "kind": "model"}
SAVED = "2026-02-01T00:00:00Z"
DECISIONS = "annotations/decisions/1.jsonl"


# --- what a person made of a final document


def adjudicated(each: Drawn, other: Any) -> tuple[ArticleAlignment, DecisionsFile]:
    """Return two documents side by side, and decisions for the first one's labels."""
    pair = {"a": each.document, "b": other}
    aligned = ArticleAlignment(ComparableArticle(each.schema, each.article, each.zones, pair), ["a", "b"])
    file = DecisionsFile(DECISIONS, each.schema, {"A": "a", "B": "b"}, "1.0", [JUDGE])
    for group in aligned.groups:
        if not group.agreed:
            decision = decisions.unanswered_decision(group)
            decision.choice, decision.by = "A" if group.options["A"] else "none", "judge"
            file.decisions.append(decision)
    return aligned, file


def written(file: DecisionsFile, each: Drawn) -> str:
    """Return a decisions file as it is written."""
    return file.to_jsonl({each.article["id"]: each.article["source_text"]})


@examples(40)
@given(drawn(), st.data())
def test_a_review_of_any_schema_gives_what_was_read(each: Drawn, data: st.DataObject) -> None:
    """Ticked layers are as the person left them, by them, and reviewed; the others are as they were, to the byte."""
    other = copy.deepcopy(each.document)
    vary_values(data.draw, each.schema, other)
    aligned, file = adjudicated(each, other)
    final = adjudication.merge_decided(aligned, file)
    if final.lost_references or not each.schema.is_valid(final.document):
        return
    mine: Any = copy.deepcopy(final.document)
    vary_values(data.draw, each.schema, mine)
    ticked = data.draw(st.lists(st.sampled_from(aligned.layers), unique=True)) if aligned.layers else []
    for layer in set(aligned.layers) - {*ticked}:
        mine[layer] = copy.deepcopy(dict[str, Any](final.document)[layer])
    if not each.schema.is_valid(mine):
        return
    digests = {layer: layer_digest(each.schema, final.document, layer) for layer in aligned.layers}
    shown = {layer: [digest] for layer, digest in digests.items()}
    reading = Reading("eva", mine, ticked, dict.fromkeys(aligned.layers, SAVED), shown, "task")
    before = written(file, each)
    result = ReviewPullResult()
    issues = take_reading(aligned, file, reading, result)
    if issues:
        assert {issue.code for issue in issues} == {"adjudication-label"}
        assert written(file, each) == before
        return
    merged = adjudication.merge_decided(aligned, file)
    assert merged.stale_reviews == []
    assert result.reviews == len(ticked)
    for layer in aligned.layers:
        is_read = layer in ticked
        assert merged.document["status"][layer] == ("reviewed" if is_read else "adjudicated")
        wanted = layer_digest(each.schema, mine, layer) if is_read else digests[layer]
        assert layer_digest(each.schema, merged.document, layer) == wanted
        assert all(("eva" in label["by"]) == is_read for label in document_labels(merged.document, layer))
    assert (EVA in merged.document["annotators"]) == bool(ticked)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DECISIONS
        path.parent.mkdir(parents=True)
        path.write_text(written(file, each), "utf-8")
        recorded = decisions.read_decisions(Path(folder), DECISIONS, each.schema, file.inputs, "1.0")
    again, _ = decisions.reconcile(recorded, [aligned])
    assert take_reading(aligned, again, reading, second := ReviewPullResult()) == []
    assert (second.changed, second.reviews, written(again, each)) == (0, 0, written(file, each))
    assert adjudication.merge_decided(aligned, again).document == merged.document
    if len(ticked) > 1:
        later = dict.fromkeys(aligned.layers, "2026-02-02T00:00:00Z")
        # What is read of the first layer is not what was shown, and it is not ticked any more.
        refused = reading._replace(ticked=ticked[1:], times=later, shown={**shown, ticked[0]: []})
        assert {issue.code for issue in take_reading(aligned, again, refused, second)} == {"ls-finished"}
        assert (second.reviews, written(again, each)) == (0, written(file, each))


@examples(40)
@given(drawn())
def test_digest_ignores_what_a_layer_does_not_say(each: Drawn) -> None:
    """Other ids, makers and orders of labels give the same digest; a label less gives another."""
    for layer in each.schema.span_layer_names:
        if not document_labels(each.document, layer):
            continue
        ids = {label["id"]: f"n{label['id']}" for label in document_labels(each.document, layer)}
        renamed: Any = copy.deepcopy(each.document)
        for name in each.schema.layers:
            for label in document_labels(renamed, name):
                label |= replace_references(each.schema, name, label, ids)
        for label in renamed[layer]:
            label["id"] = ids[label["id"]]
        renamed[layer].reverse()
        for label in renamed[layer]:
            label["by"] = ["eva"]
        assert layer_digest(each.schema, renamed, layer) == layer_digest(each.schema, each.document, layer)
        del renamed[layer][0]
        assert layer_digest(each.schema, renamed, layer) != layer_digest(each.schema, each.document, layer)


# --- the command


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dataset of one article, with equal documents of two annotators, adjudicated."""
    w = ArticleWriter("Foo said that it is so.\nBar praised Foo.")
    write_dataset(tmp_path, w)
    for name in "ab":
        entities = [w.entity("Foo", "PER"), w.entity("Bar", "PER")]
        write_document(tmp_path, name, w.document(name, entities=entities, claims=[w.claim("it is so", ("e1",))]))
    adjudication.adjudicate(tmp_path, ("a", "b"))
    return tmp_path


def review(root: Path, *layers: str, **fields: str) -> list[Review]:
    """Write that eva reviewed layers of the one final document as they are."""
    [final] = final_documents(root)
    new = [Review(layer_digest(SCHEMA, final, layer), final["article"], layer, "eva", SAVED) for layer in layers]
    header, *lines = (root / DECISIONS).read_text("utf-8").splitlines()
    known = json.loads(header) | {"adjudicators": [EVA]}
    records = [each.to_record() | fields for each in new]
    text = [strict_json.compact(known), *lines, *map(strict_json.compact, records)]
    (root / DECISIONS).write_text("".join(f"{line}\n" for line in text), "utf-8")
    return new


def review_codes(root: Path) -> list[str]:
    """Return the codes of what validation finds, apart from the table of splits, which is not there."""
    return [each.code for each in validate.check_corpus(corpus.load_corpus(root)) if each.code != "split-missing"]


def test_adjudication_keeps_reviews(root: Path, run: Run) -> None:
    """A reviewed layer is reviewed after every run, with the same bytes, and the data is valid."""
    review(root, "entities")
    done = run("adjudicate", "a", "b", "--root", root)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 layer reviewed" in done.stdout
    [final] = final_documents(root)
    assert final["status"] == {"zones": "adjudicated", "entities": "reviewed", "claims": "adjudicated"}
    assert [label["by"] for label in final["entities"]] == [["a", "b", "eva"]] * 2
    assert [label["by"] for label in final["claims"]] == [["a", "b"]]
    assert (final["annotators"][-1], final["updated"]) == (EVA, SAVED)
    paths = [root / DECISIONS, root / f"annotations/final/{final['article']}.json"]
    before = [path.read_bytes() for path in paths]
    assert "unchanged" in run("adjudicate", "a", "b", "--root", root).stdout
    assert [path.read_bytes() for path in paths] == before
    assert review_codes(root) == []


def test_outdated_review_counts_no_more(root: Path, run: Run) -> None:
    """Where the labels changed, the layer is adjudicated again, with an issue; the others stay reviewed."""
    review(root, "zones", "entities")
    adjudication.adjudicate(root, ("a", "b"))
    [final] = final_documents(root)
    decision = {
        "article": final["article"], "layer": "entities", "options": {}, "choice": "other", "by": "eva",
        "label": {**ArticleWriter("Foo said").entity("said", "PER")},
    }  # fmt: skip
    header, *lines = (root / DECISIONS).read_text("utf-8").splitlines()
    (root / DECISIONS).write_text("\n".join([header, strict_json.compact(decision), *lines]) + "\n", "utf-8")
    done = run("adjudicate", "a", "b", "--root", root)
    assert done.returncode == 1
    told = f"{DECISIONS}:4: review-stale: the final labels changed after eva reviewed entities of the article"
    assert told in done.stdout
    [changed] = final_documents(root)
    assert changed["status"] == {"zones": "reviewed", "entities": "adjudicated", "claims": "adjudicated"}
    assert [label["by"] for label in changed["entities"]] == [["a", "b"], ["eva"], ["a", "b"]]
    with pytest.raises(DataError) as raised:
        adjudication.adjudicate(root, ("a", "b"), close_round=True)
    assert [issue.code for issue in raised.value.issues] == ["review-stale"]
    assert not (root / "annotations/rounds").exists()


def test_validation_tells_of_a_final_layer_changed_by_hand(root: Path) -> None:
    """A layer that is called reviewed must say what was read."""
    review(root, "entities")
    adjudication.adjudicate(root, ("a", "b"))
    [final] = final_documents(root)
    final["entities"][0]["type"] = "ORG"
    path = root / f"annotations/final/{final['article']}.json"
    path.write_text(strict_json.pretty(final), "utf-8")
    assert review_codes(root) == ["review-stale"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"layer": "nothing"}, "review-record"),
        ({"by": "a"}, "review-record"),
        ({"decided": "yesterday"}, "review-record"),
        ({"reason": ""}, "review-record"),
        ({"layer": "stances"}, "decisions-unknown"),
        ({"article": "0000000000000000"}, "decisions-unknown"),
    ],
)
def test_invalid_reviews_are_issues(root: Path, fields: dict[str, str], code: str) -> None:
    """Nothing is written as long as a line is invalid, or about what adjudication does not write."""
    review(root, "entities", **fields)
    before = final_documents(root)
    with pytest.raises(DataError) as raised:
        adjudication.adjudicate(root, ("a", "b"))
    assert [issue.code for issue in raised.value.issues] == [code]
    assert final_documents(root) == before


def test_a_model_reviews_nothing(root: Path) -> None:
    """A review is by a person, and there is one of each layer by each person."""
    review(root, "entities", by="judge")
    text = (root / DECISIONS).read_text("utf-8").replace('"adjudicators":[{"id":"eva","kind":"human"', "%")
    (root / DECISIONS).write_text(text.replace("%", '"adjudicators":[{"id":"judge","kind":"model"'), "utf-8")
    with pytest.raises(DataError, match="'judge' is not a person"):
        adjudication.adjudicate(root, ("a", "b"))
    review(root, "claims", "claims")
    lines = (root / DECISIONS).read_text("utf-8").splitlines(keepends=True)
    (root / DECISIONS).write_text("".join([lines[0], *lines[2:]]), "utf-8")
    with pytest.raises(DataError, match="eva has another line on claims"):
        adjudication.adjudicate(root, ("a", "b"))
    assert review_codes(root) == ["review-record"]


# --- whose work it is


def test_names_who_decides_on_their_own_work(root: Path, run: Run) -> None:
    """Who has a document of an article that they review, or is compared there, is named; nobody else is."""
    review(root, "entities")
    assert own_decision_notes(root) == []
    [final] = final_documents(root)
    path = root / f"annotations/eva/{final['article']}.json"
    path.parent.mkdir()
    path.write_text(strict_json.pretty({**final, "annotators": [EVA]}), "utf-8")
    told = f"eva decided on articles that they annotated themselves, 1 in all: {final['article']}"
    assert own_decision_notes(root) == [told]
    assert f"note: {told}" in run("adjudicate", "a", "b", "--root", root).stdout
    path.unlink()
    assert own_decision_notes(root) == []
    text = (root / DECISIONS).read_text("utf-8")
    (root / DECISIONS).write_text(text.replace('"by":"eva"', '"by":"a"'), "utf-8")
    assert own_decision_notes(root) == [told.replace("eva", "a", 1)]
