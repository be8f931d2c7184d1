"""Articles and mentions of a foreign corpus to articles and annotation documents that hold to every check.

Pure: readers hand in `Foreign` values, `pactwire.convert.importing` writes what comes out.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NamedTuple, cast

from pactwire.convert import span_resolution
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.omissions import Omissions
from pactwire.convert.span_resolution import ResolvedSpan, UnresolvedSpan
from pactwire.convert.type_mapping import TypeMapping
from pactwire.corpus.articles import article_id
from pactwire.corpus.tables import LinkRow
from pactwire.model import escapes, schema, strict_json
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.model.records import (
    SCHEMA_VERSION,
    Annotator,
    AnnotatorKind,
    Article,
    BulkArticle,
    Document,
    Entity,
    Origin,
    Segment,
    Status,
    Topic,
    Zone,
    ZoneKind,
)
from pactwire.storage import files
from pactwire.text import offsets

CONVERTER: Final = "pactwire-convert"
_ASTRAL_CHARACTER: Final = re.compile("[^\x00-\uffff]")
MIN_LANGUAGE_PROBABILITY: Final = 0.9
"""How probable the language of a text must be to be named."""
UNDETERMINED_LANGUAGE: Final = "und"


@dataclass(frozen=True)
class ImportSettings:
    """Who annotated, how far, under which guidelines (of ours; 0.0 for others'), and what is known of the texts."""

    annotator: Annotator
    status: str
    guidelines: str
    license: str
    language: str | None = None
    created: str | None = None


class Repair(NamedTuple):
    """A mention that does not stand where its file says: the place of the line, the mention, and what was done."""

    file: str
    line: int
    mention: str
    what: str


@dataclass
class ImportLog:
    """What came of a foreign corpus besides articles and documents: counts, links, and all that went otherwise.

    ``names`` are the articles' names over there, by id, ``texts`` the SHA-256 of those that pages brought, ``bare``
    those that nobody annotated. In ``counts``, ``mentions`` is the sum of all ``mentions …``.
    """

    source_names: dict[str, str] = field(default_factory=dict)
    unannotated: list[str] = field(default_factory=list)
    page_hashes: dict[str, str] = field(default_factory=dict)
    links: dict[str, LinkRow] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    repairs: list[Repair] = field(default_factory=list)
    omitted: Omissions = field(default_factory=Omissions)
    counts: Counter[str] = field(default_factory=Counter)
    issues: list[Issue] = field(default_factory=list)


class ConvertedArticle(NamedTuple):
    """An article that came in: ``article`` is None where the dataset has it, ``document`` where nobody annotated it."""

    article_id: str
    article: BulkArticle | None
    document: Document | None


def convert_documents(
    corpora: Iterable[ImportedDocument],
    settings: ImportSettings,
    types: TypeMapping,
    known: Callable[[str], Article | None],
    zones_of: Callable[[Article], list[Zone]],
    result: ImportLog,
) -> Iterator[ConvertedArticle]:
    """Yield what foreign articles become, one by one; every mention is in a document, in ``left``, or in an issue.

    ``known`` gives an article that the dataset already has: it gets a document and no second text, and keeps its
    zones. All but articles and documents goes to ``result``.
    """
    for foreign in corpora:
        if foreign.rejected_by:
            _count_rejected(foreign, result)
            continue
        result.omitted.merge(foreign.omitted)
        taken = _convert_document(foreign, settings, types, known, zones_of, result)
        if taken is not None:
            yield taken
    result.issues += types.issues()
    result.counts["mentions of types that no mapping names"] += types.unknown.total()
    result.counts["mentions of types that the mapping leaves out"] += types.excluded.total()
    result.omitted.update({f"mentions of the type {name}": count for name, count in types.excluded.items()})


def _count_rejected(foreign: ImportedDocument, result: ImportLog) -> None:
    """Count an article whose labels nobody accepted, and its mentions."""
    result.omitted.add(f"articles with {foreign.rejected_by}", foreign.name)
    result.counts["mentions"] += len(foreign.mentions or [])
    result.counts["mentions of articles that nobody accepted"] += len(foreign.mentions or [])


def _convert_document(
    foreign: ImportedDocument,
    settings: ImportSettings,
    types: TypeMapping,
    known: Callable[[str], Article | None],
    zones_of: Callable[[Article], list[Zone]],
    result: ImportLog,
) -> ConvertedArticle | None:
    text = files.normalize_newlines(foreign.raw)
    identity = article_id(foreign.name, text)
    ours = known(identity)
    issues = list(_document_flaws(foreign)) or _duplicate_issues(foreign, identity, text, ours, result)
    if issues:
        result.issues += issues
        result.counts["articles refused"] += 1
        result.counts["mentions"] += len(foreign.mentions or [])
        result.counts["mentions of refused articles"] += len(foreign.mentions or [])
        return None
    result.source_names[identity] = foreign.name
    result.counts["articles"] += 1
    article = None if ours else _bulk_article(foreign, identity, text, settings)
    if foreign.mentions is None:
        result.counts["articles without annotation"] += 1
        result.unannotated.append(foreign.name)
        return ConvertedArticle(identity, article, None)
    zones = zones_of(ours) if ours else None
    return ConvertedArticle(
        identity, article, _annotation_document(foreign, identity, text, zones, settings, types, result)
    )


def _document_flaws(foreign: ImportedDocument) -> Iterable[Issue]:
    """Yield what of an article's source was not understood, and why its text can't be an article."""
    yield from foreign.issues
    for message in escapes.control_character_messages(foreign.name, one_line=True):
        yield Issue(foreign.file, 1, "control-character", f"its name {quote(foreign.name)}: {message}")
    for line, message in files.control_characters(files.normalize_newlines(foreign.raw)):
        yield Issue(foreign.name, line, "control-character", message)
    size = len(strict_json.compact(foreign.raw).encode())
    if size > files.MAX_TEXT_BYTES - 10_000:
        yield Issue(foreign.name, 1, "too-large", f"{size:,} bytes are more than one article may have")
    if not files.normalize_newlines(foreign.raw) and not foreign.issues:
        yield Issue(foreign.name, 1, "convert-empty", "the text is empty")


def _duplicate_issues(
    foreign: ImportedDocument, identity: str, text: str, ours: Article | None, result: ImportLog
) -> list[Issue]:
    """Return the issue of an article whose id another one has."""
    if first := result.source_names.get(identity):
        message = f"its article {identity} has already come from {first}"
        return [Issue(foreign.file, 1, "convert-twice", message, identity)]
    if ours and ours["source_text"] != text:
        message = f"the dataset has another text for the article {identity}"
        return [Issue(foreign.file, 1, "convert-twice", message, identity)]
    return []


def _bulk_article(foreign: ImportedDocument, identity: str, text: str, settings: ImportSettings) -> BulkArticle:
    return BulkArticle(id=identity, text=files.protect_bom(text), source_id=foreign.name, license=settings.license)


# --- documents


def _annotation_document(
    foreign: ImportedDocument,
    identity: str,
    text: str,
    zones: list[Zone] | None,
    settings: ImportSettings,
    types: TypeMapping,
    result: ImportLog,
) -> Document:
    by = settings.annotator
    layers: dict[str, Any] = {}
    annotators = [by]
    if zones is None:
        layers["zones"] = zones = whole_text_zones(text, settings.language)
        annotators = [
            by,
            Annotator(id=CONVERTER, kind=AnnotatorKind.RULE, name="pactwire convert", version=_installed_version()),
        ]
    _, segments = offsets.content_text(text, zones)
    layers["entities"] = _resolve_entities(foreign, text, segments, settings, types, result)
    time = settings.created or foreign.modified
    return cast("Document", {
        "schema_version": SCHEMA_VERSION, "article": identity, "text_sha256": files.sha256(text),
        "guidelines": settings.guidelines, "annotators": annotators,
        "status": {layer: settings.status if layer == "entities" else Status.DRAFT for layer in layers},
        "created": time, "updated": time, "derived_from": [], **layers,
    })  # fmt: skip


def whole_text_zones(text: str, language: str | None) -> list[Zone]:
    """Return one body zone for a whole text: a corpus that was annotated from end to end holds no furniture."""
    if not text.strip():
        return []
    start = len(text) - len(text.lstrip())
    return [
        Zone(
            id="zone", start=start, end=start + len(text.strip()), kind=ZoneKind.BODY,
            language=language or _identify_language(text), origin=Origin.UNKNOWN, by=[CONVERTER],
        )
    ]  # fmt: skip


def _identify_language(text: str) -> str:
    from pactwire.text import languages

    language, share = languages.identify(text)
    return language if share >= MIN_LANGUAGE_PROBABILITY else UNDETERMINED_LANGUAGE


def _installed_version() -> str | None:
    try:
        return version("pactwire")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return None


def _resolve_entities(
    foreign: ImportedDocument,
    text: str,
    segments: list[Segment],
    settings: ImportSettings,
    types: TypeMapping,
    result: ImportLog,
) -> list[Entity]:
    mentions = foreign.mentions or []
    result.counts["mentions"] += len(mentions)
    found: list[Entity] = []
    claims = [mention.span for mention in mentions]
    anchored = span_resolution.resolve_spans(foreign.raw, claims, as_it_stands=foreign.offsets_count_decoded)
    wide = _ASTRAL_CHARACTER.search(text)
    for mention, anchor in zip(mentions, anchored, strict=True):
        if mention.rejected_by:
            words = text[anchor.start : anchor.end] if isinstance(anchor, ResolvedSpan) else mention.span.text
            result.omitted.add(f"mentions with {mention.rejected_by}", words)
            result.counts["mentions that nobody accepted"] += 1
            continue
        if isinstance(anchor, ResolvedSpan) and offsets.to_content(segments, anchor.start, anchor.end) is None:
            words = quote(text[anchor.start : anchor.end])
            anchor = UnresolvedSpan(
                "on-furniture", f"{words} at {anchor.start}:{anchor.end} lies on or across furniture"
            )
        if isinstance(anchor, UnresolvedSpan):
            result.issues.append(Issue(foreign.file, mention.line, *anchor, mention.id))
            result.counts["mentions refused"] += 1
            continue
        for repair in filter(None, (mention.repair, anchor.repair)):
            result.repairs.append(Repair(foreign.file, mention.line, mention.id, repair))
        if ours := types.map_type(mention.span.type, foreign.file, mention.line):
            if mention.span.text is None:
                result.counts["of them without words to check"] += 1
                result.counts["of these behind an emoji or the like, read as code points"] += bool(
                    wide and wide.start() < anchor.end
                )
            found.append(_entity(mention, anchor, text, *ours, settings))
            _record_link(found[-1], foreign, result)
    result.counts["mentions taken"] += len(found)
    places = Counter((entity["start"], entity["end"], entity["type"]) for entity in found)
    result.counts["of them at the place of another of their type"] += places.total() - len(places)
    return _with_unique_ids(sorted(found, key=lambda entity: (entity["start"], entity["end"])))


def _entity(
    mention: ImportedMention, anchor: ResolvedSpan, text: str, kind: str, form: str, settings: ImportSettings
) -> Entity:
    about = mention.attributes
    return Entity(
        id=mention.id, start=anchor.start, end=anchor.end, text=text[anchor.start : anchor.end], type=kind,
        form=about.get("form") or form, link=about.get("link"), metonym_of=about.get("metonym_of"),
        by=[settings.annotator["id"]],
    )  # fmt: skip


def _record_link(entity: Entity, foreign: ImportedDocument, result: ImportLog) -> None:
    """Keep a row of links.tsv for each link; of what is meant by a metonym no name is known."""
    names = {entity["metonym_of"]: entity["metonym_of"], entity["link"]: " ".join(entity["text"].split())}
    for link, name in names.items():
        if link and name:
            row = LinkRow(link, name, entity["type"], f"as linked in {foreign.name}")
            if link not in result.links or result.links[link].name == link:
                result.links[link] = row


def _with_unique_ids(entities: list[Entity]) -> list[Entity]:
    """Keep the ids that can be ids of ours, and give the other mentions new ones."""
    taken = {entity["id"] for entity in entities}
    free = (name for number in range(1, 2 * len(entities) + 2) if (name := f"e{number}") not in taken)
    seen: set[str] = {"zone"}
    for entity in entities:
        if entity["id"] in seen or not schema.is_valid(entity["id"], "annotation", "id"):
            entity["id"] = next(free)
        seen.add(entity["id"])
    return entities
