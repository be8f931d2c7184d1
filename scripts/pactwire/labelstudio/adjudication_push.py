"""Push for adjudication: brings articles on which annotators disagree to projects of their own.

It keeps the promises of `pactwire.labelstudio.push`: what the server already has is looked up first, nothing that
people made is touched, and the text of a task never changes.
"""

import functools
from collections.abc import Sequence

from pactwire.agreement import adjudication
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import (
    adjudication_tasks,
    projects,
    readiness,
    schema_mapping,
    shown_tasks,
)
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.projects import ReportProgress
from pactwire.labelstudio.shown_tasks import ShownArticle, ShownPushResult


def push_disputed(
    data: Corpus,
    client: Client,
    annotators: Sequence[str],
    report: ReportProgress,
    *,
    adopt: bool = False,
    update_config: bool = False,
) -> ShownPushResult:
    """Bring every article on which annotators disagree to the server, and update the documents of tasks already there.

    The options are those of `push.push_articles`.

    Raises:
        DataError: If the annotators can't be compared, with the issues of the projects, and those of the server.
    """
    aligned = adjudication.align_articles(data, annotators)
    guidelines = readiness.guidelines_version(data.root)
    owner = ProjectOwner(data, client, adopt, annotators)
    result = ShownPushResult(notes=owner.notes)
    disputed = {
        name: {
            article.article: _shown_article(article, name, guidelines)
            for article in aligned
            if adjudication_tasks.disputed_groups(article, name)
        }
        for name in schema_mapping.offered_projects(data.schema)
    }
    for project in shown_tasks.push_projects(owner, disputed, result, report, update_config):
        projects.show_predictions(client, project, annotators[0])
    return result


def _shown_article(article: ArticleAlignment, project: str, guidelines: str) -> ShownArticle:
    """Return what a task shows of an article: the labels of each annotator, and what they disagree on."""
    return ShownArticle(
        about=article.comparable.article,
        revisions=adjudication_tasks.document_revisions(article).values(),
        meta=adjudication_tasks.task_meta(article),
        build_task=functools.partial(adjudication_tasks.build_task, article, project, guidelines),
        build_predictions=functools.partial(adjudication_tasks.build_predictions, article, project),
        data={"differences": adjudication_tasks.describe_differences(article, project)},
    )
