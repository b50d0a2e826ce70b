"""A kind of retry policy: what its module says of it, for whoever chooses one, and its function."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from webapp.domain.retry_policy import RetryPolicy

Draw = Callable[[float, float], float]
Delay = Callable[[RetryPolicy, int, float, Draw], float]
_NUMBERS = ("steps", "initial_s", "base")  # those of a policy that not every kind reads


@dataclass(frozen=True, slots=True)
class Kind:
    """``delay(policy, failures so far, previous delay in seconds, draw)`` gives seconds. ``numbers`` names what it
    reads of a policy; a form asks for these only."""

    name: str
    label: str
    summary: str
    numbers: tuple[str, ...]
    delay: Delay


def read_kind(module: Any) -> tuple[str, Kind]:
    """The kind that a module is: ``delay``, and beside it, if it likes, ``LABEL``, ``SUMMARY`` and ``NUMBERS``."""
    name = module.__name__.rpartition(".")[2]
    label, summary = getattr(module, "LABEL", name), getattr(module, "SUMMARY", "")
    return name, Kind(name, label, summary, getattr(module, "NUMBERS", _NUMBERS), module.delay)
