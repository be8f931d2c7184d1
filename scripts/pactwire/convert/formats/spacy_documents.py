"""spaCy's documents to articles: DocBin, ``Doc.to_json`` of version 3, the training JSON of version 2, and pairs.

DocBin and ``Doc.to_json`` hold the text, ``ents`` and groups of ``spans``; mentions are those of the group that the
caller names or that is called ``entities``, as in files of our own, else the ``ents``. The training JSON holds
paragraphs of tokens with BILUO tags. A pair is ``[text, {"entities": [[start, end, type], …]}]``.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pactwire.convert import acceptance
from pactwire.convert.entity_links import link_attribute
from pactwire.convert.formats import spacy_docbin
from pactwire.convert.formats.offset_table import UNTYPED_SPAN
from pactwire.convert.imported_document import ImportedDocument, ImportedMention
from pactwire.convert.omissions import Omissions
from pactwire.convert.span_resolution import RawSpan
from pactwire.convert.tagged_tokens import TAG, TaggedTextBuilder
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.text.bio_tags import OUTSIDE

_MISSING_TAG: Final = "-"
"""The tag of a token of which nobody said anything."""
_TOKEN_ATTRIBUTES: Final = ("tag", "pos", "morph", "lemma", "dep")
_TRAINING_TOKEN_KEYS: Final = ("id", "orth", "ner", "start", "end")


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


def read_documents(
    records: Iterable[tuple[int, Any] | DataError], file: str, fields: Mapping[str, str], changed: str
) -> Iterator[ImportedDocument | DataError]:
    """Yield the articles of (line, record) in order; what is no record of spaCy's is yielded as a DataError."""
    for each in records:
        if isinstance(each, DataError):
            yield each
        elif is_pair(each[1]):
            yield _pair_document(each[1], each[0], file, fields, changed)
        elif isinstance(each[1], dict) and is_training(each[1]):
            yield from _training_documents(each[1], each[0], file, changed)
        elif isinstance(each[1], dict) and is_doc(each[1]):
            yield _doc_document(each[1], each[0], file, fields, changed)
        else:
            yield DataError([Issue(file, each[0], "convert-record", "it is no document of spaCy's")])


def read_docbin(data: bytes, file: str, fields: Mapping[str, str], changed: str) -> Iterator[ImportedDocument]:
    """Yield the articles of a DocBin; raises DataError (missing-extra, convert-record)."""
    for number, record in enumerate(spacy_docbin.docbin_records(data, file), 1):
        yield _doc_document(record, number, file, fields, changed)


def _doc_document(
    record: Mapping[str, Any], line: int, file: str, fields: Mapping[str, str], changed: str
) -> ImportedDocument:
    """Return the article of what ``Doc.to_json`` writes; raises DataError (convert-layer)."""
    about = dict(record.get("user_data") or record.get("_") or {})
    found = ImportedDocument(
        f"{file}#{about.pop(spacy_docbin.ARTICLE_KEY, line)}",
        file,
        record["text"],
        None,
        changed,
        offsets_count_decoded=True,
    )
    groups = {"ents": record.get("ents"), **(record.get("spans") or {})}
    group = fields.get("spans") or (spacy_docbin.SPAN_GROUP if spacy_docbin.SPAN_GROUP in groups else "ents")
    if group not in groups:
        message = f"it has no spans called {group}, but {', '.join(groups)}"
        raise DataError([Issue(file, line, "convert-layer", message)])
    if groups[group] is not None:
        found.mentions = list(_mentions(groups[group], line, found))
    for name, spans in groups.items():
        if name != group:
            found.omitted.update({f"spans of the group {name}": len(spans)} if spans else {})
    for token in record.get("tokens", ()):
        for name in _TOKEN_ATTRIBUTES:
            found.omitted.add_field(name, token.get(name), " of tokens")
    found.omitted.add_field("cats", record.get("cats"))
    acceptance.apply_decisions(
        found, {str(name): value for name, value in about.items()}, line, fields.get("answer", "")
    )
    return found


