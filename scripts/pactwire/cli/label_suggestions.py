"""``pactwire label suggestions``, and the suggestions that ``pactwire label serve`` runs beside its server."""

import os
import threading
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli import interrupts
from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import RootOption, print_issues
from pactwire.cli.terminal import say
from pactwire.model import optional_packages
from pactwire.model.issues import DataError

with lazy_imports():
    from pactwire.corpus import schema_file
    from pactwire.labelstudio import client, local_server, suggestion_connection, suggestion_server

app = typer.Typer()


def start_suggestions(root: Path, stack: ExitStack) -> str:
    """Run the suggestions until the stack closes and return their address; empty, with issues, if they can't run.

    A folder without a schema, which is no dataset yet, has none.
    """
    if not (root / schema_file.SCHEMA_FILE).is_file():
        return ""
    try:
        return stack.enter_context(suggestion_server.serving(root)).url
    except DataError as error:
        print_issues(error.issues)
        return ""


def connect_to_own_server(root: Path, url: str, token: str, address: str) -> None:
    """Connect the suggestions to the server that was just started; print issues, and leave the server running."""
    try:
        optional_packages.require("label")
        with closing(client.Client(url, token)) as connection:
            connect_suggestions(root, connection, address)
    except DataError as error:
        print_issues(error.issues)


def connect_suggestions(
    root: Path, connection: "client.Client", address: str, secret: str = ""
) -> "suggestion_connection.ConnectedProjects":
    """Connect the projects in which names are labeled, and print which, with the issues of others."""
    connected = suggestion_connection.connect_projects(root, connection, address, secret)
    for title in connected.titles:
        say(f"Names are suggested in {title}: switch on Auto-Annotation below the text")
    if connected.issues:
        print_issues(connected.issues)
    return connected


@app.command(epilog="Example: `pactwire label suggestions --host 10.0.0.5 --port 9090`")
def suggestions(
    root: RootOption = Path(),
    host: Annotated[str, typer.Option(help="Address of this machine to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default: any free one.")] = None,
    address: Annotated[
        str, typer.Option(help="Where the Label Studio server reaches them; default: http://HOST:PORT.")
    ] = "",
) -> None:
    """Suggest the other occurrences of names that people mark, for a server of your own, until Ctrl-C.

    Connects the projects that a push created. `pactwire label serve` does the same for its own server. Where other
    machines can reach the address, PACTWIRE_SUGGESTIONS_SECRET must hold a password, which is given to Label Studio.
    """
    secret = os.environ.get(suggestion_server.SECRET_VARIABLE, "")
    interrupts.interrupt_on_signals()
    try:
        with suggestion_server.serving(root, host, port or local_server.ANY_PORT, secret) as server:
            with closing(client.connect(root)) as connection:
                connected = connect_suggestions(root, connection, address or server.url, secret)
            if not any(connected):
                say("there is no project in which names are labeled; run `pactwire label push`", stderr=True)
            if not connected.titles:
                raise typer.Exit(1)
            say("Press Ctrl-C to stop.", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        say("stopped", stderr=True)
