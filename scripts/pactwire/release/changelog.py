"""The changelog, and the generated data section of its top entry.

Entries start with ``## VERSION – DATE``, the newest first. The data section is between markers
(`pactwire.storage.generated_blocks`). For a first release it has counts, for later ones the changes since the tag of
the previous entry. The sections of older entries stay as they were released.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.card import card
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.splits import SPLITS
from pactwire.model.escapes import escape_markdown, inline_code
from pactwire.model.labels import document_labels
from pactwire.release import diff, git, snapshots
from pactwire.release.changes import ADDED, REMOVED, Change
from pactwire.storage import generated_blocks
from pactwire.storage.generated_blocks import markdown_table

CHANGELOG_FILE: Final = "CHANGELOG.md"
DATA_BLOCK: Final = "data"

_HEADING: Final = re.compile(r"^## ([0-9]+\.[0-9]+\.[0-9]+)(?![0-9.])(.*)$", re.MULTILINE)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LISTED_ITEMS: Final = ("migrations", "labels", "configs", "columns", "topics", "articles", "splits", "texts")
"""Items whose changes are listed one by one, up to _LISTED_LIMIT per action."""
_LISTED_LIMIT: Final = 20


class ChangelogEntry(NamedTuple):
    """An entry's version, the line of its heading, its start in the text (code points), and its date, if it has one."""

    version: str
    line: int
    start: int
    date: str


def parse_entries(text: str) -> list[ChangelogEntry]:
    """Return the entries of a changelog from the top."""
    return [
        ChangelogEntry(
            each[1], text.count("\n", 0, each.start()) + 1, each.start(), "".join(_DATE.findall(each[2])[:1])
        )
        for each in _HEADING.finditer(text)
    ]


def baseline_tag(text: str) -> str | None:
    """Return the tag of the release before the top entry; None for the first release."""
    found = parse_entries(text)
    return f"v{found[1].version}" if len(found) > 1 else None


def renew_data_section(text: str, root: Path, data: Corpus) -> str:
    """Return a changelog with the data section of its top entry renewed.

    The text is returned unchanged if the top entry is released, which means that its version is tagged, and also if the
    tag of the previous entry is missing, as in a shallow clone; `pactwire.release.release_checks` reports that.
    """
    found = parse_entries(text)
    since = baseline_tag(text)
    if not found or git.tag_exists(root, f"v{found[0].version}") or (since and not git.tag_exists(root, since)):
        return text
    end = found[1].start if since else len(text)
    return (
        generated_blocks.replace_blocks(
            text[:end],
            {DATA_BLOCK: _changes_section(root, since) if since else first_release_section(data)},
            CHANGELOG_FILE,
        )
        + text[end:]
    )


def first_release_section(data: Corpus) -> str:
    """Return the contents of a first release: articles by split and language, and final labels by layer."""
    splits = Counter(row.split for _, row in data.splits if row.split in SPLITS)
    stories = {row.story for _, row in data.splits if row.split in SPLITS}
    where = ", ".join(f"{splits[split]} in {split}" for split in SPLITS if splits[split])
    finals = [placed.document for placed in data.documents if placed.annotator == FINAL]
    rows = [
        [
            layer,
            sum(layer in document for document in finals),
            sum(len(document_labels(document, layer)) for document in finals),
            ", ".join(sorted({document["status"][layer] for document in finals if layer in document})),
        ]
        for layer in data.schema.layer_names
    ]
    single = len(data.documents) - len(finals)
    also = [f"{single} documents of single annotators", f"{len(data.links)} links", f"{len(data.topics)} topics"]
    also += [f"{len(clusters)} clusters of {layer}" for layer, clusters in data.clusters.items()]
    return (
        f"First release: {splits.total()} articles in {len(stories)} stories ({where}),"
        f" in {', '.join(card.content_languages(data))}.\n\n"
        f"{markdown_table(['layer', 'articles', 'labels', 'status'], rows)}\n\n"
        f"Also: {', '.join(also)}."
    )


def _changes_section(root: Path, since: str) -> str:
    with snapshots.open_snapshot(f"refs/tags/{since}", root) as old, snapshots.open_folder(root, ".") as new:
        named: list[Change] = []
        found = diff.summarize(_collect_listed(diff.compare(old, new), named), diff.label_items(old, new))
    said = f"Changes since {since.removeprefix('v')}; `pactwire diff {since} v{new.version}` lists all of them."
    return "\n\n".join(
        part for part in (said, diff.summary_table(found), "\n".join(_listed_changes(named, found))) if part
    )


def _collect_listed(changes: Iterable[Change], named: list[Change]) -> Iterator[Change]:
    """Pass changes on, and collect those to list."""
    counts: Counter[tuple[str, str]] = Counter()
    for change in changes:
        key = change.item, change.action
        counts[key] += 1
        if change.item in _LISTED_ITEMS and counts[key] <= _LISTED_LIMIT:
            named.append(change)
        yield change


def _listed_changes(named: list[Change], found: diff.Summary) -> Iterator[str]:
    for item in _LISTED_ITEMS:
        for action, count in found.get(item, {}).items():
            shown = [_format_change(each) for each in named if (each.item, each.action) == (item, action)]
            rest = f" and {count - len(shown):,} more" if count > len(shown) else ""
            yield f"- {item} {action}: {', '.join(shown)}{rest}"


def _format_difference(change: Change, key: str, old: Any, new: Any) -> str:
    """Return the old and new value of an attribute; those of a label's deprecation or former name by what they mean."""
    if change.item == "labels" and key == "deprecated":
        return "deprecated" if new else "no longer deprecated"
    if change.item == "labels" and key == "formerly":
        return escape_markdown(f"formerly {new}" if new else f"no longer formerly {old}")
    return escape_markdown(f"{old} → {new}")


def _format_change(change: Change) -> str:
    """Return the name of a change, with what differs and its old and new value if it is a single thing."""
    if change.item == "migrations":
        step, count = (next(filter(None, change.attributes[key]), 0) for key in ("step", "labels"))
        return f"{inline_code(change.name)} ({escape_markdown(str(step))}; labels changed: {count:,})"
    values = [_format_difference(change, key, old, new) for key, (old, new) in change.attributes.items()]
    short = change.action not in (ADDED, REMOVED) and len(values) == 1 and change.item in ("labels", "splits")
    return inline_code(change.name) + (f" ({values[0]})" if short else "")
