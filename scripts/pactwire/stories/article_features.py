"""Features of a corpus's articles: the content text, the features of the event, and the day of publication."""

from collections.abc import Iterator
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.model.issues import DataError
from pactwire.model.labels import document_labels
from pactwire.stories import event_features
from pactwire.stories.event_features import Feature
from pactwire.stories.known_names import KnownNames, LinkedMention
from pactwire.text.content import Content


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
        names = data.schema.names_layer
        self._links = (names.name, names.links[0].name) if names and names.is_span and names.links else None
        self.known_names = KnownNames(self._known_forms())

    def extract(self, article_id: str) -> ArticleFeatures:
        """Return the features of an article; raises DataError if it can't be read."""
        try:
            article = self.corpus.articles[article_id]
        except KeyError:
            raise DataError(self.corpus.articles.read_with_issues(article_id)[1]) from None
        final = self.corpus.final_document(article_id)
        content = self.corpus.content(article, final)
        features = event_features.extract(content.text, content.main_language, self.known_names, self._linked(content))
        return ArticleFeatures(content.text, content.main_language, features, _day_number(article["published"]))

    def _linked(self, content: Content) -> list[LinkedMention] | None:
        """Return the labeled names with a link, by start and end; None if nobody labeled the article's names."""
        if self._links is None or (labels := content.layer(self._links[0])) is None:
            return None
        spans = ((content.map_span(label), label.get(self._links[1])) for label in labels)
        found = [LinkedMention(link, span["start"], span["end"]) for span, link in spans if link]
        return sorted(found, key=attrgetter("start", "end"))

    def _known_forms(self) -> Iterator[tuple[str, str]]:
        """Yield (written name, link) of links.tsv and of the names in final documents."""
        for row in self.corpus.links.values():
            yield row.name.partition(" (")[0], row.link
        if self._links is None:
            return
        layer, attribute = self._links
        for stored in self.corpus.documents:
            if stored.annotator == FINAL:
                for label in document_labels(stored.document, layer):
                    if link := label.get(attribute):
                        yield label["text"], link


def _day_number(published: str | None) -> int:
    try:
        return date.fromisoformat((published or "")[:10]).toordinal()
    except ValueError:
        return 0
