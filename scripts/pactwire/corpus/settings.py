"""A dataset's own settings in ``pactwire.toml``: for now the id by which it is told from every other dataset.

The id is a UUID, drawn at random the first time that one is needed. All clones of a dataset share it, so the file is
committed. Keys that are not known here are left as they are.
"""

import re
import uuid
from pathlib import Path
from typing import Any, Final

from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

SETTINGS_FILE: Final = "pactwire.toml"

_TEMPLATE: Final = """\
# Settings of this dataset. The id tells it from all others; copies that are to become other datasets have none.
"""


def dataset_id(root: Path) -> str:
    """Return the dataset's id, empty where none was drawn yet; raises DataError (not-utf8, not-toml, settings)."""
    path = root / SETTINGS_FILE
    if not path.is_file():
        return ""
    settings = files.read_toml(path, SETTINGS_FILE)
    dataset = settings.get("dataset", {})
    if not isinstance(dataset, dict):
        raise _settings_error(path, "dataset", "dataset is no table")
    given = dataset.get("id", "")
    if "id" in dataset and not _is_uuid(given):
        raise _settings_error(path, "id", f"{given!r} is no id of a dataset; Pactwire draws UUIDs")
    return str(given)


def draw_id(root: Path) -> str:
    """Write a new id into ``pactwire.toml``, which has none, and return it; all else in the file stays."""
    import tomlkit

    path = root / SETTINGS_FILE
    document = tomlkit.parse(path.read_bytes().decode() if path.is_file() else _TEMPLATE)
    drawn = str(uuid.uuid4())
    document.setdefault("dataset", tomlkit.table())["id"] = drawn
    files.write_file(path, tomlkit.dumps(document))
    return drawn


def _is_uuid(value: Any) -> bool:
    try:
        return bool(str(uuid.UUID(value)) == value)
    except (ValueError, TypeError, AttributeError):
        return False


def _settings_error(path: Path, key: str, message: str) -> DataError:
    """Return an issue at the line on which a key stands."""
    text = path.read_text(encoding="utf-8")
    found = re.search(rf"^\s*\[?\s*(dataset\s*\.\s*)?{key}\b", text, re.MULTILINE)
    return DataError(
        [Issue(SETTINGS_FILE, text.count("\n", 0, found.start()) + 1 if found else 1, "settings", message)]
    )
