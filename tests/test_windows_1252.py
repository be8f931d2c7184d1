"""Windows-1252 characters decoded as C1 controls: refused with a remedy, repaired on request without moving offsets."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pactwire.cli import convert
from pactwire.cli import ingest as ingest_commands
from pactwire.convert import import_reader
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.import_reader import ReaderSummary
from pactwire.convert.imported_document import ImportedDocument
from pactwire.ingest import texts
from pactwire.ingest.input_records import IngestSettings, InputArticle
from pactwire.model import windows_1252
from pactwire.storage import files
from support.mentions import with_schema

C1 = "".join(map(chr, range(0x80, 0xA0)))
UNDEFINED = "\x81\x8d\x8f\x90\x9d"
TEXT = "Kim\x92s aide\x97Xi"
MEANT = "Kim’s aide—Xi"
WHO = ["--annotator", "team", "--kind", "human", "--created", "2024-01-01T00:00:00Z"]


def test_intended_characters_match_the_codec() -> None:
    """27 of the 32 have one meaning of one code point, as in Python's codec; five have none and stay."""
    assert len(windows_1252.INTENDED_CHARACTERS) == 27
    repaired = windows_1252.repair(C1)
    for char, meant in zip(C1, repaired, strict=True):
        assert meant == (char if char in UNDEFINED else bytes([ord(char)]).decode("cp1252"))
    assert sorted(windows_1252.count_repairs("\x92\x97\x92\x81")) == ["U+0092 as ’", "U+0097 as —"]


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(C1)))
def test_repair_keeps_every_offset(text: str) -> None:
    """A repaired text has the same length, differs only at such characters, and is not changed by a second repair."""
    repaired = windows_1252.repair(text)
    assert len(repaired) == len(text)
    assert all(new == old or old in windows_1252.INTENDED_CHARACTERS for old, new in zip(text, repaired, strict=True))
    assert windows_1252.repair(repaired) == repaired
    assert windows_1252.count_repairs(repaired) == {}


def test_message_names_the_intended_character() -> None:
    """Or says that it is undefined in Windows-1252; messages of other control characters do not mention it."""
    assert [message for _, message in files.control_characters("\x92\x81\x07")] == [
        "U+0092 at code point 0 is a control character, ’ in Windows-1252",
        "U+0081 at code point 1 is a control character, undefined in Windows-1252",
        "U+0007 at code point 2 is a control character",
    ]


# --- ingest


def ingest(root: Path, *args: str) -> tuple[str, int]:
    """Run `pactwire ingest` in this process."""
    with_schema(root)
    done = CliRunner().invoke(ingest_commands.app, ["ingest", *args, "--root", str(root)])
    return done.output, done.exit_code


def test_ingest_repairs_on_request(tmp_path: Path) -> None:
    """Refused with the option's name, or ingested with it; repairs are counted by character."""
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf" + f"{TEXT}\r\n".encode())
    record = {"text": f"Other {TEXT}", "title": "It\x92s"}
    (tmp_path / "b.jsonl").write_text(json.dumps(record), encoding="utf-8")
    inputs = [str(tmp_path / "a.txt"), str(tmp_path / "b.jsonl")]
    output, code = ingest(tmp_path / "root", *inputs)
    assert (output.count("--repair windows-1252"), code) == (3, 1)
    assert not list(tmp_path.glob("root/dataset/raw/*"))
    output, code = ingest(tmp_path / "root", *inputs, "--repair", "windows-1252")
    assert code == 0
    assert "2 articles accepted\nread 2 × U+0092 as ’\nread 2 × U+0097 as —\n" in output
    assert (tmp_path / "root/dataset/raw/a.txt").read_text(encoding="utf-8") == f"{MEANT}\n"
    output, code = ingest(tmp_path / "root", *inputs, "--repair", "windows-1252")
    assert code == 0
    assert "0 articles accepted\nrejected 2: ingest-copy" in output


