"""Predicted rows of a config beside the rows of a version: found by what says which row it is, never by their order."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pactwire.agreement.row_scoring import RowVerdict
from pactwire.build import features
from pactwire.model.escapes import quote
from pactwire.model.issues import DataError, Issue
from pactwire.model.layers import Layer, RowKind
from pactwire.model.schema import AnnotationSchema
from pactwire.release.prediction_records import PredictedRow
from pactwire.release.scored_versions import GoldRow, ScoredVersion
from pactwire.text import bio_tags, offsets

PREDICTION: Final = "prediction"
"""The column of the predicted label or tags; without it, it is the config's own column."""
SCORE: Final = "score"
"""The column that ranks rows."""
_PLACE: Final = ("article_id", "start", "end", "evidence_start", "evidence_end")
_PAIR: Final = ("a_article_id", "a_text", "b_article_id", "b_text")
_WHOLE_NUMBER: Final = re.compile(r"\A(-?\d+)\.0\Z")
"""A whole number as tables write it whose column has empty cells, too."""
_REFERENT: Final = ("", "_start", "_end", "_kind")

Key = tuple[Any, ...]


class PredictedLabel(NamedTuple):
    """What a row predicts: a class or None, and a score or None; tags where rows are of tokens."""

    row: PredictedRow
    label: str | None
    score: float | None
    tags: list[str]


