"""spaCy readers: DocBin, ``Doc.to_json`` of version 3, the training JSON of version 2, and training pairs.

DocBin and ``Doc.to_json`` have the text, ``ents`` and groups of ``spans``. Mentions are those of the group that the
caller names, else of ``entities``, as in our own files, else the ``ents``. The training JSON has paragraphs of tokens
with BILUO tags. A pair is ``[text, {"entities": [[start, end, type], …]}]``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from pactwire.convert import acceptance
from pactwire.convert.entity_links import stated_identifier
from pactwire.convert.formats import spacy_docbin
from pactwire.convert.imported_document import (
    TOKENS,
    UNTYPED_SPAN,
    ImportedDocument,
    ImportedMention,
    ImportedRelation,
    RawSpan,
    SourceFile,
    field_values,
)
from pactwire.convert.omissions import Omissions
from pactwire.convert.tagged_tokens import TAG, TaggedTextBuilder
from pactwire.corpus import tables
from pactwire.model.escapes import quote
from pactwire.model.json_schemas import Validator
from pactwire.text.bio_tags import OUTSIDE

_MISSING_TAG: Final = "-"
"""The tag of a token that was not annotated."""
_TOKEN_ATTRIBUTES: Final = ("tag", "pos", "morph", "lemma", "dep")
_TRAINING_TOKEN_KEYS: Final = ("id", "orth", "ner", "start", "end")
_OBJECTS: Final = {"type": ["array", "null"], "items": {"type": "object"}}
_OBJECT: Final = {"type": ["object", "null"]}
_DOC: Final = Validator(
    {
        "properties": {
            "ents": {"type": ["array", "null"]},
            "spans": {**_OBJECT, "additionalProperties": {"type": ["array", "null"]}},
            "tokens": _OBJECTS,
            "user_data": _OBJECT,
            "_": _OBJECT,
        }
    }
)
"""What is read of ``Doc.to_json``, besides the spans, each of which may have an issue of its own."""
_SENTENCES: Final = {**_OBJECTS, "items": {"type": "object", "properties": {"tokens": _OBJECTS}}}
_TRAINING: Final = Validator({"properties": {"paragraphs": {"items": {"properties": {"sentences": _SENTENCES}}}}})


def is_doc(record: Mapping[str, Any]) -> bool:
    """Return whether a record is what ``Doc.to_json`` writes or displaCy reads: a text and its ``ents``."""
    has_groups = isinstance(record.get("spans"), dict) and isinstance(record.get("tokens"), list)
    return isinstance(record.get("text"), str) and (isinstance(record.get("ents"), list) or has_groups)


def is_training(record: Mapping[str, Any]) -> bool:
    """Return whether a record is a document of the training JSON of version 2."""
    paragraphs = record.get("paragraphs")
    return isinstance(paragraphs, list) and all(isinstance(item, dict) and "sentences" in item for item in paragraphs)


def is_pair(value: Any) -> bool:
    """Return whether a value is a training pair: a text and its annotations."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)


def read_record(
    record: Any,
    line: int,
    source: SourceFile,
    fields: Mapping[str, str],
    takes_layer: Callable[[str], bool] = lambda _: False,
) -> Iterator[ImportedDocument]:
    """Yield the documents of a record in any of spaCy's JSON formats.

    Args:
        record: The record.
        line: Its line or row.
        source: Its file.
        fields: May name the group of spans (``spans``) and the field with the decision (``answer``).
        takes_layer: Whether another group of spans, or the tokens, are labels of a layer of their own.

    Raises:
        UnreadableRecord: The record is in none of these formats (convert-record).
        DataError: The record has no group of the requested name (convert-layer).
    """
    if is_pair(record):
        yield _pair_document(record, line, source, fields)
    elif isinstance(record, dict) and is_training(record):
        _check_shape(record, _TRAINING, line, source)
        yield from _training_documents(record, line, source, takes_layer(TOKENS))
    elif isinstance(record, dict) and is_doc(record):
        _check_shape(record, _DOC, line, source)
        yield _doc_document(record, line, source, fields, takes_layer)
    else:
        raise source.unreadable(line, "convert-record", "it is not a spaCy document")


