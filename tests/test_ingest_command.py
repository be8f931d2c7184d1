"""``pactwire read`` and ``ingest``: print rows, and add articles from anywhere, each once, all or none."""

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from typer.testing import CliRunner

from conftest import Run
from pactwire.build import features
from pactwire.cli.main import app
from pactwire.corpus import corpus
from pactwire.ingest import input_reader, known_hashes, raw_store
from pactwire.ingest.input_records import IngestSettings, InputArticle
from pactwire.ingest.raw_store import RawStore
from pactwire.model import digests
from pactwire.storage import jsonl
from pactwire.validation import validate
from support.hub import Hub
from support.news import SCHEMA

pytest_plugins = ["support.hub_fixture"]

SAME = digests.sha256("The same.")[:16]
COPY = "rejected {}: ingest-copy (nothing to do; the text is stored once)"


def jsonl_lines(count: int, **more: Any) -> str:
    """JSONL with ``count`` different articles."""
    return "".join(json.dumps({"text": f"Article {number}: words.", **more}) + "\n" for number in range(count))


def ingest(root: Path, *paths: Path) -> list[Path]:
    """Add articles in this process and return the files written."""
    store = RawStore(root, known_hashes.collect_known_hashes(root))
    for article in input_reader.read_inputs(map(str, paths), IngestSettings()):
        assert isinstance(article, InputArticle)
        store.add(article)
    return store.commit()


def state(root: Path) -> dict[str, str]:
    """The SHA-256 of every file in a folder."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_second_run_adds_nothing(copy: Path, tmp_path: Path, run: Run) -> None:
    """Text, JSONL and a page are added; the same command again changes no byte and exits with 0."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text(jsonl_lines(3))
    (folder / "b.txt").write_bytes(b"\xef\xbb\xbfA text\r\nof two lines")
    (folder / "c.html").write_text("<html><body><nav>Menu</nav><p>A page of some words.</p></body></html>")
    first = run("ingest", folder, "--root", copy, "--license", "CC BY")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        "5 articles accepted",
        f"wrote 2 files to {copy / 'dataset' / 'raw'}",
        "next: pactwire stories --write, which finds near duplicates and gives each article a story and a split",
    ]
    before = state(copy)
    again = run("ingest", folder, "--root", copy)
    assert again.returncode == 0
    assert again.stdout.splitlines()[-2:] == ["0 articles accepted", COPY.format(5)]
    assert state(copy) == before
    data = corpus.load_corpus(copy)
    assert data.issues == []
    assert {issue.code for issue in validate.check_corpus(data)} == {"split-missing"}
    text = next(article for article in data.articles.values() if article["source_id"] == "b.txt")
    assert text["source_text"] == "A text\nof two lines"
    assert (copy / "dataset/raw/b.txt").read_bytes() == (folder / "b.txt").read_bytes()
    assert data.sources[text["id"]]["license"] == "CC BY"


def test_corpus_keeps_zones_from_html(golden: Path, tmp_path: Path) -> None:
    """An article from a page keeps its zones in the corpus; damaged zones are issues of the file."""
    sentence = "The minister said that the agreement would be signed before the end of the month. "
    page = f"<html><body><nav>{sentence}</nav><article><p>{sentence * 5}</p></article></body></html>"
    (tmp_path / "x.html").write_text(page)
    (shard,) = ingest(golden, tmp_path / "x.html")
    data = corpus.load_corpus(golden)
    article = next(each for each in data.articles.values() if each["source_id"] == "x.html")
    assert [(zone["kind"], zone["by"]) for zone in data.zones(article)] == [
        ("menu", ["html-zones"]),
        ("body", ["html-zones"]),
    ]
    (line,) = [value for _, value in jsonl.read_values(shard, "x")]  # type: ignore[misc]
    line["zones"][0]["end"] -= 5
    shard.write_bytes(zstandard.compress(json.dumps(line).encode()))
    codes = [issue.code for issue in validate.validate_dataset(golden) if issue.file.endswith(shard.name)]
    assert codes == ["zone-gap"]


