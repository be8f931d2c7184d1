"""Plain text to an article: a file of its own, or a record's."""

from typing import Any, BinaryIO

from pactwire.ingest import encodings
from pactwire.ingest.input_records import IngestSettings, InputArticle, InputRecord, input_article
from pactwire.ingest.inputs import plain_name
from pactwire.model.issues import Issue
from pactwire.storage import files


def read_text_file(place: str, stream: BinaryIO, settings: IngestSettings) -> InputRecord:
    """Return the article that a whole stream is; UTF-8 keeps its bytes, if nothing in it is repaired."""
    data = stream.read(files.MAX_TEXT_BYTES + 1)
    found = text_article(place, 1, data, [], {}, settings)
    if not isinstance(found, InputArticle):
        return found
    try:
        data.decode("utf-8")
        is_kept = not found.repaired
    except UnicodeDecodeError:
        is_kept = False
    data = data if is_kept else files.protect_bom(found.article["text"]).encode()
    return found._replace(file=plain_name(place), data=data)


def text_article(
    place: str, line: int, data: bytes, declared: list[tuple[str, str]], about: dict[str, Any], settings: IngestSettings
) -> InputArticle | Issue:
    """Return the article of a text's bytes."""
    url = str(about.get("url", ""))[:200]
    if len(data) > files.MAX_TEXT_BYTES:
        return Issue(
            place, line, "too-large", f"the text has more than the {files.MAX_TEXT_BYTES:,} bytes allowed", url
        )
    try:
        text = encodings.decode(data, [*declared, *encoding_option(settings)])
    except encodings.Undecodable as error:
        return Issue(place, line, "ingest-encoding", str(error), url)
    return input_article(place, line, files.protect_bom(text.text), about, settings)


def encoding_option(settings: IngestSettings) -> list[tuple[str, str]]:
    """Return the encoding that the person who reads named, as the last one declared."""
    return [(settings.encoding, "--encoding")] if settings.encoding else []
