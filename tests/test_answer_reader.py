"""Answers of language models: labels are taken whole, or refused and counted, and none stands where it does not say."""

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pactwire.model import strict_json
from pactwire.model.labels import document_labels, located_spans
from pactwire.model.schema import annotation_schema
from pactwire.suggest import prompt
from pactwire.suggest.answer_reader import AnswerReader, LabelFlaw, ReadAnswer
from pactwire.suggest.answer_schema import answer_schema
from pactwire.suggest.grounding import PlaceFlaw
from pactwire.validation import integrity
from support import schemas, strategies, synthetic
from support.news import SCHEMA

TEXT = "Kim met Putin in Moscow.\nKim said the pact holds, Kim said."
MODEL: Any = {"id": "m", "kind": "model", "name": "m", "version": "1"}


def read(answer: Any, text: str = TEXT) -> ReadAnswer:
    """Read an answer about a text that is content as a whole."""
    article = strategies.article(text)
    drawn = strategies.Annotated(article, strategies.body_zone(text, "en"), {"article": article["id"]})  # type: ignore
    data = synthetic.corpus([drawn])
    reader = AnswerReader(SCHEMA, prompt.article_grounding(data, article), data.links, data.topics, "m")
    return reader.read(answer)


def place(line: int, quote: str, occurrence: int = 1) -> dict[str, Any]:
    """Return a place as a model gives it."""
    return {"line": line, "quote": quote, "occurrence": occurrence}


def entity(name: str, line: int, quote: str, occurrence: int = 1, **more: Any) -> dict[str, Any]:
    """Return an entity as a model gives it."""
    return {"id": name, "text": place(line, quote, occurrence), "type": "PER", "form": "name", "link": None,
            "metonym_of": None, **more}  # fmt: skip


def claim(name: str, claimants: Any, **more: Any) -> dict[str, Any]:
    """Return a claim as a model gives it."""
    return {"id": name, "text": place(2, "the pact holds"), "claimants": claimants, "cue": place(2, "said", 2),
            "type": "event", "commitment": "certain", "checkworthy": "CFS", "normalized": "The pact holds.",
            **more}  # fmt: skip


def stance(name: str, holder: str, target: str) -> dict[str, Any]:
    """Return a stance as a model gives it."""
    return {"id": name, "text": place(2, "the pact holds"), "holder": holder, "target": target,
            "polarity": "favor", "channel": "indirect_report"}  # fmt: skip


def test_takes_spans_parts_references_and_parties() -> None:
    """Labels get ids and offsets of their own, and refer to each other by them; parties and topics stay."""
    found = read({
        "entities": [entity("k", 2, "Kim", 2), entity("p", 1, "Putin", link="Q159")],
        "claims": [claim("x", ["k", "AUTHOR"])],
        "stances": [stance("s", "k", "x"), stance("t", "UNNAMED", "topic:sanctions")],
    })  # fmt: skip
    assert found.refusals == []
    assert [(e["id"], e["start"], e["end"], e["text"]) for e in found.layers["entities"]] == [
        ("e1", 8, 13, "Putin"), ("e2", 50, 53, "Kim"),
    ]  # fmt: skip
    [pact] = found.layers["claims"]
    assert pact["claimants"] == ["e2", "AUTHOR"] and pact["cue"] == {"start": 54, "end": 58, "text": "said"}
    assert [(s["holder"], s["target"]) for s in found.layers["stances"]] == [
        ("e2", "c1"), ("UNNAMED", "topic:sanctions"),
    ]  # fmt: skip


def test_refuses_and_counts_every_lie() -> None:
    """Each label that can't stand is refused for its own reason, and takes along what refers to it."""
    found = read({
        "entities": [
            entity("a", 1, "Trump"), entity("b", 1, "pact"), entity("c", 1, "Kim", 2), entity("d", 9, "Kim"),
            entity("e", 1, "Kim", type="CAT"), entity("f", 1, "Kim", link="Q99"), entity("g", 1, "Kim", score=1),
            {**entity("h", 1, "Kim"), "id": 7}, {"id": "i"}, "Kim", entity("ok", 1, "Kim"), entity("ok2", 1, "Putin"),
            entity("ok2", 1, "Moscow"), entity("ok", 1, "Kim"), entity("j", 1, "Kim", metonym_of="NIL:suspilne"),
            {key: value for key, value in entity("k", 1, "Kim").items() if key != "form"},
        ],
        "claims": [claim("x", ["a"]), claim("y", ["nobody"]), claim("z", ["ok"], cue=place(2, "denied")),
                   claim("v", []), claim("w", "ok"), claim("u", ["ok2"])],
        "stances": [stance("s", "ok", "x"), stance("t", "ok", "topic:none"), stance("good", "ok", "ok")],
        "moods": [{"id": "m"}],
    })  # fmt: skip
    assert Counter((each.layer, each.reason) for each in found.refusals) == {
        ("entities", PlaceFlaw.ABSENT): 1, ("entities", PlaceFlaw.ELSEWHERE): 1, ("entities", PlaceFlaw.OCCURRENCE): 1,
        ("entities", PlaceFlaw.LINE): 1, ("entities", LabelFlaw.VALUE): 2, ("entities", LabelFlaw.LINK): 1,
        ("entities", LabelFlaw.UNKNOWN): 1, ("entities", LabelFlaw.ID): 1, ("entities", PlaceFlaw.FORM): 1,
        ("entities", LabelFlaw.FORM): 1, ("entities", LabelFlaw.REPEATED): 1, ("entities", LabelFlaw.MISSING): 1,
        ("claims", LabelFlaw.REFUSED): 1, ("claims", LabelFlaw.NOTHING): 1, ("claims", PlaceFlaw.ABSENT): 1,
        ("claims", LabelFlaw.VALUE): 2, ("claims", LabelFlaw.AMBIGUOUS): 1,
        ("stances", LabelFlaw.REFUSED): 1, ("stances", LabelFlaw.NOTHING): 1, ("moods", LabelFlaw.LAYER): 1,
    }  # fmt: skip
    assert [each["text"] for each in found.layers["entities"]] == ["Kim", "Putin", "Moscow"]
    assert found.layers["claims"] == []
    assert [each["target"] for each in found.layers["stances"]] == ["e1"]


