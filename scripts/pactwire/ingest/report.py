"""What a reading found, counted: articles taken, what was refused by its code, what is no article by its kind.

Of each code a few issues are shown and the others counted, so that a million copies need no memory.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from pactwire.ingest.input_records import InputArticle, Skipped
from pactwire.model.issues import REMEDIES, Issue

SHOWN_PER_CODE: Final = 5
"""Issues of each code that are shown in text form; all are in JSON form."""
COPY_CODE: Final = "ingest-copy"
"""Refused, but no problem: what it says is in the dataset."""


@dataclass
class IngestReport:
    """Counts of a reading."""

    taken: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)

    def take(self, found: InputArticle) -> None:
        """Count an article, and the characters that were repaired in it."""
        self.taken += 1
        self.repaired.update(found.repaired)

    def take_back(self, found: InputArticle) -> None:
        """Count an article no longer that was taken and then refused."""
        self.taken -= 1
        self.repaired.subtract(found.repaired)

    def refuse(self, issue: Issue) -> bool:
        """Count an issue; say whether it is among the first of its code."""
        self.refused[issue.code] += 1
        return self.refused[issue.code] <= SHOWN_PER_CODE

    def leave(self, left: Skipped) -> None:
        """Count what is no article."""
        self.left[left.what] += 1

    @property
    def problems(self) -> int:
        """How many issues there are besides copies."""
        return self.refused.total() - self.refused[COPY_CODE]

    def lines(self) -> list[str]:
        """Return the counts, one reason a line."""
        refused = [f"refused {count:,}: {code} ({REMEDIES[code]})" for code, count in sorted(self.refused.items())]
        left = [f"left out {count:,}: {what}" for what, count in sorted(self.left.items())]
        repaired = [f"read {count:,} × {what}" for what, count in sorted((+self.repaired).items())]
        return [f"{self.taken:,} {'article' if self.taken == 1 else 'articles'} taken", *repaired, *refused, *left]

    def json(self) -> dict[str, object]:
        """Return the counts as a value for JSON."""
        return {
            "taken": self.taken, "refused": dict(sorted(self.refused.items())), "left": dict(sorted(self.left.items())),
            "repaired": dict(sorted((+self.repaired).items())),
        }  # fmt: skip
