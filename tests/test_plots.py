"""Plots: they show every number, are legible in light and dark, and are the same wherever they are shown."""

import dataclasses
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactwire.agreement import agreement_report
from pactwire.build import manifest
from pactwire.card import card, dataset_folder, label_counts, matrix_plot, plot_parts, plots, vega
from pactwire.card.label_counts import LabelSetCounts
from pactwire.card.plot_parts import OTHERS_NAME, Plot
from pactwire.corpus import corpus
from pactwire.model.issues import DataError
from pactwire.model.layers import Label
from pactwire.release import docs, hydrate, release_files, text_free
from pactwire.storage import files
from support.examples import examples
from support.news import OWN_SCHEMA, SCHEMA

pytestmark = pytest.mark.slow  # drawing takes most of a second each time

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
COUNTS = st.dictionaries(st.tuples(NAMES, NAMES, st.integers(0, 3)), st.integers(1, 5000), max_size=30)
[MATRIX] = label_counts.matrices(SCHEMA)
SVG = "{http://www.w3.org/2000/svg}"
few = examples(15)


def words(plot: Plot) -> list[str]:
    """The texts of a plot, in order."""
    return ["".join(each.itertext()) for each in ElementTree.fromstring(plot.svg).iter(f"{SVG}text")]


def all_plots(data: corpus.Corpus) -> dict[str, Plot]:
    """The plots of a dataset."""
    return card.draw_plots(data, agreement_report.measure_corpus(data))


@pytest.fixture(scope="module")
def committed(checkout: Path) -> dict[str, Plot]:
    """The plots of the committed dataset."""
    return all_plots(corpus.load_corpus(checkout))


@pytest.fixture
def shown(golden: Path) -> Path:
    """The golden base, built, with a card that shows its plots."""
    parts = "".join(
        f"<!-- begin generated: plot-{name} -->\n<!-- end generated: plot-{name} -->\n"
        for name in card.plot_names(SCHEMA)
    )
    files.write_file(golden / "DATASET_CARD.md", f"# Golden\n\n{parts}")
    dataset_folder.build(golden)
    docs.renew_files(golden, write=True)
    dataset_folder.build(golden)
    return golden


# --- content


def test_labels_plot_shows_every_count(checkout: Path, committed: dict[str, Plot]) -> None:
    """The plot shows the counts of the card's table for each label of mentions, claims and stances."""
    shown = words(committed["labels"])
    table = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in card.labels_table(corpus.load_corpus(checkout)).split("\n")[2:]
    ]
    wanted = [cell for field, _, *cells, _ in table for cell in cells if not field.startswith("zones")]
    assert sorted(word for word in shown if word.isdecimal()) == sorted(wanted)
    assert {label.title for layer, _, labels in OWN_SCHEMA.label_sets() if layer != "zones" for label in labels} <= set(
        shown
    )


def test_stances_plot_shows_every_stance(checkout: Path, committed: dict[str, Plot]) -> None:
    """The counts of the cells, by sign, are those of the stances by polarity; holders go by their referent."""
    found = label_counts.count_matrix(corpus.load_corpus(checkout), MATRIX)
    cells = [word for word in words(committed["stances"]) if re.fullmatch(r"[+−=±][0-9]+", word)]
    for place, label in enumerate(OWN_SCHEMA.labels("stances", "polarity")):
        wanted = sum(count for (_, _, polarity), count in found.items() if polarity == place)
        assert sum(int(cell[1:]) for cell in cells if cell[0] == label.symbol) == wanted
    assert {"Russia", "North Korea"} <= {holder for holder, _, _ in found}
    assert "Moscow" not in {holder for holder, _, _ in found}


def test_agreement_plot_shows_every_figure(checkout: Path, committed: dict[str, Plot]) -> None:
    """Each figure over all labels is shown with its value and interval, an undefined one with the reason."""
    report = agreement_report.measure_corpus(corpus.load_corpus(checkout))
    assert report
    rows = card.agreement_figures(OWN_SCHEMA, report)
    shown = words(committed["agreement"])
    values = [word for word in shown if re.fullmatch(r"[01]\.[0-9]{2}", word) and word not in ("0.25", "0.75")]
    assert values == [f"{row['value']:.2f}" for row in rows]
    assert [word for word in shown if " to " in word] == [f"{row['low']:.2f} to {row['high']:.2f}" for row in rows]
    undefined = {**rows[0], "value": None, "low": None, "high": None, "why": "no items"}
    assert {"–", "no items"} <= set(words(plots.plot_agreement([undefined], ["a", "b"], 1)))


