"""Rulings: what one person decided about an article on a server, and how the decisions file changes by it."""

from collections.abc import Mapping
from typing import NamedTuple

from pactwire.agreement.alignment import ArticleAlignment
from pactwire.agreement.decisions import Decision, DecisionsFile
from pactwire.labelstudio import annotator_ids
from pactwire.model import strict_json


class Ruling(NamedTuple):
    """What one person decided about an article: decisions by id, and the time by layer."""

    article: ArticleAlignment
    adjudicator: str
    times: Mapping[str, str]
    decisions: Mapping[str, Decision]

    def affected_lines(self, file: DecisionsFile) -> list[Decision]:
        """Return the lines of the decisions file about the article's decided layers."""
        return [line for line in file.decisions if line.article == self.article.article and line.layer in self.times]

    def agrees_with(self, line: Decision) -> bool:
        """Say whether a line gives the same answer as this ruling."""
        mine = self.decisions.get(line.id)
        return mine is not None and _answer(mine) == _answer(line)

    def replaces(self, line: Decision) -> bool:
        """Say whether a line is open, or an earlier answer of the same person."""
        return line.is_open or (line.by == self.adjudicator and (line.decided or "~") < self.times[line.layer])

    def replace_lines(self, file: DecisionsFile) -> int:
        """Replace the lines of the file that this decides otherwise; return how many answers that changes."""
        lines = self.affected_lines(file)
        kept = {line.id for line in lines if self.agrees_with(line)}
        removed = [line for line in lines if line.id not in kept]
        added = [decision for decision_id, decision in self.decisions.items() if decision_id not in kept]
        file.decisions = [line for line in file.decisions if not any(line is other for other in removed)] + added
        if added:
            add_adjudicator(file, self.adjudicator)
        answered = {line.id for line in removed if not line.is_open}
        return len(answered | {decision.id for decision in added})


def add_adjudicator(file: DecisionsFile, name: str) -> None:
    """Add a person to those who decide, unless they are there."""
    if name not in {annotator["id"] for annotator in file.adjudicators}:
        file.adjudicators = [*file.adjudicators, annotator_ids.annotator_record(name)]


def _answer(decision: Decision) -> str:
    return strict_json.compact([decision.choice, decision.label])
