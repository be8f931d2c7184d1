"""``pactwire convert from``: corpora in other formats to articles and annotation documents."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from pactwire.cli import draft_schema
from pactwire.cli.convert_options import (
    ClassesOption,
    ColumnOption,
    ColumnsOption,
    FieldOption,
    InputFormat,
    InputFormatArgument,
    InputsArgument,
    LinkOption,
    MappingOption,
    MetonymOption,
    PersonOption,
    SentencesOption,
    TextsOption,
    TokenOption,
    reader_options,
)
from pactwire.cli.lazy_imports import lazy_imports
from pactwire.cli.options import Format, FormatOption, IntoFolder, NoWaitOption, RepairOption, print_issues, writing
from pactwire.cli.terminal import counted, say, say_json, track
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.model.records import Annotator, AnnotatorKind, Status

with lazy_imports():
    from pactwire.convert import (
        import_conversion,
        import_files,
        import_log,
        import_reader,
        importing,
        mapping_file,
    )
    from pactwire.convert.formats import conll
    from pactwire.corpus import corpus, rounds, schema_file
    from pactwire.model import dates, strict_json
    from pactwire.model import schema as declared_schema
    from pactwire.storage import files, input_files

app = typer.Typer()


@app.command("from", epilog="Example: `pactwire convert from brat corpus/ --out . --annotator team-a --kind human`")
def from_(
    form: InputFormatArgument,
    inputs: InputsArgument,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "--root", help="Folder of the dataset to add to; `pactwire init` makes one.", file_okay=False
        ),
    ] = Path(),
    annotator: Annotated[str | None, typer.Option(help="Pseudonym of the annotator.")] = None,
    kind: Annotated[
        AnnotatorKind | None, typer.Option(help="What the annotator is; human only if people decided.")
    ] = None,
    into: Annotated[
        IntoFolder | None,
        typer.Option(help="Folder of annotations/; default: the annotator's own. Models are trained on final."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the corpus; default: that of the first input.")] = None,
    mapping: MappingOption = None,
    status: Annotated[Status, typer.Option(help="Status of the layers with labels.")] = Status.DRAFT,
    guidelines: Annotated[str, typer.Option(help="Version of your guidelines, if they were followed.")] = "0.0",
    license_: Annotated[str, typer.Option("--license", help="What is known about rights to the texts.")] = "unknown",
    language: Annotated[
        str | None, typer.Option(help="ISO 639-1 code; default: what the source states, or else identified.")
    ] = None,
    splits: Annotated[
        bool, typer.Option("--splits/--no-splits", help="Keep the splits that fields, folders or file names state.")
    ] = True,
    created: Annotated[
        str | None, typer.Option(help="Time of the labels, in UTC; default: that of their file.")
    ] = None,
    column: ColumnOption = None,
    token: TokenOption = None,
    link: LinkOption = None,
    metonym: MetonymOption = None,
    sentences: SentencesOption = None,
    columns: ColumnsOption = None,
    texts: TextsOption = None,
    field: FieldOption = None,
    classes: ClassesOption = None,
    person: PersonOption = None,
    repair: RepairOption = None,
    draft: Annotated[
        str | None,
        typer.Option(
            draft_schema.OPTION,
            metavar="FILE",
            help="Import nothing, and write a schema that can hold the corpus, to be edited; - is standard output.",
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="JSON file for all corrections and issues.")] = None,
    no_wait: NoWaitOption = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Import a corpus in another format as articles and annotation documents.

    auto detects the format of each file and reports it: Label Studio exports (JSON, JSON-MIN), Hugging Face token
    classification (JSONL, Parquet), spaCy (DocBin, JSON), UIMA CAS (XMI, JSON), WebAnno TSV 3, CoNLL-U, CoNLL-2012, and
    the formats with a name of their own. These are brat: .ann next to .txt; conll: CoNLL-2003 and similar formats,
    HIPE; table: tab-separated rows of offsets (SlavNER, SemEval); spans: JSONL, JSON or Parquet of texts with lists of
    spans (doccano, Prodigy); webannotation: pages written by `convert to`, which name their own annotators. All other
    formats need --annotator and --kind.

    The words of each mention must be where its file says. Offsets are corrected only if exactly one place is possible
    (CRLF or BOM counted, UTF-16 units, inclusive ends, off by one), and each corrected mention is listed. Mentions that
    cannot be corrected, and types that the mapping does not name, are issues; everything else is imported. An article
    is skipped if a line or record of its source cannot be read, or if a field such as answer, status or was_cancelled
    says that nobody accepted it. The latter are counted by field and value.
    """
    corpus_name = name or inputs[0].resolve().stem
    if not re.fullmatch(r"[^/\\\x00-\x1f\ud800-\udfff.][^/\\\x00-\x1f\ud800-\udfff]{0,99}", corpus_name):
        raise typer.BadParameter(f"{corpus_name!r} can't be a file name", param_hint="--name")
    issues: list[Issue] = []
    summary = import_reader.ReaderSummary()
    paths, unread = import_files.find_files(form.value, inputs, issues)
    for first, later in input_files.case_conflicts(import_files.display_name(path, inputs) for path in paths):
        say(f"note: {first} and {later} differ only by case; on some disks they are one file", stderr=True)
    options = reader_options(
        conll.ConllColumns(tuple(column or ()), token, link, sentences, metonym),
        columns, texts, field, classes, person, repair,
    )  # fmt: skip
    read = partial(import_reader.read_documents, form.value, track(paths, "reading", "files"), inputs)
    if draft is not None:
        draft_schema.check_target(draft)
        if form is InputFormat.WEBANNOTATION:
            raise typer.BadParameter(
                "its pages have the labels of a schema that exists", param_hint=draft_schema.OPTION
            )
        draft_schema.write_draft(read(replace(options, layers=None)), corpus_name, draft, issues)
        return
    settings = None
    if form is not InputFormat.WEBANNOTATION:
        settings = _import_settings(annotator, kind, status, guidelines, license_, language, created, splits)
    elif repair:
        raise typer.BadParameter("webannotation pages hold no such characters", param_hint="--repair")
    schema_file.read_schema(out)  # before the lock, whose file is in the folder
    with writing(out, no_wait):
        if settings is None:
            result = importing.import_pages(track(paths, "reading", "files"), inputs, out, corpus_name, license_)
        else:
            labels = mapping_file.read_mapping(mapping, schema_file.read_schema(out), form.value, reads=True)
            options = replace(options, attributes=frozenset(labels.attributes), layers=labels.layer_types)
            folder = into.value if into else settings.annotator["id"]
            result = importing.import_mentions(read(options, summary), out, corpus_name, folder, settings, labels)
    result.log.issues = list(dict.fromkeys([*issues, *result.log.issues]))
    result.log.counts["files in the folders not read, by their names"] += unread
    _report_import(result, summary, out, report, output)


