"""Plain text to an article: a file of its own, or a record's."""

from typing import Any, BinaryIO

from pactwire.ingest import encodings
from pactwire.ingest.input_records import Finding, Found, Settings, article
from pactwire.ingest.inputs import plain_name
from pactwire.model.issues import Issue
from pactwire.storage import files


def read(place: str, stream: BinaryIO, settings: Settings) -> Finding:
    """Return the article that a whole stream is; UTF-8 keeps its bytes, if nothing in it is repaired."""
    data = stream.read(files.MAX_TEXT + 1)
    found = decoded(place, 1, data, [], {}, settings)
    if not isinstance(found, Found):
        return found
    try:
        data.decode("utf-8")
        is_kept = not found.repaired
    except UnicodeDecodeError:
        is_kept = False
    data = data if is_kept else files.protect_bom(found.article["text"]).encode()
    return found._replace(file=plain_name(place), data=data)


def decoded(
    place: str, line: int, data: bytes, declared: list[tuple[str, str]], about: dict[str, Any], settings: Settings
) -> Found | Issue:
    """Return the article of a text's bytes."""
    url = str(about.get("url", ""))[:200]
    if len(data) > files.MAX_TEXT:
        return Issue(place, line, "too-large", f"the text has more than the {files.MAX_TEXT:,} bytes allowed", url)
    try:
        text = encodings.decode(data, [*declared, *said(settings)])
    except encodings.Undecodable as error:
        return Issue(place, line, "ingest-encoding", str(error), url)
    return article(place, line, files.protect_bom(text.text), about, settings)


def said(settings: Settings) -> list[tuple[str, str]]:
    """Return the encoding that the person who reads named, as the last one declared."""
    return [(settings.encoding, "--encoding")] if settings.encoding else []
