"""``pactwire label``: a local Label Studio server, and the exchange of drafts and annotations with any server."""

import sys
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli import interrupts, label_suggestions, terminal
from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import (
    AdoptOption,
    AdoptProjectsOption,
    Format,
    FormatOption,
    NoWaitOption,
    RootOption,
    UpdateConfigOption,
    print_issues,
    reading,
    require_two_annotators,
    writing,
)
from pactwire.cli.terminal import counted, progress_bars, say, say_json
from pactwire.model import optional_packages
from pactwire.model.escapes import terminal_line
from pactwire.model.issues import DataError, Issue

with lazy_imports():
    from rich import table as rich_table

    from pactwire.corpus import corpus, own_decisions
    from pactwire.labelstudio import (
        adjudication_pull,
        adjudication_push,
        client,
        file_exchange,
        local_server,
        queue_pull,
        queue_push,
        readiness,
        review_pull,
        review_push,
        schema_mapping,
        shown_tasks,
    )
    from pactwire.labelstudio import project_status as project_statuses
    from pactwire.labelstudio import pull as annotation_pull
    from pactwire.labelstudio import push as draft_push


app = typer.Typer(no_args_is_help=True)
app.add_typer(label_suggestions.app)


@app.callback()
def label() -> None:
    """Annotate in Label Studio: run a server, push drafts to it, and pull annotations and decisions back.

    The server is the one that LABEL_STUDIO_URL names, else the one that `pactwire label serve` runs, else the one in
    pactwire.toml. Your token on a server that you do not run yourself comes from LABEL_STUDIO_API_KEY.
    """


@app.command(epilog="Example: `pactwire label serve --push`")
def serve(
    root: RootOption = Path(),
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default: 8080, or any free one.")] = None,
    push: Annotated[bool, typer.Option("--push", help="Push all articles once the server runs.")] = False,
) -> None:
    """Run a Label Studio server on this machine until Ctrl-C; its data is in .pactwire/labelstudio.

    From your environment, the server gets only paths (PATH, HOME, TMPDIR, LD_LIBRARY_PATH), language and time zone, and
    variables that begin with LABEL_STUDIO_; no token, key or proxy of another program. To use PostgreSQL instead of
    SQLite, set DJANGO_DB=default and POSTGRE_NAME, POSTGRE_USER, POSTGRE_PASSWORD, POSTGRE_HOST and POSTGRE_PORT.
    PACTWIRE_LABELSTUDIO_VENV may name a virtual environment that already has label-studio.

    Where names are labeled, the other occurrences of a name that somebody marks are suggested once they switch on
    Auto-Annotation below the text.
    """
    if push:  # fail before anything is started
        optional_packages.require("label")
        readiness.guidelines_version(root)
    interrupts.interrupt_on_signals()
    try:
        with ExitStack() as stack:
            suggestions = label_suggestions.start_suggestions(root, stack)
            with terminal.spinner("starting Label Studio") as show:
                running = stack.enter_context(local_server.serve(root, port, show, suggestions))
            login = local_server.owner_credentials(root)
            password = local_server.state_folder(root) / "credentials.json"
            say(f"Label Studio runs at {running.url}")
            say(f"Log in as {login.email}; the password is in {password}", flush=True)
            if suggestions:
                label_suggestions.connect_to_own_server(root, running.url, login.token, suggestions)
            if push:  # connects the projects that are new
                _push_to_own_server(root, running.url, login.token)
            say("Press Ctrl-C to stop it.", flush=True)
            running.wait()
    except KeyboardInterrupt:
        say("stopped", stderr=True)


def _push_to_own_server(root: Path, url: str, token: str) -> None:
    """Push to the server that was just started; print issues, and leave the server running."""
    try:
        with writing(root, no_wait=False), closing(client.Client(url, token)) as connection:
            _push_drafts(root, connection)
    except DataError as error:
        print_issues(error.issues)
        say("Fix it, and run `pactwire label push` while the server runs.", stderr=True)


AnnotatorsArgument = Annotated[
    list[str] | None, typer.Argument(help="With --adjudicate: two or more folders of annotations/.", metavar="A B …")
]
AdjudicateOption = Annotated[bool, typer.Option("--adjudicate", help="Only what these annotators disagree on.")]


ReviewOption = Annotated[
    bool, typer.Option("--review", help="Only final documents, for people to read, in projects of their own.")
]
QueueOption = Annotated[
    bool, typer.Option("--queue", help="Only what a migration leaves to people, in a project of its own.")
]


