"""What ``pactwire convert from`` and ``mapping`` share: the formats they read, and the options that say how."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import RepairEncoding

with lazy_imports():
    from pactwire.convert import import_options, json_records
    from pactwire.convert.formats import conll


class InputFormat(StrEnum):
    """Formats that can be read; AUTO stands for all formats that can be recognized by their content."""

    AUTO = "auto"
    BRAT = "brat"
    CONLL = "conll"
    TABLE = "table"
    SPANS = "spans"
    WEBANNOTATION = "webannotation"


InputFormatArgument = Annotated[
    InputFormat,
    typer.Argument(
        help="auto, which detects the format of each file; or brat, conll, table, spans, webannotation.",
        metavar="FORMAT",
    ),
]
InputsArgument = Annotated[list[Path], typer.Argument(help="Files or folders.", metavar="INPUT…", exists=True)]
MappingOption = Annotated[
    Path | None,
    typer.Option(
        help="JSON that says which types, attributes and relations of the format are which layers, labels and "
        "attributes of the dataset; default: what `pactwire convert mapping FORMAT` prints.",
        exists=True,
        dir_okay=False,
    ),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        help="conll: a column of tags, by number or header name; default: the last. Repeat it for nested mentions. "
        "CoNLL-U: the key in MISC."
    ),
]
TokenOption = Annotated[str | None, typer.Option(help="conll: the column of tokens; default: the first.")]
LinkOption = Annotated[
    str | None, typer.Option(help="conll: the column with links of the mentions in the first tag column.")
]
MetonymOption = Annotated[
    str | None, typer.Option(help="conll: the column with links of what those mentions stand for.")
]
SentencesOption = Annotated[
    int | None,
    typer.Option(help="conll: sentences per article, for files without -DOCSTART- or a similar marker.", min=1),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(
        help="table: the names of the columns: file, start, end, text, type, link, and _ for one to ignore. "
        "Default: the first row has them."
    ),
]
TextsOption = Annotated[
    Path | None,
    typer.Option(help="table: the folder of the texts; default: that of the table.", exists=True, file_okay=False),
]
FieldOption = Annotated[
    list[str] | None,
    typer.Option(
        help="spans and others: the name of a field, as in text=content. Fields are text, spans, id, tokens, tags, and "
        "answer, which says whether a record was accepted. spans may also name a layer or a spaCy span group, and type "
        "a feature."
    ),
]
ClassesOption = Annotated[
    str | None, typer.Option(help="Hugging Face: the tags in the order of their numbers, as in O,B-PER,I-PER.")
]
PersonOption = Annotated[
    str | None, typer.Option(help="Label Studio: whose annotations to import if several people annotated a task.")
]


def reader_options(
    tokens: "conll.ConllColumns",
    columns: str | None,
    texts: Path | None,
    field: list[str] | None,
    classes: str | None,
    person: str | None,
    repair: RepairEncoding | None,
) -> "import_options.ReaderOptions":
    """Return how to read the files; raises a usage error for unknown fields and columns."""
    known = json_records.FIELD_NAMES
    fields = dict(each.partition("=")[::2] for each in field or [])
    if unknown := [name for name, value in fields.items() if name not in known or not value]:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(known)}", param_hint="--field")
    numbered = (*tokens.tags, tokens.token, tokens.link, tokens.metonym)
    if any(column and column.isdigit() and not int(column) for column in numbered):
        raise typer.BadParameter("columns are counted from 1", param_hint="--column, --token, --link, --metonym")
    return import_options.ReaderOptions(
        tokens, _split_commas(columns), texts, fields, _split_commas(classes), person, repair is not None
    )


def _split_commas(value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",")) if value else ()
