"""A summary of a built dataset as `load_dataset` loads it, with its own cache."""

import io
import json
import keyword
import tempfile
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

from pactwire.build import features
from pactwire.corpus.splits import SPLITS
from pactwire.model.escapes import terminal_line
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files, front_matter
from pactwire.text import bio_tags


class LoadedConfig(NamedTuple):
    """A config as loaded: rows by split, the splits without rows, its languages and class labels."""

    config: str
    rows: dict[str, int]
    left_out: list[str]
    languages: list[str]
    labels: list[str]


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
    )


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
