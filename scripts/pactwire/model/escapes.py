"""Text of data to the places that it goes to, where it stays text: a line of a terminal, JSON, Markdown, a link.

One function for each place. What nobody sees, or what moves the letters around it, is shown as an escape.
"""

import re
import unicodedata
from typing import Final

from pactwire.model import windows_1252

CONTROL_CHARACTER: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters that no text may hold: Unicode's Cc but LF and TAB."""
CONTROL_CHARACTER_IN_LINE: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Control characters that nothing of one line may hold, as ids, names and addresses."""

_JOINERS: Final = "\u200c\u200d"
"""Format characters that words of several scripts, and emoji, need."""
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_UNUSUAL: Final = re.compile(r"[^ -~\w]")
_MARKUP: Final = re.compile(r"[\\`*\[\]]|(?<![^\W_])_|_(?![^\W_])|~(?=~)")
_ENTITY: Final = re.compile(r"&(?=#?\w+;)")
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BACKTICKS: Final = re.compile("`+")


class SafeMarkdown(str):
    """Markdown that was made on purpose: `table_cell` changes nothing of it but what would end the cell."""

    __slots__ = ()


def control_character_messages(text: str, one_line: bool = False) -> list[str]:
    """Return a message for each control character that a text, or what stands on one line, may not hold."""
    return [
        f"U+{ord(found[0]):04X} at code point {found.start()} is a control character"
        f"{windows_1252.control_character_hint(found[0])}"
        for found in (CONTROL_CHARACTER_IN_LINE if one_line else CONTROL_CHARACTER).finditer(text)
    ]


def terminal_line(text: str) -> str:
    """Return a text as one line of a terminal: line ends, control and hidden characters become escapes."""
    return _UNUSUAL.sub(lambda found: _python_escape(found[0]) if _is_hidden(found[0]) else found[0], text)


def escape_json(text: str) -> str:
    r"""Return JSON whose hidden characters are ``\u`` escapes; its values, and its own line ends, stay the same."""
    return _UNUSUAL.sub(
        lambda found: json_escape(found[0]) if found[0] != "\n" and _is_hidden(found[0]) else found[0], text
    )


def json_escape(text: str) -> str:
    r"""Return each character as ``\uXXXX``, two of them beyond U+FFFF, as JSON has them."""
    units = text.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def escape_markdown(text: str) -> str:
    """Return a text as part of a line of Markdown that shows it: no markup, HTML, link or entity comes of it."""
    plain = _ENTITY.sub("&amp;", terminal_line(text))
    return _MARKUP.sub(lambda found: f"\\{found[0]}", plain).replace("<", "&lt;")


def inline_code(text: str) -> SafeMarkdown:
    """Return a text as inline code of Markdown, whatever backticks it holds."""
    shown = terminal_line(text)
    fence = "`" * (max(map(len, _BACKTICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return SafeMarkdown(f"{fence}{pad}{shown}{pad}{fence}")


def code_block(text: str) -> str:
    """Return lines as a block of code of Markdown."""
    fence = "`" * (max([2, *map(len, _BACKTICKS.findall(text))]) + 1)
    return f"{fence}\n{text}\n{fence}"


def table_cell(value: object) -> str:
    """Return a value as the cell of a Markdown table; None is an empty one."""
    shown = value if isinstance(value, SafeMarkdown) else escape_markdown("" if value is None else str(value))
    return shown.replace("|", "\\|")


def xml_text(text: str) -> str:
    """Return a text that XML can hold; markup in it is for whoever writes the XML to escape."""
    return _NOT_XML.sub("\ufffd", text)


def web_address(url: str | None) -> str:
    """Return an address that a link may lead to: http and https only, else nothing."""
    return url if url and url.lower().startswith(("https://", "http://")) else ""


def quote(text: str) -> str:
    """Return a text in quotation marks for a message: escaped, and cut after 40 code points."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _is_hidden(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character) in _HIDDEN_CATEGORIES


def _python_escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
