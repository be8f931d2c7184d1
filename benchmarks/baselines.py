"""Baselines of a built dataset: for each config with labels, a constant answer and a small model, by fold.

``python benchmarks/baselines.py [FOLDER]`` prints the table of the card as Markdown, of ``dataset`` by default. Each
fold is predicted by a model that is trained on all other folds; figures are of the predictions of all folds together.

- Rows with a ``label``: logistic regression over character n-grams of the row's texts, classes weighted by their
  inverse frequency, measured by the Matthews correlation coefficient. Chance is what 95 of 100 random orders of the
  predictions stay below.
- Rows of tokens: each word gets the tag that it has most often in the other folds, measured by the F1 of mentions,
  whose span and type must be exact.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import datasets
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef
from sklearn.pipeline import make_pipeline

from pactwire.model.escapes import inline_code
from pactwire.storage.generated_blocks import markdown_table

TEXT_COLUMNS: Final = ("text", "holder", "target", "a_text", "b_text")
SHUFFLES: Final = 1000
FOLD_COLUMNS: Final = ("fold", "a_fold")
Tags = Sequence[Sequence[str]]


class Baseline(NamedTuple):
    """Figures of one config: the measure's name, its value for the best constant answer and for the small model.

    ``most_frequent`` is the share of the most frequent class, and ``chance`` what a random order of the predictions
    stays below; both are None for rows of tokens. ``trained`` is None where a fold leaves nothing to train on.
    """

    config: str
    rows: int
    folds: int
    measure: str
    most_frequent: float | None
    constant: float
    trained: float | None
    chance: float | None


def measure_baselines(folder: Path) -> list[Baseline]:
    """Return the baselines of all configs with labels of a built dataset, in the order of its configs."""
    datasets.disable_progress_bars()
    found = []
    for config in datasets.get_dataset_config_names(str(folder)):
        splits = datasets.load_dataset(str(folder), config)
        rows = datasets.concatenate_datasets([*splits.values()])
        if "ner_tags" in rows.column_names:
            found.append(_tag_baseline(config, rows))
        elif "label" in rows.column_names:
            found.append(_class_baseline(config, rows))
    return found


def _class_baseline(config: str, rows: Any) -> Baseline:
    folds = _folds(rows)
    classes = np.array(rows["label"])
    columns = [rows[name] for name in TEXT_COLUMNS if name in rows.column_names]
    texts = np.array([" \n ".join(map(str, parts)) for parts in zip(*columns, strict=True)], dtype=object)
    predicted = np.full(len(rows), -1)
    for fold in np.unique(folds):
        train = folds != fold
        if len(np.unique(classes[train])) > 1:
            model = make_pipeline(
                TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True),
                LogisticRegression(class_weight="balanced", max_iter=1000),
            )
            predicted[~train] = model.fit(texts[train], classes[train]).predict(texts[~train])
    is_trained = bool((predicted >= 0).all())
    return Baseline(
        config,
        len(rows),
        len(np.unique(folds)),
        "MCC",
        most_frequent=float(np.bincount(classes).max() / len(rows)),
        constant=0.0,
        trained=float(matthews_corrcoef(classes, predicted)) if is_trained else None,
        chance=_chance(classes, predicted) if is_trained else None,
    )


def _chance(classes: Any, predicted: Any) -> float:
    """Return the MCC that 95 of 100 random orders of the predictions stay below."""
    random = np.random.default_rng(0)
    drawn = [matthews_corrcoef(classes, random.permutation(predicted)) for _ in range(SHUFFLES)]
    return float(np.quantile(drawn, 0.95))


def _tag_baseline(config: str, rows: Any) -> Baseline:
    folds, names = _folds(rows), rows.features["ner_tags"].feature.names
    expected = [[names[tag] for tag in line] for line in rows["ner_tags"]]
    predicted: list[list[str]] = [[] for _ in expected]
    for fold in np.unique(folds):
        known: dict[str, Counter[str]] = defaultdict(Counter)
        for index in np.flatnonzero(folds != fold):
            for word, tag in zip(rows[int(index)]["tokens"], expected[index], strict=True):
                known[word][tag] += 1
        for index in np.flatnonzero(folds == fold):
            words = rows[int(index)]["tokens"]
            predicted[index] = [known[word].most_common(1)[0][0] if word in known else "O" for word in words]
    constant = max(mention_f1(expected, [[name] * len(line) for line in expected]) for name in names)
    return Baseline(
        config, len(rows), len(np.unique(folds)), "F1", None, constant, mention_f1(expected, predicted), None
    )


def mention_f1(expected: Tags, predicted: Tags) -> float:
    """Return the F1 of mentions in BIO tags, a list for each line; an I- that continues nothing begins a mention."""
    wanted, found = (
        {(line, *each) for line, tags in enumerate(all) for each in _mentions(tags)} for all in (expected, predicted)
    )
    return 2 * len(wanted & found) / max(1, len(wanted) + len(found))


def _mentions(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    start = 0
    for index, tag in enumerate([*tags, "O"]):
        before = tags[index - 1] if index else "O"
        if before != "O" and tag != f"I-{before[2:]}":
            yield start, index, before[2:]
        if tag != "O" and not (before != "O" and tag == f"I-{before[2:]}"):
            start = index


def _folds(rows: Any) -> Any:
    return np.array(rows[next(name for name in FOLD_COLUMNS if name in rows.column_names)])


def format_table(baselines: Sequence[Baseline]) -> str:
    """Return the baselines as a Markdown table with two decimal places."""
    header = ("config", "rows", "folds", "most frequent class", "measure", "constant answer", "small model", "chance")
    rows = [
        [
            inline_code(each.config),
            each.rows,
            each.folds,
            _format(each.most_frequent),
            each.measure,
            *map(_format, (each.constant, each.trained, each.chance)),
        ]
        for each in baselines
    ]
    return markdown_table(header, rows)


def _format(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    print(format_table(measure_baselines(Path(sys.argv[1] if len(sys.argv) > 1 else "dataset"))))
