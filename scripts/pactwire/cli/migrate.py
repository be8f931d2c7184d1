"""``pactwire migrate``: what changes in labels, in the schema, in all documents, and in all that names them."""

from contextlib import closing, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import (
    AdoptProjectsOption,
    Format,
    FormatOption,
    NoWaitOption,
    RootOption,
    UpdateConfigOption,
    print_issues,
    reading,
    writing,
)
from pactwire.cli.terminal import progress_bars, say, say_json

with lazy_imports():
    from pactwire.corpus import corpus, migration_files
    from pactwire.labelstudio import client, local_server, project_migration, project_ownership
    from pactwire.release import migrate as migrating
    from pactwire.release import migration_plan

app = typer.Typer()


@app.command(epilog="Example: `pactwire migrate --execute`")
def migrate(
    root: RootOption = Path(),
    execute: Annotated[
        bool, typer.Option("--execute", help="Apply the migrations; without it, only show what would change.")
    ] = False,
    url: Annotated[
        str,
        typer.Option("--url", metavar="URL", help="Also migrate the dataset's projects on this Label Studio server."),
    ] = "",
    adopt: AdoptProjectsOption = False,
    update_config: UpdateConfigOption = False,
    no_wait: NoWaitOption = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Apply the migrations of schema/migrations: to the schema, all documents, decisions, clusters and links.

    Also applies the answers in the queue of a split, and brings up documents that went through fewer migrations, as
    those of a branch that was merged later. Without --execute, prints the plan: what each step changes, by annotator.
    Where anything is wrong, nothing is changed.

    With --url, the dataset's projects on a Label Studio server follow, whenever the dataset was migrated: their
    labeling configs, annotations, predictions and unsent edits. LABEL_STUDIO_API_KEY holds your token.
    """
    there = project_migration.ProjectMigrationResult()
    with closing(client.connect(root, url)) if url else nullcontext() as server:
        if execute:
            with writing(root, no_wait):
                if server:
                    _owner(root, server, adopt).check_projects()
                plans = migrating.migrate(root)
                if server:
                    there = _migrate_projects(root, server, adopt, update_config)
        else:
            with reading(root):
                plans = [migrating.plan_migration(root)]
                if server and not plans[0].issues:
                    there = _plan_projects(root, server, adopt, update_config)
    if form is Format.JSON:
        found = [plan.as_json() for plan in plans]
        say_json([*found, {"projects": [each.as_json() for each in there.projects]}] if url else found, pretty=True)
    else:
        _print_plans(plans, execute)
        for project in there.projects:
            say(project.line())
        if not url and local_server.was_pushed(root) and not all(plan.is_empty for plan in plans):
            say("projects in Label Studio are behind then, until you run this with --url")
    if issues := [*(issue for plan in plans for issue in plan.issues), *there.issues]:
        print_issues(issues, form)
        raise typer.Exit(1)


def _owner(root: Path, server: "client.Client", adopt: bool) -> "project_ownership.ProjectOwner":
    return project_ownership.ProjectOwner(corpus.load_corpus(root), server, adopt)


def _plan_projects(
    root: Path, server: "client.Client", adopt: bool, update_config: bool
) -> "project_migration.ProjectMigrationResult":
    """Return what is to do on a server once the dataset was migrated."""
    owner = _owner(root, server, adopt)
    migrations = [
        *migration_files.applied_migrations(root),
        *migration_files.pending_migrations(root, owner.data.schema),
    ]
    work = project_migration.ProjectsMigration(owner.data, server, migrations, update_config)
    with progress_bars("reading the projects") as advance:
        return work.plan(owner, advance)


def _migrate_projects(
    root: Path, server: "client.Client", adopt: bool, update_config: bool
) -> "project_migration.ProjectMigrationResult":
    owner = _owner(root, server, adopt)
    migrations = migration_files.applied_migrations(root)
    work = project_migration.ProjectsMigration(owner.data, server, migrations, update_config)
    with progress_bars("migrating the projects") as advance:
        return work.run(owner, advance)


def _print_plans(plans: "list[migration_plan.MigrationPlan]", is_done: bool) -> None:
    for plan in plans:
        for line in () if plan.is_empty else plan.lines():
            say(line)
    if all(plan.is_empty for plan in plans):
        say("nothing to migrate")
    elif is_done:
        say("this was applied to the dataset")
    elif not any(plan.issues for plan in plans):
        say("nothing was changed; `pactwire migrate --execute` applies this")
