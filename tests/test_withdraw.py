"""``pactwire withdraw``: what goes, what stays byte for byte, and the search of all revisions for what is left."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pyarrow as pa
import pytest
import zstandard

from conftest import Run, contents
from pactwire.agreement import adjudication
from pactwire.card import dataset_folder
from pactwire.corpus import corpus, withdrawn
from pactwire.labelstudio import client, task_removal
from pactwire.labelstudio.client import ServerError
from pactwire.model.issues import DataError
from pactwire.release import diff, git_history, snapshots, version_rule, withdrawal
from pactwire.release.trace_search import TraceSearch
from pactwire.storage import jsonl, locks
from pactwire.storage.result_cache import ResultCache
from pactwire.suggest import replies
from pactwire.validation import validate
from test_trace_search import parquet
from test_withdrawn import TEXT, WORDS, tombstone

AA, BB = "00000000000000aa", "00000000000000bb"
CLUSTERED = "4b7befb44f73cc7b"
DAY = "2026-12-01"


def git(root: Path, *arguments: str) -> str:
    """Run git in a folder, as nobody in particular."""
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main")
    command = ["git", *identity, "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def save(root: Path, message: str = "More") -> None:
    """Commit everything."""
    git(root, "add", "-A")
    git(root, "commit", "-m", message)


def files_of(root: Path) -> dict[str, bytes]:
    """Return the files of a dataset without those of locks and git."""
    return {
        name: data
        for name, data in contents(root).items()
        if not name.startswith((".git/", ".pactwire/readers/")) and not name.endswith(".lock")
    }


def taken_out(root: Path, articles: list[str], day: str, reason: str | None) -> withdrawal.Withdrawal:
    """Take articles out of a folder, and return what was done."""
    plan = withdrawal.plan_withdrawal(root, articles, day, reason)
    withdrawal.carry_out(root, plan)
    return plan


# --- the folder


def test_the_record_of_pulls_says_nothing_of_the_article(golden: Path) -> None:
    """What pulls noted about it may quote it: its documents, tasks, notes and issues go, and those of others stay."""
    path = golden / ".pactwire/labelstudio/pulled.json"
    path.parent.mkdir(parents=True)
    texts = {each: [f"{each}: quoted words"] for each in (AA, BB)}
    state = {
        "documents": {f"anna/{each}": ["0" * 64] for each in (AA, BB)},
        "tasks": {"1": {AA: 1, BB: 2}},
        "notes": texts,
        "issues": texts,
        "again": [AA, BB],
    }
    path.write_text(json.dumps({"http://localhost d": state}), "utf-8")
    taken_out(golden, [AA], DAY, None)
    left = path.read_text("utf-8")
    assert AA not in left
    assert [BB in json.dumps(each) for each in json.loads(left)["http://localhost d"].values()] == [True] * 5


def test_plan_changes_nothing_and_a_second_run_neither(golden: Path, run: Run) -> None:
    """The plan counts what goes; then it is gone, the rest is valid, and ingest takes it no more."""
    dataset_folder.build(golden)
    assert run("view", "--root", golden).returncode == 0
    before = files_of(golden)
    plan = run("withdraw", AA, "--root", golden)
    assert (plan.returncode, files_of(golden)) == (0, before)
    told = plan.stdout.splitlines()
    for line in ("raw texts: 1 removed", "annotation documents: 1 removed", "members of clusters: 1 removed"):
        assert f"  {line}" in told
    assert any(line.startswith("  pages and exports: ") for line in told)
    done = run("withdraw", AA, "--root", golden, "--execute", "--reason", "Asked by its owner")
    assert (done.returncode, done.stdout.splitlines()[:8]) == (0, told[:8])
    after = files_of(golden)
    [record] = [json.loads(line) for line in after["dataset/withdrawn.jsonl"].splitlines()]
    assert (record["article"], record["reason"]) == (AA, "Asked by its owner")
    assert validate.validate_dataset(golden) == []
    assert not any(AA in name for name in after)
    assert {name for name in before if name.startswith(("dataset/data/", "site/", ".pactwire/"))} & after.keys() <= {
        "site/.pactwire-files.json"
    }
    again = run("withdraw", AA, "--root", golden, "--execute")
    assert (again.returncode, "nothing to remove" in again.stdout, files_of(golden)) == (0, True, after)
    verified = run("withdraw", AA, "--root", golden, "--verify")
    assert (verified.returncode, verified.stdout.splitlines()[:2]) == (0, ["folder:", "  no traces in any file"])
    (golden.parent / "again.txt").write_bytes(before[f"dataset/raw/0_{AA}.txt"])
    refused = run("ingest", golden.parent / "again.txt", "--root", golden)
    assert (refused.returncode, "ingest-withdrawn" in refused.stdout) == (1, True)
    assert run("build", "--root", golden).returncode == 0


def test_plans_without_the_lock_and_again_if_the_dataset_changed(
    golden: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another command may write while this one searches: then it plans again, and carries out that plan."""
    make_plan, seen = withdrawal.plan_withdrawal, []

    def move_document() -> None:
        with locks.writing(golden, "pactwire label pull", wait=False):
            (golden / "annotations/later").mkdir()
            (golden / f"annotations/final/{AA}.json").rename(golden / f"annotations/later/{AA}.json")

    def plan_while_others_write(*given: Any) -> Any:
        plan = make_plan(*given)
        seen.append(sorted(plan.removal.gone))
        if len(seen) == 1:
            with ThreadPoolExecutor(1) as other:
                other.submit(move_document).result()
        return plan

    monkeypatch.setattr(withdrawal, "plan_withdrawal", plan_while_others_write)
    done = run("withdraw", AA, "--root", golden, "--execute")
    assert (done.returncode, len(seen)) == (0, 2)
    assert f"annotations/later/{AA}.json" in seen[1] and f"annotations/final/{AA}.json" in seen[0]
    assert not [name for name in files_of(golden) if AA in name]
    monkeypatch.setattr(withdrawal, "plan_withdrawal", make_plan)
    assert not make_plan(golden, [BB], DAY, None).is_current(golden / "annotations")


