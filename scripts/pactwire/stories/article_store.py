"""Article store: the features of a corpus's articles in a temporary file, so that each article is read once."""

import tempfile
from functools import lru_cache

import msgspec

from pactwire.stories.article_features import ArticleFeatures
from pactwire.stories.event_features import Feature

_CACHED: int = 256
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[str, str, list[tuple[str, str, str]], int])


class ArticleStore:
    """Features of articles by row number, in the order in which they were added."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        self._ends = [0]
        self.get = lru_cache(maxsize=_CACHED)(self._read)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def close(self) -> None:
        """Delete the features."""
        self._file.close()

    def add(self, article: ArticleFeatures) -> None:
        """Add the features of an article."""
        features = [(kind, value, written) for (kind, value), written in article.features.items()]
        record = _ENCODER.encode((article.text, article.language, features, article.day))
        self._file.write(record)
        self._ends.append(self._ends[-1] + len(record))

    def _read(self, row: int) -> ArticleFeatures:
        """Return the features of an article."""
        self._file.seek(self._ends[row])
        record = self._file.read(self._ends[row + 1] - self._ends[row])
        self._file.seek(self._ends[-1])
        text, language, features, day = _DECODER.decode(record)
        return ArticleFeatures(
            text, language, {Feature(kind, value): written for kind, value, written in features}, day
        )
