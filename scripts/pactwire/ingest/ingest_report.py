"""Counts of an ingest: accepted articles, rejected ones by issue code, and skipped records by kind.

A few issues of each code are shown and the others only counted, so that a million duplicates need no memory.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from pactwire.ingest.input_records import InputArticle, Skipped
from pactwire.model.escapes import quote
from pactwire.model.issues import REMEDIES, Issue

SHOWN_PER_CODE: Final = 5
"""Issues of each code that are shown as text; all are shown as JSON."""
MAX_KINDS: Final = 100
OTHER_KINDS: Final = "records of further kinds"
COPY_CODE: Final = "ingest-copy"
"""Rejected, but not a problem: the dataset already has the text."""


@dataclass
class IngestReport:
    """Counts of an ingest."""

    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    unread_examples: dict[str, str] = field(default_factory=dict)

    def count_article(self, article: InputArticle) -> None:
        """Count an accepted article, its repaired characters, and what of it is not taken."""
        self.accepted += 1
        self.repaired.update(article.repaired)
        self.unread.update(article.unread.keys())
        for name, example in article.unread.items():
            self.unread_examples.setdefault(name, example)

    def uncount_article(self, article: InputArticle) -> None:
        """Subtract an article that was accepted and then rejected."""
        self.accepted -= 1
        self.repaired.subtract(article.repaired)
        self.unread.subtract(article.unread.keys())

    def count_issue(self, issue: Issue) -> bool:
        """Count an issue; return whether it is one of the first of its code."""
        self.rejected[issue.code] += 1
        return self.rejected[issue.code] <= SHOWN_PER_CODE

    def count_skipped(self, skipped: Skipped) -> None:
        """Count a skipped record; an archive may name any number of kinds, of which the first have their own count."""
        is_counted = skipped.kind in self.skipped or len(self.skipped) < MAX_KINDS
        self.skipped[skipped.kind if is_counted else OTHER_KINDS] += 1

    @property
    def problems(self) -> int:
        """The number of issues that are not duplicates."""
        return self.rejected.total() - self.rejected[COPY_CODE]

    def lines(self) -> list[str]:
        """Return the counts as lines of text, one reason per line."""
        accepted = f"{self.accepted:,} {'article' if self.accepted == 1 else 'articles'} accepted"
        repaired = [f"read {count:,} × {repair}" for repair, count in sorted((+self.repaired).items())]
        rejected = [f"rejected {count:,}: {code} ({REMEDIES[code]})" for code, count in sorted(self.rejected.items())]
        skipped = [f"skipped {count:,}: {kind}" for kind, count in sorted(self.skipped.items())]
        return [accepted, *repaired, *rejected, *skipped, *self._unread_lines()]

    def _unread_lines(self) -> list[str]:
        examples = {
            name: f", such as {quote(example[:80])}" for name, example in self.unread_examples.items() if example
        }
        return [
            f"not taken {count:,}: {name}{examples.get(name, '')}" for name, count in sorted((+self.unread).items())
        ]

    def json(self) -> dict[str, object]:
        """Return the counts as JSON values."""
        return {
            "taken": self.accepted, "refused": dict(sorted(self.rejected.items())),
            "left": dict(sorted(self.skipped.items())), "repaired": dict(sorted((+self.repaired).items())),
            "unread": dict(sorted((+self.unread).items())),
        }  # fmt: skip
