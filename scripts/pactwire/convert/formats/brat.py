"""brat standoff (https://brat.nlplab.org/standoff.html) to claimed mentions, and a document's entities to it.

A line is ``T1<TAB>TYPE START END<TAB>WORDS``; offsets are code points of the text, half-open, and white space of
any kind stands for the first two blanks, as some tools write it. brat cuts a mention at line ends into fragments,
``START END;START END``, and writes a blank for a line end in its words. Our own attributes are written as
``A1<TAB>Form T1 adjective``, ``A2<TAB>MetonymOf T1 Q159`` and ``N1<TAB>Reference T1 Wikidata:Q649<TAB>WORDS``, or
``NIL:`` and a local name.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from pactwire.convert import acceptance
from pactwire.convert.entity_links import link_attribute
from pactwire.convert.imported_document import ImportedMention
from pactwire.convert.omissions import Omissions
from pactwire.convert.span_resolution import RawSpan
from pactwire.model import schema
from pactwire.model.escapes import quote
from pactwire.model.issues import Issue
from pactwire.model.records import Entity
from pactwire.storage import files

_NUMBER: Final = r"[0-9]{1,12}"
_PAIR: Final = rf"{_NUMBER}[ \t]+{_NUMBER}"
_MENTION_LINE: Final = re.compile(
    rf"(?P<id>T[^ \t]*)[ \t]+(?P<type>[^ \t]+)[ \t]+(?P<places>{_PAIR}(?:[ \t]*;[ \t]*{_PAIR})*)(?:[ \t](?P<text>.*))?"
)
_OTHER_LINE: Final = re.compile(r"(?P<kind>[REAMNW](?=[0-9])|[*#])[^ \t]*[ \t]+(?P<name>[^ \t:]+):?.*")
_ATTRIBUTE_LINE: Final = re.compile(r"[AM][^ \t]*[ \t]+(?P<name>[^ \t]+)[ \t]+(?P<of>[^ \t]+)(?:[ \t]+(?P<value>.*))?")
_LINK_LINE: Final = re.compile(
    r"[NW][^ \t]*[ \t]+Reference[ \t]+(?P<of>[^ \t]+)[ \t]+(?P<base>[^ \t:]+):(?P<value>[^ \t]+)(?:[ \t].*)?",
    re.IGNORECASE,
)
_LINK_PREFIXES: Final = {"wikidata": "", "nil": "NIL:"}
"""Knowledge bases, in small letters, to how their links begin with us."""
_KIND_NAMES: Final = {
    "R": "relations", "E": "events", "A": "attributes", "M": "attributes", "N": "normalizations",
    "W": "normalizations", "*": "equivalences", "#": "notes",
}  # fmt: skip
BRAT_ID: Final = re.compile(r"T[1-9][0-9]{0,8}")
"""An id of ours that can be one of brat's."""


def parse_annotations(annotation: str, raw: str, file: str) -> tuple[list[ImportedMention], Omissions, list[Issue]]:
    """Return the mentions of an .ann file in its order, counts of what we have no place for, and issues.

    A line that is no annotation continues the words of the mention before it, if the text holds the two
    as they stand. ``raw`` is the text as decoded.
    """
    text = files.normalize_newlines(raw)
    mentions: dict[str, ImportedMention] = {}
    issues: list[Issue] = []
    later: list[tuple[int, str]] = []
    last = ""
    for number, line in enumerate(files.normalize_newlines(annotation).split("\n"), 1):
        if match := _MENTION_LINE.fullmatch(line):
            last = match["id"] if match["id"] not in mentions else f"{match['id']}-{number}"
            mentions[last] = _mention(last, number, match)
        elif _OTHER_LINE.fullmatch(line):
            later.append((number, line))
            last = ""
        elif last and (longer := _with_continuation(mentions[last], line, text)):
            mentions[last] = longer
        elif line.strip():
            issues.append(Issue(file, number, "convert-line", f"{line[:60]!r} is no annotation"))
    about = _AttributeLines(mentions)
    for number, line in later:
        if unknown := about.add_line(line):
            message = f"the attribute {unknown} says neither that the mention was accepted nor that it was not"
            issues.append(Issue(file, number, "convert-decision", message))
    return about.finished_mentions(), about.omitted, issues


