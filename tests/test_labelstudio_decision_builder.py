"""Decisions of an adjudicator's document: adjudication turns them back into the labels of that document."""

import copy
from collections import Counter
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from pactwire.agreement import merging
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.document_pairs import ComparableArticle
from pactwire.agreement.matching import label_meaning
from pactwire.labelstudio import decision_builder
from pactwire.model import strict_json
from support.news import LAYERS, SCHEMA
from support.passes import ArticleWriter, copy_as, vary_labels
from support.strategies import Annotated, annotated

TIMES = dict.fromkeys(LAYERS, "2026-02-01T00:00:00Z")
JUDGE: Any = {"id": "judge", "kind": "human", "name": None, "version": None}


def groups(drawn: Any, *documents: Any) -> ArticleAlignment:
    """Return the groups of documents by a, b …"""
    names = "abc"[: len(documents)]
    by_name = dict(zip(names, documents, strict=True))
    case = ComparableArticle(SCHEMA, drawn.article, documents[0].get("zones", []), by_name)
    return ArticleAlignment(case, list(names))


def final(found: ArticleAlignment, made: decision_builder.BuiltDecisions) -> Any:
    """Return the document that adjudication makes with decisions; none is open, and no reference is lost."""
    merged = merging.merge_article(found, list(made.decisions.values()), [JUDGE])
    assert merged.lost_references == []
    assert {group.id for group in found.groups if not group.agreed} <= made.decisions.keys()
    return merged.document


def said(document: Any) -> dict[str, Counter[str]]:
    """Return what a document's labels say: mentions by what they name, other references by what they refer to."""
    known: dict[str, Any] = {}
    result: dict[str, Counter[str]] = {}
    for layer in [layer for layer in LAYERS if layer in document]:
        texts = []
        for label in document[layer]:
            plain = {key: value for key, value in label.items() if key not in ("id", "by")}
            if "claimants" in plain:
                plain["claimants"] = sorted({str(known.get(each, each)) for each in plain["claimants"]})
            plain |= {key: known.get(plain[key], plain[key]) for key in ("holder", "target") if key in plain}
            known[label["id"]] = label_meaning(SCHEMA.layers["entities"], label) if layer == "entities" else plain
            texts.append(strict_json.compact({key: plain[key] for key in sorted(plain)}))
        result[layer] = Counter(texts)
    return result


@st.composite
def judged(draw: st.DrawFn) -> tuple[Annotated, list[Any], Any]:
    """Draw an article, documents of two or three annotators, and an adjudicator's with labels of any of them."""
    drawn: Annotated = draw(annotated())
    documents = [copy_as(drawn.document, name) for name in "abc"[: draw(st.integers(2, 3))]]
    for document in documents[1:]:
        vary_labels(draw, document)
        for zone in document.get("zones", []):
            zone["origin"] = draw(st.sampled_from([zone["origin"], "unknown"]))
    mine = copy.deepcopy(draw(st.sampled_from(documents)))
    vary_labels(draw, mine)
    for layer in ("entities", "claims", "stances"):
        for number, label in enumerate(mine.get(layer, [])):
            if draw(st.booleans()):
                _rename(mine, label["id"], f"new-{layer}-{number}")
    for number, label in enumerate(list(mine.get("entities", []))):
        if draw(st.booleans()):  # one that nobody has
            end = label["start"] + 1
            mine["entities"].append({**label, "id": f"added-{number}", "end": end, "text": label["text"][:1]})
    return drawn, documents, mine


def _rename(document: Any, old: str, new: str) -> None:
    """Give a label another id, as the page does when one is drawn again."""
    for layer in LAYERS:
        for label in document.get(layer, []):
            label |= {key: new for key in ("id", "holder", "target") if label.get(key) == old}
            if "claimants" in label:
                label["claimants"] = [new if each == old else each for each in label["claimants"]]


@given(judged())
def test_adjudication_reproduces_the_chosen_labels(case: tuple[Annotated, list[Any], Any]) -> None:
    """Any document of an adjudicator comes out of adjudication as it is, or its labels are reported as flaws."""
    drawn, documents, mine = case
    found = groups(drawn, *documents)
    made = decision_builder.build_decisions(found, mine, "judge", TIMES)
    if made.flaws:
        spans = Counter((layer, each["start"], each["end"]) for layer in LAYERS for each in mine.get(layer, []))
        assert max(spans.values()) > 1
        return
    assert said(final(found, made)) == said(mine)


@given(judged())
def test_annotators_own_document_is_chosen_by_letter(case: tuple[Annotated, list[Any], Any]) -> None:
    """An annotator's document, adjudicated as it is, gives their letter or none; where all agree, only if it matters.

    It matters where the first option's references end up elsewhere, which can't happen to the first annotator's own.
    """
    drawn, documents, _ = case
    assume(all(max(labels.values(), default=1) == 1 for each in documents for labels in said(each).values()))
    found = groups(drawn, *documents)
    for letter, document in zip("ABC", documents, strict=False):
        made = decision_builder.build_decisions(found, copy.deepcopy(document), "judge", TIMES)
        assert made.flaws == []
        by_id = {group.id: group for group in found.groups}
        assert {group.id for group in found.groups if not group.agreed} <= made.decisions.keys() <= by_id.keys()
        decided_although_agreed = [name for name in made.decisions if by_id[name].agreed]
        assert letter != "A" or not decided_although_agreed
        assert all(by_id[name].layer in ("claims", "stances") for name in decided_although_agreed)
        for name, each in made.decisions.items():
            option = by_id[name].options[letter]
            assert each.choice == "none" if option is None else by_id[name].options[str(each.choice)] == option
        assert said(final(found, made)) == said(document)


def test_decides_agreed_group_whose_first_option_loses_a_reference() -> None:
    """If only the second of two agreeing options ends up as the chosen label, it is decided by its letter."""
    w = ArticleWriter("Foo said that it is so.")
    foo, short, whole = w.entity("Foo"), w.claim("it is", ("e1",)), w.claim("it is so", ("e1",))
    other = {**short, "type": "evaluation"}
    stance = w.stance("so", "e1", "c2")
    a = w.document("a", entities=[foo], claims=[short, whole], stances=[stance])
    b = w.document("b", entities=[foo], claims=[short, other], stances=[stance])
    mine = w.document("judge", entities=[foo], claims=[short], stances=[{**stance, "target": "c1"}])
    found = groups(w, a, b)
    [agreed] = [group for group in found.groups if group.layer == "stances"]
    assert agreed.agreed
    made = decision_builder.build_decisions(found, mine, "judge", TIMES)
    assert made.decisions[agreed.id].choice == "B"
    assert said(final(found, made)) == said(mine)


def test_prefers_the_option_with_the_same_references() -> None:
    """If the options of two annotators end up as one label, the letter is that of the one with the same references."""
    w = ArticleWriter("Foo and Foo said so.")
    first, second = w.entity("Foo", link="Q1"), w.entity("Foo", start=4, link="Q1")
    a = w.document("a", entities=[first, second], stances=[w.stance("so", "e1", "topic:t")])
    b = w.document("b", entities=[second], stances=[w.stance("so", "e1", "topic:t")])
    found = groups(w, a, b, w.document("c", entities=[second], stances=[]))
    [stance] = [group for group in found.groups if group.layer == "stances"]
    made = decision_builder.build_decisions(found, copy.deepcopy(b), "judge", TIMES)
    assert made.decisions[stance.id].choice == "B"
    assert said(final(found, made)) == said(b)
