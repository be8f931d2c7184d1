"""brat standoff (https://brat.nlplab.org/standoff.html), read and written.

A mention is ``T1<TAB>TYPE START END<TAB>WORDS``; offsets are half-open code points of the text. Some tools write other
white space for the first two separators, which is accepted. brat splits a mention at line ends into fragments,
``START END;START END``, and writes a space for a line end in its words. The dataset's own attributes are written as
``A1<TAB>Form T1 adjective``, ``A2<TAB>MetonymOf T1 Q159`` or, if they are flags, ``A3<TAB>Flooded T1``; the link as
``N1<TAB>Reference T1 Wikidata:Q649<TAB>WORDS``, or ``NIL:`` and a local name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pactwire.convert import acceptance
from pactwire.convert.entity_links import single_identifier
from pactwire.convert.imported_document import ImportedDocument, ImportedMention, RawSpan
from pactwire.convert.mention_layer import MentionLayer
from pactwire.model.escapes import quote
from pactwire.model.layers import Attribute, AttributeKind
from pactwire.storage import files

_NUMBER: Final = r"[0-9]{1,12}"
_PAIR: Final = rf"{_NUMBER}[ \t]+{_NUMBER}"
_MENTION_LINE: Final = re.compile(
    rf"(?P<id>T[^ \t]*)[ \t]+(?P<type>[^ \t]+)[ \t]+(?P<places>{_PAIR}(?:[ \t]*;[ \t]*{_PAIR})*)(?:[ \t](?P<text>.*))?"
)
_OTHER_LINE: Final = re.compile(r"(?P<kind>[REAMNW](?=[0-9])|[*#])[^ \t]*[ \t]+(?P<name>[^ \t:]+):?.*")
_ATTRIBUTE_LINE: Final = re.compile(
    r"[AM][^ \t]*[ \t]+(?P<name>[^ \t]+)[ \t]+(?P<mention>[^ \t]+)(?:[ \t]+(?P<value>.*))?"
)
_LINK_LINE: Final = re.compile(
    r"[NW][^ \t]*[ \t]+Reference[ \t]+(?P<mention>[^ \t]+)[ \t]+(?P<base>[^ \t:]+):(?P<value>[^ \t]+)(?:[ \t].*)?",
    re.IGNORECASE,
)
_LINK_PREFIXES: Final = {"wikidata": "", "link": "", "nil": "NIL:"}
"""Knowledge bases, in lowercase, and the prefix of links to them; ``link`` is written where none is known."""
_WIKIDATA_ID: Final = re.compile("Q[0-9]+")
_KIND_NAMES: Final = {
    "R": "relations", "E": "events", "A": "attributes", "M": "attributes", "N": "normalizations",
    "W": "normalizations", "*": "equivalences", "#": "notes",
}  # fmt: skip
BRAT_ID: Final = re.compile(r"T[1-9][0-9]{0,8}")
"""An id that is valid in brat and kept when written."""
_OWN_KINDS: Final = (AttributeKind.CHOICE, AttributeKind.LINK, AttributeKind.FLAG)
"""The kinds of attributes that are written and read, besides the type and the link."""


def add_annotations(document: ImportedDocument, annotation: str, layer: MentionLayer | None) -> None:
    """Add the mentions of an .ann file to its document, in the file's order, with omissions and issues.

    A line that is not an annotation continues the words of the previous mention, if the text contains both lines.

    Args:
        document: The document, with its text.
        annotation: The content of the .ann file.
        layer: The mentions of the dataset, whose own attributes are read; None to count all attributes.
    """
    text = files.normalize_newlines(document.raw)
    mentions: dict[str, ImportedMention] = {}
    other_lines: list[tuple[int, str]] = []
    last = ""
    for number, line in enumerate(files.normalize_newlines(annotation).split("\n"), 1):
        if match := _MENTION_LINE.fullmatch(line):
            last = match["id"] if match["id"] not in mentions else f"{match['id']}-{number}"
            mentions[last] = _mention(last, number, match)
        elif _OTHER_LINE.fullmatch(line):
            other_lines.append((number, line))
            last = ""
        elif last and (continued := _with_continuation(mentions[last], line, text)):
            mentions[last] = continued
        elif line.strip():
            document.add_issue(number, "convert-line", f"{line[:60]!r} is not an annotation")
    attributes = _AttributeLines(mentions, document, layer)
    for number, line in other_lines:
        attributes.add_line(line, number)
    attributes.add_links()
    document.mentions = list(mentions.values())


def _mention(mention_id: str, number: int, match: re.Match[str]) -> ImportedMention:
    pairs = [pair.split() for pair in match["places"].split(";")]
    fragments = tuple((int(start), int(end)) for start, end in pairs)
    repair = "" if mention_id == match["id"] else f"the id {match['id']} is duplicated"
    return ImportedMention(mention_id, number, RawSpan(match["type"], fragments, match["text"] or None), repair=repair)


def _with_continuation(mention: ImportedMention, line: str, text: str) -> ImportedMention | None:
    """Return a mention whose words go on in the next line; None if the text does not contain them."""
    words = f"{mention.span.text}\n{line}"
    if mention.span.text is None or words.rstrip() not in text:
        return None
    return replace(mention, span=replace(mention.span, text=words))


class _AttributeLines:
    """The lines that are about a file's mentions: attributes and links are added to them, all else is counted."""

    def __init__(
        self,
        mentions: dict[str, ImportedMention],
        document: ImportedDocument,
        layer: MentionLayer | None,
    ) -> None:
        self.mentions, self.document, self.layer = mentions, document, layer
        self.attributes = own_attributes(layer) if layer else {}
        self.links: dict[str, dict[str, None]] = {}

    def add_line(self, line: str, number: int) -> None:
        """Read a line or count it; a decision without a known meaning is an issue."""
        link, attribute = _LINK_LINE.fullmatch(line), _ATTRIBUTE_LINE.fullmatch(line)
        target = self._link_target(link) if link and link["mention"] in self.mentions else None
        if link and target:
            self.links.setdefault(link["mention"], {})[target] = None
        elif not (attribute and self._is_read(attribute, number)):
            self._count_line(line)

    def _link_target(self, link: re.Match[str]) -> str | None:
        """Return the identifier of a link to a knowledge base that the dataset links to, None for any other."""
        if (prefix := _LINK_PREFIXES.get(link["base"].lower())) is not None:
            return f"{prefix}{link['value']}"
        identifier, attribute = f"{link['base']}:{link['value']}", self.layer and self.layer.link
        return identifier if self.layer and attribute and self.layer.allows(attribute, identifier) else None

    def _is_read(self, attribute: re.Match[str], number: int) -> bool:
        """Read an attribute of a mention if it is our own or a decision; return False for any other."""
        mention_id, name, value = attribute["mention"], attribute["name"], (attribute["value"] or "").strip()
        mention = self.mentions.get(mention_id)
        if mention is None:
            return False
        if own := self.attributes.get(name):
            own_value = True if own.kind == AttributeKind.FLAG and value in ("", "true") else value
            if self.layer and self.layer.allows(own, own_value) and own.name not in mention.attributes:
                mention.attributes[own.name] = own_value
                return True
        rejected_by, unclear = acceptance.find_rejection({name: value or "true"})
        if rejected_by:
            self.mentions[mention_id] = replace(mention, rejected_by=rejected_by)
        if unclear:
            message = acceptance.unclear_decision(f"the attribute {unclear}", "the mention")
            self.document.add_issue(number, "convert-decision", message)
        return acceptance.is_decision(name, value or "true")

    def _count_line(self, line: str) -> None:
        """Count a line by its kind and name, or a link by its knowledge base."""
        other, link = _OTHER_LINE.fullmatch(line), _LINK_LINE.fullmatch(line)
        if other:
            name = link["base"] if link else other["name"]
            self.document.omitted.add(f"{_KIND_NAMES[other['kind']]}{' to' if link else ''} {quote(name)}", line)

    def add_links(self) -> None:
        """Add to each mention the link that its lines agree on."""
        for mention_id, links in self.links.items():
            mention = self.mentions[mention_id]
            identifier = single_identifier("|".join(links), self.document.omitted, mention.span.text or "")
            self.mentions[mention_id] = replace(mention, link=identifier)


