"""``pactwire convert from --draft-schema``: a schema that can hold a corpus in another format, to be edited."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import typer

from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.terminal import say, say_json
from pactwire.model.issues import DataError, Issue

with lazy_imports():
    from pactwire.convert import corpus_profile, imported_document, schema_draft
    from pactwire.corpus import schema_file
    from pactwire.model import strict_json
    from pactwire.storage import files

STANDARD_OUTPUT: Final = "-"
OPTION: Final = "--draft-schema"


def check_target(target: str) -> None:
    """Raise a usage error for a file that exists: a schema that was edited is never overwritten."""
    if target != STANDARD_OUTPUT and Path(target).exists():
        message = f"{target} exists and is not overwritten; name another file, or - for standard output"
        raise typer.BadParameter(message, param_hint=OPTION)


def write_draft(
    documents: "Iterable[imported_document.ImportedDocument | DataError]", corpus: str, target: str, issues: list[Issue]
) -> None:
    """Draft the schema of a corpus and write it; exit with 1 if a file or record can't be read.

    Args:
        documents: The documents, and errors for what could not be read.
        corpus: The name of the corpus.
        target: The file to write, or - for standard output.
        issues: Those of finding the files.

    Raises:
        DataError: Nothing is written, since the corpus holds nothing (convert-empty), or types that can't be labels
            (convert-draft).
    """
    profile = corpus_profile.CorpusProfile()
    for document in documents:
        issues += document.issues
        if not isinstance(document, DataError):
            profile.add(document)
    try:
        draft = schema_draft.draft_schema(profile, corpus)
    except DataError as error:
        raise DataError([*issues, *error.issues]) from None
    if target == STANDARD_OUTPUT:
        say_json(draft, pretty=True)
    else:
        files.write_file(Path(target), strict_json.pretty(draft))
        say(f"{target}: a draft, which defines nothing: edit titles and descriptions, and remove what you don't need")
        if not Path(target).as_posix().endswith(schema_file.SCHEMA_FILE):
            say(f"then put it into {schema_file.SCHEMA_FILE} of a dataset's root")
        say(f"next: run the command without {OPTION}, with --annotator and --kind")
    for issue in issues:
        say(issue.text(), stderr=True)
    if issues:
        raise typer.Exit(1)
