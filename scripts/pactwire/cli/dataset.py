"""``pactwire validate``, ``build``, ``tour`` and ``docs``: raw articles and annotations to a dataset that loads."""

from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import (
    Engine,
    EngineOption,
    Format,
    FormatOption,
    NoWaitOption,
    RootOption,
    RootOrStoreOption,
    WorkersOption,
    print_issues,
    reading,
    report_unknown_files,
    writing,
)
from pactwire.cli.terminal import counted, progress_bars, say, say_json, say_lines

with lazy_imports():
    from pactwire.build import stale_files
    from pactwire.card import dataset_folder, summary
    from pactwire.corpus import schema_file
    from pactwire.release import docs as generated_docs
    from pactwire.storage import remote
    from pactwire.validation import validate as validation

app = typer.Typer()


@app.command(epilog="Example: `pactwire validate annotations/final --format json`")
def validate(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; default: all.", exists=True)] = None,
    root: RootOrStoreOption = Path(),
    workers: WorkersOption = 1,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show every issue in every file; exit with 1 if there is one."""
    if paths and remote.is_store(root):
        raise typer.BadParameter("a store is validated as a whole; name no files", param_hint="PATHS")
    with reading(root):
        issues = validation.validate_dataset(root, paths or [], workers)
    if issues:
        print_issues(issues, form)
        raise typer.Exit(1)
    if form is Format.TEXT:
        say("no issues", stderr=True)


@app.command(epilog="Example: `pactwire build --workers 2`")
def build(
    root: RootOrStoreOption = Path(),
    workers: WorkersOption = 1,
    engine: EngineOption = Engine.LOCAL,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Validate all raw articles and annotations, and build dataset/ from them."""
    with writing(root, no_wait):
        try:
            with progress_bars("building") as advance:
                built = dataset_folder.build(root, workers, engine=engine.value, report=advance)
        finally:
            report_unknown_files(root / "dataset", stale_files.unknown_files(root / "dataset"))
    rows = sum(each.rows for each in built.data_files)
    if form is Format.JSON:
        say_json({"rows": rows, "files": sorted(built.file_names), "left_out": dict(built.losses)})
        return
    say(f"built {root / 'dataset'}: {counted(rows, 'row')} in {counted(len(built.file_names), 'file')}")
    for loss, count in built.losses.items():
        if count:
            say(f"  left out of a config: {count:,} {loss.replace('_', ' ')}")


@app.command(epilog="Example: `pactwire tour`")
def tour(root: RootOption = Path(), form: FormatOption = Format.TEXT) -> None:
    """Load every config of the built dataset with an empty cache, and show what it holds."""
    with reading(root):
        configs = summary.load_configs(root / "dataset")
    if form is Format.JSON:
        say_json([config._asdict() for config in configs])
        return
    folder, here = root / "dataset", Path.cwd()
    shown = f"./{folder.relative_to(here).as_posix()}" if folder.is_relative_to(here) else str(folder)
    say_lines(summary.render_table(configs, shown))


@app.command(epilog="Example: `pactwire docs --check`")
def docs(
    root: RootOption = Path(),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 if a part is stale.")] = False,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Renew the generated parts of card, guidelines and schema, and the plots of the card."""
    with reading(root) if check else writing(root, no_wait):
        renewed = [schema_file.SCHEMA_FILE] if not check and generated_docs.renew_schema(root) else []
        for name in renewed if form is Format.TEXT else ():
            say(f"renewed: {name}")  # at once, since the rest needs a built dataset
        stale = generated_docs.renew_files(root, write=not check)
    if form is Format.JSON:
        say_json({"stale" if check else "renewed": [*renewed, *stale]})
    for name in stale if form is Format.TEXT else ():
        say(f"{'stale' if check else 'renewed'}: {name}")
    if not renewed and not stale and form is Format.TEXT:
        say("nothing is stale", stderr=True)
    if check and stale:
        if form is Format.TEXT:
            say("run `pactwire docs` to renew them", stderr=True)
        raise typer.Exit(1)
