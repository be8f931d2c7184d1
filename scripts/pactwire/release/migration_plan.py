"""What a migration does to a dataset: counts by step and annotator, as a table and as JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pactwire.model.issues import Issue
from pactwire.model.label_migration import CHANGED, QUEUED, REMOVED, LabelMigration
from pactwire.model.migrations import Migration, Step
from pactwire.release.document_migration import DOCUMENTS, Counts

COUNTED: Final = (DOCUMENTS, CHANGED, REMOVED, QUEUED)
TOTAL: Final = "total"


@dataclass
class MigrationPlan:
    """What one run of `pactwire migrate --execute` does.

    ``migrations`` are those whose steps it applies, ``waiting`` the ids of those that wait for people to answer the
    queue of ``queue``. ``documents`` counts those that are written, ``behind`` those that were behind the ledger;
    ``files`` are the names of the other files that change.
    """

    migrations: Sequence[LabelMigration]
    annotators: Sequence[str] = ()
    waiting: Sequence[str] = ()
    documents: int = 0
    behind: int = 0
    files: Sequence[str] = ()
    counts: Counts = field(default_factory=Counter)
    tables: Counter[tuple[str, str]] = field(default_factory=Counter)
    queue: str | None = None
    queue_open: int = 0
    queue_answered: int = 0
    issues: list[Issue] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.migrations or self.documents or self.files or self.issues)

    def step_rows(self) -> list[tuple[Migration, Step, list[tuple[str, list[int]]]]]:
        """Return the rows of each step: (annotator, numbers in the order of COUNTED), with a total at the end."""
        found = []
        for migration in (each.migration for each in self.migrations):
            for step in migration.steps:
                key = f"{migration.id}#{step.index}"
                rows = [(name, [self.counts[key, name, what] for what in COUNTED]) for name in self.annotators]
                total = [sum(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]
                found.append((migration, step, [*rows, (TOTAL, total or [0] * len(COUNTED))]))
        return found

    def as_json(self) -> dict[str, Any]:
        """Return the plan as JSON."""
        return {
            "migrations": [{"id": each.id, "description": each.migration.description} for each in self.migrations],
            "steps": [
                {
                    "migration": migration.id,
                    "step": step.index + 1,
                    "text": step_text(step),
                    "counts": {name: dict(zip(COUNTED, numbers, strict=True)) for name, numbers in rows},
                }
                for migration, step, rows in self.step_rows()
            ],
            "documents": self.documents,
            "behind": self.behind,
            "files": list(self.files),
            "decisions": {what: self.tables["decisions", what] for what in (CHANGED, REMOVED)},
            "clusters": {what: self.tables["clusters", what] for what in (CHANGED, REMOVED)},
            "links": {CHANGED: self.tables["links", CHANGED]},
            "queue": {"id": self.queue, "open": self.queue_open, "answered": self.queue_answered},
            "waiting": list(self.waiting),
        }

    def lines(self) -> list[str]:
        """Return the plan as lines of text."""
        found = []
        for migration, step, rows in self.step_rows():
            if step is migration.steps[0]:
                found.append(f"{migration.id}: {migration.description}")
            found.append(f"  {step.index + 1}. {step_text(step)}")
            width = max(len(name) for name, _ in rows)
            found += [f"     {name.ljust(width)}  {_counted(numbers)}" for name, numbers in rows]
        found.append(f"documents: {self.documents:,} written, {self.behind:,} of them behind")
        found += [
            f"{what}: {self.tables[what, CHANGED]:,} changed, {self.tables[what, REMOVED]:,} removed"
            for what in ("decisions", "clusters")
        ]
        found.append(f"links: {self.tables['links', CHANGED]:,} changed")
        if self.files:
            found.append(f"other files that change: {', '.join(self.files)}")
        if self.queue:
            found.append(f"queue of {self.queue}: {self.queue_open:,} open, {self.queue_answered:,} answered")
        found += [f"{name} waits until the queue is answered" for name in self.waiting]
        return found


def _counted(numbers: Sequence[int]) -> str:
    documents, changed, removed, queued = numbers
    return f"{documents:>7,} documents {changed:>7,} labels changed {removed:>7,} removed {queued:>7,} queued"


def step_text(step: Step) -> str:
    """Return what a step does, in words."""
    value = step.value
    place = ".".join(value[key] for key in ("layer", "attribute") if key in value)
    match step.form:
        case "rename_label":
            return f"rename {value['label']} of {place} to {value['to']}"
        case "rename_party":
            return f"rename the party {value['party']} to {value['to']}"
        case "rename_attribute" | "rename_layer":
            return f"rename {place} to {value['to']}"
        case "merge":
            return f"merge {', '.join(value['labels'])} of {place} into {_name(value['to'])}"
        case "drop_label":
            return f"drop {value['label']} of {place}"
        case "add_label":
            return f"add {_name(value['label'])} to {place}"
        case "split":
            return f"split {value['label']} of {place} into {', '.join(map(_name, value['into']))}"
    return f"{value['action']} {place}"


def _name(label: Any) -> str:
    return str(label if isinstance(label, str) else label["const"])
