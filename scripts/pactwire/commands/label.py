"""``pactwire label``: a local Label Studio, and the way of drafts and labels there and back."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from pactwire.commands.common import Root, print_issues, two_or_more

if TYPE_CHECKING:
    from pactwire.issues import Issue
    from pactwire.labelstudio.client import Client
    from pactwire.labelstudio.pull import Pulled


class ProjectName(StrEnum):
    """The projects; a test holds them to `pactwire.labelstudio.fields`."""

    LABELS = "labels"
    ZONES = "zones"


app = typer.Typer(no_args_is_help=True)

_console = Console(stderr=True)


@app.callback()
def label() -> None:
    """Label in Label Studio: a server of your own, drafts there, decisions back.

    The server is the one that `pactwire label serve` runs, or any other by LABEL_STUDIO_URL and
    LABEL_STUDIO_API_KEY.
    """


@app.command(epilog="Example: `pactwire label serve --push`")
def serve(
    root: Root = Path(),
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; without, 8080 or any free one.")] = None,
    push: Annotated[bool, typer.Option("--push", help="Push all articles once the server runs.")] = False,
) -> None:
    """Run a Label Studio on this machine until Ctrl-C; its data stays in .pactwire/labelstudio.

    PostgreSQL takes the place of SQLite where DJANGO_DB=default and POSTGRE_NAME, POSTGRE_USER,
    POSTGRE_PASSWORD, POSTGRE_HOST and POSTGRE_PORT are set. PACTWIRE_LABELSTUDIO_VENV may name a virtual
    environment that holds label-studio already.
    """
    from pactwire.labelstudio import server
    from pactwire.labelstudio.client import Client

    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with ExitStack() as stack:
            with _status() as say:
                running = stack.enter_context(server.serve(root, port, say))
            login = server.credentials(root)
            print(f"Label Studio runs at {running.url}")
            print(f"Log in as {login.email}; the password is in {server.folder(root) / 'credentials.json'}", flush=True)
            if push:
                with closing(Client(running.url, login.token)) as client:
                    _push(root, client)
            print("Ctrl-C stops it.", flush=True)
            running.wait()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)


def _interrupt(_: int, __: FrameType | None) -> NoReturn:
    """Stop once: what follows, the end of the server, is not to be interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


Annotators = Annotated[
    list[str] | None, typer.Argument(help="With --adjudicate: folders of annotations/, two or more.", metavar="A B …")
]
Adjudicate = Annotated[bool, typer.Option("--adjudicate", help="Only what these annotators disagree on.")]


def _named(adjudicate: bool, annotators: list[str] | None) -> list[str]:
    """Return the annotators to adjudicate; none without --adjudicate."""
    if not adjudicate and annotators:
        raise typer.BadParameter("annotators are named with --adjudicate only", param_hint="A B …")
    if adjudicate:
        two_or_more(annotators or [])
    return annotators or []


@app.command(epilog="Examples: `pactwire label push`, `pactwire label push --adjudicate anna boris`")
def push(annotators: Annotators = None, root: Root = Path(), adjudicate: Adjudicate = False) -> None:
    """Bring every article and its draft to the server, each once; nothing that people made is touched.

    With --adjudicate, bring the articles on which annotators disagree to projects of their own, where a person sees
    each annotator's labels, and submits those that are to be final.
    """
    from pactwire.labelstudio.client import connect

    names = _named(adjudicate, annotators)
    with closing(connect(root)) as client:
        issues = _push_disputes(root, client, names) if names else _push(root, client)
    if issues:
        raise typer.Exit(1)


def _push_disputes(root: Path, client: "Client", annotators: list[str]) -> "list[Issue]":
    """Push what annotators disagree on and tell what was done; returns the issues, which are printed."""
    from pactwire import corpus
    from pactwire.labelstudio import disputes

    with _progress("pushing") as advance:
        pushed = disputes.push_all(corpus.load(root), client, annotators, advance)
    for name in pushed.tasks:
        made, there, renewed = pushed.tasks[name], pushed.there[name], pushed.renewed[name]
        print(f"{name}: {made:,} tasks made, {there:,} there before, {renewed:,} of those given newer documents")
    if not pushed.tasks:
        print("the annotators agree on everything")
    _tell([], pushed.issues)
    return pushed.issues


def _push(root: Path, client: "Client") -> "list[Issue]":
    """Push and tell what was done; returns the issues, which are printed."""
    from pactwire import corpus
    from pactwire.labelstudio import push as pusher

    with _progress("pushing") as advance:
        pushed = pusher.push(corpus.load(root), client, advance)
    for name in pushed.tasks:
        made, there, renewed = pushed.tasks[name], pushed.there[name], pushed.drafts[name]
        print(f"{name}: {made:,} tasks made, {there:,} there before, {renewed:,} new drafts added to those")
    _tell(pushed.notes, pushed.issues)
    return pushed.issues


