"""``pactwire read`` and ``ingest``: articles as people have them, shown as rows or added to the dataset."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pactwire.cli.options import Form, Format, NoWait, Remnants, Repairing, Root, writing
from pactwire.cli.terminal import counted, say, say_json, status
from pactwire.model.escapes import controls

if TYPE_CHECKING:
    from pactwire.ingest.input_records import Found, Settings
    from pactwire.ingest.report import Report
    from pactwire.model.issues import Issue

app = typer.Typer()

Inputs = Annotated[
    list[str],
    typer.Argument(
        help="Text, HTML, JSONL, Parquet or WARC, also gzipped or as zstd: files, folders, globs, - for standard "
        "input, hf://datasets/… and other URLs of fsspec.",
        metavar="INPUT…",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="A column of JSONL or Parquet that is not known by its name: text=corps, also id, url, published, date, "
        "language, title, author, outlet, section, license.",
        metavar="WHAT=NAME",
    ),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Encoding of what is not UTF-8 and declares none, such as cp1251.")
]
License = Annotated[str, typer.Option("--license", help="What is known of the rights in the texts.")]


@app.command(epilog="Example: `pactwire read 'pages/*.html.gz' | head -1`")
def read(inputs: Inputs, columns: Columns = None, encoding: Encoding = None, repair: Repairing = None) -> None:
    """Print one article a line as JSON, the columns of `articles` with zones by rule; write nothing.

    What is refused, and why, goes to standard error.
    """
    from pactwire.build import input_rows
    from pactwire.ingest.report import Report

    report = Report()

    def show(found: "Found") -> None:
        say_json(input_rows.of(found))

    _each(
        inputs,
        _settings(columns, encoding, repair, "unknown"),
        report,
        show,
        lambda issue: _tell(report, issue, stderr=True),
    )
    for each in report.lines():
        say(each, stderr=True)
    if report.problems:
        raise typer.Exit(1)


@app.command(epilog="Example: `pactwire ingest 'hf://datasets/ORG/NAME/data/*.parquet' --column text=body`")
def ingest(
    inputs: Inputs,
    root: Root = Path(),
    columns: Columns = None,
    encoding: Encoding = None,
    repair: Repairing = None,
    license_: License = "unknown",
    no_wait: NoWait = False,
    form: Form = Format.TEXT,
) -> None:
    """Add articles to dataset/raw: text files under their names, all others in bulk as *.jsonl.zst.

    A text that the dataset has already is refused by its SHA-256, so that a second run adds nothing; copies alone
    leave the exit code 0. Whatever else is refused is named, and costs nothing but itself.
    """
    from pactwire.ingest import known_hashes
    from pactwire.ingest.raw_store import Store
    from pactwire.ingest.report import Report

    settings = _settings(columns, encoding, repair, license_)
    report = Report()

    def tell(issue: "Issue") -> None:
        if form is Format.JSON:
            report.refuse(issue)
            say(issue.json())
        else:
            _tell(report, issue)

    def add(found: "Found") -> None:
        if issue := store.add(found):
            report.take_back(found)
            tell(issue)

    with writing(root, no_wait):
        store = Store(root, known_hashes.of(root))
        try:
            _each(inputs, settings, report, add, tell)
            written = [path.relative_to(root).as_posix() for path in store.commit()]
        finally:
            store.discard()
    for note in store.notes:
        say(f"note: {note}", stderr=True)
    if form is Format.JSON:
        say_json({**report.json(), "written": written})
    else:
        for each in report.lines():
            say(each)
        if written:
            say(f"wrote {counted(len(written), 'file')} to {root / 'dataset' / 'raw'}")
            say("next: pactwire stories --write, which names near copies and gives each article its story and split")
    if report.problems:
        raise typer.Exit(1)


def _settings(columns: list[str] | None, encoding: str | None, repair: Remnants | None, license_: str) -> "Settings":
    """Return what the options say; wrong ones are usage errors."""
    import codecs

    from pactwire.ingest.input_records import COLUMNS, Settings

    named = dict(each.partition("=")[::2] for each in columns or [])
    if wrong := [name for name, column in named.items() if name not in COLUMNS or not column]:
        raise typer.BadParameter(f"{wrong[0]!r} is none of {', '.join(COLUMNS)}", param_hint="--column")
    if encoding is not None:
        try:
            "".encode(codecs.lookup(encoding).name)
        except LookupError:
            raise typer.BadParameter(f"{encoding!r} is no encoding", param_hint="--encoding") from None
    if not license_ or controls(license_, one_line=True):
        raise typer.BadParameter("say on one line what is known, or leave it out", param_hint="--license")
    return Settings(named, encoding, license_, repair is not None)


def _each(
    inputs: list[str],
    settings: "Settings",
    report: "Report",
    take: "Callable[[Found], None]",
    tell: "Callable[[Issue], None]",
) -> None:
    """Hand on each article and each issue, and count everything."""
    from pactwire.ingest import input_reader
    from pactwire.ingest.input_records import Found, Left

    with status("reading") as show:
        for finding in input_reader.read(inputs, settings):
            if isinstance(finding, Found):
                report.take(finding)
                take(finding)
            elif isinstance(finding, Left):
                report.leave(finding)
            else:
                tell(finding)
            show(f"{counted(report.taken, 'article')} taken, {report.refused.total():,} refused")


def _tell(report: "Report", issue: "Issue", *, stderr: bool = False) -> None:
    if report.refuse(issue):
        say(issue.text(), stderr=stderr)
