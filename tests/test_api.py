"""`import pactwire as pw`: a dataset as an object, from a root, a built folder and the Hub."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pactwire as pw
from conftest import CHECKOUT, copy_dataset
from pactwire.card import dataset_folder
from pactwire.corpus import corpus

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
        "snapshot-form name the root of a dataset, or a folder that `pactwire build` wrote",
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
    with pytest.raises(KeyError, match=f"the nearest is '{ARTICLE}'"):
        here[ARTICLE[:-1] + "e"]
    assert repr(here).endswith("1.0.0: 5 articles, layers entities, claims, stances, annotators claude-c, claude-d>")


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
