"""Corpora of offset tables: finds the text that each table is about, and joins the two."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pactwire.convert import import_files
from pactwire.convert.formats import offset_table
from pactwire.convert.formats.offset_table import MentionTable
from pactwire.convert.imported_document import ImportedDocument, SourceFile
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files


def read_documents(
    tables: Sequence[Path], inputs: Sequence[Path], columns: Sequence[str], text_folder: Path | None
) -> Iterator[ImportedDocument | DataError]:
    """Yield a DataError for each table or mention without a text, then a document for each text.

    Args:
        tables: The files of tables, in order.
        inputs: The files and folders that were named.
        columns: The names of the columns in order; empty if the first row of each table has them.
        text_folder: The folder of the texts, None if they are among the inputs or beside the tables.
    """
    texts = _TextIndex(tables, inputs, text_folder)
    if text_folder and texts.issues:  # those of the inputs were reported when the files were selected
        yield DataError(texts.issues)
    documents: dict[Path, ImportedDocument] = {}
    for path in tables:
        source = import_files.source_file(path, import_files.display_name(path, inputs))
        try:
            content = files.decode_utf8(path.read_bytes(), source.name)
            table = offset_table.parse_table(content, source, columns)
        except DataError as error:
            yield error
            continue
        yield from _add_table(table, source, texts, documents)
    for path, name in texts.names.items():
        if path in documents or path in texts.from_folders:
            modified = import_files.source_file(path, name).modified
            yield _with_text(path, documents.get(path) or ImportedDocument(name, name, "", None, modified))


def _add_table(
    table: MentionTable, source: SourceFile, texts: "_TextIndex", documents: dict[Path, ImportedDocument]
) -> Iterator[DataError]:
    """Add a table's mentions and issues to the documents of its texts; yield an error for each unknown text."""
    for named in {**table.mentions, **table.issues} or {"": None}:
        mentions, issues = table.mentions.get(named, []), table.issues.get(named, [])
        text = texts.find_text(named or source.name.rpartition(".")[0])
        if text is None or text in documents:
            name = named or source.name
            flaw = f"there is not exactly one text for {name}"
            if text is not None:
                flaw = f"{documents[text].file} already has mentions for the text of {name}"
            message = f"{flaw}, and the table has {len(mentions):,} mentions for it"
            line = mentions[0].line if mentions else 1
            issues = [*issues, Issue(source.name, line, "convert-no-text", message)]
        if text is None:
            yield DataError(issues)
            continue
        empty = ImportedDocument(texts.names[text], source.name, "", [], source.modified)
        document = documents.setdefault(text, empty)
        document.mentions = [*(document.mentions or []), *mentions]
        document.issues += issues


def _with_text(path: Path, document: ImportedDocument) -> ImportedDocument | DataError:
    try:
        document.raw = files.decode_utf8(path.read_bytes(), document.name)
    except DataError as error:
        return error
    return document


class _TextIndex:
    """The texts that tables may be about, by every name that a table may use: with or without folders and suffix.

    ``from_folders`` are texts in a folder that was named: they are imported even if no table is about them. Texts
    beside a table that was itself named are only looked up.
    """

    def __init__(self, tables: Sequence[Path], inputs: Sequence[Path], folder: Path | None) -> None:
        self.names: dict[Path, str] = {}
        self.from_folders: set[Path] = set()
        self.issues: list[Issue] = []
        self._by_name: dict[str, set[Path]] = {}
        own = set(tables)
        for place in [folder] if folder else inputs:
            is_folder = place.is_dir()
            candidates = import_files.visible_files(place, self.issues) if is_folder else _texts_beside(place)
            for path in sorted(candidates):
                if path.suffix == ".txt" and path not in own and path not in self.names:
                    self._add(path, path.relative_to(place if is_folder else place.parent).as_posix())
                    self.from_folders |= {path} if is_folder else set()

    def _add(self, path: Path, name: str) -> None:
        self.names[path] = name
        for alias in {name, name.removesuffix(".txt"), path.name, path.name.removesuffix(".txt")}:
            self._by_name.setdefault(alias, set()).add(path)

    def find_text(self, name: str) -> Path | None:
        """Return the only text with a name, with its folders or else without; None if there is none or several."""
        for alias in (name, name.rpartition("/")[2]):
            if len(paths := self._by_name.get(alias, set())) == 1:
                return next(iter(paths))
        return None


def _texts_beside(table: Path) -> Iterator[Path]:
    return (path for path in table.parent.glob("*.txt") if path.is_file())
