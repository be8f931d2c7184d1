"""Labels appended to the schema: no code depends on their number, and no position has a meaning."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from pactwire.build.cluster_pairs import cluster_pair_rows
from pactwire.build.provenance import annotator_kind
from pactwire.card import card, dataset_folder, palette, vega
from pactwire.corpus import corpus
from pactwire.corpus.schema_file import SCHEMA_FILE, read_schema
from pactwire.labelstudio.labeling_config import labeling_config
from pactwire.model import strict_json
from pactwire.model.records import AnnotatorKind, Status, Topic, annotator_rank, status_rank
from pactwire.release import docs
from pactwire.site import index_page, static_site
from pactwire.site.collection import build_collection
from pactwire.site.layer_styles import complete_style, layer_styles
from pactwire.site.provenance import provenance_summary
from pactwire.storage import files
from pactwire.validation import validate
from support.news import SCHEMA

TYPES = [f"T{number}" for number in range(40)]
KINDS = [f"kind_{number}" for number in range(40)]
POLARITIES = [f"polarity_{number}" for number in range(12)]
ARCHIVED, CROWD = "archived", "crowd"


def _append(node: Any, labels: list[str], **more: Any) -> None:
    """Append labels to the end of a list, as CONTRIBUTING.md says."""
    node["oneOf"] += [
        {"const": each, "title": each.title(), "description": f"{each} is new.", **more} for each in labels
    ]


@pytest.fixture
def appended(golden: Path) -> Path:
    """The golden dataset; its schema has many more labels than today's."""
    path = golden / SCHEMA_FILE
    declaration = json.loads(path.read_text(encoding="utf-8"))
    definitions = declaration["$defs"]
    _append(definitions["entity"]["properties"]["type"], TYPES)
    _append(definitions["zone_kind"], KINDS, **{"x-content": False})
    _append(definitions["stance"]["properties"]["polarity"], POLARITIES)
    path.write_text(strict_json.pretty(declaration), encoding="utf-8")
    return golden