@app.command(epilog="Examples: `pactwire label pull`, `pactwire label pull --adjudicate anna boris`")
def pull(annotators: Annotators = None, root: Root = Path(), adjudicate: Adjudicate = False) -> None:
    """Write what people submitted to annotations/PSEUDONYM/; what can't be taken whole is shown and left.

    With --adjudicate, write what was chosen between annotators to annotations/decisions.jsonl, from which
    `pactwire adjudicate` makes the final documents.
    """
    from pactwire import corpus
    from pactwire.labelstudio import pull as puller
    from pactwire.labelstudio.client import connect

    if names := _named(adjudicate, annotators):
        _pull_decisions(root, names)
        return
    with closing(connect(root)) as client, _progress("pulling") as advance:
        pulled = puller.pull(corpus.load(root), client, advance)
    _show(pulled)


def _pull_decisions(root: Path, annotators: list[str]) -> None:
    """Pull what was chosen between annotators, tell of it, and exit with 1 where there are issues."""
    from pactwire import corpus
    from pactwire.judging.decisions import FILE
    from pactwire.labelstudio import adjudication
    from pactwire.labelstudio.client import connect

    with closing(connect(root)) as client, _progress("pulling") as advance:
        pulled = adjudication.pull_all(corpus.load(root), client, annotators, advance)
    print(
        f"{FILE}: {len(pulled.articles):,} articles decided, {pulled.changed:,} answers changed, {pulled.open:,} open"
    )
    _tell(pulled.notes, pulled.issues)
    if pulled.issues:
        raise typer.Exit(1)
    if not pulled.open:
        print(f"Next: `pactwire adjudicate {' '.join(annotators)}`")


@app.command(epilog="Example: `pactwire label status`")
def status(root: Root = Path()) -> None:
    """Show what is where, and what each person has done."""
    from rich.table import Table

    from pactwire.labelstudio import status as teller
    from pactwire.labelstudio.client import connect

    with closing(connect(root)) as client:
        found = teller.status(root, client)
    if not found:
        print("the server has no project of Pactwire; run `pactwire label push`")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("project", "tasks", "with draft", "untouched", "unsent edits", "person", "submitted", "skipped"):
        table.add_column(column, justify="left" if column in ("project", "person") else "right")
    for state in found.values():
        cells = [state.title, *map(str, (state.tasks, state.drafted, state.untouched, state.unsent))]
        for person, (submitted, skipped) in sorted(state.people.items()) or [("–", (0, 0))]:
            table.add_row(*cells, person, str(submitted), str(skipped))
            cells = [""] * 5
    if found:
        Console(soft_wrap=not sys.stdout.isatty()).print(table)


@app.command(epilog="Example: `pactwire label export labels tasks.json`")
def export(
    project: Annotated[ProjectName, typer.Argument(help="Which project's tasks.")],
    file: Annotated[Path, typer.Argument(help="JSON file to write.", dir_okay=False)],
    root: Root = Path(),
) -> None:
    """Write tasks with their drafts, and beside them the labeling config, for any Label Studio to import by hand."""
    from pactwire import corpus
    from pactwire.labelstudio import transfer

    print(f"{transfer.export(corpus.load(root), project.value, file):,} tasks written to {file}")
    print(f"Paste {file.with_suffix('.xml')} into Settings, Labeling Interface, Code.")


@app.command(name="import", epilog="Example: `pactwire label import labels.json zones.json`")
def import_(
    paths: Annotated[
        list[Path], typer.Argument(help="JSON exports, one of each project.", exists=True, dir_okay=False)
    ],
    root: Root = Path(),
) -> None:
    """Write what people submitted in exports of Label Studio (format JSON), as `pull` does."""
    from pactwire import corpus
    from pactwire.labelstudio import transfer

    _show(transfer.take(corpus.load(root), paths))


def _show(pulled: "Pulled") -> None:
    """Tell what was written, and exit with 1 where there are issues."""
    for file in pulled.written:
        print(f"written: {file}")
    print(f"{len(pulled.written):,} documents written, {pulled.same:,} the same as before")
    _tell(pulled.notes, pulled.issues)
    if pulled.issues:
        raise typer.Exit(1)


def _tell(notes: list[str], issues: "list[Issue]") -> None:
    for note in notes:
        print(f"note: {note}")
    if issues:
        print_issues(issues)


@contextmanager
def _status() -> Iterator[Callable[[str], None]]:
    """Show what is going on on one line of a terminal; say nothing in a pipe."""
    if not _console.is_terminal:
        yield lambda _: None
        return
    with _console.status("starting Label Studio") as status:
        yield status.update


@contextmanager
def _progress(verb: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar for each project on a terminal; say nothing in a pipe."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=_console, transient=True, disable=not _console.is_terminal) as progress:
        bars = {}

        def advance(project: str, done: int, total: int) -> None:
            if project not in bars:
                bars[project] = progress.add_task(f"{verb} {project}")
            progress.update(bars[project], completed=done, total=total or None)

        yield advance
