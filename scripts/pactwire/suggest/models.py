"""Trained models that find names in text: spaCy pipelines and GLiNER, both optional extras.

The schema says which of their labels mean which class of names (``x-models``). A model is named by its kind and its
name or folder: ``spacy:fr_core_news_sm``, ``gliner:./my-gliner``.
"""

import hashlib
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import digests, escapes, optional_packages
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Annotator, AnnotatorKind, Span, Zone
from pactwire.suggest.drafts import content_lines
from pactwire.suggest.name_layer import NameLayer
from pactwire.text import tokens
from pactwire.text.sentences import sentence_spans

GLINER_THRESHOLD: Final = 0.5
"""Least score of a name from GLiNER: its authors' default."""
_ID_LENGTH: Final = 64
"""Characters of an annotator's id, at most."""


class ModelSpan(NamedTuple):
    """A name that a model found: a half-open span in code points of the line, and the model's label."""

    start: int
    end: int
    label: str


class Model(ABC):
    """A loaded model; ``languages`` are those that it can read, none if it can read any."""

    annotator: Annotator
    languages: tuple[str, ...] = ()
    kind: str

    @abstractmethod
    def find_spans(self, text: str, language: str, wanted: Sequence[str]) -> list[ModelSpan]:
        """Return the names in a line, in no particular order; ``wanted`` are the labels that mean something."""


class _SpacyModel(Model):
    kind = "spacy"

    def __init__(self, name: str) -> None:
        import spacy

        self._nlp = spacy.load(name)
        if "ner" not in self._nlp.pipe_names:
            raise ValueError("the pipeline has no component ner")
        self._nlp.select_pipes(
            enable=[pipe for pipe in ("tok2vec", "transformer", "ner") if pipe in self._nlp.pipe_names]
        )
        meta = self._nlp.meta
        title = f"{meta['lang']}_{meta['name']}"
        self.languages = () if meta["lang"] == "xx" else (meta["lang"],)
        self.annotator = model_annotator(self.kind, title, meta["version"])

    def find_spans(self, text: str, language: str, wanted: Sequence[str]) -> list[ModelSpan]:
        return [ModelSpan(entity.start_char, entity.end_char, entity.label_) for entity in self._nlp(text).ents]


class _GlinerModel(Model):
    kind = "gliner"

    def __init__(self, name: str) -> None:
        from gliner import GLiNER

        folder = Path(name)
        if not folder.is_dir():
            from huggingface_hub import snapshot_download

            folder = Path(snapshot_download(name))
        self._model = GLiNER.from_pretrained(str(folder), local_files_only=True)
        self.annotator = model_annotator(self.kind, Path(name).name, _folder_digest(folder))

    def find_spans(self, text: str, language: str, wanted: Sequence[str]) -> list[ModelSpan]:
        # GLiNER reads a few hundred words and ignores the rest, so it gets one sentence at a time.
        return [
            ModelSpan(start + entity["start"], start + entity["end"], entity["label"])
            for start, end in sentence_spans(text, language)
            for entity in self._model.predict_entities(text[start:end], list(wanted), threshold=GLINER_THRESHOLD)
        ]


MODEL_LOADERS: Final[dict[str, Callable[[str], Model]]] = {"spacy": _SpacyModel, "gliner": _GlinerModel}
"""What loads a model, by the kind that its name begins with."""


def load_model(name: str) -> Model:
    """Load a model by its name, such as ``spacy:fr_core_news_sm``; raises DataError (missing-extra, suggest-model)."""
    kind, _, source = name.partition(":")
    optional_packages.require(kind)  # each kind of model has an extra of the same name
    try:
        return MODEL_LOADERS[kind](source)
    except Exception as error:  # libraries do not document what they raise for a missing or broken model
        reason = str(error).splitlines()[0] if str(error) else repr(error)
    raise DataError([Issue(name, 1, "suggest-model", reason)])


