"""The command line as a whole: help and an example for every command, one order of options, colours, JSON."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from conftest import Run
from pactwire.card import dataset_folder
from pactwire.cli import main, terminal
from pactwire.storage import files

ESCAPE = "\x1b"
JSON = (
    "ingest", "stories", "init", "validate", "build", "tour", "docs", "suggest", "label status", "agreement", "score",
    "migrate", "diff", "release", "publish", "withdraw", "convert from", "convert to",
)  # fmt: skip
"""Commands whose result a program would read."""


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every command and group below one, by its words."""
    for name, child in getattr(command, "commands", {}).items():
        yield " ".join((*path, name)), child
        yield from walk(child, (*path, name))


EVERY = dict(walk(typer.main.get_command(main.app)))
COMMANDS = {words: command for words, command in EVERY.items() if not hasattr(command, "commands")}


def options(command: Any) -> list[str]:
    """The long options of a command, in the order of its help."""
    return [each.opts[0] for each in command.params if each.param_type_name == "option"]


def examples(command: Any) -> list[list[str]]:
    """The words of each example of a command, without what a shell does with its output."""
    found = re.findall(r"`pactwire ([^`]+)`", command.epilog or "")
    return [shlex.split(re.split(r" [|>] ", each)[0]) for each in found]


def test_commands_print_only_escaped_text() -> None:
    """No command prints except through `terminal.say` and its siblings, which escape text of the data."""
    for path in Path(main.__file__).parent.glob("*.py"):
        if path.name != "terminal.py":
            assert not re.findall(r"(?<![.\w])(?:print|typer\.echo)\(.*", path.read_text(encoding="utf-8")), path.name


# --- help


def test_finds_all_commands() -> None:
    """The tests below check every command, including those in groups."""
    assert {"validate", "label push", "convert from", "publish"} <= COMMANDS.keys()
    assert {"label", "convert"} == EVERY.keys() - COMMANDS.keys()


