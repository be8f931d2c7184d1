"""``pactwire convert to``: documents to other formats."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pactwire.cli.convert_options import MappingOption
from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import AdoptOption, Format, FormatOption, SourceOption, reading_source, report_unknown_files
from pactwire.cli.terminal import counted, say, say_json

with lazy_imports():
    from pactwire.convert import export_result, exporting

app = typer.Typer()


class OutputFormat(StrEnum):
    """Formats that can be written."""

    BRAT = "brat"
    CONLL = "conll"
    SPACY = "spacy"
    GLINER = "gliner"
    WEBANNOTATION = "webannotation"


@app.command(epilog="Example: `pactwire convert to spacy --out training/ --annotator final`")
def to(
    form: Annotated[OutputFormat, typer.Argument(help="The format to write.", metavar="FORMAT")],
    out: Annotated[Path, typer.Option("--out", help="Output folder; created if missing.", file_okay=False)],
    root: SourceOption = ".",
    annotator: Annotated[str, typer.Option(help="Folder of annotations/ to convert.")] = "final",
    mapping: MappingOption = None,
    adopt: AdoptOption = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Write documents as brat, CoNLL-2003, spaCy DocBin, GLiNER JSON or W3C Web Annotation.

    brat and Web Annotation hold the source text, in two files per article; the others hold the content text, in one
    file per split. Web Annotation holds whole documents. What the others cannot represent, and what the mapping leaves
    out, is counted by name.

    Files from an earlier export that this one does not write are removed. If a file was changed since it was written,
    it is reported, and nothing is written. Files that no export wrote are listed and kept.
    """
    if mapping and form is OutputFormat.WEBANNOTATION:
        raise typer.BadParameter("webannotation holds whole documents as they are", param_hint="--mapping")
    with reading_source(root) as (folder, _):
        result = exporting.export_documents(form.value, folder, annotator, out, adopt, mapping)
    report = export_result.export_report(result)
    report_unknown_files(out, result.unmanaged)
    if output is Format.JSON:
        say_json(report, pretty=True)
        return
    say(f"{counted(result.documents, 'document')} with {counted(result.labels, 'label')}")
    for what, count in report["lost"].items():
        say(f"not in the files: {count:,} {what}")
    for what, count in report["notes"].items():
        say(f"note: {count:,} {what}")
    if result.removed:
        say(f"{counted(len(result.removed), 'file')} of an earlier export removed: {', '.join(result.removed)}")
    say(f"{counted(len(result.written), 'file')} written, {result.unchanged:,} unchanged")
