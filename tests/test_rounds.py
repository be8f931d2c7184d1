"""Rounds of annotation: each has its decisions file, a closed one keeps its documents, and nothing else sees them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Run, contents
from pactwire.agreement import adjudication, comparable_articles
from pactwire.card import dataset_folder
from pactwire.corpus import corpus, rounds
from pactwire.labelstudio import annotator_ids
from pactwire.labelstudio.pull_state import PulledDocuments, PullResult
from pactwire.model import strict_json
from pactwire.model.issues import DataError
from pactwire.release import diff, migrate, version_rule
from pactwire.release.snapshots import open_folder
from pactwire.release.source_tree import SourceTree
from pactwire.storage import files
from pactwire.validation import validate
from support.migrations import documents, revisions, write_migration
from support.passes import ArticleWriter, copy_as, write_dataset, write_document

TEXT = "Foo said that it is so. Bar praised Foo for it."
JUDGE: Any = {"id": "judge", "kind": "human", "name": None, "version": None}
FIRST, SECOND = "annotations/decisions/1.jsonl", "annotations/decisions/2.jsonl"


def _pass(name: str, **fields: Any) -> Any:
    """Return a document with two mentions and a claim."""
    written = ArticleWriter(TEXT)
    entities = [written.entity("Foo", "PER"), written.entity("Bar", "PER")]
    return written.document(name, entities=entities, claims=[written.claim("it is so", ("e1",), **fields)], stances=[])


ARTICLE = ArticleWriter(TEXT).article["id"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dataset of one article with two passes, a and b, which disagree on a claim; that is decided."""
    write_dataset(tmp_path, ArticleWriter(TEXT))
    (tmp_path / "dataset/splits.csv").write_text(f"article,story,split\n{ARTICLE},{ARTICLE},train\n")
    write_document(tmp_path, "a", _pass("a"))
    write_document(tmp_path, "b", _pass("b", commitment="denied"))
    _decide(tmp_path, FIRST, "a", "b")
    return tmp_path


def _decide(root: Path, file: str, *names: str) -> None:
    """Answer the only decision of a round with the second annotator's label."""
    with pytest.raises(DataError):
        adjudication.adjudicate(root, names)
    header, line = map(json.loads, (root / file).read_text("utf-8").splitlines())
    header["adjudicators"] = [JUDGE]
    line |= {"choice": "B", "by": "judge"}
    (root / file).write_text("".join(f"{strict_json.compact(each)}\n" for each in (header, line)), "utf-8")


def _close(root: Path, *names: str) -> Any:
    return adjudication.adjudicate(root, names or ("a", "b"), close_round=True)


def _state(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(root).items() if not name.startswith(".pactwire/")}


def _refused(root: Path, command: Callable[[Path], Any]) -> list[tuple[str, str]]:
    """Return file and code of the issues of a command that must change nothing."""
    before = _state(root)
    with pytest.raises(DataError) as caught:
        command(root)
    assert _state(root) == before
    return [(issue.file, issue.code) for issue in caught.value.issues]


def _adjudicate(root: Path) -> None:
    adjudication.adjudicate(root, ("a", "b"))


# --- decisions


def test_former_decisions_are_read_and_moved(root: Path) -> None:
    """A file from before rounds gives the same final document, and the first command that writes it moves it."""
    adjudication.adjudicate(root, ("a", "b"))
    expected = _state(root)
    (root / FIRST).rename(root / rounds.FORMER_DECISIONS)
    (root / f"annotations/final/{ARTICLE}.json").unlink()
    assert validate.validate_dataset(root) == []
    adjudication.adjudicate(root, ("a", "b"))
    assert _state(root) == expected


def test_issues_of_former_decisions_name_their_file(root: Path) -> None:
    """A line of it that is wrong is reported where it is."""
    (root / FIRST).rename(root / rounds.FORMER_DECISIONS)
    path = root / rounds.FORMER_DECISIONS
    path.write_text(path.read_text("utf-8").replace('"choice":"B"', '"choice":"C"'), "utf-8")
    assert _refused(root, _adjudicate) == [(rounds.FORMER_DECISIONS, "decisions-record")]


