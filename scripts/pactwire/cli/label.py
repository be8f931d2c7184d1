"""``pactwire label``: a local Label Studio, and the way of drafts and labels there and back."""

import signal
import sys
from contextlib import ExitStack, closing
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pactwire.cli import terminal
from pactwire.cli.options import (
    AdoptOption,
    Format,
    FormatOption,
    NoWaitOption,
    RootOption,
    print_issues,
    reading,
    require_two_annotators,
    writing,
)
from pactwire.cli.terminal import counted, progress_bars, say, say_json
from pactwire.model import extras
from pactwire.model.escapes import terminal_line

if TYPE_CHECKING:
    from pactwire.labelstudio.client import Client
    from pactwire.labelstudio.project_status import ProjectStatus
    from pactwire.labelstudio.pull import PullResult
    from pactwire.model.issues import Issue


class ProjectName(StrEnum):
    """The projects; a test holds them to `pactwire.labelstudio.schema_mapping`."""

    LABELS = "labels"
    ZONES = "zones"


app = typer.Typer(no_args_is_help=True)


@app.callback()
def label() -> None:
    """Label in Label Studio: a server of your own, drafts there, decisions back.

    The server is the one that `pactwire label serve` runs, or any other by LABEL_STUDIO_URL and
    LABEL_STUDIO_API_KEY.
    """


@app.command(epilog="Example: `pactwire label serve --push`")
def serve(
    root: RootOption = Path(),
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; without, 8080 or any free one")] = None,
    push: Annotated[bool, typer.Option("--push", help="Push all articles once the local_server runs")] = False,
) -> None:
    """Run a Label Studio on this machine until Ctrl-C; its data stays in .pactwire/labelstudio.

    Of your environment the server gets where things are (PATH, HOME, TMPDIR, LD_LIBRARY_PATH), language and time
    zone, and the variables that begin with LABEL_STUDIO_; no token, key or proxy of another program. PostgreSQL
    takes the place of SQLite where DJANGO_DB=default and POSTGRE_NAME, POSTGRE_USER, POSTGRE_PASSWORD, POSTGRE_HOST
    and POSTGRE_PORT are set. PACTWIRE_LABELSTUDIO_VENV may name a virtual environment that holds label-studio already.
    """
    from pactwire.labelstudio import local_server

    if push:  # what a push can't do without is told before anything is started
        extras.require("label")
        from pactwire.labelstudio.push import guidelines_version

        guidelines_version(root)
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with ExitStack() as stack:
            with terminal.spinner("starting Label Studio") as show:
                running = stack.enter_context(local_server.serve(root, port, show))
            login = local_server.owner_credentials(root)
            say(f"Label Studio runs at {running.url}")
            say(
                f"Log in as {login.email}; the password is in {local_server.state_folder(root) / 'credentials.json'}",
                flush=True,
            )
            if push:
                _push_to_own_server(root, running.url, login.token)
            say("Ctrl-C stops it.", flush=True)
            running.wait()
    except KeyboardInterrupt:
        say("stopped", stderr=True)


def _push_to_own_server(root: Path, url: str, token: str) -> None:
    """Push to the server that was started; what is wrong is told, and the server runs on."""
    from pactwire.labelstudio.client import Client
    from pactwire.model.issues import DataError

    try:
        with writing(root, no_wait=False), closing(Client(url, token)) as client:
            _push_drafts(root, client)
    except DataError as error:
        print_issues(error.issues)
        say("Mend it, and run `pactwire label push` while the server runs.", stderr=True)


