"""Decisions on one's own work: who decided on articles, or reviewed them, that they annotated in the same round."""

from pathlib import Path
from typing import Final

from pactwire.corpus import rounds
from pactwire.corpus.tables import ANNOTATIONS
from pactwire.model.article_ids import ARTICLE_ID
from pactwire.model.issues import DataError
from pactwire.model.json_schemas import tool_validator
from pactwire.storage import jsonl

_MAX_SHOWN: Final = 3
"""The number of articles that a note lists."""


def own_decision_notes(root: Path) -> list[str]:
    """Return a note for each person, by name, who answers in the decisions file for articles of their own.

    Such a person has a document of the article in this round, or is one whose documents are compared. Lines that
    can't be read are issues of adjudication.
    """
    try:
        file = rounds.recorded_decisions(root)
    except DataError:
        return []  # `rounds.round_issues` tells
    articles: dict[str, dict[str, None]] = {}
    inputs: list[str] = []
    for entry in jsonl.read_values(root / file, file) if (root / file).is_file() else ():
        if isinstance(entry, DataError) or not isinstance(record := entry[1], dict):
            continue
        if entry[0] == 1:
            named = record.get("inputs")
            inputs = [*map(str, named.values())] if isinstance(named, dict) else []
            continue
        name, article = str(record.get("by")), str(record.get("article"))
        if tool_validator("envelope", "annotator_id").is_valid(name) and ARTICLE_ID.fullmatch(article):
            is_own = name in inputs or (root / ANNOTATIONS / name / f"{article}.json").is_file()
            articles.setdefault(name, {}).update({article: None} if is_own else {})
    return [_note(name, [*own]) for name, own in sorted(articles.items()) if own]


def _note(name: str, articles: list[str]) -> str:
    shown = ", ".join(articles[:_MAX_SHOWN]) + (" …" if len(articles) > _MAX_SHOWN else "")
    return f"{name} decided on articles that they annotated themselves, {len(articles):,} in all: {shown}"
