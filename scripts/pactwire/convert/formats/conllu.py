"""CoNLL-U (https://universaldependencies.org/format.html) with entities in its last column, MISC, to articles.

Entities are IOB tags under a key of MISC (``NER=B-PER``, ``name=B-PER``), or CorefUD's brackets,
``Entity=(e1-person`` to ``e1)``. The text is made of the surface tokens, a line for each sentence; it has to be what
``# text`` says. All that the format holds beyond (lemmas, morphology, syntax, words within a token, empty nodes) is
counted.
"""

import re
from collections.abc import Iterator
from typing import Final

from pactwire.convert.coreference_brackets import BracketParser
from pactwire.convert.formats.offset_table import UNTYPED_SPAN
from pactwire.convert.imported_document import ImportedDocument
from pactwire.convert.tagged_tokens import TAG, TaggedTextBuilder
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files
from pactwire.text.bio_tags import OUTSIDE

ROW: Final = re.compile(r"(?P<first>\d+)(?:-(?P<last>\d+)|\.\d+)?\t(?:[^\t]*\t){8}[^\t]*")
_DOCUMENT_COMMENT: Final = re.compile(r"#\s*newdoc(?:\s+id\s*=\s*(?P<name>.*))?")
_TEXT_COMMENT: Final = re.compile(r"#\s*text\s*=\s*(?P<text>.*)")
_ENTITY_COMMENT: Final = re.compile(r"#\s*global\.Entity\s*=\s*(?P<order>.*)")
_COUNTED_COLUMNS: Final = ("LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS")
_ENTITY_KEY: Final = "Entity"
_BRACKETS: Final = re.compile(r"\((?P<about>[^()]*)(?P<whole>\))?|(?P<closed>[^()]+)\)")
_NUMBERED_PART: Final = re.compile(r"(?P<name>.*?)\[(?P<number>\d+)/\d+\]")
_READ_FEATURES: Final = ("etype", "identity")
"""What is read of an entity besides the name, which is first."""
_SPACING_KEYS: Final = ("SpaceAfter", "SpacesAfter", "SpacesBefore")


def read_documents(text: str, file: str, key: str | None, changed: str) -> Iterator[ImportedDocument]:
    """Yield the articles of a file in order; ``key`` is the one of MISC with the entities, if there may be several.

    Raises DataError (convert-tag) where several keys hold tags and none is named, or no token has the named one. An
    article whose tokens are not its ``# text``, or with a line that can't be read, has an issue.
    """
    lines = files.normalize_newlines(text).split("\n")
    key = _entity_key(lines, file, key)
    reader = _Reader(f"{file}#1", file, key, changed)
    number = 0
    for number, line in enumerate(lines, 1):
        if begins := _DOCUMENT_COMMENT.fullmatch(line):
            yield from reader.end_document(number)
            reader = _Reader(f"{file}#{begins['name'] or number}", file, key, changed, reader.order)
        else:
            reader.read_line(line, number)
    yield from reader.end_document(number)


def _parse_misc(row: str) -> dict[str, str]:
    """Return what MISC says of a token, by key."""
    misc = row.rpartition("\t")[2]
    return dict(each.partition("=")[::2] for each in misc.split("|") if each != "_")


def _entity_key(lines: list[str], file: str, asked: str | None) -> str:
    """Return the key of MISC that holds entities, the one asked for or the only one with tags; else nothing."""
    found: dict[str, None] = {}
    for line in lines:
        for key, value in _parse_misc(line).items() if ROW.fullmatch(line) else ():
            if key == asked:
                return key
            if TAG.fullmatch(value) or (key == _ENTITY_KEY and _BRACKETS.match(value)):
                found[key] = None
    if asked:
        raise DataError([Issue(file, 1, "convert-tag", f"no token has the key {quote(asked)} in MISC")])
    if len(found) > 1:
        message = f"the keys {', '.join(found)} of MISC hold tags, and only you know which are the entities'"
        raise DataError([Issue(file, 1, "convert-tag", message)])
    return next(iter(found), "")


