"""Token classification: a small BERT learns to tag names, from the config `entities`.

    pip install --requirement examples/constraints.txt
    python examples/token_classification.py [FOLDER]    # a built dataset; else the release below, from the Hub

Tokenizer and model begin from nothing, so that this runs offline in seconds. For results that matter, load a pretrained
multilingual model in their place, and measure it on other folds.
"""

import sys
from collections import Counter

import torch
from datasets import load_dataset
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast, set_seed

HUB = {"path": "ORG/pactwire", "revision": "v2.0.0"}


def read_rows(source):
    """Return the rows of the train split, and the names of their tags."""
    rows = load_dataset(**source, name="entities", split="train")
    return rows, rows.features["ner_tags"].feature.names


def mentions(row, tags):
    """Return the type and the words of each mention that BIO tags mark in a row."""
    found, before = [], "O"
    for tag, token in zip(tags, row["token_offsets"], strict=False):
        if tag[0] == "B" or (tag[0] == "I" and before == "O"):
            found.append((tag[2:], token["start"], token["end"]))
        elif tag[0] == "I":
            found[-1] = (*found[-1][:2], token["end"])
        before = tag
    return [(kind, row["text"][start:end]) for kind, start, end in found]


def main(source):
    """Train on the tags, and compare what the model finds with the words of the spans."""
    set_seed(1)
    rows, names = read_rows(source)
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.pre_tokenizer = pre_tokenizers.Whitespace()
    pieces.train_from_iterator(rows["text"], trainers.WordPieceTrainer(special_tokens=["[PAD]", "[UNK]"]))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pieces, pad_token="[PAD]", unk_token="[UNK]")
    size = {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 128}
    model = BertForTokenClassification(BertConfig(vocab_size=len(tokenizer), num_labels=len(names), **size))

    inputs = tokenizer(list(rows["tokens"]), is_split_into_words=True, padding=True, truncation=True, max_length=512,
                       return_tensors="pt")  # fmt: skip
    labels = torch.full(inputs["input_ids"].shape, -100)
    firsts = []  # the first piece of each word, which has the word's tag
    for number, tags in enumerate(rows["ner_tags"]):
        words = inputs.word_ids(number)
        firsts.append([place for place, word in enumerate(words) if word is not None and word not in words[:place]])
        labels[number, firsts[-1]] = torch.tensor(tags[: len(firsts[-1])])

    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _epoch in range(15):
        for batch in torch.randperm(len(rows)).split(6):
            loss = model(**{name: value[batch] for name, value in inputs.items()}, labels=labels[batch]).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    with torch.inference_mode():
        predicted = model.eval()(**inputs).logits.argmax(-1).tolist()

    found, expected = Counter(), Counter()
    for number, (row, first) in enumerate(zip(rows, firsts, strict=True)):
        found.update((number, *each) for each in mentions(row, [names[predicted[number][place]] for place in first]))
        expected.update((number, span["type"], span["text"]) for span in row["spans"])
    f1 = 2 * (found & expected).total() / (found.total() + expected.total())
    print(f"F1 of mentions, on the rows that it was trained on: {f1:.2f}")
    assert f1 > 0.8, "the model did not learn the mentions"


if __name__ == "__main__":
    main({"path": sys.argv[1]} if sys.argv[1:] else HUB)
