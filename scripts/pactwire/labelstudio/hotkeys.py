"""Hotkeys of labels and choices: each once, and none that Label Studio's page has another use for."""

from typing import Final

PLAIN_KEYS: Final = tuple("1234567890qwetasdfgzxcvbyiopjklnm")
"""All keys that the page assigns to choices by itself, except u, r and h, which have other uses there."""
SHIFTED_KEYS: Final = tuple(f"shift+{key}" for key in PLAIN_KEYS if key.isalpha())
"""Keys that nobody presses by accident. Digits with Shift have other uses, and are signs on most keyboards."""


class Hotkeys:
    """Assigns hotkeys: to region labels in turn, to choices by the letters of their names.

    When no plain key is left, keys with Shift are assigned, then none.
    """

    def __init__(self) -> None:
        self._plain = list(PLAIN_KEYS)
        self._shifted = list(SHIFTED_KEYS)

    def next_key(self) -> dict[str, str]:
        """Return the setting of the next key."""
        return {"hotkey": self._plain.pop(0)} if self._plain else self.next_shifted()

    def key_for(self, name: str) -> dict[str, str]:
        """Return the setting of the first free key that is a letter of a name, else of the next one."""
        for key in name.lower():
            if key in self._plain:
                self._plain.remove(key)
                return {"hotkey": key}
        return self.next_key()

    def next_shifted(self) -> dict[str, str]:
        """Return the setting of the next key with Shift; none if there is none left."""
        return {"hotkey": self._shifted.pop(0)} if self._shifted else {}
