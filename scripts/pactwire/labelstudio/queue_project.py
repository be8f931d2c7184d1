"""The project of a migration's queue on a server, found by a mark that holds the id of the migration."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from pactwire.labelstudio import projects
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.prediction_provenance import CURRENT_VERSION
from pactwire.labelstudio.project_marks import project_mark, write_marks

if TYPE_CHECKING:  # a status needs no corpus, which is slow to import
    from pactwire.corpus.corpus import Corpus

QUEUE: Final = "queue"
"""What the project is called in its mark, and in the data of its tasks."""


def find_queue(records: Iterable[projects.ProjectRecord], dataset: str, migration: str) -> projects.Project | None:
    """Return the project of the queue of a migration, if there is one."""
    mark = project_mark(dataset, QUEUE, (migration,))
    found = [record for record in records if dataset and mark in (record.description or "")]
    return projects.project_from_record(QUEUE, (), found[0]) if found else None


def create_queue(client: Client, data: "Corpus", migration: str, config: str) -> projects.Project:
    """Create the project of the queue of a migration."""
    mark = project_mark(data.settings.id, QUEUE, (migration,))
    about = f"Made by pactwire label push --queue. Keep these marks: {mark}"
    description = write_marks(about, config, projects.dataset_labels(data.root, data.schema))
    name = f"{QUEUE} {migration}"[: projects.MAX_TITLE // 2]
    settings = {
        "title": projects.project_title(data.settings.name, name), "description": description,
        "label_config": config, "model_version": CURRENT_VERSION, "show_collab_predictions": True,
        "maximum_annotations": 1,
    }  # fmt: skip
    return projects.project_from_record(
        QUEUE, (), client.send("POST", "api/projects/", settings, projects.ProjectRecord)
    )
