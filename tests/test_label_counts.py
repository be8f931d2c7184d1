"""The counts behind tables and plots: labels by language, stances by holder and target."""

import copy
from pathlib import Path

from pactwire.card import card, label_counts
from pactwire.corpus import corpus, schema_file
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import strict_json
from pactwire.storage import files

ENTITY_TYPE, CHECKWORTHY = ("entities", "type"), ("claims", "checkworthy")


def stance_counts(root: Path) -> label_counts.MatrixCounts:
    """The stances of a dataset by holder, target and polarity."""
    data = corpus.load_corpus(root)
    [matrix] = label_counts.matrices(data.schema)
    return label_counts.count_matrix(data, matrix)


def test_stances_are_counted_by_holder_and_target(golden: Path) -> None:
    """Both go by what is meant, a topic by its title, the polarity by its position in the schema."""
    assert stance_counts(golden) == {
        ("Russia", "North Korea", 0): 1,
        ("Russia", "Ties", 0): 1,
    }


def test_parties_without_links_have_generic_names(golden: Path) -> None:
    """Parties as they are, a claim by its layer, and a mention without a link."""
    path = golden / "annotations/final/00000000000000aa.json"
    document = files.read_json(path, path.name)
    document["entities"][0] |= {"link": None, "metonym_of": None}
    [stance] = document["stances"]
    parties = [("AUTHOR", "c1", "favor"), ("UNNAMED", "e1", "against")]
    document["stances"] = [
        {**stance, "id": f"s{number}", "holder": holder, "target": target, "polarity": polarity}
        for number, (holder, target, polarity) in enumerate(parties)
    ]
    files.write_file(path, strict_json.pretty(document))
    assert stance_counts(golden) == {
        ("AUTHOR", "claim", 0): 1,
        ("UNNAMED", "without a link", 1): 1,
        ("Russia", "Ties", 0): 1,
    }


def test_unknown_links_are_counted_by_id(golden: Path) -> None:
    """Names come from the table of links, and different ids are never counted together."""
    path = golden / "annotations/links.tsv"
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(row for row in rows if not row.startswith(("Q159", "Q423"))), encoding="utf-8")
    assert ("Q159", "Q423", 0) in stance_counts(golden)


def test_labels_are_counted_by_language_of_their_article(golden: Path) -> None:
    """Labels of every set are counted in the language of most of the content."""
    path = golden / "annotations/final/00000000000000bb.json"
    document = files.read_json(path, path.name)
    document["zones"][1]["language"] = "fr"
    files.write_file(path, strict_json.pretty(document))
    found = label_counts.count_labels(corpus.load_corpus(golden))
    assert {key[1:]: count for key, count in found.items() if key[:2] in (ENTITY_TYPE, CHECKWORTHY)} == {
        ("type", "GPE", "en"): 4,
        ("type", "ORG", "en"): 1,
        ("type", "GPE", "fr"): 4,
        ("checkworthy", "CFS", "en"): 1,
        ("checkworthy", "UFS", "fr"): 1,
    }


def test_labels_between_any_two_references_are_counted(golden: Path) -> None:
    """A layer of any name, whose side has several references, counts for each pair; one without a class does not."""
    declaration = files.read_json(golden / SCHEMA_FILE, "schema")
    properties, stance = declaration["properties"], declaration["$defs"]["stance"]
    properties["feelings"] = properties.pop("stances")
    properties["feelings"]["x-layer"]["identity"] = ["targets", "holder"]
    target = stance["properties"].pop("target")
    target = {"x-attribute": {**target["x-attribute"], "kind": "references"}, "items": {"$ref": target["$ref"]}}
    stance["properties"]["targets"] = {**target, "type": "array"}
    stance["required"] = ["holder", "targets", "polarity", "channel"]
    declared = schema_file.parse_schema(declaration)
    files.write_file(golden / SCHEMA_FILE, strict_json.pretty(declaration))
    for path in sorted((golden / "annotations").glob("*/*.json")):
        document = files.read_json(path, path.name)
        labels = document.pop("stances", [])
        document["status"] = {"feelings" if key == "stances" else key: each for key, each in document["status"].items()}
        document["feelings"] = [{"targets": [each.pop("target"), "c1"], **each} for each in labels]
        files.write_file(path, strict_json.pretty(document))
    assert [matrix.layer.name for matrix in label_counts.matrices(declared)] == ["feelings"]
    assert card.plot_names(declared) == ["labels", "feelings", "agreement"]
    assert stance_counts(golden) == {
        ("North Korea", "Russia", 0): 1, ("claim", "Russia", 0): 2, ("Ties", "Russia", 0): 1,
    }  # fmt: skip
    for key in ("class", "identity"):
        incomplete = copy.deepcopy(declaration)
        del incomplete["properties"]["feelings"]["x-layer"][key]
        assert label_counts.matrices(schema_file.parse_schema(incomplete)) == []
