"""Files of a foreign corpus on disk to the articles they hold, format by format.

The formats that do not say it themselves are told how to be read: the columns of CoNLL and of tables, where the texts
of tables stand, how the fields of records are called.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pactwire import files, folders, jsonl
from pactwire.convert import brat, conll, spans, table
from pactwire.convert.foreign import Foreign
from pactwire.issues import DataError, Issue

SUFFIXES: Final = {
    "brat": (".txt", ".ann"),
    "conll": (".conll", ".conllu", ".conll2003", ".iob", ".iob2", ".bio", ".bioes", ".tsv", ".txt"),
    "table": (".tsv", ".tab"),
    "spans": (".jsonl", ".zst", ".json", ".parquet"),
    "webannotation": (".txt", ".jsonld"),
}
"""What the files of a format are called that are read out of a folder."""

_PAIRED: Final = ("brat", "webannotation")
"""Formats of which each file has its text beside it."""


@dataclass(frozen=True)
class Reading:
    """How to read formats that do not say it themselves: columns of CoNLL, columns and texts of tables, fields."""

    tokens: conll.Columns = field(default_factory=conll.Columns)
    columns: tuple[str, ...] = ()
    texts: Path | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


def find(form: str, inputs: Sequence[Path], issues: list[Issue]) -> tuple[list[Path], int]:
    """Return the files to read, in order, and how many files in the folders have other names.

    A named .ann or .jsonld stands for its pair; hidden files are not looked at. What can't be read is appended to
    ``issues``.
    """
    found: set[Path] = set()
    others = 0
    for path in inputs:
        if not path.is_dir():
            if flaw := folders.flaw(path, path.name):
                issues.append(flaw)
                continue
            pair = path.with_suffix(".txt")
            found |= {path, pair} if form in _PAIRED and pair.is_file() else {path}
            continue
        for each in _visible(path, issues):
            found |= {each} if each.suffix in SUFFIXES[form] else set()
            others += each.suffix not in SUFFIXES[form]
    return sorted(found), others


def _visible(folder: Path, issues: list[Issue]) -> Iterator[Path]:
    """Yield the files in a folder that are not hidden; what can't be read is appended to ``issues``."""
    for each in folders.files(folder, lambda path: path.relative_to(folder).as_posix()):
        if isinstance(each, Issue):
            issues.append(each)
        elif not each.name.startswith("."):
            yield each


def read(form: str, paths: Iterable[Path], inputs: Sequence[Path], how: Reading) -> Iterator[Foreign | DataError]:
    """Yield the articles of files of any format but Web Annotation in order, and a DataError for what can't be read."""
    if form == "table":
        yield from _tables(paths, inputs, how)
        return
    for path in paths:
        try:
            name = called(path, inputs)
            if form == "conll":
                yield from conll.read(path.read_bytes(), name, how.tokens, _changed(path))
            elif form == "spans":
                yield from spans.read(_records(path, name), name, how.fields, _changed(path))
            elif path.suffix == ".txt":
                yield _standoff(path, name)
            elif not path.with_suffix(".txt").is_file():
                yield DataError([Issue(name, 1, "convert-no-text", f"there is no {path.with_suffix('.txt').name}")])
        except DataError as error:
            yield error


def called(path: Path, inputs: Sequence[Path]) -> str:
    """Return a file's name within the folder that was named, else the file's own."""
    for each in inputs:
        if each.is_dir() and path.is_relative_to(each):
            return path.relative_to(each).as_posix()
    return path.name


def _changed(path: Path) -> str:
    """Return when a file was last changed: the only time that these formats know."""
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _standoff(path: Path, name: str) -> Foreign:
    text = files.decode(path.read_bytes(), name)
    annotation = path.with_suffix(".ann")
    if not annotation.is_file():
        return Foreign(name, name, text, None, _changed(path))
    file = name.removesuffix(".txt") + ".ann"
    mentions, left, issues = brat.read(files.decode(annotation.read_bytes(), file), text, file)
    return Foreign(name, file, text, mentions, _changed(annotation), left, issues)


def _records(path: Path, name: str) -> Iterator[tuple[int, Any] | DataError]:
    """Yield (line or row, record) of a file of JSONL, JSON or Parquet."""
    if path.suffix == ".parquet":
        yield from _rows(path, name)
    elif path.suffix == ".json":
        found = spans.parse(path.read_bytes(), name, 1)
        yield from enumerate(found if isinstance(found, list) else [found], 1)
    else:
        for line in jsonl.lines(path, name):
            try:
                if line.data is None:
                    raise DataError([Issue(name, line.number, "too-large", f"the line has {line.length:,} bytes")])
                if line.data.strip():
                    yield line.number, spans.parse(line.data, name, line.number)
            except DataError as error:
                yield error


def _rows(path: Path, name: str) -> Iterator[tuple[int, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as opened:
            batches = opened.iter_batches(batch_size=256)
            yield from enumerate((row for batch in batches for row in batch.to_pylist()), 1)
    except pa.ArrowException as error:
        raise DataError([Issue(name, 1, "convert-record", str(error).partition(".")[0])]) from None


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
            read = table.read(files.decode(path.read_bytes(), name), name, how.columns)
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
