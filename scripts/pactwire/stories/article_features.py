"""Features of a corpus's articles: the content text, the features of the event, and the day of publication."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model.issues import DataError
from pactwire.stories import event_features
from pactwire.stories.event_features import Feature
from pactwire.stories.known_names import KnownNames


class ArticleFeatures(NamedTuple):
    """What stories know of an article; ``day`` is the ordinal of its day of publication, 0 if unknown."""

    text: str
    language: str
    features: dict[Feature, str]
    day: int


class FeatureExtractor:
    """Extracts the features of a corpus's articles, one by one; names labeled in one are known in all of them."""

    def __init__(self, data: Corpus) -> None:
        self.corpus = data
        self.known_names = KnownNames(_known_forms(data))

    def extract(self, article_id: str) -> ArticleFeatures:
        """Return the features of an article; raises DataError if it can't be read."""
        try:
            article = self.corpus.articles[article_id]
        except KeyError:
            raise DataError(self.corpus.articles.read_with_issues(article_id)[1]) from None
        final = self.corpus.final_document(article_id)
        content = self.corpus.content(article, final)
        features = event_features.extract(content.text, content.main_language, self.known_names, content.entities)
        return ArticleFeatures(content.text, content.main_language, features, _day_number(article["published"]))


def _known_forms(data: Corpus) -> Iterator[tuple[str, str]]:
    """Yield (written name, link) of links.tsv and of the entities in final documents."""
    for row in data.links.values():
        yield row.name.partition(" (")[0], row.link
    for stored in data.documents:
        if stored.annotator == FINAL:
            for entity in stored.document.get("entities", []):
                if entity["link"]:
                    yield entity["text"], entity["link"]


def _day_number(published: str | None) -> int:
    try:
        return date.fromisoformat((published or "")[:10]).toordinal()
    except ValueError:
        return 0
