"""State of pulls: stages pulled documents, puts them in place together, and never overwrites a local change.

``.pactwire/labelstudio/pulled.json`` records how far each project was read, and the SHA-256 of every pulled document,
by which a local change is distinguished from one on the server.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from pactwire.corpus import migration_files, migration_ledger, rounds
from pactwire.labelstudio import encoder, local_server
from pactwire.model import digests, strict_json
from pactwire.model.issues import Issue
from pactwire.model.labels import document_labels
from pactwire.model.records import Document
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files
from pactwire.storage.staging import Staging


@dataclass
class PullResult:
    """Outcome of a pull: files written, the number of unchanged documents, new notes and issues.

    ``told_notes`` and ``told_issues`` are the numbers of those that an earlier pull had and that still hold.
    """

    written: list[str] = field(default_factory=list)
    same: int = 0
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    told_notes: int = 0
    told_issues: int = 0


@dataclass
class PullState:
    """What is known about a dataset on a server.

    ``version`` is that of the package that read it; ``since`` is until when every change to a project was seen, and
    ``held`` how many tasks it had, by its number; ``again`` are articles to look at again; ``documents`` are the
    SHA-256s of pulled documents; ``tasks`` are the numbers of tasks by article, by the number of their project;
    ``notes`` and ``issues`` are what there is to say about articles, and for "" about unsent edits.
    """

    version: str = ""
    since: dict[str, str] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)
    documents: dict[str, list[str]] = field(default_factory=dict)
    tasks: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    issues: dict[str, list[str]] = field(default_factory=dict)


def pull_place(url: str, dataset: str) -> str:
    """Return the place in `PulledDocuments` of a dataset, given its id, on a server."""
    return f"{url} {dataset}"


def told_texts(root: Path, place: str) -> list[str]:
    """Return the issues and notes about articles that the last pull from a place, as in `PulledDocuments`, left."""
    path = local_server.state_folder(root) / "pulled.json"
    states: dict[str, Any] = files.read_json(path, path.as_posix()) if path.is_file() else {}
    state = PullState(**states.get(place, {}))
    told = [item for texts in (state.issues, state.notes) for item in sorted(texts.items())]
    return [text for article, texts in told if article for text in texts]


def task_pages(root: Path, dataset: str) -> dict[str, list[str]]:
    """Return the addresses of the tasks that pulls of a dataset saw, by article; ``dataset`` is its id."""
    path = local_server.state_folder(root) / "pulled.json"
    states: dict[str, Any] = files.read_json(path, path.as_posix()) if path.is_file() else {}
    found: dict[str, list[str]] = {}
    for place, state in states.items():
        url, _, name = place.partition(" ")
        for project, tasks in state.get("tasks", {}).items() if name == dataset else ():
            for article, task in tasks.items():
                found.setdefault(article, []).append(f"{url}/projects/{project}/data?task={task}")
    return found


class PulledDocuments:
    """The documents of a dataset that were pulled from one place, and their digests.

    A place is a dataset on a server. What version 1.0.0 recorded under ``earlier`` is taken over.
    """

    def __init__(self, root: Path, schema: AnnotationSchema, place: str, earlier: str = "") -> None:
        self.root = root
        self.schema = schema
        self.place = place
        self.path = local_server.state_folder(root) / "pulled.json"
        self.all: dict[str, Any] = files.read_json(self.path, self.path.as_posix()) if self.path.is_file() else {}
        self.state = PullState(**self.all.get(place, self.all.pop(earlier, {})))
        self.keys: dict[str, set[str]] = {}
        for key in self.state.documents:
            self.keys.setdefault(key.partition("/")[2], set()).add(key)
        self.is_same_version = self.state.version == (version := metadata.version("pactwire"))
        self.state.version = version
        self.again = set(self.state.again)
        self.staged: dict[str, dict[str, str]] = {}
        self.staging = Staging(root)
        queue = migration_ledger.open_queue(root)
        self.answers = migration_files.answer_migration(root, schema, queue) if queue else None

    def file(self, key: str) -> Path:
        """Return the path of the document ``annotator/article``."""
        return self.root / "annotations" / f"{key}.json"

    def missing(self) -> set[str]:
        """Return the articles of documents that were pulled once and have been removed here."""
        missing = {key for key in self.state.documents if not self.file(key).is_file()}
        return {key.partition("/")[2] for key in missing if not rounds.earlier_files(self.root, f"{key}.json")}

    def stage(
        self, article: str, documents: Mapping[str, Document], pulled: PullResult, known: Collection[str] = ()
    ) -> None:
        """Stage an article's documents by annotator, replacing those staged before.

        A document is not staged if it would overwrite a local change. Those of the annotators in ``known`` hold nothing
        that an earlier pull did not bring, whatever a migration made of it.
        """
        for key in self.staged.pop(article, {}):
            self.staging.unstage(self.file(key))
        for annotator, pulled_document in documents.items():
            # people's answers in a queue count before the server has them
            answered: Any = self.answers.migrate_document(pulled_document) if self.answers else pulled_document
            document: Document = answered
            self._stage(f"{annotator}/{article}", document, pulled, annotator in known)

    def _stage(self, key: str, document: Document, pulled: PullResult, is_known: bool) -> None:
        data = encoder.document_bytes(document)
        digest = digests.sha256(data)
        known = self.state.documents.get(key, [])
        here = self.file(key).read_bytes() if self.file(key).is_file() else None
        if here == data or (here is None and self._is_in_closed_round(key, data)):
            pulled.same += 1
        elif here is not None and (lost := _lost_layers(self.schema, here, document)):
            message = f"the document here has {', '.join(lost)} too, which did not come with it"
            pulled.issues.append(Issue(f"annotations/{key}.json", 1, "pull-conflict", message, document["article"]))
            return
        elif here is None or digests.sha256(here) in known:
            self.staging.add(self.file(key), data)
        elif is_known or digest in known:
            pulled.notes.append(f"annotations/{key}.json: changed here; the server has nothing new")
            return
        else:
            pulled.issues.append(self._conflict(key, here, document))
            self.again.add(document["article"])
            return
        self.staged.setdefault(document["article"], {})[key] = digest

    def _is_in_closed_round(self, key: str, data: bytes) -> bool:
        return any(path.read_bytes() == data for path in rounds.earlier_files(self.root, f"{key}.json"))

    def publish(self, pulled: PullResult) -> None:
        """Put the staged documents in place, together with the record of the pull."""
        taken = {key: digest for keys in self.staged.values() for key, digest in keys.items()}
        for key, digest in taken.items():
            known = self.state.documents.get(key, [])
            self.state.documents[key] = list(dict.fromkeys([*known[-1:], digest]))
        self.state.again = sorted(self.again)
        self.all[self.place] = vars(self.state)
        self.staging.add(self.path, strict_json.pretty(self.all))
        placed = {*self.staging.publish()}
        pulled.written += [f"annotations/{key}.json" for key in taken if self.file(key) in placed]

    def discard(self) -> None:
        """Discard what is staged."""
        self.staging.discard()

    def _conflict(self, key: str, here: bytes, there: Document) -> Issue:
        file = f"annotations/{key}.json"
        message = (
            f"changed here and on the server since the last pull: {_describe_difference(self.schema, here, there)}"
        )
        return Issue(file, 1, "pull-conflict", message, there["article"])


def _lost_layers(schema: AnnotationSchema, here: bytes, there: Document) -> list[str]:
    """Return the layers that a file has and a document lacks, as when an export or a project is missing."""
    try:
        return [layer for layer in schema.layer_names if layer in json.loads(here) and layer not in there]
    except ValueError:
        return []


def _describe_difference(schema: AnnotationSchema, here: bytes, there: Document) -> str:
    """Describe which labels differ between a file and a document."""
    try:
        mine = json.loads(here)
        changes = []
        for layer in schema.layer_names:
            ours = {label.get("id", ""): label for label in document_labels(mine, layer)}
            theirs = {label.get("id", ""): label for label in document_labels(there, layer)}
            ids = [each for each in sorted(ours.keys() | theirs.keys()) if ours.get(each) != theirs.get(each)]
            if ids:
                changes.append(f"{layer} {', '.join(ids[:5])}{' …' if len(ids) > 5 else ''}".rstrip())
    except (ValueError, KeyError, TypeError, AttributeError):
        return "the file here is not a document"
    return "; ".join(changes) or "the headers differ"
