"""One layer at a time: what the project of a layer shows, what comes back, and whose labels it refers to."""

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pactwire.agreement import references
from pactwire.corpus import corpus
from pactwire.labelstudio import canonical_labels, decoder, drafts, encoder, file_exchange, schema_mapping, task_builder
from pactwire.labelstudio.given_layers import Annotated, merge_layers
from pactwire.labelstudio.result_migration import ResultMigration
from pactwire.labelstudio.schema_mapping import project_mapping
from pactwire.model.issues import DataError
from pactwire.model.label_migration import Answer, LabelMigration
from pactwire.model.labels import document_labels
from support.examples import examples
from support.labelstudio import submitted, ticked
from support.migrations import documents
from support.schemas import Drawn, assume_content, drawn, write_drawn
from test_labelstudio_result_migration import is_possible, ordered, other_steps, usable_renames
from test_migration_model import migrated, migration


def layers_of(each: Drawn) -> list[str]:
    """Return the layers of a drawn document whose given layers it has, too."""
    held = [name for name in each.schema.layers if name in each.document]
    return [name for name in held if all(given in held for given in schema_mapping.given_layers(each.schema, name))]


def task_of(each: Drawn, project: str) -> Any:
    """Return the task of a drawn article in the project of a layer, with its document as a prediction."""
    return task_builder.encode_task(
        each.schema, each.article, each.zones, project, [("ana", each.document)], guidelines="1.0"
    )


def sorted_labels(labels: Any) -> list[str]:
    """Return labels as text, in any order."""
    return sorted(json.dumps(label) for label in ([labels] if isinstance(labels, dict) else labels))


@examples(30)
@given(drawn(), st.data())
def test_a_layer_comes_back_alone(each: Drawn, data: st.DataObject) -> None:
    """Byte for byte after an untouched Submit, with what was given to refer to; nothing else is a label."""
    names = layers_of(each)
    assume(names)
    layer = data.draw(st.sampled_from(names))
    task = task_of(each, layer)
    answer = decoder.decode_results(
        each.schema, submitted(ticked(task["predictions"][0]["result"])), task["data"], layer
    )
    document: Any = each.document
    assert (answer.problems, answer.remarks) == ([], [])
    assert answer.layers == canonical_labels.canonical_layers(each.schema, {layer: document[layer]})
    assert {*answer.given} == {*schema_mapping.given_layers(each.schema, layer)}
    for name, note in answer.given.items():
        assert sorted_labels(note["labels"]) == sorted_labels(document[name])
    assert not {label["id"] for name in answer.given for label in document[name]} & {*answer.regions, *answer.states}


@examples(30)
@given(drawn(), st.data())
def test_given_labels_stay_as_they_are(each: Drawn, data: st.DataObject) -> None:
    """Whoever moves or removes some is told so, and one more region of such a layer is a problem."""
    names = [name for name in layers_of(each) if project_mapping(each.schema, name).given]
    document: Any = each.document
    names = [name for name in names if any(document[one] for one in project_mapping(each.schema, name).given)]
    assume(names)
    layer = data.draw(st.sampled_from(names))
    task = task_of(each, layer)
    results = submitted(ticked(task["predictions"][0]["result"]))
    labels = {label["id"]: label for name in project_mapping(each.schema, layer).given for label in document[name]}
    regions = [result for result in results if result.get("from_name") == "label" and result["id"] in labels]
    assert len(regions) == len(labels)
    extra = copy.deepcopy(regions[0]) | {"id": "mine", "origin": "manual"}
    made = decoder.decode_results(each.schema, [*results, extra], task["data"], layer)
    assert [(problem.code, problem.region) for problem in made.problems] == [("ls-given", "mine")]
    removed = {region["id"] for region in regions if data.draw(st.booleans())}
    kept = [
        result
        for result in results
        if result.get("id") not in removed and not {result.get("from_id"), result.get("to_id")} & removed
    ]
    answer = decoder.decode_results(each.schema, kept, task["data"], layer)
    told = [remark.message for remark in answer.remarks if remark.code == "ls-given"]
    assert [message.split()[0] for message in told] == ([str(len(removed))] if removed else [])
    assert {problem.code for problem in answer.problems} <= {"ls-party"}  # where a reference is needed
    assert sum(len(note["labels"]) for note in answer.given.values()) == len(labels)


