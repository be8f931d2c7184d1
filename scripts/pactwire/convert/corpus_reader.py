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

from pactwire.convert import (
    brat,
    conll,
    conllu,
    format_detection,
    offset_table,
    ontonotes,
    record_files,
    spacy_docs,
    span_jsonl,
    token_records,
    uima_cas,
    webanno_tsv,
)
from pactwire.convert.format_detection import Shape
from pactwire.convert.imported_document import Foreign
from pactwire.model import windows_1252
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, input_files

AUTO: Final = "auto"
_ONTONOTES: Final = (".v4_gold_conll", ".v4_auto_conll", ".v9_gold_conll", ".gold_conll")
SUFFIXES: Final[dict[str, tuple[str, ...]]] = {
    "brat": (".txt", ".ann"),
    "conll": (".conll", ".conllu", ".conll2003", ".iob", ".iob2", ".bio", ".bioes", ".tsv", ".txt", *_ONTONOTES),
    "table": (".tsv", ".tab"),
    "spans": record_files.SUFFIXES,
    "webannotation": (".txt", ".jsonld"),
}
SUFFIXES[AUTO] = (*sorted({suffix for each in SUFFIXES.values() for suffix in each}), ".xmi", ".xml", ".spacy", ".zip")
"""What the files of a format are called that are read out of a folder."""

FIELDS: Final = tuple({**span_jsonl.FIELDS, **token_records.FIELDS, "type": ()})
"""What a field of a record, or a layer's feature, can be."""

_PAIRED: Final = ("brat", "webannotation", AUTO)
"""Formats of which each file has its text beside it, or may have it."""


@dataclass(frozen=True)
class Reading:
    """How to read formats that do not say it themselves.

    ``tokens`` are the columns of CoNLL, ``columns`` and ``texts`` those of tables and the folder of their texts,
    ``fields`` how fields and layers are called, ``classes`` the names of tags by their numbers, ``person`` whose
    annotations are taken of those of several people. ``repair`` asks for remnants of Windows-1252 to be read as what
    they mean.
    """

    tokens: conll.Columns = field(default_factory=conll.Columns)
    columns: tuple[str, ...] = ()
    texts: Path | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    person: str | None = None
    repair: bool = False


@dataclass
class Seen:
    """What was seen in reading files: how many by the format they were read as, and the characters repaired in them."""

    shapes: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)


def find(form: str, inputs: Sequence[Path], issues: list[Issue]) -> tuple[list[Path], int]:
    """Return the files to read, in order, and how many files in the folders have other names.

    A named .ann or .jsonld stands for its pair; hidden files are not looked at. What can't be read is appended to
    ``issues``.
    """
    found: set[Path] = set()
    others = 0
    for path in inputs:
        if not path.is_dir():
            if flaw := input_files.flaw(path, path.name):
                issues.append(flaw)
                continue
            pair = path.with_suffix(".txt")
            found |= {path, pair} if form in _PAIRED and pair.is_file() else {path}
            continue
        for each in _visible(path, issues):
            found |= {each} if each.suffix in SUFFIXES[form] else set()
            others += each.suffix not in SUFFIXES[form]
    return sorted(found), others


def beside(path: Path, name: str, suffix: str) -> Path | None:
    """Return the file beside another one that is called so but for its suffix; None where there is none.

    Args:
        path: The other file.
        name: What issues call it: its place in the folder that was named.
        suffix: That of the file to find.

    Raises:
        DataError: Where it is there and can't be read (`pactwire.storage.input_files`).
    """
    other, inside = path.with_suffix(suffix), path.parents[len(PurePosixPath(name).parts) - 1]
    if flaw := input_files.flaw_within(other, PurePosixPath(name).with_suffix(suffix).as_posix(), [inside.resolve()]):
        raise DataError([flaw])
    return other if other.is_file() else None


def _visible(folder: Path, issues: list[Issue]) -> Iterator[Path]:
    """Yield the files in a folder that are not hidden; what can't be read is appended to ``issues``."""
    for each in input_files.files(folder, lambda path: path.relative_to(folder).as_posix()):
        if isinstance(each, Issue):
            issues.append(each)
        elif not each.name.startswith("."):
            yield each


def read(
    form: str, paths: Iterable[Path], inputs: Sequence[Path], how: Reading, seen: Seen | None = None
) -> Iterator[Foreign | DataError]:
    """Yield the articles of files of any format but Web Annotation in order, and a DataError for what can't be read.

    What there is to tell of the files is added to ``seen``.
    """
    seen = seen or Seen()
    for each in _read(form, paths, inputs, how, seen):
        yield _repaired(each, seen) if how.repair and isinstance(each, Foreign) else each


