"""``pactwire convert types``: the types of a corpus in another format, as a mapping to edit."""

from collections import Counter
from pathlib import Path

import typer

from pactwire.cli.convert_options import (
    ClassesOption,
    ColumnOption,
    ColumnsOption,
    FieldOption,
    InputFormat,
    InputFormatArgument,
    InputsArgument,
    PersonOption,
    TextsOption,
    TokenOption,
    reader_options,
)
from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import RepairOption, RootOption
from pactwire.cli.terminal import say, say_json, track
from pactwire.model.issues import DataError, Issue

with lazy_imports():
    from pactwire.convert import import_files, import_reader, mention_layer, type_mapping
    from pactwire.convert.formats import conll
    from pactwire.corpus import schema_file

app = typer.Typer()


@app.command(epilog="Example: `pactwire convert types brat corpus/ > types.json`")
def types(
    form: InputFormatArgument,
    inputs: InputsArgument,
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
    """Print a mapping of a corpus's types for `convert from --types`, to be edited.

    A type with the name of one of the dataset's is mapped to it; all others are mapped to null, which leaves them out.
    The number of mentions of each type goes to standard error.
    """
    if form is InputFormat.WEBANNOTATION:
        raise typer.BadParameter("its types are those of a dataset", param_hint="FORMAT")
    layer = mention_layer.mention_layer(schema_file.read_schema(root))
    issues: list[Issue] = []
    counts = Counter[str]()
    paths, _ = import_files.find_files(form.value, inputs, issues)
    conll_columns = conll.ConllColumns(tuple(column or ()), token)
    options = reader_options(conll_columns, columns, texts, field, classes, person, repair)
    for document in import_reader.read_documents(form.value, track(paths, "reading", "files"), inputs, options):
        if isinstance(document, DataError):
            issues += document.issues
        elif not document.rejected_by:
            counts.update(mention.span.type for mention in document.mentions or [] if not mention.rejected_by)
    for name, count in counts.most_common():
        say(f"{count:,} {name}", stderr=True)
    say_json(type_mapping.propose_mapping(counts, layer), pretty=True)
    for issue in issues:
        say(issue.text(), stderr=True)
    if issues and not counts:
        raise typer.Exit(1)
