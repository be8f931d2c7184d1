"""Withdrawn articles: ``dataset/withdrawn.jsonl``, which says by digests what must not come back, without its words.

Each line is one article::

    {"article": "5ccec2fc13046f9d", "withdrawn": "2026-12-01", "reason": null | "on one line",
     "text_sha256": "…", "files": ["…"], "urls": ["…"], "passages": ["0123456789", …]}

``files`` are the SHA-256 of its raw files, ``urls`` those of its addresses (`url_digest`), and ``passages`` the digests
of its passages (`pactwire.text.passages`). ``pactwire withdraw`` writes the file.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from pactwire.corpus import tables
from pactwire.corpus.article_fields import stated_value
from pactwire.model import digests, strict_json
from pactwire.model.dates import date_flaw
from pactwire.model.issues import Issue
from pactwire.model.json_schemas import tool_validator
from pactwire.text import passages

WITHDRAWN_FILE: Final = "dataset/withdrawn.jsonl"
_LEAST_PASSAGES: Final = 3
"""Passages that make a text the withdrawn one, if it has so many: fewer may be a quotation that others have too."""


class Tombstone(NamedTuple):
    """What is kept of a withdrawn article; ``withdrawn`` is the day."""

    article: str
    withdrawn: str
    reason: str | None
    text_sha256: str
    files: tuple[str, ...]
    urls: tuple[str, ...]
    passages: tuple[str, ...]

    def line(self) -> str:
        """Return the line of the file."""
        return strict_json.compact(self._asdict()) + "\n"

    def is_most(self, found: int) -> bool:
        """Say whether so many of its passages make a text this article: half of them, and not only one or two."""
        least = min(len(self.passages), max(_LEAST_PASSAGES, (len(self.passages) + 1) // 2))
        return found >= least > 0


class Tombstones:
    """The withdrawn articles of a dataset, with lookup by what is kept of them."""

    def __init__(self, records: Iterable[Tombstone] = ()) -> None:
        self.by_article = {each.article: each for each in records}
        self.by_passage: dict[str, list[Tombstone]] = {}
        self._by_text = {each.text_sha256: each for each in self}
        self._by_file = {digest: each for each in self for digest in each.files}
        self._by_url = {digest: each for each in self for digest in each.urls}
        for each in self:
            for digest in each.passages:
                self.by_passage.setdefault(digest, []).append(each)

    def __iter__(self) -> Iterator[Tombstone]:
        return iter(self.by_article.values())

    def __len__(self) -> int:
        return len(self.by_article)

    def with_text(self, sha256: str) -> Tombstone | None:
        """Return the article with this text or, if it was a raw file, with these bytes."""
        return self._by_text.get(sha256) or self._by_file.get(sha256)

    def with_url(self, urls: Iterable[str]) -> Tombstone | None:
        """Return the article with one of some addresses."""
        return next((found for url in urls if (found := self._by_url.get(url_digest(url)))), None)

    def with_passages(self, text: str) -> Tombstone | None:
        """Return the article most of whose passages a text holds."""
        found = self.passages_in(text)
        return next((each for each, held in found.items() if each.is_most(len(held))), None)

    def passages_in(self, text: str) -> dict[Tombstone, set[str]]:
        """Return the passages in a text by the article that they are from."""
        found: dict[Tombstone, set[str]] = {}
        for digest in passages.find_passages(text, self.by_passage) if self.by_passage else ():
            for each in self.by_passage[digest]:
                found.setdefault(each, set()).add(digest)
        return found


def read_tombstones(root: Path, issues: list[Issue]) -> Tombstones:
    """Return the withdrawn articles of a dataset; lines with issues are left out."""
    records: dict[str, Tombstone] = {}
    validator = tool_validator("tables.schema", "tombstone")
    for line, value in tables.read_valid_records(root / WITHDRAWN_FILE, WITHDRAWN_FILE, validator, issues):
        lists = {key: tuple(item) for key, item in value.items() if isinstance(item, list)}
        record = Tombstone(**{**value, **lists})
        if flaw := date_flaw(record.withdrawn):
            issues.append(Issue(WITHDRAWN_FILE, line, "date", flaw, record.article))
        elif record.article in records:
            message = f"the article {record.article} is listed a second time"
            issues.append(Issue(WITHDRAWN_FILE, line, "duplicate-article", message))
        else:
            records[record.article] = record
    return Tombstones(records.values())


def article_urls(properties: Any) -> list[str]:
    """Return the addresses of an article, or of a bulk line: its own, and those that the page states."""
    return [*{str(each): None for each in (properties.get("url"), stated_value(properties, "canonical_url")) if each}]


def url_digest(url: str) -> str:
    """Return the SHA-256 of an address, of which scheme, www., fragment, final slash and utm_ parameters do not count.

    An address that cannot be parsed counts as it is.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.netloc.lower()).removeprefix("www.")
    except ValueError:
        return digests.sha256(url)
    query = [(key, value) for key, value in parse_qsl(parts.query, True) if not key.startswith("utm_")]
    return digests.sha256(f"{host}{parts.path.rstrip('/')}{'?' if query else ''}{urlencode(query)}")
