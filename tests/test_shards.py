"""Records found by position, and builds in shards: nothing is built twice, and every engine gives the same bytes."""

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from conftest import contents
from pactwire.build import data_files, shards
from pactwire.card import dataset_folder
from pactwire.corpus import corpus
from pactwire.corpus.articles import Articles
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.documents import Documents
from pactwire.corpus.splits import SplitRow, SplitTable
from pactwire.model.issues import DataError
from pactwire.model.records import Cluster
from pactwire.storage import executors, fingerprint, index_cache, jsonl, record_index
from pactwire.storage.record_index import RecordFile, RecordIndex
from pactwire.storage.row_digest import RowDigest
from support.examples import examples
from support.news import SCHEMA

# --- positions of records


LINES = st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"")), max_size=12)


@given(LINES, st.lists(st.integers(0, 400), max_size=4), st.booleans(), st.randoms(use_true_random=False))
def test_reads_every_line_again_at_its_position(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], cuts: list[int], packed: bool, chance: random.Random
) -> None:
    """In any order, from a plain file or from frames that end anywhere, even inside a line."""
    data = b"\n".join(lines)
    path = tmp_path_factory.mktemp("lines") / ("x.jsonl.zst" if packed else "x.jsonl")
    ends = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [zstandard.compress(data[a:b]) for a, b in itertools.pairwise(ends)]
    path.write_bytes(b"".join(pieces) if packed else data)
    found = list(jsonl.read_lines(path, "x"))
    expected = data.split(b"\n")
    assert [line.data for line in found] == (expected if expected[-1] else expected[:-1])
    reader = jsonl.LineReader(path, path.name)
    for line in chance.sample(found, len(found)):
        assert reader.read_line(line.frame, line.offset, line.length) == line.data
    reader.close()


def test_reports_a_file_that_became_shorter(tmp_path: Path) -> None:
    """A file that is truncated while it is read, anywhere, is an issue and no endless loop."""
    path = tmp_path / "x.jsonl.zst"
    frames = [zstandard.compress(line) for line in (b"one\n", b"two\n")]
    path.write_bytes(b"".join(frames))
    last = list(jsonl.read_lines(path, "x"))[-1]
    for left in (frames[0], b"".join(frames)[:-3], b"no frame at all"):
        path.write_bytes(left)
        with pytest.raises(DataError) as caught:
            jsonl.LineReader(path, "x").read_line(last.frame, last.offset, last.length)
        assert [(issue.file, issue.code) for issue in caught.value.issues] == [("x", "not-zstd")]


def test_finds_records_by_article_and_reports_duplicates(tmp_path: Path) -> None:
    """Records of several files are found in any order, also in a subset; unreadable ones are kept apart."""
    names = [f"{number:016x}" for number in (5, 3, 5, 9)]
    (tmp_path / "a.jsonl").write_text("".join(f'{{"article": "{name}"}}\n' for name in names) + "nothing\n")
    (tmp_path / "b.json").write_text('{"article": "0000000000000003"}')
    found = record_index.build_index(
        [RecordFile(tmp_path / "a.jsonl", "a", "ann"), RecordFile(tmp_path / "b.json", "b", "bob")],
        lambda file, data: json.loads(data)["article"] if data.startswith(b"{") else None,
        [],
    )
    records = [found.read_record(place) for place in found.locate("0000000000000003")]
    assert [(each.file.name, each.line) for each in records] == [("a", 2), ("b", 0)]
    assert [(int(first["line"]), int(later["line"])) for first, later in found.duplicates()] == [(1, 3)]
    assert [int(each["line"]) for each in found.unidentified] == [5]
    assert [found.locate(each).tolist() for each in ("00000000000000ff", "no id")] == [[], []]
    part = found.subset(["0000000000000003", "0000000000000009"])
    assert [part.read_record(place).value()["article"][-1] for place in part.locations] == ["3", "9", "3"]


