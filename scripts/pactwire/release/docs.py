"""Generated parts of a dataset's files (README, card, guidelines, changelog, schema), and the card's plots."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from pactwire.agreement import agreement_report, report_text
from pactwire.build import manifest
from pactwire.card import card, citation, copied_files, row_tables, summary
from pactwire.card.plot_parts import Plot
from pactwire.corpus import corpus
from pactwire.corpus.corpus import Corpus
from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import envelope, strict_json
from pactwire.model.escapes import code_block, inline_code
from pactwire.model.layers import Label
from pactwire.release import changelog
from pactwire.storage import files, generated_blocks, staging
from pactwire.storage.staging import Staging

NO_COMPARABLE_ANNOTATORS: Final = "There are no two annotators that can be compared."
PLACEHOLDER: Final = "OWNER/NAME"
"""What stands in the card for the repository of a dataset that has none."""
GENERATED_FILES: Final = ("README.md", "DATASET_CARD.md", "annotations/GUIDELINES.md")


def renew_files(root: Path, write: bool) -> list[str]:
    """Return the names of the files that are stale, and renew them if ``write`` is true.

    The table in the README shows how the built dataset loads, so build first.

    Raises:
        DataError: The dataset is not built, or a file has markers of a part that nothing generates (generated-part).
    """
    data = corpus.load_corpus(root)
    configs = summary.load_configs(root / "dataset")
    measured = agreement_report.measure_corpus(data)
    drawn, plot_names = card.draw_plots(data, measured), card.plot_names(data.schema)
    contents = {
        **card.card_tables(data),
        **guideline_tables(data),
        "losses": card.losses_table(manifest.read_manifest(root / "dataset") or {"losses": {}}),
        "agreement": _agreement_text(data, measured),
        **{f"plot-{name}": card.plot_markdown(drawn.get(name)) for name in plot_names},
        "tour": code_block(summary.render_table(configs, "./dataset")),
        "load": summary.usage_code(configs, data.settings.repository or PLACEHOLDER, data.settings.version),
        "rows": generated_blocks.folded("All classes", row_tables.labels_by_split(configs)),
        "parts": row_tables.rows_by_part(configs),
        "citation": citation.bibtex_entry(
            card.dataset_name(data), data.settings.version, data.settings.repository or PLACEHOLDER, _year(data)
        ),
    }
    renewed: dict[str, str] = {}
    for name in (*GENERATED_FILES, changelog.CHANGELOG_FILE):
        path = root / name
        if not path.is_file():
            continue
        old = files.decode_utf8(path.read_bytes(), name)
        new = (
            changelog.renew_data_section(old, root, data)
            if name == changelog.CHANGELOG_FILE
            else generated_blocks.replace_blocks(old, contents, name)
        )
        if new != old:
            renewed[name] = new
    plots_renewed, gone = _stale_plots(root, drawn, plot_names)
    if write:
        _write_files(root, plots_renewed | renewed, gone)
    return [*renewed, *sorted([*plots_renewed, *gone])]


def renew_schema(root: Path) -> bool:
    """Renew the tool's definitions in the schema; return False if they are up to date, or there is no such schema.

    Nothing else can be done with a dataset where they differ.
    """
    path = root / SCHEMA_FILE
    declaration = files.read_json(path, SCHEMA_FILE) if path.is_file() else None
    new = envelope.renewed(declaration)
    if new == declaration:
        return False
    return staging.replace_file(root, path, strict_json.pretty(new))


def _year(data: Corpus) -> str:
    """Return the year in which the labels last changed, or nothing where there are none."""
    return (manifest.count_documents(data).updated or "")[:4]


def _agreement_text(data: Corpus, measured: agreement_report.Report | None) -> str:
    if measured is None:
        return NO_COMPARABLE_ANNOTATORS
    table = report_text.figures_table(data.schema, measured["rows"])
    folded = generated_blocks.folded(f"All {len(measured['rows'])} figures", table)
    return "\n\n".join([folded, *report_text.not_compared_notes(measured)])


def _write_files(root: Path, renewed: Mapping[str, str], gone: Iterable[str]) -> None:
    with Staging(root) as staging:
        for name, content in renewed.items():
            staging.add(root / name, content)
        for name in gone:
            staging.remove(root / name)
        staging.publish()


def _stale_plots(root: Path, drawn: Mapping[str, Plot], names: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the plots that are not those which the card shows, and the names of those that it does not show."""
    text = card.read_source(root)
    shown = generated_blocks.block_names(text)
    wanted = {plot.file: plot.svg for name, plot in drawn.items() if f"plot-{name}" in shown}
    blocks = "\n".join(generated_blocks.block_texts(text))
    earlier = re.findall(rf"\]\(({manifest.PLOTS}/\w+\.svg)\)$", blocks, re.MULTILINE)  # of a layer that was renamed
    own = {*earlier, *(f"{manifest.PLOTS}/{name}.svg" for name in names)}  # any other one is the owner's
    there = {name: path for name, path in copied_files.plot_files(root).items() if name in own}
    stale = {name: svg for name, svg in wanted.items() if name not in there or there[name].read_bytes() != svg.encode()}
    return stale, [name for name in there if name not in wanted]


def guideline_tables(data: Corpus) -> dict[str, str]:
    """Return the tables of the schema's labels in use by label set, and those of links and topics."""
    parts = {f"{layer}.{attribute}": _label_table(labels) for layer, attribute, labels in data.schema.label_sets()}
    parts["status"] = _label_table(data.schema.envelope_labels("status"))
    links = [[inline_code(each.link), each.name, each.type] for each in data.links.values()]
    topics = [[inline_code(each["id"]), each["title"], each["definition"]] for each in data.topics.values()]
    return {
        **parts,
        "links": generated_blocks.markdown_table(["link", "name", "type"], links),
        "topics": generated_blocks.markdown_table(["label", "name", "definition"], topics),
    }


def _label_table(labels: Iterable[Label]) -> str:
    """Return a table of the labels that people may give: not of those that are deprecated."""
    rows = [[inline_code(label.name), label.title, label.definition] for label in labels if not label.is_deprecated]
    return generated_blocks.markdown_table(["label", "name", "definition"], rows)
