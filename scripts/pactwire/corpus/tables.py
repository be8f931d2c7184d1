"""The tables of a dataset's folders to their rows: links, topics, clusters and sources.

Readers append what is wrong to a list of issues, and leave the rows that are wrong out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from pactwire.model import schema, strict_json
from pactwire.model.dates import date_flaw
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Cluster, Source, Topic
from pactwire.storage import files, jsonl

T = TypeVar("T")

LINKS: Final = "annotations/links.tsv"
TOPICS: Final = "annotations/topics.json"
CLUSTERS: Final = "annotations/clusters.jsonl"
SOURCES: Final = "dataset/sources.jsonl"
LINK_COLUMNS: Final = ("link", "name", "type", "source")


class LinkRow(NamedTuple):
    """A row of links.tsv."""

    link: str
    name: str
    type: str
    source: str


def read_links(root: Path, issues: list[Issue]) -> dict[str, LinkRow]:
    """Return the rows of links.tsv by link."""
    found: dict[str, LinkRow] = {}
    for line, values in read_rows(root, LINKS, LINK_COLUMNS, "\t", issues):
        link = LinkRow(*values)
        if flaw := link_flaw(link):
            issues.append(Issue(LINKS, line, "table", flaw))
        elif link.link in found:
            issues.append(Issue(LINKS, line, "duplicate-id", f"{link.link} is listed a second time"))
        else:
            found[link.link] = link
    return found


def link_flaw(link: LinkRow) -> str:
    """Return what is wrong with a row of links.tsv, or the empty string."""
    if not schema.is_valid(link.link, "annotation", "link"):
        return f"{link.link!r} is neither a Wikidata id nor NIL: and a local name"
    if link.type not in schema.label_names("entity_type"):
        return f"{link.type!r} is no entity type; allowed are: {', '.join(schema.label_names('entity_type'))}"
    if not link.name or not link.source:
        return f"{link.link} has no name or no source"
    return ""


def read_topics(root: Path, issues: list[Issue]) -> dict[str, Topic]:
    """Return the topics of topics.json by id."""
    path = root / TOPICS
    found: dict[str, Topic] = {}
    for _, value in read_records(path, TOPICS, issues):
        if not schema.is_valid(value, "annotation", "topics"):
            issues += schema_issues(schema.explain(value, "annotation", "topics"), TOPICS, path, 0)
            continue
        for topic in value["topics"]:
            if topic["id"] in found:
                issues.append(Issue(TOPICS, 1, "duplicate-id", f"the topic {topic['id']!r} stands twice"))
            found[topic["id"]] = topic
    return found


def read_clusters(root: Path, issues: list[Issue]) -> list[tuple[int, Cluster]]:
    """Return the clusters of clusters.jsonl with their lines."""
    return list(read_valid_records(root / CLUSTERS, CLUSTERS, "annotation", "cluster", issues))


def read_sources(root: Path, issues: list[Issue]) -> dict[str, tuple[int, Source]]:
    """Return the lines of sources.jsonl, with their numbers, by the name of the raw file."""
    found: dict[str, tuple[int, Source]] = {}
    for line, source in read_valid_records(root / SOURCES, SOURCES, "article", "source", issues):
        if source["file"] in found:
            issues.append(Issue(SOURCES, line, "duplicate-article", f"{source['file']!r} is listed a second time"))
            continue
        found[source["file"]] = line, source
        if source["published"] and (flaw := date_flaw(source["published"])):
            issues.append(Issue(SOURCES, line, "date", flaw, source["id"]))
    return found


def read_valid_records(
    path: Path, file: str, schema_name: str, definition: str, issues: list[Issue]
) -> Iterator[tuple[int, Any]]:
    """Yield the records of a JSONL file that hold to a schema, with their lines; nothing where the file is missing."""
    for line, value in read_records(path, file, issues):
        if schema.is_valid(value, schema_name, definition):
            yield line, value
        else:
            issues += schema_issues(schema.explain(value, schema_name, definition), file, None, line)


def read_records(path: Path, file: str, issues: list[Issue]) -> Iterator[tuple[int, Any]]:
    """Yield (line, value) for each record of a JSONL file, or for the whole of a JSON file; nothing if it is missing.

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
    """Run a reader; keep its issues and return nothing where it raises DataError."""
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


# --- places of what breaks a schema


def schema_issues(
    found: Iterable[tuple[str, strict_json.JsonPath, str]], file: str, path: Path | None, line: int
) -> list[Issue]:
    """Return an issue for each flaw that `schemas.explain` names; with ``path``, on the lines of that JSON file."""
    places = strict_json.value_lines(path.read_text(encoding="utf-8")) if path else {}
    return [
        Issue(file, line or line_of_path(places, where), code, message, format_path(where))
        for code, where, message in found
    ]


def line_of_path(places: Mapping[Any, int], path: strict_json.JsonPath) -> int:
    """Return the line of a path, or of the nearest value around it that stands in the file."""
    while path and path not in places:
        path = path[:-1]
    return places.get(path, 1)


def format_path(path: strict_json.JsonPath) -> str:
    """Return a path as text: ``entities[3].type``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
