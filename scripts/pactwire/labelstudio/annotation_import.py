"""Import of annotations: turns the tasks of one article, as Label Studio returns them, into one document per person.

Nothing is read or written here. Whatever can't be imported becomes an issue, and what people should know (skipped
tasks, flags, notes) a line of text; neither is ever dropped. A person whose work has an issue gets no document.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pactwire.labelstudio import annotator_ids, authorship, import_checks, migration_marks, prediction_provenance
from pactwire.labelstudio.annotator_ids import AnnotatorDirectory
from pactwire.labelstudio.canonical_labels import label_key
from pactwire.labelstudio.decoder import ACCEPTED, EDITED, DecodedResults, decode_results
from pactwire.labelstudio.given_layers import Annotated, MissingReferent, merge_layers
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.model.labels import document_labels
from pactwire.model.new_document import new_document
from pactwire.model.records import (
    Annotator,
    Article,
    Document,
    Status,
    Zone,
)
from pactwire.model.schema import AnnotationSchema

if TYPE_CHECKING:  # a pull of nothing new needs no corpus, which is slow to import
    from pactwire.corpus.corpus import Corpus


class SourceTask(NamedTuple):
    """A task with its annotations and predictions; ``place`` names it in issues."""

    project: str
    task: dict[str, Any]
    place: str


@dataclass
class ImportedAnnotations:
    """The annotations of one article: documents by pseudonym, with issues and notes.

    ``saved`` says when people saved what only a migration changed since, by pseudonym and project; whoever has anything
    else in a document is not there.
    """

    documents: dict[str, Document] = field(default_factory=dict)
    saved: dict[str, dict[str, str]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _ProjectAnnotation(NamedTuple):
    """One annotation: its content, and the revisions of the drafts it started from."""

    source: SourceTask
    annotation: dict[str, Any]
    decoded: DecodedResults
    revisions: set[str]


def import_annotations(
    data: "Corpus", sources: Iterable[SourceTask], who: AnnotatorDirectory, zones: list[Zone] | None = None
) -> ImportedAnnotations:
    """Return the documents of an article's tasks.

    Labels of a document without zones must lie in the content text of the final document or, if that has no zones, in
    the text of the task.

    Args:
        data: The dataset.
        sources: The tasks, as a rule one per project.
        who: The pseudonyms.
        zones: For adjudication: the zones that make the content text. The final document, which does not exist yet, is
            ignored then.
    """
    result = ImportedAnnotations()
    parts: dict[str, dict[str, _ProjectAnnotation]] = {}
    broken: set[str] = set()
    known: dict[str, Annotator] = {}
    article: Article | None = None
    sources = list(sources)
    result.issues += _duplicate_tasks(data, sources)
    for source in sources:
        annotations = _submitted_annotations(source, who, result, broken)
        if annotations and (flaw := _task_flaw(data, source)):
            result.issues.append(flaw)
            continue
        article = data.articles.get(str(source.task["data"].get("article")), article)
        drafts = prediction_provenance.TaskPredictions(data.schema, source.task, source.project)
        for name, annotation in annotations:
            part = _decode_annotation(data.schema, source, annotation, name, drafts, result)
            if part is None or _is_duplicate(parts.setdefault(name, {}), part, name, result):
                broken.add(name)
            else:
                parts[name][source.project] = part
        known |= drafts.annotators
    if article is not None:  # annotators of a draft that was deleted
        for stored in data.documents_of(article["id"]):
            known = {annotator["id"]: annotator for annotator in stored.document["annotators"]} | known
    for name, of_person in parts.items():
        if article is not None and of_person and name not in broken:
            own = list(of_person.values())
            document, flaws = _build_document(data.schema, article, name, own, known)
            source = own[0].source
            shown = source.task["data"]["segments"]
            if flaws := flaws or list(
                import_checks.document_issues(data, article, document, source.place, shown, zones)
            ):
                result.issues += flaws
            else:
                result.documents[name] = document
                if all(migration_marks.is_left_by_migration(part.annotation) for part in of_person.values()):
                    result.saved[name] = {key: part.annotation["updated_at"] for key, part in of_person.items()}
    return result


def _duplicate_tasks(data: "Corpus", sources: Iterable[SourceTask]) -> Iterator[Issue]:
    """Yield an issue for every task that shows the same text as an earlier one."""
    first: dict[tuple[str, str], SourceTask] = {}
    for source in sources:
        known = first.setdefault((source.project, str(source.task["data"].get("text_sha256"))), source)
        if known is not source and _article_id(source) in data.articles:
            message = f"the task shows the same article as {known.place}"
            yield Issue(source.place, 1, "task-twice", message, _article_id(source))


def _submitted_annotations(
    source: SourceTask, who: AnnotatorDirectory, result: ImportedAnnotations, broken: set[str]
) -> list[tuple[str, dict[str, Any]]]:
    """Return (pseudonym, annotation) for all submitted annotations; report the rest."""
    annotations = [migration_marks.restore_authorship(each) for each in source.task.get("annotations") or []]
    work = authorship.assign_owners(annotations, who)
    result.notes += [f"{source.place}: {note}" for note in work.notes]
    result.issues += [Issue(source.place, 1, code, message, _article_id(source)) for code, message in work.flaws]
    broken |= work.broken
    return work.own


def _article_id(source: SourceTask) -> str:
    return str(source.task["data"].get("article", ""))


def _task_flaw(data: "Corpus", source: SourceTask) -> Issue | None:
    """Return why a task's annotations can't belong to an article of this dataset, if so."""
    task = source.task["data"]
    article = data.articles.get(str(task.get("article")))
    if article is None:
        message = "the task is annotated, but shows no article of this dataset"
        return Issue(source.place, 1, "task-foreign", message, _article_id(source))
    if task.get("text_sha256") != article["source_sha256"]:
        message = "the task shows another text than the article has here"
        return Issue(source.place, 1, "task-text", message, article["id"])
    try:
        wrong = any(
            article["source_text"][s["source"] : s["source"] + s["length"]]
            != task["text"][s["content"] : s["content"] + s["length"]]
            for s in task["segments"]
        )
    except (KeyError, TypeError):
        return None  # `decode_results` reports what is missing
    if wrong:
        return Issue(source.place, 1, "task-text", "the task's text is not that of the article", article["id"])
    return None


def _decode_annotation(
    schema: AnnotationSchema,
    source: SourceTask,
    annotation: dict[str, Any],
    name: str,
    drafts: prediction_provenance.TaskPredictions,
    result: ImportedAnnotations,
) -> _ProjectAnnotation | None:
    """Return the content of an annotation; None, with issues, if it can't be imported."""
    results = annotation.get("result") or []
    if (last := migration_marks.last_migration(results, schema.migration)) != schema.migration:
        there, here = map(migration_marks.describe_labels, (last, schema.migration))
        message = f"{name} saved the annotation {annotation.get('id')} with the labels {there}, not those {here}"
        result.issues.append(Issue(source.place, 1, "annotation-behind", message, _article_id(source)))
        return None
    decoded = decode_results(schema, results, source.task["data"], source.project)
    for remark in decoded.remarks:
        result.notes.append(f"{source.place}: {name}: {remark.message}" + (f" ({remark.region})" * bool(remark.region)))
    issues = [
        Issue(
            source.place,
            1,
            problem.code,
            f"{name}: {problem.message}",
            f"{_article_id(source)} {problem.region}".strip(),
        )
        for problem in decoded.problems
    ]
    if not issues and not decoded.layers:
        why = (
            "is empty although the task has a draft" if drafts.has_labels and not results else "names no finished layer"
        )
        issues = [Issue(source.place, 1, "annotation-empty", f"the annotation by {name} {why}", _article_id(source))]
    result.issues += issues
    if issues:
        return None
    models = drafts.attribute_labels(annotation, decoded)
    if unnamed := sum(model is None for model in models.values()):
        message = f"{unnamed} labels are of a model that is not named there; "
        message += f"they are by {prediction_provenance.UNNAMED_MODEL['id']}"
        result.notes.append(f"{source.place}: {name}: {message}")
    revisions = drafts.revisions(annotation, decoded) | {model.revision for model in models.values() if model}
    return _ProjectAnnotation(source, annotation, decoded, revisions)