@given(schemas.drawn())
def test_the_answer_of_a_document_gives_its_labels(drawn: schemas.Drawn) -> None:
    """What can be quoted of a document comes back as it was, for layers and attributes of every kind."""
    data = synthetic.corpus([drawn], drawn.schema)
    grounding = prompt.article_grounding(data, drawn.article)
    answer = json.loads(json.dumps(prompt.document_answer(data, drawn.document, grounding)))
    found = AnswerReader(drawn.schema, grounding, data.links, data.topics, "m").read(answer)
    assert {each.reason for each in found.refusals} <= {LabelFlaw.REPEATED, LabelFlaw.AMBIGUOUS, LabelFlaw.REFUSED}
    for layer in drawn.schema.layers.values():
        plain = {each.name for each in layer.attributes if not each.is_reference} | {"start", "end", "text"}
        known = [_plain(each, plain) for each in document_labels(drawn.document, layer.name)]
        for label in document_labels(found.layers, layer.name):
            assert _plain(label, plain) in known
        if not found.refusals:
            assert len(document_labels(found.layers, layer.name)) == len(
                answer[layer.name] if layer.is_span else [each for each in [answer[layer.name]] if each is not None]
            )


def _plain(label: Any, names: set[str]) -> dict[str, Any]:
    """Return the attributes with some names; null is the same as none."""
    return {key: value for key, value in label.items() if key in names and value is not None}


@given(schemas.drawn(), st.data())
def test_any_answer_gives_a_valid_document(drawn: schemas.Drawn, data: st.DataObject) -> None:
    """Whatever is changed in an answer, the labels that are taken pass every check of documents."""
    corpus = synthetic.corpus([drawn], drawn.schema)
    grounding = prompt.article_grounding(corpus, drawn.article)
    answer = prompt.document_answer(corpus, drawn.document, grounding)
    values = st.one_of(st.none(), st.booleans(), st.integers(-1, 3), st.text(max_size=3), st.sampled_from(["e1", "a"]),
                       st.lists(st.text(max_size=2), max_size=2), st.just({}))  # fmt: skip
    for labels in answer.values():
        for label in labels if isinstance(labels, list) else [labels or {}]:
            for holder in [label, *[each for each in label.values() if isinstance(each, dict)]]:
                if holder and data.draw(st.integers(0, 4)) == 4:
                    holder[data.draw(st.sampled_from(sorted(holder)))] = data.draw(values)
    found = AnswerReader(drawn.schema, grounding, corpus.links, corpus.topics, "m").read(answer)
    draft: Any = {**{key: value for key, value in drawn.document.items() if key not in corpus.schema.layer_names},
                  "annotators": [MODEL], "status": dict.fromkeys(found.layers, "draft"), **found.layers}  # fmt: skip
    assert drawn.schema.explain(draft) == [] or "minItems" in json.dumps(drawn.schema.declaration)
    flaws = integrity.check_document(draft, drawn.article, drawn.zones, drawn.schema, corpus.links, corpus.topics)
    assert [flaw for flaw in flaws if flaw[0] != "schema"] == []
    text = drawn.article["source_text"]
    for _, span in located_spans(drawn.schema, draft):
        assert text[span["start"] : span["end"]] == span["text"]


@given(schemas.declarations())
def test_the_schema_of_answers_is_strict(declaration: Any) -> None:
    """Every object requires all of its properties and no others, and no keyword is used that servers refuse."""
    schema = annotation_schema(strict_json.compact(declaration))
    allowed = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "$ref", "$defs"}

    def check(node: Any) -> None:
        assert set(node) <= allowed
        if node.get("type") == "object":
            assert node["additionalProperties"] is False and node["required"] == list(node["properties"])
        children = [*node.get("properties", {}).values(), *node.get("$defs", {}).values(), *node.get("anyOf", [])]
        for child in [*children, *([node["items"]] if "items" in node else [])]:
            check(child)

    check(answer_schema(schema, strategies.LINKS))
