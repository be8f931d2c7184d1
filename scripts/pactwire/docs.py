"""A dataset's Markdown files to the same files with their generated parts renewed."""

from pathlib import Path
from typing import Final

from pactwire import card, corpus, files, regions, schemas, tour
from pactwire.corpus import FINAL, Corpus
from pactwire.issues import DataError
from pactwire.judging import agreement
from pactwire.releasing import changelog

GENERATED: Final = ("README.md", "DATASET_CARD.md", "annotations/GUIDELINES.md")


def renew(root: Path, write: bool) -> list[str]:
    """Return the files whose generated parts are stale, and write them anew if asked to.

    The README's table is what the built dataset loads as, so build first. Raises UnknownRegion for
    markers that nothing fills, and DataError where the dataset is not built.
    """
    data = corpus.load(root)
    shown = tour.render(tour.load(root / "dataset"), "./dataset")
    contents = {
        **card.parts(data),
        **guideline_parts(data),
        "agreement": agreement_part(data),
        "tour": f"```\n{shown}\n```",
    }
    stale = []
    for name in (*GENERATED, changelog.FILE):
        path = root / name
        if not path.is_file():
            continue
        old = path.read_text(encoding="utf-8")
        new = changelog.renew(old, root, data) if name == changelog.FILE else regions.renew(old, contents)
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
    links = [[f"`{each.link}`", each.name, each.type] for each in data.links.values()]
    topics = [[f"`{each['id']}`", each["title"], each["definition"]] for each in data.topics.values()]
    return {
        **parts,
        "links": regions.table(["link", "name", "type"], links),
        "topics": regions.table(["label", "name", "definition"], topics),
    }


def agreement_part(data: Corpus) -> str:
    """Return the table of agreement between all annotators but ``final``."""
    annotators = sorted({placed.annotator for placed in data.documents} - {FINAL})
    if len(annotators) < 2:
        return "There are no two annotators to compare."
    if issues := agreement.problems(data, annotators):
        raise DataError(issues)
    return agreement.markdown(agreement.report(annotators, agreement.cases(data, annotators)))
