"""Zones that are found by rule, worked out once for a text and a version of the rules, for all commands and workers."""

from pathlib import Path
from typing import Final

import msgspec

from pactwire.model.records import Article, Zone
from pactwire.storage import fingerprint, remote
from pactwire.storage.result_cache import ResultCache

CACHE_FOLDER: Final = ".pactwire/zones"
_KEPT: Final = 128
"""Articles whose zones are kept in memory, since most are soon asked for again."""
_RULES: Final = ("model", "text")
"""The rooms whose code determines the zones."""


class DetectedZones:
    """The zones by rule of the texts of the dataset in ``root``; in a remote store they are not cached."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._cache: ResultCache | None = None
        self._latest: dict[str, list[Zone]] = {}

    def find(self, article: Article) -> list[Zone]:
        """Return the zones of an article's source text, as `zones.detect_zones` does."""
        name = article["source_sha256"]
        if name not in self._latest:
            found = self._read_zones(name, article["source_text"])
            while len(self._latest) >= _KEPT:
                self._latest.pop(next(iter(self._latest)))
            self._latest[name] = found
        return self._latest[name]

    def _read_zones(self, name: str, text: str) -> list[Zone]:
        if remote.is_store(self._root) or not self._root.is_dir():
            return _detect_zones(text)
        if self._cache is None:
            self._cache = ResultCache(self._root / CACHE_FOLDER, fingerprint.code_digest(*_RULES))
        key = bytes.fromhex(name)
        if stored := self._cache.get(key):
            found: list[Zone] = msgspec.json.decode(stored)
        else:
            found = _detect_zones(text)
            self._cache.put(key, msgspec.json.encode(found))
        return found


def _detect_zones(text: str) -> list[Zone]:
    from pactwire.text import zones  # language identification loads slowly, and is needed for new texts only

    return zones.detect_zones(text)