def _repaired(found: Foreign, seen: Seen) -> Foreign:
    """Return an article in whose text, and in the words of whose mentions, remnants are read as what they mean."""
    seen.repaired.update(windows_1252.replaced(found.raw))
    mentions = []
    for each in found.mentions or []:
        words = each.claimed.text and windows_1252.repaired(each.claimed.text)
        mentions.append(replace(each, claimed=replace(each.claimed, text=words)))
    raw = windows_1252.repaired(found.raw)
    return replace(found, raw=raw, mentions=None if found.mentions is None else mentions)


def _read(
    form: str, paths: Iterable[Path], inputs: Sequence[Path], how: Reading, seen: Seen
) -> Iterator[Foreign | DataError]:
    tables: list[Path] = []
    texts: list[DataError] = []
    for path in paths:
        name = called(path, inputs)
        if _is_read_with_another(form, path):
            continue
        try:
            shape, articles = _open(form, path, name, how, seen)
            seen.shapes[shape] += 1
            tables += [path] if shape is Shape.TABLE else []
            yield from articles
        except DataError as error:
            if form == AUTO and path.suffix == ".txt" and error.issues[0].code == format_detection.UNKNOWN:
                texts.append(error)
            else:
                yield error
    if tables:
        yield from _tables(tables, inputs, how)
    else:
        yield from texts


def _is_read_with_another(form: str, path: Path) -> bool:
    """Say whether a file is read together with the one beside it."""
    if path.suffix == ".ann":
        return path.with_suffix(".txt").is_file()
    return form == AUTO and path.name.lower() == uima_cas.TYPES.lower() and any(path.parent.glob("*.xmi"))


def _open(form: str, path: Path, name: str, how: Reading, seen: Seen) -> tuple[Shape, Iterable[Foreign | DataError]]:
    """Return the format of a file and its articles; raises DataError where no format is known, or another is asked."""
    if form == "table":
        return Shape.TABLE, ()
    if form == "brat" or path.suffix == ".ann" or (form == AUTO and _is_brat(path)):
        return Shape.BRAT, _standoff(path, name)
    if form == "spans" or (form == AUTO and path.suffix in record_files.SUFFIXES):
        return record_files.articles(path, name, how.fields, how.classes, how.person, _changed(path))
    data = path.read_bytes()
    if data.startswith(b"PK"):
        raise format_detection.unknown(name, "it is a zip archive; unpack it")
    if path.suffix == ".spacy":
        return Shape.DOCBIN, spacy_docs.docbin(data, name, how.fields, _changed(path))
    is_asked = form == "conll" and any(each and each.isdigit() for each in (*how.tokens.tags, how.tokens.token))
    text = files.decode(data, name, most=len(data)) if form == AUTO else data.decode("utf-8", "replace")
    shape = Shape.CONLL if is_asked else format_detection.of_text(text, name, is_table=bool(how.columns))
    if form == "conll" and shape in (None, Shape.TABLE):
        shape = Shape.CONLL
    if shape is None:
        raise format_detection.unknown(name, format_detection.first_line(text))
    if how.repair and shape is Shape.CONLL:  # its reader refuses each line with such a character
        text = files.decode(data, name, most=len(data))
        seen.repaired.update(windows_1252.replaced(text))
        data = windows_1252.repaired(text).encode()
    return shape, _lines(shape, data, path, name, how)


def _is_brat(path: Path) -> bool:
    """Say whether a text has its annotations beside it, or stands among others that have."""
    return path.suffix == ".txt" and (path.with_suffix(".ann").is_file() or any(path.parent.glob("*.ann")))


def _lines(shape: Shape, data: bytes, path: Path, name: str, how: Reading) -> Iterator[Foreign | DataError]:
    """Yield the articles of a file of lines or of XML."""
    changed = _changed(path)
    if shape is Shape.CONLL:
        yield from conll.read(data, name, how.tokens, changed)
        return
    text = files.decode(data, name, most=len(data))
    if shape is Shape.CONLLU:
        yield from conllu.read(text, name, next(iter(how.tokens.tags), None), changed)
    elif shape is Shape.ONTONOTES:
        yield from ontonotes.read(text, name, changed)
    elif shape is Shape.WEBANNO:
        yield webanno_tsv.read(text, name, how.fields, changed)
    elif shape is Shape.CAS_XMI:
        yield uima_cas.read(path, name, how.fields, changed)


