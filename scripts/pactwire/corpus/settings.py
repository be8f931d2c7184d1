"""Settings of a dataset in ``pactwire.toml``: for now, the id that tells it from all other datasets.

The id is a UUID, drawn at random when one is first needed. All clones of a dataset share it, so the file is committed.
Unknown keys are left as they are.
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
    """Return the dataset's id, or "" if none was drawn yet; raises DataError (not-utf8, not-toml, settings)."""
    path = root / SETTINGS_FILE
    if not path.is_file():
        return ""
    settings = files.read_toml(path, SETTINGS_FILE)
    dataset = settings.get("dataset", {})
    if not isinstance(dataset, dict):
        raise _settings_error(path, "dataset", "dataset is not a table")
    given = dataset.get("id", "")
    if "id" in dataset and not _is_uuid(given):
        raise _settings_error(path, "id", f"{given!r} is not a dataset id; Pactwire draws UUIDs")
    return str(given)


def draw_id(root: Path) -> str:
    """Write a new id into ``pactwire.toml``, which must have none, and return it; the rest of the file is kept."""
    import tomlkit

    path = root / SETTINGS_FILE
    document = tomlkit.parse(path.read_bytes().decode() if path.is_file() else _TEMPLATE)
    new_id = str(uuid.uuid4())
    document.setdefault("dataset", tomlkit.table())["id"] = new_id
    files.write_file(path, tomlkit.dumps(document))
    return new_id


def _is_uuid(value: Any) -> bool:
    try:
        return bool(str(uuid.UUID(value)) == value)
    except (ValueError, TypeError, AttributeError):
        return False


def _settings_error(path: Path, key: str, message: str) -> DataError:
    """Return an error at the line of a key, or at line 1."""
    text = path.read_text(encoding="utf-8")
    match = re.search(rf"^\s*\[?\s*(dataset\s*\.\s*)?{key}\b", text, re.MULTILINE)
    line = text.count("\n", 0, match.start()) + 1 if match else 1
    return DataError([Issue(SETTINGS_FILE, line, "settings", message)])
