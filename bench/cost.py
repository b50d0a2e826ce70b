"""What something costs: wall-clock seconds and CPU seconds."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import machine

_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12  # fields of /proc/PID/stat behind the name


@dataclass(slots=True)
class Cost:
    """The cost of a ``measured`` block."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def rate(self, count: int) -> dict[str, float]:
        """How many of ``count`` were done per second, and the CPU seconds per thousand."""
        return {"rate": count / self.wall_s, "cpu": self.cpu_s / count * 1000}


@contextmanager
def measured() -> Iterator[Cost]:
    """Fills the Cost at the end. CPU time is that of this process and of its children that ended meanwhile: not of a
    sink."""
    cost, cpu_s, begun = Cost(), cpu_seconds(), time.perf_counter()
    yield cost
    cost.wall_s, cost.cpu_s = time.perf_counter() - begun, cpu_seconds() - cpu_s


def cpu_seconds() -> float:
    """The CPU seconds of this process and its ended children so far."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in both)


def group_cpu_s(group: int) -> float:
    """The CPU seconds of a group's living processes so far."""
    stats = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in machine.members(group))
    return sum(int(fields[_UTIME]) + int(fields[_STIME]) for fields in stats) / _TICKS