def _interrupt(_: int, __: FrameType | None) -> NoReturn:
    """Stop once: what follows, the end of the server, is not to be interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


AnnotatorsArgument = Annotated[
    list[str] | None, typer.Argument(help="With --adjudicate: folders of annotations/, two or more.", metavar="A B …")
]
AdjudicateOption = Annotated[bool, typer.Option("--adjudicate", help="Only what these annotators disagree on.")]


def _annotators_to_adjudicate(adjudicate: bool, annotators: list[str] | None) -> list[str]:
    """Return the annotators to adjudicate; none without --adjudicate."""
    if not adjudicate and annotators:
        raise typer.BadParameter("annotators are named with --adjudicate only", param_hint="A B …")
    if adjudicate:
        require_two_annotators(annotators or [])
    return annotators or []


TakeOverOption = Annotated[
    bool, typer.Option("--adopt", help="Take over the projects that an issue asked about: they are this dataset's.")
]
UpdateConfigOption = Annotated[
    bool, typer.Option("--update-config", help="Replace a labeling config that people changed in Label Studio.")
]


@app.command(epilog="Examples: `pactwire label push`, `pactwire label push --adjudicate anna boris`")
def push(
    annotators: AnnotatorsArgument = None,
    root: RootOption = Path(),
    adjudicate: AdjudicateOption = False,
    adopt: TakeOverOption = False,
    update_config: UpdateConfigOption = False,
    no_wait: NoWaitOption = False,
) -> None:
    """Bring every article and its draft to the server, each once; nothing that people made is touched.

    Projects are known by the dataset's id, which stands in pactwire.toml and is drawn by the first push. Projects
    that may be another dataset's, and a labeling config that people changed, are told of and left as they are.

    With --adjudicate, bring the articles on which annotators disagree to projects of their own, where a person sees
    each annotator's labels, and submits those that are to be final.
    """
    from pactwire.labelstudio.client import connect

    names = _annotators_to_adjudicate(adjudicate, annotators)
    with writing(root, no_wait), closing(connect(root)) as client:
        if names:
            issues = _push_adjudication(root, client, names, adopt, update_config)
        else:
            issues = _push_drafts(root, client, adopt, update_config)
    if issues:
        raise typer.Exit(1)


def _push_adjudication(
    root: Path, client: "Client", annotators: list[str], adopt: bool, update_config: bool
) -> "list[Issue]":
    """Push what annotators disagree on and tell what was done; returns the issues, which are printed."""
    from pactwire.corpus import corpus
    from pactwire.labelstudio import adjudication_push

    with progress_bars("pushing") as advance:
        pushed = adjudication_push.push_disputed(
            corpus.load_corpus(root), client, annotators, advance, adopt=adopt, update_config=update_config
        )
    for name in pushed.tasks:
        made, there, renewed = pushed.tasks[name], pushed.there[name], pushed.renewed[name]
        say(f"{name}: {counted(made, 'task')} made, {there:,} there before, {renewed:,} of those given newer documents")
    if not pushed.tasks:
        say("the annotators agree on everything")
    _print_notes_and_issues(pushed.notes, pushed.issues)
    return pushed.issues


def _push_drafts(root: Path, client: "Client", adopt: bool = False, update_config: bool = False) -> "list[Issue]":
    """Push and tell what was done; returns the issues, which are printed."""
    from pactwire.corpus import corpus
    from pactwire.labelstudio import push as pusher

    with progress_bars("pushing") as advance:
        pushed = pusher.push_articles(
            corpus.load_corpus(root), client, advance, adopt=adopt, update_config=update_config
        )
    for name in pushed.tasks:
        made, there, renewed = pushed.tasks[name], pushed.there[name], pushed.drafts[name]
        newer = counted(renewed, "new draft")
        say(f"{name}: {counted(made, 'task')} made, {there:,} there before, {newer} added to those")
    for name, page in pushed.pages.items():
        say(f"Label {name} at {page}")
    _print_notes_and_issues(pushed.notes, pushed.issues)
    return pushed.issues


@app.command(epilog="Examples: `pactwire label pull`, `pactwire label pull --adjudicate anna boris`")
def pull(
    annotators: AnnotatorsArgument = None,
    root: RootOption = Path(),
    adjudicate: AdjudicateOption = False,
    no_wait: NoWaitOption = False,
) -> None:
    """Write what people submitted to annotations/PSEUDONYM/; what can't be taken whole is shown and left.

    With --adjudicate, write what was chosen between annotators to annotations/decisions.jsonl, from which
    `pactwire adjudicate` makes the final documents.
    """
    from pactwire.corpus import corpus
    from pactwire.labelstudio import pull as puller
    from pactwire.labelstudio.client import connect

    if names := _annotators_to_adjudicate(adjudicate, annotators):
        _pull_decisions(root, names, no_wait)
        return
    with writing(root, no_wait), closing(connect(root)) as client, progress_bars("pulling") as advance:
        pulled = puller.pull_annotations(corpus.load_corpus(root), client, advance)
    _print_pulled(pulled)


def _pull_decisions(root: Path, annotators: list[str], no_wait: bool) -> None:
    """Pull what was chosen between annotators, tell of it, and exit with 1 where there are issues."""
    from pactwire.agreement.decisions import DECISIONS_FILE
    from pactwire.corpus import corpus
    from pactwire.labelstudio import adjudication_pull
    from pactwire.labelstudio.client import connect

    with writing(root, no_wait), closing(connect(root)) as client, progress_bars("pulling") as advance:
        pulled = adjudication_pull.pull_decisions(corpus.load_corpus(root), client, annotators, advance)
    decided, changed = counted(len(pulled.articles), "article"), counted(pulled.changed, "answer")
    say(f"{DECISIONS_FILE}: {decided} decided, {changed} changed, {pulled.open:,} open")
    _print_notes_and_issues(pulled.notes, pulled.issues)
    if pulled.issues:
        raise typer.Exit(1)
    if not pulled.open:
        say(f"Next: `pactwire adjudicate {' '.join(annotators)}`")


@app.command(epilog="Example: `pactwire label status --format json`")
def status(root: RootOption = Path(), form: FormatOption = Format.TEXT) -> None:
    """Show what is where, and what each person has done."""
    from dataclasses import asdict

    from pactwire.labelstudio import project_status as teller
    from pactwire.labelstudio.client import connect

    with closing(connect(root)) as client:
        found = teller.project_statuses(root, client)
    if form is Format.JSON:
        say_json({name: asdict(state) for name, state in found.items()}, pretty=True)
    elif found:
        _print_status(found)
    else:
        say("the server has no project of this dataset; run `pactwire label push`")


def _print_status(found: "dict[str, ProjectStatus]") -> None:
    """Print a row for each project and person."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("project", "tasks", "with draft", "untouched", "unsent edits", "person", "submitted", "skipped"):
        table.add_column(column, justify="left" if column in ("project", "person") else "right")
    for state in found.values():
        cells = [state.title, *(f"{each:,}" for each in (state.tasks, state.drafted, state.untouched, state.unsent))]
        for person, (submitted, skipped) in sorted(state.people.items()) or [("–", (0, 0))]:
            table.add_row(*map(terminal_line, (*cells, person, f"{submitted:,}", f"{skipped:,}")))
            cells = [""] * 5
    terminal.console().print(table, soft_wrap=not sys.stdout.isatty())
    _print_notes_and_issues([message for state in found.values() for message in state.shared], [])


