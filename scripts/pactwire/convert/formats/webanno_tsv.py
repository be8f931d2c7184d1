"""WebAnno TSV 3 reader, for exports of WebAnno and INCEpTION.

The format is described at https://webanno.github.io/webanno/releases/3.4.5/docs/user-guide.html#sect_webannotsv. The
header names layers and their features, each a column after the token's. The value ``PER[1]`` belongs to annotation 1,
which all its tokens name; ``PER|ORG[2]`` are two annotations. Offsets count UTF-16 units of the text. The file does
not store the text between sentences: each of its characters becomes a line end.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pactwire.convert import uima_layers
from pactwire.convert.imported_document import AttributeValue, ImportedDocument, ImportedMention, RawSpan, SourceFile
from pactwire.convert.omissions import Omissions
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

FORMAT_LINE: Final = re.compile(r"#FORMAT=WebAnno TSV (?P<version>\d)\S*")
_LAYER_LINE: Final = re.compile(r"#T_(?P<kind>SP|CH|RL)=(?P<name>[^|]*)(?P<features>.*)")
_TOKEN_NUMBER: Final = re.compile(r"(?P<sentence>[0-9]{1,12})-(?P<token>[0-9]{1,12})(?P<part>\.[0-9]+)?")
_OFFSETS: Final = re.compile(r"(?P<start>[0-9]{1,12})-(?P<end>[0-9]{1,12})")
_FEATURE_VALUE: Final = re.compile(r"(?P<value>.*?)(?:\[(?P<number>\d+)\])?", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b"}
_VALUE_SEPARATOR: Final = re.compile(r"(?<!\\)\|")
_BLANK_VALUES: Final = ("_", "*")
_LOST_CHARACTERS: Final = "characters between sentences, which the file does not hold"

_Row = tuple[int, list[str]]
"""The line number of a token, and its columns."""


@dataclass
class _Layer:
    """A layer: its kind (SP for spans), its name, its features, and the index of its first column."""

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
    """The text while its sentences are read, and its length in UTF-16 units."""

    parts: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += _utf16_length(text)


def read_document(
    content: str, source: SourceFile, fields: Mapping[str, str], takes_layer: Callable[[str], bool] = lambda _: False
) -> ImportedDocument:
    """Return the document of a file; it is not annotated if it has no layer of spans.

    Args:
        content: The file's content.
        source: Its name in issues, and its time.
        fields: May name the mention layer (``spans``) and the feature with a mention's type (``type``).
        takes_layer: Whether annotations of another layer of spans, by its short name, are read, rather than counted.

    Raises:
        DataError: No layer matches or several do (convert-layer); the tokens do not make up a text (convert-tag).
    """
    lines = files.normalize_newlines(content).split("\n")
    layers = _parse_layers(lines)
    names = [layer.name for layer in layers if layer.kind == "SP"]
    mention_layer = ""
    if names or "spans" in fields:
        mention_layer = uima_layers.choose_layer(names, fields.get("spans"), source)
    document = ImportedDocument(source.name, source.name, "", [] if mention_layer else None, source.modified)
    width = 3 + sum(max(1, len(layer.features)) for layer in layers)
    text, rows = _read_text(lines, source, width, document.omitted)
    document.raw = files.protect_bom(text)
    for layer in layers:
        spans = _layer_spans(rows, layer)
        if layer.name == mention_layer:
            type_feature = fields.get("type", uima_layers.TYPE_FEATURE)
            document.mentions = list(_mentions(spans, layer, type_feature, text))
        elif spans and layer.kind == "SP" and takes_layer(uima_layers.short_name(layer.name)):
            document.mentions = [*(document.mentions or ()), *_layer_labels(spans, layer, text)]
        elif spans:
            name = f"annotations of the layer {uima_layers.short_name(layer.name)}"
            document.omitted.add(name, count=len(spans))
    return document


def _parse_layers(lines: list[str]) -> list[_Layer]:
    layers: list[_Layer] = []
    column = 3
    for line in lines:
        if match := _LAYER_LINE.fullmatch(line):
            features = match["features"].split("|")[1:]
            layers.append(_Layer(match["kind"], match["name"], features, column))
            column += max(1, len(features))
    return layers


# --- the text


def _read_text(lines: list[str], source: SourceFile, width: int, omitted: Omissions) -> tuple[str, list[_Row]]:
    """Return the text and the rows of its tokens; raises DataError if a token is missing or misplaced."""
    text, rows = _TextBuilder(), list[_Row]()
    sentence: list[str] = []
    is_new = True
    for number, line in enumerate(lines, 1):
        columns = line.split("\t")
        if line.startswith("#Text="):
            if "".join(sentence).strip() and not lines[number - 2].startswith("#Text="):
                raise _sentence_without_tokens(sentence, source, number)
            sentence.append(line.removeprefix("#Text="))
        elif _TOKEN_NUMBER.fullmatch(columns[0]) and len(columns) > 2:
            if is_new and (message := _add_sentence(_unescape("\n".join(sentence)), columns, text, omitted)):
                raise source.error("convert-tag", message, number)
            rows.append((number, columns))
            is_new, sentence = False, []
        elif line.strip() and not line.startswith("#"):
            raise source.error("convert-tag", f"{quote(line)} is not a token with its offsets", number)
        else:
            is_new = is_new or not line.strip()
    if "".join(sentence).strip():
        raise _sentence_without_tokens(sentence, source, len(lines))
    joined = "".join(text.parts)
    flaws = [*_missing_tokens(rows, width), *_misplaced_tokens(rows, joined)]
    if flaws:
        raise DataError([Issue(source.name, number, "convert-tag", message) for number, message in flaws])
    return joined, rows


def _add_sentence(sentence: str, columns: list[str], text: _TextBuilder, omitted: Omissions) -> str:
    """Add a sentence at the place that its first token gives; return the reason if that is impossible."""
    start = _token_offsets(columns)[0] - _utf16_length(sentence[: max(0, sentence.find(_unescape(columns[2])))])
    gap = start - text.length
    if not sentence:
        return "it has no #Text="
    if gap < 0:
        return f"the sentence {quote(sentence)} begins at {start}, inside the previous one"
    if gap > files.MAX_TEXT_BYTES:  # a line end for each of them would fill the memory
        return f"the sentence {quote(sentence)} begins at {start}, {gap:,} characters after the previous one"
    omitted.add(_LOST_CHARACTERS, count=gap)
    text.add("\n" * gap)
    text.add(sentence)
    return ""


def _sentence_without_tokens(sentence: list[str], source: SourceFile, line: int) -> DataError:
    return source.error("convert-tag", f"the sentence {quote(' '.join(sentence))} has no tokens", line)


def _missing_tokens(rows: list[_Row], width: int) -> Iterator[tuple[int, str]]:
    """Yield (line, message) for each token that does not follow the previous one, or that lacks columns."""
    sentence, token = 0, 0
    for number, columns in rows:
        match = _TOKEN_NUMBER.fullmatch(columns[0])
        current = (int(match["sentence"]), int(match["token"])) if match else (0, 0)
        expected = [(sentence, token)] if match and match["part"] else [(sentence, token + 1), (sentence + 1, 1)]
        if current not in expected:
            yield number, f"the token {columns[0]} does not follow {sentence}-{token}"
        if len(columns) < width:
            yield number, f"the token {columns[0]} has {len(columns)} columns, and the header names {width}"
        sentence, token = current


def _misplaced_tokens(rows: list[_Row], text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, message) for each token that is not in the text where its offsets say."""
    code_points = _code_points_by_unit(text)
    for number, columns in rows:
        start, end = _token_offsets(columns)
        covered = text[code_points[start] : code_points[end]] if start <= end < len(code_points) else None
        if covered not in (columns[2], _unescape(columns[2])):
            yield number, f"{quote(columns[2])} is not at {start}-{end} of the sentences, in UTF-16 units"