def test_plan_is_made_once_while_nothing_changes(golden: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search is not repeated under the lock; it reports what it reads."""
    make_plan = withdrawal.plan_withdrawal
    planning = Mock(side_effect=make_plan)
    monkeypatch.setattr(withdrawal, "plan_withdrawal", planning)
    assert run("withdraw", AA, "--root", golden, "--execute").returncode == 0
    assert planning.call_count == 1
    told: list[tuple[str, int, int]] = []
    make_plan(golden, [BB], DAY, None, lambda *each: told.append(each))
    assert {what for what, _, _ in told} == {"articles", "files"}
    assert all(done < total for _, done, total in told)


def test_says_what_was_deleted_before_a_server_failed(golden: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is clean, and a task is gone: both are said before the issue, and a second run goes on."""
    found = [task_removal.ProjectTasks("wire labels", "http://x/projects/1", [1, 2, 3], 0, 0, 0)]

    def fail(_: Any, tasks: list[int]) -> Iterator[int]:
        yield tasks[0]
        raise ServerError("http://x", "server-timeout", "the server answers with 504")

    monkeypatch.setattr(client, "connect", lambda *_: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(task_removal, "find_tasks", lambda *_: found)
    monkeypatch.setattr(task_removal, "delete_tasks", fail)
    done = run("withdraw", AA, "--root", golden, "--execute")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    at = lines.index("  wire labels: 1 of 3 tasks deleted")
    assert "  raw texts: 1 removed" in lines[:at] and "server-timeout" in lines[-1]
    assert not any(line.startswith("next: ") for line in lines)


def test_the_work_on_other_articles_stays_whole(copy: Path) -> None:
    """Every other line of every table is as it was; the adjudication of the others is, too."""
    before = files_of(copy)
    plan = taken_out(copy, [CLUSTERED], DAY, None)
    after = files_of(copy)
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed == {*plan.removal.gone, *plan.removal.lines} & before.keys()
    assert after.keys() - before.keys() == {withdrawn.WITHDRAWN_FILE}
    for name in changed & after.keys():
        old, new = (data.decode().splitlines() for data in (before[name], after[name]))
        kept = [line for line in old if CLUSTERED not in line]
        assert [line for line in new if line in old] == kept, name
        assert [line for line in new if line not in old] == (
            [line.replace(",train,", ",withdrawn,") for line in old if line.startswith(CLUSTERED)]
            if name == "dataset/splits.csv"
            else []
        )
    assert plan.counts()["clusters"] > 0
    assert validate.validate_dataset(copy) == []
    assert not any(adjudication.adjudicate(copy, ["claude-c", "claude-d"]).documents.values())


def test_a_cluster_keeps_the_members_of_others(golden: Path) -> None:
    """Only the article's members go, while claims of two other articles are left."""
    path = golden / "annotations/clusters.jsonl"
    cluster = json.loads(path.read_text())
    other = {**cluster, "id": "k2", "members": [f"{AA}/c2", f"{BB}/c2", "00000000000000cc/c1"]}
    path.write_text(path.read_text() + json.dumps(other))
    taken_out(golden, [AA], DAY, None)
    assert json.loads(path.read_text()) == {**other, "members": other["members"][1:]}


def test_bulk_files_keep_all_other_lines(many: Path) -> None:
    """Lines of packed and plain files go by article, in raw files and in documents."""
    first, later = f"{2:016x}", f"{14:016x}"
    names = ("dataset/raw/a.jsonl.zst", "dataset/raw/b.jsonl", "annotations/final/bulk.jsonl.zst")
    before = {name: [line.data or b"" for line in jsonl.read_lines(many / name, name)] for name in names}
    taken_out(many, [first, later], DAY, None)
    for name, lines in before.items():
        kept = [line for line in lines if not any(each.encode() in line for each in (first, later))]
        assert [line.data or b"" for line in jsonl.read_lines(many / name, name)] == kept != lines
    assert len(corpus.load_corpus(many).articles) == 23
    assert [issue.code for issue in validate.validate_dataset(many) if issue.code == "withdrawn-article"] != []


def test_a_line_that_is_too_long_is_not_lost(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A packed line that no command reads stays, and with it the whole folder: it is to be mended first."""
    monkeypatch.setattr(jsonl, "MAX_TEXT_BYTES", 10_000)
    path = many / "dataset/raw/a.jsonl.zst"
    path.write_bytes(path.read_bytes() + zstandard.compress(b'{"id": "%s"}\n' % (b"x" * 20_000)))
    before = files_of(many)
    with pytest.raises(DataError) as caught:
        taken_out(many, [f"{2:016x}"], DAY, None)
    assert [issue.code for issue in caught.value.issues] == ["too-large"]
    assert files_of(many) == before


def test_answers_of_language_models_go(golden: Path) -> None:
    """They quote articles, and nothing says which."""
    answers = ResultCache(golden / replies.CACHE_FOLDER, "0" * 16)
    answers.put(b"key", b"a few of its words")
    taken_out(golden, [AA], DAY, None)
    assert not any((golden / replies.CACHE_FOLDER).iterdir())


def test_a_withdrawal_is_a_removal_for_diff_and_version(golden: Path, tmp_path: Path) -> None:
    """Diff counts the article as removed, which takes a major version."""
    old = Path(shutil.copytree(golden, tmp_path / "old"))
    taken_out(golden, [AA], DAY, None)
    with snapshots.open_folder(old, "old") as before, snapshots.open_folder(golden, "new") as after:
        summary = diff.summarize(diff.compare(before, after), diff.label_items(before, after))
        required = version_rule.required_level(diff.compare(before, after))
    assert summary["articles"] == {"removed": 1}
    assert required.level is version_rule.Level.MAJOR


def test_unknown_articles_are_refused(golden: Path, run: Run) -> None:
    """Nothing is changed, not even for those that are known."""
    before = files_of(golden)
    done = run("withdraw", AA, "00000000000000ff", "--root", golden, "--execute")
    assert (done.returncode, files_of(golden)) == (1, before)
    assert "withdraw-unknown: the dataset has no article 00000000000000ff" in done.stdout
    assert run("withdraw", "title", "--root", golden).returncode == 2


def test_passages_that_others_quote_are_no_traces_and_copies_are_told(golden: Path) -> None:
    """A quotation in another article is left out of the tombstone; an article that has most of it is named."""
    lines = [
        {"id": f"{number:016x}", "text": text, "license": "none"}
        for number, text in enumerate((TEXT, " ".join(WORDS[:12]), f"Copy. {TEXT}"), 1)
    ]
    (golden / "dataset/raw/more.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    plan = withdrawal.plan_withdrawal(golden, [f"{1:016x}"], DAY, None)
    assert plan.new[0].passages == tombstone().passages[1:]
    assert [(name, trace.passages) for name, trace in plan.copies] == [(f"{3:016x}", 5)]


def test_what_people_wrote_is_told_and_stays(golden: Path) -> None:
    """A page with its words is theirs to edit, and the verifier goes on naming it."""
    (golden / "dataset/raw/more.jsonl").write_text(json.dumps({"id": "1" * 16, "text": TEXT, "license": "none"}))
    (golden / "NOTES.md").write_text(f"> {' '.join(WORDS[:24])}")
    plan = taken_out(golden, ["1" * 16], DAY, None)
    assert [(name, trace.passages, trace.is_named) for name, trace in plan.traces] == [("NOTES.md", 2, False)]
    assert (golden / "NOTES.md").is_file()


# --- git


@pytest.fixture
def history(golden: Path) -> Path:
    """A repository whose main is free of an article that branches, tags, a stash and merges still reach."""
    git(golden, "init")
    (golden / "dataset/raw/more.jsonl").write_text(json.dumps({"id": "1" * 16, "text": TEXT, "license": "none"}))
    save(golden, "First")
    git(golden, "tag", "-a", "-m", "One", "v1.0.0")
    git(golden, "checkout", "-b", "side")
    (golden / "packed.bin").write_bytes(parquet(pa.array([TEXT])))
    (golden / "nameless.jsonl").write_text(json.dumps({"text": TEXT}))
    save(golden)
    git(golden, "checkout", "main")
    taken_out(golden, ["1" * 16], DAY, None)
    save(golden, "Withdraw")
    git(golden, "merge", "-m", "Merge", "--no-commit", "side")
    (golden / "packed.bin").unlink()
    (golden / "nameless.jsonl").unlink()
    (golden / "evil.txt").write_text(TEXT)
    git(golden, "add", "-A")
    git(golden, "commit", "-m", "Merge")
    (golden / "evil.txt").unlink()
    save(golden)
    return golden


def tombstones(root: Path) -> TraceSearch:
    """Return the search for what a dataset withdrew."""
    return TraceSearch(withdrawn.read_tombstones(root, []))


def test_reads_every_revision(history: Path, run: Run) -> None:
    """Blobs of all refs, those of merges and packed ones included, and messages; each with what reaches it."""
    found = git_history.search_history(history, tombstones(history))
    assert sorted(found.paths.values()) == ["dataset/raw/more.jsonl", "evil.txt", "nameless.jsonl", "packed.bin"]
    assert found.refs == ["refs/heads/main", "refs/heads/side", "refs/tags/v1.0.0"]
    assert len(found.commits) == 3
    (history / "notes.txt").write_text("x")
    save(history, f"Quote: {' '.join(WORDS[:12])}")
    git(history, "tag", "-a", "-m", " ".join(WORDS[12:24]), "v1.0.1")
    (history / "notes.txt").write_text(" ".join(WORDS[:12]))
    git(history, "stash")
    more = git_history.search_history(history, tombstones(history))
    assert len(more.objects) == len(found.objects) + 5  # a commit, a tag, a file, and both commits of the stash
    assert "refs/stash" in more.refs
    done = run("withdraw", "1" * 16, "--root", history, "--verify")
    assert done.returncode == 1
    assert done.stdout.count("git:packed.bin:1: withdraw-trace: 5 of 5 passages of the article") == 1


def test_reads_what_no_ref_names(golden: Path, run: Run) -> None:
    """Earlier stashes, files that are only in the index, and all other branches where HEAD has no commit yet."""
    git(golden, "init")
    (golden / "dataset/raw/more.jsonl").write_text(json.dumps({"id": "1" * 16, "text": TEXT, "license": "none"}))
    taken_out(golden, ["1" * 16], DAY, None)
    save(golden)

    def found_in() -> list[str]:
        done = run("withdraw", "1" * 16, "--root", golden, "--verify")
        return re.findall(r"^git:(.*?):1: withdraw-trace", done.stdout, re.MULTILINE)

    (golden / "staged.txt").write_text(TEXT)
    git(golden, "add", "staged.txt")
    (golden / "staged.txt").unlink()
    assert found_in() == ["staged.txt"]
    git(golden, "stash")
    (golden / "README.md").write_text("other")
    git(golden, "add", "-A")
    git(golden, "stash")
    assert found_in() == ["staged.txt"]
    git(golden, "stash", "clear")
    assert found_in() == []
    (golden / "kept.txt").write_text(TEXT)
    save(golden)
    git(golden, "checkout", "--orphan", "fresh")
    git(golden, "rm", "-rf", "kept.txt")
    assert found_in() == ["kept.txt"]


def test_a_branch_that_is_clean_is_not_named(history: Path) -> None:
    """Only refs that reach a commit with traces are."""
    git(history, "checkout", "--orphan", "fresh")
    save(history)
    assert "refs/heads/fresh" not in git_history.search_history(history, tombstones(history)).refs


def test_the_callback_leaves_no_trace(history: Path, run: Run) -> None:
    """Applied to every blob as git filter-repo does, it removes lines of records, and files of anything else."""
    before = git(history, "for-each-ref")
    assert run("withdraw", "1" * 16, "--root", history, "--callback", history.parent / "clean.py").returncode == 0
    assert git(history, "for-each-ref") == before
    code = (history.parent / "clean.py").read_text()
    skipped = 0
    for line in git(history, "rev-list", "--objects", "--all").splitlines():
        identity, _, path = line.partition(" ")
        if git(history, "cat-file", "-t", identity).strip() != "blob":
            continue
        data = subprocess.run(["git", "-C", str(history), "cat-file", "blob", identity], capture_output=True).stdout
        blob: Any = SimpleNamespace(original_id=identity.encode(), data=data, skip=lambda: None)
        gone: list[bool] = []
        blob.skip = lambda gone=gone: gone.append(True)
        exec(code, {"blob": blob})
        skipped += len(gone)
        assert gone or not tombstones(history).search(path, blob.data)
        assert gone or blob.data == data or path.endswith(".jsonl")
    assert skipped == 3


def test_a_shallow_clone_is_not_called_clean(history: Path, run: Run) -> None:
    """Its history is elsewhere."""
    git(history, "clone", "--depth", "1", "--branch", "main", history.as_uri(), str(history.parent / "shallow"))
    done = run("withdraw", "1" * 16, "--root", history.parent / "shallow", "--verify")
    assert (done.returncode, "git:1: withdraw-trace: the clone is shallow" in done.stdout) == (1, True)


def test_reason_on_one_line_and_verify_only_reads(golden: Path, run: Run) -> None:
    """Other uses are errors of the command line."""
    assert run("withdraw", AA, "--root", golden, "--reason", "a\nb").returncode == 2
    assert run("withdraw", AA, "--root", golden, "--execute", "--verify").returncode == 2
    with pytest.raises(DataError):
        withdrawal.plan_withdrawal(golden, ["f" * 16], DAY, None)
