"""Undo: a message after an act, with a button that restores the former values."""

from collections.abc import Iterable
from typing import Any, cast

from flask import flash

UNDO = "undo"  # the category of such messages; layout/flashes.html draws them


def undo(words: str, url: str, fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The message as templates draw it: ``fields`` are the former values, posted to ``url``."""
    return {"words": words, "url": url, "fields": [list(field) for field in fields]}


def flash_undo(words: str, url: str, fields: Iterable[tuple[str, str]]) -> None:
    """Say it on the next page."""
    flash(cast(str, undo(words, url, fields)), UNDO)
