"""The checks of annotation documents: their place, and their labels against their article and the tables."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pactwire.corpus import documents, rounds, tables
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.documents import Documents, StoredDocument
from pactwire.model import article_ids, strict_json
from pactwire.model.issues import Issue
from pactwire.model.records import Document, Zone
from pactwire.text.offset_checks import Flaw
from pactwire.validation import integrity, partial

# What a table may lose after a round was closed that used it.
_REMOVABLE: Final = ("unknown-link", "unknown-topic")


def check_document(data: Corpus, stored: StoredDocument, zones: Sequence[Zone] | None = None) -> Iterator[Issue]:
    """Yield the issues of a document of a corpus, even if it breaks the schema.

    If it has no zones, its labels are checked against ``zones``; by default, against those that its article has now.
    """

    def flaws(document: Document) -> list[Flaw]:
        return _document_flaws(data, document, zones)

    if stored.invalid_paths:
        found = partial.check_valid_labels(stored.document, stored.invalid_paths, data.schema, flaws)
    else:
        yield from _placement_issues(stored)
        found = flaws(stored.document)
    yield from _to_issues(data, stored, found)


def _document_flaws(data: Corpus, document: Document, zones: Sequence[Zone] | None) -> list[Flaw]:
    article = data.articles.get(document["article"])
    if article is None:
        return [("unknown-article", ("article",), f"there is no article {document['article']} in dataset/raw")]
    if "zones" in document:
        zones = []
    elif zones is None:
        zones = data.zones(article)
    return integrity.check_document(document, article, zones, data.schema, data.links, data.topics)


def _placement_issues(stored: StoredDocument) -> Iterator[Issue]:
    """Yield an issue for a document in another annotator's folder, or under another article's name."""
    document, annotator = stored.document, rounds.annotator_of(stored.annotator)
    if annotator != FINAL and annotator not in {own["id"] for own in document["annotators"]}:
        message = f"it is in the folder of {annotator!r}, who is not one of its annotators"
        yield Issue(stored.file, max(stored.line, 1), "document-place", message, document["article"])
    if not stored.line and (stem := Path(stored.file).stem) != document["article"]:
        message = f"the file is named {stem!r}, but the article is {document['article']}"
        yield Issue(stored.file, 1, "document-place", message, document["article"])


def _to_issues(data: Corpus, stored: StoredDocument, flaws: list[Flaw]) -> Iterator[Issue]:
    if flaws:
        lines = {} if stored.line else strict_json.value_lines((data.root / stored.file).read_text(encoding="utf-8"))
        for code, path, message in flaws:
            line = stored.line or tables.line_of_path(lines, path)
            yield Issue(stored.file, line, code, message, tables.format_path(path))


# --- closed rounds


def earlier_round_issues(data: Corpus) -> Iterator[Issue]:
    """Yield the issues of closed rounds: of their folders and files, and of each of their documents.

    Labels of a document without zones are checked against those of the final document of its round, if it has any.
    Links and topics that the dataset no longer has are no issue: its tables are those of the current round.
    """
    issues = rounds.round_issues(data.root)
    earlier = documents.load_earlier_documents(data.root, data.schema, issues)
    yield from issues
    for stored, issues in earlier.unidentified():
        yield from issues
        yield from _check_earlier(data, stored, None)
    for article in dict.fromkeys(map(article_ids.number_to_id, earlier.index.locations["id"].tolist())):
        for stored, issues in earlier.read_with_issues(article):
            yield from issues
            yield from _check_earlier(data, stored, earlier)
    yield from duplicate_documents(earlier)


def _check_earlier(data: Corpus, stored: StoredDocument | None, earlier: Documents | None) -> Iterator[Issue]:
    if stored:
        zones = _zones_of_round(earlier, stored) if earlier else None
        yield from (each for each in check_document(data, stored, zones) if each.code not in _REMOVABLE)


def _zones_of_round(earlier: Documents, stored: StoredDocument) -> list[Zone] | None:
    """Return the zones of an article in the final document of a document's round; None if there are none."""
    final = f"{stored.annotator.rpartition('/')[0]}/{FINAL}"
    of_article = earlier.of_article(stored.document["article"])
    return next((each.document.get("zones") for each in of_article if each.annotator == final), None)


def duplicate_documents(stored: Documents) -> Iterator[Issue]:
    """Yield an issue for each document of an article of which the annotator has one before."""
    index = stored.index
    for first, later in index.duplicates():
        file, first_file = index.files[later["file"]], index.files[first["file"]]
        article = article_ids.number_to_id(int(later["id"]))
        message = f"{file.annotator} already annotated the article {article} in {first_file.name}"
        yield Issue(file.name, max(int(later["line"]), 1), "article-twice", message, article)
