"""Counts of what a conversion leaves out, by name, with an example of each."""

from collections import Counter
from typing import Any, Final

from pactwire.model.escapes import quote

BLANK_VALUES: Final = frozenset(("", "_", "-", "O", "-X-"))
"""Column values that carry no information."""


class Omissions(Counter[str]):
    """Counts by name; ``examples`` has the first example of each name that was counted with one."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.examples: dict[str, str] = {}

    def add(self, name: str, example: object = "", count: int = 1) -> None:
        """Count something that is left out, and keep the example if it is the first."""
        self[name] += count
        if example not in ("", None):
            self.examples.setdefault(name, str(example))

    def add_field(self, name: str, value: object, owner: str = "") -> None:
        """Count the value of a field that is not read, or each value of a list; empty values are ignored.

        ``owner`` says what has the field, as in " of spans".
        """
        if value not in (None, "", [], {}):
            example, count = (value[0], len(value)) if isinstance(value, list) else (value, 1)
            self.add(f"values of the field {quote(name)}{owner}", example, count)

    def add_column(self, name: str | int, value: str) -> None:
        """Count a value in a column, by its name or its number from 1, that is not read; blank values are ignored."""
        if value not in BLANK_VALUES:
            self.add(f"values in column {name if isinstance(name, int) else quote(name)}", value)

    def merge(self, other: "Omissions") -> None:
        """Add the counts of another, and its examples for names without one."""
        self.update(other)
        self.examples = other.examples | self.examples


def nonzero(counts: Counter[str]) -> dict[str, int]:
    """Return the counts that are not 0, sorted by name, as reports show them."""
    return {name: count for name, count in sorted(counts.items()) if count}
