"""Reader of external corpora: files on disk to documents, each file in the format that its content shows."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pactwire.convert import format_detection, import_files, record_files, table_corpus
from pactwire.convert.format_detection import FileFormat
from pactwire.convert.formats import brat_reader, conll, conllu, ontonotes, spacy_documents, uima_cas, webanno_tsv
from pactwire.convert.import_files import AUTO
from pactwire.convert.import_options import ReaderOptions
from pactwire.convert.imported_document import TOKENS, ImportedDocument, SourceFile
from pactwire.model import windows_1252
from pactwire.model.issues import DataError
from pactwire.storage import files

Documents = Iterable[ImportedDocument | DataError]


@dataclass
class ReaderSummary:
    """What was read: the number of files by format, and the number of repaired characters by kind."""

    formats: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)


def read_documents(
    form: str,
    paths: Iterable[Path],
    inputs: Sequence[Path],
    options: ReaderOptions,
    summary: ReaderSummary | None = None,
) -> Iterator[ImportedDocument | DataError]:
    """Yield the documents of files in order, and a DataError for each file or record that cannot be read.

    Args:
        form: A key of `import_files.SUFFIXES` except webannotation.
        paths: The files to read, as `import_files.find_files` returns them.
        inputs: The files and folders that were named.
        options: How to read formats that do not describe themselves.
        summary: Counts are added to it.
    """
    reader = _CorpusReader(form, inputs, options, summary or ReaderSummary())
    for document in reader.read(paths):
        if options.repair and isinstance(document, ImportedDocument):
            document = reader.with_repaired_text(document)
        if isinstance(document, ImportedDocument):
            for name in {document.file: None, document.name.partition("#")[0]: None}:
                document.stated.take_path(name, document.omitted)
        yield document


class _CorpusReader:
    """Reads the files of one corpus."""

    def __init__(self, form: str, inputs: Sequence[Path], options: ReaderOptions, summary: ReaderSummary) -> None:
        self.form, self.inputs, self.options, self.summary = form, inputs, options, summary

    def read(self, paths: Iterable[Path]) -> Iterator[ImportedDocument | DataError]:
        """Yield the documents of files; tables come last, since all of them must be known to find their texts."""
        tables: list[Path] = []
        unknown_texts: list[DataError] = []
        for path in paths:
            if self._is_companion(path):
                continue
            try:
                file_format, documents = self._open_file(path)
                self.summary.formats[file_format] += 1
                tables += [path] if file_format is FileFormat.TABLE else []
                yield from documents
            except DataError as error:
                is_unknown = error.issues[0].code == format_detection.UNKNOWN_FORMAT
                if self.form == AUTO and path.suffix == ".txt" and is_unknown:
                    unknown_texts.append(error)  # it may be the text of a table
                else:
                    yield error
        if tables:
            columns, folder = self.options.table_columns, self.options.text_folder
            yield from table_corpus.read_documents(tables, self.inputs, columns, folder)
        else:
            yield from unknown_texts

    def _is_companion(self, path: Path) -> bool:
        """Return whether a file is read together with another one beside it."""
        if path.suffix == ".ann":
            return path.with_suffix(".txt").is_file()
        is_type_system = path.name.lower() == uima_cas.TYPE_SYSTEM_FILE.lower()
        return self.form == AUTO and is_type_system and any(path.parent.glob("*.xmi"))

    def _open_file(self, path: Path) -> tuple[FileFormat, Documents]:
        """Return a file's format and its documents; raises DataError if the format is not known or not read."""
        source = import_files.source_file(path, import_files.display_name(path, self.inputs))
        if self.form == "table":
            return FileFormat.TABLE, ()
        if self.form == "brat" or path.suffix == ".ann" or (self.form == AUTO and _has_brat_annotations(path)):
            return FileFormat.BRAT, _read_brat(path, source, self.options.attributes)
        if self.form == "spans" or (self.form == AUTO and path.suffix in record_files.SUFFIXES):
            return record_files.read_documents(path, source, self.options)
        data = path.read_bytes()
        if data.startswith(b"PK"):
            raise format_detection.unknown_format(source, "it is a zip archive; unpack it")
        if path.suffix == ".spacy":
            return FileFormat.DOCBIN, spacy_documents.read_docbin(
                data, source, self.options.fields, self.options.takes_layer
            )
        file_format = self._detect_format(data, source)
        if file_format is FileFormat.CONLL:
            data = self._repaired_data(data, source)
        return file_format, self._read_text_format(file_format, data, path, source)

    def _detect_format(self, data: bytes, source: SourceFile) -> FileFormat:
        """Return the format of a file of lines or XML; raises DataError (convert-unknown, not-utf8)."""
        columns = (*self.options.conll_columns.tags, self.options.conll_columns.token)
        if self.form == "conll" and any(column and column.isdigit() for column in columns):
            return FileFormat.CONLL
        is_auto = self.form == AUTO
        text = files.decode_utf8(data, source.name, most=len(data)) if is_auto else data.decode("utf-8", "replace")
        is_table = bool(self.options.table_columns)
        file_format = format_detection.detect_text(text, source, is_table=is_table)
        if self.form == "conll" and file_format in (None, FileFormat.TABLE):
            return FileFormat.CONLL
        if file_format is None:
            raise format_detection.unknown_format(source, format_detection.describe_first_line(text))
        return file_format

    def _read_text_format(self, file_format: FileFormat, data: bytes, path: Path, source: SourceFile) -> Documents:
        """Yield the documents of a file of lines or XML."""
        columns, fields = self.options.conll_columns, self.options.fields
        takes_tokens = self.options.takes_layer(TOKENS)
        if file_format is FileFormat.CONLL:
            yield from conll.read_documents(data, source, columns, takes_tokens)
            return
        text = files.decode_utf8(data, source.name, most=len(data))
        if file_format is FileFormat.CONLLU:
            yield from conllu.read_documents(text, source, next(iter(columns.tags), None), takes_tokens)
        elif file_format is FileFormat.ONTONOTES:
            yield from ontonotes.read_documents(text, source, takes_tokens)
        elif file_format is FileFormat.WEBANNO:
            yield webanno_tsv.read_document(text, source, fields, self.options.takes_layer)
        elif file_format is FileFormat.CAS_XMI:
            yield uima_cas.read_document(path, source, fields, self.options.takes_layer)

    def _repaired_data(self, data: bytes, source: SourceFile) -> bytes:
        """Return a CoNLL file without remnants of Windows-1252 if asked: its reader refuses every line with one."""
        if not self.options.repair:
            return data
        text = files.decode_utf8(data, source.name, most=len(data))
        self.summary.repaired.update(windows_1252.count_repairs(text))
        return windows_1252.repair(text).encode()

    def with_repaired_text(self, document: ImportedDocument) -> ImportedDocument:
        """Return a document with the intended characters in its text and in the text of its mentions."""
        self.summary.repaired.update(windows_1252.count_repairs(document.raw))
        mentions = []
        for mention in document.mentions or []:
            words = mention.span.text and windows_1252.repair(mention.span.text)
            mentions.append(replace(mention, span=replace(mention.span, text=words)))
        raw = windows_1252.repair(document.raw)
        return replace(document, raw=raw, mentions=None if document.mentions is None else mentions)


def _has_brat_annotations(path: Path) -> bool:
    """Return whether a text has annotations beside it, or is among texts that do."""
    return path.suffix == ".txt" and (path.with_suffix(".ann").is_file() or any(path.parent.glob("*.ann")))


def _read_brat(path: Path, source: SourceFile, attributes: Collection[str]) -> Iterator[ImportedDocument]:
    """Yield the document of a text and its .ann; raises DataError (convert-no-text) for an .ann alone."""
    if path.suffix != ".txt":
        raise source.error("convert-no-text", f"there is no {path.with_suffix('.txt').name}")
    text = files.decode_utf8(path.read_bytes(), source.name)
    annotation = import_files.companion_file(path, source.name, ".ann")
    if annotation is None:
        yield ImportedDocument(source.name, source.name, text, None, source.modified)
        return
    annotation_source = import_files.source_file(annotation, source.name.removesuffix(".txt") + ".ann")
    document = ImportedDocument(source.name, annotation_source.name, text, [], annotation_source.modified)
    lines = files.decode_utf8(annotation.read_bytes(), annotation_source.name)
    brat_reader.add_annotations(document, lines, attributes)
    yield document
