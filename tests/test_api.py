"""`import pactwire as pw`: a dataset as an object, from a root, a built folder and the Hub."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi, constants

import pactwire as pw
from conftest import CHECKOUT, Run, contents, copy_dataset
from pactwire.card import dataset_folder
from pactwire.corpus import corpus
from support.hub import Hub

pytest_plugins = ["support.hub_fixture"]

AA, BB = "00000000000000aa", "00000000000000bb"
ARTICLE = "5ccec2fc13046f9d"
REPO = "alice/wire"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository's dataset, built."""
    folder = copy_dataset(tmp_path_factory.mktemp("api") / "root")
    dataset_folder.build(folder)
    return folder


@pytest.fixture(scope="module")
def here(root: Path) -> pw.Dataset:
    """The dataset of the root."""
    return pw.open(root)


@pytest.fixture(scope="module")
def built(root: Path) -> pw.Dataset:
    """The same dataset, from the folder that was built."""
    return pw.open(root / "dataset")


@pytest.fixture(scope="module")
def agreement(here: pw.Dataset) -> pw.AgreementReport:
    """The agreement of its two annotators."""
    return here.agreement("claude-c", "claude-d")


# --- the module


def test_import_loads_next_to_nothing() -> None:
    """`import pactwire` imports neither a dependency nor any other module of the package."""
    code = "import sys; before = {*sys.modules}; import pactwire; print(*{*sys.modules} - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {name for name in done.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names}
    assert imported == {"pactwire"}


