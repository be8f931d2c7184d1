"""The YAML front matter of a dataset's card, and the Markdown below it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pactwire.model import escapes
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

CARD_FILE: Final = "DATASET_CARD.md"
"""The dataset's own card; its front matter holds what only the owner of the dataset can decide."""
COMPUTED_FIELDS: Final = (
    "annotations_creators", "language", "multilinguality", "size_categories", "configs", "dataset_info",
)  # fmt: skip
"""Fields of the Hub's card that are computed from the data."""
TYPED_FIELDS: Final = {"license": (str, list), "pretty_name": (str,)}
"""Fields that the package itself uses, with the types that they may have."""

_FRONT_MATTER: Final = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n\n*|\Z)", re.DOTALL | re.MULTILINE)


def read_card(root: Path) -> str:
    """Return the text of a dataset's own card, empty if it is missing; raises DataError (not-utf8)."""
    path = root / CARD_FILE
    return files.normalize_newlines(files.decode_utf8(path.read_bytes(), CARD_FILE)) if path.is_file() else ""


def card_body(card: str) -> str:
    """Return what is below the front matter."""
    match = _FRONT_MATTER.match(card)
    return card[match.end() :] if match else card


def parse_fields(card: str, file: str) -> dict[str, Any]:
    """Return the fields between the two lines ``---`` at the top of a card; empty if it has none.

    Raises DataError (front-matter) if they are not YAML, or not fields with their values.
    """
    if not (match := _FRONT_MATTER.match(card)):
        return {}
    import yaml  # slow to import, and a card need not have front matter

    try:
        fields = yaml.safe_load(match[1])
    except RecursionError:
        raise _front_matter_error(file, "it is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that does not exist
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or str(error)
        raise _front_matter_error(file, message, mark.line + 2 if mark else 1) from None
    if not isinstance(fields or {}, dict) or not all(isinstance(name, str) for name in fields or {}):
        raise _front_matter_error(file, "it does not hold fields with their values")
    return fields or {}


def owner_fields(card: str) -> dict[str, Any]:
    """Return the fields of a dataset's own card; raises DataError (front-matter, control-character)."""
    fields = parse_fields(card, CARD_FILE)
    if messages := [message for text in _strings(fields) for message in escapes.control_character_messages(text)]:
        raise DataError([Issue(CARD_FILE, 1, "control-character", message) for message in messages])
    for name, value in fields.items():
        if name in COMPUTED_FIELDS:
            raise _front_matter_error(CARD_FILE, f"{name} is computed from the data and can't be set by hand")
        if name in TYPED_FIELDS and not (
            isinstance(value, TYPED_FIELDS[name]) and all(isinstance(item, str) for item in value)
        ):
            raise _front_matter_error(CARD_FILE, f"{name} is {value!r}, which is not text")
    return fields


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in [*value, *(value.values() if isinstance(value, dict) else ())]:
            yield from _strings(item)


def _front_matter_error(file: str, message: str, line: int = 1) -> DataError:
    return DataError([Issue(file, line, "front-matter", message)])
