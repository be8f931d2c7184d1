"""Articles to files of dataset/raw: text files under their names, all others in bulk, in frames that are read alone.

Everything is written under hidden names first, and named together with ``sources.jsonl``, which makes text files
count, when all is there: an ingest that is killed has added nothing or all.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Any, Final, cast

import zstandard

from pactwire.corpus.articles import article_id
from pactwire.ingest.input_records import InputArticle
from pactwire.ingest.known_hashes import KnownHashes
from pactwire.model import strict_json
from pactwire.model.issues import Issue
from pactwire.model.records import Source
from pactwire.storage import files
from pactwire.storage.staging import Staging

FRAME_LINES: Final = 64
FRAME_BYTES: Final = 1 << 20
"""A frame ends after so many lines, or bytes before compression: what it takes to read one article."""
BULK_FILE_LINES: Final = 100_000
_ZSTD_LEVEL: Final = 9
_FILE_NAME: Final = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]*")
_MAX_NAME_BYTES: Final = 200


class _BulkFileWriter:
    """A bulk file that is being written; its name tells its content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._part = files.part_path(folder / "articles.jsonl.zst")
        self._stream = self._part.open("wb")
        self._digest = hashlib.sha256()
        self._waiting: list[bytes] = []
        self._size = 0
        self.lines = 0

    def add(self, line: bytes) -> None:
        self._waiting.append(line)
        self._size += len(line)
        self.lines += 1
        if len(self._waiting) == FRAME_LINES or self._size >= FRAME_BYTES:
            self._end_frame()

    def _end_frame(self) -> None:
        if self._waiting:
            frame = b"".join(self._waiting)
            self._digest.update(frame)
            self._stream.write(zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(frame))
            self._waiting, self._size = [], 0

    def close(self) -> tuple[Path, Path]:
        """Finish the file; return where it stands and where it belongs."""
        self._end_frame()
        with self._stream:
            self._stream.flush()
            os.fsync(self._stream.fileno())
        return self._part, self._folder / f"articles-{self._digest.hexdigest()[:12]}.jsonl.zst"

    def discard(self) -> None:
        self._stream.close()
        self._part.unlink(missing_ok=True)


class RawStore:
    """Takes articles; nothing is added before `commit`, and `discard` leaves no trace.

    ``notes`` name the files whose names differ only by case from those of others: on some disks they would be one.
    """

    def __init__(self, root: Path, known: KnownHashes) -> None:
        self._sources = root / "dataset" / "sources.jsonl"
        self._raw = root / "dataset" / "raw"
        self._known = known
        self._shard: _BulkFileWriter | None = None
        self._staging = Staging(root)
        self._listed: list[Source] = []
        self._names: set[str] = set()
        self._cased: dict[str, str] | None = None
        self.notes: list[str] = []

    def add(self, found: InputArticle) -> Issue | None:
        """Take an article unless its text, or its id, is taken; the issue says so."""
        text = files.normalize_newlines(found.article["text"])
        sha256 = files.sha256(text)
        if self._known.text(sha256):
            return _refusal(found, "ingest-copy", f"the dataset has its text already, SHA-256 {sha256[:16]}…")
        self._raw.mkdir(parents=True, exist_ok=True)
        name = self._name(found, sha256) if found.file is not None else ""
        identity = article_id(name, text) if name else found.article.get("id") or sha256[:16]
        if self._known.id(identity):
            return _refusal(found, "ingest-id", f"the dataset has another text under the id {identity}")
        if name:
            self._add_file(found, name, identity)
        else:
            self._add_line({"id": identity, **found.article})
        self._known.add(sha256, identity)
        return None

    def _name(self, found: InputArticle, sha256: str) -> str:
        """Return the name of a text file in dataset/raw: its own, or one with its id where that is taken."""
        name = found.file or ""
        own = name if _FILE_NAME.fullmatch(name) and len(name.encode()) <= _MAX_NAME_BYTES else f"{sha256[:16]}.txt"
        if name.endswith((".jsonl", ".jsonl.zst")):
            own = f"{sha256[:16]}.txt"
        path = self._raw / own
        other = self._taken().get(own.casefold(), own)
        if other != own or own in self._names or _is_occupied(path, found.data):
            own = f"{path.stem}_{sha256[:16]}{path.suffix}"
        if other != path.name:
            self.notes.append(f"{found.place} stands as {own}: {other} differs from {path.name} only by case")
        return own

    def _taken(self) -> dict[str, str]:
        """Return the names in dataset/raw by what they are where case does not count."""
        if self._cased is None:
            self._cased = {path.name.casefold(): path.name for path in sorted(self._raw.iterdir())}
        return self._cased

    def _add_file(self, found: InputArticle, name: str, identity: str) -> None:
        self._staging.add(self._raw / name, found.data)
        self._names.add(name)
        self._taken().setdefault(name.casefold(), name)
        about = cast("dict[str, Any]", found.article)
        self._listed.append(
            Source(
                id=identity, file=name, sha256=files.sha256(found.data), outlet=about.get("outlet"), date_line=None,
                section=about.get("section"), published=about.get("published"), url=about.get("url"),
                license=about["license"],
            )
        )  # fmt: skip

    def _add_line(self, line: dict[str, Any]) -> None:
        if self._shard is None:
            self._shard = _BulkFileWriter(self._raw)
        self._shard.add(strict_json.compact(line).encode() + b"\n")
        if self._shard.lines == BULK_FILE_LINES:
            self._end_shard()

    def _end_shard(self) -> None:
        if self._shard is not None:
            self._staging.add_part(*self._shard.close())
            self._shard = None

    def commit(self) -> list[Path]:
        """Give all files their names, list the text files, and return the new files of dataset/raw."""
        self._end_shard()
        if self._listed:
            before = self._sources.read_bytes() if self._sources.is_file() else b""
            lines = "".join(strict_json.compact(source) + "\n" for source in self._listed)
            self._staging.add(
                self._sources, before + (b"\n" if before and before[-1:] != b"\n" else b"") + lines.encode()
            )
        return [path for path in self._staging.publish() if path != self._sources]

    def discard(self) -> None:
        """Take back what was not committed."""
        if self._shard is not None:
            self._shard.discard()
        self._staging.discard()


def _is_occupied(path: Path, data: bytes) -> bool:
    """Say whether something else than a file of these bytes stands at a path."""
    return path.is_symlink() or (path.exists() and not (path.is_file() and path.read_bytes() == data))


def _refusal(found: InputArticle, code: str, message: str) -> Issue:
    record = found.article.get("source_id") or found.article.get("url") or ""
    return Issue(found.place, found.line, code, message, record[:200])
