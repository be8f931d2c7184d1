"""Files of a foreign corpus on disk to the articles they hold, each by the format that its content shows.

The formats that do not say it themselves are told how to be read: the columns of CoNLL and of tables, where the texts
of tables stand, how the fields of records are called, what the numbers of tags mean, whose annotations are taken.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from pactwire.convert import format_detection, record_files
from pactwire.convert.format_detection import FileFormat
from pactwire.convert.formats import (
    brat,
    conll,
    conllu,
    offset_table,
    ontonotes,
    spacy_documents,
    span_records,
    token_records,
    uima_cas,
    webanno_tsv,
)
from pactwire.convert.imported_document import ImportedDocument
from pactwire.model import windows_1252
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, input_files

AUTO: Final = "auto"
_ONTONOTES_SUFFIXES: Final = (".v4_gold_conll", ".v4_auto_conll", ".v9_gold_conll", ".gold_conll")
SUFFIXES: Final[dict[str, tuple[str, ...]]] = {
    "brat": (".txt", ".ann"),
    "conll": (
        ".conll",
        ".conllu",
        ".conll2003",
        ".iob",
        ".iob2",
        ".bio",
        ".bioes",
        ".tsv",
        ".txt",
        *_ONTONOTES_SUFFIXES,
    ),
    "table": (".tsv", ".tab"),
    "spans": record_files.SUFFIXES,
    "webannotation": (".txt", ".jsonld"),
}
SUFFIXES[AUTO] = (*sorted({suffix for each in SUFFIXES.values() for suffix in each}), ".xmi", ".xml", ".spacy", ".zip")
"""What the files of a format are called that are read out of a folder."""

FIELD_NAMES: Final = tuple({**span_records.RECORD_FIELDS, **token_records.RECORD_FIELDS, "type": ()})
"""What a field of a record, or a layer's feature, can be."""

_FORMATS_WITH_TEXT_FILES: Final = ("brat", "webannotation", AUTO)
"""Formats of which each file has its text beside it, or may have it."""


@dataclass(frozen=True)
class ReaderOptions:
    """How to read formats that do not say it themselves.

    ``tokens`` are the columns of CoNLL, ``columns`` and ``texts`` those of tables and the folder of their texts,
    ``fields`` how fields and layers are called, ``classes`` the names of tags by their numbers, ``person`` whose
    annotations are taken of those of several people. ``repair`` asks for remnants of Windows-1252 to be read as what
    they mean.
    """

    conll_columns: conll.ConllColumns = field(default_factory=conll.ConllColumns)
    table_columns: tuple[str, ...] = ()
    text_folder: Path | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    class_names: tuple[str, ...] = ()
    person: str | None = None
    repair: bool = False


@dataclass
class ReaderSummary:
    """What was seen in reading files: how many by the format they were read as, and the characters repaired in them."""

    formats: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)


def find_files(form: str, inputs: Sequence[Path], issues: list[Issue]) -> tuple[list[Path], int]:
    """Return the files to read, in order, and how many files in the folders have other names.

    A named .ann or .jsonld stands for its pair; hidden files are not looked at. What can't be read is appended to
    ``issues``.
    """
    found: set[Path] = set()
    others = 0
    for path in inputs:
        if not path.is_dir():
            if flaw := input_files.named_path_issue(path, path.name):
                issues.append(flaw)
                continue
            pair = path.with_suffix(".txt")
            found |= {path, pair} if form in _FORMATS_WITH_TEXT_FILES and pair.is_file() else {path}
            continue
        for each in _visible_files(path, issues):
            found |= {each} if each.suffix in SUFFIXES[form] else set()
            others += each.suffix not in SUFFIXES[form]
    return sorted(found), others


def companion_file(path: Path, name: str, suffix: str) -> Path | None:
    """Return the file beside another one that is called so but for its suffix; None where there is none.

    Args:
        path: The other file.
        name: What issues call it: its place in the folder that was named.
        suffix: That of the file to find.

    Raises:
        DataError: Where it is there and can't be read (`pactwire.storage.input_files`).
    """
    other, inside = path.with_suffix(suffix), path.parents[len(PurePosixPath(name).parts) - 1]
    if flaw := input_files.found_path_issue(
        other, PurePosixPath(name).with_suffix(suffix).as_posix(), [inside.resolve()]
    ):
        raise DataError([flaw])
    return other if other.is_file() else None


def _visible_files(folder: Path, issues: list[Issue]) -> Iterator[Path]:
    """Yield the files in a folder that are not hidden; what can't be read is appended to ``issues``."""
    for each in input_files.list_files(folder, lambda path: path.relative_to(folder).as_posix()):
        if isinstance(each, Issue):
            issues.append(each)
        elif not each.name.startswith("."):
            yield each


