"""Writes a line to the log for what was posted, and for every delivery that ended without reaching anybody."""

import logging

from webapp.domain import signals

_log = logging.getLogger("belfry_watch")


def listen() -> None:
    """Called once, when a process of Belfry's starts."""
    signals.posted.connect(_on_posted)
    signals.undeliverable.connect(_on_undeliverable)


def _on_posted(_sender: object, *, message_id: str, **_more: object) -> None:
    _log.warning("posted: %s", message_id)


def _on_undeliverable(_sender: object, *, ids: tuple[str, ...], **_more: object) -> None:
    for delivery_id in ids:
        _log.warning("undeliverable: see /deliveries/%s", delivery_id)
