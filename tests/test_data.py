"""The committed data: valid, canonical, complete, honest about its annotators, with exact counts."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pactwire.build import features
from pactwire.card import label_counts
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.labelstudio import readiness
from pactwire.model import digests, strict_json
from pactwire.model.labels import document_labels
from pactwire.release import docs
from pactwire.storage import generated_blocks
from pactwire.stories import split_assignment
from pactwire.text import zones
from pactwire.validation import validate
from support.news import OWN_SCHEMA

ARTICLES = {
    "c1c877da5f8dd539": ("fr", "train"),
    "20acd37116a2ee7f": ("fr", "validation"),
    "5ccec2fc13046f9d": ("uk", "test"),
    "31c112378dc0491b": ("bg", "train"),
    "4b7befb44f73cc7b": ("fr", "train"),
}
FORMS = {
    "Q159": ["Russie", "Fédération de Russie", "Русия", "рф", "росії", "росію", "росією"],
    "Q423": ["Corée du Nord", "RPDC", "КНДР", "Північної Кореї", "Північній Кореї", "Северна Корея", "Севера"],
    "Q884": ["Corée du Sud", "République de Corée", "Південної Кореї", "Южна Корея"],
    "Q30": ["États-Unis", "USA", "САЩ"],
    "Q7184": ["OTAN", "НАТО", "Алианса"],
    "Q7747": ["Vladimir Poutine", "Poutine", "путін", "путіна", "Владимир Путин", "Путин"],
    "Q57792": ["Mark Rutte", "Rutte", "Марк Рютте", "Рютте"],
    "Q57665": ["Йенс Столтенберг", "Столтенберг"],
    "Q7821917": ["Anthony Blinken", "Blinken", "Антъни Блинкън", "Блинкън"],
}
"""Forms of frequent names; every occurrence of one in the content is a mention with this link."""


CONTENT = ("title", "lead", "heading", "body", "caption")


@pytest.fixture(scope="module")
def data(checkout: Path) -> Corpus:
    """Return the committed corpus."""
    return corpus.load_corpus(checkout)


@pytest.fixture(scope="module")
def finals(data: Corpus) -> dict[str, Any]:
    """Return the final documents by article."""
    return {article: data.final_document(article) for article in ARTICLES}


def test_data_has_no_issues(data: Corpus) -> None:
    """Every committed file passes every check."""
    assert validate.check_corpus(data) == []


def test_has_the_five_articles_of_the_sources(data: Corpus) -> None:
    """The five articles are in their order of arrival, and their sources claim nothing that their pages do not say."""
    assert list(data.articles) == list(ARTICLES)
    assert [source["outlet"] for source in data.sources.values()] == [None, None, "iPress", None, None]
    assert all(source["published"] is None for source in data.sources.values())


def test_committed_json_is_canonical(checkout: Path) -> None:
    """Documents and tables are in the form that gives small diffs: pretty, with labels in the order of the text."""
    for path in sorted((checkout / "annotations").glob("**/*.json")):
        text = path.read_text(encoding="utf-8")
        value = json.loads(text)
        assert text == strict_json.pretty(value), path
        for layer in OWN_SCHEMA.layer_names:
            starts = [label["start"] for label in value.get(layer, [])]
            assert starts == sorted(starts), (path, layer)
    for name in (
        "annotations/clusters.jsonl",
        "annotations/decisions/1.jsonl",
        "annotations/decisions/2.jsonl",
        "dataset/sources.jsonl",
    ):
        for line in (checkout / name).read_text(encoding="utf-8").splitlines():
            assert line == strict_json.compact(json.loads(line))


def test_label_counts(finals: dict[str, Any]) -> None:
    """The numbers of labels are exact, so that nobody changes a label by accident."""
    assert {
        article: [len(document[layer]) for layer in OWN_SCHEMA.layer_names if layer in document]
        for article, document in finals.items()
    } == COUNTS
    types = Counter(entity["type"] for document in finals.values() for entity in document["entities"])
    assert types == {"GPE": 203, "PER": 61, "ORG": 35, "LOC": 11, "EVT": 11}
    polarity = Counter(stance["polarity"] for document in finals.values() for stance in document["stances"])
    assert polarity == POLARITY


COUNTS = {
    "c1c877da5f8dd539": [13, 43, 11, 6],
    "20acd37116a2ee7f": [7, 41, 13, 5],
    "5ccec2fc13046f9d": [28, 57, 17, 11],
    "31c112378dc0491b": [31, 87, 23, 25],
    "4b7befb44f73cc7b": [14, 93, 34, 26],
}
POLARITY = {"against": 45, "favor": 27, "neutral": 1}


def test_no_annotator_claims_to_be_human(data: Corpus) -> None:
    """No person has labeled or reviewed anything yet, and no document says that one has."""
    for stored in data.documents:
        assert {annotator["kind"] for annotator in stored.document["annotators"]} == {"model"}
        assert "reviewed" not in stored.document["status"].values()


def test_final_documents_derive_from_both_passes(data: Corpus, finals: dict[str, Any]) -> None:
    """Each final document names the two documents that it was derived from, with their present digests."""
    for article, document in finals.items():
        sources = [
            f"{name}@{digests.sha256((data.root / 'annotations' / name / f'{article}.json').read_bytes())}"
            for name in ("claude-c", "claude-d")
        ]
        assert document["derived_from"] == sources
        assert set(document["status"].values()) == {"adjudicated"}
        assert document["guidelines"] == "2.0"


def test_first_round_is_kept(checkout: Path) -> None:
    """The documents of the first round are those of version 1.0.0, with as many labels, and no longer compared."""
    folder = checkout / "annotations/rounds/1"
    kept = sorted(path.relative_to(folder).as_posix() for path in folder.glob("**/*.json"))
    assert kept == sorted(
        f"{name}/{article}.json" for name in ("claude-a", "claude-b", "final") for article in ARTICLES
    )
    counts = Counter[str]()
    for article in ARTICLES:
        document = json.loads((folder / f"final/{article}.json").read_text(encoding="utf-8"))
        assert document["guidelines"] == "1.0"
        counts.update({layer: len(document[layer]) for layer in OWN_SCHEMA.layer_names})
    assert counts == {"zones": 93, "entities": 321, "claims": 98, "stances": 76}


def test_rounds_md_counts_what_the_second_round_changed(checkout: Path, finals: dict[str, Any]) -> None:
    """Labels of both rounds with the same span, in stances also the same two sides, are alike or changed."""
    text = (checkout / "annotations/ROUNDS.md").read_text(encoding="utf-8")
    for layer in OWN_SCHEMA.layer_names:
        counts = Counter[str]()
        for article, new in finals.items():
            path = checkout / f"annotations/rounds/1/final/{article}.json"
            old = json.loads(path.read_text(encoding="utf-8"))
            before, after = (_resolved_labels(document, layer) for document in (old, new))
            counts["removed"] += len(before.keys() - after.keys())
            counts["added"] += len(after.keys() - before.keys())
            for key in before.keys() & after.keys():
                counts["alike" if before[key] == after[key] else "changed"] += 1
        row = " | ".join(str(counts[name]) for name in ("alike", "changed", "removed", "added"))
        assert f"| {layer} | {row} |\n" in text


def _resolved_labels(document: Any, layer: str) -> dict[Any, Any]:
    """Return the labels of a layer by span and sides, without ids and annotators; references are spans."""
    spans = {each["id"]: f"{each['start']}:{each['end']}" for each in document["entities"]}
    found = {}
    for label in document[layer]:
        values = {name: value for name, value in label.items() if name not in ("id", "by")}
        for name in ("holder", "target"):
            if name in values:
                values[name] = spans.get(values[name], values[name])
        if "claimants" in values:
            values["claimants"] = [spans.get(each, each) for each in values["claimants"]]
        found[values["start"], values["end"], values.get("holder"), values.get("target")] = values
    return found


def test_every_occurrence_of_a_frequent_name_is_a_mention(data: Corpus, finals: dict[str, Any]) -> None:
    """In content zones, each form of a frequent name is in a mention with that name's link, or in a longer one."""
    for article, document in finals.items():
        source = data.articles[article]["source_text"]
        content = [zone for zone in document["zones"] if zone["kind"] in CONTENT]
        for link, forms in FORMS.items():
            for form in forms:
                for match in re.finditer(rf"(?<!\w){re.escape(form)}(?!\w)", source):
                    if any(zone["start"] <= match.start() < zone["end"] for zone in content):
                        over = [
                            entity
                            for entity in document["entities"]
                            if entity["start"] <= match.start() and match.end() <= entity["end"]
                        ]
                        assert over, (article, form, match.start())
                        assert any(entity["link"] == link or entity["text"] != form for entity in over), (article, form)


