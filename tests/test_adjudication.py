"""Adjudication: agreed labels are taken, all others are decided on, and nothing is lost, guessed or half-written."""

import copy
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run
from pactwire.agreement import adjudication, decisions, merging
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.document_pairs import ComparableArticle
from pactwire.corpus import corpus
from pactwire.model import digests, strict_json
from pactwire.model.issues import DataError
from pactwire.validation import integrity, validate
from support.examples import examples
from support.news import LAYERS, SCHEMA
from support.passes import ArticleWriter, copy_as, final_documents, vary_labels, write_dataset, write_document
from support.strategies import LINKS, TOPICS, Annotated, annotated

DECISIONS = "annotations/decisions/1.jsonl"
JUDGE: Any = {"id": "judge", "kind": "model", "name": "Judge", "version": "1"}
drawn_slowly = examples(40)


# --- any documents


def _groups(drawn: Annotated, *documents: Any) -> ArticleAlignment:
    names = [document["annotators"][0]["id"] for document in documents]
    case = ComparableArticle(SCHEMA, drawn.article, drawn.zones, dict(zip(names, documents, strict=True)))
    return ArticleAlignment(case, list(names))


def _bare(document: Any) -> dict[str, list[str]]:
    """Return a document's labels, sorted, without ids and makers, and with their referents in place of references."""
    known: dict[str, Any] = {}
    result: dict[str, list[str]] = {}

    def resolved(value: Any) -> Any:
        return [resolved(each) for each in value] if isinstance(value, list) else known.get(value, value)

    for layer in [layer for layer in LAYERS if layer in document]:
        result[layer] = []
        for label in document[layer]:
            plain = {key: value for key, value in label.items() if key not in ("id", "by")}
            plain |= {key: resolved(plain[key]) for key in ("claimants", "holder", "target") if key in plain}
            known[label["id"]] = plain
            result[layer].append(json.dumps(plain, sort_keys=True))
        result[layer].sort()
    return result


def _sound(drawn: Annotated, merged: merging.MergedDocument) -> bool:
    flaws = integrity.check_document(merged.document, drawn.article, drawn.zones, SCHEMA, LINKS, TOPICS)
    return merged.lost_references == [] and flaws == [] and SCHEMA.is_valid(merged.document)


@drawn_slowly
@given(annotated())
def test_equal_documents_need_no_decision(drawn: Annotated) -> None:
    """Where two annotators have the same labels, the final document has these labels, by both."""
    a, b = copy_as(drawn.document, "a"), copy_as(drawn.document, "b")
    found = _groups(drawn, a, b)
    assert all(group.agreed for group in found.groups)
    merged = merging.merge_article(found, [], [])
    assert _sound(drawn, merged)
    assert _bare(merged.document) == _bare(a)
    assert {tuple(take.by) for take in merged.labels.values()} <= {("a", "b")}


@st.composite
def _changed(draw: st.DrawFn) -> tuple[Annotated, Any, Any]:
    """Draw an article with two documents: the second has some labels changed and lacks others."""
    drawn: Annotated = draw(annotated())
    a, b = copy_as(drawn.document, "a"), copy_as(drawn.document, "b")
    vary_labels(draw, b)
    for zone in b.get("zones", []):
        zone["origin"] = draw(st.sampled_from([zone["origin"], "unknown"]))
    return drawn, a, b


def _decided(found: ArticleAlignment, choose: Callable[[Any], str]) -> list[decisions.Decision]:
    """Return a decision on every group that is not agreed on."""
    answered = []
    for group in found.groups:
        if not group.agreed:
            decision = decisions.unanswered_decision(group)
            decision.choice, decision.by = choose(group), "judge"
            answered.append(decision)
    return answered


@drawn_slowly
@given(_changed())
def test_choosing_one_annotator_gives_their_labels(changed: tuple[Annotated, Any, Any]) -> None:
    """With A wherever A has a label, and none elsewhere, the final labels and their references are A's."""
    drawn, a, b = changed
    found = _groups(drawn, a, b)
    merged = merging.merge_article(found, _decided(found, lambda group: "A" if group.options["A"] else "none"), [JUDGE])
    assert _sound(drawn, merged)
    assert _bare(merged.document) == _bare(a)


@drawn_slowly
@given(_changed())
def test_every_label_is_in_exactly_one_option(changed: tuple[Annotated, Any, Any]) -> None:
    """No label of either annotator is missing from the groups or is in two of them."""
    drawn, a, b = changed
    found = _groups(drawn, a, b)
    for letter, document in (("A", a), ("B", b)):
        members = [group.members.get(letter, []) for group in found.groups]
        ids = [label["id"] for each in members for label in (each if isinstance(each, list) else [each])]
        assert sorted(ids) == sorted(label["id"] for layer in LAYERS for label in document.get(layer, []))
    assert len({group.id for group in found.groups}) == len(found.groups)


