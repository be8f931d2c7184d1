"""``pactwire convert``: the group of its commands ``from``, ``mapping`` and ``to``."""

import typer

from pactwire.cli import convert_from, convert_mapping, convert_to

app = typer.Typer(no_args_is_help=True)


@app.callback()
def convert() -> None:
    """Import annotated corpora from other formats, and export documents to them.

    Whatever a format cannot represent, and every correction made on import, is counted and reported.
    """


for command in (convert_from, convert_mapping, convert_to):
    app.add_typer(command.app)
