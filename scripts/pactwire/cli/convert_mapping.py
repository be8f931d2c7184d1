"""``pactwire convert mapping``: what a format's types, attributes and relations are in a dataset, to edit."""

from collections import Counter
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pactwire.cli.convert_options import (
    ClassesOption,
    ColumnOption,
    ColumnsOption,
    FieldOption,
    PersonOption,
    TextsOption,
    TokenOption,
    reader_options,
)
from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import RepairOption, RootOption
from pactwire.cli.terminal import say, say_json, track
from pactwire.model.issues import DataError, Issue

if TYPE_CHECKING:
    from pactwire.convert.imported_document import ImportedDocument

with lazy_imports():
    from pactwire.convert import (
        attribute_values,
        corpus_mapping,
        default_mapping,
        import_files,
        import_reader,
        mapping_file,
    )
    from pactwire.convert.formats import conll
    from pactwire.corpus import schema_file

app = typer.Typer()


class MappedFormat(StrEnum):
    """Formats with a mapping: those that are read, and those that are written."""

    AUTO = "auto"
    BRAT = "brat"
    CONLL = "conll"
    TABLE = "table"
    SPANS = "spans"
    SPACY = "spacy"
    GLINER = "gliner"


_WRITTEN_ONLY = (MappedFormat.SPACY, MappedFormat.GLINER)


@app.command(epilog="Example: `pactwire convert mapping brat corpus/ > mapping.json`")
def mapping(
    form: Annotated[
        MappedFormat,
        typer.Argument(help="auto, brat, conll, table or spans; or spacy or gliner, for `to`.", metavar="FORMAT"),
    ],
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders, whose types the mapping is for.", metavar="INPUT…", exists=True),
    ] = None,
    root: RootOption = Path(),
    column: ColumnOption = None,
    token: TokenOption = None,
    columns: ColumnsOption = None,
    texts: TextsOption = None,
    field: FieldOption = None,
    classes: ClassesOption = None,
    person: PersonOption = None,
    repair: RepairOption = None,
) -> None:
    """Print a mapping for `convert from --mapping` and `convert to --mapping`, to be edited.

    It says which types, attributes and relations of a format are which layers, labels and attributes of the dataset. It
    is what both commands use if they are given none. With a corpus, it has this corpus's types, attributes and
    relations: those named like the dataset's are filled in, the others are null or empty, which leaves them out. How
    often each occurs goes to standard error.
    """
    schema = schema_file.read_schema(root)
    if not inputs:
        say_json(default_mapping.default_mapping(schema, form.value), pretty=True)
        return
    if form in _WRITTEN_ONLY:
        raise typer.BadParameter(f"{form.value} files are read as auto", param_hint="FORMAT")
    issues: list[Issue] = []
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("types", "attributes", "relations")}
    paths, _ = import_files.find_files(form.value, inputs, issues)
    conll_columns = conll.ConllColumns(tuple(column or ()), token)
    options = reader_options(conll_columns, columns, texts, field, classes, person, repair)
    labels = mapping_file.read_mapping(None, schema, form.value, reads=True)
    options = replace(options, attributes=frozenset(labels.attributes), layers=labels.layer_types)
    for document in import_reader.read_documents(form.value, track(paths, "reading", "files"), inputs, options):
        if isinstance(document, DataError):
            issues += document.issues
        elif not document.rejected_by:
            _count_names(document, counts)
    for section, names in counts.items():
        for name, count in names.most_common():
            say(f"{count:,} {name}" if section == "types" else f"{count:,} {section} {name}", stderr=True)
    say_json(corpus_mapping.corpus_mapping(schema, form.value, counts), pretty=True)
    for issue in issues:
        say(issue.text(), stderr=True)
    if issues and not counts["types"]:
        raise typer.Exit(1)


def _count_names(document: "ImportedDocument", counts: dict[str, Counter[str]]) -> None:
    """Count the types, attributes and relations of a document and of its mentions that were not rejected."""
    counts["attributes"].update([*document.properties])
    for mention in document.mentions or []:
        if not mention.rejected_by:
            counts["types"][mention.span.type] += 1
            counts["attributes"].update([*attribute_values.all_attributes(mention)])
    counts["relations"].update(relation.name for relation in document.relations)