@pytest.fixture
def used(appended: Path) -> Path:
    """The golden dataset with the new labels."""
    golden = appended
    for path in sorted((golden / "annotations/final").glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for entity in document["entities"]:
            entity["type"] = TYPES[-1]
        for zone in document["zones"]:
            zone["kind"] = KINDS[-1] if zone["kind"] == "comments" else zone["kind"]
        for stance in document["stances"]:
            stance["polarity"] = POLARITIES[-1]
        path.write_text(strict_json.pretty(document), encoding="utf-8")
    links = golden / "annotations/links.tsv"
    rows = [line.split("\t") for line in links.read_text(encoding="utf-8").splitlines()]
    rows[1:] = [[link, name, TYPES[-1], source] for link, name, _, source in rows[1:]]
    links.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return golden


def test_appended_labels_are_valid_and_published(used: Path) -> None:
    """Data with new labels validates and builds, and card and site show the labels."""
    files.write_file(
        used / "DATASET_CARD.md", "# T\n\n<!-- begin generated: labels -->\n<!-- end generated: labels -->\n"
    )
    data = corpus.load_corpus(used)
    assert validate.check_corpus(data) == []
    dataset_folder.build(used)
    assert docs.renew_files(used, write=True)
    assert TYPES[-1] in (used / "DATASET_CARD.md").read_text(encoding="utf-8")
    site = dict(static_site.site_pages(build_collection(data), lambda *_: None))
    last = len(data.schema.labels("entities", "type")) - 1
    assert f".type-{last} {{" in str(site["static/site.css"])
    shown = site["articles/00000000000000aa.html"]
    assert f'class="mention type-{last} ' in str(shown)


def test_claims_no_review_for_an_unknown_status(used: Path) -> None:
    """Labels with a new status are described as not reviewed, also next to reviewed ones."""
    data = corpus.load_corpus(used)
    entry = next(iter(build_collection(data).entries.values()))
    assert entry.final
    assert provenance_summary(SCHEMA, [entry]) == "The labels were created by a model, and no person has reviewed them."
    entry.final["status"] = {**dict.fromkeys(entry.final["status"], ARCHIVED), "zones": Status.REVIEWED}
    assert index_page.article_status(entry) == ARCHIVED
    assert provenance_summary(SCHEMA, [entry]).endswith(
        "a person has reviewed and accepted some layers of some articles."
    )
    entry.final["annotators"][0]["kind"] = CROWD
    assert provenance_summary(SCHEMA, [entry]).startswith("The labels were created by crowd; ")
    about = {"annotators": [{"kind": CROWD}], "languages": {}, "version": "1", "configs": {}}
    assert "machine-generated" in card.front_matter_yaml(about, {}, "# T\n")


def test_ranks_do_not_depend_on_the_schema_order() -> None:
    """Statuses and annotator kinds have their own ranks; unknown ones rank lowest."""
    assert sorted(Status, key=status_rank) == ["draft", "submitted", "adjudicated", "reviewed"]
    assert min("reviewed", ARCHIVED, key=status_rank) == ARCHIVED
    assert sorted(AnnotatorKind, key=annotator_rank) == ["rule", "model", "human"]
    document: Any = {"annotators": [{"id": kind, "kind": kind} for kind in ("model", CROWD)],
                     "entities": [{"by": ["model"]}, {"by": [CROWD]}]}  # fmt: skip
    assert annotator_kind(document, "entities") == CROWD


def test_claim_pair_has_the_lower_status_and_kind(used: Path) -> None:
    """A pair has the lower of its sides' statuses and kinds, whatever the order in the schema."""
    data = corpus.load_corpus(used)
    entries = list(build_collection(data).entries.values())
    assert entries[0].final
    assert entries[1].final
    entries[0].final["status"]["claims"] = Status.REVIEWED
    entries[1].final["status"]["claims"] = ARCHIVED
    entries[0].final["annotators"][0]["kind"] = AnnotatorKind.HUMAN
    row = next(
        cluster_pair_rows(SCHEMA, SCHEMA.layers["claims"], entries, [cluster for _, cluster in data.iter_clusters()])
    )
    assert (row["annotation_status"], row["annotator_kind"]) == (ARCHIVED, "model")


@pytest.mark.parametrize("project", ["labels", "zones"])
def test_labeling_config_has_any_number_of_labels(project: str, appended: Path) -> None:
    """Thirty labels have colors of their own; with more, regions show names. While there are keys, each has one."""
    root = Xml.fromstring(
        labeling_config(read_schema(appended), project, [Topic(id="topic:a", title="A", definition="A.")])
    )
    labels = list(root.iter("Label"))
    assert len(labels) == (46 + 3 if project == "labels" else 54)
    assert len({each.get("background") for each in labels}) == 30
    assert [each.get("showLabels") for each in root.iter("Text")] == ["true"]
    keys = [key for each in root.iter() if (key := each.get("hotkey")) is not None]
    assert len(set(keys)) == len(keys) == 56
    assert "" not in keys


def test_labeling_config_colors_are_stable() -> None:
    """Today's labels keep their colors, so that projects on servers do not change."""
    root = Xml.fromstring(labeling_config(SCHEMA, "labels"))
    found = [each.get("background") for each in root.iter("Label")]
    assert found == ["#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#8C510A", "#BBBBBB", "#F0E442", "#CC79A7"]


def test_site_has_a_color_for_every_type_and_polarity(appended: Path) -> None:
    """The style has a light and a dark color for each entity type and polarity of the schema."""
    declared = read_schema(appended)
    style = complete_style(_style(), layer_styles(declared).values())
    types, polarities = declared.labels("entities", "type"), declared.labels("stances", "polarity")
    for name, labels in (("type", types), ("tone", polarities)):
        assert len(labels) > 12
        for place in range(len(labels)):
            assert f".{name}-{place} {{" in style


def test_style_has_the_colors_of_todays_labels() -> None:
    """With today's labels nothing is added to the file but switches of layers."""
    added = complete_style(_style(), layer_styles(SCHEMA).values()).removeprefix(_style())
    assert all(line.startswith("body:has(#show-layer-") for line in added.splitlines())


def _style() -> str:
    return (Path(static_site.__file__).parent / "static/site.css").read_text(encoding="utf-8")


def test_plots_have_readable_colors_for_any_classes() -> None:
    """Each class has a light and a dark color with a contrast of 4.5 to the background."""
    found = vega.class_colors(30)
    assert list(found)[:5] == list(vega.CLASS_COLORS)
    assert len(set(found)) == len(set(found.values())) == 30
    for light, dark in found.items():
        assert 1.05 / (palette.relative_luminance(light) + 0.05) >= 4.5
        assert (palette.relative_luminance(dark) + 0.05) / (
            palette.relative_luminance(vega.DARK_COLORS[vega.GROUND]) + 0.05
        ) >= 4.5


@pytest.mark.parametrize(
    ("luminances", "ground"), [(palette.LUMINANCES_ON_LIGHT, 1.0), (palette.LUMINANCES_ON_DARK, 0.013)]
)
def test_colors_are_readable_and_distinct(luminances: tuple[float, ...], ground: float) -> None:
    """A hundred colors differ, and each has a contrast of 4.5 to the background."""
    found = palette.generate_colors(["#11743b"], luminances)
    colors = [next(found) for _ in range(100)]
    assert len(set(colors)) == 100
    for color in colors:
        lighter, darker = sorted((palette.relative_luminance(color), ground), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, color
