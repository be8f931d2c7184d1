"""A changelog and the data it tells of to the changelog with the data section of its top entry renewed.

Entries start with ``## VERSION – DATE``, the newest first. The data section stands between markers
(`pactwire.storage.generated_blocks`) and is made from the data: counts in a first release, else what changed since the
entry before, whose tag git holds. The sections of older entries stay as they were released.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from pactwire.card import card
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.splits import SPLITS
from pactwire.model.escapes import code, markdown
from pactwire.model.records import LAYERS, labels_of
from pactwire.release import diff, git, snapshots
from pactwire.release.changes import ADDED, REMOVED, Change
from pactwire.storage import generated_blocks
from pactwire.storage.generated_blocks import table

FILE: Final = "CHANGELOG.md"
PART: Final = "data"

_HEADING: Final = re.compile(r"^## ([0-9]+\.[0-9]+\.[0-9]+)(?![0-9.]).*$", re.MULTILINE)
_NAMED: Final = ("labels", "topics", "articles", "splits", "texts")
"""Items whose changes are named one by one, as far as SHOWN of them go."""
_SHOWN: Final = 20


class Entry(NamedTuple):
    """An entry's version, the line of its heading, and where it starts in the text."""

    version: str
    line: int
    start: int


def entries(text: str) -> list[Entry]:
    """Return the entries of a changelog from the top."""
    return [Entry(each[1], text.count("\n", 0, each.start()) + 1, each.start()) for each in _HEADING.finditer(text)]


def baseline(text: str) -> str | None:
    """Return the tag of the release that the top entry follows, None for the first release."""
    found = entries(text)
    return f"v{found[1].version}" if len(found) > 1 else None


def renew(text: str, root: Path, data: Corpus) -> str:
    """Return a changelog with the data section of its top entry renewed.

    An entry whose version is tagged was released and stays. Without the tag of the entry before, as in a
    shallow clone, the text is returned as it is too; `pactwire.release.version_rule.check` says so.
    """
    found = entries(text)
    since = baseline(text)
    if not found or git.is_tag(root, f"v{found[0].version}") or (since and not git.is_tag(root, since)):
        return text
    end = found[1].start if since else len(text)
    return generated_blocks.renew(text[:end], {PART: _later(root, since) if since else first(data)}, FILE) + text[end:]


def first(data: Corpus) -> str:
    """Return what a first release holds: articles by split and language, labels of annotations/final by layer."""
    splits = Counter(row.split for _, row in data.splits if row.split in SPLITS)
    stories = {row.story for _, row in data.splits if row.split in SPLITS}
    where = ", ".join(f"{splits[split]} in {split}" for split in SPLITS if splits[split])
    finals = [placed.document for placed in data.documents if placed.annotator == FINAL]
    rows = [
        [
            layer,
            sum(layer in document for document in finals),
            sum(len(labels_of(document, layer)) for document in finals),
            ", ".join(sorted({document["status"][layer] for document in finals if layer in document})),
        ]
        for layer in LAYERS
    ]
    single = len(data.documents) - len(finals)
    return (
        f"First release: {splits.total()} articles of {len(stories)} stories ({where}),"
        f" in {', '.join(card.languages(data))}.\n\n"
        f"{table(['layer', 'articles', 'labels', 'status'], rows)}\n\n"
        f"Besides: {single} documents of single annotators, {len(data.links)} links, {len(data.topics)} topics,"
        f" {len(data.clusters)} clusters of claims."
    )


def _later(root: Path, since: str) -> str:
    with snapshots.read(f"refs/tags/{since}", root) as old, snapshots.folder(root, ".") as new:
        named: list[Change] = []
        found = diff.summary(_noted(diff.compare(old, new), named))
    said = f"Changes since {since.removeprefix('v')}; `pactwire diff {since} v{new.version}` lists each of them."
    return "\n\n".join(part for part in (said, diff.summary_table(found), "\n".join(_names(named, found))) if part)


def _noted(changes: Iterable[Change], named: list[Change]) -> Iterator[Change]:
    """Pass changes on, and keep those to be named."""
    counts: Counter[tuple[str, str]] = Counter()
    for change in changes:
        key = change.item, change.action
        counts[key] += 1
        if change.item in _NAMED and counts[key] <= _SHOWN:
            named.append(change)
        yield change


def _names(named: list[Change], found: diff.Summary) -> Iterator[str]:
    for item in _NAMED:
        for action, count in found.get(item, {}).items():
            shown = [_named(each) for each in named if (each.item, each.action) == (item, action)]
            rest = f" and {count - len(shown):,} more" if count > len(shown) else ""
            yield f"- {item} {action}: {', '.join(shown)}{rest}"


def _named(change: Change) -> str:
    """Return a change's name, with what it was and is where that is one value."""
    values = [markdown(f"{old} → {new}") for old, new in change.attributes.values()]
    short = change.action not in (ADDED, REMOVED) and len(values) == 1 and change.item in ("labels", "splits")
    return code(change.name) + (f" ({values[0]})" if short else "")
