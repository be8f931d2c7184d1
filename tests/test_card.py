"""The card: its front matter holds what only the dataset's owner can know; the rest is computed."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pactwire.agreement.measure_list import all_measures
from pactwire.card import card, dataset_folder, summary
from pactwire.corpus import corpus
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.corpus.statistics import CorpusStatistics
from pactwire.model.issues import DataError
from pactwire.release import card_checks, docs, release_checks
from pactwire.storage import front_matter
from support.news import SCHEMA

COMPUTED = ["annotations_creators", "configs", "dataset_info", "language", "multilinguality", "size_categories"]


def described(root: Path, text: str | None) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Build a dataset with a card; return the README's front matter and body, and croissant.json."""
    if text is not None:
        (root / "DATASET_CARD.md").write_text(text, encoding="utf-8")
    dataset_folder.build(root)
    _, front, body = (root / "dataset/README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), body, json.loads((root / "dataset/croissant.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "name"), [("# Wire\n\nTwo articles.\n", "Wire"), ("Two articles.\n", None), (None, "Dataset")]
)
def test_states_nothing_that_the_owner_does_not(golden: Path, text: str | None, name: str | None) -> None:
    """Without front matter the name is the card's heading, and no license, task or tag is given."""
    front, _, croissant = described(golden, text)
    assert sorted(front) == sorted([*COMPUTED, *(["pretty_name"] if name else [])])
    assert front.get("pretty_name") == name
    assert croissant["license"] == ["Made for a test."]
    assert croissant["name"] == (name or "Dataset")


def test_front_matter_is_published_once(golden: Path) -> None:
    """Its fields are beside the computed ones, the card's text follows, and croissant.json has name and license."""
    own = {"license": ["mit", "other"], "pretty_name": "The Wire", "tags": ["news"], "license_name": "x"}
    front, body, croissant = described(golden, f"---\n{yaml.safe_dump(own)}---\n\n# Wire\nTwo articles.\n")
    assert {name: value for name, value in front.items() if name not in COMPUTED} == own
    assert front["language"] == ["en"]
    assert body == "# Wire\nTwo articles.\n"
    assert (croissant["name"], croissant["description"]) == ("Wire", "Two articles.")
    assert croissant["license"] == ["mit", "Made for a test."]


def test_name_may_come_from_front_matter(golden: Path) -> None:
    """Without a heading, croissant.json has that name; the Hub's name of a license becomes its address."""
    front, _, croissant = described(golden, "---\npretty_name: The Wire\nlicense: cc-by-4.0\n---\n")
    assert (front["pretty_name"], croissant["name"]) == ("The Wire", "The Wire")
    assert croissant["license"] == ["https://creativecommons.org/licenses/by/4.0/", "Made for a test."]


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("- mit", "it does not hold fields with their values"),
        ("1: mit", "it does not hold fields with their values"),
        ("date: 2026-13-01", "month must be in 1..12"),
        ("tags: [\a]", "special characters are not allowed"),
        ("license: no", "license is False, which is not text"),
        ("pretty_name: [Wire]", "pretty_name is ['Wire'], which is not text"),
        ("language: en", "language is computed from the data and can't be set by hand"),
    ],
)
def test_rejects_unusable_front_matter(golden: Path, front: str, message: str) -> None:
    """It is reported, and nothing is built."""
    with pytest.raises(DataError) as caught:
        described(golden, f"---\n{front}\n---\n# Wire\n")
    assert [(issue.file, issue.code) for issue in caught.value.issues] == [("DATASET_CARD.md", "front-matter")]
    assert message in caught.value.issues[0].message
    assert not (golden / "dataset/README.md").exists()


@pytest.mark.parametrize(
    ("rows", "category"),
    [(1, "n<1K"), (999, "n<1K"), (1_000, "1K<n<10K"), (9_999, "1K<n<10K"), (999_999, "100K<n<1M"), (1_000_000, "n>1M")],
)
def test_size_category_bounds(rows: int, category: str) -> None:
    """The Hub's size category counts rows; its upper bounds are exclusive."""
    assert card.size_category(rows) == category


def test_a_rule_is_not_front_matter(golden: Path) -> None:
    """A rule between paragraphs stays in the card's text."""
    text = "# Wire\n\nTwo articles.\n\n---\n\nMore.\n\n---\n"
    assert described(golden, text)[1] == text


def test_committed_card_keeps_name_and_license(copy: Path) -> None:
    """The committed card keeps its name and license."""
    front, body, croissant = described(copy, None)
    assert (front["pretty_name"], front["license"]) == ("Pactwire", ["cc-by-4.0", "other"])
    assert body.startswith("# Pactwire: who says what")
    assert croissant["license"][0] == "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.slow
