"""Characters of Windows-1252 that a wrong decoding left as C1 control characters, to what was meant.

Text in Windows-1252 that was read as ISO 8859-1 has U+0092 where an apostrophe stood, and U+0097 for a dash. Each of
the 27 has one meaning, and that is one code point, so that every offset stays. U+0081, 8D, 8F, 90 and 9D mean
nothing in Windows-1252, and stay as they are.
"""

from collections import Counter
from typing import Final

NAME: Final = "windows-1252"
INTENDED_CHARACTERS: Final = {
    chr(code): meant for code in range(0x80, 0xA0) if (meant := bytes([code]).decode("cp1252", "ignore"))
}  # fmt: skip
"""What each C1 control character stands for."""
_TABLE: Final = str.maketrans(INTENDED_CHARACTERS)


def repair(text: str) -> str:
    """Return a text with the characters that were meant, of the same length."""
    return text.translate(_TABLE)


def count_repairs(text: str) -> Counter[str]:
    """Return what `repair` replaces in a text, as ``U+0092 as ’``, and how often."""
    return Counter(
        {
            f"U+{ord(char):04X} as {meant}": count
            for char, meant in INTENDED_CHARACTERS.items()
            if (count := text.count(char))
        }
    )


def control_character_hint(char: str) -> str:
    """Return what to say of a control character besides: what it means in Windows-1252, if it is of C1."""
    if char in INTENDED_CHARACTERS:
        return f", in Windows-1252 {INTENDED_CHARACTERS[char]}"
    return ", in Windows-1252 nothing" if "\x80" <= char <= "\x9f" else ""
