"""Stance: a small BERT learns who is for or against whom, from the config `stance`, with holder and target marked.

    pip install --requirement examples/constraints.txt
    python examples/stance.py [FOLDER]    # a built dataset; else the release below, from the Hub

One text often holds several stances, such as one for a country and one against another: only the markers tell them
apart. Stances whose holder or target is not in the text, such as authors and topics, have no place for markers and are
left out. Tokenizer and model begin from nothing, so that this runs offline in seconds.
"""

import re
import sys

import torch
from datasets import load_dataset
from sklearn.metrics import matthews_corrcoef
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, set_seed

HUB = {"path": "ORG/pactwire", "revision": "v2.0.0"}
MARKERS = ["[HOLDER]", "[/HOLDER]", "[TARGET]", "[/TARGET]"]


def read_rows(source):
    """Return the stances of the train split with holder and target in their text, and the names of their labels."""
    rows = load_dataset(**source, name="stance", split="train")
    kept = rows.filter(lambda row: row["holder_start"] is not None and row["target_start"] is not None)
    return kept.map(lambda row: {"marked": mark(row)}), rows.features["label"].names


def mark(row):
    """Return the text of a stance with markers around holder and target; where they nest, the longer is outside."""
    places = [(row[f"{name}_start"], row[f"{name}_end"], name.upper()) for name in ("holder", "target")]
    (start, end, outer), (first, last, inner) = sorted(places, key=lambda place: place[0] - place[1])
    marks = [(start, 0, f"[{outer}]"), (end, 3, f"[/{outer}]"), (first, 1, f"[{inner}]"), (last, 2, f"[/{inner}]")]
    text = row["text"]
    for place, _order, marker in sorted(marks, reverse=True):
        text = text[:place] + marker + text[place:]
    return text


def marked_words(text, name):
    """Return the words between the markers of a name."""
    [words] = re.findall(rf"\[{name}\](.*)\[/{name}\]", text, re.DOTALL)
    return re.sub(r"\[/?(HOLDER|TARGET)\]", "", words)


def main(source):
    """Train on marked texts. A stance counts as found if its label is, and what is marked are its holder and target."""
    set_seed(1)
    rows, names = read_rows(source)
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.pre_tokenizer = pre_tokenizers.Whitespace()
    specials = ["[PAD]", "[UNK]", *MARKERS]
    pieces.train_from_iterator(rows["text"], trainers.WordPieceTrainer(special_tokens=specials))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pieces, pad_token="[PAD]", unk_token="[UNK]")
    size = {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 128}
    model = BertForSequenceClassification(BertConfig(vocab_size=len(tokenizer), num_labels=len(names), **size))

    inputs = tokenizer(list(rows["marked"]), padding=True, truncation=True, max_length=512, return_tensors="pt")
    labels = torch.tensor(rows["label"][:])
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _epoch in range(25):
        for batch in torch.randperm(len(rows)).split(6):
            loss = model(**{name: value[batch] for name, value in inputs.items()}, labels=labels[batch]).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    with torch.inference_mode():
        predicted = model.eval()(**inputs).logits.argmax(-1).tolist()

    words = [(marked_words(text, "HOLDER"), marked_words(text, "TARGET")) for text in rows["marked"]]
    is_marked = [pair == (row["holder"], row["target"]) for pair, row in zip(words, rows, strict=True)]
    mcc = matthews_corrcoef(
        rows["label"][:], [label if good else -1 for label, good in zip(predicted, is_marked, strict=True)]
    )
    print(f"MCC of stances, on the {len(rows)} rows that it was trained on: {mcc:.2f}")
    assert mcc > 0.8, "the model did not learn the stances of marked holders on marked targets"


if __name__ == "__main__":
    main({"path": sys.argv[1]} if sys.argv[1:] else HUB)
