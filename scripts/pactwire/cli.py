"""The command ``pactwire``: its groups of commands put together.

Exit 0 is fine, 1 problems in data, 2 usage. Heavy imports wait inside the commands, so that
``pactwire --help`` starts fast.
"""

import typer

from pactwire.commands import (
    common,
    converting,
    dataset,
    judging,
    label,
    publishing,
    releasing,
    stories,
    suggesting,
    viewing,
)

app = typer.Typer(
    name="pactwire",
    help="News articles as a versioned Hugging Face dataset with proven annotations.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.add_typer(dataset.app)
app.add_typer(stories.app)
app.add_typer(suggesting.app)
app.add_typer(judging.app)
app.add_typer(label.app, name="label")
app.add_typer(releasing.app)
app.add_typer(publishing.app)
app.add_typer(converting.app, name="convert")
app.add_typer(viewing.app)


def main() -> None:
    """Run the command line; problems in data and files are printed, and the exit code is 1."""
    with common.problems():
        app()
