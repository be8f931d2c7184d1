"""The order of labels: one that a release had keeps its position, since that is its class number.

A label that is gone stays in the schema, deprecated, and new ones stand after all others.
"""

from collections.abc import Iterator
from pathlib import Path

from pactwire.corpus import tables
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import strict_json
from pactwire.model.issues import Issue
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_changes import schema_changes
from pactwire.storage import files


def order_issues(root: Path, release: str, old: AnnotationSchema, new: AnnotationSchema) -> Iterator[Issue]:
    """Yield an issue for each label that is gone, and the first of each choice that is no longer where it was.

    Args:
        root: The dataset root, in whose schema the lines are looked up.
        release: What the earlier release is called in messages.
        old: Its schema.
        new: The schema in ``root``.
    """
    lines = strict_json.value_lines(files.read_text(root / SCHEMA_FILE, SCHEMA_FILE))
    for code, path, message in schema_changes(old, new, release):
        yield Issue(SCHEMA_FILE, tables.line_of_path(lines, path), code, message)
