"""A kind of retry policy: its function, and how its module describes it to whoever chooses one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from webapp.domain.retry_policy import RetryPolicy

Draw = Callable[[float, float], float]
Delay = Callable[[RetryPolicy, int, float, Draw], float]
_NUMBERS = ("steps", "initial_s", "base")  # the policy's numbers that only some kinds use


@dataclass(frozen=True, slots=True)
class Kind:
    """``delay(policy, failures so far, previous delay in seconds, draw)`` returns seconds. ``numbers`` names the
    policy's numbers that it uses; a form asks for these only."""

    name: str
    label: str
    summary: str
    numbers: tuple[str, ...]
    delay: Delay


def read_kind(module: Any) -> tuple[str, Kind]:
    """The kind that a module defines: ``delay`` and, optionally, ``LABEL``, ``SUMMARY`` and ``NUMBERS``."""
    name = module.__name__.rpartition(".")[2]
    label, summary = getattr(module, "LABEL", name), getattr(module, "SUMMARY", "")
    return name, Kind(name, label, summary, getattr(module, "NUMBERS", _NUMBERS), module.delay)
