"""Push of a dataset: brings articles and drafts to a Label Studio server as tasks with predictions, each once.

What the server already has is looked up first, so that an interrupted push is simply repeated. Nothing that people made
is touched, and the text of a task never changes.
"""

import functools
from collections.abc import Collection

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import drafts, project_instructions, projects, readiness, schema_mapping
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.project_push import ProjectPush, PushResult
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.push_memory import PushMemory
from pactwire.labelstudio.pushed_tasks import PUSHED_TASKS, PushedTask
from pactwire.labelstudio.task_index import TaskIndex
from pactwire.model.records import Article

__all__ = ["PushResult", "push_articles"]


def push_articles(
    data: Corpus, client: Client, report: ReportProgress, *, adopt: bool = False, update_config: bool = False
) -> PushResult:
    """Bring every article and its newest draft, or final document, to the server.

    Args:
        data: The dataset.
        client: The server.
        report: Called as the push goes on.
        adopt: Take over projects that may be another dataset's.
        update_config: Replace labeling configs that people changed.

    Raises:
        DataError: Before anything is sent, with every issue of the dataset (`readiness.require_ready`) and of the
            projects (`ProjectOwner`); later with those of the server.
    """
    index = TaskIndex(data.root, client, PUSHED_TASKS)
    memory = PushMemory(data.root, client)
    if not (adopt or update_config) and (known := memory.recall(index, report)):
        none = dict.fromkeys(known.there, 0)
        return PushResult(none, {**none}, known.there, known.pages)
    guidelines = readiness.require_ready(data)
    owner = ProjectOwner(data, client, adopt)
    result = PushResult(notes=owner.notes)
    found = owner.find_projects()
    projects.require_labels(client, found.values(), data)
    found, notes = projects.split_off_unknown(found, data.schema)
    result.notes += notes
    offered = schema_mapping.offered_projects(data.schema, data.settings.project_per_layer)
    begun = _articles_begun(index, [project for name, project in found.items() if name not in offered], result, report)
    articles = {name: _articles_to_push(data, name, begun, result) for name in offered}
    pushes = {
        name: ProjectPush(data, client, found[name], articles[name], guidelines, result, report, index)
        for name in offered
        if name in found
    }
    owner.check_articles([(each.project, each.find_tasks(), each.articles) for each in pushes.values()])
    for name, project in found.items():
        if name not in pushes:
            _renew_project(data, client, project, update_config, result)
    for name in offered:
        if name not in pushes:
            if not articles[name]:
                continue
            created = projects.create_project(client, owner.records, name, data)
            pushes[name] = ProjectPush(data, client, created, articles[name], guidelines, result, report, index)
        push = pushes[name]
        push.project = _renew_project(data, client, push.project, update_config, result)
        push.run()
        result.pages[name] = projects.labeling_url(client, push.project)
    is_idle = not any((*result.tasks.values(), *result.drafts.values(), result.notes, result.issues))
    if is_idle and found.keys() == pushes.keys():
        memory.remember(owner.records, found, index, result.there, result.pages)
    return result


def _renew_project(data: Corpus, client: Client, project: Project, update_config: bool, result: PushResult) -> Project:
    """Give a project the present labeling config and instructions."""
    project, issues = projects.update_project(client, project, data, update_config)
    project, more = project_instructions.renew_instructions(client, project, data, update_config)
    result.issues += [*issues, *more]
    result.notes += project.rename_notes(data.settings.name)
    return project


def _articles_begun(
    index: TaskIndex[PushedTask], others: list[Project], result: PushResult, report: ReportProgress
) -> set[str]:
    """Return the articles that people began in projects where no more are pushed; they are continued there."""
    begun: set[str] = set()
    for project in others:
        unsent = index.client.tasks_with_unsent_edits(project.id)
        tasks = index.read(project.id, functools.partial(report, project.name))
        here = {task.article for number, task in tasks.items() if task.is_begun or number in unsent}
        if here:
            place = projects.page_url(index.client, project)
            result.notes.append(f"articles begun in {project.title!r}, which stay there: {len(here):,}; {place}")
        begun |= here
    return begun


def _articles_to_push(data: Corpus, project: str, begun: Collection[str], result: PushResult) -> dict[str, Article]:
    """Return the articles that a project shows, and report those for which the layers that it gives are missing."""
    articles = {key: article for key, article in data.articles.items() if key not in begun}
    waiting = drafts.waiting_articles(data, project, articles)
    if waiting:
        result.issues.append(drafts.waiting_issue(data, project, waiting))
    return {key: article for key, article in articles.items() if key not in {*waiting}}