@pytest.mark.parametrize("words", EVERY)
def test_every_command_and_option_has_help(words: str) -> None:
    """Each command and group has help; the help of each argument and option ends in a period."""
    command = EVERY[words]
    assert (command.help or "").strip()
    assert [each.name for each in command.params if each.name != "help" and not (each.help or "").endswith(".")] == []


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_a_valid_example(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The help of each command ends with an example that the command accepts."""
    command = COMMANDS[words]
    assert (command.epilog or "").startswith("Example")
    assert examples(command)
    monkeypatch.chdir(tmp_path)
    for example in examples(command):
        assert example[: len(words.split())] == words.split()
        assert parsed(example) == words


def recorder(ran: list[str], words: str) -> Callable[..., None]:
    """Return a command's body that only says that it ran."""
    return lambda **_: ran.append(words)


def parsed(words: list[str]) -> str:
    """Return the command that words would run, once the files and folders exist that they name."""
    group = typer.main.get_command(main.app)
    ran: list[str] = []
    for name, command in walk(group):
        if name in COMMANDS:
            command.callback = recorder(ran, name)
    for _ in range(9):
        try:
            group.main(args=list(words), prog_name="pactwire", standalone_mode=False)
            return ran[-1]
        except Exception as error:
            missing = re.search(r"(file|dir|path) '([^']+)' does not exist", str(error), re.IGNORECASE)
            if missing is None:
                raise
            place = Path(missing[2])
            if missing[1].lower() == "file":
                files.write_file(place, "")
            else:
                place.mkdir(parents=True)
    raise AssertionError(words)


def test_detects_example_with_wrong_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that no command accepts fail the test above."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match=r"(?i)no such option"):
        parsed(["validate", "--no-such-option"])


# --- one shape


def test_options_have_one_order() -> None:
    """--root is the first optional option, and --format the last of all, wherever a command has them."""
    for words, command in COMMANDS.items():
        needed = {each.opts[0] for each in command.params if each.required}
        found = [each for each in options(command) if each != "--help" and each not in needed]
        assert "--root" not in found[1:], words
        assert "--format" not in found[:-1], words


def test_shared_options_have_one_help_text() -> None:
    """One each, and another where --root may be what is published and where --format has markdown."""
    for name, count in (("--root", 2), ("--format", 2)):
        said = {each.help for command in COMMANDS.values() for each in command.params if name == each.opts[0]}
        assert len(said) == count


def test_results_for_programs_are_available_as_json() -> None:
    """Every command whose result a program would read accepts --format json."""
    assert {words for words, command in COMMANDS.items() if "--format" in options(command)} == set(JSON)


def test_issues_have_the_requested_format(golden: Path, process: Run) -> None:
    """With --format json, an error that ends a command is JSON as well, one issue per line."""
    done = process("tour", "--root", golden, "--format", "json")
    assert done.returncode == 1
    assert [json.loads(line)["code"] for line in done.stdout.splitlines()] == ["not-built"]
    assert done.stderr == ""


def test_build_tour_docs_and_validate_agree_in_json(golden: Path, process: Run) -> None:
    """The JSON of build, tour, docs and validate for one dataset agrees."""
    built = json.loads(process("build", "--root", golden, "--format", "json").stdout)
    shown = json.loads(process("tour", "--root", golden, "--format", "json").stdout)
    assert built["rows"] == sum(sum(each["rows"].values()) for each in shown)
    assert json.loads(process("docs", "--root", golden, "--format", "json").stdout) == {"renewed": []}
    assert process("validate", "--root", golden, "--format", "json").stdout == ""


def test_tour_shows_code_that_runs_where_it_was_run(
    golden: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the dataset's folder as in README.md, elsewhere with the whole path."""
    dataset_folder.build(golden)
    elsewhere, built = tmp_path_factory.mktemp("elsewhere"), str(golden / "dataset")
    for here, folder, path in ((golden, "./dataset", "dataset"), (elsewhere, built, built)):
        monkeypatch.chdir(here)
        printed = CliRunner().invoke(main.app, ["tour", "--root", str(golden)]).stdout
        assert f"The dataset is in {folder}. Load it with:" in printed
        assert f'load_dataset("{path}", ' in printed


@pytest.mark.parametrize(("number", "words"), [(0, "0 stories"), (1, "1 story"), (1200, "1,200 stories")])
def test_nouns_agree_with_numbers(number: int, words: str) -> None:
    """One item is singular, and thousands have separators."""
    assert terminal.counted(number, "story", "stories") == words


# --- escape sequences


def typed(*words: str | Path, **env: str) -> str:
    """Return what a command writes to a terminal, with standard output and error on the same one."""
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-c", "from pactwire.cli.main import main; main()", *map(str, words)],
        stdout=theirs, stderr=theirs, stdin=theirs,
        env={**environment, "TERM": "xterm-256color", "COLUMNS": "100", **env},
    )  # fmt: skip
    os.close(theirs)
    parts = []
    try:
        while data := os.read(ours, 1 << 16):
            parts.append(data)
    except OSError:  # how Linux says that the other side is closed
        pass
    process.wait()
    os.close(ours)
    return b"".join(parts).decode()


@pytest.fixture
def flawed(golden: Path) -> Path:
    """A dataset with an issue."""
    path = golden / "annotations/final/00000000000000aa.json"
    files.write_file(path, path.read_text(encoding="utf-8").replace('"favor"', '"fond"'))
    return golden


@pytest.mark.slow
def test_terminal_output_is_colored(flawed: Path) -> None:
    """Help, issues and usage errors are colored on a terminal, with the same words as in a pipe."""
    assert f"{ESCAPE}[31mschema{ESCAPE}[0m" in typed("validate", "--root", flawed)
    assert ESCAPE in typed("--help")
    assert ESCAPE in typed("validate", "--no-such-option")


@pytest.mark.slow
def test_progress_bars_vanish_from_terminal(golden: Path) -> None:
    """A terminal shows a bar while a command works; it is gone at the end and not mixed with the result."""
    shown = typed("view", "--root", golden)
    assert "writing articles" in shown
    assert (
        shown.replace(f"{ESCAPE}[?25h", "")
        .rstrip()
        .splitlines()[-1]
        .endswith("open " + str(golden / "site/index.html"))
    )


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--help",), ("validate",), ("view",), ("build",), ("validate", "--no-such-option")])
def test_no_color_removes_escape_sequences(flawed: Path, words: tuple[str, ...]) -> None:
    """NO_COLOR removes every escape sequence on a terminal, even if FORCE_COLOR is set."""
    root: list[str | Path] = [] if words[-1].startswith("--") else ["--root", flawed]
    assert ESCAPE not in typed(*words, *root, NO_COLOR="1")
    assert ESCAPE not in typed(*words, *root, NO_COLOR="1", FORCE_COLOR="1")


def test_progress_in_a_log_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """None in the first seconds, then one with the total every few seconds, on standard error."""
    now = 0.0
    monkeypatch.setattr("pactwire.cli.terminal.time.monotonic", lambda: now)
    with terminal.progress_bars("pulling") as advance:
        for done in range(0, 1200, 100):
            advance("labels", done, 1100)
            now += 1
        advance("zones", 3, 0)
    with terminal.spinner("starting") as show:
        show("waiting (4 s)")
        now += 5
        show("waiting (9 s)")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "pulling labels: 500 of 1,100\npulling labels: 1,000 of 1,100\nwaiting (9 s)\n"


@pytest.mark.parametrize("words", [("validate",), ("view",), ("build",), ("docs", "--no-such-option")])
def test_pipes_get_no_escape_sequences(flawed: Path, process: Run, words: tuple[str, ...]) -> None:
    """Neither standard output nor standard error of a pipe has one, nor a bar."""
    done = process(*words, *([] if words[-1].startswith("--") else ["--root", flawed]))
    assert done.returncode != 0
    assert ESCAPE not in done.stdout + done.stderr
    assert "writing" not in done.stderr


@pytest.mark.parametrize("words", EVERY)
def test_help_in_a_pipe_is_plain(words: str) -> None:
    """The help of a command has no escape sequence in a pipe, and ends with the example."""
    done = CliRunner().invoke(main.app, [*words.split(), "--help"])
    assert done.exit_code == 0
    assert ESCAPE not in done.output
    assert ("Example" in done.output) == (words in COMMANDS)


@pytest.mark.parametrize("words", ["", *EVERY])
def test_help_has_a_short_option(words: str) -> None:
    """-h is --help, for every command and group."""
    short, long = (CliRunner().invoke(main.app, [*words.split(), option]) for option in ("-h", "--help"))
    assert (short.exit_code, short.output) == (0, long.output)


def test_version_is_that_of_the_tool(checkout: Path, golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of the data in the present folder."""
    (golden / "pactwire.toml").write_text('[dataset]\nversion = "9.9.9"\n')
    monkeypatch.chdir(golden)
    version = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    done = CliRunner().invoke(main.app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"pactwire {version}\n")


def test_help_lists_commands_in_order_of_use() -> None:
    """Headings and commands go from the first command to articles, labels, releases, viewing and converting."""
    said = CliRunner().invoke(main.app, ["--help"]).output
    commands = ["init", "read", "ingest", "stories", "validate", "build", "suggest", "agreement", "diff", "publish"]
    places = [said.index(heading) for heading in main.PANELS]
    assert places == sorted(places)
    assert [name for name in commands if f"│ {name} " not in said] == []
