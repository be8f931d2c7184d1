"""Language identification of many texts at once: the evidence that each gives for each language.

The model and its scores are py3langid's: naive Bayes over byte n-grams (Lui and Baldwin 2012, "langid.py: An
Off-the-shelf Language Identification Tool"). It comes with that package, and nothing is downloaded. Only the arithmetic
is done here, for all texts of a page together, in an eighth of the time: no n-gram is longer than six bytes, so the
automaton's state after each byte follows from the last six, for all bytes at once.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Numbers = NDArray[np.int64]

# The languages that short texts are identified among; a page's own language is added if it is not one of them.
COMMON: Final = (
    "ar", "az", "be", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr",
    "hu", "hy", "id", "it", "ja", "ka", "kk", "ko", "lt", "lv", "mk", "nl", "no", "pl", "pt", "ro", "ru", "sk",
    "sl", "sq", "sr", "sv", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
# The length of the longest n-gram, in bytes, and a byte that is in no n-gram.
_MAX_NGRAM_BYTES: Final = 6
_SEPARATOR: Final = b"\xff"
_FEATURE_BITS: Final = 20
# How many bytes are processed at once: more take more memory and no less time.
_CHUNK_BYTES: Final = 1 << 15

UNKNOWN: Final = "und"


@dataclass(slots=True)
class Guess:
    """The language of a text: the likeliest, its probability as ``confidence``, and those of all languages.

    ``best`` is ``und`` if no known n-gram is in the text. ``probabilities`` are in the order of ``codes``.
    """

    best: str
    confidence: float
    codes: list[str]
    probabilities: list[float]

    def probability(self, code: str) -> float:
        """Return the probability of a language; 0.0 for ``und`` and for languages that were not considered."""
        return self.probabilities[self.codes.index(code)] if code in self.codes else 0.0

    def runner_up(self, code: str) -> tuple[str, float]:
        """Return the likeliest language other than ``code``, and its probability."""
        if self.best != code:
            return self.best, self.confidence
        others = [0.0 if own == code else value for own, value in zip(self.codes, self.probabilities, strict=True)]
        highest = max(others)
        return self.codes[others.index(highest)], highest

    def restricted_to(self, codes: Sequence[str]) -> "Guess":
        """Return the guess if the text can only be in one of ``codes``."""
        kept = [value if code in codes else 0.0 for code, value in zip(self.codes, self.probabilities, strict=True)]
        total = sum(kept)
        if not total:
            return Guess(UNKNOWN, 0.0, self.codes, kept)
        highest = max(kept)
        return Guess(self.codes[kept.index(highest)], highest / total, self.codes, [value / total for value in kept])

    def best_unless(self, code: str, confidence: float) -> str:
        """Return the best language if it has this confidence and ``code`` is unlikely, else ``code``."""
        return self.best if self.confidence >= confidence and self.probability(code) < 0.15 else code


@dataclass
class Evidence:
    """The evidence of texts for languages: a row of ``sums`` for each text, a column for each of ``labels``.

    ``sizes`` are the lengths of the texts in bytes. Two columns have the same label if the model knows a language in
    two scripts.
    """

    labels: list[str]
    sums: Matrix
    sizes: Numbers

    @property
    def languages(self) -> list[str]:
        """The codes of the columns of `probabilities`."""
        return list(dict.fromkeys(self.labels))

    def summed(self, rows: Sequence[int], wholes: Sequence[int], count: int) -> "Evidence":
        """Return the evidence of ``count`` texts, each summed over the rows of its parts.

        Args:
            rows: The rows of the parts.
            wholes: The number of the text that each part belongs to, below ``count``.
            count: How many texts there are; one without parts has no evidence.
        """
        sums = np.zeros((count, len(self.labels)), dtype=np.float32)
        sizes = np.zeros(count, dtype=np.int64)
        targets, parts = np.array(wholes, dtype=np.int64), np.array(rows, dtype=np.int64)
        np.add.at(sums, targets, self.sums[parts])
        np.add.at(sizes, targets, self.sizes[parts])
        return Evidence(self.labels, sums, sizes)

    def probabilities(self) -> Matrix:
        """Return a row of probabilities for each text, in the order of `languages`.

        They are tempered by the length of the text, as py3langid does. A row is zero if its text has no known n-gram.
        """
        scores = (self.sums + _prior(tuple(self.labels))) / np.sqrt(np.maximum(self.sizes, 1))[:, None]
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds *= (self.sums.any(axis=1) / odds.sum(axis=1))[:, None]
        for first, again in _duplicate_columns(tuple(self.labels)):
            odds[:, first] += odds[:, again]
        return np.delete(odds, [again for _, again in _duplicate_columns(tuple(self.labels))], axis=1)

    def guesses(self) -> list[Guess]:
        """Return the guess for each text."""
        codes = self.languages
        rows = self.probabilities()
        best = rows.argmax(axis=1).tolist()
        return [
            Guess(codes[at] if row[at] else UNKNOWN, row[at], codes, row)
            for at, row in zip(best, rows.tolist(), strict=True)
        ]


@dataclass
class _Model:
    """py3langid's automaton and tables, as arrays."""

    labels: list[str]
    moves: Any
    rows: Any
    features: Any
    table: Any
    prior: Any


