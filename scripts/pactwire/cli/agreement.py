"""``pactwire agreement`` and ``adjudicate``: inter-annotator agreement, and final documents from several annotators."""

from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import (
    IntoFolder,
    NoWaitOption,
    ReportFormat,
    ReportFormatOption,
    RootOption,
    print_issues,
    reading,
    require_letters,
    require_two_annotators,
    writing,
)
from pactwire.cli.terminal import counted, say, say_json, say_lines

with lazy_imports():
    from pactwire.agreement import adjudication, agreement_report, report_text
    from pactwire.corpus import corpus, own_decisions, rounds

app = typer.Typer()

AnnotatorsArgument = Annotated[
    list[str], typer.Argument(help="Annotators: two or more folders of annotations/.", metavar="A B …")
]


@app.command(epilog="Example: `pactwire agreement pass-a pass-b --format markdown`")
def agreement(
    annotators: AnnotatorsArgument,
    root: RootOption = Path(),
    form: ReportFormatOption = ReportFormat.TEXT,
) -> None:
    """Measure inter-annotator agreement, with confidence intervals, and list all disagreements."""
    require_two_annotators(annotators)
    with reading(root):
        data = corpus.load_corpus(root)
        report = agreement_report.compare_annotators(data, annotators)
    if form is ReportFormat.JSON:
        say_json(report, pretty=True)
    else:
        render = report_text.plain_text if form is ReportFormat.TEXT else report_text.markdown_page
        say_lines(render(data.schema, report).rstrip("\n"))


@app.command(epilog="Example: `pactwire adjudicate pass-a pass-b --into final`")
def adjudicate(
    annotators: Annotated[
        list[str], typer.Argument(help="Annotators: one or more folders of annotations/.", metavar="A B …")
    ],
    root: RootOption = Path(),
    into: Annotated[IntoFolder, typer.Option("--into", help="Folder of annotations/ to write to.")] = IntoFolder.FINAL,
    close_round: Annotated[
        bool,
        typer.Option("--close-round", help="Move the documents that were adjudicated to annotations/rounds/."),
    ] = False,
    no_wait: NoWaitOption = False,
) -> None:
    """Accept what annotators agree on, write decisions on the rest to annotations/decisions/, and apply their answers.

    As long as decisions are open, the command prints how many, and exits with 1. Fill in `choice`, `by` and, for
    `other`, `label`, and run it again. The same documents and decisions always give the same bytes. With one
    annotator there is nothing to decide: their labels are final, and keep their status.
    """
    require_letters(annotators)
    with writing(root, no_wait):
        result = adjudication.adjudicate(root, annotators, close_round)
    for name, is_new in result.documents.items():
        say(f"{'wrote' if is_new else 'unchanged'}: {name}")
    say(f"{result.agreed:,} labels agreed, {result.decided:,} decided, {result.added:,} added")
    if result.reviewed:
        say(f"{counted(result.reviewed, 'layer')} reviewed")
    if close_round:
        closed = rounds.current_round(root) - 1
        say(f"round {closed} is closed: {counted(result.moved, 'file')} moved to {rounds.ROUNDS}/{closed}")
    if result.dropped:
        say(f"{result.dropped:,} unanswered decisions dropped, which the documents no longer need")
    for line in result.left_out:
        say(f"not adjudicated: {line}")
    for note in own_decisions.own_decision_notes(root):
        say(f"note: {note}")
    if result.issues:
        print_issues(result.issues)
        raise typer.Exit(1)
