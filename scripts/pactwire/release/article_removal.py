"""The removal of articles from a folder: which files go, and which lines of others, with nothing else changed.

Nothing is written here before `ArticleRemoval.stage`. Other articles' records stay as they are, byte for byte; of a
cluster only the members of the articles go, and a cluster goes that is left with claims from one article.
"""

import io
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import zstandard

from pactwire.build import manifest
from pactwire.build.stale_files import DESCRIPTION_FILES, stale_copies
from pactwire.corpus import documents, tables
from pactwire.corpus.articles import RAW_FOLDER
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.rounds import DECISIONS, FORMER_DECISIONS
from pactwire.corpus.splits import SPLITS_FILE, WITHDRAWN
from pactwire.ingest.raw_store import FRAME_BYTES, FRAME_LINES
from pactwire.labelstudio import local_server
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, jsonl
from pactwire.storage.record_index import RecordIndex
from pactwire.storage.staging import Staging

CACHES: Final = ("answers", "build", "pages", "scans", "zones")
"""Folders of .pactwire that commands fill again; answers of language models quote articles."""
MARKED_PLACE: Final = "rows of splits.csv"
"""The place in ``counts`` whose rows stay, and are marked as withdrawn."""
_BULK_FOLDERS: Final = (f"{RAW_FOLDER}/", f"{tables.ANNOTATIONS}/")


class ArticleRemoval:
    """What removing articles does to the files of a dataset.

    ``gone`` are the files that are removed, by name; ``lines`` are, by file and line, the new bytes of each line
    without its end, or None where it is removed. ``counts`` are by place, in the order in which people read them.
    """

    def __init__(self, data: Corpus, articles: Collection[str]) -> None:
        self.data, self.root, self.articles = data, data.root, articles
        self.gone: dict[str, None] = {}
        self.lines: dict[str, dict[int, bytes | None]] = {}
        self.counts: Counter[str] = Counter()
        self._records("raw texts", data.articles.index)
        self._sources()
        self._splits()
        self._records("annotation documents", data.documents.index)
        self._records("annotation documents", documents.load_earlier_documents(data.root, data.schema, []).index)
        self._decisions()
        self._clusters()
        if self.gone or self.lines:
            self._built_files()

    # --- what goes

    def _records(self, place: str, index: RecordIndex) -> None:
        """Remove the records of an index that are the articles', with their files if each holds nothing else."""
        for article in self.articles:
            for location in index.locate(article):
                file = index.files[location["file"]]
                self.counts[place] += 1
                if file.is_bulk:
                    self._change(file.name, int(location["line"]), None)
                else:
                    self.gone[file.name] = None

    def _sources(self) -> None:
        for line, source in tables.read_sources(self.root, []).values():
            if source["id"] in self.articles:
                self._change(tables.SOURCES, line, None)
                self.counts["lines of sources.jsonl"] += 1

    def _splits(self) -> None:
        path = self.root / SPLITS_FILE
        for number, line in enumerate(path.read_bytes().split(b"\n") if path.is_file() else (), 1):
            cells = line.rstrip(b"\r").split(b",")
            article = cells[0].strip(b'"').decode(errors="replace")
            if article in self.articles and len(cells) > 2 and cells[2] != WITHDRAWN.encode():
                cells[2] = WITHDRAWN.encode()
                self._change(SPLITS_FILE, number, b",".join(cells) + (b"\r" if line.endswith(b"\r") else b""))
                self.counts[MARKED_PLACE] += 1

    def _decisions(self) -> None:
        """Remove lines of decisions and reviews, and of the queues of migrations."""
        queues = sorted((self.root / tables.ANNOTATIONS).glob("queue-*.jsonl"))
        decided = [self.root / FORMER_DECISIONS, *sorted((self.root / DECISIONS).glob("*.jsonl"))]
        for place, paths in (("lines of decisions", decided), ("lines of queues", queues)):
            for path in paths:
                name = path.relative_to(self.root).as_posix()
                for number, value in tables.read_records(path, name, []):
                    if isinstance(value, dict) and value.get("article") in self.articles:
                        self._change(name, number, None)
                        self.counts[place] += 1

    def _clusters(self) -> None:
        for layer in self.data.schema.cluster_layers:
            for line, cluster in self.data.clusters[layer.name]:
                kept = [member for member in cluster["members"] if member.partition("/")[0] not in self.articles]
                if len(kept) == len(cluster["members"]):
                    continue
                self.counts["members of clusters"] += len(cluster["members"]) - len(kept)
                is_left = len({member.partition("/")[0] for member in kept}) > 1
                self.counts["clusters"] += not is_left
                changed = strict_json.compact({**cluster, "members": kept}).encode() if is_left else None
                self._change(tables.clusters_file(layer), line, changed)

    def _built_files(self) -> None:
        """Remove what commands write again: the built dataset, and caches."""
        built = self.root / "dataset"
        if manifest.read_manifest(built):
            names = [*DESCRIPTION_FILES, *manifest.data_file_names(built)]
            paths = {*(built / name for name in names), *stale_copies(built, ())}
            self._remove("built files", sorted(path for path in paths if path.is_file()))
        for folder in CACHES:
            paths = {path for path in (self.root / ".pactwire" / folder).rglob("*") if path.is_file()}
            self._remove("cached files", sorted(paths))

    def _remove(self, place: str, paths: Iterable[Path]) -> None:
        for path in paths:
            self.gone[path.relative_to(self.root).as_posix()] = None
            self.counts[place] += 1

    def _change(self, name: str, line: int, content: bytes | None) -> None:
        self.lines.setdefault(name, {})[line] = content

    # --- writing

    def stage(self, staging: Staging) -> None:
        """Stage all changes, and the record of pulls without the articles."""
        for name, changes in self.lines.items():
            path = self.root / name
            with staging.open(path, keep_empty=not name.startswith(_BULK_FOLDERS)) as stream:
                lines = _changed_lines(path, name, changes)
                for piece in _frames(lines) if path.suffix == ".zst" else lines:
                    stream.write(piece)
                is_empty = not stream.tell()
            if is_empty and name.startswith(_BULK_FOLDERS):
                staging.remove(path)
        for name in self.gone:
            staging.remove(self.root / name)
        state = local_server.state_folder(self.root) / "pulled.json"
        if state.is_file():
            staging.add(state, strict_json.pretty(self._without_pulls(files.read_json(state, state.as_posix()))))

    def _without_pulls(self, states: Any) -> Any:
        for state in states.values() if isinstance(states, dict) else ():
            keys = [key for key in state.get("documents", {}) if key.rpartition("/")[2] in self.articles]
            for key in keys:
                del state["documents"][key]
            about = [*state.get("tasks", {}).values(), state.get("notes", {}), state.get("issues", {})]
            for by_article in about:
                for article in self.articles:
                    by_article.pop(article, None)
            if "again" in state:
                state["again"] = [each for each in state["again"] if each not in self.articles]
        return states


