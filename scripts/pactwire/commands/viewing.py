"""``pactwire view``: a static site of articles with their labels."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from pactwire.commands.common import Root

app = typer.Typer()

_console = Console(stderr=True)


@app.command(epilog="Example: `pactwire view --out site`, then open site/index.html in a browser")
def view(
    root: Root = Path(),
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the site; ROOT/site where none is named.", file_okay=False)
    ] = None,
) -> None:
    """Write pages to look at: articles with their labels, who is for or against whom, claims across articles."""
    from pactwire.site import pages

    with _progress() as report:
        written = pages.write(root, (out or root / "site").resolve(), report)
    what = "wrote" if written.changed else "nothing changed in"
    print(f"{what} {written.start.parent}: {written.articles:,} articles; open {written.start}")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal; say nothing in a pipe."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=_console, transient=True, disable=not _console.is_terminal) as progress:
        bar = progress.add_task("articles", total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
