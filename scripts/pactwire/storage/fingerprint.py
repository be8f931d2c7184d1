"""A digest of this package, its own schemas and its libraries: what the same code made can be reused."""

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

LIBRARIES: Final = ("datasets", "jsonschema-rs", "numpy", "py3langid", "pyarrow", "regex", "rensa", "sentencex")
"""Packages that rows and their bytes depend on."""


@cache
def code_digest() -> str:
    """Return the hexadecimal SHA-256 of all that determines the bytes of built files, except the data."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted([*package.rglob("*.py"), *(package / "model" / "schemas").glob("*.json")]):
        digest.update(f"{path.relative_to(package).as_posix()}\n".encode() + path.read_bytes())
    for name in LIBRARIES:
        digest.update(f"{name}=={metadata.version(name)}\n".encode())
    return digest.hexdigest()
