"""Formats that ``pactwire convert`` reads, and the options that say how files of them are to be read."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class InputFormat(StrEnum):
    """Formats that can be read; AUTO stands for all that show by their content which they are."""

    AUTO = "auto"
    BRAT = "brat"
    CONLL = "conll"
    TABLE = "table"
    SPANS = "spans"
    WEBANNOTATION = "webannotation"


InputFormatArgument = Annotated[
    InputFormat,
    typer.Argument(
        help="auto, which looks at each file, or brat, conll, table, spans, webannotation.", metavar="FORMAT"
    ),
]
InputsArgument = Annotated[list[Path], typer.Argument(help="Files or folders.", metavar="INPUT…", exists=True)]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        help="conll: a column of tags, by number or by the header's name; else the last. Several for nested. "
        "CoNLL-U: the key of MISC."
    ),
]
TokenOption = Annotated[str | None, typer.Option(help="conll: the column of the words, if not the first.")]
LinkOption = Annotated[str | None, typer.Option(help="conll: the column of the first mentions' links.")]
MetonymOption = Annotated[
    str | None, typer.Option(help="conll: the column of the links of what the first mentions stand for.")
]
SentencesOption = Annotated[
    int | None,
    typer.Option(help="conll: how many sentences an article has, in files without -DOCSTART- and the like.", min=1),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(
        help="table: what stands in each column, of file, start, end, text, type, link; _ is not read. "
        "Else the first row says it."
    ),
]
TextsOption = Annotated[
    Path | None,
    typer.Option(help="table: folder of the texts, if not beside the tables.", exists=True, file_okay=False),
]
FieldOption = Annotated[
    list[str] | None,
    typer.Option(
        help="spans and others: how the fields text, spans, id, tokens, tags, and answer, which says what was "
        "accepted, are called, as in text=content. spans is also a layer, or spaCy's group, type its feature."
    ),
]
ClassesOption = Annotated[
    str | None, typer.Option(help="Hugging Face: the tags in the order of their numbers, as in O,B-PER,I-PER.")
]
PersonOption = Annotated[
    str | None, typer.Option(help="Label Studio: whose annotations are taken, where several people made some.")
]
