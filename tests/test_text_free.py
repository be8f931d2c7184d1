"""Releases without texts: nothing can be read from them, and with the texts they are the full release again."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest
from hypothesis import given

from conftest import CHECKOUT, Run
from pactwire.build import config_batches, features
from pactwire.build.article_context import ArticleContext
from pactwire.build.cluster_pairs import cluster_pair_rows
from pactwire.card import dataset_folder
from pactwire.corpus.schema_file import read_schema
from pactwire.model.issues import DataError
from pactwire.release import hydrate, migrate, text_filler, text_free
from pactwire.release.provided_texts import ProvidedText
from pactwire.text import bio_tags
from support.examples import examples
from support.migrations import write_migration
from support.news import SCHEMA, label_names
from support.strategies import TOPICS, Annotated, annotated

pytestmark = pytest.mark.slow

TITLES: Any = {topic: {"id": topic, "title": f"About {topic}", "definition": "x"} for topic in TOPICS}
OURS = {"entity", "claim", "topic", "human", "AUTHOR", "UNNAMED", "story", "rival", "train", "same", "different", "und"}


def contents(folder: Path) -> dict[str, bytes]:
    """All files that are published, by name."""
    kept = ("README.md", "croissant.json", "manifest.json")
    paths = [p for p in folder.rglob("*") if p.is_file() and (p.parent.parent.name == "data" or p.name in kept)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def root(golden: Path) -> Path:
    """The golden base, built, with sections and a second annotator who sees other zones."""
    sources = golden / "dataset/sources.jsonl"
    first, second = [json.loads(line) for line in sources.read_text(encoding="utf-8").splitlines()]
    first["section"], second["section"] = "Politics", "World"
    sources.write_text("".join(json.dumps(each) + "\n" for each in (first, second)), encoding="utf-8")
    document = json.loads((golden / "annotations/final/00000000000000aa.json").read_text(encoding="utf-8"))
    document["annotators"].append({"id": "rival", "kind": "human", "name": None, "version": None})
    document["zones"][0]["kind"] = "lead"
    (golden / "annotations/rival").mkdir()
    (golden / "annotations/rival/00000000000000aa.json").write_text(json.dumps(document), encoding="utf-8")
    (golden / "DATASET_CARD.md").write_text("# Golden\n\nTwo articles.\n", encoding="utf-8")
    dataset_folder.build(golden)
    return golden


@pytest.fixture
def released(root: Path, tmp_path: Path) -> Path:
    """The release without texts."""
    text_free.write_text_free(root, tmp_path / "standoff")
    return tmp_path / "standoff"


def jsonl(root: Path, path: Path) -> Path:
    """The texts of the golden base as records of no particular name."""
    records = [
        {"text": raw.read_text(encoding="utf-8"), "section": section}
        for raw, section in zip(sorted((root / "dataset/raw").iterdir()), (None, "World"), strict=True)
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def problems(folder: Path, texts: list[Path], out: Path) -> list[str]:
    """The issues of a hydration that must fail, as text, after seeing that nothing was written."""
    with pytest.raises(DataError) as caught:
        hydrate.hydrate(folder, texts, out)
    assert [path for path in out.parent.iterdir() if path.name.startswith(".")] == []
    return [issue.text() for issue in caught.value.issues]


# --- there and back


def test_hydrated_release_equals_full_release(root: Path, released: Path, tmp_path: Path) -> None:
    """Data files, manifest, croissant.json and card are those of the build; a second run changes nothing."""
    texts = jsonl(root, tmp_path / "texts.jsonl")
    out = tmp_path / "out"
    assert hydrate.hydrate(released, [texts], out) == hydrate.HydrateResult(articles=2, unused=0, identical=True)
    assert contents(out) == contents(root / "dataset")
    assert hydrate.hydrate(released, [texts], out).identical


@pytest.mark.parametrize("title", ["Pyongyang", "A title that the page does not show"])
def test_stated_title_is_not_released(golden: Path, tmp_path: Path, title: str) -> None:
    """It is null; its span in the text gives it back, or the record that states it, without which it is missed."""
    raw = golden / "dataset/raw/0_00000000000000aa.txt"
    statement = {"name": "title", "value": title, "origin": "meta og:title"}
    record = {"id": "00000000000000aa", "text": raw.read_bytes().decode(), "license": "x", "metadata": [statement]}
    raw.unlink()
    bulk = raw.with_name("all.jsonl")
    bulk.write_text(json.dumps(record) + "\n", encoding="utf-8")
    sources = golden / "dataset/sources.jsonl"
    sources.write_text(sources.read_text(encoding="utf-8").splitlines()[1] + "\n", encoding="utf-8")
    (golden / "DATASET_CARD.md").write_text("# Golden\n\nTwo articles.\n", encoding="utf-8")
    dataset_folder.build(golden)
    bare = tmp_path / "standoff"
    text_free.write_text_free(golden, bare)
    rows = [row for path in (bare / "data/articles").iterdir() for row in pq.read_table(path).to_pylist()]
    assert [row["title"] for row in rows] == [None, None]
    assert rows[0]["origins"] == [{"column": "title", "origin": "meta og:title"}]
    assert hydrate.hydrate(bare, [golden / "dataset/raw"], tmp_path / "out").identical
    bulk.write_text(json.dumps({**record, "metadata": [1, {"name": "title"}]}) + "\n", encoding="utf-8")
    if title in record["text"]:
        assert hydrate.hydrate(bare, [golden / "dataset/raw"], tmp_path / "other").identical
    else:
        (found,) = problems(bare, [golden / "dataset/raw"], tmp_path / "other")
        assert "hydrate-section: the title of the article 00000000000000aa is neither in its text" in found


def test_hydrates_a_dataset_whose_labels_were_migrated(root: Path, tmp_path: Path) -> None:
    """A release without texts has the migrations, too, and what is filled in is the build after them."""
    write_migration(root, "0001-places", {"action": "rename", "layer": "entities", "attribute": "type", "to": "sort"})
    migrate.migrate(root)
    dataset_folder.build(root)
    text_free.write_text_free(root, tmp_path / "standoff")
    out = tmp_path / "out"
    assert hydrate.hydrate(tmp_path / "standoff", [jsonl(root, tmp_path / "texts.jsonl")], out).identical
    assert contents(out) == contents(root / "dataset")
    assert (out / "schema/migrations/0001-places.schema.json").is_file()


def test_ignores_names_and_line_endings_of_texts(root: Path, released: Path, tmp_path: Path) -> None:
    """A folder of files under other names, with BOM and CRLF, does as well; texts that none needs are counted."""
    folder = tmp_path / "mine"
    folder.mkdir()
    first = (root / "dataset/raw/0_00000000000000aa.txt").read_text(encoding="utf-8")
    (folder / "b.txt").write_bytes(b"\xef\xbb\xbf" + first.replace("\n", "\r\n").encode())
    (folder / "more.txt").write_bytes(b"Something else.")
    texts = [folder, jsonl(root, tmp_path / "texts.jsonl")]
    assert hydrate.hydrate(released, texts, tmp_path / "out").unused == 2
    assert contents(tmp_path / "out") == contents(root / "dataset")


@examples(60)
@given(annotated(), annotated())
def test_restores_every_row_from_offsets(first: Annotated, second: Annotated) -> None:
    """For any Unicode text, each row of each config is restored from the source text alone."""
    rows, articles = all_rows(first, second)
    texts = {each.article["id"]: each.article["source_text"] for each in (first, second)}
    filled = {}
    for row in rows["articles"]:
        text = ProvidedText("texts", 1, row["id"], texts[row["id"]], None)
        filled[row["id"]] = text_filler.fill_article(
            SCHEMA, text_free.strip_text(SCHEMA, (), "articles", row), text, {}
        )
    assert filled == articles
    for config, found in rows.items():
        bare = [text_free.strip_text(SCHEMA, (), config, row) for row in found]
        assert [text_filler.fill_row(SCHEMA, filled, config, row) for row in bare] == found


@examples(60)
@given(annotated(), annotated())
def test_text_free_rows_contain_no_source_text(first: Annotated, second: Annotated) -> None:
    """Every string left stands in the document, but not as a span's text, or in the article's metadata."""
    allowed = (
        OURS
        | {
            *bio_tags.tag_names(SCHEMA.layers["entities"].attribute("type").label_names),
            *label_names("claims", "checkworthy"),
        }
        | {topic["title"] for topic in TITLES.values()}
    )
    for each in (first, second):
        document: Any = each.document
        bare = [text_free.strip_text(SCHEMA, (), "annotations", row) for row in (document, {"zones": each.zones})]
        allowed |= set(strings(bare))
        allowed |= {each.article["id"], each.article["source_id"], each.article["source_sha256"]}
        allowed.add(each.article["license"])
    for config, found in all_rows(first, second)[0].items():
        for row in found:
            left = {
                part
                for text in strings(text_free.strip_text(SCHEMA, (), config, row))
                for part in ([text] if text in allowed else ids(text))
            }
            assert left <= allowed | {str(number) for number in range(200)}


def ids(text: str) -> list[str]:
    """The parts of a row's id: ``article:number`` or ``article/claim``."""
    return [text[:16], text[17:]]


