"""Encoding layers as results and decoding them: nothing is lost, nothing wrong is accepted, every flaw is reported."""

import copy
import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.labelstudio import canonical_labels, decoder, encoder, schema_mapping, task_builder, wire_types
from pactwire.model.issues import COMMAND_CODES, REMEDIES, DataError
from pactwire.model.schema import AnnotationSchema
from pactwire.text import offsets
from pactwire.validation import integrity
from support.examples import examples
from support.labelstudio import submitted, ticked
from support.news import SCHEMA
from support.strategies import LINKS, TOPICS, Annotated, annotated, article


def _task(drawn: Annotated, project: str) -> Any:
    return task_builder.encode_task(
        SCHEMA, drawn.article, drawn.zones, project, [("ana", drawn.document)], guidelines="1.0"
    )


@given(annotated())
def test_drawn_documents_are_valid(drawn: Annotated) -> None:
    """The strategy's documents pass the schema and every check."""
    assert SCHEMA.explain(drawn.document) == []
    assert integrity.check_document(drawn.document, drawn.article, drawn.zones, SCHEMA, LINKS, TOPICS) == []


@given(annotated(), st.sampled_from(schema_mapping.PROJECTS), st.booleans())
def test_round_trip_is_the_identity(drawn: Annotated, project: str, submit: bool) -> None:
    """Layers come back byte for byte from the API and after an untouched Submit, and count as accepted."""
    task = _task(drawn, project)
    results = task["predictions"][0]["result"]
    document: dict[str, Any] = {**drawn.document}
    layers = schema_mapping.project_mapping(SCHEMA, project).layers
    held = {layer: document[layer] for layer in layers if layer in document}
    if submit:
        answer = decoder.decode_results(SCHEMA, submitted(ticked(results)), task["data"], project)
    else:
        answer = decoder.decode_results(SCHEMA, results, task["data"], project, list(held))
    assert answer.problems == []
    assert json.dumps(answer.layers) == json.dumps(canonical_labels.canonical_layers(SCHEMA, held))
    assert answer.states == {label["id"]: "accepted" for layer in held.values() for label in layer}


# --- one small text, to see each thing alone: NATO said Moscow lies. / (cut) / 😀 More.

SOURCE = "NATO said Moscow lies.\nMENU\n\U0001f600 More words."
ZONES: list[Any] = [
    {"id": "z1", "start": 0, "end": 22, "kind": "body", "language": "en", "origin": "original", "by": ["ana"]},
    {"id": "z2", "start": 23, "end": 27, "kind": "menu", "language": "en", "origin": "original", "by": ["ana"]},
    {"id": "z3", "start": 28, "end": 41, "kind": "body", "language": "en", "origin": "original", "by": ["ana"]},
]


def _span(start: int, end: int) -> dict[str, Any]:
    return {"start": start, "end": end, "text": SOURCE[start:end]}


ENTITY = {"type": "ORG", "form": "name", "link": "Q7184", "metonym_of": None, "by": ["rules-1"]}
DOCUMENT: Any = {
    "article": article(SOURCE)["id"],
    "entities": [
        {"id": "e1", **_span(0, 4), **ENTITY},
        {"id": "e2", **_span(10, 16), **ENTITY, "type": "GPE", "link": None},
    ],
    "claims": [
        {
            "id": "c1", **_span(10, 21), "claimants": ["e1"], "cue": _span(5, 9), "type": "event",
            "commitment": "certain", "checkworthy": "CFS", "normalized": "Moscow lies. ", "by": ["rules-1", "ana"],
        },
    ],
    "stances": [
        {"id": "s1", **_span(17, 21), "holder": "e1", "target": "e2", "polarity": "against",
         "channel": "indirect_report", "by": ["rules-1"]},
    ],
}  # fmt: skip