def _import_settings(
    annotator: str | None,
    kind: AnnotatorKind | None,
    status: Status,
    guidelines: str,
    license_: str,
    language: str | None,
    created: str | None,
    splits: bool,
) -> "import_conversion.ImportSettings":
    """Return the settings of an import; raises a usage error for invalid ones."""
    if annotator is None or kind is None:
        raise typer.BadParameter("name the annotator and its kind", param_hint="--annotator, --kind")
    schema = declared_schema.bare_schema()
    who = Annotator(id=annotator, kind=kind.value, name=None, version=None)
    if annotator in (import_conversion.CONVERTER, *rounds.FOLDER_NAMES) or not schema.is_valid(who, "annotator"):
        raise typer.BadParameter(f"{annotator!r} can't be an annotator's pseudonym", param_hint="--annotator")
    if status is Status.REVIEWED and kind is not AnnotatorKind.HUMAN:
        raise typer.BadParameter("only a person can review a layer", param_hint="--status")
    if not schema.is_valid(license_, "line"):
        raise typer.BadParameter("say what is known, on one line, or omit it", param_hint="--license")
    if language is not None and not schema.is_valid(language, "language"):
        raise typer.BadParameter(f"{language!r} is not an ISO 639-1 code", param_hint="--language")
    if not re.fullmatch(r"[0-9]+\.[0-9]+", guidelines):
        raise typer.BadParameter(f"{guidelines!r} is not a version like 1.0", param_hint="--guidelines")
    if created is not None and (not schema.is_valid(created, "time") or dates.date_flaw(created)):
        raise typer.BadParameter(f"{created!r} is not a time like 2026-01-31T12:00:00Z", param_hint="--created")
    return import_conversion.ImportSettings(who, status.value, guidelines, license_, language, created, splits)


def _report_import(
    result: "importing.ImportResult",
    summary: "import_reader.ReaderSummary",
    out: Path,
    file: Path | None,
    output: Format,
) -> None:
    """Print what an import did, and write it to ``file``; exit with 1 if there are issues."""
    report = {
        "read_as": dict(sorted(summary.formats.items())),
        "repaired": dict(sorted(summary.repaired.items())),
        **importing.import_report(result),
    }
    if file is not None:
        files.write_file(file, strict_json.pretty(report))
    if output is Format.JSON:
        say_json(report, pretty=True)
    else:
        _print_corrections(result.log.repairs)
        _print_counts(report)
        if result.log.issues:
            print_issues(result.log.issues)
        _print_next_steps(result, out)
    if result.log.issues:
        raise typer.Exit(1)


def _print_corrections(repairs: "list[import_log.Repair]") -> None:
    """Print each corrected mention, grouped by file and correction."""
    groups: dict[tuple[str, str], list[import_log.Repair]] = {}
    for repair in repairs:
        groups.setdefault((repair.file, repair.what), []).append(repair)
    for (file, what), group in groups.items():
        names = ", ".join(repair.mention or f"line {repair.line}" for repair in group)
        say(f"corrected: {file}:{group[0].line}: {what}: {names}")


def _print_counts(report: dict[str, Any]) -> None:
    for name, count in report["read_as"].items():
        say(f"{counted(count, 'file')} read as {name}")
    for what, count in report["repaired"].items():
        say(f"read {count:,} × {what}")
    for what, count in report["counts"].items():
        say(f"{count:,} {what}")
    for what, count in report["left_out"].items():
        example = report["examples"].get(what)
        say(f"{count:,} left out: {what}{f', as in {quote(example)}' if example else ''}")
    say(f"{counted(report['written'], 'file')} written, {report['same']:,} unchanged")


def _print_next_steps(result: "importing.ImportResult", out: Path) -> None:
    """Print the commands to run next."""
    documents = [file for file in result.written if file.startswith("annotations/") and file.endswith(".json")]
    root = "" if out == Path() else f" --root {out}"
    if documents and not any(file.startswith(f"annotations/{corpus.FINAL}/") for file in documents):
        say("note: models are trained only on annotations/final; use --into final for labels that are final")
    if any(file.startswith("dataset/raw/") for file in result.written):
        splits = result.log.source_splits.values()
        all_have_splits = bool(splits) and all(splits)
        if not all_have_splits:
            say(f"next: pactwire stories --write{root}, which gives each new article its story and split")
        say(f"{'next' if all_have_splits else 'then'}: pactwire build{root}")
