"""The mentions of the template for news, its mapping of other formats, and new folders with its schema."""

import shutil
from pathlib import Path
from typing import Any, Final

from pactwire.convert import entity_links, export_mentions
from pactwire.convert.export_mentions import Mention
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.label_layer import LabelLayer
from pactwire.convert.mapping import LabelMapping, mention_layer
from pactwire.convert.mapping_file import parse_mapping
from pactwire.convert.omissions import Omissions
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.release.dataset_template import TEMPLATES, Template
from pactwire.text.content import Content
from support.news import SCHEMA

MAPPING: Final[LabelMapping] = parse_mapping({}, SCHEMA, "auto")
OPTIONS: Final = ReaderOptions(attributes=frozenset(MAPPING.attributes))
_LAYER: Final = mention_layer(SCHEMA)
assert _LAYER
_MENTIONS: Final = LabelLayer(SCHEMA, _LAYER)


def with_schema(root: Path) -> Path:
    """Put the schema of the template for news into a folder, which is created if missing, and return the folder."""
    (root / SCHEMA_FILE).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(TEMPLATES / Template.NEWS / SCHEMA_FILE, root / SCHEMA_FILE)
    return root


def map_types(types: dict[str, Any]) -> LabelMapping:
    """Return a mapping with some types, and everything else by default."""
    return parse_mapping({"types": types}, SCHEMA, "auto")


def mentions_of(content: Content) -> list[Mention]:
    """Return the mentions of a document as formats of tokens have them."""
    return export_mentions.document_mentions(content, MAPPING)[_MENTIONS.layer.name]


def link_of(identifier: str) -> str | None:
    """Return the link that an identifier becomes here, None if it can't be one or is empty."""
    link, identifier = _MENTIONS.layer.links[0], entity_links.single_identifier(identifier, Omissions())
    return entity_links.fitting_link(identifier, lambda value: _MENTIONS.allows(link, value)) if identifier else None
