"""Write the reference pages that follow from the code: docs/commands.md and docs/issues.md.

``python scripts/reference_pages.py`` renews them; with ``--check``, it fails if one is stale.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import typer
from typer.cli import get_docs_for_click

from pactwire.cli.main import app
from pactwire.model import issues

CHECKOUT: Final = Path(__file__).resolve().parents[1]
GOLDEN: Final = CHECKOUT / "tests/golden/issues"
PLAIN_TYPES: Final = re.compile(
    r"(?<=\S) <(?:str|int|float|Path|file|dir|int range|float range|list\[(?:str|int|Path)\])>(?=`)"
)
"""How Typer calls the type of an argument or option, where that says nothing that a reader needs."""

COMMANDS_INTRODUCTION: Final = """\
# Commands

What `pactwire COMMAND --help` prints, for all commands in the order of their use. All exit with 0 if all is well, with
1 if there are problems in the data, and with 2 if the command itself is wrong. Ctrl-C ends a command with one line and
130. Commands whose results a program would read take `--format json`.

"""
ISSUES_PAGE: Final = """\
# Issue codes

An issue is a problem with a code, a place, a message and a remedy. Commands show all of them at once, one on a line:

```
{example}
```

With `--format json`, they are objects with the keys `file`, `line`, `code`, `message`, `record` and `remedy`. A code
never changes its meaning.

## In the files of a dataset

`pactwire validate` reports all of these, and every command that reads a dataset those that it meets.

{data}

## Of commands and servers

These depend on what a command is asked to do, on its other input, or on a server.

{commands}
"""


def commands_page() -> str:
    """Return the page of all commands with their arguments, options and examples."""
    group = typer.main.get_command(app)
    page = get_docs_for_click(obj=group, ctx=typer.Context(group), name="pactwire", title="`pactwire`")
    page = PLAIN_TYPES.sub("", page).replace("\n# ", "\n## ")
    return COMMANDS_INTRODUCTION + re.sub(r"\n{3,}", "\n\n", re.sub(r"^#", "##", page, count=1)).strip() + "\n"


def issues_page() -> str:
    """Return the page of all issue codes with their remedies, in the order of the table in the code."""
    example = (GOLDEN / "span-text/expected.txt").read_text("utf-8").strip()
    data = [code for code in issues.REMEDIES if code not in issues.COMMAND_CODES]
    return ISSUES_PAGE.format(example=example, data=_remedy_table(data), commands=_remedy_table(issues.COMMAND_CODES))


def _remedy_table(codes: Iterable[str]) -> str:
    """Return a table of codes; remedies are Markdown already, with commands in backticks."""
    return "\n".join(["| code | remedy |", "|---|---|", *(f"| `{code}` | {issues.REMEDIES[code]} |" for code in codes)])


def main() -> int:
    """Renew the pages, or only name those that are stale; return the exit code."""
    stale = False
    for name, content in (("commands.md", commands_page()), ("issues.md", issues_page())):
        path = CHECKOUT / "docs" / name
        if path.is_file() and path.read_text("utf-8") == content:
            continue
        if "--check" in sys.argv:
            stale = True
            print(f"docs/{name} is stale: run `make docs`", file=sys.stderr)
        else:
            path.write_text(content, "utf-8")
            print(f"docs/{name} is renewed")
    return int(stale)


if __name__ == "__main__":
    raise SystemExit(main())
