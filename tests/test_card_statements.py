"""What the card says in words is true of the data; its tables are generated from it, or measured here."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

import baselines
from pactwire.card import dataset_folder, summary
from pactwire.card.summary import LoadedConfig
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from support.hub import Hub

pytest_plugins = ["support.hub_fixture"]


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of this repository, as it is built now."""
    target = tmp_path_factory.mktemp("built")
    dataset_folder.build(checkout, target=target)
    return target


@pytest.fixture(scope="module")
def configs(built: Path) -> dict[str, LoadedConfig]:
    """Its configs, as `datasets` loads them."""
    return {each.config: each for each in summary.load_configs(built)}


@pytest.fixture(scope="module")
def card(checkout: Path) -> str:
    """The words of the card, in one line."""
    return " ".join((checkout / "DATASET_CARD.md").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def data(checkout: Path) -> Corpus:
    """The articles and documents."""
    return corpus.load_corpus(checkout)


def test_baselines_are_those_of_the_data(built: Path, checkout: Path, card: str) -> None:
    """The table is what the benchmark measures, and the sentence below it names the configs beyond chance."""
    measured = baselines.measure_baselines(built)
    assert baselines.format_table(measured) in (checkout / "DATASET_CARD.md").read_text(encoding="utf-8")
    beyond = [each.config for each in measured if each.trained and each.trained > (each.chance or each.constant)]
    untrained = [each.config for each in measured if each.trained is None]
    within = [each.config for each in measured if each.config not in beyond + untrained]
    assert (beyond, within, untrained) == (["entities", "claims"], ["stance", "stance_candidates"], ["claim_pairs"])
    assert (
        "learns something of `entities` and `claims`, and nothing that can be told from chance of `stance` and" in card
    )
    assert all(each.constant < 0.1 for each in measured)


def test_splits_and_folds_test_what_the_card_says(configs: dict[str, LoadedConfig], card: str) -> None:
    """The test split is one Ukrainian article, of a language that train lacks; two languages are in one fold each."""
    parts = configs["articles"].parts
    assert parts["test"] == {"uk": 1} and "uk" not in parts["train"]
    in_folds = {language: [name for name, counts in parts.items() if name.startswith("fold") and language in counts]
                for language in ("bg", "uk", "fr")}  # fmt: skip
    assert [len(in_folds[language]) for language in ("bg", "uk", "fr")] == [1, 1, 3]
    assert "The test split is one article, in Ukrainian, and nothing in `train` is in that language." in card
    assert "Bulgarian and Ukrainian are in one fold each" in card


def test_people_who_are_linked_hold_or_held_office(data: Corpus, card: str) -> None:
    """Whoever is named in an article was looked up; somebody new makes this fail, and the sentence is read again."""
    linked = {
        data.links[each["link"]].name
        for article in data.articles
        if (document := data.final_document(article))
        for each in document["entities"]  # type: ignore[typeddict-item]
        if each["type"] == "PER" and each["link"] is not None
    }
    officials = """Alexander Novak, Andrey Belousov, Antony Blinken, Bonnie Jenkins, Jens Stoltenberg, John Kirby,
    Karine Jean-Pierre, Kim Il Sung, Kim Jong Il, Kim Jong Un, Kurt Campbell, Lloyd Austin, Mark Rutte, Park Jin,
    Rustem Umerov, Sergey Lavrov, Vladimir Putin, Xi Jinping, Yoon Suk Yeol, Yuri Ushakov"""
    assert linked == {" ".join(name.split()) for name in officials.split(",")}
    assert "The people who are named and linked hold or held public office." in card


def test_makers_are_as_the_card_says(data: Corpus, card: str) -> None:
    """Both readers and the adjudicator are one model, five articles were read by each reader, and none by a person."""
    final = [document for article in data.articles if (document := data.final_document(article))]
    makers: dict[str, Any] = {each["id"]: each for document in final for each in document["annotators"]}
    assert {(each["kind"], each["name"]) for each in makers.values()} == {("model", "Claude")}
    assert sorted(makers) == ["claude-adjudicator", "claude-c", "claude-d"] and len(final) == 5
    assert "The guidelines were written by the language model that both readers and the adjudicator are." in card


@pytest.mark.slow
def test_snippets_run_as_printed(built: Path, checkout: Path, hub: Hub, tmp_path: Path) -> None:
    """The code that loads the dataset runs as it stands in the card, once its repository exists."""
    settings = corpus.load_corpus(checkout).settings
    api = HfApi(token=hub.token(orgs=(settings.repository.partition("/")[0],)))
    api.create_repo(settings.repository, repo_type="dataset")
    api.upload_folder(repo_id=settings.repository, folder_path=built, repo_type="dataset")
    api.create_tag(settings.repository, tag=f"v{settings.version}", repo_type="dataset")
    page = (checkout / "DATASET_CARD.md").read_text(encoding="utf-8").partition("<!-- begin generated: load -->")[2]
    blocks = [part.partition("```")[0] for part in page.partition("<!-- end generated")[0].split("```python\n")[1:]]
    assert len(blocks) == 2
    code = "\n".join(block + "print(entities.num_rows, entities[2]['spans'][0]['text'])" for block in blocks)
    done = subprocess.run(
        [sys.executable, "-c", code], env=hub.environment(tmp_path / "home"), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "36 Russie\n36 Russie\n"
