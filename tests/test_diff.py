"""What `pactwire diff` lists: exactly what differs, a moved span as moved, from folders, git and the Hub alike."""

import json
import shutil
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from conftest import Run
from pactwire.card import dataset_folder
from pactwire.model.issues import DataError
from pactwire.release import change_report, diff, snapshots, text_free
from support.hub import Hub
from support.repositories import commit, git

pytest_plugins = ["support.hub_fixture"]
pytestmark = pytest.mark.slow

AA, BB = "00000000000000aa", "00000000000000bb"
FINAL_AA = f"annotations/final/{AA}.json"
REPO = "alice/wire"


def lines(old: Path | str, new: Path | str, root: Path) -> list[str]:
    """Return the details of a report in plain text, one a line."""
    with snapshots.open_snapshot(str(old), root) as before, snapshots.open_snapshot(str(new), root) as after:
        report = list(change_report.report_lines(before, after, change_report.as_text))
    return [line for line in report if line[:2] in {f"{sign} " for sign in change_report.ACTION_MARKS.values()}]


def edit(root: Path, file: str, old: str, new: str) -> None:
    """Replace a string that stands in a file."""
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# --- whole datasets


def test_compares_everything_in_folders(golden: Path, tmp_path: Path) -> None:
    """Different labels, tables, splits, sources, texts and articles are listed, one per line."""
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
        "~ clusters claims.k1: normalized 'Russia thanked North Korea.' → 'Russia has thanked North Korea.'",
        f"> splits {AA}: split train → test",
        f"> stories {AA}: story {AA} → {BB}",
        f"~ articles {AA}: outlet null → Wire",
        f"~ {AA} final stances s1 'praised 😀 Pyongyang': polarity favor → against",
    ]
    assert found[7].startswith(f"- articles {BB}: story {AA}, split train, ")
    assert {line.split()[0] for line in found[8:]} == {"-"}


def test_compares_bulk_input_like_files(golden: Path, tmp_path: Path) -> None:
    """The same articles and documents as JSONL differ only in the file that they come from."""
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


