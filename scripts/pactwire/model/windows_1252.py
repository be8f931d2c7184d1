"""Repair of Windows-1252 characters that a wrong decoding turned into C1 control characters.

Text in Windows-1252 that was decoded as ISO 8859-1 has U+0092 in place of an apostrophe, and U+0097 in place of a
dash. Each of the 27 has one meaning, which is one code point, so no offset changes. U+0081, 8D, 8F, 90 and 9D mean
nothing in Windows-1252 and are left alone.
"""

from collections import Counter
from typing import Final

NAME: Final = "windows-1252"
INTENDED_CHARACTERS: Final = {
    chr(code): intended for code in range(0x80, 0xA0) if (intended := bytes([code]).decode("cp1252", "ignore"))
}  # fmt: skip
"""C1 control character to the character that was meant."""
_TABLE: Final = str.maketrans(INTENDED_CHARACTERS)


def repair(text: str) -> str:
    """Return a text with the characters that were meant; its length does not change."""
    return text.translate(_TABLE)


def count_repairs(text: str) -> Counter[str]:
    """Count what `repair` replaces in a text, by descriptions such as ``U+0092 as ’``."""
    return Counter(
        {
            f"U+{ord(char):04X} as {intended}": count
            for char, intended in INTENDED_CHARACTERS.items()
            if (count := text.count(char))
        }
    )


def control_character_hint(char: str) -> str:
    """Return what a message adds about a C1 control character: its meaning in Windows-1252. Empty for others."""
    if char in INTENDED_CHARACTERS:
        return f", {INTENDED_CHARACTERS[char]} in Windows-1252"
    return ", undefined in Windows-1252" if "\x80" <= char <= "\x9f" else ""