def test_adds_one_of_a_thousand_identical_articles(golden: Path, tmp_path: Path, run: Run) -> None:
    """One is added and 999 are counted; text shows a few of the issues, JSON all."""
    (tmp_path / "x.jsonl").write_text('{"text": "The same."}\n' * 1000)
    result = run("ingest", tmp_path / "x.jsonl", "--root", golden)
    assert result.returncode == 0
    shown = result.stdout.splitlines()
    assert shown[0] == (
        f"{tmp_path}/x.jsonl:2: ingest-copy: the dataset already has this text, SHA-256 {SAME}… "
        "(nothing to do; the text is stored once)"
    )
    assert len([line for line in shown if ": ingest-copy: the dataset" in line]) == 5
    assert shown[5:7] == ["1 article accepted", COPY.format(999)]
    listed = run("ingest", tmp_path / "x.jsonl", "--root", golden, "--format", "json").stdout.splitlines()
    assert len(listed) == 1001
    assert json.loads(listed[-1]) == {
        "taken": 0, "refused": {"ingest-copy": 1000}, "left": {}, "repaired": {}, "unread": {}, "written": [],
    }  # fmt: skip


def test_adds_a_text_once(golden: Path, tmp_path: Path) -> None:
    """Duplicates in one run or of the dataset are rejected, whatever their line ends and names."""
    text = (golden / "dataset/raw/0_00000000000000aa.txt").read_text(encoding="utf-8")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_bytes(text.replace("\n", "\r\n").encode())
    (folder / "b.jsonl").write_text('{"text": "The same."}\n{"text": "The same."}\n{"text": "Another."}\n')
    store = RawStore(golden, known_hashes.collect_known_hashes(golden))
    issues = [
        store.add(each)
        for each in input_reader.read_inputs([str(folder)], IngestSettings())
        if isinstance(each, InputArticle)
    ]
    assert [issue and (issue.code, issue.line) for issue in issues] == [
        ("ingest-copy", 1), None, ("ingest-copy", 2), None,
    ]  # fmt: skip
    store.commit()
    assert len(corpus.load_corpus(golden).articles) == 4


def test_starts_a_new_line_in_sources(golden: Path, tmp_path: Path) -> None:
    """New sources start on a new line even if an editor left the last one without a line end."""
    path = golden / "dataset/sources.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    (tmp_path / "x.txt").write_text("A text.")
    ingest(golden, tmp_path / "x.txt")
    assert [json.loads(line)["file"][0] for line in path.read_text().splitlines()] == ["0", "1", "x"]


def test_adds_good_articles_and_exits_with_1_for_bad_ones(golden: Path, tmp_path: Path, run: Run) -> None:
    """Each reason for rejection has its own line with a count."""
    (tmp_path / "x.jsonl").write_text(
        jsonl_lines(2) + '{"text": ""}\n{"text": "x", "id": "../../x"}\n{"text": "", "id": "7"}\n'
    )
    result = run("ingest", tmp_path / "x.jsonl", "--root", golden)
    assert result.returncode == 1
    assert result.stdout.splitlines()[3:6] == [
        "2 articles accepted",
        "rejected 2: ingest-empty (omit it; there is nothing to read)",
        "rejected 1: ingest-id (give the article a unique id that is not a path, or no id)",
    ]
    assert sorted(path.name for path in golden.parent.rglob("x")) == []


def test_rejects_invalid_options(golden: Path) -> None:
    """An unknown column name, an unknown encoding or an empty license is a usage error."""
    for wrong in (("--column", "words=x"), ("--column", "text"), ("--encoding", "klingon"), ("--license", "")):
        assert CliRunner().invoke(app, ["ingest", "x.txt", "--root", str(golden), *wrong]).exit_code == 2


