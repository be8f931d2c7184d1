"""A digest of this package, its own schemas and its libraries: what the same code made can be reused."""

import hashlib
import unicodedata
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

LIBRARIES: Final = (
    "babel", "datasets", "jsonschema-rs", "lxml", "numpy", "py3langid", "pyarrow", "regex", "rensa", "sentencex",
    "trafilatura",
)  # fmt: skip
"""Packages that rows and their bytes, and articles of pages, depend on."""


@cache
def code_digest(*rooms: str) -> str:
    """Return the hexadecimal SHA-256 of all that determines the bytes of built files, except the data.

    Args:
        rooms: The folders of this package that count, by their names; all of them without any.
    """
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(f"Unicode {unicodedata.unidata_version}\n".encode())
    for path in sorted(path for room in rooms or ("",) for path in (package / room).rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\n".encode() + path.read_bytes())
    for path in sorted((package / "model" / "schemas").glob("*.json")):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    for name in LIBRARIES:
        digest.update(f"{name}=={metadata.version(name)}\n".encode())
    return digest.hexdigest()
