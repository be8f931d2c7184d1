"""The dataset card: the published README.md, and the generated tables and plots of DATASET_CARD.md.

``published_readme`` is what a build writes. ``card_tables`` and ``draw_plots`` fill the generated blocks of
DATASET_CARD.md.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pactwire.agreement.agreement_report import Report
from pactwire.agreement.measure_list import measure_titles
from pactwire.build import features, manifest
from pactwire.card import label_counts, matrix_plot, plots
from pactwire.card.label_counts import Matrix
from pactwire.card.plot_parts import Plot
from pactwire.corpus.corpus import FINAL, Corpus
from pactwire.corpus.statistics import CorpusStatistics
from pactwire.model import digests
from pactwire.model.escapes import SafeMarkdown, escape_markdown, inline_code
from pactwire.model.labels import document_labels
from pactwire.model.records import AnnotatorKind, Status
from pactwire.model.schema import AnnotationSchema
from pactwire.storage import front_matter
from pactwire.storage.generated_blocks import markdown_table

EXPERT_GENERATED, MACHINE_GENERATED = "expert-generated", "machine-generated"
"""The Hub's terms for labels by people and by models or rules."""

SIZE_CATEGORIES: Final = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

LABELS_PLOT, AGREEMENT_PLOT = "labels", "agreement"
"""The names of the plots that are those of no layer."""

LOSSES: Final = {
    "mentions_across_lines": "labels over the end of a line, which no row of tokens holds",
    "mentions_in_one_token": "labels that are less than a token, and have no tag",
    "mentions_nested": "labels in or across a longer one, which have no tag",
    "pairs_across_sentences": "pairs with a class whose two sides are in no sentence together",
    "pairs_across_splits": "pairs of a cluster whose two articles are in two splits",
    "pairs_without_span": "pairs with a class of which a side is no span",
}
"""What the counts of a manifest's ``losses`` are of."""

STANDOFF: Final = """> **Without the texts.** This release holds zones, labels, offsets and hashes; the texts of the
> sources, and all words taken from them, are null. Whoever has the texts gets the full release, digest for
> digest, with `pactwire hydrate FOLDER TEXTS… --out OTHER`.

"""
"""The first paragraph of the README of a release without texts."""


def read_source(root: Path) -> str:
    """Return the text of DATASET_CARD.md, front matter included, or a minimal card where there is none."""
    return front_matter.read_card(root) or "# Dataset\n"


def first_heading(text: str) -> str | None:
    """Return the first top-level heading in a card's text."""
    found = re.search(r"^# +(.+)$", front_matter.card_body(text), re.MULTILINE)
    return found[1].strip() if found else None


def dataset_name(data: Corpus) -> str:
    """Return what people call a dataset: the name in the front matter of its card, else its first heading."""
    text = read_source(data.root)
    return str(front_matter.owner_fields(text).get("pretty_name") or first_heading(text) or data.settings.name)


def published_readme(about: Mapping[str, Any], columns: Mapping[str, Any], text: str) -> str:
    """Return the published README.md: the front matter for the Hub and `datasets`, and the card's text.

    Args:
        about: the manifest.
        text: the text of DATASET_CARD.md.
    """
    note = STANDOFF if about.get("standoff") else ""
    return f"---\n{front_matter_yaml(about, columns, text)}\n---\n{note}{front_matter.card_body(text)}"


def front_matter_yaml(about: Mapping[str, Any], columns: Mapping[str, Any], text: str) -> str:
    """Return the README's front matter, fields in the Hub's order, with ``configs`` and ``dataset_info``.

    What depends on the data is computed; what only the owner can know comes from the front matter of the card.
    """
    from huggingface_hub import DatasetCardData

    kinds = {annotator["kind"] for annotator in about["annotators"]}
    languages = [language for language in about["languages"] if language != "und"]
    own = {"pretty_name": first_heading(text), **front_matter.owner_fields(text)}
    fields = DatasetCardData(
        language=languages,
        annotations_creators=sorted(
            {EXPERT_GENERATED if kind == AnnotatorKind.HUMAN else MACHINE_GENERATED for kind in kinds}
        )
        or ["no-annotation"],
        multilinguality="multilingual" if len(languages) > 1 else "monolingual",
        size_categories=[size_category(sum(each["rows"] for _, _, each in manifest.iter_data_files(about)))],
        **own,
    )
    add_data_files(fields, about, columns)
    return str(fields.to_yaml())


