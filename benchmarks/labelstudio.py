"""The Label Studio side: seeded datasets, and a server where one is needed, to figures of speed and memory."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import ijson
from label_studio_sdk.converter.converter import Converter

import answered
import corpora
from figures import MEGABYTE, Benchmark, Figure, Setting, Times, as_command, race, ratios
from pactwire.corpus import corpus
from pactwire.labelstudio import (
    annotator_ids,
    encoder,
    export_reader,
    file_exchange,
    labeling_config,
    local_server,
    project_push,
    projects,
    pull,
    push,
    schema_mapping,
)
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.transport import TIMEOUT
from pactwire.storage import files
from pactwire.validation import integrity
from support.labelstudio import DATASET, identify, serving

HERE: Final = Path(__file__).parent
PERSON: Final = "anna"
OVERHEAD: Final = 1.2
"""How much longer than the bare transfer a push or a pull may take."""
FASTER: Final = 5
MEMORY: Final = 500


def push_speed(setting: Setting) -> Iterator[Figure]:
    """Compare a push with posting the same bodies, in the same order, to the same server."""
    number, times = setting.scaled(400, 40), setting.scaled(5, 2)
    root = identify(corpora.dataset(setting.fresh("push"), number))
    data = corpus.load_corpus(root)
    places: dict[str, int] = {}
    sent: list[tuple[str, bytes]] = []

    def ours() -> None:
        push.push_articles(root, studio, lambda *_: None)

    def theirs() -> None:
        for name, body in sent:
            http.post(f"/api/projects/{places[name]}/import", content=body).raise_for_status()

    def empty() -> None:
        for each in projects.find_projects(studio, DATASET).values():
            studio.send("DELETE", f"api/projects/{each.id}/", {})
        places.update({name: projects.create_project(studio, [], name, data).id for name in schema_mapping.PROJECTS})

    with server(root) as (studio, http):
        empty()
        with noted_requests(studio) as requests:
            ours()
        names = {f"/api/projects/{place}/import": name for name, place in places.items()}
        sent += [(names[each.url.path], each.content) for each in requests if each.url.path in names]
        mine, bare = race(ours, theirs, times, empty)
    size = sum(len(body) for _, body in sent)
    what = f"{number} articles, {2 * number} tasks, {size / MEGABYTE:.0f} MB in {len(sent)} requests"
    others = len(requests) - len(sent)
    yield _overhead("push", mine, bare, f"{what}; validating all of it and {others} other requests are ours alone")


def pull_speed(setting: Setting) -> Iterator[Figure]:
    """Compare a pull with fetching the same pages of tasks, in the same order, from the same server."""
    number, times = setting.scaled(400, 40), setting.scaled(5, 2)
    root = mapped(identify(corpora.dataset(setting.fresh("pull"), number)))
    data = corpus.load_corpus(root)

    def ours() -> None:
        pulled = pull.pull_annotations(root, studio, lambda *_: None)
        if len(pulled.written) != number or pulled.issues:
            raise RuntimeError(f"{len(pulled.written)} documents written, {len(pulled.issues)} issues")

    def theirs() -> None:
        for url in urls:
            http.get(url).raise_for_status()

    with server(root) as (studio, http):
        submit_all(studio, data)
        with noted_requests(studio) as requests:
            ours()
        urls = [each.url for each in requests if "annotations" in each.url.params.get("include", "")]
        pages = [http.get(url) for url in urls]
        fetched = sum(len(page.json()["tasks"]) for page in pages)
        if fetched != 2 * number:
            raise RuntimeError(f"{fetched} tasks were fetched for {number} articles")
        size = sum(len(page.content) for page in pages)
        mine, bare = race(ours, theirs, times, lambda: _forget(root))
    what = f"{fetched} tasks, each once, {size / MEGABYTE:.0f} MB in {len(urls)} requests, to {number} documents"
    others = len(requests) - len(urls)
    yield _overhead("pull", mine, bare, f"{what}; validating, writing and {others} other requests are ours alone")


def submit_all(studio: Client, data: corpus.Corpus) -> None:
    """Bring all articles to a server, as tasks that one person submitted."""
    for name in schema_mapping.PROJECTS:
        project = projects.create_project(studio, [], name, data)
        tasks = [_imported(each) for each in answered.tasks(data, name)]
        for start in range(0, len(tasks), project_push.BATCH_SIZE):
            studio.send("POST", f"api/projects/{project.id}/import", tasks[start : start + project_push.BATCH_SIZE])


def _overhead(name: str, mine: Times, bare: Times, what: str) -> Figure:
    samples = ratios(mine.wall, bare.wall)
    ratio = median(samples)
    detail = (
        f"{what}. Ours {mine.text()}, bare {bare.text()}; "
        f"processor time of the client {median(mine.processor):.2f} s and {median(bare.processor):.2f} s"
    )
    return Figure(f"{name}: time over bare HTTP", ratio, "times", f"≤ {OVERHEAD}", ratio <= OVERHEAD, detail, samples)


def conversion(setting: Setting) -> Iterator[Figure]:
    """Compare an export made into documents with what the SDK's converter makes of the same file.

    JSON_MIN is the nearest that the converter has: one record for each annotation with all regions and their
    values. It loses ids and relations, and checks nothing. Time of the processor counts, since nobody is waited for.
    """
    number, times = setting.scaled(400, 40), setting.scaled(7, 3)
    root = mapped(corpora.dataset(setting.fresh("convert"), number))
    data = corpus.load_corpus(root)
    export = root / "export.json"
    answered.export(data, "labels", export)
    labels = labeling_config.labeling_config(
        data.schema, "labels", list(data.topics.values()), list(data.links.values())
    )

    def ours() -> None:
        with as_command():
            taken = file_exchange.import_exports(data, [export])
        if len(taken.written) != number or taken.issues:
            raise RuntimeError(f"{len(taken.written)} documents written, {len(taken.issues)} issues")

    def theirs(form: str) -> None:
        converter: Any = Converter
        converter(labels, str(root)).convert(str(export), str(root / "theirs"), form, is_dir=False)

    size = f"{number} tasks of {export.stat().st_size / number / 1000:.0f} KB, validated, against label-studio-sdk's"
    for form, aim in (("JSON_MIN", FASTER), ("CSV", FASTER), ("CONLL2003", FASTER)):
        mine, sdk = race(ours, partial(theirs, form), times, lambda: _forget(root))
        samples = ratios(sdk.processor, mine.processor)
        speed = median(samples)
        detail = (
            f"{size} {form} of the same file. Processor time a task: ours {_each(mine, number)}, theirs "
            f"{_each(sdk, number)}. By the clock, our documents made safe on disk: {mine.text()}, theirs {sdk.text()}"
        )
        name = f"convert: speed against the SDK's {form}"
        yield Figure(name, speed, "times as fast", f"≥ {aim}", speed >= aim, detail, samples)
    reading = _reading(export, number, mine, times)
    yield reading
    yield _floor(root, number, reading.value, times)


def _reading(export: Path, number: int, mine: Times, times: int) -> Figure:
    """Measure what reading the JSON takes alone, here and as the SDK does."""

    def cut() -> None:
        export_reader.index_tasks([export])

    def parse() -> None:
        for places in export_reader.index_tasks([export]).values():
            for place in places:
                export_reader.read_task(place)

    def loads() -> None:
        json.loads(export.read_bytes())

    def streamed() -> None:
        with export.open("rb") as stream:
            for _ in ijson.items(stream, "item", use_float=True):
                pass

    found, read = race(cut, parse, times)
    whole, slow = race(loads, streamed, min(times, 3))
    least = median(read.processor) / number * 1000
    detail = (
        f"Of {_each(mine, number)} a task in all; finding the tasks in the file alone takes {_each(found, number)}. "
        f"json.loads of the file alone takes {_each(whole, number)}, and ijson, with which the SDK reads, "
        f"{_each(slow, number)}"
    )
    return Figure("convert: reading alone", least, "ms a task", "none", True, detail)


def _floor(root: Path, number: int, reading: float, times: int) -> Figure:
    """Measure what is left of a conversion that makes documents of results in no time: reading, checking, writing."""
    data = corpus.load_corpus(root)
    finals = [(article, data.zones(article), data.final_document(article["id"])) for article in data.articles.values()]
    made: list[Any] = [
        (article, zones, {key: value for key, value in (final or {}).items() if key != "zones"})
        for article, zones, final in finals
    ]
    written = root / "written"
    known = data

    def ask() -> None:
        for each in known.articles:
            known.articles.get(each)
            known.final_document(each)

    def check() -> None:
        for article, zones, document in made:
            data.schema.is_valid(document)
            integrity.check_document(document, article, zones, data.schema, data.links, data.topics)

    def write() -> None:
        for article, _, document in made:
            files.write_file(written / article["id"], encoder.document_bytes(document))

    def forget() -> None:
        nonlocal known
        known = corpus.load_corpus(root)
        shutil.rmtree(written, ignore_errors=True)

    with as_command():
        asked, checked = race(ask, check, times, forget)
        kept, _ = race(write, lambda: None, times, forget)
    rest = [median(each.processor) / number * 1000 for each in (asked, checked, kept)]
    detail = (
        f"Reading the tasks {reading:.2f} ms, the articles and their final documents {_each(asked, number)}, holding "
        f"documents against the schema and the checks {_each(checked, number)}, writing them {_each(kept, number)}: "
        "what a conversion takes at least, though it made documents of results in no time"
    )
    return Figure("convert: all but results", reading + sum(rest), "ms a task", "none", True, detail)


def _each(times: Times, number: int) -> str:
    return f"{median(times.processor) / number * 1000:.2f} ms"


def memory(setting: Setting) -> Iterator[Figure]:
    """Measure the client's memory for many tasks, in a process of its own, against a server that keeps nothing."""
    number = setting.scaled(10_000, 1_000)
    few = number // 10
    samples = identify(corpora.dataset(setting.fresh("samples"), corpora.DISTINCT))
    for command in ("push", "pull", "export", "import"):
        taken = {}
        for count in (few, number):
            root = mapped(identify(corpora.dataset(setting.fresh("memory"), count)))
            if command == "import":
                answered.export(corpus.load_corpus(root), "labels", root / "tasks.json")
            with _stub(samples, count if command == "pull" else 0) as url:
                taken[count] = json.loads(_run("memory.py", command, str(root), url))
        start, peak = (taken[number][key] / MEGABYTE for key in ("start", "peak"))
        where = "a file" if command in ("export", "import") else "a loopback stand-in for the server"
        detail = (
            f"{number:,} articles, {where}; {taken[few]['peak'] / MEGABYTE:.0f} MB for {few:,} articles, "
            f"{start:.0f} MB before any"
        )
        yield Figure(f"{command}: memory for {number:,} articles", peak, "MB", f"< {MEMORY}", peak < MEMORY, detail)


