"""Differences between two snapshots of a dataset, and a summary of them.

Both snapshots are read in the order of article ids, so that only one article of each is in memory.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from pactwire.corpus.corpus import FINAL
from pactwire.model.schema import AnnotationSchema
from pactwire.release import changes, column_changes
from pactwire.release.changes import ACTIONS, DATASET_ITEMS, RENAMED, Change
from pactwire.release.label_comparison import LabelComparison
from pactwire.release.migration_changes import LabelSet, migrations_between
from pactwire.release.snapshots import TABLES, Snapshot, Values
from pactwire.storage.generated_blocks import markdown_table

K = TypeVar("K")
T = TypeVar("T")

Summary = dict[str, dict[str, int]]
"""The number of changes by group and action. A group is an item, with separate groups for annotators but ``final``."""

ANNOTATOR_SUFFIX: Final = " of annotators"


def compare(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    """Yield all changes: labels of the schema, configs and columns, tables, articles by id, and then migrations.

    What migrations since the old one changed in documents is not told label by label. Tables are compared if both
    snapshots have them (see `not_compared`).
    """
    between = migrations_between(old, new)
    after = label_sets(new.schema)
    before, given = between.label_sets(label_sets(old.schema))
    renames = _renamed_labels(before, after, given)
    for name, labels in _paired_by_key(before, after):
        yield from _label_set_changes(".".join(name), labels[0] or {}, labels[1] or {}, renames.get(name, {}))
    yield from column_changes.column_changes(old.features, new.features)
    for item in TABLES if not not_compared(old, new) else ():
        for identity, one, other in _merge_sorted(old.table(item), new.table(item)):
            yield from changes.record_changes(item, identity, one, other)
    schema = between.schema(old.schema)
    comparison = LabelComparison(schema, new.schema, _renamed_labels(label_sets(schema), after, {}))
    states = (((state.id, state) for state in side) for side in (map(between.state, old.articles()), new.articles()))
    for _, state, other_state in _merge_sorted(*states):
        yield from changes.article_changes(state, other_state, comparison)
    yield from between.changes()


def label_sets(schema: AnnotationSchema) -> dict[LabelSet, dict[str, Values]]:
    """Return what a schema says of each label, by label set and name, in its order."""
    return {
        (layer, attribute): {
            label.name: {
                "title": label.title,
                "description": label.definition,
                "formerly": label.formerly,
                "deprecated": label.is_deprecated,
            }
            for label in labels
        }
        for layer, attribute, labels in schema.label_sets()
    }


def label_items(old: Snapshot, new: Snapshot) -> tuple[str, ...]:
    """Return the item of each layer of two snapshots: those of the new one, in its schema's order, and the others."""
    return tuple(map(changes.label_item, LabelComparison(old.schema, new.schema, {}).layers))


def not_compared(old: Snapshot, new: Snapshot) -> tuple[str, ...]:
    """Return the tables that cannot be compared, since a published dataset does not have them."""
    return TABLES if old.published or new.published else ()


def summarize(found: Iterable[Change], label_items: Iterable[str]) -> Summary:
    """Count changes by group and action: ``final`` first, items in the order of DATASET_ITEMS and ``label_items``.

    Groups without changes are left out.
    """
    counts = Counter((summary_group(change), change.action) for change in found)
    items = (*DATASET_ITEMS, *label_items)
    groups = [item + part for part in ("", ANNOTATOR_SUFFIX) for item in items]
    return {
        name: {action: counts[name, action] for action in ACTIONS if counts[name, action]}
        for name in groups
        if any(counts[name, action] for action in ACTIONS)
    }


def summary_group(change: Change) -> str:
    """Return the group of a change."""
    return change.item + (ANNOTATOR_SUFFIX if change.annotator not in ("", FINAL) else "")


def summary_rows(found: Summary) -> tuple[list[str], list[list[Any]]]:
    """Return the header and rows of a summary table, without columns for actions that do not occur."""
    actions = [action for action in ACTIONS if any(action in counts for counts in found.values())]
    return ["", *actions], [[name, *(counts.get(action, 0) for action in actions)] for name, counts in found.items()]


def summary_table(found: Summary) -> str:
    """Return a summary as a Markdown table, or a sentence if nothing changed."""
    return markdown_table(*summary_rows(found)) if found else "Nothing changed."


def _renamed_labels(
    old: Mapping[LabelSet, Mapping[str, Values]],
    new: Mapping[LabelSet, Mapping[str, Values]],
    migrated: Mapping[LabelSet, Mapping[str, str]],
) -> dict[LabelSet, dict[str, str]]:
    """Return new label names by old ones, by label set, where the old name is gone and the new one is new.

    They are those that migrations gave, and those of labels with ``formerly``.
    """
    found: dict[LabelSet, dict[str, str]] = {}
    for name, labels in new.items():
        formerly = {str(about["formerly"]): label for label, about in labels.items() if about["formerly"]}
        names = {**formerly, **migrated.get(name, {})}
        known = old.get(name, {})
        found[name] = {
            before: label
            for before, label in names.items()
            if before in known and before not in labels and label in labels and label not in known
        }
    return found


def _label_set_changes(
    name: str, old: Mapping[str, Values], new: Mapping[str, Values], renames: Mapping[str, str]
) -> Iterator[Change]:
    """Yield the changes of a label set; a label's name is ``set.label``."""
    formerly = {label: before for before, label in renames.items()}
    for label in [*old, *(label for label in new if label not in old)]:
        if label in renames:
            continue
        if label in formerly:
            yield Change("labels", RENAMED, f"{name}.{label}", {"name": (formerly[label], label)})
        yield from changes.record_changes(
            "labels", f"{name}.{label}", old.get(formerly.get(label, label)), new.get(label)
        )


def _paired_by_key(old: Mapping[K, T], new: Mapping[K, T]) -> Iterator[tuple[K, tuple[T | None, T | None]]]:
    for key in [*old, *(key for key in new if key not in old)]:
        yield key, (old.get(key), new.get(key))


def _merge_sorted(
    old: Iterator[tuple[str, T]], new: Iterator[tuple[str, T]]
) -> Iterator[tuple[str, T | None, T | None]]:
    """Yield (key, old, new) of two streams sorted by key, with None if a stream lacks the key."""
    one, other = next(old, None), next(new, None)
    while one is not None or other is not None:
        key = min(each[0] for each in (one, other) if each is not None)
        before = one[1] if one is not None and one[0] == key else None
        after = other[1] if other is not None and other[0] == key else None
        yield key, before, after
        if before is not None:
            one = next(old, None)
        if after is not None:
            other = next(new, None)