def test_the_same_name_has_the_same_type_and_link(finals: dict[str, Any]) -> None:
    """In all articles, the text of a name has one type, one link and one form."""
    known: dict[str, set[Any]] = {}
    for document in finals.values():
        for entity in document["entities"]:
            known.setdefault(entity["text"], set()).add((entity["type"], entity["link"], entity["form"]))
    assert {text: values for text, values in known.items() if len(values) > 1} == {}


def test_mentions_have_the_type_of_their_link(data: Corpus, finals: dict[str, Any]) -> None:
    """Each mention has a link that is in links.tsv, and the type that it has there, but for two garbled names."""
    entities = [entity for document in finals.values() for entity in document["entities"]]
    assert [entity["text"] for entity in entities if entity["link"] is None] == ["Kim Jong", "Kim"]
    assert all(data.links[entity["link"]].type == entity["type"] for entity in entities if entity["link"])


def test_ids_name_sources_that_can_be_looked_up(data: Corpus) -> None:
    """Each Wikidata id in links.tsv names a commit of a repository or a package, but for one; local names say why."""
    sources = {link: row.source for link, row in data.links.items()}
    assert {link for link, source in sources.items() if not re.search(r"@[0-9a-f]{10}:|PyPI \S+ [0-9]", source)} == {
        "Q160381", "NIL:john-kirby", "NIL:kurt-campbell", "NIL:nato-summit-washington-2024", "NIL:rodong-sinmun",
        "NIL:suspilne",
    }  # fmt: skip


