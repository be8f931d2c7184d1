"""GLiNER: a small model learns names by the words for their types, from the config `entities`, nested ones too.

    pip install --requirement examples/constraints.txt
    python examples/gliner_names.py [FOLDER]    # a built dataset; else the release below, from the Hub

Tokenizer and encoder begin from nothing, so that this runs offline. For results that matter, fine-tune a released model
(`GLiNER.from_pretrained`) on the same records, which `pactwire convert to gliner` writes as a file, too.
"""

import re
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from datasets import load_dataset
from gliner import GLiNER
from gliner.training import TrainingArguments
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, set_seed

HUB = {"path": "ORG/pactwire", "revision": "v2.0.0"}


def read_rows(source):
    """Return the lines of the train split in GLiNER's form, and the types and words of the mentions of each."""
    records, words = [], []
    for row in load_dataset(**source, name="entities", split="train"):
        ner = []
        for span in row["spans"]:
            inside = [
                number
                for number, token in enumerate(row["token_offsets"])
                if token["start"] < span["end"] and span["start"] < token["end"]
            ]
            ner.append([inside[0], inside[-1], span["type"]])
        records.append({"tokenized_text": row["tokens"], "ner": ner})
        words.append([(span["type"], "".join(span["text"].split())) for span in row["spans"]])
    return records, words


def split(text):
    """Yield each token of a text of tokens and blanks, with its place."""
    return ((token.group(), token.start(), token.end()) for token in re.finditer(r"\S+", text))


def new_model(records, types, folder):
    """Return a model without any knowledge, with a tokenizer of the words of records and types."""
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.pre_tokenizer = pre_tokenizers.Whitespace()
    texts = [" ".join([*types, *record["tokenized_text"]]) for record in records]
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    pieces.train_from_iterator(texts, trainers.WordPieceTrainer(special_tokens=specials))
    PreTrainedTokenizerFast(
        tokenizer_object=pieces, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    encoder = {"model_type": "bert", "vocab_size": pieces.get_vocab_size(), "hidden_size": 64, "num_hidden_layers": 1,
               "num_attention_heads": 2, "intermediate_size": 128}  # fmt: skip
    config = {"model_name": str(folder), "encoder_config": encoder, "hidden_size": 32, "max_width": 6, "dropout": 0.0,
              "embed_ent_token": False}  # fmt: skip
    model = GLiNER.from_config(config, backbone_from_pretrained=False)
    model.data_processor.words_splitter = split
    return model


def main(source):
    """Train on the tokens of mentions, and compare what the model finds with their words."""
    set_seed(1)
    records, words = read_rows(source)
    types = sorted({kind for line in words for kind, _words in line})
    with TemporaryDirectory() as folder:
        model = new_model(records, types, Path(folder))
        arguments = TrainingArguments(
            folder,
            max_steps=400,
            learning_rate=2e-3,
            per_device_train_batch_size=4,
            save_strategy="no",
            report_to="none",
        )
        model.train_model(records, None, arguments)
    model.eval()
    found, expected = Counter(), Counter()
    predicted = model.inference([" ".join(r["tokenized_text"]) for r in records], types, flat_ner=False)
    for number, mentions in enumerate(predicted):
        found.update((number, each["label"], "".join(each["text"].split())) for each in mentions)
        expected.update((number, *each) for each in words[number])
    f1 = 2 * (found & expected).total() / (found.total() + expected.total())
    print(f"F1 of mentions, on the lines that it was trained on: {f1:.2f}")
    assert f1 > 0.8, "the model did not learn the mentions"


if __name__ == "__main__":
    main({"path": sys.argv[1]} if sys.argv[1:] else HUB)
