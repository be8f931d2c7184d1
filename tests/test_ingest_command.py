"""``pactwire read`` and ``ingest``: rows printed, articles added once, in frames, all or none, from anywhere."""

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
from pactwire.storage import files, jsonl
from pactwire.validation import validate
from support.hub import Hub

pytest_plugins = ["support.hub_fixture"]

SAME = files.sha256("The same.")[:16]
COPY = "rejected {}: ingest-copy (nothing to do; the text is stored once)"


def lines(count: int, **more: Any) -> str:
    """JSONL of as many different articles."""
    return "".join(json.dumps({"text": f"Article {number}: words.", **more}) + "\n" for number in range(count))


def ingest(root: Path, *paths: Path) -> list[Path]:
    """Add articles in this process; return the files written."""
    kept = RawStore(root, known_hashes.collect_known_hashes(root))
    for found in input_reader.read_inputs(map(str, paths), IngestSettings()):
        assert isinstance(found, InputArticle)
        kept.add(found)
    return kept.commit()


def state(root: Path) -> dict[str, str]:
    """The SHA-256 of every file in a folder."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_a_second_run_adds_nothing(copy: Path, tmp_path: Path, run: Run) -> None:
    """Text, JSONL and a page are added to the dataset; the same command again changes no byte and exits with 0."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text(lines(3))
    (folder / "b.txt").write_bytes(b"\xef\xbb\xbfA text\r\nof two lines")
    (folder / "c.html").write_text("<html><body><nav>Menu</nav><p>A page of some words.</p></body></html>")
    first = run("ingest", folder, "--root", copy, "--license", "CC BY")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        "5 articles taken",
        f"wrote 2 files to {copy / 'dataset' / 'raw'}",
        "next: pactwire stories --write, which finds near duplicates and gives each article a story and a split",
    ]
    before = state(copy)
    again = run("ingest", folder, "--root", copy)
    assert again.returncode == 0
    assert again.stdout.splitlines()[-2:] == ["0 articles taken", COPY.format(5)]
    assert state(copy) == before
    data = corpus.load_corpus(copy)
    assert data.issues == []
    assert {issue.code for issue in validate.check_corpus(data)} == {"split-missing"}
    text = next(article for article in data.articles.values() if article["source_id"] == "b.txt")
    assert text["source_text"] == "A text\nof two lines"
    assert (copy / "dataset/raw/b.txt").read_bytes() == (folder / "b.txt").read_bytes()
    assert data.sources[text["id"]]["license"] == "CC BY"


def test_zones_seen_in_the_html_are_those_of_the_corpus(golden: Path, tmp_path: Path) -> None:
    """An article from a page keeps its zones through the corpus; broken ones are issues of the file."""
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
    found = [issue.code for issue in validate.validate_dataset(golden) if issue.file.endswith(shard.name)]
    assert found == ["zone-gap"]


def test_a_thousand_identical_articles_are_one(golden: Path, tmp_path: Path, run: Run) -> None:
    """One is taken, 999 are counted, a few of them shown; JSON names all."""
    (tmp_path / "x.jsonl").write_text('{"text": "The same."}\n' * 1000)
    result = run("ingest", tmp_path / "x.jsonl", "--root", golden)
    assert result.returncode == 0
    shown = result.stdout.splitlines()
    assert shown[0] == (
        f"{tmp_path}/x.jsonl:2: ingest-copy: the dataset already has this text, SHA-256 {SAME}… "
        "(nothing to do; the text is stored once)"
    )
    assert len([line for line in shown if ": ingest-copy: the dataset" in line]) == 5
    assert shown[5:7] == ["1 article taken", COPY.format(999)]
    listed = run("ingest", tmp_path / "x.jsonl", "--root", golden, "--format", "json").stdout.splitlines()
    assert len(listed) == 1001
    assert json.loads(listed[-1]) == {
        "taken": 0, "refused": {"ingest-copy": 1000}, "left": {}, "repaired": {}, "written": [],
    }  # fmt: skip


def test_a_text_is_taken_once(golden: Path, tmp_path: Path) -> None:
    """Neither twice in one run, nor where the dataset has it, whatever its line ends and its name are."""
    text = (golden / "dataset/raw/0_00000000000000aa.txt").read_text(encoding="utf-8")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_bytes(text.replace("\n", "\r\n").encode())
    (folder / "b.jsonl").write_text('{"text": "The same."}\n{"text": "The same."}\n{"text": "Another."}\n')
    kept = RawStore(golden, known_hashes.collect_known_hashes(golden))
    found = [
        kept.add(each)
        for each in input_reader.read_inputs([str(folder)], IngestSettings())
        if isinstance(each, InputArticle)
    ]
    assert [issue and (issue.code, issue.line) for issue in found] == [
        ("ingest-copy", 1), None, ("ingest-copy", 2), None,
    ]  # fmt: skip
    kept.commit()
    assert len(corpus.load_corpus(golden).articles) == 4


