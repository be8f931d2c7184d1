"""Decode the bytes of a page or a text by its declared encodings, never by a guess.

A byte order mark comes first, then UTF-8 if the bytes are valid UTF-8, then the encodings that the HTTP header and the
page declare. Anything else is rejected, with a hint where two detectors agree.
"""

import codecs
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

import webencodings

_BYTE_ORDER_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be",
}  # fmt: skip
"""UTF-32-LE before UTF-16-LE, since its mark starts with the same bytes."""

_WIDER_CODECS: Final = {"gbk": "gb18030", "x-user-defined": "cp1252"}
"""What the standards of Encoding and of HTML decode with another codec than the one of the name."""
_SEVEN_BIT: Final = {"iso2022": b"\x1b", "hz": b"~{"}
"""The encodings that look like ASCII, and the bytes that begin other characters in them."""
_META_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_XML_ENCODING: Final = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_UTF8_RUN: Final = re.compile(rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}){4,}")
_THAI_UTF8_RUN: Final = re.compile(rb"(?:\xe0[\xb8\xb9][\x80-\xbf]){4,}")
"""UTF-8 in a Thai page: words in cp874 have bytes of other runs."""
_BY_USER: Final = "--encoding"
_REPLACED: Final = "replacement"
_HEAD_BYTES: Final = 4096
_DETECTED_BYTES: Final = 50_000
_WORD: Final = re.compile(r"\w{2,30}")
_SHOWN_WORDS: Final = 5


class Decoded(NamedTuple):
    """A text, its encoding, and the origin of that: BOM, UTF-8, HTTP, meta, or --encoding."""

    text: str
    encoding: str
    origin: str


class UndecodableError(ValueError):
    """No declared encoding fits the bytes."""

    code = "ingest-encoding"


def declared_encodings(page: bytes) -> list[tuple[str, str]]:
    """Return the (encoding, origin) pairs that an HTML page declares in its first 4,096 bytes."""
    meta = [(match[1].decode("ascii"), "meta") for match in _META_CHARSET.finditer(page[:_HEAD_BYTES])]
    return meta + xml_encodings(page)


def xml_encodings(data: bytes) -> list[tuple[str, str]]:
    """Return the (encoding, origin) pair that an XML declaration has, if any."""
    return [(match[1].decode("ascii"), "XML declaration") for match in _XML_ENCODING.finditer(data[:_HEAD_BYTES])]


def decode(data: bytes, candidates: Iterable[tuple[str, str]]) -> Decoded:
    """Decode bytes; ``candidates`` are the declared (encoding, origin) pairs, best first. Raises UndecodableError."""
    for mark, name in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return _decode_strictly(data[len(mark) :], name, "BOM")
    labels = list(candidates)
    declared = [(codec(label), origin) for label, origin in labels]
    if data.isascii():
        _refuse_replaced(labels)
    for name, origin in declared:
        if any(name.startswith(start) and escape in data for start, escape in _SEVEN_BIT.items()):
            return _decode_strictly(data, name, origin)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", "UTF-8")
    except UnicodeDecodeError as error:
        first = f"byte 0x{data[error.start]:02X} at offset {error.start:,} is not UTF-8"
    legacy = [(name, origin) for name, origin in declared if name and name != "utf-8"]
    if not legacy:
        is_utf8_declared = declared and declared[0][0]
        reason = f", which {declared[0][1]} declares" if is_utf8_declared else ", and no other encoding is declared"
        raise UndecodableError(first + reason + _hint(data))
    name, origin = legacy[0]
    is_named = (name, _BY_USER) in legacy
    if not is_named and _is_single_byte(name) and (run := _utf8_run(data, name)):
        raise UndecodableError(
            f"{name} is declared ({origin}), but the bytes at offset {run.start():,} are UTF-8: a mixture"
        )
    return _decode_strictly(data, name, origin)


def decode_line(line: bytes, candidates: Iterable[tuple[str, str]]) -> str:
    """Decode a line or another record by UTF-8, or else by a declared encoding; raises UnicodeDecodeError of UTF-8."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        for label, _ in candidates:
            try:
                return line.decode(codec(label) or "utf-8")
            except UnicodeDecodeError:
                continue
        raise


def codec(label: str) -> str:
    """Return Python's codec for a label as browsers read it (WHATWG Encoding, "Names and labels").

    Other names are Python's. Empty for unknown labels, and for those that browsers refuse to decode.
    """
    if encoding := _browser_encoding(label):
        name = encoding.codec_info.name
        return "" if encoding.name == _REPLACED else _WIDER_CODECS.get(name, name)
    try:
        info = codecs.lookup(label)
        "".encode(info.name)  # fails for codecs of no text
    except (LookupError, ValueError):  # ValueError: such as a NUL, or the codec "undefined"
        return ""
    if info.name.startswith(("utf-7", "unicode", "raw", "idna", "puny")):
        return ""
    alias = info.name.replace("_", "-")
    return codec(alias) if _browser_encoding(alias) else info.name


def _browser_encoding(label: str) -> webencodings.Encoding | None:
    return webencodings.lookup(label) if label.isascii() else None


def _refuse_replaced(labels: list[tuple[str, str]]) -> None:
    """Raise UndecodableError if the first known label is one that browsers refuse and the user names no encoding."""
    for label, origin in labels:
        known = _browser_encoding(label)
        if known and known.name == _REPLACED and all(other != _BY_USER for _, other in labels):
            raise UndecodableError(f"{origin} says {label[:40]}, which browsers do not decode")
        if known or codec(label):
            return


def _is_single_byte(name: str) -> bool:
    """Return whether an encoding uses one byte per character."""
    return name.startswith(("cp125", "iso8859", "koi8", "mac", "cp86", "cp85", "cp87", "cp4", "latin"))


def _utf8_run(data: bytes, name: str) -> re.Match[bytes] | None:
    """Return the first run of UTF-8 that can't be words in a single-byte encoding."""
    return (_THAI_UTF8_RUN if name == "cp874" else _UTF8_RUN).search(data)


def _decode_strictly(data: bytes, name: str, origin: str) -> Decoded:
    try:
        return Decoded(data.decode(name), name, origin)
    except UnicodeDecodeError as error:
        message = f"{origin} says {name}, but byte 0x{data[error.start]:02X} at offset {error.start:,} does not fit"
        raise UndecodableError(message) from None


def _hint(data: bytes) -> str:
    """Return the encoding that two detectors agree on, with the words that it gives; empty if they do not agree.

    Only a person can decide if it is right: a wrong encoding gives other letters and no error.
    """
    import chardet
    from charset_normalizer import from_bytes

    start = data[:_DETECTED_BYTES]
    best = from_bytes(start).best()
    guesses = [best.encoding if best else None, chardet.detect(start)["encoding"]]
    names = [codec(guess) if guess else "" for guess in guesses]
    texts = {data.decode(name) if name and _is_decodable(data, name) else None for name in names}
    text = texts.pop()
    if texts or text is None:
        return ""
    words = list(dict.fromkeys(word for word in _WORD.findall(text) if not word.isascii()))[:_SHOWN_WORDS]
    return f"; it may be {names[0]}, which gives {', '.join(words)}" if words else ""


def _is_decodable(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True
