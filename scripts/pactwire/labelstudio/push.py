"""Push of a dataset: brings articles and drafts to a Label Studio server as tasks with predictions, each once.

What the server already has is looked up first, so that an interrupted push is simply repeated. Nothing that people made
is touched, and the text of a task never changes.
"""

from pathlib import Path

from pactwire.labelstudio.client import Client
from pactwire.labelstudio.projects import ReportProgress
from pactwire.labelstudio.push_memory import PushMemory, PushResult
from pactwire.labelstudio.pushed_tasks import PUSHED_TASKS
from pactwire.labelstudio.task_index import TaskIndex

__all__ = ["PushResult", "push_articles"]


def push_articles(
    root: Path, client: Client, report: ReportProgress, *, adopt: bool = False, update_config: bool = False
) -> PushResult:
    """Bring every article and its newest draft, or final document, to the server.

    Args:
        root: The folder of the dataset.
        client: The server.
        report: Called as the push goes on.
        adopt: Take over projects that may be another dataset's.
        update_config: Replace labeling configs that people changed.

    Raises:
        DataError: Before anything is sent, with every issue of the dataset (`readiness.require_ready`) and of the
            projects (`ProjectOwner`); later with those of the server.
    """
    index = TaskIndex(root, client, PUSHED_TASKS)
    memory = PushMemory(root, client)
    if not (adopt or update_config) and (known := memory.recall(index, report)):
        return known
    # loads the corpus and what it computes with, which takes longer than to find that there is nothing to do
    from pactwire.corpus import corpus
    from pactwire.labelstudio import dataset_push

    data = corpus.load_corpus(root)
    return dataset_push.push_dataset(data, index, memory, report, adopt=adopt, update_config=update_config)
