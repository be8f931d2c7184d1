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
from pactwire.agreement.alignment import Group, Groups
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.documents import Placed
from pactwire.labelstudio import encoder, fields, predictions, projects, push
from pactwire.labelstudio.client import PREDICTIONS, Client, Task, tasks_filter
from pactwire.labelstudio.project_ownership import Owner
from pactwire.labelstudio.projects import Project
from pactwire.labelstudio.task_upload import Import, Item
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import CONTENT_KINDS, LAYERS, Article, Zone

BATCH: Final = 50
_SAID: Final = ("kind", "type", "language", "link", "holder", "target", "polarity")
"""What is told of a label that not all have, or not in the same place."""


@dataclass
class Pushed:
    """What a push did, by project: tasks made, there before, and of these given newer documents."""

    tasks: dict[str, int] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    renewed: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def push_all(
    data: Corpus,
    client: Client,
    annotators: Sequence[str],
    report: push.Report,
    *,
    adopt: bool = False,
    update_config: bool = False,
) -> Pushed:
    """Bring every article on which annotators disagree to the server; tasks there get the documents of today.

    ``adopt`` and ``update_config`` are those of `push.push`. Raises DataError where the annotators can't be compared,
    that of `ownership`, and that of the server.
    """
    found = adjudication.grouped(data, annotators)
    guidelines = push.guidelines_version(data.root)
    owner = Owner(data, client, adopt, annotators)
    there = owner.projects()
    pushed = Pushed(notes=owner.notes)
    wanted = {name: {each.article: each for each in found if disputed(each, name)} for name in fields.PROJECTS}
    owner.check([(project, owner.articles(project), wanted[name]) for name, project in there.items()])
    for name, articles in wanted.items():
        if articles:
            project = there.get(name) or projects.make(client, owner.records, name, data, annotators)
            project, issues = projects.renew(client, project, data, update_config)
            pushed.issues += issues
            _push(client, project, articles, guidelines, pushed, report)
            projects.show(client, project, annotators[0])
    return pushed


def _push(
    client: Client,
    project: Project,
    wanted: dict[str, Groups],
    guidelines: str,
    pushed: Pushed,
    report: push.Report,
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
    sending = Import(client, project)
    made = 0
    for start in range(0, len(new), BATCH):
        batch = new[start : start + BATCH]
        made += sending.tasks([_item(each.case.article, _task(each, name, guidelines)) for each in batch])
        report(name, start + len(batch), len(new))
    stale = [task for article, task in known.items() if task["meta"] != _meta(wanted[article])]
    pushed.tasks[name], pushed.there[name] = made, len(known)
    pushed.renewed[name] = sum(_renew(sending, task, wanted[task["data"]["article"]], pushed.issues) for task in stale)
    pushed.notes += sending.notes
    pushed.issues += sending.issues


def _item(article: Article, body: Any) -> Item:
    return Item(article["id"], article["source_sha256"], msgspec.json.encode(body))


def disputed(found: Groups, project: str) -> list[Group]:
    """Return the groups of a project's layers on which annotators don't agree."""
    return [group for group in found.all if group.layer in fields.PROJECTS[project] and not group.agreed]


def revisions(found: Groups) -> dict[str, str]:
    """Return the revision of each annotator's document."""
    return {name: encoder.revision(name, found.case.documents[name]) for name in found.names}


def _meta(found: Groups) -> dict[str, Any]:
    return {"pactwire": {"revisions": revisions(found)}}


def _task(found: Groups, project: str, guidelines: str) -> Task:
    built = encoder.task(found.case.article, content_zones(found), project, guidelines=guidelines)
    built["data"]["differences"] = differences(found, project)
    return {**built, "predictions": _predictions(found, project, built["data"]), "meta": _meta(found)}


def _predictions(found: Groups, project: str, data: Any) -> list[dict[str, Any]]:
    """Return a signed prediction for each annotator over a task's text; raises DataError (on-furniture)."""
    named = revisions(found)
    made = []
    for name in found.names:
        document = found.case.documents[name]
        shared: Any = {key: value for key, value in document.items() if key not in LAYERS or key in found.layers}
        results = encoder.results(shared, data["segments"], data["text"], project)
        made.append(predictions.sign(results, Placed(document, name, "", 0), named[name], name))
    return made


def content_zones(found: Groups) -> list[Zone]:
    """Return zones in which all is content that is content to any of the annotators; the rest is furniture."""
    zones = sorted((zone for name in found.names for zone in found.case.zones_of(name)), key=_start)
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


def differences(found: Groups, project: str) -> str:
    """Return what each annotator has where they differ, as plain text: a line for a place, and one for each of them."""
    text = found.case.article["source_text"]
    lines = []
    for number, group in enumerate(disputed(found, project), 1):
        lines.append(f"{number}. {group.layer}: {alignment.shown(text, group.start, group.end)}".replace("\n", " "))
        options = zip(found.names, group.options.values(), strict=True)
        lines += [f"   {name}: {_told(group, option)}" for name, option in options]
        lines.append("")
    return "\n".join(lines).strip()


def _told(group: Group, option: Any) -> str:
    """Return what an option says that others don't."""
    parts = alignment.parts_of(option)
    apart = "span" in group.differs
    keys = _SAID if apart else group.differs
    told = [[_place(part)] * apart + [f"{key} {_value(part[key])}" for key in keys if key in part] for part in parts]
    return "; ".join(map(", ".join, told)) or "nothing"


def _place(part: Any) -> str:
    words = " ".join(part.get("text", "").split())
    return f"“{words}”" if words else f"{part['start']}:{part['end']}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " and ".join(value)
    return str(value["text"] if isinstance(value, dict) else "–" if value is None else value)


def _renew(sending: Import, task: Task, found: Groups, issues: list[Issue]) -> bool:
    """Give a task the present documents as predictions; returns False, with an issue, where they do not fit it."""
    client, project = sending.client, sending.project
    try:
        made = _predictions(found, project.name, task["data"])
    except DataError as error:
        message = f"{len(error.issues)} labels do not fit the task's older zones: {error.issues[0].message}"
        place = projects.page(client, project, task["id"])
        issues.append(Issue(place, 1, "zones-conflict", message, found.article))
        return False
    before = [each for one in _whole(client, project, task) for each in one["predictions"]]
    there = {predictions.signature(each).get("revision") for each in before}
    missing = [{"task": task["id"], **each} for each in made if predictions.signature(each)["revision"] not in there]
    if sending.predictions([_item(found.case.article, each) for each in missing]) < len(missing):
        return False
    named = revisions(found)
    for each in filter(predictions.is_signed, before):
        name = each["model_version"].removesuffix(predictions.EARLIER)
        version = name if predictions.signature(each).get("revision") == named.get(name) else name + predictions.EARLIER
        if each["model_version"] != version:
            client.change(f"api/predictions/{each['id']}/", {"model_version": version})
    about = {**task["data"], "differences": differences(found, project.name)}
    client.change(f"api/tasks/{task['id']}/", {"data": about, "meta": _meta(found)})
    return True


def _whole(client: Client, project: Project, task: Task) -> Iterator[Task]:
    """Yield a task with its predictions."""
    for page in client.tasks(project.id, PREDICTIONS, [tasks_filter("id", "Number", "equal", task["id"])]):
        yield from page
