"""Real Label Studio servers for tests.

A server's folder is migrated once for each virtual environment (a minute), and copied for each server.
"""

import copy
import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from filelock import FileLock

from pactwire.corpus import settings
from pactwire.labelstudio import local_server, schema_mapping
from pactwire.labelstudio.client import Client
from pactwire.storage import files

CHECKOUT = Path(__file__).parents[2]
DATASET = "11111111-2222-4333-8444-555555555555"
"""The id of a dataset whose projects a test looks for."""


def identify(root: Path, dataset: str = DATASET) -> Path:
    """Give a dataset an id."""
    files.write_file(root / settings.SETTINGS_FILE, f'[dataset]\nid = "{dataset}"\n')
    return root


def template() -> Path:
    """Return a dataset's folder with a migrated, empty Label Studio that is not running."""
    command = local_server.installed_command(CHECKOUT, print)
    os.environ[local_server.VENV_VARIABLE] = str(command.parents[1])
    root = command.parents[1] / "pactwire-test-template"
    with FileLock(f"{root}.lock"):
        if not (root / "migrated").is_file():
            shutil.rmtree(root, ignore_errors=True)
            root.mkdir()
            with local_server.serve(root, free_port(), lambda _: None):
                pass
            (root / "migrated").touch()
    return root


def free_port() -> int:
    """Return a port that nobody uses; not the usual one, for which two runs of tests would race."""
    with socket.socket() as probe:
        probe.bind((local_server.HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(root: Path, port: int | None = None) -> Iterator[local_server.RunningServer]:
    """Run a server for a dataset's folder, from the template where the folder has none yet."""
    if not local_server.state_folder(root).is_dir():
        copy_template(root)
    with local_server.serve(root, port or free_port(), lambda _: None) as running:
        yield running


def copy_template(root: Path) -> None:
    """Give a dataset's folder a migrated, empty Label Studio."""
    shutil.copytree(local_server.state_folder(template()), local_server.state_folder(root))


def ticked(results: list[Any], *layers: str) -> list[Any]:
    """Return results of a draft with the ticks of a person: of the layers that it holds, or of those named."""
    found = copy.deepcopy(results)
    for each in found:
        if each.get("from_name") == schema_mapping.FINISHED:
            held = each["meta"]["pactwire"]["layers"]
            each["value"]["choices"] = list(layers) or held
            each["origin"] = "prediction-changed"  # as the page calls it
    return found


def submitted(results: list[Any]) -> list[Any]:
    """Return what comes back when a person opens a prediction and presses Submit.

    As seen on the real server: unknown keys of regions, values and relations are dropped, words are
    collapsed, regions' meta is copied onto every result, relations move to the end in another order.
    """
    meta = {result["id"]: result["meta"] for result in results if "meta" in result}
    words = {result["id"]: result["value"]["text"] for result in results if result["type"] == "labels"}
    regions = []
    for result in results:
        if result["type"] == "relation":
            continue
        kept_keys = ("start", "end", "labels", "choices", "taxonomy", "text")
        value = {k: v for k, v in result["value"].items() if k in kept_keys}
        if result["id"] in words and result["type"] != "textarea":
            value["text"] = " ".join(words[result["id"]].replace("\n", "\\n").split())
        kept = {k: result[k] for k in ("id", "from_name", "to_name", "type", "origin")} | {"value": value}
        regions.append(kept | ({"meta": meta[result["id"]]} if result["id"] in meta else {}))
    relations = [
        {k: result[k] for k in ("type", "from_id", "to_id", "direction", "labels")}
        for result in results
        if result["type"] == "relation"
    ]
    return json.loads(json.dumps([*regions, *reversed(relations)]))  # type: ignore[no-any-return]


def join(owner: Client, email: str) -> Client:
    """Return a client of a new person, who signed up by the owner's invitation as a browser would."""
    with httpx.Client(base_url=owner.url, follow_redirects=True, headers={"Referer": owner.url}) as browser:
        invited = owner.get("api/invite")["invite_url"]
        browser.get(invited)
        form = {"email": email, "password": "a-long-passphrase", "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post(invited, data=form).raise_for_status()
        token: str = browser.get("/api/current-user/token").raise_for_status().json()["token"]
    return Client(owner.url, token)
