"""What every row gets: its sizes, a folder, and shared installations."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bench.filling import fill
from bench.installation import DURABLE, Installation, installed
from bench.sizes import Sizes
from tests.support.postgres import Cluster

Measure = Callable[[], Mapping[str, float]]  # the figures of one round, by name


@dataclass
class Bench:
    """``folder`` is on a real disk, and deleted at the end."""

    sizes: Sizes
    folder: Path
    _stack: ExitStack
    _filled: dict[int, Installation] = field(default_factory=dict)

    def room(self, name: str) -> Path:
        """A new folder of that name; it does not exist yet."""
        return self.folder / f"{name}-{len(list(self.folder.iterdir()))}"

    @cached_property
    def postgres(self) -> Cluster:
        """The one durable PostgreSQL server that all rows share."""
        return self._stack.enter_context(Cluster(settings=DURABLE))

    def filled(self, rows: int) -> Installation:
        """An installation with so many finished deliveries, shared by all rows: filling a million takes a minute."""
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
