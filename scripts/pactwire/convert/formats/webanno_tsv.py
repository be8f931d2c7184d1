"""WebAnno TSV 3, as WebAnno and INCEpTION export it (https://webanno.github.io/webanno/releases/3.4.5/docs/
user-guide.html#sect_webannotsv), to an article.

The header names layers and their features, each a column after the token's. A value ``PER[1]`` belongs to the
annotation 1, which all tokens of it name; ``PER|ORG[2]`` are two annotations. Offsets count UTF-16 units of the
text. The text between sentences is not in the file: each character of it becomes a line end.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pactwire.convert import uima_layers
from pactwire.convert.entity_links import link_attribute
from pactwire.convert.formats.offset_table import UNTYPED_SPAN
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.omissions import Omissions
from pactwire.convert.span_resolution import RawSpan
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

FORMAT_LINE: Final = re.compile(r"#FORMAT=WebAnno TSV (?P<version>\d)\S*")
_LAYER_LINE: Final = re.compile(r"#T_(?P<kind>SP|CH|RL)=(?P<name>[^|]*)(?P<features>.*)")
_TOKEN_NUMBER: Final = re.compile(r"(?P<sentence>\d+)-(?P<token>\d+)(?P<part>\.\d+)?")
_OFFSETS: Final = re.compile(r"(?P<start>\d+)-(?P<end>\d+)")
_FEATURE_VALUE: Final = re.compile(r"(?P<value>.*?)(?:\[(?P<number>\d+)\])?", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b"}
_VALUE_SEPARATOR: Final = re.compile(r"(?<!\\)\|")
_BLANK_VALUES: Final = ("_", "*")
_TYPE_FEATURE: Final = "value"
_LINK_FEATURE: Final = "identifier"
_LOST_CHARACTERS: Final = "characters between sentences, which the file does not hold"


@dataclass
class _Layer:
    """A layer: what kind it is (SP for spans), its name, its features, and the first of its columns."""

    kind: str
    name: str
    features: list[str]
    first: int


@dataclass
class _Span:
    """An annotation: the line of its first token, its offsets in UTF-16 units, and the values of its features."""

    line: int
    start: int
    end: int
    values: list[str]


@dataclass
class _TextBuilder:
    """The text while its sentences come in, and its length in UTF-16 units."""

    parts: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += _utf16_length(text)


def read_document(text: str, file: str, fields: Mapping[str, str], changed: str) -> ImportedDocument:
    """Return the article of a file; one without any layer of spans was not annotated.

    ``fields`` may name the layer with the mentions (``spans``) and its feature with their type (``type``). Raises
    DataError (convert-layer) where no one layer may be meant, and (convert-tag) where tokens do not make a text.
    """
    lines = files.normalize_newlines(text).split("\n")
    columns = _parse_layers(lines)
    spans = [each.name for each in columns if each.kind == "SP"]
    name = uima_layers.choose_layer(spans, fields.get("spans"), file) if spans or "spans" in fields else ""
    found = ImportedDocument(file, file, "", [] if name else None, changed)
    width = 3 + sum(max(1, len(each.features)) for each in columns)
    source, rows = _read_text(lines, file, width, found.omitted)
    found.raw = files.protect_bom(source)
    for each in columns:
        annotations = _layer_spans(rows, each)
        if each.name == name:
            found.mentions = list(_mentions(annotations, each, fields.get("type", _TYPE_FEATURE), source, found))
        elif annotations:
            found.omitted[f"annotations of the layer {uima_layers.short_name(each.name)}"] += len(annotations)
    return found


def _parse_layers(lines: list[str]) -> list[_Layer]:
    found: list[_Layer] = []
    column = 3
    for line in lines:
        if match := _LAYER_LINE.fullmatch(line):
            features = match["features"].split("|")[1:]
            found.append(_Layer(match["kind"], match["name"], features, column))
            column += max(1, len(features))
    return found


# --- the text


def _read_text(lines: list[str], file: str, width: int, left: Omissions) -> tuple[str, list[tuple[int, list[str]]]]:
    """Return the text and the (line, columns) of tokens; raises DataError where a token is missing or is elsewhere."""
    text, rows = _TextBuilder(), list[tuple[int, list[str]]]()
    said: list[str] = []
    is_new = True
    for number, line in enumerate(lines, 1):
        fields = line.split("\t")
        if line.startswith("#Text="):
            if "".join(said).strip() and not lines[number - 2].startswith("#Text="):
                raise _sentence_without_tokens(said, file, number)
            said.append(line.removeprefix("#Text="))
        elif _TOKEN_NUMBER.fullmatch(fields[0]) and len(fields) > 2:
            if is_new:
                _add_sentence(_unescape("\n".join(said)), fields, text, Issue(file, number, "convert-tag", ""), left)
            rows.append((number, fields))
            is_new, said = False, []
        elif line.strip() and not line.startswith("#"):
            raise DataError([Issue(file, number, "convert-tag", f"{quote(line)} is no token with its offsets")])
        else:
            is_new = is_new or not line.strip()
    if "".join(said).strip():
        raise _sentence_without_tokens(said, file, len(lines))
    source = "".join(text.parts)
    if issues := [
        *_missing_tokens(rows, width, file),
        *_misplaced_tokens(rows, source, _code_points_by_unit(source), file),
    ]:
        raise DataError(issues)
    return source, rows


def _add_sentence(said: str, fields: list[str], text: _TextBuilder, issue: Issue, left: Omissions) -> None:
    """Add a sentence where its first token says that it begins."""
    start = _token_offsets(fields)[0] - _utf16_length(said[: max(0, said.find(_unescape(fields[2])))])
    gap = start - text.length
    if gap < 0 or not said:
        message = f"the sentence {quote(said)} begins at {start}, inside the one before" if said else "it has no #Text="
        raise DataError([Issue(issue.file, issue.line, issue.code, message)])
    left[_LOST_CHARACTERS] += gap
    text.add("\n" * gap)
    text.add(said)


def _sentence_without_tokens(said: list[str], file: str, line: int) -> DataError:
    message = f"the sentence {quote(' '.join(said))} has no tokens"
    return DataError([Issue(file, line, "convert-tag", message)])


def _missing_tokens(rows: list[tuple[int, list[str]]], width: int, file: str) -> Iterator[Issue]:
    """Yield an issue for each token before which one is missing, and for each that lacks columns of the header."""
    sentence, token = 0, 0
    for number, fields in rows:
        match = _TOKEN_NUMBER.fullmatch(fields[0])
        here = (int(match["sentence"]), int(match["token"])) if match else (0, 0)
        expected = [(sentence, token)] if match and match["part"] else [(sentence, token + 1), (sentence + 1, 1)]
        if here not in expected:
            message = f"the token {fields[0]} does not follow on {sentence}-{token}"
            yield Issue(file, number, "convert-tag", message)
        if len(fields) < width:
            message = f"the token {fields[0]} has {len(fields)} columns, and the header names {width}"
            yield Issue(file, number, "convert-tag", message)
        sentence, token = here


def _misplaced_tokens(rows: list[tuple[int, list[str]]], source: str, places: list[int], file: str) -> Iterator[Issue]:
    """Yield an issue for each token that does not stand where it says."""
    for number, fields in rows:
        start, end = _token_offsets(fields)
        found = source[places[start] : places[end]] if start <= end < len(places) else None
        if found not in (fields[2], _unescape(fields[2])):
            message = f"{quote(fields[2])} does not stand at {start}-{end} of the sentences, in UTF-16 units"
            yield Issue(file, number, "convert-tag", message)


def _token_offsets(fields: list[str]) -> tuple[int, int]:
    places = _OFFSETS.fullmatch(fields[1])
    return (int(places["start"]), int(places["end"])) if places else (0, 0)


def _code_points_by_unit(text: str) -> list[int]:
    """Return the code point at which each UTF-16 unit of a text begins, and the text's length."""
    found: list[int] = []
    for index, char in enumerate(text):
        found += [index] * _utf16_length(char)
    return [*found, len(text)]


