"""The dataset about floods, whose layers are not those of this repository: it validates, builds, loads, compares."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest

from conftest import Run, contents
from pactwire.agreement import agreement_report, comparable_articles, report_text
from pactwire.card import dataset_folder
from pactwire.corpus import corpus
from pactwire.release import change_report, hydrate, snapshots, text_free
from pactwire.validation import validate
from support.floods import FLOODS, copy_floods

THORNMERE = "962f72652589cfea"

ROW = ["id", "article_id", "language", "start", "end", "text"]
PROVENANCE = ["annotation_status", "annotator_kind", "fold"]
COLUMNS = {
    "articles": [
        "id", "story", "language", "title", "section", "published", "url", "source_id", "author", "outlet",
        "canonical_url", "stated_language", "license", "origins", "text", "source_text", "source_sha256", "segments",
        "zones", "mentions", "quotes", "figures", "subject", "annotation",
        "status", "annotator_kinds", "fold",
    ],
    "mentions": [*ROW, "tokens", "token_offsets", "ner_tags", "spans", *PROVENANCE],
    "quotes": [*ROW, "quotes", "label", *PROVENANCE],
    "figures": [
        *ROW, "evidence_start", "evidence_end", "value", "unit",
        "sites_id", "sites", "sites_start", "sites_end", "sites_link",
        "said_in_id", "said_in", "said_in_start", "said_in_end", "said_in_link",
        "estimate", "label", *PROVENANCE,
    ],
    "subjects": [*ROW, "themes", "casualties", "note", "label", *PROVENANCE],
    "annotations": [
        "article_id", "annotator", "text", "segments", "zones", "mentions", "quotes",
        "figures", "subject", "annotation", "status", "annotator_kind", "fold",
    ],
}  # fmt: skip
"""The columns of each config, in order."""
ROWS = {
    "articles": {"train": 7, "validation": 3, "test": 2},
    "mentions": {"train": 59, "validation": 23, "test": 14},
    "quotes": {"train": 108, "validation": 46, "test": 27},
    "figures": {"train": 49, "validation": 22, "test": 12},
    "subjects": {"train": 7, "validation": 3, "test": 2},
    "annotations": {"train": 6},
}
"""The rows of each config by split; the lines, sentences and labels of its articles."""
LABELS: dict[tuple[str, str], dict[Any, int]] = {
    ("mentions", "category"): {"PERSON": 44, "AGENCY": 25, "PLACE": 80, "WATER": 28},
    ("mentions", "flooded"): {True: 61, False: 116},
    ("quotes", "manner"): {"direct": 41, "indirect": 56},
    ("quotes", "call"): {"none": 69, "advice": 17, "order": 11},
    ("figures", "measure"): {
        "level": 23, "rainfall": 7, "discharge": 6, "people": 22, "buildings": 9, "extent": 10, "cost": 6,
    },
    ("figures", "unit"): {
        "m": 15, "cm": 7, "mm": 7, "km": 1, "percent": 4, "m3_per_s": 6, "ha": 6, "persons": 22, "buildings": 9,
        "crowns": 6,
    },
    ("figures", "estimate"): {True: 20, False: 63},
}  # fmt: skip
"""How many labels of all final documents have each value of an attribute."""
THEMES = {
    "warning": 11, "rescue": 7, "evacuation": 8, "housing": 6, "dams": 3, "levees": 4, "cloudburst": 2, "farming": 5,
    "transport": 5, "health": 5, "money": 5, "politics": 4, "drill": 1,
}  # fmt: skip


@pytest.fixture
def floods(tmp_path: Path) -> Path:
    """A copy of the dataset, without built files."""
    return copy_floods(tmp_path / "floods")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset, built in a separate folder."""
    root = copy_floods(tmp_path_factory.mktemp("built") / "floods")
    dataset_folder.build(root)
    return root / "dataset"


