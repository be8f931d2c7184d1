"""``pactwire view``: a static site of articles with their labels."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import AdoptOption, SourceOption, reading_source, report_unknown_files
from pactwire.cli.terminal import counted, progress_bars, say

with lazy_imports():
    from pactwire.site import static_site

app = typer.Typer()


@app.command(epilog="Example: `pactwire view --out site`, then open site/index.html in a browser")
def view(
    root: SourceOption = ".",
    out: Annotated[
        Path | None, typer.Option("--out", help="Site folder; default ROOT/site, if it is a root.", file_okay=False)
    ] = None,
    predictions: Annotated[
        list[Path] | None,
        typer.Option(help="Predicted documents or tags of tokens, shown instead of annotators.", exists=True),
    ] = None,
    adopt: AdoptOption = False,
) -> None:
    """Write a static site: articles with their final labels, what these refer to, and clusters across articles.

    Pages from an earlier run that this run does not write are removed. Files that no run wrote are listed and kept.
    What is published lacks clusters, and its pages do not name the files that labels stand in.
    """
    with reading_source(root) as (folder, is_root), progress_bars("writing") as advance:
        if out is None and not is_root:
            raise typer.BadParameter("name a folder for the site of a published dataset", param_hint="--out")
        target, count = (out or folder / "site").resolve(), partial(advance, "articles")
        site = static_site.write_site(folder, target, count, adopt, predictions or (), names_files=is_root)
    report_unknown_files(site.start.parent, site.others)
    what = "wrote" if site.changed else "nothing changed in"
    say(f"{what} {site.start.parent}: {counted(site.articles, 'article')}; open {site.start}")