class ConfigRows:
    """The predicted rows of one config."""

    def __init__(
        self, versions: Sequence[ScoredVersion], rows: Sequence[PredictedRow], config: str | None, column: str | None
    ) -> None:
        """Find out the config and the column of the predictions; raises DataError with all issues of the rows.

        Rows are found by the columns that they have in each of the versions that has the config.
        """
        self.schema = schema = versions[-1].schema
        names = {name for row in rows for name in row.values}
        self.config = config or _config_of(schema, names, rows[0])
        if self.config not in (known := _scored_configs(schema)):
            message = f"there is no config {quote(self.config)} with labels; there are {', '.join(known)}"
            raise DataError([rows[0].issue("score-config", message)])
        layer = known[self.config]
        self.layer = layer
        self.is_pairs = bool(layer.clusters and layer.clusters.config == self.config)
        self.is_candidates = bool(layer.candidates and layer.candidates.config == self.config)
        self.is_tokens = _has_tokens(self.config, layer)
        own = "ner_tags" if self.is_tokens else "label"
        self.column = column or next((name for name in (PREDICTION, SCORE, own) if name in names), own)
        self.has_labels = self.column != SCORE
        columns = [found for version in versions if (found := version.columns(self.config))]
        self.key_columns = [name for name in self._keys() if all(name in each for each in columns)]
        self.by_place = all(name in row.values for row in rows for name in self.key_columns)
        issues: list[Issue] = []
        self.labels = self._read(rows, issues)
        if issues:
            raise DataError(issues)

    def _keys(self) -> list[str]:
        if self.is_pairs:
            return [*_PAIR]
        names = [each.name for each in self.layer.references] if not self.is_tokens else []
        if self.is_candidates or self.layer.rows == RowKind.LABELS:
            return [*_PLACE, *(f"{name}{suffix}" for name in names for suffix in _REFERENT)]
        return [*_PLACE]

    # --- values

    def _read(self, rows: Sequence[PredictedRow], issues: list[Issue]) -> dict[Key, list[PredictedLabel]]:
        found: dict[Key, list[PredictedLabel]] = {}
        for row in rows:
            try:
                key = self.key(row.values)
                found.setdefault(key, []).append(self._label(row))
            except DataError as error:
                issues += error.issues
            except KeyError as error:
                message = f"it has no {error.args[0]}, so that nothing says which row of {self.config} it is"
                issues.append(row.issue("score-row", message))
        return found

    def key(self, values: Mapping[str, Any]) -> Key:
        """Return what says which row it is: its place, or its id where predictions do not have the place."""
        names = self.key_columns if self.by_place else ["a_id", "b_id"] if self.is_pairs else ["id"]
        return tuple(_WHOLE_NUMBER.sub(r"\1", str(_plain(values[name]))) for name in names)

    def _label(self, row: PredictedRow) -> PredictedLabel:
        score = row.values.get(SCORE)
        ranked = _number(score)
        if score not in (None, "") and ranked is None:
            raise DataError([row.issue("score-value", f"its {SCORE} is {quote(str(score))}, which is no number")])
        if not self.has_labels:
            return PredictedLabel(row, None, ranked, [])
        value = row.values.get(self.column)
        if not self.is_tokens:
            return PredictedLabel(row, self._named(row, value, self.class_names), ranked, [])
        if not isinstance(value, list):
            raise DataError([row.issue("score-value", f"its {self.column} is no list of tags")])
        names = bio_tags.tag_names(self.class_names)
        tags = [self._named(row, each, names) for each in value]
        return PredictedLabel(row, None, ranked, [each or bio_tags.OUTSIDE for each in tags])

    @property
    def class_names(self) -> list[str]:
        """The classes of rows, or of tokens, in the order of their numbers."""
        if self.is_tokens:
            assert self.layer.class_attribute
            return [*self.layer.class_attribute.label_names]
        return [*features.config_features(self.schema, self.config)["label"].names]

    def _named(self, row: PredictedRow, value: Any, names: Sequence[str]) -> str | None:
        """Return a label by its name or its number; None for none."""
        plain = _plain(value)
        if plain == "":
            return None
        if plain in names:
            return str(plain)
        number = _number(plain)
        if number is None or number != int(number) or not 0 <= number < len(names):
            known = ", ".join(names[:10])
            message = f"its {self.column} has {quote(str(value))}, which is none of {known}, nor a number of one"
            raise DataError([row.issue("score-value", message)])
        return names[int(number)]

    @property
    def other_attributes(self) -> frozenset[str]:
        """The attributes of the layer that tags do not state."""
        return frozenset(each.name for each in self.layer.attributes if each is not self.layer.class_attribute)

    # --- beside the rows of versions

    def gold_rows(self, version: ScoredVersion) -> dict[Key, list[GoldRow]]:
        """Return the rows of a version by what says which they are."""
        found: dict[Key, list[GoldRow]] = {}
        for row in version.rows(self.config):
            found.setdefault(self.key(row.values), []).append(row)
        return found

    def unmatched(self, versions: Sequence[Mapping[Key, list[GoldRow]]], names: str) -> Iterator[Issue]:
        """Yield an issue for each predicted row that no version has, that is there too often, or is of another text."""
        text = "a_text" if self.is_pairs else "text"
        for key, labels in self.labels.items():
            gold = next((found[key] for found in reversed(versions) if key in found), [])
            if not gold:
                yield labels[0].row.issue("score-row", f"{names} has no such row of {self.config}: {_shown(key)}")
            elif len(labels) > max(len(found.get(key, ())) for found in versions):
                yield labels[-1].row.issue("score-twice", f"there is already a prediction for {_shown(key)}")
            for each in labels if gold else ():
                values = each.row.values
                if text in values and values[text] is not None and values[text] != gold[0].values[text]:
                    yield each.row.issue("score-text", f"its text is not that of the row {_shown(key)}")
                if self.is_tokens and len(each.tags) != (count := len(gold[0].values["tokens"])):
                    message = f"it has {len(each.tags):,} tags, and the row {_shown(key)} {count:,} tokens"
                    yield each.row.issue("score-value", message)

    def verdicts(self, gold: Mapping[Key, list[GoldRow]]) -> Iterator[RowVerdict]:
        """Yield each row with its prediction; of rows of one place, equal labels belong together."""
        for key, rows in gold.items():
            for row, mine in pair_labels(rows, self.labels.get(key, ())):
                if (label := row.values["label"]) is not None:
                    yield self._verdict(row.values, label, mine)

    def _verdict(self, values: Mapping[str, Any], gold: str, mine: PredictedLabel | None) -> RowVerdict:
        label, score = (mine.label, mine.score) if mine else (None, None)
        if self.is_pairs:
            text, identity = f"{values['a_text']} | {values['b_text']}", f"{values['a_id']} {values['b_id']}"
            return RowVerdict(values["a_article_id"], identity, (0, 0), text, gold, label, score)
        span = values["start"], values["end"]
        return RowVerdict(values["article_id"], values["id"], span, values["text"], gold, label, score)

    def tagged_labels(
        self, version: ScoredVersion, gold: Mapping[Key, list[GoldRow]]
    ) -> Iterator[tuple[str, list[Any], list[Any] | None]]:
        """Yield each article with the labels that the tags of its rows give, and those of the predictions.

        The predictions are None where there is no prediction for any row of the article. Labels have offsets in the
        source text, and their class alone.
        """
        articles: dict[str, tuple[list[Any], list[Any], list[bool]]] = {}
        for key, rows in gold.items():
            for row in rows:
                identity = row.values["article_id"]
                own = articles.setdefault(identity, ([], [], []))
                segments = version.segments(identity)
                own[0].extend(self._spans(row.values, row.values["ner_tags"], segments))
                mine = self.labels.get(key)
                own[2].append(mine is not None)
                own[1].extend(self._spans(row.values, mine[0].tags, segments) if mine else ())
        for identity, (labels, predicted, found) in articles.items():
            yield identity, labels, predicted if any(found) else None

    def _spans(self, row: Mapping[str, Any], tags: Iterable[str], segments: list[Any]) -> Iterator[Any]:
        assert self.layer.class_attribute
        places = row["token_offsets"]
        for first, behind, name in bio_tags.tagged_spans(tags):
            start, end = places[first]["start"], places[behind - 1]["end"]
            span = offsets.to_source(segments, row["start"] + start, row["start"] + end)
            assert span, "a row is a line of the content"
            text = row["text"][start:end]
            label = {"start": span[0], "end": span[1], "text": text, self.layer.class_attribute.name: name}
            yield {"id": f"p{span[0]}", **label}


