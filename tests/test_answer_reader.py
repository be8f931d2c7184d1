"""Answers of language models: labels are taken whole, or refused and counted, and none stands where it does not say."""

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus.corpus import Corpus
from pactwire.model import strict_json
from pactwire.model.labels import document_labels, located_spans
from pactwire.model.schema import AnnotationSchema, annotation_schema
from pactwire.suggest import prompt
from pactwire.suggest.answer_reader import AnswerReader, LabelFlaw, ReadAnswer
from pactwire.suggest.answer_schema import answer_schema
from pactwire.suggest.grounding import Grounding, PlaceFlaw
from pactwire.validation import integrity
from support import schemas, strategies, synthetic
from support.news import SCHEMA
from support.rich_schema import rich_schema

TEXT = "Kim met Putin in Moscow.\nKim said the pact holds, Kim said."
MODEL: Any = {"id": "m", "kind": "model", "name": "m", "version": "1"}


def read(answer: Any, text: str = TEXT, schema: AnnotationSchema = SCHEMA) -> ReadAnswer:
    """Read an answer about a text that is content as a whole."""
    article = strategies.article(text)
    drawn = strategies.Annotated(article, strategies.body_zone(text, "en"), {"article": article["id"]})  # type: ignore
    data = synthetic.corpus([drawn])
    reader = AnswerReader(schema, prompt.article_grounding(data, article), data.links, data.topics, "m")
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


def test_a_layer_that_is_left_out_is_not_drafted() -> None:
    """An empty list says that there are no labels; a layer that is missing, null, or no list says nothing."""
    assert read({}).layers == {}
    found = read({"entities": [], "claims": None, "stances": {"id": "s"}})
    assert found.layers == {"entities": []}
    assert [(each.layer, each.reason) for each in found.refusals] == [("stances", LabelFlaw.FORM)]
    assert read({"entities": [entity("a", 1, "Trump")]}).layers == {"entities": []}
    rich = annotation_schema(strict_json.compact(rich_schema()))
    about = {"main": "trade", "also": [], "urgent": False}
    assert read({"about": {**about, "note": None}}, schema=rich).layers == {"about": {**about, "by": ["m"]}}
    listed = read({"about": [about, about]}, schema=rich)
    assert listed.layers == {} and [each.reason for each in listed.refusals] == [LabelFlaw.FORM] * 2


def test_counts_each_label_of_a_layer_that_is_not_there() -> None:
    """Zones are no layer of an answer, and what is no label is counted as well; null is none."""
    found = read({"zones": [{"id": "z1", "start": 0}, {}], "Entities": entity("k", 1, "Kim"), "moods": None,
                  "__proto__": {}, "entities\u0301": [], "entities": [None, 7, [], entity("k", 1, "Kim")]})  # fmt: skip
    assert Counter((each.layer, each.reason) for each in found.refusals) == {
        ("zones", LabelFlaw.LAYER): 2, ("Entities", LabelFlaw.LAYER): 1, ("__proto__", LabelFlaw.LAYER): 1,
        ("entities", LabelFlaw.FORM): 3,
    }  # fmt: skip
    assert list(found.layers) == ["entities"] and len(found.layers["entities"]) == 1


def test_an_id_that_two_labels_claim_leads_to_neither() -> None:
    """Also if one of them is refused, or has the name of a party or a topic; in other layers an id may come again."""
    labels = [entity("x", 1, "Trump"), entity("x", 1, "Putin"), entity("UNNAMED", 1, "Moscow"), entity("1", 1, "Kim"),
              entity("topic:sanctions", 2, "Kim")]  # fmt: skip
    found = read({
        "entities": labels,
        "claims": [claim("1", ["x"]), claim("2", ["UNNAMED"]), claim("3", ["1"])],
        "stances": [stance("1", "1", "2"), stance("2", "1", "1"), stance("3", "1", "3"),
                    stance("4", "AUTHOR", "topic:sanctions"), stance("5", "1", "5")],
    })  # fmt: skip
    assert [(each.layer, each.reason, each.label["id"]) for each in found.refusals] == [
        ("entities", PlaceFlaw.ABSENT, "x"), ("claims", LabelFlaw.AMBIGUOUS, "1"), ("claims", LabelFlaw.AMBIGUOUS, "2"),
        ("stances", LabelFlaw.REFUSED, "1"), ("stances", LabelFlaw.AMBIGUOUS, "2"),
        ("stances", LabelFlaw.AMBIGUOUS, "4"), ("stances", LabelFlaw.NOTHING, "5"),
    ]  # fmt: skip
    [pact], [only] = found.layers["claims"], found.layers["stances"]
    assert (pact["claimants"], only["holder"], only["target"]) == (["e1"], "e1", "c1")


