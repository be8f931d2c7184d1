"""Claim pairs: logistic regression learns whether two claims say the same, from the config `claim_pairs`, by fold.

    pip install --requirement examples/constraints.txt
    python examples/claim_pairs.py [FOLDER]    # a built dataset; else the release below, from the Hub

Each fold is predicted by a model of the pairs that have no article in it, and the predictions of all folds are measured
together. Pairs across two folds would show a model what it is tested on: they are left out. A fold whose others do not
hold pairs of both kinds leaves nothing to train on, and the script says so.
"""

import sys

import numpy as np
from datasets import load_dataset
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef

HUB = {"path": "ORG/pactwire", "revision": "v2.0.0"}


def read_rows(source):
    """Return the pairs of the train split whose claims are of one fold, as a table."""
    pairs = load_dataset(**source, name="claim_pairs", split="train").to_pandas()
    return pairs[pairs.a_fold == pairs.b_fold].reset_index(drop=True)


def likeness(pairs, known):
    """Return how alike the two claims of each pair are: their words, and what they say in English."""
    columns = []
    for name in ("text", "normalized"):
        both = [f"a_{name}", f"b_{name}"]
        weights = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit(known[both].to_numpy().ravel())
        left, right = (weights.transform(pairs[column]) for column in both)
        columns.append(np.asarray(left.multiply(right).sum(axis=1)).ravel())
    return np.column_stack(columns)


def train_and_predict(known, pairs):
    """Train on pairs with labels, and return the labels of other pairs."""
    model = LogisticRegression(C=100, class_weight="balanced").fit(likeness(known, known), known.label)
    return model.predict(likeness(pairs, known))


def main(source):
    """Predict each fold from the others; then compare what is learned of all pairs with their clusters."""
    pairs = read_rows(source)
    is_same = (pairs.a_cluster.notna() & (pairs.a_cluster == pairs.b_cluster)).astype(int)
    predicted = np.full(len(pairs), -1)
    for fold in sorted(pairs.a_fold.unique()):
        known = pairs[pairs.a_fold != fold]
        if known.label.nunique() < 2:
            print(f"fold {fold}: the other folds have {len(known)} pairs, too few to train on")
        else:
            predicted[pairs.a_fold == fold] = train_and_predict(known, pairs[pairs.a_fold == fold])
    if (predicted >= 0).all():
        print(f"MCC of {len(pairs)} pairs, by folds: {matthews_corrcoef(is_same, predicted):.2f}")
    learned = train_and_predict(pairs, pairs)
    mcc = min(matthews_corrcoef(truth, learned) for truth in (pairs.label, is_same))
    print(f"MCC of pairs, on the {len(pairs)} that it was trained on: {mcc:.2f}")
    assert mcc > 0.8, "the model did not learn which claims say the same"


if __name__ == "__main__":
    main({"path": sys.argv[1]} if sys.argv[1:] else HUB)
