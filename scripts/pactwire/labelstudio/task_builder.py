"""Label Studio tasks: an article's text with its segments, the draft as a prediction, and the task's meta.

A task::

    {"data": {"project": "labels" | "zones" | a layer, "article": id, "source_id": name of the raw file,
              "text": what is labeled, "text_sha256": of the SOURCE text,
              "segments": [{"content", "source", "length"}, ...] from text to source text,
              "guidelines": version},
     "predictions": [{"model_version": "pactwire", "result": [...]}],
     "meta": {"pactwire": {"revision": "annotator@sha256 of the document" | null}}}

The segments travel with the task, so that a pull needs nothing but what the server returns. A revision is a possible
entry of ``derived_from``; the one in ``meta`` tells a later push which draft a task shows.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import encoder, prediction_provenance
from pactwire.labelstudio.drafts import Draft, newest_draft
from pactwire.model.records import Article, Document, Segment, Zone
from pactwire.model.schema import AnnotationSchema
from pactwire.text import offsets

Task = dict[str, Any]


def build_task(data: Corpus, article: Article, project: str, guidelines: str) -> Task:
    """Return the task of an article with its draft, ready to be sent; raises DataError (on-furniture)."""
    return build_drafted_task(data, article, project, guidelines, newest_draft(data, article["id"], project))


def build_drafted_task(data: Corpus, article: Article, project: str, guidelines: str, draft: Draft | None) -> Task:
    """Return the task of an article with a draft, as `build_task`."""
    zones = draft.document.get("zones") if draft else None
    task = encode_task(data.schema, article, zones or data.zones(article), project, guidelines=guidelines)
    if draft is None:
        return {**task, "meta": task_meta(None)}
    revision, shown = draft.revision, task["data"]
    results = encoder.encode_results(data.schema, draft.document, shown["segments"], shown["text"], project)
    return {
        **task,
        "predictions": [
            prediction_provenance.sign_prediction(results, draft.document, revision, sources=draft.sources)
        ],
        "meta": task_meta(revision),
    }


def task_meta(revision: str | None) -> dict[str, Any]:
    """Return the ``meta`` of a task whose current draft has this revision."""
    return {"pactwire": {"revision": revision}}


def encode_task(
    schema: AnnotationSchema,
    article: Article,
    zones: Sequence[Zone],
    project: str,
    documents: Iterable[tuple[str, Document]] = (),
    *,
    guidelines: str,
) -> Task:
    """Return the ``data`` of an article's task, with an unsigned prediction for each (annotator, document).

    Args:
        schema: The schema of the dataset.
        article: The article.
        zones: Zones that make the content text; the project "zones" shows the whole source text instead.
        project: One of schema_mapping.labeling_projects.
        documents: Annotators and their documents, whose layers of the project become predictions.
        guidelines: The version of the guidelines.

    Raises:
        DataError: (on-furniture) where a document's label lies outside the content text.
    """
    source = article["source_text"]
    if project == "zones":
        text, segments = source, [Segment(content=0, source=0, length=len(source))]
    else:
        text, segments = offsets.content_text(source, zones, schema.content_kinds)
    data = {
        "project": project,
        "article": article["id"],
        "source_id": article["source_id"],
        "text": text,
        "text_sha256": article["source_sha256"],
        "segments": segments,
        "guidelines": guidelines,
    }
    predictions = [
        {
            "model_version": encoder.revision(annotator, document),
            "result": encoder.encode_results(schema, document, segments, text, project),
        }
        for annotator, document in documents
    ]
    return {"data": data, "predictions": predictions}
