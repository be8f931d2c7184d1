"""Articles on which annotators disagree to tasks on a server, each annotator's document a prediction by pseudonym.

Only layers that all of them have are shown, over all that is content to any of them. What `pactwire label push`
holds to holds here: what is on the server is looked up first, nothing that people made is touched, and no text of
a task ever changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from pactwire.agreement import adjudication, alignment
from pactwire.agreement.alignment import ArticleAlignment, LabelGroup
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.documents import StoredDocument
from pactwire.labelstudio import encoder, prediction_provenance, projects, push, schema_mapping
from pactwire.labelstudio.client import PREDICTION_FIELDS, Client, Task, task_filter
from pactwire.labelstudio.project_ownership import ProjectOwner
from pactwire.labelstudio.projects import Project
from pactwire.labelstudio.task_upload import TaskUpload, UploadItem
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import CONTENT_KINDS, LAYERS, Article, Zone

BATCH_SIZE: Final = 50
_SHOWN_KEYS: Final = ("kind", "type", "language", "link", "holder", "target", "polarity")
"""What is told of a label that not all have, or not in the same place."""


@dataclass
class DisputePushResult:
    """What a push did, by project: tasks made, there before, and of these given newer documents."""

    tasks: dict[str, int] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    renewed: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def push_disputed(
    data: Corpus,
    client: Client,
    annotators: Sequence[str],
    report: push.ReportProgress,
    *,
    adopt: bool = False,
    update_config: bool = False,
) -> DisputePushResult:
    """Bring every article on which annotators disagree to the server; tasks there get the documents of today.

    ``adopt`` and ``update_config`` are those of `push.push_articles`. Raises DataError where the annotators can't be
    compared,
    that of `ownership`, and that of the server.
    """
    found = adjudication.align_articles(data, annotators)
    guidelines = push.guidelines_version(data.root)
    owner = ProjectOwner(data, client, adopt, annotators)
    there = owner.projects()
    pushed = DisputePushResult(notes=owner.notes)
    wanted = {
        name: {each.article: each for each in found if disputed_groups(each, name)}
        for name in schema_mapping.PROJECT_LAYERS
    }
    owner.check([(project, owner.articles(project), wanted[name]) for name, project in there.items()])
    for name, articles in wanted.items():
        if articles:
            project = there.get(name) or projects.create_project(client, owner.records, name, data, annotators)
            project, issues = projects.update_project(client, project, data, update_config)
            pushed.issues += issues
            _push_project(client, project, articles, guidelines, pushed, report)
            projects.show_predictions(client, project, annotators[0])
    return pushed


def _push_project(
    client: Client,
    project: Project,
    wanted: dict[str, ArticleAlignment],
    guidelines: str,
    pushed: DisputePushResult,
    report: push.ReportProgress,
) -> None:
    """Bring the tasks of one project up to date."""
    name = project.name
    known = {
        task["data"].get("article"): task
        for page in client.tasks(project.id, ["data", "meta"])
        for task in page
        if task["data"].get("article") in wanted
    }
    new = [each for article, each in wanted.items() if article not in known]
    sending = TaskUpload(client, project)
    made = 0
    for start in range(0, len(new), BATCH_SIZE):
        batch = new[start : start + BATCH_SIZE]
        made += sending.tasks(
            [_upload_item(each.comparable.article, _build_task(each, name, guidelines)) for each in batch]
        )
        report(name, start + len(batch), len(new))
    stale = [task for article, task in known.items() if task["meta"] != _task_meta(wanted[article])]
    pushed.tasks[name], pushed.there[name] = made, len(known)
    pushed.renewed[name] = sum(
        _update_task(sending, task, wanted[task["data"]["article"]], pushed.issues) for task in stale
    )
    pushed.notes += sending.notes
    pushed.issues += sending.issues


def _upload_item(article: Article, body: Any) -> UploadItem:
    return UploadItem(article["id"], article["source_sha256"], msgspec.json.encode(body))


def disputed_groups(found: ArticleAlignment, project: str) -> list[LabelGroup]:
    """Return the groups of a project's layers on which annotators don't agree."""
    return [
        group for group in found.groups if group.layer in schema_mapping.PROJECT_LAYERS[project] and not group.agreed
    ]


def document_revisions(found: ArticleAlignment) -> dict[str, str]:
    """Return the revision of each annotator's document."""
    return {name: encoder.revision(name, found.comparable.documents[name]) for name in found.annotators}


def _task_meta(found: ArticleAlignment) -> dict[str, Any]:
    return {"pactwire": {"revisions": document_revisions(found)}}


def _build_task(found: ArticleAlignment, project: str, guidelines: str) -> Task:
    built = encoder.encode_task(found.comparable.article, content_zones(found), project, guidelines=guidelines)
    built["data"]["differences"] = describe_differences(found, project)
    return {**built, "predictions": _build_predictions(found, project, built["data"]), "meta": _task_meta(found)}


