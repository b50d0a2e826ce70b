"""Saying: what a process tells whoever has started it."""

import os
import sys
from typing import NoReturn


def say(text: str) -> None:
    """To whoever has started this."""
    print(text, flush=True)  # noqa: T201


def fail(sentence: str) -> NoReturn:
    """One plain line; ends a server's worker at once, without its traceback."""
    print(f"belfry: {sentence}", file=sys.stderr, flush=True)  # noqa: T201
    os._exit(1)
