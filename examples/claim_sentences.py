"""Claim sentences: a small BERT learns which sentences are worth a check, from the config `claims`.

    pip install --requirement examples/constraints.txt
    python examples/claim_sentences.py [FOLDER]    # a built dataset; else the release below, from the Hub

Tokenizer and model begin from nothing, so that this runs offline in seconds. For results that matter, load a pretrained
multilingual model in their place, and measure it on other folds.
"""

import sys

import torch
from datasets import load_dataset
from sklearn.metrics import matthews_corrcoef
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, set_seed

HUB = {"path": "ORG/pactwire", "revision": "v2.0.0"}


def read_rows(source):
    """Return the sentences of the train split, and the names of their labels in order."""
    rows = load_dataset(**source, name="claims", split="train")
    return rows, rows.features["label"].names


def main(source):
    """Train on the labels of sentences, and compare what the model finds with the claims in them."""
    set_seed(1)
    rows, names = read_rows(source)
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.pre_tokenizer = pre_tokenizers.Whitespace()
    pieces.train_from_iterator(rows["text"], trainers.WordPieceTrainer(special_tokens=["[PAD]", "[UNK]"]))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pieces, pad_token="[PAD]", unk_token="[UNK]")
    size = {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 128}
    model = BertForSequenceClassification(BertConfig(vocab_size=len(tokenizer), num_labels=len(names), **size))

    inputs = tokenizer(list(rows["text"]), padding=True, truncation=True, max_length=512, return_tensors="pt")
    labels = torch.tensor(rows["label"][:])
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _epoch in range(20):
        for batch in torch.randperm(len(rows)).split(8):
            loss = model(**{name: value[batch] for name, value in inputs.items()}, labels=labels[batch]).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    with torch.inference_mode():
        predicted = model.eval()(**inputs).logits.argmax(-1).tolist()

    # the label of a sentence is the highest of its claims; the first name is that of a sentence without any
    expected = [max((names.index(claim["checkworthy"]) for claim in claims), default=0) for claims in rows["claims"]]
    mcc = matthews_corrcoef(expected, predicted)
    print(f"MCC of check-worthiness, on the rows that it was trained on: {mcc:.2f}")
    assert mcc > 0.8, "the model did not learn which sentences are worth a check"


if __name__ == "__main__":
    main({"path": sys.argv[1]} if sys.argv[1:] else HUB)