@few
@given(COUNTS)
def test_any_names_give_a_well_formed_plot(drawn: dict[tuple[str, str, int], int]) -> None:
    """Whatever parties are called, and however many there are, the SVG is well formed and always the same."""
    plot = matrix_plot.plot_matrix("stances", MATRIX, drawn)
    root = ElementTree.fromstring(plot.svg)
    assert {each.tag for each in root.iter()} <= {f"{SVG}{t}" for t in (
        "svg", "title", "desc", "style", "rect", "text", "tspan", "g", "path", "line"
    )}  # fmt: skip
    assert matrix_plot.plot_matrix("stances", MATRIX, drawn) == plot


@few
@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 99), max_size=12))
def test_rare_languages_are_counted_together(by_language: dict[str, int]) -> None:
    """No count is lost: languages without a column of their own are counted in the last one."""
    plot = plots.plot_labels([LabelSetCounts("set", [("label", by_language)])])
    assert sum(int(word) for word in words(plot) if word.isdecimal()) == sum(by_language.values())
    assert any(word.endswith(OTHERS_NAME) for word in words(plot)) == (len(by_language) > plots.MAX_LANGUAGES)


def test_empty_dataset_has_plots() -> None:
    """The plots of a dataset without labels or stances say that there are none."""
    assert "0 stances" in matrix_plot.plot_matrix("stances", MATRIX, {}).about
    assert "no language" in plots.plot_labels([]).about
    assert "0 figures" in plots.plot_agreement([], [], 0).about


def test_layout_ignores_the_fonts_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a font of other widths every mark stays in its place, so each machine draws the same bytes."""
    counts = {("An unusually wide holder", "An unusually wide target", 0): 1}
    drawn = [matrix_plot.plot_matrix("stances", MATRIX, counts).svg]
    monkeypatch.setitem(vega.CONFIG, "font", "monospace")
    drawn.append(matrix_plot.plot_matrix("stances", MATRIX, counts).svg)
    plain = [re.sub('font-family="[^"]*"', "", svg) for svg in drawn]
    assert drawn[0] != drawn[1] and plain[0] == plain[1]


# --- legibility


def luminance(color: str) -> float:
    """Return the relative luminance of a color, as WCAG 2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colors, as WCAG 2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_has_contrast_in_light_and_dark(committed: dict[str, Plot]) -> None:
    """Each color of text has the contrast that WCAG AA requires, on the light ground and on the dark one."""
    for plot in committed.values():
        for color in {each.attrib["fill"] for each in ElementTree.fromstring(plot.svg).iter(f"{SVG}text")}:
            assert contrast(color, vega.GROUND) >= 4.5
            assert contrast(vega.DARK_COLORS[color], vega.DARK_COLORS[vega.GROUND]) >= 4.5


def test_every_color_has_a_dark_variant(committed: dict[str, Plot]) -> None:
    """Colors are attributes, which the style for the dark overrides, so a plot is legible where styles are refused."""
    for plot in committed.values():
        root = ElementTree.fromstring(plot.svg)
        used = {each.attrib[key] for each in root.iter() for key in ("fill", "stroke") if key in each.attrib}
        assert used - {"none", "transparent"} <= vega.DARK_COLORS.keys()
        assert not [each for each in root.iter() if "style" in each.attrib]
        for color in used & vega.DARK_COLORS.keys():
            assert f'[fill="{color}"]{{fill:{vega.DARK_COLORS[color]}}}' in plot.svg


def test_plots_have_a_title_and_a_description(committed: dict[str, Plot]) -> None:
    """The SVG is an image with a title and a description, and its text is text."""
    for plot in committed.values():
        root = ElementTree.fromstring(plot.svg)
        assert (root.attrib["role"], root.attrib["aria-labelledby"]) == ("img", "title about")
        assert [root[0].text, root[1].text] == [plot.title, plot.about]
        assert plot.title in words(plot)[0]


# --- files


def test_committed_plots_are_current(checkout: Path, committed: dict[str, Plot]) -> None:
    """The plots beside the card are drawn from the present labels, and the card shows each of them."""
    text = card.read_source(checkout)
    for plot in committed.values():
        assert (checkout / plot.file).read_text(encoding="utf-8") == plot.svg
        assert f"]({plot.file})" in text
    assert {path.name for path in (checkout / manifest.PLOTS).iterdir()} == {
        Path(plot.file).name for plot in committed.values()
    }


