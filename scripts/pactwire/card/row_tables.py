"""Tables of a card on the rows of a built dataset: labels by split, and articles and rows by split and fold."""

from collections import Counter
from collections.abc import Mapping, Sequence

from pactwire.build import features
from pactwire.card.summary import LoadedConfig
from pactwire.corpus.splits import SPLITS
from pactwire.model.escapes import inline_code
from pactwire.storage.generated_blocks import markdown_table

NO_ROWS = "–"


def labels_by_split(configs: Sequence[LoadedConfig]) -> str:
    """Return a table of the rows of each config and of those with each label, by split; of tags, of the mentions."""
    table: list[list[object]] = []
    for each in configs:
        table.append([inline_code(each.config), "all rows", *_by_split(each.rows)])
        for label in each.labels:
            counts = {split: counted[label] for split, counted in each.label_counts.items()}
            table.append([inline_code(each.config), inline_code(label), *_by_split(counts)])
    return markdown_table(["config", "label", *SPLITS, "all"], table)


def _by_split(counts: Mapping[str, int]) -> list[object]:
    return [*(counts.get(split, NO_ROWS) for split in SPLITS), sum(counts.values())]


def rows_by_part(configs: Sequence[LoadedConfig]) -> str:
    """Return a row for each split and each fold: its articles in each language, and the rows of each other config."""
    articles = next((each for each in configs if each.config == features.ARTICLES), None)
    others = [each for each in configs if each is not articles]
    table = [
        [part, _by_language(languages), *(each.parts.get(part, Counter()).total() or NO_ROWS for each in others)]
        for part, languages in (articles.parts if articles else {}).items()
    ]
    return markdown_table(["part", "articles", *(inline_code(each.config) for each in others)], table)


def _by_language(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {language}" for language, count in sorted(counts.items()))
