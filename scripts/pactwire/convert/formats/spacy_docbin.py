"""spaCy's binary training format, DocBin (https://spacy.io/api/docbin), read and written.

Each article is one Doc, and ``doc.text`` is exactly its content text. ``doc.ents`` has the outermost mentions with
their links as ``kb_id``, ``doc.spans["entities"]`` all mentions, other groups of ``doc.spans`` the labels of other
layers, ``doc.user_data`` the article's id. Needs spaCy, the
extra ``pactwire[spacy]``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple

from pactwire.convert import mention_tokens
from pactwire.convert.export_mentions import Mention
from pactwire.convert.imported_document import SourceFile
from pactwire.model import optional_packages
from pactwire.text import bio_tags

SPAN_GROUP: Final = "entities"
ARTICLE_KEY: Final = "article"


class DocText(NamedTuple):
    """An article's id, its content text, the labels in it by layer, and the layer of mentions."""

    article: str
    text: str
    layers: Mapping[str, Sequence[Mention]]
    main: str

    def groups(self) -> dict[str, Sequence[Mention]]:
        """Return the labels by group: those of the layer of mentions in the group of mentions, others by layer."""
        others = {name: each for name, each in self.layers.items() if name != self.main}
        renamed = {f"{name}_{SPAN_GROUP}" if name == SPAN_GROUP else name: each for name, each in others.items()}
        return {SPAN_GROUP: self.layers[self.main], **renamed}


def docbin_bytes(texts: Iterable[DocText]) -> bytes:
    """Return the bytes of a DocBin; raises DataError (missing-extra) if spaCy is not installed."""
    spacy = _import_spacy()
    vocabulary = spacy.vocab.Vocab()
    docs = [_build_doc(spacy, vocabulary, text) for text in texts]
    data: bytes = spacy.tokens.DocBin(docs=docs, store_user_data=True).to_bytes()
    return data


def docbin_records(data: bytes, source: SourceFile) -> Iterator[dict[str, Any]]:
    """Yield each Doc of a DocBin as ``Doc.to_json`` returns it, plus the links of ``ents`` and ``user_data``.

    Raises DataError (missing-extra, convert-record).
    """
    spacy = _import_spacy()
    try:
        docs = list(spacy.tokens.DocBin(store_user_data=True).from_bytes(data).get_docs(spacy.vocab.Vocab()))
    except Exception as error:  # zlib, msgpack and spaCy raise many kinds for a broken file
        message = f"spaCy can't read it as a DocBin: {type(error).__name__}: {str(error)[:80]}"
        raise source.error("convert-record", message) from None
    for doc in docs:
        record: dict[str, Any] = doc.to_json()
        if "ents" in record:
            record["ents"] = [
                {"start": span.start_char, "end": span.end_char, "label": span.label_, "kb_id": span.kb_id_}
                for span in doc.ents
            ]
        yield {**record, "user_data": doc.user_data}


def _import_spacy() -> Any:
    optional_packages.require("spacy")
    return import_module("spacy")


def _build_doc(spacy: Any, vocabulary: Any, text: DocText) -> Any:
    groups = text.groups()
    mentions = [mention for each in groups.values() for mention in each]
    tokens, _ = mention_tokens.tokens_cut_at_mentions(text.text, mentions)
    words, spaces, starts, ends = _words_and_spaces(text.text, tokens)
    doc = spacy.tokens.Doc(vocabulary, words=words, spaces=spaces)

    def span(mention: Mention) -> Any:
        first, last = starts[mention["start"]], ends[mention["end"]]
        return spacy.tokens.Span(doc, first, last + 1, label=mention["type"], kb_id=mention["link"] or "")

    doc.ents = [span(mention) for mention in bio_tags.outermost(groups[SPAN_GROUP])]
    for name, labels in groups.items():
        doc.spans[name] = [span(mention) for mention in labels]
    doc.user_data[ARTICLE_KEY] = text.article
    return doc


def _words_and_spaces(text: str, tokens: Sequence[Any]) -> tuple[list[str], list[bool], dict[int, int], dict[int, int]]:
    """Return spaCy's words and spaces for a text, and the word indices by each token's start and end.

    A space after a word belongs to it; other white space is a word of its own, as in spaCy.
    """
    words: list[str] = []
    spaces: list[bool] = []
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    position = 0
    for token in [*tokens, {"start": len(text), "end": len(text), "text": ""}]:
        gap = text[position : token["start"]]
        if gap.startswith(" ") and words:
            spaces[-1], gap = True, gap[1:]
        if gap:
            words.append(gap)
            spaces.append(False)
        if token["text"]:
            starts[token["start"]] = ends[token["end"]] = len(words)
            words.append(token["text"])
            spaces.append(False)
        position = token["end"]
    return words, spaces, starts, ends