def own_attributes(layer: MentionLayer) -> dict[str, Attribute]:
    """Return the attributes that are written besides the type and the link, by their names in brat."""
    others = (each for each in layer.layer.of_kind(*_OWN_KINDS) if each not in (layer.type_attribute, layer.link))
    return {"".join(map(str.capitalize, each.name.split("_"))): each for each in others}


# --- writing


def format_annotations(labels: Iterable[Mapping[str, Any]], layer: MentionLayer) -> str:
    """Return the .ann file of mentions over the source text, sorted by place.

    Ids that are valid in brat are kept; others are replaced by the next free number.
    """
    ordered = sorted(labels, key=lambda label: (label["start"], label["end"]))
    mentions: list[str] = []
    attributes: list[str] = []
    links: list[str] = []
    for label, name in zip(ordered, _brat_ids(ordered), strict=True):
        places = ";".join(f"{start} {end}" for start, end in _line_fragments(label))
        words = " ".join(filter(None, (line.strip() for line in label["text"].split("\n"))))
        mentions.append(f"{name}\t{layer.type_of(label)} {places}\t{words}")
        attributes += _attribute_lines(label, name, layer)
        if link := layer.link_of(label):
            base = "" if ":" in link else "Wikidata:" if _WIKIDATA_ID.fullmatch(link) else "Link:"
            links.append(f"Reference {name} {base}{link}\t{words}")
    lines = [
        *mentions,
        *(f"A{number}\t{line}" for number, line in enumerate(attributes, 1)),
        *(f"N{number}\t{line}" for number, line in enumerate(links, 1)),
    ]
    return "".join(f"{line}\n" for line in lines)


