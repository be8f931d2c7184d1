"""What differs between two documents of an article: label by label, a moved span as moved; in memory."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pactwire.release import change_report, diff, first_format, label_matching
from pactwire.release.changes import Change
from pactwire.release.snapshots import Snapshot
from support.examples import examples
from support.news import SCHEMA
from support.strategies import Annotated, annotated

AA = "00000000000000aa"
drawn_slowly = examples(60)
Found = set[tuple[str, str, str, str]]
"""Changes as (item, action, name, attributes in JSON)."""


def snapshot(text: str, documents: Mapping[str, Any], article: str = AA, **attributes: str) -> Snapshot:
    """Return a snapshot of one article, in memory."""
    made = Snapshot("test", "1.0.0", first_format.annotation_schema(), {}, published=False)
    known = {"story": article, "split": "train", **attributes}
    made.add("articles", article, {"attributes": known, "sha256": str(hash(text)), "text": text})
    for annotator, document in documents.items():
        made.add("documents", article, document, annotator)
    return made


def between(old: Any, new: Any, text: str, new_text: str | None = None) -> list[Change]:
    """Return the changes between two final documents."""
    after = snapshot(text if new_text is None else new_text, {"final": new})
    with snapshot(text, {"final": old}) as before, after:
        return list(diff.compare(before, after))


def facts(changes: list[Change]) -> Found:
    """Return changes as comparable facts."""
    return {(each.item, each.action, each.name, json.dumps(each.attributes, sort_keys=True)) for each in changes}


def fact(item: str, action: str, name: str, **attributes: tuple[Any, Any]) -> tuple[str, str, str, str]:
    """Return one such fact."""
    return item, action, name, json.dumps(attributes, sort_keys=True)


def distinct(case: Annotated) -> Any:
    """Return the document with a field of its own in each label, so that no two labels are equal but for the id."""
    document: Any = copy.deepcopy(case.document)
    for layer, key, start in (
        ("entities", "link", "NIL:"),
        ("claims", "normalized", ""),
        ("stances", "target", "topic:"),
    ):
        for label in document.get(layer, []):
            label[key] = start + label["id"]
    return document


def referred(document: Any) -> set[str]:
    """Return the ids that claims and stances refer to."""
    found = {party for claim in document.get("claims", []) for party in claim["claimants"]}
    return found | {stance[key] for stance in document.get("stances", []) for key in ("holder", "target")}


CHANGES = {"entities": "form", "claims": "commitment", "stances": "polarity"}


@drawn_slowly
@given(annotated(), st.data())
def test_lists_random_edits_exactly(case: Annotated, data: st.DataObject) -> None:
    """Labels changed, moved, and either added or removed are listed as that, and nothing else is."""
    old, text = distinct(case), case.article["source_text"]
    new: Any = copy.deepcopy(old)
    expected: Found = set()
    for layer, key in CHANGES.items():
        adds = data.draw(st.booleans())
        for label in list(new.get(layer, [])):
            choice = data.draw(st.sampled_from(["keep", "change", "shrink", "add" if adds else "remove"]))
            if choice == "change":
                value = label[key]
                label[key] = next(name for name in ("x", "y") if name != value)
                expected.add(fact(layer, "changed", label["id"], **{key: (value, label[key])}))
            elif choice == "shrink" and len(label["text"]) > 1:
                before = label["start"], label["text"]
                label["start"], label["text"] = label["start"] + 1, label["text"][1:]
                moved = {"start": (before[0], label["start"]), "text": (before[1], label["text"])}
                expected.add(fact(layer, "moved", label["id"], **moved))
            elif choice == "add":
                added = {**label, "id": f"new-{label['id']}"}
                new[layer].insert(0, added)
                values = {key: (None, value) for key, value in added.items() if key != "id"}
                expected.add(fact(layer, "added", added["id"], **values))
            elif choice == "remove" and label["id"] not in referred(old):
                new[layer].remove(label)
                values = {key: (value, None) for key, value in label.items() if key != "id"}
                expected.add(fact(layer, "removed", label["id"], **values))
    assert facts(between(old, new, text)) == expected


def mirrored(change: Change) -> tuple[str, str, str, str]:
    """Return what a change is when read backwards."""
    action = {"added": "removed", "removed": "added"}.get(change.action, change.action)
    attributes: dict[str, Any] = {key: (new, old) for key, (old, new) in change.attributes.items()}
    name = attributes["id"][1] if "id" in attributes else change.name
    return fact(change.item, action, name, **attributes)


@drawn_slowly
@given(annotated(), st.randoms(use_true_random=False))
def test_reversed_changes_are_the_changes_back(case: Annotated, random: Any) -> None:
    """What A and B differ in is what B and A differ in, added and removed swapped, whatever was edited."""
    old, text = case.document, case.article["source_text"]
    new: Any = copy.deepcopy(old)
    ids = {}
    for layer in SCHEMA.layer_names:
        labels = new.get(layer, [])
        for label in [label for label in labels if random.random() < 0.5]:
            ids[label["id"]] = label["id"] + random.choice(["", "~"])
            label["id"] = ids[label["id"]]
            label["end"] = random.randint(label["start"] + 1, label["end"])
            label["by"] = random.choice([label["by"], ["somebody"]])
            if random.random() < 0.3:
                labels.remove(label)
                ids[label["id"].removesuffix("~")] = "AUTHOR"
        random.shuffle(labels)
    for label in [*new.get("claims", []), *new.get("stances", [])]:
        for key in {"holder", "target"} & label.keys():
            label[key] = ids.get(label[key], label[key])
        if "claimants" in label:
            label["claimants"] = [ids.get(party, party) for party in label["claimants"]]
    assert {mirrored(change) for change in between(old, new, text)} == facts(between(new, old, text))


@drawn_slowly
@given(annotated())
def test_document_equals_itself(case: Annotated) -> None:
    """Nothing is listed for equal documents, in whatever order their labels stand."""
    document: Any = case.document
    shuffled = {key: value[::-1] if key in SCHEMA.layer_names else value for key, value in document.items()}
    assert between(case.document, shuffled, case.article["source_text"]) == []


TEXT = "Moscow praised Pyongyang. Moscow said so to the Russian Ministry of Defence in Moscow."


def mention(name: str, words: str, start: int = 0, **fields: Any) -> dict[str, Any]:
    """Return an entity at the first place of some words from ``start`` on."""
    found = TEXT.index(words, start)
    return {"id": name, "start": found, "end": found + len(words), "text": words, "type": "GPE", "by": ["a"], **fields}


def mentions(*labels: dict[str, Any], **layers: Any) -> Any:
    """Return a document with entities."""
    return {"article": AA, "status": {"entities": "draft"}, "entities": list(labels), **layers}


def test_renumbered_labels_are_matched() -> None:
    """A label put first, with all ids counted up, is one addition; references follow, others got a new id only."""
    old = mentions(mention("e1", "Pyongyang"), mention("e2", "Moscow", 10), claims=[claim("c1", ["e1"])])
    new = mentions(
        mention("e1", "Moscow"), mention("e2", "Pyongyang"), mention("e3", "Moscow", 10), claims=[claim("c1", ["e2"])]
    )
    added = {"start": (None, 0), "end": (None, 6), "text": (None, "Moscow"), "type": (None, "GPE"), "by": (None, ["a"])}
    assert facts(between(old, new, TEXT)) == {
        fact("entities", "added", "e1", **added),
        fact("entities", "renumbered", "e2", id=("e1", "e2")),
        fact("entities", "renumbered", "e3", id=("e2", "e3")),
    }


def test_labels_with_one_span_are_matched_by_attributes() -> None:
    """Of several labels on one span each becomes the one that says the same, whatever their ids."""
    kinds = ("GPE", "ORG", "PER")
    old = mentions(*(mention(f"e{i}", "Moscow", type=kind) for i, kind in enumerate(kinds)))
    same = (mention(f"e{i + 1}", "Moscow", type=kind) for i, kind in enumerate(kinds))
    new = mentions(mention("e0", "Moscow", type="LOC"), *same)
    found = between(old, new, TEXT)
    assert [(each.action, each.name) for each in found] == [
        ("added", "e0"), ("renumbered", "e1"), ("renumbered", "e2"), ("renumbered", "e3"),
    ]  # fmt: skip


def test_adjacent_equal_words_follow_their_text() -> None:
    """Behind a change each label is looked for where its words went, before it each stays."""
    old_text, new_text = "a a a a", "a a xx a a"
    places = {"old": (0, 2, 4, 6), "new": (0, 2, 7, 9)}
    sides = {
        side: mentions(*({"id": f"{side}{n}", "start": at, "end": at + 1, "text": "a"} for n, at in enumerate(found)))
        for side, found in places.items()
    }
    found = between(sides["old"], sides["new"], old_text, new_text)[1:]
    assert [(each.action, each.attributes["id"]) for each in found] == [
        (action, (f"old{n}", f"new{n}")) for n, action in enumerate(["renumbered"] * 2 + ["moved"] * 2)
    ]


def claim(name: str, claimants: list[str]) -> dict[str, Any]:
    """Return a claim of the first words."""
    return {"id": name, "start": 0, "end": 24, "text": TEXT[:24], "claimants": claimants, "cue": None, "by": ["a"]}


def test_reference_to_another_mention_is_a_change() -> None:
    """Where an id now names another mention, what refers to it has changed, though it reads the same."""
    old = mentions(mention("e1", "Pyongyang"), claims=[claim("c1", ["e1"])])
    new = mentions(mention("e1", "Defence"), claims=[claim("c1", ["e1"])])
    found = {(each.item, each.action, each.name) for each in between(old, new, TEXT)}
    assert found == {("entities", "removed", "e1"), ("entities", "added", "e1"), ("claims", "changed", "c1")}


def test_same_words_elsewhere_move_to_the_nearest() -> None:
    """A mention that is now at another place of the same words moved there; the nearest one is taken."""
    old = mentions(mention("e1", "Moscow", 10))
    new = mentions(mention("x", "Moscow"), mention("y", "Moscow", 40))
    found = between(old, new, TEXT)
    assert [(each.action, each.name, dict(each.attributes).get("start")) for each in found] == [
        ("moved", "x", (26, 0)),
        ("added", "y", (None, 79)),
    ]


def test_nested_mention_is_another_label() -> None:
    """Under other ids, spans with less than half of their code points in common are two labels; with half, one."""
    whole = mention("e1", "Russian Ministry of Defence")
    apart = between(mentions(whole), mentions(mention("e2", "Russian")), TEXT)
    assert {each.action for each in apart} == {"removed", "added"}
    moved = between(mentions(whole), mentions(mention("e2", "Ministry of Defence")), TEXT)
    assert [each.action for each in moved] == ["moved"]
    same_id = between(mentions(whole), mentions(mention("e1", "Russian")), TEXT)
    assert [each.action for each in same_id] == ["moved"]


def test_spans_sharing_half_are_the_same_label() -> None:
    """Half is enough, less is not; where the end alone differs it is a move, too."""
    text = "0123456789" * 2
    whole = {"id": "e1", "start": 0, "end": 10, "text": text[:10], "type": "GPE", "by": ["a"]}
    for end, actions in ((5, ["moved"]), (4, ["removed", "added"]), (20, ["moved"]), (21, ["removed", "added"])):
        other = {**whole, "id": "e2", "end": end, "text": (text + "x")[:end]}
        assert sorted(each.action for each in between(mentions(whole), mentions(other), text + "x")) == sorted(actions)
    longer = {**whole, "end": 11, "text": text[:11]}
    [change] = between(mentions(whole), mentions(longer), text)
    assert (change.action, change.attributes["end"]) == ("moved", (10, 11))


def test_label_at_the_end_of_a_change_moves_with_it() -> None:
    """And so does its cue; what ends where the change begins stays."""
    text, longer = "Kim Xi", "Kim and Xi"
    cue = {"start": 4, "end": 6, "text": "Xi"}
    old = mentions(
        mention_at("e1", text, 0, 3), mention_at("e2", text, 4, 6), claims=[{**claim("c1", ["e2"]), **cue, "cue": cue}]
    )
    cue = {"start": 8, "end": 10, "text": "Xi"}
    new = mentions(
        mention_at("n1", longer, 0, 3),
        mention_at("n2", longer, 8, 10),
        claims=[{**claim("n3", ["n2"]), **cue, "cue": cue}],
    )
    found = between(old, new, text, longer)[1:]
    assert [(each.item, each.action, each.name) for each in found] == [
        ("entities", "renumbered", "n1"), ("entities", "moved", "n2"), ("claims", "moved", "n3"),
    ]  # fmt: skip


def test_claimants_follow_renumbered_mentions() -> None:
    """A claim whose claimant has another id, and is the same mention, has not changed."""
    old = mentions(mention("e1", "Moscow"), claims=[claim("c1", ["e1", "AUTHOR"])])
    new = mentions(mention("e9", "Moscow"), claims=[claim("c1", ["e9", "AUTHOR"])])
    assert [(each.item, each.action) for each in between(old, new, TEXT)] == [("entities", "renumbered")]


def mention_at(name: str, text: str, start: int, end: int) -> dict[str, Any]:
    """Return an entity at a place of a text."""
    return {"id": name, "start": start, "end": end, "text": text[start:end], "type": "PER", "by": ["a"]}


def test_labels_after_changed_text_move_with_it() -> None:
    """After an insertion in the text every label behind it is moved, none is removed or added."""
    longer = TEXT.replace("praised", "praised and thanked")
    shift = len(longer) - len(TEXT)
    labels = [mention("e1", "Moscow"), mention("e2", "Pyongyang"), mention("e3", "Moscow", 10)]
    moved = [{**x, "start": x["start"] + shift, "end": x["end"] + shift, "id": f"n{x['id']}"} for x in labels[1:]]
    found = between(mentions(*labels), mentions(labels[0], *moved), TEXT, longer)
    assert [(each.item, each.action, each.name) for each in found] == [
        ("texts", "changed", AA),
        ("entities", "moved", "ne2"),
        ("entities", "moved", "ne3"),
    ]
    part = {"start": 15, "end": 15, "text": ""}, {"start": 15, "end": 27, "text": "and thanked "}
    assert found[0].attributes["part"] == part


def test_lists_layers_and_status() -> None:
    """A layer that was annotated without any label, and one that went on to another status, are changes."""
    old = mentions(mention("e1", "Moscow"))
    new = {**old, "claims": [], "status": {"entities": "reviewed", "claims": "draft"}}
    assert facts(between(old, new, TEXT)) == {
        fact("documents", "changed", "final", **{"status.entities": ("draft", "reviewed")}),
        fact("layers", "added", "claims"),
    }


def test_label_at_the_end_of_a_change_is_matched_after_it() -> None:
    """With its cue; what begins before the change's end stays, as everything does where a text is not known."""
    cue = {"start": 4, "end": 6}
    label = {"start": 4, "end": 6, "cue": cue}
    assert label_matching.label_shifter("Kim Xi", "Kim and Xi")(label) == {
        "start": 8,
        "end": 10,
        "cue": {"start": 8, "end": 10},
    }
    assert label_matching.label_shifter("Kim Xi", "Kim and Xi")({"start": 3, "end": 6}) == {"start": 3, "end": 6}
    assert label_matching.label_shifter("Kim Xi", None)(label) == label


def test_reports_name_labels_of_articles_by_their_article_alone() -> None:
    """It stands first, as with labels of spans; and names in any script are shown without quotation marks."""
    change = Change("cases", "changed", AA, {"by": ("échographie", "X-ray")}, AA, "final")
    span = change._replace(item="organs", name="o1", words="foie", attributes={"also": (["рентген"], ["a b"])})
    counts, head = {"cases": {"changed": 1}, "organs": {"changed": 1}}, {"name": "here", "version": "1.0.0"}
    sides = {"old": head, "new": head, "not_compared": []}
    text, markdown = (
        list(form(sides, counts, iter([change, span])))[-2:]
        for form in (change_report.as_text, change_report.as_markdown)
    )
    assert text == [
        f"~ {AA} final cases: by échographie → X-ray",
        f"~ {AA} final organs o1 'foie': also [рентген] → ['a b']",
    ]
    assert markdown == [
        "- changed: final cases: by `échographie` → `X-ray`",
        "- changed: final organs `o1` `'foie'`: also `[рентген]` → `['a b']`",
    ]
