"""A corpus to what stories are found by: each article's content text, its clues, and when it was published."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model.issues import DataError
from pactwire.stories import event_features
from pactwire.stories.event_features import Feature
from pactwire.stories.known_names import KnownNames
from pactwire.text.content import Content


class ArticleFeatures(NamedTuple):
    """An article as stories see it; ``day`` counts days from a fixed one, 0 for unknown."""

    text: str
    language: str
    features: dict[Feature, str]
    day: int


class FeatureExtractor:
    """The articles of a corpus, read one by one; names known from its labels are known in all of them."""

    def __init__(self, data: Corpus) -> None:
        self.corpus = data
        self.known_names = KnownNames(_known_forms(data))

    def extract(self, article_id: str) -> ArticleFeatures:
        """Read an article; raises DataError where it can't be."""
        try:
            article = self.corpus.articles[article_id]
        except KeyError:
            raise DataError(self.corpus.articles.read_with_issues(article_id)[1]) from None
        final = self.corpus.final_document(article_id)
        content = Content(article, self.corpus.zones(article), final)
        language = content.language(0, len(content.text))
        found = event_features.extract(content.text, language, self.known_names, content.entities)
        return ArticleFeatures(content.text, language, found, _day_number(article["published"]))


def _known_forms(data: Corpus) -> Iterator[tuple[str, str]]:
    """Yield the known forms of names: those of links.tsv, and those that final documents label."""
    for link in data.links.values():
        yield link.name.partition(" (")[0], link.link
    for placed in data.documents:
        if placed.annotator == FINAL:
            for entity in placed.document.get("entities", []):
                if entity["link"]:
                    yield entity["text"], entity["link"]


def _day_number(published: str | None) -> int:
    try:
        return date.fromisoformat((published or "")[:10]).toordinal()
    except ValueError:
        return 0