def _attribute_lines(label: Mapping[str, Any], mention_id: str, layer: MentionLayer) -> Iterator[str]:
    """Yield a mention's own attributes without their numbers; what a mention has anyway is left out."""
    for name, attribute in own_attributes(layer).items():
        value = label.get(attribute.name)
        if value is not None and value != layer.blank_values.get(attribute.name):
            yield f"{name} {mention_id}" if value is True else f"{name} {mention_id} {value}"


def _brat_ids(labels: Sequence[Mapping[str, Any]]) -> list[str]:
    taken = {label["id"] for label in labels if BRAT_ID.fullmatch(label["id"])}
    free = (name for number in range(1, len(labels) + 1) if (name := f"T{number}") not in taken)
    return [label["id"] if label["id"] in taken else next(free) for label in labels]


def _line_fragments(label: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield the span of each line of a mention, without white space at its edges."""
    start = label["start"]
    for line in label["text"].split("\n"):
        if line.strip():
            first = start + len(line) - len(line.lstrip())
            yield first, first + len(line.strip())
        start += len(line) + 1


def annotation_configuration(layer: MentionLayer, labels: Iterable[Mapping[str, Any]]) -> str:
    """Return the annotation.conf for mentions in brat: their types and attributes, with the links that occur."""
    links: dict[str, set[str]] = {name: set() for name in own_attributes(layer)}
    for label in labels:
        for name, attribute in own_attributes(layer).items():
            if attribute.kind == AttributeKind.LINK and label.get(attribute.name):
                links[name].add(label[attribute.name])
    lines = ["[entities]", *layer.type_attribute.label_names, "", "[attributes]"]
    for name, attribute in own_attributes(layer).items():
        values = "|".join(attribute.label_names or sorted(links[name]) or ["none"])
        lines.append(f"{name} Arg:<ENTITY>" + ("" if attribute.kind == AttributeKind.FLAG else f", Value:{values}"))
    return "".join(f"{line}\n" for line in [*lines, "[relations]", "[events]"])
