"""SHA-256 digests of bytes and of text, whole or shortened."""

import hashlib


def sha256(data: bytes | str) -> str:
    """Return the hexadecimal SHA-256 of bytes, or of a text's UTF-8 bytes."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def short_sha256(data: bytes | str, digits: int) -> str:
    """Return the first hexadecimal digits of a SHA-256, four bits each, for names that people see."""
    return sha256(data)[:digits]
