"""A summary of a built dataset as `load_dataset` loads it, with its own cache."""

import io
import json
import keyword
import tempfile
import textwrap
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pactwire.build import features
from pactwire.corpus.splits import SPLITS
from pactwire.model.escapes import terminal_line
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, front_matter
from pactwire.text import bio_tags


class LoadedConfig(NamedTuple):
    """A config as loaded: rows by split, the splits without rows, its languages and class labels.

    ``label_counts`` are the rows with each class label by split, of tags the mentions; ``parts`` the rows in each
    language by split and by fold, such as ``fold 0``. A row of pairs counts for its first article.
    """

    config: str
    rows: dict[str, int]
    left_out: list[str]
    languages: list[str]
    labels: list[str]
    label_counts: dict[str, Counter[str]]
    parts: dict[str, Counter[str]]


def load_configs(folder: Path) -> list[LoadedConfig]:
    """Load all configs of a built dataset folder with a fresh cache.

    Raises DataError (not-built) where the dataset is not built.
    """
    card = folder / "README.md"
    if not card.is_file():
        raise DataError([Issue(card.as_posix(), 1, "not-built", "the dataset is not built")])
    front = front_matter.parse_fields(files.read_text(card, card.as_posix()), card.as_posix())
    if "configs" not in front:
        raise DataError([Issue(card.as_posix(), 1, "not-built", "the card names no configs")])
    with tempfile.TemporaryDirectory() as cache:
        return [_load_config(folder, each["config_name"], cache) for each in front["configs"]]


def _load_config(folder: Path, config: str, cache: str) -> LoadedConfig:
    from datasets import disable_progress_bars, load_dataset

    disable_progress_bars()
    splits: Any = load_dataset(str(folder), config, cache_dir=cache)
    first = next(iter(splits.values()))
    columns = [name for name in ("language", "a_language") if name in first.column_names]
    languages = {value for split in splits.values() for name in columns for value in split[name]}
    return LoadedConfig(
        config=config,
        rows={name: split.num_rows for name, split in splits.items()},
        left_out=[name for name in SPLITS if name not in splits],
        languages=sorted(languages),
        labels=_class_labels(first.features),
        label_counts={name: _count_labels(split) for name, split in splits.items()},
        parts=_count_languages(splits),
    )


def _first_column(rows: Any, name: str) -> list[Any]:
    """Return the values of a column, in rows of pairs those of the first of the two."""
    column = next((each for each in (name, f"a_{name}") if each in rows.column_names), None)
    return list(rows[column]) if column else []


def _count_languages(splits: Mapping[str, Any]) -> dict[str, Counter[str]]:
    """Return the rows in each language by split, then by fold."""
    by_split, by_fold = {name: Counter[str]() for name in splits}, defaultdict[int, Counter[str]](Counter)
    for name, rows in splits.items():
        folds = _first_column(rows, "fold")
        languages = _first_column(rows, "language") or [""] * len(folds)
        by_split[name].update(languages)
        for fold, language in zip(folds, languages, strict=True):
            by_fold[fold][language] += 1
    return by_split | {f"fold {fold}": by_fold[fold] for fold in sorted(by_fold)}


def _count_labels(rows: Any) -> Counter[str]:
    """Return how many rows have each class label; of BIO tags, how many mentions begin."""
    counts: Counter[str] = Counter()
    for name, kind in rows.features.items():
        if names := getattr(kind, "names", None):
            counts.update(names[value] for value in rows[name] if value is not None)
            break
        if tags := getattr(getattr(kind, "feature", None), "names", None):
            begun = (tags[value].partition("-") for line in rows[name] for value in line)
            counts.update(label for part, _, label in begun if part == "B")
            break
    return counts


def _class_labels(features: Any) -> list[str]:
    """Return the names of a config's class labels; of BIO tags, the types that they tag."""
    for kind in features.values():
        if names := getattr(kind, "names", None):
            return list(names)
        if tags := getattr(getattr(kind, "feature", None), "names", None):
            return list(dict.fromkeys(tag.partition("-")[2] for tag in tags if tag != bio_tags.OUTSIDE))
    return []


def render_table(configs: list[LoadedConfig], folder: str) -> str:
    """Return the table as plain text, followed by the splits left out, the folder and the code that loads a config."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("config", *SPLITS, "languages", "labels"):
        table.add_column(column, justify="right" if column in SPLITS else "left", no_wrap=True)
    for each in configs:
        rows = [str(each.rows.get(split, "–")) for split in SPLITS]
        names = (_shorten(each.languages, 40), _shorten(each.labels, 80))
        table.add_row(*map(terminal_line, (each.config, *rows, *names)))
    console = Console(file=io.StringIO(), width=200, color_system=None, markup=False, emoji=False)
    console.print(table)
    lines = [each.rstrip() for each in str(console.file.getvalue()).splitlines()]  # type: ignore[attr-defined]
    lines += [
        f"{each.config} has no rows for {' and '.join(each.left_out)}: left out" for each in configs if each.left_out
    ]
    return "\n".join([*lines, "", *_load_example(configs, folder)])


def _shorten(names: list[str], width: int) -> str:
    """Return names in one line, without the last ones if they do not fit."""
    return textwrap.shorten(" ".join(names), width, placeholder=" …")


def usage_code(configs: list[LoadedConfig], repository: str, version: str) -> str:
    """Return the Markdown that shows how a version of a dataset is loaded from its repository on the Hub."""
    if not configs:
        return "The dataset is empty."
    config, split, variable = _example(configs)
    loaded = f'{variable} = load_dataset("{repository}", {json.dumps(config)}, split="{split}", revision="v{version}")'
    return f"""```python
from datasets import load_dataset

{loaded}
```

`revision` is ignored offline. This always gives the version you ask for:

```python
from huggingface_hub import snapshot_download

folder = snapshot_download("{repository}", repo_type="dataset", revision="v{version}")
{variable} = load_dataset(folder, {json.dumps(config)}, split="{split}")
```"""


def _example(configs: list[LoadedConfig]) -> tuple[str, str, str]:
    """Return a config to show, the first one of one layer, or the articles; a split of it; and a variable."""
    shown = next((each for each in configs if each.config not in (features.ARTICLES, features.ANNOTATIONS)), configs[0])
    split = next(name for name in SPLITS if name in shown.rows)
    is_variable = shown.config.isidentifier() and not keyword.iskeyword(shown.config)
    return shown.config, split, shown.config if is_variable else "loaded"


def _load_example(configs: list[LoadedConfig], folder: str) -> list[str]:
    """Return where the dataset is, and the code that loads one of its configs."""
    if not configs:
        return [f"The dataset is in {terminal_line(folder)}, and it is empty."]
    config, split, variable = _example(configs)
    return [
        f"The dataset is in {terminal_line(folder)}. Load it with:",
        "",
        "    from datasets import load_dataset",
        f'    {variable} = load_dataset({json.dumps(Path(folder).as_posix())}, {json.dumps(config)}, split="{split}")',
    ]
