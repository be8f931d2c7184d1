"""``pactwire convert from`` and ``to``: other people's formats to articles and documents, and back."""

import re
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pactwire.cli.convert_options import (
    ClassesOption,
    ColumnOption,
    ColumnsOption,
    FieldOption,
    InputFormat,
    InputFormatArgument,
    InputsArgument,
    LinkOption,
    MetonymOption,
    PersonOption,
    SentencesOption,
    TextsOption,
    TokenOption,
)
from pactwire.cli.options import (
    AdoptOption,
    Format,
    IntoFolder,
    NoWaitOption,
    RepairEncoding,
    RepairOption,
    RootOption,
    print_issues,
    reading,
    report_unknown_files,
    writing,
)
from pactwire.cli.options import FormatOption as Output
from pactwire.cli.terminal import counted, say, say_json, track
from pactwire.model.records import AnnotatorKind, Status

if TYPE_CHECKING:
    from pactwire.convert.corpus_reader import ReaderOptions
    from pactwire.convert.formats.conll import ConllColumns as Tokens
    from pactwire.convert.import_conversion import ImportSettings, Repair
    from pactwire.convert.importing import ImportResult
    from pactwire.model.issues import Issue

app = typer.Typer(no_args_is_help=True)


class OutputFormat(StrEnum):
    """Formats that can be written."""

    BRAT = "brat"
    CONLL = "conll"
    SPACY = "spacy"
    GLINER = "gliner"
    WEBANNOTATION = "webannotation"


@app.callback()
def convert() -> None:
    """Take annotated corpora over from other formats, and hand ours on to them.

    What a format can't hold, and what had to be mended on the way in, is counted and named.
    """