def _annotators_to_adjudicate(adjudicate: bool, annotators: list[str] | None) -> list[str]:
    """Return the annotators to adjudicate; none without --adjudicate."""
    if not adjudicate and annotators:
        raise typer.BadParameter("name annotators only with --adjudicate", param_hint="A B …")
    if adjudicate:
        require_two_annotators(annotators or [])
    return annotators or []


@app.command(epilog="Examples: `pactwire label push`, `pactwire label push --adjudicate anna boris`")
def push(
    annotators: AnnotatorsArgument = None,
    root: RootOption = Path(),
    adjudicate: AdjudicateOption = False,
    review: ReviewOption = False,
    queue: QueueOption = False,
    adopt: AdoptProjectsOption = False,
    update_config: UpdateConfigOption = False,
    no_wait: NoWaitOption = False,
) -> None:
    """Push every article and its draft to the server, each once, without touching anything that people created.

    Projects are identified by the id of the dataset, which is in pactwire.toml; the first push creates it. Projects
    that may belong to another dataset, and a labeling config that people changed, are reported and left alone.

    With --adjudicate, push the articles on which annotators disagree to projects of their own. There a person sees
    the labels of each annotator, and submits those that are to be final. With --review, push the final documents that
    nobody has reviewed: there a person reads them, corrects them, and ticks the layers that they have read. With
    --queue, push the labels that a migration leaves to people; there, each gets one of the new labels.
    """
    names = _annotators_to_adjudicate(adjudicate, annotators)
    _require_one_mode(adjudicate, review, queue)
    with writing(root, no_wait), closing(client.connect(root)) as connection:
        if queue:
            issues = _push_queue(root, connection, adopt, update_config)
        elif review:
            issues = _push_review(root, connection, adopt, update_config)
        elif names:
            issues = _push_adjudication(root, connection, names, adopt, update_config)
        else:
            issues = _push_drafts(root, connection, adopt, update_config)
    if issues:
        raise typer.Exit(1)


def _require_one_mode(*modes: bool) -> None:
    if sum(modes) > 1:
        raise typer.BadParameter("give one of --adjudicate, --review and --queue", param_hint="--review")


def _push_queue(root: Path, connection: "client.Client", adopt: bool, update_config: bool) -> list[Issue]:
    """Push the open lines of a queue and print what was done; return the issues, which are printed."""
    with progress_bars("pushing") as advance:
        pushed = queue_push.push_queue(
            corpus.load_corpus(root), connection, advance, adopt=adopt, update_config=update_config
        )
    created = counted(pushed.tasks, "task")
    say(f"queue: {created} created, {pushed.there:,} already there, {pushed.renewed:,} of them updated")
    if pushed.page:
        say(f"Answer at {pushed.page}")
    _print_notes_and_issues(pushed.notes, pushed.issues)
    return pushed.issues


def _push_adjudication(
    root: Path, connection: "client.Client", annotators: list[str], adopt: bool, update_config: bool
) -> list[Issue]:
    """Push what annotators disagree on and print what was done; return the issues, which are printed."""
    with progress_bars("pushing") as advance:
        pushed = adjudication_push.push_disputed(
            corpus.load_corpus(root), connection, annotators, advance, adopt=adopt, update_config=update_config
        )
    return _print_shown(pushed, "the annotators agree on everything")


def _push_review(root: Path, connection: "client.Client", adopt: bool, update_config: bool) -> list[Issue]:
    """Push final documents and print what was done; return the issues, which are printed."""
    with progress_bars("pushing") as advance:
        pushed = review_push.push_final(
            corpus.load_corpus(root), connection, advance, adopt=adopt, update_config=update_config
        )
    issues = _print_shown(pushed, "people have reviewed every layer of the final documents")
    for name, page in pushed.pages.items():
        say(f"Review {name} at {page}")
    return issues


def _print_shown(pushed: "shown_tasks.ShownPushResult", otherwise: str) -> list[Issue]:
    """Print what a push of documents did, or that there is nothing to push; return the issues, which are printed."""
    for name in pushed.tasks:
        created, known, renewed = pushed.tasks[name], pushed.there[name], pushed.renewed[name]
        say(f"{name}: {counted(created, 'task')} created, {known:,} already there, {renewed:,} of them updated")
    if not pushed.tasks:
        say(otherwise)
    _print_notes_and_issues(pushed.notes, pushed.issues)
    return pushed.issues


