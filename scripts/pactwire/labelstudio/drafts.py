"""Drafts: the documents that people start from, and what the project of one layer shows of them.

Such a project gives the labels that its layer refers to, of the final document or, without one, of the newest that no
person made: what everybody may see. Its own layer may be drafted by another document, whose references then lead to the
given labels with the same span.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pactwire.agreement import references
from pactwire.corpus import settings
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.documents import StoredDocument
from pactwire.labelstudio import encoder, given_layers, schema_mapping
from pactwire.labelstudio.given_layers import Annotated
from pactwire.labelstudio.schema_mapping import ProjectMapping
from pactwire.model.issues import Issue
from pactwire.model.labels import document_spans
from pactwire.model.layers import AttributeKind
from pactwire.model.records import AnnotatorKind, Article, Document
from pactwire.model.schema import AnnotationSchema
from pactwire.text import offsets

MAX_SHOWN: Final = 3
"""The number of articles that a message lists."""


@dataclass(frozen=True)
class Draft:
    """A draft: its document, the annotator and file that this is from, and its revision.

    ``sources`` are the revisions of the documents that it was put together from, if there are several, and ``lost``
    says how many references of its labels, or labels, it does not show.
    """

    document: Document
    annotator: str
    file: str
    sources: tuple[str, ...] = ()
    lost: int = 0

    @cached_property
    def revision(self) -> str:
        """The revision, as `encoder.revision`."""
        return encoder.revision(self.annotator, self.document)


def newest_draft(data: Corpus, article: str, project: str) -> Draft | None:
    """Return the draft that people start from: the final document, else the newest that no person made.

    Only documents that hold a layer of the project count, and where it gives layers, those that hold all of these.
    """
    mapping = schema_mapping.project_mapping(data.schema, project)
    documents = [stored for stored in data.documents_of(article) if not _is_human(stored)]
    own = _newest(stored for stored in documents if any(layer in stored.document for layer in mapping.all_layers))
    given = _giving_document(documents, mapping) if mapping.given else own
    if given is None:
        return None
    if own is None or own is given:
        return Draft(given.document, given.annotator, given.file)
    return _combine(data, data.articles[article], mapping, given, own)


def waiting_articles(data: Corpus, project: str, articles: Iterable[str]) -> list[str]:
    """Return the articles for which a layer that a project gives is still missing."""
    mapping = schema_mapping.project_mapping(data.schema, project)
    if not mapping.given:
        return []
    return [article for article in articles if _giving_document(data.documents_of(article), mapping) is None]


def waiting_issue(data: Corpus, project: str, waiting: Sequence[str]) -> Issue:
    """Return the issue (layer-waits) of articles for which a layer that a project gives is still missing."""
    given = ", ".join(schema_mapping.project_mapping(data.schema, project).given)
    names = ", ".join(waiting[:MAX_SHOWN]) + (" …" if len(waiting) > MAX_SHOWN else "")
    message = (
        f"{project} of {len(waiting):,} articles wait for {given}, which no final document or draft holds: {names}"
    )
    file = settings.SETTINGS_FILE
    line = settings.setting_line(data.root, "labelstudio", "project_per_layer") if (data.root / file).is_file() else 1
    return Issue(file, line, "layer-waits", message)


def _giving_document(documents: Sequence[StoredDocument], mapping: ProjectMapping) -> StoredDocument | None:
    return _newest(
        stored
        for stored in documents
        if not _is_human(stored) and all(layer in stored.document for layer in mapping.given)
    )


def _newest(documents: Any) -> StoredDocument | None:
    found: StoredDocument | None = max(documents, key=_draft_rank, default=None)
    return found


def _is_human(stored: StoredDocument) -> bool:
    return any(
        annotator["kind"] == AnnotatorKind.HUMAN and annotator["id"] == stored.annotator
        for annotator in stored.document["annotators"]
    )


def _draft_rank(stored: StoredDocument) -> tuple[bool, str, str]:
    return stored.annotator == FINAL, stored.document["updated"], stored.annotator


def _combine(
    data: Corpus, article: Article, mapping: ProjectMapping, given: StoredDocument, own: StoredDocument
) -> Draft:
    """Return the draft with the labels that one document gives and those that another drafts."""
    schema, base = data.schema, given_layers.given_labels(given.document, mapping)
    [layer] = mapping.all_layers
    drafted = _with_free_ids(schema, layer, own.document, {label["id"] for labels in base.values() for label in labels})
    zones = given.document.get("zones") or data.zones(article)
    _, segments = offsets.content_text(article["source_text"], zones, schema.content_kinds)
    count = len(drafted) if isinstance(drafted, list) else 1
    held: Any = {layer: drafted}
    spans = document_spans(schema, held, layer)
    if any(offsets.to_content(segments, span["start"], span["end"]) is None for span in spans):
        return Draft(given.document, given.annotator, given.file, lost=count)
    theirs = given_layers.notes(own.document, given_layers.given_labels(own.document, mapping))
    merged = given_layers.merge_layers(schema, [Annotated(base, {}), Annotated({layer: drafted}, theirs)])
    lost = {each.referent["id"] for each in merged.missing}
    labels = merged.layers[layer]
    shown = (
        [_without_references(schema, layer, label, lost) for label in labels]
        if isinstance(labels, list)
        else _without_references(schema, layer, labels, lost)
    )
    makers = [each for each in own.document["annotators"] if each not in given.document["annotators"]]
    status = {**given.document["status"], layer: own.document["status"][layer]}
    rest = {name: value for name, value in given.document.items() if name not in schema.layers}
    document: Any = {**rest, "annotators": [*given.document["annotators"], *makers], "status": status, **base}
    document[layer] = shown
    sources = tuple(encoder.revision(each.annotator, each.document) for each in (given, own))
    return Draft(document, given.annotator, own.file, sources, len(merged.missing))


def _with_free_ids(schema: AnnotationSchema, layer: str, document: Document, taken: set[str]) -> Any:
    """Return a layer of a document in which no label has an id that is taken."""
    labels: Any = document[layer]  # type: ignore[literal-required]
    if isinstance(labels, dict):
        return labels
    ids = {label["id"] for label in labels}
    renamed: dict[str, str] = {}
    for name in sorted(ids & taken):
        renamed[name] = name
        while renamed[name] in ids | taken | {*renamed.values()} - {renamed[name]}:
            renamed[name] += "x"
    return [
        {**references.replace_references(schema, layer, label, renamed), "id": renamed.get(label["id"], label["id"])}
        for label in labels
    ]


def _without_references(schema: AnnotationSchema, layer: str, label: Mapping[str, Any], lost: set[str]) -> Any:
    """Return a label without its references to some labels."""
    kept = dict(label)
    for attribute in references.reference_attributes(schema, layer):
        value = label.get(attribute.name)
        if attribute.kind == AttributeKind.REFERENCES and isinstance(value, list):
            kept[attribute.name] = [each for each in value if each not in lost]
        elif value in lost:
            kept[attribute.name] = None
    return kept
