"""The files and lines in which an article, its documents and their labels stand."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from pactwire.corpus.corpus import Corpus
from pactwire.storage.record_index import RecordFile, RecordIndex

_ID: Final = re.compile(r'"id"\s*:\s*"([^"\\]+)"')


class Place(NamedTuple):
    """A file with its line, as ``annotations/final/ID.json:12``, and the address of the file from a page's folder."""

    text: str
    address: str


class DocumentPlaces(NamedTuple):
    """The places of the labels of one document: its file, its address, its line, and the line of each label by id.

    The line is 0 if the document has a file of its own, else the lines of labels are unknown.
    """

    file: str
    address: str
    line: int
    lines: Mapping[str, int]

    def place(self, label: str = "") -> Place:
        """Return the place of a label by its id; that of the document for a label of the whole article, without id."""
        return Place(f"{self.file}:{self.lines.get(label, self.line or 1)}", self.address)


def article_place(data: Corpus, article: str, up: str | None) -> Place | None:
    """Return where the text of an article stands, without a line if it has a file of its own; None without a file.

    ``up`` is the address of the dataset root, None if its files are not to be named.
    """
    for places in _record_places(data.articles.index, article, up).values():
        return places.place() if places.line else Place(places.file, places.address)
    return None


def document_places(data: Corpus, article: str, up: str | None) -> dict[str, DocumentPlaces]:
    """Return the places of an article's documents by annotator; ``up`` is as in `article_place`."""
    return _record_places(data.documents.index, article, up)


def _record_places(index: RecordIndex, article: str, up: str | None) -> dict[str, DocumentPlaces]:
    found: dict[str, DocumentPlaces] = {}
    for location in index.locate(article) if up is not None else ():
        file: RecordFile = index.files[location["file"]]
        line = int(location["line"])
        lines: Any = _label_lines(file.path) if file.annotator and not line else {}
        found[file.annotator] = DocumentPlaces(file.name, f"{up}/{quote(file.name)}", line, lines)
    return found


def _label_lines(path: Path) -> dict[str, int]:
    """Return the line of each id in a JSON document, from 1; references to labels have other keys than ``id``."""
    text = path.read_text("utf-8")
    lines: dict[str, int] = {}
    line, position = 1, 0
    for found in _ID.finditer(text):
        line += text.count("\n", position, found.start())
        position = found.start()
        lines[found[1]] = line
    return lines
