"""A count that stops counting where nobody reads the number any more, so that it costs the same at any size."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Bounded:
    """``n`` of them, or, with ``more``, at least that many and one: shown as "10,000+"."""

    n: int
    more: bool = False

    def __bool__(self) -> bool:
        return self.n > 0

    def __add__(self, other: "Bounded") -> "Bounded":
        return Bounded(self.n + other.n, self.more or other.more)

    @classmethod
    def of(cls, counted: int, *, most: int) -> Self:
        """From a count that stopped at ``most`` + 1."""
        return cls(min(counted, most), counted > most)


NOTHING = Bounded(0)
