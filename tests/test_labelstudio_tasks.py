"""Layers to Label Studio results and back: nothing lost, nothing taken that is wrong, every flaw named."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pactwire import checks, schemas
from pactwire.labelstudio import fields, tasks
from support.strategies import LINKS, TOPICS, Annotated, annotated

slow_to_draw = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def _task(drawn: Annotated, project: str) -> Any:
    return tasks.task(drawn.article, drawn.zones, project, [("ana", drawn.document)], guidelines="1.0")


def _submitted(results: list[Any]) -> list[Any]:
    """Return what comes back when a person opens a prediction and presses Submit.

    As seen on the real server: unknown keys of regions, values and relations are dropped, words are
    collapsed, regions' meta is copied onto every result, relations move to the end in another order.
    """
    meta = {result["id"]: result["meta"] for result in results if "meta" in result}
    words = {result["id"]: result["value"]["text"] for result in results if result["type"] == "labels"}
    regions = []
    for result in results:
        if result["type"] == "relation":
            continue
        value = {k: v for k, v in result["value"].items() if k in ("start", "end", "labels", "choices", "text")}
        if result["id"] in words and result["type"] != "textarea":
            value["text"] = " ".join(words[result["id"]].replace("\n", "\\n").split())
        kept = {k: result[k] for k in ("id", "from_name", "to_name", "type", "origin")} | {"value": value}
        regions.append(kept | ({"meta": meta[result["id"]]} if result["id"] in meta else {}))
    relations = [
        {k: result[k] for k in ("type", "from_id", "to_id", "direction", "labels")}
        for result in results
        if result["type"] == "relation"
    ]
    return json.loads(json.dumps([*regions, *reversed(relations)]))  # type: ignore[no-any-return]


@slow_to_draw
@given(annotated())
def test_drawn_documents_are_valid(drawn: Annotated) -> None:
    """The strategy's documents hold to the schema and to every check."""
    assert schemas.explain(drawn.document, "annotation") == []
    assert checks.check(drawn.document, drawn.article, drawn.zones, LINKS, TOPICS) == []


@slow_to_draw
@given(annotated(), st.sampled_from(list(fields.PROJECTS)), st.booleans())
def test_round_trip_is_the_identity(drawn: Annotated, project: str, submit: bool) -> None:
    """Layers come back byte for byte from the API and after an untouched Submit, and count as accepted."""
    task = _task(drawn, project)
    results = task["predictions"][0]["result"]
    answer = tasks.layers(_submitted(results) if submit else results, task["data"], project)
    held = {layer: drawn.document[layer] for layer in fields.PROJECTS[project] if layer in drawn.document}
    assert answer.problems == []
    assert json.dumps(answer.layers) == json.dumps(tasks.canonical(held))
    assert answer.states == {label["id"]: "accepted" for layer in held.values() for label in layer}
