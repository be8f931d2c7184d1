"""``pactwire read`` and ``ingest``: articles from common formats, printed as rows or added to the dataset."""

import functools
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import (
    Engine,
    EngineOption,
    Format,
    FormatOption,
    NoWaitOption,
    RepairEncoding,
    RepairOption,
    RootOption,
    WorkersOption,
    writing,
)
from pactwire.cli.terminal import counted, say, say_json, spinner
from pactwire.model.escapes import control_character_messages
from pactwire.model.issues import DataError, Issue

with lazy_imports():
    from pactwire.build import input_rows
    from pactwire.corpus import schema_file, withdrawn
    from pactwire.ingest import encodings as encoding_names
    from pactwire.ingest import ingest_report, input_reader, input_records, known_hashes, page_reading, raw_store
    from pactwire.storage import executors

app = typer.Typer()


class InputForm(StrEnum):
    """What an input may be."""

    TEXT = "text"
    HTML = "html"
    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    TSV = "tsv"
    FEED = "feed"
    PARQUET = "parquet"
    WARC = "warc"


_WORK: Final = "pactwire.ingest.page_reading"
"""The module of what other processes do."""

InputsArgument = Annotated[
    list[str],
    typer.Argument(
        help="Text, HTML, JSON, CSV, TSV, feeds, Parquet, WARC or ARC, also compressed with gzip or zstd: files, "
        "folders, globs, - for standard input, hf://datasets/… and other fsspec URLs.",
        metavar="INPUT…",
    ),
]
ColumnsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="The name of a column of JSON, CSV or Parquet, as in text=corps. Columns are text, id, url, published, "
        "date, language, title, author, outlet, section and license.",
        metavar="WHAT=NAME",
    ),
]
EncodingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--encoding",
        help="Encoding of input that is not UTF-8 and declares none, such as cp1251; or of some inputs, by a "
        "pattern of their names, as in 'old/*.txt=cp1251'.",
        metavar="[PATTERN=]NAME",
    ),
]
FormOption = Annotated[
    InputForm | None, typer.Option("--form", help="What the inputs are, whatever their names and first bytes show.")
]
LicenseOption = Annotated[str, typer.Option("--license", help="What is known about rights to the texts.")]


@app.command(epilog="Example: `pactwire read 'pages/*.html.gz' | head -1`")
def read(
    inputs: InputsArgument,
    columns: ColumnsOption = None,
    encoding: EncodingOption = None,
    input_form: FormOption = None,
    repair: RepairOption = None,
    workers: WorkersOption = 1,
) -> None:
    """Print one article per line as JSON: the columns of `articles`, with zones found by rule. Write nothing.

    What is rejected, and why, goes to standard error.
    """
    report = ingest_report.IngestReport()
    settings = _ingest_settings(columns, encoding, input_form, repair, "unknown")

    def show(article: "input_records.InputArticle") -> None:
        say_json(input_rows.input_row(article))

    with executors.open_executor(workers, module=_WORK) as run:
        records = functools.partial(input_reader.read_inputs, inputs, settings, run=run)
        _process_records(records, report, show, functools.partial(_print_rejection, report, stderr=True))
    for line in report.lines():
        say(line, stderr=True)
    if report.problems:
        raise typer.Exit(1)


