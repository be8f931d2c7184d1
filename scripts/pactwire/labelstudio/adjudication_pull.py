"""Pull of adjudication: reads what was chosen in the projects of `adjudication_push` into the decisions file.

An adjudicator's annotation is imported like any other, and compared with the annotators' documents by
`pactwire.labelstudio.decision_builder`. The final documents are created by `pactwire adjudicate`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pactwire.agreement import adjudication
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.decisions import DecisionsFile
from pactwire.corpus import settings
from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import (
    adjudication_tasks,
    annotation_import,
    annotator_ids,
    answered_tasks,
    decision_builder,
    prediction_provenance,
    projects,
)
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.client import Client
from pactwire.labelstudio.projects import ReportProgress
from pactwire.labelstudio.rulings import Ruling
from pactwire.model.issues import DataError, Issue


@dataclass
class DecisionPullResult:
    """Outcome of a pull: the decisions file, adjudicated articles, and how many decisions changed and are open."""

    file: str = ""
    articles: list[str] = field(default_factory=list)
    changed: int = 0
    open: int = 0
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def pull_decisions(
    data: Corpus, client: Client, annotators: Sequence[str], report: ReportProgress
) -> DecisionPullResult:
    """Write what was chosen on the server to the decisions file, each article as a whole or not at all.

    Raises:
        DataError: If the annotators can't be compared, if lines of the decisions file are wrong or outdated, or if the
            server has no such project.
    """
    aligned = adjudication.align_articles(data, annotators)
    file, _ = adjudication.load_decisions(data.root, aligned)
    found = projects.find_projects(client, settings.read_settings(data.root).id, annotators)
    if not found:
        message = f"the server has no project for what {', '.join(annotators)} disagree on"
        raise DataError([Issue(client.url, 1, "project-missing", message)])
    projects.require_labels(client, found.values(), data.root, data.schema)
    people = AnnotatorDirectory(client.user_emails(), annotator_ids.load_pseudonyms(data.root))
    result = DecisionPullResult()
    for article, tasks in answered_tasks.tasks_by_article(client, found, aligned, result.issues, report):
        ruling = _build_ruling(data, article, tasks, people, result)
        if ruling and not _report_conflicts(ruling, file, result):
            result.articles.append(article.article)
            result.changed += ruling.replace_lines(file)
    for project in found.values():
        result.notes += projects.unsent_notes(client, project)
    adjudication.write_decisions(data.root, aligned, file)
    result.file = file.file
    result.open = len(file.open_decisions())
    return result


def _build_ruling(
    data: Corpus,
    article: ArticleAlignment,
    tasks: list[SourceTask],
    people: AnnotatorDirectory,
    result: DecisionPullResult,
) -> Ruling | None:
    """Return what was decided about an article; None if nobody decided or, with issues, if it can't be accepted."""
    imported = annotation_import.import_annotations(data, tasks, people, adjudication_tasks.content_zones(article))
    result.notes += imported.notes
    issues = [*imported.issues, *_stale_work(article, tasks, people)]
    place = tasks[0].place
    if len(imported.documents) > 1:
        message = f"{' and '.join(sorted(imported.documents))} both adjudicated the article"
        issues.append(Issue(place, 1, "adjudication-twice", message, article.article))
    ruling = None
    if not issues and imported.documents:
        [(adjudicator, document)] = imported.documents.items()
        times = {
            layer: time
            for layer, time in answered_tasks.decision_times(data.schema, tasks, people, adjudicator).items()
            if layer in document
        }
        built = decision_builder.build_decisions(article, document, adjudicator, times)
        for flaw in built.flaws:
            record = f"{article.article} {flaw.label}".strip()
            issues.append(Issue(place, 1, "adjudication-label", f"{adjudicator}: {flaw.message}", record))
        ruling = Ruling(article, adjudicator, times, built.decisions)
    result.issues += issues
    return None if issues else ruling


def _stale_work(article: ArticleAlignment, tasks: Sequence[SourceTask], people: AnnotatorDirectory) -> Iterator[Issue]:
    """Yield an issue for work that was last saved before the present documents were on the server."""
    revisions = adjudication_tasks.document_revisions(article)
    for source, annotation in answered_tasks.submitted_annotations(tasks):
        shown = {
            prediction_provenance.prediction_revision(prediction): prediction["created_at"]
            for prediction in source.task["predictions"]
        }
        saved = datetime.fromisoformat(annotation["updated_at"])
        unseen = [
            name
            for name, revision in revisions.items()
            if revision not in shown or datetime.fromisoformat(shown[revision]) > saved
        ]
        if unseen:
            person = people.display_name(annotation["completed_by"])
            message = f"{person} decided before the present documents of {', '.join(unseen)} were there"
            yield Issue(source.place, 1, "adjudication-stale", message, article.article)


def _report_conflicts(ruling: Ruling, file: DecisionsFile, result: DecisionPullResult) -> bool:
    """Report every answer in the file that is neither the ruling's nor an earlier one of the same person."""
    issues = []
    for line in ruling.affected_lines(file):
        if not ruling.agrees_with(line) and not ruling.replaces(line):
            choice = ruling.decisions[line.id].choice if line.id in ruling.decisions else "nothing of the kind"
            message = f"{line.by} decided {line.choice!r} here, and {ruling.adjudicator} {choice!r} on the server"
            issues.append(Issue(file.file, line.line, "adjudication-conflict", message, line.id))
    result.issues += issues
    return bool(issues)
