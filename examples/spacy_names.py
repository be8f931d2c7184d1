"""spaCy: a blank multilingual pipeline learns to find names, from the config `entities`.

    pip install --requirement examples/constraints.txt
    python examples/spacy_names.py [FOLDER]    # a built dataset; else the release below, from the Hub

`pactwire convert to spacy` writes the same labels as files for `spacy train`, article by article.
"""

import random
import sys
from collections import Counter

import spacy
from datasets import load_dataset
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import filter_spans, fix_random_seed, get_words_and_spaces, minibatch

HUB = {"path": "ORG/pactwire", "revision": "v2.0.0"}


def read_rows(source, vocab):
    """Return a document for each line of the train split, with its outermost mentions, and the words of these.

    The tokens are those of the rows: in spaCy's multilingual ones, "l'OTAN" is a single token.
    """
    docs, words = [], []
    for row in load_dataset(**source, name="entities", split="train"):
        doc = Doc(vocab, *get_words_and_spaces(row["tokens"], row["text"]))
        texts = {}
        for each in row["spans"]:
            span = doc.char_span(each["start"], each["end"], label=each["type"], alignment_mode="expand")
            texts[span] = each["text"]
        doc.ents = filter_spans(texts)
        docs.append(doc)
        words.append([(span.label_, texts[span]) for span in doc.ents])
    return docs, words


def without_mentions(doc):
    """Return a document with the same tokens, as a pipeline gets it."""
    return Doc(doc.vocab, [token.text for token in doc], [bool(token.whitespace_) for token in doc])


def main(source):
    """Train on the offsets of mentions, and compare what the pipeline finds with their words."""
    fix_random_seed(1)
    nlp = spacy.blank("xx")
    docs, words = read_rows(source, nlp.vocab)
    nlp.add_pipe("ner")
    examples = [Example(without_mentions(doc), doc) for doc in docs]
    optimizer = nlp.initialize(lambda: examples)
    for _epoch in range(20):
        random.shuffle(examples)
        for batch in minibatch(examples, 8):
            nlp.update(batch, sgd=optimizer)

    found, expected = Counter(), Counter()
    for number, doc in enumerate(docs):
        found.update((number, span.label_, span.text) for span in nlp(without_mentions(doc)).ents)
        expected.update((number, *each) for each in words[number])
    f1 = 2 * (found & expected).total() / (found.total() + expected.total())
    print(f"F1 of mentions, on the lines that it was trained on: {f1:.2f}")
    assert f1 > 0.8, "the pipeline did not learn the mentions"


if __name__ == "__main__":
    main({"path": sys.argv[1]} if sys.argv[1:] else HUB)