@examples(30)
@given(drawn(), st.data())
def test_references_lead_to_own_labels(each: Drawn, data: st.DataObject) -> None:
    """Where a person annotated the given layer, too, under other ids, or not all of it: never to another span."""
    names = [name for name in layers_of(each) if schema_mapping.given_layers(each.schema, name)]
    assume(names)
    layer = data.draw(st.sampled_from(names))
    document: Any = each.document
    given_names = schema_mapping.given_layers(each.schema, layer)
    ids = {label["id"]: f"own-{label['id']}" for name in given_names for label in document[name]}
    own = {
        name: [
            references.replace_references(each.schema, name, label, ids) | {"id": ids[label["id"]]}
            for label in document[name]
        ]
        for name in given_names
    }
    lost = {name for name in ids.values() if data.draw(st.integers(0, 4)) == 0}
    own = {name: [label for label in labels if label["id"] not in lost] for name, labels in own.items()}
    note = {name: {"status": "draft", "labels": document[name]} for name in given_names}
    parts = [Annotated(own, {}), Annotated({layer: document[layer]}, note)]
    merged = merge_layers(each.schema, parts if data.draw(st.booleans()) else parts[::-1])
    assert ({*merged.layers}, merged.given_status) == ({layer, *given_names}, {})
    assert {name: merged.layers[name] for name in given_names} == own
    spans = references.span_references(each.schema, document)
    found = {label["id"]: references.by_span(each.schema, name, label) for name in own for label in own[name]}
    absent = {missing.referent["id"] for missing in merged.missing}
    classes = {
        label["id"]: label for labels in [*own.values(), *(document[name] for name in given_names)] for label in labels
    }
    for mine, theirs in zip(document_labels(merged.layers, layer), document_labels(document, layer), strict=True):
        pairs = zip(
            references.references_in(each.schema, layer, mine),
            references.references_in(each.schema, layer, theirs),
            strict=False,
        )
        if len(references.references_in(each.schema, layer, mine)) != len(
            references.references_in(each.schema, layer, theirs)
        ):
            continue  # two given labels that are one of the person's
        for one, other in pairs:
            assert other not in ids or other in absent or found[one] == spans[other]
    for name in absent:  # one of several with its span, or none
        [place] = [one for one in given_names if any(label["id"] == name for label in document[one])]
        same = [
            label
            for label in own[place]
            if (label["start"], label["end"]) == (classes[name]["start"], classes[name]["end"])
        ]
        assert len(same) != 1


@examples(30)
@given(drawn(), st.data())
def test_a_migration_makes_the_draft_of_the_migrated_document(each: Drawn, data: st.DataObject) -> None:
    """Also of the labels that are given, and where the layer, and so the project, gets another name."""
    names = [name for name in layers_of(each) if schema_mapping.given_layers(each.schema, name)]
    assume(names)
    layer = data.draw(st.sampled_from(names))
    given_names = schema_mapping.given_layers(each.schema, layer)
    near = {layer} if data.draw(st.integers(0, 2)) == 0 else {*given_names}
    steps = [there for there, _ in usable_renames(each.schema) if there.get("layer") in near]
    steps += [step for step in other_steps(each.schema) if step["layer"] in near]
    step = data.draw(st.sampled_from(steps))
    assume(step["action"] == "rename" or is_possible(each.schema, step))
    after = migrated(each.schema, step)
    renamed = after.layer_name(layer)
    if renamed is None or list(after.removal_flaws(each.document)):
        return
    task = task_of(each, layer)
    results = ResultMigration(after, layer, renamed).migrate(task["predictions"][0]["result"], task["data"], {}).results
    about = task["data"]
    document: Any = after.migrate_document(each.document)
    wanted = encoder.encode_results(after.schema, document, about["segments"], about["text"], renamed)
    assert ordered(results) == ordered(wanted)


