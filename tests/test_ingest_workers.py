"""Pages are read on any core with the same result, and a killed ingest of pages goes on where it was."""

import gzip
import io
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from conftest import Run, contents
from pactwire.cli import ingest
from pactwire.ingest import ingest_report, input_reader, page_reading, pages
from pactwire.ingest.input_records import IngestSettings, InputRecord, Skipped
from pactwire.ingest.page_reading import PageReader
from pactwire.model.issues import Issue

PAGES = 12
WORDS = "Le ministre a dit hier que l’accord numéro {} serait signé avant la fin du mois par les deux pays. "


def page(number: int) -> bytes:
    """A small page."""
    body = "".join(f"<p>{WORDS.format(f'{number}-{at}') * 2}</p>" for at in range(6))
    return f"<!doctype html><html><head><title>Page {number}</title></head><body>{body}</body></html>".encode()


class Writer(WARCWriter):  # type: ignore[misc]
    """Writes archives; warcio's own writer leaves temporary files open."""

    _create_temp_file = staticmethod(io.BytesIO)


def archive(count: int = PAGES) -> bytes:
    """A compressed WARC of pages, with an image among them."""
    stream = io.BytesIO()
    writer = Writer(stream, gzip=True)
    for number in range(count):
        kind, body = ("image/png", b"x") if number == 3 else ("text/html", page(number))
        headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
        about = {"WARC-Date": "2024-03-01T00:00:00Z", "WARC-Record-ID": f"<urn:uuid:{number}>"}
        writer.write_record(
            writer.create_warc_record(
                f"http://x.org/{number}", "response", io.BytesIO(body), http_headers=headers, warc_headers_dict=about
            )
        )
    return stream.getvalue()


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder of all forms: archives, one of them cut off, pages, one of them without text, texts and JSONL."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.warc.gz").write_bytes(archive())
    (folder / "b.warc.gz").write_bytes(archive(5)[:-40])
    (folder / "c.txt").write_text("A text.")
    (folder / "d.html").write_bytes(page(100))
    (folder / "e.html").write_bytes(b"<html><body></body></html>")
    (folder / "f.jsonl").write_text("".join(f'{{"text": "Line {at}."}}\n' for at in range(600)) + "no JSON\n")
    (folder / "g.html.gz").write_bytes(gzip.compress(page(101)))
    return folder


def read(folder: Path, run: Any = map) -> list[InputRecord]:
    """All records of a folder."""
    return list(input_reader.read_inputs([str(folder)], IngestSettings(), run=run))


def ahead(count: int) -> Any:
    """A map that takes so many inputs before it gives the first output, as pools and Ray do."""

    def run(function: Callable[[Any], Any], taken: Iterable[Any]) -> Iterator[Any]:
        window: list[Any] = []
        for each in taken:
            window.append(each)
            if len(window) >= count:
                yield function(window.pop(0))
        yield from map(function, window)

    return run


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_records_do_not_depend_on_where_pages_are_read(inputs: Path, count: int) -> None:
    """Articles, issues with their counts, and what is skipped, in the order of the inputs."""
    expected = read(inputs)
    messages = [each.message for each in expected if isinstance(each, Issue)]
    assert any("the 3 articles before were read" in message for message in messages), messages
    assert sum(isinstance(each, Skipped) for each in expected) == 2
    assert read(inputs, ahead(count)) == expected


def test_no_more_is_taken_ahead_than_the_map_asks_for(inputs: Path) -> None:
    """Lines that no page is among do not pile up: they go through in lists of bounded size."""
    lists = list(input_reader._batches(iter([Skipped("x")] * 5_000), is_single=False))
    assert max(map(len, lists)) <= input_reader._BATCH_RECORDS + 1


@pytest.mark.slow
def test_ingest_is_the_same_for_any_number_of_workers(
    golden: Path, inputs: Path, tmp_path: Path, run: Run, copy: Path
) -> None:
    """The files and what is printed."""
    found = []
    for root, more in ((golden, ()), (copy, ("--workers", 2))):
        before = contents(root)
        done = run("ingest", inputs, "--root", root, *more)
        assert done.returncode == 1
        new = {name: data for name, data in contents(root).items() if name not in before and "/raw/" in name}
        found.append((new, done.stdout.replace(str(root), ""), done.stderr))
    assert found[0] == found[1]
    assert len(found[0][0]) == 2


# --- a killed ingest