def test_migration_moves_former_decisions(root: Path) -> None:
    """It writes them to the file of the round."""
    (root / FIRST).rename(root / rounds.FORMER_DECISIONS)
    write_migration(root, "0001-say", {"action": "rename", "layer": "claims", "attribute": "normalized", "to": "said"})
    migrate.migrate(root)
    assert not (root / rounds.FORMER_DECISIONS).exists()
    assert '"said"' in (root / FIRST).read_text("utf-8")


def test_decisions_in_two_places_are_refused(root: Path) -> None:
    """No command chooses one of them."""
    (root / rounds.FORMER_DECISIONS).write_bytes((root / FIRST).read_bytes())
    write_migration(root, "0001-say", {"action": "rename", "layer": "claims", "attribute": "normalized", "to": "said"})
    for command in (_adjudicate, migrate.migrate):
        assert _refused(root, command) == [(rounds.FORMER_DECISIONS, "decisions-twice")]


# --- closing a round


def test_closed_round_keeps_what_it_was_made_from(root: Path, run: Run) -> None:
    """Documents keep their bytes, final stays and is kept, its sources are among them, and the dataset is valid."""
    before = _state(root)
    done = run("adjudicate", "a", "b", "--close-round", "--root", root)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        "round 1 is closed: 2 files moved to annotations/rounds/1",
    )
    after = _state(root)
    for name in ("a", "b"):
        old = f"annotations/{name}/{ARTICLE}.json"
        assert after[f"annotations/rounds/1/{name}/{ARTICLE}.json"] == before[old]
        assert not (root / old).parent.exists()
    final = f"annotations/final/{ARTICLE}.json"
    assert after[f"annotations/rounds/1/final/{ARTICLE}.json"] == after[final]
    assert after.keys() - before.keys() == {
        final, *(f"annotations/rounds/1/{name}/{ARTICLE}.json" for name in ("a", "b", "final"))
    }  # fmt: skip
    sources = json.loads(after[final])["derived_from"]
    assert len(sources) == 2
    assert {*sources} <= revisions(root)
    assert validate.validate_dataset(root) == []
    assert rounds.current_round(root) == 2


@pytest.mark.parametrize("names", [("a", "b"), ("c", "d")])
def test_next_round_replaces_final_and_leaves_the_first(root: Path, names: tuple[str, str]) -> None:
    """It has a decisions file of its own, and may have the same annotators or others."""
    _close(root)
    before = _state(root)
    for name, polarity in zip(names, ("possible", "certain"), strict=True):
        write_document(root, name, _pass(name, commitment=polarity))
    _decide(root, SECOND, *names)
    adjudication.adjudicate(root, names)
    after = _state(root)
    final = f"annotations/final/{ARTICLE}.json"
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed == {final}
    assert json.loads(after[final])["claims"][0]["commitment"] == "certain"
    assert validate.validate_dataset(root) == []
    _close(root, *names)
    assert rounds.closed_rounds(root) == [1, 2]
    assert validate.validate_dataset(root) == []
    assert {source for each in documents(root).values() for source in each["derived_from"]} <= revisions(root)


def test_changed_final_document_is_not_lost(root: Path) -> None:
    """If it was changed after its round was closed, the next adjudication refuses to replace it."""
    _close(root)
    path = root / f"annotations/final/{ARTICLE}.json"
    path.write_text(path.read_text("utf-8").replace('"denied"', '"certain"'), "utf-8")
    for name in ("c", "d"):
        write_document(root, name, _pass(name))
    assert _refused(root, lambda root: adjudication.adjudicate(root, ("c", "d"))) == [
        (path.relative_to(root).as_posix(), "final-at-risk")
    ]


