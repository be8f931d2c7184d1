"""Typed records of the data model; ``tests/test_records.py`` compares them with the JSON Schemas.

Every offset counts Unicode code points, and every span is half-open: ``text[start:end]``.
In annotation documents, offsets count from the start of the source text.
The labels of a dataset are what its schema declares (`pactwire.model.schema`).
"""

from enum import StrEnum
from typing import Final, NotRequired, TypedDict

SCHEMA_VERSION: Final = "1"


class ZoneKind(StrEnum):
    """What a zone is on the page."""

    TITLE = "title"
    LEAD = "lead"
    HEADING = "heading"
    BODY = "body"
    CAPTION = "caption"
    SECTION = "section"
    DATE = "date"
    BYLINE = "byline"
    MENU = "menu"
    SHARE = "share"
    COMMENTS = "comments"
    RELATED = "related"
    DUPLICATE = "duplicate"
    OTHER = "other"


CONTENT_KINDS: Final = (ZoneKind.TITLE, ZoneKind.LEAD, ZoneKind.HEADING, ZoneKind.BODY, ZoneKind.CAPTION)
"""The kinds that are content in every dataset; a schema may add others (`AnnotationSchema.content_kinds`)."""
FURNITURE_KINDS: Final = tuple(kind for kind in ZoneKind if kind not in CONTENT_KINDS)


class Origin(StrEnum):
    """How the text of a zone came to be in its language."""

    ORIGINAL = "original"
    MACHINE_TRANSLATED = "machine_translated"
    UNTRANSLATED = "untranslated"
    UNKNOWN = "unknown"


class AnnotatorKind(StrEnum):
    """What an annotator is."""

    HUMAN = "human"
    MODEL = "model"
    RULE = "rule"


class Status(StrEnum):
    """The progress of the work on a layer."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ADJUDICATED = "adjudicated"
    REVIEWED = "reviewed"


_ANNOTATOR_RANKS: Final[dict[str, int]] = {AnnotatorKind.HUMAN: 2, AnnotatorKind.MODEL: 1}
_STATUS_RANKS: Final[dict[str, int]] = {Status.REVIEWED: 3, Status.ADJUDICATED: 2, Status.SUBMITTED: 1}


def annotator_rank(kind: str) -> int:
    """Return how reliable a kind of annotator is: people rank highest, then models, then all others."""
    return _ANNOTATOR_RANKS.get(kind, 0)


def status_rank(status: str) -> int:
    """Return how far the work on a layer is according to its status; drafts and unknown statuses rank lowest."""
    return _STATUS_RANKS.get(status, 0)


class Annotator(TypedDict):
    """Who or what created labels; ``kind`` is one of AnnotatorKind."""

    id: str
    kind: str
    name: str | None
    version: str | None


class Zone(TypedDict):
    """A part of the source text: its function on the page, its language and its origin."""

    id: str
    start: int
    end: int
    kind: str
    language: str
    origin: str
    by: list[str]


class Span(TypedDict):
    """A span of a text; ``text`` is the slice from start to end."""

    start: int
    end: int
    text: str


class Document(TypedDict):
    """The labels of one article by one annotator; a missing layer was not annotated.

    ``labels`` is the id of the last migration that they went through.
    """

    schema_version: str
    article: str
    text_sha256: str
    guidelines: str
    annotators: list[Annotator]
    status: dict[str, str]
    created: str
    updated: str
    derived_from: list[str]
    labels: NotRequired[str]
    zones: NotRequired[list[Zone]]


class Source(TypedDict):
    """A line of sources.jsonl: metadata of a raw article; None if unknown."""

    id: str
    file: str
    sha256: str
    outlet: str | None
    date_line: str | None
    section: str | None
    published: str | None
    url: str | None
    license: str


class MetadataStatement(TypedDict):
    """A metadata value that the origin of an article states, and the element that states it."""

    name: str
    value: str
    origin: str


class PageRendering(TypedDict):
    """How a text was rendered from a page: the renderer, the SHA-256 of the page's bytes, and their encoding."""

    name: str
    version: str
    original: str
    encoding: str
    encoding_origin: str


class BulkArticle(TypedDict):
    """A line of bulk input: an article with its text."""

    id: NotRequired[str]
    text: str
    source_id: NotRequired[str | None]
    outlet: NotRequired[str | None]
    section: NotRequired[str | None]
    published: NotRequired[str | None]
    url: NotRequired[str | None]
    license: str
    zones: NotRequired[list[Zone]]
    zones_by: NotRequired[Annotator]
    metadata: NotRequired[list[MetadataStatement]]
    rendered: NotRequired[PageRendering]


class Segment(TypedDict):
    """``length`` equal code points, at ``content`` in the content text and at ``source`` in the source text."""

    content: int
    source: int
    length: int


class Article(TypedDict):
    """An article with its source text and metadata.

    ``source_text`` is decoded from strict UTF-8, without BOM, with LF line ends. ``zones`` are those that came with
    the article, for instance from a page's HTML, and ``zones_by`` is their annotator. ``metadata`` is what was
    stated of it where it came from.
    """

    id: str
    source_id: str
    source_text: str
    source_sha256: str
    section: str | None
    published: str | None
    url: str | None
    license: str
    zones: NotRequired[list[Zone]]
    zones_by: NotRequired[Annotator]
    outlet: NotRequired[str | None]
    metadata: NotRequired[list[MetadataStatement]]


class Cluster(TypedDict):
    """Labels of several articles that say the same; each member is ``article/label``.

    What they say is under the name that the schema gives it (`pactwire.model.layers.Clusters`).
    """

    id: str
    members: list[str]
    by: list[str]


class Topic(TypedDict):
    """What a label may refer to that is no label: a row of topics.json."""

    id: str
    title: str
    definition: str
