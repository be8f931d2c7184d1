"""spaCy's documents to articles: DocBin, ``Doc.to_json`` of version 3, the training JSON of version 2, and pairs.

DocBin and ``Doc.to_json`` hold the text, ``ents`` and groups of ``spans``; mentions are those of the group that the
caller names or that is called ``entities``, as in files of our own, else the ``ents``. The training JSON holds
paragraphs of tokens with BILUO tags. A pair is ``[text, {"entities": [[start, end, type], …]}]``.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pactwire.convert import acceptance, spacy
from pactwire.convert.entity_links import link
from pactwire.convert.imported_document import Foreign, Mention
from pactwire.convert.losses import Losses
from pactwire.convert.offset_table import UNTYPED
from pactwire.convert.span_resolution import Claimed
from pactwire.convert.tagged_tokens import TAG, Tokenized
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.text.bio_tags import OUTSIDE

_MISSING: Final = "-"
"""The tag of a token of which nobody said anything."""
_ATTRIBUTES: Final = ("tag", "pos", "morph", "lemma", "dep")
_TOKEN_OWN: Final = ("id", "orth", "ner", "start", "end")


def is_doc(record: Mapping[str, Any]) -> bool:
    """Say whether a record is what ``Doc.to_json`` writes, or displaCy reads: a text and its ``ents``."""
    has_groups = isinstance(record.get("spans"), dict) and isinstance(record.get("tokens"), list)
    return isinstance(record.get("text"), str) and (isinstance(record.get("ents"), list) or has_groups)


def is_training(record: Mapping[str, Any]) -> bool:
    """Say whether a record is a document of the training JSON of version 2."""
    paragraphs = record.get("paragraphs")
    return isinstance(paragraphs, list) and all(isinstance(each, dict) and "sentences" in each for each in paragraphs)


def is_pair(value: Any) -> bool:
    """Say whether a value is a text and what is said of it."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)


def read(
    records: Iterable[tuple[int, Any] | DataError], file: str, fields: Mapping[str, str], changed: str
) -> Iterator[Foreign | DataError]:
    """Yield the articles of (line, record) in order; what is no record of spaCy's is yielded as a DataError."""
    for each in records:
        if isinstance(each, DataError):
            yield each
        elif is_pair(each[1]):
            yield _pair(each[1], each[0], file, fields, changed)
        elif isinstance(each[1], dict) and is_training(each[1]):
            yield from _training(each[1], each[0], file, changed)
        elif isinstance(each[1], dict) and is_doc(each[1]):
            yield _doc(each[1], each[0], file, fields, changed)
        else:
            yield DataError([Issue(file, each[0], "convert-record", "it is no document of spaCy's")])


def docbin(data: bytes, file: str, fields: Mapping[str, str], changed: str) -> Iterator[Foreign]:
    """Yield the articles of a DocBin; raises DataError (missing-extra, convert-record)."""
    for number, record in enumerate(spacy.records(data, file), 1):
        yield _doc(record, number, file, fields, changed)


def _doc(record: Mapping[str, Any], line: int, file: str, fields: Mapping[str, str], changed: str) -> Foreign:
    """Return the article of what ``Doc.to_json`` writes; raises DataError (convert-layer)."""
    about = dict(record.get("user_data") or record.get("_") or {})
    found = Foreign(f"{file}#{about.pop(spacy.ARTICLE, line)}", file, record["text"], None, changed, as_it_stands=True)
    groups = {"ents": record.get("ents"), **(record.get("spans") or {})}
    group = fields.get("spans") or (spacy.SPANS if spacy.SPANS in groups else "ents")
    if group not in groups:
        message = f"it has no spans called {group}, but {', '.join(groups)}"
        raise DataError([Issue(file, line, "convert-layer", message)])
    if groups[group] is not None:
        found.mentions = list(_mentions(groups[group], line, found))
    for name, spans in groups.items():
        if name != group:
            found.left.update({f"spans of the group {name}": len(spans)} if spans else {})
    for token in record.get("tokens", ()):
        for name in _ATTRIBUTES:
            found.left.field(name, token.get(name), " of tokens")
    found.left.field("cats", record.get("cats"))
    acceptance.obey(found, {str(name): value for name, value in about.items()}, line, fields.get("answer", ""))
    return found