def test_open_round_is_not_closed(root: Path) -> None:
    """While a decision is open, nothing moves."""
    path = root / FIRST
    path.write_text(path.read_text("utf-8").replace('"choice":"B"', '"choice":null'), "utf-8")
    assert _refused(root, _close) == [(FIRST, "decisions-incomplete")]


def test_only_adjudicated_documents_move(root: Path) -> None:
    """Drafts and documents of other articles stay; a file that has such documents beside others is refused."""
    other = ArticleWriter("Another text.")
    line = strict_json.compact({"id": other.article["id"], "text": other.text, "license": "none"})
    (root / "dataset/raw/more.jsonl").write_text(line + "\n", "utf-8")
    with (root / "dataset/splits.csv").open("a") as stream:
        stream.write(f"{other.article['id']},{other.article['id']},train\n")
    write_document(root, "rules", copy_as(_pass("a"), "rules"))
    lines = [strict_json.compact(each) for each in (_pass("b", commitment="denied"), other.document("b", entities=[]))]
    (root / f"annotations/b/{ARTICLE}.json").unlink()
    bulk = root / "annotations/b/all.jsonl"
    bulk.write_text("\n".join(lines) + "\n", "utf-8")
    assert _refused(root, _close) == [("annotations/b/all.jsonl", "round-mixed")]
    bulk.write_text(lines[0] + "\n", "utf-8")
    alone = write_document(root, "a", other.document("a", entities=[]))
    assert _close(root).moved == 2
    folder = root / "annotations"
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.json*")) == [
        f"a/{alone.name}", "decisions/1.jsonl", f"final/{ARTICLE}.json", f"rounds/1/a/{ARTICLE}.json",
        "rounds/1/b/all.jsonl", f"rounds/1/final/{ARTICLE}.json", f"rules/{ARTICLE}.json", "topics.json",
    ]  # fmt: skip
    assert validate.validate_dataset(root) == []
    assert [*adjudication.adjudicate(root, ["a"]).documents] == [f"annotations/final/{alone.name}"]
    assert {path.name for path in (folder / "final").iterdir()} == {f"{ARTICLE}.json", alone.name}
    assert validate.validate_dataset(root) == []


# --- validation


def _broken(document: Any, change: str) -> Any:
    match change:
        case "span-text":
            document["entities"][0]["text"] = "Fop"
        case "unknown-target":
            document["claims"][0]["claimants"] = ["e9"]
        case "text-hash":
            document["text_sha256"] = "0" * 64
        case "schema":
            document["claims"][0]["type"] = "nothing"
        case "document-ahead":
            document["labels"] = "0009-other"
        case "unknown-article":
            document["article"] = "0" * 16
        case "document-place":
            document["annotators"][0]["id"] = "z"
            document = copy_as(document, "z")
    return document


@pytest.mark.parametrize(
    "code",
    ["span-text", "unknown-target", "text-hash", "schema", "document-ahead", "unknown-article", "document-place"],
)
def test_documents_of_closed_rounds_are_validated(root: Path, code: str) -> None:
    """Each is checked like one of the current round."""
    _close(root)
    path = root / f"annotations/rounds/1/a/{ARTICLE}.json"
    path.write_text(strict_json.pretty(_broken(_pass("a"), code)), "utf-8")
    if code == "unknown-article":
        path = path.rename(path.with_stem("0" * 16))
    found = validate.validate_dataset(root)
    assert {(issue.file, issue.code) for issue in found} == {(path.relative_to(root).as_posix(), code)}
    assert found == validate.validate_dataset(root, [root / "annotations/rounds"])


