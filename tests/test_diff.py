"""What `pactwire diff` lists: exactly what differs, a moved span as moved, from folders, git and the Hub alike."""

import copy
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from hypothesis import given
from hypothesis import strategies as st

from conftest import Run
from pactwire import build, schemas
from pactwire.issues import DataError
from pactwire.publishing import standoff
from pactwire.records import LAYERS
from pactwire.releasing import change_report, diff, snapshots
from pactwire.releasing.changes import Change
from pactwire.releasing.snapshots import Snapshot
from support.examples import examples
from support.hub import Hub
from support.strategies import Annotated, annotated

pytest_plugins = ["support.hub_fixture"]
pytestmark = pytest.mark.slow

AA, BB = "00000000000000aa", "00000000000000bb"
FINAL_AA = f"annotations/final/{AA}.json"
REPO = "alice/wire"
drawn_slowly = examples(60)
Found = set[tuple[str, str, str, str]]
"""Changes as (item, action, name, attributes in JSON)."""


def snapshot(text: str, documents: Mapping[str, Any], article: str = AA, **attributes: str) -> Snapshot:
    """Return a snapshot of one article, in memory."""
    made = Snapshot("test", "1.0.0", {}, published=False)
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


def lines(old: Path | str, new: Path | str, root: Path) -> list[str]:
    """Return the details of a report in plain text, one a line."""
    with snapshots.read(str(old), root) as before, snapshots.read(str(new), root) as after:
        report = list(change_report.lines(before, after, change_report.as_text))
    return [line for line in report if line[:2] in {f"{sign} " for sign in change_report.SIGNS.values()}]


def edit(root: Path, file: str, old: str, new: str) -> None:
    """Replace a string that stands in a file."""
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# --- edits of one document


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
def test_random_edits_are_listed_exactly(case: Annotated, data: st.DataObject) -> None:
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
def test_changes_read_backwards_are_the_changes_back(case: Annotated, random: Any) -> None:
    """What A and B differ in is what B and A differ in, added and removed swapped, whatever was edited."""
    old, text = case.document, case.article["source_text"]
    new: Any = copy.deepcopy(old)
    ids = {}
    for layer in LAYERS:
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
def test_a_document_does_not_differ_from_itself(case: Annotated) -> None:
    """Nothing is listed for equal documents, in whatever order their labels stand."""
    document: Any = case.document
    shuffled = {key: value[::-1] if key in LAYERS else value for key, value in document.items()}
    assert between(case.document, shuffled, case.article["source_text"]) == []


TEXT = "Moscow praised Pyongyang. Moscow said so to the Russian Ministry of Defence in Moscow."


def mention(name: str, words: str, start: int = 0, **fields: Any) -> dict[str, Any]:
    """Return an entity at the first place of some words from ``start`` on."""
    found = TEXT.index(words, start)
    return {"id": name, "start": found, "end": found + len(words), "text": words, "type": "GPE", "by": ["a"], **fields}


def mentions(*labels: dict[str, Any], **layers: Any) -> Any:
    """Return a document with entities."""
    return {"article": AA, "status": {"entities": "draft"}, "entities": list(labels), **layers}


def test_ids_numbered_anew_are_no_other_labels() -> None:
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


def test_labels_of_one_span_are_told_apart_by_what_they_say() -> None:
    """Of several labels on one span each becomes the one that says the same, whatever their ids."""
    kinds = ("GPE", "ORG", "PER")
    old = mentions(*(mention(f"e{i}", "Moscow", type=kind) for i, kind in enumerate(kinds)))
    same = (mention(f"e{i + 1}", "Moscow", type=kind) for i, kind in enumerate(kinds))
    new = mentions(mention("e0", "Moscow", type="LOC"), *same)
    found = between(old, new, TEXT)
    assert [(each.action, each.name) for each in found] == [
        ("added", "e0"), ("renumbered", "e1"), ("renumbered", "e2"), ("renumbered", "e3"),
    ]  # fmt: skip


def test_equal_words_side_by_side_follow_their_text() -> None:
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