def _push_drafts(
    root: Path, connection: "client.Client", adopt: bool = False, update_config: bool = False
) -> list[Issue]:
    """Push all articles and print what was done; return the issues, which are printed."""
    with progress_bars("pushing") as advance:
        pushed = draft_push.push_articles(root, connection, advance, adopt=adopt, update_config=update_config)
    for name in pushed.tasks:
        created, known, drafts = pushed.tasks[name], pushed.there[name], pushed.drafts[name]
        newer = counted(drafts, "new draft")
        say(f"{name}: {counted(created, 'task')} created, {known:,} already there, {newer} added to them")
    for name, page in pushed.pages.items():
        say(f"Label {name} at {page}")
    _print_notes_and_issues(pushed.notes, pushed.issues)
    is_new = any(known == 0 for known in pushed.there.values())
    if is_new and (address := local_server.running_suggestions(root, connection.url)):
        return [*pushed.issues, *label_suggestions.connect_suggestions(root, connection, address).issues]
    return pushed.issues


@app.command(epilog="Examples: `pactwire label pull`, `pactwire label pull --adjudicate anna boris`")
def pull(
    annotators: AnnotatorsArgument = None,
    root: RootOption = Path(),
    adjudicate: AdjudicateOption = False,
    review: ReviewOption = False,
    queue: QueueOption = False,
    no_wait: NoWaitOption = False,
) -> None:
    """Write submitted annotations to annotations/PSEUDONYM/; report and skip any that cannot be imported as a whole.

    With --adjudicate, write the decisions between annotators to annotations/decisions/, from which
    `pactwire adjudicate` creates the final documents. With --review, write there what people reviewed, and what they
    changed. With --queue, write the answers to the queue of a migration, which `pactwire migrate --execute` applies.
    """
    names = _annotators_to_adjudicate(adjudicate, annotators)
    _require_one_mode(adjudicate, review, queue)
    if queue:
        _pull_queue(root, no_wait)
        return
    if review:
        _pull_reviews(root, no_wait)
        return
    if names:
        _pull_decisions(root, names, no_wait)
        return
    with writing(root, no_wait), closing(client.connect(root)) as connection, progress_bars("pulling") as advance:
        pulled = annotation_pull.pull_annotations(root, connection, advance)
    _print_pulled(pulled)


def _pull_queue(root: Path, no_wait: bool) -> None:
    """Pull the answers of a queue and print what was done; exit with 1 if there are issues."""
    with writing(root, no_wait), closing(client.connect(root)) as connection, progress_bars("pulling") as advance:
        pulled = queue_pull.pull_queue(corpus.load_corpus(root), connection, advance)
    say(f"{pulled.file}: {counted(pulled.changed, 'answer')} changed, {pulled.open:,} open")
    _print_notes_and_issues(pulled.notes, pulled.issues)
    if pulled.issues:
        raise typer.Exit(1)
    say("Next: `pactwire migrate --execute`")


def _pull_decisions(root: Path, annotators: list[str], no_wait: bool) -> None:
    """Pull the decisions between annotators and print what was done; exit with 1 if there are issues."""
    with writing(root, no_wait), closing(client.connect(root)) as connection, progress_bars("pulling") as advance:
        pulled = adjudication_pull.pull_decisions(corpus.load_corpus(root), connection, annotators, advance)
    decided, changed = counted(len(pulled.articles), "article"), counted(pulled.changed, "answer")
    say(f"{pulled.file}: {decided} decided, {changed} changed, {pulled.open:,} open")
    _print_notes_and_issues([*pulled.notes, *own_decisions.own_decision_notes(root)], pulled.issues)
    if pulled.issues:
        raise typer.Exit(1)
    if not pulled.open:
        say(f"Next: `pactwire adjudicate {' '.join(annotators)}`")


def _pull_reviews(root: Path, no_wait: bool) -> None:
    """Pull what people reviewed and print what was done; exit with 1 if there are issues."""
    with writing(root, no_wait), closing(client.connect(root)) as connection, progress_bars("pulling") as advance:
        pulled = review_pull.pull_reviews(corpus.load_corpus(root), connection, advance)
    changed, reviewed = counted(pulled.changed, "answer"), counted(pulled.reviews, "review")
    say(f"{pulled.file}: {reviewed} of a layer and {changed} changed")
    _print_notes_and_issues([*pulled.notes, *own_decisions.own_decision_notes(root)], pulled.issues)
    say(f"Next: `pactwire adjudicate {' '.join(pulled.annotators)}`")
    if pulled.issues:
        raise typer.Exit(1)


