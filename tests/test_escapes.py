"""Text from data is displayed literally, on a terminal, in JSON and in Markdown; control characters are refused."""

import io
import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from conftest import Run
from pactwire.card import dataset_folder, summary
from pactwire.cli import main, options, terminal
from pactwire.corpus.tables import LinkRow
from pactwire.labelstudio.labeling_config import labeling_config
from pactwire.model import escapes, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Topic
from pactwire.release import docs
from pactwire.storage import files, front_matter, generated_blocks
from pactwire.validation import validate
from support.html import parse
from support.news import SCHEMA

MARKUP = (
    "<img src=x onerror=alert(1)>", "[l](javascript:alert(1))", "![i](x)", "<!-- end generated: annotators -->", "\n",
    "# Heading", "`", "``", "|", "\\", "\\|", "**b**", "_i_", "~~s~~", "&lt;", "&#60;", "<javascript:x>", "metonym_of",
    "\x1b[31m", "\u202e", "\u2066", "\u200b", "\ud800", "\x9b", "\u2028", "ZWJ \u200d", "Путин", "  ", "---", "> q",
)  # fmt: skip
HOSTILE = "".join(MARKUP)
TEXTS = st.lists(st.sampled_from(MARKUP) | st.text(max_size=5)).map("".join)


def rendered(markdown: str) -> Any:
    """Render Markdown, with tables and strikethrough, as an HTML page."""
    from markdown_it import MarkdownIt

    return parse(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


def hidden(text: str) -> set[str]:
    """Return the invisible characters of a text, except joiners."""
    return {each for each in text if unicodedata.category(each)[0] == "C" or each in "\u2028\u2029"} - {
        "\u200d",
        "\u200c",
    }


# --- one function for each place


@given(TEXTS)
def test_terminal_line_is_one_line_without_hidden_characters(text: str) -> None:
    """Text can't start another line, reorder the characters around it, or control the terminal."""
    assert not hidden(escapes.terminal_line(text))
    assert escapes.terminal_line(escapes.terminal_line(text)) == escapes.terminal_line(text)


@pytest.mark.parametrize("text", ["Росія\u00a0– «так»", "नमस्ते क्‍ष", "\U0001f468\u200d\U0001f469", "a_b | <c> [d]"])
def test_terminal_line_keeps_ordinary_text(text: str) -> None:
    """Letters, spaces and joiners of any script are not escaped."""
    assert escapes.terminal_line(text) == text


@given(st.dictionaries(TEXTS, TEXTS))
def test_escape_json_keeps_the_value(value: dict[str, str]) -> None:
    """Hidden characters become JSON escapes, which parse to the same value."""
    for text in (strict_json.compact(value), strict_json.pretty(value)):
        assert json.loads(escapes.escape_json(text)) == value
        assert hidden(escapes.escape_json(text)) <= {"\n"}


@given(TEXTS)
def test_table_cell_displays_its_text(text: str) -> None:
    """A cell of any text stays one cell, without markup, and displays that text."""
    page = rendered(generated_blocks.markdown_table(["x"], [[text]]))
    cells = list(page.all("td"))
    assert len(cells) == 1
    assert {node.tag for node in cells[0].all()} <= {"td"}
    assert cells[0].text.strip() == escapes.terminal_line(text).strip()


@given(TEXTS.filter(str.strip))
def test_code_displays_its_text(text: str) -> None:
    """Inline code and code blocks display any text, including backticks."""
    page = rendered(f"x {escapes.inline_code(text)} y")
    assert len(list(page.all("code"))) == 1
    assert "".join(next(iter(page.all("code"))).text.split()) == "".join(escapes.terminal_line(text).split())
    shown = escapes.terminal_line(text)
    blocks = list(rendered(escapes.code_block(shown)).all("code"))
    assert [node.text for node in blocks] == [f"{shown}\n"]


@given(TEXTS)
def test_xml_text_is_valid_xml(text: str) -> None:
    """Characters that XML does not allow are replaced, so a labeling config can always be parsed."""
    topic, link = Topic(id="topic:a", title=text, definition=text), LinkRow("Q1", text, "PER", "a test")
    found = Xml.fromstring(labeling_config(SCHEMA, "labels", [topic], [link]))
    shown = next(each for each in found.iter("Choice") if each.get("alias") == "Q1")
    assert shown.get("value") == escapes.xml_text(f"{text} · Q1")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", None, ""])
def test_web_address_accepts_http_only(url: str | None) -> None:
    """Only http and https addresses become links."""
    assert escapes.web_address(url) == ""
    assert escapes.web_address("HTTPS://example.org/") == "HTTPS://example.org/"


# --- issues and other output


def test_issue_is_one_line_whatever_it_quotes() -> None:
    """A file name, message or record can't forge a second issue; the JSON form keeps them unchanged."""
    issue = Issue(f"a\n{HOSTILE}\udcff.txt", 1, "schema", HOSTILE, HOSTILE)
    assert not hidden(issue.text())
    assert not hidden(issue.json())
    assert json.loads(issue.json())["message"] == HOSTILE
    issue.json().encode()


def test_terminal_shows_rich_markup_literally(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """Brackets, emoji names and escape sequences have no effect in colored output."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(terminal, "is_terminal", lambda: True)
    options.print_issues([Issue("[/red]", 1, "schema", ":smile: [bold]\x1b]0;x\x07")])
    assert capsys.readouterr().out.startswith("[/red]:1: schema: :smile: [bold]\\x1b]0;x\\x07 (")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_escapes_characters_that_a_stream_cannot_encode(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are printed completely, and JSON keeps its value."""
    value = {"é": "Путин \U0001f600 \udcff"}
    held = io.BytesIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", io.TextIOWrapper(held, encoding=encoding))
        terminal.prepare_streams()
        terminal.say("Путин\udcff")
        terminal.say_json(value)
        terminal.say_json(value, pretty=True)
        sys.stdout.flush()
        lines = held.getvalue().decode(encoding).splitlines()
    assert lines[0] == ("Путин\\udcff" if encoding == "utf-8" else "\\u041f\\u0443\\u0442\\u0438\\u043d\\udcff")
    assert json.loads(lines[1]) == json.loads("".join(lines[2:])) == value


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_no_output_encoding_causes_a_traceback(golden: Path, process: Run, encoding: str) -> None:
    """Issues, help and results are printed in the terminal's encoding, also text in other scripts."""
    name = golden / "dataset/raw/Путин.txt"
    name.write_text("x", encoding="utf-8")
    as_json = process("validate", "--root", golden, "--format", "json", PYTHONIOENCODING=encoding)
    assert (as_json.returncode, as_json.stderr) == (1, "")
    assert {json.loads(line)["file"] for line in as_json.stdout.splitlines()} == {f"dataset/raw/{name.name}"}
    as_text = process("validate", "--root", golden, PYTHONIOENCODING=encoding)
    assert (as_text.returncode, "Traceback" in as_text.stderr) == (1, False)
    assert "\\u041f" in as_text.stdout
    asked = process("--help", PYTHONIOENCODING=encoding)
    assert (asked.returncode, asked.stderr) == (0, "")


def test_summary_displays_names_literally() -> None:
    """A config's name can't forge a line, or another call in the code to copy."""
    name = 'x", trust="y\n    import os  # [bold]'
    shown = summary.render_table(
        [summary.LoadedConfig(name, {"train": 1}, [], ["fr"], ["[red]", ":smile:"], {}, {})], "./d\x1b[0m"
    )
    assert not hidden(shown) - {"\n"}
    assert "[red] :smile:" in shown
    last = shown.splitlines()[-1]
    assert last.startswith('    loaded = load_dataset("d\\u001b[0m", "x\\", trust=')
    compile(last.strip(), "", "exec")


# --- generated blocks


def test_generated_block_cannot_end_itself() -> None:
    """Whatever a block contains, it appears once, and replacing it again changes nothing."""
    text = "<!-- begin generated: a -->\n<!-- end generated: a -->\n"
    first = generated_blocks.replace_blocks(text, {"a": f"{HOSTILE}\n{text}"}, "f")
    assert generated_blocks.replace_blocks(first, {"a": f"{HOSTILE}\n{text}"}, "f") == first
    assert generated_blocks.block_names(first) == ["a"]


def test_annotator_name_stays_in_its_cell(golden: Path) -> None:
    """Markup in names is displayed literally in the card, which `docs` updates once and then finds current."""
    name = "A <img src=x onerror=alert(1)> [l](javascript:alert(1))\n<!-- end generated: annotators -->\n\n# H\n"
    for path in (golden / "annotations/final").iterdir():
        document = files.read_json(path, "x")
        document["annotators"][0]["name"] = name
        path.write_text(strict_json.pretty(document), encoding="utf-8")
    card = golden / "DATASET_CARD.md"
    card.write_text("# T\n\n<!-- begin generated: annotators -->\n<!-- end generated: annotators -->\n", "utf-8")
    dataset_folder.build(golden)
    assert docs.renew_files(golden, write=True) == ["DATASET_CARD.md"]
    assert docs.renew_files(golden, write=False) == []
    page = rendered(card.read_text("utf-8"))
    assert [node.text for node in page.all("td")][2] == escapes.terminal_line(name)
    assert [node.text for node in page.all("h1")] == ["T"]
    assert not list(page.all("img")) + list(page.all("a"))


# --- refused characters


def _strings(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, str):
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _strings(inner, (*path, key))


def _spoiled(value: Any, path: tuple[Any, ...], more: str) -> Any:
    spoiled = json.loads(json.dumps(value))
    node = spoiled
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] += more
    return spoiled


STATED = {"name": "title", "value": "T", "origin": "title"}
BULK = {
    "id": "00000000000000cc", "text": "Some text.", "source_id": "s", "outlet": "o", "section": "s", "url": "u",
    "license": "l", "metadata": [STATED], "rendered": {"name": "r", "version": "1", "original": "0" * 64,
    "encoding": "utf-8", "encoding_origin": "meta"},
}  # fmt: skip
FREE = {"name", "version", "text", "normalized", "title", "definition", "outlet", "section", "url", "license", "value",
        "origin", "encoding", "encoding_origin", "source_id", "date_line"}  # fmt: skip


RECORDS = ("annotations/final/00000000000000aa.json", "annotations/topics.json", "annotations/clusters.jsonl",
           "dataset/sources.jsonl", "dataset/raw/2.jsonl")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("file", RECORDS)
def test_rejects_control_characters_in_every_string_of_a_record(golden: Path, file: str) -> None:
    """The record is refused, free text as control-character, and no issue repeats the character."""
    files.write_file(golden / "dataset/raw/2.jsonl", strict_json.compact(BULK) + "\n")
    splits = golden / "dataset/splits.csv"
    splits.write_text(splits.read_text() + f"{BULK['id']},{BULK['id']},train\n")
    assert validate.validate_dataset(golden) == []
    path = golden / file
    whole = path.read_text(encoding="utf-8")
    records = [json.loads(whole)] if file.endswith(".json") else [json.loads(line) for line in whole.splitlines()]
    for where in _strings(records):
        for control in "\x1b\x9b":
            spoiled = _spoiled(records, where, control)
            text = (
                strict_json.pretty(spoiled[0])
                if file.endswith(".json")
                else "\n".join(map(strict_json.compact, spoiled))
            )
            path.write_text(text, encoding="utf-8")
            issues = validate.validate_dataset(golden)
            assert any(issue.file == file for issue in issues), where
            assert not any(hidden(issue.text()) for issue in issues), where
            if where[-1] in FREE and "zones" not in where:
                assert "control-character" in {issue.code for issue in issues if issue.file == file}, where


@pytest.mark.parametrize("key", ["source_id", "outlet", "section", "url", "license"])
@pytest.mark.parametrize("control", "\n\t\x85")
def test_rejects_line_ends_in_single_line_values(golden: Path, key: str, control: str) -> None:
    """Texts may contain LF and TAB; ids, names and addresses may not."""
    files.write_file(golden / "dataset/raw/2.jsonl", strict_json.compact({**BULK, key: f"a{control}b"}) + "\n")
    issues = [issue for issue in validate.validate_dataset(golden) if issue.code == "control-character"]
    assert [(issue.file, issue.line, issue.record) for issue in issues] == [("dataset/raw/2.jsonl", 1, key)]


@pytest.mark.parametrize("row", ["\x1b,s,train", "00000000000000cc,s\x07,train", '"00000000000000cc","s\nx",train'])
def test_rejects_control_characters_in_tables(golden: Path, row: str) -> None:
    """An issue names the line of splits.csv, whichever parser reads it."""
    splits = golden / "dataset/splits.csv"
    splits.write_text(splits.read_text() + row + "\n", encoding="utf-8")
    issues = validate.validate_dataset(golden)
    assert ("dataset/splits.csv", "control-character") in {(issue.file, issue.code) for issue in issues}
    assert not any(hidden(issue.text()) for issue in issues)


def test_rejects_control_characters_in_links(golden: Path) -> None:
    """A name in links.tsv is displayed in the card and in Label Studio."""
    links = golden / "annotations/links.tsv"
    links.write_text(links.read_text() + "Q9\tna\x1b[1mme\tPER\ta test\n", encoding="utf-8")
    assert ("annotations/links.tsv", "control-character") in {
        (issue.file, issue.code) for issue in validate.validate_dataset(golden)
    }


def test_rejects_control_characters_in_front_matter() -> None:
    """Also those written as YAML escapes."""
    with pytest.raises(DataError) as caught:
        front_matter.owner_fields('---\ntags: ["a", {b: "\\e[1m"}]\n---\n')
    assert [issue.code for issue in caught.value.issues] == ["control-character"]


def test_ingest_rejects_bad_records_and_ingests_the_others(golden: Path, tmp_path: Path) -> None:
    """Ids, addresses and titles with control characters are reported, each with its line."""
    bad = [{"text": "One.", "id": "x\x1b]52;c;ZXZpbA==\x07\ndataset/raw/x.jsonl:1: schema: forged"},
           {"text": "Two.", "url": "https://x/\n"}, {"text": "Three.", "title": "a\tb"}]  # fmt: skip
    source = tmp_path / "a.jsonl"
    source.write_text("".join(json.dumps(each) + "\n" for each in [*bad, {"text": "Good one."}]), encoding="utf-8")
    done = CliRunner().invoke(main.app, ["ingest", str(source), "--root", str(golden)])
    assert done.exit_code == 1
    assert not hidden(done.stdout) - {"\n"}
    lines = [line for line in done.stdout.splitlines() if "control-character: " in line]
    assert [line.split(": ")[2] for line in lines[:3]] == ["id", "url", "title"]
    assert "1 article accepted" in done.stdout
    assert not any(line.startswith("dataset/raw/x.jsonl") for line in done.stdout.splitlines())


def test_convert_rejects_control_characters_in_ids(golden: Path, tmp_path: Path) -> None:
    """An id of a corpus becomes a source_id, which is a single-line value."""
    source = tmp_path / "a.jsonl"
    records = [{"text": "Anna came.", "id": "a\x1b\nb", "spans": []}, {"text": "Boris came.", "id": "b", "spans": []}]
    source.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    command = ["convert", "from", "spans", str(source), "--out", str(golden), "--annotator", "x", "--kind", "human"]
    done = CliRunner().invoke(main.app, command)
    assert done.exit_code == 1
    assert "control-character: its name " in done.output
    assert not hidden(done.output) - {"\n"}
    assert not [issue for issue in validate.validate_dataset(golden) if issue.code == "control-character"]


@pytest.mark.parametrize("command", ["ingest x.txt", "convert from brat x --annotator anna --kind human"])
def test_rejects_line_ends_in_a_license(command: str, tmp_path: Path) -> None:
    """The license is displayed in the card; a line end in it is a usage error."""
    (tmp_path / "x").mkdir()
    words = [str(tmp_path / "x") if each == "x" else each for each in command.split()]
    done = CliRunner().invoke(main.app, [*words, "--root", str(tmp_path), "--license", "a\nb"])
    assert done.exit_code == 2
    assert "--license" in done.output


def test_displays_file_names_literally_in_errors(capsys: pytest.CaptureFixture[str]) -> None:
    """Names that are not UTF-8, or contain an escape sequence, are shown escaped."""
    with pytest.raises(SystemExit), options.report_errors():
        raise OSError(2, "No such file", "a\udcff\x1b[2J\n.txt")
    assert capsys.readouterr().err == "error: a\\udcff\\x1b[2J\\n.txt: No such file\n"