def test_a_reference_to_another_mention_is_a_change() -> None:
    """Where an id now names another mention, what refers to it has changed, though it reads the same."""
    old = mentions(mention("e1", "Pyongyang"), claims=[claim("c1", ["e1"])])
    new = mentions(mention("e1", "Defence"), claims=[claim("c1", ["e1"])])
    found = {(each.item, each.action, each.name) for each in between(old, new, TEXT)}
    assert found == {("entities", "removed", "e1"), ("entities", "added", "e1"), ("claims", "changed", "c1")}


def test_same_words_elsewhere_are_a_move_to_the_nearest() -> None:
    """A mention that is now at another place of the same words moved there; the nearest one is taken."""
    old = mentions(mention("e1", "Moscow", 10))
    new = mentions(mention("x", "Moscow"), mention("y", "Moscow", 40))
    found = between(old, new, TEXT)
    assert [(each.action, each.name, dict(each.attributes).get("start")) for each in found] == [
        ("moved", "x", (26, 0)),
        ("added", "y", (None, 79)),
    ]


def test_a_mention_inside_another_is_another() -> None:
    """Under other ids, spans with less than half of their code points in common are two labels; with half, one."""
    whole = mention("e1", "Russian Ministry of Defence")
    apart = between(mentions(whole), mentions(mention("e2", "Russian")), TEXT)
    assert {each.action for each in apart} == {"removed", "added"}
    moved = between(mentions(whole), mentions(mention("e2", "Ministry of Defence")), TEXT)
    assert [each.action for each in moved] == ["moved"]
    same_id = between(mentions(whole), mentions(mention("e1", "Russian")), TEXT)
    assert [each.action for each in same_id] == ["moved"]


def test_labels_behind_a_changed_text_moved_with_it() -> None:
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


def test_layers_and_status_are_listed() -> None:
    """A layer that was annotated without any label, and one that went on to another status, are changes."""
    old = mentions(mention("e1", "Moscow"))
    new = {**old, "claims": [], "status": {"entities": "reviewed", "claims": "draft"}}
    assert facts(between(old, new, TEXT)) == {
        fact("documents", "changed", "final", **{"status.entities": ("draft", "reviewed")}),
        fact("layers", "added", "claims"),
    }


# --- whole datasets


def test_folders_are_compared_with_all_that_is_in_them(golden: Path, tmp_path: Path) -> None:
    """Labels, tables, splits, sources, texts and articles that differ are listed, one line each."""
    other = Path(shutil.copytree(golden, tmp_path / "other"))
    assert lines(golden, other, golden) == []
    edit(other, FINAL_AA, '"polarity": "favor"', '"polarity": "against"')
    edit(other, "annotations/clusters.jsonl", "Russia thanked", "Russia has thanked")
    edit(other, "annotations/links.tsv", "Q159\tRussia", "Q159\tRussian Federation")
    edit(other, "annotations/topics.json", '"title": "Ties"', '"title": "Relations"')
    edit(other, "dataset/splits.csv", f"{AA},{AA},train", f"{AA},{BB},test")
    edit(other, "dataset/splits.csv", f"{BB},{AA},train", f"{BB},{AA},withdrawn")
    edit(other, "dataset/sources.jsonl", '"outlet":null', '"outlet":"Wire"')
    found = lines(golden, other, golden)
    assert found[:7] == [
        "~ links Q159: name Russia → 'Russian Federation'",
        "~ topics topic:ties: title Ties → Relations",
        "~ clusters k1: normalized 'Russia thanked North Korea.' → 'Russia has thanked North Korea.'",
        f"> splits {AA}: split train → test",
        f"> stories {AA}: story {AA} → {BB}",
        f"~ articles {AA}: outlet null → Wire",
        f"~ {AA} final stances s1 'praised 😀 Pyongyang': polarity favor → against",
    ]
    assert found[7].startswith(f"- articles {BB}: story {AA}, split train, ")
    assert {line.split()[0] for line in found[8:]} == {"-"}


