"""Writer of brat standoff (https://brat.nlplab.org/standoff.html): the labels of a document as lines of an .ann file.

A label is ``T1<TAB>TYPE START END<TAB>WORDS``, in fragments at line ends, as brat has them; so is a part of one. Other
attributes are ``A1<TAB>Form T1 adjective``, or ``A2<TAB>Flooded T1`` if they are flags; links and topics
``N1<TAB>Reference T1 Wikidata:Q649<TAB>WORDS``, texts ``#1<TAB>AnnotatorNotes T1<TAB>TEXT``, references and parts
``R1<TAB>Holder Arg1:T1 Arg2:T2``.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pactwire.convert.label_layer import LabelLayer
from pactwire.convert.mapping import LINK, LabelMapping, MappedAttribute
from pactwire.convert.omissions import Omissions
from pactwire.model import strict_json
from pactwire.model.labels import document_labels, is_topic
from pactwire.model.layers import Attribute, AttributeKind

_WIKIDATA_ID: Final = re.compile("Q[0-9]+")
BRAT_ID: Final = re.compile(r"T[1-9][0-9]{0,8}")
"""An id that is valid in brat and kept when written."""
_ESCAPED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What no line of a file can contain: some programs end lines there."""


def encoded_note(text: str) -> str:
    """Return a text as a note of one line: as it is, or as a JSON string if it has line ends or blanks at its edges."""
    if not (_ESCAPED.search(text) or text != text.strip() or decoded_note(text) != text):
        return text
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def decoded_note(note: str) -> str:
    """Return the text of a note: what `encoded_note` made a JSON string of, and all others as they are."""
    try:
        text = json.loads(note) if note[:1] == '"' else None
    except ValueError:
        text = None
    return text if isinstance(text, str) and encoded_note(text) == note else note