def test_exports_what_is_declared() -> None:
    """`__all__` is what the type checker sees, and what can be had; anything else is an AttributeError."""
    assert sorted(pw.__all__) == pw.__all__
    assert all(getattr(pw, name) is not None for name in pw.__all__)
    assert {*pw.__all__} <= {*dir(pw)}
    with pytest.raises(AttributeError, match="has no attribute 'opn'"):
        pw.opn  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'encod'"):
        pw.labelstudio.encod  # noqa: B018
    (block,) = [node for node in ast.parse(Path(pw.__file__).read_text("utf-8")).body if isinstance(node, ast.If)]
    typed = {alias.asname for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert typed == {*pw.__all__}
    assert (Path(pw.__file__).parent / "py.typed").is_file()


def test_users_script_runs(root: Path, tmp_path: Path) -> None:
    """A script that does all of it runs, and prints only what it prints itself."""
    copy = Path(shutil.copytree(root, tmp_path / "root"))
    git = ["git", "-C", str(copy), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"], ["tag", "v1.0.0"]):
        subprocess.run([*git, *words], check=True)
    arguments = [copy, ARTICLE, "entities", "claude-c", "claude-d", "stance", tmp_path / "out", "1.0.0"]
    script = shutil.copy(CHECKOUT / "tests/support/user_script.py", tmp_path)  # beside no other module
    done = subprocess.run(
        [sys.executable, "-W", "error", script, *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == [
        "True",
        "snapshot-hub check repository and revision; for a private one set HF_TOKEN",
    ]
    assert (tmp_path / "out" / f"{ARTICLE}.ann").is_file()


# --- articles and labels


def test_holds_articles_by_id(here: pw.Dataset) -> None:
    """Its length, order and membership; a wrong id is a KeyError that tells of a similar one."""
    ids = [article.id for article in here]
    assert ids == sorted(ids)
    assert len(here) == len(ids) == 5
    assert ARTICLE in here
    assert here[ARTICLE] in here
    assert "nothing" not in here
    with pytest.raises(KeyError, match="0 is no id of an article"):
        here[0]  # type: ignore[index]
    with pytest.raises(KeyError, match=f"the nearest is '{ARTICLE}'"):
        here[ARTICLE[:-1] + "e"]
    assert repr(here).endswith(": 5 articles, layers entities, claims, stances, annotators claude-c, claude-d>")


def test_article_is_what_its_files_say(here: pw.Dataset, root: Path) -> None:
    """Texts, metadata, place in the splits and zones of an article."""
    article, data = here[ARTICLE], corpus.load_corpus(root)
    record = data.articles[ARTICLE]
    assert article.source_text == record["source_text"]
    assert article.text == data.content(record).text
    assert (article.language, article.split, article.fold, article.story) == ("uk", "test", 2, ARTICLE)
    assert (article.outlet, article.date, article.url, article.author) == ("iPress", None, None, None)
    assert article.title and article.title in article.text
    assert [(zone.start, zone.end, zone.kind) for zone in article.zones] == [
        (zone["start"], zone["end"], zone["kind"]) for zone in data.zones(record)
    ]
    assert all(article.source_text[zone.start : zone.end] == zone.text for zone in article.zones)
    start, end = article.to_source(10, 24) or (0, 0)
    assert article.source_text[start:end] == article.text[10:24]
    assert article.to_content(start, end) == (10, 24)
    assert article.to_content(0, len(article.source_text)) is None
    assert article.annotators == ("claude-c", "claude-d")


def test_labels_count_in_the_content(here: pw.Dataset) -> None:
    """Each label and part lies at its offsets in the content text, and at its source span in the source text."""
    for article in here:
        for layer in here.layers:
            for label in article.labels(layer):
                assert article.text[label.start : label.end] == label.text
                assert article.source_text[slice(*label.source_span or ())] == label.text
                for part in (value for value in label.as_dict().values() if isinstance(value, pw.Part)):
                    assert article.text[part.start : part.end] == part.text


def test_references_are_resolved(here: pw.Dataset) -> None:
    """To labels of the same document, to topics, and to parties, which stay as they are."""
    values = [label[name] for a in here for label in a.labels("stances") for name in ("holder", "target")]
    kinds = {type(value) for value in values}
    assert kinds == {pw.Label, pw.Topic, str}
    holder = here[ARTICLE].labels("stances")[0]["holder"]
    assert holder in here[ARTICLE].labels("entities")
    claimants = [label["claimants"] for label in here[ARTICLE].labels("claims")]
    assert all(isinstance(value, tuple) for value in claimants)


def test_attribute_names_are_checked(here: pw.Dataset) -> None:
    """An unknown one is a KeyError with those that there are, for `get` no attribute; so are layers and annotators."""
    article = here[ARTICLE]
    label = article.labels("entities")[0]
    assert list(label) == ["type", "form", "link", "metonym_of"]
    assert (label["metonym_of"], label.get("metonym_of", "x"), label.get("kind", "y")) == (None, "x", "y")
    with pytest.raises(KeyError, match="has no attribute 'typ'; it has type, form, link, metonym_of"):
        label["typ"]
    with pytest.raises(KeyError, match="declares no layer 'entity'; it declares entities, claims, stances"):
        article.labels("entity")
    with pytest.raises(KeyError, match="has no document of 'x'; it has claude-c, claude-d, final"):
        article.document("x")


def test_objects_are_frozen_and_hashable(here: pw.Dataset, root: Path) -> None:
    """They cannot be changed; those of one dataset opened twice are equal and hash alike."""
    article, again = here[ARTICLE], pw.open(root)[ARTICLE]
    label, document = article.labels("claims")[0], article.document("claude-c")
    for thing, name in ((article, "id"), (label, "text"), (document, "annotator")):
        with pytest.raises(AttributeError):
            setattr(thing, name, "x")
    assert {article, label, document} == {again, again.labels("claims")[0], again.document("claude-c")}
    assert len({*article.labels("entities")}) == len(article.labels("entities"))
    assert document != article.document("claude-d")
    document.record["status"].clear()
    assert document.status("claims")


def test_what_is_not_annotated_has_no_status(golden: Path) -> None:
    """A layer that is missing has no status and no labels; one that is empty has a status."""
    path = golden / f"annotations/final/{AA}.json"
    document = json.loads(path.read_text("utf-8"))
    del document["stances"], document["status"]["stances"]
    path.write_text(json.dumps({**document, "claims": []}), encoding="utf-8")
    article = pw.open(golden)[AA]
    assert (article.labels("stances"), article.status("stances")) == ((), None)
    assert (article.labels("claims"), article.status("claims")) == ((), "draft")
    assert article.document().layers == ("entities", "claims")
    assert "0 claims" in repr(article.document())


def test_bad_documents_are_data_errors(golden: Path) -> None:
    """A document that breaks the schema, and a reference to nothing, raise the issues when they are asked for."""
    path = golden / f"annotations/final/{AA}.json"
    document = json.loads(path.read_text("utf-8"))
    document["stances"][0]["holder"] = "e99"
    path.write_text(json.dumps(document), encoding="utf-8")
    dataset = pw.open(golden)
    with pytest.raises(pw.DataError, match="unknown-target"):
        dataset[AA].labels("stances")[0]["holder"]
    assert {issue.code for issue in dataset.validate()} == {"unknown-target"}
    path.write_text(json.dumps({**document, "claims": 1}), encoding="utf-8")
    dataset = pw.open(golden)
    with pytest.raises(pw.DataError, match="claims"):
        dataset[AA].labels("entities")
    report = dataset.validate()
    assert not report
    assert not report.ok
    assert report.to_pandas().loc[0, "file"] == f"annotations/final/{AA}.json"


# --- what is published


def test_built_folder_gives_the_same(here: pw.Dataset, built: pw.Dataset, agreement: pw.AgreementReport) -> None:
    """The same articles, labels, annotators, rows and agreement as the root."""
    assert (built.kind, built.commit, built.version) == ("folder", None, here.version)
    assert (built.configs, built.annotators, built.layers) == (here.configs, here.annotators, here.layers)
    assert [article.id for article in built] == [article.id for article in here]
    for one, other in zip(here, built, strict=True):
        for name in ("text", "source_text", "language", "split", "fold", "story", "title", "url", "date", "outlet"):
            assert getattr(one, name) == getattr(other, name), name
        for annotator in ("final", *here.annotators):
            documents = one.document(annotator), other.document(annotator)
            for layer in here.layers:
                first, second = ([label.record for label in each.labels(layer)] for each in documents)
                assert first == second
    for config in here.configs:
        rows, others = here.rows(config), built.rows(config)
        assert {name: split.to_list() for name, split in rows.items()} == {
            name: split.to_list() for name, split in others.items()
        }
    again = built.agreement("claude-c", "claude-d")
    assert [row["value"] for row in again.figures] == [row["value"] for row in agreement.figures]
    assert built.validate().ok


def test_rows_are_those_that_load_dataset_loads(built: pw.Dataset, root: Path, tmp_path: Path) -> None:
    """With their features and class labels; an unknown config or split is a KeyError with those that there are."""
    from datasets import load_dataset

    loaded: Any = load_dataset(str(root / "dataset"), "stance", cache_dir=str(tmp_path))
    rows = built.rows("stance")
    assert rows["train"].features == loaded["train"].features
    assert {name: split.to_list() for name, split in rows.items()} == {
        name: split.to_list() for name, split in loaded.items()
    }
    assert built.rows("stance", split="test").to_list() == loaded["test"].to_list()
    assert str(built.rows("stance", split="test").split) == "test"
    with pytest.raises(KeyError, match="there is no config 'stances'; there are articles, entities, claims, stance"):
        built.rows("stances")
    with pytest.raises(KeyError, match="has no rows in a split 'dev'; it has train, validation, test"):
        built.rows("stance", split="dev")


def test_rows_of_a_root_are_those_of_its_files(golden: Path) -> None:
    """They follow the files and not an older build; a root with issues has no rows, and dataset/ stays as it is."""
    dataset_folder.build(golden)
    before = contents(golden / "dataset")
    path = golden / f"annotations/final/{AA}.json"
    text = path.read_text("utf-8")
    path.write_text(text.replace('"polarity": "', '"polarity": "x'), encoding="utf-8")
    with pytest.raises(pw.DataError, match="polarity"):
        pw.open(golden).rows("stance")
    path.write_text(text.replace('"status": {', '"status": { '), encoding="utf-8")
    document = json.loads(text)
    document["stances"] = []
    path.write_text(json.dumps(document), encoding="utf-8")
    assert AA not in {row["article_id"] for row in pw.open(golden).rows("stance").get("train", [])}
    assert AA in {row["article_id"] for row in pw.open(golden / "dataset").rows("stance")["train"]}
    assert contents(golden / "dataset") == before


def test_what_is_not_published_is_said(built: pw.Dataset, tmp_path: Path) -> None:
    """Nothing can be built from it, and a missing annotator may be in the root."""
    with pytest.raises(pw.DataError, match=r"not-a-root: .* nothing to build it from .*use the dataset's root folder"):
        built.build()
    with pytest.raises(
        pw.DataError, match="of 'claude-a'; there are those of claude-c, claude-d; what an annotator did"
    ):
        built.export("brat", tmp_path, annotator="claude-a")
    with pytest.raises(pw.DataError, match="agreement-missing"):
        built.agreement("claude-a", "claude-c")


def test_opens_only_datasets(tmp_path: Path) -> None:
    """Any other folder, address or revision is a DataError."""
    for address, revision, message in (
        (tmp_path, None, "it holds neither schema/annotation.schema.json nor manifest.json"),
        (tmp_path / "none", None, "there is no such folder"),
        (CHECKOUT, "v1", "only a dataset on the Hub has revisions"),
        ("hf://datasets/a/b@v1", "v2", "the address names another revision than 'v2'"),
    ):
        with pytest.raises(pw.DataError, match=message) as caught:
            pw.open(address, revision=revision)
        assert [issue.code for issue in caught.value.issues] == ["snapshot-form"]
    with pytest.raises(pw.DataError, match="snapshot-hub: it is not an address on the Hub"):
        pw.open("hf://datasets/a/b/c")


# --- the Hub


@pytest.fixture
def two_commits(hub: Hub, golden: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A private repository with the golden dataset as v1.0.0 and an edited one on its main branch; the commits."""
    token = hub.token()
    api = HfApi(token=token)
    api.create_repo(REPO, repo_type="dataset", private=True)
    commits = []
    for edit in ("ORG", "PER"):
        path = golden / f"annotations/final/{AA}.json"
        path.write_text(path.read_text("utf-8").replace('"type": "ORG"', f'"type": "{edit}"'), encoding="utf-8")
        dataset_folder.build(golden)
        done = api.upload_folder(
            repo_id=REPO,
            repo_type="dataset",
            folder_path=golden / "dataset",
            ignore_patterns=["raw/*", "s*.csv", "*.jsonl"],
        )
        commits.append(done.oid)
    api.create_tag(REPO, tag="v1.0.0", revision=commits[0], repo_type="dataset")
    monkeypatch.setenv("HF_TOKEN", token)
    return commits


def test_reads_the_hub_at_one_commit(
    hub: Hub,
    two_commits: list[str],
    golden: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A revision is resolved once; only what is asked for is fetched, and none of it again; nothing is printed."""
    capfd.readouterr()
    old = pw.open(f"hf://datasets/{REPO}@v1.0.0")
    new = pw.open(f"hf://datasets/{REPO}")
    assert [old.commit, new.commit] == two_commits
    assert old.name == f"hf://datasets/{REPO}@{two_commits[0]}"
    assert not hub.calls(path="resolve/.*/data/")
    assert new.rows("claims", split="train").num_rows
    assert not hub.calls(path="resolve/.*/data/(articles|entities)")
    here = pw.open(golden)
    assert [label.record for label in new[AA].labels("entities")] == [
        label.record for label in here[AA].labels("entities")
    ]
    assert old[AA].labels("entities") != new[AA].labels("entities")
    changes = new.diff("1.0.0")
    assert {(change.item, change.action) for change in changes} == {("entities", "changed")}
    assert new.validate().ok
    assert repr(new).startswith(f"<dataset 'hf://datasets/{REPO}@{two_commits[1]}'")
    with pytest.raises(pw.DataError, match="snapshot-hub: it cannot be downloaded"):
        new.diff("9.9.9")
    shown = capfd.readouterr()
    assert (shown.out, shown.err) == ("", "")
    with monkeypatch.context() as offline:
        offline.setattr(constants, "HF_HUB_OFFLINE", True)
        calls = len(hub.calls())
        assert pw.open(f"hf://datasets/{REPO}@v1.0.0").rows("articles")["train"].num_rows
        assert len(hub.calls()) == calls
        with pytest.raises(pw.DataError, match="snapshot-hub: it cannot be downloaded"):
            old.rows("claims")


def test_hub_errors_do_not_show_the_token(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository that is missing is an issue, and says nothing of the token, which goes to the Hub alone."""
    token = hub.token()
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(pw.DataError, match="snapshot-hub") as caught:
        pw.open("hf://datasets/alice/nothing", revision="v1")
    assert token not in str(caught.value)
    assert str(caught.value).startswith("hf://datasets/alice/nothing@v1:1: ")


def test_commands_read_what_is_published(two_commits: list[str], golden: Path, tmp_path: Path, run: Run) -> None:
    """`convert to` and `view` take a built folder and the Hub, and write what they write of the root."""
    for form in ("brat", "conll"):
        written = []
        for number, address in enumerate((golden, golden / "dataset", f"hf://datasets/{REPO}@{two_commits[1]}")):
            out = tmp_path / f"{form}-{number}"
            assert run("convert", "to", form, "--root", address, "--out", out).returncode == 0
            written.append({name: data for name, data in contents(out).items() if not name.startswith(".")})
        assert written[0] == written[1] == written[2]
    address = f"hf://datasets/{REPO}@v1.0.0"
    assert run("view", "--root", address).returncode == 2
    assert run("view", "--root", address, "--out", tmp_path / "site").returncode == 0
    page = (tmp_path / f"site/articles/{AA}.html").read_text("utf-8")
    assert "Reuters" in page
    assert "annotations/final" not in page
    assert "pactwire-" not in page


# --- Label Studio


def test_tasks_are_encoded_and_decoded(here: pw.Dataset) -> None:
    """The task of an article holds its labels; a task from elsewhere is decoded with its article."""
    for article in here:
        for annotator in (None, "claude-c"):
            task = pw.labelstudio.encode(article, annotator=annotator)
            document = article.document(annotator or "final")
            for again in (pw.labelstudio.decode(task), pw.labelstudio.decode(json.loads(json.dumps(task)), article)):
                assert again.layers == document.layers
                for layer in document.layers:
                    assert [label.record for label in again.labels(layer)] == [
                        label.record for label in document.labels(layer)
                    ]
    zones = pw.labelstudio.decode(pw.labelstudio.encode(article, project="zones"))
    assert zones.status("zones") == "draft"


def test_annotations_are_decoded_with_their_authors(here: pw.Dataset) -> None:
    """Of the last submitted annotation: what was kept names its makers and the person; the rest is left out."""
    article = here[ARTICLE]
    task = dict(pw.labelstudio.encode(article))
    results = json.loads(json.dumps(task["predictions"][0]["result"]))
    finished = {
        "id": "f",
        "from_name": "finished",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["entities"]},
    }
    times = {"created_at": "2026-01-02T03:04:05.678Z", "updated_at": "2026-01-03T00:00:00Z"}
    results = [finished, *(each for each in results if each.get("from_name") != "finished")]
    task["annotations"] = [{"result": results, "was_cancelled": False, **times}, {"result": [], "was_cancelled": True}]
    document = pw.labelstudio.decode(task, article, annotator="ann-1")
    assert document.layers == ("entities",)
    assert (document.status("entities"), document.created) == ("submitted", "2026-01-02T03:04:05Z")
    assert ("ann-1", "human") in {(each.id, each.kind) for each in document.annotators}
    kept = {label.id: label.by for label in article.labels("entities")}
    assert all(label.by == (*kept[label.id], "ann-1") for label in document.labels("entities"))


def test_bad_tasks_are_refused(here: pw.Dataset) -> None:
    """A task without its article, of another text, without labels, or with results that cannot be read."""
    article = here[ARTICLE]
    task = pw.labelstudio.encode(article)
    with pytest.raises(ValueError, match="name the article that the task shows"):
        pw.labelstudio.decode(dict(task))
    with pytest.raises(pw.DataError, match="task-text"):
        pw.labelstudio.decode(task, next(iter(here)))
    with pytest.raises(pw.DataError, match="annotation-empty"):
        pw.labelstudio.decode({"data": task["data"]}, article)
    with pytest.raises(pw.DataError, match="ls-"):
        pw.labelstudio.decode({**task, "annotations": [{"result": [{"id": "x"}]}]}, article)
    with pytest.raises(ValueError, match="there is no project 'x'; there are labels, zones"):
        pw.labelstudio.encode(article, project="x")


# --- reports


def test_reports_print_and_become_tables(
    here: pw.Dataset, agreement: pw.AgreementReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They read as the commands print, and say what to install where pandas is missing."""
    frame = agreement.to_pandas()
    assert len(frame) == len(agreement.figures)
    assert [*frame.columns][:4] == ["layer", "measure", "label", "figure"]
    assert str(agreement).startswith("Annotators: claude-c, claude-d. Articles: 5.")
    assert str(here.validate()) == "no issues"
    assert here.validate().to_pandas().empty
    with pytest.raises(ValueError, match="name two annotators or more"):
        here.agreement("claude-c")
    with pytest.raises(pw.DataError, match="agreement-self"):
        here.agreement("claude-c", "claude-c")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        agreement.to_pandas()


def test_diff_lists_changes(golden: Path, tmp_path: Path) -> None:
    """From a folder to the dataset, with a summary and as a table; an unknown version is a DataError."""
    old = Path(shutil.copytree(golden, tmp_path / "old"))
    path = golden / f"annotations/final/{AA}.json"
    path.write_text(path.read_text("utf-8").replace('"type": "ORG"', '"type": "PER"'), encoding="utf-8")
    changes = pw.open(golden).diff(old)
    assert changes
    assert changes.summary == {"entities": {"changed": 1}}
    assert changes.to_pandas().loc[0, "words"] == "Reuters"
    assert str(changes).splitlines()[-1] == f"~ {AA} final entities e5 'Reuters': type ORG → PER"
    assert not pw.open(old).diff(old)
    with pytest.raises(pw.DataError, match=r"7\.0\.0:1: unknown-version: there is no such folder, and .* is in no git"):
        pw.open(golden).diff("7.0.0")


def test_export_counts_what_it_leaves_out(here: pw.Dataset, tmp_path: Path) -> None:
    """It returns what the command prints; an unknown format is a ValueError with those that there are."""
    report = here.export("conll", tmp_path / "out", annotator="claude-c")
    assert (report.documents, report.unchanged) == (5, 0)
    assert report.lost["stances"]
    assert sorted(report.written) == sorted(path.name for path in (tmp_path / "out").glob("[!.]*"))
    assert here.export("conll", tmp_path / "out", annotator="claude-c").unchanged == len(report.written)
    with pytest.raises(ValueError, match="no format 'docx' to export; there are brat, conll"):
        here.export("docx", tmp_path)  # type: ignore[arg-type]
