"""Documents of any schema in Label Studio: labels come back as they were, and what people do is read as they did it."""

import copy
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.agreement import merging
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.document_pairs import ComparableArticle
from pactwire.agreement.label_content import label_content
from pactwire.agreement.references import replace_references, span_references
from pactwire.corpus import corpus
from pactwire.labelstudio import (
    adjudication_tasks,
    canonical_labels,
    decision_builder,
    decoder,
    file_exchange,
    prediction_provenance,
    schema_mapping,
    task_builder,
)
from pactwire.labelstudio.schema_mapping import project_mapping
from pactwire.model import strict_json
from pactwire.model.labels import document_labels
from support.examples import examples
from support.floods import FLOODS
from support.labelstudio import submitted, ticked
from support.schemas import Drawn, drawn, vary_values, write_drawn


def task_of(each: Drawn, project: str = "labels") -> Any:
    """Return the task of a drawn article, with its document as a prediction."""
    documents = [("ana", each.document)]
    return task_builder.encode_task(each.schema, each.article, each.zones, project, documents, guidelines="1.0")


def held_layers(each: Drawn, project: str = "labels") -> dict[str, Any]:
    """Return the layers of a drawn document that a project shows."""
    document: dict[str, Any] = {**each.document}
    return {name: document[name] for name in project_mapping(each.schema, project).all_layers if name in document}


def states(layers: dict[str, Any], state: str) -> dict[str, str]:
    """Return a state for each label, by its key."""
    found = ((name, labels if isinstance(labels, list) else [labels]) for name, labels in layers.items())
    return {canonical_labels.label_key(name, label): state for name, labels in found for label in labels}


@examples(100)
@given(drawn(), st.sampled_from(schema_mapping.PROJECTS), st.booleans())
def test_labels_of_any_schema_come_back(each: Drawn, project: str, submit: bool) -> None:
    """Byte for byte, from the API and after an untouched Submit; they count as accepted."""
    task, held = task_of(each, project), held_layers(each, project)
    results = task["predictions"][0]["result"]
    if submit:
        answer = decoder.decode_results(each.schema, submitted(ticked(results)), task["data"], project)
    else:
        answer = decoder.decode_results(each.schema, results, task["data"], project, list(held))
    assert answer.problems == []
    assert json.dumps(answer.layers) == json.dumps(canonical_labels.canonical_layers(each.schema, held))
    parts = {
        name
        for name, region in answer.regions.items()
        if region.layer in project_mapping(each.schema, project).part_owners
    }
    assert {name: state for name, state in answer.states.items() if name not in parts} == states(held, "accepted")


@examples(60)
@given(drawn(), st.data())
def test_direction_and_types_tell_a_relation_without_a_label(each: Drawn, data: st.DataObject) -> None:
    """Where they leave one meaning, it is taken as with its label; else the relation is a problem, and named.

    It may go the other way between layers where none is drawn in that direction.
    """
    task = task_of(each)
    mapping = project_mapping(each.schema, "labels")
    results = ticked(task["predictions"][0]["result"])
    layers = {
        result["id"]: mapping.region_labels[result["value"]["labels"][0]]
        for result in results
        if result["type"] == "labels"
    }
    unclear: list[tuple[str, str]] = []
    for result in results:
        if result["type"] == "relation":
            start, end = layers[result["from_id"]], layers[result["to_id"]]
            possible = mapping.meanings.drawn(start, end)
            if len(result["labels"]) == len(possible) == 1:
                del result["labels"]
                if data.draw(st.booleans()) and not mapping.meanings.drawn(end, start):
                    result["direction"] = "left"
            elif len(possible) > 1 and not unclear:
                del result["labels"]
                unclear.append((result["from_id"], result["to_id"]))
    answer = decoder.decode_results(each.schema, results, task["data"], "labels")
    named = [problem for problem in answer.problems if problem.code == "ls-relation"]
    assert [problem.region for problem in named] == [start for start, _ in unclear]
    if not unclear:
        assert answer.problems == []
        assert answer.layers == canonical_labels.canonical_layers(each.schema, held_layers(each))


