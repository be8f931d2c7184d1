"""Detection of a file's format by its content, not by its name.

A file in no known format is refused, and the message shows what it has: the keys of its records, its first element or
its first line.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from pactwire.convert.formats import (
    conllu,
    label_studio_tasks,
    ontonotes,
    spacy_documents,
    span_records,
    token_records,
    webanno_tsv,
)
from pactwire.convert.imported_document import SourceFile
from pactwire.convert.tagged_tokens import TAG
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError
from pactwire.text.bio_tags import OUTSIDE


class FileFormat(StrEnum):
    """A format, by its name in the output."""

    BRAT = "brat"
    CONLL = "CoNLL with tags"
    CONLLU = "CoNLL-U"
    ONTONOTES = "CoNLL-2012"
    WEBANNO = "WebAnno TSV 3"
    TABLE = "a table of offsets"
    SPANS = "texts with spans"
    PRODIGY = "Prodigy"
    LABEL_STUDIO = "Label Studio JSON"
    LABEL_STUDIO_MIN = "Label Studio JSON-MIN"
    TOKENS = "Hugging Face token classification"
    SPACY_DOC = "spaCy JSON"
    SPACY_TRAINING = "spaCy JSON of version 2"
    SPACY_PAIR = "spaCy training pairs"
    DOCBIN = "spaCy DocBin"
    CAS_XMI = "UIMA CAS XMI"
    CAS_JSON = "UIMA CAS JSON"


UNKNOWN_FORMAT: Final = "convert-unknown"
"""The code of the issue for a file in no known format."""
_UNSUPPORTED_KEYS: Final = {
    ("tokenized_text", "ner"): "GLiNER's training JSON",
    ("@context",): "JSON-LD; pages of `pactwire convert to webannotation` are read by `convert from webannotation`",
    ("documents", "source"): "BioC JSON",
    ("passages",): "BioC JSON",
    ("data",): "Label Studio's tasks without annotations",
    ("predictions", "id"): "Label Studio's tasks without annotations",
}
"""Formats that are recognized by the keys of their records, but not read."""
_SAMPLE_SIZE: Final = 50
"""How many records or lines are examined."""
_HEADER_WORDS: Final = ("TOKEN", "TOKENS", "WORD", "WORDS", "FORM")
_XML_ELEMENT: Final = re.compile(r"<(?![?!])(?P<name>[^\s/>]+)")
_TYPE_SYSTEM_ELEMENT: Final = "typeSystemDescription"


def detect_records(records: Iterable[Any], fields: Mapping[str, str], source: SourceFile) -> FileFormat:
    """Return the format of one or more records, by the first that is in any; raises DataError (convert-unknown)."""
    examined: list[Any] = []
    for record, _ in zip(records, range(_SAMPLE_SIZE), strict=False):
        if file_format := detect_record(record, fields):
            return file_format
        examined.append(record)
    first = examined[0]
    if not isinstance(first, dict):
        raise unknown_format(source, f"its records are like {quote(str(first))}")
    has_data_list = isinstance(first.get("data"), list)  # as many datasets have, unlike a task
    for keys, name in _UNSUPPORTED_KEYS.items():
        if not has_data_list and all(key in first for key in keys):
            raise unknown_format(source, f"it is {name}")
    raise unknown_format(source, f"its records have the keys {', '.join(map(quote, list(first)[:12]))}")


def detect_record(record: Any, fields: Mapping[str, str]) -> FileFormat | None:
    """Return the format of a record, None if it is in none."""
    if spacy_documents.is_pair(record):
        return FileFormat.SPACY_PAIR
    if not isinstance(record, dict):
        return None
    tests = {
        FileFormat.LABEL_STUDIO: label_studio_tasks.is_task(record),
        FileFormat.LABEL_STUDIO_MIN: label_studio_tasks.is_json_min(record),
        FileFormat.CAS_JSON: "%FEATURE_STRUCTURES" in record,
        FileFormat.SPACY_TRAINING: spacy_documents.is_training(record),
        FileFormat.TOKENS: token_records.is_tagged(record, fields),
        FileFormat.SPACY_DOC: spacy_documents.is_doc(record),
        FileFormat.PRODIGY: "_input_hash" in record or "_task_hash" in record,
        FileFormat.SPANS: span_records.has_text(record, fields),
    }
    return next((file_format for file_format, matches in tests.items() if matches), None)


def detect_text(text: str, source: SourceFile, *, is_table: bool) -> FileFormat | None:
    """Return the format of a file of lines or XML, None if it is in none.

    Args:
        text: The file's content.
        source: Its name in issues.
        is_table: Whether the caller named the columns of a table.

    Raises:
        DataError: The format is recognized, but not read (convert-unknown).
    """
    lines = text.removeprefix("\ufeff").split("\n", 10 * _SAMPLE_SIZE)[: 10 * _SAMPLE_SIZE]
    lines = [line for line in lines if line.strip()]
    first = lines[0] if lines else ""
    if first.lstrip().startswith("<"):
        return _detect_xml(text, source)
    if file_format := _detect_header(first, source):
        return file_format
    rows = [line.rstrip("\r") for line in lines if not line.startswith("#")][:_SAMPLE_SIZE]
    if rows and all(map(conllu.ROW.fullmatch, rows)):
        return FileFormat.CONLLU
    cells = [cell.strip() for cell in first.split("\t")]
    if is_table or {"start", "end"} <= {cell.lower() for cell in cells}:
        return FileFormat.TABLE
    tagged = [row for row in rows if _is_tagged_row(row)]
    is_conll = rows and (2 * len(tagged) > len(rows) or cells[0].upper() in _HEADER_WORDS)
    return FileFormat.CONLL if is_conll else None


def _detect_header(first: str, source: SourceFile) -> FileFormat | None:
    """Return the format that the first line of a file names, None if it names none."""
    if match := webanno_tsv.FORMAT_LINE.match(first):
        if match["version"] == "3":
            return FileFormat.WEBANNO
        raise unknown_format(source, f"it is WebAnno TSV {match['version']}; export it again as WebAnno TSV 3")
    if re.match(r" ?# ?(?:webanno|de\.tudarmstadt)\.\S+ \|", first):
        raise unknown_format(source, "it is WebAnno TSV 2; export it again as WebAnno TSV 3")
    return FileFormat.ONTONOTES if ontonotes.BEGIN_DOCUMENT.fullmatch(first) else None


def _is_tagged_row(row: str) -> bool:
    columns = row.split()
    return len(columns) > 1 and (columns[-1] == OUTSIDE or TAG.fullmatch(columns[-1]) is not None)


def _detect_xml(text: str, source: SourceFile) -> FileFormat:
    match = _XML_ELEMENT.search(re.sub(r"<!--.*?-->", "", text[:100_000], flags=re.DOTALL))
    name = match["name"] if match else ""
    if name == "xmi:XMI":
        return FileFormat.CAS_XMI
    if name == _TYPE_SYSTEM_ELEMENT:
        raise unknown_format(source, "it is a type system of UIMA, without a text; name the .xmi beside it")
    element = f"it is XML, and its first element is <{name[:60]}>" if name else "it is XML without an element"
    raise unknown_format(source, element)


def describe_first_line(text: str) -> str:
    """Return the description of a file of lines in no known format."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return f"its first line is {quote(first.strip())}" if first else "it is empty"


def unknown_format(source: SourceFile, description: str) -> DataError:
    """Return the error of a file in no known format, with a description of what it has."""
    return source.error(UNKNOWN_FORMAT, description)