def test_lists_what_sources_state(golden: Path) -> None:
    """A title, an author or an origin that is another since the release is a change; the release equals its source."""
    statements = [{"name": "title", "value": "Moscow", "origin": "h1"}, {"name": "author", "value": "A", "origin": "x"}]
    raw = golden / f"dataset/raw/1_{BB}.txt"
    record = {"id": BB, "text": raw.read_bytes().decode(), "license": "Made for a test.", "metadata": statements}
    raw.unlink()
    raw.with_name("all.jsonl").write_text(json.dumps(record) + "\n")
    sources = golden / "dataset/sources.jsonl"
    sources.write_text(sources.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    dataset_folder.build(golden)
    assert lines(golden / "dataset", golden, golden) == []
    edit(golden, "dataset/raw/all.jsonl", '"Moscow"', '"Kremlin"')
    edit(golden, "dataset/raw/all.jsonl", '"x"', '"y"')
    (found,) = lines(golden / "dataset", golden, golden)
    assert found.startswith(f"~ articles {BB}: ")
    assert "stated_title Moscow → Kremlin" in found
    assert "origins" in found


def test_built_dataset_equals_its_source(copy: Path) -> None:
    """Published files hold every document of every annotator, including offsets; tables are not compared."""
    dataset_folder.build(copy)
    with snapshots.open_folder(copy, "source") as source, snapshots.open_folder(copy / "dataset", "built") as built:
        assert list(diff.compare(source, built)) == []
        assert list(diff.compare(built, source)) == []
        assert diff.not_compared(source, built) == ("links", "topics", "clusters")
        assert built.version == source.version
        assert sum(1 for _ in built.articles()) == len(list((copy / "dataset/raw").iterdir()))
    edit(copy, "dataset/sources.jsonl", '"section":"', '"section":"Other ')
    with snapshots.open_folder(copy, "source") as source, snapshots.open_folder(copy / "dataset", "built") as built:
        assert [change.item for change in diff.compare(built, source)] == ["articles"]


def test_text_free_release_differs_only_in_texts(golden: Path) -> None:
    """What it leaves out is not a change; a label that was corrected since then is one."""
    dataset_folder.build(golden)
    text_free.write_text_free(golden, golden / "bare")
    assert lines(golden / "bare", golden, golden) == []
    edit(golden, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    assert lines(golden / "bare", golden, golden) == [f"~ {AA} final entities e5 'Reuters': type ORG → PER"]


def test_lists_zones_of_changed_rules(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zones without a document are compared as published with zones as the rules find them now."""
    (golden / FINAL_AA).unlink()
    edit(golden, "annotations/clusters.jsonl", "", "")
    (golden / "annotations/clusters.jsonl").unlink()
    dataset_folder.build(golden)
    assert lines(golden / "dataset", golden, golden) == []
    from pactwire.text import zones

    by_rule = zones.detect_zones
    monkeypatch.setattr(zones, "detect_zones", lambda text: [{**zone, "language": "fr"} for zone in by_rule(text)])
    found = lines(golden / "dataset", golden, golden)
    assert found
    assert {line.split()[2] for line in found} == {"zones"}


def test_compares_zones_of_input_records(golden: Path) -> None:
    """The zones of a record are compared as they are built: with, without, or next to a final document."""
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
    dataset_folder.build(golden)
    assert lines(golden / "dataset", golden, golden) == lines(golden, golden / "dataset", golden) == []
    edit(golden, "dataset/raw/pages.jsonl", '"kind": "body"', '"kind": "lead"')
    [line] = lines(golden / "dataset", golden, golden)
    assert (line.split()[:4], line.split(": ")[1]) == (["~", ids[0], "zones", "z1"], "kind body → lead")
    edit(golden, "dataset/raw/pages.jsonl", '"kind": "lead"', '"kind": 5')
    with pytest.raises(DataError) as caught:
        snapshots.open_folder(golden, ".")
    assert [(each.file, each.line, each.code) for each in caught.value.issues] == [
        ("dataset/raw/pages.jsonl", 1, "schema")
    ]


# --- the schema


def schema_of(root: Path, change: tuple[str, str] = ("", "")) -> None:
    """Replace a string of a dataset's schema."""
    path = root / "schema/annotation.schema.json"
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)
    assert change[0] in text
    path.write_text(text.replace(*change), encoding="utf-8")


def test_renamed_label_is_one_change(golden: Path, tmp_path: Path) -> None:
    """With ``x-formerly`` a renamed label is one change, its uses are none, and other changes are still listed."""
    other = Path(shutil.copytree(golden, tmp_path / "other"))
    schema_of(other, ('"const": "favor"', '"const": "support", "x-formerly": "favor"'))
    for name in (AA, BB):
        edit(other, f"annotations/final/{name}.json", '"polarity": "favor"', '"polarity": "support"')
    assert lines(golden, other, golden) == RENAME
    edit(other, FINAL_AA, '"polarity": "support"', '"polarity": "against"')
    assert f"~ {AA} final stances s1 'praised 😀 Pyongyang': polarity favor → against" in lines(golden, other, golden)


RENAME = [
    "= labels stances.polarity.support: name favor → support",
    "~ labels stances.polarity.support: formerly null → favor",
    "~ columns stance.label: classes [favor, against, neutral, mixed] → [support, against, neutral, mixed]",
]


def test_lists_added_and_removed_labels(golden: Path, tmp_path: Path) -> None:
    """Without ``x-formerly`` another name is one label removed and one added, and each use has changed."""
    other = Path(shutil.copytree(golden, tmp_path / "other"))
    schema_of(other, ('"const": "favor"', '"const": "support"'))
    for name in (AA, BB):
        edit(other, f"annotations/final/{name}.json", '"polarity": "favor"', '"polarity": "support"')
    found = lines(golden, other, golden)
    assert [line.split(":")[0] for line in found] == [
        "- labels stances.polarity.favor",
        "+ labels stances.polarity.support",
        "~ columns stance.label",
        f"~ {AA} final stances s1 'praised 😀 Pyongyang'",
        f"~ {BB} final stances s1 'thanked North Korea'",
    ]


def test_formerly_does_not_affect_validation(golden: Path) -> None:
    """Both validators accept a schema with ``x-formerly`` and decide as without it."""
    schema_of(golden, ('"const": "favor"', '"const": "pro", "x-formerly": "favor"'))
    declaration = json.loads((golden / "schema/annotation.schema.json").read_text(encoding="utf-8"))
    polarity = {"$schema": declaration["$schema"], **declaration["$defs"]["stance"]["properties"]["polarity"]}
    jsonschema.Draft202012Validator.check_schema(declaration)
    for value, valid in (("pro", True), ("favor", False), ("against", True)):
        assert jsonschema.Draft202012Validator(polarity).is_valid(value) is valid
        assert jsonschema_rs.Draft202012Validator(polarity).is_valid(value) is valid


# --- git and the Hub


def test_compares_git_revisions(golden: Path) -> None:
    """Tags, commits and the working tree can be compared, also for a dataset in a subfolder of the repository."""
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


def test_ignores_line_endings_of_revisions(golden: Path) -> None:
    """A revision whose line endings git converts still has the same texts and tables."""
    (golden / ".gitattributes").write_text("* text eol=crlf\n")
    commit(golden, "First")
    assert lines("HEAD", golden, golden) == []


def test_folder_takes_precedence_over_revision(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name of both is the folder; the full name of the revision selects the other."""
    commit(golden, "First")
    git(golden, "branch", "dataset")
    dataset_folder.build(golden)
    monkeypatch.chdir(golden)
    with (
        snapshots.open_snapshot("dataset", golden) as folder,
        snapshots.open_snapshot("refs/heads/dataset", golden) as revision,
    ):
        assert (folder.published, revision.published) == (True, False)


def test_reports_issues_with_their_side(golden: Path, run: Run) -> None:
    """What cannot be read is an issue of its side, with exit code 1; nothing is compared."""
    edit(golden, FINAL_AA, '"polarity": "favor"', '"polarity": "pro"')
    (golden / "dataset/raw/x.txt").write_text("x")
    edit(golden, "dataset/splits.csv", f"{BB},", "00000000000000cc,")
    commit(golden, "First")
    done = run("diff", "HEAD", golden, "--root", golden)
    assert done.returncode == 1
    found = [line.partition(" (")[0] for line in done.stdout.splitlines()]
    assert found == [
        f'HEAD:annotations/final/{AA}.json:1: schema: "pro" is not allowed for polarity; allowed are: favor,'
        " against, neutral, mixed",
        f"HEAD:annotations/final/{BB}.json:1: unknown-article: there is no article {BB} in dataset/splits.csv",
        f"HEAD:dataset/raw/1_{BB}.txt:1: split-missing: the article {BB} has no row",
        "HEAD:dataset/raw/x.txt:1: file-unlisted: dataset/sources.jsonl does not list the file",
    ]


def test_unknown_side_is_an_issue(golden: Path, run: Run) -> None:
    """A side that is neither folder nor version nor revision nor an address on the Hub exits with 1."""
    commit(golden, "First")
    done = run("diff", "v9.9.9", golden, "--root", golden)
    assert done.returncode == 1
    assert done.stdout.startswith("v9.9.9:1: unknown-version: it is no folder and no revision of the git repository of")
    with pytest.raises(DataError, match="unknown-version"):
        snapshots.open_snapshot("--output=x", golden)


def test_compares_plain_versions(golden: Path, run: Run) -> None:
    """1.0.0 is the version of the tag v1.0.0."""
    commit(golden, "First")
    git(golden, "tag", "v1.0.0")
    edit(golden, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    plain, tag = (run("diff", name, golden, "--root", golden).stdout.splitlines()[2:] for name in ("1.0.0", "v1.0.0"))
    assert plain == tag
    assert f"~ {AA} final entities e5 'Reuters': type ORG → PER" in plain


def test_folder_without_dataset_is_an_issue(golden: Path, tmp_path: Path, run: Run) -> None:
    """A folder that is no dataset is an issue, with exit code 1."""
    (tmp_path / "empty").mkdir()
    done = run("diff", golden, tmp_path / "empty")
    assert done.returncode == 1
    assert done.stdout == (
        f"{tmp_path / 'empty'}:1: snapshot-form: it holds neither dataset/raw nor manifest.json"
        " (name the root of a dataset, or a folder that `pactwire build` wrote)\n"
    )


def test_foreign_published_files_are_an_issue(golden: Path) -> None:
    """A manifest without labels, or Parquet without the columns, is an issue."""
    dataset_folder.build(golden)
    manifest = json.loads((golden / "dataset/manifest.json").read_text(encoding="utf-8"))
    shutil.rmtree(golden / "dataset/raw")
    manifest["configs"]["articles"] = manifest["configs"]["claims"]
    (golden / "dataset/manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match="snapshot-form: it is not what `pactwire build` writes: KeyError"):
        snapshots.open_folder(golden / "dataset", "built")
    (golden / "dataset/schema/annotation.schema.json").unlink()
    (golden / "dataset/manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match="does not list the labels of the schema"):
        snapshots.open_folder(golden / "dataset", "built")


def upload(root: Path, api: HfApi) -> str:
    """Publish the built files of a dataset; return the commit."""
    target = root / "dataset"
    schema = target / "schema/annotation.schema.json"
    paths = [target / "README.md", target / "manifest.json", schema, *(target / "data").rglob("*.parquet")]
    adds = [CommitOperationAdd(path.relative_to(target).as_posix(), path) for path in paths]
    return str(api.create_commit(REPO, adds, commit_message="Release", repo_type="dataset").oid)


def test_compares_releases_on_the_hub(golden: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag on the Hub is compared with the checkout or another revision; nothing unnecessary is downloaded."""
    token = hub.token()
    api = HfApi(token=token)
    api.create_repo(REPO, repo_type="dataset", private=True)
    dataset_folder.build(golden)
    upload(golden, api)
    api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    edit(golden, FINAL_AA, '"type": "ORG"', '"type": "PER"')
    dataset_folder.build(golden)
    upload(golden, api)
    monkeypatch.setenv("HF_TOKEN", token)
    changed = [f"~ {AA} final entities e5 'Reuters': type ORG → PER"]
    assert lines(f"hf://datasets/{REPO}@v1.0.0", golden, golden) == changed
    assert lines(f"hf://datasets/{REPO}@v1.0.0", f"hf://datasets/{REPO}", golden) == changed
    assert not hub.calls(path="resolve/.*/data/(claims|stance|entities)")


def test_hub_errors_are_issues(golden: Path, hub: Hub) -> None:
    """A missing repository or revision, or one without access, is an issue that names it."""
    with pytest.raises(DataError) as caught:
        snapshots.open_snapshot("hf://datasets/alice/nothing@v1", golden)
    (issue,) = caught.value.issues
    assert (issue.file, issue.code) == ("hf://datasets/alice/nothing@v1", "snapshot-hub")
    assert issue.message.startswith("it cannot be downloaded: ")
    with pytest.raises(DataError, match="snapshot-hub: it is not an address on the Hub"):
        snapshots.open_snapshot("hf://datasets/a/b/c", golden)


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


def test_reports_no_changes(golden: Path, run: Run) -> None:
    """Equal sides give a summary that says so."""
    assert run("diff", golden, golden).stdout.endswith("\n\nNothing changed.\n")
