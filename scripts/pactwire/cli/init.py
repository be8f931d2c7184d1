"""``pactwire init``: a folder becomes the root of a dataset that validates, builds and loads."""

import re
import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import Format, FormatOption, NoWaitOption, writing
from pactwire.cli.terminal import say, say_json, say_lines, spinner
from pactwire.release.dataset_template import Template

with lazy_imports():
    from pactwire.card import dataset_folder, summary
    from pactwire.corpus import settings
    from pactwire.release import docs as generated_docs
    from pactwire.release import init as initialization

app = typer.Typer()

_LICENSE: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
"""A name of a license on the Hub, such as cc-by-4.0."""
_DEFAULT_LICENSE: Final = "other"
NEXT_STEPS = """next:{enter}
  pactwire ingest FILES && pactwire stories --write    add your articles
  annotations/GUIDELINES.md, schema/                   say what is labeled, and how
  DATASET_CARD.md                                      say what the dataset is
  pactwire validate && pactwire build && pactwire docs
The article in dataset/raw/example.txt is an example. To remove it, delete the file, its lines in dataset/sources.jsonl
and dataset/splits.csv, its labels in annotations/final, and its rows in annotations/links.tsv, if it has any."""
NEXT_STEPS_WITH_DATA = "next: {enter}pactwire validate && pactwire build && pactwire docs"
NEXT_STEPS_WITH_SCHEMA = """next:{enter}
  annotations/GUIDELINES.md                            say how to label, with a line: Version 1.0
  pactwire ingest FILES && pactwire stories --write    add your articles
  pactwire validate && pactwire build && pactwire docs"""


