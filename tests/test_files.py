"""Files: strict text, JSONL, tables, and atomic writes."""

import csv
import io
import os
import tempfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pactwire.model import windows_1252
from pactwire.model.issues import DataError
from pactwire.storage import files, jsonl
from pactwire.storage.staging import Staging

CLEAN = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"))


@given(CLEAN, st.booleans())
def test_source_text_normalizes_bom_and_line_ends(text: str, bom: bool) -> None:
    """BOM, CRLF and CR are normalized; everything else stays, including U+2028 and U+FEFF inside the text."""
    text = text.removeprefix("\ufeff")
    for end in ("\n", "\r\n", "\r"):
        data = (b"\xef\xbb\xbf" if bom else b"") + text.replace("\n", end).encode()
        assert files.decode_source_text(data, "f") == text


@pytest.mark.parametrize("data", [b"a\nb\n", b"a\r\nb\r\n", b"a\rb\r", b"a\r\nb\r", b"\xef\xbb\xbfa\rb\n"])
def test_source_text_ends_lines_with_lf(data: bytes) -> None:
    """CRLF and CR, also mixed, become LF; a byte order mark is removed."""
    assert files.decode_source_text(data, "f") == "a\nb\n"


@pytest.mark.parametrize("code_point", [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)])
def test_rejects_control_characters(code_point: int) -> None:
    """All except LF and TAB, including those of Latin-1, with line and position; CR is a line end."""
    with pytest.raises(DataError) as caught:
        files.decode_source_text(f"a\nb\t{chr(code_point)}\n".encode(), "f")
    [issue] = caught.value.issues
    message = f"U+{code_point:04X} at code point 4 is a control character"
    assert (issue.code, issue.line) == ("control-character", 2)
    assert issue.message.removesuffix(windows_1252.control_character_hint(chr(code_point))) == message


def test_rejects_files_that_are_too_large() -> None:
    """An article of more than MAX_TEXT_BYTES gets an issue without being decoded."""
    with pytest.raises(DataError) as caught:
        files.decode_source_text(b"x" * 50_000_000, "big.txt")
    assert [issue.text() for issue in caught.value.issues] == [
        "big.txt:1: too-large: 50,000,000 bytes are more than the 10,000,000 allowed for one text "
        "(split the text, or omit it)"
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_jsonl_reports_bad_lines_and_reads_the_others(tmp_path: Path, packed: bool) -> None:
    """A line of 50 MB, one that is not UTF-8 and one that is not JSON do not affect the others."""
    data = b'{"a": 1}\n' + b"x" * 50_000_000 + b"\n\n\xff\n{\n" + '{"b": "\u2028\u0085"}'.encode()
    path = tmp_path / ("x.jsonl.zst" if packed else "x.jsonl")
    path.write_bytes(zstandard.compress(data) if packed else data)
    values = list(jsonl.read_values(path, "x"))
    issues = [issue for entry in values if isinstance(entry, DataError) for issue in entry.issues]
    assert [(issue.line, issue.code) for issue in issues] == [(2, "too-large"), (4, "not-utf8"), (5, "not-json")]
    assert [entry for entry in values if not isinstance(entry, DataError)] == [
        (1, {"a": 1}),
        (6, {"b": "\u2028\u0085"}),
    ]


def test_tables_report_bad_rows(tmp_path: Path) -> None:
    """A row with too few or too many values is reported with its line."""
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3\n4,5,6\n")
    with pytest.raises(DataError) as caught:
        files.read_table(path, "t.csv", ("a", "b"), ",")
    assert [issue.line for issue in caught.value.issues] == [3, 4]


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=6) | st.sampled_from(
    ["=1+2", "a,b", 'say "x"', '"', "'", " a ", ""]
)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=4), st.sampled_from(",\t"))
def test_tables_hold_any_cell(rows: list[tuple[str, str]], delimiter: str) -> None:
    """Separators, quotes and formulas come back as they were."""
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "t"
        path.write_text(files.render_table([("a", "b"), *rows], delimiter), encoding="utf-8")
        found = [tuple(row) for _, row in files.read_table(path, "t", ("a", "b"), delimiter)]
        assert found == rows


@given(CELLS, st.sampled_from("\t\n\r"), CELLS)
def test_tables_with_tabs_hold_no_tab_or_line_break(before: str, between: str, after: str) -> None:
    """They quote nothing, so such a cell is refused; a table with commas quotes it."""
    cell = before + between + after
    with pytest.raises(ValueError, match="cannot hold a cell"):
        files.render_table([("x", cell)], "\t")
    assert [*csv.reader(io.StringIO(files.render_table([("x", cell)], ","), newline=""))] == [["x", cell]]


def test_writing_the_same_bytes_does_not_touch_the_file(tmp_path: Path) -> None:
    """A file that already holds the bytes keeps its modification time."""
    path = tmp_path / "folder" / "file"
    assert files.write_file(path, "text")
    os.utime(path, (1, 1))
    assert not files.write_file(path, "text")
    assert path.stat().st_mtime == 1


def test_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk fails before the rename, the old file is kept and no part is left."""
    path = tmp_path / "file"
    files.write_file(path, "old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        files.write_file(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("at_once", [True, False])
def test_many_files_are_synced_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    """One call flushes all files before the first gets its name; without such a call, one for each file does."""
    synced: list[list[str]] = []
    count = files.MAX_SINGLE_SYNCS + 1

    def names() -> list[str]:
        return [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")]

    def sync(descriptor: int) -> None:
        synced.append(names())

    monkeypatch.setattr(files, "_syncfs", lambda: sync if at_once else None)
    monkeypatch.setattr(os, "fsync", sync)
    with Staging() as staging:
        for at in range(count):
            staging.add(tmp_path / f"{at}", "text")
        staging.publish()
    assert synced == [[]] * (1 if at_once else count)
    assert len(names()) == count


def test_a_failed_sync_of_many_is_an_error(tmp_path: Path) -> None:
    """What the system says when it can't flush is raised, where it has a call for many files."""
    if sync_system := files._syncfs():
        with pytest.raises(OSError, match="Bad file descriptor"):
            sync_system(-1)
        with (tmp_path / "x").open("wb") as stream:
            sync_system(stream.fileno())


def test_open_file_stays_whole_while_it_is_replaced(tmp_path: Path) -> None:
    """A file is replaced, not overwritten: a reader that has it open still sees all of the old content."""
    path = tmp_path / "file"
    files.write_file(path, "old and longer")
    with path.open() as stream:
        files.write_file(path, "new")
        assert stream.read() == "old and longer"
    assert path.read_text() == "new"


def test_reports_every_control_character_with_its_line() -> None:
    """Each has its line and position, and the time is linear in the text."""
    text = "a\x07\nb\n\x00c\x07\n" * 3
    places = [(line, int(message.split()[4])) for line, message in files.control_characters(text)]
    assert places == [(1, 1), (3, 5), (3, 7), (4, 10), (6, 14), (6, 16), (7, 19), (9, 23), (9, 25)]
    assert len(list(files.control_characters("\x07\n" * 200_000))) == 200_000