@cache
def _model() -> _Model:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    rows = np.asarray(identifier.tk_row).astype(np.int32) << 8
    return _Model(
        labels=list(identifier.nb_classes),
        moves=np.asarray(identifier.tk_nextmove),
        rows=rows,
        features=np.asarray(identifier.tk_output, dtype=np.int32),
        table=identifier.nb_ptc,
        prior=identifier.nb_pc,
    )


@cache
def supported_languages() -> tuple[str, ...]:
    """Return the ISO 639-1 codes that the model knows, sorted."""
    return tuple(sorted({code for code in _model().labels if len(code) == 2}))


@cache
def _score_table(codes: tuple[str, ...]) -> tuple[list[str], Matrix]:
    model = _model()
    columns = [column for column, label in enumerate(model.labels) if label in codes]
    table = np.ascontiguousarray(model.table[:, columns], dtype=np.float32)
    return [model.labels[column] for column in columns], table


@cache
def _prior(labels: tuple[str, ...]) -> Matrix:
    model = _model()
    own: dict[str, list[float]] = {}
    for label, prior in zip(model.labels, model.prior.tolist(), strict=True):
        own.setdefault(label, []).append(prior)
    return np.array([own[label][labels[:at].count(label)] for at, label in enumerate(labels)], dtype=np.float32)


@cache
def _duplicate_columns(labels: tuple[str, ...]) -> list[tuple[int, int]]:
    return [(labels.index(label), at) for at, label in enumerate(labels) if labels.index(label) < at]


def evidence(texts: Sequence[str], codes: tuple[str, ...] = COMMON, also: str | None = None) -> Evidence:
    """Return the evidence of texts for languages.

    Args:
        texts: The texts, one row each.
        codes: Languages to consider, of those that the model knows. Each different tuple takes memory for good
            (400 kB a language), so use few of them.
        also: One more language to consider.
    """
    labels, tables = list(_score_table(codes)[0]), [_score_table(codes)[1]]
    if also and also not in labels:
        labels += _score_table((also,))[0]
        tables.append(_score_table((also,))[1])
    encoded = [_encode(text) for text in texts]
    sums = np.zeros((len(encoded), len(labels)), dtype=np.float32)
    first, size = 0, 0
    for number, data in enumerate(encoded, 1):
        size += len(data)
        if size >= _CHUNK_BYTES or number == len(encoded):
            _add_scores(encoded[first:number], tables, sums[first:number])
            first, size = number, 0
    return Evidence(labels, sums, np.array([len(data) for data in encoded], dtype=np.int64))


def _add_scores(encoded: list[bytes], tables: list[Matrix], sums: Matrix) -> None:
    """Add to the row of each text the scores of its n-grams, each weighted by log(1 + its count)."""
    features = _ngram_features(_SEPARATOR.join([*encoded, b""]))
    texts = np.repeat(np.arange(len(encoded), dtype=np.int64), [len(data) + 1 for data in encoded])
    is_known = features >= 0
    keys = texts[is_known] << _FEATURE_BITS | features[is_known]
    if not len(keys):
        return
    keys.sort()
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(first, append=len(keys)).astype(np.float32)
    texts = keys[first] >> _FEATURE_BITS
    starts = np.flatnonzero(np.diff(texts, prepend=-1))
    ngrams = keys[first] & ((1 << _FEATURE_BITS) - 1)
    scores = np.concatenate([table[ngrams] for table in tables], axis=1) if len(tables) > 1 else tables[0][ngrams]
    scores *= np.log1p(counts)[:, None]
    sums[texts[starts]] += np.add.reduceat(scores, starts, axis=0)


def _encode(text: str) -> bytes:
    """Return the bytes that py3langid sees of a text."""
    if text.isupper():
        text = text.lower()
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).encode("utf-8", "surrogatepass")


def _ngram_features(data: bytes) -> Any:
    """Return the number of the n-gram that ends with each byte, or -1."""
    model = _model()
    padded = np.frombuffer(_SEPARATOR * (_MAX_NGRAM_BYTES - 1) + data, dtype=np.uint8)
    state = model.moves[model.rows[0] + padded[: len(data)].astype(np.int32)]
    for at in range(1, _MAX_NGRAM_BYTES):
        state = model.moves[model.rows[state] + padded[at : at + len(data)]]
    return model.features[state]