def counted_reads(monkeypatch: pytest.MonkeyPatch, last: int = 1000) -> list[int]:
    """Note the numbers of the pages that are read; reading one more than ``last`` of them is interrupted."""
    noted: list[int] = []
    read_page = pages.read_page

    def counted(place: str, line: int, *more: Any) -> InputRecord:
        if len(noted) == last:
            raise KeyboardInterrupt
        noted.append(line)
        return read_page(place, line, *more)

    monkeypatch.setattr(pages, "read_page", counted)
    return noted


def test_a_page_is_read_once_until_the_end(golden: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an interruption only the rest is read, also of a text that is refused; with other settings, all again."""
    expected = read(inputs)
    first = counted_reads(monkeypatch, 5)
    settings = IngestSettings()
    with pytest.raises(KeyboardInterrupt):
        list(input_reader.read_inputs([str(inputs)], settings, PageReader(settings, golden)))
    monkeypatch.undo()
    second = counted_reads(monkeypatch)
    assert list(input_reader.read_inputs([str(inputs)], settings, PageReader(settings, golden))) == expected
    assert len(first) == 5
    assert not set(first) & set(second[: PAGES - 6])
    second.clear()
    reader = PageReader(settings, golden)
    assert list(input_reader.read_inputs([str(inputs)], settings, reader)) == expected
    assert second == []
    other = IngestSettings(license="CC0-1.0")
    list(input_reader.read_inputs([str(inputs / "d.html")], other, PageReader(other, golden)))
    assert len(second) == 1
    reader.forget()
    assert list(input_reader.read_inputs([str(inputs)], settings, reader)) == expected
    assert len(second) > PAGES


COMMAND = "from pactwire.cli.main import main; main()"


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_ingest_goes_on(golden: Path, copy: Path, tmp_path: Path, run: Run, workers: int) -> None:
    """It added nothing, and what it read of the pages is there for the next run, which leaves none of it."""
    path = tmp_path / "x.warc.gz"
    path.write_bytes(archive(60))
    command = [sys.executable, "-c", COMMAND, "ingest", str(path), "--root", str(golden), "--workers", str(workers)]
    before = contents(golden / "dataset")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while kept(golden) < 10:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert kept(golden) >= 10
    visible = {name: data for name, data in contents(golden / "dataset").items() if "/." not in name}
    assert visible == before
    assert run("ingest", path, "--root", golden, "--workers", workers).returncode == 0
    assert run("ingest", path, "--root", copy).returncode == 0
    [ours], [theirs] = (list((root / "dataset/raw").glob("articles-*")) for root in (golden, copy))
    assert (ours.name, ours.read_bytes()) == (theirs.name, theirs.read_bytes())
    assert kept(golden) == 0


def kept(root: Path) -> int:
    """The number of pages that are kept for another run."""
    for path in (root / page_reading.CACHE_FOLDER).glob("*.sqlite"):
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            try:
                [[count]] = connection.execute("SELECT count(*) FROM results")
            except sqlite3.OperationalError:  # it is about to be made
                return 0
            return int(count)
    return 0


# --- progress


def test_progress_tells_rate_and_remaining_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file whose size is known; of a pipe, the rate alone."""
    clock = iter((100.0, 160.0))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    (tmp_path / "x").write_bytes(bytes(1000))
    position = input_reader.StreamPosition()
    assert position.seconds_left() is None
    report = ingest_report.IngestReport(accepted=120)
    with (tmp_path / "x").open("rb", buffering=0) as stream:
        position.follow(stream)
        stream.read(100)
        left = position.seconds_left()
    assert left == 540.0
    assert ingest._progress_words(report, 60, left) == (
        "120 articles accepted, 0 rejected, 2/s, 9 min left of this file"
    )
    assert ingest._progress_words(report, 60, 7_500.0).endswith(", 2/s, 2 h 5 min left of this file")
    assert ingest._progress_words(report, 60, None) == "120 articles accepted, 0 rejected, 2/s"


def test_kinds_without_number_need_no_memory() -> None:
    """An archive that names a million types has a count for the first of them, and one for the rest."""
    report = ingest_report.IngestReport()
    for number in range(10 * ingest_report.MAX_KINDS):
        report.count_skipped(Skipped(f"answers of the type x/{number}"))
    assert len(report.skipped) == ingest_report.MAX_KINDS + 1
    assert report.skipped.total() == 10 * ingest_report.MAX_KINDS
    assert report.skipped[ingest_report.OTHER_KINDS] == 9 * ingest_report.MAX_KINDS
