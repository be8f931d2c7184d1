"""Guidelines as HTML for the instructions of a project, which the labeling page shows.

Each section is folded under its heading, so that one click leads to that of a layer. Links within the text would lead
away from the task: Label Studio's page takes a changed address for a way back to the list.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pactwire.corpus.guidelines import GUIDELINES_FILE
from pactwire.model.layers import Layer
from pactwire.storage import files

_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_WEB_ADDRESS: Final = re.compile(r"https?://")


def guidelines_html(root: Path, layer: Layer | None = None) -> str:
    """Return the guidelines of a dataset as HTML; empty if there are none.

    The sections of ``layer``, if one is given, are not folded: those whose headings hold its title, name or label.
    HTML in the guidelines is shown as text, and of links that lead to no web address, and of images, only the words.
    """
    path = root / GUIDELINES_FILE
    text = files.read_text(path, GUIDELINES_FILE) if path.is_file() else ""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(_COMMENT.sub("", text))
    for token in tokens:
        if token.children is not None:
            token.children = list(_without_local_links(token.children))
    return str(parser.renderer.render([*_fold_sections(tokens, layer)], parser.options, {}))


def _fold_sections(tokens: Sequence[Token], layer: Layer | None) -> Iterator[Token]:
    """Yield tokens in which each section is folded under its heading, apart from those of a layer.

    Sections are those of the first level with two. A server keeps no setting by which a folded one would be open.
    """
    counts = Counter(token.tag for token in tokens if token.type == "heading_open" and token.level == 0)
    level = min((tag for tag, count in counts.items() if count > 1), default="")
    is_open = is_plain = False
    for token, following in zip_longest(tokens, tokens[1:]):
        is_heading = token.tag == level and token.level == 0
        if is_heading and token.nesting == 1:
            if is_open:
                yield Token("html_block", "", 0, content="</details>\n")
            is_plain = layer is not None and _names_layer(following.content, layer)
            is_open = not is_plain
        if not is_heading or is_plain:
            yield token
        elif token.nesting == 1:
            yield Token("html_block", "", 0, content="<details><summary><strong>")
        else:
            yield Token("html_block", "", 0, content="</strong></summary>\n")
    if is_open:
        yield Token("html_block", "", 0, content="</details>\n")


def _names_layer(heading: str, layer: Layer) -> bool:
    names = (layer.title, layer.name, layer.label)
    return any(re.search(rf"\b{re.escape(name)}\b", heading, re.IGNORECASE) for name in names if name)


def _without_local_links(inline: Sequence[Token]) -> Iterator[Token]:
    """Yield inline tokens without links that lead to no web address, but with their words, and those of images."""
    hidden: list[bool] = []
    for token in inline:
        if token.type == "image":
            yield Token("text", "", 0, content=token.content)
            continue
        if token.type == "link_open":
            hidden.append(not _WEB_ADDRESS.match(str(token.attrGet("href"))))
        is_hidden = token.type in ("link_open", "link_close") and hidden[-1]
        if token.type == "link_close":
            hidden.pop()
        if not is_hidden:
            yield token