def _mention(name: str, number: int, match: re.Match[str]) -> ImportedMention:
    pairs = [pair.split() for pair in match["places"].split(";")]
    fragments = tuple((int(start), int(end)) for start, end in pairs)
    repair = "" if name == match["id"] else f"the id {match['id']} stands twice"
    return ImportedMention(name, number, RawSpan(match["type"], fragments, match["text"] or None), repair=repair)


def _with_continuation(mention: ImportedMention, line: str, text: str) -> ImportedMention | None:
    claimed = mention.span
    words = f"{claimed.text}\n{line}"
    if claimed.text is None or words.rstrip() not in text:
        return None
    return replace(mention, span=replace(claimed, text=words))


class _AttributeLines:
    """What the other lines of a file say of its mentions."""

    def __init__(self, mentions: dict[str, ImportedMention]) -> None:
        self.mentions = mentions
        self.omitted = Omissions()
        self.links: dict[str, dict[str, None]] = {}

    def add_line(self, line: str) -> str:
        """Keep what a line says, or count it; return the decision in it that has no known meaning, if there is one."""
        if (
            (match := _LINK_LINE.fullmatch(line))
            and match["of"] in self.mentions
            and match["base"].lower() in _LINK_PREFIXES
        ):
            self.links.setdefault(match["of"], {})[_LINK_PREFIXES[match["base"].lower()] + match["value"]] = None
            return ""
        if (match := _ATTRIBUTE_LINE.fullmatch(line)) and (mention := self.mentions.get(match["of"])):
            name, value = match["name"], (match["value"] or "").strip()
            if _is_own_attribute(name, value) and _OWN_ATTRIBUTES[name] not in mention.attributes:
                mention.attributes[_OWN_ATTRIBUTES[name]] = value
                return ""
            declined, unknown = acceptance.find_rejection({name: value or "true"})
            if declined:
                self.mentions[match["of"]] = replace(mention, rejected_by=declined)
            if acceptance.is_decision(name, value or "true"):
                return unknown
        self._count_line(line)
        return ""

    def _count_line(self, line: str) -> None:
        """Count a line by what it is and how that is called; a link by the knowledge base that it names."""
        other, match = _OTHER_LINE.fullmatch(line), _LINK_LINE.fullmatch(line)
        if other:
            name = match["base"] if match else other["name"]
            self.omitted.add(f"{_KIND_NAMES[other['kind']]}{' to' if match else ''} {quote(name)}", line)

    def finished_mentions(self) -> list[ImportedMention]:
        """Return the mentions with their links."""
        for of, links in self.links.items():
            mention = self.mentions[of]
            mention.attributes.update(link_attribute("|".join(links), self.omitted, mention.span.text or ""))
        return list(self.mentions.values())


_OWN_ATTRIBUTES: Final = {"Form": "form", "MetonymOf": "metonym_of"}
"""Attributes of ours to the fields that they are."""


def _is_own_attribute(name: str, value: str) -> bool:
    """Say whether an attribute is one that we write ourselves, with a value that ours allows."""
    if name == "Form":
        return value in schema.label_names("form")
    return name == "MetonymOf" and schema.is_valid(value, "annotation", "qid")


# --- writing


def format_annotations(entities: Sequence[Entity]) -> str:
    """Return the .ann file of mentions over a text, in the order of their places.

    Ids that are brat's stay; others get the next free number.
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
    """Yield the spans of a mention's lines, without white space at their edges."""
    start = entity["start"]
    for line in entity["text"].split("\n"):
        if line.strip():
            first = start + len(line) - len(line.lstrip())
            yield first, first + len(line.strip())
        start += len(line) + 1


def _one_line(text: str) -> str:
    """Return the words of a mention's lines with a blank between them."""
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
    """Return the annotation.conf with which brat shows our mentions: types, forms, and the metonyms that occur."""
    return CONFIGURATION_TEMPLATE.format(
        types="".join(f"{name}\n" for name in schema.label_names("entity_type")),
        forms="|".join(schema.label_names("form")),
        metonyms="|".join(sorted(set(metonyms)) or ["none"]),
    )