def _build_predictions(found: ArticleAlignment, project: str, data: Any) -> list[dict[str, Any]]:
    """Return a signed prediction for each annotator over a task's text; raises DataError (on-furniture)."""
    named = document_revisions(found)
    made = []
    for name in found.annotators:
        document = found.comparable.documents[name]
        shared: Any = {key: value for key, value in document.items() if key not in LAYERS or key in found.layers}
        results = encoder.encode_results(shared, data["segments"], data["text"], project)
        made.append(
            prediction_provenance.sign_prediction(results, StoredDocument(document, name, "", 0), named[name], name)
        )
    return made


def content_zones(found: ArticleAlignment) -> list[Zone]:
    """Return zones in which all is content that is content to any of the annotators; the rest is furniture."""
    zones = sorted((zone for name in found.annotators for zone in found.comparable.zones_of(name)), key=_start)
    content: list[Zone] = []
    for zone in zones:
        if zone["kind"] not in CONTENT_KINDS:
            continue
        if content and zone["start"] < content[-1]["end"]:
            content[-1] = {**content[-1], "end": max(content[-1]["end"], zone["end"])}
        else:
            content.append(zone)
    return [
        *content,
        *(zone for zone in zones if not any(_overlap(zone, other) for other in content)),
    ]


def _start(zone: Zone) -> int:
    return zone["start"]


def _overlap(one: Zone, other: Zone) -> bool:
    return one["start"] < other["end"] and other["start"] < one["end"]


def describe_differences(found: ArticleAlignment, project: str) -> str:
    """Return what each annotator has where they differ, as plain text: a line for a place, and one for each of them."""
    text = found.comparable.text
    lines = []
    for number, group in enumerate(disputed_groups(found, project), 1):
        lines.append(
            f"{number}. {group.layer}: {alignment.quote_in_context(text, group.start, group.end)}".replace("\n", " ")
        )
        options = zip(found.annotators, group.options.values(), strict=True)
        lines += [f"   {name}: {_describe_option(group, option)}" for name, option in options]
        lines.append("")
    return "\n".join(lines).strip()


def _describe_option(group: LabelGroup, option: Any) -> str:
    """Return what an option says that others don't."""
    parts = alignment.option_labels(option)
    apart = "span" in group.differing_fields
    keys = _SHOWN_KEYS if apart else group.differing_fields
    told = [
        [_describe_place(part)] * apart + [f"{key} {_describe_value(part[key])}" for key in keys if key in part]
        for part in parts
    ]
    return "; ".join(map(", ".join, told)) or "nothing"


def _describe_place(part: Any) -> str:
    words = " ".join(part.get("text", "").split())
    return f"“{words}”" if words else f"{part['start']}:{part['end']}"


def _describe_value(value: Any) -> str:
    if isinstance(value, list):
        return " and ".join(value)
    return str(value["text"] if isinstance(value, dict) else "–" if value is None else value)


def _update_task(sending: TaskUpload, task: Task, found: ArticleAlignment, issues: list[Issue]) -> bool:
    """Give a task the present documents as predictions; returns False, with an issue, where they do not fit it."""
    client, project = sending.client, sending.project
    try:
        made = _build_predictions(found, project.name, task["data"])
    except DataError as error:
        message = f"{len(error.issues)} labels do not fit the task's older zones: {error.issues[0].message}"
        place = projects.page_url(client, project, task["id"])
        issues.append(Issue(place, 1, "zones-conflict", message, found.article))
        return False
    before = [each for one in _with_predictions(client, project, task) for each in one["predictions"]]
    there = {prediction_provenance.signature(each).get("revision") for each in before}
    missing = [
        {"task": task["id"], **each} for each in made if prediction_provenance.signature(each)["revision"] not in there
    ]
    if sending.predictions([_upload_item(found.comparable.article, each) for each in missing]) < len(missing):
        return False
    named = document_revisions(found)
    for each in filter(prediction_provenance.is_signed, before):
        name = each["model_version"].removesuffix(prediction_provenance.EARLIER_SUFFIX)
        version = (
            name
            if prediction_provenance.signature(each).get("revision") == named.get(name)
            else name + prediction_provenance.EARLIER_SUFFIX
        )
        if each["model_version"] != version:
            client.change(f"api/predictions/{each['id']}/", {"model_version": version})
    about = {**task["data"], "differences": describe_differences(found, project.name)}
    client.change(f"api/tasks/{task['id']}/", {"data": about, "meta": _task_meta(found)})
    return True


def _with_predictions(client: Client, project: Project, task: Task) -> Iterator[Task]:
    """Yield a task with its predictions."""
    for page in client.tasks(project.id, PREDICTION_FIELDS, [task_filter("id", "Number", "equal", task["id"])]):
        yield from page
