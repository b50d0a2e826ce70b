"""What every row is handed: how much to measure, and where."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.filling import fill
from bench.installation import DURABLE, Installation, installed
from bench.sizes import Sizes
from tests.support.postgres import Cluster

Measure = Callable[[], Mapping[str, float]]  # figures of one round, by their names


@dataclass
class Bench:
    """``folder`` is on a real disk, and gone at the end."""

    sizes: Sizes
    folder: Path
    _stack: ExitStack
    _filled: dict[int, Installation] = field(default_factory=dict)

    def room(self, name: str) -> Path:
        """A folder that is not there yet."""
        return self.folder / f"{name}-{len(list(self.folder.iterdir()))}"

    @cached_property
    def postgres(self) -> Cluster:
        """One server for all rows that want it, durable."""
        return self._stack.enter_context(Cluster(settings=DURABLE))

    def filled(self, rows: int) -> Installation:
        """One that has so many finished deliveries, the same for all rows: filling takes a minute for a million."""
        if rows not in self._filled:
            made = self._stack.enter_context(installed(self.room("filled")))
            fill(made, rows)
            self._filled[rows] = made
        return self._filled[rows]


Row = Callable[[Bench], AbstractContextManager[Measure]]


@contextmanager
def opened(sizes: Sizes, folder: Path) -> Iterator[Bench]:
    """A bench in ``folder``."""
    with ExitStack() as stack:
        yield Bench(sizes, folder, stack)
