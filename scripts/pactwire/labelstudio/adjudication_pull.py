"""What was chosen in the projects of `adjudication_push` to answers in ``annotations/decisions.jsonl``.

The annotation that a person makes of the annotators' documents is read as any other, and held against them by
`pactwire.labelstudio.decision_builder`. The final documents are made by `pactwire adjudicate`, here as anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from pactwire.agreement import adjudication
from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.decisions import DECISIONS_FILE, Decision, DecisionsFile
from pactwire.corpus import settings
from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import (
    adjudication_push,
    annotation_import,
    annotator_ids,
    decision_builder,
    prediction_provenance,
    projects,
    push,
    schema_mapping,
)
from pactwire.labelstudio.annotation_import import SourceTask
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.client import ANNOTATION_FIELDS, PREDICTION_FIELDS, Client, task_filter
from pactwire.labelstudio.projects import Project
from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue


@dataclass
class DecisionPullResult:
    """What a pull did: articles whose decisions it took, lines of the decisions file changed, and lines still open."""

    articles: list[str] = field(default_factory=list)
    changed: int = 0
    open: int = 0
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


class _Ruling(NamedTuple):
    """What one person decided on an article: decisions by id, and when they did by layer."""

    found: ArticleAlignment
    judge: str
    times: Mapping[str, str]
    made: Mapping[str, Decision]

    def about(self, settled: DecisionsFile) -> list[Decision]:
        """Return the lines of the decisions file that this ruling stands for."""
        return [each for each in settled.decisions if each.article == self.found.article and each.layer in self.times]

    def keeps(self, line: Decision) -> bool:
        """Say whether a line has the answer that this ruling gives."""
        mine = self.made.get(line.id)
        texts = [strict_json.compact([each.choice, each.label]) for each in (line, mine) if each]
        return len(texts) == 2 and texts[0] == texts[1]

    def replaces(self, line: Decision) -> bool:
        """Say whether a line is open, or an earlier answer of the same person."""
        return line.is_open or (line.by == self.judge and (line.decided or "~") < self.times[line.layer])


def pull_decisions(
    data: Corpus, client: Client, annotators: Sequence[str], report: push.ReportProgress
) -> DecisionPullResult:
    """Write what was chosen on the server into the decisions file, each article whole or not at all.

    Raises DataError where the annotators can't be compared, lines of the decisions file are wrong or outdated, or
    the server has no such project.
    """
    found = adjudication.align_articles(data, annotators)
    settled, _ = adjudication.load_decisions(data.root, found)
    there = projects.find_projects(client, settings.dataset_id(data.root), annotators)
    if not there:
        message = f"the server has no project for what {', '.join(annotators)} disagree on"
        raise DataError([Issue(client.url, 1, "project-missing", message)])
    who = AnnotatorDirectory(client.people(), annotator_ids.load_pseudonyms(data.root))
    pulled = DecisionPullResult()
    for each, sources in _tasks_by_article(client, there, found, pulled, report):
        ruling = _build_ruling(data, each, sources, who, pulled)
        if ruling and not _report_conflicts(ruling, settled, pulled):
            pulled.articles.append(each.article)
            pulled.changed += _replace_lines(ruling, settled)
    _note_unsent(client, there, pulled)
    adjudication.write_decisions(data.root, found, settled)
    pulled.open = len(settled.open_decisions())
    return pulled


def _tasks_by_article(
    client: Client,
    there: Mapping[str, Project],
    found: Sequence[ArticleAlignment],
    pulled: DecisionPullResult,
    report: push.ReportProgress,
) -> Iterator[tuple[ArticleAlignment, list[SourceTask]]]:
    """Yield articles with their tasks; a task of another article is reported where somebody worked on it."""
    by_article: dict[str, list[SourceTask]] = {each.article: [] for each in found}
    for name, project in there.items():
        done = 0
        for page in client.tasks(project.id, ["data", *ANNOTATION_FIELDS, *PREDICTION_FIELDS]):
            for task in page:
                source = SourceTask(name, task, projects.page_url(client, project, task["id"]))
                article = str(task["data"].get("article", ""))
                if article in by_article:
                    by_article[article].append(source)
                elif task["annotations"]:
                    message = "the task is adjudicated, but not all annotators have a document of its article here"
                    pulled.issues.append(Issue(source.place, 1, "task-foreign", message, article))
            done += len(page)
            report(name, done, 0)
    for each in found:
        if by_article[each.article]:
            yield each, by_article[each.article]


def _build_ruling(
    data: Corpus,
    found: ArticleAlignment,
    sources: list[SourceTask],
    who: AnnotatorDirectory,
    pulled: DecisionPullResult,
) -> _Ruling | None:
    """Return what was decided on an article; None, with issues, where it can't be taken, or nobody decided."""
    given = annotation_import.import_annotations(data, sources, who, adjudication_push.content_zones(found))
    pulled.notes += given.notes
    issues = [*given.issues, *_stale_work(found, sources, who)]
    place = sources[0].place
    if len(given.documents) > 1:
        message = f"{' and '.join(sorted(given.documents))} both adjudicated the article"
        issues.append(Issue(place, 1, "adjudication-twice", message, found.article))
    ruling = None
    if not issues and given.documents:
        [(judge, document)] = given.documents.items()
        times = {layer: time for layer, time in _decision_times(sources, who, judge).items() if layer in document}
        made = decision_builder.build_decisions(found, document, judge, times)
        for flaw in made.flaws:
            record = f"{found.article} {flaw.label}".strip()
            issues.append(Issue(place, 1, "adjudication-label", f"{judge}: {flaw.message}", record))
        ruling = _Ruling(found, judge, times, made.decisions)
    pulled.issues += issues
    return None if issues else ruling


