"""Saying: what a process prints for whoever started it."""

import os
import sys
from typing import NoReturn


def say(text: str) -> None:
    """Print it to stdout."""
    print(text, flush=True)  # noqa: T201


def fail(sentence: str) -> NoReturn:
    """Print one plain line to stderr, and end the process (a server's worker, too) at once, without a traceback."""
    print(f"belfry: {sentence}", file=sys.stderr, flush=True)  # noqa: T201
    os._exit(1)