def test_sources_are_added_on_lines_of_their_own(golden: Path, tmp_path: Path) -> None:
    """Also where somebody's editor left the last line without an end."""
    path = golden / "dataset/sources.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    (tmp_path / "x.txt").write_text("A text.")
    ingest(golden, tmp_path / "x.txt")
    assert [json.loads(line)["file"][0] for line in path.read_text().splitlines()] == ["0", "1", "x"]


def test_bad_input_exits_with_1_and_the_good_is_taken(golden: Path, tmp_path: Path, run: Run) -> None:
    """Each reason has its line and its count."""
    (tmp_path / "x.jsonl").write_text(
        lines(2) + '{"text": ""}\n{"text": "x", "id": "../../x"}\n{"text": "", "id": "7"}\n'
    )
    result = run("ingest", tmp_path / "x.jsonl", "--root", golden)
    assert result.returncode == 1
    assert result.stdout.splitlines()[3:6] == [
        "2 articles taken",
        "rejected 2: ingest-empty (omit it; there is nothing to read)",
        "rejected 1: ingest-id (give the article a unique id that is not a path, or no id)",
    ]
    assert sorted(path.name for path in golden.parent.rglob("x")) == []


def test_wrong_options_are_usage_errors(golden: Path) -> None:
    """A column of nothing known, an encoding that is none: exit code 2, nothing read."""
    for wrong in (("--column", "words=x"), ("--column", "text"), ("--encoding", "klingon"), ("--license", "")):
        assert CliRunner().invoke(app, ["ingest", "x.txt", "--root", str(golden), *wrong]).exit_code == 2