def test_stale_plots_are_reported_and_renewed(shown: Path) -> None:
    """A plot that differs from the data, is missing, or should not exist is reported, and renewed only on request."""
    assert docs.renew_files(shown, write=False) == []
    plot = shown / "plots/labels.svg"
    fresh = plot.read_text(encoding="utf-8")
    files.write_file(plot, fresh.replace("Person", "People"))
    (shown / "plots/stances.svg").unlink()
    files.write_file(shown / "plots/agreement.svg", fresh)
    stale = ["plots/agreement.svg", "plots/labels.svg", "plots/stances.svg"]
    assert docs.renew_files(shown, write=False) == stale
    assert docs.renew_files(shown, write=True) == stale
    assert plot.read_text(encoding="utf-8") == fresh
    assert docs.renew_files(shown, write=False) == []


def test_no_agreement_plot_without_two_annotators(shown: Path) -> None:
    """The card says so in its place."""
    assert sorted(path.name for path in (shown / "plots").iterdir()) == ["labels.svg", "stances.svg"]
    assert "nothing to draw" in card.read_source(shown)


def test_build_publishes_the_plots(shown: Path) -> None:
    """A second build gives the same bytes and publishes no other file; the manifest has the hash of each plot."""
    before = release_files.read_release(shown / "dataset").files
    assert {name for name in before if name.startswith("plots/")} == {"plots/labels.svg", "plots/stances.svg"}
    files.write_file(shown / "dataset/plots/old.svg", "old")
    dataset_folder.build(shown)
    after = release_files.read_release(shown / "dataset").files
    assert {name: each.sha256 for name, each in after.items()} == {name: each.sha256 for name, each in before.items()}
    manifest = files.read_json(shown / "dataset/manifest.json", "manifest.json")
    assert manifest["plots"] == {name: after[name].sha256 for name in after if name.startswith("plots/")}
    for name in manifest["plots"]:
        assert f"]({name})" in (shown / "dataset/README.md").read_text(encoding="utf-8")


def test_hydrate_keeps_the_plots(shown: Path, tmp_path: Path) -> None:
    """A release without texts has the plots, and the full release rebuilt from it has them unchanged."""
    text_free.write_text_free(shown, tmp_path / "standoff")
    raw = shown / "dataset/raw"
    hydrate.hydrate(tmp_path / "standoff", [raw], tmp_path / "full")
    folders = [shown, tmp_path / "standoff", tmp_path / "full"]
    held = [{path.name: path.read_bytes() for path in (folder / "plots").iterdir()} for folder in folders]
    assert held[0] == held[1] == held[2]
    shutil.copy(tmp_path / "full/plots/labels.svg", tmp_path / "standoff/plots/stances.svg")
    with pytest.raises(DataError, match=r"plots/stances\.svg:1: hydrate-release: the file is missing, or differs"):
        hydrate.hydrate(tmp_path / "standoff", [raw], tmp_path / "other")


# --- other schemas


def test_names_of_sixty_labels_are_whole() -> None:
    """Sixty labels with long names, among them those of articles, are shown in full, and within the plot."""
    titles = [f"Label number {number} with a name of many words" for number in range(60)]
    groups = [LabelSetCounts("subject: themes", [(title, {"en": 1}) for title in titles])]
    plot = plots.plot_labels(groups)
    assert {*titles, "subject: themes"} <= set(words(plot))
    left = min(float(match[1]) for match in re.finditer(r"translate\(([0-9.]+),70\)", plot.svg))
    assert left > 6.5 * max(map(len, titles))


def test_names_of_many_classes_are_whole() -> None:
    """So are classes in the key of a matrix, one below the other where a line has no room for more."""
    labels = tuple(Label(f"c{n}", f"Class number {n} with a long name", "") for n in range(60))
    attribute = dataclasses.replace(MATRIX.class_attribute, labels=labels)
    counts = {("a", "b", place): 1 for place in range(60)}
    plot = matrix_plot.plot_matrix("stances", MATRIX._replace(class_attribute=attribute), counts)
    assert {f"{matrix_plot.DEFAULT_SYMBOL} {label.title}" for label in labels} <= set(words(plot))
    root = ElementTree.fromstring(plot.svg)
    places = [float(y) for y in re.findall(r'transform="translate\(-?[0-9.]+,([0-9.]+)\)"[^>]*>· Class', plot.svg)]
    assert len(places) == 60 and max(places) + 140 < float(root.attrib["height"])


def test_cuts_names_that_no_plot_has_room_for() -> None:
    """A name beyond the room ends in an ellipsis; a wide script has room for fewer characters."""
    assert plot_parts.fit("short", 100) == "short"
    for text in ("a" * 100, "가" * 100):
        cut = plot_parts.fit(text, 100)
        assert cut.endswith("…") and plot_parts.text_width(cut) <= 100 < plot_parts.text_width(cut + text[0])