def add_data_files(fields: Any, about: Mapping[str, Any], columns: Mapping[str, Any]) -> None:
    """Set ``configs`` and ``dataset_info`` of a DatasetCardData from the manifest and the features of each config."""
    from datasets.info import DatasetInfosDict

    fields["configs"] = [_hub_config(config, splits, about["version"]) for config, splits in about["configs"].items()]
    fields.pop("dataset_info")
    DatasetInfosDict(
        {c: _dataset_info(c, columns[c], splits) for c, splits in about["configs"].items()}
    ).to_dataset_card_data(fields)


def content_languages(data: Corpus) -> list[str]:
    """Return the main languages of the articles' content, sorted, without ``und``."""
    return sorted({data.content(article).main_language for article in data.articles.values()} - {"und"})


def size_category(rows: int) -> str:
    """Return the Hub's size category for a number of rows: those of all configs and splits, as the Hub counts them."""
    return next((name for limit, name in SIZE_CATEGORIES if rows < limit), "n>1M")


def _hub_config(config: str, splits: Mapping[str, Any], version: str) -> dict[str, Any]:
    joined = " ".join(each["sha256"] for written in splits.values() for each in written)
    return {
        "config_name": config,
        **({"default": True} if config == features.DEFAULT else {}),
        "version": version,
        # `datasets` keys its cache by this YAML: without the digest it would serve old rows from the cache
        "description": f"sha256:{digests.sha256(joined)}",
        "data_files": [{"split": split, "path": _data_file_paths(written)} for split, written in splits.items()],
    }


def _data_file_paths(written: Sequence[Mapping[str, Any]]) -> str | list[str]:
    paths = [each["path"] for each in written]
    return paths[0] if len(paths) == 1 else paths


def _dataset_info(config: str, columns: Any, splits: Mapping[str, Any]) -> Any:
    from datasets import DatasetInfo
    from datasets.splits import SplitDict, SplitInfo

    sizes = {
        split: SplitInfo(
            name=split,
            num_bytes=sum(each["arrow_bytes"] for each in written),
            num_examples=sum(each["rows"] for each in written),
        )
        for split, written in splits.items()
    }
    return DatasetInfo(
        config_name=config,
        features=columns,
        splits=SplitDict(sizes),
        download_size=sum(each["bytes"] for written in splits.values() for each in written),
        dataset_size=sum(each.num_bytes for each in sizes.values()),
    )


# --- tables


def card_tables(data: Corpus) -> dict[str, str]:
    """Return the generated tables of DATASET_CARD.md, by the names of their blocks."""
    statistics = manifest.count_documents(data)
    return {
        "articles": articles_table(data),
        "labels": labels_table(data),
        "annotators": annotators_table(statistics),
        "review": review_sentence(data.schema, statistics),
    }


def articles_table(data: Corpus) -> str:
    """Return a row for each article: language, split, story, length of source and content, labels by layer."""
    rows = []
    for _, row in data.splits:
        if row.article not in data.articles:
            continue
        article, document = data.articles[row.article], data.final_document(row.article)
        content = data.content(article)
        labels = [
            len(document_labels(document, layer)) if document and layer in document else "not annotated"
            for layer in data.schema.layers
        ]
        facts = content.main_language, row.split, inline_code(row.story)
        rows.append([inline_code(row.article), *facts, len(article["source_text"]), len(content.text), *labels])
    header = ("article", "language", "split", "story", "characters", "of them content", *data.schema.layers)
    return markdown_table(header, rows)


