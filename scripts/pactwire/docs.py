"""A dataset's Markdown files to the same files with their generated parts renewed."""

from pathlib import Path
from typing import Final

from pactwire import card, corpus, files, regions, schemas
from pactwire.corpus import Corpus

GENERATED: Final = ("DATASET_CARD.md", "annotations/GUIDELINES.md")


def renew(root: Path, write: bool) -> list[str]:
    """Return the files whose generated parts are stale, and write them anew if asked to.

    Raises UnknownRegion for markers that nothing fills.
    """
    data = corpus.load(root)
    contents = {**card.parts(data), **guideline_parts(data)}
    stale = []
    for name in GENERATED:
        path = root / name
        if not path.is_file():
            continue
        old = path.read_text(encoding="utf-8")
        new = regions.renew(old, contents)
        if new != old:
            stale.append(name)
            if write:
                files.write(path, new)
    return stale


def guideline_parts(data: Corpus) -> dict[str, str]:
    """Return the label tables of the schema by label set, and the table of links."""
    parts = {
        name: regions.table(
            ["label", "name", "definition"],
            [[f"`{label.name}`", label.title, label.definition] for label in schemas.labels(name)],
        )
        for name in schemas.LABEL_SETS
    }
    rows = [[f"`{each.link}`", each.name, each.type] for each in data.links.values()]
    return {**parts, "links": regions.table(["link", "name", "type"], rows)}
