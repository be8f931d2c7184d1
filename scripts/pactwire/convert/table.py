"""Tables of offsets to mentions: rows parted by tabs, a mention a row, its text in a file of its own.

SlavNER's are ``start end text lemma type link`` with a table for each text, SemEval-2025's of task 10
``file text start end type …`` with one for all. Which column is which is said by the caller, or by a first row of
the names in COLUMNS.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pactwire import files
from pactwire.convert import foreign
from pactwire.convert.anchors import Claimed
from pactwire.convert.foreign import Mention
from pactwire.issues import DataError, Issue

COLUMNS: Final = ("file", "start", "end", "text", "type", "link")
"""What a column can be; any other name is of a column that is not read."""
UNTYPED: Final = "span"
"""The foreign type of mentions whose file gives none."""
_NUMBER: Final = re.compile("[0-9]{1,12}")


@dataclass
class Table:
    """The mentions of a table by the name of their text, "" where no column names it, and what could not be read."""

    mentions: dict[str, list[Mention]] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)
    issues: list[Issue] = field(default_factory=list)


def read(content: str, file: str, columns: Sequence[str]) -> Table:
    """Return what the rows of a table say; ``columns`` names them in order, none means that the first row does.

    Raises DataError (convert-columns) where no column is called start or none end. Values in columns that are
    not read are counted, and a row that can't be read is an issue.
    """
    rows = [line.split("\t") for line in files.normalize(content).split("\n")]
    first = [value.strip().lower() for value in rows[0]]
    named = {"start", "end"} <= set(first)
    columns = tuple(columns or (first if named else ()))
    if not {"start", "end"} <= set(columns):
        raise DataError([Issue(file, 1, "convert-columns", "nothing says which columns are start and end")])
    table = Table()
    for number, row in enumerate(rows, 1):
        if any(value.strip() for value in row) and not (number == 1 and named):
            _row(row, number, file, columns, table)
    return table


def _row(row: Sequence[str], number: int, file: str, columns: Sequence[str], table: Table) -> None:
    values = dict(zip(columns, row, strict=False))
    start, end = values.get("start", "").strip(), values.get("end", "").strip()
    if not (_NUMBER.fullmatch(start) and _NUMBER.fullmatch(end)):
        message = f"{chr(9).join(row)[:60]!r} has no start and end that are whole numbers"
        table.issues.append(Issue(file, number, "convert-row", message))
        return
    unread = [value for name, value in values.items() if name not in COLUMNS] + list(row[len(columns) :])
    table.left["values in columns that are not read"] += sum(bool(value.strip()) for value in unread)
    claimed = Claimed(values.get("type", "").strip() or UNTYPED, ((int(start), int(end)),), values.get("text") or None)
    attributes = foreign.link(values.get("link", "").strip(), table.left)
    mention = Mention("", number, claimed, attributes)
    table.mentions.setdefault(values.get("file", "").strip(), []).append(mention)
