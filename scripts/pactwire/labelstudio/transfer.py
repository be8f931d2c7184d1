"""Tasks to a JSON file that any Label Studio imports, and the JSON that it exports to documents.

The way for teams that have no access to the server's API; what comes back is taken as a pull takes it.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pactwire import files, jsontext, validate
from pactwire.corpus import Corpus
from pactwire.issues import DataError, Issue
from pactwire.labelstudio import answers, config, fields, people, push
from pactwire.labelstudio.answers import Source
from pactwire.labelstudio.people import People
from pactwire.labelstudio.pull import Pulled, Store
from pactwire.records import Document


def export(data: Corpus, project: str, path: Path) -> int:
    """Write all articles of a project as tasks with their drafts, and its labeling config as XML; returns how many.

    Raises DataError with every issue of the dataset.
    """
    if problems := validate.check(data):
        raise DataError(problems)
    guidelines = push.guidelines_version(data.root)
    drafts = push.drafts(data, project)
    made = [
        push.build(data, article, drafts.get(article["id"]), project, guidelines) for article in data.articles.values()
    ]
    files.write(path, "[\n" + ",\n".join(map(jsontext.compact, made)) + "\n]\n")
    files.write(path.with_suffix(".xml"), config.labeling_config(project, list(data.topics.values()), list(data.links.values())))
    return len(made)


def take(data: Corpus, paths: Iterable[Path]) -> Pulled:
    """Write what people submitted in exports, one for each project; raises DataError with all that is no export."""
    pulled = Pulled()
    who = People({}, people.load(data.root))
    store = Store(data.root, "exports")
    sources = _sources(paths)
    documents: list[tuple[str, Document]] = []
    for article in sorted(sources):
        found = answers.gather(data, sources[article], who)
        pulled.notes += [*found.notes, *_unsent(sources[article], who)]
        pulled.issues += found.issues
        documents += found.documents.items()
    store.take(documents, pulled)
    return pulled


def _sources(paths: Iterable[Path]) -> dict[str, list[Source]]:
    """Return the tasks of exports by article."""
    sources: dict[str, list[Source]] = {}
    issues: list[Issue] = []
    for path in paths:
        file = path.as_posix()
        try:
            tasks = _tasks(path, file)
        except DataError as error:
            issues += error.issues
            continue
        for number, task in enumerate(tasks):
            if not _is_task(task):
                issues.append(Issue(file, 1, "export-form", f"the entry {number} is no task with data and annotations"))
            elif (project := task["data"].get("project")) not in fields.PROJECTS:
                issues.append(Issue(file, 1, "task-foreign", f"the entry {number} is no task of Pactwire"))
            else:
                source = Source(project, task, f"{file}#{task.get('id', number)}")
                sources.setdefault(str(task["data"].get("article")), []).append(source)
    if issues:
        raise DataError(issues)
    return sources


def _tasks(path: Path, file: str) -> list[Any]:
    """Return an export's tasks; raises DataError (not-utf8, not-json, lone-surrogate, export-form)."""
    try:
        # not files.read_json, which takes no fractions: an export tells seconds of work
        tasks = json.loads(path.read_bytes().decode("utf-8"))
        jsontext.compact(tasks).encode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError([Issue(file, 1, "not-utf8", f"the byte at offset {error.start} is not UTF-8")]) from None
    except json.JSONDecodeError as error:
        raise DataError([Issue(file, error.lineno, "not-json", f"{error.msg} at character {error.pos}")]) from None
    except UnicodeEncodeError:
        raise DataError([Issue(file, 1, "lone-surrogate", "a string holds a lone surrogate")]) from None
    if not isinstance(tasks, list):
        raise DataError([Issue(file, 1, "export-form", "an export is a list of tasks")])
    return tasks


def _is_task(task: Any) -> bool:
    """Say whether the parts of a task that are read have the shapes that they should."""
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        return False
    annotations, predictions = task.get("annotations"), task.get("predictions", [])
    if not isinstance(annotations, list) or not isinstance(predictions, list):
        return False
    results = [each.get("result") if isinstance(each, dict) else None for each in annotations]
    return all(isinstance(result, list) for result in results)


def _unsent(sources: Iterable[Source], who: People) -> list[str]:
    """Return a note for all edits that nobody submitted."""
    return [
        f"{source.place}: holds edits by {who.pseudonym(draft.get('user')) or who.name(draft.get('user'))}"
        " that were not submitted; they are not taken"
        for source in sources
        for draft in source.task.get("drafts") or []
        if isinstance(draft, dict)
    ]