def _small() -> tuple[list[Any], Any]:
    task = task_builder.encode_task(SCHEMA, article(SOURCE), ZONES, "labels", [("ana", DOCUMENT)], guidelines="1.0")
    return ticked(task["predictions"][0]["result"]), task["data"]


def _read(results: Any, data: Any = None) -> decoder.DecodedResults:
    return decoder.decode_results(SCHEMA, results, data or _small()[1], "labels")


def _find(results: list[Any], name: str, control: str = "label") -> Any:
    return next(each for each in results if each.get("id") == name and each["from_name"] == control)


def _relation_between(results: list[Any], start: str, end: str) -> Any:
    return next(each for each in results if (each.get("from_id"), each.get("to_id")) == (start, end))


def _relation(results: list[Any], label: str) -> Any:
    return next(each for each in results if label in each.get("labels", ()))


def test_task_holds_what_a_pull_needs() -> None:
    """The task's data names the article, its text and its segments; the prediction names the document's revision."""
    task = task_builder.encode_task(SCHEMA, article(SOURCE), ZONES, "labels", [("ana", DOCUMENT)], guidelines="1.0")
    about = article(SOURCE)
    assert task["data"] == {
        "project": "labels", "article": about["id"], "source_id": about["source_id"],
        "text": "NATO said Moscow lies.\n\n\U0001f600 More words.", "text_sha256": about["source_sha256"],
        "segments": [{"content": 0, "source": 0, "length": 22}, {"content": 24, "source": 28, "length": 13}],
        "guidelines": "1.0",
    }  # fmt: skip
    name, _, sha = task["predictions"][0]["model_version"].partition("@")
    assert name == "ana" and len(sha) == 64
    assert task["predictions"][0]["model_version"] == encoder.revision("ana", DOCUMENT)


@pytest.mark.parametrize("left", [False, True])
def test_decodes_holder_and_target(left: bool) -> None:
    """Holder and target are not exchanged, whichever way their relations were drawn."""
    results, _ = _small()
    if left:
        for each in results:
            if each["type"] == "relation":
                each |= {"from_id": each["to_id"], "to_id": each["from_id"], "direction": "left"}
    [stance], [claim] = _read(results).layers["stances"], _read(results).layers["claims"]
    assert (stance["holder"], stance["target"], claim["claimants"]) == ("e1", "e2", ["e1"])


def test_takes_relations_without_labels_from_either_side() -> None:
    """A claim and an entity, or a cue, have one relation; a stance and an entity two, told by direction."""
    results, _ = _small()
    for each in results:
        if each["type"] == "relation":
            is_claim = each.pop("labels") in (["claimant"], ["cue"])
            each["direction"] = "left" if is_claim else "right"
    assert _read(results) == _read(_small()[0])
    _relation_between(results, "e1", "s1")["direction"] = "left"
    [problem] = [each for each in _read(results).problems if "target" in each.message]
    assert problem.message == "a stance needs one target, by relation or by choice, and has e1, e2"


def test_claims_share_the_region_of_a_cue() -> None:
    """Two claims with the same cue share the region cue-START-END, whose id gives way to a label's."""
    document = copy.deepcopy(DOCUMENT)
    document["claims"].append({**document["claims"][0], "id": "c2"})
    document["entities"].append({**document["entities"][0], "id": "cue-5-9"})
    data = _small()[1]
    results = ticked(encoder.encode_results(SCHEMA, document, data["segments"], data["text"], "labels"))
    cues = [each["to_id"] for each in results if each.get("labels") == ["cue"]]
    assert cues == ["cue-5-9_", "cue-5-9_"]
    assert sum(each.get("id") == "cue-5-9_" for each in results) == 1
    assert _read(results).layers == canonical_labels.canonical_layers(
        SCHEMA, {k: document[k] for k in ("entities", "claims", "stances")}
    )