@app.command(epilog="Example: `pactwire label status --format json`")
def status(root: RootOption = Path(), form: FormatOption = Format.TEXT) -> None:
    """Show the projects on the server, and what each person has done."""
    with closing(client.connect(root)) as connection, progress_bars("reading") as advance:
        statuses = project_statuses.project_statuses(root, connection, advance)
    if form is Format.JSON:
        say_json({name: asdict(status) for name, status in statuses.items()}, pretty=True)
    elif statuses:
        _print_status(statuses, own_decisions.own_decision_notes(root))
    else:
        say("the server has no project of this dataset; run `pactwire label push`")


def _print_status(statuses: "dict[str, project_statuses.ProjectStatus]", notes: list[str]) -> None:
    """Print a row for each project and person, what was reviewed, and notes."""
    table = rich_table.Table(box=None, pad_edge=False, header_style="bold")
    for column in ("project", "tasks", "with draft", "untouched", "unsent edits", "person", "submitted", "skipped"):
        table.add_column(column, justify="left" if column in ("project", "person") else "right")
    for state in statuses.values():
        cells = [state.title, *(f"{each:,}" for each in (state.tasks, state.drafted, state.untouched, state.unsent))]
        for person, (submitted, skipped) in sorted(state.people.items()) or [("–", (0, 0))]:
            table.add_row(*map(terminal_line, (*cells, person, f"{submitted:,}", f"{skipped:,}")))
            cells = [""] * 5
    terminal.console().print(table, soft_wrap=not sys.stdout.isatty())
    for state in statuses.values():
        if state.reviewed:
            layers = ", ".join(f"{layer} of {counted(count, 'article')}" for layer, count in state.reviewed.items())
            say(f"reviewed: {layers}")
    shared = [message for state in statuses.values() for message in state.shared]
    left = [f"the last pull said: {text}" for state in statuses.values() for text in state.left]
    _print_notes_and_issues([*shared, *notes, *left], [])


@app.command(epilog="Example: `pactwire label export labels tasks.json`")
def export(
    project: Annotated[str, typer.Argument(help="The project whose tasks to write: labels, zones or a layer.")],
    file: Annotated[Path, typer.Argument(help="JSON file to write.", dir_okay=False)],
    root: RootOption = Path(),
    adopt: AdoptOption = False,
) -> None:
    """Write tasks with their drafts, and the labeling config next to them, to import into any Label Studio by hand."""
    with reading(root):
        data = corpus.load_corpus(root)
        if project not in (known := schema_mapping.labeling_projects(data.schema)):
            raise typer.BadParameter(f"{project!r} is none of {', '.join(known)}", param_hint="PROJECT")
        tasks = file_exchange.export_tasks(data, project, file, adopt)
    say(f"{counted(tasks, 'task')} written to {file}")
    say(f"Paste {file.with_suffix('.xml')} into Settings, Labeling Interface, Code.")


@app.command(name="import", epilog="Example: `pactwire label import labels.json zones.json`")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="JSON exports, one per project.", exists=True, dir_okay=False)],
    root: RootOption = Path(),
    no_wait: NoWaitOption = False,
) -> None:
    """Import submitted annotations from Label Studio exports (JSON format), like `pull`."""
    with writing(root, no_wait):
        pulled = file_exchange.import_exports(corpus.load_corpus(root), paths)
    _print_pulled(pulled)


def _print_pulled(pulled: "annotation_pull.PullResult") -> None:
    """Print what was written; exit with 1 if there are issues."""
    for file in pulled.written:
        say(f"wrote: {file}")
    say(f"{counted(len(pulled.written), 'document')} written, {pulled.same:,} unchanged")
    _print_notes_and_issues(pulled.notes, pulled.issues)
    if pulled.told_notes or pulled.told_issues:
        known = f"{counted(pulled.told_issues, 'issue')} and {counted(pulled.told_notes, 'note')}"
        say(f"as before: {known} of earlier pulls; `pactwire label status` lists them")
    if pulled.issues or pulled.told_issues:
        raise typer.Exit(1)


def _print_notes_and_issues(notes: list[str], issues: list[Issue]) -> None:
    for note in notes:
        say(f"note: {note}")
    if issues:
        print_issues(issues)