def read_documents(
    form: str, paths: Iterable[Path], inputs: Sequence[Path], how: ReaderOptions, seen: ReaderSummary | None = None
) -> Iterator[ImportedDocument | DataError]:
    """Yield the articles of files of any format but Web Annotation in order, and a DataError for what can't be read.

    What there is to tell of the files is added to ``seen``.
    """
    seen = seen or ReaderSummary()
    for each in _read_files(form, paths, inputs, how, seen):
        yield _with_repaired_text(each, seen) if how.repair and isinstance(each, ImportedDocument) else each


def _with_repaired_text(found: ImportedDocument, seen: ReaderSummary) -> ImportedDocument:
    """Return an article in whose text, and in the words of whose mentions, remnants are read as what they mean."""
    seen.repaired.update(windows_1252.count_repairs(found.raw))
    mentions = []
    for each in found.mentions or []:
        words = each.span.text and windows_1252.repair(each.span.text)
        mentions.append(replace(each, span=replace(each.span, text=words)))
    raw = windows_1252.repair(found.raw)
    return replace(found, raw=raw, mentions=None if found.mentions is None else mentions)


def _read_files(
    form: str, paths: Iterable[Path], inputs: Sequence[Path], how: ReaderOptions, seen: ReaderSummary
) -> Iterator[ImportedDocument | DataError]:
    tables: list[Path] = []
    texts: list[DataError] = []
    for path in paths:
        name = display_name(path, inputs)
        if _is_companion(form, path):
            continue
        try:
            shape, articles = _open_file(form, path, name, how, seen)
            seen.formats[shape] += 1
            tables += [path] if shape is FileFormat.TABLE else []
            yield from articles
        except DataError as error:
            if form == AUTO and path.suffix == ".txt" and error.issues[0].code == format_detection.UNKNOWN_FORMAT:
                texts.append(error)
            else:
                yield error
    if tables:
        yield from _read_tables(tables, inputs, how)
    else:
        yield from texts


def _is_companion(form: str, path: Path) -> bool:
    """Say whether a file is read together with the one beside it."""
    if path.suffix == ".ann":
        return path.with_suffix(".txt").is_file()
    return form == AUTO and path.name.lower() == uima_cas.TYPE_SYSTEM_FILE.lower() and any(path.parent.glob("*.xmi"))


def _open_file(
    form: str, path: Path, name: str, how: ReaderOptions, seen: ReaderSummary
) -> tuple[FileFormat, Iterable[ImportedDocument | DataError]]:
    """Return the format of a file and its articles; raises DataError where no format is known, or another is asked."""
    if form == "table":
        return FileFormat.TABLE, ()
    if form == "brat" or path.suffix == ".ann" or (form == AUTO and _has_brat_annotations(path)):
        return FileFormat.BRAT, _read_brat(path, name)
    if form == "spans" or (form == AUTO and path.suffix in record_files.SUFFIXES):
        return record_files.read_documents(path, name, how.fields, how.class_names, how.person, _modified_time(path))
    data = path.read_bytes()
    if data.startswith(b"PK"):
        raise format_detection.unknown_format(name, "it is a zip archive; unpack it")
    if path.suffix == ".spacy":
        return FileFormat.DOCBIN, spacy_documents.read_docbin(data, name, how.fields, _modified_time(path))
    is_asked = form == "conll" and any(
        each and each.isdigit() for each in (*how.conll_columns.tags, how.conll_columns.token)
    )
    text = files.decode_utf8(data, name, most=len(data)) if form == AUTO else data.decode("utf-8", "replace")
    shape = FileFormat.CONLL if is_asked else format_detection.detect_text(text, name, is_table=bool(how.table_columns))
    if form == "conll" and shape in (None, FileFormat.TABLE):
        shape = FileFormat.CONLL
    if shape is None:
        raise format_detection.unknown_format(name, format_detection.describe_first_line(text))
    if how.repair and shape is FileFormat.CONLL:  # its reader refuses each line with such a character
        text = files.decode_utf8(data, name, most=len(data))
        seen.repaired.update(windows_1252.count_repairs(text))
        data = windows_1252.repair(text).encode()
    return shape, _read_text_format(shape, data, path, name, how)


def _has_brat_annotations(path: Path) -> bool:
    """Say whether a text has its annotations beside it, or stands among others that have."""
    return path.suffix == ".txt" and (path.with_suffix(".ann").is_file() or any(path.parent.glob("*.ann")))


def _read_text_format(
    shape: FileFormat, data: bytes, path: Path, name: str, how: ReaderOptions
) -> Iterator[ImportedDocument | DataError]:
    """Yield the articles of a file of lines or of XML."""
    changed = _modified_time(path)
    if shape is FileFormat.CONLL:
        yield from conll.read_documents(data, name, how.conll_columns, changed)
        return
    text = files.decode_utf8(data, name, most=len(data))
    if shape is FileFormat.CONLLU:
        yield from conllu.read_documents(text, name, next(iter(how.conll_columns.tags), None), changed)
    elif shape is FileFormat.ONTONOTES:
        yield from ontonotes.read_documents(text, name, changed)
    elif shape is FileFormat.WEBANNO:
        yield webanno_tsv.read_document(text, name, how.fields, changed)
    elif shape is FileFormat.CAS_XMI:
        yield uima_cas.read_document(path, name, how.fields, changed)


