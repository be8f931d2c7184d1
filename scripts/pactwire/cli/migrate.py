"""``pactwire migrate``: what changes in labels, in the schema, in all documents, and in all that names them."""

from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import (
    Format,
    FormatOption,
    NoWaitOption,
    RootOption,
    print_issues,
    reading,
    writing,
)
from pactwire.cli.terminal import say, say_json

with lazy_imports():
    from pactwire.release import migrate as migrating
    from pactwire.release import migration_plan

app = typer.Typer()


@app.command(epilog="Example: `pactwire migrate --execute`")
def migrate(
    root: RootOption = Path(),
    execute: Annotated[
        bool, typer.Option("--execute", help="Apply the migrations; without it, only show what would change.")
    ] = False,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Apply the migrations of schema/migrations: to the schema, all documents, decisions, clusters and links.

    Also applies the answers in the queue of a split, and brings up documents that went through fewer migrations, as
    those of a branch that was merged later. Without --execute, prints the plan: what each step changes, by annotator.
    Where anything is wrong, nothing is changed.
    """
    if execute:
        with writing(root, no_wait):
            plans = migrating.migrate(root)
    else:
        with reading(root):
            plans = [migrating.plan_migration(root)]
    if form is Format.JSON:
        say_json([plan.as_json() for plan in plans], pretty=True)
    else:
        _print_plans(plans, execute)
    if issues := [issue for plan in plans for issue in plan.issues]:
        print_issues(issues, form)
        raise typer.Exit(1)


def _print_plans(plans: "list[migration_plan.MigrationPlan]", is_done: bool) -> None:
    for plan in plans:
        for line in () if plan.is_empty else plan.lines():
            say(line)
    if all(plan.is_empty for plan in plans):
        say("nothing to migrate")
    elif not is_done and not any(plan.issues for plan in plans):
        say("nothing was changed; `pactwire migrate --execute` applies this")
