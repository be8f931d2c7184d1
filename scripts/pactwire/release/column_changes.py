"""Changes of a dataset's configs and of their columns: what code that loads them depends on.

Features are compared as `datasets.Features.to_dict` gives them, so that those of a manifest need not be interpreted by
the library that wrote them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pactwire.release.changes import ADDED, REMOVED, Change, record_changes

ColumnPath = tuple[str, ...]
"""The name of a column and, for a field of a struct, those of the fields that lead to it."""

_LISTS: Final = ("List", "LargeList", "Sequence")


def column_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the changes between the features of two datasets, by config.

    A column is named ``config.column``, a field ``config.column.field``. Its attributes are ``type`` and, for class
    labels, ``classes`` in their order. Of a column or config that only one side has, the fields are not listed, nor
    those of a column whose type differs. The order of columns has no meaning.
    """
    for config in [*old, *(config for config in new if config not in old)]:
        if config in old and config in new:
            yield from _config_changes(config, describe_columns(old[config]), describe_columns(new[config]))
        else:
            yield Change("configs", REMOVED if config in old else ADDED, config, {})


def _config_changes(
    config: str, old: Mapping[ColumnPath, dict[str, Any]], new: Mapping[ColumnPath, dict[str, Any]]
) -> Iterator[Change]:
    reported: set[ColumnPath] = set()
    for path in [*old, *(path for path in new if path not in old)]:
        if not any(path[:length] in reported for length in range(1, len(path))):
            for change in record_changes("columns", ".".join((config, *path)), old.get(path), new.get(path)):
                reported.add(path)
                yield change


def describe_columns(features: Mapping[str, Any]) -> dict[ColumnPath, dict[str, Any]]:
    """Return the type of each column and field, and the names of its classes if it has any, by path."""
    return dict(_described_fields((), features))


def _described_fields(path: ColumnPath, fields: Mapping[str, Any]) -> Iterator[tuple[ColumnPath, dict[str, Any]]]:
    for name, feature in fields.items():
        lists = ""
        while feature.get("_type") in _LISTS:
            lists, feature = f"{lists}list of ", feature["feature"]
        if not isinstance(feature.get("_type"), str):  # a struct, which may have a field of this name
            yield (*path, name), {"type": f"{lists}struct"}
            yield from _described_fields((*path, name), feature)
        elif feature["_type"] == "ClassLabel":
            yield (*path, name), {"type": f"{lists}class label", "classes": feature["names"]}
        else:
            yield (*path, name), {"type": lists + feature.get("dtype", feature["_type"])}