def test_a_label_that_comes_again_is_taken_once() -> None:
    """A model in a loop repeats labels under new ids; what refers to those refers to the first."""
    loop = [entity(f"x{number}", 1, "Kim") for number in range(50)]
    found = read({"entities": loop, "claims": [claim("c", ["x49"]), claim("d", ["x48", "x3", "AUTHOR"])]})
    assert [each["id"] for each in found.layers["entities"]] == ["e1"]
    assert [each["claimants"] for each in found.layers["claims"]] == [["e1"], ["e1", "AUTHOR"]]
    assert [each.reason for each in found.refusals] == [LabelFlaw.REPEATED] * 49
    assert read({"entities": loop[:1], "claims": [claim("c", ["x0", "x0"])]}).layers["claims"] == []


LONG = 3_000


def test_a_long_chain_of_references_is_refused_at_once() -> None:
    """Each label of a chain is refused for the one that it refers to; one that ends in a circle is taken."""
    declaration: Any = json.loads(json.dumps(SCHEMA.declaration))
    declaration["$defs"]["stance"]["properties"]["target"]["x-attribute"]["to"].append("stances")
    declaration["properties"]["stances"]["x-layer"].pop("candidates")
    schema = annotation_schema(strict_json.compact(declaration))
    chain = [stance(f"x{number}", "AUTHOR", f"x{number + 1}") for number in range(LONG)]
    chain = [{**each, "text": place(2, "pact", 1 + (number == 0))} for number, each in enumerate(chain)]
    cut = read({"stances": [*chain, stance(f"x{LONG}", "AUTHOR", "nothing")]}, schema=schema)
    assert cut.layers["stances"] == []
    assert Counter(each.reason for each in cut.refusals) == {
        LabelFlaw.NOTHING: 1, LabelFlaw.REFUSED: LONG - 1, PlaceFlaw.OCCURRENCE: 1,
    }  # fmt: skip
    circle = read({"stances": [*chain[1:], stance(f"x{LONG}", "AUTHOR", "x1")]}, schema=schema)
    assert circle.refusals == [] and circle.layers["stances"][0]["target"] == "s2"


def is_labeled(drawn: schemas.Drawn) -> bool:
    """Tell whether a drawn document has a label."""
    return any(document_labels(drawn.document, layer) for layer in drawn.schema.layers)


def reader_of(drawn: schemas.Drawn) -> tuple[AnswerReader, Corpus, Grounding]:
    """Return a reader of answers about a drawn article, its corpus, and its lines."""
    data = synthetic.corpus([drawn], drawn.schema)
    grounding = prompt.article_grounding(data, drawn.article)
    return AnswerReader(drawn.schema, grounding, data.links, data.topics, "m"), data, grounding


@given(schemas.drawn().filter(is_labeled))
def test_every_label_of_a_document_is_taken(drawn: schemas.Drawn) -> None:
    """All that can be quoted of a document comes back as it was, for layers and attributes of every kind."""
    reader, data, grounding = reader_of(drawn)
    answer = json.loads(json.dumps(prompt.document_answer(data, drawn.document, grounding)))
    spans = [span for path, span in located_spans(drawn.schema, drawn.document) if path[0] != "zones"]
    if all(grounding.place_of(span["start"], span["end"]) for span in spans):
        assert given_labels(answer) == sum(len(document_labels(drawn.document, layer)) for layer in drawn.schema.layers)
    found = reader.read(answer)
    assert {each.reason for each in found.refusals} <= {LabelFlaw.REPEATED}
    assert given_labels(found.layers) + len(found.refusals) == given_labels(answer)
    if not found.refusals:
        assert found.layers == _renumbered(drawn, answer)


