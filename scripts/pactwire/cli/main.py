"""The command ``pactwire``: its groups of commands put together.

Exit 0 is fine, 1 problems in data, 2 usage. Heavy imports wait inside the commands, so that
``pactwire --help`` starts fast.
"""

from typing import Final

import typer

from pactwire.cli import (
    agreement,
    convert,
    dataset,
    ingest,
    label,
    options,
    publish,
    release,
    stories,
    suggest,
    terminal,
    view,
)
from pactwire.storage import executors

app = typer.Typer(
    name="pactwire",
    help="News articles as a versioned Hugging Face dataset with proven annotations.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

PANELS: Final = {
    "Articles": (ingest.app, stories.app),
    "Dataset": (dataset.app,),
    "Labels": (suggest.app, label.app, agreement.app),
    "Releases": (release.app, publish.app),
    "Looking and exchanging": (view.app, convert.app),
}
"""Commands in the order of their use, under the headings of the help."""

GROUPS: Final = {id(label.app): "label", id(convert.app): "convert"}
"""Commands that stand behind a word of their own."""

for heading, parts in PANELS.items():
    for part in parts:
        for command in part.registered_commands:
            command.rich_help_panel = None if id(part) in GROUPS else heading
        app.add_typer(part, name=GROUPS.get(id(part)), rich_help_panel=heading)


def main() -> None:
    """Run the command line; problems in data and files are printed, and the exit code is 1."""
    terminal.prepare_streams()
    executors.tune_process()
    with options.report_errors():
        app()