def strings(value: Any) -> Iterator[str]:
    """All strings of a value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def all_rows(*drawn: Annotated) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """The rows of every config of some articles of one story, and those of articles by id."""
    entries = [
        ArticleContext(
            article=each.article,
            story="story",
            split="train",
            fold=0,
            zones=each.zones,
            final=each.document,
            documents=[("ana", each.document)],
            topics=TITLES,
        )
        for each in {each.article["id"]: each for each in drawn}.values()
    ]
    rows: dict[str, list[Any]] = {config: [] for config in features.configs(SCHEMA)}
    for entry in entries:
        for config, found in config_batches.article_batches(SCHEMA, [entry], Counter()).items():
            rows[config] += found.to_pylist()
    rows["claim_pairs"] = list(cluster_pair_rows(SCHEMA, SCHEMA.layers["claims"], entries, []))
    return rows, {row["id"]: row for row in rows["articles"]}


# --- what is released


def test_text_free_release_contains_no_source_text(released: Path) -> None:
    """Text that is only in the sources is in no file of the release, and the text columns are null."""
    for name, data in contents(released).items():
        for word in (b"praises", b"Comments (0)", b"Politics", b"World", b"an official", b"thanks", b"Reuters said"):
            assert word not in data, name
    for config in ("articles", "entities", "annotations"):
        for row in datasets.load_dataset(str(released), config, split="train"):
            assert row["text"] is None


def test_text_free_release_loads_with_full_features(root: Path, released: Path, tmp_path: Path) -> None:
    """Every config loads with the same types and labels, and with its offsets."""
    cache, schema = str(tmp_path / "cache"), read_schema(root)
    for config in features.configs(schema):
        split: Any = datasets.load_dataset(str(released), config, split="train", cache_dir=cache)
        assert split.features == features.config_features(schema, config)
    entities: Any = datasets.load_dataset(str(released), "entities", split="train", cache_dir=cache)
    assert entities[0]["token_offsets"][0] == {"start": 0, "end": 6}
    assert entities[0]["tokens"] is None


def test_manifest_has_both_digests(root: Path, released: Path) -> None:
    """The manifest is marked, and describes each file of both this release and the full one."""
    about = json.loads((released / "manifest.json").read_text(encoding="utf-8"))
    full = json.loads((root / "dataset/manifest.json").read_text(encoding="utf-8"))
    assert about["standoff"] is True
    assert about["full"] == full["configs"]
    assert about["configs"]["articles"]["train"][0]["digest"] != full["configs"]["articles"]["train"][0]["digest"]
    assert about["sections"] == {"00000000000000aa": [0, 8], "00000000000000bb": None}
    assert "Without the texts" in (released / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("where", ["claim", "card"])
def test_rejects_own_texts_that_repeat_a_source(root: Path, tmp_path: Path, where: str) -> None:
    """Eleven words of a source in a row, in a normalized sentence or the card, are rejected; ten are accepted."""
    ten = "Moscow thanks Pyongyang Russia thanked North Korea an official said"
    written = {"claim": root / "annotations/final/00000000000000bb.json", "card": root / "DATASET_CARD.md"}[where]
    old = written.read_text(encoding="utf-8")
    anchor = "Russia thanked North Korea." if where == "claim" else "Two articles."
    written.write_text(old.replace(anchor, f"{ten}!"), encoding="utf-8")
    assert text_free.write_text_free(root, tmp_path / "standoff")["standoff"]
    written.write_text(old.replace(anchor, f"{ten}, on, TUESDAY"), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        text_free.write_text_free(root, tmp_path / "other")
    what = "normalized of the claim c1" if where == "claim" else "the card"
    assert [issue.message.partition(":")[0] for issue in caught.value.issues] == [
        f"{what} repeats 11 words of the article 00000000000000bb"
    ]
    assert not (tmp_path / "other").exists()


# --- what is wrong


def test_reports_missing_and_wrong_texts(root: Path, released: Path, tmp_path: Path) -> None:
    """All of them are reported at once, and nothing is written."""
    folder = tmp_path / "mine"
    folder.mkdir()
    wrong = folder / "00000000000000aa.txt"
    wrong.write_bytes(b"Moscow praises nobody.\n")
    found = problems(released, [folder], tmp_path / "out")
    assert found == [
        f"{wrong}:1: hydrate-hash: its SHA-256 is 3e348932458b71691bf5ebd0f3fa68332de9fb362d71427d6c66b1c18edf4510, "
        "not 1ae9848ed8cf65ef731fb82259441b1e7170341e861b55d45184a2fe1cafce3a as in the release (provide the text as "
        "it was when the release was created)",
        "texts:1: hydrate-missing: there is no text for the article 00000000000000bb (1_00000000000000bb.txt) with the "
        "SHA-256 7d1eec83683372ee753beb46130dd7e31a093f8827ecf0c2278ec6893af50b73 (provide the file of the text, a "
        "JSONL record with it, or a folder that contains it)",
    ]
    assert not (tmp_path / "out").exists()


def test_requires_section_that_is_not_in_the_text(root: Path, released: Path, tmp_path: Path) -> None:
    """Raw files cannot provide it; the issue says where to put it."""
    found = problems(released, [root / "dataset/raw"], tmp_path / "out")
    assert found == [
        f"{root}/dataset/raw/1_00000000000000bb.txt:1: hydrate-section: the section of the article 00000000000000bb "
        "is neither in its text nor in the `section` of its record (provide the text as a JSONL record with "
        "`id`, `text`, `section` and `title`)"
    ]


def test_reports_records_without_text(root: Path, released: Path, tmp_path: Path, run: Run) -> None:
    """They are reported with missing texts, and otherwise do no harm."""
    texts = jsonl(root, tmp_path / "texts.jsonl")
    good = texts.read_text(encoding="utf-8")
    texts.write_text('{"id":"x"}\n' + good, encoding="utf-8")
    made = hydrate.hydrate(released, [texts], tmp_path / "out")
    assert made.identical
    assert [(each.line, each.code) for each in made.unread] == [(1, "hydrate-record")]
    done = run("hydrate", released, texts, "--out", tmp_path / "out")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, made.unread[0].text())
    texts.write_text('{"id":"x"}\n' + good.splitlines()[0], encoding="utf-8")
    found = problems(released, [texts], tmp_path / "other")
    assert [line.split(": ")[1] for line in found] == ["hydrate-record", "hydrate-missing"]


def test_rejects_invalid_section_and_accepts_any_id(root: Path, released: Path, tmp_path: Path) -> None:
    """Texts are identified by their SHA-256, so ids may have any type."""
    texts = jsonl(root, tmp_path / "texts.jsonl")
    first, second = [json.loads(line) for line in texts.read_text(encoding="utf-8").splitlines()]
    records = [{"text": "hello", "id": ["a"]}, {**first, "id": 5}, {**second, "id": {"x": 1}}]
    texts.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    assert hydrate.hydrate(released, [texts], tmp_path / "out").unread == ()
    records[1]["section"] = 5
    texts.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    remedy = "provide each record with its `text`, and with `section` as a string if it is known"
    found = problems(released, [texts], tmp_path / "other")
    assert found[0] == f"{texts}:2: hydrate-record: the record's `section` is neither a string nor null ({remedy})"
    assert [line.split(": ")[1] for line in found[1:]] == ["hydrate-missing"]


def test_rejects_folder_without_text_free_release(root: Path, released: Path, tmp_path: Path) -> None:
    """A full release, an empty folder, other JSON, and a release with a missing or changed file are rejected."""
    texts = [jsonl(root, tmp_path / "texts.jsonl")]
    for folder in (root / "dataset", tmp_path / "nothing"):
        assert problems(folder, texts, tmp_path / "out") == [
            f"{folder}/manifest.json:1: hydrate-release: the folder is not a release without texts (name a folder with "
            "a complete release that was published with --standoff)"
        ]
    about = json.loads((released / "manifest.json").read_text(encoding="utf-8"))
    others: list[Any] = [[], {"standoff": True}, {**about, "full": {}}, {**about, "configs": []}]
    for number, other in enumerate(others):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps(other), encoding="utf-8")
        [found] = problems(folder, texts, tmp_path / "out")
        assert found.startswith(f"{folder}/manifest.json:1: hydrate-release: the folder is not a release without texts")
    first, second = sorted((released / "data").rglob("*.parquet"))[:2]
    first.unlink()
    second.write_bytes(second.read_bytes() + b"x")
    issues = problems(released, texts, tmp_path / "out")
    assert [line.partition(":")[0] for line in issues] == [str(first), str(second)]


def test_rejects_rows_with_wrong_digest(root: Path, released: Path, tmp_path: Path) -> None:
    """A file whose digest is not that of the full release is reported, and no partial release is written."""
    path = released / "manifest.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    about["full"]["stance"]["train"][0]["digest"] = "0" * 64
    path.write_text(json.dumps(about), encoding="utf-8")
    [found] = problems(released, [jsonl(root, tmp_path / "texts.jsonl")], tmp_path / "out")
    assert found.startswith("data/stance/train-00000-")
    assert ": hydrate-digest: the rows have the digest " in found
    assert not (tmp_path / "out").exists()


def test_keeps_output_folder_with_other_content(root: Path, released: Path, tmp_path: Path) -> None:
    """Hydrating into a folder in use is rejected."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    [found] = problems(released, [jsonl(root, tmp_path / "texts.jsonl")], out)
    assert found.endswith(
        "hydrate-out: the folder holds something else (name a folder that is empty or does not exist)"
    )
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_hydrates_a_dataset_of_any_schema(tmp_path: Path) -> None:
    """The dataset about floods, whose layers are others, loses every text of a source and gets all of them back."""
    root = Path(shutil.copytree(CHECKOUT / "examples/floods", tmp_path / "floods"))
    dataset_folder.build(root)
    text_free.write_text_free(root, tmp_path / "standoff")
    shown = (dict(row) for config in ("articles", "mentions", "quotes", "figures", "subjects")
             for row in datasets.load_dataset(str(tmp_path / "standoff"), config, split="train"))  # fmt: skip
    left = "".join(str(row | {"outlet": None}) for row in shown)
    words = {mention["text"] for row in datasets.load_dataset(str(root / "dataset"), "articles", split="train")
             for mention in row["mentions"]}  # fmt: skip
    assert len(words) > 20 and not any(word in left for word in words if len(word) > 6)
    done = hydrate.hydrate(tmp_path / "standoff", [root / "dataset/raw"], tmp_path / "full")
    assert done.identical
    assert contents(tmp_path / "full") == contents(root / "dataset")