def _run(*arguments: str) -> str:
    """Run a script of this folder to its end and return what it printed."""
    command = [sys.executable, str(HERE / arguments[0]), *arguments[1:]]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def _stub(samples: Path, number: int) -> Iterator[str]:
    """Run the stand-in for a server and yield its address."""
    command = [sys.executable, str(HERE / "stub.py"), str(samples), str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def server(root: Path) -> Iterator[tuple[Client, httpx.Client]]:
    """Run a real Label Studio; yields the package's client, and a bare one with the same login."""
    with serving(root) as running:
        token = local_server.owner_credentials(root).token
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        with (
            closing(Client(running.url, token)) as studio,
            httpx.Client(base_url=running.url, headers=headers, timeout=TIMEOUT) as http,
        ):
            yield studio, http


@contextmanager
def noted_requests(studio: Client) -> Iterator[list[httpx.Request]]:
    """Yield a list that fills with the requests that a client makes."""
    made: list[httpx.Request] = []
    hooks = studio.transport.http.event_hooks
    studio.transport.http.event_hooks = {"request": [made.append]}
    try:
        yield made
    finally:
        studio.transport.http.event_hooks = hooks


def _forget(root: Path) -> None:
    """Make a dataset as it was before anything was pulled."""
    shutil.rmtree(root / "annotations" / PERSON, ignore_errors=True)
    (local_server.state_folder(root) / "pulled.json").unlink(missing_ok=True)


def mapped(root: Path) -> Path:
    """Give a dataset the pseudonym of who submitted everything, known by address, or in exports by number."""
    files.write_file(root / annotator_ids.ANNOTATORS_FILE, json.dumps({answered.OWNER: PERSON, "1": PERSON}))
    return root


def _imported(task: dict[str, Any]) -> dict[str, Any]:
    """Return a task of an export as an import takes it."""
    [made] = task["annotations"]
    annotation = {key: made[key] for key in ("result", "completed_by", "was_cancelled", "ground_truth")}
    prediction = {key: made["prediction"][key] for key in ("result", "model_version")}
    return {"data": task["data"], "meta": task["meta"], "annotations": [annotation], "predictions": [prediction]}


BENCHMARKS: Final[dict[str, Benchmark]] = {
    "push": push_speed, "pull": pull_speed, "convert": conversion, "memory": memory,
}  # fmt: skip
