"""The mentions of this repository's dataset, and new folders with its schema."""

import shutil
from pathlib import Path
from typing import Final

from pactwire.convert import entity_links
from pactwire.convert.mention_layer import MentionLayer, mention_layer
from pactwire.corpus.schema_file import SCHEMA_FILE
from support.news import SCHEMA

MENTIONS: Final[MentionLayer] = mention_layer(SCHEMA)


def with_schema(root: Path) -> Path:
    """Put this repository's schema into a folder, which is created if missing, and return the folder."""
    (root / SCHEMA_FILE).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).parents[2] / SCHEMA_FILE, root / SCHEMA_FILE)
    return root


def link_of(identifier: str) -> str | None:
    """Return the link that an identifier becomes here, None if it can't be one or is empty."""
    link = MENTIONS.link
    assert link
    return entity_links.fitting_link(identifier, lambda value: MENTIONS.allows(link, value)) if identifier else None
