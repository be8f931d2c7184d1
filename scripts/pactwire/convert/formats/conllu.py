"""CoNLL-U (https://universaldependencies.org/format.html) reader, with entities in the last column, MISC.

Entities are IOB tags under a MISC key (``NER=B-PER``, ``name=B-PER``), or CorefUD's brackets, ``Entity=(e1-person`` to
``e1)``. The text is built from the surface tokens, one line per sentence, and must match ``# text``. Everything else
in the format (lemmas, morphology, syntax, words within a token, empty nodes) is counted.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pactwire.convert.imported_document import UNTYPED_SPAN, ImportedDocument, ImportedRelation, SourceFile
from pactwire.convert.mapping import LINK
from pactwire.convert.tagged_tokens import TAG, TaggedTextBuilder
from pactwire.model.escapes import quote
from pactwire.storage import files
from pactwire.text.bio_tags import OUTSIDE

ROW: Final = re.compile(r"(?P<first>[0-9]{1,12})(?:-(?P<last>[0-9]{1,12})|\.[0-9]+)?\t(?:[^\t]*\t){8}[^\t]*")
_DOCUMENT_COMMENT: Final = re.compile(r"#\s*newdoc(?:\s+id\s*=\s*(?P<name>.*))?")
_TEXT_COMMENT: Final = re.compile(r"#\s*text\s*=\s*(?P<text>.*)")
_VALUE_COMMENT: Final = re.compile(r"#\s*(?:meta::)?(?P<key>[\w-]+)\s*=\s*(?P<value>.*)")
_ENTITY_COMMENT: Final = re.compile(r"#\s*global\.Entity\s*=\s*(?P<order>.*)")
_COUNTED_COLUMNS: Final = ("LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS")
_HEAD: Final = "HEAD"
_ENTITY_KEY: Final = "Entity"
_BRACKETS: Final = re.compile(r"\((?P<about>[^()]*)(?P<whole>\))?|(?P<closed>[^()]+)\)")
_NUMBERED_PART: Final = re.compile(r"(?P<name>.*?)\[(?P<number>\d+)/\d+\]")
_READ_FEATURES: Final = ("etype", "identity")
"""Features of an entity that are its type and its link; all others are attributes, its id among them."""
_SPACING_KEYS: Final = ("SpaceAfter", "SpacesAfter", "SpacesBefore")


def read_documents(
    content: str, source: SourceFile, key: str | None, takes_tokens: bool = False
) -> Iterator[ImportedDocument]:
    """Yield the documents of a file in order.

    A document has an issue if its tokens do not match ``# text``, or if one of its lines cannot be read.

    Args:
        content: The file's content.
        source: Its name in issues, and its time.
        key: The MISC key with the entities; None if only one key has tags.
        takes_tokens: Whether tokens are labels of a layer of their own, with all columns, rather than counted.

    Raises:
        DataError: Several keys have tags and none is named, or no token has the named key (convert-tag).
    """
    lines = files.normalize_newlines(content).split("\n")
    key = _entity_key(lines, source, key)
    reader = _Reader("1", source, key, takes_tokens)
    number = 0
    for number, line in enumerate(lines, 1):
        if begins := _DOCUMENT_COMMENT.fullmatch(line):
            yield from reader.end_document(number)
            reader = _Reader(begins["name"] or str(number), source, key, takes_tokens, reader.order)
        else:
            reader.read_line(line, number)
    yield from reader.end_document(number)


def _parse_misc(row: str) -> dict[str, str]:
    """Return a token's MISC values by key."""
    misc = row.rpartition("\t")[2]
    return dict(pair.partition("=")[::2] for pair in misc.split("|") if pair != "_")


def _entity_key(lines: list[str], source: SourceFile, asked: str | None) -> str:
    """Return the MISC key with the entities: the requested one, or the only one with tags; empty if there is none."""
    tagged: dict[str, None] = {}
    for line in lines:
        for key, value in _parse_misc(line).items() if ROW.fullmatch(line) else ():
            if key == asked:
                return key
            if TAG.fullmatch(value) or (key == _ENTITY_KEY and _BRACKETS.match(value)):
                tagged[key] = None
    if asked:
        raise source.error("convert-tag", f"no token has the key {quote(asked)} in MISC")
    if len(tagged) > 1:
        message = f"the keys {', '.join(tagged)} of MISC have tags, and only you know which are the entities'"
        raise source.error("convert-tag", message)
    return next(iter(tagged), "")


