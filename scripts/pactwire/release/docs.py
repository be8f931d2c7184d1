"""A dataset's Markdown files to the same files with their generated parts renewed, and the card's plots beside it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from pactwire.agreement import agreement_report
from pactwire.build import manifest
from pactwire.card import card, summary
from pactwire.card.plots import Plot
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.model import schema
from pactwire.model.escapes import block, code
from pactwire.release import changelog
from pactwire.storage import files, generated_blocks
from pactwire.storage.staging import Staging

NO_TWO: Final = "There are no two annotators that can be compared."
PLOTS: Final = ("labels", "stances", "agreement")
GENERATED: Final = ("README.md", "DATASET_CARD.md", "annotations/GUIDELINES.md")


def renew(root: Path, write: bool) -> list[str]:
    """Return the files that are stale, or have parts that are, and write them anew if asked to.

    The README's table is what the built dataset loads as, so build first. Raises DataError
    where the dataset is not built, and for markers of parts that nothing generates (generated-part).
    """
    data = corpus.load(root)
    shown = summary.render(summary.load(root / "dataset"), "./dataset")
    measured = agreement_report.report_of_all(data)
    drawn = card.drawn(data, measured)
    contents = {
        **card.parts(data),
        **guideline_parts(data),
        "agreement": "\n\n".join([agreement_report.markdown(measured), *agreement_report.left_out(measured)])
        if measured
        else NO_TWO,
        **{f"plot-{name}": card.plot_part(drawn.get(name)) for name in PLOTS},
        "tour": block(shown),
    }
    renewed: dict[str, str] = {}
    for name in (*GENERATED, changelog.FILE):
        path = root / name
        if not path.is_file():
            continue
        old = files.decode(path.read_bytes(), name)
        new = (
            changelog.renew(old, root, data) if name == changelog.FILE else generated_blocks.renew(old, contents, name)
        )
        if new != old:
            renewed[name] = new
    plots_renewed, gone = _stale_plots(root, drawn)
    if write:
        _write(root, plots_renewed | renewed, gone)
    return [*renewed, *sorted([*plots_renewed, *gone])]


def _write(root: Path, renewed: Mapping[str, str], gone: Iterable[str]) -> None:
    staging = Staging(root)
    try:
        for name, content in renewed.items():
            staging.add(root / name, content)
        for name in gone:
            staging.remove(root / name)
        staging.publish()
    finally:
        staging.discard()


def _stale_plots(root: Path, drawn: Mapping[str, Plot]) -> tuple[dict[str, str], list[str]]:
    """Return the plots that are not those which the card shows, and the names of those that it does not show."""
    shown = generated_blocks.names(card.text(root))
    wanted = {plot.file: plot.svg for name, plot in drawn.items() if f"plot-{name}" in shown}
    own = {f"{manifest.PLOTS}/{name}.svg" for name in PLOTS}  # any other one is the owner's
    there = {name: path for name, path in card.plots_of(root).items() if name in own}
    stale = {name: svg for name, svg in wanted.items() if name not in there or there[name].read_bytes() != svg.encode()}
    return stale, [name for name in there if name not in wanted]


def guideline_parts(data: Corpus) -> dict[str, str]:
    """Return the label tables of the schema by label set, and the table of links."""
    parts = {
        name: generated_blocks.table(
            ["label", "name", "definition"],
            [[code(label.name), label.title, label.definition] for label in schema.labels(name)],
        )
        for name in schema.LABEL_SETS
    }
    links = [[code(each.link), each.name, each.type] for each in data.links.values()]
    topics = [[code(each["id"]), each["title"], each["definition"]] for each in data.topics.values()]
    return {
        **parts,
        "links": generated_blocks.table(["link", "name", "type"], links),
        "topics": generated_blocks.table(["label", "name", "definition"], topics),
    }
