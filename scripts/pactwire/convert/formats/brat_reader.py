"""Reader of brat standoff (https://brat.nlplab.org/standoff.html), as brat and other tools write it.

A mention is ``T1<TAB>TYPE START END<TAB>WORDS``; offsets are half-open code points of the text. Some tools write other
white space for the first two separators, which is accepted. brat splits a mention at line ends into fragments,
``START END;START END``, and writes a space for a line end in its words. An event is a mention at its trigger's place,
whose arguments are relations; an equivalence is a relation of its first mention to each of the others.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from pactwire.convert import acceptance
from pactwire.convert.formats.brat import decoded_note
from pactwire.convert.imported_document import (
    AttributeValue,
    ImportedDocument,
    ImportedMention,
    ImportedRelation,
    RawSpan,
)
from pactwire.convert.mapping import LINK
from pactwire.model.escapes import quote
from pactwire.storage import files

_NUMBER: Final = r"[0-9]{1,12}"
_PAIR: Final = rf"{_NUMBER}[ \t]+{_NUMBER}"
_MENTION_LINE: Final = re.compile(
    rf"(?P<id>T[^ \t]*)[ \t]+(?P<type>[^ \t]+)[ \t]+(?P<places>{_PAIR}(?:[ \t]*;[ \t]*{_PAIR})*)(?:[ \t](?P<text>.*))?"
)
_OTHER_LINE: Final = re.compile(r"(?P<kind>[REAMNW](?=[0-9])|[*#])[^ \t]*[ \t]+(?P<name>[^ \t:]+):?.*")
_EVENT_LINE: Final = re.compile(
    r"(?P<id>E[^ \t]*)[ \t]+(?P<type>[^ \t:]+):(?P<trigger>[^ \t]+)(?P<arguments>(?:[ \t]+[^ \t:]+:[^ \t]+)*)[ \t]*"
)
_RELATION_LINE: Final = re.compile(
    r"R[^ \t]*[ \t]+(?P<name>[^ \t]+)[ \t]+[^ \t:]+:(?P<source>[^ \t]+)[ \t]+[^ \t:]+:(?P<target>[^ \t]+)[ \t]*"
)
_EQUIVALENCE_LINE: Final = re.compile(r"\*[ \t]+(?P<name>[^ \t]+)(?P<mentions>(?:[ \t]+[^ \t]+){2,})[ \t]*")
_ATTRIBUTE_LINE: Final = re.compile(
    r"[AM][^ \t]*[ \t]+(?P<name>[^ \t]+)[ \t]+(?P<mention>[^ \t]+)(?:[ \t]+(?P<value>.*))?"
)
_LINK_LINE: Final = re.compile(
    r"[NW][^ \t]*[ \t]+(?P<name>[^ \t]+)[ \t]+(?P<mention>[^ \t]+)[ \t]+(?P<base>[^ \t:]+):(?P<value>[^ \t]+)"
    r"(?:[ \t].*)?"
)
_NOTE_LINE: Final = re.compile(r"#[^ \t]*[ \t]+(?P<name>[^ \t]+)[ \t]+(?P<mention>[^ \t]+)(?:[ \t](?P<value>.*))?")
_LINK_PREFIXES: Final = {"wikidata": "", "link": "", "nil": "NIL:"}
"""Knowledge bases, in lowercase, and the prefix of links to them; ``link`` is written where none is known."""
_KIND_NAMES: Final = {
    "R": "relations", "E": "events", "A": "attributes", "M": "attributes", "N": "normalizations",
    "W": "normalizations", "*": "equivalences", "#": "notes",
}  # fmt: skip


def add_annotations(document: ImportedDocument, annotation: str, attributes: Collection[str] = ()) -> None:
    """Add the mentions and relations of an .ann file to its document, in the file's order, with issues.

    A line that is not an annotation continues the words of the previous mention, if the text contains both lines.
    What is about something else than mentions is counted by its kind and name.

    Args:
        document: The document, with its text.
        annotation: The content of the .ann file.
        attributes: The names of attributes that are no decisions, whatever they are called.
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
    lines = _OtherLines(mentions, document, attributes)
    others = [(number, line) for number, line in other_lines if not lines.is_event(line, number)]
    for number, line in others:
        lines.add_line(line, number)
    document.mentions = lines.finish()


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