@app.command("from", epilog="Example: `pactwire convert from brat corpus/ --out . --annotator team-a --kind human`")
def from_(
    form: InputFormatArgument,
    inputs: InputsArgument,
    out: Annotated[
        Path, typer.Option("--out", "--root", help="Folder of the dataset to add to; made if missing", file_okay=False)
    ] = Path(),
    annotator: Annotated[str | None, typer.Option(help="Pseudonym of whoever made the labels")] = None,
    kind: Annotated[
        AnnotatorKind | None, typer.Option(help="What the annotator is; human only where people decided")
    ] = None,
    into: Annotated[
        IntoFolder | None,
        typer.Option(help="Folder of annotations/, if not the annotator's own; final is what models are trained on"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the corpus; without, that of the first input")] = None,
    types: Annotated[
        Path | None,
        typer.Option(
            help='JSON of their types to ours: {"PERS": "PER", "MONEY": null, "*": null}, null for what is left out '
            "`pactwire convert types` makes one to edit",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    status: Annotated[Status, typer.Option(help="Status of the entities layer")] = Status.DRAFT,
    guidelines: Annotated[str, typer.Option(help="Version of our guidelines, if they were followed")] = "0.0",
    license_: Annotated[str, typer.Option("--license", help="What is known of the rights in the texts")] = "unknown",
    language: Annotated[str | None, typer.Option(help="ISO 639-1; without, each text's is identified")] = None,
    created: Annotated[str | None, typer.Option(help="Time of the labels, UTC; without, that of their file")] = None,
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
    report: Annotated[Path | None, typer.Option(help="JSON file to write all repairs and issues to")] = None,
    no_wait: NoWaitOption = False,
    format_: Output = Format.TEXT,
) -> None:
    """Read a corpus of others into articles and annotation documents.

    auto looks at each file and names what it was read as: Label Studio's exports (JSON, JSON-MIN), token
    classification of Hugging Face (JSONL, Parquet), spaCy (DocBin, JSON), UIMA CAS (XMI, JSON), WebAnno TSV 3,
    CoNLL-U, CoNLL-2012, and the formats with a name of their own. These are brat: .ann beside .txt; conll: CoNLL-2003
    and its kin, HIPE; table: rows of offsets parted by tabs (SlavNER, SemEval); spans: JSONL, JSON or Parquet of texts
    with lists of spans (doccano, Prodigy); webannotation: pages that `convert to` wrote, which bring their own
    annotators. The other formats need --annotator and --kind.

    Each mention's words must stand where its file says. Offsets are mended only where one place is certain
    (CRLF or BOM counted, UTF-16 units, inclusive ends, one off), and each mended mention is named. What can't be
    mended, and types that no mapping names, are issues; all else is taken. An article whose source has a line or a
    record that can't be read is not taken at all, and neither is what a field such as answer, status or
    was_cancelled says that nobody accepted; the latter is counted by that field and its value.
    """
    from pactwire.convert import corpus_reader, importing
    from pactwire.convert.formats.conll import ConllColumns as Tokens
    from pactwire.convert.type_mapping import TypeMapping
    from pactwire.model import strict_json
    from pactwire.storage import files, input_files

    corpus_name = name or inputs[0].resolve().stem
    if not re.fullmatch(r"[^/\\\x00-\x1f\ud800-\udfff.][^/\\\x00-\x1f\ud800-\udfff]{0,99}", corpus_name):
        raise typer.BadParameter(f"{corpus_name!r} can't be a file's name", param_hint="--name")
    unread: list[Issue] = []
    seen = corpus_reader.ReaderSummary()
    paths, others = corpus_reader.find_files(form.value, inputs, unread)
    for first, later in input_files.case_conflicts(corpus_reader.display_name(path, inputs) for path in paths):
        say(f"note: {first} and {later} differ only by case; on some disks they are one file", stderr=True)
    if form is InputFormat.WEBANNOTATION:
        if repair:
            raise typer.BadParameter("pages of webannotation hold no such characters", param_hint="--repair")
        with writing(out, no_wait):
            done = importing.import_pages(track(paths, "reading", "files"), inputs, out, corpus_name, license_)
    else:
        settings = _import_settings(annotator, kind, status, guidelines, license_, language, created)
        tokens = Tokens(tuple(column or ()), token, link, sentences, metonym)
        how = _reading_options(tokens, columns, texts, field, classes, person, repair)
        foreign = corpus_reader.read_documents(form.value, track(paths, "reading", "files"), inputs, how, seen)
        folder = into.value if into else settings.annotator["id"]
        with writing(out, no_wait):
            done = importing.import_mentions(foreign, out, corpus_name, folder, settings, TypeMapping(types))
    done.log.issues = list(dict.fromkeys([*unread, *done.log.issues]))
    done.log.counts["files in the folders not read, by their names"] += others
    told = {"read_as": dict(sorted(seen.formats.items())), "repaired": dict(sorted(seen.repaired.items()))}
    found = {**told, **importing.import_report(done)}
    if report is not None:
        files.write_file(report, strict_json.pretty(found))
    if format_ is Format.JSON:
        say_json(found, pretty=True)
    else:
        _print_repairs(done.log.repairs)
        _print_counts(found)
        if done.log.issues:
            print_issues(done.log.issues)
        _print_next_steps(done, out)
    if done.log.issues:
        raise typer.Exit(1)


def _print_next_steps(done: "ImportResult", out: Path) -> None:
    """Say what is left to do, with the commands that do it."""
    from pactwire.corpus.corpus import FINAL

    documents = [file for file in done.written if file.startswith("annotations/") and file.endswith(".json")]
    root = "" if out == Path() else f" --root {out}"
    if documents and not any(file.startswith(f"annotations/{FINAL}/") for file in documents):
        say("note: models are trained on annotations/final alone; --into final puts labels that are final there")
    if any(file.startswith("dataset/raw/") for file in done.written):
        say(f"next: pactwire stories --write{root}, which gives each new article its story and split")
        say(f"then: pactwire build{root}")


@app.command(epilog="Example: `pactwire convert types brat corpus/ > types.json`")
def types(
    form: InputFormatArgument,
    inputs: InputsArgument,
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

    Types that are called like ours stand beside them, the others beside null, which leaves them out. How many
    mentions each has goes to standard error.
    """
    from pactwire.convert import corpus_reader
    from pactwire.convert.formats.conll import ConllColumns as Tokens
    from pactwire.convert.type_mapping import propose_mapping
    from pactwire.model.issues import DataError

    if form is InputFormat.WEBANNOTATION:
        raise typer.BadParameter("its types are ours", param_hint="FORMAT")
    issues: list[Issue] = []
    paths, _ = corpus_reader.find_files(form.value, inputs, issues)
    how = _reading_options(Tokens(tuple(column or ()), token), columns, texts, field, classes, person, repair)
    counts = Counter[str]()
    for each in corpus_reader.read_documents(form.value, track(paths, "reading", "files"), inputs, how):
        if isinstance(each, DataError):
            issues += each.issues
        elif not each.rejected_by:
            counts.update(mention.span.type for mention in each.mentions or [] if not mention.rejected_by)
    for kind, count in counts.most_common():
        say(f"{count:,} {kind}", stderr=True)
    say_json(propose_mapping(counts), pretty=True)
    for issue in issues:
        say(issue.text(), stderr=True)
    if issues and not counts:
        raise typer.Exit(1)


def _reading_options(
    tokens: "Tokens",
    columns: str | None,
    texts: Path | None,
    field: list[str] | None,
    classes: str | None,
    person: str | None,
    repair: RepairEncoding | None,
) -> "ReaderOptions":
    """Return how to read the files; names that mean nothing are usage errors."""
    from pactwire.convert.corpus_reader import FIELD_NAMES, ReaderOptions

    fields = dict(each.partition("=")[::2] for each in field or [])
    if unknown := [name for name, called in fields.items() if name not in FIELD_NAMES or not called]:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(FIELD_NAMES)}", param_hint="--field")
    numbered = (*tokens.tags, tokens.token, tokens.link, tokens.metonym)
    if any(each and each.isdigit() and not int(each) for each in numbered):
        raise typer.BadParameter("columns are counted from 1", param_hint="--column, --token, --link, --metonym")
    return ReaderOptions(
        tokens, _split_commas(columns), texts, fields, _split_commas(classes), person, repair is not None
    )


def _split_commas(value: str | None) -> tuple[str, ...]:
    """Return the names of a list with commas between them."""
    return tuple(each.strip() for each in value.split(",")) if value else ()


def _print_counts(found: dict[str, Any]) -> None:
    from pactwire.model.escapes import quote

    for shape, count in found["read_as"].items():
        say(f"{counted(count, 'file')} read as {shape}")
    for what, count in found["repaired"].items():
        say(f"read {count:,} × {what}")
    for what, count in found["counts"].items():
        say(f"{count:,} {what}")
    for what, count in found["left_out"].items():
        example = found["examples"].get(what)
        say(f"{count:,} left out: {what}{f', as in {quote(example)}' if example else ''}")
    say(f"{counted(found['written'], 'file')} written, {found['same']:,} the same as before")


def _import_settings(
    annotator: str | None,
    kind: AnnotatorKind | None,
    status: Status,
    guidelines: str,
    license_: str,
    language: str | None,
    created: str | None,
) -> "ImportSettings":
    """Return the settings of an import; wrong ones are usage errors."""
    from pactwire.convert.import_conversion import CONVERTER, ImportSettings
    from pactwire.model import schema
    from pactwire.model.dates import date_flaw
    from pactwire.model.records import Annotator

    if annotator is None or kind is None:
        raise typer.BadParameter("name who made the labels, and what they are", param_hint="--annotator, --kind")
    who = Annotator(id=annotator, kind=kind.value, name=None, version=None)
    if annotator == CONVERTER or not schema.is_valid(who, "annotation", "annotator"):
        raise typer.BadParameter(f"{annotator!r} can't be an annotator's pseudonym", param_hint="--annotator")
    if status is Status.REVIEWED and kind is not AnnotatorKind.HUMAN:
        raise typer.BadParameter("a layer is reviewed by a person", param_hint="--status")
    if not schema.is_valid(license_, "annotation", "line"):
        raise typer.BadParameter("say on one line what is known, or leave it out", param_hint="--license")
    if language is not None and not schema.is_valid(language, "annotation", "language"):
        raise typer.BadParameter(f"{language!r} is no code of ISO 639-1", param_hint="--language")
    if not re.fullmatch(r"[0-9]+\.[0-9]+", guidelines):
        raise typer.BadParameter(f"{guidelines!r} is no version like 1.0", param_hint="--guidelines")
    if created is not None and (not schema.is_valid(created, "annotation", "time") or date_flaw(created)):
        raise typer.BadParameter(f"{created!r} is no time like 2026-01-31T12:00:00Z", param_hint="--created")
    return ImportSettings(who, status.value, guidelines, license_, language, created)


def _print_repairs(repairs: "list[Repair]") -> None:
    """Print each mended mention, those of a file that was read in another way together."""
    together: dict[tuple[str, str], list[Repair]] = {}
    for repair in repairs:
        together.setdefault((repair.file, repair.what), []).append(repair)
    for (file, what), each in together.items():
        names = ", ".join(repair.mention or f"line {repair.line}" for repair in each)
        say(f"mended: {file}:{each[0].line}: {what}: {names}")


@app.command(epilog="Example: `pactwire convert to spacy --out training/ --annotator final`")
def to(
    form: Annotated[OutputFormat, typer.Argument(help="The format to write", metavar="FORMAT")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; made if missing", file_okay=False)],
    root: RootOption = Path(),
    annotator: Annotated[str, typer.Option(help="Folder of annotations/ to convert")] = "final",
    adopt: AdoptOption = False,
    format_: Output = Format.TEXT,
) -> None:
    """Write documents as brat, CoNLL-2003, spaCy DocBin, GLiNER JSON or W3C Web Annotation.

    brat and Web Annotation hold the source text, a pair of files for each article; the others the content text,
    a file for each split. Web Annotation holds whole documents; what the others can't hold is counted.

    The folder then holds what this run says: files that an earlier one wrote and this one does not go. What was
    changed since it was written is named, and then nothing is written. What no run wrote is named, and stays.
    """
    from pactwire.convert import exporting

    with reading(root):
        done = exporting.export_documents(form.value, root, annotator, out, adopt)
    found = exporting.export_report(done)
    report_unknown_files(out, done.unmanaged)
    if format_ is Format.JSON:
        say_json(found, pretty=True)
        return
    say(f"{counted(done.documents, 'document')} with {counted(done.mentions, 'mention')}")
    for what, count in found["lost"].items():
        say(f"not in the files: {count:,} {what}")
    for what, count in found["notes"].items():
        say(f"note: {count:,} {what}")
    if done.removed:
        say(f"{counted(len(done.removed), 'file')} of an earlier export removed: {', '.join(done.removed)}")
    say(f"{counted(len(done.written), 'file')} written, {done.unchanged:,} the same as before")
