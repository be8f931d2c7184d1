"""This package, its schemas and the libraries it stands on to one digest: what is made by the same code can be kept."""

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from pactwire.model import strict_json

LIBRARIES: Final = ("datasets", "jsonschema-rs", "numpy", "py3langid", "pyarrow", "regex", "rensa", "sentencex")
"""What rows and their bytes depend on besides this package."""


@cache
def code_digest() -> str:
    """Return a digest of what makes files of records."""
    here = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        digest.update(f"{path.relative_to(here).as_posix()}\n".encode() + path.read_bytes())
    from pactwire.model import schema

    digest.update(strict_json.compact([schema.load_schema("annotation"), schema.load_schema("article")]).encode())
    for name in LIBRARIES:
        digest.update(f"{name}=={metadata.version(name)}\n".encode())
    return digest.hexdigest()
