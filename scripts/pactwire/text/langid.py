"""Texts in, the evidence for each language out, for many texts at once.

The model is py3langid's (naive Bayes over byte n-grams, Lui and Baldwin 2012, "langid.py"; it ships in the
package and nothing is fetched), and so are the scores. Only its arithmetic is done here for all texts of a page
together, which takes an eighth of the time: no n-gram is longer than six bytes, so the automaton's state after
each byte follows from the last six, for all bytes side by side.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    Numbers = NDArray[np.int64]

# What short texts are weighed for; a page's own language is added to these when it is none of them.
COMMON: Final = (
    "ar", "az", "be", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr",
    "hu", "hy", "id", "it", "ja", "ka", "kk", "ko", "lt", "lv", "mk", "nl", "no", "pl", "pt", "ro", "ru", "sk",
    "sl", "sq", "sr", "sv", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
# The length of the longest n-gram, in bytes, and a byte that is in none.
_MAX_NGRAM_BYTES: Final = 6
_SEPARATOR: Final = b"\xff"
_FEATURE_BITS: Final = 20
# How many bytes are worked on together: more take more memory and no less time.
_CHUNK_BYTES: Final = 1 << 15

UNKNOWN: Final = "und"


@dataclass(slots=True)
class Guess:
    """What a text is most likely written in, ``und`` when nothing was seen, and the probabilities behind it."""

    best: str
    confidence: float
    codes: list[str]
    shares: list[float]

    def probability(self, code: str) -> float:
        """The probability of a language; 0.0 for ``und`` and for one that was not asked about."""
        return self.shares[self.codes.index(code)] if code in self.codes else 0.0

    def runner_up(self, code: str) -> tuple[str, float]:
        """The likeliest language beside ``code``, and its probability."""
        if self.best != code:
            return self.best, self.confidence
        shares = [0.0 if own == code else share for own, share in zip(self.codes, self.shares, strict=True)]
        share = max(shares)
        return self.codes[shares.index(share)], share

    def restricted_to(self, codes: Sequence[str]) -> "Guess":
        """The guess when the text can only be in one of ``codes``."""
        shares = [share if code in codes else 0.0 for code, share in zip(self.codes, self.shares, strict=True)]
        total = sum(shares)
        if not total:
            return Guess(UNKNOWN, 0.0, self.codes, shares)
        best = max(shares)
        return Guess(self.codes[shares.index(best)], best / total, self.codes, [share / total for share in shares])

    def best_unless(self, code: str, sure: float) -> str:
        """The best guess when it surely is not ``code``, which stands for its kin in doubt."""
        return self.best if self.confidence >= sure and self.probability(code) < 0.15 else code


@dataclass
class Evidence:
    """What each text says for each language: rows are texts, columns ``labels``; ``sizes`` in bytes.

    Two columns have the same label where the model knows a language in two scripts.
    """

    labels: list[str]
    sums: "Matrix"
    sizes: "Numbers"

    @property
    def languages(self) -> list[str]:
        """The codes of the columns of ``probabilities``."""
        return list(dict.fromkeys(self.labels))

    def summed(self, rows: Sequence[int], wholes: Sequence[int], count: int) -> "Evidence":
        """The evidence of ``count`` wholes from ``rows`` of their parts; ``wholes`` says which each belongs to."""
        import numpy as np

        sums = np.zeros((count, len(self.labels)), dtype=np.float32)
        sizes = np.zeros(count, dtype=np.int64)
        at, parts = np.array(wholes, dtype=np.int64), np.array(rows, dtype=np.int64)
        np.add.at(sums, at, self.sums[parts])
        np.add.at(sizes, at, self.sizes[parts])
        return Evidence(self.labels, sums, sizes)

    def probabilities(self) -> "Matrix":
        """Rows of probabilities, tempered by the text's length as py3langid does; zeros where nothing was seen."""
        import numpy as np

        scores = (self.sums + _prior(tuple(self.labels))) / np.sqrt(np.maximum(self.sizes, 1))[:, None]
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds *= (self.sums.any(axis=1) / odds.sum(axis=1))[:, None]
        for first, again in _duplicate_columns(tuple(self.labels)):
            odds[:, first] += odds[:, again]
        return np.delete(odds, [again for _, again in _duplicate_columns(tuple(self.labels))], axis=1)

    def guesses(self) -> list[Guess]:
        """The guess at each text."""
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
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    read = LanguageIdentifier.from_model_file(MODEL_FILE)
    rows = np.asarray(read.tk_row).astype(np.int32) << 8
    return _Model(
        labels=list(read.nb_classes),
        moves=np.asarray(read.tk_nextmove),
        rows=rows,
        features=np.asarray(read.tk_output, dtype=np.int32),
        table=read.nb_ptc,
        prior=read.nb_pc,
    )