@drawn_slowly
@given(_changed(), st.data())
def test_answers_give_a_deterministic_document(changed: tuple[Annotated, Any, Any], data: st.DataObject) -> None:
    """Whatever is chosen, each reference is resolved or reported, and the same answers give the same bytes."""
    drawn, a, b = changed
    answers: dict[str, str] = {}

    def choose(group: Any) -> str:
        chosen = [letter for letter, option in group.options.items() if option] + ["none"] * (group.layer != "zones")
        return answers.setdefault(group.id, data.draw(st.sampled_from(chosen)))

    texts = []
    for _ in range(2):
        found = _groups(drawn, copy.deepcopy(a), copy.deepcopy(b))
        merged = merging.merge_article(found, _decided(found, choose), [JUDGE])
        texts.append(strict_json.pretty(merged.document))
        unresolved = {
            merged.labels[str(path[0]), int(path[1])].id
            for code, path, _ in integrity.check_document(
                merged.document, drawn.article, drawn.zones, SCHEMA, LINKS, TOPICS
            )
            if code == "unknown-target"
        }
        assert unresolved <= {take.id for take, _ in merged.lost_references}
    assert texts[0] == texts[1]


@drawn_slowly
@given(_changed(), st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t"), max_size=9))
def test_decisions_file_round_trips(changed: tuple[Annotated, Any, Any], reason: str) -> None:
    """Answers and additions give the same bytes when they are written, read and written again, over any text."""
    drawn, a, b = changed
    found = _groups(drawn, a, b)
    texts = {drawn.article["id"]: drawn.article["source_text"]}
    decided = _decided(found, lambda group: next(letter for letter, option in group.options.items() if option))
    for each in decided:
        each.reason = reason
    if "entities" in found.layers and a["entities"]:
        label = found.to_option("A", "entities", a["entities"][0])
        added = decisions.Decision(found.article, "entities", {}, choice="other", label=label, by="judge")
        decided.append(added)
    first = decisions.DecisionsFile(DECISIONS, SCHEMA, {"A": "a", "B": "b"}, "1.0", [JUDGE], decided).to_jsonl(texts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DECISIONS
        path.parent.mkdir(parents=True)
        path.write_text(first, encoding="utf-8", newline="")
        recorded = decisions.read_decisions(Path(folder), DECISIONS, SCHEMA, {"A": "a", "B": "b"}, "1.0")
        again, dropped = decisions.reconcile(recorded, [found])
    assert (again.to_jsonl(texts), dropped, again.open_decisions()) == (first, 0, [])


# --- one article, step by step

TEXT = "Foo said that it is so.\nBar praised Foo and Baz."


def _pass(written: ArticleWriter, name: str) -> Any:
    """Return a document with three mentions, two claims and a stance."""
    return written.document(
        name,
        entities=[
            written.entity("Foo", link="Q1"), written.entity("Bar", link="Q2"),
            written.entity("Foo", start=20, link="Q1"),
        ],
        claims=[
            written.claim("it is so", ("e1",), cue=written.span("said")),
            written.claim("Bar praised Foo and Baz"),
        ],
        stances=[written.stance("praised Foo", "e2", "e3"), written.stance("so", "e1", "c1")],
    )  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dataset of one article with two passes, a and b, that have the same labels."""
    written = ArticleWriter(TEXT)
    write_dataset(tmp_path, written)
    for name in ("a", "b"):
        write_document(tmp_path, name, _pass(written, name))
    return tmp_path


ARTICLE = ArticleWriter(TEXT).article["id"]


def _change(root: Path, name: str, change: Callable[[Any], Any]) -> None:
    """Change a pass by calling ``change`` with its document."""
    path = root / f"annotations/{name}/{ARTICLE}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(strict_json.pretty(document), encoding="utf-8")


def _lines(root: Path) -> list[Any]:
    return [json.loads(line) for line in (root / DECISIONS).read_text(encoding="utf-8").splitlines()]


def _write(root: Path, lines: Iterable[Any]) -> None:
    (root / DECISIONS).write_text("".join(strict_json.compact(line) + "\n" for line in lines), encoding="utf-8")


def _issues(root: Path, *names: str) -> list[tuple[str, int, str, str]]:
    """Run adjudication, which must fail, and return its issues."""
    with pytest.raises(DataError) as caught:
        adjudication.adjudicate(root, names or ("a", "b"))
    return [(each.file, each.line, each.code, each.message) for each in caught.value.issues]


def _open(root: Path, *names: str) -> list[Any]:
    """Run adjudication, which must find open decisions, and return the lines of the file."""
    found = _issues(root, *names)
    assert {code for _, _, code, _ in found} == {"decisions-incomplete"}
    assert not (root / "annotations/final").exists()
    return _lines(root)


def _answer(root: Path, *answers: dict[str, Any], names: tuple[str, ...] = ("a", "b")) -> Any:
    """Answer the open lines in order, as the judge; further answers become lines of their own."""
    header, *lines = _open(root, *names)
    header["adjudicators"] = [JUDGE]
    opened = iter([line for line in lines if line["choice"] is None])
    for answer in answers:
        line = next(opened, None)
        if line is None:
            line = {"article": ARTICLE, "options": {}, "choice": "other"}
            lines.append(line)
        line |= {"by": "judge", "label": None, **answer}
    _write(root, [header, *lines])


def _final(root: Path, *names: str) -> Any:
    adjudication.adjudicate(root, names or ("a", "b"))
    return final_documents(root)[0]


def test_equal_passes_give_the_final_document(root: Path) -> None:
    """Two equal passes give the final document at once: by both, adjudicated, derived from both files."""
    final = _final(root)
    assert _lines(root) == [{"adjudicators": [], "inputs": {"A": "a", "B": "b"}, "guidelines": "1.0"}]
    assert final["status"] == dict.fromkeys(LAYERS, "adjudicated")
    assert {tuple(label["by"]) for layer in LAYERS for label in final[layer]} == {("a", "b")}
    assert [each["id"] for each in final["annotators"]] == ["a", "b"]
    assert final["derived_from"] == [
        f"{name}@{digests.sha256((root / f'annotations/{name}/{ARTICLE}.json').read_bytes())}" for name in ("a", "b")
    ]
    assert [label["id"] for label in final["entities"]] == ["e1", "e2", "e3"]


def test_disagreement_becomes_a_documented_line(root: Path) -> None:
    """The file holds a header and one line: the place with its words, what differs, both labels, and no answer."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    header, line = _open(root)
    option = {
        "start": 14, "end": 22, "text": "it is so", "claimants": ["entity@0:3"],
        "cue": {"start": 4, "end": 8, "text": "said"}, "type": "event", "commitment": "certain",
        "checkworthy": "NFS", "normalized": "It is so.",
    }  # fmt: skip
    assert header == {"adjudicators": [], "inputs": {"A": "a", "B": "b"}, "guidelines": "1.0"}
    assert line == {
        "id": line["id"], "article": ARTICLE, "layer": "claims", "start": 14, "end": 22,
        "text": "Foo said that [it is so].", "differs": ["commitment"],
        "options": {"A": option, "B": option | {"commitment": "denied"}},
        "choice": None, "label": None, "reason": "", "by": None, "decided": None,
    }  # fmt: skip
    assert list(line) == list(decisions.DECISION_FIELDS)


@pytest.mark.parametrize(("reason", "code"), [("First.\nSecond.", ""), ("\x1b[2J", "decisions-record")])
def test_rejects_control_characters_in_answers(root: Path, reason: str, code: str) -> None:
    """A reason may have several lines, but no escape sequences."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    _answer(root, {"choice": "B", "reason": reason})
    if not code:
        assert _final(root)
    else:
        assert [(found[2], found[3]) for found in _issues(root)] == [
            (code, "reason: U+001B at code point 0 is a control character")
        ]


def test_open_decisions_stop_the_command(root: Path, run: Run) -> None:
    """The command reports how many are open and where, exits with 1, and writes no final document."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    done = run("adjudicate", "a", "b", "--into", "final", "--root", root)
    assert done.returncode == 1
    assert done.stdout == (
        f"annotations/decisions/1.jsonl:2: decisions-incomplete: 1 of 1 decisions on the article {ARTICLE} are open "
        "(fill in choice, by and, for other, label; then run the command again)\n"
    )
    assert not (root / "annotations/final").exists()


def test_command_applies_decisions(root: Path, run: Run) -> None:
    """With all decided it writes the document; a second run changes nothing, and rebuilds the same bytes."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    _answer(root, {"choice": "B"})
    done = run("adjudicate", "a", "b", "--root", root)
    name = f"annotations/final/{ARTICLE}.json"
    assert (done.returncode, done.stdout) == (
        0,
        f"wrote: {name}\n8 labels agreed, 1 decided, 0 added\n",
    )
    data, decided = (root / name).read_bytes(), (root / DECISIONS).read_bytes()
    assert run("adjudicate", "a", "b", "--root", root).stdout.startswith(f"unchanged: {name}\n")
    (root / name).unlink()
    run("adjudicate", "a", "b", "--root", root)
    assert ((root / name).read_bytes(), (root / DECISIONS).read_bytes()) == (data, decided)


def test_makers_are_the_annotators_taken_and_the_adjudicator(root: Path) -> None:
    """A chosen label is by its annotator and the adjudicator, a label of the adjudicator's own by them alone."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    _change(root, "b", lambda document: document["claims"][1].update(commitment="denied"))
    _change(root, "b", lambda document: document["entities"][1].update(link=None))
    lines = _open(root)[1:]
    label = lines[2]["options"]["B"] | {"commitment": "possible"}
    _answer(root, {"choice": "A"}, {"choice": "B"}, {"choice": "other", "label": label})
    header, *rest = _lines(root)
    header["adjudicators"].append(JUDGE | {"id": "idle"})
    _write(root, [header, *rest])
    final = _final(root)
    assert [entity["by"] for entity in final["entities"]] == [["a", "b"], ["a", "judge"], ["a", "b"]]
    assert [claim["by"] for claim in final["claims"]] == [["b", "judge"], ["judge"]]
    assert [claim["commitment"] for claim in final["claims"]] == ["denied", "possible"]
    assert [each["id"] for each in final["annotators"]] == ["a", "b", "judge"]


def test_times_come_from_inputs_and_decisions(root: Path) -> None:
    """``created`` is the earliest creation, ``updated`` the latest change or decision; the clock plays no part."""
    _change(root, "a", lambda document: document.update(created="2026-01-01T00:00:00Z"))
    _change(root, "b", lambda document: document.update(updated="2026-01-05T00:00:00Z"))
    final = _final(root)
    assert (final["created"], final["updated"]) == ("2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z")
    (root / f"annotations/final/{ARTICLE}.json").unlink()
    (root / "annotations/final").rmdir()
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    _answer(root, {"choice": "A", "decided": "2026-01-09T12:00:00Z"})
    assert _final(root)["updated"] == "2026-01-09T12:00:00Z"


def test_nested_mentions_are_separate_decisions(root: Path) -> None:
    """Overlapping mentions of different types, and stances at one place with different targets, can both be taken."""
    _change(root, "a", lambda document: document["entities"][1].update(type="EVT", start=24, end=39, text=TEXT[24:39]))
    _change(root, "b", lambda document: document["stances"][1].update(target="topic:t"))
    lines = _open(root)[1:]
    assert [(line["layer"], line["differs"]) for line in lines] == [("entities", ["span"])] * 2 + [
        ("stances", ["span"])
    ] * 2
    _answer(root, *({"choice": "A" if line["options"]["A"] else "B"} for line in lines))
    final = _final(root)
    assert [entity["text"] for entity in final["entities"]] == ["Foo", "Bar", "Bar praised Foo", "Foo"]
    assert [stance["target"] for stance in final["stances"]] == ["c1", "topic:t", "e4"]


def test_choice_none_takes_no_label(root: Path) -> None:
    """A label that only one annotator has can be left out."""
    _change(root, "b", lambda document: document["stances"].pop())
    line = _open(root)[1]
    assert (line["differs"], line["options"]["B"]) == (["span"], None)
    _answer(root, {"choice": "none"})
    assert len(_final(root)["stances"]) == 1


def test_a_new_label_can_be_added(root: Path) -> None:
    """A line without options adds its label; the command fills in the missing fields and keeps the line."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    written = ArticleWriter(TEXT)
    baz, claim = written.entity("Baz"), written.claim("Foo and Baz", ("entity@44:47",))
    _answer(root, {"choice": "A"}, {"layer": "entities", "label": baz}, {"layer": "claims", "label": claim})
    final = _final(root)
    assert [entity["text"] for entity in final["entities"]] == ["Foo", "Bar", "Foo", "Baz"]
    assert (final["entities"][3]["by"], final["claims"][2]["claimants"]) == (["judge"], ["e4"])
    lines = _lines(root)
    added = next(line for line in lines[1:] if line["layer"] == "entities")
    assert added["text"] == "Bar praised Foo and [Baz]."
    assert added["id"].startswith("d") and list(added) == list(decisions.DECISION_FIELDS)
    _final(root)
    assert _lines(root) == lines


def test_references_follow_a_moved_mention(root: Path) -> None:
    """References follow a mention whose span was decided, also in labels that need no decision."""
    _change(root, "b", lambda document: document["entities"][1].update(start=24, end=35, text="Bar praised"))
    line = _open(root)[1]
    label = line["options"]["B"] | {"start": 24, "end": 31, "text": "Bar pra"}
    _answer(root, {"choice": "other", "label": label})
    final = _final(root)
    assert final["entities"][1]["text"] == "Bar pra"
    assert final["stances"][1]["holder"] == "e2"


def test_own_label_may_refer_to_an_annotators_span(root: Path) -> None:
    """A reference to a span that no final label has means what became of the annotator's label there."""
    _change(root, "b", lambda document: document["entities"][1].update(start=24, end=35, text="Bar praised"))
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    lines = _open(root)[1:]
    mention = lines[0]["options"]["B"] | {"end": 31, "text": "Bar pra"}
    claim = lines[1]["options"]["A"] | {"claimants": ["entity@24:35"]}
    _answer(root, {"choice": "other", "label": mention}, {"choice": "other", "label": claim})
    assert _final(root)["claims"][0]["claimants"] == ["e2"]


def test_claimants_of_one_entity_agree(root: Path) -> None:
    """Claimants by different mentions of one link agree; the first annotator's is taken, else the other's."""
    _change(root, "b", lambda document: document["claims"][0].update(claimants=["e3"]))
    assert _final(root)["claims"][0]["claimants"] == ["e1"]
    (root / f"annotations/final/{ARTICLE}.json").unlink()
    (root / "annotations/final").rmdir()
    _change(root, "b", lambda document: document["entities"][0].update(form="adjective"))
    _change(root, "b", lambda document: document["stances"].pop())
    _answer(root, {"choice": "none"}, {"choice": "none"})
    final = _final(root)
    assert [entity["text"] for entity in final["entities"]] == ["Bar", "Foo"]
    assert final["claims"][0]["claimants"] == ["e2"]


def test_reference_to_a_removed_label_is_an_issue(root: Path) -> None:
    """The line is reported with its reference, and nothing is written."""
    _change(root, "b", lambda document: document["entities"][1].update(form="adjective"))
    _change(root, "b", lambda document: document["stances"][0].update(polarity="against"))
    _answer(root, {"choice": "none"}, {"choice": "A"})
    before = (root / DECISIONS).read_bytes()
    assert _issues(root) == [
        (DECISIONS, 3, "decisions-reference", "entity@24:27 means no label of the final document"),
    ]
    assert (root / DECISIONS).read_bytes() == before
    assert not (root / "annotations/final").exists()


def test_agreed_label_without_its_referent_is_reopened(root: Path) -> None:
    """Its options are equal; once it is decided on, the document is written, and the line is kept."""
    _change(root, "b", lambda document: document["entities"][1].update(form="adjective"))
    _answer(root, {"choice": "none"})
    assert _issues(root) == [
        (DECISIONS, 3, "decisions-incomplete", f"1 of 2 decisions on the article {ARTICLE} are open"),
    ]
    line = _lines(root)[2]
    assert (line["layer"], line["differs"], line["choice"]) == ("stances", [], None)
    assert line["options"]["A"] == line["options"]["B"]
    label = line["options"]["A"] | {"holder": "UNNAMED"}
    _answer(root, {"choice": "other", "label": label})
    assert _final(root)["stances"][1]["holder"] == "UNNAMED"
    assert _lines(root)[2]["id"] == line["id"]


def test_agreed_label_can_be_removed_by_hand(root: Path) -> None:
    """A line with its equal options and no id removes it."""
    _change(root, "b", lambda document: document["claims"][1].update(commitment="denied"))
    _answer(root, {"choice": "A"})
    header, line = _lines(root)
    stance = {
        "start": 20, "end": 22, "text": "so", "holder": "entity@0:3", "target": "claim@14:22", "polarity": "favor",
        "channel": "authorial",
    }  # fmt: skip
    mine = {
        "article": ARTICLE,
        "layer": "stances",
        "options": {"A": stance, "B": stance},
        "choice": "none",
        "label": None,
    }
    _write(root, [header, line, mine | {"by": "judge"}])
    assert len(_final(root)["stances"]) == 1
    assert _lines(root)[2]["id"] is not None and _lines(root)[2]["differs"] == []


def test_zones_are_decided_by_stretch(root: Path) -> None:
    """Where zones differ, the options are lists over the same stretch; one of them or another list is taken."""

    def cut(document: Any) -> None:
        first = document["zones"][0]
        document["zones"] = [
            first | {"end": 3, "kind": "title"}, first | {"id": "z9", "start": 4}, document["zones"][1],
        ]  # fmt: skip

    _change(root, "b", cut)
    line = _open(root)[1]
    assert (line["layer"], line["start"], line["end"], line["differs"]) == ("zones", 0, 23, ["span"])
    assert [len(option) for option in line["options"].values()] == [1, 2]
    _answer(root, {"choice": "B"})
    final = _final(root)
    assert [(zone["id"], zone["start"], zone["kind"], zone["by"]) for zone in final["zones"]] == [
        ("z1", 0, "title", ["b", "judge"]), ("z2", 4, "body", ["b", "judge"]), ("z3", 24, "body", ["a", "b"]),
    ]  # fmt: skip


@pytest.mark.parametrize("edges", [[(1, 23)], [(0, 22)], [(0, 24)], [(0, 3), (4, 22)], [(0, 4), (3, 23)]])
def test_own_zones_must_cover_their_stretch(root: Path, edges: list[tuple[int, int]]) -> None:
    """A list that misses a character at either end, exceeds the end by one, or overlaps is an issue of its line."""
    _change(root, "b", lambda document: document["zones"][0].update(kind="title"))
    zone = _open(root)[1]["options"]["A"][0]
    _answer(root, {"choice": "other", "label": [zone | {"start": start, "end": end} for start, end in edges]})
    message = "the zones of label do not cover 0 to 23, each character once"
    assert _issues(root) == [(DECISIONS, 2, "decisions-record", message)]


def test_agreed_labels_on_decided_furniture_are_reopened(root: Path) -> None:
    """Agreed labels on a line that is decided to be a date are reopened, not silently dropped or kept."""
    _change(root, "b", lambda document: document["zones"][0].update(kind="title"))
    label = [_open(root)[1]["options"]["A"][0] | {"kind": "date"}]
    _answer(root, {"choice": "other", "label": label})
    lines = _open(root)
    opened = [(line["layer"], line["text"]) for line in lines[1:] if line["choice"] is None]
    assert opened == [
        ("entities", "[Foo] said that it is so."), ("claims", "Foo said that [it is so]."),
        ("stances", "Foo said that it is [so]."),
    ]  # fmt: skip
    _answer(root, {"choice": "none"}, {"choice": "none"}, {"choice": "none"})
    assert [len(_final(root)[layer]) for layer in LAYERS] == [2, 2, 1, 1]


def test_invalid_own_label_is_an_issue_of_its_line(root: Path) -> None:
    """The checks of every document apply to decided labels, under the same codes."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    label = _open(root)[1]["options"]["A"] | {"text": "it was so"}
    _answer(root, {"choice": "other", "label": label})
    message = "14:22 is 'it is so' in the text, not 'it was so'"
    assert _issues(root) == [(DECISIONS, 2, "span-text", message)]


def test_three_annotators_are_adjudicated_together(root: Path) -> None:
    """A label that two of three have is decided on like the rest, and is by both of them when it is taken."""
    write_document(root, "c", _pass(ArticleWriter(TEXT), "c"))
    _change(root, "c", lambda document: document["claims"][0].update(commitment="denied"))
    line = _open(root, "a", "b", "c")[1]
    assert set(line["options"]) == {"A", "B", "C"}
    _answer(root, {"choice": "A"}, names=("a", "b", "c"))
    final = _final(root, "a", "b", "c")
    assert final["claims"][0]["by"] == ["a", "b", "judge"]
    assert len(final["derived_from"]) == 3


def test_layer_not_annotated_by_all_is_left_out(root: Path, run: Run) -> None:
    """A layer that one annotator lacks is not in the final document, and the command reports it."""

    def without(document: Any) -> None:
        del document["stances"], document["status"]["stances"]

    _change(root, "b", without)
    done = run("adjudicate", "a", "b", "--root", root)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == f"not adjudicated: stances of {ARTICLE}: a alone"
    assert "stances" not in final_documents(root)[0] and "stances" not in final_documents(root)[0]["status"]


def test_article_not_annotated_by_all_is_left_out(golden: Path) -> None:
    """Where one of three annotators has a single article, that article is adjudicated and the other reported."""
    for document in final_documents(golden):
        for name in ("a", "b", "c"):
            write_document(golden, name, copy_as(document, name))
    shutil.rmtree(golden / "annotations/final")
    (golden / "annotations/c/00000000000000bb.json").unlink()
    result = adjudication.adjudicate(golden, ("a", "b", "c"))
    assert list(result.documents) == ["annotations/final/00000000000000aa.json"]
    assert result.left_out == ["article 00000000000000bb: a, b alone"]


# --- an existing decisions file


def test_answers_survive_another_run(root: Path) -> None:
    """With one of two answered, a run keeps the answer word for word and asks only for the other."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    _change(root, "b", lambda document: document["claims"][1].update(commitment="denied"))
    _answer(root, {"choice": "B", "reason": "„Nein“", "decided": "2026-01-09T12:00:00Z"})
    before = (root / DECISIONS).read_bytes()
    assert [line["choice"] for line in _open(root)[1:]] == ["B", None]
    assert (root / DECISIONS).read_bytes() == before


def test_unanswered_obsolete_lines_are_dropped(root: Path) -> None:
    """Where the annotators now agree, an open line disappears and is counted."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    _open(root)
    _change(root, "b", lambda document: document["claims"][0].update(commitment="certain"))
    assert adjudication.adjudicate(root, ("a", "b")).dropped == 1
    assert len(_lines(root)) == 1


def test_reopened_line_is_dropped_when_its_referent_returns(root: Path) -> None:
    """An agreed label that lost its referent needs no answer once the referent is back."""
    _change(root, "b", lambda document: document["entities"][1].update(form="adjective"))
    _answer(root, {"choice": "none"})
    header, entity, stance = _open(root)
    assert (entity["choice"], stance["choice"]) == ("none", None)
    _write(root, [header, entity | {"choice": "A"}, stance])
    assert len(_final(root)["stances"]) == 2
    assert len(_lines(root)) == 2


def _answered(root: Path) -> list[Any]:
    """Return the lines of a decisions file with one answer."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    _answer(root, {"choice": "B"})
    return _lines(root)


def _refused(root: Path, lines: list[Any]) -> list[tuple[int, str, str]]:
    """Write a decisions file that adjudication must reject without writing anything; return its issues."""
    _write(root, lines)
    before = (root / DECISIONS).read_bytes()
    found = _issues(root)
    assert (root / DECISIONS).read_bytes() == before
    assert not (root / "annotations/final").exists()
    return [(line, code, message) for _, line, code, message in found]


def test_answer_to_changed_labels_is_stale(root: Path) -> None:
    """After a pass changed, its answered line is an issue, since nobody decided on the new labels."""
    lines = _answered(root)
    _change(root, "b", lambda document: document["claims"][0].update(commitment="possible"))
    assert _refused(root, lines) == [
        (2, "decisions-stale", f"the annotators no longer have these labels in the article {ARTICLE}")
    ]


def test_unknown_ids_and_articles_are_issues(root: Path) -> None:
    """An id that does not match its options, edited options, and an article nobody annotated are reported."""
    header, line = _answered(root)
    edited = copy.deepcopy(line)
    edited["options"]["A"]["commitment"] = "possible"
    assert _refused(root, [header, line | {"id": "d000000000000"}]) == [
        (2, "decisions-unknown", "'d000000000000' is not the id of these options")
    ]
    assert _refused(root, [header, edited]) == [
        (2, "decisions-unknown", f"'{line['id']}' is not the id of these options")
    ]
    assert _refused(root, [header, line, line | {"article": "0" * 16}]) == [
        (3, "decisions-unknown", "not all annotators have a document of an article '0000000000000000'")
    ]


BY = "by is null, which is not an adjudicator of the first line"
FLAWS: dict[str, tuple[Any, list[str]]] = {
    "not an object": ([], ["the line is not an object"]),
    "keys": ({"chosen": "A"}, [f"unknown key 'chosen'; allowed are: {', '.join(decisions.DECISION_FIELDS)}"]),
    "choice": ({"choice": "C"}, ["'C' is not a choice; allowed are: null, A, B, none, other"]),
    "type": ({"choice": 1}, ["choice is not a string"]),
    "layer": ({"layer": "words"}, ["'words' is not a layer; allowed are: zones, entities, claims, stances"]),
    "options": ({"options": []}, ["options is not an object"]),
    "no maker": ({"by": None}, [BY]),
    "stranger": ({"by": "eve"}, ['by is "eve", which is not an adjudicator of the first line']),
    "no label": ({"choice": "other"}, ["the choice 'other' needs a label, and no other choice may have one"]),
    "label": ({"label": {}}, ["the choice 'other' needs a label, and no other choice may have one"]),
    "time": ({"decided": "yesterday"}, ["'yesterday' is not a time in UTC, such as 2026-01-31T12:00:00Z"]),
    "no such day": (
        {"decided": "2026-02-30T00:00:00Z"},
        ["'2026-02-30T00:00:00Z' is not a time in UTC, such as 2026-01-31T12:00:00Z"],
    ),
    "nothing to add": (
        {"options": {}, "choice": "none"}, ["a line without options adds a label: its choice is 'other'"],
    ),
    "zones out": (
        {"layer": "zones", "choice": "none"},
        ["zones cover the whole text: they can be replaced by others, but not left out or added"],
    ),
    "wrong label": ({"choice": "other", "label": {"start": 14}}, [
        "label: the property 'checkworthy' is missing", "label: the property 'claimants' is missing",
        "label: the property 'commitment' is missing", "label: the property 'cue' is missing",
        "label: the property 'end' is missing", "label: the property 'normalized' is missing",
        "label: the property 'text' is missing", "label: the property 'type' is missing",
    ]),
}  # fmt: skip
"""Changes that make an answered line invalid, with the messages of its issues."""


@pytest.mark.parametrize("flaw", FLAWS)
def test_rejects_invalid_lines(flaw: str, root: Path) -> None:
    """Each is reported with its line, and nothing is written."""
    header, line = _answered(root)
    wrong, messages = FLAWS[flaw]
    changed = line | wrong if isinstance(wrong, dict) else wrong
    assert _refused(root, [header, changed]) == [(2, "decisions-record", message) for message in messages]


def test_rejects_duplicated_lines(root: Path) -> None:
    """Of two answers to one question neither is taken."""
    header, line = _answered(root)
    assert _refused(root, [header, line, line | {"choice": "A"}]) == [
        (3, "decisions-record", f"{line['id']} is duplicated")
    ]


def test_rejects_choosing_an_annotator_without_a_label(root: Path) -> None:
    """Choosing the annotator who has nothing there is ambiguous; ``none`` is the choice for that."""
    _change(root, "b", lambda document: document["stances"].pop())
    _answer(root, {"choice": "B"})
    message = "the choice is B, who has no label here; choose 'none' for no label"
    assert _refused(root, _lines(root)) == [(2, "decisions-record", message)]


HEADERS: dict[str, tuple[dict[str, Any], str]] = {
    "inputs": ({"inputs": {"A": "b", "B": "a"}}, 'inputs is {"A":"b","B":"a"}; the documents have {"A":"a","B":"b"}'),
    "fewer, not first": (
        {"inputs": {"A": "b"}},
        'inputs is {"A":"b"}; the documents have {"A":"a","B":"b"}; name b first',
    ),
    "others": (
        {"inputs": {"A": "c", "B": "b"}},
        'inputs is {"A":"c","B":"b"}; the documents have {"A":"a","B":"b"}; '
        "before you adjudicate others, run `pactwire adjudicate c b --close-round`",
    ),
    "no names": ({"inputs": {"A": 1}}, 'inputs is {"A":1}; the documents have {"A":"a","B":"b"}'),
    "guidelines": ({"guidelines": "2.0"}, 'guidelines is "2.0"; the documents have "1.0"'),
    "keys": ({"adjudicator": JUDGE}, "the first line is not an object of adjudicators, inputs, guidelines"),
    "adjudicators": ({"adjudicators": JUDGE}, "adjudicators is not a list"),
    "kind": (
        {"adjudicators": [JUDGE | {"kind": "robot"}]},
        'adjudicators[0].kind: "robot" is not allowed for annotator kind; allowed are: human, model, rule',
    ),
    "twice": ({"adjudicators": [JUDGE, JUDGE]}, "an adjudicator is duplicated"),
    "id": ({"adjudicators": [JUDGE | {"id": []}]}, "adjudicators[0].id: [] for id is not of type 'string'"),
}
"""Changes that make the first line invalid, with the message of its issue."""


@pytest.mark.parametrize("flaw", HEADERS)
def test_rejects_invalid_headers(flaw: str, root: Path) -> None:
    """The header says whose labels are decided on and by whom, so every part of it is checked."""
    header, line = _answered(root)
    wrong, message = HEADERS[flaw]
    assert (1, "decisions-header", message) in _refused(root, [header | wrong, line])


# --- existing final documents


def test_keeps_a_final_document_that_holds_other_work(root: Path) -> None:
    """A document that a person reviewed, that has other inputs, or that cannot be read is not overwritten."""
    final = _final(root)
    path = root / f"annotations/final/{ARTICLE}.json"
    reviewed = final | {"status": final["status"] | {"claims": "reviewed"}}
    reviewed["annotators"][0]["kind"] = "human"
    for text, message in (
        (strict_json.pretty(reviewed), "a layer of the present document is already reviewed"),
        (
            strict_json.pretty(final | {"derived_from": []}),
            "the present document is not derived from any other and would be overwritten",
        ),
        ("{", "the present document cannot be read and would be overwritten"),
    ):
        path.write_text(text, encoding="utf-8")
        found = _issues(root)
        assert found == [(f"annotations/final/{ARTICLE}.json", 1, "final-at-risk", message)]
        assert path.read_text(encoding="utf-8") == text


def test_one_annotator_is_final_as_they_are(root: Path, run: Run) -> None:
    """Their labels, makers and status are those of the final document, until a second annotator is adjudicated too."""
    (root / "annotations/b").rename(root / "elsewhere")
    done = run("adjudicate", "a", "--root", root)
    assert done.returncode == 0, done.stdout + done.stderr
    own = json.loads((root / f"annotations/a/{ARTICLE}.json").read_text(encoding="utf-8"))
    path = root / f"annotations/final/{ARTICLE}.json"
    final = json.loads(path.read_text(encoding="utf-8"))
    assert _bare(final) == _bare(own) and sum(map(len, _bare(final).values())) > 0
    assert final["status"] == own["status"] and set(final["status"].values()) == {"submitted"}
    assert {maker for layer in LAYERS for label in final[layer] for maker in label["by"]} == {"a"}
    assert [issue.code for issue in validate.validate_dataset(root)] == ["split-missing"]
    assert run("adjudicate", "a", "--root", root).stdout.startswith("unchanged: ")
    (root / "elsewhere").rename(root / "annotations/b")
    assert _final(root)["derived_from"][1].startswith("b@")


def test_keeps_a_final_document_of_reordered_inputs(root: Path) -> None:
    """The order of annotators decides how makers are listed, so such a document is not overwritten either."""
    _final(root)
    (root / DECISIONS).unlink()
    message = "the present document is derived from a, b and would be overwritten; name a, b first"
    assert _issues(root, "b", "a") == [(f"annotations/final/{ARTICLE}.json", 1, "final-at-risk", message)]


def test_keeps_a_final_document_with_more_layers(root: Path) -> None:
    """Adjudicating passes without stances does not remove the stances of the final document."""
    _final(root)

    def without(document: Any) -> None:
        del document["stances"], document["status"]["stances"]

    _change(root, "b", without)
    message = "the present document has layers that would be lost: stances"
    assert _issues(root) == [(f"annotations/final/{ARTICLE}.json", 1, "final-at-risk", message)]


def test_rejects_final_as_input(root: Path) -> None:
    """The output of adjudication cannot be one of its inputs."""
    _final(root)
    found = _issues(root, "a", "final")
    assert found == [("annotations/final", 1, "agreement-self", "'final' is the output; it cannot be an input")]


def test_rejects_incomparable_annotators(root: Path) -> None:
    """The issues are those of agreement, and no decisions file is written."""
    _change(root, "b", lambda document: document.update(guidelines="2.0"))
    assert [code for _, _, code, _ in _issues(root)] == ["agreement-guidelines"]
    assert not (root / DECISIONS).exists()


def test_output_passes_validation(root: Path) -> None:
    """`validate` finds no issue in the final document and the decisions file."""
    _change(root, "b", lambda document: document["claims"][0].update(commitment="denied"))
    _answer(root, {"choice": "B"})
    _final(root)
    data = corpus.load_corpus(root)
    assert data.issues == []
    assert data.final_document(ARTICLE) is not None
    assert [each for each in validate.check_corpus(data) if each.code != "split-missing"] == []
