"""Tables of a dataset: links, topics, clusters and sources; and what all readers of its folders share.

Readers append issues to a list and leave out the rows that have any.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from pactwire.model import strict_json
from pactwire.model.dates import date_flaw
from pactwire.model.issues import DataError, Issue
from pactwire.model.json_schemas import Validator, tool_validator
from pactwire.model.layers import Layer
from pactwire.model.records import Cluster, Source, Topic
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import files, input_files, jsonl

T = TypeVar("T")

LINKS: Final = "annotations/links.tsv"
TOPICS: Final = "annotations/topics.json"
ANNOTATIONS: Final = "annotations"
SOURCES: Final = "dataset/sources.jsonl"
LINK_COLUMNS: Final = ("link", "name", "type", "source")


class LinkRow(NamedTuple):
    """A row of links.tsv."""

    link: str
    name: str
    type: str  # a class of the layer with names, or empty
    source: str


def read_links(root: Path, schema: AnnotationSchema, issues: list[Issue]) -> dict[str, LinkRow]:
    """Return the rows of links.tsv by link."""
    links: dict[str, LinkRow] = {}
    for line, values in read_rows(root, LINKS, LINK_COLUMNS, "\t", issues):
        row = LinkRow(*values)
        if flaw := link_flaw(row, schema):
            issues.append(Issue(LINKS, line, "table", flaw))
        elif row.link in links:
            issues.append(Issue(LINKS, line, "duplicate-id", f"{row.link} is listed a second time"))
        else:
            links[row.link] = row
    return links


def link_flaw(row: LinkRow, schema: AnnotationSchema) -> str:
    """Return the flaw of a row of links.tsv, or the empty string."""
    if not row.link or not schema.is_link(row.link):
        return f"{row.link!r} is not an id that a link attribute of the schema allows"
    layer = schema.names_layer
    classes = layer.class_attribute if layer else None
    if row.type and classes and row.type not in classes.label_names:
        allowed = ", ".join(classes.label_names)
        return f"{row.type!r} is not allowed for {classes.title.lower()}; allowed are: {allowed}"
    if not row.name or not row.source:
        return f"{row.link} has no name or no source"
    return ""


def read_topics(root: Path, issues: list[Issue]) -> dict[str, Topic]:
    """Return the topics of topics.json by id."""
    path = root / TOPICS
    topics: dict[str, Topic] = {}
    for _, value in read_records(path, TOPICS, issues):
        validator = tool_validator("tables.schema", "topics")
        if not validator.is_valid(value):
            issues += schema_issues(validator.explain(value), TOPICS, path, 0)
            continue
        for topic in value["topics"]:
            if topic["id"] in topics:
                issues.append(Issue(TOPICS, 1, "duplicate-id", f"the topic {topic['id']!r} is listed twice"))
            topics[topic["id"]] = topic
    return topics


def clusters_file(layer: Layer) -> str:
    """Return the file of the clusters of a layer's labels, relative to the dataset's root."""
    return f"{ANNOTATIONS}/{layer.clusters.file}" if layer.clusters else ""


def read_clusters(root: Path, schema: AnnotationSchema, issues: list[Issue]) -> dict[str, list[tuple[int, Cluster]]]:
    """Return the clusters of each layer that has them, with their lines, by the layer's name."""
    clusters = {}
    for layer in schema.cluster_layers:
        file, validator = clusters_file(layer), schema.cluster_validator(layer)
        clusters[layer.name] = list(read_valid_records(root / file, file, validator, issues))
    return clusters


def read_sources(root: Path, issues: list[Issue]) -> dict[str, tuple[int, Source]]:
    """Return the records of sources.jsonl with their lines, by the name of the raw file."""
    sources: dict[str, tuple[int, Source]] = {}
    validator = tool_validator("article.schema", "source")
    for line, source in read_valid_records(root / SOURCES, SOURCES, validator, issues):
        if source["file"] in sources:
            issues.append(Issue(SOURCES, line, "duplicate-article", f"{source['file']!r} is listed a second time"))
            continue
        sources[source["file"]] = line, source
        if source["published"] and (flaw := date_flaw(source["published"])):
            issues.append(Issue(SOURCES, line, "date", flaw, source["id"]))
    return sources


def read_valid_records(path: Path, file: str, validator: Validator, issues: list[Issue]) -> Iterator[tuple[int, Any]]:
    """Yield the records of a JSONL file that are valid, with their lines; nothing if the file is missing."""
    for line, value in read_records(path, file, issues):
        if validator.is_valid(value):
            yield line, value
        else:
            issues += schema_issues(validator.explain(value), file, None, line)


def read_records(path: Path, file: str, issues: list[Issue]) -> Iterator[tuple[int, Any]]:
    """Yield (line, value) for each record of a JSONL file, or (1, value) for a JSON file; nothing if it is missing.

    Records that cannot be read are issues, and left out.
    """
    if not path.is_file():
        return
    entries = jsonl.read_values(path, file) if path.name.endswith(jsonl.SUFFIXES) else _read_whole(path, file)
    for entry in entries:
        if isinstance(entry, DataError):
            issues += entry.issues
        else:
            yield entry


def _read_whole(path: Path, file: str) -> Iterator[tuple[int, Any] | DataError]:
    try:
        yield 1, files.read_json(path, file)
    except DataError as error:
        yield error


def collect(read: Callable[[], Iterable[T]], issues: list[Issue]) -> list[T]:
    """Return what a reader yields; if it raises DataError, append its issues and return nothing."""
    try:
        return list(read())
    except DataError as error:
        issues += error.issues
        return []


def read_rows(
    root: Path, file: str, columns: tuple[str, ...], delimiter: str, issues: list[Issue]
) -> list[tuple[int, list[str]]]:
    """Return (line, cells) for each row of a table; nothing if it is missing."""
    path = root / file
    return collect(lambda: files.read_table(path, file, columns, delimiter), issues) if path.is_file() else []


def folder_entries(root: Path, folder: Path, issues: list[Issue]) -> Iterator[Path]:
    """Yield the files and folders in a folder of a dataset, sorted; those that cannot be read are issues."""
    if not folder.is_dir():
        return
    for entry in input_files.list_entries(folder, partial(input_files.name_in_issues, root), [root]):
        if isinstance(entry, Issue):
            issues.append(entry)
        else:
            yield entry


# --- paths in JSON values


def schema_issues(
    flaws: Iterable[tuple[str, strict_json.JsonPath, str]], file: str, path: Path | None, line: int
) -> list[Issue]:
    """Return the flaws that `Validator.explain` found as issues.

    Where a line holds more than one label, its number does not tell which one is meant, so the message names it.

    Args:
        flaws: Code, path in the value, and message of each.
        file: The name of the file in issues.
        path: The JSON file, to look up the line of each flaw in it, or None.
        line: The line of the issues if there is no such file.
    """
    lines = strict_json.value_lines(path.read_text(encoding="utf-8")) if path else {}
    issues = []
    for code, value_path, message in flaws:
        place = format_path(value_path)
        in_list = line and any(isinstance(step, int) for step in value_path)
        where = line or line_of_path(lines, value_path)
        issues.append(Issue(file, where, code, f"{place}: {message}" if in_list else message, place))
    return issues


def line_of_path(lines: Mapping[Any, int], path: strict_json.JsonPath) -> int:
    """Return the line of a path, or of the nearest enclosing value that is in the file."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def format_path(path: strict_json.JsonPath) -> str:
    """Return a path as text: ``entities[3].type``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