def _mentions(spans: list[Any], line: int, found: ImportedDocument) -> Iterator[ImportedMention]:
    for index, span in enumerate(spans):
        if isinstance(span, list):
            span = dict(zip(("start", "end", "label"), span, strict=False))
        start, end = (span.get(key) if isinstance(span, dict) else None for key in ("start", "end"))
        if type(start) is not int or type(end) is not int or start < 0:
            message = f"span {index} has no start and end that are whole numbers: {str(span)[:60]}"
            found.issues.append(Issue(found.file, line, "convert-record", message))
            continue
        attributes = link_attribute(str(span.get("kb_id") or ""), found.omitted, found.raw[start:end])
        for name in ("id", "span_id"):
            found.omitted.add_field(name, span.get(name), " of spans")
        words = span.get("text") if isinstance(span.get("text"), str) else None
        yield ImportedMention(
            "", line, RawSpan(str(span.get("label") or UNTYPED_SPAN), ((start, end),), words), attributes
        )


def _pair_document(value: list[Any], line: int, file: str, fields: Mapping[str, str], changed: str) -> ImportedDocument:
    """Return the article of a pair."""
    found = ImportedDocument(f"{file}#{line}", file, value[0], None, changed, offsets_count_decoded=True)
    if isinstance(value[1].get("entities"), list):
        found.mentions = list(_mentions(value[1]["entities"], line, found))
    others = {name: other for name, other in value[1].items() if name != "entities"}
    acceptance.apply_decisions(found, others, line, fields.get("answer", ""))
    return found


# --- the training JSON of version 2


def _training_documents(record: Mapping[str, Any], line: int, file: str, changed: str) -> Iterator[ImportedDocument]:
    """Yield an article for each paragraph of a document; tokens stand in its ``raw`` text, else make it up."""
    identity = record.get("id", line)
    for number, paragraph in enumerate(record["paragraphs"], 1):
        sentences = paragraph.get("sentences") if isinstance(paragraph.get("sentences"), list) else []
        tokens = [token for each in sentences for token in each.get("tokens", ())]
        text = paragraph.get("raw") if isinstance(paragraph.get("raw"), str) else ""
        text = text or " ".join(str(token.get("orth", "")) for token in tokens)
        article = TaggedTextBuilder(f"{file}#{identity}/{number}")
        try:
            _add_tagged_tokens(article, tokens, text, line, file)
        except DataError as error:
            article.issues += error.issues
        found = article.to_document(file, changed)
        found.raw, found.offsets_count_decoded = text, True
        _count_training(paragraph, tokens, sentences, found.omitted)
        yield found


def _add_tagged_tokens(article: TaggedTextBuilder, tokens: list[Any], text: str, line: int, file: str) -> None:
    """Give an article tokens with BILUO tags where they stand in a text; raises DataError for one that does not."""
    position = 0
    for token in tokens:
        word, tag = str(token.get("orth", "")), str(token.get("ner", _MISSING_TAG))
        start = text.find(word, position)
        if start < 0 or text[position:start].strip():
            message = f"the token {quote(word)} does not stand in the raw text at {position}"
            raise DataError([Issue(file, line, "convert-record", message)])
        if tag not in (OUTSIDE, _MISSING_TAG) and not TAG.fullmatch(tag):
            raise DataError(
                [Issue(file, line, "convert-tag", f"{quote(tag)} of {quote(word)} is no tag such as U-PER")]
            )
        article.gap, position = text[position:start], start + len(word)
        article.apply_tag(0, "" if tag == _MISSING_TAG else tag, article.add_token(word, glued=True), line, {})


def _count_training(paragraph: Mapping[str, Any], tokens: list[Any], sentences: list[Any], left: Omissions) -> None:
    for token in tokens:
        for name, value in token.items():
            if name not in _TRAINING_TOKEN_KEYS:
                left.add_field(name, value, " of tokens")
    for sentence in sentences:
        left.add_field("brackets", sentence.get("brackets"), " of sentences")
    left.add_field("cats", paragraph.get("cats"))
