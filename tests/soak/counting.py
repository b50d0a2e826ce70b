"""Rules of a state machine whose steps are counted."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from hypothesis.stateful import rule

RULES: list[str] = []


def counted(**choices: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A rule whose steps are counted under its name."""

    def decorate(step: Callable[..., None]) -> Callable[..., None]:
        RULES.append(step.__name__)

        @wraps(step)
        def counting(self: Any, **chosen: Any) -> None:
            self.steps[step.__name__] += 1
            step(self, **chosen)

        return rule(**choices)(counting)

    return decorate