def test_only_capitals_are_metonyms(finals: dict[str, Any]) -> None:
    """Moscow, Pyongyang, Washington, Beijing and the White House mean their state or themselves; 17 mean the state."""
    states = {"Q649": "Q159", "Q18808": "Q423", "Q61": "Q30", "Q956": "Q148", "Q35525": "Q30"}
    uses: Counter[tuple[str, str | None]] = Counter()
    for document in finals.values():
        for entity in document["entities"]:
            if entity["link"] in states:
                assert entity["metonym_of"] in (None, states[entity["link"]])
                uses[entity["link"], entity["metonym_of"]] += 1
            else:
                assert entity["metonym_of"] is None
    assert sum(count for (_, state), count in uses.items() if state) == 17


def test_zone_rules_find_the_gold_content(data: Corpus, finals: dict[str, Any]) -> None:
    """On the five articles, the zone rules separate content from furniture exactly as the gold zones do."""
    for article, document in finals.items():
        source = data.articles[article]["source_text"]

        def content(found: list[Any], text: str = source) -> list[bool]:
            inside = [False] * len(text)
            for zone in found:
                for index in range(zone["start"], zone["end"]):
                    inside[index] = zone["kind"] in CONTENT
            return [flag for flag, character in zip(inside, text, strict=True) if not character.isspace()]

        assert content(zones.detect_zones(source)) == content(document["zones"])


def test_claims_are_normalized_and_clusters_span_articles(data: Corpus, finals: dict[str, Any]) -> None:
    """Each claim is normalized to one English sentence; each cluster has claims of two articles and languages."""
    for document in finals.values():
        for claim in document["claims"]:
            assert re.fullmatch(r"[A-Z][^\n]+\.", claim["normalized"])
            assert claim["normalized"].isascii()
    clusters = [cluster for _, cluster in data.iter_clusters()]
    languages = [sorted(ARTICLES[member[:16]][0] for member in cluster["members"]) for cluster in clusters]
    assert languages == [["bg", "fr"], ["bg", "fr"]]