def golden_claims(golden: Path) -> tuple[Any, Any, Any]:
    """Return the schema of the golden dataset, a document, and its task in the project of claims."""
    data = corpus.load_corpus(golden)
    article, document = data.articles["00000000000000aa"], documents(golden)["final/00000000000000aa"]
    task = task_builder.encode_task(
        data.schema, article, data.zones(article), "claims", [("final", document)], guidelines="1.0"
    )
    return data.schema, document, task


def test_what_is_given_no_more_leaves_the_page(golden: Path) -> None:
    """But not what a person made there, which is counted."""
    schema, document, task = golden_claims(golden)
    after = migrated(schema, {"action": "drop", "layer": "claims", "attribute": "claimants"})
    results = task["predictions"][0]["result"]
    ids = {label["id"] for label in document["entities"]}
    region = next(result for result in results if result["id"] in ids)
    mine = copy.deepcopy(region) | {"id": "mine", "origin": "manual"}
    run = ResultMigration(after, "claims").migrate([*results, mine], task["data"], {})
    assert [result for result in run.results if {result.get(key) for key in ("id", "from_id", "to_id")} & ids] == []
    assert mine in run.results
    assert +run.counts == {"unreadable": 1}


def test_answers_reach_what_is_given(golden: Path) -> None:
    """As in the document; nobody who answered for a given label is an author of anything in this project."""
    schema, document, task = golden_claims(golden)
    into = [{"const": "CITY", "title": "City", "description": "A city."}, "LOC"]
    split = {"action": "split", "layer": "entities", "attribute": "type", "label": "GPE", "into": into}
    waiting = LabelMigration(schema, migration({**split, "otherwise": "queue"}))
    keys = [waiting.queued("entities", label, document["article"]) for label in document["entities"]]
    eva: Any = {"id": "eva", "kind": "human", "name": None, "version": None}
    after = LabelMigration(schema, waiting.migration, {key: Answer("CITY", eva) for key in keys if key})
    about = task["data"]
    run = ResultMigration(after, "claims").migrate(task["predictions"][0]["result"], about, {})
    wanted: Any = after.migrate_document(document)
    assert any(label["type"] == "CITY" for label in wanted["entities"])
    assert ordered(run.results) == ordered(
        encoder.encode_results(after.schema, wanted, about["segments"], about["text"], "claims")
    )


@examples(15)
@given(drawn().filter(lambda each: not each.article["source_text"].startswith("\ufeff")), st.data())
def test_a_draft_refers_to_final_labels(each: Drawn, data: st.DataObject) -> None:
    """Where another document gives them, under any ids: to those with the same spans, and what is lost is counted."""
    names = [name for name in layers_of(each) if schema_mapping.given_layers(each.schema, name)]
    assume(names)
    layer = data.draw(st.sampled_from(names))
    given_names = schema_mapping.given_layers(each.schema, layer)
    document: Any = each.document
    mine = [label["id"] for label in document_labels(document, layer) if "id" in label]
    taken = [label["id"] for name in given_names for label in document[name]]
    free = [*mine, *(f"f{number}" for number in range(len(taken)))]  # ids of the draft, to begin with
    ids = dict(zip(taken, free, strict=False))
    lost = {name for name in taken if data.draw(st.integers(0, 4)) == 0}
    final = {
        name: [
            references.replace_references(each.schema, name, label, ids) | {"id": ids[label["id"]]}
            for label in document[name]
            if label["id"] not in lost
        ]
        for name in given_names
    }
    header = {key: value for key, value in document.items() if key not in each.schema.layer_names}
    given = header | {"status": dict.fromkeys(given_names, "adjudicated")} | final
    assume(not lost & {ref for name in given_names for label in document[name] for ref in named(each, name, label)})
    assume_content(each, given)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_drawn(root, each, "rules-1")
        path = root / f"annotations/final/{each.article['id']}.json"
        path.parent.mkdir()
        path.write_text(json.dumps(given), "utf-8")
        dataset = corpus.load_corpus(root)
        draft = drafts.newest_draft(dataset, each.article["id"], layer)
        assert draft
        task = task_builder.build_drafted_task(dataset, dataset.articles[each.article["id"]], layer, "1.0", draft)
    assert [source.partition("@")[0] for source in draft.sources] in ([], ["final", "rules-1"])
    held = document_labels(draft.document, layer)
    if not draft.sources:  # the labels do not lie in the text that the final document shows
        assert (held, draft.lost) == ([], len(document_labels(document, layer)))
        return
    results = submitted(ticked(task["predictions"][0]["result"]))
    answer = decoder.decode_results(each.schema, results, task["data"], layer)
    assert {problem.code for problem in answer.problems} <= {"ls-party"}
    spans, new_spans = (references.span_references(each.schema, one) for one in (document, draft.document))
    count = 0
    for label, drafted in zip(held, document_labels(document, layer), strict=True):
        wanted = [spans.get(ref, ref) for ref in named(each, layer, drafted)]
        shown = [new_spans.get(ref, ref) for ref in named(each, layer, label)]
        assert {*shown} <= {*wanted}
        count += len(wanted) - len(shown)
        assert label.get("id") not in {one["id"] for name in given_names for one in final[name]}
    assert count >= draft.lost
    if not lost and not draft.lost and not answer.problems:
        assert answer.layers == canonical_labels.canonical_layers(each.schema, {layer: draft.document[layer]})  # type: ignore[literal-required]


