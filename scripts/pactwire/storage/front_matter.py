"""The text of a card to the values of its YAML front matter, and to what stands below it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pactwire.model import escapes
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

CARD_FILE: Final = "DATASET_CARD.md"
"""The dataset's own card; what only its owner can say of the dataset stands in its front matter."""
COMPUTED_FIELDS: Final = (
    "annotations_creators", "language", "multilinguality", "size_categories", "configs", "dataset_info",
)  # fmt: skip
"""Fields of the Hub's card that follow from the data."""
TYPED_FIELDS: Final = {"license": (str, list), "pretty_name": (str,)}
"""Fields that are read for more than handing them on, with the kinds of value that they may have."""

_FRONT_MATTER: Final = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n\n*|\Z)", re.DOTALL | re.MULTILINE)


def read_card(root: Path) -> str:
    """Return the text of a dataset's own card, empty where there is none; raises DataError (not-utf8)."""
    path = root / CARD_FILE
    return files.normalize_newlines(files.decode_utf8(path.read_bytes(), CARD_FILE)) if path.is_file() else ""


def card_body(card: str) -> str:
    """Return what stands below the front matter."""
    found = _FRONT_MATTER.match(card)
    return card[found.end() :] if found else card


def parse_fields(card: str, file: str) -> dict[str, Any]:
    """Return what stands between the two lines ``---`` at the top of a card; empty where there are none.

    Raises DataError (front-matter) where that is no YAML, or no fields with their values.
    """
    if not (found := _FRONT_MATTER.match(card)):
        return {}
    import yaml  # takes long to load, and a card need not have front matter

    try:
        fields = yaml.safe_load(found[1])
    except RecursionError:
        raise _front_matter_error(file, "it is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:  # a day that does not exist is a ValueError
        mark = getattr(error, "problem_mark", None)
        raise _front_matter_error(
            file, getattr(error, "problem", None) or str(error), mark.line + 2 if mark else 1
        ) from None
    if not isinstance(fields or {}, dict) or not all(isinstance(name, str) for name in fields or {}):
        raise _front_matter_error(file, "it does not hold fields with their values")
    return fields or {}


def owner_fields(card: str) -> dict[str, Any]:
    """Return what a dataset's own card says that only its owner can say; raises DataError (front-matter)."""
    fields = parse_fields(card, CARD_FILE)
    if found := [message for text in _strings(fields) for message in escapes.control_character_messages(text)]:
        raise DataError([Issue(CARD_FILE, 1, "control-character", message) for message in found])
    for name, value in fields.items():
        if name in COMPUTED_FIELDS:
            raise _front_matter_error(CARD_FILE, f"{name} follows from the data and is not written by hand")
        if name in TYPED_FIELDS and not (
            isinstance(value, TYPED_FIELDS[name]) and all(isinstance(each, str) for each in value)
        ):
            raise _front_matter_error(CARD_FILE, f"{name} is {value!r}, which is no text")
    return fields


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in [*value, *(value.values() if isinstance(value, dict) else ())]:
            yield from _strings(each)


def _front_matter_error(file: str, message: str, line: int = 1) -> DataError:
    return DataError([Issue(file, line, "front-matter", message)])
