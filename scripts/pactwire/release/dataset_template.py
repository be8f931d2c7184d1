"""Templates of datasets: folders in ``templates``, each a valid dataset with one example article.

``common`` holds what is the same in all of them: settings, card, changelog, and what a forge reads. In its files,
placeholders such as ``$license`` stand for what is asked for.
"""

import string
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

TEMPLATES: Final = Path(__file__).with_name("templates")
_COMMON: Final = "common"
_STATE: Final = ".pactwire"


class Template(StrEnum):
    """The templates: layers to start from."""

    ENTITIES = "entities"
    CLASSES = "classes"
    QUOTES = "quotes"
    NEWS = "news"


def template_files(template: Template) -> dict[str, str]:
    """Return the schema, guidelines, example and tables of a template, by name, as they are written."""
    return _read_folder(TEMPLATES / template)


def common_files(values: Mapping[str, str]) -> dict[str, str]:
    """Return the files that all datasets have, by name, with ``values`` for the placeholders."""
    return {name: string.Template(text).substitute(values) for name, text in _read_folder(TEMPLATES / _COMMON).items()}


def _read_folder(folder: Path) -> dict[str, str]:
    names = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    return {name.as_posix(): (folder / name).read_text("utf-8") for name in names if _STATE not in name.parts}
