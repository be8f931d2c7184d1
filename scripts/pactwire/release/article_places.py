"""Places of predicted texts: the article that each is of, found by its characters without white space."""

from collections.abc import Sequence
from itertools import chain, islice
from typing import NamedTuple

from pactwire.agreement.score_alignment import SqueezedText, squeeze
from pactwire.release.scored_versions import GoldArticle, ScoredVersion
from pactwire.text import offsets


class ArticlePlace(NamedTuple):
    """An article, its characters, and where those of a predicted text begin among them."""

    article: GoldArticle
    target: SqueezedText
    shift: int


class ArticlePlaces:
    """Finds the article that a text is of: all of its source text or of its content, or one part of the content."""

    def __init__(self, versions: Sequence[ScoredVersion]) -> None:
        self._texts: dict[str, list[ArticlePlace]] = {}
        kinds = versions[-1].schema.content_kinds
        for version in reversed(versions):
            for article in version.articles.values():
                segments = offsets.content_text(article.text, article.zones, kinds)[1]
                spans = [(each["source"], each["source"] + each["length"]) for each in segments]
                whole, content = squeeze(article.text), squeeze(article.text, spans)
                own = self._texts.setdefault(article.id, [])
                own += [ArticlePlace(article, each, 0) for each in (whole, content)]
        self._by_text: dict[str, ArticlePlace] = {}
        for placed in chain.from_iterable(self._texts.values()):
            self._by_text.setdefault(placed.target.characters, placed)

    def find(self, identity: str, text: str) -> ArticlePlace | None:
        """Return where a text is; one that is a part of several contents, or twice of one, is nowhere."""
        characters = squeeze(text).characters
        for placed in self._texts.get(identity, ()):
            if placed.target.characters == characters:
                return placed
        if characters in self._by_text or not characters:
            return self._by_text.get(characters)
        parts = (placed for own in self._texts.values() for placed in own[1:2])
        held = list(islice((placed for placed in parts if characters in placed.target.characters), 2))
        if len(held) != 1 or held[0].target.characters.count(characters) != 1:
            return None
        return held[0]._replace(shift=held[0].target.characters.index(characters))