def test_reports_labels_on_furniture() -> None:
    """Every label or cue outside the text to label is reported."""
    document = copy.deepcopy(DOCUMENT)
    document["entities"][0] |= _span(23, 27)
    document["claims"][0]["cue"] = _span(20, 30)
    with pytest.raises(DataError) as caught:
        task_builder.encode_task(SCHEMA, article(SOURCE), ZONES, "labels", [("ana", document)], guidelines="1.0")
    assert [(issue.code, issue.record) for issue in caught.value.issues] == [
        ("on-furniture", "e1"),
        ("on-furniture", "c1"),
    ]


def test_distinguishes_accepted_edited_and_new_labels() -> None:
    """An untouched label is accepted, a changed or re-related one edited, a drawn or copied one new and by nobody."""
    results, data = _small()
    _find(results, "e2", "form")["value"]["choices"] = ["adjective"]
    _relation(results, "claimant")["from_id"] = "e2"
    drawn = copy.deepcopy(_find(results, "e1"))
    copied = copy.deepcopy(_find(results, "e1")) | {"id": "0123456789"}
    del drawn["meta"]
    results += [drawn | {"id": "-_ABCdef01"}, copied]
    answer = _read(results, data)
    assert answer.problems == []
    assert answer.states == {
        "e1": "accepted", "e2": "edited", "c1": "edited", "s1": "accepted", "x-_ABCdef01": "new", "0123456789": "new",
    }  # fmt: skip
    by = {label["id"]: label["by"] for layer in answer.layers.values() for label in layer}
    assert by == {
        "e1": ["rules-1"], "e2": ["rules-1"], "c1": ["rules-1", "ana"], "s1": ["rules-1"],
        "x-_ABCdef01": [], "0123456789": [],
    }  # fmt: skip


def test_a_label_is_not_called_like_a_party() -> None:
    """A region of that name gets another, as one whose id is no id of a label does."""
    results, data = _small()
    drawn = copy.deepcopy(_find(results, "e1"))
    del drawn["meta"]
    answer = _read([*results, drawn | {"id": "AUTHOR"}], data)
    assert answer.problems == []
    assert "xAUTHOR" in answer.states


def test_orders_claimants() -> None:
    """Claimants are in the order of the text, then AUTHOR and UNNAMED; after those of the draft, which has an order."""
    results, data = _small()
    results.append(_relation(results, "claimant") | {"from_id": "e2"})
    span = {key: _find(results, "c1")["value"][key] for key in ("start", "end")}
    chosen = {
        "id": "c1", "from_name": "claimant", "to_name": "text", "type": "choices",
        "value": {**span, "choices": ["UNNAMED", "AUTHOR"]},
    }  # fmt: skip
    assert _read([*results, chosen], data).layers["claims"][0]["claimants"] == ["e1", "e2", "AUTHOR", "UNNAMED"]
    _find(results, "c1")["meta"]["pactwire"]["claimants"] = ["e2", "e1"]
    assert _read(results, data).layers["claims"][0]["claimants"] == ["e2", "e1"]
    assert _read([*results, chosen], data).layers["claims"][0]["claimants"] == ["e2", "e1", "AUTHOR", "UNNAMED"]


def test_unset_attribute_is_null_or_default() -> None:
    """An entity drawn without attributes is a name without a link; an emptied text field counts as unset."""
    results, data = _small()
    results.remove(_find(results, "e1", "form"))
    _find(results, "e1", "link")["value"]["taxonomy"] = []
    entity = _read(results, data).layers["entities"][0]
    assert (entity["form"], entity["link"], entity["metonym_of"]) == ("name", None, None)


