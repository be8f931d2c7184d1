"""Generated parts of Markdown files: text with markers and new contents in, text with the parts renewed out.

A part stands between ``<!-- begin generated: NAME -->`` and ``<!-- end generated: NAME -->``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pactwire.model import escapes
from pactwire.model.issues import DataError, Issue

_BLOCK: Final = re.compile(
    r"(?P<begin><!-- begin generated: (?P<name>[a-z0-9_-]+) -->\n).*?(?P<end><!-- end generated: (?P=name) -->)",
    re.DOTALL,
)


def replace_blocks(text: str, parts: Mapping[str, str], file: str) -> str:
    """Return the text with every marked part replaced by ``parts[name]``.

    Raises DataError (generated-part) for the names that are not in ``parts``.
    """
    known = ", ".join(sorted(parts))
    unknown = [
        Issue(file, text.count("\n", 0, match.start()) + 1, "generated-part", f"{match['name']!r} is none of: {known}")
        for match in _BLOCK.finditer(text)
        if match["name"] not in parts
    ]
    if unknown:
        raise DataError(unknown)

    def replace(match: re.Match[str]) -> str:
        part = parts[match["name"]].strip().replace("<!--", "&lt;!--")  # no part can end itself
        return f"{match['begin']}{part}\n{match['end']}"

    return _BLOCK.sub(replace, text)


def block_names(text: str) -> list[str]:
    """Return the names of the marked parts in order."""
    return [match["name"] for match in _BLOCK.finditer(text)]


def blank_blocks(text: str) -> str:
    """Return what is not generated, on the lines where it stands: the marked parts are blank."""
    return _BLOCK.sub(lambda match: "\n" * match[0].count("\n"), text)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table of cells as `escapes.table_cell` makes them; columns of numbers stand to the right."""
    body = [[escapes.table_cell(value) for value in row] for row in rows]
    numeric = [all(re.fullmatch(r"[-–.,0-9 %]*", row[i]) for row in body) and bool(body) for i in range(len(header))]
    lines = [[escapes.table_cell(name) for name in header], ["---:" if right else "---" for right in numeric], *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
