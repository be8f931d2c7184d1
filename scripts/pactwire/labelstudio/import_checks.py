"""Checks of imported documents: everything that `pactwire validate` finds, and zones that strand final labels."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pactwire.corpus import tables
from pactwire.model.issues import Issue
from pactwire.model.labels import document_labels
from pactwire.model.records import Article, Document, Origin, Segment, Zone, ZoneKind
from pactwire.text import offsets
from pactwire.validation import integrity

if TYPE_CHECKING:  # a pull of nothing new needs no corpus, which is slow to import
    from pactwire.corpus.corpus import Corpus


def document_issues(
    data: "Corpus",
    article: Article,
    document: Document,
    place: str,
    segments: Sequence[Segment],
    zones: list[Zone] | None,
) -> Iterator[Issue]:
    """Yield all issues of an imported document.

    Args:
        data: The dataset.
        article: The article of the document.
        document: The document.
        place: Names the task in issues.
        segments: Those of the task, which show what was content to the annotator.
        zones: For adjudication: the zones that make the content text. The final document is ignored then.
    """
    record = article["id"]
    if not data.schema.is_valid(document):
        for code, path, message in data.schema.explain(document):
            yield Issue(place, 1, code, message, f"{record} {tables.format_path(path)}")
        return
    final = data.final_document(record)
    shown = zones
    if shown is None:
        shown = final["zones"] if final and "zones" in final else _zones_of_segments(segments)
    for code, path, message in integrity.check_document(document, article, shown, data.schema, data.links, data.topics):
        code = "zones-conflict" if code == "on-furniture" else code
        yield Issue(place, 1, code, message, f"{record} {tables.format_path(path)}")
    if zones is None and final is not None and "zones" in document:
        yield from _stranded_labels(data, article, document, final, place)


def _zones_of_segments(segments: Sequence[Segment]) -> list[Zone]:
    """Return zones whose content text is that of the segments: content where people labeled, furniture between."""
    zones: list[Zone] = []
    done = 0
    for segment in segments:
        start, end = segment["source"], segment["source"] + segment["length"]
        for kind, first, last in ((ZoneKind.OTHER, done, start), (ZoneKind.BODY, start, end)):
            zones.append(Zone(id="z", start=first, end=last, kind=kind, language="und", origin=Origin.UNKNOWN, by=[]))
        done = end
    return zones


def _stranded_labels(
    data: "Corpus", article: Article, document: Document, final: Document, place: str
) -> Iterator[Issue]:
    """Yield an issue for labels of the final document that would lie in furniture with this document's zones.

    Layers that this document has itself are not checked: they replace the final ones.
    """
    _, segments = offsets.content_text(article["source_text"], document.get("zones", []), data.schema.content_kinds)
    for layer in (each.name for each in data.schema.span_layers if each.name not in document):
        lost = [
            label["id"]
            for label in document_labels(final, layer)
            if offsets.to_content(segments, label["start"], label["end"]) is None
        ]
        if lost:
            message = f"the zones would leave {layer} of the final document in furniture: {', '.join(lost[:5])}"
            yield Issue(place, 1, "zones-conflict", message, article["id"])