def named(each: Drawn, layer: str, label: Any) -> list[str]:
    """Return what a label refers to."""
    return references.references_in(each.schema, layer, label)


@examples(10)
@given(drawn().filter(lambda each: not each.article["source_text"].startswith("\ufeff")), st.data())
def test_layers_finished_in_any_order_make_one_document(each: Drawn, data: st.DataObject) -> None:
    """By files: finished layers are the person's, those they refer to come with their own authors, and no others."""
    document: Any = each.document
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_drawn(root, each, "rules-1")
        (root / ".pactwire").mkdir()
        (root / ".pactwire/annotators.json").write_text('{"1": "anna"}')
        dataset = corpus.load_corpus(root)
        ready = layers_of(each)
        exports: dict[str, Path] = {}
        for layer in each.schema.layers:
            path = root / f"{layer}.json"
            waits = not all(name in document for name in schema_mapping.given_layers(each.schema, layer))
            if waits:
                with pytest.raises(DataError) as caught:
                    file_exchange.export_tasks(dataset, layer, path)
                assert [issue.code for issue in caught.value.issues] == ["layer-waits"]
                continue
            file_exchange.export_tasks(dataset, layer, path)
            [task] = json.loads(path.read_text("utf-8"))
            if layer in ready:
                times = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z"}
                results = submitted(ticked(task["predictions"][0]["result"]))
                task["annotations"] = [{"id": 1, "completed_by": 1, "result": results, **times}]
                exports[layer] = path
            path.write_text(json.dumps([{"annotations": [], **task, "id": 1}]), "utf-8")
        finished = data.draw(st.lists(st.sampled_from(ready), unique=True, min_size=1)) if ready else []
        assume(finished)
        pulled = file_exchange.import_exports(dataset, [exports[layer] for layer in finished])
        assert pulled.issues == []
        written = root / f"annotations/anna/{each.article['id']}.json"
        mine = json.loads(written.read_text("utf-8"))
        brought = {name for layer in finished for name in schema_mapping.given_layers(each.schema, layer)}
        assert {*mine["status"]} == {*finished, *brought}
        for name, status in mine["status"].items():
            makers = ["anna"] if name in finished else []
            wanted = [{**label, "by": [*label["by"], *makers]} for label in document_labels(document, name)]
            assert sorted_labels(document_labels(mine, name)) == sorted_labels(wanted)
            assert status == ("submitted" if name in finished else document["status"][name])
        assert file_exchange.import_exports(dataset, [exports[layer] for layer in reversed(finished)]).written == []
