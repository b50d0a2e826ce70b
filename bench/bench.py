"""What every row is handed: how much to measure, and where."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.installation import DURABLE
from bench.sizes import Sizes
from tests.support.postgres import Cluster

Measure = Callable[[], Mapping[str, float]]  # figures of one round, by their names


@dataclass
class Bench:
    """``folder`` is on a real disk, and gone at the end."""

    sizes: Sizes
    folder: Path
    _stack: ExitStack

    def room(self, name: str) -> Path:
        """A folder that is not there yet."""
        return self.folder / f"{name}-{len(list(self.folder.iterdir()))}"

    @cached_property
    def postgres(self) -> Cluster:
        """One server for all rows that want it, durable."""
        return self._stack.enter_context(Cluster(DURABLE))


Row = Callable[[Bench], AbstractContextManager[Measure]]


@contextmanager
def opened(sizes: Sizes, folder: Path) -> Iterator[Bench]:
    """A bench in ``folder``."""
    with ExitStack() as stack:
        yield Bench(sizes, folder, stack)
