"""``pactwire score``: how good predictions are, against one version of the dataset or several."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.convert_options import InputFormat, MappingOption
from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import ReportFormat, ReportFormatOption, RootOption
from pactwire.cli.terminal import say_json, say_lines

with lazy_imports():
    from pactwire.release import prediction_scores, score_text

app = typer.Typer()


class Split(StrEnum):
    """What is scored: the articles of one split, or all that are in one."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    ALL = "all"


@app.command(epilog="Example: `pactwire score predictions.jsonl --against 1.0.0 --against 2.0.0`")
def score(
    predictions: Annotated[
        list[Path], typer.Argument(help="Files or folders with predictions.", metavar="PREDICTIONS…", exists=True)
    ],
    root: RootOption = Path(),
    against: Annotated[
        list[str] | None,
        typer.Option(
            help="A dataset folder, a version such as 1.0.0, a git revision, or hf://datasets/ORG/NAME@REVISION; "
            "default: the dataset of --root. Repeat it to see what corrections changed.",
            metavar="VERSION",
        ),
    ] = None,
    split: Annotated[Split, typer.Option(help="The split to score.")] = Split.TEST,
    read_as: Annotated[
        InputFormat, typer.Option("--from", help="The format of other files; auto also finds documents and rows.")
    ] = InputFormat.AUTO,
    mapping: MappingOption = None,
    config: Annotated[
        str | None, typer.Option(help="Rows: their config; default: the one that has their columns.")
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(help="Rows: the column with the predictions; default: prediction, or else the config's own."),
    ] = None,
    before: Annotated[
        list[Path] | None,
        typer.Option(
            help="Predictions of an earlier model: tells what of the difference to its score is the model's.",
            exists=True,
        ),
    ] = None,
    form: ReportFormatOption = ReportFormat.TEXT,
) -> None:
    """Score predictions, and list their errors. Nothing is written.

    PREDICTIONS are annotation documents; rows of a config with predicted labels, as JSONL, JSON, Parquet or CSV; or
    files in a format that `pactwire convert from` reads. Labels are found and compared as `pactwire agreement` does it.
    What has no prediction counts as missed. With several versions, the difference between each two neighbors is split
    into what corrections changed and what is the model's, label by label.
    """
    request = prediction_scores.ScoreRequest(
        given=predictions,
        against=against or [os.path.relpath(root)],
        repository=root,
        split=None if split is Split.ALL else split.value,
        form=read_as.value,
        mapping=mapping,
        config=config,
        column=column,
        before=before or (),
    )
    report = prediction_scores.score_predictions(request)
    if form is ReportFormat.JSON:
        say_json(prediction_scores.report_json(report), pretty=True)
    else:
        render = score_text.plain_text if form is ReportFormat.TEXT else score_text.markdown_page
        say_lines(render(report).rstrip("\n"))