def _check_shape(record: Mapping[str, Any], shape: Validator, line: int, source: SourceFile) -> None:
    """Raise UnreadableRecord for the first value of a record that can't be where it is."""
    for _, path, message in shape.explain(record)[:1]:
        raise source.unreadable(line, "convert-record", f"{tables.format_path(path)}: {message}")


def read_docbin(
    data: bytes, source: SourceFile, fields: Mapping[str, str], takes_layer: Callable[[str], bool] = lambda _: False
) -> Iterator[ImportedDocument]:
    """Yield the documents of a DocBin; raises DataError (missing-extra, convert-record, convert-layer)."""
    for number, record in enumerate(spacy_docbin.docbin_records(data, source), 1):
        yield _doc_document(record, number, source, fields, takes_layer)


def _doc_document(
    record: Mapping[str, Any],
    line: int,
    source: SourceFile,
    fields: Mapping[str, str],
    takes_layer: Callable[[str], bool],
) -> ImportedDocument:
    """Return the document of a record that ``Doc.to_json`` wrote; raises DataError (convert-layer)."""
    custom = dict(record.get("user_data") or record.get("_") or {})
    document = source.document(custom.pop(spacy_docbin.ARTICLE_KEY, line), record["text"])
    groups = {"ents": record.get("ents"), **(record.get("spans") or {})}
    group = fields.get("spans") or (spacy_docbin.SPAN_GROUP if spacy_docbin.SPAN_GROUP in groups else "ents")
    if group not in groups:
        raise source.error("convert-layer", f"it has no spans called {group}, but {', '.join(groups)}", line)
    if groups[group] is not None:
        document.mentions = list(_mentions(groups[group], line, document))
    for name, spans in groups.items():
        if name != group and spans and takes_layer(name):
            document.mentions = [*(document.mentions or ()), *_group_labels(spans, name, line, document)]
        elif name != group and spans:
            document.omitted.add(f"spans of the group {name}", count=len(spans))
    if takes_layer(TOKENS):
        labels = _token_labels(record.get("tokens") or [], line, document)
        document.mentions = [*(document.mentions or ()), *labels] if labels else document.mentions
    else:
        for token in record.get("tokens") or ():
            for name in _TOKEN_ATTRIBUTES:
                document.omitted.add_field(name, token.get(name), " of tokens")
    document.add_property("cats", record.get("cats"))
    decisions = {str(name): value for name, value in custom.items()}
    acceptance.apply_decisions(document, decisions, line, fields.get("answer", ""))
    return document


def _group_labels(spans: list[Any], group: str, line: int, document: ImportedDocument) -> Iterator[ImportedMention]:
    """Yield the spans of another group as labels of its layer, each with its own label as an attribute."""
    for mention in _mentions(spans, line, document):
        label = {"label": (mention.span.type,)} if mention.span.type != UNTYPED_SPAN else {}
        link = {"kb_id": (mention.link,)} if mention.link else {}
        span = replace(mention.span, type=group)
        yield replace(mention, span=span, layer=group, link="", attributes={**mention.attributes, **label, **link})


def _token_labels(tokens: list[Any], line: int, document: ImportedDocument) -> list[ImportedMention]:
    """Return labels of the tokens that say something, and add the relations to their heads."""
    labels: list[ImportedMention] = []
    for token in tokens:
        fields = (field_values(name, token.get(name)) for name in _TOKEN_ATTRIBUTES)
        attributes = {name: values for each in fields for name, values in each.items()}
        start, end, number = token.get("start"), token.get("end"), token.get("id")
        if type(start) is type(end) is int and attributes and document.raw[start:end].strip():
            span = RawSpan(TOKENS, ((start, end),), document.raw[start:end])
            labels.append(ImportedMention(f"token{number}", line, span, attributes=attributes, layer=TOKENS))
            if token.get("head") not in (None, number):
                ends = f"token{number}", f"token{token['head']}"
                document.relations.append(ImportedRelation("head", *ends, line))
    return labels


