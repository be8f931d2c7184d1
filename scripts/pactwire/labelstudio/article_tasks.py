"""Tasks of single articles for programs: an article to a Label Studio task, and a task back to a document.

Nothing is sent or stored; `pactwire.labelstudio.push` and `pull` do that for a whole dataset.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pactwire.corpus.article_objects import Article
from pactwire.corpus.corpus import FINAL
from pactwire.corpus.document_objects import Document, as_document
from pactwire.labelstudio import annotator_ids, decoder, schema_mapping, task_builder
from pactwire.labelstudio.annotation_import import label_authors, utc_time
from pactwire.labelstudio.canonical_labels import label_key
from pactwire.labelstudio.decoder import DecodedResults
from pactwire.model.issues import DataError, Issue
from pactwire.model.labels import document_labels
from pactwire.model.new_document import new_document
from pactwire.model.records import Annotator, Status

PERSON: Final = "labelstudio"
"""What a person is called whose name is not given."""


class LabelingTask(dict[str, Any]):
    """A task as Label Studio imports it: JSON values, and the article that it shows."""

    def __init__(self, values: Mapping[str, Any], article: Article) -> None:
        super().__init__(values)
        self.article = article


def encode(article: Article, *, annotator: str | None = None, project: str = "labels") -> LabelingTask:
    """Return the task of an article, with the labels of a document as its prediction.

    Args:
        article: The article.
        annotator: Whose document; the final one by default, or none if there is no final one.
        project: ``labels``, which shows the content text with the layers of the schema; or ``zones``, which shows the
            source text with its zones.

    Returns:
        ``{"data": {...}, "predictions": [...]}``, to be imported into a project with the dataset's labeling config.

    Raises:
        KeyError: The annotator has no document of the article.
        ValueError: There is no such project.
        DataError: (on-furniture) Labels do not lie in the content text.

    Example:
        >>> task = pw.labelstudio.encode(pw.open(".")["5ccec2fc13046f9d"])
        >>> sorted(task), len(pw.labelstudio.decode(task).labels("entities"))
        (['data', 'predictions'], 57)
    """
    if project not in schema_mapping.PROJECTS:
        raise ValueError(f"there is no project {project!r}; there are {', '.join(schema_mapping.PROJECTS)}")
    chosen = annotator or (FINAL if article.has_final_document else None)
    found = article.document(chosen) if chosen else None
    task = task_builder.encode_task(
        article.schema,
        article.record,
        found.zone_records if found else article.zone_records,
        project,
        [(found.annotator, found.record)] if found else [],
        guidelines=found.guidelines if found else "",
    )
    return LabelingTask(task, article)


def decode(task: Mapping[str, Any], article: Article | None = None, *, annotator: str = PERSON) -> Document:
    """Return what is labeled in a task as a document: its last submitted annotation, or else its last prediction.

    Of an annotation, the layers that are ticked as finished count, and ``by`` says what `pactwire label pull` would
    say. Nothing is checked but what can be read: compare the document with `Dataset.validate` once it is stored.

    Args:
        task: A task with ``data``, and ``annotations`` or ``predictions``, as `encode` returns it or Label Studio
            exports it.
        article: The article that it shows; not needed for what `encode` returned.
        annotator: The name of the person who annotated.

    Raises:
        ValueError: The task does not tell its article, and none is given.
        DataError: The task shows another text (task-text), has neither annotation nor prediction, or something in it
            cannot be read, with every problem.
    """
    shown = article or getattr(task, "article", None)
    if not isinstance(shown, Article):
        raise ValueError("name the article that the task shows: decode(task, dataset[task['data']['article']])")
    data = task.get("data")
    if not isinstance(data, dict) or data.get("text_sha256") != shown.source_sha256:
        raise DataError([Issue("task", 1, "task-text", "the task shows another text than the article has", shown.id)])
    result, is_person = _chosen_results(task, shown)
    decoded = _decode(shown, data, result.get("result"), is_person)
    return _build_document(shown, data, result, decoded, annotator if is_person else None)


def _chosen_results(task: Mapping[str, Any], article: Article) -> tuple[Mapping[str, Any], bool]:
    """Return the annotation or the prediction that counts, and whether it is an annotation."""
    submitted = [each for each in task.get("annotations") or () if not each.get("was_cancelled")]
    drafts: Sequence[Any] = task.get("predictions") or ()
    if not submitted and not drafts:
        message = "the task has neither a submitted annotation nor a prediction"
        raise DataError([Issue("task", 1, "annotation-empty", message, article.id)])
    return (submitted or drafts)[-1], bool(submitted)


def _decode(article: Article, data: Mapping[str, Any], results: Any, is_person: bool) -> DecodedResults:
    drafted = None if is_person else _drafted_layers(results)
    decoded = decoder.decode_results(article.schema, results, data, str(data.get("project")), drafted)
    if decoded.problems:
        raise DataError(
            [
                Issue("task", 1, each.code, each.message, f"{article.id} {each.region}".strip())
                for each in decoded.problems
            ]
        )
    return decoded


def _drafted_layers(results: Any) -> list[str]:
    """Return the layers that the results of a prediction hold."""
    marks = (each.get("meta") for each in results if isinstance(each, dict)) if isinstance(results, list) else ()
    own = (mark.get("pactwire") for mark in marks if isinstance(mark, dict))
    return next((list(each["layers"]) for each in own if isinstance(each, dict) and "layers" in each), [])


def _build_document(
    article: Article, data: Mapping[str, Any], result: Mapping[str, Any], decoded: DecodedResults, person: str | None
) -> Document:
    known: dict[str, Annotator] = {
        each["id"]: each for name in (FINAL, *article.annotators) for each in _makers(article, name)
    }
    used: dict[str, None] = {}
    for layer in decoded.layers:
        for label in document_labels(decoded.layers, layer):
            if person:
                label["by"] = label_authors(label["by"], decoded.states.get(label_key(layer, label)), person)
            used |= dict.fromkeys(label["by"])
    if person:
        known[person] = annotator_ids.annotator_record(person)
    document = new_document(
        article.schema,
        article=article.id,
        text_sha256=article.source_sha256,
        guidelines=data.get("guidelines"),
        annotators=[known.get(name) or Annotator(id=name, kind="model", name=None, version=None) for name in used],
        status=dict.fromkeys(decoded.layers, Status.SUBMITTED if person else Status.DRAFT),
        created=utc_time(result.get("created_at") or ""),
        updated=utc_time(result.get("updated_at") or result.get("created_at") or ""),
        derived_from=[str(result["model_version"])] if result.get("model_version") else [],
        layers=decoded.layers,
    )
    return as_document(article.schema, article.record, article.zone_records, person or PERSON, document, article.topics)


def _makers(article: Article, name: str) -> list[Annotator]:
    has_one = name in article.annotators or (name == FINAL and article.has_final_document)
    return article.document(name).record["annotators"] if has_one else []
