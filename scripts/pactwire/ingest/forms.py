"""The form of an input, by its name and its first bytes. No input is an article only because nothing else fits.

Where the first bytes show a form that contradicts the name, or neither shows one, the input has no form.
"""

import json
import re
from pathlib import PurePosixPath
from typing import Final

from pactwire.ingest.inputs import plain_name
from pactwire.model.escapes import quote

HEAD_BYTES: Final = 4_096
"""How much of an input is looked at."""
FORMS: Final = ("text", "html", "jsonl", "json", "csv", "tsv", "feed", "parquet", "warc")
"""What an input may be."""
_SIGNATURES: Final = {
    b"PAR1": "parquet", b"WARC/": "warc", b"filedesc://": "warc", b"%PDF-": "a PDF file",
    b"PK\x03\x04": "a ZIP archive",
    b"\xd0\xcf\x11\xe0": "a document of an old office program", b"\x89PNG": "an image", b"\xff\xd8\xff": "an image",
    b"GIF8": "an image", b"SQLite format 3": "an SQLite database", b"BZh": "a bzip2 file", b"\xfd7zXZ": "an xz file",
    b"{\\rtf": "an RTF document",
}  # fmt: skip
BINARY: Final = "binary data"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_XML_ROOT: Final = re.compile(
    rb"(?:<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\])?[^>]*>|\s)*<([A-Za-z_][\w:.-]*)", re.DOTALL | re.IGNORECASE
)
_FEED_ROOTS: Final = (b"rss", b"feed", b"rdf", b"channel")
_BY_CONTENT: Final = ("parquet", "warc", "html", "feed")
"""Forms that the first bytes prove."""
_REFUSED: Final = ""


def choose_form(named: str | None, head: bytes) -> str:
    """Return the form of an input, empty if it has none.

    Args:
        named: The form that the name shows, None if it shows none.
        head: The first bytes, decompressed.
    """
    seen = seen_form(head)
    if named is None:
        return seen if seen in FORMS and seen != "text" else _REFUSED
    if seen == BINARY and named != "feed":  # a page with a NUL, or a text: their readers know more
        return named
    if seen in ("json", "jsonl") and named in ("json", "jsonl"):
        return seen if b"\n" in head else named  # one long line may be an object that wraps all
    if named == "feed":  # .xml may be anything
        return seen if seen in ("feed", "html") else _REFUSED
    if named in ("parquet", "warc"):  # their readers say what is wrong
        return named
    return named if seen in (named, *FORMS) and (seen not in _BY_CONTENT or seen == named) else _REFUSED


def seen_form(head: bytes) -> str:
    """Return the form that the first bytes show, or a few words on what else they show."""
    for signature, form in _SIGNATURES.items():
        if head.startswith(signature):
            return form
    if head.startswith(_UTF_16):
        return _xml_form(head.decode("utf-16", "ignore").lstrip().encode("utf-8", "ignore")) or "text"
    if b"\0" in head:
        return BINARY
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"{", b"[")):
        return _json_form(start)
    return _xml_form(start) or "text"


def _xml_form(start: bytes) -> str:
    """Return "html", "feed" or a few words on other XML; empty if it is none."""
    if (root := _XML_ROOT.match(start)) and start[:1] == b"<":
        name = root[1].lower().rpartition(b":")[2]
        if name in (b"html", b"head", b"body") or b"<!doctype html" in start[: root.end()].lower():
            return "html"
        if name in _FEED_ROOTS:
            return "feed"
        if start.startswith(b"<?xml"):
            return f"XML with the root {quote(root[1].decode('ascii', 'replace')[:40])}"
    return ""


def _json_form(start: bytes) -> str:
    """Return "jsonl" if the first line is one object or may be, "json" for other JSON, "text" for neither."""
    first, newline, _ = start.partition(b"\n")
    if start.startswith(b"["):
        inside = start[1:].lstrip()[:1]
        return "json" if inside in (b"{", b"[", b"]", b'"') or not inside else "text"
    if not newline:
        return "jsonl" if len(start) >= HEAD_BYTES // 2 or _is_json(start) else "json"
    goes_on = first.rstrip() == b"{" or (first.rstrip().endswith((b",", b"{", b"[")) and not _is_json(first))
    return "json" if goes_on or _has_several_objects(first) else "jsonl"


def _has_several_objects(line: bytes) -> bool:
    """Return whether another object follows the first one on the same line."""
    text = line.decode("utf-8", "replace")
    try:
        end = json.JSONDecoder().raw_decode(text)[1]
    except (ValueError, RecursionError):
        return False
    return text[end:].lstrip().startswith("{")


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def describe(name: str, head: bytes) -> str:
    """Return the ending of an input's name and what was seen in it, for a message."""
    ending = PurePosixPath(plain_name(name)).suffix
    seen = seen_form(head)
    known = {"text": "plain text", "html": "an HTML page", "feed": "a feed", "jsonl": "JSON", "json": "JSON"}
    start = quote(" ".join(head[:200].decode("utf-8", "replace").split())[:40])
    looks = "nothing" if not head else f"{known.get(seen, seen)}{f', {start}' if seen in known else ''}"
    return f"its name has {f'the ending {quote(ending[:20])}' if ending else 'no ending'}, and it starts like {looks}"