@examples(40)
@given(drawn(), st.data())
def test_layers_that_nobody_ticks_are_left_out(each: Drawn, data: st.DataObject) -> None:
    """What a draft has there is no problem, and no label; what a person says of the article there is a problem."""
    task, held = task_of(each), held_layers(each)
    kept = [name for name in held if not project_mapping(each.schema, "labels").schema.layers[name].references]
    finished = data.draw(st.lists(st.sampled_from(kept), unique=True)) if kept else []
    results = ticked(task["predictions"][0]["result"])
    for result in results:
        if result.get("from_name") == "finished":
            result["value"]["choices"] = finished
    answer = decoder.decode_results(each.schema, results, task["data"], "labels")
    assert (answer.problems, answer.remarks) == ([], [])
    assert {*answer.layers} == {*finished}
    for result in results:
        if result.get("from_name") in project_mapping(each.schema, "labels").per_task_controls:
            result |= {"origin": "prediction-changed", "value": {"choices": ["?"], "text": ["?"], "taxonomy": [["?"]]}}
            owner, _ = project_mapping(each.schema, "labels").per_task_controls[result["from_name"]]
            if owner not in finished:
                changed = decoder.decode_results(each.schema, results, task["data"], "labels")
                assert (
                    "ls-finished",
                    f"1 labels made or changed, but {owner} are not ticked as finished",
                    "",
                ) in changed.problems
            return


def told(control: str, *values: str, origin: str = "prediction") -> dict[str, Any]:
    """Return a result about the whole article."""
    common = {"id": f"_{control}", "from_name": control, "to_name": "text", "type": "choices", "origin": origin}
    return {**common, "value": {"choices": [*values]}}


@pytest.mark.parametrize(
    ("focus", "origin", "parent", "by", "state"),
    [
        ("impact", "prediction", 7, "model", "accepted"),
        ("response", "prediction-changed", 7, "model", "edited"),
        ("impact", "prediction", None, "model", "accepted"),  # resumed from what the page saved by itself
        ("impact", "manual", None, None, "new"),
    ],
)
def test_a_model_can_say_what_an_article_is_about(
    focus: str, origin: str, parent: int | None, by: str | None, state: str
) -> None:
    """A prediction that no push made gives the article's label its maker, whether a person changed it or not."""
    data = corpus.load_corpus(FLOODS)
    article = next(iter(data.articles.values()))
    task = task_builder.encode_task(data.schema, article, data.zones(article), "labels", guidelines="1.0")
    said_by_model = [told("focus", "impact"), told("themes", "rescue"), told("casualties", "no")]
    task["predictions"] = [{"id": 7, "model_version": "topics 1.0", "result": said_by_model}]
    mine = [told("focus", focus, origin=origin), *(each | {"origin": origin} for each in said_by_model[1:])]
    mine.append(told("finished", "subject", origin="manual"))
    answer = decoder.decode_results(data.schema, mine, task["data"], "labels")
    drafts = prediction_provenance.TaskPredictions(data.schema, task, "labels")
    drafts.attribute_labels({"parent_prediction": parent}, answer)
    model = prediction_provenance.model_annotator("topics 1.0")["id"]
    assert answer.problems == []
    assert answer.layers["subject"]["by"] == ([model] if by else [])
    assert answer.states[canonical_labels.article_key("subject")] == state