def test_restores_topics_and_parts_outside_of_a_row(golden: Path, tmp_path: Path) -> None:
    """Rows of sentences keep the titles of topics, also in a derived column; a part elsewhere gets its own words."""
    schema = golden / "schema/annotation.schema.json"
    declared = json.loads(schema.read_text(encoding="utf-8"))
    claim = declared["$defs"]["claim"]["properties"]
    claim["claimants"]["x-attribute"]["to"].append("topics")
    claim["claimants"]["items"] = {"$ref": "#/$defs/reference"}
    claim["cue"]["x-attribute"]["join"] = False
    derived = {"source": {"from": "claims", "take": "claimants", "where": "contains", "else": "AUTHOR"}}
    declared["properties"]["stances"]["x-layer"]["derived"] = derived
    schema.write_text(json.dumps(declared), encoding="utf-8")
    path = golden / "annotations/final/00000000000000aa.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["claims"][0]["claimants"] = ["e5", "topic:ties", "AUTHOR"]
    document["claims"][0]["cue"] = {"start": 10, "end": 16, "text": "Moscow"}
    path.write_text(json.dumps(document), encoding="utf-8")
    (golden / "DATASET_CARD.md").write_text("# Golden\n\nTwo articles.\n", encoding="utf-8")
    dataset_folder.build(golden)
    text_free.write_text_free(golden, tmp_path / "standoff")
    stance = datasets.load_dataset(str(tmp_path / "standoff"), "stance", split="train")[0]
    titles = {each["title"] for each in json.loads((golden / "annotations/topics.json").read_text())["topics"]}
    claims = [label for row in datasets.load_dataset(str(tmp_path / "standoff"), "claims", split="train")
              for label in row["claims"] if label["id"] == "c1" and "topic:ties" in label["claimants"]]  # fmt: skip
    [names] = [label["claimant_names"] for label in claims]
    assert names[0] is None and names[1] in titles
    assert stance["source"] == [None, names[1], "AUTHOR"]
    assert hydrate.hydrate(tmp_path / "standoff", [golden / "dataset/raw"], tmp_path / "full").identical
    assert contents(tmp_path / "full") == contents(golden / "dataset")


