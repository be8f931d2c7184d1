"""Read an HTML page as an article: its visible text, zones for the lines of the article, and the page's metadata.

The text is rendered once by `pactwire.ingest.rendering`, whose version is recorded with the SHA-256 of the original.
The lines that trafilatura extracts are content, the rest is furniture. Neither changes the text. Where the rendered
text lacks much of what was extracted, `pactwire.ingest.page_text` finds it.
"""

from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pactwire.ingest import encodings, html_parsing, html_zones, page_metadata, page_text, rendering, shell_pages
from pactwire.ingest.input_records import IngestSettings, InputArticle, input_article
from pactwire.ingest.page_metadata import PageMetadata
from pactwire.ingest.page_text import PageText
from pactwire.ingest.rendering import RenderedLine
from pactwire.model import digests, escapes
from pactwire.model.issues import Issue
from pactwire.storage import files

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_PAGE_BYTES: Final = 5_000_000
"""The size limit of a page, with its scripts: twice the largest page in our tests of news sites."""
MAX_LINES: Final = 20_000
_TITLES: Final = frozenset({"og:title", "twitter:title"})
_DESCRIPTIONS: Final = frozenset({"description", "og:description", "twitter:description"})
_DATE_PARAMETERS: Final = {"original_date": True, "extensive_search": False, "outputformat": "%Y-%m-%d"}


class _ParsedPage(NamedTuple):
    """A parsed page, its visible text and lines, the titles and descriptions it states, and how it was decoded."""

    root: "HtmlElement"
    shown: tuple[str, list[RenderedLine]]
    titles: list[str]
    descriptions: list[str]
    decoded: encodings.Decoded


class _PageError(ValueError):
    """A page without an article; ``code`` is that of the issue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_page(
    place: str,
    line: int,
    data: bytes,
    declared: list[tuple[str, str]],
    properties: dict[str, Any],
    settings: IngestSettings,
) -> InputArticle | Issue:
    """Return the article of a page, or the issue for which it is rejected.

    ``declared`` are the (encoding, origin) pairs from outside the page; ``properties``, those of a bulk line that are
    known from where the page was found, take precedence over the page's own.
    """
    record = escapes.without_surrogates(str(properties.get("url", "")))[:200]
    try:
        page = _parse_page(data, [*declared, *encodings.declared_encodings(data), *settings.declared_encodings(place)])
        stated = page_metadata.read_metadata(page.root)
        article = _article_properties(page, stated, digests.sha256(data), properties)
        found = input_article(place, line, files.protect_bom(article.pop("text")), article, settings)
    except (_PageError, encodings.UndecodableError, rendering.NestingError) as error:
        return Issue(place, line, error.code, str(error), record)
    except Exception as error:  # whatever a page has, the articles beside it are read
        message = f"reading the page failed: {type(error).__name__}: {escapes.without_surrogates(str(error))[:200]}"
        return Issue(place, line, "ingest-failed", message, record)
    return found._replace(unread=stated.unread) if isinstance(found, InputArticle) else found


def _parse_page(data: bytes, candidates: list[tuple[str, str]]) -> _ParsedPage:
    """Decode, parse and render a page; raises _PageError, UndecodableError or NestingError."""
    if len(data) > MAX_PAGE_BYTES:
        raise _PageError("too-large", f"the page has more than the {MAX_PAGE_BYTES:,} bytes allowed")
    decoded = encodings.decode(data, candidates)
    if html_parsing.has_tag_of_many_attributes(decoded.text):
        raise _PageError("ingest-deep", "one of its tags has more than 2,000 attributes")
    root = html_parsing.parse_html(decoded.text)
    if root is None:
        raise _PageError("ingest-empty", "the page shows no text")
    text, lines = rendering.render(root)
    _check_size(lines)
    titles = [title.text for title in root.iter("title") if title.text] + _meta_contents(root, _TITLES)
    return _ParsedPage(root, (text, lines), titles, _meta_contents(root, _DESCRIPTIONS), decoded)


def _meta_contents(root: "HtmlElement", names: frozenset[str]) -> list[str]:
    metas = [meta for meta in root.iter("meta") if (meta.get("property") or meta.get("name") or "").lower() in names]
    return [content for meta in metas if (content := meta.get("content"))]


def _article_properties(
    page: _ParsedPage, stated: PageMetadata, sha256: str, properties: dict[str, Any]
) -> dict[str, Any]:
    """Return the properties of a bulk line: those given, the page's own statements, and what was extracted."""
    has_script = next(page.root.iter("script"), None) is not None
    extracted = _extract_article(page.root, properties.get("url"))
    metadata = stated.entries + page_metadata.inferred_entries(extracted, stated.entries, _extractor_name())
    found = _find_text(page, extracted)
    if has_script and shell_pages.is_shell(found, page.titles):
        raise _PageError("ingest-script", "the page shows no article, its script may write it")
    if not shell_pages.has_content(found):
        raise _PageError("ingest-empty", "the page shows no text")
    article = {
        **stated.fields,
        **{key: value for key, value in properties.items() if value},
        "metadata": [*properties.get("metadata", []), *metadata],
        "text": found.text,
        "rendered": {
            "name": found.renderer[0], "version": found.renderer[1], "original": sha256,
            "encoding": page.decoded.encoding, "encoding_origin": page.decoded.origin,
        },
    }  # fmt: skip
    if any(found.is_extracted):
        article["zones"] = html_zones.page_zones(found, stated.shown_title, page.descriptions)
        article["zones_by"] = html_zones.zone_annotator()
    return article


def _find_text(page: _ParsedPage, extracted: Any) -> PageText:
    if extracted is None or not extracted.text:
        return PageText(*page.shown, [False] * len(page.shown[1]))
    again = partial(html_parsing.parse_html, page.decoded.text)
    found = page_text.find_text(page.shown, extracted.text, extracted.title or "", again)
    _check_size(found.lines)
    return found


def _check_size(lines: list[RenderedLine]) -> None:
    if len(lines) > MAX_LINES:
        raise _PageError("too-large", f"the page shows {len(lines):,} lines, {MAX_LINES:,} are allowed")


def _extract_article(root: "HtmlElement", url: str | None) -> Any:
    """Return what trafilatura extracts (title, date, …, text), or None. Call it last, since it changes the tree."""
    import trafilatura

    try:
        return trafilatura.bare_extraction(
            root, url=url, with_metadata=True, include_comments=False, date_extraction_params=dict(_DATE_PARAMETERS)
        )
    except Exception:  # any of its many heuristics may fail; zones are then found by rule
        return None


@cache
def _extractor_name() -> str:
    return f"trafilatura {version('trafilatura')}"