@cache
def supported_languages() -> tuple[str, ...]:
    """The codes of ISO 639-1 that the model knows, in order."""
    return tuple(sorted({code for code in _model().labels if len(code) == 2}))


@cache
def _score_table(codes: tuple[str, ...]) -> tuple[list[str], "Matrix"]:
    import numpy as np

    model = _model()
    at = [column for column, label in enumerate(model.labels) if label in codes]
    return [model.labels[column] for column in at], np.ascontiguousarray(model.table[:, at], dtype=np.float32)


@cache
def _prior(labels: tuple[str, ...]) -> "Matrix":
    import numpy as np

    model = _model()
    own: dict[str, list[float]] = {}
    for label, prior in zip(model.labels, model.prior.tolist(), strict=True):
        own.setdefault(label, []).append(prior)
    return np.array([own[label][labels[:at].count(label)] for at, label in enumerate(labels)], dtype=np.float32)


@cache
def _duplicate_columns(labels: tuple[str, ...]) -> list[tuple[int, int]]:
    return [(labels.index(label), at) for at, label in enumerate(labels) if labels.index(label) < at]


def evidence(texts: Sequence[str], codes: tuple[str, ...] = COMMON, also: str | None = None) -> Evidence:
    """The evidence of texts for the languages of ``codes`` that the model knows, and for one more.

    Each set of ``codes`` takes memory for good (400 kB a language), so there should be few.
    """
    import numpy as np

    labels, tables = list(_score_table(codes)[0]), [_score_table(codes)[1]]
    if also and also not in labels:
        labels += _score_table((also,))[0]
        tables.append(_score_table((also,))[1])
    data = [_encode(text) for text in texts]
    sums = np.zeros((len(data), len(labels)), dtype=np.float32)
    start, size = 0, 0
    for at, each in enumerate(data):
        size += len(each)
        if size >= _CHUNK_BYTES or at + 1 == len(data):
            _add_scores(data[start : at + 1], tables, sums[start : at + 1])
            start, size = at + 1, 0
    return Evidence(labels, sums, np.array([len(each) for each in data], dtype=np.int64))


def _add_scores(data: list[bytes], tables: list["Matrix"], sums: "Matrix") -> None:
    """Add to each text's row the table's rows of its n-grams, an n-gram seen ``count`` times by log(1 + count)."""
    import numpy as np

    found = _ngram_features(_SEPARATOR.join([*data, b""]))
    owner = np.repeat(np.arange(len(data), dtype=np.int64), [len(each) + 1 for each in data])
    seen = found >= 0
    keys = owner[seen] << _FEATURE_BITS | found[seen]
    if not len(keys):
        return
    keys.sort()
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(first, append=len(keys)).astype(np.float32)
    texts = keys[first] >> _FEATURE_BITS
    starts = np.flatnonzero(np.diff(texts, prepend=-1))
    grams = keys[first] & ((1 << _FEATURE_BITS) - 1)
    weighed = np.concatenate([table[grams] for table in tables], axis=1) if len(tables) > 1 else tables[0][grams]
    weighed *= np.log1p(counts)[:, None]
    sums[texts[starts]] += np.add.reduceat(weighed, starts, axis=0)


def _encode(text: str) -> bytes:
    if text.isupper():
        text = text.lower()
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).encode("utf-8", "surrogatepass")


def _ngram_features(data: bytes) -> Any:
    """The n-gram that ends with each byte, or -1."""
    import numpy as np

    model = _model()
    padded = np.frombuffer(_SEPARATOR * (_MAX_NGRAM_BYTES - 1) + data, dtype=np.uint8)
    state = model.moves[model.rows[0] + padded[: len(data)].astype(np.int32)]
    for at in range(1, _MAX_NGRAM_BYTES):
        state = model.moves[model.rows[state] + padded[at : at + len(data)]]
    return model.features[state]