def model_annotator(kind: str, name: str, version: str) -> Annotator:
    """Return the annotator of a kind of model, with an id made of kind and name.

    The id is in lower case, with hyphens for characters that ids can't have. Where that says much less than the name,
    since this is long, not ASCII or a path, eight digits of the name's SHA-256 follow. What two names may still share
    is found by `pactwire.suggest.draft_writer.check_folder`.
    """
    shown = shown_name(name)
    annotator_id = re.sub(r"[^a-z0-9_-]+", "-", f"{kind}-{shown}".lower())
    if shown != name or not name.isascii() or len(annotator_id) > _ID_LENGTH:
        digest = digests.short_sha256(name, 8)
        annotator_id = f"{annotator_id[: _ID_LENGTH - len(digest) - 1].rstrip('-')}-{digest}"
    return Annotator(id=annotator_id, kind=AnnotatorKind.MODEL, name=f"{kind} {shown}", version=version)


def shown_name(name: str) -> str:
    """Return a model's name on one line; of a file's path, which may be private, only its last part."""
    name = " ".join(escapes.CONTROL_CHARACTER.sub(" ", name).split())
    if name.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z]:[\\/]", name):
        name = re.split(r"[\\/]", name.rstrip("\\/"))[-1]
    return name[:100]


def _folder_digest(folder: Path) -> str:
    """Return twelve digits of the SHA-256 of a folder's files and their names, which make up a model."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:12]


def check_model(model: Model, layer: NameLayer) -> None:
    """Raise DataError (suggest-labels) if the schema names no label of such models."""
    if not layer.models.get(model.kind):
        message = f"no label of {layer.class_attribute.name} says in x-models what {model.kind} calls it"
        raise DataError([Issue(SCHEMA_FILE, 1, "suggest-labels", message)])


def add_labels(
    model: Model,
    text: str,
    zones: Sequence[Zone],
    labels: Sequence[dict[str, Any]],
    layer: NameLayer,
    counts: Counter[str],
) -> list[dict[str, Any]]:
    """Return the labels of the rules together with those of a model, in order, without ids.

    A mention that both found is by both. One that only the model found has no link. If a span of the model overlaps
    another label, the latter stays.

    Args:
        model: The model.
        text: The source text.
        zones: The article's zones; the model reads the lines of content in its languages.
        labels: The labels of the rules.
        layer: The layer of names.
        counts: Updated with what became of each name that the model found.
    """
    merged = {(label["start"], label["end"]): label for label in labels}
    classes = layer.models.get(model.kind, {})
    for start, end, language in content_lines(text, zones, layer.schema.content_kinds):
        if model.languages and language not in model.languages:
            counts["lines in a language that the model does not read"] += 1
            continue
        for found in _trim_spans(model.find_spans(text[start:end], language, list(classes)), text[start:end], counts):
            if found.label not in classes:
                counts[f"label {found.label}, which no label of the schema stands for"] += 1
                continue
            first, last = start + found.start, start + found.end
            reading = layer.blank_reading(classes[found.label])
            label = layer.label(Span(start=first, end=last, text=text[first:last]), reading, model.annotator["id"])
            _merge_label(merged, label, layer.class_attribute.name, counts)
    return sorted(merged.values(), key=lambda label: (label["start"], -label["end"]))


def _trim_spans(spans: Sequence[ModelSpan], text: str, counts: Counter[str]) -> Iterator[ModelSpan]:
    """Yield spans without white space and punctuation at their edges; those that cut a word are only counted."""
    words = tokens.tokenize(text)
    for span in sorted(set(spans)):
        counts["seen by the model"] += 1
        inside = [word for word in words if word["start"] < span.end and span.start < word["end"]]
        cut = any(word["start"] < span.start or span.end < word["end"] for word in inside)
        while inside and not inside[0]["text"][0].isalnum():
            inside.pop(0)
        while inside and not inside[-1]["text"][0].isalnum():
            inside.pop()
        if cut or not inside:
            counts["cut a word"] += 1
        else:
            yield ModelSpan(inside[0]["start"], inside[-1]["end"], span.label)


def _merge_label(
    merged: dict[tuple[int, int], dict[str, Any]], label: dict[str, Any], class_name: str, counts: Counter[str]
) -> None:
    start, end = span = label["start"], label["end"]
    known = merged.get(span)
    if known is not None:
        agrees = known.get(class_name) == label[class_name]
        counts["seen by the rules too" if agrees else "of another class than the rules say"] += 1
        if agrees and label["by"][0] not in known["by"]:
            merged[span] = {**known, "by": [*known["by"], *label["by"]]}
    elif any(start < other[1] and other[0] < end for other in merged):
        counts["overlapping others"] += 1
    else:
        counts["new"] += 1
        merged[span] = label
