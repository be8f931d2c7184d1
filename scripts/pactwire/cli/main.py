"""The command ``pactwire``: all its commands in one app.

Exit codes: 0 is success, 1 means problems in the data, 2 is a usage error, 130 that Ctrl-C ended it.
"""

import sys
from typing import Annotated, Final

import typer

from pactwire.cli import (
    agreement,
    convert,
    dataset,
    ingest,
    init,
    label,
    migrate,
    options,
    publish,
    release,
    score,
    stories,
    suggest,
    terminal,
    view,
    withdraw,
)
from pactwire.storage import executors

app = typer.Typer(
    name="pactwire",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata  # slow to import

        terminal.say(f"pactwire {metadata.version('pactwire')}")
        raise typer.Exit


@app.callback()
def pactwire(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Show the version of the tool and exit; that of the data is in pactwire.toml.",
        ),
    ] = False,
) -> None:
    """News articles as a versioned Hugging Face dataset with verified annotations."""


PANELS: Final = {
    "Start": (init.app,),
    "Articles": (ingest.app, stories.app),
    "Dataset": (dataset.app,),
    "Labels": (suggest.app, label.app, agreement.app, score.app, migrate.app),
    "Releases": (release.app, publish.app, withdraw.app),
    "View and convert": (view.app, convert.app),
}
"""Commands in the order of their use, by the heading under which the help lists them."""

GROUPS: Final = {id(label.app): "label", id(convert.app): "convert"}
"""Groups of commands: ``pactwire label push``, ``pactwire convert to``."""

for heading, parts in PANELS.items():
    for part in parts:
        for command in part.registered_commands:
            command.rich_help_panel = None if id(part) in GROUPS else heading
        app.add_typer(part, name=GROUPS.get(id(part)), rich_help_panel=heading)


def main() -> None:
    """Run the command line; print problems in data and files, and exit with 1."""
    terminal.prepare_streams()
    options.forget_format()
    executors.tune_process()
    with options.report_errors():
        try:
            app()
        finally:
            sys.stdout.flush()
