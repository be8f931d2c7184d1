"""CoNLL-U (https://universaldependencies.org/format.html) with entities in its last column, MISC, to articles.

Entities are IOB tags under a key of MISC (``NER=B-PER``, ``name=B-PER``), or CorefUD's brackets,
``Entity=(e1-person`` to ``e1)``. The text is made of the surface tokens, a line for each sentence; it has to be what
``# text`` says. All that the format holds beyond (lemmas, morphology, syntax, words within a token, empty nodes) is
counted.
"""

import re
from collections.abc import Iterator
from typing import Final

from pactwire.convert.coreference_brackets import Brackets
from pactwire.convert.imported_document import Foreign
from pactwire.convert.offset_table import UNTYPED
from pactwire.convert.tagged_tokens import TAG, Tokenized
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files
from pactwire.text.bio_tags import OUTSIDE

ROW: Final = re.compile(r"(?P<first>\d+)(?:-(?P<last>\d+)|\.\d+)?\t(?:[^\t]*\t){8}[^\t]*")
_DOCUMENT: Final = re.compile(r"#\s*newdoc(?:\s+id\s*=\s*(?P<name>.*))?")
_TEXT: Final = re.compile(r"#\s*text\s*=\s*(?P<text>.*)")
_ORDER: Final = re.compile(r"#\s*global\.Entity\s*=\s*(?P<order>.*)")
_COLUMNS: Final = ("LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS")
_ENTITY: Final = "Entity"
_BRACKETS: Final = re.compile(r"\((?P<about>[^()]*)(?P<whole>\))?|(?P<closed>[^()]+)\)")
_PART: Final = re.compile(r"(?P<name>.*?)\[(?P<number>\d+)/\d+\]")
_READ: Final = ("etype", "identity")
"""What is read of an entity besides the name, which is first."""
_NOT_ENTITIES: Final = ("SpaceAfter", "SpacesAfter", "SpacesBefore")


def read(text: str, file: str, key: str | None, changed: str) -> Iterator[Foreign]:
    """Yield the articles of a file in order; ``key`` is the one of MISC with the entities, if there may be several.

    Raises DataError (convert-tag) where several keys hold tags and none is named, or no token has the named one. An
    article whose tokens are not its ``# text``, or with a line that can't be read, has an issue.
    """
    lines = files.normalize(text).split("\n")
    key = _key(lines, file, key)
    reader = _Reader(f"{file}#1", file, key, changed)
    number = 0
    for number, line in enumerate(lines, 1):
        if begins := _DOCUMENT.fullmatch(line):
            yield from reader.end(number)
            reader = _Reader(f"{file}#{begins['name'] or number}", file, key, changed, reader.order)
        else:
            reader.line(line, number)
    yield from reader.end(number)


def _misc(row: str) -> dict[str, str]:
    """Return what MISC says of a token, by key."""
    misc = row.rpartition("\t")[2]
    return dict(each.partition("=")[::2] for each in misc.split("|") if each != "_")


def _key(lines: list[str], file: str, asked: str | None) -> str:
    """Return the key of MISC that holds entities, the one asked for or the only one with tags; else nothing."""
    found: dict[str, None] = {}
    for line in lines:
        for key, value in _misc(line).items() if ROW.fullmatch(line) else ():
            if key == asked:
                return key
            if TAG.fullmatch(value) or (key == _ENTITY and _BRACKETS.match(value)):
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
        self.article, self.brackets = Tokenized(name), Brackets()
        self.brackets.is_annotated = bool(key)
        self.said, self.tokens, self.last, self.within = "", "", 0, 0

    def line(self, line: str, number: int) -> None:
        """Read a comment, a token, or the end of a sentence."""
        if not line.strip():
            self._sentence(number)
        elif row := ROW.fullmatch(line):
            self._row(line.split("\t"), int(row["first"]), row["last"], number)
        elif text := _TEXT.fullmatch(line):
            self.said = text["text"]
        elif order := _ORDER.fullmatch(line):
            self.order = tuple(order["order"].strip().split("-"))
        elif line.startswith("#"):
            self.article.left.note("comments", line.lstrip("# "))
        else:
            self._issue(number, f"{quote(line)} is no line of ten columns")

    def _issue(self, number: int, message: str) -> None:
        self.article.issues.append(Issue(self.file, number, "convert-tag", message))

    def _row(self, fields: list[str], first: int, last: str | None, number: int) -> None:
        """Read a token of the surface; words within one, and nodes that are not on the surface, are counted."""
        left = self.article.left
        for name, value in zip(_COLUMNS, fields[2:9], strict=True):
            left.column(name, value)
        misc = _misc(fields[9])
        if "." in fields[0] or (first <= self.within and not last):
            left.note("empty nodes" if "." in fields[0] else "words within a token", fields[1])
            if misc.get(self.key, OUTSIDE) not in (OUTSIDE, ""):
                left.note(f"values of {self.key} beside the surface", misc[self.key])
            return
        if first != self.last + 1:
            self._issue(number, f"the token {fields[0]} does not follow on {self.last}")
        self.last = int(last or first)
        self.within = int(last or 0)
        glued = misc.get("SpaceAfter") == "No"
        span = self.article.add(fields[1], glued)
        self.tokens += fields[1] + ("" if glued else " ")
        for key, value in misc.items():
            if key not in (*_NOT_ENTITIES, self.key):
                left.note(f"values of {key} in MISC", value)
        value = misc.get(self.key, OUTSIDE) if self.key else OUTSIDE
        if TAG.fullmatch(value) or value in (OUTSIDE, "_", ""):
            if self.key:
                self.article.tag(0, value or OUTSIDE, span, number, {})
        elif _BRACKETS.match(value):
            self._entities(value, span, number)
        else:
            self._issue(number, f"{self.key}={value} is no tag such as B-PER, and no bracket such as (e1-person")

    def _entities(self, value: str, span: tuple[int, int], number: int) -> None:
        """Open and close mentions by CorefUD's brackets."""
        for each in _BRACKETS.finditer(value):
            if each["closed"]:
                if not self.brackets.close(span[1], each["closed"]):
                    self._issue(number, f"{each['closed']}) closes a mention that is not open")
                continue
            said = each["about"].split("-", len(self.order) - 1)
            key, about = said[0], dict(zip(self.order, said, strict=False))
            for name, feature in about.items():
                if name not in (self.order[0], *_READ) and feature not in ("", "_"):
                    self.article.left.note(f"values of {name} in {_ENTITY}", feature)
            part = _PART.fullmatch(key)
            link = about.get("identity", "")
            self.brackets.open(
                key, about.get("etype") or UNTYPED, span[0], number, link, part["name"] if part else ""
            )  # fmt: skip
            if each["whole"]:
                self.brackets.close(span[1], key)

    def _sentence(self, number: int) -> None:
        """End a sentence, and compare its tokens with what it is said to be."""
        if self.said and self.tokens.split() != self.said.split():
            self._issue(number, f"the tokens are {quote(self.tokens)}, and # text is {quote(self.said)}")
        for name in self.brackets.end_sentence():
            self._issue(number, f"the mention {name} is never closed")
        self.article.close()
        if not self.article.is_empty:
            self.article.gap = "\n"
        self.said, self.tokens, self.last, self.within = "", "", 0, 0

    def end(self, number: int) -> Iterator[Foreign]:
        """Yield the article, unless nothing was read of it."""
        self._sentence(number)
        if not self.article.is_empty or self.article.issues:
            found = self.article.article(self.file, self.changed)
            yield self.brackets.into(found)