@pytest.mark.parametrize("value", ["[" * 5000, "{a: " * 5000, "- " * 20_000 + "x"], ids=["lists", "fields", "items"])
def test_rejects_deeply_nested_front_matter(value: str) -> None:
    """YAML of any depth is rejected with an issue, not by the recursion limit."""
    with pytest.raises(DataError) as caught:
        front_matter.parse_fields(f"---\ntags: {value}\n---\n", "DATASET_CARD.md")
    assert [issue.code for issue in caught.value.issues] == ["front-matter"]


def test_rejects_unknown_generated_parts(golden: Path) -> None:
    """All are reported at once, with their lines and the known names, and no file is changed."""
    text = "# Wire\n"
    for name in ("links", "entitis", "claimz"):
        text += f"\n<!-- begin generated: {name} -->\n<!-- end generated: {name} -->\n"
    described(golden, text)
    with pytest.raises(DataError) as caught:
        docs.renew_files(golden, write=True)
    assert [(issue.file, issue.line, issue.code) for issue in caught.value.issues] == [
        ("DATASET_CARD.md", 6, "generated-part"),
        ("DATASET_CARD.md", 9, "generated-part"),
    ]
    assert "'entitis' is none of: agreement, " in caught.value.issues[0].message
    assert (golden / "DATASET_CARD.md").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("file", "read"),
    [
        ("CHANGELOG.md", lambda root: list(release_checks.changelog_issues(root))),
        ("CHANGELOG.md", release_checks.renew_changelog),
        ("dataset/README.md", lambda root: summary.load_configs(root / "dataset")),
        ("dataset/README.md", lambda root: list(card_checks.built_version_issues(root))),
        ("DATASET_CARD.md", lambda root: docs.renew_files(root, write=True)),
    ],
)
def test_rejects_markdown_that_is_not_utf8(file: str, read: Callable[[Path], object], golden: Path) -> None:
    """Every reader reports the file and the line."""
    described(golden, "# Wire\n")
    (golden / file).write_bytes(b"# Wire\n\xff\n")
    with pytest.raises(DataError) as caught:
        read(golden)
    [issue] = caught.value.issues
    assert (issue.file.endswith(file), issue.line, issue.code) == (True, 2, "not-utf8")


@pytest.mark.parametrize(("config", "variable"), [("drugs", "drugs"), ("while", "loaded")])
def test_code_that_loads_a_config_is_python(config: str, variable: str) -> None:
    """A config whose name Python reserves is loaded into another variable."""
    code = summary.usage_code([summary.LoadedConfig(config, {"train": 1}, [], [], [], {}, {})], "me/x", "1.0.0")
    assert f'\n{variable} = load_dataset("me/x", "{config}", ' in code


def test_deprecated_labels_are_marked_or_left_out(golden: Path) -> None:
    """The card says that a label is deprecated; guidelines do not offer it, and agreement on it is not measured."""
    path = golden / SCHEMA_FILE
    declaration = json.loads(path.read_text(encoding="utf-8"))
    labels = declaration["$defs"]["entity"]["properties"]["type"]["oneOf"]
    [gone] = [label for label in labels if label["const"] == "PRO"]
    for is_gone in (False, True):
        if is_gone:
            gone["x-deprecated"] = True
        path.write_text(json.dumps(declaration), encoding="utf-8")
        data = corpus.load_corpus(golden)
        counted = next(row for row in card.labels_table(data).split("\n") if "`PRO`" in row)
        assert ("| `PRO` (deprecated) |" in counted) == is_gone
        assert ("`PRO`" in docs.guideline_tables(data)["entities.type"]) != is_gone
        assert any(measure.label == "PRO" for measure in all_measures(data.schema)) != is_gone
        assert any(measure.label == "PER" for measure in all_measures(data.schema))


def test_says_what_people_have_reviewed() -> None:
    """By layer, from the statuses of final documents alone; nothing, some, or all."""

    def sentence(**statuses: dict[str, int]) -> str:
        counts = {layer: Counter(each) for layer, each in statuses.items()}
        return card.review_sentence(SCHEMA, CorpusStatistics(documents=Counter(final=5), statuses=counts))

    assert sentence() == "Nothing is labeled yet."
    assert sentence(zones={"adjudicated": 5}, claims={"draft": 4}) == "**No person has reviewed the labels.**"
    assert sentence(zones={"reviewed": 5}) == "**A person has reviewed all labels** of the 5 final documents."
    assert sentence(claims={"reviewed": 3, "adjudicated": 1}, zones={"adjudicated": 5}) == (
        "**A person has reviewed some of the labels** of the 5 final documents, and no others: `claims` in 3 of 4."
    )
