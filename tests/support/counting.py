"""Numbers that count how often they are compared: what an algorithm costs, without a clock."""

from typing import Any, ClassVar


class Counted(int):
    """A whole number; ``comparisons`` counts all comparisons of such numbers since it was last set to 0."""

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
