"""Tab-separated tables of offsets: one mention per row, with the texts in files of their own.

SlavNER has a table per text, ``start end text lemma type link``; SemEval-2025 task 10 has one table for all texts,
``file text start end type …``. The caller names the columns, or a header row with names in COLUMNS does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pactwire.convert import acceptance
from pactwire.convert.entity_links import stated_identifier
from pactwire.convert.imported_document import UNTYPED_SPAN, AttributeValue, ImportedMention, RawSpan, SourceFile
from pactwire.convert.omissions import BLANK_VALUES
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

COLUMNS: Final = ("file", "start", "end", "text", "type", "link")
"""Names of the columns with a meaning of their own; all others are attributes of mentions."""
_NUMBER: Final = re.compile("[0-9]{1,12}")


@dataclass
class MentionTable:
    """The mentions and the issues of a table's rows, by the name of the text that they are about.

    The name is "" if no column names it, or if a row does not.
    """

    mentions: dict[str, list[ImportedMention]] = field(default_factory=dict)
    issues: dict[str, list[Issue]] = field(default_factory=dict)


def parse_table(content: str, source: SourceFile, columns: Sequence[str]) -> MentionTable:
    """Return the mentions of a table.

    Values in other columns are attributes, unless the column decides whether a mention was accepted. A row that cannot
    be read is an issue.

    Args:
        content: The file's content.
        source: Its name in issues.
        columns: The names of the columns in order; if empty, the first row has them.

    Raises:
        DataError: No column is called start or end (convert-columns); a row does not say which text it is about, so
            that any text may lack a mention (convert-row).
    """
    rows = [line.split("\t") for line in files.normalize_newlines(content).split("\n")]
    header = [value.strip().lower() for value in rows[0]]
    has_header = {"start", "end"} <= set(header)
    columns = tuple(columns or (header if has_header else ()))
    if not {"start", "end"} <= set(columns):
        raise source.error("convert-columns", "nothing says which columns are start and end")
    if duplicates := [name for name in COLUMNS if columns.count(name) > 1]:
        raise source.error("convert-columns", f"two columns are called {duplicates[0]}")
    table = MentionTable()
    for number, row in enumerate(rows, 1):
        if any(value.strip() for value in row) and not (number == 1 and has_header):
            _add_row(row, number, source, columns, table)
    if "file" in columns and "" in table.issues:
        raise DataError([issue for issues in table.issues.values() for issue in issues])
    return table


def _add_row(row: Sequence[str], number: int, source: SourceFile, columns: Sequence[str], table: MentionTable) -> None:
    cells = [cell.strip() for cell in row]
    values = dict(zip(columns, cells, strict=False))
    text_name = values.get("file", "")
    unread = {name: value for name, value in values.items() if name not in COLUMNS}
    rejected_by, unclear = acceptance.find_rejection(unread)
    flaw = _row_flaw(values, columns, len(row))
    if unclear and not flaw:
        flaw = f"its column {unclear} has no known meaning"
    if flaw:
        message = f"{quote(chr(9).join(row))}: {flaw}"
        table.issues.setdefault(text_name, []).append(Issue(source.name, number, "convert-row", message))
        return
    attributes: dict[str, tuple[AttributeValue, ...]] = {}
    for index, value in enumerate(cells):
        name = columns[index] if index < len(columns) else ""
        if name in COLUMNS or acceptance.is_decision(name, value) or value in BLANK_VALUES:
            continue
        attributes[name.strip("_") or f"column {index + 1}"] = (value,)
    words = dict(zip(columns, row, strict=False)).get("text") or None
    span = RawSpan(values.get("type") or UNTYPED_SPAN, ((int(values["start"]), int(values["end"])),), words)
    link = stated_identifier(values.get("link", ""))
    mention = ImportedMention("", number, span, link, attributes=attributes, rejected_by=rejected_by)
    table.mentions.setdefault(text_name, []).append(mention)


def _row_flaw(values: dict[str, str], columns: Sequence[str], length: int) -> str:
    """Return what is wrong with a row, empty if nothing."""
    if not all(_NUMBER.fullmatch(values.get(name, "")) for name in ("start", "end")):
        return "it has no start and end that are whole numbers"
    needed = max(number for number, name in enumerate(columns, 1) if name in COLUMNS)
    return f"it has {length} of {needed} columns" if length < needed else ""
