"""Pactwire: news articles as a versioned Hugging Face dataset with proven annotations.

    import pactwire as pw

    dataset = pw.open("hf://datasets/ORG/NAME", revision="v2.0.0")
    for article in dataset:
        article.text, article.labels("entities")

What this module exports is the public API; docs/python.md describes it. Everything is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pactwire import labelstudio as labelstudio
    from pactwire.api.dataset import Dataset as Dataset
    from pactwire.api.dataset import open_dataset as open
    from pactwire.api.reports import AgreementReport as AgreementReport
    from pactwire.api.reports import BuildReport as BuildReport
    from pactwire.api.reports import ExportReport as ExportReport
    from pactwire.api.reports import ScoreReport as ScoreReport
    from pactwire.api.reports import ValidationReport as ValidationReport
    from pactwire.api.reports import VersionDiff as VersionDiff
    from pactwire.corpus.article_objects import Article as Article
    from pactwire.corpus.article_objects import Segment as Segment
    from pactwire.corpus.article_objects import Zone as Zone
    from pactwire.corpus.document_objects import Annotator as Annotator
    from pactwire.corpus.document_objects import Document as Document
    from pactwire.corpus.label_objects import Label as Label
    from pactwire.corpus.label_objects import Part as Part
    from pactwire.corpus.label_objects import Topic as Topic
    from pactwire.model.issues import DataError as DataError
    from pactwire.model.issues import Issue as Issue
    from pactwire.release.changes import Change as Change

__all__ = [
    "AgreementReport",
    "Annotator",
    "Article",
    "BuildReport",
    "Change",
    "DataError",
    "Dataset",
    "Document",
    "ExportReport",
    "Issue",
    "Label",
    "Part",
    "ScoreReport",
    "Segment",
    "Topic",
    "ValidationReport",
    "VersionDiff",
    "Zone",
    "labelstudio",
    "open",
]

_HOMES: Final = {
    "api.dataset": ("Dataset", "open"),
    "api.reports": ("AgreementReport", "BuildReport", "ExportReport", "ScoreReport", "ValidationReport", "VersionDiff"),
    "corpus.article_objects": ("Article", "Segment", "Zone"),
    "corpus.document_objects": ("Annotator", "Document"),
    "corpus.label_objects": ("Label", "Part", "Topic"),
    "model.issues": ("DataError", "Issue"),
    "release.changes": ("Change",),
}
"""The modules that define what is exported, with its names."""


def __getattr__(name: str) -> Any:
    if name == "labelstudio":
        return import_module("pactwire.labelstudio")
    for module, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"pactwire.{module}"), "open_dataset" if name == "open" else name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'pactwire' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