def _changed_lines(path: Path, name: str, changes: dict[int, bytes | None]) -> Iterator[bytes]:
    """Yield the lines of a file with their ends, after changes by number; all others as they are."""
    if path.suffix == ".zst":
        lines: Iterable[bytes] = (_whole_line(line, name) for line in jsonl.read_lines(path, name))
    else:
        lines = io.BytesIO(path.read_bytes())  # ends lines at LF only
    for number, line in enumerate(lines, 1):
        if number not in changes:
            yield line
        elif (content := changes[number]) is not None:
            yield content + (b"\n" if line.endswith(b"\n") else b"")


def _whole_line(line: jsonl.JsonlLine, name: str) -> bytes:
    """Return the bytes of a packed line; raises DataError (too-large) rather than lose one that is not read whole."""
    if line.data is None:
        message = f"a line of {line.length:,} bytes can't be kept, so nothing is changed"
        raise DataError([Issue(name, line.number, "too-large", message)])
    return line.data + b"\n"


def _frames(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield compressed frames of a few lines each."""
    pending: list[bytes] = []
    compressor = zstandard.ZstdCompressor(level=9)
    for line in lines:
        pending.append(line)
        if len(pending) == FRAME_LINES or sum(map(len, pending)) >= FRAME_BYTES:
            yield compressor.compress(b"".join(pending))
            pending = []
    if pending:
        yield compressor.compress(b"".join(pending))