def display_name(path: Path, inputs: Sequence[Path]) -> str:
    """Return a file's name within the folder that was named, else the file's own."""
    for each in inputs:
        if each.is_dir() and path.is_relative_to(each):
            return path.relative_to(each).as_posix()
    return path.name


def _modified_time(path: Path) -> str:
    """Return when a file was last changed: the only time that these formats know."""
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_brat(path: Path, name: str) -> Iterator[ImportedDocument]:
    """Yield the article of a text with its .ann; raises DataError (convert-no-text) for an .ann alone."""
    if path.suffix != ".txt":
        raise DataError([Issue(name, 1, "convert-no-text", f"there is no {path.with_suffix('.txt').name}")])
    text = files.decode_utf8(path.read_bytes(), name)
    annotation = companion_file(path, name, ".ann")
    if annotation is None:
        yield ImportedDocument(name, name, text, None, _modified_time(path))
        return
    file = name.removesuffix(".txt") + ".ann"
    mentions, left, issues = brat.parse_annotations(files.decode_utf8(annotation.read_bytes(), file), text, file)
    yield ImportedDocument(name, file, text, mentions, _modified_time(annotation), left, issues)


# --- tables, whose texts stand elsewhere


def _read_tables(
    paths: Iterable[Path], inputs: Sequence[Path], how: ReaderOptions
) -> Iterator[ImportedDocument | DataError]:
    """Yield the articles of tables: every text with the mentions that any table has for it, then what has no text."""
    paths = list(paths)
    texts = _TextIndex(paths, inputs, how.text_folder)
    if how.text_folder and texts.issues:  # what stands in the inputs was named when they were found
        yield DataError(texts.issues)
    found: dict[Path, ImportedDocument] = {}
    for path in paths:
        name = display_name(path, inputs)
        try:
            read = offset_table.parse_table(files.decode_utf8(path.read_bytes(), name), name, how.table_columns)
        except DataError as error:
            yield error
            continue
        for of in {**read.mentions, **read.issues} or {"": None}:
            mentions, issues = read.mentions.get(of, []), read.issues.get(of, [])
            text = texts.find_text(of or name.rpartition(".")[0])
            if text is None or text in found:
                why = "there is no one text" if text is None else f"{found[text].file} has mentions for the text"
                line = mentions[0].line if mentions else 1
                message = f"{why} of {of or name}, and the table has {len(mentions):,} mentions for it"
                issues = [*issues, Issue(name, line, "convert-no-text", message)]
            if text is None:
                yield DataError(issues)
                continue
            about = found.setdefault(text, ImportedDocument(texts.names[text], name, "", [], _modified_time(path)))
            about.mentions = [*(about.mentions or []), *mentions]
            about.issues += issues
        if found:
            next(iter(found.values())).omitted.merge(read.omitted)
    for text, name in texts.names.items():
        if text in found or text in texts.from_folders:
            yield _with_text(text, found.get(text) or ImportedDocument(name, name, "", None, _modified_time(text)))


def _with_text(path: Path, foreign: ImportedDocument) -> ImportedDocument | DataError:
    try:
        foreign.raw = files.decode_utf8(path.read_bytes(), foreign.name)
    except DataError as error:
        return error
    return foreign


class _TextIndex:
    """The texts that tables may be about, and how each can be called: with its folders or without, and its suffix.

    Those of a folder that was named are ``offered``: they come in even if no table is about them. Beside a table
    that was named itself, texts are only looked up.
    """

    def __init__(self, own: list[Path], inputs: Sequence[Path], folder: Path | None) -> None:
        self.names: dict[Path, str] = {}
        self.from_folders: set[Path] = set()
        self.issues: list[Issue] = []
        mine = set(own)
        self._called: dict[str, set[Path]] = {}
        for each in [folder] if folder else inputs:
            beside = (path for path in each.parent.glob("*.txt") if path.is_file())
            for path in sorted(_visible_files(each, self.issues) if each.is_dir() else beside):
                if path.suffix == ".txt" and path not in mine and path not in self.names:
                    self._add(path, path.relative_to(each if each.is_dir() else each.parent).as_posix())
                    self.from_folders |= {path} if each.is_dir() else set()

    def _add(self, path: Path, name: str) -> None:
        self.names[path] = name
        for each in {name, name.removesuffix(".txt"), path.name, path.name.removesuffix(".txt")}:
            self._called.setdefault(each, set()).add(path)

    def find_text(self, name: str) -> Path | None:
        """Return the text that alone is called so, with its folders or else without."""
        for each in (name, name.rpartition("/")[2]):
            if len(found := self._called.get(each, set())) == 1:
                return next(iter(found))
        return None