def test_tables_are_those_of_the_current_round(root: Path) -> None:
    """A link and a topic that are gone are no issue in a closed round, and are in the current one."""
    written = ArticleWriter(TEXT)
    entities = [written.entity("Foo", "PER", link="Q999")]
    stances = [written.stance("Foo", "e1", "topic:gone")]
    document = written.document("a", entities=entities, stances=stances)
    _close(root)
    closed = root / f"annotations/rounds/1/a/{ARTICLE}.json"
    closed.write_text(strict_json.pretty(document), "utf-8")
    assert validate.validate_dataset(root) == []
    write_document(root, "a", document)
    assert {issue.code for issue in validate.validate_dataset(root)} == {"unknown-link", "unknown-topic"}


def test_an_annotator_has_one_document_of_an_article_in_each_round(root: Path) -> None:
    """One in the current round and one in a closed one are two rounds; two in a closed one are too many."""
    _close(root)
    write_document(root, "a", _pass("a"))
    assert validate.validate_dataset(root) == []
    (root / "annotations/rounds/1/a/more.jsonl").write_text(strict_json.compact(_pass("a")) + "\n", "utf-8")
    [issue] = validate.validate_dataset(root)
    assert (issue.file, issue.code) == ("annotations/rounds/1/a/more.jsonl", "article-twice")


def test_documents_without_zones_follow_the_final_of_their_round(root: Path) -> None:
    """A later round may find furniture where the labels of an earlier one are."""
    for name, fields in (("a", {}), ("b", {"commitment": "denied"})):
        document = _pass(name, **fields)
        if name == "b":
            del document["zones"], document["status"]["zones"]
        write_document(root, name, document)
    (root / FIRST).unlink()
    _decide(root, FIRST, "a", "b")
    adjudication.adjudicate(root, ("a", "b"))
    path = root / f"annotations/final/{ARTICLE}.json"
    final = json.loads(path.read_text("utf-8"))
    final |= {"zones": _pass("a")["zones"], "status": {"zones": "submitted", **final["status"]}}
    _close(root)
    for place in (path, root / f"annotations/rounds/1/final/{ARTICLE}.json"):
        place.write_text(strict_json.pretty(final), "utf-8")
    assert validate.validate_dataset(root) == []
    final["zones"][0]["kind"] = "other"
    final |= {layer: [] for layer in ("entities", "claims", "stances")}
    path.write_text(strict_json.pretty(final), "utf-8")
    assert validate.validate_dataset(root) == []
    (root / f"annotations/rounds/1/final/{ARTICLE}.json").unlink()
    assert {(issue.file, issue.code) for issue in validate.validate_dataset(root)} == {
        (f"annotations/rounds/1/b/{ARTICLE}.json", "on-furniture")
    }


# --- who does not see closed rounds


def test_only_validation_sees_closed_rounds(root: Path) -> None:
    """The corpus, which all else reads, has the documents of the current round; so have agreement and releases."""
    _close(root)
    data = corpus.load_corpus(root)
    assert [stored.annotator for stored in data.documents] == ["final"]
    assert [issue.code for issue in comparable_articles.comparison_issues(data, ("a", "b"))][:1] == [
        "agreement-missing"
    ]
    assert [record.key for record in SourceTree(root).documents()] == ["final"]


def test_release_after_a_round_has_no_documents_of_it(root: Path, tmp_path: Path, run: Run) -> None:
    """The rows of its annotators are gone, as `diff` says and the version rule knows; all others stay."""
    adjudication.adjudicate(root, ("a", "b"))
    shutil.copytree(root, tmp_path / "old", ignore=shutil.ignore_patterns("old"))
    built = _digests(root)
    _close(root)
    built_after = _digests(root)
    assert built.pop("annotations")
    assert built_after == built
    with open_folder(tmp_path / "old", "old") as old, open_folder(root, "new") as new:
        assert version_rule.required_level(diff.compare(old, new)).level is version_rule.Level.MAJOR


def _digests(root: Path) -> dict[str, Any]:
    """Build a dataset; return the digests of its files by config."""
    dataset_folder.build(root)
    about = json.loads((root / "dataset/manifest.json").read_text("utf-8"))
    return {name: [each["digest"] for each in splits["train"]] for name, splits in about["configs"].items()}