@dataclass
class _Lines:
    """The lines of an .ann file without their numbers, by what they begin with."""

    mentions: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return the file."""
        numbered = zip("ANR#", (self.attributes, self.links, self.relations, self.notes), strict=True)
        lines = [f"{kind}{number}\t{line}" for kind, lines in numbered for number, line in enumerate(lines, 1)]
        return "".join(f"{line}\n" for line in [*self.mentions, *lines])


class BratWriter:
    """Writes one document after another; what brat or the mapping can't hold is counted by name in ``omitted``.

    ``values`` are those that each attribute has in the documents, for brat's configuration.
    """

    def __init__(self, mapping: LabelMapping, omitted: Omissions) -> None:
        self.mapping, self.omitted = mapping, omitted
        self.values: dict[str, set[str]] = {}
        self._layers = {layer.name: LabelLayer(mapping.schema, layer) for layer in mapping.layers}

    def annotations(self, document: Mapping[str, Any], topics: Mapping[str, str]) -> str:
        """Return the .ann file of a document over its source text, with the labels of all layers sorted by place.

        Ids that are valid in brat are kept; others are replaced by the next free number.

        Args:
            document: The document.
            topics: The titles of topics, by their ids.
        """
        typed = [
            (layer.layer.name, label, name)
            for layer in self._layers.values()
            for label in document_labels(document, layer.layer.name)
            if (name := self.mapping.type_name(layer.layer.name, label))
        ]
        typed.sort(key=lambda each: (each[1]["start"], each[1]["end"]))
        ids = dict(
            zip((label["id"] for _, label, _ in typed), _brat_ids([label for _, label, _ in typed]), strict=True)
        )
        one = _DocumentWriter(self, ids, topics)
        for layer, label, name in typed:
            one.add_label(self._layers[layer], label, name)
        return one.lines.text()


class _DocumentWriter:
    """Writes the labels of one document; ``ids`` are brat's by ours."""

    def __init__(self, writer: BratWriter, ids: Mapping[str, str], topics: Mapping[str, str]) -> None:
        self.writer, self.ids, self.topics = writer, ids, topics
        self.mapping, self.omitted = writer.mapping, writer.omitted
        self.lines = _Lines()
        self._parts: dict[tuple[str, int, int], str] = {}
        self._last_id = max((int(each[1:]) for each in ids.values()), default=0)

    def add_label(self, layer: LabelLayer, label: Mapping[str, Any], type_name: str) -> None:
        """Add a label with its attributes; a value that it has anyway is left out."""
        brat_id = self.ids[label["id"]]
        self.lines.mentions.append(_mention_line(brat_id, type_name, label))
        mapped = self.mapping.types[type_name]
        assert mapped
        for attribute in layer.layer.attributes:
            if attribute.name not in label or attribute.name in mapped.values:
                continue
            value, blank = label[attribute.name], layer.blank_values
            if (
                attribute.name in blank
                and value == blank[attribute.name]
                and type(value) is type(blank[attribute.name])
            ):
                continue
            path = f"{layer.layer.name}.{attribute.name}"
            if value is None or value == []:
                self.omitted.add(f"empty values of {path}")
            else:
                self._add_values(layer, attribute, label, brat_id)

    def _add_values(self, layer: LabelLayer, attribute: Attribute, label: Mapping[str, Any], brat_id: str) -> None:
        """Add the values of an attribute; count those that can't be written, and an order that is lost."""
        path, value = f"{layer.layer.name}.{attribute.name}", label[attribute.name]
        names = self.mapping.attribute_names(layer.layer.name, attribute.name)
        if attribute.kind == AttributeKind.PART:
            self.omitted.add(f"values of {path}", count=not self._add_part(layer, attribute, value, brat_id))
            return
        items = list(dict.fromkeys(value)) if isinstance(value, list) else [value]
        held = [each for each in items if self._add_value(layer, attribute, each, names, label, brat_id)]
        count = len(value) if isinstance(value, list) else 1
        self.omitted.add(f"values of {path}", count=count - len(held))
        if attribute.is_reference and held != sorted(held, key=self._group):
            self.omitted.add(f"orders of values of {path}")

    def _group(self, value: str) -> int:
        """Return where a value of a list comes when it is read: labels are first, then attributes, then topics."""
        return 0 if value in self.ids else 2 if is_topic(value) else 1

    def _add_value(
        self,
        layer: LabelLayer,
        attribute: Attribute,
        value: Any,
        names: Sequence[tuple[str, MappedAttribute]],
        label: Mapping[str, Any],
        brat_id: str,
    ) -> bool:
        """Add one value; return False if brat or the mapping has no place for it."""
        if attribute.is_reference and value not in attribute.parties and not is_topic(value):
            return self._add_relation(layer, attribute, brat_id, self.ids.get(value))
        name = next((name for wanted in (value, None) for name, entry in names if entry.value == wanted), None)
        if name is None:
            return False
        entry = dict(names)[name]
        if attribute.kind == AttributeKind.TEXT:
            self.lines.notes.append(f"{name} {brat_id}\t{encoded_note(value)}")
            return True
        if attribute.kind == AttributeKind.LINK or (attribute.is_reference and is_topic(value)):
            return self._add_link(name, value, brat_id, self.topics.get(value) or _words(label["text"]))
        is_flag = entry.value is not None or (value is True and layer.blank_values.get(attribute.name) is False)
        return self._add_attribute(name, "" if is_flag else _value_text(entry, value), brat_id)

    def _add_attribute(self, name: str, written: str, brat_id: str) -> bool:
        if len(written.split()) > 1 or written != written.strip():
            return False
        self.writer.values.setdefault(name, set()).add(written)
        self.lines.attributes.append(f"{name} {brat_id}{f' {written}' if written else ''}")
        return True

    def _add_link(self, name: str, link: str, brat_id: str, words: str) -> bool:
        base = "" if ":" in link else "Wikidata:" if _WIKIDATA_ID.fullmatch(link) else "Link:"
        if len(link.split()) != 1 or link.startswith(":") or link.endswith(":"):
            return False
        self.lines.links.append(f"{'Reference' if name == LINK else name} {brat_id} {base}{link}\t{words}")
        return True

    def _add_relation(self, layer: LabelLayer, attribute: Attribute, brat_id: str, other: str | None) -> bool:
        relation = self.mapping.relation_name(layer.layer.name, attribute.name)
        if relation is None or other is None:
            return False
        name, entry = relation
        first, second = (brat_id, other) if entry.starts_at_label else (other, brat_id)
        self.lines.relations.append(f"{name} Arg1:{first} Arg2:{second}")
        return True

    def _add_part(self, layer: LabelLayer, attribute: Attribute, part: Mapping[str, Any], brat_id: str) -> bool:
        """Add the span of a part, once for equal ones, and its relation to the label."""
        name = self.mapping.part_name(layer.layer.name, attribute.name)
        if name is None or self.mapping.relation_name(layer.layer.name, attribute.name) is None:
            return False
        place = (name, part["start"], part["end"])
        if place not in self._parts:
            self._last_id += 1
            self._parts[place] = f"T{self._last_id}"
            self.lines.mentions.append(_mention_line(self._parts[place], name, part))
        return self._add_relation(layer, attribute, brat_id, self._parts[place])


def _value_text(entry: MappedAttribute, value: Any) -> str:
    return entry.external_value(value) if isinstance(value, str) else strict_json.compact(value)


def _mention_line(brat_id: str, type_name: str, span: Mapping[str, Any]) -> str:
    places = ";".join(f"{start} {end}" for start, end in _line_fragments(span))
    return f"{brat_id}\t{type_name} {places}\t{_words(span['text'])}"


def _words(text: str) -> str:
    """Return a text of one line, with a space for each line end."""
    return " ".join(filter(None, (line.strip() for line in text.split("\n"))))


def _brat_ids(labels: Sequence[Mapping[str, Any]]) -> list[str]:
    taken = {label["id"] for label in labels if BRAT_ID.fullmatch(label["id"])}
    free = (name for number in range(1, len(labels) + 1) if (name := f"T{number}") not in taken)
    return [label["id"] if label["id"] in taken else next(free) for label in labels]


def _line_fragments(span: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield the span of each line of a label, without white space at its edges."""
    start = span["start"]
    for line in span["text"].split("\n"):
        if line.strip():
            first = start + len(line) - len(line.lstrip())
            yield first, first + len(line.strip())
        start += len(line) + 1