def test_scans_a_file_once(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large bulk file is scanned again only when its bytes change, and the old scan is removed."""
    assert not list(corpus.load_corpus(many).root.rglob("*.npy"))
    monkeypatch.setattr(index_cache, "MIN_BYTES", 0)
    bulk = ["annotations/final/bulk.jsonl.zst", "dataset/raw/a.jsonl.zst", "dataset/raw/b.jsonl"]
    lines = jsonl.read_lines
    looked: list[str] = []

    def watched(path: Path, file: str) -> Iterator[jsonl.JsonlLine]:
        looked.extend({file} & {*bulk})
        return lines(path, file)

    monkeypatch.setattr(jsonl, "read_lines", watched)
    first = corpus.load_corpus(many)
    assert sorted(looked) == bulk
    again = corpus.load_corpus(many)
    assert sorted(looked) == bulk
    for one, other in ((first.articles, again.articles), (first.documents, again.documents)):
        assert one.index.locations.tolist() == other.index.locations.tolist()
        assert one.index.unidentified.tolist() == other.index.unidentified.tolist()
    path = many / bulk[2]
    path.write_bytes(path.read_bytes() + b"\n\n{}\n")
    assert len(corpus.load_corpus(many).articles.index.unidentified) == 1
    assert looked == [*looked[:3], bulk[2]]
    assert len(list((many / ".pactwire/scans").rglob("*.npy"))) == 3


def test_scans_a_renamed_file_again(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes have another meaning if the name says that they are compressed."""
    monkeypatch.setattr(index_cache, "MIN_BYTES", 0)
    corpus.load_corpus(many)
    path = many / "dataset/raw/b.jsonl"
    path.rename(path.with_name("b.jsonl.zst"))
    assert "not-zstd" in {issue.code for issue in corpus.load_corpus(many).issues}


def test_repeats_an_interrupted_scan(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cached scan that can't be read is not used, and a file with issues is not cached."""
    monkeypatch.setattr(index_cache, "MIN_BYTES", 0)
    found = corpus.load_corpus(many).articles.index.locations.tolist()
    for path in (many / ".pactwire/scans").rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:-20])
    assert corpus.load_corpus(many).articles.index.locations.tolist() == found
    path = many / "dataset/raw/a.jsonl.zst"
    path.write_bytes(path.read_bytes()[:-9])
    for _ in range(2):
        assert [issue.code for issue in corpus.load_corpus(many).issues] == ["not-zstd"]


KIND = pa.struct(
    {
        "s": pa.string(),
        "l": pa.list_(pa.struct({"n": pa.int32(), "t": pa.list_(pa.string())})),
        "f": pa.float64(),
        "b": pa.bool_(),
    }
)
ROWS = st.lists(
    st.none()
    | st.fixed_dictionaries(
        {
            "s": st.none() | st.text(max_size=3),
            "l": st.none()
            | st.lists(
                st.none()
                | st.fixed_dictionaries(
                    {
                        "n": st.none() | st.integers(-9, 9),
                        "t": st.none() | st.lists(st.none() | st.text(max_size=2), max_size=2),
                    }
                ),
                max_size=3,
            ),
            "f": st.none() | st.floats(-9, 9, width=16).filter(lambda value: str(value) != "-0.0"),
            "b": st.none() | st.booleans(),
        }
    ),
    max_size=6,
)


def digest(rows: list[Any], cut: int, kind: Any = KIND) -> str:
    """The digest of rows in two batches."""
    found = RowDigest()
    schema = pa.schema({"x": kind})
    batch = pa.RecordBatch.from_arrays([pa.array(rows, kind)], schema=schema)
    for part in (batch.slice(0, cut), batch.slice(cut)):
        found.add(part)
    return found.hexdigest()


@examples(200)
@given(ROWS, ROWS, st.integers(0, 6))
def test_row_digest_depends_on_values_only(one: list[Any], other: list[Any], cut: int) -> None:
    """Batches and Arrow types do not change the digest; other values do."""
    assert digest(one, cut) == digest(one, 0)
    large = pa.struct(
        {
            "s": pa.large_string(),
            "l": pa.large_list(pa.struct({"n": pa.int64(), "t": pa.list_(pa.string())})),
            "f": pa.float32(),
            "b": pa.bool_(),
        }
    )
    assert digest(one, 0, large) == digest(one, 0)
    assert (digest(one, 0) == digest(other, 0)) == (one == other)


