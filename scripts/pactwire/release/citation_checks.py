"""Checks of CITATION.cff, the citation that GitHub and Zenodo show: it cites the version that is released.

The Citation File Format, version 1.2.0, has its version and date in ``version`` and ``date-released``; neither is
required, and a file of another type than ``dataset`` cites something else.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pactwire.corpus import settings
from pactwire.corpus.settings import SETTINGS_FILE
from pactwire.model.issues import Issue
from pactwire.release import changelog
from pactwire.storage import files

CITATION_FILE: Final = "CITATION.cff"


def citation_issues(root: Path) -> Iterator[Issue]:
    """Yield an issue for the version, and for the date, of CITATION.cff if it is not that of the release."""
    text = files.read_text(root / CITATION_FILE, CITATION_FILE)
    cited = _parse(text) if text else {}
    if cited is None:
        yield Issue(CITATION_FILE, 1, "release-citation", "it is not YAML with fields and their values")
        return
    if cited.get("type") != "dataset":
        return
    version = settings.read_settings(root).version
    top = changelog.parse_entries(files.read_text(root / changelog.CHANGELOG_FILE, changelog.CHANGELOG_FILE))[:1]
    dates = {entry.version: entry.date for entry in top}
    for name, wanted, place in (
        ("version", version, SETTINGS_FILE),
        ("date-released", dates.get(version, ""), changelog.CHANGELOG_FILE),
    ):
        if wanted and name in cited and str(cited[name]) != wanted:
            message = f"{name} is {cited[name]}, but {place} has {wanted}"
            yield Issue(CITATION_FILE, _line_of(text, name), "release-citation", message)


def _parse(text: str) -> dict[str, Any] | None:
    """Return the fields of the file; None if it has none."""
    import yaml  # slow to import

    try:
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a date that does not exist
        return None
    return fields if isinstance(fields, dict) else None


def _line_of(text: str, name: str) -> int:
    found = re.search(rf"^{name}[ \t]*:", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
