"""Texts that a user provides for a release without texts, read from text files, JSONL files and folders."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pactwire.corpus import tables
from pactwire.corpus.article_fields import stated_value
from pactwire.corpus.articles import article_id
from pactwire.model.article_ids import id_from_text
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, input_files, jsonl


class ProvidedText(NamedTuple):
    """A source text with its file and line, the article that it claims to be, and its section and title if known."""

    file: str
    line: int
    article: str
    source_text: str
    section: str | None
    title: str | None = None


def read_texts(paths: Sequence[Path], issues: list[Issue]) -> Iterator[ProvidedText]:
    """Yield the texts of files and folders; what cannot be read is appended to ``issues``."""
    for path in paths:
        named = [input_files.named_path_issue(path, path.as_posix()) or path]
        for file in input_files.list_entries(path, Path.as_posix) if path.is_dir() else named:
            if isinstance(file, Issue):
                issues.append(file)
            elif file.name.endswith(jsonl.SUFFIXES):
                yield from _read_records(file, issues)
            elif not file.is_dir():
                yield from _read_file(file, issues)


def _read_file(file: Path, issues: list[Issue]) -> Iterator[ProvidedText]:
    name = file.as_posix()
    try:
        text = files.decode_source_text(file.read_bytes(), name)
    except DataError as error:
        issues += error.issues
    else:
        yield ProvidedText(name, 1, article_id(file.name, text), text, None)


def _read_records(file: Path, issues: list[Issue]) -> Iterator[ProvidedText]:
    name = file.as_posix()
    for line, record in tables.read_records(file, name, issues):
        if flaw := _record_flaw(record):
            issues.append(Issue(name, line, "hydrate-record", flaw))
            continue
        text = files.normalize_newlines(record["text"])
        known = record.get("id")  # other people's ids may have any type
        identity = known if known and isinstance(known, str) else id_from_text(text)
        yield ProvidedText(name, line, identity, text, record.get("section"), _record_title(record))


def _record_title(record: dict[str, Any]) -> str | None:
    """Return the title that a record states, in its ``metadata`` as in dataset/raw, or in a ``title`` of its own."""
    statements = record.get("metadata")
    whole = ("name", "value", "origin")
    stated = [
        each
        for each in (statements if isinstance(statements, list) else [])
        if isinstance(each, dict) and all(isinstance(each.get(key), str) for key in whole)
    ]
    return stated_value({"metadata": stated}, "title") or record.get("title")


def _record_flaw(record: Any) -> str | None:
    """Return why a record cannot be used, or None."""
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return "the record has no `text`"
    for key in ("section", "title"):
        if not isinstance(record.get(key), str | None):
            return f"the record's `{key}` is neither a string nor null"
    return None