@app.command(epilog="Example: `pactwire init floods --template entities --license cc-by-4.0`")
def init(
    folder: Annotated[
        Path, typer.Argument(help="Folder of the dataset; it may hold articles.", file_okay=False)
    ] = Path(),
    template: Annotated[
        Template | None, typer.Option(help="Labels to start from; default: entities, or news for labels of version 1.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What people call the dataset; default: the folder's name.")] = None,
    license: Annotated[
        str | None, typer.Option(help="License of the dataset, by its name on the Hub; default: other.")
    ] = None,
    repository: Annotated[str | None, typer.Option(help="The dataset's name on the Hub, OWNER/NAME.")] = None,
    new_id: Annotated[bool, typer.Option("--new-id", help="Only give a copied dataset an id of its own.")] = False,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Make a folder the root of a dataset, with labels to start from and one example article.

    On a terminal, it asks for what no option says. No file that is there is overwritten; in a folder that has articles
    or labels, it adds what is missing, and no example.
    """
    _check_options(name, license, repository)
    if new_id:
        if template or name or license or repository:
            raise typer.BadParameter("it takes no other options", param_hint="--new-id")
        _draw_new_id(folder, no_wait, form)
        return
    from importlib import metadata  # slow to import

    present = initialization.find_present(folder)
    answers = _ask(folder, present, template, name, license, repository)
    folder.mkdir(parents=True, exist_ok=True)
    with writing(folder, no_wait):
        plan = initialization.plan_files(folder, answers, date.today().isoformat(), metadata.version("pactwire"))
        initialization.write_files(folder, plan)
        if form is Format.TEXT:
            _report(plan)
        configs = _build(folder) if present.is_new else []
    if form is Format.JSON:
        say_json({"written": sorted(plan.contents), "kept": sorted(plan.kept), "notes": plan.notes})
    elif present.is_new:
        say()
        say_lines(summary.render_table(configs, str(folder / "dataset")))
        say()
        say_lines(NEXT_STEPS.format(enter=_enter(folder, "\n  {}")))
    elif plan.contents and not present.articles:
        say_lines(NEXT_STEPS_WITH_SCHEMA.format(enter=_enter(folder, "\n  {}")))
    elif plan.contents:
        say(NEXT_STEPS_WITH_DATA.format(enter=_enter(folder, "{} && ")))


def _enter(folder: Path, form: str) -> str:
    """Return the step into the dataset's folder, in the form of a list of steps; nothing if one is in it."""
    return "" if folder.resolve() == Path.cwd() else form.format(f"cd {shlex.quote(str(folder))}")


def _check_options(name: str | None, license: str | None, repository: str | None) -> None:
    checks = {
        "--name": _setting_flaw("name", name),
        "--license": _license_flaw(license),
        "--repository": _setting_flaw("repository", repository),
    }
    for option, flaw in checks.items():
        if flaw:
            raise typer.BadParameter(flaw, param_hint=option)


def _setting_flaw(key: str, value: str | None) -> str:
    return "" if value is None else settings.setting_flaw("dataset", key, value)


def _license_flaw(value: str | None) -> str:
    if value is None or _LICENSE.fullmatch(value):
        return ""
    return f"{value!r} is not a name of a license on the Hub; write one such as cc-by-4.0, cc0-1.0 or other"


def _draw_new_id(folder: Path, no_wait: bool, form: Format) -> None:
    if not (folder / settings.SETTINGS_FILE).is_file():
        raise typer.BadParameter(f"{folder} has no {settings.SETTINGS_FILE}", param_hint="FOLDER")
    with writing(folder, no_wait):
        drawn = settings.draw_id(folder)
    if form is Format.JSON:
        say_json({"id": drawn})
    else:
        say(f"{settings.SETTINGS_FILE}: the id is now {drawn}; commit it, so that all clones share it")


def _ask(
    folder: Path,
    present: "initialization.Present",
    template: Template | None,
    name: str | None,
    license: str | None,
    repository: str | None,
) -> "initialization.Answers":
    """Return what options say, what people answer on a terminal, and defaults for the rest."""
    default = Template.NEWS if present.is_first_edition else Template.ENTITIES
    if present.is_first_edition and template not in (None, Template.NEWS):
        message = "the labels in this folder are those of version 1; use news, which keeps them"
        raise typer.BadParameter(message, param_hint="--template")
    asked = sys.stdin.isatty() and sys.stdout.isatty()
    if asked and template is None and not (present.schema or present.is_first_edition):
        template = typer.prompt(f"Template ({', '.join(Template)})", default=default.value, value_proc=_parse_template)
    named = folder.resolve().name
    named = "dataset" if _setting_flaw("name", named) else named
    if asked and name is None and not (folder / settings.SETTINGS_FILE).is_file():
        name = typer.prompt("Name of the dataset", default=named, value_proc=_parse_name)
    if asked and license is None and not (folder / "DATASET_CARD.md").is_file():
        license = typer.prompt(
            "License, by its name on the Hub (cc-by-4.0, cc0-1.0, …)", default=_DEFAULT_LICENSE,
            value_proc=_parse_license,
        )  # fmt: skip
    return initialization.Answers(name or named, license or _DEFAULT_LICENSE, template or default, repository or "")


def _parse_template(value: str) -> Template:
    if value not in list(Template):
        raise typer.BadParameter(f"write one of {', '.join(Template)}")
    return Template(value)


def _parse_name(value: str) -> str:
    return _checked(value.strip(), _setting_flaw("name", value))


def _parse_license(value: str) -> str:
    return _checked(value.strip(), _license_flaw(value.strip()))


def _checked(value: str, flaw: str) -> str:
    if flaw:
        raise typer.BadParameter(flaw)
    return value


def _report(plan: "initialization.Plan") -> None:
    for file in sorted(plan.contents):
        say(f"wrote {file}")
    for file in sorted(plan.kept):
        say(f"kept {file}")
    for note in plan.notes:
        say(note)
    if not plan.contents:
        say("nothing is missing", stderr=True)


def _build(folder: Path) -> list[Any]:
    """Build a new dataset and the generated parts of its files, and return its configs as they load."""
    with spinner("building"):
        dataset_folder.build(folder)
        generated_docs.renew_files(folder, write=True)
        dataset_folder.build(folder)  # with the card as it is now
        return summary.load_configs(folder / "dataset")