class _Reader:
    """Reads an article line by line."""

    def __init__(self, name: str, file: str, key: str, changed: str, order: tuple[str, ...] = ("eid", "etype")) -> None:
        self.file, self.key, self.changed, self.order = file, key, changed, order
        self.article, self.brackets = TaggedTextBuilder(name), BracketParser()
        self.brackets.is_annotated = bool(key)
        self.said, self.tokens, self.last, self.within = "", "", 0, 0

    def read_line(self, line: str, number: int) -> None:
        """Read a comment, a token, or the end of a sentence."""
        if not line.strip():
            self._end_sentence(number)
        elif row := ROW.fullmatch(line):
            self._read_row(line.split("\t"), int(row["first"]), row["last"], number)
        elif text := _TEXT_COMMENT.fullmatch(line):
            self.said = text["text"]
        elif order := _ENTITY_COMMENT.fullmatch(line):
            self.order = tuple(order["order"].strip().split("-"))
        elif line.startswith("#"):
            self.article.omitted.add("comments", line.lstrip("# "))
        else:
            self._add_issue(number, f"{quote(line)} is no line of ten columns")

    def _add_issue(self, number: int, message: str) -> None:
        self.article.issues.append(Issue(self.file, number, "convert-tag", message))

    def _read_row(self, fields: list[str], first: int, last: str | None, number: int) -> None:
        """Read a token of the surface; words within one, and nodes that are not on the surface, are counted."""
        left = self.article.omitted
        for name, value in zip(_COUNTED_COLUMNS, fields[2:9], strict=True):
            left.add_column(name, value)
        misc = _parse_misc(fields[9])
        if "." in fields[0] or (first <= self.within and not last):
            left.add("empty nodes" if "." in fields[0] else "words within a token", fields[1])
            if misc.get(self.key, OUTSIDE) not in (OUTSIDE, ""):
                left.add(f"values of {self.key} beside the surface", misc[self.key])
            return
        if first != self.last + 1:
            self._add_issue(number, f"the token {fields[0]} does not follow on {self.last}")
        self.last = int(last or first)
        self.within = int(last or 0)
        glued = misc.get("SpaceAfter") == "No"
        span = self.article.add_token(fields[1], glued)
        self.tokens += fields[1] + ("" if glued else " ")
        for key, value in misc.items():
            if key not in (*_SPACING_KEYS, self.key):
                left.add(f"values of {key} in MISC", value)
        value = misc.get(self.key, OUTSIDE) if self.key else OUTSIDE
        if TAG.fullmatch(value) or value in (OUTSIDE, "_", ""):
            if self.key:
                self.article.apply_tag(0, value or OUTSIDE, span, number, {})
        elif _BRACKETS.match(value):
            self._read_brackets(value, span, number)
        else:
            self._add_issue(number, f"{self.key}={value} is no tag such as B-PER, and no bracket such as (e1-person")

    def _read_brackets(self, value: str, span: tuple[int, int], number: int) -> None:
        """Open and close mentions by CorefUD's brackets."""
        for each in _BRACKETS.finditer(value):
            if each["closed"]:
                if not self.brackets.close_mention(span[1], each["closed"]):
                    self._add_issue(number, f"{each['closed']}) closes a mention that is not open")
                continue
            said = each["about"].split("-", len(self.order) - 1)
            key, about = said[0], dict(zip(self.order, said, strict=False))
            for name, feature in about.items():
                if name not in (self.order[0], *_READ_FEATURES) and feature not in ("", "_"):
                    self.article.omitted.add(f"values of {name} in {_ENTITY_KEY}", feature)
            part = _NUMBERED_PART.fullmatch(key)
            link = about.get("identity", "")
            self.brackets.open_mention(
                key, about.get("etype") or UNTYPED_SPAN, span[0], number, link, part["name"] if part else ""
            )  # fmt: skip
            if each["whole"]:
                self.brackets.close_mention(span[1], key)

    def _end_sentence(self, number: int) -> None:
        """End a sentence, and compare its tokens with what it is said to be."""
        if self.said and self.tokens.split() != self.said.split():
            self._add_issue(number, f"the tokens are {quote(self.tokens)}, and # text is {quote(self.said)}")
        for name in self.brackets.end_sentence():
            self._add_issue(number, f"the mention {name} is never closed")
        self.article.close_mentions()
        if not self.article.is_empty:
            self.article.gap = "\n"
        self.said, self.tokens, self.last, self.within = "", "", 0, 0

    def end_document(self, number: int) -> Iterator[ImportedDocument]:
        """Yield the article, unless nothing was read of it."""
        self._end_sentence(number)
        if not self.article.is_empty or self.article.issues:
            found = self.article.to_document(self.file, self.changed)
            yield self.brackets.add_mentions_to(found)
