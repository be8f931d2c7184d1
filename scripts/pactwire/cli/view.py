"""``pactwire view``: a static site of articles with their labels."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.options import AdoptOption, RootOption, reading, report_unknown_files
from pactwire.cli.terminal import counted, progress_bars, say

app = typer.Typer()


@app.command(epilog="Example: `pactwire view --out site`, then open site/index.html in a browser")
def view(
    root: RootOption = Path(),
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the site; ROOT/site where none is named", file_okay=False)
    ] = None,
    adopt: AdoptOption = False,
) -> None:
    """Write pages to look at: articles with their labels, who is for or against whom, claims across articles.

    Pages of an earlier run that this one does not write go. What no run made is named, and stays.
    """
    from pactwire.site import static_site

    with reading(root), progress_bars("writing") as advance:
        report = partial(advance, "articles")
        written = static_site.write_site(root, (out or root / "site").resolve(), report, adopt)
    report_unknown_files(written.start.parent, written.others)
    what = "wrote" if written.changed else "nothing changed in"
    say(f"{what} {written.start.parent}: {counted(written.articles, 'article')}; open {written.start}")
