"""A corpus to what stories are found by: each article's content text, its clues, and when it was published."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model.issues import DataError
from pactwire.stories import event_features
from pactwire.stories.event_features import Clue
from pactwire.stories.names import Names
from pactwire.text.content import Content


class Read(NamedTuple):
    """An article as stories see it; ``day`` counts days from a fixed one, 0 for unknown."""

    text: str
    language: str
    clues: dict[Clue, str]
    day: int


class Contents:
    """The articles of a corpus, read one by one; names known from its labels are known in all of them."""

    def __init__(self, data: Corpus) -> None:
        self.data = data
        self.known = Names(_forms(data))

    def read(self, article_id: str) -> Read:
        """Read an article; raises DataError where it can't be."""
        try:
            article = self.data.articles[article_id]
        except KeyError:
            raise DataError(self.data.articles.read(article_id)[1]) from None
        final = self.data.final(article_id)
        content = Content(article, self.data.zones(article), final)
        language = content.language(0, len(content.text))
        found = event_features.clues(content.text, language, self.known, content.entities)
        return Read(content.text, language, found, _day(article["published"]))


def _forms(data: Corpus) -> Iterator[tuple[str, str]]:
    """Yield the known forms of names: those of links.tsv, and those that final documents label."""
    for link in data.links.values():
        yield link.name.partition(" (")[0], link.link
    for placed in data.documents:
        if placed.annotator == FINAL:
            for entity in placed.document.get("entities", []):
                if entity["link"]:
                    yield entity["text"], entity["link"]


def _day(published: str | None) -> int:
    try:
        return date.fromisoformat((published or "")[:10]).toordinal()
    except ValueError:
        return 0