def test_splits_follow_from_stories(data: Corpus) -> None:
    """splits.csv has the splits that the rule gives; 003 and 004 are one story, and each split has an article."""
    rows = [row for _, row in data.splits]
    assert [(row.article, row.split) for row in rows] == [(article, split) for article, (_, split) in ARTICLES.items()]
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row.story, []).append(row.article)
    assert list(groups.values())[-1] == ["31c112378dc0491b", "4b7befb44f73cc7b"]
    articles = {story: {"fr": len(of_story)} for story, of_story in groups.items()}
    assert split_assignment.assign_group_splits(articles, {}) == {row.story: row.split for row in rows}
    assert [(row.group == row.story, row.fold) for row in rows] == [(True, fold) for fold in "01233"]


def test_card_describes_every_column(checkout: Path, data: Corpus) -> None:
    """The table of the card has exactly the columns of each config."""
    _, _, section = (checkout / "DATASET_CARD.md").read_text(encoding="utf-8").partition("### Columns\n")
    described: dict[str, list[str]] = {}
    for row in section.partition("\n## ")[0].splitlines():
        if row.startswith("| `"):
            configs, columns = (re.findall("`(.+?)`", cell) for cell in row.split("|")[1:3])
            for config in configs:
                described.setdefault(config, []).extend(columns)
    assert described.keys() == {*features.configs(data.schema)}
    for config, columns in described.items():
        assert sorted(columns) == sorted(features.config_features(data.schema, config))


def test_card_names_unused_labels_and_differing_claims(checkout: Path, data: Corpus) -> None:
    """The card names the labels without an example, and how often the two passes worded a claim differently."""
    text = " ".join((checkout / "DATASET_CARD.md").read_text(encoding="utf-8").split())
    used = {key[:3] for key in label_counts.count_labels(data)}
    unused = [
        label.name
        for layer, attribute, labels in data.schema.label_sets()
        for label in labels
        if (layer, attribute, label.name) not in used
    ]
    assert f"do not occur at all: {', '.join(f'`{name}`' for name in unused)}." in text
    worded: dict[tuple[str, int, int], set[str]] = {}
    for stored in data.documents:
        if stored.annotator != corpus.FINAL:
            for claim in document_labels(stored.document, "claims"):
                span = stored.document["article"], claim["start"], claim["end"]
                worded.setdefault(span, set()).add(claim["normalized"])
    differing = sum(len(sentences) > 1 for sentences in worded.values())
    assert f"the two passes worded {differing} of {len(worded)} differently" in text


def test_guidelines_have_the_label_tables_of_the_schema(checkout: Path, data: Corpus) -> None:
    """All label tables of the guidelines are generated from the schema."""
    text = (checkout / "annotations/GUIDELINES.md").read_text(encoding="utf-8")
    declared = {f"{layer}.{attribute}" for layer, attribute, _ in data.schema.label_sets()}
    assert set(generated_blocks.block_names(text)) >= {*declared, "status"}
    assert generated_blocks.replace_blocks(text, docs.guideline_tables(data), "annotations/GUIDELINES.md") == text
    assert readiness.guidelines_version(checkout) >= "2.0"


def test_guidelines_hold_no_answers(checkout: Path, data: Corpus, finals: dict[str, Any]) -> None:
    """No claim or stance begins with words that stand in the guidelines, and no example stands in an article."""
    text = (checkout / "annotations/GUIDELINES.md").read_text(encoding="utf-8")
    known = _runs(text)
    for document in finals.values():
        for label in (*document["claims"], *document["stances"]):
            assert not known & _runs(label["text"], first_only=True)
    examples = set[tuple[str, ...]]().union(*(_runs(code) for code in re.findall(r"`([^`]+)`", text)))
    assert len(examples) > 300
    for article in data.articles.values():
        assert not examples & _runs(article["source_text"])


def _runs(text: str, *, first_only: bool = False) -> set[tuple[str, ...]]:
    """Return the runs of three words in a text; the only or first one if asked for, however short."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + 3]) for at in range(1 if first_only else len(words) - 2)}
