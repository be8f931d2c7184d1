"""What a source says and we have no place for: counted by name, with an example of each."""

from collections import Counter
from typing import Any, Final

from pactwire.model.escapes import quote

BLANK_VALUES: Final = frozenset(("", "_", "-", "O", "-X-"))
"""Values of columns that say nothing."""


class Omissions(Counter[str]):
    """Counts by name; ``examples`` has the first example of each name that was noted with one."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.examples: dict[str, str] = {}

    def add(self, what: str, example: object = "", many: int = 1) -> None:
        """Count one, or as many, and keep the example if it is the first."""
        self[what] += many
        if example not in ("", None):
            self.examples.setdefault(what, str(example))

    def add_field(self, name: str, value: object, of: str = "") -> None:
        """Count a field that is not read and says something, and of a list what is in it."""
        if value not in (None, "", [], {}):
            many, example = (len(value), value[0]) if isinstance(value, list) else (1, value)
            self.add(f"values of the field {quote(name)}{of}", example, many)

    def add_column(self, name: str | int, value: str) -> None:
        """Count a value in a column, by its name or its number from 1, that is not read and says something."""
        if value not in BLANK_VALUES:
            self.add(f"values in column {name if isinstance(name, int) else quote(name)}", value)

    def merge(self, other: "Omissions") -> None:
        """Add the counts of another, and its examples where there are none yet."""
        self.update(other)
        self.examples = other.examples | self.examples
