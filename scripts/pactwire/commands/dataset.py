"""``pactwire validate``, ``build``, ``tour`` and ``docs``: raw articles and annotations to a dataset that loads."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pactwire.commands.common import Format, Root, print_issues

app = typer.Typer()


@app.command(
    epilog="Example: `pactwire validate annotations/final --format json`",
)
def validate(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; all where none is named.", exists=True)
    ] = None,
    root: Root = Path(),
    form: Annotated[Format, typer.Option("--format", help="How issues are printed.")] = Format.TEXT,
) -> None:
    """Show every issue of every file; exit 0 when there is none, 1 otherwise."""
    from pactwire import validate as checker

    issues = checker.validate(root, paths or [])
    if issues:
        print_issues(issues, form)
        raise typer.Exit(1)
    if form is Format.TEXT:
        print("no issues", file=sys.stderr)


@app.command(epilog="Example: `pactwire build --workers 2`")
def build(
    root: Root = Path(),
    workers: Annotated[int, typer.Option(min=1, help="Processes to use; the result is the same.")] = 1,
) -> None:
    """Build dataset/ from the raw articles and their annotations, after validating all of them."""
    from pactwire import build as builder

    built = builder.build(root, workers)
    rows = sum(each.rows for splits in built.files.values() for written in splits.values() for each in written)
    print(f"built {root / 'dataset'}: {rows:,} rows in {len(built.paths):,} files")
    for loss, count in built.losses.items():
        if count:
            print(f"  left out of a view: {count} {loss.replace('_', ' ')}")


@app.command(epilog="Example: `pactwire tour`")
def tour(root: Root = Path()) -> None:
    """Load every config of the built dataset with a fresh cache and show what is in it."""
    from pactwire import tour as loader

    print(loader.render(loader.load(root / "dataset"), str(root / "dataset")))


@app.command(epilog="Example: `pactwire docs --check`")
def docs(
    root: Root = Path(),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 where a part is stale.")] = False,
) -> None:
    """Renew the generated parts of the card and the guidelines."""
    from pactwire import docs as generator

    stale = generator.renew(root, write=not check)
    for name in stale:
        print(f"{'stale' if check else 'renewed'}: {name}")
    if check and stale:
        print("run `pactwire docs` to renew them", file=sys.stderr)
        raise typer.Exit(1)
