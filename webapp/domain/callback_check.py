"""The callback check: whether an endpoint accepts Belfry's requests, and refuses all others."""

from dataclasses import dataclass

LONGEST_S = 20.0  # the longest that anybody should have to wait for a page; for all steps together


@dataclass(frozen=True, slots=True)
class Step:
    """One probe: ``asked`` says how it was made, ``meaning`` what came of it, ``ok`` whether that is as it should be.

    ``status`` is the answer's, None where there was none; ``words`` are the endpoint's own, or the network's.
    """

    asked: str
    status: int | None
    words: str
    meaning: str
    ok: bool


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of all steps. Where an endpoint cannot be reached, the first is the only one."""

    steps: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        """Whether every step is as it should be."""
        return all(step.ok for step in self.steps)
