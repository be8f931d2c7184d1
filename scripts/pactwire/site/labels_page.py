"""The values of the pages that list labels: what a reader can filter by, and the parts that each page searches."""

from collections.abc import Iterator
from itertools import accumulate, groupby
from typing import Any, Final, NamedTuple

from pactwire.site.label_index import LabelIndex

PAGE_SIZE: Final = 400_000
"""Labels after which a page ends, with the part in which they are; a browser holds the labels of one page."""


class Choice(NamedTuple):
    """A value of a filter: its number, its title, and how many labels have it."""

    number: int
    title: str
    labels: int


def file_name(number: int = 0) -> str:
    """Return the file of a page; pages are counted from 0."""
    return f"labels{f'-{number + 1}' if number else ''}.html"


def pages(index: LabelIndex) -> Iterator[dict[str, Any]]:
    """Yield the values for the template of each page, after all labels are in the index; there is at least one."""
    parts = _parts_of_pages(index.sizes)
    choices = _choices(index)
    for number, numbers in enumerate(parts):
        yield {
            "file": file_name(number),
            "files": [file_name(each) for each in range(len(parts))],
            "number": number + 1,
            "scripts": ["data/labels.js", *(f"data/labels-{part}.js" for part in numbers)],
            "total": sum(index.sizes),
            "layers": [style.layer.title for style in index.collection.styles.values()],
            "choices": choices,
            "makers": sorted(index.makers.items()),
            "reasons": [(reason.title, number) for reason, number in index.reasons.items()],
        }


def _choices(index: LabelIndex) -> dict[str, list[Choice]]:
    """Return the values that labels have, by the heading under which they are offered."""
    found: dict[str, list[Choice]] = {}
    for number, value in enumerate(index.values.values()):
        if count := index.counts[number]:
            found.setdefault(value.heading, []).append(Choice(number, value.title, count))
    return found


def _parts_of_pages(sizes: list[int]) -> list[list[int]]:
    """Return the numbers of the parts of each page."""
    starts = accumulate(sizes[:-1], initial=0) if sizes else ()
    found = groupby(enumerate(starts), lambda each: each[1] // PAGE_SIZE)
    return [[number for number, _ in group] for _, group in found] or [[]]