def pair_labels(
    rows: Sequence[GoldRow], labels: Iterable[PredictedLabel]
) -> Iterator[tuple[GoldRow, PredictedLabel | None]]:
    """Yield the rows of one place, each with a prediction: equal labels first, then what is left, in order."""
    left = list(labels)
    equal: dict[int, PredictedLabel] = {}
    for number, row in enumerate(rows):
        if same := next((each for each in left if each.label == row.values["label"]), None):
            left.remove(same)
            equal[number] = same
    others = iter(left)
    for number, row in enumerate(rows):
        yield row, equal[number] if number in equal else next(others, None)


def _scored_configs(schema: AnnotationSchema) -> dict[str, Layer]:
    """Return the configs whose rows have a label or tags, with their layers."""
    return {
        name: layer
        for name, layer in features.configs(schema).items()
        if layer is not None and (layer.class_attribute or (layer.clusters and layer.clusters.config == name))
    }


def _has_tokens(config: str, layer: Layer) -> bool:
    """Say whether the rows of a config of a layer are of tokens."""
    return layer.config == config and layer.rows == RowKind.TOKENS


def _config_of(schema: AnnotationSchema, names: set[str], row: PredictedRow) -> str:
    """Return the config that has the most of some columns; a list of tags is predicted for rows of tokens only."""
    known = _scored_configs(schema)
    if isinstance(row.values.get(PREDICTION), list):
        known = {name: layer for name, layer in known.items() if _has_tokens(name, layer)} or known
    shared = {name: len(names & set(features.config_features(schema, name))) for name in known}
    best = [name for name, count in shared.items() if count == max(shared.values())]
    if len(best) != 1:
        message = f"its columns may be of {', '.join(best) or 'no config'}: {', '.join(sorted(names))}"
        raise DataError([row.issue("score-config", message)])
    return best[0]


def _plain(value: Any) -> Any:
    """Return a value as it is compared: tables write numbers as text, or with a fraction, and nothing as NaN."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return tuple(map(_plain, value)) if isinstance(value, list) else str(value)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _shown(key: Key) -> str:
    return " ".join(quote(each) if isinstance(each, str) and " " in each else str(each) for each in key if each != "")
