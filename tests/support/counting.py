"""Integers that count their comparisons, to measure the cost of an algorithm without a clock."""

from typing import Any, ClassVar


class Counted(int):
    """An integer; ``comparisons`` counts all comparisons of such integers since it was last set to 0."""

    comparisons: ClassVar[int] = 0

    def _count(self) -> int:
        Counted.comparisons += 1
        return int(self)

    def __lt__(self, other: Any) -> bool:
        return self._count() < int(other)

    def __le__(self, other: Any) -> bool:
        return self._count() <= int(other)

    def __gt__(self, other: Any) -> bool:
        return self._count() > int(other)

    def __ge__(self, other: Any) -> bool:
        return self._count() >= int(other)

    def __eq__(self, other: object) -> bool:
        return self._count() == other

    __hash__ = int.__hash__