@examples(15)
@given(drawn().filter(lambda each: not each.article["source_text"].startswith("\ufeff")))
def test_files_bring_a_draft_back(each: Drawn) -> None:
    """Export and import write the draft's labels as a person's, who accepted every one of them."""
    zoned: Any = {**each.document, "zones": each.zones, "status": {**each.document["status"], "zones": "draft"}}
    each = each._replace(document=zoned)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_drawn(root, each, "rules-1")
        (root / ".pactwire").mkdir()
        (root / ".pactwire/annotators.json").write_text('{"1": "anna"}')
        data = corpus.load_corpus(root)
        exports = []
        for project in schema_mapping.offered_projects(each.schema):
            exports.append(root / f"{project}.json")
            file_exchange.export_tasks(data, project, exports[-1])
            [task] = json.loads(exports[-1].read_text("utf-8"))
            task["annotations"] = []
            for number, prediction in enumerate(task["predictions"], 1):
                times = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z"}
                answer = {"id": number, "completed_by": 1, "result": submitted(ticked(prediction["result"])), **times}
                task["annotations"] = [answer]
            exports[-1].write_text(json.dumps([{**task, "id": 1}]), "utf-8")
        pulled = file_exchange.import_exports(data, exports)
        assert pulled.issues == []
        written = root / f"annotations/anna/{each.article['id']}.json"
        document = json.loads(written.read_text("utf-8"))
        for name in each.schema.layer_names:
            mine, drafted = document_labels(document, name), document_labels(each.document, name)
            wanted = [{**label, "by": [*label["by"], "anna"]} for label in drafted]
            assert (name in document) == (name in each.document)
            assert Counter(map(strict_json.compact, mine)) == Counter(map(strict_json.compact, wanted))


def said(schema: Any, document: Any) -> dict[str, Counter[str]]:
    """Return what a document's labels say, with references by span, in any order."""
    spans = span_references(schema, document)
    found: dict[str, Counter[str]] = {}
    for layer in schema.layers.values():
        texts = []
        for label in document_labels(document, layer.name):
            content = label_content(schema, layer.name, replace_references(schema, layer.name, label, spans))
            for attribute in layer.references:
                if isinstance(content.get(attribute.name), list):
                    content[attribute.name] = sorted({*content[attribute.name]})
            texts.append(strict_json.compact(content))
        found[layer.name] = Counter(texts)
    return found


@examples(60)
@given(drawn(), st.data())
def test_adjudication_of_any_schema_gives_what_was_chosen(each: Drawn, data: st.DataObject) -> None:
    """An adjudicator's document, as edited in the page, is what the decisions make, or a flaw says why it is not."""
    documents: list[Any] = [copy.deepcopy(each.document) for _ in range(3)]
    for document in documents[1:]:
        vary_values(data.draw, each.schema, document)
    pair, mine = documents[:2], documents[2]
    if not all(each.schema.is_valid(document) for document in documents):
        return
    aligned = ArticleAlignment(
        ComparableArticle(each.schema, each.article, each.zones, dict(zip("ab", pair, strict=True))), ["a", "b"]
    )
    task = adjudication_tasks.build_task(aligned, "labels", "1.0")
    disputed = adjudication_tasks.disputed_groups(aligned, "labels")
    assert len([line for line in task["data"]["differences"].split("\n") if not line.startswith(" ") and line]) == len(
        disputed
    )
    for document, prediction in zip(pair, task["predictions"], strict=True):
        held = [name for name in project_mapping(each.schema, "labels").all_layers if name in document]
        answer = decoder.decode_results(each.schema, ticked(prediction["result"]), task["data"], "labels")
        layers = {name: document[name] for name in held}
        assert (answer.problems, answer.layers) == ([], canonical_labels.canonical_layers(each.schema, layers))
    times = dict.fromkeys(each.schema.layer_names, "2026-02-01T00:00:00Z")
    built = decision_builder.build_decisions(aligned, mine, "judge", times)
    if built.flaws:
        spans = Counter(span_references(each.schema, mine).values())
        assert not spans or max(spans.values()) > 1
        return
    judge: Any = {"id": "judge", "kind": "human", "name": None, "version": None}
    merged = merging.merge_article(aligned, list(built.decisions.values()), [judge])
    assert merged.lost_references == []
    assert said(each.schema, merged.document) == said(each.schema, mine)