def test_decodes_chosen_or_typed_link() -> None:
    """A typed link counts like one of the list, even if both are equal; two different ones are reported."""
    results, data = _small()
    chosen = _find(results, "e1", "link")
    span = {"start": chosen["value"]["start"], "end": chosen["value"]["end"]}
    typed = {**chosen, "from_name": "new_link", "type": "textarea", "value": {**span, "text": ["Q7184"]}}
    results.append(typed)
    assert _read(results, data).layers["entities"][0]["link"] == "Q7184"
    typed["value"]["text"] = ["Q159"]
    assert [problem.message for problem in _read(results, data).problems] == ["link has 2 values: 'Q7184', 'Q159'"]
    results.remove(chosen)
    assert _read(results, data).layers["entities"][0]["link"] == "Q159"


def test_flags_and_notes_are_remarks() -> None:
    """Messages to the team are returned beside the layers and change no label."""
    results, data = _small()
    _find(results, "e1")["meta"]["text"] = ["is this right?"]
    value = {"choices": ["needs discussion"]}
    results.append({"id": "f", "from_name": "flags", "to_name": "text", "type": "choices", "value": value})
    answer = _read(results, data)
    assert answer.problems == []
    assert answer.states["e1"] == "accepted"
    assert answer.remarks == [
        ("ls-flag", "flagged: needs discussion", ""),
        ("ls-note", "note: ['is this right?']", "e1"),
    ]


def _set(name: str, control: str, **value: Any) -> Any:
    def change(results: list[Any]) -> None:
        for result in results:
            if result.get("id") == name and control in ("*", result["from_name"]):
                lists = control == "*" and result["type"] == "textarea"
                result["value"].update({k: v for k, v in value.items() if not (lists and k == "text")})

    return change


def _drop(name: str, control: str) -> Any:
    return lambda results: results.remove(_find(results, name, control))


def _relate(label: str, **keys: Any) -> Any:
    return lambda results: _relation(results, label).update(keys)


def _add(**keys: Any) -> Any:
    value = {"start": 10, "end": 16, "choices": ["name"]}
    return lambda results: results.append(
        {"id": "e2", "from_name": "form", "to_name": "text", "type": "choices", "value": value} | keys
    )