@app.command(epilog="Example: `pactwire label export labels tasks.json`")
def export(
    project: Annotated[ProjectName, typer.Argument(help="Which project's tasks")],
    file: Annotated[Path, typer.Argument(help="JSON file to write", dir_okay=False)],
    root: RootOption = Path(),
    adopt: AdoptOption = False,
) -> None:
    """Write tasks with their drafts, and beside them the labeling config, for any Label Studio to import by hand."""
    from pactwire.corpus import corpus
    from pactwire.labelstudio import file_exchange

    with reading(root):
        tasks = file_exchange.export_tasks(corpus.load_corpus(root), project.value, file, adopt)
    say(f"{counted(tasks, 'task')} written to {file}")
    say(f"Paste {file.with_suffix('.xml')} into Settings, Labeling Interface, Code.")


@app.command(name="import", epilog="Example: `pactwire label import labels.json zones.json`")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="JSON exports, one of each project", exists=True, dir_okay=False)],
    root: RootOption = Path(),
    no_wait: NoWaitOption = False,
) -> None:
    """Write what people submitted in exports of Label Studio (format JSON), as `pull` does."""
    from pactwire.corpus import corpus
    from pactwire.labelstudio import file_exchange

    with writing(root, no_wait):
        pulled = file_exchange.import_exports(corpus.load_corpus(root), paths)
    _print_pulled(pulled)


def _print_pulled(pulled: "PullResult") -> None:
    """Tell what was written, and exit with 1 where there are issues."""
    for file in pulled.written:
        say(f"wrote: {file}")
    say(f"{counted(len(pulled.written), 'document')} written, {pulled.same:,} the same as before")
    _print_notes_and_issues(pulled.notes, pulled.issues)
    if pulled.issues:
        raise typer.Exit(1)


def _print_notes_and_issues(notes: list[str], issues: "list[Issue]") -> None:
    for note in notes:
        say(f"note: {note}")
    if issues:
        print_issues(issues)