def _mentions(spans: list[Any], line: int, document: ImportedDocument) -> Iterator[ImportedMention]:
    for index, span in enumerate(spans):
        if isinstance(span, list):
            span = dict(zip(("start", "end", "label"), span, strict=False))
        start, end = (span.get(key) if isinstance(span, dict) else None for key in ("start", "end"))
        if type(start) is not int or type(end) is not int or start < 0:
            message = f"span {index} has no start and end that are whole numbers: {str(span)[:60]}"
            document.add_issue(line, "convert-record", message)
            continue
        link = stated_identifier(str(span.get("kb_id") or ""))
        words = span.get("text") if isinstance(span.get("text"), str) else None
        raw_span = RawSpan(str(span.get("label") or UNTYPED_SPAN), ((start, end),), words)
        fields = (field_values(name, span.get(name)) for name in ("id", "span_id"))
        attributes = {name: values for each in fields for name, values in each.items()}
        yield ImportedMention("", line, raw_span, link, attributes=attributes)


def _pair_document(pair: list[Any], line: int, source: SourceFile, fields: Mapping[str, str]) -> ImportedDocument:
    text, annotations = pair
    document = source.document(line, text)
    if isinstance(annotations.get("entities"), list):
        document.mentions = list(_mentions(annotations["entities"], line, document))
    others = {name: value for name, value in annotations.items() if name != "entities"}
    acceptance.apply_decisions(document, others, line, fields.get("answer", ""))
    return document


# --- the training JSON of version 2


def _training_documents(
    record: Mapping[str, Any], line: int, source: SourceFile, takes_tokens: bool
) -> Iterator[ImportedDocument]:
    """Yield a document for each paragraph; its text is ``raw``, else its tokens joined by spaces."""
    identity = record.get("id", line)
    for number, paragraph in enumerate(record["paragraphs"], 1):
        sentences = paragraph["sentences"] or []
        tokens = [token for sentence in sentences for token in sentence.get("tokens") or ()]
        text = paragraph.get("raw") if isinstance(paragraph.get("raw"), str) else ""
        text = text or " ".join(str(token.get("orth", "")) for token in tokens)
        builder = TaggedTextBuilder(f"{source.name}#{identity}/{number}", source)
        _add_tagged_tokens(builder, tokens, text, line, takes_tokens)
        document = builder.finish()
        document.raw, document.offsets_count_decoded = text, True
        _count_training([] if takes_tokens else tokens, sentences, document.omitted)
        document.add_property("cats", paragraph.get("cats"))
        yield document


def _add_tagged_tokens(builder: TaggedTextBuilder, tokens: list[Any], text: str, line: int, takes_tokens: bool) -> None:
    """Add tokens with BILUO tags at their places in a text; the first one that does not fit is an issue."""
    position = 0
    for token in tokens:
        word, tag = str(token.get("orth", "")), str(token.get("ner", _MISSING_TAG))
        start = text.find(word, position)
        if start < 0 or text[position:start].strip():
            message = f"the token {quote(word)} is not in the raw text at {position}"
            builder.document.add_issue(line, "convert-record", message)
            return
        if tag not in (OUTSIDE, _MISSING_TAG) and not TAG.fullmatch(tag):
            message = f"{quote(tag)} of {quote(word)} is not a tag such as U-PER"
            builder.document.add_issue(line, "convert-tag", message)
            return
        builder.gap, position = text[position:start], start + len(word)
        span = builder.add_token(word, glued=True)
        builder.apply_tag("" if tag == _MISSING_TAG else tag, span, line)
        if takes_tokens:
            others = {name: str(value) for name, value in token.items() if name not in _TRAINING_TOKEN_KEYS}
            builder.add_label(span, line, {name: value for name, value in others.items() if value != "None"})


def _count_training(tokens: list[Any], sentences: list[Any], omitted: Omissions) -> None:
    for token in tokens:
        for name, value in token.items():
            if name not in _TRAINING_TOKEN_KEYS:
                omitted.add_field(name, value, " of tokens")
    for sentence in sentences:
        omitted.add_field("brackets", sentence.get("brackets"), " of sentences")
