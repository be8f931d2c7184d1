"""Read plain text as an article: a whole file, or the text of an archive's record."""

from typing import Any, BinaryIO

from pactwire.ingest import encodings
from pactwire.ingest.input_records import IngestSettings, InputArticle, InputRecord, input_article
from pactwire.ingest.inputs import plain_name
from pactwire.model.issues import Issue
from pactwire.storage import files


def read_text_file(place: str, stream: BinaryIO, settings: IngestSettings, name: str) -> InputRecord:
    """Return a whole stream as an article; the bytes of UTF-8 are kept unless characters were repaired.

    ``name`` is the file's, with its folders, which are kept in the name of the text.
    """
    data = stream.read(files.MAX_TEXT_BYTES + 1)
    article = text_article(place, 1, data, [], {}, settings)
    if not isinstance(article, InputArticle):
        return article
    try:
        data.decode("utf-8")
        is_kept = not article.repaired
    except UnicodeDecodeError:
        is_kept = False
    data = data if is_kept else files.protect_bom(article.properties["text"]).encode()
    return article._replace(file=plain_name(name).replace("/", "_"), data=data)


def text_article(
    place: str,
    line: int,
    data: bytes,
    declared: list[tuple[str, str]],
    properties: dict[str, Any],
    settings: IngestSettings,
) -> InputArticle | Issue:
    """Return the article of a text's bytes.

    ``declared`` are (encoding, origin) pairs; ``properties`` are those of `input_article`.
    """
    url = str(properties.get("url", ""))[:200]
    if len(data) > files.MAX_TEXT_BYTES:
        return Issue(
            place, line, "too-large", f"the text has more than the {files.MAX_TEXT_BYTES:,} bytes allowed", url
        )
    try:
        text = encodings.decode(data, [*declared, *settings.declared_encodings(place)])
    except encodings.UndecodableError as error:
        return Issue(place, line, error.code, str(error), url)
    return input_article(place, line, files.protect_bom(text.text), properties, settings)