def given_labels(answer: Any) -> int:
    """Return the number of labels of an answer, or of layers."""
    return sum(len(each) if isinstance(each, list) else each is not None for each in answer.values())


def _renumbered(drawn: schemas.Drawn, answer: Any) -> dict[str, Any]:
    """Return the labels of a document that are in an answer, with the ids and the author of a draft."""
    layers: dict[str, Any] = {}
    names: dict[str, str] = {}
    for layer in drawn.schema.layers.values():
        own = document_labels(drawn.document, layer.name)
        if layer.is_span:
            ids = {each["id"] for each in answer[layer.name]}
            own = sorted((each for each in own if each["id"] in ids), key=lambda each: (each["start"], -each["end"]))
            names |= {each["id"]: f"{layer.prefix}{number}" for number, each in enumerate(own, 1)}
        layers[layer.name] = own if layer.is_span or answer[layer.name] is not None else []
    for layer in drawn.schema.layers.values():
        for at, label in enumerate(layers[layer.name]):
            blank = {each.name: None for each in layer.attributes if each.is_nullable}
            new = {**label, **blank, **label, "by": ["m"], **({"id": names[label["id"]]} if layer.is_span else {})}
            for each in layer.references:
                if isinstance(label.get(each.name), list):
                    new[each.name] = [names.get(one, one) for one in label[each.name]]
                elif label.get(each.name) is not None:
                    new[each.name] = names.get(label[each.name], label[each.name])
            layers[layer.name][at] = new
    return {
        name: labels if drawn.schema.layers[name].is_span else labels[0]
        for name, labels in layers.items()
        if labels or drawn.schema.layers[name].is_span
    }


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 3), st.just(2**70), st.just(0.5), st.text(max_size=3),
    st.sampled_from(["a1", "b1", "a2", "AUTHOR", "0", *strategies.TOPICS, *strategies.LINKS, "a", "x" * 10_000]),
    st.lists(st.sampled_from(["a1", "a2", "b1", "a", None, 1]), max_size=3), st.builds(dict), st.builds(lambda: [{}]),
    st.builds(place, st.integers(-1, 3), st.text(max_size=2), st.integers(-1, 2)),
)  # fmt: skip


def _lie(answer: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    """Change something in an answer: a value is another's or junk, is missing, comes again, or there is one more."""
    slots = [
        (each, key) for each in _containers(answer) for key in (each if isinstance(each, dict) else range(len(each)))
    ]
    if not slots:
        return
    holder, key = draw(st.sampled_from(slots))
    other, other_key = draw(st.sampled_from(slots))
    match draw(st.sampled_from(["junk", "other", "remove", "again", "new"])):
        case "junk":
            holder[key] = draw(JUNK)
        case "other":
            holder[key] = copy.deepcopy(other[other_key])
        case "remove":
            del holder[key]
        case "again" if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case _ if isinstance(holder, dict):
            holder[draw(st.sampled_from(["zones", "id", "by", "start", "text", "__proto__"]))] = draw(JUNK)


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        yield value
        for each in value.values() if isinstance(value, dict) else value:
            yield from _containers(each)


@given(schemas.drawn().filter(is_labeled), st.data())
def test_any_answer_gives_a_valid_document(drawn: schemas.Drawn, data: st.DataObject) -> None:
    """However an answer lies, its labels are taken or counted as refused, and those taken pass every check."""
    reader, corpus, grounding = reader_of(drawn)
    answer = json.loads(json.dumps(prompt.document_answer(corpus, drawn.document, grounding)))
    for _ in range(data.draw(st.integers(1, 6))):
        _lie(answer, data.draw)
    found = reader.read(answer)
    assert given_labels(found.layers) + len(found.refusals) == given_labels(answer)
    draft: Any = {**{key: value for key, value in drawn.document.items() if key not in corpus.schema.layer_names},
                  "annotators": [MODEL], "status": dict.fromkeys(found.layers, "draft"), **found.layers}  # fmt: skip
    assert strict_json.parse(strict_json.pretty(draft)) == draft
    assert drawn.schema.explain(draft) == []
    assert not integrity.check_document(draft, drawn.article, drawn.zones, drawn.schema, corpus.links, corpus.topics)


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
