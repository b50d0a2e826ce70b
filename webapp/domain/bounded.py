"""A count that stops at a bound beyond which nobody reads the exact number, so that it costs the same at any size."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Bounded:
    """A count of ``n``, or, with ``more``, of more than ``n``: shown as "10,000+"."""

    n: int
    more: bool = False

    def __bool__(self) -> bool:
        return self.n > 0

    def __add__(self, other: "Bounded") -> "Bounded":
        return Bounded(self.n + other.n, self.more or other.more)

    @classmethod
    def of(cls, counted: int, *, most: int) -> Self:
        """From a count that was stopped at ``most`` + 1."""
        return cls(min(counted, most), counted > most)


NOTHING = Bounded(0)