@pytest.fixture(scope="module")
def loaded(built: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every config, loaded with a fresh cache."""
    cache = str(tmp_path_factory.mktemp("cache"))
    datasets.disable_progress_bars()
    names = datasets.get_dataset_config_names(str(built))
    return {name: datasets.load_dataset(str(built), name, cache_dir=cache) for name in names}


def rows(loaded: dict[str, Any], config: str) -> Iterator[Any]:
    """All rows of a config, in any split."""
    for split in loaded[config].values():
        yield from split


def in_row(row: Any, span: Any) -> None:
    """A span of a row is what it says, in the row's text."""
    assert row["text"][span["start"] : span["end"]] == span["text"] != ""


def test_is_valid() -> None:
    """It has no issue."""
    assert validate.validate_dataset(FLOODS) == []


def test_configs_have_their_columns_and_rows(loaded: dict[str, Any]) -> None:
    """The configs, columns and rows are those that its schema declares, and no other."""
    assert {name: config["train"].column_names for name, config in loaded.items()} == COLUMNS
    assert {name: {key: split.num_rows for key, split in config.items()} for name, config in loaded.items()} == ROWS


def test_features_of_card_and_files_are_equal(built: Path, loaded: dict[str, Any]) -> None:
    """The features in the card's YAML are those in Parquet."""
    for config, splits in loaded.items():
        for name, split in splits.items():
            [path] = (built / "data" / config).glob(f"{name}-*.parquet")
            assert datasets.Features.from_arrow_schema(pq.read_schema(path)) == split.features


def test_articles_hold_every_label(loaded: dict[str, Any]) -> None:
    """Each value of each attribute occurs as often as it does in the documents, and each span is what it says."""
    counts: dict[tuple[str, str], Counter[Any]] = {key: Counter() for key in LABELS}
    themes: Counter[str] = Counter()
    for row in rows(loaded, "articles"):
        for layer, attribute in LABELS:
            counts[layer, attribute].update(label[attribute] for label in row[layer])
        for label in [*row["mentions"], *row["quotes"], *row["figures"]]:
            in_row(row, label)
        for quote in row["quotes"]:
            if quote["verb"]:
                in_row(row, quote["verb"])
        themes.update(row["subject"]["themes"])
    assert counts == LABELS
    assert themes == THEMES


def test_references_lead_to_labels(loaded: dict[str, Any]) -> None:
    """A reference to a label is the id of one of its article; a party stays as it is."""
    parties: Counter[str] = Counter()
    for row in rows(loaded, "articles"):
        mentions, quotes = ({label["id"]: label for label in row[layer]} for layer in ("mentions", "quotes"))
        for quote in row["quotes"]:
            parties.update(speaker for speaker in quote["speakers"] if speaker not in mentions)
        for figure in row["figures"]:
            assert set(figure["sites"]) <= set(mentions)
            outer = quotes.get(figure["said_in"])
            assert outer is None or outer["start"] <= figure["start"] < figure["end"] <= outer["end"]
            assert (outer is None) == (figure["said_in"] is None)
    assert parties == {"WITNESS": 15, "UNNAMED": 4}


def test_lines_have_tags_of_the_four_categories(loaded: dict[str, Any]) -> None:
    """Tokens are tagged by the outermost mention; mentions inside it are in ``spans`` alone."""
    tags: Counter[str] = Counter()
    categories = LABELS["mentions", "category"]
    names = ["O", *(f"{letter}-{category}" for category in categories for letter in "BI")]
    for split in loaded["mentions"].values():
        assert split.features["ner_tags"].feature.names == names
        for row in split:
            tags.update(names[tag] for tag in row["ner_tags"])
            for span in row["spans"]:
                in_row(row, span)
    starts = {name[2:]: count for name, count in tags.items() if name.startswith("B-")}
    nested = {"PERSON": 0, "AGENCY": 0, "PLACE": 13, "WATER": 7}
    assert starts == {category: categories[category] - nested[category] for category in categories}


def test_sentences_have_their_highest_call(loaded: dict[str, Any]) -> None:
    """A sentence has the strongest call among its quotes; one without quotes calls on nobody."""
    calls = list(LABELS["quotes", "call"])
    seen: list[str] = []
    for split in loaded["quotes"].values():
        assert split.features["label"].names == calls
        for row in split:
            assert row["label"] == max((calls.index(quote["call"]) for quote in row["quotes"]), default=0)
            for quote in row["quotes"]:
                in_row(row, quote)
                seen.append(f"{row['article_id']}:{quote['id']}")
                assert len(quote["speaker_names"]) == len(quote["speakers"])
    assert len(seen) == len(set(seen)) == 97


def test_sentences_name_the_speakers(loaded: dict[str, Any]) -> None:
    """Two who speak together are both named, in their order."""
    names = [quote["speaker_names"] for row in rows(loaded, "quotes") for quote in row["quotes"]]
    assert [each for each in names if len(each) > 1] == [["Quiralte", "Ondoño"]] * 2 + [["Durrow", "Wenn"]]


def test_figures_have_values_sites_and_quotes(loaded: dict[str, Any]) -> None:
    """A figure has its number, all its sites with their links, and the text of the quote that it stands in."""
    found = {row["id"]: row for row in rows(loaded, "figures")}
    row = found[f"{THORNMERE}:f2"]
    assert row["text"][row["evidence_start"] : row["evidence_end"]] == "4.2 metres"
    assert (row["value"], row["unit"], row["estimate"]) == (4.2, "m", False)
    assert (row["sites"], row["sites_link"]) == (["River Ebbing", "Toll Bridge"], ["NIL:ebbing", "NIL:toll-bridge"])
    assert row["said_in"] == "The gauge at Toll Bridge stood at 4.2 metres at dawn"
    assert found[f"{THORNMERE}:f6"]["sites"] == []
    assert found[f"{THORNMERE}:f6"]["said_in"] is None
    assert sum(row["value"] for row in found.values() if row["unit"] == "crowns") == 63_480_000


def test_articles_have_one_focus_and_several_themes(loaded: dict[str, Any]) -> None:
    """The class is the focus; themes, flag and note stand beside it."""
    split = loaded["subjects"]["train"]
    assert split.features["label"].names == ["impact", "response", "recovery", "prevention"]
    last = split[-1]
    assert split.features["label"].int2str(last["label"]) == "prevention"
    assert last["themes"] == ["warning", "evacuation", "levees", "money", "drill"]
    assert (last["casualties"], last["note"]) == (True, "An exercise, not a flood; the death is that of June.")
    assert Counter(row["label"] for row in rows(loaded, "subjects")) == {0: 7, 1: 2, 2: 1, 3: 2}


def test_annotations_are_two_readings_of_three_articles(loaded: dict[str, Any]) -> None:
    """Both readings have all layers, the second as a draft."""
    found = {(row["annotator"], row["status"]["quotes"]) for row in rows(loaded, "annotations")}
    assert found == {("claude", "submitted"), ("claude-again", "draft")}
    assert {row["annotator_kind"] for row in rows(loaded, "annotations")} == {"model"}
    assert all(row["subject"]["focus"] for row in rows(loaded, "annotations"))


@pytest.mark.parametrize("config", COLUMNS)
def test_streaming_gives_the_same_rows(built: Path, loaded: dict[str, Any], config: str) -> None:
    """Every split streams the rows that loading gives."""
    streamed = datasets.load_dataset(str(built), config, streaming=True)
    assert {name: list(split) for name, split in streamed.items()} == {
        name: list(split) for name, split in loaded[config].items()
    }


def test_builds_the_same_bytes_again(built: Path, floods: Path) -> None:
    """Another copy gives the same files."""
    dataset_folder.build(floods)
    assert contents(floods / "dataset") == contents(built)


def changes(one: Path, other: Path) -> list[str]:
    """What differs between two folders, one change a line."""
    with snapshots.open_snapshot(str(one), FLOODS) as old, snapshots.open_snapshot(str(other), FLOODS) as new:
        report = list(change_report.report_lines(old, new, change_report.as_text))
    signs = tuple(f"{sign} " for sign in change_report.ACTION_MARKS.values())
    return [line for line in report if line.startswith(signs)]


GAUGE = "q1 'The gauge at Toll Bridge stood at 4.2 m…'"
FLOOR = "q4 'It came up through the floor, not throu…'"
CHANGES = {
    "a choice": (
        ("mentions", 0, "category"),
        "PLACE",
        f"{THORNMERE} final mentions m1 'River Ebbing': category WATER → PLACE",
    ),
    "a flag": (
        ("mentions", 0, "flooded"),
        False,
        f"{THORNMERE} final mentions m1 'River Ebbing': flooded true → false",
    ),
    "a number": (("figures", 1, "value"), 4.3, f"{THORNMERE} final figures f2 '4.2 metres': value 4.2 → 4.3"),
    "references": (
        ("figures", 1, "sites"),
        ["m6"],
        f"{THORNMERE} final figures f2 '4.2 metres': sites [m4, m6] → [m6]",
    ),
    "a reference": (("figures", 1, "said_in"), None, f"{THORNMERE} final figures f2 '4.2 metres': said_in q1 → null"),
    "a part": (
        ("quotes", 0, "verb"),
        None,
        f"{THORNMERE} final quotes {GAUGE}: verb {{start 335, end 339, text said}} → null",
    ),
    "a party": (
        ("quotes", 3, "speakers"),
        ["UNNAMED"],
        f"{THORNMERE} final quotes {FLOOR}: speakers [WITNESS] → [UNNAMED]",
    ),
    "a theme": (
        ("subject", "themes"),
        ["rescue"],
        f"{THORNMERE} final subject: themes [warning, rescue, evacuation, housing] → [rescue]",
    ),
    "a focus": (("subject", "focus"), "response", f"{THORNMERE} final subject: focus impact → response"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_compares_one_changed_label(floods: Path, change: str) -> None:
    """A copy in which one attribute differs is told by exactly that."""
    (*steps, last), value, told = CHANGES[change]
    path = floods / f"annotations/final/{THORNMERE}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    place: Any = document
    for step in steps:
        place = place[step]
    place[last] = value
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert validate.validate_dataset(floods) == []
    assert changes(FLOODS, floods) == [f"~ {told}"]


def test_is_compared_with_what_was_built(built: Path) -> None:
    """The built folder holds the same articles, labels and schema as the source."""
    assert changes(FLOODS, built) == []


def test_is_complete_again_from_its_texts(built: Path, tmp_path: Path) -> None:
    """A release without texts has no word of a source, and the texts give the full release again."""
    text_free.write_text_free(built.parent, tmp_path / "bare")
    for path in sorted((tmp_path / "bare/data").rglob("*.parquet")):
        written = json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False)
        for word in ("Valdesauce", "4.2 metres", "declaró", "Starych", "Mundo", "Por Amaro"):
            assert word not in written, (path, word)
    done = hydrate.hydrate(tmp_path / "bare", [FLOODS / "dataset/raw"], tmp_path / "full")
    assert (done.articles, done.identical) == (12, True)


@pytest.mark.slow
def test_a_report_gives_a_label_of_an_article_no_place() -> None:
    """Two readings disagree on an article's themes: there is no span to show, and no text."""
    data, names = corpus.load_corpus(FLOODS), ["claude", "claude-again"]
    articles = comparable_articles.shared_articles(data, names)
    text = report_text.plain_text(data.schema, agreement_report.measure_agreement(data.schema, names, articles))
    assert "\n4646b707109d1f8d subject themes\n  claude: warning, " in text
    assert "0:0" not in text


def test_commands_accept_it(run: Run, floods: Path) -> None:
    """The commands validate, build and compare it, and the generated parts of its files are as committed."""
    for command in ("validate", "build"):
        assert run(command, "--root", floods).returncode == 0
    assert run("docs", "--check", "--root", floods).stdout == ""
    assert run("diff", FLOODS, floods, "--root", floods).returncode == 0
