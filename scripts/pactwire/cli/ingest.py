"""``pactwire read`` and ``ingest``: articles as people have them, shown as rows or added to the dataset."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pactwire.cli.options import Format, FormatOption, NoWaitOption, RepairEncoding, RepairOption, RootOption, writing
from pactwire.cli.terminal import counted, say, say_json, spinner
from pactwire.model.escapes import control_character_messages

if TYPE_CHECKING:
    from pactwire.ingest.input_records import IngestSettings, InputArticle
    from pactwire.ingest.report import IngestReport
    from pactwire.model.issues import Issue

app = typer.Typer()

InputsArgument = Annotated[
    list[str],
    typer.Argument(
        help="Text, HTML, JSONL, Parquet or WARC, also gzipped or as zstd: files, folders, globs, - for standard "
        "input, hf://datasets/… and other URLs of fsspec.",
        metavar="INPUT…",
    ),
]
ColumnsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="A column of JSONL or Parquet that is not known by its name: text=corps, also id, url, published, date, "
        "language, title, author, outlet, section, license.",
        metavar="WHAT=NAME",
    ),
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", help="Encoding of what is not UTF-8 and declares none, such as cp1251.")
]
LicenseOption = Annotated[str, typer.Option("--license", help="What is known of the rights in the texts.")]


@app.command(epilog="Example: `pactwire read 'pages/*.html.gz' | head -1`")
def read(
    inputs: InputsArgument, columns: ColumnsOption = None, encoding: EncodingOption = None, repair: RepairOption = None
) -> None:
    """Print one article a line as JSON, the columns of `articles` with zones by rule; write nothing.

    What is refused, and why, goes to standard error.
    """
    from pactwire.build import input_rows
    from pactwire.ingest.report import IngestReport

    report = IngestReport()

    def show(found: "InputArticle") -> None:
        say_json(input_rows.input_row(found))

    _process_inputs(
        inputs,
        _ingest_settings(columns, encoding, repair, "unknown"),
        report,
        show,
        lambda issue: _print_refusal(report, issue, stderr=True),
    )
    for each in report.lines():
        say(each, stderr=True)
    if report.problems:
        raise typer.Exit(1)


@app.command(epilog="Example: `pactwire ingest 'hf://datasets/ORG/NAME/data/*.parquet' --column text=body`")
def ingest(
    inputs: InputsArgument,
    root: RootOption = Path(),
    columns: ColumnsOption = None,
    encoding: EncodingOption = None,
    repair: RepairOption = None,
    license_: LicenseOption = "unknown",
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Add articles to dataset/raw: text files under their names, all others in bulk as *.jsonl.zst.

    A text that the dataset has already is refused by its SHA-256, so that a second run adds nothing; copies alone
    leave the exit code 0. Whatever else is refused is named, and costs nothing but itself.
    """
    from pactwire.ingest import known_hashes
    from pactwire.ingest.raw_store import RawStore
    from pactwire.ingest.report import IngestReport

    settings = _ingest_settings(columns, encoding, repair, license_)
    report = IngestReport()

    def tell(issue: "Issue") -> None:
        if form is Format.JSON:
            report.refuse(issue)
            say(issue.json())
        else:
            _print_refusal(report, issue)

    def add(found: "InputArticle") -> None:
        if issue := store.add(found):
            report.take_back(found)
            tell(issue)

    with writing(root, no_wait):
        store = RawStore(root, known_hashes.collect_known_hashes(root))
        try:
            _process_inputs(inputs, settings, report, add, tell)
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


def _ingest_settings(
    columns: list[str] | None, encoding: str | None, repair: RepairEncoding | None, license_: str
) -> "IngestSettings":
    """Return what the options say; wrong ones are usage errors."""
    import codecs

    from pactwire.ingest.input_records import ARTICLE_COLUMNS, IngestSettings

    named = dict(each.partition("=")[::2] for each in columns or [])
    if wrong := [name for name, column in named.items() if name not in ARTICLE_COLUMNS or not column]:
        raise typer.BadParameter(f"{wrong[0]!r} is none of {', '.join(ARTICLE_COLUMNS)}", param_hint="--column")
    if encoding is not None:
        try:
            "".encode(codecs.lookup(encoding).name)
        except LookupError:
            raise typer.BadParameter(f"{encoding!r} is no encoding", param_hint="--encoding") from None
    if not license_ or control_character_messages(license_, one_line=True):
        raise typer.BadParameter("say on one line what is known, or leave it out", param_hint="--license")
    return IngestSettings(named, encoding, license_, repair is not None)


def _process_inputs(
    inputs: list[str],
    settings: "IngestSettings",
    report: "IngestReport",
    take: "Callable[[InputArticle], None]",
    tell: "Callable[[Issue], None]",
) -> None:
    """Hand on each article and each issue, and count everything."""
    from pactwire.ingest import input_reader
    from pactwire.ingest.input_records import InputArticle, Skipped

    with spinner("reading") as show:
        for finding in input_reader.read_inputs(inputs, settings):
            if isinstance(finding, InputArticle):
                report.take(finding)
                take(finding)
            elif isinstance(finding, Skipped):
                report.leave(finding)
            else:
                tell(finding)
            show(f"{counted(report.taken, 'article')} taken, {report.refused.total():,} refused")


def _print_refusal(report: "IngestReport", issue: "Issue", *, stderr: bool = False) -> None:
    if report.refuse(issue):
        say(issue.text(), stderr=stderr)