def test_read_prints_articles_rows_and_writes_nothing(tmp_path: Path, run: Run) -> None:
    """Each line has the columns of config articles; issues and counts go to standard error."""
    (tmp_path / "x.jsonl").write_text(jsonl_lines(2, url="https://example.org/a") + "{\n")
    before = state(tmp_path)
    result = run("read", tmp_path / "x.jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    columns = [name for name in features.config_features(SCHEMA, "articles") if name not in SCHEMA.layers]
    assert [list(row) for row in rows] == [columns] * 2
    assert (rows[0]["source_text"], rows[0]["url"], rows[0]["story"]) == (
        "Article 0: words.",
        "https://example.org/a",
        None,
    )
    assert rows[0]["zones"][0]["by"] == ["zone-rules"]
    assert result.returncode == 1
    assert result.stderr.splitlines()[-2:] == ["2 articles accepted", "rejected 1: not-json (fix the JSON)"]
    assert state(tmp_path) == before


def test_ingests_rows_that_read_printed(golden: Path, tmp_path: Path, run: Run) -> None:
    """The output of `read` is valid input, with the same source text and id."""
    (tmp_path / "x.txt").write_text("Menu\n\n" + "The minister said that the agreement would be signed soon. " * 5)
    printed = run("read", tmp_path / "x.txt").stdout
    (tmp_path / "rows.jsonl").write_text(printed)
    ingest(golden, tmp_path / "rows.jsonl")
    row = json.loads(printed)
    assert corpus.load_corpus(golden).articles[row["id"]]["source_text"] == row["source_text"]


@pytest.mark.slow
@pytest.mark.parametrize("packed", [False, True])
def test_reads_standard_input(packed: bool) -> None:
    """``-`` is standard input; its first bytes show the form."""
    data = zstandard.compress(jsonl_lines(2).encode()) if packed else jsonl_lines(2).encode()
    code = "from pactwire.cli.main import main; main()"
    result = subprocess.run([sys.executable, "-c", code, "read", "-"], input=data, capture_output=True, check=True)
    assert len(result.stdout.splitlines()) == 2


@pytest.mark.slow
def test_reads_paths_of_the_hub(tmp_path: Path, golden: Path, run: Run, hub: Hub) -> None:
    """``hf://`` reads files, globs and folders of a dataset on the Hub; a missing dataset is an issue."""
    stream = io.BytesIO()
    pq.write_table(pa.table({"text": ["Перша стаття.", "Друга стаття."], "url": ["https://a", "https://b"]}), stream)
    hub.store.create("alice/news", False, hub.store.users[hub.token()])
    hub.put(
        "alice/news", {"data/a.parquet": stream.getvalue(), "more/b.jsonl": jsonl_lines(2).encode(), "README.md": b"x"}
    )
    environment = hub.environment(tmp_path / "hf")
    for name, count in (("data/*.parquet", 2), ("more", 2), ("more/b.jsonl", 2)):
        result = run("read", f"hf://datasets/alice/news/{name}", **environment)
        assert (result.returncode, len(result.stdout.splitlines())) == (0, count), result.stderr
    result = run("ingest", "hf://datasets/alice/news", "hf://datasets/alice/none", "--root", golden, **environment)
    assert result.returncode == 1
    assert result.stdout.startswith("hf://datasets/alice/none:1: ingest-input: ")
    assert "4 articles accepted" in result.stdout
    assert "skipped 1: files of a folder with the ending '.md'" in result.stdout


def test_writes_bulk_files_in_independent_frames(golden: Path, tmp_path: Path) -> None:
    """A frame has at most 64 lines or a megabyte, and the file's name starts the SHA-256 of its lines."""
    long = json.dumps({"text": "word " * 150_000}) + "\n" + json.dumps({"text": "words " * 150_000}) + "\n"
    (tmp_path / "x.jsonl").write_text(jsonl_lines(150) + long + jsonl_lines(0))
    (path,) = ingest(golden, tmp_path / "x.jsonl")
    data, sizes, whole = path.read_bytes(), [], b""
    while data:
        frame = zstandard.ZstdDecompressor().decompressobj()
        content = frame.decompress(data)
        sizes.append(content.count(b"\n"))
        whole += content
        data = frame.unused_data
    assert sizes == [64, 64, 24]
    assert path.name == f"articles-{hashlib.sha256(whole).hexdigest()[:12]}.jsonl.zst"
    assert len({json.loads(line)["id"] for line in whole.splitlines()}) == 152


def test_splits_large_input_into_several_files(golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bulk file has a limited number of articles, and none is lost between files."""
    monkeypatch.setattr(raw_store, "BULK_FILE_LINES", 40)
    (tmp_path / "x.jsonl").write_text(jsonl_lines(100))
    assert len(ingest(golden, tmp_path / "x.jsonl")) == 3
    assert len(corpus.load_corpus(golden).articles) == 102


def test_adds_the_id_to_a_name_that_is_taken(golden: Path, tmp_path: Path) -> None:
    """Of two text files with the same name, the later one is stored with its id in its name."""
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.txt").write_text(f"text {folder}")
    ingest(golden, tmp_path / "a")
    second = ingest(golden, tmp_path / "b")
    assert [path.name for path in second] == [f"1_{digests.sha256('text b')[:16]}.txt"]
    assert corpus.load_corpus(golden).issues == []


def test_rejects_the_id_of_another_text(golden: Path, tmp_path: Path, run: Run) -> None:
    """An id stays with its text."""
    taken = next(iter(corpus.load_corpus(golden).articles))
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": taken, "text": "Something else."}))
    result = run("ingest", tmp_path / "x.jsonl", "--root", golden)
    assert result.returncode == 1
    assert f"ingest-id: the dataset has another text under the id {taken} (" in result.stdout


def test_syncs_files_before_naming_them(golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text files and bulk files are synced first, so that no name refers to bytes that a crash can lose."""
    synced: set[int] = set()
    fsync = os.fsync

    def noted(number: int) -> None:
        synced.add(os.fstat(number).st_ino)
        fsync(number)

    monkeypatch.setattr(os, "fsync", noted)
    (tmp_path / "x.txt").write_text("A text.")
    (tmp_path / "x.jsonl").write_text(jsonl_lines(3))
    written = ingest(golden, tmp_path / "x.txt", tmp_path / "x.jsonl")
    assert len(written) == 2
    assert {path.stat().st_ino for path in written} <= synced


def test_discard_restores_the_old_state(golden: Path, tmp_path: Path) -> None:
    """After a failure while reading no file is left, not even a hidden one."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.jsonl").write_text(jsonl_lines(100))
    (tmp_path / "in" / "x.txt").write_text("A text.")
    before = state(golden)
    store = RawStore(golden, known_hashes.collect_known_hashes(golden))
    for article in input_reader.read_inputs([str(tmp_path / "in")], IngestSettings()):
        assert isinstance(article, InputArticle)
        store.add(article)
    assert state(golden) != before
    store.discard()
    assert state(golden) == before


@pytest.mark.slow
def test_killed_ingest_adds_nothing(golden: Path, tmp_path: Path, run: Run) -> None:
    """A killed process leaves only hidden files, which the next ingest removes."""
    code = "from pactwire.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "ingest", "-", "--root", str(golden)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(jsonl_lines(3000).encode())
    process.stdin.flush()
    raw = golden / "dataset" / "raw"
    while not any(path.name.endswith(".part") and path.stat().st_size for path in raw.iterdir()):
        assert process.poll() is None
    process.kill()
    process.wait()
    process.stdin.close()
    assert validate.validate_dataset(golden) == []
    (tmp_path / "x.jsonl").write_text(jsonl_lines(3000))
    assert run("ingest", tmp_path / "x.jsonl", "--root", golden).returncode == 0
    assert len(corpus.load_corpus(golden).articles) == 3002
    assert [path.name for path in raw.iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
def test_hash_set_finds_all_numbers() -> None:
    """All of 200,000 numbers are found, in the array or in the set, and no other number is."""
    known = known_hashes.HashSet()
    numbers = [int(digests.sha256(str(number))[:16], 16) for number in range(200_000)]
    for number in numbers:
        known.add(number)
    assert all(number in known for number in numbers)
    assert not any(number + 1 in known for number in numbers[:1000])
    assert len(known._sorted) > 100_000
