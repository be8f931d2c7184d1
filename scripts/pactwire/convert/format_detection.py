"""What a file holds to the format that it is in: by its content, not by its name.

A format that is not known is refused by what was seen of it: the keys of its records, its first element or its first
line.
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
from pactwire.convert.tagged_tokens import TAG
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.text.bio_tags import OUTSIDE


class FileFormat(StrEnum):
    """A format, as the output names it."""

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
"""The code of what is refused."""
_UNSUPPORTED_KEYS: Final = {
    ("tokenized_text", "ner"): "GLiNER's training JSON",
    ("@context",): "JSON-LD; pages of `pactwire convert to webannotation` are read by `convert from webannotation`",
    ("documents", "source"): "BioC JSON",
    ("passages",): "BioC JSON",
    ("data",): "Label Studio's tasks without annotations",
    ("predictions", "id"): "Label Studio's tasks without annotations",
}
"""Keys of records by which a format is known that is not read."""
_SAMPLE_SIZE: Final = 50
"""How many records or lines are looked at."""
_HEADER_WORDS: Final = ("TOKEN", "TOKENS", "WORD", "WORDS", "FORM")
_XML_ELEMENT: Final = re.compile(r"<(?![?!])(?P<name>[^\s/>]+)")
_TYPE_SYSTEM_ELEMENT: Final = "typeSystemDescription"


def detect_records(records: Iterable[Any], fields: Mapping[str, str], file: str) -> FileFormat:
    """Return the format of one record or more, by the first that has any; raises DataError (convert-unknown)."""
    seen: list[Any] = []
    for record, _ in zip(records, range(_SAMPLE_SIZE), strict=False):
        if shape := detect_record(record, fields):
            return shape
        seen.append(record)
    first = seen[0]
    for keys, name in _UNSUPPORTED_KEYS.items():
        is_set = isinstance(first, dict) and isinstance(first.get("data"), list)  # of any kind, and no task
        if isinstance(first, dict) and not is_set and all(key in first for key in keys):
            raise unknown_format(file, f"it is {name}")
    if isinstance(first, dict):
        raise unknown_format(file, f"its records have the keys {', '.join(map(quote, list(first)[:12]))}")
    raise unknown_format(file, f"its records are like {quote(str(first))}")


def detect_record(record: Any, fields: Mapping[str, str]) -> FileFormat | None:
    """Return the format of a record, or None for what is none of any."""
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
        FileFormat.SPANS: isinstance(record.get(fields.get("text") or span_records.RECORD_FIELDS["text"][0]), str),
    }
    return next((shape for shape, is_so in tests.items() if is_so), None)


def detect_text(text: str, file: str, *, is_table: bool) -> FileFormat | None:
    """Return the format of a file of lines; raises DataError (convert-unknown) for one known by name that is not read.

    ``is_table`` says that the caller named the columns of a table.
    """
    lines = [
        line for line in text.removeprefix("\ufeff").split("\n", 10 * _SAMPLE_SIZE)[: 10 * _SAMPLE_SIZE] if line.strip()
    ]
    first = lines[0] if lines else ""
    if first.lstrip().startswith("<"):
        return _detect_xml(text, file)
    if match := webanno_tsv.FORMAT_LINE.match(first):
        if match["version"] == "3":
            return FileFormat.WEBANNO
        raise unknown_format(file, f"it is WebAnno TSV {match['version']}; export it again as WebAnno TSV 3")
    if re.match(r" ?# ?(?:webanno|de\.tudarmstadt)\.\S+ \|", first):
        raise unknown_format(file, "it is WebAnno TSV 2; export it again as WebAnno TSV 3")
    if ontonotes.BEGIN_DOCUMENT.fullmatch(first):
        return FileFormat.ONTONOTES
    rows = [line.rstrip("\r") for line in lines if not line.startswith("#")][:_SAMPLE_SIZE]
    if rows and all(map(conllu.ROW.fullmatch, rows)):
        return FileFormat.CONLLU
    names = {each.strip().lower() for each in first.split("\t")}
    if is_table or {"start", "end"} <= names:
        return FileFormat.TABLE
    tagged = [row for row in rows if _is_tagged_row(row)]
    is_conll = rows and (2 * len(tagged) > len(rows) or first.split("\t")[0].strip().upper() in _HEADER_WORDS)
    return FileFormat.CONLL if is_conll else None


def describe_first_line(text: str) -> str:
    """Return what can be said of a file of lines that has no format."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return f"its first line is {quote(first.strip())}" if first else "it is empty"


def _is_tagged_row(row: str) -> bool:
    fields = row.split()
    return len(fields) > 1 and (fields[-1] == OUTSIDE or TAG.fullmatch(fields[-1]) is not None)


def _detect_xml(text: str, file: str) -> FileFormat:
    match = _XML_ELEMENT.search(re.sub(r"<!--.*?-->", "", text[:100_000], flags=re.DOTALL))
    name = match["name"] if match else ""
    if name == "xmi:XMI":
        return FileFormat.CAS_XMI
    if name == _TYPE_SYSTEM_ELEMENT:
        raise unknown_format(file, "it is a type system of UIMA, without a text; name the .xmi beside it")
    raise unknown_format(
        file, f"it is XML, and its first element is <{name[:60]}>" if name else "it is XML without an element"
    )


def unknown_format(file: str, what: str) -> DataError:
    """Return the refusal of a file by what was seen of it."""
    return DataError([Issue(file, 1, UNKNOWN_FORMAT, what)])
