"""What something costs: seconds on the clock, and seconds of a processor."""

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
    """Of what happened inside ``measured``."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def rate(self, count: int) -> dict[str, float]:
        """How many of ``count`` there were in a second, and what a thousand cost of a processor."""
        return {"rate": count / self.wall_s, "cpu": self.cpu_s / count * 1000}


@contextmanager
def measured() -> Iterator[Cost]:
    """Fills the Cost at the end. Counted are this process and its children that have ended meanwhile: not a sink."""
    cost, cpu_s, begun = Cost(), cpu_seconds(), time.perf_counter()
    yield cost
    cost.wall_s, cost.cpu_s = time.perf_counter() - begun, cpu_seconds() - cpu_s


def cpu_seconds() -> float:
    """What this process and its ended children have taken so far."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in both)


def group_cpu_s(group: int) -> float:
    """What the living processes of a group have taken so far."""
    stats = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in machine.members(group))
    return sum(int(fields[_UTIME]) + int(fields[_STIME]) for fields in stats) / _TICKS