FLAWS = [
    (_set("e1", "*", end=99), "ls-offset", "e1", "the span 0:99 ends past the text's 37 code points"),
    (_set("e1", "*", start=4, end=0), "ls-offset", "e1", "the span 4:0 is empty or reversed"),
    (_set("e1", "*", start=-4), "ls-offset", "e1", "the span -4:4 is negative"),
    (_set("e1", "*", start=0.0), "ls-offset", "e1", "0.0:4 are not whole numbers"),
    (_set("e1", "*", start=True), "ls-offset", "e1", "True:4 are not whole numbers"),
    (_set("e1", "label", start=1), "ls-offset", "e1", "its results disagree about its span: 0:4, 1:4"),
    (_set("e1", "*", start=5, end=9), "ls-text", "e1", "the span 5:9 is 'said', but the result says 'NATO'"),
    (_set("e1", "*", start=27, end=31, text="More"), "ls-utf16", "e1",
     "the span 27:31 is 'More' only if offsets count UTF-16 units"),
    (_set("e1", "*", start=32, end=38, text="words."), "ls-utf16", "e1",
     "the span 32:38 is 'words.' only if offsets count UTF-16 units"),
    (_set("e1", "*", start=17, end=30, text=""), "ls-cut", "e1",
     "'lies.\\n\\n\U0001f600 More' crosses a place where furniture was cut out"),
    (_set("e1", "label", labels=["XXX"]), "ls-label", "e1",
     "'XXX' is not a label of this project; allowed are: PER, ORG, GPE, LOC, EVT, PRO, CLAIM, CUE, STANCE"),
    (_set("e1", "label", labels=["PER", "ORG"]), "ls-label", "e1", "a region needs one label and has ['PER', 'ORG']"),
    (_drop("e1", "label"), "ls-label", "e1", "a region needs one label and has none"),
    (_set("e1", "form", choices=["noun"]), "ls-field", "e1",
     'form: "noun" is not allowed for form; allowed are: name, adjective'),
    (_set("e1", "form", choices=["name", "adjective"]), "ls-field", "e1", "form has 2 values: 'name', 'adjective'"),
    (_set("e1", "link", taxonomy=[["Q7184 "]]), "ls-field", "e1",
     'link: "Q7184 " is not allowed for link: A Wikidata id'),
    (_set("e1", "link", taxonomy=["Q7184"]), "ls-field", "e1", "the value of link is not a list of paths"),
    (_set("e1", "link", taxonomy=[[]]), "ls-field", "e1", "the value of link is not a list of paths"),
    (_set("e1", "link", taxonomy=[["Q7184"], ["Q159"]]), "ls-field", "e1", "link has 2 values: "),
    (_set("s1", "label", labels=["PER"]), "ls-field", "s1", "polarity is not an attribute of entities"),
    (_drop("s1", "polarity"), "ls-field", "s1", "polarity is not set"),
    (_drop("c1", "normalized"), "ls-field", "c1", "normalized is not set"),
    (_add(), "ls-field", "e2", "form is set twice"),
    (_add(from_name="colour"), "ls-field", "e2", "the project has no choices named 'colour'"),
    (_add(from_name="link"), "ls-field", "e2", "the project has no choices named 'link'"),
    (_add(from_name="flags"), "ls-field", "", "['name'] is not allowed for flags; allowed are: needs discussion,"),
    (_add(to_name="img"), "ls-result", "e2", "to_name is 'img', not 'text'"),
    (_add(value=None), "ls-result", "e2", "it has no value"),
    (_add(type="relation"), "ls-result", "e2", "a relation without from_id and to_id"),
    (_relate("claimant", labels=None, to_id="e2"), "ls-relation", "e1",
     "the relation from 'e1' to 'e2' has no label; it may be nothing"),
    (_relate("claimant", labels=["says"]), "ls-relation", "e1",
     "the relation from 'e1' to 'c1': 'says' is not a relation; allowed are: claimant, cue, holder, target"),
    (_relate("claimant", direction="bi"), "ls-relation", "e1", "the relation from 'e1' to 'c1' goes both ways"),
    (_relate("claimant", direction="up"), "ls-result", "", "'up' is not a direction of a relation"),
    (_relate("claimant", to_id="s1"), "ls-relation", "e1",
     "the relation from 'e1' to 's1': claimant leads from entities to claims, not from entities to stances"),
    (_relate("claimant", to_id="gone"), "ls-relation", "e1",
     "the relation from 'e1' to 'gone' ends at 'gone', which does not exist"),
    (_relate("holder", from_id="c1"), "ls-relation", "c1",
     "the relation from 'c1' to 's1': holder leads from entities to stances, not from claims to stances"),
    (lambda results: results.remove(_relation(results, "claimant")), "ls-party", "c1",
     "a claim needs a claimant, by relation or by choice"),
    (_add(id="c1", from_name="claimant", value={"start": 10, "end": 21, "choices": ["OTHER"]}), "ls-party", "c1",
     "'OTHER' is not a claimant; choose AUTHOR or UNNAMED, or relate a mention"),
    (lambda results: results.remove(_relation(results, "target")), "ls-party", "s1",
     "a stance needs one target, by relation or by choice, and has none"),
    (_add(id="s1", from_name="holder", value={"start": 17, "end": 21, "choices": ["AUTHOR"]}), "ls-party", "s1",
     "a stance needs one holder, by relation or by choice, and has e1, AUTHOR"),
    (_add(id="s1", from_name="topic", type="taxonomy", value={"start": 17, "end": 21, "taxonomy": [["topic:x"]]}),
     "ls-party", "s1", "a stance needs one target, by relation or by choice, and has e2, topic:x"),
    (lambda results: results.remove(_relation(results, "cue")), "ls-cue", "cue-5-9",
     "no claim is related to this cue"),
    (_set("_finished", "finished", choices=["zones"]), "ls-field", "",
     "['zones'] is not allowed for finished; allowed are: entities, claims, stances"),
    (lambda results: results.append([]), "ls-result", "", "it is not an object"),
]  # fmt: skip