def labels_table(data: Corpus) -> str:
    """Return a row for each label of the schema, deprecated or not: its count in annotations/final, by language."""
    counts = label_counts.count_labels(data)
    languages = sorted({*content_languages(data), *(language for *_, language in counts)})
    rows = []
    for layer, attribute, labels in data.schema.label_sets():
        for label in labels:
            row = [counts[layer, attribute, label.name, language] for language in languages]
            shown = inline_code(label.name)
            marked = SafeMarkdown(f"{shown} (deprecated)") if label.is_deprecated else shown
            rows.append([f"{layer}.{attribute}", marked, *row, sum(row)])
    return markdown_table(["field", "label", *languages, "all"], rows)


def losses_table(about: Mapping[str, Any]) -> str:
    """Return a row for each kind of label that a config could not hold, with their number, from the manifest."""
    rows = [[LOSSES.get(name, name), count] for name, count in about["losses"].items() if count]
    return markdown_table(["left out", "number"], rows) if rows else "Nothing is left out."


def annotators_table(statistics: CorpusStatistics) -> str:
    """Return a row for each annotator: kind, name, version, and the number of documents that name it."""
    rows = [
        [inline_code(row["id"]), row["kind"], row["name"] or "unknown", row["version"] or "unknown", row["documents"]]
        for _, row in sorted(statistics.annotators.items())
    ]
    return markdown_table(["annotator", "kind", "name", "version", "documents"], rows)


def review_sentence(schema: AnnotationSchema, statistics: CorpusStatistics) -> str:
    """Return a sentence on which layers of the final documents people have reviewed, by what their statuses say."""
    totals = {layer: statistics.statuses[layer].total() for layer in schema.layer_names if layer in statistics.statuses}
    reviewed = {layer: statistics.statuses[layer][Status.REVIEWED] for layer in totals}
    if not totals:
        return "Nothing is labeled yet."
    if not any(reviewed.values()):
        return "**No person has reviewed the labels.**"
    documents = f"{statistics.documents[FINAL]:,} final documents"
    if reviewed == totals:
        return f"**A person has reviewed all labels** of the {documents}."
    shares = [f"{inline_code(layer)} in {count:,} of {totals[layer]:,}" for layer, count in reviewed.items() if count]
    return f"**A person has reviewed some of the labels** of the {documents}, and no others: {', '.join(shares)}."


# --- plots


def draw_plots(data: Corpus, measured: Report | None) -> dict[str, Plot]:
    """Return the plots of a dataset by name, with that of agreement only where there is a report."""
    counts = label_counts.counts_by_label_set(data.schema, label_counts.count_labels(data))
    drawn = {LABELS_PLOT: plots.plot_labels(counts)}
    for name, matrix in matrix_plots(data.schema).items():
        drawn[name] = matrix_plot.plot_matrix(name, matrix, label_counts.count_matrix(data, matrix))
    if measured:
        rows = agreement_figures(data.schema, measured)
        drawn[AGREEMENT_PLOT] = plots.plot_agreement(rows, measured["annotators"], len(measured["articles"]))
    return drawn


def plot_names(schema: AnnotationSchema) -> list[str]:
    """Return the names of all plots that a dataset with a schema may have."""
    return [LABELS_PLOT, *matrix_plots(schema), AGREEMENT_PLOT]


def matrix_plots(schema: AnnotationSchema) -> dict[str, Matrix]:
    """Return the layers whose labels are plotted between two sides, by the name of the plot: that of the layer."""
    found = {matrix.layer.name: matrix for matrix in label_counts.matrices(schema)}
    return {f"{name}_matrix" if name == AGREEMENT_PLOT else name: matrix for name, matrix in found.items()}


def agreement_figures(schema: AnnotationSchema, measured: Report) -> list[dict[str, Any]]:
    """Return the figures of a report over all labels, each with ``about``, which says what it measures."""
    return [
        {**row, "about": measure_titles(schema)[row["layer"], row["measure"]]}
        for row in measured["rows"]
        if not row["label"]
    ]


def plot_markdown(plot: Plot | None) -> str:
    """Return the Markdown image of a plot, with its description as alternative text."""
    if plot is None:
        return "There is nothing to draw."
    return f"![{escape_markdown(f'{plot.title}. {plot.about}')}]({plot.file})"
