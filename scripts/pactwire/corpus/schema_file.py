"""The schema of a dataset: ``schema/annotation.schema.json`` in its root."""

from pathlib import Path
from typing import Any, Final

from pactwire.corpus import migration_ledger, tables
from pactwire.model import schema, strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.model.schema import AnnotationSchema
from pactwire.model.schema_flaws import schema_flaws
from pactwire.storage import files

SCHEMA_FILE: Final = "schema/annotation.schema.json"


def read_schema(root: Path) -> AnnotationSchema:
    """Return the schema of the dataset in the folder ``root``.

    Raises DataError with every issue: ``schema-missing`` if there is no such file, those of reading JSON, those of
    `schema_flaws`, and those of the ledger of migrations.
    """
    path = root / SCHEMA_FILE
    if not path.is_file():
        raise DataError([Issue(SCHEMA_FILE, 1, "schema-missing", "this folder has no schema that declares its labels")])
    text = files.read_text(path, SCHEMA_FILE)
    declaration = files.parse_json(text, SCHEMA_FILE)
    return parse_schema(declaration, text, migrations=migration_ledger.applied_ids(root))


def parse_schema(
    declaration: Any, text: str = "", file: str = SCHEMA_FILE, migrations: tuple[str, ...] = ()
) -> AnnotationSchema:
    """Return what a schema declares after some migrations; raises DataError with an issue for each flaw.

    ``text`` is that of its file, in which the lines of flaws are looked up.
    """
    if flaws := schema_flaws(declaration):
        lines = strict_json.value_lines(text) if text else {}
        raise DataError(
            [
                Issue(file, tables.line_of_path(lines, path), code, message, tables.format_path(path))
                for code, path, message in flaws
            ]
        )
    return schema.annotation_schema(strict_json.compact(declaration), migrations)