@pytest.mark.parametrize(("break_it", "code", "region", "message"), FLAWS, ids=[flaw[3][:40] for flaw in FLAWS])
def test_reports_flaw(break_it: Any, code: str, region: str, message: str) -> None:
    """Everything that can be wrong is a problem with its region and the reason."""
    results, data = _small()
    whole = _read(results, data)
    break_it(results)
    answer = _read(results, data)
    found = [problem.code for problem in answer.problems if problem.region == region and message in problem.message]
    assert found == [code]
    assert whole.problems == []


def test_rejects_two_cues_of_one_claim() -> None:
    """A claim related to two cues is reported, and neither is chosen."""
    results, data = _small()
    results += [_find(results, "cue-5-9") | {"id": "other"}, _relation(results, "cue") | {"to_id": "other"}]
    assert _read(results, data).problems == [("ls-cue", "a claim has one cue at most, and this has 2", "c1")]


def test_duplicate_relation_counts_once() -> None:
    """The same relation a second time, or drawn from the other end and turned, changes nothing."""
    results, data = _small()
    turned = _relation(results, "holder") | {"from_id": "s1", "to_id": "e1", "direction": "left"}
    assert _read([*results, turned, _relation(results, "claimant")], data) == _read(results, data)


def test_empty_results_hold_no_layer() -> None:
    """Empty results, as when a page opens without its draft, are not an empty layer."""
    assert _read([]) == ({}, {}, [], [], {}, {})


@pytest.mark.parametrize("data", [None, {}, {"project": "zones"}, {"project": "labels", "text": "a", "segments": [1]}])
def test_rejects_data_that_no_push_wrote(data: Any) -> None:
    """A task whose data was not written by a push is reported, and nothing is decoded."""
    answer = decoder.decode_results(SCHEMA, [], data, "labels")
    assert [problem.code for problem in answer.problems] == ["ls-result"]
    assert answer.layers == {}