def test_read_prints_the_columns_of_articles_and_writes_nothing(tmp_path: Path, run: Run) -> None:
    """One article a line, with the columns of the config and zones; reasons and counts go to standard error."""
    (tmp_path / "x.jsonl").write_text(lines(2, url="https://example.org/a") + "{\n")
    before = state(tmp_path)
    result = run("read", tmp_path / "x.jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(row) for row in rows] == [list(features.config_features("articles"))] * 2
    assert (rows[0]["source_text"], rows[0]["url"], rows[0]["story"]) == (
        "Article 0: words.",
        "https://example.org/a",
        None,
    )
    assert rows[0]["zones"][0]["by"] == ["zone-rules"]
    assert result.returncode == 1
    assert result.stderr.splitlines()[-2:] == ["2 articles taken", "rejected 1: not-json (fix the JSON)"]
    assert state(tmp_path) == before


def test_rows_that_were_printed_can_be_ingested(golden: Path, tmp_path: Path, run: Run) -> None:
    """What `read` prints is input again: the source text, under the same id."""
    (tmp_path / "x.txt").write_text("Menu\n\n" + "The minister said that the agreement would be signed soon. " * 5)
    printed = run("read", tmp_path / "x.txt").stdout
    (tmp_path / "rows.jsonl").write_text(printed)
    ingest(golden, tmp_path / "rows.jsonl")
    row = json.loads(printed)
    assert corpus.load_corpus(golden).articles[row["id"]]["source_text"] == row["source_text"]


@pytest.mark.slow
@pytest.mark.parametrize("packed", [False, True])
def test_standard_input_is_read(packed: bool) -> None:
    """``-`` is standard input; what it is, its first bytes tell."""
    data = zstandard.compress(lines(2).encode()) if packed else lines(2).encode()
    code = "from pactwire.cli.main import main; main()"
    result = subprocess.run([sys.executable, "-c", code, "read", "-"], input=data, capture_output=True, check=True)
    assert len(result.stdout.splitlines()) == 2


@pytest.mark.slow
def test_paths_of_the_hub_are_read(tmp_path: Path, golden: Path, run: Run, hub: Hub) -> None:
    """``hf://`` names files, globs and folders of a dataset on the Hub; one that is not there is an issue."""
    stream = io.BytesIO()
    pq.write_table(pa.table({"text": ["Перша стаття.", "Друга стаття."], "url": ["https://a", "https://b"]}), stream)
    hub.store.create("alice/news", False, hub.store.users[hub.token()])
    hub.put("alice/news", {"data/a.parquet": stream.getvalue(), "more/b.jsonl": lines(2).encode(), "README.md": b"x"})
    environment = hub.environment(tmp_path / "hf")
    for name, count in (("data/*.parquet", 2), ("more", 2), ("more/b.jsonl", 2)):
        result = run("read", f"hf://datasets/alice/news/{name}", **environment)
        assert (result.returncode, len(result.stdout.splitlines())) == (0, count), result.stderr
    result = run("ingest", "hf://datasets/alice/news", "hf://datasets/alice/none", "--root", golden, **environment)
    assert result.returncode == 1
    assert result.stdout.startswith("hf://datasets/alice/none:1: ingest-input: ")
    assert "4 articles taken" in result.stdout
    assert "skipped 2: files in folders with other suffixes" in result.stdout


def test_bulk_is_written_in_frames_that_are_read_alone(golden: Path, tmp_path: Path) -> None:
    """A frame holds 64 lines or a megabyte at most, and the file's name is the beginning of its lines' SHA-256."""
    long = json.dumps({"text": "word " * 150_000}) + "\n" + json.dumps({"text": "words " * 150_000}) + "\n"
    (tmp_path / "x.jsonl").write_text(lines(150) + long + lines(0))
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


def test_large_input_becomes_several_files(golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file holds a limited number of articles, and none is lost between two."""
    monkeypatch.setattr(raw_store, "BULK_FILE_LINES", 40)
    (tmp_path / "x.jsonl").write_text(lines(100))
    assert len(ingest(golden, tmp_path / "x.jsonl")) == 3
    assert len(corpus.load_corpus(golden).articles) == 102


def test_texts_with_one_name_get_their_ids_in_it(golden: Path, tmp_path: Path) -> None:
    """Two files of one name both stand in dataset/raw, the later with its id in its name."""
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.txt").write_text(f"text {folder}")
    ingest(golden, tmp_path / "a")
    second = ingest(golden, tmp_path / "b")
    assert [path.name for path in second] == [f"1_{files.sha256('text b')[:16]}.txt"]
    assert corpus.load_corpus(golden).issues == []


def test_an_id_of_another_text_is_refused(golden: Path, tmp_path: Path, run: Run) -> None:
    """An id that is taken stays with its text."""
    taken = next(iter(corpus.load_corpus(golden).articles))
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": taken, "text": "Something else."}))
    result = run("ingest", tmp_path / "x.jsonl", "--root", golden)
    assert result.returncode == 1
    assert f"ingest-id: the dataset has another text under the id {taken} (" in result.stdout


def test_articles_are_on_the_disk_before_they_get_their_names(
    golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text file and a bulk file are both synced, so that a name never stands for bytes that a crash can lose."""
    synced: set[int] = set()
    fsync = os.fsync

    def noted(number: int) -> None:
        synced.add(os.fstat(number).st_ino)
        fsync(number)

    monkeypatch.setattr(os, "fsync", noted)
    (tmp_path / "x.txt").write_text("A text.")
    (tmp_path / "x.jsonl").write_text(lines(3))
    written = ingest(golden, tmp_path / "x.txt", tmp_path / "x.jsonl")
    assert len(written) == 2
    assert {path.stat().st_ino for path in written} <= synced


def test_a_failure_leaves_the_old_state(golden: Path, tmp_path: Path) -> None:
    """What breaks while reading leaves no file, hidden ones neither."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.jsonl").write_text(lines(100))
    (tmp_path / "in" / "x.txt").write_text("A text.")
    before = state(golden)
    kept = RawStore(golden, known_hashes.collect_known_hashes(golden))
    for found in input_reader.read_inputs([str(tmp_path / "in")], IngestSettings()):
        assert isinstance(found, InputArticle)
        kept.add(found)
    assert state(golden) != before
    kept.discard()
    assert state(golden) == before


@pytest.mark.slow
def test_killed_while_reading_nothing_is_added(golden: Path, tmp_path: Path, run: Run) -> None:
    """A process killed in the middle leaves hidden files only, which count for nothing and go with the next one."""
    code = "from pactwire.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "ingest", "-", "--root", str(golden)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(lines(3000).encode())
    process.stdin.flush()
    raw = golden / "dataset" / "raw"
    while not any(path.name.endswith(".part") and path.stat().st_size for path in raw.iterdir()):
        assert process.poll() is None
    process.kill()
    process.wait()
    process.stdin.close()
    assert validate.validate_dataset(golden) == []
    (tmp_path / "x.jsonl").write_text(lines(3000))
    assert run("ingest", tmp_path / "x.jsonl", "--root", golden).returncode == 0
    assert len(corpus.load_corpus(golden).articles) == 3002
    assert [path.name for path in raw.iterdir() if path.name.startswith(".")] == []


def test_hashes_are_kept_in_little_memory_and_found_again() -> None:
    """Two hundred thousand numbers, some in the array and some in the set, are all there, and no other is."""
    known = known_hashes.HashSet()
    numbers = [int(files.sha256(str(number))[:16], 16) for number in range(200_000)]
    for number in numbers:
        known.add(number)
    assert all(number in known for number in numbers)
    assert not any(number + 1 in known for number in numbers[:1000])
    assert len(known._sorted) > 100_000
