"""Push of a whole dataset: every article and its newest draft, compared with what is on the server."""

import functools
from collections.abc import Collection

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import drafts, project_instructions, projects, readiness, schema_mapping
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.project_push import ProjectPush
from pactwire.labelstudio.projects import Project, ReportProgress
from pactwire.labelstudio.push_memory import PushMemory, PushResult
from pactwire.labelstudio.pushed_tasks import PushedTask
from pactwire.labelstudio.task_index import TaskIndex
from pactwire.model.records import Article


def push_dataset(
    data: Corpus,
    index: TaskIndex[PushedTask],
    memory: PushMemory,
    report: ReportProgress,
    *,
    adopt: bool,
    update_config: bool,
) -> PushResult:
    """Bring every article and its draft to the server of an index; arguments and errors as of `push.push_articles`."""
    client = index.client
    guidelines = readiness.require_ready(data)
    owner = ProjectOwner(data, client, adopt)
    result = PushResult(notes=owner.notes)
    found = owner.find_projects()
    projects.require_labels(client, found.values(), data.root, data.schema)
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
    project, issues = project_instructions.renew_project(client, project, data, update_config)
    result.issues += issues
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