def test_pull_does_not_bring_back_what_a_closed_round_has(root: Path) -> None:
    """A document that was pulled, and moved with its round, is not missing; one that changed since is of this round."""
    document = _pass("a")
    store = PulledDocuments(root, corpus.load_corpus(root).schema, "somewhere")
    store.stage(ARTICLE, {"a": document}, PullResult())
    store.publish(PullResult())
    _close(root)
    schema = corpus.load_corpus(root).schema
    store, pulled = PulledDocuments(root, schema, "somewhere"), PullResult()
    assert store.missing() == set()
    store.stage(ARTICLE, {"a": document}, pulled)
    store.publish(pulled)
    assert (pulled.same, pulled.written) == (1, [])
    assert not (root / "annotations/a").exists()
    store = PulledDocuments(root, schema, "somewhere")
    document["updated"] = "2026-03-01T00:00:00Z"
    store.stage(ARTICLE, {"a": document}, pulled)
    store.publish(pulled)
    assert pulled.written == [f"annotations/a/{ARTICLE}.json"]
    assert validate.validate_dataset(root) == []


# --- migrations


def test_migration_takes_all_rounds_along(root: Path) -> None:
    """Documents, sources and decisions of a closed round follow, final may still be replaced, and back is as before."""
    _close(root)
    for name in ("c", "d"):
        write_document(root, name, _pass(name, commitment="possible" if name == "c" else "certain"))
    _decide(root, SECOND, "c", "d")
    before = {name: each for name, each in documents(root).items()}
    decided = [(root / file).read_text("utf-8") for file in (FIRST, SECOND)]
    write_migration(root, "0001-say", {"action": "rename", "layer": "claims", "attribute": "normalized", "to": "said"})
    [plan] = migrate.migrate(root)
    assert plan.documents == len(before) == 6
    assert {"rounds/1/a", "rounds/1/b", "rounds/1/final", "c", "d", "final"} == {*plan.annotators}
    assert {each["labels"] for each in documents(root).values()} == {"0001-say"}
    assert all('"said"' in (root / file).read_text("utf-8") for file in (FIRST, SECOND))
    assert {source for each in documents(root).values() for source in each["derived_from"]} <= revisions(root)
    assert validate.validate_dataset(root) == []
    write_migration(root, "0002-back", {"action": "rename", "layer": "claims", "attribute": "said", "to": "normalized"})
    migrate.migrate(root)
    kept = [key for key in _pass("a") if key != "derived_from"]
    for name, each in documents(root).items():
        assert [each[key] for key in kept] == [before[name][key] for key in kept], name
    for file, text in zip((FIRST, SECOND), decided, strict=True):
        assert (root / file).read_text("utf-8").replace(',"labels":"0002-back"', "", 1) == text
    adjudication.adjudicate(root, ("c", "d"))
    assert validate.validate_dataset(root) == []


# --- names


@pytest.mark.parametrize("name", rounds.FOLDER_NAMES)
def test_no_annotator_has_the_name_of_another_folder(root: Path, run: Run, name: str) -> None:
    """Neither a person on a server nor whoever made what is imported."""
    files.write_file(root / annotator_ids.ANNOTATORS_FILE, json.dumps({"1": name}))
    with pytest.raises(DataError):
        annotator_ids.load_pseudonyms(root)
    files.write_file(root / annotator_ids.ANNOTATORS_FILE, json.dumps({"1": f"{name}-a"}))
    assert annotator_ids.load_pseudonyms(root) == {"1": f"{name}-a"}
    files.write_file(root.parent / "brat/one.txt", "Kim.\n")
    done = run("convert", "from", "brat", root.parent / "brat", "--out", root, "--annotator", name, "--kind", "human")
    assert (done.returncode, "can't be an annotator's pseudonym" in done.stderr.replace("\n", " ")) == (2, True)
