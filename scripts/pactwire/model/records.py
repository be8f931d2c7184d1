"""The records of the data model, typed; ``tests/test_records.py`` holds them to the JSON Schemas.

Every offset is a Unicode code point, and every span is half-open: ``text[start:end]``.
In annotation documents offsets count from the start of the source text.
Entity, claim and stance labels are spelled in ``schema/annotation.schema.json`` alone.
"""

from enum import StrEnum
from typing import Any, Final, Literal, NotRequired, TypedDict, cast

SCHEMA_VERSION: Final = "1"
SPAN_LAYERS: Final = ("entities", "claims", "stances")
"""The layers whose labels are spans of the content text."""
LAYERS: Final = ("zones", *SPAN_LAYERS)
AUTHOR: Final = "AUTHOR"
UNNAMED: Final = "UNNAMED"

Layer = Literal["zones", "entities", "claims", "stances"]


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
"""The kinds that are content."""
FURNITURE_KINDS: Final = tuple(kind for kind in ZoneKind if kind not in CONTENT_KINDS)


class Origin(StrEnum):
    """How a zone came into its language."""

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
    """How far the work on a layer has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ADJUDICATED = "adjudicated"
    REVIEWED = "reviewed"


_ANNOTATOR_RANKS: Final[dict[str, int]] = {AnnotatorKind.HUMAN: 2, AnnotatorKind.MODEL: 1}
_STATUS_RANKS: Final[dict[str, int]] = {Status.REVIEWED: 3, Status.ADJUDICATED: 2, Status.SUBMITTED: 1}


def annotator_rank(kind: str) -> int:
    """Return how much a kind of annotator vouches for: people most, then models, then all others."""
    return _ANNOTATOR_RANKS.get(kind, 0)


def status_rank(status: str) -> int:
    """Return how much work on a layer its status claims; a status that has no place here claims nothing."""
    return _STATUS_RANKS.get(status, 0)


class Annotator(TypedDict):
    """Who or what made labels; ``kind`` is one of AnnotatorKind."""

    id: str
    kind: str
    name: str | None
    version: str | None


class Zone(TypedDict):
    """A stretch of the source text: what it is on the page, its language and its origin."""

    id: str
    start: int
    end: int
    kind: str
    language: str
    origin: str
    by: list[str]


class Span(TypedDict):
    """Words of a text; ``text`` is the slice from start to end."""

    start: int
    end: int
    text: str


class Entity(Span):
    """A named mention; ``link`` is a Wikidata id, ``NIL:`` and a name, or None for undecided."""

    id: str
    type: str
    form: str
    link: str | None
    metonym_of: str | None
    by: list[str]


class Claim(Span):
    """A statement somebody makes; a claimant is an entity id, AUTHOR or UNNAMED."""

    id: str
    claimants: list[str]
    cue: Span | None
    type: str
    commitment: str
    checkworthy: str
    normalized: str
    by: list[str]


class Stance(Span):
    """A holder's attitude to a target: an entity id, a claim id or a topic id."""

    id: str
    holder: str
    target: str
    polarity: str
    channel: str
    by: list[str]


class Document(TypedDict):
    """The labels of one article by one annotator; a missing layer was not annotated."""

    schema_version: str
    article: str
    text_sha256: str
    guidelines: str
    annotators: list[Annotator]
    status: dict[str, str]
    created: str
    updated: str
    derived_from: list[str]
    zones: NotRequired[list[Zone]]
    entities: NotRequired[list[Entity]]
    claims: NotRequired[list[Claim]]
    stances: NotRequired[list[Stance]]


def labels_of(document: Document | None, layer: str) -> list[Any]:
    """Return the labels of a layer; none where it or the document is missing."""
    return cast("dict[str, Any]", document or {}).get(layer, [])  # type: ignore[no-any-return]


def links_of(document: Document) -> set[str]:
    """Return the links of a document's mentions, and of what they stand for."""
    mentions = document.get("entities", [])
    return {link for key in ("link", "metonym_of") for each in mentions if (link := each[key]) is not None}


def referent_link(entity: Entity) -> str | None:
    """Return the link of what a mention refers to: ``metonym_of`` first, then ``link``."""
    return entity["metonym_of"] or entity["link"]


class Source(TypedDict):
    """A line of sources.jsonl: what is known of a raw article; None where unknown."""

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
    """Something said of an article where it came from, and what said so."""

    name: str
    value: str
    origin: str


class PageRendering(TypedDict):
    """How a text was made from a page: the renderer, the SHA-256 of the page's bytes, and their encoding."""

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
    """``length`` code points that stand alike at ``content`` in the content text and ``source`` in the source."""

    content: int
    source: int
    length: int


class Article(TypedDict):
    """An article as the package works with it: its source text and what is known of it.

    ``source_text`` is strict UTF-8 decoded, without BOM, lines ended by LF. ``zones`` are those that came
    with it, as seen in a page's HTML, and ``zones_by`` says who made them.
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


class Cluster(TypedDict):
    """Claims of several articles that say the same; members are ``article/claim``."""

    id: str
    normalized: str
    members: list[str]
    by: list[str]


class Topic(TypedDict):
    """Something a stance can be about that is no single entity."""

    id: str
    title: str
    definition: str
