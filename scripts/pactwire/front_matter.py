"""The text of a card to the values of its YAML front matter."""

from typing import Any

import yaml


def read(card: str) -> dict[str, Any]:
    """Return what stands between the two lines ``---`` at the top of a card; empty where there are none."""
    parts = card.split("---\n", 2)
    found = yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0] else None
    return found if isinstance(found, dict) else {}