def test_keeps_attributes_that_are_named_like_texts(golden: Path, tmp_path: Path) -> None:
    """What annotators say of a label is no word of a source, even if it is called title, section or tokens."""
    schema = golden / "schema/annotation.schema.json"
    declared = json.loads(schema.read_text(encoding="utf-8"))
    values = {"title": "Minister", "section": "ours", "tokens": "yes"}
    for layer in ("entity", "claim", "stance"):
        named = {name: {"x-attribute": {"kind": "text"}, "type": "string"} for name in values}
        declared["$defs"][layer]["properties"] |= named
    schema.write_text(json.dumps(declared), encoding="utf-8")
    path = golden / "annotations/final/00000000000000aa.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    for layer in ("entities", "claims", "stances"):
        document[layer] = [label | values for label in document[layer]]
    path.write_text(json.dumps(document), encoding="utf-8")
    (golden / "DATASET_CARD.md").write_text("# Golden\n\nTwo articles.\n", encoding="utf-8")
    dataset_folder.build(golden)
    text_free.write_text_free(golden, tmp_path / "standoff")
    loaded = {
        config: datasets.load_dataset(str(tmp_path / "standoff"), config, split="train").to_list()
        for config in ("articles", "entities", "claims", "stance")
    }
    labels = [
        *(label for layer in ("entities", "claims", "stances") for label in loaded["articles"][0][layer]),
        *loaded["entities"][1]["spans"],
        *(label for row in loaded["claims"] if row["article_id"] == "00000000000000aa" for label in row["claims"]),
        *(row for row in loaded["stance"] if row["article_id"] == "00000000000000aa"),
    ]
    assert len(labels) > 9 and all(values.items() <= label.items() and label["text"] is None for label in labels)
    assert hydrate.hydrate(tmp_path / "standoff", [golden / "dataset/raw"], tmp_path / "full").identical