def test_rejects_results_that_are_not_a_list() -> None:
    """Results of another type are reported."""
    assert _read({"a": 1}).problems == [("ls-result", "the results are not a list", "")]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=4)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["label", "text", "labels", "relation", "choices", "PER", "e1", "form", "right"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def _edit(results: list[Any], data: st.DataObject, least: int) -> None:
    """Put any JSON in the place of some values, and take some keys away."""
    for _ in range(data.draw(st.integers(least, 4))):
        place: Any = data.draw(st.sampled_from(results))
        while isinstance(place, dict) and place and data.draw(st.booleans()):
            key = data.draw(st.sampled_from(sorted(place)))
            if not data.draw(st.integers(0, 5)):
                del place[key]
                break
            if not isinstance(place[key], dict):
                place[key] = data.draw(_JSON)
            place = place[key]


@given(st.data())
def test_decodes_or_reports_any_json(data: st.DataObject) -> None:
    """However an export was edited, decoding raises nothing, and its labels match the schema."""
    results, task = _small()
    _edit(results, data, 1)
    answer = _read([*results, data.draw(_JSON)], task)
    assert {problem.code for problem in answer.problems} <= set(REMEDIES)
    for layer, labels in answer.layers.items():
        for label in labels:
            assert SCHEMA.label_validator(layer).is_valid({**label, "by": label["by"] or ["x"]})
            assert offsets.to_content(task["segments"], label["start"], label["end"]) is not None


@examples(300)
@given(st.data())
def test_typed_results_decode_like_plain_json(data: st.DataObject) -> None:
    """Results that the wire decoder typed and the same results as plain JSON decode to the same."""
    found, task = _small()
    for break_it, *_ in data.draw(st.lists(st.sampled_from(FLAWS), max_size=2)):
        with suppress(StopIteration, AttributeError, KeyError, TypeError):  # what it would break is gone
            break_it(found)
    _edit(found, data, 0)
    found += data.draw(st.lists(st.sampled_from(found) | _JSON, max_size=2))
    written = json.dumps({"data": task, "annotations": [{"result": found}]}).encode()
    typed = decoder.decode_results(SCHEMA, wire_types.decode_task(written)["annotations"][0]["result"], task, "labels")
    plain = decoder.decode_results(SCHEMA, msgspec.json.decode(written)["annotations"][0]["result"], task, "labels")
    assert repr(typed) == repr(plain)


def test_leaves_out_layer_without_tick() -> None:
    """Labels of the draft in a layer that nobody ticked are left out without a problem."""
    results, data = _small()
    _set("_finished", "finished", choices=["entities", "stances"])(results)
    answer = _read(results, data)
    assert (answer.problems, answer.remarks) == ([], [])
    assert answer.layers == canonical_labels.canonical_layers(
        SCHEMA, {layer: DOCUMENT[layer] for layer in ("entities", "stances")}
    )
    gone = {"e1"}  # with the claimant of c1
    results = [each for each in results if not gone & {each.get("id"), each.get("from_id"), each.get("to_id")}]
    _set("_finished", "finished", choices=["entities"])(results)
    answer = _read(results, data)
    assert answer.problems == []
    assert answer.remarks == [
        ("ls-finished", f"1 drafted labels came out otherwise, but {layer} are not ticked as finished: left out", "")
        for layer in ("claims", "stances")
    ]


def test_changed_attribute_makes_label_edited() -> None:
    """The page marks only the changed result; the text and the other attributes keep the draft's origin."""
    results, data = _small()
    _set("_finished", "finished", choices=["entities", "stances"])(results)
    for each in results:
        if each.get("id") == "c1":
            changed = each["from_name"] == "commitment"
            each["origin"] = "prediction-changed" if changed else "prediction"
            each["value"] |= {"choices": ["denied"]} if changed else {}
    message = "1 labels made or changed, but claims are not ticked as finished"
    assert _read(results, data).problems == [("ls-finished", message, "")]


@pytest.mark.parametrize("origin", ["manual", "prediction-changed"])
def test_reports_own_work_in_layer_without_tick(origin: str) -> None:
    """Labels that a person drew or changed are never left out because a tick is missing."""
    results, data = _small()
    _set("_finished", "finished", choices=["entities", "stances"])(results)
    for each in results:
        if each.get("id") == "c1":
            each["origin"] = origin
            each["value"] |= {"choices": ["denied"]} if each["from_name"] == "commitment" else {}
    message = "1 labels made or changed, but claims are not ticked as finished"
    assert _read(results, data).problems == [("ls-finished", message, "")]


def test_reports_reference_into_layer_without_tick() -> None:
    """A stance about a mention is not imported without the mentions."""
    results, data = _small()
    _set("_finished", "finished", choices=["claims", "stances"])(results)
    assert [problem[1:] for problem in _read(results, data).problems] == [
        ("the claimant is one of the entities, which are not ticked as finished", "c1"),
        ("the holder is one of the entities, which are not ticked as finished", "s1"),
        ("the target is one of the entities, which are not ticked as finished", "s1"),
    ]


def test_ignores_tick_of_a_draft() -> None:
    """A draft ticks no layer, and an untouched tick that version 1.0.0 set in advance does not count."""
    task = task_builder.encode_task(SCHEMA, article(SOURCE), ZONES, "labels", [("ana", DOCUMENT)], guidelines="1.0")
    [ticks] = [each for each in task["predictions"][0]["result"] if each["type"] == "choices" and "meta" in each]
    assert ticks["value"] == {"choices": []}
    assert ticks["meta"] == {"pactwire": {"layers": ["entities", "claims", "stances"]}}
    results, data = _small()
    for each in results:
        if each.get("from_name") == schema_mapping.FINISHED:
            each["origin"] = "prediction"
    assert _read(results, data) == ({}, {}, [], [], _read(results, data).regions, {})


def test_codes_are_registered() -> None:
    """Every code of the decoder has a remedy and is marked as never occurring in committed data."""
    codes = {flaw[1] for flaw in FLAWS} | {"ls-cut"}
    assert codes <= set(REMEDIES)
    assert codes <= set(COMMAND_CODES)


def test_relations_have_the_direction_that_the_schema_draws() -> None:
    """From the holder to the stance, from the stance to its target; a mention may be both."""
    document = copy.deepcopy(DOCUMENT)
    document["stances"][0]["target"] = "e1"
    data = _small()[1]
    results = ticked(encoder.encode_results(SCHEMA, document, data["segments"], data["text"], "labels"))
    drawn = [(each["from_id"], each["to_id"], each["labels"]) for each in results if each["type"] == "relation"]
    assert drawn == [
        ("e1", "c1", ["claimant"]), ("c1", "cue-5-9", ["cue"]), ("e1", "s1", ["holder"]), ("s1", "e1", ["target"]),
    ]  # fmt: skip
    assert _read(results).layers["stances"] == document["stances"]


def test_two_attributes_share_a_relation() -> None:
    """The page keeps one relation from a region to another, so that it has two labels."""
    declaration = copy.deepcopy(SCHEMA.declaration)
    del declaration["$defs"]["stance"]["properties"]["holder"]["x-attribute"]["draw"]
    schema = AnnotationSchema(declaration)
    document = copy.deepcopy(DOCUMENT)
    document["stances"][0]["target"] = "e1"
    data = _small()[1]
    results = ticked(encoder.encode_results(schema, document, data["segments"], data["text"], "labels"))
    assert [each["labels"] for each in results if each.get("from_id") == "s1"] == [["holder", "target"]]
    assert decoder.decode_results(schema, results, data, "labels").layers["stances"] == document["stances"]


@given(annotated())
def test_reads_what_an_earlier_version_drew(drawn: Annotated) -> None:
    """Version 1.0.0 drew all relations from claims and stances; its drafts come back, and count as accepted."""
    task = _task(drawn, "labels")
    results = copy.deepcopy(task["predictions"][0]["result"])
    for each in results:
        if each["type"] == "relation" and each["labels"] in (["holder"], ["claimant"]):
            each["from_id"], each["to_id"] = each["to_id"], each["from_id"]
        known = each.get("meta", {}).get("pactwire", {})
        known |= known.pop("values", {})
    document: dict[str, Any] = {**drawn.document}
    held = {layer: document[layer] for layer in SCHEMA.layers if layer in document}
    answer = decoder.decode_results(SCHEMA, submitted(ticked(results)), task["data"], "labels")
    assert answer.problems == []
    assert answer.layers == canonical_labels.canonical_layers(SCHEMA, held)
    assert {*answer.states.values()} <= {"accepted"}


def test_accepts_text_as_the_page_writes_it() -> None:
    """Collapsed spaces, and a line break written as backslash and n, do not count as wrong offsets."""
    about = article("A  b\tc\nd\\n\u00a0e\u0301\u00ad.")
    zone: Any = {"id": "z1", "start": 0, "end": len(about["source_text"]), "kind": "body"}
    data = task_builder.encode_task(SCHEMA, about, [zone], "labels", guidelines="1.0")["data"]
    span = {"start": 0, "end": len(data["text"]), "text": "A b c\\nd\\n e\u0301.", "labels": ["PER"]}
    region = {"id": "e1", "from_name": "label", "to_name": "text", "type": "labels", "value": span}
    done = {
        "id": "f",
        "from_name": "finished",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["entities"]},
    }
    assert [entity["text"] for entity in _read([region, done], data).layers["entities"]] == [about["source_text"]]