class _OtherLines:
    """The lines that are about a file's mentions: events, attributes, links, notes and relations."""

    def __init__(
        self, mentions: dict[str, ImportedMention], document: ImportedDocument, attributes: Collection[str]
    ) -> None:
        self.mentions, self.document, self.attributes = mentions, document, attributes
        self._events: dict[str, str] = {}

    def is_event(self, line: str, number: int) -> bool:
        """Add an event as a mention at its trigger's place, and its arguments as relations; False if it is none."""
        match = _EVENT_LINE.fullmatch(line)
        trigger = self.mentions.get(match["trigger"]) if match else None
        if match is None or trigger is None or match["id"] in self.mentions:
            return False
        span = replace(trigger.span, type=match["type"])
        self.mentions[match["id"]] = replace(trigger, id=match["id"], line=number, span=span, attributes={})
        if trigger.span.type == match["type"]:
            self._events.setdefault(match["trigger"], match["id"])
        for argument in match["arguments"].split():
            role, _, target = argument.partition(":")
            relation = ImportedRelation(role.rstrip("0123456789") or role, match["id"], target, number)
            self.document.relations.append(relation)
        return True

    def _find(self, mention_id: str) -> str | None:
        """Return the id of a mention, or of the event whose trigger it is; None if there is none."""
        mention_id = self._events.get(mention_id, mention_id)
        return mention_id if mention_id in self.mentions else None

    def add_line(self, line: str, number: int) -> None:
        """Read a line or count it; a decision without a known meaning is an issue."""
        relation = _RELATION_LINE.fullmatch(line)
        about = _ATTRIBUTE_LINE.fullmatch(line) or _LINK_LINE.fullmatch(line) or _NOTE_LINE.fullmatch(line)
        mention_id = self._find(about["mention"]) if about else None
        equivalent = _EQUIVALENCE_LINE.fullmatch(line)
        names = equivalent["mentions"].split() if equivalent else []
        if equivalent and all(map(self._find, names)):
            pairs = ((names[0], each) for each in names[1:])
            self.document.relations += [ImportedRelation(equivalent["name"], *pair, number) for pair in pairs]
        elif relation and self._find(relation["source"]) and self._find(relation["target"]):
            found = ImportedRelation(relation["name"], relation["source"], relation["target"], number)
            self.document.relations.append(found)
        elif about is None or mention_id is None:
            self._count_line(line)
        elif line[0] in "AM":
            self._add_attribute(mention_id, about["name"], (about["value"] or "").strip(), number)
        elif line[0] in "NW":
            base, value = about["base"], about["value"]
            prefix = _LINK_PREFIXES.get(base.lower())
            name = LINK if about["name"].lower() == "reference" else about["name"]
            self._add_value(mention_id, name, f"{base}:{value}" if prefix is None else f"{prefix}{value}")
        else:
            self._add_value(mention_id, about["name"], decoded_note(about["value"] or ""))

    def _add_value(self, mention_id: str, name: str, value: AttributeValue) -> None:
        attributes = self.mentions[mention_id].attributes
        attributes[name] = (*attributes.get(name, ()), value)

    def _add_attribute(self, mention_id: str, name: str, value: str, number: int) -> None:
        """Add an attribute to its mention, unless it is a decision about it."""
        if name not in self.attributes:
            rejected_by, unclear = acceptance.find_rejection({name: value or "true"})
            if rejected_by:
                self.mentions[mention_id] = replace(self.mentions[mention_id], rejected_by=rejected_by)
            if unclear:
                message = acceptance.unclear_decision(f"the attribute {unclear}", "the mention")
                self.document.add_issue(number, "convert-decision", message)
            if acceptance.is_decision(name, value or "true"):
                return
        self._add_value(mention_id, name, value or True)

    def _count_line(self, line: str) -> None:
        """Count a line by its kind and name, or a link by its knowledge base."""
        other, link = _OTHER_LINE.fullmatch(line), _LINK_LINE.fullmatch(line)
        if other:
            name = link["base"] if link else other["name"]
            self.document.omitted.add(f"{_KIND_NAMES[other['kind']]}{' to' if link else ''} {quote(name)}", line)

    def finish(self) -> list[ImportedMention]:
        """Return the mentions without the triggers of events, to which relations and attributes are moved."""
        self.document.relations = [
            each._replace(source=self._find(each.source) or "", target=self._find(each.target) or "")
            for each in self.document.relations
        ]
        return [mention for mention_id, mention in self.mentions.items() if mention_id not in self._events]