def called(path: Path, inputs: Sequence[Path]) -> str:
    """Return a file's name within the folder that was named, else the file's own."""
    for each in inputs:
        if each.is_dir() and path.is_relative_to(each):
            return path.relative_to(each).as_posix()
    return path.name


def _changed(path: Path) -> str:
    """Return when a file was last changed: the only time that these formats know."""
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _standoff(path: Path, name: str) -> Iterator[Foreign]:
    """Yield the article of a text with its .ann; raises DataError (convert-no-text) for an .ann alone."""
    if path.suffix != ".txt":
        raise DataError([Issue(name, 1, "convert-no-text", f"there is no {path.with_suffix('.txt').name}")])
    text = files.decode(path.read_bytes(), name)
    annotation = beside(path, name, ".ann")
    if annotation is None:
        yield Foreign(name, name, text, None, _changed(path))
        return
    file = name.removesuffix(".txt") + ".ann"
    mentions, left, issues = brat.read(files.decode(annotation.read_bytes(), file), text, file)
    yield Foreign(name, file, text, mentions, _changed(annotation), left, issues)


# --- tables, whose texts stand elsewhere


def _tables(paths: Iterable[Path], inputs: Sequence[Path], how: Reading) -> Iterator[Foreign | DataError]:
    """Yield the articles of tables: every text with the mentions that any table has for it, then what has no text."""
    paths = list(paths)
    texts = _Texts(paths, inputs, how.texts)
    if how.texts and texts.unread:  # what stands in the inputs was named when they were found
        yield DataError(texts.unread)
    found: dict[Path, Foreign] = {}
    for path in paths:
        name = called(path, inputs)
        try:
            read = offset_table.read(files.decode(path.read_bytes(), name), name, how.columns)
        except DataError as error:
            yield error
            continue
        for of in {**read.mentions, **read.issues} or {"": None}:
            mentions, issues = read.mentions.get(of, []), read.issues.get(of, [])
            text = texts.of(of or name.rpartition(".")[0])
            if text is None or text in found:
                why = "there is no one text" if text is None else f"{found[text].file} has mentions for the text"
                line = mentions[0].line if mentions else 1
                message = f"{why} of {of or name}, and the table has {len(mentions):,} mentions for it"
                issues = [*issues, Issue(name, line, "convert-no-text", message)]
            if text is None:
                yield DataError(issues)
                continue
            about = found.setdefault(text, Foreign(texts.names[text], name, "", [], _changed(path)))
            about.mentions = [*(about.mentions or []), *mentions]
            about.issues += issues
        if found:
            next(iter(found.values())).left.absorb(read.left)
    for text, name in texts.names.items():
        if text in found or text in texts.offered:
            yield _with_text(text, found.get(text) or Foreign(name, name, "", None, _changed(text)))


def _with_text(path: Path, foreign: Foreign) -> Foreign | DataError:
    try:
        foreign.raw = files.decode(path.read_bytes(), foreign.name)
    except DataError as error:
        return error
    return foreign


class _Texts:
    """The texts that tables may be about, and how each can be called: with its folders or without, and its suffix.

    Those of a folder that was named are ``offered``: they come in even if no table is about them. Beside a table
    that was named itself, texts are only looked up.
    """

    def __init__(self, own: list[Path], inputs: Sequence[Path], folder: Path | None) -> None:
        self.names: dict[Path, str] = {}
        self.offered: set[Path] = set()
        self.unread: list[Issue] = []
        mine = set(own)
        self._called: dict[str, set[Path]] = {}
        for each in [folder] if folder else inputs:
            beside = (path for path in each.parent.glob("*.txt") if path.is_file())
            for path in sorted(_visible(each, self.unread) if each.is_dir() else beside):
                if path.suffix == ".txt" and path not in mine and path not in self.names:
                    self._add(path, path.relative_to(each if each.is_dir() else each.parent).as_posix())
                    self.offered |= {path} if each.is_dir() else set()

    def _add(self, path: Path, name: str) -> None:
        self.names[path] = name
        for each in {name, name.removesuffix(".txt"), path.name, path.name.removesuffix(".txt")}:
            self._called.setdefault(each, set()).add(path)

    def of(self, name: str) -> Path | None:
        """Return the text that alone is called so, with its folders or else without."""
        for each in (name, name.rpartition("/")[2]):
            if len(found := self._called.get(each, set())) == 1:
                return next(iter(found))
        return None
