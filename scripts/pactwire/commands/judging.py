"""``pactwire agreement`` and ``adjudicate``: what annotators agree on, and one document out of several."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pactwire.commands.common import Root
from pactwire.issues import DataError

app = typer.Typer()

Annotators = Annotated[
    list[str], typer.Argument(help="Annotators: folders of annotations/, two or more.", metavar="A B …")
]


class ReportFormat(StrEnum):
    """How a report is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def _two_or_more(annotators: list[str]) -> None:
    if len(annotators) < 2:
        raise typer.BadParameter("name two annotators or more", param_hint="A B …")


@app.command(epilog="Example: `pactwire agreement pass-a pass-b --format markdown`")
def agreement(
    annotators: Annotators,
    root: Root = Path(),
    form: Annotated[ReportFormat, typer.Option("--format", help="How the report is printed.")] = ReportFormat.TEXT,
) -> None:
    """Measure how far annotators agree, with intervals, and list what they disagree on."""
    _two_or_more(annotators)
    from pactwire import agreement as measured
    from pactwire import corpus, jsontext

    data = corpus.load(root)
    if issues := measured.problems(data, annotators):
        raise DataError(issues)
    report = measured.report(annotators, measured.cases(data, annotators))
    show = {
        ReportFormat.TEXT: measured.text,
        ReportFormat.JSON: jsontext.pretty,
        ReportFormat.MARKDOWN: measured.full_markdown,
    }
    print(show[form](report), end="")
