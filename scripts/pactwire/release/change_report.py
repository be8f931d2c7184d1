"""Reports on changes as text, Markdown or JSON, with the summary first.

Changes are written to a temporary file while they are counted, so that they are never all in memory.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import IO, Any, Final

import regex

from pactwire.model import escapes
from pactwire.model.escapes import escape_markdown, inline_code, quote, terminal_line
from pactwire.release import diff
from pactwire.release.changes import ADDED, CHANGED, MOVED, REMOVED, RENAMED, RENUMBERED, Change
from pactwire.release.diff import Summary
from pactwire.release.snapshots import Snapshot

ACTION_MARKS: Final = {ADDED: "+", REMOVED: "-", MOVED: ">", CHANGED: "~", RENAMED: "=", RENUMBERED: "#"}

NOT_COMPARED: Final = "Not compared, since a published dataset does not have them: {}."

ReportHead = dict[str, Any]
"""``old`` and ``new``, each with its name and version, and the tables ``not_compared``."""
ReportFormatter = Callable[[ReportHead, Summary, Iterator[Change]], Iterator[str]]


def report_lines(old: Snapshot, new: Snapshot, form: ReportFormatter) -> Iterator[str]:
    """Yield the lines of a report in one of the formats below."""
    head = {name: {"name": side.name, "version": side.version} for name, side in (("old", old), ("new", new))}
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as spool:
        found = diff.summarize(_spooled(diff.compare(old, new), spool), diff.label_items(old, new))
        spool.seek(0)
        changes = (Change(*json.loads(line)) for line in spool)
        yield from form({**head, "not_compared": diff.not_compared(old, new)}, found, changes)


def _spooled(changes: Iterable[Change], spool: IO[str]) -> Iterator[Change]:
    for change in changes:
        spool.write(json.dumps(change, ensure_ascii=False) + "\n")
        yield change


def as_json(head: ReportHead, found: Summary, changes: Iterator[Change]) -> Iterator[str]:
    """Yield a line with both sides and the summary, then a line per change; attributes are [old, new]."""
    yield escapes.escape_json(json.dumps({**head, "summary": found}, ensure_ascii=False))
    for change in changes:
        yield escapes.escape_json(json.dumps(change._asdict(), ensure_ascii=False))


def as_text(head: ReportHead, found: Summary, changes: Iterator[Change]) -> Iterator[str]:
    """Yield both sides, a table of the summary, and a line per change that starts with its mark (ACTION_MARKS)."""
    yield from (
        terminal_line(f"{name}: {head[name]['name']} (version {head[name]['version']})") for name in ("old", "new")
    )
    if head["not_compared"]:
        yield NOT_COMPARED.format(", ".join(head["not_compared"]))
    yield ""
    if not found:
        yield "Nothing changed."
        return
    yield from _aligned_table(found)
    yield ""
    for change in changes:
        place = [change.article] if change.article and [change.article] != _name(change) else []
        words = [quote(change.words)] if change.words else []
        said = [ACTION_MARKS[change.action], *place, *_subject(change), *_name(change), *words]
        yield terminal_line(" ".join(said) + _format_attributes(change, _format_value))


def as_markdown(head: ReportHead, found: Summary, changes: Iterator[Change]) -> Iterator[str]:
    """Yield a heading, a table of the summary, and a list of changes under a heading for each article."""
    sides = [f"{head[name]['name']} ({head[name]['version']})" for name in ("old", "new")]
    yield f"# Changes from {inline_code(sides[0])} to {inline_code(sides[1])}\n"
    if head["not_compared"]:
        yield NOT_COMPARED.format(", ".join(head["not_compared"])) + "\n"
    yield diff.summary_table(found)
    for article, group in groupby(changes, key=lambda change: change.article):
        yield f"\n## Article {inline_code(article)}\n" if article else "\n## Schema and tables\n"
        for change in group:
            named = _name(change) + ([quote(change.words)] if change.words else [])
            said = " ".join([*map(escape_markdown, _subject(change)), *map(inline_code, named)])
            attributes = _format_attributes(change, lambda value: inline_code(_format_value(value)))
            yield f"- {change.action}: {said}{attributes}"


def _subject(change: Change) -> list[str]:
    """Return the annotator, if any, and the item of a change; the name of a document already is its annotator."""
    by = [change.annotator] if change.annotator and change.item != "documents" else []
    return [*by, change.item]


def _name(change: Change) -> list[str]:
    """Return the name of a change, if any; the label of a whole article has none besides its article."""
    return [] if change.annotator and change.name == change.article else [change.name]


def _format_attributes(change: Change, show: Callable[[Any], str]) -> str:
    """Return the changes of attributes, or the attributes of something that was added or removed."""
    shown = []
    for key, (old, new) in change.attributes.items():
        one = {ADDED: new, REMOVED: old}
        value = show(one[change.action]) if change.action in one else f"{show(old)} → {show(new)}"
        shown.append(f"{key} {value}")
    return f": {', '.join(shown)}" if shown else ""


def _format_value(value: Any) -> str:
    """Return a value on one line: names and numbers as they are, other strings quoted and escaped."""
    if isinstance(value, str):
        return value if regex.fullmatch(r"[\w.:/-]+", value) else repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_format_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} {_format_value(inner)}' for key, inner in value.items())}}}"
    return json.dumps(value)


def _aligned_table(found: Summary) -> Iterator[str]:
    header, rows = diff.summary_rows(found)
    width = max(len(row[0]) for row in rows)
    for row in [header, *rows]:
        cells = [f"{cell:>{len(name) + 2}}" for name, cell in zip(header[1:], row[1:], strict=True)]
        yield f"{row[0]:<{width}}{''.join(cells)}".rstrip()