def test_ingest_rejects_undefined_characters(tmp_path: Path) -> None:
    """U+0081 is never repaired; without the option, bytes are kept."""
    (tmp_path / "a.txt").write_text("Kim\x92s \x81", encoding="utf-8")
    output, code = ingest(tmp_path / "root", str(tmp_path / "a.txt"), "--repair", "windows-1252")
    assert "U+0081 at code point 6 is a control character, undefined in Windows-1252" in output
    assert code == 1
    path = tmp_path / "b.txt"
    path.write_bytes(b"Kim\r\n")
    with path.open("rb") as stream:
        article = texts.read_text_file("b.txt", stream, IngestSettings(repair=True), "b.txt")
    assert isinstance(article, InputArticle)
    assert article.data == b"Kim\r\n"


# --- convert


def conllu(text: str) -> Iterator[str]:
    """Return a sentence of CoNLL-U whose only token is a text without blanks."""
    yield f"# text = {text}"
    yield "\t".join(["1", text, *"_______", "NER=B-PER"])


FORMATS = {
    "a.jsonl": json.dumps({"text": TEXT, "spans": [{"start": 0, "end": 5, "label": "PER", "text": TEXT[:5]}]}),
    "a.ann": f"T1\tPER 0 5\t{TEXT[:5]}\n",
    "a.conll": "Kim\x92s B-PER\naide\x97Xi O\n",
    "a.json": json.dumps([{"tokens": TEXT.split(), "ner_tags": ["B-PER", "O"]}]),
    "b.json": json.dumps([
        {"id": 1, "data": {"text": TEXT}, "annotations": [{"id": 2, "completed_by": 1, "result": [
            {"type": "labels", "value": {"start": 0, "end": 5, "text": TEXT[:5], "labels": ["PER"]}}]}]}
    ]),
    "a.conllu": "\n".join([*conllu("Kim\x92s"), ""]),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_convert_repairs_texts_and_mentions(tmp_path: Path, name: str) -> None:
    """In each format: offsets stay, mentions are compared after the repair, and characters are counted once."""
    path = tmp_path / name
    path.write_text(FORMATS[name], encoding="utf-8")
    path.with_suffix(".txt").write_text(TEXT, encoding="utf-8")
    summary = ReaderSummary()
    paths = [path.with_suffix(".txt")] if path.suffix == ".ann" else [path]
    (document,) = import_reader.read_documents("auto", paths, [], ReaderOptions(repair=True), summary)
    assert isinstance(document, ImportedDocument)
    (mention,) = document.mentions or []
    assert MEANT.startswith(document.raw)
    assert (mention.span.fragments, (mention.span.text or "").strip()) == (((0, 5),), "Kim’s")
    assert summary.repaired["U+0092 as ’"] == 1
    (before,) = import_reader.read_documents("auto", paths, [], ReaderOptions())
    assert isinstance(before, ImportedDocument)
    assert ("\x92" in before.raw) != bool(before.issues)


def run(*args: Any) -> tuple[str, int]:
    """Run `pactwire convert` in this process."""
    done = CliRunner().invoke(convert.app, list(map(str, args)))
    return done.output, done.exit_code


def test_convert_repairs_only_on_request(tmp_path: Path) -> None:
    """Refused with the option's name, or imported and reported with it; Pactwire's own pages need none."""
    path = tmp_path / "a.conll"
    path.write_text(FORMATS["a.conll"], encoding="utf-8")
    args = ("from", "conll", path, "--out", with_schema(tmp_path / "out"), *WHO)
    output, code = run(*args)
    assert "U+0092 at code point 3 is a control character, ’ in Windows-1252" in output
    assert "--repair windows-1252" in output
    assert (code, list(tmp_path.glob("out/annotations/*/*"))) == (1, [])
    report = tmp_path / "report.json"
    output, code = run(*args, "--repair", "windows-1252", "--report", report)
    assert "1 file read as CoNLL with tags\nread 1 × U+0092 as ’\nread 1 × U+0097 as —\n" in output
    assert code == 0
    assert json.loads(report.read_text())["repaired"] == {"U+0092 as ’": 1, "U+0097 as —": 1}
    (document,) = tmp_path.glob("out/annotations/team/*.json")
    assert json.loads(document.read_text())["entities"][0]["text"] == "Kim’s"
    assert run("from", "webannotation", path, "--out", tmp_path, "--repair", "windows-1252")[1] == 2
