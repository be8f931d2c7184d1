"""Tables of offsets to mentions: rows parted by tabs, a mention a row, its text in a file of its own.

SlavNER's are ``start end text lemma type link`` with a table for each text, SemEval-2025's of task 10
``file text start end type …`` with one for all. Which column is which is said by the caller, or by a first row of
the names in COLUMNS.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pactwire.convert import acceptance
from pactwire.convert.entity_links import link_attribute
from pactwire.convert.imported_document import ImportedMention
from pactwire.convert.omissions import Omissions
from pactwire.convert.span_resolution import RawSpan
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

COLUMNS: Final = ("file", "start", "end", "text", "type", "link")
"""What a column can be; any other name is of a column that is not read."""
UNTYPED_SPAN: Final = "span"
"""The foreign type of mentions whose file gives none."""
_NUMBER: Final = re.compile("[0-9]{1,12}")


@dataclass
class MentionTable:
    """The mentions of a table by the name of their text, "" where no column names it, and what could not be read.

    ``issues`` are of rows, by the name of the text that they are about, "" where a row does not tell.
    """

    mentions: dict[str, list[ImportedMention]] = field(default_factory=dict)
    omitted: Omissions = field(default_factory=Omissions)
    issues: dict[str, list[Issue]] = field(default_factory=dict)


def parse_table(content: str, file: str, columns: Sequence[str]) -> MentionTable:
    """Return what the rows of a table say; ``columns`` names them in order, none means that the first row does.

    Raises DataError (convert-columns) where no column is called start or none end, and for rows of which nobody can
    tell which text they are about: they may be missing from any. Values in columns that are not read are counted,
    unless the column decides whether a mention was accepted. A row that can't be read is an issue.
    """
    rows = [line.split("\t") for line in files.normalize_newlines(content).split("\n")]
    first = [value.strip().lower() for value in rows[0]]
    named = {"start", "end"} <= set(first)
    columns = tuple(columns or (first if named else ()))
    if not {"start", "end"} <= set(columns):
        raise DataError([Issue(file, 1, "convert-columns", "nothing says which columns are start and end")])
    if twice := [name for name in COLUMNS if columns.count(name) > 1]:
        raise DataError([Issue(file, 1, "convert-columns", f"two columns are called {twice[0]}")])
    table = MentionTable()
    for number, row in enumerate(rows, 1):
        if any(value.strip() for value in row) and not (number == 1 and named):
            _add_row(row, number, file, columns, table)
    if "file" in columns and "" in table.issues:
        raise DataError([issue for issues in table.issues.values() for issue in issues])
    return table


def _add_row(row: Sequence[str], number: int, file: str, columns: Sequence[str], table: MentionTable) -> None:
    cells = [cell.strip() for cell in row]
    values = dict(zip(columns, cells, strict=False))
    others = {name: value for name, value in values.items() if name not in COLUMNS}
    declined, unknown = acceptance.find_rejection(others)
    if flaw := _row_flaw(values, columns, len(row)) or (
        unknown and f"its column {unknown} decides nothing that is known"
    ):
        message = f"{quote(chr(9).join(row))}: {flaw}"
        table.issues.setdefault(values.get("file", ""), []).append(Issue(file, number, "convert-row", message))
        return
    for at, value in enumerate(cells):
        name = columns[at] if at < len(columns) else ""
        if name not in COLUMNS and not acceptance.is_decision(name, value):
            table.omitted.add_column(name.strip("_") or at + 1, value)
    words = dict(zip(columns, row, strict=False)).get("text") or None
    claimed = RawSpan(values.get("type") or UNTYPED_SPAN, ((int(values["start"]), int(values["end"])),), words)
    attributes = link_attribute(values.get("link", ""), table.omitted, words or "")
    mention = ImportedMention("", number, claimed, attributes, rejected_by=declined)
    table.mentions.setdefault(values.get("file", ""), []).append(mention)


def _row_flaw(values: dict[str, str], columns: Sequence[str], length: int) -> str:
    """Say what is wrong with a row, or nothing."""
    if not all(_NUMBER.fullmatch(values.get(name, "")) for name in ("start", "end")):
        return "it has no start and end that are whole numbers"
    needed = max(at for at, name in enumerate(columns, 1) if name in COLUMNS)
    return f"it has {length} of {needed} columns" if length < needed else ""
