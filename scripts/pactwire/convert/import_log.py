"""Log of an import: counts, corrections, omissions, issues, and rows for the dataset's tables."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from pactwire.convert.omissions import Omissions
from pactwire.corpus.tables import LinkRow
from pactwire.model.issues import Issue
from pactwire.model.records import Topic


class Repair(NamedTuple):
    """A corrected mention: its file and line, its id, and what was corrected."""

    file: str
    line: int
    mention: str
    what: str


@dataclass
class ImportLog:
    """Everything that an import yields besides articles and documents.

    Attributes:
        source_names: The articles' names in the external corpus, by id.
        source_splits: The splits that the external corpus states for them, empty where it states none, by id.
        unannotated: The names of articles without annotation.
        page_hashes: The SHA-256 of the texts that Web Annotation pages brought, by article id.
        links: Rows for links.tsv, by link.
        topics: Rows for topics.json, by id.
        repairs: The corrected mentions.
        omitted: What was left out.
        counts: Counts by name; ``mentions`` is the sum of all names that begin with "mentions ".
        issues: The problems of the corpus.
    """

    source_names: dict[str, str] = field(default_factory=dict)
    source_splits: dict[str, str] = field(default_factory=dict)
    unannotated: list[str] = field(default_factory=list)
    page_hashes: dict[str, str] = field(default_factory=dict)
    links: dict[str, LinkRow] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    repairs: list[Repair] = field(default_factory=list)
    omitted: Omissions = field(default_factory=Omissions)
    counts: Counter[str] = field(default_factory=Counter)
    issues: list[Issue] = field(default_factory=list)

    def add_unreadable(self, issues: list[Issue], count: int) -> None:
        """Add the issues of files, articles or rows that cannot be read, and count these."""
        self.issues += issues
        self.counts["files, articles or rows that can't be read"] += count

    def count_mentions(self, name: str, count: int) -> None:
        """Count all mentions of an article under one name."""
        self.counts["mentions"] += count
        self.counts[name] += count