@app.command(epilog="Example: `pactwire ingest 'hf://datasets/ORG/NAME/data/*.parquet' --column text=body`")
def ingest(
    inputs: InputsArgument,
    root: RootOption = Path(),
    columns: ColumnsOption = None,
    encoding: EncodingOption = None,
    input_form: FormOption = None,
    repair: RepairOption = None,
    license_: LicenseOption = "unknown",
    workers: WorkersOption = 1,
    engine: EngineOption = Engine.LOCAL,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Add articles to dataset/raw: text files under their own names, all others in bulk as *.jsonl.zst.

    A text that the dataset already has is rejected by its SHA-256, so that a second run adds nothing. Duplicates alone
    do not change the exit code 0. Anything else that is rejected is listed, such as a withdrawn article; the rest
    is still added. A killed ingest of pages adds nothing, and goes on where it was when it is run again.
    """
    settings = _ingest_settings(columns, encoding, input_form, repair, license_)
    report = ingest_report.IngestReport()

    def reject(issue: Issue) -> None:
        if form is Format.JSON:
            report.count_issue(issue)
            say(issue.json())
        else:
            _print_rejection(report, issue)

    def add(article: "input_records.InputArticle") -> None:
        if issue := store.add(article):
            report.uncount_article(article)
            reject(issue)

    schema_file.read_schema(root)  # before the lock, whose file is in the folder
    with writing(root, no_wait):
        store = raw_store.RawStore(root, known_hashes.collect_known_hashes(root), _tombstones(root))
        # The workers of a Ray cluster may see another folder under the same path, where nobody would delete it.
        reader = page_reading.PageReader(settings, root if engine is Engine.LOCAL else None)
        try:
            with executors.open_executor(workers, engine.value, _WORK) as run:
                records = functools.partial(input_reader.read_inputs, inputs, settings, reader, run)
                _process_records(records, report, add, reject)
            written = [path.relative_to(root).as_posix() for path in store.commit()]
        finally:
            store.discard()
        reader.forget()
    for note in store.notes:
        say(f"note: {note}", stderr=True)
    if form is Format.JSON:
        say_json({**report.json(), "written": written})
    else:
        for line in report.lines():
            say(line)
        if written:
            say(f"wrote {counted(len(written), 'file')} to {root / 'dataset' / 'raw'}")
            say(
                "next: pactwire stories --write, which finds near duplicates and gives each article a story and a split"
            )
    if report.problems:
        raise typer.Exit(1)


def _tombstones(root: Path) -> "withdrawn.Tombstones":
    """Return the withdrawn articles; raises DataError if their file is broken, which would let them back in."""
    issues: list[Issue] = []
    tombstones = withdrawn.read_tombstones(root, issues)
    if issues:
        raise DataError(issues)
    return tombstones


def _ingest_settings(
    columns: list[str] | None,
    encodings: list[str] | None,
    form: InputForm | None,
    repair: RepairEncoding | None,
    license_: str,
) -> "input_records.IngestSettings":
    """Return the settings of the options; raises a usage error for invalid ones."""
    known = input_records.ARTICLE_COLUMNS
    named = dict(each.partition("=")[::2] for each in columns or [])
    if wrong := [name for name, column in named.items() if name not in known or not column]:
        raise typer.BadParameter(f"{wrong[0]!r} is none of {', '.join(known)}", param_hint="--column")
    by_pattern = {pattern: name for pattern, _, name in (each.rpartition("=") for each in encodings or [])}
    for name in by_pattern.values():
        if not encoding_names.codec(name):
            raise typer.BadParameter(f"{name!r} is not an encoding", param_hint="--encoding")
    if not license_ or control_character_messages(license_, one_line=True):
        raise typer.BadParameter("say what is known, on one line, or omit it", param_hint="--license")
    return input_records.IngestSettings(
        columns=named,
        encoding=by_pattern.pop("", None),
        encodings=by_pattern,
        form=form.value if form else None,
        license=license_,
        repair=repair is not None,
    )


def _process_records(
    read: "Callable[..., Iterator[input_records.InputRecord]]",
    report: "ingest_report.IngestReport",
    take: "Callable[[input_records.InputArticle], None]",
    reject: Callable[[Issue], None],
) -> None:
    """Count all records, and pass on each article and each issue; ``read`` is told the position to keep."""
    position, began = input_reader.StreamPosition(), time.monotonic()
    with spinner("reading") as show:
        for record in read(position=position):
            if isinstance(record, input_records.InputArticle):
                report.count_article(record)
                take(record)
            elif isinstance(record, input_records.Skipped):
                report.count_skipped(record)
            else:
                reject(record)
            show(_progress_words(report, time.monotonic() - began, position.seconds_left()))


def _progress_words(report: "ingest_report.IngestReport", seconds: float, left: float | None) -> str:
    """Return the counts, their rate, and how long the present file will take, if its size is known."""
    done, rejected = report.accepted, report.rejected.total()
    words = f"{counted(done, 'article')} accepted, {rejected:,} rejected, {(done + rejected) / max(seconds, 1):,.0f}/s"
    if left is None:
        return words
    hours, minutes = divmod(round(left / 60), 60)
    return f"{words}, {f'{hours} h {minutes} min' if hours else f'{minutes} min'} left of this file"


def _print_rejection(report: "ingest_report.IngestReport", issue: Issue, *, stderr: bool = False) -> None:
    if report.count_issue(issue):
        say(issue.text(), stderr=stderr)
