"""brat standoff (https://brat.nlplab.org/standoff.html), read and written.

A mention is ``T1<TAB>TYPE START END<TAB>WORDS``; offsets are half-open code points of the text. Some tools write other
white space for the first two separators, which is accepted. brat splits a mention at line ends into fragments,
``START END;START END``, and writes a space for a line end in its words. Our own attributes are written as
``A1<TAB>Form T1 adjective``, ``A2<TAB>MetonymOf T1 Q159`` and ``N1<TAB>Reference T1 Wikidata:Q649<TAB>WORDS``, or
``NIL:`` and a local name.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from pactwire.convert import acceptance
from pactwire.convert.entity_links import link_attribute
from pactwire.convert.imported_document import ImportedDocument, ImportedMention, RawSpan
from pactwire.model import schema
from pactwire.model.escapes import quote
from pactwire.model.records import Entity
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
_LINK_PREFIXES: Final = {"wikidata": "", "nil": "NIL:"}
"""Knowledge bases, in lowercase, and the prefix of our links to them."""
_KIND_NAMES: Final = {
    "R": "relations", "E": "events", "A": "attributes", "M": "attributes", "N": "normalizations",
    "W": "normalizations", "*": "equivalences", "#": "notes",
}  # fmt: skip
BRAT_ID: Final = re.compile(r"T[1-9][0-9]{0,8}")
"""An id that is valid in brat and kept when written."""
_OWN_ATTRIBUTES: Final = {"Form": "form", "MetonymOf": "metonym_of"}
"""The attributes that we write ourselves, and their fields."""


def add_annotations(document: ImportedDocument, annotation: str) -> None:
    """Add the mentions of an .ann file to its document, in the file's order, with omissions and issues.

    A line that is not an annotation continues the words of the previous mention, if the text contains both lines.

    Args:
        document: The document, with its text.
        annotation: The content of the .ann file.
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
    attributes = _AttributeLines(mentions, document)
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

    def __init__(self, mentions: dict[str, ImportedMention], document: ImportedDocument) -> None:
        self.mentions, self.document = mentions, document
        self.links: dict[str, dict[str, None]] = {}

    def add_line(self, line: str, number: int) -> None:
        """Read a line or count it; a decision without a known meaning is an issue."""
        link, attribute = _LINK_LINE.fullmatch(line), _ATTRIBUTE_LINE.fullmatch(line)
        if link and link["mention"] in self.mentions and link["base"].lower() in _LINK_PREFIXES:
            target = _LINK_PREFIXES[link["base"].lower()] + link["value"]
            self.links.setdefault(link["mention"], {})[target] = None
        elif not (attribute and self._is_read(attribute, number)):
            self._count_line(line)

    def _is_read(self, attribute: re.Match[str], number: int) -> bool:
        """Read an attribute of a mention if it is our own or a decision; return False for any other."""
        mention_id, name, value = attribute["mention"], attribute["name"], (attribute["value"] or "").strip()
        mention = self.mentions.get(mention_id)
        if mention is None:
            return False
        if _is_own_attribute(name, value) and _OWN_ATTRIBUTES[name] not in mention.attributes:
            mention.attributes[_OWN_ATTRIBUTES[name]] = value
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
            words = mention.span.text or ""
            mention.attributes.update(link_attribute("|".join(links), self.document.omitted, words))


def _is_own_attribute(name: str, value: str) -> bool:
    """Return whether an attribute is one that we write ourselves, with a value that we allow."""
    if name == "Form":
        return value in schema.label_names("form")
    return name == "MetonymOf" and schema.is_valid(value, "annotation", "qid")


# --- writing


def format_annotations(entities: Sequence[Entity]) -> str:
    """Return the .ann file of entities over the source text, sorted by place.

    Ids that are valid in brat are kept; others are replaced by the next free number.
    """
    ordered = sorted(entities, key=lambda entity: (entity["start"], entity["end"]))
    names = _brat_ids(ordered)
    default = schema.default_label("form")
    mentions, attributes, links = [], [], []
    for entity, name in zip(ordered, names, strict=True):
        places = ";".join(f"{start} {end}" for start, end in _line_fragments(entity))
        mentions.append(f"{name}\t{entity['type']} {places}\t{_one_line(entity['text'])}")
        if entity["form"] != default:
            attributes.append(f"Form {name} {entity['form']}")
        if entity["metonym_of"]:
            attributes.append(f"MetonymOf {name} {entity['metonym_of']}")
        if link := entity["link"]:
            target = link if link.startswith("NIL:") else f"Wikidata:{link}"
            links.append(f"Reference {name} {target}\t{_one_line(entity['text'])}")
    lines = [
        *mentions,
        *(f"A{number}\t{line}" for number, line in enumerate(attributes, 1)),
        *(f"N{number}\t{line}" for number, line in enumerate(links, 1)),
    ]
    return "".join(f"{line}\n" for line in lines)


def _brat_ids(entities: Sequence[Entity]) -> list[str]:
    taken = {entity["id"] for entity in entities if BRAT_ID.fullmatch(entity["id"])}
    free = (name for number in range(1, len(entities) + 1) if (name := f"T{number}") not in taken)
    return [entity["id"] if entity["id"] in taken else next(free) for entity in entities]


def _line_fragments(entity: Entity) -> Iterator[tuple[int, int]]:
    """Yield the span of each line of a mention, without white space at its edges."""
    start = entity["start"]
    for line in entity["text"].split("\n"):
        if line.strip():
            first = start + len(line) - len(line.lstrip())
            yield first, first + len(line.strip())
        start += len(line) + 1


def _one_line(text: str) -> str:
    """Return the text of a mention with its lines joined by spaces."""
    return " ".join(filter(None, (line.strip() for line in text.split("\n"))))


CONFIGURATION_TEMPLATE: Final = """\
[entities]
{types}
[attributes]
Form Arg:<ENTITY>, Value:{forms}
MetonymOf Arg:<ENTITY>, Value:{metonyms}
[relations]
[events]
"""


def annotation_configuration(metonyms: Sequence[str]) -> str:
    """Return the annotation.conf for our mentions in brat: types, forms, and the metonyms that occur."""
    return CONFIGURATION_TEMPLATE.format(
        types="".join(f"{name}\n" for name in schema.label_names("entity_type")),
        forms="|".join(schema.label_names("form")),
        metonyms="|".join(sorted(set(metonyms)) or ["none"]),
    )
