"""The order of labels: one that a release had keeps its position, since that is its class number.

A label that is gone stays in the schema, deprecated, and new ones stand after all others.
"""

import operator
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path

from pactwire.corpus.schema_file import SCHEMA_FILE
from pactwire.model import strict_json
from pactwire.model.issues import Issue
from pactwire.model.schema import AnnotationSchema, Label
from pactwire.storage import files


def order_issues(root: Path, release: str, old: AnnotationSchema, new: AnnotationSchema) -> Iterator[Issue]:
    """Yield an issue for the first label of each choice that is no longer where it was.

    Args:
        root: The dataset root, in whose schema the lines are looked up.
        release: What the earlier release is called in messages.
        old: Its schema.
        new: The schema in ``root``.
    """
    before = {(layer, attribute): [label.name for label in labels] for layer, attribute, labels in old.label_sets()}
    lines = _label_lines(files.read_text(root / SCHEMA_FILE, SCHEMA_FILE))
    for layer, attribute, labels in new.label_sets():
        names = before.get((layer, attribute), [])
        for position, label in enumerate(labels):
            known = _former_name(label, labels, names)
            if known in names and names.index(known) != position:
                line = lines[tuple(label.name for label in labels)][position]
                message = (
                    f"{label.name} is label {position + 1} of {layer}.{attribute},"
                    f" and was label {names.index(known) + 1} in {release}"
                )
                yield Issue(SCHEMA_FILE, line, "release-labels", message)
                break


def _former_name(label: Label, labels: Sequence[Label], before: Sequence[str]) -> str:
    """Return the name that a label had before it was renamed, unless there is still another label of that name."""
    if label.name in before or label.formerly is None or label.formerly in (each.name for each in labels):
        return label.name
    return label.formerly


def _label_lines(text: str) -> dict[tuple[str, ...], list[int]]:
    """Return the lines of the labels in each list of labels of a schema, by their names in order."""
    declaration = strict_json.parse(text)
    lists: dict[strict_json.JsonPath, list[tuple[str, int]]] = defaultdict(list)
    for path, line in strict_json.value_lines(text).items():
        if path[-3:-2] == ("oneOf",) and path[-1] == "const":
            lists[path[:-2]].append((reduce(operator.getitem, path, declaration), line))
    return {tuple(name for name, _ in found): [line for _, line in found] for found in lists.values()}