def _token_offsets(columns: list[str]) -> tuple[int, int]:
    match = _OFFSETS.fullmatch(columns[1])
    return (int(match["start"]), int(match["end"])) if match else (0, 0)


def _code_points_by_unit(text: str) -> list[int]:
    """Return the code point at which each UTF-16 unit of a text begins, and the text's length."""
    code_points: list[int] = []
    for index, char in enumerate(text):
        code_points += [index] * _utf16_length(char)
    return [*code_points, len(text)]


def _utf16_length(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def _unescape(text: str) -> str:
    """Return a text without the escapes of the format."""
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), text)


# --- annotations


def _layer_spans(rows: list[_Row], layer: _Layer) -> list[_Span]:
    """Return the annotations of a layer in the order of their first tokens."""
    spans: list[_Span] = []
    numbered: dict[str, _Span] = {}
    width = max(1, len(layer.features))
    for line, columns in rows:
        start, end = _token_offsets(columns)
        cells = [_VALUE_SEPARATOR.split(cell) for cell in columns[layer.first : layer.first + width]]
        if all(cell == ["_"] for cell in cells):
            continue
        for index in range(max(map(len, cells), default=0)):
            matches = [_FEATURE_VALUE.fullmatch(cell[index] if index < len(cell) else "_") for cell in cells]
            numbers = [match["number"] for match in matches if match and match["number"]]
            if numbers and numbers[0] in numbered:
                numbered[numbers[0]].end = end
                continue
            spans.append(_Span(line, start, end, [_unescape(match["value"]) if match else "" for match in matches]))
            if numbers:
                numbered[numbers[0]] = spans[-1]
    return spans


def _layer_labels(spans: list[_Span], layer: _Layer, text: str) -> Iterator[ImportedMention]:
    """Yield the annotations of another layer as labels, with their features as attributes."""
    code_points, name = _code_points_by_unit(text), uima_layers.short_name(layer.name)
    for span in spans:
        values = zip(layer.features, span.values, strict=False)
        attributes: dict[str, tuple[AttributeValue, ...]] = {
            feature: (value,) for feature, value in values if value not in (*_BLANK_VALUES, "")
        }
        start, end = code_points[span.start], code_points[span.end]
        raw_span = RawSpan(name, ((start, end),), text[start:end])
        yield ImportedMention("", span.line, raw_span, attributes=attributes, layer=name)


def _mentions(spans: list[_Span], layer: _Layer, type_feature: str, text: str) -> Iterator[ImportedMention]:
    """Yield the mentions of a layer; a layer without the type feature has the type in its first feature."""
    if layer.features and type_feature not in layer.features:
        type_feature = layer.features[0]
    code_points = _code_points_by_unit(text)
    for span in spans:
        values = dict(zip(layer.features, span.values, strict=False))
        features = {name: None if value in _BLANK_VALUES else value for name, value in values.items()}
        start, end = code_points[span.start], code_points[span.end]
        yield uima_layers.layer_mention(features, type_feature, (start, end), text[start:end], span.line)
