"""Articles as frozen objects: the texts of an article, what is known of it, and its labels."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from pactwire.corpus.article_fields import article_title, stated_value
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.document_objects import Document, as_document, require_layer
from pactwire.corpus.label_objects import Label
from pactwire.corpus.splits import FOLDS, SPLITS, SplitRow
from pactwire.model import records
from pactwire.model.issues import DataError, Issue
from pactwire.model.schema import AnnotationSchema
from pactwire.text import offsets
from pactwire.text.content import Content


class Zone(NamedTuple):
    """A part of the source text, in code points of it, half-open; its kind says whether it is content or furniture."""

    start: int
    end: int
    kind: str
    language: str
    origin: str
    text: str


class Segment(NamedTuple):
    """``length`` equal code points, at ``content`` in the content text and at ``source`` in the source text."""

    content: int
    source: int
    length: int


@dataclass(frozen=True, eq=False, repr=False)
class Article:
    """An article of a dataset with its labels; all that it holds is read when it is asked for.

    ``text`` is the content text, in which labels count; ``source_text`` is the whole page, in which zones count.

        >>> article = pw.open(".")["5ccec2fc13046f9d"]
        >>> article.text[7:11], article.to_source(7, 11)
        ('НАТО', (67, 71))
    """

    id: str
    _data: Corpus
    _record: records.Article
    _row: SplitRow | None

    # --- texts

    @property
    def source_text(self) -> str:
        """The text of the whole page, as it was ingested."""
        return self._record["source_text"]

    @property
    def source_sha256(self) -> str:
        """The SHA-256 of the source text in UTF-8."""
        return self._record["source_sha256"]

    @property
    def text(self) -> str:
        """The content text: title, lead, headings, body and captions, without the furniture of the page."""
        return self._content.text

    @property
    def language(self) -> str:
        """The language of most of the content text, as a code of ISO 639; ``und`` without content."""
        return self._content.main_language

    @property
    def zones(self) -> tuple[Zone, ...]:
        """The zones of the source text, in order: those of the final document, or else of the page or found by rule."""
        source = self.source_text
        return tuple(
            Zone(each["start"], each["end"], each["kind"], each["language"], each["origin"],
                 source[each["start"] : each["end"]])
            for each in self._content.zones
        )  # fmt: skip

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments that map between content text and source text, in order."""
        return tuple(Segment(**each) for each in self._content.segments)

    def to_source(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where ``text[start:end]`` stands in the source text; None unless one segment holds all of it.

        A span that is not in the text, or ends before it starts, is in no segment either.
        """
        return offsets.to_source(self._content.segments, start, end)

    def to_content(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where ``source_text[start:end]`` stands in ``text``, as `to_source` the other way round."""
        return offsets.to_content(self._content.segments, start, end)

    @cached_property
    def _content(self) -> Content:
        return self._data.content(self._record)

    # --- what is known of it

    @property
    def split(self) -> str | None:
        """``train``, ``validation`` or ``test``; ``excluded`` for an article that is kept out, None without a row."""
        return self._row.split if self._row else None

    @property
    def fold(self) -> int | None:
        """The number of its fold; None for an article that is in no split."""
        return FOLDS.get(self._row.fold) if self._row and self._row.split in SPLITS else None

    @property
    def story(self) -> str | None:
        """The id of the event that it reports; articles of the same event have the same. None without a row."""
        return self._row.story if self._row else None

    @property
    def title(self) -> str | None:
        """The title that was stated, or else the text of the first title zone."""
        return article_title(self._record, self._content.zones)

    @property
    def url(self) -> str | None:
        """The address of the page."""
        return self._record["url"]

    @property
    def date(self) -> str | None:
        """The day or the moment in UTC of its publication, in ISO 8601."""
        return self._record["published"]

    @property
    def section(self) -> str | None:
        """The section of the outlet that it is in."""
        return self._record["section"]

    @property
    def outlet(self) -> str | None:
        """The outlet that published it."""
        return self._record.get("outlet") or stated_value(self._record, "outlet")

    @property
    def author(self) -> str | None:
        """The author who was stated."""
        return stated_value(self._record, "author")

    @property
    def license(self) -> str:
        """What is known of the rights."""
        return self._record["license"]

    @property
    def source_id(self) -> str:
        """Its name where it came from, such as that of the raw file."""
        return self._record["source_id"]

    # --- labels

    @property
    def schema(self) -> AnnotationSchema:
        """The dataset's schema."""
        return self._data.schema

    @cached_property
    def annotators(self) -> tuple[str, ...]:
        """The annotators with a document of it, sorted, without the final document."""
        return tuple(sorted(set(self._documents) - {FINAL}))

    @cached_property
    def _documents(self) -> dict[str, Document]:
        zones = self._content.zones
        return {
            placed.annotator: as_document(
                self.schema, self._record, zones, placed.annotator, placed.document, self._data.topics
            )
            for placed in self._data.documents_of(self.id)
        }

    def document(self, annotator: str = FINAL) -> Document:
        """Return the document of an annotator, or the final one.

        Raises:
            KeyError: There is none; the message lists those that there are.
            DataError: There is one that breaks the schema.
        """
        if annotator in self._documents:
            return self._documents[annotator]
        if issues := self._issues_of(annotator):
            raise DataError(issues)
        known = ", ".join(sorted(self._documents))
        raise KeyError(f"the article {self.id} has no document of {annotator!r}; it has {known or 'none'}")

    def _issues_of(self, annotator: str) -> list[Issue]:
        stored = self._data.documents.read_with_issues(self.id)
        folder = f"annotations/{annotator}/"
        return [issue for _, issues in stored for issue in issues if issue.file.startswith(folder)]

    def labels(self, layer: str) -> tuple[Label, ...]:
        """Return the labels of a layer in the final document, as `Document.labels`; none without a document."""
        require_layer(self.schema, layer)
        return self.document().labels(layer) if self.has_final_document else ()

    def status(self, layer: str) -> str | None:
        """Return how far the work on a layer of the final document is; None if it was not annotated."""
        require_layer(self.schema, layer)
        return self.document().status(layer) if self.has_final_document else None

    @property
    def has_final_document(self) -> bool:
        """Whether it has a final document, even one that breaks the schema."""
        return FINAL in self._documents or bool(self._issues_of(FINAL))

    @property
    def topics(self) -> Mapping[str, records.Topic]:
        """The dataset's topics by id."""
        return self._data.topics

    @property
    def zone_records(self) -> list[records.Zone]:
        """Copies of its zones, as they are in documents."""
        return copy.deepcopy(self._content.zones)

    @property
    def record(self) -> records.Article:
        """A copy of its record, as `pactwire.model.records.Article`."""
        return copy.deepcopy(self._record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Article) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str, str]:
        return str(self._data.root), self.id, self.source_sha256

    def __repr__(self) -> str:
        shown = (self.language, self.split or "no split", self.date or "no date")
        return f"<article {self.id} {self.title!r}, {', '.join(shown)}, {len(self.text):,} code points>"


def as_article(data: Corpus, identity: str, row: SplitRow | None) -> Article | None:
    """Return an article as an object, None if there is none; raises DataError if it cannot be read.

    ``row`` is its row of splits.csv.
    """
    article, issues = data.articles.read_with_issues(identity)
    if article is None and issues:
        raise DataError(issues)
    return None if article is None else Article(identity, data, article, row)