def test_row_digest_includes_boundaries() -> None:
    """The digest includes where a string or a list ends and the next begins."""
    a, b, c = ({"n": number, "t": []} for number in range(3))
    strings: list[Any] = [
        [{"s": left, "l": []}, {"s": right, "l": []}] for left, right in (("a", "bc"), ("ab", "c"), ("abc", ""))
    ]
    lists: list[Any] = [[{"s": "", "l": left}, {"s": "", "l": right}] for left, right in (([a], [b, c]), ([a, b], [c]))]
    assert len({digest(rows, 0) for rows in (*strings, *lists)}) == 5


def test_row_digest_tells_fractions_and_flags_apart() -> None:
    """Values that differ by less than one, false and a missing value give different digests."""
    values = itertools.product((None, 0.25, 0.5, -0.5), (None, False, True))
    assert len({digest([{"f": number, "b": flag}], 0) for number, flag in values}) == 12


# --- shards


def test_shards_have_the_rows_of_one_file(many: Path, small: None, tmp_path: Path, monkeypatch: Any) -> None:
    """The rows of every config, even pairs across shards, are those of a build in one shard, in the same order."""
    table, document = many / "dataset/splits.csv", many / "annotations/final/00000000000000bb.json"
    head, first, second, *rest = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([head, first, *rest, second]) + "\n", encoding="utf-8")
    labels = json.loads(document.read_text(encoding="utf-8"))
    [claim] = labels["claims"]
    labels["claims"].append({**claim, "id": "c2", "end": claim["start"] + len("Russia"), "text": "Russia"})
    document.write_text(json.dumps(labels), encoding="utf-8")
    dataset_folder.build(many, target=tmp_path / "parts")
    monkeypatch.setattr(shards, "ARTICLES_PER_SHARD", 1000)
    dataset_folder.build(many, target=tmp_path / "whole")

    def rows(folder: Path) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for path in sorted((folder / "data").rglob("*.parquet")):
            name = f"{path.parent.name} {path.name.partition('-')[0]}"
            found.setdefault(name, []).extend(pa.parquet.read_table(path).to_pylist())
        return found

    parts = rows(tmp_path / "parts")
    assert parts == rows(tmp_path / "whole")
    assert len(list((tmp_path / "parts/data/articles").iterdir())) == 7
    assert {row["label"] for row in parts["claim_pairs train"]} == {0, 1}


def test_shards_load_with_datasets(many: Path, small: None, tmp_path: Path) -> None:
    """A split of several files loads completely and in order."""
    from datasets import load_dataset

    dataset_folder.build(many)
    loaded: Any = load_dataset(str(many / "dataset"), "articles", cache_dir=str(tmp_path))
    ids = [row.article for _, row in corpus.load_corpus(many).splits if row.split == "train"]
    assert loaded["train"]["id"] == ids
    assert set(loaded) == {"train", "test"}


