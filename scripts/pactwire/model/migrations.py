"""Migrations: what changes in the labels of a dataset, as its owner wrote it down, step by step.

A migration is a file ``schema/migrations/NNNN-name.json``. `pactwire.model.schema_migration` applies its steps to the
schema, `pactwire.model.label_migration` to labels and documents.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pactwire.model.json_schemas import Flaw, tool_schema, tool_validator
from pactwire.model.strict_json import JsonPath

MIGRATION_ID: Final = re.compile(r"([0-9]{4})-[a-z0-9][a-z0-9-]*")
QUEUE: Final = "queue"
"""As ``otherwise`` of a split: people decide."""
_SCHEMA: Final = "migration.schema"


@dataclass(frozen=True)
class Step:
    """A step of a migration: what it does, its place among the steps, and its object in the file.

    ``form`` is the name of its definition in ``migration.schema.json``, such as ``rename_label``.
    """

    form: str
    index: int
    value: Mapping[str, Any]

    def path(self, *keys: str | int) -> JsonPath:
        """Return the path of one of its keys in the file."""
        return ("steps", self.index, *keys)

    @property
    def has_queue(self) -> bool:
        """Whether it leaves labels to people."""
        return self.form == "split" and self.value["otherwise"] == QUEUE


@dataclass(frozen=True)
class Migration:
    """A migration without flaws of form: its id, which is the name of its file, why it is made, and its steps."""

    id: str
    description: str
    steps: tuple[Step, ...]

    @property
    def number(self) -> int:
        """The number that its id begins with."""
        return int(self.id.partition("-")[0])

    @property
    def queue_step(self) -> Step | None:
        """The step that leaves labels to people, which is the last if there is one."""
        return self.steps[-1] if self.steps[-1].has_queue else None

    def queue_only(self) -> "Migration":
        """Return the step that leaves labels to people alone, for a schema that has the labels it makes."""
        step = self.steps[-1]
        assert step.has_queue
        names = [into if isinstance(into, str) else into["const"] for into in step.value["into"]]
        return Migration(self.id, self.description, (Step(step.form, step.index, {**step.value, "into": names}),))


def parse_migration(migration_id: str, value: Any) -> Migration:
    """Return the migration in the value of a file that has no flaws (`migration_flaws`)."""
    steps = tuple(Step(_form(step), index, step) for index, step in enumerate(value["steps"]))
    return Migration(migration_id, value["description"], steps)


def migration_flaws(value: Any) -> Iterator[Flaw]:
    """Yield what is wrong with the form of a migration: its keys and their values, and the order of its steps."""
    flaws = tool_validator(_SCHEMA, "migration").explain(value)
    yield from (("migration-form", path, message) for _, path, message in flaws)
    broken = {path[:2] for _, path, _ in flaws}
    steps = value.get("steps") if isinstance(value, dict) else None
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        if ("steps", index) in broken:
            continue
        found = tool_validator(_SCHEMA, _form(step)).explain(step)
        yield from (("migration-form", ("steps", index, *path), message) for _, path, message in found)
        is_last = index == len(steps or ()) - 1
        if not found and not is_last and Step(_form(step), index, step).has_queue:
            message = "a split with a queue must be the last step: people decide on the labels as they are then"
            yield "migration-form", ("steps", index, "otherwise"), message


def _form(step: Mapping[str, Any]) -> str:
    """Return the name of the definition of a step: its action, and for most of them the smallest thing it names."""
    action = str(step["action"])
    things = ("party", "label", "attribute", "layer")
    name = f"{action}_{next((thing for thing in things if thing in step), 'layer')}"
    return (
        name if name in tool_schema(_SCHEMA)["$defs"] else action if action in ("merge", "split") else f"{action}_layer"
    )