def _is_duplicate(
    of_person: dict[str, _ProjectAnnotation], part: _ProjectAnnotation, name: str, result: ImportedAnnotations
) -> bool:
    """Say whether a person has annotated the same layers of the text already, and report it."""
    layers = part.decoded.layers.keys()
    first = next((each for each in of_person.values() if each.decoded.layers.keys() & layers), None)
    first = of_person.get(part.source.project, first)
    if first is None:
        return False
    numbers = f"{first.annotation.get('id')} and {part.annotation.get('id')}"
    message = f"{name} submitted two annotations, {numbers}; neither is imported"
    if first.source.project != part.source.project:
        both = ", ".join(first.decoded.layers.keys() & layers)
        message = f"{name} submitted {both} also at {first.source.place}; neither is imported"
    result.issues.append(Issue(part.source.place, 1, "annotation-twice", message, _article_id(part.source)))
    return True


def _build_document(
    schema: AnnotationSchema, article: Article, name: str, parts: list[_ProjectAnnotation], known: dict[str, Annotator]
) -> tuple[Document, list[Issue]]:
    """Return a person's document, and an issue for each of its references to a label that it lacks.

    ``by`` lists the draft's annotators and the person for an accepted label, the person and the draft's annotators for
    an edited one, and the person alone for a new one. Labels that were given keep their authors, and their layer its
    status.
    """
    merged = merge_layers(schema, [Annotated(part.decoded.layers, part.decoded.given) for part in parts])
    layers = merged.layers
    authors: set[str] = set()
    answerers: set[str] = set()
    for part in parts:
        for layer in part.decoded.layers:
            for label in document_labels(layers, layer):
                key = label_key(layer, label)
                own = label_authors(label["by"], part.decoded.states.get(key), name)
                more = migration_marks.answerers(part.decoded.regions[key].meta)
                label["by"] = list(dict.fromkeys([*own, *more]))
                authors.update(own)
                answerers.update(more)
    for layer in merged.given_status:
        authors.update(maker for label in document_labels(layers, layer) for maker in label["by"])
    present = [layer for layer in schema.layer_names if layer in layers]
    document = new_document(
        schema,
        article=article["id"],
        text_sha256=article["source_sha256"],
        guidelines=parts[0].source.task["data"].get("guidelines"),
        annotators=[
            *(known[each] for each in known if each in authors - {name}),
            annotator_ids.annotator_record(name),
            *(known[each] for each in known if each in answerers - authors),
        ],
        status={layer: merged.given_status.get(layer, Status.SUBMITTED) for layer in present},
        created=min(utc_time(part.annotation.get("created_at")) for part in parts),
        updated=max(utc_time(part.annotation.get("updated_at")) for part in parts),
        derived_from=sorted(set().union(*(part.revisions for part in parts))),
        layers={layer: layers[layer] for layer in present},
    )
    return document, [_missing_issue(name, parts[each.part].source, each) for each in merged.missing]


def _missing_issue(name: str, source: SourceTask, missing: MissingReferent) -> Issue:
    layer, key = missing.referent_layer, label_key(missing.layer, missing.label)
    words = quote(str(missing.referent.get("text", "")))
    message = f"{name}: one of the {missing.layer} refers to {words}, which {name}'s own {layer} lack"
    return Issue(source.place, 1, "given-missing", message, f"{_article_id(source)} {key}")


def label_authors(drafted: list[str], state: str | None, name: str) -> list[str]:
    """Return the ``by`` of a label that a person accepted, edited or made, given that of its draft."""
    others = [author for author in drafted if author != name]
    if state == ACCEPTED:
        return [*others, name]
    return [name, *others] if state == EDITED else [name]


def utc_time(value: Any) -> str:
    """Return a time of the server in UTC and whole seconds; unchanged if it is not a time."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
