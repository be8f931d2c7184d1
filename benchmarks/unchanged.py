"""Commands that find nothing new on a server, against the smallest requests that can find that out."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx

import corpora
from figures import Benchmark, Figure, Setting, race, ratios
from labelstudio import mapped, noted_requests, server, submit_all
from pactwire.corpus import corpus
from pactwire.labelstudio import project_status, projects, pull, push
from pactwire.labelstudio.client import OVERLAP, Client
from support.labelstudio import DATASET, identify

LOOK: Final = 1.5
"""How much longer than the smallest requests a command may take."""

ANNOTATION_IDS: Final = ("annotations", "id")


def unchanged(setting: Setting) -> Iterator[Figure]:
    """Compare commands that find little or nothing new with the smallest requests that can find that out.

    Nobody can know less than the list of projects, which says what is whose, and each project's latest change with its
    totals, one small answer each; a pull and a status also need who is who, and the unsent edits of each project, which
    leave no trace elsewhere. Commands run as people run them, and the bare requests in a process that imports httpx
    alone; the second figure leaves out the start of both.
    """
    number, times = setting.scaled(1000, 50), setting.scaled(7, 2)
    root = mapped(identify(corpora.dataset(setting.fresh("unchanged"), number)))
    with server(root) as (studio, http):
        submit_all(studio, corpus.load_corpus(root))
        environment = {**os.environ, "LABEL_STUDIO_URL": studio.url, "LABEL_STUDIO_API_KEY": _token(http)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as after an installation, which compiles the package
        for name, action in _actions(root, studio).items():
            command = partial(_label, name, root, environment)
            command()  # sees everything
            time.sleep(OVERLAP.total_seconds() + 1)
            command()  # from now on, nothing may become visible late
            with noted_requests(studio) as requests:
                action()
            urls = [str(each.url) for each in requests]
            if len(urls) != (3 if name == "push" else 6):
                raise RuntimeError(f"{name}: {len(urls)} requests")
            what = f"{name}, nothing new in {2 * number:,} tasks"
            yield _against_requests(what, command, partial(_bare, urls, environment), times, len(urls), "as a process")
            alone = f"{what}, without start"
            yield _against_requests(alone, action, partial(_get, http, urls), times, len(urls), "in this process")
            few = number // 100 or 1
            _touch(studio, few)
            with noted_requests(studio) as requests:
                action()
            urls = [str(each.url) for each in requests]
            what = f"{name}, {few} of {2 * number:,} tasks new"
            before = partial(_touch, studio, few)
            bare = partial(_bare, urls, environment)
            yield _against_requests(what, command, bare, times, len(urls), "as a process", before)


def _against_requests(
    what: str, ours: Any, theirs: Any, times: int, number: int, how: str, before: Any = lambda: None
) -> Figure:
    mine, bare = race(ours, theirs, times, before)
    samples = ratios(mine.wall, bare.wall)
    ratio = median(samples)
    detail = f"{number} requests, {how}. Ours {mine.text()}, bare {bare.text()}"
    return Figure(
        f"{what}: time over the smallest requests", ratio, "times", f"≤ {LOOK}", ratio <= LOOK, detail, samples
    )


def _actions(root: Path, studio: Client) -> dict[str, Callable[[], object]]:
    """Return what the commands do once they have started."""
    return {
        "push": lambda: push.push_articles(root, studio, lambda *_: None),
        "pull": lambda: pull.pull_annotations(root, studio, lambda *_: None),
        "status": lambda: project_status.project_statuses(root, studio, lambda *_: None),
    }


def _label(name: str, root: Path, environment: Mapping[str, str]) -> None:
    """Run a command as people do."""
    command = [str(Path(sys.executable).with_name("pactwire")), "label", name, "--root", str(root)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def _bare(urls: Sequence[str], environment: Mapping[str, str]) -> None:
    """Make requests in a process that does nothing else."""
    code = (
        "import httpx, os, sys\n"
        "headers = {'Authorization': 'Token ' + os.environ['LABEL_STUDIO_API_KEY']}\n"
        "with httpx.Client(headers=headers, timeout=120) as http:\n"
        "    for url in sys.argv[1:]: http.get(url).raise_for_status()"
    )
    subprocess.run([sys.executable, "-c", code, *urls], check=True, env=environment)


def _get(http: httpx.Client, urls: Sequence[str]) -> None:
    for url in urls:
        http.get(url).raise_for_status()


def _touch(studio: Client, number: int) -> None:
    """Save annotations of the first tasks of a project again, unchanged."""
    project = projects.find_projects(studio, DATASET)["labels"]
    annotations = [each["annotations"][0] for page in studio.tasks(project.id, ANNOTATION_IDS) for each in page]
    for each in annotations[:number]:
        studio.change(f"api/annotations/{each['id']}/", {"lead_time": 1.0})


def _token(http: httpx.Client) -> str:
    return http.headers["Authorization"].removeprefix("Token ")


BENCHMARKS: Final[dict[str, Benchmark]] = {"unchanged": unchanged}
