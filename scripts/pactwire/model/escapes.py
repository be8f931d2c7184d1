"""Escaping of text from data for each place that shows it: a terminal, JSON, Markdown, XML, a link.

There is one function for each place. Characters that are invisible, or that reorder the text around them, are
shown as escapes.
"""

import re
import unicodedata
from typing import Final

from pactwire.model import windows_1252

CONTROL_CHARACTER: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters that no text may contain: Unicode's Cc except LF and TAB."""
CONTROL_CHARACTER_IN_LINE: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Control characters that no single-line value may contain, such as ids, names and addresses."""

_JOINERS: Final = "\u200c\u200d"
"""Format characters that words of several scripts, and emoji, need."""
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_UNUSUAL: Final = re.compile(r"[^ -~\w]")
_MARKUP: Final = re.compile(r"[\\`*\[\]]|(?<![^\W_])_|_(?![^\W_])|~(?=~)")
_ENTITY: Final = re.compile(r"&(?=#?\w+;)")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BACKTICKS: Final = re.compile("`+")


class SafeMarkdown(str):
    """Markdown that is meant as markup: `table_cell` escapes only what would end the cell."""

    __slots__ = ()


def control_character_messages(text: str, one_line: bool = False) -> list[str]:
    """Return a message for each control character that a text, or a single-line value, may not contain."""
    pattern = CONTROL_CHARACTER_IN_LINE if one_line else CONTROL_CHARACTER
    return [control_character_message(match) for match in pattern.finditer(text)]


def control_character_message(match: re.Match[str]) -> str:
    """Return the message for a control character found in a text; positions are code points."""
    hint = windows_1252.control_character_hint(match[0])
    return f"U+{ord(match[0]):04X} at code point {match.start()} is a control character{hint}"


def terminal_line(text: str) -> str:
    """Return a text as one line of a terminal: line ends, control and hidden characters become escapes."""
    return _UNUSUAL.sub(lambda match: _python_escape(match[0]) if _is_hidden(match[0]) else match[0], text)


def escape_json(text: str) -> str:
    r"""Replace the hidden characters of JSON by ``\u`` escapes; its values and its own line ends do not change."""
    return _UNUSUAL.sub(
        lambda match: json_escape(match[0]) if match[0] != "\n" and _is_hidden(match[0]) else match[0], text
    )


def json_escape(text: str) -> str:
    r"""Return each character as ``\uXXXX``, or as a surrogate pair beyond U+FFFF, as JSON writes them."""
    units = text.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def escape_markdown(text: str) -> str:
    """Return a text as part of a line of Markdown that displays it literally, without markup, HTML or entities."""
    plain = _ENTITY.sub("&amp;", terminal_line(text))
    return _MARKUP.sub(lambda match: f"\\{match[0]}", plain).replace("<", "&lt;")


def inline_code(text: str) -> SafeMarkdown:
    """Return a text as inline code of Markdown, whatever backticks it contains."""
    shown = terminal_line(text)
    fence = "`" * (max(map(len, _BACKTICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return SafeMarkdown(f"{fence}{pad}{shown}{pad}{fence}")


def code_block(text: str) -> str:
    """Return lines as a fenced code block of Markdown."""
    fence = "`" * (max([2, *map(len, _BACKTICKS.findall(text))]) + 1)
    return f"{fence}\n{text}\n{fence}"


def table_cell(value: object) -> str:
    """Return a value as a cell of a Markdown table; None becomes an empty cell."""
    shown = value if isinstance(value, SafeMarkdown) else escape_markdown("" if value is None else str(value))
    return shown.replace("|", "\\|")


def xml_text(text: str) -> str:
    """Replace the characters that XML cannot contain; the caller escapes markup."""
    return _NOT_XML.sub("\ufffd", text)


def without_surrogates(text: str) -> str:
    """Return a text that UTF-8 can encode: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def web_address(url: str | None) -> str:
    """Return an http or https address, which a link may lead to; empty for anything else."""
    return url if url and url.lower().startswith(("https://", "http://")) else ""


def quote(text: str) -> str:
    """Return a text in quotation marks for a message: escaped, and cut after 40 code points."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _is_hidden(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character) in _HIDDEN_CATEGORIES


def _python_escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