def _submitted_annotations(sources: Sequence[SourceTask]) -> Iterator[tuple[SourceTask, dict[str, Any]]]:
    for source in sources:
        for annotation in source.task["annotations"]:
            if not annotation["was_cancelled"]:
                yield source, annotation


def _stale_work(found: ArticleAlignment, sources: Sequence[SourceTask], who: AnnotatorDirectory) -> Iterator[Issue]:
    """Yield an issue for work that was last saved before the documents were there as they are here."""
    for source, annotation in _submitted_annotations(sources):
        shown = {
            prediction_provenance.signature(each).get("revision"): each["created_at"]
            for each in source.task["predictions"]
        }
        saved = datetime.fromisoformat(annotation["updated_at"])
        late = [
            name
            for name, revision in adjudication_push.document_revisions(found).items()
            if revision not in shown or datetime.fromisoformat(shown[revision]) > saved
        ]
        if late:
            person = who.display_name(annotation["completed_by"])
            message = f"{person} decided before the present documents of {', '.join(late)} were there"
            yield Issue(source.place, 1, "adjudication-stale", message, found.article)


def _decision_times(sources: Sequence[SourceTask], who: AnnotatorDirectory, judge: str) -> dict[str, str]:
    """Return when each layer was decided on: the last change of the annotation that holds it."""
    return {
        layer: annotation_import.utc_time(annotation["updated_at"])
        for source, annotation in _submitted_annotations(sources)
        if who.pseudonym(annotation["completed_by"]) == judge
        for layer in schema_mapping.PROJECT_LAYERS[source.project]
    }


def _report_conflicts(ruling: _Ruling, settled: DecisionsFile, pulled: DecisionPullResult) -> bool:
    """Report every answer in the file that is neither the server's nor an earlier one of that person."""
    found = []
    for line in ruling.about(settled):
        if not ruling.keeps(line) and not ruling.replaces(line):
            there = ruling.made[line.id].choice if line.id in ruling.made else "nothing of the kind"
            message = f"{line.by} decided {line.choice!r} here, and {ruling.judge} {there!r} on the server"
            found.append(Issue(DECISIONS_FILE, line.line, "adjudication-conflict", message, line.id))
    pulled.issues += found
    return bool(found)


def _replace_lines(ruling: _Ruling, settled: DecisionsFile) -> int:
    """Put a ruling in the place of the lines that it stands for; returns how many answers that changes."""
    lines = ruling.about(settled)
    kept = {line.id for line in lines if ruling.keeps(line)}
    gone = [line for line in lines if line.id not in kept]
    new = [each for name, each in ruling.made.items() if name not in kept]
    settled.decisions = [line for line in settled.decisions if not any(line is each for each in gone)] + new
    if new and ruling.judge not in {each["id"] for each in settled.adjudicators}:
        settled.adjudicators = [*settled.adjudicators, annotator_ids.annotator_record(ruling.judge)]
    answered = {line.id for line in gone if not line.is_open}
    return len(answered | {each.id for each in new})


def _note_unsent(client: Client, there: Mapping[str, Project], pulled: DecisionPullResult) -> None:
    unsent = task_filter("draft_exists", "Boolean", "equal", True)
    for project in there.values():
        for page in client.tasks(project.id, ["id"], [unsent]):
            for task in page:
                place = projects.page_url(client, project, task["id"])
                pulled.notes.append(f"{place}: holds edits that nobody has submitted; they are not taken")
