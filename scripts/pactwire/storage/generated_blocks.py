"""Generated blocks of Markdown files, which are replaced when the data changes.

A block is between ``<!-- begin generated: NAME -->`` and ``<!-- end generated: NAME -->``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pactwire.model import escapes
from pactwire.model.issues import DataError, Issue

_BLOCK: Final = re.compile(
    r"(?P<begin><!-- begin generated: (?P<name>[a-z0-9._-]+) -->\n).*?(?P<end><!-- end generated: (?P=name) -->)",
    re.DOTALL,
)


def replace_blocks(text: str, contents: Mapping[str, str], file: str) -> str:
    """Return a text with every generated block replaced by ``contents[name]``.

    Raises DataError (generated-part) for names that are not in ``contents``.
    """
    known = ", ".join(sorted(contents))
    unknown = [
        Issue(file, text.count("\n", 0, match.start()) + 1, "generated-part", f"{match['name']!r} is none of: {known}")
        for match in _BLOCK.finditer(text)
        if match["name"] not in contents
    ]
    if unknown:
        raise DataError(unknown)

    def replace(match: re.Match[str]) -> str:
        content = contents[match["name"]].strip().replace("<!--", "&lt;!--")  # no block can end itself
        return f"{match['begin']}{content}\n{match['end']}"

    return _BLOCK.sub(replace, text)


def empty_block(name: str) -> str:
    """Return a generated block that nothing has filled yet."""
    return f"<!-- begin generated: {name} -->\n<!-- end generated: {name} -->"


def block_names(text: str) -> list[str]:
    """Return the names of the generated blocks in order."""
    return [match["name"] for match in _BLOCK.finditer(text)]


def block_texts(text: str) -> list[str]:
    """Return the generated blocks in order, with their markers."""
    return [match[0] for match in _BLOCK.finditer(text)]


def blank_blocks(text: str) -> str:
    """Return a text with its generated blocks blanked; all other lines keep their numbers."""
    return _BLOCK.sub(lambda match: "\n" * match[0].count("\n"), text)


def folded(summary: str, content: str) -> str:
    """Return Markdown that is shown only once the line with its summary is clicked, as the Hub and forges render it."""
    return f"<details>\n<summary>{summary}</summary>\n\n{content}\n\n</details>"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table of cells escaped by `escapes.table_cell`; columns of numbers are right-aligned."""
    body = [[escapes.table_cell(value) for value in row] for row in rows]
    numeric = [all(re.fullmatch(r"[-–.,0-9 %]*", cell) for cell in column) for column in zip(*body, strict=True)]
    alignment = ["---:" if is_numeric else "---" for is_numeric in numeric or [False] * len(header)]
    lines = [[escapes.table_cell(name) for name in header], alignment, *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