def test_bulk_input_and_files_are_compared_alike(golden: Path, tmp_path: Path) -> None:
    """The same articles and documents as JSONL differ in nothing but where the file came from."""
    other = Path(shutil.copytree(golden, tmp_path / "other"))
    records = []
    for path in sorted((other / "dataset/raw").iterdir()):
        records.append({"id": path.stem[2:], "text": path.read_bytes().decode(), "license": "Made for a test."})
        records[-1]["source_id"] = path.name
        path.unlink()
    (other / "dataset/raw/all.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    (other / "dataset/sources.jsonl").write_text("")
    finals = sorted((other / "annotations/final").iterdir())
    documents = "".join(json.dumps(json.loads(path.read_text(encoding="utf-8"))) + "\n" for path in finals)
    for path in finals:
        path.unlink()
    (other / "annotations/final/all.jsonl").write_text(documents)
    assert lines(golden, other, golden) == []


def test_what_is_built_does_not_differ_from_its_source(copy: Path) -> None:
    """Published files hold every document of every annotator whole, offsets and all; tables are not compared."""
    build.build(copy)
    with snapshots.folder(copy, "source") as source, snapshots.folder(copy / "dataset", "built") as built:
        assert list(diff.compare(source, built)) == []
        assert list(diff.compare(built, source)) == []
        assert diff.not_compared(source, built) == ("links", "topics", "clusters")
        assert built.version == source.version
        assert sum(1 for _ in built.articles()) == len(list((copy / "dataset/raw").iterdir()))
    edit(copy, "dataset/sources.jsonl", '"section":"', '"section":"Other ')
    with snapshots.folder(copy, "source") as source, snapshots.folder(copy / "dataset", "built") as built:
        assert [change.item for change in diff.compare(built, source)] == ["articles"]


def test_a_release_without_the_text_differs_in_nothing_else(golden: Path) -> None:
    """What it leaves out is no change; a label that was corrected since is one."""
    build.build(golden)
    standoff.release(golden, golden / "bare")
    assert lines(golden / "bare", golden, golden) == []
    edit(golden, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    assert lines(golden / "bare", golden, golden) == [f"~ {AA} final entities e5 'Reuters': type ORG → PER"]


def test_zones_found_by_another_rule_are_listed(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zones that no document holds were published as the rules of the time found them; other rules, other zones."""
    (golden / FINAL_AA).unlink()
    edit(golden, "annotations/clusters.jsonl", "", "")
    (golden / "annotations/clusters.jsonl").unlink()
    build.build(golden)
    assert lines(golden / "dataset", golden, golden) == []
    from pactwire import zones

    by_rule = zones.by_rule
    monkeypatch.setattr(zones, "by_rule", lambda text: [{**zone, "language": "fr"} for zone in by_rule(text)])
    found = lines(golden / "dataset", golden, golden)
    assert found
    assert {line.split()[2] for line in found} == {"zones"}


def test_zones_that_an_article_came_with_are_those_published(golden: Path) -> None:
    """A record's zones are compared as they are built: without a final document, with one, and beside its zones."""
    document = json.loads((golden / FINAL_AA).read_text(encoding="utf-8"))
    text = (golden / f"dataset/raw/0_{AA}.txt").read_bytes().decode()
    zones = [{**document["zones"][0], "start": 0, "end": len(text.rstrip()), "kind": "body"}]
    ids = [f"{number:016x}" for number in (1, 2, 3)]
    records = [{"id": name, "text": text, "license": "Made for a test.", "zones": zones} for name in ids]
    (golden / "dataset/raw/pages.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    with (golden / "dataset/splits.csv").open("a", encoding="utf-8") as stream:
        stream.writelines(f"{name},{AA},train\n" for name in ids)
    without = {**document, "article": ids[1], "status": dict(document["status"])}
    del without["zones"], without["status"]["zones"]
    for each in (without, {**document, "article": ids[2]}):
        (golden / f"annotations/final/{each['article']}.json").write_text(json.dumps(each), encoding="utf-8")
    build.build(golden)
    assert lines(golden / "dataset", golden, golden) == lines(golden, golden / "dataset", golden) == []
    edit(golden, "dataset/raw/pages.jsonl", '"kind": "body"', '"kind": "lead"')
    [line] = lines(golden / "dataset", golden, golden)
    assert (line.split()[:4], line.split(": ")[1]) == (["~", ids[0], "zones", "z1"], "kind body → lead")
    edit(golden, "dataset/raw/pages.jsonl", '"kind": "lead"', '"kind": 5')
    with pytest.raises(DataError) as caught:
        snapshots.folder(golden, ".")
    assert [(each.file, each.line, each.code) for each in caught.value.issues] == [
        ("dataset/raw/pages.jsonl", 1, "schema")
    ]


# --- the schema


def schema_of(root: Path, change: tuple[str, str] = ("", "")) -> None:
    """Give a dataset a schema of its own, a string of it replaced."""
    text = json.dumps(schemas.load("annotation"), ensure_ascii=False)
    assert change[0] in text
    (root / "schema").mkdir(exist_ok=True)
    (root / "schema/annotation.schema.json").write_text(text.replace(*change), encoding="utf-8")


def test_a_renamed_label_is_one_change(golden: Path, tmp_path: Path) -> None:
    """With ``formerly`` a label is renamed, and its uses in documents are no changes; other changes stay."""
    other = Path(shutil.copytree(golden, tmp_path / "other"))
    schema_of(golden)
    schema_of(other, ('"const": "favor"', '"const": "support", "formerly": "favor"'))
    for name in (AA, BB):
        edit(other, f"annotations/final/{name}.json", '"polarity": "favor"', '"polarity": "support"')
    assert lines(golden, other, golden) == ["= labels polarity.support: name favor → support", *FORMERLY]
    edit(other, FINAL_AA, '"polarity": "support"', '"polarity": "against"')
    assert f"~ {AA} final stances s1 'praised 😀 Pyongyang': polarity favor → against" in lines(golden, other, golden)


FORMERLY = ["~ labels polarity.support: formerly null → favor"]


def test_labels_that_come_and_go_are_listed(golden: Path, tmp_path: Path) -> None:
    """Without ``formerly`` another name is a label removed and one added, and every use has changed."""
    other = Path(shutil.copytree(golden, tmp_path / "other"))
    schema_of(golden)
    schema_of(other, ('"const": "favor"', '"const": "support"'))
    for name in (AA, BB):
        edit(other, f"annotations/final/{name}.json", '"polarity": "favor"', '"polarity": "support"')
    found = lines(golden, other, golden)
    assert [line.split(":")[0] for line in found] == [
        "- labels polarity.favor",
        "+ labels polarity.support",
        f"~ {AA} final stances s1 'praised 😀 Pyongyang'",
        f"~ {BB} final stances s1 'thanked North Korea'",
    ]


def test_formerly_leaves_validation_as_it_was() -> None:
    """Both validators take a schema with ``formerly`` and decide as without it."""
    schema = json.loads(
        json.dumps(schemas.load("annotation")).replace('"const": "favor"', '"const": "pro", "formerly": "favor"')
    )
    polarity = {"$schema": schema["$schema"], **schema["$defs"]["stance"]["properties"]["polarity"]}
    jsonschema.Draft202012Validator.check_schema(schema)
    for value, valid in (("pro", True), ("favor", False), ("against", True)):
        assert jsonschema.Draft202012Validator(polarity).is_valid(value) is valid
        assert jsonschema_rs.Draft202012Validator(polarity).is_valid(value) is valid


# --- git and the Hub


def git(root: Path, *arguments: str) -> None:
    """Run git in a folder, as somebody."""
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


def commit(root: Path, message: str) -> None:
    """Commit everything in a folder, which becomes a repository if it is none."""
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)


def test_revisions_are_compared(golden: Path) -> None:
    """Tags, commits and the working tree are sides; a dataset in a folder of the repository too."""
    (golden.parent / "repository").mkdir()
    root = golden.rename(golden.parent / "repository/dataset-folder")
    commit(root.parent, "First")
    git(root, "tag", "v1.0.0")
    edit(root, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    changed = [f"~ {AA} final entities e5 'Reuters': type ORG → PER"]
    assert lines("v1.0.0", root, root) == changed
    commit(root.parent, "Second")
    assert lines("HEAD~1", "HEAD", root) == changed
    assert lines("HEAD", root, root) == []


def test_line_ends_of_a_revision_are_no_change(golden: Path) -> None:
    """Where git's settings turn line ends, a revision still has the same texts and tables."""
    (golden / ".gitattributes").write_text("* text eol=crlf\n")
    commit(golden, "First")
    assert lines("HEAD", golden, golden) == []


def test_a_folder_wins_over_a_revision(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is both is the folder; the full name of the revision says the other."""
    commit(golden, "First")
    git(golden, "branch", "dataset")
    build.build(golden)
    monkeypatch.chdir(golden)
    with snapshots.read("dataset", golden) as folder, snapshots.read("refs/heads/dataset", golden) as revision:
        assert (folder.published, revision.published) == (True, False)


def test_flaws_of_a_side_are_named_with_it(golden: Path, run: Run) -> None:
    """What can't be read is an issue of its side, all at once, and exit code 1; nothing is compared."""
    edit(golden, FINAL_AA, '"polarity": "favor"', '"polarity": "pro"')
    (golden / "dataset/raw/x.txt").write_text("x")
    edit(golden, "dataset/splits.csv", f"{BB},", "00000000000000cc,")
    commit(golden, "First")
    done = run("diff", "HEAD", golden, "--root", golden)
    assert done.returncode == 1
    found = [line.partition(" (")[0] for line in done.stdout.splitlines()]
    assert found == [
        f'HEAD:annotations/final/{AA}.json:1: schema: "pro" is not valid under any of the schemas listed'
        " in the 'oneOf' keyword",
        f"HEAD:annotations/final/{BB}.json:1: unknown-article: there is no article {BB} in dataset/splits.csv",
        f"HEAD:dataset/raw/1_{BB}.txt:1: split-missing: the article {BB} has no row",
        "HEAD:dataset/raw/x.txt:1: file-unlisted: dataset/sources.jsonl does not list the file",
    ]


def test_an_unknown_side_is_a_usage_error(golden: Path, run: Run) -> None:
    """A side that is neither folder nor revision nor an address on the Hub exits with 2 and says so."""
    commit(golden, "First")
    done = run("diff", "v9.9.9", golden, "--root", golden)
    assert done.returncode == 2
    assert "neither a folder nor a git revision" in " ".join(done.stderr.replace("│", " ").split())
    with pytest.raises(snapshots.UnknownSide):
        snapshots.read("--output=x", golden)


def test_a_folder_without_a_dataset_is_a_problem(golden: Path, tmp_path: Path, run: Run) -> None:
    """A folder that is no dataset is an issue with exit code 1."""
    (tmp_path / "empty").mkdir()
    done = run("diff", golden, tmp_path / "empty")
    assert done.returncode == 1
    assert done.stdout == (
        f"{tmp_path / 'empty'}:1: snapshot-form: it holds neither dataset/raw nor manifest.json"
        " (name the root of a dataset, or a folder that `pactwire build` wrote)\n"
    )


def test_published_files_that_are_none_of_ours_are_a_problem(golden: Path) -> None:
    """A manifest without labels, or Parquet without the columns, is an issue."""
    build.build(golden)
    manifest = json.loads((golden / "dataset/manifest.json").read_text(encoding="utf-8"))
    shutil.rmtree(golden / "dataset/raw")
    manifest["configs"]["articles"] = manifest["configs"]["claims"]
    (golden / "dataset/manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match="snapshot-form: it does not hold what `pactwire build` writes: KeyError"):
        snapshots.folder(golden / "dataset", "built")
    del manifest["label_sets"]
    (golden / "dataset/manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match="does not say which labels the schema had"):
        snapshots.folder(golden / "dataset", "built")


def upload(root: Path, api: HfApi) -> str:
    """Publish the built files of a dataset; return the commit."""
    target = root / "dataset"
    paths = [target / "README.md", target / "manifest.json", *(target / "data").rglob("*.parquet")]
    adds = [CommitOperationAdd(path.relative_to(target).as_posix(), path) for path in paths]
    return str(api.create_commit(REPO, adds, commit_message="Release", repo_type="dataset").oid)


def test_a_release_on_the_hub_is_a_side(golden: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag on the Hub is compared with the checkout, or with another revision there; nothing else is fetched."""
    token = hub.token()
    api = HfApi(token=token)
    api.create_repo(REPO, repo_type="dataset", private=True)
    build.build(golden)
    upload(golden, api)
    api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    edit(golden, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    build.build(golden)
    upload(golden, api)
    monkeypatch.setenv("HF_TOKEN", token)
    changed = [f"~ {AA} final entities e5 'Reuters': type ORG → PER"]
    assert lines(f"hf://datasets/{REPO}@v1.0.0", golden, golden) == changed
    assert lines(f"hf://datasets/{REPO}@v1.0.0", f"hf://datasets/{REPO}", golden) == changed
    assert not hub.calls(path="resolve/.*/data/(claims|stance|entities)")


def test_what_the_hub_refuses_is_a_problem(golden: Path, hub: Hub) -> None:
    """A repository or revision that is not there, or not for this user, exits with 1 and says which."""
    with pytest.raises(DataError) as caught:
        snapshots.read("hf://datasets/alice/nothing@v1", golden)
    (issue,) = caught.value.issues
    assert (issue.file, issue.code) == ("hf://datasets/alice/nothing@v1", "snapshot-hub")
    assert issue.message.startswith("the Hub does not give it: ")
    with pytest.raises(snapshots.UnknownSide, match="is no address on the Hub"):
        snapshots.read("hf://datasets/a/b/c", golden)


# --- reports


def test_reports_put_the_summary_first(golden: Path, tmp_path: Path, run: Run) -> None:
    """Text, JSON and Markdown give sides and counts before the changes; differences are no failure."""
    other = Path(shutil.copytree(golden, tmp_path / "other"))
    edit(other, FINAL_AA, "Russia praised North Korea on Monday.", "Russia `praised`\u2028it.")
    reports = {}
    for form in ("text", "json", "markdown"):
        done = run("diff", golden, other, "--format", form)
        assert (done.returncode, done.stderr) == (0, "")
        reports[form] = done.stdout.replace(str(golden), "A").replace(str(other), "B")
    assert reports["text"] == (
        "old: A (version 0.0.0)\nnew: B (version 0.0.0)\n\n"
        "        changed\nclaims        1\n\n"
        f"~ {AA} final claims c1 'Moscow praised 😀 Pyongyang on Monday':"
        " normalized 'Russia praised North Korea on Monday.' → 'Russia `praised`\\u2028it.'\n"
    )
    head, change = map(json.loads, reports["json"].strip().split("\n"))
    assert head == {
        "old": {"name": "A", "version": "0.0.0"}, "new": {"name": "B", "version": "0.0.0"},
        "not_compared": [], "summary": {"claims": {"changed": 1}},
    }  # fmt: skip
    assert change["attributes"]["normalized"][1] == "Russia `praised`\u2028it."
    assert reports["markdown"] == (
        "# Changes from `A (0.0.0)` to `B (0.0.0)`\n\n"
        "|  | changed |\n| --- | ---: |\n| claims | 1 |\n\n"
        f"## Article `{AA}`\n\n"
        "- changed: final claims `c1` `'Moscow praised 😀 Pyongyang on Monday'`: normalized"
        " `'Russia praised North Korea on Monday.'` → ``'Russia `praised`\\u2028it.'``\n"
    )


def test_no_change_is_said(golden: Path, run: Run) -> None:
    """Equal sides give a summary that says so."""
    assert run("diff", golden, golden).stdout.endswith("\n\nNothing changed.\n")