def _utf16_length(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def _unescape(text: str) -> str:
    """Return a text without the escapes of the format."""
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), text)


# --- annotations


def _layer_spans(rows: list[tuple[int, list[str]]], layer: _Layer) -> list[_Span]:
    """Return the annotations of a layer in the order of their first tokens."""
    found: list[_Span] = []
    numbered: dict[str, _Span] = {}
    width = max(1, len(layer.features))
    for line, fields in rows:
        start, end = _token_offsets(fields)
        cells = [_VALUE_SEPARATOR.split(each) for each in fields[layer.first : layer.first + width]]
        for index in range(max(map(len, cells), default=0)):
            values = [_FEATURE_VALUE.fullmatch(cell[index] if index < len(cell) else "_") for cell in cells]
            numbers = [match["number"] for match in values if match and match["number"]]
            said = [_unescape(match["value"]) if match else "" for match in values]
            if all(cell == ["_"] for cell in cells):
                continue
            if numbers and numbers[0] in numbered:
                numbered[numbers[0]].end = end
                continue
            found.append(_Span(line, start, end, said))
            if numbers:
                numbered[numbers[0]] = found[-1]
    return found


def _mentions(
    spans: list[_Span], layer: _Layer, kind: str, source: str, found: ImportedDocument
) -> Iterator[ImportedMention]:
    """Yield the mentions of a layer, and count the features that are not read."""
    places = _code_points_by_unit(source)
    for span in spans:
        values = dict(zip(layer.features, span.values, strict=False))
        if kind not in values and values:
            kind = next(iter(values))
        said = values.pop(kind, "")
        start, end = places[span.start], places[span.end]
        words = source[start:end]
        attributes = link_attribute(
            "" if (target := values.pop(_LINK_FEATURE, "")) in _BLANK_VALUES else target, found.omitted, words
        )
        for name, value in values.items():
            if value not in _BLANK_VALUES:
                found.omitted.add_field(name, value, " of spans")
        yield ImportedMention(
            "",
            span.line,
            RawSpan(UNTYPED_SPAN if said in (*_BLANK_VALUES, "") else said, ((start, end),), words),
            attributes,
        )
