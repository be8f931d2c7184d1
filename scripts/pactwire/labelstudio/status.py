"""A Label Studio server to a table of who did what: tasks, drafts, submitted, skipped and unsent work by project."""

from dataclasses import dataclass, field
from pathlib import Path

from pactwire.labelstudio import people, projects
from pactwire.labelstudio.client import Client, tasks_filter
from pactwire.labelstudio.people import People


@dataclass
class Status:
    """A project: how many tasks it has, how many hold a draft, nobody's work or unsent edits, and what each did.

    ``people`` is (submitted, skipped) by pseudonym, or by e-mail address where somebody has none.
    """

    title: str
    tasks: int = 0
    drafted: int = 0
    untouched: int = 0
    unsent: int = 0
    people: dict[str, tuple[int, int]] = field(default_factory=dict)


def status(root: Path, client: Client) -> dict[str, Status]:
    """Return the state of the server's projects, by name; empty where there are none."""
    who = People(client.people(), people.load(root))
    found = {}
    for name, project in projects.find(client).items():
        state = found[name] = Status(project.title)
        for page in client.tasks(project.id, ["annotations", "completed_by", "was_cancelled", "total_predictions"]):
            for task in page:
                state.tasks += 1
                state.drafted += bool(task["total_predictions"])
                state.untouched += not task["annotations"]
                for annotation in task["annotations"]:
                    user = annotation["completed_by"]
                    person = who.pseudonym(user) or who.name(user)
                    submitted, skipped = state.people.get(person, (0, 0))
                    cancelled = bool(annotation["was_cancelled"])
                    state.people[person] = submitted + (not cancelled), skipped + cancelled
        unsent = tasks_filter("draft_exists", "Boolean", "equal", True)
        state.unsent = sum(len(page) for page in client.tasks(project.id, ["id"], [unsent]))
    return found
