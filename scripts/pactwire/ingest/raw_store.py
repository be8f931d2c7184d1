"""Write articles to dataset/raw: text files under their own names, all others in bulk files of independent frames.

Everything is written under hidden names first. Then all files get their names together with ``sources.jsonl``, which
lists the text files: an ingest that is killed adds everything or nothing.
"""

import hashlib
import re
from pathlib import Path
from typing import Any, Final, cast

import zstandard

from pactwire.corpus.articles import article_id
from pactwire.corpus.withdrawn import Tombstones, article_urls
from pactwire.ingest.input_records import InputArticle
from pactwire.ingest.known_hashes import KnownHashes
from pactwire.model import digests, strict_json
from pactwire.model.article_ids import id_from_text
from pactwire.model.issues import Issue
from pactwire.model.records import Source
from pactwire.storage import files, jsonl
from pactwire.storage.staging import Staging

FRAME_LINES: Final = 64
FRAME_BYTES: Final = 1 << 20
"""The most lines and uncompressed bytes of a frame, which is what must be read for one article."""
BULK_FILE_LINES: Final = 100_000
_ZSTD_LEVEL: Final = 9
_FILE_NAME: Final = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]*")
_MAX_NAME_BYTES: Final = 200


class _BulkFileWriter:
    """A bulk file that is being written; its name contains a digest of its content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._part = files.part_path(folder / "articles.jsonl.zst")
        self._stream = self._part.open("wb")
        self._digest = hashlib.sha256()
        self._pending: list[bytes] = []
        self._size = 0
        self.lines = 0

    def add(self, line: bytes) -> None:
        self._pending.append(line)
        self._size += len(line)
        self.lines += 1
        if len(self._pending) == FRAME_LINES or self._size >= FRAME_BYTES:
            self._end_frame()

    def _end_frame(self) -> None:
        if self._pending:
            frame = b"".join(self._pending)
            self._digest.update(frame)
            self._stream.write(zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(frame))
            self._pending, self._size = [], 0

    def close(self) -> tuple[Path, Path]:
        """Finish the file; return its hidden path and its final path."""
        self._end_frame()
        self._stream.close()
        return self._part, self._folder / f"articles-{self._digest.hexdigest()[:12]}.jsonl.zst"

    def discard(self) -> None:
        self._stream.close()
        self._part.unlink(missing_ok=True)


class RawStore:
    """Adds articles to dataset/raw; nothing is added before `commit`, and `discard` leaves no trace.

    ``notes`` list the files whose names differ from others only by case; on some disks they would be one file.
    """

    def __init__(self, root: Path, known: KnownHashes, withdrawn: Tombstones | None = None) -> None:
        self._sources = root / "dataset" / "sources.jsonl"
        self._raw = root / "dataset" / "raw"
        self._known = known
        self._withdrawn = withdrawn or Tombstones()
        self._bulk_file: _BulkFileWriter | None = None
        self._staging = Staging(root)
        self._new_sources: list[Source] = []
        self._names: set[str] = set()
        self._names_by_casefold: dict[str, str] | None = None
        self.notes: list[str] = []

    def add(self, article: InputArticle) -> Issue | None:
        """Add an article; return an issue if the dataset already has its text or its id, or if it was withdrawn."""
        text = files.normalize_newlines(article.properties["text"])
        text_id = id_from_text(text)
        if self._known.has_text(text_id):
            return _rejection(article, "ingest-copy", f"the dataset already has this text, SHA-256 {text_id}…")
        if issue := self._withdrawn_issue(article, text):
            return issue
        self._raw.mkdir(parents=True, exist_ok=True)
        name = self._file_name(article, text_id) if article.file is not None else ""
        identity = article_id(name, text) if name else article.properties.get("id") or text_id
        if self._known.has_id(identity):
            return _rejection(article, "ingest-id", f"the dataset has another text under the id {identity}")
        if name:
            self._add_file(article, name, identity)
        else:
            self._add_line({"id": identity, **article.properties})
        self._known.add(text_id, identity)
        return None

    def _withdrawn_issue(self, article: InputArticle, text: str) -> Issue | None:
        """Return an issue if the text, the bytes, the address or most of the passages are those of a withdrawn one."""
        ways = {
            "this text": self._withdrawn.with_text(digests.sha256(text)),
            "this file": self._withdrawn.with_text(digests.sha256(article.data)),
            "this address": self._withdrawn.with_url(article_urls(article.properties)),
        }
        if not any(ways.values()):
            ways["most of this text"] = self._withdrawn.with_passages(text)
        for what, tombstone in ways.items():
            if tombstone:
                message = f"{what} was withdrawn on {tombstone.withdrawn}, as the article {tombstone.article}"
                return _rejection(article, "ingest-withdrawn", message)
        return None

    def _file_name(self, article: InputArticle, text_id: str) -> str:
        """Return the name of a text file in dataset/raw: its own, or one with its id if that is taken."""
        name = article.file or ""
        own = name if _FILE_NAME.fullmatch(name) and len(name.encode()) <= _MAX_NAME_BYTES else f"{text_id}.txt"
        if name.endswith(jsonl.SUFFIXES):
            own = f"{text_id}.txt"
        path = self._raw / own
        other = self._casefolded_names().get(own.casefold(), own)
        if other != own or own in self._names or _is_occupied(path, article.data):
            own = f"{path.stem}_{text_id}{path.suffix}"
        if other != path.name:
            self.notes.append(f"{article.place} is stored as {own}: {other} differs from {path.name} only by case")
        return own

    def _casefolded_names(self) -> dict[str, str]:
        """Return the names in dataset/raw by their case-insensitive form."""
        if self._names_by_casefold is None:
            self._names_by_casefold = {path.name.casefold(): path.name for path in sorted(self._raw.iterdir())}
        return self._names_by_casefold

    def _add_file(self, article: InputArticle, name: str, identity: str) -> None:
        self._staging.add(self._raw / name, article.data)
        self._names.add(name)
        self._casefolded_names().setdefault(name.casefold(), name)
        properties = cast("dict[str, Any]", article.properties)
        self._new_sources.append(
            Source(
                id=identity, file=name, sha256=digests.sha256(article.data), outlet=properties.get("outlet"),
                date_line=None, section=properties.get("section"), published=properties.get("published"),
                url=properties.get("url"), license=properties["license"],
            )
        )  # fmt: skip

    def _add_line(self, line: dict[str, Any]) -> None:
        if self._bulk_file is None:
            self._bulk_file = _BulkFileWriter(self._raw)
        self._bulk_file.add(strict_json.compact(line).encode() + b"\n")
        if self._bulk_file.lines == BULK_FILE_LINES:
            self._end_bulk_file()

    def _end_bulk_file(self) -> None:
        if self._bulk_file is not None:
            self._staging.add_part(*self._bulk_file.close())
            self._bulk_file = None

    def commit(self) -> list[Path]:
        """Give all files their names, list the text files in sources.jsonl, and return the new files of dataset/raw."""
        self._end_bulk_file()
        if self._new_sources:
            before = self._sources.read_bytes() if self._sources.is_file() else b""
            lines = "".join(strict_json.compact(source) + "\n" for source in self._new_sources)
            self._staging.add(
                self._sources, before + (b"\n" if before and before[-1:] != b"\n" else b"") + lines.encode()
            )
        return [path for path in self._staging.publish() if path != self._sources]

    def discard(self) -> None:
        """Remove everything that was not committed."""
        if self._bulk_file is not None:
            self._bulk_file.discard()
        self._staging.discard()


def _is_occupied(path: Path, data: bytes) -> bool:
    """Return whether a path has something other than a file of these bytes."""
    return path.is_symlink() or (path.exists() and not (path.is_file() and path.read_bytes() == data))


def _rejection(article: InputArticle, code: str, message: str) -> Issue:
    record = article.properties.get("source_id") or article.properties.get("url") or ""
    return Issue(article.place, article.line, code, message, record[:200])