class _Reader:
    """Reads a document line by line; ``order`` is the order of an entity's features in brackets."""

    def __init__(
        self,
        name: str,
        source: SourceFile,
        key: str,
        takes_tokens: bool,
        order: tuple[str, ...] = ("eid", "etype"),
    ) -> None:
        self.key, self.order, self.takes_tokens = key, order, takes_tokens
        self.sentence = 0
        self.builder = TaggedTextBuilder(f"{source.name}#{name}", source)
        self.builder.brackets.is_annotated = bool(key)
        self._begin_sentence()

    def _begin_sentence(self) -> None:
        self.stated_text, self.tokens, self.last_token, self.end_of_range = "", "", 0, 0
        self.span, self.sentence = (0, 0), self.sentence + 1

    def read_line(self, line: str, number: int) -> None:
        """Read a comment, a token, or the end of a sentence."""
        if not line.strip():
            self._end_sentence(number)
        elif row := ROW.fullmatch(line):
            self._read_row(line.split("\t"), int(row["first"]), row["last"], number)
        elif text := _TEXT_COMMENT.fullmatch(line):
            self.stated_text = text["text"]
        elif order := _ENTITY_COMMENT.fullmatch(line):
            self.order = tuple(order["order"].strip().split("-"))
        elif line.startswith("#"):
            self._read_comment(line)
        else:
            self._add_issue(number, f"{quote(line)} does not have ten columns")

    def _read_comment(self, line: str) -> None:
        """Take what a comment states of the article, such as ``# meta::title = …``; count any other."""
        document, match = self.builder.document, _VALUE_COMMENT.fullmatch(line)
        fields = {match["key"]: match["value"]} if match else {}
        others = document.stated.take_fields(fields, document.omitted, "comment")
        for name, value in others.items() if fields else [("comments", line.lstrip("# "))]:
            document.add_property(name, value)

    def _add_issue(self, number: int, message: str) -> None:
        self.builder.document.add_issue(number, "convert-tag", message)

    def _read_row(self, fields: list[str], first: int, last: str | None, number: int) -> None:
        """Read a surface token; words within a token, and nodes that are not on the surface, are counted."""
        omitted, misc = self.builder.document.omitted, _parse_misc(fields[9])
        if not self.takes_tokens:
            for name, value in zip(_COUNTED_COLUMNS, fields[2:9], strict=True):
                omitted.add_column(name, value)
        if "." in fields[0] or (first <= self.end_of_range and not last):
            if self.takes_tokens:
                self._add_word(fields, misc, number)
                return
            omitted.add("empty nodes" if "." in fields[0] else "words within a token", fields[1])
            if misc.get(self.key, OUTSIDE) not in (OUTSIDE, ""):
                omitted.add(f"values of {self.key} beside the surface", misc[self.key])
            return
        if first != self.last_token + 1:
            self._add_issue(number, f"the token {fields[0]} does not follow {self.last_token}")
        self.last_token = int(last or first)
        self.end_of_range = int(last or 0)
        is_glued = misc.get("SpaceAfter") == "No"
        self.span = span = self.builder.add_token(fields[1], is_glued)
        self.tokens += fields[1] + ("" if is_glued else " ")
        if self.takes_tokens:
            self._add_word(fields, {key: value for key, value in misc.items() if key != self.key}, number)
        else:
            for key, value in misc.items():
                if key not in (*_SPACING_KEYS, self.key):
                    omitted.add(f"values of {key} in MISC", value)
        if self.key:
            self._read_entity_value(misc.get(self.key, OUTSIDE), span, number)

    def _add_word(self, fields: list[str], misc: Mapping[str, str], number: int) -> None:
        """Label the span of a token with the columns of a word; a node without a span is the article's."""
        if "." in fields[0]:
            self.builder.document.add_property("empty nodes", f"{self.sentence}: {' '.join(fields)}")
            return
        is_inside = "-" not in fields[0] and int(fields[0]) <= self.end_of_range
        values = {"FORM": fields[1]} if is_inside else {}
        values |= {name: value for name, value in zip(_COUNTED_COLUMNS, fields[2:9], strict=True) if name != _HEAD}
        values |= {key: value for key, value in misc.items() if key not in _SPACING_KEYS}
        self.builder.add_label(self.span, number, values, f"{self.sentence}.{fields[0]}")
        if fields[6] not in ("_", "0"):
            ends = f"{self.sentence}.{fields[0]}", f"{self.sentence}.{fields[6]}"
            self.builder.document.relations.append(ImportedRelation(_HEAD, *ends, number))

    def _read_entity_value(self, value: str, span: tuple[int, int], number: int) -> None:
        """Read the tag or the brackets of a token."""
        if TAG.fullmatch(value) or value in (OUTSIDE, "_", ""):
            self.builder.apply_tag(value or OUTSIDE, span, number)
        elif _BRACKETS.match(value):
            self._read_brackets(value, span, number)
        else:
            self._add_issue(number, f"{self.key}={value} is not a tag such as B-PER or a bracket such as (e1-person")

    def _read_brackets(self, value: str, span: tuple[int, int], number: int) -> None:
        """Open and close mentions by CorefUD's brackets."""
        brackets = self.builder.brackets
        for bracket in _BRACKETS.finditer(value):
            if bracket["closed"]:
                if not brackets.close_mention(span[1], bracket["closed"]):
                    self._add_issue(number, f"{bracket['closed']}) closes a mention that is not open")
                continue
            values = bracket["about"].split("-", len(self.order) - 1)
            entity_id, features = values[0], dict(zip(self.order, values, strict=False))
            part = _NUMBERED_PART.fullmatch(entity_id)
            features[self.order[0]] = part["name"] if part else entity_id
            attributes = {
                f"{_ENTITY_KEY} {name}" if name == LINK else name: (feature,)
                for name, feature in features.items()
                if name not in _READ_FEATURES and feature not in ("", "_")
            }
            brackets.open_mention(
                entity_id, features.get("etype") or UNTYPED_SPAN, span[0], number,
                features.get("identity", ""), part["name"] if part else "", attributes,
            )  # fmt: skip
            if bracket["whole"]:
                brackets.close_mention(span[1], entity_id)

    def _end_sentence(self, number: int) -> None:
        """End a sentence, and compare its tokens with its stated text."""
        if self.stated_text and self.tokens.split() != self.stated_text.split():
            message = f"the tokens are {quote(self.tokens)}, and # text is {quote(self.stated_text)}"
            self._add_issue(number, message)
        self.builder.end_sentence(number)
        self._begin_sentence()

    def end_document(self, number: int) -> Iterator[ImportedDocument]:
        """Yield the document, unless nothing was read of it."""
        self._end_sentence(number)
        if not self.builder.is_empty or self.builder.document.issues:
            yield self.builder.finish()