def _mentions(spans: list[Any], line: int, found: Foreign) -> Iterator[Mention]:
    for index, span in enumerate(spans):
        if isinstance(span, list):
            span = dict(zip(("start", "end", "label"), span, strict=False))
        start, end = (span.get(key) if isinstance(span, dict) else None for key in ("start", "end"))
        if type(start) is not int or type(end) is not int or start < 0:
            message = f"span {index} has no start and end that are whole numbers: {str(span)[:60]}"
            found.issues.append(Issue(found.file, line, "convert-record", message))
            continue
        attributes = link(str(span.get("kb_id") or ""), found.left, found.raw[start:end])
        for name in ("id", "span_id"):
            found.left.field(name, span.get(name), " of spans")
        words = span.get("text") if isinstance(span.get("text"), str) else None
        yield Mention("", line, Claimed(str(span.get("label") or UNTYPED), ((start, end),), words), attributes)


def _pair(value: list[Any], line: int, file: str, fields: Mapping[str, str], changed: str) -> Foreign:
    """Return the article of a pair."""
    found = Foreign(f"{file}#{line}", file, value[0], None, changed, as_it_stands=True)
    if isinstance(value[1].get("entities"), list):
        found.mentions = list(_mentions(value[1]["entities"], line, found))
    others = {name: other for name, other in value[1].items() if name != "entities"}
    acceptance.obey(found, others, line, fields.get("answer", ""))
    return found


# --- the training JSON of version 2


def _training(record: Mapping[str, Any], line: int, file: str, changed: str) -> Iterator[Foreign]:
    """Yield an article for each paragraph of a document; tokens stand in its ``raw`` text, else make it up."""
    identity = record.get("id", line)
    for number, paragraph in enumerate(record["paragraphs"], 1):
        sentences = paragraph.get("sentences") if isinstance(paragraph.get("sentences"), list) else []
        tokens = [token for each in sentences for token in each.get("tokens", ())]
        text = paragraph.get("raw") if isinstance(paragraph.get("raw"), str) else ""
        text = text or " ".join(str(token.get("orth", "")) for token in tokens)
        article = Tokenized(f"{file}#{identity}/{number}")
        try:
            _tagged(article, tokens, text, line, file)
        except DataError as error:
            article.issues += error.issues
        found = article.article(file, changed)
        found.raw, found.as_it_stands = text, True
        _count(paragraph, tokens, sentences, found.left)
        yield found


def _tagged(article: Tokenized, tokens: list[Any], text: str, line: int, file: str) -> None:
    """Give an article tokens with BILUO tags where they stand in a text; raises DataError for one that does not."""
    position = 0
    for token in tokens:
        word, tag = str(token.get("orth", "")), str(token.get("ner", _MISSING))
        start = text.find(word, position)
        if start < 0 or text[position:start].strip():
            message = f"the token {quote(word)} does not stand in the raw text at {position}"
            raise DataError([Issue(file, line, "convert-record", message)])
        if tag not in (OUTSIDE, _MISSING) and not TAG.fullmatch(tag):
            raise DataError(
                [Issue(file, line, "convert-tag", f"{quote(tag)} of {quote(word)} is no tag such as U-PER")]
            )
        article.gap, position = text[position:start], start + len(word)
        article.tag(0, "" if tag == _MISSING else tag, article.add(word, glued=True), line, {})


def _count(paragraph: Mapping[str, Any], tokens: list[Any], sentences: list[Any], left: Losses) -> None:
    for token in tokens:
        for name, value in token.items():
            if name not in _TOKEN_OWN:
                left.field(name, value, " of tokens")
    for sentence in sentences:
        left.field("brackets", sentence.get("brackets"), " of sentences")
    left.field("cats", paragraph.get("cats"))