def test_rebuilds_only_changed_shards(many: Path, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a label changed, one shard is built, the other files are untouched, and the bytes are a full build's."""
    dataset_folder.build(many)
    before = {path: path.stat().st_mtime_ns for path in (many / "dataset/data").rglob("*.parquet")}
    built_shards: list[shards.Shard] = []
    real = data_files.build_shard

    def make(shard: shards.Shard) -> Any:
        built_shards.append(shard)
        return real(shard)

    monkeypatch.setattr(data_files, "build_shard", make)
    dataset_folder.build(many)
    assert built_shards == []
    path = many / "annotations/final/00000000000000aa.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"checkworthy": "CFS"', '"checkworthy": "UFS"'))
    dataset_folder.build(many)
    assert [(shard.split, shard.number) for shard in built_shards] == [("train", 0)]
    after = {path: path.stat().st_mtime_ns for path in (many / "dataset/data").rglob("*.parquet")}
    assert {path.name[:11] for path, _ in before.items() ^ after.items()} == {"train-00000"}
    quick = contents(many / "dataset")
    shutil.rmtree(many / ".pactwire")
    dataset_folder.build(many)
    assert contents(many / "dataset") == quick


def test_shard_key_covers_all_inputs(many: Path, small: None) -> None:
    """Number, split, the story of a row, a partner, a cluster, a topic, a license and a record change the key."""
    data = corpus.load_corpus(many)
    shard = next(shards.plan_shards(data, many / "dataset"))
    row = data.splits[0][1]
    [(line, cluster), *clusters], (topic, *_) = shard.corpus.clusters["claims"], shard.corpus.topics.values()
    others = [
        replace(shard, number=shard.number + 1),
        replace(shard, split="test"),
        replace(shard, rows=[shard.rows[0]._replace(story="0" * 16), *shard.rows[1:]]),
        replace(shard, rows=shard.rows[:-1]),
        replace(shard, partners=[*shard.partners, row]),
        replace(
            shard, corpus=replace(shard.corpus, clusters={"claims": [(line, {**cluster, "id": "other"}), *clusters]})
        ),
        replace(shard, corpus=replace(shard.corpus, topics={topic["id"]: {**topic, "title": "Other"}})),
    ]
    assert len({shard.key, *(other.key for other in others)}) == 1 + len(others)
    assert replace(shard, target=many / "elsewhere").key == shard.key
    key, sources = shard.key, shard.corpus.articles.sources
    shard.corpus.articles.sources = {name: {**source, "license": "Other."} for name, source in sources.items()}
    assert shard.key != key
    shard.corpus.articles.sources = sources
    assert shard.key == key
    shard.corpus.documents.index.locations["digest"][0] = b"another"
    assert shard.key != key


def test_verifies_cached_shards(many: Path, small: None) -> None:
    """A damaged data file and a removed link are noticed."""
    dataset_folder.build(many)
    whole = contents(many / "dataset")
    damaged = next((many / "dataset/data/entities").iterdir())
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    dataset_folder.build(many)
    assert contents(many / "dataset") == whole
    links = many / "annotations/links.tsv"
    links.write_text("\n".join(links.read_text(encoding="utf-8").splitlines()[:1]) + "\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        dataset_folder.build(many)
    assert {issue.code for issue in caught.value.issues} == {"unknown-link"}
    assert contents(many / "dataset") == whole


def test_rejects_a_renamed_document_again(many: Path, small: None) -> None:
    """A document with the same bytes and annotator but another file name invalidates its cached shard."""
    dataset_folder.build(many)
    path = many / "annotations/final/00000000000000aa.json"
    path.rename(path.with_name("00000000000000ab.json"))  # in the same place among the others
    with pytest.raises(DataError) as caught:
        dataset_folder.build(many)
    assert {issue.code for issue in caught.value.issues} == {"document-place"}


def test_manifest_does_not_depend_on_the_cache(many: Path, small: None) -> None:
    """If documents describe an annotator differently, a full and a partial build give the same manifest."""
    path = many / "annotations/final/bulk.jsonl.zst"

    def change(old: bytes, new: bytes) -> None:  # in the first line, which is of a late shard
        path.write_bytes(zstandard.compress(zstandard.decompress(path.read_bytes()).replace(old, new, 1)))

    change(b'"version":null', b'"version":"2"')
    dataset_folder.build(many)
    change(b"2026-01-02", b"2026-01-01")
    dataset_folder.build(many)
    manifest = (many / "dataset/manifest.json").read_bytes()
    assert b'"version": "2"' in manifest
    shutil.rmtree(many / ".pactwire")
    dataset_folder.build(many)
    assert (many / "dataset/manifest.json").read_bytes() == manifest


def test_fingerprint_covers_all_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change in a module of any room changes the digest of the code."""
    shutil.copytree(Path(fingerprint.__file__).parents[1], tmp_path / "pactwire")
    monkeypatch.setattr(fingerprint, "__file__", str(tmp_path / "pactwire/storage/fingerprint.py"))
    before = fingerprint.code_digest.__wrapped__()
    path = tmp_path / "pactwire/stories/signatures.py"
    path.write_text(path.read_text(encoding="utf-8").replace("_SEED: Final = 1", "_SEED: Final = 2"))
    assert fingerprint.code_digest.__wrapped__() != before


def test_reports_issues_of_all_shards_and_leaves_no_file(many: Path, small: None) -> None:
    """Issues of two shards, of an article outside all splits, and of splits.csv are raised together."""
    dataset_folder.build(many)
    whole = contents(many / "dataset/data")
    raw = many / "dataset/raw/b.jsonl"
    raw.write_text(raw.read_text(encoding="utf-8").replace('"text":"', '"text":"X ', 1), encoding="utf-8")
    splits = many / "dataset/splits.csv"
    rows = splits.read_text(encoding="utf-8")
    rows = rows.replace("0000000000000002,0000000000000001,train", "0000000000000002,0000000000000001,excluded")
    splits.write_text(rows + f"{'f' * 16},{'f' * 16},train\n", encoding="utf-8")
    path = many / "annotations/final/00000000000000aa.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"checkworthy": "CFS"', '"checkworthy": "XXX"'))
    with pytest.raises(DataError) as caught:
        dataset_folder.build(many)
    codes = [issue.code for issue in caught.value.issues]
    assert {"text-hash", "unknown-article", "schema"} <= set(codes)
    assert contents(many / "dataset/data") == whole


def kill_worker(shard: Any) -> Any:
    """Kill the worker that runs this."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_reports_a_killed_worker() -> None:
    """A killed worker gives an issue with a remedy, without a hang or a traceback."""
    with pytest.raises(DataError, match="worker-died: a worker process was killed"), executors.open_executor(2) as run:
        list(run(kill_worker, [1, 2, 3]))


def processes_in_session(number: int) -> list[int]:
    """The running processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = path.read_text(encoding="utf-8").rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(session) == number and state != "Z":
            found.append(int(path.parent.name))
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a condition for half a minute at most."""
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("the condition did not become true")


@pytest.mark.slow
def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """A killed parent can't end its workers, which would write while the next build runs."""
    script = tmp_path / "sleeps.py"
    script.write_text(
        "import time\nfrom pactwire.storage import executors\nif __name__ == '__main__':\n"
        "    with executors.open_executor(2) as run:\n        list(run(time.sleep, [600, 600]))\n"
    )
    process = subprocess.Popen([sys.executable, script], start_new_session=True)
    wait_until(lambda: len(processes_in_session(process.pid)) >= 4)  # it, two workers, and what tracks their resources
    time.sleep(1)  # so that the workers are at work
    process.kill()
    process.wait()
    wait_until(lambda: not processes_in_session(process.pid))


BUILD = """
import sys
from pathlib import Path
from pactwire.build import shards
from pactwire.card import dataset_folder
if __name__ == "__main__":
    shards.ARTICLES_PER_SHARD = 4
    dataset_folder.build(Path(sys.argv[1]), workers=int(sys.argv[2]), engine=sys.argv[3])
"""


def start_build(root: Path, workers: int, engine: str, tmp_path: Path) -> "subprocess.Popen[bytes]":
    """Start a build in a separate process."""
    script = tmp_path / "build_it.py"
    script.write_text(BUILD)
    return subprocess.Popen([sys.executable, script, root, str(workers), engine], start_new_session=True)


def run_build(root: Path, workers: int, tmp_path: Path, kill_after: float | None) -> float | None:
    """Build in a separate process: the seconds it took, or None where it was killed, with its workers."""
    started = time.monotonic()
    process = start_build(root, workers, "local", tmp_path)
    try:
        assert process.wait(kill_after) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None
    return time.monotonic() - started


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["local", "ray"])
def test_engines_give_the_same_bytes(many: Path, small: None, tmp_path: Path, engine: str) -> None:
    """Two processes and Ray write the same bytes as one process."""
    other = Path(shutil.copytree(many, tmp_path / "other"))
    dataset_folder.build(many)
    process = start_build(other, 2, engine, tmp_path)
    assert process.wait(timeout=240) == 0
    assert contents(other / "dataset") == contents(many / "dataset")


def test_partners_are_of_the_same_story(many: Path, small: None) -> None:
    """Each shard has the later articles of its stories as partners, in any order of splits.csv."""
    path = many / "dataset/splits.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(rows)]) + "\n", encoding="utf-8")
    data = corpus.load_corpus(many)
    seen: dict[str, list[str]] = {}
    for shard in shards.plan_shards(data, many / "dataset"):
        inside = [row.article for _, row in data.splits if row.split == shard.split]
        rest = inside[len(seen.setdefault(shard.split, [])) + len(shard.rows) :]
        stories = {row.story for row in shard.rows}
        expected = [row.article for _, row in data.splits if row.article in rest and row.story in stories]
        assert [row.article for row in shard.partners] == expected
        seen[shard.split] += [row.article for row in shard.rows]
    assert seen == {split: [row.article for _, row in data.splits if row.split == split] for split in ("train", "test")}


NAMES = [f"{number:016x}" for number in range(16)]


@examples(50)
@given(
    st.lists(st.sampled_from(NAMES), min_size=10, max_size=15),
    st.lists(st.sampled_from(["train", "train", "test", "excluded"]), min_size=15, max_size=15),
    st.lists(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6), min_size=1, max_size=3),
    st.integers(0, 15),
)
def test_partners_are_all_later_articles_of_a_story_or_cluster(
    stories: list[str], places: list[str], clusters: list[list[str]], strange: int
) -> None:
    """Same as a search one by one; a row with an invalid id is in its story, but not in the cluster of article 0."""
    known = [
        SplitRow(f"no id {at}" if at == strange else NAMES[at + 1], story, split)
        for at, (story, split) in enumerate(zip(stories, places, strict=False))
    ]
    data = Corpus(Path("nowhere"), SCHEMA, Articles(RecordIndex(), {}, SCHEMA), Documents(RecordIndex(), SCHEMA))
    data.splits = SplitTable.from_rows(list(enumerate(known)))
    members = [[f"{name}/c1" for name in names] for names in clusters]
    data.clusters = {"claims": [(1, Cluster(id="k", members=each, by=[])) for each in members]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "ARTICLES_PER_SHARD", 3)
        found = list(shards.plan_shards(data, Path("target")))
        assert shards.count_shards(data) == len(found)
    for shard in found:
        inside = [row for row in known if row.split == shard.split]
        after = inside[3 * shard.number + len(shard.rows) :]
        own = {row.article for row in shard.rows}
        near = own.union(*(names for names in clusters if own & {*names}))
        own_stories = {row.story for row in shard.rows}
        assert shard.partners == [row for row in after if row.story in own_stories or row.article in near]
        assert shard.rows == inside[3 * shard.number :][:3]
    assert sum(len(shard.rows) for shard in found) == sum(row.split != "excluded" for row in known)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [2, pytest.param(15, marks=pytest.mark.soak)])
def test_build_after_a_kill_writes_the_same_bytes(many: Path, small: None, tmp_path: Path, kills: int) -> None:
    """Killed at any moment, workers included, the next build writes an undisturbed one's bytes and leaves no litter."""
    undisturbed = Path(shutil.copytree(many, tmp_path / "undisturbed"))
    seconds = run_build(undisturbed, 1, tmp_path, None) or 0
    expected = contents(undisturbed / "dataset")
    chance = random.Random(20)
    killed = tries = 0
    while killed < kills:
        root = Path(shutil.copytree(many, tmp_path / f"try{tries}"))
        took = run_build(root, 1 + tries % 2, tmp_path, seconds * chance.uniform(0.3, 1.1))
        # A build that was faster than its kill tells how long one takes on a machine that is less busy by now.
        seconds = min(seconds, took or seconds)
        killed, tries = killed + (took is None), tries + 1
        dataset_folder.build(root)
        assert contents(root / "dataset") == expected
        shutil.rmtree(root)
