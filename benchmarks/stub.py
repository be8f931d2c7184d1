"""A dataset's folder and a number to a loopback server that talks like Label Studio and keeps nothing.

To who pushes, its two projects are empty. To who pulls, each holds ``number`` tasks, all submitted: the articles of
the dataset again and again, with ids as `corpora.make` counts them. So it shows what many tasks cost the client,
where a real server would take most of an hour. Run as ``python stub.py ROOT NUMBER``, it prints its address.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import answered
from pactwire.corpus import corpus
from pactwire.labelstudio import labeling_config, prediction_provenance, project_marks, projects, schema_mapping
from pactwire.model import strict_json


class Stub(ThreadingHTTPServer):
    """The server; ``samples`` are the tasks of a project as JSON, each as it stands behind its own ``id``."""

    def __init__(self, root: Path, number: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        data = corpus.load_corpus(root)
        self.number = number
        self.articles = list(data.articles)
        self.samples = [
            [_listed(task) for task in answered.tasks(data, project)] if number else []
            for project in schema_mapping.PROJECTS
        ]
        topics, links = list(data.topics.values()), list(data.links.values())
        self.projects = []
        for index, name in enumerate(schema_mapping.PROJECTS):
            written = labeling_config.labeling_config(data.schema, name, topics, links).strip()
            about = f"{project_marks.project_mark(data.settings.id, name)} {project_marks.config_mark(written)}"
            self.projects.append(
                {
                    "id": index, "title": projects.project_title(data.settings.name, name),
                    "description": about, "label_config": written,
                    "model_version": prediction_provenance.CURRENT_VERSION,
                }
            )  # fmt: skip

    def page(self, project: int, size: int, filters: list[Any]) -> Iterator[str]:
        """Yield a page of tasks as JSON."""
        asked = {"id": 0} | {each["filter"].removeprefix("filter:tasks:"): each["value"] for each in filters}
        if "draft_exists" in asked:
            return
        numbers: Sequence[int] = range(1, self.number + 1)
        if "data.article" in asked:
            numbers = sorted(int(article, 16) + 1 for article in asked["data.article"])
        samples = self.samples[project]
        for number in [each for each in numbers if each > asked["id"]][:size]:
            article = self.articles[(number - 1) % len(samples)]
            yield f'{{"id":{number},{samples[(number - 1) % len(samples)].replace(article, f"{number - 1:016x}")}'


def _listed(task: dict[str, Any]) -> str:
    """Return a task of an export as the list of tasks shows it, without the opening brace and its id."""
    copies = [annotation.pop("prediction") for annotation in task["annotations"]]
    del task["id"]
    return strict_json.compact({**task, "predictions": copies})[1:]


class _Handler(BaseHTTPRequestHandler):
    server: Stub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = "{}"
        if self.command == "GET" and url.path.startswith("/api/projects"):
            listed = self.server.projects if asked.get("page", "1") == "1" else []
            body = strict_json.compact({"count": len(self.server.projects), "results": listed})
        elif url.path.startswith("/api/users"):
            body = strict_json.compact([{"id": 1, "email": answered.OWNER}])
        elif self.command == "GET" and url.path.startswith("/api/tasks"):
            filters = json.loads(asked["query"])["filters"]["items"]
            page = self.server.page(int(asked["project"]), int(asked["page_size"]), filters)
            body = f'{{"tasks":[{",".join(page)}]}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        data = body.encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PATCH = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


if __name__ == "__main__":
    with Stub(Path(sys.argv[1]), int(sys.argv[2])) as stub:
        print(f"http://127.0.0.1:{stub.server_address[1]}", flush=True)
        stub.serve_forever()
